//! What a run came to, and how two runs differ.

use serde::Serialize;
use units::{LaneId, Millis, Moment};

use crate::harness::Outcome;
use crate::street::Street;
use scenario::Site;

/// Slower than this a vehicle queues, m/s: as trackers count it.
const QUEUE_SPEED: f64 = 1.4;
/// How often junctions are looked at.
const EVERY: Millis = Millis(1_000);

/// One junction in one run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct JunctionFigures {
    /// Its name.
    pub name: String,
    /// Time that vehicles spent on its approaches, vehicle-hours.
    pub time_h: f64,
    /// What of that they lost against driving at the limit, vehicle-hours.
    pub delay_h: f64,
    /// The mean number that queued on its approaches.
    pub mean_queue: f64,
    /// The most that queued.
    pub max_queue: f64,
}

/// A whole run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Figures {
    /// Vehicles that were on the road at the start, or were due since.
    pub due: f64,
    /// Vehicles that have arrived.
    pub finished: f64,
    /// Mean time from when a vehicle was due, or from the start, until it arrived, or the end.
    pub mean_travel_time_s: f64,
    /// The same less the free-flow time, of those who arrived.
    pub mean_delay_s: f64,
    /// The mean number of vehicles that stand.
    pub mean_queue: f64,
    /// What the checker found.
    pub violations: f64,
    /// The junctions that have signals.
    pub junctions: Vec<JunctionFigures>,
}

/// Today beside the change.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Comparison {
    /// The version of this document.
    pub version: u32,
    /// How long each run lasted.
    pub seconds: u32,
    /// How many pairs of runs.
    pub seeds: usize,
    /// The mean of the runs of today's site.
    pub today: Figures,
    /// The mean of the changed ones.
    pub changed: Figures,
    /// The changed less today's, seed by seed, and the mean of that.
    pub difference: Figures,
    /// The least and the greatest difference of the mean travel time, seconds.
    pub travel_time_difference_s: [f64; 2],
    /// What whoever reads the figures must know: what of the change moves nothing, what of the street
    /// is not known.
    pub notes: Vec<String>,
}

impl Comparison {
    pub(super) fn of(seconds: u32, pairs: Vec<(Figures, Figures)>, notes: Vec<String>) -> Self {
        let seeds = pairs.len();
        let differences: Vec<Figures> =
            pairs.iter().map(|(today, changed)| changed.less(today)).collect();
        let travel = differences.iter().map(|figures| figures.mean_travel_time_s);
        let least = travel.clone().fold(f64::INFINITY, f64::min);
        let most = travel.fold(f64::NEG_INFINITY, f64::max);
        let (today, changed): (Vec<Figures>, Vec<Figures>) = pairs.into_iter().unzip();
        Self {
            version: 1,
            seconds,
            seeds,
            today: Figures::mean(&today),
            changed: Figures::mean(&changed),
            difference: Figures::mean(&differences),
            travel_time_difference_s: [least, most],
            notes,
        }
    }
}

impl JunctionFigures {
    fn join(&self, other: &Self, by: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            name: self.name.clone(),
            time_h: by(self.time_h, other.time_h),
            delay_h: by(self.delay_h, other.delay_h),
            mean_queue: by(self.mean_queue, other.mean_queue),
            max_queue: by(self.max_queue, other.max_queue),
        }
    }
}

impl Figures {
    fn join(&self, other: &Self, by: impl Fn(f64, f64) -> f64 + Copy) -> Self {
        // By name: another site may have other junctions. What only one has is not compared.
        let junctions = self.junctions.iter().filter_map(|own| {
            let same = other.junctions.iter().find(|other| other.name == own.name)?;
            Some(own.join(same, by))
        });
        Self {
            due: by(self.due, other.due),
            finished: by(self.finished, other.finished),
            mean_travel_time_s: by(self.mean_travel_time_s, other.mean_travel_time_s),
            mean_delay_s: by(self.mean_delay_s, other.mean_delay_s),
            mean_queue: by(self.mean_queue, other.mean_queue),
            violations: by(self.violations, other.violations),
            junctions: junctions.collect(),
        }
    }

    fn less(&self, other: &Self) -> Self {
        self.join(other, |a, b| a - b)
    }

    fn mean(all: &[Self]) -> Self {
        let count = all.len().max(1) as f64;
        let sum = all[1..].iter().fold(all[0].clone(), |sum, one| sum.join(one, |a, b| a + b));
        let none = sum.clone();
        sum.join(&none, |a, _| a / count)
    }
}

/// Looks at the approaches while a run goes on.
pub(super) struct Watch {
    approaches: Vec<(String, Vec<(LaneId, f64)>)>,
    figures: Vec<JunctionFigures>,
    looks: f64,
    next: Moment,
}

impl Watch {
    pub(super) fn new(site: &Site) -> Self {
        let network = &site.network;
        let approaches = site.signals.iter().map(|signal| {
            let row = network.junction(signal.junction);
            let lanes = row.incoming.iter().flat_map(|&link| network.link_lanes(link));
            let lanes = lanes.map(|lane| (lane, network.lane(lane).speed.0)).collect();
            (row.name.clone(), lanes)
        });
        let approaches: Vec<(String, Vec<(LaneId, f64)>)> = approaches.collect();
        let figures = approaches.iter().map(|(name, _)| JunctionFigures {
            name: name.clone(),
            time_h: 0.0,
            delay_h: 0.0,
            mean_queue: 0.0,
            max_queue: 0.0,
        });
        Self { figures: figures.collect(), approaches, looks: 0.0, next: Moment::ORIGIN }
    }

    pub(super) fn look(&mut self, street: &Street) {
        if street.now() < self.next {
            return;
        }
        self.next = street.now() + EVERY;
        self.looks += 1.0;
        for ((_, lanes), figures) in self.approaches.iter().zip(&mut self.figures) {
            let mut queue = 0.0;
            for &(lane, limit) in lanes {
                for (_, speed) in street.world().lane(lane) {
                    figures.time_h += EVERY.as_secs_f64() / 3_600.0;
                    let lost = (1.0 - speed / limit).max(0.0);
                    figures.delay_h += lost * EVERY.as_secs_f64() / 3_600.0;
                    queue += f64::from(u8::from(speed < QUEUE_SPEED));
                }
            }
            figures.mean_queue += queue;
            figures.max_queue = figures.max_queue.max(queue);
        }
    }

    pub(super) fn figures(mut self, outcome: &Outcome) -> Figures {
        for figures in &mut self.figures {
            figures.mean_queue /= self.looks.max(1.0);
        }
        let world = &outcome.world;
        Figures {
            due: world.due as f64,
            finished: world.finished as f64,
            mean_travel_time_s: world.mean_travel_time_s,
            mean_delay_s: world.mean_delay_s,
            mean_queue: world.mean_queue,
            violations: outcome.violations as f64,
            junctions: self.figures,
        }
    }
}
