//! Reads what digital inputs and outputs are wired to.

use std::collections::BTreeMap;

use document::Table;
use network::Network;
use signal::GroupKind;
use units::{DeviceId, GroupId, LaneId, Metres, Millis, StageId};

use super::read::known;
use super::wires::{InputRole, InputSite, OutputRole, OutputSite};
use super::{DetectorKind, SignalSite};
use crate::links::named_link;

/// Channels of one unit.
const CHANNEL_MAX: i64 = 1_023;
/// A contact that bounces for longer is broken.
const FILTER_MAX_MS: i64 = 10_000;
/// How long a detector's relay is on for a vehicle, at least and at most, and where nothing is said.
const PULSE_S: std::ops::RangeInclusive<f64> = 0.1..=10.0;
const PULSE_USUAL_S: f64 = 1.0;
/// Bits that number more plans than any controller has.
const PLAN_BIT_MAX: i64 = 7;

/// What names stand for.
#[derive(Clone, Copy)]
pub(super) struct Names<'n> {
    pub(super) network: &'n Network,
    pub(super) devices: &'n BTreeMap<String, usize>,
    /// None where they could not be read: then nothing is said of what they would name.
    pub(super) signals: Option<&'n [SignalSite]>,
}

/// Every input, each where it could be read.
pub(super) fn inputs(root: &Table<'_>, names: Names<'_>) -> Vec<Option<InputSite>> {
    let tables = root.tables("input");
    let inputs: Vec<_> = tables.iter().map(|table| input(table, names)).collect();
    for (index, table) in tables.iter().enumerate() {
        let Some(input) = &inputs[index] else {
            continue;
        };
        for other in inputs[..index].iter().flatten() {
            if (other.device, other.channel) == (input.device, input.channel) {
                table.say("channel", "it is another input's already");
            }
            let is_stage = matches!(input.role, InputRole::StageConfirmation { .. });
            if is_stage && other.role == input.role {
                table.say("stage", "another input confirms it already");
            }
            let is_call = matches!(input.role, InputRole::Call { .. });
            if is_call && other.role == input.role {
                table.say("group", "another input is its button already");
            }
        }
    }
    inputs
}

/// Every output, each where it could be read.
pub(super) fn outputs(root: &Table<'_>, names: Names<'_>) -> Vec<Option<OutputSite>> {
    let tables = root.tables("output");
    let outputs: Vec<_> = tables.iter().map(|table| output(table, names)).collect();
    for (index, table) in tables.iter().enumerate() {
        let Some(output) = &outputs[index] else {
            continue;
        };
        for other in outputs[..index].iter().flatten() {
            if (other.device, other.channel) == (output.device, output.channel) {
                table.say("channel", "it is another output's already");
            }
            if other.junction == output.junction && does_the_same(other.role, output.role) {
                table.say("role", "another output does the same already");
            }
            let bits = [other.role, output.role].map(|r| matches!(r, OutputRole::PlanBit { .. }));
            if bits == [true, true]
                && other.junction == output.junction
                && other.device != output.device
            {
                table.say("device", "a plan's bits must be on one device, to change together");
            }
        }
    }
    plan_bits(root, names, &outputs);
    outputs
}

/// A junction's bits are 0, 1, … without a gap, and number every plan.
fn plan_bits(root: &Table<'_>, names: Names<'_>, outputs: &[Option<OutputSite>]) {
    for signal in names.signals.into_iter().flatten() {
        let bits: Vec<u8> = outputs
            .iter()
            .flatten()
            .filter(|output| output.junction == signal.junction)
            .filter_map(|output| match output.role {
                OutputRole::PlanBit { bit } => Some(bit),
                _ => None,
            })
            .collect();
        if bits.is_empty() {
            continue;
        }
        let name = &names.network.junction(signal.junction).name;
        if let Some(gap) = (0..bits.len()).find(|&bit| !bits.iter().any(|&b| b as usize == bit)) {
            root.say("output", format!("junction {name}: there is no plan bit {gap}"));
        }
        if signal.plans.len() >= 1 << bits.len() {
            let (plans, bits) = (signal.plans.len(), bits.len());
            root.say("output", format!("junction {name}: {bits} bits do not number {plans} plans"));
        }
    }
}

fn does_the_same(a: OutputRole, b: OutputRole) -> bool {
    match (a, b) {
        (OutputRole::Call { group, .. }, OutputRole::Call { group: other, .. }) => group == other,
        (a, b) => a == b,
    }
}

fn input(table: &Table<'_>, names: Names<'_>) -> Option<InputSite> {
    let device = known(table, "device", names.devices).map(DeviceId::from_index);
    let channel = table.integer("channel", 0..=CHANNEL_MAX);
    let inverted = table.flag_or("inverted", false);
    let filter = table.integer_or("filter_ms", 0..=FILTER_MAX_MS, 0).map(Millis);
    let role = match table.text("role").as_deref() {
        Some("detector") => {
            let (lane, kind) = (lane(table, names.network), loop_kind(table));
            lane.zip(kind).map(|(lane, kind)| InputRole::Detector { lane, kind })
        }
        Some("stage-confirmation") => {
            let signal = signal(table, names);
            let name = table.text("stage");
            let stage = signal.zip(name).and_then(|(signal, name)| stage(table, signal, &name));
            signal.zip(stage).map(|(signal, stage)| InputRole::StageConfirmation {
                junction: signal.junction,
                stage,
            })
        }
        Some("call") => {
            let signal = signal(table, names);
            let name = table.text("group");
            let group = signal.zip(name).and_then(|(signal, name)| walk(table, signal, &name));
            let junction = signal.map(|signal| signal.junction);
            junction.zip(group).map(|(junction, group)| InputRole::Call { junction, group })
        }
        Some("preempt") => preempt(table, names.network),
        Some(other) => {
            let known = "detector, stage-confirmation, call, preempt";
            table.say("role", format!("{other:?} is none of {known}"));
            None
        }
        None => None,
    };
    let channel = u16::try_from(channel?).ok()?;
    Some(InputSite { device: device?, channel, role: role?, inverted: inverted?, filter: filter? })
}

fn preempt(table: &Table<'_>, network: &Network) -> Option<InputRole> {
    let link = named_link(table, network);
    let most = link.map_or(f64::MAX, |link| network.link(link).length.0);
    let distance = table.number("distance_m", 0.0..=most).map(Metres);
    let number = table.integer("number", 1..=255).and_then(|n| u8::try_from(n).ok());
    Some(InputRole::Preempt { link: link?, distance: distance?, number: number? })
}

fn output(table: &Table<'_>, names: Names<'_>) -> Option<OutputSite> {
    let device = known(table, "device", names.devices).map(DeviceId::from_index);
    let channel = table.integer("channel", 0..=CHANNEL_MAX);
    let signal = signal(table, names);
    let role = match table.text("role").as_deref() {
        Some("call") => {
            let name = table.text("group");
            let pulse = table.number_or("pulse_s", PULSE_S, PULSE_USUAL_S);
            let group = signal.zip(name).and_then(|(signal, name)| group(table, signal, &name));
            let pulse = pulse.map(Millis::from_secs_f64);
            group.zip(pulse).map(|(group, pulse)| OutputRole::Call { group, pulse })
        }
        Some("preempt") => {
            let number = table.integer("number", 1..=255).and_then(|n| u8::try_from(n).ok());
            number.map(|number| OutputRole::Preempt { number })
        }
        Some("plan-bit") => {
            let bit = table.integer("bit", 0..=PLAN_BIT_MAX).and_then(|n| u8::try_from(n).ok());
            bit.map(|bit| OutputRole::PlanBit { bit })
        }
        Some(other) => {
            table.say("role", format!("{other:?} is none of call, preempt, plan-bit"));
            None
        }
        None => None,
    };
    let channel = u16::try_from(channel?).ok()?;
    Some(OutputSite { device: device?, channel, junction: signal?.junction, role: role? })
}

/// The signals of the junction that is named.
fn signal<'n>(table: &Table<'_>, names: Names<'n>) -> Option<&'n SignalSite> {
    let name = table.text("junction")?;
    let junction = names.network.junction_named(&name);
    let found = names.signals?.iter().find(|signal| Some(signal.junction) == junction);
    if found.is_none() {
        table.say("junction", format!("there is no junction {name:?} with signals"));
    }
    found
}

fn stage(table: &Table<'_>, signal: &SignalSite, name: &str) -> Option<StageId> {
    let found = signal.layout.stages().iter().position(|stage| stage.name == name);
    if found.is_none() {
        table.say("stage", format!("the junction has no stage {name:?}"));
    }
    found.map(StageId::from_index)
}

fn group(table: &Table<'_>, signal: &SignalSite, name: &str) -> Option<GroupId> {
    let found = signal.layout.groups().iter().position(|group| group.name == name);
    if found.is_none() {
        table.say("group", format!("the junction has no group {name:?}"));
    }
    found.map(GroupId::from_index)
}

/// A group that people walk by.
fn walk(table: &Table<'_>, signal: &SignalSite, name: &str) -> Option<GroupId> {
    let found = group(table, signal, name)?;
    if signal.layout.group(found).kind != GroupKind::Pedestrian {
        table.say("group", format!("{name:?} is no group of pedestrians: nobody calls it by hand"));
        return None;
    }
    Some(found)
}

fn lane(table: &Table<'_>, network: &Network) -> Option<LaneId> {
    let name = table.text("lane")?;
    let found = network.lane_named(&name);
    if found.is_none() {
        table.say("lane", format!("there is no lane {name:?}"));
    }
    found
}

fn loop_kind(table: &Table<'_>) -> Option<DetectorKind> {
    match table.text("kind")?.as_str() {
        "stop-line" => Some(DetectorKind::StopLine),
        "advance" => {
            let distance = table.number("distance_m", 0.0..=1_000.0)?;
            Some(DetectorKind::Advance { distance: Metres(distance) })
        }
        other => {
            table.say("kind", format!("{other:?} is none of stop-line, advance"));
            None
        }
    }
}
