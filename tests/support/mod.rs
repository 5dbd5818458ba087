//! What the end-to-end tests share: a served street, the daemon as a process of its own, and the few
//! lines of HTTP and Modbus with which a stranger looks at both.

#![allow(dead_code, reason = "each test file uses its own share of this")]

pub(crate) mod daemon;
pub(crate) mod modbus;
pub(crate) mod street;

/// How often something is done: `usual`, or what the environment variable `name` says. The figures
/// of the issue are measured with the variable set; the test suite runs a share of them.
pub(crate) fn times(name: &str, usual: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => usual,
    }
}

/// A stream of numbers from a seed (SplitMix64): what is random in a test can be repeated.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % limit
    }
}
