//! Modbus clients: one task a line, which does what it is told, one order after another. Each order
//! that asks for it gets exactly one answer, within a bounded time.
//!
//! The library has no time-outs and checks answers in debug builds only; both are done here. After a
//! time-out, a misfit or a protocol error the connection is dropped: on TCP every later answer would
//! be off by one, on a serial line a late answer would be taken for the next one. A line of serial
//! frames is in quarantine then: it is listened to until it has been quiet for as long as the worst
//! answer takes, and whatever has come since is thrown away before each request.

pub mod asker;
mod bus;
mod convert;
mod fresh;
pub mod poller;
mod port;
mod rtu;
mod tcp;

use std::time::Duration;

use field::{Failure, Reply, Request};
use tokio::sync::mpsc;
use units::LineId;

pub use port::{Port, SerialPort};

/// Names whom an answer is for: a line of the site, in the life of one engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    /// The line.
    pub line: LineId,
    /// Which engine asks; a reload makes a new one.
    pub epoch: u64,
}

/// What a line is told.
#[derive(Clone, Debug)]
pub enum Order {
    /// Connect, or keep the connection that is there.
    Connect(Address, Duration),
    /// Drop the connection.
    Disconnect,
    /// Send a request and wait for its answer.
    Send {
        /// Who asks.
        address: Address,
        /// The caller's name for the request.
        token: u64,
        /// To which unit.
        unit: u8,
        /// What.
        request: Request,
        /// How long, in real time.
        timeout: Duration,
    },
}

/// What came of an order.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The line is connected.
    Up,
    /// It could not be connected.
    Down(String),
    /// What came of a request.
    Reply {
        /// Its name.
        token: u64,
        /// What came.
        result: Result<Reply, Failure>,
    },
}

/// An outcome and whom it is for.
pub type Answer = (Address, Outcome);

/// A line has one request in flight and a connect or disconnect beside it.
const ORDERS_MAX: usize = 16;

/// Starts a line. It ends when the sender is dropped.
///
/// # Errors
/// Where the thread of a serial line cannot be started.
pub fn spawn(port: Port, answers: mpsc::Sender<Answer>) -> std::io::Result<mpsc::Sender<Order>> {
    let (sender, orders) = mpsc::channel(ORDERS_MAX);
    match port {
        Port::Serial(_) => rtu::spawn_thread(port, orders, answers)?,
        Port::Tcp(_) | Port::RtuOverTcp { .. } => {
            tokio::spawn(bus::run(port, orders, answers));
        }
    }
    Ok(sender)
}
