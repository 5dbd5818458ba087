//! What stays of a compliant vehicle: a keyed hash of its plate that is good for one day.
//!
//! Travel times and counts from origin to destination need to know that two passages are one
//! vehicle's, and not whose. So a plate is known by its hash under a key of the day; the key is random,
//! lives in memory alone, and is dropped when the day is over. Then nobody can find a plate from a
//! hash, not even by trying all plates, and no vehicle be followed from one day to the next.
//!
//! ```text
//!   day D, key K_D ── rotate(day D+1, 32 random bytes) ──▶ day D+1, key K_{D+1}; K_D is no more
//! ```

/// A vehicle as it is known for a day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pseudonym(pub [u8; 16]);

/// The key of a day.
#[derive(Clone)]
pub struct Pseudonyms {
    day: i64,
    key: [u8; 32],
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonyms(day {})", self.day)
    }
}

impl Pseudonyms {
    /// The key of a day (days since 1970-01-01 of the site's clock), from 32 random bytes.
    #[must_use]
    pub fn new(day: i64, random: [u8; 32]) -> Self {
        Self { day, key: random }
    }

    /// Whether another day has begun: then the key must be rotated before anything else is hashed.
    #[must_use]
    pub fn is_over(&self, day: i64) -> bool {
        day != self.day
    }

    /// Goes over to another day; the key of the last one is overwritten.
    pub fn rotate(&mut self, day: i64, random: [u8; 32]) {
        *self = Self::new(day, random);
    }

    /// A plate, as it is known today.
    #[must_use]
    pub fn of(&self, plate: &str) -> Pseudonym {
        let mut short = [0; 16];
        short.copy_from_slice(&blake3::keyed_hash(&self.key, plate.as_bytes()).as_bytes()[..16]);
        Pseudonym(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_is_known_for_a_day_and_not_for_two() {
        let mut names = Pseudonyms::new(20_000, [1; 32]);
        let today = names.of("鲁A12345");
        assert_eq!(today, names.of("鲁A12345"));
        assert_ne!(today, names.of("鲁A12346"));
        assert!(!names.is_over(20_000) && names.is_over(20_001));
        names.rotate(20_001, [2; 32]);
        assert_ne!(today, names.of("鲁A12345"));
        assert!(!format!("{names:?}").contains("2, 2"), "a key is not shown");
    }
}
