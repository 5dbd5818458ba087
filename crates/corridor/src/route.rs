//! The quickest way by predicted time, other ways, and when to take another one.
//!
//! A way goes over links that are open, by movements that exist; each turn costs what braking for it
//! costs. The search is Dijkstra's (1959) over flat arrays at the graph's own indices.
//!
//! Who is on the way stays on it unless another is better by a margin: what is predicted changes each
//! second, and a corridor that moves with it would open nothing in time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use network::{Network, Turn};
use units::{LinkId, Metres, MetresPerSecond, Millis};

use crate::progress::Place;

/// As many other ways are told.
pub const ALTERNATIVES_MAX: usize = 3;
/// A link that a way before used costs so many times as much for the next.
const AGAIN: i64 = 2;
/// but not more often than this.
const TIMES_MAX: u32 = 4;
/// One link of so many at least must be another for a way to be another.
const NEW_SHARE: usize = 5;
/// A way that takes more than so many times the best is no alternative.
const WORST: i64 = 2;
/// A turn costs so much: braking to some 6 m/s and gathering speed again, by 2 m/s² (assumed).
const TURN: Millis = Millis(2_500);
/// Turning back costs so much (assumed).
const BACK: Millis = Millis(15_000);
/// Another way must be quicker by this share of what is left, in 1/100;
const BETTER_SHARE: i64 = 20;
/// and by this much.
const BETTER_BY: Millis = Millis(15_000);

/// What is predicted of the roads.
pub trait Roads {
    /// What a link costs the vehicle beyond its free time, with the corridor's own effect; none where it
    /// is blocked.
    fn delay(&self, link: LinkId) -> Option<Millis>;
}

/// A way, both ends included.
#[derive(Clone, PartialEq, Debug)]
pub struct Way {
    /// Its links; at least one.
    pub links: Vec<LinkId>,
    /// How long it takes from the origin to the destination.
    pub takes: Millis,
}

/// How long a vehicle of its own speed takes over so much of a link where nothing holds it.
#[must_use]
pub(crate) fn free(
    network: &Network,
    link: LinkId,
    length: Metres,
    speed: MetresPerSecond,
) -> Millis {
    let limit = network.link(link).speed.0;
    Metres(length.0.max(0.0)) / MetresPerSecond(speed.0.min(limit))
}

/// What the turn from one link to the next costs; none where no movement leads there.
#[must_use]
pub(crate) fn turn(network: &Network, from: LinkId, to: LinkId) -> Option<Millis> {
    let movement = network.movement_between(from, to)?;
    Some(match network.movement(movement).turn {
        Turn::Straight => Millis::ZERO,
        Turn::Left | Turn::Right => TURN,
        Turn::UTurn => BACK,
    })
}

/// A search of ways for one vehicle.
#[derive(Clone, Copy)]
pub struct Ways<'w> {
    /// The roads.
    pub network: &'w Network,
    /// What is predicted of them.
    pub roads: &'w dyn Roads,
    /// How fast the vehicle drives.
    pub speed: MetresPerSecond,
}

impl Ways<'_> {
    /// The quickest way; none where no open links lead there.
    #[must_use]
    pub fn best(&self, origin: Place, destination: Place) -> Option<Way> {
        self.search(origin, destination, &|link| self.along(link))
    }

    /// Other ways, the quickest first, each different from those before by a fifth of its links at least.
    #[must_use]
    pub fn others(&self, best: &Way, origin: Place, destination: Place) -> Vec<Way> {
        let (mut found, mut kept) = (vec![best.clone()], Vec::new());
        for _ in 0..2 * ALTERNATIVES_MAX {
            let cost = |link| {
                let used = found.iter().filter(|way| way.links.contains(&link)).count();
                let times = AGAIN.pow(u32::try_from(used).unwrap_or(u32::MAX).min(TIMES_MAX));
                self.along(link).map(|along| along * times)
            };
            let Some(way) = self.search(origin, destination, &cost) else { break };
            let is_new = |before: &Way| {
                let new = way.links.iter().filter(|link| !before.links.contains(link)).count();
                NEW_SHARE * new >= way.links.len()
            };
            if found.iter().all(is_new) && way.takes <= best.takes * WORST {
                kept.push(way.clone());
            }
            found.push(way);
        }
        kept.sort_by_key(|way| way.takes);
        kept.truncate(ALTERNATIVES_MAX);
        kept
    }

    /// How long a way takes; none where one of its links is blocked or a movement is missing.
    #[must_use]
    pub fn takes(&self, links: &[LinkId], origin: Place, destination: Place) -> Option<Millis> {
        let mut takes = Millis::ZERO;
        for (leg, &link) in links.iter().enumerate() {
            let row = self.network.link(link);
            let from = if leg == 0 { origin.offset.0 } else { 0.0 };
            let is_last = leg + 1 == links.len();
            let to = if is_last { destination.offset.0 } else { row.length.0 };
            takes += free(self.network, link, Metres(to - from), self.speed);
            takes += self.roads.delay(link)?;
            if !is_last {
                takes += turn(self.network, link, links[leg + 1])?;
            }
        }
        Some(takes)
    }

    /// Whether a way is worth leaving another for: it is quicker by a margin, or the other is blocked.
    #[must_use]
    pub fn is_better(&self, new: &Way, old: Option<Millis>) -> bool {
        old.is_none_or(|old| {
            let margin = Millis(old.0.saturating_mul(BETTER_SHARE) / 100).max(BETTER_BY);
            new.takes + margin <= old
        })
    }

    fn along(&self, link: LinkId) -> Option<Millis> {
        let length = self.network.link(link).length;
        Some(free(self.network, link, length, self.speed) + self.roads.delay(link)?)
    }

    fn search(
        &self,
        origin: Place,
        destination: Place,
        cost: &dyn Fn(LinkId) -> Option<Millis>,
    ) -> Option<Way> {
        let network = self.network;
        let is_ahead = destination.offset.0 >= origin.offset.0;
        if origin.link == destination.link && is_ahead {
            let links = vec![origin.link];
            let takes = self.takes(&links, origin, destination)?;
            return Some(Way { links, takes });
        }
        let mut best = vec![Millis::MAX; network.links().len()];
        let mut before: Vec<Option<LinkId>> = vec![None; best.len()];
        // The first link is on the way whatever it costs: the vehicle is there. It may be come to again.
        let mut open = BinaryHeap::from([Reverse((Millis::ZERO, origin.link, true))]);
        while let Some(Reverse((time, link, is_origin))) = open.pop() {
            if link == destination.link && !is_origin {
                break;
            }
            if !is_origin && time > best[link.index()] {
                continue;
            }
            for &movement in network.link_movements(link) {
                let next = network.movement(movement).to;
                let (Some(along), Some(turn)) = (cost(next), turn(network, link, next)) else {
                    continue;
                };
                let arrival = time + along + turn;
                if arrival < best[next.index()] {
                    best[next.index()] = arrival;
                    before[next.index()] = Some(link);
                    open.push(Reverse((arrival, next, false)));
                }
            }
        }
        let mut links = vec![destination.link];
        let mut at = before[destination.link.index()]?;
        while at != origin.link {
            links.push(at);
            at = before[at.index()]?;
        }
        links.push(origin.link);
        links.reverse();
        let takes = self.takes(&links, origin, destination)?;
        Some(Way { links, takes })
    }
}
