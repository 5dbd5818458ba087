//! All corridors of a site: who may open one, who goes first, and what the junctions are asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use network::Network;
use units::{JunctionId, LinkId, Millis, Moment, MovementId, StageId};

use crate::answer::{Alternative, Answer, Refusal, Window};
use crate::arbitrate::{Turn, Want, arbitrate};
use crate::crossing::Signals;
use crate::event::{End, Event, Step};
use crate::node::{Node, State};
use crate::opened::{Ground, Opened, Traffic, event};
use crate::progress::Place;
use crate::reds::Reds;
use crate::request::{Change, Class, CorridorId, Grant, Request};
use crate::route::{Way, Ways};
use crate::schedule::Times;

/// As many may be open at once: more vehicles than a district has, and few enough to be arbitrated at
/// every junction each second.
pub const OPEN_MAX: usize = 16;
/// None is open for longer than this, whatever was asked for: what is forgotten must end by itself.
pub const LASTS_MAX: Millis = Millis(600_000);
/// So many keys are remembered; the oldest go first.
const KEYS_MAX: usize = 1_024;
/// For how long openings count.
const HOUR: Millis = Millis(3_600_000);
/// Speeds that a request may name, m/s.
const SPEEDS: std::ops::RangeInclusive<f64> = 2.0..=50.0;
/// Names are no longer than this.
const NAME_MAX: usize = 128;
/// Two that are so far apart do not meet at a junction.
const APART: Millis = Millis(5_000);
/// Events that nobody takes are kept up to so many.
const EVENTS_MAX: usize = 4_096;

/// What a junction is asked for by one corridor.
#[derive(Clone, PartialEq, Debug)]
pub struct Clearing {
    /// By which.
    pub corridor: CorridorId,
    /// The signal's place in the table.
    pub signal: usize,
    /// The junction.
    pub junction: JunctionId,
    /// The vehicle's movement, from a link to another.
    pub movement: MovementId,
    /// The link before.
    pub from: LinkId,
    /// The link behind.
    pub to: LinkId,
    /// The stages that open it, the best first.
    pub stages: Vec<StageId>,
    /// When what is due.
    pub times: Times,
    /// Whether a stage must be demanded now: where nothing better decides when, the first of them.
    pub is_due: bool,
    /// What a second of the vehicle's delay counts, in those of a car.
    pub weight: f64,
    /// Whether its front has passed, and only its rear is still to.
    pub has_passed: bool,
    /// The stages, a bit each, that the cabinet would serve by its own rule before the vehicle has passed:
    /// better before it comes.
    pub overdue: u64,
    /// One of them that there is still time for: to be demanded now, where nothing better decides when.
    pub before: Option<StageId>,
}

/// All corridors of a site.
#[derive(Clone, Debug)]
pub struct Corridors {
    network: Arc<Network>,
    signals: Signals,
    open: Vec<Opened>,
    /// What was asked under each key, and what it became.
    keys: BTreeMap<String, (Request, CorridorId)>,
    ages: std::collections::VecDeque<String>,
    /// When each of those who ask has opened some within the last hour.
    opened: BTreeMap<String, Vec<Moment>>,
    next: u32,
    reds: Reds,
    clearings: Vec<Clearing>,
    events: Vec<Event>,
}

impl Corridors {
    /// None yet, on these roads with these signals.
    #[must_use]
    pub fn new(network: Arc<Network>, signals: Signals) -> Self {
        Self {
            network,
            signals,
            open: Vec::new(),
            keys: BTreeMap::new(),
            ages: std::collections::VecDeque::new(),
            opened: BTreeMap::new(),
            next: 1,
            reds: Reds::default(),
            clearings: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Those that are open, in the order in which they were opened.
    #[must_use]
    pub fn open(&self) -> &[Opened] {
        &self.open
    }

    /// What the junctions are asked for since the last step, the one that goes first at a junction first.
    #[must_use]
    pub fn clearings(&self) -> &[Clearing] {
        &self.clearings
    }

    /// What has happened since it was last asked.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn say(&mut self, event: Event) {
        if self.events.len() < EVENTS_MAX {
            self.events.push(event);
        }
    }

    /// Opens a corridor, or says why not; then nothing was changed.
    ///
    /// # Errors
    /// The first reason of [`Refusal`]'s list that holds.
    pub fn ask(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
        traffic: &dyn Traffic,
    ) -> Result<Answer, Refusal> {
        if let Some(answer) = self.repeated(request, traffic)? {
            return Ok(answer);
        }
        let (by, vehicle) = (grant.name.clone(), request.vehicle.clone());
        let is_drill = request.is_drill;
        let asked = Step::Requested { by, vehicle, class: request.class };
        self.say(Event { at: now, corridor: None, is_drill, step: asked });
        let found =
            self.check(now, request, grant).and_then(|()| self.way(request, grant, traffic));
        match found {
            Ok((way, others)) => Ok(self.opens(now, request, grant, (&way, &others), traffic)),
            Err(refusal) => {
                let step = Step::Refused { reason: refusal.name() };
                self.say(Event { at: now, corridor: None, is_drill, step });
                Err(refusal)
            }
        }
    }

    /// The answer to a request that came before.
    fn repeated(
        &self,
        request: &Request,
        traffic: &dyn Traffic,
    ) -> Result<Option<Answer>, Refusal> {
        let Some((before, id)) = self.keys.get(&request.key) else { return Ok(None) };
        let opened = self.open.iter().find(|opened| opened.id == *id);
        match opened {
            Some(opened) if before == request => {
                let (place, at) = opened.last_known();
                let ways = self.ways(request, traffic);
                let destination = request.destination;
                let takes = ways.takes(&opened.links, place, destination);
                let takes = takes.unwrap_or(opened.arrives(&self.network) - at);
                let way = Way { links: opened.links.clone(), takes };
                Ok(Some(answer(opened, &way, &[], true)))
            }
            _ => Err(Refusal::Replayed),
        }
    }

    fn check(&mut self, now: Moment, request: &Request, grant: &Grant) -> Result<(), Refusal> {
        let contradiction = |what: &str| Err(Refusal::Contradictory(what.to_owned()));
        if request.expires_in <= Millis::ZERO {
            return Err(Refusal::Expired);
        }
        if request.vehicle.is_empty() || request.key.is_empty() {
            return contradiction("it names no vehicle or no key");
        }
        if request.vehicle.len() > NAME_MAX || request.key.len() > NAME_MAX {
            return contradiction("a name in it is too long");
        }
        if !SPEEDS.contains(&request.speed.0) {
            return contradiction("nobody drives at its speed");
        }
        if request.departs_in < Millis::ZERO || request.departs_in >= request.expires_in {
            return contradiction("it departs before now, or after it has expired");
        }
        self.place("origin", request.origin)?;
        self.place("destination", request.destination)?;
        if !grant.classes.contains(&request.class) {
            return Err(Refusal::ClassNotAllowed(grant.name.clone()));
        }
        let opened = self.opened.entry(grant.name.clone()).or_default();
        opened.retain(|&at| now - at < HOUR);
        if opened.len() >= grant.per_hour as usize {
            return Err(Refusal::TooOften(grant.name.clone()));
        }
        let same = self.open.iter().find(|opened| opened.request.vehicle == request.vehicle);
        if let Some(same) = same {
            return Err(Refusal::VehicleHasOne(same.id));
        }
        if self.open.len() >= OPEN_MAX {
            return Err(Refusal::TooMany { most: OPEN_MAX });
        }
        Ok(())
    }

    fn place(&self, which: &'static str, place: Place) -> Result<(), Refusal> {
        let unknown = |why: String| Err(Refusal::UnknownPlace { which, why });
        let Some(link) = self.network.links().get(place.link.index()) else {
            return unknown(format!("there is no link {}", place.link));
        };
        if !(0.0..=link.length.0).contains(&place.offset.0) {
            return unknown(format!(
                "{} lies not on link {}, which is {} long",
                place.offset, link.name, link.length
            ));
        }
        Ok(())
    }

    fn ways<'s>(&'s self, request: &Request, traffic: &'s dyn Traffic) -> Ways<'s> {
        Ways { network: &self.network, roads: traffic, speed: request.speed }
    }

    fn way(
        &self,
        request: &Request,
        grant: &Grant,
        traffic: &dyn Traffic,
    ) -> Result<(Way, Vec<Way>), Refusal> {
        let ways = self.ways(request, traffic);
        let best = ways.best(request.origin, request.destination).ok_or(Refusal::NoRoute)?;
        let most = request.expires_in.min(LASTS_MAX);
        if request.departs_in + best.takes > most {
            return Err(Refusal::TooLong { takes: best.takes, most });
        }
        if let Some(area) = &grant.area
            && !best.links.iter().all(|link| area.contains(link))
        {
            return Err(Refusal::AreaNotAllowed(grant.name.clone()));
        }
        let others = ways.others(&best, request.origin, request.destination);
        Ok((best, others))
    }

    fn opens(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
        (way, others): (&Way, &[Way]),
        traffic: &dyn Traffic,
    ) -> Answer {
        let id = CorridorId(self.next);
        self.next += 1;
        let ends_at_latest = now + request.expires_in.min(LASTS_MAX);
        let ground = Ground { network: &self.network, signals: &self.signals, traffic };
        let opened = Opened::new((id, request, &grant.name), way, now, ends_at_latest, &ground);
        let answer = answer(&opened, way, others, false);
        let step = Step::Accepted { links: way.links.clone(), ends_at_latest };
        let accepted = event(&opened, now, step);
        self.say(accepted);
        self.open.push(opened);
        self.opened.entry(grant.name.clone()).or_default().push(now);
        self.keys.insert(request.key.clone(), (request.clone(), id));
        self.ages.push_back(request.key.clone());
        if self.ages.len() > KEYS_MAX
            && let Some(oldest) = self.ages.pop_front()
        {
            self.keys.remove(&oldest);
        }
        answer
    }

    /// Changes a corridor that is open.
    ///
    /// # Errors
    /// No such corridor; a destination that is no place or that no way leads to. Then nothing was changed.
    pub fn change(
        &mut self,
        now: Moment,
        id: CorridorId,
        change: &Change,
        traffic: &dyn Traffic,
    ) -> Result<(), Refusal> {
        if let Change::Destination(place) = change {
            self.place("destination", *place)?;
        }
        let Some(index) = self.open.iter().position(|opened| opened.id == id) else {
            return Err(Refusal::NotOpen);
        };
        let ground = Ground { network: &self.network, signals: &self.signals, traffic };
        let opened = &mut self.open[index];
        let mut steps = Vec::new();
        let mut say = |step| steps.push(step);
        let outcome = match *change {
            Change::Progress(progress) => self
                .network
                .links()
                .get(progress.place.link.index())
                .map(|_| opened.take(&progress, now, &ground, &mut say))
                .ok_or_else(|| Refusal::Contradictory("it is on no link".to_owned())),
            Change::Destination(place) => {
                let is_found = opened.redirect(place, &ground, &mut say);
                is_found.then_some(()).ok_or(Refusal::NoRoute)
            }
            Change::Delay(by) => {
                opened.delay(by);
                Ok(())
            }
            Change::Release(junction) => {
                let is_there = opened.release(junction, now, &mut say);
                is_there.then_some(()).ok_or(Refusal::Contradictory(
                    "its way does not cross that junction any more".to_owned(),
                ))
            }
            Change::Cancel => {
                opened.close(now, &mut say);
                say(Step::Ended { because: End::Cancelled });
                Ok(())
            }
        };
        let events: Vec<Event> = steps.into_iter().map(|step| event(opened, now, step)).collect();
        if *change == Change::Cancel {
            self.open.remove(index);
            self.clearings.retain(|clearing| clearing.corridor != id);
        }
        events.into_iter().for_each(|event| self.say(event));
        outcome
    }

    /// Another second: brings every corridor to where it stands, ends those that are over, says who goes
    /// first where several meet, and what the junctions are asked for.
    pub fn step(&mut self, now: Moment, traffic: &dyn Traffic) {
        self.reds.look(&self.signals, now, traffic);
        let ground = Ground { network: &self.network, signals: &self.signals, traffic };
        let mut events = Vec::new();
        self.open.retain_mut(|opened| {
            let mut steps = Vec::new();
            let end = opened.step(now, &ground, &mut |step| steps.push(step));
            if let Some(because) = end {
                opened.close(now, &mut |step| steps.push(step));
                steps.push(Step::Ended { because });
            }
            events.extend(steps.into_iter().map(|step| event(opened, now, step)));
            end.is_none()
        });
        self.order(now, &mut events);
        events.into_iter().for_each(|event| self.say(event));
        self.ask_junctions(now);
    }

    /// Says who goes first at each junction that several want at about the same time.
    fn order(&mut self, now: Moment, events: &mut Vec<Event>) {
        let mut rows: BTreeMap<usize, Vec<(usize, usize, Want)>> = BTreeMap::new();
        for (place, opened) in self.open.iter().enumerate() {
            for (at, node) in opened.nodes.iter().enumerate() {
                let Some(times) = Opened::wanted(node, now) else { continue };
                let want = want(opened.id, opened.request.class, opened.request.level, node, times);
                rows.entry(node.crossing.signal).or_default().push((place, at, want));
            }
        }
        let mut turns: BTreeMap<(usize, usize), Turn> = BTreeMap::new();
        for (&signal, row) in rows.iter().filter(|(_, row)| row.len() > 1) {
            let meets = |want: &Want| {
                row.iter().any(|(_, _, other)| {
                    other.corridor != want.corridor
                        && want.from <= other.until + APART
                        && other.from <= want.until + APART
                })
            };
            let close: Vec<_> = row.iter().filter(|(.., want)| meets(want)).collect();
            let wants: Vec<Want> = close.iter().map(|(.., want)| *want).collect();
            let change = self.signals.longest_change(signal);
            for ((place, at, _), turn) in close.iter().zip(arbitrate(&wants, change)) {
                turns.insert((*place, *at), turn);
            }
        }
        for (place, opened) in self.open.iter_mut().enumerate() {
            let (id, is_drill) = (opened.id, opened.request.is_drill);
            for (at, node) in opened.nodes.iter_mut().enumerate() {
                let turn = turns.get(&(place, at)).copied();
                let to = |turn: Option<Turn>| turn.and_then(|turn| turn.yields);
                if let Some((other, why)) = to(turn)
                    && to(node.turn).map(|(before, _)| before) != Some(other)
                {
                    let step = Step::Yields { junction: node.crossing.junction, to: other, why };
                    events.push(Event { at: now, corridor: Some(id), is_drill, step });
                }
                let is_late = node.times.is_some_and(|times| now >= times.due);
                if to(turn).is_some() && is_late {
                    node.held += HELD_STEP;
                    // Who waits asks for nothing.
                    if let State::Clearing { .. } = node.state {
                        node.state = State::Waiting;
                    }
                }
                node.turn = turn;
            }
        }
    }

    fn ask_junctions(&mut self, now: Moment) {
        self.clearings.clear();
        for opened in &self.open {
            let weight = opened.request.class.weight();
            let level = 1.0 + f64::from(opened.request.level.number()) / 10.0;
            for node in &opened.nodes {
                let Some(times) = Opened::wanted(node, now) else { continue };
                let late = node.turn.map_or(Millis::ZERO, |turn| turn.opens - times.open_from);
                let late = late.at_least_zero();
                let crossing = &node.crossing;
                let times = times.later(late);
                let overdue = self.reds.overdue(&self.signals, crossing, now, times.latest + APART);
                let is_due = node.state.asked_since().is_some();
                let change = self.signals.longest_change(crossing.signal);
                let has_time = !is_due && now + change * 2 <= times.due;
                let lowest = (overdue != 0 && has_time).then(|| overdue.trailing_zeros() as usize);
                self.clearings.push(Clearing {
                    corridor: opened.id,
                    signal: crossing.signal,
                    junction: crossing.junction,
                    movement: crossing.movement,
                    from: crossing.from,
                    to: crossing.to,
                    stages: crossing.stages.clone(),
                    times,
                    is_due,
                    weight: weight * level,
                    has_passed: matches!(node.state, State::Passed { .. }),
                    overdue,
                    before: lowest.map(StageId::from_index),
                });
            }
        }
        self.clearings
            .sort_by_key(|one| (one.signal, !one.is_due, one.times.open_from, one.corridor));
    }
}

/// From one step to the next, by which what others hold up is counted.
const HELD_STEP: Millis = Millis(1_000);

fn want(
    corridor: CorridorId,
    class: Class,
    level: crate::request::Level,
    node: &Node,
    times: Times,
) -> Want {
    let stages = node.crossing.stages.iter().fold(0, |all, stage| all | 1 << (stage.0 & 63));
    Want {
        corridor,
        class,
        level,
        stages,
        from: times.open_from,
        expected: times.expected,
        until: times.latest,
        held: node.held,
        is_open: matches!(node.state, State::Open { .. } | State::Passed { .. }),
    }
}

fn answer(opened: &Opened, way: &Way, others: &[Way], is_repeat: bool) -> Answer {
    let window = |node: &Node| {
        node.times.map(|times| Window {
            junction: node.crossing.junction,
            movement: node.crossing.movement,
            earliest: times.earliest,
            expected: times.expected,
            latest: times.latest,
            open_from: times.open_from,
            is_in_time: node.is_in_time,
        })
    };
    let alternatives =
        others.iter().map(|way| Alternative { links: way.links.clone(), takes: way.takes });
    Answer {
        id: opened.id,
        links: way.links.clone(),
        takes: way.takes,
        windows: opened.nodes.iter().filter_map(window).collect(),
        alternatives: alternatives.collect(),
        ends_at_latest: opened.ends_at_latest,
        is_drill: opened.request.is_drill,
        is_repeat,
    }
}
