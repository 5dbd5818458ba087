//! Section cameras on the wire: rings that are read over lost answers, starts and overruns, in both of the
//! encodings that plates come in, until trips and a verdict come out at the end.

use std::sync::Arc;

use engine::{CameraReader, CameraReading};
use field::{DeviceMap, Request};
use interval_speed::{CameraId, IntakeEvent, PlateKind};
use proptest::prelude::*;
use sim::camera_head::{CameraHead, Encoding, HeadSettings};
use sim::world::{Passage, Plate, PlateColour};
use units::{Millis, Moment, WallTime};

const BEGIN: WallTime = WallTime(1_790_000_000_000);
const SERIAL: u64 = 4_711;

fn map() -> Arc<DeviceMap> {
    Arc::new(DeviceMap::new(hw_profiles::builtin("open-section-camera").expect("it ships")))
}

/// A camera and its reader, and what lies between them.
struct Wire {
    map: Arc<DeviceMap>,
    head: CameraHead,
    reader: CameraReader,
    now: Moment,
    /// Passages that came out, and what was told of those that did not.
    taken: Vec<interval_speed::Passage>,
    events: Vec<IntakeEvent>,
}

impl Wire {
    fn new(encoding: Encoding) -> Self {
        let map = map();
        let settings = HeadSettings { serial: SERIAL, encoding, begins_at: BEGIN };
        Self {
            head: CameraHead::new(map.clone(), settings, Moment::ORIGIN),
            reader: CameraReader::new(&map, CameraId(3), SERIAL, Some(0)),
            map,
            now: Moment::ORIGIN,
            taken: Vec::new(),
            events: Vec::new(),
        }
    }

    fn pass(&mut self, plate: Option<&str>) {
        self.now += Millis(400);
        let plate = plate.map(|text| Plate { text: text.to_owned(), colour: PlateColour::Blue });
        let passage = Passage {
            sequence: 0,
            at: self.now - Moment::ORIGIN,
            lane: 1,
            plate,
            speed: 25.0,
            class: scenario::VehicleClass::Car,
        };
        self.head.see(&passage);
    }

    /// One request and its answer; none where the answer is lost on the way.
    fn ask(&mut self, request: &Request) -> Vec<field::PointValue> {
        let reply = self.head.handle(request).expect("its own map");
        self.map.decode(request, &reply).expect("its own map")
    }

    /// Reads the state, and then so many requests of the ring; some answers are lost.
    fn read(&mut self, requests: usize, is_lost: impl Fn(usize) -> bool) {
        self.head.step(self.now);
        let map = self.map.clone();
        for request in &map.polls()[0].requests {
            let points = self.ask(request);
            self.reader.take_state(&points);
        }
        for at in 0..requests {
            let Some(request) = self.reader.wanted(&map) else { break };
            if is_lost(at) {
                continue;
            }
            let points = self.ask(&request);
            let now = BEGIN + (self.now - Moment::ORIGIN);
            let CameraReading { passages, events, refused } =
                self.reader.take_passages(now, &points);
            assert_eq!(refused, []);
            self.taken.extend(passages);
            self.events.extend(events);
        }
    }
}

#[test]
fn a_passage_comes_out_as_it_was_put_in_in_both_encodings() {
    for encoding in [Encoding::Utf8, Encoding::Gbk] {
        let mut wire = Wire::new(encoding);
        for plate in [Some("鲁AD12345"), None, Some("粤Z1234港")] {
            wire.pass(plate);
        }
        wire.read(9, |_| false);
        let reads: Vec<Option<(&str, PlateKind)>> = wire
            .taken
            .iter()
            .map(|passage| passage.plate.as_ref().map(|plate| (plate.text(), plate.kind())))
            .collect();
        let expected = [
            Some(("鲁AD12345", PlateKind::NewEnergySmall)),
            None,
            Some(("粤Z1234港", PlateKind::HongKong)),
        ];
        assert_eq!(reads, expected, "{encoding:?}");
        let first = &wire.taken[0];
        assert_eq!((first.camera, first.sequence, first.lane), (CameraId(3), 1, 1));
        assert_eq!(first.at, BEGIN + Millis(400));
        assert_eq!(first.spot.map(|spot| spot.0), Some(900));
        assert_eq!((first.uncertainty_ms, first.clock.offset_bound_ms), (50, 30));
        assert!(first.image.is_some_and(|image| image.reference == 1));
    }
}

#[test]
fn a_ring_that_ran_over_is_told_and_a_camera_that_lost_its_numbers_is_read_from_the_first() {
    let mut wire = Wire::new(Encoding::Utf8);
    for _ in 0..1_205 {
        wire.pass(Some("鲁A12345"));
    }
    wire.read(2, |_| false);
    assert_eq!(wire.events, [IntakeEvent::Gap { from: 1, to: 205 }]);
    assert_eq!(wire.taken.first().map(|passage| passage.sequence), Some(206));
    wire.read(1_000, |_| false);
    assert_eq!((wire.taken.len(), wire.reader.intake().acknowledged()), (1_000, Some(1_205)));

    wire.head.reboot(wire.now, false);
    wire.pass(None);
    wire.read(9, |_| false);
    assert_eq!((wire.events.len(), wire.taken.len()), (1, 1_001), "its numbers survived");

    wire.head.reboot(wire.now, true);
    wire.pass(None);
    wire.pass(None);
    wire.read(9, |_| false);
    assert_eq!(wire.events[1..], [IntakeEvent::CountedAnew { sequence: 1 }]);
    assert_eq!((wire.taken.len(), wire.reader.intake().acknowledged()), (1_003, Some(2)));
}

#[test]
fn another_unit_in_its_place_is_not_believed_until_a_person_says_so() {
    let mut wire = Wire::new(Encoding::Utf8);
    let settings = HeadSettings { serial: 9, encoding: Encoding::Utf8, begins_at: BEGIN };
    wire.head = CameraHead::new(wire.map.clone(), settings, Moment::ORIGIN);
    wire.pass(Some("鲁A12345"));
    wire.head.step(wire.now);
    let map = wire.map.clone();
    let points = wire.ask(&map.polls()[0].requests[0]);
    wire.reader.take_state(&points);
    let request = wire.reader.wanted(&map).expect("it may yet be the right one");
    let points = wire.ask(&request);
    let reading = wire.reader.take_passages(BEGIN + Millis(400), &points);
    assert_eq!((reading.passages.len(), reading.refused.len(), reading.events.len()), (0, 1, 1));
    assert_eq!(wire.reader.wanted(&map), None, "it is asked for nothing more");
    wire.reader.release(9);
    wire.read(9, |_| false);
    assert_eq!(wire.taken.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever is lost between a camera and its reader, each passage comes once, or is told of as lost.
    #[test]
    fn nothing_is_lost_or_doubled_on_the_wire(
        steps in prop::collection::vec((0..60_usize, 0..12_usize, 0..5_usize, 0..8_u8), 1..40),
        burst in 0..1_300_usize,
    ) {
        let mut wire = Wire::new(Encoding::Gbk);
        let at = steps.len() / 2;
        for (index, (passes, requests, lost, reboot)) in steps.into_iter().enumerate() {
            for _ in 0..passes + if index == at { burst } else { 0 } {
                wire.pass(Some("鲁A12345"));
            }
            if reboot == 0 {
                wire.head.reboot(wire.now, false);
            }
            wire.read(requests, |request| request % 5 < lost);
        }
        wire.read(2_000, |_| false);
        let mut all: Vec<u64> = wire.taken.iter().map(|passage| passage.sequence).collect();
        for event in &wire.events {
            match event {
                IntakeEvent::Gap { from, to } => all.extend(*from..=*to),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        all.sort_unstable();
        prop_assert_eq!(all, (1..=wire.head.newest()).collect::<Vec<_>>());
    }
}
