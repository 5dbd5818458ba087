//! Who goes first where drivers would wait for one another for ever.
//!
//! Where no light rules, giving way can close a circle: four who come from four sides each wait for
//! the one on their right, or for whoever is nearer to the place where their ways cross. People solve
//! that with a wave of the hand. Here every few seconds those who stand at their lines draw lots: who
//! has a higher lot than all who stand in its way need not wait for them, and they hold for a step.
//! Nobody goes before a vehicle that moves.

use super::chance::{Use, chance};
use super::entry::{Comer, PASS_NEAR, STANDS};
use super::region::{Street, Tag};
use super::settings::Model;
use super::tracks::{ASTRAY, PathRow};
use signal::Aspect;

/// From one drawing of lots to the next, seconds: no shorter than from one vehicle that starts at a
/// line to the next.
const LOTS_S: f32 = 3.0;

impl Street<'_> {
    /// Whether lots are drawn in this step, and the comer is one of those who stand.
    pub(super) fn draws_lots(&self, comer: &Comer<'_>) -> bool {
        let every = (LOTS_S / self.dt) as u32;
        matches!(self.settings.model, Model::Urban | Model::Krauss)
            && self.step.is_multiple_of(every)
            && comer.speed < STANDS
            && comer.distance < PASS_NEAR
            && self.is_unruled(comer.tag.path)
    }

    /// Whether the lots let the comer go: `foes` are those that it gives way to at other times.
    pub(super) fn lot_is_highest(&self, comer: &Comer<'_>, row: &PathRow, foes: u128) -> bool {
        let open = self.signals.open(row.junction);
        let conflicts = self.tracks.conflicts_of(row).iter();
        conflicts.filter(|c| self.path(c.foe).bit() & open != 0).all(|conflict| {
            let foe = self.path(conflict.foe);
            match self.stands_first(foe.from_lane as usize) {
                // Whoever is behind one that stands does not come before it.
                Some(first) if self.is_unruled(first.path) => {
                    first.path != conflict.foe || self.lot(comer.tag.path) > self.lot(first.path)
                }
                _ => foe.bit() & foes == 0 || self.gap_before(comer, row, conflict),
            }
        })
    }

    /// The first of a lane, where it stands at its line.
    fn stands_first(&self, lane: usize) -> Option<&Tag> {
        let file = self.file(lane);
        let stands = file.len() > 0
            && file.speed[0] < STANDS
            && self.tracks.lanes[lane].length - file.position[0] < PASS_NEAR;
        stands.then(|| &file.tag[0]).filter(|tag| tag.path < ASTRAY)
    }

    /// Whether no light says who goes: there is none, or it is out.
    fn is_unruled(&self, path: u32) -> bool {
        self.tracks.ruled[path as usize].is_none_or(|(signal, group)| {
            let aspect = self.signals.aspect(signal as usize, units::GroupId(group));
            matches!(aspect, Aspect::Dark | Aspect::FlashingYellow)
        })
    }

    /// A path's lot in this step; no two have the same.
    fn lot(&self, path: u32) -> (u32, u32) {
        (chance(self.settings.seed, Use::Lot, path, self.step).to_bits(), path)
    }
}
