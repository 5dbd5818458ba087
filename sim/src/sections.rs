//! How well section speeds are told apart: `greenwave evaluate sections`.
//!
//! ```text
//!   drivers ── true passes ──▶ cameras ── passages, as they arrive ──▶ interval_speed::Matcher
//!      │                          │                                          │ evidence
//!      └── who drove how fast ────┴── what was read of whom ──▶ truth ◀──────┘
//! ```
//!
//! Drivers, cameras and the judge of it are made here and know nothing of the matcher's rules: the judge
//! has limits, bounds and who drove what in numbers of its own. The same seed gives the same passages.

mod cameras;
mod drivers;
mod load;
mod road;
mod truth;

use std::time::Instant;

use interval_speed::{Matcher, Output, Section, StatisticsKey, Verdict, WINDOW, WeatherChange};
use serde::Serialize;
use units::{Millis, WallTime};

pub use load::{Load, Loaded};

/// The most passages that are made at once: each is held in memory with its truth.
pub const PASSAGES_MAX: usize = 5_000_000;
/// The most vehicles inside, when memory and speed are measured.
pub const INSIDE_MAX: usize = 1_000_000;

/// What comes of an evaluation.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Figures {
    /// The seed of it.
    pub seed: u64,
    /// Passages that the cameras told of.
    pub passages: usize,
    /// Passes of vehicles through the section.
    pub vehicles: usize,
    /// Passages without a plate.
    pub unread: u64,
    /// Reads of one passage more.
    pub duplicates: u64,
    /// Passages that came later than the section waits, and were refused.
    pub too_late: usize,
    /// Passes whose true average speed was above what is pursued.
    pub violations: usize,
    /// Of those, read at both ends, and read right.
    pub violations_read: usize,
    /// Of those, with a plate that was on the section twice within the time that is waited: nobody can
    /// tell which passage belongs to which.
    pub ambiguous: usize,
    /// Of the violations, those that what was read proves.
    pub provable_violations: usize,
    /// Of those, found.
    pub found: usize,
    /// The share of it.
    pub found_share: f64,
    /// Evidence in all: beside the provable, what is true all the same.
    pub evidence: usize,
    /// Evidence that is not true: two vehicles, a speed above the true one, a limit that was not in
    /// force, a vehicle that was not above it.
    pub false_evidence: usize,
    /// Of those, two vehicles with one plate, both unread where they would have shown.
    pub false_by_twins: usize,
    /// Passes of two vehicles with one plate at a time.
    pub twins: usize,
    /// Trips that became a travel time.
    pub trips: usize,
    /// Of those, by plates that look alike.
    pub look_alikes: usize,
    /// Of those, the share of one vehicle.
    pub look_alikes_right: f64,
    /// How far the median travel time of five minutes was from the true one of the same trips' section,
    /// on average, seconds.
    pub median_error_s: f64,
    /// Doubts, each with how many trips above the limit it spoke against.
    pub doubts: Vec<(&'static str, usize)>,
    /// Trips that nobody could have made.
    pub cloned: u64,
    /// Passages a second in this stream, on one core; generating them is not in it.
    pub stream_passages_per_s: f64,
    /// Vehicles inside, when the following two were measured.
    pub inside: usize,
    /// Passages a second with so many inside, on one core.
    pub passages_per_s: f64,
    /// Bytes that a vehicle inside takes, all tables and the room that they have left included.
    pub bytes_per_vehicle: f64,
}

/// Makes passages, has them matched, and judges what came of it; then measures memory and speed with so many
/// vehicles inside, [`INSIDE_MAX`] at most.
///
/// # Panics
/// Where the made-up section does not hold together, which a test excludes.
#[must_use]
pub fn evaluate(passages: usize, inside: usize, seed: u64) -> Figures {
    let figures = stream(passages, seed);
    let inside = inside.min(INSIDE_MAX);
    let loaded = Load::new(inside, seed).run(2 * inside);
    Figures {
        inside: loaded.inside,
        passages_per_s: loaded.passages_per_s,
        bytes_per_vehicle: loaded.bytes_per_vehicle,
        ..figures
    }
}

/// The same without the million.
fn stream(passages: usize, seed: u64) -> Figures {
    let section = Section::new(road::spec()).expect("the made-up section holds together");
    let drivers = drivers::drive(passages, seed);
    let told = cameras::watch(&drivers, passages, seed);
    let mut matched = run(&section, &told);
    let truth = truth::Truth::new(&drivers, &told);
    let mut verdict = truth.judge(&matched.evidence);
    truth.judge_trips(&matched.outputs, &mut verdict);
    let counts = matched.matcher.counts();
    matched.doubts.sort_unstable();
    let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    Figures {
        seed,
        passages: told.len(),
        vehicles: drivers.len(),
        unread: counts.unread,
        duplicates: counts.duplicates,
        too_late: matched.refused,
        violations: verdict.violations,
        violations_read: verdict.read,
        ambiguous: verdict.ambiguous,
        provable_violations: verdict.provable,
        found: verdict.found,
        found_share: share(verdict.found, verdict.provable),
        evidence: matched.evidence.len(),
        false_evidence: verdict.wrong,
        false_by_twins: verdict.wrong_twins,
        twins: drivers.iter().filter(|pass| pass.is_twin).count(),
        trips: verdict.trips,
        look_alikes: verdict.look_alikes,
        look_alikes_right: share(verdict.look_alikes_right, verdict.look_alikes),
        median_error_s: truth.median_error(&matched.medians),
        doubts: matched.doubts,
        cloned: counts.cloned,
        stream_passages_per_s: told.len() as f64 / matched.seconds.max(1e-9),
        inside: 0,
        passages_per_s: 0.0,
        bytes_per_vehicle: 0.0,
    }
}

/// What the matcher made of the passages.
struct Matched {
    matcher: Matcher,
    evidence: Vec<Verdict>,
    outputs: Vec<Output>,
    doubts: Vec<(&'static str, usize)>,
    /// The median of the last five minutes, every five minutes.
    medians: Vec<(WallTime, Millis)>,
    refused: usize,
    seconds: f64,
}

fn run(section: &Section, told: &[cameras::Told]) -> Matched {
    let begin = WallTime(road::BEGIN);
    let key = StatisticsKey([7; 32]);
    let mut matcher = Matcher::new(section.clone(), interval_speed::ROWS_MAX, key, begin);
    for &(from, weather) in road::WEATHER {
        matcher.set_weather(WeatherChange { from: begin + Millis(from), weather });
    }
    let (mut outputs, mut medians) = (Vec::new(), Vec::new());
    let (mut refused, mut next) = (0, begin + WINDOW);
    let started = Instant::now();
    for one in told {
        if matcher.take(one.arrival, one.passage, &mut outputs).is_err() {
            refused += 1;
        }
        if one.arrival >= next {
            // What is not followed yet has no figure.
            let known = next + -section.spec().rules.lateness;
            if let Some(figure) = matcher.travel_times().figure(known, WINDOW) {
                medians.push((known, figure.median));
            }
            next = next + WINDOW;
        }
    }
    let end = told.last().map_or(begin, |last| last.arrival) + section.expiry() * 3;
    matcher.advance(end, &mut outputs);
    let seconds = started.elapsed().as_secs_f64();
    let (mut evidence, mut doubts): (Vec<Verdict>, Vec<(&'static str, usize)>) = Default::default();
    for output in &outputs {
        match output {
            Output::Evidence(verdict) => evidence.push(**verdict),
            Output::Dropped(all) => {
                for doubt in all.iter() {
                    match doubts.iter_mut().find(|(name, _)| *name == doubt.name()) {
                        Some((_, count)) => *count += 1,
                        None => doubts.push((doubt.name(), 1)),
                    }
                }
            }
            Output::Trip(_) | Output::Cloned { .. } => {}
        }
    }
    Matched { matcher, evidence, outputs, doubts, medians, refused, seconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_evidence_is_false_and_what_can_be_proven_is_found() {
        for seed in [1, 2, 3] {
            let figures = stream(60_000, seed);
            assert_eq!(figures.false_evidence, 0, "seed {seed}: {figures:?}");
            assert!(figures.provable_violations > 150, "seed {seed}: {figures:?}");
            assert!(figures.found_share >= 0.999, "seed {seed}: {figures:?}");
            assert!(figures.median_error_s < 2.5, "seed {seed}: {figures:?}");
            assert!(figures.look_alikes_right > 0.99, "seed {seed}: {figures:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_figures_but_for_the_clock() {
        let timeless = |figures: Figures| Figures { stream_passages_per_s: 0.0, ..figures };
        let first = timeless(stream(10_000, 5));
        assert_eq!(timeless(stream(10_000, 5)), first);
        assert_ne!(timeless(stream(10_000, 6)).passages, 0);
    }

    #[test]
    fn a_vehicle_inside_takes_less_than_two_hundred_bytes() {
        let loaded = Load::new(100_000, 1).run(50_000);
        assert!((10.0..200.0).contains(&loaded.bytes_per_vehicle), "{loaded:?}");
        assert!((99_000..101_001).contains(&loaded.inside), "{loaded:?}");
    }
}
