//! The alarms: three things that are true or not, each by itself.
//!
//! ```text
//!   condition:     seen ── lasted RAISE_AFTER ──▶ active ── gone ──▶ cleared ── again ──▶ active
//!   acknowledged:  no ── a person ──▶ yes ── raised again ──▶ no
//!   suspended:     no ── a person, until a time ──▶ yes ── the time is over ──▶ no
//! ```
//!
//! An alarm that is cleared and acknowledged is forgotten. What another active alarm explains (its
//! line is down) is listed as that one's consequence.

use std::collections::BTreeMap;

/// What is wrong must last so long, Unix milliseconds: a device that starts is no alarm.
const RAISE_AFTER: i64 = 5_000;
/// Cleared alarms that wait for somebody; beyond, the oldest are forgotten.
const CLEARED_MAX: usize = 500;

/// How grave an alarm is, the gravest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Priority {
    /// Somebody could come to harm.
    Safety,
    /// A junction is not controlled as it should be.
    High,
    /// Something does not work that others stand in for.
    Medium,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// The monitor found a rule broken on the street.
    Violations,
    /// The event store has lost events.
    EventsLost,
    /// A line is not connected.
    Line,
    /// A device does not answer, or is not what it should be.
    Device,
    /// A junction flashes or is dark.
    Flashing,
    /// The daemon demands nothing at a junction.
    Fault,
}

/// What is wrong in one picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Condition {
    /// What kind, and at which place: together they name it.
    pub(super) kind: Kind,
    /// The line, device or junction; empty for the site itself.
    pub(super) place: String,
    /// How grave.
    pub(super) priority: Priority,
    /// What it is, in words.
    pub(super) text: String,
    /// What would explain it.
    pub(super) parent: Option<(Kind, String)>,
}

/// What a person has done about an alarm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Act {
    /// Who.
    pub(super) who: String,
    /// Unix milliseconds: when it was done, or until when it counts.
    pub(super) at: i64,
    /// Why.
    pub(super) words: String,
}

/// An alarm.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    /// Its number since the daemon started.
    pub(super) number: u64,
    /// What is or was wrong.
    pub(super) condition: Condition,
    /// Since when, Unix milliseconds.
    pub(super) since: i64,
    /// When it was over; none while it lasts.
    pub(super) cleared: Option<i64>,
    /// How often it came.
    pub(super) times: u32,
    /// Who has seen it.
    pub(super) acknowledged: Option<Act>,
    /// Until when it is out of sight.
    pub(super) suspended: Option<Act>,
}

/// All alarms.
#[derive(Debug, Default)]
pub(in crate::web) struct Book {
    numbered: u64,
    seen: BTreeMap<(Kind, String), i64>,
    alarms: BTreeMap<(Kind, String), Alarm>,
}

impl Book {
    /// Takes what is wrong now, Unix milliseconds.
    pub(super) fn observe(&mut self, found: Vec<Condition>, now: i64) {
        let keys: Vec<_> = found.iter().map(|c| (c.kind, c.place.clone())).collect();
        self.seen.retain(|key, _| keys.contains(key));
        for condition in found {
            let key = (condition.kind, condition.place.clone());
            let since = *self.seen.entry(key.clone()).or_insert(now);
            if now - since >= RAISE_AFTER || self.is_active(&key) {
                self.raise(key, condition, since);
            }
        }
        for (key, alarm) in &mut self.alarms {
            if alarm.cleared.is_none() && !self.seen.contains_key(key) {
                alarm.cleared = Some(now);
            }
            alarm.suspended.take_if(|act| act.at <= now);
        }
        self.alarms.retain(|_, alarm| alarm.cleared.is_none() || alarm.acknowledged.is_none());
        self.forget();
    }

    fn is_active(&self, key: &(Kind, String)) -> bool {
        self.alarms.get(key).is_some_and(|alarm| alarm.cleared.is_none())
    }

    fn raise(&mut self, key: (Kind, String), condition: Condition, since: i64) {
        let Some(alarm) = self.alarms.get_mut(&key) else {
            self.numbered += 1;
            let alarm = Alarm {
                number: self.numbered,
                condition,
                since,
                cleared: None,
                times: 1,
                acknowledged: None,
                suspended: None,
            };
            self.alarms.insert(key, alarm);
            return;
        };
        if alarm.cleared.take().is_some() {
            alarm.times = alarm.times.saturating_add(1);
            (alarm.since, alarm.acknowledged) = (since, None);
        }
        alarm.condition = condition;
    }

    fn forget(&mut self) {
        let mut cleared: Vec<_> = self
            .alarms
            .iter()
            .filter_map(|(key, alarm)| Some((alarm.cleared?, key.clone())))
            .collect();
        cleared.sort();
        let beyond = cleared.len().saturating_sub(CLEARED_MAX);
        for (_, key) in cleared.into_iter().take(beyond) {
            self.alarms.remove(&key);
        }
    }

    /// Says that somebody has seen an alarm; returns which it was.
    pub(super) fn acknowledge(
        &mut self,
        number: u64,
        who: &str,
        comment: &str,
        now: i64,
    ) -> Option<String> {
        let alarm = self.numbered(number)?;
        let (who, words) = (who.to_owned(), comment.to_owned());
        alarm.acknowledged = Some(Act { who, at: now, words });
        Some(alarm.name())
    }

    /// Takes an alarm out of sight until a time; one that is not after now brings it back.
    pub(super) fn suspend(
        &mut self,
        number: u64,
        who: &str,
        reason: &str,
        now: i64,
        until: i64,
    ) -> Option<String> {
        let alarm = self.numbered(number)?;
        let act = Act { who: who.to_owned(), at: until, words: reason.to_owned() };
        alarm.suspended = Some(act).filter(|act| act.at > now);
        Some(alarm.name())
    }

    fn numbered(&mut self, number: u64) -> Option<&mut Alarm> {
        self.alarms.values_mut().find(|alarm| alarm.number == number)
    }

    /// All, the gravest first, then the newest; each with the number of the active alarm that
    /// explains it.
    pub(super) fn list(&self) -> Vec<(&Alarm, Option<u64>)> {
        let mut all: Vec<&Alarm> = self.alarms.values().collect();
        all.sort_by_key(|alarm| (alarm.condition.priority, -alarm.since, alarm.number));
        all.into_iter().map(|alarm| (alarm, self.explained_by(alarm))).collect()
    }

    fn explained_by(&self, alarm: &Alarm) -> Option<u64> {
        let parent = self.alarms.get(alarm.condition.parent.as_ref()?)?;
        parent.cleared.is_none().then_some(parent.number)
    }
}

impl Alarm {
    fn name(&self) -> String {
        let Condition { place, text, .. } = &self.condition;
        if place.is_empty() { text.clone() } else { format!("{place}: {text}") }
    }
}

#[cfg(test)]
mod tests;
