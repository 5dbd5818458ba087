//! Lines in virtual time: gateways that reboot, several units on one line, serial wires, dead units.

mod common;

use std::sync::Arc;

use engine::{Event, EventKind};
use scenario::{Demand, Site, generate};
use sim::fault::Injection;
use sim::harness::{self, Outcome, Settings};
use units::{DeviceId, Millis, Moment};

fn run((site, demand): (Site, Demand), faults: &[String], seconds: i64) -> Outcome {
    let read = |text: &String| text.parse::<Injection>().expect(text);
    let injections = faults.iter().map(read).collect();
    let settings = Settings { injections, ..Settings::of(Millis::from_secs(seconds), 1) };
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("it runs");
    assert_eq!(outcome.violations, 0, "{:?}", outcome.findings);
    outcome
}

/// When a device's state became this.
fn became(outcome: &Outcome, device: usize, state: &str) -> Vec<Moment> {
    let is = |event: &&Event| {
        event.device == Some(DeviceId::from_index(device))
            && matches!(&event.kind, EventKind::Health { state: of, .. } if *of == state)
    };
    outcome.events.iter().filter(is).map(|event| event.at).collect()
}

/// What took a junction out of its own mode after it had come into it.
fn lost_control(outcome: &Outcome, junction: &str) -> Vec<String> {
    let network = &outcome.engine.site().network;
    let is_there = |event: &&Event| {
        event.at > Moment(20_000)
            && event.junction.is_some_and(|id| network.junction(id).name == junction)
            && matches!(event.kind, EventKind::Control { .. })
    };
    let text = |event: &Event| format!("{}: {}", event.at, event.kind);
    outcome.events.iter().filter(is_there).map(text).collect()
}

#[test]
fn a_gateway_that_reboots_a_hundred_times_is_back_each_time_within_five_seconds() {
    // Ten seconds apart, two seconds away each time, at moments that wander through the beat.
    let times: Vec<i64> =
        (0..100).map(|time| 30_000 + 10_000 * time + 137 * time % 1_000).collect();
    let fault = |at: &i64| format!("gateway:j_2_1@{}+2", Millis(*at).as_secs_f64());
    let faults: Vec<String> = times.iter().map(fault).collect();
    for (name, site, behind) in [
        ("a gateway for one", generate::arterial(1, 4), vec![1]),
        ("a gateway for four", common::behind_gateway(4), vec![0, 1, 2, 3]),
    ] {
        let outcome = run(site, &faults, 1_050);
        for &device in &behind {
            let online = became(&outcome, device, "online");
            assert_eq!(online.len(), 101, "{name}, device {device}");
            for (at, &back) in times.iter().zip(&online[1..]) {
                let took = back - Moment(at + 2_000);
                assert!(took > Millis::ZERO && took < Millis(5_000), "{name}: {at}: {took}");
            }
            assert!(became(&outcome, device, "open").is_empty(), "{name}: it was blamed");
        }
        for device in (0..4).filter(|device| !behind.contains(device)) {
            assert_eq!(became(&outcome, device, "online").len(), 1, "{name}, device {device}");
            let junction = format!("j_{}_1", device + 1);
            assert_eq!(lost_control(&outcome, &junction), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn cabinets_that_reboot_a_hundred_times_are_back_each_time_and_their_neighbours_never_notice() {
    let times: Vec<i64> =
        (0..100).map(|time| 30_000 + 13_000 * time + 211 * time % 1_000).collect();
    let fault = |at: &i64| format!("reboot:j_2_1@{}+1", Millis(*at).as_secs_f64());
    let faults: Vec<String> = times.iter().map(fault).collect();
    let outcome = run(generate::arterial(1, 3), &faults, 1_350);
    let online = became(&outcome, 1, "online");
    for at in &times {
        let back = Moment(at + 1_000);
        let next = online.iter().find(|&&online| online >= back).expect("it comes back");
        assert!(*next - back < Millis(5_000), "{at}: {next}");
    }
    let reboots = outcome.events.iter().filter(|e| e.kind == EventKind::Rebooted).count();
    assert_eq!(reboots, 100);
    for junction in ["j_1_1", "j_3_1"] {
        assert_eq!(lost_control(&outcome, junction), Vec::<String>::new());
    }
}

#[test]
fn several_cabinets_share_a_serial_wire() {
    let outcome = run(common::on_one_line(4, common::serial("/dev/none", 115_200)), &[], 300);
    let counters = outcome.counters;
    assert_eq!((counters.errors, counters.unanswered_demands), (0, 0), "{counters:?}");
    assert!(counters.demands > 1_000, "{counters:?}");
    for junction in &outcome.engine.snapshot(Moment(300_000)).junctions {
        assert_eq!(junction.source.name(), "adaptive", "{}", junction.reason);
    }
}

#[test]
fn every_fault_of_one_unit_on_a_shared_line_is_its_own() {
    for transport in [
        scenario::Transport::Tcp { address: "127.0.0.1:1".to_owned() },
        scenario::Transport::RtuTcp { address: "127.0.0.1:1".to_owned() },
        common::serial("/dev/none", 115_200),
    ] {
        for fault in
            ["disconnect", "reboot", "silent", "exception=4", "wrong-unit", "truncate", "corrupt"]
        {
            let faults = [format!("{fault}:j_2_1@60+30")];
            let outcome = run(common::on_one_line(3, transport.clone()), &faults, 260);
            for junction in ["j_1_1", "j_3_1"] {
                let lost = lost_control(&outcome, junction);
                assert_eq!(lost, Vec::<String>::new(), "{fault}, {transport:?}");
            }
            for device in [0, 2] {
                let online = became(&outcome, device, "online");
                assert_eq!(online.len(), 1, "{fault}, {transport:?}: device {device}");
            }
            let snapshot = outcome.engine.snapshot(Moment(260_000));
            let source = snapshot.junctions[1].source.name();
            assert_eq!(source, "adaptive", "{fault}, {transport:?}: not back");
        }
    }
}

#[test]
fn a_unit_that_is_away_for_long_leaves_the_others_their_data() {
    let faults = ["silent:j_1_1@60+900".to_owned()];
    let with = run(common::behind_gateway(5), &faults, 700);
    let without = run(common::behind_gateway(5), &[], 700);
    for junction in ["j_2_1", "j_3_1", "j_4_1", "j_5_1"] {
        assert_eq!(lost_control(&with, junction), Vec::<String>::new());
    }
    // It costs errors now and then, and no demand of the others.
    let (with, without) = (with.counters, without.counters);
    assert!(with.errors < 20, "{with:?}");
    assert_eq!((without.errors, without.unanswered_demands), (0, 0), "{without:?}");
    let served = with.requests as f64 / without.requests as f64;
    assert!(served > 0.75, "four of five: {with:?} {without:?}");
}

#[test]
fn a_demand_that_is_too_slow_to_be_sent_makes_room_for_the_next() {
    // Answers take longer than a beat: demands wait, and the newest is what is sent.
    let faults = ["delay=900:j_1_1@30+60".to_owned()];
    let outcome = run(generate::arterial(1, 1), &faults, 200);
    let unanswered = outcome.events.iter().filter(|event| {
        matches!(&event.kind, EventKind::Unanswered { reason } if reason.contains("superseded"))
    });
    assert_eq!(unanswered.count(), 0, "it is not an error");
    let snapshot = outcome.engine.snapshot(Moment(200_000));
    assert_eq!(snapshot.junctions[0].source.name(), "adaptive");
}

#[test]
fn what_a_site_asks_of_its_lines_and_devices_is_held_against_their_profiles() {
    let (mut site, demand) = common::with_wired_junction(2, 0);
    site.lines[1].transport = common::serial("/dev/none", 1_200);
    site.inputs[0].channel = 16;
    site.control.lease = Millis(61_000);
    let stranger = site.detectors.iter().find(|d| d.device == site.signals[1].device);
    let stranger = stranger.expect("its own junction's").clone();
    let at_block = |kind| scenario::DetectorSite { device: DeviceId(0), kind, ..stranger.clone() };
    site.detectors.push(at_block(scenario::DetectorKind::StopLine));
    site.detectors.push(at_block(scenario::DetectorKind::Tracker));
    site.outputs[0].device = site.signals[1].device;
    let unconfirmed = site.inputs.len();
    site.inputs.retain(|input| {
        !matches!(input.role, scenario::InputRole::StageConfirmation { stage, .. }
            if stage == common::FIRST)
            || input.channel == 16
    });
    assert_eq!(site.inputs.len(), unconfirmed);
    site.inputs[1].role = site.inputs[unconfirmed - 1].role;
    let problems = harness::run(&Arc::new(site), &demand, &Settings::of(Millis(1_000), 1));
    let problems = problems.expect_err("problems");
    for expected in [
        "at 1200 baud an answer takes",
        "there is no input 16, it has 16",
        "there is no output 0, it has 0",
        "there is no loop 0, remote-io reports 0",
        "there is no tracked lane 0, remote-io reports 0",
        "no input confirms stage 2",
        "takes leases of up to 60 s, the site's is 61 s",
    ] {
        assert!(problems.iter().any(|p| p.contains(expected)), "{expected}: {problems:?}");
    }
}
