//! Vehicles that break down: one stops where it is, or the next that passes a place does, stands for
//! a time, and drives on.
//!
//! It brakes in comfort. While it stands, its lane is blocked behind it as by any other incident:
//! whoever can goes round it.

use units::{LaneId, Metres, Millis};

use super::World;
use super::drive::Next;
use super::entry::STANDS;
use super::region::{Region, Street};

/// A vehicle that is to stall, or has.
#[derive(Clone, Copy, Debug)]
struct Stall {
    which: Which,
    from: Millis,
    until: Millis,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Which {
    /// The vehicle of this number.
    Vehicle(u32),
    /// The first that passes a place on a lane.
    Next(LaneId, Metres),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Stalls {
    all: Vec<Stall>,
    /// The numbers of those that stall now.
    now: Vec<u32>,
    /// The lanes that they block.
    blocked: Vec<usize>,
}

impl Stalls {
    pub(super) fn add(&mut self, which: Which, from: Millis, until: Millis) {
        self.all.push(Stall { which, from, until });
    }

    /// Whether any vehicle stalls now.
    pub(super) fn is_any(&self) -> bool {
        !self.now.is_empty()
    }
}

impl World {
    /// The lanes that were blocked by those who stalled are free, until somebody blocks them again.
    pub(super) fn free_stalled(&mut self) {
        for lane in self.stalls.blocked.drain(..) {
            self.incidents.clear(lane);
        }
    }

    /// Who stalls in this step, and which lanes that blocks beside what incidents do.
    pub(super) fn update_stalls(&mut self) {
        if self.stalls.all.is_empty() {
            return;
        }
        let mut stalls = std::mem::take(&mut self.stalls);
        let now = self.now;
        stalls.all.retain(|stall| now < stall.until);
        stalls.now.clear();
        for stall in stalls.all.iter_mut().filter(|stall| stall.from <= now) {
            if let Which::Next(lane, at) = stall.which
                && let Some(vehicle) = self.passing(lane, at)
            {
                let lasts = stall.until - stall.from;
                *stall = Stall { which: Which::Vehicle(vehicle), from: now, until: now + lasts };
            }
            if let Which::Vehicle(vehicle) = stall.which {
                stalls.now.push(vehicle);
                if let Some((lane, rear)) = self.standing_on_lane(vehicle) {
                    self.incidents.block(lane, rear);
                    stalls.blocked.push(lane);
                }
            }
        }
        self.stalls = stalls;
    }

    /// Who has passed a place on a lane within the last step.
    fn passing(&self, lane: LaneId, at: Metres) -> Option<u32> {
        let dt = self.step_length().as_secs_f64();
        let mut on = self.vehicles(lane);
        on.find(|seen| {
            let over = f64::from(seen.position) - at.0;
            (0.0..=f64::from(seen.speed) * dt).contains(&over)
        })
        .map(|seen| seen.vehicle)
    }

    /// The lane on which a vehicle stands, and where its rear is.
    fn standing_on_lane(&self, vehicle: u32) -> Option<(usize, f32)> {
        self.regions.iter().find_map(|region| {
            let place = region.columns.tag.iter().position(|tag| tag.vehicle == vehicle)?;
            let local = region.begin.partition_point(|&begin| begin as usize <= place) - 1;
            let track = region.tracks[local].number as usize;
            let kind = &self.roster.kinds[usize::from(region.columns.tag[place].kind)];
            let stands = region.columns.speed[place] < STANDS && track < self.tracks.lanes.len();
            stands.then_some((track, region.columns.position[place] - kind.length))
        })
    }
}

impl Next {
    /// Whoever stalls comes to a stop and stays there.
    pub(super) fn stop_stalled(&mut self, street: &Street<'_>, region: &Region) {
        for (place, tag) in region.columns.tag.iter().enumerate() {
            if !street.stalls.now.contains(&tag.vehicle) {
                continue;
            }
            let (kind, speed) = (street.kind(tag), region.columns.speed[place]);
            let way = speed * speed / (2.0 * kind.deceleration);
            self.ahead.mind(place, way + kind.min_gap, 0.0);
        }
    }
}
