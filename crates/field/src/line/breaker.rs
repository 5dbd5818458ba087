//! The breaker of one unit: how long it is left alone after it has failed.
//!
//! ```text
//!   Closed ──three failures in a row, or not what it should be──▶ Open ──an answer──▶ Closed
//!            (a second or two apart)                              │  ▲
//!                                                                 └──┘ probed now and then
//! ```
//!
//! A probe of a dead unit costs the whole line the time of the time-out and of a new connection. Where
//! others answer on the line, the dead ones together may cost them no more than a hundredth of it; a
//! unit that is alone costs nobody anything and is asked again soon.

use units::{Millis, Moment};

/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 3;
/// The wait after each failure before that: others get their turn meanwhile.
const HOLD: Millis = Millis(1_000);
/// Losses of the connection in a row, each while this unit was asked and with no answer from it in
/// between, after which the unit is taken for their cause: some gateways hang up on a silent unit.
const LOSSES_MAX: u32 = 3;
/// What such a loss costs the others: a new connection, and the identification of everybody.
const LOSS_COST: Millis = Millis(1_000);
/// The first wait of an open unit and the factor between waits, alone and among others.
const PROBE_ALONE: (Millis, i64) = (Millis(1_000), 2);
const PROBE_AMONG: (Millis, i64) = (Millis(2_000), 4);
/// The longest wait of a unit that is alone: it is back within it.
const PROBE_ALONE_MAX: Millis = Millis(4_000);
/// The wait is this many times what a probe costs: less than a hundredth, with room for the failures
/// before it.
const SHARE: i64 = 120;
/// The longest wait of any: a person who has mended a unit must see it come back.
const PROBE_MAX: Millis = Millis(900_000);

/// How the line fares beside a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Crowd {
    /// Whether another unit on the line answers.
    pub(super) healthy: bool,
    /// How many units are open.
    pub(super) open: i64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    losses: u32,
    open: bool,
    /// Probes since it opened.
    probes: u32,
    failed_at: Moment,
    /// What the last failure cost the line.
    cost: Millis,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// A request failed, which was sent at `sent`; says whether the breaker opens with it.
    pub(super) fn failed(&mut self, now: Moment, sent: Moment) -> bool {
        self.failures += 1;
        self.failed_at = now;
        self.cost = self.cost.max(now - sent);
        if self.open {
            self.probes = self.probes.saturating_add(1);
            return false;
        }
        self.open = self.failures >= FAILURES_MAX;
        self.open
    }

    /// The line is usable again; since `sent` nobody else could use it.
    pub(super) fn charge(&mut self, now: Moment, sent: Moment) {
        self.cost = self.cost.max(now - sent);
    }

    /// It answers, but is not what it should be.
    pub(super) fn refuse(&mut self, now: Moment) {
        self.probes = if self.open { self.probes.saturating_add(1) } else { 0 };
        self.open = true;
        self.failed_at = now;
    }

    /// The failure was the line's: it does not count.
    pub(super) fn forgive(&mut self) {
        self.failures = self.failures.saturating_sub(1);
        self.open &= self.failures >= FAILURES_MAX;
    }

    /// The connection was lost while this unit was asked; says whether it is now taken for the cause.
    pub(super) fn lost(&mut self, now: Moment) -> bool {
        self.losses += 1;
        if self.losses < LOSSES_MAX {
            return false;
        }
        self.cost = self.cost.max(LOSS_COST);
        self.failed_at = now;
        self.probes = if self.open { self.probes.saturating_add(1) } else { 0 };
        !std::mem::replace(&mut self.open, true)
    }

    /// Whether it is open because connections were lost over it.
    pub(super) fn is_feared(&self) -> bool {
        self.open && self.losses >= LOSSES_MAX
    }

    /// How many connections were lost over it, as far as is known.
    pub(super) fn losses(&self) -> u32 {
        self.losses
    }

    /// It answers: nothing of the past counts any more.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// The moment before which it is left alone.
    pub(super) fn not_before(&self, crowd: Crowd) -> Moment {
        if self.open {
            return self.failed_at + self.wait(crowd);
        }
        match self.failures {
            0 => Moment(i64::MIN),
            failures => self.failed_at + HOLD * i64::from(failures),
        }
    }

    fn wait(&self, crowd: Crowd) -> Millis {
        let ((first, factor), most) = if crowd.healthy {
            let share = self.cost * SHARE * crowd.open.max(1);
            (PROBE_AMONG, share.max(PROBE_ALONE_MAX).min(PROBE_MAX))
        } else {
            (PROBE_ALONE, PROBE_ALONE_MAX)
        };
        let grown = (0..self.probes.min(16)).fold(first, |wait, _| wait * factor);
        grown.min(most)
    }
}
