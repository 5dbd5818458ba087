//! Passages followed on one core with a million vehicles on the section: what a section's matcher does,
//! and what a plate and a keyed digest cost beside it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use interval_speed::{Plate, PlateColour, StatisticsKey};
use sim::sections::Load;

const INSIDE: usize = 1_000_000;

fn follow(criterion: &mut Criterion) {
    let mut load = Load::new(INSIDE, 1);
    let mut group = criterion.benchmark_group("sections");
    group.throughput(Throughput::Elements(1));
    group.sample_size(20);
    group.bench_function("a passage with a million inside", |bencher| {
        bencher.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            let mut left = count as usize;
            while left > 0 {
                // Made outside what is measured.
                let chunk = load.passages(left.clamp(2, 100_000));
                let started = Instant::now();
                chunk.iter().take(left).for_each(|passage| load.take(black_box(passage)));
                spent += started.elapsed();
                left -= chunk.len().min(left);
            }
            spent
        });
    });
    group.bench_function("a plate read", |bencher| {
        bencher.iter(|| Plate::read(black_box("鲁AD12345"), PlateColour::Green));
    });
    let plate = Plate::read("鲁AD12345", PlateColour::Green).expect("it is one");
    let key = StatisticsKey([1; 32]);
    group.bench_function("a plate digested", |bencher| {
        bencher.iter(|| key.pseudonym(black_box(plate.key())));
    });
    group.finish();
}

criterion_group!(benches, follow);
criterion_main!(benches);
