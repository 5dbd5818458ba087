//! `greenwave sim run` and `greenwave sim compare`, driven as a person would.

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

/// What a command prints as JSON.
fn json(words: &[&str]) -> Value {
    let output = greenwave(words);
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("a name").to_owned()
}

#[test]
fn a_scenario_runs_by_its_name_and_its_folder_on_any_number_of_threads() {
    let folder = format!("{}/scenarios/arterial-8", env!("CARGO_MANIFEST_DIR"));
    let base = ["sim", "run", "--seconds", "300", "--json"];
    let of = |words: &[&str]| json(&[&base[..], words].concat());
    let first = of(&["arterial-8"]);
    assert_eq!(first["control"], "fixed");
    assert_eq!(first["model"], "urban");
    assert_eq!(first["junctions"], 8);
    assert!(first["vehicles_entered"].as_u64() > Some(50), "{first}");
    assert!(first["vehicle_updates_per_s"].as_f64() > Some(0.0), "{first}");
    for words in
        [&[folder.as_str()][..], &["--scenario", "arterial-8"], &["arterial-8", "--threads", "3"]]
    {
        let other = of(words);
        for name in ["trajectory_hash", "scenario_hash", "configuration_hash", "vehicle_updates"] {
            assert_eq!(other[name], first[name], "{name}, {words:?}");
        }
    }
    let other = of(&["arterial-8", "--seed", "2"]);
    assert_ne!(other["trajectory_hash"], first["trajectory_hash"]);
    assert_eq!(other["scenario_hash"], first["scenario_hash"]);
    assert_ne!(other["configuration_hash"], first["configuration_hash"]);
}

#[test]
fn a_run_without_json_is_told_in_words_and_progress_only_when_asked_for() {
    let output = greenwave(&["sim", "run", "arterial-8", "--seconds", "120"]);
    let said = text(&output.stdout);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    assert!(said.contains("mean travel time") && said.contains("never inserted"), "{said}");
    let output = greenwave(&["sim", "run", "arterial-8", "--seconds", "120", "--progress"]);
    assert!(text(&output.stderr).contains("done"));
}

#[test]
fn files_are_written_where_they_were_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    let files = [at("t.csv"), at("l.csv"), at("m.csv"), at("where.fcd.xml")];
    let words = ["--trips", &files[0], "--links", &files[1], "--movements", &files[2]];
    let more = ["--trajectories", &files[3], "--trajectories-every", "10"];
    let run = ["sim", "run", "arterial-8", "--seconds", "60", "--json"];
    let summary = json(&[&run[..], &words, &more].concat());
    let read = |file: &str| std::fs::read_to_string(file).expect("written");
    let trips = read(&files[0]);
    assert!(trips.starts_with("vehicle,flow,class,origin,destination,due_s,"), "{trips}");
    let entered =
        trips.lines().skip(1).filter(|row| !row.split(',').nth(6).unwrap_or("").is_empty());
    assert_eq!(summary["vehicles_entered"].as_u64(), Some(entered.count() as u64));
    for file in &files[1..3] {
        assert!(read(file).starts_with("begin_s,end_s,"), "{file}");
    }
    assert_eq!(read(&files[3]).matches("<timestep ").count(), 6);
    // Who looks on changes nothing.
    assert_eq!(json(&run)["trajectory_hash"], summary["trajectory_hash"]);
}

#[test]
fn what_cannot_be_run_is_refused_in_words_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    let (file, nowhere) = (at("x.csv"), at("no/where.csv"));
    let missing = at("roadnet.json");
    let cases: &[(&[&str], &str)] = &[
        (&["--threads", "0"], "0 is not in 1..=64"),
        (&["--threads", "two"], "invalid digit"),
        (&["--seconds=-5"], "-5 is not in 1..="),
        (&["--seconds", "0"], "0 is not in 1..="),
        (&["--seconds", "99999999"], "99999999 is not in 1..=2678400"),
        (&["--model", "idm"], "urban, krauss, sumo, cityflow"),
        (&["--weather", "hail"], "dry, wet, heavy-rain, fog, snow, ice"),
        (&["--arrivals", "poisson"], "regular, random"),
        (&["--control", "best"], "fixed, actuated, max-pressure, adaptive, program"),
        (&["nowhere"], "the scenarios are arterial-8, district-3x4"),
        (&["arterial-8", "--scenario", "arterial-8"], "cannot be used with"),
        (&["--network", &missing, "--flow", &missing], "cannot read"),
        (&["--network", &missing], "--flow"),
        (&["--trajectories", &at("x.json")], "it ends in .csv, .parquet or .fcd.xml"),
        (&["--trajectories-every", "0"], "it is a multiple of 0.5 s"),
        (&["--trajectories-every", "NaN"], "it is a multiple of"),
        (&["--model", "cityflow", "--trajectories-every", "0.5"], "it is a multiple of 1 s"),
        (&["--trips", &file, "--links", &file], "is named twice"),
        (&["--trips", &nowhere], "cannot write"),
    ];
    for (words, expected) in cases {
        let output = greenwave(&[&["sim", "run"], *words].concat());
        let said = text(&output.stderr);
        assert!(!output.status.success(), "{words:?}");
        assert!(said.contains(expected), "{words:?}: {said}");
        assert!(output.stdout.is_empty(), "{words:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn two_streets_are_compared_under_the_same_seeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let plot = path(folder.path(), "plot.svg");
    let base = ["sim", "compare", "arterial-8", "--seeds", "3", "--seconds", "600", "--json"];
    let of = |words: &[&str]| json(&[&base[..], words].concat());
    let snow = of(&["--b", "weather=snow", "--plot", &plot]);
    assert_eq!(snow["names"], serde_json::json!(["arterial-8", "weather=snow"]));
    assert_eq!(snow["seeds"], serde_json::json!([1, 2, 3]));
    let of_measure = |all: &Value, name: &str| {
        let rows = all["differences"].as_array().expect("rows");
        rows.iter().find(|row| row["measure"] == name).expect("it is there").clone()
    };
    let delay = of_measure(&snow, "travel_time_s");
    assert!(delay["difference"]["low"].as_f64() > Some(0.0), "snow costs time: {delay}");
    assert_eq!(delay["differs"], true);
    let svg = std::fs::read_to_string(&plot).expect("written");
    assert!(svg.starts_with("<svg") && svg.contains("travel_time_s"), "{svg}");
    // Of two that are the same nothing differs, pair by pair, however many run at a time.
    let same = of(&["arterial-8", "--threads", "2"]);
    for row in same["differences"].as_array().expect("rows") {
        let all = ["low", "mean", "high"].map(|end| row["difference"][end].as_f64());
        assert_eq!(all, [Some(0.0); 3], "{row}");
        assert_eq!(row["differs"], false);
    }
    assert_ne!(same["runs"][0], same["runs"][1], "a seed moves the run");
    let less = of_measure(&of(&["--b", "volume=0.5"]), "finished");
    assert!(less["difference"]["high"].as_f64() < Some(0.0), "{less}");
}

#[test]
fn a_side_that_says_what_there_is_not_is_refused() {
    let cases = [
        ("colour=red", "none of control, model, weather, volume, demand, site"),
        ("control", "it is KEY=VALUE"),
        ("control=best", "fixed, actuated, max-pressure, adaptive"),
        ("volume=-1", "a number from 0 to 100"),
        ("volume=NaN", "a number from 0 to 100"),
        ("demand=nowhere.toml", "side B: cannot read nowhere.toml"),
        ("site=nowhere.toml", "side B: cannot read nowhere.toml"),
        ("site=scenarios/district-3x4/site.toml", "its roads are not those"),
    ];
    for (word, expected) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = command.args(["sim", "compare", "arterial-8", "--b", word]).output();
        let output = output.expect("the binary runs");
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{word}: {said}");
    }
    let output = greenwave(&["sim", "compare", "arterial-8", "--seeds", "1"]);
    assert!(text(&output.stderr).contains("1 is not in 2..="), "{}", text(&output.stderr));
}
