//! A trip driven with one kind of help, and what came of it for the vehicle and for everybody else.

use corridor::Signals;
use optimizer::Scene;
use serde::Serialize;
use units::Millis;

use super::course::Course;
use super::help::{Help, Helper, Helping, Told};
use super::trips::Trip;
use super::{CorridorPlan, Ground};
use crate::evaluate::SECOND;
use crate::random::Random;
use crate::world::{Road, World};

/// Slower than this it has stopped, m/s: 5 km/h. An emergency vehicle passes a red light at no more.
const STOPPED: f32 = 1.4;
/// Faster than this it has started again.
const ROLLING: f32 = 3.0;

/// What came of a trip.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Outcome {
    /// From the vehicle's departure to its arrival, seconds; none where it did not arrive.
    pub travel_s: Option<f64>,
    /// The same alone, with every light open.
    pub free_s: f64,
    /// How often it stopped on the road.
    pub stops: u32,
    /// What everybody else has lost from the request to the end, vehicle-seconds: against the limit on
    /// the road, and in waiting to come in.
    pub others_lost_s: f64,
    /// What of that was lost on links that lead to the way's junctions and are none of it.
    pub side_lost_s: f64,
    /// What everybody else lost second by second.
    #[serde(skip)]
    pub lost_by_second: Vec<f32>,
    /// How many rules the lamps have broken.
    pub violations: u64,
    /// When the vehicle arrived, seconds after the request.
    #[serde(skip)]
    pub arrived_s: Option<f64>,
}

/// Drives trips at once on a copy of a street.
pub(super) fn drive(
    course: &Course,
    ground: &Ground,
    plan: &CorridorPlan,
    trips: &[Trip],
    help: Help,
) -> Vec<Outcome> {
    let mut course = course.clone();
    let before = course.violations();
    let begin = course.now();
    let mut watch = Watch::new(&course, ground, plan, trips, help);
    let last = trips.iter().map(|trip| trip.later).max().unwrap_or(Millis::ZERO);
    let end = begin + plan.notice + last + plan.after;
    if let Helping::Corridors(dispatch) = &mut watch.helping {
        dispatch.ask(ground, plan, trips, &course.scene);
    }
    while course.now() < end {
        for (at, trip) in trips.iter().enumerate() {
            if course.now() == begin + plan.notice + trip.later {
                watch.vehicles[at].number = Some(course.send(&trip.links, plan.speed));
                watch.vehicles[at].sent = course.now();
            }
        }
        course.second(&mut watch);
    }
    let violations = course.violations() - before;
    watch.outcomes(begin, violations)
}

/// One vehicle that is watched.
#[derive(Clone, Default)]
struct Vehicle {
    number: Option<u32>,
    sent: Millis,
    arrived: Option<Millis>,
    /// Where it is: road, position, speed, leg.
    there: Option<(usize, f32, f32)>,
    was_seen: bool,
    stops: u32,
    has_stopped: bool,
    /// What will be told of it in the next second.
    told: Option<Told>,
}

/// The helper and the measures of one run.
struct Watch<'w> {
    ground: &'w Ground,
    plan: &'w CorridorPlan,
    trips: &'w [Trip],
    helping: Helping,
    signals: Signals,
    vehicles: Vec<Vehicle>,
    roads: Vec<Road>,
    limits: Vec<f32>,
    /// Of each road whether it leads to a junction of the ways and is none of them.
    is_side: Vec<bool>,
    random: Random,
    lost: f64,
    side: f64,
    by_second: Vec<f32>,
}

impl<'w> Watch<'w> {
    fn new(
        course: &Course,
        ground: &'w Ground,
        plan: &'w CorridorPlan,
        trips: &'w [Trip],
        help: Help,
    ) -> Self {
        let network = ground.network();
        let roads = course.world.roads();
        let on_way = |link| trips.iter().any(|trip| trip.links.contains(&link));
        let ends: Vec<_> = trips
            .iter()
            .flat_map(|trip| &trip.links)
            .map(|&link| network.link(link).to)
            .filter(|&junction| network.junction(junction).signalised)
            .collect();
        let side = |road: &Road| !on_way(road.link) && ends.contains(&network.link(road.link).to);
        let signal = |site: &scenario::SignalSite| corridor::Signal {
            layout: site.layout.clone(),
            movement_groups: site.movement_groups.clone(),
        };
        Self {
            ground,
            plan,
            trips,
            helping: Helping::new(help, ground),
            signals: Signals::new(network, ground.signals.iter().map(signal).collect()),
            vehicles: vec![Vehicle::default(); trips.len()],
            limits: roads.iter().map(|road| network.lane(road.lane).speed.0 as f32).collect(),
            is_side: roads.iter().map(side).collect(),
            roads,
            random: Random::new(plan.seed ^ course.now().0.unsigned_abs()),
            lost: 0.0,
            side: 0.0,
            by_second: Vec::new(),
        }
    }

    /// What the vehicles tell from now on, and what they had told a second ago.
    fn tell(&mut self, now: Millis) -> Vec<Option<Told>> {
        let mut told = Vec::with_capacity(self.vehicles.len());
        for vehicle in &mut self.vehicles {
            told.push(vehicle.told.take());
            let Some((road, position, speed)) = vehicle.there else { continue };
            let road = &self.roads[road];
            let network = self.ground.network();
            // Inside a junction it is at the begin of the link that it enters.
            let link = road.to.map_or(road.link, |to| network.lane(to).link);
            let true_offset = if road.to.is_some() { 0.0 } else { f64::from(position) };
            let error = bell(&mut self.random) * self.plan.deviation.0;
            let offset = (true_offset + error).clamp(0.0, network.link(link).length.0);
            vehicle.told = Some(Told { link, offset, speed: speed.into(), at: now });
        }
        told
    }

    /// The junctions that help by themselves, and what they demand.
    fn demand_locally(&self, stages: &mut [Option<usize>]) {
        stages.fill(None);
        let network = self.ground.network();
        for (vehicle, trip) in self.vehicles.iter().zip(self.trips) {
            let Some((road, position, _)) = vehicle.there else { continue };
            let road = &self.roads[road];
            if road.to.is_some() {
                continue;
            }
            let rest = road.length.0 - f64::from(position);
            let way = self.signals.along(network, &trip.links);
            let next = way.into_iter().find(|(_, crossing)| crossing.from == road.link);
            if let Some((_, crossing)) = next.filter(|_| rest <= self.plan.detection.0) {
                // Whoever came first is served first.
                stages[crossing.signal].get_or_insert(crossing.stages[0].index());
            }
        }
    }

    fn outcomes(self, begin: Millis, violations: u64) -> Vec<Outcome> {
        let of = |vehicle: &Vehicle| Outcome {
            travel_s: vehicle.arrived.map(|at| (at - vehicle.sent).as_secs_f64()),
            free_s: 0.0,
            stops: vehicle.stops,
            others_lost_s: self.lost,
            side_lost_s: self.side,
            lost_by_second: self.by_second.clone(),
            violations,
            arrived_s: vehicle.arrived.map(|at| (at - begin).as_secs_f64()),
        };
        self.vehicles.iter().map(of).collect()
    }
}

impl Helper for Watch<'_> {
    fn look(&mut self, world: &World, scene: &mut Scene) {
        let told = self.tell(world.now());
        match std::mem::replace(&mut self.helping, Helping::Nobody) {
            Helping::Nobody => {}
            Helping::Local(mut stages) => {
                self.demand_locally(&mut stages);
                self.helping = Helping::Local(stages);
            }
            Helping::Corridors(mut dispatch) => {
                dispatch.step(self.ground, self.plan.deviation, &told, scene);
                self.helping = Helping::Corridors(dispatch);
            }
        }
    }

    fn stage(&self, junction: usize) -> Option<usize> {
        self.helping.stage(junction)
    }

    fn observe(&mut self, world: &World) {
        let is_second = world.now().modulo(SECOND) == Millis::ZERO;
        let Self { vehicles, limits, is_side, .. } = self;
        vehicles.iter_mut().for_each(|vehicle| vehicle.there = None);
        let (mut lost, mut side) = (0.0_f64, 0.0_f64);
        world.for_each_vehicle(|sighting| {
            let own = vehicles.iter_mut().find(|own| own.number == Some(sighting.vehicle));
            if let Some(own) = own {
                own.there = Some((sighting.road, sighting.position, sighting.speed));
                return;
            }
            if is_second {
                let share = 1.0 - f64::from(sighting.speed / limits[sighting.road]);
                let share = share.max(0.0);
                lost += share;
                side += if is_side[sighting.road] { share } else { 0.0 };
            }
        });
        for vehicle in vehicles.iter_mut() {
            if let Some((_, _, speed)) = vehicle.there {
                vehicle.was_seen = true;
                vehicle.stops += u32::from(speed < STOPPED && !vehicle.has_stopped);
                vehicle.has_stopped = speed < STOPPED || vehicle.has_stopped && speed < ROLLING;
            } else if vehicle.was_seen && vehicle.arrived.is_none() {
                vehicle.arrived = Some(world.now());
            }
        }
        if is_second {
            let summary = world.summary();
            let waiting = summary.due.saturating_sub(summary.entered);
            lost += waiting as f64;
            self.lost += lost;
            self.side += side;
            self.by_second.push(lost as f32);
        }
    }
}

/// A bell-shaped number of deviation one: the sum of twelve even ones.
fn bell(random: &mut Random) -> f64 {
    (0..12).map(|_| random.below(1_000_000) as f64 / 1e6).sum::<f64>() - 6.0
}
