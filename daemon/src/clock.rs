//! The one place that asks for the time, and scales it. The engine's [`Moment`]s come from a clock
//! that only goes forward; civil time is that clock's reading beside the system's civil clock, laid
//! side by side again now and then. A corrected system clock moves records and schedules, never an
//! interval.

#![allow(clippy::disallowed_methods)]

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::Instant;
use units::{CivilDate, CivilTime, Millis, Moment, WallTime};

/// A far point in time, for timers that wait for nothing.
const FAR: Duration = Duration::from_secs(3_600);

/// A civil clock that is off by less is being disciplined, not set: followed without a word.
const STEP_MIN: Millis = Millis(1_000);

/// A clock that runs `speed` times as fast as the real one.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    wall_start: WallTime,
    speed: f64,
    zone: TimeZone,
}

impl Clock {
    /// A clock that starts now, with the time zone named `zone` (UTC where it is not known).
    ///
    /// # Panics
    /// Where `speed` is not a positive number.
    #[must_use]
    pub fn start(speed: f64, zone: &str) -> Self {
        assert!(speed.is_finite() && speed > 0.0, "speed {speed} is not a positive number");
        Self {
            start: Instant::now(),
            wall_start: WallTime(Timestamp::now().as_millisecond()),
            speed,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        }
    }

    /// How many times as fast as the real one it runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The moment now.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn now(&self) -> Moment {
        Moment((self.start.elapsed().as_secs_f64() * 1_000.0 * self.speed) as i64)
    }

    /// Real microseconds since it started, for what is measured.
    #[must_use]
    pub fn micros(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// When a moment will be, or was, on tokio's clock; an hour from now for what is further away.
    /// Never before the moment is due: a timer that rings early rings twice.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> Instant {
        let real = (moment.0.max(0) as f64 / self.speed + 1.0).min(1e12);
        let due = self.start + Duration::from_micros((real * 1_000.0) as u64);
        due.min(Instant::now() + FAR)
    }

    /// How long a span is in real time.
    #[must_use]
    pub fn real(&self, span: Millis) -> Duration {
        Duration::from_secs_f64((span.0.max(0) as f64 / 1_000.0 / self.speed).min(1e9))
    }

    /// Lays civil time beside the system's again, and says by how much it was set, if it was. A
    /// scaled clock has left the system's civil time behind: it goes its own way.
    pub fn follow(&mut self) -> Option<Millis> {
        if (self.speed - 1.0).abs() > f64::EPSILON {
            return None;
        }
        self.lay_beside(WallTime(Timestamp::now().as_millisecond()), self.now())
    }

    fn lay_beside(&mut self, system: WallTime, now: Moment) -> Option<Millis> {
        let off = system - self.wall(now);
        self.wall_start = self.wall_start + off;
        (off.0.abs() >= STEP_MIN.0).then_some(off)
    }

    /// The civil time of a moment.
    #[must_use]
    pub fn wall(&self, moment: Moment) -> WallTime {
        WallTime(self.wall_start.0.saturating_add(moment.0))
    }

    /// What the clock on the wall shows at a moment, in the site's zone.
    #[must_use]
    pub fn civil(&self, moment: Moment) -> Option<CivilTime> {
        let stamp = Timestamp::from_millisecond(self.wall(moment).0).ok()?;
        let local = self.zone.to_datetime(stamp);
        let month = u8::try_from(local.month()).ok()?;
        let date = CivilDate::new(local.year(), month, u8::try_from(local.day()).ok()?)?;
        let of_day = local.time().duration_since(jiff::civil::Time::midnight()).as_millis();
        CivilTime::new(date, Millis(i64::try_from(of_day).ok()?))
    }

    /// A civil time as text in the site's zone, to the second.
    #[must_use]
    pub fn local_text(&self, wall: WallTime) -> String {
        match Timestamp::from_millisecond(wall.0) {
            Ok(stamp) => {
                stamp.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
            }
            Err(_) => format!("{} ms", wall.0),
        }
    }
}

/// A reading of real, unscaled time, for what is bound to the machine: disk, supervisor.
#[must_use]
pub(crate) fn steady() -> std::time::Instant {
    std::time::Instant::now()
}

/// The system's civil time, for what is kept for a court: it is not the site's scaled clock.
#[must_use]
pub(crate) fn system() -> WallTime {
    WallTime(Timestamp::now().as_millisecond())
}

/// A reading of the runtime's own clock, unscaled, which tests may pause: for time-outs of connections.
#[must_use]
pub(crate) fn runtime() -> Instant {
    Instant::now()
}

/// The days since 1970-01-01 UTC of a civil time.
#[must_use]
pub(crate) fn day(wall: WallTime) -> i64 {
    wall.0.div_euclid(86_400_000)
}

/// A day, counted from 1970-01-01, as `YYYY-MM-DD`.
#[must_use]
pub(crate) fn day_text(day: i64) -> String {
    match Timestamp::from_second(day.saturating_mul(86_400)) {
        Ok(stamp) => stamp.strftime("%Y-%m-%d").to_string(),
        Err(_) => "0000-00-00".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_scales_and_its_timers_are_never_early() {
        for speed in [0.5, 1.0, 7.0, 50.0] {
            let clock = Clock::start(speed, "Asia/Shanghai");
            for wait in [1, 10, 999, 60_000] {
                let due = clock.now() + Millis(wait);
                tokio::time::sleep_until(clock.instant(due)).await;
                assert!(clock.now() >= due, "speed {speed}, {wait} ms");
            }
        }
    }

    #[test]
    fn a_clock_that_was_set_is_followed_and_told_and_a_disciplined_one_is_followed() {
        let mut clock = Clock::start(1.0, "UTC");
        let now = Moment(60_000);
        let civil = clock.wall(now);
        assert_eq!(clock.lay_beside(civil + Millis(300), now), None);
        assert_eq!(clock.wall(now), civil + Millis(300));
        assert_eq!(clock.lay_beside(civil + Millis(-3_600_000), now), Some(Millis(-3_600_300)));
        assert_eq!(clock.wall(now), civil + Millis(-3_600_000));
        assert_eq!(Clock::start(20.0, "UTC").follow(), None);
    }

    #[test]
    fn the_clock_on_the_wall_shows_the_zones_time_and_its_summer() {
        let mut clock = Clock::start(1.0, "Europe/Berlin");
        for (wall, expected) in [
            // 2026-03-29: summer time begins at 01:00 UTC.
            (1_774_745_999_000, ((2026, 3, 29), 3_600_000 + 3_599_000)),
            (1_774_746_000_000, ((2026, 3, 29), 3 * 3_600_000)),
            (0, ((1970, 1, 1), 3_600_000)),
        ] {
            clock.wall_start = WallTime(wall);
            let civil = clock.civil(Moment::ORIGIN).expect("a civil time");
            let date = civil.date();
            let found = ((date.year(), date.month(), date.day()), civil.of_day().0);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn days_have_names() {
        assert_eq!(day_text(0), "1970-01-01");
        assert_eq!(day_text(day(WallTime(1_795_000_000_000))), "2026-11-18");
    }
}
