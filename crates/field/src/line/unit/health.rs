//! How a unit fares, for those who look.

use units::Moment;

/// How a unit fares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitState {
    /// Its identity is to be read before anything else.
    Identifying,
    /// It answers, and falls back by itself when nobody writes.
    Online,
    /// It answers, but its watchdog or its fail-safe is not as its profile demands: it is read, and
    /// nothing is written to it but a release.
    Unguarded,
    /// It does not answer, or is another model: left alone but for a probe.
    Open,
}

impl UnitState {
    /// A short name, for events and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identifying => "identifying",
            Self::Online => "online",
            Self::Unguarded => "unguarded",
            Self::Open => "open",
        }
    }
}

/// A unit's state and its counters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitHealth {
    /// How it fares.
    pub state: UnitState,
    /// Requests sent to it.
    pub requests: u64,
    /// Requests that failed, and were not lost with the connection.
    pub failures: u64,
    /// Failures since its last answer.
    pub failures_in_a_row: u32,
    /// When it last answered.
    pub last_answer: Option<Moment>,
    /// For each poll group of its profile, when what was last read of it was asked for.
    pub read: Vec<Option<Moment>>,
    /// The last failure.
    pub last_failure: Option<String>,
}

impl UnitHealth {
    pub(super) fn new(polls: usize) -> Self {
        Self {
            state: UnitState::Identifying,
            requests: 0,
            failures: 0,
            failures_in_a_row: 0,
            last_answer: None,
            read: vec![None; polls],
            last_failure: None,
        }
    }
}
