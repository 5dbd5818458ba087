//! Bands and offsets against exhaustive search, and whole proposals on generated streets.

use optimizer::coordination::{
    Area, Edge, Net, Node, Objective, Proposal, Road, Settings, Share, Signal, Stop, Window,
    propose, through, widest,
};
use proptest::prelude::*;
use scenario::{Site, generate};
use units::{Millis, PlanId};

/// The seconds of the cycle, as bits, at which one may begin the road so that this stop is green.
fn mask(window: Window, period: u32, cycle: u32, offset: u32, time: i64) -> u64 {
    let green = |second: u32| {
        let at = i64::from(second) + time - i64::from(offset) - i64::from(window.start);
        at.rem_euclid(i64::from(period)) < i64::from(window.length)
    };
    (0..cycle).filter(|&second| green(second)).fold(0, |mask, second| mask | 1 << second)
}

fn longest_run(mask: u64, cycle: u32) -> u32 {
    let (mut run, mut best) = (0, 0);
    for second in 0..2 * cycle {
        run = if mask >> (second % cycle) & 1 == 1 { run + 1 } else { 0 };
        best = best.max(run);
    }
    best.min(cycle)
}

/// Every offset and every order of every stop but the first one's offset.
fn exhaustive(road: &Road) -> u32 {
    fn go(road: &Road, at: usize, times: (i64, i64), masks: [u64; 2]) -> u32 {
        let Some(stop) = road.stops.get(at) else {
            return masks.iter().map(|&mask| longest_run(mask, road.cycle)).sum();
        };
        let mut best = 0;
        for order in &stop.orders {
            for offset in 0..if at == 0 { 1 } else { stop.period } {
                let of = |direction: usize, time| {
                    mask(order[direction], stop.period, road.cycle, offset, time)
                };
                let masks = [masks[0] & of(0, times.0), masks[1] & of(1, -times.1)];
                let next = (
                    times.0 + road.outward.get(at).map_or(0, |&t| i64::from(t)),
                    times.1 + road.homeward.get(at).map_or(0, |&t| i64::from(t)),
                );
                best = best.max(go(road, at + 1, next, masks));
            }
        }
        best
    }
    let all = (1_u64 << road.cycle) - 1;
    go(road, 0, (0, 0), [all, all])
}

/// A road of so many stops; each with up to so many orders, and half the cycle where its number says so.
fn road(stops: usize, orders: usize, halves: std::ops::Range<u32>) -> impl Strategy<Value = Road> {
    let raw = any::<u32>;
    let stop = (0_u32..5, prop::collection::vec((raw(), raw(), raw(), raw()), 1..=orders));
    let times = || prop::collection::vec(0_u32..60, stops - 1);
    let volumes = (0.0..900.0_f64, 0.0..900.0_f64);
    (halves, prop::collection::vec(stop, stops), times(), times(), volumes).prop_map(
        |(half, stops, outward, homeward, (a, b))| {
            let cycle = 2 * half;
            let stops = stops.into_iter().map(|(kind, orders)| {
                let period = if kind == 0 { half } else { cycle };
                let window = |start: u32, length: u32| Window {
                    start: start % period,
                    length: length % (period + 1),
                };
                let pair = |&(a, b, c, d): &(u32, u32, u32, u32)| [window(a, b), window(c, d)];
                Stop { period, orders: orders.iter().map(pair).collect() }
            });
            Road { cycle, stops: stops.collect(), outward, homeward, volumes: [a, b] }
        },
    )
}

/// Both bands that were found, after a look whether the offsets that are offered leave them as wide.
fn width(road: &Road) -> u32 {
    let bands = widest(road);
    let mut chosen = road.clone();
    for (stop, &order) in chosen.stops.iter_mut().zip(&bands.orders) {
        stop.orders = vec![stop.orders[order]];
    }
    for pick in [0, 3, 7] {
        let one = |all: &Vec<u32>| all[pick * (all.len() - 1) / 7];
        let offsets: Vec<u32> = bands.offsets.iter().map(one).collect();
        let [outward, homeward] = through(&chosen, &offsets);
        assert!(outward >= bands.outward && homeward >= bands.homeward, "{bands:?} {offsets:?}");
    }
    bands.both()
}

fn best_of_all(net: &Net) -> f64 {
    fn go(net: &Net, offsets: &mut Vec<u32>) -> f64 {
        let Some(node) = net.nodes.get(offsets.len()) else {
            return net.value(offsets);
        };
        let mut best = f64::NEG_INFINITY;
        for &offset in &node.allowed {
            offsets.push(offset);
            best = best.max(go(net, offsets));
            offsets.pop();
        }
        best
    }
    go(net, &mut Vec::new())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_band_of_five_junctions_is_that_of_an_exhaustive_search(road in road(5, 1, 3..6)) {
        prop_assert_eq!(width(&road), exhaustive(&road));
    }

    #[test]
    fn and_so_with_other_orders_of_stages(road in road(3, 3, 3..8)) {
        prop_assert_eq!(width(&road), exhaustive(&road));
    }

    #[test]
    fn offsets_on_a_tree_are_those_of_an_exhaustive_search(
        cycle in 2_u32..7,
        parents in prop::collection::vec(any::<usize>(), 4),
        values in prop::collection::vec(-9_i32..9, 4 * 7),
        narrow in any::<u32>(),
    ) {
        let edges = parents.iter().enumerate().map(|(child, parent)| {
            let parent = parent % (child + 1);
            let nodes = if child % 2 == 0 { [parent, child + 1] } else { [child + 1, parent] };
            let values = values[child * 7..].iter().take(cycle as usize);
            Edge { nodes, values: values.map(|&v| f64::from(v)).collect() }
        });
        let mut nodes = vec![Node { allowed: (0..cycle).collect() }; 5];
        nodes[2].allowed.retain(|&offset| offset <= narrow % cycle);
        let net = Net { cycle, nodes, edges: edges.collect() };
        let found = net.solve();
        prop_assert!(found.exact && (net.value(&found.offsets) - found.value).abs() < 1e-9);
        prop_assert!(net.nodes.iter().zip(&found.offsets).all(|(n, o)| n.allowed.contains(o)));
        prop_assert!((found.value - best_of_all(&net)).abs() < 1e-9);
    }

    #[test]
    fn with_loops_what_is_found_is_near_the_best_and_the_same_each_time(
        cycle in 2_u32..6,
        values in prop::collection::vec(0_i32..9, 7 * 6),
    ) {
        // Two by three junctions.
        let pairs = [[0, 1], [1, 2], [3, 4], [4, 5], [0, 3], [1, 4], [2, 5]];
        let edges = pairs.iter().enumerate().map(|(at, &nodes)| {
            let values = values[at * 6..].iter().take(cycle as usize);
            Edge { nodes, values: values.map(|&v| f64::from(v)).collect() }
        });
        let nodes = vec![Node { allowed: (0..cycle).collect() }; 6];
        let net = Net { cycle, nodes, edges: edges.collect() };
        let (found, best) = (net.solve(), best_of_all(&net));
        prop_assert!(!found.exact && found.value <= best + 1e-9);
        prop_assert!(found.value >= 0.85 * best, "{} of {best}", found.value);
        prop_assert_eq!(net.solve(), found);
    }
}

fn signals(site: &Site) -> Vec<Signal<'_>> {
    let each = site.signals.iter().map(|signal| Signal {
        junction: signal.junction,
        layout: &signal.layout,
        movements: &signal.movement_groups,
        order: signal.plans[0].splits().iter().map(|&(stage, _)| stage).collect(),
    });
    each.collect()
}

/// Vehicles an hour of each movement of a site under its demand.
fn volumes(site: &Site, demand: &scenario::Demand) -> Vec<f64> {
    let mut volumes = vec![0.0; site.network.movements().len()];
    for flow in &demand.flows {
        for pair in flow.route.windows(2) {
            if let Some(movement) = site.network.movement_between(pair[0], pair[1]) {
                volumes[movement.index()] += flow.vehicles() as f64;
            }
        }
    }
    volumes
}

#[test]
fn a_proposal_can_be_run_keeps_every_floor_and_is_the_same_each_time() {
    for seed in 0..4 {
        for objective in [Objective::Bandwidth, Objective::Arrivals, Objective::Delay] {
            let (site, demand) = generate::arterial(seed, 6);
            let volumes = volumes(&site, &demand);
            let settings = Settings { objective, lead_lag: seed % 2 == 1, ..Settings::default() };
            let area = Area::new(&site.network, signals(&site), &volumes, settings, true);
            let area = area.expect("sound");
            let proposal = propose(&area, None).expect("a plan");
            assert!(proposal.is_exact, "a road has no loop");
            assert_eq!(propose(&area, None).expect("a plan"), proposal);
            let whole = Millis::from_secs(proposal.cycle.into());
            for (junction, signal) in proposal.junctions.iter().zip(&site.signals) {
                let cycle: Millis = junction.splits.iter().map(|&(_, split)| split).sum();
                assert_eq!(cycle, Millis::from_secs(junction.period.into()));
                assert_eq!(whole.modulo(cycle), Millis::ZERO);
                let offset = Millis::from_secs(junction.offset.into());
                let (name, splits) = ("x".to_owned(), junction.splits.clone());
                signal::Plan::new(PlanId(0), name, cycle, offset, splits, &signal.layout)
                    .expect("it can be run");
            }
            assert_eq!(proposal.junctions[0].offset, 0);
        }
    }
}

#[test]
fn each_objective_is_best_by_its_own_measure_under_one_cycle() {
    for seed in 0..3 {
        let (site, demand) = generate::arterial(seed, 8);
        let volumes = volumes(&site, &demand);
        let of = |objective| {
            let settings = Settings { objective, ..Settings::default() };
            let area = Area::new(&site.network, signals(&site), &volumes, settings, true);
            propose(&area.expect("sound"), Some(90)).expect("a plan")
        };
        let [band, arrivals, delay] =
            [Objective::Bandwidth, Objective::Arrivals, Objective::Delay].map(of);
        let width = |p: &Proposal| p.bands.map_or(0, |bands| bands.outward + bands.homeward);
        assert!(width(&band) >= width(&arrivals).max(width(&delay)), "seed {seed}");
        let green = |p: &Proposal| p.outlook.on_green + 1e-9;
        assert!(green(&arrivals) >= band.outlook.on_green.max(delay.outlook.on_green));
        let cost = |p: &Proposal| p.outlook.delay_s + 10.0 * p.outlook.stops;
        assert!(cost(&delay) <= cost(&band).min(cost(&arrivals)) + 1e-6, "seed {seed}");
    }
}

#[test]
fn a_district_gets_one_cycle_and_more_on_green_than_by_chance() {
    let (site, demand) = generate::district(3, 4, 3);
    let volumes = volumes(&site, &demand);
    for share in [Share::EqualSaturation, Share::Webster] {
        let settings = Settings { objective: Objective::Arrivals, share, ..Settings::default() };
        let area = Area::new(&site.network, signals(&site), &volumes, settings, false);
        let proposal = propose(&area.expect("sound"), None).expect("a plan");
        assert!(!proposal.is_exact && proposal.bands.is_none());
        assert!(proposal.outlook.on_green > 0.4, "{:?}", proposal.outlook);
    }
}

#[test]
fn what_cannot_be_planned_is_said_with_every_reason() {
    let (site, demand) = generate::arterial(1, 5);
    let volumes = volumes(&site, &demand);
    let all = signals(&site);
    let settings = Settings::default();
    let twice = vec![all[0].clone(), all[2].clone(), all[0].clone()];
    let problems = Area::new(&site.network, twice, &volumes, settings, true).expect_err("wrong");
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("named twice") && said[1].contains("no road leads"), "{said:?}");
    assert!(Area::new(&site.network, Vec::new(), &volumes, settings, true).is_err());
    let mut wrong = volumes.clone();
    (wrong[0], wrong[3]) = (-1.0, f64::NAN);
    let problems = Area::new(&site.network, all.clone(), &wrong, settings, true).expect_err("two");
    assert_eq!(problems.len(), 2, "{problems:?}");
    let area = Area::new(&site.network, all, &volumes, settings, true).expect("sound");
    for (cycle, reason) in [(20, "is under the"), (240, "is over the")] {
        let problems = propose(&area, Some(cycle)).expect_err("no cycle");
        assert_eq!(problems.len(), 5, "each junction says so");
        assert!(problems.iter().all(|p| p.to_string().contains(reason)), "{problems:?}");
    }
}
