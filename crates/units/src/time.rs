//! Milliseconds, monotonic moments, and wall time.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

/// A span of time in milliseconds; may be negative. Arithmetic saturates: a span that long is a
/// mistake somewhere else, and a wrapped one would be a short green.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span there is.
    pub const MAX: Self = Self(i64::MAX);

    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// A span of `seconds`, rounded to the nearest millisecond; not-a-number gives zero.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self((seconds * 1_000.0).round() as i64)
    }

    /// The span in seconds.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The span in seconds, for tables of many.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn as_secs_f32(self) -> f32 {
        self.as_secs_f64() as f32
    }

    /// The span, or zero where it is negative.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// This span modulo `period`, in `[0, period)`.
    ///
    /// # Panics
    /// Where `period` is not positive.
    #[must_use]
    pub fn modulo(self, period: Self) -> Self {
        assert!(period.0 > 0, "modulo a period of {period}");
        Self(self.0.rem_euclid(period.0))
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Millis {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Millis {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Millis {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul<i64> for Millis {
    type Output = Self;
    fn mul(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl std::iter::Sum for Millis {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.as_secs_f64())
    }
}

/// A reading of a clock that only goes forward, in milliseconds since that clock's own origin.
/// Moments of two different clocks must not be mixed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment(pub i64);

impl Moment {
    /// The clock's origin.
    pub const ORIGIN: Self = Self(0);

    /// How long ago `earlier` was; negative where it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Millis> for Moment {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Millis> for Moment {
    fn add_assign(&mut self, span: Millis) {
        *self = *self + span;
    }
}

impl Sub<Millis> for Moment {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Moment {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        self.since(earlier)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t={}", Millis(self.0))
    }
}

/// Civil time: milliseconds since 1970-01-01T00:00:00Z. For schedules and records, never for
/// control intervals: it may jump.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct WallTime(pub i64);

impl Add<Millis> for WallTime {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for WallTime {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_span_is_the_difference_of_two_moments() {
        assert_eq!(Moment(5_000) - Moment(2_000), Millis::from_secs(3));
        assert_eq!(Moment(2_000) + Millis::from_secs(3), Moment(5_000));
    }

    #[test]
    fn spans_saturate_instead_of_wrapping() {
        assert_eq!(Millis::MAX + Millis(1), Millis::MAX);
        assert_eq!(-Millis(i64::MIN), Millis::MAX);
    }

    proptest! {
        #[test]
        fn modulo_lies_within_the_period(span in any::<i64>(), period in 1..i64::MAX) {
            let rest = Millis(span).modulo(Millis(period));
            prop_assert!(rest >= Millis::ZERO && rest < Millis(period));
        }

        #[test]
        fn seconds_survive_the_way_there_and_back(span in -1_000_000_000_i64..1_000_000_000) {
            prop_assert_eq!(Millis::from_secs_f64(Millis(span).as_secs_f64()), Millis(span));
        }
    }
}
