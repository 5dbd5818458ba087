//! The daemon's whole mind as one state machine: it is handed time and input, and returns what to
//! send and what has happened. It opens nothing, waits for nothing, asks for no time.
//!
//! ```text
//!   handle_input(now, …)  handle_timeout(now)   →   poll_output()   poll_timeout()   snapshot(now)
//! ```

mod agenda;
mod calls;
mod decide;
mod dispatch;
mod engine;
mod event;
mod foresight;
mod inputs;
mod io;
mod junction;
mod operate;
pub mod picture;
pub mod planned;
mod readings;
mod section_camera;
mod snapshot;
mod succeed;
#[cfg(test)]
mod testing;
mod timetable;
mod wired;
mod wiring;

pub use dispatch::constraint;
pub use engine::Engine;
pub use event::{Event, EventKind, Flash, Preempt};
pub use io::{Input, OperatorAction, Output};
pub use section_camera::{CameraReader, CameraReading};
pub use snapshot::{
    Asked, AskedFor, CoordinationSnapshot, Counters, DeviceSnapshot, JunctionSnapshot,
    LaneSnapshot, Snapshot,
};
pub use succeed::Succession;
