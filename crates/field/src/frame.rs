//! The bytes of Modbus on the device's side, requests in and replies out: on TCP here, on a serial
//! line in [`rtu`].
//!
//! ```text
//!   transaction 2 │ protocol 2 (0) │ length 2 │ unit 1 │ function 1 │ data …
//! ```
//!
//! The daemon's own side speaks through another library; that the two agree is tested there.

mod pdu;
pub mod rtu;

pub use pdu::{answer as answer_pdu, reply_length, request as request_pdu};

use crate::message::{ExceptionCode, Failure, Reply, Request};

/// Bytes before the unit.
const HEADER: usize = 6;
/// The longest PDU: function and data.
pub const PDU_MAX: usize = 253;
/// The longest frame: header, unit, and a PDU.
pub const FRAME_MAX: usize = HEADER + 1 + PDU_MAX;

/// A request as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// To be repeated in the reply; 0 on a serial line, which has none.
    pub transaction: u16,
    /// Which unit is meant.
    pub unit: u8,
    /// The function's number.
    pub function: u8,
    /// The request, or the exception that answers one that cannot be served.
    pub request: Result<Request, ExceptionCode>,
}

/// What a buffer holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decoded {
    /// Not yet a whole frame.
    Incomplete,
    /// A frame, and how many bytes it took.
    Frame(Incoming, usize),
    /// Bytes that are no Modbus TCP: the connection must be closed.
    Broken(&'static str),
}

/// Looks for a request at the begin of `bytes`.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    let Some((header, rest)) = bytes.split_at_checked(HEADER) else {
        return Decoded::Incomplete;
    };
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let length = usize::from(word(4));
    if word(2) != 0 {
        return Decoded::Broken("the protocol identifier is not 0");
    }
    if length < 2 || HEADER + length > FRAME_MAX {
        return Decoded::Broken("the length is not one of a Modbus frame");
    }
    let Some(body) = rest.get(..length) else {
        return Decoded::Incomplete;
    };
    let (unit, function) = (body[0], body[1]);
    let request = pdu::parse(function, &body[2..]);
    Decoded::Frame(Incoming { transaction: word(0), unit, function, request }, HEADER + length)
}

/// The answer to a request, as whoever asked finds it at the begin of `bytes`, and how many bytes it
/// took; nothing while it is not whole. An answer to another transaction is a misfit like any other:
/// who asks one thing at a time has no use for it.
#[must_use]
pub fn decode_reply(
    bytes: &[u8],
    transaction: u16,
    unit: u8,
    request: &Request,
) -> Option<(Result<Reply, Failure>, usize)> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let length = usize::from(word(4));
    if word(2) != 0 || length < 2 || HEADER + length > FRAME_MAX {
        let misfit = Failure::Mismatch("the bytes are no Modbus TCP".to_owned());
        return Some((Err(misfit), bytes.len()));
    }
    let body = rest.get(..length)?;
    let result = if word(0) != transaction {
        Err(Failure::Mismatch(format!("transaction {} for {transaction}", word(0))))
    } else if body[0] != unit {
        Err(Failure::Mismatch(format!("unit {} for {unit}", body[0])))
    } else {
        pdu::reply(request, &body[1..])
    };
    Some((result, HEADER + length))
}

/// The frame that answers a request.
#[must_use]
pub fn encode(incoming: &Incoming, answer: &Result<Reply, ExceptionCode>) -> Vec<u8> {
    frame(incoming.transaction, incoming.unit, &pdu::answer(incoming.function, answer))
}

/// The frame of a request, as a client sends it.
#[must_use]
pub fn encode_request(transaction: u16, unit: u8, request: &Request) -> Vec<u8> {
    frame(transaction, unit, &pdu::request(request))
}

fn frame(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
    let mut frame = Vec::with_capacity(HEADER + 1 + pdu.len());
    frame.extend(transaction.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(length.to_be_bytes());
    frame.push(unit);
    frame.extend(pdu);
    frame
}
