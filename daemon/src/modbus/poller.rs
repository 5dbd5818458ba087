//! Lines that are polled without an engine, as the control loop polls its own: the same schedule, the
//! same tasks, the same answers. For measuring them.

use std::collections::BTreeSet;
use std::time::Duration;

use field::Request;
use field::line::{CommandOutcome, Line, LineOutput, UnitState};
use signal::{Admitted, Command};
use tokio::sync::mpsc;
use units::{DeviceId, LineId, Millis, Moment};

use super::{Address, Answer, Order, Outcome, Port, spawn};
use crate::clock::Clock;

/// Answers that may wait: each line has one request under way.
const ANSWERS_MAX: usize = 4_096;
/// How long a connection may take.
const CONNECT_IN: Duration = Duration::from_secs(2);
/// A command that is not written within this is given up.
const COMMAND_IN: Millis = Millis(2_000);

/// What was measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// A reading came, so many microseconds after it was due.
    Read(u64),
    /// A request of a command left, so many microseconds after it was given.
    Wrote(u64),
    /// A command was taken, so many microseconds after it was given.
    Taken(u64),
    /// A request or a command failed.
    Failed,
    /// A unit is read now.
    Online,
}

struct Polled {
    line: Line,
    orders: mpsc::Sender<Order>,
    due: Option<Moment>,
    /// When what is under way ought to have left, microseconds.
    wanted: u64,
    /// When the last command was given.
    given: u64,
}

/// Lines, and the tasks that serve them.
pub struct Poller {
    clock: Clock,
    lines: Vec<Polled>,
    answers: mpsc::Receiver<Answer>,
    agenda: BTreeSet<(Moment, usize)>,
    tags: u64,
}

impl Poller {
    /// Starts a task for each line; `line` makes the one of an index.
    ///
    /// # Errors
    /// Where a task cannot be started.
    pub fn start(ports: Vec<Port>, line: impl Fn(usize, Moment) -> Line) -> std::io::Result<Self> {
        let clock = Clock::start(1.0, "UTC");
        let (sender, answers) = mpsc::channel(ANSWERS_MAX);
        let mut lines = Vec::with_capacity(ports.len());
        let mut agenda = BTreeSet::new();
        for (index, port) in ports.into_iter().enumerate() {
            let orders = spawn(port, sender.clone())?;
            let now = clock.now();
            let line = line(index, now);
            lines.push(Polled { line, orders, due: Some(now), wanted: 0, given: 0 });
            agenda.insert((now, index));
        }
        Ok(Self { clock, lines, answers, agenda, tags: 0 })
    }

    /// Polls for a span, and tells of all that was seen.
    pub async fn run(&mut self, span: Duration, see: &mut impl FnMut(Seen)) {
        let end = self.clock.instant(self.clock.now()) + span;
        loop {
            self.due(see);
            let next = self.agenda.first().map(|(due, _)| self.clock.instant(*due));
            let until = next.unwrap_or(end).min(end);
            tokio::select! {
                biased;
                answer = self.answers.recv() => {
                    let Some(answer) = answer else { return };
                    self.take(answer, see);
                    // What came in the same instant is taken with it, before anybody sleeps.
                    while let Ok(answer) = self.answers.try_recv() {
                        self.take(answer, see);
                    }
                }
                () = tokio::time::sleep_until(until) => {
                    if until == end {
                        return;
                    }
                }
            }
        }
    }

    /// Gives a line a command.
    pub fn command(
        &mut self,
        index: usize,
        device: DeviceId,
        command: Admitted<Command>,
        see: &mut impl FnMut(Seen),
    ) {
        let now = self.clock.now();
        self.tags += 1;
        let tag = self.tags;
        if let Some(polled) = self.lines.get_mut(index) {
            polled.given = self.clock.micros();
            polled.line.command(now, device, command, now + COMMAND_IN, tag);
            self.drain(index, None, see);
        }
    }

    fn due(&mut self, see: &mut impl FnMut(Seen)) {
        let now = self.clock.now();
        while let Some(&(due, index)) = self.agenda.first().filter(|(due, _)| *due <= now) {
            self.lines[index].line.handle_timeout(now);
            self.drain(index, Some(due), see);
            if self.agenda.first() == Some(&(due, index)) {
                // It wants nothing new yet: it is asked again a millisecond later, not for ever now.
                self.set(index, Some(now + Millis(1)));
            }
        }
    }

    fn take(&mut self, (address, outcome): Answer, see: &mut impl FnMut(Seen)) {
        let (now, index) = (self.clock.now(), address.line.index());
        let line = &mut self.lines[index].line;
        match outcome {
            Outcome::Up => line.link_up(now),
            Outcome::Down(reason) => line.link_down(now, &reason),
            Outcome::Reply { token, result } => {
                if result.is_err() {
                    see(Seen::Failed);
                }
                line.handle_reply(now, token, result);
            }
        }
        self.drain(index, None, see);
    }

    /// Does what a line wants; `due` is when it wanted it, where that was a moment ago.
    fn drain(&mut self, index: usize, due: Option<Moment>, see: &mut impl FnMut(Seen)) {
        let micros = self.clock.micros();
        let polled = &mut self.lines[index];
        while let Some(output) = polled.line.poll_output() {
            let address = Address { line: LineId::from_index(index), epoch: 0 };
            let order = match output {
                LineOutput::Connect => Order::Connect(address, CONNECT_IN),
                LineOutput::Disconnect { .. } => Order::Disconnect,
                LineOutput::Send { token, unit, request, timeout } => {
                    let is_command = matches!(request, Request::WriteRegisters { .. });
                    if is_command {
                        see(Seen::Wrote(micros.saturating_sub(polled.given)));
                    }
                    let due = due.map_or(micros, |due| u64::try_from(due.0).unwrap_or(0) * 1_000);
                    polled.wanted = due.min(micros);
                    let timeout = self.clock.real(timeout);
                    Order::Send { address, token, unit, request, timeout }
                }
                LineOutput::Points { .. } => {
                    see(Seen::Read(micros.saturating_sub(polled.wanted)));
                    continue;
                }
                LineOutput::Commanded { outcome: CommandOutcome::Written, .. } => {
                    see(Seen::Taken(micros.saturating_sub(polled.given)));
                    continue;
                }
                LineOutput::Commanded { .. } => {
                    see(Seen::Failed);
                    continue;
                }
                LineOutput::Health { state: UnitState::Online, .. } => {
                    see(Seen::Online);
                    continue;
                }
                LineOutput::Health { .. } | LineOutput::Rebooted { .. } => continue,
            };
            // A line has room for what it may order: one request, a connect and a disconnect.
            let _ = polled.orders.try_send(order);
        }
        let next = polled.line.poll_timeout();
        self.set(index, next);
    }

    fn set(&mut self, index: usize, due: Option<Moment>) {
        let known = std::mem::replace(&mut self.lines[index].due, due);
        if known == due {
            return;
        }
        if let Some(known) = known {
            self.agenda.remove(&(known, index));
        }
        if let Some(due) = due {
            self.agenda.insert((due, index));
        }
    }
}
