//! The book: every vehicle, followed from step to step.
//!
//! ```text
//!   Waiting ── first seen on a road ──▶ Driving ── seen no more ──▶ Arrived
//! ```

use scenario::{Demand, VehicleClass};
use units::{LinkId, Millis, MovementId};

use super::emission::{Emission, emission};
use super::roads::{Driven, RoadTable};
use crate::world::{Road, Sighting, World};

/// Slower than this a vehicle stands, m/s.
const STANDING: f32 = 0.1;
/// Faster than this it has started again, so that the next standstill is another stop, m/s.
const ROLLING: f32 = 1.5;

/// Where a vehicle is on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// It has not entered.
    #[default]
    Waiting,
    /// It is on the road.
    Driving,
    /// It has arrived.
    Arrived,
}

/// What is known of a vehicle.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Trip {
    /// Where it is on its way.
    pub state: State,
    /// Its flow, by place in the demand.
    pub flow: u32,
    /// After which step it was first seen.
    pub entered: Millis,
    /// After which step it was first seen no more.
    pub arrived: Millis,
    /// How often it came to a stand.
    pub stops: u32,
    /// How long it stood.
    pub waiting: Millis,
    /// How far it has driven since it entered, metres.
    pub distance: f64,
    /// What it has emitted, grams.
    pub emission: Emission,
    road: u32,
    leg: u16,
    is_stopped: bool,
    position: f32,
    speed: f32,
    /// Since when it has been on its link.
    on_link: Millis,
    /// The step in which it was last seen.
    seen: u32,
}

/// What a flow's vehicles have in common.
#[derive(Clone, Debug)]
pub(super) struct Itinerary {
    pub(super) class: VehicleClass,
    length: f64,
    /// Its links, each with the time that it takes at free flow and the movement that follows.
    legs: Vec<(LinkId, Millis, Option<MovementId>)>,
}

/// Every vehicle of a run.
#[derive(Clone, Debug)]
pub struct Book {
    roads_of_world: Vec<Road>,
    pub(super) flows: Vec<Itinerary>,
    trips: Vec<Trip>,
    dues: Vec<(Millis, Millis)>,
    driving: Vec<u32>,
    step: u32,
    /// What links and movements carry, where anybody asked for it.
    pub(super) roads: Option<RoadTable>,
}

impl Book {
    /// A book in which nobody has entered.
    #[must_use]
    pub fn new(world: &World, demand: &Demand, with_roads: bool) -> Self {
        let network = world.network();
        let flows = demand.flows.iter().map(|flow| {
            let own = flow.vehicle.max_speed.0;
            let legs = flow.route.iter().enumerate().map(|(leg, &link)| {
                let row = network.link(link);
                // As the world reckons the free-flow time of a way.
                let free = Millis::from_secs_f64(row.length.0 / row.speed.0.min(own).max(0.1));
                let next = flow.route.get(leg + 1);
                (link, free, next.and_then(|&next| network.movement_between(link, next)))
            });
            Itinerary {
                class: flow.vehicle.class,
                length: flow.vehicle.length.0,
                legs: legs.collect(),
            }
        });
        let trips = (0_u32..).zip(&demand.flows).flat_map(|(index, flow)| {
            (0..flow.vehicles()).map(move |_| Trip { flow: index, ..Trip::default() })
        });
        let trips: Vec<Trip> = trips.collect();
        let vehicles = 0..u32::try_from(trips.len()).unwrap_or(u32::MAX);
        Self {
            roads_of_world: world.roads(),
            flows: flows.collect(),
            dues: vehicles.map(|v| (world.due(v), world.free_time(v))).collect(),
            trips,
            driving: Vec::new(),
            step: 0,
            roads: with_roads.then(|| RoadTable::new(network)),
        }
    }

    /// Every vehicle, by its number.
    #[must_use]
    pub fn trips(&self) -> &[Trip] {
        &self.trips
    }

    /// When a vehicle is due, and the time that its way takes at free flow.
    #[must_use]
    pub fn due(&self, vehicle: usize) -> (Millis, Millis) {
        self.dues[vehicle]
    }

    /// The class of a vehicle's flow, and its first and last link.
    #[must_use]
    pub fn way(&self, trip: &Trip) -> (VehicleClass, Option<LinkId>, Option<LinkId>) {
        let flow = &self.flows[trip.flow as usize];
        let at = |leg: Option<&(LinkId, Millis, Option<MovementId>)>| leg.map(|leg| leg.0);
        (flow.class, at(flow.legs.first()), at(flow.legs.last()))
    }

    /// Takes the world after a step.
    pub fn observe(&mut self, world: &World) {
        self.step += 1;
        let now = world.now();
        let dt = world.step_length();
        world.for_each_vehicle(|sighting| self.see(now, dt, &sighting));
        let mut driving = std::mem::take(&mut self.driving);
        driving.retain(|&vehicle| {
            let is_there = self.trips[vehicle as usize].seen == self.step;
            if !is_there {
                self.arrive(now, vehicle);
            }
            is_there
        });
        self.driving = driving;
        if let Some(roads) = &mut self.roads {
            roads.end_step();
        }
    }

    fn see(&mut self, now: Millis, dt: Millis, sighting: &Sighting) {
        let trip = &mut self.trips[sighting.vehicle as usize];
        let flow = &self.flows[trip.flow as usize];
        let road = &self.roads_of_world[sighting.road];
        if trip.state == State::Waiting {
            (trip.state, trip.entered, trip.on_link) = (State::Driving, now, now);
            (trip.road, trip.leg) = (sighting.road as u32, 0);
            (trip.position, trip.speed) = (sighting.position, sighting.speed);
            self.driving.push(sighting.vehicle);
            if let (Some(roads), Some(leg)) = (&mut self.roads, flow.legs.first()) {
                roads.enter(leg.0, leg.2);
            }
        }
        while usize::from(trip.leg) < sighting.leg {
            leave(trip, flow, &mut self.roads, now);
            trip.leg += 1;
            if let (Some(roads), Some(leg)) = (&mut self.roads, flow.legs.get(trip.leg as usize)) {
                roads.enter(leg.0, leg.2);
            }
        }
        trip.distance += gained(&self.roads_of_world, trip, sighting);
        let speed = sighting.speed;
        let seconds = dt.as_secs_f64();
        let acceleration = f64::from(speed - trip.speed) / seconds;
        let mean_speed = f64::from(speed + trip.speed) / 2.0;
        let rate = emission(flow.class, mean_speed, acceleration);
        trip.emission.add(rate, seconds);
        let stands = speed < STANDING;
        let stops = stands && !trip.is_stopped;
        trip.is_stopped = stands || (trip.is_stopped && speed < ROLLING);
        trip.stops += u32::from(stops);
        trip.waiting += if stands { dt } else { Millis::ZERO };
        (trip.road, trip.position, trip.speed) = (sighting.road as u32, sighting.position, speed);
        trip.seen = self.step;
        if let (Some(roads), Some(leg)) = (&mut self.roads, flow.legs.get(sighting.leg)) {
            let queues = stands && road.to.is_none();
            let length = flow.length;
            let driven = Driven { speed: speed.into(), length, queues, stops, rate, seconds };
            roads.drive(leg.0, leg.2, &driven);
        }
    }

    fn arrive(&mut self, now: Millis, vehicle: u32) {
        let trip = &mut self.trips[vehicle as usize];
        let flow = &self.flows[trip.flow as usize];
        let length = self.roads_of_world[trip.road as usize].length.0;
        trip.distance += (length - f64::from(trip.position)).max(0.0);
        (trip.state, trip.arrived) = (State::Arrived, now);
        while usize::from(trip.leg) < flow.legs.len() {
            leave(trip, flow, &mut self.roads, now);
            trip.leg += 1;
            if let (Some(roads), Some(leg)) = (&mut self.roads, flow.legs.get(trip.leg as usize)) {
                // Whoever drives over a whole link in one step was on it all the same.
                roads.enter(leg.0, leg.2);
            }
        }
    }
}

/// A vehicle leaves the link that it is on.
fn leave(trip: &mut Trip, flow: &Itinerary, roads: &mut Option<RoadTable>, now: Millis) {
    let took = now - trip.on_link;
    trip.on_link = now;
    if let (Some(roads), Some(&(link, free, movement))) =
        (roads, flow.legs.get(usize::from(trip.leg)))
    {
        roads.leave(link, movement, took, took - free);
    }
}

/// How far a vehicle has come since it was last seen, metres. Where it has driven over a whole road
/// in between, that road's length is not in it: it was shorter than a step.
fn gained(roads: &[Road], trip: &Trip, sighting: &Sighting) -> f64 {
    let (before, after) = (f64::from(trip.position), f64::from(sighting.position));
    let (old, new) = (&roads[trip.road as usize], &roads[sighting.road]);
    if trip.road as usize == sighting.road || (old.link == new.link && old.to == new.to) {
        return after - before;
    }
    (old.length.0 - before).max(0.0) + after
}
