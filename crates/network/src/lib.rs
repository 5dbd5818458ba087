//! The road network: junctions, links, lanes and movements, frozen after build.
//!
//! Terms. A *link* is a directed road between two junctions; a *lane* is one file of vehicles on it,
//! counted from the middle of the road; a *movement* leads across a junction from one link to
//! another, over *connections* from lane to lane.
//!
//! petgraph holds the truth while a network is described; what is handed out are flat tables whose
//! rows are the graph's own indices, since petgraph's searches allocate hash maps.

mod builder;
mod globe;
mod route;
mod tables;

pub use builder::{Builder, LaneSpec, Problem};
pub use globe::Globe;
pub use route::Ways;
pub use tables::{Connection, Junction, Lane, Link, Movement, Network, Point, RightOfWay, Turn};
