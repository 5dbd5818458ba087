//! People who sign in: the first one, the others, and what ends when something is taken away.

use serde_json::{Value, json};

use super::{Answer, Fake, JSON};

const GOOD: &str = "a long enough one";

/// The cookie of an answer that signed somebody in, as it is shown again.
fn cookie(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn sign_in(fake: &Fake, name: &str, password: &str) -> Answer {
    let body = json!({"name": name, "password": password}).to_string();
    fake.change("POST", "/api/v1/session", &body).await
}

async fn ask(fake: &Fake, cookie: &str, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    fake.send(method, path, &[JSON, ("cookie", cookie)], &body).await
}

/// A daemon whose only account is the administrator ann, and her cookie.
async fn with_ann() -> (tempfile::TempDir, Fake, String) {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with_accounts(folder.path());
    let body = json!({"token": "gw_once", "name": "ann", "password": GOOD}).to_string();
    let ann = cookie(&fake.change("POST", "/api/v1/session/first", &body).await);
    (folder, fake, ann)
}

#[tokio::test]
async fn the_first_administrator_comes_by_the_one_time_token_and_nobody_before() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with_accounts(folder.path());
    // On loopback too: where people sign in, nobody is local.
    assert_eq!(fake.get("/api/v1/state").await.what(), (401, "unauthorised"));
    assert_eq!(sign_in(&fake, "admin", "admin").await.what(), (401, "unauthorised"));
    let first = |token: &str, password: &str| {
        json!({"token": token, "name": "ann", "password": password}).to_string()
    };
    let path = "/api/v1/session/first";
    let wrong = fake.change("POST", path, &first("gw_0", GOOD)).await;
    assert_eq!(wrong.what(), (401, "unauthorised"));
    let weak = fake.change("POST", path, &first("gw_once", "short")).await;
    assert_eq!(weak.what(), (422, "bad_body"));
    let made = fake.change("POST", path, &first("gw_once", GOOD)).await;
    let ann = cookie(&made);
    assert_eq!((&made.body["name"], &made.body["role"]), (&json!("ann"), &json!("administer")));
    let again = fake.change("POST", path, &first("gw_once", GOOD)).await;
    assert_eq!(again.what(), (409, "refused"));
    let all = ask(&fake, &ann, "GET", "/api/v1/accounts", &Value::Null).await;
    let row = json!({"name": "ann", "roles": ["administer"], "locked": false});
    assert_eq!(all.body, json!({"on": true, "accounts": [row]}));
}

#[tokio::test]
async fn what_is_taken_away_ends_at_once() {
    let (_folder, fake, ann) = with_ann().await;
    let accounts = "/api/v1/accounts";
    let bob = json!({"name": "bob", "roles": ["operate", "review"], "password": "bob in may 2026"});
    assert_eq!(ask(&fake, &ann, "POST", accounts, &bob).await.what(), (422, "bad_body"));
    let bob = json!({"name": "bob", "roles": ["operate", "review"], "password": "wasps in may 7"});
    assert_eq!(ask(&fake, &ann, "POST", accounts, &bob).await.status, 200);
    assert_eq!(ask(&fake, &ann, "POST", accounts, &bob).await.what(), (409, "refused"));
    let his = cookie(&sign_in(&fake, "bob", "wasps in may 7").await);
    let mode = async |cookie: &str| {
        ask(&fake, cookie, "PUT", "/api/v1/mode", &json!({"mode": "fixed"})).await.status.as_u16()
    };
    assert_eq!(mode(&his).await, 200);
    assert_eq!(ask(&fake, &his, "POST", accounts, &bob).await.what(), (403, "forbidden"));
    let one = "/api/v1/accounts/bob";
    // Other roles count for a session that is open.
    ask(&fake, &ann, "PATCH", one, &json!({"roles": ["view"]})).await;
    assert_eq!(mode(&his).await, 403);
    ask(&fake, &ann, "PATCH", one, &json!({"roles": ["operate"], "locked": true})).await;
    assert_eq!(mode(&his).await, 401);
    ask(&fake, &ann, "PATCH", one, &json!({"locked": false})).await;
    let his = cookie(&sign_in(&fake, "bob", "wasps in may 7").await);
    assert_eq!(mode(&his).await, 200);
    // A new password ends the sessions of the old one, but the one that gave it.
    let other = cookie(&sign_in(&fake, "bob", "wasps in may 7").await);
    let change = json!({"old": "wasps in may 7", "new": "hornets in june"});
    let renewed = ask(&fake, &his, "PUT", "/api/v1/session/password", &change).await;
    assert_eq!((mode(&other).await, mode(&cookie(&renewed)).await), (401, 200));
    assert_eq!(ask(&fake, &ann, "DELETE", one, &json!({})).await.status, 200);
    assert_eq!(mode(&cookie(&renewed)).await, 401);
    assert_eq!(ask(&fake, &ann, "DELETE", one, &json!({})).await.what(), (404, "unknown_account"));
    let last = ask(&fake, &ann, "DELETE", "/api/v1/accounts/ann", &json!({})).await;
    assert_eq!(last.what(), (409, "refused"));
}

#[tokio::test]
async fn every_change_stands_in_the_log_and_no_secret_does() {
    let (_folder, fake, ann) = with_ann().await;
    let bob = json!({"name": "bob", "roles": ["view"], "password": "wasps in may 7"});
    ask(&fake, &ann, "POST", "/api/v1/accounts", &bob).await;
    // A password that was typed where the name belongs.
    sign_in(&fake, "wasps in may 7", "x").await;
    sign_in(&fake, "bob", "a wrong password").await;
    let mut texts = String::new();
    for _ in 0..100 {
        let page = ask(&fake, &ann, "GET", "/api/v1/events?after=0", &Value::Null).await;
        texts = page.body["events"].to_string();
        if texts.contains("refused: bob") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for said in [
        "ann is the first administrator",
        "ann: bob is let in: view",
        "refused: a name that there is not, from ",
        "refused: bob, from ",
    ] {
        assert!(texts.contains(said), "{said}: {texts}");
    }
    for secret in ["wasps", GOOD, "wrong password", "gw_once", "argon2"] {
        assert!(!texts.contains(secret), "{secret}: {texts}");
    }
}

#[tokio::test]
async fn a_password_cannot_be_guessed_for_long() {
    let (_folder, fake, _) = with_ann().await;
    let mut answers = Vec::new();
    for guess in 0..11 {
        answers.push(sign_in(&fake, "ann", &guess.to_string()).await.status.as_u16());
    }
    assert_eq!(answers, [[401; 10].as_slice(), &[429]].concat());
    // Not even the right one is looked at before the minute is over.
    assert_eq!(sign_in(&fake, "ann", GOOD).await.what(), (429, "too_many_attempts"));
}

#[tokio::test]
async fn a_stream_ends_when_others_may_enter_than_when_it_was_opened() {
    let (_folder, fake, ann) = with_ann().await;
    let response = fake.open("GET", "/api/v1/stream", &[("cookie", &ann)], "").await;
    assert_eq!(response.status(), 200);
    let body = tokio::spawn(axum::body::to_bytes(response.into_body(), usize::MAX));
    let bob = json!({"name": "bob", "roles": ["view"], "password": "wasps in may 7"});
    ask(&fake, &ann, "POST", "/api/v1/accounts", &bob).await;
    body.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_sign_in_is_a_token_or_a_name_with_a_password() {
    let (_folder, fake, _) = with_ann().await;
    for body in [
        "{}",
        "{\"name\": \"ann\"}",
        "{\"token\": \"gw_0\", \"name\": \"ann\", \"password\": \"x\"}",
    ] {
        let answer = fake.change("POST", "/api/v1/session", body).await;
        assert_eq!(answer.what(), (422, "bad_body"), "{body}");
    }
    // Programs have no accounts where only people sign in.
    let token = fake.change("POST", "/api/v1/session", "{\"token\": \"gw_0\"}").await;
    assert_eq!(token.what(), (409, "no_tokens"));
}
