//! The bytes of Modbus RTU, on the device's side.
//!
//! ```text
//!   unit 1 │ function 1 │ data … │ CRC 2, low byte first │ silence of 3.5 characters
//! ```
//!
//! A frame has no length of its own: it ends with silence. [`Framer`] collects what comes; whoever
//! owns the clock tells it of the silence. What fails its CRC is noise, and nobody answers noise.

use super::{Incoming, PDU_MAX, pdu};
use crate::message::{ExceptionCode, Failure, Reply, Request};

/// The longest frame: unit, PDU, CRC.
pub const FRAME_MAX: usize = 1 + PDU_MAX + 2;
/// The shortest: unit, function, CRC.
const FRAME_MIN: usize = 4;

/// Why a burst of bytes is no frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Noise {
    /// Too few bytes, or too many.
    Length(usize),
    /// The CRC does not fit.
    Crc,
}

/// Reads a burst between two silences.
///
/// # Errors
/// Why it is no frame.
pub fn decode(burst: &[u8]) -> Result<Incoming, Noise> {
    if !(FRAME_MIN..=FRAME_MAX).contains(&burst.len()) {
        return Err(Noise::Length(burst.len()));
    }
    let (body, sum) = burst.split_at(burst.len() - 2);
    if crc(body).to_le_bytes() != sum {
        return Err(Noise::Crc);
    }
    let (unit, function) = (body[0], body[1]);
    Ok(Incoming { transaction: 0, unit, function, request: pdu::parse(function, &body[2..]) })
}

/// The answer to a request, as a burst between two silences.
///
/// # Errors
/// The exception that it is, or what does not fit.
pub fn decode_reply(burst: &[u8], unit: u8, request: &Request) -> Result<Reply, Failure> {
    if !(FRAME_MIN..=FRAME_MAX).contains(&burst.len()) {
        return Err(Failure::Mismatch(format!("{} bytes are no frame", burst.len())));
    }
    let (body, sum) = burst.split_at(burst.len() - 2);
    if crc(body).to_le_bytes() != sum {
        return Err(Failure::Mismatch("the check sum does not fit".to_owned()));
    }
    if body[0] != unit {
        return Err(Failure::Mismatch(format!("unit {} for {unit}", body[0])));
    }
    pdu::reply(request, &body[1..])
}

/// Whether a burst can be no longer: it is as long as the answer, or an exception that is whole.
#[must_use]
pub fn is_whole_reply(burst: &[u8], request: &Request) -> bool {
    let exception = burst.len() == FRAME_MIN + 1 && burst[1] & 0x80 != 0;
    exception || burst.len() >= pdu::reply_length(request) + 3
}

/// The frame that answers a request.
#[must_use]
pub fn encode(incoming: &Incoming, answer: &Result<Reply, ExceptionCode>) -> Vec<u8> {
    frame(incoming.unit, &pdu::answer(incoming.function, answer))
}

/// The frame of a request, as a client sends it.
#[must_use]
pub fn encode_request(unit: u8, request: &Request) -> Vec<u8> {
    frame(unit, &pdu::request(request))
}

/// Puts the CRC of what is before it into a frame's last two bytes.
pub fn seal(frame: &mut [u8]) {
    if let Some(at) = frame.len().checked_sub(2) {
        let sum = crc(&frame[..at]).to_le_bytes();
        frame[at..].copy_from_slice(&sum);
    }
}

/// CRC-16 of Modbus: polynomial 0x8005 reflected, begun at 0xffff (Modbus over Serial Line V1.02,
/// unverified). It finds every error of one, two or three bits in a frame.
#[must_use]
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |sum, &byte| {
        (0..8).fold(
            sum ^ u16::from(byte),
            |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xa001 } else { sum >> 1 }
            },
        )
    })
}

/// Collects bytes until silence makes a frame of them.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    burst: Vec<u8>,
    /// More came than any frame has: all of it is noise until the next silence.
    overrun: usize,
}

impl Framer {
    /// Bytes came.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = FRAME_MAX - self.burst.len();
        let (fits, over) = bytes.split_at(bytes.len().min(room));
        self.burst.extend(fits);
        self.overrun += over.len();
    }

    /// Whether bytes wait for silence.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.burst.is_empty()
    }

    /// Whether what has come is a request that is whole by its function's length and by its CRC. A
    /// way that does not keep silences, as TCP, must go by this.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let [_, function, data @ ..] = &self.burst[..] else {
            return false;
        };
        let length = pdu::data_length(*function, data).map(|data| data + FRAME_MIN);
        self.overrun == 0 && length == Some(self.burst.len()) && decode(&self.burst).is_ok()
    }

    /// Silence: what has come is a frame, or noise; nothing where nothing has come.
    pub fn silence(&mut self) -> Option<Result<Incoming, Noise>> {
        if self.burst.is_empty() {
            return None;
        }
        let burst = std::mem::take(&mut self.burst);
        let overrun = std::mem::take(&mut self.overrun);
        if overrun > 0 {
            return Some(Err(Noise::Length(burst.len() + overrun)));
        }
        Some(decode(&burst))
    }
}

fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(pdu.len() + 3);
    frame.push(unit);
    frame.extend(pdu);
    frame.extend([0, 0]);
    seal(&mut frame);
    frame
}
