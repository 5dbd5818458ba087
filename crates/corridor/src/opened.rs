//! One corridor that is open: where its vehicle is, what its junctions are asked for, how it ends.
//!
//! ```text
//!   ask ─▶ Running ── arrived · cancelled · expired · vanished · no way ──▶ Ended
//!             │ ▲
//!             └─┘ off its way, a link blocked, another way quicker by a margin: planned anew
//! ```
//!
//! It always ends: at [`Opened::ends_at_latest`], whatever else is known or not known.

use network::Network;
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment};

use crate::crossing::{Shown, Signals};
use crate::event::{End, Event, Replan, Step};
use crate::node::{EXTENSION_MAX, HOLD_MAX, MISSES_MAX, Node, REAR, RETRY, State};
use crate::progress::{Place, Progress};
use crate::request::{CorridorId, Request};
use crate::route::{Roads, Way, Ways, free, turn};
use crate::schedule::{Arrival, Times};

/// How a vehicle gathers speed, m/s² (assumed).
const GATHERS: f64 = 2.0;
/// What is older than this says nothing of where the vehicle is now.
pub const STALE: Millis = Millis(10_000);
/// A vehicle that told where it is and then did not for so long has vanished.
pub const VANISHED: Millis = Millis(60_000);
/// A report must lie off the way so often, one after the other, before the vehicle has left it.
const OFF_TIMES: u8 = 2;
/// How often another way is looked for.
const LOOKS_EVERY: Millis = Millis(10_000);
/// Nobody drives faster, m/s: what needs it is no position of this vehicle.
const FASTEST: f64 = 60.0;
/// So near its destination it has arrived, metres.
const NEAR: f64 = 20.0;
/// Junctions are planned for that the vehicle reaches within so long.
pub const LOOK_AHEAD: Millis = Millis(150_000);

/// What the roads and the signals show.
pub trait Traffic: Roads {
    /// What a signal shows.
    fn shown(&self, signal: usize) -> Shown;

    /// How many vehicles are before the stop line of a link, within so many metres of it, on the fullest
    /// of the lanes from which one may go on to another link.
    fn queue(&self, link: LinkId, to: LinkId, within: Metres) -> f64;
}

/// What all corridors share.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'g> {
    pub(crate) network: &'g Network,
    pub(crate) signals: &'g Signals,
    pub(crate) traffic: &'g dyn Traffic,
}

/// Where the vehicle was last known to be on its way.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Along {
    leg: usize,
    offset: f64,
    speed: f64,
    deviation: f64,
    at: Moment,
}

/// A corridor that is open.
#[derive(Clone, PartialEq, Debug)]
pub struct Opened {
    /// Which.
    pub id: CorridorId,
    /// What was asked for.
    pub request: Request,
    /// Who has asked.
    pub by: String,
    /// Its way.
    pub links: Vec<LinkId>,
    /// The junctions with signals on it, in their order.
    pub nodes: Vec<Node>,
    /// When it was opened.
    pub opened: Moment,
    /// When it ends at the latest.
    pub ends_at_latest: Moment,
    along: Along,
    told: Option<Moment>,
    off: u8,
    looked: Moment,
}

impl Opened {
    pub(crate) fn new(
        (id, request, by): (CorridorId, &Request, &str),
        way: &Way,
        now: Moment,
        ends_at_latest: Moment,
        ground: &Ground<'_>,
    ) -> Self {
        let (offset, at) = (request.origin.offset.0, now + request.departs_in);
        let mut opened = Self {
            id,
            request: request.clone(),
            by: by.to_owned(),
            links: way.links.clone(),
            nodes: Vec::new(),
            opened: now,
            ends_at_latest,
            along: Along { leg: 0, offset, speed: request.speed.0, deviation: 0.0, at },
            told: None,
            off: 0,
            looked: now,
        };
        opened.nodes = opened.crossings(ground);
        opened.plan(now, ground);
        opened
    }

    fn crossings(&self, ground: &Ground<'_>) -> Vec<Node> {
        let crossings = ground.signals.along(ground.network, &self.links);
        crossings.into_iter().map(|(leg, crossing)| Node::new(leg, crossing)).collect()
    }

    /// When the vehicle is expected at its destination.
    #[must_use]
    pub fn arrives(&self, network: &Network) -> Moment {
        let last = self.links.len() - 1;
        self.along.at + self.drive(network, last, self.request.destination.offset.0)
    }

    /// Whether positions of the vehicle come in.
    #[must_use]
    pub fn is_told(&self, now: Moment) -> bool {
        self.told.is_some_and(|told| now - told <= STALE)
    }

    /// Where it was last known to be, and when.
    #[must_use]
    pub fn last_known(&self) -> (Place, Moment) {
        let Along { leg, offset, at, .. } = self.along;
        (Place { link: self.links[leg], offset: Metres(offset) }, at)
    }

    /// How long it drives from where it was last known to a place on its way.
    fn drive(&self, network: &Network, leg: usize, offset: f64) -> Millis {
        let Along { leg: first, offset: from, speed, .. } = self.along;
        let own = self.request.speed;
        let mut takes = Millis::ZERO;
        for at in first..=leg {
            let link = self.links[at];
            let from = if at == first { from } else { 0.0 };
            let until = if at == leg { offset } else { network.link(link).length.0 };
            takes += free(network, link, Metres(until - from), own);
            if at < leg {
                takes += turn(network, link, self.links[at + 1]).unwrap_or_default();
            }
        }
        let full = own.0.min(network.link(self.links[first]).speed.0);
        let lacks = (full - speed).max(0.0);
        takes + Millis::from_secs_f64(lacks * lacks / (2.0 * GATHERS * full.max(0.1)))
    }

    /// How long it takes from one stop line to another where nothing holds it.
    fn between(&self, network: &Network, from: usize, to: usize) -> Millis {
        let legs = from + 1..=to;
        let own = self.request.speed;
        legs.map(|leg| {
            let link = self.links[leg];
            free(network, link, network.link(link).length, own)
                + turn(network, self.links[leg - 1], link).unwrap_or_default()
        })
        .sum()
    }

    /// Takes a position. One that is older than what is known, or is not sure of anything, is passed over.
    pub(crate) fn take(
        &mut self,
        progress: &Progress,
        now: Moment,
        ground: &Ground<'_>,
        say: &mut dyn FnMut(Step),
    ) {
        let Progress { place, speed, deviation, at } = *progress;
        if self.told.is_some_and(|told| at <= told) || now - at > STALE {
            return;
        }
        let ahead = self.links[self.along.leg.saturating_sub(1)..].iter();
        let leg = ahead.clone().position(|&link| link == place.link);
        let Some(leg) = leg.map(|leg| leg + self.along.leg.saturating_sub(1)) else {
            self.off += 1;
            if self.off >= OFF_TIMES {
                self.told = Some(at);
                self.replan(Replan::OffRoute, place, speed, at, ground, say);
            }
            return;
        };
        self.off = 0;
        if self.told.is_some() && self.leaps(leg, place.offset.0, deviation.0, at, ground.network) {
            say(Step::Contradicted);
            return;
        }
        self.told = Some(at);
        let (speed, deviation) = (speed.0.max(0.0), deviation.0.max(0.0));
        self.along = Along { leg, offset: place.offset.0, speed, deviation, at };
    }

    /// Whether nobody could have driven so far since the vehicle was last seen.
    fn leaps(
        &self,
        leg: usize,
        offset: f64,
        deviation: f64,
        at: Moment,
        network: &Network,
    ) -> bool {
        let length = |leg: usize| network.link(self.links[leg]).length.0;
        let place = |leg: usize, offset: f64| (0..leg).map(length).sum::<f64>() + offset;
        let way = place(leg, offset) - place(self.along.leg, self.along.offset);
        let spread = 3.0 * (deviation + self.along.deviation) + 10.0;
        way > FASTEST * (at - self.along.at).at_least_zero().as_secs_f64() + spread
    }

    /// The vehicle wants to go elsewhere; false where no way leads there, and nothing is changed then.
    pub(crate) fn redirect(
        &mut self,
        destination: Place,
        ground: &Ground<'_>,
        say: &mut dyn FnMut(Step),
    ) -> bool {
        let before = std::mem::replace(&mut self.request.destination, destination);
        let (place, at) = self.last_known();
        let speed = MetresPerSecond(self.along.speed);
        let is_found = self.replan(Replan::Destination, place, speed, at, ground, say);
        if !is_found {
            self.request.destination = before;
        }
        is_found
    }

    /// The vehicle comes so much later.
    pub(crate) fn delay(&mut self, by: Millis) {
        self.along.at += by;
    }

    /// One junction is let go.
    pub(crate) fn release(
        &mut self,
        junction: units::JunctionId,
        now: Moment,
        say: &mut dyn FnMut(Step),
    ) -> bool {
        let mut found = self.nodes.iter_mut().filter(|node| node.crossing.junction == junction);
        let Some(node) = found.find(|node| node.state.is_ahead()) else { return false };
        let asked = node.state.asked_since().map_or(Millis::ZERO, |since| now - since);
        node.state = State::Released;
        say(Step::Released { junction, asked });
        true
    }

    /// Another second.
    pub(crate) fn step(
        &mut self,
        now: Moment,
        ground: &Ground<'_>,
        say: &mut dyn FnMut(Step),
    ) -> Option<End> {
        if let Some(end) = self.ends(now, ground.network) {
            return Some(end);
        }
        if now - self.looked >= LOOKS_EVERY && !self.look(now, ground, say) {
            return Some(End::NoWay);
        }
        self.plan(now, ground);
        for index in 0..self.nodes.len() {
            self.advance(index, now, ground, say);
        }
        None
    }

    fn ends(&self, now: Moment, network: &Network) -> Option<End> {
        if now >= self.ends_at_latest {
            return Some(End::Expired);
        }
        let last = self.links.len() - 1;
        let is_there =
            self.along.leg == last && self.along.offset >= self.request.destination.offset.0 - NEAR;
        match self.told {
            Some(_) if is_there => Some(End::Arrived),
            Some(told) => (now - told > VANISHED).then_some(End::Vanished),
            // Nobody has told anything: by the forecast it is there, late by as much as it may be.
            None => {
                let takes = self.arrives(network) - self.along.at;
                let spread = Arrival::after(self.along.at, takes, 0.0).times(0.0, Millis::ZERO);
                (now > spread.latest + EXTENSION_MAX).then_some(End::Arrived)
            }
        }
    }

    /// Looks whether the way is still good; false where none leads on.
    fn look(&mut self, now: Moment, ground: &Ground<'_>, say: &mut dyn FnMut(Step)) -> bool {
        self.looked = now;
        let (place, at) = self.last_known();
        let ways = self.ways(ground);
        let destination = self.request.destination;
        let own = ways.takes(&self.links[self.along.leg..], place, destination);
        let Some(best) = ways.best(place, destination) else { return false };
        if ways.is_better(&best, own) {
            let because = if own.is_none() { Replan::Blocked } else { Replan::Quicker };
            let speed = MetresPerSecond(self.along.speed);
            self.replan(because, place, speed, at, ground, say);
        }
        true
    }

    fn ways<'g>(&self, ground: &Ground<'g>) -> Ways<'g> {
        let roads: &'g dyn Roads = ground.traffic;
        Ways { network: ground.network, roads, speed: self.request.speed }
    }

    /// Takes the best way from a place. What is asked of a junction that is on both ways goes on.
    fn replan(
        &mut self,
        because: Replan,
        place: Place,
        speed: MetresPerSecond,
        at: Moment,
        ground: &Ground<'_>,
        say: &mut dyn FnMut(Step),
    ) -> bool {
        let Some(way) = self.ways(ground).best(place, self.request.destination) else {
            return false;
        };
        let before = std::mem::take(&mut self.nodes);
        self.links = way.links;
        self.off = 0;
        let deviation = self.along.deviation;
        self.along = Along { leg: 0, offset: place.offset.0, speed: speed.0, deviation, at };
        say(Step::Replanned { because, links: self.links.clone() });
        self.nodes = self.crossings(ground);
        for old in before.into_iter().filter(|old| old.state.is_ahead()) {
            let same = self.nodes.iter_mut().find(|new| new.crossing == old.crossing);
            if let Some(new) = same {
                let leg = new.leg;
                *new = Node { leg, ..old };
            } else if let Some(since) = old.state.asked_since() {
                say(Step::Released { junction: old.crossing.junction, asked: at - since });
            }
        }
        true
    }

    /// Plans every junction that lies ahead.
    pub(crate) fn plan(&mut self, now: Moment, ground: &Ground<'_>) {
        let network = ground.network;
        let mut nodes = std::mem::take(&mut self.nodes);
        for node in nodes.iter_mut().filter(|node| node.state.is_ahead()) {
            if node.leg < self.along.leg {
                continue;
            }
            let link = network.link(node.crossing.from);
            let takes = self.drive(network, node.leg, link.length.0);
            let pace = self.request.speed.0.min(link.speed.0).max(1.0);
            let arrival = Arrival::after(self.along.at, takes, self.along.deviation / pace);
            let within = match node.leg == self.along.leg {
                true => link.length.0 - self.along.offset,
                false => link.length.0,
            };
            let queue = ground.traffic.queue(node.crossing.from, node.crossing.to, Metres(within));
            let shown = ground.traffic.shown(node.crossing.signal);
            let change = ground.signals.change(node.crossing.signal, shown, &node.crossing.stages);
            let times = arrival.times(queue, change);
            if node.state == State::Waiting {
                node.is_in_time = now <= times.due;
            }
            node.free_at = node.free_at.or(Some(times.expected));
            node.times = Some(times);
        }
        self.nodes = nodes;
    }

    /// Brings one junction to where it stands now.
    fn advance(
        &mut self,
        index: usize,
        now: Moment,
        ground: &Ground<'_>,
        say: &mut dyn FnMut(Step),
    ) {
        let is_told = self.is_told(now);
        let has_passed = self.along.leg > self.nodes[index].leg;
        let node = &mut self.nodes[index];
        let junction = node.crossing.junction;
        if has_passed && node.state.is_ahead() {
            let since = node.state.asked_since();
            let delay = node.free_at.map_or(Millis::ZERO, |free| self.along.at - free);
            node.state = State::Passed { since, at: now };
            say(Step::Passed { junction, delay: delay.at_least_zero() });
            let leg = node.leg;
            self.follow(index, leg, ground.network);
        }
        let node = &mut self.nodes[index];
        let Some(times) = node.times else { return };
        let hold = if is_told { HOLD_MAX } else { EXTENSION_MAX };
        match node.state {
            State::Waiting => {
                let waits =
                    node.turn.is_some_and(|turn| now < turn.opens - (times.open_from - times.due));
                if now >= times.due && !waits && times.latest + EXTENSION_MAX > now {
                    node.state = State::Clearing { since: now };
                    node.hold_until = times.latest + hold;
                    let (lead, is_in_time) = (times.expected - now, node.is_in_time);
                    say(Step::Clearing { junction, lead, is_in_time });
                }
            }
            State::Clearing { since } | State::Open { since } => {
                let shown = ground.traffic.shown(node.crossing.signal);
                let is_open = matches!(shown, Shown::Stage { stage, .. }
                    if node.crossing.stages.contains(&stage));
                if is_open && matches!(node.state, State::Clearing { .. }) {
                    node.state = State::Open { since };
                    say(Step::Open { junction });
                }
                if now >= node.hold_until || !is_told && now >= times.latest + EXTENSION_MAX {
                    node.state = State::Missed { at: now };
                    node.misses += 1;
                    say(Step::Missed { junction });
                }
            }
            State::Passed { since, at } => {
                if now - at >= REAR {
                    node.state = State::Released;
                    let asked = since.map_or(Millis::ZERO, |since| now - since);
                    say(Step::Released { junction, asked });
                }
            }
            State::Missed { at } => {
                if node.misses >= MISSES_MAX || !is_told {
                    node.state = State::Released;
                    say(Step::Released { junction, asked: Millis::ZERO });
                } else if now - at >= RETRY {
                    node.state = State::Waiting;
                }
            }
            State::Released => {}
        }
    }

    /// From the junction that was passed on, the next is timed anew.
    fn follow(&mut self, index: usize, leg: usize, network: &Network) {
        let Some(next) = self.nodes.get(index + 1) else { return };
        let free_at = self.along.at + self.between(network, leg, next.leg)
            - free(
                network,
                self.links[self.along.leg],
                Metres(self.along.offset),
                self.request.speed,
            );
        self.nodes[index + 1].free_at = Some(free_at);
    }

    /// Ends what is asked of every junction.
    pub(crate) fn close(&mut self, now: Moment, say: &mut dyn FnMut(Step)) {
        for node in &mut self.nodes {
            if let Some(since) = node.state.asked_since() {
                let junction = node.crossing.junction;
                say(Step::Released { junction, asked: now - since });
            }
            node.state = State::Released;
        }
    }

    /// What is planned for a junction that lies ahead and near enough.
    pub(crate) fn wanted(node: &Node, now: Moment) -> Option<Times> {
        let is_near = |times: &Times| times.expected - now <= LOOK_AHEAD;
        let may = matches!(
            node.state,
            State::Waiting | State::Clearing { .. } | State::Open { .. } | State::Passed { .. }
        );
        node.times.filter(|times| may && is_near(times))
    }
}

/// An event of one corridor.
pub(crate) fn event(corridor: &Opened, at: Moment, step: Step) -> Event {
    Event { at, corridor: Some(corridor.id), is_drill: corridor.request.is_drill, step }
}
