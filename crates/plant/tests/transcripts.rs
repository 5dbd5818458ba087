//! Conversations as data: what a plant says, and what it is answered, word for word.

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use support::{Heard, refusal, session, street, talk};

/// A conversation and the words that begin it.
struct Transcript {
    network: String,
    control: String,
    /// What is said, and what is answered; nothing where there is no answer.
    lines: Vec<(String, Option<Value>)>,
}

fn transcript(text: &str) -> Transcript {
    let (mut network, mut control) = (String::new(), String::new());
    let mut lines: Vec<(String, Option<Value>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ').expect("a mark and what follows it") {
            ("network", name) => network = name.to_owned(),
            ("control", name) => control = name.to_owned(),
            (">", said) => lines.push((said.to_owned(), None)),
            ("<", answer) => {
                let answer = answer.replace("VERSION", env!("CARGO_PKG_VERSION"));
                let answer = serde_json::from_str(&answer).expect("an answer is JSON");
                lines.last_mut().expect("said before").1 = Some(answer);
            }
            other => panic!("{other:?}"),
        }
    }
    Transcript { network, control, lines }
}

#[test]
fn conversations_go_as_they_are_written() {
    for text in [
        include_str!("transcripts/crossroads.txt"),
        include_str!("transcripts/after.txt"),
        include_str!("transcripts/odd.txt"),
        include_str!("transcripts/named.txt"),
    ] {
        let Transcript { network, control, lines } = transcript(text);
        let mut session = session(&network, &control);
        for (said, answer) in lines {
            match (session.say(&said), answer) {
                (Heard::Line(heard), Some(answer)) => assert_eq!(heard, answer, "{said}"),
                (Heard::Over, None) => {}
                (heard, answer) => panic!("{said}: {heard:?}, not {answer:?}"),
            }
        }
        let report = session.session.report();
        assert_eq!((report.held_back, report.not_taken), (0, 0), "{network}");
    }
}

/// Hello for the crossroads with members replaced or added.
fn hello(members: &Value) -> String {
    let mut hello = json!({"protocol": 1, "step_s": 1});
    for (key, value) in members.as_object().expect("members") {
        hello[key] = value.clone();
    }
    json!({ "hello": hello }).to_string()
}

#[test]
fn a_hello_that_cannot_be_understood_is_refused_with_every_mistake() {
    let none = "stage of it shows green";
    for (members, expected) in [
        (json!({"protocol": 2}), "protocol: version 2 is not spoken here, only 1"),
        (json!({"protocol": null}), "protocol: it is missing"),
        (json!({"step_s": "1"}), "step_s: it is no number"),
        (json!({"step_s": 0}), "step_s: 0 is not within 0.001 to 3600"),
        (json!({"rules": []}), "rules: it is no object"),
        (
            json!({"rules": {"min_green_s": -1, "clearance_inside": 1}}),
            "rules.min_green_s: -1 is not within 0 to 86400; \
             rules.clearance_inside: it is neither true nor false",
        ),
        (
            json!({"rules": {"min_green_s": 9, "max_green_s": 8}}),
            "rules: the longest green is less than the shortest of 9 s",
        ),
        (json!({"rules": {"clearance_stage": 3}}), "clearance_stage 3: middle has 3 phases"),
        (
            json!({"rules": {"clearance_stage": 0.5}}),
            "rules.clearance_stage: it is no whole number",
        ),
        (json!({"discharge": {"start_up_s": 2}}), "discharge.headway_s: it is missing"),
        (json!({"discharge": {"start_up_s": 2, "headway_s": 0}}), "discharge.headway_s: 0 is not"),
        (json!({"sensors": {"range_m": 40}}), "sensors.lanes: it is missing"),
        (
            json!({"sensors": {"range_m": 40, "lanes": ["in_0_0", "in_0_1", 3]}}),
            "sensors.lanes[1]: unknown lane \"in_0_1\"; sensors.lanes[2]: it is no text",
        ),
        (json!({"junctions": []}), "junctions: it is no object"),
        (json!({"junctions": {"end_0": {}}}), "junctions.end_0: unknown junction"),
        (json!({"junctions": {"middle": {"stages": []}}}), "stages: there must be a stage"),
        (json!({"junctions": {"middle": {"stages": {}}}}), "stages: it is no list"),
        (
            json!({"junctions": {"middle": {"stages": [1, 3, 1, -1]}}}),
            "junctions.middle.stages[1]: unknown stage 3: its phases are 0 to 2; \
             junctions.middle.stages[2]: stage 1 is named twice; \
             junctions.middle.stages[3]: it is no whole number from 0 to 10000",
        ),
        (
            json!({"junctions": {"middle": {"rules": {"clearance_stage": 7}}}}),
            "junctions.middle: clearance_stage 7: middle has 3 phases",
        ),
    ] {
        let text = refusal("crossroads.json", &[&hello(&members)]);
        assert!(text.starts_with("line 1: "), "{text}");
        assert!(text.contains(expected), "{members}: {text}");
    }
    let mut crowded = (*street("crossroads.json")).clone();
    let shows = crowded.signals[0].phases[1].clone();
    crowded.signals[0].phases.resize(257 + 1, shows);
    let stages: Vec<usize> = (1..=257).collect();
    for members in [json!({}), json!({"junctions": {"middle": {"stages": stages}}})] {
        let heard = talk(Arc::new(crowded.clone()), "adaptive").say(&hello(&members));
        let expected = "middle has 257 stages: more than 256 are not controlled";
        assert!(matches!(&heard, Heard::Refused(text) if text.contains(expected)), "{heard:?}");
    }
    let off = hello(&json!({"junctions": {"off": {}}}));
    let text = refusal("odd.net.xml", &[&off]);
    assert!(text.starts_with("line 1: junctions.off: no ") && text.contains(none), "{text}");
}

#[test]
fn a_step_that_cannot_be_understood_is_refused_with_every_mistake() {
    let sound = json!({"time_s": 1.0, "signals": {"middle": {"stage": 1, "elapsed_s": 0}}});
    let signal = |shown: Value| json!({"signals": {"middle": shown}});
    let lane = |seen: Value| json!({"lanes": {"in_0_0": seen}});
    for (members, expected) in [
        (json!({"time_s": null}), "time_s: it is missing"),
        (json!({"time_s": 1e10}), "time_s: 10000000000 is not within"),
        (json!({"signals": null}), "signals: it is missing"),
        (json!({"signals": {}}), "signals.middle: it is missing"),
        (json!({"signals": 3}), "signals.middle: it is no object"),
        (
            json!({"signals": {"middle": {"stage": 1, "elapsed_s": 0}, "x": {}}}),
            "signals.x: unknown junction",
        ),
        (signal(json!({"stage": 1})), "signals.middle.elapsed_s: it is missing"),
        (signal(json!({"stage": 1, "elapsed_s": -1})), "signals.middle.elapsed_s: -1 is not"),
        (
            signal(json!({"stage": 0, "elapsed_s": 1})),
            "signals.middle.stage: stage 0 is none of [1, 2]",
        ),
        (
            signal(json!({"stage": "1", "next": 9, "elapsed_s": 1})),
            "signals.middle.stage: it is no whole number from 0 to 10000; \
             signals.middle.next: stage 9 is none of [1, 2]",
        ),
        (
            signal(json!({"stage": 1, "next": 1, "elapsed_s": 1})),
            "signals.middle: it changes to the stage that it is in",
        ),
        (json!({"lanes": {"road_9": {}, ":m_0": {}}}), "lanes.road_9: unknown lane"),
        (json!({"lanes": {":m_0": {}}}), "lanes.:m_0: unknown lane: it is inside a junction"),
        (json!({"lanes": []}), "lanes: it is no object"),
        (lane(json!({})), "lanes.in_0_0: it gives neither vehicles nor count and queue"),
        (lane(json!({"count": 1})), "lanes.in_0_0.queue: it is missing"),
        (lane(json!({"count": -1, "queue": 0})), "lanes.in_0_0.count: it is no whole number"),
        (lane(json!({"count": 1.5, "queue": 0})), "lanes.in_0_0.count: it is no whole number"),
        (lane(json!({"vehicles": {}})), "lanes.in_0_0.vehicles: it is no list"),
        (lane(json!({"vehicles": [[1, 2], [1]]})), "lanes.in_0_0.vehicles[1]: it is neither ["),
        (lane(json!({"vehicles": [[1, 2, "a", 4]]})), "lanes.in_0_0.vehicles[0]: it is neither ["),
        (
            lane(json!({"vehicles": [["1", 999]]})),
            "lanes.in_0_0.vehicles[0]: its distance of \"1\" is no number from -100 to 1000000; \
             lanes.in_0_0.vehicles[0]: its speed of 999 is no number from -1 to 200",
        ),
        (lane(json!({"vehicles": [[1, 2, 3]]})), "vehicles[0]: its next link is no text"),
        (lane(json!({"vehicles": [[1, 2, "out_9"]]})), "vehicles[0]: unknown link \"out_9\""),
    ] {
        let mut step = sound.clone();
        for (key, value) in members.as_object().expect("members") {
            step[key] = value.clone();
        }
        let lines = [hello(&json!({})), json!({ "step": step }).to_string()];
        let text = refusal("crossroads.json", &[&lines[0], &lines[1]]);
        assert!(text.starts_with("line 2: "), "{text}");
        assert!(text.contains(expected), "{members}: {text}");
    }
}

#[test]
fn lines_out_of_place_are_refused() {
    let hello = hello(&json!({}));
    let step = |time: f64| {
        let signals = json!({"middle": {"stage": 1, "elapsed_s": 0}});
        json!({"step": {"time_s": time, "signals": signals}}).to_string()
    };
    let (one, two) = (step(1.0), step(2.0));
    for (lines, expected) in [
        (&["", ""][..], "line 1: it is not JSON: EOF while parsing a value, column 0"),
        (&["{\"hello\": {}"], "line 1: it is not JSON: EOF while parsing an object, column 12"),
        (&["\u{fffd}"], "line 1: it is not JSON: expected value, column 1"),
        (&["[]"], "line 1: it is neither hello nor step nor bye"),
        (&["{\"hi\": {}}"], "line 1: it is neither hello nor step nor bye"),
        (&["{\"hello\": {}, \"bye\": {}}"], "line 1: it is more than one of hello, step and bye"),
        (&["{\"hello\": 1}"], "line 1: protocol: it is no object; step_s: it is no object"),
        (&[&one], "line 1: a step before hello"),
        (&[&hello, &hello], "line 2: hello was said before"),
        (&[&hello, &two, &one], "line 3: time_s: it is not after that of the step before, 2 s"),
        (&[&hello, &two, &two], "line 3: time_s: it is not after that of the step before, 2 s"),
    ] {
        assert_eq!(refusal("crossroads.json", lines), expected);
    }
    let deep = "[".repeat(10_000);
    let text = refusal("crossroads.json", &[&deep]);
    assert!(text.starts_with("line 1: it is not JSON: recursion limit"), "{text}");
    let mut session = session("crossroads.json", "fixed");
    assert_eq!(session.session.too_long(), session_too_long());
}

fn session_too_long() -> plant::Reply {
    let what = format!("line 1: it is longer than {} bytes", plant::LINE_MAX);
    plant::Reply::Refused(json!({ "error": what }).to_string())
}

#[test]
fn many_mistakes_are_counted() {
    let lanes: serde_json::Map<_, _> =
        (10..40).map(|n| (format!("road_{n}"), json!({"vehicles": []}))).collect();
    let signals = json!({"middle": {"stage": 1, "elapsed_s": 0}});
    let step = json!({"step": {"time_s": 0, "signals": signals, "lanes": lanes}}).to_string();
    let text = refusal("crossroads.json", &[&hello(&json!({})), &step]);
    assert!(text.starts_with("line 2: lanes.road_10: unknown lane; lanes.road_11: unknown"));
    assert!(text.ends_with("lanes.road_29: unknown lane; and 10 more"), "{text}");
}

#[test]
fn every_network_has_what_the_protocol_speaks_of() {
    let odd = street("odd.net.xml");
    let names: Vec<_> = odd.signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(names, ["t", "off"], "the file's order, without rails");
    assert_eq!(odd.signals[0].phases.len(), 8, "the first of two programs");
    assert_eq!(odd.lanes["path_0"], None, "nobody drives there, yet it is known");
    assert!(odd.lanes["in_0"].is_some() && odd.lanes["rails_0"].is_some());
    assert_eq!(odd.links["path"], None);
    assert!(odd.notes.iter().any(|note| note.contains("of rails")), "{:?}", odd.notes);
}
