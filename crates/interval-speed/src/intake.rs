//! What a camera tells, before anybody believes it.
//!
//! ```text
//!   report ─┬─ identity of another unit, or two passages of one number ─▶ quarantine, until a person
//!           │                                                             releases it
//!           ├─ number that was there ───────────────────────────────────▶ again: dropped
//!           ├─ from the future, or older than anything is kept ──────────▶ refused
//!           └─ taken; a gap before it, a clock put back, a plate that is none: told beside it
//! ```
//!
//! A camera keeps its passages until they are acknowledged, so that the same may come more than once and
//! nothing is lost while both are well. What is lost all the same shows as a gap in the numbers, and is
//! told: never silently.

use units::{Millis, WallTime};

use crate::clock::ClockState;
use crate::passage::{CameraId, Passage};
use crate::plate::{Plate, PlateColour, PlateProblem};

/// Passages whose time is remembered, to know a repetition from a contradiction: more than a ring of the
/// open section camera holds.
const REMEMBERED: usize = 1_024;
/// How far ahead of its receiver a camera may be.
const AHEAD: Millis = Millis(2_000);
/// How old a passage may be: what a camera keeps over the longest outage that is bridged.
const OLDEST: Millis = Millis(1_800_000);
/// How much earlier than one before it a passage may be, beyond the clock's bound: lanes are told of as
/// their images are ready.
const DISORDER: Millis = Millis(10_000);

/// What a camera tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report<'t> {
    /// The serial number of the unit that tells it.
    pub identity: u64,
    /// How often the unit has started.
    pub boot: u32,
    /// The passage, its plate not yet in it.
    pub passage: Passage,
    /// The plate as it was read, and its colour; none where it was not.
    pub plate: Option<(&'t str, PlateColour)>,
}

/// Something that somebody should know of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntakeEvent {
    /// Passages with these numbers never came, both included.
    Gap {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// The unit has started, and counts from anew.
    CountedAnew {
        /// The first number now.
        sequence: u64,
    },
    /// What was read is no plate; the passage counts as unread.
    ImpossiblePlate {
        /// Of which passage.
        sequence: u64,
        /// Why.
        problem: PlateProblem,
    },
    /// The camera's clock went back, or says that it was stepped.
    ClockStepped {
        /// At which passage.
        sequence: u64,
        /// By how much at least; zero where only the camera says so.
        by: Millis,
    },
    /// The camera is believed no longer.
    Quarantined(Quarantine),
}

/// Why a camera is not believed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Quarantine {
    /// Another unit answers in its name.
    #[error("unit {0} answers in its name")]
    OtherUnit(u64),
    /// It has told two passages of one number.
    #[error("it told two passages of number {0}")]
    Contradiction(u64),
}

/// Why a passage is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotTaken {
    /// It was taken before.
    #[error("it was told before")]
    Again,
    /// It lies in the future.
    #[error("it is {0} in the future")]
    Ahead(Millis),
    /// It is too old: a camera tells yesterday once more.
    #[error("it is {0} old")]
    Old(Millis),
    /// The camera is in quarantine.
    #[error("the camera is in quarantine: {0}")]
    Quarantined(Quarantine),
}

/// What is known of one camera's reports.
#[derive(Clone, Debug)]
pub struct Intake {
    camera: CameraId,
    identity: u64,
    boot: Option<u32>,
    /// The number that comes next; none before the first.
    next: Option<u64>,
    latest: Option<WallTime>,
    /// Numbers and times of the last passages, by number.
    known: Vec<(u64, WallTime)>,
    quarantine: Option<Quarantine>,
}

impl Intake {
    /// The intake of a camera, which is the unit with this serial number. What was acknowledged last is
    /// none for a camera that is new.
    #[must_use]
    pub fn new(camera: CameraId, identity: u64, acknowledged: Option<u64>) -> Self {
        Self {
            camera,
            identity,
            boot: None,
            next: acknowledged.map(|last| last.saturating_add(1)),
            latest: None,
            known: vec![(0, WallTime(0)); REMEMBERED],
            quarantine: None,
        }
    }

    /// Takes a report that came `now`.
    ///
    /// # Errors
    /// Why it is not taken; events tell what has to be known of it beside.
    pub fn take(
        &mut self,
        now: WallTime,
        report: &Report<'_>,
        events: &mut Vec<IntakeEvent>,
    ) -> Result<Passage, NotTaken> {
        let sequence = report.passage.sequence;
        if report.identity != self.identity {
            self.distrust(Quarantine::OtherUnit(report.identity), events);
        }
        if let Some(why) = self.quarantine {
            return Err(NotTaken::Quarantined(why));
        }
        let has_started = self.boot.replace(report.boot).is_some_and(|boot| boot != report.boot);
        if let Some(next) = self.next {
            if sequence < next && !has_started {
                return self.again(&report.passage, events);
            }
            if sequence < next {
                // It has lost its numbers with its power: what it had not told is gone.
                if self.is_known(&report.passage) {
                    return Err(NotTaken::Again);
                }
                self.known.fill((0, WallTime(0)));
                events.push(IntakeEvent::CountedAnew { sequence });
                if sequence > 1 {
                    events.push(IntakeEvent::Gap { from: 1, to: sequence - 1 });
                }
            } else if sequence > next {
                events.push(IntakeEvent::Gap { from: next, to: sequence - 1 });
            }
        }
        self.next = Some(sequence.saturating_add(1));
        let slot = self.slot(sequence);
        self.known[slot] = (sequence, report.passage.at);
        self.in_time(now, report.passage.at)?;
        self.watch_clock(&report.passage, events);
        let mut passage = Passage { camera: self.camera, plate: None, ..report.passage };
        if let Some((text, colour)) = report.plate {
            match Plate::read(text, colour) {
                Ok(plate) => passage.plate = Some(plate),
                Err(problem) => events.push(IntakeEvent::ImpossiblePlate { sequence, problem }),
            }
        }
        Ok(passage)
    }

    /// The last number that may be acknowledged: all up to it were taken, refused or told of as lost.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u64> {
        self.next.map(|next| next.saturating_sub(1))
    }

    /// Why it is not believed; none where it is.
    #[must_use]
    pub fn quarantine(&self) -> Option<Quarantine> {
        self.quarantine
    }

    /// A person has seen to it: the camera is the unit with this number.
    pub fn release(&mut self, identity: u64) {
        self.identity = identity;
        self.quarantine = None;
        self.known.fill((0, WallTime(0)));
        self.next = None;
        self.latest = None;
    }

    fn again(
        &mut self,
        passage: &Passage,
        events: &mut Vec<IntakeEvent>,
    ) -> Result<Passage, NotTaken> {
        let (sequence, known) = (passage.sequence, self.known[self.slot(passage.sequence)]);
        if known.0 == sequence && known.1 != passage.at {
            self.distrust(Quarantine::Contradiction(sequence), events);
            return Err(NotTaken::Quarantined(Quarantine::Contradiction(sequence)));
        }
        Err(NotTaken::Again)
    }

    fn is_known(&self, passage: &Passage) -> bool {
        self.known[self.slot(passage.sequence)] == (passage.sequence, passage.at)
    }

    fn in_time(&self, now: WallTime, at: WallTime) -> Result<(), NotTaken> {
        let age = now - at;
        if age < -AHEAD {
            return Err(NotTaken::Ahead(-age));
        }
        if age > OLDEST {
            return Err(NotTaken::Old(age));
        }
        Ok(())
    }

    fn watch_clock(&mut self, passage: &Passage, events: &mut Vec<IntakeEvent>) {
        let sequence = passage.sequence;
        let back = self.latest.map_or(Millis::ZERO, |latest| latest - passage.at);
        let allowed = DISORDER + passage.uncertainty();
        if back > allowed || passage.clock.state == ClockState::Stepped {
            let by = (back - allowed).at_least_zero();
            events.push(IntakeEvent::ClockStepped { sequence, by });
            self.latest = Some(passage.at);
        } else {
            self.latest = self.latest.max(Some(passage.at));
        }
    }

    fn distrust(&mut self, why: Quarantine, events: &mut Vec<IntakeEvent>) {
        if self.quarantine.is_none() {
            self.quarantine = Some(why);
            events.push(IntakeEvent::Quarantined(why));
        }
    }

    fn slot(&self, sequence: u64) -> usize {
        (sequence % REMEMBERED as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{NOON, passage};

    const UNIT: u64 = 77;

    fn report(sequence: u64, after: i64) -> Report<'static> {
        let passage = Passage { plate: None, ..passage(9, sequence, after) };
        Report { identity: UNIT, boot: 1, passage, plate: Some(("鲁A12345", PlateColour::Blue)) }
    }

    fn intake() -> Intake {
        Intake::new(CameraId(4), UNIT, Some(0))
    }

    #[test]
    fn what_is_told_twice_is_taken_once_and_what_is_lost_is_told() {
        let (mut intake, mut events) = (intake(), Vec::new());
        let mut taken = Vec::new();
        for sequence in [1, 2, 1, 2, 3, 7, 3, 8] {
            let now = WallTime(NOON + 20_000);
            if let Ok(passage) = intake.take(now, &report(sequence, sequence as i64), &mut events) {
                assert_eq!((passage.camera, passage.plate.is_some()), (CameraId(4), true));
                taken.push(passage.sequence);
            }
        }
        assert_eq!(taken, [1, 2, 3, 7, 8]);
        assert_eq!(events, [IntakeEvent::Gap { from: 4, to: 6 }]);
        assert_eq!(intake.acknowledged(), Some(8));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let now = WallTime(NOON);
        let cases: &[(&str, i64, NotTaken)] = &[
            ("from the future", 2_001, NotTaken::Ahead(Millis(2_001))),
            ("of yesterday", -86_400_000, NotTaken::Old(Millis(86_400_000))),
            ("half an hour old", -1_800_001, NotTaken::Old(Millis(1_800_001))),
        ];
        for (name, after, refusal) in cases {
            let (mut intake, mut events) = (intake(), Vec::new());
            assert_eq!(intake.take(now, &report(1, *after), &mut events), Err(*refusal), "{name}");
            assert_eq!(intake.acknowledged(), Some(1), "{name}: it does not come again");
            assert!(intake.take(now, &report(2, 0), &mut events).is_ok(), "{name}");
        }
        let (mut intake, mut events) = (intake(), Vec::new());
        let odd = Report { plate: Some(("鲁A1", PlateColour::Blue)), ..report(1, 0) };
        let taken = intake.take(now, &odd, &mut events).expect("the passage is true");
        assert_eq!(taken.plate, None);
        let problem = PlateProblem::Form;
        assert_eq!(events, [IntakeEvent::ImpossiblePlate { sequence: 1, problem }]);
    }

    #[test]
    fn two_cameras_with_one_identity_are_both_not_believed() {
        let now = WallTime(NOON);
        for (other, why) in [
            (Report { identity: 78, ..report(2, 0) }, Quarantine::OtherUnit(78)),
            (report(1, -5), Quarantine::Contradiction(1)),
        ] {
            let (mut intake, mut events) = (intake(), Vec::new());
            intake.take(now, &report(1, 0), &mut events).expect("the first is believed");
            let refused = Err(NotTaken::Quarantined(why));
            assert_eq!(intake.take(now, &other, &mut events), refused);
            assert_eq!(intake.take(now, &report(3, 0), &mut events), refused);
            assert_eq!(events, [IntakeEvent::Quarantined(why)], "told once");
            intake.release(UNIT);
            assert!(intake.take(now, &report(3, 0), &mut events).is_ok());
        }
    }

    #[test]
    fn a_clock_that_goes_back_is_seen_and_a_start_loses_nothing_silently() {
        let (mut intake, mut events) = (intake(), Vec::new());
        let now = WallTime(NOON + 60_000);
        for (sequence, after) in [(1, 50_000), (2, 40_000), (3, 39_000)] {
            assert!(intake.take(now, &report(sequence, after), &mut events).is_ok());
        }
        assert_eq!(events, [IntakeEvent::ClockStepped { sequence: 3, by: Millis(980) }]);
        events.clear();
        let started = |sequence, after| Report { boot: 2, ..report(sequence, after) };
        // It has kept its numbers.
        assert!(intake.take(now, &started(4, 51_000), &mut events).is_ok());
        assert_eq!(events, []);
        // It has not.
        let again = Report { boot: 3, ..report(1, 52_000) };
        assert!(intake.take(now, &again, &mut events).is_ok());
        assert_eq!(events, [IntakeEvent::CountedAnew { sequence: 1 }]);
    }

    proptest! {
        /// However a ring is read and read again, each number is taken once, and every number is taken
        /// or told of as lost.
        #[test]
        fn nothing_is_lost_or_doubled(reads in prop::collection::vec((0..40_u64, 1..20_u64), 1..40)) {
            let (mut intake, mut events) = (intake(), Vec::new());
            let mut taken = Vec::new();
            let mut begin = 1;
            for (skip, count) in reads {
                // A ring that may have run over since.
                begin = (begin + skip / 8).saturating_sub(skip % 8).max(1);
                for sequence in begin..begin + count {
                    let now = WallTime(NOON);
                    if intake.take(now, &report(sequence, 0), &mut events).is_ok() {
                        taken.push(sequence);
                    }
                }
                begin += count;
            }
            let mut all: Vec<u64> = taken.clone();
            for event in &events {
                if let IntakeEvent::Gap { from, to } = event {
                    all.extend(*from..=*to);
                }
            }
            all.sort_unstable();
            let last = intake.acknowledged().unwrap_or(0);
            prop_assert_eq!(all, (1..=last).collect::<Vec<_>>());
        }
    }
}
