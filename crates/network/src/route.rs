//! The quickest way from link to link, on flat arrays and an own heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use units::{LinkId, Millis};

use crate::tables::Network;

impl Network {
    /// The quickest way from the end of `from` to the end of `to` at free flow, both included; none
    /// where no movements lead there. Ties go to the lower link id.
    #[must_use]
    pub fn route(&self, from: LinkId, to: LinkId) -> Option<Vec<LinkId>> {
        let mut best = vec![Millis::MAX; self.links().len()];
        let mut before: Vec<Option<LinkId>> = vec![None; self.links().len()];
        let mut open = BinaryHeap::from([Reverse((Millis::ZERO, from))]);
        best[from.index()] = Millis::ZERO;
        while let Some(Reverse((time, link))) = open.pop() {
            if link == to {
                break;
            }
            if time > best[link.index()] {
                continue;
            }
            for &movement in self.link_movements(link) {
                let next = self.movement(movement).to;
                let arrival = time + self.free_flow(next);
                if arrival < best[next.index()] {
                    best[next.index()] = arrival;
                    before[next.index()] = Some(link);
                    open.push(Reverse((arrival, next)));
                }
            }
        }
        if from != to && before[to.index()].is_none() {
            return None;
        }
        let mut way = vec![to];
        while *way.last()? != from {
            way.push(before[way.last()?.index()]?);
        }
        way.reverse();
        Some(way)
    }

    /// The time along a link at its limit.
    #[must_use]
    pub fn free_flow(&self, link: LinkId) -> Millis {
        let link = self.link(link);
        link.length / link.speed
    }
}
