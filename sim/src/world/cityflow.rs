//! What a driver of the `CityFlow` set sees: for comparison with runs of that simulator, whose rules
//! these are (Zhang et al. 2019, and its public source), told in Greenwave's terms.
//!
//! Every vehicle near a stop line minds the light and the exit, not only the first. At a crossing who
//! can still yield does so: to whoever cannot, then to the higher rank, then to who is there sooner.

use super::ahead::{Ahead, FREE};
use super::follow::no_collision;
use super::kind::Kind;
use super::region::{File, Street, Tag};
use super::signals::Light;
use super::tracks::{ASTRAY, Conflict, LEAVES, PathRow};

/// Who yields stops this far before the crossing, metres.
const YIELD_SHORT: f32 = 5.0;
/// An exit lane takes another vehicle while its last one drives at least this fast, m/s.
const EXIT_MOVES: f32 = 2.0;

/// Where a vehicle is with respect to a path: metres from its begin, negative before it.
#[derive(Clone, Copy)]
struct On<'a> {
    vehicle: u32,
    way: f32,
    speed: f32,
    kind: &'a Kind,
}

impl On<'_> {
    fn brakes_in(&self) -> f32 {
        0.5 * self.speed * self.speed / self.kind.brake_max
    }

    /// Whether it can yield at a place so far ahead, or has passed it.
    fn can_yield(&self, ahead: f32) -> bool {
        (ahead > 0.0 && self.brakes_in() < ahead - YIELD_SHORT)
            || (ahead < 0.0 && ahead + self.kind.length < 0.0)
    }

    /// Whole seconds until it is there.
    fn steps_to(&self, ahead: f32, limit: f32) -> f32 {
        if ahead <= 0.0 {
            return 0.0;
        }
        let (v, a) = (self.speed, self.kind.acceleration);
        let target = limit.min(self.kind.max_speed);
        if v > target {
            return (ahead / v).ceil();
        }
        let whole = ((target - v) / a).floor();
        let reached = v + whole * a;
        let rest = if reached < target { (reached + target) / 2.0 } else { 0.0 };
        let run_up = (v + reached) * whole / 2.0 + rest;
        if run_up > ahead {
            (((v * v + 2.0 * a * ahead).sqrt() - v) / a).ceil()
        } else {
            ((target - v) / a).ceil() + ((ahead - run_up) / target).ceil()
        }
    }

    /// The speed to stop a distance ahead.
    fn stop_speed(&self, ahead: f32) -> f32 {
        let (v, a, b) = (self.speed, self.kind.acceleration, self.kind.deceleration);
        let next = v + a;
        if (v + next) / 2.0 + next * next / b / 2.0 < ahead {
            return next;
        }
        let steps = 2.0 * ahead / (v + 1e-8);
        if steps >= 1.0 { v - v / steps.floor() } else { v - v / steps }
    }
}

impl Ahead {
    pub(super) fn see_as_cityflow(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        track: usize,
    ) {
        let lane = street.tracks.lanes.get(track);
        let length = street.tracks.length(track);
        for index in 0..file.len() {
            let tag = &file.tag[index];
            let kind = street.kind(tag);
            let (position, speed) = (file.position[index], file.speed[index]);
            let at = first + index;
            self.top[at] = kind.max_speed.min(lane.map_or(FREE, |lane| lane.limit));
            (self.gap[at], self.lead[at]) = match index.checked_sub(1) {
                Some(before) => {
                    let rear = file.position[before] - street.kind(&file.tag[before]).length;
                    (rear - position, file.speed[before])
                }
                None => street.leader_beyond(track, tag, kind, length - position),
            };
            let near =
                kind.max_speed * kind.max_speed / kind.deceleration / 2.0 + 2.0 * kind.max_speed;
            let vehicle = tag.vehicle;
            let way = if lane.is_some() { position - length } else { position };
            let on = On { vehicle, way, speed, kind };
            if tag.path == ASTRAY {
                let stop = no_collision(0.0, speed, -way, kind.min_gap, kind.brake_max, street.dt);
                self.top[at] = self.top[at].min(stop);
            } else if tag.path != LEAVES && -way <= near {
                let row = street.path(tag.path);
                self.top[at] = self.top[at].min(street.junction_speed(&on, row, tag.path));
            }
        }
    }
}

impl<'a> Street<'a> {
    /// The vehicle ahead of the first on a track, across what follows, as far as it looks.
    fn leader_beyond(&self, track: usize, tag: &Tag, kind: &Kind, rest: f32) -> (f32, f32) {
        if tag.path >= ASTRAY {
            return (FREE, 0.0);
        }
        let row = self.path(tag.path);
        let reach =
            kind.max_speed * kind.max_speed / kind.deceleration / 2.0 + 2.0 * kind.max_speed;
        let mut way = rest;
        if track < self.tracks.lanes.len() {
            let mut best = (FREE, 0.0);
            for sibling in self.tracks.lanes[track].paths.clone() {
                if let Some((rear, speed)) = self.tail(self.tracks.of_path(sibling))
                    && way + rear < best.0
                {
                    best = (way + rear, speed);
                }
            }
            if best.0 < FREE {
                return best;
            }
            way += row.length;
            if way > reach {
                return best;
            }
        }
        self.tail(row.to_lane as usize).map_or((FREE, 0.0), |(rear, speed)| (way + rear, speed))
    }

    fn junction_speed(&self, on: &On<'_>, row: &PathRow, path: u32) -> f32 {
        let mut speed = FREE;
        if on.way < 0.0 {
            let open = self.signals.light(path) == Light::Go && self.can_take(row, on.kind);
            if !open && on.brakes_in() <= -on.way {
                return on.stop_speed(-on.way);
            }
            speed = row.limit;
        }
        for conflict in self.tracks.conflicts_of(row) {
            if conflict.mine >= on.way && !self.passes(on, row, conflict) {
                return speed.min(on.stop_speed(conflict.mine - on.way - YIELD_SHORT));
            }
        }
        speed
    }

    fn can_take(&self, row: &PathRow, kind: &Kind) -> bool {
        let tail = self.tail(row.to_lane as usize);
        tail.is_none_or(|(rear, speed)| rear > kind.length || speed >= EXIT_MOVES)
    }

    fn passes(&self, on: &On<'_>, row: &PathRow, conflict: &Conflict) -> bool {
        let Some(foe) = self.foe_at(conflict) else {
            return true;
        };
        let (mine, theirs) = (conflict.mine - on.way, conflict.theirs - foe.way);
        if !on.can_yield(mine) {
            return true;
        }
        if !foe.can_yield(theirs) {
            return false;
        }
        let other = self.path(conflict.foe);
        if row.rank() != other.rank() {
            if row.rank() > other.rank() {
                return true;
            }
            return if theirs > 0.0 {
                foe.steps_to(theirs, other.limit) > on.steps_to(mine, row.limit)
            } else {
                theirs + foe.kind.length < 0.0
            };
        }
        if theirs <= 0.0 {
            return theirs + foe.kind.length < 0.0;
        }
        let (own, its) = (on.steps_to(mine, row.limit), foe.steps_to(theirs, other.limit));
        (own, mine, on.vehicle) < (its, theirs, foe.vehicle)
    }

    /// The next vehicle that is not past a crossing on the other path: on it, or first before it.
    fn foe_at(&self, conflict: &Conflict) -> Option<On<'a>> {
        let path = self.path(conflict.foe);
        let file = self.file(self.tracks.of_path(conflict.foe));
        for (index, tag) in file.tag.iter().enumerate() {
            let kind = self.kind(tag);
            let way = file.position[index];
            if way - kind.length <= conflict.theirs {
                return Some(On { vehicle: tag.vehicle, way, speed: file.speed[index], kind });
            }
        }
        if self.signals.light(conflict.foe) != Light::Go {
            return None;
        }
        let lane = self.file(path.from_lane as usize);
        let tag = lane.tag.first().filter(|tag| tag.path == conflict.foe)?;
        let way = lane.position[0] - self.tracks.length(path.from_lane as usize);
        Some(On { vehicle: tag.vehicle, way, speed: lane.speed[0], kind: self.kind(tag) })
    }
}
