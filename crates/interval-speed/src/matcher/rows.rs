//! Where passages are kept: rows of one size, and the order in which those inside the section expire.
//!
//! ```text
//!   taken ─▶ waiting ─▶ inside ─▶ left (held, above the limit) ─▶ free
//!               │          └─▶ free (left below the limit, expired)
//!               └─▶ free (an exit, a duplicate, no plate)
//! ```
//!
//! A row is given out once and copied nowhere: what waits, what is inside and what is held are numbers
//! of rows. Those inside or held hang in a list by the time of their entry.

use units::WallTime;

use crate::passage::Passage;
use crate::verdict::Doubts;

/// Rows that are made at a time: a section that grows copies nothing and leaves little unused.
const CHUNK: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 10;
/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// A passage that is kept.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) passage: Passage,
    /// Where it left: the row of that passage, once it has.
    pub(super) exit: u32,
    /// What speaks against a trip that begins with it.
    pub(super) doubts: Doubts,
    /// Whether a travel time was already made of it by a look-alike.
    pub(super) is_counted: bool,
    before: u32,
    after: u32,
}

/// The rows.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    chunks: Vec<Vec<Row>>,
    /// How many were made.
    made: usize,
    /// The first free row; each names the next in `after`.
    free: u32,
    used: usize,
    most: usize,
    oldest: u32,
    newest: u32,
}

impl Rows {
    pub(super) fn new(most: usize) -> Self {
        Self { chunks: Vec::new(), made: 0, free: NONE, used: 0, most, oldest: NONE, newest: NONE }
    }

    /// Keeps a passage; none where there is no room.
    pub(super) fn keep(&mut self, passage: Passage) -> Option<u32> {
        if self.used >= self.most {
            return None;
        }
        self.used += 1;
        let row = Row {
            passage,
            exit: NONE,
            doubts: Doubts::NONE,
            is_counted: false,
            before: NONE,
            after: NONE,
        };
        if self.free == NONE {
            if self.made == self.chunks.len() * CHUNK {
                self.chunks.push(Vec::with_capacity(CHUNK));
            }
            self.chunks.last_mut()?.push(row);
            self.made += 1;
            return u32::try_from(self.made - 1).ok();
        }
        let at = self.free;
        self.free = self.get(at).after;
        *self.get_mut(at) = row;
        Some(at)
    }

    /// Gives a row back. Its plate is gone from it.
    pub(super) fn release(&mut self, at: u32) {
        let free = self.free;
        let row = self.get_mut(at);
        row.passage.plate = None;
        row.passage.image = None;
        row.after = free;
        self.free = at;
        self.used -= 1;
    }

    pub(super) fn get(&self, at: u32) -> &Row {
        &self.chunks[(at >> CHUNK_BITS) as usize][at as usize & (CHUNK - 1)]
    }

    pub(super) fn get_mut(&mut self, at: u32) -> &mut Row {
        &mut self.chunks[(at >> CHUNK_BITS) as usize][at as usize & (CHUNK - 1)]
    }

    /// The key of a row's plate; 0 where it has none.
    pub(super) fn key(&self, at: u32) -> u64 {
        self.get(at).passage.key().map_or(0, crate::plate::PlateKey::number)
    }

    /// Puts a row at the list's end: entries come in the order of time.
    pub(super) fn hang(&mut self, at: u32) {
        let newest = self.newest;
        let row = self.get_mut(at);
        (row.before, row.after) = (newest, NONE);
        match newest {
            NONE => self.oldest = at,
            newest => self.get_mut(newest).after = at,
        }
        self.newest = at;
    }

    /// Takes a row out of the list.
    pub(super) fn unhang(&mut self, at: u32) {
        let (before, after) = (self.get(at).before, self.get(at).after);
        match before {
            NONE => self.oldest = after,
            before => self.get_mut(before).after = after,
        }
        match after {
            NONE => self.newest = before,
            after => self.get_mut(after).before = before,
        }
    }

    /// The row that came on first, and when.
    pub(super) fn oldest(&self) -> Option<(u32, WallTime)> {
        (self.oldest != NONE).then(|| (self.oldest, self.get(self.oldest).passage.at))
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// The memory that they take, bytes.
    pub(super) fn bytes(&self) -> usize {
        let index = self.chunks.capacity() * size_of::<Vec<Row>>();
        self.chunks.len() * CHUNK * size_of::<Row>() + index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::passage;

    #[test]
    fn rows_are_given_again_and_forget_their_plate() {
        let mut rows = Rows::new(2);
        let first = rows.keep(passage(0, 1, 10)).expect("room");
        let second = rows.keep(passage(0, 2, 20)).expect("room");
        assert_eq!(rows.keep(passage(0, 3, 30)), None);
        rows.release(first);
        assert_eq!((rows.get(first).passage.plate, rows.key(first)), (None, 0));
        assert_eq!(rows.keep(passage(0, 3, 30)), Some(first));
        assert_eq!((rows.used(), rows.get(second).passage.sequence), (2, 2));
    }

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Row>() <= 152, "{} bytes", size_of::<Row>());
    }

    #[test]
    fn the_list_stays_in_order_wherever_a_row_is_taken_out() {
        for gone in 0..3 {
            let mut rows = Rows::new(8);
            let all: Vec<u32> = (0..3).filter_map(|n| rows.keep(passage(0, n, n as i64))).collect();
            all.iter().for_each(|&at| rows.hang(at));
            rows.unhang(all[gone]);
            let mut left = Vec::new();
            while let Some((at, _)) = rows.oldest() {
                left.push(at);
                rows.unhang(at);
            }
            let stays: Vec<u32> = all.iter().copied().filter(|&at| at != all[gone]).collect();
            assert_eq!(left, stays);
        }
    }
}
