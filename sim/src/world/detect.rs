//! The street's sensors: loops and trackers, with what they miss and what they see twice.

use network::Network;
use scenario::{DetectorKind, DetectorSite};
use units::Millis;

use super::advance::Scene;
use super::chance::{Use, chance};
use super::region::{Home, Region, Transfer};

/// A loop's length along the lane, metres.
const LOOP_LENGTH: f32 = 2.0;
/// Slower than this a vehicle queues, m/s.
const QUEUE_SPEED: f32 = 1.4;

/// What a detector says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DetectorState {
    /// A loop: whether it was occupied in the last step. A tracker: whether there is any vehicle.
    pub present: bool,
    /// A loop: vehicles so far. A tracker: vehicles on the lane.
    pub count: u32,
    /// A tracker: vehicles that queue.
    pub queue: u16,
    /// A loop: for how long it has been occupied in all.
    pub occupied: Millis,
}

/// The sensors of a region's lanes.
#[derive(Clone, Debug, Default)]
pub(super) struct Sensors {
    /// Where each track's sensors begin; one more than there are tracks.
    begin: Vec<u32>,
    rows: Vec<Sensor>,
    pub(super) states: Vec<DetectorState>,
}

#[derive(Clone, Copy, Debug)]
struct Sensor {
    /// Its number in the site.
    number: u32,
    /// Where a loop begins and ends; none for a tracker.
    span: Option<(f32, f32)>,
}

impl Sensors {
    pub(super) fn new(
        network: &Network,
        sites: &[DetectorSite],
        homes: &[Home],
        own: usize,
        tracks: usize,
    ) -> Self {
        let home = |site: &DetectorSite| homes[site.lane.index()];
        let mut here: Vec<(u32, &DetectorSite)> =
            (0_u32..).zip(sites).filter(|(_, site)| home(site).region as usize == own).collect();
        here.sort_by_key(|(number, site)| (home(site).local, *number));
        let mut sensors = Self::default();
        let mut next = here.iter().peekable();
        for local in 0..tracks {
            sensors.begin.push(sensors.rows.len() as u32);
            while let Some((number, site)) = next.next_if(|(_, s)| home(s).local as usize == local)
            {
                let length = network.link(network.lane(site.lane).link).length.0 as f32;
                let span = match site.kind {
                    DetectorKind::StopLine => Some((length - LOOP_LENGTH, length)),
                    DetectorKind::Advance { distance } => {
                        let begin = (length - distance.0 as f32 - LOOP_LENGTH).max(0.0);
                        Some((begin, begin + LOOP_LENGTH))
                    }
                    DetectorKind::Tracker => None,
                };
                sensors.rows.push(Sensor { number: *number, span });
            }
        }
        sensors.begin.push(sensors.rows.len() as u32);
        sensors.states = vec![DetectorState::default(); sensors.rows.len()];
        sensors
    }

    /// Puts what the sensors say where the site has them.
    pub(super) fn publish(&self, into: &mut [DetectorState]) {
        for (row, state) in self.rows.iter().zip(&self.states) {
            into[row.number as usize] = *state;
        }
    }
}

impl Region {
    /// What the sensors of a track see of the step that was driven.
    pub(super) fn detect(
        &mut self,
        scene: &Scene<'_>,
        own: usize,
        local: usize,
        arrivals: &[Transfer],
    ) {
        let sensors = self.sensors.begin[local] as usize..self.sensors.begin[local + 1] as usize;
        for index in sensors {
            let Sensor { number, span } = self.sensors.rows[index];
            // At most loops nobody is near at most times.
            let front = self.range(local).start;
            let is_far = |(begin, _): (f32, f32)| {
                self.begin[local] == self.begin[local + 1]
                    || scene.nexts[own].motion.position[front] < begin
            };
            if arrivals.is_empty() && span.is_some_and(is_far) {
                self.sensors.states[index].present = false;
                continue;
            }
            let state = match span {
                Some(span) => self.see_loop(scene, own, local, arrivals, index, span),
                None => self.see_lane(scene, own, local, arrivals, number),
            };
            self.sensors.states[index] = state;
        }
    }

    fn see_loop(
        &self,
        scene: &Scene<'_>,
        own: usize,
        local: usize,
        arrivals: &[Transfer],
        index: usize,
        (begin, end): (f32, f32),
    ) -> DetectorState {
        let mut state = self.sensors.states[index];
        let number = self.sensors.rows[index].number;
        let range = self.range(local);
        let after = &scene.nexts[own].motion.position[range.clone()];
        let before = self.columns.file(range);
        let mut share = 0.0;
        let mut pass = |vehicle: u32, old: f32, new: f32, length: f32| {
            let noise = &scene.settings.noise;
            let luck = |what, rate| {
                rate > 0.0 && chance(scene.settings.seed, what, vehicle, number) < rate
            };
            if luck(Use::LoopMiss, noise.loop_misses) {
                return;
            }
            share += overlap(old, new, begin, end + length);
            if old < begin && new >= begin {
                state.count += 1 + u32::from(luck(Use::LoopChatter, noise.loop_chatters));
            }
        };
        for transfer in arrivals {
            let old = transfer.position - transfer.speed * scene.dt;
            let length = scene.kind(&transfer.tag).length;
            if transfer.position >= begin {
                pass(transfer.tag.vehicle, old.min(0.0), transfer.position, length);
            }
        }
        for at in (0..after.partition_point(|&position| position >= begin)).rev() {
            let tag = &before.tag[at];
            let length = scene.kind(tag).length;
            if before.position[at] >= end + length {
                break;
            }
            pass(tag.vehicle, before.position[at], after[at], length);
        }
        let occupied = (share.min(1.0) * scene.dt * 1_000.0) as i64;
        state.present = share > 0.0;
        state.occupied += Millis(occupied);
        state
    }

    fn see_lane(
        &self,
        scene: &Scene<'_>,
        own: usize,
        local: usize,
        arrivals: &[Transfer],
        number: u32,
    ) -> DetectorState {
        let next = &scene.nexts[own];
        let range = self.range(local);
        let stay = range.start + next.leaving[local] as usize..range.end;
        let speeds = &next.motion.speed[stay.clone()];
        let missed = scene.settings.noise.tracker_misses;
        let (mut count, mut queue) = (speeds.len() + arrivals.len(), 0);
        if missed > 0.0 {
            let sees = |vehicle: u32| {
                let when = scene.step ^ number.rotate_left(20);
                chance(scene.settings.seed, Use::TrackerMiss, vehicle, when) >= missed
            };
            let tags = &self.columns.tag[stay];
            let seen = tags.iter().zip(speeds).filter(|(tag, _)| sees(tag.vehicle));
            let came = arrivals.iter().filter(|t| sees(t.tag.vehicle)).count();
            (count, queue) = seen.fold((came, 0), |(all, slow), (_, &speed)| {
                (all + 1, slow + usize::from(speed < QUEUE_SPEED))
            });
        } else {
            queue += speeds.iter().filter(|&&speed| speed < QUEUE_SPEED).count();
        }
        DetectorState {
            present: count > 0,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            queue: u16::try_from(queue).unwrap_or(u16::MAX),
            occupied: Millis::ZERO,
        }
    }
}

/// The share of a step in which a point that goes from `old` to `new` is within a span.
fn overlap(old: f32, new: f32, begin: f32, end: f32) -> f32 {
    let way = new - old;
    if way <= 0.0 {
        return if new >= begin && new < end { 1.0 } else { 0.0 };
    }
    ((new.min(end) - old.max(begin)) / way).max(0.0)
}
