//! What a lane is at one moment, and what those on it lose from then on.

use std::collections::BTreeMap;

use network::Network;
use optimizer::{JunctionSpec, Law, Scene, Showing};
use units::{LaneId, Millis};

use crate::world::{Road, World};

/// From sample to sample of a lane: a lane after 10 s is another one, after 2 s nearly the same.
const EVERY: Millis = Millis(10_000);
/// Slower than this a vehicle waits, metres a second: it moves up in a queue.
const WAITS: f32 = 2.0;
/// So far off, in time, somebody is still on his way to the queue: what a planner sees beyond the end of
/// its horizon is little.
const COMES_S: f32 = 15.0;

/// What one loses beyond this is not counted, seconds: it is as far as a search looks ahead, and what is
/// lost still later in a jam is lost whatever is decided now. Without it the longest queues, which no choice
/// can serve, make every red look dear.
const FAR_S: f64 = 60.0;

/// A lane at one moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sample {
    /// Whether it has green.
    pub(super) open: bool,
    /// How many wait.
    pub(super) waiting: f64,
    /// How many are on their way to them.
    pub(super) coming: f64,
    /// What all of them lose from then on, seconds.
    pub(super) cost: f64,
}

impl Sample {
    /// What each weight of a value is multiplied with, in the order of its fields.
    pub(super) fn features(&self) -> [f64; super::WEIGHTS] {
        let (waiting, coming) = (self.waiting, self.coming);
        let at = |open: bool, count: f64| if self.open == open { count } else { 0.0 };
        let queue = f64::from(Law::default().headway) * waiting * waiting / 2.0;
        [at(false, waiting), at(true, waiting), queue, at(false, coming)]
    }
}

/// One whose loss is still counted: for which sample, and when he would be over the line if nothing held
/// him.
#[derive(Clone, Copy, Debug)]
struct Pending {
    sample: usize,
    free: f64,
}

/// Takes samples of a street.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    roads: Vec<Road>,
    samples: Vec<Sample>,
    /// How many of each sample are not over the line yet.
    left: Vec<usize>,
    pending: BTreeMap<(LaneId, u32), Vec<Pending>>,
}

impl Recorder {
    /// Looks at a second of the street.
    pub(super) fn look(
        &mut self,
        world: &World,
        scene: &Scene,
        (network, junctions): (&Network, &[JunctionSpec]),
    ) {
        if self.roads.is_empty() {
            self.roads = world.roads();
        }
        let now = world.now().as_secs_f64();
        let mut on: BTreeMap<LaneId, Vec<(u32, f32, f32)>> = BTreeMap::new();
        let mut is_there = std::collections::BTreeSet::new();
        world.for_each_vehicle(|seen| {
            let road = &self.roads[seen.road];
            if road.to.is_none() {
                let rest = road.length.0 as f32 - seen.position;
                on.entry(road.lane).or_default().push((seen.vehicle, rest, seen.speed));
                is_there.insert((road.lane, seen.vehicle));
            }
        });
        let (samples, left) = (&mut self.samples, &mut self.left);
        self.pending.retain(|key, all| {
            if is_there.contains(key) {
                return true;
            }
            for one in all {
                samples[one.sample].cost += (now - one.free).clamp(0.0, FAR_S);
                left[one.sample] -= 1;
            }
            false
        });
        if world.now().modulo(EVERY) != Millis::ZERO {
            return;
        }
        for (spec, showing) in junctions.iter().zip(&scene.signals) {
            let Showing::Stage { stage, .. } = *showing else { continue };
            for (index, approach) in spec.approaches.iter().enumerate() {
                let open = spec.stages[stage].opens[index].open != 0;
                let is_ruled = spec.stages.iter().any(|s| (s.opens[index].open != 0) != open);
                let vehicles = on.get(&approach.lane).filter(|_| is_ruled);
                let speed = network.lane(approach.lane).speed.0 as f32;
                if let Some(vehicles) = vehicles {
                    self.take(approach.lane, open, speed, vehicles, now);
                }
            }
        }
    }

    /// Takes a sample of a lane.
    fn take(
        &mut self,
        lane: LaneId,
        open: bool,
        speed: f32,
        vehicles: &[(u32, f32, f32)],
        now: f64,
    ) {
        let sample = self.samples.len();
        let (mut waiting, mut coming) = (0.0, 0.0);
        for &(vehicle, rest, own) in vehicles {
            let needs = if own < WAITS { 0.0 } else { rest / speed };
            if needs > COMES_S {
                continue;
            }
            *(if own < WAITS { &mut waiting } else { &mut coming }) += 1.0;
            let pending = Pending { sample, free: now + f64::from(needs) };
            self.pending.entry((lane, vehicle)).or_default().push(pending);
        }
        if waiting + coming > 0.0 {
            self.samples.push(Sample { open, waiting, coming, cost: 0.0 });
            self.left.push((waiting + coming) as usize);
        }
    }

    /// The samples of which everybody was over the line in the end.
    pub(super) fn finish(self) -> Vec<Sample> {
        let whole = self.samples.into_iter().zip(self.left).filter(|(_, left)| *left == 0);
        whole.map(|(sample, _)| sample).collect()
    }
}
