//! The breaker of one unit: how long it is left alone after it has failed.
//!
//! ```text
//!   Closed ──three failures in a row, or not what it should be──▶ Open ──an answer──▶ Closed
//!            (a second or two apart)                              │  ▲
//!                                                                 └──┘ probed now and then
//! ```
//!
//! A probe of a dead unit costs the whole line the time of the time-out and of a new connection. Where
//! others answer on the line, the dead ones together may cost them no more than a hundredth of it: they
//! take turns. One that is back gives hope for the others, which are then asked sooner. A unit that is
//! alone costs nobody anything and is asked again soon.

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
/// From one probe of a dead unit to the next of any, this many times what it costs: less than a
/// hundredth, with room for the failures before it.
const SHARE: i64 = 120;
/// Probes after which a unit among others takes its turn; one that gives hope goes back to before.
const PATIENT: u32 = 3;
/// The longest wait of any: a person who has mended a unit must see it come back.
const PROBE_MAX: Millis = Millis(900_000);

/// How the line fares beside a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Crowd {
    /// Whether another unit on the line answers.
    pub(super) healthy: bool,
    /// When the next patient unit may be probed.
    pub(super) turn: Moment,
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

    /// How long nobody may be probed after a probe of it, where it takes turns.
    pub(super) fn share(&self) -> Option<Millis> {
        let is_patient = self.open && self.probes >= PATIENT;
        is_patient.then(|| (self.cost * SHARE).max(PROBE_ALONE_MAX).min(PROBE_MAX))
    }

    /// Another unit of the line is back.
    pub(super) fn hope(&mut self) {
        self.probes = self.probes.min(PATIENT - 1);
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
            let own = self.failed_at + self.wait(crowd);
            let takes_turns = crowd.healthy && self.share().is_some();
            return if takes_turns { own.max(crowd.turn) } else { own };
        }
        match self.failures {
            0 => Moment(i64::MIN),
            failures => self.failed_at + HOLD * i64::from(failures),
        }
    }

    fn wait(&self, crowd: Crowd) -> Millis {
        let ((first, factor), most) = if crowd.healthy {
            (PROBE_AMONG, (self.cost * SHARE).max(PROBE_ALONE_MAX).min(PROBE_MAX))
        } else {
            (PROBE_ALONE, PROBE_ALONE_MAX)
        };
        let grown = (0..self.probes.min(16)).fold(first, |wait, _| wait * factor);
        grown.min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: Crowd = Crowd { healthy: false, turn: Moment(0) };
    const AMONG: Crowd = Crowd { healthy: true, turn: Moment(0) };

    /// A breaker after failures of a second each, ten seconds apart.
    fn after(failures: i64) -> (Breaker, Moment) {
        let mut breaker = Breaker::default();
        let mut now = Moment(0);
        for number in 0..failures {
            now = Moment(10_000 * number);
            let opened = breaker.failed(now, now - Millis(1_000));
            assert_eq!(opened, number == 2, "failure {number}");
        }
        (breaker, now)
    }

    #[test]
    fn a_unit_that_has_not_failed_is_never_left_alone() {
        let breaker = Breaker::default();
        for crowd in [ALONE, AMONG] {
            assert_eq!(breaker.not_before(crowd), Moment(i64::MIN));
        }
        assert!(!breaker.is_open() && !breaker.is_feared());
    }

    #[test]
    fn the_wait_grows_with_the_failures_up_to_what_the_others_can_bear() {
        // Failures; seconds to wait alone, and beside a healthy neighbour.
        for (failures, alone, among) in [
            (1, 1, 1),
            (2, 2, 2),
            (3, 1, 2),
            (4, 2, 8),
            (5, 4, 32),
            (6, 4, 120),
            (7, 4, 120),
            (40, 4, 120),
        ] {
            let (breaker, now) = after(failures);
            assert_eq!(breaker.is_open(), failures >= 3, "{failures}");
            assert_eq!(breaker.not_before(ALONE) - now, Millis::from_secs(alone), "{failures}");
            assert_eq!(breaker.not_before(AMONG) - now, Millis::from_secs(among), "{failures}");
        }
    }

    #[test]
    fn open_units_take_turns_once_they_are_patient_and_no_wait_is_for_ever() {
        for (failures, share) in [(3, None), (5, None), (6, Some(120)), (20, Some(120))] {
            let (breaker, now) = after(failures);
            assert_eq!(breaker.share(), share.map(Millis::from_secs), "{failures}");
            let crowd = Crowd { healthy: true, turn: now + Millis::from_secs(500) };
            let wait = breaker.not_before(crowd) - now;
            assert_eq!(wait == Millis::from_secs(500), share.is_some(), "{failures}: {wait}");
            // A neighbour that stops answering changes the wait at once.
            let alone = Crowd { healthy: false, ..crowd };
            assert!(breaker.not_before(alone) - now <= PROBE_ALONE_MAX, "{failures}");
        }
        let mut breaker = Breaker::default();
        for number in 0..20 {
            breaker.failed(Moment(number), Moment(number) - Millis::from_secs(10));
        }
        assert_eq!(breaker.share(), Some(PROBE_MAX));
    }

    #[test]
    fn one_that_is_back_gives_the_others_hope() {
        let (mut breaker, now) = after(20);
        breaker.hope();
        assert_eq!(breaker.share(), None);
        assert_eq!(breaker.not_before(AMONG) - now, Millis::from_secs(32));
        let (mut young, now) = after(3);
        young.hope();
        assert_eq!(young.not_before(AMONG) - now, Millis::from_secs(2), "no later than before");
    }

    #[test]
    fn what_a_probe_really_cost_counts_with_the_connection_that_it_took() {
        let (mut breaker, now) = after(20);
        breaker.charge(now + Millis(500), now - Millis(1_000));
        assert_eq!(breaker.not_before(AMONG) - now, Millis::from_secs(180));
        // A refusal within a few milliseconds costs next to nothing: it is asked again soon.
        let mut breaker = Breaker::default();
        for number in 0..9 {
            breaker.failed(Moment(number), Moment(number) - Millis(5));
        }
        assert_eq!(breaker.not_before(AMONG) - Moment(8), PROBE_ALONE_MAX);
    }

    #[test]
    fn an_answer_wipes_the_slate_and_a_failure_of_the_line_is_forgiven() {
        let (mut breaker, now) = after(3);
        breaker.forgive();
        assert!(!breaker.is_open());
        assert_eq!(breaker.failures(), 2);
        assert!(breaker.failed(now, now), "the next opens it again");
        breaker.answered();
        assert_eq!((breaker.failures(), breaker.losses(), breaker.is_open()), (0, 0, false));
        breaker.forgive();
        assert_eq!(breaker.failures(), 0);
    }

    #[test]
    fn a_unit_over_which_connections_are_lost_is_feared_after_the_third() {
        let mut breaker = Breaker::default();
        assert!(!breaker.lost(Moment(1)) && !breaker.lost(Moment(2)));
        assert!(!breaker.is_feared() && !breaker.is_open());
        assert!(breaker.lost(Moment(3)));
        assert!(breaker.is_feared() && breaker.is_open());
        assert!(!breaker.lost(Moment(4)), "it is told once");
        assert_eq!(breaker.losses(), 4);
        for number in 5..20 {
            breaker.lost(Moment(number));
        }
        // Each costs the others a new connection and an identification.
        assert_eq!(breaker.not_before(AMONG) - Moment(19), LOSS_COST * SHARE);
        breaker.answered();
        assert!(!breaker.is_feared());
    }

    #[test]
    fn another_model_is_left_alone_like_a_dead_one_and_looked_at_more_and_more_rarely() {
        let mut breaker = Breaker::default();
        for (number, alone) in [(0, 1), (1, 2), (2, 4), (3, 4)] {
            let now = Moment(number * 60_000);
            breaker.refuse(now);
            assert!(breaker.is_open() && !breaker.is_feared());
            assert_eq!(breaker.not_before(ALONE) - now, Millis::from_secs(alone), "{number}");
        }
    }
}
