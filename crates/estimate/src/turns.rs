//! Where those who come from each side go: shares, learned from counts at both ends by recursive
//! least squares with forgetting, and held to what shares can be.
//!
//! A link has *entries*, from which vehicles come, and *lanes*, over which they leave. Of one period
//! only the totals are known: so many came by each entry, so many left by each lane.
//!
//! Source: Cremer and Keller (1987) for the estimate; the projection sorts (Held, Wolfe and Crowder
//! 1974).

use nalgebra::{SMatrix, SVector};

/// The most entries of a link, and the most lanes, that are told apart: those beyond share the last.
pub(crate) const ENTRIES_MAX: usize = 8;
/// See [`ENTRIES_MAX`].
pub(crate) const LANES_MAX: usize = 6;

/// How much of what was learned is kept from one period to the next.
const KEPT: f64 = 0.98;
/// How unsure the first shares are: as if about so many vehicles had been counted before.
const FIRST: f64 = 1.0 / 60.0;
/// No share is more unsure.
const UNSURE_MAX: f64 = 1.0;

/// Of each entry the share of each lane.
#[derive(Clone, PartialEq, Debug)]
pub struct Turns {
    entries: usize,
    lanes: usize,
    shares: SMatrix<f64, ENTRIES_MAX, LANES_MAX>,
    covariance: SMatrix<f64, ENTRIES_MAX, ENTRIES_MAX>,
}

impl Turns {
    /// Equal shares, of so many entries and lanes.
    #[must_use]
    pub fn new(entries: usize, lanes: usize) -> Self {
        let (entries, lanes) = (entries.clamp(1, ENTRIES_MAX), lanes.clamp(1, LANES_MAX));
        let mut shares = SMatrix::<f64, ENTRIES_MAX, LANES_MAX>::zeros();
        shares.view_mut((0, 0), (entries, lanes)).fill(1.0 / lanes as f64);
        Self { entries, lanes, shares, covariance: SMatrix::identity() * FIRST }
    }

    /// The share of those who come by an entry that leaves by a lane.
    #[must_use]
    pub fn share(&self, entry: usize, lane: usize) -> f64 {
        self.shares[(entry.min(self.entries - 1), lane.min(self.lanes - 1))]
    }

    /// One period: who came by each entry, and who left by each lane. Nothing is learned of a period in
    /// which nobody came, or in which a number is absurd.
    pub fn learn(&mut self, came: &[f64], left: &[f64]) {
        let row = |given: &[f64], at: usize| given.get(at).copied().unwrap_or(0.0);
        let x = SVector::<f64, ENTRIES_MAX>::from_fn(|at, _| {
            if at < self.entries { row(came, at) } else { 0.0 }
        });
        let sound = |number: &f64| (0.0..=1_000.0).contains(number);
        if !came.iter().chain(left).all(sound) || x.sum() <= 0.0 {
            return;
        }
        let along = self.covariance * x;
        let gain = along / (KEPT + x.dot(&along));
        for lane in 0..self.lanes {
            let off = row(left, lane) - x.dot(&self.shares.column(lane));
            let moved = self.shares.column(lane) + gain * off;
            self.shares.set_column(lane, &moved);
        }
        self.covariance = (self.covariance - gain * along.transpose()) / KEPT;
        for entry in 0..ENTRIES_MAX {
            // Forgetting alone would blow up what nobody comes by.
            let unsure = self.covariance[(entry, entry)];
            if !(0.0..=UNSURE_MAX).contains(&unsure) {
                self.covariance.row_mut(entry).fill(0.0);
                self.covariance.column_mut(entry).fill(0.0);
                self.covariance[(entry, entry)] = FIRST;
            }
        }
        for entry in 0..self.entries {
            let mut shares = [0.0; LANES_MAX];
            for (lane, share) in shares.iter_mut().enumerate() {
                *share = self.shares[(entry, lane)];
            }
            project(&mut shares[..self.lanes]);
            for (lane, share) in shares.iter().enumerate() {
                self.shares[(entry, lane)] = *share;
            }
        }
    }
}

/// The nearest shares: none below zero, one in all.
fn project(shares: &mut [f64]) {
    let mut sorted = [f64::NEG_INFINITY; LANES_MAX];
    sorted[..shares.len()].copy_from_slice(shares);
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let (mut sum, mut less) = (0.0, 0.0);
    for (at, &share) in sorted[..shares.len()].iter().enumerate() {
        sum += share;
        let candidate = (sum - 1.0) / (at + 1) as f64;
        if share > candidate {
            less = candidate;
        }
    }
    for share in shares {
        *share = (*share - less).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_found_from_totals() {
        let truth = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.0, 0.5, 0.5]];
        let mut turns = Turns::new(3, 3);
        for period in 0_u32..120 {
            let came = [7.0, 4.0, 9.0].map(|most: f64| (f64::from(period) * most).rem_euclid(11.0));
            let left =
                [0, 1, 2].map(|lane| (0..3).map(|entry| came[entry] * truth[entry][lane]).sum());
            turns.learn(&came, &left);
        }
        for (entry, row) in truth.iter().enumerate() {
            for (lane, share) in row.iter().enumerate() {
                let found = turns.share(entry, lane);
                assert!((found - share).abs() < 0.03, "{entry} {lane}: {found} is not {share}");
            }
        }
    }

    proptest! {
        #[test]
        fn shares_stay_shares(
            entries in 0_usize..12, lanes in 0_usize..9,
            periods in prop::collection::vec((prop::collection::vec(-5.0..2e3_f64, 0..10),
                prop::collection::vec(-5.0..2e3_f64, 0..10)), 0..60),
        ) {
            let mut turns = Turns::new(entries, lanes);
            for (came, left) in periods {
                turns.learn(&came, &left);
                for entry in 0..turns.entries {
                    let row: Vec<f64> = (0..turns.lanes).map(|lane| turns.share(entry, lane)).collect();
                    prop_assert!(row.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share)), "{row:?}");
                    prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{row:?}");
                }
            }
        }
    }
}
