//! The second half of a step: every region puts its next state together from what its drivers did,
//! who came from other tracks, and who enters the network.
//!
//! Most tracks neither lose nor gain anybody in a step: what lies between two that do is copied in one
//! piece.

use super::drive::Next;
use super::kind::Kind;
use super::mixed::{Mixed, room_behind};
use super::region::{Columns, NO_TAIL, Region, Scratch, Tag, Track, Transfer};
use super::roster::Roster;
use super::settings::{Model, Settings};
use super::signals::{Light, Signals};
use super::tracks::{ASTRAY, RIGHT, SHARED, Tracks};

/// Vehicles on a track never come nearer than this when one is put behind another, metres.
pub(super) const TOUCH: f32 = 0.1;
/// Slower than this a vehicle counts as standing, m/s.
const STANDING: f32 = 0.1;

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
    pub(super) fn advance(&mut self, scene: &Scene<'_>, own: usize, scratch: &mut Scratch) {
        self.borrow(scratch);
        self.gather(scene, own);
        self.open_gates(scene, own);
        self.detect(scene, own);
        self.carry(scene, own);
        if scene.mixed.is_any() {
            self.settle_sides(scene);
        }
        self.courtesy.clear();
        self.change_lanes(scene);
        self.list_busy(&scene.roster.kinds);
        self.borrow(scratch);
    }

    /// Takes a thread's memory, or gives it back.
    fn borrow(&mut self, scratch: &mut Scratch) {
        std::mem::swap(&mut self.spare, &mut scratch.spare);
        std::mem::swap(&mut self.spare_begin, &mut scratch.spare_begin);
        std::mem::swap(&mut self.inbox, &mut scratch.inbox);
    }

    /// Who comes to the region's tracks, in the order of these, the foremost first.
    fn gather(&mut self, scene: &Scene<'_>, own: usize) {
        self.inbox.clear();
        for &(region, slot) in &self.sources {
            if let Some(out) = scene.nexts[region as usize].out.get(slot as usize) {
                self.inbox.extend_from_slice(out);
            }
        }
        for next in scene.nexts.iter().filter(|next| !next.far.is_empty()) {
            let here = next.far.iter().filter(|(region, _)| *region as usize == own);
            self.inbox.extend(here.map(|(_, transfer)| *transfer));
        }
        self.inbox.sort_unstable_by(|a, b| {
            let order = a.local.cmp(&b.local).then(b.position.total_cmp(&a.position));
            order.then(a.tag.vehicle.cmp(&b.tag.vehicle))
        });
    }

    /// Who stays on each track, then who came to it, then who enters.
    fn carry(&mut self, scene: &Scene<'_>, own: usize) {
        let next = &scene.nexts[own];
        self.doze(scene, next);
        let mut into = std::mem::take(&mut self.spare);
        let mut begin = std::mem::take(&mut self.spare_begin);
        into.clear();
        begin.clear();
        self.crossed.clear();
        let (mut left, mut came, mut entering) =
            (next.left.as_slice(), self.inbox.as_slice(), self.entrants.as_slice());
        // The places that are dealt with, and by how much the tracks that follow move up or back.
        let (mut done, mut shift) = (0, 0_u32);
        loop {
            let first = |list: &[Transfer]| list.first().map(|transfer| transfer.local);
            let changed = [left.first().copied(), first(came), first(entering)];
            let Some(local) = changed.into_iter().flatten().min() else { break };
            let range =
                self.begin[local as usize] as usize..self.begin[local as usize + 1] as usize;
            into.extend(next, &self.columns, done..range.start);
            let moved = begin.len()..=local as usize;
            begin.extend(self.begin[moved].iter().map(|&begin| begin.wrapping_add(shift)));
            let leaving = left.first() == Some(&local);
            left = &left[usize::from(leaving)..];
            let leave = if leaving { next.leaving[local as usize] as usize } else { 0 };
            into.extend(next, &self.columns, range.start + leave..range.end);
            done = range.end;
            let track = self.tracks[local as usize].number;
            let first = begin[local as usize] as usize;
            came = append(scene, &mut into, first, (local, track), came);
            while let Some((transfer, rest)) =
                entering.split_first().filter(|(t, _)| t.local == local)
            {
                into.push(transfer.position, transfer.speed, transfer.tag);
                entering = rest;
            }
            shift = (into.len() as u32).wrapping_sub(range.end as u32);
            self.asleep[local as usize] = false;
            self.tails[local as usize] = NO_TAIL;
            if let Some((at, place)) = self.tracks[local as usize].crossing() {
                let is_on = into.len() > begin[local as usize] as usize;
                let paths = &mut self.occupied[at as usize].1;
                *paths = *paths & !(1 << place) | u128::from(is_on) << place;
                self.crossed.push(at);
            }
        }
        into.extend(next, &self.columns, done..self.columns.len());
        begin.extend(self.begin[begin.len()..].iter().map(|&begin| begin.wrapping_add(shift)));
        let slow = |speed: &f32| *speed < STANDING;
        let standing = into.speed.iter().filter(|speed| slow(speed)).count();
        let entered = self.entrants.iter().filter(|entrant| slow(&entrant.speed)).count();
        self.standing = (standing - entered) as u64;
        self.spare = std::mem::replace(&mut self.columns, into);
        self.spare_begin = std::mem::replace(&mut self.begin, begin);
        self.share_last_place();
    }

    /// Lanes on which nobody moved behind a red light need not be looked at.
    fn doze(&mut self, scene: &Scene<'_>, next: &Next) {
        if scene.settings.model == Model::CityFlow {
            return;
        }
        for &local in &self.busy {
            let local = local as usize;
            if self.asleep[local] && self.sleeps_on(local, scene.signals, scene.step) {
                continue;
            }
            let range = self.begin[local] as usize..self.begin[local + 1] as usize;
            let stands = |speeds: &[f32]| speeds.iter().all(|&speed| speed <= 0.0);
            self.asleep[local] = next.motion.speed[range.start] <= 0.0
                && self.tracks[local].is_lane()
                && stands(&next.motion.speed[range.clone()])
                && stands(&self.columns.speed[range.clone()])
                && rests(scene, &self.columns.tag[range.start]);
        }
    }

    /// The paths that share a junction's last place are occupied while any of them is.
    fn share_last_place(&mut self) {
        for &at in &self.crossed {
            let (_, paths) = &mut self.occupied[at as usize];
            if *paths >> SHARED == 0 && self.crowded.contains(&at) {
                let mut on = self.tracks.iter().zip(self.begin.windows(2));
                let is_shared = |track: &Track| track.crossing() == Some((at, SHARED as u8));
                let any = on.any(|(track, begin)| is_shared(track) && begin[0] < begin[1]);
                *paths |= u128::from(any) << SHARED;
            }
        }
    }

    /// Lists the tracks that have anybody on them, and the last on each; whoever changes a track has
    /// marked it as empty.
    pub(super) fn list_busy(&mut self, kinds: &[Kind]) {
        self.busy.resize(self.tracks.len(), 0);
        // Without a branch, since nobody could foretell it.
        let mut count = 0;
        for (local, begin) in (0_u32..).zip(self.begin.windows(2)) {
            self.busy[count] = local;
            count += usize::from(begin[0] < begin[1]);
        }
        self.busy.truncate(count);
        for &local in &self.busy {
            let last = self.begin[local as usize + 1] as usize - 1;
            let length = kinds[usize::from(self.columns.tag[last].kind)].length;
            let tail = (self.columns.position[last] - length, self.columns.speed[last]);
            self.tails[local as usize] = tail;
        }
    }
}

/// Whether a red light holds a vehicle; whoever may go on at red waits awake.
fn rests(scene: &Scene<'_>, tag: &Tag) -> bool {
    tag.path < ASTRAY
        && scene.signals.light(tag.path) == Light::Stop
        && !scene.kind(tag).is_emergency
        && !(scene.settings.right_on_red && scene.tracks.paths[tag.path as usize].rank() == RIGHT)
}

impl Columns {
    /// Adds vehicles as they are after the step.
    fn extend(&mut self, next: &Next, before: &Self, places: std::ops::Range<usize>) {
        self.position.extend_from_slice(&next.motion.position[places.clone()]);
        self.speed.extend_from_slice(&next.motion.speed[places.clone()]);
        self.tag.extend_from_slice(&before.tag[places]);
    }
}

/// Puts who comes to a track behind who is on it; what is left are those who go to others.
fn append<'a>(
    scene: &Scene<'_>,
    into: &mut Columns,
    begin: usize,
    (local, track): (u32, u32),
    mut came: &'a [Transfer],
) -> &'a [Transfer] {
    while let Some((transfer, rest)) = came.split_first().filter(|(t, _)| t.local == local) {
        let mut position = transfer.position;
        if scene.mixed.is_any() {
            position = position.min(room_behind(scene, into, begin, &transfer.tag, track));
        } else if let Some(last) = into.len().checked_sub(1).filter(|&last| last >= begin) {
            let rear = into.position[last] - scene.kind(&into.tag[last]).length;
            position = position.min(rear - TOUCH);
        }
        into.push(position, transfer.speed, transfer.tag);
        came = rest;
    }
    came
}
