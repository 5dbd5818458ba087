//! Foreign signals phase by phase: the file's own numbers, and who gives way.

mod common;

use common::{any_json, crossroads};
use proptest::prelude::*;
use scenario::{Light, cityflow, sumo};
use serde_json::json;

const NET: &str = include_str!("sumo_files/crossing.net.xml");

#[test]
fn every_light_phase_keeps_its_number_and_left_turns_give_way() {
    let street = cityflow::import_phases(&crossroads().to_string()).expect("sound");
    let [signal] = &street.signals[..] else { panic!("{:?}", street.signals) };
    assert_eq!(signal.name, "middle");
    assert_eq!(signal.ways.len(), 12);
    let shown = |phase: usize| -> String {
        let letter = |light: &Light| match light {
            Light::Green => 'G',
            Light::GreenYielding => 'g',
            _ => 'r',
        };
        signal.phases[phase].iter().map(letter).collect()
    };
    // Straight on, left, right, each from west, south, east, north. In the last two phases those who turn
    // left meet who comes straight on from ahead; those who turn right meet them on the road they enter,
    // or who comes straight from the side.
    assert_eq!(shown(0), "rrrrrrrrGGGG");
    assert_eq!(shown(1), "GrGrgrgrgggg");
    assert_eq!(shown(2), "rGrGrgrggggg");
}

#[test]
fn what_only_a_cabinet_minds_is_no_mistake_here() {
    let mut value = crossroads();
    // A phase more, no phase at all, and a road that is shorter than its junctions are wide.
    value["intersections"][4]["trafficLight"]["lightphases"] = json!([]);
    value["roads"][0]["points"] = json!([{"x": -15, "y": 0}, {"x": 0, "y": 0}]);
    assert!(cityflow::import_roadnet(&value.to_string()).is_err());
    let street = cityflow::import_phases(&value.to_string()).expect("sound");
    assert_eq!(street.signals[0].phases, [[Light::Red; 0]; 0]);
    assert!(street.notes.iter().any(|note| note.contains("0.1 m")), "{:?}", street.notes);
    assert_eq!(street.lanes.len(), 8);
    assert!(street.links["in_0"].is_some());
}

#[test]
fn lanes_of_the_file_are_found_by_their_own_numbers() {
    let street = sumo::import_phases(&mut NET.as_bytes()).expect("sound");
    let lane = |name: &str| street.lanes[name].map(|lane| street.network.lane(lane).index);
    // The file counts from the edge of the road, and its footway is a lane too.
    assert_eq!((lane("west_0"), lane("west_1")), (None, Some(0)));
    assert_eq!((lane("south_0"), lane("south_1")), (Some(1), Some(0)));
    assert!(street.links["path"].is_some(), "people on bicycles drive");
    let signal = &street.signals[0];
    let phases: Vec<usize> = signal.phases.iter().map(Vec::len).collect();
    assert_eq!(phases, [3; 4]);
    let places: Vec<_> = signal.ways.iter().map(|way| way.place).collect();
    assert_eq!(places.len(), 3);
}

#[test]
fn letters_that_are_no_light_are_told_with_their_line() {
    let text = NET.replace("rrG", "rxG");
    let all = sumo::import_phases(&mut text.as_bytes()).expect_err("no light");
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    let line = NET.lines().position(|line| line.contains("<tlLogic")).expect("there is one") + 1;
    let expected =
        format!("line {line}: <tlLogic id=\"m\">: phase 2: \"rxG\" has a letter that is no light");
    assert_eq!(all, [expected]);
}

proptest! {
    #[test]
    fn nothing_breaks_the_reader(value in any_json(), from in any::<prop::sample::Index>(), count in 0_usize..400) {
        let _ = cityflow::import_phases(&value.to_string());
        let from = from.index(NET.len());
        let text = format!("{}{}", &NET[..from], &NET[(from + count).min(NET.len())..]);
        match sumo::import_phases(&mut text.as_bytes()) {
            Ok(street) => for signal in &street.signals {
                let places = signal.phases.first().map_or(0, Vec::len);
                prop_assert!(signal.phases.iter().all(|phase| phase.len() == places));
                prop_assert!(signal.ways.is_sorted());
            },
            Err(all) => prop_assert!(!all.is_empty()),
        }
    }
}
