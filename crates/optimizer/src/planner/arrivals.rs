//! From what is seen of lanes to who arrives at a junction's stop lines, and when.
//!
//! A queue may stand upstream of a short lane: lanes that feed a ruled one with no signal between are
//! its *feeders*, and who is on them is seen as if they were its own, so much farther off.

use estimate::{Picture, ROOM, Sight, Vehicle, Waits};
use network::Network;
use units::{LaneId, LinkId};

use super::outlook::{Arrival, Outlook};
use super::table::Table;
use crate::district::{District, Scene};
use crate::spec::{Approach, Instants, JunctionSpec, WAYS_MAX, Ways};

/// How a vehicle gathers speed, metres a second squared.
const ACCELERATION: f32 = 2.0;
/// Nobody farther off arrives within a horizon, metres.
const REACH: f32 = 800.0;
/// The most feeders of one lane: beyond them the way to it is a matter of guessing.
const FEEDERS_MAX: usize = 24;
/// From this share of its room on, a link is too full to be worth a green that leads there.
const FULL: f32 = 0.85;
/// Links shorter than this are ways across a junction, metres: whether they are full says nothing.
const SHORT: f32 = 30.0;

/// How a second of delay grows dearer for who has stood long, so that nobody is forgotten.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Patience {
    /// Until so many seconds it is 1.
    pub until: f32,
    /// Then it grows by the square of the rest over this, seconds.
    pub scale: f32,
}

impl Patience {
    /// Who decides seldom is patient longer: to serve one lane keeps all others waiting that long.
    pub(super) fn at(self, instants: Instants) -> Self {
        match instants {
            Instants::Any => self,
            Instants::Every(every) | Instants::After(every) => {
                Self { scale: self.scale.max(every.as_secs_f32()), ..self }
            }
        }
    }

    fn weight(self, stood: f32) -> f32 {
        let over = (stood - self.until).max(0.0) / self.scale;
        1.0 + over * over
    }
}

/// A lane upstream of a ruled one.
#[derive(Clone, Debug)]
struct Feeder {
    lane: LaneId,
    /// From its stop line to that of the ruled lane, metres.
    offset: f32,
    /// The link that leads on from it.
    via: LinkId,
    /// Of those who do not say where they go, how many come.
    share: f32,
}

/// Where a way leads, and what finds room there.
#[derive(Clone, Debug)]
struct Exit {
    link: LinkId,
    lanes: Vec<LaneId>,
    /// How many vehicles fill it; endless where that says nothing.
    room: f32,
}

/// One ruled lane.
#[derive(Clone, Debug)]
struct Lane {
    lane: LaneId,
    exits: Vec<Exit>,
    feeders: Vec<Feeder>,
    /// Metres a second.
    speed: f32,
    /// Who is seen, nearest first, and for how much of a vehicle each counts.
    seen: Vec<(Vehicle, f32)>,
    waits: Waits,
    known: bool,
}

/// The ruled lanes of a junction.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    lanes: Vec<Lane>,
    row: Vec<Arrival>,
}

impl Arrivals {
    pub(crate) fn new(district: &District, spec: &JunctionSpec, table: &Table) -> Self {
        let lane = |&approach: &usize| Lane::new(&district.network, &spec.approaches[approach]);
        Self { lanes: table.approaches.iter().map(lane).collect(), row: Vec::new() }
    }

    /// Sees another step.
    pub(crate) fn see(&mut self, scene: &Scene, picture: &Picture) {
        for lane in &mut self.lanes {
            lane.see(scene, picture);
        }
    }

    /// Whether nothing is known of any lane.
    pub(crate) fn is_blind(&self) -> bool {
        !self.lanes.iter().any(|lane| lane.known)
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
            let rooms = lane.rooms(scene);
            for (&(vehicle, share), stood) in lane.seen.iter().zip(lane.waits.stood()) {
                let at = free_time(vehicle.distance, vehicle.speed, lane.speed);
                if at >= horizon {
                    continue;
                }
                let ways = lane.ways(vehicle.next);
                let way = ways.trailing_zeros() as usize;
                let room = if ways == Ways::MAX && lane.exits.len() > 1 { 1.0 } else { rooms[way] };
                self.row.push(Arrival { at, ways, weight: patience.weight(stood) * share * room });
            }
            outlook.push_lane(&self.row);
        }
    }
}

impl Lane {
    fn new(network: &Network, approach: &Approach) -> Self {
        let row = network.lane(approach.lane);
        let exit = |&link: &LinkId| {
            let (length, count) =
                (network.link(link).length.0 as f32, network.link(link).lane_count);
            let room = length * f32::from(count) / ROOM as f32;
            let lanes = network.link_lanes(link).collect();
            Exit { link, lanes, room: if length < SHORT { f32::INFINITY } else { room } }
        };
        let mut feeders = Vec::new();
        let length = network.link(row.link).length.0 as f32;
        feed(network, approach.lane, length, 1.0, &mut feeders);
        Self {
            lane: approach.lane,
            exits: approach.exits.iter().map(exit).collect(),
            feeders,
            speed: row.speed.0 as f32,
            seen: Vec::new(),
            waits: Waits::default(),
            known: false,
        }
    }

    fn see(&mut self, scene: &Scene, picture: &Picture) {
        self.seen.clear();
        let own = &scene.lanes[self.lane.index()];
        self.known = picture.knows(self.lane, own);
        picture.each(self.lane, own, &mut |one| self.seen.push((one.vehicle, one.certainty)));
        for feeder in &self.feeders {
            let sight = &scene.lanes[feeder.lane.index()];
            self.known |= picture.knows(feeder.lane, sight);
            picture.each(feeder.lane, sight, &mut |one| {
                let mut vehicle = one.vehicle;
                let share = match vehicle.next {
                    Some(next) if next == feeder.via => one.certainty,
                    Some(_) => return,
                    None => feeder.share * one.certainty,
                };
                vehicle.distance += feeder.offset;
                vehicle.next = None;
                self.seen.push((vehicle, share));
            });
        }
        self.seen.sort_by(|a, b| a.0.distance.total_cmp(&b.0.distance));
        self.waits.look(self.seen.iter().map(|&(vehicle, _)| vehicle), scene.time);
    }

    /// The ways that lead to a link; all where it is not known.
    fn ways(&self, next: Option<LinkId>) -> Ways {
        let to = |next| self.exits.iter().position(|exit| exit.link == next);
        next.and_then(to).map_or(Ways::MAX, |way| 1 << way.min(WAYS_MAX - 1))
    }

    /// For each way what is left of a vehicle's worth: less where the link that it enters is full.
    fn rooms(&self, scene: &Scene) -> [f32; WAYS_MAX] {
        let mut rooms = [1.0; WAYS_MAX];
        for (room, exit) in rooms.iter_mut().zip(&self.exits) {
            let on = exit.lanes.iter().map(|lane| match &scene.lanes[lane.index()] {
                // Of a full link its loops say too little.
                Sight::Unknown | Sight::Loops(_) => 0.0,
                Sight::Vehicles { seen, .. } => seen.len() as f32,
                Sight::Counted { count, .. } => *count as f32,
            });
            let taken = on.sum::<f32>() / exit.room;
            *room = ((1.0 - taken) / (1.0 - FULL)).clamp(0.05, 1.0);
        }
        rooms
    }
}

/// Finds the lanes that lead to one with no signal between, nearest first.
fn feed(network: &Network, lane: LaneId, offset: f32, share: f32, feeders: &mut Vec<Feeder>) {
    let row = network.lane(lane);
    let link = network.link(row.link);
    if network.junction(link.from).signalised || offset > REACH {
        return;
    }
    for &movement in &network.junction(link.from).movements {
        let movement = network.movement(movement);
        if movement.to != row.link {
            continue;
        }
        for connection in movement.connections.iter().filter(|c| c.to_lane == row.index) {
            if feeders.len() >= FEEDERS_MAX {
                return;
            }
            let from = network.lane_at(movement.from, connection.from_lane);
            let offset = offset + connection.length.0 as f32;
            let share = share / network.lane_movements(from).len().max(1) as f32;
            feeders.push(Feeder { lane: from, offset, via: row.link, share });
            let length = network.link(movement.from).length.0 as f32;
            feed(network, from, offset + length, share, feeders);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_gathers_speed_and_keeps_the_limit() {
        for (distance, speed, expected) in [
            (0.0, 0.0, 0.0),
            (100.0, 10.0, 10.0),
            (100.0, 15.0, 10.0), // nobody is counted on to speed
            (25.0, 0.0, 5.0),    // it has just reached the limit
            (125.0, 0.0, 15.0),
            (9.0, 0.0, 3.0),
            (-1.0, 3.0, 0.0), // over the line already
        ] {
            let time = free_time(distance, speed, 10.0);
            assert!((time - expected).abs() < 1e-5, "{distance} {speed}: {time}");
        }
    }

    #[test]
    fn patience_ends_by_and_by() {
        let patience = Patience { until: 60.0, scale: 30.0 };
        let weights = [0.0, 60.0, 90.0, 120.0].map(|stood| patience.weight(stood));
        assert_eq!(weights, [1.0, 1.0, 2.0, 5.0]);
    }
}
