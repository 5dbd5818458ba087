//! Demand from counted volumes and turns: what is drawn agrees with what was counted, counts that
//! disagree are noted, and every kind of mistake has its line.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use network::{Network, Turn};
use proptest::prelude::*;
use scenario::{Demand, DemandFile, Flow, generate, write_demand};
use units::{LinkId, Millis};

const VEHICLE: &str = "\
version = 1
[[vehicle]]
name = 'car'
length_m = 5
min_gap_m = 2.5
max_speed_m_s = 13.9
acceleration_m_s2 = 2
deceleration_m_s2 = 4.5
headway_s = 2
";

const SOUND: &str = "\
[[counts]]
vehicles = [['car', 1]]
volumes = [['l_0_1_1_1', 0, 900, 400], ['l_1_0_1_1', 0, 900, 100]]
turning = [
  ['l_0_1_1_1', 'l_1_1_2_1', 0, 900, 300],
  ['l_0_1_1_1', 'l_1_1_1_2', 0, 900, 100],
  ['l_1_0_1_1', 'l_1_1_1_2', 0, 900, 100],
]
turns = [['l_1_1_2_1', 'l_2_1_3_1', 0.7], ['l_1_1_2_1', 'l_2_1_2_2', 0.3]]
";

fn network() -> &'static Network {
    static NETWORK: LazyLock<Arc<Network>> = LazyLock::new(|| generate::arterial(1, 2).0.network);
    &NETWORK
}

fn sound() -> String {
    format!("{VEHICLE}{SOUND}")
}

fn file(text: &str) -> DemandFile {
    DemandFile::parse(text, network()).unwrap_or_else(|all| panic!("{all:?}"))
}

fn mistakes(text: &str) -> Vec<String> {
    let read = DemandFile::parse(text, network());
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("few"))
}

/// Vehicles of each movement, by the names of its links.
fn movements(demand: &Demand, network: &Network) -> BTreeMap<(String, String), f64> {
    let mut movements = BTreeMap::new();
    for flow in &demand.flows {
        for pair in flow.route.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|link| network.link(link).name.clone());
            *movements.entry((from, to)).or_default() += number(flow.vehicles());
        }
    }
    movements
}

#[test]
fn every_movement_gets_what_was_counted() {
    let (file, draws) = (file(&sound()), 10);
    let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
    for seed in 0..draws {
        let demand = file.expand(seed);
        assert_eq!(demand.vehicles(), 500, "even arrivals keep whole numbers");
        assert!(demand.end() < Millis::from_secs(900));
        for (movement, count) in movements(&demand, network()) {
            *sums.entry(movement).or_default() += count;
        }
    }
    let expected = [
        ("l_0_1_1_1", "l_1_1_2_1", 300.0),
        ("l_0_1_1_1", "l_1_1_1_2", 100.0),
        ("l_1_0_1_1", "l_1_1_1_2", 100.0),
        ("l_1_1_2_1", "l_2_1_3_1", 210.0),
        ("l_1_1_2_1", "l_2_1_2_2", 90.0),
    ];
    assert_eq!(sums.len(), expected.len(), "{sums:?}");
    for (from, to, count) in expected {
        let drawn = sums[&(from.to_owned(), to.to_owned())];
        let wanted = f64::from(u32::try_from(draws).expect("few")) * count;
        assert!((drawn - wanted).abs() <= 4.0 * wanted.sqrt(), "{from} to {to}: {drawn}");
    }
    assert_eq!(file.notes(), [""; 0]);
}

#[test]
fn the_same_seed_gives_the_same_vehicles_and_they_survive_their_file() {
    for text in [sound(), format!("{}arrivals = 'poisson'\n", sound())] {
        let file = file(&text);
        assert_eq!(file.expand(4), file.expand(4));
        assert_ne!(file.expand(4), file.expand(5));
        let demand = file.expand(4);
        assert_eq!(Demand::parse(&write_demand(&demand, network()), network()), Ok(demand));
    }
    let chance = file(&format!("{}arrivals = 'poisson'\n", sound()));
    let counts: std::collections::BTreeSet<_> =
        (0..9).map(|seed| chance.expand(seed).vehicles()).collect();
    assert!(counts.len() > 3, "{counts:?}");
}

#[test]
fn turns_change_with_the_time_when_vehicles_come_to_them() {
    // All turn off in the first five minutes, and go straight on after.
    let text = sound()
        .replace(
            "['l_0_1_1_1', 'l_1_1_2_1', 0, 900, 300]",
            "['l_0_1_1_1', 'l_1_1_2_1', 300, 900, 300]",
        )
        .replace(
            "['l_0_1_1_1', 'l_1_1_1_2', 0, 900, 100]",
            "['l_0_1_1_1', 'l_1_1_1_2', 0, 300, 100]",
        );
    let demand = file(&text).expand(1);
    let entry = network().link_named("l_0_1_1_1").expect("a link");
    let straight = network().link_named("l_1_1_2_1").expect("a link");
    let along = network().free_flow(entry);
    for flow in demand.flows.iter().filter(|flow| flow.route[0] == entry) {
        for arrival in flow.departures().map(|due| due + along) {
            let (late, counted) = (Millis::from_secs(300), Millis::from_secs(900));
            // Who comes after all counted times turns by all counts together.
            if arrival < counted {
                assert_eq!(flow.route[1] == straight, arrival >= late, "{arrival}");
            }
        }
    }
}

#[test]
fn counts_that_do_not_agree_are_noted_with_their_link() {
    let text = sound().replace("'l_1_1_2_1', 0, 900, 300]", "'l_1_1_2_1', 0, 900, 400]");
    let expected =
        "the counts of link \"l_0_1_1_1\" do not agree: 400 vehicles in, 500 out, 20 % apart";
    assert_eq!(file(&text).notes(), [expected]);
    let tolerant = format!("{text}tolerance = 0.2\n");
    assert_eq!(file(&tolerant).notes(), [""; 0]);
}

/// Right turns only lead around a block for ever: the trip must end all the same.
#[test]
fn a_trip_that_goes_in_circles_ends_and_is_noted() {
    let network = generate::district(1, 2, 2).0.network;
    let mut turns = Vec::new();
    for link in network.links() {
        let id = network.link_named(&link.name).expect("a link");
        let ways = network.link_movements(id).iter().map(|&m| network.movement(m));
        let inside = |to: LinkId| network.junction(network.link(to).to).signalised;
        if let Some(way) = ways.clone().find(|m| m.turn != Turn::UTurn && inside(m.to)) {
            turns.push(format!("['{}', '{}', 1]", link.name, network.link(way.to).name));
        }
    }
    let text = format!(
        "{VEHICLE}[[counts]]\nvehicles = [['car', 1]]\nvolumes = [['l_0_1_1_1', 0, 900, 40]]\n\
         turns = [{}]\nlinks_max = 30\n",
        turns.join(", ")
    );
    let file = DemandFile::parse(&text, &network).unwrap_or_else(|all| panic!("{all:?}"));
    let demand = file.expand(1);
    assert!(demand.flows.iter().all(|flow| flow.route.len() == 30));
    assert_eq!(demand.vehicles(), 40);
    let expected = "of 40 counted vehicles 40 have not left after 30 links: their trips end there";
    assert_eq!(file.notes(), [expected]);
}

/// A part of the sound file, what stands there instead, and what is said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "['l_0_1_1_1', 0, 900, 400]",
        "['l_9', 0, 900, 400]",
        "line 12: counts[0].volumes[0][0]: there is no link \"l_9\"",
    ),
    ("900, 400]", "900, -4]", "line 12: counts[0].volumes[0][3]: -4 is not within 0 to 1000000"),
    (
        "0, 900, 400]",
        "900, 0, 400]",
        "line 12: counts[0].volumes[0]: it does not end after it begins",
    ),
    (
        "0, 900, 400]",
        "0, 900, 400], ['l_0_1_1_1', 800, 1800, 3]",
        "line 12: counts[0].volumes[1]: it begins before the count above it ends that is of the same vehicles",
    ),
    (
        "'l_1_1_2_1', 0, 900, 300]",
        "'l_2_1_3_1', 0, 900, 300]",
        "line 14: counts[0].turning[0]: no movement leads from \"l_0_1_1_1\" to \"l_2_1_3_1\"",
    ),
    (
        "'l_1_1_1_2', 0, 900, 100],\n]",
        "'l_1_1_1_2', 0, 900, 100], ['l_1_0_1_1', 'l_1_1_1_2', 100, 200, 1]]",
        "line 16: counts[0].turning[3]: it begins before the count above it ends that is of the same vehicles",
    ),
    (
        "['l_0_1_1_1', 'l_1_1_1_2', 0, 900, 100]",
        "['l_0_1_1_1', 'l_1_1_1_2', 0, 800, 100]",
        "line 15: counts[0].turning[1]: another movement of the link was counted over other times",
    ),
    (
        "0.3]",
        "0.4]",
        "line 18: counts[0].turns: the shares of link \"l_1_1_2_1\" sum to 1.100, not to 1",
    ),
    (
        "0.3]",
        "0.3], ['l_1_1_2_1', 'l_2_1_2_2', 0]",
        "line 18: counts[0].turns[2]: the movement is given twice",
    ),
    ("0.3]", "1.3]", "line 18: counts[0].turns[1][2]: 1.3 is not within 0 to 1"),
    (
        "turns = [['l_1_1_2_1', 'l_2_1_3_1', 0.7], ['l_1_1_2_1', 'l_2_1_2_2', 0.3]]",
        "",
        "line 10: counts[0]: vehicles reach link \"l_1_1_2_1\", and nothing says how they turn to l_2_1_2_0, l_2_1_2_2, l_2_1_3_1",
    ),
    (
        "0.3]",
        "0.3], ['l_1_0_1_1', 'l_1_1_1_2', 1]",
        "line 13: counts[0].turning: link \"l_1_0_1_1\" has shares in turns as well",
    ),
    (
        "['l_1_0_1_1', 'l_1_1_1_2', 0, 900, 100]",
        "['l_1_0_1_1', 'l_1_1_1_2', 0, 900, 0]",
        "line 13: counts[0].turning: vehicles reach link \"l_1_0_1_1\", and none was counted there",
    ),
    (
        "turns = ",
        "links_max = 0\nturns = ",
        "line 18: counts[0].links_max: it is not within 1 to 2000",
    ),
    ("turns = ", "colour = 0\nturns = ", "line 18: counts[0].colour: this key is not known here"),
    ("[['car', 1]]", "[]", "line 11: counts[0].vehicles: there must be a vehicle with its share"),
    (
        "volumes = [['l_0_1_1_1', 0, 900, 400], ['l_1_0_1_1', 0, 900, 100]]",
        "",
        "line 10: counts[0].volumes: there must be volumes, or a volumes_file: else nobody drives",
    ),
];

#[test]
fn every_mistake_comes_with_its_line_and_path() {
    for (sound_part, wrong, expected) in MISTAKES.iter().copied() {
        assert!(SOUND.contains(sound_part), "{sound_part}");
        let text = format!("{VEHICLE}{}", SOUND.replacen(sound_part, wrong, 1));
        assert_eq!(mistakes(&text), [expected], "{wrong}");
    }
}

#[test]
fn counts_may_lie_in_csv_files_beside() {
    let text = format!(
        "{VEHICLE}[[counts]]\nvehicles = [['car', 1]]\nvolumes_file = 'v.csv'\n\
         turning_file = 'c.csv'\nturns_file = 't.csv'\n"
    );
    let beside = |name: &str| match name {
        "v.csv" => {
            Ok("link,begin,end,count\nl_0_1_1_1,0,900,400\nl_1_0_1_1,0,900,100\n".to_owned())
        }
        "c.csv" => Ok("l_0_1_1_1,l_1_1_2_1,0,900,300\nl_0_1_1_1,l_1_1_1_2,0,900,100\n\
                       l_1_0_1_1,l_1_1_1_2,0,900,100\n"
            .to_owned()),
        "t.csv" => Ok("from,to,share\nl_1_1_2_1,l_2_1_3_1,0.7\nl_1_1_2_1,l_2_1_2_2,0.3".to_owned()),
        _ => Err("no such file".to_owned()),
    };
    let read = DemandFile::parse_with(&text, network(), &beside);
    assert_eq!(read, Ok(file(&sound())));
    let other = text.replace("v.csv", "w.csv").replace("t.csv", "u.csv");
    let found = DemandFile::parse_with(&other, network(), &beside).expect_err("two files less");
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found[..2],
        [
            "line 12: counts[0].volumes_file: cannot read \"w.csv\": no such file",
            "line 14: counts[0].turns_file: cannot read \"u.csv\": no such file",
        ]
    );
}

proptest! {
    /// With shares of any size at each junction of a street, what leaves is what entered.
    #[test]
    fn nobody_is_lost_or_made(
        counts in prop::collection::vec(0_u32..300, 3),
        shares in prop::collection::vec(0_u32..=100, 2),
        seed in any::<u64>(),
    ) {
        let share = |percent: u32| (f64::from(percent) / 100.0, f64::from(100 - percent) / 100.0);
        let ((on, off), (out, down)) = (share(shares[0]), share(shares[1]));
        let text = format!(
            "{VEHICLE}[[counts]]\nvehicles = [['car', 1]]\n\
             volumes = [['l_0_1_1_1', 0, 300, {}], ['l_0_1_1_1', 300, 900, {}], \
             ['l_1_1_2_1', 0, 100, {}]]\n\
             turns = [['l_0_1_1_1', 'l_1_1_2_1', {on}], ['l_0_1_1_1', 'l_1_1_1_2', {off}], \
             ['l_1_1_2_1', 'l_2_1_3_1', {out}], ['l_1_1_2_1', 'l_2_1_2_2', {down}]]\n",
            counts[0], counts[1], counts[2],
        );
        let demand = file(&text).expand(seed);
        prop_assert_eq!(number(demand.vehicles()), f64::from(counts.iter().sum::<u32>()));
        for flow in &demand.flows {
            let last = flow.route[flow.route.len() - 1];
            prop_assert!(network().link_movements(last).is_empty(), "{:?}", flow);
        }
        let of = |from: &str| {
            let from = network().link_named(from);
            let flows = demand.flows.iter().filter(|flow| Some(flow.route[0]) == from);
            number(flows.map(Flow::vehicles).sum())
        };
        prop_assert_eq!(of("l_0_1_1_1"), f64::from(counts[0] + counts[1]));
    }

    #[test]
    fn no_text_makes_it_panic(at in any::<prop::sample::Index>(), wrong in "(\\PC|\n|\\[|=|'|-|[0-9]){0,9}") {
        let cut = at.index(SOUND.len());
        let _ = mistakes(&format!("{VEHICLE}{}{wrong}{}", &SOUND[..cut], &SOUND[cut..]));
    }
}
