//! The public Jinan network, where its files are at hand: they are never part of the project. The
//! folder is `../shared/data/jinan` beside the workspace, or what `GREENWAVE_DATA` names.

use std::path::PathBuf;
use std::sync::Arc;

use scenario::{Mode, SiteOptions, cityflow};
use sim::harness::{self, Settings};
use units::Millis;

fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    std::env::var_os("GREENWAVE_DATA").map_or_else(|| beside.into(), PathBuf::from).join("jinan")
}

#[test]
fn max_pressure_beats_the_fixed_plan_and_breaks_no_rule() {
    let Ok(roadnet) = std::fs::read_to_string(folder().join("roadnet_3_4.json")) else {
        eprintln!("the Jinan data are not at {}: nothing was tested", folder().display());
        return;
    };
    let flow = std::fs::read_to_string(folder().join("anon_3_4_jinan_real_2000.json"))
        .expect("the flow beside its network");
    let means = [Mode::Fixed, Mode::MaxPressure].map(|mode| {
        let imported = cityflow::import_roadnet(&roadnet).expect("sound");
        let demand = cityflow::import_flow(&flow, &imported.network).expect("sound");
        let options = SiteOptions { mode, ..SiteOptions::default() };
        let site = imported.site(&demand, &options).expect("sound");
        let settings = Settings::of(Millis::from_secs(1_200), 1);
        let outcome = harness::run(&Arc::new(site), &demand, &settings).expect("it runs");
        assert_eq!(outcome.violations, 0, "{:?}", outcome.findings);
        assert_eq!(outcome.counters.unanswered_demands, 0);
        eprintln!("{}: {:?}", mode.name(), outcome.world);
        outcome.world.mean_travel_time_s
    });
    assert!(means[1] < means[0], "max-pressure {} s, the fixed plan {} s", means[1], means[0]);
}
