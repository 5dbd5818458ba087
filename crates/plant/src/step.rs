//! What the plant says each step: what the junctions show, and what the sensors see.

use std::ops::RangeInclusive;

use estimate::{Class, Sight, Vehicle};
use optimizer::Showing;
use scenario::PhasedNetwork;
use serde_json::Value;
use units::Millis;

use crate::hello::{Hello, Sensors};
use crate::junctions::Junction;
use crate::reading::Node;
use crate::rules::PHASES_MAX;

/// Simulated time, seconds: thirty years either way.
const TIMES: RangeInclusive<f64> = -1e9..=1e9;
/// How long a stage or a change may have lasted, seconds.
const ELAPSED: RangeInclusive<f64> = 0.0..=1e9;
/// From a vehicle's front to its stop line, metres, and its speed, metres a second. Simulators compute
/// with fractions: a front may be a hair beyond its line, and a standing vehicle a hair in reverse.
const DISTANCES: RangeInclusive<f64> = -100.0..=1e6;
const SPEEDS: RangeInclusive<f64> = -1.0..=200.0;
/// A front further beyond its stop line has left the lane, metres.
const BEYOND: f32 = -1.0;
/// The most vehicles of one lane: more is a mistake in a count.
const COUNT_MAX: u32 = 100_000;

/// One moment, as it was said.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Step {
    pub(crate) time: Millis,
    pub(crate) signals: Vec<Showing>,
    pub(crate) lanes: Vec<Sight>,
}

impl Step {
    /// Reads it; none where something is wrong, which was said.
    pub(crate) fn read(node: &Node<'_>, street: &PhasedNetwork, hello: &Hello) -> Option<Self> {
        let time = node.need("time_s").and_then(|node| node.number(&TIMES));
        let signals = match node.get("signals") {
            None if hello.junctions.is_empty() => Some(Vec::new()),
            _ => node.need("signals").and_then(|node| signals(&node, street, hello)),
        };
        let mut lanes = empty(street, &hello.sensors);
        if let Some(given) = node.get("lanes") {
            for (name, node) in given.members() {
                let Some(lane) = street.lanes.get(name) else {
                    let inside = name.starts_with(':');
                    node.say(if inside {
                        "unknown lane: it is inside a junction"
                    } else {
                        "unknown lane"
                    });
                    continue;
                };
                let seen = sight(&node, street, &hello.sensors);
                let Some((lane, seen)) = lane.zip(seen) else { continue };
                if !matches!(lanes[lane.index()], Sight::Unknown) {
                    lanes[lane.index()] = seen;
                }
            }
        }
        Some(Self { time: Millis::from_secs_f64(time?), signals: signals?, lanes })
    }
}

/// What is seen where no vehicle is named.
fn empty(street: &PhasedNetwork, sensors: &Sensors) -> Vec<Sight> {
    let nobody = |range| Sight::Vehicles { seen: Vec::new(), range };
    match sensors {
        Sensors::Everywhere => vec![nobody(None); street.network.lanes().len()],
        Sensors::Some { seen, range } => seen
            .iter()
            .map(|seen| if *seen { nobody(Some(*range)) } else { Sight::Unknown })
            .collect(),
    }
}

/// What each junction shows. The plant may tell of those too that are not controlled.
fn signals(node: &Node<'_>, street: &PhasedNetwork, hello: &Hello) -> Option<Vec<Showing>> {
    let mut all = Vec::new();
    let mut sound = true;
    for junction in &hello.junctions {
        let shown = node.need(&junction.name).and_then(|node| showing(&node, junction));
        sound &= shown.is_some();
        all.extend(shown);
    }
    if node.value.as_object().is_none_or(|members| members.len() > hello.junctions.len()) {
        for (name, node) in node.members() {
            if !street.signals.iter().any(|signal| signal.name == name) {
                node.say("unknown junction");
            }
        }
    }
    sound.then_some(all)
}

fn showing(node: &Node<'_>, junction: &Junction) -> Option<Showing> {
    let stage = |key: &str| {
        let node = node.need(key)?;
        let phase = node.whole(PHASES_MAX)?;
        let stage = junction.stages.get(phase as usize).copied().flatten();
        if stage.is_none() {
            node.say(format!("stage {phase} is none of {:?}", junction.phases));
        }
        stage
    };
    let from = stage("stage");
    let elapsed = node.need("elapsed_s").and_then(|node| node.number(&ELAPSED));
    let to = node.get("next").is_some().then(|| stage("next"));
    let (from, elapsed) = (from?, Millis::from_secs_f64(elapsed?));
    match to {
        None => Some(Showing::Stage { stage: from, elapsed }),
        Some(to) if to? == from => {
            node.say("it changes to the stage that it is in");
            None
        }
        Some(to) => Some(Showing::Change { from, to: to?, elapsed }),
    }
}

fn sight(node: &Node<'_>, street: &PhasedNetwork, sensors: &Sensors) -> Option<Sight> {
    if let Some(list) = node.get("vehicles") {
        let range = match sensors {
            Sensors::Everywhere => None,
            Sensors::Some { range, .. } => Some(*range),
        };
        return vehicles(&list, street, range);
    }
    if !node.value.is_object() || !(node.names("count") || node.names("queue")) {
        node.say("it gives neither vehicles nor count and queue");
        return None;
    }
    let whole = |key: &str| node.need(key).and_then(|node| node.whole(COUNT_MAX));
    let (count, queue) = (whole("count"), whole("queue"));
    let (count, queue) = (count?, queue?);
    // Two sensors may disagree for a moment.
    Some(Sight::Counted { count: count.max(queue), queue })
}

fn vehicles(node: &Node<'_>, street: &PhasedNetwork, range: Option<f32>) -> Option<Sight> {
    let items = node.items();
    let mut seen = Vec::with_capacity(items.len());
    let mut sound = node.value.is_array();
    for item in items {
        match vehicle(&item, street) {
            None => sound = false,
            Some(vehicle) if vehicle.distance < BEYOND => {}
            Some(vehicle) => {
                let distance = vehicle.distance.max(0.0);
                // Sensors that see so far do not see this one, whatever the plant knows of it.
                if range.is_none_or(|range| distance <= range) {
                    seen.push(Vehicle { distance, ..vehicle });
                }
            }
        }
    }
    // Vehicles that come from inside a junction need not come in the order of those on the lane.
    seen.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    sound.then_some(Sight::Vehicles { seen, range })
}

#[allow(clippy::cast_possible_truncation)]
fn vehicle(node: &Node<'_>, street: &PhasedNetwork) -> Option<Vehicle> {
    let list = node.value.as_array().map(Vec::as_slice).unwrap_or_default();
    let (distance, speed, next) = match list {
        [distance, speed] => (distance, speed, &Value::Null),
        [distance, speed, next] => (distance, speed, next),
        _ => {
            node.say("it is neither [distance, speed] nor [distance, speed, next link]");
            return None;
        }
    };
    let number = |value: &Value, range: &RangeInclusive<f64>, what: &str| {
        let found = value.as_f64().filter(|number| range.contains(number));
        if found.is_none() {
            let (least, most) = (range.start(), range.end());
            node.say(format!("its {what} of {value} is no number from {least} to {most}"));
        }
        found.map(|number| number as f32)
    };
    let (distance, speed) =
        (number(distance, &DISTANCES, "distance"), number(speed, &SPEEDS, "speed"));
    let next = match next {
        Value::Null => Some(None),
        Value::String(name) => {
            let found = street.links.get(name);
            if found.is_none() {
                node.say(format!("unknown link {name:?}"));
            }
            found.copied()
        }
        _ => {
            node.say("its next link is no text");
            None
        }
    };
    // The protocol tells no classes.
    let class = Class::Other;
    Some(Vehicle { distance: distance?, speed: speed?.max(0.0), next: next?, class })
}
