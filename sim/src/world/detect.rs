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

/// The sensors of a region's lanes, in the order of these.
#[derive(Clone, Debug, Default)]
pub(super) struct Sensors {
    /// The lanes that have any.
    lanes: Vec<Watched>,
    loops: Vec<Loop>,
    trackers: Vec<Tracker>,
}

/// A lane with sensors.
#[derive(Clone, Copy, Debug)]
struct Watched {
    local: u32,
    /// Before this place there is no loop.
    nearest: f32,
    loops: u16,
    trackers: u16,
    /// Whether any of its loops was occupied in the last step, and whether a tracker saw anybody.
    is_occupied: bool,
    is_seen: bool,
}

/// A loop, and what it says.
#[derive(Clone, Copy, Debug)]
struct Loop {
    /// Its number in the site.
    number: u32,
    begin: f32,
    end: f32,
    /// The first of the paths behind a loop at the stop line, and their number: who is over the loop
    /// with his rear is on one of them.
    behind: u32,
    behind_count: u16,
    /// Whether somebody on such a path was over it in the last step.
    is_overhung: bool,
    present: bool,
    count: u32,
    occupied: Millis,
}

/// A tracker, and what it says.
#[derive(Clone, Copy, Debug)]
struct Tracker {
    number: u32,
    count: u32,
    queue: u16,
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
        here.sort_by_key(|(number, site)| (home(site).local, *number));
        let mut sensors = Self::default();
        for (number, site) in here {
            let local = home(site).local;
            if sensors.lanes.last().is_none_or(|lane| lane.local != local) {
                sensors.lanes.push(Watched::new(local));
            }
            let Some(lane) = sensors.lanes.last_mut() else { continue };
            let length = network.link(network.lane(site.lane).link).length.0 as f32;
            let new = match site.kind {
                DetectorKind::StopLine => {
                    let paths = &tracks.lanes[site.lane.index()].paths;
                    let behind =
                        homes.get(tracks.of_path(paths.start)).filter(|_| !paths.is_empty());
                    let behind = behind.map_or((0, 0), |home| (home.local, paths.len() as u16));
                    Loop::new(number, (length - LOOP_LENGTH, length), behind)
                }
                DetectorKind::Advance { distance } => {
                    let begin = (length - distance.0 as f32 - LOOP_LENGTH).max(0.0);
                    Loop::new(number, (begin, begin + LOOP_LENGTH), (0, 0))
                }
                DetectorKind::Tracker => {
                    lane.trackers += 1;
                    sensors.trackers.push(Tracker { number, count: 0, queue: 0 });
                    continue;
                }
            };
            lane.loops += 1;
            lane.nearest = lane.nearest.min(new.begin);
            sensors.loops.push(new);
        }
        sensors
    }

    /// For each detector of the site its region and its row there: loops come before trackers.
    pub(super) fn places(regions: &[Region], detectors: usize) -> Vec<(u32, u32)> {
        let mut places = vec![(0, 0); detectors];
        for (own, region) in (0_u32..).zip(regions) {
            let loops = region.sensors.loops.iter().map(|one| one.number);
            let trackers = region.sensors.trackers.iter().map(|one| one.number);
            for (row, number) in (0_u32..).zip(loops.chain(trackers)) {
                places[number as usize] = (own, row);
            }
        }
        places
    }

    /// What the sensor of a row says.
    pub(super) fn state(&self, row: usize) -> DetectorState {
        match self.loops.get(row) {
            Some(&Loop { present, count, occupied, .. }) => {
                DetectorState { present, count, queue: 0, occupied }
            }
            None => {
                let Tracker { count, queue, .. } = self.trackers[row - self.loops.len()];
                let (present, occupied) = (count > 0, Millis::ZERO);
                DetectorState { present, count, queue, occupied }
            }
        }
    }
}

impl Watched {
    fn new(local: u32) -> Self {
        let (nearest, loops, trackers) = (f32::MAX, 0, 0);
        Self { local, nearest, loops, trackers, is_occupied: false, is_seen: false }
    }
}

impl Loop {
    fn new(number: u32, (begin, end): (f32, f32), (behind, behind_count): (u32, u16)) -> Self {
        let (is_overhung, present, count, occupied) = (false, false, 0, Millis::ZERO);
        Self { number, begin, end, behind, behind_count, is_overhung, present, count, occupied }
    }
}

impl Region {
    /// What the sensors see of the step that was driven.
    pub(super) fn detect(&mut self, scene: &Scene<'_>, own: usize) {
        let mut sensors = std::mem::take(&mut self.sensors);
        let mut came = self.inbox.as_slice();
        let next = &scene.nexts[own];
        let (mut last_loop, mut last_tracker) = (0, 0);
        for lane in &mut sensors.lanes {
            let local = lane.local as usize;
            let loops = last_loop..last_loop + usize::from(lane.loops);
            let trackers = last_tracker..last_tracker + usize::from(lane.trackers);
            (last_loop, last_tracker) = (loops.end, trackers.end);
            let arrivals = take(&mut came, lane.local);
            let range = self.range(local);
            let is_empty = range.is_empty() && arrivals.is_empty();
            if is_empty && !lane.is_occupied && !lane.is_seen {
                continue;
            }
            let first = next.motion.position.get(range.start).filter(|_| !range.is_empty());
            let came = arrivals.first().map_or(f32::MIN, |transfer| transfer.position);
            let front = first.map_or(came, |&first| first.max(came));
            let view = View { scene, region: self, next, range, front, arrivals };
            let rests = arrivals.is_empty()
                && view.region.asleep[local]
                && view.region.sleeps_on(local, scene.signals, scene.step);
            if lane.is_occupied || front >= lane.nearest {
                lane.is_occupied = false;
                for sensor in &mut sensors.loops[loops] {
                    view.see(sensor, rests);
                    lane.is_occupied |= sensor.present;
                }
            }
            if !rests || scene.settings.noise.tracker_misses > 0.0 {
                lane.is_seen = false;
                for sensor in &mut sensors.trackers[trackers] {
                    view.see_lane(local, sensor);
                    lane.is_seen |= sensor.count > 0;
                }
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
    /// Where the foremost of them, and of those who come, is after it.
    front: f32,
    arrivals: &'a [Transfer],
}

impl View<'_> {
    /// What a loop says now; the lane may have slept through the step.
    fn see(&self, sensor: &mut Loop, rests: bool) {
        // At most loops nobody is near at most times.
        let is_near = self.front >= sensor.begin;
        if !is_near && !sensor.present {
            return;
        }
        let mut share = if !is_near {
            0.0
        } else if !rests || sensor.is_overhung {
            self.see_loop(sensor)
        } else {
            f32::from(u8::from(sensor.present))
        };
        // Whoever is beyond the stop line was over the loop in the step before.
        let is_behind = sensor.behind_count > 0 && sensor.present;
        let overhang = if is_behind { self.overhang(sensor) } else { 0.0 };
        share += overhang;
        sensor.is_overhung = overhang > 0.0;
        sensor.present = share > 0.0;
        if sensor.present {
            sensor.occupied += share_of(self.scene, share);
        }
    }

    /// The share of the step in which vehicles that are beyond the stop line are over a loop there.
    fn overhang(&self, sensor: &Loop) -> f32 {
        let (scene, columns) = (self.scene, &self.region.columns);
        let (begin, end, number) = (sensor.begin, sensor.end, sensor.number);
        let misses = scene.settings.noise.loop_misses;
        let mut share = 0.0;
        for path in sensor.behind..sensor.behind + u32::from(sensor.behind_count) {
            let Some(last) = self.region.range(path as usize).next_back() else { continue };
            let tag = &columns.tag[last];
            let luck = || chance(scene.settings.seed, Use::LoopMiss, tag.vehicle, number);
            if misses > 0.0 && luck() < misses {
                continue;
            }
            let (old, new) = (columns.position[last], self.next.motion.position[last]);
            share += overlap(end + old, end + new, begin, end + scene.kind(tag).length);
        }
        share
    }

    /// Counts who crossed the begin of a loop; gives the share of the step in which it was occupied.
    fn see_loop(&self, sensor: &mut Loop) -> f32 {
        let Loop { number, begin, end, .. } = *sensor;
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
                sensor.count += 1 + u32::from(luck(Use::LoopChatter, noise.loop_chatters));
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
    fn see_lane(&self, local: usize, sensor: &mut Tracker) {
        let (scene, arrivals) = (self.scene, self.arrivals);
        let stay = self.range.start + self.next.leaving[local] as usize..self.range.end;
        let speeds = &self.next.motion.speed[stay.clone()];
        let missed = scene.settings.noise.tracker_misses;
        let (mut count, mut queue) = ((speeds.len() + arrivals.len()) as u32, 0);
        if missed > 0.0 {
            let sees = |vehicle: u32| {
                let when = scene.step ^ sensor.number.rotate_left(20);
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
        (sensor.count, sensor.queue) = (count, u16::try_from(queue).unwrap_or(u16::MAX));
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
