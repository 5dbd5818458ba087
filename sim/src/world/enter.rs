//! How vehicles come into the world.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use scenario::{Demand, Flow, VehicleType};
use units::{LinkId, Millis};

use super::{Vehicle, Waiting, World};

/// Who will come: each flow waits for its next departure, so that a flow that lasts for ever takes no
/// more room than one vehicle.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    flows: Vec<Arriving>,
    /// When each flow's next vehicle is due; ties keep the order of the flows.
    next: BinaryHeap<Reverse<(Millis, usize)>>,
}

/// A flow whose vehicles still come.
#[derive(Clone, Debug)]
struct Arriving {
    kind: VehicleType,
    route: Arc<[LinkId]>,
    interval: Millis,
    end: Millis,
}

impl Arrivals {
    /// The flows of a demand; one without a route or a vehicle never comes.
    pub(super) fn new(demand: &Demand) -> Self {
        let comes = |flow: &&Flow| !flow.route.is_empty() && flow.start <= flow.end;
        let mut next = BinaryHeap::new();
        let mut flows = Vec::new();
        for flow in demand.flows.iter().filter(comes) {
            next.push(Reverse((flow.start, flows.len())));
            flows.push(Arriving {
                kind: flow.vehicle,
                route: flow.route.clone().into(),
                interval: flow.interval.max(Millis(1)),
                end: flow.end,
            });
        }
        Self { flows, next }
    }

    /// The routes of its flows.
    #[cfg(test)]
    pub(super) fn routes(&self) -> impl Iterator<Item = &Arc<[LinkId]>> {
        self.flows.iter().map(|flow| &flow.route)
    }

    /// The next vehicle that is due by `now`.
    fn take(&mut self, now: Millis) -> Option<Waiting> {
        let &Reverse((due, index)) = self.next.peek()?;
        if due > now {
            return None;
        }
        self.next.pop();
        let flow = &self.flows[index];
        if due + flow.interval <= flow.end {
            self.next.push(Reverse((due + flow.interval, index)));
        }
        Some(Waiting { kind: flow.kind, route: flow.route.clone(), due })
    }
}

impl World {
    /// Lets in, before each link, whoever is due and finds room on a lane that leads on.
    pub(super) fn enter(&mut self) {
        while let Some(waiting) = self.arrivals.take(self.now) {
            self.outside[waiting.route[0].index()].push_back(waiting);
        }
        for link in 0..self.outside.len() {
            while let Some(first) = self.outside[link].front() {
                let Some(lane) = self.free_lane(first) else {
                    break;
                };
                let Some(waiting) = self.outside[link].pop_front() else {
                    break;
                };
                let Waiting { kind, route, due } = waiting;
                let free = route.iter().map(|&link| self.free_flow(link, kind.max_speed.0));
                let free = free.sum();
                // It comes in at the speed of whoever drives there.
                let own = kind.max_speed.0.min(self.network.lanes()[lane].speed.0);
                let speed = self.lanes[lane].back().map_or(own, |v| v.speed.min(own));
                let position = kind.length.0;
                let vehicle = Vehicle { kind, route, leg: 0, position, speed, due, free };
                self.lanes[lane].push_back(vehicle);
                self.entered += 1;
            }
        }
    }

    /// The emptiest lane that leads on and has room at its begin.
    fn free_lane(&self, waiting: &Waiting) -> Option<usize> {
        let first = waiting.route[0];
        let next = waiting.route.get(1).copied();
        let needed = waiting.kind.length.0 + waiting.kind.min_gap.0;
        let fits = |lane: &usize| {
            let leads = next.is_none_or(|next| self.leads(*lane, next));
            leads && self.lanes[*lane].back().is_none_or(|last| last.rear() > needed)
        };
        let lanes = self.network.link_lanes(first).map(units::LaneId::index);
        lanes.filter(fits).min_by_key(|&lane| self.lanes[lane].len())
    }

    /// Whether a movement leads from a lane to a link.
    pub(super) fn leads(&self, lane: usize, next: units::LinkId) -> bool {
        let movements = self.network.lane_movements(units::LaneId::from_index(lane));
        movements.iter().any(|&movement| self.network.movement(movement).to == next)
    }

    fn free_flow(&self, link: units::LinkId, own: f64) -> Millis {
        let link = self.network.link(link);
        Millis::from_secs_f64(link.length.0 / link.speed.0.min(own).max(0.1))
    }
}
