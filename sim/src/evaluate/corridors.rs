//! Emergency corridors on a made-up street: `greenwave evaluate corridors`.
//!
//! One street runs under adaptive control. At seeded times it is copied, and a trip is driven on each
//! copy: an emergency vehicle is sent on a way of some junctions, each time helped in another way
//! ([`Help`]). Its twins meet the same street, the same drivers and the same controller up to the moment
//! at which they are helped, so that what differs is the help.
//!
//! ```text
//!   one street ──▶ copied at the first trip ──▶ copied at the second ──▶ …
//!                     ├─ nobody helps            ├─ …
//!                     ├─ each junction by itself
//!                     └─ a corridor
//! ```
//!
//! Of the vehicle is known what a terminal would tell: a place each second, a second old, wrong by some
//! metres. A checker looks at the lamps of every cabinet in every run.

mod course;
mod help;
mod outcome;
mod trips;
mod verdict;

use std::sync::Arc;

use anyhow::Context;
use optimizer::District;
use rayon::prelude::*;
use scenario::SignalSite;
use units::{Metres, MetresPerSecond, Millis};

use super::{Case, Sensing};
use course::Course;
use trips::Trip;

pub use help::Help;
pub use outcome::Outcome;
pub use verdict::{CorridorVerdict, TripVerdict};

/// How corridors are evaluated.
#[derive(Clone, PartialEq, Debug)]
pub struct CorridorPlan {
    /// How many trips.
    pub trips: usize,
    /// What all chance comes from.
    pub seed: u64,
    /// How many junctions with signals a trip crosses at least, where the network has such ways.
    pub junctions: usize,
    /// How long the street runs before the first trip.
    pub warm_up: Millis,
    /// From one trip's request to the next.
    pub every: Millis,
    /// From the request to the vehicle's departure.
    pub notice: Millis,
    /// For how long after its departure everybody else is looked at.
    pub after: Millis,
    /// How fast the vehicle drives where nothing holds it.
    pub speed: MetresPerSecond,
    /// How far before its stop line a junction that helps by itself sees the vehicle.
    pub detection: Metres,
    /// The standard deviation of the places that the vehicle tells.
    pub deviation: Metres,
    /// What sensors see.
    pub sensing: Sensing,
    /// How many pairs of crossing vehicles are driven as well.
    pub pairs: usize,
    /// How the corridor's junctions are asked: by the search, or by the schedule's own rule.
    pub by: Help,
    /// How many runs go at a time.
    pub threads: usize,
}

/// So many trips are driven before the street goes on: their copies are kept meanwhile.
const BATCH: usize = 8;

/// A street that is ready to be driven on.
pub(crate) struct Ground {
    pub(crate) district: District,
    pub(crate) signals: Vec<SignalSite>,
    pub(crate) case: Case,
}

/// Drives all of it.
///
/// # Errors
/// A network without signals, or without ways that cross any.
pub fn evaluate_corridors(case: &Case, plan: &CorridorPlan) -> anyhow::Result<CorridorVerdict> {
    anyhow::ensure!(!case.site.signals.is_empty(), "{}: there are no signals", case.name);
    let ground = Arc::new(Ground::new(case));
    let trips = trips::draw(&ground, plan).context(case.name.clone())?;
    let pairs = trips::draw_pairs(&ground, plan);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads.max(1)).build()?;
    let mut course = Course::new(&ground, plan);
    let (mut driven, mut crossed) = (Vec::new(), Vec::new());
    let mut jobs: Vec<(Course, Job)> = Vec::new();
    let all = trips.iter().cloned().map(Job::Alone).chain(pairs.into_iter().map(Job::Pair));
    let all: Vec<Job> = all.collect();
    let count = all.len();
    for (number, job) in (0_i64..).zip(all) {
        let at = plan.warm_up + plan.every * number;
        while course.now() < at {
            course.second(&mut help::Nobody);
        }
        jobs.push((course.clone(), job));
        if jobs.len() < BATCH && number as usize + 1 < count {
            continue;
        }
        let run = |(course, job): (Course, Job)| job.run(&course, &ground, plan);
        let done: Vec<Done> = pool.install(|| jobs.into_par_iter().map(run).collect());
        jobs = Vec::new();
        for done in done {
            match done {
                Done::Alone(verdict) => driven.push(*verdict),
                Done::Pair(outcomes) => crossed.push(outcomes),
            }
        }
    }
    Ok(CorridorVerdict::of(case, plan, driven, &crossed, course.violations()))
}

/// What is driven on a copy.
enum Job {
    Alone(Trip),
    Pair([Trip; 2]),
}

/// What came of it.
enum Done {
    Alone(Box<TripVerdict>),
    Pair([Outcome; 2]),
}

impl Job {
    fn run(self, course: &Course, ground: &Arc<Ground>, plan: &CorridorPlan) -> Done {
        match self {
            Self::Alone(trip) => {
                let trips = std::slice::from_ref(&trip);
                let drive = |help| {
                    let [outcome] = outcome::drive(course, ground, plan, trips, help)
                        .try_into()
                        .unwrap_or_else(|_| unreachable!("one trip has one outcome"));
                    outcome
                };
                let free = course::free_time(ground, plan, &trip);
                let (none, local) = (drive(Help::Nobody), drive(Help::Local));
                let corridor = drive(plan.by);
                Done::Alone(Box::new(TripVerdict::of(&trip, free, none, local, corridor)))
            }
            Self::Pair(trips) => {
                let outcomes = outcome::drive(course, ground, plan, &trips, plan.by);
                let mut outcomes: Vec<Outcome> = outcomes;
                for (outcome, trip) in outcomes.iter_mut().zip(&trips) {
                    outcome.free_s = course::free_time(ground, plan, trip);
                }
                let outcomes = outcomes.try_into();
                Done::Pair(outcomes.unwrap_or_else(|_| unreachable!("two trips")))
            }
        }
    }
}
