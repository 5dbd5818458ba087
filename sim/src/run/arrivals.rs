//! When vehicles arrive: as the demand says, or at random with the same volumes.

use std::collections::BTreeMap;

use scenario::{Demand, Flow};
use units::Millis;

use crate::random::Random;

/// How a demand becomes arrivals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Arrivals {
    /// To the demand's own times: the seed moves drivers only.
    #[default]
    Regular,
    /// At random: each flow keeps how many vehicles it has, and the seed chooses when each comes.
    Random,
}

impl Arrivals {
    /// Every form with its name on the command line.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("regular", Self::Regular), ("random", Self::Random)];
}

/// How far a vehicle that comes alone may be moved: about half the mean cycle of a junction.
const ALONE: Millis = Millis(60_000);

/// The demand with these arrivals. At random, the vehicles of a flow come at independent, evenly
/// spread times between its begin and one interval after its end: a Poisson process of which the
/// number of arrivals is known. A flow of a single vehicle moves within a minute that holds its
/// time, so that a demand that lists every vehicle keeps its shape.
#[must_use]
pub fn arrange(demand: &Demand, arrivals: Arrivals, seed: u64) -> Demand {
    if arrivals == Arrivals::Regular {
        return demand.clone();
    }
    let mut flows = Vec::with_capacity(demand.vehicles());
    // Streams are told apart by route as well, so that a flow more leaves the others as they are.
    let mut streams: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for flow in &demand.flows {
        let route: Vec<u32> = flow.route.iter().map(|link| link.0).collect();
        let mut own = seed;
        for &link in &route {
            own = (own ^ u64::from(link)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        }
        let turn = streams.entry(route).or_default();
        *turn += 1;
        let mut random = Random::new(own ^ turn.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        let count = flow.vehicles();
        let (start, span) = match count {
            1 => ((flow.start - Millis(ALONE.0 / 2)).at_least_zero(), ALONE),
            _ => (flow.start, flow.end - flow.start + flow.interval),
        };
        let mut times: Vec<i64> = (0..count).map(|_| random.below(span.0)).collect();
        times.sort_unstable();
        flows.extend(times.into_iter().map(|after| {
            let at = start + Millis(after);
            Flow { start: at, end: at, ..flow.clone() }
        }));
    }
    Demand { flows, pedestrians: demand.pedestrians.clone() }
}

/// The demand with its volumes times `factor`, not below 0. Where a flow's vehicles do not come out
/// whole, the seed chooses whether it gets one more; they are spread evenly over the flow's time.
#[must_use]
pub fn scale(demand: &Demand, factor: f64, seed: u64) -> Demand {
    let mut random = Random::new(seed ^ 0x76f1_0c5b_3a2d_94e7);
    let mut flows = Vec::with_capacity(demand.flows.len());
    for flow in &demand.flows {
        let wanted = flow.vehicles() as f64 * factor.max(0.0);
        let rest = wanted - wanted.floor();
        let more = (random.below(1_000_000) as f64) < rest * 1e6;
        let count = wanted.floor() as i64 + i64::from(more);
        if count == 0 {
            continue;
        }
        let span = flow.end - flow.start + flow.interval;
        let interval = Millis((span.0 / count).max(1));
        let end = flow.start + interval * (count - 1);
        flows.push(Flow { interval, end, ..flow.clone() });
    }
    Demand { flows, pedestrians: demand.pedestrians.clone() }
}

#[cfg(test)]
mod tests {
    use scenario::generate;

    use super::*;

    #[test]
    fn volumes_are_scaled_within_the_time_of_their_flows() {
        let (_, demand) = generate::district(2, 3, 2);
        let vehicles = demand.vehicles() as f64;
        for factor in [0.0, 0.3, 0.9, 1.0, 1.5, 3.0] {
            let scaled = scale(&demand, factor, 1);
            let got = scaled.vehicles() as f64;
            let slack = demand.flows.len() as f64;
            assert!((got - factor * vehicles).abs() <= slack, "{factor}: {got} of {vehicles}");
            let last = demand.flows.iter().map(|flow| flow.end + flow.interval).max();
            assert!(Some(scaled.end()) <= last, "{factor}");
        }
        assert_eq!(scale(&demand, 1.0, 1).vehicles(), demand.vehicles());
    }

    #[test]
    fn random_arrivals_keep_the_volumes_and_follow_the_seed() {
        let (_, demand) = generate::district(2, 3, 2);
        let first = arrange(&demand, Arrivals::Random, 1);
        assert_eq!(first, arrange(&demand, Arrivals::Random, 1));
        assert_ne!(first, arrange(&demand, Arrivals::Random, 2));
        assert_eq!(first.vehicles(), demand.vehicles());
        assert_eq!(arrange(&demand, Arrivals::Regular, 2), demand);
        // Every flow is still there whole, vehicle by vehicle, within its time.
        let mut rest = first.flows.as_slice();
        for flow in &demand.flows {
            let (own, others) = rest.split_at(flow.vehicles());
            rest = others;
            assert!(own.iter().all(|one| one.route == flow.route && one.vehicles() == 1));
            assert!(own.is_sorted_by_key(|one| one.start));
            if own.len() > 1 {
                let end = flow.end + flow.interval;
                assert!(own.iter().all(|one| one.start >= flow.start && one.start < end));
            }
        }
        assert!(rest.is_empty());
    }
}
