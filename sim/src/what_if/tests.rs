//! A picture of a run of the harness starts a world that is where that run was.

use std::sync::Arc;

use scenario::Mode;
use units::Moment;

use super::*;
use crate::street::Street;

/// A picture after some minutes of an arterial, the demand of it, and the queues that trackers saw.
fn taken() -> (Picture, Site, Demand) {
    let (mut site, demand) = scenario::generate::arterial(1, 2);
    site.control.mode = Mode::Fixed;
    let site = Arc::new(site);
    let span = Millis::from_secs(240);
    let outcome = harness::run(&site, &demand, &Settings::of(span, 1)).unwrap();
    let snapshot = outcome.engine.snapshot(Moment::ORIGIN + span);
    (Picture::of(&snapshot, &site), Site::clone(&site), demand)
}

fn question(picture: Picture, change: &str) -> Question {
    Question {
        picture,
        change: Some(format!("version = 1\n{change}")),
        site: None,
        demand: None,
        demand_at: Millis::ZERO,
        seconds: 300,
        seeds: 1,
    }
}

#[test]
fn a_world_starts_with_the_stages_and_queues_of_the_picture() {
    let (picture, site, demand) = taken();
    let text = serde_json::to_string(&picture).unwrap();
    assert_eq!(read_picture(&text).unwrap(), picture, "it is read as it was written");
    let site = Arc::new(site);
    let start = start::of(&picture, &site, &demand, None, 1).unwrap();
    let mut street = Street::new(&site, &demand, Vec::new()).unwrap();
    street.begin(&demand, &start).unwrap();
    let mut queued = 0.0;
    for lane in &picture.lanes {
        let id = site.network.lane_named(&lane.name).unwrap();
        let all: Vec<(f64, f64)> = street.world().lane(id).collect();
        let queue = all.iter().filter(|(_, speed)| *speed < 1.4).count() as f64;
        assert_eq!(Some(queue), lane.queue, "{}", lane.name);
        let vehicles = lane.vehicles.unwrap_or(0.0).max(queue);
        assert!((all.len() as f64 - vehicles).abs() < 0.5, "{}", lane.name);
        queued += queue;
    }
    assert!(queued > 0.0, "an empty street proves nothing");
    for (cabinet, junction) in street.cabinets().iter().zip(&picture.junctions) {
        let stage = cabinet.stage().map(|stage| u16::from(stage.0) + 1);
        assert_eq!(stage, junction.stage, "{junction:?}");
        assert!(cabinet.is_commanded());
    }
    // It runs on from there by every rule.
    let outcome = harness::drive(street, &Settings::of(Millis::from_secs(120), 1)).unwrap();
    assert_eq!((outcome.violations, outcome.findings), (0, Vec::new()));
}

#[test]
fn the_same_question_has_the_same_answer_and_no_change_makes_no_difference() {
    let (picture, ..) = taken();
    let nothing = question(picture, "");
    let first = answer(&nothing).unwrap();
    assert_eq!(first, answer(&nothing).unwrap());
    assert_eq!(first.today, first.changed);
    assert!(first.today.finished > 0.0 && first.today.mean_travel_time_s > 0.0);
    assert_eq!(first.travel_time_difference_s, [0.0, 0.0]);
    assert!(first.today.violations < 0.5);
}

#[test]
fn less_green_for_the_busy_approach_delays_it() {
    let (picture, site, _) = taken();
    let plan = &site.signals[0].plans[0];
    // Everything that the stages can do without goes to the last one.
    let layout = &site.signals[0].layout;
    let busiest = 0;
    let least = plan.needed(busiest, layout);
    let spare = plan.splits()[busiest].1 - least;
    let mut splits: Vec<f64> = plan.splits().iter().map(|(_, s)| s.as_secs_f64()).collect();
    splits[busiest] -= spare.as_secs_f64();
    *splits.last_mut().unwrap() += spare.as_secs_f64();
    let name = &site.network.junction(site.signals[0].junction).name;
    let change = format!("[[plan]]\njunction = {name:?}\nsplits_s = {splits:?}\n");
    let found = answer(&question(picture, &change)).unwrap();
    let there = found.difference.junctions.iter().find(|j| j.name == *name).unwrap();
    assert!(there.delay_h > 0.0 && there.mean_queue > 0.0, "{there:?} {splits:?}");
}

#[test]
fn every_mistake_is_told_with_where_it_is() {
    let (mut picture, ..) = taken();
    let change = "mode = \"sideways\"\n[[plan]]\njunction = \"nowhere\"\n[[plan]]\njunction = \
                  \"j_1_1\"\nplan = \"none\"\n[[block]]\nlane = \"no\"\nfrom_s = 0\n";
    let asked = Question { seeds: 99, ..question(picture.clone(), change) };
    let all = answer(&asked).unwrap_err().join("\n");
    let twice = "[[plan]]\njunction = \"j_1_1\"\noffset_s = 20\n[[plan]]\njunction = \"j_1_1\"\n\
                 offset_s = 30\n[[plan]]\njunction = \"j_2_1\"\n";
    let told = answer(&question(picture.clone(), twice)).unwrap_err().join("\n");
    assert!(told.contains("of j_1_1 is changed before"), "{told}");
    assert!(told.contains("plan[2]: it changes nothing"), "{told}");
    let late = format!("[[block]]\nlink = {:?}\nfrom_s = 300\n", "l_1_1_2_1");
    let told = answer(&question(picture.clone(), &late)).unwrap_err().join("\n");
    assert!(told.contains("from 300 s on begins after the run"), "{told}");
    for part in [
        "change: line 2: mode: \"sideways\" is none of",
        "plan[0].junction: no junction \"nowhere\" has signals",
        "plan[1].plan: j_1_1 has no plan \"none\"",
        "block[0].lane: there is no lane \"no\"",
        "seeds: 99 is not within 1 to 20",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
    let full = picture.lanes[0].name.clone();
    picture.lanes[0].queue = Some(400.0);
    picture.junctions[0].stage = Some(77);
    let all = answer(&question(picture.clone(), "")).unwrap_err().join("\n");
    assert!(all.contains(&format!("lane {full}: 400 vehicles do not fit")), "{all}");
    assert!(all.contains("has no stage 77"), "{all}");
    for lane in &mut picture.lanes {
        (lane.arrived, lane.left) = (None, None);
    }
    let all = answer(&question(picture.clone(), "")).unwrap_err().join("\n");
    assert!(all.contains("a demand file is needed"), "{all}");
    picture.version = 7;
    let text = serde_json::to_string(&picture).unwrap();
    assert!(read_picture(&text).unwrap_err().contains("version 7, this program reads 1"));
}

#[test]
fn what_moves_nothing_and_what_is_not_known_is_told() {
    let (mut picture, ..) = taken();
    let plan = "[[plan]]\njunction = \"j_1_1\"\noffset_s = 20\n";
    let notes = |picture: &Picture, change: &str| {
        answer(&Question { seconds: 60, ..question(picture.clone(), change) }).unwrap().notes
    };
    assert_eq!(notes(&picture, plan), Vec::<String>::new());
    let told = notes(&picture, &format!("mode = \"max-pressure\"\n{plan}"));
    assert!(told[0].contains("under max-pressure no plan runs at j_1_1"), "{told:?}");
    (picture.lanes[0].queue, picture.lanes[0].vehicles) = (None, None);
    let told = notes(&picture, "");
    assert!(told[0].contains("no queue is known: they start empty"), "{told:?}");
}
