//! What the plant says first: which junctions and stages are to be controlled, by which rules, and what
//! is seen.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use optimizer::{Discharge, JunctionSpec, STAGES_MAX};
use scenario::{PhasedNetwork, PhasedSignal};
use units::Millis;

use crate::junctions::{self, Junction};
use crate::reading::Node;
use crate::rules::{PHASES_MAX, Rules};

/// The one version of the protocol that is spoken.
const PROTOCOL: u32 = 1;
/// A simulated step, seconds.
const STEPS: RangeInclusive<f64> = 0.001..=3_600.0;
/// A lane's start-up loss and headway, seconds: a queue that leaves slower does not leave.
const START_UPS: RangeInclusive<f64> = 0.0..=30.0;
const HEADWAYS: RangeInclusive<f64> = 0.1..=30.0;
/// How far sensors see, metres.
const RANGES: RangeInclusive<f64> = 0.0..=1e6;

/// What is seen of the lanes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Sensors {
    /// Every lane whole.
    Everywhere,
    /// Some lanes, and up to so many metres before the stop line.
    Some {
        /// For each lane whether it is seen.
        seen: Vec<bool>,
        range: f32,
    },
}

/// A hello that was understood.
#[derive(Clone, Debug)]
pub(crate) struct Hello {
    pub(crate) junctions: Vec<Junction>,
    pub(crate) discharge: Option<Discharge>,
    pub(crate) sensors: Sensors,
}

impl Hello {
    /// Reads it, and how the junctions are to be planned for; none where something is wrong, which was
    /// said.
    pub(crate) fn read(
        node: &Node<'_>,
        street: &PhasedNetwork,
    ) -> Option<(Self, Vec<JunctionSpec>)> {
        let protocol = node.need("protocol").and_then(|node| {
            let version = node.whole(PHASES_MAX)?;
            if version != PROTOCOL {
                node.say(format!("version {version} is not spoken here, only {PROTOCOL}"));
            }
            (version == PROTOCOL).then_some(())
        });
        let step = node.need("step_s").and_then(|node| node.number(&STEPS));
        let rules = match node.get("rules") {
            None => Some(Rules::default()),
            Some(node) => Rules::default().with(&node),
        };
        let discharge = match node.get("discharge") {
            None => Some(None),
            Some(node) => discharge(&node).map(Some),
        };
        let sensors = match node.get("sensors") {
            None => Some(Sensors::Everywhere),
            Some(node) => sensors(&node, street),
        };
        // With wrong common rules every junction would repeat the mistake.
        let known = rules.unwrap_or_default();
        let chosen = match node.get("junctions") {
            None => all(node, street, known),
            Some(node) => named(&node, street, known),
        };
        let (_, _, _) = (protocol?, step?, rules?);
        let (discharge, sensors, chosen) = (discharge?, sensors?, chosen?);
        let (junctions, specs) = chosen.into_iter().unzip();
        Some((Self { junctions, discharge, sensors }, specs))
    }
}

fn discharge(node: &Node<'_>) -> Option<Discharge> {
    let span = |key: &str, range: &RangeInclusive<f64>| {
        node.need(key).and_then(|node| node.number(range)).map(Millis::from_secs_f64)
    };
    let (start_up, headway) = (span("start_up_s", &START_UPS), span("headway_s", &HEADWAYS));
    Some(Discharge { start_up: start_up?, headway: headway? })
}

#[allow(clippy::cast_possible_truncation)]
fn sensors(node: &Node<'_>, street: &PhasedNetwork) -> Option<Sensors> {
    let range = node.need("range_m").and_then(|node| node.number(&RANGES));
    let mut seen = vec![false; street.network.lanes().len()];
    let lanes = node.need("lanes")?;
    for item in lanes.items() {
        let Some(name) = item.text() else { continue };
        match street.lanes.get(name) {
            None => item.say(format!("unknown lane {name:?}")),
            // Nobody drives there.
            Some(None) => {}
            Some(Some(lane)) => seen[lane.index()] = true,
        }
    }
    Some(Sensors::Some { seen, range: range? as f32 })
}

type Chosen = Vec<(Junction, JunctionSpec)>;

/// All signals that have a stage, for somebody who drives.
fn all(node: &Node<'_>, street: &PhasedNetwork, rules: Rules) -> Option<Chosen> {
    let mut chosen = Vec::new();
    let mut sound = true;
    for signal in street.signals.iter().filter(|signal| !signal.ways.is_empty()) {
        let phases = junctions::usual(signal);
        if phases.is_empty() {
            continue;
        }
        sound &= is_sound(node, signal, &phases, rules);
        if sound {
            chosen.push(junction(signal, phases, rules));
        }
    }
    sound.then_some(chosen)
}

/// Those that the plant names, in the order of the network's file.
fn named(node: &Node<'_>, street: &PhasedNetwork, rules: Rules) -> Option<Chosen> {
    let signals: BTreeMap<&str, (usize, &PhasedSignal)> =
        street.signals.iter().enumerate().map(|(row, s)| (s.name.as_str(), (row, s))).collect();
    let mut chosen: BTreeMap<usize, (Junction, JunctionSpec)> = BTreeMap::new();
    let mut sound = node.value.is_object();
    for (name, node) in node.members() {
        let Some(&(row, signal)) = signals.get(name) else {
            node.say("unknown junction");
            continue;
        };
        let stages = match node.get("stages") {
            None => usual(&node, signal),
            Some(node) => listed(&node, signal),
        };
        let rules = match node.get("rules") {
            None => Some(rules),
            Some(node) => rules.with(&node),
        };
        let (Some(stages), Some(rules)) = (stages, rules) else {
            sound = false;
            continue;
        };
        if is_sound(&node, signal, &stages, rules) {
            chosen.insert(row, junction(signal, stages, rules));
        }
    }
    sound.then(|| chosen.into_values().collect())
}

fn usual(node: &Node<'_>, signal: &PhasedSignal) -> Option<Vec<usize>> {
    let phases = junctions::usual(signal);
    if phases.is_empty() {
        node.say("no stage of it shows green to what is not always green");
        return None;
    }
    Some(phases)
}

fn listed(node: &Node<'_>, signal: &PhasedSignal) -> Option<Vec<usize>> {
    let mut phases = Vec::new();
    let count = signal.phases.len();
    for item in node.items() {
        let Some(phase) = item.whole(PHASES_MAX).map(|phase| phase as usize) else { continue };
        if phase >= count {
            item.say(format!("unknown stage {phase}: its phases are 0 to {}", count - 1));
        } else if phases.contains(&phase) {
            item.say(format!("stage {phase} is named twice"));
        } else {
            phases.push(phase);
        }
    }
    if node.value.as_array().is_some_and(Vec::is_empty) {
        node.say("there must be a stage");
    }
    (!phases.is_empty()).then_some(phases)
}

/// Whether a junction may have these stages, and these rules.
fn is_sound(node: &Node<'_>, signal: &PhasedSignal, phases: &[usize], rules: Rules) -> bool {
    let (name, count) = (&signal.name, phases.len());
    if count > STAGES_MAX {
        node.say(format!("{name} has {count} stages: more than {STAGES_MAX} are not controlled"));
        return false;
    }
    let Some(phase) = rules.clearance_stage else { return true };
    let is_there = (phase as usize) < signal.phases.len();
    if !is_there {
        let count = signal.phases.len();
        node.say(format!("clearance_stage {phase}: {name} has {count} phases"));
    }
    is_there
}

fn junction(signal: &PhasedSignal, phases: Vec<usize>, rules: Rules) -> (Junction, JunctionSpec) {
    let spec = junctions::spec(signal, &phases, &rules);
    (Junction::new(signal, phases), spec)
}
