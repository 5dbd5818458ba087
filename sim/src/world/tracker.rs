//! Lane trackers: what a radar over the stop line sees of the vehicles on a lane.
//!
//! A vehicle is seen, or not, anew at each measurement: by how far it is, and by whether a truck or a
//! bus hides it. Distances and speeds err around the truth. A tracker is asked after a step; where
//! nobody asks, nothing is computed.

use scenario::RadarNoise;
use units::LaneId;

use super::chance::{Use, chance, normal, of_sensor};
use super::settings::Weather;
use super::{Seen, World};

/// Slower than this a vehicle queues, m/s: 5 km/h.
const QUEUE_SPEED: f32 = 1.4;
/// From this length on, metres, a vehicle is as high as a bus and hides what is behind it.
const HIDES_FROM: f32 = 6.0;
/// How far behind such a vehicle others are hidden, metres: a radar 6 m up sees over 3 m of height at
/// this distance behind it.
const HIDDEN_REACH: f32 = 25.0;
/// The fastest that a ghost moves, m/s.
const GHOST_SPEED: f32 = 15.0;

/// How long a vehicle is, as a tracker can tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LengthClass {
    /// Up to 3 m: a two-wheeler.
    Short = 1,
    /// Up to 6 m: a car.
    Middle = 2,
    /// Up to 9 m: a light truck.
    Long = 3,
    /// Longer: a truck, a bus.
    VeryLong = 4,
}

impl LengthClass {
    /// The class of a length in metres.
    #[must_use]
    pub fn of(length: f32) -> Self {
        match length {
            ..=3.0 => Self::Short,
            ..=6.0 => Self::Middle,
            ..=9.0 => Self::Long,
            _ => Self::VeryLong,
        }
    }
}

/// A vehicle as a tracker sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TrackedObject {
    /// From the stop line to its front, metres; never negative.
    pub distance: f32,
    /// Toward the stop line, m/s.
    pub speed: f32,
    /// How long it is.
    pub length: LengthClass,
}

/// What a tracker sees of a lane.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LaneTrack {
    /// How many of the objects queue.
    pub queue: u16,
    /// From the stop line to the rear of the last that queues, metres.
    pub queue_length: f32,
    /// All that it sees, the nearest first.
    pub objects: Vec<TrackedObject>,
}

impl World {
    /// What a lane tracker sees of a lane after the last step. `sensor` is its number: of two
    /// trackers each errs in its own way.
    #[must_use]
    pub fn track(&self, sensor: u32, lane: LaneId) -> LaneTrack {
        let noise = &self.settings.noise.radar;
        let seed = of_sensor(self.settings.seed, sensor);
        let end = self.network.link(self.network.lane(lane).link).length.0 as f32;
        let range = self.tracker_range();
        let mut track = LaneTrack::default();
        let mut hidden_until = f32::MIN;
        for seen in self.vehicles(lane) {
            let distance = end - seen.position;
            if distance > range {
                break;
            }
            let is_hidden = distance < hidden_until;
            if seen.length >= HIDES_FROM {
                hidden_until = distance + seen.length + HIDDEN_REACH;
            }
            let misses = misses(noise, distance / range, is_hidden);
            let luck = |what| chance(seed, what, seen.vehicle, self.step);
            if misses > 0.0 && luck(Use::RadarMiss) < misses {
                continue;
            }
            track.add(&measured(noise, seed, self.step, &seen, distance), seen.length);
        }
        if noise.ghosts > 0.0 && chance(seed, Use::RadarGhost, lane.0, self.step) < noise.ghosts {
            let luck = |what| chance(seed, what, lane.0, self.step);
            let distance = range * luck(Use::RadarGhostDistance);
            let speed = GHOST_SPEED * luck(Use::RadarGhostSpeed);
            let length = LengthClass::Middle;
            track.add(&TrackedObject { distance, speed, length }, 0.0);
        }
        track.objects.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        track
    }

    /// How far from the stop line lane trackers see in this weather, metres.
    #[must_use]
    pub fn tracker_range(&self) -> f32 {
        let noise = &self.settings.noise.radar;
        let share = match self.settings.weather {
            Weather::HeavyRain => noise.range_in_rain,
            Weather::Snow => noise.range_in_snow,
            Weather::Dry | Weather::Wet | Weather::Fog | Weather::Ice => 1.0,
        };
        noise.range * share
    }
}

impl LaneTrack {
    fn add(&mut self, object: &TrackedObject, length: f32) {
        if object.speed < QUEUE_SPEED {
            self.queue = self.queue.saturating_add(1);
            self.queue_length = self.queue_length.max(object.distance + length);
        }
        self.objects.push(*object);
    }
}

/// The chance that a vehicle is not seen at a share of the range.
fn misses(noise: &RadarNoise, share: f32, is_hidden: bool) -> f32 {
    let by_distance = noise.misses_near + (noise.misses_far - noise.misses_near) * share;
    if is_hidden { by_distance.max(noise.misses_hidden) } else { by_distance }
}

fn measured(noise: &RadarNoise, seed: u64, step: u32, seen: &Seen, distance: f32) -> TrackedObject {
    let error = |what, spread: f32| {
        if spread > 0.0 { spread * normal(seed, what, seen.vehicle, step) } else { 0.0 }
    };
    let distance = distance + error(Use::RadarDistance, noise.distance_spread);
    TrackedObject {
        distance: distance.max(0.0),
        speed: seen.speed + error(Use::RadarSpeed, noise.speed_spread),
        length: LengthClass::of(seen.length),
    }
}
