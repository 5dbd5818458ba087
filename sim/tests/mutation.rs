//! Break one rule at a time, and see who catches it: the interlock judges what is demanded, monitor
//! and checker judge what the lamps show, each by the true table and by code of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::EventKind;
use scenario::{Site, generate};
use signal::{
    Aspect, Command, Controller, Group, Interlock, InterlockLimits, Layout, Monitor, MonitorLimits,
    Problem, Running, Seen, Stage,
};
use sim::checker::{Checker, Rule};
use sim::harness::{self, Settings};
use sim::street::Street;
use units::{GroupId, Millis, Moment, StageId};

/// The description of a layout, to be changed and built again.
struct Parts {
    groups: Vec<Group>,
    conflicts: Vec<(GroupId, GroupId, Millis, Millis)>,
    stages: Vec<Stage>,
    forbidden: Vec<(StageId, StageId)>,
}

fn parts(layout: &Layout) -> Parts {
    let table = layout.intergreens();
    let pairs = layout.group_ids().flat_map(|a| layout.group_ids().map(move |b| (a, b)));
    let conflict = |(a, b): (GroupId, GroupId)| Some((a, b, table.get(a, b)?, table.get(b, a)?));
    let stages = || layout.stage_ids().flat_map(|a| layout.stage_ids().map(move |b| (a, b)));
    Parts {
        groups: layout.groups().to_vec(),
        conflicts: pairs.filter(|(a, b)| a < b).filter_map(conflict).collect(),
        stages: layout.stages().to_vec(),
        forbidden: stages().filter(|&(from, to)| !layout.allowed(from, to)).collect(),
    }
}

fn build(parts: Parts) -> Result<Arc<Layout>, Vec<Problem>> {
    let mut builder = Layout::builder();
    for group in parts.groups {
        builder.group(group);
    }
    for (a, b, there, back) in parts.conflicts {
        builder.conflict(a, b, Some(there), Some(back));
    }
    for stage in parts.stages {
        builder.stage(stage);
    }
    parts.forbidden.into_iter().for_each(|(from, to)| builder.forbid_transition(from, to));
    builder.build().map(Arc::new)
}

/// A rule that the broken table does not hold as the true one does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Broken {
    Nothing,
    Intergreen,
    MinimumGreen,
    Closing,
    Conflict,
    ForbiddenTransition,
}

/// The true table: a generated crossroads with one transition forbidden.
fn truth(site: &Site) -> Arc<Layout> {
    let mut parts = parts(&site.signals[1].layout);
    parts.forbidden.push((StageId(0), StageId(1)));
    build(parts).expect("sound")
}

/// The true table with one rule broken.
fn broken(truth: &Layout, what: Broken) -> Arc<Layout> {
    let mut parts = parts(truth);
    let short = Millis::from_secs(2);
    match what {
        Broken::Nothing => {}
        Broken::Intergreen => {
            for (_, _, there, back) in &mut parts.conflicts {
                (*there, *back) = (*there - short, *back - short);
            }
        }
        Broken::MinimumGreen => {
            parts.groups.iter_mut().for_each(|group| group.min_green -= short);
            parts.stages.iter_mut().for_each(|stage| stage.min_green -= short);
        }
        Broken::Closing => parts.groups.iter_mut().for_each(|group| group.closing -= short),
        Broken::Conflict => {
            // The first stage gets a group that conflicts with one of its own.
            let intruder = parts.conflicts.iter().find_map(|&(a, b, ..)| {
                let holds = |group| parts.stages[0].groups.contains(group);
                (holds(a) != holds(b)).then_some(if holds(a) { b } else { a })
            });
            let intruder = intruder.expect("the stage is in conflict with another group");
            let groups = parts.stages[0].groups;
            parts.conflicts.retain(|&(a, b, ..)| {
                !(a == intruder && groups.contains(b) || b == intruder && groups.contains(a))
            });
            parts.stages[0].groups.insert(intruder);
        }
        Broken::ForbiddenTransition => parts.forbidden.clear(),
    }
    build(parts).expect("broken, but sound in itself")
}

/// What was caught, by whom.
#[derive(Default, PartialEq, Eq, Debug)]
struct Caught {
    checker: BTreeSet<Rule>,
    monitor: BTreeSet<&'static str>,
    interlock: BTreeSet<&'static str>,
}

/// A cabinet that runs by the broken table and obeys every demand at once, watched by the true one.
/// Demands come at every turn of the controller that lets a change through.
fn watch(truth: &Arc<Layout>, table: &Arc<Layout>) -> Caught {
    let mut controller = Controller::new(table.clone(), Moment(0));
    let mut checker = Checker::new(truth.clone());
    let mut monitor = Monitor::new(truth.clone(), MonitorLimits::default());
    let limits = InterlockLimits { max_lease: Millis(10_000), max_age: Millis(3_000) };
    let interlock = Interlock::new(truth.clone(), limits);
    let mut caught = Caught::default();
    let stages = u8::try_from(truth.stages().len()).expect("few");
    for tick in 0..12_000_i64 {
        let now = Moment(tick * 100);
        if let Running::Stage(stage) = controller.running() {
            // From the first stage to the second where the table lets it, else around.
            let next = StageId((stage.0 + 1) % stages);
            let ready = controller.elapsed(now) >= table.stage(stage).min_green;
            if ready && controller.wanted() == stage {
                let next = table.next_hop(stage, next);
                let seen = Seen {
                    at: now,
                    running: Some(stage),
                    next: None,
                    elapsed: controller.elapsed(now),
                    aspects: controller.aspects().to_vec(),
                    fault: false,
                    local_control: false,
                };
                let demand = Command::DemandStage { stage: next, lease: Millis(5_000) };
                let judged = interlock.admit(demand, Some(&seen), now);
                caught.interlock.extend(judged.err().map(|refusal| refusal.name()));
                controller.request(next);
            }
        }
        controller.step(now);
        let shown: &[Aspect] = controller.aspects();
        caught.checker.extend(checker.observe(now, shown).into_iter().map(|f| f.rule));
        if tick % 5 == 0 {
            let found = monitor.observe(now, shown);
            caught.monitor.extend(found.iter().map(signal::Violation::name));
        }
    }
    caught
}

#[test]
fn each_guard_catches_what_it_can_see() {
    let (site, _) = generate::arterial(1, 4);
    let truth = truth(&site);
    // What is broken; what checker, monitor and interlock say of it. Nobody sees lamps before they
    // are lit: intergreens and closings are the cabinet's own, and the interlock never sees them.
    type Row<'r> = (Broken, &'r [Rule], &'r [&'static str], &'r [&'static str]);
    let table: &[Row<'_>] = &[
        (Broken::Nothing, &[], &[], &[]),
        (Broken::Intergreen, &[Rule::Intergreen], &["intergreen-short"], &[]),
        (Broken::MinimumGreen, &[Rule::MinimumGreen], &["minimum-green-short"], &["minimum-green"]),
        (Broken::Closing, &[Rule::Closing], &["closing-short"], &[]),
        (Broken::Conflict, &[Rule::Conflict], &["conflicting-greens"], &[]),
        (Broken::ForbiddenTransition, &[], &[], &["transition-forbidden"]),
    ];
    for (what, checker, monitor, interlock) in table {
        let mut caught = watch(&truth, &broken(&truth, *what));
        if *what == Broken::Conflict {
            // A green that conflicts is one that started too soon as well.
            caught.checker.remove(&Rule::Intergreen);
            caught.monitor.remove("intergreen-short");
        }
        let expected = Caught {
            checker: checker.iter().copied().collect(),
            monitor: monitor.iter().copied().collect(),
            interlock: interlock.iter().copied().collect(),
        };
        assert_eq!(caught, expected, "{what:?}");
    }
}

#[test]
fn a_conflict_within_a_stage_is_caught_before_there_is_a_layout() {
    let (site, _) = generate::arterial(1, 4);
    let truth = truth(&site);
    let mut parts = parts(&truth);
    parts.stages[0].groups = broken(&truth, Broken::Conflict).stage(StageId(0)).groups;
    let problems = build(parts).expect_err("two groups of the stage conflict");
    assert!(problems.iter().all(|problem| problem.0.ends_with("conflict")), "{problems:?}");
}

#[test]
fn a_cabinet_with_a_broken_table_is_found_on_the_street() {
    // What the engine's own reads, once a second, and the checker see of one broken cabinet.
    for (what, rule, seen) in [
        (Broken::Intergreen, "Intergreen", None),
        (Broken::Closing, "Closing", None),
        (Broken::Conflict, "Conflict", Some("conflicting-greens")),
    ] {
        let (site, demand) = generate::arterial(1, 4);
        let site = Arc::new(site);
        let layout = |index: usize| match index {
            1 => broken(&site.signals[1].layout, what),
            _ => site.signals[index].layout.clone(),
        };
        let street = Street::with_layouts(&site, &demand, Vec::new(), &layout).expect("a street");
        let settings = Settings::of(Millis::from_secs(600), 1);
        let outcome = harness::drive(street, &settings).expect("it runs");
        let findings = &outcome.findings;
        assert!(findings.iter().any(|f| f.contains(rule)), "{what:?}: {findings:?}");
        assert!(findings.iter().all(|f| f.starts_with("j_2_1")), "{what:?}: {findings:?}");
        let violations = outcome.events.iter().filter_map(|event| match &event.kind {
            EventKind::Violated(violation) => Some((event.junction, violation.name())),
            _ => None,
        });
        let violations: BTreeSet<_> = violations.collect();
        let own = Some(site.signals[1].junction);
        assert!(violations.iter().all(|&(at, _)| at == own), "{what:?}: {violations:?}");
        if let Some(name) = seen {
            assert!(violations.contains(&(own, name)), "{what:?}: {violations:?}");
        }
    }
}
