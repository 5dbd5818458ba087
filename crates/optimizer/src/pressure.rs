//! Max-pressure over a district: of each stage the vehicles that wait for what it opens, less those
//! that wait where they would go.

use estimate::{LoopSight, STANDING, Sight, Vehicle};
use network::Network;
use units::LinkId;

use crate::district::{District, Scene};
use crate::spec::JunctionSpec;

/// The rule, and its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pressure {
    /// Of each way of each approach, approach by approach.
    ways: Vec<f64>,
}

impl Pressure {
    /// The stage with the greatest pressure; the one that runs where another is no better, then the
    /// first.
    pub(crate) fn best(
        &mut self,
        district: &District,
        junction: usize,
        running: usize,
        scene: &Scene,
    ) -> usize {
        let spec = &district.junctions[junction];
        self.ways.clear();
        for approach in &spec.approaches {
            let lane = &scene.lanes[approach.lane.index()];
            self.ways.extend(
                approach
                    .exits
                    .iter()
                    .map(|&exit| queue(lane, Some(exit)) - beyond(&district.network, exit, scene)),
            );
        }
        let mut best = (running, self.of(spec, running));
        for stage in 0..spec.stages.len() {
            let pressure = self.of(spec, stage);
            if pressure > best.1 {
                best = (stage, pressure);
            }
        }
        best.0
    }

    /// The pressure of a stage.
    fn of(&self, spec: &JunctionSpec, stage: usize) -> f64 {
        // A stage for people on foot has no pressure: it must not win where all others have less.
        if spec.stages[stage].opens.iter().all(|opening| opening.open == 0) {
            return f64::NEG_INFINITY;
        }
        let opens = spec.approaches.iter().zip(&spec.stages[stage].opens);
        let open = opens.flat_map(|(approach, opening)| {
            (0..approach.exits.len()).map(|way| opening.open & (1 << way) != 0)
        });
        self.ways.iter().zip(open).filter(|&(_, open)| open).map(|(pressure, _)| pressure).sum()
    }
}

/// Vehicles that stand on a lane and, where an exit is given, do not say that they go elsewhere.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn queue(lane: &Sight, exit: Option<LinkId>) -> f64 {
    match lane {
        Sight::Unknown => 0.0,
        Sight::Counted { queue, .. } => f64::from(*queue),
        Sight::Loops(loops) => at_loops(loops),
        Sight::Vehicles { seen, .. } => {
            let comes = |vehicle: &Vehicle| vehicle.next.zip(exit).is_none_or(|(a, b)| a == b);
            let stands = |vehicle: &&Vehicle| vehicle.speed < STANDING && comes(vehicle);
            seen.iter().filter(stands).count() as f64
        }
    }
}

/// The mean queue of a link's lanes (Efficient-MP, Wu and Zhang 2021).
fn beyond(network: &Network, link: LinkId, scene: &Scene) -> f64 {
    let queues = network.link_lanes(link).map(|lane| queue(&scene.lanes[lane.index()], None));
    queues.sum::<f64>() / f64::from(network.link(link).lane_count.max(1))
}

/// Vehicles that stand on loops: one for each that was occupied all the time since the last scene. Little,
/// but never invented.
fn at_loops(loops: &[LoopSight]) -> f64 {
    loops.iter().filter(|one| one.present && one.passed == 0).count() as f64
}
