//! A virtual device of any profile: its registers at rest, its watchdog, and its traps.
//!
//! ```text
//!   resting ──a write of the outputs──▶ fed ──nothing for the watchdog's time──▶ tripped
//!      ▲                                 ▲                                        │
//!      │                                 └──a write, or first what ends the trip──┘
//!      └── started again, from anywhere
//! ```
//!
//! It is as strict as the strictest device that the profile allows: addresses that the map does not
//! have are refused where gaps must not be read, a request that is longer than what the device takes
//! too, and so is every write while it is tripped, until it is brought back.

use std::sync::Arc;

use hw_profiles::{Check, Must, Point, Profile, Register, Table, Type, WatchdogKind};
use units::{Millis, Moment};

use crate::bank::RegisterBank;
use crate::map::DeviceMap;
use crate::message::{ExceptionCode, Reply, Request};

/// A device of a profile.
#[derive(Clone, Debug)]
pub struct VirtualDevice {
    bank: RegisterBank,
    map: Arc<DeviceMap>,
    watchdog: Option<Millis>,
    fed: Option<Moment>,
    tripped: bool,
    booted: Moment,
    boots: u16,
    disturbed: u64,
}

impl VirtualDevice {
    /// A device that was just switched on, and is as its profile demands.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>, now: Moment) -> Self {
        let profile = map.profile();
        let times = profile.watchdog.kind == WatchdogKind::AnyWrite;
        let watchdog = times.then(|| Millis::from_secs_f64(profile.watchdog.timeout_s));
        let mut device = Self {
            bank: RegisterBank::new(map.clone()),
            watchdog,
            fed: None,
            tripped: false,
            booted: now,
            boots: 1,
            disturbed: 0,
            map,
        };
        device.rest(now);
        device
    }

    /// Answers a request.
    ///
    /// # Errors
    /// The exception that the device answers with.
    pub fn handle(&mut self, now: Moment, request: &Request) -> Result<Reply, ExceptionCode> {
        self.step(now);
        self.allowed(request)?;
        let is_clear = self.map.clear_request().as_ref() == Some(request);
        if request.is_write() && self.tripped && self.locks() && !is_clear {
            return Err(ExceptionCode::DeviceFailure);
        }
        let reply = self.bank.handle(request)?;
        if self.bank.take_outputs_written() {
            (self.fed, self.tripped) = (Some(now), false);
        }
        if self.bank.take_cleared() {
            self.tripped = false;
        }
        self.publish(now);
        Ok(reply)
    }

    /// Brings the device to `now`.
    pub fn step(&mut self, now: Moment) {
        let over = |fed: Moment| self.watchdog.is_some_and(|time| now - fed >= time);
        if self.fed.is_some_and(over) {
            self.fed = None;
            self.tripped = true;
            let outputs = self.bank.bits(Point::Output).len();
            (0_u16..).take(outputs).for_each(|channel| self.bank.set(Point::Output, channel, 0));
        }
        self.publish(now);
    }

    /// Switches it off and on.
    pub fn reboot(&mut self, now: Moment) {
        self.bank = RegisterBank::new(self.map.clone());
        (self.fed, self.tripped, self.booted) = (None, false, now);
        self.boots = self.boots.wrapping_add(1);
        self.rest(now);
    }

    /// Sets one element to a raw value. What the profile does not have is left as it is.
    pub fn set(&mut self, point: Point, index: u16, raw: i64) {
        self.bank.set(point, index, raw);
    }

    /// Sets one element to a value in its register's unit.
    pub fn set_number(&mut self, point: Point, index: u16, number: f64) {
        self.bank.set_number(point, index, number);
    }

    /// Its outputs.
    #[must_use]
    pub fn outputs(&self) -> Vec<bool> {
        self.bank.bits(Point::Output)
    }

    /// Whether its watchdog has tripped.
    #[must_use]
    pub fn is_tripped(&self) -> bool {
        self.tripped
    }

    /// How often something was read that changes by being read.
    #[must_use]
    pub fn disturbed(&self) -> u64 {
        self.disturbed
    }

    /// Whether it refuses writes while it is tripped.
    fn locks(&self) -> bool {
        self.map.profile().safe_mode.is_some()
    }

    /// Whether the device lets all of it be read in one request.
    fn allowed(&mut self, request: &Request) -> Result<(), ExceptionCode> {
        let (table, address, count) = match *request {
            Request::ReadCoils { address, count } => (Table::Coil, address, count),
            Request::ReadDiscrete { address, count } => (Table::Discrete, address, count),
            Request::ReadHolding { address, count } => (Table::Holding, address, count),
            Request::ReadInput { address, count } => (Table::Input, address, count),
            _ => return Ok(()),
        };
        let profile = self.map.profile();
        let reads = profile.reads;
        let most = if table.is_bits() { reads.bits_max } else { reads.words_max };
        if count > most {
            return Err(ExceptionCode::IllegalValue);
        }
        let (from, to) = (u32::from(address), u32::from(address) + u32::from(count));
        let of_table = || profile.registers.iter().filter(|register| register.table == table);
        let holds = |at: u32| of_table().any(|r| r.spans().any(|(a, b)| (a..b).contains(&at)));
        if !reads.gaps && (from..to).any(|at| !holds(at)) {
            return Err(ExceptionCode::IllegalAddress);
        }
        let touched = |register: &Register| register.spans().any(|(a, b)| a < to && from < b);
        let disturbs = of_table().any(|r| !r.side_effect.is_empty() && touched(r));
        self.disturbed += u64::from(disturbs);
        Ok(())
    }

    /// Everything at a value that the device can mean, and at one that its profile demands.
    fn rest(&mut self, now: Moment) {
        let map = self.map.clone();
        let profile = map.profile();
        for register in &profile.registers {
            for index in 0..register.elements() {
                let (least, greatest) = register.range.unwrap_or((0.0, 0.0));
                self.bank.set_number(register.point, index, 0.0_f64.clamp(least, greatest));
            }
        }
        let checks = profile.identity.iter().chain(profile.guards());
        checks.for_each(|check| self.pass(profile, check));
        self.publish(now);
    }

    fn pass(&mut self, profile: &Profile, check: &Check) {
        let elements = profile.register(check.point).map_or(0, Register::elements);
        match &check.must {
            Must::Contain(text) => self.bank.set_text(check.point, text),
            Must::Lie { at_least, at_most } => {
                // What a watchdog must be is what the profile says it is, where that passes.
                let watchdog = self.watchdog.filter(|_| check.point == Point::WatchdogTime);
                let usual = watchdog.map_or(*at_least, |time| time.0);
                let raw = usual.clamp(*at_least, *at_most);
                (0..elements).for_each(|index| self.bank.set(check.point, index, raw));
            }
        }
    }

    fn publish(&mut self, now: Moment) {
        let bank = &mut self.bank;
        bank.set(Point::Uptime, 0, (now - self.booted).0 / 1_000);
        bank.set(Point::BootCount, 0, self.boots.into());
        bank.set(Point::WatchdogTripped, 0, self.tripped.into());
        if let (Some(time), Some(fed)) = (self.watchdog, self.fed) {
            bank.set(Point::WatchdogLeft, 0, (time - (now - fed)).at_least_zero().0);
        }
    }
}

/// The raw values that a register's type can hold, least and greatest; none of one that is no integer.
#[must_use]
pub fn raw_bounds(kind: Type) -> Option<(i128, i128)> {
    Some(match kind {
        Type::U16 | Type::Text => (0, u16::MAX.into()),
        Type::I16 => (i16::MIN.into(), i16::MAX.into()),
        Type::U32 => (0, u32::MAX.into()),
        Type::I32 => (i32::MIN.into(), i32::MAX.into()),
        Type::U64 => (0, u64::MAX.into()),
        Type::Bits => (0, 1),
        Type::F32 => return None,
    })
}
