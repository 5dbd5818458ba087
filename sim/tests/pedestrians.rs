//! People on crossings: they begin in walk only and finish, vehicles wait for them, those who are late
//! are counted, and the same seed makes the same people.

mod support;

use std::sync::Arc;

use scenario::{Demand, OutputRole, OutputSite, PedestrianFlow, VehicleClass, generate};
use signal::Aspect;
use sim::street::Street;
use sim::world::{Settings, WalkerSummary};
use support::crossroads::{Arm, Crossroads, Stream, Way, entry_name, poisson};
use support::shared::{walk_arm, walk_name};
use units::{Millis, Moment};

const HOUR: Millis = Millis(3_600_000);

/// People over an arm; with a group where it has a light.
fn people(arm: Arm, per_hour: f64, has_light: bool) -> Vec<PedestrianFlow> {
    let (site, _) = generate::arterial(1, 1);
    let name = entry_name(arm);
    vec![PedestrianFlow {
        junction: site.signals[0].junction,
        group: has_light.then(|| walk_name(name)),
        arm: Some(walk_arm(&site.network, name)),
        start: Millis::ZERO,
        end: HOUR,
        per_hour,
    }]
}

/// Vehicles from the north and the south go in the first half minute, and people over the west and
/// the east arm walk beside them for 10 s and have `clearance` to finish.
fn drive(second: i64, _: Way, arm: Arm) -> Aspect {
    let first = matches!(arm, Arm::North | Arm::South);
    match second % 80 {
        0..36 if first => Aspect::Green,
        36..39 if first => Aspect::Yellow,
        42..72 if !first => Aspect::Green,
        72..75 if !first => Aspect::Yellow,
        _ => Aspect::Red,
    }
}

fn walk(clearance: i64) -> impl Fn(i64, Arm) -> Aspect {
    move |second, arm| match (arm, second % 80) {
        (Arm::West | Arm::East, 0..10) => Aspect::Green,
        (Arm::West | Arm::East, s) if s < 10 + clearance => Aspect::FlashingGreen,
        _ => Aspect::Red,
    }
}

fn run(
    flows: &[Stream],
    people: Vec<PedestrianFlow>,
    clearance: i64,
) -> (Crossroads, WalkerSummary) {
    let mut street = Crossroads::shared(flows, &Settings::default(), people);
    street.run_with_walks(HOUR, drive, walk(clearance));
    street.run_with_walks(Millis(300_000), drive, walk(clearance));
    let summary = street.world.walkers();
    (street, summary)
}

#[test]
fn everybody_who_comes_is_over_in_the_end_and_waits_as_long_as_random_arrivals_do() {
    let (_, seen) = run(&[], people(Arm::West, 300.0, true), 25);
    // Who comes in 70 of 80 s waits half of them: 70 ** 2 / 2 / 80 = 30.6 s.
    eprintln!("pedestrians: {seen:?}, expected wait 30.6 s");
    assert!((240..360).contains(&seen.came), "{seen:?}");
    assert_eq!((seen.begun, seen.crossed, seen.late), (seen.came, seen.came, 0));
    assert!((seen.mean_wait_s / 30.6 - 1.0).abs() < 0.1, "{seen:?}");
}

/// At the second where one slice ends and the next begins, both once sent their people.
#[test]
fn two_slices_that_follow_each_other_send_as_many_people_as_one() {
    let whole = people(Arm::West, 7_200.0, true);
    let slice = |start: i64, end: i64| PedestrianFlow {
        start: Millis(start),
        end: Millis(end),
        ..whole[0].clone()
    };
    let parts = (0..60).map(|part| slice(part * 60_000, (part + 1) * 60_000)).collect();
    let came = |people| run(&[], people, 25).1.came;
    assert_eq!(came(parts), came(whole.clone()));
}

#[test]
fn who_is_on_the_crossing_when_a_clearance_that_is_too_short_ends_is_counted() {
    for (clearance, is_late) in [(24, false), (12, true)] {
        let (_, seen) = run(&[], people(Arm::West, 300.0, true), clearance);
        eprintln!("pedestrians: clearance {clearance} s, {} of {} late", seen.late, seen.begun);
        assert_eq!(seen.late > 0, is_late, "{clearance}: {seen:?}");
        assert_eq!(seen.crossed, seen.came, "they finish all the same: {seen:?}");
    }
}

#[test]
fn turning_vehicles_wait_for_people_and_lose_capacity_by_them() {
    let turns = |per_hour: f64| {
        let mut flows = poisson(Arm::South, Way::Left, 400.0, HOUR, 3);
        flows.extend(poisson(Arm::South, Way::Right, 1_200.0, HOUR, 4));
        let mut all = people(Arm::West, per_hour, true);
        all.extend(people(Arm::East, per_hour, true));
        let (street, seen) = run(&flows, all, 25);
        (street.passed(Arm::South, Way::Left), street.passed(Arm::South, Way::Right), seen)
    };
    let (none, some, many) = (turns(0.0), turns(200.0), turns(2_000.0));
    eprintln!("turns left and right: {none:?}, {some:?}, {many:?}");
    assert!(none.1 > some.1 && some.1 > many.1, "{none:?} {some:?} {many:?}");
    assert!(many.0 > 100 && many.1 > 100, "nobody is held for ever: {many:?}");
}

/// Whether a vehicle moves over the exit half of the west arm while a person is on it cannot be seen
/// from outside; that it stands before it can: of those who turn left from the south.
#[test]
fn nobody_drives_over_a_crossing_with_people_on_it_with_or_without_a_light() {
    for has_light in [true, false] {
        let mut flows = poisson(Arm::South, Way::Left, 300.0, HOUR, 3);
        flows.extend(poisson(Arm::West, Way::Straight, 300.0, HOUR, 5));
        flows.extend(poisson(Arm::East, Way::Straight, 300.0, HOUR, 6));
        let people = people(Arm::West, 400.0, has_light);
        let mut street = Crossroads::shared(&flows, &Settings::default(), people);
        let mut driven = 0;
        for _ in 0..7_800 {
            street.run_with_walks(Millis(500), drive, walk(25));
            driven += street.world.walkers_driven_at();
        }
        let seen = street.world.walkers();
        eprintln!("pedestrians: light {has_light}, {seen:?}, met {driven} times");
        assert_eq!(driven, 0, "light {has_light}: a vehicle and a person on one half");
        assert_eq!(seen.crossed, seen.came, "light {has_light}: {seen:?}");
        assert_eq!(street.world.summary().running, 0, "light {has_light}: somebody is stuck");
    }
}

#[test]
fn an_emergency_vehicle_waits_at_red_for_people_too() {
    let passed_at = |per_hour: f64| {
        let mut flows = support::crossroads::queue(Arm::West, Way::Straight, 1);
        flows[0].class = VehicleClass::Emergency;
        let people = people(Arm::West, per_hour, true);
        let mut street = Crossroads::shared(&flows, &Settings::default(), people);
        let red = |_: i64, _: Way, _: Arm| Aspect::Red;
        // Walk from the moment at which it comes to the line.
        let walk = |second: i64, arm: Arm| match (arm, second) {
            (Arm::West, 30..60) => Aspect::Green,
            (Arm::West, 60..90) => Aspect::FlashingGreen,
            _ => Aspect::Red,
        };
        for _ in 0..400 {
            street.run_with_walks(Millis(500), red, walk);
            if street.passed(Arm::West, Way::Straight) > 0 {
                return street.world.now().0 / 1_000;
            }
        }
        panic!("it never passed");
    };
    let (free, held) = (passed_at(0.0), passed_at(6_000.0));
    eprintln!("emergency at red: free {free} s, with people {held} s");
    assert!(held > free + 10, "free {free} s, with people {held} s");
}

#[test]
fn a_group_tells_its_arm_by_its_conflicts_and_what_is_not_there_is_told() {
    let (site, _) = generate::arterial(1, 1);
    let mut signal = support::shared::shared(&site);
    let flow = |group: &str| {
        let mut all = people(Arm::North, 100.0, true);
        (all[0].group, all[0].arm) = (Some(group.to_owned()), None);
        scenario::Demand { pedestrians: all, ..Default::default() }
    };
    // By its name, then by its conflicts alone.
    for rename in [false, true] {
        let name = walk_name(entry_name(Arm::North));
        let group = support::shared::walk_group(&signal, entry_name(Arm::North));
        let wanted = if rename { "zebra".to_owned() } else { name };
        if rename {
            signal = support::shared::renamed(&signal, group, "zebra");
        }
        let all = [signal.clone()];
        let (found, problems) = scenario::crossings(&site.network, &all, &flow(&wanted));
        assert_eq!(problems, Vec::<String>::new());
        let arm = walk_arm(&site.network, entry_name(Arm::North));
        assert_eq!(found[0].entry, Some(arm), "{wanted}");
        assert!(found[0].exit.is_some() && found[0].widths[0].0 > 9.0, "{found:?}");
    }
    let (_, problems) = scenario::crossings(&site.network, &[signal], &flow("nothing"));
    assert_eq!(problems, ["pedestrians[0] at \"j_1_1\": there is no group \"nothing\""]);
}

/// A cabinet on its own plan that serves stage after stage; where the site has an output that calls
/// the group, whoever waits pushes the button, and the call brings the walk forward.
#[test]
fn whoever_waits_pushes_the_button_where_there_is_one() {
    let mean_wait = |has_button: bool| {
        let (mut site, _) = generate::arterial(1, 1);
        let signal = support::shared::shared(&site);
        let signal = support::shared::with_plan(signal, Millis(70_000));
        let group = support::shared::walk_group(&signal, entry_name(Arm::West));
        if has_button {
            let role = OutputRole::Call { group, pulse: Millis(1_000) };
            let (device, junction) = (signal.device, signal.junction);
            site.outputs.push(OutputSite { device, channel: 0, junction, role });
        }
        site.signals = vec![signal];
        let pedestrians = people(Arm::West, 30.0, true);
        let demand = Demand { pedestrians, ..Demand::default() };
        let mut street = Street::new(&Arc::new(site), &demand, Vec::new()).expect("a street");
        street.advance(Moment(1_800_000));
        street.world().walkers().mean_wait_s
    };
    let (without, with) = (mean_wait(false), mean_wait(true));
    eprintln!("pedestrians: mean wait without a button {without:.0} s, with one {with:.0} s");
    assert!(with < 0.7 * without, "with {with} s, without {without} s");
}

#[test]
fn a_street_does_not_begin_with_a_crossing_that_is_not_there() {
    let (site, _) = generate::arterial(1, 1);
    let demand = Demand { pedestrians: people(Arm::West, 30.0, true), ..Demand::default() };
    let refused = Street::new(&Arc::new(site), &demand, Vec::new()).expect_err("refused");
    let name = walk_name(entry_name(Arm::West));
    assert_eq!(refused, [format!("pedestrians[0] at \"j_1_1\": there is no group {name:?}")]);
}
