//! The engine drives the street in virtual time.

use std::sync::Arc;

use engine::EventKind;
use scenario::{Mode, generate};
use signal::{
    Aspect, Command, Controller, Interlock, InterlockLimits, Layout, Monitor, MonitorLimits,
    Refusal, Seen, Violation,
};
use sim::fault::schedule;
use sim::harness::{self, Outcome, Settings};
use sim::street::Street;
use units::{GroupId, Millis, Moment, StageId};

const TEN_MINUTES: Millis = Millis(600_000);

fn run(mode: Mode, settings: &Settings) -> Outcome {
    let (mut site, demand) = generate::arterial(1, 4);
    site.control.mode = mode;
    harness::run(&Arc::new(site), &demand, settings).expect("a sound street")
}

#[test]
fn every_mode_drives_without_a_finding_or_an_unanswered_demand() {
    for mode in [Mode::Fixed, Mode::Actuated, Mode::MaxPressure] {
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
    let (a, b) = (
        run(Mode::MaxPressure, &Settings::of(TEN_MINUTES, 7)),
        run(Mode::MaxPressure, &Settings::of(TEN_MINUTES, 7)),
    );
    assert_eq!(a.events, b.events);
    assert_eq!(a.digest(), b.digest());
    assert_eq!(a.world, b.world);
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
        let outcome = run(Mode::MaxPressure, &settings);
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
    for seed in 0..6 {
        let (site, _) = generate::arterial(1, 4);
        let name = |s: &scenario::SignalSite| site.network.junction(s.junction).name.clone();
        let junctions: Vec<String> = site.signals.iter().map(name).collect();
        let injections = schedule(seed, &junctions, 12, Moment(20_000), healed);
        let told: Vec<String> = injections.iter().map(ToString::to_string).collect();
        let settings = Settings { injections, ..Settings::of(end, seed) };
        let outcome = run(Mode::MaxPressure, &settings);
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

/// The junction with one intergreen that is 2 s too short.
fn broken(layout: &Layout) -> Arc<Layout> {
    let mut builder = Layout::builder();
    for group in layout.groups() {
        builder.group(group.clone());
    }
    let table = layout.intergreens();
    for a in layout.group_ids() {
        for b in layout.group_ids().filter(|b| b.0 > a.0) {
            if let (Some(there), Some(back)) = (table.get(a, b), table.get(b, a)) {
                let short = Millis::from_secs(2);
                builder.conflict(a, b, Some(there - short), Some(back - short));
            }
        }
    }
    for stage in layout.stages() {
        builder.stage(stage.clone());
    }
    Arc::new(builder.build().expect("short, but sound in itself"))
}

#[test]
fn a_broken_table_in_the_cabinet_is_caught_by_monitor_and_checker_each() {
    let (site, demand) = generate::arterial(1, 4);
    let site = Arc::new(site);
    let layout = |index: usize| match index {
        1 => broken(&site.signals[1].layout),
        _ => site.signals[index].layout.clone(),
    };
    let street = Street::with_layouts(&site, &demand, Vec::new(), &layout).expect("a street");
    let outcome = harness::drive(street, &Settings::of(TEN_MINUTES, 1)).expect("it runs");
    assert!(outcome.findings.iter().any(|f| f.contains("Intergreen")), "{:?}", outcome.findings);
    assert!(outcome.findings.iter().all(|f| f.starts_with("j_2_1")), "{:?}", outcome.findings);

    // The monitor alone, with samples as dense as a good line gives them.
    let mut controller = Controller::new(layout(1), Moment(0));
    let mut monitor = Monitor::new(site.signals[1].layout.clone(), MonitorLimits::default());
    let mut found = Vec::new();
    for tick in 0..3_000 {
        let stages = u8::try_from(site.signals[1].layout.stages().len()).expect("few");
        controller.request(StageId(u8::try_from(tick / 300).expect("few") % stages));
        controller.step(Moment(tick * 100));
        found.extend(monitor.observe(Moment(tick * 100), controller.aspects()));
    }
    assert!(found.iter().any(|v| matches!(v, Violation::IntergreenShort { .. })), "{found:?}");
}

/// The junction with one transition forbidden, or with the rule left out.
fn ruled(layout: &Layout, forbidden: Option<(StageId, StageId)>) -> Arc<Layout> {
    let mut builder = Layout::builder();
    for group in layout.groups() {
        builder.group(group.clone());
    }
    let table = layout.intergreens();
    for a in layout.group_ids() {
        for b in layout.group_ids().filter(|b| b.0 > a.0) {
            if let (Some(there), Some(back)) = (table.get(a, b), table.get(b, a)) {
                builder.conflict(a, b, Some(there), Some(back));
            }
        }
    }
    for stage in layout.stages() {
        builder.stage(stage.clone());
    }
    if let Some((from, to)) = forbidden {
        builder.forbid_transition(from, to);
    }
    Arc::new(builder.build().expect("sound"))
}

#[test]
fn a_rule_that_is_missing_elsewhere_is_held_by_the_interlock_alone() {
    let (site, _) = generate::arterial(1, 4);
    let layout = &site.signals[1].layout;
    let (from, to) = (StageId(0), StageId(1));
    let limits =
        InterlockLimits { max_lease: Millis::from_secs(10), max_age: Millis::from_secs(5) };
    let now = Moment(600_000);
    let seen = Seen {
        at: now,
        running: Some(from),
        next: None,
        elapsed: Millis::from_secs(40),
        aspects: vec![Aspect::Red; layout.groups().len()],
        fault: false,
        local_control: false,
    };
    let lease = Millis::from_secs(5);
    let judge = |forbidden, stage| {
        let interlock = Interlock::new(ruled(layout, forbidden), limits);
        let demand = Command::DemandStage { stage, lease };
        let judged = interlock.admit(demand, Some(&seen), now);
        judged.map(|admitted| admitted.get().clone())
    };
    assert_eq!(judge(None, to), Ok(Command::DemandStage { stage: to, lease }));
    let refusal = judge(Some((from, to)), to).expect_err("the true table forbids it");
    assert_eq!(refusal, Refusal::TransitionForbidden { from, to });
    let refusal = judge(None, StageId(60)).expect_err("there is no such stage");
    assert_eq!(refusal, Refusal::UnknownStage(StageId(60)));
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
