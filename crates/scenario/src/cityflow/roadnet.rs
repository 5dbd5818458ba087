//! `roadnet.json`: junctions, roads, road links, light phases.

use std::collections::BTreeMap;

use network::{Connection, LaneSpec, Network, Point, Turn};
use serde_json::Value;
use signal::{GroupSet, Problem};
use units::{GroupId, JunctionId, LinkId, Metres, MetresPerSecond, MovementId};

use super::json::{Node, PathProblem, Problems};
use crate::demand::Demand;
use crate::site::Site;
use crate::template::{self, Draft, SiteOptions};

const FAR: f64 = 1e7;

/// A network that was read, and its signals before the site is built.
pub struct Imported {
    /// The roads.
    pub network: Network,
    drafts: Vec<Draft>,
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
    let imported = Reader::default().read(&Node::root(&value, &problems));
    problems.into_result(imported)
}

#[derive(Default)]
struct Reader {
    builder: network::Builder,
    /// Each with the distance from its middle to its stop lines.
    junctions: BTreeMap<String, (JunctionId, f64)>,
    links: BTreeMap<String, (LinkId, usize)>,
    movements: usize,
    drafts: Vec<Draft>,
    notes: Vec<String>,
}

impl Reader {
    fn read(mut self, root: &Node<'_>) -> Option<Imported> {
        let intersections = root.list("intersections");
        for node in &intersections {
            self.junction(node);
        }
        for node in root.list("roads") {
            self.road(&node);
        }
        for node in &intersections {
            self.crossing(node);
        }
        match self.builder.build() {
            Ok(network) => Some(Imported { network, drafts: self.drafts, notes: self.notes }),
            Err(all) => {
                all.iter().for_each(|problem| root.say(problem.to_string()));
                None
            }
        }
    }

    fn junction(&mut self, node: &Node<'_>) -> Option<()> {
        let name = node.text("id");
        let place = node.member("point").and_then(|p| point(&p));
        let unreal = node.flag("virtual");
        let (name, place, unreal) = (name?, place?, unreal?);
        let reach = if unreal { Some(0.0) } else { node.number("width", 0.0..=500.0) };
        let id = self.builder.junction(name, place, !unreal);
        self.junctions.insert(name.to_owned(), (id, reach?));
        Some(())
    }

    fn road(&mut self, node: &Node<'_>) -> Option<()> {
        let name = node.text("id");
        let ends = ["startIntersection", "endIntersection"].map(|key| {
            let text = node.text(key)?;
            let found = self.junctions.get(text).copied();
            if found.is_none() {
                node.say(format!("{key}: there is no intersection {text:?}"));
            }
            found
        });
        let points: Vec<_> = node.list("points").iter().map(point).collect();
        let lanes: Vec<_> = node.list("lanes").iter().map(lane).collect();
        let points = points.into_iter().collect::<Option<Vec<Point>>>();
        let lanes = lanes.into_iter().collect::<Option<Vec<LaneSpec>>>();
        let (name, [from, to], points, lanes) = (name?, ends, points?, lanes?);
        let course: f64 = points.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
        let ((from, from_reach), (to, to_reach)) = (from?, to?);
        // The course runs from middle to middle, its lanes from stop line to stop line.
        let length = Metres(course - from_reach - to_reach);
        let count = lanes.len();
        let id = self.builder.link(name, from, to, length, &lanes, points);
        self.links.insert(name.to_owned(), (id, count));
        Some(())
    }

    /// The road links and light phases of one intersection.
    fn crossing(&mut self, node: &Node<'_>) -> Option<()> {
        let (junction, _) = *self.junctions.get(node.text("id")?)?;
        if node.flag("virtual")? {
            return Some(());
        }
        let width = node.number("width", 0.0..=500.0);
        let links = node.list("roadLinks");
        let movements: Vec<_> = links.iter().map(|link| self.road_link(link, junction)).collect();
        let phases = node.member("trafficLight")?.list("lightphases");
        let mut green: Vec<u64> = Vec::new();
        for phase in &phases {
            let _ = phase.number("time", 0.0..=3_600.0);
            let open = phase.list("availableRoadLinks");
            let open = open.iter().filter_map(|item| item.index(movements.len().min(64)));
            green.push(open.fold(0, |set, index| set | 1 << index));
        }
        if movements.len() > 64 {
            node.say("more than 64 road links at one intersection");
        }
        let always = green.iter().fold(u64::MAX, |all, phase| all & phase);
        let ruled: Vec<usize> =
            (0..movements.len().min(64)).filter(|&index| always >> index & 1 == 0).collect();
        let stage = |phase: &u64| {
            let in_it = |&(_, &index): &(usize, &usize)| phase >> index & 1 == 1;
            let groups = ruled.iter().enumerate().filter(in_it);
            groups.map(|(group, _)| GroupId::from_index(group)).collect::<GroupSet>()
        };
        let mut stages: Vec<GroupSet> = Vec::new();
        for groups in green.iter().map(stage).filter(|groups| !groups.is_empty()) {
            if !stages.contains(&groups) {
                stages.push(groups);
            }
        }
        let skipped = green.len() - stages.len();
        if skipped > 0 {
            let name = node.text("id")?;
            self.notes.push(format!(
                "{name}: {skipped} light phases add nothing to what is always green, or repeat \
                 another; changes get yellow and all-red by the ITE formula"
            ));
        }
        let movements = ruled.iter().map(|&index| movements[index]).collect::<Option<Vec<_>>>();
        if stages.is_empty() {
            node.say("no light phase shows green to a road link that is not always green");
        }
        let width = Metres(width?.max(15.0) * 2.0);
        self.drafts.push(Draft { junction, movements: movements?, stages, width });
        Some(())
    }

    fn road_link(&mut self, node: &Node<'_>, junction: JunctionId) -> Option<MovementId> {
        let turn = match node.text("type")? {
            "go_straight" => Turn::Straight,
            "turn_left" => Turn::Left,
            "turn_right" => Turn::Right,
            "turn_u" => Turn::UTurn,
            other => {
                node.say(format!(
                    "type: {other:?} is none of go_straight, turn_left, turn_right, turn_u"
                ));
                return None;
            }
        };
        let road = |key: &str| {
            let name = node.text(key)?;
            let found = self.links.get(name).copied();
            if found.is_none() {
                node.say(format!("{key}: there is no road {name:?}"));
            }
            found
        };
        let (from, to) = (road("startRoad"), road("endRoad"));
        let ((from, from_lanes), (to, to_lanes)) = (from?, to?);
        let connection = |link: &Node<'_>| {
            let index = |key: &str, below: usize| {
                link.member(key)?.index(below).and_then(|n| u8::try_from(n).ok())
            };
            let (a, b) = (index("startLaneIndex", from_lanes), index("endLaneIndex", to_lanes));
            let length = if link.has("points") {
                let points: Vec<_> = link.list("points").iter().filter_map(point).collect();
                points.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
            } else {
                20.0
            };
            Some(Connection { from_lane: a?, to_lane: b?, length: Metres(length) })
        };
        let lanes: Vec<_> = node.list("laneLinks").iter().map(connection).collect();
        let lanes = lanes.into_iter().collect::<Option<Vec<_>>>()?;
        self.movements += 1;
        Some(self.builder.movement(junction, from, to, turn, lanes))
    }
}

fn point(node: &Node<'_>) -> Option<Point> {
    let (x, y) = (node.number("x", -FAR..=FAR), node.number("y", -FAR..=FAR));
    Some(Point { x: x?, y: y? })
}

fn lane(node: &Node<'_>) -> Option<LaneSpec> {
    let width = node.number("width", 0.5..=20.0);
    let speed = node.number("maxSpeed", 0.1..=100.0);
    Some(LaneSpec { width: Metres(width?), speed: MetresPerSecond(speed?) })
}
