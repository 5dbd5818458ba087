//! How many connections each address has.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The table.
#[derive(Debug, Default)]
pub(super) struct Account(Mutex<BTreeMap<IpAddr, usize>>);

/// A connection's place in the table; it is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    account: Arc<Account>,
    of: IpAddr,
}

impl Account {
    /// Counts one more connection of an address; none where it has as many as it may.
    pub(super) fn enter(account: &Arc<Self>, of: IpAddr, most: usize) -> Option<Seat> {
        let mut table = account.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = table.entry(of).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { account: account.clone(), of })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.account.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = table.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                table.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn an_address_has_so_many_and_gives_them_back() {
        let account = Arc::new(Account::default());
        let of = |n| IpAddr::V4(Ipv4Addr::from_bits(n));
        let seats: Vec<_> = (0..3).map(|_| Account::enter(&account, of(1), 3)).collect();
        assert!(seats.iter().all(Option::is_some));
        assert!(Account::enter(&account, of(1), 3).is_none());
        assert!(Account::enter(&account, of(2), 3).is_some());
        drop(seats);
        assert!(account.0.lock().unwrap().is_empty());
        assert!(Account::enter(&account, of(1), 3).is_some());
    }
}
