//! Calls, preempts and plans: what a junction is asked for beside stages, and where it goes.
//!
//! ```text
//!   a person's preempt, a person's plan ─────────────▶ renewed each beat while they last
//!   a junction that cannot be told a stage: the plan ─▶ plan bits, renewed each beat
//!                                       the stage ────▶ calls of its groups
//! ```
//!
//! A command goes to the outputs that are wired for it at its junction, or else to the junction's own
//! device where its profile knows the command.

use hw_profiles::CommandName;
use scenario::{Mode, OutputRole};
use signal::{Admitted, Command, ControlSource};
use units::{DeviceId, GroupId, Millis, Moment, PlanId};

use crate::decide::{Street, decide};
use crate::engine::Engine;
use crate::event::EventKind;
use crate::inputs::{Confirmed, MISMATCH_MAX};
use crate::junction::{Junction, SEEN_MAX_AGE};

/// A group that was called is not called again for this long: the controller remembers a call.
const CALL_AGAIN: Millis = Millis(5_000);

/// What a junction has beside its stage controller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wired {
    /// Whether its own device reports the stage, and can be told one.
    pub(crate) reports_stage: bool,
    pub(crate) confirmed: Confirmed,
    /// Since when the confirmations contradict the cabinet.
    mismatch_since: Option<Moment>,
    /// They have for too long.
    pub(crate) contradicted: bool,
    /// A person's preempt and plan, until when.
    pub(crate) preempt: Option<(u8, Moment)>,
    /// When the last such preempt was over: the cabinet may show it until it is read again.
    pub(crate) preempt_over: Option<Moment>,
    pub(crate) selected: Option<(PlanId, Moment)>,
    /// When each group was last called.
    called: Vec<(GroupId, Moment)>,
}

impl Wired {
    /// The wires are others: what they have said is forgotten.
    pub(crate) fn forget_confirmations(&mut self) {
        self.confirmed = Confirmed::default();
        (self.mismatch_since, self.contradicted) = (None, false);
    }
}

impl Junction {
    /// What the confirmations say against the cabinet, once it has lasted too long.
    pub(crate) fn contradiction(&mut self, now: Moment) -> Option<String> {
        let seen = self.state.as_ref().map(|state| &state.seen)?;
        let reported = seen.running.filter(|_| now - seen.at <= SEEN_MAX_AGE);
        let wired = &mut self.wired;
        let judged = reported.and_then(|stage| {
            Some((stage, wired.confirmed.contradicts(stage, now, SEEN_MAX_AGE)?))
        });
        let Some((reported, true)) = judged else {
            // In a transition, or while the unit is silent, nothing is held against the next stage;
            // what was found before is over only when the two agree.
            wired.mismatch_since = None;
            wired.contradicted &= judged.is_none();
            return None;
        };
        let since = *wired.mismatch_since.get_or_insert(now);
        if now - since <= MISMATCH_MAX || std::mem::replace(&mut wired.contradicted, true) {
            return None;
        }
        let stage = reported.0 + 1;
        Some(format!("the cabinet reports stage {stage}, its confirmations say otherwise"))
    }
}

impl Engine {
    /// Asks for what is not a stage; true where no stage is to be demanded beside it.
    pub(crate) fn ask_by_wire(&mut self, index: usize, now: Moment) -> bool {
        self.end_what_is_over(index, now);
        let wired = &self.junctions[index].wired;
        let (preempt, selected) = (wired.preempt, wired.selected);
        let reports_stage = wired.reports_stage;
        if let Some((number, _)) = preempt {
            let reason = format!("preempt {number}, raised by an operator");
            self.set_source(index, ControlSource::Operator, &reason, now);
            self.junctions[index].reason = reason;
            let lease = self.site.control.lease;
            self.hold(index, &Command::Preempt { number, lease }, now);
            return true;
        }
        if let Some((plan, _)) = selected {
            self.select(index, plan, ControlSource::Operator, now);
            return true;
        }
        if !reports_stage {
            self.ask_without_stages(index, now);
        }
        !reports_stage
    }

    /// Ends what a person has asked for.
    pub(crate) fn end_asked(&mut self, index: usize, now: Moment) {
        self.junctions[index].hold = None;
        let wired = &mut self.junctions[index].wired;
        for until in
            [wired.preempt.as_mut().map(|p| &mut p.1), wired.selected.as_mut().map(|s| &mut s.1)]
        {
            until.into_iter().for_each(|until| *until = now);
        }
        self.end_what_is_over(index, now);
    }

    /// Ends a preempt and a plan whose time is over; what was raised for them is dropped at once.
    pub(crate) fn end_what_is_over(&mut self, index: usize, now: Moment) {
        let wired = &mut self.junctions[index].wired;
        let preempt = wired.preempt.take_if(|(_, until)| now >= *until).is_some();
        let selected = wired.selected.take_if(|(_, until)| now >= *until).is_some();
        if preempt {
            wired.preempt_over = Some(now);
        }
        if (preempt || selected) && self.junctions[index].take_lease(now) {
            self.send(index, &Command::Release, now);
        }
    }

    /// Sends an admitted command to where it is wired, or to the junction's own device.
    pub(crate) fn deliver(&mut self, index: usize, command: &Admitted<Command>, now: Moment) {
        let own = self.junctions[index].site.device;
        let is_release = *command.get() == Command::Release;
        let wired = self.wired_for(index, command.get());
        let name = field::map::command_name(command.get());
        let to_own = (is_release || wired.is_empty()) && self.can(own, name);
        if wired.is_empty() && !to_own && !is_release {
            let reason = format!("nothing is wired to {} there", name.name());
            self.event(now, Some(index), None, EventKind::Unanswered { reason });
        }
        let junction = self.junctions[index].site.junction;
        let deadline = now + self.site.control.interval * 2;
        for device in wired {
            let tag = self.next_tag();
            let line = self.devices[device.index()].line;
            self.on_line(line, |l| l.switch(now, device, junction, command, deadline, tag));
        }
        if to_own {
            let (tag, command) = (self.next_tag(), command.clone());
            let line = self.devices[own.index()].line;
            self.on_line(line, |line| line.command(now, own, command, deadline, tag));
        }
    }

    /// The devices with an output that is wired for a command at a junction.
    fn wired_for(&self, index: usize, command: &Command) -> Vec<DeviceId> {
        let junction = self.junctions[index].site.junction;
        let of = self.site.outputs.iter().filter(|output| output.junction == junction);
        let fits = |role: OutputRole| match (command, role) {
            (Command::Call { group }, OutputRole::Call { group: of, .. }) => *group == of,
            (Command::Preempt { number, .. }, OutputRole::Preempt { number: of }) => *number == of,
            (Command::SelectPlan { .. }, OutputRole::PlanBit { .. }) | (Command::Release, _) => {
                true
            }
            _ => false,
        };
        let mut devices: Vec<_> = of.filter(|o| fits(o.role)).map(|o| o.device).collect();
        devices.sort_unstable();
        devices.dedup();
        devices
    }

    fn can(&self, device: DeviceId, name: CommandName) -> bool {
        self.devices[device.index()].commands.contains(&name)
    }

    fn next_tag(&mut self) -> u64 {
        self.tags += 1;
        self.pending += 1;
        self.tags
    }

    /// Sends a command that holds something, and remembers that it does.
    fn hold(&mut self, index: usize, command: &Command, now: Moment) {
        if self.send(index, command, now)
            && let Some(lease) = command.lease()
        {
            self.junctions[index].hold_lease(now + lease);
        }
    }

    fn select(&mut self, index: usize, plan: PlanId, source: ControlSource, now: Moment) {
        let reason = format!("plan {}", plan.0 + 1);
        self.set_source(index, source, &reason, now);
        self.junctions[index].reason = reason;
        let lease = self.site.control.lease;
        self.hold(index, &Command::SelectPlan { plan, lease }, now);
    }

    /// A junction that cannot be told a stage: its plan is selected, or its groups are called.
    fn ask_without_stages(&mut self, index: usize, now: Moment) {
        let site = self.site.clone();
        let junction = self.junctions[index].site.junction;
        let here = site.outputs.iter().filter(|output| output.junction == junction);
        let calls = here.clone().any(|o| matches!(o.role, OutputRole::Call { .. }));
        let plans = here.clone().any(|o| matches!(o.role, OutputRole::PlanBit { .. }));
        let is_held = self.junctions[index].held(now).is_some();
        if plans && !is_held && (self.mode == Mode::Fixed || !calls) {
            let plan = self.junctions[index].timetable.coordinator.plan().id();
            return self.select(index, plan, ControlSource::Coordinated, now);
        }
        if !calls || (self.mode == Mode::Fixed && !is_held) {
            let reason = "its own plan: nothing is wired to ask for another";
            return self.set_source(index, ControlSource::Local, reason, now);
        }
        let junction = &mut self.junctions[index];
        let foreseen = self.foresight.as_ref().map(|foresight| foresight.at(index));
        let (network, lanes, clock) = (&site.network, &self.lanes, &self.clock);
        let street = Street { network, lanes, clock, foreseen };
        let Some((source, decision)) = decide(junction, &street, self.mode, now) else {
            return;
        };
        junction.reason.clone_from(&decision.reason);
        let layout = junction.layout().clone();
        let running = junction.state.as_ref().and_then(|state| state.seen.running);
        self.set_source(index, source, &decision.reason, now);
        let wanted = layout.stage(decision.stage).groups;
        let green = running.map_or(signal::GroupSet::EMPTY, |stage| layout.stage(stage).groups);
        if running == Some(decision.stage) {
            return;
        }
        for group in wanted.difference(green).iter() {
            self.call(index, group, now);
        }
    }

    /// Calls a group where that is wired, and not again too soon.
    fn call(&mut self, index: usize, group: GroupId, now: Moment) {
        let command = Command::Call { group };
        if self.wired_for(index, &command).is_empty() {
            return;
        }
        let called = &mut self.junctions[index].wired.called;
        called.retain(|&(_, at)| now - at < CALL_AGAIN);
        if called.iter().all(|&(known, _)| known != group) {
            called.push((group, now));
            self.send(index, &command, now);
        }
    }
}
