//! One message between its flags: header, body, checksum, and the escapes around them.
//!
//! ```text
//!   7E │ id 2 │ attributes 2 │ version 1 (2019) │ phone 6 or 10 (2019) │ serial 2 │ parts 4 │ body │ xor │ 7E
//!          attributes: 0-9 length of the body · 10-12 encryption · 13 in parts · 14 edition of 2019
//! ```
//!
//! The checksum does not see zero bytes that were put in or lost: the length is held against the
//! header as well.

use std::fmt;

use crate::body::digits;

/// The longest body: ten bits of its header.
pub const BODY_MAX: usize = 0x3ff;
/// The longest frame without flags and escapes: the longest header, the longest body, the checksum.
pub const FRAME_MAX: usize = 2 + 2 + 1 + 10 + 2 + 4 + BODY_MAX + 1;

pub(crate) const FLAG: u8 = 0x7e;
pub(crate) const ESCAPE: u8 = 0x7d;
/// What follows an escape: for the flag, and for the escape itself.
pub(crate) const ESCAPED_FLAG: u8 = 0x02;
pub(crate) const ESCAPED_ESCAPE: u8 = 0x01;

const ENCRYPTED: u16 = 0b111 << 10;
const IN_PARTS: u16 = 1 << 13;
const EDITION_2019: u16 = 1 << 14;

/// The number that a terminal calls itself by, without its leading zeros: the editions write it in
/// fields of different width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Phone(u128);

impl Phone {
    /// The digits of the widest field.
    pub const DIGITS: usize = 20;

    /// The number written with 1 to 20 decimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = (1..=Self::DIGITS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse().ok().map(Self) } else { None }
    }

    fn of_bcd(bytes: &[u8]) -> Option<Self> {
        let add = |sum, &byte| Some(sum * 100 + u128::from(digits(byte)?));
        bytes.iter().try_fold(0, add).map(Self)
    }

    /// As many decimal digits as `bytes` hold, two a byte; leading ones are lost where it is longer.
    fn to_bcd(self, bytes: &mut [u8]) {
        let mut rest = self.0;
        for byte in bytes.iter_mut().rev() {
            let two = (rest % 100) as u8;
            *byte = ((two / 10) << 4) | (two % 10);
            rest /= 100;
        }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the header is written; bit 14 of each frame says so, whatever came before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The editions of 2011 and 2013: a phone number of 12 digits.
    Y2013,
    /// The edition of 2019: a version, and a phone number of 20 digits.
    Y2019 {
        /// The protocol's version, 1 as yet.
        version: u8,
    },
}

/// A message as it is framed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// What kind of message.
    pub id: u16,
    /// How its header is written.
    pub format: Format,
    /// Who says that it sends it.
    pub phone: Phone,
    /// The sender's number of it.
    pub serial: u16,
    /// Whether its body is encrypted.
    pub encrypted: bool,
    /// Of how many parts which it is, from 1, where the message has several.
    pub part: Option<(u16, u16)>,
    /// What it says, at most [`BODY_MAX`] bytes.
    pub body: Vec<u8>,
}

/// Why bytes between two flags are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameError {
    /// An escape is followed by something else than its two seconds.
    #[error("an escape is followed by {0:#04x}")]
    Escape(u8),
    /// More bytes than a message can have.
    #[error("it is longer than {FRAME_MAX} bytes")]
    TooLong,
    /// Fewer bytes than its header has.
    #[error("it ends within its header")]
    TooShort,
    /// The bytes do not add up to zero.
    #[error("its checksum is {found:#04x}, its bytes add up to {expected:#04x}")]
    Checksum {
        /// What it says.
        found: u8,
        /// What it should say.
        expected: u8,
    },
    /// The header has another length than the body.
    #[error("its header says {said} bytes, there are {there}")]
    Length {
        /// By the header.
        said: usize,
        /// Those that came.
        there: usize,
    },
    /// The phone number has a digit above 9.
    #[error("its phone number has a digit that is none")]
    Phone,
}

impl Frame {
    /// Reads the bytes between two flags, escapes already taken out.
    ///
    /// # Errors
    /// The first thing that is wrong with them; the checksum is looked at before what it protects.
    pub fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes.len() > FRAME_MAX {
            return Err(FrameError::TooLong);
        }
        let (&found, message) = bytes.split_last().ok_or(FrameError::TooShort)?;
        let expected = xor(message);
        if found != expected {
            return Err(FrameError::Checksum { found, expected });
        }
        Self::of_message(message)
    }

    fn of_message(message: &[u8]) -> Result<Self, FrameError> {
        let mut rest = crate::body::Body(message);
        let mut word = || rest.word().ok_or(FrameError::TooShort);
        let (id, attributes) = (word()?, word()?);
        let format = if attributes & EDITION_2019 == 0 {
            Format::Y2013
        } else {
            Format::Y2019 { version: rest.byte().ok_or(FrameError::TooShort)? }
        };
        let phone = rest.take(format.phone_bytes()).ok_or(FrameError::TooShort)?;
        let phone = Phone::of_bcd(phone).ok_or(FrameError::Phone)?;
        let serial = rest.word().ok_or(FrameError::TooShort)?;
        let part = if attributes & IN_PARTS == 0 {
            None
        } else {
            let mut word = || rest.word().ok_or(FrameError::TooShort);
            Some((word()?, word()?))
        };
        let said = usize::from(attributes) & BODY_MAX;
        if said != rest.0.len() {
            return Err(FrameError::Length { said, there: rest.0.len() });
        }
        let encrypted = attributes & ENCRYPTED != 0;
        Ok(Self { id, format, phone, serial, encrypted, part, body: rest.0.to_vec() })
    }

    /// The frame as it goes over the wire, with its flags. A body is cut after [`BODY_MAX`] bytes; what is
    /// marked as encrypted is marked as RSA.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let body = &self.body[..self.body.len().min(BODY_MAX)];
        let mut attributes = body.len() as u16;
        if self.encrypted {
            attributes |= 1 << 10;
        }
        if self.part.is_some() {
            attributes |= IN_PARTS;
        }
        let mut message = Vec::with_capacity(FRAME_MAX);
        message.extend(self.id.to_be_bytes());
        match self.format {
            Format::Y2013 => message.extend(attributes.to_be_bytes()),
            Format::Y2019 { version } => {
                message.extend((attributes | EDITION_2019).to_be_bytes());
                message.push(version);
            }
        }
        let mut phone = [0; 10];
        let phone = &mut phone[..self.format.phone_bytes()];
        self.phone.to_bcd(phone);
        message.extend_from_slice(phone);
        message.extend(self.serial.to_be_bytes());
        if let Some((total, index)) = self.part {
            message.extend(total.to_be_bytes());
            message.extend(index.to_be_bytes());
        }
        message.extend_from_slice(body);
        message.push(xor(&message));
        escaped(&message)
    }
}

impl Format {
    fn phone_bytes(self) -> usize {
        match self {
            Self::Y2013 => 6,
            Self::Y2019 { .. } => 10,
        }
    }
}

fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Between flags, with its escapes.
fn escaped(message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(message.len() + 4);
    bytes.push(FLAG);
    for &byte in message {
        match byte {
            FLAG => bytes.extend([ESCAPE, ESCAPED_FLAG]),
            ESCAPE => bytes.extend([ESCAPE, ESCAPED_ESCAPE]),
            byte => bytes.push(byte),
        }
    }
    bytes.push(FLAG);
    bytes
}
