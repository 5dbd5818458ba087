//! Evidence that somebody else can check.
//!
//! ```text
//!   verdict ──▶ Detection ──▶ Body (fields, sealed ones salted) ──▶ Chain ──▶ Entry ──▶ Frame
//!                                                                              │
//!   Review, Access, Checkpoint, Tombstone, Vehicle ──▶ Body ───────────────────┘
//!   entries of a case, husks of all others ──▶ Bundle ──▶ verify: no trust in who wrote it
//! ```
//!
//! Terms: a *record* is what is kept of one vehicle; an *entry* is one link of the chain: a record, or
//! what people did with it; a *case* is a record with all that was done with it; a *bundle* is a file
//! with a case that can be checked by itself. The format is in `docs/evidence.md`.

pub mod body;
pub mod bundle;
pub mod cases;
pub mod check;
pub mod detection;
pub mod entry;
pub mod frame;
pub mod hexadecimal;
pub mod key;
pub mod of_verdict;
pub mod retention;
pub mod review;
#[cfg(test)]
mod sample;
pub mod schema;
#[cfg(test)]
mod tests;
pub mod value;

pub use body::Body;
pub use check::Anchor;
pub use detection::Detection;
pub use entry::{About, Chain, Entry, Head};
pub use key::{PublicKey, StationKey};
pub use retention::Retention;
pub use review::{State, Step};
pub use schema::Kind;
pub use value::Salts;
