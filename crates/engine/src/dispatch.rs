//! Emergency corridors among the junctions: what is asked is decided here, and what a junction is asked
//! for goes the way of every demand, as a lease through the interlock.
//!
//! ```text
//!   ask, change ──▶ corridors ──each beat──▶ clearings ──┬──▶ the planner's scene, where it decides
//!                       ▲                                 └──▶ a demand of a stage, where it does not
//!   lanes, read-backs ──┘
//! ```
//!
//! A corridor that ends asks for nothing any more: the next decision is the optimiser's or the plan's, and
//! where the daemon itself ends the last lease runs out at the cabinet.

use corridor::{
    Answer, Change, Clearing, CorridorId, Corridors, End, FLUSH, Grant, Refusal, Request, Roads,
    Shown, Signal, Signals, Step, Traffic,
};
use estimate::Lanes;
use network::Network;
use optimizer::Decision;
use scenario::{Mode, SignalSite, Site};
use units::{JunctionId, LinkId, Metres, Millis, Moment, StageId};

use crate::engine::Engine;
use crate::event::{EventKind, Preempt};
use crate::foresight::Foreseen;
use crate::junction::{Junction, SEEN_MAX_AGE};

/// A vehicle of which only the number is known stands on so much of its lane, metres.
const ROOM: f64 = 7.5;

/// The corridors of a site, none of them open.
pub(crate) fn corridors(site: &Site) -> Corridors {
    let signal = |signal: &SignalSite| Signal {
        layout: signal.layout.clone(),
        movement_groups: signal.movement_groups.clone(),
    };
    let signals = site.signals.iter().map(signal).collect();
    Corridors::new(site.network.clone(), Signals::new(&site.network, signals))
}

impl Engine {
    /// Opens an emergency corridor. What the junctions are asked for follows at the next beat.
    ///
    /// # Errors
    /// Why it was not opened; then nothing has changed, but it is told.
    pub fn ask_corridor(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal> {
        let seen = Seen::new(&self.site.network, &self.junctions, &self.lanes, now);
        let answer = self.corridors.ask(now, request, grant, &seen);
        self.tell_of_corridors();
        answer
    }

    /// Changes a corridor that is open: where its vehicle is, where it wants to, or its end.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub fn change_corridor(
        &mut self,
        now: Moment,
        id: CorridorId,
        change: &Change,
    ) -> Result<(), Refusal> {
        let seen = Seen::new(&self.site.network, &self.junctions, &self.lanes, now);
        let outcome = self.corridors.change(now, id, change, &seen);
        self.tell_of_corridors();
        outcome
    }

    /// The corridors, for those who only look.
    #[must_use]
    pub fn corridors(&self) -> &Corridors {
        &self.corridors
    }

    /// Brings the corridors to where they stand, before the junctions are decided.
    pub(crate) fn escort(&mut self, now: Moment) {
        let seen = Seen::new(&self.site.network, &self.junctions, &self.lanes, now);
        self.corridors.step(now, &seen);
        self.tell_of_corridors();
    }

    /// Takes over the corridors of the engine before, where the roads and the signals are the same. Else they
    /// are over: what they were planned on is no more.
    pub(crate) fn take_corridors(&mut self, old: &Self, now: Moment) {
        let roads = |engine: &Self| engine.site.network.links().to_vec();
        let signals = |engine: &Self| -> Vec<_> {
            let rows = engine.site.signals.iter();
            rows.map(|row| (row.junction, row.layout.clone(), row.movement_groups.clone()))
                .collect()
        };
        if roads(self) == roads(old) && signals(self) == signals(old) {
            (self.corridors, self.calls) = (old.corridors.clone(), old.calls.clone());
            return;
        }
        for opened in old.corridors.open() {
            let (corridor, is_drill) = (Some(opened.id), opened.request.is_drill);
            let step = Step::Ended { because: End::Cancelled };
            self.event(now, None, None, EventKind::Corridor { corridor, is_drill, step });
        }
    }

    fn tell_of_corridors(&mut self) {
        for event in self.corridors.take_events() {
            let junction = event.step.junction();
            let is_here = |row: &Junction| Some(row.site.junction) == junction;
            let index = self.junctions.iter().position(is_here);
            let ends = match (event.corridor, junction) {
                (Some(id), Some(at)) => self.calls.ends((id, at), &event.step),
                _ => &[],
            };
            let number = event.corridor.map_or(0, number);
            let kind = EventKind::Corridor {
                corridor: event.corridor,
                is_drill: event.is_drill,
                step: event.step,
            };
            self.event(event.at, index, None, kind);
            for &preempt in ends {
                let kind = EventKind::Preempted { number, preempt };
                self.event(event.at, index, None, kind);
            }
        }
    }
}

/// A corridor's number, where field equipment has that of a preempt.
pub(crate) fn number(id: CorridorId) -> u16 {
    u16::try_from(id.0).unwrap_or(u16::MAX)
}

/// By which corridor which junction was called and not let go yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Called(Vec<(CorridorId, JunctionId)>);

impl Called {
    /// What a step begins or ends of the call of a junction. Each call that begins ends once.
    fn ends(&mut self, call: (CorridorId, JunctionId), step: &Step) -> &'static [Preempt] {
        let before = self.0.len();
        match step {
            Step::Clearing { .. } if !self.0.contains(&call) => {
                self.0.push(call);
                &[Preempt::Called, Preempt::Entry]
            }
            Step::Released { .. } | Step::Missed { .. } => {
                self.0.retain(|known| *known != call);
                if self.0.len() < before { &[Preempt::Over, Preempt::Exit] } else { &[] }
            }
            _ => &[],
        }
    }
}

/// What the planner is told of a clearing.
#[must_use]
pub fn constraint(clearing: &Clearing, now: Moment) -> optimizer::Clearing {
    let rest = |at: Moment| (at - now).at_least_zero();
    let (soonest, latest) = match clearing.has_passed {
        true => (Millis::ZERO, corridor::REAR),
        false => (rest(clearing.times.earliest - FLUSH), rest(clearing.times.latest)),
    };
    optimizer::Clearing {
        junction: clearing.signal,
        from: clearing.from,
        to: clearing.to,
        soonest,
        latest,
        weight: clearing.weight as f32,
        overdue: clearing.overdue,
    }
}

/// What a corridor demands of a junction by itself; none where nothing is due, or where the planner decides
/// and knows of it.
pub(crate) fn demanded(
    junction: &Junction,
    clearings: &[Clearing],
    index: usize,
    (mode, foreseen): (Mode, Option<&Foreseen<'_>>),
) -> Option<Decision> {
    let plans = matches!(foreseen, Some(Foreseen::Planned(..) | Foreseen::Waits));
    if mode == Mode::Adaptive && plans {
        return None;
    }
    let here = || clearings.iter().filter(|clearing| clearing.signal == index);
    let seen = junction.state.as_ref().map(|state| &state.seen);
    let shown = seen.and_then(|seen| seen.running.or(seen.next));
    if let Some(due) = here().find(|clearing| clearing.is_due) {
        let runs = shown.filter(|stage| due.stages.contains(stage));
        let stage = runs.or_else(|| due.stages.first().copied())?;
        return Some(decision(stage, format!("corridor {}", due.corridor)));
    }
    let before = here().find_map(|clearing| Some((clearing.corridor, clearing.before?)));
    before.map(|(id, stage)| decision(stage, format!("served before corridor {id}")))
}

fn decision(stage: StageId, reason: String) -> Decision {
    Decision { stage, ending: Some(optimizer::Ending::ForceOff), reason }
}

/// The corridor for which a junction is asked now, where it is.
pub(crate) fn cleared_for(clearings: &[Clearing], index: usize) -> Option<CorridorId> {
    let due = |clearing: &&Clearing| clearing.signal == index && clearing.is_due;
    clearings.iter().find(due).map(|clearing| clearing.corridor)
}

/// What is known of the street, as corridors ask for it.
struct Seen<'s> {
    network: &'s Network,
    junctions: &'s [Junction],
    lanes: &'s Lanes,
    now: Moment,
}

impl<'s> Seen<'s> {
    fn new(network: &'s Network, junctions: &'s [Junction], lanes: &'s Lanes, now: Moment) -> Self {
        Self { network, junctions, lanes, now }
    }
}

impl Roads for Seen<'_> {
    /// Nothing tells the engine of blocked links yet, and what stands before a signal is let go by the
    /// corridor itself.
    fn delay(&self, _: LinkId) -> Option<Millis> {
        Some(Millis::ZERO)
    }
}

impl Traffic for Seen<'_> {
    fn shown(&self, signal: usize) -> Shown {
        let junction = &self.junctions[signal];
        let Some(seen) = junction.state.as_ref().map(|state| &state.seen) else {
            return Shown::Unknown;
        };
        let age = self.now - seen.at;
        let elapsed = seen.elapsed + age;
        match (seen.running, seen.next) {
            _ if age > SEEN_MAX_AGE => Shown::Unknown,
            (Some(stage), _) => Shown::Stage { stage, elapsed },
            (None, Some(to)) => {
                let layout = junction.layout();
                let each = layout.stage_ids().map(|from| layout.clearance(from, to));
                let whole = each.max().unwrap_or(Millis::ZERO);
                Shown::Change { to, left: whole - elapsed }
            }
            (None, None) => Shown::Unknown,
        }
    }

    fn queue(&self, link: LinkId, to: LinkId, within: Metres) -> f64 {
        let Some(movement) = self.network.movement_between(link, to) else { return 0.0 };
        let lanes = self.network.movement(movement).connections.iter();
        let counts = lanes.map(|one| {
            let view = self.lanes.get(self.network.lane_at(link, one.from_lane));
            let there = view.vehicles(self.now).unwrap_or_else(|| view.queue(self.now));
            there.min(within.0.max(0.0) / ROOM)
        });
        counts.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::junction::Hold;
    use crate::testing::state;
    use corridor::{Class, Incident, Level, Place};
    use field::{PointValue, Value};
    use hw_profiles::Point;
    use scenario::{InputRole, InputSite, generate};
    use signal::ControlSource;
    use std::sync::Arc;
    use units::{DeviceId, MetresPerSecond};

    /// An arterial whose cabinets have control and run a stage that opens nothing along it.
    fn street(change: impl FnOnce(&mut Site)) -> (Engine, Vec<LinkId>) {
        let (mut site, _) = generate::arterial(1, 3);
        change(&mut site);
        let site = Arc::new(site);
        let name = |n: usize| format!("l_{n}_1_{}_1", n + 1);
        let link = |n| site.network.link_named(&name(n)).expect("a link");
        let way: Vec<LinkId> = (0..4).map(link).collect();
        let mut engine =
            Engine::new(site, &hw_profiles::builtin, Moment(0), 1).expect("a sound site");
        for junction in &mut engine.junctions {
            junction.source = ControlSource::Adaptive;
        }
        see(&mut engine, Moment(0));
        (engine, way)
    }

    /// The cabinets are read: each runs the last of its stages.
    fn see(engine: &mut Engine, now: Moment) {
        for junction in &mut engine.junctions {
            let last = u8::try_from(junction.layout().stages().len() - 1).expect("few");
            junction.state = Some(state(Some(last), None, 20, now));
        }
    }

    fn request(way: &[LinkId]) -> Request {
        let place = |link, offset| Place { link, offset: Metres(offset) };
        Request {
            key: "k".to_owned(),
            vehicle: "A".to_owned(),
            class: Class::Ambulance,
            level: Level::default(),
            incident: Incident::Medical,
            origin: place(way[0], 10.0),
            destination: place(way[3], 100.0),
            speed: MetresPerSecond(13.0),
            departs_in: Millis::ZERO,
            expires_in: Millis(600_000),
            is_drill: true,
        }
    }

    fn events(engine: &mut Engine) -> Vec<EventKind> {
        let mut found = Vec::new();
        while let Some(output) = engine.poll_output() {
            if let crate::io::Output::Event(event) = output {
                found.push(event.kind);
            }
        }
        found
    }

    fn open(engine: &mut Engine, way: &[LinkId]) -> CorridorId {
        let grant = Grant::everything("room", 10);
        engine.ask_corridor(Moment(0), &request(way), &grant).expect("a way").id
    }

    /// What corridors demand of the first junction.
    fn wanted(engine: &Engine) -> Option<Decision> {
        let clearings = engine.corridors.clearings();
        demanded(&engine.junctions[0], clearings, 0, (Mode::MaxPressure, None))
    }

    /// Steps until the first junction is asked for something.
    fn until_asked(engine: &mut Engine) -> Moment {
        for second in 1..60 {
            let now = Moment(second * 1_000);
            see(engine, now);
            engine.escort(now);
            if wanted(engine).is_some() && cleared_for(engine.corridors.clearings(), 0).is_some() {
                return now;
            }
        }
        panic!("nothing is asked for in a minute");
    }

    #[test]
    fn a_junction_is_asked_for_the_vehicles_stage_and_let_go_when_it_is_over() {
        let (mut engine, way) = street(|_| {});
        let id = open(&mut engine, &way);
        let now = until_asked(&mut engine);
        let wanted = self::wanted(&engine).expect("asked");
        let row = &engine.junctions[0].site;
        let network = engine.site.network.clone();
        let movement = network.movement_between(way[0], way[1]).expect("a movement");
        let group = row.group_of(movement).expect("a group");
        assert!(row.layout.stage(wanted.stage).groups.contains(group));
        assert_eq!(wanted.reason, "corridor 1");
        let told = events(&mut engine);
        let codes: Vec<_> = told.iter().filter_map(EventKind::indiana).collect();
        assert_eq!(codes, [(102, 1), (105, 1)], "{told:?}");
        engine.change_corridor(now, id, &Change::Cancel).expect("it is open");
        engine.escort(now + Millis(1_000));
        assert_eq!(self::wanted(&engine), None);
        let told = events(&mut engine);
        let codes: Vec<_> = told.iter().filter_map(EventKind::indiana).collect();
        assert_eq!(codes, [(104, 1), (111, 1)], "{told:?}");
        let words: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert!(
            words.iter().any(|text| text == "drill, corridor 1: ended: cancelled"),
            "{words:?}"
        );
        assert!(engine.corridors().open().is_empty());
    }

    #[test]
    fn a_person_goes_before_a_corridor() {
        let (mut engine, way) = street(|_| {});
        open(&mut engine, &way);
        let now = until_asked(&mut engine);
        let decision = wanted(&engine).expect("asked");
        let junction = &mut engine.junctions[0];
        let escort = crate::decide::escorted(junction, decision.clone(), now);
        assert_eq!(escort.map(|(source, _)| source), Some(ControlSource::Corridor));
        junction.hold = Some(Hold { stage: StageId(1), until: now + Millis(60_000) });
        assert!(crate::decide::escorted(junction, decision, now).is_none());
    }

    #[test]
    fn a_stage_that_lets_the_vehicle_go_and_runs_is_kept() {
        let (mut engine, way) = street(|_| {});
        open(&mut engine, &way);
        let now = until_asked(&mut engine);
        let clearing = engine.corridors.clearings()[0].clone();
        for &stage in &clearing.stages {
            engine.junctions[0].state = Some(state(Some(stage.0), None, 3, now));
            engine.escort(now);
            assert_eq!(wanted(&engine).map(|wanted| wanted.stage), Some(stage));
        }
    }

    #[test]
    fn an_engine_on_other_roads_has_none() {
        let (mut engine, way) = street(|_| {});
        open(&mut engine, &way);
        let succeed = |site: Site| {
            let site = Arc::new(site);
            let next = Engine::succeed(&engine, site, &hw_profiles::builtin, Moment(1_000));
            next.expect("a sound site").engine.corridors().open().len()
        };
        assert_eq!(succeed(generate::arterial(1, 3).0), 1);
        assert_eq!(succeed(generate::arterial(1, 2).0), 0);
    }

    #[test]
    fn a_detector_for_preemption_is_told_when_it_begins_and_when_it_ends() {
        let (mut engine, way) = street(|site| {
            let link = site.network.link_named("l_0_1_1_1").expect("a link");
            let role = InputRole::Preempt { link, distance: Metres(80.0), number: 2 };
            let device = DeviceId::from_index(site.devices.len());
            let io = scenario::DeviceSite {
                name: "io".to_owned(),
                unit: 2,
                profile: "remote-io".to_owned(),
                ..site.devices[0].clone()
            };
            site.devices.push(io);
            let input =
                InputSite { device, channel: 1, role, inverted: false, filter: Millis::ZERO };
            site.inputs.push(input);
        });
        let device = DeviceId::from_index(engine.site.devices.len() - 1);
        let mut told = Vec::new();
        for (at, level) in [(0, 0.0), (1_000, 1.0), (2_000, 1.0), (3_000, 0.0), (4_000, 0.0)] {
            let value = PointValue { point: Point::Input, index: 1, value: Value::Number(level) };
            engine.take_inputs(device, Moment(at), &[value]);
            told.extend(events(&mut engine).into_iter().map(|kind| (at, kind)));
        }
        let length = engine.site.network.link(way[0]).length;
        let place = Place { link: way[0], offset: length - Metres(80.0) };
        let kind = |on| EventKind::PreemptInput { number: 2, on, place };
        assert_eq!(told, [(1_000, kind(true)), (3_000, kind(false))]);
        assert_eq!(kind(true).indiana(), Some((102, 2)));
    }
}
