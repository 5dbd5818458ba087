//! Records of evidence a second that are safe on the disk: checked, bound, signed, written, synced. One
//! sync for each record, and one for as many as wait together. And a chain checked again.
//!
//! `cargo bench --bench evidence`. The folder lies beside the build, on the machine's own disk.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use daemon::evidence::{Settings, Vault, check_store};
use interval_speed::evidence::bundle::Trust;
use interval_speed::evidence::{Retention, StationKey};
use units::WallTime;

#[path = "../daemon/tests/evidence/made.rs"]
mod made;

const NOW: WallTime = WallTime(1_795_000_000_000);

fn vault(root: &std::path::Path) -> Vault {
    let settings = Settings {
        station: "bench".to_owned(),
        software: "greenwave".to_owned(),
        retention: Retention::default(),
    };
    let key = StationKey::from_secret(&[42; 32]);
    Vault::open(root, key, settings, NOW).expect("it opens").0
}

fn durable(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let detection = made::detection("鲁A12345", 60_000);
    let mut group = criterion.benchmark_group("durable records");
    group.sample_size(20);
    for size in [1_u64, 16, 128] {
        let mut vault = vault(&folder.path().join(size.to_string()));
        group.throughput(Throughput::Elements(size));
        group.bench_function(format!("{size} a sync"), |bencher| {
            bencher.iter(|| {
                for _ in 0..size {
                    vault.detect(&detection, NOW).expect("evidence");
                }
                vault.commit(NOW).expect("it is written");
            });
        });
    }
    group.finish();
}

fn checked(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let detection = made::detection("鲁A12345", 60_000);
    let mut vault = vault(folder.path());
    for _ in 0..1_000 {
        vault.detect(&detection, NOW).expect("evidence");
    }
    vault.checkpoint(NOW).expect("it is written");
    drop(vault);
    let mut group = criterion.benchmark_group("checked entries");
    group.sample_size(10).throughput(Throughput::Elements(1_000));
    group.bench_function("a log", |bencher| {
        bencher.iter(|| {
            let (checked, _) = check_store(folder.path(), &Trust::Named, &[]).expect("it is read");
            assert_eq!(checked.faults, []);
        });
    });
    group.finish();
}

criterion_group!(benches, durable, checked);
criterion_main!(benches);
