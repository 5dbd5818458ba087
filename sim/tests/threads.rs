//! The same seed gives the same bytes: for any number of threads, and in every build. The hashes
//! below were made once; a change of a model changes them, and says so in its commit.

mod support;

use scenario::{PedestrianFlow, VehicleClass, generate};
use signal::Aspect;
use sim::world::{Blocked, Incident, Model, SensorNoise, Settings, World};
use support::crossroads::vehicle;
use support::shared::{shared_at, walk_name};
use units::{LaneId, Metres, Millis};

/// Where everybody is, hashed over ten minutes.
fn hash(model: Model, (columns, rows): (usize, usize), threads: usize) -> (u64, usize) {
    let (site, demand) = generate::district(3, columns, rows);
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
        (Model::Urban, 0x773a_d1db_e3b3_e11c),
        (Model::Krauss, 0x63cc_8658_d80b_3e49),
        (Model::CityFlow, 0x8ec6_42ba_f5eb_e79d),
    ];
    let got = known.map(|(model, _)| {
        let one = hash(model, (3, 2), 1);
        for threads in [2, 5] {
            assert_eq!(hash(model, (3, 2), threads), one, "{model:?} with {threads} threads");
        }
        (model, one.0)
    });
    let show = |all: [(Model, u64); 3]| all.map(|(model, hash)| format!("{model:?} {hash:#x}"));
    assert_eq!(show(got), show(known));
}

/// One thread puts a region together as soon as its neighbours have driven, several do when all have.
#[test]
fn a_district_of_many_regions_is_the_same_in_one_wave_and_in_two_halves() {
    for &(_, model) in Model::ALL {
        let one = hash(model, (16, 12), 1);
        assert_eq!(hash(model, (16, 12), 3), one, "{model:?} with three threads");
    }
}

/// A street with all at once: left turns that wait inside, people on crossings with and without a
/// light, two-wheelers, an emergency vehicle, a blocked lane and a vehicle that breaks down.
fn busy(threads: usize) -> (u64, String) {
    let (mut site, mut demand) = generate::district(3, 3, 2);
    let signals = (0..site.signals.len()).map(|index| shared_at(&site, index)).collect();
    site.signals = signals;
    for (index, flow) in demand.flows.iter_mut().enumerate() {
        flow.vehicle = match index % 7 {
            1 | 4 => vehicle(VehicleClass::TwoWheeler),
            2 if index % 3 == 0 => vehicle(VehicleClass::Emergency),
            _ => flow.vehicle,
        };
    }
    for (index, signal) in site.signals.iter().enumerate() {
        for &arm in &site.network.junction(signal.junction).incoming {
            let name = &site.network.link(arm).name;
            demand.pedestrians.push(PedestrianFlow {
                junction: signal.junction,
                group: (index % 3 != 0).then(|| walk_name(name)),
                arm: Some(arm),
                start: Millis::ZERO,
                end: Millis(500_000),
                per_hour: 240.0,
            });
        }
    }
    let settings = Settings { threads, seed: 9, right_on_red: true, ..Settings::default() };
    let network = site.network.clone();
    let mut world = World::with_settings(network, &site.signals, &[], &demand, &settings);
    let (from, until) = (Millis(100_000), Millis(400_000));
    for blocked in [
        Blocked::Lane(LaneId(4), Metres(150.0)),
        Blocked::NextVehicle(LaneId(7), Metres(100.0)),
        Blocked::Vehicle(40),
    ] {
        world.add_incident(Incident { blocked, from, until });
    }
    let mut all = 0_u64;
    for step in 0..1_200_i64 {
        for (index, signal) in site.signals.iter().enumerate() {
            let stages = signal.layout.stages();
            let (turn, second) = (step / 2 / 45, step / 2 % 45);
            let stage = &stages[usize::try_from(turn).expect("late") % stages.len()];
            let mut aspects = vec![Aspect::Red; signal.layout.groups().len()];
            for group in stage.groups.iter() {
                let closing = signal.layout.group(group).closing_aspect();
                let begins = if closing == Aspect::Yellow { 36 } else { 15 };
                let shows = [Aspect::Green, closing, Aspect::Red];
                let at = usize::from(second >= begins) + usize::from(second >= 40);
                aspects[group.index()] = shows[at];
            }
            world.set_aspects(index, &aspects);
        }
        world.step();
        all = all.rotate_left(5) ^ world.trajectory_hash();
    }
    (all, format!("{:?} {:?}", world.walkers(), world.summary()))
}

#[test]
fn a_street_with_all_kinds_of_traffic_is_the_same_for_any_number_of_threads() {
    let one = busy(1);
    eprintln!("busy: {}", one.1);
    for threads in [2, 5] {
        assert_eq!(busy(threads), one, "{threads} threads");
    }
    assert_eq!(format!("{:#x}", one.0), "0x52e229a6d5ee8f96");
}
