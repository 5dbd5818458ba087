//! What the planner costs: decisions of one junction with eight stages and 60 s ahead under light, busy
//! and too much traffic; districts from 1 to 10,000 such junctions on one thread and on two.
//!
//! Beside criterion's wall clock it prints two tables in processor time, which a busy machine does not
//! stretch, and says what else the machine did. With `-- --test` the tables are small.

#[path = "../crates/optimizer/tests/common/street.rs"]
mod street;

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use optimizer::{Choice, Control, Controller, Scene, Settings, Showing};
use rustix::time::{ClockId, clock_gettime};
use sim::crew::Threads;
use street::{Sensing, Street};
use units::Millis;

/// Vehicles in 1,000 seconds on each link before a lone junction: light, busy, more than can pass; and
/// whether every choice says why, as the daemon's do.
const LOADS: [(&str, u64, bool); 4] = [
    ("light", 60, false),
    ("busy", 160, false),
    ("more than can pass", 300, false),
    ("busy, with reasons", 160, true),
];
/// Those that begin on each link of a district: three times as many come from other links.
const DISTRICT: u64 = 40;
/// Before anything is measured, seconds of the street.
const WARM_UP: usize = 300;
/// Shares of a district for each thread: enough that none waits long for the other.
const SHARES: usize = 8;

fn is_test() -> bool {
    std::env::args().any(|argument| argument == "--test")
}

/// The processor time of this thread, or of all threads.
fn processor(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A street that has run for a while under max-pressure, and a planner for it.
fn warm(size: (usize, usize), rate: u64) -> (Street, Controller) {
    let mut street = Street::new(size, rate, Sensing::Vehicles);
    let mut rule = Controller::new(Control::MaxPressure, street.district());
    let mut choices = Vec::new();
    for _ in 0..WARM_UP {
        rule.decide(street.scene(), &mut choices);
        street.step(&choices);
    }
    let planner = Controller::new(Control::Adaptive, street.district());
    (street, planner)
}

fn machine() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let command = "cargo bench --bench planner";
    eprintln!("machine: {cores} cores, load {}; command: {command}", load.join(" "));
}

/// Decisions of one junction, microseconds of processor time.
fn decisions() {
    let count = if is_test() { 200 } else { 10_000 };
    eprintln!("\none junction, eight stages, 60 s ahead: {count} decisions, us of processor time");
    eprintln!("| traffic | vehicles | states weighed | p50 | p99 | max |");
    eprintln!("|---|---:|---:|---:|---:|---:|");
    for (name, rate, explains) in LOADS {
        let (mut street, planner) = warm((1, 1), rate);
        let mut planner = planner.with_settings(Settings { explains, ..Settings::default() });
        let (mut took, mut choices) = (Vec::new(), Vec::new());
        let (mut vehicles, mut ticks) = (0, 0);
        while took.len() < count {
            let before = processor(ClockId::ThreadCPUTime);
            planner.decide(street.scene(), &mut choices);
            let spent = processor(ClockId::ThreadCPUTime) - before;
            if !choices.is_empty() {
                took.push(spent.as_secs_f64() * 1e6);
            }
            street.step(&choices);
            (vehicles, ticks) = (vehicles + street.vehicles(), ticks + 1);
        }
        took.sort_by(f64::total_cmp);
        let at = |share: f64| took[((took.len() as f64 * share) as usize).min(took.len() - 1)];
        let (vehicles, states) = (vehicles / ticks, planner.evaluations() / took.len() as u64);
        let (p50, p99, most) = (at(0.5), at(0.99), at(1.0));
        eprintln!("| {name} | {vehicles} | {states} | {p50:.0} | {p99:.0} | {most:.0} |");
    }
}

/// Every junction may change.
fn all_may(scene: &Scene) -> Scene {
    let mut scene = scene.clone();
    for showing in &mut scene.signals {
        let (stage, elapsed) = match *showing {
            Showing::Stage { stage, elapsed } => (stage, elapsed),
            Showing::Change { to, .. } => (to, Millis::ZERO),
            Showing::Unknown => continue,
        };
        *showing = Showing::Stage { stage, elapsed: elapsed.max(Millis::from_secs(5)) };
    }
    scene
}

/// A tick of districts in which every junction decides, and what one of them costs against one of the
/// smallest district.
fn districts() {
    let sizes: &[(usize, usize)] = match is_test() {
        true => &[(1, 1), (4, 3)],
        false => &[(1, 1), (20, 10), (40, 25), (100, 100)],
    };
    eprintln!("\nall junctions of a district decide in one tick");
    eprintln!(
        "| junctions | threads | vehicles | ms a tick | slowest | processor ms | us each | ratio |"
    );
    eprintln!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut least: Option<f64> = None;
    for &size in sizes {
        let junctions = size.0 * size.1;
        let ticks = if is_test() { 2 } else { (20_000 / junctions).clamp(5, 500) };
        let (start, planner) = warm(size, if junctions == 1 { 4 * DISTRICT } else { DISTRICT });
        for threads in [1, 2] {
            let crew = Threads::new(threads).expect("there are threads");
            let mut planner = planner.clone().with_shares(SHARES * threads);
            let (mut street, mut choices) = (start.clone(), Vec::new());
            let (mut slowest, mut sum) = (Duration::ZERO, Duration::ZERO);
            let mut busy = Duration::ZERO;
            for tick in 0..ticks + 2 {
                let scene = all_may(street.scene());
                let (begin, before) = (Instant::now(), processor(ClockId::ProcessCPUTime));
                planner.decide_with(&crew, &scene, &mut choices);
                let spent = processor(ClockId::ProcessCPUTime) - before;
                let took = begin.elapsed();
                // In the first two memory grows.
                if tick >= 2 {
                    assert_eq!(choices.len(), junctions);
                    (slowest, sum, busy) = (slowest.max(took), sum + took, busy + spent);
                }
                street.step(&choices);
            }
            let ms = |time: Duration| time.as_secs_f64() * 1e3 / ticks as f64;
            let each = ms(busy) * 1e3 / junctions as f64;
            let ratio = each / *least.get_or_insert(each);
            eprintln!(
                "| {junctions} | {threads} | {} | {:.2} | {:.2} | {:.2} | {each:.0} | {ratio:.2} |",
                street.vehicles(),
                ms(sum),
                slowest.as_secs_f64() * 1e3,
                ms(busy),
            );
        }
    }
}

/// The same by criterion's clock.
fn planner(criterion: &mut Criterion) {
    machine();
    decisions();
    districts();
    let mut group = criterion.benchmark_group("planner");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for size in [(1, 1), (20, 10)] {
        let (mut street, mut planner) = warm(size, DISTRICT);
        let mut choices: Vec<Choice> = Vec::new();
        group.bench_function(BenchmarkId::new("tick", size.0 * size.1), |bencher| {
            bencher.iter_custom(|ticks| {
                let mut took = Duration::ZERO;
                for _ in 0..ticks {
                    let begin = Instant::now();
                    planner.decide(street.scene(), &mut choices);
                    took += begin.elapsed();
                    street.step(&choices);
                }
                took
            });
        });
    }
    group.finish();
    machine();
}

criterion_group!(benches, planner);
criterion_main!(benches);
