//! Remote I/O units: stages confirmed by inputs, control by calls, preempts and plan bits, and outputs
//! that fall when nobody writes.

mod common;

use std::sync::Arc;

use engine::{Engine, Event, EventKind, Input, OperatorAction, Output};
use field::{Failure, Request};
use scenario::{Demand, Mode, Site};
use sim::harness::{self, Outcome, Settings};
use sim::street::{Answer, Street};
use units::{GroupId, JunctionId, Millis, Moment, PlanId};

fn run((mut site, demand): (Site, Demand), mode: Mode, faults: &[&str], seconds: i64) -> Outcome {
    site.control.mode = mode;
    let injections = faults.iter().map(|text| text.parse().expect("a fault")).collect();
    let settings = Settings { injections, ..Settings::of(Millis::from_secs(seconds), 1) };
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("it runs");
    assert_eq!(outcome.violations, 0, "{:?}", outcome.findings);
    outcome
}

/// A street and an engine that a test drives step by step, with no time on the lines.
struct Hand {
    street: Street,
    engine: Engine,
    now: Moment,
    events: Vec<Event>,
    /// Writes, by device name.
    writes: Vec<(Moment, String, Request)>,
    /// Nobody carries the engine's requests any more.
    dead: bool,
}

impl Hand {
    fn new((mut site, demand): (Site, Demand), mode: Mode) -> Self {
        site.control.mode = mode;
        let site = Arc::new(site);
        let street = Street::new(&site, &demand, Vec::new()).expect("a street");
        let engine = Engine::new(site, &hw_profiles::builtin, Moment(0), 1).expect("an engine");
        let (events, writes) = (Vec::new(), Vec::new());
        Self { street, engine, now: Moment(0), events, writes, dead: false }
    }

    fn junction(&self, index: usize) -> JunctionId {
        self.engine.site().signals[index].junction
    }

    fn run(&mut self, span: Millis) {
        let end = self.now + span;
        while self.now < end {
            self.now += Millis(100);
            self.street.advance(self.now);
            if !self.dead {
                self.turn();
            }
        }
    }

    fn operate(&mut self, action: OperatorAction) {
        self.engine.handle_input(self.now, Input::Operator(action));
        self.turn();
    }

    fn turn(&mut self) {
        while self.engine.poll_timeout().is_some_and(|at| at <= self.now) {
            self.engine.handle_timeout(self.now);
            self.carry();
        }
        self.carry();
    }

    fn carry(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Connect(line) => self.engine.handle_input(self.now, Input::LinkUp(line)),
                Output::Send { line, token, unit, request, .. } => {
                    if request.is_write() {
                        let devices = &self.engine.site().devices;
                        let to = devices.iter().find(|d| d.line == line && d.unit == unit);
                        let name = to.expect("a device").name.clone();
                        self.writes.push((self.now, name, request.clone()));
                    }
                    let result = match self.street.answer(line, unit, &request) {
                        Answer::Reply(reply) => reply.map_err(Failure::Exception),
                        other => panic!("{other:?}"),
                    };
                    self.engine.handle_input(self.now, Input::Reply { line, token, result });
                }
                Output::Event(event) => self.events.push(event),
                Output::Disconnect(..) | Output::Stopped => {}
            }
        }
    }

    fn outputs(&self, device: usize) -> Vec<usize> {
        let device = units::DeviceId::from_index(device);
        let outputs = self.street.block(device).expect("a remote I/O unit").outputs();
        (0..outputs.len()).filter(|&at| outputs[at]).collect()
    }

    fn told(&self) -> Vec<String> {
        self.events.iter().map(|event| event.kind.to_string()).collect()
    }
}

/// Outputs of the wired junction: calls of its groups first, then preempts and plan bits.
fn places(site: &Site) -> (usize, usize) {
    let groups = site.signals[0].layout.groups().len();
    (groups, groups + 2)
}

#[test]
fn a_junction_behind_a_remote_unit_is_run_by_its_plan_bits() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    let (_, bits) = places(hand.engine.site());
    hand.run(Millis(30_000));
    assert_eq!(hand.outputs(0), [bits], "plan 1 is bit 0");
    let snapshot = hand.engine.snapshot(hand.now);
    let junction = &snapshot.junctions[0];
    assert_eq!(junction.source.name(), "coordinated", "{}", junction.reason);
    assert!(junction.age.expect("it is read") <= Millis(1_000));
    // A person's plan, while it lasts, and then the old one again.
    let (junction, who, reason) = (hand.junction(0), "ann".to_owned(), "fair".to_owned());
    let (plan, span) = (PlanId(1), Millis(40_000));
    hand.operate(OperatorAction::SelectPlan { junction, plan, span, who, reason });
    hand.run(Millis(20_000));
    assert_eq!(hand.outputs(0), [bits + 1], "plan 2 is bit 1");
    assert_eq!(hand.street.cabinets()[0].plan(), PlanId(1));
    hand.run(Millis(30_000));
    assert_eq!(hand.outputs(0), [bits]);
    assert_eq!(hand.street.cabinets()[0].plan(), PlanId(0));
    assert_eq!(hand.engine.snapshot(hand.now).counters.demands, 0, "never a stage");
    assert!(hand.told().iter().any(|t| t.contains("selects plan 2 for 40 s: fair")));
}

#[test]
fn a_junction_behind_a_remote_unit_is_seen_as_it_is() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    let mut seen = 0;
    for _ in 0..600 {
        hand.run(Millis(500));
        let stage = hand.street.cabinets()[0].stage();
        let snapshot = hand.engine.snapshot(hand.now);
        // What is confirmed is half a second and a poll old at the most.
        let confirmed = snapshot.junctions[0].stage;
        if let (Some(real), Some(confirmed)) = (stage, confirmed) {
            seen += 1;
            let elapsed = snapshot.junctions[0].elapsed;
            assert!(real == confirmed || elapsed > Millis(1_000), "{real} {confirmed} {elapsed}");
        }
    }
    assert!(seen > 300, "{seen}");
    let violations = hand.engine.snapshot(hand.now).counters.violations;
    assert_eq!(violations, 0);
}

#[test]
fn inputs_feed_the_lanes_like_loops() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::MaxPressure);
    let mut queued = 0;
    for _ in 0..300 {
        hand.run(Millis(1_000));
        queued += usize::from(hand.engine.snapshot(hand.now).junctions[0].queue > Some(0.0));
    }
    assert!(queued > 30, "vehicles wait, and are seen in {queued} of 300 s");
}

#[test]
fn max_pressure_calls_the_groups_of_the_stage_that_it_wants() {
    let outcome = run(common::with_wired_junction(3, 1), Mode::MaxPressure, &[], 900);
    let snapshot = outcome.engine.snapshot(Moment(900_000));
    assert_eq!(snapshot.junctions[1].source.name(), "adaptive", "{}", snapshot.junctions[1].reason);
    assert_eq!(outcome.counters.unanswered_demands, 0, "{:?}", outcome.counters);
    assert!(outcome.world.finished > 50, "{:?}", outcome.world);
    let wired = outcome.engine.site().signals[1].junction;
    let demanded = outcome.events.iter().filter(|event| {
        event.junction == Some(wired) && matches!(event.kind, EventKind::Demanded { .. })
    });
    assert_eq!(demanded.count(), 0, "it was demanded a stage");
}

#[test]
fn a_call_is_a_pulse_that_is_served() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    hand.run(Millis(20_000));
    let layout = hand.engine.site().signals[0].layout.clone();
    for group in layout.group_ids() {
        let green = |hand: &Hand| {
            hand.street.cabinets()[0].aspects()[group.index()] == signal::Aspect::Green
        };
        while green(&hand) {
            hand.run(Millis(100));
        }
        let (junction, who) = (hand.junction(0), "ann".to_owned());
        hand.operate(OperatorAction::Call { junction, group, who });
        hand.run(Millis(100));
        assert!(hand.outputs(0).contains(&group.index()));
        hand.run(Millis(1_400));
        assert!(!hand.outputs(0).contains(&group.index()), "a pulse of a second");
        let asked = hand.now;
        while !green(&hand) {
            hand.run(Millis(100));
            assert!(hand.now - asked < Millis(45_000), "group {group} was not served");
        }
    }
}

#[test]
fn a_preempt_is_a_level_that_ends_with_whoever_raised_it() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    let (preempts, bits) = places(hand.engine.site());
    hand.run(Millis(20_000));
    let raise = |hand: &Hand, span| OperatorAction::Preempt {
        junction: hand.junction(0),
        number: 2,
        span: Millis(span),
        who: "ann".to_owned(),
        reason: "fire".to_owned(),
    };
    let action = raise(&hand, 60_000);
    hand.operate(action);
    hand.run(Millis(1_200));
    for _ in 0..30 {
        hand.run(Millis(1_000));
        assert!(hand.outputs(0).contains(&(preempts + 1)), "it is renewed");
    }
    assert_eq!(hand.street.cabinets()[0].preempt(), Some(2));
    assert_eq!(hand.street.cabinets()[0].stage(), Some(units::StageId(1)));
    assert_eq!(hand.engine.snapshot(hand.now).junctions[0].source.name(), "operator");
    // A person ends it: it falls at once.
    let (junction, who) = (hand.junction(0), "ann".to_owned());
    hand.operate(OperatorAction::Release { junction, who });
    hand.run(Millis(200));
    assert!(!hand.outputs(0).contains(&(preempts + 1)));
    // Its time is over: it falls with the next beat.
    let action = raise(&hand, 3_000);
    hand.operate(action);
    hand.run(Millis(2_000));
    assert!(hand.outputs(0).contains(&(preempts + 1)));
    hand.run(Millis(3_000));
    assert_eq!(hand.outputs(0), [bits]);
    // The engine dies: the unit drops everything by itself.
    let action = raise(&hand, 60_000);
    hand.operate(action);
    hand.run(Millis(5_000));
    hand.dead = true;
    hand.run(Millis(3_100));
    assert_eq!(hand.outputs(0), Vec::<usize>::new());
    assert_eq!(hand.street.cabinets()[0].preempt(), None);
}

#[test]
fn a_stop_and_a_fault_drop_what_was_raised() {
    let mut hand = Hand::new(common::with_wired_junction(2, 0), Mode::Fixed);
    hand.run(Millis(20_000));
    assert!(!hand.outputs(0).is_empty());
    hand.engine.handle_input(hand.now, Input::ShutDown);
    hand.turn();
    hand.run(Millis(200));
    assert_eq!(hand.outputs(0), Vec::<usize>::new());

    // A wire is broken: a stage is confirmed beside every other, which cannot be.
    let (mut site, demand) = common::with_wired_junction(2, 0);
    let street = Street::new(&Arc::new(site.clone()), &demand, Vec::new()).expect("a street");
    site.inputs[0].inverted = !site.inputs[0].inverted;
    let mut hand = Hand::new((site, demand), Mode::Fixed);
    hand.street = street;
    // Whichever stage comes first, within a cycle another one runs.
    hand.run(Millis(100_000));
    let junction = hand.engine.snapshot(hand.now).junctions[0].clone();
    assert_eq!(junction.source.name(), "fault", "{}", junction.reason);
    assert_eq!(hand.outputs(0), Vec::<usize>::new());
}

/// A junction with a controller and, beside it, a unit that confirms its stages.
fn beside(junctions: usize) -> (Site, Demand) {
    let (mut site, demand) = scenario::generate::arterial(1, junctions);
    let block = common::add_block(&mut site, 0, 2);
    common::confirm_stages(&mut site, 0, block);
    (site, demand)
}

#[test]
fn a_confirmation_that_agrees_changes_nothing() {
    for mode in [Mode::Fixed, Mode::MaxPressure] {
        let outcome = run(beside(2), mode, &[], 600);
        let implausible =
            outcome.events.iter().any(|e| matches!(e.kind, EventKind::Implausible { .. }));
        assert!(!implausible, "{mode:?}");
        assert_eq!(outcome.counters.unanswered_demands, 0);
        let snapshot = outcome.engine.snapshot(Moment(600_000));
        assert_ne!(snapshot.junctions[0].source.name(), "fault", "{mode:?}");
    }
}

#[test]
fn a_confirmation_that_contradicts_the_cabinet_ends_control_and_says_so() {
    let (mut site, demand) = beside(2);
    // Two wires are swapped.
    let role = site.inputs[0].role;
    site.inputs[0].role = site.inputs[1].role;
    site.inputs[1].role = role;
    let (a, b) = (site.inputs[0].inverted, site.inputs[1].inverted);
    (site.inputs[0].inverted, site.inputs[1].inverted) = (b, a);
    let right = beside(2).0;
    site.control.mode = Mode::Fixed;
    // The street is wired as drawn, the engine believes the swapped drawing.
    let street = Street::new(&Arc::new(right), &demand, Vec::new()).expect("a street");
    let mut hand = Hand::new((site, demand), Mode::Fixed);
    hand.street = street;
    hand.run(Millis(120_000));
    let implausible = hand.events.iter().filter(|event| {
        matches!(&event.kind, EventKind::Implausible { what } if what.contains("confirmations"))
    });
    let told = implausible.count();
    assert!(told >= 1, "{:?}", hand.told());
    assert!(told < 10, "it is told when it begins, not each beat: {told}");
    let snapshot = hand.engine.snapshot(hand.now);
    assert_eq!(snapshot.junctions[0].source.name(), "fault");
    assert!(!hand.street.cabinets()[0].is_commanded(), "it was released");
    assert_ne!(snapshot.junctions[1].source.name(), "fault", "the other goes on");
}

#[test]
fn a_confirming_unit_that_is_dead_contradicts_nobody() {
    let outcome = run(beside(2), Mode::Fixed, &["silent:j_1_1 io 2@60+120"], 300);
    let lost = outcome
        .events
        .iter()
        .filter(|e| e.at > Moment(20_000) && matches!(e.kind, EventKind::Control { .. }));
    let lost: Vec<String> = lost.map(|e| e.kind.to_string()).collect();
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn a_remote_unit_that_reboots_or_is_cut_off_gives_its_junction_back_and_gets_it_again() {
    for fault in ["reboot", "disconnect", "silent", "gateway"] {
        let faults = format!("{fault}:j_2_1@60+20");
        let outcome = run(common::with_wired_junction(3, 1), Mode::Fixed, &[&faults], 300);
        let snapshot = outcome.engine.snapshot(Moment(300_000));
        let wired = &snapshot.junctions[1];
        assert_eq!(wired.source.name(), "coordinated", "{fault}: {}", wired.reason);
        assert!(
            outcome.events.iter().any(|e| {
                matches!(&e.kind, EventKind::Control { source, .. } if source.name() == "fault")
                    && e.at > Moment(60_000)
            }),
            "{fault}"
        );
        for other in [0, 2] {
            assert_ne!(snapshot.junctions[other].source.name(), "fault", "{fault}");
        }
    }
}

#[test]
fn a_preempt_that_somebody_else_raised_has_control() {
    let (site, demand) = scenario::generate::arterial(1, 2);
    let mut hand = Hand::new((site, demand), Mode::MaxPressure);
    hand.run(Millis(20_000));
    // Over the cabinet's own registers, from another master.
    let raise = Request::WriteRegisters { address: 16, values: vec![1, 0, 30_000] };
    let line = units::LineId(0);
    assert!(matches!(hand.street.answer(line, 1, &raise), Answer::Reply(Ok(_))));
    for _ in 0..25 {
        hand.run(Millis(1_000));
        assert_eq!(hand.street.cabinets()[0].preempt(), Some(1), "it was taken away");
    }
    let junction = hand.engine.snapshot(hand.now).junctions[0].clone();
    assert_eq!((junction.source.name(), junction.reason.as_str()), ("fault", "a preempt runs"));
    hand.run(Millis(40_000));
    assert_eq!(hand.engine.snapshot(hand.now).junctions[0].source.name(), "adaptive");
    assert_eq!(hand.engine.snapshot(hand.now).counters.unanswered_demands, 0);
    // Our own, over the same registers, is renewed and released.
    let action = OperatorAction::Preempt {
        junction: hand.junction(0),
        number: 2,
        span: Millis(20_000),
        who: "ann".to_owned(),
        reason: "fire".to_owned(),
    };
    hand.operate(action);
    hand.run(Millis(15_000));
    assert_eq!(hand.street.cabinets()[0].preempt(), Some(2));
    assert_eq!(hand.engine.snapshot(hand.now).junctions[0].source.name(), "operator");
    let (junction, who) = (hand.junction(0), "ann".to_owned());
    hand.operate(OperatorAction::Release { junction, who });
    hand.run(Millis(200));
    assert_eq!(hand.street.cabinets()[0].preempt(), None);
    // What is read of it a moment later is not taken for somebody else's.
    for _ in 0..50 {
        hand.run(Millis(200));
        let junction = hand.engine.snapshot(hand.now).junctions[0].clone();
        assert_ne!(junction.source.name(), "fault", "{}", junction.reason);
    }
}

#[test]
fn what_a_person_asks_for_wrongly_is_not_done() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    hand.run(Millis(20_000));
    let before = hand.outputs(0);
    let junction = hand.junction(0);
    let (who, reason) = (|| "ann".to_owned(), || "test".to_owned());
    let span = Millis(10_000);
    for action in [
        OperatorAction::Call { junction, group: GroupId(99), who: who() },
        OperatorAction::Call { junction: JunctionId(999), group: GroupId(0), who: who() },
        OperatorAction::Preempt { junction, number: 0, span, who: who(), reason: reason() },
        OperatorAction::SelectPlan {
            junction,
            plan: PlanId(9),
            span,
            who: who(),
            reason: reason(),
        },
    ] {
        hand.operate(action.clone());
        hand.run(Millis(2_000));
        assert_eq!(hand.outputs(0), before, "{action:?}");
    }
    // A preempt that is not wired is told, and the junction goes on without it.
    let action =
        OperatorAction::Preempt { junction, number: 7, span, who: who(), reason: reason() };
    hand.operate(action);
    hand.run(Millis(3_000));
    assert!(hand.told().iter().any(|t| t.contains("nothing is wired to preempt there")));
    hand.run(Millis(20_000));
    assert_eq!(hand.outputs(0), before);
}
