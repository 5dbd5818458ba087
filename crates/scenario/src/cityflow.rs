//! Import of CityFlow's `roadnet.json` and `flow.json`, every field checked, every mistake with its
//! path in the file.

mod flow;
mod json;
mod roadnet;

pub use flow::import_flow;
pub use json::PathProblem;
pub use roadnet::{Imported, import_roadnet};
