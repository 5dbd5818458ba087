//! Mixed traffic: two-wheelers ride two abreast, filter past standing cars where the lane leaves them
//! room, and discharge faster than cars; cars keep their order and their distance.

mod support;

use std::sync::Arc;

use network::{LaneSpec, Network, Point};
use scenario::{Demand, Flow, VehicleClass};
use signal::Aspect;
use sim::world::{Blocked, Incident, Seen, Settings, World};
use support::crossroads::{Arm, Crossroads, Stream, Way, alternate, poisson, queue, vehicle};
use units::{LaneId, LinkId, Metres, MetresPerSecond, Millis};

fn of(class: VehicleClass, mut streams: Vec<Stream>) -> Vec<Stream> {
    streams.iter_mut().for_each(|stream| stream.class = class);
    streams
}

#[test]
fn two_files_of_two_wheelers_discharge_from_one_lane() {
    let (vehicles, seeds) = (50, 6);
    let mut flow = 0.0;
    for seed in 0..seeds {
        let flows = of(VehicleClass::TwoWheeler, queue(Arm::West, Way::Straight, vehicles));
        let settings = Settings { seed, ..Settings::default() };
        let mut street = Crossroads::new(&flows, &settings);
        street.run(Millis(260_000), |_, _| Aspect::Red);
        let lane = street.lane(Arm::West, Way::Straight);
        let rears: Vec<f32> = street.world.vehicles(lane).map(|seen| seen.position).collect();
        let long = rears[0] - rears[vehicles - 1];
        // One file would be 49 times 2.9 m long.
        assert!(long < 0.6 * 49.0 * 2.9, "they stand {long} m long");
        let mut times = Vec::new();
        while times.len() < 45 {
            street.run(Millis(500), |_, _| Aspect::Green);
            let passed = street.passed(Arm::West, Way::Straight) as usize;
            times.resize(passed.max(times.len()), street.world.now().as_secs_f64());
            assert!(street.world.now() < Millis(400_000), "stuck at {passed}");
        }
        flow += 3_600.0 * 34.0 / (times[44] - times[10]) / f64::from(seeds as u32);
    }
    // Two files, each with a net time gap of 0.9 s and 1.9 + 1.0 m at 6.9 m/s.
    let expected = 2.0 * 3_600.0 / (0.9 + 2.9 / 6.9);
    eprintln!("two-wheelers: {flow:.0} an hour from a lane of 3.5 m, two files {expected:.0}");
    assert!((flow / expected - 1.0).abs() < 0.15, "{flow} against {expected}");
}

/// One lane of this width, blocked at 500 m for the first minutes; nine cars and then a two-wheeler.
fn behind_a_queue(width: f64) -> (World, u32) {
    let mut builder = Network::builder();
    let (a, b) = (Point { x: 0.0, y: 0.0 }, Point { x: 600.0, y: 0.0 });
    let (from, to) = (builder.junction("a", a, false), builder.junction("b", b, false));
    let lane = LaneSpec { width: Metres(width), speed: MetresPerSecond(14.0) };
    builder.link("ab", from, to, Metres(600.0), &[lane], vec![a, b]);
    let flow = |class, start: i64, end: i64| Flow {
        route: vec![LinkId(0)],
        start: Millis(start),
        end: Millis(end),
        interval: Millis(3_000),
        vehicle: vehicle(class),
        ..Flow::default()
    };
    let flows =
        vec![flow(VehicleClass::Car, 0, 24_000), flow(VehicleClass::TwoWheeler, 40_000, 40_000)];
    let demand = Demand { flows, ..Demand::default() };
    let network = Arc::new(builder.build().expect("sound"));
    let mut world = World::new(network, &[], &[], &demand);
    let blocked = Blocked::Lane(LaneId(0), Metres(500.0));
    world.add_incident(Incident { blocked, from: Millis(0), until: Millis(300_000) });
    (world, 9)
}

#[test]
fn a_two_wheeler_filters_to_the_front_where_the_lane_leaves_it_room() {
    for (width, passed) in [(3.5, true), (3.0, true), (2.8, false)] {
        let (mut world, rider) = behind_a_queue(width);
        (0..500).for_each(|_| world.step());
        let order: Vec<u32> = world.vehicles(LaneId(0)).map(|seen| seen.vehicle).collect();
        let place = order.iter().position(|&vehicle| vehicle == rider).expect("it is there");
        eprintln!("two-wheelers: lane of {width} m, place {place} of {}", order.len());
        assert_eq!(place <= 1, passed, "{width}: {order:?}");
        (0..600).for_each(|_| world.step());
        assert_eq!(world.summary().finished, 10, "{width}: all drive on");
    }
}

#[test]
fn a_lane_keeps_its_order_and_cars_never_overlap() {
    let mut flows = Vec::new();
    for (seed, arm) in (0..).zip([Arm::West, Arm::East, Arm::North, Arm::South]) {
        for way in [Way::Left, Way::Straight, Way::Right] {
            // Left turns must find gaps here.
            let (cars, riders) = if way == Way::Left { (40.0, 40.0) } else { (250.0, 350.0) };
            flows.extend(poisson(arm, way, cars, Millis(900_000), seed));
            let riders = poisson(arm, way, riders, Millis(900_000), 20 + seed);
            flows.extend(of(VehicleClass::TwoWheeler, riders));
        }
    }
    let mut street = Crossroads::new(&flows, &Settings::default());
    let mut abreast = 0;
    for _ in 0..2_600 {
        street.run_by_arm(Millis(500), alternate);
        for lane in street.lanes() {
            let file: Vec<Seen> = street.world.vehicles(lane).collect();
            assert!(file.windows(2).all(|pair| pair[0].position >= pair[1].position), "{file:?}");
            let cars: Vec<&Seen> = file.iter().filter(|seen| seen.length > 4.0).collect();
            for pair in cars.windows(2) {
                let gap = pair[0].position - pair[0].length - pair[1].position;
                assert!(gap > 0.0, "{pair:?} overlap at {}", street.world.now());
            }
            // Of two-wheelers no three share a place.
            let riders: Vec<&Seen> = file.iter().filter(|seen| seen.length < 4.0).collect();
            for three in riders.windows(3) {
                let gap = three[0].position - three[0].length - three[2].position;
                assert!(gap > 0.0, "{three:?} overlap at {}", street.world.now());
            }
            abreast += riders.windows(2).filter(|p| p[0].position - 1.9 < p[1].position).count();
        }
    }
    let summary = street.world.summary();
    eprintln!("two-wheelers: abreast {abreast} times, {summary:?}");
    assert!(abreast > 1_000, "{abreast}");
    assert_eq!(summary.running, 0, "somebody is stuck: {summary:?}");
}
