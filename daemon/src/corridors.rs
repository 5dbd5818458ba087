//! Emergency corridors as the daemon handles them: what is asked by name becomes what the core takes, what
//! the core does becomes a record, and others are told. Nothing here decides about a signal.
//!
//! ```text
//!   web ── Asked ──▶ Desk ── Request, Change ──▶ core (owned by the engine)
//!   terminals ── places ──▶ Fleet ── Progress ──────▲    │ events
//!   cabinets ── detectors for preemption ──▲            ▼
//!                              webhook, notices ◀── Ledger ──▶ views (list, one, report, stream)
//! ```

mod ask;
mod desk;
mod ledger;
mod places;
mod told;

pub(crate) use ask::{
    ASKS_MAX, AskError, Asked, AskedChange, Asks, CorridorAsk, Done, Fix, Spot, What, Where, ask,
};
pub(crate) use desk::{Core, Desk, Now};
pub(crate) use ledger::{JunctionRecord, Record};

#[cfg(test)]
mod tests;
