//! Which rows a plate has: an open-addressed table of row numbers, with linear probing.
//!
//! A slot is eight bytes: a part of the key's digest, and the row. A key may have several rows. What is
//! taken out is closed up by moving back what follows (Knuth, The Art of Computer Programming, volume 3,
//! 6.4, algorithm R), so that there are no tombstones and a probe ends at the first empty slot.

use units::mixing::{GOLDEN, mixed};

/// No row.
const EMPTY: u32 = u32::MAX;
/// Slots of a table that has never held anything.
const FIRST_SLOTS: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Slot {
    tag: u32,
    row: u32,
}

/// The table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    slots: Vec<Slot>,
    used: usize,
    /// What keeps whoever chooses plates from choosing where they fall.
    salt: u64,
}

impl Table {
    pub(super) fn new(salt: u64) -> Self {
        Self { slots: vec![Slot { tag: 0, row: EMPTY }; FIRST_SLOTS], used: 0, salt }
    }

    /// The rows that a key may have: all that it has, and with a chance of one in 2³² another's.
    pub(super) fn rows(&self, key: u64) -> impl Iterator<Item = u32> {
        let (mask, digest) = (self.slots.len() - 1, self.digest(key));
        let (mut at, tag) = (digest as usize & mask, tag_of(digest));
        std::iter::from_fn(move || {
            loop {
                let slot = self.slots[at];
                if slot.row == EMPTY {
                    return None;
                }
                at = (at + 1) & mask;
                if slot.tag == tag {
                    return Some(slot.row);
                }
            }
        })
    }

    pub(super) fn insert(&mut self, key: u64, row: u32, key_of: impl Fn(u32) -> u64) {
        // Three slots of four at most are used: probes stay short.
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow(&key_of);
        }
        self.put(key, row);
        self.used += 1;
    }

    /// Takes a key's row out, if it is there.
    pub(super) fn remove(&mut self, key: u64, row: u32, key_of: impl Fn(u32) -> u64) {
        let mask = self.slots.len() - 1;
        let mut hole = self.digest(key) as usize & mask;
        while self.slots[hole].row != row {
            if self.slots[hole].row == EMPTY {
                return;
            }
            hole = (hole + 1) & mask;
        }
        self.used -= 1;
        let mut next = hole;
        loop {
            next = (next + 1) & mask;
            let slot = self.slots[next];
            if slot.row == EMPTY {
                break;
            }
            let home = self.digest(key_of(slot.row)) as usize & mask;
            // It may move back only where its own home is not behind the hole.
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(hole) & mask) {
                self.slots[hole] = slot;
                hole = next;
            }
        }
        self.slots[hole].row = EMPTY;
    }

    /// The memory that it takes, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    fn digest(&self, key: u64) -> u64 {
        mixed((key ^ self.salt).wrapping_mul(GOLDEN))
    }

    fn put(&mut self, key: u64, row: u32) {
        let (mask, digest) = (self.slots.len() - 1, self.digest(key));
        let mut at = digest as usize & mask;
        while self.slots[at].row != EMPTY {
            at = (at + 1) & mask;
        }
        self.slots[at] = Slot { tag: tag_of(digest), row };
    }

    fn grow(&mut self, key_of: &impl Fn(u32) -> u64) {
        let wider = vec![Slot { tag: 0, row: EMPTY }; self.slots.len() * 2];
        let before = std::mem::replace(&mut self.slots, wider);
        for slot in before.iter().filter(|slot| slot.row != EMPTY) {
            self.put(key_of(slot.row), slot.row);
        }
    }
}

/// The high half of a digest: the low one says where a row falls.
fn tag_of(digest: u64) -> u32 {
    (digest >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few keys and many rows, so that chains are long and holes are in the midst of them.
        #[test]
        fn it_holds_what_a_set_holds(
            steps in prop::collection::vec((0..12_u64, 0..40_u32, any::<bool>()), 1..400),
            salt in any::<u64>(),
        ) {
            // A row has one key: the row's number says which.
            let key_of = |row: u32| u64::from(row % 12) + 1;
            let (mut table, mut model) = (Table::new(salt), BTreeSet::new());
            for (_, row, is_insert) in steps {
                let key = key_of(row);
                if is_insert && model.insert(row) {
                    table.insert(key, row, key_of);
                } else if !is_insert {
                    model.remove(&row);
                    table.remove(key, row, key_of);
                }
                for key in 1..=12 {
                    let found: BTreeSet<u32> =
                        table.rows(key).filter(|&row| key_of(row) == key).collect();
                    let there: BTreeSet<u32> =
                        model.iter().copied().filter(|&row| key_of(row) == key).collect();
                    prop_assert_eq!(found, there);
                }
                prop_assert_eq!(table.used, model.len());
            }
        }
    }
}
