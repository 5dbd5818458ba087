//! A virtual section camera: its profile read backwards, a ring of passages, and a clock that may be wrong.
//! Nothing can be written to it.

use std::sync::Arc;

use field::bank::RegisterBank;
use field::{DeviceMap, ExceptionCode, Reply, Request};
use hw_profiles::Point;
use interval_speed::{CameraClock, ClockState, SyncSource, VehicleClass, to_gbk};
use units::mixing::mixed;
use units::{Millis, Moment, WallTime};

use crate::world::{Passage, PlateColour};

/// What shows which map this is, and its version.
const MAGIC: i64 = 0x4750;
const VERSION: i64 = 1;
/// Health: reading.
const READING: i64 = 1;
/// What says "not known" of a speed.
const NO_SPEED: i64 = 0xffff;
/// What the detection adds to the clock's bound.
const TRIGGER_MS: i64 = 20;
/// How its images are digested: BLAKE3.
const DIGEST: i64 = 2;

/// How a camera writes plates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// GBK.
    Gbk,
}

/// What a virtual camera is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeadSettings {
    /// Its serial number.
    pub serial: u64,
    /// How it writes plates.
    pub encoding: Encoding,
    /// What a clock without an error shows when the street's time begins.
    pub begins_at: WallTime,
}

/// A section camera.
#[derive(Clone, Debug)]
pub struct CameraHead {
    bank: RegisterBank,
    settings: HeadSettings,
    slots: u64,
    newest: u64,
    clock: CameraClock,
    /// How far its clock is ahead of the true time.
    offset: Millis,
    booted: Moment,
    boots: u16,
}

impl CameraHead {
    /// A camera that was just switched on, and has seen nobody. Its clock follows satellites.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>, settings: HeadSettings, now: Moment) -> Self {
        let ring = map.profile().register(Point::PassageSequence);
        let mut head = Self {
            slots: ring.map_or(1, |ring| ring.elements().into()),
            bank: RegisterBank::new(map),
            settings,
            newest: 0,
            clock: CameraClock {
                source: SyncSource::Satellite,
                state: ClockState::Synchronised,
                sync_age_s: 1,
                offset_bound_ms: 30,
            },
            offset: Millis::ZERO,
            booted: now,
            boots: 1,
        };
        head.publish(now);
        head
    }

    /// Answers a request: it has input registers and nothing else.
    ///
    /// # Errors
    /// The exception that the camera answers with.
    pub fn handle(&mut self, request: &Request) -> Result<Reply, ExceptionCode> {
        match request {
            Request::ReadInput { .. } => self.bank.handle(request),
            _ => Err(ExceptionCode::IllegalFunction),
        }
    }

    /// Brings the camera to `now`.
    pub fn step(&mut self, now: Moment) {
        self.publish(now);
    }

    /// What its clock is like from now on, and how far it is ahead of the true time.
    pub fn set_clock(&mut self, clock: CameraClock, offset: Millis) {
        self.clock = clock;
        self.offset = offset;
    }

    /// How many it has seen.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Somebody passes. The number is the camera's own.
    pub fn see(&mut self, passage: &Passage) {
        self.newest += 1;
        let number = self.newest;
        let block = u16::try_from((number - 1) % self.slots).unwrap_or(u16::MAX);
        let shown = self.settings.begins_at + passage.at + self.offset;
        let bound = i64::from(self.clock.offset_bound_ms);
        let speed = (passage.speed * 36.0).round() as i64;
        let values = [
            (Point::PassageSequence, number as i64),
            (Point::PassageTime, shown.0),
            (Point::PassageSyncAge, self.clock.sync_age_s.into()),
            (Point::ImageReference, (number & 0xffff_ffff) as i64),
            (Point::PassageUncertainty, (bound + TRIGGER_MS).min(0xffff)),
            (Point::PassageClockState, self.clock.state as i64),
            (Point::PassageClockSource, self.clock.source as i64),
            (Point::PassageOffsetBound, bound),
            (Point::PassageLane, i64::from(passage.lane) + 1),
            (Point::PassageClass, class(passage.class) as i64),
            (Point::PassageColour, 0),
            (Point::PassageSpeed, speed.clamp(0, NO_SPEED - 1)),
            (Point::PlateColour, passage.plate.as_ref().map_or(0, |plate| colour(plate.colour))),
            (Point::PlateConfidence, if passage.plate.is_some() { 95 } else { 0 }),
            (Point::ImageDigestKind, DIGEST),
        ];
        for (point, value) in values {
            self.bank.set(point, block, value);
        }
        self.write_plate(block, passage.plate.as_ref().map(|plate| plate.text.as_str()));
        for at in 0..16 {
            let word = mixed(self.settings.serial ^ number << 4 ^ u64::from(at)) & 0xffff;
            self.bank.set(Point::ImageDigest, block * 16 + at, word as i64);
        }
    }

    /// Switches it off and on. Its ring and its numbers survive that, unless its memory is lost, too.
    pub fn reboot(&mut self, now: Moment, loses_memory: bool) {
        self.booted = now;
        self.boots = self.boots.wrapping_add(1);
        if loses_memory {
            self.newest = 0;
        }
        self.publish(now);
    }

    fn write_plate(&mut self, block: u16, text: Option<&str>) {
        let (code, bytes) = match (text, self.settings.encoding) {
            (None, _) => (0, Vec::new()),
            (Some(text), Encoding::Utf8) => (1, text.as_bytes().to_vec()),
            (Some(text), Encoding::Gbk) => (2, to_gbk(text).unwrap_or_default()),
        };
        self.bank.set(Point::PlateEncoding, block, code);
        for at in 0..12_u16 {
            let byte = |at: usize| i64::from(bytes.get(at).copied().unwrap_or(0));
            let from = usize::from(at) * 2;
            self.bank.set(Point::PlateText, block * 12 + at, byte(from) << 8 | byte(from + 1));
        }
    }

    fn publish(&mut self, now: Moment) {
        let oldest =
            if self.newest == 0 { 0 } else { self.newest.saturating_sub(self.slots - 1).max(1) };
        let shown = self.settings.begins_at + (now - Moment::ORIGIN) + self.offset;
        let values = [
            (Point::IdentityMagic, MAGIC),
            (Point::MapVersion, VERSION),
            (Point::Uptime, (now - self.booted).0 / 1_000),
            (Point::BootCount, self.boots.into()),
            (Point::CameraHealth, READING),
            (Point::CameraSerial, self.settings.serial as i64),
            (Point::ClockState, self.clock.state as i64),
            (Point::ClockSource, self.clock.source as i64),
            (Point::ClockSyncAge, self.clock.sync_age_s.into()),
            (Point::ClockOffsetBound, self.clock.offset_bound_ms.into()),
            (Point::ClockTime, shown.0),
            (Point::PassageNewest, self.newest as i64),
            (Point::PassageOldest, oldest as i64),
        ];
        for (point, value) in values {
            self.bank.set(point, 0, value);
        }
    }
}

/// What a camera takes a class of the street for.
fn class(class: scenario::VehicleClass) -> VehicleClass {
    match class {
        scenario::VehicleClass::Car => VehicleClass::Car,
        scenario::VehicleClass::Bus => VehicleClass::Bus,
        scenario::VehicleClass::Truck => VehicleClass::HeavyTruck,
        scenario::VehicleClass::Coach => VehicleClass::Coach,
        scenario::VehicleClass::HazardousGoods => VehicleClass::HazardousGoods,
        scenario::VehicleClass::SchoolBus => VehicleClass::SchoolBus,
        scenario::VehicleClass::Emergency => VehicleClass::Emergency,
        scenario::VehicleClass::TwoWheeler => VehicleClass::TwoWheeler,
    }
}

fn colour(colour: PlateColour) -> i64 {
    match colour {
        PlateColour::Blue => 1,
        PlateColour::Yellow => 2,
        PlateColour::Green => 3,
        PlateColour::YellowGreen => 4,
        PlateColour::White => 5,
        PlateColour::Black => 6,
    }
}
