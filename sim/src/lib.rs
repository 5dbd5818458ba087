//! The made-up street: a small microsimulation, virtual cabinets behind real register maps, a
//! checker that watches their lamps, and the harness that runs all of it with the engine in virtual
//! time. What decides is not here: this crate only answers, drives and watches.

pub mod cabinet;
pub mod camera_head;
pub mod checker;
pub mod compare;
pub mod crew;
pub mod evaluate;
pub mod fault;
pub mod harness;
pub mod incidents;
pub mod io_block;
pub mod link;
pub mod measure;
pub mod plot;
pub mod program;
mod random;
pub mod report;
pub mod run;
pub mod sections;
pub mod serve;
pub mod street;
pub mod tracker_head;
pub mod what_if;
pub mod world;
