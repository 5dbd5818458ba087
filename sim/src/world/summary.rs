//! What a world has measured.

use units::mixing::digest;
use units::{LaneId, Millis};

use super::World;

/// What was measured.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct WorldSummary {
    /// Vehicles whose time to enter has come.
    pub due: usize,
    /// Vehicles that have entered.
    pub entered: usize,
    /// Vehicles that have arrived.
    pub finished: usize,
    /// Vehicles on the road.
    pub running: usize,
    /// Mean time from when a vehicle was due until it arrived, or until now; seconds.
    pub mean_travel_time_s: f64,
    /// The same less the free-flow time of the way; of vehicles that have arrived; seconds.
    pub mean_delay_s: f64,
    /// Mean number of vehicles slower than 0.1 m/s over the time that has passed.
    pub mean_queue: f64,
}

impl WorldSummary {
    /// The mean travel time, where anybody was due: the mean of nobody is not 0.
    #[must_use]
    pub fn travel_time_s(&self) -> Option<f64> {
        (self.due > 0).then_some(self.mean_travel_time_s)
    }

    /// The mean delay, where anybody has arrived.
    #[must_use]
    pub fn delay_s(&self) -> Option<f64> {
        (self.finished > 0).then_some(self.mean_delay_s)
    }
}

impl World {
    /// What was measured so far.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn summary(&self) -> WorldSummary {
        let now = self.now.0;
        let due = self.dues.partition_point(|&due| i64::from(due) <= now);
        let finished: u64 = self.nexts.iter().map(|next| next.finished).sum();
        let travel: i64 = self.nexts.iter().map(|next| next.travel).sum();
        let delay: i64 = self.nexts.iter().map(|next| next.delay).sum();
        // Everyone due and not arrived has been on the way, or waiting, since its time.
        let since_due: i64 = self.dues[..due].iter().map(|&due| now - i64::from(due)).sum();
        let arrived: i64 = self.nexts.iter().map(|next| next.arrived_since_due(now)).sum();
        let mean = |sum: i64, count: usize| Millis(sum).as_secs_f64() / count.max(1) as f64;
        WorldSummary {
            due,
            entered: self.entered() as usize,
            finished: finished as usize,
            running: self.running(),
            mean_travel_time_s: mean(travel + since_due - arrived, due),
            mean_delay_s: mean(delay, finished as usize),
            mean_queue: self.standing as f64 / f64::from(self.step.max(1)),
        }
    }

    /// Vehicles on the road.
    #[must_use]
    pub fn running(&self) -> usize {
        self.regions.iter().map(|region| region.columns.len()).sum()
    }

    /// Vehicle-updates so far, and those of them that were of vehicles asleep before a red light.
    #[must_use]
    pub fn updates(&self) -> (u64, u64) {
        let sum = |of: fn(&super::Next) -> u64| self.nexts.iter().map(of).sum();
        (sum(|next| next.updates), sum(|next| next.slept))
    }

    /// A hash of where every vehicle on a lane is and how fast, to the bit (FNV-1a). Two runs that
    /// agree in it at every step are the same run.
    #[must_use]
    pub fn trajectory_hash(&self) -> u64 {
        let lanes = (0..self.network.lanes().len()).map(LaneId::from_index);
        let words = lanes.flat_map(|lane| self.vehicles(lane)).flat_map(|seen| {
            [seen.vehicle, seen.position.to_bits(), seen.speed.to_bits()].map(u64::from)
        });
        digest(words)
    }

    /// The memory that a vehicle on the road takes in the world's columns, bytes: its state, and where
    /// its next place and speed are put down. What a thread works with is as large as one region.
    #[must_use]
    pub fn bytes_a_vehicle() -> usize {
        let state = 2 * size_of::<f32>() + size_of::<super::region::Tag>();
        let next = 2 * size_of::<f32>();
        state + next
    }

    pub(super) fn is_conserved(&self) -> bool {
        let finished: u64 = self.nexts.iter().map(|next| next.finished).sum();
        self.entered() == finished + self.running() as u64
    }

    fn entered(&self) -> u64 {
        self.regions.iter().map(|region| region.entered).sum()
    }
}
