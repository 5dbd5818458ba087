//! One step of driving: car following, stop lines, crossing, lane changes that the route demands.

use network::{Connection, Turn};
use signal::Aspect;
use units::{LaneId, MovementId};

use super::{STEP, Vehicle, World};

/// The time gap that drivers keep when they follow, as a share of the vehicle's headway: with it a
/// green lane discharges a car of the public data sets each 2.4 s or so.
const HEADWAY_SHARE: f64 = 0.75;
/// No driver brakes harder, m/s².
const BRAKE_MAX: f64 = 9.0;
/// Speed on a turn, m/s, as CityFlow has it.
const TURN_SPEED: f64 = 8.33;
/// From so far before the stop line a driver minds the junction, metres.
const SIGHT: f64 = 120.0;
/// Who gives way enters when nobody is on the entered lane before this place, metres.
const MERGE_CLEAR: f64 = 12.0;

/// What a driver must not pass.
struct Obstacle {
    gap: f64,
    speed: f64,
}

impl World {
    pub(super) fn drive(&mut self) {
        for lane in 0..self.lanes.len() {
            self.drive_lane(lane);
        }
        for lane in 0..self.lanes.len() {
            self.change_lanes(lane);
        }
    }

    fn drive_lane(&mut self, lane: usize) {
        let length = self.lane_length(lane);
        let limit = self.network.lanes()[lane].speed.0;
        let mut ahead: Option<(f64, f64)> = None;
        let mut crossing = None;
        for index in 0..self.lanes[lane].len() {
            let vehicle = &self.lanes[lane][index];
            let mut obstacle =
                ahead.map(|(rear, speed)| Obstacle { gap: rear - vehicle.position, speed });
            let mut top = limit.min(vehicle.kind.max_speed.0);
            let mut open = None;
            if ahead.is_none() && length - vehicle.position < SIGHT {
                open = self.way_on(lane, vehicle, length);
                let leaves = vehicle.next_link().is_none();
                if open.is_none() && !leaves {
                    obstacle = Some(Obstacle { gap: length - vehicle.position, speed: 0.0 });
                }
                if open.is_some_and(|(_, turn, _)| turn != Turn::Straight) {
                    top = top.min(self.turning(vehicle, length));
                }
            }
            let stays = open.is_none() && self.lanes[lane][index].next_link().is_some();
            let vehicle = &mut self.lanes[lane][index];
            follow(vehicle, top, obstacle.as_ref());
            if index == 0 && stays && vehicle.position >= length {
                // It rolled a little over the line it had to stop at.
                vehicle.position = length;
                vehicle.speed = 0.0;
            }
            // Rounding must not let two overlap.
            if let Some((rear, _)) = ahead {
                vehicle.position = vehicle.position.min(rear - 0.1);
            }
            ahead = Some((vehicle.rear(), vehicle.speed));
            if index == 0 && !stays && vehicle.position >= length {
                crossing = Some(open);
            }
        }
        if let Some(open) = crossing {
            self.leave(lane, length, open);
        }
    }

    /// The speed from which a turn can be taken.
    fn turning(&self, vehicle: &Vehicle, length: f64) -> f64 {
        let distance = (length - vehicle.position).max(0.0);
        (TURN_SPEED.powi(2) + 2.0 * 0.5 * vehicle.kind.deceleration * distance).sqrt()
    }

    /// The movement and connection that a vehicle at the front of its lane may take now.
    fn way_on(
        &self,
        lane: usize,
        vehicle: &Vehicle,
        length: f64,
    ) -> Option<(MovementId, Turn, Connection)> {
        let link = self.network.lanes()[lane].link;
        let movement = self.network.movement_between(link, vehicle.next_link()?)?;
        let row = self.network.movement(movement);
        let distance = length - vehicle.position;
        let own = self.network.lanes()[lane].index;
        let may = match self.ruled[movement.index()] {
            None => true,
            Some((signal, group)) => match self.aspects[signal][group.index()] {
                Aspect::Green => true,
                // Who cannot stop in comfort drives on.
                Aspect::Yellow => {
                    vehicle.speed.powi(2) / (2.0 * vehicle.kind.deceleration) > distance
                }
                Aspect::FlashingYellow | Aspect::Dark => true,
                Aspect::Red | Aspect::RedYellow | Aspect::FlashingGreen => false,
            },
        };
        let gives_way = match self.ruled[movement.index()] {
            None => true,
            Some((signal, group)) => {
                matches!(self.aspects[signal][group.index()], Aspect::FlashingYellow | Aspect::Dark)
            }
        };
        if !may {
            return None;
        }
        let after = vehicle.route.get(vehicle.leg + 2).copied();
        let target = |c: &Connection| self.network.lane_at(row.to, c.to_lane).index();
        let leads = |c: &Connection| after.is_none_or(|after| self.leads(target(c), after));
        let own_lane = |c: &&Connection| c.from_lane == own;
        // Who enters a lane that does not lead on would block it: rather wait for room.
        let any_leads = row.connections.iter().filter(own_lane).any(leads);
        let best = row
            .connections
            .iter()
            .filter(own_lane)
            .filter(|c| (leads(c) || !any_leads) && self.has_room(row.to, c, vehicle, gives_way))
            .min_by_key(|c| (self.lanes[target(c)].len(), c.to_lane))?;
        Some((movement, row.turn, *best))
    }

    fn has_room(
        &self,
        to: units::LinkId,
        connection: &Connection,
        vehicle: &Vehicle,
        gives_way: bool,
    ) -> bool {
        let target = self.network.lane_at(to, connection.to_lane).index();
        let Some(last) = self.lanes[target].back() else {
            return true;
        };
        if gives_way && last.rear() < MERGE_CLEAR {
            return false;
        }
        // Room to stand behind the last one without blocking the junction, if that one stands.
        let needed = vehicle.kind.length.0 + vehicle.kind.min_gap.0;
        last.rear() > -connection.length.0 + vehicle.kind.min_gap.0
            && (last.speed > 2.0 || last.rear() > needed)
    }

    fn leave(&mut self, lane: usize, length: f64, open: Option<(MovementId, Turn, Connection)>) {
        if self.lanes[lane].front().is_some_and(|vehicle| vehicle.next_link().is_none()) {
            if let Some(vehicle) = self.lanes[lane].pop_front() {
                self.finished += 1;
                self.travel += self.now - vehicle.due;
                self.delay += self.now - vehicle.due - vehicle.free;
            }
            return;
        }
        let Some((movement, _, connection)) = open else {
            return;
        };
        let to = self.network.movement(movement).to;
        let target = self.network.lane_at(to, connection.to_lane).index();
        let Some(mut vehicle) = self.lanes[lane].pop_front() else {
            return;
        };
        vehicle.leg += 1;
        vehicle.position = vehicle.position - length - connection.length.0;
        if let Some(last) = self.lanes[target].back() {
            vehicle.position = vehicle.position.min(last.rear() - 0.1);
        }
        self.lanes[target].push_back(vehicle);
    }

    /// Moves whoever is on a lane that does not lead on one lane nearer to one that does, where
    /// there is a gap.
    fn change_lanes(&mut self, lane: usize) {
        let row = self.network.lanes()[lane];
        let mut index = 0;
        while index < self.lanes[lane].len() {
            let vehicle = &self.lanes[lane][index];
            let wrong = vehicle.position > 0.0
                && vehicle.next_link().is_some_and(|next| !self.leads(lane, next));
            let side =
                if wrong { self.side_that_leads(row.link, row.index, vehicle) } else { None };
            let place = side.and_then(|side| self.gap_beside(side, vehicle).map(|at| (side, at)));
            let Some((side, at)) = place else {
                index += 1;
                continue;
            };
            if let Some(vehicle) = self.lanes[lane].remove(index) {
                self.lanes[side].insert(at, vehicle);
            }
        }
    }

    fn side_that_leads(&self, link: units::LinkId, own: u8, vehicle: &Vehicle) -> Option<usize> {
        let next = vehicle.next_link()?;
        let lanes = 0..self.network.link(link).lane_count;
        let leads = |&index: &u8| self.leads(self.network.lane_at(link, index).index(), next);
        let nearest = lanes.filter(leads).min_by_key(|&index| index.abs_diff(own))?;
        let step = if nearest > own { own + 1 } else { own - 1 };
        Some(self.network.lane_at(link, step).index())
    }

    /// The place in a lane's file where the vehicle would fit beside where it is.
    fn gap_beside(&self, lane: usize, vehicle: &Vehicle) -> Option<usize> {
        let gap = vehicle.kind.min_gap.0;
        let file = &self.lanes[lane];
        let at = file.iter().position(|v| v.position < vehicle.position).unwrap_or(file.len());
        let front = at.checked_sub(1).is_none_or(|i| file[i].rear() - vehicle.position > gap);
        let back = file.get(at).is_none_or(|v| vehicle.rear() - v.position > gap + v.speed);
        (front && back).then_some(at)
    }

    pub(super) fn lane_length(&self, lane: usize) -> f64 {
        self.network.link(self.network.lane(LaneId::from_index(lane)).link).length.0
    }
}

/// One step of the intelligent driver model; a standstill stays one where there is no room.
fn follow(vehicle: &mut Vehicle, top: f64, obstacle: Option<&Obstacle>) {
    let dt = STEP.as_secs_f64();
    let kind = vehicle.kind;
    let speed = vehicle.speed;
    let mut acceleration = 1.0 - (speed / top).powi(4);
    if let Some(&Obstacle { gap, speed: other }) = obstacle {
        let closing = speed * (speed - other);
        let braking = closing / (2.0 * (kind.acceleration * kind.deceleration).sqrt());
        // At a stop line the gap to keep is none, but it never quite closes either.
        let keep = if other > 0.0 { kind.min_gap.0 } else { kind.min_gap.0.min(1.0) };
        let wanted = keep + (speed * kind.headway_s * HEADWAY_SHARE + braking).max(0.0);
        acceleration -= (wanted / gap.max(0.1)).powi(2);
    }
    let acceleration = (kind.acceleration * acceleration).max(-BRAKE_MAX);
    // Half a second of a strong engine must not carry beyond what the model only tends to.
    let new = (speed + acceleration * dt).clamp(0.0, top.max(speed));
    vehicle.position += (speed + new) / 2.0 * dt;
    vehicle.speed = new;
}
