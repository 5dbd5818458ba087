//! The same seed, the same bytes: alone, again, and beside other runs on other threads.

use std::sync::Arc;

use proptest::prelude::*;
use scenario::generate;
use sim::fault::schedule;
use sim::harness::{self, Outcome, Settings};
use units::{Millis, Moment};

const RUN: Millis = Millis::from_secs(240);

/// A district with faults, both from the seed.
fn run(seed: u64) -> Outcome {
    let (site, demand) = generate::district(seed, 2, 2);
    let name = |s: &scenario::SignalSite| site.network.junction(s.junction).name.clone();
    let junctions: Vec<String> = site.signals.iter().map(name).collect();
    let injections = schedule(seed, &junctions, 4, Moment(20_000), Moment(200_000));
    let settings = Settings { injections, ..Settings::of(RUN, seed) };
    harness::run(&Arc::new(site), &demand, &settings).expect("a sound street")
}

/// Everything that can be told of a run, in words: bits that differ would show.
fn told(outcome: &Outcome) -> String {
    let lanes = (0..outcome.street.site().network.lanes().len()).map(units::LaneId::from_index);
    let vehicles: Vec<Vec<(f64, f64)>> =
        lanes.map(|lane| outcome.street.world().lane(lane).collect()).collect();
    format!("{:?} {:?} {:x} {vehicles:?}", outcome.world, outcome.counters, outcome.digest())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn a_seed_is_a_run_on_any_number_of_threads(seed in any::<u64>()) {
        let alone = told(&run(seed));
        let beside = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| told(&run(seed)))).collect();
            let other = scope.spawn(|| told(&run(seed.wrapping_add(1))));
            let told: Vec<_> =
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
            (told, other.join().expect("no panic"))
        });
        for told in &beside.0 {
            prop_assert_eq!(told, &alone);
        }
        prop_assert_ne!(&beside.1, &alone);
    }
}

#[test]
fn vehicles_are_conserved_and_no_rule_is_broken_whatever_the_seed() {
    for seed in 0..6 {
        let outcome = run(seed);
        let world = outcome.world;
        assert_eq!(world.entered, world.finished + world.running, "seed {seed}");
        assert!(world.due >= world.entered, "seed {seed}");
        assert_eq!(outcome.violations, 0, "seed {seed}: {:?}", outcome.findings);
    }
}
