//! One decision beat of a warm engine: all that it does in a second of the street, its lines'
//! requests, answers and demands among it, for 12, 200 and 1,000 junctions.

mod rig;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rig::Rig;
use units::Millis;

/// Long enough that vehicles queue everywhere.
const WARM_UP: Millis = Millis::from_secs(60);
/// The beat of decisions.
const BEAT: Millis = Millis::from_secs(1);

fn beat(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine beat");
    group.sample_size(10).warm_up_time(Duration::from_secs(1));
    for (columns, rows) in [(4, 3), (20, 10), (40, 25)] {
        let mut rig = Rig::district(columns, rows, WARM_UP);
        let junctions = columns * rows;
        group.bench_function(BenchmarkId::from_parameter(junctions), |bencher| {
            bencher.iter_custom(|beats| (0..beats).map(|_| rig.run(BEAT)).sum());
        });
        assert!(rig.requests > 0, "the engine asked nothing");
    }
    group.finish();
}

criterion_group!(benches, beat);
criterion_main!(benches);
