//! Sites for the tests of this room: junctions on shared lines, and behind remote I/O units.

#![allow(dead_code)]

use scenario::{
    Demand, DetectorKind, DetectorSite, DeviceSite, InputRole, InputSite, OutputRole, OutputSite,
    Parity, SerialSite, Site, Transport, generate,
};
use signal::Plan;
use units::{DeviceId, GroupId, LineId, Metres, Millis, PlanId, StageId};

/// `count` junctions whose controllers are units 1, 2, … on one line.
pub(crate) fn on_one_line(count: usize, transport: Transport) -> (Site, Demand) {
    let (mut site, demand) = generate::arterial(1, count);
    site.lines.truncate(1);
    site.lines[0].transport = transport;
    for (index, device) in site.devices.iter_mut().enumerate() {
        device.line = LineId(0);
        device.unit = u8::try_from(index + 1).expect("few");
    }
    (site, demand)
}

pub(crate) fn serial(path: &str, baud: u32) -> Transport {
    let path = path.to_owned();
    Transport::Serial(SerialSite { path, baud, parity: Parity::Even, stop_bits: 1 })
}

fn gateway() -> Transport {
    Transport::Tcp { address: "127.0.0.1:5020".to_owned() }
}

/// As `on_one_line`, behind a Modbus TCP gateway.
pub(crate) fn behind_gateway(count: usize) -> (Site, Demand) {
    on_one_line(count, gateway())
}

/// Adds a remote I/O unit to a junction's line.
pub(crate) fn add_block(site: &mut Site, index: usize, unit: u8) -> DeviceId {
    let own = &site.devices[site.signals[index].device.index()];
    let (name, line) = (format!("{} io {unit}", own.name), own.line);
    site.devices.push(DeviceSite {
        name,
        line,
        unit,
        profile: "remote-io".to_owned(),
        watchdog_tried: false,
    });
    DeviceId::from_index(site.devices.len() - 1)
}

/// Wires the stages of a junction to the first inputs of a unit.
pub(crate) fn confirm_stages(site: &mut Site, index: usize, device: DeviceId) {
    let signal = site.signals[index].clone();
    for (channel, stage) in (0..).zip(signal.layout.stage_ids()) {
        let role = InputRole::StageConfirmation { junction: signal.junction, stage };
        let filter = Millis::ZERO;
        site.inputs.push(InputSite { device, channel, role, inverted: channel % 2 == 1, filter });
    }
}

/// Wires a unit's outputs to the calls of a junction's groups, two preempts, and two plan bits.
pub(crate) fn wire_outputs(site: &mut Site, index: usize, device: DeviceId) {
    let signal = &site.signals[index];
    let junction = signal.junction;
    let mut roles: Vec<OutputRole> = (0..signal.layout.groups().len())
        .map(|group| OutputRole::Call { group: GroupId::from_index(group), pulse: Millis(1_000) })
        .collect();
    roles.extend([1, 2].map(|number| OutputRole::Preempt { number }));
    roles.extend([0, 1].map(|bit| OutputRole::PlanBit { bit }));
    assert!(roles.len() <= 16, "{} outputs", roles.len());
    let output = |(channel, role)| OutputSite { device, channel, junction, role };
    site.outputs.extend((0..).zip(roles).map(output));
}

/// A second plan for a junction, with its stages in the other order and as long.
pub(crate) fn second_plan(site: &mut Site, index: usize) {
    let signal = &mut site.signals[index];
    let first = &signal.plans[0];
    let mut splits = first.splits().to_vec();
    splits.reverse();
    let name = "reversed".to_owned();
    let (cycle, layout) = (first.cycle(), signal.layout.clone());
    let plan = Plan::new(PlanId(1), name, cycle, Millis::ZERO, splits, &layout);
    signal.plans.push(plan.expect("as sound as the first"));
}

/// A row of junctions of which one has nothing but two remote I/O units: its stages are confirmed by
/// the first one's inputs, its lanes watched by the second one's, and it is asked by outputs.
pub(crate) fn with_wired_junction(count: usize, wired: usize) -> (Site, Demand) {
    let (mut site, demand) = generate::arterial(1, count);
    let device = site.signals[wired].device;
    site.devices[device.index()].profile = "remote-io".to_owned();
    confirm_stages(&mut site, wired, device);
    wire_outputs(&mut site, wired, device);
    second_plan(&mut site, wired);
    let second = add_block(&mut site, wired, 2);
    let loops = site
        .detectors
        .iter()
        .filter(|detector| detector.device == device && detector.kind == DetectorKind::StopLine);
    let inputs = (0..).zip(loops).map(|(channel, detector)| InputSite {
        device: second,
        channel,
        role: InputRole::Detector { lane: detector.lane, kind: detector.kind },
        inverted: channel % 2 == 0,
        filter: Millis::ZERO,
    });
    let inputs: Vec<InputSite> = inputs.collect();
    assert!(inputs.len() <= 15);
    site.inputs.extend(inputs);
    site.detectors.retain(|detector| detector.device != device);
    let lane = site.inputs.last().map(|input| input.role);
    if let Some(InputRole::Detector { lane, .. }) = lane {
        let kind = DetectorKind::Advance { distance: Metres(40.0) };
        let (channel, inverted, filter) = (15, false, Millis(100));
        let role = InputRole::Detector { lane, kind };
        site.inputs.push(InputSite { device: second, channel, role, inverted, filter });
    }
    (site, demand)
}

pub(crate) const FIRST: StageId = StageId(0);

/// Puts every tracker of a site behind lane trackers of their own, one for each road to a junction, on a
/// line of the junction's own. Gives the new devices.
pub(crate) fn with_lane_trackers(site: &mut Site) -> Vec<DeviceId> {
    let network = site.network.clone();
    let own: Vec<_> =
        site.detectors.iter().filter(|d| d.kind == DetectorKind::Tracker).cloned().collect();
    site.detectors.retain(|detector| detector.kind != DetectorKind::Tracker);
    let mut heads = Vec::new();
    let mut roads: Vec<_> = own.iter().map(|d| (d.device, network.lane(d.lane).link)).collect();
    roads.dedup();
    for (unit, &(cabinet, link)) in (10..).zip(&roads) {
        let head = DeviceId::from_index(site.devices.len());
        let line = site.devices[cabinet.index()].line;
        let name = format!("tracker {}", network.link(link).name);
        let profile = "open-lane-tracker".to_owned();
        site.devices.push(DeviceSite { name, line, unit, profile, watchdog_tried: false });
        for (channel, lane) in (0..).zip(network.link_lanes(link)) {
            let kind = DetectorKind::Tracker;
            site.detectors.push(DetectorSite { device: head, channel, lane, kind });
        }
        heads.push(head);
    }
    heads
}
