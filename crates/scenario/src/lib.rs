//! A street as files have it: the site that the daemon runs, the demand on it, generators, and the
//! import of foreign networks.

pub mod cityflow;
mod demand;
pub mod generate;
mod random;
mod site;
mod template;

pub use demand::{Demand, Flow, VehicleClass, VehicleType};
pub use site::{
    ControlSite, DetectorKind, DetectorSite, DeviceSite, LineSite, Mode, Role, SignalSite, Site,
    StoreSite, TokenSite, Transport, WebSite, write_site,
};
pub use template::SiteOptions;
