//! The street over the wire, asked in bytes as a stranger would.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use scenario::{Demand, Site, Transport, generate};
use sim::fault::Injection;
use sim::report::StreetSummary;
use sim::serve::{Notice, ServeConfig, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use units::Millis;

fn street(junctions: usize) -> (Site, Demand) {
    let (mut site, demand) = generate::arterial(1, junctions);
    for line in &mut site.lines {
        let address = "127.0.0.1:0".to_owned();
        line.transport = Transport::Tcp { address };
    }
    (site, demand)
}

fn config(junctions: usize, faults: &[&str]) -> ServeConfig {
    let (site, demand) = street(junctions);
    let read = |text: &&str| text.parse::<Injection>().expect("a fault");
    ServeConfig {
        site: Arc::new(site),
        demand,
        speed: 1.0,
        seed: 7,
        duration: None,
        injections: faults.iter().map(read).collect(),
    }
}

struct Running {
    addresses: Vec<SocketAddr>,
    shutdown: CancellationToken,
    commands: mpsc::Sender<String>,
    notices: Arc<Mutex<Vec<Notice>>>,
    end: JoinHandle<anyhow::Result<StreetSummary>>,
}

async fn start(config: ServeConfig) -> Running {
    let server = Server::bind(config).await.expect("ports of this machine");
    let addresses = server.addresses().expect("addresses");
    let shutdown = CancellationToken::new();
    let (commands, lines) = mpsc::channel(8);
    let notices = Arc::new(Mutex::new(Vec::new()));
    let kept = notices.clone();
    let notify = move |notice: &Notice| kept.lock().expect("sound").push(notice.clone());
    let end = tokio::spawn(server.run(shutdown.clone(), Some(lines), notify));
    Running { addresses, shutdown, commands, notices, end }
}

impl Running {
    async fn stop(self) -> StreetSummary {
        self.shutdown.cancel();
        self.end.await.expect("no panic").expect("a summary")
    }
}

/// Sends a PDU to unit 1, and gives the bytes that come until the frame is whole or the end.
async fn ask(stream: &mut TcpStream, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u8::try_from(pdu.len() + 1).expect("short");
    let mut frame = vec![0x12, 0x34, 0, 0, 0, length, unit];
    frame.extend(pdu);
    stream.write_all(&frame).await.expect("written");
    let mut answer = vec![0; 6];
    if stream.read_exact(&mut answer).await.is_err() {
        return Vec::new();
    }
    let mut body = vec![0; usize::from(answer[5])];
    stream.read_exact(&mut body).await.expect("a body");
    answer.extend(body);
    answer
}

const IDENTITY: &[u8] = &[4, 0, 0, 0, 2];

#[tokio::test(flavor = "multi_thread")]
async fn every_line_answers_and_refuses_by_the_book() {
    let running = start(config(3, &[])).await;
    assert_eq!(running.addresses.len(), 3);
    let demand = |stage: u8, lease: u8| vec![16, 0, 0, 0, 3, 6, 0, stage, 0, 0, lease, 0];
    for &address in &running.addresses {
        let mut line = TcpStream::connect(address).await.expect("open");
        let cases: Vec<(&str, u8, Vec<u8>, Vec<u8>)> = vec![
            ("identity", 1, IDENTITY.to_vec(), vec![4, 4, 0x47, 0x57, 0, 1]),
            ("no such unit", 9, IDENTITY.to_vec(), vec![0x84, 11]),
            ("no such function", 1, vec![0x2b], vec![0xab, 1]),
            ("beyond the map", 1, vec![4, 0xff, 0, 0, 2], vec![0x84, 2]),
            ("none asked", 1, vec![4, 0, 0, 0, 0], vec![0x84, 3]),
            ("no such stage", 1, demand(60, 10), vec![0x90, 3]),
            ("no lease", 1, demand(1, 0), vec![0x90, 3]),
            ("local plan", 1, vec![4, 0, 17, 0, 1], vec![4, 2, 0, 1]),
            ("a demand", 1, demand(2, 10), vec![16, 0, 0, 0, 3]),
            ("commanded", 1, vec![4, 0, 17, 0, 1], vec![4, 2, 0, 2]),
            ("release", 1, vec![6, 0, 8, 0, 1], vec![6, 0, 8, 0, 1]),
            ("local again", 1, vec![4, 0, 17, 0, 1], vec![4, 2, 0, 1]),
        ];
        for (name, unit, pdu, expected) in cases {
            let answer = ask(&mut line, unit, &pdu).await;
            assert_eq!(answer[..4], [0x12, 0x34, 0, 0], "{name}");
            assert_eq!(answer[6], unit, "{name}");
            assert_eq!(answer[7..], expected, "{name}");
        }
        // What is no Modbus ends the connection.
        line.write_all(b"GET / HTTP/1.1\r\n").await.expect("written");
        assert_eq!(line.read(&mut [0; 8]).await.unwrap_or(0), 0);
    }
    let summary = running.stop().await;
    assert_eq!((summary.junctions, summary.seed), (3, 7));
    assert_eq!(summary.violations, 0, "{:?}", summary.violation_texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_link_reach_the_bytes_of_their_junction_alone() {
    let lasting = [
        ("wrong-unit:j_1_1@0+9999", vec![7_u8, 2, 4, 4]),
        ("corrupt:j_1_1@0+9999", vec![7, 1, 4, 4]),
        ("exception=6:j_1_1@0+9999", vec![3, 1, 0x84, 6]),
        ("delay=1:j_1_1@0+9999", vec![7, 1, 4, 4]),
        ("disconnect:j_1_1@0+9999", vec![]),
    ];
    for (fault, expected) in lasting {
        let running = start(config(2, &[fault])).await;
        let mut hit = TcpStream::connect(running.addresses[0]).await.expect("open");
        let answer = ask(&mut hit, 1, IDENTITY).await;
        let from = answer.len().min(5);
        let to = answer.len().min(9);
        assert_eq!(answer[from..to], expected, "{fault}");
        let spoiled = answer.get(2..4).is_some_and(|protocol| protocol != [0, 0]);
        assert_eq!(spoiled, fault.starts_with("corrupt"), "{fault}");
        let mut other = TcpStream::connect(running.addresses[1]).await.expect("open");
        let answer = ask(&mut other, 1, IDENTITY).await;
        assert_eq!(answer[7..], [4, 4, 0x47, 0x57, 0, 1], "{fault}");
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_taken_or_refused_in_words() {
    let running = start(config(1, &[])).await;
    for line in ["inject lamp:j_1_1", "inject lamp:x", "inject what", "dance", "", "stop"] {
        running.commands.send(line.to_owned()).await.expect("taken");
    }
    running.end.await.expect("no panic").expect("a summary");
    let notices = running.notices.lock().expect("sound");
    let said: Vec<String> = notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Injected(injection) => Some(injection.to_string()),
            Notice::Refused(why) => Some(why.clone()),
            Notice::Progress(_) => None,
        })
        .collect();
    let expected = ["lamp:j_1_1@", "\"x\" has signals", "the faults are", "the commands are"];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_street_ends_with_its_duration_and_says_what_it_held() {
    let mut config = config(2, &["reboot:j_1_1@5"]);
    (config.speed, config.duration) = (1_000.0, Some(Millis(60_000)));
    let running = start(config).await;
    let summary = running.end.await.expect("no panic").expect("a summary");
    assert!((summary.sim_seconds - 60.0).abs() < 1e-9);
    assert_eq!(summary.violations, 0, "{:?}", summary.violation_texts);
    assert!(summary.vehicles_entered > 0 && summary.vehicles_due >= summary.vehicles_entered);
    assert!(summary.speed_held > 0.0 && summary.speed_held <= summary.speed);
    assert!((summary.local_plan_seconds - 120.0).abs() < 1e-9, "nobody demanded");
}

#[tokio::test]
async fn everything_that_keeps_a_street_from_being_served_is_told_at_once() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let taken = taken.expect("a port");
    let (mut site, demand) = street(3);
    let addresses = [
        taken.local_addr().expect("an address").to_string(),
        "0.0.0.0:0".to_owned(),
        "no port at all".to_owned(),
    ];
    for (line, address) in site.lines.iter_mut().zip(addresses) {
        line.transport = Transport::Tcp { address };
    }
    let config =
        ServeConfig { site: Arc::new(site), demand, speed: 0.0, ..config(1, &["lamp:nowhere@1"]) };
    let problems = Server::bind(config).await.err().expect("problems");
    let expected = ["a speed of 0", "nowhere", "in use", "loopback only", "no port at all"];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "{problem}");
    }
}
