//! The monitor on sparse samples: it never cries wolf, and it always catches what was cut by more
//! than the samples around it leave open.

mod common;

use std::sync::Arc;

use common::{group, one_by_one, secs, stage};
use proptest::prelude::*;
use signal::{Aspect, Controller, GroupKind, Layout, Monitor, MonitorLimits, Violation};
use units::{GroupId, Millis, Moment, StageId};

use Aspect::{Dark, FlashingGreen, FlashingYellow, Green, Red, RedYellow, Yellow};

/// Two vehicle groups in conflict, or the second one of pedestrians: 5 s of minimum, 3 s of closing,
/// intergreens of 5 s.
fn pair(second: GroupKind) -> Arc<Layout> {
    let mut builder = Layout::builder();
    builder.group(group("first", GroupKind::Vehicle));
    builder.group(group("second", second));
    builder.conflict(GroupId(0), GroupId(1), None, None);
    builder.stage(stage("a", &[0]));
    builder.stage(stage("b", &[1]));
    Arc::new(builder.build().expect("sound"))
}

/// What two groups show while they take turns, with these times.
#[derive(Clone, Copy, Debug)]
struct Turns {
    green: i64,
    closing: i64,
    intergreen: i64,
}

impl Turns {
    fn shown(self, at: i64) -> [Aspect; 2] {
        let period = self.green + self.intergreen;
        let own = |shift: i64| {
            let second = (at - shift).rem_euclid(2 * period);
            match second {
                s if s < self.green => Green,
                s if s < self.green + self.closing => Yellow,
                _ => Red,
            }
        };
        [own(0), own(period)]
    }
}

/// All that is found in samples at these distances.
fn watch(turns: Turns, gaps: &[i64]) -> Vec<Violation> {
    let mut monitor = Monitor::new(pair(GroupKind::Vehicle), MonitorLimits::default());
    let mut now = 0;
    let mut found = Vec::new();
    for gap in gaps {
        now += gap;
        found.extend(monitor.observe(Moment(now), &turns.shown(now)));
    }
    found
}

/// Samples of some minutes, never further apart than `gap`.
fn samples(gap: std::ops::Range<i64>) -> impl Strategy<Value = (i64, Vec<i64>)> {
    gap.prop_flat_map(|gap| (Just(gap), prop::collection::vec(gap / 2..=gap, 400)))
}

const TOLERANCE: i64 = 200;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_sound_street_is_never_accused_by_answers_that_come_late(
        all_red in 2_000..4_000_i64,
        reads in prop::collection::vec((1..2_000_i64, 0..1_500_i64, 0..1_500_i64), 400),
    ) {
        let turns = Turns { green: 6_000, closing: 3_000, intergreen: 3_000 + all_red };
        let mut monitor = Monitor::new(pair(GroupKind::Vehicle), MonitorLimits::default());
        let mut now = 0;
        for (pause, there, back) in reads {
            let asked = now + pause;
            let shown = turns.shown(asked + there);
            now = asked + there + back;
            let found = monitor.observe_between(Moment(asked), Moment(now), &shown);
            prop_assert!(found.is_empty(), "asked at {asked}, came at {now}: {found:?}");
        }
    }

    #[test]
    fn a_sound_street_is_never_accused(
        green in 5_000..20_000_i64,
        closing in 3_000..5_000_i64,
        all_red in 2_000..4_000_i64,
        gaps in prop::collection::vec(1..9_000_i64, 400),
    ) {
        let turns = Turns { green, closing, intergreen: closing + all_red };
        prop_assert_eq!(watch(turns, &gaps), []);
    }

    #[test]
    fn a_sound_controller_is_never_accused_whatever_is_missed(
        layout in common::layout(300),
        demands in prop::collection::vec((any::<u8>(), 1..30_000_i64), 1..60),
        gaps in prop::collection::vec(1..9_000_i64, 1..50),
    ) {
        let mut controller = Controller::new(layout.clone(), Moment(0));
        let mut monitor = Monitor::new(layout.clone(), MonitorLimits::default());
        let (mut now, mut sample, mut count) = (0, 0, 0);
        for (pick, span) in demands {
            controller.request(StageId(pick % u8::try_from(layout.stages().len()).expect("few")));
            let end = now + span;
            while sample < end {
                controller.step(Moment(sample));
                let found = monitor.observe(Moment(sample), controller.aspects());
                prop_assert_eq!(found, [], "at {}", sample);
                sample += gaps[count % gaps.len()];
                count += 1;
            }
            now = end;
            controller.step(Moment(now));
        }
    }

    #[test]
    fn a_short_green_is_caught((gap, gaps) in samples(50..1_500), cut in 0.0..1.0_f64) {
        // It can look longer by a gap at either end; one shorter than a gap may be missed at all.
        let (shortest, longest) = (gap + 1, 5_000 - 2 * gap - TOLERANCE - 1);
        prop_assume!(shortest < longest);
        let green = shortest + (cut * (longest - shortest) as f64) as i64;
        let found = watch(Turns { green, closing: 3_000, intergreen: 5_000 }, &gaps);
        let caught = |v: &Violation| matches!(v, Violation::MinimumGreenShort { .. });
        prop_assert!(found.iter().any(caught), "{green} ms, {gap} ms: {found:?}");
        prop_assert!(found.iter().all(caught), "{found:?}");
    }

    #[test]
    fn a_short_yellow_is_caught((gap, gaps) in samples(50..1_300), cut in 0.0..1.0_f64) {
        // Even one that falls between two samples: the change to red came too soon.
        let longest = 3_000 - 2 * gap - TOLERANCE - 1;
        prop_assume!(longest > 0);
        let closing = (cut * longest as f64) as i64;
        let found = watch(Turns { green: 8_000, closing, intergreen: 5_000 }, &gaps);
        let caught = |v: &Violation| matches!(v, Violation::ClosingShort { .. });
        prop_assert!(found.iter().any(caught), "{closing} ms, {gap} ms: {found:?}");
        prop_assert!(found.iter().all(caught), "{found:?}");
    }

    #[test]
    fn a_short_intergreen_is_caught((gap, gaps) in samples(50..900), cut in 0.0..1.0_f64) {
        let longest = 5_000 - 2 * gap - TOLERANCE - 1;
        prop_assume!(longest > 3_000);
        let intergreen = 3_000 + (cut * (longest - 3_000) as f64) as i64;
        let found = watch(Turns { green: 8_000, closing: 3_000, intergreen }, &gaps);
        let caught = |v: &Violation| matches!(v, Violation::IntergreenShort { .. });
        prop_assert!(found.iter().any(caught), "{intergreen} ms, {gap} ms: {found:?}");
        prop_assert!(found.iter().all(caught), "{found:?}");
    }

    #[test]
    fn conflicting_greens_are_caught_in_any_sample(layout in common::layout(300), both in any::<u64>()) {
        let mut monitor = Monitor::new(layout.clone(), MonitorLimits::default());
        let show = |group: GroupId| match layout.group(group).kind {
            _ if both >> group.0 & 1 == 0 => Red,
            GroupKind::Vehicle => Green,
            GroupKind::Pedestrian if both >> (group.0 + 8) & 1 == 0 => Green,
            GroupKind::Pedestrian => FlashingGreen,
        };
        let aspects: Vec<_> = layout.group_ids().map(show).collect();
        let found = monitor.observe(Moment(0), &aspects);
        let mut expected = Vec::new();
        for a in layout.group_ids().filter(|a| aspects[a.index()].is_go()) {
            for b in layout.group_ids().filter(|b| b.0 > a.0 && aspects[b.index()].is_go()) {
                if layout.intergreens().conflicts(a, b) {
                    expected.push(Violation::ConflictingGreens { a, b });
                }
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_sample_makes_it_panic(
        samples in prop::collection::vec(
            (any::<i64>(), prop::collection::vec(0..7_u8, 0..4)), 0..40),
    ) {
        let mut monitor = Monitor::new(one_by_one(3), MonitorLimits::default());
        for (at, codes) in samples {
            let aspect = |code: u8| Aspect::from_code(code).expect("there are seven");
            let aspects: Vec<_> = codes.into_iter().map(aspect).collect();
            monitor.observe(Moment(at), &aspects);
        }
    }
}

/// One look after another: the time in tenths of a second, what is shown, and what is found.
type Looks<'l> = &'l [(i64, [Aspect; 2], &'l [&'l str])];

const STORIES: &[(&str, GroupKind, Looks<'static>)] = &[
    (
        "yellow between two samples is long enough",
        GroupKind::Vehicle,
        &[(0, [Green, Red], &[]), (60, [Green, Red], &[]), (90, [Red, Red], &[])],
    ),
    (
        "no yellow at all",
        GroupKind::Vehicle,
        &[(0, [Green, Red], &[]), (60, [Green, Red], &[]), (70, [Red, Red], &["closing-short"])],
    ),
    (
        "a green that is followed at once",
        GroupKind::Vehicle,
        &[
            (0, [Green, Red], &[]),
            (20, [Yellow, Red], &[]),
            (30, [Yellow, Green], &["intergreen-short"]),
        ],
    ),
    (
        "a change from one green to the other",
        GroupKind::Vehicle,
        &[(0, [Green, Red], &[]), (10, [Red, Green], &["closing-short", "intergreen-short"])],
    ),
    (
        "both at once, as long as it lasts",
        GroupKind::Vehicle,
        &[
            (0, [Green, Green], &["conflicting-greens"]),
            (10, [Green, Green], &["conflicting-greens"]),
        ],
    ),
    (
        "pedestrians who finish are in the way as well",
        GroupKind::Pedestrian,
        &[(0, [Green, FlashingGreen], &["conflicting-greens"])],
    ),
    (
        "an aspect of another kind",
        GroupKind::Pedestrian,
        &[
            (0, [Red, Green], &[]),
            (10, [FlashingGreen, Yellow], &["impossible-aspect", "impossible-aspect"]),
        ],
    ),
    (
        "red with yellow before green is no closing",
        GroupKind::Vehicle,
        &[(0, [Red, Red], &[]), (10, [RedYellow, Red], &[]), (20, [Green, Red], &[])],
    ),
    (
        "what was before a silence is not held against what follows",
        GroupKind::Vehicle,
        &[(0, [Green, Red], &[]), (51, [Red, Green], &[])],
    ),
    (
        "a junction that flashed starts afresh",
        GroupKind::Vehicle,
        &[
            (0, [Green, Red], &[]),
            (10, [FlashingYellow, FlashingYellow], &[]),
            (20, [Red, Green], &[]),
            (30, [Dark, Dark], &[]),
            (40, [Green, Red], &[]),
        ],
    ),
    (
        "samples out of order are not taken",
        GroupKind::Vehicle,
        &[(50, [Green, Red], &[]), (40, [Red, Green], &[]), (60, [Green, Red], &[])],
    ),
];

#[test]
fn stories_of_a_street() {
    for (story, second, looks) in STORIES {
        let mut monitor = Monitor::new(pair(*second), MonitorLimits::default());
        for (tenths, aspects, expected) in *looks {
            let found = monitor.observe(Moment(tenths * 100), aspects);
            let names: Vec<_> = found.iter().map(Violation::name).collect();
            assert_eq!(names, *expected, "{story}, at {tenths}: {found:?}");
        }
    }
}

#[test]
fn a_group_that_starves_is_told_once_and_again_after_its_next_red() {
    let mut monitor = Monitor::new(pair(GroupKind::Vehicle), MonitorLimits::default());
    let mut told = Vec::new();
    for second in 0..900 {
        // One green of 10 s after seven minutes, and the other group never.
        let first = if (420..430).contains(&second) { Green } else { Red };
        let first = if (430..433).contains(&second) { Yellow } else { first };
        for violation in monitor.observe(Moment(second * 1_000), &[first, Red]) {
            assert!(!violation.is_severe());
            let Violation::Starved { group, red_for } = violation else {
                panic!("{violation}");
            };
            assert!(red_for > secs(240));
            told.push((second, group.0));
        }
    }
    assert_eq!(told, [(241, 0), (241, 1), (671, 0)]);
}

#[test]
fn samples_of_another_length_are_not_taken_and_a_reset_forgets() {
    let mut monitor = Monitor::new(pair(GroupKind::Vehicle), MonitorLimits::default());
    assert_eq!(monitor.observe(Moment(0), &[Green]), []);
    assert_eq!(monitor.observe(Moment(0), &[Green, Red]), []);
    monitor.reset();
    assert_eq!(monitor.observe(Moment(1_000), &[Red, Green]), []);
}

#[test]
fn violations_have_a_name_a_weight_and_words() {
    let (group, was, needed) = (GroupId(0), Millis(1_000), Millis(2_000));
    let all = [
        Violation::ConflictingGreens { a: group, b: GroupId(1) },
        Violation::IntergreenShort { from: group, to: GroupId(1), was, needed },
        Violation::MinimumGreenShort { group, was, needed },
        Violation::ClosingShort { group, was, needed },
        Violation::Starved { group, red_for: needed },
        Violation::ImpossibleAspect { group, aspect: Dark },
    ];
    for violation in all {
        let starved = matches!(violation, Violation::Starved { .. });
        assert_eq!(violation.is_severe(), !starved);
        assert!(violation.to_string().contains('1'), "groups count from 1: {violation}");
        assert!(!violation.name().is_empty());
    }
}
