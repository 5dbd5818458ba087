//! Which lane of a link those who enter it leave by: counted at its stop lines, the older the less.
//!
//! Whoever is told to come has a link, not a lane: which of its lanes he will queue on depends on where
//! he turns, and that he has not said.

use std::ops::Range;

use estimate::{SAME, Sight, Vehicle};
use network::Network;
use units::{LaneId, Millis};

use crate::district::Scene;

/// After so many seconds a vehicle counts for a third: what is usual at one hour is not at another.
const MEMORY: f32 = 900.0;
/// What each lane has before anybody is counted, vehicles: so many say more than an even split.
const PRIOR: f32 = 2.0;
/// Whoever was due this near, or nearer, and is not there any more, has passed the stop line, metres: one
/// farther off has changed lane.
const LEAVES: f32 = 10.0;
/// Within one step no more vehicles than this leave a lane.
const NEAREST: usize = 4;
/// A longer pause between steps says nothing of who left, seconds.
const PAUSE: f32 = 5.0;

/// The use of all lanes.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    lanes: Vec<Use>,
    /// For each lane of those who enter its link how many leave by it.
    shares: Vec<f32>,
    looked: Option<Millis>,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    left: f32,
    /// How many of them within the last step.
    gone: f32,
    /// Where those nearest to the stop line are due now, metres.
    due: [f32; NEAREST],
}

impl Shares {
    pub(super) fn new(network: &Network) -> Self {
        let lanes = network.lanes().len();
        let unused = Use { left: PRIOR, gone: 0.0, due: [f32::INFINITY; NEAREST] };
        let mut shares =
            Self { lanes: vec![unused; lanes], shares: vec![0.0; lanes], looked: None };
        shares.share(network);
        shares
    }

    /// Of those who enter a lane's link, how many leave by it.
    pub(super) fn of(&self, lane: LaneId) -> f32 {
        self.shares[lane.index()]
    }

    /// How many have left a link, by all of its lanes, since the step before.
    pub(super) fn gone(&self, lanes: Range<usize>) -> f32 {
        self.lanes[lanes].iter().map(|lane| lane.gone).sum()
    }

    /// Sees another step.
    pub(super) fn see(&mut self, network: &Network, scene: &Scene) {
        let passed = self.looked.map_or(0.0, |looked| (scene.time - looked).as_secs_f32());
        self.looked = Some(scene.time);
        let kept = (-passed.clamp(0.0, MEMORY) / MEMORY).exp();
        for (lane, sight) in self.lanes.iter_mut().zip(&scene.lanes) {
            lane.gone = lane.gone(sight, passed);
            lane.left = lane.left * kept + lane.gone + PRIOR * (1.0 - kept);
        }
        self.share(network);
    }

    fn share(&mut self, network: &Network) {
        for link in network.links() {
            let first = link.first_lane.index();
            let lanes = first..first + usize::from(link.lane_count);
            let sum: f32 = self.lanes[lanes.clone()].iter().map(|lane| lane.left).sum();
            for lane in lanes {
                self.shares[lane] = self.lanes[lane].left / sum;
            }
        }
    }
}

impl Use {
    /// How many have left the lane since the step before, and who is due at the next.
    fn gone(&mut self, sight: &Sight, passed: f32) -> f32 {
        let before = std::mem::replace(&mut self.due, [f32::INFINITY; NEAREST]);
        match sight {
            Sight::Vehicles { seen, .. } => {
                let first = seen.first().map_or(f32::INFINITY, |vehicle| vehicle.distance);
                // The next step is taken to be as far off as this one was.
                let due = |vehicle: &Vehicle| vehicle.distance - vehicle.speed * passed;
                for (place, vehicle) in self.due.iter_mut().zip(seen) {
                    *place = due(vehicle);
                }
                let left = |&&due: &&f32| due < first - SAME && due < LEAVES;
                let is_near = (0.0..=PAUSE).contains(&passed);
                if is_near { before.iter().take_while(left).count() as f32 } else { 0.0 }
            }
            Sight::Loops(loops) => {
                let at_line = loops.iter().find(|one| one.distance < LEAVES);
                at_line.map_or(0.0, |one| one.passed.min(60) as f32)
            }
            Sight::Unknown | Sight::Counted { .. } => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use estimate::Class;

    use super::*;

    fn seen(vehicles: &[(f32, f32)]) -> Sight {
        let vehicle = |&(distance, speed)| {
            let (next, class) = (None, Class::default());
            Vehicle { distance, speed, next, class }
        };
        Sight::Vehicles { seen: vehicles.iter().map(vehicle).collect(), range: None }
    }

    #[test]
    fn only_who_passes_the_stop_line_is_counted() {
        let mut lane = Use { left: 0.0, gone: 0.0, due: [f32::INFINITY; NEAREST] };
        for (vehicles, expected) in [
            (&[(8.0, 10.0), (20.0, 10.0)][..], 0.0),
            (&[(10.0, 10.0)], 1.0),
            (&[], 1.0),
            (&[(60.0, 10.0), (80.0, 10.0)], 0.0),
            (&[(50.0, 10.0)], 0.0), // the second has changed lane
            (&[], 0.0),             // and so has this one
            (&[(0.0, 0.0), (7.5, 0.0), (15.0, 0.0)], 0.0),
            (&[(0.0, 0.0), (7.5, 0.0), (15.0, 0.0)], 0.0),
            (&[(5.0, 2.0), (12.0, 2.0)], 1.0), // the queue moves up
        ] {
            assert_eq!(lane.gone(&seen(vehicles), 1.0), expected, "{vehicles:?}");
        }
    }
}
