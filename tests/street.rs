//! The commands that take a street, driven as a person would: `import`, `check`, `rehearse`,
//! `sim serve`.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn greenwave(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
    command.args(words).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn rehearse(words: &[&str]) -> Value {
    let output = greenwave(&[&["rehearse", "--duration", "120"], words].concat());
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn every_scenario_that_ships_runs_by_its_name_and_from_its_folder() {
    for (name, junctions) in [("arterial-8", 8), ("district-3x4", 12)] {
        let by_name = rehearse(&["--scenario", name]);
        assert_eq!(by_name["junctions"], junctions);
        assert_eq!(by_name["violations"], 0);
        assert!(by_name["vehicles_entered"].as_u64() > Some(50), "{by_name}");
        let folder = format!("{}/scenarios/{name}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(rehearse(&["--scenario", &folder]), by_name);
        let site = format!("{folder}/site.toml");
        let checked = greenwave(&["check", &site]);
        assert!(checked.status.success(), "{}", text(&checked.stdout));
    }
}

const ROADNET: &str = r#"{
  "intersections": [
    {"id": "w", "point": {"x": 0, "y": 0}, "width": 0, "virtual": true, "roads": ["wm", "mw"],
     "roadLinks": []},
    {"id": "s", "point": {"x": 200, "y": -200}, "width": 0, "virtual": true, "roads": ["sm", "ms"],
     "roadLinks": []},
    {"id": "m", "point": {"x": 200, "y": 0}, "width": 10, "virtual": false,
     "roads": ["wm", "mw", "sm", "ms"],
     "roadLinks": [
       {"type": "turn_right", "startRoad": "wm", "endRoad": "ms",
        "laneLinks": [{"startLaneIndex": 0, "endLaneIndex": 0}]},
       {"type": "turn_left", "startRoad": "sm", "endRoad": "mw",
        "laneLinks": [{"startLaneIndex": 0, "endLaneIndex": 0}]}],
     "trafficLight": {"lightphases": [
       {"time": 20, "availableRoadLinks": [0]}, {"time": 20, "availableRoadLinks": [1]}]}}],
  "roads": [
    {"id": "wm", "points": [{"x": 0, "y": 0}, {"x": 200, "y": 0}],
     "lanes": [{"width": 3, "maxSpeed": 12}], "startIntersection": "w", "endIntersection": "m"},
    {"id": "mw", "points": [{"x": 200, "y": 0}, {"x": 0, "y": 0}],
     "lanes": [{"width": 3, "maxSpeed": 12}], "startIntersection": "m", "endIntersection": "w"},
    {"id": "sm", "points": [{"x": 200, "y": -200}, {"x": 200, "y": 0}],
     "lanes": [{"width": 3, "maxSpeed": 12}], "startIntersection": "s", "endIntersection": "m"},
    {"id": "ms", "points": [{"x": 200, "y": 0}, {"x": 200, "y": -200}],
     "lanes": [{"width": 3, "maxSpeed": 12}], "startIntersection": "m", "endIntersection": "s"}]
}"#;

const FLOW: &str = r#"[
  {"vehicle": {"length": 5, "minGap": 2.5, "maxSpeed": 11, "usualPosAcc": 2, "usualNegAcc": 4.5,
               "headwayTime": 2},
   "route": ["wm", "ms"], "interval": 6, "startTime": 0, "endTime": 90}]"#;

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("a name").to_owned()
}

#[test]
fn an_import_says_what_it_understood_and_guessed_and_makes_a_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let network = write(folder.path(), "roadnet.json", ROADNET);
    let flow = write(folder.path(), "flow.json", FLOW);
    let path = |name: &str| folder.path().join(name).to_str().expect("a name").to_owned();
    let (site, demand) = (path("site.toml"), path("demand.toml"));
    let words =
        ["import", "--network", &network, "--flow", &flow, "--out", &site, "--demand", &demand];
    let output = greenwave(&words);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for expected in [
        "understood: 3 junctions, 1 of them with signals",
        "understood: 4 links, 4 lanes, 2 movements",
        "understood: 16 vehicles in 1 flows, to 90 s",
        "note: a width of 15 m was taken for one that is less: m",
        "guessed: yellow and all-red by the ITE formula, from speed and width",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    let again = greenwave(&words);
    assert!(!again.status.success());
    assert!(text(&again.stderr).contains("--force overwrites it"), "{}", text(&again.stderr));
    // From our own files it is the same street as from the others.
    let own = rehearse(&["--scenario", folder.path().to_str().expect("a name")]);
    assert_eq!(own, rehearse(&["--network", &network, "--flow", &flow]));
    assert!(own["vehicles_entered"].as_u64() > Some(10), "{own}");
}

#[test]
fn mistakes_of_a_street_are_told_with_file_and_path_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let spoilt = ROADNET.replace("\"endRoad\": \"ms\"", "\"endRoad\": \"nowhere\"");
    let network = write(folder.path(), "roadnet.json", &spoilt);
    let flow = write(folder.path(), "flow.json", FLOW);
    let out = folder.path().join("site.toml");
    let words = ["--network", &network, "--flow", &flow];
    let import = ["--out", out.to_str().expect("a name")];
    for words in [[&["import"], &words[..], &import].concat(), [&["rehearse"], &words[..]].concat()]
    {
        let output = greenwave(&words);
        let said = text(&output.stderr);
        assert!(!output.status.success());
        assert!(said.contains("roadnet.json: 1 mistake"), "{said}");
        let expected = "intersections[2].roadLinks[0].endRoad: there is no road \"nowhere\"";
        assert!(said.contains(expected), "{said}");
    }
    assert!(!out.exists());
}

#[test]
fn a_street_that_is_not_there_is_told_with_those_that_are() {
    let output = greenwave(&["rehearse", "--scenario", "nowhere"]);
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("arterial-8, district-3x4"), "{said}");
}

#[test]
fn a_scenario_is_served_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let shipped = format!("{}/scenarios/arterial-8/site.toml", env!("CARGO_MANIFEST_DIR"));
    // Any free port, so that the test is alone on it.
    let mut free = std::fs::read_to_string(shipped).expect("it ships");
    for port in 5_020..5_028 {
        free = free.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:0");
    }
    let site = write(folder.path(), "site.toml", &free);
    let words = ["sim", "serve", "--site", &site, "--speed", "200", "--duration", "20"];
    // `serve` is what `sim` does without a further word.
    let bare = [&words[..1], &words[2..], &["--scenario", "arterial-8"]].concat();
    assert!(greenwave(&bare).status.success());
    let output = greenwave(&[&words[..], &["--scenario", "arterial-8"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let lines: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(lines[0]["ready"]["lines"].as_array().map(Vec::len), Some(8), "{said}");
    let summary = &lines[lines.len() - 1]["summary"];
    assert_eq!((&summary["junctions"], &summary["violations"]), (&8.into(), &0.into()), "{said}");
    assert!(summary["vehicles_entered"].as_u64() > Some(5), "{said}");

    let output = greenwave(&[&words[..], &["--scenario", "district-3x4"]].concat());
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("the site's roads are not"), "{said}");
}
