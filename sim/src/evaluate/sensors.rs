//! What is seen of the made-up street, as a controller gets it: a scene each second.
//!
//! As the plant protocol has it, a vehicle inside a junction is seen on the lane that it is about to
//! enter, so far beyond the lane's begin as it still has to drive; only who sees the whole lane sees it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use estimate::{LoopSight, Sight, Vehicle};
use network::Network;
use optimizer::{JunctionSpec, Scene};
use scenario::{Demand, DetectorKind, DetectorSite};
use units::{DeviceId, LaneId, LinkId, Metres, Millis};

use crate::random::Random;
use crate::world::{DetectorState, Road, World};

/// How far from the stop line advance loops lie.
const ADVANCE: Metres = Metres(40.0);
/// A loop this near the begin of its lane sees nobody come, metres.
const LOOP_ROOM: f64 = 5.0;
/// The farthest that a sensor may look, metres.
const RANGE_MAX: f32 = 10_000.0;

/// What the sensors of every lane before a signal can see.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Sensing {
    /// Every vehicle on every lane of the network.
    #[default]
    Full,
    /// Every vehicle within so many metres of the stop line.
    Range(f32),
    /// A loop at the stop line, and one 40 m before it.
    Loops,
}

impl FromStr for Sensing {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let range = |text: &str| text.parse().ok().filter(|r| *r > 0.0 && *r <= RANGE_MAX);
        match (word, word.strip_prefix("range=")) {
            ("full", _) => Ok(Self::Full),
            ("loops", _) => Ok(Self::Loops),
            (_, Some(text)) => range(text).map(Self::Range).ok_or_else(|| {
                format!("{text:?} is no range: it is above 0 and at most {RANGE_MAX} metres")
            }),
            _ => Err("it is full, range=METRES or loops".to_owned()),
        }
    }
}

impl fmt::Display for Sensing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Range(range) => write!(f, "range={range}"),
            Self::Loops => f.write_str("loops"),
        }
    }
}

/// What a sensor that is dead says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Death {
    /// Nothing, and everybody knows it.
    #[default]
    Known,
    /// That nobody is there.
    Silent,
}

impl Death {
    /// Every form with its name on the command line.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("known", Self::Known), ("silent", Self::Silent)];
}

/// The sensors of a district.
#[derive(Clone, Debug)]
pub(super) struct Sensors {
    sensing: Sensing,
    death: Death,
    roads: Vec<Road>,
    /// For each lane whether it is before a signal, and whether its sensor is dead.
    is_approach: Vec<bool>,
    is_dead: Vec<bool>,
    loops: Vec<Loop>,
    /// The links of each vehicle's way: where they begin in `links`, one more than there are vehicles.
    begins: Vec<u32>,
    links: Vec<LinkId>,
}

/// A loop and what it had told when the last scene was made.
#[derive(Clone, Debug)]
struct Loop {
    site: DetectorSite,
    distance: f32,
    is_dead: bool,
    told: DetectorState,
}

impl Sensors {
    /// The sensors before these junctions. A share of them is dead, which the seed chooses: lanes, or
    /// single loops.
    pub(super) fn new(
        network: &Network,
        junctions: &[JunctionSpec],
        demand: &Demand,
        sensing: Sensing,
        (dead, death): (f64, Death),
        seed: u64,
    ) -> Self {
        let approaches = junctions.iter().flat_map(|junction| &junction.approaches);
        let lanes: BTreeSet<LaneId> = approaches.map(|approach| approach.lane).collect();
        let mut random = Random::new(seed ^ 0x5e45_0125_dead_0001);
        let mut dies = || (random.below(1_000_000) as f64) < dead * 1e6;
        let mut loops = Vec::new();
        let (mut is_approach, mut is_dead) =
            (vec![false; network.lanes().len()], vec![false; network.lanes().len()]);
        for &lane in &lanes {
            is_approach[lane.index()] = true;
            if sensing != Sensing::Loops {
                is_dead[lane.index()] = dies();
                continue;
            }
            let length = network.link(network.lane(lane).link).length.0;
            let advance = (length > ADVANCE.0 + LOOP_ROOM)
                .then_some((DetectorKind::Advance { distance: ADVANCE }, ADVANCE.0 as f32));
            for (kind, distance) in std::iter::once((DetectorKind::StopLine, 0.0)).chain(advance) {
                let channel = 0;
                let site = DetectorSite { device: DeviceId(0), channel, lane, kind };
                let told = DetectorState::default();
                loops.push(Loop { site, distance, is_dead: dies(), told });
            }
        }
        let (mut begins, mut links) = (Vec::new(), Vec::new());
        for flow in &demand.flows {
            begins.extend(std::iter::repeat_n(links.len() as u32, flow.vehicles()));
            links.extend(&flow.route);
            // Whoever looks one link beyond the end finds none of another flow.
            links.extend([END, END]);
        }
        Self { sensing, death, roads: Vec::new(), is_approach, is_dead, loops, begins, links }
    }

    /// The detectors that the world must have for it.
    pub(super) fn detectors(&self) -> Vec<DetectorSite> {
        self.loops.iter().map(|one| one.site.clone()).collect()
    }

    /// Puts what is seen now into a scene.
    pub(super) fn look(&mut self, world: &World, scene: &mut Scene) {
        if self.roads.is_empty() {
            self.roads = world.roads();
        }
        scene.lanes.resize(self.is_approach.len(), Sight::Unknown);
        match self.sensing {
            Sensing::Full => self.look_at_vehicles(world, scene, None),
            Sensing::Range(range) => self.look_at_vehicles(world, scene, Some(range)),
            Sensing::Loops => self.ask_loops(world, scene),
        }
    }

    fn look_at_vehicles(&self, world: &World, scene: &mut Scene, range: Option<f32>) {
        for (lane, sight) in scene.lanes.iter_mut().enumerate() {
            let is_known = !self.is_dead[lane] || self.death == Death::Silent;
            if (range.is_none() || self.is_approach[lane]) && is_known {
                match sight {
                    Sight::Vehicles { seen, .. } => seen.clear(),
                    _ => *sight = Sight::Vehicles { seen: Vec::new(), range },
                }
            }
        }
        let mut is_unsorted = BTreeSet::new();
        world.for_each_vehicle(|sighting| {
            let road = &self.roads[sighting.road];
            let rest = road.length.0 as f32 - sighting.position;
            let begin = self.begins[sighting.vehicle as usize] as usize;
            let (lane, distance, next) = match road.to {
                None => (road.lane, rest, self.links[begin + sighting.leg + 1]),
                Some(to) => {
                    let length = self.roads[to.index()].length.0 as f32;
                    (to, rest + length, self.links[begin + sighting.leg + 2])
                }
            };
            if self.is_dead[lane.index()] || range.is_some_and(|range| distance > range) {
                return;
            }
            if let Sight::Vehicles { seen, .. } = &mut scene.lanes[lane.index()] {
                if seen.last().is_some_and(|last| last.distance > distance) {
                    is_unsorted.insert(lane);
                }
                let next = Some(next).filter(|&next| next != END);
                seen.push(Vehicle { distance, speed: sighting.speed, next });
            }
        });
        // Those who come from several sides onto one lane.
        for lane in is_unsorted {
            if let Sight::Vehicles { seen, .. } = &mut scene.lanes[lane.index()] {
                seen.sort_by(|a, b| a.distance.total_cmp(&b.distance));
            }
        }
    }

    fn ask_loops(&mut self, world: &World, scene: &mut Scene) {
        for sight in &mut scene.lanes {
            if let Sight::Loops(loops) = sight {
                loops.clear();
            }
        }
        for (index, one) in self.loops.iter_mut().enumerate() {
            if one.is_dead && self.death == Death::Known {
                continue;
            }
            let now = if one.is_dead { DetectorState::default() } else { world.detector(index) };
            let sight = LoopSight {
                distance: one.distance,
                passed: now.count - one.told.count,
                occupied: (now.occupied - one.told.occupied).max(Millis::ZERO),
                present: now.present,
            };
            one.told = now;
            match &mut scene.lanes[one.site.lane.index()] {
                Sight::Loops(loops) => loops.push(sight),
                other => *other = Sight::Loops(vec![sight]),
            }
        }
    }
}

/// Stands behind the last link of every way: no network has so many links.
const END: LinkId = LinkId(u32::MAX);
