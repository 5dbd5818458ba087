//! The fallback ladder, held against a model that keeps the whole history.

use proptest::prelude::*;
use signal::fallback::{Flags, Ladder, LadderTimes, Rung};
use units::{Millis, Moment};

const TIMES: LadderTimes = LadderTimes { settle: Millis(3_000), quarantine: Millis(60_000) };

fn flags(bits: u8) -> Flags {
    Flags {
        violation: bits & 1 != 0,
        fault: bits & 2 != 0,
        local_control: bits & 4 != 0,
        silent: bits & 8 != 0,
    }
}

/// The rule in one sentence: the last look is clear, so was every look of the settling time, and no
/// violation or fault was seen within the quarantine. A ladder that stood commanded stays so while
/// nothing speaks against it.
fn model(history: &[(i64, u8)]) -> Rung {
    let mut rung = Rung::Released;
    for (index, &(now, bits)) in history.iter().enumerate() {
        let before = &history[..=index];
        let clear_from = before.iter().rposition(|&(_, bits)| bits != 0).map_or(0, |at| at + 1);
        let severe = before.iter().rev().find(|(_, bits)| bits & 3 != 0).map(|&(at, _)| at);
        if bits != 0 {
            rung = Rung::Released;
        } else if now - before[clear_from].0 >= TIMES.settle.0
            && severe.is_none_or(|at| now - at >= TIMES.quarantine.0)
        {
            rung = Rung::Commanded;
        }
    }
    rung
}

#[test]
fn each_reason_releases_at_once_and_holds_for_its_time() {
    // The reason, and how long after it is gone control comes back.
    for (bits, wait) in [(1, 60_000), (2, 60_000), (4, 3_000), (8, 3_000), (15, 60_000)] {
        let mut ladder = Ladder::new(TIMES);
        ladder.update(Moment(0), Flags::default());
        assert_eq!(ladder.update(Moment(3_000), Flags::default()), Rung::Commanded);
        assert_eq!(ladder.update(Moment(10_000), flags(bits)), Rung::Released);
        let mut now = 10_000;
        while ladder.rung() == Rung::Released {
            now += 100;
            ladder.update(Moment(now), Flags::default());
        }
        let after = now - 10_000;
        assert!((wait..=wait + 200).contains(&after), "{bits:04b}: back after {after} ms");
    }
}

#[test]
fn a_reason_that_comes_and_goes_keeps_control_released() {
    let mut ladder = Ladder::new(TIMES);
    for second in 0..120 {
        let silent = second % 3 == 0;
        let rung = ladder.update(Moment(second * 1_000), Flags { silent, ..Flags::default() });
        assert_eq!(rung, Rung::Released, "at {second} s");
    }
}

#[test]
fn the_gravest_reason_is_named() {
    let mut reasons: Vec<&str> = (0..16).map(|bits| flags(bits).reason()).collect();
    assert_eq!(reasons[0b1111], flags(1).reason(), "a violation before all others");
    assert_eq!(reasons[0b1110], flags(2).reason(), "a fault before people and silence");
    assert_eq!(reasons[0b1100], flags(4).reason(), "people before silence");
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), 5);
}

proptest! {
    #[test]
    fn the_ladder_agrees_with_the_model(
        steps in prop::collection::vec((1..20_000_i64, prop::sample::select(vec![0_u8, 0, 0, 0, 1, 2, 4, 8, 12])), 1..60),
    ) {
        let mut ladder = Ladder::new(TIMES);
        let mut history = Vec::new();
        let mut now = 0;
        for (wait, bits) in steps {
            now += wait;
            history.push((now, bits));
            let rung = ladder.update(Moment(now), flags(bits));
            prop_assert_eq!(rung, model(&history), "at {}: {:?}", now, history);
            prop_assert_eq!(ladder.rung(), rung);
        }
    }
}
