//! An operator's level: how often its vehicles broke a rule in a rolling window.
//!
//! ```text
//!   none ─ 1 ─▶ blue ─ yellow_from ─▶ yellow ─ red_from ─▶ red        and back as time goes on
//! ```

use std::collections::{BTreeMap, VecDeque};

use units::{Millis, WallTime};

/// The most findings of an operator that are counted: far more than red needs.
const COUNTED_MAX: usize = 10_000;

/// How much attention an operator needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Something was found.
    Blue,
    /// Often.
    Yellow,
    /// Very often.
    Red,
}

impl Level {
    /// Its name in exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// The levels of all operators.
#[derive(Clone, Debug)]
pub struct Levels {
    window: Millis,
    yellow_from: usize,
    red_from: usize,
    found: BTreeMap<String, VecDeque<WallTime>>,
}

impl Levels {
    /// Looks back over `window`; so many findings make yellow, so many red.
    #[must_use]
    pub fn new(window: Millis, yellow_from: usize, red_from: usize) -> Self {
        Self { window, yellow_from, red_from, found: BTreeMap::new() }
    }

    /// Something was found of an operator's vehicle. Findings may come out of order.
    pub fn add(&mut self, operator: &str, at: WallTime) {
        let found = self.found.entry(operator.to_owned()).or_default();
        let place = found.partition_point(|&before| before <= at);
        found.insert(place, at);
        if found.len() > COUNTED_MAX {
            found.pop_front();
        }
    }

    /// An operator's level at `now`; none where nothing was found in the window.
    #[must_use]
    pub fn of(&self, operator: &str, now: WallTime) -> Option<Level> {
        let found = self.found.get(operator)?;
        let count = found.len() - found.partition_point(|&at| now - at >= self.window);
        match count {
            0 => None,
            _ if count >= self.red_from => Some(Level::Red),
            _ if count >= self.yellow_from => Some(Level::Yellow),
            _ => Some(Level::Blue),
        }
    }

    /// Forgets what the window has left behind.
    pub fn forget(&mut self, now: WallTime) {
        for found in self.found.values_mut() {
            let old = found.partition_point(|&at| now - at >= self.window);
            found.drain(..old);
        }
        self.found.retain(|_, found| !found.is_empty());
    }

    /// Every operator of which something was found, with its level at `now`.
    pub fn all(&self, now: WallTime) -> impl Iterator<Item = (&str, Level)> {
        self.found.keys().filter_map(move |name| Some((name.as_str(), self.of(name, now)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_level_is_what_counting_says(
            times in prop::collection::vec(0..200_i64, 0..40), now in 0..300_i64, forget: bool,
        ) {
            let mut levels = Levels::new(Millis(50), 3, 6);
            times.iter().for_each(|&at| levels.add("Lu Freight", WallTime(at)));
            if forget {
                levels.forget(WallTime(now));
            }
            let count = times.iter().filter(|&&at| now - at < 50).count();
            let expected = match count {
                0 => None,
                1..=2 => Some(Level::Blue),
                3..=5 => Some(Level::Yellow),
                _ => Some(Level::Red),
            };
            prop_assert_eq!(levels.of("Lu Freight", WallTime(now)), expected);
            prop_assert_eq!(levels.all(WallTime(now)).next().map(|row| row.1), expected);
            prop_assert_eq!(levels.of("another", WallTime(now)), None);
        }
    }
}
