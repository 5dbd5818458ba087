//! Emergency corridors in the engine: it owns them, shows them the street, tells their events, and gives a
//! junction whose turn it is the corridor's stage, below a person and above every rule.
//!
//! ```text
//!   each beat: Corridors::step ─▶ clearings that are due ─▶ one stage a junction ─▶ decide ─▶ interlock
//!                     └─▶ events, with the codes of the field
//! ```
//!
//! A demand of a corridor is one like any other: a lease, the interlock, the legal change. A cabinet that
//! is lost, or asked for by nobody any more, runs out of its lease.

use corridor::{
    Answer, Change, Corridors, Event, Grant, Opened, Refusal, Request, Roads, Shown, Signal,
    Signals, Step, Traffic,
};
use estimate::Lanes;
use network::Network;
use scenario::Site;
use signal::ControlSource;
use units::{LinkId, Metres, Millis, Moment, StageId};

use crate::engine::Engine;
use crate::event::{EventKind, Preempt};
use crate::junction::Junction;

/// A vehicle of a queue takes so much of a lane, metres.
const VEHICLE: f64 = 7.5;

/// The corridors, and what they ask of each junction now.
#[derive(Clone, Debug)]
pub(crate) struct Emergency {
    corridors: Corridors,
    demands: Vec<Option<Wanted>>,
    /// By whom which junction was called and not let go yet.
    called: Vec<(corridor::CorridorId, units::JunctionId)>,
}

/// What a corridor asks of a junction.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Wanted {
    pub(crate) stage: StageId,
    pub(crate) reason: String,
}

impl Emergency {
    pub(crate) fn new(site: &Site) -> Self {
        let signal = |site: &scenario::SignalSite| Signal {
            layout: site.layout.clone(),
            movement_groups: site.movement_groups.clone(),
        };
        let signals = Signals::new(&site.network, site.signals.iter().map(signal).collect());
        let corridors = Corridors::new(site.network.clone(), signals);
        Self { corridors, demands: vec![None; site.signals.len()], called: Vec::new() }
    }

    /// What a corridor asks of a junction.
    pub(crate) fn wanted(&self, index: usize) -> Option<&Wanted> {
        self.demands.get(index)?.as_ref()
    }

    /// What a step begins or ends of the call of a junction. Each call that begins ends once.
    fn ends(
        &mut self,
        id: corridor::CorridorId,
        at: units::JunctionId,
        step: &Step,
    ) -> &'static [Preempt] {
        let before = self.called.len();
        match step {
            Step::Clearing { .. } if !self.called.contains(&(id, at)) => {
                self.called.push((id, at));
                &[Preempt::Called, Preempt::Entry]
            }
            Step::Released { .. } | Step::Missed { .. } => {
                self.called.retain(|known| *known != (id, at));
                if self.called.len() < before { &[Preempt::Over, Preempt::Exit] } else { &[] }
            }
            _ => &[],
        }
    }

    /// The former ones, where the roads and the signals are the same; else whatever was open is over, and
    /// every junction is let go.
    pub(crate) fn take_over(&mut self, old: &Self, sites: (&Site, &Site)) {
        if same_ground(sites.0, sites.1) {
            self.clone_from(old);
        }
    }
}

impl Engine {
    /// Opens a corridor, or says why not; then nothing was changed.
    ///
    /// # Errors
    /// The first reason of the core's list that holds; also while the engine stops.
    pub fn ask_corridor(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal> {
        if self.stopping.is_some() {
            return Err(Refusal::Contradictory("the daemon is stopping".to_owned()));
        }
        let sight = sight(&self.junctions, &self.lanes, &self.site.network, now);
        let answer = self.emergency.corridors.ask(now, request, grant, &sight);
        self.tell_corridors(now);
        answer
    }

    /// Changes a corridor that is open.
    ///
    /// # Errors
    /// Why it cannot be; then nothing was changed.
    pub fn change_corridor(
        &mut self,
        now: Moment,
        id: corridor::CorridorId,
        change: &Change,
    ) -> Result<(), Refusal> {
        let sight = sight(&self.junctions, &self.lanes, &self.site.network, now);
        let done = self.emergency.corridors.change(now, id, change, &sight);
        // Who is let go is asked for by nobody at the next beat.
        self.tell_corridors(now);
        done
    }

    /// The corridors that are open, in the order in which they were opened.
    #[must_use]
    pub fn open_corridors(&self) -> &[Opened] {
        self.emergency.corridors.open()
    }

    /// Another second of every corridor, and what each junction is asked for by the one that goes first
    /// there.
    pub(crate) fn step_corridors(&mut self, now: Moment) {
        if self.emergency.corridors.open().is_empty() {
            self.emergency.demands.fill(None);
            return;
        }
        let sight = sight(&self.junctions, &self.lanes, &self.site.network, now);
        let Emergency { corridors, demands, .. } = &mut self.emergency;
        corridors.step(now, &sight);
        demands.fill(None);
        for clearing in corridors.clearings().iter().filter(|clearing| clearing.is_due) {
            let Some(wanted) = demands.get_mut(clearing.signal).filter(|wanted| wanted.is_none())
            else {
                continue;
            };
            let runs = match sight.shown(clearing.signal) {
                Shown::Stage { stage, .. } | Shown::Change { to: stage, .. } => Some(stage),
                Shown::Unknown => None,
            };
            // One that lets the vehicle go and runs already, else the best.
            let runs = runs.filter(|stage| clearing.stages.contains(stage));
            let Some(stage) = runs.or(clearing.stages.first().copied()) else { continue };
            let expected = (clearing.times.expected - now).at_least_zero();
            let opened = corridors.open().iter().find(|opened| opened.id == clearing.corridor);
            let drill =
                if opened.is_some_and(|one| one.request.is_drill) { " (drill)" } else { "" };
            let reason = match clearing.has_passed {
                true => format!("corridor {}{drill}: its rear is to pass", clearing.corridor),
                false => format!("corridor {}{drill}: expected in {expected}", clearing.corridor),
            };
            *wanted = Some(Wanted { stage, reason });
        }
        self.tell_corridors(now);
    }

    /// Tells what has happened to corridors, and beside it what field equipment calls it.
    fn tell_corridors(&mut self, now: Moment) {
        for event in self.emergency.corridors.take_events() {
            let at = junction_of(&event.step);
            let index = at.and_then(|at| self.junctions.iter().position(|j| j.site.junction == at));
            let number = event.corridor.map_or(0, number);
            let ends = match (event.corridor, at) {
                (Some(id), Some(at)) => self.emergency.ends(id, at, &event.step),
                _ => &[],
            };
            self.event(now, index, None, EventKind::Corridor(event));
            for &preempt in ends {
                self.event(now, index, None, EventKind::Preempted { number, preempt });
            }
        }
    }
}

/// The junction that a step is about.
fn junction_of(step: &Step) -> Option<units::JunctionId> {
    match step {
        Step::Clearing { junction, .. }
        | Step::Open { junction }
        | Step::Passed { junction, .. }
        | Step::Missed { junction }
        | Step::Released { junction, .. }
        | Step::Yields { junction, .. } => Some(*junction),
        _ => None,
    }
}

/// The field's code of a step at a junction: its stage is dwelt in. What begins and ends has events of its
/// own.
pub(crate) fn code(event: &Event) -> Option<(u16, u16)> {
    let id = event.corridor.filter(|_| matches!(event.step, Step::Open { .. }))?;
    Some((107, number(id)))
}

/// A corridor's number, where a preempt has its own.
fn number(id: corridor::CorridorId) -> u16 {
    u16::try_from(id.0).unwrap_or(u16::MAX)
}

/// What corridors see of the street.
struct Sight<'e> {
    junctions: &'e [Junction],
    lanes: &'e Lanes,
    network: &'e Network,
    now: Moment,
}

fn sight<'e>(
    junctions: &'e [Junction],
    lanes: &'e Lanes,
    network: &'e Network,
    now: Moment,
) -> Sight<'e> {
    Sight { junctions, lanes, network, now }
}

impl Roads for Sight<'_> {
    /// No road is known to be blocked: nobody tells the engine of incidents yet.
    fn delay(&self, _: LinkId) -> Option<Millis> {
        Some(Millis::ZERO)
    }
}

impl Traffic for Sight<'_> {
    fn shown(&self, signal: usize) -> Shown {
        let Some(junction) = self.junctions.get(signal) else { return Shown::Unknown };
        if junction.source == ControlSource::Fault {
            return Shown::Unknown;
        }
        let Some(state) = &junction.state else { return Shown::Unknown };
        let seen = &state.seen;
        let elapsed = seen.elapsed + (self.now - seen.at);
        match (seen.running, seen.next) {
            (Some(stage), _) => Shown::Stage { stage, elapsed },
            // Which stage it comes from is not read: the longest change to it bounds what is left.
            (None, Some(to)) => {
                let layout = junction.layout();
                let changes = layout.stage_ids().map(|from| layout.clearance(from, to));
                let longest = changes.max().unwrap_or(Millis::ZERO);
                Shown::Change { to, left: (longest - elapsed).at_least_zero() }
            }
            (None, None) => Shown::Unknown,
        }
    }

    fn queue(&self, link: LinkId, to: LinkId, within: Metres) -> f64 {
        let Some(movement) = self.network.movement_between(link, to) else { return 0.0 };
        let lanes = self.network.movement(movement).connections.iter();
        let lanes = lanes.map(|one| self.network.lane_at(link, one.from_lane));
        let count = lanes.map(|lane| self.lanes.get(lane).queue(self.now));
        count.fold(0.0, f64::max).min(within.0.max(0.0) / VEHICLE)
    }
}

/// Whether two sites have the same roads and signals, by number.
fn same_ground(old: &Site, new: &Site) -> bool {
    let (a, b) = (&old.network, &new.network);
    let same_roads = a.junctions() == b.junctions()
        && a.links() == b.links()
        && a.lanes() == b.lanes()
        && a.movements() == b.movements();
    let signals = |site: &Site| {
        let row = |one: &scenario::SignalSite| {
            (one.junction, one.layout.clone(), one.movement_groups.clone())
        };
        site.signals.iter().map(row).collect::<Vec<_>>()
    };
    same_roads && signals(old) == signals(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{Street, decide};
    use crate::junction::Hold;
    use crate::testing::state;
    use corridor::{Class, CorridorId, Incident, Level, Place};
    use field::{PointValue, Value};
    use hw_profiles::Point;
    use scenario::{InputRole, InputSite, Mode, generate};
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

    /// Steps until the first junction is asked for something.
    fn until_asked(engine: &mut Engine) -> Moment {
        for second in 1..60 {
            let now = Moment(second * 1_000);
            see(engine, now);
            engine.step_corridors(now);
            if engine.emergency.wanted(0).is_some() {
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
        let wanted = engine.emergency.wanted(0).cloned().expect("asked");
        let row = &engine.junctions[0].site;
        let network = engine.site.network.clone();
        let movement = network.movement_between(way[0], way[1]).expect("a movement");
        let group = row.group_of(movement).expect("a group");
        assert!(row.layout.stage(wanted.stage).groups.contains(group));
        assert!(wanted.reason.starts_with("corridor 1 (drill): expected in"), "{}", wanted.reason);
        let told = events(&mut engine);
        let codes: Vec<_> = told.iter().filter_map(EventKind::indiana).collect();
        assert_eq!(codes, [(102, 1), (105, 1)], "{told:?}");
        engine.change_corridor(now, id, &Change::Cancel).expect("it is open");
        engine.step_corridors(now + Millis(1_000));
        assert!((0..3).all(|index| engine.emergency.wanted(index).is_none()));
        let told = events(&mut engine);
        let codes: Vec<_> = told.iter().filter_map(EventKind::indiana).collect();
        assert_eq!(codes, [(104, 1), (111, 1)], "{told:?}");
        let words: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert!(words.iter().any(|text| text == "drill, corridor 1: over: cancelled"), "{words:?}");
        assert!(engine.open_corridors().is_empty());
    }

    #[test]
    fn a_corridor_goes_before_every_rule_and_a_person_before_a_corridor() {
        let (mut engine, way) = street(|_| {});
        open(&mut engine, &way);
        let now = until_asked(&mut engine);
        let network = engine.site.network.clone();
        let wanted = engine.emergency.wanted(0).cloned();
        let (lanes, clock) = (engine.lanes.clone(), engine.clock);
        for (mode, _) in Mode::ALL.iter().map(|&(_, mode)| (mode, ())) {
            let street = Street {
                network: &network,
                lanes: &lanes,
                clock: &clock,
                foreseen: None,
                emergency: wanted.as_ref(),
            };
            let junction = &mut engine.junctions[0];
            junction.hold = None;
            let (source, decision) = decide(junction, &street, mode, now).expect("a decision");
            assert_eq!(source, ControlSource::Corridor, "{mode:?}");
            assert_eq!(Some(decision.stage), wanted.as_ref().map(|wanted| wanted.stage));
            junction.hold = Some(Hold { stage: StageId(1), until: now + Millis(60_000) });
            let (source, decision) = decide(junction, &street, mode, now).expect("a decision");
            assert_eq!((source, decision.stage), (ControlSource::Operator, StageId(1)));
        }
    }

    #[test]
    fn a_stage_that_lets_the_vehicle_go_and_runs_is_kept() {
        let (mut engine, way) = street(|_| {});
        open(&mut engine, &way);
        let now = until_asked(&mut engine);
        let clearing = engine.emergency.corridors.clearings()[0].clone();
        for &stage in &clearing.stages {
            engine.junctions[0].state = Some(state(Some(stage.0), None, 3, now));
            engine.step_corridors(now);
            assert_eq!(engine.emergency.wanted(0).map(|wanted| wanted.stage), Some(stage));
        }
        // A cabinet of which nothing is known is asked for the best.
        engine.junctions[0].source = ControlSource::Fault;
        engine.step_corridors(now);
        let best = clearing.stages.first().copied();
        assert_eq!(engine.emergency.wanted(0).map(|wanted| wanted.stage), best);
    }

    #[test]
    fn an_engine_that_stops_opens_none_and_one_on_other_roads_has_none() {
        let (mut engine, way) = street(|_| {});
        open(&mut engine, &way);
        let succeed = |site: Site| {
            let site = Arc::new(site);
            let next = Engine::succeed(&engine, site, &hw_profiles::builtin, Moment(1_000));
            next.expect("a sound site").engine.open_corridors().len()
        };
        assert_eq!(succeed(generate::arterial(1, 3).0), 1);
        assert_eq!(succeed(generate::arterial(1, 2).0), 0);
        let (mut stopping, way) = street(|_| {});
        stopping.handle_input(Moment(0), crate::io::Input::ShutDown);
        let outcome = stopping.ask_corridor(Moment(0), &request(&way), &Grant::everything("r", 1));
        assert!(matches!(outcome, Err(Refusal::Contradictory(_))), "{outcome:?}");
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
