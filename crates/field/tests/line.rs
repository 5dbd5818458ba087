//! A line's schedule in virtual time: one request at a time, writes first, pauses kept, late answers
//! never taken, changes of identity seen.

mod common;

use common::bench::{Bench, Mood, Way};
use common::{admitted, demand};
use field::line::{CommandOutcome, LineOutput, LineSettings, UnitSettings};
use field::{ExceptionCode, Failure, Reply, Request};
use hw_profiles::Point;
use proptest::prelude::*;
use signal::Command;
use units::{DeviceId, GroupId, Millis, Moment, PlanId};

const NEAR: Way = Way::Gateway(Millis(20));

fn controllers(count: usize) -> Bench {
    Bench::of(NEAR, LineSettings::default(), "open-stage-controller", count)
}

fn device(index: usize) -> DeviceId {
    DeviceId::from_index(index)
}

fn is_online(of: usize) -> impl Fn(&LineOutput) -> bool {
    move |output| {
        let online = |d: &DeviceId, state: &str| *d == device(of) && state == "online";
        matches!(output, LineOutput::Health { device, state, .. } if online(device, state.name()))
    }
}

#[test]
fn every_unit_is_identified_and_then_read_by_its_beat() {
    let mut bench = controllers(3);
    bench.run(Millis(10_000));
    for unit in 0..3 {
        assert_eq!(bench.states(unit), ["online"]);
        assert!(bench.p99(unit) <= 1_200, "{}", bench.p99(unit));
        let (_, health) = bench.line.health().nth(unit).expect("there");
        assert!(health.read.iter().flatten().all(|at| bench.now - *at < Millis(10_500)));
        assert_eq!((health.failures, health.failures_in_a_row), (0, 0));
    }
    let first = bench.sent.iter().find(|(_, unit, _)| *unit == 1).expect("asked");
    assert_eq!(first.2, Request::ReadInput { address: 0, count: 2 }, "identity comes first");
}

#[test]
fn a_command_waits_for_one_request_at_most() {
    let mut bench = controllers(10);
    bench.run(Millis(3_000));
    for tag in 0..200 {
        bench.run(Millis(7 + i64::try_from(tag % 13).expect("small")));
        let at = bench.now;
        let to = device(usize::try_from(tag % 10).expect("small"));
        bench.line.command(at, to, demand(1), at + Millis(1_000), tag);
        bench.obey();
        let written = bench.until(Millis(1_000), |output| {
            matches!(output, LineOutput::Commanded { tag: t, outcome, .. }
                if *t == tag && *outcome == CommandOutcome::Written)
        });
        let took = written.expect("written") - at;
        assert!(took <= Millis(41), "two requests of 20 ms, not {took}");
    }
}

#[test]
fn a_newer_demand_takes_the_place_of_one_that_waits() {
    let mut bench = controllers(2);
    bench.run(Millis(2_000));
    bench.units[1].mood = Mood::Slow(Millis(300));
    bench.until(Millis(3_000), |_| false);
    // Something slow is in flight while these come.
    let begun = bench.sent.len();
    while bench.sent.len() == begun || bench.sent.last().is_some_and(|(_, unit, _)| *unit == 1) {
        bench.run(Millis(1));
    }
    let (now, late) = (bench.now, bench.now + Millis(2_000));
    let lease = Millis(5_000);
    let select = |plan| admitted(Command::SelectPlan { plan: PlanId(plan), lease });
    let call = |group| admitted(Command::Call { group: GroupId(group) });
    let line = &mut bench.line;
    line.command(now, device(0), demand(0), late, 1);
    line.command(now, device(1), demand(0), late, 2);
    line.command(now, device(0), select(0), late, 3);
    line.command(now, device(0), call(0), late, 4);
    line.command(now, device(0), call(1), late, 5);
    line.command(now, device(0), demand(1), late, 6);
    line.command(now, device(0), call(0), late, 7);
    let before = bench.sent.len();
    bench.run(Millis(1_500));
    let outcomes = bench.outcomes();
    let of = |tag| {
        let mut all = outcomes.iter().filter(|(of, _)| *of == tag).map(|(_, outcome)| outcome);
        let one = all.next().expect("told").clone();
        assert_eq!(all.next(), None, "told once");
        one
    };
    for (tag, expected) in [
        (1, CommandOutcome::Superseded),
        (2, CommandOutcome::Written),
        (3, CommandOutcome::Written),
        (4, CommandOutcome::Superseded),
        (5, CommandOutcome::Written),
        (6, CommandOutcome::Written),
        (7, CommandOutcome::Written),
    ] {
        assert_eq!(of(tag), expected, "command {tag}");
    }
    // The newer demand keeps the turn of the older one.
    let writes: Vec<_> = bench.sent[before..].iter().filter(|(_, _, r)| r.is_write()).collect();
    assert_eq!(writes[0].1, 1);
    assert!(matches!(&writes[0].2, Request::WriteRegisters { values, .. } if values[0] == 2));
}

#[test]
fn a_release_ends_what_waits_and_what_comes_after_it_follows_it() {
    let mut bench = controllers(1);
    bench.run(Millis(2_000));
    while bench.line.poll_timeout().is_some_and(|at| at > bench.now + Millis(500)) {
        bench.run(Millis(1));
    }
    bench.units[0].mood = Mood::Slow(Millis(200));
    let asked = bench.sent.len();
    while bench.sent.len() == asked {
        bench.run(Millis(1));
    }
    let (now, late) = (bench.now, bench.now + Millis(3_000));
    bench.line.command(now, device(0), demand(0), late, 1);
    bench.line.command(now, device(0), admitted(Command::Release), late, 2);
    bench.line.command(now, device(0), demand(1), late, 3);
    bench.run(Millis(2_000));
    let outcomes = bench.outcomes();
    assert_eq!(outcomes[0], (1, CommandOutcome::Superseded));
    assert_eq!(outcomes[1], (2, CommandOutcome::Written));
    assert_eq!(outcomes[2], (3, CommandOutcome::Written));
}

#[test]
fn what_cannot_be_written_in_time_is_told_and_never_sent() {
    let mut bench = controllers(1);
    bench.away = true;
    bench.cut();
    bench.run(Millis(500));
    let at = bench.now;
    bench.line.command(at, device(0), demand(1), at + Millis(300), 1);
    bench.line.command(at, device(9), demand(1), at + Millis(300), 2);
    bench.run(Millis(400));
    bench.away = false;
    bench.run(Millis(5_000));
    let outcomes = bench.outcomes();
    assert!(matches!(&outcomes[0], (2, CommandOutcome::Failed(why)) if why.contains("no such")));
    assert!(matches!(&outcomes[1], (1, CommandOutcome::Failed(why)) if why.contains("in time")));
    assert!(bench.sent.iter().all(|(_, _, request)| !request.is_write()));
}

#[test]
fn no_more_commands_wait_than_there_is_room_for() {
    let mut bench = controllers(100);
    bench.cut();
    bench.run(Millis(20));
    let (now, late) = (bench.now, bench.now + Millis(60_000));
    let call = |group| admitted(Command::Call { group: GroupId(group) });
    for index in 0..100 {
        for (tag, command) in [(0, demand(0)), (1, call(0)), (2, call(1))] {
            bench.line.command(now, device(index), command, late, 3 * index as u64 + tag);
        }
    }
    bench.obey();
    let refused = |(_, o): &(u64, CommandOutcome)| matches!(o, CommandOutcome::Failed(why) if why.contains("too many"));
    assert_eq!(bench.outcomes().len(), 300 - 256);
    assert!(bench.outcomes().iter().all(refused));
}

#[test]
fn an_answer_that_comes_late_is_for_nobody() {
    let mut bench = controllers(2);
    bench.run(Millis(2_000));
    let sent = bench.said.len();
    let reply = Reply::Input(vec![18_263, 1]);
    for token in [0, 1, 2, 999, u64::MAX] {
        bench.line.handle_reply(bench.now, token, Ok(reply.clone()));
        bench.line.handle_reply(bench.now, token, Err(Failure::Timeout));
    }
    bench.obey();
    let late = &bench.said[sent..];
    assert!(late.iter().all(|(_, o)| !matches!(o, LineOutput::Points { .. })), "{late:?}");
    assert!(late.iter().all(|(_, o)| !matches!(o, LineOutput::Disconnect { .. })), "{late:?}");
}

#[test]
fn an_answer_that_does_not_fit_drops_the_connection_at_once() {
    let map = common::shipped("open-stage-controller");
    let unit = UnitSettings {
        device: device(0),
        unit: 1,
        map,
        watchdog_tried: false,
        outputs: Vec::new(),
    };
    for wrong in [
        Reply::Input(vec![18_263]),
        Reply::Holding(vec![18_263, 1]),
        Reply::WroteRegister { address: 0, value: 2 },
        Reply::Discrete(vec![true, false]),
    ] {
        let settings = LineSettings::default();
        let mut line = field::line::Line::new(settings, vec![unit.clone()], Moment(0), 1);
        line.link_up(Moment(1));
        let mut said: Vec<_> = std::iter::from_fn(|| line.poll_output()).collect();
        let Some(LineOutput::Send { token, .. }) = said.pop() else {
            panic!("{said:?}");
        };
        line.handle_reply(Moment(5), token, Ok(wrong.clone()));
        let said: Vec<_> = std::iter::from_fn(|| line.poll_output()).collect();
        assert!(matches!(said[0], LineOutput::Disconnect { .. }), "{wrong:?}: {said:?}");
        assert_eq!(said[1], LineOutput::Connect, "{wrong:?}");
    }
}

#[test]
fn a_request_whose_outcome_is_never_handed_back_is_given_up() {
    let map = common::shipped("open-stage-controller");
    let unit = UnitSettings {
        device: device(0),
        unit: 1,
        map,
        watchdog_tried: false,
        outputs: Vec::new(),
    };
    let mut line = field::line::Line::new(LineSettings::default(), vec![unit], Moment(0), 1);
    line.link_up(Moment(1));
    while line.poll_output().is_some() {}
    let until = line.poll_timeout().expect("it does not wait for ever");
    assert!(until <= Moment(1 + 500 + 10_000), "{until}");
    line.handle_timeout(until);
    assert!(matches!(line.poll_output(), Some(LineOutput::Disconnect { .. })));
}

#[test]
fn an_attempt_to_connect_does_not_last_for_ever() {
    let mut bench = controllers(1);
    bench.mute = true;
    bench.cut();
    bench.run(Millis(30_000));
    let drops = bench.said.iter().filter(|(_, o)| matches!(o, LineOutput::Disconnect { .. }));
    let drops = drops.count();
    assert!((5..=7).contains(&drops), "an attempt each 4 to 5.25 s, not {drops} in 30 s");
    bench.mute = false;
    bench.away = false;
    let back = bench.until(Millis(6_000), is_online(0));
    assert!(back.is_some(), "{:?}", bench.said);
}

#[test]
fn a_device_is_left_in_peace_between_requests() {
    let pause = Millis(50);
    let text = common::register("mode", "input", 0, "u16", "order = \"AB\"")
        + &common::register("release", "holding", 0, "u16", "order = \"AB\"");
    let rest = "[pacing]\npause_ms = 50\n[[poll]]\nname = \"a\"\nperiod_s = 0.1
points = [\"mode\"]\n[[command]]\nname = \"release\"\npoints = [\"release\"]\npulse_s = 0.0";
    let map = std::sync::Arc::new(field::DeviceMap::new(common::profile(&text, rest)));
    let unit = |index: usize| UnitSettings {
        device: device(index),
        unit: u8::try_from(index + 1).expect("small"),
        map: map.clone(),
        watchdog_tried: false,
        outputs: Vec::new(),
    };
    let mut bench = Bench::new(NEAR, LineSettings::default(), vec![unit(0), unit(1)]);
    for index in 0..2 {
        bench.set(index, Point::IdentityMagic, 7);
    }
    for tag in 0..20 {
        bench.run(Millis(170));
        let (now, late) = (bench.now, bench.now + Millis(500));
        bench.line.command(now, device(0), admitted(Command::Release), late, tag);
        bench.obey();
    }
    for unit in 1..=2 {
        let times: Vec<Moment> =
            bench.sent.iter().filter(|(_, u, _)| *u == unit).map(|(at, ..)| *at).collect();
        assert!(times.len() > 20);
        for pair in times.windows(2) {
            let apart = pair[1] - pair[0];
            assert!(apart >= Millis(20) + pause, "{apart} from one request to the next");
        }
    }
    assert!(bench.outcomes().iter().all(|(_, outcome)| *outcome == CommandOutcome::Written));
}

#[test]
fn a_serial_line_is_silent_after_each_answer() {
    let settings = LineSettings { gap: Millis(4), ..LineSettings::default() };
    let mut bench = Bench::of(NEAR, settings, "open-stage-controller", 4);
    bench.run(Millis(5_000));
    for pair in bench.sent.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= Millis(24), "{pair:?}");
    }
}

#[test]
fn a_start_of_a_device_is_seen_and_it_is_identified_again() {
    let mut bench = controllers(2);
    bench.run(Millis(3_000));
    bench.reset(0, 2);
    let seen = |o: &LineOutput| matches!(o, LineOutput::Rebooted { device } if device.0 == 0);
    assert!(bench.until(Millis(2_000), seen).is_some());
    assert!(bench.until(Millis(2_000), is_online(0)).is_some());
    let rebooted = bench.said.iter().filter(|(_, o)| matches!(o, LineOutput::Rebooted { .. }));
    assert_eq!(rebooted.count(), 1);
    assert_eq!(bench.states(1), ["online"], "the other is left alone");
}

#[test]
fn a_device_without_a_boot_count_is_known_by_its_uptime() {
    let text = common::register("uptime", "input", 0, "u32", "order = \"ABCD\"");
    let rest = "[[poll]]\nname = \"a\"\nperiod_s = 1.0\npoints = [\"uptime\"]";
    let map = std::sync::Arc::new(field::DeviceMap::new(common::profile(&text, rest)));
    let unit = UnitSettings {
        device: device(0),
        unit: 1,
        map,
        watchdog_tried: false,
        outputs: Vec::new(),
    };
    let mut bench = Bench::new(NEAR, LineSettings::default(), vec![unit]);
    bench.set(0, Point::IdentityMagic, 7);
    let mut reboots = Vec::new();
    for (second, uptime) in [100, 101, 102, 3, 4, 5].into_iter().enumerate() {
        bench.set(0, Point::Uptime, uptime);
        bench.run(Millis(1_000));
        let count = bench.said.iter().filter(|(_, o)| matches!(o, LineOutput::Rebooted { .. }));
        reboots.push((second, count.count()));
    }
    assert_eq!(reboots, [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 1)]);
}

#[test]
fn another_model_is_never_written_to_even_when_it_comes_later() {
    let mut bench = controllers(2);
    bench.run(Millis(2_000));
    bench.set(0, Point::MapVersion, 2);
    let opened = |o: &LineOutput| match o {
        LineOutput::Health { device, state, reason } => {
            device.0 == 0 && state.name() == "open" && reason.contains("map-version is 2, not 1")
        }
        _ => false,
    };
    assert!(bench.until(Millis(12_000), opened).is_some(), "{:?}", bench.states(0));
    let (now, late) = (bench.now, bench.now + Millis(500));
    bench.line.command(now, device(0), demand(1), late, 1);
    bench.run(Millis(5_000));
    assert!(matches!(&bench.outcomes()[0], (1, CommandOutcome::Failed(_))));
    bench.set(0, Point::MapVersion, 1);
    assert!(bench.until(Millis(130_000), is_online(0)).is_some());
    assert_eq!(bench.states(1), ["online"]);
}

#[test]
fn a_unit_whose_fail_safe_is_off_is_read_and_never_written() {
    let mut bench = Bench::of(NEAR, LineSettings::default(), "remote-io", 2);
    bench.watched = Point::Input;
    bench.run(Millis(3_000));
    assert_eq!(bench.states(0), ["online"]);
    for (point, bad, good) in [
        (Point::WatchdogTime, 0, 3_000),
        (Point::WatchdogTime, 60_000, 600),
        (Point::SafeOutput, 1, 0),
    ] {
        bench.set(0, point, bad);
        let unguarded = |o: &LineOutput| {
            matches!(o, LineOutput::Health { device, state, .. }
                if device.0 == 0 && state.name() == "unguarded")
        };
        assert!(bench.until(Millis(3_000), unguarded).is_some(), "{point:?} {bad}");
        bench.forget_ages();
        bench.run(Millis(5_000));
        assert!(bench.p99(0) < 700, "it is read on");
        bench.set(0, point, good);
        assert!(bench.until(Millis(3_000), is_online(0)).is_some(), "{point:?} {good}");
    }
    // It is looked at before the first write after a new start, too.
    bench.set(1, Point::WatchdogTime, 0);
    bench.set(1, Point::BootCount, 2);
    bench.run(Millis(3_000));
    assert_eq!(bench.states(1).last(), Some(&"unguarded"));
}

#[test]
fn a_refused_command_is_the_devices_right_and_no_failure_of_its_line() {
    let mut bench = controllers(1);
    bench.run(Millis(2_000));
    for tag in 0..10 {
        let (now, late) = (bench.now, bench.now + Millis(500));
        // The controller has no lease of 0.
        let command = Command::DemandStage { stage: units::StageId(0), lease: Millis(1) };
        bench.units[0].mood = Mood::Refuses(ExceptionCode::IllegalValue);
        bench.line.command(now, device(0), admitted(command), late, tag);
        bench.obey();
        bench.run(Millis(21));
        bench.units[0].mood = Mood::Well;
        bench.run(Millis(979));
    }
    assert_eq!(bench.states(0), ["online"]);
    let failed = |(_, o): &(u64, CommandOutcome)| matches!(o, CommandOutcome::Failed(_));
    assert!(bench.outcomes().iter().all(failed), "{:?}", bench.outcomes());
}

proptest! {
    /// Whatever comes, in whatever order: one request is in flight at most, each command is told of
    /// exactly once, no timer is in the past after it was served, and nothing panics.
    #[test]
    fn nothing_that_comes_confuses_a_line(
        units in 1_usize..5,
        steps in prop::collection::vec((0_u8..10, 0_i64..900, any::<u16>()), 1..120),
    ) {
        let map = common::shipped("open-stage-controller");
        let unit = |index: usize| UnitSettings {
            device: device(index),
            unit: u8::try_from(index + 1).expect("few"),
            map: map.clone(),
            watchdog_tried: false, outputs: Vec::new(),
        };
        let settings = LineSettings::default();
        let all = (0..units).map(unit).collect();
        let mut line = field::line::Line::new(settings, all, Moment(0), 5);
        let mut now = Moment(0);
        let mut flying: Option<(u64, Request)> = None;
        let (mut asked, mut told) = (0_u64, Vec::new());
        for (what, wait, word) in steps {
            now += Millis(wait);
            match what {
                0 => line.link_up(now),
                1 => line.link_down(now, "gone"),
                2..=5 => {
                    if let Some((token, request)) = flying.take() {
                        let result = match (what, &request) {
                            (2, _) => Err(Failure::Timeout),
                            (3, _) => Err(Failure::Disconnected("gone".to_owned())),
                            (4, _) => Err(Failure::Exception(ExceptionCode::from_code(word as u8))),
                            (_, Request::ReadInput { count, .. }) => {
                                let mut words = vec![word; usize::from(*count)];
                                if *count == 2 {
                                    words = vec![18_263, 1];
                                }
                                Ok(Reply::Input(words))
                            }
                            (_, Request::WriteRegisters { address, values }) => {
                                let count = u16::try_from(values.len()).expect("few");
                                Ok(Reply::WroteRegisters { address: *address, count })
                            }
                            _ => Ok(Reply::Holding(vec![word])),
                        };
                        line.handle_reply(now, token, result);
                    }
                }
                6 | 7 => {
                    asked += 1;
                    let to = device(usize::from(word) % (units + 1));
                    line.command(now, to, demand(0), now + Millis(700), asked);
                }
                _ => line.handle_timeout(now),
            }
            if line.poll_timeout().is_some_and(|at| at <= now) {
                line.handle_timeout(now);
                if let Some(at) = line.poll_timeout() {
                    prop_assert!(at > now, "{at:?} at {now:?}");
                }
            }
            while let Some(output) = line.poll_output() {
                match output {
                    LineOutput::Send { token, request, .. } => {
                        flying = Some((token, request));
                    }
                    LineOutput::Disconnect { .. } => flying = None,
                    LineOutput::Commanded { tag, .. } => told.push(tag),
                    _ => {}
                }
            }
        }
        line.handle_timeout(now + Millis(100_000));
        line.link_down(now + Millis(100_000), "end");
        line.handle_timeout(now + Millis(300_000));
        while let Some(output) = line.poll_output() {
            if let LineOutput::Commanded { tag, .. } = output {
                told.push(tag);
            }
        }
        told.sort_unstable();
        prop_assert_eq!(told, (1..=asked).collect::<Vec<_>>());
    }
}
