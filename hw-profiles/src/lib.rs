//! Device profiles: one TOML file per device model, and their reader.
//!
//! A profile says where a device keeps what, in which type and word order, what to read how often,
//! and how it falls back when nobody writes. It is data: nothing in a profile is executed, nothing
//! is templated, an unknown key is a mistake. `README.md` beside this crate explains every key.

mod point;
mod profile;
mod read;
mod register;

pub use point::Point;
pub use profile::{FailSafe, IdentityCheck, PollGroup, Profile, Watchdog};
pub use register::{Order, Register, Table, Type};

/// The profiles that ship: name and text.
pub const BUILTIN: [(&str, &str); 1] =
    [("open-stage-controller", include_str!("../open-stage-controller.toml"))];

/// The profile of that name, if it ships.
///
/// # Panics
/// Never: a test reads every profile that ships.
#[must_use]
pub fn builtin(name: &str) -> Option<Profile> {
    let (_, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
    Some(Profile::parse(text).expect("a test reads every profile that ships"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_that_ships_reads_and_bears_its_name() {
        for (name, text) in BUILTIN {
            let profile = Profile::parse(text).unwrap_or_else(|all| panic!("{name}: {all:?}"));
            assert_eq!(profile.name, name);
        }
    }

    #[test]
    fn mistakes_come_all_at_once_with_their_lines() {
        let text = BUILTIN[0]
            .1
            .replace("order = \"ABCD\"", "order = \"CABD\"")
            .replace("watchdog = \"lease\"", "watchdog = \"never\"\nlamp = true");
        let found = Profile::parse(&text).expect_err("unsound");
        let text: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(text.iter().any(|t| t.contains("watchdog: \"never\" is none of")), "{text:?}");
        assert!(text.iter().any(|t| t.contains("lamp: this key is not known here")), "{text:?}");
        assert!(text.iter().filter(|t| t.contains("\"CABD\" is none of")).count() > 2, "{text:?}");
    }

    #[test]
    fn a_type_needs_an_order_of_its_own_width() {
        let text = BUILTIN[0].1.replacen("order = \"AB\"", "order = \"ABCD\"", 1);
        let found = Profile::parse(&text).expect_err("unsound");
        assert!(found[0].reason.contains("has 1 word"), "{found:?}");
    }
}
