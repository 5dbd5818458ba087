//! What a served street came to, as it is written at its end.

use serde::Serialize;

use crate::street::Street;

/// The most findings that a summary holds in words.
const TEXTS_MAX: usize = 20;
/// What the clock may fall short of the speed that was asked for and still count as held.
const HELD: f64 = 0.99;

/// A served street, summed up.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StreetSummary {
    /// Signalised junctions.
    pub junctions: usize,
    /// Simulated seconds that have passed.
    pub sim_seconds: f64,
    /// How many times real time was asked for.
    pub speed: f64,
    /// How many times real time it really was.
    pub speed_held: f64,
    /// Whether the speed was held, less one per cent.
    pub kept_up: bool,
    /// Simulated seconds that were given up because the machine could not keep up.
    pub seconds_given_up: f64,
    /// Vehicles whose time to enter has come.
    pub vehicles_due: usize,
    /// Vehicles that have entered.
    pub vehicles_entered: usize,
    /// Vehicles that have arrived.
    pub vehicles_finished: usize,
    /// Mean time from when a vehicle was due until it arrived, or until now; seconds; none where
    /// nobody was due.
    pub mean_travel_time_s: Option<f64>,
    /// The same less the free-flow time; of vehicles that have arrived; seconds; none where nobody has.
    pub mean_delay_s: Option<f64>,
    /// Mean number of vehicles that stand.
    pub mean_queue: f64,
    /// How often the checker saw a rule broken.
    pub violations: u64,
    /// The first of that in words.
    pub violation_texts: Vec<String>,
    /// Seconds that cabinets were on their local plan, all together.
    pub local_plan_seconds: f64,
    /// Requests that reached the street.
    pub requests: u64,
    /// Of these, answered with an exception.
    pub exceptions: u64,
    /// The seed that the run was given.
    pub seed: u64,
    /// This program's version.
    pub version: &'static str,
}

/// What the shell around a street knows of a run.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Course {
    pub(crate) speed: f64,
    pub(crate) speed_held: f64,
    pub(crate) seconds_given_up: f64,
    pub(crate) requests: u64,
    pub(crate) exceptions: u64,
    pub(crate) seed: u64,
}

impl StreetSummary {
    pub(crate) fn of(street: &Street, course: Course) -> Self {
        let world = street.summary();
        let (violations, findings) = street.violations();
        let local = street.cabinets().iter().map(|c| c.local_time());
        Self {
            junctions: street.cabinets().len(),
            sim_seconds: (street.now() - units::Moment::ORIGIN).as_secs_f64(),
            speed: course.speed,
            speed_held: course.speed_held,
            kept_up: course.speed_held >= HELD * course.speed,
            seconds_given_up: course.seconds_given_up,
            vehicles_due: world.due,
            vehicles_entered: world.entered,
            vehicles_finished: world.finished,
            mean_travel_time_s: world.travel_time_s(),
            mean_delay_s: world.delay_s(),
            mean_queue: world.mean_queue,
            violations,
            violation_texts: findings.iter().take(TEXTS_MAX).cloned().collect(),
            local_plan_seconds: local.sum::<units::Millis>().as_secs_f64(),
            requests: course.requests,
            exceptions: course.exceptions,
            seed: course.seed,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
