//! What came of a run: how often was decided, at what cost, and what was refused.

use serde_json::{Value, json};

/// Buckets a doubling of the time: each is less than 1.6 % wide.
const FINE: u32 = 6;
/// Doublings of a nanosecond that are told apart: the last is beyond an hour.
const DOUBLINGS: u32 = 42;

/// How long something takes, in buckets: a run of any length needs no more room.
#[derive(Clone, Debug)]
pub struct Spread {
    counts: Vec<u64>,
    most: u64,
}

impl Default for Spread {
    fn default() -> Self {
        Self { counts: vec![0; (DOUBLINGS << FINE) as usize], most: 0 }
    }
}

impl Spread {
    /// Counts `times` times so many nanoseconds.
    pub fn add(&mut self, nanoseconds: u64, times: u64) {
        if times > 0 {
            self.counts[bucket(nanoseconds)] += times;
            self.most = self.most.max(nanoseconds);
        }
    }

    /// The longest time, nanoseconds.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.most
    }

    /// The time that this share of all does not exceed, nanoseconds, by less than a bucket too long; zero
    /// where nothing was counted.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn quantile(&self, share: f64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let wanted = ((share * total as f64).ceil() as u64).clamp(1, total.max(1));
        let mut passed = 0;
        for (index, count) in self.counts.iter().enumerate() {
            passed += count;
            if passed >= wanted {
                return end(index).min(self.most);
            }
        }
        0
    }
}

/// Values below 2^FINE have a bucket each; above, the bits after the first FINE count no more.
fn bucket(value: u64) -> usize {
    let shift = (64 - value.leading_zeros()).saturating_sub(FINE + 1);
    let index = (u64::from(shift) << FINE) + (value >> shift);
    usize::try_from(index).unwrap_or(usize::MAX).min(((DOUBLINGS << FINE) - 1) as usize)
}

/// The greatest value of a bucket.
fn end(bucket: usize) -> u64 {
    let (bucket, one) = (bucket as u64, 1 << FINE);
    if bucket < 2 * one {
        return bucket;
    }
    let shift = (bucket >> FINE) - 1;
    ((bucket - (shift << FINE) + 1) << shift) - 1
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Controlled junctions.
    pub junctions: usize,
    /// Steps that were answered.
    pub steps: u64,
    /// Decisions: one for each junction each time it could have changed.
    pub decisions: u64,
    /// Of these, changes that were demanded.
    pub changes: u64,
    /// Stages, or states of a search, that were weighed for it.
    pub evaluations: u64,
    /// The time of a decision: that of a step, shared by the junctions that were decided in it.
    pub planner: Spread,
    /// Demands that were not said since the plant would not have taken them.
    pub held_back: u64,
    /// Demands that the plant did not take.
    pub not_taken: u64,
}

impl Report {
    /// As JSON, in seconds; `control` and `seed` as they were asked for.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn json(&self, control: &str, seed: u64) -> Value {
        let seconds = |nanoseconds: u64| nanoseconds as f64 / 1e9;
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "control": control,
            "seed": seed,
            "junctions": self.junctions,
            "steps": self.steps,
            "decisions": self.decisions,
            "changes": self.changes,
            "evaluations": self.evaluations,
            "planner_s": {
                "p50": seconds(self.planner.quantile(0.5)),
                "p99": seconds(self.planner.quantile(0.99)),
                "max": seconds(self.planner.most()),
            },
            "refusals": self.held_back + self.not_taken,
            "held_back": self.held_back,
            "not_taken": self.not_taken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_counted_is_nothing() {
        let spread = Spread::default();
        assert_eq!((spread.quantile(0.5), spread.most()), (0, 0));
    }

    #[test]
    fn a_share_is_found_by_weight() {
        let mut spread = Spread::default();
        spread.add(40, 98);
        spread.add(1_000_000, 2);
        assert_eq!((spread.quantile(0.5), spread.quantile(0.98)), (40, 40));
        assert_eq!((spread.quantile(0.99), spread.most()), (1_000_000, 1_000_000));
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket(value in 0_u64..1 << 40, more in 1_u64..1_000) {
            let end_of = end(bucket(value));
            prop_assert!(end_of >= value && end_of <= value + (value >> FINE), "{end_of}");
            prop_assert!(bucket(value + more) >= bucket(value));
        }

        #[test]
        fn no_value_is_too_great(value in any::<u64>()) {
            let mut spread = Spread::default();
            spread.add(value, 1);
            prop_assert!(spread.quantile(1.0) <= value);
        }
    }
}
