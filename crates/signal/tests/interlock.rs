//! The interlock: every refusal by itself, and every combination against a model.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::{group, secs, stage};
use proptest::prelude::*;
use signal::{Aspect, Command, GroupKind, Interlock, InterlockLimits, Layout, Refusal, Seen};
use units::{GroupId, Millis, Moment, PlanId, StageId, WallTime};

const NOW: Moment = Moment(1_000_000);
const LIMITS: InterlockLimits =
    InterlockLimits { max_lease: Millis(10_000), max_age: Millis(3_000) };

/// Three stages in a ring: the third must not follow the first.
fn layout() -> Arc<Layout> {
    let mut builder = Layout::builder();
    for index in 0..3_u8 {
        builder.group(group(&format!("g{index}"), GroupKind::Vehicle));
    }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        builder.conflict(GroupId(a), GroupId(b), None, None);
    }
    for index in 0..3_u8 {
        builder.stage(stage(&format!("s{index}"), &[index]));
    }
    builder.forbid_transition(StageId(0), StageId(2));
    Arc::new(builder.build().expect("sound"))
}

fn seen() -> Seen {
    Seen {
        at: NOW - secs(1),
        running: Some(StageId(0)),
        next: None,
        elapsed: secs(20),
        aspects: vec![Aspect::Green, Aspect::Red, Aspect::Red],
        fault: false,
        local_control: false,
    }
}

fn demand(stage: u8) -> Command {
    Command::DemandStage { stage: StageId(stage), lease: secs(5) }
}

#[test]
fn every_refusal_has_its_reason() {
    type Change = fn(&mut Option<Seen>, &mut Command);
    let lease = |lease| Command::DemandStage { stage: StageId(1), lease };
    let max = LIMITS.max_lease;
    let table: Vec<(Refusal, Change)> = vec![
        (Refusal::NeverSeen, |seen, _| *seen = None),
        (Refusal::Stale { age: Millis(3_001) }, |seen, _| {
            seen.as_mut().expect("seen").at = NOW - Millis(3_001);
        }),
        (Refusal::CabinetFault, |seen, _| seen.as_mut().expect("seen").fault = true),
        (Refusal::LocalControl, |seen, _| seen.as_mut().expect("seen").local_control = true),
        (Refusal::UnknownStage(StageId(3)), |_, command| *command = demand(3)),
        (Refusal::TransitionForbidden { from: StageId(0), to: StageId(2) }, |_, command| {
            *command = demand(2);
        }),
        (Refusal::TransitionForbidden { from: StageId(0), to: StageId(2) }, |seen, command| {
            let seen = seen.as_mut().expect("seen");
            (seen.running, seen.next) = (None, Some(StageId(0)));
            *command = demand(2);
        }),
        (Refusal::MinimumGreen { left: Millis(500) }, |seen, _| {
            seen.as_mut().expect("seen").elapsed = Millis(3_500);
        }),
        (Refusal::UnknownGroup, |_, command| *command = Command::Call { group: GroupId(3) }),
        (Refusal::UnknownPreempt, |_, command| {
            *command = Command::Preempt { number: 0, lease: secs(1) };
        }),
    ];
    let interlock = Interlock::new(layout(), LIMITS);
    let mut names = BTreeSet::new();
    for (refusal, change) in table {
        let (mut seen, mut command) = (Some(seen()), demand(1));
        assert!(interlock.admit(command.clone(), seen.as_ref(), NOW).is_ok());
        change(&mut seen, &mut command);
        let judged = interlock.admit(command, seen.as_ref(), NOW);
        assert_eq!(judged.expect_err(refusal.name()), refusal);
        names.insert(refusal.name());
        assert!(!refusal.to_string().is_empty());
    }
    for (refusal, span) in [
        (Refusal::LeaseMissing, Millis::ZERO),
        (Refusal::LeaseMissing, Millis(-1)),
        (Refusal::LeaseTooLong { lease: max + Millis(1), max }, max + Millis(1)),
    ] {
        let commands = [
            lease(span),
            Command::SelectPlan { plan: PlanId(0), lease: span },
            Command::Preempt { number: 1, lease: span },
        ];
        for command in commands {
            let judged = interlock.admit(command, Some(&seen()), NOW);
            assert_eq!(judged.expect_err(refusal.name()), refusal);
        }
        names.insert(refusal.name());
        assert!(!refusal.to_string().is_empty());
    }
    assert_eq!(names.len(), 11, "a refusal has no row here: {names:?}");
}

#[test]
fn a_release_is_always_let_through() {
    let interlock = Interlock::new(layout(), LIMITS);
    let bad = Seen { fault: true, local_control: true, at: Moment(0), ..seen() };
    for seen in [None, Some(&bad), Some(&seen())] {
        let admitted = interlock.admit(Command::Release, seen, NOW).expect("always");
        assert_eq!(admitted.get(), &Command::Release);
    }
}

#[test]
fn what_holds_no_control_needs_no_lease() {
    let interlock = Interlock::new(layout(), LIMITS);
    let commands = [
        Command::SetClock(WallTime(0)),
        Command::Call { group: GroupId(2) },
        Command::Preempt { number: 1, lease: secs(10) },
        Command::SelectPlan { plan: PlanId(7), lease: secs(10) },
    ];
    for command in commands {
        assert!(interlock.admit(command, Some(&seen()), NOW).is_ok());
    }
}

#[test]
fn a_stage_that_runs_or_is_entered_may_always_be_renewed() {
    let interlock = Interlock::new(layout(), LIMITS);
    let fresh = Seen { elapsed: Millis::ZERO, ..seen() };
    assert!(interlock.admit(demand(0), Some(&fresh), NOW).is_ok());
    let entering = Seen { running: None, next: Some(StageId(2)), ..seen() };
    assert!(interlock.admit(demand(2), Some(&entering), NOW).is_ok());
    // In a transition the next legal stage may be named already: the cabinet finishes this one.
    assert!(interlock.admit(demand(0), Some(&entering), NOW).is_ok());
    // A cabinet that says nothing of its stage, or names one that is not there, gives no ground to
    // refuse: it holds its own minimums.
    for (running, next) in [(None, None), (Some(StageId(9)), None)] {
        let vague = Seen { running, next, elapsed: Millis::ZERO, ..seen() };
        assert!(interlock.admit(demand(2), Some(&vague), NOW).is_ok());
    }
}

/// The rules once more, as one list: whether a demand of a stage may pass.
fn may_pass(layout: &Layout, to: StageId, lease: Millis, seen: Option<&Seen>) -> bool {
    let Some(seen) = seen else { return false };
    let Some(rule) = layout.stages().get(to.index()) else { return false };
    let known = |stage: &StageId| stage.index() < layout.stages().len();
    let from = seen.running.or(seen.next).filter(known);
    let age = NOW.0 - seen.at.0;
    let legal = from.is_none_or(|from| from == to || layout.allowed(from, to));
    let served = from.is_none_or(|from| {
        let waited = seen.elapsed.0 + age;
        from == to || seen.running.is_none() || waited >= layout.stage(from).min_green.0
    });
    let leased = lease.0 > 0 && lease.0 <= LIMITS.max_lease.0;
    let trusted = age <= LIMITS.max_age.0 && !seen.fault && !seen.local_control;
    legal && served && leased && trusted && !rule.name.is_empty()
}

#[test]
fn every_combination_agrees_with_the_model() {
    let layout = layout();
    let interlock = Interlock::new(layout.clone(), LIMITS);
    let stages = [None, Some(StageId(0)), Some(StageId(1)), Some(StageId(2)), Some(StageId(9))];
    let mut judged = (0, 0);
    for to in [0, 1, 2, 3, 64, 255] {
        for lease in [-1, 0, 1, 5_000, 10_000, 10_001] {
            for (fault, local_control) in [(false, false), (true, false), (false, true)] {
                for age in [0, 1_000, 3_000, 3_001] {
                    for elapsed in [0, 3_999, 4_000, 5_000, 90_000] {
                        for (running, next) in
                            stages.iter().flat_map(|r| stages.iter().map(move |n| (*r, *n)))
                        {
                            let elapsed = Millis(elapsed);
                            let at = NOW - Millis(age);
                            let seen =
                                Seen { at, running, next, elapsed, fault, local_control, ..seen() };
                            let (to, lease) = (StageId(to), Millis(lease));
                            let demand = Command::DemandStage { stage: to, lease };
                            let passed = interlock.admit(demand.clone(), Some(&seen), NOW);
                            let expected = may_pass(&layout, to, lease, Some(&seen));
                            assert_eq!(passed.is_ok(), expected, "{demand:?}, {seen:?}");
                            judged.0 += usize::from(expected);
                            judged.1 += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(judged.0 > 500 && judged.1 > 50_000, "{judged:?}");
}

proptest! {
    #[test]
    fn no_read_back_makes_it_panic_or_bend(
        layout in common::layout(300),
        to in any::<u8>(),
        lease in any::<i64>(),
        at in any::<i64>(),
        elapsed in any::<i64>(),
        running in any::<Option<u8>>(),
        next in any::<Option<u8>>(),
    ) {
        let interlock = Interlock::new(layout.clone(), LIMITS);
        let seen = Seen {
            at: Moment(at),
            running: running.map(StageId),
            next: next.map(StageId),
            elapsed: Millis(elapsed),
            ..seen()
        };
        let command = Command::DemandStage { stage: StageId(to), lease: Millis(lease) };
        if let Ok(admitted) = interlock.admit(command, Some(&seen), NOW) {
            let Command::DemandStage { stage, lease } = admitted.get() else {
                panic!("another command came out");
            };
            prop_assert!(layout.has_stage(*stage));
            prop_assert!(*lease > Millis::ZERO && *lease <= LIMITS.max_lease);
            if let Some(from) = seen.running.filter(|&from| layout.has_stage(from)) {
                prop_assert!(layout.allowed(from, *stage));
            }
        }
    }
}
