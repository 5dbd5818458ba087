//! A street as files have it: the site that the daemon runs, the demand on it, generators, and the
//! import of foreign networks.

pub mod cityflow;
mod demand;
pub mod generate;
mod program;
mod random;
mod site;
pub mod sumo;
mod template;
mod webster;

pub use cityflow::PathProblem;
pub use demand::{
    Demand, Departure, EntryLane, EntrySpeed, Flow, SpeedFactor, VehicleClass, VehicleType,
    write_demand,
};
pub use program::{Phase, Program};
pub use site::{
    ControlSite, DetectorKind, DetectorSite, DeviceSite, InputRole, InputSite, LineSite, Mode,
    OutputRole, OutputSite, Parity, Role, Schedule, SerialSite, SignalSite, Site, StoreSite,
    TokenSite, Transport, WebSite, resolve, write_site,
};
pub use template::{SiteOptions, guesses};
