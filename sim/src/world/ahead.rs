//! What each driver has before it: the vehicle ahead, the stop line, the curve, the exit.
//!
//! For every vehicle of a region three numbers: the *gap* to what it must not touch, the *lead* (that
//! thing's speed) and the *top* (the speed it would like to have).

use super::entry::{Comer, STANDS};
use super::kind::Kind;
use super::region::{Columns, File, Street, Tag};
use super::settings::Model;
use super::sumo::speed_before_as_sumo;
use super::tracks::{ASTRAY, LEAVES, PathRow};

/// The gap where nothing is ahead, metres.
pub(super) const FREE: f32 = 1e6;
/// A driver stops so far before a stop line, metres.
pub(super) const STOP_SHORT: f32 = 1.0;
/// A driver minds the stop line from its braking distance and so much more, metres.
const SIGHT: f32 = 20.0;
/// A vehicle astray stops so far before the stop line, metres: room to turn out.
const ASTRAY_SHORT: f32 = 12.0;
/// An emergency vehicle crosses a stop line at red no faster than this, m/s: 20 km/h.
const PASS_RED_SPEED: f32 = 5.6;
/// Paths of one lane part this far behind the stop line, metres.
const PARTING: f32 = 8.0;

/// What drivers have before them, by place in the region.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead {
    pub(super) gap: Vec<f32>,
    pub(super) lead: Vec<f32>,
    pub(super) top: Vec<f32>,
    /// Who must not pass a place in this step, and that place, metres along its track.
    pub(super) bars: Vec<(usize, f32)>,
}

/// How much faster or slower than others it drives.
pub(super) fn manner(kind: &Kind, tag: &Tag) -> f32 {
    kind.manner.0 + kind.manner.1 * f32::from(tag.manner)
}

impl Ahead {
    pub(super) fn resize(&mut self, count: usize) {
        self.gap.resize(count, FREE);
        self.lead.resize(count, 0.0);
        self.top.resize(count, 0.0);
        self.bars.clear();
    }

    /// Where all are of one kind: each of a region sees the one before it, whatever track that is on.
    /// [`Self::see_kinds`] puts the first of each track right.
    pub(super) fn see_one_kind(&mut self, kind: &Kind, columns: &Columns) {
        let Some(last) = columns.len().checked_sub(1) else {
            return;
        };
        let (position, gap) = (&columns.position, &mut self.gap[1..]);
        for ((gap, own), before) in gap.iter_mut().zip(&position[1..]).zip(&position[..last]) {
            *gap = before - kind.length - own;
        }
        self.lead[1..].copy_from_slice(&columns.speed[..last]);
    }

    /// Each sees the one before it on the track; the first sees nothing yet. Where all are of one kind
    /// [`Self::see_one_kind`] has told the others.
    pub(super) fn see_kinds(&mut self, kinds: &[Kind], first: usize, file: &File<'_>, limit: f32) {
        let count = file.len();
        let gap = &mut self.gap[first..first + count];
        let lead = &mut self.lead[first..first + count];
        let top = &mut self.top[first..first + count];
        let (position, speeds) = (&file.position[..count], &file.speed[..count]);
        let tags = &file.tag[..count];
        if let [kind] = kinds {
            let base = kind.max_speed.min(limit);
            gap[0] = FREE + position[0] - position[0];
            lead[0] = speeds[0];
            for (top, tag) in top.iter_mut().zip(tags) {
                *top = base * manner(kind, tag);
            }
            return;
        }
        let (mut rear, mut speed) = (FREE + position[0], speeds[0]);
        for index in 0..count {
            let kind = &kinds[usize::from(tags[index].kind)];
            gap[index] = rear - position[index];
            lead[index] = speed;
            top[index] = kind.max_speed.min(limit) * manner(kind, &tags[index]);
            rear = position[index] - kind.length;
            speed = speeds[index];
        }
    }

    /// Whoever nears the stop line sees its light, its curve and, being first, the junction.
    pub(super) fn see_stop_line(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        lane: usize,
    ) {
        let length = street.tracks.lanes[lane].length;
        for index in 0..file.len() {
            let tag = &file.tag[index];
            let kind = street.kind(tag);
            let (distance, speed) = (length - file.position[index], file.speed[index]);
            let at = first + index;
            if is_far(distance, speed, kind) {
                return;
            }
            if tag.path == LEAVES {
                continue;
            }
            if tag.path == ASTRAY {
                let short = if street.goes_first_astray(lane) { 0.0 } else { ASTRAY_SHORT };
                self.stop_at(at, distance - short, kind);
                self.bars.push((at, length));
                return;
            }
            let comer = Comer { distance, speed, tag, kind };
            let row = street.path(tag.path);
            let passes = (index == 0 || street.mixed.is_any() && self.is_head(at))
                && (street.may_pass_red(comer, row)
                    || street.light_stops(&comer) && street.may_turn_on_red(comer, row));
            if street.light_stops(&comer) && !passes {
                self.stop_at(at, distance, kind);
                self.bars.push((at, length));
                if street.mixed.is_any() {
                    continue;
                }
                return;
            }
            self.see_curve(street, at, &comer, row);
            if row.is_brief() {
                self.see_further(street, at, &comer, row, index == 0);
            }
            if index > 0 && !(street.mixed.is_any() && self.is_head(at)) {
                continue;
            }
            let cannot_stop = speed * speed > 2.0 * kind.brake_max * distance;
            if passes {
                self.top[at] = self.top[at].min(PASS_RED_SPEED);
            }
            if cannot_stop || passes || street.may_enter(comer, row) {
                let (gap, lead) = street.beyond(distance, row, tag);
                self.mind(at, gap, lead);
                self.see_walkers_beyond(street, at, &comer, row);
            } else if street.may_wait_inside(&comer, row) {
                let (gap, lead) = street.beyond(distance, row, tag);
                self.mind(at, gap, lead);
                self.stop_at(at, distance + street.sets(tag.path).wait, kind);
            } else {
                self.stop_at(at, distance, kind);
                self.bars.push((at, length));
                if !street.mixed.is_any() {
                    return;
                }
            }
        }
    }

    /// Whoever nears a curve, or in the `Sumo` set a road that has the right of way, slows for it.
    pub(super) fn see_curve(
        &mut self,
        street: &Street<'_>,
        at: usize,
        comer: &Comer<'_>,
        row: &PathRow,
    ) {
        let Comer { distance, tag, kind, .. } = *comer;
        let is_sumo = street.settings.model == Model::Sumo;
        let slowest = row.limit * manner(kind, tag);
        if slowest < self.top[at] {
            let top = if is_sumo {
                speed_before_as_sumo(slowest, kind, distance, street.dt)
            } else {
                (slowest * slowest + 2.0 * kind.deceleration * distance.max(0.0)).sqrt()
            };
            self.top[at] = self.top[at].min(top);
        }
        if is_sumo {
            self.slow_as_sumo(street, at, comer, row);
        }
    }

    /// Who is first on a path sees the lane that it enters, and who merges before it.
    pub(super) fn see_exit(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        row: &PathRow,
    ) {
        for index in 0..file.len() {
            if index > 0 && !street.mixed.is_any() {
                return;
            }
            let (at, tag) = (first + index, &file.tag[index]);
            if index > 0 && !self.is_head(at) {
                continue;
            }
            let rest = row.length - file.position[index];
            if let Some((rear, speed)) = street.tail_for(row.to_lane as usize, tag) {
                self.mind(at, rest + rear, speed);
            }
            if let Some((gap, speed)) = street.merging(rest, tag.path, Some(tag.vehicle)) {
                self.mind(at, gap, speed);
            }
        }
    }

    /// Who comes first behind something that stands on the lane sees it.
    pub(super) fn see_obstacle(
        &mut self,
        first: usize,
        file: &File<'_>,
        street: &Street<'_>,
        at: f32,
    ) {
        if at >= FREE {
            return;
        }
        let behind = file.position.partition_point(|&position| position > at);
        if behind < file.len() {
            let kind = street.kind(&file.tag[behind]);
            self.stop_at(first + behind, at - file.position[behind], kind);
            self.bars.push((first + behind, at));
        }
    }

    pub(super) fn mind(&mut self, at: usize, gap: f32, lead: f32) {
        if gap < self.gap[at] {
            self.gap[at] = gap;
            self.lead[at] = lead;
        }
    }

    /// The model keeps its own gap to a bumper; to a line it keeps [`STOP_SHORT`].
    pub(super) fn stop_at(&mut self, at: usize, distance: f32, kind: &Kind) {
        self.mind(at, distance - STOP_SHORT + kind.min_gap, 0.0);
    }
}

/// Whether a vehicle need not mind a stop line yet.
pub(super) fn is_far(distance: f32, speed: f32, kind: &Kind) -> bool {
    distance > speed * speed / (2.0 * kind.deceleration) + SIGHT
}

impl Street<'_> {
    /// Of two that stand astray side by side, each before the lane that the other wants, neither finds
    /// a gap: the one on the lane nearer the middle of the road drives up to the stop line, and goes in
    /// before the other.
    fn goes_first_astray(&self, lane: usize) -> bool {
        let own = &self.tracks.lanes[lane];
        let Some(beside) = self.tracks.lanes.get(lane + 1).filter(|row| row.index > own.index)
        else {
            return false;
        };
        let file = self.file(lane + 1);
        let distance = beside.length - file.position.first().copied().unwrap_or(0.0);
        file.len() > 0
            && file.tag[0].path == ASTRAY
            && file.speed[0] < STANDS
            && distance < 2.0 * ASTRAY_SHORT
    }

    /// Whether the first of a lane minds its stop line.
    pub(super) fn nears_stop_line(&self, file: &File<'_>, length: f32) -> bool {
        let kind = self.kind(&file.tag[0]);
        !is_far(length - file.position[0], file.speed[0], kind)
    }

    /// The gap and speed of what is ahead of a vehicle that enters a path.
    pub(super) fn beyond(&self, distance: f32, row: &PathRow, tag: &Tag) -> (f32, f32) {
        let path = tag.path;
        let mut best = (FREE, 0.0);
        let mut mind = |gap: f32, speed: f32| {
            if gap < best.0 {
                best = (gap, speed);
            }
        };
        let occupied = self.occupied[row.junction as usize];
        let siblings = self.tracks.lanes[row.from_lane as usize].paths.clone();
        let mut is_own = false;
        for sibling in siblings {
            if occupied & self.path(sibling).bit() == 0 {
                continue;
            }
            if let Some((rear, speed)) = self.tail_for(self.tracks.of_path(sibling), tag)
                && (sibling == path || rear < PARTING)
            {
                mind(distance + rear, speed);
                is_own |= sibling == path;
            }
        }
        if !is_own {
            let rest = distance + row.length;
            if let Some((rear, speed)) = self.tail_for(row.to_lane as usize, tag) {
                mind(rest + rear, speed);
            }
            if let Some((gap, speed)) = self.merging(rest, path, None) {
                mind(gap, speed);
            }
        }
        best
    }

    /// The nearest vehicle that enters the same lane from another path before a vehicle that has
    /// `rest` to go; of two side by side the lower number goes first.
    fn merging(&self, rest: f32, path: u32, own: Option<u32>) -> Option<(f32, f32)> {
        let row = self.path(path);
        let occupied = self.occupied[row.junction as usize] & row.meets;
        if occupied == 0 {
            return None;
        }
        let mut best: Option<(f32, f32)> = None;
        for &other in self.tracks.into(row.to_lane) {
            let foe = self.path(other);
            if foe.bit() & occupied == 0 || foe.from_lane == row.from_lane {
                continue;
            }
            let file = self.file(self.tracks.of_path(other));
            for index in 0..file.len() {
                let left = foe.length - file.position[index];
                let tag = &file.tag[index];
                let before =
                    left < rest || (left == rest && own.is_none_or(|own| tag.vehicle < own));
                let gap = rest - left - self.kind(tag).length;
                if before && best.is_none_or(|(nearest, _)| gap < nearest) {
                    best = Some((gap, file.speed[index]));
                }
            }
        }
        best
    }
}
