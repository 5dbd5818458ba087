//! Plans that go together: green waves along roads and through districts, without a solver.
//!
//! Terms. The *cycle* is common, or half the common one where a junction is light. An *offset* is how
//! much later than the common zero a junction's cycle begins. A *band* is a stretch of the cycle in
//! which one can drive through on green. A *segment* is the road from one signal to the next.
//!
//! ```text
//!   roads, signals, volumes ──▶ Area ──▶ cycles worth trying (critical junction, resonance)
//!                                            │ each
//!                                            ▼
//!                     splits of each junction ──▶ offsets: widest band, or exact on the tree
//!                                            │
//!                                            ▼
//!                              outlook: delay, stops, arrivals on green ──▶ Proposal
//! ```
//!
//! All of it is arithmetic on what is given: the same input gives the same plan.

mod area;
mod band;
mod cycle;
pub mod day;
mod offsets;
mod order;
mod profile;
mod propose;
mod timing;
mod trial;
pub mod trim;
mod window;

pub use area::{Area, Objective, SATURATION_PER_LANE, STOP_S, Segment, Settings, Signal};
pub use band::{Bands, Pair, Road, Stop, through, widest};
pub use cycle::{Cycles, Reason, cycles};
pub use offsets::{Edge, Found, Net, Node};
pub use order::orders;
pub use profile::{Dispersion, Profile, Served, on_green, serve};
pub use propose::{BandReport, JunctionPlan, Proposal, bands_of, propose};
pub use timing::{CYCLE_MOST, Need, SATURATION_TARGET, Share};
pub use trial::Outlook;
pub use window::{Green, Splits, Window, greens, longest, shares};
