//! How far a vehicle is along its way, and how fast: a Kalman filter of two states.
//!
//! State: the way along a link, and the speed. Between observations the speed is pushed by an acceleration
//! that is noise. A receiver's error lasts for half a minute: averaging does not take it away, so that it
//! stays in what is said of the deviation.

/// The spread of an emergency vehicle's acceleration, m/s².
const ACCELERATION: f64 = 1.5;
/// The spread of a speed that a receiver tells, m/s.
const SPEED_SPREAD: f64 = 1.0;
/// The spread of a speed that nobody has told.
const SPEED_UNKNOWN: f64 = 8.0;
/// From a speed that was seen to the one that is expected, seconds.
const RELAXES: f64 = 10.0;
/// What a forecast of somebody whom nobody sees is worth: of the way that it says, a third more or less.
const FORECAST_SPREAD: f64 = 0.35;

/// Where along its link, how fast, and how sure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Along {
    pub(super) along: f64,
    pub(super) speed: f64,
    /// Variances of both, and what they have in common.
    place: f64,
    both: f64,
    pace: f64,
    /// What does not average away.
    lasting: f64,
}

impl Along {
    /// Seen for the first time.
    pub(super) fn begin(along: f64, spread: f64, speed: Option<f64>) -> Self {
        let pace = if speed.is_some() { SPEED_SPREAD } else { SPEED_UNKNOWN };
        Self {
            along,
            speed: speed.unwrap_or(0.0),
            place: spread * spread,
            both: 0.0,
            pace: pace * pace,
            lasting: spread,
        }
    }

    /// So many seconds later, nothing having been heard.
    pub(super) fn predict(&mut self, seconds: f64) {
        let (t, q) = (seconds, ACCELERATION * ACCELERATION);
        self.along += self.speed * t;
        self.place += t * (2.0 * self.both + t * self.pace) + q * t * t * t * t / 4.0;
        self.both += t * self.pace + q * t * t * t / 2.0;
        self.pace += q * t * t;
    }

    /// The variance of the place.
    pub(super) fn variance(&self) -> f64 {
        self.place
    }

    /// It is `by` metres further than it was thought to be, with this spread; and as fast as is told.
    pub(super) fn correct(&mut self, by: f64, spread: f64, speed: Option<f64>) {
        let sum = self.place + spread * spread;
        let (gain, pace_gain) = (self.place / sum, self.both / sum);
        self.along += gain * by;
        self.speed = (self.speed + pace_gain * by).max(0.0);
        let (place, both) = (self.place, self.both);
        self.place = (1.0 - gain) * place;
        self.both = (1.0 - gain) * both;
        self.pace = (self.pace - pace_gain * both).max(0.01);
        // What lasts goes over to that of the newer source by as much as it is believed.
        self.lasting += gain * (spread - self.lasting);
        if let Some(told) = speed {
            self.told(told);
        }
    }

    fn told(&mut self, speed: f64) {
        let sum = self.pace + SPEED_SPREAD * SPEED_SPREAD;
        let (gain, place_gain) = (self.pace / sum, self.both / sum);
        let by = speed - self.speed;
        self.speed = (self.speed + gain * by).max(0.0);
        self.along += place_gain * by;
        let (both, pace) = (self.both, self.pace);
        self.place = (self.place - place_gain * both).max(0.01);
        self.both = (1.0 - gain) * both;
        self.pace = (1.0 - gain) * pace;
    }

    /// Where it is after so many seconds of silence, and its deviation, by a forecast of its speed.
    pub(super) fn foretold(&self, seconds: f64, forecast: f64) -> (f64, f64) {
        let t = seconds.max(0.0);
        // How much of the time the speed that was seen still counts.
        let seen = t * RELAXES / (t + RELAXES);
        let by = forecast * (t - seen) + self.speed * seen;
        let variance = self.place + seen * (2.0 * self.both + seen * self.pace);
        let forecast = FORECAST_SPREAD * forecast.max(self.speed) * (t - seen);
        let all = variance.max(0.0) + self.lasting * self.lasting + forecast * forecast;
        (by, all.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_is_seen_is_surer_and_silence_widens() {
        let mut along = Along::begin(0.0, 10.0, Some(10.0));
        let (_, first) = along.foretold(0.0, 10.0);
        for _ in 0..20 {
            along.predict(1.0);
            let truth = along.along;
            along.correct(truth - along.along, 10.0, Some(10.0));
        }
        let (by, later) = along.foretold(0.0, 10.0);
        assert!(by == 0.0 && later < first && later >= 10.0, "{later} after {first}");
        let mut widest = later;
        for silence in 1..120 {
            let (by, deviation) = along.foretold(f64::from(silence), 10.0);
            assert!((by - 10.0 * f64::from(silence)).abs() < 1e-6);
            assert!(deviation > widest, "{silence}");
            widest = deviation;
        }
        assert!((200.0..600.0).contains(&widest), "{widest} m after two minutes");
    }

    #[test]
    fn a_place_that_is_told_moves_the_speed_too() {
        let mut along = Along::begin(0.0, 2.0, None);
        for second in 1..=10 {
            along.predict(1.0);
            let by = 12.0 * f64::from(second) - along.along;
            along.correct(by, 2.0, None);
        }
        assert!((along.speed - 12.0).abs() < 1.0, "{along:?}");
        assert!((along.along - 120.0).abs() < 1.0);
    }
}
