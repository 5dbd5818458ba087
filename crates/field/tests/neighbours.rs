//! A dead unit and a gateway that goes: what they cost the others on the line, in virtual time.

mod common;

use std::sync::Arc;

use common::bench::{Bench, Mood, Way};
use common::demand;
use field::line::{CommandOutcome, LineOutput, LineSettings, UnitSettings};
use field::wire::Wire;
use field::{DeviceMap, ExceptionCode};
use hw_profiles::Point;
use proptest::prelude::*;
use units::{DeviceId, Millis, Moment};

const GATEWAY: Way = Way::Gateway(Millis(20));
const SERIAL: Way = Way::Serial(Wire { baud: 19_200, bits: 11 });
const FAST_SERIAL: Way = Way::Serial(Wire { baud: 115_200, bits: 11 });
/// How long the ages are watched after a unit has died.
const WATCHED: Millis = Millis(600_000);

fn settings(way: Way) -> LineSettings {
    match way {
        Way::Gateway(_) => LineSettings::default(),
        Way::Serial(wire) => LineSettings { gap: wire.gap(), ..LineSettings::default() },
    }
}

/// Ten units of twenty words each a second, or of the open map.
fn ten(way: Way, small: bool) -> Bench {
    if !small {
        return Bench::of(way, settings(way), "open-stage-controller", 10);
    }
    let text = common::register("stage", "input", 0, "u16", "order = \"AB\"\ncount = 20")
        + &common::register("release", "holding", 0, "u16", "order = \"AB\"");
    let rest = "[[poll]]\nname = \"a\"\nperiod_s = 1.0\npoints = [\"stage\"]
[[command]]\nname = \"release\"\npoints = [\"release\"]\npulse_s = 0.0";
    let map = Arc::new(DeviceMap::new(common::profile(&text, rest)));
    let unit = |index: usize| UnitSettings {
        device: DeviceId::from_index(index),
        unit: u8::try_from(index + 1).expect("few"),
        map: map.clone(),
        watchdog_tried: false,
        outputs: Vec::new(),
    };
    let mut bench = Bench::new(way, settings(way), (0..10).map(unit).collect());
    (0..10).for_each(|unit| bench.set(unit, Point::IdentityMagic, 7));
    bench
}

/// The 99th percentiles of the ages of units 2 to 10 over ten minutes.
fn ages(mut bench: Bench, first: Mood) -> (Vec<i64>, Bench) {
    bench.run(Millis(10_000));
    bench.forget_ages();
    bench.units[0].mood = first;
    bench.run(WATCHED);
    ((1..10).map(|unit| bench.p99(unit)).collect(), bench)
}

#[test]
fn a_dead_unit_raises_the_others_ages_by_less_than_a_fifth() {
    let ways = [
        ("gateway, open map", GATEWAY, false),
        ("gateway, twenty words", GATEWAY, true),
        ("19200 baud, twenty words", SERIAL, true),
        ("115200 baud, open map", FAST_SERIAL, false),
        ("19200 baud, open map: the line is full", SERIAL, false),
    ];
    for (name, way, small) in ways {
        let (without, _) = ages(ten(way, small), Mood::Well);
        for mood in [Mood::Dead, Mood::Slow(Millis(600)), Mood::HangsUp] {
            let (with, bench) = ages(ten(way, small), mood);
            println!("{name}, {mood:?}: p99 {without:?} ms, with it {with:?} ms");
            for (unit, (with, without)) in with.iter().zip(&without).enumerate() {
                let most = without * 6 / 5;
                assert!(*with < most, "{name}, {mood:?}: unit {}: {with} ms", unit + 2);
            }
            assert_eq!(bench.states(0).last(), Some(&"open"), "{name}, {mood:?}");
            if mood != Mood::HangsUp {
                for unit in 1..10 {
                    assert_eq!(bench.states(unit), ["online"], "{name}: it was disturbed");
                }
            }
        }
    }
}

#[test]
fn dead_units_together_cost_less_than_a_hundredth_of_the_line() {
    for dead in [1, 3, 5] {
        let mut bench = ten(SERIAL, true);
        bench.run(Millis(10_000));
        bench.units[..dead].iter_mut().for_each(|unit| unit.mood = Mood::Dead);
        // What is spent until it is known that they are dead is over then.
        bench.run(Millis(600_000));
        let begin = bench.sent.len();
        bench.run(Millis(3_600_000));
        let probes = bench.sent[begin..].iter().filter(|(_, unit, _)| usize::from(*unit) <= dead);
        let Way::Serial(wire) = SERIAL else { unreachable!() };
        let each = Millis(500) + wire.worst_answer() + wire.gap();
        let spent = each * i64::try_from(probes.count()).expect("few");
        assert!(spent.0 > 0, "a dead unit is never given up");
        assert!(spent <= Millis(36_000), "{dead} dead: {spent} of an hour");
    }
}

#[test]
fn a_unit_that_was_dead_is_found_again() {
    for (others, most) in [(1, 4_500), (3, 200_000)] {
        let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", others);
        bench.run(Millis(5_000));
        bench.units[0].mood = Mood::Dead;
        bench.run(Millis(300_000));
        bench.units[0].mood = Mood::Well;
        let online = |o: &LineOutput| {
            matches!(o, LineOutput::Health { device, state, .. }
                if device.0 == 0 && state.name() == "online")
        };
        let begin = bench.now;
        let back = bench.until(Millis(most), online);
        assert!(back.is_some(), "{others} units: not back within {most} ms from {begin}");
    }
}

#[test]
fn units_that_were_dead_together_are_back_together() {
    let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", 8);
    bench.run(Millis(5_000));
    bench.units[..6].iter_mut().for_each(|unit| unit.mood = Mood::Dead);
    bench.run(Millis(1_800_000));
    bench.units[..6].iter_mut().for_each(|unit| unit.mood = Mood::Well);
    let begin = bench.now;
    while bench.line.health().any(|(_, health)| health.state.name() != "online") {
        bench.run(Millis(100));
        // One turn until the first is found, and the shorter wait until the others are.
        assert!(bench.now - begin < Millis(110_000), "not all are back");
    }
}

#[test]
fn a_unit_behind_a_gateway_that_says_so_is_asked_for_often() {
    let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", 3);
    bench.run(Millis(5_000));
    bench.units[0].mood = Mood::Refuses(ExceptionCode::GatewayTarget);
    bench.run(Millis(300_000));
    assert_eq!(bench.connects, 1, "an exception is an answer: the connection is sound");
    assert_eq!(bench.states(0), ["online", "open"]);
    bench.units[0].mood = Mood::Well;
    let online =
        |o: &LineOutput| matches!(o, LineOutput::Health { state, .. } if state.name() == "online");
    assert!(bench.until(Millis(5_000), online).is_some());
}

#[test]
fn after_a_time_out_the_line_is_used_again_at_once_and_nobody_is_identified_anew() {
    let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", 5);
    bench.run(Millis(5_000));
    let begin = bench.sent.len();
    bench.units[2].mood = Mood::Dead;
    let dropped = |o: &LineOutput| matches!(o, LineOutput::Disconnect { .. });
    let at = bench.until(Millis(3_000), dropped).expect("a time-out");
    bench.units[2].mood = Mood::Well;
    let asked = bench.sent.len();
    bench.run(Millis(60));
    assert!(bench.sent.len() > asked, "nothing was sent within 60 ms after {at}");
    bench.run(Millis(10_000));
    for unit in 0..5 {
        assert_eq!(bench.states(unit), ["online"], "unit {}", unit + 1);
    }
    let identity = |r: &field::Request| *r == field::Request::ReadInput { address: 0, count: 2 };
    let again = bench.sent[begin..].iter().filter(|(_, _, r)| identity(r)).count();
    assert_eq!(again, 0, "the identity was asked for again");
}

#[test]
fn demands_for_a_unit_that_dies_do_not_keep_the_others_waiting() {
    for (way, timeout) in [(GATEWAY, 1_000), (GATEWAY, 500), (FAST_SERIAL, 1_000)] {
        let settings = LineSettings { timeout: Millis(timeout), ..settings(way) };
        let mut bench = Bench::of(way, settings, "open-stage-controller", 4);
        bench.run(Millis(10_000));
        bench.forget_ages();
        bench.units[0].mood = Mood::Dead;
        for tag in 0..60 {
            let (now, late) = (bench.now, bench.now + Millis(2_000));
            bench.line.command(now, DeviceId(0), demand(1), late, tag);
            bench.run(Millis(1_000));
        }
        assert_eq!(bench.states(0).last(), Some(&"open"));
        for unit in 1..4 {
            let worst = bench.units[unit].ages.iter().max().copied().expect("sampled");
            assert!(worst < 3_000, "{way:?}, {timeout} ms: unit {}: {worst} ms", unit + 1);
        }
    }
}

#[test]
fn a_write_goes_out_beside_a_dead_unit() {
    let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", 10);
    bench.run(Millis(5_000));
    bench.units[0].mood = Mood::Dead;
    for tag in 0..300 {
        let (now, late) = (bench.now, bench.now + Millis(2_000));
        let to = DeviceId::from_index(1 + usize::try_from(tag % 9).expect("small"));
        bench.line.command(now, to, demand(1), late, tag);
        bench.run(Millis(997));
    }
    bench.run(Millis(2_000));
    let outcomes = bench.outcomes();
    assert_eq!(outcomes.len(), 300);
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == CommandOutcome::Written));
}

#[test]
fn a_gateway_that_reboots_a_hundred_times_is_back_each_time_and_costs_no_unit_its_standing() {
    for (units, away) in [(1, 300), (1, 3_000), (4, 300), (10, 3_000)] {
        let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", units);
        bench.run(Millis(5_000));
        for time in 0..100 {
            // The moment of the cut wanders through whatever the line is doing.
            bench.run(Millis(2_000 + 37 * time % 1_000));
            bench.cut();
            bench.run(Millis(away));
            bench.away = false;
            let back = bench.now;
            let begin = bench.said.len();
            while bench.now < back + Millis(5_000) {
                bench.run(Millis(10));
                let online = bench.line.health().filter(|(_, h)| h.state.name() == "online");
                if online.count() == units {
                    break;
                }
            }
            let took = bench.now - back;
            assert!(took < Millis(5_000), "{units} units, time {time}: {took}");
            let opened = bench.said[begin..].iter().any(
                |(_, o)| matches!(o, LineOutput::Health { state, .. } if state.name() == "open"),
            );
            assert!(!opened, "{units} units, time {time}: a unit was blamed");
        }
        for (_, health) in bench.line.health() {
            assert_eq!(health.failures, 0, "{health:?}");
        }
    }
}

#[test]
fn a_gateway_that_vanishes_without_a_word_is_no_units_failure_once_it_is_known() {
    let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", 3);
    bench.run(Millis(5_000));
    // Requests time out first, and connections are not even refused.
    bench.units.iter_mut().for_each(|unit| unit.mood = Mood::Dead);
    bench.vanished = true;
    bench.away = true;
    bench.run(Millis(20_000));
    bench.units.iter_mut().for_each(|unit| unit.mood = Mood::Well);
    bench.away = false;
    let begin = bench.now;
    while bench.line.health().any(|(_, h)| h.state.name() != "online") {
        bench.run(Millis(10));
        assert!(bench.now - begin < Millis(5_000), "not back within 5 s");
    }
    for unit in 0..3 {
        assert!(!bench.states(unit).contains(&"open"), "{:?}", bench.states(unit));
    }
}

#[test]
fn a_unit_over_which_the_gateway_hangs_up_is_left_alone_and_the_others_go_on() {
    let mut bench = Bench::of(GATEWAY, settings(GATEWAY), "open-stage-controller", 4);
    bench.run(Millis(5_000));
    bench.units[1].mood = Mood::HangsUp;
    bench.run(Millis(600_000));
    assert_eq!(bench.states(1).last(), Some(&"open"));
    let reason = bench.line.health().nth(1).expect("there").1.last_failure.clone();
    assert!(reason.expect("one").contains("whenever it is asked"));
    bench.forget_ages();
    bench.run(Millis(300_000));
    for unit in [0, 2, 3] {
        assert!(bench.p99(unit) < 1_200, "unit {}: {} ms", unit + 1, bench.p99(unit));
    }
    bench.units[1].mood = Mood::Well;
    let online = |o: &LineOutput| {
        matches!(o, LineOutput::Health { device, state, .. }
            if device.0 == 1 && state.name() == "online")
    };
    assert!(bench.until(Millis(200_000), online).is_some());
}

#[test]
fn attempts_of_many_lines_are_spread() {
    let again = |seed: u64| {
        let mut line = field::line::Line::new(LineSettings::default(), Vec::new(), Moment(0), seed);
        line.link_down(Moment(10), "refused");
        line.poll_timeout().expect("it tries again")
    };
    let times: std::collections::BTreeSet<_> = (0..50).map(again).collect();
    assert!(times.len() > 20, "{times:?}");
    let (first, last) = (times.first().expect("some"), times.last().expect("some"));
    assert!(*first >= Moment(210) && *last <= Moment(260), "{times:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever befalls a line for two minutes, once all is well again everything is read by its beat,
    /// and each command that was given was told of once.
    #[test]
    fn a_line_recovers_from_any_weather(
        serial in any::<bool>(),
        units in 1_usize..6,
        weather in prop::collection::vec((0_i64..6_000, 0_usize..8, any::<prop::sample::Index>()), 1..25),
    ) {
        let way = if serial { FAST_SERIAL } else { GATEWAY };
        let mut bench = Bench::of(way, settings(way), "open-stage-controller", units);
        let mut commands = 0;
        for (wait, what, unit) in weather {
            bench.run(Millis(wait));
            let unit = unit.index(units);
            match what {
                0 => bench.units[unit].mood = Mood::Dead,
                1 => bench.units[unit].mood = Mood::HangsUp,
                2 => bench.units[unit].mood = Mood::Slow(Millis(700)),
                3 => bench.units[unit].mood = Mood::Refuses(ExceptionCode::DeviceFailure),
                4 => bench.units[unit].mood = Mood::Well,
                5 => bench.cut(),
                6 => bench.away = false,
                _ => bench.reset(unit, wait),
            }
            for to in 0..units {
                let (now, late) = (bench.now, bench.now + Millis(2_000));
                bench.line.command(now, DeviceId::from_index(to), demand(0), late, commands);
                commands += 1;
            }
        }
        bench.away = false;
        bench.units.iter_mut().for_each(|unit| unit.mood = Mood::Well);
        // A turn of the slowest for each of them, at the worst.
        bench.run(Millis(600_000));
        bench.forget_ages();
        bench.run(Millis(20_000));
        for unit in 0..units {
            let state = bench.states(unit).last().copied();
            prop_assert_eq!(state, Some("online"), "unit {}", unit + 1);
            prop_assert!(bench.p99(unit) < 2_000, "unit {}: {} ms", unit + 1, bench.p99(unit));
        }
        let mut told: Vec<u64> = bench.outcomes().iter().map(|(tag, _)| *tag).collect();
        told.sort_unstable();
        prop_assert_eq!(told, (0..commands).collect::<Vec<_>>());
    }
}
