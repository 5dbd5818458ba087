//! `greenwave evaluate`, driven as a person would.

use std::process::{Command, Output};

use serde_json::Value;

fn evaluate(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
    command.args(["evaluate", "control"]).args(words).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command prints.
fn printed(words: &[&str]) -> String {
    let output = evaluate(words);
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn two_scenarios_and_two_rivals_are_the_same_bytes_on_any_number_of_threads() {
    let words =
        ["arterial-8", "district-3x4", "--control", "max-pressure,plan", "--seconds", "300"];
    for form in [&["--json"][..], &[]] {
        let words = [&words[..], &["--seeds", "2"], form].concat();
        let first = printed(&words);
        assert_eq!(printed(&[&words[..], &["--threads", "3"]].concat()), first);
        for name in ["arterial-8", "district-3x4", "max-pressure", "plan", "lane_approach_s"] {
            assert!(first.contains(name), "{name}: {first}");
        }
    }
    let all: Value =
        serde_json::from_str(&printed(&[&words[..], &["--json", "--timing"]].concat()))
            .expect("one JSON object");
    assert_eq!(all["preset"], "street");
    assert_eq!(all["arrivals"], "regular");
    assert_eq!(all["baseline"], "max-pressure");
    let controls = all["scenarios"][1]["controls"].as_array().expect("a list");
    assert!(controls[0]["planner"]["decisions"].as_u64() > Some(0), "{all}");
    assert_eq!(controls[1]["planner"]["decisions"], 0);
    assert!(controls[1]["runs"][0]["finished"].as_f64() > Some(0.0), "{all}");
}

#[test]
fn without_a_control_every_controller_is_compared_and_times_go_to_standard_error() {
    let output = evaluate(&["arterial-8", "--seconds", "60"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("| fixed |") && out.contains("| max-pressure |"), "{out}");
    assert!(!out.contains("p99") && err.contains("p99"), "{out} {err}");
    let timed = printed(&["arterial-8", "--seconds", "60", "--timing"]);
    assert!(timed.contains("| scenario | control | decisions | p50 µs"), "{timed}");
}

#[test]
fn what_cannot_be_run_is_told() {
    for (words, why) in [
        (&[][..], "SCENARIO"),
        (&["nowhere"], "the scenarios are arterial-8, district-3x4"),
        (&["arterial-8", "--control", "best"], "max-pressure"),
        (&["arterial-8", "--control", "fixed,fixed"], "named twice"),
        (&["arterial-8", "--preset", "xlight"], "light phases of a CityFlow network"),
        (&["arterial-8", "--preset", "light"], "xlight, llmlight, coordlight, street"),
        (&["arterial-8", "--stages", "4"], "the stages of their site"),
        (&["arterial-8", "--stages", "5"], "4, 8"),
        (&["arterial-8", "--sensors", "range=-1"], "metres"),
        (&["arterial-8", "--sensors", "eyes"], "full, range=METRES, counts or loops"),
        (&["arterial-8", "--dead", "1.5"], "from 0 to 1"),
        (&["arterial-8", "--dead-as", "loud"], "known, silent"),
        (&["arterial-8", "--seeds", "0"], "0"),
        (&["arterial-8", "--seconds", "0"], "0"),
        (&["arterial-8", "--network", "a.json"], "--network"),
        (&["--network", "a.json"], "--flow"),
        (&["--network", "/nowhere/a.json", "--flow", "b.json"], "/nowhere/a.json"),
    ] {
        let output = evaluate(words);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(why), "{words:?}: {said}");
        assert!(output.stdout.is_empty() && !said.contains("panicked"), "{words:?}: {said}");
    }
}

#[test]
fn sections_are_judged_against_the_truth() {
    let run = |form: &[&str]| {
        let words = ["evaluate", "sections", "--passages", "20000", "--seed", "4"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
        let output = command.args(words).args(["--inside", "2000"]).args(form).output();
        let output = output.expect("the binary runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let figures: Value = serde_json::from_str(&run(&["--json"])).expect("one JSON object");
    let number = |name: &str| figures[name].as_f64().unwrap_or_else(|| panic!("{name}"));
    assert_eq!((number("passages"), number("false_evidence")), (20_000.0, 0.0));
    assert!(number("provable_violations") > 50.0, "{figures}");
    assert!(number("found") >= 0.999 * number("provable_violations"), "{figures}");
    assert!(number("passages_per_s") > 0.0 && number("bytes_per_vehicle") > 10.0, "{figures}");
    assert!(run(&[]).contains("provable"));
}
