//! Key vehicles (重点车辆): those whose accidents hurt many, registered and watched by rules of their own.
//!
//! ```text
//!   register (CSV) ─┐
//!   passage, trip ──┴─▶ Watch ─▶ Finding ─▶ an entry of the evidence, an operator's level, an export
//! ```
//!
//! Off where a site does not configure it, with a purpose that is shown and logged. Of a vehicle that is
//! not in the register nothing is looked at. What is remembered of one that is has a bound: one line a
//! vehicle.

mod csv;
mod export;
mod levels;
mod register;
mod watch;

pub use export::export;
pub use levels::{Level, Levels};
pub use register::{CsvProblem, KeyClass, Register, Vehicle};
pub use watch::{Ban, Finding, Rule, Rules, Seen, Watch};
