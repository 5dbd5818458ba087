//! Plans that go together: a road of 20 junctions under one cycle and with the cycle looked for, and the
//! two exact parts by themselves.

use criterion::{Criterion, criterion_group, criterion_main};
use optimizer::coordination::{Area, Edge, Net, Node, Objective, Settings, Signal, propose};
use scenario::{Site, busy_volumes, generate};
use units::Millis;

const JUNCTIONS: usize = 20;
const CYCLE: u32 = 100;

fn signals(site: &Site) -> Vec<Signal<'_>> {
    let each = site.signals.iter().map(|signal| Signal {
        junction: signal.junction,
        layout: &signal.layout,
        movements: &signal.movement_groups,
        order: signal.plans[0].splits().iter().map(|&(stage, _)| stage).collect(),
    });
    each.collect()
}

fn arterial(criterion: &mut Criterion) {
    let (site, demand) = generate::arterial(1, JUNCTIONS);
    let volumes = busy_volumes(&site.network, &demand, Millis::from_secs(900));
    let mut group = criterion.benchmark_group("arterial of 20");
    for &(name, objective) in Objective::ALL {
        let settings = Settings { objective, ..Settings::default() };
        let area = Area::new(&site.network, signals(&site), &volumes, settings, true);
        let area = area.expect("a generated road is sound");
        group.bench_function(format!("{name}, cycle given"), |bencher| {
            bencher.iter(|| propose(&area, Some(CYCLE)).expect("it can be run"));
        });
        group.bench_function(format!("{name}, cycle looked for"), |bencher| {
            bencher.iter(|| propose(&area, None).expect("there is one"));
        });
    }
    group.finish();
}

fn offsets(criterion: &mut Criterion) {
    let cycle = 120_u32;
    let node = Node { allowed: (0..cycle).collect() };
    let edges = (1..JUNCTIONS).map(|at| {
        let value = |d: u32| f64::from((d * 37 + at as u32 * 11) % 101);
        Edge { nodes: [at - 1, at], values: (0..cycle).map(value).collect() }
    });
    let net = Net { cycle, nodes: vec![node; JUNCTIONS], edges: edges.collect() };
    criterion.bench_function("offsets of 20 on a tree, cycle 120", |bencher| {
        bencher.iter(|| net.solve());
    });
}

criterion_group!(benches, arterial, offsets);
criterion_main!(benches);
