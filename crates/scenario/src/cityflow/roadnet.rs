//! `roadnet.json`: intersections and roads; what crosses an intersection is read in `crossing`.

use std::collections::{BTreeMap, BTreeSet};

use network::{LaneSpec, Network, Point};
use serde_json::Value;
use signal::Problem;
use units::{JunctionId, LinkId, Metres, MetresPerSecond, MovementId};

use super::crossing::WIDTHS;
use super::json::{Node, PathProblem, Problems};
use super::notes::Notes;
use crate::demand::Demand;
use crate::program::Program;
use crate::site::Site;
use crate::template::{self, Draft, SiteOptions};

/// How far from the origin a place may be, metres.
const FAR: f64 = 1e7;
/// The shortest lane where only the signals matter: a simulator that runs the file has some answer.
const LANE_LEAST_M: f64 = 0.1;
/// The most lanes of a road, as the network has it.
const LANES_MAX: usize = 16;

/// The keys of the format; others are left out, and noted.
const ROOT: &[&str] = &["intersections", "roads"];
const INTERSECTION: &[&str] =
    &["id", "point", "width", "roads", "roadLinks", "trafficLight", "virtual"];
const ROAD: &[&str] = &["id", "points", "lanes", "startIntersection", "endIntersection"];

/// A network that was read, and its signals before the site is built.
#[derive(Debug)]
pub struct Imported {
    /// The roads.
    pub network: Network,
    drafts: Vec<Draft>,
    /// The light phases of every signalised intersection as the file has them, in its order; one group
    /// a road link.
    pub programs: Vec<Program>,
    /// What was left out or guessed.
    pub notes: Vec<String>,
}

impl Imported {
    /// The site: one cabinet a signalised junction, with plans for this demand.
    ///
    /// # Errors
    /// Every junction whose signals cannot be driven, and why.
    pub fn site(self, demand: &Demand, options: &SiteOptions) -> Result<Site, Vec<Problem>> {
        template::site(self.network, &self.drafts, demand, options)
    }
}

pub(super) fn parse(json: &str) -> Result<Value, Vec<PathProblem>> {
    serde_json::from_str(json).map_err(|error| {
        let path = format!("line {} column {}", error.line(), error.column());
        vec![PathProblem { path, reason: format!("it is not JSON: {error}") }]
    })
}

/// Reads a network file.
///
/// # Errors
/// Every mistake with its path in the file.
pub fn import_roadnet(json: &str) -> Result<Imported, Vec<PathProblem>> {
    let value = parse(json)?;
    let problems = Problems::default();
    let root = Node::root(&value, &problems);
    let read = Reader::default().read(&root, &problems).and_then(|reader| {
        let Reader { builder, drafts, programs, notes, .. } = reader;
        Some(Imported { network: built(builder, &root)?, drafts, programs, notes: notes.lines() })
    });
    problems.into_result(read)
}

/// The network, or what is wrong with it.
pub(super) fn built(builder: network::Builder, root: &Node<'_>) -> Option<Network> {
    let built = builder.build();
    built.map_err(|all| all.iter().for_each(|problem| root.say(problem.to_string()))).ok()
}

/// A road that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Road {
    pub(super) link: LinkId,
    pub(super) from: JunctionId,
    pub(super) to: JunctionId,
    pub(super) lanes: usize,
}

#[derive(Default)]
pub(super) struct Reader {
    pub(super) builder: network::Builder,
    pub(super) junctions: BTreeMap<String, JunctionId>,
    /// From the middle of each junction to its stop lines, metres.
    pub(super) reaches: Vec<f64>,
    pub(super) roads: BTreeMap<String, Road>,
    pub(super) drafts: Vec<Draft>,
    pub(super) programs: Vec<Program>,
    pub(super) notes: Notes,
    /// The signals' own phases, where they are asked for instead of drafts.
    pub(super) phases: Option<Vec<Phases>>,
}

/// The phases of one intersection.
#[derive(Debug)]
pub(super) struct Phases {
    pub(super) name: String,
    /// For each road link its movement.
    pub(super) movements: Vec<MovementId>,
    /// For each phase its green road links.
    pub(super) green: Vec<u64>,
}

impl Reader {
    /// Reads everything; none where there is a mistake.
    pub(super) fn read(mut self, root: &Node<'_>, problems: &Problems) -> Option<Self> {
        self.strangers(root, ROOT, "the file");
        let intersections = root.list("intersections");
        for node in &intersections {
            self.junction(node);
        }
        // Where a road could not be read, its road links are not mistakes of their own.
        let mut unread = BTreeSet::new();
        for node in root.list("roads") {
            if self.road(&node).is_none() {
                unread.extend(node.peek("id").map(str::to_owned));
            }
        }
        for node in &intersections {
            self.crossing(node, &unread);
        }
        problems.is_empty().then_some(self)
    }

    /// Notes the keys that the format does not have.
    pub(super) fn strangers(&mut self, node: &Node<'_>, known: &[&str], of: &str) {
        for key in node.unknown(known) {
            self.notes.add(format!("the key {key:?} is not known and was left out"), of);
        }
    }

    fn junction(&mut self, node: &Node<'_>) -> Option<()> {
        let name = node.text("id");
        let place = node.member("point").and_then(|p| point(&p));
        let unreal = node.flag("virtual");
        let name = name?;
        self.strangers(node, INTERSECTION, name);
        if name.is_empty() {
            node.say_of("id", "it is empty");
        }
        if self.junctions.contains_key(name) {
            node.say_of("id", format!("an intersection before has the id {name:?}"));
            return None;
        }
        // Whoever names a junction that could not be read makes no mistake of his own.
        let (place, unreal) = (place.unwrap_or_default(), unreal.unwrap_or_default());
        let id = self.builder.junction(name, place, !unreal);
        self.junctions.insert(name.to_owned(), id);
        // A width that makes no sense is told where the junction's signals are read.
        let width = node.peek_number("width").filter(|width| WIDTHS.contains(width));
        self.reaches.push(if unreal { 0.0 } else { width.unwrap_or_default() });
        Some(())
    }

    fn road(&mut self, node: &Node<'_>) -> Option<()> {
        let name = node.text("id");
        let ends = ["startIntersection", "endIntersection"].map(|key| {
            let text = node.text(key)?;
            let found = self.junctions.get(text).copied();
            if found.is_none() {
                node.say_of(key, format!("there is no intersection {text:?}"));
            }
            found
        });
        let points: Vec<_> = node.list("points").iter().map(point).collect();
        let lanes: Vec<_> = node.list("lanes").iter().map(lane).collect();
        if node.has_empty("lanes") || lanes.len() > LANES_MAX {
            node.say_of("lanes", format!("{} lanes, there must be 1 to {LANES_MAX}", lanes.len()));
        }
        let points = points.into_iter().collect::<Option<Vec<Point>>>();
        let lanes = lanes.into_iter().collect::<Option<Vec<LaneSpec>>>();
        let name = name?;
        self.strangers(node, ROAD, name);
        if name.is_empty() {
            node.say_of("id", "it is empty");
        }
        if self.roads.contains_key(name) {
            node.say_of("id", format!("a road before has the id {name:?}"));
            return None;
        }
        let ([from, to], points, lanes) = (ends, points?, lanes?);
        if lanes.is_empty() || lanes.len() > LANES_MAX {
            return None;
        }
        let (from, to) = (from?, to?);
        let course: f64 = points.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
        if !(course > 0.0 && course.is_finite()) {
            node.say_of("points", "they make no length");
            return None;
        }
        // The course runs from middle to middle, its lanes from stop line to stop line.
        let mut length = course - self.reaches[from.index()] - self.reaches[to.index()];
        if self.phases.is_some() && length < LANE_LEAST_M {
            self.notes
                .add(format!("a lane of {LANE_LEAST_M} m was taken for one that is less"), name);
            length = LANE_LEAST_M;
        }
        if length <= 0.0 {
            let what = format!("{course} m leave no lane between the junctions' stop lines");
            node.say_of("points", what);
            return None;
        }
        if from == to {
            node.say_of("endIntersection", "the road ends where it begins");
            return None;
        }
        let count = lanes.len();
        let link = self.builder.link(name, from, to, Metres(length), &lanes, points);
        self.roads.insert(name.to_owned(), Road { link, from, to, lanes: count });
        Some(())
    }
}

pub(super) fn point(node: &Node<'_>) -> Option<Point> {
    let (x, y) = (node.number("x", -FAR..=FAR), node.number("y", -FAR..=FAR));
    Some(Point { x: x?, y: y? })
}

fn lane(node: &Node<'_>) -> Option<LaneSpec> {
    let width = node.number("width", 0.5..=20.0);
    let speed = node.number("maxSpeed", 0.1..=100.0);
    Some(LaneSpec { width: Metres(width?), speed: MetresPerSecond(speed?) })
}
