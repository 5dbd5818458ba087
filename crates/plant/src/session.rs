//! One run, line after line.

use std::sync::Arc;
use std::time::Duration;

use optimizer::{Choice, Control, Controller, District, Scene};
use scenario::PhasedNetwork;
use serde_json::{Map, Value, json};
use units::Millis;

use crate::guard::Guard;
use crate::hello::Hello;
use crate::reading::{Node, Problems};
use crate::report::Report;
use crate::step::Step;

/// The longest line, bytes: ten thousand junctions fit in it.
pub const LINE_MAX: usize = 16 << 20;

/// What a line is answered with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// This line.
    Line(String),
    /// Nothing: the plant has said bye.
    Over,
    /// This line, and no other: the plant was not understood.
    Refused(String),
}

/// A run.
#[derive(Debug)]
pub struct Session {
    street: Arc<PhasedNetwork>,
    control: Control,
    lines: u64,
    state: State,
    report: Report,
}

#[derive(Debug)]
enum State {
    New,
    Running(Box<Running>),
    Over,
}

#[derive(Debug)]
struct Running {
    hello: Hello,
    controller: Controller,
    guard: Guard,
    scene: Scene,
    choices: Vec<Choice>,
    /// The first time that was said, and the last.
    times: Option<(Millis, Millis)>,
}

impl Session {
    /// A run on a street, before hello.
    #[must_use]
    pub fn new(street: Arc<PhasedNetwork>, control: Control) -> Self {
        Self { street, control, lines: 0, state: State::New, report: Report::default() }
    }

    /// What has come of it so far.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Takes a line, without its end. `clock` says how late it is, from any time on: the time of decisions
    /// is taken by it.
    pub fn line(&mut self, line: &[u8], clock: &mut dyn FnMut() -> Duration) -> Reply {
        self.lines += 1;
        match self.take(line, clock) {
            Ok(reply) => reply,
            Err(what) => self.refuse(&what),
        }
    }

    /// What a line of more than [`LINE_MAX`] bytes is answered with.
    pub fn too_long(&mut self) -> Reply {
        self.lines += 1;
        self.refuse(&format!("it is longer than {LINE_MAX} bytes"))
    }

    fn refuse(&mut self, what: &str) -> Reply {
        self.state = State::Over;
        Reply::Refused(json!({ "error": format!("line {}: {what}", self.lines) }).to_string())
    }

    fn take(&mut self, line: &[u8], clock: &mut dyn FnMut() -> Duration) -> Result<Reply, String> {
        if line.len() > LINE_MAX {
            return Err(format!("it is longer than {LINE_MAX} bytes"));
        }
        let value: Value = serde_json::from_slice(line).map_err(|e| not_json(&e))?;
        let said = |key: &str| value.get(key).filter(|value| !value.is_null());
        match (said("hello"), said("step"), said("bye")) {
            (Some(hello), None, None) => self.hello(hello),
            (None, Some(step), None) => self.step(step, clock),
            (None, None, Some(_)) => {
                self.state = State::Over;
                Ok(Reply::Over)
            }
            (None, None, None) => Err("it is neither hello nor step nor bye".to_owned()),
            _ => Err("it is more than one of hello, step and bye".to_owned()),
        }
    }

    fn hello(&mut self, hello: &Value) -> Result<Reply, String> {
        match self.state {
            State::New => {}
            State::Running(_) => return Err("hello was said before".to_owned()),
            State::Over => return Err("the run is over".to_owned()),
        }
        let problems = Problems::default();
        let read = Hello::read(&Node::root(hello, &problems), &self.street);
        let (hello, junctions) = problems.result(read)?;
        let names: Vec<_> = hello.junctions.iter().map(|junction| &junction.name).collect();
        let version = env!("CARGO_PKG_VERSION");
        let ready = json!({ "protocol": 1, "version": version, "junctions": names });
        let district = District { network: self.street.network.clone(), junctions };
        let mut controller = Controller::new(self.control, district);
        if let Some(discharge) = hello.discharge {
            controller = controller.with_discharge(discharge);
        }
        let guard = Guard::new(hello.junctions.len());
        self.report.junctions = hello.junctions.len();
        let (scene, choices) = (Scene::default(), Vec::new());
        let running = Running { hello, controller, guard, scene, choices, times: None };
        self.state = State::Running(Box::new(running));
        Ok(Reply::Line(json!({ "ready": ready }).to_string()))
    }

    fn step(&mut self, step: &Value, clock: &mut dyn FnMut() -> Duration) -> Result<Reply, String> {
        let running = match &mut self.state {
            State::New => return Err("a step before hello".to_owned()),
            State::Over => return Err("the run is over".to_owned()),
            State::Running(running) => running,
        };
        let problems = Problems::default();
        let node = Node::root(step, &problems);
        let read = Step::read(&node, &self.street, &running.hello);
        if let (Some(read), Some((_, last))) = (&read, running.times)
            && read.time <= last
            && let Some(time) = node.get("time_s")
        {
            time.say(format!("it is not after that of the step before, {last}"));
        }
        let read = problems.result(read)?;
        let stages = running.decide(read, clock, &mut self.report);
        let time = step.get("time_s");
        Ok(Reply::Line(json!({ "demand": { "time_s": time, "stages": stages } }).to_string()))
    }
}

impl Running {
    /// The stages that are demanded, by their junctions.
    fn decide(
        &mut self,
        step: Step,
        clock: &mut dyn FnMut() -> Duration,
        report: &mut Report,
    ) -> Map<String, Value> {
        let (first, _) = self.times.unwrap_or((step.time, step.time));
        self.times = Some((first, step.time));
        let time = step.time - first;
        self.scene = Scene {
            time,
            signals: step.signals,
            lanes: step.lanes,
            walks: Vec::new(),
            ..Scene::default()
        };
        self.guard.look(time, &self.scene.signals);
        let before = clock();
        self.controller.decide(&self.scene, &mut self.choices);
        let took = clock().saturating_sub(before);
        let mut stages = Map::new();
        for choice in &self.choices {
            let Some(spec) = self.controller.junctions().get(choice.junction) else { continue };
            let showing = self.scene.signals[choice.junction];
            if self.guard.admits(spec, choice, time, showing) {
                let junction = &self.hello.junctions[choice.junction];
                stages.insert(junction.name.clone(), junction.phases[choice.stage].into());
            }
        }
        let decisions = self.choices.len() as u64;
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        report.planner.add(nanoseconds / decisions.max(1), decisions);
        report.steps += 1;
        report.decisions += decisions;
        report.changes += stages.len() as u64;
        report.evaluations = self.controller.evaluations();
        report.held_back = self.guard.held_back;
        report.not_taken = self.guard.not_taken;
        stages
    }
}

/// A mistake of syntax; the line of the text is always the first.
fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("it is not JSON: {what}, column {}", error.column())
}
