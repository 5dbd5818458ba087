//! The profiles that ship.

use crate::profile::Profile;

/// The profiles that ship: name and text, in the order of their names.
pub const BUILTIN: [(&str, &str); 25] = [
    ("advantech-adam-4056so", include_str!("../advantech-adam-4056so.toml")),
    ("advantech-adam-4150", include_str!("../advantech-adam-4150.toml")),
    ("advantech-adam-4168", include_str!("../advantech-adam-4168.toml")),
    ("advantech-adam-6050", include_str!("../advantech-adam-6050.toml")),
    ("advantech-adam-6051", include_str!("../advantech-adam-6051.toml")),
    ("advantech-adam-6060", include_str!("../advantech-adam-6060.toml")),
    ("apc-smart-ups", include_str!("../apc-smart-ups.toml")),
    ("beckhoff-bk9000", include_str!("../beckhoff-bk9000.toml")),
    ("beckhoff-ek9000", include_str!("../beckhoff-ek9000.toml")),
    ("campbell-metsens200", include_str!("../campbell-metsens200.toml")),
    ("campbell-metsens300", include_str!("../campbell-metsens300.toml")),
    ("lambrecht-pro-wind", include_str!("../lambrecht-pro-wind.toml")),
    ("lufft-ws-umb", include_str!("../lufft-ws-umb.toml")),
    ("moxa-iologik-e1210", include_str!("../moxa-iologik-e1210.toml")),
    ("moxa-iologik-e1211", include_str!("../moxa-iologik-e1211.toml")),
    ("moxa-iologik-e1212", include_str!("../moxa-iologik-e1212.toml")),
    ("moxa-iologik-e1213", include_str!("../moxa-iologik-e1213.toml")),
    ("moxa-iologik-e1214", include_str!("../moxa-iologik-e1214.toml")),
    ("open-character-sign", include_str!("../open-character-sign.toml")),
    ("open-countdown-display", include_str!("../open-countdown-display.toml")),
    ("open-lane-tracker", include_str!("../open-lane-tracker.toml")),
    ("open-section-camera", include_str!("../open-section-camera.toml")),
    ("open-stage-controller", include_str!("../open-stage-controller.toml")),
    ("remote-io", include_str!("../remote-io.toml")),
    ("rs485-temperature-humidity", include_str!("../rs485-temperature-humidity.toml")),
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
