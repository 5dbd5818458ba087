//! A street as files have it: the site that the daemon runs, the demand on it, generators, and the
//! import of foreign networks.

mod chance;
pub mod cityflow;
mod demand;
pub mod generate;
mod random;
mod sensors;
mod site;
mod template;
mod webster;

pub use demand::{
    Crossing, Demand, DemandFile, Flow, PedestrianFlow, VehicleClass, VehicleType, crossings,
    write_demand,
};
pub use sensors::{CameraNoise, CameraSite, PositionNoise, RadarNoise, SensorNoise, Sensors};
pub use site::{
    ControlSite, DetectorKind, DetectorSite, DeviceSite, InputRole, InputSite, LineSite, Mode,
    OutputRole, OutputSite, Parity, Role, Schedule, SerialSite, SignalSite, Site, StoreSite,
    TokenSite, Transport, WebSite, resolve, write_site,
};
pub use template::{SiteOptions, guesses};
