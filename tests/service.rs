//! The daemon as a service: ready, watched, reloaded, stopped.

mod support;

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use serde_json::{Value, json};
use support::daemon::{Daemon, all_by};
use support::modbus;
use support::street::Street;

const SPEED: f64 = 10.0;

fn street(junctions: usize, folder: &std::path::Path) -> Street {
    let (site, demand) = scenario::generate::arterial(1, junctions);
    Street::serve(site, demand, SPEED, folder)
}

#[test]
fn the_service_manager_is_told_of_readiness_life_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let street = street(2, folder.path());
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let said = || {
        let mut text = [0; 512];
        let read = manager.recv(&mut text).expect("the daemon says something");
        String::from_utf8_lossy(&text[..read]).into_owned()
    };
    let path = path.display().to_string();
    // A limit of the watchdog that is short enough to be waited for.
    let env = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "900000")];
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &env);
    assert!(said().contains("READY=1"));
    assert!(said().contains("WATCHDOG=1"));
    assert!(said().contains("WATCHDOG=1"));
    daemon.wait("control", |state| all_by(state, "adaptive"));
    assert!(daemon.stop().success());
    let mut last = said();
    while !last.contains("STOPPING=1") {
        last = said();
    }
    for &address in &street.addresses {
        assert_eq!(modbus::mode(address), modbus::LOCAL_PLAN, "handed back at once");
    }
    assert_eq!(street.stop().violations, 0);
}

#[test]
fn a_reload_goes_over_to_what_changed_and_keeps_every_connection() {
    let folder = tempfile::tempdir().unwrap();
    let street = street(3, folder.path());
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    daemon.wait("control", |state| all_by(state, "adaptive"));

    // Another rule and another name; junctions, devices and lines stay.
    let mut site = street.site.clone();
    site.control.mode = scenario::Mode::Actuated;
    site.name = "Another name".to_owned();
    std::fs::write(&street.site_file, scenario::write_site(&site)).unwrap();
    daemon.signal("HUP");
    let state = daemon.wait("the new site", |state| state["site"]["name"] == "Another name");
    assert_eq!(state["mode"], "actuated");
    assert!(all_by(&state, "adaptive"), "a junction was let go: {state:#}");
    std::thread::sleep(Duration::from_secs(1));
    let events = daemon.events(0);
    let at = events.iter().position(|event| event["kind"] == "reload").expect("it is told");
    let text = events[at]["text"].to_string();
    assert!(text.contains("3 kept, 0 opened, 0 closed"), "{text}");
    assert!(text.contains("3 run on, 0 begin anew"), "{text}");
    let hands: Vec<&Value> = events[at..].iter().filter(|e| e["kind"] == "control").collect();
    assert!(hands.is_empty(), "a junction changed hands: {hands:?}");

    // A mistake anywhere: refused as a whole, with every reason, and what ran runs on.
    let broken = scenario::write_site(&site).replace("mode = \"actuated\"", "mode = \"sideways\"");
    std::fs::write(&street.site_file, broken.replace("version = 1", "version = 9")).unwrap();
    let (status, body) = daemon.request("POST", "/api/v1/reload", Some(&json!({})));
    assert_eq!(status, 422, "{body}");
    assert!(body.contains("sideways") && body.contains("version"), "{body}");
    let state = daemon.get("/api/v1/state");
    assert_eq!(state["mode"], "actuated");
    assert!(all_by(&state, "adaptive"));
    assert!(daemon.stop().success());
    assert_eq!(street.stop().violations, 0);
}

#[test]
fn what_keeps_it_from_starting_is_said_with_every_reason() {
    let folder = tempfile::tempdir().unwrap();
    let street = street(2, folder.path());
    let refused = |text: String, expected: &[&str]| {
        let file = folder.path().join("refused.toml");
        std::fs::write(&file, text).unwrap();
        let said = Daemon::try_start(&file, 1.0, &[], &[]).err().expect("it must not start");
        for part in expected {
            assert!(said.contains(part), "{part:?} is not in {said}");
        }
    };
    let good = scenario::write_site(&street.site);
    refused(good.replace("127.0.0.1:0", "0.0.0.0:0"), &["[[web.token]]", "web.listen"]);
    refused(good.replace("listen = \"127.0.0.1:0\"", "listen = \"nowhere\""), &["HOST:PORT"]);
    refused(
        good.replace("unit = 1\n", "unit = 999\n").replace("Asia/Shanghai", "Mars/Olympus"),
        &["unit", "1 to 247"],
    );
    refused("[[".to_owned(), &["line 1"]);
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    let second = Daemon::try_start(&street.site_file, 1.0, &[], &[]).err().expect("one store");
    assert!(second.contains("in use by another process"), "{second}");
    drop(daemon);
}
