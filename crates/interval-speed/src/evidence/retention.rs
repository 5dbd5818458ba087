//! How long what is kept, and what is due to be deleted. Whoever deletes writes a tombstone first: an
//! entry of the chain with the hash of what goes. The husk of it stays, so that the chain can still be
//! followed, and says of nobody anything.

use units::{DAY, WallTime};

use super::body::Body;
use super::cases::Cases;
use super::review::State;
use super::schema::{Kind, tombstone as tag};
use super::value::Salts;

/// Days that each kind is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// A detection that nobody has decided: after that it can be none any more.
    pub undecided_days: u32,
    /// A rejected one, from its rejection.
    pub rejected_days: u32,
    /// A confirmed one, from its confirmation.
    pub confirmed_days: u32,
    /// Who looked at what.
    pub access_days: u32,
    /// What key vehicles did.
    pub vehicle_days: u32,
}

impl Default for Retention {
    /// A month to decide, a day for what is none, half a year for what is one; who looked stays
    /// longest. An authority has its own figures: these are only where none are given.
    fn default() -> Self {
        Self {
            undecided_days: 30,
            rejected_days: 1,
            confirmed_days: 180,
            access_days: 1_095,
            vehicle_days: 90,
        }
    }
}

/// By which rule something goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rule {
    /// It was not decided in time.
    Undecided,
    /// It was rejected.
    Rejected,
    /// It was confirmed, and its time is over.
    Confirmed,
    /// Who looked, and its time is over.
    Access,
    /// What a key vehicle did, and its time is over.
    Vehicle,
}

impl Rule {
    /// Every rule with its name in tombstones.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("undecided", Self::Undecided),
        ("rejected", Self::Rejected),
        ("confirmed", Self::Confirmed),
        ("access", Self::Access),
        ("vehicle", Self::Vehicle),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// Something that is due to go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Due {
    /// The entry.
    pub index: u64,
    /// By which rule.
    pub rule: Rule,
    /// How many days the rule keeps.
    pub days: u32,
}

impl Retention {
    /// What is due at `now`, in order: records, and with a detection all that was decided of it.
    #[must_use]
    pub fn due(&self, cases: &Cases, now: WallTime) -> Vec<Due> {
        let over = |since: WallTime, days: u32| now - since >= DAY * i64::from(days);
        let mut all = Vec::new();
        for (index, case) in cases.detections(0) {
            let since = case.decided.unwrap_or(case.at);
            let (rule, days) = match case.state {
                State::Detected | State::Seen { .. } => (Rule::Undecided, self.undecided_days),
                State::Rejected => (Rule::Rejected, self.rejected_days),
                State::Confirmed => (Rule::Confirmed, self.confirmed_days),
            };
            if over(since, days) {
                let each = [index].into_iter().chain(case.steps.iter().copied());
                all.extend(each.map(|index| Due { index, rule, days }));
            }
        }
        for (rule, days, kept) in [
            (Rule::Access, self.access_days, cases.accesses().collect::<Vec<_>>()),
            (Rule::Vehicle, self.vehicle_days, cases.vehicles().collect()),
        ] {
            let gone = kept.into_iter().filter(|(_, at)| over(*at, days));
            all.extend(gone.map(|(index, _)| Due { index, rule, days }));
        }
        all.sort_unstable();
        all
    }
}

/// The tombstone of an entry with this hash.
#[must_use]
pub fn tombstone(due: Due, hash: [u8; 32], salts: Salts) -> Body {
    Body::of(Kind::Tombstone, salts)
        .digest(tag::HASH, hash)
        .text(tag::RULE, due.rule.name())
        .number(tag::DAYS, due.days.into())
        .done()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, T0};
    use super::*;

    #[test]
    fn each_goes_when_its_own_time_is_over_and_takes_its_steps_along() {
        let mut cases = Cases::default();
        for entry in sample::entries() {
            cases.take(&entry).expect("a sound chain");
        }
        let retention = Retention::default();
        let due = |days| retention.due(&cases, WallTime(T0 + 1_000_000) + DAY * days);
        let brief = |due: Vec<Due>| due.iter().map(|d| (d.index, d.rule)).collect::<Vec<_>>();
        assert_eq!(brief(due(29)), []);
        let undecided = [(2, Rule::Undecided), (5, Rule::Undecided), (7, Rule::Undecided)];
        assert_eq!(brief(due(30)), undecided);
        let confirmed = brief(due(180));
        for index in [1, 3, 4] {
            assert!(confirmed.contains(&(index, Rule::Confirmed)), "{confirmed:?}");
        }
        for (name, rule) in Rule::ALL {
            assert_eq!(rule.name(), *name);
        }
    }
}
