//! The schedule of one connection and the health of its units, without I/O.
//!
//! ```text
//!   link:  Down ──retry──▶ Connecting ──link_up──▶ Up ──link_down, time-out, misfit──▶ Down
//!   unit:  Identifying ──identity fits──▶ Online ──three failures──▶ Open ──probe──▶ Identifying
//! ```
//!
//! One request is in flight at a time. A command goes before every poll, so it waits for at most the
//! one request that is under way. A unit that fails three times in a row is left alone but for a
//! probe now and then, so a dead unit costs its neighbours one time-out a probe. After a time-out or
//! a misfitting answer the link is dropped, or the late answer would be taken for the next one.

mod unit;

use std::collections::VecDeque;
use std::sync::Arc;

use signal::{Admitted, Command};
use units::{DeviceId, Millis, Moment};

use crate::map::{DeviceMap, PointValue};
use crate::message::{Failure, Reply, Request};
use unit::{Purpose, Unit};
pub use unit::{UnitHealth, UnitState};

/// Commands that may wait on one line: ten units with a demand each second, some seconds long.
const COMMANDS_MAX: usize = 256;

/// The times of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineSettings {
    /// How long an answer may take.
    pub timeout: Millis,
    /// The wait before the first attempt to connect again.
    pub reconnect_first: Millis,
    /// The longest such wait: a gateway that is back is used again within it.
    pub reconnect_max: Millis,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self { timeout: Millis(500), reconnect_first: Millis(200), reconnect_max: Millis(2_000) }
    }
}

/// A unit on the line.
#[derive(Clone, Debug)]
pub struct UnitSettings {
    /// The site's device.
    pub device: DeviceId,
    /// Its number on the line.
    pub unit: u8,
    /// What can be said to it.
    pub map: Arc<DeviceMap>,
}

/// What the line wants, or has found.
#[derive(Clone, PartialEq, Debug)]
pub enum LineOutput {
    /// Connect, and say `link_up` or `link_down`.
    Connect,
    /// Drop the connection.
    Disconnect {
        /// Why.
        reason: String,
    },
    /// Send a request, and hand its reply back with the token.
    Send {
        /// Names the request.
        token: u64,
        /// Which unit.
        unit: u8,
        /// What.
        request: Request,
        /// How long to wait for the answer.
        timeout: Millis,
    },
    /// A device was read.
    Points {
        /// Which.
        device: DeviceId,
        /// When the request was sent: what was read is no older.
        sent: Moment,
        /// What it said.
        points: Vec<PointValue>,
    },
    /// A command was written, or was not.
    Commanded {
        /// Which device.
        device: DeviceId,
        /// The caller's name for the command.
        tag: u64,
        /// Why not.
        result: Result<(), String>,
    },
    /// A unit's state has changed.
    Health {
        /// Which device.
        device: DeviceId,
        /// Its state now.
        state: UnitState,
        /// Why.
        reason: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Link {
    Down { retry: Moment },
    Connecting,
    Up,
}

#[derive(Clone, Debug)]
struct InFlight {
    token: u64,
    unit: usize,
    purpose: Purpose,
    request: Request,
    sent: Moment,
}

#[derive(Clone, Debug)]
struct Waiting {
    unit: usize,
    command: Admitted<Command>,
    deadline: Moment,
    tag: u64,
}

/// One connection and the units on it.
#[derive(Clone, Debug)]
pub struct Line {
    settings: LineSettings,
    units: Vec<Unit>,
    link: Link,
    backoff: Millis,
    in_flight: Option<InFlight>,
    commands: VecDeque<Waiting>,
    outputs: VecDeque<LineOutput>,
    tokens: u64,
    jitter: u64,
}

impl Line {
    /// A line that connects at `now`; `seed` spreads the attempts of many lines.
    #[must_use]
    pub fn new(settings: LineSettings, units: Vec<UnitSettings>, now: Moment, seed: u64) -> Self {
        let mut line = Self {
            settings,
            units: units.into_iter().map(|unit| Unit::new(unit, now)).collect(),
            link: Link::Down { retry: now },
            backoff: settings.reconnect_first,
            in_flight: None,
            commands: VecDeque::new(),
            outputs: VecDeque::new(),
            tokens: 0,
            jitter: seed,
        };
        line.handle_timeout(now);
        line
    }

    /// The connection is up.
    pub fn link_up(&mut self, now: Moment) {
        if self.link != Link::Connecting {
            return;
        }
        self.link = Link::Up;
        for unit in &mut self.units {
            unit.identify_again(now);
        }
        self.next(now);
    }

    /// The connection is gone, or could not be made.
    pub fn link_down(&mut self, now: Moment, reason: &str) {
        if matches!(self.link, Link::Down { .. }) {
            return;
        }
        if let Some(in_flight) = self.in_flight.take() {
            let failure = Failure::Disconnected(reason.to_owned());
            self.failed(now, &in_flight, &failure);
        }
        self.down(now);
    }

    /// Queues a command. It is reported as failed where it was not written by `deadline`.
    pub fn command(
        &mut self,
        now: Moment,
        device: DeviceId,
        command: Admitted<Command>,
        deadline: Moment,
        tag: u64,
    ) {
        let unit = self.units.iter().position(|unit| unit.settings.device == device);
        let Some(unit) = unit.filter(|_| self.commands.len() < COMMANDS_MAX) else {
            let result = Err("no such device on this line, or too many commands wait".to_owned());
            self.outputs.push_back(LineOutput::Commanded { device, tag, result });
            return;
        };
        self.commands.push_back(Waiting { unit, command, deadline, tag });
        self.next(now);
    }

    /// A reply came, or none. A token that is not the one in flight is a late answer: discarded.
    pub fn handle_reply(&mut self, now: Moment, token: u64, result: Result<Reply, Failure>) {
        let Some(in_flight) = self.in_flight.take_if(|in_flight| in_flight.token == token) else {
            return;
        };
        let checked = result.and_then(|reply| {
            let map = &self.units[in_flight.unit].settings.map;
            map.decode(&in_flight.request, &reply).map_err(|e| Failure::Mismatch(e.to_string()))
        });
        match checked {
            Ok(points) => self.answered(now, &in_flight, points),
            Err(failure) => {
                self.failed(now, &in_flight, &failure);
                if !failure.leaves_line_sound() {
                    self.outputs.push_back(LineOutput::Disconnect { reason: failure.to_string() });
                    self.down(now);
                }
            }
        }
        self.next(now);
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Moment) {
        if let Link::Down { retry } = self.link
            && now >= retry
        {
            self.link = Link::Connecting;
            self.outputs.push_back(LineOutput::Connect);
        }
        self.expire_commands(now);
        self.next(now);
    }

    /// When something becomes due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Moment> {
        let commands = self.commands.iter().map(|waiting| waiting.deadline).min();
        match self.link {
            Link::Down { retry } => Some(commands.map_or(retry, |at| at.min(retry))),
            Link::Up if self.in_flight.is_none() => {
                self.units.iter().map(Unit::due).chain(commands).min()
            }
            _ => commands,
        }
    }

    /// What the line wants, in order.
    pub fn poll_output(&mut self) -> Option<LineOutput> {
        self.outputs.pop_front()
    }

    /// The health of the units, in the order they were given.
    pub fn health(&self) -> impl Iterator<Item = (DeviceId, &UnitHealth)> {
        self.units.iter().map(|unit| (unit.settings.device, &unit.health))
    }

    /// Whether the connection is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    fn down(&mut self, now: Moment) {
        self.in_flight = None;
        self.link = Link::Down { retry: now + self.backoff + self.jittered() };
        self.backoff = (self.backoff * 2).min(self.settings.reconnect_max);
    }

    /// Up to a quarter of the back-off, so that many lines do not come back in one moment.
    fn jittered(&mut self) -> Millis {
        self.jitter = self.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let quarter = u64::try_from(self.backoff.0 / 4).unwrap_or(0) + 1;
        Millis(i64::try_from((self.jitter >> 33) % quarter).unwrap_or(0))
    }

    /// Sends what is next, where nothing is in flight.
    fn next(&mut self, now: Moment) {
        while self.link == Link::Up && self.in_flight.is_none() {
            let Some((unit, purpose, request)) = self.choose(now) else {
                return;
            };
            self.tokens += 1;
            let token = self.tokens;
            let number = self.units[unit].settings.unit;
            self.units[unit].health.requests += 1;
            let (send, timeout) = (request.clone(), self.settings.timeout);
            self.outputs.push_back(LineOutput::Send {
                token,
                unit: number,
                request: send,
                timeout,
            });
            self.in_flight = Some(InFlight { token, unit, purpose, request, sent: now });
        }
    }

    fn choose(&mut self, now: Moment) -> Option<(usize, Purpose, Request)> {
        while let Some(at) = self
            .commands
            .iter()
            .position(|w| self.units[w.unit].health.state != UnitState::Identifying)
        {
            let waiting = self.commands.remove(at)?;
            let unit = &self.units[waiting.unit];
            let device = unit.settings.device;
            let result = if unit.health.state == UnitState::Online {
                unit.settings.map.encode(&waiting.command).map_err(|error| error.to_string())
            } else {
                Err("the unit does not answer".to_owned())
            };
            match result.map(|mut requests| requests.pop()) {
                Ok(Some(request)) => {
                    return Some((waiting.unit, Purpose::Command(waiting.tag), request));
                }
                Ok(None) => {}
                Err(reason) => {
                    let (tag, result) = (waiting.tag, Err(reason));
                    self.outputs.push_back(LineOutput::Commanded { device, tag, result });
                }
            }
        }
        // The most overdue poll first, so that none of many units is forgotten.
        let (index, _) = self
            .units
            .iter()
            .enumerate()
            .map(|(index, unit)| (index, unit.due()))
            .filter(|&(_, due)| due <= now)
            .min_by_key(|&(index, due)| (due, index))?;
        let (purpose, request) = self.units[index].next_request(now)?;
        Some((index, purpose, request))
    }

    fn answered(&mut self, now: Moment, in_flight: &InFlight, points: Vec<PointValue>) {
        // An answer shows that the link is sound: the next loss is a first one again.
        self.backoff = self.settings.reconnect_first;
        let unit = &mut self.units[in_flight.unit];
        let device = unit.settings.device;
        let change = unit.answered(now, in_flight.purpose, &points);
        if let Some(reason) = change {
            let state = unit.health.state;
            self.outputs.push_back(LineOutput::Health { device, state, reason });
        }
        if let Purpose::Command(tag) = in_flight.purpose {
            self.outputs.push_back(LineOutput::Commanded { device, tag, result: Ok(()) });
        }
        if !points.is_empty() {
            let sent = in_flight.sent;
            self.outputs.push_back(LineOutput::Points { device, sent, points });
        }
    }

    fn failed(&mut self, now: Moment, in_flight: &InFlight, failure: &Failure) {
        let unit = &mut self.units[in_flight.unit];
        let device = unit.settings.device;
        let opened = unit.failed(now, in_flight.purpose, failure);
        if let Purpose::Command(tag) = in_flight.purpose {
            let result = Err(failure.to_string());
            self.outputs.push_back(LineOutput::Commanded { device, tag, result });
        }
        if opened {
            let (state, reason) = (UnitState::Open, failure.to_string());
            self.outputs.push_back(LineOutput::Health { device, state, reason });
        }
    }

    fn expire_commands(&mut self, now: Moment) {
        let late = |waiting: &Waiting| now >= waiting.deadline;
        while let Some(at) = self.commands.iter().position(late) {
            let Some(waiting) = self.commands.remove(at) else {
                return;
            };
            let device = self.units[waiting.unit].settings.device;
            let result = Err("it could not be written in time".to_owned());
            self.outputs.push_back(LineOutput::Commanded { device, tag: waiting.tag, result });
        }
    }
}
