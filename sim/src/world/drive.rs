//! The first half of a step: what every driver sees and does, written apart from what all see.

use super::ahead::Ahead;
use super::follow::{Law, Motion};
use super::region::{Region, Scratch, Street, Tag, Track, Transfer};
use super::roster::Roster;
use super::settings::Model;
use super::tracks::LEAVES;

/// No vehicle crosses more tracks than this in one step: a path shorter than a step's way is one.
const TRACKS_A_STEP: usize = 8;

/// What a region's drivers have done in this step, and what arrived in all.
#[derive(Clone, Debug, Default)]
pub(super) struct Next {
    /// Lent by [`Scratch`].
    pub(super) ahead: Ahead,
    /// On one thread lent by [`Scratch`] until the region is put together.
    pub(super) motion: Motion,
    /// How many leave each track at its front, and the tracks that any leave, in their order.
    pub(super) leaving: Vec<u16>,
    pub(super) left: Vec<u32>,
    /// Who goes to each of the region's targets.
    pub(super) out: Vec<Vec<Transfer>>,
    /// Who goes further in one step, over tracks shorter than its way, and the region it goes to.
    pub(super) far: Vec<(u32, Transfer)>,
    pub(super) finished: u64,
    /// Of those who arrived, milliseconds.
    pub(super) travel: i64,
    pub(super) delay: i64,
    /// The sum of their due times, milliseconds.
    pub(super) due: i64,
    /// Vehicles driven so far, those asleep included.
    pub(super) updates: u64,
    /// Those of them that stood asleep.
    pub(super) slept: u64,
    awake: Vec<std::ops::Range<usize>>,
    /// The tracks that have anybody on them and are awake.
    busy: Vec<u32>,
}

impl Next {
    pub(super) fn drive(
        &mut self,
        street: &Street<'_>,
        own: usize,
        roster: &Roster,
        now: i64,
        scratch: &mut Scratch,
    ) {
        std::mem::swap(&mut self.ahead, &mut scratch.ahead);
        let region = &street.regions[own];
        let count = region.columns.len();
        self.ahead.resize(count);
        self.motion.position.resize(count, 0.0);
        self.motion.speed.resize(count, 0.0);
        self.updates += count as u64;
        self.look(street, region);
        if street.stalls.is_any() {
            self.stop_stalled(street, region);
        }
        for courtesy in &region.courtesy {
            self.ahead.mind(courtesy.place as usize, courtesy.gap, courtesy.speed);
        }
        let law = Law {
            kinds: street.kinds,
            seed: street.settings.seed,
            step: street.step,
            dt: street.dt,
        };
        for range in &self.awake {
            let model = street.settings.model;
            law.apply(model, &region.columns, &self.ahead, &mut self.motion, range.clone());
        }
        self.hold_bars(region);
        if street.mixed.is_any() {
            self.keep_order(region);
        }
        self.leave(street, region, roster, now);
        std::mem::swap(&mut self.ahead, &mut scratch.ahead);
    }

    /// For those who arrived, the time from when they were due until `now`.
    pub(super) fn arrived_since_due(&self, now: i64) -> i64 {
        self.finished as i64 * now - self.due
    }

    /// What each driver has ahead; lanes that sleep stay as they are.
    fn look(&mut self, street: &Street<'_>, region: &Region) {
        self.awake.clear();
        self.busy.clear();
        let lanes = street.tracks.lanes.len();
        if let [kind] = street.kinds {
            self.ahead.see_one_kind(kind, &region.columns);
        }
        let mut run = 0..0;
        for &local in &region.busy {
            let local = local as usize;
            let Track { number: track, length, limit, .. } = region.tracks[local];
            let range = region.range(local);
            if region.asleep[local] && region.sleeps_on(local, street.signals, street.step) {
                self.slept += range.len() as u64;
                self.motion.position[range.clone()]
                    .copy_from_slice(&region.columns.position[range.clone()]);
                self.motion.speed[range.clone()].fill(0.0);
                self.awake.push(std::mem::replace(&mut run, range.end..range.end));
                continue;
            }
            if range.start != run.end {
                self.awake.push(std::mem::replace(&mut run, range.clone()));
            }
            run.end = range.end;
            self.busy.push(local as u32);
            let file = region.columns.file(range.clone());
            let first = range.start;
            if street.settings.model == Model::CityFlow {
                self.ahead.see_as_cityflow(street, first, &file, track as usize);
                continue;
            }
            self.ahead.see_kinds(street.kinds, first, &file, limit);
            if street.mixed.is_any() {
                self.ahead.see_mixed(street, first, &file, track);
            }
            if track as usize >= lanes {
                let row = &street.tracks.paths[track as usize - lanes];
                self.ahead.see_exit(street, first, &file, row);
                if row.is_brief() {
                    self.ahead.see_further_from_path(street, first, &file, row);
                }
                if street.walkers.is_any() {
                    self.ahead.see_walkers(street, first, &file, row);
                }
                if street.tracks.has_waits {
                    self.ahead.see_waiting_place(street, first, &file, row);
                }
                continue;
            }
            if street.nears_stop_line(&file, length) {
                self.ahead.see_stop_line(street, first, &file, track as usize);
            }
            if street.has_obstacles {
                self.ahead.see_obstacle(first, &file, street, street.obstacles[track as usize]);
            }
        }
        self.awake.push(run);
    }

    /// Nobody passes a line that it saw closed, whatever it braked with.
    fn hold_bars(&mut self, region: &Region) {
        for &(place, line) in &self.ahead.bars {
            let position = &mut self.motion.position[place];
            if *position >= line {
                *position = region.columns.position[place].max(line - 0.01);
                self.motion.speed[place] = 0.0;
            }
        }
    }

    fn leave(&mut self, street: &Street<'_>, region: &Region, roster: &Roster, now: i64) {
        self.leaving.resize(region.tracks.len(), 0);
        for local in self.left.drain(..) {
            self.leaving[local as usize] = 0;
        }
        self.out.resize(region.targets.len(), Vec::new());
        self.out.iter_mut().for_each(Vec::clear);
        self.far.clear();
        for &local in &self.busy {
            let local = local as usize;
            let Track { number: track, length, .. } = region.tracks[local];
            for place in region.range(local) {
                let position = self.motion.position[place];
                if position < length {
                    break;
                }
                if self.leaving[local] == 0 {
                    self.left.push(local as u32);
                }
                self.leaving[local] += 1;
                let tag = region.columns.tag[place];
                let speed = self.motion.speed[place];
                match onward(street, roster, track, position - length, tag) {
                    Some((track, position, tag)) => {
                        let home = street.homes[track as usize];
                        let transfer = Transfer { local: home.local, position, speed, tag };
                        let near = region.targets.iter().position(|&near| near == home.region);
                        match near {
                            Some(near) => self.out[near].push(transfer),
                            None => self.far.push((home.region, transfer)),
                        }
                    }
                    None => {
                        let due = i64::from(roster.due(tag.vehicle));
                        let took = now - due;
                        self.finished += 1;
                        self.due += due;
                        self.travel += took;
                        self.delay += took - roster.free(tag.vehicle);
                    }
                }
            }
        }
    }
}

/// The track that a vehicle is on when it is `position` metres behind the end of its own.
fn onward(
    street: &Street<'_>,
    roster: &Roster,
    mut track: u32,
    mut position: f32,
    mut tag: Tag,
) -> Option<(u32, f32, Tag)> {
    let lanes = street.tracks.lanes.len() as u32;
    for _ in 0..TRACKS_A_STEP {
        if track < lanes {
            if tag.path >= LEAVES - 1 {
                return None;
            }
            track = lanes + tag.path;
        } else {
            track = street.path(tag.path).to_lane;
            tag.leg += 1;
            tag.path = roster.path(street.tracks, street.settings, track, tag.vehicle, tag.leg);
        }
        let length = street.tracks.length(track as usize);
        if position < length {
            break;
        }
        position -= length;
    }
    Some((track, position, tag))
}
