//! A street as files have it: the site that the daemon runs, the demand on it, generators, and the
//! import of foreign networks.

mod chance;
pub mod cityflow;
mod counts;
mod demand;
pub mod generate;
mod links;
mod phases;
mod program;
mod random;
mod sensors;
mod site;
pub mod sumo;
mod template;
mod volumes;
mod webster;

pub use cityflow::PathProblem;
pub use counts::{CountProblem, Counts};
pub use demand::{
    Crossing, Demand, DemandFile, Departure, EntryLane, EntrySpeed, Flow, PedestrianFlow,
    SpeedFactor, VehicleClass, VehicleType, crossings, write_demand,
};
pub use phases::{Light, PhasedNetwork, PhasedSignal, PhasedWay};
pub use program::{Phase, Program};
pub use sensors::{CameraNoise, CameraSite, PositionNoise, RadarNoise, SensorNoise, Sensors};
pub use site::{
    BanSite, ClassLimitSite, ControlSite, DetectorKind, DetectorSite, DeviceSite, DispatchSite,
    EvidenceSite, HttpUrl, InputRole, InputSite, IpNetwork, KEY_VEHICLE_CLASSES, KeyVehiclesSite,
    LineSite, Mode, ObjectiveSite, OutputRole, OutputSite, Parity, PlaceKind, PlaceSite, PlanEdit,
    RoadSectionSite, Role, Schedule, ScopeSite, SerialSite, Shadow, SignalSite, Site, StoreSite,
    TerminalSite, TerminalsSite, TokenSite, Transport, VEHICLE_CLASSES, WebSite, WebhookSite,
    edit_plans, resolve, write_site,
};
pub use template::{SiteOptions, guesses, meet};
pub use volumes::busy_volumes;
