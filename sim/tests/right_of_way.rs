//! Junctions without lights, or whose lights are out: nobody waits there for ever.

mod support;

use std::sync::Arc;

use network::{Connection, LaneSpec, Network, Point, RightOfWay, Turn};
use scenario::{Demand, Flow};
use signal::Aspect;
use sim::world::{Model, Settings, World};
use support::crossroads::{ARMS, Crossroads, Way, queue};
use units::{JunctionId, LinkId, Metres, MetresPerSecond, Millis, MovementId};

/// Four roads of 100 m that meet; everybody goes straight on and gives way to whoever comes from the
/// right.
fn right_before_left(stops: bool) -> Arc<Network> {
    let mut builder = Network::builder();
    let middle = builder.junction("m", Point { x: 0.0, y: 0.0 }, false);
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(13.9) };
    let places = [(-110.0, 0.0), (0.0, -110.0), (110.0, 0.0), (0.0, 110.0)];
    let ends: Vec<JunctionId> = (0..4_usize)
        .map(|at| {
            let (x, y) = places[at];
            builder.junction(&format!("end {at}"), Point { x, y }, false)
        })
        .collect();
    let mut link = |name: String, from: usize, to: usize| {
        let at =
            |end: usize| places.get(end).map_or(Point { x: 0.0, y: 0.0 }, |&(x, y)| Point { x, y });
        let id = |end: usize| ends.get(end).copied().unwrap_or(middle);
        builder.link(&name, id(from), id(to), Metres(100.0), &[lane], vec![at(from), at(to)])
    };
    let to: Vec<LinkId> = (0..4).map(|at| link(format!("to {at}"), at, 4)).collect();
    let away: Vec<LinkId> = (0..4).map(|at| link(format!("away {at}"), 4, at)).collect();
    let way = Connection { from_lane: 0, to_lane: 0, length: Metres(20.0), speed: None };
    let straight: Vec<MovementId> = (0..4)
        .map(|at| builder.movement(middle, to[at], away[(at + 2) % 4], Turn::Straight, vec![way]))
        .collect();
    for at in 0..4 {
        let right = vec![straight[(at + 1) % 4]];
        let rule = if stops { RightOfWay::StopsFor(right) } else { RightOfWay::GivesWayTo(right) };
        builder.right_of_way(straight[at], rule);
    }
    Arc::new(builder.build().expect("sound"))
}

/// Each waited for the one on its right, all four for ever.
#[test]
fn four_who_come_at_once_from_four_sides_do_not_wait_for_one_another_for_ever() {
    for (model, stops) in [(Model::Urban, false), (Model::Urban, true), (Model::Krauss, false)] {
        let network = right_before_left(stops);
        let link = |name: String| network.link_named(&name).expect("a road");
        let flow = |at: usize| Flow {
            route: vec![link(format!("to {at}")), link(format!("away {}", (at + 2) % 4))],
            end: Millis(60_000),
            interval: Millis(10_000),
            ..Flow::default()
        };
        let demand = Demand { flows: (0..4).map(flow).collect(), ..Demand::default() };
        let settings = Settings { model, ..Settings::default() };
        let mut world = World::with_settings(network.clone(), &[], &[], &demand, &settings);
        while world.now() < Millis(300_000) {
            world.step();
        }
        assert_eq!(world.summary().finished, 28, "{model:?}, stops {stops}");
    }
}

/// The same where the lights are out, with turns among them.
#[test]
fn nobody_waits_for_ever_where_the_lights_are_out() {
    for ways in
        [[Way::Straight; 4], [Way::Left; 4], [Way::Left, Way::Straight, Way::Left, Way::Right]]
    {
        let mut flows = Vec::new();
        for (arm, way) in ARMS.into_iter().zip(ways) {
            flows.extend(queue(arm, way, 12));
        }
        let mut street = Crossroads::new(&flows, &Settings::default());
        street.run_by_arm(Millis(600_000), |_, _, _| Aspect::Dark);
        assert_eq!(street.world.summary().finished, 48, "{ways:?}");
    }
}
