//! A virtual cabinet: the register map of its profile read backwards, a controller that enforces its
//! own minimums and intergreens, leases, and a local plan.
//!
//! ```text
//!   Local plan ──demand with a lease──▶ Commanded ──lease over, release──▶ Local plan
//!        ▲                                   │
//!        └── start-up (flash, all red) ◀── reboot, from anywhere
//! ```
//!
//! What wants another stage, the first that does wins: a preempt, a demand, a call, the plan. Preempt
//! `n` holds stage `n`. A call brings its group's stage forward until the group is green. Calls,
//! preempts and a plan come over Modbus or over wired inputs.

mod asked;
mod begin;

use std::sync::Arc;

use field::bank::RegisterBank;
use field::{DeviceMap, ExceptionCode, Reply, Request};
use hw_profiles::Point;
use scenario::SignalSite;
use signal::{Aspect, Command, Controller, Layout, Running};
use units::{GroupId, Millis, Moment, PlanId, StageId};

use asked::Asked;

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
    /// A loop: its channel, for how many thousandths of the last second it was occupied.
    Occupancy(u16, u16),
    /// A tracker: its channel, queue, vehicles.
    Tracker(u16, u16, u32),
}

/// A cabinet.
#[derive(Clone, Debug)]
pub struct Cabinet {
    bank: RegisterBank,
    controller: Controller,
    asked: Asked,
    booted: Moment,
    boots: u16,
    faults: u16,
    shown: Vec<Aspect>,
    /// Two groups that show green whatever the controller says: a fault that is injected.
    conflict: bool,
    /// By how much its clock is ahead.
    skew: Millis,
    local_time: Millis,
    /// When it last looked at itself, and whether its registers say what it saw.
    shown_at: Moment,
    is_told: bool,
}

impl Cabinet {
    /// A cabinet whose initial stage is green at `now`. `layout` is the table that it really runs
    /// by: a test may give it a broken one.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>, site: &SignalSite, layout: Arc<Layout>, now: Moment) -> Self {
        let mut cabinet = Self {
            bank: RegisterBank::new(map),
            controller: Controller::new(layout, now),
            asked: Asked::of(&site.plans),
            booted: now,
            boots: 1,
            faults: 0,
            shown: Vec::new(),
            conflict: false,
            skew: Millis::ZERO,
            local_time: Millis::ZERO,
            shown_at: now,
            is_told: false,
        };
        cabinet.show(now);
        cabinet
    }

    /// Answers a request, and takes what it commands.
    ///
    /// # Errors
    /// The exception that the cabinet answers with; then nothing was taken.
    pub fn handle(&mut self, now: Moment, request: &Request) -> Result<Reply, ExceptionCode> {
        self.publish();
        if !request.is_write() {
            return self.bank.handle(request);
        }
        let mut bank = self.bank.clone();
        let reply = bank.handle(request)?;
        for command in bank.take_commands() {
            self.obey(now, &command)?;
        }
        self.bank = bank;
        self.show(now);
        Ok(reply)
    }

    /// Brings the cabinet to `now`.
    pub fn step(&mut self, now: Moment) {
        let was_held = self.asked.is_held();
        self.asked.expire(now);
        let wanted = self.asked.wanted(self.controller.layout(), now + self.skew);
        if was_held != self.asked.is_held() || self.controller.wanted() != wanted {
            self.controller.request(wanted);
        }
        self.controller.step(now);
        self.asked.served(self.controller.aspects());
        if !self.asked.is_held() {
            self.local_time += signal::controller::TICK;
        }
        self.show(now);
    }

    /// What the loops and trackers say.
    pub fn detect(&mut self, channels: impl Iterator<Item = Channel>) {
        for channel in channels {
            match channel {
                Channel::Loop(number, occupied, count) => {
                    self.bank.set(Point::DetectorPresence, number, i64::from(occupied));
                    self.bank.set(Point::DetectorCount, number, i64::from(count & 0xffff));
                }
                Channel::Occupancy(number, share) => {
                    self.bank.set(Point::DetectorOccupancy, number, share.into());
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
        self.asked.release();
        self.booted = now;
        self.boots = self.boots.wrapping_add(1);
        self.show(now);
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
        self.asked.is_held()
    }

    /// The stage that runs; none in a transition.
    #[must_use]
    pub fn stage(&self) -> Option<StageId> {
        match self.controller.running() {
            Running::Stage(stage) => Some(stage),
            Running::Startup | Running::Transition { .. } => None,
        }
    }

    /// The plan that runs where nobody demands a stage.
    #[must_use]
    pub fn plan(&self) -> PlanId {
        self.asked.plan().plan().id()
    }

    /// A wired call: its input rises.
    pub fn call(&mut self, group: GroupId) {
        if group.index() < self.controller.layout().groups().len() {
            self.asked.call(group);
        }
    }

    /// A wired preempt: its input is on, or none is.
    pub fn set_wired_preempt(&mut self, number: Option<u8>) {
        self.asked.wired_preempt = number;
    }

    /// Wired plan bits: the number of a plan, from 1; 0 and a plan that there is not choose none.
    pub fn set_wired_plan(&mut self, number: u8) {
        self.asked.wired_plan = number.checked_sub(1).map(PlanId);
    }

    /// The preempt that runs, from 1.
    #[must_use]
    pub fn preempt(&self) -> Option<u8> {
        self.asked.preempt(self.controller.layout()).map(|(number, _)| number)
    }

    /// How long it has run its own plan.
    #[must_use]
    pub fn local_time(&self) -> Millis {
        self.local_time
    }

    fn obey(&mut self, now: Moment, command: &Command) -> Result<(), ExceptionCode> {
        let layout = self.controller.layout().clone();
        if let Some(lease) = command.lease() {
            if lease <= Millis::ZERO || lease > LEASE_MAX {
                return Err(ExceptionCode::IllegalValue);
            }
            if self.controller.running() == Running::Startup {
                return Err(ExceptionCode::Busy);
            }
        }
        let known = match *command {
            Command::DemandStage { stage, .. } => layout.has_stage(stage),
            Command::Preempt { number, .. } => asked::stage_of(&layout, number).is_some(),
            Command::SelectPlan { plan, .. } => self.asked.has_plan(plan),
            Command::Call { group } => group.index() < layout.groups().len(),
            Command::Release | Command::SetClock(_) => true,
        };
        if !known {
            return Err(ExceptionCode::IllegalValue);
        }
        self.asked.obey(now, command);
        if let Command::DemandStage { stage, .. } = *command {
            self.controller.request(stage);
        }
        Ok(())
    }

    /// Shows its lamps; the registers follow when somebody reads them.
    fn show(&mut self, now: Moment) {
        self.shown.clear();
        self.shown.extend_from_slice(self.controller.aspects());
        if self.conflict {
            self.shown.fill(Aspect::Green);
        }
        (self.shown_at, self.is_told) = (now, false);
    }

    fn publish(&mut self) {
        if std::mem::replace(&mut self.is_told, true) {
            return;
        }
        let now = self.shown_at;
        let number = |stage: StageId| i64::from(stage.0) + 1;
        let (stage, next) = match self.controller.running() {
            Running::Startup => (0, 0),
            Running::Stage(stage) => (number(stage), 0),
            Running::Transition { to, .. } => (0, number(to)),
        };
        let preempt = self.preempt();
        let mode = match (self.controller.running(), preempt) {
            (Running::Startup, _) => 0,
            (_, Some(_)) => 5,
            (_, None) if self.asked.is_held() => 2,
            (_, None) => 1,
        };
        let left = self.asked.left(now);
        let plan = self.asked.plan().clone();
        let bank = &mut self.bank;
        bank.set(Point::IdentityMagic, 0, 0x4757);
        bank.set(Point::MapVersion, 0, 1);
        bank.set(Point::Uptime, 0, (now - self.booted).0 / 1_000);
        bank.set(Point::BootCount, 0, self.boots.into());
        bank.set(Point::Mode, 0, mode);
        bank.set(Point::Plan, 0, i64::from(plan.plan().id().0) + 1);
        bank.set(Point::Stage, 0, stage);
        bank.set(Point::NextStage, 0, next);
        bank.set(Point::Elapsed, 0, (self.controller.elapsed(now).0 / 100).min(65_535));
        bank.set(Point::CycleSecond, 0, plan.cycle_time(now + self.skew).0 / 1_000);
        bank.set(Point::Faults, 0, self.faults.into());
        bank.set(Point::LeaseLeft, 0, left.0);
        bank.set(Point::PreemptActive, 0, preempt.unwrap_or(0).into());
        for (group, aspect) in (0_u16..).zip(&self.shown) {
            bank.set(Point::Aspect, group, aspect.code().into());
        }
    }
}
