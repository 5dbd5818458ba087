//! Where paths across a junction run and meet, which is needed when a world is built; and where a
//! place on a lane or a path lies, for those who ask.
//!
//! A lane lies right of its road's course. A path leaves it along its direction and enters the next
//! lane along that one's: a cubic between the two. Its length is the network's; the curve only says
//! where, as a share of it, two paths meet.

use network::{Network, Point};
use units::{LaneId, LinkId};

/// Pieces that a path is cut into: at 30 m a piece is about 2 m long.
const PIECES: usize = 14;
/// How far the control points of a path lie from its ends, as a share of their distance: with it a
/// quarter turn is nearly a circle.
const BEND: f64 = 0.39;

/// A path as a chain of points.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    points: [Point; PIECES + 1],
    low: Point,
    high: Point,
}

impl Curve {
    /// The way from the end of one lane to the begin of another.
    pub(super) fn new(network: &Network, from: LaneId, to: LaneId) -> Self {
        let (a, u) = end_of(network, from, true);
        let (b, w) = end_of(network, to, false);
        let reach = BEND * distance(a, b);
        let (c, d) = (along(a, u, reach), along(b, w, -reach));
        let mut points = [a; PIECES + 1];
        for (index, point) in points.iter_mut().enumerate() {
            let t = index as f64 / PIECES as f64;
            let s = 1.0 - t;
            let (p, q, r, v) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
            point.x = p * a.x + q * c.x + r * d.x + v * b.x;
            point.y = p * a.y + q * c.y + r * d.y + v * b.y;
        }
        let fold = |pick: fn(f64, f64) -> f64| {
            points.iter().skip(1).fold(points[0], |best, point| Point {
                x: pick(best.x, point.x),
                y: pick(best.y, point.y),
            })
        };
        let (low, high) = (fold(f64::min), fold(f64::max));
        Self { points, low, high }
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// Where two paths cross first: the shares of each that lie before it.
    pub(super) fn crossing(&self, other: &Self) -> Option<(f64, f64)> {
        let apart = |a: &Self, b: &Self| a.high.x < b.low.x || a.high.y < b.low.y;
        if apart(self, other) || apart(other, self) {
            return None;
        }
        for (i, mine) in self.points.windows(2).enumerate() {
            for (j, theirs) in other.points.windows(2).enumerate() {
                if let Some((t, s)) = meet(mine, theirs) {
                    let share = |piece: usize, part: f64| (piece as f64 + part) / PIECES as f64;
                    return Some((share(i, t), share(j, s)));
                }
            }
        }
        None
    }
}

/// The middle of a lane from its begin to its stop line; at bends of the link it is cut short.
pub(super) fn lane_points(network: &Network, lane: LaneId) -> Vec<Point> {
    let (first, _) = end_of(network, lane, false);
    let (last, _) = end_of(network, lane, true);
    let row = network.lane(lane);
    let points = &network.link(row.link).points;
    let mut course = vec![first];
    if let [_, inner @ .., _] = points.as_slice() {
        let aside = aside(network, lane);
        for (index, &point) in inner.iter().enumerate() {
            let (before, after) = (points[index], points[index + 2]);
            let span = distance(before, after).max(1e-6);
            let right = Point { x: (after.y - before.y) / span, y: -(after.x - before.x) / span };
            course.push(along(point, right, aside));
        }
    }
    course.push(last);
    course
}

/// Where a place on a lane lies, metres from its begin, and the direction there.
pub(super) fn on_lane(network: &Network, lane: LaneId, along_lane: f64) -> (Point, Point) {
    let row = network.lane(lane);
    let link = network.link(row.link);
    let (first, last) = course(network, row.link);
    let points = if link.points.len() >= 2 { link.points.clone() } else { vec![first, last] };
    let whole: f64 = points.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
    let crossed = |junction| !network.junction(junction).movements.is_empty();
    let back = cut(network, row.link);
    let [before, after] = [link.from, link.to].map(|end| if crossed(end) { back } else { 0.0 });
    let share = (along_lane / link.length.0.max(1e-6)).clamp(0.0, 1.0);
    let mut left = before + share * (whole - before - after).max(0.0);
    let mut piece = (points[0], points[1]);
    for pair in points.windows(2) {
        piece = (pair[0], pair[1]);
        let span = distance(piece.0, piece.1);
        if left <= span {
            break;
        }
        left -= span;
    }
    let direction = towards(piece.0, piece.1);
    let right = Point { x: direction.y, y: -direction.x };
    (along(along(piece.0, direction, left), right, aside(network, lane)), direction)
}

/// Where a place on a path lies, as a share of its length, and the direction there.
pub(super) fn on_path(network: &Network, from: LaneId, to: LaneId, share: f64) -> (Point, Point) {
    let curve = Curve::new(network, from, to);
    let place = (share * PIECES as f64).clamp(0.0, PIECES as f64);
    let piece = (place as usize).min(PIECES - 1);
    let (a, b) = (curve.points[piece], curve.points[piece + 1]);
    let direction = towards(a, b);
    (along(a, direction, distance(a, b) * (place - piece as f64)), direction)
}

fn towards(a: Point, b: Point) -> Point {
    let span = distance(a, b).max(1e-6);
    Point { x: (b.x - a.x) / span, y: (b.y - a.y) / span }
}

/// How far right of its road's course the middle of a lane lies.
fn aside(network: &Network, lane: LaneId) -> f64 {
    let row = network.lane(lane);
    let inner = (0..row.index).map(|index| network.lane(network.lane_at(row.link, index)).width.0);
    inner.sum::<f64>() + row.width.0 / 2.0
}

/// Where two straight pieces meet, as shares of each.
fn meet(a: &[Point], b: &[Point]) -> Option<(f64, f64)> {
    let (r, s) = (minus(a[1], a[0]), minus(b[1], b[0]));
    let cross = r.x * s.y - r.y * s.x;
    if cross.abs() < 1e-9 {
        return None;
    }
    let q = minus(b[0], a[0]);
    let t = (q.x * s.y - q.y * s.x) / cross;
    let u = (q.x * r.y - q.y * r.x) / cross;
    let within = |share: f64| (0.0..=1.0).contains(&share);
    (within(t) && within(u)).then_some((t, u))
}

/// The stop line of a lane, or where it begins, and its direction there.
fn end_of(network: &Network, lane: LaneId, at_end: bool) -> (Point, Point) {
    let row = network.lane(lane);
    let link = network.link(row.link);
    let (first, last) = course(network, row.link);
    let points = &link.points;
    let (a, b) = match (points.len() >= 2, at_end) {
        (true, true) => (points[points.len() - 2], points[points.len() - 1]),
        (true, false) => (points[0], points[1]),
        (false, _) => (first, last),
    };
    let direction = towards(a, b);
    let back = cut(network, row.link);
    let end = if at_end { along(b, direction, -back) } else { along(a, direction, back) };
    let right = Point { x: direction.y, y: -direction.x };
    (along(end, right, aside(network, lane)), direction)
}

/// By how much a link is shorter than its course at an end where there is a junction.
fn cut(network: &Network, id: LinkId) -> f64 {
    let link = network.link(id);
    let (first, last) = course(network, id);
    let course: f64 = if link.points.len() >= 2 {
        link.points.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
    } else {
        distance(first, last)
    };
    let crossed = |junction| !network.junction(junction).movements.is_empty();
    let ends = usize::from(crossed(link.from)) + usize::from(crossed(link.to));
    ((course - link.length.0) / ends.max(1) as f64).max(0.0)
}

fn course(network: &Network, link: LinkId) -> (Point, Point) {
    let link = network.link(link);
    (network.junction(link.from).position, network.junction(link.to).position)
}

fn along(from: Point, direction: Point, by: f64) -> Point {
    Point { x: from.x + direction.x * by, y: from.y + direction.y * by }
}

fn minus(a: Point, b: Point) -> Point {
    Point { x: a.x - b.x, y: a.y - b.y }
}

/// By a square root alone: `hypot` differs from machine to machine.
fn distance(a: Point, b: Point) -> f64 {
    let (x, y) = (a.x - b.x, a.y - b.y);
    (x * x + y * y).sqrt()
}
