//! Lane changes: those that the route demands, and those for comfort.
//!
//! A link's lanes lie side by side in the columns, so that a change only reorders a link. In one step
//! a link's vehicles change to one side alone, and into each gap only the foremost that wants it: no
//! two can want the same place, whoever is asked first.
//!
//! For comfort: MOBIL (Kesting, Treiber, Helbing 2007), which weighs the own gain against what others
//! lose. In the `CityFlow` set its own rule: a longer gap on the other lane.

use units::LinkId;

use super::advance::Scene;
use super::follow::urban_acceleration;
use super::kind::Kind;
use super::region::{Courtesy, Gate, NO_TAIL, Region, Tag};
use super::settings::Model;
use super::tracks::{ASTRAY, LEAVES};

/// How much others' loss counts.
const POLITENESS: f32 = 0.2;
/// The least gain, m/s².
const GAIN_LEAST: f32 = 0.2;
/// The hardest that a follower may have to brake for a change, m/s²: for comfort, and for the route.
const SAFE_BRAKE: (f32, f32) = (2.0, 4.0);
/// Nobody changes for comfort this close to the stop line, metres.
const SETTLED: f32 = 40.0;
/// After a change for comfort none follows for so many looks; there is one to each side in two seconds.
const CALM: u8 = 4;
/// Who is so far before an emergency vehicle, metres, makes way.
const MAKE_WAY: f32 = 80.0;
/// Who lets in brakes for a gap no shorter than this, metres.
const COURTESY_GAP: f32 = 1.0;
/// `CityFlow`: no change within this distance of the stop line, metres, nor sooner than so many looks
/// after the last.
const CITYFLOW_SETTLED: f32 = 30.0;
const CITYFLOW_CALM: u8 = 5;

/// A change that is agreed: the vehicle's place, the lane it goes to, and its tag there.
#[derive(Clone, Copy)]
struct Move {
    place: usize,
    to: usize,
    tag: Tag,
}

/// One vehicle's look at the lane beside it.
#[derive(Clone, Copy)]
struct Look<'a> {
    lane: u32,
    /// The other lane's local number.
    to: usize,
    place: usize,
    /// The place of the first vehicle on its own lane.
    front: usize,
    /// The place in the other lane before which it would go in.
    slot: usize,
    kind: &'a Kind,
    distance: f32,
    limit: f32,
}

impl Region {
    pub(super) fn change_lanes(&mut self, scene: &Scene<'_>) {
        let gates = std::mem::take(&mut self.links);
        let mut moves = Vec::new();
        for gate in gates.iter().filter(|gate| gate.lanes > 1) {
            let side = match scene.step.wrapping_add(gate.link) & 3 {
                0 => -1,
                2 => 1,
                1 => {
                    self.exchange_heads(scene, gate);
                    continue;
                }
                _ => continue,
            };
            moves.clear();
            self.look_aside(scene, gate, side, &mut moves);
            if !moves.is_empty() {
                self.reorder(gate, &mut moves);
            }
        }
        self.links = gates;
    }

    fn look_aside(&mut self, scene: &Scene<'_>, gate: &Gate, side: i32, moves: &mut Vec<Move>) {
        for offset in 0..gate.lanes as i32 {
            let beside = offset + side;
            if !(0..gate.lanes as i32).contains(&beside) {
                continue;
            }
            let from = (gate.first as i32 + offset) as usize;
            let to = (gate.first as i32 + beside) as usize;
            let lane = self.tracks[from].number;
            let target = self.range(to);
            let mut slot = target.start;
            let mut taken = usize::MAX;
            let front = self.begin[from] as usize;
            let siren = self.siren(scene, from);
            let shares = gate.shares[usize::from(side > 0)] >> offset & 1 == 1;
            let for_comfort = scene.settings.changes_for_comfort;
            for place in self.range(from) {
                // Most need not change, and have nowhere to change to.
                let path = self.columns.tag[place].path;
                if (!shares && path < ASTRAY) || (!for_comfort && path != ASTRAY) {
                    continue;
                }
                let row = &scene.tracks.lanes[lane as usize];
                let position = self.columns.position[place];
                while slot < target.end && self.columns.position[slot] >= position {
                    slot += 1;
                }
                self.columns.tag[place].calm = self.columns.tag[place].calm.saturating_sub(1);
                let tag = self.columns.tag[place];
                let kind = scene.kind(&tag);
                let distance = row.length - position;
                let limit = row.limit.min(kind.max_speed) * super::ahead::manner(kind, &tag);
                let look = Look { lane, to, place, front, slot, kind, distance, limit };
                let blocked = position < scene.obstacles[lane as usize];
                let blocked = blocked && scene.obstacles[lane as usize] < row.length;
                let chased = (0.0..MAKE_WAY).contains(&(position - kind.length - siren));
                let wants = if tag.path == ASTRAY {
                    self.must(scene, gate, look.lane, look.place, side)
                } else if scene.settings.model == Model::CityFlow {
                    self.would_as_cityflow(scene, &look)
                } else {
                    (blocked || chased) && self.leads_on(scene, &look) || self.would(scene, &look)
                };
                if !wants || slot == taken {
                    continue;
                }
                if self.is_safe(scene, &look, tag.path == ASTRAY || blocked) {
                    let onto = self.tracks[to].number;
                    let roster = scene.roster;
                    let path =
                        roster.path(scene.tracks, scene.settings, onto, tag.vehicle, tag.leg);
                    let calm =
                        if scene.settings.model == Model::CityFlow { CITYFLOW_CALM } else { CALM };
                    moves.push(Move { place, to, tag: Tag { path, calm, ..tag } });
                    taken = slot;
                } else if tag.path == ASTRAY && slot < target.end {
                    self.ask(slot, position - kind.length, self.columns.speed[place]);
                }
            }
        }
    }

    /// Where the first emergency vehicle of a lane is.
    fn siren(&self, scene: &Scene<'_>, local: usize) -> f32 {
        let is_one = |place: &usize| scene.kind(&self.columns.tag[*place]).is_emergency;
        let mut places = self.range(local).filter(|_| scene.has_emergency);
        places.find(is_one).map_or(f32::MAX, |place| self.columns.position[place])
    }

    /// Whether the route demands a change to this side: the nearest lane that leads on lies there.
    pub(super) fn must(
        &self,
        scene: &Scene<'_>,
        gate: &Gate,
        lane: u32,
        place: usize,
        side: i32,
    ) -> bool {
        let tag = &self.columns.tag[place];
        let Some(next) = scene.roster.link(tag.vehicle, tag.leg + 1) else {
            return false;
        };
        let own = lane as i32;
        let lanes =
            (0..gate.lanes).map(|offset| self.tracks[(gate.first + offset) as usize].number);
        let path =
            |lane| scene.roster.path(scene.tracks, scene.settings, lane, tag.vehicle, tag.leg);
        let leading = lanes.filter(|&lane| scene.tracks.leads(lane, next) && path(lane) != ASTRAY);
        let nearest = leading.min_by_key(|&lane| (lane as i32 - own).abs());
        nearest.is_some_and(|lane| (lane as i32 - own).signum() == side)
    }

    /// Whether the lane beside also leads where the vehicle goes.
    fn leads_on(&self, scene: &Scene<'_>, look: &Look<'_>) -> bool {
        let tag = &self.columns.tag[look.place];
        if tag.path == LEAVES {
            return true;
        }
        let path = scene.tracks.paths.get(tag.path as usize);
        let onto = self.tracks[look.to].number;
        path.is_some_and(|path| {
            let roster = scene.roster;
            let to = || roster.path(scene.tracks, scene.settings, onto, tag.vehicle, tag.leg);
            scene.tracks.leads(onto, LinkId(path.to_link)) && (!path.is_brief() || to() < ASTRAY)
        })
    }

    fn would(&self, scene: &Scene<'_>, look: &Look<'_>) -> bool {
        let tag = &self.columns.tag[look.place];
        if tag.calm > 0 || look.distance < SETTLED {
            return false;
        }
        let now = self.pull(scene, look.place, self.ahead_of(look), look.limit);
        let open = urban_acceleration(
            look.kind,
            self.columns.speed[look.place],
            super::ahead::FREE,
            0.0,
            look.limit,
        );
        // Most have nothing to gain, and need not look further.
        if open - now < GAIN_LEAST || !self.leads_on(scene, look) {
            return false;
        }
        let then = self.pull(scene, look.place, self.slot_ahead(look), look.limit);
        let gain = then - now;
        if gain < GAIN_LEAST {
            return false;
        }
        let loss = if self.has_follower(look) {
            let limit = look.limit;
            let before = self.pull(scene, look.slot, self.slot_ahead(look), limit);
            let after = self.pull(scene, look.slot, Some(look.place), limit);
            before - after
        } else {
            0.0
        };
        gain - POLITENESS * loss > GAIN_LEAST
    }

    /// `CityFlow`: where the own gap is neither short nor long and the other is longer by a vehicle.
    fn would_as_cityflow(&self, scene: &Scene<'_>, look: &Look<'_>) -> bool {
        let tag = &self.columns.tag[look.place];
        if tag.calm > 0 || look.distance < CITYFLOW_SETTLED || !self.leads_on(scene, look) {
            return false;
        }
        let gap = |ahead: Option<usize>| match ahead {
            Some(at) => {
                let length = scene.kind(&self.columns.tag[at]).length;
                self.columns.position[at] - length - self.columns.position[look.place]
            }
            None => look.distance,
        };
        let own = gap(self.ahead_of(look));
        let length = look.kind.length;
        let expected = 2.0 * length + 4.0 * look.kind.max_speed;
        (1.5 * length..=expected).contains(&own) && gap(self.slot_ahead(look)) > own + length
    }

    /// Whether neither the vehicle nor its new follower would have to brake hard.
    fn is_safe(&self, scene: &Scene<'_>, look: &Look<'_>, must: bool) -> bool {
        let columns = &self.columns;
        let (position, speed) = (columns.position[look.place], columns.speed[look.place]);
        let gap_ahead = self
            .slot_ahead(look)
            .map(|at| columns.position[at] - scene.kind(&columns.tag[at]).length - position);
        let behind = self.has_follower(look).then(|| {
            (position - look.kind.length - columns.position[look.slot], columns.speed[look.slot])
        });
        if scene.settings.model == Model::CityFlow {
            let brake = |speed: f32| 0.5 * speed * speed / look.kind.brake_max;
            return gap_ahead.is_none_or(|gap| gap >= brake(speed))
                && behind.is_none_or(|(gap, speed)| gap >= brake(speed));
        }
        let least = if must { COURTESY_GAP } else { look.kind.min_gap };
        if gap_ahead.is_some_and(|gap| gap < least) || behind.is_some_and(|(gap, _)| gap < least) {
            return false;
        }
        let brake = if must { SAFE_BRAKE.1 } else { SAFE_BRAKE.0 };
        let own = self.pull(scene, look.place, self.slot_ahead(look), look.limit);
        let follower = if self.has_follower(look) {
            self.pull(scene, look.slot, Some(look.place), look.limit)
        } else {
            0.0
        };
        own > -brake && follower > -brake
    }

    /// The acceleration that a vehicle would have behind another.
    fn pull(&self, scene: &Scene<'_>, place: usize, ahead: Option<usize>, limit: f32) -> f32 {
        let columns = &self.columns;
        let (gap, lead) = match ahead {
            Some(at) => {
                let length = scene.kind(&columns.tag[at]).length;
                let gap = columns.position[at] - length - columns.position[place];
                (gap, columns.speed[at])
            }
            None => (super::ahead::FREE, 0.0),
        };
        let kind = scene.kind(&columns.tag[place]);
        urban_acceleration(kind, columns.speed[place], gap, lead, limit)
    }

    fn ahead_of(&self, look: &Look<'_>) -> Option<usize> {
        (look.place > look.front).then(|| look.place - 1)
    }

    fn slot_ahead(&self, look: &Look<'_>) -> Option<usize> {
        (look.slot > self.begin[look.to] as usize).then(|| look.slot - 1)
    }

    fn has_follower(&self, look: &Look<'_>) -> bool {
        look.slot < self.begin[look.to + 1] as usize
    }

    /// Asks a vehicle on the other lane to let another in.
    fn ask(&mut self, place: usize, rear: f32, speed: f32) {
        let gap = (rear - self.columns.position[place]).max(COURTESY_GAP);
        self.courtesy.push(Courtesy { place: place as u32, gap, speed });
    }

    /// Puts a link's vehicles in order again.
    fn reorder(&mut self, gate: &Gate, moves: &mut [Move]) {
        let (first, last) = (gate.first as usize, (gate.first + gate.lanes) as usize);
        let whole = self.begin[first] as usize..self.begin[last] as usize;
        self.courtesy.retain(|c| !whole.contains(&(c.place as usize)));
        let old: Vec<(f32, f32, Tag)> = whole
            .clone()
            .map(|at| (self.columns.position[at], self.columns.speed[at], self.columns.tag[at]))
            .collect();
        let mut lanes: Vec<Vec<(f32, f32, Tag)>> = vec![Vec::new(); last - first];
        for local in first..last {
            for place in self.range(local) {
                if !moves.iter().any(|m| m.place == place) {
                    lanes[local - first].push(old[place - whole.start]);
                }
            }
        }
        for change in moves {
            let (position, speed, _) = old[change.place - whole.start];
            let lane = &mut lanes[change.to - first];
            let at = lane.partition_point(|&(other, ..)| other >= position);
            lane.insert(at, (position, speed, change.tag));
        }
        let mut at = whole.start;
        for (offset, lane) in lanes.iter().enumerate() {
            self.begin[first + offset] = at as u32;
            for &(position, speed, tag) in lane {
                self.columns.position[at] = position;
                self.columns.speed[at] = speed;
                self.columns.tag[at] = tag;
                at += 1;
            }
            self.asleep[first + offset] = false;
            self.tails[first + offset] = NO_TAIL;
        }
    }
}
