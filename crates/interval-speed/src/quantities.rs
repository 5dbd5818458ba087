//! What is measured, in whole numbers: a figure that a court may ask for again has no rounding of a
//! machine in it.

use std::fmt;

/// A length, millimetres.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Millimetres(pub u32);

/// A speed in whole kilometres per hour: limits, and what is certified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Kmh(pub u16);

/// A speed in tenths of a kilometre per hour: what a camera measures on the spot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TenthsKmh(pub u16);

/// A speed in hundredths of a kilometre per hour: an average as it was measured, before bounds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct HundredthsKmh(pub u32);

impl fmt::Display for Millimetres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} m", self.0 / 1_000, self.0 % 1_000)
    }
}

impl fmt::Display for Kmh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} km/h", self.0)
    }
}

impl fmt::Display for TenthsKmh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} km/h", self.0 / 10, self.0 % 10)
    }
}

impl fmt::Display for HundredthsKmh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} km/h", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_with_their_unit() {
        assert_eq!(Millimetres(5_000_020).to_string(), "5000.020 m");
        assert_eq!(Kmh(80).to_string(), "80 km/h");
        assert_eq!(TenthsKmh(805).to_string(), "80.5 km/h");
        assert_eq!(HundredthsKmh(8_007).to_string(), "80.07 km/h");
    }
}
