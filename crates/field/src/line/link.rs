//! The connection of a line: when to make it, and why it went.
//!
//! ```text
//!   Down ──retry is due──▶ Connecting ──up──▶ Up
//!    ▲ ▲                      │                │ │
//!    │ └── refused, too long ─┘                │ │
//!    ├───── lost from outside: back-off ───────┘ │
//!    └───── dropped by us: at once ──────────────┘
//! ```
//!
//! A connection that we drop, because an answer did not come or did not fit, is made again at once,
//! and what was behind it is still what it was. One that is lost from outside, or that could not be
//! made again, may lead to another device when it is back.

use units::{Millis, Moment};

use super::settings::LineSettings;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Down { retry: Moment },
    Connecting { until: Moment },
    Up,
}

/// What a link wants at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Connect,
    /// The attempt takes too long.
    GiveUp,
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    settings: LineSettings,
    state: State,
    backoff: Millis,
    jitter: u64,
    /// Whether the connection was lost from outside since it was last up.
    lost: bool,
}

impl Link {
    pub(super) fn new(settings: LineSettings, now: Moment, seed: u64) -> Self {
        let (state, backoff) = (State::Down { retry: now }, settings.reconnect_first);
        Self { settings, state, backoff, jitter: seed, lost: true }
    }

    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    pub(super) fn is_down(&self) -> bool {
        matches!(self.state, State::Down { .. })
    }

    /// What is due now.
    pub(super) fn step(&mut self, now: Moment) -> Step {
        match self.state {
            State::Down { retry } if now >= retry => {
                self.state = State::Connecting { until: now + self.settings.connect_give_up };
                Step::Connect
            }
            State::Connecting { until } if now >= until => Step::GiveUp,
            _ => Step::Nothing,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Moment> {
        match self.state {
            State::Down { retry } => Some(retry),
            State::Connecting { until } => Some(until),
            State::Up => None,
        }
    }

    /// It is up; whether it had been lost from outside. None where nobody had asked for it.
    pub(super) fn up(&mut self) -> Option<bool> {
        if !matches!(self.state, State::Connecting { .. }) {
            return None;
        }
        self.state = State::Up;
        Some(std::mem::take(&mut self.lost))
    }

    /// We drop it, to make it again at once.
    pub(super) fn dropped(&mut self, now: Moment) {
        self.state = State::Down { retry: now };
    }

    /// It was lost from outside, or could not be made.
    pub(super) fn lose(&mut self, now: Moment) {
        self.lost = true;
        self.state = State::Down { retry: now + self.backoff + self.jittered() };
        self.backoff = (self.backoff * 2).min(self.settings.reconnect_max);
    }

    /// An answer came over it: the next loss is a first one again.
    pub(super) fn proved(&mut self) {
        self.backoff = self.settings.reconnect_first;
    }

    /// Up to a quarter of the back-off, so that many lines do not come back in one moment (the
    /// constants are Knuth's MMIX generator's).
    fn jittered(&mut self) -> Millis {
        self.jitter = self
            .jitter
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let quarter = u64::try_from(self.backoff.0 / 4).unwrap_or(0) + 1;
        Millis(i64::try_from((self.jitter >> 33) % quarter).unwrap_or(0))
    }
}
