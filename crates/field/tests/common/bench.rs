//! A line in virtual time.

use std::collections::BTreeMap;

use field::bank::RegisterBank;
use field::frame::{answer_pdu, request_pdu};
use field::line::{CONNECT_MAX, Line, LineOutput, LineSettings, UnitSettings};
use field::wire::Wire;
use field::{ExceptionCode, Failure, PointValue, Reply, Request};
use hw_profiles::Point;
use units::{DeviceId, Millis, Moment};

/// How a unit behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mood {
    Well,
    /// It says nothing.
    Dead,
    /// Its answers are late by this much.
    Slow(Millis),
    /// It refuses everything.
    Refuses(ExceptionCode),
    /// The gateway hangs up when it is asked for it.
    HangsUp,
}

/// How bytes get there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// A gateway: each request takes so long.
    Gateway(Millis),
    /// A serial line; after a time-out it is quiet for its worst answer before it is used again.
    Serial(Wire),
}

#[derive(Clone, Debug)]
enum Event {
    Up,
    Down(&'static str),
    Reply(u64, Result<Reply, Failure>),
}

pub(crate) struct Unit {
    pub(crate) bank: RegisterBank,
    pub(crate) mood: Mood,
    /// When each of its points was last read, as sent.
    pub(crate) read: Option<Moment>,
    /// Ages of that, in ms, as samples.
    pub(crate) ages: Vec<i64>,
}

pub(crate) struct Bench {
    pub(crate) line: Line,
    pub(crate) units: Vec<Unit>,
    pub(crate) now: Moment,
    pub(crate) way: Way,
    /// The gateway is away: no connection can be made.
    pub(crate) away: bool,
    /// Attempts to connect run into the time that they may take.
    pub(crate) vanished: bool,
    /// Of attempts to connect nothing is heard at all.
    pub(crate) mute: bool,
    /// Everything that the line said, but what it sent.
    pub(crate) said: Vec<(Moment, LineOutput)>,
    pub(crate) sent: Vec<(Moment, u8, Request)>,
    pub(crate) connects: usize,
    connected: bool,
    /// A request is under way.
    busy: bool,
    events: BTreeMap<(Moment, u64), Event>,
    sequence: u64,
    /// The point whose age is sampled.
    pub(crate) watched: Point,
}

/// Ages are sampled this often.
const SAMPLE: Millis = Millis(20);

impl Bench {
    pub(crate) fn new(way: Way, settings: LineSettings, units: Vec<UnitSettings>) -> Self {
        let banks = units.iter().map(|unit| Unit {
            bank: RegisterBank::new(unit.map.clone()),
            mood: Mood::Well,
            read: None,
            ages: Vec::new(),
        });
        let banks: Vec<Unit> = banks.collect();
        let line = Line::new(settings, units, Moment(0), 3);
        let mut bench = Self {
            line,
            units: banks,
            now: Moment(0),
            way,
            away: false,
            vanished: false,
            mute: false,
            said: Vec::new(),
            sent: Vec::new(),
            connects: 0,
            connected: false,
            busy: false,
            events: BTreeMap::new(),
            sequence: 0,
            watched: Point::Stage,
        };
        for unit in 0..bench.units.len() {
            bench.reset(unit, 1);
        }
        bench.obey();
        bench
    }

    /// A line of stage controllers, units 1 to `count`.
    pub(crate) fn of(way: Way, settings: LineSettings, map: &str, count: usize) -> Self {
        let map = super::shipped(map);
        let unit = |index: usize| UnitSettings {
            device: DeviceId::from_index(index),
            unit: u8::try_from(index + 1).expect("few"),
            map: map.clone(),
            watchdog_tried: false,
            outputs: Vec::new(),
        };
        Self::new(way, settings, (0..count).map(unit).collect())
    }

    /// Fills a unit's registers as after its `boots`-th start.
    pub(crate) fn reset(&mut self, unit: usize, boots: i64) {
        let bank = &mut self.units[unit].bank;
        for (point, value) in [
            (
                Point::IdentityMagic,
                if bank.bits(Point::Output).is_empty() { 18_263 } else { 18_249 },
            ),
            (Point::MapVersion, 1),
            (Point::BootCount, boots),
            (Point::WatchdogTime, 3_000),
            (Point::Mode, 1),
            (Point::Stage, 1),
        ] {
            bank.set(point, 0, value);
        }
    }

    pub(crate) fn set(&mut self, unit: usize, point: Point, value: i64) {
        self.units[unit].bank.set(point, 0, value);
    }

    /// The gateway goes: what was connected is cut.
    pub(crate) fn cut(&mut self) {
        self.away = true;
        self.events.clear();
        self.busy = false;
        if std::mem::take(&mut self.connected) || !self.mute {
            self.later(Millis(1), Event::Down("reset"));
        }
    }

    pub(crate) fn run(&mut self, span: Millis) {
        let end = self.now + span;
        while self.now < end {
            let event = self.events.keys().next().map(|&(at, _)| at);
            let timer = self.line.poll_timeout();
            assert!(timer.is_none_or(|at| at >= self.now), "it is late for {timer:?}");
            let sample = Moment((self.now.0 / SAMPLE.0 + 1) * SAMPLE.0);
            let next = [event, timer, Some(sample), Some(end)];
            self.now = next.into_iter().flatten().min().expect("some").max(self.now);
            if self.now == sample {
                self.sample();
            }
            self.turn();
        }
    }

    /// Runs until something is said that `is`, at most so long; says when.
    pub(crate) fn until(
        &mut self,
        most: Millis,
        is: impl Fn(&LineOutput) -> bool,
    ) -> Option<Moment> {
        let begin = self.said.len();
        let end = self.now + most;
        while self.now < end {
            self.run(Millis(1));
            if let Some((at, _)) = self.said[begin..].iter().find(|(_, output)| is(output)) {
                return Some(*at);
            }
        }
        None
    }

    pub(crate) fn forget_ages(&mut self) {
        self.units.iter_mut().for_each(|unit| unit.ages.clear());
    }

    /// The age that 99 of 100 samples do not exceed, ms.
    pub(crate) fn p99(&self, unit: usize) -> i64 {
        let mut ages = self.units[unit].ages.clone();
        ages.sort_unstable();
        ages[ages.len() * 99 / 100]
    }

    /// What became of each command, in order.
    pub(crate) fn outcomes(&self) -> Vec<(u64, field::line::CommandOutcome)> {
        let told = self.said.iter().filter_map(|(_, output)| match output {
            LineOutput::Commanded { tag, outcome, .. } => Some((*tag, outcome.clone())),
            _ => None,
        });
        told.collect()
    }

    /// Each change of a unit's state, as its name.
    pub(crate) fn states(&self, unit: usize) -> Vec<&'static str> {
        let device = DeviceId::from_index(unit);
        let told = self.said.iter().filter_map(|(_, output)| match output {
            LineOutput::Health { device: of, state, .. } if *of == device => Some(state.name()),
            _ => None,
        });
        told.collect()
    }

    fn turn(&mut self) {
        while let Some((&key, _)) = self.events.iter().next().filter(|((at, _), _)| *at <= self.now)
        {
            match self.events.remove(&key).expect("it was there") {
                Event::Up => {
                    self.connected = true;
                    self.line.link_up(self.now);
                }
                Event::Down(why) => {
                    self.busy = false;
                    self.line.link_down(self.now, why);
                }
                Event::Reply(token, result) => {
                    self.busy = false;
                    self.line.handle_reply(self.now, token, result);
                }
            }
        }
        if self.line.poll_timeout().is_some_and(|at| at <= self.now) {
            self.line.handle_timeout(self.now);
        }
        self.obey();
    }

    pub(crate) fn obey(&mut self) {
        while let Some(output) = self.line.poll_output() {
            match &output {
                LineOutput::Connect => self.connect(),
                LineOutput::Disconnect { .. } => self.connected = false,
                LineOutput::Send { token, unit, request, timeout } => {
                    assert!(!std::mem::replace(&mut self.busy, true), "two requests at once");
                    let (token, unit, timeout) = (*token, *unit, *timeout);
                    let request = request.clone();
                    self.sent.push((self.now, unit, request.clone()));
                    self.serve(token, unit, &request, timeout);
                    continue;
                }
                LineOutput::Points { device, sent, points } => {
                    let is = |p: &PointValue| p.point == self.watched;
                    if points.iter().any(is) {
                        self.units[device.index()].read = Some(*sent);
                    }
                }
                _ => {}
            }
            self.said.push((self.now, output));
        }
    }

    fn connect(&mut self) {
        self.connects += 1;
        if self.mute {
            return;
        }
        if self.away && self.vanished {
            return self.later(CONNECT_MAX, Event::Down("no answer"));
        }
        if self.away {
            return self.later(Millis(2), Event::Down("refused"));
        }
        let takes = match self.way {
            Way::Gateway(latency) => latency,
            Way::Serial(wire) => wire.worst_answer(),
        };
        self.later(takes, Event::Up);
    }

    fn serve(&mut self, token: u64, unit: u8, request: &Request, timeout: Millis) {
        let index = usize::from(unit) - 1;
        let unit = &mut self.units[index];
        let mut late = Millis::ZERO;
        let result = match unit.mood {
            Mood::Dead => Err(Failure::Timeout),
            Mood::HangsUp => {
                self.connected = false;
                return self.later(Millis(3), Event::Down("hung up"));
            }
            Mood::Refuses(code) => Err(Failure::Exception(code)),
            Mood::Well => unit.bank.handle(request).map_err(Failure::Exception),
            Mood::Slow(by) => {
                late = by;
                unit.bank.handle(request).map_err(Failure::Exception)
            }
        };
        let takes = late
            + match self.way {
                Way::Gateway(latency) => latency,
                Way::Serial(wire) => {
                    let answer = result.clone().map_err(|_| ExceptionCode::Busy);
                    let answer = answer_pdu(request.function(), &answer).len();
                    wire.transaction(request_pdu(request).len(), answer)
                }
            };
        if takes >= timeout || result == Err(Failure::Timeout) {
            return self.later(timeout, Event::Reply(token, Err(Failure::Timeout)));
        }
        self.later(takes, Event::Reply(token, result));
    }

    fn later(&mut self, span: Millis, event: Event) {
        self.sequence += 1;
        self.events.insert((self.now + span, self.sequence), event);
    }

    fn sample(&mut self) {
        for unit in &mut self.units {
            if let Some(read) = unit.read {
                unit.ages.push((self.now - read).0);
            }
        }
    }
}
