//! Trajectories: where every vehicle is, so often.

use network::Point;
use scenario::Demand;
use units::Millis;

use super::sink::{Sample, Sink};
use crate::world::{Road, World};

/// Every vehicle, every so often, into a file.
pub(super) struct Trajectories {
    sink: Box<dyn Sink>,
    every: Millis,
    roads: Vec<Road>,
    names: Vec<String>,
    courses: Vec<Vec<Point>>,
    /// For each vehicle the class of its flow.
    classes: Vec<&'static str>,
}

impl Trajectories {
    pub(super) fn new(
        world: &World,
        demand: &Demand,
        sink: Box<dyn Sink>,
        every: Millis,
    ) -> anyhow::Result<Self> {
        anyhow::ensure!(every > Millis::ZERO, "trajectories each {every}: it must be more than 0");
        let (roads, network) = (world.roads(), world.network());
        let name = |road: &Road| match road.to {
            None => network.lane_name(road.lane),
            // A colon, as SUMO names what lies inside a junction.
            Some(to) => format!(":{}>{}", network.lane_name(road.lane), network.lane_name(to)),
        };
        let classes = demand
            .flows
            .iter()
            .flat_map(|flow| std::iter::repeat_n(flow.vehicle.class.name(), flow.vehicles()));
        Ok(Self {
            names: roads.iter().map(name).collect(),
            courses: (0..roads.len()).map(|road| world.course(road)).collect(),
            classes: classes.collect(),
            sink,
            every,
            roads,
        })
    }

    pub(super) fn observe(&mut self, world: &World) -> anyhow::Result<()> {
        let now = world.now();
        if now.modulo(self.every) != Millis::ZERO {
            return Ok(());
        }
        let mut samples = Vec::with_capacity(world.running());
        world.for_each_vehicle(|sighting| {
            let length = self.roads[sighting.road].length.0.max(1e-6);
            let share = (f64::from(sighting.position) / length).clamp(0.0, 1.0);
            let (point, angle) = place(&self.courses[sighting.road], share);
            samples.push(Sample {
                vehicle: sighting.vehicle,
                class: self.classes[sighting.vehicle as usize],
                road: &self.names[sighting.road],
                position: sighting.position,
                speed: sighting.speed,
                point,
                angle,
            });
        });
        samples.sort_unstable_by_key(|sample| sample.vehicle);
        self.sink.write(now, &samples)
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.sink.finish()
    }
}

/// The point at a share of a course, and its direction there: degrees from north, clockwise.
fn place(course: &[Point], share: f64) -> (Point, f64) {
    let span = |pair: &[Point]| {
        let (x, y) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
        (x * x + y * y).sqrt()
    };
    let mut left = share * course.windows(2).map(span).sum::<f64>();
    let mut pairs = course.windows(2).peekable();
    while let Some(pair) = pairs.next() {
        let length = span(pair);
        if left <= length || pairs.peek().is_none() {
            let part = if length > 0.0 { (left / length).min(1.0) } else { 0.0 };
            let (x, y) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
            let point = Point { x: pair[0].x + x * part, y: pair[0].y + y * part };
            return (point, x.atan2(y).to_degrees().rem_euclid(360.0));
        }
        left -= length;
    }
    (course.first().copied().unwrap_or(Point { x: 0.0, y: 0.0 }), 0.0)
}
