//! Device profiles: one TOML file per device model, and their reader.
//!
//! A profile says where a device keeps what, in which type and word order, what to read how often,
//! what it can be told, and how it falls back when nobody writes. It is data: nothing in a profile is
//! executed, nothing is templated, an unknown key is a mistake. `README.md` beside this crate explains
//! every key.

mod builtin;
mod page;
mod point;
mod profile;
mod read;
mod register;
mod schema;

pub use builtin::{BUILTIN, builtin};
pub use page::page;
pub use point::Point;
pub use profile::{
    Certainty, Check, CommandEntry, CommandName, Delivered, FailSafe, Life, Must, PollGroup,
    Profile, Reads, SafeMode, SafeState, Watchdog, WatchdogKind, text_of,
};
pub use register::{Order, Register, Table, Type};
pub use schema::schema;
