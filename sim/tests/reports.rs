//! What cameras read and emergency vehicles report, held against what is really on the road; and that
//! all sensors say the same for any number of threads.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use network::Network;
use scenario::{CameraSite, Flow, SensorNoise, Sensors, VehicleClass, generate};
use signal::Aspect;
use sim::world::{Cameras, Passage, Plate, PositionReport, Positions, Settings, Weather, World};
use support::road::{cars, everybody, flow, is_likely, road, world};
use units::{LaneId, LinkId, Metres, Millis};

fn camera(name: &str, at: f64, lanes: &[u8]) -> CameraSite {
    CameraSite { name: name.to_owned(), link: LinkId(0), at: Metres(at), lanes: lanes.to_vec() }
}

/// Drives until all are gone; gives what each camera saw, by sequence.
fn watch(
    lanes: usize,
    flows: Vec<Flow>,
    sensors: &Sensors,
    settings: &Settings,
    mut truth: impl FnMut(&World),
) -> Vec<Vec<Passage>> {
    let (mut world, demand) = world(&road(lanes), &[], flows, settings);
    let mut cameras = Cameras::new(sensors, &demand);
    let mut seen = vec![Vec::new(); cameras.len()];
    while world.summary().finished < demand.vehicles() {
        world.step();
        cameras.observe(&world);
        truth(&world);
        for (index, seen) in seen.iter_mut().enumerate() {
            let (_, passages) = cameras.get(index).expect("a camera");
            let (missed, new) = passages.after(seen.len() as u64);
            assert_eq!(missed, 0);
            seen.extend(new.cloned());
        }
    }
    seen
}

#[test]
fn cameras_tell_each_vehicle_once_at_the_time_and_speed_of_its_crossing() {
    // At the begin, in the middle, and over the stop line.
    let lines = [0.5, 600.0, 1_000.0];
    let cameras = lines.map(|at| camera(&format!("at {at}"), at, &[0, 1, 2]));
    let one_lane = camera("one lane", 600.0, &[1]);
    let sensors = Sensors { cameras: [&cameras[..], &[one_lane]].concat(), ..Sensors::default() };
    let classes =
        [VehicleClass::Car, VehicleClass::Bus, VehicleClass::Car, VehicleClass::TwoWheeler];
    let flows: Vec<_> = classes.iter().map(|&class| flow(class, 100, 5_000, 5.0)).collect();
    let mut before: BTreeMap<u32, f32> = BTreeMap::new();
    let mut crossed: BTreeMap<u32, f64> = BTreeMap::new();
    let settings = Settings::default();
    let seen = watch(3, flows, &sensors, &settings, |world| {
        let now = world.now().as_secs_f64();
        let after: BTreeMap<_, _> =
            everybody(world, 3).iter().map(|(_, seen)| (seen.vehicle, seen.position)).collect();
        for (vehicle, &to) in &after {
            if let Some(&from) = before.get(vehicle).filter(|&&from| from < 600.0 && to >= 600.0) {
                let share = f64::from((600.0 - from) / (to - from));
                crossed.insert(*vehicle, now - 0.5 + 0.5 * share);
            }
        }
        before = after;
    });
    let class = |vehicle: u32| classes[(vehicle / 100) as usize];
    for passages in &seen[..3] {
        assert_eq!(passages.len(), 300, "two-wheelers have no plate");
        for (index, passage) in passages.iter().enumerate() {
            assert_eq!(passage.sequence, index as u64 + 1);
        }
    }
    for (vehicle, at) in crossed.iter().filter(|(vehicle, _)| **vehicle < 300) {
        let plate = Plate::of(settings.seed, *vehicle, class(*vehicle));
        let told: Vec<_> = seen[1].iter().filter(|passage| passage.plate == plate).collect();
        let [told] = told[..] else {
            panic!("{plate:?} was told {} times", told.len());
        };
        assert!((told.at.as_secs_f64() - at).abs() < 0.001, "{told:?} at {at}");
        assert_eq!(told.class, class(*vehicle));
        assert!((5.0..25.0).contains(&told.speed), "{told:?}");
        let entry = seen[0].iter().find(|passage| passage.plate == plate).expect("it came in");
        let exit = seen[2].iter().find(|passage| passage.plate == plate).expect("it went out");
        let mean = 999.5 / (exit.at - entry.at).as_secs_f64();
        assert!(entry.at < told.at && told.at < exit.at && mean < 22.0, "{mean} m/s");
    }
    let middle: Vec<_> = seen[1].iter().filter(|passage| passage.lane == 1).collect();
    assert_eq!(seen[3].len(), middle.len());
    assert!(middle.len() > 20 && middle.len() < 280);
}

#[test]
fn plates_are_read_by_light_and_weather_at_the_rates_that_are_said() {
    let mut noise = SensorNoise::typical();
    (noise.camera.confusions, noise.camera.doubles) = (0.1, 0.2);
    let rates = [
        (Weather::Dry, 12, 0.9),
        (Weather::Dry, 22, 0.8),
        (Weather::Fog, 22, 0.64),
        (Weather::HeavyRain, 12, 0.81),
        (Weather::Snow, 12, 0.765),
        (Weather::Ice, 2, 0.8),
    ];
    for (weather, hour, rate) in rates {
        let sensors = Sensors {
            noise,
            begins_at: Millis::from_secs(hour * 3_600),
            cameras: vec![camera("one", 500.0, &[0])],
            ..Sensors::default()
        };
        let settings = Settings { weather, ..Settings::default() };
        let seen = watch(1, vec![cars(1_500)], &sensors, &settings, |_| {});
        let told = &seen[0];
        let is_double = |pair: &[Passage]| pair[1].at - pair[0].at == Millis(120);
        let doubles = told.windows(2).filter(|pair| is_double(pair)).count();
        assert_eq!(told.len(), 1_500 + doubles, "{weather:?}");
        assert!(is_likely(doubles, 1_500, 0.2), "{weather:?}: {doubles} twice");
        let mut alone = told.clone();
        alone.dedup_by(|next, first| next.at - first.at == Millis(120));
        let read = alone.iter().filter(|passage| passage.plate.is_some()).count();
        assert!(is_likely(read, 1_500, rate), "{weather:?} at {hour}: {read} read, {rate}");
        let plates: Vec<_> =
            (0..1_500).filter_map(|n| Plate::of(1, n, VehicleClass::Car)).collect();
        let wrong = |p: &&Passage| p.plate.as_ref().is_some_and(|plate| !plates.contains(plate));
        let confused = alone.iter().filter(wrong).count();
        assert!(is_likely(confused, read, 0.1), "{weather:?}: {confused} of {read} confused");
    }
}

/// A report and when it arrived; where a vehicle really was.
type Arrived = (Millis, PositionReport);
type Place = (Millis, u32, f32);

/// The reports of ambulances among cars, in the order of their arrival, with when each arrived.
fn ambulances(noise: SensorNoise, count: i64, seed: u64) -> (Vec<Arrived>, Vec<Place>) {
    let flows = vec![cars(200), flow(VehicleClass::Emergency, count, 20_000, 6.0)];
    let settings = Settings { seed, ..Settings::default() };
    let (mut world, demand) = world(&road(2), &[], flows, &settings);
    let mut positions = Positions::new(&noise.position);
    let (mut reports, mut truth) = (Vec::new(), Vec::new());
    let end = Millis(count * 20_000 + 120_000);
    while world.now() < end {
        world.step();
        let now = world.now();
        reports.extend(positions.observe(&world).into_iter().map(|report| (now, report)));
        if now.0 % 1_000 == 0 {
            let there = everybody(&world, 2).into_iter().filter(|(_, seen)| seen.vehicle >= 200);
            truth.extend(there.map(|(_, seen)| (now, seen.vehicle, seen.position)));
        }
    }
    assert_eq!(demand.vehicles() as i64, 200 + count);
    (reports, truth)
}

#[test]
fn emergency_vehicles_say_each_second_where_they_are() {
    let (reports, truth) = ambulances(SensorNoise::default(), 10, 1);
    assert_eq!(reports.len(), truth.len());
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    for ((arrived, report), (at, vehicle, position)) in reports.iter().zip(&truth) {
        assert_eq!((report.at, *arrived, report.vehicle), (*at, *at, *vehicle));
        let number = numbers.entry(*vehicle).or_default();
        *number += 1;
        assert_eq!((report.number, report.heading), (*number, 90), "toward the east");
        assert!((report.position.x - f64::from(*position)).abs() < 1e-3, "{report:?}");
        // The lanes lie right of the road's course.
        let aside = [-1.75, -5.25].iter().any(|y| (report.position.y - y).abs() < 1e-9);
        assert!(aside, "{report:?}");
    }
    assert_eq!(numbers.len(), 10);
    assert!(numbers.values().all(|&count| count > 40), "{numbers:?}");
}

#[test]
fn position_reports_err_and_come_as_they_are_told_to() {
    let mut noise = SensorNoise::default();
    noise.position.spread = 4.0;
    noise.position.lasts_s = 10.0;
    let (reports, truth) = ambulances(noise, 150, 1);
    assert_eq!(reports.len(), truth.len());
    let errors: Vec<(u32, f64)> = reports
        .iter()
        .zip(&truth)
        .map(|((_, report), (_, vehicle, x))| (*vehicle, report.position.x - f64::from(*x)))
        .collect();
    let square = errors.iter().map(|(_, error)| error * error).sum::<f64>() / errors.len() as f64;
    assert!((square.sqrt() - 4.0).abs() < 0.4, "a spread of {}", square.sqrt());
    let mut by_vehicle: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    errors.iter().for_each(|&(vehicle, error)| by_vehicle.entry(vehicle).or_default().push(error));
    let pairs = by_vehicle.values().flat_map(|all| all.windows(2));
    let (sum, count) = pairs.fold((0.0, 0), |(sum, n), pair| (sum + pair[0] * pair[1], n + 1));
    let kept = sum / f64::from(count) / square;
    assert!((kept - 0.9).abs() < 0.04, "{kept} of an error are left after a second");

    let mut noise = SensorNoise::default();
    (noise.position.lost, noise.position.late, noise.position.overtaken) = (0.2, 0.0, 0.0);
    let (reports, truth) = ambulances(noise, 60, 2);
    assert!(is_likely(truth.len() - reports.len(), truth.len(), 0.2), "{}", reports.len());
    (noise.position.lost, noise.position.late) = (0.0, 0.1);
    let (reports, truth) = ambulances(noise, 60, 2);
    let late = reports.iter().filter(|(arrived, report)| *arrived > report.at).count();
    assert_eq!(reports.len(), truth.len());
    assert!(late > truth.len() / 10, "{late} of {} late", truth.len());
    assert!(reports.iter().all(|(arrived, report)| (*arrived - report.at).0 <= 5_500));
    let mut last: BTreeMap<u32, u32> = BTreeMap::new();
    for (_, report) in &reports {
        assert!(last.insert(report.vehicle, report.number) < Some(report.number), "in their order");
    }
    (noise.position.late, noise.position.overtaken) = (0.0, 0.1);
    let (reports, truth) = ambulances(noise, 60, 2);
    let mut last: BTreeMap<u32, u32> = BTreeMap::new();
    let mut overtaken = 0;
    for (_, report) in &reports {
        let newest = last.entry(report.vehicle).or_default();
        overtaken += usize::from(report.number < *newest);
        *newest = report.number.max(*newest);
    }
    // Where two follow each other both keep their order; and the last of all has nobody behind it.
    assert!(is_likely(overtaken, truth.len(), 0.1 * 0.9), "{overtaken} of {}", truth.len());
}

/// All that the sensors of a district say over five minutes, as one number.
fn all_that_is_said(threads: usize, seed: u64) -> u64 {
    let (site, mut demand) = generate::district(3, 3, 2);
    let network: Arc<Network> = site.network.clone();
    let rushing = |flow: &Flow| Flow {
        start: flow.start + Millis(700),
        end: flow.start + Millis(700),
        vehicle: scenario::VehicleType { class: VehicleClass::Emergency, ..flow.vehicle },
        ..flow.clone()
    };
    let rushing: Vec<_> = demand.flows.iter().step_by(40).map(rushing).collect();
    demand.flows.extend(rushing);
    let site_of = |(index, link): (usize, LinkId)| CameraSite {
        name: index.to_string(),
        link,
        at: Metres(network.link(link).length.0 * 0.9),
        lanes: vec![0, 1],
    };
    let links = (0..network.links().len()).step_by(7).map(LinkId::from_index);
    let cameras = links.enumerate().map(site_of).collect();
    let sensors = Sensors { noise: SensorNoise::typical(), cameras, ..Sensors::default() };
    let settings = Settings { threads, seed, noise: sensors.noise, ..Settings::default() };
    let mut world =
        World::with_settings(network.clone(), &site.signals, &site.detectors, &demand, &settings);
    let mut cameras = Cameras::new(&sensors, &demand);
    let mut positions = Positions::new(&sensors.noise.position);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    let mut reports = 0;
    for step in 0..600 {
        for (index, signal) in site.signals.iter().enumerate() {
            let stages = signal.layout.stages();
            let stage = &stages[(step / 50) % stages.len()];
            let mut aspects = vec![Aspect::Red; signal.layout.groups().len()];
            stage.groups.iter().for_each(|group| aspects[group.index()] = Aspect::Green);
            world.set_aspects(index, &aspects);
        }
        world.step();
        cameras.observe(&world);
        let said = positions.observe(&world);
        reports += said.len();
        add(&format!("{said:?}"));
        if step % 10 == 0 {
            for lane in 0..network.lanes().len() {
                let sensor = u32::try_from(lane).expect("few");
                add(&format!("{:?}", world.track(sensor, LaneId::from_index(lane))));
            }
        }
    }
    let passages: u64 = (0..cameras.len())
        .filter_map(|index| cameras.get(index))
        .map(|(_, passages)| {
            passages.after(0).1.for_each(|passage| add(&format!("{passage:?}")));
            passages.count()
        })
        .sum();
    add(&format!("{:?}", world.detectors().collect::<Vec<_>>()));
    assert!(passages > 50 && reports > 100, "{passages} passages, {reports} reports");
    hash
}

#[test]
fn the_same_seed_gives_the_same_words_for_any_number_of_threads() {
    let one = all_that_is_said(1, 5);
    for threads in [2, 5] {
        assert_eq!(all_that_is_said(threads, 5), one, "{threads} threads");
    }
    assert_ne!(all_that_is_said(1, 6), one, "another seed");
}
