//! Volumes: how many vehicles an hour a demand leads over each movement when it is busy.

use std::collections::{BTreeMap, BTreeSet};

use network::Network;
use units::Millis;

use crate::demand::Demand;

/// Vehicles an hour on each movement in the busier half of the spans in which anybody is due: what a
/// plan for all of the demand is made for. Spans are counted from zero; that a vehicle comes to a
/// junction later than it was due is left out.
#[must_use]
pub fn busy_volumes(network: &Network, demand: &Demand, span: Millis) -> Vec<f64> {
    let span = span.max(Millis(1));
    let of = |due: Millis| due.0.div_euclid(span.0);
    let mut spans: BTreeMap<i64, usize> = BTreeMap::new();
    for due in demand.flows.iter().flat_map(crate::Flow::departures) {
        *spans.entry(of(due)).or_default() += 1;
    }
    let mut order: Vec<(i64, usize)> = spans.into_iter().collect();
    order.sort_by_key(|&(at, count)| (std::cmp::Reverse(count), at));
    order.truncate(order.len().div_ceil(2));
    let busy: BTreeSet<i64> = order.into_iter().map(|(at, _)| at).collect();
    let hours = busy.len() as f64 * span.as_secs_f64() / 3_600.0;
    let mut volumes = vec![0.0; network.movements().len()];
    for flow in &demand.flows {
        let due = flow.departures().filter(|&due| busy.contains(&of(due))).count();
        if due == 0 {
            continue;
        }
        for pair in flow.route.windows(2) {
            if let Some(movement) = network.movement_between(pair[0], pair[1]) {
                volumes[movement.index()] += due as f64 / hours;
            }
        }
    }
    volumes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flow, generate};

    #[test]
    fn the_busy_half_has_more_than_the_mean_and_less_than_the_peak() {
        let (site, demand) = generate::arterial(1, 8);
        let of = |span| -> f64 {
            busy_volumes(&site.network, &demand, Millis::from_secs(span)).iter().sum()
        };
        // Four slices of 0.5, 1, 0.7 and 0.4: the mean is 0.65, the busier half 0.85.
        let (half, mean) = (of(900), of(4_000));
        assert!(half > 1.2 * mean && half < 1.6 * mean, "{half} {mean}");
        let none = busy_volumes(&site.network, &Demand::default(), Millis::ZERO);
        assert!(none.iter().all(|&volume| volume == 0.0));
    }

    #[test]
    fn volumes_are_counted_on_the_way() {
        let (site, demand) = generate::arterial(1, 3);
        let route = demand.flows[0].route.clone();
        let second = Millis::from_secs(1);
        let flow = Flow {
            route: route.clone(),
            end: second * 890,
            interval: second * 10,
            ..Flow::default()
        };
        let demand = Demand { flows: vec![flow], ..Demand::default() };
        let volumes = busy_volumes(&site.network, &demand, second * 900);
        let way = site.network.movement_between(route[0], route[1]).expect("a way");
        assert!((volumes[way.index()] - 360.0).abs() < 1e-9, "90 in a quarter of an hour");
    }
}
