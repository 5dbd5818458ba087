//! Volumes: how many vehicles an hour a demand leads over each movement, and when it is most.

use network::Network;
use units::Millis;

use crate::demand::Demand;

/// Vehicles an hour on each movement, of those that are due from `from` until `until`. That a vehicle
/// comes to a junction later than it was due is left out.
#[must_use]
pub fn volumes_between(
    network: &Network,
    demand: &Demand,
    from: Millis,
    until: Millis,
) -> Vec<f64> {
    let mut volumes = vec![0.0; network.movements().len()];
    let hours = (until - from).as_secs_f64().max(1.0) / 3_600.0;
    for flow in &demand.flows {
        let due = flow.departures().filter(|due| (from..until).contains(due)).count() as f64;
        if due <= 0.0 {
            continue;
        }
        for pair in flow.route.windows(2) {
            if let Some(movement) = network.movement_between(pair[0], pair[1]) {
                volumes[movement.index()] += due / hours;
            }
        }
    }
    volumes
}

/// When the busiest `span` of a demand begins, counted in whole spans from zero; the first of them
/// where several are as busy.
#[must_use]
pub fn busiest(demand: &Demand, span: Millis) -> Millis {
    let span = span.max(Millis(1));
    let mut spans: std::collections::BTreeMap<i64, usize> = std::collections::BTreeMap::new();
    for due in demand.flows.iter().flat_map(crate::Flow::departures) {
        *spans.entry(due.0.div_euclid(span.0)).or_default() += 1;
    }
    let most = spans.iter().fold(
        (0, 0),
        |most, (&at, &count)| {
            if count > most.1 { (at, count) } else { most }
        },
    );
    span * most.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;

    #[test]
    fn the_busiest_quarter_of_a_generated_street_is_its_second() {
        let (site, demand) = generate::arterial(1, 8);
        let quarter = Millis::from_secs(900);
        assert_eq!(busiest(&demand, quarter), quarter);
        let of = |from, until| -> f64 {
            volumes_between(&site.network, &demand, from, until).iter().sum()
        };
        let peak = of(quarter, quarter * 2);
        assert!(peak > 1.2 * of(Millis::ZERO, quarter * 4), "{peak}");
        assert_eq!(of(quarter * 9, quarter * 10), 0.0);
        assert_eq!(busiest(&Demand::default(), quarter), Millis::ZERO);
    }
}
