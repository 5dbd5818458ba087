//! How long decisions took: counts by duration, so that a month of decisions takes no more room than
//! an hour of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// Durations are told apart to so many binary digits: to under 1 %.
const DIGITS: u32 = 7;

/// How long the decisions of a run took.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Times {
    /// Nanoseconds, rounded down to [`DIGITS`], and how many decisions took that.
    counts: BTreeMap<u64, u64>,
    longest: u64,
}

/// How long decisions took, microseconds a junction.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct PlannerTime {
    /// Decisions, each of one junction.
    pub decisions: u64,
    /// Half of them took no longer.
    pub p50_us: f64,
    /// Of a hundred 99 took no longer.
    pub p99_us: f64,
    /// None took longer.
    pub max_us: f64,
}

impl Times {
    /// Adds the decisions of some junctions that took so long together; each is taken to have had an
    /// even share of it.
    pub(super) fn add(&mut self, took: Duration, junctions: usize) {
        let Some(each) = took.as_nanos().checked_div(junctions as u128) else { return };
        let each = u64::try_from(each).unwrap_or(u64::MAX);
        let low = (u64::BITS - each.leading_zeros()).saturating_sub(DIGITS);
        *self.counts.entry(each >> low << low).or_default() += junctions as u64;
        self.longest = self.longest.max(each);
    }

    /// Adds those of another run.
    pub(super) fn merge(&mut self, other: &Self) {
        for (&time, &count) in &other.counts {
            *self.counts.entry(time).or_default() += count;
        }
        self.longest = self.longest.max(other.longest);
    }

    /// Sums them up.
    #[must_use]
    pub fn summary(&self) -> PlannerTime {
        let decisions = self.counts.values().sum();
        let at = |percent: u64| {
            let mut seen = 0;
            let found = self.counts.iter().find(|&(_, &count)| {
                seen += count;
                seen * 100 >= decisions * percent
            });
            found.map_or(0.0, |(&time, _)| micros(time))
        };
        PlannerTime { decisions, p50_us: at(50), p99_us: at(99), max_us: micros(self.longest) }
    }
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_junction_of_a_decision_counts() {
        let mut times = Times::default();
        assert_eq!(times.summary(), PlannerTime::default());
        times.add(Duration::from_nanos(98 * 64), 98);
        times.add(Duration::from_micros(2), 1);
        let mut other = Times::default();
        other.add(Duration::from_micros(1_000), 1);
        other.add(Duration::from_micros(1_000), 0);
        times.merge(&other);
        let got = times.summary();
        assert_eq!((got.decisions, got.p50_us, got.max_us), (100, 0.064, 1_000.0));
        assert!((got.p99_us - 2.0).abs() < 0.02, "{got:?}");
    }
}
