//! Plans of the calendar and rings on a simulated street: plans change, clocks jump, rings skip and
//! wait, and no rule is broken by any of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::{Event, EventKind};
use scenario::{Demand, Mode, Site, generate};
use signal::calendar::DayTable;
use signal::ring::PASSAGE;
use signal::{Calendar, Coordination, Ending, Layout, Method, Phase, Plan, Rings};
use sim::harness::{self, Outcome, Settings};
use units::{CivilTime, GroupId, Millis, Moment, PlanId, StageId};

const HALF_AN_HOUR: Millis = Millis(1_800_000);

/// The codes of the field's event log, and their parameters.
fn codes(events: &[Event]) -> BTreeSet<(u16, u16)> {
    events.iter().filter_map(|event| event.kind.indiana()).collect()
}

fn assert_no_rule_was_broken(outcome: &Outcome, case: &str) {
    assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()), "{case}");
    assert_eq!(outcome.counters.violations, 0, "{case}");
    assert_eq!(outcome.counters.unanswered_demands, 0, "{case}");
    assert!(outcome.world.finished > 50, "{case}: {:?}", outcome.world);
}

/// Two junctions with a second, longer plan from 07:10 on.
fn two_plans(method: Method) -> (Site, Demand) {
    let (mut site, demand) = generate::arterial(1, 2);
    site.control.mode = Mode::Fixed;
    for signal in &mut site.signals {
        let first = &signal.plans[0];
        let more = Millis::from_secs(7);
        let splits: Vec<_> =
            first.splits().iter().map(|&(stage, split)| (stage, split + more)).collect();
        let cycle = splits.iter().map(|&(_, split)| split).sum();
        let name = "peak".to_owned();
        let offset = Millis::from_secs(23);
        let peak = Plan::new(PlanId(1), name, cycle, offset, splits, &signal.layout);
        signal.plans.push(peak.expect("longer splits are sound"));
        let minutes = |minutes: i64| Millis::from_secs(minutes * 60);
        let changes = vec![(Millis::ZERO, PlanId(0)), (minutes(430), PlanId(1))];
        let day = DayTable { name: "day".to_owned(), changes };
        let week = vec!["day".to_owned(); 7];
        signal.calendar = Calendar::new(vec![day], &week, &[]).expect("sound");
        signal.transition = method;
    }
    (site, demand)
}

#[test]
fn a_plan_of_the_calendar_comes_into_step_by_every_method() {
    for &(name, method) in Method::ALL {
        let (site, demand) = two_plans(method);
        let settings = Settings::of(HALF_AN_HOUR, 1);
        let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
        assert_no_rule_was_broken(&outcome, name);
        let changed = outcome.events.iter().filter_map(|event| match &event.kind {
            EventKind::PlanChanged { name, .. } => Some((name.as_str(), event.at.0 / 1_000)),
            _ => None,
        });
        let changed: Vec<_> = changed.collect();
        let expected = [("webster", 1), ("webster", 1), ("peak", 600), ("peak", 600)];
        assert_eq!(changed, expected, "{name}");
        let codes = codes(&outcome.events);
        assert!(codes.contains(&(131, 1)) && codes.contains(&(131, 2)), "{name}: {codes:?}");
        assert!(codes.contains(&(133, 23)) && codes.contains(&(150, 1)), "{name}: {codes:?}");
        assert!(codes.iter().any(|&(code, _)| code == 132), "{name}: {codes:?}");
        let snapshot = outcome.engine.snapshot(Moment(1_800_000));
        for junction in &snapshot.junctions {
            let is = &junction.coordination;
            assert_eq!((is.plan.as_str(), is.state), ("peak", Coordination::InStep), "{name}");
            let (next, at) = is.next.as_ref().expect("the night comes");
            assert_eq!(
                (next.as_str(), at.to_string().as_str()),
                ("webster", "2026-06-02 00:00:00")
            );
            let civil = snapshot.civil.expect("it was told");
            let target = (civil.count() - Millis::from_secs(23)).modulo(is.cycle);
            // Within the half second that counts as in step, and the beat that the end of a split may
            // have to wait for.
            let most = Millis(1_500);
            let off = (is.cycle_time - target + most).modulo(is.cycle) - most;
            assert!(off <= most, "{name}: {off}");
        }
    }
}

#[test]
fn clocks_that_jump_change_what_is_wanted_and_shorten_nothing() {
    let hour = Millis::from_secs(3_600);
    for jumps in [
        vec![(Moment(700_000), hour)],
        vec![(Moment(700_000), -hour)],
        vec![(Moment(700_000), Millis(-1_234)), (Moment(760_000), Millis(2_469))],
        (0..20).map(|turn| (Moment(600_000 + turn * 13_000), Millis(-31_007))).collect(),
    ] {
        let (site, demand) = two_plans(Method::ShortWay);
        let case = format!("{jumps:?}");
        let settings = Settings { clock_jumps: jumps, ..Settings::of(HALF_AN_HOUR, 1) };
        let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
        assert_no_rule_was_broken(&outcome, &case);
        let snapshot = outcome.engine.snapshot(Moment(1_800_000));
        let mut states = snapshot.junctions.iter().map(|j| j.coordination.state);
        assert!(states.all(|state| state == Coordination::InStep), "{case}");
    }
}

#[test]
fn control_that_comes_back_from_a_fault_takes_the_plan_up_where_the_junction_stands() {
    let (site, demand) = two_plans(Method::ShortWay);
    let injections = vec![
        "silent:j_1_1@200+40".parse().expect("a fault"),
        "reboot:j_2_1@300".parse().expect("a fault"),
    ];
    let settings = Settings { injections, ..Settings::of(HALF_AN_HOUR, 1) };
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
    assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()));
    let of = |name: &str| {
        let network = &outcome.engine.site().network;
        let junction = network.junction_named(name);
        let state = |event: &Event| match event.kind {
            EventKind::Coordination { state, .. } if event.junction == junction => Some(state),
            _ => None,
        };
        outcome.events.iter().filter_map(state).collect::<Vec<_>>()
    };
    for name in ["j_1_1", "j_2_1"] {
        let states = of(name);
        assert!(states.contains(&Coordination::Free), "{name}: {states:?}");
        assert_eq!(states.last(), Some(&Coordination::InStep), "{name}: {states:?}");
    }
    let codes = codes(&outcome.events);
    assert!(codes.contains(&(173, 7)) && codes.contains(&(173, 2)), "{codes:?}");
}

/// The generated crossroads as two rings over two barriers: left turns before the straight ones.
fn ringed(site: &mut Site) {
    for signal in &mut site.signals {
        let old = signal.layout.clone();
        let mut builder = Layout::builder();
        for group in old.groups() {
            builder.group(group.clone());
        }
        let table = old.intergreens();
        for a in old.group_ids() {
            for b in old.group_ids().filter(|b| b.0 > a.0) {
                if let (Some(there), Some(back)) = (table.get(a, b), table.get(b, a)) {
                    builder.conflict(a, b, Some(there), Some(back));
                }
            }
        }
        let phase = |group: GroupId| Phase {
            name: (group.0 + 1).to_string(),
            groups: [group].into_iter().collect(),
            passage: PASSAGE,
        };
        let phases: Vec<_> = old.group_ids().map(phase).collect();
        // Groups: west left, west straight, south left, south straight, north straight, north left,
        // east straight, east left.
        let rings = vec![vec![vec![0, 6], vec![2, 4]], vec![vec![7, 1], vec![5, 3]]];
        let rings = Rings::compile(phases, rings, &mut builder).expect("sound");
        let layout = Arc::new(builder.build().expect("sound"));
        let served = |name: &str| {
            let stage = layout.stages().iter().position(|stage| stage.name == name);
            (StageId::from_index(stage.expect(name)), Millis::from_secs(25))
        };
        let splits: Vec<_> = ["1 + 8", "7 + 2", "3 + 6", "5 + 4"].map(served).to_vec();
        let cycle = Millis::from_secs(100);
        let plan = Plan::new(PlanId(0), "p".to_owned(), cycle, Millis::ZERO, splits, &layout);
        (signal.plans, signal.layout) = (vec![plan.expect("sound")], layout);
        signal.rings = Some(rings);
    }
}

#[test]
fn rings_serve_a_street_skip_and_wait_at_their_barriers() {
    let (mut site, demand) = generate::arterial(1, 4);
    site.control.mode = Mode::Actuated;
    ringed(&mut site);
    let rings = site.signals[0].rings.clone().expect("rings");
    let settings = Settings::of(HALF_AN_HOUR, 1);
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
    assert_no_rule_was_broken(&outcome, "rings");
    let ended: BTreeSet<Ending> = outcome
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::GreenEnded { ending, .. } => Some(ending),
            _ => None,
        })
        .collect();
    assert!(ended.contains(&Ending::GapOut), "{ended:?}");
    // Stages are demanded in which one ring is ahead of the other: each decides for itself.
    let demanded = outcome.events.iter().filter_map(|event| match event.kind {
        EventKind::Demanded { stage, .. } => Some(stage),
        _ => None,
    });
    let demanded: BTreeSet<StageId> = demanded.collect();
    let mixed = |stage: &StageId| {
        let phases: Vec<_> = rings.phases_of(*stage).collect();
        [[0, 1], [6, 7], [2, 3], [4, 5]].iter().any(|pair| phases.iter().all(|p| pair.contains(p)))
    };
    assert!(demanded.iter().any(mixed), "{demanded:?}");
    let snapshot = outcome.engine.snapshot(Moment(1_800_000));
    let free = |j: &engine::JunctionSnapshot| j.coordination.state == Coordination::Free;
    assert!(snapshot.junctions.iter().all(free));
}

#[test]
fn the_harness_tells_the_civil_time_and_the_same_seed_the_same_story() {
    let run = || {
        let (site, demand) = two_plans(Method::ShortWay);
        let settings = Settings {
            clock_jumps: vec![(Moment(90_500), Millis(5_000))],
            ..Settings::of(Millis(200_000), 3)
        };
        harness::run(&Arc::new(site), &demand, &settings).expect("a sound street")
    };
    let (one, other) = (run(), run());
    assert_eq!(one.digest(), other.digest());
    let civil: CivilTime = one.engine.snapshot(Moment(100_000)).civil.expect("told");
    assert_eq!(civil.to_string(), "2026-06-01 07:01:45");
}
