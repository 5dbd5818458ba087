//! A report of where a terminal is, and many of them in one message.
//!
//! ```text
//!   alarm 4 │ status 4 │ latitude 4 │ longitude 4 │ altitude 2 │ speed 2 │ heading 2 │ time BCD 6 │ extras
//!                        millionths of a degree     m            0.1 km/h  degrees     UTC+8       id, length, …
//! ```
//!
//! Bits of the status and kinds of extras are *unverified* here but for what the tests' frames show.

use units::{CivilDate, CivilTime, Metres, MetresPerSecond, Millis, WallTime};

use crate::body::{Body, digits};

/// The time zone that terminals write their time in: eight hours before UTC, whatever the site's is.
const EAST: Millis = Millis(8 * 3_600_000);
/// Status bits.
const FIX: u32 = 1 << 1;
const SOUTH: u32 = 1 << 2;
const WEST: u32 = 1 << 3;
/// Extras.
const MILEAGE: u8 = 0x01;
const FUEL: u8 = 0x02;
const SIGNAL: u8 = 0x30;
const SATELLITES: u8 = 0x31;
/// No emergency vehicle is faster: 250 km/h.
const FASTEST_DECI_KMH: u16 = 2_500;

/// A report.
#[derive(Clone, PartialEq, Debug)]
pub struct Location {
    /// Alarm bits.
    pub alarm: u32,
    /// Status bits.
    pub status: u32,
    /// Degrees north; as it was said, also where it cannot be.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Above the sea.
    pub altitude: Metres,
    /// How fast.
    pub speed: MetresPerSecond,
    /// Degrees clockwise from north.
    pub heading: u16,
    /// When it was measured; none where no such time exists.
    pub at: Option<WallTime>,
    /// The way since the vehicle was new.
    pub mileage: Option<Metres>,
    /// What is in the tank, litres.
    pub fuel: Option<f64>,
    /// How well the radio hears, as the terminal counts it.
    pub signal: Option<u8>,
    /// Satellites that are seen.
    pub satellites: Option<u8>,
    /// Whether its extras end within one: what stands before them is whole.
    pub cut: bool,
}

/// Why a report says nothing of where the vehicle is. It does not cost the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Doubt {
    /// The receiver has no fix.
    #[error("the receiver has no fix")]
    NoFix,
    /// No such place exists.
    #[error("its degrees are of no place")]
    Degrees,
    /// No such heading or speed exists.
    #[error("its heading or speed cannot be")]
    Motion,
    /// No such time exists.
    #[error("its time is none")]
    Time,
}

impl Location {
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        let mut body = Body(body);
        let (alarm, status) = (body.double()?, body.double()?);
        let side = |bit| if status & bit == 0 { 1.0 } else { -1.0 };
        let latitude = degrees(body.double()?) * side(SOUTH);
        let longitude = degrees(body.double()?) * side(WEST);
        let altitude = Metres(f64::from(body.word()?));
        let speed = MetresPerSecond(f64::from(body.word()?) / 36.0);
        let heading = body.word()?;
        let at = time(body.take(6)?);
        let mut location = Self {
            alarm,
            status,
            latitude,
            longitude,
            altitude,
            speed,
            heading,
            at,
            mileage: None,
            fuel: None,
            signal: None,
            satellites: None,
            cut: false,
        };
        location.extras(body);
        Some(location)
    }

    fn extras(&mut self, mut body: Body<'_>) {
        while let Some(id) = body.byte() {
            let value = body.byte().and_then(|length| body.take(usize::from(length)));
            let Some(value) = value else {
                self.cut = true;
                return;
            };
            match (id, value) {
                (MILEAGE, &[a, b, c, d]) => {
                    let tenths = u32::from_be_bytes([a, b, c, d]);
                    self.mileage = Some(Metres(f64::from(tenths) * 100.0));
                }
                (FUEL, &[a, b]) => self.fuel = Some(f64::from(u16::from_be_bytes([a, b])) / 10.0),
                (SIGNAL, &[level]) => self.signal = Some(level),
                (SATELLITES, &[count]) => self.satellites = Some(count),
                // Vendors have extras of their own, and lengths of their own for these.
                _ => {}
            }
        }
    }

    /// Whether it can be believed, and where not, why.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self) -> Result<WallTime, Doubt> {
        if self.status & FIX == 0 {
            return Err(Doubt::NoFix);
        }
        // The zero of both is in the sea, and what a receiver says that knows nothing.
        let zero = self.latitude.abs() < 1e-6 && self.longitude.abs() < 1e-6;
        if self.latitude.abs() > 90.0 || self.longitude.abs() > 180.0 || zero {
            return Err(Doubt::Degrees);
        }
        let fastest = f64::from(FASTEST_DECI_KMH) / 36.0;
        if self.heading > 360 || self.speed.0 > fastest {
            return Err(Doubt::Motion);
        }
        self.at.ok_or(Doubt::Time)
    }
}

/// Reports in one message.
#[derive(Clone, PartialEq, Debug)]
pub struct Batch {
    /// Whether they are what could not be sent in time; else they are of now.
    pub backlog: bool,
    /// The reports, as they were sent.
    pub reports: Vec<Location>,
}

impl Batch {
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        let mut body = Body(body);
        let count = body.word()?;
        // Any other kind than 0 is not of now.
        let backlog = body.byte()? != 0;
        let mut reports = Vec::new();
        for _ in 0..count {
            let length = usize::from(body.word()?);
            reports.push(Location::of(body.take(length)?)?);
        }
        body.0.is_empty().then_some(Self { backlog, reports })
    }
}

fn degrees(millionths: u32) -> f64 {
    f64::from(millionths) / 1e6
}

/// Two digits each of year (from 2000), month, day, hour, minute, second, in UTC+8.
fn time(bytes: &[u8]) -> Option<WallTime> {
    let mut fields = [0_u8; 6];
    for (field, &byte) in fields.iter_mut().zip(bytes) {
        *field = digits(byte)?;
    }
    let [year, month, day, hour, minute, second] = fields;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let date = CivilDate::new(2_000 + i16::from(year), month, day)?;
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let civil = CivilTime::new(date, Millis::from_secs(seconds))?;
    Some(WallTime((civil.count() - EAST).0))
}
