//! The engine's state as values, for those who only look.

use signal::{Aspect, ControlSource};
use units::{Millis, Moment, StageId};

use scenario::Mode;

/// What was counted since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Modbus requests sent.
    pub requests: u64,
    /// Modbus requests that failed.
    pub errors: u64,
    /// Decisions taken.
    pub decisions: u64,
    /// Demands sent, renewals among them.
    pub demands: u64,
    /// Demands that were not written, or never showed within their lease.
    pub unanswered_demands: u64,
    /// Demands that the interlock refused.
    pub refusals: u64,
    /// What the monitor found.
    pub violations: u64,
}

/// One junction.
#[derive(Clone, PartialEq, Debug)]
pub struct JunctionSnapshot {
    /// Its name.
    pub name: String,
    /// Where it is, metres.
    pub position: (f64, f64),
    /// Who controls it.
    pub source: ControlSource,
    /// The stage that runs.
    pub stage: Option<StageId>,
    /// The stage that a transition leads to.
    pub next: Option<StageId>,
    /// The time in the stage or transition, when it was read.
    pub elapsed: Millis,
    /// What its groups show, with their names.
    pub aspects: Vec<(String, Aspect)>,
    /// Vehicles that queue on its approaches.
    pub queue: f64,
    /// The age of what was read.
    pub age: Option<Millis>,
    /// What is left of the lease.
    pub lease_left: Millis,
    /// Why the last decision was taken.
    pub reason: String,
}

/// One device.
#[derive(Clone, PartialEq, Debug)]
pub struct DeviceSnapshot {
    /// Its name.
    pub name: String,
    /// How it fares.
    pub state: &'static str,
    /// Whether its line is connected.
    pub connected: bool,
    /// Requests sent to it.
    pub requests: u64,
    /// Requests that failed.
    pub failures: u64,
    /// The time since its last answer.
    pub age: Option<Millis>,
    /// Its last failure.
    pub last_failure: Option<String>,
}

/// All of it at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// When.
    pub at: Moment,
    /// The site's name.
    pub site: String,
    /// By which rule junctions are controlled.
    pub mode: Mode,
    /// The signalised junctions, in the site's order.
    pub junctions: Vec<JunctionSnapshot>,
    /// The devices, in the site's order.
    pub devices: Vec<DeviceSnapshot>,
    /// What was counted.
    pub counters: Counters,
}
