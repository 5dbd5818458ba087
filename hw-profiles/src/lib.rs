//! Device profiles: one TOML file per device model, and their reader.
//!
//! A profile says where a device keeps what, in which type and word order, what to read how often,
//! what it can be told, and how it falls back when nobody writes. It is data: nothing in a profile is
//! executed, nothing is templated, an unknown key is a mistake. `README.md` beside this crate explains
//! every key.

mod point;
mod profile;
mod read;
mod register;

pub use point::Point;
pub use profile::{
    Certainty, Check, CommandEntry, CommandName, FailSafe, Life, PollGroup, Profile, SafeState,
    Watchdog, WatchdogKind,
};
pub use register::{Order, Register, Table, Type};

/// The profiles that ship: name and text.
pub const BUILTIN: [(&str, &str); 4] = [
    ("open-lane-tracker", include_str!("../open-lane-tracker.toml")),
    ("open-section-camera", include_str!("../open-section-camera.toml")),
    ("open-stage-controller", include_str!("../open-stage-controller.toml")),
    ("remote-io", include_str!("../remote-io.toml")),
];

/// The profile of that name, if it ships.
///
/// # Panics
/// Never: a test reads every profile that ships.
#[must_use]
pub fn builtin(name: &str) -> Option<Profile> {
    let (_, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
    Some(Profile::parse(text).expect("a test reads every profile that ships"))
}
