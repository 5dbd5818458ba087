//! `.rou.xml`, trips, flows and additional files: what drives, when, and on which way.

mod times;

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::sync::Arc;

use units::{LinkId, Millis};

use times::unit;

pub(super) use times::time;

use super::assemble::Imported;
use super::notes::Notes;
use super::types::{default_type, vehicle_type};
use super::xml::{Element, Problems, Source, Step};
use crate::PathProblem;
use crate::demand::{Demand, Flow, VehicleType};
use crate::random::Random;

/// Vehicles that flows by chance and distributions may come to: beyond it, it is a slip of the hand.
const DRAWN_MAX: usize = 1_000_000;
/// Members of one distribution.
const MEMBERS_MAX: usize = 10_000;

const VEHICLE: &[&str] = &[
    "id",
    "type",
    "route",
    "depart",
    "departLane",
    "departPos",
    "departSpeed",
    "color",
    "from",
    "to",
    "via",
    "begin",
    "end",
    "number",
    "period",
    "vehsPerHour",
    "perHour",
    "probability",
];

type Route = Arc<[LinkId]>;

/// A route or a type by name: one, or several by weight. None where it cannot be driven, which was
/// said or noted.
type Named<T> = Vec<(f64, Option<T>)>;

/// A vehicle whose way is not found yet.
#[derive(Debug)]
struct Trip {
    id: Box<str>,
    /// From here over these places to the last.
    stops: Vec<LinkId>,
    /// The place of its flow.
    flow: usize,
    /// How many flows it has.
    flows: usize,
}

/// Vehicles and their ways, read from one file after another.
#[derive(Debug)]
pub struct Routes<'n> {
    imported: &'n Imported,
    types: BTreeMap<String, Named<VehicleType>>,
    routes: BTreeMap<String, Named<Route>>,
    ids: BTreeSet<Box<str>>,
    flows: Vec<Flow>,
    trips: Vec<Trip>,
    drawn: usize,
    random: Random,
    /// When the simulation begins, seconds.
    begin: f64,
    notes: Notes,
}

/// What stands within a vehicle or a distribution.
#[derive(Default)]
struct Inside {
    route: Option<Named<Route>>,
    types: Named<VehicleType>,
}

impl Imported {
    /// A reader of vehicles on these roads; what chance decides comes from the seed.
    #[must_use]
    pub fn routes(&self, seed: u64) -> Routes<'_> {
        let types = [("DEFAULT_VEHTYPE".to_owned(), vec![(1.0, Some(default_type()))])];
        Routes {
            imported: self,
            types: types.into(),
            routes: BTreeMap::new(),
            ids: BTreeSet::new(),
            flows: Vec::new(),
            trips: Vec::new(),
            drawn: 0,
            random: Random::new(seed),
            begin: 0.0,
            notes: Notes::default(),
        }
    }
}

impl Routes<'_> {
    /// Whoever departs at the begin of the simulation departs then.
    #[must_use]
    pub fn beginning(mut self, begin: Millis) -> Self {
        self.begin = begin.as_secs_f64();
        self
    }

    /// Reads one file to its end. Types and routes hold for the files after it.
    ///
    /// # Errors
    /// Every mistake, with its line: what is not XML, a type, route or edge that is not there, a route
    /// whose edges no connection joins, an impossible number.
    pub fn read(&mut self, file: &mut dyn BufRead) -> Result<(), Vec<PathProblem>> {
        let problems = Problems::default();
        let done = self.file(&mut Source::new(file), &problems);
        problems.into_result(done)
    }

    /// The demand, ways found for trips, and what was left out.
    #[must_use]
    pub fn finish(mut self) -> (Demand, Vec<String>) {
        let network = &self.imported.network;
        self.trips.sort_by_key(|trip| (trip.stops[0], trip.flow));
        let mut lost = vec![false; self.flows.len()];
        let mut ways: Option<(LinkId, network::Ways)> = None;
        for trip in &self.trips {
            let mut route = vec![trip.stops[0]];
            let mut found = true;
            for pair in trip.stops.windows(2) {
                // Trips from one link follow each other: their ways are found at once.
                if ways.as_ref().is_none_or(|(from, _)| *from != pair[0]) {
                    ways = Some((pair[0], network.ways(pair[0])));
                }
                match ways.as_ref().and_then(|(_, ways)| ways.to(pair[1])) {
                    Some(way) => route.extend(&way[1..]),
                    None => found = false,
                }
            }
            let own = trip.flow..trip.flow + trip.flows;
            lost[own.clone()].fill(!found);
            for flow in &mut self.flows[own] {
                flow.route.clone_from(&route);
            }
            if !found {
                self.notes.add("vehicles for whom no way leads there left out", &trip.id);
            }
        }
        let mut lost = lost.into_iter();
        self.flows.retain(|_| lost.next() != Some(true));
        (Demand { flows: self.flows, ..Demand::default() }, self.notes.lines())
    }

    fn file(&mut self, source: &mut Source<'_>, problems: &Problems) -> Option<()> {
        match source.next(problems)? {
            Step::Open(root)
                if ["routes", "additional", "trips", "add"].contains(&root.name.as_str()) => {}
            Step::Open(root) => {
                root.say(problems, "it holds no vehicles: its root is not <routes>");
                return None;
            }
            Step::Close => return None,
        }
        while let Some(Step::Open(element)) = source.next(problems) {
            let name = element.name.clone();
            let inside = match name.as_str() {
                "vehicle" | "flow" | "vTypeDistribution" | "routeDistribution" => {
                    self.inside(&element, source, problems)
                }
                _ => {
                    source.skip(problems)?;
                    Inside::default()
                }
            };
            match name.as_str() {
                "vType" => self.add_type(&element, problems),
                "vTypeDistribution" => self.add_types(&element, inside, problems),
                "route" => {
                    let route = self.route(&element, problems);
                    self.add_route(&element, vec![(1.0, route)], problems);
                }
                "routeDistribution" => self.add_routes(&element, inside, problems),
                "vehicle" | "trip" | "flow" => {
                    let _ = self.vehicle(&element, inside.route, problems);
                }
                other => self.notes.ignored(other, element.get("id").unwrap_or_default()),
            }
        }
        Some(())
    }

    /// Reads what stands within an element, to its end.
    fn inside(&mut self, of: &Element, source: &mut Source<'_>, problems: &Problems) -> Inside {
        let mut inside = Inside::default();
        while let Some(Step::Open(child)) = source.next(problems) {
            match child.name.as_str() {
                "route" => {
                    let route = self.route(&child, problems);
                    let weight = child.number_or(problems, "probability", &(0.0..=1e9), 1.0);
                    let all = inside.route.get_or_insert_default();
                    if all.len() < MEMBERS_MAX {
                        all.push((weight.unwrap_or(1.0), route.clone()));
                    }
                    if child.get("id").is_some() {
                        self.add_route(&child, vec![(1.0, route)], problems);
                    }
                }
                "vType" => {
                    let own = vehicle_type(&child, problems, &mut self.notes);
                    let weight = child.number_or(problems, "probability", &(0.0..=1e9), 1.0);
                    if inside.types.len() < MEMBERS_MAX {
                        inside.types.push((weight.unwrap_or(1.0), own));
                    }
                    if let Some(id) = child.get("id") {
                        self.types.insert(id.to_owned(), vec![(1.0, own)]);
                    }
                }
                "param" => {}
                other => {
                    let name = of.get("id").unwrap_or_default();
                    self.notes.add(&format!("<{other}> within <{}> ignored", of.name), name);
                }
            }
            if source.skip(problems).is_none() {
                break;
            }
        }
        inside
    }

    fn add_type(&mut self, element: &Element, problems: &Problems) {
        let own = vehicle_type(element, problems, &mut self.notes);
        if let Some(id) = element.text(problems, "id") {
            let is_new = self.types.insert(id.to_owned(), vec![(1.0, own)]).is_none();
            if !is_new && id != "DEFAULT_VEHTYPE" {
                element.say(problems, "a type before has this id");
            }
        }
    }

    fn add_types(&mut self, element: &Element, inside: Inside, problems: &Problems) {
        let mut all = inside.types;
        for (name, weight) in members(element, "vTypes", problems) {
            match self.types.get(name) {
                Some(own) => all.extend(own.iter().map(|(w, own)| (w * weight, *own))),
                None => element.say(problems, format!("vTypes: there is no type {name:?}")),
            }
        }
        self.distribution(element, &all, problems);
        if let Some(id) = element.text(problems, "id") {
            self.types.insert(id.to_owned(), all);
        }
    }

    fn add_routes(&mut self, element: &Element, inside: Inside, problems: &Problems) {
        let mut all = inside.route.unwrap_or_default();
        for (name, weight) in members(element, "routes", problems) {
            match self.routes.get(name) {
                Some(own) => all.extend(own.iter().map(|(w, own)| (w * weight, own.clone()))),
                None => element.say(problems, format!("routes: there is no route {name:?}")),
            }
        }
        self.distribution(element, &all, problems);
        self.add_route(element, all, problems);
    }

    fn distribution<T>(&self, element: &Element, all: &Named<T>, problems: &Problems) {
        if all.iter().map(|(weight, _)| weight).sum::<f64>() <= 0.0 {
            element.say(problems, "it has no member with a probability above 0");
        }
    }

    fn add_route(&mut self, element: &Element, route: Named<Route>, problems: &Problems) {
        if let Some(id) = element.text(problems, "id")
            && self.routes.insert(id.to_owned(), route).is_some()
        {
            element.say(problems, "a route before has this id");
        }
    }

    /// The edges of a route; none where there is a mistake, or where no car may drive there.
    fn route(&mut self, element: &Element, problems: &Problems) -> Option<Route> {
        if element.get("edges").is_none() {
            element.say(problems, "edges: it must be there");
            return None;
        }
        let route = self.links(element, "edges", problems)?;
        if route.is_empty() {
            element.say(problems, "edges: there must be an edge");
            return None;
        }
        let network = &self.imported.network;
        let mut sound = true;
        for pair in route.windows(2) {
            if network.movement_between(pair[0], pair[1]).is_none() {
                let name = |link: LinkId| &network.link(link).name;
                let (from, to) = (name(pair[0]), name(pair[1]));
                element
                    .say(problems, format!("edges: no connection leads from {from:?} to {to:?}"));
                sound = false;
            }
        }
        sound.then(|| route.into())
    }

    /// The links that an attribute names; none where one is not there, or not for cars.
    fn links(&mut self, element: &Element, key: &str, problems: &Problems) -> Option<Vec<LinkId>> {
        let mut links = Vec::new();
        let mut sound = true;
        for name in element.get(key).unwrap_or_default().split([' ', ',', '\n', '\t']) {
            if name.is_empty() {
                continue;
            }
            match self.imported.network.link_named(name) {
                Some(link) => links.push(link),
                None if self.imported.roads.left_out.contains(name) => {
                    self.notes.add("ways over edges that cars may not use left out", name);
                    sound = false;
                }
                None => {
                    element.say(problems, format!("{key}: there is no edge {name:?}"));
                    sound = false;
                }
            }
        }
        sound.then_some(links)
    }

    fn vehicle(
        &mut self,
        element: &Element,
        inside: Option<Named<Route>>,
        problems: &Problems,
    ) -> Option<()> {
        let id = element.text(problems, "id")?.to_owned();
        for key in element.keys().filter(|key| !VEHICLE.contains(key)) {
            self.notes.add(&format!("attributes {key} of <{}> ignored", element.name), &id);
        }
        if !self.ids.insert(id.as_str().into()) {
            element.say(problems, "a vehicle before has this id");
            return None;
        }
        let named = element.get("type").unwrap_or("DEFAULT_VEHTYPE");
        let types = self.types.get(named).cloned();
        if types.is_none() {
            element.say(problems, format!("type: there is no type {named:?}"));
        }
        let (routes, stops) = match (inside, element.get("route")) {
            (Some(routes), _) => (routes, Vec::new()),
            (None, Some(name)) => match self.routes.get(name) {
                Some(routes) => (routes.clone(), Vec::new()),
                None => {
                    element.say(problems, format!("route: there is no route {name:?}"));
                    return None;
                }
            },
            (None, None) => (Vec::new(), self.stops(element, &id, problems)?),
        };
        let times = self.times(element, &id, problems)?;
        let types = types?;
        if types.iter().all(|(_, own)| own.is_none()) {
            self.notes.add("vehicles of types that no road carries left out", &id);
            return None;
        }
        let first = self.flows.len();
        for (start, end, interval) in times {
            let Some(vehicle) = pick(&types, &mut self.random) else { continue };
            let route = match stops.first() {
                Some(_) => Some(Vec::new()),
                None => pick(&routes, &mut self.random).map(|route| route.to_vec()),
            };
            let Some(route) = route else {
                self.notes.add("vehicles without a valid route left out", &id);
                continue;
            };
            let entry = route.first().or(stops.first()).copied()?;
            let departure = self.departure(element, entry, problems)?;
            self.flows.push(Flow { route, start, end, interval, vehicle, departure });
        }
        if !stops.is_empty() {
            let flows = self.flows.len() - first;
            self.trips.push(Trip { id: id.into(), stops, flow: first, flows });
        }
        Some(())
    }

    /// Where a trip begins, what it passes, and where it ends.
    fn stops(&mut self, element: &Element, id: &str, problems: &Problems) -> Option<Vec<LinkId>> {
        if element.get("from").is_none() || element.get("to").is_none() {
            let other = ["fromTaz", "toTaz", "fromJunction", "toJunction"];
            if other.iter().any(|key| element.get(key).is_some()) {
                self.notes.add("vehicles between districts or junctions left out", id);
            } else {
                element.say(problems, "it has no route, and not both from and to");
            }
            return None;
        }
        let [from, via, to] = ["from", "via", "to"].map(|key| self.links(element, key, problems));
        let (from, via, to) = (from?, via?, to?);
        let stops: Vec<_> = from.into_iter().chain(via).chain(to).collect();
        if stops.len() < 2 {
            element.say(problems, "from, to: each must name an edge");
            return None;
        }
        Some(stops)
    }
}

/// Names in an attribute with their weights.
fn members<'e>(element: &'e Element, key: &str, problems: &Problems) -> Vec<(&'e str, f64)> {
    let names = element.get(key).unwrap_or_default().split_whitespace().take(MEMBERS_MAX);
    let mut weights = element.get("probabilities").unwrap_or_default().split_whitespace();
    let pair = |name| {
        let weight = weights.next().map_or(Some(1.0), |text| {
            element.number_in(problems, "probabilities", text, &(0.0..=1e9))
        });
        (name, weight.unwrap_or_default())
    };
    names.map(pair).collect()
}

/// One of several by weight.
fn pick<T: Clone>(all: &Named<T>, random: &mut Random) -> Option<T> {
    if let [(_, only)] = &all[..] {
        return only.clone();
    }
    let total: f64 = all.iter().map(|(weight, _)| weight).sum();
    let mut rest = unit(random) * total;
    for (weight, one) in all {
        rest -= weight;
        if rest <= 0.0 {
            return one.clone();
        }
    }
    all.last().and_then(|(_, one)| one.clone())
}
