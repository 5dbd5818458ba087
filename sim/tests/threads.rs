//! The same seed gives the same bytes: for any number of threads, and in every build. The hashes
//! below were made once; a change of a model changes them, and says so in its commit.

use scenario::generate;
use signal::Aspect;
use sim::world::{Model, SensorNoise, Settings, World};

/// Where everybody is, hashed over ten minutes.
fn hash(model: Model, threads: usize) -> (u64, usize) {
    let (site, demand) = generate::district(3, 3, 2);
    let noise = SensorNoise {
        loop_misses: 0.02,
        loop_chatters: 0.01,
        tracker_misses: 0.05,
        ..SensorNoise::default()
    };
    let settings = Settings { model, threads, noise, seed: 9, ..Settings::default() };
    let network = site.network.clone();
    let mut world =
        World::with_settings(network, &site.signals, &site.detectors, &demand, &settings);
    let mut all = 0_u64;
    let steps = 600_000 / world.step_length().0;
    for step in 0..steps {
        let second = step * world.step_length().0 / 1_000;
        for (index, signal) in site.signals.iter().enumerate() {
            let stages = signal.layout.stages();
            let stage = &stages[usize::try_from(second / 25).expect("late") % stages.len()];
            let mut aspects = vec![Aspect::Red; signal.layout.groups().len()];
            for group in stage.groups.iter() {
                let shows = [Aspect::Green, Aspect::Yellow, Aspect::Red];
                let at = if second % 25 < 19 { 0 } else { 1 + usize::from(second % 25 >= 23) };
                aspects[group.index()] = shows[at];
            }
            world.set_aspects(index, &aspects);
        }
        world.step();
        all = all.rotate_left(5) ^ world.trajectory_hash();
    }
    for state in world.detectors() {
        let word = u64::from(state.count) << 32 | u64::from(state.queue);
        all = (all.rotate_left(7) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    let running = world.running();
    assert!(running > 50, "{model:?}: only {running} drive");
    (all, running)
}

#[test]
fn trajectories_are_the_same_for_any_number_of_threads_and_in_every_build() {
    let known: [(Model, u64); 3] = [
        (Model::Urban, 0x3214_10f7_f857_59e0),
        (Model::Krauss, 0xd7f0_205b_c7b0_e48e),
        (Model::CityFlow, 0x8ec6_42ba_f5eb_e79d),
    ];
    let got = known.map(|(model, _)| {
        let one = hash(model, 1);
        for threads in [2, 5] {
            assert_eq!(hash(model, threads), one, "{model:?} with {threads} threads");
        }
        (model, one.0)
    });
    let show = |all: [(Model, u64); 3]| all.map(|(model, hash)| format!("{model:?} {hash:#x}"));
    assert_eq!(show(got), show(known));
}
