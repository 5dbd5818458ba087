//! Chance by counter: a number is a function of the seed, of whom it is for and of when, and of
//! nothing else, so that it does not matter who asks first. The mixer is that of SplitMix64 (Steele,
//! Lea, Flood 2014).

use units::mixing::{GOLDEN, mixed};

/// What a number is for: two uses never share one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Manner = 1,
    Reaction = 2,
    Dawdle = 3,
    Lane = 4,
    LoopMiss = 5,
    LoopChatter = 6,
    TrackerMiss = 7,
    Walker = 8,
    WalkerSide = 9,
    WalkerPace = 10,
    Lot = 11,
    RadarMiss = 101,
    RadarDistance = 102,
    RadarSpeed = 103,
    RadarGhost = 104,
    RadarGhostDistance = 105,
    RadarGhostSpeed = 106,
    CameraRead = 111,
    CameraConfusion = 112,
    CameraConfused = 113,
    CameraDouble = 114,
    CameraSpeed = 115,
    PlateKind = 121,
    PlateProvince = 122,
    PlateSerial = 123,
    PositionEast = 131,
    PositionNorth = 132,
    PositionSpeed = 133,
    PositionLost = 134,
    PositionLate = 135,
    PositionWait = 136,
    PositionOvertaken = 137,
}

/// A number in `[0, 1)`, on a grid of 2⁻²⁴ so that it is exact in `f32`.
pub(super) fn chance(seed: u64, what: Use, who: u32, when: u32) -> f32 {
    (hashed(seed, what, who, when) >> 40) as f32 * (1.0 / 16_777_216.0)
}

/// A number near the normal distribution of mean 0 and spread 1: the sum of four even ones, within
/// ±3.5.
pub(super) fn normal(seed: u64, what: Use, who: u32, when: u32) -> f32 {
    let mixed = hashed(seed, what, who, when);
    // Whole numbers first: their sum is exact, whatever the order.
    let sum: u32 = (0..4).map(|part| (mixed >> (16 * part)) as u32 & 0xffff).sum();
    // The mean of the sum, and √3 over its scale: four even numbers have a variance of a third.
    (sum as f32 - 131_070.0) * (1.732_050_8 / 65_535.0)
}

/// The seed of one sensor's chance: no two sensors see the same errors.
pub(super) fn of_sensor(seed: u64, sensor: u32) -> u64 {
    mixed(seed ^ mixed(u64::from(sensor) + 1))
}

fn hashed(seed: u64, what: Use, who: u32, when: u32) -> u64 {
    let key = (u64::from(who) << 32) | u64::from(when);
    mixed(key ^ mixed(seed.wrapping_add((what as u64).wrapping_mul(GOLDEN))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_even_and_differ_by_use() {
        let mean = |what| (0..10_000).map(|n| f64::from(chance(7, what, n, 3))).sum::<f64>() / 1e4;
        assert!((mean(Use::Manner) - 0.5).abs() < 0.02);
        assert!((mean(Use::Dawdle) - 0.5).abs() < 0.02);
        assert_ne!(chance(7, Use::Manner, 1, 1).to_bits(), chance(7, Use::Dawdle, 1, 1).to_bits());
        assert_eq!(chance(7, Use::Lane, 5, 9).to_bits(), chance(7, Use::Lane, 5, 9).to_bits());
    }

    #[test]
    fn normal_numbers_have_a_mean_of_none_and_a_spread_of_one() {
        let draw = |sensor| {
            (0..40_000_u32)
                .map(move |n| f64::from(normal(of_sensor(7, sensor), Use::RadarSpeed, n, 3)))
        };
        let mean = draw(0).sum::<f64>() / 4e4;
        let variance = draw(0).map(|x| x * x).sum::<f64>() / 4e4;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        let within = draw(0).filter(|x| x.abs() < 1.0).count();
        // A normal number is within one spread in 68.3 % of all cases; a sum of four in 67 %.
        assert!((26_000..28_000).contains(&within), "{within}");
        let together: f64 = draw(0).zip(draw(1)).map(|(a, b)| a * b).sum::<f64>() / 4e4;
        assert!(together.abs() < 0.02, "two sensors err together: {together}");
    }
}
