//! The bytes of Modbus TCP, on the device's side: requests in, replies out.
//!
//! ```text
//!   transaction 2 │ protocol 2 (0) │ length 2 │ unit 1 │ function 1 │ data …
//! ```
//!
//! The daemon's own side speaks through another library; that the two agree is tested end to end.

use crate::message::{ExceptionCode, READ_REGISTERS_MAX, Reply, Request, WRITE_REGISTERS_MAX};

/// Bytes before the unit.
const HEADER: usize = 6;
/// The longest frame: header, unit, and a PDU of 253 bytes.
pub const FRAME_MAX: usize = HEADER + 1 + 253;

/// A request as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// To be repeated in the reply.
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
    let request = parse(function, &body[2..]);
    Decoded::Frame(Incoming { transaction: word(0), unit, function, request }, HEADER + length)
}

/// The frame that answers a request.
#[must_use]
pub fn encode(incoming: &Incoming, answer: &Result<Reply, ExceptionCode>) -> Vec<u8> {
    let mut pdu = Vec::new();
    match answer {
        Err(exception) => pdu.extend([incoming.function | 0x80, exception.code()]),
        Ok(reply) => {
            pdu.push(incoming.function);
            match reply {
                Reply::Holding(words) | Reply::Input(words) => {
                    pdu.push(u8::try_from(words.len() * 2).unwrap_or(u8::MAX));
                    pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
                }
                Reply::WroteRegister { address, value: second }
                | Reply::WroteRegisters { address, count: second } => {
                    pdu.extend(address.to_be_bytes());
                    pdu.extend(second.to_be_bytes());
                }
            }
        }
    }
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
    let mut frame = Vec::with_capacity(HEADER + 1 + pdu.len());
    frame.extend(incoming.transaction.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(length.to_be_bytes());
    frame.push(incoming.unit);
    frame.extend(pdu);
    frame
}

fn parse(function: u8, data: &[u8]) -> Result<Request, ExceptionCode> {
    let word = |at: usize| {
        let pair = data.get(at..at + 2).ok_or(ExceptionCode::IllegalValue)?;
        Ok(u16::from_be_bytes([pair[0], pair[1]]))
    };
    let exactly = |length: usize| {
        if data.len() == length { Ok(()) } else { Err(ExceptionCode::IllegalValue) }
    };
    match function {
        3 | 4 => {
            exactly(4)?;
            let (address, count) = (word(0)?, word(2)?);
            if count == 0 || count > READ_REGISTERS_MAX {
                return Err(ExceptionCode::IllegalValue);
            }
            Ok(if function == 3 {
                Request::ReadHolding { address, count }
            } else {
                Request::ReadInput { address, count }
            })
        }
        6 => {
            exactly(4)?;
            Ok(Request::WriteRegister { address: word(0)?, value: word(2)? })
        }
        16 => {
            let (address, count) = (word(0)?, usize::from(word(2)?));
            let bytes = usize::from(*data.get(4).ok_or(ExceptionCode::IllegalValue)?);
            if count == 0 || count > WRITE_REGISTERS_MAX || bytes != count * 2 {
                return Err(ExceptionCode::IllegalValue);
            }
            exactly(5 + bytes)?;
            let values = data[5..].chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]]));
            Ok(Request::WriteRegisters { address, values: values.collect() })
        }
        _ => Err(ExceptionCode::IllegalFunction),
    }
}
