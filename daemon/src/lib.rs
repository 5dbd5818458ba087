//! The shell: real Modbus, real storage, real clock, web API. It decides nothing about signals:
//! `engine` does, and this package carries what it wants to the street and back.
//!
//! ```text
//!            ┌────────── control (owns the engine) ──────────┐
//!  modbus ◀──┤ orders    answers ▶                           ├──▶ store (one thread) ──▶ events
//!  one task  │           actions ▶ (from web)                │
//!  a line    └── publishes a snapshot (watch) ──▶ web ───────┘
//! ```

pub mod clock;
mod config;
pub mod modbus;
pub mod store;

pub use config::{Config, Role, Token, check, load};
