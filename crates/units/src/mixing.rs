//! Numbers that look like chance and are none: what seeded streams, chance by counter and digests are
//! made of. The same bytes on every machine; nothing here is meant to keep a secret.

/// What a stream of SplitMix64 (Steele, Lea, Flood 2014) adds for each number: 2⁶⁴ by the golden
/// ratio, odd.
pub const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The mixer of SplitMix64: every bit of the result depends on every bit of `word`.
#[inline]
#[must_use]
pub fn mixed(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// FNV-1a with 64 bits, over bytes, or over whatever else comes as numbers, in order.
#[must_use]
pub fn digest(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, number| (sum ^ number).wrapping_mul(0x0100_0000_01b3))
}

/// The same over the bytes of a text.
#[must_use]
pub fn digest_of(text: &str) -> u64 {
    digest(text.bytes().map(u64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_and_a_digest_are_those_of_their_publications() {
        // The first numbers of the reference program, seed 1234567.
        let stream = [1, 2, 3].map(|n| mixed(1_234_567_u64.wrapping_add(GOLDEN.wrapping_mul(n))));
        let known =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(stream, known);
        assert_eq!(digest_of(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest_of("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(digest_of("foobar"), 0x8594_4171_f739_67e8);
    }
}
