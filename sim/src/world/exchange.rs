//! Two who stand side by side before their stop line, each on the lane that the other must have.
//!
//! Neither finds a gap, since the other stands in it, and behind both the queues stay: they would
//! stand for ever. People let each other in there, one a little before, one a little behind; here they
//! change lanes within a step where both have room behind themselves, each as far from its stop line
//! as it was, or, where one stands too far behind the other for that, as the other was.

use super::advance::{Scene, TOUCH};
use super::entry::STANDS;
use super::region::{Gate, Region};
use super::settings::Model;
use super::tracks::ASTRAY;

/// So near to its stop line a driver who is on the wrong lane has given up to find a gap on the way,
/// metres: it stops before the line, with room to turn out.
const AT_LINE: f32 = 16.0;

impl Region {
    /// Lets the first vehicles of neighbouring lanes change places where each must have the other's
    /// lane and both stand.
    pub(super) fn exchange_heads(&mut self, scene: &Scene<'_>, gate: &Gate) {
        if scene.settings.model == Model::CityFlow {
            return;
        }
        let lanes = gate.first as usize..(gate.first + gate.lanes) as usize;
        for left in lanes.start..lanes.end - 1 {
            let right = left + 1;
            if !self.stands_astray(scene, gate, left, 1)
                || !self.stands_astray(scene, gate, right, -1)
            {
                continue;
            }
            let fronts = [left, right].map(|local| self.columns.position[self.range(local).start]);
            let places = [fronts, [fronts[1], fronts[0]]];
            let fits = |[a, b]: &[f32; 2]| {
                self.has_room_behind(scene, left, right, *a)
                    && self.has_room_behind(scene, right, left, *b)
            };
            if let Some(places) = places.into_iter().find(fits) {
                self.exchange(scene, [left, right], places);
            }
        }
    }

    /// Whether the first of a lane stands at its line and must go to the lane on a side.
    fn stands_astray(&self, scene: &Scene<'_>, gate: &Gate, local: usize, side: i32) -> bool {
        let range = self.range(local);
        let place = range.start;
        !range.is_empty()
            && self.columns.tag[place].path == ASTRAY
            && self.columns.speed[place] < STANDS
            && self.tracks[local].length - self.columns.position[place] < AT_LINE
            && self.must(scene, gate, self.tracks[local].number, place, side)
    }

    /// Whether the first of a lane, with its front at a place, fits before the second of another.
    fn has_room_behind(&self, scene: &Scene<'_>, from: usize, to: usize, front: f32) -> bool {
        let (first, there) = (self.range(from).start, self.range(to));
        let rear = front - scene.kind(&self.columns.tag[first]).length;
        there.len() < 2 || self.columns.position[there.start + 1] + TOUCH <= rear
    }

    /// The first of two lanes change them; each has its front at a place then.
    fn exchange(&mut self, scene: &Scene<'_>, lanes: [usize; 2], fronts: [f32; 2]) {
        let [a, b] = lanes.map(|local| self.range(local).start);
        self.courtesy.retain(|courtesy| ![a, b].contains(&(courtesy.place as usize)));
        (self.columns.position[a], self.columns.position[b]) = (fronts[1], fronts[0]);
        self.columns.speed.swap(a, b);
        self.columns.tag.swap(a, b);
        for (local, place) in lanes.into_iter().zip([a, b]) {
            let tag = &mut self.columns.tag[place];
            let onto = self.tracks[local].number;
            tag.path = scene.roster.path(scene.tracks, scene.settings, onto, tag.vehicle, tag.leg);
            self.asleep[local] = false;
        }
    }
}
