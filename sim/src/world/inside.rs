//! Waiting inside the junction: a turn that must let opposing traffic pass drives up to the crossing,
//! waits there for its gap, and clears the junction when the opposing traffic has stopped.
//!
//! ```text
//!   stop line ──green, place free──▶ waiting place ──gap, or all opposing stop──▶ exit
//! ```
//!
//! Terms. *Opposing* are the paths that a path gives way to and that the same stage may open. The
//! *waiting place* lies before the first crossing with any path that may be open together with the
//! own: whoever stands there is in nobody's way but of those who have red. A path has one where it
//! has opposing paths and the place is far enough behind the stop line.

use scenario::SignalSite;
use units::GroupId;

use super::ahead::{Ahead, STOP_SHORT};
use super::entry::{CLEAR, Comer, GAP_SPARE, STANDS};
use super::region::{File, Street};
use super::settings::Model;
use super::signals::Light;
use super::tracks::{Conflict, LEAVES, PathRow, Tracks};

/// Nearer to the stop line than this a waiting place is none, metres.
const WAIT_LEAST: f32 = 4.0;
/// Behind another who waits inside there is room for a vehicle that comes at least so far over its
/// stop line, metres: it is inside then, and clears with the first.
const NOSE: f32 = 0.2;
/// Standing inside a driver wants at least this gap, seconds: less than from the stop line, since it
/// is nearer. Set so that the capacity of the formula comes out (`sim/tests/inside.rs`).
const GAP_INSIDE: f32 = 3.6;

impl Tracks {
    /// Finds each path's opposing paths and its waiting place.
    pub(super) fn find_waiting_places(&mut self, signals: &[SignalSite], model: Model) {
        match model {
            Model::CityFlow => return,
            Model::Sumo => return self.find_waiting_places_as_sumo(),
            Model::Urban | Model::Krauss => {}
        }
        for index in 0..self.paths.len() {
            let row = &self.paths[index];
            let Some((signal, group)) = self.ruled[index] else { continue };
            let table = signals[signal as usize].layout.intergreens();
            let together = |conflict: &&Conflict| {
                self.ruled[conflict.foe as usize].is_some_and(|(other, foe)| {
                    other == signal && !table.conflicts(GroupId(group), GroupId(foe))
                })
            };
            let conflicts = self.conflicts_of(row).iter().filter(together);
            let (mut both, mut wait) = (0, f32::MAX);
            for conflict in conflicts {
                both |= conflict.bit();
                if !conflict.merges {
                    wait = wait.min(conflict.mine - CLEAR);
                }
            }
            let opposing = both & row.yields;
            let is_one = opposing != 0 && wait >= WAIT_LEAST && wait < row.length;
            let sets = &mut self.sets[index];
            (sets.together, sets.opposing) = (both, opposing);
            if is_one {
                self.wait_at(index, wait);
            }
        }
    }
}

impl Ahead {
    /// Who is before its path's waiting place stays there until it may go on; the first of a path
    /// also minds whoever waits on a path that begins with the same curve.
    pub(super) fn see_waiting_place(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        row: &PathRow,
    ) {
        if !row.waits() {
            return;
        }
        let wait = street.sets(file.tag[0].path).wait;
        if street.settings.model == Model::Sumo {
            return self.see_waiting_place_as_sumo(street, first, file, wait);
        }
        let index = file.position.partition_point(|&position| position > wait);
        if index == file.len() {
            return;
        }
        let (position, speed, tag) = (file.position[index], file.speed[index], &file.tag[index]);
        let kind = street.kind(tag);
        if let Some((rear, speed)) = street.waiting_beside(row, tag.path, position) {
            self.mind(first + index, rear - position, speed);
        }
        let left = wait - position;
        let comer = Comer { distance: -position, speed, tag, kind };
        if speed * speed > 2.0 * kind.brake_max * left || street.may_go_on(&comer, row) {
            return;
        }
        self.stop_at(first + index, left.max(STOP_SHORT), kind);
        self.bars.push((first + index, wait));
    }
}

impl Street<'_> {
    /// Whether a vehicle at its stop line may drive up to the waiting place of its path: its light is
    /// open, and so is an opposing one; the place is free, and the way to it.
    pub(super) fn may_wait_inside(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let sets = self.sets(comer.tag.path);
        row.waits()
            && self.signals.light(comer.tag.path) == Light::Go
            && self.signals.open(row.junction) & sets.opposing != 0
            && self.is_quiet(row, sets.wait)
            && self.has_reacted(comer)
            && !self.walkers.holds_entry(comer.tag.path)
            && self.place_is_free(comer, row)
            && self.way_is_clear(comer, row, |conflict| {
                // Whoever is left of another stage must not find the way out barred.
                conflict.mine < sets.wait + CLEAR || conflict.bit() & sets.together == 0
            })
            && self.has_room(comer, row)
    }

    /// Whether none of those may go on whose way a vehicle at the waiting place would stand in.
    fn is_quiet(&self, row: &PathRow, wait: f32) -> bool {
        let open = self.signals.open(row.junction);
        let mut near = self.tracks.conflicts_of(row).iter().filter(|c| c.mine - CLEAR < wait);
        near.all(|conflict| conflict.merges || open & conflict.bit() == 0)
    }

    /// Whether a vehicle finds room behind those who wait on its path and the paths beside it.
    fn place_is_free(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let siblings = self.tracks.lanes[row.from_lane as usize].paths.clone();
        let need = comer.kind.min_gap + NOSE;
        siblings
            .filter(|&sibling| self.occupied[row.junction as usize] & self.path(sibling).bit() != 0)
            .all(|sibling| {
                self.tail(self.tracks.of_path(sibling)).is_none_or(|(rear, _)| rear >= need)
            })
    }

    /// The rear and speed of the last vehicle before a place that waits on a path beside the own.
    fn waiting_beside(&self, row: &PathRow, own: u32, position: f32) -> Option<(f32, f32)> {
        let siblings = self.tracks.lanes[row.from_lane as usize].paths.clone();
        let occupied = self.occupied[row.junction as usize];
        let mut nearest: Option<(f32, f32)> = None;
        for sibling in siblings.filter(|&path| path != own) {
            if occupied & self.path(sibling).bit() == 0 {
                continue;
            }
            let file = self.file(self.tracks.of_path(sibling));
            let inside = |index: &usize| {
                file.position[*index] > position && file.position[*index] <= self.sets(sibling).wait
            };
            if let Some(index) = (0..file.len()).rev().find(inside) {
                let rear = file.position[index] - self.kind(&file.tag[index]).length;
                if nearest.is_none_or(|(least, _)| rear < least) {
                    nearest = Some((rear, file.speed[index]));
                }
            }
        }
        nearest
    }

    /// Whether a vehicle that is inside may cross: nobody is on the crossings before it, and of the
    /// opposing vehicles none comes soon that will not stop at its own light.
    fn may_go_on(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let sets = self.sets(comer.tag.path);
        let ahead = |conflict: &Conflict| conflict.mine + comer.distance > 0.0;
        self.way_is_clear(comer, row, ahead)
            && self.tracks.conflicts_of(row).iter().filter(|c| ahead(c)).all(|conflict| {
                let foe = self.path(conflict.foe);
                if conflict.bit() & sets.opposing & self.signals.open(row.junction) == 0 {
                    return true;
                }
                let clearing = comer.distance + conflict.mine + comer.kind.length + CLEAR;
                let cleared = comer.reaches(clearing, row.limit) + GAP_SPARE;
                let needed = if comer.speed < STANDS { cleared.max(GAP_INSIDE) } else { cleared };
                self.opposing_arrival(conflict.foe, foe, conflict.theirs, needed)
                    .is_none_or(|arrival| arrival >= needed)
            })
    }

    /// When the next vehicle of a lane that will not stop at its light is at the crossing, if that is
    /// soon.
    fn opposing_arrival(&self, path: u32, foe: &PathRow, theirs: f32, soon: f32) -> Option<f32> {
        if self.signals.light(path) == Light::Stop {
            return None;
        }
        let lane = &self.tracks.lanes[foe.from_lane as usize];
        let file = self.file(foe.from_lane as usize);
        for index in 0..file.len() {
            let distance = (lane.length - file.position[index]).max(0.0);
            if distance + theirs > soon * lane.limit {
                return None;
            }
            let (speed, tag) = (file.speed[index], &file.tag[index]);
            let comer = Comer { distance, speed, tag, kind: self.kind(tag) };
            if tag.path < LEAVES - 1 && self.light_stops(&comer) {
                return None;
            }
            if tag.path == path {
                return Some(comer.reaches(distance + theirs, lane.limit));
            }
        }
        None
    }

    /// Whether a vehicle of a crossing path stands before the crossing and lets the comer pass: by
    /// rank, or of two alike the one on the higher path. Whoever's own light is red clears the
    /// junction first.
    pub(super) fn waits_for(
        &self,
        comer: &Comer<'_>,
        row: &PathRow,
        conflict: &Conflict,
        position: f32,
    ) -> bool {
        let (sets, foe) = (self.sets(comer.tag.path), self.sets(conflict.foe));
        let foe_bit = conflict.bit();
        if !self.path(conflict.foe).waits()
            || position > foe.wait
            || foe.wait > conflict.theirs - CLEAR
        {
            return false;
        }
        let is_closed = |path: u32| self.signals.light(path) == Light::Stop;
        let (own, other) = (comer.tag.path, conflict.foe);
        if sets.together & foe_bit == 0 || is_closed(other) {
            // What is left of another stage is in the way of who comes; of two inside the one whose
            // light is red clears first.
            return comer.distance < 0.0 && (!is_closed(own), own) < (!is_closed(other), other);
        }
        foe.opposing & row.bit() != 0 || sets.opposing & foe_bit == 0 && own < other
    }
}
