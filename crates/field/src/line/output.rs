//! What a line wants, and what it has found.

use units::{DeviceId, Millis, Moment};

use super::unit::UnitState;
use crate::map::PointValue;
use crate::message::Request;

/// What the line wants, or has found.
#[derive(Clone, PartialEq, Debug)]
pub enum LineOutput {
    /// Connect, and say `link_up` or `link_down`.
    Connect,
    /// Drop the connection, or the attempt to make one.
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
    /// What became of a command.
    Commanded {
        /// Which device.
        device: DeviceId,
        /// The caller's name for the command.
        tag: u64,
        /// What.
        outcome: CommandOutcome,
    },
    /// A device has started again.
    Rebooted {
        /// Which.
        device: DeviceId,
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

/// What became of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommandOutcome {
    /// The device has taken it.
    Written,
    /// A later one for the same device took its place before it was sent.
    Superseded,
    /// It was not written, or nobody knows whether it was.
    Failed(String),
}
