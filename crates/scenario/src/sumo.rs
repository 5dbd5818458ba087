//! Import of SUMO's files: `.net.xml` with its signal programs, vehicles and their ways in `.rou.xml`
//! and additional files, and a `.sumocfg` that names them. They are read as streams; every mistake is
//! reported with its line, and what is left out is counted.
//!
//! Terms of the files. An *edge* is a link, its *lanes* counted from the edge of the road; a
//! *connection* leads from lane to lane, over *internal lanes* of the junction; a junction's *request*
//! rows say which connection gives way to which; a *tlLogic* is a signal program, its *link index* the
//! place of a connection in the states of its phases.

mod assemble;
mod config;
mod lights;
mod net;
mod notes;
mod phases;
mod routes;
mod site;
mod types;
mod xml;

pub use assemble::{Imported, import_net};
pub use config::{Config, read_config};
pub use phases::import_phases;
pub use routes::Routes;
pub use site::guesses;
