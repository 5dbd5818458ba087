//! A district of 3 by 4 junctions with the kernel's own controllers, and vehicles that stop at red.

#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeSet;
use std::sync::Arc;

use corridor::{
    Answer, Change, Class, CorridorId, Corridors, Event, Grant, Incident, Level, Place, Progress,
    Request, Roads, Shown, Signal, Signals, Traffic,
};
use network::Network;
use signal::{Controller, Running};
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment, StageId};

pub const SECOND: Millis = Millis(1_000);
pub const SPEED: MetresPerSecond = MetresPerSecond(12.0);

/// What the corridors are told of the street.
#[derive(Default)]
pub struct Sight {
    pub shown: Vec<Shown>,
    pub blocked: BTreeSet<LinkId>,
    pub queue: f64,
}

impl Roads for Sight {
    fn delay(&self, link: LinkId) -> Option<Millis> {
        (!self.blocked.contains(&link)).then_some(Millis::ZERO)
    }
}

impl Traffic for Sight {
    fn shown(&self, signal: usize) -> Shown {
        self.shown[signal]
    }

    fn queue(&self, _: LinkId, _: LinkId, _: Metres) -> f64 {
        self.queue
    }
}

pub struct Street {
    pub network: Arc<Network>,
    pub corridors: Corridors,
    pub controllers: Vec<Controller>,
    pub sight: Sight,
    pub now: Moment,
    pub events: Vec<Event>,
}

/// A vehicle on the way that it was given.
pub struct Vehicle {
    pub id: CorridorId,
    pub links: Vec<LinkId>,
    pub leg: usize,
    pub offset: f64,
    pub stood: i64,
}

impl Street {
    pub fn new() -> Self {
        let (site, _) = scenario::generate::district(1, 4, 3);
        let signal = |site: &scenario::SignalSite| Signal {
            layout: site.layout.clone(),
            movement_groups: site.movement_groups.clone(),
        };
        let signals = Signals::new(&site.network, site.signals.iter().map(signal).collect());
        let corridors = Corridors::new(site.network.clone(), signals);
        let controller =
            |site: &scenario::SignalSite| Controller::new(site.layout.clone(), Moment::ORIGIN);
        let controllers: Vec<Controller> = site.signals.iter().map(controller).collect();
        let mut street = Self {
            network: site.network,
            corridors,
            controllers,
            sight: Sight::default(),
            now: Moment::ORIGIN,
            events: Vec::new(),
        };
        street.look();
        street
    }

    /// Ways across the district that cross as many junctions as any.
    pub fn longest(&self) -> (Place, Place) {
        let entries =
            self.ends(|network, link| !network.junction(network.link(link).from).signalised);
        let exits = self.ends(|network, link| !network.junction(network.link(link).to).signalised);
        let pairs = entries.iter().flat_map(|&from| exits.iter().map(move |&to| (from, to)));
        let routes = pairs.filter_map(|(from, to)| self.network.route(from, to));
        let longest = routes.max_by_key(Vec::len).expect("a way");
        self.places(longest[0], *longest.last().expect("an end"))
    }

    pub fn places(&self, from: LinkId, to: LinkId) -> (Place, Place) {
        let origin = Place { link: from, offset: Metres(0.0) };
        (origin, Place { link: to, offset: self.network.link(to).length })
    }

    fn ends(&self, of: impl Fn(&Network, LinkId) -> bool) -> Vec<LinkId> {
        let all = (0..self.network.links().len()).map(LinkId::from_index);
        all.filter(|&link| of(&self.network, link)).collect()
    }

    pub fn request(&self, key: &str) -> Request {
        let (origin, destination) = self.longest();
        Request {
            key: key.to_owned(),
            vehicle: format!("vehicle {key}"),
            class: Class::Ambulance,
            level: Level::default(),
            incident: Incident::Medical,
            origin,
            destination,
            speed: SPEED,
            departs_in: Millis::ZERO,
            expires_in: corridor::LASTS_MAX,
            is_drill: false,
        }
    }

    pub fn ask(&mut self, request: &Request) -> Result<Answer, corridor::Refusal> {
        let grant = Grant::everything("dispatch", 100);
        let answer = self.corridors.ask(self.now, request, &grant, &self.sight);
        self.events.extend(self.corridors.take_events());
        answer
    }

    pub fn change(&mut self, id: CorridorId, change: &Change) -> Result<(), corridor::Refusal> {
        let outcome = self.corridors.change(self.now, id, change, &self.sight);
        self.events.extend(self.corridors.take_events());
        outcome
    }

    fn look(&mut self) {
        let shown = |controller: &Controller| match controller.running() {
            Running::Stage(stage) => Shown::Stage { stage, elapsed: controller.elapsed(self.now) },
            Running::Transition { from, to } => {
                let whole = controller.layout().clearance(from.unwrap_or(to), to);
                Shown::Change { to, left: whole - controller.elapsed(self.now) }
            }
            Running::Startup => Shown::Unknown,
        };
        self.sight.shown = self.controllers.iter().map(shown).collect();
    }

    /// Another second: the corridors, the demands, the lamps. A junction of which nothing is asked goes
    /// through its stages.
    pub fn second(&mut self) {
        self.corridors.step(self.now, &self.sight);
        self.events.extend(self.corridors.take_events());
        let mut asked = vec![None; self.controllers.len()];
        for clearing in self.corridors.clearings().iter().filter(|one| one.is_due) {
            let runs = clearing.stages.iter().find(|&&stage| {
                matches!(self.sight.shown[clearing.signal], Shown::Stage { stage: s, .. } if s == stage)
            });
            asked[clearing.signal].get_or_insert(*runs.unwrap_or(&clearing.stages[0]));
        }
        let turn = self.now.0 / 20_000;
        for (at, controller) in self.controllers.iter_mut().enumerate() {
            let count = i64::try_from(controller.layout().stages().len()).expect("few");
            let local = StageId::from_index(usize::try_from(turn % count).expect("small"));
            controller.request(asked[at].unwrap_or(local));
            controller.step(self.now + SECOND);
        }
        self.now += SECOND;
        self.look();
    }

    /// Drives a vehicle a second on; false once it is there.
    pub fn drive(&self, vehicle: &mut Vehicle) -> bool {
        let link = self.network.link(vehicle.links[vehicle.leg]);
        let next = vehicle.offset + SPEED.0.min(link.speed.0);
        if next < link.length.0 {
            vehicle.offset = next;
            return true;
        }
        let Some(&to) = vehicle.links.get(vehicle.leg + 1) else { return false };
        if self.is_open(vehicle.links[vehicle.leg], to) {
            (vehicle.leg, vehicle.offset) = (vehicle.leg + 1, next - link.length.0);
        } else {
            vehicle.offset = link.length.0;
            vehicle.stood += 1;
        }
        true
    }

    fn is_open(&self, from: LinkId, to: LinkId) -> bool {
        let crossing = self.crossing(from, to);
        crossing.is_none_or(|(signal, stages)| {
            matches!(self.sight.shown[signal], Shown::Stage { stage, .. } if stages.contains(&stage))
        })
    }

    fn crossing(&self, from: LinkId, to: LinkId) -> Option<(usize, Vec<StageId>)> {
        let nodes = self.corridors.open().iter().flat_map(|opened| &opened.nodes);
        let node =
            nodes.into_iter().find(|node| (node.crossing.from, node.crossing.to) == (from, to));
        node.map(|node| (node.crossing.signal, node.crossing.stages.clone()))
    }

    pub fn progress(&self, vehicle: &Vehicle) -> Change {
        Change::Progress(Progress {
            place: Place { link: vehicle.links[vehicle.leg], offset: Metres(vehicle.offset) },
            speed: SPEED,
            deviation: Metres(5.0),
            at: self.now,
        })
    }

    /// The names of the steps of a corridor, each with its junction, if any.
    pub fn steps(&self, id: CorridorId) -> Vec<&'static str> {
        let own = self.events.iter().filter(|event| event.corridor == Some(id));
        own.map(|event| event.step.name()).collect()
    }
}
