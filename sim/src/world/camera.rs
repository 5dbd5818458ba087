//! Cameras over a road: who passed when, how fast, with which plate.
//!
//! ```text
//!   step n: where all on the road are ──┐
//!                                       ├─ front crosses the camera's line ─▶ passage ─▶ ring
//!   step n+1: where they are then ──────┘   (time, speed by interpolation)
//! ```
//!
//! Cameras look at the world after each step and change nothing in it. A camera keeps its last
//! passages; who comes too late learns how many it has missed. What it reads is what a reader can say:
//! the vehicle's number is not in it.

use std::collections::VecDeque;

use scenario::{CameraSite, Demand, Sensors, VehicleClass};
use units::Millis;

use super::chance::{Use, chance, normal, of_sensor};
use super::plate::Plate;
use super::settings::Weather;
use super::{Seen, World};

/// Passages that a camera keeps: a lane passes one in two seconds, so that a reader of three lanes may
/// stay away for two minutes.
const PASSAGES_MAX: usize = 256;
/// The number of the first camera as a sensor: trackers count from 0.
const FIRST_SENSOR: u32 = 1 << 20;
/// How much later than the first a passage is reported that is reported twice, milliseconds.
const DOUBLE_AFTER_MS: i64 = 120;

/// A vehicle that passed, as a camera tells it.
#[derive(Clone, PartialEq, Debug)]
pub struct Passage {
    /// Its number at this camera, from 1 on without a gap.
    pub sequence: u64,
    /// When its front was over the line, in the street's time.
    pub at: Millis,
    /// The lane's index on the road.
    pub lane: u8,
    /// The plate, as it was read; none where it was not.
    pub plate: Option<Plate>,
    /// How fast it was there, m/s.
    pub speed: f32,
    /// What sort of vehicle it looks like.
    pub class: VehicleClass,
}

/// The last passages of one camera.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Passages {
    kept: VecDeque<Passage>,
    /// How many there have been.
    count: u64,
}

impl Passages {
    /// How many there have been; also the number of the last.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The passages after one with this number, 0 for all, in their order; and how many of them are
    /// kept no longer.
    pub fn after(&self, sequence: u64) -> (u64, impl Iterator<Item = &Passage>) {
        let first = self.count - self.kept.len() as u64;
        let missed = first.saturating_sub(sequence);
        let skip = usize::try_from(sequence.saturating_sub(first)).unwrap_or(usize::MAX);
        (missed, self.kept.iter().skip(skip))
    }

    fn push(&mut self, passage: Passage) {
        if self.kept.len() == PASSAGES_MAX {
            self.kept.pop_front();
        }
        self.count += 1;
        self.kept.push_back(Passage { sequence: self.count, ..passage });
    }
}

/// The cameras of a street.
#[derive(Clone, Debug)]
pub struct Cameras {
    sensors: Sensors,
    watches: Vec<Watch>,
    /// The number of each flow's first vehicle, and its class.
    classes: Vec<(u32, VehicleClass)>,
}

#[derive(Clone, Debug)]
struct Watch {
    site: CameraSite,
    sensor: u32,
    /// Who was on the road after the step before, by number.
    before: Vec<OnRoad>,
    passages: Passages,
}

#[derive(Clone, Copy, Debug)]
struct OnRoad {
    lane: u8,
    seen: Seen,
}

/// A front over the line.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    vehicle: u32,
    lane: u8,
    at: Millis,
    speed: f32,
}

impl Cameras {
    /// The cameras that `sensors` names, for a world with this demand that has not begun.
    #[must_use]
    pub fn new(sensors: &Sensors, demand: &Demand) -> Self {
        let mut first = 0;
        let class = |flow: &scenario::Flow| {
            let entry = (first, flow.vehicle.class);
            first += u32::try_from(flow.vehicles()).unwrap_or(u32::MAX);
            entry
        };
        Self {
            sensors: sensors.clone(),
            watches: watches(sensors),
            classes: demand.flows.iter().map(class).collect(),
        }
    }

    /// Takes the cameras of another sensor file in place of these; what these saw is gone.
    pub fn equip(&mut self, sensors: &Sensors) {
        self.sensors = sensors.clone();
        self.watches = watches(sensors);
    }

    /// Looks at a world; to be called after each of its steps.
    pub fn observe(&mut self, world: &World) {
        for watch in &mut self.watches {
            for crossing in watch.look(world) {
                watch.report(world, &self.sensors, &self.classes, &crossing);
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.watches.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.watches.is_empty()
    }

    /// A camera and its passages, in the order of the sensor file.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(&CameraSite, &Passages)> {
        self.watches.get(index).map(|watch| (&watch.site, &watch.passages))
    }
}

fn watches(sensors: &Sensors) -> Vec<Watch> {
    let watch = |(sensor, site): (u32, &CameraSite)| Watch {
        site: site.clone(),
        sensor,
        before: Vec::new(),
        passages: Passages::default(),
    };
    (FIRST_SENSOR..).zip(&sensors.cameras).map(watch).collect()
}

impl Watch {
    /// Whose front crossed the line in the last step, by time.
    fn look(&mut self, world: &World) -> Vec<Crossing> {
        let network = &world.network;
        let lanes = (0_u8..).zip(network.link_lanes(self.site.link));
        let mut now: Vec<OnRoad> = lanes
            .flat_map(|(lane, id)| world.vehicles(id).map(move |seen| OnRoad { lane, seen }))
            .collect();
        now.sort_unstable_by_key(|there| there.seen.vehicle);
        let before = std::mem::replace(&mut self.before, now);
        let (line, step) = (self.site.at.0 as f32, world.step_length());
        let dt = step.as_secs_f32();
        let was = |vehicle: u32| find(&before, vehicle);
        let is = |vehicle: u32| find(&self.before, vehicle);
        let came = self.before.iter().filter_map(|there| {
            let seen = there.seen;
            let old = was(seen.vehicle)
                .map_or((seen.position - seen.speed * dt, seen.speed), |old| {
                    (old.seen.position, old.seen.speed)
                });
            (old.0 < line && seen.position >= line).then_some((
                there,
                old,
                (seen.position, seen.speed),
            ))
        });
        // Who left the road has passed its end, and the line before it.
        let left = before.iter().filter_map(|there| {
            let seen = there.seen;
            let reached = seen.position + (seen.speed * dt).max(f32::MIN_POSITIVE);
            let is_gone = is(seen.vehicle).is_none() && seen.position < line;
            let old = (seen.position, seen.speed);
            is_gone.then(|| (there, old, (reached.max(line), seen.speed)))
        });
        let crossing = |(there, old, new): (&OnRoad, (f32, f32), (f32, f32))| {
            let share = ((line - old.0) / (new.0 - old.0)).clamp(0.0, 1.0);
            Crossing {
                vehicle: there.seen.vehicle,
                lane: there.lane,
                at: world.now() - step
                    + Millis::from_secs_f64(step.as_secs_f64() * f64::from(share)),
                speed: old.1 + (new.1 - old.1) * share,
            }
        };
        let watched = |crossing: &Crossing| self.site.lanes.contains(&crossing.lane);
        let mut all: Vec<Crossing> = came.chain(left).map(crossing).filter(watched).collect();
        all.sort_unstable_by_key(|crossing| (crossing.at, crossing.lane, crossing.vehicle));
        all
    }

    /// What the camera makes of it.
    fn report(
        &mut self,
        world: &World,
        sensors: &Sensors,
        classes: &[(u32, VehicleClass)],
        crossing: &Crossing,
    ) {
        let noise = &sensors.noise.camera;
        let (seed, step) = (of_sensor(world.settings.seed, self.sensor), world.step);
        let luck = |what| chance(seed, what, crossing.vehicle, step);
        let at = classes.partition_point(|&(first, _)| first <= crossing.vehicle);
        let class = at.checked_sub(1).map_or(VehicleClass::Car, |at| classes[at].1);
        let Some(plate) = Plate::of(world.settings.seed, crossing.vehicle, class) else {
            return;
        };
        let error = if noise.speed_spread > 0.0 {
            noise.speed_spread * normal(seed, Use::CameraSpeed, crossing.vehicle, step)
        } else {
            0.0
        };
        let rate = read_rate(sensors, crossing.at, world.settings.weather);
        let is_read = luck(Use::CameraRead) < rate;
        let is_confused = luck(Use::CameraConfusion) < noise.confusions;
        let plate = is_read.then(|| match is_confused {
            true => plate.confused(luck(Use::CameraConfused)),
            false => plate,
        });
        let speed = (crossing.speed + error).max(0.0);
        let (at, lane) = (crossing.at, crossing.lane);
        let passage = Passage { sequence: 0, at, lane, plate, speed, class };
        self.passages.push(passage.clone());
        if luck(Use::CameraDouble) < noise.doubles {
            self.passages.push(Passage { at: at + Millis(DOUBLE_AFTER_MS), ..passage });
        }
    }
}

fn find(all: &[OnRoad], vehicle: u32) -> Option<&OnRoad> {
    all.binary_search_by_key(&vehicle, |there| there.seen.vehicle).ok().map(|at| &all[at])
}

/// The share of plates that are read at a moment.
fn read_rate(sensors: &Sensors, at: Millis, weather: Weather) -> f32 {
    let noise = &sensors.noise.camera;
    let light = if sensors.is_day(at) { noise.reads_by_day } else { noise.reads_by_night };
    let air = match weather {
        Weather::HeavyRain => noise.reads_in_rain,
        Weather::Fog => noise.reads_in_fog,
        Weather::Snow => noise.reads_in_snow,
        Weather::Dry | Weather::Wet | Weather::Ice => 1.0,
    };
    light * air
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_late_learns_what_was_missed() {
        let mut passages = Passages::default();
        let passage = Passage {
            sequence: 0,
            at: Millis(7),
            lane: 0,
            plate: None,
            speed: 1.0,
            class: VehicleClass::Car,
        };
        for _ in 0..300 {
            passages.push(passage.clone());
        }
        for (after, missed, first) in [
            (0, 44, Some(45)),
            (44, 0, Some(45)),
            (299, 0, Some(300)),
            (300, 0, None),
            (999, 0, None),
        ] {
            let (lost, mut rest) = passages.after(after);
            assert_eq!((lost, rest.next().map(|p| p.sequence)), (missed, first), "after {after}");
        }
        assert_eq!((passages.count(), passages.after(0).1.count()), (300, PASSAGES_MAX));
    }
}
