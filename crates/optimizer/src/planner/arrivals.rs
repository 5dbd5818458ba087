//! From what is seen of lanes to who arrives at a junction's stop lines, and when.

use estimate::{Sight, Vehicle, Waits};
use units::{LaneId, LinkId};

use super::outlook::{Arrival, Outlook};
use super::table::Table;
use crate::district::{District, Scene};
use crate::spec::{JunctionSpec, Ways};

/// How a vehicle gathers speed, metres a second squared.
const ACCELERATION: f32 = 2.0;
/// What a standing vehicle takes of a lane, metres.
const ROOM: f32 = 7.5;

/// One ruled lane.
#[derive(Clone, Debug)]
struct Lane {
    lane: LaneId,
    exits: Vec<LinkId>,
    /// Metres a second.
    speed: f32,
    length: f32,
    waits: Waits,
}

/// How a second of delay grows dearer for who has stood long, so that nobody is forgotten.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Patience {
    /// Until so many seconds it is 1.
    pub until: f32,
    /// Then it grows by the square of the rest over this, seconds.
    pub scale: f32,
}

impl Patience {
    fn weight(self, stood: f32) -> f32 {
        let over = (stood - self.until).max(0.0) / self.scale;
        1.0 + over * over
    }
}

/// The ruled lanes of a junction.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    lanes: Vec<Lane>,
    row: Vec<Arrival>,
}

impl Arrivals {
    pub(crate) fn new(district: &District, spec: &JunctionSpec, table: &Table) -> Self {
        let network = &district.network;
        let lane = |&approach: &usize| {
            let approach = &spec.approaches[approach];
            let row = network.lane(approach.lane);
            Lane {
                lane: approach.lane,
                exits: approach.exits.clone(),
                speed: row.speed.0 as f32,
                length: network.link(row.link).length.0 as f32,
                waits: Waits::default(),
            }
        };
        Self { lanes: table.approaches.iter().map(lane).collect(), row: Vec::new() }
    }

    /// Sees another step, so that it is known how long each has stood.
    pub(crate) fn see(&mut self, scene: &Scene) {
        for lane in &mut self.lanes {
            if let Sight::Vehicles { seen, .. } = &scene.lanes[lane.lane.index()] {
                lane.waits.look(seen, scene.time);
            }
        }
    }

    /// Everybody who arrives before the horizon, seconds from now.
    pub(crate) fn look(
        &mut self,
        scene: &Scene,
        horizon: f32,
        patience: Patience,
        outlook: &mut Outlook,
    ) {
        for lane in &self.lanes {
            self.row.clear();
            match &scene.lanes[lane.lane.index()] {
                Sight::Unknown => {}
                Sight::Vehicles { seen, .. } => {
                    let arrival = |(vehicle, stood): (&Vehicle, f32)| Arrival {
                        at: free_time(vehicle.distance, vehicle.speed, lane.speed),
                        ways: lane.ways(vehicle.next),
                        weight: patience.weight(stood),
                    };
                    let all = seen.iter().zip(lane.waits.stood());
                    self.row.extend(all.map(arrival).filter(|a| a.at < horizon));
                }
                Sight::Counted { count, queue } => {
                    let standing = (0..*queue).map(|place| (place as f32 * ROOM, 0.0));
                    let begin = *queue as f32 * ROOM;
                    let moving = count.saturating_sub(*queue);
                    let apart = (lane.length - begin).max(0.0) / (moving as f32 + 1.0);
                    let on_the_way = (1..=moving).map(|n| (begin + apart * n as f32, lane.speed));
                    let arrival = |(distance, speed)| Arrival {
                        at: free_time(distance, speed, lane.speed),
                        ways: lane.ways(None),
                        weight: 1.0,
                    };
                    let all = standing.chain(on_the_way).map(arrival);
                    self.row.extend(all.filter(|arrival| arrival.at < horizon));
                }
            }
            outlook.push_lane(&self.row);
        }
    }
}

impl Lane {
    /// The ways that lead to a link; all where it is not known.
    fn ways(&self, next: Option<LinkId>) -> Ways {
        let to = |next| self.exits.iter().position(|&exit| exit == next);
        match next.and_then(to) {
            Some(way) => 1 << way.min(7),
            None => Ways::MAX,
        }
    }
}

/// How long a vehicle needs to the stop line if nothing holds it, seconds: it gathers speed up to the
/// limit and keeps it.
fn free_time(distance: f32, speed: f32, limit: f32) -> f32 {
    let distance = distance.max(0.0);
    let speed = speed.clamp(0.0, limit);
    let gathering = (limit * limit - speed * speed) / (2.0 * ACCELERATION);
    if distance > gathering {
        (limit - speed) / ACCELERATION + (distance - gathering) / limit.max(0.1)
    } else {
        ((speed * speed + 2.0 * ACCELERATION * distance).sqrt() - speed) / ACCELERATION
    }
}
