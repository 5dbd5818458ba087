//! `greenwave plant` as a simulator sees it: lines, exit statuses, files; and SUMO driven by it, where SUMO
//! is installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const NETWORK: &str = "crates/plant/tests/streets/crossroads.json";
const HELLO: &str = r#"{"hello": {"protocol": 1, "step_s": 1}}"#;
const STEP: &str = r#"{"step": {"time_s": 0, "signals": {"middle": {"stage": 1, "elapsed_s": 0}}, "lanes": {"in_1_0": {"vehicles": [[2, 0]]}}}}"#;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn plant(words: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
    command.arg("plant").args(words).current_dir(root());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    // It may end before it has read everything.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[test]
fn a_run_ends_well_with_bye_and_with_the_end_of_input_and_writes_its_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = folder.path().join("summary.json");
    let words = ["--network", NETWORK, "--control", "max-pressure", "--summary"];
    for ending in ["\n{\"bye\": {}}\nnothing is read after it\n", "\n", ""] {
        let _ = std::fs::remove_file(&summary);
        let path = summary.to_str().expect("a name");
        let input = format!("{HELLO}\n{STEP}{ending}");
        let output = plant(&[&words[..], &[path, "--seed", "7"]].concat(), input.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let heard = lines(&output);
        assert_eq!(heard.len(), 2, "{ending:?}");
        assert_eq!(heard[1]["demand"]["stages"]["middle"], 2);
        let written = std::fs::read_to_string(&summary).expect("it is written");
        let written: Value = serde_json::from_str(&written).expect("it is JSON");
        assert_eq!((&written["decisions"], &written["evaluations"]), (&1.into(), &2.into()));
        assert_eq!((&written["seed"], &written["refusals"]), (&7.into(), &0.into()));
        for name in ["p50", "p99", "max"] {
            assert!(written["planner_s"][name].as_f64() > Some(0.0), "{written}");
        }
    }
}

#[test]
fn what_is_not_understood_is_answered_once_and_ends_with_status_2() {
    let words = ["--network", NETWORK];
    let mut long = HELLO.as_bytes().to_vec();
    long.extend(std::iter::repeat_n(b' ', 16 << 20));
    long.push(b'\n');
    for (input, answers, expected) in [
        (format!("{HELLO}\n\n{STEP}\n").into_bytes(), 2, "line 2: it is not JSON"),
        (b"\xff\xfe\n".to_vec(), 1, "line 1: it is not JSON"),
        (long, 1, "line 1: it is longer than 16777216 bytes"),
    ] {
        let output = plant(&words, &input);
        let heard = lines(&output);
        assert_eq!((output.status.code(), heard.len()), (Some(2), answers));
        let error = heard[answers - 1]["error"].as_str().expect("an error").to_owned();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_network_that_cannot_be_read_is_told_to_whoever_says_hello() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("a name").to_owned()
    };
    let files = [
        (at("a", "<routes/>"), "no SUMO network"),
        (at("b", "{\"roads\": 3}"), "intersections: it is missing"),
        (at("c", ""), "it is not JSON"),
        (folder.path().join("d").to_str().expect("a name").to_owned(), "cannot read"),
    ];
    for (file, expected) in files {
        let output = plant(&["--network", &file], format!("{HELLO}\n").as_bytes());
        let heard = lines(&output);
        assert_eq!((output.status.code(), heard.len()), (Some(2), 1), "{output:?}");
        assert!(heard[0]["error"].as_str().expect("words").contains(expected), "{heard:?}");
    }
    let output = plant(&["--network", NETWORK, "--control", "wishes"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}

/// A Python that has SUMO: the one that is named, the one that `bench-peers` has made, or the system's.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("GREENWAVE_SUMO_PYTHON").map(PathBuf::from);
    let made = root().join("target/peers/venv/bin/python");
    let found = named.into_iter().chain([made, PathBuf::from("python3")]).find(|python| {
        let asked = Command::new(python).args(["-c", "import sumo"]).output();
        asked.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        eprintln!(
            "SUMO is not driven: no Python here has the package eclipse-sumo; \
             GREENWAVE_SUMO_PYTHON names one that has"
        );
    }
    found
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("words")
}

/// A grid of nine signals with short turn lanes, and ten minutes of vehicles across it.
fn grid(python: &Path, folder: &Path) {
    let home = succeed(Command::new(python).args(["-c", "import sumo; print(sumo.SUMO_HOME)"]));
    let mut netgenerate = Command::new(Path::new(home.trim()).join("bin/netgenerate"));
    let shape = ["--grid", "--grid.number", "3", "--grid.length", "150", "--grid.attach-length"];
    let lanes = ["--default.lanenumber", "2", "--turn-lanes", "1", "--turn-lanes.length", "20"];
    let rest = ["--tls.guess", "--tls.guess.threshold", "0", "--output-file", "grid.net.xml"];
    let words = [&shape[..], &["150"], &lanes, &rest].concat();
    succeed(netgenerate.args(words).current_dir(folder));
    let mut routes = String::from("<routes>\n");
    // Straight across, from each edge of the town to the one that lies opposite.
    for (n, row, column) in [(0, '0', 'A'), (1, '1', 'B'), (2, '2', 'C')] {
        for (from, to) in [
            (format!("left{n}A{row}"), format!("C{row}right{n}")),
            (format!("bottom{n}{column}0"), format!("{column}2top{n}")),
        ] {
            routes += &format!(
                "<flow id=\"{from}\" begin=\"0\" end=\"300\" period=\"6\" departLane=\"best\" \
                 from=\"{from}\" to=\"{to}\"/>\n"
            );
        }
    }
    std::fs::write(folder.join("grid.rou.xml"), routes + "</routes>\n").expect("written");
}

#[test]
fn sumo_is_driven_and_nobody_is_lost() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    grid(&python, folder.path());
    let mut drive = Command::new(&python);
    drive.arg(root().join("examples/sumo/drive.py")).current_dir(folder.path());
    drive.args(["--net", "grid.net.xml", "--routes", "grid.rou.xml", "--seconds", "600", "--json"]);
    drive.args(["--control", "own,fixed,max-pressure", "--summary", "plant"]);
    drive.args(["--greenwave", env!("CARGO_BIN_EXE_greenwave")]);
    let figures: Value = serde_json::from_str(&succeed(&mut drive)).expect("one JSON object");
    for control in ["own", "fixed", "max-pressure"] {
        let of = &figures[control];
        assert_eq!(of["trips"], 300, "{figures}");
        assert_eq!((&of["finished"], &of["never_inserted"]), (&300.into(), &0.into()), "{figures}");
    }
    let delay = |control: &str| figures[control]["delay_s"].as_f64().expect("a number");
    assert!(delay("max-pressure") < delay("fixed"), "{figures}");
    let summary = std::fs::read_to_string(folder.path().join("plant.max-pressure.json"));
    let summary: Value = serde_json::from_str(&summary.expect("it is written")).expect("JSON");
    assert_eq!((&summary["junctions"], &summary["refusals"]), (&9.into(), &0.into()), "{summary}");
}
