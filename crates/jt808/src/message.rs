//! What a frame says.

use crate::body::{Body, ascii};
use crate::frame::{Format, Frame};
use crate::location::{Batch, Location};
use crate::plate::plate_text;

pub(crate) const HEARTBEAT: u16 = 0x0002;
pub(crate) const LOG_OFF: u16 = 0x0003;
pub(crate) const REGISTER: u16 = 0x0100;
pub(crate) const AUTHENTICATE: u16 = 0x0102;
pub(crate) const LOCATION: u16 = 0x0200;
pub(crate) const BATCH: u16 = 0x0704;

/// A message of a terminal.
#[derive(Clone, PartialEq, Debug)]
pub enum Message {
    /// It asks to be known.
    Register(Registration),
    /// It shows the code that it was given.
    Authenticate {
        /// The code.
        code: String,
        /// Its device's number, in the edition of 2019.
        imei: Option<String>,
        /// Its software's version, in the edition of 2019.
        software: Option<String>,
    },
    /// It is still there.
    Heartbeat,
    /// It is known no more.
    LogOff,
    /// Where it is.
    Location(Location),
    /// Where it was.
    Batch(Batch),
    /// Something else, by its number.
    Other(u16),
}

/// The edition that a registration is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edition {
    /// Of 2011.
    Y2011,
    /// Of 2013.
    Y2013,
    /// Of 2019.
    Y2019,
}

/// A terminal's registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// By its length and its header; 2011 with a plate of more than twelve bytes looks like 2013.
    pub edition: Edition,
    /// The province's number.
    pub province: u16,
    /// The city's.
    pub city: u16,
    /// Who made it.
    pub maker: String,
    /// The terminal's model.
    pub model: String,
    /// The terminal's own number.
    pub terminal: String,
    /// The plate's colour: 0 none, 1 blue, 2 yellow, 3 black, 4 white, 9 other (*unverified*).
    pub colour: u8,
    /// The vehicle's plate.
    pub plate: String,
}

/// A body that is not what its message's number says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the body of message {id:#06x} is not whole: {bytes} bytes")]
pub struct BodyError {
    /// The message's number.
    pub id: u16,
    /// How long its body is.
    pub bytes: usize,
}

impl Message {
    /// What a frame says.
    ///
    /// # Errors
    /// Where the body is not what the number says.
    pub fn of(frame: &Frame) -> Result<Self, BodyError> {
        let body = &frame.body;
        let message = match frame.id {
            HEARTBEAT => Some(Self::Heartbeat),
            LOG_OFF => Some(Self::LogOff),
            REGISTER => Registration::of(body, frame.format).map(Self::Register),
            AUTHENTICATE => authentication(body, frame.format),
            LOCATION => Location::of(body).map(Self::Location),
            BATCH => Batch::of(body).map(Self::Batch),
            other => Some(Self::Other(other)),
        };
        message.ok_or(BodyError { id: frame.id, bytes: body.len() })
    }
}

impl Registration {
    /// The bytes before the plate in the edition of 2013, which a registration of 2011 has too where
    /// its plate is long: then nothing tells the two apart.
    const BEFORE_PLATE_2013: usize = 37;

    fn of(body: &[u8], format: Format) -> Option<Self> {
        let (edition, widths) = match format {
            Format::Y2019 { .. } => (Edition::Y2019, [11, 30, 30]),
            Format::Y2013 if body.len() >= Self::BEFORE_PLATE_2013 => (Edition::Y2013, [5, 20, 7]),
            Format::Y2013 => (Edition::Y2011, [5, 8, 7]),
        };
        let mut body = Body(body);
        Some(Self {
            edition,
            province: body.word()?,
            city: body.word()?,
            maker: body.text(widths[0])?,
            model: body.text(widths[1])?,
            terminal: body.text(widths[2])?,
            colour: body.byte()?,
            plate: plate_text(body.0),
        })
    }
}

fn authentication(body: &[u8], format: Format) -> Option<Message> {
    if format == Format::Y2013 {
        let code = ascii(body);
        return Some(Message::Authenticate { code, imei: None, software: None });
    }
    let mut body = Body(body);
    let length = usize::from(body.byte()?);
    let code = body.text(length)?;
    let (imei, software) = (body.text(15)?, body.text(20)?);
    Some(Message::Authenticate { code, imei: Some(imei), software: Some(software) })
}
