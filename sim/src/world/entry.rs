//! Whether a vehicle at the head of its lane may enter the junction now.
//!
//! In this order: its light is open and it has reacted to it; whoever is on a path that meets its own
//! will have cleared the place before it comes there; whoever has priority is far enough off (gap
//! acceptance); and behind the junction there is room to stand, so that nobody blocks it.

use super::chance::{Use, chance};
use super::kind::Kind;
use super::region::{File, Street, Tag};
use super::settings::Model;
use super::signals::Light;
use super::tracks::{ASTRAY, Conflict, LEAVES, PathRow};

/// From standing, drivers take a gap of this before a vehicle with priority reaches the crossing,
/// seconds (left turn, HCM 2000, exhibit 17-5, rounded for four lanes).
const GAP_CRITICAL: f32 = 4.5;
/// Rolling, the gap must leave this much after the own rear has cleared, seconds.
const GAP_SPARE: f32 = 0.3;
/// The same in the `Sumo` set, from leaving the junction: SUMO's time gap of a minor link, seconds.
const SUMO_GAP_SPARE: f32 = 1.0;
/// Whoever comes to its line within this holds who gives way to it, seconds.
const HELD_S: f32 = 4.0;
/// An emergency vehicle goes on at red from so near its stop line, metres, and slower than this, m/s:
/// it has all but stopped.
const PASS_NEAR: f32 = 4.0;
const PASS_SLOW: f32 = 1.5;
/// A vehicle's rear must have passed a crossing by this, metres: half a lane's width.
const CLEAR: f32 = 1.8;
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
    fn reaches(&self, way: f32, limit: f32) -> f32 {
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
        self.has_stopped(&comer, row)
            && self.has_reacted(&comer)
            && self.path_is_clear(&comer, row, row.waits)
            && (row.waits.is_some() || self.gap_is_long(&comer, row, row.yields))
            && self.has_room(&comer, row)
    }

    /// Whether a vehicle that waits within the junction may leave it.
    pub(super) fn may_go_on(&self, comer: Comer<'_>, row: &PathRow) -> bool {
        self.path_is_clear(&comer, row, None) && self.gap_is_long(&comer, row, row.yields)
    }

    /// Whether an emergency vehicle that has stopped before a red light may go on: with everybody
    /// who has green out of its way, and with room behind the junction.
    pub(super) fn may_pass_red(&self, comer: Comer<'_>, row: &PathRow) -> bool {
        comer.kind.is_emergency
            && comer.distance < PASS_NEAR
            && comer.speed < PASS_SLOW
            && self.path_is_clear(&comer, row, None)
            && self.gap_is_long(&comer, row, row.meets)
            && self.has_room(&comer, row)
    }

    /// Who must stop at the line first has done so: it stands near the line.
    fn has_stopped(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        !row.stops || (comer.speed < STANDS && comer.distance < PASS_NEAR)
    }

    /// Whoever stands at a light that has just opened takes a moment.
    fn has_reacted(&self, comer: &Comer<'_>) -> bool {
        if self.settings.model == Model::Sumo {
            return true;
        }
        let since = self.step - self.signals.open_since(comer.tag.path).min(self.step);
        if comer.speed >= STANDS || since as f32 * self.dt >= REACTION.0 + REACTION.1 {
            return true;
        }
        let own = chance(self.settings.seed, Use::Reaction, comer.tag.vehicle, 0);
        since as f32 * self.dt >= REACTION.0 + REACTION.1 * own
    }

    /// Whether all on paths that it meets, those beyond a place where it can wait apart, are gone when
    /// it comes there.
    fn path_is_clear(&self, comer: &Comer<'_>, row: &PathRow, until: Option<f32>) -> bool {
        if self.occupied[row.junction as usize] & row.meets == 0 {
            return true;
        }
        let conflicts = self.tracks.conflicts_of(row).iter();
        let matters = |c: &&Conflict| {
            let ahead = c.mine + comer.distance > -comer.kind.length;
            !c.merges && ahead && until.is_none_or(|until| c.mine < until)
        };
        conflicts.filter(matters).all(|conflict| {
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
        if let Some(place) = self.path(conflict.foe).waits
            && position <= place
            && self.path(conflict.foe).yields & row.bit != 0
        {
            // It waits within the junction for whom it gives way to; of two who wait the lower goes.
            return row.yields & self.path(conflict.foe).bit == 0 || comer.tag.path < conflict.foe;
        }
        if speed < STANDS {
            return false;
        }
        let arrives = comer.reaches(comer.distance + conflict.mine - CLEAR, row.limit);
        let (tag, limit) = (&file.tag[index], self.path(conflict.foe).limit);
        let foe = Comer { distance: 0.0, speed, tag, kind: self.kind(tag) };
        foe.reaches(rest, limit) + AFTER < arrives
    }

    fn gap_is_long(&self, comer: &Comer<'_>, row: &PathRow, foes: u128) -> bool {
        let open = self.signals.open(row.junction) & foes;
        if open == 0 {
            return true;
        }
        let conflicts = self.tracks.conflicts_of(row).iter();
        let matter = |c: &&Conflict| self.path(c.foe).bit & open != 0;
        conflicts.filter(matter).all(|conflict| {
            let foe = self.path(conflict.foe);
            if self.settings.model == Model::Sumo {
                // It must have left the junction a moment before the other comes to its stop line.
                let leaving = comer.distance + row.length + comer.kind.length;
                let needed = comer.reaches(leaving, row.limit) + SUMO_GAP_SPARE;
                let arrival = self.arrival(conflict.foe, foe, 0.0, needed, comer.tag.path);
                return match arrival {
                    Some(arrival) if foe.yields & row.bit != 0 => {
                        (comer.reaches(comer.distance, row.limit), comer.tag.path)
                            < (arrival, conflict.foe)
                    }
                    arrival => arrival.is_none_or(|arrival| arrival >= needed),
                };
            }
            let clearing = comer.distance + conflict.mine + comer.kind.length + CLEAR;
            let cleared = comer.reaches(clearing, row.limit) + GAP_SPARE;
            // From standing a driver trusts whoever has priority to see it on its way.
            let needed = cleared.min(comer.reaches(comer.distance, row.limit) + GAP_CRITICAL);
            match self.arrival(conflict.foe, foe, conflict.theirs, needed, comer.tag.path) {
                None => true,
                // Of two alike who both give way the first comes first, then the lower path.
                Some(arrival) if foe.yields & row.bit != 0 => {
                    let own = comer.reaches(comer.distance + conflict.mine, row.limit);
                    (own, comer.tag.path) < (arrival, conflict.foe)
                }
                Some(arrival) => arrival >= needed,
            }
        })
    }

    /// When the next vehicle from the foe's lane is at the crossing, if that is soon.
    fn arrival(&self, path: u32, foe: &PathRow, theirs: f32, soon: f32, own: u32) -> Option<f32> {
        if self.signals.light(path) == Light::Stop {
            return None;
        }
        let lane = &self.tracks.lanes[foe.from_lane as usize];
        let file = self.file(foe.from_lane as usize);
        for index in 0..file.len() {
            let distance = (lane.length - file.position[index]).max(0.0);
            let tag = &file.tag[index];
            let kind = self.kind(tag);
            if self.settings.model == Model::Sumo && index == 0 && tag.path != path {
                // Nobody passes who is behind one that waits at the line for others.
                let gives_way = tag.path < ASTRAY
                    && self.path(tag.path).yields & self.signals.open(foe.junction) != 0;
                let waits = file.speed[0] < STANDS && distance < PASS_NEAR;
                if waits && (gives_way) {
                    return None;
                }
            }
            if distance + theirs > soon * lane.limit {
                return None;
            }
            if tag.path == path {
                let comer = Comer { distance, speed: file.speed[index], tag, kind };
                if self.settings.model == Model::Sumo
                    && (self.light_stops(&comer) || self.is_held(&comer, foe, own))
                {
                    return None;
                }
                return Some(comer.reaches(distance + theirs, lane.limit));
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
        let foes = self.signals.open(row.junction) & row.yields & !self.path(by).bit;
        let conflicts = self.tracks.conflicts_of(row).iter();
        let mut others = conflicts.filter(|c| self.path(c.foe).bit & foes != 0);
        others.any(|conflict| {
            let lane = self.path(conflict.foe).from_lane;
            let (file, length) =
                (self.file(lane as usize), self.tracks.lanes[lane as usize].length);
            let near = |index: usize| {
                file.tag[index].path == conflict.foe
                    && length - file.position[index]
                        < self.tracks.lanes[lane as usize].limit * HELD_S
            };
            (0..file.len()).any(near)
        })
    }

    /// Whether the comer, and all who are already on the way to the lane it enters, find room to
    /// stand there should its last vehicle brake now.
    fn has_room(&self, comer: &Comer<'_>, row: &PathRow) -> bool {
        let lane = row.to_lane as usize;
        if self.obstacles[lane] < comer.kind.length + comer.kind.min_gap {
            return false;
        }
        let Some((rear, speed)) = self.tail(lane) else {
            return true;
        };
        let mut room = rear + speed * speed / (2.0 * comer.kind.deceleration);
        let need = comer.kind.length + comer.kind.min_gap;
        if room > 10.0 * need {
            return true;
        }
        for &path in &self.tracks.into[lane] {
            if self.occupied[row.junction as usize] & self.path(path).bit != 0 {
                let file = self.file(self.tracks.of_path(path));
                for tag in file.tag {
                    let kind = self.kind(tag);
                    room -= kind.length + kind.min_gap;
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
            Light::Stop => comer.kind.brake_max,
        };
        comer.speed * comer.speed <= 2.0 * brake * comer.distance
    }
}
