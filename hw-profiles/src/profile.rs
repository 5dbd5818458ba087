//! A profile, valid by construction.

use crate::point::Point;
use crate::register::Register;

/// How sure it is that devices of this model are as the profile says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Certainty {
    /// The map is an open specification: who implements it makes it true.
    Open,
    /// Read in the maker's manual; never tried on a device.
    FromManual,
    /// Read in somebody's code that talks to such a device; never tried on one.
    FromCode,
    /// Tried on a device.
    Verified,
}

/// How a device notices that nobody writes any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WatchdogKind {
    /// Every command that holds something carries its own lease.
    Lease,
    /// A timer in the device, which each write starts afresh.
    AnyWrite,
    /// It need not: it can be told nothing.
    None,
}

/// A device's watchdog.
#[derive(Clone, PartialEq, Debug)]
pub struct Watchdog {
    /// How it notices silence.
    pub kind: WatchdogKind,
    /// The longest lease that it takes, or the time of its timer, seconds; 0 where it has none.
    pub timeout_s: f64,
    /// What must be read before anything is written.
    pub verify: Vec<Check>,
    /// Why no register tells whether it is on; empty where `verify` does. Then nothing is raised
    /// unless the site says that somebody has tried it.
    pub untold: String,
}

/// What a device does when nobody writes any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SafeState {
    /// It runs its own plan.
    LocalPlan,
    /// Its outputs go to their safe values.
    SafeOutputs,
    /// Nothing: it can be told nothing.
    Nothing,
}

/// A device's fail-safe.
#[derive(Clone, PartialEq, Debug)]
pub struct FailSafe {
    /// What it does.
    pub state: SafeState,
    /// What must be read before anything is written.
    pub verify: Vec<Check>,
}

/// What a point must say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Which.
    pub point: Point,
    /// What it must say.
    pub must: Must,
}

/// What a value, or a text, must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Must {
    /// Each element must lie within these bounds, both included.
    Lie {
        /// The least value.
        at_least: i64,
        /// The greatest value.
        at_most: i64,
    },
    /// The text must hold this.
    Contain(String),
}

impl Check {
    /// Whether the elements of the point pass; what is not known does not.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn passes(&self, values: &[Option<f64>]) -> bool {
        match &self.must {
            Must::Lie { at_least, at_most } => values
                .iter()
                .all(|value| value.is_some_and(|v| v >= *at_least as f64 && v <= *at_most as f64)),
            Must::Contain(text) => text_of(values).contains(text.as_str()),
        }
    }
}

/// The text of a point's words, without what fills it up.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn text_of(values: &[Option<f64>]) -> String {
    let words = values.iter().map(|value| value.unwrap_or(0.0) as u16);
    let characters = words.flat_map(u16::to_be_bytes).map(char::from);
    let text: String = characters.filter(|c| !c.is_control()).collect();
    text.trim_end().to_owned()
}

/// How a tripped device is brought back: until then it refuses what is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SafeMode {
    /// Says 1 while it is tripped.
    pub tripped: Point,
    /// Where 1 is written to end it.
    pub clear: Point,
}

/// What a device lets be read in one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reads {
    /// The most words.
    pub words_max: u16,
    /// The most bits.
    pub bits_max: u16,
    /// Whether addresses between two registers may be read along with them.
    pub gaps: bool,
}

/// How a device is reached as it is delivered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// Modbus TCP.
    Tcp {
        /// Its port.
        port: u16,
        /// Its unit.
        unit: u8,
    },
    /// Modbus RTU.
    Serial {
        /// Bits a second.
        baud: u32,
        /// `N`, `E` or `O`, as in 8N1.
        parity: char,
        /// Stop bits.
        stop_bits: u8,
        /// Its unit.
        unit: u8,
    },
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

/// What a device can be told. Closed: a command that is not here is one that nobody gives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CommandName {
    /// Serve a stage.
    DemandStage,
    /// Run one of its own plans.
    SelectPlan,
    /// End every lease.
    Release,
    /// Register a call for a group.
    Call,
    /// Raise one of its own preempts.
    Preempt,
    /// Set its clock.
    SetClock,
    /// Set its digital outputs.
    SetOutput,
    /// Show a message on a sign.
    ShowMessage,
    /// Count down on a display.
    ShowCountdown,
}

impl CommandName {
    /// Every command with its name in profiles.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("demand-stage", Self::DemandStage),
        ("select-plan", Self::SelectPlan),
        ("release", Self::Release),
        ("call", Self::Call),
        ("preempt", Self::Preempt),
        ("set-clock", Self::SetClock),
        ("set-output", Self::SetOutput),
        ("show-message", Self::ShowMessage),
        ("show-countdown", Self::ShowCountdown),
    ];

    /// Its name in profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, named)| *named == self).map_or("", |(name, _)| name)
    }

    /// The point that carries what is commanded, and the point that may carry its lease.
    #[must_use]
    pub fn points(self) -> (Point, Option<Point>) {
        match self {
            Self::DemandStage => (Point::DemandStage, Some(Point::DemandLease)),
            Self::SelectPlan => (Point::SelectPlan, Some(Point::PlanLease)),
            Self::Release => (Point::Release, None),
            Self::Call => (Point::Call, None),
            Self::Preempt => (Point::Preempt, Some(Point::PreemptLease)),
            Self::SetClock => (Point::Clock, None),
            Self::SetOutput => (Point::Output, None),
            Self::ShowMessage => (Point::MessageNumber, Some(Point::MessageLease)),
            Self::ShowCountdown => (Point::CountdownSeconds, Some(Point::CountdownLease)),
        }
    }

    /// What else it may carry.
    #[must_use]
    pub fn further(self) -> Option<Point> {
        match self {
            Self::ShowMessage => Some(Point::MessageText),
            Self::ShowCountdown => Some(Point::CountdownColour),
            _ => None,
        }
    }

    /// Whether it holds something, and must therefore end by itself.
    #[must_use]
    pub fn holds(self) -> bool {
        !matches!(self, Self::Release | Self::Call | Self::SetClock)
    }
}

/// How the effect of a command ends by itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Life {
    /// With the lease that this point carries.
    Lease(Point),
    /// With the device's watchdog.
    Watchdog,
    /// After so many seconds, without anybody's doing; 0 where it is over as soon as it is taken.
    Pulse(f64),
}

/// A command and the points that tell it.
#[derive(Clone, PartialEq, Debug)]
pub struct CommandEntry {
    /// Which.
    pub name: CommandName,
    /// What is written together, in one request, in the order of its addresses.
    pub points: Vec<Point>,
    /// How it ends.
    pub life: Life,
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
    /// Where its facts come from.
    pub source: String,
    /// How sure they are.
    pub certainty: Certainty,
    /// What an installer must know of its wiring.
    pub wiring: String,
    /// How it notices silence.
    pub watchdog: Watchdog,
    /// What it does then.
    pub fail_safe: FailSafe,
    /// How a tripped device is brought back, where it does not come back with the next write.
    pub safe_mode: Option<SafeMode>,
    /// The pause it needs between two requests, milliseconds.
    pub pause_ms: u32,
    /// What can be read in one request.
    pub reads: Reads,
    /// How it is reached as it is delivered.
    pub delivered: Vec<Delivered>,
    /// What one must know that no key says.
    pub notes: Vec<String>,
    /// Why nothing shows that it is this model; empty where `identity` does.
    pub unidentified: String,
    /// What shows that it is this model.
    pub identity: Vec<Check>,
    /// Its register map.
    pub registers: Vec<Register>,
    /// What is read how often.
    pub polls: Vec<PollGroup>,
    /// What it can be told.
    pub commands: Vec<CommandEntry>,
}

impl Profile {
    /// The register of a point.
    #[must_use]
    pub fn register(&self, point: Point) -> Option<&Register> {
        self.registers.iter().find(|register| register.point == point)
    }

    /// The entry of a command.
    #[must_use]
    pub fn command(&self, name: CommandName) -> Option<&CommandEntry> {
        self.commands.iter().find(|entry| entry.name == name)
    }

    /// What must be read before anything is written: how it notices silence, and what it does then.
    pub fn guards(&self) -> impl Iterator<Item = &Check> {
        self.watchdog.verify.iter().chain(&self.fail_safe.verify)
    }
}
