//! Emergency corridors end to end: asked for over HTTP, driven by a terminal, told to a webhook, gone with
//! the daemon, the vehicle or a cabinet.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use corridor::position::{Courses, Spot};
use jt808::{Decoder, Format, Frame, Phone};
use network::Globe;
use scenario::{
    DispatchSite, HttpUrl, PlaceKind, PlaceSite, RoadSectionSite, TerminalSite, TerminalsSite,
    WebhookSite,
};
use serde_json::{Value, json};
use support::daemon::{Daemon, request};
use support::modbus;
use support::street::Street;
use units::{LinkId, Metres};

const SPEED: f64 = 10.0;
const JUNCTIONS: usize = 4;
const SECRET: &str = "known to both";
/// Nothing that a test waits for takes longer.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The links from west to east.
fn way(site: &scenario::Site) -> Vec<LinkId> {
    let name = |n: usize| format!("l_{n}_1_{}_1", n + 1);
    (0..=JUNCTIONS).map(|n| site.network.link_named(&name(n)).expect("a link")).collect()
}

/// What arrives at a made-up dispatch system: the head and the body of each request.
fn receiver() -> (HttpUrl, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("it works");
    let port = listener.local_addr().expect("it works").port();
    let (sender, came) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut text = String::new();
            let mut bytes = [0; 4_096];
            while !text.ends_with('}') {
                match stream.read(&mut bytes) {
                    Ok(count @ 1..) => text.push_str(&String::from_utf8_lossy(&bytes[..count])),
                    _ => break,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
            let body = serde_json::from_str(body).unwrap_or(Value::Null);
            if sender.send((head.to_owned(), body)).is_err() {
                return;
            }
        }
    });
    (HttpUrl { host: "127.0.0.1".to_owned(), port, path: "/hook".to_owned() }, came)
}

/// An arterial with a hospital at its east end, a terminal that may speak, and a webhook.
fn street(folder: &Path, webhook: Option<HttpUrl>, terminals: SocketAddr) -> Street {
    let (mut site, demand) = scenario::generate::arterial(1, JUNCTIONS);
    let way = way(&site);
    site.dispatch = DispatchSite {
        globe: Globe::new(36.67, 117.02),
        places: vec![PlaceSite {
            name: "Central hospital".to_owned(),
            kind: PlaceKind::Hospital,
            link: way[JUNCTIONS],
            offset: Metres(150.0),
            notice: webhook.clone().map(|url| HttpUrl { path: "/arrivals".to_owned(), ..url }),
        }],
        road_sections: vec![RoadSectionSite {
            name: "the road".to_owned(),
            links: way.clone(),
            people: vec!["Li Na, 138".to_owned()],
        }],
        terminals: Some(TerminalsSite {
            listen: terminals.to_string(),
            networks: Vec::new(),
            allowed: vec![TerminalSite {
                phone: "13912344329".to_owned(),
                vehicle: "AMB-1".to_owned(),
                code: "17".to_owned(),
                plate: None,
            }],
        }),
        webhook: webhook.map(|url| WebhookSite { url, secret: Some(SECRET.to_owned()) }),
    };
    Street::serve(site, demand, SPEED, folder)
}

/// A port that nobody has at this moment.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").expect("it works").local_addr().expect("it works")
}

fn asked(link: &str) -> Value {
    json!({"vehicle": "AMB-1", "class": "ambulance", "incident": "medical", "level": 5,
           "origin": {"link": link, "offset_m": 10}, "speed_m_per_s": 13,
           "destination": {"place": "Central hospital"}, "drill": true})
}

fn ask(daemon: &Daemon, key: &str, body: &Value) -> (u16, Value) {
    let headers = [("Idempotency-Key", key)];
    let answer = request(daemon.address, "POST", "/api/v1/corridors", &headers, Some(body));
    let (status, text) = answer.expect("the daemon answers");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A terminal's line, as the one of `AMB-1`.
struct Terminal(TcpStream);

impl Terminal {
    fn sign_in(address: SocketAddr) -> Self {
        let mut terminal = Self(TcpStream::connect(address).expect("it listens"));
        terminal.0.set_read_timeout(Some(WAIT_MAX)).expect("it works");
        terminal.say(0x0102, b"17".to_vec());
        terminal
    }

    fn say(&mut self, id: u16, body: Vec<u8>) {
        let phone = Phone::parse("13912344329").expect("it works");
        let (format, serial) = (Format::Y2013, 1);
        let frame = Frame { id, format, phone, serial, encrypted: false, part: None, body };
        self.0.write_all(&frame.encode()).expect("it works");
        let (mut decoder, mut bytes) = (Decoder::default(), [0; 64]);
        let answer = loop {
            let count = self.0.read(&mut bytes).expect("it works");
            assert!(count > 0, "it was hung up on");
            if let Some(answer) = decoder.push(&bytes[..count]).pop() {
                break answer.expect("it works");
            }
        };
        assert_eq!((answer.id, answer.body.last()), (0x8001, Some(&0)), "{answer:?}");
    }

    /// `utc`: as the daemon's clock has it.
    fn report(&mut self, (latitude, longitude): (f64, f64), utc: &str) {
        let at: jiff::Timestamp = utc.parse().expect("it works");
        let at = at.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
        let mut body = vec![0, 0, 0, 0, 0, 0, 0, 2];
        body.extend(((latitude * 1e6).round() as u32).to_be_bytes());
        body.extend(((longitude * 1e6).round() as u32).to_be_bytes());
        body.extend([0, 20]);
        body.extend(450_u16.to_be_bytes());
        body.extend(90_u16.to_be_bytes());
        let text = at.strftime("%y%m%d%H%M%S").to_string();
        body.extend(text.as_bytes().chunks(2).map(|two| ((two[0] - 48) << 4) | (two[1] - 48)));
        self.say(0x0200, body);
    }
}

#[test]
fn dispatch_asks_once_and_the_wave_is_there_until_the_vehicle_has_arrived() {
    let folder = tempfile::tempdir().expect("it works");
    let ((hook, came), terminals) = (receiver(), free());
    let street = street(folder.path(), Some(hook), terminals);
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    daemon.wait("control", |state| support::daemon::all_by(state, "adaptive"));
    assert_eq!(daemon.get("/api/v1/places")[0]["name"], "Central hospital");
    // A terminal alone moves nothing.
    let mut terminal = Terminal::sign_in(terminals);
    let (status, refused) = ask(
        &daemon,
        "k 1",
        &json!({"vehicle": "AMB-1", "class": "ambulance",
        "incident": "medical", "destination": {"place": "Central hospital"}}),
    );
    assert_eq!((status, &refused["code"]), (422, &"unknown_place".into()), "{refused}");

    let (status, corridor) = ask(&daemon, "k 1", &asked("l_0_1_1_1"));
    assert_eq!(status, 201, "{corridor}");
    let id = corridor["id"].as_u64().expect("it works");
    assert_eq!(corridor["junctions"].as_array().expect("it works").len(), JUNCTIONS, "{corridor}");
    assert_eq!(corridor["responsible"][0], "the road: Li Na, 138");
    assert_eq!(ask(&daemon, "k 1", &asked("l_0_1_1_1")).0, 200, "the same again");
    let (status, other) = ask(&daemon, "k 1", &asked("l_1_1_2_1"));
    assert_eq!((status, &other["code"]), (409, &"replayed".into()));
    let (status, second) = ask(&daemon, "k 2", &asked("l_1_1_2_1"));
    assert_eq!((status, &second["code"]), (409, &"vehicle_has_corridor".into()));

    let helped = drive(&daemon, &street, &mut terminal, id);
    assert_eq!(helped.len(), JUNCTIONS, "{helped:?}");
    let report = daemon.get(&format!("/api/v1/corridors/{id}/report"));
    assert_eq!(report["corridor"]["over"], "arrived", "{report:#}");
    assert_eq!(report["passed"], JUNCTIONS, "{report:#}");
    assert_eq!(daemon.get("/api/v1/corridors"), json!([]));

    let events = wait_for_codes(&daemon);
    let audit: Vec<&str> = events
        .iter()
        .filter(|event| event["kind"] == "corridor-audit")
        .filter_map(|event| event["text"].as_str())
        .collect();
    assert!(
        audit[0].starts_with("local: asks for AMB-1") && audit[0].contains("refused"),
        "{audit:?}"
    );
    assert!(audit[1].contains("(drill): corridor 1"), "{audit:?}");
    assert!(daemon.stop().success());
    assert_eq!(street.stop().violations, 0);
    told(&came);
}

/// Drives along the way as the terminal tells it; gives the junctions that the corridor had.
fn drive(daemon: &Daemon, street: &Street, terminal: &mut Terminal, id: u64) -> Vec<String> {
    let courses = Courses::new(street.site.network.clone());
    let globe = street.site.dispatch.globe.expect("it works");
    let way = way(&street.site);
    let mut helped: Vec<String> = Vec::new();
    let (began, mut driven, mut last) = (Instant::now(), 10.0, None);
    loop {
        assert!(began.elapsed() < WAIT_MAX, "it does not arrive");
        let state = daemon.get("/api/v1/state");
        let now = state["time"]["clock_s"].as_f64().expect("it works");
        for junction in state["junctions"].as_array().expect("it works") {
            let name = junction["name"].as_str().expect("it works").to_owned();
            if junction["source"] == "corridor" && !helped.contains(&name) {
                helped.push(name);
            }
        }
        driven += 12.5 * (now - last.unwrap_or(now));
        last = Some(now);
        let mut spot = Spot { link: way[0], along: driven };
        for pair in way.windows(2) {
            let length = street.site.network.link(spot.link).length.0;
            if spot.link == pair[0] && spot.along > length {
                spot = Spot { link: pair[1], along: spot.along - length };
            }
        }
        terminal.report(
            globe.degrees(courses.point(spot)),
            state["time"]["utc"].as_str().expect("it works"),
        );
        if daemon.get(&format!("/api/v1/corridors/{id}"))["over"].is_string() {
            return helped;
        }
        std::thread::sleep(Duration::from_millis(60));
    }
}

/// The events once every code of the field is among them.
fn wait_for_codes(daemon: &Daemon) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let events = daemon.events(0);
        let has = |code: u64| events.iter().any(|event| event["indiana"]["code"] == code);
        if [102, 105, 107, 104, 111].into_iter().all(has) {
            return events;
        }
        assert!(began.elapsed() < WAIT_MAX, "codes are missing");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the dispatch system and the hospital were told.
fn told(came: &mpsc::Receiver<(String, Value)>) {
    let all: Vec<(String, Value)> = came.try_iter().collect();
    let steps: Vec<&str> = all.iter().filter_map(|(_, body)| body["step"].as_str()).collect();
    for step in
        ["requested", "accepted", "clearing", "open", "passed", "released", "ended", "arrival"]
    {
        assert!(steps.contains(&step), "{step}: {steps:?}");
    }
    for (head, body) in &all {
        let is_hook = head.starts_with("POST /hook");
        assert_eq!(is_hook, head.contains("x-greenwave-signature: blake3="), "{head}");
        assert_eq!(is_hook, body["step"] != "arrival");
        assert_eq!(body["drill"], true, "{body}");
    }
    let accepted = all.iter().find(|(_, body)| body["step"] == "accepted").expect("it works");
    assert_eq!(accepted.1["responsible"][0], "the road: Li Na, 138");
    let arrivals: Vec<_> = all.iter().filter(|(_, body)| body["step"] == "arrival").collect();
    assert!(arrivals[0].1["arrives_utc"].is_string(), "{arrivals:?}");
    assert_eq!(arrivals.last().expect("it works").1["over"], "arrived");
}

/// Opens a corridor and waits until a junction is given to it.
fn given(daemon: &Daemon) -> u64 {
    daemon.wait("control", |state| support::daemon::all_by(state, "adaptive"));
    let (status, corridor) = ask(daemon, "k", &asked("l_0_1_1_1"));
    assert_eq!(status, 201, "{corridor}");
    daemon.wait("a junction", |state| {
        state["junctions"]
            .as_array()
            .expect("it works")
            .iter()
            .any(|row| row["source"] == "corridor")
    });
    corridor["id"].as_u64().expect("it works")
}

#[test]
fn a_daemon_that_is_killed_half_way_leaves_no_cabinet_held_and_no_corridor_open() {
    let folder = tempfile::tempdir().expect("it works");
    let street = street(folder.path(), None, free());
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    given(&daemon);
    let has = |event: &Value| event["indiana"]["code"] == 102;
    let began = Instant::now();
    while !daemon.events(0).iter().any(has) {
        assert!(began.elapsed() < WAIT_MAX, "nothing is asked to open");
        std::thread::sleep(Duration::from_millis(20));
    }
    daemon.kill();
    let lease = street.site.control.lease.as_secs_f64() / SPEED;
    std::thread::sleep(Duration::from_secs_f64(lease) + Duration::from_millis(250));
    for &address in &street.addresses {
        assert_eq!(modbus::mode(address), modbus::LOCAL_PLAN);
    }
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    assert_eq!(daemon.get("/api/v1/corridors?over=true"), json!([]));
    // What was asked and done until then stands in the log.
    let kept = daemon.events(0);
    assert!(kept.iter().any(|event| event["kind"] == "corridor-audit"));
    assert!(kept.iter().any(has));
    assert!(daemon.stop().success());
    assert_eq!(street.stop().violations, 0);
}

#[test]
fn a_vehicle_that_vanishes_and_a_cabinet_that_is_lost_end_what_is_held() {
    let folder = tempfile::tempdir().expect("it works");
    let street = street(folder.path(), None, free());
    let daemon = Daemon::start(&street.site_file, SPEED, &[], &[]);
    let id = given(&daemon);
    let path = format!("/api/v1/corridors/{id}");
    let at = |x: f64| json!({"position": {"link": "l_0_1_1_1", "offset_m": x}});
    let (status, body) = daemon.request("PATCH", &path, Some(&at(40.0)));
    assert_eq!((status, body.contains("\"taken\":true")), (200, true), "{body}");
    // It cannot be a kilometre away a moment later: told so, and nothing moves.
    let far = json!({"position": {"x_m": 1_400, "y_m": 295}});
    let (status, body) = daemon.request("PATCH", &path, Some(&far));
    assert_eq!((status, body.contains("\"taken\":false")), (200, true), "{body}");
    street.command("inject silent:j_2_1+60");
    daemon.wait("the lost cabinet", |state| {
        state["junctions"].as_array().expect("it works").iter().any(|row| row["source"] == "fault")
    });
    // Nothing more is told: after a minute of its silence the vehicle has vanished.
    let began = Instant::now();
    while daemon.get(&path)["over"].is_null() {
        assert!(began.elapsed() < WAIT_MAX, "{:#}", daemon.get(&path));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(daemon.get(&path)["over"], "vanished");
    daemon.wait("release", |state| {
        state["junctions"]
            .as_array()
            .expect("it works")
            .iter()
            .all(|row| row["source"] != "corridor")
    });
    let (status, body) = daemon.request("DELETE", &path, None);
    assert_eq!(status, 404, "{body}");
    assert!(daemon.stop().success());
    assert_eq!(street.stop().violations, 0);
}
