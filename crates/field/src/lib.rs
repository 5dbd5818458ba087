//! What is said to devices, as values. No socket is opened here: a [`line::Line`] says what to send,
//! the shell sends it, and hands back what came.
//!
//! [`message`] is the Modbus request and its reply; [`map`] turns a profile into requests and replies
//! into point values; [`bank`] is the same profile read backwards, [`device`] the virtual device that
//! this makes;
//! [`traffic`] is what went over a line, as it is recorded, and [`sniff`] what that means; [`guess`]
//! is which model answers, by what it says, and [`decodings`] what unknown words could mean;
//! [`frame`] is the bytes on a connection or a serial line, for the virtual devices' side; [`wire`]
//! is how long they take; [`outputs`] holds digital outputs for as long as a command lives; [`line`]
//! is the schedule of one connection and the health of its units.

pub mod bank;
pub mod decodings;
pub mod device;
pub mod frame;
pub mod guess;
pub mod line;
pub mod map;
pub mod message;
pub mod outputs;
pub mod sniff;
pub mod traffic;
pub mod wire;
mod words;

#[cfg(test)]
#[path = "../tests/common/admitted.rs"]
mod admitted;

pub use map::{DecodeError, DeviceMap, EncodeError, PointValue, Poll, Value};
pub use message::{ExceptionCode, Failure, Reply, Request};
