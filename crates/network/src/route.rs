//! The quickest way from link to link, on flat arrays and an own heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use units::{LinkId, Millis};

use crate::tables::Network;

/// The quickest ways from one link to all others, found at once.
#[derive(Clone, Debug)]
pub struct Ways {
    from: LinkId,
    before: Vec<Option<LinkId>>,
}

impl Ways {
    /// The links of the way to the end of `to`, both ends included; none where no movements lead
    /// there.
    #[must_use]
    pub fn to(&self, to: LinkId) -> Option<Vec<LinkId>> {
        if self.from != to && self.before[to.index()].is_none() {
            return None;
        }
        let mut way = vec![to];
        while *way.last()? != self.from {
            way.push(self.before[way.last()?.index()]?);
        }
        way.reverse();
        Some(way)
    }
}

impl Network {
    /// The quickest way from the end of `from` to the end of `to` at free flow, both included; none
    /// where no movements lead there. Ties go to the lower link id.
    #[must_use]
    pub fn route(&self, from: LinkId, to: LinkId) -> Option<Vec<LinkId>> {
        self.search(from, Some(to)).to(to)
    }

    /// The same to every link.
    #[must_use]
    pub fn ways(&self, from: LinkId) -> Ways {
        self.search(from, None)
    }

    /// The cheapest ways from the end of `from` to every link, where driving along a link costs what
    /// `cost` says. A cost below zero counts as none.
    #[must_use]
    pub fn ways_by(&self, from: LinkId, cost: impl Fn(LinkId) -> Millis) -> Ways {
        self.search_by(from, None, |link| cost(link).at_least_zero())
    }

    fn search(&self, from: LinkId, until: Option<LinkId>) -> Ways {
        self.search_by(from, until, |link| self.free_flow(link))
    }

    /// Dijkstra's search (1959) over links; it stops at `until`.
    fn search_by(
        &self,
        from: LinkId,
        until: Option<LinkId>,
        cost: impl Fn(LinkId) -> Millis,
    ) -> Ways {
        let mut best = vec![Millis::MAX; self.links().len()];
        let mut before: Vec<Option<LinkId>> = vec![None; self.links().len()];
        let mut open = BinaryHeap::from([Reverse((Millis::ZERO, from))]);
        best[from.index()] = Millis::ZERO;
        while let Some(Reverse((time, link))) = open.pop() {
            if Some(link) == until {
                break;
            }
            if time > best[link.index()] {
                continue;
            }
            for &movement in self.link_movements(link) {
                let next = self.movement(movement).to;
                let arrival = time + cost(next);
                if arrival < best[next.index()] {
                    best[next.index()] = arrival;
                    before[next.index()] = Some(link);
                    open.push(Reverse((arrival, next)));
                }
            }
        }
        Ways { from, before }
    }

    /// The time along a link at its limit.
    #[must_use]
    pub fn free_flow(&self, link: LinkId) -> Millis {
        let link = self.link(link);
        link.length / link.speed
    }
}
