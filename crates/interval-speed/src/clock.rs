//! How well a camera knows the time.

use units::Millis;

/// Where a camera's clock gets the time from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum SyncSource {
    /// From nobody.
    None = 0,
    /// A satellite receiver (GPS, BeiDou).
    Satellite = 1,
    /// The precision time protocol (IEEE 1588).
    Precision = 2,
    /// The network time protocol.
    Network = 3,
    /// Somebody sets it.
    Set = 4,
}

/// What state a camera's clock is in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum ClockState {
    /// It has never been told the time.
    Unsynchronised = 0,
    /// It follows its source.
    Synchronised = 1,
    /// Its source is gone; it runs on, and its bound grows.
    Holdover = 2,
    /// It was put forward or back by more than its bound since the passage before.
    Stepped = 3,
}

impl SyncSource {
    /// Every source with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("satellite", Self::Satellite),
        ("precision", Self::Precision),
        ("network", Self::Network),
        ("set", Self::Set),
    ];

    /// The source of this number on the wire.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().map(|&(_, source)| source).find(|source| *source as u8 == code)
    }
}

impl ClockState {
    /// Every state with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("unsynchronised", Self::Unsynchronised),
        ("synchronised", Self::Synchronised),
        ("holdover", Self::Holdover),
        ("stepped", Self::Stepped),
    ];

    /// The state of this number on the wire.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().map(|&(_, state)| state).find(|state| *state as u8 == code)
    }
}

/// What a camera says of its clock at a passage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CameraClock {
    /// Where it gets the time from.
    pub source: SyncSource,
    /// The state it is in.
    pub state: ClockState,
    /// How long ago it last heard from its source, seconds.
    pub sync_age_s: u32,
    /// How far it may be from UTC at most, milliseconds; 65,535 says "that or more".
    pub offset_bound_ms: u16,
}

impl CameraClock {
    /// A clock of which nothing is known.
    pub const UNKNOWN: Self = Self {
        source: SyncSource::None,
        state: ClockState::Unsynchronised,
        sync_age_s: u32::MAX,
        offset_bound_ms: u16::MAX,
    };

    /// How far it may be from UTC at most.
    #[must_use]
    pub fn offset_bound(&self) -> Millis {
        Millis(self.offset_bound_ms.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_there_and_back() {
        for &(name, source) in SyncSource::ALL {
            assert_eq!(SyncSource::from_code(source as u8), Some(source), "{name}");
        }
        for &(name, state) in ClockState::ALL {
            assert_eq!(ClockState::from_code(state as u8), Some(state), "{name}");
        }
        assert_eq!(SyncSource::from_code(5), None);
        assert_eq!(ClockState::from_code(4), None);
        assert_eq!(CameraClock::UNKNOWN.offset_bound(), Millis(65_535));
    }
}
