//! Chance by counter: a number is a function of the seed, of whom it is for and of when, and of
//! nothing else, so that it does not matter who asks first. The mixer is that of SplitMix64 (Steele,
//! Lea, Flood 2014).

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
}

/// A number in `[0, 1)`, on a grid of 2⁻²⁴ so that it is exact in `f32`.
pub(super) fn chance(seed: u64, what: Use, who: u32, when: u32) -> f32 {
    let key = (u64::from(who) << 32) | u64::from(when);
    let mixed =
        mix(key ^ mix(seed.wrapping_add((what as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    (mixed >> 40) as f32 * (1.0 / 16_777_216.0)
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
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
}
