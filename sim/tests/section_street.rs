//! A section over a road of the simulation: cars drive, cameras that err read them, virtual cameras tell of them
//! over their register maps, readers take the passages, and the matcher's evidence is held against what was
//! really driven.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::CameraReader;
use field::{DeviceMap, Request};
use interval_speed::{
    CameraId, ClassSet, Constancy, Gate, IntakeEvent, Kmh, LanePair, LimitEntry, LimitHistory,
    LimitRule, Matcher, Measuring, Millimetres, Output, Place, Plate, PlateColour, Rules, Section,
    SectionId, SectionSpec, StatisticsKey, Survey, Tolerance, Verdict, WINDOW,
};
use scenario::{CameraSite, SensorNoise, Sensors};
use sim::camera_head::{CameraHead, Encoding, HeadSettings};
use sim::world::{Cameras, Settings};
use support::road::{cars, road, world};
use units::{LinkId, Metres, Millis, Moment, WallTime};

const BEGIN: WallTime = WallTime(1_790_000_000_000);
/// Where the two cameras are, metres from the road's begin.
const LINES: [f64; 2] = [50.0, 950.0];

/// 900 m under 60 km/h, where cars drive 72.
fn section() -> Section {
    let place = |camera, lane| Place { camera: CameraId(camera), lane };
    let lanes = (0..2).flat_map(|from| (0..2).map(move |to| (from, to)));
    let pair = |(from, to)| LanePair {
        entry: place(0, from),
        exit: place(1, to),
        shortest: Millimetres(900_000),
    };
    let gate = |camera| vec![Gate { camera: CameraId(camera), lanes: vec![0, 1] }];
    let rule = LimitRule { classes: ClassSet::ALL, daily: None, weather: None, limit: Kmh(60) };
    Section::new(SectionSpec {
        id: SectionId(0),
        name: "a road".into(),
        version: 1,
        entries: gate(0),
        exits: gate(1),
        survey: Survey {
            certificate: "1".into(),
            surveyor: "the test".into(),
            valid_from: WallTime(0),
            valid_until: WallTime(i64::MAX),
            uncertainty: Millimetres(500),
            pairs: lanes.map(pair).collect(),
        },
        limits: LimitHistory {
            entries: vec![LimitEntry {
                number: 1,
                from: WallTime(0),
                authority: "the test".into(),
                constancy: Constancy::Constant,
                rules: vec![rule],
            }],
            clearance: Millis(600_000),
            utc_offset: Millis(0),
        },
        rules: Rules { tolerance: Tolerance::default(), ..Rules::default() },
    })
    .expect("it holds together")
}

/// Virtual cameras with their readers, one at each line.
fn wires() -> (Arc<DeviceMap>, Vec<(CameraHead, CameraReader)>) {
    let profile = hw_profiles::builtin("open-section-camera").expect("it ships");
    let map = Arc::new(DeviceMap::new(profile));
    let wire = |at: usize| {
        let encoding = [Encoding::Utf8, Encoding::Gbk][at];
        let serial = 100 + at as u64;
        let settings = HeadSettings { serial, encoding, begins_at: BEGIN };
        let head = CameraHead::new(map.clone(), settings, Moment::ORIGIN);
        (head, CameraReader::new(&map, CameraId(at as u16), serial, Some(0)))
    };
    let all = (0..LINES.len()).map(wire).collect();
    (map, all)
}

/// When each plate crossed the lines, as exact cameras have it.
type Crossed = [BTreeMap<u64, Millis>; 2];

/// Drives everybody over the road; the matcher is handed what the registers of erring cameras say.
fn drive(matcher: &mut Matcher, outputs: &mut Vec<Output>) -> (Crossed, WallTime) {
    let site = |at: f64| CameraSite {
        name: format!("at {at}"),
        link: LinkId(0),
        at: Metres(at),
        lanes: vec![0, 1],
    };
    let exact = Sensors { cameras: LINES.map(site).to_vec(), ..Sensors::default() };
    let sensors = Sensors { noise: SensorNoise::typical(), ..exact.clone() };
    let (mut world, demand) = world(&road(2), &[], vec![cars(400)], &Settings::default());
    let (mut truth, mut cameras) = (Cameras::new(&exact, &demand), Cameras::new(&sensors, &demand));
    let (map, mut wires) = wires();
    let mut crossed = Crossed::default();
    let (mut told, mut seen) = ([0; 2], [0; 2]);
    while world.summary().finished < demand.vehicles() {
        world.step();
        truth.observe(&world);
        cameras.observe(&world);
        for (at, (head, reader)) in wires.iter_mut().enumerate() {
            let (_, passages) = truth.get(at).expect("a camera");
            for passage in passages.after(seen[at]).1 {
                let text = &passage.plate.as_ref().expect("it reads all").text;
                let plate = Plate::read(text, PlateColour::Unknown).expect(text);
                crossed[at].insert(plate.key().number(), passage.at);
            }
            seen[at] = passages.count();
            let (_, passages) = cameras.get(at).expect("a camera");
            passages.after(told[at]).1.for_each(|passage| head.see(passage));
            told[at] = passages.count();
            head.step(Moment::ORIGIN + world.now());
            let arrived = BEGIN + world.now();
            for passage in read(&map, head, reader, arrived) {
                matcher.take(arrived, passage, outputs).expect("it is taken");
            }
        }
    }
    (crossed, BEGIN + world.now())
}

/// What is new in a camera's ring.
fn read(
    map: &DeviceMap,
    head: &mut CameraHead,
    reader: &mut CameraReader,
    arrived: WallTime,
) -> Vec<interval_speed::Passage> {
    let mut ask = |request: &Request| {
        let reply = head.handle(request).expect("its own map");
        map.decode(request, &reply).expect("its own map")
    };
    for request in &map.polls()[0].requests {
        reader.take_state(&ask(request));
    }
    let mut all = Vec::new();
    while let Some(request) = reader.wanted(map) {
        let reading = reader.take_passages(arrived, &ask(&request));
        // A read that is wrong may be no plate at all.
        let is_read = |event: &IntakeEvent| matches!(event, IntakeEvent::ImpossiblePlate { .. });
        assert!(reading.events.iter().all(is_read), "{reading:?}");
        assert_eq!(reading.refused, []);
        all.extend(reading.passages);
    }
    all
}

#[test]
fn what_is_proven_was_driven_and_travel_times_are_those_of_the_road() {
    let mut matcher = Matcher::new(section(), 10_000, StatisticsKey([1; 32]), BEGIN);
    let mut outputs = Vec::new();
    let (crossed, end) = drive(&mut matcher, &mut outputs);
    assert_eq!(matcher.measuring(end), Measuring::Evidence);
    let lateness = matcher.section().spec().rules.lateness;
    matcher.advance(end + lateness + Millis(1_000), &mut outputs);
    let figure = matcher.travel_times().figure(end, WINDOW).expect("many drove");
    let mut times: Vec<Millis> = crossed[1]
        .iter()
        .filter(|&(_, left)| BEGIN + *left > end + -WINDOW)
        .filter_map(|(plate, &left)| Some(left - *crossed[0].get(plate)?))
        .collect();
    times.sort_unstable();
    let median = times[times.len() / 2];
    assert!((figure.median - median).0.abs() < 700, "{figure:?} against {median}");
    assert!(figure.match_rate > 0.6, "{figure:?}");

    matcher.advance(end + Millis(7_200_000), &mut outputs);
    let evidence: Vec<&Verdict> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Evidence(verdict) => Some(&**verdict),
            _ => None,
        })
        .collect();
    assert!(evidence.len() > 100, "{} of 400", evidence.len());
    for verdict in evidence {
        let plate = verdict.entry.key().expect("it is evidence").number();
        let took = crossed[1][&plate] - crossed[0][&plate];
        let speed = 900.0 / took.as_secs_f64() * 3.6;
        assert!(f64::from(verdict.certified.0) <= speed && speed > 60.0, "{speed}: {verdict:?}");
    }
}
