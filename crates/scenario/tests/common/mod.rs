//! Small CityFlow files that are sound, and ways to spoil a document.

#![allow(dead_code, reason = "each test file uses its own share of this")]

use proptest::prelude::*;
use serde_json::{Value, json};

/// A crossroads of one lane each way: four virtual ends, eight roads, straight on, left and right,
/// two phases and one of clearance.
pub(crate) fn crossroads() -> Value {
    let ends = [(0, -200, 0), (1, 0, -200), (2, 200, 0), (3, 0, 200)];
    let mut intersections = vec![];
    let mut roads = vec![];
    for (n, x, y) in ends {
        intersections.push(json!({
            "id": format!("end_{n}"), "point": {"x": x, "y": y}, "width": 0, "virtual": true,
            "roads": [format!("in_{n}"), format!("out_{n}")], "roadLinks": [],
            "trafficLight": {"roadLinkIndices": [], "lightphases": []},
        }));
        let (far, middle) = (json!({"x": x, "y": y}), json!({"x": 0, "y": 0}));
        let lane = json!({"width": 3.5, "maxSpeed": 13.9});
        let road = |name: String, a: &Value, b: &Value, from: &str, to: &str| {
            json!({"id": name, "points": [a, b], "lanes": [lane], "startIntersection": from,
                   "endIntersection": to})
        };
        let end = format!("end_{n}");
        roads.push(road(format!("in_{n}"), &far, &middle, &end, "middle"));
        roads.push(road(format!("out_{n}"), &middle, &far, "middle", &end));
    }
    let link = |from: usize, to: usize, kind: &str| {
        json!({"type": kind, "startRoad": format!("in_{from}"), "endRoad": format!("out_{to}"),
               "direction": 0, "laneLinks": [{"startLaneIndex": 0, "endLaneIndex": 0,
               "points": [{"x": -5, "y": 0}, {"x": 5, "y": 0}]}]})
    };
    let mut links: Vec<_> = (0..4).map(|n| link(n, (n + 2) % 4, "go_straight")).collect();
    links.extend((0..4).map(|n| link(n, (n + 3) % 4, "turn_left")));
    links.extend((0..4).map(|n| link(n, (n + 1) % 4, "turn_right")));
    let phase = |time: u32, open: &[usize]| json!({"time": time, "availableRoadLinks": open});
    intersections.push(json!({
        "id": "middle", "point": {"x": 0, "y": 0}, "width": 20, "virtual": false,
        "roads": ["in_0", "out_0", "in_1", "out_1", "in_2", "out_2", "in_3", "out_3"],
        "roadLinks": links,
        "trafficLight": {"roadLinkIndices": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            "lightphases": [phase(5, &[8, 9, 10, 11]), phase(30, &[0, 2, 4, 6, 8, 9, 10, 11]),
                            phase(30, &[1, 3, 5, 7, 8, 9, 10, 11])]},
    }));
    json!({"intersections": intersections, "roads": roads})
}

/// Three flows on the crossroads: a minute of one each five seconds, one vehicle, a month.
pub(crate) fn flow() -> Value {
    let vehicle = json!({"length": 5.0, "width": 2.0, "maxPosAcc": 2.0, "maxNegAcc": 4.5,
        "usualPosAcc": 2.0, "usualNegAcc": 4.5, "minGap": 2.5, "maxSpeed": 11.111,
        "headwayTime": 2});
    let one = |from: usize, to: usize, start: i64, end: i64| {
        json!({"vehicle": vehicle, "route": [format!("in_{from}"), format!("out_{to}")],
               "interval": 5.0, "startTime": start, "endTime": end})
    };
    json!([one(0, 2, 0, 60), one(1, 0, 10, 10), one(3, 2, 0, -1)])
}

/// Any JSON at all, small.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let names = vec!["in_0", "out_0", "middle", "end_0", "turn_u"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z_0-9]{0,6}".prop_map(Value::from),
        prop::sample::select(names).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let keys = prop::sample::select(KEYS).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

const KEYS: &[&str] = &[
    "intersections",
    "roads",
    "id",
    "point",
    "x",
    "y",
    "width",
    "virtual",
    "roadLinks",
    "trafficLight",
    "lightphases",
    "availableRoadLinks",
    "time",
    "lanes",
    "maxSpeed",
    "points",
    "vehicle",
    "route",
    "startIntersection",
    "endIntersection",
    "interval",
    "startTime",
    "endTime",
];

/// The document with other values in some of its places.
pub(crate) fn spoilt(sound: &Value, spoils: &[(prop::sample::Index, Value)]) -> Value {
    let mut value = sound.clone();
    for (index, wrong) in spoils {
        let mut all = Vec::new();
        places(&value, "", &mut all);
        let at: &String = index.get(&all);
        if let Some(place) = value.pointer_mut(at) {
            *place = wrong.clone();
        }
    }
    value
}

fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                places(item, &format!("{at}/{index}"), all);
            }
        }
        Value::Object(object) => {
            for (key, item) in object {
                places(item, &format!("{at}/{key}"), all);
            }
        }
        _ => {}
    }
}
