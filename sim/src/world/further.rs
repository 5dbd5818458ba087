//! Sight beyond the next junction: where the lane behind it is too short to brake on, its stop line, its
//! light and whoever stands behind it are seen from before the junction. Networks of real cities and
//! SUMO's short lanes for turning are full of them.

use super::ahead::{Ahead, is_far};
use super::entry::Comer;
use super::region::{File, Street};
use super::tracks::{LEAVES, PathRow};

/// Nobody looks over more junctions than this: beyond lies more than a braking distance, or a network of
/// lanes shorter than a vehicle.
const JUNCTIONS_MAX: usize = 6;
/// Braking with which the least sight is reckoned, m/s²: the gentlest of the sets; and for how long one
/// drives on before, seconds.
const BRAKE: f32 = 2.5;
const BEFORE: f32 = 2.0;

/// How long a lane must be that its end need not be seen from before its begin, metres, where one may
/// come with so many m/s.
pub(super) fn sight(speed: f32) -> f32 {
    speed * speed / (2.0 * BRAKE) + speed * BEFORE
}

impl Ahead {
    /// Whoever drives across a junction towards a short lane.
    pub(super) fn see_further_from_path<'s>(
        &mut self,
        street: &Street<'s>,
        first: usize,
        file: &File<'_>,
        row: &'s PathRow,
    ) {
        for index in 0..file.len() {
            let tag = &file.tag[index];
            let (distance, speed) = (-file.position[index], file.speed[index]);
            let comer = Comer { distance, speed, tag, kind: street.kind(tag) };
            self.see_further(street, first + index, &comer, row, index == 0);
        }
    }

    /// The stop lines that come after the path `row`, as far as a driver must mind them. Followers mind
    /// lights and curves; the first also who is on the junction and behind it.
    pub(super) fn see_further<'s>(
        &mut self,
        street: &Street<'s>,
        at: usize,
        comer: &Comer<'_>,
        mut row: &'s PathRow,
        is_first: bool,
    ) {
        let Comer { mut distance, speed, kind, .. } = *comer;
        let mut tag = *comer.tag;
        let mut is_alone = is_first;
        for _ in 0..JUNCTIONS_MAX {
            let lane = row.to_lane;
            distance += row.length + street.tracks.lanes[lane as usize].length;
            if is_far(distance, speed, kind) {
                return;
            }
            tag.leg += 1;
            tag.path =
                street.roster.path(street.tracks, street.settings, lane, tag.vehicle, tag.leg);
            if tag.path >= LEAVES - 1 {
                return;
            }
            let there = Comer { distance, speed, tag: &tag, kind };
            if street.light_stops(&there) {
                self.stop_at(at, distance, kind);
                return;
            }
            row = street.path(tag.path);
            self.see_curve(street, at, &there, row);
            is_alone &= street.file(lane as usize).len() == 0;
            if is_alone {
                let cannot_stop = speed * speed > 2.0 * kind.brake_max * distance;
                if !cannot_stop && !street.may_enter(there, row) {
                    self.stop_at(at, distance, kind);
                    return;
                }
                let (gap, lead) = street.beyond(distance, row, &tag);
                self.mind(at, gap, lead);
            }
            if !row.is_brief() {
                return;
            }
        }
    }
}
