//! What a section makes of passages: the cases by table, the promises by property.

use proptest::prelude::*;
use units::{Millis, WallTime};

use super::*;
use crate::testing::{NOON, passage, plated, section, spec};
use crate::*;

const KEY: StatisticsKey = StatisticsKey([3; 32]);
/// A vehicle at 100 km/h takes so long; at 120, at 200, at 300.
const AT_100: i64 = 180_000;
const AT_120: i64 = 150_000;
const AT_200: i64 = 90_000;
const AT_300: i64 = 60_000;

fn matcher() -> Matcher {
    Matcher::new(section(), 1_000, KEY, WallTime(NOON))
}

/// Hands in passages as they come, the clock going with them, and waits until all is said.
fn run(matcher: &mut Matcher, passages: &[Passage]) -> Vec<Output> {
    let mut out = Vec::new();
    for passage in passages {
        let now = matcher.now.max(passage.at);
        matcher.take(now, *passage, &mut out).expect("it is taken");
    }
    matcher.advance(matcher.now + Millis(7_200_000), &mut out);
    out
}

/// Outputs in words.
fn told(out: &[Output]) -> Vec<String> {
    let one = |output: &Output| match output {
        Output::Trip(trip) => format!("trip {} {:?}", trip.travel.0 / 1_000, trip.method),
        Output::Evidence(verdict) => format!("evidence {}", verdict.certified),
        Output::Dropped(doubts) => {
            format!("dropped {}", doubts.iter().map(Doubt::name).collect::<Vec<_>>().join(" "))
        }
        Output::Cloned { .. } => "cloned".to_owned(),
    };
    out.iter().map(one).collect()
}

/// Passages by camera and time; each has its own number.
fn at(times: &[(u16, i64)]) -> Vec<Passage> {
    (1_u64..).zip(times).map(|(n, &(camera, after))| passage(camera, n, after)).collect()
}

#[test]
fn what_one_plate_does_and_what_is_said_of_it() {
    /// What it is, passages by camera and time, and what is said.
    type Case = (&'static str, &'static [(u16, i64)], &'static [&'static str]);
    let cases: &[Case] = &[
        ("below the limit", &[(0, 0), (1, AT_100)], &["trip 180 Exact"]),
        ("within the tolerance", &[(0, 0), (1, 165_000)], &["trip 165 Exact"]),
        ("too fast", &[(0, 0), (1, AT_120)], &["trip 150 Exact", "evidence 119 km/h"]),
        ("by the other exit", &[(0, 0), (2, AT_120)], &["trip 150 Exact", "evidence 119 km/h"]),
        (
            "doubles at both ends: the longest time",
            &[(0, 0), (0, 3_000), (1, AT_120), (1, AT_120 + 4_000)],
            &["trip 150 Exact", "evidence 116 km/h"],
        ),
        (
            "a double that takes it below",
            &[(0, 0), (1, 162_000), (1, 166_000)],
            &["trip 162 Exact"],
        ),
        ("never left", &[(0, 0)], &[]),
        ("never came on", &[(1, 0)], &[]),
        ("left before it came on", &[(1, 0), (0, 20_000)], &[]),
        ("waited for no longer", &[(0, 0), (1, 1_501_000)], &[]),
        ("a rest on the way", &[(0, 0), (1, 1_400_000)], &["trip 1400 Exact"]),
        (
            "turned round and came on again",
            &[(0, 0), (0, 300_000), (1, 300_000 + AT_120)],
            &["trip 150 Exact", "dropped entered-twice"],
        ),
        (
            "two rounds, too fast in both",
            &[(0, 0), (1, AT_120), (0, 400_000), (1, 400_000 + AT_120)],
            &["trip 150 Exact", "trip 150 Exact", "evidence 119 km/h", "evidence 119 km/h"],
        ),
        (
            "two with one plate: the second leaves, too",
            &[(0, 0), (1, AT_120), (1, AT_120 + 30_000)],
            &["trip 150 Exact", "dropped left-twice"],
        ),
        (
            "two with one plate: by two exits at once",
            &[(0, 0), (1, AT_120), (2, AT_120 + 10)],
            &["trip 150 Exact", "dropped left-twice"],
        ),
        (
            "two with one plate: faster than anybody",
            &[(0, 0), (1, AT_300), (1, AT_120)],
            &["cloned", "trip 150 Exact", "dropped implausible"],
        ),
        ("too fast by far", &[(0, 0), (1, AT_200)], &["trip 90 Exact", "evidence 199 km/h"]),
    ];
    for (name, times, expected) in cases {
        let mut matcher = matcher();
        assert_eq!(told(&run(&mut matcher, &at(times))), *expected, "{name}");
        assert_eq!((matcher.kept(), matcher.rows_inside()), (0, 0), "{name}: nothing stays");
    }
}

#[test]
fn what_is_wrong_with_an_end_is_named() {
    type Change = fn(&mut Passage);
    let cases: &[(&str, Change)] = &[
        ("confidence", |end| end.confidence = 89),
        ("plate-colour", |end| end.plate = Plate::read("鲁A12345", PlateColour::Yellow).ok()),
        ("classes-differ", |end| end.class = VehicleClass::Coach),
        ("classes-differ", |end| end.class = VehicleClass::Unknown),
        ("colours-differ", |end| end.colour = VehicleColour::Red),
        ("clock-not-synchronised", |end| end.clock.state = ClockState::Holdover),
        ("clock-not-synchronised", |end| end.clock.source = SyncSource::Set),
        ("clock-not-synchronised clock-stepped", |end| end.clock.state = ClockState::Stepped),
        ("clock-uncertain", |end| end.uncertainty_ms = 201),
        ("clock-uncertain", |end| end.clock.offset_bound_ms = 201),
        ("clock-uncertain", |end| end.clock.sync_age_s = 3_601),
        ("no-image", |end| end.image = None),
    ];
    for (name, change) in cases {
        for end in 0..2 {
            let mut passages = at(&[(0, 0), (1, AT_120)]);
            change(&mut passages[end]);
            let out = told(&run(&mut matcher(), &passages));
            assert_eq!(out, ["trip 150 Exact", &format!("dropped {name}")], "end {end}");
        }
    }
    let mut passages = at(&[(0, 0), (1, AT_120)]);
    passages[0].colour = VehicleColour::Unknown;
    assert_eq!(told(&run(&mut matcher(), &passages))[1], "evidence 119 km/h");
}

#[test]
fn a_plate_that_looks_alike_gives_a_travel_time_and_nothing_else() {
    let entry = passage(0, 1, 0);
    let misread = plated(passage(1, 2, AT_120), "鲁A72345");
    let own = passage(1, 3, AT_120 + 2_000);
    let other = plated(passage(1, 2, AT_120), "鲁A99999");
    for (name, passages, expected) in [
        ("misread", vec![entry, misread], vec!["trip 150 LookAlike"]),
        ("somebody else", vec![entry, other], vec![]),
        (
            "misread, and then its own",
            vec![entry, misread, own],
            vec!["trip 150 LookAlike", "evidence 118 km/h"],
        ),
        ("two look like it", vec![entry, plated(passage(0, 2, 100), "鲁A77345"), misread], vec![]),
    ] {
        assert_eq!(told(&run(&mut matcher(), &passages)), expected, "{name}");
    }
}

#[test]
fn what_is_not_taken_is_refused_with_its_reason() {
    let mut matcher = Matcher::new(section(), 2, KEY, WallTime(NOON));
    let mut out = Vec::new();
    let now = WallTime(NOON + 100_000);
    for (passage, refusal) in [
        (passage(9, 1, 100_000), Refusal::NotOurs),
        (Passage { lane: 2, ..passage(0, 1, 100_000) }, Refusal::NotOurs),
        (passage(0, 1, 102_001), Refusal::Ahead),
        (passage(0, 1, 39_999), Refusal::TooLate),
        // Yesterday, once more.
        (passage(0, 1, -86_400_000), Refusal::TooLate),
    ] {
        assert_eq!(matcher.take(now, passage, &mut out), Err(refusal));
    }
    for n in 0..2 {
        assert_eq!(matcher.take(now, passage(0, n, 100_000), &mut out), Ok(()));
    }
    assert_eq!(matcher.take(now, passage(0, 3, 100_000), &mut out), Err(Refusal::NoRoom));
    assert_eq!((matcher.kept(), matcher.waiting()), (2, 2));
}

#[test]
fn a_disturbance_ends_evidence_for_whom_it_touches_and_the_section_says_so() {
    let mut matcher = matcher();
    let heard = [passage(0, 1, 0), plated(passage(1, 1, 10), "鲁A00001")];
    let third = plated(passage(2, 1, 20), "鲁A00002");
    run(&mut matcher, &heard);
    let now = matcher.now;
    let silent = Reason::Unheard(CameraId(2));
    assert_eq!(matcher.measuring(now), Measuring::TravelTimesOnly(vec![silent]));
    let base = now.0 - NOON;
    let late = Passage { at: WallTime(NOON + base), ..third };
    run(&mut matcher, &[late]);
    assert_eq!(matcher.measuring(matcher.now), Measuring::Evidence);

    let base = matcher.now.0 - NOON;
    let reason = Reason::ClockStepped(CameraId(1));
    matcher.disturb(Disturbance::instant(reason, WallTime(NOON + base + 100_000)));
    let quarantine = Reason::Quarantined(CameraId(2), "two cameras are it".into());
    matcher.disturb(Disturbance::lasting(quarantine.clone(), WallTime(NOON + base)));
    assert_eq!(
        matcher.measuring(matcher.now),
        Measuring::TravelTimesOnly(vec![quarantine.clone()])
    );
    let others = at(&[(0, base), (1, base + AT_120), (0, base + 300_000), (2, base + 450_000)]);
    assert_eq!(
        told(&run(&mut matcher, &others)),
        ["trip 150 Exact", "dropped clock-stepped", "trip 150 Exact", "dropped not-measuring"]
    );
    matcher.settle(&quarantine, matcher.now);
    let base = matcher.now.0 - NOON + 1;
    let later = at(&[(0, base), (2, base + AT_120)]);
    assert_eq!(told(&run(&mut matcher, &later))[1], "evidence 119 km/h");
}

#[test]
fn a_change_needs_a_signature_and_nobody_is_judged_over_it() {
    let mut matcher = matcher();
    let mut out = Vec::new();
    let changed =
        |version: u32| Section::new(SectionSpec { version, ..spec() }).expect("it holds together");
    let signed = Approval::Signed("chief".into());
    let first = at(&[(0, 0), (1, AT_120)]);
    for passage in &first {
        matcher.take(passage.at, *passage, &mut out).expect("it is taken");
    }
    let now = WallTime(NOON + AT_120 + 1_000);
    let refused = matcher.change(now, changed(2), &Approval::Unsigned, &mut out);
    assert_eq!(refused, Err(ChangeRefusal::Unsigned));
    let Measuring::TravelTimesOnly(reasons) = matcher.measuring(now) else {
        panic!("it measures on")
    };
    assert!(reasons.contains(&Reason::UnsignedChange), "{reasons:?}");
    let same = matcher.change(now, changed(1), &signed, &mut out);
    assert_eq!(same, Err(ChangeRefusal::Version(1, 1)));
    assert_eq!(matcher.change(now, changed(2), &signed, &mut out), Ok(()));
    assert_eq!(matcher.section().spec().version, 2);
    let base = AT_120 + 2_000;
    let second = at(&[(0, base), (1, base + AT_120)]);
    out.extend(run(&mut matcher, &second));
    assert_eq!(
        told(&out),
        ["trip 150 Exact", "trip 150 Exact", "dropped section-changed", "evidence 119 km/h"]
    );
}

/// A few plates that look like each other, so that reads are confused for one another.
fn any_passage() -> impl Strategy<Value = (Passage, i64)> {
    let plates = prop::sample::select(vec!["鲁A12345", "鲁A72345", "鲁A12B45", "鲁A12845"]);
    (0..3_u16, 0..600_000_i64, plates, 0..2_u8, any::<u64>(), 0..60_000_i64).prop_map(
        |(camera, after, plate, lane, sequence, delay)| {
            let passage = Passage { lane, ..passage(camera, sequence, after) };
            (plated(passage, plate), after + delay)
        },
    )
}

/// Hands in passages in the order of their arrival.
fn by_arrival(mut passages: Vec<(Passage, i64)>) -> Vec<Output> {
    passages.sort_by_key(|&(_, arrival)| arrival);
    let mut matcher = Matcher::new(section(), 1_000, KEY, WallTime(NOON));
    let mut out = Vec::new();
    for (passage, arrival) in passages {
        let now = WallTime(NOON + arrival);
        matcher.take(now, passage, &mut out).expect("within the lateness");
    }
    matcher.advance(matcher.now + Millis(7_200_000), &mut out);
    out
}

proptest! {
    #[test]
    fn the_order_of_arrivals_within_the_lateness_changes_nothing(
        passages in prop::collection::vec(any_passage(), 0..60),
        delays in prop::collection::vec(0..60_000_i64, 60),
    ) {
        let others = passages.iter().zip(delays).map(|(&(passage, _), delay)| {
            (passage, passage.at.0 - NOON + delay)
        });
        let others: Vec<_> = others.collect();
        prop_assert_eq!(by_arrival(passages), by_arrival(others));
    }

    /// Whoever drives at most at the limit is never evidence, whatever clocks and detection do within
    /// what they declare, at any length within the survey's uncertainty.
    #[test]
    fn noise_within_the_stated_uncertainty_makes_nobody_a_violator(
        limit in 40..=120_u16,
        share in 0.5..=1.0_f64,
        length in 500_000..20_000_000_u32,
        shorter in 0.0..=1.0_f64,
        bounds in (0..200_u16, 0..200_u16),
        errors in (-1.0..=1.0_f64, -1.0..=1.0_f64, -1.0..=1.0_f64),
        start in 0..1_000_i64,
    ) {
        let mut spec = spec();
        spec.rules.tolerance = Tolerance::default();
        spec.limits.entries[0].rules[0].limit = Kmh(limit);
        for pair in &mut spec.survey.pairs {
            pair.shortest = Millimetres(length);
        }
        let (uncertainty, trigger) = (spec.survey.uncertainty, spec.rules.trigger);
        // What the vehicle really drives, and for how long, at the limit or below.
        let way = f64::from(length) - shorter * f64::from(uncertainty.0);
        let took = way / (f64::from(limit) * share / 3.6);
        let error = |bound: u16, of: f64| f64::from(bound) * of;
        let detection = trigger.0 as f64 * errors.2;
        // What the clocks say of it, to the millisecond that is the worst for the driver.
        let entered = start as f64 + error(bounds.0, errors.0);
        let left = start as f64 + took + error(bounds.1, errors.1) + detection;
        let entry = Passage {
            at: WallTime(NOON + entered.floor() as i64),
            uncertainty_ms: bounds.0,
            ..passage(0, 1, 0)
        };
        let exit = Passage {
            at: WallTime(NOON + left.floor() as i64),
            uncertainty_ms: bounds.1,
            ..passage(1, 1, 0)
        };
        // The clocks' own resolution is within what they declare.
        prop_assume!(entry.uncertainty_ms > 0 && exit.uncertainty_ms > 0);
        let section = Section::new(spec).expect("it holds together");
        let verdict = judge(&section, (&entry, &exit), Method::Exact, &[], Doubts::NONE);
        prop_assert_eq!(verdict.judgement, Judgement::Compliant, "{:?}", verdict);
    }
}

#[test]
fn a_vehicle_is_known_for_a_day_and_not_for_two() {
    let key = |plate| Plate::read(plate, PlateColour::Blue).expect("a plate").key();
    let (one, other) = (key("鲁A12345"), key("鲁A12346"));
    let today = KEY.pseudonym(one);
    assert_eq!(today, KEY.pseudonym(one));
    assert_ne!(today, KEY.pseudonym(other));
    assert_ne!(today, StatisticsKey([2; 32]).pseudonym(one));
    assert!(!format!("{KEY:?}").contains('3'), "a key is not shown");
}
