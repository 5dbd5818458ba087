//! Where a vehicle is said to be, on made-up roads: a street from west to east with a cross street at
//! each of its junctions.

use std::sync::Arc;

use corridor::position::{Courses, Fleet, Observation, Track, Verdict};
use corridor::{Place, Progress};
use network::{Builder, Connection, LaneSpec, Network, Point, Turn};
use proptest::prelude::*;
use units::{JunctionId, LinkId, Metres, MetresPerSecond, Moment};

const BLOCK: f64 = 300.0;
const CUT: f64 = 12.0;
const FORECAST: MetresPerSecond = MetresPerSecond(12.0);

/// Five junctions in a row, 300 m apart, joined both ways; at each a road of 300 m to the north and one to
/// the south, both ways.
struct Street {
    roads: Courses,
    /// From west to east.
    main: Vec<LinkId>,
    /// From the main street to the north, by junction.
    north: Vec<LinkId>,
}

fn road(builder: &mut Builder, ends: [(JunctionId, Point); 2], name: &str) -> LinkId {
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(13.9) };
    let [(from, a), (to, b)] = ends;
    builder.link(name, from, to, Metres(BLOCK - 2.0 * CUT), &[lane, lane], vec![a, b])
}

fn street() -> Street {
    let mut builder = Network::builder();
    let place = |x: f64, y: f64| Point { x: x * BLOCK, y: y * BLOCK };
    let mut node = |x: i32, y: i32| {
        let at = place(f64::from(x), f64::from(y));
        (builder.junction(&format!("{x} {y}"), at, y == 0), at)
    };
    let row: Vec<_> = (0..5).map(|x| node(x, 0)).collect();
    let ends: Vec<_> = (0..5).flat_map(|x| [node(x, 1), node(x, -1)]).collect();
    let mut links = Vec::new();
    let mut add = |builder: &mut Builder, from, to| {
        let id = road(builder, [from, to], &format!("{}", links.len()));
        links.push((from.0, to.0, from.1, to.1, id));
        id
    };
    let mut main = Vec::new();
    for pair in row.windows(2) {
        main.push(add(&mut builder, pair[0], pair[1]));
        add(&mut builder, pair[1], pair[0]);
    }
    let mut north = Vec::new();
    for (index, pair) in ends.chunks(2).enumerate() {
        north.push(add(&mut builder, row[index], pair[0]));
        add(&mut builder, pair[0], row[index]);
        add(&mut builder, row[index], pair[1]);
        add(&mut builder, pair[1], row[index]);
    }
    let way = Connection { length: Metres(2.0 * CUT), ..Connection::default() };
    for &(from, at, a, b, id) in &links {
        for &(leaves, _, c, d, next) in
            links.iter().filter(|(leaves, to, ..)| *leaves == at && *to != from)
        {
            let cross = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
            let turn = match cross {
                cross if cross > 1.0 => Turn::Left,
                cross if cross < -1.0 => Turn::Right,
                _ => Turn::Straight,
            };
            builder.movement(leaves, id, next, turn, vec![way]);
        }
    }
    let network = builder.build().expect("a network");
    Street { roads: Courses::new(Arc::new(network)), main, north }
}

/// A fix on the main street, eastbound, so many metres from the first junction's middle.
fn east(at: i64, x: f64) -> Observation {
    fix(at, x, -3.5, Some(90.0))
}

fn fix(at: i64, x: f64, y: f64, heading: Option<f64>) -> Observation {
    Observation::Fix {
        at: Moment(at * 1_000),
        point: Point { x, y },
        spread: Metres(5.0),
        speed: Some(MetresPerSecond(12.0)),
        heading,
    }
}

fn hear(track: &mut Track, street: &Street, told: Observation) -> Verdict {
    track.hear(&street.roads, told, told.at())
}

fn progress(track: &Track, street: &Street, at: i64) -> Progress {
    track.progress(&street.roads, Moment(at * 1_000), FORECAST).expect("something is known")
}

/// Drives east at 12 m/s from `x` at second `from` until second `to`.
fn drive(track: &mut Track, street: &Street, (from, to): (i64, i64), x: f64) {
    for at in from..=to {
        let told = east(at, x + 12.0 * (at - from) as f64);
        assert_eq!(hear(track, street, told), Verdict::Taken, "{at}");
    }
}

#[test]
fn a_drive_is_followed_from_link_to_link() {
    let street = street();
    let mut track = Track::default();
    track.follow(&street.main);
    for at in 0..90 {
        let x = 20.0 + 12.0 * at as f64;
        assert_eq!(hear(&mut track, &street, east(at, x)), Verdict::Taken);
        let found = progress(&track, &street, at);
        // Within a junction it is at the begin of the next link.
        let block = ((x / BLOCK) as usize).min(3);
        let within = x - BLOCK * block as f64;
        if (CUT + 5.0..BLOCK - CUT - 5.0).contains(&within) {
            assert_eq!(found.place.link, street.main[block], "at {x}");
            let off = found.place.offset.0 - (within - CUT);
            assert!(off.abs() < 6.0, "{off} at {x}");
        }
        assert!(found.deviation.0 >= 5.0 && found.deviation.0 < 9.0, "{found:?}");
        assert!((found.speed.0 - 12.0).abs() < 1.0, "{found:?}");
    }
    assert!(!track.is_off_route());
}

#[test]
fn without_a_heading_the_way_tells_the_side_of_the_road() {
    let street = street();
    let mut track = Track::default();
    // In the middle of the road: either side is as near.
    for at in 0..6 {
        hear(&mut track, &street, fix(at, 60.0 + 12.0 * at as f64, 0.0, None));
    }
    assert_eq!(progress(&track, &street, 5).place.link, street.main[0]);
}

#[test]
fn what_cannot_be_changes_nothing_until_it_is_said_again_and_again() {
    let street = street();
    let mut track = Track::default();
    track.follow(&street.main);
    drive(&mut track, &street, (0, 10), 20.0);
    let before = progress(&track, &street, 10);
    assert_eq!(hear(&mut track, &street, east(11, 1_000.0)), Verdict::Contradicts);
    // A receiver that says the shifted coordinates of a map is far from every road.
    assert_eq!(hear(&mut track, &street, fix(11, 150.0, -90.0, None)), Verdict::OffRoad);
    assert_eq!(hear(&mut track, &street, fix(11, f64::NAN, 0.0, None)), Verdict::NoPlace);
    assert_eq!(progress(&track, &street, 10), before);
    assert_eq!(hear(&mut track, &street, east(12, 20.0 + 144.0)), Verdict::Taken);
    for at in 13..17 {
        let told = east(at, 1_000.0 + 12.0 * at as f64);
        assert_eq!(hear(&mut track, &street, told), Verdict::Contradicts, "{at}");
    }
    assert_eq!(hear(&mut track, &street, east(17, 1_000.0 + 204.0 - 60.0)), Verdict::Taken);
    assert_eq!(progress(&track, &street, 17).place.link, street.main[3]);
}

#[test]
fn what_comes_too_late_or_too_early_is_said_so() {
    let street = street();
    let mut track = Track::default();
    let hear = |track: &mut Track, told, now| track.hear(&street.roads, told, Moment(now));
    assert_eq!(hear(&mut track, east(50, 100.0), 46_000), Verdict::Ahead);
    assert_eq!(hear(&mut track, east(50, 100.0), 47_000), Verdict::Taken);
    assert_eq!(hear(&mut track, east(50, 100.0), 51_000), Verdict::Repeated);
    assert_eq!(hear(&mut track, east(49, 88.0), 51_000), Verdict::TakenLate);
    assert_eq!(hear(&mut track, east(30, 20.0), 51_000), Verdict::TooOld);
}

#[test]
fn silence_goes_by_the_forecast_to_the_end_of_the_route_and_is_less_and_less_sure() {
    let street = street();
    let mut track = Track::default();
    track.follow(&street.main);
    assert_eq!(track.progress(&street.roads, Moment(0), FORECAST), None);
    drive(&mut track, &street, (0, 10), 20.0);
    let mut widest = 0.0;
    let mut last = 0;
    for at in 10..200 {
        let found = progress(&track, &street, at);
        assert!(found.deviation.0 > widest, "{found:?}");
        widest = found.deviation.0;
        let link = street.main.iter().position(|&link| link == found.place.link);
        let link = link.expect("on the route");
        assert!(link >= last);
        last = link;
    }
    let end = progress(&track, &street, 200);
    assert_eq!((end.place.link, end.place.offset.0), (street.main[3], BLOCK - 2.0 * CUT));
    assert_eq!(end.speed.0, 0.0);
    assert_eq!(track.last(), Some(Moment(10_000)));
}

#[test]
fn a_camera_makes_surer_and_a_mark_counts_where_it_can_be_of_it() {
    let street = street();
    let mut track = Track::default();
    track.follow(&street.main);
    let mark = |at: i64, link: usize, along: f64| Observation::Mark {
        at: Moment(at * 1_000),
        place: Place { link: street.main[link], offset: Metres(along) },
    };
    assert_eq!(hear(&mut track, &street, mark(0, 0, 100.0)), Verdict::NotOfIt);
    drive(&mut track, &street, (0, 10), 20.0);
    // 20 s later it should be at 380 m, 68 m into the second link.
    let lost = progress(&track, &street, 30);
    assert_eq!(hear(&mut track, &street, mark(30, 2, 200.0)), Verdict::NotOfIt);
    assert_eq!(hear(&mut track, &street, mark(30, 1, 80.0)), Verdict::Taken);
    let marked = progress(&track, &street, 30);
    assert!(marked.deviation.0 < lost.deviation.0 / 2.0, "{lost:?} then {marked:?}");
    let place = Place { link: street.main[1], offset: Metres(150.0) };
    let passage = Observation::Passage { at: Moment(36_000), place, speed: None };
    assert_eq!(hear(&mut track, &street, passage), Verdict::Taken);
    let seen = progress(&track, &street, 36);
    assert!((seen.place.offset.0 - 150.0).abs() < 5.0 && seen.deviation.0 < 7.0, "{seen:?}");
    assert_eq!(seen.place.link, street.main[1]);
    let nowhere = Place { link: LinkId(999), offset: Metres(1.0) };
    let passage = Observation::Passage { at: Moment(37_000), place: nowhere, speed: None };
    assert_eq!(hear(&mut track, &street, passage), Verdict::NoPlace);
}

#[test]
fn who_turns_off_has_left_the_route_after_three_fixes() {
    let street = street();
    let mut track = Track::default();
    track.follow(&street.main);
    drive(&mut track, &street, (0, 22), 20.0);
    for at in 23..30 {
        let y = 12.0 * (at - 23) as f64 + 14.0;
        hear(&mut track, &street, fix(at, BLOCK + 3.5, y, Some(0.0)));
    }
    assert!(track.is_off_route());
    assert_eq!(progress(&track, &street, 29).place.link, street.north[1]);
    track.follow(&[street.main[0], street.north[1]]);
    assert!(!track.is_off_route());
}

#[test]
fn the_nearest_place_is_on_the_side_that_is_meant() {
    let street = street();
    let (place, away) = street.roads.nearest(Point { x: 450.0, y: -10.0 }, 50.0).expect("a road");
    assert_eq!(place.link, street.main[1]);
    assert!((place.offset.0 - 138.0).abs() < 1e-6 && (away.0 - 6.5).abs() < 1e-6, "{place:?}");
    assert_eq!(street.roads.nearest(Point { x: 450.0, y: 200.0 }, 50.0), None);
    assert_eq!(street.roads.nearest(Point { x: f64::INFINITY, y: 0.0 }, 50.0), None);
}

#[test]
fn a_fleet_follows_each_by_name_and_a_mark_is_of_the_one_that_can_have_made_it() {
    let street = street();
    let mut fleet = Fleet::default();
    let names = ["A", "B"];
    for name in names {
        fleet.follow(name, &street.main, Moment(0));
    }
    for at in 0..=10 {
        for (name, x) in names.iter().zip([20.0, 620.0]) {
            let told = east(at, x + 12.0 * at as f64);
            let verdict = fleet.hear(&street.roads, name, told, told.at());
            assert_eq!(verdict, Verdict::Taken);
        }
    }
    let mark = |fleet: &mut Fleet, link: usize, along: f64| {
        let place = Place { link: street.main[link], offset: Metres(along) };
        fleet.mark(&street.roads, place, Moment(11_000), Moment(11_500))
    };
    assert_eq!(mark(&mut fleet, 0, 140.0), Some("A".to_owned()));
    assert_eq!(mark(&mut fleet, 2, 140.0), Some("B".to_owned()));
    assert_eq!(mark(&mut fleet, 3, 140.0), None);
    // Where two are side by side nobody can say.
    for at in 12..16 {
        for name in names {
            let told = east(at, 160.0 + 12.0 * (at - 12) as f64);
            fleet.hear(&street.roads, name, told, told.at());
        }
    }
    let there =
        |fleet: &Fleet, name: &str| fleet.progress(&street.roads, name, Moment(16_000), FORECAST);
    assert!(there(&fleet, "A").is_some() && there(&fleet, "C").is_none());
    // Nobody that is not expected is told by a mark.
    fleet.leave("A");
    fleet.leave("B");
    assert_eq!(mark(&mut fleet, 0, 150.0), None);
    // A crowd of names takes no more room than there is, and who is expected finds some.
    for number in 0..400 {
        fleet.hear(&street.roads, &number.to_string(), east(20, 30.0), Moment(20_000));
    }
    fleet.follow("late", &street.main, Moment(20_000));
    assert_eq!(fleet.hear(&street.roads, "late", east(20, 30.0), Moment(20_000)), Verdict::Taken);
    let known = (0..400).filter(|number| there(&fleet, &number.to_string()).is_some()).count();
    assert!((250..256).contains(&known), "{known}");
}

proptest! {
    #[test]
    fn the_order_of_coming_changes_nothing(
        order in Just((0..12_i64).collect::<Vec<_>>()).prop_shuffle(),
        noise in prop::collection::vec((-8.0..8.0_f64, -4.0..4.0_f64), 12),
    ) {
        let street = street();
        let told = |at: i64| {
            let (x, y) = noise[at as usize];
            fix(at, 40.0 + 12.0 * at as f64 + x, y - 3.5, Some(90.0))
        };
        let (mut sorted, mut mixed) = (Track::default(), Track::default());
        sorted.follow(&street.main);
        mixed.follow(&street.main);
        for at in 0..12 {
            sorted.hear(&street.roads, told(at), Moment(12_000));
        }
        for &at in &order {
            mixed.hear(&street.roads, told(at), Moment(12_000));
        }
        prop_assert_eq!(progress(&sorted, &street, 13), progress(&mixed, &street, 13));
    }

    #[test]
    fn nothing_that_is_told_panics_or_leads_off_the_roads(
        told in prop::collection::vec((0..60_i64, any::<f64>(), -2_000.0..2_000.0_f64,
            -500.0..500.0_f64, any::<u8>()), 0..60),
    ) {
        let street = street();
        let mut track = Track::default();
        track.follow(&street.main);
        for (at, odd, x, y, kind) in told {
            let place = Place { link: street.main[usize::from(kind) % 4], offset: Metres(x.abs() % 300.0) };
            let (at, speed) = (Moment(at * 1_000), Some(MetresPerSecond(odd)));
            let observation = match kind % 5 {
                0 => Observation::Fix { at, point: Point { x: odd, y }, spread: Metres(odd),
                    speed, heading: Some(odd) },
                1 => Observation::Passage { at, place, speed: None },
                2 => Observation::Mark { at, place },
                _ => Observation::Fix { at, point: Point { x, y }, spread: Metres(10.0),
                    speed: None, heading: None },
            };
            track.hear(&street.roads, observation, at);
            if let Some(found) = track.progress(&street.roads, at, FORECAST) {
                let length = street.roads.network().link(found.place.link).length.0;
                prop_assert!((0.0..=length).contains(&found.place.offset.0), "{found:?}");
                prop_assert!(found.deviation.0.is_finite() && found.deviation.0 > 0.0);
                prop_assert!(found.speed.0.is_finite());
            }
        }
    }
}
