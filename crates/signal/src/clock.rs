//! The common clock: what the clock on the wall shows, carried on by the daemon's own moments.
//!
//! The shell sets it now and then. Between two settings it goes on by [`Moment`]s, which never jump;
//! a setting may make it jump, by a clock that was corrected or put forward or back.

use units::{CivilTime, Millis, Moment};

/// A clock that shows civil time once it was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CommonClock {
    set: Option<(Moment, CivilTime)>,
}

impl CommonClock {
    /// A clock that was never set: its zero is the origin of the daemon's moments.
    #[must_use]
    pub fn unset() -> Self {
        Self::default()
    }

    /// Says what the clock on the wall shows at `now`.
    pub fn set(&mut self, now: Moment, civil: CivilTime) {
        self.set = Some((now, civil));
    }

    /// What the clock on the wall shows; none where nobody has said so yet.
    #[must_use]
    pub fn civil(&self, now: Moment) -> Option<CivilTime> {
        self.set.map(|(at, civil)| civil + (now - at))
    }

    /// The time since the common zero of all coordinated plans.
    #[must_use]
    pub fn reading(&self, now: Moment) -> Millis {
        self.civil(now).map_or(now - Moment::ORIGIN, CivilTime::count)
    }
}
