//! Whether traffic in the world behaves as traffic does: the fundamental diagram, saturation flow and
//! start-up, capacity, delay, gap acceptance, spillback. Every test prints what it measured;
//! `docs/simulation.md` holds the figures.

#[path = "support/figures.rs"]
mod figures;
mod support;

use figures::{CYCLE, Delays, HOUR, Light, capacity, discharge, plan, ring_flow, saturation};
use signal::Aspect;
use sim::world::{Blocked, Incident, Model, Settings};
use support::crossroads::{Arm, Crossroads, Way, alternate, poisson};
use units::{Metres, Millis};

#[test]
fn a_ring_road_has_the_capacity_the_jam_and_the_wave_of_a_street() {
    let densities: Vec<f64> = (1..=26).map(|n| f64::from(n) * 5.0).collect();
    let flows: Vec<f64> = densities.iter().map(|&k| ring_flow(Model::Urban, k)).collect();
    for (k, q) in densities.iter().zip(&flows) {
        eprintln!("ring: {k:5.0} veh/km {q:7.0} veh/h");
    }
    let capacity = flows.iter().copied().fold(0.0, f64::max);
    // The congested branch: a line through two of its points.
    let at = |k: f64| flows[densities.iter().position(|&d| d == k).expect("swept")];
    let wave = (at(110.0) - at(60.0)) / 50.0;
    let jam = 110.0 - at(110.0) / wave;
    eprintln!("ring: capacity {capacity:.0} veh/h, jam {jam:.0} veh/km, wave {wave:.1} km/h");
    assert!((1_800.0..=2_200.0).contains(&capacity), "capacity {capacity}");
    assert!((125.0..=150.0).contains(&jam), "jam density {jam}");
    assert!((-20.0..=-15.0).contains(&wave), "wave {wave}");
}

#[test]
fn a_queue_discharges_with_the_saturation_flow_and_the_lost_time_of_a_street() {
    let times = discharge(Way::Straight);
    let headways: Vec<f64> =
        std::iter::once(times[0]).chain(times.windows(2).map(|t| t[1] - t[0])).collect();
    let (flow, lost) = saturation(&times);
    eprintln!("discharge: headways {headways:.2?}");
    eprintln!("discharge: straight {flow:.0} veh/h, start-up lost time {lost:.2} s");
    assert!((1_800.0..=1_900.0).contains(&flow), "saturation flow {flow}");
    assert!((1.7..=2.3).contains(&lost), "lost time {lost}");
    let mean = |range: std::ops::Range<usize>| {
        headways[range.clone()].iter().sum::<f64>() / range.len() as f64
    };
    let (second, some, rest) = (mean(1..3), mean(3..6), mean(6..24));
    assert!(second > some && some > rest, "the queue does not gather pace: {headways:?}");
    // A right turn has no light here that could hold a queue.
    let (turning, _) = saturation(&discharge(Way::Left));
    eprintln!("discharge: left {turning:.0} veh/h, {:.2} of straight", turning / flow);
    assert!((0.85..=1.0).contains(&(turning / flow)), "left: {turning} of {flow}");
}

#[test]
fn a_saturated_approach_passes_its_saturation_flow_times_the_green_share() {
    let flows = poisson(Arm::West, Way::Straight, 1_700.0, HOUR, 3);
    let mut street = Crossroads::new(&flows, &Settings::default());
    street.run(Millis(10 * CYCLE * 1_000), plan);
    let before = street.passed(Arm::West, Way::Straight);
    street.run(Millis(20 * CYCLE * 1_000), plan);
    let passed = street.passed(Arm::West, Way::Straight) - before;
    let measured = f64::from(passed) * 3_600.0 / (20 * CYCLE) as f64;
    let expected = capacity();
    eprintln!("capacity: {measured:.0} veh/h, s·g/C {expected:.0} veh/h");
    assert!((measured / expected - 1.0).abs() < 0.03, "{measured} against {expected}");
}

#[test]
fn random_arrivals_are_delayed_as_a_queue_behind_a_light_is() {
    let light = Light::measured();
    for x in [0.5, 0.7, 0.9] {
        let Delays { measured: delay, served, hcm } = light.delays(x);
        eprintln!("delay: x {x}: {delay:.1} s, as a queue {served:.1} s, HCM {hcm:.1} s");
        assert!((delay / served - 1.0).abs() < 0.10, "x {x}: {delay} against {served}");
    }
}

#[test]
fn permissive_left_turns_find_the_gaps_that_the_formula_gives() {
    let (critical, follow_up) = (4.5 / 3_600.0, 2.5 / 3_600.0);
    for opposing in [300.0, 600.0, 900.0] {
        let passes = |seed: u64| {
            let mut flows = poisson(Arm::East, Way::Straight, opposing, HOUR, 5 + seed);
            flows.extend(poisson(Arm::West, Way::Left, 1_700.0, HOUR, 50 + seed));
            let mut street = Crossroads::new(&flows, &Settings::default());
            let green = |_: i64, _: Way| Aspect::Green;
            street.run(Millis(300_000), green);
            let before = street.passed(Arm::West, Way::Left);
            street.run(Millis(3_000_000), green);
            f64::from(street.passed(Arm::West, Way::Left) - before) * 3_600.0 / 3_000.0
        };
        let measured = (0..3).map(passes).sum::<f64>() / 3.0;
        let expected =
            opposing * (-opposing * critical).exp() / (1.0 - (-opposing * follow_up).exp());
        eprintln!(
            "left: against {opposing} veh/h {measured:.0} veh/h, formula {expected:.0} veh/h"
        );
        assert!((measured / expected - 1.0).abs() < 0.10, "{opposing}: {measured}, {expected}");
    }
}

#[test]
fn a_blocked_exit_fills_the_approach_and_leaves_the_crossing_open() {
    let mut flows = poisson(Arm::West, Way::Straight, 700.0, HOUR, 1);
    flows.extend(poisson(Arm::South, Way::Straight, 500.0, HOUR, 2));
    let mut street = Crossroads::new(&flows, &Settings::default());
    let exit = street.exit(Arm::West, Way::Straight);
    let blocked = Blocked::Link(exit, Metres(100.0));
    street.world.add_incident(Incident { blocked, from: Millis(0), until: Millis(1_200_000) });
    street.run_by_arm(Millis(600_000), alternate);
    let (stopped, across) =
        (street.passed(Arm::West, Way::Straight), street.passed(Arm::South, Way::Straight));
    street.run_by_arm(Millis(600_000), alternate);
    let passed = street.passed(Arm::West, Way::Straight) - stopped;
    let crossed = street.passed(Arm::South, Way::Straight) - across;
    let queued = street.queued(Arm::West);
    eprintln!("spillback: {passed} pass in ten minutes, {queued} queue, {crossed} cross");
    assert_eq!(passed, 0, "the exit is full");
    assert!(queued > 25, "{queued} queue");
    assert!(crossed > 70, "{crossed} cross");
    street.run_by_arm(Millis(600_000), alternate);
    assert!(street.passed(Arm::West, Way::Straight) > stopped + 50, "it is cleared");
}

#[test]
fn no_vehicle_comes_or_goes_unseen() {
    for model in [Model::Urban, Model::Krauss, Model::CityFlow] {
        let mut flows = Vec::new();
        for (seed, arm) in (0..).zip([Arm::West, Arm::East, Arm::North, Arm::South]) {
            for way in [Way::Left, Way::Straight, Way::Right] {
                flows.extend(poisson(arm, way, 300.0, Millis(900_000), seed));
            }
        }
        let settings = Settings { model, ..Settings::default() };
        let mut street = Crossroads::new(&flows, &settings);
        for _ in 0..200 {
            street.run_by_arm(Millis(10_000), alternate);
            let summary = street.world.summary();
            assert_eq!(summary.entered, summary.finished + summary.running, "{model:?}");
            assert!(summary.due >= summary.entered, "{model:?}");
        }
        assert!(street.world.summary().finished > 500, "{model:?}: {:?}", street.world.summary());
    }
}
