//! A virtual cabinet: the register map of its profile read backwards, a controller that enforces its
//! own minimums and intergreens, a lease, and a local plan.
//!
//! ```text
//!   Local plan ──demand with a lease──▶ Commanded ──lease over, release──▶ Local plan
//!        ▲                                   │
//!        └── start-up (flash, all red) ◀── reboot, from anywhere
//! ```

use std::sync::Arc;

use field::bank::RegisterBank;
use field::{DeviceMap, ExceptionCode, Reply, Request};
use hw_profiles::Point;
use scenario::SignalSite;
use signal::{Aspect, Command, Controller, Layout, LocalPlan, Running};
use units::{Millis, Moment, StageId};

/// How long a cabinet flashes and then shows red after it was switched on. The long form, 10 s and
/// 5 s, is quoted for GB 25280 and unverified; here it is short, so that a drill does not wait.
const STARTUP_FLASH: Millis = Millis(3_000);
const STARTUP_RED: Millis = Millis(2_000);
/// The longest lease that a cabinet takes.
const LEASE_MAX: Millis = Millis(60_000);

/// What a loop or a tracker last said, as the cabinet reports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// A loop: its channel, occupied, count.
    Loop(u16, bool, u32),
    /// A tracker: its channel, queue, vehicles.
    Tracker(u16, u16, u32),
}

/// A cabinet.
#[derive(Clone, Debug)]
pub struct Cabinet {
    bank: RegisterBank,
    controller: Controller,
    plan: LocalPlan,
    /// The stage that was demanded, and until when.
    lease: Option<(StageId, Moment)>,
    booted: Moment,
    boots: u16,
    faults: u16,
    shown: Vec<Aspect>,
    /// Two groups that show green whatever the controller says: a fault that is injected.
    conflict: bool,
    /// By how much its clock is ahead.
    skew: Millis,
    local_time: Millis,
}

impl Cabinet {
    /// A cabinet whose initial stage is green at `now`. `layout` is the table that it really runs
    /// by: a test may give it a broken one.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>, site: &SignalSite, layout: Arc<Layout>, now: Moment) -> Self {
        let mut cabinet = Self {
            bank: RegisterBank::new(map),
            controller: Controller::new(layout, now),
            plan: LocalPlan::new(site.plans[0].clone()),
            lease: None,
            booted: now,
            boots: 1,
            faults: 0,
            shown: Vec::new(),
            conflict: false,
            skew: Millis::ZERO,
            local_time: Millis::ZERO,
        };
        cabinet.publish(now);
        cabinet
    }

    /// Answers a request, and takes what it commands.
    ///
    /// # Errors
    /// The exception that the cabinet answers with; then nothing was taken.
    pub fn handle(&mut self, now: Moment, request: &Request) -> Result<Reply, ExceptionCode> {
        let mut bank = self.bank.clone();
        let reply = bank.handle(request)?;
        for command in bank.take_commands() {
            self.obey(now, &command)?;
        }
        if request.is_write() {
            self.bank = bank;
            self.publish(now);
        }
        Ok(reply)
    }

    /// Brings the cabinet to `now`.
    pub fn step(&mut self, now: Moment) {
        let before = self.lease;
        self.lease = self.lease.filter(|&(_, until)| now < until);
        let wanted =
            self.lease.map_or_else(|| self.plan.wanted(now + self.skew), |(stage, _)| stage);
        if before.is_some() != self.lease.is_some() || self.controller.wanted() != wanted {
            self.controller.request(wanted);
        }
        self.controller.step(now);
        if self.lease.is_none() {
            self.local_time += signal::controller::TICK;
        }
        self.publish(now);
    }

    /// What the loops and trackers say.
    pub fn detect(&mut self, channels: impl Iterator<Item = Channel>) {
        for channel in channels {
            match channel {
                Channel::Loop(number, occupied, count) => {
                    self.bank.set(Point::DetectorPresence, number, i64::from(occupied));
                    self.bank.set(Point::DetectorCount, number, i64::from(count & 0xffff));
                }
                Channel::Tracker(number, queue, vehicles) => {
                    self.bank.set(Point::TrackerQueue, number, i64::from(queue));
                    self.bank.set(Point::TrackerVehicles, number, i64::from(vehicles.min(65_534)));
                }
            }
        }
    }

    /// Switches it off and on.
    pub fn reboot(&mut self, now: Moment) {
        let layout = self.controller.layout().clone();
        self.controller = Controller::with_startup(layout, now, STARTUP_FLASH, STARTUP_RED);
        self.lease = None;
        self.booted = now;
        self.boots = self.boots.wrapping_add(1);
        self.publish(now);
    }

    /// Sets or clears fault bits.
    pub fn set_fault(&mut self, bits: u16, on: bool) {
        self.faults = if on { self.faults | bits } else { self.faults & !bits };
    }

    /// Sets by how much the clock that its local plan follows is ahead.
    pub fn set_clock_skew(&mut self, skew: Millis) {
        self.skew = skew;
    }

    /// Makes every lamp show green, or ends that: what a monitor is there for.
    pub fn set_conflict(&mut self, on: bool) {
        self.conflict = on;
    }

    /// What the lamps show.
    #[must_use]
    pub fn aspects(&self) -> &[Aspect] {
        &self.shown
    }

    /// Whether a demand holds it.
    #[must_use]
    pub fn is_commanded(&self) -> bool {
        self.lease.is_some()
    }

    /// How long it has run its own plan.
    #[must_use]
    pub fn local_time(&self) -> Millis {
        self.local_time
    }

    fn obey(&mut self, now: Moment, command: &Command) -> Result<(), ExceptionCode> {
        match *command {
            Command::DemandStage { stage, lease } => {
                if !self.controller.layout().has_stage(stage) {
                    return Err(ExceptionCode::IllegalValue);
                }
                if lease <= Millis::ZERO || lease > LEASE_MAX {
                    return Err(ExceptionCode::IllegalValue);
                }
                if self.controller.running() == Running::Startup {
                    return Err(ExceptionCode::Busy);
                }
                self.lease = Some((stage, now + lease));
                self.controller.request(stage);
            }
            Command::Release => self.lease = None,
            Command::SetClock(_) | Command::Call { .. } => {}
            Command::SelectPlan { .. } | Command::Preempt { .. } => {
                return Err(ExceptionCode::IllegalValue);
            }
        }
        Ok(())
    }

    fn publish(&mut self, now: Moment) {
        let number = |stage: StageId| i64::from(stage.0) + 1;
        let (stage, next) = match self.controller.running() {
            Running::Startup => (0, 0),
            Running::Stage(stage) => (number(stage), 0),
            Running::Transition { to, .. } => (0, number(to)),
        };
        let mode = match (self.controller.running(), self.lease) {
            (Running::Startup, _) => 0,
            (_, None) => 1,
            (_, Some(_)) => 2,
        };
        let left = self.lease.map_or(Millis::ZERO, |(_, until)| until - now).at_least_zero();
        self.shown.clear();
        self.shown.extend_from_slice(self.controller.aspects());
        if self.conflict {
            self.shown.fill(Aspect::Green);
        }
        let bank = &mut self.bank;
        bank.set(Point::IdentityMagic, 0, 0x4757);
        bank.set(Point::MapVersion, 0, 1);
        bank.set(Point::Uptime, 0, (now - self.booted).0 / 1_000);
        bank.set(Point::BootCount, 0, self.boots.into());
        bank.set(Point::Mode, 0, mode);
        bank.set(Point::Plan, 0, i64::from(self.plan.plan().id().0) + 1);
        bank.set(Point::Stage, 0, stage);
        bank.set(Point::NextStage, 0, next);
        bank.set(Point::Elapsed, 0, (self.controller.elapsed(now).0 / 100).min(65_535));
        bank.set(Point::CycleSecond, 0, self.plan.cycle_time(now + self.skew).0 / 1_000);
        bank.set(Point::Faults, 0, self.faults.into());
        bank.set(Point::LeaseLeft, 0, left.0);
        for (group, aspect) in (0_u16..).zip(&self.shown) {
            bank.set(Point::Aspect, group, aspect.code().into());
        }
    }
}
