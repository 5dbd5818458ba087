//! Whose turn it is on a line, and what has waited for too long.

use signal::Command;
use units::Moment;

use super::breaker::Crowd;
use super::queue::Waiting;
use super::unit::{Purpose, Unit};
use super::{CommandOutcome, InFlight, Line, LineOutput, UnitState, failed};
use crate::message::Request;

impl Line {
    /// When something becomes due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Moment> {
        let waiting = self.switching.iter().map(|switching| switching.deadline);
        let patience = self.in_flight.iter().map(|in_flight| in_flight.until);
        let turn = (self.link.is_up() && self.in_flight.is_none()).then(|| self.turn());
        let own = self.link.poll_timeout().into_iter().chain(turn.flatten());
        own.chain(waiting).chain(patience).chain(self.queue.deadline()).min()
    }

    /// Sends what is next, where nothing is in flight.
    pub(super) fn next(&mut self, now: Moment) {
        if !self.link.is_up() || self.in_flight.is_some() || now < self.quiet_until {
            return;
        }
        let Some((unit, purpose, request)) = self.choose(now) else {
            return;
        };
        self.tokens += 1;
        let (token, timeout) = (self.tokens, self.settings.timeout);
        self.units[unit].health.requests += 1;
        let number = self.units[unit].settings.unit;
        let send = request.clone();
        self.outputs.push_back(LineOutput::Send { token, unit: number, request: send, timeout });
        let until = now + timeout + super::ANSWER_GRACE;
        self.in_flight = Some(InFlight { token, unit, purpose, request, sent: now, until });
    }

    /// Reports the commands of a unit whose outputs are as they are to be.
    pub(super) fn settle(&mut self, now: Moment, unit: usize) {
        let is_online = self.units[unit].health.state == UnitState::Online;
        if is_online && self.units[unit].board.is_settled(now) {
            let device = self.units[unit].settings.device;
            for tag in self.take_switching(|switching| switching.unit == unit) {
                self.commanded(device, tag, CommandOutcome::Written);
            }
        }
    }

    pub(super) fn drop_switching(&mut self, unit: usize, why: &str) {
        let device = self.units[unit].settings.device;
        for tag in self.take_switching(|switching| switching.unit == unit) {
            self.commanded(device, tag, failed(why));
        }
    }

    /// Reports what could not be written in time.
    pub(super) fn expire(&mut self, now: Moment) {
        const LATE: &str = "it could not be written in time";
        while let Some(waiting) = self.queue.take(|waiting| now >= waiting.deadline) {
            let device = self.units[waiting.unit].settings.device;
            self.commanded(device, waiting.tag, failed(LATE));
        }
        for unit in 0..self.units.len() {
            let device = self.units[unit].settings.device;
            for tag in self.take_switching(|s| s.unit == unit && now >= s.deadline) {
                self.commanded(device, tag, failed(LATE));
            }
        }
    }

    fn take_switching(&mut self, which: impl Fn(&super::Switching) -> bool) -> Vec<u64> {
        let tags = self.switching.iter().filter(|s| which(s)).map(|s| s.tag).collect();
        self.switching.retain(|switching| !which(switching));
        tags
    }

    /// When the line will next have something to send.
    fn turn(&self) -> Option<Moment> {
        // What is due already was not sent only because of the silence after the last answer.
        let now = self.quiet_until;
        let census = self.census();
        let reads = self.units.iter().map(|unit| unit.due(now, crowd(unit, census)));
        let writes = self.queue.iter().filter(|waiting| self.may_go(waiting));
        let writable = |unit: &Unit| unit.writable(crowd(unit, census));
        let writes = writes.map(|waiting| writable(&self.units[waiting.unit]));
        reads.chain(writes).min().map(|due| due.max(self.quiet_until))
    }

    fn choose(&mut self, now: Moment) -> Option<(usize, Purpose, Request)> {
        while let Some(waiting) = self.take_command(now) {
            match self.encode(&waiting) {
                Ok(request) => {
                    return Some((waiting.unit, Purpose::Command(waiting.tag), request));
                }
                Err(why) => {
                    let device = self.units[waiting.unit].settings.device;
                    self.commanded(device, waiting.tag, failed(&why));
                }
            }
        }
        let census = self.census();
        let writable = |at: &usize| {
            let unit = &self.units[*at];
            unit.writable(crowd(unit, census)) <= now
        };
        let mut ready = (0..self.units.len()).filter(writable);
        if let Some((at, (purpose, request))) =
            ready.find_map(|at| self.units[at].output_request(now).map(|write| (at, write)))
        {
            return Some((at, purpose, request));
        }
        let due = |(at, unit): (usize, &Unit)| (unit.due(now, crowd(unit, census)), at);
        let (_, at) = self.units.iter().enumerate().map(due).filter(|&(at, _)| at <= now).min()?;
        let (purpose, request) = self.units[at].next_read(now)?;
        Some((at, purpose, request))
    }

    fn take_command(&mut self, now: Moment) -> Option<Waiting> {
        let (units, census) = (&self.units, self.census());
        let may_go = |waiting: &Waiting| {
            let unit = &units[waiting.unit];
            unit.health.state != UnitState::Identifying && unit.writable(crowd(unit, census)) <= now
        };
        self.queue.take(may_go)
    }

    /// Whether a command can leave as soon as its unit may be written to.
    fn may_go(&self, waiting: &Waiting) -> bool {
        self.units[waiting.unit].health.state != UnitState::Identifying
    }

    fn encode(&self, waiting: &Waiting) -> Result<Request, String> {
        let unit = &self.units[waiting.unit];
        match unit.health.state {
            UnitState::Open => return Err("the unit does not answer".to_owned()),
            UnitState::Unguarded if *waiting.command.get() != Command::Release => {
                return Err("its watchdog or fail-safe is not as it must be".to_owned());
            }
            _ => {}
        }
        unit.settings.map.encode(&waiting.command).map_err(|error| error.to_string())
    }

    /// How many units answer, and when the next of the patient may be probed.
    fn census(&self) -> (i64, Moment) {
        let answering = self.units.iter().fold(0, |count, unit| count + i64::from(answers(unit)));
        (answering, self.probe_turn)
    }
}

fn answers(unit: &Unit) -> bool {
    matches!(unit.health.state, UnitState::Online | UnitState::Unguarded)
}

/// How the line fares beside a unit.
fn crowd(unit: &Unit, (answering, turn): (i64, Moment)) -> Crowd {
    Crowd { healthy: answering > i64::from(answers(unit)), turn }
}
