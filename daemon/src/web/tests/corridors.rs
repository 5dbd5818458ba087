//! Corridors over HTTP: every form of a place, every refusal, who may, and what is shown.

use corridor::{CorridorId, Refusal};
use scenario::{Role, ScopeSite, TokenSite};
use units::{Metres, Millis};

use super::{Answer, CORRIDOR, Fake, JSON};
use crate::corridors::{AskedChange, What, Where};
use crate::web::guard::{Needs, needs};
use crate::web::new_token;
use crate::web::rights::rights;

/// A refusal by its name, which stands in the key of a request.
pub(super) fn refusal(name: &str) -> Refusal {
    let who = "dispatch".to_owned();
    match name {
        "unknown-place" => Refusal::UnknownPlace { which: "origin", why: "far away".to_owned() },
        "no-route" => Refusal::NoRoute,
        "expired" => Refusal::Expired,
        "too-long" => Refusal::TooLong { takes: Millis(900_000), most: Millis(600_000) },
        "too-many" => Refusal::TooMany { most: 16 },
        "vehicle-has-one" => Refusal::VehicleHasOne(CorridorId(3)),
        "replayed" => Refusal::Replayed,
        "class-not-allowed" => Refusal::ClassNotAllowed(who),
        "area-not-allowed" => Refusal::AreaNotAllowed(who),
        "too-often" => Refusal::TooOften(who),
        "contradictory" => Refusal::Contradictory("speed".to_owned()),
        _ => Refusal::NotOpen,
    }
}

async fn open(fake: &Fake, key: &str, body: &str) -> Answer {
    fake.send("POST", "/api/v1/corridors", &[JSON, ("idempotency-key", key)], body).await
}

#[tokio::test]
async fn a_request_is_answered_with_the_corridor_and_a_repeated_one_with_the_same() {
    let fake = Fake::new();
    let answer = open(&fake, "a-1", CORRIDOR).await;
    assert_eq!((answer.status.as_u16(), &answer.body["id"]), (201, &7.into()));
    let body = &answer.body;
    assert_eq!((&body["class"], &body["level"]), (&"ambulance-with-patient".into(), &3.into()));
    assert_eq!((&body["drill"], &body["over"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(body["links"][1], "l_1_1_2_1");
    assert_eq!(body["arrives_utc"], "2026-11-18T11:08:40Z");
    assert_eq!(body["ends_at_latest_utc"], "2026-11-18T11:17:10Z");
    assert_eq!(body["junctions"][0]["passed_utc"], "2026-11-18T11:08:00Z");
    assert_eq!(
        (&body["junctions"][0]["delay_s"], &body["responsible"][0]),
        (&1.5.into(), &"road: Li Na".into())
    );
    let again = open(&fake, "a-1", &CORRIDOR.replace("AMB-1", "repeated")).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (200, &7.into()));
    let asked = fake.corridors.lock().unwrap();
    let (What::Open(first), who, scope) = &asked[0] else { panic!("{asked:?}") };
    assert_eq!((first.key.as_str(), who.as_str(), scope), ("a-1", "local", &None));
    assert_eq!(first.destination, Where::Named("hospital".to_owned()));
    assert_eq!((first.speed.0, first.expires_in), (15.0, Millis(600_000)));
}

#[tokio::test]
async fn every_refusal_has_its_code() {
    let fake = Fake::new();
    let body = CORRIDOR.replace("AMB-1", "refused");
    for (name, code) in [
        ("unknown-place", (422, "unknown_place")),
        ("no-route", (409, "no_route")),
        ("expired", (409, "expired")),
        ("too-long", (409, "too_long")),
        ("too-many", (409, "too_many_corridors")),
        ("vehicle-has-one", (409, "vehicle_has_corridor")),
        ("replayed", (409, "replayed")),
        ("class-not-allowed", (403, "class_not_allowed")),
        ("area-not-allowed", (403, "area_not_allowed")),
        ("too-often", (429, "too_often")),
        ("contradictory", (422, "contradictory")),
        ("not-open", (404, "unknown_corridor")),
    ] {
        assert_eq!(refusal(name).name(), name);
        assert_eq!(open(&fake, name, &body).await.what(), code, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_said_so_and_asked_of_nobody() {
    let fake = Fake::new();
    let with = |from: &str, to: &str| {
        assert!(CORRIDOR.contains(from), "{from}");
        CORRIDOR.replace(from, to)
    };
    let spot = "{\"link\": \"l_0_1_1_1\", \"offset_m\": 20}";
    for (body, code, part) in [
        ("{}".to_owned(), "bad_body", "vehicle"),
        ("{".to_owned(), "bad_request", "JSON"),
        (with("AMB-1", " "), "bad_body", "vehicle"),
        (with("AMB-1", "a\\nb"), "bad_body", "vehicle"),
        (with("AMB-1", &"x".repeat(65)), "bad_body", "vehicle"),
        (with("\"ambulance\"", "\"tank\""), "bad_body", "ambulance"),
        (with("\"medical\"", "\"lunch\""), "bad_body", "medical"),
        (with("\"incident\"", "\"level\": 15, \"incident\""), "bad_body", "level"),
        (with("\"incident\"", "\"now\": 1, \"incident\""), "bad_body", "now"),
        (with("\"incident\"", "\"expires_in_s\": 1e9, \"incident\""), "bad_body", "expires_in_s"),
        (with("\"incident\"", "\"speed_m_per_s\": -1e9, \"incident\""), "bad_body", "speed"),
        (with(spot, "{}"), "bad_body", "origin: it is either"),
        (with(spot, "{\"link\": \"l\"}"), "bad_body", "origin: it is either"),
        (with(spot, "{\"place\": \"a\", \"x_m\": 1, \"y_m\": 1}"), "bad_body", "either"),
        (with(spot, "{\"latitude\": 119.5, \"longitude\": 1}"), "bad_body", "no place"),
        (with(spot, "{\"latitude\": 36.6}"), "bad_body", "either"),
    ] {
        let answer = open(&fake, "k", &body).await;
        assert_eq!(answer.what().1, code, "{body}: {}", answer.text);
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    let long = "k".repeat(65);
    for key in [
        &[][..],
        &[("idempotency-key", "")],
        &[("idempotency-key", long.as_str())],
        &[("idempotency-key", "a"), ("idempotency-key", "b")],
    ] {
        let headers = [&[JSON], key].concat();
        let answer = fake.send("POST", "/api/v1/corridors", &headers, CORRIDOR).await;
        assert_eq!(answer.what(), (400, "bad_request"), "{key:?}");
    }
    for (body, part) in [
        ("{}", "one of"),
        ("{\"delay_s\": 1, \"destination\": {\"place\": \"a\"}}", "one of"),
        ("{\"delay_s\": 1e9}", "delay_s"),
        ("{\"position\": {}}", "either"),
        ("{\"position\": {\"x_m\": 1, \"y_m\": 2, \"at\": \"noon\"}}", "RFC 3339"),
        ("{\"position\": {\"x_m\": 1, \"y_m\": 2, \"spread_m\": -1}}", "spread_m"),
        ("{\"position\": {\"x_m\": 1, \"y_m\": 2, \"speed_m_per_s\": 400}}", "speed"),
        ("{\"position\": {\"x_m\": 1, \"y_m\": 2, \"heading_degrees\": 361}}", "heading"),
    ] {
        let answer = fake.change("PATCH", "/api/v1/corridors/7", body).await;
        assert_eq!(answer.what(), (422, "bad_body"), "{body}");
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    assert!(fake.corridors.lock().unwrap().is_empty());
}

#[tokio::test]
async fn positions_delays_and_ends_are_handed_on() {
    let fake = Fake::new();
    let path = "/api/v1/corridors/7";
    let at = "{\"position\": {\"latitude\": 36.6, \"longitude\": 117.0, \"heading_degrees\": 90, \
              \"at\": \"2026-11-18T11:08:09Z\"}}";
    let answer = fake.change("PATCH", path, at).await;
    assert_eq!(answer.text, "{\"taken\":false,\"verdict\":\"contradicts\"}");
    assert_eq!(fake.change("PATCH", path, "{\"delay_s\": -20}").await.text, "{\"done\":\"done\"}");
    let elsewhere = "{\"destination\": {\"x_m\": 10, \"y_m\": -3}}";
    assert_eq!(fake.change("PATCH", path, elsewhere).await.status, 200);
    let junction = format!("{path}/junctions/j_1_1");
    assert_eq!(fake.change("DELETE", &junction, "").await.status, 200);
    let nowhere = fake.change("DELETE", &format!("{path}/junctions/nowhere"), "").await;
    assert_eq!(nowhere.what(), (404, "unknown_junction"));
    assert_eq!(fake.change("DELETE", path, "").await.status, 200);
    for (id, what) in [
        ("8", (403, "forbidden")),
        ("9", (429, "too_often")),
        ("10", (404, "unknown_corridor")),
        ("x", (404, "unknown_corridor")),
        ("-7", (404, "unknown_corridor")),
        ("99999999999", (404, "unknown_corridor")),
    ] {
        let answer = fake.change("DELETE", &format!("/api/v1/corridors/{id}"), "").await;
        assert_eq!(answer.what(), what, "{id}");
    }
    let asked = fake.corridors.lock().unwrap();
    let What::Change(7, AskedChange::Position(fix)) = &asked[0].0 else { panic!("{asked:?}") };
    assert_eq!((fix.spread, fix.heading), (Metres(8.0), Some(90.0)));
    assert_eq!(fix.at.map(|at| at.0), Some(1_795_000_089_000));
    assert_eq!(asked[1].0, What::Change(7, AskedChange::Delay(Millis(-20_000))));
    assert_eq!(asked[3].0, What::Change(7, AskedChange::Release("j_1_1".to_owned())));
}

#[tokio::test]
async fn corridors_are_listed_looked_at_and_reported() {
    let fake = Fake::new();
    assert_eq!(fake.get("/api/v1/corridors").await.body[0]["vehicle"], "AMB-1");
    assert_eq!(fake.get("/api/v1/state").await.body["corridors"][0]["id"], 7);
    let report = fake.get("/api/v1/corridors/7/report").await.body;
    assert_eq!((&report["passed"], &report["open_before"]), (&1.into(), &1.into()));
    assert_eq!((&report["lasted_s"], &report["delay_s"]), (&60.0.into(), &1.5.into()));
    assert_eq!(
        (&report["contradictions"], &report["replanned"][0]["because"]),
        (&2.into(), &"quicker".into())
    );
    assert_eq!(fake.get("/api/v1/corridors/8").await.what(), (404, "unknown_corridor"));
    assert_eq!(fake.get("/api/v1/corridors/x/report").await.what(), (404, "unknown_corridor"));
    fake.publish(|view| {
        let mut over = view.corridors[0].clone();
        over.end = Some((units::Moment(85_000), "arrived"));
        over.arrives = None;
        view.corridors = std::sync::Arc::new(vec![over]);
    });
    assert_eq!(fake.get("/api/v1/corridors").await.text, "[]");
    let kept = fake.get("/api/v1/corridors?over=true").await.body;
    assert_eq!(
        (&kept[0]["over"], &kept[0]["over_utc"]),
        (&"arrived".into(), &"2026-11-18T11:08:05Z".into())
    );
    let report = fake.get("/api/v1/corridors/7/report").await.body;
    assert_eq!(report["lasted_s"], 55.0);
    assert_eq!(fake.get("/api/v1/places").await.text, "[]");
    assert_eq!(fake.get("/api/v1/corridors?over=2").await.what(), (400, "bad_request"));
}

#[tokio::test]
async fn a_dispatcher_may_ask_within_his_scope_and_operate_nothing() {
    let fake = Fake::new();
    let [viewer, _] = fake.with_tokens();
    let (token, hash) = new_token().unwrap();
    let scope = ScopeSite { per_hour: 3, ..ScopeSite::default() };
    let name = "dispatch 120".to_owned();
    let dispatcher = TokenSite { name, role: Role::Dispatch, hash, scope: Some(scope.clone()) };
    fake.tokens.send_modify(|tokens| tokens.push(dispatcher));
    let bearer = format!("Bearer {token}");
    for (method, path, body) in super::all_routes() {
        let Needs::Right(right) = needs(&method, path) else { continue };
        let headers = [JSON, ("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let got = if path.ends_with("/stream") {
            fake.open(method.as_str(), path, &headers, body).await.status()
        } else {
            fake.send(method.as_str(), path, &headers, body).await.status
        };
        let may = rights(Role::Dispatch).contains(&right);
        assert_eq!(got != 403, may, "{method} {path}: {got}");
    }
    let asked = fake.corridors.lock().unwrap().clone();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|(_, who, of)| who == "dispatch 120" && *of == Some(scope.clone())));
    // Who may only look asks for nothing.
    let bearer = format!("Bearer {viewer}");
    let headers = [JSON, ("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let answer = fake.send("POST", "/api/v1/corridors", &headers, CORRIDOR).await;
    assert_eq!(answer.what(), (403, "forbidden"));
}

#[test]
fn classes_are_named_alike_in_site_files_and_in_requests() {
    let names: Vec<_> = corridor::Class::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, scenario::VEHICLE_CLASSES);
}
