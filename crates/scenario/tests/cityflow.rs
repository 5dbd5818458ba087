//! CityFlow files: what is understood, and every kind of mistake with its path.

mod common;

use common::{any_json, crossroads, flow, spoilt};
use proptest::prelude::*;
use scenario::cityflow::{import_flow, import_roadnet};
use scenario::{Site, SiteOptions, write_site};
use serde_json::{Value, json};

fn roadnet_mistakes(value: &Value) -> Vec<String> {
    let imported = import_roadnet(&value.to_string());
    imported.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn flow_mistakes(value: &Value) -> Vec<String> {
    let network = import_roadnet(&crossroads().to_string()).expect("sound").network;
    let demand = import_flow(&value.to_string(), &network);
    demand.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_crossroads_becomes_a_site_that_survives_its_file() {
    let imported = import_roadnet(&crossroads().to_string()).expect("sound");
    let expected = [
        "4 road links are always green: no signal, they give way: middle",
        "one light phase of each is no stage, since it adds nothing or repeats: middle",
    ];
    assert_eq!(imported.notes, expected);
    let demand = import_flow(&flow().to_string(), &imported.network).expect("sound");
    // Both ends of a flow are included.
    assert_eq!(demand.vehicles(), 13 + 1 + 31 * 86_400 / 5 + 1);
    let site = imported.site(&demand, &SiteOptions::default()).expect("sound");
    assert_eq!(site.signals.len(), 1);
    assert_eq!(site.signals[0].layout.groups().len(), 8);
    assert_eq!(site.signals[0].layout.stages().len(), 2);
    let read = Site::parse(&write_site(&site)).expect("what was written reads");
    assert_eq!(read.signals, site.signals);
}

/// Where a mistake is put into the file, what is put there (null takes a key away), and what is said
/// of it.
type Mistake = (&'static str, Value, &'static [&'static str]);

/// Puts each mistake into a sound file by itself.
fn try_each(sound: &Value, mistakes: &[Mistake], read: impl Fn(&Value) -> Vec<String>) {
    assert_eq!(read(sound), [""; 0]);
    for (at, wrong, expected) in mistakes {
        let mut value = sound.clone();
        let (place, key) = at.rsplit_once('/').expect("a pointer");
        match value.pointer_mut(place).expect("a place of the file") {
            Value::Object(object) if wrong.is_null() => drop(object.remove(key)),
            Value::Object(object) => drop(object.insert(key.to_owned(), wrong.clone())),
            Value::Array(list) => list[key.parse::<usize>().expect("an index")] = wrong.clone(),
            other => panic!("{at}: {other}"),
        }
        assert_eq!(&read(&value), expected, "{at} = {wrong}");
    }
}

#[test]
fn every_mistake_of_a_road_is_told_with_its_path_and_nothing_that_follows_from_it() {
    let lanes = vec![json!({"width": 3, "maxSpeed": 10}); 17];
    let mistakes: &[Mistake] = &[
        ("/roads/2/points", json!([]), &["roads[2].points: they make no length"]),
        (
            "/roads/2/points/0",
            json!({"x": 1e9}),
            &[
                "roads[2].points[0].x: 1000000000 is not within -10000000 to 10000000",
                "roads[2].points[0].y: it is missing",
            ],
        ),
        ("/roads/2/lanes", Value::Null, &["roads[2].lanes: it is missing"]),
        ("/roads/2/lanes", json!(lanes), &["roads[2].lanes: 17 lanes, there must be 1 to 16"]),
        ("/roads/2/lanes", json!([]), &["roads[2].lanes: 0 lanes, there must be 1 to 16"]),
        (
            "/roads/2/lanes/0/maxSpeed",
            json!("fast"),
            &["roads[2].lanes[0].maxSpeed: it is not a number"],
        ),
        (
            "/roads/2/startIntersection",
            json!("nowhere"),
            &["roads[2].startIntersection: there is no intersection \"nowhere\""],
        ),
        (
            "/roads/2/startIntersection",
            json!("middle"),
            &["roads[2].endIntersection: the road ends where it begins"],
        ),
    ];
    try_each(&crossroads(), mistakes, roadnet_mistakes);
    for (road, id, expected) in [
        (1, json!("in_0"), "roads[1].id: a road before has the id \"in_0\""),
        (0, json!(7), "roads[0].id: it is not a text"),
        (0, json!(""), "roads[0].id: it is empty"),
    ] {
        let mut value = crossroads();
        value["roads"][road]["id"] = id;
        assert_eq!(roadnet_mistakes(&value)[0], expected);
    }
}

#[test]
fn every_mistake_of_an_intersection_is_told_with_its_path() {
    let mistakes: &[Mistake] = &[
        (
            "/intersections/4/virtual",
            json!(0),
            &["intersections[4].virtual: it is not true or false"],
        ),
        (
            "/intersections/4/width",
            json!(-1),
            &["intersections[4].width: -1 is not within 0 to 500"],
        ),
        ("/intersections/0/point", json!([0, 0]), &["intersections[0].point: it is not an object"]),
        (
            "/intersections/4/roads/0",
            json!("in_9"),
            &["intersections[4].roads[0]: there is no road \"in_9\""],
        ),
        (
            "/intersections/1/roads/0",
            json!("in_3"),
            &["intersections[1].roads[0]: the road \"in_3\" neither begins nor ends here"],
        ),
    ];
    try_each(&crossroads(), mistakes, roadnet_mistakes);
    let mut value = crossroads();
    value["intersections"][0]["id"] = json!("end_1");
    let expected = "intersections[1].id: an intersection before has the id \"end_1\"";
    assert_eq!(roadnet_mistakes(&value)[0], expected);
}

#[test]
fn every_mistake_of_a_traffic_light_is_told_with_its_path() {
    let unruled: &[&str] =
        &["intersections[4].trafficLight.lightphases: no phase shows green to a \
         road link that is not always green: nothing is ruled here, so it must be virtual or get \
         phases"];
    let mistakes: &[Mistake] = &[
        (
            "/intersections/4/trafficLight",
            Value::Null,
            &["intersections[4].trafficLight: it is missing"],
        ),
        ("/intersections/4/trafficLight/lightphases", json!([]), unruled),
        (
            "/intersections/4/trafficLight/lightphases",
            json!([{"time": 5, "availableRoadLinks": [0, 1]}]),
            unruled,
        ),
        (
            "/intersections/4/trafficLight/lightphases/1/availableRoadLinks/0",
            json!(12),
            &["intersections[4].trafficLight.lightphases[1].availableRoadLinks[0]: \
               it is not a whole number below 12"],
        ),
        (
            "/intersections/4/trafficLight/lightphases/1/time",
            json!("long"),
            &["intersections[4].trafficLight.lightphases[1].time: it is not a number"],
        ),
        (
            "/intersections/4/trafficLight/roadLinkIndices/3",
            json!(-3),
            &["intersections[4].trafficLight.roadLinkIndices[3]: \
               it is not a whole number below 12"],
        ),
        (
            "/intersections/4/trafficLight/lightphases/2/availableRoadLinks",
            json!([1, 3, 5]),
            &["intersections[4].roadLinks[7]: no light phase shows it green"],
        ),
    ];
    try_each(&crossroads(), mistakes, roadnet_mistakes);
}

#[test]
fn more_phases_than_stages_fit_is_a_mistake() {
    let mut value = crossroads();
    let phase = |set: u32| {
        let open: Vec<u32> = (0..12).filter(|link| set >> link & 1 == 1).collect();
        json!({"time": 30, "availableRoadLinks": open})
    };
    let light = &mut value["intersections"][4]["trafficLight"];
    light["lightphases"] = (1..100).map(phase).chain([phase(0xfff)]).collect();
    let expected = "intersections[4].trafficLight.lightphases: 100 different phases, \
                    there can be at most 64";
    assert_eq!(roadnet_mistakes(&value), [expected]);
}

#[test]
fn every_mistake_of_a_road_link_is_told_with_its_path() {
    let link = crossroads()["intersections"][4]["roadLinks"][0].clone();
    let mistakes: &[Mistake] = &[
        (
            "/intersections/4/roadLinks/1/type",
            json!("fly"),
            &["intersections[4].roadLinks[1].type: \"fly\" is none of go_straight, turn_left, \
               turn_right, turn_u"],
        ),
        (
            "/intersections/4/roadLinks/1/startRoad",
            json!("in_9"),
            &[
                "intersections[4].roadLinks[1].startRoad: there is no road \"in_9\"",
                // Of the lane that it would begin on nothing can be said.
            ],
        ),
        (
            "/intersections/4/roadLinks/1/startRoad",
            json!("out_1"),
            &["intersections[4].roadLinks[1].startRoad: the road does not end here"],
        ),
        (
            "/intersections/4/roadLinks/1/endRoad",
            json!("in_1"),
            &["intersections[4].roadLinks[1].endRoad: the road does not begin here"],
        ),
        (
            "/intersections/4/roadLinks/1/direction",
            json!(8),
            &["intersections[4].roadLinks[1].direction: 8 is not within 0 to 3"],
        ),
        (
            "/intersections/4/roadLinks/1/laneLinks",
            json!([]),
            &["intersections[4].roadLinks[1].laneLinks: there must be a lane link"],
        ),
        (
            "/intersections/4/roadLinks/1/laneLinks/0/endLaneIndex",
            json!(1),
            &["intersections[4].roadLinks[1].laneLinks[0].endLaneIndex: \
               it is not a whole number below 1"],
        ),
        (
            "/intersections/4/roadLinks/1/laneLinks/0/points/1",
            json!({"y": 0}),
            &["intersections[4].roadLinks[1].laneLinks[0].points[1].x: it is missing"],
        ),
        (
            "/intersections/4/roadLinks/1",
            link.clone(),
            &["intersections[4].roadLinks[1]: a road link before joins the same roads"],
        ),
        (
            "/intersections/4/roadLinks",
            json!(vec![link; 65]),
            &["intersections[4].roadLinks: 65 road links, there can be at most 64"],
        ),
    ];
    try_each(&crossroads(), mistakes, roadnet_mistakes);
}

#[test]
fn every_mistake_of_a_flow_is_told_with_its_path() {
    let mistakes: &[Mistake] = &[
        ("/0/vehicle", Value::Null, &["[0].vehicle: it is missing"]),
        ("/0/vehicle/length", json!(0), &["[0].vehicle.length: 0 is not within 0.5 to 40"]),
        ("/0/vehicle/maxNegAcc", json!("x"), &["[0].vehicle.maxNegAcc: it is not a number"]),
        ("/0/vehicle/headwayTime", Value::Null, &["[0].vehicle.headwayTime: it is missing"]),
        ("/1/interval", json!(0), &["[1].interval: 0 is not within 0.01 to 2678400"]),
        ("/1/startTime", json!(-1), &["[1].startTime: -1 is not within 0 to 2678400"]),
        ("/1/endTime", json!(9), &["[1].endTime: it is before startTime"]),
        ("/1/route", json!([]), &["[1].route: there must be a road"]),
        ("/1/route", json!("in_1"), &["[1].route: it is not a list"]),
        ("/1/route/0", json!("in_9"), &["[1].route[0]: there is no road \"in_9\""]),
        ("/1/route/1", json!("out_1"), &["[1].route[1]: no road link leads here from \"in_1\""]),
        ("/1/route/1", json!(4), &["[1].route[1]: it is not a text"]),
        ("/1", json!(4), &["[1]: it is not an object"]),
    ];
    try_each(&flow(), mistakes, flow_mistakes);
    assert_eq!(flow_mistakes(&json!({})), ["it is not a list"]);
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let mut value = crossroads();
    value["roads"][0]["lanes"][0]["width"] = json!(90);
    value["intersections"][4]["width"] = json!("wide");
    value["intersections"][0]["point"] = json!(null);
    let mut found = roadnet_mistakes(&value);
    found.sort_unstable();
    let expected = [
        "intersections[0].point: it is not an object",
        "intersections[4].width: it is not a number",
        "roads[0].lanes[0].width: 90 is not within 0.5 to 20",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_json_is_told_with_its_line() {
    let found = import_roadnet("{\n  \"roads\": [,]\n}").expect_err("unsound");
    assert!(found[0].to_string().starts_with("line 2 column 13: it is not JSON"), "{found:?}");
}

#[test]
fn keys_that_nobody_knows_are_noted_once() {
    let mut value = crossroads();
    for road in value["roads"].as_array_mut().expect("roads") {
        road["colour"] = json!("grey");
    }
    let notes = import_roadnet(&value.to_string()).expect("sound").notes;
    let expected = "the key \"colour\" is not known and was left out: in_0, out_0, in_1, out_1, in_2 \
                    and 3 more";
    assert!(notes.iter().any(|note| note == expected), "{notes:?}");
}

proptest! {
    #[test]
    fn no_json_makes_an_import_panic(value in any_json()) {
        let _ = roadnet_mistakes(&value);
        let _ = flow_mistakes(&value);
    }

    #[test]
    fn no_text_makes_an_import_panic(text in "(\\PC|\n|\\[|\\{|\"|,|:){0,200}") {
        let _ = import_roadnet(&text);
    }

    /// A sound file with a few places spoilt: it is refused in words, or what comes of it is a site
    /// that its own file repeats.
    #[test]
    fn a_spoilt_file_is_refused_in_words_or_sound(
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        let value = spoilt(&crossroads(), &spoils);
        match import_roadnet(&value.to_string()) {
            Err(mistakes) => prop_assert!(!mistakes.is_empty()),
            Ok(imported) => {
                let demand = import_flow(&flow().to_string(), &imported.network);
                let demand = demand.unwrap_or_default();
                if let Ok(site) = imported.site(&demand, &SiteOptions::default()) {
                    let read = Site::parse(&write_site(&site));
                    prop_assert!(read.is_ok(), "{read:?}");
                }
            }
        }
        let _ = flow_mistakes(&spoilt(&flow(), &spoils));
    }
}
