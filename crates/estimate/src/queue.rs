//! How many vehicles are held on a lane, and how sure that is: a Kalman filter over two numbers, the
//! vehicles held and those that come each second.
//!
//! Vehicles that a loop counts in or out move the first; where nobody counts them it grows by the
//! second. What loops say of the queue itself corrects both: a queue that turns out longer than was
//! believed has been fed faster than was believed.
//!
//! Source: input and output between loops with corrections (Vigos, Papageorgiou and Wang 2008). The
//! tail beyond an advance loop is known by those who cross it from green on until a gap, which is what
//! the shock waves of Liu, Wu, Ma and Hu (2009) are built from: their speeds tell nothing more.

use nalgebra::{Matrix2, RowVector2, Vector2};

/// No lane holds more.
const VEHICLES_MAX: f64 = 400.0;
/// No lane is fed faster, vehicles a second.
const INFLOW_MAX: f64 = 0.7;
/// What a lane is believed to be fed before anything is known, vehicles a second, and how unsure that
/// is.
const INFLOW: f64 = 0.08;
const INFLOW_DEVIATION: f64 = 0.08;
/// How fast the inflow wanders: variance a second.
const INFLOW_WANDERS: f64 = 4e-6;
/// The greatest variance: nobody knows less than this.
const VARIANCE_MAX: f64 = 2_500.0;
/// After so many seconds what others are fed counts as much as what was known before.
const LIKE: f64 = 120.0;
/// A count of a shorter time tells no rate, seconds.
const SECONDS_MIN: f64 = 0.05;

/// The vehicles held on a lane, and those that come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Queue {
    /// Vehicles; vehicles a second.
    state: Vector2<f64>,
    covariance: Matrix2<f64>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            state: Vector2::new(0.0, INFLOW),
            covariance: Matrix2::new(1.0, 0.0, 0.0, INFLOW_DEVIATION * INFLOW_DEVIATION),
        }
    }
}

impl Queue {
    /// Vehicles held: never below zero.
    #[must_use]
    pub fn vehicles(&self) -> f64 {
        self.state.x
    }

    /// The variance of that.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.covariance.m11
    }

    /// Vehicles that come each second, by what was counted lately.
    #[must_use]
    pub fn inflow(&self) -> f64 {
        self.state.y
    }

    /// How likely at least so many are held, by a normal distribution.
    #[must_use]
    pub fn certainty(&self, vehicles: f64) -> f64 {
        let deviation = self.covariance.m11.max(1e-6).sqrt();
        // The logistic curve that is nearest to the normal one.
        1.0 / (1.0 + (-1.702 * (self.state.x - vehicles + 0.5) / deviation).exp())
    }

    /// Time passes, while a share of the inflow comes that nobody counts.
    pub fn pass(&mut self, seconds: f64, unseen: f64) {
        let seconds = sound(seconds, 600.0);
        let gain = seconds * sound(unseen, 1.0);
        let moves = Matrix2::new(1.0, gain, 0.0, 1.0);
        self.state = moves * self.state;
        self.covariance = moves * self.covariance * moves.transpose();
        // Who comes unseen comes by chance: as many more or less as a Poisson count.
        self.covariance.m11 += gain * self.state.y;
        self.covariance.m22 += INFLOW_WANDERS * seconds;
        self.keep();
    }

    /// So many have come, by somebody whose count has this variance.
    pub fn come(&mut self, vehicles: f64, variance: f64) {
        self.state.x += sound(vehicles, VEHICLES_MAX);
        self.covariance.m11 += sound(variance, VARIANCE_MAX);
        self.keep();
    }

    /// So many have left.
    pub fn leave(&mut self, vehicles: f64, variance: f64) {
        self.state.x -= sound(vehicles, VEHICLES_MAX);
        self.covariance.m11 += sound(variance, VARIANCE_MAX);
        self.keep();
    }

    /// All that came in a time were counted.
    pub fn counted_in(&mut self, vehicles: f64, seconds: f64) {
        let seconds = sound(seconds, 600.0);
        if seconds >= SECONDS_MIN {
            let rate = sound(vehicles, VEHICLES_MAX) / seconds;
            // As far off as a Poisson count of so long is.
            self.correct(RowVector2::new(0.0, 1.0), rate, self.state.y.max(0.02) / seconds);
        }
    }

    /// Others like it are fed so fast, vehicles a second: a hint that time makes firmer.
    pub fn feeds_like(&mut self, rate: f64, seconds: f64) {
        let seconds = sound(seconds, 600.0);
        if seconds >= SECONDS_MIN {
            let spread = INFLOW_DEVIATION * INFLOW_DEVIATION * LIKE / seconds;
            self.correct(RowVector2::new(0.0, 1.0), sound(rate, INFLOW_MAX), spread);
        }
    }

    /// A vehicle could have left and none was believed to be there: whoever may have waited all the
    /// same is one fewer, so that the doubt shrinks by a vehicle, and what it owes to the inflow with it:
    /// else it would be back at once, and nobody would be believed to be many.
    pub fn let_one_go(&mut self) {
        let before = self.covariance.m11.sqrt();
        let left = (before - 1.0).max(0.0) / before;
        self.covariance.m11 *= left * left;
        self.covariance.m12 *= left;
        self.covariance.m21 *= left;
        self.keep();
    }

    /// It cannot be less sure than by this variance.
    pub fn is_sure_to(&mut self, variance: f64) {
        if self.covariance.m11 > variance.max(1e-6) {
            let share = (variance.max(1e-6) / self.covariance.m11).sqrt();
            self.covariance.m11 *= share * share;
            self.covariance.m12 *= share;
            self.covariance.m21 *= share;
            self.keep();
        }
    }

    /// The queue is seen to be about so long.
    pub fn is_about(&mut self, vehicles: f64, variance: f64) {
        self.correct(RowVector2::new(1.0, 0.0), sound(vehicles, VEHICLES_MAX), variance);
    }

    /// At least so many are seen to be held.
    pub fn is_at_least(&mut self, vehicles: f64, variance: f64) {
        if self.state.x < vehicles {
            self.is_about(vehicles, variance);
        }
    }

    /// No more than so many can be held.
    pub fn is_at_most(&mut self, vehicles: f64, variance: f64) {
        if self.state.x > vehicles {
            self.is_about(vehicles, variance);
        }
    }

    fn correct(&mut self, sees: RowVector2<f64>, value: f64, variance: f64) {
        let along = self.covariance * sees.transpose();
        let variance = if variance.is_finite() { variance } else { VARIANCE_MAX };
        let spread = (sees * along).x + variance.clamp(1e-6, VARIANCE_MAX);
        let gain = along / spread;
        let off = value - (sees * self.state).x;
        self.state += gain * off;
        self.covariance -= gain * sees * self.covariance;
        self.keep();
    }

    /// Holds everything within what can be.
    fn keep(&mut self) {
        self.state.x = self.state.x.clamp(0.0, VEHICLES_MAX);
        self.state.y = self.state.y.clamp(0.0, INFLOW_MAX);
        let own = self.covariance.m11.clamp(1e-6, VARIANCE_MAX);
        let inflow = self.covariance.m22.clamp(1e-9, INFLOW_DEVIATION * INFLOW_DEVIATION);
        let most = (own * inflow).sqrt() * 0.99;
        let both = f64::midpoint(self.covariance.m12, self.covariance.m21).clamp(-most, most);
        self.covariance = Matrix2::new(own, both, both, inflow);
    }
}

/// A number that can be one: absurd ones say nothing.
fn sound(value: f64, most: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, most) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_queue_longer_than_was_believed_was_fed_faster() {
        let mut queue = Queue::default();
        let before = queue.inflow();
        queue.pass(60.0, 1.0);
        assert!((queue.vehicles() - 60.0 * before).abs() < 1e-9);
        queue.is_about(12.0, 1.0);
        assert!(queue.inflow() > before + 0.05, "{queue:?}");
        assert!(queue.vehicles() > 10.0 && queue.variance() < 1.0, "{queue:?}");
    }

    #[test]
    fn what_is_counted_in_becomes_the_inflow() {
        let mut queue = Queue::default();
        for second in 0..600 {
            queue.pass(1.0, 0.0);
            queue.counted_in(f64::from(u8::from(second % 4 == 0)), 1.0);
        }
        assert!((queue.inflow() - 0.25).abs() < 0.05, "{queue:?}");
    }

    #[test]
    fn certainty_falls_with_each_vehicle_and_with_time() {
        let mut queue = Queue::default();
        queue.is_about(5.0, 0.5);
        let row =
            |queue: &Queue| (1..12).map(|k| queue.certainty(f64::from(k))).collect::<Vec<_>>();
        let fresh = row(&queue);
        assert!(fresh.is_sorted_by(|a, b| a > b), "{fresh:?}");
        assert!(fresh[0] > 0.99 && fresh[10] < 0.01, "{fresh:?}");
        queue.come(0.0, 16.0);
        assert!(row(&queue)[0] < fresh[0]);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_absurd(steps in prop::collection::vec((0_u8..9, any::<f64>(), any::<f64>()), 0..200)) {
            let mut queue = Queue::default();
            for (what, a, b) in steps {
                match what {
                    0 => queue.pass(a, b),
                    1 => queue.come(a, b),
                    2 => queue.leave(a, b),
                    3 => queue.counted_in(a, b),
                    4 => queue.is_about(a, b),
                    5 => queue.is_at_least(a, b),
                    6 => queue.feeds_like(a, b),
                    7 => queue.let_one_go(),
                    _ => queue.is_at_most(a, b),
                }
                prop_assert!((0.0..=VEHICLES_MAX).contains(&queue.vehicles()));
                prop_assert!((0.0..=INFLOW_MAX).contains(&queue.inflow()));
                prop_assert!(queue.variance() > 0.0 && queue.variance() <= VARIANCE_MAX);
                prop_assert!((0.0..=1.0).contains(&queue.certainty(3.0)));
            }
        }
    }
}
