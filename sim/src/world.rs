//! A first world: vehicles on lanes, junctions, signals, detectors.
//!
//! Car following is the intelligent driver model (Treiber, Hennecke, Helbing 2000). A vehicle that
//! crosses a junction is on the lane it enters, before that lane's begin: its position is negative.
//! Vehicles are updated from front to back, lane by lane, so the same seed gives the same run.
//! Fidelity and speed are work that lies ahead; what is here conserves vehicles, never lets two
//! overlap on a lane, and stops at red.

mod detect;
mod drive;
mod enter;

use std::collections::VecDeque;
use std::sync::Arc;

use network::Network;
use scenario::{Demand, DetectorSite, SignalSite, VehicleType};
use signal::Aspect;
use units::{GroupId, LaneId, LinkId, Millis};

pub use detect::DetectorState;

/// The step of the world.
pub const STEP: Millis = Millis(500);

/// A vehicle on the road.
#[derive(Clone, Debug)]
struct Vehicle {
    kind: VehicleType,
    route: Arc<[LinkId]>,
    /// Which link of the route it is on.
    leg: usize,
    /// Its front, metres from the begin of its lane.
    position: f64,
    speed: f64,
    due: Millis,
    /// The free-flow time of its whole way.
    free: Millis,
}

impl Vehicle {
    fn rear(&self) -> f64 {
        self.position - self.kind.length.0
    }

    fn next_link(&self) -> Option<LinkId> {
        self.route.get(self.leg + 1).copied()
    }
}

/// A vehicle that waits outside.
#[derive(Clone, Debug)]
struct Waiting {
    kind: VehicleType,
    route: Arc<[LinkId]>,
    due: Millis,
}

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

/// The world.
#[derive(Clone, Debug)]
pub struct World {
    network: Arc<Network>,
    now: Millis,
    /// Front to back on each lane.
    lanes: Vec<VecDeque<Vehicle>>,
    arrivals: enter::Arrivals,
    /// Due vehicles before each link, in order.
    outside: Vec<VecDeque<Waiting>>,
    /// For each movement: its signal and group, where it has one.
    ruled: Vec<Option<(usize, GroupId)>>,
    aspects: Vec<Vec<Aspect>>,
    detectors: detect::Detectors,
    entered: usize,
    finished: usize,
    travel: Millis,
    delay: Millis,
    queued_steps: u64,
    steps: u64,
}

impl World {
    /// A world at time zero, empty, all red.
    #[must_use]
    pub fn new(
        network: Arc<Network>,
        signals: &[SignalSite],
        detectors: &[DetectorSite],
        demand: &Demand,
    ) -> Self {
        let mut ruled = vec![None; network.movements().len()];
        for (index, signal) in signals.iter().enumerate() {
            for &(movement, group) in &signal.movement_groups {
                ruled[movement.index()] = Some((index, group));
            }
        }
        let red = |signal: &SignalSite| vec![Aspect::Red; signal.layout.groups().len()];
        Self {
            now: Millis::ZERO,
            lanes: vec![VecDeque::new(); network.lanes().len()],
            arrivals: enter::Arrivals::new(demand),
            outside: vec![VecDeque::new(); network.links().len()],
            ruled,
            aspects: signals.iter().map(red).collect(),
            detectors: detect::Detectors::new(&network, detectors),
            entered: 0,
            finished: 0,
            travel: Millis::ZERO,
            delay: Millis::ZERO,
            queued_steps: 0,
            steps: 0,
            network,
        }
    }

    /// What the groups of a signal show from now on.
    pub fn set_aspects(&mut self, signal: usize, aspects: &[Aspect]) {
        self.aspects[signal].copy_from_slice(aspects);
    }

    /// The time in the world.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// One step of [`STEP`].
    pub fn step(&mut self) {
        self.now += STEP;
        self.steps += 1;
        self.enter();
        self.drive();
        let lanes = &self.lanes;
        self.detectors.look(lanes);
        let stands = |vehicle: &&Vehicle| vehicle.speed < 0.1;
        let queued: usize = lanes.iter().map(|lane| lane.iter().filter(stands).count()).sum();
        self.queued_steps += queued as u64;
    }

    /// What the detectors say, in the order of the site.
    #[must_use]
    pub fn detectors(&self) -> &[DetectorState] {
        self.detectors.states()
    }

    /// Fronts and speeds of the vehicles on a lane, from its stop line backwards.
    pub fn lane(&self, lane: LaneId) -> impl Iterator<Item = (f64, f64)> {
        self.lanes[lane.index()].iter().map(|vehicle| (vehicle.position, vehicle.speed))
    }

    /// What was measured so far.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn summary(&self) -> WorldSummary {
        let now = self.now;
        let outside: Vec<&Waiting> = self.outside.iter().flatten().collect();
        let running: usize = self.lanes.iter().map(VecDeque::len).sum();
        let unfinished: Millis = self.lanes.iter().flatten().map(|v| now - v.due).sum::<Millis>()
            + outside.iter().map(|w| now - w.due).sum::<Millis>();
        let all = self.finished + running + outside.len();
        let mean = |sum: Millis, count: usize| sum.as_secs_f64() / count.max(1) as f64;
        WorldSummary {
            due: all,
            entered: self.entered,
            finished: self.finished,
            running,
            mean_travel_time_s: mean(self.travel + unfinished, all),
            mean_delay_s: mean(self.delay, self.finished),
            mean_queue: self.queued_steps as f64 / self.steps.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests;
