//! The shell: real Modbus, real storage, real clock, web API. It decides nothing about signals:
//! `engine` does, and this package carries what it wants to the street and back.
//!
//! ```text
//!            ┌────────── control (owns the engine) ──────────┐
//!  modbus ◀──┤ orders    answers ▶                           ├──▶ store (one thread) ──▶ events
//!  one task  │           actions ▶ (from web)                │
//!  a line    └── publishes a snapshot (watch) ──▶ web ───────┘
//! ```

mod accounts;
mod action;
pub mod clock;
mod config;
mod control;
mod corridors;
pub mod evidence;
pub mod modbus;
mod notices;
pub mod store;
mod supervisor;
mod terminals;
mod view;
mod web;
mod what_if;

pub use config::{Config, check};
pub use supervisor::run;
pub use web::new_token;
