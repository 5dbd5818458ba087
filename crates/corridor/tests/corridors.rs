//! Corridors on a district: what is refused, what a good trip looks like, and that each ends.

mod common;

use common::{SECOND, Street, Vehicle};
use corridor::{
    Change, Class, CorridorId, EXTENSION_MAX, End, Grant, HOLD_MAX, LASTS_MAX, OPEN_MAX, Place,
    Progress, Refusal, Request, State, Step,
};
use proptest::prelude::*;
use units::{LinkId, Metres, MetresPerSecond, Millis};

fn drive(street: &mut Street, request: &Request, tells: impl Fn(i64) -> bool) -> Vehicle {
    let answer = street.ask(request).expect("it is opened");
    let mut vehicle = Vehicle { id: answer.id, links: answer.links, leg: 0, offset: 0.0, stood: 0 };
    for second in 0..600 {
        let drives = street.drive(&mut vehicle);
        if tells(second) || !drives {
            let progress = street.progress(&vehicle);
            let _ = street.change(vehicle.id, &progress);
        }
        street.second();
        if street.corridors.open().is_empty() {
            break;
        }
    }
    vehicle
}

fn end(street: &Street, id: CorridorId) -> Option<End> {
    street.events.iter().filter(|event| event.corridor == Some(id)).find_map(|event| {
        match event.step {
            Step::Ended { because } => Some(because),
            _ => None,
        }
    })
}

#[test]
fn a_vehicle_finds_every_junction_open_and_each_is_let_go_behind_it() {
    let mut street = Street::new();
    let mut request = street.request("a");
    request.departs_in = SECOND * 20;
    let answer = street.ask(&request).expect("it is opened");
    assert!(answer.windows.len() >= 6, "{}", answer.windows.len());
    assert!(answer.windows.windows(2).all(|pair| pair[0].expected < pair[1].expected));
    assert!(answer.windows.iter().all(|one| one.open_from < one.earliest));
    let mut vehicle =
        Vehicle { id: answer.id, links: answer.links.clone(), leg: 0, offset: 0.0, stood: 0 };
    (0..20).for_each(|_| street.second());
    while street.corridors.open().len() == 1 && street.now.0 < 600_000 {
        street.drive(&mut vehicle);
        let progress = street.progress(&vehicle);
        street.change(answer.id, &progress).expect("it is open");
        street.second();
        for node in street.corridors.open().first().map_or(&[][..], |one| &one.nodes) {
            let is_behind = node.leg + 1 < vehicle.leg;
            assert!(!is_behind || node.state == State::Released, "{node:?}");
        }
    }
    assert_eq!(vehicle.stood, 0, "it never stood");
    assert_eq!(end(&street, answer.id), Some(End::Arrived));
    let steps = street.steps(answer.id);
    let count = |name| steps.iter().filter(|&&step| step == name).count();
    assert_eq!(count("passed"), answer.windows.len());
    assert_eq!(count("clearing"), answer.windows.len(), "{steps:?}");
    assert_eq!((count("missed"), count("ended")), (0, 1));
}

#[test]
fn with_no_position_at_all_the_forecast_opens_the_junctions() {
    let mut street = Street::new();
    let mut request = street.request("a");
    request.departs_in = SECOND * 20;
    let answer = street.ask(&request).expect("it is opened");
    let mut vehicle = Vehicle { id: answer.id, links: answer.links, leg: 0, offset: 0.0, stood: 0 };
    for second in 0..500 {
        if second >= 20 && !street.drive(&mut vehicle) {
            break;
        }
        street.second();
    }
    assert_eq!(vehicle.stood, 0);
    (0..200).for_each(|_| street.second());
    assert_eq!(end(&street, answer.id), Some(End::Arrived));
}

#[test]
fn what_cannot_be_done_is_refused_and_nothing_is_left_of_it() {
    let street = Street::new();
    let good = street.request("good");
    let (origin, nowhere) = (good.origin, LinkId(9_999));
    let narrow = Grant { area: Some(vec![origin.link]), ..Grant::everything("narrow", 9) };
    let police = Grant { classes: vec![Class::Police], ..Grant::everything("police", 9) };
    let all = Grant::everything("all", 9);
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    for (name, grant, request) in [
        ("unknown-place", &all, with(&|one| one.origin.link = nowhere)),
        ("unknown-place", &all, with(&|one| one.destination.offset = Metres(1e6))),
        ("unknown-place", &all, with(&|one| one.destination.offset = Metres(f64::NAN))),
        ("expired", &all, with(&|one| one.expires_in = Millis::ZERO)),
        ("too-long", &all, with(&|one| one.expires_in = SECOND * 30)),
        ("contradictory", &all, with(&|one| one.speed = MetresPerSecond(f64::NAN))),
        ("contradictory", &all, with(&|one| one.speed = MetresPerSecond(0.0))),
        ("contradictory", &all, with(&|one| one.departs_in = SECOND * -1)),
        ("contradictory", &all, with(&|one| one.departs_in = SECOND * 900)),
        ("contradictory", &all, with(&|one| one.vehicle.clear())),
        ("contradictory", &all, with(&|one| one.key = "k".repeat(999))),
        ("class-not-allowed", &police, good.clone()),
        ("area-not-allowed", &narrow, good.clone()),
        ("too-often", &Grant { per_hour: 0, ..all.clone() }, good.clone()),
    ] {
        let mut street = Street::new();
        let refused = street.corridors.ask(street.now, &request, grant, &street.sight);
        let refusal = refused.expect_err(name);
        assert_eq!(refusal.name(), name, "{refusal}");
        assert!(street.corridors.open().is_empty());
        let names: Vec<_> =
            street.corridors.take_events().iter().map(|event| event.step.name()).collect();
        assert_eq!(names, ["requested", "refused"]);
        street.second();
        assert!(street.corridors.clearings().is_empty());
        street.ask(&good).expect("a good one is opened all the same");
    }
}

#[test]
fn a_blocked_road_is_gone_round_and_where_none_leads_round_it_is_refused() {
    let mut street = Street::new();
    let request = street.request("a");
    let answer = street.ask(&request).expect("it is opened");
    let blocked = answer.links[3];
    street.sight.blocked.insert(blocked);
    (0..12).for_each(|_| street.second());
    let opened = &street.corridors.open()[0];
    assert!(!opened.links.contains(&blocked), "{:?}", opened.links);
    assert!(street.steps(answer.id).contains(&"replanned"));
    street.sight.blocked.insert(*answer.links.last().expect("an end"));
    (0..12).for_each(|_| street.second());
    assert_eq!(end(&street, answer.id), Some(End::NoWay));
    let refused = street.ask(&street.request("b"));
    assert_eq!(refused, Err(Refusal::NoRoute));
}

#[test]
fn the_same_key_is_the_same_corridor_and_a_used_one_opens_none() {
    let mut street = Street::new();
    let request = street.request("a");
    let first = street.ask(&request).expect("it is opened");
    let again = street.ask(&request).expect("it is open");
    assert_eq!((again.id, again.is_repeat), (first.id, true));
    assert_eq!(street.corridors.open().len(), 1);
    let other = Request { vehicle: "another".to_owned(), ..request.clone() };
    assert_eq!(street.ask(&other), Err(Refusal::Replayed));
    let same_vehicle = Request { key: "b".to_owned(), ..request.clone() };
    assert_eq!(street.ask(&same_vehicle), Err(Refusal::VehicleHasOne(first.id)));
    street.change(first.id, &Change::Cancel).expect("it is open");
    assert_eq!(end(&street, first.id), Some(End::Cancelled));
    assert_eq!(street.ask(&request), Err(Refusal::Replayed));
    assert_eq!(street.change(first.id, &Change::Cancel), Err(Refusal::NotOpen));
}

#[test]
fn no_more_are_open_than_may_be_and_nobody_opens_more_than_he_may() {
    let mut street = Street::new();
    for number in 0..OPEN_MAX {
        street.ask(&street.request(&number.to_string())).expect("it is opened");
    }
    let one_more = street.ask(&street.request("one more"));
    assert_eq!(one_more, Err(Refusal::TooMany { most: OPEN_MAX }));
    let mut street = Street::new();
    let few = Grant::everything("few", 2);
    for (key, hour, is_opened) in [("a", 0, true), ("b", 0, true), ("c", 0, false), ("d", 1, true)]
    {
        let now = street.now + SECOND * (hour * 3_600);
        let request = street.request(key);
        let answer = street.corridors.ask(now, &request, &few, &street.sight);
        assert_eq!(answer.is_ok(), is_opened, "{key}: {answer:?}");
    }
}

#[test]
fn a_vehicle_that_vanishes_holds_no_junction_for_longer_than_is_said() {
    let mut street = Street::new();
    let request = street.request("a");
    let vehicle = drive(&mut street, &request, |second| second < 40);
    assert_eq!(end(&street, vehicle.id), Some(End::Vanished));
    assert!(street.steps(vehicle.id).contains(&"missed"));
}

#[test]
fn a_vehicle_elsewhere_gets_another_way_and_a_leap_is_passed_over() {
    let mut street = Street::new();
    let request = street.request("a");
    let answer = street.ask(&request).expect("it is opened");
    let off = street.network.link_movements(answer.links[0]).iter().copied();
    let off = off.map(|movement| street.network.movement(movement).to);
    let off = off
        .filter(|to| *to != answer.links[1])
        .find(|&to| street.network.route(to, request.destination.link).is_some());
    let tell = |street: &mut Street, link: LinkId, offset: f64| {
        let place = Place { link, offset: Metres(offset) };
        let (speed, deviation) = (MetresPerSecond(9.0), Metres(5.0));
        let progress = Progress { place, speed, deviation, at: street.now };
        street.change(answer.id, &Change::Progress(progress)).expect("it is open");
        street.second();
    };
    tell(&mut street, answer.links[0], 10.0);
    // Nobody is at the end a second later.
    tell(&mut street, *answer.links.last().expect("an end"), 5.0);
    assert!(street.steps(answer.id).contains(&"contradicted"));
    let off = off.expect("another way leads on");
    tell(&mut street, off, 10.0);
    assert!(!street.steps(answer.id).contains(&"replanned"), "one report is no evidence");
    tell(&mut street, off, 20.0);
    assert!(street.steps(answer.id).contains(&"replanned"));
    assert_eq!(street.corridors.open()[0].links[0], off);
    let lost = Place { link: LinkId(9_999), offset: Metres(0.0) };
    let refused = street.change(answer.id, &Change::Destination(lost));
    assert_eq!(refused.map_err(|refusal| refusal.name()), Err("unknown-place"));
}

/// What happens to a corridor in a second.
#[derive(Clone, Debug)]
enum Deed {
    Tell(u32, f64, i64),
    Delay(i64),
    Release(usize),
    Destination(u32),
    Block(u32),
    Cancel,
    Nothing,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => Just(Deed::Nothing),
        4 => (0_u32..60, -50.0_f64..900.0, -20_i64..3).prop_map(|(a, b, c)| Deed::Tell(a, b, c)),
        1 => (-60_i64..120).prop_map(Deed::Delay),
        1 => (0_usize..14).prop_map(Deed::Release),
        1 => (0_u32..70).prop_map(Deed::Destination),
        1 => (0_u32..60).prop_map(Deed::Block),
        1 => Just(Deed::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever is told of vehicles and whatever becomes of the roads: each corridor ends in its time,
    /// nothing is asked for without one, and no junction is held for longer than is said.
    #[test]
    fn each_corridor_ends_and_no_junction_is_held_for_ever(
        deeds in prop::collection::vec((0_u32..4, deed()), 200),
        queue in 0.0_f64..60.0,
    ) {
        let mut street = Street::new();
        street.sight.queue = queue;
        for number in 0..3 {
            street.ask(&street.request(&number.to_string())).expect("it is opened");
        }
        let longest = Millis(60_000) + HOLD_MAX + EXTENSION_MAX + SECOND * 200;
        for (which, deed) in deeds {
            let id = CorridorId(which);
            let change = match deed {
                Deed::Tell(link, offset, ago) => Some(Change::Progress(Progress {
                    place: Place { link: LinkId(link), offset: Metres(offset) },
                    speed: MetresPerSecond(offset.abs() / 40.0),
                    deviation: Metres(offset / 30.0),
                    at: street.now + SECOND * ago,
                })),
                Deed::Delay(by) => Some(Change::Delay(SECOND * by)),
                Deed::Release(at) => Some(Change::Release(units::JunctionId::from_index(at))),
                Deed::Destination(link) => {
                    Some(Change::Destination(Place { link: LinkId(link), offset: Metres(1.0) }))
                }
                Deed::Cancel => Some(Change::Cancel),
                Deed::Block(link) => {
                    street.sight.blocked.insert(LinkId(link));
                    None
                }
                Deed::Nothing => None,
            };
            if let Some(change) = change {
                let _ = street.change(id, &change);
            }
            street.second();
            for opened in street.corridors.open() {
                for node in &opened.nodes {
                    let asked = node.state.asked_since().map_or(Millis::ZERO, |at| street.now - at);
                    prop_assert!(asked <= longest, "{} for {}", node.crossing.junction, asked);
                }
            }
            for clearing in street.corridors.clearings() {
                let is_open = street.corridors.open().iter().any(|one| one.id == clearing.corridor);
                prop_assert!(is_open, "{:?}", clearing);
            }
        }
        let rest = LASTS_MAX.0 / SECOND.0;
        for _ in 0..rest {
            street.second();
        }
        prop_assert!(street.corridors.open().is_empty());
        prop_assert!(street.corridors.clearings().is_empty());
    }
}
