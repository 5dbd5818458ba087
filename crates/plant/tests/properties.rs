//! What holds whatever a plant says: no line breaks anything, what is demanded may be demanded, and the
//! same lines have the same answers. And a street of nine hundred junctions.

mod support;

use std::sync::Arc;

use optimizer::Control;
use proptest::prelude::*;
use scenario::cityflow;
use serde_json::{Value, json};
use support::{Heard, session, talk};

/// Pieces of a conversation, sound and not.
fn piece() -> impl Strategy<Value = Value> {
    let numbers = prop_oneof![
        Just(json!(0)),
        Just(json!(1)),
        Just(json!(2)),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(0.5)),
        (0..200_u32).prop_map(|n| json!(n)),
    ];
    let leaf = prop_oneof![
        numbers,
        Just(Value::Null),
        Just(json!(true)),
        Just(json!("t")),
        Just(json!("in_0")),
        Just(json!([3.0, 0.0])),
        Just(json!([3.0, 0.0, "out"])),
        Just(json!("\u{0}")),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let keys = prop::sample::select(vec![
            "hello",
            "step",
            "bye",
            "protocol",
            "step_s",
            "rules",
            "min_green_s",
            "clearance_s",
            "clearance_stage",
            "decision_interval_s",
            "junctions",
            "stages",
            "t",
            "off",
            "sensors",
            "range_m",
            "lanes",
            "in_0",
            "mid_0",
            "signals",
            "stage",
            "next",
            "elapsed_s",
            "time_s",
            "vehicles",
            "count",
            "queue",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(keys.prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_line_breaks_a_session(lines in prop::collection::vec(piece(), 1..6), greeted in any::<bool>()) {
        let mut session = session("odd.net.xml", "max-pressure");
        if greeted {
            session.say(r#"{"hello": {"protocol": 1, "step_s": 1}}"#);
        }
        let mut over = false;
        for line in lines {
            match session.say(&line.to_string()) {
                Heard::Line(_) => prop_assert!(!over, "answered after the end: {line}"),
                Heard::Over => over = true,
                Heard::Refused(text) => {
                    prop_assert!(text.starts_with("line ") && text.len() > 10, "{text}");
                    over = true;
                }
            }
        }
    }

    #[test]
    fn no_bytes_break_a_session(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut session = session("crossroads.json", "fixed");
        prop_assert!(matches!(session.bytes(&bytes), Heard::Refused(_)));
    }

    #[test]
    fn a_plant_that_obeys_is_never_asked_for_what_it_would_not_take(
        interval in 0_u32..12,
        inside in any::<bool>(),
        minimum in 0_u32..9,
        clearance in 0_u32..5,
        control in prop::sample::select(Control::ALL),
        queues in prop::collection::vec((0_u32..9, 0_u32..9), 60),
    ) {
        let rules = json!({"min_green_s": minimum, "clearance_s": clearance,
            "clearance_inside": inside, "decision_interval_s": interval});
        let hello = json!({"hello": {"protocol": 1, "step_s": 1, "rules": rules}}).to_string();
        let (mut one, mut two) = (session("crossroads.json", control.0), session("crossroads.json", control.0));
        prop_assert_eq!(one.say(&hello), two.say(&hello));
        // A plant in a few lines: the stage, since when, and what it changes to.
        let (mut stage, mut since, mut next) = (1_u64, 0_u32, None);
        let mut instant = 0;
        for (now, (a, b)) in (0_u32..).zip(queues) {
            if let Some(to) = next && now - since >= clearance {
                (stage, since, next) = (to, since + clearance, None);
            }
            let mut shown = json!({"stage": stage, "elapsed_s": now - since});
            if let Some(to) = next {
                shown["next"] = json!(to);
            }
            let lanes = json!({"in_0_0": {"count": a + 1, "queue": a}, "in_1_0": {"count": b, "queue": b}});
            let step = json!({"step": {"time_s": now, "signals": {"middle": shown}, "lanes": lanes}});
            let heard = one.say(&step.to_string());
            prop_assert_eq!(&heard, &two.say(&step.to_string()));
            let Heard::Line(heard) = heard else { panic!("{heard:?}") };
            let demanded = heard["demand"]["stages"].get("middle");
            let Some(to) = demanded.and_then(Value::as_u64) else { continue };
            prop_assert!(next.is_none() && now - since >= minimum, "{now}: too early");
            let base = if inside { 0 } else { instant };
            prop_assert!(interval == 0 || now >= base && (now - base) % interval == 0, "{now}: no instant");
            prop_assert!((to == 1 || to == 2) && to != stage);
            instant = now + clearance + interval;
            (since, next) = (now, Some(to));
            if clearance == 0 {
                (stage, next) = (to, None);
            }
        }
        prop_assert_eq!(one.session.report().not_taken, 0);
    }
}

/// A grid of signals in CityFlow's words: one lane each way, straight on only.
fn grid(side: i32) -> String {
    let name = |x: i32, y: i32| format!("i_{x}_{y}");
    let (mut intersections, mut roads) = (Vec::new(), Vec::new());
    let ways = [(1, 0), (0, 1), (-1, 0), (0, -1)];
    for (x, y) in (0..side + 2).flat_map(|x| (0..side + 2).map(move |y| (x, y))) {
        let inner = |x: i32, y: i32| (1..=side).contains(&x) && (1..=side).contains(&y);
        let road = |dx: i32, dy: i32| format!("r_{x}_{y}_{dx}_{dy}");
        let is_inner = inner(x, y);
        let mut links = Vec::new();
        for (dx, dy) in ways {
            if !is_inner && !inner(x + dx, y + dy) {
                continue;
            }
            let point = |x: i32, y: i32| json!({"x": 300 * x, "y": 300 * y});
            roads.push(json!({"id": road(dx, dy), "points": [point(x, y), point(x + dx, y + dy)],
                "lanes": [{"width": 4, "maxSpeed": 11.1}], "startIntersection": name(x, y),
                "endIntersection": name(x + dx, y + dy)}));
            if is_inner {
                let from = format!("r_{}_{}_{dx}_{dy}", x - dx, y - dy);
                links.push(
                    json!({"type": "go_straight", "startRoad": from, "endRoad": road(dx, dy),
                    "laneLinks": [{"startLaneIndex": 0, "endLaneIndex": 0}]}),
                );
            }
        }
        let phases = json!([{"time": 30, "availableRoadLinks": [0, 2]}, {"time": 30, "availableRoadLinks": [1, 3]}]);
        intersections.push(json!({"id": name(x, y), "point": {"x": 300 * x, "y": 300 * y}, "width": 10,
            "virtual": !is_inner, "roads": [], "roadLinks": links,
            "trafficLight": {"roadLinkIndices": [], "lightphases": if is_inner { phases } else { json!([]) }}}));
    }
    json!({"intersections": intersections, "roads": roads}).to_string()
}

#[test]
fn nine_hundred_junctions_are_told_apart() {
    let street = cityflow::import_phases(&grid(30)).unwrap_or_else(|all| panic!("{all:?}"));
    let mut talk = talk(Arc::new(street), "max-pressure");
    let Heard::Line(ready) =
        talk.say(r#"{"hello": {"protocol": 1, "step_s": 1, "rules": {"clearance_s": 2}}}"#)
    else {
        panic!("no answer")
    };
    let names: Vec<String> =
        serde_json::from_value(ready["ready"]["junctions"].clone()).expect("names");
    assert_eq!(names.len(), 900);
    // At each third junction somebody waits for the other stage.
    let waits = |name: &str| {
        let mut place = name.split('_').skip(1).map(|n| n.parse::<usize>().expect("a number"));
        let (x, y) = (place.next().expect("x"), place.next().expect("y"));
        (x + y).is_multiple_of(3).then(|| format!("r_{x}_{}_0_1_0", y - 1))
    };
    let lanes: serde_json::Map<String, Value> = names
        .iter()
        .filter_map(|name| Some((waits(name)?, json!({"vehicles": [[2.0, 0.0], [9.5, 0.0]]}))))
        .collect();
    for second in 0..3 {
        let shown = |name: &String| {
            let changes = second > 0 && waits(name).is_some();
            let next = if changes { json!(1) } else { Value::Null };
            (name.clone(), json!({"stage": 0, "next": next, "elapsed_s": second}))
        };
        let signals: serde_json::Map<String, Value> = names.iter().map(shown).collect();
        let step = json!({"step": {"time_s": second, "signals": signals, "lanes": lanes}});
        let Heard::Line(answer) = talk.say(&step.to_string()) else { panic!("no answer") };
        let demanded = answer["demand"]["stages"].as_object().expect("stages");
        let expected =
            if second == 0 { names.iter().filter(|n| waits(n).is_some()).count() } else { 0 };
        assert_eq!(demanded.len(), expected, "second {second}");
        assert!(demanded.iter().all(|(name, stage)| waits(name).is_some() && *stage == json!(1)));
    }
    let report = talk.session.report();
    assert_eq!((report.steps, report.changes), (3, 300));
    assert_eq!(report.decisions, 900 + 600 + 600);
}
