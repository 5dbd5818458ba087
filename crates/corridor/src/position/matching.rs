//! Which link a fix is of: a hidden Markov model over the links near it, whose most likely way is kept
//! up to date fix by fix (Viterbi), with few candidates.
//!
//! The model is that of Newson and Krumm (2009): how likely a fix is at a spot falls with the square of
//! its distance, how likely a step is from spot to spot falls with the difference between the way that
//! it takes on the roads and the way that was driven. Added are the heading and the route that the vehicle
//! was given. All weights are logarithms of likelihoods; the numbers are ours.

use network::Point;
use units::LinkId;

use super::courses::{Courses, Near, Spot};

/// Candidates that are kept: both sides of the roads of a crossing, and some.
const CANDIDATES_MAX: usize = 12;
/// A candidate that is so much less likely than the best is forgotten.
const UNLIKELY: f64 = -25.0;
/// Half the width of a road's side: even without noise a vehicle is not in the middle.
const ROAD_SPREAD: f64 = 4.0;
/// By how much a step's way differs from what was driven, on average: that of a corner that is cut.
const STEP_SPREAD: f64 = 12.0;
/// What a step weighs that no way explains: a hole in the map, or in what was told.
const NO_WAY: f64 = -14.0;
/// How far a heading is off, degrees, and what a wrong one weighs at most.
const HEADING_SPREAD: f64 = 25.0;
const HEADING_MOST: f64 = -8.0;
/// Below this speed, m/s, a receiver's heading is noise.
const HEADING_SPEED: f64 = 2.0;
/// What the expected route weighs: a link off it must be about five times as likely.
const ON_ROUTE: f64 = 1.6;

/// Where a vehicle may be, and how likely that is beside the likeliest (0).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Candidate {
    pub(super) spot: Spot,
    pub(super) weight: f64,
}

/// What is seen of a vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Seen {
    pub(super) point: Point,
    /// The deviation of the point along each axis, metres.
    pub(super) spread: f64,
    /// Which way it drives, degrees clockwise from north, and how fast.
    pub(super) heading: Option<f64>,
    pub(super) speed: Option<f64>,
}

/// The candidates after one more fix, the likeliest first; empty where no road is near. `driven` is the
/// way since the last one, as far as it can be told.
pub(super) fn step(
    roads: &Courses,
    before: &[Candidate],
    seen: &Seen,
    driven: f64,
    route: &[LinkId],
) -> Vec<Candidate> {
    // Four deviations, and a road's other side.
    let within = 4.0 * seen.spread + 20.0;
    let most = 2.0 * driven.max(0.0) + 120.0;
    let mut after: Vec<Candidate> = Vec::new();
    for near in roads.near(seen.point, within) {
        let from_before = before.iter().map(|from| {
            let way = roads.way(from.spot, near.spot, most);
            from.weight + way.map_or(NO_WAY, |way| NO_WAY.max(-(way - driven).abs() / STEP_SPREAD))
        });
        let step = from_before.reduce(f64::max).unwrap_or(0.0);
        after.push(Candidate { spot: near.spot, weight: step + emission(&near, seen, route) });
    }
    after.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.spot.link.cmp(&b.spot.link)));
    after.truncate(CANDIDATES_MAX);
    let best = after.first().map_or(0.0, |best| best.weight);
    after.iter_mut().for_each(|one| one.weight -= best);
    after.retain(|one| one.weight >= UNLIKELY);
    after
}

fn emission(near: &Near, seen: &Seen, route: &[LinkId]) -> f64 {
    let variance = seen.spread * seen.spread + ROAD_SPREAD * ROAD_SPREAD;
    let mut weight = -0.5 * near.distance * near.distance / variance;
    let moves = seen.speed.is_some_and(|speed| speed >= HEADING_SPEED);
    if let (Some(heading), true) = (seen.heading, moves) {
        let off = between(heading, near.direction) / HEADING_SPREAD;
        weight += (-0.5 * off * off).max(HEADING_MOST);
    }
    if route.contains(&near.spot.link) {
        weight += ON_ROUTE;
    }
    weight
}

/// The angle between a heading and a direction, 0 to 180 degrees, without library functions that differ
/// from machine to machine: a parabola's arc tangent, good to 0.3 degrees.
fn between(heading: f64, direction: Point) -> f64 {
    let (x, y) = (direction.x.abs(), direction.y.abs());
    let (small, large) = if x < y { (x, y) } else { (y, x) };
    let share = small / large.max(1e-9);
    let eighth = share * (45.0 + 15.64 * (1.0 - share));
    let quarter = if x < y { eighth } else { 90.0 - eighth };
    let way = match (direction.x >= 0.0, direction.y >= 0.0) {
        (true, true) => quarter,
        (true, false) => 180.0 - quarter,
        (false, false) => 180.0 + quarter,
        (false, true) => 360.0 - quarter,
    };
    let off = (heading - way).rem_euclid(360.0);
    off.min(360.0 - off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_the_shorter_ones() {
        for (heading, x, y, expected) in [
            (0.0, 0.0, 1.0, 0.0),
            (90.0, 1.0, 0.0, 0.0),
            (350.0, 0.0, 1.0, 10.0),
            (10.0, 0.0, -1.0, 170.0),
            (270.0, -1.0, 0.0, 0.0),
            (0.0, 1.0, 1.0, 45.0),
        ] {
            let found = between(heading, Point { x, y });
            assert!((found - expected).abs() < 0.5, "{heading} to {x}, {y}: {found}");
        }
    }
}
