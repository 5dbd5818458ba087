//! Who enters from now on: of a demand file, or of what was counted.

use engine::picture::{Counted, LanePicture, Picture};
use network::{Network, Turn};
use scenario::{Demand, Flow, Site, VehicleType};
use units::{LaneId, LinkId, Millis};

use crate::random::Random;

/// A loop must have counted for so long before an hour is made of it, seconds.
const COUNTED_LEAST_S: f64 = 60.0;
/// No way has more links: whoever is drawn around in circles leaves.
const LINKS_MAX: usize = 64;
/// Chance is drawn in parts of so many.
const PARTS: i64 = 1 << 24;

/// The same flows, so many times as dense.
pub(super) fn scaled(demand: &Demand, factor: f64) -> Demand {
    if factor.to_bits() == 1.0_f64.to_bits() {
        return demand.clone();
    }
    if factor <= 0.0 {
        return Demand::default();
    }
    let mut flows = Vec::new();
    // What is left over of a vehicle is carried on to the next flow: single vehicles scale too.
    let mut owed = 0.0_f64;
    for flow in &demand.flows {
        let due = flow.vehicles() as f64 * factor + owed;
        let count = due.floor().max(0.0);
        owed = due - count;
        if count >= 1.0 {
            let span = (flow.end - flow.start).0.max(500);
            let interval = Millis((span as f64 / count).max(1.0) as i64);
            let end = flow.start + interval * (count as i64 - 1);
            flows.push(Flow { interval, end, ..flow.clone() });
        }
    }
    Demand { flows, pedestrians: demand.pedestrians.clone() }
}

/// A demand of what was counted: at each link where vehicles come in, as many as its loops have
/// counted a minute, on ways drawn by the turn shares.
///
/// # Errors
/// Every such link of which nothing was counted.
pub(super) fn of_counts(
    picture: &Picture,
    site: &Site,
    span: Millis,
    seed: u64,
) -> Result<Demand, Vec<String>> {
    let shares = Shares::new(picture, site);
    let network = &site.network;
    let mut problems = Vec::new();
    let mut flows = Vec::new();
    let is_entry = |link: LinkId| !network.movements().iter().any(|movement| movement.to == link);
    for link in (0..network.links().len()).map(LinkId::from_index).filter(|&l| is_entry(l)) {
        let counted = network.link_lanes(link).filter_map(|lane| shares.arrived(lane));
        let (mut a_second, mut known) = (0.0, false);
        for counted in counted.filter(|counted| counted.span_s >= COUNTED_LEAST_S) {
            a_second += f64::from(counted.vehicles) / counted.span_s;
            known = true;
        }
        if !known {
            let name = &network.link(link).name;
            problems.push(format!(
                "link {name}: no loop has counted for {COUNTED_LEAST_S} s who comes in there: a \
                 demand file is needed"
            ));
        }
        let count = (a_second * span.as_secs_f64()).round() as i64;
        let mut luck = Random::new(seed ^ (u64::from(link.0) << 32));
        for number in 0..count {
            let within = luck.below(PARTS) as f64 / PARTS as f64;
            let due = Millis::from_secs_f64((number as f64 + within) / a_second);
            let route = shares.way(network, link, None, &mut luck);
            let (vehicle, interval) = (VehicleType::default(), Millis(1_000));
            flows.push(Flow { route, start: due, end: due, interval, vehicle, ..Flow::default() });
        }
    }
    if problems.is_empty() { Ok(Demand { flows, ..Demand::default() }) } else { Err(problems) }
}

/// How those who leave a link share out among its movements, by what the lanes have counted.
pub(super) struct Shares<'a> {
    lanes: Vec<Option<&'a LanePicture>>,
}

impl<'a> Shares<'a> {
    pub(super) fn new(picture: &'a Picture, site: &Site) -> Self {
        let mut lanes = vec![None; site.network.lanes().len()];
        for lane in &picture.lanes {
            if let Some(id) = site.network.lane_named(&lane.name) {
                lanes[id.index()] = Some(lane);
            }
        }
        Self { lanes }
    }

    /// What came on a lane: before its stop line, else at it.
    fn arrived(&self, lane: LaneId) -> Option<Counted> {
        let lane = self.lanes[lane.index()]?;
        lane.arrived.or(lane.left)
    }

    /// A way from a link until it leaves the network; from a `lane` of it, where one is given, the
    /// first turn is one that the lane leads to.
    pub(super) fn way(
        &self,
        network: &Network,
        link: LinkId,
        lane: Option<LaneId>,
        luck: &mut Random,
    ) -> Vec<LinkId> {
        let mut way = vec![link];
        while let Some(&link) = way.last().filter(|_| way.len() < LINKS_MAX) {
            let lane = lane.filter(|_| way.len() == 1);
            let Some(next) = self.turn(network, link, lane, luck) else { break };
            way.push(next);
        }
        way
    }

    fn turn(
        &self,
        network: &Network,
        link: LinkId,
        only: Option<LaneId>,
        luck: &mut Random,
    ) -> Option<LinkId> {
        let only = only.filter(|&lane| !network.lane_movements(lane).is_empty());
        let all = network.link_movements(link);
        let turns = |id: &&units::MovementId| network.movement(**id).turn == Turn::UTurn;
        let weight = |movement: units::MovementId| -> f64 {
            let lanes = network.link_lanes(link).filter(|&l| only.is_none_or(|only| only == l));
            let lanes = lanes.filter(|&lane| network.lane_movements(lane).contains(&movement));
            // A vehicle more than was counted: what is new is not impossible.
            let share = |lane: LaneId| {
                let counted = self.arrived(lane).map_or(0.0, |c| f64::from(c.vehicles));
                (counted + 1.0) / network.lane_movements(lane).len() as f64
            };
            lanes.map(share).sum()
        };
        let only_back = all.iter().all(|id| turns(&id));
        let open = all.iter().filter(|id| only_back || !turns(id));
        let weighed: Vec<(LinkId, f64)> =
            open.map(|&id| (network.movement(id).to, weight(id))).collect();
        drawn(&weighed, luck)
    }
}

/// One of several by weight.
pub(super) fn drawn<T: Copy>(weighed: &[(T, f64)], luck: &mut Random) -> Option<T> {
    let sum: f64 = weighed.iter().map(|(_, weight)| weight).sum();
    let mut rest = luck.below(PARTS) as f64 / PARTS as f64 * sum;
    for &(item, weight) in weighed {
        if rest < weight {
            return Some(item);
        }
        rest -= weight;
    }
    weighed.last().map(|&(item, _)| item)
}
