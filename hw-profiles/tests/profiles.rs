//! Profiles are read whole, and every mistake in one is told with its line.

use hw_profiles::{BUILTIN, CommandName, Life, Order, Point, Profile, Table, Type};
use proptest::prelude::*;

fn mistakes(text: &str) -> Vec<String> {
    let found = Profile::parse(text).expect_err("unsound");
    found.iter().map(ToString::to_string).collect()
}

fn shipped(name: &str) -> &'static str {
    BUILTIN.iter().find(|(known, _)| *known == name).expect("it ships").1
}

#[test]
fn every_profile_that_ships_reads_and_bears_its_name() {
    for (name, text) in BUILTIN {
        let profile = Profile::parse(text).unwrap_or_else(|all| panic!("{name}: {all:?}"));
        assert_eq!(profile.name, name);
        assert!(hw_profiles::builtin(name).is_some());
        // What must hold before a write is looked at again and again.
        for check in profile.identity.iter().chain(profile.guards()) {
            let polled = profile.polls.iter().any(|poll| poll.points.contains(&check.point));
            assert!(polled, "{name}: {} is read only once", check.point.name());
        }
    }
    assert!(hw_profiles::builtin("none of these").is_none());
}

#[test]
fn a_command_says_what_it_writes_and_how_it_ends() {
    let profile = hw_profiles::builtin("open-stage-controller").expect("it ships");
    let demand = profile.command(CommandName::DemandStage).expect("there is one");
    assert_eq!(demand.points, [Point::DemandStage, Point::DemandLease]);
    assert_eq!(demand.life, Life::Lease(Point::DemandLease));
    assert_eq!(profile.command(CommandName::Call).expect("one").life, Life::Pulse(0.0));
    assert!(profile.command(CommandName::SetOutput).is_none());

    let profile = hw_profiles::builtin("remote-io").expect("it ships");
    let outputs = profile.command(CommandName::SetOutput).expect("there is one");
    assert_eq!(outputs.life, Life::Watchdog);
    assert_eq!(profile.guards().count(), 2);
    assert!(profile.command(CommandName::DemandStage).is_none());
    for (name, command) in CommandName::ALL {
        assert_eq!(command.name(), *name);
    }
}

#[test]
fn mistakes_come_all_at_once_with_their_lines() {
    let text = shipped("open-stage-controller")
        .replace("order = \"ABCD\"", "order = \"CABD\"")
        .replace("kind = \"lease\"", "kind = \"never\"\nlamp = true");
    let all = mistakes(&text);
    assert!(all.iter().any(|t| t.contains("watchdog.kind: \"never\" is none of")), "{all:?}");
    assert!(all.iter().any(|t| t.contains("watchdog.lamp: this key is not known")), "{all:?}");
    assert!(all.iter().filter(|t| t.contains("\"CABD\" is none of")).count() > 2, "{all:?}");
}

#[test]
fn each_mistake_is_told_for_what_it_is() {
    let controller = shipped("open-stage-controller");
    let io = shipped("remote-io");
    let cases: &[(&str, &str, &str, &str)] = &[
        (controller, "order = \"AB\"", "order = \"ABCD\"", "has 1 word"),
        (controller, "lease = \"demand-lease\"", "pulse_s = 1.0", "must end with a lease"),
        (controller, "lease = \"demand-lease\"", "lease = \"plan-lease\"", "not written with it"),
        (controller, "lease = \"demand-lease\"", "lease = \"soon\"", "neither a point nor"),
        (
            controller,
            "lease = \"demand-lease\"",
            "lease = \"watchdog\"",
            "does not wait for writes",
        ),
        (controller, "pulse_s = 0.0", "lease = \"demand-lease\"", "must be a pulse"),
        (controller, "pulse_s = 0.0", "pulse_s = 11.0", "11 is not within"),
        (controller, "pulse_s = 0.0", "", "none is given"),
        (controller, "pulse_s = 0.0", "pulse_s = 0.0\nlease = \"watchdog\"", "both are given"),
        (controller, "name = \"call\"", "name = \"release\"", "it is given twice"),
        (controller, "name = \"call\"", "name = \"lamp-on\"", "is none of demand-stage"),
        (controller, "points = [\"call\"]", "points = []", "there is none"),
        (controller, "points = [\"call\"]", "points = [\"release\"]", "it does not write call"),
        (controller, "points = [\"call\"]", "points = [\"call\", \"clock\"]", "no value for clock"),
        (
            controller,
            "address = 1\ntype = \"u32\"",
            "address = 2\ntype = \"u32\"",
            "does not follow",
        ),
        (controller, "certainty = \"open\"", "certainty = \"sure\"", "is none of open"),
        (controller, "source =", "sauce =", "source: it is missing"),
        (controller, "wiring =", "wires =", "wiring: it is missing"),
        (controller, "timeout_s = 60.0", "timeout_s = 0", "is not within"),
        (controller, "[fail_safe]", "[fail]", "fail_safe: it is missing"),
        (controller, "equals = 18263", "at_least = 3\nat_most = 2", "nothing would ever pass"),
        (controller, "equals = 18263", "at_least = 3", "at_most: it is missing"),
        (controller, "address = 17\ntype", "address = 16\ntype", "mode overlaps boot-count"),
        (controller, "point = \"mode\"", "point = \"plan\"", "plan is given twice"),
        (controller, "point = \"mode\"", "point = \"mood\"", "\"mood\" is none of"),
        (controller, "point = \"clock\"", "point = \"output\"", "clock has no register"),
        (controller, "address = 12", "address = 65533", "behind the end"),
        (controller, "count = 32", "count = 126", "more than 125 words"),
        (io, "type = \"bits\"\ncount", "type = \"bits\"\norder = \"AB\"\ncount", "not known here"),
        (io, "type = \"bits\"\ncount", "type = \"u16\"\ncount", "holds bits only"),
        (io, "table = \"coil\"", "table = \"discrete\"", "cannot be written"),
        (io, "kind = \"any-write\"", "kind = \"lease\"", "does not wait for writes"),
        (io, "lease = \"watchdog\"", "pulse_s = 1.0", "must end with a lease"),
        (io, "point = \"safe-output\"\ntable", "point = \"aspect\"\ntable", "has no register"),
        (io, "pause_ms = 5", "pause_ms = 5\nburst = 2", "not known here"),
    ];
    each_is_told(cases);
}

/// Makes each edit of a shipped profile, and looks for what is told of it.
fn each_is_told(cases: &[(&str, &str, &str, &str)]) {
    for (text, from, to, expected) in cases {
        assert!(text.contains(from), "{from}");
        let all = mistakes(&text.replacen(from, to, 1));
        assert!(all.iter().any(|t| t.contains(expected)), "{from} → {to}: {all:?}");
        assert!(all.iter().all(|t| t.starts_with("line ")), "{all:?}");
    }
}

#[test]
fn blocks_lie_apart_and_only_what_can_be_told_nothing_is_without_a_guard() {
    let controller = shipped("open-stage-controller");
    let io = shipped("remote-io");
    let tracker = shipped("open-lane-tracker");
    each_is_told(&[
        (tracker, "every = 100", "", "every: it is missing"),
        (tracker, "blocks = 8", "", "every: this key is not known here"),
        (
            tracker,
            "count = 30\nblocks = 8\nevery = 100",
            "count = 30\nblocks = 8\nevery = 29",
            "before it ends",
        ),
        (tracker, "blocks = 8", "blocks = 1025", "is not within"),
        (tracker, "every = 100", "every = 60000", "behind the end"),
        (tracker, "address = 132", "address = 201", "object-speed overlaps object-count"),
        (tracker, "state = \"nothing\"", "state = \"local-plan\"", "nothing to fall back from"),
        (tracker, "kind = \"none\"", "kind = \"none\"\ntimeout_s = 3", "not known here"),
        (controller, "kind = \"lease\"\ntimeout_s = 60.0", "kind = \"none\"", "there are commands"),
        (io, "state = \"safe-outputs\"", "state = \"nothing\"", "there are commands"),
        (
            io,
            "point = \"output\"\ntable = \"coil\"",
            "point = \"output\"\nblocks = 2\nevery = 40\ntable = \"coil\"",
            "no write would cover it",
        ),
        (io, "count = 16", "count = 2000\nblocks = 64\nevery = 2000", "more elements than"),
    ]);
}

#[test]
fn orders_and_types_have_as_many_words_as_letters_say() {
    for (name, order) in Order::ALL {
        assert_eq!(usize::from(order.words()) * 2, name.len(), "{name}");
        let first = name.as_bytes()[0] - b'A';
        let swapped = first % 2 == 1;
        let low_first = name.len() > 2 && usize::from(first / 2) == name.len() / 2 - 1;
        assert_eq!(order.bytes_swapped(), swapped, "{name}");
        assert_eq!(order.low_word_first(), low_first, "{name}");
    }
    assert_eq!([Type::U16, Type::F32, Type::U64, Type::Bits].map(Type::words), [1, 2, 4, 1]);
    assert!(Table::Coil.is_bits() && Table::Coil.is_writable());
    assert!(Table::Discrete.is_bits() && !Table::Discrete.is_writable());
    assert!(!Table::Holding.is_bits() && Table::Holding.is_writable());
    assert!(!Table::Input.is_bits() && !Table::Input.is_writable());
}

proptest! {
    /// A profile that somebody has edited badly is refused in words or taken, but never panics.
    #[test]
    fn no_edit_makes_the_reader_panic(
        which in 0..BUILTIN.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..3, "[ -~\n]{0,6}"), 1..8),
    ) {
        let mut text: Vec<char> = BUILTIN[which].1.chars().collect();
        for (at, kind, piece) in edits {
            if text.is_empty() {
                break;
            }
            let at = at.index(text.len());
            match kind {
                0 => { text.remove(at); }
                1 => { text.splice(at..at, piece.chars()); }
                _ => {
                    let to = (at + 40).min(text.len());
                    text.drain(at..to);
                }
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(all) = Profile::parse(&text) {
            prop_assert!(!all.is_empty());
            prop_assert!(all.iter().all(|problem| !problem.reason.is_empty()));
        }
    }

    /// A number that somebody has mistyped is refused in words or taken, but never panics.
    #[test]
    fn no_number_makes_the_reader_panic(
        which in 0..BUILTIN.len(),
        at in any::<prop::sample::Index>(),
        number in prop_oneof![any::<i64>().prop_map(|n| n.to_string()),
                              any::<f64>().prop_map(|n| format!("{n:?}"))],
    ) {
        let lines: Vec<&str> = BUILTIN[which].1.lines().collect();
        let numbered: Vec<usize> = (0..lines.len())
            .filter(|&l| lines[l].rsplit(" = ").next().is_some_and(|v| v.parse::<f64>().is_ok()))
            .collect();
        let line = numbered[at.index(numbered.len())];
        let key = lines[line].split(" = ").next().expect("a key");
        let changed = format!("{key} = {number}");
        let mut lines: Vec<&str> = lines;
        lines[line] = &changed;
        let _ = Profile::parse(&lines.join("\n"));
    }
}
