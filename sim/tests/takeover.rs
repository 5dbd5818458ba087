//! What a reload, a stop and an end of control take over, let go and keep.

mod common;

use std::sync::Arc;

use engine::{Engine, Event, Input, OperatorAction, Output};
use field::{Failure, Request};
use scenario::{Demand, Mode, Site};
use sim::street::{Answer, Street};
use units::{GroupId, JunctionId, Millis, Moment};

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

fn beside(junctions: usize) -> (Site, Demand) {
    let (mut site, demand) = scenario::generate::arterial(1, junctions);
    let block = common::add_block(&mut site, 0, 2);
    common::confirm_stages(&mut site, 0, block);
    (site, demand)
}

impl Hand {
    /// A reload, as `daemon/control/reload.rs` does it: lines keep their connections.
    fn reload(&mut self, change: impl FnOnce(&mut Site)) -> usize {
        let mut site = Site::clone(self.engine.site());
        change(&mut site);
        let site = Arc::new(site);
        let succession = Engine::succeed(&self.engine, site, &hw_profiles::builtin, self.now);
        let succession = succession.expect("a sound site");
        self.engine = succession.engine;
        self.turn();
        succession.runs_on
    }
}

/// The new site's longer lease is the new bound.
#[test]
fn a_reload_with_a_longer_lease_keeps_its_demands_admitted() {
    let (site, demand) = scenario::generate::arterial(1, 2);
    let mut hand = Hand::new((site, demand), Mode::Fixed);
    hand.run(Millis(30_000));
    let before = hand.engine.snapshot(hand.now);
    assert_eq!(before.junctions[0].source.name(), "coordinated");
    let on = hand.reload(|site| site.control.lease += Millis(1_000));
    assert_eq!(on, 2);
    hand.run(Millis(30_000));
    let after = hand.engine.snapshot(hand.now);
    assert!(after.counters.demands > before.counters.demands, "no demand was let through since");
    assert_eq!(after.counters.refusals, before.counters.refusals, "every demand is refused");
}

/// A preempt by wire stays raised through a reload.
#[test]
fn a_reload_that_changes_nothing_leaves_a_raised_preempt_raised() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    hand.run(Millis(20_000));
    let (junction, who, reason) = (hand.junction(0), "ann".to_owned(), "fire".to_owned());
    let (number, span) = (1, Millis(120_000));
    hand.operate(OperatorAction::Preempt { junction, number, span, who, reason });
    hand.run(Millis(5_250));
    let raised = hand.outputs(0);
    assert!(!raised.is_empty());
    assert_eq!(hand.reload(|_| {}), 1);
    let mut fell = Vec::new();
    for _ in 0..30 {
        if hand.outputs(0) != raised {
            fell.push(hand.now);
        }
        hand.run(Millis(100));
    }
    assert_eq!(fell, [], "the preempt fell during a reload of an unchanged site");
}

/// So do plan bits: all off would let the controller choose another plan.
#[test]
fn a_reload_that_changes_nothing_leaves_the_plan_bits() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    hand.run(Millis(30_250));
    let raised = hand.outputs(0);
    assert!(!raised.is_empty());
    assert_eq!(hand.reload(|_| {}), 1);
    let mut fell = Vec::new();
    for _ in 0..30 {
        if hand.outputs(0) != raised {
            fell.push(hand.now);
        }
        hand.run(Millis(100));
    }
    assert_eq!(fell, [], "the plan bits fell during a reload of an unchanged site");
}

/// A wrong wire is taken out of the site file: what it said last is forgotten.
#[test]
fn a_confirmation_that_a_reload_removes_is_forgotten() {
    let (mut site, demand) = beside(2);
    let right = site.clone();
    // One confirmation is drawn the wrong way round: it is on when its stage is not.
    site.inputs[0].inverted = !site.inputs[0].inverted;
    let street = Street::new(&Arc::new(right), &demand, Vec::new()).expect("a street");
    let mut hand = Hand::new((site, demand), Mode::Fixed);
    hand.street = street;
    hand.run(Millis(120_000));
    assert_eq!(hand.engine.snapshot(hand.now).junctions[0].source.name(), "fault");
    let on = hand.reload(|site| {
        site.inputs.remove(0);
    });
    assert_eq!(on, 2);
    hand.run(Millis(300_000));
    let junction = hand.engine.snapshot(hand.now).junctions[0].clone();
    assert_ne!(junction.source.name(), "fault", "{}", junction.reason);
}

/// A stop during a call: the pulse does not outlive it.
#[test]
fn a_stop_ends_a_call_that_is_raised() {
    let mut hand = Hand::new(common::with_wired_junction(1, 0), Mode::Fixed);
    // Without plan bits nothing is leased there.
    let mut site = Site::clone(hand.engine.site());
    site.outputs.retain(|o| !matches!(o.role, scenario::OutputRole::PlanBit { .. }));
    hand.engine = Engine::new(Arc::new(site), &hw_profiles::builtin, hand.now, 1).expect("sound");
    hand.run(Millis(20_000));
    let (junction, who) = (hand.junction(0), "ann".to_owned());
    hand.operate(OperatorAction::Call { junction, group: GroupId(0), who });
    hand.run(Millis(300));
    assert_eq!(hand.outputs(0), [0], "it is raised");
    hand.engine.handle_input(hand.now, Input::ShutDown);
    hand.turn();
    hand.run(Millis(200));
    assert_eq!(hand.outputs(0), [] as [usize; 0], "the daemon has stopped, the call is still on");
}

/// A person's preempt and hold end in time while the daemon does not control.
#[test]
fn a_hold_ends_by_itself_though_the_junction_is_released() {
    let (site, demand) = scenario::generate::arterial(1, 2);
    let mut hand = Hand::new((site, demand), Mode::Fixed);
    hand.run(Millis(20_000));
    let (junction, stage) = (hand.junction(0), units::StageId(1));
    let (who, reason) = ("ann".to_owned(), "test".to_owned());
    let span = Millis(30_000);
    hand.operate(OperatorAction::Hold { junction, stage, span, who, reason });
    hand.run(Millis(2_000));
    // The line is cut for ten minutes.
    hand.engine.handle_input(hand.now, Input::LinkDown(units::LineId(0), "cut".to_owned()));
    for _ in 0..600 {
        hand.now += Millis(1_000);
        while hand.engine.poll_timeout().is_some_and(|at| at <= hand.now) {
            hand.engine.handle_timeout(hand.now);
            while let Some(output) = hand.engine.poll_output() {
                if let Output::Event(event) = output {
                    hand.events.push(event);
                }
            }
        }
    }
    let snapshot = hand.engine.snapshot(hand.now);
    let told = hand.told();
    let ended = told.iter().any(|t| t.contains("hold") && t.contains("end"))
        || hand.events.iter().any(|e| matches!(e.kind, engine::EventKind::Hold { on: false, .. }));
    assert!(
        ended,
        "nine and a half minutes late, the hold has not ended: {:?}",
        snapshot.junctions[0]
    );
}

/// A quarantine after a violation outlasts a reload that touches the plan.
#[test]
fn a_reload_does_not_shorten_a_quarantine() {
    let (site, demand) = beside(2);
    let right = site.clone();
    let mut wrong = site;
    wrong.inputs[0].inverted = !wrong.inputs[0].inverted;
    let street = Street::new(&Arc::new(right), &demand, Vec::new()).expect("a street");
    let mut hand = Hand::new((wrong, demand), Mode::Fixed);
    hand.street = street;
    while hand.engine.snapshot(hand.now).junctions[0].reason.find("contradict").is_none() {
        hand.run(Millis(1_000));
        assert!(hand.now < Moment(200_000));
    }
    hand.reload(|site| {
        site.inputs.clear();
        common::second_plan(site, 0);
    });
    hand.run(Millis(15_000));
    let junction = hand.engine.snapshot(hand.now).junctions[0].clone();
    assert_eq!(junction.source.name(), "fault", "15 s after a severe fault: {}", junction.reason);
}

/// Nothing is wrong on the street, nor with the wires: an hour without a contradiction.
#[test]
fn confirmations_that_are_right_never_contradict_the_cabinet() {
    let mut bad = Vec::new();
    for (filter, seed) in [(0, 1), (250, 2), (1_000, 3), (2_000, 4)] {
        for mode in [Mode::Fixed, Mode::Actuated, Mode::MaxPressure] {
            let (mut site, demand) = beside(2);
            site.control.mode = mode;
            site.inputs.iter_mut().for_each(|input| input.filter = Millis(filter));
            let injections = vec!["delay=120@0+3600".parse().expect("a fault")];
            let settings = sim::harness::Settings {
                injections,
                ..sim::harness::Settings::of(Millis::from_secs(3_600), seed)
            };
            let outcome = sim::harness::run(&Arc::new(site), &demand, &settings).expect("it runs");
            let told = outcome.events.iter().filter(|event| {
                matches!(&event.kind, engine::EventKind::Implausible { what } if what.contains("confirmations"))
            });
            let at: Vec<_> = told.map(|event| event.at).collect();
            if !at.is_empty() {
                bad.push((filter, mode, at));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}

/// A call during a quarantine is refused.
#[test]
fn nothing_but_a_release_is_written_to_a_junction_that_is_released() {
    let (mut site, demand) = beside(2);
    let right = site.clone();
    site.inputs[0].inverted = !site.inputs[0].inverted;
    let street = Street::new(&Arc::new(right), &demand, Vec::new()).expect("a street");
    let mut hand = Hand::new((site, demand), Mode::Fixed);
    hand.street = street;
    while !hand.engine.snapshot(hand.now).junctions[0].reason.contains("contradict") {
        hand.run(Millis(1_000));
        assert!(hand.now < Moment(200_000));
    }
    hand.run(Millis(5_000));
    hand.writes.clear();
    let (junction, who) = (hand.junction(0), "ann".to_owned());
    hand.operate(OperatorAction::Call { junction, group: GroupId(0), who });
    hand.run(Millis(500));
    let own = hand.engine.site().devices[0].name.clone();
    let to_it: Vec<_> = hand.writes.iter().filter(|(_, name, _)| *name == own).collect();
    assert!(to_it.is_empty(), "in quarantine: {to_it:?}");
}

/// A preempt of somebody else that was read, and a stop before the next beat.
#[test]
fn a_stop_leaves_a_preempt_of_somebody_else_alone() {
    for wait in 1..=20 {
        let (site, demand) = scenario::generate::arterial(1, 2);
        let mut hand = Hand::new((site, demand), Mode::MaxPressure);
        hand.run(Millis(20_000));
        let raise = Request::WriteRegisters { address: 16, values: vec![1, 0, 30_000] };
        assert!(matches!(hand.street.answer(units::LineId(0), 1, &raise), Answer::Reply(Ok(_))));
        hand.run(Millis(100 * wait));
        assert_eq!(hand.street.cabinets()[0].preempt(), Some(1));
        hand.engine.handle_input(hand.now, Input::ShutDown);
        hand.turn();
        hand.run(Millis(500));
        let preempt = hand.street.cabinets()[0].preempt();
        assert_eq!(preempt, Some(1), "a stop {} ms after it was raised ended it", 100 * wait);
    }
}
