//! Lane trackers behind devices of their own: what the engine makes of them, what befalls them, and
//! what a stranger reads of them over Modbus TCP.

mod common;

use std::sync::Arc;

use engine::EventKind;
use field::frame::encode_request;
use field::{DeviceMap, PointValue, Reply, Request};
use hw_profiles::Point;
use scenario::{Mode, RadarNoise, SensorNoise, Sensors, Site, Transport, generate, write_site};
use sim::fault::Injection;
use sim::harness::{self, Outcome, Settings};
use sim::serve::{ServeConfig, Server};
use sim::street::{Answer, Street};
use sim::world::{Settings as WorldSettings, Weather};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use units::{DeviceId, Millis, Moment};

const SECONDS: i64 = 285;

/// A crossroads under its plan, its trackers in the cabinet or behind devices of their own.
fn run(own_devices: bool, faults: &[&str]) -> Outcome {
    let (mut site, demand) = generate::arterial(1, 1);
    site.control.mode = Mode::Fixed;
    if own_devices {
        assert_eq!(common::with_lane_trackers(&mut site).len(), 4);
    }
    let injections = faults.iter().map(|text| text.parse::<Injection>().expect(text)).collect();
    let settings = Settings { injections, ..Settings::of(Millis::from_secs(SECONDS), 1) };
    let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("it runs");
    assert_eq!(outcome.violations, 0, "{:?}", outcome.findings);
    outcome
}

/// What the engine takes the queue of the junction to be at the end, and what it is within the
/// trackers' range.
fn queues(outcome: &Outcome) -> (f64, f64) {
    let known = outcome.engine.snapshot(Moment(SECONDS * 1_000)).junctions[0].queue;
    let world = outcome.street.world();
    let site = outcome.street.site();
    let lanes = site.detectors.iter().filter(|d| d.kind == scenario::DetectorKind::Tracker);
    let truth: u32 = lanes.map(|d| u32::from(world.track(0, d.lane).queue)).sum();
    (known.unwrap_or(0.0), truth.into())
}

#[test]
fn the_engine_reads_queues_from_lane_trackers_as_from_the_cabinet() {
    for own_devices in [false, true] {
        let outcome = run(own_devices, &[]);
        let (known, truth) = queues(&outcome);
        assert!(truth >= 4.0, "{truth} queue");
        assert!((known - truth).abs() <= 2.0, "own devices {own_devices}: {known}, really {truth}");
        let all_up = outcome.events.iter().all(
            |event| !matches!(&event.kind, EventKind::Health { state, .. } if *state == "dead"),
        );
        assert!(all_up && outcome.counters.errors == 0, "{}", outcome.counters.errors);
    }
}

#[test]
fn a_site_file_keeps_which_lane_each_channel_watches() {
    let (mut site, _) = generate::arterial(1, 2);
    assert_eq!(common::with_lane_trackers(&mut site).len(), 8);
    let again = Site::parse(&write_site(&site)).expect("what it writes it reads");
    assert_eq!((again.devices, again.detectors), (site.devices, site.detectors));
}

#[test]
fn a_silent_tracker_is_not_an_empty_road() {
    let faults: Vec<String> = ["l_0_1_1_1", "l_2_1_1_1", "l_1_0_1_1", "l_1_2_1_1"]
        .map(|link| format!("silent:tracker {link}@100"))
        .to_vec();
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let outcome = run(true, &faults);
    let (known, truth) = queues(&outcome);
    // The loops at the stop lines stand for one vehicle each.
    assert!(known <= 12.0, "{known}, really {truth}");
    let dead = outcome.events.iter().filter(|event| {
        matches!(&event.kind, EventKind::Health { .. }) && event.at > Moment(100_000)
    });
    assert!(dead.count() >= 4, "their silence is told");
}

/// A street with lane trackers in heavy rain, moved for two minutes.
fn in_rain() -> (Street, Arc<Site>, Vec<DeviceId>) {
    let (mut site, demand) = generate::arterial(1, 1);
    let heads = common::with_lane_trackers(&mut site);
    let site = Arc::new(site);
    let radar = RadarNoise { range_in_rain: 0.6, ..RadarNoise::default() };
    let noise = SensorNoise { radar, ..SensorNoise::default() };
    let settings = WorldSettings { weather: Weather::HeavyRain, ..WorldSettings::default() };
    let mut street =
        Street::with_settings(&site, &demand, Vec::new(), &settings).expect("a street");
    street.equip(&Sensors { noise, ..Sensors::default() });
    (street, site, heads)
}

fn map() -> DeviceMap {
    DeviceMap::new(hw_profiles::builtin("open-lane-tracker").expect("it ships"))
}

fn ask(
    street: &mut Street,
    site: &Site,
    head: DeviceId,
    address: u16,
    count: u16,
) -> Vec<PointValue> {
    let device = &site.devices[head.index()];
    let request = Request::ReadInput { address, count };
    match street.answer(device.line, device.unit, &request) {
        Answer::Reply(Ok(reply)) => map().decode(&request, &reply).expect("it fits"),
        other => panic!("{other:?}"),
    }
}

fn number(points: &[PointValue], point: Point, index: u16) -> Option<f64> {
    let found = points.iter().find(|p| (p.point, p.index) == (point, index));
    found.unwrap_or_else(|| panic!("{point:?} {index} was not read")).value.number()
}

#[test]
fn a_cabinet_reports_for_how_much_of_the_last_second_each_loop_was_occupied() {
    let (site, demand) = generate::arterial(1, 1);
    let site = Arc::new(site);
    let mut street = Street::new(&site, &demand, Vec::new()).expect("a street");
    let controller = hw_profiles::builtin("open-stage-controller").expect("it ships");
    let map = DeviceMap::new(controller);
    let (mut before, mut full, mut part) = (street.world().detectors().collect::<Vec<_>>(), 0, 0);
    for second in 1..=200 {
        street.advance(Moment(second * 1_000));
        let request = Request::ReadInput { address: 132, count: 64 };
        let Answer::Reply(Ok(reply)) = street.answer(site.devices[0].line, 1, &request) else {
            panic!("no answer");
        };
        let points = map.decode(&request, &reply).expect("it fits");
        let now = street.world().detectors().collect::<Vec<_>>();
        for (at, wired) in site.detectors.iter().enumerate() {
            if wired.kind == scenario::DetectorKind::Tracker {
                continue;
            }
            let told = number(&points, Point::DetectorOccupancy, wired.channel).expect("known");
            let really = (now[at].occupied - before[at].occupied).as_secs_f64() * 100.0;
            assert!((told - really).abs() < 0.051, "{told} % told, {really} %");
            full += u32::from(told > 99.9);
            part += u32::from(told > 0.0 && told < 99.9);
        }
        before = now;
    }
    assert!(full > 50 && part > 50, "{full} full seconds, {part} in part");
}

#[test]
fn rain_shortens_what_a_tracker_sees_and_it_says_so() {
    let (mut street, site, heads) = in_rain();
    let before = ask(&mut street, &site, heads[0], 0, 40);
    assert_eq!(number(&before, Point::TrackerHealth, 0), Some(0.0), "it starts");
    assert_eq!(number(&before, Point::TrackerQueue, 0), None, "nothing is known yet");
    street.advance(Moment(120_000));
    let now = ask(&mut street, &site, heads[0], 0, 40);
    assert_eq!(number(&now, Point::TrackerHealth, 0), Some(2.0), "it sees less than it should");
    assert_eq!(number(&now, Point::TrackerRange, 0), Some(120.0));
    assert_eq!(number(&now, Point::TrackerQueue, 7), None, "a lane that it was not told of");
    let mut objects = 0.0;
    for &head in &heads {
        let lanes = site.detectors.iter().filter(|d| d.device == head);
        for detector in lanes {
            let block = ask(&mut street, &site, head, 100 + 100 * detector.channel, 92);
            let truth = street.world().track(0, detector.lane);
            let count = number(&block, Point::ObjectCount, detector.channel).expect("known");
            assert!((count - truth.objects.len() as f64).abs() < 0.1);
            for at in 0..30 {
                let element = 30 * detector.channel + at;
                let distance = number(&block, Point::ObjectDistance, element);
                let object = truth.objects.get(usize::from(at));
                assert_eq!(distance.is_some(), object.is_some());
                if let (Some(distance), Some(object)) = (distance, object) {
                    assert!(
                        (distance - f64::from(object.distance)).abs() <= 0.051 && distance <= 120.1
                    );
                    let speed = number(&block, Point::ObjectSpeed, element).expect("known");
                    assert!((speed - f64::from(object.speed)).abs() <= 0.0051);
                }
            }
            objects += count;
        }
    }
    assert!(objects >= 5.0, "{objects} objects");
}

#[test]
fn a_tracker_that_starts_again_counts_it_and_measures_on() {
    let (mut street, site, heads) = in_rain();
    let name = &site.devices[heads[1].index()].name;
    street.inject(format!("reboot:{name}@60").parse().expect("a fault")).expect("it is there");
    street.advance(Moment(59_000));
    assert_eq!(number(&ask(&mut street, &site, heads[1], 0, 7), Point::BootCount, 0), Some(1.0));
    street.advance(Moment(120_000));
    let now = ask(&mut street, &site, heads[1], 0, 40);
    assert_eq!(number(&now, Point::BootCount, 0), Some(2.0));
    assert!(number(&now, Point::Uptime, 0).is_some_and(|uptime| (58.0..=60.0).contains(&uptime)));
    assert!(number(&now, Point::TrackerQueue, 0).is_some());
}

/// Asks in bytes, and decodes what comes.
async fn read(stream: &mut TcpStream, turn: u16, unit: u8, request: &Request) -> Vec<PointValue> {
    stream.write_all(&encode_request(turn, unit, request)).await.expect("written");
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.expect("an answer");
    assert_eq!((&head[..2], &head[6..8]), (&turn.to_be_bytes()[..], &[unit, 4][..]));
    let mut bytes = vec![0; usize::from(head[8])];
    stream.read_exact(&mut bytes).await.expect("the rest of it");
    let words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    map().decode(request, &Reply::Input(words)).expect("it fits")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_reads_the_objects_of_a_lane_over_modbus_tcp() {
    let (mut site, demand) = generate::arterial(1, 1);
    let heads = common::with_lane_trackers(&mut site);
    for line in &mut site.lines {
        line.transport = Transport::Tcp { address: "127.0.0.1:0".to_owned() };
    }
    let unit = site.devices[heads[0].index()].unit;
    let config = ServeConfig {
        site: Arc::new(site),
        demand,
        speed: 50.0,
        seed: 7,
        duration: None,
        injections: Vec::new(),
    };
    let mut server = Server::bind(config).await.expect("a port of this machine");
    server.equip(&Sensors { noise: SensorNoise::typical(), ..Sensors::default() });
    let address = server.addresses().expect("addresses")[0];
    let shutdown = CancellationToken::new();
    let street = tokio::spawn(server.run(shutdown.clone(), None, |_| ()));
    let mut stream = TcpStream::connect(address).await.expect("open");
    let (mut frames, mut objects) = (Vec::new(), 0.0);
    // As many turns as it takes until somebody came by and a second measurement was read.
    for turn in 0..60_000_u16 {
        let request = Request::ReadInput { address: 100 + 100 * (turn % 3), count: 92 };
        let points = read(&mut stream, turn, unit, &request).await;
        let lane = turn % 3;
        frames.push(number(&points, Point::ObjectFrame, lane).expect("known"));
        objects += number(&points, Point::ObjectCount, lane).unwrap_or(0.0);
        let distance = number(&points, Point::ObjectDistance, 30 * lane);
        assert!(distance.is_none_or(|metres| (0.0..=203.0).contains(&metres)), "{distance:?}");
        if objects > 0.0 && frames.last() > frames.first() {
            break;
        }
    }
    assert!(objects > 0.0, "nobody was seen");
    // A write is refused, and the line goes on.
    stream.write_all(&[0, 9, 0, 0, 0, 6, unit, 6, 0, 0, 0, 1]).await.expect("written");
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer, [0, 9, 0, 0, 0, 3, unit, 0x86, 1]);
    shutdown.cancel();
    let summary = street.await.expect("no panic").expect("a summary");
    assert_eq!(summary.violations, 0, "{:?}", summary.violation_texts);
}
