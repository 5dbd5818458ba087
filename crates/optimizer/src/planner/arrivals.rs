//! From what is seen of lanes to who arrives at a junction's stop lines, and when.
//!
//! A queue may stand upstream of a short lane: lanes that feed a ruled one with no signal between are
//! its *feeders*, and who is on them is seen as if they were its own, so much farther off.

use estimate::{Class, Picture, STANDING, Vehicle, Waits};
use network::Network;
use units::{LaneId, LinkId};

use super::exchange::Inbox;
use super::held::{AT_LINE, First, Held};
use super::outlook::{Arrival, Outlook};
use super::patience::Weights;
use super::receiving::Receiving;
use super::table::Table;
use crate::district::{Clearing, District, Scene};
use crate::spec::{Approach, JunctionSpec, Showing, WAYS_MAX, Ways};

/// How a vehicle gathers speed, metres a second squared.
const ACCELERATION: f32 = 2.0;
/// Nobody farther off arrives within a horizon, metres.
const REACH: f32 = 800.0;
/// The most feeders of one lane: beyond them the way to it is a matter of guessing.
const FEEDERS_MAX: usize = 24;

/// Whoever stands so far behind the next has a free road ahead, metres: when a queue sets off, the gaps
/// between those who move and those who still stand are smaller.
const FREE_ROAD: f32 = 30.0;
/// For whom a lane is to be clear comes so often, seconds: no two changes fit in between;
const AGAIN: f32 = 2.0;
/// but not more often than this, however little is known of when he comes.
const AGAIN_MAX: f32 = 16.0;

/// What a second counts until a stage is served that the cabinet would serve by its own rule: more than
/// what a short green costs others, and far less than the one for whom it is done.
const OVERDUE: f32 = 6.0;

/// A lane upstream of a ruled one.
#[derive(Clone, Debug)]
struct Feeder {
    lane: LaneId,
    /// From its stop line to that of the ruled lane, metres.
    offset: f32,
    /// The link that leads on from it.
    via: LinkId,
    /// Of those who say that they take it, how many come to the ruled lane and to no other.
    known: f32,
    /// Of those who do not say where they go, how many come.
    share: f32,
}

/// One ruled lane.
#[derive(Clone, Debug)]
struct Lane {
    lane: LaneId,
    link: LinkId,
    /// Where each way leads.
    exits: Vec<LinkId>,
    feeders: Vec<Feeder>,
    /// Metres a second.
    speed: f32,
    /// Who is seen, nearest first, and for how much of a vehicle each counts.
    seen: Vec<(Vehicle, f32)>,
    waits: Waits,
    known: bool,
    /// How many were seen at the step before.
    before: usize,
    held: Held,
}

/// The ruled lanes of a junction.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    lanes: Vec<Lane>,
    row: Vec<Arrival>,
}

impl Arrivals {
    pub(crate) fn new(district: &District, spec: &JunctionSpec, table: &Table) -> Self {
        let lane = |&approach: &usize| {
            Lane::new(&district.network, &spec.approaches[approach], table.stages)
        };
        Self { lanes: table.approaches.iter().map(lane).collect(), row: Vec::new() }
    }

    /// Sees another step, in which the junction shows this.
    pub(crate) fn see(
        &mut self,
        (spec, table): (&JunctionSpec, &Table),
        showing: Showing,
        scene: &Scene,
        picture: &Picture,
    ) {
        let stage = match showing {
            Showing::Stage { stage, .. } => Some(stage),
            Showing::Change { .. } | Showing::Unknown => None,
        };
        for (lane, &approach) in self.lanes.iter_mut().zip(&table.approaches) {
            lane.see(scene, picture);
            let first = lane.first(stage, spec.shown(showing, approach));
            lane.held.note(first, scene.time);
        }
    }

    /// Whether nothing is known of any lane.
    pub(crate) fn is_blind(&self) -> bool {
        !self.lanes.iter().any(|lane| lane.known)
    }

    /// Everybody who arrives before the horizon, seconds from now: who is seen, and who is sent.
    pub(crate) fn look(
        &mut self,
        table: &Table,
        horizon: f32,
        weights: &Weights,
        (inbox, receiving): (&mut Inbox, &Receiving),
        clearings: &[Clearing],
        outlook: &mut Outlook,
    ) {
        for (index, lane) in self.lanes.iter().enumerate() {
            self.row.clear();
            let rooms = lane.rooms(receiving);
            let mut ahead = 0.0;
            for (&(vehicle, share), stood) in lane.seen.iter().zip(lane.waits.stood()) {
                let mut at = free_time(vehicle.distance, vehicle.speed, lane.speed);
                // Who stands with a free road ahead is held up by something that is not seen.
                if vehicle.speed < STANDING && vehicle.distance > ahead + FREE_ROAD {
                    at += stood;
                }
                ahead = vehicle.distance;
                if at >= horizon {
                    continue;
                }
                let ways = lane.ways(vehicle.next);
                let way = ways.trailing_zeros() as usize;
                let room = if ways == Ways::MAX && lane.exits.len() > 1 { 1.0 } else { rooms[way] };
                let class = if vehicle.class == Class::Bus { weights.bus } else { 1.0 };
                let weight = class * weights.patience.weight(stood) * share * room;
                self.row.push(Arrival { at, ways, weight, size: share, freely: false });
            }
            inbox.add(index, &mut self.row);
            for clearing in clearings {
                lane.serve_before(clearing, (table, index), &mut self.row);
                lane.clear_for(clearing, (table, index), &mut self.row);
            }
            outlook.push_lane(&self.row);
            for stage in 0..table.stages {
                if let Some(held) = lane.held.until(table, stage) {
                    outlook.hold(stage, table.stages, held);
                }
            }
        }
    }
}

impl Lane {
    fn new(network: &Network, approach: &Approach, stages: usize) -> Self {
        let row = network.lane(approach.lane);
        let mut feeders = Vec::new();
        let length = network.link(row.link).length.0 as f32;
        feed(network, approach.lane, length, 1.0, &mut feeders);
        Self {
            lane: approach.lane,
            link: row.link,
            exits: approach.exits.clone(),
            feeders,
            speed: row.speed.0 as f32,
            seen: Vec::new(),
            waits: Waits::default(),
            known: false,
            before: 0,
            held: Held::new(stages),
        }
    }

    fn see(&mut self, scene: &Scene, picture: &Picture) {
        self.before = self.seen.len();
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
                    Some(next) if next == feeder.via => feeder.known * one.certainty,
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

    /// How the first stands where these ways are open, and the junction shows this stage, if any.
    fn first(&self, stage: Option<usize>, open: Ways) -> First {
        // Where only numbers are known, the first stands while all of them leave.
        let leaves = self.seen.len() < self.before;
        let first = self.seen.first().filter(|_| !leaves).map(|&(first, _)| first);
        match first.filter(|first| first.speed < STANDING && first.distance < AT_LINE) {
            None => First::Goes,
            Some(first) if self.ways(first.next) & open != 0 => {
                stage.map_or(First::Waits, First::Stands)
            }
            Some(_) => First::Waits,
        }
    }

    /// The ways that lead to a link; all where it is not known.
    fn ways(&self, next: Option<LinkId>) -> Ways {
        let to = |next| self.exits.iter().position(|&exit| exit == next);
        next.and_then(to).map_or(Ways::MAX, |way| 1 << way.min(WAYS_MAX - 1))
    }

    /// Adds a vehicle for which the junction is to be clear, where it may come on this lane: again and again
    /// from when it may come at the soonest to when it has come at the latest, each time for half of its
    /// worth, since with less the lane might be closed in between, just when it comes. It takes no headway:
    /// it is among those who are seen already.
    fn clear_for(
        &self,
        clearing: &Clearing,
        (table, index): (&Table, usize),
        row: &mut Vec<Arrival>,
    ) {
        let way = self.exits.iter().position(|&exit| exit == clearing.to);
        let Some(way) = way.filter(|_| self.link == clearing.from) else { return };
        let ways: Ways = 1 << way.min(WAYS_MAX - 1);
        // It gives way to nobody, where any stage lets it.
        let freely = (0..table.stages).any(|stage| {
            let opening = table.opens(stage)[index];
            opening.open & !opening.yielding & ways != 0
        });
        let weight = clearing.weight / 2.0;
        let soonest = clearing.soonest.as_secs_f32().max(0.0);
        let span = (clearing.latest.as_secs_f32() - soonest).max(0.0);
        let count = ((span / AGAIN).ceil()).clamp(1.0, AGAIN_MAX);
        for time in 0..=count as u32 {
            let at = soonest + span * time as f32 / count;
            let place = row.partition_point(|other| other.at <= at);
            row.insert(place, Arrival { at, ways, weight, size: 0.0, freely });
        }
    }

    /// Adds somebody who waits where the cabinet would open the lane by its own rule: he is made up, so
    /// that it is done in time.
    fn serve_before(
        &self,
        clearing: &Clearing,
        (table, index): (&Table, usize),
        row: &mut Vec<Arrival>,
    ) {
        let is_overdue = |stage: &usize| clearing.overdue >> stage & 1 == 1;
        let stages = (0..table.stages.min(64)).filter(is_overdue);
        let ways = stages.fold(0, |ways, stage| ways | table.opens(stage)[index].open);
        if ways != 0 {
            let place = row.partition_point(|other| other.at <= 0.0);
            let made_up = Arrival { at: 0.0, ways, weight: OVERDUE, size: 0.0, freely: false };
            row.insert(place, made_up);
        }
    }

    /// For each way what is left of a vehicle's worth: less where the link that it enters is full.
    fn rooms(&self, receiving: &Receiving) -> [f32; WAYS_MAX] {
        let mut rooms = [1.0; WAYS_MAX];
        for (room, &exit) in rooms.iter_mut().zip(&self.exits) {
            *room = receiving.share(exit);
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
            let lanes = movement.connections.iter().filter(|c| c.from_lane == connection.from_lane);
            let known = share / lanes.count().max(1) as f32;
            let share = known / network.lane_movements(from).len().max(1) as f32;
            feeders.push(Feeder { lane: from, offset, via: row.link, known, share });
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
    use network::{Connection, LaneSpec, Point, Turn};
    use units::{Metres, MetresPerSecond};

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
    fn whoever_may_take_one_of_two_lanes_is_half_a_vehicle_on_each() {
        let mut builder = Network::builder();
        let lane = LaneSpec { width: Metres(3.0), speed: MetresPerSecond(10.0) };
        let at = |x: f64| Point { x, y: 0.0 };
        let places = [0.0, 100.0, 200.0, 300.0]
            .map(|x| builder.junction(&format!("at {x}"), at(x), x == 200.0));
        let mut link = |n: usize, lanes: usize| {
            let (from, to) = (places[n], places[n + 1]);
            let line = vec![at(0.0), at(1.0)];
            builder.link(&format!("{n}"), from, to, Metres(90.0), &vec![lane; lanes], line)
        };
        let links = [link(0, 1), link(1, 2), link(2, 2)];
        let ways = |from: &[(u8, u8)]| -> Vec<Connection> {
            let one = |&(from_lane, to_lane): &(u8, u8)| Connection {
                from_lane,
                to_lane,
                length: Metres(10.0),
                ..Connection::default()
            };
            from.iter().map(one).collect()
        };
        let fork = ways(&[(0, 0), (0, 1)]);
        builder.movement(places[1], links[0], links[1], Turn::Straight, fork);
        let on = ways(&[(0, 0), (1, 1)]);
        builder.movement(places[2], links[1], links[2], Turn::Straight, on);
        let network = builder.build().expect("the road is sound");
        for number in 0..2 {
            let lane = network.lane_at(links[1], number);
            let lane = Lane::new(&network, &Approach { lane, exits: vec![links[2]] }, 2);
            let feeders: Vec<_> = lane.feeders.iter().map(|one| (one.known, one.share)).collect();
            assert_eq!(feeders, [(0.5, 0.5)]);
        }
    }
}
