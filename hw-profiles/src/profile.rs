//! A profile, valid by construction.

use crate::point::Point;
use crate::register::Register;

/// How a device notices that nobody writes any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watchdog {
    /// Every demand carries its own lease.
    Lease,
    /// Any write starts a timer in the device.
    AnyWrite,
}

/// What a device does then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailSafe {
    /// It runs its own plan.
    LocalPlan,
    /// Its outputs go to their safe values.
    SafeOutputs,
}

/// A register that must hold a known value before anything is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IdentityCheck {
    /// Which.
    pub point: Point,
    /// The value.
    pub equals: i64,
}

/// Points that are read together, and how often.
#[derive(Clone, PartialEq, Debug)]
pub struct PollGroup {
    /// Its name.
    pub name: String,
    /// The time from one read to the next, seconds.
    pub period_s: f64,
    /// What is read.
    pub points: Vec<Point>,
}

/// A device model.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile {
    /// Its name, as site files use it.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Who makes it.
    pub maker: String,
    /// The version of this profile.
    pub version: u32,
    /// How it notices silence.
    pub watchdog: Watchdog,
    /// What it does then.
    pub fail_safe: FailSafe,
    /// The pause it needs between two requests, milliseconds.
    pub pause_ms: u32,
    /// What shows that it is this model.
    pub identity: Vec<IdentityCheck>,
    /// Its register map.
    pub registers: Vec<Register>,
    /// What is read how often.
    pub polls: Vec<PollGroup>,
}

impl Profile {
    /// The register of a point.
    #[must_use]
    pub fn register(&self, point: Point) -> Option<&Register> {
        self.registers.iter().find(|register| register.point == point)
    }
}
