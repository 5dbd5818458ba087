//! Engine and street on one thread in virtual time, joined by links with a latency: an hour of a
//! district in seconds, and the same bytes for the same seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor::Grant;
use engine::{Counters, Engine, Event, Input, Output};
use field::frame::{answer_pdu, request_pdu};
use field::{Failure, Request};
use scenario::{Demand, Site};
use signal::controller::TICK;
use units::{CivilDate, CivilTime, LineId, Millis, Moment, mixing};

use crate::fault::{Fault, Injection};
use crate::street::{Answer, Street};
use crate::world::{self, World, WorldSummary};

/// A request and its answer take so long together, beside what they take on a serial wire.
const LATENCY: Millis = Millis(8);

/// What the clock on the wall is told to the engine again after so long.
const CIVIL_EVERY: Millis = Millis(60_000);

/// How a run is set up.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// How long it runs.
    pub duration: Millis,
    /// The seed of the engine's jitter.
    pub seed: u64,
    /// What goes wrong.
    pub injections: Vec<Injection>,
    /// When the engine dies without a word; never, where it is not given.
    pub engine_dies: Option<Moment>,
    /// What the clock on the wall shows at the start.
    pub civil_start: CivilTime,
    /// When that clock is put forward, or back where it is negative, and by how much.
    pub clock_jumps: Vec<(Moment, Millis)>,
    /// Who asks for an emergency corridor, and when.
    pub corridors: Vec<(Moment, corridor::Request)>,
    /// How the world drives.
    pub world: world::Settings,
}

/// A Monday at 07:00.
fn monday_morning() -> CivilTime {
    let monday = CivilDate::new(2026, 6, 1).expect("a date");
    CivilTime::new(monday, Millis::from_secs(7 * 3_600)).expect("a time of the day")
}

impl Settings {
    /// A run without faults, on a Monday from 07:00.
    #[must_use]
    pub fn of(duration: Millis, seed: u64) -> Self {
        Self {
            duration,
            seed,
            injections: Vec::new(),
            engine_dies: None,
            civil_start: monday_morning(),
            clock_jumps: Vec::new(),
            corridors: Vec::new(),
            world: world::Settings::default(),
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the world measured.
    pub world: WorldSummary,
    /// What the engine counted.
    pub counters: Counters,
    /// What the checker found.
    pub violations: u64,
    /// The first of that in words.
    pub findings: Vec<String>,
    /// What has happened, in order.
    pub events: Vec<Event>,
    /// The street at the end.
    pub street: Street,
    /// The engine at the end.
    pub engine: Engine,
}

impl Outcome {
    /// A digest of everything that has happened, in order (FNV-1a over the events in words): two
    /// runs of the same seed have the same.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let words = self.events.iter().map(|event| format!("{event:?}"));
        mixing::digest(words.flat_map(String::into_bytes).map(u64::from))
    }
}

/// Runs a street with the engine.
///
/// # Errors
/// What of the site or the faults cannot be run.
pub fn run(site: &Arc<Site>, demand: &Demand, settings: &Settings) -> Result<Outcome, Vec<String>> {
    watch(site, demand, settings, &mut |_| {})
}

/// Runs a street with the engine, and shows the world after each of its steps.
///
/// # Errors
/// What of the site or the faults cannot be run.
pub fn watch(
    site: &Arc<Site>,
    demand: &Demand,
    settings: &Settings,
    see: &mut dyn FnMut(&World),
) -> Result<Outcome, Vec<String>> {
    let injections = settings.injections.clone();
    let street = Street::with_settings(site, demand, injections, &settings.world)?;
    drive_watched(street, settings, &mut |street| see(street.world()))
}

/// Runs a given street with the engine.
///
/// # Errors
/// What of the site cannot be run.
pub fn drive(street: Street, settings: &Settings) -> Result<Outcome, Vec<String>> {
    drive_watched(street, settings, &mut |_| {})
}

/// The same, with somebody who looks at the street after each step of its world.
///
/// # Errors
/// What of the site cannot be run.
pub fn drive_watched(
    street: Street,
    settings: &Settings,
    watch: &mut dyn FnMut(&Street),
) -> Result<Outcome, Vec<String>> {
    let site = street.site().clone();
    let engine = Engine::new(site, &hw_profiles::builtin, Moment::ORIGIN, settings.seed)?;
    let (inputs, events, asked) = (BTreeMap::new(), Vec::new(), settings.corridors.clone());
    let mut run = Run { street, engine, inputs, sequence: 0, events, asked };
    run.tell_civil_time(settings);
    let end = Moment::ORIGIN + settings.duration;
    let mut now = Moment::ORIGIN;
    let dies = settings.engine_dies.unwrap_or(Moment(i64::MAX));
    while now < end {
        if now < dies {
            run.engine_turn(now);
        }
        let tick = run.street.now() + TICK;
        let input = run.inputs.keys().next().map(|&(at, _)| at);
        let timer = run.engine.poll_timeout().filter(|_| now < dies);
        let next = [Some(tick), input.filter(|_| now < dies), timer];
        // A timer that is due already is one that waits for an input: time goes on.
        now = next.into_iter().flatten().filter(|&at| at > now).min().unwrap_or(tick);
        let seen = run.street.world().now();
        run.street.advance(now);
        if run.street.world().now() != seen {
            watch(&run.street);
        }
    }
    let (violations, findings) = run.street.violations();
    Ok(Outcome {
        world: run.street.summary(),
        counters: run.engine.snapshot(now).counters,
        violations,
        findings: findings.to_vec(),
        events: run.events,
        street: run.street,
        engine: run.engine,
    })
}

struct Run {
    street: Street,
    engine: Engine,
    inputs: BTreeMap<(Moment, u64), Input>,
    sequence: u64,
    events: Vec<Event>,
    /// The corridors that are still to be asked for.
    asked: Vec<(Moment, corridor::Request)>,
}

impl Run {
    /// What the clock on the wall shows, at the start, every so often, and when it has jumped.
    fn tell_civil_time(&mut self, settings: &Settings) {
        let ends = settings.duration.0 / CIVIL_EVERY.0;
        let regular = (0..=ends).map(|turn| Moment::ORIGIN + CIVIL_EVERY * turn);
        let jumps = || settings.clock_jumps.iter();
        for at in regular.chain(jumps().map(|&(at, _)| at)) {
            let jumped = jumps().filter(|&&(jump, _)| jump <= at).map(|&(_, span)| span);
            let shown = settings.civil_start + (at - Moment::ORIGIN) + jumped.sum::<Millis>();
            self.later(at, Input::Civil(shown));
        }
    }

    fn engine_turn(&mut self, now: Moment) {
        while let Some((&key, _)) = self.inputs.iter().next().filter(|((at, _), _)| *at <= now) {
            if let Some(input) = self.inputs.remove(&key) {
                self.engine.handle_input(now, input);
            }
        }
        let grant = Grant::everything("harness", u32::MAX);
        for (_, request) in self.asked.extract_if(.., |(at, _)| *at <= now) {
            // What is refused stands among the events.
            let _ = self.engine.ask_corridor(now, &request, &grant);
        }
        if self.engine.poll_timeout().is_some_and(|due| due <= now) {
            self.engine.handle_timeout(now);
        }
        while let Some(output) = self.engine.poll_output() {
            self.obey(now, output);
        }
    }

    fn obey(&mut self, now: Moment, output: Output) {
        match output {
            Output::Connect(line) => {
                let cut = self.street.is_cut(line);
                let input = if cut {
                    Input::LinkDown(line, "connection refused".to_owned())
                } else {
                    Input::LinkUp(line)
                };
                // A serial line is listened to until it is quiet.
                let quiet = self.street.wire(line).map_or(Millis::ZERO, |w| w.worst_answer());
                self.later(now + LATENCY + quiet, input);
            }
            Output::Send { line, token, unit, request, timeout } => {
                let late = LATENCY + self.street.delay(line, unit);
                let answer = self.street.answer(line, unit, &request);
                let late = late + self.on_wire(line, &request, &answer);
                let serial = self.street.wire(line).is_some();
                let (after, result) = match answer {
                    // Without its CRC or its end a serial frame is noise: nothing comes of it.
                    Answer::Spoiled(_, Fault::Corrupt | Fault::Truncate) if serial => {
                        (timeout, Err(Failure::Timeout))
                    }
                    Answer::Reply(_) | Answer::Spoiled(..) if late >= timeout => {
                        (timeout, Err(Failure::Timeout))
                    }
                    Answer::Reply(reply) => (late, reply.map_err(Failure::Exception)),
                    Answer::Silence => (timeout, Err(Failure::Timeout)),
                    Answer::Cut => {
                        let reason = "connection reset".to_owned();
                        self.later(now + LATENCY, Input::LinkDown(line, reason.clone()));
                        (LATENCY, Err(Failure::Disconnected(reason)))
                    }
                    Answer::Spoiled(_, fault) => (late, Err(Failure::Mismatch(fault.to_string()))),
                };
                self.later(now + after, Input::Reply { line, token, result });
            }
            Output::Event(event) => self.events.push(event),
            Output::Disconnect(..) | Output::Stopped => {}
        }
    }

    /// How long a request and its answer take on a serial wire; nothing elsewhere.
    fn on_wire(&self, line: LineId, request: &Request, answer: &Answer) -> Millis {
        let (Some(wire), Answer::Reply(reply) | Answer::Spoiled(reply, _)) =
            (self.street.wire(line), answer)
        else {
            return Millis::ZERO;
        };
        wire.transaction(request_pdu(request).len(), answer_pdu(request.function(), reply).len())
    }

    fn later(&mut self, at: Moment, input: Input) {
        self.sequence += 1;
        self.inputs.insert((at, self.sequence), input);
    }
}
