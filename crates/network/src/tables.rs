//! The frozen network and its rows.

use std::collections::BTreeMap;

use petgraph::graph::DiGraph;
use units::{JunctionId, LaneId, LinkId, Metres, MetresPerSecond, MovementId};

/// A place in the network's own plane, metres east and north of its origin.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// Metres east.
    pub x: f64,
    /// Metres north.
    pub y: f64,
}

impl Point {
    /// The distance to another place, metres.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Where links meet.
#[derive(Clone, PartialEq, Debug)]
pub struct Junction {
    /// The network's own name for it.
    pub name: String,
    /// Where it is.
    pub position: Point,
    /// Whether it has signals.
    pub signalised: bool,
    /// Links that end here.
    pub incoming: Vec<LinkId>,
    /// Links that begin here.
    pub outgoing: Vec<LinkId>,
    /// Movements across it.
    pub movements: Vec<MovementId>,
}

/// A directed road between two junctions.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// The network's own name for it.
    pub name: String,
    /// Where it begins.
    pub from: JunctionId,
    /// Where it ends.
    pub to: JunctionId,
    /// From its begin to its stop line.
    pub length: Metres,
    /// The highest speed limit of its lanes.
    pub speed: MetresPerSecond,
    /// Its first lane; the others follow.
    pub first_lane: LaneId,
    /// How many lanes it has.
    pub lane_count: u8,
    /// Its course, for maps.
    pub points: Vec<Point>,
}

/// One file of vehicles on a link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lane {
    /// The link it belongs to.
    pub link: LinkId,
    /// Its number on the link, 0 nearest the middle of the road.
    pub index: u8,
    /// Its width.
    pub width: Metres,
    /// Its speed limit.
    pub speed: MetresPerSecond,
}

/// Which way a movement turns, in the order in which they go where turns decide: the lesser first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// Straight on.
    Straight,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Back.
    UTurn,
}

impl Turn {
    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::Left => "left",
            Self::Right => "right",
            Self::UTurn => "u-turn",
        }
    }

    /// The turn of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Straight, Self::Left, Self::Right, Self::UTurn]
            .into_iter()
            .find(|turn| turn.name() == name)
    }
}

/// Who goes first where the ways of a junction meet and nothing but manners rules them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum RightOfWay {
    /// By turn: straight before left before right before back.
    #[default]
    ByTurn,
    /// It gives way to these movements of its junction and to no others.
    GivesWayTo(Vec<MovementId>),
    /// The same, after a stop at the line.
    StopsFor(Vec<MovementId>),
}

impl RightOfWay {
    /// The movements it gives way to, where they are listed.
    #[must_use]
    pub fn listed(&self) -> Option<&[MovementId]> {
        match self {
            Self::ByTurn => None,
            Self::GivesWayTo(to) | Self::StopsFor(to) => Some(to),
        }
    }
}

/// A way across a junction from lane to lane.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Connection {
    /// The lane's number on the link that is left.
    pub from_lane: u8,
    /// The lane's number on the link that is entered.
    pub to_lane: u8,
    /// From stop line to the entered link's begin.
    pub length: Metres,
    /// Its speed limit; none where the curve alone sets the speed.
    pub speed: Option<MetresPerSecond>,
}

/// A way across a junction from link to link.
#[derive(Clone, PartialEq, Debug)]
pub struct Movement {
    /// Where.
    pub junction: JunctionId,
    /// The link that is left.
    pub from: LinkId,
    /// The link that is entered.
    pub to: LinkId,
    /// Which way it turns.
    pub turn: Turn,
    /// Its lanes.
    pub connections: Vec<Connection>,
    /// Whom it gives way to.
    pub right_of_way: RightOfWay,
}

/// A road network, frozen. Every id it gives out is an index into its tables.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) graph: DiGraph<JunctionId, LinkId>,
    pub(crate) junctions: Vec<Junction>,
    pub(crate) links: Vec<Link>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) movements: Vec<Movement>,
    pub(crate) lane_movements: Vec<Vec<MovementId>>,
    pub(crate) link_movements: Vec<Vec<MovementId>>,
    pub(crate) junction_names: BTreeMap<String, JunctionId>,
    pub(crate) link_names: BTreeMap<String, LinkId>,
}

impl Network {
    /// All junctions, indexed by [`JunctionId`].
    #[must_use]
    pub fn junctions(&self) -> &[Junction] {
        &self.junctions
    }

    /// All links, indexed by [`LinkId`].
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// All lanes, indexed by [`LaneId`].
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// All movements, indexed by [`MovementId`].
    #[must_use]
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }

    /// One junction.
    #[must_use]
    pub fn junction(&self, id: JunctionId) -> &Junction {
        &self.junctions[id.index()]
    }

    /// One link.
    #[must_use]
    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id.index()]
    }

    /// One lane.
    #[must_use]
    pub fn lane(&self, id: LaneId) -> &Lane {
        &self.lanes[id.index()]
    }

    /// One movement.
    #[must_use]
    pub fn movement(&self, id: MovementId) -> &Movement {
        &self.movements[id.index()]
    }

    /// The graph itself: junctions as nodes, links as edges, both at their ids.
    #[must_use]
    pub fn graph(&self) -> &DiGraph<JunctionId, LinkId> {
        &self.graph
    }

    /// The lanes of a link, from the middle of the road.
    pub fn link_lanes(&self, link: LinkId) -> impl Iterator<Item = LaneId> + use<> {
        let link = self.link(link);
        let first = link.first_lane.0;
        (first..first + u32::from(link.lane_count)).map(LaneId)
    }

    /// The lane with this number on a link.
    #[must_use]
    pub fn lane_at(&self, link: LinkId, index: u8) -> LaneId {
        LaneId(self.link(link).first_lane.0 + u32::from(index))
    }

    /// The movements that leave from a lane.
    #[must_use]
    pub fn lane_movements(&self, lane: LaneId) -> &[MovementId] {
        &self.lane_movements[lane.index()]
    }

    /// The movements that leave a link.
    #[must_use]
    pub fn link_movements(&self, link: LinkId) -> &[MovementId] {
        &self.link_movements[link.index()]
    }

    /// The movement from one link to another.
    #[must_use]
    pub fn movement_between(&self, from: LinkId, to: LinkId) -> Option<MovementId> {
        self.link_movements(from).iter().copied().find(|&m| self.movement(m).to == to)
    }

    /// The junction of this name.
    #[must_use]
    pub fn junction_named(&self, name: &str) -> Option<JunctionId> {
        self.junction_names.get(name).copied()
    }

    /// The link of this name.
    #[must_use]
    pub fn link_named(&self, name: &str) -> Option<LinkId> {
        self.link_names.get(name).copied()
    }

    /// The lane of this name: its link's name, an underscore, its number.
    #[must_use]
    pub fn lane_named(&self, name: &str) -> Option<LaneId> {
        let (link, index) = name.rsplit_once('_')?;
        let link = self.link_named(link)?;
        let index: u8 = index.parse().ok()?;
        (index < self.link(link).lane_count).then(|| self.lane_at(link, index))
    }

    /// The lane's name.
    #[must_use]
    pub fn lane_name(&self, lane: LaneId) -> String {
        let lane = self.lane(lane);
        format!("{}_{}", self.link(lane.link).name, lane.index)
    }
}
