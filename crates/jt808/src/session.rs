//! One terminal's connection: who may speak, what it is answered, and where it says that it is.
//!
//! ```text
//!              register, known                authenticate, right code
//!   Connected ────────────────▶ Registered ───────────────────────────▶ Authenticated
//!       │  ▲                        │ ▲                                  │ positions count
//!       │  └────────── log off ─────┴─┼───────────── log off ────────────┘
//!       └── authenticate, right code ─┼──────────────────────────────────▶
//!              any state: [`FAILURES_MAX`] failures in a row ─▶ Closed
//! ```
//!
//! A terminal that was registered once keeps its code and begins with it. Nobody hears anything but
//! a wrong code, or nothing, from messages whose checksum is wrong: the decoder has left them out.

use std::collections::BTreeMap;

use units::{MetresPerSecond, WallTime};

use crate::frame::{Frame, Phone};
use crate::location::{Doubt, Location};
use crate::message::{Message, Registration};

/// Refusals in a row after which the connection is closed: who is not known will not be.
const FAILURES_MAX: u8 = 5;

const GENERAL_ANSWER: u16 = 0x8001;
const REGISTRATION_ANSWER: u16 = 0x8100;

/// A terminal that may speak.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// The vehicle that it is in, by the site's name.
    pub vehicle: String,
    /// The code that it must show; it is handed out at registration.
    pub code: String,
    /// The plate that it must register with, where the site says one.
    pub plate: Option<String>,
}

/// How far a terminal has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// It has said nothing that counts.
    #[default]
    Connected,
    /// It was given its code.
    Registered,
    /// It has shown its code.
    Authenticated,
    /// It is heard no more.
    Closed,
}

/// What a terminal is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is done.
    Done = 0,
    /// It is not done.
    Failed = 1,
    /// The message is wrong.
    Wrong = 2,
    /// The message is of a kind, or in a way, that is not known here.
    Unsupported = 3,
}

/// What a registration is answered. The meanings of 1 to 4 are *unverified*.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistrationResult {
    /// It is known; its code follows.
    Done = 0,
    /// The vehicle is registered already.
    VehicleTaken = 1,
    /// There is no such vehicle.
    NoVehicle = 2,
    /// The terminal is registered already.
    TerminalTaken = 3,
    /// There is no such terminal.
    NoTerminal = 4,
}

/// Where a vehicle is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    /// When it was measured, by the terminal's clock.
    pub at: WallTime,
    /// Degrees north, WGS-84.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How fast.
    pub speed: MetresPerSecond,
    /// Degrees clockwise from north, below 360.
    pub heading: u16,
}

/// What came of a frame.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Heard {
    /// The answer, as it goes over the wire; empty where none is due.
    pub answer: Vec<u8>,
    /// The vehicle whose places these are.
    pub vehicle: Option<String>,
    /// Where it is, in the order in which it was said. What was kept back (a backlog) is not among
    /// them: it never moves a corridor.
    pub places: Vec<Place>,
    /// Places of a backlog, which are answered and left.
    pub backlog: usize,
    /// Why places were left out.
    pub doubts: Vec<Doubt>,
    /// What should stand in the log.
    pub note: Option<String>,
    /// Whether the connection is to be closed.
    pub close: bool,
}

/// The state of one connection.
#[derive(Clone, Debug, Default)]
pub struct Session {
    state: State,
    /// Who it says that it is, once that is known to the site.
    phone: Option<Phone>,
    /// The number of the next message that is sent to it.
    serial: u16,
    failures: u8,
}

impl Session {
    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes a frame of the connection.
    pub fn handle(&mut self, frame: &Frame, allowed: &BTreeMap<Phone, Terminal>) -> Heard {
        if self.state == State::Closed {
            return Heard { close: true, ..Heard::default() };
        }
        let mut heard = Heard::default();
        if frame.encrypted || frame.part.is_some() {
            heard.note = Some("it is encrypted, or in parts: refused".to_owned());
            self.answer(frame, Verdict::Unsupported, &mut heard);
            return heard;
        }
        match Message::of(frame) {
            Ok(message) => self.message(frame, &message, allowed, &mut heard),
            Err(error) => {
                heard.note = Some(error.to_string());
                self.answer(frame, Verdict::Wrong, &mut heard);
                self.failed(&mut heard);
            }
        }
        heard
    }

    fn message(
        &mut self,
        frame: &Frame,
        message: &Message,
        allowed: &BTreeMap<Phone, Terminal>,
        heard: &mut Heard,
    ) {
        // Another phone on the same connection is another terminal, which has shown nothing yet.
        if self.phone.is_some_and(|phone| phone != frame.phone) {
            heard.note = Some(format!("terminal {} goes on as {}", shown(self.phone), frame.phone));
            (self.state, self.phone) = (State::Connected, None);
        }
        let terminal = allowed.get(&frame.phone);
        match (message, terminal) {
            (Message::Register(asked), terminal) => self.register(frame, asked, terminal, heard),
            (Message::Authenticate { code, .. }, Some(terminal)) if matches(code, terminal) => {
                (self.state, self.phone) = (State::Authenticated, Some(frame.phone));
                self.failures = 0;
                heard.vehicle = Some(terminal.vehicle.clone());
                heard.note =
                    Some(format!("terminal {} speaks for {}", frame.phone, terminal.vehicle));
                self.answer(frame, Verdict::Done, heard);
            }
            (Message::Authenticate { .. }, _) => {
                heard.note = Some(format!("terminal {} shows no code that is known", frame.phone));
                (self.state, self.phone) = (State::Connected, None);
                self.answer(frame, Verdict::Failed, heard);
                self.failed(heard);
            }
            (message, Some(terminal)) if self.state == State::Authenticated => {
                heard.vehicle = Some(terminal.vehicle.clone());
                self.known(frame, message, heard);
            }
            // Before it has shown its code, or when the site knows it no more.
            _ => {
                self.state = State::Connected;
                self.answer(frame, Verdict::Failed, heard);
                self.failed(heard);
            }
        }
    }

    fn register(
        &mut self,
        frame: &Frame,
        asked: &Registration,
        terminal: Option<&Terminal>,
        heard: &mut Heard,
    ) {
        let result = match terminal {
            None => RegistrationResult::NoTerminal,
            Some(Terminal { plate: Some(plate), .. }) if *plate != asked.plate => {
                RegistrationResult::NoVehicle
            }
            Some(_) => RegistrationResult::Done,
        };
        let mut body = frame.serial.to_be_bytes().to_vec();
        body.push(result as u8);
        if let (RegistrationResult::Done, Some(terminal)) = (result, terminal) {
            body.extend(terminal.code.bytes());
            (self.state, self.phone) = (State::Registered, Some(frame.phone));
            heard.note = Some(format!("terminal {} registers with {}", frame.phone, asked.plate));
        } else {
            heard.note = Some(format!(
                "terminal {} with {} was refused: {result:?}",
                frame.phone, asked.plate
            ));
            self.failed(heard);
        }
        heard.answer = self.sent(frame, REGISTRATION_ANSWER, body);
    }

    /// A message of a terminal that has shown its code.
    fn known(&mut self, frame: &Frame, message: &Message, heard: &mut Heard) {
        let verdict = match message {
            Message::Heartbeat => Verdict::Done,
            Message::LogOff => {
                (self.state, self.phone) = (State::Connected, None);
                heard.note = Some(format!("terminal {} logs off", frame.phone));
                Verdict::Done
            }
            Message::Location(location) => {
                place(location, heard);
                Verdict::Done
            }
            Message::Batch(batch) if batch.backlog => {
                heard.backlog = batch.reports.len();
                Verdict::Done
            }
            Message::Batch(batch) => {
                batch.reports.iter().for_each(|location| place(location, heard));
                Verdict::Done
            }
            _ => Verdict::Unsupported,
        };
        self.failures = 0;
        self.answer(frame, verdict, heard);
    }

    fn answer(&mut self, frame: &Frame, verdict: Verdict, heard: &mut Heard) {
        let mut body = frame.serial.to_be_bytes().to_vec();
        body.extend(frame.id.to_be_bytes());
        body.push(verdict as u8);
        heard.answer = self.sent(frame, GENERAL_ANSWER, body);
    }

    /// An answer in the format of what is answered.
    fn sent(&mut self, to: &Frame, id: u16, body: Vec<u8>) -> Vec<u8> {
        let serial = self.serial;
        self.serial = serial.wrapping_add(1);
        let (format, phone) = (to.format, to.phone);
        Frame { id, format, phone, serial, encrypted: false, part: None, body }.encode()
    }

    fn failed(&mut self, heard: &mut Heard) {
        self.failures += 1;
        if self.failures >= FAILURES_MAX {
            self.state = State::Closed;
            heard.close = true;
        }
    }
}

fn place(location: &Location, heard: &mut Heard) {
    match location.check() {
        Ok(at) => heard.places.push(Place {
            at,
            latitude: location.latitude,
            longitude: location.longitude,
            speed: location.speed,
            heading: location.heading % 360,
        }),
        Err(doubt) => heard.doubts.push(doubt),
    }
}

/// Compared whole whatever its begin is: the time that it takes tells nothing of the code.
fn matches(code: &str, terminal: &Terminal) -> bool {
    let (shown, known) = (code.as_bytes(), terminal.code.as_bytes());
    let differ = shown.iter().zip(known).fold(0, |sum, (a, b)| sum | (a ^ b));
    !known.is_empty() && shown.len() == known.len() && differ == 0
}

fn shown(phone: Option<Phone>) -> String {
    phone.map_or_else(String::new, |phone| phone.to_string())
}
