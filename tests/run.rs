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
        (&["--seconds", "-5"], "-5 is not in 1..=2678400"),
        (&["--seconds", "0.3"], "it is not a whole number from 1 to 2678400"),
        (&["arterial-8", "--sumo", &missing], "cannot be used with"),
        (&["arterial-8", "--sensors", &missing], "cannot read"),
        (&["arterial-8", "--incidents", &missing], "cannot read"),
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
        ("colour=red", "none of control, model, weather, volume, demand, site, sensors"),
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

/// A copy of a scenario that ships, in a folder of its own.
fn copy_of(scenario: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["site.toml", "demand.toml"] {
        let from = format!("{}/scenarios/{scenario}/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(from, folder.path().join(name)).expect("copied");
    }
    folder
}

#[test]
fn sensors_and_incidents_beside_a_scenario_or_given_are_read() {
    let folder = copy_of("arterial-8");
    let here = folder.path().to_str().expect("a name");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
        path(folder.path(), name)
    };
    let run = |words: &[&str]| {
        let base = ["sim", "run", "--seconds", "400", "--json"];
        json(&[&base[..], words].concat())
    };
    let hashes = |run: &Value| (run["trajectory_hash"].clone(), run["configuration_hash"].clone());
    let plain = run(&[here, "--control", "max-pressure"]);
    let sensors = write("sensors.toml", "version = 1\nbase = \"typical\"\n");
    let seen = run(&[here, "--control", "max-pressure"]);
    assert_ne!(hashes(&seen).0, hashes(&plain).0, "the controller sees another street");
    assert_ne!(hashes(&seen).1, hashes(&plain).1);
    assert_eq!(
        hashes(&run(&["arterial-8", "--sensors", &sensors, "--control", "max-pressure"])),
        hashes(&seen)
    );
    // The street itself is the same: where nobody reads a sensor, the file changes nothing.
    let fixed = ["sim", "run", here, "--seconds", "60"];
    let said = greenwave(&fixed);
    assert!(text(&said.stdout).contains("under fixed nobody reads one"), "{said:?}");
    let words = ["sim", "compare", "arterial-8", here, "--seeds", "2", "--seconds", "400"];
    let max = ["--a", "control=max-pressure", "--b", "control=max-pressure", "--json"];
    let compared = json(&[&words[..], &max].concat());
    assert_ne!(compared["runs"][0][0], compared["runs"][0][1]);

    write("sensors.toml", "version = 2\n[loops]\nmisses = -1\nmiss = 1\n");
    for words in [&["sim", "run", here][..], &["sim", "compare", here]] {
        let refused = greenwave(words);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("sensors.toml: 3 mistakes"), "{said}");
        assert!(said.contains("line 1: version: it must be 1"), "{said}");
    }
    std::fs::remove_file(folder.path().join("sensors.toml")).expect("removed");

    let link = "l_0_1_1_1";
    let blocked = format!("version = 1\n[[block]]\nlink = \"{link}\"\nfrom_s = 0\n");
    write("incidents.toml", &blocked);
    let stuck = run(&[here]);
    let free = run(&["arterial-8"]);
    let finished = |run: &Value| run["vehicles_finished"].as_u64().expect("a count");
    assert!(finished(&stuck) < finished(&free), "nobody passes: {stuck}");
    write("incidents.toml", "version = 1\n[[block]]\nlink = \"no\"\n");
    let refused = greenwave(&["sim", "run", here]);
    let said = text(&refused.stderr);
    assert!(said.contains("line 3: block[0].link: there is no link \"no\""), "{said}");
}

#[test]
fn means_of_nobody_are_no_figures_and_an_empty_street_is_told() {
    let folder = copy_of("arterial-8");
    let here = folder.path().to_str().expect("a name");
    std::fs::write(folder.path().join("demand.toml"), "version = 1\n").expect("written");
    let output = greenwave(&["sim", "run", here, "--seconds", "60", "--json"]);
    let summary: Value = serde_json::from_slice(&output.stdout).expect("one object");
    for name in ["mean_travel_time_s", "mean_delay_s", "lane_approach_time_s"] {
        assert_eq!(summary[name], Value::Null, "{name}");
    }
    let said = text(&output.stderr);
    assert!(said.contains("note: the demand is empty: nobody drives"), "{said}");
    let words = ["sim", "compare", "arterial-8", "--b", "volume=0", "--seeds", "2"];
    let output = greenwave(&[&words[..], &["--seconds", "120"]].concat());
    let said = text(&output.stdout);
    assert!(said.contains("(a mean of nobody)") && !said.contains("-0.00 "), "{said}");
    assert!(text(&output.stderr).contains("side B: the demand is empty"), "{output:?}");
    let late = "version = 1\n[[vehicle]]\nname = \"car\"\nlength_m = 5\nmin_gap_m = 2\n\
                headway_s = 2\nacceleration_m_s2 = 2\ndeceleration_m_s2 = 4\nmax_speed_m_s = 15\n\
                [[flow]]\nvehicle = \"car\"\n\
                route = [\"l_0_1_1_1\", \"l_1_1_2_1\"]\nslices = [[500, 600, 10]]\n";
    std::fs::write(folder.path().join("demand.toml"), late).expect("written");
    let output = greenwave(&["sim", "run", here, "--seconds", "60"]);
    let said = text(&output.stdout);
    assert!(said.contains("note: no vehicle is due in 60 s: the first of"), "{said}{output:?}");
    assert!(said.contains("vehicles due after the end"), "{said}");
    let words = ["rehearse", "--scenario", "arterial-8", "--duration", "1"];
    let late = greenwave(&[&words[..], &["--inject", "reboot:j_1_1@60"]].concat());
    assert!(text(&late.stderr).contains("at 60 s comes after the end"), "{late:?}");
    let quiet = json(&["rehearse", "--scenario", "arterial-8", "--duration", "1"]);
    assert_eq!(quiet["mean_delay_s"], Value::Null);
}

const NET: &str = r#"<net version="1.20"><location netOffset="0,0" convBoundary="0,0,400,0"/>
<edge id="in" from="a" to="c" priority="1"><lane id="in_0" index="0" speed="13.9" length="200" shape="0,0 200,0"/></edge>
<edge id="out" from="c" to="b" priority="1"><lane id="out_0" index="0" speed="13.9" length="200" shape="200,0 400,0"/></edge>
<tlLogic id="c" type="static" programID="0" offset="0"><phase duration="30" state="G"/><phase duration="3" state="y"/><phase duration="27" state="r"/></tlLogic>
<junction id="a" type="dead_end" x="0" y="0" incLanes="" intLanes="" shape=""/>
<junction id="b" type="dead_end" x="400" y="0" incLanes="out_0" intLanes="" shape=""/>
<junction id="c" type="traffic_light" x="200" y="0" incLanes="in_0" intLanes="" shape=""><request index="0" response="0" foes="0" cont="0"/></junction>
<connection from="in" to="out" fromLane="0" toLane="0" tl="c" linkIndex="0" dir="s" state="o"/></net>"#;

#[test]
fn a_sumo_configuration_says_when_it_begins_and_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
        path(folder.path(), name)
    };
    let trip = |id: &str, at: &str| {
        format!("<vehicle id=\"{id}\" depart=\"{at}\"><route edges=\"in out\"/></vehicle>")
    };
    let config = |times: &str| {
        format!(
            "<configuration><input><net-file value=\"x.net.xml\"/><route-files \
             value=\"x.rou.xml\"/></input><time>{times}</time></configuration>"
        )
    };
    write("x.net.xml", NET);
    let trips = [trip("early", "0"), trip("a", "begin"), trip("b", "28830"), trip("c", "8:01:00")];
    write("x.rou.xml", &format!("<routes>{}</routes>", trips.concat()));
    let late = write("late.sumocfg", &config(r#"<begin value="8:00:00"/><end value="28980"/>"#));
    let output = greenwave(&["sim", "run", "--sumo", &late, "--json"]);
    let said = text(&output.stderr);
    let late_run: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!((&late_run["sim_seconds"], &late_run["vehicles_due"]), (&180.0.into(), &3.into()));
    assert!(said.contains("time 0 is 28800 s of the files; who departs before: 1"), "{said}");
    assert!(!said.contains("no cabinet"), "the program is played, nobody needs one: {said}");
    // The same hour told from zero is the same run: 8:00 is a whole number of cycles.
    let trips = [trip("a", "0"), trip("b", "30"), trip("c", "60")];
    write("x.rou.xml", &format!("<routes>{}</routes>", trips.concat()));
    let zero = write("zero.sumocfg", &config(r#"<end value="180"/>"#));
    let zero_run = json(&["sim", "run", "--sumo", &zero, "--json"]);
    assert_eq!(zero_run["trajectory_hash"], late_run["trajectory_hash"]);
    assert_eq!(zero_run["control"], "program");
    // Both sides of a comparison play what `sim run` plays.
    let words = ["sim", "compare", "--sumo", &zero, "--seeds", "2", "--json"];
    let compared = json(&[&words[..], &["--b", "control=fixed"]].concat());
    assert_eq!(compared["controls"], serde_json::json!(["program", "fixed"]));
    assert_eq!(compared["sim_seconds"], 180);
    let wrong = write("wrong.sumocfg", &config(r#"<begin value="100"/><end value="50"/>"#));
    let refused = greenwave(&["sim", "run", "--sumo", &wrong]);
    assert!(text(&refused.stderr).contains("it ends at 50 s, and begins at 100 s"), "{refused:?}");
    write("x.rou.xml", &format!("<routes>{}</routes>", trip("v", "abc")));
    let refused = greenwave(&["sim", "run", "--sumo", &zero]);
    assert!(text(&refused.stderr).contains("depart: \"abc\" is no number"), "{refused:?}");
}

#[test]
fn nothing_is_written_over_what_the_street_is_read_from_and_nothing_stays_half_done() {
    let folder = copy_of("arterial-8");
    let here = folder.path().to_str().expect("a name");
    let at = |name: &str| path(folder.path(), name);
    let demand = at("demand.toml");
    let before = std::fs::read_to_string(&demand).expect("it is there");
    let refused = greenwave(&["sim", "run", here, "--seconds", "60", "--trips", &demand]);
    let said = text(&refused.stderr);
    assert!(said.contains("the street is read from it"), "{said}");
    assert_eq!(std::fs::read_to_string(&demand).expect("it is there"), before);
    let (one, other) = (at("x.csv"), at("./x.csv"));
    let refused = greenwave(&["sim", "run", here, "--trips", &one, "--links", &other]);
    assert!(text(&refused.stderr).contains("is named twice"), "{refused:?}");
    let refused = greenwave(&["sim", "run", &at("site.toml")]);
    assert!(
        text(&refused.stderr).contains("a scenario is the folder that holds it"),
        "{refused:?}"
    );
    let refused = greenwave(&["sim", "compare", here, "--plot", &at("x.png")]);
    assert!(text(&refused.stderr).contains("it ends in .svg"), "{refused:?}");
    let twice = ["sim", "compare", here, "--b", "volume=1.2", "--b", "volume=1.5"];
    assert!(text(&greenwave(&twice).stderr).contains("volume=1.5: it is set twice"));

    let net = at("x.net.xml");
    let trips = at("x.rou.xml");
    std::fs::write(&net, NET).expect("written");
    std::fs::write(&trips, "<routes/>").expect("written");
    let import = |out: &str, demand: &str| {
        greenwave(&[
            "import",
            "--network",
            &net,
            "--flow",
            &trips,
            "--out",
            out,
            "--demand",
            demand,
        ])
    };
    let (out, nowhere) = (at("out.toml"), at("no/d.toml"));
    let refused = import(&out, &at("./out.toml"));
    assert!(text(&refused.stderr).contains("both the site and the demand"), "{refused:?}");
    assert!(!import(&out, &nowhere).status.success());
    assert!(!Path::new(&out).exists(), "half of it was left");
    assert!(!Path::new(&format!("{out}.part")).exists());
    assert!(import(&out, &at("d.toml")).status.success());
    let refused =
        greenwave(&["import", "--network", &net, "--flow", &trips, "--force", "--out", &net]);
    assert!(text(&refused.stderr).contains("the street is read from it"), "{refused:?}");
}

#[test]
fn a_site_that_check_refuses_is_not_run() {
    let folder = copy_of("arterial-8");
    let here = folder.path().to_str().expect("a name");
    let file = path(folder.path(), "site.toml");
    let site = std::fs::read_to_string(&file).expect("it is there");
    let wrong = site.replacen("profile = \"", "profile = \"no-", 1);
    assert_ne!(wrong, site);
    std::fs::write(&file, wrong).expect("written");
    for words in [&["sim", "run", here][..], &["rehearse", "--scenario", here]] {
        let refused = greenwave(words);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("site.toml: 1 mistake"), "{said}");
        assert!(said.contains(": there is no profile \"no-") && said.contains("line "), "{said}");
    }
}

#[test]
fn a_full_disk_is_told_and_small_slips_of_the_hand_are_refused_in_words() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    if let Ok(full) = full {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
        command.args(["sim", "run", "arterial-8", "--seconds", "10"]).stdout(full);
        let output = command.output().expect("the binary runs");
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains("No space left"), "{output:?}");
    }
    for (words, expected) in [
        (
            &["sim", "run", "--seed", "-1"][..],
            "it is a whole number from 0 to 18446744073709551615",
        ),
        (&["sim", "run", "--interval", "-3"], "-3 is not in 0..="),
        (&["demo", "--listen", "0.0.0.0:0"], "for this machine alone"),
        (&["demo", "--sensors", "/nowhere.toml"], "cannot read /nowhere.toml"),
    ] {
        let refused = greenwave(words);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(expected), "{words:?}: {said}");
    }
}
