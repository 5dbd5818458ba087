//! A row of junctions for the planner's own tests.

use std::sync::Arc;

use estimate::{Class, Sight, Vehicle};
use network::{Connection, LaneSpec, Network, Point, Turn};
use units::{JunctionId, LaneId, LinkId, Metres, MetresPerSecond, Millis};

use crate::district::{District, Scene};
use crate::spec::{Approach, Between, Instants, JunctionSpec, Opening, Showing, StageSpec};

/// From junction to junction, metres; a crossing has 10 m of it.
pub(super) const APART: f64 = 210.0;
/// The limit, metres a second.
pub(super) const SPEED: f64 = 10.0;

/// A road to the east with so many signals, each with a side road from the north: lane `2 n` leads to
/// signal `n` from the west, lane `2 n + 1` from the north. Stage 0 opens the road, stage 1 the side
/// road; everybody goes on to the east. In the middle of each link there may be a junction without
/// signals: then the lanes behind them follow all others.
pub(super) fn row(count: usize, is_broken: bool) -> District {
    let mut builder = Network::builder();
    let lane = [LaneSpec { width: Metres(3.0), speed: MetresPerSecond(SPEED) }];
    let at = |x: f64, y: f64| Point { x, y };
    let mut place = |name: String, x: f64, y: f64, signalised: bool| {
        builder.junction(&name, at(x, y), signalised)
    };
    let main: Vec<JunctionId> = (0..count + 2)
        .map(|n| place(format!("main {n}"), n as f64 * APART, 0.0, (1..=count).contains(&n)))
        .collect();
    let side: Vec<JunctionId> =
        (0..count).map(|n| place(format!("side {n}"), n as f64 * APART, 90.0, false)).collect();
    let middle: Vec<JunctionId> = (0..count + 1)
        .filter(|_| is_broken)
        .map(|n| place(format!("middle {n}"), (n as f64 + 0.5) * APART, 0.0, false))
        .collect();
    let mut link = |name: String, from, to, length: f64| {
        builder.link(&name, from, to, Metres(length), &lane, vec![at(0.0, 0.0), at(1.0, 0.0)])
    };
    let length = APART - 10.0;
    let (mut ends, mut begins) = (Vec::new(), Vec::new());
    for n in 0..=count {
        let from = if is_broken { middle[n] } else { main[n] };
        let end = link(format!("to {n}"), from, main[n + 1], if is_broken { 50.0 } else { length });
        ends.push(end);
        if n < count {
            link(format!("side {n}"), side[n], main[n + 1], 80.0);
        }
    }
    for n in 0..=count {
        begins.push(match is_broken {
            true => link(format!("from {n}"), main[n], middle[n], length - 60.0),
            false => ends[n],
        });
    }
    let connection = Connection { length: Metres(10.0), ..Connection::default() };
    for n in 0..count {
        let side = LinkId(ends[n].0 + 1);
        for (from, turn) in [(ends[n], Turn::Straight), (side, Turn::Left)] {
            builder.movement(main[n + 1], from, begins[n + 1], turn, vec![connection]);
        }
    }
    for (n, &middle) in middle.iter().enumerate() {
        builder.movement(middle, begins[n], ends[n], Turn::Straight, vec![connection]);
    }
    let network = Arc::new(builder.build().expect("the row is sound"));
    let junctions = (0..count).map(|n| signal(n, begins[n + 1])).collect();
    District { network, junctions }
}

fn signal(n: usize, exit: LinkId) -> JunctionSpec {
    let approach = |lane| Approach { lane: LaneId::from_index(lane), exits: vec![exit] };
    let opening = |open| Opening { open, yielding: 0 };
    let stage = |opens: [u8; 2]| StageSpec {
        min_green: Millis::from_secs(5),
        max_green: None,
        opens: opens.map(opening).to_vec(),
    };
    JunctionSpec {
        approaches: vec![approach(2 * n), approach(2 * n + 1)],
        stages: vec![stage([1, 0]), stage([0, 1])],
        clearance: JunctionSpec::same_clearance(2, Millis::from_secs(3)),
        between: Between::Both,
        instants: Instants::Any,
        countdown: None,
        walks: Vec::new(),
    }
}

/// What is seen of a row: the stage of each junction, for 20 s so far, and distance and speed of those
/// on each lane.
pub(super) fn scene(second: i64, running: &[usize], vehicles: &[Vec<(f32, f32)>]) -> Scene {
    let elapsed = Millis::from_secs(20);
    let lane = |seen: &Vec<(f32, f32)>| {
        let vehicle = |&(distance, speed)| {
            let (next, class) = (None, Class::default());
            Vehicle { distance, speed, next, class }
        };
        let mut seen: Vec<Vehicle> = seen.iter().map(vehicle).collect();
        seen.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        Sight::Vehicles { seen, range: None }
    };
    Scene {
        time: Millis::from_secs(second),
        signals: running.iter().map(|&stage| Showing::Stage { stage, elapsed }).collect(),
        lanes: vehicles.iter().map(lane).collect(),
        walks: Vec::new(),
        clearings: Vec::new(),
    }
}
