//! The engine over the daemon's real lines and the street's real pseudo-terminal: three cabinets and a
//! remote I/O unit on one serial wire, and serial frames over TCP.

use std::sync::Arc;
use std::time::Duration;

use daemon::clock::Clock;
use daemon::modbus::{self, Address, Answer, Order, Outcome, Port};
use engine::{Engine, Input, Output};
use scenario::{Demand, DeviceSite, Parity, SerialSite, Site, Transport, generate};
use sim::serve::{ServeConfig, Server};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use units::{LineId, Moment};

/// Times real time: the wire's 115,200 baud are as many times faster.
const SPEED: f64 = 4.0;
/// Real time by which every junction must be controlled; a busy machine takes most of it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

fn site(transport: Transport) -> (Site, Demand) {
    let (mut site, demand) = generate::arterial(1, 3);
    site.lines.truncate(1);
    site.lines[0].transport = transport;
    for (unit, device) in (1..).zip(&mut site.devices) {
        (device.line, device.unit) = (LineId(0), unit);
    }
    let (name, profile) = ("io".to_owned(), "remote-io".to_owned());
    site.devices.push(DeviceSite {
        name,
        line: LineId(0),
        unit: 9,
        profile,
        watchdog_tried: false,
    });
    (site, demand)
}

/// Runs the engine on the real line until every device is online and every junction adaptive.
async fn control(site: &Arc<Site>) -> Engine {
    let clock = Clock::start(SPEED, "UTC");
    let (sender, mut answers) = mpsc::channel::<Answer>(16);
    let port = Port::of(&site.lines[0].transport, |span| clock.real(span));
    let orders = modbus::spawn(port, sender).expect("a line");
    let address = Address { line: LineId(0), epoch: 1 };
    let mut engine =
        Engine::new(site.clone(), &hw_profiles::builtin, clock.now(), 1).expect("an engine");
    let served = |engine: &Engine, now: Moment| {
        let snapshot = engine.snapshot(now);
        snapshot.devices.iter().all(|device| device.state == "online")
            && snapshot.junctions.iter().all(|junction| junction.source.name() == "adaptive")
            && snapshot.counters.demands > 30
    };
    while !served(&engine, clock.now()) {
        while let Some(output) = engine.poll_output() {
            let order = match output {
                Output::Connect(_) => Order::Connect(address, CONNECT),
                Output::Disconnect(..) => Order::Disconnect,
                Output::Send { token, unit, request, timeout, .. } => {
                    let timeout = clock.real(timeout).max(Duration::from_millis(100));
                    Order::Send { address, token, unit, request, timeout }
                }
                Output::Event(_) | Output::Stopped => continue,
            };
            orders.send(order).await.expect("the line lives");
        }
        let due = engine.poll_timeout().unwrap_or(Moment(i64::MAX));
        tokio::select! {
            Some((_, outcome)) = answers.recv() => {
                let line = LineId(0);
                let input = match outcome {
                    Outcome::Up => Input::LinkUp(line),
                    Outcome::Down(reason) => Input::LinkDown(line, reason),
                    Outcome::Reply { token, result } => Input::Reply { line, token, result },
                };
                engine.handle_input(clock.now(), input);
            }
            () = tokio::time::sleep_until(clock.instant(due)) => engine.handle_timeout(clock.now()),
        }
    }
    engine
}

#[tokio::test(flavor = "multi_thread")]
async fn cabinets_on_a_serial_wire_are_controlled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("line").to_str().expect("plain").to_owned();
    let parity = Parity::Even;
    for transport in [
        Transport::Serial(SerialSite { path, baud: 115_200, parity, stop_bits: 1 }),
        Transport::RtuTcp { address: "127.0.0.1:0".to_owned() },
    ] {
        let (mut site, demand) = site(transport);
        let config = ServeConfig {
            site: Arc::new(site.clone()),
            demand,
            speed: SPEED,
            seed: 1,
            duration: None,
            injections: Vec::new(),
        };
        let server = Server::bind(config).await.expect("a street");
        if let Some(address) = server.addresses().expect("known").first() {
            site.lines[0].transport = Transport::RtuTcp { address: address.to_string() };
        }
        let shutdown = CancellationToken::new();
        let street = tokio::spawn(server.run(shutdown.clone(), None, |_| {}));
        let controlled = tokio::time::timeout(PATIENCE, control(&Arc::new(site))).await;
        let engine = controlled.expect("control within the patience");
        assert_eq!(engine.snapshot(Moment(0)).counters.violations, 0);
        shutdown.cancel();
        let summary = street.await.expect("no panic").expect("a summary");
        assert_eq!(summary.violations, 0, "{:?}", summary.violation_texts);
        assert!(summary.requests > 100, "{summary:?}");
    }
}
