//! An open section camera, read: its state once a second, and each passage of its ring once.
//!
//! ```text
//!   state ─▶ newest, oldest ─▶ wanted: the block of the next number ─▶ read ─▶ report ─▶ Intake
//!               ▲                       (two a request)                            │
//!               └── a block that was written over meanwhile is another number ◀────┘
//! ```
//!
//! Nothing is written to the camera. What was read is what the reader remembers (`acknowledged`), so that
//! a request may be lost, repeated, or cut off at any place: the same block is asked for again, and a number
//! that was taken is not taken twice. What the ring has lost meanwhile is told as a gap.

use field::{DeviceMap, PointValue, Request};
use hw_profiles::Point;
use interval_speed::{
    CameraClock, CameraId, ClockState, Digest, DigestKind, Image, Intake, IntakeEvent, NotTaken,
    Passage, PlateColour, Report, SyncSource, TenthsKmh, VehicleClass, VehicleColour, from_gbk,
};
use units::WallTime;

/// Blocks that one request reads: 112 words of 125.
const BLOCKS_A_REQUEST: u64 = 2;
/// How a plate's text is written.
const UTF_8: u64 = 1;
const GBK: u64 = 2;

/// What came of a reading.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CameraReading {
    /// Passages, each once.
    pub passages: Vec<Passage>,
    /// What somebody should know of.
    pub events: Vec<IntakeEvent>,
    /// Passages that were not taken, and why; those that were taken before are not among them.
    pub refused: Vec<(u64, NotTaken)>,
}

/// What a camera said of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct State {
    serial: u64,
    boot: u32,
    newest: u64,
    oldest: u64,
}

/// The reader of one camera.
#[derive(Clone, Debug)]
pub struct CameraReader {
    intake: Intake,
    slots: u64,
    state: Option<State>,
    boot: Option<u32>,
    /// Whether it has started since, and may have lost its numbers.
    has_started: bool,
    /// How many blocks were asked for last, and the number of the first.
    asked: (u64, u64),
}

impl CameraReader {
    /// The reader of a camera of this model, which is the unit with this serial number; `acknowledged` is
    /// the last number that was taken before, none for a camera that is new.
    #[must_use]
    pub fn new(map: &DeviceMap, camera: CameraId, serial: u64, acknowledged: Option<u64>) -> Self {
        let ring = map.profile().register(Point::PassageSequence);
        Self {
            intake: Intake::new(camera, serial, acknowledged),
            slots: ring.map_or(1, |ring| ring.elements().into()),
            state: None,
            boot: None,
            has_started: false,
            asked: (0, 0),
        }
    }

    /// The intake: what is acknowledged, and whether the camera is believed.
    #[must_use]
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// A person has seen to it that the camera is the unit with this serial number.
    pub fn release(&mut self, serial: u64) {
        self.intake.release(serial);
    }

    /// The camera's state, as one poll had it.
    pub fn take_state(&mut self, points: &[PointValue]) {
        let one = |point: Point| whole(points, point, 0);
        if let (Some(serial), Some(boot), Some(newest), Some(oldest)) = (
            one(Point::CameraSerial),
            one(Point::BootCount),
            one(Point::PassageNewest),
            one(Point::PassageOldest),
        ) {
            let boot = u32::try_from(boot).unwrap_or(u32::MAX);
            self.has_started |= self.boot.replace(boot).is_some_and(|before| before != boot);
            self.state = Some(State { serial, boot, newest, oldest });
        }
    }

    /// What has to be read next; none where all that there is was taken.
    pub fn wanted(&mut self, map: &DeviceMap) -> Option<Request> {
        let state = self.state.filter(|state| state.newest > 0)?;
        let last = self.intake.acknowledged().unwrap_or(0);
        let from = match self.has_started {
            false => last.saturating_add(1),
            // It counts from anew: its numbers were lost with its power.
            true if last > state.newest => 1,
            // The one that was taken last shows whether they were.
            true => last,
        };
        let first = from.max(state.oldest).max(1);
        if first > state.newest || self.intake.quarantine().is_some() {
            return None;
        }
        let slot = (first - 1) % self.slots;
        let count = BLOCKS_A_REQUEST.min(state.newest - first + 1).min(self.slots - slot);
        let (begin, last) = (ring(map, Point::PassageSequence)?, ring(map, Point::ImageDigest)?);
        let words = u64::from(begin.1) * (count - 1)
            + u64::from(last.0 - begin.0)
            + u64::from(map.profile().register(Point::ImageDigest)?.length());
        let address = u64::from(begin.0) + slot * u64::from(begin.1);
        self.asked = (first, count);
        Some(Request::ReadInput {
            address: u16::try_from(address).ok()?,
            count: u16::try_from(words).ok()?,
        })
    }

    /// What [`CameraReader::wanted`] asked for was answered `now`.
    #[must_use]
    pub fn take_passages(&mut self, now: WallTime, points: &[PointValue]) -> CameraReading {
        let mut reading = CameraReading::default();
        let Some(state) = self.state else { return reading };
        let (first, count) = std::mem::take(&mut self.asked);
        self.has_started &= count == 0;
        for number in first..first + count {
            let block = u16::try_from((number.saturating_sub(1)) % self.slots).unwrap_or(u16::MAX);
            let Some((passage, text, colour)) = passage(points, block) else { continue };
            if passage.sequence != number {
                // It was written over: the next state says where the ring begins now.
                self.state = None;
                break;
            }
            let plate = text.as_deref().map(|text| (text, colour));
            let report = Report { identity: state.serial, boot: state.boot, passage, plate };
            match self.intake.take(now, &report, &mut reading.events) {
                Ok(passage) => reading.passages.push(passage),
                Err(NotTaken::Again) => {}
                Err(why) => reading.refused.push((number, why)),
            }
        }
        reading
    }
}

/// Where a register of the ring begins, and how far apart its blocks are.
fn ring(map: &DeviceMap, point: Point) -> Option<(u16, u16)> {
    map.profile().register(point).map(|register| (register.address, register.every))
}

fn whole(points: &[PointValue], point: Point, index: u16) -> Option<u64> {
    let found = points.iter().find(|value| value.point == point && value.index == index);
    found.and_then(|value| value.value.whole())
}

/// The passage in a block, the text of its plate and the plate's colour; none where the block was not read
/// whole, or says what cannot be.
fn passage(points: &[PointValue], block: u16) -> Option<(Passage, Option<String>, PlateColour)> {
    let one = |point: Point| whole(points, point, block);
    let byte = |point: Point| one(point).and_then(|value| u8::try_from(value).ok());
    let short = |point: Point| one(point).and_then(|value| u16::try_from(value).ok());
    let bytes = |point: Point, words: u16| -> Option<Vec<u8>> {
        let word = |at: u16| whole(points, point, block * words + at);
        let words = (0..words).map(|at| word(at).and_then(|value| u16::try_from(value).ok()));
        let words: Option<Vec<u16>> = words.collect();
        Some(words?.into_iter().flat_map(u16::to_be_bytes).collect())
    };
    let clock = CameraClock {
        source: SyncSource::from_code(byte(Point::PassageClockSource)?)?,
        state: ClockState::from_code(byte(Point::PassageClockState)?)?,
        sync_age_s: u32::try_from(one(Point::PassageSyncAge)?).ok()?,
        offset_bound_ms: short(Point::PassageOffsetBound)?,
    };
    let mut text = bytes(Point::PlateText, 12)?;
    text.truncate(text.iter().position(|&byte| byte == 0).unwrap_or(text.len()));
    let text = match one(Point::PlateEncoding)? {
        UTF_8 => Some(String::from_utf8_lossy(&text).into_owned()),
        GBK => Some(from_gbk(&text)),
        _ => None,
    };
    let digest: [u8; 32] = bytes(Point::ImageDigest, 16)?.try_into().ok()?;
    let kind = byte(Point::ImageDigestKind).and_then(DigestKind::from_code);
    let reference = one(Point::ImageReference)?;
    let passage = Passage {
        // The intake says which camera it is.
        camera: CameraId(0),
        sequence: one(Point::PassageSequence)?,
        at: WallTime(i64::try_from(one(Point::PassageTime)?).ok()?),
        uncertainty_ms: short(Point::PassageUncertainty)?,
        clock,
        plate: None,
        confidence: byte(Point::PlateConfidence)?.min(100),
        class: VehicleClass::from_code(byte(Point::PassageClass)?).unwrap_or(VehicleClass::Unknown),
        colour: VehicleColour::from_code(byte(Point::PassageColour)?)
            .unwrap_or(VehicleColour::Unknown),
        lane: byte(Point::PassageLane)?.checked_sub(1)?,
        spot: spot(points, block),
        image: kind
            .filter(|_| reference > 0)
            .map(|kind| Image { reference, digest: Digest { kind, bytes: digest } }),
    };
    let colour = byte(Point::PlateColour).and_then(PlateColour::from_code);
    Some((passage, text, colour.unwrap_or(PlateColour::Unknown)))
}

/// The speed on the spot, in tenths of a km/h as it was on the wire.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn spot(points: &[PointValue], block: u16) -> Option<TenthsKmh> {
    let found =
        points.iter().find(|value| value.point == Point::PassageSpeed && value.index == block);
    let speed = found?.value.number()?;
    Some(TenthsKmh((speed * 10.0).round() as u16))
}
