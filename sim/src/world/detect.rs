//! The street's sensors: loops and trackers, with what they miss and what they see twice.

use std::ops::Range;

use network::Network;
use scenario::{DetectorKind, DetectorSite};
use units::Millis;

use super::advance::Scene;
use super::chance::{Use, chance};
use super::drive::Next;
use super::region::{Home, Region, Transfer};
use super::tracks::Tracks;

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
    /// The lanes that have any, in their order.
    lanes: Vec<Watched>,
    /// Lane by lane.
    rows: Vec<Sensor>,
    pub(super) states: Vec<DetectorState>,
}

/// A lane with sensors.
#[derive(Clone, Copy, Debug)]
struct Watched {
    local: u32,
    /// Its first loop, its first tracker, and the row after its last.
    first: u32,
    trackers: u32,
    last: u32,
    /// Before this place there is no loop.
    nearest: f32,
    /// Whether any of its loops was occupied in the last step, or any tracker saw anybody.
    is_live: bool,
}

#[derive(Clone, Copy, Debug)]
struct Sensor {
    /// Its number in the site.
    number: u32,
    /// Where a loop begins and ends; none for a tracker.
    span: Option<(f32, f32)>,
    /// The first of the paths behind a loop at the stop line, and their number: who is over the loop
    /// with his rear is on one of them.
    behind: (u32, u32),
    /// Whether somebody on such a path was over it in the last step.
    is_overhung: bool,
}

impl Sensors {
    pub(super) fn new(
        network: &Network,
        tracks: &Tracks,
        sites: &[DetectorSite],
        homes: &[Home],
        own: usize,
    ) -> Self {
        let home = |site: &DetectorSite| homes[site.lane.index()];
        let mut here: Vec<(u32, &DetectorSite)> =
            (0_u32..).zip(sites).filter(|(_, site)| home(site).region as usize == own).collect();
        let is_tracker = |site: &DetectorSite| site.kind == DetectorKind::Tracker;
        here.sort_by_key(|(number, site)| (home(site).local, is_tracker(site), *number));
        let mut sensors = Self::default();
        for (number, site) in here {
            let length = network.link(network.lane(site.lane).link).length.0 as f32;
            let span = match site.kind {
                DetectorKind::StopLine => Some((length - LOOP_LENGTH, length)),
                DetectorKind::Advance { distance } => {
                    let begin = (length - distance.0 as f32 - LOOP_LENGTH).max(0.0);
                    Some((begin, begin + LOOP_LENGTH))
                }
                DetectorKind::Tracker => None,
            };
            let (local, row) = (home(site).local, sensors.rows.len() as u32);
            if sensors.lanes.last().is_none_or(|lane| lane.local != local) {
                sensors.lanes.push(Watched {
                    local,
                    first: row,
                    trackers: row,
                    last: row,
                    nearest: f32::MAX,
                    is_live: false,
                });
            }
            if let Some(lane) = sensors.lanes.last_mut() {
                lane.last += 1;
                if let Some((begin, _)) = span {
                    lane.trackers += 1;
                    lane.nearest = lane.nearest.min(begin);
                }
            }
            let paths = &tracks.lanes[site.lane.index()].paths;
            let behind = match site.kind {
                DetectorKind::StopLine if !paths.is_empty() => {
                    (homes[tracks.of_path(paths.start)].local, paths.len() as u32)
                }
                _ => (0, 0),
            };
            sensors.rows.push(Sensor { number, span, behind, is_overhung: false });
        }
        sensors.states = vec![DetectorState::default(); sensors.rows.len()];
        sensors
    }

    /// For each detector of the site its region and its row there.
    pub(super) fn places(regions: &[Region], detectors: usize) -> Vec<(u32, u32)> {
        let mut places = vec![(0, 0); detectors];
        for (own, region) in (0_u32..).zip(regions) {
            for (row, sensor) in (0_u32..).zip(&region.sensors.rows) {
                places[sensor.number as usize] = (own, row);
            }
        }
        places
    }
}

impl Region {
    /// What the sensors see of the step that was driven.
    pub(super) fn detect(&mut self, scene: &Scene<'_>, own: usize) {
        let mut sensors = std::mem::take(&mut self.sensors);
        let Sensors { lanes, rows, states } = &mut sensors;
        let mut came = self.inbox.as_slice();
        let next = &scene.nexts[own];
        for lane in lanes.iter_mut() {
            let local = lane.local as usize;
            let arrivals = take(&mut came, lane.local);
            let range = self.range(local);
            if range.is_empty() && arrivals.is_empty() && !lane.is_live {
                continue;
            }
            let front = next.motion.position.get(range.start).filter(|_| !range.is_empty());
            let front = front.copied().unwrap_or(f32::MIN);
            let view = View { scene, region: self, next, range, front, arrivals };
            let rests = arrivals.is_empty()
                && view.region.asleep[local]
                && view.region.sleeps_on(local, scene.signals, scene.step);
            if lane.is_live || front >= lane.nearest || !arrivals.is_empty() {
                lane.is_live = false;
                let loops = lane.first as usize..lane.trackers as usize;
                for (sensor, state) in rows[loops.clone()].iter_mut().zip(&mut states[loops]) {
                    view.see(sensor, state, rests);
                    lane.is_live |= state.present;
                }
            }
            for row in lane.trackers as usize..lane.last as usize {
                let state = &mut states[row];
                if !rests || scene.settings.noise.tracker_misses > 0.0 {
                    view.see_lane(local, rows[row].number, state);
                }
                lane.is_live |= state.present;
            }
        }
        self.sensors = sensors;
    }
}

/// Those of a list in the order of tracks who come to this one; the list goes on behind them.
fn take<'a>(came: &mut &'a [Transfer], local: u32) -> &'a [Transfer] {
    while came.first().is_some_and(|transfer| transfer.local < local) {
        *came = &came[1..];
    }
    let here = came.iter().take_while(|transfer| transfer.local == local).count();
    let (here, later) = came.split_at(here);
    *came = later;
    here
}

/// A lane as its sensors see it in one step.
struct View<'a> {
    scene: &'a Scene<'a>,
    region: &'a Region,
    next: &'a Next,
    /// Who was on the lane before the step.
    range: Range<usize>,
    /// Where the first of them is after it.
    front: f32,
    arrivals: &'a [Transfer],
}

impl View<'_> {
    /// What a loop says now; the lane may have slept through the step.
    fn see(&self, sensor: &mut Sensor, state: &mut DetectorState, rests: bool) {
        let Some(span) = sensor.span else {
            return;
        };
        // At most loops nobody is near at most times.
        let mut share = if self.arrivals.is_empty() && self.front < span.0 {
            0.0
        } else if !rests || sensor.is_overhung {
            self.see_loop(sensor.number, state, span)
        } else {
            f32::from(u8::from(state.present))
        };
        // Whoever is beyond the stop line was over the loop in the step before.
        let overhang =
            if sensor.behind.1 > 0 && state.present { self.overhang(sensor, span) } else { 0.0 };
        share += overhang;
        sensor.is_overhung = overhang > 0.0;
        state.present = share > 0.0;
        state.occupied += share_of(self.scene, share);
    }

    /// The share of the step in which vehicles that are beyond the stop line are over a loop there.
    fn overhang(&self, sensor: &Sensor, (begin, end): (f32, f32)) -> f32 {
        let (scene, columns) = (self.scene, &self.region.columns);
        let misses = scene.settings.noise.loop_misses;
        let (first, count) = sensor.behind;
        let mut share = 0.0;
        for path in first..first + count {
            let Some(last) = self.region.range(path as usize).next_back() else { continue };
            let tag = &columns.tag[last];
            let luck = || chance(scene.settings.seed, Use::LoopMiss, tag.vehicle, sensor.number);
            if misses > 0.0 && luck() < misses {
                continue;
            }
            let (old, new) = (columns.position[last], self.next.motion.position[last]);
            share += overlap(end + old, end + new, begin, end + scene.kind(tag).length);
        }
        share
    }

    /// Counts who crossed the begin of a loop; gives the share of the step in which it was occupied.
    fn see_loop(&self, number: u32, state: &mut DetectorState, (begin, end): (f32, f32)) -> f32 {
        let scene = self.scene;
        let after = &self.next.motion.position[self.range.clone()];
        let before = self.region.columns.file(self.range.clone());
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
        for transfer in self.arrivals {
            let old = transfer.position - transfer.speed * scene.dt;
            let length = scene.kind(&transfer.tag).length;
            if transfer.position >= begin {
                pass(transfer.tag.vehicle, old.min(0.0), transfer.position, length);
            }
        }
        let near = after.iter().take_while(|&&position| position >= begin).count();
        for at in (0..near).rev() {
            let tag = &before.tag[at];
            let length = scene.kind(tag).length;
            if before.position[at] >= end + length {
                break;
            }
            pass(tag.vehicle, before.position[at], after[at], length);
        }
        share
    }

    /// What a tracker says now.
    fn see_lane(&self, local: usize, number: u32, state: &mut DetectorState) {
        let (scene, arrivals) = (self.scene, self.arrivals);
        let stay = self.range.start + self.next.leaving[local] as usize..self.range.end;
        let speeds = &self.next.motion.speed[stay.clone()];
        let missed = scene.settings.noise.tracker_misses;
        let (mut count, mut queue) = ((speeds.len() + arrivals.len()) as u32, 0);
        if missed > 0.0 {
            let sees = |vehicle: u32| {
                let when = scene.step ^ number.rotate_left(20);
                chance(scene.settings.seed, Use::TrackerMiss, vehicle, when) >= missed
            };
            let tags = &self.region.columns.tag[stay];
            let seen = tags.iter().zip(speeds).filter(|(tag, _)| sees(tag.vehicle));
            let came = arrivals.iter().filter(|t| sees(t.tag.vehicle)).count() as u32;
            (count, queue) = seen.fold((came, 0), |(all, slow), (_, &speed)| {
                (all + 1, slow + u32::from(speed < QUEUE_SPEED))
            });
        } else {
            queue += speeds.iter().map(|&speed| u32::from(speed < QUEUE_SPEED)).sum::<u32>();
        }
        let queue = u16::try_from(queue).unwrap_or(u16::MAX);
        (state.present, state.count, state.queue) = (count > 0, count, queue);
    }
}

/// A share of a step, whole milliseconds.
fn share_of(scene: &Scene<'_>, share: f32) -> Millis {
    Millis((share.min(1.0) * scene.dt * 1_000.0) as i64)
}

/// The share of a step in which a point that goes from `old` to `new` is within a span.
fn overlap(old: f32, new: f32, begin: f32, end: f32) -> f32 {
    let way = new - old;
    if way <= 0.0 {
        return if new >= begin && new < end { 1.0 } else { 0.0 };
    }
    ((new.min(end) - old.max(begin)) / way).max(0.0)
}
