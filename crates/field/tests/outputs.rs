//! Digital outputs: raised by admitted commands only, renewed while they are wanted, dropped by
//! themselves, and by the unit when nobody writes.

mod common;

use common::bench::{Bench, Mood, Way};
use common::{admitted, shipped};
use field::line::{CommandOutcome, LineOutput, LineSettings, UnitSettings};
use field::outputs::{Board, OutputPort, OutputRole};
use field::{ExceptionCode, Request};
use hw_profiles::Point;
use proptest::prelude::*;
use signal::{Admitted, Command};
use units::{DeviceId, GroupId, JunctionId, Millis, Moment, PlanId};

const NEAR: Way = Way::Gateway(Millis(20));
const HERE: JunctionId = JunctionId(4);
const THERE: JunctionId = JunctionId(5);
const IO: DeviceId = DeviceId(0);
const LEASE: Millis = Millis(5_000);

fn ports() -> Vec<OutputPort> {
    let call = |group| OutputRole::Call { group: GroupId(group), pulse: Millis(1_000) };
    let roles = [
        (0, HERE, call(0)),
        (1, HERE, call(1)),
        (2, HERE, OutputRole::Preempt { number: 1 }),
        (3, HERE, OutputRole::PlanBit { bit: 0 }),
        (4, HERE, OutputRole::PlanBit { bit: 1 }),
        (5, THERE, call(0)),
        (6, THERE, OutputRole::Preempt { number: 1 }),
    ];
    roles.map(|(channel, junction, role)| OutputPort { channel, junction, role }).to_vec()
}

fn bench() -> Bench {
    let unit = UnitSettings {
        device: IO,
        unit: 1,
        map: shipped("remote-io"),
        watchdog_tried: false,
        outputs: ports(),
    };
    let mut bench = Bench::new(NEAR, LineSettings::default(), vec![unit]);
    bench.run(Millis(1_000));
    bench
}

fn call(group: u8) -> Admitted<Command> {
    admitted(Command::Call { group: GroupId(group) })
}

fn preempt(number: u8) -> Admitted<Command> {
    admitted(Command::Preempt { number, lease: LEASE })
}

fn plan(plan: u8) -> Admitted<Command> {
    admitted(Command::SelectPlan { plan: PlanId(plan), lease: LEASE })
}

fn release() -> Admitted<Command> {
    admitted(Command::Release)
}

fn switch(bench: &mut Bench, junction: JunctionId, command: &Admitted<Command>, tag: u64) {
    let (now, late) = (bench.now, bench.now + Millis(2_000));
    bench.line.switch(now, IO, junction, command, late, tag);
    bench.obey();
}

fn on(bench: &Bench) -> Vec<usize> {
    let bits = bench.units[0].bank.bits(Point::Output);
    (0..bits.len()).filter(|&at| bits[at]).collect()
}

fn writes(bench: &Bench, from: usize) -> Vec<Moment> {
    let written = bench.sent[from..].iter().filter(|(_, _, request)| request.is_write());
    written.map(|&(at, ..)| at).collect()
}

#[test]
fn a_call_is_a_pulse_and_everything_else_a_level_with_a_lease() {
    for (command, expected, lasts) in [
        (call(0), vec![0], Millis(1_000)),
        (call(1), vec![1], Millis(1_000)),
        (preempt(1), vec![2], LEASE),
        (plan(0), vec![3], LEASE),
        (plan(1), vec![4], LEASE),
        (plan(2), vec![3, 4], LEASE),
    ] {
        let mut bench = bench();
        let begin = bench.now;
        switch(&mut bench, HERE, &command, 1);
        bench.run(Millis(60));
        assert_eq!(on(&bench), expected, "{command:?}");
        assert_eq!(bench.outcomes(), [(1, CommandOutcome::Written)], "{command:?}");
        while !on(&bench).is_empty() {
            bench.run(Millis(10));
            assert!(bench.now < begin + Millis(10_000), "{command:?} never ends");
        }
        let took = bench.now - begin;
        assert!((lasts..lasts + Millis(120)).contains(&took), "{command:?} was on for {took}");
    }
}

#[test]
fn a_level_that_is_renewed_stays_and_the_unit_hears_of_it_within_its_watchdog() {
    let mut bench = bench();
    let begin = bench.sent.len();
    for tag in 0..20 {
        switch(&mut bench, HERE, &preempt(1), tag);
        bench.run(Millis(1_000));
        assert_eq!(on(&bench), [2]);
    }
    let times = writes(&bench, begin);
    for pair in times.windows(2) {
        let apart = pair[1] - pair[0];
        assert!(apart <= Millis(1_100), "a third of 3 s and a request, not {apart}");
        assert!(apart >= Millis(900), "no more writes than it takes, not after {apart}");
    }
    assert!(bench.outcomes().iter().all(|(_, outcome)| *outcome == CommandOutcome::Written));
    assert_eq!(bench.outcomes().len(), 20);
    // Off, nothing is renewed.
    bench.run(Millis(10_000));
    let begin = bench.sent.len();
    bench.run(Millis(10_000));
    assert!(writes(&bench, begin).is_empty());
}

/// A unit may be set to a watchdog shorter than its profile's: renewed by the profile's, its outputs
/// would fall and rise once a second.
#[test]
fn a_unit_with_a_shorter_watchdog_hears_of_its_outputs_within_that() {
    for (timeout, most) in [(500, 270), (1_500, 600), (9_000, 1_100)] {
        let mut bench = bench();
        bench.set(0, Point::WatchdogTime, timeout);
        bench.run(Millis(3_000));
        let begin = bench.sent.len();
        for tag in 0..6 {
            switch(&mut bench, HERE, &preempt(1), tag);
            bench.run(Millis(1_000));
            assert_eq!(on(&bench), [2], "{timeout}");
        }
        for pair in writes(&bench, begin).windows(2) {
            let apart = pair[1] - pair[0];
            assert!(apart <= Millis(most), "watchdog of {timeout} ms: {apart}");
        }
    }
}

#[test]
fn a_release_drops_one_junctions_outputs_and_leaves_the_others() {
    let mut bench = bench();
    switch(&mut bench, HERE, &preempt(1), 1);
    switch(&mut bench, HERE, &plan(2), 2);
    switch(&mut bench, THERE, &preempt(1), 3);
    bench.run(Millis(200));
    assert_eq!(on(&bench), [2, 3, 4, 6]);
    switch(&mut bench, HERE, &release(), 4);
    bench.run(Millis(100));
    assert_eq!(on(&bench), [6]);
    let told: Vec<u64> = bench.outcomes().iter().map(|(tag, _)| *tag).collect();
    assert_eq!(told, [1, 2, 3, 4]);
}

#[test]
fn another_plan_changes_all_its_bits_in_one_write() {
    let mut bench = bench();
    switch(&mut bench, HERE, &plan(0), 1);
    bench.run(Millis(200));
    let begin = bench.sent.len();
    switch(&mut bench, HERE, &plan(1), 2);
    bench.run(Millis(200));
    assert_eq!(on(&bench), [4]);
    let changed = bench.sent[begin..].iter().filter(|(_, _, request)| request.is_write());
    let all: Vec<_> = changed.map(|(_, _, request)| request.clone()).collect();
    let mut values = vec![false; 16];
    values[4] = true;
    assert_eq!(all, [Request::WriteCoils { address: 0, values }]);
}

#[test]
fn what_is_not_wired_is_refused_in_words() {
    let mut bench = bench();
    switch(&mut bench, HERE, &preempt(2), 1);
    switch(&mut bench, THERE, &plan(0), 2);
    switch(&mut bench, JunctionId(9), &call(0), 3);
    let (now, late) = (bench.now, bench.now + Millis(500));
    bench.line.switch(now, DeviceId(7), HERE, &call(0), late, 4);
    bench.obey();
    for (tag, outcome) in bench.outcomes() {
        assert!(matches!(&outcome, CommandOutcome::Failed(why) if why.contains("no ")), "{tag}");
    }
    assert_eq!(bench.outcomes().len(), 4);
    bench.run(Millis(500));
    assert!(on(&bench).is_empty());
}

#[test]
fn nothing_is_raised_on_a_unit_that_is_dead_or_unguarded_and_nothing_is_raised_later() {
    let unguarded: fn(&mut Bench) = |bench| bench.set(0, Point::WatchdogTime, 0);
    let dead: fn(&mut Bench) = |bench| bench.units[0].mood = Mood::Dead;
    let well: fn(&mut Bench) = |bench| {
        bench.set(0, Point::WatchdogTime, 3_000);
        bench.units[0].mood = Mood::Well;
    };
    for harm in [unguarded, dead] {
        let mut bench = bench();
        harm(&mut bench);
        bench.run(Millis(10_000));
        switch(&mut bench, HERE, &preempt(1), 1);
        assert!(matches!(bench.outcomes()[..], [(1, CommandOutcome::Failed(_))]));
        well(&mut bench);
        let from = bench.now;
        let online = |o: &LineOutput| matches!(o, LineOutput::Health { state, .. } if state.name() == "online");
        assert!(bench.until(Millis(6_000), online).is_some());
        while bench.now < from + Millis(8_000) {
            bench.run(Millis(50));
            assert!(on(&bench).is_empty());
        }
    }
}

#[test]
fn a_unit_that_starts_again_is_told_again_what_it_is_to_hold() {
    let mut bench = bench();
    switch(&mut bench, HERE, &preempt(1), 1);
    bench.run(Millis(200));
    assert_eq!(on(&bench), [2]);
    // It starts anew with its outputs off; the lease still runs.
    bench.set(0, Point::Output, 0);
    bench.units[0].bank.set(Point::Output, 2, 0);
    bench.reset(0, 2);
    bench.run(Millis(2_300));
    switch(&mut bench, HERE, &preempt(1), 2);
    bench.run(Millis(300));
    assert_eq!(on(&bench), [2]);
    // On a new connection nobody knows what it holds.
    bench.cut();
    bench.units[0].bank.set(Point::Output, 2, 0);
    bench.units[0].bank.set(Point::Output, 9, 1);
    bench.run(Millis(100));
    bench.away = false;
    bench.run(Millis(1_500));
    assert_eq!(on(&bench), [2], "what nobody wants is dropped, too");
}

#[test]
fn a_unit_that_refuses_its_outputs_is_not_asked_without_end() {
    let mut bench = bench();
    bench.run(Millis(110));
    switch(&mut bench, HERE, &release(), 1);
    bench.run(Millis(500));
    let begin = bench.sent.len();
    // It refuses writes only: its reads are put back right after.
    for tag in 2..12 {
        bench.units[0].mood = Mood::Refuses(ExceptionCode::DeviceFailure);
        switch(&mut bench, HERE, &preempt(1), tag);
        bench.run(Millis(25));
        bench.units[0].mood = Mood::Well;
        bench.run(Millis(475));
    }
    let times = writes(&bench, begin);
    assert!(times.len() <= 8, "{times:?} in five seconds");
    assert_eq!(bench.states(0), ["online"]);
}

#[test]
fn a_board_without_outputs_wants_nothing() {
    let io = shipped("remote-io");
    let mut board = Board::new(&io, &[]);
    assert_eq!(board.due(Moment(5)), Moment(i64::MAX));
    assert!(board.is_settled(Moment(5)));
    assert!(board.tell(Moment(5), HERE, &call(0)).is_err());
    // A model that cannot set outputs has none, whatever is wired to it.
    let controller = shipped("open-stage-controller");
    let mut board = Board::new(&controller, &ports());
    assert!(board.tell(Moment(5), HERE, &call(0)).is_err());
    assert_eq!(board.due(Moment(5)), Moment(i64::MAX));
    // And neither is a channel that the unit does not have.
    let far = OutputPort { channel: 16, ..ports()[0] };
    assert!(Board::new(&io, &[far]).tell(Moment(5), HERE, &call(0)).is_err());
}

proptest! {
    /// Whatever is told, no output is on for longer than the last command for it allows, and when
    /// nobody commands any more, all are off after the longest lease.
    #[test]
    fn no_output_outlives_its_command(
        steps in prop::collection::vec((0_i64..3_000, 0_usize..8), 1..40),
    ) {
        let mut bench = bench();
        let mut until = [Moment(0); 16];
        for (tag, (wait, what)) in steps.into_iter().enumerate() {
            let now = bench.now;
            let mut set = |channels: &[usize], span: Millis| {
                channels.iter().for_each(|&at| until[at] = now + span);
            };
            let (junction, command) = match what {
                0 => { set(&[0], Millis(1_000)); (HERE, call(0)) }
                1 => { set(&[1], Millis(1_000)); (HERE, call(1)) }
                2 => { set(&[2], LEASE); (HERE, preempt(1)) }
                3 => { set(&[3], LEASE); set(&[4], Millis(0)); (HERE, plan(0)) }
                4 => { set(&[3, 4], LEASE); (HERE, plan(2)) }
                5 => { set(&[5], Millis(1_000)); (THERE, call(0)) }
                6 => { set(&[6], LEASE); (THERE, preempt(1)) }
                _ => { set(&[0, 1, 2, 3, 4], Millis(0)); (HERE, release()) }
            };
            switch(&mut bench, junction, &command, tag as u64);
            let end = bench.now + Millis(wait);
            while bench.now < end {
                bench.run(Millis(50));
                for at in on(&bench) {
                    // A pulse lasts from when it was taken; two requests may lie before a write.
                    prop_assert!(bench.now <= until[at] + Millis(150), "output {} at {}", at, bench.now);
                }
            }
        }
        bench.run(LEASE + Millis(200));
        prop_assert!(on(&bench).is_empty());
    }
}

#[test]
fn a_board_is_due_when_something_changes_or_the_unit_must_hear_of_it() {
    let map = shipped("remote-io");
    let levels = |on: &[usize]| (0..16).map(|at| on.contains(&at)).collect::<Vec<bool>>();
    let mut board = Board::new(&map, &ports());
    // Of what it holds nothing is known: it is told at once.
    assert_eq!(board.due(Moment(100)), Moment(100));
    assert!(!board.is_settled(Moment(100)));
    board.wrote(Moment(100), levels(&[]));
    assert_eq!(board.due(Moment(100)), Moment(i64::MAX), "all is off, for ever");
    // Raised: at once, then each third of the watchdog, and at the end of the lease.
    board.tell(Moment(1_000), HERE, &preempt(1)).expect("wired");
    assert_eq!(board.due(Moment(1_000)), Moment(1_000));
    board.wrote(Moment(1_050), levels(&[2]));
    assert_eq!(board.due(Moment(1_050)), Moment(2_050));
    board.wrote(Moment(5_500), levels(&[2]));
    assert_eq!(board.due(Moment(5_500)), Moment(6_000), "the lease ends before the renewal");
    assert_eq!(board.due(Moment(6_000)), Moment(6_000));
    board.wrote(Moment(6_010), levels(&[]));
    assert_eq!(board.due(Moment(6_010)), Moment(i64::MAX));
    // A pulse that was taken late lasts from then.
    board.tell(Moment(7_000), HERE, &call(0)).expect("wired");
    board.wrote(Moment(7_900), levels(&[0]));
    assert_eq!(board.due(Moment(8_500)), Moment(8_900));
    board.wrote(Moment(8_910), levels(&[]));
    // A failed write waits, an unknown unit does not.
    board.tell(Moment(9_000), THERE, &call(0)).expect("wired");
    board.failed(Moment(9_100));
    assert_eq!(board.due(Moment(9_200)), Moment(10_100));
    board.forget();
    board.wrote(Moment(9_300), levels(&[]));
    assert_eq!(board.due(Moment(9_400)), Moment(9_400), "the call still stands");
}

/// The guard fails while an output is on: nothing new is written, but what is over falls.
#[test]
fn an_output_falls_though_its_units_watchdog_was_switched_off() {
    for how in ["lease", "release"] {
        let mut bench = bench();
        switch(&mut bench, HERE, &preempt(1), 1);
        bench.run(Millis(500));
        assert_eq!(on(&bench), [2]);
        // Somebody sets the watchdog's time to 0: nobody but us can drop the output any more.
        bench.set(0, Point::WatchdogTime, 0);
        bench.run(Millis(2_500));
        assert_eq!(bench.states(0).last(), Some(&"unguarded"));
        if how == "release" {
            switch(&mut bench, HERE, &release(), 2);
        }
        bench.run(Millis(60_000));
        assert_eq!(
            on(&bench),
            [] as [usize; 0],
            "{how}: a minute later the preempt is still raised"
        );
    }
}
