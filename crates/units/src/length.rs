//! Lengths and speeds.

use std::fmt;
use std::ops::{Add, Div, Sub};

use crate::Millis;

/// A length in metres.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Metres(pub f64);

impl Add for Metres {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Metres {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// The time to drive a length at a speed, rounded to the millisecond; a standstill takes
/// [`Millis::MAX`].
impl Div<MetresPerSecond> for Metres {
    type Output = Millis;
    fn div(self, speed: MetresPerSecond) -> Millis {
        if speed.0 <= 0.0 { Millis::MAX } else { Millis::from_secs_f64(self.0 / speed.0) }
    }
}

impl fmt::Display for Metres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} m", self.0)
    }
}

/// A speed in metres per second.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct MetresPerSecond(pub f64);

impl MetresPerSecond {
    /// The speed in kilometres per hour.
    #[must_use]
    pub fn as_kmh(self) -> f64 {
        self.0 * 3.6
    }
}

impl fmt::Display for MetresPerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} m/s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_over_a_speed_is_a_time() {
        assert_eq!(Metres(100.0) / MetresPerSecond(10.0), Millis::from_secs(10));
        assert_eq!(Metres(100.0) / MetresPerSecond(0.0), Millis::MAX);
    }
}
