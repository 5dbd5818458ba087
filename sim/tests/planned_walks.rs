//! The planner drives a crossroads where people walk: whoever calls is served soon, whoever has no button
//! is not forgotten, and no walk and no clearance is cut short.

mod support;

use std::sync::Arc;

use scenario::{
    Demand, DeviceSite, InputRole, InputSite, Mode, PedestrianFlow, SignalSite, Site, generate,
};
use sim::harness::{self, Outcome, Settings};
use support::crossroads::{Arm, entry_name};
use support::shared::{shared, walk_arm, walk_group, walk_name, with_plan};
use units::{DeviceId, Millis};

const ARMS: [Arm; 4] = [Arm::West, Arm::East, Arm::North, Arm::South];

/// Wires a button for each arm to a remote I/O unit beside the controller.
fn wire_buttons(site: &mut Site, signal: &SignalSite) {
    let line = site.devices[signal.device.index()].line;
    let profile = "remote-io".to_owned();
    site.devices.push(DeviceSite {
        name: "buttons".to_owned(),
        line,
        unit: 9,
        profile,
        watchdog_tried: false,
    });
    let device = DeviceId::from_index(site.devices.len() - 1);
    for (channel, arm) in (0..).zip(ARMS) {
        let group = walk_group(signal, entry_name(arm));
        let role = InputRole::Call { junction: signal.junction, group };
        let inverted = channel % 2 == 1;
        site.inputs.push(InputSite { device, channel, role, inverted, filter: Millis::ZERO });
    }
}

/// Half an hour of traffic from the west and the east, and people over every arm.
fn run(mode: Mode, has_buttons: bool) -> Outcome {
    let (mut site, mut demand) = generate::arterial(1, 1);
    let network = site.network.clone();
    let signal = with_plan(shared(&site), Millis(70_000));
    if has_buttons {
        wire_buttons(&mut site, &signal);
    }
    let flow = |arm: Arm| PedestrianFlow {
        junction: signal.junction,
        group: Some(walk_name(entry_name(arm))),
        arm: Some(walk_arm(&network, entry_name(arm))),
        start: Millis::ZERO,
        end: Millis(1_800_000),
        per_hour: 20.0,
    };
    let pedestrians = ARMS.map(flow).to_vec();
    site.signals = vec![signal];
    site.control.mode = mode;
    demand = Demand { pedestrians, ..demand };
    harness::run(&Arc::new(site), &demand, &Settings::of(Millis(1_800_000), 1)).expect("a street")
}

#[test]
fn people_are_served_sooner_with_a_button_and_within_bounds_without_one() {
    let [plan, without, with] =
        [(Mode::Fixed, false), (Mode::Adaptive, false), (Mode::Adaptive, true)].map(
            |(mode, has)| {
                let outcome = run(mode, has);
                assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()), "{mode:?}");
                let (people, vehicles) = (outcome.street.world().walkers(), outcome.world);
                eprintln!(
                    "{} {has}: people wait {:.0} s, at most {:.0} s; {} vehicles, {} late walkers",
                    mode.name(),
                    people.mean_wait_s,
                    people.longest_wait_s,
                    vehicles.finished,
                    people.late,
                );
                people
            },
        );
    assert!(with.mean_wait_s < 0.8 * without.mean_wait_s, "{with:?} {without:?}");
    assert!(with.mean_wait_s < 1.3 * plan.mean_wait_s, "{with:?} {plan:?}");
    assert!(with.longest_wait_s < 180.0, "{with:?}");
    assert!(without.longest_wait_s < 240.0, "{without:?}");
}
