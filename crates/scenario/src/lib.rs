//! A street as files have it: the site that the daemon runs, the demand on it, generators, and the
//! import of foreign networks.

pub mod cityflow;
mod demand;
pub mod generate;
mod random;
mod site;
mod template;
mod webster;

pub use demand::{
    Crossing, Demand, Flow, PedestrianFlow, VehicleClass, VehicleType, crossings, write_demand,
};
pub use site::{
    ControlSite, DetectorKind, DetectorSite, DeviceSite, InputRole, InputSite, LineSite, Mode,
    OutputRole, OutputSite, Parity, Role, Schedule, SerialSite, SignalSite, Site, StoreSite,
    TokenSite, Transport, WebSite, resolve, write_site,
};
pub use template::{SiteOptions, guesses};
