//! Alarms, plans and lanes as they are asked for.

use serde_json::{Value, json};
use units::WallTime;

use super::Fake;
use crate::action::Action;

/// A picture so many seconds later.
fn later(fake: &Fake, seconds: i64) {
    fake.publish(|view| view.wall = WallTime(view.wall.0 + seconds * 1_000));
}

async fn alarms(fake: &Fake) -> Vec<Value> {
    fake.get("/api/v1/alarms").await.body["alarms"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_line_that_is_down_is_one_alarm_with_its_consequences() {
    let fake = Fake::new();
    assert!(alarms(&fake).await.is_empty(), "a daemon that starts has no alarm yet");
    later(&fake, 6);
    let all = alarms(&fake).await;
    let of = |kind: &str, place: &str| {
        all.iter().find(|a| a["kind"] == kind && a["place"] == place).unwrap().clone()
    };
    let (line, device, fault) = (of("line", "j_1_1"), of("device", "j_1_1"), of("fault", "j_2_1"));
    assert_eq!(device["explained_by"], line["id"]);
    assert!(line["explained_by"].is_null());
    assert_eq!(fault["explained_by"], of("device", "j_2_1")["id"]);
    let priorities: Vec<_> = all.iter().map(|a| a["priority"].as_str().unwrap()).collect();
    assert!(priorities.is_sorted(), "high comes before medium: {priorities:?}");
    // The engine finds its way: what nobody has seen stays in the list, as over.
    fake.publish(|view| {
        for device in &mut view.snapshot.devices {
            (device.connected, device.state) = (true, "online");
        }
        for junction in &mut view.snapshot.junctions {
            junction.source = signal::ControlSource::Local;
        }
    });
    let all = alarms(&fake).await;
    assert!(!all.is_empty() && all.iter().all(|alarm| !alarm["cleared_utc"].is_null()));
}

#[tokio::test]
async fn what_people_do_with_an_alarm_is_kept_and_stands_in_the_log() {
    let fake = Fake::new();
    alarms(&fake).await;
    later(&fake, 6);
    let id = alarms(&fake).await[0]["id"].clone();
    let path = |what: &str| format!("/api/v1/alarms/{id}/{what}");
    let mut shown = fake.store().subscribe();
    let seen = fake.change("POST", &path("acknowledge"), "{\"comment\": \" a digger \"}").await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let record = shown.recv().await.unwrap();
    assert_eq!(record.kind, "alarm");
    assert!(record.text.starts_with("local acknowledges ") && record.text.ends_with(": a digger"));
    let works = "{\"seconds\": 60, \"reason\": \"works\"}";
    assert_eq!(fake.change("POST", &path("suspend"), works).await.status, 200);
    let alarm = alarms(&fake).await[0].clone();
    assert_eq!(alarm["acknowledged"]["words"], "a digger");
    assert_eq!((&alarm["suspended"]["who"], &alarm["id"]), (&json!("local"), &id));
    later(&fake, 61);
    assert!(alarms(&fake).await[0]["suspended"].is_null());
}

#[tokio::test]
async fn what_cannot_be_done_with_an_alarm_is_said() {
    let fake = Fake::new();
    let long = json!({"seconds": 1, "reason": "x".repeat(201)}).to_string();
    for (path, body, expected, part) in [
        ("1/acknowledge", "{}", (404, "unknown_alarm"), "1"),
        ("one/acknowledge", "{}", (404, "unknown_alarm"), "one"),
        ("1/acknowledge", "{\"comment\": \"a\\nb\"}", (422, "bad_body"), "one line"),
        ("1/acknowledge", "{\"note\": \"\"}", (422, "bad_body"), "note"),
        ("1/suspend", "{\"seconds\": 60}", (422, "bad_body"), "reason"),
        ("1/suspend", "{\"seconds\": 60, \"reason\": \" \"}", (422, "bad_body"), "reason"),
        ("1/suspend", "{\"seconds\": 28801, \"reason\": \"r\"}", (422, "bad_body"), "28800"),
        ("1/suspend", "{\"seconds\": 60, \"reason\": \"r\"}", (404, "unknown_alarm"), "1"),
        ("1/suspend", &long, (422, "bad_body"), "200"),
    ] {
        let answer = fake.change("POST", &format!("/api/v1/alarms/{path}"), body).await;
        assert_eq!(answer.what(), expected, "{path} {body}: {}", answer.text);
        assert!(answer.body["detail"].as_str().unwrap().contains(part), "{}", answer.text);
    }
}

#[tokio::test]
async fn plans_add_up_and_have_room_for_what_they_need() {
    let fake = Fake::new();
    let plans = fake.get("/api/v1/plans").await.body;
    assert_eq!(plans["epoch"], 1);
    assert_eq!(plans["junctions"].as_array().unwrap().len(), 3);
    for junction in plans["junctions"].as_array().unwrap() {
        assert_eq!(junction["week"].as_array().unwrap().len(), 7);
        assert_eq!(junction["days"][0]["changes"][0]["from_s"], 0.0);
        for plan in junction["plans"].as_array().unwrap() {
            let splits = plan["splits"].as_array().unwrap();
            let sum: f64 = splits.iter().map(|split| split["split_s"].as_f64().unwrap()).sum();
            assert!((sum - plan["cycle_s"].as_f64().unwrap()).abs() < 1e-6, "{plan}");
            for split in splits {
                let of = |key: &str| split[key].as_f64().unwrap();
                assert!(of("clearance_s") + of("min_green_s") <= of("split_s"), "{split}");
            }
        }
    }
}

#[tokio::test]
async fn lanes_say_what_is_known_of_them_and_null_for_what_is_not() {
    let fake = Fake::new();
    fake.publish(|view| view.snapshot.lanes[0].queue = Some(2.04));
    let network = fake.get("/api/v1/network").await.body;
    let mut known = 0;
    for name in ["j_1_1", "j_2_1", "j_3_1"] {
        let lanes = fake.get(&format!("/api/v1/junctions/{name}/lanes")).await.body;
        let lanes = lanes["lanes"].as_array().unwrap().clone();
        assert!(!lanes.is_empty());
        for lane in &lanes {
            let link = &network["links"][lane["link"].as_u64().unwrap() as usize];
            let to = &network["junctions"][link["to"].as_u64().unwrap() as usize];
            assert_eq!(to["name"], name);
            assert!(
                lane["lane"].as_u64() >= Some(1) && lane["lane"].as_u64() <= link["lanes"].as_u64()
            );
            known += usize::from(lane["queue_vehicles"] == 2.0);
        }
    }
    let state = fake.get("/api/v1/state").await.body;
    let queues = state["junctions"].as_array().unwrap().iter().flat_map(|j| {
        let queues = j["queues"].as_array().unwrap();
        queues.iter().filter(|queue| queue["vehicles"] == 2.0)
    });
    assert_eq!(known, queues.count(), "the state has the same by link");
    let nowhere = fake.get("/api/v1/junctions/nowhere/lanes").await;
    assert_eq!(nowhere.what(), (404, "unknown_junction"));
}

#[tokio::test]
async fn a_plan_is_selected_for_a_time_and_what_is_asked_for_is_shown_with_its_end() {
    let fake = Fake::new();
    let body = "{\"plan\": 2, \"seconds\": 90, \"reason\": \"a match\"}";
    let path = "/api/v1/junctions/j_1_1/plan";
    assert_eq!(fake.change("POST", path, body).await.status, 200);
    let (junction, reason) = ("j_1_1".to_owned(), "a match".to_owned());
    let expected = Action::SelectPlan { junction, plan: 2, seconds: 90, reason };
    assert_eq!(fake.asked.lock().unwrap()[0].0, expected);
    let without = fake.change("POST", path, "{\"plan\": 2, \"seconds\": 90}").await;
    assert_eq!(without.what(), (422, "bad_body"));
    let nowhere = fake.change("POST", "/api/v1/junctions/nowhere/plan", body).await;
    assert_eq!(nowhere.what(), (404, "unknown_junction"));
    fake.publish(|view| {
        let what = engine::AskedFor::Plan(units::PlanId(1));
        let until = view.snapshot.at + units::Millis(90_000);
        view.snapshot.junctions[0].asked = vec![engine::Asked { what, until }];
    });
    let state = fake.get("/api/v1/state").await.body;
    let expected = json!([{"what": "plan", "number": 2, "left_s": 90.0}]);
    assert_eq!(state["junctions"][0]["asked"], expected);
}
