//! The random numbers of fault schedules: SplitMix64 (Steele, Lea, Flood 2014). The same seed gives
//! the same faults on every machine.

use units::mixing::{GOLDEN, mixed};

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mixed(self.0)
    }

    /// A whole number in `[0, limit)`; 0 where `limit` is not positive.
    pub(crate) fn below(&mut self, limit: i64) -> i64 {
        match u64::try_from(limit) {
            Ok(limit) if limit > 0 => i64::try_from(self.next() % limit).unwrap_or(0),
            _ => 0,
        }
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let at = self.below(i64::try_from(items.len()).unwrap_or(i64::MAX));
        items.get(usize::try_from(at).unwrap_or(0))
    }
}
