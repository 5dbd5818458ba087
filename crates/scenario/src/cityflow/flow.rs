//! `flow.json`: vehicles on their ways.

use network::Network;
use units::{LinkId, Metres, MetresPerSecond, Millis};

use super::json::{Node, PathProblem, Problems};
use crate::demand::{
    ACCELERATIONS, Demand, FAR_S, Flow, GAPS, HEADWAYS, INTERVAL_MIN_S, LENGTHS, SPEEDS,
    VehicleClass, VehicleType,
};

/// CityFlow's word for "for ever"; such a flow ends with the longest run.
const FOR_EVER: f64 = -1.0;

/// Reads a flow file for a network.
///
/// # Errors
/// Every mistake with its path: a missing or impossible field, a road that is not there, two roads
/// of a route that no movement joins.
pub fn import_flow(json: &str, network: &Network) -> Result<Demand, Vec<PathProblem>> {
    let problems = Problems::default();
    let value = super::roadnet::parse(json)?;
    let flows: Vec<_> =
        Node::root(&value, &problems).items().iter().map(|n| flow(n, network)).collect();
    problems.into_result(
        flows
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(|flows| Demand { flows, ..Demand::default() }),
    )
}

fn flow(node: &Node<'_>, network: &Network) -> Option<Flow> {
    let vehicle = node.member("vehicle").and_then(|node| vehicle(&node));
    let interval = node.number("interval", INTERVAL_MIN_S..=FAR_S);
    let start = node.number("startTime", 0.0..=FAR_S);
    let end = node.number("endTime", FOR_EVER..=FAR_S);
    let route = route(node, network);
    let (start, end) = (start?, end?);
    let end = if end < 0.0 { FAR_S } else { end };
    if end < start {
        node.say_of("endTime", "it is before startTime");
        return None;
    }
    let [start, end, interval] = [start, end, interval?].map(Millis::from_secs_f64);
    Some(Flow { route: route?, start, end, interval, vehicle: vehicle?, ..Flow::default() })
}

fn route(node: &Node<'_>, network: &Network) -> Option<Vec<LinkId>> {
    let roads = node.list("route");
    if node.has_empty("route") {
        node.say_of("route", "there must be a road");
    }
    let mut route: Vec<LinkId> = Vec::new();
    let mut sound = !roads.is_empty();
    for road in &roads {
        let Some(name) = road.as_text() else {
            sound = false;
            continue;
        };
        let Some(link) = network.link_named(name) else {
            road.say(format!("there is no road {name:?}"));
            sound = false;
            continue;
        };
        if let Some(&before) = route.last()
            && network.movement_between(before, link).is_none()
        {
            road.say(format!("no road link leads here from {:?}", network.link(before).name));
            sound = false;
        }
        route.push(link);
    }
    sound.then_some(route)
}

fn vehicle(node: &Node<'_>) -> Option<VehicleType> {
    let length = node.number("length", LENGTHS);
    let min_gap = node.number("minGap", GAPS);
    let max_speed = node.number("maxSpeed", SPEEDS);
    let acceleration = node.number("usualPosAcc", ACCELERATIONS);
    let deceleration = node.number("usualNegAcc", ACCELERATIONS);
    let headway_s = node.number("headwayTime", HEADWAYS);
    // The world does not use these; what is there must make sense all the same.
    for (key, range) in
        [("width", LENGTHS), ("maxPosAcc", ACCELERATIONS), ("maxNegAcc", ACCELERATIONS)]
    {
        if node.has(key) {
            let _ = node.number(key, range);
        }
    }
    Some(VehicleType {
        class: VehicleClass::Car,
        length: Metres(length?),
        min_gap: Metres(min_gap?),
        max_speed: MetresPerSecond(max_speed?),
        acceleration: acceleration?,
        deceleration: deceleration?,
        headway_s: headway_s?,
        ..VehicleType::default()
    })
}
