//! What is seen of the made-up street, as a controller gets it: a scene each second.
//!
//! As the plant protocol has it, a vehicle inside a junction is seen on the lane that it is about to
//! enter, so far beyond the lane's begin as it still has to drive; only who sees the whole lane sees it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use estimate::{Class, LoopSight, STANDING, Sight, Vehicle};
use network::Network;
use optimizer::{JunctionSpec, Scene, WalkSight};
use scenario::{Demand, DetectorKind, DetectorSite, VehicleClass};
use units::{DeviceId, GroupId, LaneId, LinkId, Metres, Millis};

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
    /// How many vehicles are on the lane, and how many of them stand.
    Counts,
    /// A loop at the stop line, and one 40 m before it.
    Loops,
}

impl FromStr for Sensing {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let range = |text: &str| text.parse().ok().filter(|r| *r > 0.0 && *r <= RANGE_MAX);
        match (word, word.strip_prefix("range=")) {
            ("full", _) => Ok(Self::Full),
            ("counts", _) => Ok(Self::Counts),
            ("loops", _) => Ok(Self::Loops),
            (_, Some(text)) => range(text).map(Self::Range).ok_or_else(|| {
                format!("{text:?} is no range: it is above 0 and at most {RANGE_MAX} metres")
            }),
            _ => Err("it is full, range=METRES, counts or loops".to_owned()),
        }
    }
}

impl fmt::Display for Sensing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Range(range) => write!(f, "range={range}"),
            Self::Counts => f.write_str("counts"),
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
    /// What each vehicle is.
    classes: Vec<Class>,
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
        let (mut begins, mut links, mut classes) = (Vec::new(), Vec::new(), Vec::new());
        for flow in &demand.flows {
            begins.extend(std::iter::repeat_n(links.len() as u32, flow.vehicles()));
            classes.extend(std::iter::repeat_n(class(flow.vehicle.class), flow.vehicles()));
            links.extend(&flow.route);
            // Whoever looks one link beyond the end finds none of another flow.
            links.extend([END, END]);
        }
        Self {
            sensing,
            death,
            roads: Vec::new(),
            is_approach,
            is_dead,
            loops,
            begins,
            classes,
            links,
        }
    }

    /// A vehicle was sent on a way, whose number follows the last.
    pub(super) fn add(&mut self, route: &[LinkId], of: VehicleClass) {
        self.begins.push(self.links.len() as u32);
        self.classes.push(class(of));
        self.links.extend(route);
        self.links.extend([END, END]);
    }

    /// Puts who waits to walk into a scene: how many where everything is seen, else whether anybody does,
    /// as a button tells. `crossings` has the groups of each junction's crossings.
    pub(super) fn look_at_walkers(
        &self,
        world: &World,
        crossings: &[Vec<GroupId>],
        scene: &mut Scene,
    ) {
        let nobody = WalkSight::Waiting { persons: 0, longest: Millis::ZERO };
        scene.walks.resize(crossings.len(), Vec::new());
        for (walks, groups) in scene.walks.iter_mut().zip(crossings) {
            walks.clear();
            walks.resize(groups.len(), nobody);
        }
        for (signal, group, persons, since) in world.walkers_waiting() {
            let place = crossings[signal].iter().position(|&of| of == group);
            if let Some(place) = place {
                let persons = if self.sensing == Sensing::Full { persons } else { 1 };
                let longest = world.now() - since;
                scene.walks[signal][place] = WalkSight::Waiting { persons, longest };
            }
        }
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
            Sensing::Counts => self.count(world, scene),
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
                let class = self.classes[sighting.vehicle as usize];
                seen.push(Vehicle { distance, speed: sighting.speed, next, class });
            }
        });
        // Those who come from several sides onto one lane.
        for lane in is_unsorted {
            if let Sight::Vehicles { seen, .. } = &mut scene.lanes[lane.index()] {
                seen.sort_by(|a, b| a.distance.total_cmp(&b.distance));
            }
        }
    }

    fn count(&self, world: &World, scene: &mut Scene) {
        for (index, sight) in scene.lanes.iter_mut().enumerate() {
            let is_dead = self.is_dead[index];
            if !self.is_approach[index] || (is_dead && self.death == Death::Known) {
                continue;
            }
            let (mut count, mut queue) = (0, 0);
            for (_, speed) in world.lane(LaneId::from_index(index)).filter(|_| !is_dead) {
                count += 1;
                queue += u32::from(speed < STANDING.into());
            }
            *sight = Sight::Counted { count, queue };
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

/// What a vehicle is to whoever weighs delay.
fn class(class: VehicleClass) -> Class {
    match class {
        VehicleClass::Bus | VehicleClass::Coach | VehicleClass::SchoolBus => Class::Bus,
        _ => Class::Other,
    }
}

/// Stands behind the last link of every way: no network has so many links.
const END: LinkId = LinkId(u32::MAX);

#[cfg(test)]
mod tests {
    use engine::planned;
    use optimizer::Instants;
    use scenario::{Site, generate};
    use signal::Aspect;

    use super::*;

    fn all_green(world: &mut World, site: &Site) {
        for (index, signal) in site.signals.iter().enumerate() {
            world.set_aspects(index, &vec![Aspect::Green; signal.layout.groups().len()]);
        }
    }

    /// A look each second for five minutes at a street whose lamps are all green, so that many cross.
    fn watch(sensing: Sensing, dead: (f64, Death), see: &mut dyn FnMut(&World, &Scene, &[bool])) {
        let (site, demand) = generate::district(3, 3, 2);
        let of = |signal| planned::of_site(&site.network, signal, Instants::Any);
        let junctions: Vec<JunctionSpec> = site.signals.iter().map(of).collect();
        let mut sensors = Sensors::new(&site.network, &junctions, &demand, sensing, dead, 5);
        let detectors = sensors.detectors();
        let network = site.network.clone();
        let mut world = World::new(network, &site.signals, &detectors, &demand);
        let mut scene = Scene::default();
        while world.now() < Millis::from_secs(300) {
            all_green(&mut world, &site);
            if world.now().modulo(Millis(1_000)) == Millis::ZERO {
                sensors.look(&world, &mut scene);
                see(&world, &scene, &sensors.is_approach);
            }
            world.step();
        }
    }

    fn vehicles(sight: &Sight) -> &[Vehicle] {
        match sight {
            Sight::Vehicles { seen, .. } => seen,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everybody_is_seen_once_on_the_lane_where_he_is_or_that_he_is_about_to_enter() {
        let mut inside = 0;
        watch(Sensing::Full, (0.0, Death::Known), &mut |world, scene, _| {
            let seen: usize = scene.lanes.iter().map(|sight| vehicles(sight).len()).sum();
            assert_eq!(seen, world.running());
            for (index, sight) in scene.lanes.iter().enumerate() {
                let seen = vehicles(sight);
                assert!(seen.is_sorted_by(|a, b| a.distance <= b.distance));
                let lane = LaneId::from_index(index);
                let link = world.network().lane(lane).link;
                let length = world.network().link(link).length.0 as f32;
                inside += seen.iter().filter(|vehicle| vehicle.distance > length).count();
                for vehicle in seen {
                    // It goes on from this link, or ends here.
                    let leads = |next| world.network().movement_between(link, next).is_some();
                    assert!(vehicle.next.is_none_or(leads), "{vehicle:?} on {lane}");
                }
            }
        });
        assert!(inside > 20, "{inside}: hardly anybody crossed");
    }

    #[test]
    fn a_range_is_seen_before_signals_alone_and_no_farther() {
        let mut all = 0;
        watch(Sensing::Range(50.0), (0.0, Death::Known), &mut |world, scene, is_approach| {
            for (index, sight) in scene.lanes.iter().enumerate() {
                if !is_approach[index] {
                    assert_eq!(sight, &Sight::Unknown);
                    continue;
                }
                let lane = LaneId::from_index(index);
                let length = world.network().link(world.network().lane(lane).link).length.0;
                let there = world.lane(lane).filter(|&(at, _)| length - at <= 50.0).count();
                assert!(vehicles(sight).len() >= there, "{lane}");
                assert!(vehicles(sight).iter().all(|vehicle| vehicle.distance <= 50.0));
                all += there;
            }
        });
        assert!(all > 100, "{all}");
    }

    #[test]
    fn counts_are_those_of_the_lanes_before_signals() {
        let mut all = 0;
        watch(Sensing::Counts, (0.0, Death::Known), &mut |world, scene, is_approach| {
            for (index, sight) in scene.lanes.iter().enumerate() {
                let speeds = world.lane(LaneId::from_index(index)).map(|(_, speed)| speed);
                let (count, queue) = speeds
                    .fold((0, 0), |(all, slow), speed| (all + 1, slow + u32::from(speed < 0.1)));
                let expected = Sight::Counted { count, queue };
                assert_eq!(sight, if is_approach[index] { &expected } else { &Sight::Unknown });
                all += count;
            }
        });
        assert!(all > 1_000, "{all}");
    }

    #[test]
    fn loops_count_whoever_comes_over_them() {
        let mut passed = [0_u32; 2];
        let mut entered = 0;
        watch(Sensing::Loops, (0.0, Death::Known), &mut |world, scene, is_approach| {
            entered = world.vehicles_entered();
            for (sight, &is_approach) in scene.lanes.iter().zip(is_approach) {
                match sight {
                    Sight::Loops(loops) => {
                        assert!(is_approach && loops.len() == 2, "{loops:?}");
                        assert!(loops[0].distance < loops[1].distance);
                        for (sum, one) in passed.iter_mut().zip(loops) {
                            *sum += one.passed;
                            assert!(one.occupied <= Millis(1_000), "{one:?}");
                        }
                    }
                    other => assert!(!is_approach && *other == Sight::Unknown),
                }
            }
        });
        // Who comes over the advance loop comes over the stop line later; most cross several.
        assert!(passed[1] >= passed[0], "{passed:?}");
        assert!(u64::from(passed[0]) > entered, "{passed:?}, {entered}");
    }

    #[test]
    fn the_dead_are_chosen_by_the_seed_and_say_what_was_said_they_would() {
        for (death, sensing) in [
            (Death::Known, Sensing::Full),
            (Death::Silent, Sensing::Full),
            (Death::Known, Sensing::Loops),
            (Death::Silent, Sensing::Loops),
        ] {
            let (mut unknown, mut loops, mut looks) = (0, 0, 0_usize);
            watch(sensing, (0.5, death), &mut |_, scene, is_approach| {
                let before = scene.lanes.iter().zip(is_approach).filter(|(_, is)| **is);
                for (sight, _) in before {
                    looks += 1;
                    unknown += usize::from(*sight == Sight::Unknown);
                    if let Sight::Loops(here) = sight {
                        loops += here.len();
                    }
                }
            });
            let share = |count: usize| count as f64 / looks as f64;
            let expected = match (death, sensing) {
                (Death::Known, Sensing::Loops) => (share(loops) / 2.0, 0.5),
                (Death::Known, _) => (share(unknown), 0.5),
                (Death::Silent, Sensing::Loops) => (share(loops) / 2.0, 1.0),
                (Death::Silent, _) => (share(unknown), 0.0),
            };
            assert!((expected.0 - expected.1).abs() < 0.15, "{death:?} {sensing}: {expected:?}");
        }
    }

    #[test]
    fn a_sensing_is_read_as_it_is_printed_and_what_it_may_be_is_told() {
        for sensing in [Sensing::Full, Sensing::Range(62.5), Sensing::Counts, Sensing::Loops] {
            assert_eq!(sensing.to_string().parse(), Ok(sensing));
        }
        for wrong in [
            "",
            "range",
            "range=",
            "range=0",
            "range=-3",
            "range=nan",
            "range=1e9",
            "count",
            "loop",
        ] {
            let error = wrong.parse::<Sensing>().expect_err(wrong);
            assert!(error.contains("metres") || error.contains("range=METRES"), "{error}");
        }
    }
}
