//! What the world costs: the whole model on one core, from 12 junctions to 1,000; the law of car
//! following alone; 1,000 junctions with 50,000 vehicles on two threads. Each is a warm world, cloned,
//! and a minute of it. `docs/simulation.md` says how to read the figures.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use network::{Network, Turn};
use scenario::{Demand, Flow, Site, VehicleType, generate};
use signal::Aspect;
use sim::world::{Model, Ring, Settings, World};
use units::{LinkId, Millis};

/// What a run measures, and how long the world warms up for it.
const MEASURED: Millis = Millis(60_000);
const WARM: Millis = Millis(600_000);

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
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn minute(c: &mut Criterion, group: &str, name: String, site: &Site, world: &World) {
    let before = world.updates();
    let mut after = world.clone();
    run(&mut after, site, MEASURED);
    let updates = after.updates().0 - before.0;
    let slept = after.updates().1 - before.1;
    eprintln!("{name}: {} vehicles, {slept} of {updates} updates asleep", world.running());
    // The scheduler's account is coarse: enough of them for a second or so.
    let repeats = 20_000_000 / updates + 1;
    let start = processor_s();
    (0..repeats).for_each(|_| run(&mut world.clone(), site, MEASURED));
    let took = start.and_then(|start| Some(processor_s()? - start));
    if let (Some(took), "world, one core") = (took, group) {
        let rate = (repeats * updates) as f64 / took / 1e6;
        eprintln!("{name}: {rate:.1} M updates a second of processor time");
    }
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(updates));
    group.bench_function(BenchmarkId::from_parameter(name), |b| {
        let drive = |mut world: World| {
            run(&mut world, site, MEASURED);
            world
        };
        b.iter_batched(|| world.clone(), drive, BatchSize::PerIteration);
    });
    group.finish();
}

/// So that there are about 45 vehicles a junction in each; small networks lose theirs sooner.
const WHOLE: [(usize, usize, Millis); 3] =
    [(4, 3, Millis(95_000)), (10, 10, Millis(165_000)), (40, 25, Millis(200_000))];

fn whole(c: &mut Criterion) {
    for (columns, rows, interval) in WHOLE {
        let site = district(columns, rows);
        let world = warm(&site, interval, 1);
        minute(c, "world, one core", format!("{} junctions", columns * rows), &site, &world);
    }
}

fn two_threads(c: &mut Criterion) {
    let site = district(40, 25);
    let world = warm(&site, Millis(175_000), 2);
    minute(c, "world, two threads", "1000 junctions".to_owned(), &site, &world);
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
