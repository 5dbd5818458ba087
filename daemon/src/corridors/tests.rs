//! The desk before a real engine whose cabinets say nothing: what is resolved, limited, followed, told.

use std::sync::Arc;

use corridor::{Class, Incident, Level, Refusal};
use engine::{Engine, Event, EventKind, Output};
use network::{Globe, Point};
use scenario::{
    HttpUrl, PlaceKind, PlaceSite, RoadSectionSite, ScopeSite, Site, WebhookSite, generate,
};
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment, WallTime};

use super::*;

const WALL: i64 = 1_795_000_000_000;

struct Room {
    desk: Desk,
    engine: Engine,
    way: Vec<LinkId>,
    now: i64,
}

fn site() -> Site {
    let (mut site, _) = generate::arterial(1, 4);
    let way = way(&site);
    let url = HttpUrl::parse("http://127.0.0.1:9/hook").unwrap();
    site.dispatch.globe = Globe::new(36.67, 117.02);
    site.dispatch.places.push(PlaceSite {
        name: "hospital".to_owned(),
        kind: PlaceKind::Hospital,
        link: way[4],
        offset: Metres(150.0),
        notice: Some(HttpUrl { path: "/arrivals".to_owned(), ..url.clone() }),
    });
    let section = |name: &str, links: &[LinkId]| RoadSectionSite {
        name: name.to_owned(),
        links: links.to_vec(),
        people: vec!["Li Na".to_owned()],
    };
    site.dispatch.road_sections = vec![section("west", &way[..2]), section("all", &way)];
    site.dispatch.webhook = Some(WebhookSite { url, secret: None });
    site
}

fn way(site: &Site) -> Vec<LinkId> {
    let name = |n: usize| format!("l_{n}_1_{}_1", n + 1);
    (0..5).map(|n| site.network.link_named(&name(n)).unwrap()).collect()
}

fn room() -> Room {
    let site = Arc::new(site());
    let way = way(&site);
    let engine = Engine::new(site.clone(), &hw_profiles::builtin, Moment(0), 1).unwrap();
    Room { desk: Desk::new(site), engine, way, now: 0 }
}

fn request(vehicle: &str) -> Asked {
    Asked {
        key: format!("key of {vehicle}"),
        vehicle: vehicle.to_owned(),
        class: Class::Ambulance,
        level: Level::new(5).unwrap(),
        incident: Incident::Medical,
        origin: Where::Link(Spot { link: "l_0_1_1_1".to_owned(), offset: Metres(10.0) }),
        destination: Where::Named("hospital".to_owned()),
        speed: MetresPerSecond(13.0),
        departs_in: Millis::ZERO,
        expires_in: Millis(600_000),
        is_drill: false,
    }
}

impl Room {
    fn now(&self) -> Now {
        Now { moment: Moment(self.now), wall: WallTime(WALL + self.now) }
    }

    fn ask_as(
        &mut self,
        who: &str,
        scope: Option<&ScopeSite>,
        what: &What,
    ) -> Result<Done, AskError> {
        let now = self.now();
        let done = self.desk.answer(&mut self.engine, (who, scope), what, now);
        self.carry_out();
        done
    }

    fn open(&mut self, asked: Asked) -> Result<Done, AskError> {
        self.ask_as("room", None, &What::Open(Box::new(asked)))
    }

    /// What the control loop does with the engine's events.
    fn carry_out(&mut self) {
        let now = self.now();
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(Event { at, kind, .. }) = output
                && let EventKind::Corridor { corridor, is_drill, step } = kind
            {
                self.desk.happened(&corridor::Event { at, corridor, is_drill, step }, now);
            }
        }
    }

    /// So many seconds of the engine's time.
    fn pass(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += 1_000;
            self.engine.handle_timeout(Moment(self.now));
            self.carry_out();
            let now = self.now();
            self.desk.look(&self.engine, now);
        }
    }

    fn steps(&mut self) -> Vec<String> {
        let notices = self.desk.take_notices();
        let step = |body: &str| {
            serde_json::from_str::<serde_json::Value>(body).unwrap()["step"].to_string()
        };
        notices.iter().map(|notice| step(&notice.body)).collect()
    }
}

#[test]
fn places_in_every_form_are_found_and_others_are_refused_with_why() {
    let site = site();
    let network = site.network.clone();
    let link = network.link(way(&site)[1]);
    // On the right of the road's course, by half of its lanes.
    let middle =
        Point { x: (link.points[0].x + link.points[1].x) / 2.0, y: link.points[0].y - 5.0 };
    let (latitude, longitude) = site.dispatch.globe.unwrap().degrees(middle);
    let spot =
        |link: &str, offset| Where::Link(Spot { link: link.to_owned(), offset: Metres(offset) });
    for (origin, refused) in [
        (Where::Plane(middle), None),
        (Where::Degrees(latitude, longitude), None),
        (spot("l_1_1_2_1", 100.0), None),
        (spot("nowhere", 1.0), Some("no link \"nowhere\"")),
        (spot("l_1_1_2_1", 9_000.0), Some("lies not on link")),
        (Where::Named("bank".to_owned()), Some("no place \"bank\"")),
        (Where::Plane(Point { x: 9e5, y: 0.0 }), Some("no road is within")),
        (Where::Degrees(40.0, 117.0), Some("no road is within")),
        (Where::Vehicle, Some("nobody has told where the vehicle is")),
    ] {
        let mut room = room();
        let outcome = room.open(Asked { origin: origin.clone(), ..request("A") });
        match refused {
            None => {
                assert!(
                    matches!(outcome, Ok(Done::Opened { id: 1, is_repeat: false })),
                    "{outcome:?}"
                );
                assert_eq!(room.desk.records()[0].links[0], "l_1_1_2_1", "{origin:?}");
            }
            Some(part) => {
                let why = outcome.expect_err(part);
                assert!(matches!(why, AskError::Refused(Refusal::UnknownPlace { .. })), "{why:?}");
                assert!(why.to_string().contains(part), "{why}");
                assert!(
                    room.desk.records().is_empty() && room.engine.corridors().open().is_empty()
                );
            }
        }
    }
}

#[test]
fn a_scope_bounds_classes_area_rate_and_whose_corridors_may_be_changed() {
    let mut room = room();
    let scope = |area: &str, per_hour| ScopeSite {
        classes: vec!["ambulance".to_owned()],
        area: vec![area.to_owned()],
        per_hour,
    };
    let open = |room: &mut Room, scope: &ScopeSite, asked: Asked| {
        room.ask_as("120", Some(scope), &What::Open(Box::new(asked)))
    };
    let outcome = open(&mut room, &scope("west", 9), request("A"));
    assert!(matches!(outcome, Err(AskError::Refused(Refusal::AreaNotAllowed(_)))), "{outcome:?}");
    let fire = Asked { class: Class::Fire, ..request("A") };
    let outcome = open(&mut room, &scope("all", 9), fire);
    assert!(matches!(outcome, Err(AskError::Refused(Refusal::ClassNotAllowed(_)))), "{outcome:?}");
    assert!(open(&mut room, &scope("all", 1), request("A")).is_ok());
    let outcome = open(&mut room, &scope("all", 1), request("B"));
    assert!(matches!(outcome, Err(AskError::Refused(Refusal::TooOften(_)))), "{outcome:?}");
    let cancel = || What::Change(1, AskedChange::Cancel);
    let other = room.ask_as("119", Some(&scope("all", 9)), &cancel());
    assert!(matches!(other, Err(AskError::NotOwn(_))), "{other:?}");
    assert!(room.ask_as("room", None, &cancel()).is_ok(), "an operator may end it");
    let audit = room.desk.take_audit();
    assert_eq!(audit.len(), 6, "every use stands in the log: {audit:?}");
    assert!(audit[2].starts_with("120: asks for A, ambulance, level 5, medical: corridor 1"));
    assert!(audit[4].contains("119: corridor 1, cancels: refused"), "{audit:?}");
}

#[test]
fn who_asks_without_an_end_is_not_heard_and_the_log_does_not_grow_with_it() {
    let mut room = room();
    let bad = Asked { destination: Where::Named("bank".to_owned()), ..request("A") };
    for turn in 0..500 {
        let outcome = room.open(bad.clone());
        assert_eq!(matches!(outcome, Err(AskError::TooOften(_))), turn >= 60, "{turn}");
    }
    assert_eq!(room.desk.take_audit().len(), 61);
    // Others are, and so is it after a minute.
    assert!(room.ask_as("120", None, &What::Open(Box::new(request("B")))).is_ok());
    room.now += 61_000;
    assert!(matches!(room.open(bad), Err(AskError::Refused(_))));
}

#[test]
fn a_terminal_moves_the_corridor_of_its_vehicle_and_gives_an_origin_and_nothing_else() {
    let mut room = room();
    let globe = site().dispatch.globe.unwrap();
    let courses = corridor::position::Courses::new(site().network);
    let place = |room: &Room, along: f64| {
        let spot = corridor::position::Spot { link: room.way[0], along };
        let (latitude, longitude) = globe.degrees(courses.point(spot));
        let at = WallTime(WALL + room.now);
        jt808::Place { at, latitude, longitude, speed: MetresPerSecond(12.0), heading: 90 }
    };
    let report = |room: &mut Room, vehicle: &str, along: f64| {
        let (place, now) = (place(room, along), room.now());
        room.desk.reported(&mut room.engine, vehicle, &[place], now);
        room.carry_out();
    };
    room.now = 5_000;
    report(&mut room, "A", 60.0);
    assert!(room.engine.corridors().open().is_empty(), "a position asks for nothing");
    let asked = Asked { origin: Where::Vehicle, ..request("A") };
    assert!(room.open(asked).is_ok());
    let origin = room.desk.records()[0].request.origin;
    assert!(origin.link == room.way[0] && (origin.offset.0 - 60.0).abs() < 10.0, "{origin:?}");
    room.pass(1);
    report(&mut room, "A", 72.0);
    report(&mut room, "B", 10.0);
    room.pass(1);
    let record = &room.desk.records()[0];
    let (link, progress) = record.place.clone().expect("it was told");
    assert_eq!((link.as_str(), record.is_told), ("l_0_1_1_1", true));
    assert!((progress.place.offset.0 - 72.0).abs() < 10.0, "{progress:?}");
    // A detector for preemption before the stop line, while nothing else is told.
    room.pass(4);
    let mark = corridor::Place { link: room.way[0], offset: Metres(130.0) };
    let at = Moment(room.now);
    room.desk.marked(&mut room.engine, mark, at, at);
    let (_, progress) = room.desk.records()[0].place.clone().unwrap();
    assert!((progress.place.offset.0 - 130.0).abs() < 12.0, "{progress:?}");
}

#[test]
fn positions_by_request_have_their_verdict_and_only_another_one_is_logged() {
    let mut room = room();
    room.now = 30_000;
    room.open(request("A")).unwrap();
    room.desk.take_audit();
    let at = |place: Where, back: i64, room: &mut Room| {
        let at = Some(WallTime(WALL + room.now - back));
        let fix = Fix { at, place, spread: Metres(5.0), speed: None, heading: None };
        room.ask_as("room", None, &What::Change(1, AskedChange::Position(fix)))
    };
    let on = |offset| Where::Link(Spot { link: "l_0_1_1_1".to_owned(), offset: Metres(offset) });
    for (place, back, name, taken) in [
        (on(30.0), 0, "taken", true),
        (on(42.0), -1_000, "taken", true),
        (on(36.0), 500, "taken-late", true),
        (on(30.0), 25_000, "too-old", false),
        (on(30.0), -9_000, "ahead", false),
        (Where::Plane(Point { x: 3_000.0, y: 295.0 }), 0, "contradicts", false),
    ] {
        let done = at(place, back, &mut room);
        assert_eq!(done, Ok(Done::Position(name, taken)));
    }
    let nowhere = Where::Link(Spot { link: "x".to_owned(), offset: Metres(1.0) });
    assert!(matches!(at(nowhere, 0, &mut room), Err(AskError::Refused(_))));
    let audit = room.desk.take_audit();
    assert_eq!(audit.len(), 5, "{audit:?}");
}

#[test]
fn others_are_told_each_step_and_the_hospital_who_comes_when() {
    let mut room = room();
    room.open(request("A")).unwrap();
    assert_eq!(room.steps(), ["\"arrival\"", "\"requested\"", "\"accepted\""]);
    room.pass(3);
    assert!(room.steps().iter().all(|step| step != "\"arrival\""), "nothing new of its arrival");
    let later = What::Change(1, AskedChange::Delay(Millis(60_000)));
    room.ask_as("room", None, &later).unwrap();
    assert!(room.steps().contains(&"\"arrival\"".to_owned()));
    room.ask_as("room", None, &What::Change(1, AskedChange::Cancel)).unwrap();
    let steps = room.steps();
    assert!(steps.contains(&"\"ended\"".to_owned()) && steps.contains(&"\"arrival\"".to_owned()));
    let record = &room.desk.records()[0];
    assert_eq!((record.end.map(|(_, why)| why), record.arrives), (Some("cancelled"), None));
    let outcome = room.ask_as("room", None, &What::Change(1, AskedChange::Cancel));
    assert!(matches!(outcome, Err(AskError::Refused(Refusal::NotOpen))));
}

#[test]
fn records_are_kept_up_to_a_bound_and_open_ones_always() {
    let mut room = room();
    room.open(request("open")).unwrap();
    for number in 0..100 {
        room.now += 3_000;
        let vehicle = number.to_string();
        let Ok(Done::Opened { id, .. }) = room.open(request(&vehicle)) else { panic!("{number}") };
        room.ask_as("room", None, &What::Change(id, AskedChange::Cancel)).unwrap();
    }
    let records = room.desk.records();
    assert_eq!(records.iter().filter(|record| record.end.is_none()).count(), 1);
    assert!((60..=66).contains(&records.len()), "{}", records.len());
    assert_eq!(records[0].request.vehicle, "open");
}

#[test]
fn a_reload_that_changes_the_roads_ends_what_it_cannot_take_over_and_keeps_the_rest() {
    let mut room = room();
    room.open(request("A")).unwrap();
    let same = Arc::new(Site { name: "Another name".to_owned(), ..site() });
    let now = Moment(1_000);
    let next = Engine::succeed(&room.engine, same.clone(), &hw_profiles::builtin, now).unwrap();
    room.engine = next.engine;
    room.desk.change_to(same, &room.engine, now);
    assert_eq!(room.engine.corridors().open().len(), 1);
    assert_eq!(room.desk.records()[0].end, None);
    let (other, _) = generate::arterial(2, 3);
    let other = Arc::new(other);
    let next = Engine::succeed(&room.engine, other.clone(), &hw_profiles::builtin, now).unwrap();
    room.engine = next.engine;
    room.desk.change_to(other, &room.engine, now);
    assert!(room.engine.corridors().open().is_empty());
    assert_eq!(room.desk.records()[0].end.map(|(_, why)| why), Some("reloaded"));
}
