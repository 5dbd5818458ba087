//! Who may do what: every route against every kind of visitor.

use axum::http::Method;
use scenario::Role;

use super::{Answer, Fake, JSON, LOCAL, all_routes};
use crate::web::guard::{Needs, needs};

/// The status with which the guard itself lets somebody through or not.
async fn knock(
    fake: &Fake,
    (method, path, body): (&Method, &str, &str),
    more: &[(&str, &str)],
) -> u16 {
    let mut headers = vec![JSON];
    headers.extend(more);
    // The stream never ends: its head is enough.
    fake.open(method.as_str(), path, &headers, body).await.status().as_u16()
}

#[tokio::test]
async fn every_route_asks_for_what_it_needs_and_no_other() {
    let fake = Fake::new();
    let [viewer, operator] = fake.with_tokens();
    let [reviewer] = fake.with_more(["Li Na"]);
    let (view, operate) = (format!("Bearer {viewer}"), format!("Bearer {operator}"));
    let wrong = format!("Bearer gw_{}", "0".repeat(64));
    for (method, path, body) in &all_routes() {
        let ask = async |value: &str| {
            let header = ("authorization", value);
            let more = if value.is_empty() { &[][..] } else { &[header][..] };
            knock(&fake, (method, path, body), more).await
        };
        let refused = |status: u16| [401, 403, 429].contains(&status);
        let what = format!("{method} {path}");
        let got = [ask("").await, ask(&wrong).await, ask(&view).await, ask(&operate).await];
        let review = ask(&format!("Bearer {reviewer}")).await;
        match needs(method, path) {
            // Signing in with a token that is not known is refused by the route itself.
            Needs::Nothing if *path == "/api/v1/session" && method == Method::POST => {}
            Needs::Nothing => {
                assert!(!got.iter().any(|&status| refused(status)), "{what}: {got:?}");
            }
            Needs::Token(Role::View) => {
                assert_eq!(got[0], 401, "{what}");
                assert!([401, 429].contains(&got[1]), "{what}: {got:?}");
                assert!(!refused(got[2]) && !refused(got[3]), "{what}: {got:?}");
                assert!(!refused(review), "{what}: {review}");
            }
            // Whose a record is, neither viewers nor operators see.
            Needs::Token(Role::Review) => {
                assert_eq!((got[0], got[2], got[3]), (401, 403, 403), "{what}");
                assert!(!refused(review), "{what}: {review}");
            }
            Needs::Token(Role::Operate) => {
                assert_eq!((got[0], got[2]), (401, 403), "{what}");
                assert!([401, 429].contains(&got[1]), "{what}: {got:?}");
                assert!(!refused(got[3]), "{what}: {got:?}");
                assert_eq!(review, 403, "{what}");
            }
        }
    }
    let asked = fake.asked.lock().unwrap();
    assert!(asked.iter().all(|(_, who)| who == "control room"), "{asked:?}");
}

#[test]
fn only_what_shows_nothing_of_the_site_is_open() {
    let open: Vec<String> = all_routes()
        .iter()
        .filter(|(method, path, _)| needs(method, path) == Needs::Nothing)
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(open, ["GET /healthz", "POST /api/v1/session", "DELETE /api/v1/session"]);
    // What is not known is not open either.
    for path in ["/metrics/", "/healthz/", "//", "/page", "/api/v1/session/", "/API/v1/state"] {
        assert_eq!(needs(&Method::GET, path), Needs::Token(Role::View), "{path}");
        assert_eq!(needs(&Method::PATCH, path), Needs::Token(Role::Operate), "{path}");
    }
}

#[tokio::test]
async fn without_tokens_whoever_is_on_the_machine_operates_and_nobody_else_does() {
    let fake = Fake::new();
    let who = fake.get("/api/v1/session").await.body;
    assert_eq!(who, serde_json::json!({"name": "local", "role": "operate"}));
    // A reload that removes every token from a daemon that others can reach opens nothing.
    let open = Fake::listening("0.0.0.0:8080");
    for (method, path, body) in &all_routes() {
        let status = knock(&open, (method, path, body), &[]).await;
        let shut = matches!(needs(method, path), Needs::Token(_));
        assert_eq!(status == 403, shut, "{method} {path}: {status}");
    }
    assert!(open.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_that_a_foreign_server_could_point_here_is_not_answered() {
    let fake = Fake::new();
    fake.publish(|view| {
        let mut site = scenario::Site::clone(&view.site);
        "Cabinet-7:8080".clone_into(&mut site.web.listen);
        view.site = std::sync::Arc::new(site);
    });
    let path = "/api/v1/state";
    for good in [
        LOCAL,
        "localhost",
        "LOCALHOST:8080",
        "[::1]:8080",
        "10.0.0.9",
        "a.localhost:1",
        "cabinet-7:8080",
    ] {
        assert_eq!(fake.send("GET", path, &[("host", good)], "").await.status, 200, "{good}");
    }
    for bad in ["evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", "a@b", ""]
    {
        let answer = fake.send("GET", path, &[("host", bad)], "").await;
        assert_eq!(answer.what(), (421, "wrong_host"), "{bad}");
    }
    let two = [("host", LOCAL), ("host", "evil.example")];
    assert_eq!(fake.send("GET", path, &two, "").await.what(), (421, "wrong_host"));
    let page = fake.send("GET", "/", &[("host", "evil.example")], "").await;
    assert_eq!(page.what(), (421, "wrong_host"));
    // Health is asked for under any name; with tokens, nobody is let in by a name.
    assert_eq!(fake.send("GET", "/healthz", &[("host", "any.example")], "").await.status, 200);
    let [viewer, _] = fake.with_tokens();
    let bearer = format!("Bearer {viewer}");
    let headers = [("host", "signals.example"), ("authorization", bearer.as_str())];
    assert_eq!(fake.send("GET", path, &headers, "").await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let fake = Fake::new();
    for (method, path, body) in &all_routes() {
        if method.is_safe() {
            continue;
        }
        let send = async |headers: &[(&str, &str)]| -> Answer {
            fake.send(method.as_str(), path, headers, body).await
        };
        for origin in ["http://evil.example", "null", "http://127.0.0.1:8081", "file://", ""] {
            let answer = send(&[JSON, ("origin", origin)]).await;
            assert_eq!(answer.what(), (403, "wrong_origin"), "{method} {path} {origin}");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            let answer = send(&[("content-type", kind)]).await;
            assert_eq!(answer.what(), (415, "wrong_content_type"), "{method} {path} {kind}");
        }
        assert_eq!(send(&[]).await.what(), (415, "wrong_content_type"), "{method} {path}");
        assert!(fake.asked.lock().unwrap().is_empty(), "{method} {path}");
    }
    let own =
        [("content-type", "application/json; charset=utf-8"), ("origin", "http://127.0.0.1:8080")];
    let answer = fake.send("POST", "/api/v1/reload", &own, "{}").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_browser_signs_in_looks_and_signs_out() {
    let fake = Fake::new();
    let [viewer, _] = fake.with_tokens();
    let unknown = fake.change("POST", "/api/v1/session", "{\"token\": \"gw_x\"}").await;
    assert_eq!(unknown.what(), (401, "unauthorised"));
    assert_eq!(unknown.header("www-authenticate"), "Bearer");
    let body = serde_json::json!({"token": viewer}).to_string();
    let signed_in = fake.change("POST", "/api/v1/session", &body).await;
    assert_eq!(signed_in.body, serde_json::json!({"name": "wall screen", "role": "view"}));
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("greenwave-8080=") && !cookie.contains(&viewer), "{cookie}");
    let shown = [JSON, ("cookie", cookie.split(';').next().unwrap())];
    assert_eq!(fake.send("GET", "/api/v1/state", &shown, "").await.status, 200);
    let mode = "{\"mode\": \"fixed\"}";
    let answer = fake.send("PUT", "/api/v1/mode", &shown, mode).await;
    assert_eq!(answer.what(), (403, "forbidden"));
    assert_eq!(fake.send("DELETE", "/api/v1/session", &shown, "").await.status, 204);
    let answer = fake.send("GET", "/api/v1/state", &shown, "").await;
    assert_eq!(answer.what(), (401, "unauthorised"));
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down_and_never_a_good_one() {
    let fake = Fake::new();
    let [viewer, _] = fake.with_tokens();
    let wrong = [("authorization", "Bearer gw_guess")];
    let mut answers = Vec::new();
    for _ in 0..12 {
        let answer = fake.send("GET", "/api/v1/state", &wrong, "").await;
        assert!(!answer.text.contains("gw_guess"));
        answers.push(answer.status.as_u16());
    }
    assert_eq!(answers, [[401; 10].as_slice(), &[429; 2]].concat());
    let limited = fake.change("POST", "/api/v1/session", "{\"token\": \"gw_guess\"}").await;
    assert_eq!(limited.what(), (429, "too_many_attempts"));
    let good = format!("Bearer {viewer}");
    let good = fake.send("GET", "/api/v1/state", &[("authorization", &good)], "").await;
    assert_eq!(good.status, 200, "a good token is not kept waiting");
    let nothing = fake.get("/api/v1/state").await;
    assert_eq!(nothing.what(), (401, "unauthorised"), "nothing shown is no attempt");
    let operator = fake.get("/metrics").await;
    assert_eq!(operator.what(), (401, "unauthorised"));
}

#[tokio::test]
async fn a_daemon_with_all_hands_full_says_so_and_stays_healthy() {
    let mut fake = Fake::new();
    // Each waits for a control loop that does not answer.
    let (asks, _inbox) = tokio::sync::mpsc::channel(crate::web::guard::REQUESTS_MAX);
    fake.board.asks = asks;
    fake.router = super::router(fake.board.clone(), LOCAL.parse().unwrap());
    let waiting = (0..crate::web::guard::REQUESTS_MAX)
        .map(|_| Box::pin(fake.open("POST", "/api/v1/reload", &[JSON], "{}")));
    let mut waiting: Vec<_> = waiting.collect();
    for request in &mut waiting {
        assert!(futures_util::poll!(request.as_mut()).is_pending());
    }
    assert_eq!(fake.get("/api/v1/state").await.what(), (503, "busy"));
    assert_eq!(fake.get("/healthz").await.status, 200);
    drop(waiting);
    assert_eq!(fake.get("/api/v1/state").await.status, 200);
}
