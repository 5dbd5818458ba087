//! A street that is cheap enough for ten thousand junctions: a grid of crossroads with eight stages each,
//! on which vehicles drive at the limit, keep a vehicle's room and leave one after another; traffic
//! begins and ends everywhere, so that it is the same in a small grid and in a large one. It obeys a
//! controller and shows it what its sensors see. The same seed gives the same street.

use estimate::{Class, LoopSight, ROOM, Sight, Vehicle};
use network::{Network, Turn};
use optimizer::{
    Approach, Between, Choice, District, Instants, JunctionSpec, Opening, Scene, Showing, StageSpec,
};
use units::mixing::{GOLDEN, mixed};
use units::{JunctionId, LaneId, LinkId, Millis};

/// What is seen of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(dead_code)]
pub(crate) enum Sensing {
    /// Every vehicle.
    Vehicles,
    /// What a loop at the stop line and one 40 m before it tell.
    Loops,
}

const STEP: Millis = Millis::from_secs(1);
const CHANGE: Millis = Millis::from_secs(5);
const MIN_GREEN: Millis = Millis::from_secs(5);
/// Metres a second.
const SPEED: f32 = 13.9;
/// Seconds from one vehicle that leaves a lane to the next.
const HEADWAY: Millis = Millis::from_secs(2);
/// Of 100 vehicles so many turn left, and so many right.
const TURNS: (u64, u64) = (20, 20);
/// One of so many that leave a lane has come to where it wanted to go.
const DESTINATION: u64 = 4;
/// Metres before the stop line.
const ADVANCE: f32 = 40.0;

#[derive(Clone, Default)]
struct Lane {
    /// Nearest the stop line first.
    vehicles: Vec<Vehicle>,
    free: Millis,
    passed: [u32; 2],
}

/// The street, its signals and what is seen of it.
#[derive(Clone)]
pub(crate) struct Street {
    district: District,
    sensing: Sensing,
    /// Of 1,000 seconds in so many a vehicle begins on one of the entries.
    rate: u64,
    entries: Vec<LinkId>,
    lanes: Vec<Lane>,
    /// For each lane its junction and its approach there.
    ruled: Vec<Option<(usize, usize)>>,
    scene: Scene,
    random: u64,
}

impl Street {
    /// An empty grid; on each link before a signal so many vehicles begin in 1,000 seconds.
    pub(crate) fn new((columns, rows): (usize, usize), rate: u64, sensing: Sensing) -> Self {
        let network = scenario::generate::district(1, columns, rows).0.network;
        let signalised = network.junctions().iter().enumerate().filter(|(_, one)| one.signalised);
        let ids = signalised.map(|(index, _)| JunctionId::from_index(index));
        let junctions: Vec<_> = ids.map(|id| crossroads(&network, id)).collect();
        let mut ruled = vec![None; network.lanes().len()];
        for (junction, spec) in junctions.iter().enumerate() {
            for (approach, lane) in spec.approaches.iter().enumerate() {
                ruled[lane.lane.index()] = Some((junction, approach));
            }
        }
        let is_entry = |link: LinkId| network.junction(network.link(link).to).signalised;
        let links = (0..network.links().len()).map(LinkId::from_index);
        let entries = links.filter(|&link| is_entry(link)).collect();
        let signals = vec![Showing::Stage { stage: 0, elapsed: Millis::ZERO }; junctions.len()];
        let lanes = vec![Lane::default(); network.lanes().len()];
        let mut street = Self {
            district: District { network, junctions },
            sensing,
            rate,
            entries,
            scene: Scene {
                time: Millis::ZERO,
                signals,
                lanes: vec![Sight::Unknown; lanes.len()],
                walks: Vec::new(),
                clearings: Vec::new(),
            },
            lanes,
            ruled,
            random: 1,
        };
        street.look();
        street
    }

    /// From now on so many vehicles begin on each link in 1,000 seconds.
    #[allow(dead_code)]
    pub(crate) fn set_rate(&mut self, rate: u64) {
        self.rate = rate;
    }

    /// Its roads and junctions.
    pub(crate) fn district(&self) -> District {
        self.district.clone()
    }

    /// What is seen now.
    pub(crate) fn scene(&self) -> &Scene {
        &self.scene
    }

    /// How many vehicles are on it.
    #[allow(dead_code)]
    pub(crate) fn vehicles(&self) -> usize {
        self.lanes.iter().map(|lane| lane.vehicles.len()).sum()
    }

    /// Does what was chosen, and moves on by a second.
    pub(crate) fn step(&mut self, choices: &[Choice]) {
        for choice in choices {
            let showing = &mut self.scene.signals[choice.junction];
            if let Showing::Stage { stage, .. } = *showing
                && stage != choice.stage
            {
                *showing = Showing::Change { from: stage, to: choice.stage, elapsed: Millis::ZERO };
            }
        }
        for index in 0..self.lanes.len() {
            self.drive(index);
        }
        for at in 0..self.entries.len() {
            if self.below(1_000) < self.rate {
                self.enter(self.entries[at]);
            }
        }
        self.scene.time += STEP;
        for showing in &mut self.scene.signals {
            *showing = match *showing {
                Showing::Stage { stage, elapsed } => {
                    Showing::Stage { stage, elapsed: elapsed + STEP }
                }
                Showing::Change { to, elapsed, .. } if elapsed + STEP >= CHANGE => {
                    Showing::Stage { stage: to, elapsed: Millis::ZERO }
                }
                Showing::Change { from, to, elapsed } => {
                    Showing::Change { from, to, elapsed: elapsed + STEP }
                }
            };
        }
        self.look();
    }

    /// All vehicles of a lane drive for a second, and the first leaves where it may.
    fn drive(&mut self, index: usize) {
        let now = self.scene.time;
        let open = self.ruled[index].map_or(0, |(junction, approach)| {
            let spec = &self.district.junctions[junction];
            spec.shown(self.scene.signals[junction], approach)
        });
        let lane = &mut self.lanes[index];
        let mut before = f32::NEG_INFINITY;
        let mut leaves = None;
        for (place, vehicle) in lane.vehicles.iter_mut().enumerate() {
            let goes = place == 0 && open != 0 && now >= lane.free;
            let least = if goes || self.ruled[index].is_none() { before } else { before.max(0.0) };
            let to = (vehicle.distance - SPEED).max(least).min(vehicle.distance);
            lane.passed[1] += u32::from(vehicle.distance >= ADVANCE && to < ADVANCE);
            vehicle.speed = vehicle.distance - to;
            vehicle.distance = to;
            before = to + ROOM as f32;
            if place == 0 && to <= 0.0 && (goes || self.ruled[index].is_none()) {
                leaves = Some(*vehicle);
            }
        }
        if let Some(vehicle) = leaves {
            lane.vehicles.remove(0);
            lane.passed[0] += 1;
            lane.free = now + HEADWAY;
            if self.below(DESTINATION) != 0 {
                vehicle.next.into_iter().for_each(|next| self.enter(next));
            }
        }
    }

    /// One comes onto a link, and into the lane of the turn that chance gives it.
    fn enter(&mut self, link: LinkId) {
        let turn = self.below(100);
        let network = self.district.network.clone();
        let wanted = match turn {
            turn if turn < TURNS.0 => Turn::Left,
            turn if turn < TURNS.0 + TURNS.1 => Turn::Right,
            _ => Turn::Straight,
        };
        let movements = network.link_movements(link).iter().map(|&id| network.movement(id));
        let movement = movements.clone().find(|movement| movement.turn == wanted);
        let lane = movement.map_or(0, |movement| movement.connections[0].from_lane);
        let lane = &mut self.lanes[network.lane_at(link, lane).index()];
        let length = network.link(link).length.0 as f32;
        let behind = lane.vehicles.last().map_or(0.0, |last| last.distance + ROOM as f32);
        let next = movement.map(|movement| movement.to);
        lane.vehicles.push(Vehicle {
            distance: length.max(behind),
            speed: SPEED,
            next,
            class: Class::default(),
        });
    }

    fn look(&mut self) {
        for (lane, sight) in self.lanes.iter_mut().zip(&mut self.scene.lanes) {
            match self.sensing {
                Sensing::Vehicles => {
                    if *sight == Sight::Unknown {
                        *sight = Sight::Vehicles { seen: Vec::with_capacity(64), range: None };
                    }
                    if let Sight::Vehicles { seen, .. } = sight {
                        seen.clear();
                        seen.extend(&lane.vehicles);
                    }
                }
                Sensing::Loops => {
                    if *sight == Sight::Unknown {
                        *sight = Sight::Loops(Vec::with_capacity(2));
                    }
                    if let Sight::Loops(loops) = sight {
                        let passed = std::mem::take(&mut lane.passed);
                        loops.clear();
                        loops.extend([(0.0, passed[0]), (ADVANCE, passed[1])].map(|one| {
                            let (distance, passed) = one;
                            let over = distance - 1.0..distance + 4.0;
                            let mut vehicles = lane.vehicles.iter();
                            let present = vehicles.any(|one| over.contains(&one.distance));
                            let occupied = if present { 1_000 } else { 300 * i64::from(passed) };
                            let occupied = Millis(occupied.min(1_000));
                            LoopSight { distance, passed, occupied, present }
                        }));
                    }
                }
            }
        }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(GOLDEN);
        mixed(self.random) % limit
    }
}

/// The eight stages of a crossroads: of each road both ways straight on and right, both ways left, and
/// each arm by itself.
fn crossroads(network: &Network, junction: JunctionId) -> JunctionSpec {
    let row = network.junction(junction);
    let arm = |link: LinkId| {
        let (from, to) = (network.link(link).from, network.link(link).to);
        let (from, to) = (network.junction(from).position, network.junction(to).position);
        let is_along = (to.x - from.x).abs() > (to.y - from.y).abs();
        (usize::from(is_along), usize::from(if is_along { to.x > from.x } else { to.y > from.y }))
    };
    let lanes = row.incoming.iter().flat_map(|&link| network.link_lanes(link));
    let movements = |lane: LaneId| {
        network.lane_movements(lane).iter().map(|&movement| network.movement(movement))
    };
    let approach =
        |lane: LaneId| Approach { lane, exits: movements(lane).map(|one| one.to).collect() };
    let lanes: Vec<LaneId> = lanes.filter(|&lane| movements(lane).next().is_some()).collect();
    let stage = |number: usize| {
        let road = number / 4;
        let opens = lanes.iter().map(|&lane| {
            let (own, way) = arm(network.lane(lane).link);
            let is_left = movements(lane).all(|one| one.turn == Turn::Left);
            let open = own == road
                && match number % 4 {
                    0 => !is_left,
                    1 => is_left,
                    arm => way == arm - 2,
                };
            Opening { open: if open { u8::MAX } else { 0 }, yielding: 0 }
        });
        StageSpec { min_green: MIN_GREEN, max_green: None, opens: opens.collect() }
    };
    JunctionSpec {
        approaches: lanes.iter().map(|&lane| approach(lane)).collect(),
        stages: (0..8).map(stage).collect(),
        clearance: JunctionSpec::same_clearance(8, CHANGE),
        between: Between::Both,
        instants: Instants::Any,
        countdown: None,
        walks: Vec::new(),
    }
}
