//! Waiting in the middle of a junction: who gives way on green drives on to the crossing and waits
//! there, and leaves it when whoever has priority is stopped by the light. Only in the `Sumo` set, as
//! SUMO's vehicles do; in the others they wait at the stop line.

use super::ahead::Ahead;
use super::entry::Comer;
use super::region::{File, Street};
use super::tracks::PathRow;

impl Ahead {
    /// Whoever is on a path before its waiting place stops there while it must give way.
    pub(super) fn see_waiting_place(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        row: &PathRow,
    ) {
        let Some(place) = row.waits else { return };
        let behind = file.position.partition_point(|&position| position >= place);
        if behind >= file.len() {
            return;
        }
        let (position, speed) = (file.position[behind], file.speed[behind]);
        let tag = &file.tag[behind];
        let kind = street.kind(tag);
        let comer = Comer { distance: -position, speed, tag, kind };
        let distance = place - position;
        let cannot_stop = speed * speed > 2.0 * kind.brake_max * distance;
        if cannot_stop || street.may_go_on(comer, row) {
            return;
        }
        self.mind(first + behind, distance + kind.min_gap, 0.0);
        self.bars.push((first + behind, place));
    }
}
