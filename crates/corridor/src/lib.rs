//! Emergency green waves, as values: who asks for what, along which roads, and which junction must be
//! open when.
//!
//! Terms. A *corridor* is what one request opens: a route, and a window at each signalised junction on
//! it. A *window* is when the vehicle may come to a stop line, by what is known of it. *Clearing* a
//! junction is opening the vehicle's movement early enough that who stands before it is gone.
//!
//! ```text
//!   Request ─▶ route ─▶ windows ─▶ clearings ─▶ (arbitration) ─▶ what the junctions are asked for
//!                 ▲         ▲
//!                 └─────────┴── Progress: where the vehicle is, whoever has found that out
//! ```
//!
//! Nothing here is sure of anything: where a vehicle is comes with its deviation, when it arrives comes
//! as a window, and what is asked of a junction goes through the same interlock as everything else.

mod answer;
mod arbitrate;
mod corridors;
mod crossing;
mod event;
mod node;
mod opened;
pub mod position;
mod progress;
mod reds;
mod request;
mod route;
mod schedule;

pub use answer::{Alternative, Answer, Refusal, Window};
pub use arbitrate::{EXACT_MAX, HELD_MAX, Turn, Want, Why, arbitrate};
pub use corridors::{Clearing, Corridors, LASTS_MAX, OPEN_MAX};
pub use crossing::{Crossing, Shown, Signal, Signals};
pub use event::{End, Event, Replan, Step};
pub use node::{EXTENSION_MAX, HOLD_MAX, Node, REAR, State};
pub use opened::{LOOK_AHEAD, Opened, STALE, Traffic, VANISHED};
pub use progress::{Place, Progress};
pub use request::{Change, Class, CorridorId, Grant, Incident, LEVEL_MAX, Level, Request};
pub use route::{ALTERNATIVES_MAX, Roads, Way, Ways};
pub use schedule::{Arrival, FLUSH, Times};
