//! What-if questions to a running daemon: in a process of their own, one at a time, ended at once.

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::daemon::{Daemon, all_by};
use support::street::Street;

const SPEED: f64 = 10.0;

/// Asks again and again until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what} has not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An answer's status and its JSON.
fn ask(daemon: &Daemon, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let (status, text) = daemon.request(method, path, body);
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The nice value of a process: the 19th field of its state, the 17th after its name.
fn nice(process: &Value) -> Option<i64> {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = state.rsplit_once(") ")?;
    rest.split(' ').nth(16)?.parse().ok()
}

#[test]
fn a_question_runs_apart_alone_and_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let (site, demand) = scenario::generate::arterial(1, 2);
    let street = Street::serve(site, demand, SPEED, folder.path());
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    daemon.wait("control", |state| all_by(state, "adaptive"));
    let (status, picture) = ask(&daemon, "GET", "/api/v1/picture", None);
    assert_eq!((status, &picture["version"]), (200, &json!(1)));
    // Loops must have counted for a minute before an hour is made of that.
    let counted = |picture: &Value| {
        let lanes = picture["lanes"].as_array().unwrap();
        lanes.iter().any(|lane| lane["arrived"]["span_s"].as_f64().is_some_and(|s| s > 70.0))
    };
    until("a count", || counted(&ask(&daemon, "GET", "/api/v1/picture", None).1));

    let long = json!({"change": "version = 1\nmode = \"fixed\"", "seconds": 14_400, "seeds": 20});
    let (status, taken) = ask(&daemon, "POST", "/api/v1/what-if", Some(&long));
    assert_eq!(status, 200, "{taken}");
    let path = format!("/api/v1/what-if/{}", taken["id"]);
    let (_, running) = ask(&daemon, "GET", &path, None);
    assert_eq!(running["state"], "running", "{running}");
    until("the lowest priority", || nice(&running["process"]) == Some(19));
    let (status, second) = ask(&daemon, "POST", "/api/v1/what-if", Some(&long));
    assert_eq!((status, &second["code"]), (409, &json!("refused")));
    assert_eq!(ask(&daemon, "DELETE", &path, Some(&json!({}))).0, 200);
    until("its end", || ask(&daemon, "GET", &path, None).1["state"] == "ended");
    assert_eq!(nice(&running["process"]), None, "the process is gone");

    let wrong = json!({"change": "version = 1\n[[plan]]\njunction = \"nowhere\""});
    let (_, taken) = ask(&daemon, "POST", "/api/v1/what-if", Some(&wrong));
    let path = format!("/api/v1/what-if/{}", taken["id"]);
    until("its failure", || ask(&daemon, "GET", &path, None).1["state"] == "failed");
    let (_, failed) = ask(&daemon, "GET", &path, None);
    assert!(failed["reasons"].to_string().contains("no junction"), "{failed}");

    let short = json!({"change": "version = 1", "seconds": 60, "seeds": 1});
    let (_, taken) = ask(&daemon, "POST", "/api/v1/what-if", Some(&short));
    let path = format!("/api/v1/what-if/{}", taken["id"]);
    until("an answer", || ask(&daemon, "GET", &path, None).1["state"] == "answered");
    let (_, answered) = ask(&daemon, "GET", &path, None);
    assert_eq!(answered["answer"]["difference"]["finished"], 0.0, "{answered}");
    assert!(daemon.stop().success());
    street.stop();
}
