//! The lines of the site that runs, and the tasks that serve them. A line whose port is the same
//! after a reload keeps its task, and with it its connection.

use std::time::Duration;

use field::Request;
use scenario::{LineSite, Site};
use tokio::sync::mpsc;
use units::{LineId, Millis};

use crate::clock::Clock;
use crate::modbus::{self, Address, Answer, Order, Port};

/// Answers that may wait for the loop: one request a line is in flight, so this many lines can
/// answer in one moment without one of them waiting.
const ANSWERS_MAX: usize = 4_096;
/// How long a connection may take to be made: beyond, an embedded gateway is not coming back in this
/// attempt.
const CONNECT_IN: Millis = Millis(2_000);
/// The shortest real time for an answer or a connection, whatever the clock's speed: the machine's
/// own scheduling is not scaled with the street.
const REAL_MIN: Duration = Duration::from_millis(50);

struct Line {
    name: String,
    port: Port,
    orders: mpsc::Sender<Order>,
}

/// The open lines, indexed by [`LineId`].
pub(super) struct Ports {
    lines: Vec<Line>,
    answers: mpsc::Sender<Answer>,
}

/// How a reload changed the lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Change {
    pub(super) kept: usize,
    pub(super) opened: usize,
    pub(super) closed: usize,
}

impl Ports {
    /// Starts a task for every line of the site; none connects before it is told to.
    pub(super) fn open(
        site: &Site,
        clock: &Clock,
    ) -> std::io::Result<(Self, mpsc::Receiver<Answer>)> {
        let (answers, inbox) = mpsc::channel(ANSWERS_MAX);
        let mut ports = Self { lines: Vec::new(), answers };
        ports.change_to(site, clock)?;
        Ok((ports, inbox))
    }

    /// Goes over to the lines of another site: equal ports keep their tasks.
    ///
    /// # Errors
    /// Where a task cannot be started; then nothing was changed.
    pub(super) fn change_to(&mut self, site: &Site, clock: &Clock) -> std::io::Result<Change> {
        let mut opened = Vec::new();
        for row in &site.lines {
            let port = port(row, clock);
            if !self.lines.iter().any(|line| line.port == port) {
                let orders = modbus::spawn(port.clone(), self.answers.clone())?;
                opened.push((port, orders));
            }
        }
        let mut change = Change { opened: opened.len(), ..Change::default() };
        let mut old = std::mem::take(&mut self.lines);
        for row in &site.lines {
            let port = port(row, clock);
            let orders = if let Some(at) = old.iter().position(|line| line.port == port) {
                change.kept += 1;
                old.swap_remove(at).orders
            } else if let Some(at) = opened.iter().position(|(of, _)| *of == port) {
                opened.swap_remove(at).1
            } else {
                // The reader of sites refuses a port that is given twice.
                modbus::spawn(port.clone(), self.answers.clone())?
            };
            self.lines.push(Line { name: row.name.clone(), port, orders });
        }
        change.closed = old.len();
        Ok(change)
    }

    /// The line's name in the site.
    pub(super) fn name(&self, line: LineId) -> &str {
        &self.lines[line.index()].name
    }

    /// Each gives the line back where it takes no orders: it is stuck or gone.
    pub(super) fn connect(&self, line: LineId, epoch: u64, clock: &Clock) -> Option<LineId> {
        let timeout = clock.real(CONNECT_IN).max(REAL_MIN);
        self.order(line, Order::Connect(Address { line, epoch }, timeout))
    }

    pub(super) fn disconnect(&self, line: LineId) -> Option<LineId> {
        self.order(line, Order::Disconnect)
    }

    pub(super) fn send(
        &self,
        line: LineId,
        epoch: u64,
        token: u64,
        unit: u8,
        request: Request,
        timeout: Duration,
    ) -> Option<LineId> {
        let address = Address { line, epoch };
        let timeout = timeout.max(REAL_MIN);
        self.order(line, Order::Send { address, token, unit, request, timeout })
    }

    fn order(&self, line: LineId, order: Order) -> Option<LineId> {
        self.lines[line.index()].orders.try_send(order).is_err().then_some(line)
    }
}

fn port(line: &LineSite, clock: &Clock) -> Port {
    Port::of(&line.transport, |span| clock.real(span))
}
