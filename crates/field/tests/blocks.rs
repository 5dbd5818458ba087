//! Registers whose elements come in blocks, each some way behind the one before.

mod common;

use std::sync::Arc;

use common::{profile, register, shipped};
use field::bank::RegisterBank;
use field::{DeviceMap, PointValue, Request, Value};
use hw_profiles::Point;

#[test]
fn elements_in_blocks_are_numbered_through_all_of_them() {
    let text =
        register("mode", "input", 10, "u16", "order = \"AB\"\ncount = 2\nblocks = 3\nevery = 7")
            + &register(
                "stage",
                "input",
                12,
                "i16",
                "order = \"BA\"\ncount = 4\nblocks = 3\nevery = 7",
            )
            + &register("input", "discrete", 3, "bits", "count = 2\nblocks = 2\nevery = 5");
    let poll = "[[poll]]\nname = \"all\"\nperiod_s = 1\npoints = [\"mode\", \"stage\", \"input\"]";
    let map = Arc::new(DeviceMap::new(profile(&text, poll)));
    let mut bank = RegisterBank::new(map.clone());
    for element in 0..6 {
        bank.set(Point::Mode, element, 100 + i64::from(element));
    }
    for element in 0..12 {
        bank.set(Point::Stage, element, -1 - i64::from(element));
    }
    // One that there is not is nowhere.
    bank.set(Point::Mode, 6, 9);
    bank.set(Point::Input, 3, 1);
    assert_eq!(bank.bits(Point::Input), [false, false, false, true]);
    let decoded = |bank: &mut RegisterBank, request: &Request| {
        let reply = bank.handle(request).expect("within the map");
        let values = map.decode(request, &reply).expect("it fits");
        let of = |v: PointValue| (v.point, v.index, v.value.number().expect("known") as i64);
        values.into_iter().map(of).collect::<Vec<_>>()
    };
    // The second block alone, and one word too few for the whole of it.
    let second = decoded(&mut bank, &Request::ReadInput { address: 17, count: 6 });
    let modes = [(Point::Mode, 2, 102), (Point::Mode, 3, 103)];
    assert_eq!(second[..2], modes);
    assert_eq!(second[2..], [4, 5, 6, 7].map(|n| (Point::Stage, n, -1 - i64::from(n))));
    assert_eq!(decoded(&mut bank, &Request::ReadInput { address: 17, count: 5 }), modes);
    // A poll reads every element once.
    let polled: Vec<_> =
        map.polls()[0].requests.iter().flat_map(|request| decoded(&mut bank, request)).collect();
    assert_eq!(polled.len(), 6 + 12 + 4);
    assert!(polled.contains(&(Point::Stage, 11, -12)) && polled.contains(&(Point::Input, 3, 1)));
}

#[test]
fn a_tracker_reports_every_object_of_a_lane_in_one_answer() {
    let map = shipped("open-lane-tracker");
    let mut bank = RegisterBank::new(map.clone());
    let known = [
        (Point::ObjectFrame, 2, 7_i64, 7.0),
        (Point::ObjectCount, 2, 2, 2.0),
        (Point::ObjectDistance, 61, 1_234, 123.4),
        (Point::ObjectSpeed, 61, -150, -1.5),
        (Point::ObjectLength, 61, 4, 4.0),
    ];
    for (point, index, raw, _) in known {
        bank.set(point, index, raw);
    }
    for (point, index, raw) in [
        (Point::ObjectDistance, 62, 65_535),
        (Point::ObjectSpeed, 62, -32_768),
        (Point::ObjectLength, 62, 0),
    ] {
        bank.set(point, index, raw);
    }
    let request = Request::ReadInput { address: 300, count: 92 };
    let reply = bank.handle(&request).expect("one lane");
    let values = map.decode(&request, &reply).expect("it fits");
    assert_eq!(values.len(), 2 + 3 * 30);
    let value = |point, index| {
        let found = values.iter().find(|v| (v.point, v.index) == (point, index));
        found.expect("there").value
    };
    for (point, index, _, expected) in known {
        let number = value(point, index).number().expect("known");
        assert!((number - expected).abs() < 1e-9, "{point:?}: {number}");
    }
    for point in [Point::ObjectDistance, Point::ObjectSpeed, Point::ObjectLength] {
        assert_eq!(value(point, 62), Value::Invalid, "{point:?}");
    }
}
