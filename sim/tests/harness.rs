//! The engine drives the street in virtual time.

use std::sync::Arc;

use engine::EventKind;
use scenario::{Demand, DetectorKind, Mode, Shadow, Site, generate};
use signal::Violation;
use sim::fault::schedule;
use sim::harness::{self, Outcome, Settings};
use units::{GroupId, Millis, Moment};

const TEN_MINUTES: Millis = Millis(600_000);

fn run(mode: Mode, settings: &Settings) -> Outcome {
    let (mut site, demand) = generate::arterial(1, 4);
    site.control.mode = mode;
    harness::run(&Arc::new(site), &demand, settings).expect("a sound street")
}

#[test]
fn every_mode_drives_without_a_finding_or_an_unanswered_demand() {
    for mode in [Mode::Fixed, Mode::Actuated, Mode::MaxPressure, Mode::Adaptive] {
        let outcome = run(mode, &Settings::of(TEN_MINUTES, 1));
        assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()), "{mode:?}");
        assert_eq!(outcome.counters.violations, 0, "{mode:?}");
        assert_eq!(outcome.counters.unanswered_demands, 0, "{mode:?}");
        assert_eq!(outcome.counters.errors, 0, "{mode:?}");
        assert!(outcome.counters.demands > 2_000, "{mode:?}: {:?}", outcome.counters);
        assert!(outcome.world.finished > 50, "{mode:?}: {:?}", outcome.world);
        let changes = outcome.events.iter();
        let changes = changes.filter(|e| matches!(e.kind, EventKind::Demanded { .. })).count();
        assert!(changes > 40, "{mode:?}: only {changes} changes");
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    for mode in [Mode::MaxPressure, Mode::Adaptive] {
        let (a, b) =
            (run(mode, &Settings::of(TEN_MINUTES, 7)), run(mode, &Settings::of(TEN_MINUTES, 7)));
        assert_eq!(a.events, b.events);
        assert_eq!(a.digest(), b.digest());
        assert_eq!(a.world, b.world);
    }
}

#[test]
fn vehicles_are_conserved() {
    let outcome = run(Mode::Actuated, &Settings::of(TEN_MINUTES, 1));
    let world = outcome.world;
    assert_eq!(world.entered, world.finished + world.running);
    assert!(world.due >= world.entered);
}

#[test]
fn every_fault_is_survived_and_seen() {
    survived_and_seen(Mode::MaxPressure);
}

#[test]
fn every_fault_is_survived_by_the_planner() {
    survived_and_seen(Mode::Adaptive);
}

fn survived_and_seen(mode: Mode) {
    for fault in [
        "disconnect",
        "reboot",
        "silent",
        "delay=100",
        "delay=5000",
        "clock-skew=-40",
        "stuck-detector=1",
        "exception=4",
        "wrong-unit",
        "truncate",
        "corrupt",
        "stuck-detector",
        "lamp",
    ] {
        let injections = vec![format!("{fault}:j_2_1@60+40").parse().expect("a fault")];
        let settings = Settings { injections, ..Settings::of(Millis(240_000), 1) };
        let outcome = run(mode, &settings);
        assert_eq!(outcome.violations, 0, "{fault}: {:?}", outcome.findings);
        let snapshot = outcome.engine.snapshot(Moment(240_000));
        for junction in &snapshot.junctions {
            let source = junction.source.name();
            assert_eq!(source, "adaptive", "{fault}: {} {}", junction.name, junction.reason);
        }
        let elsewhere = |e: &&engine::Event| {
            matches!(e.kind, EventKind::Control { .. }) && e.at > Moment(30_000)
        };
        let network = &outcome.engine.site().network;
        for event in outcome.events.iter().filter(elsewhere) {
            let name = &network.junction(event.junction.expect("a junction")).name;
            assert_eq!(name, "j_2_1", "{fault}: {}", event.kind);
        }
    }
}

#[test]
fn faults_of_any_seed_break_no_rule_and_control_comes_back_once_they_are_over() {
    let (healed, end) = (Moment(240_000), Millis(360_000));
    for (seed, mode) in (0..6).flat_map(|s| [(s, Mode::MaxPressure), (s, Mode::Adaptive)]) {
        let (site, _) = generate::arterial(1, 4);
        let name = |s: &scenario::SignalSite| site.network.junction(s.junction).name.clone();
        let junctions: Vec<String> = site.signals.iter().map(name).collect();
        let injections = schedule(seed, &junctions, 12, Moment(20_000), healed);
        let told: Vec<String> = injections.iter().map(ToString::to_string).collect();
        let settings = Settings { injections, ..Settings::of(end, seed) };
        let outcome = run(mode, &settings);
        let (violations, findings) = (outcome.violations, &outcome.findings);
        assert_eq!(violations, 0, "seed {seed}: {findings:?}, faults {told:?}");
        let snapshot = outcome.engine.snapshot(Moment::ORIGIN + end);
        for junction in &snapshot.junctions {
            let (source, name) = (junction.source.name(), &junction.name);
            let why = &junction.reason;
            assert_eq!(source, "adaptive", "seed {seed}: {name}: {why}, {told:?}");
        }
        assert!(outcome.counters.errors > 0, "seed {seed}: {told:?}");
    }
}

#[test]
fn lamps_in_conflict_end_control_of_that_junction_alone() {
    let injections = vec!["conflict:j_2_1@60+5".parse().expect("a fault")];
    let settings = Settings { injections, ..Settings::of(Millis(100_000), 1) };
    let outcome = run(Mode::MaxPressure, &settings);
    assert!(outcome.violations > 0, "the checker saw nothing");
    let seen = |e: &engine::Event| {
        matches!(e.kind, EventKind::Violated(Violation::ConflictingGreens { .. }))
    };
    assert!(outcome.events.iter().any(seen), "the monitor saw nothing");
    let snapshot = outcome.engine.snapshot(Moment(100_000));
    for junction in &snapshot.junctions {
        let expected = if junction.name == "j_2_1" { "fault" } else { "adaptive" };
        assert_eq!(junction.source.name(), expected, "{}", junction.name);
    }
}

#[test]
fn cabinets_of_a_dead_engine_are_on_their_local_plan_within_the_lease() {
    for second in [20, 37, 61] {
        let dies = Moment(second * 1_000);
        let mut settings = Settings::of(Millis(second * 1_000 + 5_200), 1);
        settings.engine_dies = Some(dies);
        let outcome = run(Mode::MaxPressure, &settings);
        assert_eq!(outcome.violations, 0, "{:?}", outcome.findings);
        assert!(outcome.street.cabinets().iter().all(|c| !c.is_commanded()), "at {second} s");
    }
}

#[test]
fn a_fault_at_no_junction_is_refused_by_its_name() {
    let (site, demand) = generate::arterial(1, 2);
    let settings = Settings {
        injections: vec!["lamp:nowhere@1".parse().expect("a fault")],
        ..Settings::of(Millis(1_000), 1)
    };
    let problems = harness::run(&Arc::new(site), &demand, &settings).expect_err("nowhere");
    assert!(problems[0].contains("nowhere"), "{problems:?}");
}

#[test]
fn groups_of_one_stage_never_conflict_in_a_generated_street() {
    let (site, _) = generate::district(2, 4, 3);
    for signal in &site.signals {
        for stage in signal.layout.stages() {
            let all: Vec<GroupId> = stage.groups.iter().collect();
            let clash = |a: &GroupId, b: &GroupId| signal.layout.intergreens().conflicts(*a, *b);
            assert!(all.iter().all(|a| all.iter().all(|b| !clash(a, b))));
        }
    }
}

/// The mean delay of a shipped street under a mode, and that no rule was broken on it.
fn mean_delay((mut site, demand): (Site, Demand), mode: Mode) -> f64 {
    site.control.mode = mode;
    let settings = Settings::of(Millis(1_800_000), 1);
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
    assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()), "{mode:?}");
    assert_eq!(outcome.counters.violations, 0, "{mode:?}");
    assert_eq!(outcome.counters.unanswered_demands, 0, "{mode:?}");
    assert_eq!(outcome.counters.refusals, 0, "{mode:?}");
    let fell = outcome.events.iter().filter(|e| matches!(e.kind, EventKind::Fallback { .. }));
    assert_eq!(fell.count(), 0, "{mode:?}");
    outcome.world.mean_delay_s
}

#[test]
fn the_planner_keeps_nobody_waiting_longer_than_max_pressure() {
    for (name, make) in [
        ("arterial-8", &(|| generate::arterial(1, 8)) as &dyn Fn() -> (Site, Demand)),
        ("district-3x4", &|| generate::district(1, 4, 3)),
    ] {
        let [planner, pressure] =
            [Mode::Adaptive, Mode::MaxPressure].map(|mode| mean_delay(make(), mode));
        assert!(planner <= pressure, "{name}: {planner} s, max-pressure {pressure} s");
    }
}

/// The longest that a vehicle group was red, seconds, once the street has begun.
fn longest_red(outcome: &Outcome) -> i64 {
    let mut since = std::collections::BTreeMap::new();
    let mut longest = 0;
    for event in &outcome.events {
        let EventKind::AspectSeen { group, aspect } = event.kind else { continue };
        let key = (event.junction, group);
        if aspect == signal::Aspect::Red {
            since.entry(key).or_insert(event.at);
        } else if let Some(at) = since.remove(&key) {
            longest = longest.max((event.at - at).0 / 1_000);
        }
    }
    longest
}

#[test]
fn a_street_whose_trackers_are_dead_is_served_all_the_same() {
    // Of every second, of every lane: what is left is loops at the stop line, or nothing at all.
    type Keep = fn(usize, &scenario::DetectorSite) -> bool;
    let cases: [(&str, Keep, &str); 3] = [
        ("every second tracker", |i, d| d.kind != DetectorKind::Tracker || i % 2 == 0, "adaptive"),
        ("half of all", |i, _| i % 2 == 0, "adaptive"),
        ("all", |_, _| false, "coordinated"),
    ];
    for (what, keep, source) in cases {
        let (mut site, demand) = generate::arterial(1, 4);
        site.control.mode = Mode::Adaptive;
        let mut index = 0;
        site.detectors.retain(|detector| {
            index += 1;
            keep(index, detector)
        });
        let settings = Settings::of(TEN_MINUTES, 1);
        let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
        assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()), "{what}");
        assert_eq!(outcome.counters.violations, 0, "{what}");
        assert!(longest_red(&outcome) <= 240, "{what}: {} s", longest_red(&outcome));
        for junction in outcome.engine.snapshot(Moment::ORIGIN + TEN_MINUTES).junctions {
            assert_eq!(junction.source.name(), source, "{what}: {}", junction.reason);
            let is_told = junction.reason.contains("nothing is known of its lanes");
            assert_eq!(is_told, source == "coordinated", "{what}: {}", junction.reason);
        }
    }
}

#[test]
fn a_shadow_is_told_and_never_written() {
    let go = |shadow| {
        let (mut site, demand) = generate::arterial(1, 4);
        site.control.mode = Mode::MaxPressure;
        site.control.shadow = shadow;
        let settings = Settings::of(TEN_MINUTES, 1);
        harness::run(&Arc::new(site), &demand, &settings).expect("a sound street")
    };
    let (without, with) = (go(None), go(Some(Shadow::Adaptive)));
    let is_shadow = |e: &&engine::Event| matches!(e.kind, EventKind::Shadowed { .. });
    assert!(with.events.iter().filter(is_shadow).count() > 10);
    let rest: Vec<_> = with.events.iter().filter(|e| !is_shadow(e)).cloned().collect();
    assert_eq!(rest, without.events);
    assert_eq!((with.world, with.counters), (without.world, without.counters));
    let shadows = |outcome: &Outcome| {
        let snapshot = outcome.engine.snapshot(Moment::ORIGIN + TEN_MINUTES);
        snapshot.junctions.iter().filter(|junction| junction.shadow.is_some()).count()
    };
    assert_eq!(shadows(&without), 0);
    assert!(shadows(&with) > 0);
}

/// Displays that count down cost something, but the street goes on, and what was announced ends no green
/// before its minimum or in a transition.
#[test]
fn a_planner_whose_displays_count_down_drives_without_a_finding() {
    let (mut site, demand) = generate::arterial(1, 4);
    site.control.mode = Mode::Adaptive;
    site.signals.iter_mut().for_each(|signal| signal.countdown = Some(Millis(9_000)));
    let settings = Settings::of(TEN_MINUTES, 1);
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("a sound street");
    assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()));
    assert_eq!((outcome.counters.unanswered_demands, outcome.counters.refusals), (0, 0));
    assert!(outcome.world.finished > 50, "{:?}", outcome.world);
    let (mut ends, mut others) = (0, 0);
    for event in &outcome.events {
        if let EventKind::Demanded { ending: Some(_), reason, .. } = &event.kind {
            let is_announced = reason.starts_with("as announced; ");
            (ends, others) = (ends + i32::from(is_announced), others + i32::from(!is_announced));
        }
    }
    assert!(ends > 40 && others == 0, "{ends} greens ended as announced, {others} did not");
}
