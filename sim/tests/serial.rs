//! The street on a serial line and on serial frames over TCP, asked in bytes as a stranger would.

mod common;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use field::frame::rtu;
use field::{Reply, Request};
use scenario::{Demand, Site, Transport};
use sim::report::StreetSummary;
use sim::serve::{ServeConfig, Server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_serial::{SerialPortBuilderExt, SerialStream};
use tokio_util::sync::CancellationToken;

/// How long nothing must come before it counts as silence: real time, on a busy machine.
const SILENCE: Duration = Duration::from_millis(400);

struct Running {
    addresses: Vec<SocketAddr>,
    shutdown: CancellationToken,
    end: JoinHandle<anyhow::Result<StreetSummary>>,
}

fn config((site, demand): (Site, Demand), faults: &[&str]) -> ServeConfig {
    ServeConfig {
        site: Arc::new(site),
        demand,
        // Fast enough that a wire of 9600 baud does not keep the tests waiting.
        speed: 20.0,
        seed: 1,
        duration: None,
        injections: faults.iter().map(|text| text.parse().expect("a fault")).collect(),
    }
}

async fn start(config: ServeConfig) -> Running {
    let server = Server::bind(config).await.expect("a street");
    let addresses = server.addresses().expect("addresses");
    let shutdown = CancellationToken::new();
    let end = tokio::spawn(server.run(shutdown.clone(), None, |_| {}));
    Running { addresses, shutdown, end }
}

impl Running {
    async fn stop(self) -> StreetSummary {
        self.shutdown.cancel();
        self.end.await.expect("no panic").expect("a summary")
    }
}

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("line")
    }

    fn transport(&self) -> Transport {
        common::serial(self.path().to_str().expect("a plain path"), 9_600)
    }

    fn open(&self) -> SerialStream {
        let path = self.path().to_str().expect("a plain path").to_owned();
        tokio_serial::new(path, 9_600).open_native_async().expect("it is there")
    }
}

/// Sends bytes and takes what comes until it is silent.
async fn exchange(line: &mut (impl AsyncRead + AsyncWrite + Unpin), bytes: &[u8]) -> Vec<u8> {
    line.write_all(bytes).await.expect("written");
    let mut heard = Vec::new();
    let mut buffer = [0; 300];
    loop {
        match tokio::time::timeout(SILENCE, line.read(&mut buffer)).await {
            Ok(Ok(read)) if read > 0 => heard.extend(&buffer[..read]),
            _ => return heard,
        }
    }
}

fn ask(unit: u8) -> Vec<u8> {
    rtu::encode_request(unit, &Request::ReadInput { address: 0, count: 2 })
}

fn identity(unit: u8) -> Vec<u8> {
    let request = Request::ReadInput { address: 0, count: 2 };
    let incoming = rtu::decode(&rtu::encode_request(unit, &request)).expect("sound");
    rtu::encode(&incoming, &Ok(Reply::Input(vec![0x4757, 1])))
}

#[tokio::test(flavor = "multi_thread")]
async fn several_units_answer_on_one_terminal_and_nobody_answers_for_others() {
    let scratch = Scratch::new();
    let running = start(config(common::on_one_line(3, scratch.transport()), &[])).await;
    assert!(running.addresses.is_empty(), "a terminal has no port");
    let mut line = scratch.open();
    for unit in [1, 2, 3, 2] {
        assert_eq!(exchange(&mut line, &ask(unit)).await, identity(unit), "unit {unit}");
    }
    for (what, bytes) in [
        ("a unit that is not there", ask(9)),
        ("everybody", ask(0)),
        ("a CRC that does not fit", {
            let mut b = ask(1);
            b[7] ^= 1;
            b
        }),
        ("half a frame", ask(1)[..5].to_vec()),
        ("two frames without a silence", [ask(1), ask(2)].concat()),
        ("noise", vec![0xff; 400]),
        ("a function that nobody has, of a unit that is not there", {
            let mut b = vec![9, 0x2b, 0, 0];
            rtu::seal(&mut b);
            b
        }),
    ] {
        assert_eq!(exchange(&mut line, &bytes).await, Vec::<u8>::new(), "{what}");
    }
    let mut strange = vec![2, 0x2b, 0, 0];
    rtu::seal(&mut strange);
    let refused = exchange(&mut line, &strange).await;
    assert_eq!(refused[..3], [2, 0xab, 1], "a function that nobody has");
    assert_eq!(exchange(&mut line, &ask(3)).await, identity(3), "and on it goes");
    // Whoever had it open goes away without a word, and another comes.
    drop(line);
    let mut line = scratch.open();
    assert_eq!(exchange(&mut line, &ask(1)).await, identity(1));
    let summary = running.stop().await;
    assert_eq!(summary.violations, 0);
    assert!(!scratch.path().is_symlink(), "the link goes with the street");
}

/// Whether bytes are what is expected.
type Heard<'h> = &'h dyn Fn(&[u8]) -> bool;

#[tokio::test(flavor = "multi_thread")]
async fn faults_reach_the_bytes_of_their_unit_alone() {
    let sound = identity(2);
    let other = |bytes: &[u8]| bytes[0] == 3 && rtu::crc(bytes) == 0;
    let cut = |bytes: &[u8]| *bytes == sound[..sound.len() - 1];
    let noise = |bytes: &[u8]| bytes.len() == sound.len() && rtu::crc(bytes) != 0;
    let busy = |bytes: &[u8]| bytes[..3] == [2, 0x84, 6] && rtu::crc(bytes) == 0;
    let nothing = |bytes: &[u8]| bytes.is_empty();
    let cases: [(&str, Heard<'_>); 7] = [
        ("wrong-unit", &other),
        ("truncate", &cut),
        ("corrupt", &noise),
        ("exception=6", &busy),
        ("silent", &nothing),
        ("disconnect", &nothing),
        ("reboot", &nothing),
    ];
    for (fault, expected) in cases {
        let scratch = Scratch::new();
        let fault = format!("{fault}:j_2_1@0+9999");
        let running = start(config(common::on_one_line(3, scratch.transport()), &[&fault])).await;
        let mut line = scratch.open();
        let heard = exchange(&mut line, &ask(2)).await;
        assert!(expected(&heard), "{fault}: {heard:?}");
        assert_eq!(exchange(&mut line, &ask(3)).await, identity(3), "{fault}");
        running.stop().await;
    }
    let scratch = Scratch::new();
    let faults = ["gateway:j_2_1@0+9999"];
    let running = start(config(common::on_one_line(3, scratch.transport()), &faults)).await;
    let mut line = scratch.open();
    assert_eq!(exchange(&mut line, &ask(1)).await, Vec::<u8>::new(), "the line is dead");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn serial_frames_go_over_tcp_in_pieces_and_together() {
    let transport = Transport::RtuTcp { address: "127.0.0.1:0".to_owned() };
    let running = start(config(common::on_one_line(3, transport), &[])).await;
    let mut line = TcpStream::connect(running.addresses[0]).await.expect("open");
    for unit in [1, 3] {
        assert_eq!(exchange(&mut line, &ask(unit)).await, identity(unit));
    }
    assert_eq!(exchange(&mut line, &ask(9)).await, Vec::<u8>::new());
    let whole = ask(2);
    line.write_all(&whole[..3]).await.expect("written");
    assert_eq!(exchange(&mut line, &whole[3..]).await, identity(2), "in two pieces");
    // Noise is forgotten after a silence.
    assert_eq!(exchange(&mut line, &[1, 2, 3]).await, Vec::<u8>::new());
    assert_eq!(exchange(&mut line, &ask(2)).await, identity(2));
    running.stop().await;
}

#[tokio::test]
async fn a_link_is_replaced_and_nothing_else_is() {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink("/nowhere", scratch.path()).expect("a link");
    let server = Server::bind(config(common::on_one_line(1, scratch.transport()), &[])).await;
    assert!(server.is_ok());
    drop(server);
    std::fs::write(scratch.path(), "somebody's").expect("written");
    let problems = Server::bind(config(common::on_one_line(1, scratch.transport()), &[])).await;
    let problems = problems.err().expect("problems");
    assert!(problems[0].contains("no link is there already"), "{problems:?}");
    let kept = std::fs::read_to_string(scratch.path()).expect("it is there");
    assert_eq!(kept, "somebody's");
}
