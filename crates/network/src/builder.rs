//! Takes a description of a network and reports every problem in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use petgraph::graph::{DiGraph, NodeIndex};
use units::{JunctionId, LaneId, LinkId, Metres, MetresPerSecond, MovementId};

use crate::tables::{Connection, Junction, Lane, Link, Movement, Network, Point, RightOfWay, Turn};

/// The most lanes a link may have: more is a mistake in a file.
const LANES_MAX: usize = 16;

/// One mistake in a description.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem(pub String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A lane in a description.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LaneSpec {
    /// Its width.
    pub width: Metres,
    /// Its speed limit.
    pub speed: MetresPerSecond,
}

/// A description that grows.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    junctions: Vec<Junction>,
    links: Vec<Link>,
    lanes: Vec<Lane>,
    movements: Vec<Movement>,
    problems: Vec<Problem>,
}

impl Network {
    /// An empty description.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Adds a junction.
    pub fn junction(&mut self, name: &str, position: Point, signalised: bool) -> JunctionId {
        if name.is_empty() {
            self.say(format!("junction {}: it has no name", self.junctions.len()));
        }
        if !(position.x.is_finite() && position.y.is_finite()) {
            self.say(format!("junction {name}: its position is not a number"));
        }
        self.junctions.push(Junction {
            name: name.to_owned(),
            position,
            signalised,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            movements: Vec::new(),
        });
        JunctionId::from_index(self.junctions.len() - 1)
    }

    /// Adds a link with its lanes, from the middle of the road outwards.
    pub fn link(
        &mut self,
        name: &str,
        from: JunctionId,
        to: JunctionId,
        length: Metres,
        lanes: &[LaneSpec],
        points: Vec<Point>,
    ) -> LinkId {
        let id = LinkId::from_index(self.links.len());
        if !(length.0.is_finite() && length.0 > 0.0) {
            self.say(format!("link {name}: its length of {length} is not positive"));
        }
        if lanes.is_empty() || lanes.len() > LANES_MAX {
            self.say(format!("link {name}: {} lanes, there must be 1 to {LANES_MAX}", lanes.len()));
        }
        let first_lane = LaneId::from_index(self.lanes.len());
        for (index, lane) in lanes.iter().take(LANES_MAX).enumerate() {
            if !(lane.speed.0.is_finite() && lane.speed.0 > 0.0) {
                self.say(format!("link {name}: lane {index}: its speed is not positive"));
            }
            if !(lane.width.0.is_finite() && lane.width.0 > 0.0) {
                self.say(format!("link {name}: lane {index}: its width is not positive"));
            }
            let index = u8::try_from(index).unwrap_or(u8::MAX);
            self.lanes.push(Lane { link: id, index, width: lane.width, speed: lane.speed });
        }
        let speed = lanes.iter().map(|lane| lane.speed.0).fold(0.0, f64::max);
        for (end, what) in [(from, "begins"), (to, "ends")] {
            if end.index() >= self.junctions.len() {
                self.say(format!("link {name}: it {what} at a junction that is not there"));
            }
        }
        if from == to {
            self.say(format!("link {name}: it begins and ends at one junction"));
        }
        self.links.push(Link {
            name: name.to_owned(),
            from,
            to,
            length,
            speed: MetresPerSecond(speed),
            first_lane,
            lane_count: u8::try_from(lanes.len().min(LANES_MAX)).unwrap_or(u8::MAX),
            points,
        });
        id
    }

    /// Adds a movement.
    pub fn movement(
        &mut self,
        junction: JunctionId,
        from: LinkId,
        to: LinkId,
        turn: Turn,
        connections: Vec<Connection>,
    ) -> MovementId {
        let right_of_way = RightOfWay::default();
        self.movements.push(Movement { junction, from, to, turn, connections, right_of_way });
        MovementId::from_index(self.movements.len() - 1)
    }

    /// Says whom a movement gives way to, once all movements of its junction are there.
    pub fn right_of_way(&mut self, movement: MovementId, rule: RightOfWay) {
        match self.movements.get_mut(movement.index()) {
            Some(row) => row.right_of_way = rule,
            None => self.say(format!("right of way of movement {movement}: it is not there")),
        }
    }

    /// Freezes the network.
    ///
    /// # Errors
    /// Every problem of the description.
    pub fn build(mut self) -> Result<Network, Vec<Problem>> {
        let junction_names = names(self.junctions.iter().map(|j| &j.name));
        let link_names = names(self.links.iter().map(|l| &l.name));
        self.check_names("junction", &junction_names, self.junctions.len());
        self.check_names("link", &link_names, self.links.len());
        let mut known = BTreeSet::new();
        self.check_right_of_way();
        for (index, movement) in std::mem::take(&mut self.movements).into_iter().enumerate() {
            let is_new = known.insert((movement.from, movement.to));
            self.check_movement(index, &movement, is_new);
            self.movements.push(movement);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let mut graph = DiGraph::with_capacity(self.junctions.len(), self.links.len());
        for index in 0..self.junctions.len() {
            graph.add_node(JunctionId::from_index(index));
        }
        let mut lane_movements = vec![Vec::new(); self.lanes.len()];
        let mut link_movements = vec![Vec::new(); self.links.len()];
        for (index, link) in self.links.iter().enumerate() {
            let id = LinkId::from_index(index);
            graph.add_edge(NodeIndex::new(link.from.index()), NodeIndex::new(link.to.index()), id);
            self.junctions[link.from.index()].outgoing.push(id);
            self.junctions[link.to.index()].incoming.push(id);
        }
        for (index, movement) in self.movements.iter().enumerate() {
            let id = MovementId::from_index(index);
            self.junctions[movement.junction.index()].movements.push(id);
            link_movements[movement.from.index()].push(id);
            let first = self.links[movement.from.index()].first_lane.index();
            for connection in &movement.connections {
                let leaving: &mut Vec<_> =
                    &mut lane_movements[first + usize::from(connection.from_lane)];
                if !leaving.contains(&id) {
                    leaving.push(id);
                }
            }
        }
        Ok(Network {
            graph,
            junction_names: ids(junction_names, JunctionId::from_index),
            link_names: ids(link_names, LinkId::from_index),
            junctions: self.junctions,
            links: self.links,
            lanes: self.lanes,
            movements: self.movements,
            lane_movements,
            link_movements,
        })
    }

    fn say(&mut self, what: String) {
        self.problems.push(Problem(what));
    }

    /// Says which names `known` holds more than once.
    fn check_names(&mut self, what: &str, known: &BTreeMap<String, Vec<usize>>, rows: usize) {
        if known.len() == rows {
            return;
        }
        for (name, _) in known.iter().filter(|(_, rows)| rows.len() > 1) {
            self.say(format!("{what} {name}: the name is given twice"));
        }
    }

    /// Whom a movement gives way to must cross the same junction.
    fn check_right_of_way(&mut self) {
        let mut problems = Vec::new();
        for (index, movement) in self.movements.iter().enumerate() {
            for &other in movement.right_of_way.listed().unwrap_or_default() {
                let row = self.movements.get(other.index());
                let is_there = row.is_some_and(|row| row.junction == movement.junction);
                if !is_there || other.index() == index {
                    problems.push(Problem(format!(
                        "movement {index}: it gives way to {other}, which is no other of its junction"
                    )));
                }
            }
        }
        self.problems.append(&mut problems);
    }

    fn check_movement(&mut self, index: usize, movement: &Movement, is_new: bool) {
        let (Some(from), Some(to)) =
            (self.links.get(movement.from.index()), self.links.get(movement.to.index()))
        else {
            self.say(format!("movement {index}: it names a link that is not there"));
            return;
        };
        let name = format!("movement {} to {}", from.name, to.name);
        let (from_lanes, to_lanes) = (from.lane_count, to.lane_count);
        let meets = from.to == movement.junction && to.from == movement.junction;
        if !meets {
            self.say(format!("{name}: the links do not meet at its junction"));
        }
        if movement.connections.is_empty() {
            self.say(format!("{name}: it connects no lanes"));
        }
        for connection in &movement.connections {
            if connection.from_lane >= from_lanes || connection.to_lane >= to_lanes {
                let (a, b) = (connection.from_lane, connection.to_lane);
                self.say(format!("{name}: it connects lane {a} to {b}, one is not there"));
            }
            if !(connection.length.0.is_finite() && connection.length.0 >= 0.0) {
                self.say(format!("{name}: a connection's length is not a length"));
            }
            if connection.speed.is_some_and(|speed| !(speed.0.is_finite() && speed.0 > 0.0)) {
                self.say(format!("{name}: a connection's speed is not positive"));
            }
        }
        if !is_new {
            self.say(format!("{name}: it is given twice"));
        }
    }
}

/// The rows of each name.
fn names<'n>(names: impl Iterator<Item = &'n String>) -> BTreeMap<String, Vec<usize>> {
    let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, name) in names.enumerate() {
        known.entry(name.clone()).or_default().push(row);
    }
    known
}

/// The one row of each name, as an id.
fn ids<T>(known: BTreeMap<String, Vec<usize>>, id: fn(usize) -> T) -> BTreeMap<String, T> {
    known.into_iter().filter_map(|(name, rows)| Some((name, id(*rows.first()?)))).collect()
}
