//! Whether a vehicle at the head of its lane may enter the junction now.
//!
//! In this order: its light is open and it has reacted to it; whoever is on a path that meets its own
//! will have cleared the place before it comes there; whoever has priority is far enough off (gap
//! acceptance); and behind the junction there is room to stand, so that nobody blocks it.

use super::chance::{Use, chance};
use super::follow::brake_way;
use super::kind::Kind;
use super::region::{File, Street, Tag};
use super::settings::Model;
use super::signals::Light;
use super::tracks::{ASTRAY, Conflict, LEAVES, PathRow, RIGHT};

/// From standing, drivers take a gap of this before a vehicle with priority reaches the crossing,
/// seconds (left turn, HCM 2000, exhibit 17-5, rounded for four lanes).
const GAP_CRITICAL: f32 = 4.5;
/// Rolling, the gap must leave this much after the own rear has cleared, seconds.
pub(super) const GAP_SPARE: f32 = 0.3;
/// An emergency vehicle goes on at red from so near its stop line, metres, and slower than this, m/s:
/// it has all but stopped.
pub(super) const PASS_NEAR: f32 = 4.0;
const PASS_SLOW: f32 = 1.5;
/// A vehicle's rear must have passed a crossing by this, metres: half a lane's width.
pub(super) const CLEAR: f32 = 1.8;
/// Between one clearing the crossing and the next coming there, seconds.
const AFTER: f32 = 0.5;
/// Slower than this it stands, m/s.
pub(super) const STANDS: f32 = 0.5;
/// The reaction to green: the shortest, and how much longer the slowest take, seconds.
const REACTION: (f32, f32) = (0.2, 0.8);

/// A vehicle before its stop line.
#[derive(Clone, Copy)]
pub(super) struct Comer<'a> {
    pub(super) distance: f32,
    pub(super) speed: f32,
    pub(super) tag: &'a Tag,
    pub(super) kind: &'a Kind,
}

impl Comer<'_> {
    /// The soonest that its front is `way` metres on, seconds.
    pub(super) fn reaches(&self, way: f32, limit: f32) -> f32 {
        let a = self.kind.acceleration;
        let v = self.speed;
        let top = limit.min(self.kind.max_speed).max(v).max(1.0);
        let run_up = (top * top - v * v) / (2.0 * a);
        if run_up >= way {
            ((v * v + 2.0 * a * way).sqrt() - v) / a
        } else {
            (top - v) / a + (way - run_up) / top
        }
    }
}

impl<'a> Street<'a> {
    /// Whether the vehicle may enter its path.
    pub(super) fn may_enter(&self, comer: Comer<'_>, row: &PathRow) -> bool {
        if self.settings.model == Model::Sumo {
            return self.may_enter_as_sumo(&comer, row);
        }
        self.has_stopped(&comer)
            && self.has_reacted(&comer)
            && !self.walkers.holds_entry(comer.tag.path)
            && self.path_is_clear(&comer, row)
            && self.gap_is_long(&comer, row, row.yields)
            && self.has_room(&comer, row)
    }

    /// Whether an emergency vehicle that has stopped before a red light may go on: with everybody
    /// who has green out of its way, and with room behind the junction.
    pub(super) fn may_pass_red(&self, comer: Comer<'_>, row: &PathRow) -> bool {
        comer.kind.is_emergency
            && comer.distance < PASS_NEAR
            && comer.speed < PASS_SLOW
            && !self.siren_goes_first(&comer, row)
            && !self.walkers.holds_entry(comer.tag.path)
            && self.path_is_clear(&comer, row)
            && self.gap_is_long(&comer, row, row.meets)
            && self.has_room(&comer, row)
    }

    /// Whether a right turn that has stopped before its red light may go on, where that is allowed:
    /// giving way to everybody who may go, people included.
    pub(super) fn may_turn_on_red(&self, comer: Comer<'_>, row: &PathRow) -> bool {
        self.settings.right_on_red
            && row.rank() == RIGHT
            && self.signals.light(comer.tag.path) == Light::Stop
            && comer.distance < PASS_NEAR
            && comer.speed < STANDS
            && !self.siren_goes_first(&comer, row)
            && !self.walkers.holds_entry(comer.tag.path)
            && self.path_is_clear(&comer, row)
            && self.gap_is_long(&comer, row, row.meets)
            && self.has_room(&comer, row)
    }

    /// Whether an emergency vehicle that has stopped at red where ways cross may go in this step, too:
    /// of two the one on the lower path goes first, and either before who turns at red.
    fn siren_goes_first(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let mut conflicts = self.tracks.conflicts_of(row).iter();
        conflicts.any(|conflict| {
            if comer.kind.is_emergency && comer.tag.path < conflict.foe
                || self.signals.light(conflict.foe) != Light::Stop
            {
                return false;
            }
            let lane = self.path(conflict.foe).from_lane as usize;
            let (file, length) = (self.file(lane), self.tracks.lanes[lane].length);
            let mut near = (0..file.len()).take_while(|&i| length - file.position[i] < PASS_NEAR);
            near.any(|index| {
                let tag = &file.tag[index];
                tag.path == conflict.foe
                    && self.kind(tag).is_emergency
                    && file.speed[index] < PASS_SLOW
            })
        })
    }

    /// Who must stop at the line first has done so: it stands near the line.
    pub(super) fn has_stopped(&self, comer: &Comer<'_>) -> bool {
        !self.path(comer.tag.path).stops() || comer.speed < STANDS && comer.distance < PASS_NEAR
    }

    /// Whoever stands at a light that has just opened takes a moment.
    pub(super) fn has_reacted(&self, comer: &Comer<'_>) -> bool {
        let since = self.step - self.signals.open_since(comer.tag.path).min(self.step);
        if comer.speed >= STANDS || since as f32 * self.dt >= REACTION.0 + REACTION.1 {
            return true;
        }
        let own = chance(self.settings.seed, Use::Reaction, comer.tag.vehicle, 0);
        since as f32 * self.dt >= REACTION.0 + REACTION.1 * own
    }

    pub(super) fn path_is_clear(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        self.way_is_clear(comer, row, |_| true)
    }

    /// The same for those of its crossings that matter.
    pub(super) fn way_is_clear(
        &self,
        comer: &Comer<'_>,
        row: &PathRow,
        matters: impl Fn(&Conflict) -> bool,
    ) -> bool {
        let met = self.occupied[row.junction as usize] & row.meets;
        if met == 0 {
            return true;
        }
        let conflicts = self.tracks.conflicts_of(row).iter();
        conflicts.filter(|c| !c.merges && met & c.bit() != 0 && matters(c)).all(|conflict| {
            let file = self.file(self.tracks.of_path(conflict.foe));
            (0..file.len()).all(|index| self.clears(comer, row, conflict, &file, index))
        })
    }

    /// Whether a vehicle on a crossing path is off the crossing when the comer gets there.
    fn clears(
        &self,
        comer: &Comer<'_>,
        row: &PathRow,
        conflict: &Conflict,
        file: &File<'_>,
        index: usize,
    ) -> bool {
        let (position, speed) = (file.position[index], file.speed[index]);
        let rest = conflict.theirs + CLEAR + self.kind(&file.tag[index]).length - position;
        if rest <= 0.0 {
            return true;
        }
        if self.settings.model == Model::Sumo {
            if let Some(clears) = self.waits_as_sumo(comer, row, conflict, position) {
                return clears;
            }
        } else if self.waits_for(comer, row, conflict, position) {
            return true;
        }
        if speed < STANDS {
            return false;
        }
        let arrives = comer.reaches(comer.distance + conflict.mine - CLEAR, row.limit);
        let (tag, limit) = (&file.tag[index], self.path(conflict.foe).limit);
        let foe = Comer { distance: 0.0, speed, tag, kind: self.kind(tag) };
        foe.reaches(rest, limit) + AFTER < arrives
    }

    pub(super) fn gap_is_long(&self, comer: &Comer<'_>, row: &PathRow, foes: u128) -> bool {
        if self.draws_lots(comer) {
            return self.lot_is_highest(comer, row, foes);
        }
        let open = self.signals.open(row.junction) & foes;
        if open == 0 {
            return true;
        }
        let conflicts = self.tracks.conflicts_of(row).iter();
        let mut matter = conflicts.filter(|c| c.bit() & open != 0);
        matter.all(|conflict| self.gap_before(comer, row, conflict))
    }

    /// Whether the comer may go before the next vehicle on a path that it gives way to.
    pub(super) fn gap_before(&self, comer: &Comer<'_>, row: &PathRow, conflict: &Conflict) -> bool {
        if self.settings.model == Model::Sumo {
            return self.gap_is_long_as_sumo(comer, row, conflict.foe);
        }
        let clearing = comer.distance + conflict.mine + comer.kind.length + CLEAR;
        let cleared = comer.reaches(clearing, row.limit) + GAP_SPARE;
        // From standing a driver trusts whoever has priority to see it on its way.
        let needed = cleared.min(comer.reaches(comer.distance, row.limit) + GAP_CRITICAL);
        match self.arrival(conflict.foe, self.path(conflict.foe), conflict.theirs, needed) {
            None => true,
            // Of two alike who both give way the first comes first, then the lower path.
            Some(arrival) if self.path(conflict.foe).yields & row.bit() != 0 => {
                let own = comer.reaches(comer.distance + conflict.mine, row.limit);
                (own, comer.tag.path) < (arrival, conflict.foe)
            }
            Some(arrival) => arrival >= needed,
        }
    }

    /// When the next vehicle from the foe's lane is at the crossing, if that is soon.
    pub(super) fn arrival(&self, path: u32, foe: &PathRow, theirs: f32, soon: f32) -> Option<f32> {
        if self.signals.light(path) == Light::Stop {
            return None;
        }
        let lane = &self.tracks.lanes[foe.from_lane as usize];
        let file = self.file(foe.from_lane as usize);
        for index in 0..file.len() {
            let distance = (lane.length - file.position[index]).max(0.0);
            let tag = &file.tag[index];
            let kind = self.kind(tag);
            if distance + theirs > soon * lane.limit {
                return None;
            }
            if tag.path == path {
                let comer = Comer { distance, speed: file.speed[index], tag, kind };
                let comes = kind.is_narrow || !self.is_held_up(&file, lane.length, path);
                return comes.then(|| comer.reaches(distance + theirs, lane.limit));
            }
        }
        None
    }

    /// Whether the first of a lane stands at its stop line and cannot go: since there is no room
    /// behind the junction; or, for whoever comes behind it on the way `path`, since it gives way
    /// itself. Were it not so, two who turn from one lane each before those who drive straight on
    /// would wait for one another's followers for ever.
    pub(super) fn is_held_up(&self, file: &File<'_>, length: f32, path: u32) -> bool {
        let (distance, speed, tag) = (length - file.position[0], file.speed[0], &file.tag[0]);
        if speed >= STANDS || distance > PASS_NEAR || tag.path >= ASTRAY {
            return false;
        }
        let row = self.path(tag.path);
        let gives_way = tag.path != path && row.yields & self.signals.open(row.junction) != 0;
        gives_way || !self.has_room(&Comer { distance, speed, tag, kind: self.kind(tag) }, row)
    }

    /// Whether the comer, and all who are already on the way to the lane it enters, find room to
    /// stand there should its last vehicle brake now.
    pub(super) fn has_room(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let lane = row.to_lane as usize;
        if self.obstacles[lane] < comer.kind.length + comer.kind.min_gap {
            return false;
        }
        let Some((rear, speed)) = self.tail_for(lane, comer.tag) else {
            return true;
        };
        let mut room = rear + speed * speed / (2.0 * comer.kind.deceleration);
        let need = comer.kind.length + comer.kind.min_gap;
        if room > 10.0 * need {
            return true;
        }
        for &path in self.tracks.into(row.to_lane) {
            if self.occupied[row.junction as usize] & self.path(path).bit() != 0 {
                let file = self.file(self.tracks.of_path(path));
                for tag in file.tag {
                    let kind = self.kind(tag);
                    // Two narrow ones take the place of one.
                    let share = if kind.is_narrow { 0.5 } else { 1.0 };
                    room -= share * (kind.length + kind.min_gap);
                }
            }
        }
        room >= need
    }

    /// Whether the light stops a vehicle that is so far from its stop line: closing lights stop who
    /// can brake in comfort, closed ones who can brake at all.
    pub(super) fn light_stops(&self, comer: &Comer<'_>) -> bool {
        if comer.tag.path >= LEAVES - 1 {
            return false;
        }
        let brake = match self.signals.light(comer.tag.path) {
            Light::Go => return false,
            Light::Closing => comer.kind.deceleration,
            // Where speeds fall by whole steps, the last metre of a stop may be driven fast.
            Light::Stop if self.settings.model == Model::Sumo => {
                let step = comer.kind.brake_max * self.dt;
                return brake_way(comer.speed, step, self.dt) <= comer.distance;
            }
            Light::Stop => comer.kind.brake_max,
        };
        comer.speed * comer.speed <= 2.0 * brake * comer.distance
    }
}
