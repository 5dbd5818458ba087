//! The engine: lines, junctions, lanes, and the beat of decisions.

use std::collections::VecDeque;
use std::sync::Arc;

use corridor::Corridors;
use estimate::Lanes;
use field::line::{CommandOutcome, Line, LineOutput};
use field::{DeviceMap, PointValue};
use hw_profiles::{CommandName, Point, Profile};
use scenario::{Mode, Site};
use signal::fallback::Rung;
use signal::{Command, CommonClock, ControlSource};
use units::{DeviceId, LineId, Millis, Moment};

use crate::agenda::Agenda;
use crate::decide::{Street, decide, escorted};
use crate::dispatch::{self, Called, cleared_for, demanded};
use crate::event::{Event, EventKind};
use crate::foresight::Foresight;
use crate::inputs::Filter;
use crate::io::{Input, Output};
use crate::junction::Junction;
use crate::readings;
use crate::snapshot::Counters;
use crate::wiring::{Device, devices, lines, problems};

/// How long a stop waits for the last releases to be written.
const STOP_IN: Millis = Millis(2_000);

/// The engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) site: Arc<Site>,
    pub(crate) mode: Mode,
    pub(crate) lines: Vec<Line>,
    pub(crate) agenda: Agenda,
    /// Lines to which something was done, whose outputs and next moment are to be taken.
    pub(crate) touched: Vec<LineId>,
    pub(crate) devices: Vec<Device>,
    pub(crate) junctions: Vec<Junction>,
    pub(crate) lanes: Lanes,
    pub(crate) corridors: Corridors,
    /// The junctions that they have called.
    pub(crate) calls: Called,
    /// The planner, while the mode or its shadow needs it.
    pub(crate) foresight: Option<Box<Foresight>>,
    pub(crate) clock: CommonClock,
    /// One for each input of the site.
    pub(crate) filters: Vec<Filter>,
    pub(crate) next_decision: Moment,
    pub(crate) stopping: Option<Moment>,
    pub(crate) stopped: bool,
    pub(crate) tags: u64,
    pub(crate) seed: u64,
    /// The last command before the stop: what becomes of it does not matter any more.
    pub(crate) tags_before_stop: u64,
    pub(crate) pending: u64,
    pub(crate) counters: Counters,
    pub(crate) outputs: VecDeque<Output>,
}

impl Engine {
    /// An engine for a site.
    ///
    /// # Errors
    /// Every device whose profile is not known, and all that the site asks of a device that its
    /// profile does not have.
    pub fn new(
        site: Arc<Site>,
        profiles: &dyn Fn(&str) -> Option<Profile>,
        now: Moment,
        seed: u64,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut maps = Vec::new();
        for device in &site.devices {
            match profiles(&device.profile) {
                Some(profile) => maps.push(Arc::new(DeviceMap::new(profile))),
                None => problems.push(format!(
                    "device {}: there is no profile {:?}",
                    device.name, device.profile
                )),
            }
        }
        if problems.is_empty() {
            problems = self::problems(&site, &maps);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let lines = lines(&site, &maps, now, seed);
        let clock = CommonClock::unset();
        let devices = devices(&site, &maps);
        let junction = |signal: &scenario::SignalSite| {
            let mut junction = Junction::new(signal.clone(), &site.control, now, &clock);
            let commands = &devices[signal.device.index()].commands;
            junction.wired.reports_stage = commands.contains(&CommandName::DemandStage);
            junction
        };
        let junctions = site.signals.iter().map(junction).collect();
        let mut engine = Self {
            mode: site.control.mode,
            agenda: Agenda::new(lines.len()),
            touched: (0..lines.len()).map(LineId::from_index).collect(),
            lines,
            devices,
            junctions,
            lanes: Lanes::new(site.network.lanes().len()),
            corridors: dispatch::corridors(&site),
            calls: Called::default(),
            foresight: None,
            clock,
            filters: vec![Filter::default(); site.inputs.len()],
            next_decision: now + site.control.interval,
            stopping: None,
            stopped: false,
            tags: 0,
            seed,
            tags_before_stop: 0,
            pending: 0,
            counters: Counters::default(),
            outputs: VecDeque::new(),
            site,
        };
        engine.drain(now);
        Ok(engine)
    }

    /// Takes an input.
    pub fn handle_input(&mut self, now: Moment, input: Input) {
        match input {
            Input::LinkUp(line) => self.on_line(line, |line| line.link_up(now)),
            Input::LinkDown(line, reason) => self.on_line(line, |l| l.link_down(now, &reason)),
            Input::Reply { line, token, result } => {
                self.counters.errors += u64::from(result.is_err());
                self.on_line(line, |line| line.handle_reply(now, token, result));
            }
            Input::Civil(civil) => self.clock.set(now, civil),
            Input::Operator(action) => {
                // Whoever wants to know what came of it calls `operate` itself.
                let _ = self.operate(now, action);
            }
            Input::ShutDown => self.shut_down(now),
        }
        self.drain(now);
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Moment) {
        for line in self.agenda.due(now) {
            self.on_line(line, |line| line.handle_timeout(now));
        }
        self.drain(now);
        if now >= self.next_decision && self.stopping.is_none() {
            // After a pause the beat starts afresh: no burst makes up for what was missed.
            let late = now - self.next_decision;
            let interval = self.site.control.interval;
            self.next_decision = if late >= interval { now } else { self.next_decision } + interval;
            self.escort(now);
            self.foresee(now);
            for index in 0..self.junctions.len() {
                self.control(index, now);
                for kind in self.junctions[index].news() {
                    self.event(now, Some(index), None, kind);
                }
            }
            self.drain(now);
        }
        let over = |since: Moment| now - since >= STOP_IN || self.pending == 0;
        if !self.stopped && self.stopping.is_some_and(over) {
            self.stopped = true;
            self.outputs.push_back(Output::Stopped);
        }
    }

    /// When something becomes due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Moment> {
        let own = match self.stopping {
            Some(_) if self.stopped => None,
            Some(since) => Some(if self.pending == 0 { since } else { since + STOP_IN }),
            None => Some(self.next_decision),
        };
        self.agenda.next().into_iter().chain(own).min()
    }

    /// What is to be done, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The site that runs.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    pub(crate) fn on_line(&mut self, line: LineId, act: impl FnOnce(&mut Line)) {
        if let Some(found) = self.lines.get_mut(line.index()) {
            act(found);
            self.touched.push(line);
        }
    }

    /// Takes what the lines have to say, until none has anything left. Only those to which something
    /// was done can have anything.
    pub(crate) fn drain(&mut self, now: Moment) {
        while !self.touched.is_empty() {
            let mut touched = std::mem::take(&mut self.touched);
            touched.sort_unstable();
            touched.dedup();
            for line in touched {
                while let Some(output) = self.lines[line.index()].poll_output() {
                    self.take(line, output, now);
                }
                self.agenda.set(line, self.lines[line.index()].poll_timeout());
            }
        }
    }

    fn take(&mut self, line: LineId, output: LineOutput, now: Moment) {
        match output {
            LineOutput::Connect => self.outputs.push_back(Output::Connect(line)),
            LineOutput::Disconnect { reason } => {
                self.outputs.push_back(Output::Disconnect(line, reason));
            }
            LineOutput::Send { token, unit, request, timeout } => {
                self.counters.requests += 1;
                let send = Output::Send { line, token, unit, request, timeout };
                self.outputs.push_back(send);
            }
            LineOutput::Points { device, sent, points } => self.read(device, sent, &points, now),
            LineOutput::Commanded { device, tag, outcome } => {
                self.commanded(device, tag, outcome, now);
            }
            LineOutput::Rebooted { device } => self.rebooted(device, now),
            LineOutput::Health { device, state, reason } => {
                let state = state.name();
                self.event(now, None, Some(device), EventKind::Health { state, reason });
            }
        }
    }

    fn read(&mut self, device: DeviceId, sent: Moment, points: &[PointValue], now: Moment) {
        for point in points {
            self.detector(device, sent, point);
        }
        self.take_inputs(device, sent, points);
        let Some(index) = self.devices[device.index()].junction else {
            return;
        };
        match readings::state(self.junctions[index].layout(), sent, points) {
            Ok(None) => {}
            Ok(Some(state)) => {
                for kind in self.junctions[index].observe(state, now) {
                    let violated = matches!(kind, EventKind::Violated(_));
                    self.counters.violations += u64::from(violated);
                    self.event(now, Some(index), None, kind);
                }
            }
            Err(what) => {
                self.event(now, Some(index), Some(device), EventKind::Implausible { what });
            }
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn detector(&mut self, device: DeviceId, at: Moment, point: &PointValue) {
        let device = &self.devices[device.index()];
        let channel = usize::from(point.index);
        let a_loop = device.loops.get(channel).copied().flatten();
        match (point.point, point.value.number(), a_loop) {
            (Point::DetectorPresence, Some(bit), Some((lane, which))) => {
                self.lanes.presence(lane, which, bit > 0.0, at);
            }
            (Point::DetectorCount, Some(_), Some((lane, which))) => {
                let count = point.value.whole().unwrap_or(0) as u16;
                self.lanes.count(lane, which, count, at);
            }
            (Point::TrackerQueue, Some(queue), _) => {
                if let Some(lane) = device.trackers.get(channel).copied().flatten() {
                    self.lanes.tracked(lane, queue, at);
                }
            }
            (Point::TrackerVehicles, Some(vehicles), _) => {
                if let Some(lane) = device.trackers.get(channel).copied().flatten() {
                    self.lanes.on_lane(lane, vehicles, at);
                }
            }
            _ => {}
        }
    }

    fn rebooted(&mut self, device: DeviceId, now: Moment) {
        self.event(now, None, Some(device), EventKind::Rebooted);
        if let Some(index) = self.devices[device.index()].junction {
            self.junctions[index].rebooted();
        }
    }

    fn commanded(&mut self, device: DeviceId, tag: u64, outcome: CommandOutcome, now: Moment) {
        if tag > self.tags_before_stop {
            self.pending = self.pending.saturating_sub(1);
        }
        if let CommandOutcome::Failed(reason) = outcome
            && self.stopping.is_none()
        {
            self.counters.unanswered_demands += 1;
            let junction = self.devices[device.index()].junction;
            self.event(now, junction, Some(device), EventKind::Unanswered { reason });
        }
    }

    /// One junction's beat: who controls, which stage, and the demand.
    fn control(&mut self, index: usize, now: Moment) {
        self.counters.decisions += 1;
        self.junctions[index].follow_calendar(now, &self.clock);
        self.cross_check(index, now);
        // What a person has asked for ends by itself, whoever has control.
        self.junctions[index].held(now);
        self.end_what_is_over(index, now);
        let (rung, why) = self.junctions[index].rung(now);
        if rung == Rung::Released {
            self.junctions[index].shadow = None;
            self.junctions[index].forget_announced();
            self.set_source(index, ControlSource::Fault, why, now);
            if self.junctions[index].take_lease(now) && !self.junctions[index].yields(now) {
                self.send(index, &Command::Release, now);
            }
            return;
        }
        if self.ask_by_wire(index, now) {
            if self.junctions[index].wired.reports_stage {
                self.junctions[index].forget_announced();
            }
            return;
        }
        let network = self.site.network.clone();
        let junction = &mut self.junctions[index];
        let foreseen = self.foresight.as_ref().map(|foresight| foresight.at(index));
        let (lanes, clock) = (&self.lanes, &self.clock);
        let clearings = self.corridors.clearings();
        let escort = demanded(junction, clearings, index, (self.mode, foreseen.as_ref()));
        let escort = escort.and_then(|decision| escorted(junction, decision, now));
        let street = Street { network: &network, lanes, clock, foreseen };
        let decided = escort.or_else(|| {
            let (source, decision) = decide(junction, &street, self.mode, now)?;
            // Where the planner decides and knows of a vehicle, what it decides is the corridor's.
            let id = cleared_for(clearings, index).filter(|_| source == ControlSource::Adaptive);
            let Some(id) = id else { return Some((source, decision)) };
            Some((ControlSource::Corridor, decision.because(&format!("corridor {id}"))))
        });
        let Some((source, decision)) = decided else { return };
        junction.reason.clone_from(&decision.reason);
        self.compare(index, decision.stage, now);
        let junction = &mut self.junctions[index];
        let stage = junction.step_towards(decision.stage, now);
        self.set_source(index, source, &decision.reason, now);
        let lease = self.site.control.lease;
        if !self.send(index, &Command::DemandStage { stage, lease }, now) {
            return;
        }
        let (new, unanswered) = self.junctions[index].ask(stage, lease, now);
        if unanswered {
            self.counters.unanswered_demands += 1;
            let reason = format!("stage {} has not shown within {lease}", stage.0 + 1);
            self.event(now, Some(index), None, EventKind::Unanswered { reason });
        }
        if new {
            let (ending, reason) = (decision.ending, decision.reason);
            self.event(now, Some(index), None, EventKind::Demanded { stage, ending, reason });
            if stage == decision.stage {
                for (group, ending) in std::mem::take(&mut self.junctions[index].ended) {
                    self.event(now, Some(index), None, EventKind::GreenEnded { group, ending });
                }
            }
        }
    }

    /// Sends a command through the interlock; false where it was refused.
    pub(crate) fn send(&mut self, index: usize, command: &Command, now: Moment) -> bool {
        match self.junctions[index].admit(command.clone(), now) {
            Ok(admitted) => {
                if matches!(command, Command::DemandStage { .. }) {
                    self.counters.demands += 1;
                }
                self.deliver(index, &admitted, now);
                true
            }
            Err(refusal) => {
                self.counters.refusals += 1;
                if let Command::DemandStage { stage, .. } = *command {
                    self.event(now, Some(index), None, EventKind::Refused { stage, refusal });
                }
                false
            }
        }
    }

    pub(crate) fn set_source(
        &mut self,
        index: usize,
        source: ControlSource,
        reason: &str,
        now: Moment,
    ) {
        let junction = &mut self.junctions[index];
        if source == ControlSource::Fault {
            reason.clone_into(&mut junction.reason);
        }
        if junction.source != source {
            junction.source = source;
            let reason = reason.to_owned();
            self.event(now, Some(index), None, EventKind::Control { source, reason });
        }
    }

    fn shut_down(&mut self, now: Moment) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(now);
        (self.pending, self.tags_before_stop) = (0, self.tags);
        for index in 0..self.junctions.len() {
            let junction = self.junctions[index].site.junction;
            // A call has no lease; its output is dropped all the same.
            let is_wired = self.site.outputs.iter().any(|output| output.junction == junction);
            let may_hold = self.junctions[index].take_lease(now) || is_wired;
            if may_hold && !self.junctions[index].yields(now) {
                self.send(index, &Command::Release, now);
            }
        }
    }

    pub(crate) fn event(
        &mut self,
        at: Moment,
        junction: Option<usize>,
        device: Option<DeviceId>,
        kind: EventKind,
    ) {
        let junction = junction.map(|index| self.junctions[index].site.junction);
        self.outputs.push_back(Output::Event(Event { at, junction, device, kind }));
    }
}
