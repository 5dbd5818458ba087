//! Demand files: what is written reads back, and every kind of mistake with its line.

use proptest::prelude::*;
use scenario::{Demand, Flow, VehicleClass, VehicleType, generate, write_demand};
use units::{Metres, MetresPerSecond, Millis};

const SOUND: &str = "\
version = 1
[[vehicle]]
name = 'car'
length_m = 5
min_gap_m = 2.5
max_speed_m_s = 13.9
acceleration_m_s2 = 2
deceleration_m_s2 = 4.5
headway_s = 2
[[flow]]
vehicle = 'car'
route = ['l_0_1_1_1', 'l_1_1_2_1']
slices = [[0, 60, 20], [100, 100, 5]]
";

fn network() -> std::sync::Arc<network::Network> {
    generate::arterial(1, 2).0.network
}

fn mistakes(text: &str) -> Vec<String> {
    let read = Demand::parse(text, &network());
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_slice_is_a_flow_of_its_own() {
    let demand = Demand::parse(SOUND, &network()).expect("sound");
    assert_eq!(demand.flows.len(), 2);
    assert_eq!(demand.vehicles(), 4 + 1);
    let due: Vec<_> = demand.flows[0].departures().collect();
    assert_eq!(due, [0, 20, 40, 60].map(Millis::from_secs));
    assert_eq!(demand.end(), Millis::from_secs(100));
}

#[test]
fn every_mistake_comes_with_its_line_and_path() {
    for (sound, wrong, expected) in [
        ("version = 1", "version = 2", "line 1: version: it must be 1"),
        ("version = 1", "version = 1\ncolour = 1", "line 2: colour: this key is not known here"),
        ("length_m = 5", "length_m = 0", "line 4: vehicle[0].length_m: 0 is not within 0.5 to 40"),
        ("headway_s = 2", "", "line 2: vehicle[0].headway_s: it is missing"),
        (
            "headway_s = 2",
            "headway_s = nan",
            "line 9: vehicle[0].headway_s: NaN is not within 0 to 20",
        ),
        (
            "vehicle = 'car'",
            "vehicle = 'bus'",
            "line 11: flow[0].vehicle: there is no vehicle \"bus\"",
        ),
        ("'l_0_1_1_1'", "'l_9'", "line 12: flow[0].route[0]: there is no link \"l_9\""),
        ("'l_0_1_1_1'", "7", "line 12: flow[0].route[0]: it is an integer, not a text"),
        (
            "'l_1_1_2_1'",
            "'l_2_1_3_1'",
            "line 12: flow[0].route[1]: no movement leads here from \"l_0_1_1_1\"",
        ),
        ("['l_0_1_1_1', 'l_1_1_2_1']", "[]", "line 12: flow[0].route: there must be a link"),
        ("[0, 60, 20]", "[60, 0, 20]", "line 13: flow[0].slices[0]: it ends before it begins"),
        (
            "[0, 60, 20]",
            "[0, 60, 0]",
            "line 13: flow[0].slices[0][2]: 0 is not within 0.01 to 2678400",
        ),
        (
            "[0, 60, 20]",
            "[0, 60]",
            "line 13: flow[0].slices[0]: it is not a begin, an end, and an interval in seconds",
        ),
        (
            "slices = [[0, 60, 20], [100, 100, 5]]",
            "",
            "line 10: flow[0].slices: there must be a slice: without one, nobody drives",
        ),
    ] {
        assert!(SOUND.contains(sound), "{sound}");
        assert_eq!(mistakes(&SOUND.replacen(sound, wrong, 1)), [expected], "{wrong}");
    }
    let twice = format!("{SOUND}{}", &SOUND[SOUND.find("[[vehicle]]").expect("there")..]);
    assert_eq!(mistakes(&twice), ["line 15: vehicle[1].name: the name \"car\" is given twice"]);
}

#[test]
fn all_mistakes_come_at_once() {
    let text = SOUND.replace("length_m = 5", "length_m = 'long'").replace("l_0_1_1_1", "x");
    assert_eq!(mistakes(&text).len(), 2, "{:?}", mistakes(&text));
}

#[test]
fn the_demand_of_generated_streets_survives_its_file() {
    for seed in 0..4 {
        for (site, demand) in [generate::arterial(seed, 8), generate::district(seed, 4, 3)] {
            let text = write_demand(&demand, &site.network);
            assert_eq!(Demand::parse(&text, &site.network), Ok(demand), "seed {seed}");
        }
    }
}

fn any_flow() -> impl Strategy<Value = Flow> {
    let vehicle = (0.5..40.0, 0.0..20.0, 0.1..100.0, 0.1..20.0, 0.0..20.0);
    let class = prop::sample::select(VehicleClass::ALL);
    let vehicle = (vehicle, class).prop_map(|(numbers, (_, class))| {
        let (length, gap, speed, acceleration, headway_s) = numbers;
        VehicleType {
            class,
            length: Metres(length),
            min_gap: Metres(gap),
            max_speed: MetresPerSecond(speed),
            acceleration,
            deceleration: acceleration,
            headway_s,
            ..VehicleType::default()
        }
    });
    let names = [["l_0_1_1_1", "l_1_1_2_1"], ["l_1_0_1_1", "l_1_1_1_2"]];
    let route = prop::sample::select(names.to_vec()).prop_map(|names| {
        let network = network();
        names.iter().map(|name| network.link_named(name).expect("a link")).collect::<Vec<_>>()
    });
    (route, vehicle, 0_i64..86_400_000, 0_i64..86_400_000, 10_i64..86_400_000).prop_map(
        |(route, vehicle, start, span, interval)| Flow {
            route,
            start: Millis(start),
            end: Millis(start + span),
            interval: Millis(interval),
            vehicle,
            ..Flow::default()
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_reads_back(flows in prop::collection::vec(any_flow(), 0..6)) {
        let (network, demand) = (network(), Demand { flows, ..Demand::default() });
        let text = write_demand(&demand, &network);
        prop_assert_eq!(Demand::parse(&text, &network), Ok(demand));
    }

    #[test]
    fn departures_are_counted_without_being_made(
        start in 0_i64..1_000, span in -100_i64..1_000, interval in 0_i64..100,
    ) {
        let flow = Flow {
            route: Vec::new(),
            start: Millis(start),
            end: Millis(start + span),
            interval: Millis(interval),
            vehicle: VehicleType::default(),
            ..Flow::default()
        };
        let step = interval.max(1);
        let model: Vec<_> = (start..=start + span).filter(|at| (at - start) % step == 0).collect();
        let due: Vec<_> = flow.departures().map(|at| at.0).collect();
        prop_assert_eq!(flow.vehicles(), model.len());
        prop_assert_eq!(due, model);
    }

    #[test]
    fn no_text_makes_it_panic(at in any::<prop::sample::Index>(), wrong in "(\\PC|\n|\\[|=|'){0,9}") {
        let cut = at.index(SOUND.len());
        let text = format!("{}{wrong}{}", &SOUND[..cut], &SOUND[cut..]);
        let _ = mistakes(&text);
        let _ = mistakes(&wrong);
    }
}

const WALKS: &str = "\
version = 1
[[pedestrians]]
junction = 'j_1_1'
group = 'walk'
arm = 'l_0_1_1_1'
slices = [[0, 600, 120], [600, 1200, 30.5]]
[[pedestrians]]
junction = 'j_2_1'
arm = 'l_2_1_1_1'
slices = [[0, 10, 0]]
";

#[test]
fn who_walks_is_read_and_written_and_every_mistake_is_told() {
    let demand = Demand::parse(WALKS, &network()).expect("sound");
    assert_eq!(demand.pedestrians.len(), 3);
    assert_eq!(demand.pedestrians[1].per_hour, 30.5);
    assert_eq!(Demand::parse(&write_demand(&demand, &network()), &network()), Ok(demand));
    for (sound, wrong, expected) in [
        ("'j_1_1'", "'j'", "line 3: pedestrians[0].junction: there is no junction \"j\""),
        (
            "'l_0_1_1_1'",
            "'l_2_1_3_1'",
            "line 5: pedestrians[0].arm: no link \"l_2_1_3_1\" ends or begins at the junction",
        ),
        ("arm = 'l_2_1_1_1'\n", "", "line 7: pedestrians[1].arm: there must be a group or an arm"),
        (
            "slices = [[0, 10, 0]]",
            "",
            "line 7: pedestrians[1].slices: there must be a slice: without one, nobody walks",
        ),
        (
            "[0, 600, 120]",
            "[0, 600, -1]",
            "line 6: pedestrians[0].slices[0][2]: -1 is not within 0 to 36000",
        ),
        ("[0, 10, 0]", "[9, 0, 1]", "line 10: pedestrians[1].slices[0]: it ends before it begins"),
        (
            "[0, 10, 0]",
            "[0, 10]",
            "line 10: pedestrians[1].slices[0]: it is not a begin, an end, and persons an hour",
        ),
    ] {
        assert!(WALKS.contains(sound), "{sound}");
        assert_eq!(mistakes(&WALKS.replacen(sound, wrong, 1)), [expected], "{wrong}");
    }
}
