//! When a vehicle comes to each stop line, and from when on its movement must be open.
//!
//! ```text
//!   due ── legal change ──▶ open from ── who stands before it leaves ──▶ earliest … expected … latest
//! ```
//!
//! For a junction whose stop line the vehicle reaches in `T` (expected, deviation `σ`), with `n` vehicles
//! before it on the fullest of its lanes:
//!
//! ```text
//!   σ²        = (σ_place / v)² + (0.08 T)² + 1²
//!   earliest  = T - 2 σ            latest = T + 2 σ
//!   open from = earliest - (start-up + headway · n + flush)
//!   due       = open from - legal change from what is shown
//! ```
//!
//! after the usual rule of lead times (queue, its discharge, the change, a margin of deviations); the
//! values of the constants are ours where it does not say otherwise.

use units::{Millis, Moment};

/// From the begin of green to the first departure (HCM's lost time, 2 s).
const START_UP: Millis = Millis(2_000);
/// From vehicle to vehicle of a lane that discharges: 1,640 an hour (2.0 to 2.5 s are usual).
const HEADWAY_S: f64 = 2.2;
/// A queue that has left the stop line still gathers speed: so much before the vehicle is there the last
/// of it must have passed (assumed, after runs).
pub const FLUSH: Millis = Millis(8_000);
/// No junction is opened longer than this before the vehicle, however long the queue is: who has not
/// left by then stands in a jam that a longer green does not solve.
pub(crate) const LEAD_MAX: Millis = Millis(60_000);
/// A window reaches so many deviations to both sides.
pub(crate) const DEVIATIONS: f64 = 2.0;
/// The deviation of a forecast grows by this share of its time (assumed).
const GROWS: f64 = 0.08;
/// And is never less than this, seconds.
const LEAST_S: f64 = 1.0;

/// When a vehicle is expected, and how sure that is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// When it is expected at the stop line.
    pub expected: Moment,
    /// The standard deviation of that.
    pub deviation: Millis,
}

/// What is planned for one junction, as things look now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// The soonest that it may come;
    pub earliest: Moment,
    /// when it is expected;
    pub expected: Moment,
    /// and the latest.
    pub latest: Moment,
    /// From when on its movement is to be open.
    pub open_from: Moment,
    /// When the stage must be demanded for that.
    pub due: Moment,
}

impl Arrival {
    /// The arrival of a vehicle that needs `takes` from `now` on; its place is known to `place_s` seconds.
    #[must_use]
    pub fn after(now: Moment, takes: Millis, place_s: f64) -> Self {
        let ahead = takes.at_least_zero().as_secs_f64() * GROWS;
        let deviation = (place_s * place_s + ahead * ahead + LEAST_S * LEAST_S).sqrt();
        Self { expected: now + takes, deviation: Millis::from_secs_f64(deviation) }
    }

    /// What is planned for its junction: `queue` vehicles are before it on the fullest of its lanes, and
    /// its stage can be green after `change`.
    #[must_use]
    pub fn times(&self, queue: f64, change: Millis) -> Times {
        let margin = Millis::from_secs_f64(self.deviation.as_secs_f64() * DEVIATIONS);
        let (earliest, latest) = (self.expected - margin, self.expected + margin);
        let lead = START_UP + Millis::from_secs_f64(HEADWAY_S * queue.max(0.0)) + FLUSH;
        let open_from = earliest - lead.min(LEAD_MAX);
        Times { earliest, expected: self.expected, latest, open_from, due: open_from - change }
    }
}

impl Times {
    /// The same, so much later.
    #[must_use]
    pub fn later(&self, by: Millis) -> Self {
        Self {
            earliest: self.earliest + by,
            expected: self.expected + by,
            latest: self.latest + by,
            open_from: self.open_from + by,
            due: self.due + by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_is_queue_change_and_margin() {
        let now = Moment(100_000);
        for (takes, place_s, queue, change, earliest, open_from, due) in [
            // Nothing is known better than to a second: two of them to each side.
            (0, 0.0, 0.0, 0, -2_000, -12_000, -12_000),
            (0, 0.0, 5.0, 9_000, -2_000, -23_000, -32_000),
            // A forecast of half a minute is known to 2.6 s.
            (30_000, 0.0, 0.0, 5_000, 24_800, 14_800, 9_800),
            (30_000, 3.0, 0.0, 0, 22_060, 12_060, 12_060),
            // A jam is not waited for.
            (60_000, 0.0, 99.0, 0, 50_194, -9_806, -9_806),
        ] {
            let arrival = Arrival::after(now, Millis(takes), place_s);
            let times = arrival.times(queue, Millis(change));
            let found = [times.earliest, times.open_from, times.due].map(|at| (at - now).0);
            assert_eq!(found, [earliest, open_from, due], "{takes} {place_s} {queue} {change}");
            assert_eq!(times.latest - times.expected, times.expected - times.earliest);
        }
    }
}
