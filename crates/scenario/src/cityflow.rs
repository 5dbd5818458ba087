//! Import of CityFlow's `roadnet.json` and `flow.json`, every field checked, every mistake with its
//! path in the file.
//!
//! Terms of the files. An *intersection* is a junction, a *road* a link, a *road link* a movement, a
//! *light phase* a stage. A *virtual* intersection is where traffic comes from and goes to.

mod crossing;
mod flow;
mod json;
mod notes;
mod phases;
mod roadnet;

pub use flow::import_flow;
pub use json::PathProblem;
pub use phases::import_phases;
pub use roadnet::{Imported, import_roadnet};
