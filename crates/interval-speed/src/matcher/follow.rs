//! What one passage does, when its turn has come.

use units::{Millis, WallTime};

use super::rows::NONE;
use super::{Matcher, Output, Trip};
use crate::passage::{CameraId, Passage};
use crate::plate::PlateKey;
use crate::quantities::HundredthsKmh;
use crate::speed::{average, judge, place};
use crate::verdict::{Doubt, Doubts, Judgement, Method};

/// Plates that have just left, and would be taken for somebody else's if they were read once more.
/// A camera of four lanes reads eight in the time within which reads are doubles.
const RECENT: usize = 32;

/// The plates that left last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    plates: [(u64, CameraId, WallTime); RECENT],
    next: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self { plates: [(0, CameraId(0), WallTime(0)); RECENT], next: 0 }
    }
}

impl Recent {
    fn push(&mut self, key: u64, exit: &Passage) {
        self.plates[self.next] = (key, exit.camera, exit.at);
        self.next = (self.next + 1) % RECENT;
    }

    fn has(&self, key: u64, exit: &Passage, within: Millis) -> bool {
        self.plates.iter().any(|&(known, camera, at)| {
            known == key && camera == exit.camera && exit.at - at <= within
        })
    }

    /// Forgets plates that nothing can be a double of.
    fn forget(&mut self, before: WallTime) {
        for plate in &mut self.plates {
            if plate.2 < before {
                plate.0 = 0;
            }
        }
    }
}

impl Matcher {
    /// Follows a passage.
    pub(super) fn follow(&mut self, row: u32, out: &mut Vec<Output>) {
        let passage = self.rows.get(row).passage;
        self.expire(passage.at, out);
        let is_entry = self.section.is_entry(place(&passage));
        let Some(key) = passage.key() else {
            self.counts.unread += 1;
            self.count(is_entry, passage.at, false);
            self.rows.release(row);
            return;
        };
        if is_entry {
            self.enter(row, &passage, key);
        } else {
            self.leave(row, &passage, key, out);
        }
    }

    /// Ends the wait for all who came on so long before an instant.
    pub(super) fn expire(&mut self, now: WallTime, out: &mut Vec<Output>) {
        let limit = now + -self.expiry;
        while let Some((row, entered)) = self.rows.oldest()
            && entered < limit
        {
            let exit = self.rows.get(row).exit;
            if exit == NONE {
                self.counts.expired += 1;
            } else {
                self.conclude(row, exit, out);
            }
            self.drop_row(row);
        }
        self.recent.forget(now + -self.section.spec().rules.duplicate);
    }

    /// A held trip comes to its verdict.
    fn conclude(&self, row: u32, exit: u32, out: &mut Vec<Output>) {
        let known = self.rows.get(row).doubts;
        let (entry, exit) = (&self.rows.get(row).passage, &self.rows.get(exit).passage);
        let known = known.and(self.disturbances.over(entry, exit));
        let verdict = judge(&self.section, (entry, exit), Method::Exact, &self.weather, known);
        match verdict.judgement {
            Judgement::Evidence => out.push(Output::Evidence(Box::new(verdict))),
            Judgement::NotEvidence(doubts) => out.push(Output::Dropped(doubts)),
            Judgement::Compliant => {}
        }
    }

    fn enter(&mut self, row: u32, passage: &Passage, key: PlateKey) {
        let mut doubts = Doubts::NONE;
        if let Some(before) = self.inside(key) {
            let earlier = self.rows.get(before).passage;
            let since = passage.at - earlier.at;
            if earlier.camera == passage.camera && since <= self.section.spec().rules.duplicate {
                // The earliest read counts: the longest time.
                self.counts.duplicates += 1;
                self.rows.release(row);
                return;
            }
            // It left unread, or there are two of it: nobody can say.
            self.counts.entered_twice += 1;
            doubts = doubts.with(Doubt::EnteredTwice);
            self.drop_row(before);
        }
        self.count(true, passage.at, true);
        self.rows.get_mut(row).doubts = doubts;
        self.rows.hang(row);
        let rows = &self.rows;
        self.table.insert(key.number(), row, |row| rows.key(row));
    }

    fn leave(&mut self, row: u32, passage: &Passage, key: PlateKey, out: &mut Vec<Output>) {
        let Some(entered) = self.inside(key) else {
            self.leave_again(row, passage, key, out);
            return;
        };
        self.count(false, passage.at, true);
        let entry = self.rows.get(entered).passage;
        if self.is_implausible(&entry, passage) {
            // Two vehicles. Whichever leaves later, its trip is in doubt.
            self.counts.cloned += 1;
            out.push(Output::Cloned { camera: passage.camera, at: passage.at });
            let doubts = &mut self.rows.get_mut(entered).doubts;
            *doubts = doubts.with(Doubt::Implausible);
            self.rows.release(row);
            return;
        }
        self.counts.matched += 1;
        self.trip(entered, passage, key, Method::Exact, out);
        let known = self.rows.get(entered).doubts.and(self.disturbances.over(&entry, passage));
        let verdict = judge(&self.section, (&entry, passage), Method::Exact, &self.weather, known);
        match verdict.judgement {
            Judgement::Evidence => {
                self.rows.get_mut(entered).exit = row;
                return;
            }
            Judgement::NotEvidence(doubts) => out.push(Output::Dropped(doubts)),
            Judgement::Compliant => {}
        }
        self.recent.push(key.number(), passage);
        self.drop_row(entered);
        self.rows.release(row);
    }

    /// A plate leaves that is not inside: read twice, one of two, or one that looks like it.
    fn leave_again(&mut self, row: u32, passage: &Passage, key: PlateKey, out: &mut Vec<Output>) {
        let duplicate = self.section.spec().rules.duplicate;
        if let Some(held) = self.held(key) {
            let before = self.rows.get(held).exit;
            let exit = self.rows.get(before).passage;
            if exit.camera == passage.camera && passage.at - exit.at <= duplicate {
                // The latest read counts: the longest time.
                self.counts.duplicates += 1;
                self.rows.get_mut(held).exit = row;
                self.rows.release(before);
                return;
            }
            let doubts = &mut self.rows.get_mut(held).doubts;
            *doubts = doubts.with(Doubt::LeftTwice);
            self.count(false, passage.at, true);
        } else if self.recent.has(key.number(), passage, duplicate) {
            self.counts.duplicates += 1;
        } else {
            self.count(false, passage.at, true);
            if let Some(entered) = self.look_alike(key, passage) {
                self.counts.look_alikes += 1;
                self.rows.get_mut(entered).is_counted = true;
                self.trip(entered, passage, key, Method::LookAlike, out);
            }
        }
        self.rows.release(row);
    }

    /// The row that a plate came on with, and has not left.
    fn inside(&self, key: PlateKey) -> Option<u32> {
        self.rows_of(key).find(|&row| self.rows.get(row).exit == NONE)
    }

    /// The latest of a plate's trips that are held.
    fn held(&self, key: PlateKey) -> Option<u32> {
        let held = self.rows_of(key).filter(|&row| self.rows.get(row).exit != NONE);
        held.max_by_key(|&row| self.rows.get(row).passage.at)
    }

    fn rows_of(&self, key: PlateKey) -> impl Iterator<Item = u32> {
        let rows = &self.rows;
        self.table.rows(key.number()).filter(move |&row| rows.key(row) == key.number())
    }

    /// The one row inside that this plate may have been read for; none where there are several.
    fn look_alike(&self, key: PlateKey, exit: &Passage) -> Option<u32> {
        let mut found = None;
        for other in key.look_alikes() {
            let Some(row) = self.inside(other) else { continue };
            let entry = self.rows.get(row);
            if entry.is_counted || self.is_implausible(&entry.passage, exit) {
                continue;
            }
            if found.is_some() {
                return None;
            }
            found = Some(row);
        }
        found
    }

    /// Whether one vehicle cannot have been at both.
    fn is_implausible(&self, entry: &Passage, exit: &Passage) -> bool {
        let way = self.section.length(place(entry), place(exit));
        let speed = average(way.unwrap_or(self.section.shortest()), exit.at - entry.at);
        speed > HundredthsKmh(u32::from(self.section.spec().rules.plausible.0) * 100)
    }

    fn trip(
        &mut self,
        entered: u32,
        exit: &Passage,
        key: PlateKey,
        method: Method,
        out: &mut Vec<Output>,
    ) {
        let entry = self.rows.get(entered);
        let was_counted = entry.is_counted && method == Method::Exact;
        let trip = Trip {
            section: self.section.spec().id,
            exit: exit.camera,
            entered: entry.passage.at,
            travel: exit.at - entry.passage.at,
            class: entry.passage.class,
            method,
            pseudonym: self.key.pseudonym(key),
        };
        if !was_counted {
            self.travel.add(&trip);
            out.push(Output::Trip(trip));
        }
    }

    fn count(&mut self, is_entry: bool, at: WallTime, is_read: bool) {
        if is_entry {
            self.counts.entered += 1;
            self.travel.entered(at, is_read);
        } else {
            self.counts.left += 1;
            self.travel.left(at);
        }
    }

    /// Forgets a row that is inside or held, and its exit.
    fn drop_row(&mut self, row: u32) {
        let (key, exit) = (self.rows.key(row), self.rows.get(row).exit);
        let rows = &self.rows;
        self.table.remove(key, row, |row| rows.key(row));
        self.rows.unhang(row);
        if exit != NONE {
            self.rows.release(exit);
        }
        self.rows.release(row);
    }
}
