//! Failed attempts to sign in, counted for each address, and for each name that a password was tried
//! with. A token cannot be guessed: what is bounded there is what an attacker can write into the log,
//! and whoever has a good one is never kept waiting by others' attempts. A password can: after so many
//! failures no further one is looked at within the span.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The span in which attempts are counted.
const SPAN: Duration = Duration::from_secs(60);
/// Failures from one address in the span that are answered and logged one by one.
const FAILURES_MAX: u32 = 10;
/// Failures from all addresses together in the span that are: an attacker may have many.
const ALL_MAX: u32 = 100;
/// Addresses that are kept; beyond, the one that has been known longest is forgotten.
const ADDRESSES_MAX: usize = 256;

/// What is to be done about a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Answered as what it is, and logged.
    Told,
    /// The last one that is logged in this span.
    LastTold,
    /// Answered with "too many", and not logged.
    Silent,
}

/// The table of attempts.
#[derive(Debug)]
pub(super) struct Attempts<K>(Mutex<Table<K>>);

#[derive(Debug)]
struct Table<K> {
    rows: Vec<Row<K>>,
    /// Since when failures from all addresses are counted, and how many there were.
    all: Option<(Instant, u32)>,
    total: u64,
}

#[derive(Debug)]
struct Row<K> {
    from: K,
    since: Instant,
    failures: u32,
}

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self(Mutex::new(Table { rows: Vec::new(), all: None, total: 0 }))
    }
}

impl<K: PartialEq> Attempts<K> {
    /// Whether so many have failed within the span that no further one is looked at.
    pub(super) fn is_over(&self, from: &K, now: Instant) -> bool {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.rows.iter().any(|row| {
            row.from == *from
                && row.failures >= FAILURES_MAX
                && now.saturating_duration_since(row.since) < SPAN
        })
    }

    /// Counts a failure.
    pub(super) fn failed(&self, from: K, now: Instant) -> Verdict {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.total += 1;
        table.rows.retain(|row| now.saturating_duration_since(row.since) < SPAN);
        let failures = match table.rows.iter_mut().find(|row| row.from == from) {
            Some(row) => {
                row.failures = row.failures.saturating_add(1);
                row.failures
            }
            None => {
                if table.rows.len() >= ADDRESSES_MAX {
                    table.rows.remove(0);
                }
                table.rows.push(Row { from, since: now, failures: 1 });
                1
            }
        };
        let current = table.all.filter(|(since, _)| now.saturating_duration_since(*since) < SPAN);
        let (since, all) = current.unwrap_or((now, 0));
        table.all = Some((since, all.saturating_add(1)));
        if failures > FAILURES_MAX || all >= ALL_MAX {
            Verdict::Silent
        } else if failures == FAILURES_MAX || all + 1 == ALL_MAX {
            Verdict::LastTold
        } else {
            Verdict::Told
        }
    }

    /// All failures since the start.
    pub(super) fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::steady;
    use std::net::{IpAddr, Ipv4Addr};

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn ten_in_a_minute_are_told_and_each_address_counts_for_itself() {
        let (attempts, now) = (Attempts::default(), steady());
        for _ in 1..FAILURES_MAX {
            assert_eq!(attempts.failed(address(1), now), Verdict::Told);
        }
        assert_eq!(attempts.failed(address(1), now), Verdict::LastTold);
        assert_eq!(attempts.failed(address(1), now), Verdict::Silent);
        assert_eq!(attempts.failed(address(2), now), Verdict::Told);
        assert_eq!(attempts.failed(address(1), now + SPAN), Verdict::Told);
        assert_eq!(attempts.total(), 13);
        assert!(!attempts.is_over(&address(1), now + SPAN) && !attempts.is_over(&address(2), now));
        for _ in 0..FAILURES_MAX {
            attempts.failed(address(2), now);
        }
        assert!(attempts.is_over(&address(2), now) && !attempts.is_over(&address(2), now + SPAN));
    }

    #[test]
    fn a_flood_of_addresses_grows_neither_the_table_nor_the_log() {
        let (attempts, now) = (Attempts::default(), steady());
        let mut told = 0;
        for number in 0..2_560 {
            told += u32::from(attempts.failed(address(number), now) != Verdict::Silent);
        }
        assert_eq!(told, ALL_MAX);
        assert_eq!(attempts.failed(address(7_000), now + SPAN), Verdict::Told);
        let later = now + SPAN / 2;
        for number in 0..2_560 {
            attempts.failed(address(number), later);
        }
        assert_eq!(attempts.0.lock().unwrap().rows.len(), ADDRESSES_MAX);
    }
}
