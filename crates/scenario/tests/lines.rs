//! Lines, devices, inputs and outputs of a site file: read as they are written, and every mistake in
//! them told with its line.

use proptest::prelude::*;
use scenario::{
    DetectorKind, InputRole, InputSite, OutputRole, OutputSite, Parity, SerialSite, Site,
    Transport, generate, write_site,
};
use units::{DeviceId, GroupId, LaneId, LineId, Metres, Millis, StageId};

/// Two junctions on one serial line and an RTU gateway, with a remote I/O unit each.
fn site() -> Site {
    let (mut site, _) = generate::arterial(3, 2);
    site.lines[0].transport = Transport::Serial(SerialSite {
        path: "/dev/ttyUSB0".to_owned(),
        baud: 9_600,
        parity: Parity::None,
        stop_bits: 2,
    });
    site.lines[1].transport = Transport::RtuTcp { address: "10.1.2.3:4001".to_owned() };
    for junction in 0..2 {
        let mut io = site.devices[junction].clone();
        io.name = format!("io {junction}");
        io.unit = 2;
        io.profile = "remote-io".to_owned();
        site.devices.push(io);
    }
    let device = DeviceId(2);
    let junction = site.signals[0].junction;
    let input =
        |channel, role| InputSite { device, channel, role, inverted: false, filter: Millis(40) };
    let lane = LaneId(0);
    let advance = DetectorKind::Advance { distance: Metres(40.0) };
    site.inputs = vec![
        input(0, InputRole::Detector { lane, kind: DetectorKind::StopLine }),
        InputSite { inverted: true, ..input(1, InputRole::Detector { lane, kind: advance }) },
        input(2, InputRole::StageConfirmation { junction, stage: StageId(0) }),
        input(3, InputRole::StageConfirmation { junction, stage: StageId(1) }),
    ];
    let output = |channel, role| OutputSite { device, channel, junction, role };
    site.outputs = vec![
        output(0, OutputRole::Call { group: GroupId(1), pulse: Millis(500) }),
        output(1, OutputRole::Preempt { number: 2 }),
        output(2, OutputRole::PlanBit { bit: 0 }),
        output(3, OutputRole::PlanBit { bit: 1 }),
    ];
    site
}

fn mistakes(text: &str) -> Vec<String> {
    let found = Site::parse(text).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

/// One slip in a line made a mistake of every device on it, and one in a device of every signal.
#[test]
fn who_names_a_line_or_device_that_is_faulty_is_not_wrong_himself() {
    let sound = write_site(&site());
    for (from, to) in [("baud = 9600", "baud = 7"), ("unit = 2", "unit = 999")] {
        assert!(sound.contains(from), "{from}");
        let found = mistakes(&sound.replacen(from, to, 1));
        assert_eq!(found.len(), 1, "{found:?}");
    }
    let gone = mistakes(&sound.replacen("[[line]]", "[[lines]]", 1));
    assert!(gone.iter().any(|mistake| mistake.contains("there is no line")), "{gone:?}");
}

#[test]
fn what_is_written_is_read_again() {
    let site = site();
    let read = Site::parse(&write_site(&site)).unwrap_or_else(|all| panic!("{all:?}"));
    assert_eq!(read.lines, site.lines);
    assert_eq!(read.devices, site.devices);
    assert_eq!(read.inputs, site.inputs);
    assert_eq!(read.outputs, site.outputs);
}

#[test]
fn a_serial_line_is_what_the_book_has_where_nothing_is_said() {
    let text = write_site(&site());
    let from =
        "serial = { path = \"/dev/ttyUSB0\", baud = 9600, parity = \"none\", stop_bits = 2 }";
    let read = Site::parse(&text.replace(from, "serial = { path = \"/dev/ttyS1\" }"));
    let read = read.unwrap_or_else(|all| panic!("{all:?}"));
    let Transport::Serial(serial) = &read.lines[0].transport else {
        panic!("{:?}", read.lines[0]);
    };
    let (parity, path) = (Parity::Even, "/dev/ttyS1".to_owned());
    assert_eq!(*serial, SerialSite { path, baud: 19_200, parity, stop_bits: 1 });
    assert_eq!(serial.character_bits(), 11);
    assert_eq!(SerialSite { parity: Parity::None, ..serial.clone() }.character_bits(), 10);
    assert_eq!(read.lines[0].transport.place(), "/dev/ttyS1");
}

#[test]
fn each_mistake_is_told_for_what_it_is() {
    let text = write_site(&site());
    let cases: &[(&str, &str, &str)] = &[
        ("path = \"/dev/ttyUSB0\"", "path = \"ttyUSB0\"", "not a whole path"),
        ("baud = 9600", "baud = 9601", "it is none of [1200"),
        ("baud = 9600", "baud = -1", "is not within"),
        ("parity = \"none\"", "parity = \"mark\"", "is none of none, even, odd"),
        ("stop_bits = 2", "stop_bits = 3", "is not within 1 to 2"),
        ("stop_bits = 2", "bits = 8", "this key is not known here"),
        ("rtu_tcp = \"10.1.2.3:4001\"", "rtu_tcp = \"10.1.2.3\"", "not a host and a port"),
        ("rtu_tcp = \"10.1.2.3:4001\"", "rtu_tcp = \":502\"", "not a host and a port"),
        ("rtu_tcp = \"10.1.2.3:4001\"", "rtu_tcp = \"a:70000\"", "not a host and a port"),
        ("rtu_tcp = \"10.1.2.3:4001\"", "tcp = \"a:1\"\nrtu_tcp = \"a:1\"", "not tcp, rtu_tcp"),
        ("rtu_tcp = \"10.1.2.3:4001\"", "", "reached by one of tcp, rtu_tcp, serial, not none"),
        (
            "rtu_tcp = \"10.1.2.3:4001\"",
            "serial = { path = \"/dev/ttyUSB0\" }",
            "it leads to /dev/",
        ),
        ("unit = 2", "unit = 1", "1 is \"j_1_1\" on its line already"),
        ("unit = 2", "unit = 248", "is not within 1 to 247"),
        ("role = \"detector\"", "role = \"sensor\"", "is none of detector, stage-confirmation"),
        (
            "kind = \"stop-line\"\nfilter",
            "kind = \"tracker\"\nfilter",
            "is none of stop-line, advance",
        ),
        (
            "kind = \"advance\"\ndistance_m = 40\nin",
            "kind = \"advance\"\nin",
            "distance_m: it is missing",
        ),
        ("filter_ms = 40", "filter_ms = 20000", "is not within 0 to 10000"),
        ("inverted = true", "inverted = 1", "not true or false"),
        ("stage = \"1\"", "stage = \"9\"", "the junction has no stage \"9\""),
        ("stage = \"2\"", "stage = \"1\"", "another input confirms it already"),
        ("channel = 3\nrole = \"stage", "channel = 2\nrole = \"stage", "another input's already"),
        (
            "role = \"preempt\"\nnumber = 2",
            "role = \"preempt\"\nnumber = 0",
            "is not within 1 to 255",
        ),
        ("role = \"preempt\"", "role = \"lamp\"", "is none of call, preempt, plan-bit"),
        ("pulse_s = 0.5", "pulse_s = 60", "60 is not within"),
        ("pulse_s = 0.5", "pulse_s = 0.5\nlevel = true", "this key is not known here"),
        ("bit = 1", "bit = 0", "another output does the same already"),
        ("bit = 1", "bit = 2", "there is no plan bit 1"),
        ("bit = 1", "bit = 9", "is not within 0 to 7"),
    ];
    for (from, to, expected) in cases {
        assert!(text.contains(from), "{from}");
        let all = mistakes(&text.replacen(from, to, 1));
        assert!(all.iter().any(|t| t.contains(expected)), "{from} → {to}: {all:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = write_site(&site())
        .replace("baud = 9600", "baud = 9601")
        .replace("unit = 2", "unit = 1")
        .replace("role = \"preempt\"", "role = \"lamp\"")
        .replace("stage = \"2\"", "stage = \"99\"");
    let all = mistakes(&text);
    for expected in ["baud", "on its line already", "\"lamp\"", "no stage \"99\""] {
        assert!(all.iter().any(|t| t.contains(expected)), "{expected}: {all:?}");
    }
    assert!(all.iter().all(|t| t.starts_with("line ")), "{all:?}");
}

#[test]
fn what_only_the_whole_shows_is_told_too() {
    let mut split = site();
    split.outputs[3].device = DeviceId(3);
    assert!(mistakes(&write_site(&split)).iter().any(|t| t.contains("must be on one device")));
    let mut twice = site();
    twice.outputs[1].channel = 0;
    assert!(mistakes(&write_site(&twice)).iter().any(|t| t.contains("another output's already")));
    let mut again = site();
    again.outputs[1].role = OutputRole::Call { group: GroupId(1), pulse: Millis(900) };
    assert!(mistakes(&write_site(&again)).iter().any(|t| t.contains("does the same already")));
    let mut few = site();
    few.outputs.truncate(3);
    few.signals[0].plans = vec![few.signals[0].plans[0].clone(); 2];
    let said = mistakes(&write_site(&few));
    assert!(said.iter().any(|t| t.contains("1 bits do not number 2 plans")), "{said:?}");
    let mut lost = site();
    lost.devices[2].line = LineId(1);
    assert!(mistakes(&write_site(&lost)).iter().any(|t| t.contains("on its line already")));
}

proptest! {
    /// A site file that somebody has edited badly is refused in words or read, but never panics.
    #[test]
    fn no_edit_makes_the_reader_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\n]{0,5}"), 1..5),
    ) {
        let text = write_site(&site());
        // Only what this file is about, which lies before the roads and after the detectors.
        let wires = text.find("[[input]]").expect("there");
        let mut part: Vec<char> =
            text[..2_000.min(wires)].chars().chain(text[wires..].chars()).collect();
        for (at, piece) in edits {
            let at = at.index(part.len());
            let to = (at + piece.len() / 2).min(part.len());
            part.splice(at..to, piece.chars());
        }
        let edited: String = part.into_iter().collect();
        if let Err(all) = Site::parse(&edited) {
            prop_assert!(all.iter().all(|problem| !problem.reason.is_empty()));
        }
    }
}

#[test]
fn a_button_calls_a_group_of_pedestrians_and_no_other() {
    let mut site = site();
    // The first group of the first junction becomes one that people walk by.
    let text = write_site(&site).replacen("\nmin_green_s", "\nkind = \"pedestrian\"\nwalk_s", 1);
    let text = text.replacen("\nclosing_s", "\nclearance_s", 1);
    site = Site::parse(&text).unwrap_or_else(|all| panic!("{all:?}"));
    let (junction, device) = (site.signals[0].junction, DeviceId(2));
    let (inverted, filter) = (false, Millis(40));
    let input = |channel, group| {
        let role = InputRole::Call { junction, group: GroupId(group) };
        InputSite { device, channel, role, inverted, filter }
    };
    site.inputs.push(input(4, 0));
    let read = Site::parse(&write_site(&site)).unwrap_or_else(|all| panic!("{all:?}"));
    assert_eq!(read.inputs, site.inputs);
    for (input, expected) in [
        (input(5, 0), "another input is its button already"),
        (input(5, 1), "is no group of pedestrians"),
    ] {
        let mut wrong = site.clone();
        wrong.inputs.push(input);
        let all = mistakes(&write_site(&wrong));
        assert!(all.len() == 1 && all[0].contains(expected), "{all:?}");
    }
}
