//! What single drivers meet: a vehicle that breaks down, a lane that is blocked or ends for them, the
//! yellow, a right turn at red.

mod support;

use std::sync::Arc;

use network::{Connection, LaneSpec, Network, Point, Turn};
use scenario::{
    Demand, Departure, EntryLane, Flow, Phase, Program, SignalSite, VehicleType, generate,
};
use signal::Aspect;
use sim::program::Player;
use sim::world::{Blocked, Incident, Model, Seen, Settings, World};
use support::crossroads::{Arm, Crossroads, Stream, Way, poisson, queue};
use units::{GroupId, LaneId, LinkId, Metres, MetresPerSecond, Millis};

fn road(lanes: usize) -> Arc<Network> {
    let mut builder = Network::builder();
    let (a, b) = (Point { x: 0.0, y: 0.0 }, Point { x: 1_000.0, y: 0.0 });
    let from = builder.junction("a", a, false);
    let to = builder.junction("b", b, false);
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(14.0) };
    builder.link("ab", from, to, Metres(1_000.0), &vec![lane; lanes], vec![a, b]);
    Arc::new(builder.build().expect("sound"))
}

fn cars(interval: i64, until: i64) -> Demand {
    let vehicle = VehicleType { max_speed: MetresPerSecond(20.0), ..VehicleType::default() };
    let flow = Flow {
        route: vec![LinkId(0)],
        start: Millis(0),
        end: Millis(until),
        interval: Millis(interval),
        vehicle,
        ..Flow::default()
    };
    Demand { flows: vec![flow], ..Demand::default() }
}

#[test]
fn a_vehicle_that_breaks_down_stands_for_its_time_and_drives_on() {
    let from = Millis(30_000);
    for (what, blocked) in [
        ("the vehicle", Blocked::Vehicle(2)),
        ("the next that passes", Blocked::NextVehicle(LaneId(0), Metres(300.0))),
    ] {
        let mut world = World::new(road(1), &[], &[], &cars(10_000, 200_000));
        world.add_incident(Incident { blocked, from, until: from + Millis(60_000) });
        let mut stood = std::collections::BTreeMap::new();
        while world.now() < Millis(600_000) {
            world.step();
            let stands = world.vehicles(LaneId(0)).filter(|seen| seen.speed < 0.1);
            if let Some(first) = stands.map(|seen| seen.vehicle).min() {
                *stood.entry(first).or_insert(0.0) += 0.5;
            }
        }
        eprintln!("stalled: {what}: {stood:?}");
        let (_, longest) = stood.iter().next().expect("somebody stood");
        assert!((45.0..=62.0).contains(longest), "{what}: {stood:?}");
        assert_eq!(world.summary().finished, 21, "{what}: all drive on");
    }
}

#[test]
fn traffic_goes_round_a_vehicle_that_has_broken_down_and_round_a_blocked_lane() {
    let from = Millis(60_000);
    for blocked in
        [Blocked::NextVehicle(LaneId(0), Metres(500.0)), Blocked::Lane(LaneId(0), Metres(500.0))]
    {
        let finished = |until: Millis| {
            let mut world = World::new(road(2), &[], &[], &cars(4_000, 600_000));
            world.add_incident(Incident { blocked, from, until });
            (0..1_300).for_each(|_| world.step());
            world.summary().finished
        };
        // Blocked for the rest of the time, and not at all: with another lane nearly as many come.
        let (with, without) = (finished(Millis(900_000)), finished(from));
        eprintln!("round {blocked:?}: {with} of {without}");
        assert!(with + 12 > without, "{blocked:?}: {with} of {without}");
    }
}

/// A second incident, even one that is still to come on another road, once took away what a vehicle
/// that had broken down blocked: nobody went round it.
#[test]
fn a_vehicle_that_has_broken_down_blocks_its_lane_while_there_are_other_incidents() {
    let (from, until) = (Millis(60_000), Millis(900_000));
    let finished = |others: &[Blocked]| {
        let mut world = World::new(road(2), &[], &[], &cars(4_000, 600_000));
        let blocked = Blocked::NextVehicle(LaneId(0), Metres(500.0));
        world.add_incident(Incident { blocked, from, until });
        for &blocked in others {
            world.add_incident(Incident { blocked, from: until, until: until + from });
        }
        let mut seen = Vec::new();
        for _ in 0..1_300 {
            world.step();
            seen.push(world.trajectory_hash());
        }
        seen
    };
    let alone = finished(&[]);
    for later in [Blocked::Lane(LaneId(1), Metres(990.0)), Blocked::Link(LinkId(0), Metres(10.0))] {
        assert_eq!(finished(&[later]), alone, "{later:?} has not begun");
    }
}

/// Where each driver is and how fast when yellow begins decides what it does: with the comfortable
/// braking b, whoever is nearer than v² / 2b goes on, whoever is farther stops.
#[test]
fn at_yellow_who_can_stop_in_comfort_stops_and_who_cannot_goes_on() {
    let mut seen = [0, 0];
    for late in 0..50 {
        let mut stream = queue(Arm::West, Way::Straight, 1);
        stream[0].due[0] = Millis(late * 130);
        let mut street = Crossroads::new(&stream, &Settings::default());
        let lane = street.lane(Arm::West, Way::Straight);
        let yellow = 34;
        let plan = |second: i64, _: Way| match second {
            0..34 => Aspect::Green,
            34..37 => Aspect::Yellow,
            _ => Aspect::Red,
        };
        while street.world.now() < Millis(yellow * 1_000) {
            street.run(Millis(500), plan);
        }
        let length = 476.0;
        let Some((position, speed)) = street.world.lane(lane).next() else { continue };
        let distance = length - position;
        let stops = speed * speed <= 2.0 * 2.5 * distance;
        street.run(Millis(20_000), plan);
        let passed = street.passed(Arm::West, Way::Straight) == 1;
        eprintln!(
            "yellow: {distance:.0} m at {speed:.1} m/s, {}",
            if passed { "goes" } else { "stops" }
        );
        assert_eq!(passed, !stops, "{distance} m before the line at {speed} m/s");
        seen[usize::from(passed)] += 1;
    }
    assert!(seen[0] > 3 && seen[1] > 3, "both are seen: {seen:?}");
}

/// A crossroads whose right turns have the light of the straight movement beside them.
fn ruled_right() -> SignalSite {
    let (site, _) = generate::arterial(1, 1);
    let mut signal = site.signals[0].clone();
    for (index, movement) in site.network.movements().iter().enumerate() {
        let beside = signal.movement_groups.iter().find(|(other, _)| {
            let other = site.network.movement(*other);
            other.from == movement.from && other.turn == Turn::Straight
        });
        if movement.turn == Turn::Right
            && let Some(&(_, group)) = beside
        {
            signal.movement_groups.insert(0, (units::MovementId::from_index(index), group));
        }
    }
    signal
}

#[test]
fn a_right_turn_goes_at_red_only_where_that_is_allowed_and_gives_way() {
    let turned = |right_on_red: bool, across: f64| {
        let mut flows: Vec<Stream> = poisson(Arm::West, Way::Right, 600.0, Millis(600_000), 3);
        flows.extend(poisson(Arm::North, Way::Straight, across, Millis(600_000), 4));
        let settings = Settings { right_on_red, ..Settings::default() };
        let mut street = Crossroads::with_signal(ruled_right(), &flows, &settings);
        street.run_by_arm(Millis(600_000), |_, _, arm| match arm {
            Arm::West | Arm::East => Aspect::Red,
            Arm::North | Arm::South => Aspect::Green,
        });
        street.passed(Arm::West, Way::Right)
    };
    let (never, free, busy) = (turned(false, 0.0), turned(true, 1.0), turned(true, 1_200.0));
    eprintln!("right on red: not allowed {never}, free {free}, against 1,200 veh/h {busy}");
    assert_eq!(never, 0);
    assert!(free > 60 && busy < free, "free {free}, busy {busy}");
}

/// Standing cars on both lanes before a blocked place; how far an ambulance comes behind them.
#[test]
fn an_emergency_vehicle_passes_between_two_lanes_of_cars_that_pull_aside() {
    for (width, passes) in [(3.5, true), (3.0, false)] {
        let mut builder = Network::builder();
        let (a, b) = (Point { x: 0.0, y: 0.0 }, Point { x: 600.0, y: 0.0 });
        let (from, to) = (builder.junction("a", a, false), builder.junction("b", b, false));
        let lane = LaneSpec { width: Metres(width), speed: MetresPerSecond(14.0) };
        builder.link("ab", from, to, Metres(600.0), &[lane; 2], vec![a, b]);
        let mut demand = cars(2_000, 60_000);
        let ambulance = support::crossroads::vehicle(scenario::VehicleClass::Emergency);
        let due = Millis(90_000);
        let first = demand.flows[0].clone();
        demand.flows.push(Flow { start: due, end: due, vehicle: ambulance, ..first });
        let network = Arc::new(builder.build().expect("sound"));
        let mut world = World::new(network, &[], &[], &demand);
        let blocked = Blocked::Link(LinkId(0), Metres(500.0));
        world.add_incident(Incident { blocked, from: Millis(0), until: Millis(400_000) });
        (0..600).for_each(|_| world.step());
        let lanes = [LaneId(0), LaneId(1)];
        let mut place = None;
        for lane in lanes {
            let file: Vec<u32> = world.vehicles(lane).map(|seen| seen.vehicle).collect();
            place = place.or(file.iter().position(|&vehicle| vehicle == 31));
        }
        eprintln!("between lanes of {width} m: place {place:?}");
        assert_eq!(place.expect("it is there") <= 1, passes, "{width}");
        (0..600).for_each(|_| world.step());
        assert_eq!(world.summary().finished, 32, "{width}: all drive on");
    }
}

/// Two lanes, one of which ends for those who go straight on: they must change before the stop line,
/// and those on the other lane let them in, so that neither waits for the other's gap for long.
#[test]
fn whoever_must_change_lanes_is_let_in() {
    let mut flows = poisson(Arm::West, Way::Straight, 900.0, Millis(900_000), 3);
    flows.extend(poisson(Arm::West, Way::Left, 300.0, Millis(900_000), 4));
    flows.extend(poisson(Arm::West, Way::Right, 300.0, Millis(900_000), 5));
    let mut street = Crossroads::new(&flows, &Settings::default());
    street.run(Millis(1_100_000), |second, _| match second % 60 {
        0..45 => Aspect::Green,
        45..48 => Aspect::Yellow,
        _ => Aspect::Red,
    });
    let summary = street.world.summary();
    assert_eq!(summary.running, 0, "{summary:?}");
}

/// Two lanes, one for each way, and everybody comes on the lane of the other way: the first two stood
/// side by side before the stop line for ever, each in the other's gap.
#[test]
fn two_who_must_have_each_others_lane_change_them() {
    let mut builder = Network::builder();
    let places = [(0.0, 0.0), (80.0, 0.0), (80.0, 100.0), (80.0, -100.0)];
    let points = places.map(|(x, y)| Point { x, y });
    let ends = [0, 1, 2, 3].map(|at| builder.junction(&at.to_string(), points[at], false));
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(14.0) };
    let mut link = |name: &str, from: usize, to: usize, lanes: usize| {
        let course = vec![points[from], points[to]];
        let length = Metres(80.0);
        builder.link(name, ends[from], ends[to], length, &vec![lane; lanes], course)
    };
    let (road, left, right) = (link("in", 0, 1, 2), link("left", 1, 2, 1), link("right", 1, 3, 1));
    for (to, turn, from_lane) in [(left, Turn::Left, 0), (right, Turn::Right, 1)] {
        let way = Connection { from_lane, to_lane: 0, length: Metres(15.0), speed: None };
        builder.movement(ends[1], road, to, turn, vec![way]);
    }
    let network = Arc::new(builder.build().expect("sound"));
    for model in [Model::Urban, Model::Krauss, Model::Sumo] {
        let flow = |to: LinkId, lane: u8| Flow {
            route: vec![road, to],
            end: Millis(58_000),
            interval: Millis(2_000),
            departure: Departure { lane: EntryLane::Number(lane), ..Departure::default() },
            ..Flow::default()
        };
        let demand = Demand { flows: vec![flow(left, 1), flow(right, 0)], ..Demand::default() };
        let settings = Settings { model, ..Settings::default() };
        let mut world = World::with_settings(network.clone(), &[], &[], &demand, &settings);
        while world.now() < Millis(600_000) {
            world.step();
            for lane in (0..network.lanes().len()).map(LaneId::from_index) {
                let file: Vec<Seen> = world.vehicles(lane).collect();
                for pair in file.windows(2) {
                    let gap = pair[0].position - pair[0].length - pair[1].position;
                    assert!(gap > 0.0, "{model:?}: {pair:?} overlap at {}", world.now());
                }
            }
        }
        assert_eq!(world.summary().finished, 60, "{model:?}");
    }
}

/// Behind a crossroads a lane of 10 m that ends before a red light: whoever came over the crossroads,
/// or entered there, saw that light when it could not stop before it any more, and passed.
#[test]
fn nobody_passes_a_red_light_at_the_end_of_a_lane_that_is_too_short_to_stop_on() {
    let mut builder = Network::builder();
    let points = [0.0, 220.0, 250.0, 400.0].map(|x| Point { x, y: 0.0 });
    let ends = [0, 1, 2, 3].map(|at| builder.junction(&at.to_string(), points[at], at % 3 != 0));
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(14.0) };
    let links = [(0, 200.0), (1, 10.0), (2, 100.0)].map(|(at, length)| {
        let course = vec![points[at], points[at + 1]];
        builder.link(&format!("road {at}"), ends[at], ends[at + 1], Metres(length), &[lane], course)
    });
    let programs = [(1, Aspect::Green), (2, Aspect::Red)].map(|(at, aspect)| {
        let way = Connection { from_lane: 0, to_lane: 0, length: Metres(20.0), speed: None };
        let (from, to) = (links[at - 1], links[at]);
        let movement = builder.movement(ends[at], from, to, Turn::Straight, vec![way]);
        Program {
            name: at.to_string(),
            junction: ends[at],
            movement_groups: vec![(movement, GroupId(0))],
            phases: vec![Phase { duration: Millis(60_000), aspects: vec![aspect] }],
            offset: Millis(0),
        }
    });
    let network = Arc::new(builder.build().expect("sound"));
    let player = Player::new(&programs).expect("sound");
    for (model, first) in Model::ALL.iter().flat_map(|&(_, model)| [(model, 0), (model, 1)]) {
        if model == Model::CityFlow {
            continue;
        }
        for seed in 0..20 {
            let flow = Flow { route: links[first..].to_vec(), ..Flow::default() };
            let demand = Demand { flows: vec![flow], ..Demand::default() };
            let settings = Settings { model, seed, ..Settings::default() };
            let signals = player.signals();
            let mut world = World::with_settings(network.clone(), signals, &[], &demand, &settings);
            (0..200).for_each(|_| player.step(&mut world));
            let waits = network.lane_at(links[1], 0);
            assert_eq!(world.vehicles(waits).count(), 1, "{model:?} from {first}, seed {seed}");
        }
    }
}
