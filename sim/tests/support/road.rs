//! One straight road of 1,000 m toward the east, and what is really on it.

use std::sync::Arc;

use network::{LaneSpec, Network, Point};
use scenario::{Demand, DetectorKind, DetectorSite, Flow, VehicleClass, VehicleType};
use sim::world::{Seen, Settings, World};
use units::{DeviceId, LaneId, LinkId, Metres, MetresPerSecond, Millis};

pub(crate) const LENGTH: f32 = 1_000.0;

pub(crate) fn road(lanes: usize) -> Arc<Network> {
    let mut builder = Network::builder();
    let (a, b) = (Point { x: 0.0, y: 0.0 }, Point { x: LENGTH.into(), y: 0.0 });
    let from = builder.junction("a", a, false);
    let to = builder.junction("b", b, false);
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(20.0) };
    builder.link("ab", from, to, Metres(LENGTH.into()), &vec![lane; lanes], vec![a, b]);
    Arc::new(builder.build().expect("sound"))
}

/// `count` vehicles of a class, one each `every`.
pub(crate) fn flow(class: VehicleClass, count: i64, every: i64, length: f64) -> Flow {
    Flow {
        route: vec![LinkId(0)],
        start: Millis(0),
        end: Millis((count - 1) * every),
        interval: Millis(every),
        vehicle: VehicleType {
            class,
            length: Metres(length),
            max_speed: MetresPerSecond(20.0),
            ..VehicleType::default()
        },
        ..Flow::default()
    }
}

/// Cars of 5 m, one each three seconds.
pub(crate) fn cars(count: i64) -> Flow {
    flow(VehicleClass::Car, count, 3_000, 5.0)
}

pub(crate) fn detector(lane: u32, kind: DetectorKind) -> DetectorSite {
    DetectorSite { device: DeviceId(0), channel: 0, lane: LaneId(lane), kind }
}

pub(crate) fn world(
    network: &Arc<Network>,
    detectors: &[DetectorSite],
    flows: Vec<Flow>,
    settings: &Settings,
) -> (World, Demand) {
    let demand = Demand { flows, ..Demand::default() };
    (World::with_settings(network.clone(), &[], detectors, &demand, settings), demand)
}

/// Everybody on the road, by number.
pub(crate) fn everybody(world: &World, lanes: usize) -> Vec<(usize, Seen)> {
    let on = |lane| world.vehicles(LaneId::from_index(lane)).map(move |seen| (lane, seen));
    let mut all: Vec<_> = (0..lanes).flat_map(on).collect();
    all.sort_by_key(|(_, seen)| seen.vehicle);
    all
}

/// Whether a number of cases out of `tries` is what a rate gives, within four standard deviations.
pub(crate) fn is_likely(cases: usize, tries: usize, rate: f64) -> bool {
    let (tries, cases) = (tries as f64, cases as f64);
    let deviation = (tries * rate * (1.0 - rate)).sqrt();
    (cases - tries * rate).abs() <= 4.0 * deviation + 0.5
}
