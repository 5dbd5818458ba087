//! What the world costs: the whole model on one core, from 12 junctions to 1,000; the law of car
//! following alone; 1,000 junctions with 50,000 vehicles on two threads. Each is a warm world, cloned,
//! and a minute of it. `docs/simulation.md` says how to read the figures.
//!
//! Beside criterion's wall clock it prints processor time, which says more on a busy machine: the sizes
//! in turn, round by round, so that what else the machine does touches all alike, and of each the
//! median round. With `-- --test` these lines are all that is measured.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use network::{Network, Turn};
use scenario::{Demand, Flow, Site, VehicleType, generate};
use signal::Aspect;
use sim::world::{Model, Ring, Settings, World};
use units::{LinkId, Millis};

/// What a run measures, and how long the world warms up for it.
const MEASURED: Millis = Millis(60_000);
const WARM: Millis = Millis(600_000);
/// How long a clone runs before it is measured, so that its memory has grown to its size.
const SETTLED: Millis = Millis(2_000);

/// A stream of numbers that is the same each time.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Ways of 8 to 16 links from each link, a vehicle each `interval`.
fn walks(network: &Network, interval: Millis) -> Demand {
    let mut state = 0x1234_5678_9abc_def1;
    let mut flows = Vec::new();
    for link in (0..network.links().len()).map(LinkId::from_index) {
        if network.link_movements(link).is_empty() {
            continue;
        }
        for _ in 0..4 {
            let mut route = vec![link];
            let steps = 8 + random(&mut state) % 9;
            for _ in 0..steps {
                let ways = network.link_movements(route[route.len() - 1]);
                // Straight on weighs as much as all turns.
                let way = random(&mut state) as usize % (2 * ways.len().max(1));
                let straight = ways.iter().find(|&&m| network.movement(m).turn == Turn::Straight);
                let Some(&way) = ways.get(way).or(straight) else { break };
                route.push(network.movement(way).to);
            }
            let start = Millis(random(&mut state) as i64 % interval.0.max(1));
            let vehicle = VehicleType::default();
            flows.push(Flow {
                route,
                start,
                end: Millis(3_600_000),
                interval,
                vehicle,
                ..Flow::default()
            });
        }
    }
    Demand { flows, ..Demand::default() }
}

fn district(columns: usize, rows: usize) -> Site {
    generate::district(1, columns, rows).0
}

/// Each junction's stages in turn, 20 s each, the junctions not in step.
fn show(world: &mut World, site: &Site) {
    let second = world.now().0 / 1_000;
    if world.now().0 % 1_000 != 0 {
        return;
    }
    for (index, signal) in site.signals.iter().enumerate() {
        let stages = signal.layout.stages();
        let second = second as usize + 7 * index;
        let stage = &stages[second / 20 % stages.len()];
        let aspect = match second % 20 {
            0..15 => Aspect::Green,
            15..18 => Aspect::Yellow,
            _ => Aspect::Red,
        };
        let mut aspects = [Aspect::Red; 64];
        stage.groups.iter().for_each(|group| aspects[group.index()] = aspect);
        world.set_aspects(index, &aspects[..signal.layout.groups().len()]);
    }
}

fn run(world: &mut World, site: &Site, span: Millis) {
    let end = world.now() + span;
    while world.now() < end {
        show(world, site);
        world.step();
    }
}

fn warm(site: &Site, interval: Millis, threads: usize) -> World {
    let demand = walks(&site.network, interval);
    let settings = Settings { threads, ..Settings::default() };
    let network = site.network.clone();
    let mut world =
        World::with_settings(network, &site.signals, &site.detectors, &demand, &settings);
    run(&mut world, site, WARM);
    world
}

/// The main thread's processor time, seconds: on a busy machine it says more than the clock.
fn processor_s() -> Option<f64> {
    // The scheduler brings its account up to date when a thread yields.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// A warm world and what it is of.
struct Case {
    name: String,
    site: Site,
    world: World,
}

impl Case {
    fn new((columns, rows): (usize, usize), interval: Millis, threads: usize) -> Self {
        let site = district(columns, rows);
        let world = warm(&site, interval, threads);
        let case = Self { name: format!("{} junctions", columns * rows), site, world };
        let (updates, slept) = case.count();
        let running = case.world.running();
        eprintln!("{}: {running} vehicles, {slept} of {updates} updates asleep", case.name);
        case
    }

    /// A clone, so far on that its memory has grown to its size.
    fn fresh(&self) -> World {
        let mut world = self.world.clone();
        run(&mut world, &self.site, SETTLED);
        world
    }

    /// Vehicle-updates of a minute, and those of them asleep.
    fn count(&self) -> (u64, u64) {
        let mut world = self.fresh();
        let before = world.updates();
        run(&mut world, &self.site, MEASURED);
        (world.updates().0 - before.0, world.updates().1 - before.1)
    }

    /// What a minute takes by a clock, seconds: the mean of so many.
    fn time(&self, repeats: u64, clock: fn() -> Option<f64>) -> Option<f64> {
        let mut took = 0.0;
        for _ in 0..repeats {
            let mut world = self.fresh();
            let start = clock()?;
            run(&mut world, &self.site, MEASURED);
            took += clock()? - start;
        }
        Some(took / repeats as f64)
    }

    fn bench(&self, c: &mut Criterion, group: &str) {
        let mut group = c.benchmark_group(group);
        group.throughput(Throughput::Elements(self.count().0));
        group.bench_function(BenchmarkId::from_parameter(&self.name), |b| {
            let drive = |mut world: World| {
                run(&mut world, &self.site, MEASURED);
                world
            };
            b.iter_batched(|| self.fresh(), drive, BatchSize::PerIteration);
        });
        group.finish();
    }
}

/// How many rounds figures are the median of: few where benches are only tried.
fn rounds() -> usize {
    if std::env::args().any(|argument| argument == "--test") { 5 } else { 15 }
}

fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What an update costs in processor time in each case, nanoseconds; prints it.
fn costs(cases: &[Case]) -> Vec<f64> {
    let mut costs = vec![Vec::new(); cases.len()];
    let updates: Vec<u64> = cases.iter().map(|case| case.count().0).collect();
    for _ in 0..rounds() {
        for ((case, costs), &updates) in cases.iter().zip(&mut costs).zip(&updates) {
            // The scheduler's account is coarse: enough of them for half a second or so.
            let took = case.time(10_000_000 / updates + 1, processor_s);
            costs.extend(took.map(|took| took * 1e9 / updates as f64));
        }
    }
    let costs: Vec<f64> = costs.into_iter().map(median).collect();
    for (case, cost) in cases.iter().zip(&costs) {
        let rate = 1e3 / cost;
        eprintln!(
            "{}: {rate:.1} M updates a second of processor time, {cost:.1} ns each",
            case.name
        );
    }
    costs
}

/// The clock on the wall, seconds from some begin.
fn wall_s() -> Option<f64> {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    Some(BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64())
}

/// So that there are about 45 vehicles a junction in each; small networks lose theirs sooner.
const WHOLE: [(usize, usize, Millis); 3] =
    [(4, 3, Millis(95_000)), (10, 10, Millis(165_000)), (40, 25, Millis(200_000))];

/// So that there are about 115 vehicles a junction in the smallest.
const CROWDED: Millis = Millis(50_000);

fn whole(c: &mut Criterion) {
    let case = |(columns, rows, interval)| Case::new((columns, rows), interval, 1);
    let cases = WHOLE.map(case);
    let [smallest, .., largest] = costs(&cases)[..] else { return };
    eprintln!("an update of the largest costs {:.2} of one of the smallest", largest / smallest);
    eprintln!("{} bytes a vehicle in the columns", World::bytes_a_vehicle());
    costs(&[Case::new((4, 3), CROWDED, 1)]);
    cases.iter().for_each(|case| case.bench(c, "world, one core"));
}

fn two_threads(c: &mut Criterion) {
    let case = Case::new((40, 25), Millis(175_000), 2);
    let took = median((0..rounds()).filter_map(|_| case.time(1, wall_s)).collect());
    let factor = MEASURED.as_secs_f64() / took;
    eprintln!("{} on two threads: {factor:.0} times real time by the clock", case.name);
    case.bench(c, "world, two threads");
}

fn kernel(c: &mut Criterion) {
    let mut group = c.benchmark_group("car following alone");
    for (name, model) in Model::ALL {
        let settings = Settings { model: *model, ..Settings::default() };
        let mut ring = Ring::new(&settings, &VehicleType::default(), 4_096, 120_000.0, 13.9);
        (0..200).for_each(|_| ring.step());
        group.throughput(Throughput::Elements(4_096));
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                ring.step();
                black_box(ring.speeds()[0])
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(4));
    targets = kernel, whole, two_threads
}
criterion_main!(benches);
