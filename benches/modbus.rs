//! Modbus round trips a second on loopback, through the daemon's own client: on one connection, and
//! on 1,000 at once. The other end is the frame codec and the register bank of a virtual cabinet and
//! nothing else; the served street is measured beside it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use daemon::modbus::{self, Address, Answer, Order, Outcome, Port};
use field::bank::RegisterBank;
use field::frame::{self, Decoded};
use field::{DeviceMap, Request};
use scenario::Transport;
use sim::serve::{ServeConfig, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use units::LineId;

/// Both ends of each connection are in this process, and some files are open anyhow.
const FILES_SPARE: usize = 100;
/// A street takes a bounded number of requests in each of its steps; at this speed it is not what is
/// measured.
const SPEED: f64 = 20.0;
const TIMEOUT: Duration = Duration::from_secs(10);

fn map() -> Arc<DeviceMap> {
    let profile = hw_profiles::builtin("open-stage-controller").expect("it ships");
    Arc::new(DeviceMap::new(profile))
}

/// The first request of the poll that the daemon makes most often.
fn request(map: &DeviceMap) -> Request {
    map.polls()[0].requests[0].clone()
}

/// A device that answers whoever connects.
async fn serve(map: Arc<DeviceMap>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, RegisterBank::new(map.clone())));
        }
    });
    address
}

async fn answer(mut stream: TcpStream, mut bank: RegisterBank) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(2 * frame::FRAME_MAX);
    loop {
        match frame::decode(&buffer) {
            Decoded::Frame(incoming, used) => {
                buffer.drain(..used);
                let reply = incoming.request.clone().and_then(|request| bank.handle(&request));
                if stream.write_all(&frame::encode(&incoming, &reply)).await.is_err() {
                    return;
                }
            }
            Decoded::Incomplete => {
                if !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
                    return;
                }
            }
            Decoded::Broken(_) => return,
        }
    }
}

/// Lines of the daemon that are connected.
struct Lines {
    orders: Vec<mpsc::Sender<Order>>,
    answers: mpsc::Receiver<Answer>,
    request: Request,
}

impl Lines {
    async fn connect(to: &[SocketAddr], request: Request) -> Self {
        let (sender, mut answers) = mpsc::channel(to.len().max(1));
        let mut orders = Vec::new();
        for (index, address) in to.iter().enumerate() {
            let line = modbus::spawn(Port::Tcp(address.to_string()), sender.clone());
            let line = line.expect("a line");
            let order = Order::Connect(name(index), TIMEOUT);
            line.send(order).await.expect("the line lives");
            let (_, outcome) = answers.recv().await.expect("an answer");
            assert_eq!(outcome, Outcome::Up, "line {index}");
            orders.push(line);
        }
        Self { orders, answers, request }
    }

    /// Keeps one request in flight on every line until so many have been answered.
    async fn round_trips(&mut self, count: u64) {
        let lines = self.orders.len();
        let (mut sent, mut answered) = (0, 0);
        for index in 0..lines.min(usize::try_from(count).unwrap_or(usize::MAX)) {
            self.send(index).await;
            sent += 1;
        }
        while answered < count {
            let (address, outcome) = self.answers.recv().await.expect("an answer");
            let Outcome::Reply { result: Ok(_), .. } = outcome else {
                panic!("{outcome:?}");
            };
            answered += 1;
            if sent < count {
                sent += 1;
                self.send(address.line.index()).await;
            }
        }
    }

    async fn send(&self, index: usize) {
        let (address, request) = (name(index), self.request.clone());
        let order = Order::Send { address, token: 1, unit: 1, request, timeout: TIMEOUT };
        self.orders[index].send(order).await.expect("the line lives");
    }
}

fn name(index: usize) -> Address {
    Address { line: LineId::from_index(index), epoch: 1 }
}

/// Asks the system for so many open files; says what to do where it does not give them.
fn files(needed: usize) -> bool {
    let limit = || {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let line = limits.lines().find(|line| line.starts_with("Max open files"));
        line.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok()).unwrap_or(0)
    };
    if limit() >= needed {
        return true;
    }
    let pid = std::process::id().to_string();
    let wanted = format!("--nofile={needed}:");
    let _ = std::process::Command::new("prlimit").args(["--pid", &pid, &wanted]).status();
    if limit() < needed {
        eprintln!("{needed} open files are needed, {} are allowed: raise `ulimit -n`", limit());
    }
    limit() >= needed
}

fn bench(criterion: &mut Criterion, runtime: &Runtime, what: &str, mut lines: Lines) {
    let mut group = criterion.benchmark_group("modbus round trip");
    group.throughput(Throughput::Elements(1)).sample_size(20);
    group.bench_function(what, |bencher| {
        bencher.iter_custom(|count| {
            let began = Instant::now();
            runtime.block_on(lines.round_trips(count));
            began.elapsed()
        });
    });
    group.finish();
}

fn device(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let map = map();
    for connections in [1, 1_000] {
        if !files(2 * connections + FILES_SPARE) {
            continue;
        }
        let lines = runtime.block_on(async {
            let address = serve(map.clone()).await;
            Lines::connect(&vec![address; connections], request(&map)).await
        });
        bench(criterion, &runtime, &format!("{connections} connections"), lines);
    }
}

fn street(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let (mut site, demand) = scenario::generate::district(1, 4, 3);
    for line in &mut site.lines {
        line.transport = Transport::Tcp { address: "127.0.0.1:0".to_owned() };
    }
    let config = ServeConfig {
        site: Arc::new(site),
        demand,
        speed: SPEED,
        seed: 1,
        duration: None,
        injections: Vec::new(),
    };
    let shutdown = CancellationToken::new();
    let (addresses, end) = runtime.block_on(async {
        let server = Server::bind(config).await.expect("ports of this machine");
        let addresses = server.addresses().expect("addresses");
        let end = tokio::spawn(server.run(shutdown.clone(), None, |_| {}));
        (addresses, end)
    });
    for connections in [1, addresses.len()] {
        let lines = runtime.block_on(Lines::connect(&addresses[..connections], request(&map())));
        let what = format!("{connections} connections to a served street of 12 junctions");
        bench(criterion, &runtime, &what, lines);
    }
    shutdown.cancel();
    runtime.block_on(end).expect("no panic").expect("a summary");
}

criterion_group!(benches, device, street);
criterion_main!(benches);
