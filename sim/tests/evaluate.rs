//! Controllers compared on the world: `sim::evaluate`.

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use scenario::{SiteOptions, cityflow};
use sim::evaluate::{
    Case, Control, Death, Measures, Plan, Preset, Run, Sensing, Verdict, Who, evaluate,
};
use sim::run::Arrivals;
use sim::world::{Model, Settings, World};
use support::grid::Grid;
use units::{LaneId, Millis};

fn case(name: &str, roadnet: &str, flow: &str) -> Case {
    let imported = cityflow::import_roadnet(roadnet).unwrap_or_else(|all| panic!("{all:?}"));
    let demand = cityflow::import_flow(flow, &imported.network);
    let demand = demand.unwrap_or_else(|all| panic!("{all:?}"));
    let programs = imported.programs.clone();
    let site = imported.site(&demand, &SiteOptions::default());
    let site = Arc::new(site.unwrap_or_else(|all| panic!("{all:?}")));
    Case { name: name.to_owned(), site, programs, demand }
}

fn grid() -> Case {
    let grid = Grid { columns: 3, rows: 2 };
    case("grid", &grid.roadnet().to_string(), &grid.flow(12.0, 500).to_string())
}

fn max_pressure() -> (String, Who) {
    ("max-pressure".to_owned(), Who::Rule(Control::MaxPressure))
}

fn plan(preset: Preset) -> Plan {
    Plan {
        controls: vec![("fixed".to_owned(), Who::Rule(Control::Fixed)), max_pressure()],
        preset,
        stages: None,
        first_seed: 1,
        seeds: 2,
        duration: Millis::from_secs(600),
        arrivals: Arrivals::Random,
        sensing: Sensing::Full,
        dead: (0.0, Death::Known),
        threads: 1,
    }
}

fn measures(runs: &[Vec<Vec<Run>>]) -> Vec<Measures> {
    runs.iter().flatten().flatten().map(|run| run.measures).collect()
}

/// What must hold of any run, whoever controls.
fn check(measures: &Measures, vehicles: usize) {
    let m = measures;
    assert!(m.on_lanes_s > 0.0 && m.lane_approach_s >= m.on_lanes_s, "{m:?}");
    assert!(m.travel_time_s > m.on_lanes_s && m.delay_s < m.travel_time_s, "{m:?}");
    assert!(m.finished <= m.passed && m.passed + m.never_inserted <= vehicles as f64, "{m:?}");
    assert!(m.longest_stand_s <= m.longest_wait_s, "{m:?}");
    assert!(m.all().into_iter().all(|value| value.is_finite() && value >= 0.0), "{m:?}");
}

#[test]
fn every_preset_runs_and_repeats_to_the_bit_on_any_number_of_threads() {
    let cases = [grid()];
    for &(name, preset) in Preset::ALL {
        let mut plan = plan(preset);
        let runs = evaluate(&cases, &plan).expect("it runs");
        let first = measures(&runs);
        assert_eq!(first.len(), 4, "{name}");
        for measures in &first {
            check(measures, cases[0].demand.vehicles());
        }
        plan.threads = 3;
        let again = evaluate(&cases, &plan).expect("it runs");
        assert_eq!(measures(&again), first, "{name}");
        let text = |runs: &[Vec<Vec<Run>>]| {
            let verdict = Verdict::of(&cases, &plan, runs, false);
            (serde_json::to_string(&verdict).expect("text"), verdict.markdown())
        };
        assert_eq!(text(&runs), text(&again), "{name}");
        // Two seeds are two hours; two controllers drive differently.
        assert_ne!(first[0], first[2], "{name}");
        assert_ne!(first[0], first[1], "{name}");
    }
}

#[test]
fn max_pressure_is_better_than_stages_in_turn_under_every_protocol_of_the_literature() {
    let cases = [grid()];
    for preset in [Preset::XLight, Preset::LlmLight, Preset::CoordLight] {
        let plan = plan(preset);
        let runs = evaluate(&cases, &plan).expect("it runs");
        for seed in &runs[0] {
            let [fixed, pressure] = [0, 1].map(|control: usize| seed[control].measures);
            assert!(pressure.travel_time_s < fixed.travel_time_s, "{preset:?}");
            assert!(pressure.lane_approach_s < fixed.lane_approach_s, "{preset:?}");
        }
        let verdict = Verdict::of(&cases, &plan, &runs, true);
        assert_eq!(verdict.baseline, "max-pressure");
        let fixed = &verdict.scenarios[0].controls[0];
        let travel = fixed.measures.iter().find(|row| row.measure == "travel_time_s");
        assert!(travel.is_some_and(|row| row.difference.mean > 0.0 && row.relative > 0.0));
        // Two runs of 600 s, six junctions.
        let decisions = fixed.planner.expect("asked for").decisions;
        assert!(decisions > 0 && decisions <= 2 * 6 * 600, "{decisions}");
    }
}

#[test]
fn who_sees_less_drives_worse() {
    let cases = [grid()];
    let run = |sensing, dead| {
        let controls = vec![max_pressure()];
        let plan = Plan { controls, sensing, dead, seeds: 1, ..plan(Preset::XLight) };
        measures(&evaluate(&cases, &plan).expect("it runs"))[0]
    };
    let full = run(Sensing::Full, (0.0, Death::Known));
    let blind = run(Sensing::Full, (1.0, Death::Known));
    assert!(blind.travel_time_s > full.travel_time_s, "{blind:?}");
    // To max-pressure nothing known and nobody there are the same.
    for sensing in [Sensing::Full, Sensing::Range(30.0), Sensing::Counts, Sensing::Loops] {
        assert_eq!(run(sensing, (1.0, Death::Silent)), blind, "{sensing}");
        let some = run(sensing, (0.3, Death::Known));
        check(&some, cases[0].demand.vehicles());
        assert!(some != full && some != blind, "{sensing}");
    }
}

#[test]
fn what_a_preset_cannot_run_is_told_junction_by_junction() {
    let small = Grid { columns: 2, rows: 1 };
    let flow = small.flow(20.0, 100).to_string();
    let of = |roadnet: &serde_json::Value, plan: &Plan| {
        let case = case("small", &roadnet.to_string(), &flow);
        evaluate(&[case], plan).map(|_| ()).expect_err("it cannot").to_string()
    };
    let mut roadnet = small.roadnet();
    let street = Plan { stages: Some(4), ..plan(Preset::Street) };
    assert!(of(&roadnet, &street).contains("the stages of their site"));
    for intersection in roadnet["intersections"].as_array_mut().expect("a list") {
        if let Some(phases) = intersection["trafficLight"]["lightphases"].as_array_mut() {
            phases.truncate(8);
        }
    }
    let all = of(&roadnet, &plan(Preset::CoordLight));
    for name in ["intersection_1_1", "intersection_2_1"] {
        let what = format!("small: junction {name} has 8 light phases");
        assert!(all.contains(&what) && all.contains("need 9"), "{all}");
    }
    let (site, demand) = scenario::generate::arterial(1, 2);
    let own = Case { name: "own".to_owned(), site: Arc::new(site), programs: vec![], demand };
    let error = evaluate(&[own], &plan(Preset::XLight)).map(|_| ()).expect_err("no phases");
    assert!(error.to_string().contains("there are none here"), "{error}");
    for nothing in [
        Plan { seeds: 0, ..plan(Preset::XLight) },
        Plan { controls: vec![], ..plan(Preset::XLight) },
    ] {
        let error = evaluate(&[grid()], &nothing).map(|_| ()).expect_err("nothing to compare");
        assert!(error.to_string().contains("nothing to compare"), "{error}");
    }
}

#[test]
fn the_plan_of_a_site_and_the_phases_of_a_file_play_by_themselves() {
    let cases = [grid()];
    for preset in [Preset::Street, Preset::XLight] {
        let controls = vec![("plan".to_owned(), Who::Plan)];
        let plan = Plan { controls, seeds: 1, ..plan(preset) };
        let runs = evaluate(&cases, &plan).expect("it runs");
        check(&runs[0][0][0].measures, cases[0].demand.vehicles());
        assert_eq!(runs[0][0][0].times.summary().decisions, 0);
        let table = Verdict::of(&cases, &plan, &runs, false).markdown();
        assert!(table.contains("| plan |") && !table.contains("Difference"), "{table}");
    }
}

#[test]
fn where_nobody_changes_lanes_for_comfort_whoever_came_onto_the_right_lane_stays_there() {
    let case = grid();
    let network = &case.site.network;
    let changes = |changes_for_comfort| {
        let settings =
            Settings { model: Model::CityFlow, changes_for_comfort, ..Settings::default() };
        let mut world = World::with_settings(network.clone(), &[], &[], &case.demand, &settings);
        let mut on = BTreeMap::new();
        let mut changes = 0;
        for _ in 0..400 {
            world.step();
            for lane in (0..network.lanes().len()).map(LaneId::from_index) {
                for seen in world.vehicles(lane) {
                    let before = on.insert(seen.vehicle, lane).unwrap_or(lane);
                    let is_same_link = network.lane(before).link == network.lane(lane).link;
                    changes += u32::from(before != lane && is_same_link);
                }
            }
        }
        changes
    };
    assert_eq!(changes(false), 0);
    assert!(changes(true) > 0, "nobody had a reason to change");
}

/// Figures of `CityFlow` for max-pressure that takes the mean queue of exit lanes (Efficient-MP), four
/// stages: preset, flow, seconds on approaches. One run each; its own noise is about 0.3 %.
const CITYFLOW: [(Preset, &str, f64); 6] = [
    (Preset::XLight, "anon_3_4_jinan_real", 270.5),
    (Preset::XLight, "anon_3_4_jinan_real_2000", 239.75),
    (Preset::XLight, "anon_3_4_jinan_real_2500", 240.03),
    (Preset::CoordLight, "anon_3_4_jinan_real", 275.1),
    (Preset::CoordLight, "anon_3_4_jinan_real_2000", 219.2),
    (Preset::CoordLight, "anon_3_4_jinan_real_2500", 231.5),
];

#[test]
fn max_pressure_takes_as_long_as_in_cityflow() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var_os("GREENWAVE_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let read = |name: &str| std::fs::read_to_string(folder.join("jinan").join(name));
    let Ok(roadnet) = read("roadnet_3_4.json") else {
        eprintln!("the Jinan data are not at {}: nothing was tested", folder.display());
        return;
    };
    for (preset, flow, expected) in CITYFLOW {
        let text = read(&format!("{flow}.json")).expect("the flow beside its network");
        let plan = Plan {
            controls: vec![max_pressure()],
            stages: Some(4),
            seeds: 1,
            duration: Millis::from_secs(3_600),
            arrivals: Arrivals::Regular,
            ..plan(preset)
        };
        let runs = evaluate(&[case(flow, &roadnet, &text)], &plan).expect("it runs");
        let got = runs[0][0][0].measures.lane_approach_s;
        let off = 100.0 * (got / expected - 1.0);
        eprintln!("{flow} {preset:?}: {got:.2} s, CityFlow {expected} s ({off:+.2} %)");
        assert!(off.abs() < 3.0, "{flow} {preset:?}: {got:.2} s for {expected} s");
    }
}
