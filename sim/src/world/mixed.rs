//! Mixed traffic: two-wheelers share a lane with each other and with cars; emergency vehicles pass
//! between two lanes.
//!
//! Terms. A vehicle is *narrow* or wide. A narrow one rides on the left or on the right *side* of its
//! lane; a wide one takes the middle. Two vehicles *fit* beside each other where both are narrow, on
//! two sides, or where one rides on the right and the lane leaves it room beside the other. A narrow
//! vehicle minds whoever it does not fit beside; past wide ones that creep it *filters*, slowly. A wide
//! one minds everybody who is wholly before it, and nobody who is beside it.
//!
//! An emergency vehicle drives *between* its lane and the next where both are wide enough that cars on
//! them can pull aside: it filters past those that creep, and cars before it, which have heard it,
//! slow down to a walking pace. Lorries and buses leave it no room.
//!
//! A lane stays in the order of its fronts: in a step nobody passes the front before its own, it comes
//! up to it at most; of two side by side the faster goes first in the next step. Where no narrow
//! or emergency vehicle is in the demand nothing of this is done.

use network::Network;
use units::LaneId;

use super::advance::Scene;
use super::ahead::{Ahead, FREE};
use super::drive::Next;
use super::kind::Kind;
use super::region::{Columns, File, Region, Street, Tag};
use super::roster::Roster;
use super::tracks::Tracks;

/// The sides of a lane in a tag; 0 is the middle.
const LEFT: u8 = 1;
const RIGHT: u8 = 2;
/// Between its lane and the next.
const BETWEEN: u8 = 3;
/// Two narrow vehicles need a lane of this width, metres; unverified.
const ABREAST: f32 = 2.2;
/// A narrow vehicle needs this much beside a wide one, metres; unverified.
const BESIDE: f32 = 1.2;
/// Wide vehicles slower than this are filtered past, m/s.
const CREEPS: f32 = 2.0;
/// Filtering is no faster than this, m/s: 11 km/h; unverified.
const FILTER_SPEED: f32 = 3.0;
/// An emergency vehicle passes between lanes of at least this width, metres: of 7 m two cars take
/// 3.6, itself 2, and there is a third of a metre beside each; unverified.
const LANE_BETWEEN: f32 = 3.5;
/// Beside wider vehicles it does not pass, metres.
const CAR_WIDTH: f32 = 2.0;
/// Between lanes it is no faster than this, m/s: 20 km/h; unverified.
const BETWEEN_SPEED: f32 = 5.6;
/// Who is so far before an emergency vehicle, metres, has heard it, and slows down to this, m/s.
const HEARD: f32 = 80.0;
const WALKING: f32 = 1.5;
/// A narrow vehicle behind a wide one goes to the right side within this distance, metres.
const NEAR: f32 = 6.0;
/// How many vehicles before its own a driver looks at: a bus with two-wheelers on both sides.
const LOOK: usize = 10;
/// A wide vehicle that a two-wheeler has just passed keeps this share of its gap while it falls back.
const EASE: f32 = 0.8;

/// Where lanes are wide enough, and whether that matters.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixed {
    /// For each track how wide it is; empty where nobody in the demand shares lanes.
    spaces: Vec<Space>,
}

/// How much room a track has.
#[derive(Clone, Copy, Debug, Default)]
struct Space {
    /// Its lane's width.
    width: f32,
    /// Whether an emergency vehicle finds its way between this lane and the next.
    between: bool,
}

impl Mixed {
    pub(super) fn new(network: &Network, tracks: &Tracks, roster: &Roster) -> Self {
        if !roster.kinds.iter().any(|kind| kind.is_narrow || kind.is_between) {
            return Self::default();
        }
        let width = |lane: u32| network.lane(LaneId(lane)).width.0 as f32;
        let lanes = (0..tracks.lanes.len() as u32).map(|lane| {
            let link = network.lane(LaneId(lane)).link;
            let is_wide = network.link_lanes(link).all(|lane| width(lane.0) >= LANE_BETWEEN);
            let between = is_wide && network.link(link).lane_count > 1;
            Space { width: width(lane), between }
        });
        let paths =
            tracks.paths.iter().map(|path| Space { width: width(path.from_lane), between: false });
        Self { spaces: lanes.chain(paths).collect() }
    }

    /// Whether anybody who shares lanes may be on the road.
    pub(super) fn is_any(&self) -> bool {
        !self.spaces.is_empty()
    }

    fn space(&self, track: u32) -> Space {
        self.spaces.get(track as usize).copied().unwrap_or_default()
    }
}

/// The side on which a vehicle enters.
pub(super) fn side(kind: &Kind, vehicle: u32) -> u8 {
    match (kind.is_narrow, vehicle & 1) {
        (false, _) if kind.is_between => BETWEEN,
        (false, _) => 0,
        (true, 0) => LEFT,
        (true, _) => RIGHT,
    }
}

/// Whether any of these may be beside another.
fn has_narrow(tags: &[Tag]) -> bool {
    tags.iter().any(|tag| tag.side != 0)
}

/// Whether two vehicles fit beside each other on a lane.
fn fit(kinds: &[Kind], a: &Tag, b: &Tag, space: Space) -> bool {
    let Space { width, between } = space;
    let wide = |tag: &Tag| kinds[usize::from(tag.kind)].width;
    match (a.side, b.side) {
        (0, 0) | (BETWEEN, BETWEEN) => false,
        (BETWEEN, 0) => between && wide(b) <= CAR_WIDTH,
        (0, BETWEEN) => between && wide(a) <= CAR_WIDTH,
        (BETWEEN, _) | (_, BETWEEN) => false,
        (RIGHT, 0) => width - wide(b) >= BESIDE,
        (0, RIGHT) => width - wide(a) >= BESIDE,
        (0, _) | (_, 0) => false,
        (one, other) => one != other && width >= ABREAST,
    }
}

impl Ahead {
    /// What everybody on a track with narrow vehicles has before it; who has nobody before it is a
    /// head, as [`Self::is_head`] says.
    pub(super) fn see_mixed(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        track: u32,
    ) {
        if !has_narrow(file.tag) {
            return;
        }
        let space = street.mixed.space(track);
        self.hear(street, first, file, space);
        for index in 1..file.len() {
            let (own, position, speed) =
                (&file.tag[index], file.position[index], file.speed[index]);
            let kind = street.kind(own);
            let (mut gap, mut lead) = (FREE, 0.0);
            for other in (index.saturating_sub(LOOK)..index).rev() {
                let tag = &file.tag[other];
                let rear = file.position[other] - street.kind(tag).length;
                let (mut room, before) = (rear - position, file.speed[other]);
                if fit(street.kinds, own, tag, space) {
                    let both_narrow = own.side != 0 && tag.side != 0;
                    if both_narrow || own.side == 0 && room < 0.0 {
                        continue;
                    }
                    if own.side != 0 && (before < CREEPS || room < 0.0) {
                        let top = match (before < CREEPS, own.side) {
                            (false, _) => FREE,
                            // It slows down for who creeps only where it comes to him.
                            (true, BETWEEN) => {
                                let way = 2.0 * kind.deceleration * room.max(0.0);
                                (BETWEEN_SPEED * BETWEEN_SPEED + way).sqrt()
                            }
                            (true, _) => FILTER_SPEED,
                        };
                        self.top[first + index] = self.top[first + index].min(top);
                        continue;
                    }
                    if own.side == 0 && before >= speed - 0.5 {
                        room = room.max(kind.min_gap + EASE * speed * kind.headway);
                    }
                }
                if room < gap {
                    (gap, lead) = (room, before);
                }
            }
            (self.gap[first + index], self.lead[first + index]) = (gap, lead);
        }
    }

    /// Cars before an emergency vehicle that can pass them between the lanes pull aside and slow down.
    fn hear(&mut self, street: &Street<'_>, first: usize, file: &File<'_>, space: Space) {
        if !space.between {
            return;
        }
        let sirens = (0..file.len()).filter(|&at| file.tag[at].side == BETWEEN);
        for siren in sirens {
            for at in 0..siren {
                let gap = file.position[at] - file.position[siren];
                if gap < HEARD && fit(street.kinds, &file.tag[siren], &file.tag[at], space) {
                    self.top[first + at] = self.top[first + at].min(WALKING);
                }
            }
        }
    }

    /// Whether nobody is before a vehicle on its own track.
    pub(super) fn is_head(&self, at: usize) -> bool {
        self.gap[at] >= FREE / 2.0
    }
}

impl Next {
    /// Nobody passes the front before its own within a step.
    pub(super) fn keep_order(&mut self, region: &Region) {
        for local in 0..region.tracks.len() {
            let range = region.range(local);
            if range.len() < 2 || !has_narrow(&region.columns.tag[range.clone()]) {
                continue;
            }
            for place in range.start + 1..range.end {
                let before = self.motion.position[place - 1];
                // A front stays where it was rather than to go back.
                let own = self.motion.position[place].min(before);
                self.motion.position[place] = own;
            }
        }
    }
}

impl Region {
    /// Of two side by side the faster goes first, and narrow vehicles behind wide ones that creep go
    /// to the right side, where there is room.
    pub(super) fn settle_sides(&mut self, scene: &Scene<'_>) {
        for local in 0..self.tracks.len() {
            let range = self.range(local);
            if range.len() < 2 || !has_narrow(&self.columns.tag[range.clone()]) {
                continue;
            }
            let space = scene.mixed.space(self.tracks[local].number);
            let kinds = &scene.roster.kinds;
            for place in range.start + 1..range.end {
                let columns = &mut self.columns;
                let beside = columns.position[place] >= columns.position[place - 1]
                    && columns.speed[place] > columns.speed[place - 1];
                if beside && fit(kinds, &columns.tag[place], &columns.tag[place - 1], space) {
                    columns.position.swap(place, place - 1);
                    columns.speed.swap(place, place - 1);
                    columns.tag.swap(place, place - 1);
                    self.asleep[local] = false;
                }
            }
            for place in range.start + 1..range.end {
                if self.columns.tag[place].side == LEFT && self.goes_right(scene, &range, place) {
                    self.columns.tag[place].side = RIGHT;
                    self.asleep[local] = false;
                }
            }
        }
    }

    /// The rearmost of those who stay on a track, after the step.
    pub(super) fn rearmost(
        &self,
        scene: &Scene<'_>,
        next: &Next,
        stay: std::ops::Range<usize>,
    ) -> f32 {
        let near = stay.end.saturating_sub(LOOK).max(stay.start)..stay.end;
        near.map(|at| next.motion.position[at] - scene.kind(&self.columns.tag[at]).length)
            .fold(FREE, f32::min)
    }

    /// Whether a vehicle on the left has a wide one that creeps before it, and the right side beside
    /// itself is free.
    fn goes_right(&self, scene: &Scene<'_>, range: &std::ops::Range<usize>, place: usize) -> bool {
        let columns = &self.columns;
        let span = |at: usize| {
            let front = columns.position[at];
            (front - scene.kind(&columns.tag[at]).length, front)
        };
        let (rear, front) = span(place);
        let held = (range.start..place).rev().take(LOOK).any(|at| {
            let gap = span(at).0 - front;
            columns.tag[at].side == 0 && columns.speed[at] < CREEPS && (0.0..NEAR).contains(&gap)
        });
        let near = place.saturating_sub(LOOK).max(range.start)..(place + LOOK).min(range.end);
        held && near.filter(|&at| at != place).all(|at| {
            let (its_rear, its_front) = span(at);
            let overlaps = its_rear < front + 0.5 && its_front > rear - 0.5;
            columns.tag[at].side != RIGHT || !overlaps
        })
    }
}

/// How far a vehicle that comes to a track may be, behind those of `into` from `first` on.
pub(super) fn room_behind(
    scene: &Scene<'_>,
    into: &Columns,
    first: usize,
    tag: &Tag,
    track: u32,
) -> f32 {
    let space = scene.mixed.space(track);
    let last = into.len();
    let fronts = into.position[first..].last().copied().unwrap_or(FREE);
    let near = last.saturating_sub(LOOK).max(first)..last;
    near.filter(|&at| !fit(&scene.roster.kinds, tag, &into.tag[at], space))
        .map(|at| into.position[at] - scene.kind(&into.tag[at]).length - 0.1)
        .fold(fronts, f32::min)
}

impl Street<'_> {
    /// The rearmost of a track, or of those on it that a vehicle does not fit beside.
    pub(super) fn tail_mixed(&self, track: usize, own: Option<&Tag>) -> Option<(f32, f32)> {
        let file = self.file(track);
        let space = self.mixed.space(track as u32);
        let near = file.len().saturating_sub(LOOK)..file.len();
        let minds = |at: &usize| {
            let tag = &file.tag[*at];
            let abreast = |own: &Tag| own.side != 0 && tag.side != 0;
            own.is_none_or(|own| !(abreast(own) && fit(self.kinds, own, tag, space)))
        };
        near.filter(minds)
            .map(|at| (file.position[at] - self.kind(&file.tag[at]).length, file.speed[at]))
            .min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The rear and speed of the last vehicle on a track that one has to mind.
    pub(super) fn tail_for(&self, track: usize, own: &Tag) -> Option<(f32, f32)> {
        if self.mixed.is_any() { self.tail_mixed(track, Some(own)) } else { self.tail(track) }
    }
}
