//! `greenwave plan`, driven as a person would.

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

const ROAD: &str = "j_1_1,j_2_1,j_3_1,j_4_1,j_5_1,j_6_1,j_7_1,j_8_1";

fn copy(to: &Path) -> String {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/arterial-8");
    for file in ["site.toml", "demand.toml"] {
        std::fs::copy(from.join(file), to.join(file)).expect("copied");
    }
    to.join("site.toml").to_str().expect("letters").to_owned()
}

#[test]
fn a_plan_is_explained_compared_and_written_only_when_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = copy(folder.path());
    let before = std::fs::read_to_string(&site).expect("text");
    let base = ["plan", site.as_str(), "--arterial", ROAD, "--seeds"];
    let output = greenwave(&[&base[..], &["2"]].concat());
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for word in ["critical", "band ", "verdict", "+name = \"green-wave\"", "nothing was written"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(std::fs::read_to_string(&site).expect("text"), before);
    let output = greenwave(&[&base[..], &["0", "--write", "--json"]].concat());
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(said["plans"][0]["junctions"].as_array().map(Vec::len), Some(8));
    let after = std::fs::read_to_string(&site).expect("text");
    assert_eq!(after.matches("name = \"green-wave\"").count(), 8);
    let checked = greenwave(&["check", &site]);
    assert!(checked.status.success(), "{}", text(&checked.stdout));
    // The same again changes nothing.
    let again = greenwave(&[&base[..], &["0", "--json"]].concat());
    let said: Value = serde_json::from_slice(&again.stdout).expect("one JSON object");
    assert_eq!(said["diff"], "");
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 2, "nothing is left beside it");
}

#[test]
fn what_is_wrong_is_said_all_at_once() {
    for (words, expected) in [
        (&["plan", "arterial-8", "--arterial", "j_9_9,j_1_1,j_1_0"][..], 2),
        (&["plan", "arterial-8", "--arterial", "j_1_1,j_3_1,j_1_1"], 3),
        (&["plan", "arterial-8", "--cycle", "30"], 8),
    ] {
        let output = greenwave(words);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains("site.toml"), "{said}");
        assert!(said.contains(&format!("{expected} mistakes")), "{words:?}: {said}");
    }
    let output = greenwave(&["plan", "arterial-8", "--seeds", "0", "--write"]);
    assert!(text(&output.stderr).contains("copy its folder"), "{}", text(&output.stderr));
}

#[test]
fn counts_of_some_days_become_plans_by_the_time_of_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = copy(folder.path());
    let read = scenario::Site::parse(&std::fs::read_to_string(&site).expect("text"));
    let network = read.expect("sound").network;
    let mut rows = String::from("junction,link,lane,time,count\n");
    let signalised = |link: &&network::Link| network.junction(link.to).signalised;
    for link in network.links().iter().filter(signalised) {
        let is_road = link.name.matches("_1").count() > 1 && link.name.ends_with("_1");
        for hour in 0..24 {
            let busy = if (7..10).contains(&hour) {
                6
            } else if (6..21).contains(&hour) {
                3
            } else {
                1
            };
            for lane in 0..link.lane_count {
                let count = busy * if is_road && lane == 1 { 70 } else { 15 };
                let junction = &network.junction(link.to).name;
                rows +=
                    &format!("{junction},{},{lane},2026-11-16 {hour:02}:00,{count}\n", link.name);
            }
        }
    }
    let counts = folder.path().join("week.csv");
    std::fs::write(&counts, &rows).expect("written");
    let counts = counts.to_str().expect("letters");
    let words = ["plan", site.as_str(), "--counts", counts, "--arterial", ROAD, "--seeds", "2"];
    let output = greenwave(&words);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(said.contains("over the day") && said.contains("07:00 green-wave-"), "{said}");
    assert!(said.contains("verdict"), "{said}");
    let wrong = rows.replace("j_1_1,l_0_1_1_1,0,2026-11-16 03:00,15\n", "");
    std::fs::write(counts, wrong).expect("written");
    let output = greenwave(&words);
    let said = text(&output.stderr);
    assert!(said.contains("was not counted on 2026-11-16 from 03:00 until 04:00"), "{said}");
}
