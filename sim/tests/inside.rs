//! Waiting inside the junction: permissive left turns wait for their gap beyond the stop line, clear
//! when the opposing traffic stops, and block nobody.

mod support;

use signal::Aspect;
use sim::world::Settings;
use support::crossroads::{Arm, Crossroads, Way, alternate, poisson};
use units::Millis;

const CYCLE: i64 = 90;
const GREEN: i64 = 40;
const YELLOW: i64 = 3;

/// East and west have green for 40 of 90 seconds, north and south never.
fn plan(second: i64, _: Way, arm: Arm) -> Aspect {
    match (second % CYCLE, arm) {
        (_, Arm::North | Arm::South) => Aspect::Red,
        (0..GREEN, _) => Aspect::Green,
        (s, _) if s < GREEN + YELLOW => Aspect::Yellow,
        _ => Aspect::Red,
    }
}

/// Left turns an hour from the west against so many an hour from the east.
fn capacity(opposing: f64, seed: u64) -> f64 {
    let mut flows = poisson(Arm::East, Way::Straight, opposing, Millis(7_200_000), 5 + seed);
    flows.extend(poisson(Arm::West, Way::Left, 1_200.0, Millis(7_200_000), 50 + seed));
    let mut street = Crossroads::shared(&flows, &Settings { seed, ..Settings::default() }, vec![]);
    street.run_by_arm(Millis(10 * CYCLE * 1_000), plan);
    let before = street.passed(Arm::West, Way::Left);
    street.run_by_arm(Millis(60 * CYCLE * 1_000), plan);
    f64::from(street.passed(Arm::West, Way::Left) - before) * 3_600.0 / (60 * CYCLE) as f64
}

#[test]
fn permissive_left_turns_have_the_capacity_of_gaps_and_sneakers() {
    for opposing in [200.0, 400.0, 600.0, 700.0] {
        let measured = (0..4).map(|seed| capacity(opposing, seed)).sum::<f64>() / 4.0;
        let expected = formula(opposing);
        eprintln!("inside: against {opposing} veh/h {measured:.0} veh/h, formula {expected:.0}");
        assert!((measured / expected - 1.0).abs() < 0.10, "{opposing}: {measured}, {expected}");
    }
}

/// Gap acceptance (Harders; HCM 2000, equation 17-3; critical gap 4.5 s, follow-up 2.5 s) from when
/// the opposing queue has gone until yellow, and two who wait inside and clear in each cycle (HCM 2000,
/// chapter 16, appendix C: sneakers).
fn formula(opposing: f64) -> f64 {
    let (critical, follow_up) = (4.5 / 3_600.0, 2.5 / 3_600.0);
    let (saturation, lost, gain) = (1_802.0, 2.1, 2.0);
    let gaps = opposing * (-opposing * critical).exp() / (1.0 - (-opposing * follow_up).exp());
    let effective = GREEN as f64 - lost + gain;
    let red = CYCLE as f64 - effective;
    let queued = opposing * red / (saturation - opposing);
    let open = (GREEN as f64 - lost - queued).max(0.0);
    gaps * open / CYCLE as f64 + 2.0 * 3_600.0 / CYCLE as f64
}

#[test]
fn whoever_waits_inside_is_gone_before_the_cross_street_needs_the_place() {
    let mut flows = poisson(Arm::East, Way::Straight, 450.0, Millis(1_800_000), 3);
    flows.extend(poisson(Arm::West, Way::Straight, 500.0, Millis(1_800_000), 7));
    flows.extend(poisson(Arm::West, Way::Left, 120.0, Millis(1_800_000), 4));
    flows.extend(poisson(Arm::East, Way::Left, 120.0, Millis(1_800_000), 8));
    flows.extend(poisson(Arm::South, Way::Straight, 500.0, Millis(1_800_000), 5));
    flows.extend(poisson(Arm::North, Way::Left, 200.0, Millis(1_800_000), 6));
    let mut street = Crossroads::shared(&flows, &Settings::default(), vec![]);
    street.run_by_arm(Millis(2_400_000), alternate);
    let summary = street.world.summary();

    assert_eq!(summary.running, 0, "somebody is stuck");
}
