//! One junction of one corridor.
//!
//! ```text
//!             due                shown                 beyond the stop line, 2 s
//!   Waiting ───────▶ Clearing ─────────▶ Open ──────▶ Passed ──────▶ Released
//!      ▲                │                 │                             ▲
//!      │                └── held too long ┴──▶ Missed ──── third time ──┤
//!      └──── still before it, 15 s later ─────────┘                     │
//!             the corridor ends, or somebody lets the junction go ──────┘
//! ```

use units::{Millis, Moment};

use crate::arbitrate::Turn;
use crate::crossing::Crossing;
use crate::schedule::Times;

/// Longer than this beyond what its lead asks for nothing is held for a vehicle that is seen to come.
pub const HOLD_MAX: Millis = Millis(90_000);
/// Where nothing is known of the vehicle a junction is held so much longer than it may come.
pub const EXTENSION_MAX: Millis = Millis(20_000);
/// So long after a miss it is tried again.
pub(crate) const RETRY: Millis = Millis(15_000);
/// As many misses as this, and a junction is not tried again.
pub(crate) const MISSES_MAX: u8 = 3;
/// After its front has passed, its rear has too (an articulated vehicle of 18 m at 9 m/s).
pub const REAR: Millis = Millis(2_000);

/// Where a junction stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It is too early.
    Waiting,
    /// It is asked for, and not open yet.
    Clearing {
        /// Since when it is asked for.
        since: Moment,
    },
    /// It is asked for, and open.
    Open {
        /// Since when it is asked for.
        since: Moment,
    },
    /// The vehicle's front has passed.
    Passed {
        /// Since when it was asked for.
        since: Option<Moment>,
        /// When it passed.
        at: Moment,
    },
    /// It did not come.
    Missed {
        /// Since when not.
        at: Moment,
    },
    /// Nothing is asked of it any more.
    Released,
}

impl State {
    /// Its name in pictures; the list is closed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Clearing { .. } => "clearing",
            Self::Open { .. } => "open",
            Self::Passed { .. } => "passed",
            Self::Missed { .. } => "missed",
            Self::Released => "released",
        }
    }

    /// Since when the junction is asked for, where it is.
    #[must_use]
    pub fn asked_since(self) -> Option<Moment> {
        match self {
            Self::Clearing { since } | Self::Open { since } => Some(since),
            Self::Passed { since, .. } => since,
            Self::Waiting | Self::Missed { .. } | Self::Released => None,
        }
    }

    /// Whether the vehicle is still to come.
    #[must_use]
    pub fn is_ahead(self) -> bool {
        !matches!(self, Self::Passed { .. } | Self::Released)
    }
}

/// A junction of a corridor.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// The place of the link before it on the way.
    pub leg: usize,
    /// Where, and by which movement.
    pub crossing: Crossing,
    /// Where it stands.
    pub state: State,
    /// What is planned for it; none before it was looked at.
    pub times: Option<Times>,
    /// Whether it can be open in time, as things looked when it was last asked for.
    pub is_in_time: bool,
    /// What it gets where others want it too.
    pub turn: Option<Turn>,
    /// For how long others have held it up.
    pub held: Millis,
    /// Until when it is held at the longest.
    pub hold_until: Moment,
    pub(crate) misses: u8,
    /// How far the vehicle may be behind when it passes: when it was at the junction before.
    pub(crate) free_at: Option<Moment>,
}

impl Node {
    pub(crate) fn new(leg: usize, crossing: Crossing) -> Self {
        Self {
            leg,
            crossing,
            state: State::Waiting,
            times: None,
            is_in_time: true,
            turn: None,
            held: Millis::ZERO,
            hold_until: Moment::ORIGIN,
            misses: 0,
            free_at: None,
        }
    }
}
