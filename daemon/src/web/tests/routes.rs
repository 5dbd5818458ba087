//! Every route, and each bad input to it.

use std::time::Duration;

use super::{Fake, JSON};
use crate::action::Action;

#[tokio::test]
async fn the_state_says_null_for_what_is_not_known_and_counts_stages_from_one() {
    let fake = Fake::new();
    fake.write(&["one", "two"]).await;
    let state = fake.get("/api/v1/state").await.body;
    assert_eq!(state["site"]["epoch"], 1);
    assert_eq!(state["time"]["utc"], "2026-11-18T11:08:10Z");
    assert_eq!(state["time"]["clock_s"], 90.0);
    assert_eq!(state["store"]["last"], 2);
    let read = &state["junctions"][0];
    assert_eq!(
        (&read["stage"], &read["elapsed_s"], &read["age_s"]),
        (&1.into(), &7.5.into(), &2.0.into())
    );
    assert_eq!((&read["queue_vehicles"], &read["source"]), (&3.1.into(), &"adaptive".into()));
    assert_eq!(read["groups"][0]["aspect"], "green");
    let never = &state["junctions"][1];
    for field in ["stage", "next", "elapsed_s", "queue_vehicles", "age_s", "lease_left_s"] {
        assert!(never[field].is_null(), "{field}: {never}");
        assert!(never.as_object().unwrap().contains_key(field), "{field} is missing");
    }
    let device = &state["devices"][0];
    assert_eq!((&device["connected"], &device["unit"]), (&false.into(), &1.into()));
    assert!(device["age_s"].is_null() && device["last_failure"].is_null());
    assert_eq!(state["devices"].as_array().unwrap().len(), 3, "offline ones are listed");
}

#[tokio::test]
async fn the_network_fits_the_state_and_itself() {
    let fake = Fake::new();
    let network = fake.get("/api/v1/network").await.body;
    let state = fake.get("/api/v1/state").await.body;
    let (nodes, links) = (&network["junctions"], network["links"].as_array().unwrap());
    assert_eq!(network["epoch"], state["site"]["epoch"]);
    for junction in state["junctions"].as_array().unwrap() {
        let node = &nodes[junction["id"].as_u64().unwrap() as usize];
        assert_eq!((&node["name"], &node["x_m"]), (&junction["name"], &junction["x_m"]));
        let signals = &node["signals"];
        let groups: Vec<_> =
            signals["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
        for approach in signals["approaches"].as_array().unwrap() {
            let link = &links[approach["link"].as_u64().unwrap() as usize];
            assert_eq!(link["to"], node["id"], "an approach leads here");
            assert!(groups.contains(&&approach["group"]));
        }
        assert_eq!(signals["stages"][0]["number"], 1);
    }
    assert!(links.iter().all(|link| link["points_m"].as_array().unwrap().len() >= 2));
}

#[tokio::test]
async fn a_kind_that_no_event_has_is_refused_with_the_list_of_all() {
    let fake = Fake::new();
    for query in ["bogus", "plan,bogus", "plan,", ""] {
        let answer = fake.get(&format!("/api/v1/events?kind={query}")).await;
        assert_eq!(answer.what(), (400, "bad_request"), "{query}");
        let detail = answer.body["detail"].as_str().unwrap();
        let all = engine::EventKind::NAMES.iter().chain(crate::store::OWN_KINDS);
        assert!(all.into_iter().all(|kind| detail.contains(kind)), "{detail}");
    }
    let every: Vec<&str> =
        engine::EventKind::NAMES.iter().chain(crate::store::OWN_KINDS).copied().collect();
    let answer = fake.get(&format!("/api/v1/events?kind={}", every.join(","))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_log_is_read_forward_by_a_cursor_without_a_gap() {
    let fake = Fake::new();
    let texts: Vec<String> = (1..=25).map(|n| n.to_string()).collect();
    fake.write(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (mut after, mut read) = (0, Vec::new());
    loop {
        let page = fake.get(&format!("/api/v1/events?after={after}&limit=7")).await.body;
        read.extend(
            page["events"].as_array().unwrap().iter().map(|e| e["sequence"].as_u64().unwrap()),
        );
        after = page["next"].as_u64().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(read, (1..=25).collect::<Vec<_>>());
    assert_eq!(fake.get("/api/v1/events?after=25").await.body["events"], serde_json::json!([]));
    // A filter moves the cursor over what it leaves out.
    let page = fake.get("/api/v1/events?kind=plan,flash").await.body;
    assert_eq!((&page["next"], &page["more"]), (&25.into(), &false.into()));
    let page = fake.get("/api/v1/events?kind=plan,reload&limit=2").await.body;
    assert_eq!((page["events"].as_array().unwrap().len(), &page["next"]), (2, &2.into()));
    let page = fake.get("/api/v1/events?junction=j_1_1").await.body;
    assert_eq!(page["events"], serde_json::json!([]));
}

#[tokio::test]
async fn bad_questions_are_answered_with_the_place_and_the_reason() {
    let fake = Fake::new();
    fake.write(&["one"]).await;
    for (path, expected, part) in [
        ("/api/v1/events?after=-1", (400, "bad_cursor"), "-1"),
        ("/api/v1/events?after=one", (400, "bad_cursor"), "one"),
        ("/api/v1/events?after=", (400, "bad_cursor"), "number"),
        ("/api/v1/events?after=99999999999999999999999", (400, "bad_cursor"), "9999"),
        ("/api/v1/events?after=2", (400, "bad_cursor"), "the last one is 1"),
        ("/api/v1/events?limit=0", (400, "bad_request"), "1 to 1000"),
        ("/api/v1/events?limit=1001", (400, "bad_request"), "1 to 1000"),
        ("/api/v1/events?limit=many", (400, "bad_request"), "limit"),
        ("/api/v1/events?knid=test", (400, "bad_request"), "knid"),
        ("/api/v1/stream?after=x", (400, "bad_cursor"), "x"),
        ("/api/v1/stream?from=1", (400, "bad_request"), "from"),
        ("/api/v2/state", (404, "not_found"), "path"),
        ("/api/v1/mode", (405, "method_not_allowed"), "method"),
        ("/page/nothing.js", (404, "not_found"), "file"),
        ("/page/..%2f..%2fCargo.toml", (404, "not_found"), "file"),
    ] {
        let answer = fake.get(path).await;
        assert_eq!(answer.what(), expected, "{path}: {}", answer.text);
        assert!(answer.body["detail"].as_str().unwrap().contains(part), "{path}: {}", answer.text);
    }
    let resumed = fake.send("GET", "/api/v1/stream", &[("last-event-id", "soon")], "").await;
    assert_eq!(resumed.what(), (400, "bad_cursor"));
}

#[tokio::test]
async fn bad_orders_change_nothing_and_say_why() {
    let fake = Fake::new();
    let hold = "/api/v1/junctions/j_1_1/hold";
    let long = format!("{{\"stage\":1,\"seconds\":9,\"reason\":\"{}\"}}", "x".repeat(201));
    let huge = format!("{{\"stage\":1,\"seconds\":9,\"reason\":\"{}\"}}", "x".repeat(70_000));
    for (method, path, body, expected, part) in [
        ("POST", hold, "", (400, "bad_request"), "EOF"),
        ("POST", hold, "{", (400, "bad_request"), "EOF"),
        ("POST", hold, "[]", (422, "bad_body"), "HoldDto"),
        ("POST", hold, "{}", (422, "bad_body"), "stage"),
        (
            "POST",
            hold,
            "{\"stage\":1,\"seconds\":9,\"reason\":\"r\",\"force\":1}",
            (422, "bad_body"),
            "force",
        ),
        ("POST", hold, "{\"stage\":-1,\"seconds\":9,\"reason\":\"r\"}", (422, "bad_body"), "stage"),
        (
            "POST",
            hold,
            "{\"stage\":1,\"seconds\":1e99,\"reason\":\"r\"}",
            (422, "bad_body"),
            "seconds",
        ),
        ("POST", hold, "{\"stage\":1,\"seconds\":9,\"reason\":\" \"}", (422, "bad_body"), "reason"),
        (
            "POST",
            hold,
            "{\"stage\":1,\"seconds\":9,\"reason\":\"a\\nb\"}",
            (422, "bad_body"),
            "one line",
        ),
        ("POST", hold, &long, (422, "bad_body"), "200"),
        ("POST", hold, &huge, (413, "body_too_large"), "limit"),
        ("PUT", "/api/v1/mode", "{\"mode\":\"sideways\"}", (422, "bad_body"), "max-pressure"),
        ("PUT", "/api/v1/mode", "{}", (422, "bad_body"), "mode"),
        ("POST", "/api/v1/reload", "{\"now\":true}", (422, "bad_body"), "now"),
        ("POST", "/api/v1/session", "{\"token\":1}", (422, "bad_body"), "token"),
        ("POST", "/api/v1/session", "{\"token\":\"gw_1\"}", (409, "no_tokens"), "no tokens"),
    ] {
        let answer = fake.change(method, path, body).await;
        assert_eq!(answer.what(), expected, "{method} {path} {body}: {}", answer.text);
        assert!(answer.body["detail"].as_str().unwrap().contains(part), "{path} {}", answer.text);
    }
    let bytes = fake.change("POST", "/api/v1/junctions/%ff/hold", "{}").await;
    assert_eq!(bytes.what(), (400, "bad_request"));
    assert!(fake.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn orders_are_carried_out_under_the_name_of_who_gave_them() {
    let fake = Fake::new();
    let hold = "{\"stage\": 2, \"seconds\": 30, \"reason\": \" a parade \"}";
    let path = "/api/v1/junctions/j%201/hold";
    assert_eq!(fake.change("POST", path, hold).await.body["done"], "done");
    assert_eq!(fake.change("DELETE", path, "").await.status, 200);
    assert_eq!(fake.change("PUT", "/api/v1/mode", "{\"mode\":\"actuated\"}").await.status, 200);
    assert_eq!(fake.change("POST", "/api/v1/reload", "{}").await.status, 200);
    let (junction, reason) = ("j 1".to_owned(), "a parade".to_owned());
    let expected = [
        Action::Hold { junction: junction.clone(), stage: 2, seconds: 30, reason },
        Action::Release { junction },
        Action::SetMode(scenario::Mode::Actuated),
        Action::Reload,
    ];
    let asked: Vec<_> = fake.asked.lock().unwrap().drain(..).collect();
    assert_eq!(asked, expected.map(|action| (action, "local".to_owned())));

    let nowhere = fake.change("POST", "/api/v1/junctions/nowhere/hold", hold).await;
    assert_eq!(nowhere.what(), (404, "unknown_junction"));
    let ninth = hold.replace('2', "9");
    assert_eq!(fake.change("POST", path, &ninth).await.what(), (409, "refused"));
}

#[tokio::test]
async fn a_refused_site_file_is_answered_with_every_mistake() {
    let fake = Fake::new();
    let [engineer] = fake.with_tokens_of([("control room", scenario::Role::Engineer)]);
    let bearer = format!("Bearer {engineer}");
    let headers = [JSON, ("authorization", bearer.as_str())];
    let answer = fake.send("POST", "/api/v1/reload", &headers, "{}").await;
    assert_eq!(answer.what(), (422, "site_refused"));
    assert_eq!(answer.body["mistakes"], serde_json::json!(["line 3", "line 9"]));
    assert_eq!(fake.asked.lock().unwrap()[0].1, "control room");
}

#[tokio::test]
async fn health_fails_with_its_reasons_and_tells_no_names() {
    let fake = Fake::new();
    let well = fake.get("/healthz").await;
    assert_eq!((well.status.as_u16(), &well.body["status"]), (200, &"ok".into()));
    assert_eq!(well.text, "{\"status\":\"ok\",\"reasons\":[]}");
    fake.publish(|view| view.taken -= Duration::from_secs(3));
    let stale = fake.get("/healthz").await;
    assert_eq!(stale.text, "{\"status\":\"failing\",\"reasons\":[\"state_stale\"]}");
    assert_eq!(stale.status, 503);
    fake.publish(|_| {});
    fake.board.shutdown.cancel();
    assert_eq!(fake.get("/healthz").await.body["reasons"][0], "stopping");
}

#[tokio::test]
async fn a_daemon_that_stops_takes_no_orders() {
    let mut fake = Fake::new();
    let (asks, _) = tokio::sync::mpsc::channel(1);
    fake.board.asks = asks;
    fake.router = super::router(fake.board.clone(), super::LOCAL.parse().unwrap());
    let answer = fake.change("POST", "/api/v1/reload", "{}").await;
    assert_eq!(answer.what(), (503, "unavailable"));
    assert_eq!(answer.header("retry-after"), "5");
    fake.store().close();
    loop {
        // The thread of the store ends in its own time.
        let answer = fake.get("/api/v1/events").await;
        if answer.what() == (503, "store") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_answered_all_the_same() {
    let mut fake = Fake::new();
    // A control loop that takes questions and never answers.
    let (asks, _inbox) = tokio::sync::mpsc::channel(1);
    fake.board.asks = asks;
    fake.router = super::router(fake.board.clone(), super::LOCAL.parse().unwrap());
    let answer = fake.change("POST", "/api/v1/reload", "{}").await;
    assert_eq!(answer.what(), (503, "timeout"));
}

#[tokio::test]
async fn metrics_are_well_formed_and_count_what_there_is() {
    let fake = Fake::new();
    fake.publish(|view| {
        view.snapshot.counters.requests = 12;
        view.snapshot.devices[1].name = "a \"quoted\" \\ name".to_owned();
        view.snapshot.devices[1].state = "online";
        view.snapshot.devices[1].connected = true;
    });
    let answer = fake.get("/metrics").await;
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    for line in [
        "greenwave_modbus_requests_total 12",
        "greenwave_junctions{source=\"adaptive\"} 1",
        "greenwave_junctions{source=\"fault\"} 2",
        "greenwave_junctions{source=\"corridor\"} 0",
        "greenwave_devices{state=\"online\"} 1",
        "greenwave_devices{state=\"open\"} 0",
        "greenwave_device_up{device=\"a \\\"quoted\\\" \\\\ name\"} 1",
        "greenwave_junctions_never_read 2",
        "greenwave_junction_age_max_seconds 2",
        "greenwave_events_lost_total 0",
        "greenwave_start_time_seconds 1795000000",
        "greenwave_clock_speed_ratio 1",
    ] {
        assert!(answer.text.lines().any(|found| found == line), "no {line} in {}", answer.text);
    }
    let mut declared = "";
    for line in answer.text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            declared = rest.split(' ').next().unwrap();
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(name, declared, "a metric stands under its own type");
            assert!(name.starts_with("greenwave_"));
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
}
