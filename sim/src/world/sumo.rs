//! How vehicles of the `Sumo` set pass junctions: for comparison with runs of that simulator, told in
//! Greenwave's terms.
//!
//! Who gives way at a signal drives on to the crossing and waits there, and leaves it when whoever has
//! priority is stopped by the light. It must have left the junction a moment before the other comes to
//! its stop line. What comes on a road that has the right of way is seen only from near by.

use super::ahead::Ahead;
use super::entry::{Comer, PASS_NEAR, STANDS};
use super::follow::stop_speed;
use super::kind::Kind;
use super::region::{File, Street};
use super::signals::Light;
use super::tracks::{Conflict, PathRow, Tracks};

/// Who waits within a junction stops so far before the crossing, and not sooner than this behind the
/// stop line, metres.
const WAIT_SHORT: f32 = 2.5;
const WAIT_LEAST: f32 = 1.0;
/// Between leaving the junction and the other's coming to its line: SUMO's time gap of a minor link,
/// seconds.
const GAP_SPARE: f32 = 1.0;
/// Whoever comes to its line within this holds who gives way to it, seconds.
const HELD_S: f32 = 4.0;
/// Who gives way can stop at the line until so near it, and so short of it, metres.
const VISIBLE: f32 = 4.5;
const LINE: f32 = 0.1;

impl Tracks {
    /// Each path with a signal that gives way waits before the first crossing with one that it gives
    /// way to.
    pub(super) fn find_waiting_places_as_sumo(&mut self) {
        for index in 0..self.paths.len() {
            let yields = self.paths[index].yields;
            let crosses = |c: &&Conflict| !c.merges && c.bit() & yields != 0;
            let first = self.conflicts_of(&self.paths[index]).iter().find(crosses);
            let place = first.map_or(0.0, |conflict| conflict.mine - WAIT_SHORT);
            let is_one = self.ruled[index].is_some() && place >= WAIT_LEAST;
            if is_one {
                self.wait_at(index, place);
            }
        }
    }
}

impl Ahead {
    /// Whoever is on a path before its waiting place stops there while it must give way.
    pub(super) fn see_waiting_place_as_sumo(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        place: f32,
    ) {
        let behind = file.position.partition_point(|&position| position >= place);
        if behind >= file.len() {
            return;
        }
        let (position, speed, tag) = (file.position[behind], file.speed[behind], &file.tag[behind]);
        let kind = street.kind(tag);
        let comer = Comer { distance: -position, speed, tag, kind };
        let (distance, row) = (place - position, street.path(tag.path));
        let cannot_stop = speed * speed > 2.0 * kind.brake_max * distance;
        if cannot_stop || street.may_leave_as_sumo(&comer, row) {
            return;
        }
        self.mind(first + behind, distance + kind.min_gap, 0.0);
        self.bars.push((first + behind, place));
    }

    /// Who nears a line where it gives way slows as if to stop there until it sees the road.
    pub(super) fn slow_as_sumo(
        &mut self,
        street: &Street<'_>,
        at: usize,
        comer: &Comer<'_>,
        row: &PathRow,
    ) {
        if row.yields & street.signals.open(row.junction) != 0 && comer.distance > VISIBLE {
            let room = (comer.distance - LINE).max(0.0);
            let step = comer.kind.deceleration * street.dt;
            self.top[at] = self.top[at].min(stop_speed(room, step, street.dt, street.dt));
        }
    }
}

/// The speed from which a vehicle comes down to `slowest` within a distance: it goes on at its new
/// speed for a whole step before it is there.
pub(super) fn speed_before_as_sumo(slowest: f32, kind: &Kind, distance: f32, dt: f32) -> f32 {
    let step = kind.deceleration * dt / 2.0;
    let room = slowest * slowest + 2.0 * kind.deceleration * distance.max(0.0);
    ((room + step * step).sqrt() - step).max(slowest)
}

impl Street<'_> {
    /// Whether a vehicle may enter its path.
    pub(super) fn may_enter_as_sumo(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let sets = self.sets(comer.tag.path);
        let waits = row.waits();
        let clear = |conflict: &Conflict| !waits || conflict.mine < sets.wait;
        self.has_stopped(comer)
            && !self.walkers.holds_entry(comer.tag.path)
            && self.way_is_clear(comer, row, clear)
            && (waits || self.gap_is_long(comer, row, row.yields))
            && self.has_room(comer, row)
    }

    /// Whether a vehicle that waits within the junction may leave it.
    fn may_leave_as_sumo(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let ahead = |c: &Conflict| c.mine + comer.distance > -comer.kind.length;
        self.way_is_clear(comer, row, ahead) && self.gap_is_long(comer, row, row.yields)
    }

    /// For a vehicle that waits within the junction for whom it gives way to, whether the comer may
    /// pass: of two who wait the lower path goes.
    pub(super) fn waits_as_sumo(
        &self,
        comer: &Comer<'_>,
        row: &PathRow,
        conflict: &Conflict,
        position: f32,
    ) -> Option<bool> {
        let foe = self.path(conflict.foe);
        let waits =
            foe.waits() && position <= self.sets(conflict.foe).wait && foe.yields & row.bit() != 0;
        waits.then(|| row.yields & conflict.bit() == 0 || comer.tag.path < conflict.foe)
    }

    /// Whether the comer has left the junction a moment before anybody on the path of a foe comes to
    /// its stop line.
    pub(super) fn gap_is_long_as_sumo(&self, comer: &Comer<'_>, row: &PathRow, foe: u32) -> bool {
        let leaving = comer.distance + row.length + comer.kind.length;
        let needed = comer.reaches(leaving, row.limit) + GAP_SPARE;
        match self.arrival_as_sumo(foe, needed, comer.tag.path) {
            Some(arrival) if self.path(foe).yields & row.bit() != 0 => {
                (comer.reaches(comer.distance, row.limit), comer.tag.path) < (arrival, foe)
            }
            arrival => arrival.is_none_or(|arrival| arrival >= needed),
        }
    }

    /// When the next vehicle of a path comes to its stop line and passes, if that is soon.
    fn arrival_as_sumo(&self, path: u32, soon: f32, own: u32) -> Option<f32> {
        if self.signals.light(path) == Light::Stop {
            return None;
        }
        let foe = self.path(path);
        let lane = &self.tracks.lanes[foe.from_lane as usize];
        let file = self.file(foe.from_lane as usize);
        for index in 0..file.len() {
            let distance = (lane.length - file.position[index]).max(0.0);
            let tag = &file.tag[index];
            // Nobody passes who is behind one that waits at the line for others, and nobody who has no
            // room behind the junction means to.
            if index == 0 && self.is_held_up(&file, lane.length, path) {
                return None;
            }
            if distance > soon * lane.limit {
                return None;
            }
            if tag.path == path {
                let kind = self.kind(tag);
                let comer = Comer { distance, speed: file.speed[index], tag, kind };
                let passes = !self.light_stops(&comer) && !self.is_held(&comer, foe, own);
                return passes.then(|| comer.reaches(distance, lane.limit));
            }
        }
        None
    }

    /// Whether whoever stands before its line must let yet another pass first: then the lower path need
    /// not wait for it. In SUMO, too, nobody waits for who does not mean to pass.
    fn is_held(&self, comer: &Comer<'_>, row: &PathRow, by: u32) -> bool {
        if comer.speed >= STANDS || comer.distance > PASS_NEAR || by > comer.tag.path {
            return false;
        }
        let yields = row.yields;
        let foes = self.signals.open(row.junction) & yields & !self.path(by).bit();
        let conflicts = self.tracks.conflicts_of(row).iter();
        let mut others = conflicts.filter(|c| c.bit() & foes != 0);
        others.any(|conflict| {
            let lane = self.path(conflict.foe).from_lane;
            let (file, row) = (self.file(lane as usize), &self.tracks.lanes[lane as usize]);
            let near = |index: usize| {
                file.tag[index].path == conflict.foe
                    && row.length - file.position[index] < row.limit * HELD_S
            };
            (0..file.len()).any(near)
        })
    }
}
