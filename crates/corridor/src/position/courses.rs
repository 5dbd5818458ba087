//! The roads as courses in the plane: which links are near a point, and how far it is from spot to spot.

use std::collections::BTreeMap;
use std::sync::Arc;

use network::{Network, Point};
use units::{LinkId, Metres};

use crate::progress::Place;

/// The side of a cell: few links cross one, and a search around a fix looks at few.
const CELL: f64 = 250.0;
/// A piece of road across more cells than this is looked at wherever one asks: so long a straight line
/// is a slip of the hand in a file.
const CELLS_MAX: i64 = 400;
/// Links that are looked at on the way from spot to spot.
const STEPS_MAX: usize = 64;

/// A place on a link as it is reckoned with: it may lie before the begin or beyond the stop line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    /// The link.
    pub link: LinkId,
    /// From its begin, metres.
    pub along: f64,
}

impl From<Place> for Spot {
    fn from(place: Place) -> Self {
        Self { link: place.link, along: place.offset.0 }
    }
}

/// A link near a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Near {
    pub(super) spot: Spot,
    /// From the point to the course.
    pub(super) distance: f64,
    /// Which way the course leads there; of length 1.
    pub(super) direction: Point,
}

/// A network's roads, laid out for searching. Made once, never changed.
#[derive(Clone, Debug)]
pub struct Courses {
    network: Arc<Network>,
    courses: Vec<Course>,
    cells: BTreeMap<(i64, i64), Vec<LinkId>>,
    everywhere: Vec<LinkId>,
}

/// A link's course along the middle of its lanes, which lie right of the road's.
#[derive(Clone, Debug)]
struct Course {
    points: Vec<Point>,
    /// What of it lies within the junction at its begin, and how long it is in all.
    before: f64,
    whole: f64,
    /// The metres of the link for one of the course.
    scale: f64,
}

impl Courses {
    /// The roads of a network.
    #[must_use]
    pub fn new(network: Arc<Network>) -> Self {
        let links = (0..network.links().len()).map(LinkId::from_index);
        let courses: Vec<Course> = links.map(|link| Course::of(&network, link)).collect();
        let (mut cells, mut everywhere) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
        for (index, course) in courses.iter().enumerate() {
            let link = LinkId::from_index(index);
            for pair in course.points.windows(2) {
                let ((x1, y1), (x2, y2)) = (cell(pair[0]), cell(pair[1]));
                let (low, high) = ((x1.min(x2), y1.min(y2)), (x1.max(x2), y1.max(y2)));
                if (high.0 - low.0 + 1).saturating_mul(high.1 - low.1 + 1) > CELLS_MAX {
                    everywhere.push(link);
                    continue;
                }
                for x in low.0..=high.0 {
                    for y in low.1..=high.1 {
                        let here = cells.entry((x, y)).or_default();
                        if here.last() != Some(&link) {
                            here.push(link);
                        }
                    }
                }
            }
        }
        Self { network, courses, cells, everywhere }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Where a spot lies in the plane.
    #[must_use]
    pub fn point(&self, spot: Spot) -> Point {
        let course = &self.courses[spot.link.index()];
        let mut left = course.before + spot.along / course.scale;
        let mut at = course.points.first().copied().unwrap_or_default();
        for pair in course.points.windows(2) {
            let span = distance(pair[0], pair[1]);
            if left <= span {
                return between(pair[0], pair[1], left / span.max(1e-6));
            }
            left -= span;
            at = pair[1];
        }
        at
    }

    /// The place nearest to a point and how far it is, within so many metres: where somebody says where
    /// he starts or wants to. Of the two sides of a road the one that the point lies on.
    #[must_use]
    pub fn nearest(&self, point: Point, within: f64) -> Option<(Place, Metres)> {
        let near = self.near(point, within);
        let best = near.iter().min_by(|a, b| a.distance.total_cmp(&b.distance))?;
        Some((self.place(best.spot), Metres(best.distance)))
    }

    /// The spot as a place on its link.
    #[must_use]
    pub fn place(&self, spot: Spot) -> Place {
        let length = self.network.link(spot.link).length.0;
        Place { link: spot.link, offset: Metres(spot.along.clamp(0.0, length)) }
    }

    /// The links within so many metres of a point, each once at its nearest, by their ids.
    pub(super) fn near(&self, point: Point, within: f64) -> Vec<Near> {
        if !(point.x.is_finite() && point.y.is_finite()) {
            return Vec::new();
        }
        let low = cell(Point { x: point.x - within, y: point.y - within });
        let high = cell(Point { x: point.x + within, y: point.y + within });
        let mut links = self.everywhere.clone();
        for (_, here) in self.cells.range((low.0, i64::MIN)..=(high.0, i64::MAX)) {
            links.extend(here);
        }
        links.sort_unstable();
        links.dedup();
        let near = links.into_iter().map(|link| self.courses[link.index()].nearest(link, point));
        near.filter(|near| near.distance <= within).collect()
    }

    /// The way from one spot ahead to another, metres: along the links and over the junctions between; none
    /// where it is longer than `most`. On the same link it may be negative: back.
    pub(super) fn way(&self, from: Spot, to: Spot, most: f64) -> Option<f64> {
        if from.link == to.link {
            let by = to.along - from.along;
            return (by.abs() <= most).then_some(by);
        }
        let length = self.network.link(from.link).length.0;
        let mut open = vec![(length - from.along, from.link)];
        let mut known: Vec<LinkId> = Vec::new();
        for _ in 0..STEPS_MAX {
            let next = (0..open.len()).min_by(|&a, &b| open[a].0.total_cmp(&open[b].0))?;
            let (done, link) = open.swap_remove(next);
            if link == to.link && !known.is_empty() {
                let by = done - self.network.link(link).length.0 + to.along;
                return (by <= most).then_some(by);
            }
            if known.contains(&link) {
                continue;
            }
            known.push(link);
            for &movement in self.network.link_movements(link) {
                let row = self.network.movement(movement);
                let begin = done + self.gap(link, row.to);
                // A spot within the junction before its link lies nearer than the link's begin.
                if begin + to.along.min(0.0) <= most {
                    open.push((begin + self.network.link(row.to).length.0, row.to));
                }
            }
        }
        None
    }

    /// The way across the junction between two links that follow each other.
    pub(super) fn gap(&self, from: LinkId, to: LinkId) -> f64 {
        let movement = self.network.movement_between(from, to);
        let ways = movement.map(|movement| &self.network.movement(movement).connections);
        let lengths = ways.into_iter().flatten().map(|way| way.length.0);
        lengths.reduce(f64::min).unwrap_or(0.0)
    }
}

impl Course {
    fn of(network: &Network, id: LinkId) -> Self {
        let link = network.link(id);
        let ends = [link.from, link.to];
        let mut middle = link.points.clone();
        if middle.len() < 2 {
            middle = ends.map(|junction| network.junction(junction).position).to_vec();
        }
        let widths: f64 = network.link_lanes(id).map(|lane| network.lane(lane).width.0).sum();
        let points = aside(&middle, widths / 2.0);
        let whole: f64 = points.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
        // A link ends at its stop line and begins behind the junction, its course in their middles.
        let crossed = ends.map(|junction| !network.junction(junction).movements.is_empty());
        let count = crossed.iter().filter(|crossed| **crossed).count();
        let cut = ((whole - link.length.0) / count.max(1) as f64).max(0.0);
        let [before, after] = crossed.map(|crossed| if crossed { cut } else { 0.0 });
        let scale = link.length.0 / (whole - before - after).max(1e-3);
        Self { points, before, whole, scale }
    }

    fn nearest(&self, link: LinkId, point: Point) -> Near {
        let spot = |done: f64| Spot { link, along: (done - self.before) * self.scale };
        let mut best: Option<(f64, f64, Point)> = None;
        let mut done = 0.0;
        for pair in self.points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let span = distance(a, b);
            let way = Point { x: (b.x - a.x) / span.max(1e-6), y: (b.y - a.y) / span.max(1e-6) };
            let along = (point.x - a.x) * way.x + (point.y - a.y) * way.y;
            let along = along.clamp(0.0, span);
            let away = distance(point, Point { x: a.x + way.x * along, y: a.y + way.y * along });
            if best.is_none_or(|(least, ..)| away < least) {
                best = Some((away, done + along, way));
            }
            done += span;
        }
        let (distance, done, direction) =
            best.unwrap_or((f64::INFINITY, self.whole, Point::default()));
        Near { spot: spot(done), distance, direction }
    }
}

/// A course so far to the right of another.
fn aside(points: &[Point], by: f64) -> Vec<Point> {
    let last = points.len().saturating_sub(1);
    let shifted = |index: usize| {
        let (a, b) = (points[index.saturating_sub(1)], points[(index + 1).min(last)]);
        let span = distance(a, b).max(1e-6);
        let right = Point { x: (b.y - a.y) / span, y: -(b.x - a.x) / span };
        Point { x: points[index].x + right.x * by, y: points[index].y + right.y * by }
    };
    (0..points.len()).map(shifted).collect()
}

#[allow(clippy::cast_possible_truncation)]
fn cell(point: Point) -> (i64, i64) {
    ((point.x / CELL).floor() as i64, (point.y / CELL).floor() as i64)
}

fn between(a: Point, b: Point, share: f64) -> Point {
    Point { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
}

/// By a square root alone: `hypot` differs from machine to machine.
pub(super) fn distance(a: Point, b: Point) -> f64 {
    let (x, y) = (a.x - b.x, a.y - b.y);
    (x * x + y * y).sqrt()
}
