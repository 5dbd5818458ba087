//! The one place of the served street that asks for the time, and scales it.

use std::time::{Duration, Instant};

use units::{Millis, Moment};

/// A street that is further behind gives the time up. To catch up would be to run faster than its
/// clock says: whoever measures a green from outside would find it short. So it catches up no more
/// than what a cabinet's own clock may be off by.
const LAG_MAX: Millis = Millis(200);

/// Simulated time: real time since it began, scaled, less what was given up.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    began: Instant,
    speed: f64,
    given_up: Millis,
}

impl Clock {
    /// A clock that shows the origin now.
    pub(super) fn start(speed: f64) -> Self {
        Self { began: Instant::now(), speed, given_up: Millis::ZERO }
    }

    /// The time it ought to be on the street.
    pub(super) fn now(&self) -> Moment {
        self.at(self.began.elapsed())
    }

    /// Real time until the street's `at`.
    pub(super) fn until(&self, at: Moment) -> Duration {
        let ahead = (at - self.now()).at_least_zero();
        real(ahead, self.speed)
    }

    /// Gives up what the street at `reached` is behind by, where that is too much.
    pub(super) fn forgive(&mut self, reached: Moment) {
        let lag = self.now() - reached;
        if lag > LAG_MAX {
            self.given_up += lag;
        }
    }

    /// Simulated time that was given up.
    pub(super) fn given_up(&self) -> Millis {
        self.given_up
    }

    /// Real seconds since it began.
    pub(super) fn real_seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// How many times real time the street at `reached` has run.
    pub(super) fn held(&self, reached: Moment) -> f64 {
        let real = self.real_seconds().max(1e-9);
        ((reached - Moment::ORIGIN).as_secs_f64() / real).min(self.speed)
    }

    fn at(&self, elapsed: Duration) -> Moment {
        let scaled = Millis::from_secs_f64(elapsed.as_secs_f64() * self.speed);
        Moment::ORIGIN + scaled - self.given_up
    }
}

/// The real time that a simulated span takes.
pub(super) fn real(span: Millis, speed: f64) -> Duration {
    Duration::try_from_secs_f64(span.as_secs_f64() / speed).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_scaled_and_what_was_given_up_is_left_out() {
        let mut clock = Clock::start(30.0);
        assert_eq!(clock.at(Duration::from_millis(100)), Moment(3_000));
        clock.given_up = Millis(500);
        assert_eq!(clock.at(Duration::from_millis(100)), Moment(2_500));
        assert_eq!(real(Millis(3_000), 30.0), Duration::from_millis(100));
    }

    #[test]
    fn only_a_large_lag_is_given_up() {
        let mut clock = Clock::start(1e-9);
        clock.forgive(Moment::ORIGIN - LAG_MAX);
        assert_eq!(clock.given_up(), Millis::ZERO);
        clock.forgive(Moment::ORIGIN - LAG_MAX - Millis(1));
        assert_eq!(clock.given_up(), LAG_MAX + Millis(1));
    }
}
