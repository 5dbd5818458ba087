//! What all trips say together. The names are those that other programs read: a test holds them.

use serde::Serialize;

use super::outcome::Outcome;
use super::trips::Trip;
use super::{Case, CorridorPlan};

/// A cycle, by which recovery is counted, seconds: adaptive control has none, this is that of a usual plan.
const CYCLE_S: usize = 90;
/// Everybody else is back to normal where a cycle's mean loss is above that of the twin that nobody helped
/// by no more than this share,
const NORMAL: f64 = 0.1;
/// or by no more than this, vehicles.
const NORMAL_LEAST: f64 = 1.0;
/// Two crossing vehicles are both to be within so many times their free time.
const BOTH_WITHIN: f64 = 1.35;

/// What came of one trip.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TripVerdict {
    /// How many junctions with signals it crosses.
    pub junctions: usize,
    /// Its time alone with every light open, seconds.
    pub free_s: f64,
    /// With nobody's help.
    pub nobody: Outcome,
    /// With each junction's by itself.
    pub local: Outcome,
    /// With a corridor.
    pub corridor: Outcome,
    /// How many cycles after the vehicle's arrival everybody else was back to normal; none: not until the
    /// end.
    pub recovery_cycles: Option<usize>,
}

impl TripVerdict {
    pub(super) fn of(
        trip: &Trip,
        free_s: f64,
        nobody: Outcome,
        local: Outcome,
        corridor: Outcome,
    ) -> Self {
        let recovery_cycles = recovery(&nobody, &corridor);
        Self { junctions: trip.junctions, free_s, nobody, local, corridor, recovery_cycles }
    }

    fn ratio(&self, outcome: &Outcome) -> f64 {
        outcome.travel_s.map_or(f64::INFINITY, |travel| travel / self.free_s.max(1.0))
    }
}

/// All that came of an evaluation.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CorridorVerdict {
    /// The street.
    pub name: String,
    /// Its junctions with signals.
    pub signals: usize,
    /// The seed.
    pub seed: u64,
    /// How many trips were driven.
    pub trips: usize,
    /// How many junctions with signals the shortest of them crosses.
    pub junctions_least: usize,
    /// The vehicle's travel time against its own alone with every light open: the median over trips, and
    /// what 95 % of them do not exceed. A trip that did not arrive counts as endless.
    pub median_ratio_to_free_flow: f64,
    /// See there.
    pub p95_ratio_to_free_flow: f64,
    /// The median of those that nobody helped;
    pub nobody_median_ratio_to_free_flow: f64,
    /// and of those whom each junction helped by itself.
    pub local_median_ratio_to_free_flow: f64,
    /// The share of trips without a stop (below 5 km/h),
    pub share_without_stop: f64,
    /// and the same with each junction's own help.
    pub local_share_without_stop: f64,
    /// How much faster than its twin that nobody helped a trip is: `1 - mean / mean` of travel times.
    pub gain_over_no_corridor: f64,
    /// The same against the twin that each junction helped by itself.
    pub gain_over_local_preemption: f64,
    /// What everybody else lost more than without any help, in all trips together, against the same of
    /// the local help.
    pub others_cost_ratio_to_local_preemption: f64,
    /// The same on the side streets of the ways alone.
    pub side_cost_ratio_to_local_preemption: f64,
    /// What everybody else lost more than in the twin that nobody helped, as a share: the median over
    /// trips.
    pub others_extra_delay_median: f64,
    /// The same of the local help.
    pub local_others_extra_delay_median: f64,
    /// Cycles of 90 s until everybody else was back to normal: what 95 % of trips do not exceed.
    pub recovery_cycles_p95: f64,
    /// Pairs of vehicles that want one junction at one time from two sides,
    pub pairs: usize,
    /// and the share of them of which both came within 1.35 of their free time.
    pub pairs_share_both_within: f64,
    /// How many rules the lamps have broken, in all runs together.
    pub violations: u64,
    /// Trip by trip.
    pub by_trip: Vec<TripVerdict>,
}

impl CorridorVerdict {
    pub(super) fn of(
        case: &Case,
        plan: &CorridorPlan,
        by_trip: Vec<TripVerdict>,
        pairs: &[[Outcome; 2]],
        before: u64,
    ) -> Self {
        type Which = fn(&TripVerdict) -> &Outcome;
        let [nobody, local, corridor]: [Which; 3] =
            [|trip| &trip.nobody, |trip| &trip.local, |trip| &trip.corridor];
        let ratios = |which: Which| by_trip.iter().map(|trip| trip.ratio(which(trip))).collect();
        let travel = |which: Which| {
            by_trip.iter().map(|trip| which(trip).travel_s.unwrap_or(f64::INFINITY)).sum::<f64>()
        };
        let without_stop = |which: Which| {
            let free = by_trip.iter().filter(|trip| which(trip).stops == 0).count();
            free as f64 / by_trip.len().max(1) as f64
        };
        let more = |which: Which, of: fn(&Outcome) -> f64| {
            by_trip.iter().map(|trip| of(which(trip)) - of(&trip.nobody)).sum::<f64>()
        };
        let share = |which: Which| {
            let share = |trip: &TripVerdict| {
                let base = trip.nobody.others_lost_s.max(1.0);
                (which(trip).others_lost_s - base) / base
            };
            by_trip.iter().map(share).collect()
        };
        let recovery =
            |trip: &TripVerdict| trip.recovery_cycles.map_or(f64::INFINITY, |cycles| cycles as f64);
        let within = |pair: &&[Outcome; 2]| {
            pair.iter()
                .all(|one| one.travel_s.is_some_and(|travel| travel <= BOTH_WITHIN * one.free_s))
        };
        let all = by_trip.iter().flat_map(|trip| [&trip.nobody, &trip.local, &trip.corridor]);
        let of_pairs = pairs.iter().map(|pair| pair[0].violations);
        let violations =
            before + all.map(|one| one.violations).sum::<u64>() + of_pairs.sum::<u64>();
        let lost = |one: &Outcome| one.others_lost_s;
        let side = |one: &Outcome| one.side_lost_s;
        Self {
            name: case.name.clone(),
            signals: case.site.signals.len(),
            seed: plan.seed,
            trips: by_trip.len(),
            junctions_least: by_trip.iter().map(|trip| trip.junctions).min().unwrap_or(0),
            median_ratio_to_free_flow: quantile(ratios(corridor), 0.5),
            p95_ratio_to_free_flow: quantile(ratios(corridor), 0.95),
            nobody_median_ratio_to_free_flow: quantile(ratios(nobody), 0.5),
            local_median_ratio_to_free_flow: quantile(ratios(local), 0.5),
            share_without_stop: without_stop(corridor),
            local_share_without_stop: without_stop(local),
            gain_over_no_corridor: 1.0 - travel(corridor) / travel(nobody),
            gain_over_local_preemption: 1.0 - travel(corridor) / travel(local),
            others_cost_ratio_to_local_preemption: more(corridor, lost) / more(local, lost),
            side_cost_ratio_to_local_preemption: more(corridor, side) / more(local, side),
            others_extra_delay_median: quantile(share(corridor), 0.5),
            local_others_extra_delay_median: quantile(share(local), 0.5),
            recovery_cycles_p95: quantile(by_trip.iter().map(recovery).collect(), 0.95),
            pairs: pairs.len(),
            pairs_share_both_within: pairs.iter().filter(within).count() as f64
                / pairs.len().max(1) as f64,
            violations,
            by_trip,
        }
    }
}

/// How many cycles after the arrival everybody else loses no more than in the twin.
fn recovery(nobody: &Outcome, corridor: &Outcome) -> Option<usize> {
    let arrived = corridor.arrived_s? as usize;
    let (ours, theirs) = (&corridor.lost_by_second, &nobody.lost_by_second);
    let mean = |row: &[f32]| row.iter().map(|&one| f64::from(one)).sum::<f64>() / row.len() as f64;
    let ours = ours.get(arrived..)?.chunks_exact(CYCLE_S);
    let theirs = theirs.get(arrived..)?.chunks_exact(CYCLE_S);
    let is_normal = |(ours, theirs): (&[f32], &[f32])| {
        let theirs = mean(theirs);
        mean(ours) - theirs <= (NORMAL * theirs).max(NORMAL_LEAST)
    };
    ours.zip(theirs).position(is_normal)
}

/// The least value that so large a share does not exceed; not a number where there is none.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (share * values.len() as f64).ceil() as usize;
    values.get(place.max(1) - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_is_counted_in_cycles_from_the_arrival_on() {
        let twin = |lost: &[f32]| Outcome {
            arrived_s: Some(60.0),
            lost_by_second: std::iter::repeat_n(99.0, 60)
                .chain(lost.iter().flat_map(|&lost| std::iter::repeat_n(lost, CYCLE_S)))
                .collect(),
            ..Outcome::default()
        };
        let nobody = twin(&[20.0, 20.0, 20.0]);
        for (corridor, expected) in [
            (&[20.0, 50.0, 50.0][..], Some(0)),
            (&[22.5, 21.5, 20.0], Some(1)),
            (&[40.0, 30.0, 22.0], Some(2)),
            (&[40.0, 30.0, 22.1], None),
        ] {
            assert_eq!(recovery(&nobody, &twin(corridor)), expected, "{corridor:?}");
        }
        assert_eq!(recovery(&nobody, &Outcome::default()), None, "it never arrived");
    }

    #[test]
    fn a_quantile_is_the_least_that_so_many_do_not_exceed() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        for (share, expected) in [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0), (0.0, 1.0)] {
            assert_eq!(quantile(values.clone(), share), expected);
        }
        assert!(quantile(Vec::new(), 0.5).is_nan());
    }
}
