//! Two streets under the same seeds, and how they differ: `greenwave sim compare`.
//!
//! A seed moves the drivers, and the arrivals where they are random, of both sides alike; so the
//! difference of a pair of runs has less noise in it than the runs themselves. The interval of the
//! mean difference is Student's.

mod interval;

use std::sync::Arc;

use rayon::prelude::*;
use scenario::{Demand, Program, Sensors, Site};
use serde::Serialize;
use units::Millis;

use crate::measure::{Recorders, State, Wanted};
use crate::run::{Arrivals, Control, RunSettings, arrange, run};
use crate::world::{Incident, Model, Settings, Weather};

pub use interval::{Interval, quantile};

/// One of the two.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// Its roads, signals and plans.
    pub site: Arc<Site>,
    /// Its traffic, to the times of its files.
    pub demand: Demand,
    /// By what its junctions are controlled.
    pub control: Control,
    /// The signal programs of a foreign file, for [`Control::Programs`].
    pub programs: Vec<Program>,
    /// The drivers' law.
    pub model: Model,
    /// What the sky does.
    pub weather: Weather,
    /// How well its sensors see, where that is not exact.
    pub sensors: Option<Sensors>,
    /// What blocks it, and when.
    pub incidents: Vec<Incident>,
}

/// How they are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many, at least 2.
    pub seeds: u32,
    /// How long each run lasts.
    pub duration: Millis,
    /// How vehicles arrive.
    pub arrivals: Arrivals,
    /// How many runs go at a time.
    pub threads: usize,
}

/// What is compared. A mean of nobody is not a number: as JSON it is null.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Measures {
    /// Mean time from when a vehicle was due until it arrived, or until the end; seconds.
    pub travel_time_s: f64,
    /// The same less the free-flow time; of vehicles that have arrived; seconds.
    pub delay_s: f64,
    /// Stops of a vehicle that has entered.
    pub stops: f64,
    /// Vehicles that have arrived.
    pub finished: f64,
    /// Carbon dioxide of all, kilograms.
    pub co2_kg: f64,
}

impl Measures {
    /// Every measure with its name.
    #[must_use]
    pub fn all(&self) -> [(&'static str, f64); 5] {
        [
            ("travel_time_s", self.travel_time_s),
            ("delay_s", self.delay_s),
            ("stops", self.stops),
            ("finished", self.finished),
            ("co2_kg", self.co2_kg),
        ]
    }
}

/// A measure of both sides.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// Its name.
    pub measure: &'static str,
    /// The first side's mean over the seeds.
    pub a: f64,
    /// The second side's.
    pub b: f64,
    /// The second less the first, with its 95 % interval.
    pub difference: Interval,
    /// The difference as a share of the first side's mean; not a number where that is 0.
    pub relative: f64,
    /// Whether zero lies outside the interval.
    pub differs: bool,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Comparison {
    /// The sides' names.
    pub names: [String; 2],
    /// The seeds, in order.
    pub seeds: Vec<u64>,
    /// Each seed's two runs.
    pub runs: Vec<[Measures; 2]>,
    /// Measure by measure.
    pub differences: Vec<Difference>,
}

/// Compares two sides. Every run has one thread; the result is the same for any number of runs at a
/// time.
///
/// # Errors
/// What of a site cannot be run; fewer than two seeds, of which no interval can be made.
pub fn compare(sides: &[Side; 2], plan: &Plan) -> anyhow::Result<Comparison> {
    anyhow::ensure!(plan.seeds >= 2, "an interval needs two seeds or more");
    let seeds: Vec<u64> =
        (0..u64::from(plan.seeds)).map(|n| plan.first_seed.wrapping_add(n)).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads.max(1)).build()?;
    let work: Vec<(u64, &Side)> =
        seeds.iter().flat_map(|&seed| sides.iter().map(move |side| (seed, side))).collect();
    let measured: anyhow::Result<Vec<Measures>> =
        pool.install(|| work.par_iter().map(|&(seed, side)| measure(side, plan, seed)).collect());
    let runs: Vec<[Measures; 2]> =
        measured?.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
    Ok(Comparison {
        names: [sides[0].name.clone(), sides[1].name.clone()],
        differences: differences(&runs),
        seeds,
        runs,
    })
}

fn differences(runs: &[[Measures; 2]]) -> Vec<Difference> {
    let names = Measures::default().all().map(|(name, _)| name);
    let of = |index: usize, side: usize| runs.iter().map(move |run| run[side].all()[index].1);
    let count = runs.len().max(1) as f64;
    let difference = |(index, measure): (usize, &'static str)| {
        let (a, b) = (of(index, 0).sum::<f64>() / count, of(index, 1).sum::<f64>() / count);
        let apart: Vec<f64> = of(index, 0).zip(of(index, 1)).map(|(a, b)| b - a).collect();
        let difference = Interval::of(&apart);
        let relative = if a == 0.0 { f64::NAN } else { difference.mean / a };
        let differs = difference.low > 0.0 || difference.high < 0.0;
        Difference { measure, a, b, difference, relative, differs }
    };
    names.into_iter().enumerate().map(difference).collect()
}

fn measure(side: &Side, plan: &Plan, seed: u64) -> anyhow::Result<Measures> {
    let demand = arrange(&side.demand, plan.arrivals, seed);
    let world = Settings { model: side.model, weather: side.weather, seed, ..Settings::default() };
    let settings = RunSettings {
        sensors: side.sensors.clone(),
        incidents: side.incidents.clone(),
        ..RunSettings::new(plan.duration, side.control, world)
    };
    let mut site = (*side.site).clone();
    if let Control::Rule(mode) = side.control {
        site.control.mode = mode;
    }
    let mut recorders = Recorders::new(Wanted { follow: true, ..Wanted::default() });
    let outcome =
        run(&Arc::new(site), &side.programs, &demand, &settings, &mut recorders, &mut |_| {})?;
    let trips = recorders.book().map(|book| book.trips()).unwrap_or_default();
    let entered = || trips.iter().filter(|trip| trip.state != State::Waiting);
    let stops: f64 = entered().map(|trip| f64::from(trip.stops)).sum();
    let grams: f64 = entered().map(|trip| trip.emission.carbon_dioxide).sum();
    Ok(Measures {
        travel_time_s: outcome.world.travel_time_s().unwrap_or(f64::NAN),
        delay_s: outcome.world.delay_s().unwrap_or(f64::NAN),
        // Of nobody that is no number either.
        stops: stops / entered().count() as f64,
        finished: outcome.world.finished as f64,
        co2_kg: grams / 1_000.0,
    })
}
