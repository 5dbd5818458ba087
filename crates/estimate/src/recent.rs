//! How many vehicles a loop has counted in the last minutes.

use units::{Millis, Moment};

/// How far back counts are kept: long enough to tell a trend from one platoon.
pub const MINUTES: usize = 15;

const MINUTE: Millis = Millis(60_000);
/// No loop counts more from one reading to the next: such a step is a counter that began anew.
const STEP_MAX: u16 = 1_000;

/// The counts of the last [`MINUTES`], minute by minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Recent {
    since: Option<Moment>,
    minute: i64,
    counts: [u16; MINUTES],
}

impl Recent {
    /// Vehicles counted up to `now`, and in what time; none before there was a reading.
    #[must_use]
    pub fn counted(&self, now: Moment) -> Option<(u32, Millis)> {
        let since = self.since?;
        let mut moved = *self;
        moved.move_to(now);
        let kept = Moment::ORIGIN + MINUTE * (moved.minute + 1 - MINUTES as i64);
        let count = moved.counts.iter().map(|&count| u32::from(count)).sum();
        Some((count, (now - since.max(kept)).at_least_zero()))
    }

    /// Adds what a counter has moved on by, which wraps at 65,536.
    pub(crate) fn add(&mut self, vehicles: u16, at: Moment) {
        if self.since.is_none() {
            self.since = Some(at);
            self.minute = minute(at);
        }
        self.move_to(at);
        if vehicles <= STEP_MAX {
            let count = &mut self.counts[place(self.minute)];
            *count = count.saturating_add(vehicles);
        }
    }

    /// Forgets the minutes that are too long ago.
    fn move_to(&mut self, at: Moment) {
        let now = minute(at);
        let passed = (now - self.minute).clamp(0, MINUTES as i64);
        for step in 0..passed {
            self.counts[place(now - step)] = 0;
        }
        self.minute = self.minute.max(now);
    }
}

fn minute(at: Moment) -> i64 {
    (at - Moment::ORIGIN).0.div_euclid(MINUTE.0)
}

fn place(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(MINUTES as i64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_minutes_are_forgotten_and_a_counter_that_began_anew_counts_nothing() {
        let mut recent = Recent::default();
        assert_eq!(recent.counted(Moment(0)), None);
        recent.add(0, Moment(0));
        recent.add(7, Moment(30_000));
        recent.add(5, Moment(14 * 60_000));
        recent.add(60_000, Moment(14 * 60_000));
        assert_eq!(recent.counted(Moment(14 * 60_000)), Some((12, Millis(14 * 60_000))));
        assert_eq!(recent.counted(Moment(15 * 60_000)), Some((5, Millis(14 * 60_000))));
        assert_eq!(recent.counted(Moment(90 * 60_000)), Some((0, Millis(14 * 60_000))));
    }
}
