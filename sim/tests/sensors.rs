//! What loops and lane trackers say, held against what is really on the road.

mod support;

use network::Turn;
use scenario::{Demand, DetectorKind, Flow, RadarNoise, SensorNoise, VehicleClass, generate};
use signal::Aspect;
use sim::world::{Blocked, Incident, LengthClass, Settings, TrackedObject, Weather, World};
use support::road::{LENGTH, cars, detector, everybody, flow, is_likely, road, world};
use units::{LaneId, Metres, Millis};

fn settings(noise: SensorNoise) -> Settings {
    Settings { noise, ..Settings::default() }
}

#[test]
fn loops_count_each_front_when_it_crosses_and_are_occupied_as_long_as_it_takes() {
    let kinds =
        [300.0, 40.0, 3.0].map(|distance| DetectorKind::Advance { distance: Metres(distance) });
    let sites: Vec<_> = kinds.into_iter().map(|kind| detector(0, kind)).collect();
    let begins = [300.0_f32, 40.0, 3.0].map(|distance| LENGTH - distance - 2.0);
    let flows = vec![cars(200), flow(VehicleClass::Truck, 40, 15_500, 12.0)];
    let (mut world, _) = world(&road(1), &sites, flows, &Settings::default());
    let (mut counts, mut occupied) = ([0_u32; 3], [0.0_f64; 3]);
    let mut pulses = 0;
    for _ in 0..2_400 {
        let before = everybody(&world, 1);
        world.step();
        let after = everybody(&world, 1);
        for (at, &begin) in begins.iter().enumerate() {
            let (mut crossed, mut covered) = (0, 0.0_f64);
            for (_, old) in &before {
                let new = after.iter().find(|(_, new)| new.vehicle == old.vehicle);
                let to = new.map_or(old.position + old.speed * 0.5, |(_, new)| new.position);
                crossed += u32::from(old.position < begin && to >= begin);
                // The share of the step in which some of the vehicle is over the loop's 2 m.
                let (from, until) = (begin - old.position, begin + 2.0 + old.length - old.position);
                let way = (to - old.position).max(1e-3);
                let share = (until / way).clamp(0.0, 1.0) - (from / way).clamp(0.0, 1.0);
                covered += f64::from(share);
            }
            counts[at] += crossed;
            occupied[at] += 500.0 * covered;
            let state = world.detector(at);
            assert_eq!(state.count, counts[at], "loop {at} at {}", world.now());
            // However short, a pulse within a step is seen in that step.
            assert!(crossed == 0 || state.present, "loop {at} at {}", world.now());
            pulses += u32::from(crossed > 0 && covered < 0.9);
            let off = (state.occupied.0 as f64 - occupied[at]).abs();
            // Each step of a passage is rounded down to a millisecond; the last loop's vehicles leave
            // the road over it.
            let most = 4.0 * f64::from(counts[at] + 1);
            assert!(at == 2 || off < most, "loop {at}: {off} ms off at {}", world.now());
        }
    }
    assert_eq!(counts, [240; 3]);
    assert!(pulses > 200, "{pulses} pulses were shorter than a step");
}

#[test]
fn a_loop_at_the_stop_line_is_occupied_until_the_rear_has_left_it() {
    let (site, _) = generate::arterial(1, 1);
    let network = &site.network;
    let from = network.link_named("l_0_1_1_1").expect("an arm");
    let ways = network.link_movements(from).iter().map(|&movement| network.movement(movement));
    let way = ways.clone().find(|row| row.turn == Turn::Straight).expect("a way");
    let lanes: Vec<_> = network.link_lanes(from).collect();
    for (class, length) in [(VehicleClass::Car, 5.0), (VehicleClass::Truck, 12.0)] {
        let route = vec![from, way.to];
        let flows = vec![Flow { route, ..flow(class, 60, 15_000, length) }];
        let demand = Demand { flows, ..Demand::default() };
        let settings = Settings::default();
        let mut world = World::with_settings(
            network.clone(),
            &site.signals,
            &site.detectors,
            &demand,
            &settings,
        );
        let groups = site.signals[0].layout.groups().len();
        world.set_aspects(0, &vec![Aspect::Green; groups]);
        let mut last = vec![0.0; 60];
        while world.summary().finished < 60 {
            world.step();
            for seen in lanes.iter().flat_map(|&lane| world.vehicles(lane)) {
                last[seen.vehicle as usize] = f64::from(seen.speed);
            }
        }
        let expected: f64 = last.iter().map(|speed| (2.0 + length) / speed).sum();
        let loops = (0..).zip(&site.detectors).filter(|(_, wired)| {
            wired.kind == DetectorKind::StopLine && lanes.contains(&wired.lane)
        });
        let states: Vec<_> = loops.map(|(at, _)| world.detector(at)).collect();
        let occupied: f64 = states.iter().map(|state| state.occupied.as_secs_f64()).sum();
        assert_eq!(states.iter().map(|state| state.count).sum::<u32>(), 60);
        let share = occupied / expected;
        assert!((0.97..1.03).contains(&share), "{class:?}: {occupied} s, expected {expected} s");
        assert!(states.iter().all(|state| !state.present), "all have gone");
    }
}

#[test]
fn loops_miss_and_chatter_as_often_as_they_are_told_to() {
    let sites = [detector(0, DetectorKind::StopLine)];
    for (misses, chatters) in
        [(0.0, 0.0), (0.02, 0.0), (0.2, 0.0), (0.0, 0.02), (0.0, 0.3), (0.1, 0.1)]
    {
        for seed in [1, 2, 3] {
            let (loop_misses, loop_chatters) = (misses, chatters);
            let noise = SensorNoise { loop_misses, loop_chatters, ..SensorNoise::default() };
            let settings = Settings { seed, ..settings(noise) };
            let (mut world, _) = world(&road(1), &sites, vec![cars(1_000)], &settings);
            let mut double = 0;
            let mut before = 0;
            while world.summary().finished < 1_000 {
                world.step();
                let count = world.detector(0).count;
                // Two cars never cross in one step: a step of two is a chatter.
                double += usize::from(count - before == 2);
                before = count;
            }
            let seen = before as usize - double;
            let (misses, chatters) = (f64::from(misses), f64::from(chatters));
            assert!(is_likely(1_000 - seen, 1_000, misses), "{seen} seen at {misses}, seed {seed}");
            assert!(is_likely(double, seen, chatters), "{double} twice at {chatters}, seed {seed}");
        }
    }
}

/// The road after two minutes, with cars and trucks all along it.
fn busy(radar: RadarNoise, weather: Weather, seed: u64) -> World {
    let mut world = empty(radar, weather, seed);
    (0..240).for_each(|_| world.step());
    world
}

fn empty(radar: RadarNoise, weather: Weather, seed: u64) -> World {
    let noise = SensorNoise { radar, ..SensorNoise::default() };
    let settings = Settings { weather, seed, ..settings(noise) };
    let flows = vec![cars(400), flow(VehicleClass::Truck, 80, 15_500, 12.0)];
    world(&road(1), &[], flows, &settings).0
}

/// The same road blocked 10 m before its end, with a queue of a minute and a half.
fn jammed(radar: RadarNoise, seed: u64) -> World {
    let mut world = empty(radar, Weather::Dry, seed);
    let blocked = Blocked::Lane(LaneId(0), Metres(990.0));
    world.add_incident(Incident { blocked, from: Millis(0), until: Millis(10_000_000) });
    (0..240).for_each(|_| world.step());
    world
}

#[test]
fn an_exact_tracker_sees_all_within_its_range_nearest_first() {
    let rain = RadarNoise { range_in_rain: 0.5, range_in_snow: 0.75, ..RadarNoise::default() };
    for (weather, range) in [
        (Weather::Dry, 200.0),
        (Weather::Wet, 200.0),
        (Weather::HeavyRain, 100.0),
        (Weather::Snow, 150.0),
        (Weather::Fog, 200.0),
    ] {
        let mut world = busy(rain, weather, 1);
        assert!((world.tracker_range() - range).abs() < 1e-3);
        let mut seen = 0;
        for _ in 0..200 {
            world.step();
            let track = world.track(0, LaneId(0));
            let there: Vec<_> = everybody(&world, 1)
                .into_iter()
                .map(|(_, seen)| (LENGTH - seen.position, seen))
                .filter(|(distance, _)| *distance <= range)
                .collect();
            assert_eq!(track.objects.len(), there.len(), "{weather:?} at {}", world.now());
            assert!(track.objects.is_sorted_by(|a, b| a.distance <= b.distance));
            for (distance, truth) in there {
                let found = track.objects.iter().any(|object| {
                    (object.distance - distance).abs() < 1e-3
                        && (object.speed - truth.speed).abs() < 1e-6
                        && object.length == LengthClass::of(truth.length)
                });
                assert!(found, "{truth:?} is not in {track:?}");
            }
            seen += track.objects.len();
        }
        assert!(seen > 300, "{weather:?}: {seen}");
    }
}

#[test]
fn a_tracker_errs_as_it_is_told_to() {
    let noise = RadarNoise { distance_spread: 0.8, speed_spread: 0.4, ..RadarNoise::default() };
    let (mut exact, mut noisy) =
        (busy(RadarNoise::default(), Weather::Dry, 1), busy(noise, Weather::Dry, 1));
    let (mut distances, mut speeds, mut together) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..600 {
        exact.step();
        noisy.step();
        let (truth, here, other) =
            (exact.track(0, LaneId(0)), noisy.track(0, LaneId(0)), noisy.track(1, LaneId(0)));
        assert_eq!(truth.objects.len(), here.objects.len());
        for ((truth, here), other) in truth.objects.iter().zip(&here.objects).zip(&other.objects) {
            // What passes the stop line is held there.
            if truth.distance > 5.0 {
                distances.push(f64::from(here.distance - truth.distance));
                speeds.push(f64::from(here.speed - truth.speed));
                together += f64::from((here.speed - truth.speed) * (other.speed - truth.speed));
            }
        }
    }
    let spread = |all: &[f64]| {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let square = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / all.len() as f64;
        (mean, square.sqrt())
    };
    assert!(distances.len() > 1_500, "{}", distances.len());
    let ((mean, distance), (drift, speed)) = (spread(&distances), spread(&speeds));
    assert!(mean.abs() < 0.1 && (distance - 0.8).abs() < 0.06, "distance {mean} ± {distance}");
    assert!(drift.abs() < 0.05 && (speed - 0.4).abs() < 0.03, "speed {drift} ± {speed}");
    let correlation = together / distances.len() as f64 / 0.16;
    assert!(correlation.abs() < 0.1, "two trackers err together: {correlation}");
}

#[test]
fn a_tracker_misses_by_range_and_behind_trucks_and_sees_ghosts() {
    let far = RadarNoise { misses_near: 0.1, misses_far: 0.5, ..RadarNoise::default() };
    let hidden = RadarNoise { misses_hidden: 0.7, ..RadarNoise::default() };
    let ghosts = RadarNoise { ghosts: 0.2, ..RadarNoise::default() };
    let flowing = |noise: RadarNoise, seed| busy(noise, Weather::Dry, seed);
    let run = |make: fn(RadarNoise, u64) -> World, noise: RadarNoise, seed| {
        let (mut exact, mut noisy) = (make(RadarNoise::default(), seed), make(noise, seed));
        let mut rows = Vec::new();
        for _ in 0..800 {
            exact.step();
            noisy.step();
            rows.push((exact.track(0, LaneId(0)).objects, noisy.track(0, LaneId(0)).objects));
        }
        rows
    };
    for seed in [1, 2] {
        // By range: each half has the mean rate of its middle.
        for (from, to, rate) in [(0.0, 100.0, 0.2), (100.0, 200.0, 0.4)] {
            let rows = run(flowing, far, seed);
            let here = |d: f32| (from..to).contains(&d);
            let all: usize = rows
                .iter()
                .map(|(truth, _)| truth.iter().filter(|o| here(o.distance)).count())
                .sum();
            let seen: usize =
                rows.iter().map(|(_, seen)| seen.iter().filter(|o| here(o.distance)).count()).sum();
            let missed = (all - seen) as f64 / all as f64;
            assert!((missed - rate).abs() < 0.05, "{missed} of {all} from {from} to {to} m");
        }
        // Behind a truck, and only there.
        let (mut tries, mut missed) = (0, 0);
        for (truth, seen) in run(jammed, hidden, seed) {
            for object in &truth {
                let hides = |other: &TrackedObject| {
                    let rear = other.distance + 12.0;
                    other.length == LengthClass::VeryLong
                        && (rear..rear + 25.0).contains(&object.distance)
                };
                let is_hidden = truth.iter().any(hides);
                let is_seen = seen.iter().any(|o| (o.distance - object.distance).abs() < 1e-3);
                assert!(is_seen || is_hidden, "{object:?}");
                tries += usize::from(is_hidden);
                missed += usize::from(is_hidden && !is_seen);
            }
        }
        assert!(tries > 100 && is_likely(missed, tries, 0.7), "{missed} of {tries} hidden");
        let rows = run(flowing, ghosts, seed);
        let seen = rows.iter().filter(|(truth, seen)| seen.len() == truth.len() + 1).count();
        assert!(is_likely(seen, rows.len(), 0.2), "{seen} ghosts");
    }
}

#[test]
fn sensors_change_nothing_in_the_world() {
    let (site, demand): (_, Demand) = generate::arterial(1, 2);
    let run = |noise: SensorNoise| {
        let network = site.network.clone();
        let settings = settings(noise);
        let mut world =
            World::with_settings(network, &site.signals, &site.detectors, &demand, &settings);
        (0..600).for_each(|_| world.step());
        world.trajectory_hash()
    };
    assert_eq!(run(SensorNoise::default()), run(SensorNoise::typical()));
}
