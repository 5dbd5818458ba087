//! How vehicles come into the world.

use std::collections::VecDeque;
use std::sync::Arc;

use network::Network;
use scenario::Demand;
use units::Millis;

use super::{Vehicle, Waiting, World};

/// All vehicles of the demand before the links where they enter, in the order of their times; ties
/// keep the order of the flows.
pub(super) fn outside(network: &Network, demand: &Demand) -> Vec<VecDeque<Waiting>> {
    let mut outside: Vec<Vec<Waiting>> = vec![Vec::new(); network.links().len()];
    for flow in &demand.flows {
        let Some(first) = flow.route.first() else {
            continue;
        };
        let route: Arc<[_]> = flow.route.clone().into();
        let vehicle = |due| Waiting { kind: flow.vehicle, route: route.clone(), due };
        outside[first.index()].extend(flow.departures().map(vehicle));
    }
    outside
        .into_iter()
        .map(|mut vehicles| {
            vehicles.sort_by_key(|vehicle| vehicle.due);
            vehicles.into()
        })
        .collect()
}

impl World {
    /// Lets in, before each link, whoever is due and finds room on a lane that leads on.
    pub(super) fn enter(&mut self) {
        for link in 0..self.outside.len() {
            while let Some(first) = self.outside[link].front().filter(|w| w.due <= self.now) {
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
                let speed = self.lanes[lane].back().map_or(kind.max_speed.0, |v| v.speed);
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
