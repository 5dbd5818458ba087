//! A `roadnet.json`'s signals phase by phase: every light phase with its own index.
//!
//! The files say which road links are green, not who gives way. CityFlow lets them go by their kind where
//! their ways cross or meet, straight before left before right, and so it is taken here; which ways cross
//! is derived from the arms of the junction (unverified against CityFlow case by case).

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::sync::Arc;

use network::Network;
use units::MovementId;

use super::json::{Node, PathProblem, Problems};
use super::roadnet::{Phases, Reader, built, parse};
use crate::phases::{Light, PhasedNetwork, PhasedSignal, PhasedWay};

/// How far beside the middle of an arm traffic enters and leaves a junction, as an angle seen from its
/// middle: enough to tell the two, too little to take one arm for another.
const BESIDE: f64 = 0.05;

/// Reads a network file for its signals' own phases.
///
/// # Errors
/// Every mistake with its path in the file.
pub fn import_phases(json: &str) -> Result<PhasedNetwork, Vec<PathProblem>> {
    let value = parse(json)?;
    let problems = Problems::default();
    let root = Node::root(&value, &problems);
    let reader = Reader { phases: Some(Vec::new()), ..Reader::default() };
    let read = reader.read(&root, &problems).and_then(|reader| {
        let network = Arc::new(built(reader.builder, &root)?);
        let signals = reader.phases.unwrap_or_default();
        let signals = signals.into_iter().map(|phases| signal(&network, phases)).collect();
        let ids = network.lanes().iter().enumerate();
        let lanes = ids.map(|(row, _)| units::LaneId::from_index(row));
        let lanes = lanes.map(|lane| (network.lane_name(lane), Some(lane))).collect();
        let rows = network.links().iter().enumerate();
        let links: BTreeMap<_, _> = rows
            .map(|(row, link)| (link.name.clone(), Some(units::LinkId::from_index(row))))
            .collect();
        Some(PhasedNetwork { network, lanes, links, signals, notes: reader.notes.lines() })
    });
    problems.into_result(read)
}

fn signal(network: &Network, phases: Phases) -> PhasedSignal {
    let Phases { name, movements, green } = phases;
    let mut ways = Vec::new();
    for (place, &id) in movements.iter().enumerate() {
        let movement = network.movement(id);
        ways.extend(movement.connections.iter().map(|connection| PhasedWay {
            lane: network.lane_at(movement.from, connection.from_lane),
            exit: movement.to,
            place: Some(place),
        }));
    }
    ways.sort_unstable();
    ways.dedup();
    let before: Vec<Vec<usize>> =
        movements.iter().map(|&m| before(network, &movements, m)).collect();
    let phase = |open: &u64| {
        let is_open = |place: usize| open >> place & 1 == 1;
        let light = |place: usize| match is_open(place) {
            false => Light::Red,
            true if before[place].iter().any(|&other| is_open(other)) => Light::GreenYielding,
            true => Light::Green,
        };
        (0..movements.len()).map(light).collect()
    };
    PhasedSignal { name, ways, phases: green.iter().map(phase).collect() }
}

/// Which of the movements go before one where both have green.
fn before(network: &Network, all: &[MovementId], own: MovementId) -> Vec<usize> {
    let mine = network.movement(own);
    let goes_before = |&other: &MovementId| {
        let other = network.movement(other);
        other.from != mine.from
            && other.turn < mine.turn
            && (other.to == mine.to || cross(ends(network, own), ends_of(network, other)))
    };
    all.iter().enumerate().filter(|(_, other)| goes_before(other)).map(|(place, _)| place).collect()
}

/// Where a movement enters and leaves its junction, as angles seen from the middle.
fn ends(network: &Network, movement: MovementId) -> (f64, f64) {
    ends_of(network, network.movement(movement))
}

fn ends_of(network: &Network, movement: &network::Movement) -> (f64, f64) {
    let middle = network.junction(movement.junction).position;
    let angle = |point: Option<&network::Point>| {
        point.map_or(0.0, |point| (point.y - middle.y).atan2(point.x - middle.x))
    };
    // The last point of a link may be the middle itself; the one before it never is.
    let (from, to) = (&network.link(movement.from).points, &network.link(movement.to).points);
    let enters = angle(from.iter().rev().find(|point| point.distance(middle) > 1.0));
    let leaves = angle(to.iter().find(|point| point.distance(middle) > 1.0));
    // Traffic keeps to the right: seen from the middle it comes in on the left of its arm.
    (enters + BESIDE, leaves - BESIDE)
}

/// Whether two ways across a circle cut each other.
fn cross(one: (f64, f64), other: (f64, f64)) -> bool {
    let turned = |angle: f64| (angle - one.0).rem_euclid(TAU);
    let (end, a, b) = (turned(one.1), turned(other.0), turned(other.1));
    (a < end) != (b < end)
}
