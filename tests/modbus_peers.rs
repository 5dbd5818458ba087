//! Modbus as others understand it: pymodbus and libmodbus as clients of a virtual device, and as servers
//! that the daemon's own client reads and writes, on TCP and on a serial line. Where one of the two is
//! not installed, its part says so and passes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use daemon::modbus::{self, Address, Order, Outcome, Port, SerialPort};
use field::{ExceptionCode, Failure, Reply, Request};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use scenario::Parity;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use units::LineId;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A peer: its name, and the words that start it.
struct Peer {
    name: &'static str,
    words: Vec<PathBuf>,
}

/// The peers that are installed; `folder` is for what must be compiled.
fn peers(folder: &Path) -> Vec<Peer> {
    let mut found = Vec::new();
    let script = root().join("tests/peers/pymodbus_peer.py");
    let pythons = [root().join("target/peers/venv/bin/python"), PathBuf::from("python3")];
    let has_it = |python: &&PathBuf| {
        let asked = Command::new(python).args(["-c", "import pymodbus, serial"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    match pythons.iter().find(has_it) {
        Some(python) => found.push(Peer { name: "pymodbus", words: vec![python.clone(), script] }),
        None => eprintln!("pymodbus is not installed: it is not tried"),
    }
    let program = folder.join("libmodbus_peer");
    let source = root().join("tests/peers/libmodbus_peer.c");
    let compiled = Command::new("cc").arg(source).arg("-o").arg(&program).arg("-lmodbus").output();
    match compiled {
        Ok(output) if output.status.success() => {
            found.push(Peer { name: "libmodbus", words: vec![program] });
        }
        _ => eprintln!("libmodbus-dev or cc is not installed: libmodbus is not tried"),
    }
    found
}

impl Peer {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).args(words).stdin(Stdio::null());
        command
    }
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process, and reads the first line that it prints.
fn start(mut command: Command) -> (Running, String) {
    let child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut running = Running(child);
    let mut line = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("it says where it is");
    (running, line.trim().to_owned())
}

fn emulate(words: &[&str]) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
    command.args(["emulate", "open-countdown-display", "--unit", "1"]).args(words);
    start(command)
}

fn seen_by_a_client(peer: &Peer, words: &[&str]) {
    let output = peer.command(words).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let seen: Value = serde_json::from_str(text.trim())
        .unwrap_or_else(|error| panic!("{} {words:?}: {error}: {output:?}", peer.name));
    let expected = json!({
        "taken": true, "half": 3, "beyond": 2,
        "holding": [2, 33, 0, 5_000], "input": [0x4743, 1],
    });
    assert_eq!(seen, expected, "{} {words:?}", peer.name);
}

#[test]
fn their_clients_read_and_write_our_devices() {
    let folder = tempfile::tempdir().expect("a folder");
    for peer in peers(folder.path()) {
        let (_device, address) = emulate(&[]);
        let (host, port) = address.rsplit_once(':').expect("an address");
        seen_by_a_client(&peer, &["client", "tcp", host, port]);
        let link = folder.path().join(peer.name);
        let link = link.to_str().expect("a name");
        let (_device, path) = emulate(&["--pty", link]);
        for _ in 0..50 {
            if Path::new(&path).exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        seen_by_a_client(&peer, &["client", "rtu", &path]);
    }
}

/// The daemon's own client.
struct Ours {
    orders: mpsc::Sender<Order>,
    answers: mpsc::Receiver<modbus::Answer>,
}

const HERE: Address = Address { line: LineId(0), epoch: 0 };

impl Ours {
    async fn connect(port: Port) -> Self {
        let (sender, mut answers) = mpsc::channel(8);
        let orders = modbus::spawn(port, sender).expect("a line");
        for _ in 0..50 {
            let order = Order::Connect(HERE, Duration::from_secs(5));
            orders.send(order).await.expect("it listens");
            match answers.recv().await {
                Some((_, Outcome::Up)) => return Self { orders, answers },
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("not connected");
    }

    async fn ask(&mut self, request: Request) -> Result<Reply, Failure> {
        let timeout = Duration::from_secs(5);
        let order = Order::Send { address: HERE, token: 1, unit: 1, request, timeout };
        self.orders.send(order).await.expect("it listens");
        match self.answers.recv().await {
            Some((_, Outcome::Reply { result, .. })) => result,
            other => panic!("{other:?}"),
        }
    }
}

async fn ours_against_a_server(name: &str, port: Port) {
    let mut ours = Ours::connect(port).await;
    let even = |at: u16| at.is_multiple_of(2);
    let talk = [
        (
            Request::ReadHolding { address: 10, count: 90 },
            Ok(Reply::Holding((10..100).map(|at| 3 * at).collect())),
        ),
        (Request::ReadInput { address: 0, count: 100 }, Ok(Reply::Input((1_000..1_100).collect()))),
        (
            Request::ReadCoils { address: 1, count: 19 },
            Ok(Reply::Coils((1..20).map(even).collect())),
        ),
        (
            Request::ReadDiscrete { address: 1, count: 19 },
            Ok(Reply::Discrete((1..20).map(|at| !even(at)).collect())),
        ),
        (
            Request::WriteRegister { address: 5, value: 77 },
            Ok(Reply::WroteRegister { address: 5, value: 77 }),
        ),
        (
            Request::WriteRegisters { address: 6, values: vec![1, 2, 65_535] },
            Ok(Reply::WroteRegisters { address: 6, count: 3 }),
        ),
        (
            Request::ReadHolding { address: 4, count: 6 },
            Ok(Reply::Holding(vec![12, 77, 1, 2, 65_535, 27])),
        ),
        (
            Request::WriteCoil { address: 3, value: true },
            Ok(Reply::WroteCoil { address: 3, value: true }),
        ),
        (
            Request::WriteCoils { address: 4, values: vec![false, true, true] },
            Ok(Reply::WroteCoils { address: 4, count: 3 }),
        ),
        (
            Request::ReadCoils { address: 2, count: 6 },
            Ok(Reply::Coils(vec![true, true, false, true, true, false])),
        ),
        (
            Request::ReadHolding { address: 90, count: 20 },
            Err(Failure::Exception(ExceptionCode::IllegalAddress)),
        ),
        (Request::ReadInput { address: 99, count: 1 }, Ok(Reply::Input(vec![1_099]))),
    ];
    for (request, expected) in talk {
        let asked = format!("{name}: {request:?}");
        assert_eq!(ours.ask(request).await, expected, "{asked}");
    }
}

/// Two terminals with a wire between them: the names of their far ends.
fn wire() -> [String; 2] {
    let open = || {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let near = openpt(flags).expect("a terminal");
        grantpt(&near).and_then(|()| unlockpt(&near)).expect("ours");
        let name = ptsname(&near, Vec::new()).expect("a name");
        // The far end stays open, so that the near one is not hung up, and passes bytes as they are.
        let name = name.into_string().expect("text");
        let far = std::fs::OpenOptions::new().read(true).write(true).open(&name).expect("far");
        let mut settings = rustix::termios::tcgetattr(&far).expect("settings");
        settings.make_raw();
        rustix::termios::tcsetattr(&far, rustix::termios::OptionalActions::Now, &settings)
            .expect("raw");
        (std::fs::File::from(near), far, name)
    };
    let ((one, far_one, name_one), (other, far_other, name_other)) = (open(), open());
    let carry = |mut from: std::fs::File, mut to: std::fs::File, far: std::fs::File| {
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok(read) = from.read(&mut bytes) {
                if read == 0 || to.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
            drop(far);
        });
    };
    let again = |file: &std::fs::File| file.try_clone().expect("a second handle");
    carry(again(&one), again(&other), far_one);
    carry(other, one, far_other);
    [name_one, name_other]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_client_reads_and_writes_their_servers() {
    let folder = tempfile::tempdir().expect("a folder");
    for peer in peers(folder.path()) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("its address").port().to_string();
        drop(free);
        let (_server, said) = start(peer.command(&["server", "tcp", &port]));
        assert_eq!(said, "ready", "{}", peer.name);
        ours_against_a_server(peer.name, Port::Tcp(format!("127.0.0.1:{port}"))).await;

        let [theirs, path] = wire();
        let (_server, said) = start(peer.command(&["server", "rtu", &theirs]));
        assert_eq!(said, "ready", "{}", peer.name);
        let quiet = Duration::from_millis(50);
        let serial = SerialPort { path, baud: 19_200, parity: Parity::None, stop_bits: 1, quiet };
        ours_against_a_server(peer.name, Port::Serial(serial)).await;
    }
}
