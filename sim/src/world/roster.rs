//! All vehicles of the demand, numbered: what is known of each before it enters.

use network::Network;
use scenario::{Demand, Departure, VehicleType};
use units::{LinkId, Millis};

use super::chance::{Use, chance};
use super::kind::Kind;
use super::settings::{Model, Settings};
use super::tracks::{ASTRAY, LEAVES, PathRow, Tracks};

/// More kinds than a tag can name share the last.
const KINDS_MAX: usize = 1 << 16;
/// Short lanes one behind the other that a driver thinks of when choosing a lane.
const SHORT_MAX: usize = 6;

/// When nobody is due.
pub(super) const NEVER: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(super) struct Roster {
    /// For each vehicle its flow and when it is due, milliseconds.
    vehicles: Vec<(u32, u32)>,
    /// For each flow its kind and its free-flow time in milliseconds; and, since it is looked at far
    /// oftener, apart from these its route: where that begins in `links`, and how long it is.
    flows: Vec<Flow>,
    routes: Vec<(u32, u32)>,
    links: Vec<LinkId>,
    pub(super) kinds: Vec<Kind>,
}

/// Who waits before one link to go on to another; who goes elsewhere has other lanes to wait in.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    next: Option<LinkId>,
    vehicles: Vec<u32>,
    entered: usize,
    /// When the first is due, milliseconds; never where nobody waits.
    pub(super) due: u32,
}

impl Queue {
    /// The first that waits and when it was due, if its time has come.
    pub(super) fn first(&self, now: u32) -> Option<(u32, u32)> {
        (self.due <= now).then(|| (self.due, self.vehicles[self.entered]))
    }

    pub(super) fn enter(&mut self, roster: &Roster) {
        self.entered += 1;
        self.look(roster);
    }

    fn look(&mut self, roster: &Roster) {
        let first = self.vehicles.get(self.entered);
        self.due = first.map_or(NEVER, |&first| roster.due(first));
    }
}

#[derive(Clone, Copy, Debug)]
struct Flow {
    kind: u16,
    free: i64,
    departure: Departure,
}

impl Roster {
    /// The roster, and for each link the queues of vehicles that enter there: one for each link that
    /// they go to next, in the order in which they are due; ties keep the order of the flows.
    pub(super) fn new(
        network: &Network,
        demand: &Demand,
        settings: &Settings,
    ) -> (Self, Vec<Vec<Queue>>) {
        let mut roster = Self {
            vehicles: Vec::new(),
            flows: Vec::new(),
            routes: Vec::new(),
            links: Vec::new(),
            kinds: Vec::new(),
        };
        let mut types: Vec<VehicleType> = Vec::new();
        let mut queues: Vec<Vec<Queue>> = vec![Vec::new(); network.links().len()];
        for (index, flow) in (0_u32..).zip(&demand.flows) {
            let known = types.iter().position(|known| *known == flow.vehicle);
            let kind = known.unwrap_or_else(|| {
                if types.len() < KINDS_MAX {
                    types.push(flow.vehicle);
                    roster.kinds.push(Kind::new(&flow.vehicle, settings.model, settings.weather));
                }
                types.len() - 1
            });
            roster.add_route(&flow.route);
            let own = flow.vehicle.max_speed.0;
            let free = |&link: &LinkId| {
                let row = network.link(link);
                Millis::from_secs_f64(row.length.0 / row.speed.0.min(own).max(0.1))
            };
            let free: Millis = flow.route.iter().map(free).sum();
            let departure = flow.departure;
            roster.flows.push(Flow { kind: kind as u16, free: free.0, departure });
            let Some(entry) = flow.route.first() else { continue };
            let next = flow.route.get(1).copied();
            let there = &mut queues[entry.index()];
            let known = there.iter().position(|queue| queue.next == next);
            let at = known.unwrap_or_else(|| {
                there.push(Queue { next, vehicles: Vec::new(), entered: 0, due: NEVER });
                there.len() - 1
            });
            for due in flow.departures() {
                there[at].vehicles.push(roster.vehicles.len() as u32);
                roster.vehicles.push((index, u32::try_from(due.0).unwrap_or(NEVER).min(NEVER - 1)));
            }
        }
        for queue in queues.iter_mut().flatten() {
            queue.vehicles.sort_by_key(|&vehicle| roster.due(vehicle));
            queue.look(&roster);
        }
        (roster, queues)
    }

    /// Adds a vehicle that is on the road at time zero; `free` is what its way takes at free flow.
    pub(super) fn add(&mut self, route: &[LinkId], kind: u16, free: Millis) -> u32 {
        self.add_route(route);
        self.flows.push(Flow { kind, free: free.0, departure: Departure::default() });
        self.vehicles.push((self.flows.len() as u32 - 1, 0));
        self.vehicles.len() as u32 - 1
    }

    /// Adds a vehicle that comes in later than the others were known.
    pub(super) fn send(&mut self, route: &[LinkId], kind: u16, free: Millis, due: u32) -> u32 {
        self.add_route(route);
        self.flows.push(Flow { kind, free: free.0, departure: Departure::default() });
        self.vehicles.push((self.flows.len() as u32 - 1, due));
        self.vehicles.len() as u32 - 1
    }

    /// Puts a vehicle before all who wait to enter a link to go on to the same next one.
    pub(super) fn let_first(&self, queues: &mut Vec<Queue>, next: Option<LinkId>, vehicle: u32) {
        let known = queues.iter().position(|queue| queue.next == next);
        let at = known.unwrap_or_else(|| {
            queues.push(Queue { next, vehicles: Vec::new(), entered: 0, due: NEVER });
            queues.len() - 1
        });
        let queue = &mut queues[at];
        queue.vehicles.insert(queue.entered, vehicle);
        queue.look(self);
    }

    /// Adds a kind; beyond the most that there may be it is the last.
    pub(super) fn add_kind(&mut self, kind: Kind) -> u16 {
        if self.kinds.len() < KINDS_MAX {
            self.kinds.push(kind);
        }
        (self.kinds.len() - 1) as u16
    }

    pub(super) fn due(&self, vehicle: u32) -> u32 {
        self.vehicles[vehicle as usize].1
    }

    /// When each vehicle is due, in no order.
    pub(super) fn dues(&self) -> impl Iterator<Item = u32> {
        self.vehicles.iter().map(|vehicle| vehicle.1)
    }

    pub(super) fn has_emergency(&self) -> bool {
        self.kinds.iter().any(|kind| kind.is_emergency)
    }

    pub(super) fn kind_of(&self, vehicle: u32) -> u16 {
        self.flow(vehicle).kind
    }

    /// How it enters.
    pub(super) fn departure(&self, vehicle: u32) -> Departure {
        self.flow(vehicle).departure
    }

    /// The time that its way takes at free flow, milliseconds.
    pub(super) fn free(&self, vehicle: u32) -> i64 {
        self.flow(vehicle).free
    }

    pub(super) fn link(&self, vehicle: u32, leg: u16) -> Option<LinkId> {
        self.route(vehicle).get(usize::from(leg)).copied()
    }

    fn add_route(&mut self, route: &[LinkId]) {
        self.routes.push((self.links.len() as u32, route.len() as u32));
        self.links.extend(route);
    }

    fn route(&self, vehicle: u32) -> &[LinkId] {
        let (first, count) = self.routes[self.vehicles[vehicle as usize].0 as usize];
        &self.links[first as usize..][..count as usize]
    }

    /// The path that a vehicle takes from a lane of its link `leg`: among those that lead to lanes
    /// which lead on, in the urban models any of them by chance, in the `CityFlow` set the
    /// straightest.
    pub(super) fn path(
        &self,
        tracks: &Tracks,
        settings: &Settings,
        lane: u32,
        vehicle: u32,
        leg: u16,
    ) -> u32 {
        let route = self.route(vehicle);
        let Some(&next) = route.get(usize::from(leg) + 1) else {
            return LEAVES;
        };
        let after = route.get(usize::from(leg) + 2).copied();
        let row = &tracks.lanes[lane as usize];
        let there = row.paths.clone().filter(|&p| tracks.paths[p as usize].to_link == next.0);
        let leads_on = |path: &u32| {
            let row = &tracks.paths[*path as usize];
            match after {
                None => true,
                Some(_) if row.is_brief() => {
                    leads_well(tracks, row.to_lane, &route[usize::from(leg) + 2..])
                }
                Some(after) => tracks.leads(row.to_lane, after),
            }
        };
        let leading = there.clone().filter(leads_on).count();
        // On a short lane it is too late to change.
        if leading == 0 && there.clone().any(|path| tracks.paths[path as usize].is_brief()) {
            let onward = &route[usize::from(leg) + 1..];
            let first = lane - u32::from(row.index);
            let lanes = first..first + tracks.links[route[usize::from(leg)].index()].lanes;
            if lanes.into_iter().any(|lane| leads_well(tracks, lane, onward)) {
                return ASTRAY;
            }
        }
        // Where none leads on any will do: it must change lanes there.
        let good = there.clone().filter(|path| leading == 0 || leads_on(path));
        let sidewards = |path: &u32| {
            let to = tracks.paths[*path as usize].to_lane;
            tracks.lanes[to as usize].index.abs_diff(row.index)
        };
        let pick = match settings.model {
            Model::CityFlow => good.min_by_key(sidewards),
            Model::Urban | Model::Krauss | Model::Sumo => {
                let count = if leading == 0 { there.count() } else { leading };
                let luck = chance(settings.seed, Use::Lane, vehicle, u32::from(leg));
                let index = (luck * count as f32) as usize;
                good.clone().nth(index.min(count.saturating_sub(1)))
            }
        };
        pick.unwrap_or(ASTRAY)
    }

    fn flow(&self, vehicle: u32) -> &Flow {
        &self.flows[self.vehicles[vehicle as usize].0 as usize]
    }
}

/// Whether a lane leads along a way, without a change of lanes on short lanes: the way is of the links
/// after the lane's own.
fn leads_well(tracks: &Tracks, mut lane: u32, way: &[LinkId]) -> bool {
    let mut rest = way;
    let paths_to = |lane: u32, next: LinkId| {
        let paths = tracks.lanes[lane as usize].paths.clone();
        paths.filter(move |&path| tracks.paths[path as usize].to_link == next.0)
    };
    for _ in 0..SHORT_MAX {
        let Some((&next, further)) = rest.split_first() else { return true };
        let mut paths = paths_to(lane, next).map(|path| &tracks.paths[path as usize]);
        let Some(path) = paths.clone().next() else { return false };
        if !path.is_brief() {
            return true;
        }
        // Of several lanes that one may come to, the one that leads on.
        let onward = |path: &&PathRow| {
            further.first().is_none_or(|&after| tracks.leads(path.to_lane, after))
        };
        let Some(path) = paths.find(onward) else { return false };
        (lane, rest) = (path.to_lane, further);
    }
    true
}
