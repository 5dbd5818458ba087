//! The public Jinan network, where its files are at hand: they are never part of the project. The
//! folder is `../shared/data/jinan` beside the workspace, or what `GREENWAVE_DATA` names.

use std::path::PathBuf;
use std::sync::Arc;

use scenario::{Demand, Mode, Site, SiteOptions, cityflow, write_demand, write_site};
use sim::harness::{self, Settings};
use units::Millis;

/// The files of one hour each, and their vehicles.
const FLOWS: [(&str, usize); 3] = [
    ("anon_3_4_jinan_real.json", 6_295),
    ("anon_3_4_jinan_real_2000.json", 4_365),
    ("anon_3_4_jinan_real_2500.json", 5_494),
];

/// A third of the hour, so that the test stays short; `greenwave rehearse` runs all of it.
const RUN: Millis = Millis::from_secs(1_200);

fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    std::env::var_os("GREENWAVE_DATA").map_or_else(|| beside.into(), PathBuf::from).join("jinan")
}

/// The network file; none where the data are not at hand, which is said.
fn roadnet() -> Option<String> {
    let found = std::fs::read_to_string(folder().join("roadnet_3_4.json")).ok();
    if found.is_none() {
        eprintln!("the Jinan data are not at {}: nothing was tested", folder().display());
    }
    found
}

fn import(roadnet: &str, flow: &str, mode: Mode) -> (Site, Demand) {
    let flow = std::fs::read_to_string(folder().join(flow)).expect("the flow beside its network");
    let imported = cityflow::import_roadnet(roadnet).unwrap_or_else(|all| panic!("{all:?}"));
    let demand = cityflow::import_flow(&flow, &imported.network);
    let demand = demand.unwrap_or_else(|all| panic!("{all:?}"));
    let options = SiteOptions { mode, ..SiteOptions::default() };
    let site = imported.site(&demand, &options).unwrap_or_else(|all| panic!("{all:?}"));
    (site, demand)
}

#[test]
fn its_twelve_junctions_and_every_vehicle_are_imported() {
    let Some(roadnet) = roadnet() else {
        return;
    };
    for (flow, vehicles) in FLOWS {
        let (site, demand) = import(&roadnet, flow, Mode::MaxPressure);
        assert_eq!(site.signals.len(), 12, "{flow}");
        assert!(site.signals.iter().all(|signal| signal.layout.stages().len() == 8), "{flow}");
        assert_eq!(site.network.links().len(), 62, "{flow}");
        assert_eq!(demand.vehicles(), vehicles, "{flow}");
        assert!(demand.end() < Millis::from_secs(3_600), "{flow}");
        // What was imported survives our own files.
        let read = Site::parse(&write_site(&site)).unwrap_or_else(|all| panic!("{all:?}"));
        assert_eq!(read.signals, site.signals, "{flow}");
        let text = write_demand(&demand, &site.network);
        assert_eq!(Demand::parse(&text, &read.network), Ok(demand), "{flow}");
    }
}

#[test]
fn max_pressure_beats_the_fixed_plan_and_breaks_no_rule() {
    let Some(roadnet) = roadnet() else {
        return;
    };
    for (flow, _) in FLOWS {
        let means = [Mode::Fixed, Mode::MaxPressure].map(|mode| {
            let (site, demand) = import(&roadnet, flow, mode);
            let settings = Settings::of(RUN, 1);
            let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("it runs");
            assert_eq!(outcome.violations, 0, "{flow}: {:?}", outcome.findings);
            assert_eq!(outcome.counters.violations, 0, "{flow}");
            assert_eq!(outcome.counters.unanswered_demands, 0, "{flow}");
            eprintln!("{flow}, {}: {:?}", mode.name(), outcome.world);
            outcome.world.mean_travel_time_s
        });
        let [fixed, pressure] = means;
        assert!(pressure < fixed, "{flow}: max-pressure {pressure} s, the fixed plan {fixed} s");
    }
}
