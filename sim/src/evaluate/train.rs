//! The planner's terminal value, regressed on streets made up for it.
//!
//! ```text
//!   streets from seeds ──▶ the planner drives them ──▶ samples: a lane now, and what is lost from now on
//!                                                          │
//!   other streets ──▶ both values drive them ◀── weights ◀─┘ least squares
//! ```
//!
//! A *sample* is one lane before a signal at one moment: who waits, who comes, whether it has green. Its
//! *cost* is what those lose from then on until they are over the stop line. Streets are arterials and
//! districts with a demand from far under to over capacity; nothing of anybody's data is among them. The
//! same plan gives the same weights, to the bit, on any number of threads.

mod sample;

use std::sync::Arc;

use network::Network;
use optimizer::{Control, JunctionSpec, Scene, Settings, Value};
use rayon::prelude::*;
use scenario::{Demand, generate};
use units::{Millis, mixing};

use super::{Case, Death, Plan, Preset, Sensing, Street, Who};
use crate::random::Random;
use crate::run::Arrivals;
use crate::world::World;

use sample::{Recorder, Sample};

/// How much of the demand of a generated street comes, in hundredths: the least, and how much more it may
/// be. At 100 its junctions are near what plans by Webster's formula can serve at the peak.
const SHARE: (i64, i64) = (40, 110);
/// The most rows of a district, and junctions of an arterial.
const ROWS: i64 = 2;
const JUNCTIONS: i64 = 4;
/// Unknowns of the regression: the weights of a value.
const WEIGHTS: usize = 4;

/// What is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// The first street's seed; the others follow.
    pub first_seed: u64,
    /// How many streets.
    pub streets: u64,
    /// How long each is driven.
    pub duration: Millis,
    /// How many at a time.
    pub threads: usize,
}

/// How two values did on the same streets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trial {
    /// Mean delay of a vehicle, seconds: the mean over streets.
    pub delay_s: f64,
    /// Mean travel time, likewise.
    pub travel_time_s: f64,
    /// Who has arrived, all together.
    pub finished: f64,
    /// The longest that anybody waited before one signal, seconds.
    pub longest_wait_s: f64,
}

/// The weights that explain best what was lost, in hundredths of a second.
///
/// # Errors
/// No pool of threads.
pub fn train(lesson: &Lesson, by: Value) -> anyhow::Result<(Value, usize)> {
    let drive = |seed: u64| {
        let street = case(seed);
        let mut recorder = Recorder::default();
        drive(&street, lesson, by, &mut |world, scene, district| {
            recorder.look(world, scene, district);
        });
        recorder.finish()
    };
    let samples: Vec<Vec<Sample>> = in_order(lesson, &drive)?;
    let samples: Vec<Sample> = samples.into_iter().flatten().collect();
    Ok((fit(&samples), samples.len()))
}

/// How a planner with a value does, street by street.
///
/// # Errors
/// No pool of threads.
pub fn try_out(lesson: &Lesson, value: Value) -> anyhow::Result<Vec<Trial>> {
    let one = |seed: u64| {
        let street = case(seed);
        let run = drive(&street, lesson, value, &mut |_, _, _| {});
        Trial {
            delay_s: run.delay_s,
            travel_time_s: run.travel_time_s,
            finished: run.finished,
            longest_wait_s: run.longest_wait_s,
        }
    };
    in_order(lesson, &one)
}

/// The file of a value as Rust: a header with the digest of what follows it.
#[must_use]
pub fn source(value: Value) -> String {
    let Value { red, green, queue, coming } = value;
    let weights = [("RED", red), ("GREEN", green), ("QUEUE", queue), ("COMING", coming)];
    let weights = weights.map(|(name, weight)| format!("const {name}: f32 = {weight:.2};\n"));
    let body = format!(
        "use super::value::Value;\n\n{}\npub(super) const TRAINED: Value = Value {{ red: RED, green: \
         GREEN, queue: QUEUE, coming: COMING }};\n",
        weights.concat()
    );
    let digest = mixing::digest(body.bytes().map(u64::from));
    let header = "//! Written by `cargo xtask train-value`; change nothing by hand.";
    format!("{header}\n//! Digest of what follows: {digest:016x}.\n\n{body}")
}

/// Does something for every street, and gives the answers in their order.
fn in_order<T: Send>(lesson: &Lesson, of: &(dyn Fn(u64) -> T + Sync)) -> anyhow::Result<Vec<T>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(lesson.threads.max(1)).build()?;
    let seeds = lesson.first_seed..lesson.first_seed + lesson.streets;
    Ok(pool.install(|| seeds.into_par_iter().map(of).collect()))
}

/// A street from a seed: its size, its roads, its demand.
fn case(seed: u64) -> Case {
    let mut random = Random::new(seed ^ 0x7261_696e_0000_0001);
    let is_district = random.below(2) == 0;
    let (rows, junctions) = (1 + random.below(ROWS), 1 + random.below(JUNCTIONS));
    let (site, demand) = match is_district {
        true => generate::district(seed, 2, rows as usize),
        false => generate::arterial(seed, junctions as usize),
    };
    let share = SHARE.0 + random.below(SHARE.1 + 1);
    let flows = demand.flows.into_iter().map(|mut flow| {
        flow.interval = Millis(flow.interval.0 * 100 / share).max(Millis(1));
        flow
    });
    let demand = Demand { flows: flows.collect(), ..Demand::default() };
    Case { name: format!("street {seed}"), site: Arc::new(site), programs: Vec::new(), demand }
}

/// Somebody who looks at the world, at what is seen of it, and at the junctions, each second.
type See<'s> = dyn FnMut(&World, &Scene, (&Network, &[JunctionSpec])) + 's;

/// Drives a street by a planner with this value.
fn drive(case: &Case, lesson: &Lesson, value: Value, see: &mut See<'_>) -> super::Measures {
    let plan = Plan {
        controls: Vec::new(),
        preset: Preset::Street,
        stages: None,
        first_seed: 0,
        seeds: 1,
        duration: lesson.duration,
        arrivals: Arrivals::Random,
        sensing: Sensing::Full,
        dead: (0.0, Death::Known),
        threads: 1,
    };
    let street = Street::new(case, &plan).expect("a generated street has signals of its own");
    let district = (&*street.district.network, &street.district.junctions[..]);
    let settings = Settings { value, ..Settings::default() };
    let who = Who::Rule(Control::Adaptive);
    street
        .watch(who, &plan, 1, Some(settings), &mut |world, scene| see(world, scene, district))
        .measures
}

/// Least squares by the normal equations. What belongs to many weighs less, or the few longest queues
/// would have it their way alone.
fn fit(samples: &[Sample]) -> Value {
    let mut matrix = [[0.0; WEIGHTS + 1]; WEIGHTS];
    for sample in samples {
        let row = sample.features();
        let weight = 1.0 / (1.0 + sample.waiting + sample.coming);
        for (i, line) in matrix.iter_mut().enumerate() {
            for (j, cell) in line.iter_mut().enumerate() {
                let other = if j == WEIGHTS { sample.cost } else { row[j] };
                *cell += weight * row[i] * other;
            }
        }
    }
    let weights = solve(matrix).map(|weight| (weight.max(0.0) * 100.0).round() as f32 / 100.0);
    let [red, green, queue, coming] = weights;
    Value { red, green, queue, coming }
}

/// Solves by elimination with pivots; an unknown of which nothing is known is 0.
fn solve(mut rows: [[f64; WEIGHTS + 1]; WEIGHTS]) -> [f64; WEIGHTS] {
    let mut known = [false; WEIGHTS];
    for at in 0..WEIGHTS {
        let best = (at..WEIGHTS).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()));
        rows.swap(at, best.unwrap_or(at));
        if rows[at][at].abs() < 1e-9 {
            continue;
        }
        known[at] = true;
        let pivot = rows[at];
        for (_, row) in rows.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            let factor = row[at] / pivot[at];
            row.iter_mut().zip(pivot).for_each(|(cell, of)| *cell -= factor * of);
        }
    }
    std::array::from_fn(|at| if known[at] { rows[at][WEIGHTS] / rows[at][at] } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(threads: usize) -> Lesson {
        Lesson { first_seed: 1, streets: 3, duration: Millis(400_000), threads }
    }

    #[test]
    fn the_same_lesson_gives_the_same_bytes_on_any_number_of_threads() {
        let [one, two] = [1, 3].map(|threads| {
            let (value, samples) = train(&lesson(threads), Value::BY_HAND).expect("a pool");
            assert!(samples > 300, "{samples}");
            source(value)
        });
        assert_eq!(one, two);
    }

    #[test]
    fn weights_that_made_the_cost_are_found() {
        let truth = Value { red: 17.5, green: 3.25, queue: 0.75, coming: 6.0 };
        let samples: Vec<Sample> = (0..200_u32)
            .map(|n| {
                let (waiting, coming) = (f64::from(n % 13), f64::from(n % 7));
                let mut sample = Sample { open: n % 3 == 0, waiting, coming, cost: 0.0 };
                let weights = [truth.red, truth.green, truth.queue, truth.coming];
                let parts = sample.features().into_iter().zip(weights);
                sample.cost = parts.map(|(of, weight)| of * f64::from(weight)).sum();
                sample
            })
            .collect();
        assert_eq!(fit(&samples), truth);
        assert_eq!(fit(&[]), Value { red: 0.0, green: 0.0, queue: 0.0, coming: 0.0 });
    }
}
