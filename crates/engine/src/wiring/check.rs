//! What a site and the profiles of its devices do not agree on.

use std::sync::Arc;

use field::frame::{reply_length, request_pdu};
use field::{DeviceMap, Request};
use hw_profiles::{CommandName, Point, WatchdogKind};
use scenario::{DetectorKind, DetectorSite, InputRole, SignalSite, Site};
use units::{Millis, StageId};

/// Everything that keeps the engine from running this site with these models.
pub(crate) fn problems(site: &Site, maps: &[Arc<DeviceMap>]) -> Vec<String> {
    let mut problems = Vec::new();
    for line in 0..site.lines.len() {
        problems.extend(too_slow(site, maps, line));
    }
    for signal in &site.signals {
        problems.extend(unseen(site, maps, signal));
        problems.extend(too_long(site, maps, signal));
    }
    let name = |device: units::DeviceId| &site.devices[device.index()].name;
    problems.extend(site.detectors.iter().filter_map(|detector| unreported(site, maps, detector)));
    for input in &site.inputs {
        let register = maps[input.device.index()].profile().register(Point::Input);
        let inputs = register.map_or(0, |register| register.count);
        if input.channel >= inputs {
            let (name, channel) = (name(input.device), input.channel);
            problems.push(format!("device {name}: there is no input {channel}, it has {inputs}"));
        }
    }
    for output in &site.outputs {
        let outputs = maps[output.device.index()].output_count();
        if output.channel >= outputs {
            let (name, channel) = (name(output.device), output.channel);
            let has = format!("it has {outputs} that can be set");
            problems.push(format!("device {name}: there is no output {channel}, {has}"));
        }
    }
    problems
}

/// A detector whose device does not report it.
fn unreported(site: &Site, maps: &[Arc<DeviceMap>], detector: &DetectorSite) -> Option<String> {
    let (point, what) = match detector.kind {
        DetectorKind::Tracker => (Point::TrackerQueue, "tracked lane"),
        DetectorKind::StopLine | DetectorKind::Advance { .. } => (Point::DetectorPresence, "loop"),
    };
    let profile = maps[detector.device.index()].profile();
    let count = profile.register(point).map_or(0, hw_profiles::Register::elements);
    (detector.channel >= count).then(|| {
        let (name, channel) = (&site.devices[detector.device.index()].name, detector.channel);
        format!("device {name}: there is no {what} {channel}, {} reports {count}", profile.name)
    })
}

/// A serial line whose time-out is over before the longest answer can have come.
fn too_slow(site: &Site, maps: &[Arc<DeviceMap>], line: usize) -> Option<String> {
    let row = &site.lines[line];
    let wire = super::wire(row)?;
    let on_it = site.devices.iter().zip(maps).filter(|(device, _)| device.line.index() == line);
    let polls = on_it.flat_map(|(_, map)| map.polls().iter().flat_map(|poll| &poll.requests));
    let took =
        |request: &Request| wire.transaction(request_pdu(request).len(), reply_length(request));
    let longest = polls.map(took).max().unwrap_or(Millis::ZERO);
    (row.timeout <= longest).then(|| {
        let (name, baud, timeout) = (&row.name, wire.baud, row.timeout);
        format!("line {name}: at {baud} baud an answer takes {longest}, its time-out is {timeout}")
    })
}

/// A junction whose device does not take leases as long as the site's.
fn too_long(site: &Site, maps: &[Arc<DeviceMap>], signal: &SignalSite) -> Option<String> {
    let profile = maps[signal.device.index()].profile();
    let longest = Millis::from_secs_f64(profile.watchdog.timeout_s);
    let lease = site.control.lease;
    (profile.watchdog.kind == WatchdogKind::Lease && lease > longest).then(|| {
        let (device, model) = (&site.devices[signal.device.index()].name, &profile.name);
        format!("device {device}: {model} takes leases of up to {longest}, the site's is {lease}")
    })
}

/// A junction whose stage nobody would report.
fn unseen(site: &Site, maps: &[Arc<DeviceMap>], signal: &SignalSite) -> Option<String> {
    let profile = maps[signal.device.index()].profile();
    if profile.command(CommandName::DemandStage).is_some() {
        return None;
    }
    let is_confirmed = |stage: &StageId| {
        site.inputs.iter().any(|input| {
            let (junction, stage) = (signal.junction, *stage);
            input.role == InputRole::StageConfirmation { junction, stage }
        })
    };
    let missing: Vec<_> = signal.layout.stage_ids().filter(|stage| !is_confirmed(stage)).collect();
    (!missing.is_empty()).then(|| {
        let junction = &site.network.junction(signal.junction).name;
        let stages: Vec<_> =
            missing.iter().map(|&stage| signal.layout.stage(stage).name.as_str()).collect();
        format!(
            "junction {junction}: {} does not report stages, and no input confirms stage {}",
            profile.name,
            stages.join(", ")
        )
    })
}
