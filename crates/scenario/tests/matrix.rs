//! Demand from zones and matrices: what is drawn agrees with what was asked for, and every kind of
//! mistake with its line.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use network::Network;
use proptest::prelude::*;
use scenario::{Demand, DemandFile, Flow, VehicleClass, generate, write_demand};
use units::{LinkId, Millis};

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
[[vehicle]]
name = 'lorry'
class = 'truck'
length_m = 12
min_gap_m = 2.5
max_speed_m_s = 13.9
acceleration_m_s2 = 1
deceleration_m_s2 = 4.5
headway_s = 2
[[zone]]
name = 'west'
entries = [['l_0_1_1_1', 3], ['l_0_2_1_2', 1]]
exits = [['l_1_1_0_1', 1]]
[[zone]]
name = 'east'
entries = [['l_5_1_4_1', 1]]
exits = [['l_4_1_5_1', 1], ['l_4_3_5_3', 1]]
[[matrix]]
trips = [['west', 'east', 600], ['east', 'west', 90]]
profile = [[0, 1800, 0.5], [1800, 3600, 1.5]]
vehicles = [['car', 0.9], ['lorry', 0.1]]
arrivals = 'poisson'
alternatives = 4
";

fn network() -> &'static Network {
    static NETWORK: LazyLock<Arc<Network>> =
        LazyLock::new(|| generate::district(1, 4, 3).0.network);
    &NETWORK
}

fn file(text: &str) -> DemandFile {
    DemandFile::parse(text, network()).unwrap_or_else(|all| panic!("{all:?}"))
}

fn mistakes(text: &str) -> Vec<String> {
    let read = DemandFile::parse(text, network());
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn vehicles(demand: &Demand, is_asked: impl Fn(&Flow) -> bool) -> f64 {
    let asked = demand.flows.iter().filter(|flow| is_asked(flow));
    f64::from(u32::try_from(asked.map(Flow::vehicles).sum::<usize>()).expect("few"))
}

fn link(name: &str) -> LinkId {
    network().link_named(name).expect("a link")
}

/// What is drawn may be off by four standard deviations of a Poisson number.
fn near(what: &str, drawn: f64, expected: f64) {
    assert!((drawn - expected).abs() <= 4.0 * expected.sqrt(), "{what}: {drawn}, not {expected}");
}

#[test]
fn trips_profile_entries_exits_and_types_come_out_as_asked() {
    let file = file(SOUND);
    let seeds = 20;
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for seed in 0..seeds {
        let demand = file.expand(seed);
        let first = |name: &str| vehicles(&demand, |flow| flow.route[0] == link(name));
        let last =
            |name: &str| vehicles(&demand, |flow| flow.route[flow.route.len() - 1] == link(name));
        for (what, drawn) in [
            ("west to east, its first entry", first("l_0_1_1_1")),
            ("west to east, its second entry", first("l_0_2_1_2")),
            ("east to west", first("l_5_1_4_1")),
            ("the first exit", last("l_4_1_5_1")),
            ("the second exit", last("l_4_3_5_3")),
            ("lorries", vehicles(&demand, |flow| flow.vehicle.class == VehicleClass::Truck)),
            ("early", early(&demand)),
        ] {
            *sums.entry(what).or_default() += drawn;
        }
    }
    for (what, expected) in [
        ("west to east, its first entry", 450.0),
        ("west to east, its second entry", 150.0),
        ("east to west", 90.0),
        ("the first exit", 300.0),
        ("the second exit", 300.0),
        ("lorries", 69.0),
        ("early", 690.0 / 4.0),
    ] {
        near(what, sums[what], 20.0 * expected);
    }
}

fn early(demand: &Demand) -> f64 {
    let due = demand.flows.iter().flat_map(Flow::departures);
    f64::from(u32::try_from(due.filter(|at| *at < Millis::from_secs(1_800)).count()).expect("few"))
}

#[test]
fn even_trips_come_in_whole_numbers_whatever_the_seed() {
    let text = SOUND.replace("poisson", "even").replace("0.5]", "1]").replace("1.5]", "1]");
    let file = file(&text);
    for seed in 0..10 {
        assert_eq!(file.expand(seed).vehicles(), 690, "seed {seed}");
    }
}

#[test]
fn the_same_seed_gives_the_same_demand_and_another_another() {
    let file = file(SOUND);
    assert_eq!(file.expand(7), DemandFile::parse(SOUND, network()).expect("sound").expand(7));
    assert_ne!(file.expand(7), file.expand(8));
    assert_eq!(Demand::parse(SOUND, network()), Ok(file.expand(1)));
    assert_eq!(file.notes(), [""; 0]);
}

#[test]
fn every_trip_can_be_driven_and_survives_its_file() {
    let demand = file(SOUND).expand(3);
    for flow in &demand.flows {
        let joined = |pair: &[LinkId]| network().movement_between(pair[0], pair[1]).is_some();
        assert!(flow.route.windows(2).all(joined), "{flow:?}");
        assert!(flow.end < Millis::from_secs(3_600));
    }
    let ways: std::collections::BTreeSet<_> =
        demand.flows.iter().filter(|f| f.route[0] == link("l_0_1_1_1")).map(|f| &f.route).collect();
    assert!(ways.len() > 3, "{}", ways.len());
    assert_eq!(Demand::parse(&write_demand(&demand, network()), network()), Ok(demand));
}

/// Who adds a pair to a matrix compares the two runs: the others must not have changed.
#[test]
fn another_pair_changes_nobody_elses_trips() {
    let more = SOUND.replace("trips = [", "trips = [['west', 'west', 5], ");
    let (one, two) = (file(SOUND), file(&more));
    assert_eq!(one.expand(5), two.expand(5));
    assert_eq!(two.notes(), ["left out: 5 trips an hour that stay within their zone"]);
    let fewer = SOUND.replace("['west', 'east', 600], ", "");
    let left: Vec<_> =
        one.expand(5).flows.into_iter().filter(|flow| flow.route[0] == link("l_5_1_4_1")).collect();
    assert_eq!(file(&fewer).expand(5).flows, left);
}

#[test]
fn flows_by_chance_keep_their_mean_and_even_ones_their_bytes() {
    let flow = "\
[[flow]]
vehicle = 'car'
route = ['l_0_1_1_1', 'l_1_1_2_1']
slices = [[0, 3600, 6]]
";
    let plain = &SOUND[..SOUND.find("[[zone]]").expect("there")];
    let (even, chance) = (format!("{plain}{flow}"), format!("{plain}{flow}arrivals = 'poisson'\n"));
    assert_eq!(file(&even).expand(1), file(&even).expand(2));
    assert_eq!(file(&even).expand(1), file(&format!("{even}arrivals = 'even'\n")).expand(9));
    let drawn: usize = (0..20).map(|seed| file(&chance).expand(seed).vehicles()).sum();
    near("twenty draws", f64::from(u32::try_from(drawn).expect("few")), 12_000.0);
    assert_ne!(file(&chance).expand(1), file(&chance).expand(2));
    let nobody = chance.replace("[0, 3600, 6]", "[5, 5, 6]");
    assert_eq!(
        mistakes(&nobody),
        ["line 22: flow[0].slices: a slice of no length has nobody in it where arrivals are by \
          chance"]
    );
}

/// A part of the sound file, what stands there instead, and what is said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "['west', 'east', 600]",
        "['north', 'east', 600]",
        "line 28: matrix[0].trips[0][0]: there is no zone \"north\"",
    ),
    ("'east', 600]", "'east', -1]", "line 28: matrix[0].trips[0][2]: -1 is not within 0 to 100000"),
    ("'east', 600]", "'east']", "line 28: matrix[0].trips[0]: it is not a row of from, to, trips"),
    (
        "['east', 'west', 90]",
        "['west', 'east', 90]",
        "line 28: matrix[0].trips[1]: the pair is given twice",
    ),
    (
        "[1800, 3600, 1.5]",
        "[1700, 3600, 1.5]",
        "line 29: matrix[0].profile[1]: it begins before the one above it ends",
    ),
    (
        "[1800, 3600, 1.5]",
        "[1800, 1800, 1.5]",
        "line 29: matrix[0].profile[1]: it does not end after it begins",
    ),
    ("1.5]]", "-1]]", "line 29: matrix[0].profile[1][2]: -1 is not within 0 to 100"),
    (
        "profile = [[0, 1800, 0.5], [1800, 3600, 1.5]]",
        "",
        "line 27: matrix[0].profile: there must be a step: without one, nobody drives",
    ),
    (
        "['lorry', 0.1]",
        "['lorry', 0.2]",
        "line 30: matrix[0].vehicles: the shares sum to 1.100, not to 1",
    ),
    (
        "['lorry', 0.1]",
        "['van', 0.1]",
        "line 30: matrix[0].vehicles[1][0]: there is no vehicle \"van\"",
    ),
    ("'poisson'", "'bunched'", "line 31: matrix[0].arrivals: \"bunched\" is none of even, poisson"),
    (
        "alternatives = 4",
        "alternatives = 9",
        "line 32: matrix[0].alternatives: it is not within 1 to 8",
    ),
    ("alternatives = 4", "speed = 4", "line 32: matrix[0].speed: this key is not known here"),
    (
        "trips = [['west', 'east', 600], ['east', 'west', 90]]",
        "",
        "line 27: matrix[0].trips: there must be trips, or a trips_file",
    ),
    ("['l_0_2_1_2', 1]", "['l_9', 1]", "line 21: zone[0].entries[1][0]: there is no link \"l_9\""),
    (
        "['l_0_2_1_2', 1]",
        "['l_0_1_1_1', 1]",
        "line 21: zone[0].entries[1][0]: the link is given twice",
    ),
    (
        "['l_0_2_1_2', 1]",
        "['l_0_2_1_2', -1]",
        "line 21: zone[0].entries[1][1]: -1 is not within 0 to 1000000",
    ),
    ("['l_5_1_4_1', 1]", "['l_5_1_4_1', 0]", "line 25: zone[1].entries: no weight is above 0"),
    ("name = 'east'", "name = 'west'", "line 24: zone[1].name: the name \"west\" is given twice"),
    (
        "[['l_4_1_5_1', 1], ['l_4_3_5_3', 1]]",
        "[['l_0_3_1_3', 1]]",
        "line 28: matrix[0].trips[0]: nothing leads from \"west\" to \"east\": 600 trips an hour would be lost",
    ),
    (
        "'east', 600]",
        "'east', 600], ['east', 'east', nan]",
        "line 28: matrix[0].trips[1][2]: NaN is not within 0 to 100000",
    ),
    ("'east', 600]", "'east', 100000]", ""),
];

#[test]
fn every_mistake_comes_with_its_line_and_path() {
    for (sound, wrong, expected) in MISTAKES.iter().copied() {
        assert!(SOUND.contains(sound), "{sound}");
        let text = SOUND.replacen(sound, wrong, 1);
        let found = mistakes(&text);
        if expected.is_empty() {
            assert_eq!(found, [""; 0], "{wrong}");
        } else {
            assert!(found.contains(&expected.to_owned()), "{wrong}: {found:?}");
        }
    }
}

#[test]
fn all_mistakes_come_at_once_and_a_zone_that_is_wrong_is_not_missing() {
    let text = SOUND
        .replace("['l_0_2_1_2', 1]", "['x', 1]")
        .replace("['lorry', 0.1]", "['lorry', 2]")
        .replace("[1800, 3600, 1.5]", "[1000, 3600, 1.5]");
    let expected = [
        "line 21: zone[0].entries[1][0]: there is no link \"x\"",
        "line 29: matrix[0].profile[1]: it begins before the one above it ends",
        "line 30: matrix[0].vehicles[1][1]: 2 is not within 0 to 1",
    ];
    assert_eq!(mistakes(&text), expected);
}

#[test]
fn more_vehicles_than_a_city_has_are_a_slip_of_the_hand() {
    let text = SOUND.replace("600]", "100000]").replace("1.5]", "100]");
    let found = mistakes(&text);
    assert!(found[0].contains("vehicles come by chance: the most is 2000000"), "{found:?}");
}

#[test]
fn an_entry_from_which_an_exit_is_not_reached_is_noted() {
    let text = SOUND.replace("['l_4_3_5_3', 1]", "['l_0_3_1_3', 1]");
    let notes = file(&text).notes().to_vec();
    let expected = "not driven, since nothing leads there: from \"west\" to \"east\", 2 of an entry \
                    and an exit each";
    assert_eq!(notes, [expected]);
}

#[test]
fn trips_may_lie_in_a_csv_file_beside() {
    let csv = "from,to,trips\n# counted in May\n\"west\", east ,600\neast,west,90\n";
    let text = SOUND.replace(
        "trips = [['west', 'east', 600], ['east', 'west', 90]]",
        "trips_file = 'trips.csv'",
    );
    let read = |csv: &str| {
        DemandFile::parse_with(&text, network(), &|name| {
            assert_eq!(name, "trips.csv");
            Ok(csv.to_owned())
        })
    };
    assert_eq!(read(csv).expect("sound"), file(SOUND));
    for (wrong, expected) in [
        ("west,east,-1", "\"trips.csv\", line 1: trips: -1 is not within 0 to 100000"),
        ("west,east,1\nwest,nowhere,1", "\"trips.csv\", line 2: to: there is no zone \"nowhere\""),
        ("west,east,1\neast,west,x", "\"trips.csv\", line 2: trips: \"x\" is not a number"),
        ("west,1", "\"trips.csv\", line 1: it is not a row of from, to, trips"),
        ("\"west,east,1", "\"trips.csv\", line 1: a quote is not closed, or closes early"),
    ] {
        let found = read(wrong).expect_err(wrong);
        assert_eq!(found[0].to_string(), format!("line 28: matrix[0].trips_file: {expected}"));
    }
    let alone = DemandFile::parse(&text, network()).expect_err("no files");
    assert!(alone[0].reason.contains("no other files are read here"), "{alone:?}");
    for name in ["../x.csv", "/etc/x", "a\\\\b", "..", ""] {
        let elsewhere = text.replace("'trips.csv'", &format!("\"{name}\""));
        let found = DemandFile::parse_with(&elsewhere, network(), &|_| panic!("opened {name}"));
        let found = found.expect_err(name);
        assert!(found[0].reason.contains("not the name of a file beside"), "{found:?}");
    }
}

proptest! {
    #[test]
    fn any_matrix_is_drawn_within_its_profile_and_with_its_mean(
        trips in prop::collection::vec(0_u32..2_000, 2),
        steps in prop::collection::vec((1_u32..2_000, 0_u32..40), 1..5),
        seed in any::<u64>(),
        even in any::<bool>(),
    ) {
        let (mut at, mut profile, mut factors) = (0, Vec::new(), 0.0);
        for (length, tenths) in steps {
            let factor = f64::from(tenths) / 10.0;
            profile.push(format!("[{at}, {}, {factor}]", at + length));
            factors += f64::from(length) * factor / 3_600.0;
            at += length;
        }
        let mut text = SOUND
            .replace("'east', 600]", &format!("'east', {}]", trips[0]))
            .replace("'west', 90]", &format!("'west', {}]", trips[1]))
            .replace("[0, 1800, 0.5], [1800, 3600, 1.5]", &profile.join(", "));
        if even {
            text = text.replace("poisson", "even");
        }
        let demand = file(&text).expand(seed);
        let due: Vec<_> = demand.flows.iter().flat_map(Flow::departures).collect();
        prop_assert!(due.iter().all(|due| *due < Millis::from_secs(i64::from(at))));
        let expected = f64::from(trips[0] + trips[1]) * factors;
        let drawn = f64::from(u32::try_from(demand.vehicles()).expect("few"));
        // Of even ones each pair is off by less than one a step.
        let off = if even { 8.0 } else { 6.0 * expected.sqrt() + 6.0 };
        prop_assert!((drawn - expected).abs() <= off, "{} of {}", drawn, expected);
    }

    #[test]
    fn no_text_makes_it_panic(at in any::<prop::sample::Index>(), wrong in "(\\PC|\n|\\[|=|'|-|[0-9]){0,9}") {
        let cut = at.index(SOUND.len());
        let text = format!("{}{wrong}{}", &SOUND[..cut], &SOUND[cut..]);
        let _ = mistakes(&text);
        let csv = &text[text.find("[[matrix]]").unwrap_or(0)..];
        let beside = SOUND.replace("alternatives = 4", "trips_file = 'x'");
        let _ = DemandFile::parse_with(&beside, network(), &|_| Ok(csv.to_owned()));
    }
}
