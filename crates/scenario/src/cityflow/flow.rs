//! `flow.json`: vehicles on their ways.

use network::Network;
use units::{Metres, MetresPerSecond, Millis};

use super::json::{Node, PathProblem, Problems};
use crate::demand::{Demand, Flow, VehicleClass, VehicleType};

/// The longest time that a flow may lie ahead, seconds: a month.
const FAR_S: f64 = 31.0 * 86_400.0;

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
    problems
        .into_result(flows.into_iter().collect::<Option<Vec<_>>>().map(|flows| Demand { flows }))
}

fn flow(node: &Node<'_>, network: &Network) -> Option<Flow> {
    let vehicle = node.member("vehicle").and_then(|node| vehicle(&node));
    let interval = node.number("interval", 0.01..=FAR_S);
    let start = node.number("startTime", 0.0..=FAR_S);
    let end = node.number("endTime", -1.0..=FAR_S);
    let mut route = Vec::new();
    let mut sound = true;
    for road in node.list("route") {
        let name = road.as_text()?;
        let Some(link) = network.link_named(name) else {
            road.say(format!("there is no road {name:?}"));
            sound = false;
            continue;
        };
        if let Some(&before) = route.last()
            && network.movement_between(before, link).is_none()
        {
            road.say(format!("no movement leads from {:?}", network.link(before).name));
            sound = false;
        }
        route.push(link);
    }
    if route.is_empty() && sound {
        node.say("its route is empty");
        return None;
    }
    let (start, end) = (start?, end?);
    // CityFlow's -1 says "for ever"; such a flow ends with the longest run.
    let end = if end < 0.0 { FAR_S } else { end };
    let interval = Millis::from_secs_f64(interval?);
    let (start, end) = (Millis::from_secs_f64(start), Millis::from_secs_f64(end));
    let vehicle = vehicle?;
    sound.then_some(Flow { route, start, end, interval, vehicle })
}

fn vehicle(node: &Node<'_>) -> Option<VehicleType> {
    let length = node.number("length", 0.5..=40.0);
    let min_gap = node.number("minGap", 0.0..=20.0);
    let max_speed = node.number("maxSpeed", 0.1..=100.0);
    let acceleration = node.number("usualPosAcc", 0.1..=20.0);
    let deceleration = node.number("usualNegAcc", 0.1..=20.0);
    let headway_s = node.number("headwayTime", 0.0..=20.0);
    Some(VehicleType {
        class: VehicleClass::Car,
        length: Metres(length?),
        min_gap: Metres(min_gap?),
        max_speed: MetresPerSecond(max_speed?),
        acceleration: acceleration?,
        deceleration: deceleration?,
        headway_s: headway_s?,
    })
}
