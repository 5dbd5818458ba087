//! What is said to a simulator that others wrote, line by line, as values: JSON in, JSON out.
//!
//! Terms. The *plant* is the simulator; it says hello once, then a *step* each simulated step, then bye.
//! The *demand* that answers a step names the stage each junction should show. A *phase* is an entry of a
//! signal's list in the network's file; a *stage* is a phase that may be demanded.
//!
//! ```text
//!          hello            step
//!   New ─────────► Running ──────┐
//!    │               │  ▲────────┘
//!    │ bye           │ bye, or a line that cannot be understood
//!    └───► Over ◄────┘
//! ```
//!
//! Nothing is guessed: a line that cannot be understood ends the run, with every mistake in it. What is
//! demanded is checked once more before it is said ([`guard`]): a controller's mistake ends no run.

mod guard;
mod hello;
mod junctions;
mod reading;
mod report;
mod rules;
mod session;
mod step;

pub use report::{Report, Spread};
pub use session::{LINE_MAX, Reply, Session};
