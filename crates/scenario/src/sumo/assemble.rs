//! Makes a network of a `.net.xml`'s elements: lanes counted from the middle of the road, connections
//! with the length and speed of the way across, and whom each movement gives way to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use network::{Connection, LaneSpec, Network, Point, RightOfWay, Turn};
use units::{JunctionId, LinkId, Metres, MetresPerSecond, MovementId};

use super::lights::{Light, lights};
use super::net::{self, Net, RawConnection, RawEdge, RawLane};
use super::notes::Notes;
use super::xml::{Problems, Source};
use crate::PathProblem;
use crate::program::Program;

/// The most lanes of a link, as the network has it.
const LANES_MAX: usize = 16;
/// The shortest way across a junction where the file gives none, metres.
const WAY_LEAST_M: f64 = 0.1;
/// A way across a junction passes over no more internal lanes than this: a longer chain is a ring.
const INTERNAL_MAX: usize = 32;

/// A network that was read, and its signal programs.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The roads.
    pub network: Network,
    /// The signal programs, as the file has them.
    pub programs: Vec<Program>,
    pub(super) lights: Vec<Light>,
    pub(super) roads: Roads,
    /// What was left out or read otherwise, with counts.
    pub notes: Vec<String>,
}

/// What vehicles are told of a network by the file's own names.
#[derive(Clone, Debug, Default)]
pub(super) struct Roads {
    /// For each link the file's lanes from the edge of the road: our numbers of those that are there.
    pub(super) lanes: Vec<Vec<Option<u8>>>,
    /// Edges that no car may use.
    pub(super) left_out: BTreeSet<String>,
}

/// Reads a `.net.xml`.
///
/// # Errors
/// Every mistake, with its line.
pub fn import_net(file: &mut dyn BufRead) -> Result<Imported, Vec<PathProblem>> {
    let problems = Problems::default();
    let mut notes = Notes::default();
    let net = net::read(&mut Source::new(file), &problems, &mut notes);
    let imported = net.and_then(|net| {
        if let Some(place) = &net.left_hand {
            problems.say(place.as_str(), "lefthand: left-hand traffic is not understood");
        }
        Assembly::new(&net, &problems, notes, |lane| lane.is_road).assemble()
    });
    problems.into_result(imported)
}

/// Where the ends of a movement of the file are, and its connections' places in the file.
#[derive(Clone, Debug)]
struct Crossing {
    junction: JunctionId,
    turn: Turn,
    connections: Vec<Connection>,
    raw: Vec<usize>,
}

/// What a movement's lights, rights and foes are derived from.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    /// The program that rules it, and its place in the program's states.
    pub(super) light: Option<(String, usize)>,
    /// Movements it gives way to by the junction's table, and those that it meets.
    pub(super) response: BTreeSet<MovementId>,
    pub(super) foes: BTreeSet<MovementId>,
    pub(super) stops: bool,
    /// What it is called, where its lanes have different lights.
    differ: Option<String>,
}

pub(super) struct Assembly<'n> {
    net: &'n Net,
    problems: &'n Problems,
    pub(super) notes: Notes,
    pub(super) builder: network::Builder,
    /// Which lanes the network has.
    keeps: fn(&RawLane) -> bool,
    junctions: BTreeMap<&'n str, JunctionId>,
    links: BTreeMap<&'n str, LinkId>,
    pub(super) roads: Roads,
    /// For each link the junction that it ends at.
    ends: Vec<JunctionId>,
    /// For each connection of the file its movement.
    pub(super) movement_of: Vec<Option<MovementId>>,
}

impl<'n> Assembly<'n> {
    pub(super) fn new(
        net: &'n Net,
        problems: &'n Problems,
        notes: Notes,
        keeps: fn(&RawLane) -> bool,
    ) -> Self {
        Self {
            net,
            problems,
            notes,
            builder: Network::builder(),
            keeps,
            junctions: BTreeMap::new(),
            links: BTreeMap::new(),
            roads: Roads::default(),
            ends: Vec::new(),
            movement_of: vec![None; net.connections.len()],
        }
    }

    /// Adds junctions, links and movements; for each movement what the tables say of it.
    pub(super) fn movements(&mut self) -> Vec<Rights> {
        self.add_junctions();
        for edge in &self.net.edges {
            self.add_edge(edge);
        }
        let movements = self.add_movements();
        self.rights(movements)
    }

    /// The network, with what was left out of it.
    pub(super) fn finish(self) -> Option<(Network, Vec<String>)> {
        match self.builder.build() {
            Ok(network) => Some((network, self.notes.lines())),
            Err(all) => {
                all.iter().for_each(|problem| self.problems.say("", problem.to_string()));
                None
            }
        }
    }

    fn assemble(mut self) -> Option<Imported> {
        let rights = self.movements();
        if !self.problems.is_empty() {
            return None;
        }
        for name in rights.iter().filter_map(|row| row.differ.as_ref()) {
            let what = "movements whose lanes have different lights, the outermost's taken";
            self.notes.add(what, name);
        }
        let ids = |index: usize| MovementId::from_index(index);
        let (programs, lights) = lights(self.net, &rights, self.problems, &mut self.notes);
        for (index, own) in rights.iter().enumerate() {
            let gives_way = |other: &&MovementId| {
                super::lights::gives_way(own, &rights[other.index()], self.net)
            };
            let to: Vec<MovementId> = own.response.iter().filter(gives_way).copied().collect();
            let rule =
                if own.stops { RightOfWay::StopsFor(to) } else { RightOfWay::GivesWayTo(to) };
            self.builder.right_of_way(ids(index), rule);
        }
        let roads = std::mem::take(&mut self.roads);
        let (network, notes) = self.finish()?;
        let (programs, lights) = placed(programs, lights, &network);
        Some(Imported { network, programs, lights, roads, notes })
    }

    fn add_junctions(&mut self) {
        let ruled: BTreeSet<&str> = self
            .net
            .connections
            .iter()
            .filter(|connection| connection.light.is_some())
            .map(|connection| connection.from.as_str())
            .collect();
        let ends: BTreeSet<&str> = self
            .net
            .edges
            .iter()
            .filter(|edge| ruled.contains(edge.id.as_str()))
            .map(|edge| edge.to.as_str())
            .collect();
        for raw in &self.net.junctions {
            if self.junctions.contains_key(raw.id.as_str()) {
                let place = format!("line {}: <junction id={:?}>", raw.line, raw.id);
                self.problems.say(place, "a junction before has this id");
                continue;
            }
            let id = self.builder.junction(&raw.id, raw.position, ends.contains(raw.id.as_str()));
            self.junctions.insert(&raw.id, id);
        }
    }

    fn add_edge(&mut self, edge: &'n RawEdge) -> Option<()> {
        let place = || format!("line {}: <edge id={:?}>", edge.line, edge.id);
        let end = |key: &str, name: &str| {
            let found = self.junctions.get(name).copied();
            if found.is_none() {
                self.problems.say(place(), format!("{key}: there is no junction {name:?}"));
            }
            found
        };
        let (from, to) = (end("from", &edge.from), end("to", &edge.to));
        if self.links.contains_key(edge.id.as_str()) {
            self.problems.say(place(), "an edge before has this id");
            return None;
        }
        let mut lanes: Vec<_> = edge.lanes.iter().collect();
        lanes.sort_by_key(|lane| lane.index);
        if lanes.iter().enumerate().any(|(index, lane)| lane.index != index) {
            self.problems.say(place(), "its lanes are not numbered from 0");
            return None;
        }
        let kept: Vec<_> = lanes.iter().filter(|lane| (self.keeps)(lane)).collect();
        let (count, out) = (kept.len(), lanes.len() - kept.len());
        for _ in 0..out {
            self.notes.add("lanes that cars may not use left out", &edge.id);
        }
        if count == 0 {
            self.roads.left_out.insert(edge.id.clone());
            return None;
        }
        if count > LANES_MAX {
            self.problems.say(place(), format!("{count} lanes, there can be {LANES_MAX}"));
            return None;
        }
        let first = kept[0].length;
        if kept.iter().any(|lane| (lane.length - first).abs() > 0.1) {
            self.notes.add("edges with lanes of several lengths, the outermost's taken", &edge.id);
        }
        let specs: Vec<LaneSpec> = kept
            .iter()
            .rev()
            .map(|lane| LaneSpec { width: Metres(lane.width), speed: MetresPerSecond(lane.speed) })
            .collect();
        let inner = kept[count - 1];
        let points = aside(&inner.shape, inner.width / 2.0);
        let link = self.builder.link(&edge.id, from?, to?, Metres(first), &specs, points);
        self.links.insert(&edge.id, link);
        self.ends.push(to?);
        let mut next = u8::try_from(count).unwrap_or(u8::MAX);
        let numbers = lanes.iter().map(|lane| {
            (self.keeps)(lane).then(|| {
                next -= 1;
                next
            })
        });
        self.roads.lanes.push(numbers.collect());
        Some(())
    }

    /// Adds the movements; for each the connections of the file that make it up.
    fn add_movements(&mut self) -> Vec<Crossing> {
        let mut order: Vec<(LinkId, LinkId)> = Vec::new();
        let mut known: BTreeMap<(LinkId, LinkId), Crossing> = BTreeMap::new();
        for (index, raw) in self.net.connections.iter().enumerate() {
            let Some((from, to, junction, connection, turn)) = self.connection(raw) else {
                continue;
            };
            let crossing = known.entry((from, to)).or_insert_with(|| {
                order.push((from, to));
                Crossing { junction, turn, connections: Vec::new(), raw: Vec::new() }
            });
            crossing.connections.push(connection);
            crossing.raw.push(index);
        }
        let mut crossings = Vec::new();
        for (from, to) in order {
            let Some(crossing) = known.remove(&(from, to)) else { continue };
            let connections = crossing.connections.clone();
            let id = self.builder.movement(crossing.junction, from, to, crossing.turn, connections);
            for &raw in &crossing.raw {
                self.movement_of[raw] = Some(id);
            }
            crossings.push(crossing);
        }
        crossings
    }

    fn connection(
        &mut self,
        raw: &RawConnection,
    ) -> Option<(LinkId, LinkId, JunctionId, Connection, Turn)> {
        let place =
            || format!("line {}: <connection from={:?} to={:?}>", raw.line, raw.from, raw.to);
        let link = |key: &str, name: &str| {
            let found = self.links.get(name).copied();
            if found.is_none() && !self.roads.left_out.contains(name) && self.problems.is_empty() {
                self.problems.say(place(), format!("{key}: there is no edge {name:?}"));
            }
            found
        };
        let (from, to) = (link("from", &raw.from), link("to", &raw.to));
        let (from, to) = (from?, to?);
        let lane = |key: &str, link: LinkId, index: usize| match self.roads.lanes[link.index()]
            .get(index)
        {
            Some(number) => *number,
            None => {
                self.problems.say(place(), format!("{key}: there is no lane {index}"));
                None
            }
        };
        let from_lane = lane("fromLane", from, raw.from_lane);
        let to_lane = lane("toLane", to, raw.to_lane);
        let turn = match raw.direction.as_str() {
            "s" => Turn::Straight,
            "l" | "L" => Turn::Left,
            "r" | "R" => Turn::Right,
            "t" | "T" => Turn::UTurn,
            other => {
                self.problems.say(place(), format!("dir: {other:?} is no direction"));
                return None;
            }
        };
        let (length, speed) = self.way(raw);
        let junction = self.ends[from.index()];
        let speed = speed.map(MetresPerSecond);
        let (from_lane, to_lane) = (from_lane?, to_lane?);
        let connection = Connection { from_lane, to_lane, length: Metres(length), speed };
        Some((from, to, junction, connection, turn))
    }

    /// The length of a connection's way across its junction, metres, and the lowest speed limit on
    /// it.
    fn way(&self, raw: &RawConnection) -> (f64, Option<f64>) {
        let (mut length, mut speed) = (0.0, f64::INFINITY);
        let mut via = raw.via.as_deref();
        for _ in 0..INTERNAL_MAX {
            let Some(lane) = via.and_then(|id| self.net.internal.get(id)) else { break };
            length += lane.0;
            speed = speed.min(lane.1);
            via = via.and_then(|id| self.net.onward.get(id)).map(String::as_str);
        }
        (length.max(WAY_LEAST_M), speed.is_finite().then_some(speed))
    }

    /// What the junctions' tables say of each movement.
    fn rights(&mut self, crossings: Vec<Crossing>) -> Vec<Rights> {
        let net = self.net;
        let mut rights: Vec<Rights> = Vec::new();
        for crossing in crossings {
            let first = &net.connections[crossing.raw[0]];
            let lights: BTreeSet<_> =
                crossing.raw.iter().map(|&raw| &net.connections[raw].light).collect();
            let differ = lights.iter().filter_map(|l| l.as_ref()).any(|(tl, at)| {
                first.light.as_ref().is_none_or(|(first_tl, first_at)| {
                    first_tl != tl || !super::lights::alike(net, tl, *first_at, *at)
                })
            });
            let stops = crossing
                .raw
                .iter()
                .all(|&raw| matches!(net.connections[raw].state.as_str(), "s" | "w"));
            if crossing.raw.iter().any(|&raw| net.connections[raw].state == "Z") {
                let what = "movements that merge by turns (state Z), here the first comes first";
                self.notes.add(what, &format!("{} to {}", first.from, first.to));
            }
            rights.push(Rights {
                light: first.light.clone(),
                response: BTreeSet::new(),
                foes: BTreeSet::new(),
                stops,
                differ: differ.then(|| format!("{} to {}", first.from, first.to)),
            });
        }
        let mut leaving: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
        for (index, raw) in net.connections.iter().enumerate() {
            leaving.entry((raw.from.as_str(), raw.from_lane)).or_default().push(index);
        }
        for junction in &net.junctions {
            let lanes = junction.incoming_lanes.iter().filter_map(|lane| {
                let (edge, index) = lane.rsplit_once('_')?;
                leaving.get(&(edge, index.parse().ok()?))
            });
            let rows: Vec<Option<MovementId>> =
                lanes.flatten().map(|&raw| self.movement_of[raw]).collect();
            if rows.len() > junction.requests.len() {
                if !rows.is_empty() {
                    self.notes
                        .add("junctions without a table of rights, first come first", &junction.id);
                }
                continue;
            }
            for (own, request) in rows.iter().zip(&junction.requests) {
                let Some(own) = own else { continue };
                let named = |set: &str, at: usize| {
                    set.len().checked_sub(at + 1).and_then(|i| set.as_bytes().get(i)) == Some(&b'1')
                };
                for (at, other) in rows.iter().enumerate() {
                    let Some(other) = other.filter(|other| other != own) else { continue };
                    let row = &mut rights[own.index()];
                    if named(&request.response, at) {
                        row.response.insert(other);
                    }
                    if named(&request.foes, at) {
                        row.foes.insert(other);
                    }
                }
            }
        }
        rights
    }
}

/// The programs with their junctions.
fn placed(
    programs: Vec<Program>,
    lights: Vec<Light>,
    network: &Network,
) -> (Vec<Program>, Vec<Light>) {
    let place = |(mut program, mut light): (Program, Light)| {
        let junction = |m: &MovementId| network.movement(*m).junction;
        let (first, _) = program.movement_groups.first()?;
        program.junction = junction(first);
        light.junctions = program.movement_groups.iter().map(|(m, _)| junction(m)).collect();
        Some((program, light))
    };
    programs.into_iter().zip(lights).filter_map(place).unzip()
}

/// A course that lies so far to the left of another, metres.
fn aside(course: &[Point], by: f64) -> Vec<Point> {
    let direction = |a: Point, b: Point| {
        let span = a.distance(b);
        if span < 1e-6 { None } else { Some(((b.x - a.x) / span, (b.y - a.y) / span)) }
    };
    let pieces: Vec<_> = course.windows(2).map(|pair| direction(pair[0], pair[1])).collect();
    let moved = |(index, point): (usize, &Point)| {
        let before = index.checked_sub(1).and_then(|i| pieces[i]);
        let after = pieces.get(index).copied().flatten();
        let (x, y) = match (before, after) {
            (Some(a), Some(b)) => (a.0 + b.0, a.1 + b.1),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => (0.0, 0.0),
        };
        let span = (x * x + y * y).sqrt().max(1e-6);
        Point { x: point.x - y / span * by, y: point.y + x / span * by }
    };
    course.iter().enumerate().map(moved).collect()
}
