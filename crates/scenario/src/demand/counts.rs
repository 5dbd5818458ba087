//! Counted volumes: vehicles enter on links where they were counted, and at each junction turn as the
//! counts of its movements share them out, until they leave the network.
//!
//! Where the shares of a junction differ over time, those hold that were counted when the vehicle would
//! come there at free flow; outside of all counted times, those of all times together.

use std::collections::BTreeMap;

use units::{LinkId, Millis};

use super::VehicleType;
use super::draw::{Arrivals, Drawn, Weighted};
use crate::chance::{Chance, Use};

/// Vehicles counted on a link from `start` until `end`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Volume {
    pub(crate) link: LinkId,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    pub(crate) count: f64,
}

/// Where a link's vehicles go.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Onward {
    /// The time along the link at free flow.
    pub(crate) free: Millis,
    /// Each counted time with its shares, in order.
    pub(crate) timed: Vec<(Millis, Millis, Weighted<LinkId>)>,
    /// The shares of all times together.
    pub(crate) overall: Weighted<LinkId>,
}

impl Onward {
    fn at(&self, time: Millis) -> &Weighted<LinkId> {
        let now = self.timed.iter().find(|(start, end, _)| (*start..*end).contains(&time));
        now.map_or(&self.overall, |(_, _, shares)| shares)
    }
}

/// Counts whose links and shares are found.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Counts {
    pub(crate) volumes: Vec<Volume>,
    /// For every link that vehicles reach and do not leave the network on.
    pub(crate) onward: BTreeMap<LinkId, Onward>,
    pub(crate) vehicles: Weighted<VehicleType>,
    pub(crate) arrivals: Arrivals,
    /// A trip of so many links ends, wherever it is.
    pub(crate) links_max: usize,
}

impl Counts {
    /// How many vehicles enter in the mean.
    pub(crate) fn expected(&self) -> f64 {
        self.volumes.iter().map(|volume| volume.count).sum()
    }

    /// How many vehicles, in the mean, have not left the network after `links_max` links.
    pub(crate) fn cut(&self) -> f64 {
        let mut on: BTreeMap<LinkId, f64> = BTreeMap::new();
        for volume in &self.volumes {
            *on.entry(volume.link).or_default() += volume.count;
        }
        for _ in 1..self.links_max {
            let mut next: BTreeMap<LinkId, f64> = BTreeMap::new();
            for (link, vehicles) in &on {
                for (share, to) in self.onward.get(link).iter().flat_map(|o| o.overall.shares()) {
                    *next.entry(*to).or_default() += share * vehicles;
                }
            }
            if next.is_empty() {
                return 0.0;
            }
            on = next;
        }
        on.iter().filter(|(link, _)| self.onward.contains_key(link)).map(|(_, v)| v).sum()
    }

    /// Draws its vehicles; `which` tells the counts of one file apart.
    pub(crate) fn expand(&self, seed: u64, which: u64, drawn: &mut Drawn) {
        for volume in &self.volumes {
            let who = volume.link.index() as u64 | which << 32;
            let start = volume.start.0.unsigned_abs();
            let chance = |what| Chance::new(seed, what, who, start);
            let (mut vehicle, mut turns) = (chance(Use::CountVehicle), chance(Use::CountTurn));
            let mut arrivals = chance(Use::CountArrivals);
            let span = (volume.start, volume.end);
            for at in self.arrivals.times(span, volume.count, &mut arrivals) {
                let vehicle = *self.vehicles.pick(vehicle.even());
                drawn.add(self.walk(volume.link, at, &mut turns), vehicle, at);
            }
        }
    }

    fn walk(&self, from: LinkId, due: Millis, chance: &mut Chance) -> Vec<LinkId> {
        let (mut route, mut link, mut at) = (vec![from], from, due);
        while route.len() < self.links_max
            && let Some(onward) = self.onward.get(&link)
        {
            at += onward.free;
            link = *onward.at(at).pick(chance.even());
            route.push(link);
        }
        route
    }
}
