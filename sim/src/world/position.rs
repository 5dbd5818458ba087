//! Where emergency vehicles say that they are: a report each second and vehicle, with the errors of a
//! satellite receiver and of the air between it and whoever listens.
//!
//! ```text
//!   a vehicle on the road ──each second──▶ report ──lost──▶ nothing
//!                                            ├──late──▶ it and those behind it wait
//!                                            └──overtaken──▶ the next comes before it
//! ```
//!
//! The error of a position lasts: it is drawn toward zero each second, and pushed anew.

use network::Point;
use scenario::PositionNoise;
use units::Millis;

use super::World;
use super::chance::{Use, chance, normal};
use super::geometry::{on_lane, on_path};

/// From one report of a vehicle to the next.
const PERIOD: Millis = Millis(1_000);
/// How late a report is that the next one overtakes: a period and a half.
const OVERTAKEN: Millis = Millis(1_500);

/// Where a vehicle says that it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PositionReport {
    /// The vehicle's number in the demand.
    pub vehicle: u32,
    /// The report's number at this vehicle, from 1: what is lost leaves a gap, what is overtaken
    /// comes out of its order.
    pub number: u32,
    /// When it was measured, in the street's time.
    pub at: Millis,
    /// Where, in the network's coordinates.
    pub position: Point,
    /// How fast, m/s.
    pub speed: f32,
    /// Whole degrees, clockwise from the direction of the second coordinate (north), 0 to 359.
    pub heading: u16,
}

/// The emergency vehicles that are on the road, and their reports on the way.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    noise: PositionNoise,
    vehicles: Vec<Vehicle>,
    /// Reports on the way, with when they arrive; by that time, ties in their order.
    underway: Vec<(Millis, PositionReport)>,
}

#[derive(Clone, Copy, Debug)]
struct Vehicle {
    number: u32,
    reports: u32,
    /// By how far it is wrong, metres along each axis.
    error: [f32; 2],
    /// Until when its reports wait behind one that is late.
    waits_until: Millis,
}

/// Where an emergency vehicle really is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    pub(super) vehicle: u32,
    pub(super) position: Point,
    pub(super) direction: Point,
    pub(super) speed: f32,
}

impl Positions {
    /// Nobody on the road yet.
    #[must_use]
    pub fn new(noise: &PositionNoise) -> Self {
        Self { noise: *noise, ..Self::default() }
    }

    /// Looks at a world, and gives the reports that arrive now, in their order; to be called after
    /// each of its steps.
    pub fn observe(&mut self, world: &World) -> Vec<PositionReport> {
        if world.has_emergency && world.now().modulo(PERIOD) == Millis::ZERO {
            let there = world.emergency_vehicles();
            self.vehicles.retain(|known| there.iter().any(|truth| truth.vehicle == known.number));
            for truth in &there {
                self.report(world, truth);
            }
        }
        let arrived = self.underway.partition_point(|&(at, _)| at <= world.now());
        self.underway.drain(..arrived).map(|(_, report)| report).collect()
    }

    fn report(&mut self, world: &World, truth: &Truth) {
        let noise = self.noise;
        let (seed, now) = (world.settings.seed, world.now());
        let index = self.vehicles.iter().position(|known| known.number == truth.vehicle);
        let is_new = index.is_none();
        let index = index.unwrap_or_else(|| {
            let waits_until = Millis::ZERO;
            self.vehicles.push(Vehicle {
                number: truth.vehicle,
                reports: 0,
                error: [0.0; 2],
                waits_until,
            });
            self.vehicles.len() - 1
        });
        let vehicle = &mut self.vehicles[index];
        vehicle.reports += 1;
        let luck = |what| chance(seed, what, truth.vehicle, vehicle.reports);
        let push = |what| normal(seed, what, truth.vehicle, vehicle.reports);
        // What is left of an error after a second, and how strong the next push is so that the spread
        // stays what it is.
        let keeps = if is_new { 0.0 } else { 1.0 - 1.0 / noise.lasts_s.max(1.0) };
        let strength = noise.spread * (1.0 - keeps * keeps).sqrt();
        let pushes = [push(Use::PositionEast), push(Use::PositionNorth)];
        let speed = truth.speed + noise.speed_spread * push(Use::PositionSpeed);
        let is_lost = luck(Use::PositionLost) < noise.lost;
        let is_late = luck(Use::PositionLate) < noise.late;
        let is_overtaken = luck(Use::PositionOvertaken) < noise.overtaken;
        let wait = f64::from(luck(Use::PositionWait)) * noise.late_max.as_secs_f64();
        for (error, push) in vehicle.error.iter_mut().zip(pushes) {
            *error = *error * keeps + strength * push;
        }
        let [east, north] = vehicle.error.map(f64::from);
        let report = PositionReport {
            vehicle: truth.vehicle,
            number: vehicle.reports,
            at: now,
            position: Point { x: truth.position.x + east, y: truth.position.y + north },
            speed: speed.max(0.0),
            heading: heading(truth.direction),
        };
        if is_lost {
            return;
        }
        if is_late {
            vehicle.waits_until = vehicle.waits_until.max(now + Millis::from_secs_f64(wait));
        }
        let in_turn = now.max(vehicle.waits_until);
        let arrives = if is_overtaken { in_turn + OVERTAKEN } else { in_turn };
        let place = self.underway.partition_point(|&(at, _)| at <= arrives);
        self.underway.insert(place, (arrives, report));
    }
}

impl World {
    /// Where the emergency vehicles are, by their numbers.
    pub(super) fn emergency_vehicles(&self) -> Vec<Truth> {
        let mut all = Vec::new();
        for region in &self.regions {
            for (place, tag) in region.columns.tag.iter().enumerate() {
                if !self.roster.kinds[usize::from(tag.kind)].is_emergency {
                    continue;
                }
                let local = region.begin.partition_point(|&begin| begin as usize <= place) - 1;
                let along = region.columns.position[place];
                let (position, direction) =
                    self.place_of(region.tracks[local].number as usize, along);
                let speed = region.columns.speed[place];
                all.push(Truth { vehicle: tag.vehicle, position, direction, speed });
            }
        }
        all.sort_unstable_by_key(|truth| truth.vehicle);
        all
    }

    /// A place on a track in the network's coordinates, and the direction there.
    fn place_of(&self, track: usize, along: f32) -> (Point, Point) {
        let lanes = self.tracks.lanes.len();
        match track.checked_sub(lanes) {
            None => on_lane(&self.network, units::LaneId::from_index(track), f64::from(along)),
            Some(path) => {
                let row = &self.tracks.paths[path];
                let ends = [row.from_lane, row.to_lane].map(units::LaneId);
                let share = f64::from(along) / f64::from(row.length.max(f32::MIN_POSITIVE));
                on_path(&self.network, ends[0], ends[1], share)
            }
        }
    }
}

/// The angle of a direction from north, clockwise. By division alone, since library functions differ
/// from machine to machine; the error is under 0.3 degrees.
fn heading(direction: Point) -> u16 {
    let (x, y) = (direction.x.abs(), direction.y.abs());
    let (small, large) = if x < y { (x, y) } else { (y, x) };
    let share = small / large.max(f64::MIN_POSITIVE);
    // The arc tangent of a share up to 1, in degrees (a common approximation by a parabola).
    let eighth = share * (45.0 + 15.64 * (1.0 - share));
    let quarter = if x < y { eighth } else { 90.0 - eighth };
    let degrees = match (direction.x >= 0.0, direction.y >= 0.0) {
        (true, true) => quarter,
        (true, false) => 180.0 - quarter,
        (false, false) => 180.0 + quarter,
        (false, true) => 360.0 - quarter,
    };
    (degrees + 0.5) as u16 % 360
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_turn_clockwise_from_north() {
        for degrees in 0..360_u16 {
            let angle = f64::from(degrees).to_radians();
            let found = heading(Point { x: 9.0 * angle.sin(), y: 9.0 * angle.cos() });
            let apart = (i32::from(found) - i32::from(degrees)).rem_euclid(360);
            assert!(apart.min(360 - apart) <= 1, "{degrees} became {found}");
        }
        let sides = [(0.0, 1.0, 0), (1.0, 0.0, 90), (0.0, -1.0, 180), (-1.0, 0.0, 270)];
        for (x, y, expected) in sides {
            assert_eq!(heading(Point { x, y }), expected);
        }
    }
}
