//! One step of the world, half a second, for 12 junctions at the peak of their demand; and the same
//! half second of the whole street, cabinets and checkers among it.

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sim::harness::{self, Settings};
use sim::world::STEP;
use units::Millis;

/// The peak of the generated demand begins after a quarter of an hour.
const PEAK: Millis = Millis::from_secs(1_500);

fn step(criterion: &mut Criterion) {
    let (site, demand) = scenario::generate::district(1, 4, 3);
    let outcome = harness::run(&Arc::new(site), &demand, &Settings::of(PEAK, 1));
    let street = outcome.expect("a sound street").street;
    let running = street.summary().running;
    criterion.bench_function(&format!("world step, 12 junctions, {running} vehicles"), |bencher| {
        let world = street.world();
        bencher.iter_batched_ref(|| world.clone(), |world| world.step(), BatchSize::SmallInput);
    });
    criterion.bench_function("street step, 12 junctions", |bencher| {
        let then = street.now() + STEP;
        bencher.iter_batched_ref(
            || street.clone(),
            |street| street.advance(then),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, step);
criterion_main!(benches);
