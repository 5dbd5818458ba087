//! A site: the network, its signals, the lines and devices that reach them, and how the daemon runs.

mod dispatch;
mod edit;
mod evidence;
mod lines;
mod read;
mod read_lines;
mod read_wires;
mod wires;
mod write;
mod write_dispatch;
mod write_lines;

use std::sync::Arc;

use network::Network;
use signal::{Calendar, Layout, Method, Plan, Problem, Rings};
use units::{DeviceId, GroupId, JunctionId, LaneId, Metres, Millis, MovementId, PlanId};

pub use dispatch::{
    DispatchSite, HttpUrl, IpNetwork, PlaceKind, PlaceSite, RoadSectionSite, ScopeSite,
    TerminalSite, TerminalsSite, VEHICLE_CLASSES, WebhookSite,
};
pub use edit::{PlanEdit, edit_plans};
pub use evidence::{BanSite, ClassLimitSite, EvidenceSite, KEY_VEHICLE_CLASSES, KeyVehiclesSite};
pub use lines::{DeviceSite, LineSite, Parity, SerialSite, Transport};
pub(crate) use read::time_of_day;
pub use wires::{InputRole, InputSite, OutputRole, OutputSite};
pub(crate) use write::q as quoted;
pub use write::write_site;

/// How junctions are controlled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// By the plan of the site.
    Fixed,
    /// By extension, gap-out and max-out.
    Actuated,
    /// By max-pressure.
    MaxPressure,
    /// By a search ahead over predicted arrivals.
    Adaptive,
}

impl Mode {
    /// Every mode with its name in files and on the command line.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("fixed", Self::Fixed),
        ("actuated", Self::Actuated),
        ("max-pressure", Self::MaxPressure),
        ("adaptive", Self::Adaptive),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Actuated => "actuated",
            Self::MaxPressure => "max-pressure",
            Self::Adaptive => "adaptive",
        }
    }
}

/// A rule that may decide beside the one that controls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shadow {
    /// A search ahead over predicted arrivals.
    Adaptive,
}

impl Shadow {
    /// Every one with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[("adaptive", Self::Adaptive)];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
        }
    }
}

/// What a detector is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum DetectorKind {
    /// A loop at the stop line.
    StopLine,
    /// A loop before it.
    Advance {
        /// How far from the stop line.
        distance: Metres,
    },
    /// A tracker of the whole lane: how many vehicles, how many of them queue.
    Tracker,
}

/// A detector of the site.
#[derive(Clone, PartialEq, Debug)]
pub struct DetectorSite {
    /// The device that reports it.
    pub device: DeviceId,
    /// Its channel there, from 0; loops and trackers count for themselves.
    pub channel: u16,
    /// The lane it watches.
    pub lane: LaneId,
    /// What it is.
    pub kind: DetectorKind,
}

/// The signals of one junction.
#[derive(Clone, PartialEq, Debug)]
pub struct SignalSite {
    /// Where.
    pub junction: JunctionId,
    /// The device that drives them.
    pub device: DeviceId,
    /// What they are.
    pub layout: Arc<Layout>,
    /// The rings that the layout's stages were made from, where there are any.
    pub rings: Option<Rings>,
    /// The plans; the first is the local one.
    pub plans: Vec<Plan>,
    /// Which plan runs when.
    pub calendar: Calendar,
    /// How a plan gets into step.
    pub transition: Method,
    /// The last so long of a green that its displays count down, where it has such displays.
    pub countdown: Option<Millis>,
    /// Which group rules a movement; a movement that is not here gives way and has no signal.
    pub movement_groups: Vec<(MovementId, GroupId)>,
}

impl SignalSite {
    /// The group that rules a movement.
    #[must_use]
    pub fn group_of(&self, movement: MovementId) -> Option<GroupId> {
        self.movement_groups.iter().find(|(m, _)| *m == movement).map(|&(_, group)| group)
    }
}

/// Which plan runs when, by the names that the junctions' plans share.
pub type Schedule = Calendar<String>;

/// A schedule by the plans of one junction.
///
/// # Errors
/// Every plan that the schedule names and the junction does not have.
pub fn resolve(schedule: &Schedule, plans: &[Plan]) -> Result<Calendar, Vec<Problem>> {
    schedule.try_map(|name| {
        let found = plans.iter().position(|plan| plan.name() == name).map(PlanId::from_index);
        found.ok_or_else(|| Problem(format!("the schedule names {name:?}, there is no such plan")))
    })
}

/// What the planner weighs against what; 1 is a second of a car.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ObjectiveSite {
    /// A second of a bus.
    pub bus: f64,
    /// A second of a person who waits to walk.
    pub person: f64,
    /// A stop, in seconds.
    pub stop: Millis,
    /// Nobody should wait longer.
    pub longest_wait: Millis,
}

impl Default for ObjectiveSite {
    /// A bus is a vehicle like others, one and a half people are in a car; a stop is the delay that it
    /// brings.
    fn default() -> Self {
        let longest_wait = Millis::from_secs(180);
        Self { bus: 1.0, person: 0.67, stop: Millis::ZERO, longest_wait }
    }
}

/// How the daemon controls.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ControlSite {
    /// By which rule.
    pub mode: Mode,
    /// Another rule that is decided and told beside it, and never written.
    pub shadow: Option<Shadow>,
    /// How many states of a junction one search of the planner may weigh; none: as many as is usual.
    pub search_budget: Option<u32>,
    /// The lease of a demand.
    pub lease: Millis,
    /// The time from one decision to the next.
    pub interval: Millis,
    /// What the planner weighs.
    pub objective: ObjectiveSite,
}

/// Where the web page listens, and who may use it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebSite {
    /// Address and port.
    pub listen: String,
    /// Who may use it; on loopback nobody need be named.
    pub tokens: Vec<TokenSite>,
    /// Whether people sign in with a name and a password. Who they are is no matter of the site file.
    pub accounts: bool,
}

/// An access token, as a site knows it: its hash, never itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenSite {
    /// Who holds it; stands beside each action in the event log.
    pub name: String,
    /// What the holder may do.
    pub role: Role,
    /// The blake3 hash of the token, 64 hexadecimal digits.
    pub hash: String,
    /// What a dispatcher may ask for; none for other roles.
    pub scope: Option<ScopeSite>,
}

/// What somebody is here for, and so may do. What each may is one table, in the daemon's web interface.
/// In the order of how much it may change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Look.
    View,
    /// Look, and see who may enter and who did what.
    Audit,
    /// Look, and judge what cameras have measured.
    Review,
    /// Look, and ask for emergency corridors.
    Dispatch,
    /// Look, hold and release junctions, set the mode, ask what would be.
    Operate,
    /// What an operator may, and change the site.
    Engineer,
    /// What an engineer and an auditor may, and say who may enter.
    Administer,
}

impl Role {
    /// Every role with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("view", Self::View),
        ("audit", Self::Audit),
        ("review", Self::Review),
        ("dispatch", Self::Dispatch),
        ("operate", Self::Operate),
        ("engineer", Self::Engineer),
        ("administer", Self::Administer),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, role)| role)
    }
}

/// Where events are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreSite {
    /// The folder.
    pub path: String,
    /// Days after which they are deleted.
    pub retention_days: u32,
}

/// A district.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Its time zone, as `Asia/Shanghai`.
    pub time_zone: String,
    /// Its roads.
    pub network: Arc<Network>,
    /// The schedule that junctions share, where there is one.
    pub schedule: Option<Schedule>,
    /// Its signalised junctions.
    pub signals: Vec<SignalSite>,
    /// Its connections, indexed by [`units::LineId`].
    pub lines: Vec<LineSite>,
    /// Its devices, indexed by [`DeviceId`].
    pub devices: Vec<DeviceSite>,
    /// Its detectors.
    pub detectors: Vec<DetectorSite>,
    /// What its devices' digital inputs say.
    pub inputs: Vec<InputSite>,
    /// What its devices' digital outputs do.
    pub outputs: Vec<OutputSite>,
    /// How it is controlled.
    pub control: ControlSite,
    /// Where its page listens.
    pub web: WebSite,
    /// Where its events are kept.
    pub store: StoreSite,
    /// What it knows for emergencies.
    pub dispatch: DispatchSite,
    /// Where its evidence is kept; none: there is none.
    pub evidence: Option<EvidenceSite>,
    /// What is watched of key vehicles; none: nothing.
    pub key_vehicles: Option<KeyVehiclesSite>,
}
