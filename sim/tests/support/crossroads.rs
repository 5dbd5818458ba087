//! One crossroads with three lanes on each arm, its lights set by the test.

use std::sync::Arc;

use network::{Network, Turn};
use scenario::{
    Demand, Flow, PedestrianFlow, SignalSite, Site, VehicleClass, VehicleType, generate,
};
use signal::{Aspect, GroupKind};
use sim::world::{Settings, World};
use units::{LaneId, LinkId, Metres, MetresPerSecond, Millis};

use super::shared::{shared, walk_group};

/// Where a vehicle comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arm {
    West,
    East,
    North,
    South,
}

/// Which way it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Left,
    Straight,
    Right,
}

impl Way {
    fn turn(self) -> Turn {
        match self {
            Self::Left => Turn::Left,
            Self::Straight => Turn::Straight,
            Self::Right => Turn::Right,
        }
    }
}

/// Vehicles of one arm and way.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) arm: Arm,
    pub(crate) way: Way,
    pub(crate) due: Vec<Millis>,
    pub(crate) class: VehicleClass,
}

/// `count` vehicles, one each three seconds.
pub(crate) fn queue(arm: Arm, way: Way, count: usize) -> Vec<Stream> {
    let due = (0..count).map(|n| Millis(n as i64 * 3_000)).collect();
    vec![Stream { arm, way, due, class: VehicleClass::Car }]
}

/// Random arrivals of so many an hour.
pub(crate) fn poisson(arm: Arm, way: Way, per_hour: f64, until: Millis, seed: u64) -> Vec<Stream> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    };
    (0..20).for_each(|_| {
        next();
    });
    let mut due = Vec::new();
    let mut now = 0.0;
    loop {
        now -= next().ln() * 3_600.0 / per_hour;
        let at = Millis::from_secs_f64(now);
        if at >= until {
            return vec![Stream { arm, way, due, class: VehicleClass::Car }];
        }
        due.push(at);
    }
}

/// A vehicle of a class: two-wheelers are electric bicycles, all others cars but for their class.
pub(crate) fn vehicle(class: VehicleClass) -> VehicleType {
    let car = VehicleType { class, max_speed: MetresPerSecond(20.0), ..VehicleType::default() };
    if class != VehicleClass::TwoWheeler {
        return car;
    }
    VehicleType {
        length: Metres(1.9),
        min_gap: Metres(1.0),
        max_speed: MetresPerSecond(6.9),
        headway_s: 1.6,
        ..car
    }
}

/// East and west have green together, north and south in the other half.
pub(crate) fn alternate(second: i64, _: Way, arm: Arm) -> Aspect {
    let first = matches!(arm, Arm::West | Arm::East);
    match second % 60 {
        0..25 if first => Aspect::Green,
        25..28 if first => Aspect::Yellow,
        30..55 if !first => Aspect::Green,
        55..58 if !first => Aspect::Yellow,
        _ => Aspect::Red,
    }
}

pub(crate) struct Crossroads {
    pub(crate) world: World,
    network: Arc<Network>,
    signals: Vec<SignalSite>,
    passed: Vec<(LaneId, u32, Vec<u32>)>,
}

impl Crossroads {
    pub(crate) fn new(streams: &[Stream], settings: &Settings) -> Self {
        let (site, _) = generate::arterial(1, 1);
        Self::of(&site, site.signals.clone(), streams, settings, Vec::new())
    }

    /// One whose left turns may go together with the opposing traffic, and where people walk.
    pub(crate) fn shared(
        streams: &[Stream],
        settings: &Settings,
        pedestrians: Vec<PedestrianFlow>,
    ) -> Self {
        let (site, _) = generate::arterial(1, 1);
        Self::of(&site, vec![shared(&site)], streams, settings, pedestrians)
    }

    /// One whose signal the test has made.
    pub(crate) fn with_signal(signal: SignalSite, streams: &[Stream], settings: &Settings) -> Self {
        let (site, _) = generate::arterial(1, 1);
        Self::of(&site, vec![signal], streams, settings, Vec::new())
    }

    fn of(
        site: &Site,
        signals: Vec<SignalSite>,
        streams: &[Stream],
        settings: &Settings,
        pedestrians: Vec<PedestrianFlow>,
    ) -> Self {
        let network = site.network.clone();
        let flow = |stream: &Stream, due: Millis| Flow {
            route: route(&network, stream.arm, stream.way),
            start: due,
            end: due,
            interval: Millis(1_000),
            vehicle: vehicle(stream.class),
            ..Flow::default()
        };
        let flows = streams.iter().flat_map(|s| s.due.iter().map(move |&due| (s, due)));
        let flows = flows.map(|(s, due)| flow(s, due)).collect();
        let demand = Demand { flows, pedestrians };
        let world = World::with_settings(network.clone(), &signals, &[], &demand, settings);
        let lanes = (0..network.lanes().len()).map(LaneId::from_index);
        let passed = lanes.map(|lane| (lane, 0, Vec::new())).collect();
        Self { world, network, signals, passed }
    }

    pub(crate) fn lane(&self, arm: Arm, way: Way) -> LaneId {
        lane(&self.network, arm, way)
    }

    pub(crate) fn lanes(&self) -> impl Iterator<Item = LaneId> + use<> {
        (0..self.network.lanes().len()).map(LaneId::from_index)
    }

    /// The link that a way leads to.
    pub(crate) fn exit(&self, arm: Arm, way: Way) -> LinkId {
        route(&self.network, arm, way)[1]
    }

    /// Runs with the aspect that a second and a way have.
    pub(crate) fn run(&mut self, span: Millis, plan: impl Fn(i64, Way) -> Aspect) {
        self.run_by_arm(span, |second, way, _| plan(second, way));
    }

    pub(crate) fn run_by_arm(&mut self, span: Millis, plan: impl Fn(i64, Way, Arm) -> Aspect) {
        self.run_with_walks(span, plan, |_, _| Aspect::Red);
    }

    /// The same, with what those who walk over an arm see.
    pub(crate) fn run_with_walks(
        &mut self,
        span: Millis,
        plan: impl Fn(i64, Way, Arm) -> Aspect,
        walks: impl Fn(i64, Arm) -> Aspect,
    ) {
        let end = self.world.now() + span;
        while self.world.now() < end {
            let second = self.world.now().0 / 1_000;
            let signal = &self.signals[0];
            let mut aspects = vec![Aspect::Red; signal.layout.groups().len()];
            for &(movement, group) in &signal.movement_groups {
                let row = self.network.movement(movement);
                let way = match row.turn {
                    Turn::Left | Turn::UTurn => Way::Left,
                    Turn::Straight => Way::Straight,
                    Turn::Right => Way::Right,
                };
                let arm = ARMS.into_iter().find(|&a| entry(&self.network, a) == row.from);
                aspects[group.index()] = plan(second, way, arm.expect("an arm"));
            }
            let walk = GroupKind::Pedestrian;
            if signal.layout.groups().iter().any(|group| group.kind == walk) {
                for arm in ARMS {
                    aspects[walk_group(signal, entry_name(arm)).index()] = walks(second, arm);
                }
            }
            self.world.set_aspects(0, &aspects);
            self.world.step();
            self.count();
        }
    }

    /// How many vehicles have left a lane at its stop line.
    pub(crate) fn passed(&self, arm: Arm, way: Way) -> u32 {
        self.passed[self.lane(arm, way).index()].1
    }

    /// How many stand on the lanes of an arm.
    pub(crate) fn queued(&self, arm: Arm) -> usize {
        let link = entry(&self.network, arm);
        let lanes = self.network.link_lanes(link);
        lanes.map(|lane| self.world.lane(lane).filter(|&(_, speed)| speed < 0.5).count()).sum()
    }

    fn count(&mut self) {
        for (lane, passed, before) in &mut self.passed {
            let now: Vec<u32> = self.world.vehicles(*lane).map(|seen| seen.vehicle).collect();
            *passed += before.iter().filter(|v| !now.contains(v)).count() as u32;
            *before = now;
        }
    }
}

pub(crate) const ARMS: [Arm; 4] = [Arm::West, Arm::East, Arm::North, Arm::South];

fn entry(network: &Network, arm: Arm) -> LinkId {
    network.link_named(entry_name(arm)).expect("an arm of the crossroads")
}

/// The link that leads to the crossroads on an arm.
pub(crate) fn entry_name(arm: Arm) -> &'static str {
    match arm {
        Arm::West => "l_0_1_1_1",
        Arm::East => "l_2_1_1_1",
        Arm::North => "l_1_2_1_1",
        Arm::South => "l_1_0_1_1",
    }
}

fn route(network: &Network, arm: Arm, way: Way) -> Vec<LinkId> {
    let from = entry(network, arm);
    let of = network.link_movements(from).iter().map(|&m| network.movement(m));
    let mut fits = of.filter(|row| row.turn == way.turn());
    vec![from, fits.next().expect("a way").to]
}

fn lane(network: &Network, arm: Arm, way: Way) -> LaneId {
    let way = route(network, arm, way);
    let movement = network.movement_between(way[0], way[1]).expect("a way");
    network.lane_at(way[0], network.movement(movement).connections[0].from_lane)
}
