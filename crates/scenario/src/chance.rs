//! Chance by counter: a number is a function of the seed, of what it is for, of whom and of which draw
//! of his, and of nothing else. So another zone or another count in a file changes nobody else's
//! draws. The mixer is that of SplitMix64 (Steele, Lea, Flood 2014).
//!
//! Only additions, multiplications and comparisons are used: the same seed gives the same bytes on
//! every machine, which a logarithm of the platform's library would not promise.

use units::mixing::{GOLDEN, mixed};

/// What the numbers are for: two uses never share one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    FlowArrivals = 1,
    MatrixArrivals = 2,
    MatrixVehicle = 3,
    MatrixWay = 4,
    CountArrivals = 5,
    CountVehicle = 6,
    CountTurn = 7,
    WayCost = 8,
}

/// The numbers of one use and one owner, one after another.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    key: u64,
    drawn: u64,
}

impl Chance {
    /// `who` and `which` tell owners apart, such as a pair of zones and a step of its profile.
    pub(crate) fn new(seed: u64, what: Use, who: u64, which: u64) -> Self {
        let start = mixed(seed.wrapping_add((what as u64).wrapping_mul(GOLDEN)));
        Self { key: mixed(mixed(start ^ who).wrapping_add(which)), drawn: 0 }
    }

    /// A number in `[0, 1)`, even.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn even(&mut self) -> f64 {
        self.drawn += 1;
        // 53 bits are what a double holds.
        (mixed(self.key ^ self.drawn.wrapping_mul(GOLDEN)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A waiting time of mean 1 between events of a Poisson process, by comparisons alone (von
    /// Neumann 1951): a falling run of even numbers of odd length gives its first as the fraction,
    /// each run of even length adds 1.
    pub(crate) fn wait(&mut self) -> f64 {
        let mut whole = 0.0;
        loop {
            let first = self.even();
            let (mut last, mut odd) = (first, true);
            loop {
                let next = self.even();
                if next >= last {
                    break;
                }
                (last, odd) = (next, !odd);
            }
            if odd {
                return whole + first;
            }
            whole += 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_even_and_waits_are_exponential() {
        let mut chance = Chance::new(7, Use::FlowArrivals, 1, 2);
        let even: Vec<f64> = (0..40_000).map(|_| chance.even()).collect();
        let mean = even.iter().sum::<f64>() / 4e4;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let waits: Vec<f64> = (0..40_000).map(|_| chance.wait()).collect();
        let mean = waits.iter().sum::<f64>() / 4e4;
        let square = waits.iter().map(|wait| wait * wait).sum::<f64>() / 4e4;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!((square - 2.0).abs() < 0.1, "{square}");
        // e^-2 of them are longer than 2.
        let over_two = waits.iter().filter(|&&wait| wait > 2.0).count();
        assert!((5_414 - 250..5_414 + 250).contains(&over_two), "{over_two}");
    }

    #[test]
    fn every_part_of_the_key_gives_other_numbers_and_the_same_key_the_same() {
        let first = |seed, what, who, which| Chance::new(seed, what, who, which).even().to_bits();
        let one = first(1, Use::MatrixWay, 2, 3);
        assert_eq!(one, first(1, Use::MatrixWay, 2, 3));
        for other in [
            first(2, Use::MatrixWay, 2, 3),
            first(1, Use::MatrixVehicle, 2, 3),
            first(1, Use::MatrixWay, 3, 2),
            first(1, Use::MatrixWay, 2, 4),
        ] {
            assert_ne!(one, other);
        }
    }
}
