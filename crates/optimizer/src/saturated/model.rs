//! What a second of green does: `B`, and the gain that follows from it.

use nalgebra::{DMatrix, DVector};
use units::LaneId;

use super::riccati::gain;
use crate::district::District;
use crate::spec::JunctionSpec;

/// Vehicles a second that leave a lane at green: the saturation flow of a usual lane (1,800 an hour).
const FLOW: f64 = 0.5;
/// The same for a way that gives way.
const YIELDS: f64 = 0.5;
/// A vehicle that stands takes so much of a lane, metres.
const ROOM: f64 = estimate::ROOM;
/// What of a lane's vehicles is still there a cycle later though nothing was changed. A little below 1, so
/// that lanes which no green can move (their inflow is not ours) do not weigh for ever.
const STAYS: f64 = 0.95;
/// What a change of the greens weighs against uneven filling (Diakaki takes 0.0001; the greens are held
/// to bounds afterwards).
const EFFORT: f64 = 1e-4;
/// With more lanes than this each junction has a gain of its own that knows nothing of the others: the
/// cost of one gain grows with the cube.
const TOGETHER_MAX: usize = 200;

/// The lanes, and what their filling takes from the greens.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// The lanes before the junctions' stop lines.
    pub(super) lanes: Vec<LaneId>,
    parts: Vec<Part>,
    /// Of each junction its part, and the first of its stages there.
    of: Vec<(usize, usize, usize)>,
}

/// Junctions that are regulated together.
#[derive(Clone, Debug)]
struct Part {
    /// The first of its lanes; they are in a row.
    first: usize,
    /// Stages by lanes.
    gain: DMatrix<f64>,
}

/// Stages that together open every way that any does: always the one that opens most of what is not open
/// yet; in their own order.
pub(super) fn order(spec: &JunctionSpec) -> Vec<usize> {
    let mut open = vec![0; spec.approaches.len()];
    let mut order = Vec::new();
    loop {
        let fresh = |stage: usize| -> u32 {
            let opens = spec.stages[stage].opens.iter().zip(&open);
            opens.map(|(opening, known): (_, &u8)| (opening.open & !known).count_ones()).sum()
        };
        let best = (0..spec.stages.len()).rev().max_by_key(|&stage| fresh(stage));
        let Some(stage) = best.filter(|&stage| fresh(stage) > 0) else { break };
        for (known, opening) in open.iter_mut().zip(&spec.stages[stage].opens) {
            *known |= opening.open;
        }
        order.push(stage);
    }
    order.sort_unstable();
    if order.is_empty() { vec![0] } else { order }
}

impl Model {
    pub(super) fn of(district: &District, orders: &[Vec<usize>]) -> Self {
        let approaches = district.junctions.iter().flat_map(|spec| &spec.approaches);
        let lanes: Vec<LaneId> = approaches.map(|approach| approach.lane).collect();
        let together = lanes.len() <= TOGETHER_MAX;
        let mut model = Self { lanes, parts: Vec::new(), of: Vec::new() };
        let count = district.junctions.len();
        let groups: Vec<std::ops::Range<usize>> = if together {
            std::iter::once(0..count).collect()
        } else {
            (0..count).map(|junction| junction..junction + 1).collect()
        };
        let mut first = 0;
        for group in groups {
            let mut stages = 0;
            for order in &orders[group.clone()] {
                model.of.push((model.parts.len(), stages, order.len()));
                stages += order.len();
            }
            let specs = &district.junctions[group.clone()];
            let width = specs.iter().map(|spec| spec.approaches.len()).sum();
            let b = effect(district, specs, &orders[group], &model.lanes[first..first + width]);
            let roads = &district.network;
            let room = |lane: &LaneId| roads.link(roads.lane(*lane).link).length.0.max(ROOM) / ROOM;
            let filling = model.lanes[first..first + width].iter().map(|lane| 1.0 / room(lane));
            let q = DMatrix::from_diagonal(&DVector::from_iterator(width, filling));
            let (a, r) =
                (DMatrix::identity(width, width) * STAYS, DMatrix::identity(stages, stages));
            // Without a gain every stage keeps its usual green.
            let gain = gain(&a, &b, &q, &(r * EFFORT));
            let gain = gain.unwrap_or_else(|| DMatrix::zeros(stages, width));
            model.parts.push(Part { first, gain });
            first += width;
        }
        model
    }

    /// How much less than usual each stage of a junction's cycle should be green, seconds, with so many
    /// who wait.
    pub(super) fn feedback<'m>(
        &'m self,
        junction: usize,
        waiting: &'m [f64],
    ) -> impl Iterator<Item = f64> + 'm {
        let (part, first, stages) = self.of[junction];
        let part = &self.parts[part];
        let waiting = &waiting[part.first..part.first + part.gain.ncols()];
        (first..first + stages).map(move |row| {
            part.gain.row(row).iter().zip(waiting).map(|(gain, waits)| gain * waits).sum()
        })
    }
}

/// `B`: what a second more of each stage does to each lane, in vehicles.
fn effect(
    district: &District,
    specs: &[JunctionSpec],
    orders: &[Vec<usize>],
    lanes: &[LaneId],
) -> DMatrix<f64> {
    let stages = orders.iter().map(Vec::len).sum();
    let mut effect = DMatrix::zeros(lanes.len(), stages);
    let (mut row, mut column) = (0, 0);
    for (spec, order) in specs.iter().zip(orders) {
        for (at, approach) in spec.approaches.iter().enumerate() {
            for (place, &stage) in order.iter().enumerate() {
                let opening = spec.stages[stage].opens[at];
                let ways = approach.exits.len() as f64;
                for (way, &exit) in approach.exits.iter().enumerate() {
                    if opening.open & (1 << way) == 0 {
                        continue;
                    }
                    let yields = if opening.yielding & (1 << way) == 0 { 1.0 } else { YIELDS };
                    // Nobody has counted who turns where: every way takes the same share.
                    let leave = FLOW * yields / ways;
                    effect[(row + at, column + place)] -= leave;
                    let beyond = |lane: &LaneId| district.network.lane(*lane).link == exit;
                    let count = lanes.iter().filter(|&lane| beyond(lane)).count();
                    for (to, _) in lanes.iter().enumerate().filter(|&(_, lane)| beyond(lane)) {
                        effect[(to, column + place)] += leave / count as f64;
                    }
                }
            }
        }
        row += spec.approaches.len();
        column += order.len();
    }
    effect
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::testing::row;

    #[test]
    fn a_full_lane_gets_more_green_and_the_lane_that_feeds_it_less() {
        let district = row(3, false);
        let orders: Vec<_> = district.junctions.iter().map(order).collect();
        assert_eq!(orders, [[0, 1], [0, 1], [0, 1]]);
        let model = Model::of(&district, &orders);
        let less = |waiting: [f64; 6], junction| -> Vec<f64> {
            model.feedback(junction, &waiting).collect()
        };
        assert_eq!(less([0.0; 6], 1), [0.0, 0.0]);
        // The road is full before the second signal: it has more green there, and less before it.
        let full = [0.0, 0.0, 20.0, 0.0, 0.0, 0.0];
        assert!(less(full, 1)[0] < -5.0, "{:?}", less(full, 1));
        assert!(less(full, 0)[0] > 0.5, "{:?}", less(full, 0));
        // Twice as many, twice the change.
        let twice = less(full.map(|waits| 2.0 * waits), 1)[0];
        assert!((twice - 2.0 * less(full, 1)[0]).abs() < 1e-9);
    }

    #[test]
    fn a_large_district_is_regulated_junction_by_junction() {
        let district = row(TOGETHER_MAX, false);
        let orders: Vec<_> = district.junctions.iter().map(order).collect();
        let model = Model::of(&district, &orders);
        assert_eq!(model.parts.len(), TOGETHER_MAX);
        let mut waiting = vec![0.0; model.lanes.len()];
        waiting[2 * 7] = 20.0;
        let less: Vec<f64> = model.feedback(7, &waiting).collect();
        assert!(less[0] < -5.0 && less[1] >= 0.0, "{less:?}");
        assert!(model.feedback(6, &waiting).all(|less| less == 0.0));
    }
}
