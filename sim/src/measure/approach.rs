//! Approach time: the mean time that a vehicle spends on the lanes before signalised junctions and,
//! behind them, on the crossings; the figure that studies of signal control compare.
//!
//! A vehicle counts from the step after which it is first seen there until the one after which it is
//! first seen elsewhere; who is still there at the end counts until the end. Nobody is followed for
//! it: the sum over vehicles of their time is the sum over time of how many there are.

use scenario::{Demand, Site};
use units::Millis;

use crate::world::World;

/// The measure, kept up step by step.
#[derive(Clone, Debug)]
pub struct Approach {
    /// The roads that do not count: fewer than those that do.
    outside: Vec<usize>,
    /// Vehicle-steps on those that do, without those of the last step.
    sum: u64,
    /// Vehicles there after the last step.
    there: u64,
    ever: Ever,
}

/// Who has ever been on an approach.
#[derive(Clone, Debug)]
enum Ever {
    /// Every route begins on one: whoever has entered.
    Entered(u64),
    /// Who was seen on one, by number, and how many that is; with which roads are one.
    Seen { seen: Vec<bool>, count: u64, is_lane: Vec<bool> },
}

impl Approach {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(world: &World, site: &Site, demand: &Demand) -> Self {
        let network = &site.network;
        let is_approach: Vec<bool> = {
            let mut is = vec![false; network.links().len()];
            for signal in &site.signals {
                for link in &network.junction(signal.junction).incoming {
                    is[link.index()] = true;
                }
            }
            is
        };
        let roads = world.roads();
        let counts = |road: &usize| is_approach[roads[*road].link.index()];
        let all_begin = demand
            .flows
            .iter()
            .filter_map(|flow| flow.route.first())
            .all(|link| is_approach[link.index()]);
        let ever = if all_begin {
            Ever::Entered(0)
        } else {
            let is_lane = (0..roads.len()).map(|road| counts(&road) && roads[road].to.is_none());
            let seen = vec![false; demand.vehicles()];
            Ever::Seen { seen, count: 0, is_lane: is_lane.collect() }
        };
        let outside = (0..roads.len()).filter(|road| !counts(road)).collect();
        Self { outside, sum: 0, there: 0, ever }
    }

    /// Takes the world after a step.
    pub fn observe(&mut self, world: &World) {
        let outside: usize = self.outside.iter().map(|&road| world.count_on(road)).sum();
        self.sum += self.there;
        self.there = (world.running() - outside) as u64;
        match &mut self.ever {
            Ever::Entered(count) => *count = world.vehicles_entered(),
            Ever::Seen { seen, count, is_lane } => world.for_each_vehicle(|sighting| {
                if is_lane[sighting.road] {
                    let before = std::mem::replace(&mut seen[sighting.vehicle as usize], true);
                    *count += u64::from(!before);
                }
            }),
        }
    }

    /// The mean so far, seconds; 0 where nobody has been on an approach.
    #[must_use]
    pub fn mean_s(&self, step: Millis) -> f64 {
        let count = match &self.ever {
            Ever::Entered(count) | Ever::Seen { count, .. } => *count,
        };
        self.sum as f64 * step.as_secs_f64() / count.max(1) as f64
    }
}
