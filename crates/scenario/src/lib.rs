//! A street as files have it: the site that the daemon runs, the demand on it, generators, and the
//! import of foreign networks.

pub mod cityflow;
mod demand;
pub mod generate;
mod random;
mod site;
mod template;
mod webster;

pub use demand::{Demand, Flow, VehicleType, write_demand};
pub use site::{
    ControlSite, DetectorKind, DetectorSite, DeviceSite, LineSite, Mode, SignalSite, Site,
    StoreSite, Transport, WebSite, write_site,
};
pub use template::{SiteOptions, guesses};
