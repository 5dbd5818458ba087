//! The schedule of one connection and the health of its units, without I/O.
//!
//! ```text
//!   handle_timeout, link_up, link_down, handle_reply, command, switch   →   poll_output, poll_timeout
//! ```
//!
//! One request is in flight at a time. A write goes before every read, so that to a unit that answers
//! it waits for at most the one request that is under way. Reads go by how overdue they are, so that none of many units is
//! forgotten. A unit that fails is left alone more and more (`breaker`). After a time-out or a
//! misfitting answer the connection is dropped, or the late answer would be taken for the next one,
//! and made again at once (`link`): that concerns nobody but the unit that failed. A connection that
//! was lost from outside is no unit's failure; when it is back, every unit is identified again.

mod breaker;
mod link;
mod output;
mod queue;
mod schedule;
mod settings;
mod unit;

use std::collections::VecDeque;

use signal::{Admitted, Command};
use units::{DeviceId, JunctionId, Millis, Moment};

use crate::message::{Failure, Reply, Request};
use link::{Link, Step};
pub use output::{CommandOutcome, LineOutput};
use queue::{Queue, Waiting};
pub use settings::{CONNECT_MAX, LineSettings, UnitSettings};
use unit::{News, Purpose, Unit};
pub use unit::{UnitHealth, UnitState};

/// How much longer than the time-out of a request its outcome may take to be handed back; the line
/// gives it up then by itself. Generous: time may be scaled, and the machine's own delays are not.
const ANSWER_GRACE: Millis = Millis(10_000);

#[derive(Clone, Debug)]
struct InFlight {
    token: u64,
    unit: usize,
    purpose: Purpose,
    request: Request,
    sent: Moment,
    until: Moment,
}

/// A command that waits for the write of its unit's outputs.
#[derive(Clone, Copy, Debug)]
struct Switching {
    unit: usize,
    deadline: Moment,
    tag: u64,
}

/// One connection and the units on it.
#[derive(Clone, Debug)]
pub struct Line {
    settings: LineSettings,
    units: Vec<Unit>,
    link: Link,
    in_flight: Option<InFlight>,
    queue: Queue,
    switching: Vec<Switching>,
    outputs: VecDeque<LineOutput>,
    tokens: u64,
    /// The silence after the last answer is over.
    quiet_until: Moment,
    /// When the next of the units that are dead for long may be probed.
    probe_turn: Moment,
    /// The unit over which we dropped the connection, and since when it has held the line up.
    dropped_over: Option<(usize, Moment)>,
}

impl Line {
    /// A line that connects at `now`; `seed` spreads the attempts of many lines.
    #[must_use]
    pub fn new(settings: LineSettings, units: Vec<UnitSettings>, now: Moment, seed: u64) -> Self {
        let mut line = Self {
            settings,
            units: units.into_iter().map(|unit| Unit::new(unit, now)).collect(),
            link: Link::new(settings, now + settings.first, seed),
            in_flight: None,
            queue: Queue::default(),
            switching: Vec::new(),
            outputs: VecDeque::new(),
            tokens: 0,
            quiet_until: now,
            probe_turn: now,
            dropped_over: None,
        };
        line.handle_timeout(now);
        line
    }

    /// The connection is up.
    pub fn link_up(&mut self, now: Moment) {
        let Some(lost) = self.link.up() else {
            return;
        };
        if let Some((unit, since)) = self.dropped_over.take() {
            self.units[unit].breaker.charge(now, since);
            self.take_turn(now, unit);
        }
        if lost {
            let crowded = self.units.len() > 1;
            self.units.iter_mut().for_each(|unit| unit.identify_again(now, crowded));
        }
        self.next(now);
    }

    /// The connection is gone, or could not be made.
    pub fn link_down(&mut self, now: Moment, reason: &str) {
        if !self.link.is_down() {
            self.lose(now, reason);
        }
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
        let Some(unit) = self.unit_of(device) else {
            return self.commanded(device, tag, failed("no such device on this line"));
        };
        match self.queue.push(Waiting { unit, command, deadline, tag }) {
            Ok(superseded) => {
                for old in superseded {
                    self.commanded(device, old.tag, CommandOutcome::Superseded);
                }
            }
            Err(_) => self.commanded(device, tag, failed("too many commands wait")),
        }
        self.next(now);
    }

    /// Raises or drops what a command for a junction means on a device's digital outputs. It is
    /// reported as failed where the outputs were not written by `deadline`.
    pub fn switch(
        &mut self,
        now: Moment,
        device: DeviceId,
        junction: JunctionId,
        command: &Admitted<Command>,
        deadline: Moment,
        tag: u64,
    ) {
        let Some(index) = self.unit_of(device) else {
            return self.commanded(device, tag, failed("no such device on this line"));
        };
        let unit = &mut self.units[index];
        let refused = match unit.health.state {
            UnitState::Open => Some("the unit does not answer"),
            UnitState::Unguarded if *command.get() != Command::Release => {
                Some("its watchdog or fail-safe is not as it must be")
            }
            UnitState::Unguarded | UnitState::Identifying | UnitState::Online => None,
        };
        // A release holds even where it cannot be written yet: nothing stays raised for later.
        if (refused.is_none() || *command.get() == Command::Release)
            && let Err(why) = unit.board.tell(now, junction, command)
        {
            return self.commanded(device, tag, failed(&why));
        }
        if let Some(why) = refused {
            self.commanded(device, tag, failed(why));
            return self.next(now);
        }
        self.switching.push(Switching { unit: index, deadline, tag });
        self.settle(now, index);
        self.next(now);
    }

    /// A reply came, or none. A token that is not the one in flight is a late answer: discarded.
    pub fn handle_reply(&mut self, now: Moment, token: u64, result: Result<Reply, Failure>) {
        let Some(in_flight) = self.in_flight.take_if(|in_flight| in_flight.token == token) else {
            return;
        };
        self.conclude(now, &in_flight, result);
        self.next(now);
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Moment) {
        match self.link.step(now) {
            Step::Connect => self.outputs.push_back(LineOutput::Connect),
            Step::GiveUp => {
                let reason = format!("not connected within {}", self.settings.connect_give_up);
                self.outputs.push_back(LineOutput::Disconnect { reason: reason.clone() });
                self.lose(now, &reason);
            }
            Step::Nothing => {}
        }
        if let Some(in_flight) = self.in_flight.take_if(|in_flight| now >= in_flight.until) {
            self.conclude(now, &in_flight, Err(Failure::Timeout));
        }
        self.expire(now);
        self.next(now);
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
        self.link.is_up()
    }

    /// Takes the outcome of a request.
    fn conclude(&mut self, now: Moment, in_flight: &InFlight, result: Result<Reply, Failure>) {
        self.quiet_until = now + self.settings.gap;
        if let Err(Failure::Disconnected(reason)) = result {
            // Nobody's failure: it is put back before the loss is dealt with.
            self.in_flight = Some(in_flight.clone());
            self.outputs.push_back(LineOutput::Disconnect { reason: reason.clone() });
            return self.lose(now, &reason);
        }
        let checked = result.and_then(|reply| {
            let map = &self.units[in_flight.unit].settings.map;
            let points = map.decode(&in_flight.request, &reply);
            points.map_err(|error| Failure::Mismatch(error.to_string()))
        });
        match checked {
            Ok(points) => self.answered(now, in_flight, points),
            Err(failure) => {
                self.failed(now, in_flight, &failure);
                if !failure.leaves_line_sound() {
                    self.outputs.push_back(LineOutput::Disconnect { reason: failure.to_string() });
                    self.dropped_over = Some((in_flight.unit, in_flight.sent));
                    self.link.dropped(now);
                    if self.link.step(now) == Step::Connect {
                        self.outputs.push_back(LineOutput::Connect);
                    }
                }
            }
        }
    }

    fn answered(&mut self, now: Moment, in_flight: &InFlight, points: Vec<crate::map::PointValue>) {
        self.link.proved();
        let unit = &mut self.units[in_flight.unit];
        let device = unit.settings.device;
        let is_back = unit.breaker.is_open();
        let news = unit.answered(now, in_flight.sent, &in_flight.purpose, &points);
        let state = unit.health.state;
        if is_back && state != UnitState::Open {
            self.units.iter_mut().for_each(|unit| unit.breaker.hope());
        }
        for piece in news {
            self.outputs.push_back(match piece {
                News::Rebooted => LineOutput::Rebooted { device },
                News::State(reason) => LineOutput::Health { device, state, reason },
            });
        }
        match in_flight.purpose {
            Purpose::Command(tag) => self.commanded(device, tag, CommandOutcome::Written),
            Purpose::Outputs(_) => self.settle(now, in_flight.unit),
            Purpose::Identity(_) | Purpose::Poll(..) | Purpose::Clear => {}
        }
        if !points.is_empty() {
            let sent = in_flight.sent;
            self.outputs.push_back(LineOutput::Points { device, sent, points });
        }
    }

    fn failed(&mut self, now: Moment, in_flight: &InFlight, failure: &Failure) {
        let unit = &mut self.units[in_flight.unit];
        let device = unit.settings.device;
        let opened = unit.failed(now, in_flight.sent, &in_flight.purpose, failure);
        self.take_turn(now, in_flight.unit);
        match in_flight.purpose {
            Purpose::Command(tag) => self.commanded(device, tag, failed(&failure.to_string())),
            // A unit that refuses its outputs would be asked for them again at once.
            Purpose::Outputs(_) => self.drop_switching(in_flight.unit, &failure.to_string()),
            Purpose::Identity(_) | Purpose::Poll(..) | Purpose::Clear => {}
        }
        if opened {
            let (state, reason) = (UnitState::Open, failure.to_string());
            self.outputs.push_back(LineOutput::Health { device, state, reason });
        }
    }

    /// The connection was lost from outside, or could not be made.
    fn lose(&mut self, now: Moment, reason: &str) {
        let crowded = self.units.len() > 1;
        if let Some((unit, _)) = self.dropped_over.take() {
            // It could not be made again: what did not answer was the line, not the unit.
            self.units[unit].breaker.forgive();
        }
        if let Some(in_flight) = self.in_flight.take() {
            let unit = &mut self.units[in_flight.unit];
            let device = unit.settings.device;
            if unit.lost(now, &in_flight.purpose, crowded) {
                let reason = format!("the connection goes whenever it is asked: {reason}");
                unit.health.last_failure = Some(reason.clone());
                let state = UnitState::Open;
                self.outputs.push_back(LineOutput::Health { device, state, reason });
            }
            if let Purpose::Command(tag) = in_flight.purpose {
                self.commanded(device, tag, failed(&format!("disconnected: {reason}")));
            }
            self.take_turn(now, in_flight.unit);
        }
        for unit in &mut self.units {
            if matches!(unit.health.state, UnitState::Online | UnitState::Unguarded) {
                unit.health.state = UnitState::Identifying;
                let (device, state) = (unit.settings.device, unit.health.state);
                let reason = format!("disconnected: {reason}");
                self.outputs.push_back(LineOutput::Health { device, state, reason });
            }
        }
        self.link.lose(now);
    }

    /// A unit has held the line up; where it takes turns, the next is later.
    fn take_turn(&mut self, now: Moment, unit: usize) {
        if let Some(share) = self.units[unit].breaker.share() {
            self.probe_turn = self.probe_turn.max(now + share);
        }
    }

    fn unit_of(&self, device: DeviceId) -> Option<usize> {
        self.units.iter().position(|unit| unit.settings.device == device)
    }

    fn commanded(&mut self, device: DeviceId, tag: u64, outcome: CommandOutcome) {
        self.outputs.push_back(LineOutput::Commanded { device, tag, outcome });
    }
}

fn failed(why: &str) -> CommandOutcome {
    CommandOutcome::Failed(why.to_owned())
}
