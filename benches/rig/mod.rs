//! An engine at work: a generated district behind it, its lines answered as the harness answers them.
//! The time that the engine itself takes is told apart from the street's.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Engine, Input, Output};
use sim::street::{Answer, Street};
use units::{Millis, Moment};

/// A request and its answer take so long together, as in the harness.
const LATENCY: Millis = Millis(8);
/// The street moves in steps of its cabinets' controllers.
const TICK: Millis = signal::controller::TICK;

/// Engine and street, and what is under way between them.
pub(crate) struct Rig {
    street: Street,
    engine: Engine,
    inputs: BTreeMap<(Moment, u64), Input>,
    sequence: u64,
    now: Moment,
    /// What the engine has taken.
    busy: Duration,
    /// Requests that were answered.
    pub(crate) requests: u64,
}

impl Rig {
    /// A district of `columns` by `rows` that has run for `warm_up`.
    pub(crate) fn district(columns: usize, rows: usize, warm_up: Millis) -> Self {
        let (site, demand) = scenario::generate::district(1, columns, rows);
        let site = Arc::new(site);
        let street = Street::new(&site, &demand, Vec::new()).expect("a sound street");
        let engine = Engine::new(site, &hw_profiles::builtin, Moment::ORIGIN, 1).expect("sound");
        let mut rig = Self {
            street,
            engine,
            inputs: BTreeMap::new(),
            sequence: 0,
            now: Moment::ORIGIN,
            busy: Duration::ZERO,
            requests: 0,
        };
        rig.run(warm_up);
        rig
    }

    /// Runs for a time of the street and tells what the engine took of it.
    pub(crate) fn run(&mut self, span: Millis) -> Duration {
        let (before, end) = (self.busy, self.now + span);
        while self.now < end {
            self.turn();
            let tick = self.street.now() + TICK;
            let input = self.inputs.keys().next().map(|&(at, _)| at);
            let next = [Some(tick), input, self.engine.poll_timeout()].into_iter().flatten();
            self.now = next.filter(|&at| at > self.now).min().unwrap_or(tick);
            self.street.advance(self.now);
        }
        self.busy - before
    }

    /// Everything that the engine has to do now.
    fn turn(&mut self) {
        let due = self.inputs.split_off(&(self.now + Millis(1), 0));
        let due = std::mem::replace(&mut self.inputs, due);
        let mut outputs = Vec::new();
        let began = Instant::now();
        // The shell asks after each input what is to be done, and when to wake it.
        for input in due.into_values() {
            self.engine.handle_input(self.now, input);
            outputs.extend(std::iter::from_fn(|| self.engine.poll_output()));
            black_box(self.engine.poll_timeout());
        }
        if self.engine.poll_timeout().is_some_and(|due| due <= self.now) {
            self.engine.handle_timeout(self.now);
            outputs.extend(std::iter::from_fn(|| self.engine.poll_output()));
        }
        self.busy += began.elapsed();
        for output in outputs {
            self.obey(output);
        }
    }

    fn obey(&mut self, output: Output) {
        let input = match output {
            Output::Connect(line) => Input::LinkUp(line),
            Output::Send { line, token, unit, request, .. } => {
                let Answer::Reply(reply) = self.street.answer(line, unit, &request) else {
                    return;
                };
                self.requests += 1;
                let result = reply.map_err(field::Failure::Exception);
                Input::Reply { line, token, result }
            }
            _ => return,
        };
        self.sequence += 1;
        self.inputs.insert((self.now + LATENCY, self.sequence), input);
    }
}
