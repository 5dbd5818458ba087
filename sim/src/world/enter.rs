//! How vehicles come into the network: one on each lane in a step, where there is room.

use scenario::{Departure, EntryLane, EntrySpeed};

use super::advance::Scene;
use super::chance::{Use, chance};
use super::drive::Next;
use super::kind::{Kind, manner_of};
use super::mixed::side;
use super::region::{Gate, Region, Tag, Transfer};
use super::roster::{NEVER, Queue};
use super::settings::Model;

/// Braking from which a vehicle that enters chooses its speed, m/s².
const ENTER_BRAKE: f32 = 2.0;

impl Region {
    /// Finds who enters in this step.
    pub(super) fn open_gates(&mut self, scene: &Scene<'_>, own: usize) {
        let mut entrants = std::mem::take(&mut self.entrants);
        entrants.clear();
        if self.due <= scene.now {
            let mut waiting = std::mem::take(&mut self.waiting);
            for (at, queues) in waiting.iter_mut().enumerate() {
                if self.dues[at] > scene.now {
                    continue;
                }
                let (first, gate) = (entrants.len(), self.links[at]);
                self.let_in(scene, own, gate, queues, &mut entrants);
                entrants[first..].sort_by_key(|entrant| entrant.local);
                self.dues[at] = first_due(queues);
            }
            self.due = self.dues.iter().copied().min().unwrap_or(NEVER);
            self.waiting = waiting;
        }
        self.entrants = entrants;
    }

    /// Lets in, one on each lane, whoever is due and finds room; of several the earliest.
    fn let_in(
        &mut self,
        scene: &Scene<'_>,
        own: usize,
        gate: Gate,
        queues: &mut [Queue],
        entrants: &mut Vec<Transfer>,
    ) {
        let mut stuck = 0_u64;
        loop {
            let waits = queues.iter().enumerate().filter(|(at, _)| stuck >> at.min(&63) & 1 == 0);
            let waits = waits.filter_map(|(at, queue)| Some((queue.first(scene.now)?, at)));
            let Some(((_, vehicle), at)) = waits.min() else {
                return;
            };
            match self.entrant(scene, own, gate, vehicle, entrants) {
                Some(entrant) => {
                    entrants.push(entrant);
                    queues[at].enter(scene.roster);
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
        gate: Gate,
        vehicle: u32,
        taken: &[Transfer],
    ) -> Option<Transfer> {
        let next = &scene.nexts[own];
        let kind_index = scene.roster.kind_of(vehicle);
        let kind = &scene.roster.kinds[usize::from(kind_index)];
        let departure = scene.roster.departure(vehicle);
        let mut best: Option<(usize, u32, f32, f32)> = None;
        for local in gate.first..gate.first + gate.lanes {
            let lane = self.tracks[local as usize].number;
            let onward = scene.roster.link(vehicle, 1);
            let is_open = match departure.lane {
                EntryLane::Emptiest => onward.is_none_or(|next| scene.tracks.leads(lane, next)),
                EntryLane::Outermost => local + 1 == gate.first + gate.lanes,
                EntryLane::Number(own) => local - gate.first == u32::from(own),
            };
            if !is_open {
                continue;
            }
            if taken.iter().any(|t| t.local == local) {
                continue;
            }
            let (count, last) = self.last_on(scene, next, local);
            let row = &scene.tracks.lanes[lane as usize];
            let limit = row.limit.min(kind.max_speed);
            let Some((position, speed)) = start(scene, kind, (limit, row.length), last, departure)
            else {
                continue;
            };
            if best.is_none_or(|(fewest, ..)| count < fewest) {
                best = Some((count, local, position, speed));
            }
        }
        let (_, local, position, speed) = best?;
        let lane = self.tracks[local as usize].number;
        let path = scene.roster.path(scene.tracks, scene.settings, lane, vehicle, 0);
        let manner = match scene.settings.model {
            Model::CityFlow => 128,
            _ => manner_of(kind, |draw| chance(scene.settings.seed, Use::Manner, vehicle, draw)),
        };
        let side = side(kind, vehicle);
        let tag = Tag { vehicle, path, leg: 0, kind: kind_index, manner, calm: 0, side };
        Some(Transfer { local, position, speed, tag })
    }

    /// How many are on a lane after the step, and the rearmost rear there with the last one's speed.
    fn last_on(&self, scene: &Scene<'_>, next: &Next, local: u32) -> (usize, Option<(f32, f32)>) {
        let range = self.range(local as usize);
        let stay = range.start + next.leaving[local as usize] as usize..range.end;
        let came = self.inbox.iter().filter(|t| t.local == local);
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

/// When the first of several queues is due, milliseconds.
pub(super) fn first_due(queues: &[Queue]) -> u32 {
    queues.iter().map(|queue| queue.due).min().unwrap_or(NEVER)
}

/// Where and how fast a vehicle comes in behind the last on a lane.
fn start(
    scene: &Scene<'_>,
    kind: &Kind,
    (limit, length): (f32, f32),
    last: Option<(f32, f32)>,
    departure: Departure,
) -> Option<(f32, f32)> {
    let position = match (departure.position, scene.settings.model) {
        (Some(position), _) => position.0 as f32,
        (None, Model::CityFlow) => 0.0,
        (None, Model::Urban | Model::Krauss | Model::Sumo) => kind.length,
    };
    let limit = match departure.speed {
        EntrySpeed::Fitting => limit,
        EntrySpeed::AtMost(speed) => limit.min(speed.0 as f32),
    };
    // Whatever is at the end of its lane, it can stop there.
    let limit = limit.min((2.0 * ENTER_BRAKE * (length - position).max(0.0)).sqrt());
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
