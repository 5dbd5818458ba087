//! Where an emergency vehicle is: what is told of it, put on the roads, and how sure that is.
//!
//! Terms. A *fix* is a satellite receiver's word for a place in the plane. A *passage* is a camera's:
//! this vehicle went over this line. A *mark* is a detector's: somebody with the right to it was here,
//! and who is not said. A *spot* is a place on a link as it is reckoned with inside: it may lie a little
//! before the link's begin or beyond its stop line, within a junction.
//!
//! ```text
//!   fix ──▶ candidates on links near it ──▶ most likely way (Viterbi) ──┐
//!   passage ────────────────────────────────────────────────────────────┼─▶ along the way ─▶ Progress
//!   mark ── where it can be this vehicle ───────────────────────────────┘   (Kalman, 1-D)
//!   nothing ── the forecast, less and less sure ─────────────────────────────────▲
//! ```
//!
//! What comes late or out of its order is put where it belongs: a few observations are kept with the state
//! before each, and those behind it are reckoned again. What cannot be is said to be so and not used;
//! where it goes on, and agrees with itself, the vehicle is looked for anew.

mod along;
mod courses;
mod fleet;
mod matching;
mod track;

pub use courses::{Courses, Spot};
pub use fleet::Fleet;
pub use track::{Observation, Track, Verdict};
