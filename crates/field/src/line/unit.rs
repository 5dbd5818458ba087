//! One unit of a line: what is due, and how it fares.

use units::{Millis, Moment};

use crate::line::UnitSettings;
use crate::map::PointValue;
use crate::message::{Failure, Request};

/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 3;
/// The first and the longest wait before an open unit is probed: within it, it is back in use.
const PROBE_FIRST: Millis = Millis(1_000);
const PROBE_MAX: Millis = Millis(4_000);

/// How a unit fares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitState {
    /// Its identity is to be read before anything else.
    Identifying,
    /// It answers.
    Online,
    /// It does not answer, or is another model: left alone but for a probe.
    Open,
}

impl UnitState {
    /// A short name, for events and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identifying => "identifying",
            Self::Online => "online",
            Self::Open => "open",
        }
    }
}

/// A unit's state and its counters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitHealth {
    /// How it fares.
    pub state: UnitState,
    /// Requests sent to it.
    pub requests: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Failures since its last answer.
    pub failures_in_a_row: u32,
    /// When it last answered.
    pub last_answer: Option<Moment>,
    /// The last failure.
    pub last_failure: Option<String>,
}

/// Why a request was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Identity(usize),
    Poll(usize, usize),
    Command(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) settings: UnitSettings,
    pub(super) health: UnitHealth,
    identity: Vec<Request>,
    identified: usize,
    /// For each poll, when it is due, and which of its requests is next.
    polls: Vec<(Moment, usize)>,
    probe: Moment,
    probe_wait: Millis,
}

impl Unit {
    pub(super) fn new(settings: UnitSettings, now: Moment) -> Self {
        let health = UnitHealth {
            state: UnitState::Identifying,
            requests: 0,
            failures: 0,
            failures_in_a_row: 0,
            last_answer: None,
            last_failure: None,
        };
        let polls = settings.map.polls().iter().map(|_| (now, 0)).collect();
        let identity = settings.map.identity_requests();
        Self {
            settings,
            health,
            identity,
            identified: 0,
            polls,
            probe: now,
            probe_wait: PROBE_FIRST,
        }
    }

    /// The link is new: whatever answers there may be another device.
    pub(super) fn identify_again(&mut self, now: Moment) {
        self.identified = 0;
        if self.health.state != UnitState::Open {
            self.health.state = UnitState::Identifying;
            self.probe = now;
        }
        for poll in &mut self.polls {
            *poll = (now, 0);
        }
    }

    /// When this unit wants to be asked next.
    pub(super) fn due(&self) -> Moment {
        match self.health.state {
            UnitState::Online => {
                self.polls.iter().map(|&(due, _)| due).min().unwrap_or(Moment(i64::MAX))
            }
            UnitState::Identifying | UnitState::Open => self.probe,
        }
    }

    pub(super) fn next_request(&mut self, now: Moment) -> Option<(Purpose, Request)> {
        if self.health.state != UnitState::Online {
            let request = self.identity.get(self.identified)?.clone();
            return Some((Purpose::Identity(self.identified), request));
        }
        let due = |&(index, &(due, _)): &(usize, &(Moment, usize))| (due, index);
        let (poll, &(at, part)) = self.polls.iter().enumerate().min_by_key(due)?;
        let group = &self.settings.map.polls()[poll];
        let request = group.requests.get(part)?.clone();
        let last = part + 1 == group.requests.len();
        // Late by a whole period, the beat starts afresh: no burst makes up for what was missed.
        let next = if at + group.period > now { at + group.period } else { now + group.period };
        self.polls[poll] = if last { (next, 0) } else { (at, part + 1) };
        Some((Purpose::Poll(poll, part), request))
    }

    /// Takes an answer; says why where the state has changed.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        purpose: Purpose,
        points: &[PointValue],
    ) -> Option<String> {
        self.health.last_answer = Some(now);
        self.health.failures_in_a_row = 0;
        let Purpose::Identity(_) = purpose else {
            return None;
        };
        for check in &self.settings.map.profile().identity {
            let Some(read) = points.iter().find(|p| p.point == check.point) else {
                continue;
            };
            let found = read.value.number();
            #[allow(clippy::cast_precision_loss)]
            let fits = found == Some(check.equals as f64);
            if !fits {
                let (name, expected) = (check.point.name(), check.equals);
                let reason = format!("{name} is {found:?}, not {expected}: another device");
                self.open(now, reason.clone());
                return Some(reason);
            }
        }
        self.identified += 1;
        if self.identified < self.identity.len() {
            return None;
        }
        self.health.state = UnitState::Online;
        self.probe_wait = PROBE_FIRST;
        for poll in &mut self.polls {
            *poll = (now, 0);
        }
        Some("it answers, and is what the site says".to_owned())
    }

    /// Takes a failure; says whether the breaker has opened just now.
    pub(super) fn failed(&mut self, now: Moment, purpose: Purpose, failure: &Failure) -> bool {
        self.health.failures += 1;
        self.health.failures_in_a_row += 1;
        self.health.last_failure = Some(failure.to_string());
        // The rest of a group that failed half-way is read with its next turn.
        if let Purpose::Poll(poll, _) = purpose {
            let period = self.settings.map.polls()[poll].period;
            self.polls[poll] = (now + period, 0);
        }
        let was_open = self.health.state == UnitState::Open;
        if was_open || self.health.failures_in_a_row >= FAILURES_MAX {
            self.open(now, failure.to_string());
        } else if self.health.state == UnitState::Identifying {
            self.identified = 0;
            self.probe = now + PROBE_FIRST;
        }
        self.health.state == UnitState::Open && !was_open
    }

    fn open(&mut self, now: Moment, reason: String) {
        self.health.state = UnitState::Open;
        self.health.last_failure = Some(reason);
        self.identified = 0;
        self.probe = now + self.probe_wait;
        self.probe_wait = (self.probe_wait * 2).min(PROBE_MAX);
    }
}
