//! A gateway that starts again, over and over: the daemon is back with it each time, without a
//! restart and without a word from the others.
//!
//! `GREENWAVE_REBOOTS=100 cargo test --release --test reboots` measures what the issue asks for.

mod support;

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::daemon::{Daemon, all_by};
use support::street::Street;
use support::times;

const SPEED: f64 = 10.0;
/// Simulated seconds that a gateway is away: shorter than any person would notice, and long enough
/// that the connection is cut and refused.
const AWAY_S: f64 = 2.0;
/// Simulated seconds within which it must be back once it can be reached.
const BACK_S: f64 = 5.0;

fn device<'s>(state: &'s Value, name: &str) -> &'s Value {
    let devices = state["devices"].as_array().expect("devices");
    devices.iter().find(|device| device["name"] == name).expect("the device")
}

/// The number of the last acknowledged event.
fn last(daemon: &Daemon) -> u64 {
    daemon.events(0).last().map_or(0, |event| event["sequence"].as_u64().expect("a number"))
}

#[test]
fn a_gateway_that_reboots_again_and_again_is_back_each_time_and_alone_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (site, demand) = scenario::generate::arterial(1, 3);
    let street = Street::serve(site, demand, SPEED, folder.path());
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    daemon.wait("control", |state| all_by(state, "adaptive"));
    let process = daemon.id();
    let mut longest: f64 = 0.0;
    for reboot in 0..times("GREENWAVE_REBOOTS", 5) {
        let known = last(&daemon);
        street.command(&format!("inject reboot:j_2_1+{AWAY_S}"));
        sleep(Duration::from_secs_f64(AWAY_S / SPEED));
        let reachable = Instant::now();
        daemon.wait("the gateway", |state| {
            let online = device(state, "j_2_1")["state"] == "online";
            online && daemon.events(known).iter().any(|event| event["kind"] == "reboot")
        });
        let back = reachable.elapsed().as_secs_f64() * SPEED;
        longest = longest.max(back);
        assert!(back < BACK_S + SPEED, "reboot {reboot}: back after {back:.1} simulated seconds");
    }
    eprintln!("the longest way back took {longest:.1} simulated seconds");
    let events = daemon.events(0);
    let changed: Vec<&Value> = events.iter().filter(|event| event["kind"] == "control").collect();
    for name in ["j_1_1", "j_3_1"] {
        let of = changed.iter().filter(|event| event["junction"] == name).count();
        assert_eq!(of, 1, "{name} was let go: {changed:?}");
    }
    daemon.wait("control of all", |state| all_by(state, "adaptive"));
    assert_eq!(daemon.id(), process);
    assert!(daemon.stop().success());
    assert_eq!(street.stop().violations, 0);
}
