//! The second half of a step: every region puts its next state together from what its drivers did,
//! who came from other tracks, and who enters the network.

use super::chance::{Use, chance};
use super::drive::Next;
use super::kind::Kind;
use super::mixed::{Mixed, room_behind, side};
use super::region::{Columns, Gate, Region, Tag, Transfer};
use super::roster::{NEVER, Roster};
use super::settings::{Model, Settings};
use super::signals::{Light, Signals};
use super::tracks::{ASTRAY, RIGHT, Tracks};

/// Vehicles on a track never come nearer than this when one is put behind another, metres.
const TOUCH: f32 = 0.1;
/// Slower than this a vehicle counts as standing, m/s.
const STANDING: f32 = 0.1;
/// Braking from which a vehicle that enters chooses its speed, m/s².
const ENTER_BRAKE: f32 = 2.0;

/// A vehicle that enters a lane.
#[derive(Clone, Copy)]
struct Entrant {
    local: u32,
    position: f32,
    speed: f32,
    tag: Tag,
}

/// What does not change while regions are put together.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) tracks: &'a Tracks,
    pub(super) roster: &'a Roster,
    pub(super) settings: &'a Settings,
    pub(super) signals: &'a Signals,
    pub(super) obstacles: &'a [f32],
    pub(super) nexts: &'a [Next],
    pub(super) has_emergency: bool,
    pub(super) mixed: &'a Mixed,
    pub(super) step: u32,
    pub(super) dt: f32,
    pub(super) now: u32,
}

impl<'a> Scene<'a> {
    pub(super) fn kind(&self, tag: &Tag) -> &'a Kind {
        &self.roster.kinds[usize::from(tag.kind)]
    }
}

impl Region {
    pub(super) fn advance(&mut self, scene: &Scene<'_>, own: usize) {
        let inbox = inbox(scene, own);
        let mut spare = std::mem::take(&mut self.spare);
        let mut begin = std::mem::take(&mut self.spare_begin);
        spare.clear();
        begin.clear();
        let mut next = inbox.as_slice();
        let mut gates = std::mem::take(&mut self.links);
        let mut gate = gates.iter_mut().peekable();
        let mut entrants: Vec<Entrant> = Vec::new();
        self.standing = 0;
        // The track behind those that the vehicles which enter now go to.
        let mut last = 0;
        for local in 0..self.tracks.len() {
            // Most paths are empty, and stay so.
            let is_path = self.tracks[local] as usize >= scene.tracks.lanes.len();
            let is_empty = self.begin[local] == self.begin[local + 1];
            if is_path && is_empty && next.first().is_none_or(|t| t.local as usize > local) {
                begin.push(spare.len() as u32);
                continue;
            }
            if local >= last {
                entrants.clear();
            }
            if let Some(gate) = gate.next_if(|gate| gate.first as usize == local) {
                last = (gate.first + gate.lanes) as usize;
                if gate.due <= scene.now {
                    self.let_in(scene, own, gate, next, &mut entrants);
                    gate.due = gate.queues.iter().map(|queue| queue.due).min().unwrap_or(NEVER);
                }
            }
            begin.push(spare.len() as u32);
            let arrived = next.iter().take_while(|t| t.local as usize == local).count();
            let (arrivals, later) = next.split_at(arrived);
            next = later;
            self.detect(scene, own, local, arrivals);
            if entrants.is_empty()
                && arrivals.is_empty()
                && self.begin[local] == self.begin[local + 1]
            {
                self.asleep[local] = false;
                continue;
            }
            let quiet = self.carry(scene, own, local, arrivals, &mut spare);
            let mut entered = false;
            for &Entrant { position, speed, tag, .. } in
                entrants.iter().filter(|e| e.local as usize == local)
            {
                spare.push(position, speed, tag);
                entered = true;
            }
            self.asleep[local] = quiet && !entered && self.rests(scene, local, &spare, &begin);
        }
        begin.push(spare.len() as u32);
        self.links = gates;
        self.spare = std::mem::replace(&mut self.columns, spare);
        self.spare_begin = std::mem::replace(&mut self.begin, begin);
        if scene.mixed.is_any() {
            self.settle_sides(scene);
        }
        self.occupy(scene);
        self.courtesy.clear();
        self.change_lanes(scene);
    }

    /// Who stays on a track, then who came to it. Whether nobody left, came or moved.
    fn carry(
        &mut self,
        scene: &Scene<'_>,
        own: usize,
        local: usize,
        arrivals: &[Transfer],
        into: &mut Columns,
    ) -> bool {
        let next = &scene.nexts[own];
        let range = self.range(local);
        let stay = range.start + next.leaving[local] as usize..range.end;
        let first = into.len();
        let before = self.columns.file(stay.clone());
        into.position.extend_from_slice(&next.motion.position[stay.clone()]);
        into.speed.extend_from_slice(&next.motion.speed[stay.clone()]);
        into.tag.extend_from_slice(before.tag);
        let moved = |speeds: &[f32]| speeds.iter().any(|&speed| speed > 0.0);
        let after = &next.motion.speed[stay.clone()];
        self.standing += after.iter().filter(|&&speed| speed < STANDING).count() as u64;
        let quiet = stay.len() == range.len() && arrivals.is_empty() && !stay.is_empty();
        for transfer in arrivals {
            let mut position = transfer.position;
            if scene.mixed.is_any() {
                let track = self.tracks[local];
                position = position.min(room_behind(scene, into, first, &transfer.tag, track));
            } else if let Some(last) = into.len().checked_sub(1).filter(|&last| last >= first) {
                let rear = into.position[last] - scene.kind(&into.tag[last]).length;
                position = position.min(rear - TOUCH);
            }
            self.standing += u64::from(transfer.speed < STANDING);
            into.push(position, transfer.speed, transfer.tag);
        }
        quiet && !moved(before.speed) && !moved(after)
    }

    /// Whether what holds a lane is a red light.
    fn rests(&self, scene: &Scene<'_>, local: usize, columns: &Columns, begin: &[u32]) -> bool {
        let track = self.tracks[local] as usize;
        if track >= scene.tracks.lanes.len() || scene.settings.model == Model::CityFlow {
            return false;
        }
        let first = begin[local] as usize;
        // Whoever may go on at red waits awake.
        let waits = |tag: &Tag| {
            let turns =
                scene.settings.right_on_red && scene.tracks.paths[tag.path as usize].rank == RIGHT;
            scene.signals.light(tag.path) == Light::Stop && !scene.kind(tag).is_emergency && !turns
        };
        columns.tag.get(first).is_some_and(|tag| tag.path < ASTRAY && waits(tag))
    }

    /// Which paths have somebody on them.
    fn occupy(&mut self, scene: &Scene<'_>) {
        let lanes = scene.tracks.lanes.len();
        for entry in &mut self.occupied {
            entry.1 = 0;
        }
        for (local, &track) in self.tracks.iter().enumerate() {
            if track as usize >= lanes && self.begin[local] < self.begin[local + 1] {
                let (at, bit) = self.crossings[local];
                self.occupied[at as usize].1 |= 1 << bit;
            }
        }
    }

    /// Lets in, one on each lane, whoever is due and finds room; of several the earliest.
    fn let_in(
        &mut self,
        scene: &Scene<'_>,
        own: usize,
        gate: &mut Gate,
        inbox: &[Transfer],
        entrants: &mut Vec<Entrant>,
    ) {
        let mut stuck = 0_u64;
        loop {
            let waits =
                gate.queues.iter().enumerate().filter(|(at, _)| stuck >> at.min(&63) & 1 == 0);
            let waits = waits.filter_map(|(at, queue)| Some((queue.first(scene.now)?, at)));
            let Some(((_, vehicle), at)) = waits.min() else {
                return;
            };
            match self.entrant(scene, own, gate, inbox, vehicle, entrants) {
                Some(entrant) => {
                    entrants.push(entrant);
                    gate.queues[at].enter(scene.roster);
                    self.entered += 1;
                }
                None => stuck |= 1 << at.min(63),
            }
        }
    }

    /// Where a vehicle that is due comes in: the emptiest lane that leads on and has room.
    fn entrant(
        &self,
        scene: &Scene<'_>,
        own: usize,
        gate: &Gate,
        inbox: &[Transfer],
        vehicle: u32,
        taken: &[Entrant],
    ) -> Option<Entrant> {
        let next = &scene.nexts[own];
        let kind_index = scene.roster.kind_of(vehicle);
        let kind = &scene.roster.kinds[usize::from(kind_index)];
        let mut best: Option<(usize, u32, f32, f32)> = None;
        for local in gate.first..gate.first + gate.lanes {
            let lane = self.tracks[local as usize];
            let onward = scene.roster.link(vehicle, 1);
            if onward.is_some_and(|next| !scene.tracks.leads(lane, next)) {
                continue;
            }
            if taken.iter().any(|t| t.local == local) {
                continue;
            }
            let (count, last) = self.last_on(scene, next, local, inbox);
            let limit = scene.tracks.lanes[lane as usize].limit.min(kind.max_speed);
            let Some((position, speed)) = start(scene, kind, limit, last) else { continue };
            if best.is_none_or(|(fewest, ..)| count < fewest) {
                best = Some((count, local, position, speed));
            }
        }
        let (_, local, position, speed) = best?;
        let lane = self.tracks[local as usize];
        let path = scene.roster.path(scene.tracks, scene.settings, lane, vehicle, 0);
        let manner = match scene.settings.model {
            Model::CityFlow => 128,
            _ => {
                let luck = chance(scene.settings.seed, Use::Manner, vehicle, 0) * 256.0;
                (128.0 + (luck - 128.0) * kind.spread) as u8
            }
        };
        let tag = Tag {
            vehicle,
            path,
            leg: 0,
            kind: kind_index,
            manner,
            calm: 0,
            side: side(kind, vehicle),
        };
        Some(Entrant { local, position, speed, tag })
    }

    /// How many are on a lane after the step, and the rearmost rear there with the last one's speed.
    fn last_on(
        &self,
        scene: &Scene<'_>,
        next: &Next,
        local: u32,
        inbox: &[Transfer],
    ) -> (usize, Option<(f32, f32)>) {
        let range = self.range(local as usize);
        let stay = range.start + next.leaving[local as usize] as usize..range.end;
        let came = inbox.iter().filter(|t| t.local == local);
        let count = stay.len() + came.clone().count();
        let last = match came.clone().next_back() {
            Some(last) => Some((last.position - scene.kind(&last.tag).length, last.speed)),
            None => stay.clone().next_back().map(|at| {
                let length = scene.kind(&self.columns.tag[at]).length;
                (next.motion.position[at] - length, next.motion.speed[at])
            }),
        };
        if !scene.mixed.is_any() {
            return (count, last);
        }
        // Beside a two-wheeler there may be a rear that lies farther back.
        let rearmost = self.rearmost(scene, next, stay);
        let rears = came.map(|t| t.position - scene.kind(&t.tag).length);
        let rearmost = rears.fold(rearmost, f32::min);
        (count, last.map(|(rear, speed)| (rear.min(rearmost), speed)))
    }
}

/// Where and how fast a vehicle comes in behind the last on a lane.
fn start(
    scene: &Scene<'_>,
    kind: &Kind,
    limit: f32,
    last: Option<(f32, f32)>,
) -> Option<(f32, f32)> {
    let position = match scene.settings.model {
        Model::CityFlow => 0.0,
        Model::Urban | Model::Krauss => kind.length,
    };
    let Some((rear, ahead)) = last else {
        let speed = if scene.settings.model == Model::CityFlow { 0.0 } else { limit };
        return Some((position, speed));
    };
    let gap = rear - position;
    if gap <= kind.min_gap {
        return None;
    }
    let safe = (ahead * ahead + 2.0 * ENTER_BRAKE * (gap - kind.min_gap)).sqrt();
    let kept = (gap - kind.min_gap) / kind.headway;
    let speed = match scene.settings.model {
        Model::CityFlow => 0.0,
        _ => limit.min(safe).min(kept.max(ahead)),
    };
    Some((position, speed))
}

/// Who comes to a region's tracks, in the order of these, the foremost first.
fn inbox(scene: &Scene<'_>, own: usize) -> Vec<Transfer> {
    let mut inbox: Vec<Transfer> =
        scene.nexts.iter().flat_map(|next| next.out[own].iter().copied()).collect();
    inbox.sort_unstable_by(|a, b| {
        let order = a.local.cmp(&b.local).then(b.position.total_cmp(&a.position));
        order.then(a.tag.vehicle.cmp(&b.tag.vehicle))
    });
    inbox
}
