//! The lines against devices that speak through `field`: the library on one side, our own codec on the
//! other, over TCP, serial frames on TCP, and a pseudo-terminal.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use daemon::modbus::{self, Address, Answer, Order, Outcome, Port, SerialPort};
use field::bank::RegisterBank;
use field::frame::rtu::{self, Framer};
use field::frame::{self, Decoded};
use field::{DeviceMap, ExceptionCode, Failure, Reply, Request};
use hw_profiles::Point;
use scenario::Parity;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_serial::{SerialPort as _, SerialStream};
use units::LineId;

const ADDRESS: Address = Address { line: LineId(0), epoch: 1 };
/// Long enough for a busy machine: no test waits for it but those of a time-out.
const LONG: Duration = Duration::from_secs(20);
const QUIET: Duration = Duration::from_millis(20);

type Bank = Arc<Mutex<RegisterBank>>;

fn bank(profile: &str) -> Bank {
    let map = DeviceMap::new(hw_profiles::builtin(profile).expect("it ships"));
    let mut bank = RegisterBank::new(Arc::new(map));
    for index in 0..16 {
        bank.set(Point::Input, index, i64::from(index % 3 == 0));
        bank.set(Point::InputCount, index, 70_000 + i64::from(index));
    }
    Arc::new(Mutex::new(bank))
}

/// A way to a device: what each request that reaches it is answered with, in bytes.
type Answers = Box<dyn FnMut(&frame::Incoming) -> Vec<Vec<u8>> + Send>;

fn sound(bank: &Bank, encode: Encode) -> Answers {
    let bank = bank.clone();
    Box::new(move |incoming| {
        let request = incoming.request.clone();
        let reply = request.and_then(|request| bank.lock().expect("sound").handle(&request));
        vec![encode(incoming, &reply)]
    })
}

type Encode = fn(&frame::Incoming, &Result<Reply, ExceptionCode>) -> Vec<u8>;

async fn serve_tcp(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut answers: Answers) {
    let mut buffer = Vec::new();
    loop {
        match frame::decode(&buffer) {
            Decoded::Frame(incoming, used) => {
                buffer.drain(..used);
                for bytes in answers(&incoming) {
                    stream.write_all(&bytes).await.expect("written");
                }
            }
            Decoded::Broken(why) => panic!("{why}"),
            Decoded::Incomplete => match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            },
        }
    }
}

async fn serve_rtu(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answers: &mut Answers) {
    let mut framer = Framer::default();
    let mut bytes = [0; 300];
    loop {
        match stream.read(&mut bytes).await {
            Ok(read) if read > 0 => framer.push(&bytes[..read]),
            _ => return,
        }
        if framer.is_whole()
            && let Some(Ok(incoming)) = framer.silence()
        {
            for bytes in answers(&incoming) {
                stream.write_all(&bytes).await.expect("written");
            }
        }
    }
}

/// A device behind each kind of port.
async fn device(kind: &str, bank: &Bank) -> Port {
    match kind {
        "tcp" | "rtu over tcp" => {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("it has one").to_string();
            let (bank, is_tcp) = (bank.clone(), kind == "tcp");
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    if is_tcp {
                        serve_tcp(stream, sound(&bank, frame::encode)).await;
                    } else {
                        serve_rtu(&mut stream, &mut sound(&bank, rtu::encode)).await;
                    }
                }
            });
            if is_tcp { Port::Tcp(address) } else { Port::RtuOverTcp { address, quiet: QUIET } }
        }
        _ => {
            let (near, path, far) = terminal();
            serve_terminal(near, far, sound(bank, rtu::encode));
            serial(path)
        }
    }
}

/// A near end, the path of the far end, and the far end: while that is kept, the near end is not hung
/// up between two who open it.
fn terminal() -> (SerialStream, String, SerialStream) {
    let (near, far) = SerialStream::pair().expect("a pseudo-terminal");
    let path = far.name().expect("it has one");
    (near, path, far)
}

/// Bytes that nobody asked for, as long as somebody has the line open.
async fn babble(mut near: SerialStream) {
    loop {
        let _ = near.write_all(&[0x55; 16]).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn serve_terminal(mut near: SerialStream, far: SerialStream, mut answers: Answers) {
    tokio::spawn(async move {
        serve_rtu(&mut near, &mut answers).await;
        drop(far);
    });
}

fn serial(path: String) -> Port {
    let parity = Parity::None;
    Port::Serial(SerialPort { path, baud: 115_200, parity, stop_bits: 1, quiet: QUIET })
}

struct Line {
    orders: mpsc::Sender<Order>,
    answers: mpsc::Receiver<Answer>,
    tokens: u64,
}

impl Line {
    fn new(port: Port) -> Self {
        let (sender, answers) = mpsc::channel(16);
        let orders = modbus::spawn(port, sender).expect("started");
        Self { orders, answers, tokens: 0 }
    }

    async fn next(&mut self) -> Outcome {
        let (address, outcome) = self.answers.recv().await.expect("it lives");
        assert_eq!(address, ADDRESS);
        outcome
    }

    async fn connect(&mut self) -> Outcome {
        self.orders.send(Order::Connect(ADDRESS, LONG)).await.expect("taken");
        self.next().await
    }

    async fn ask(&mut self, request: &Request, timeout: Duration) -> Result<Reply, Failure> {
        self.tokens += 1;
        let (token, request) = (self.tokens, request.clone());
        let send = Order::Send { address: ADDRESS, token, unit: 1, request, timeout };
        self.orders.send(send).await.expect("taken");
        match self.next().await {
            Outcome::Reply { token, result } if token == self.tokens => result,
            other => panic!("{other:?}"),
        }
    }
}

fn requests() -> Vec<Request> {
    vec![
        Request::ReadCoils { address: 0, count: 16 },
        Request::ReadCoils { address: 3, count: 5 },
        Request::ReadDiscrete { address: 0, count: 16 },
        Request::ReadDiscrete { address: 7, count: 9 },
        Request::ReadDiscrete { address: 0, count: 1 },
        Request::ReadInput { address: 16, count: 32 },
        Request::ReadHolding { address: 0, count: 2 },
        Request::WriteCoil { address: 3, value: true },
        Request::WriteCoil { address: 3, value: false },
        Request::WriteCoils { address: 0, values: (0..16).map(|at| at % 2 == 0).collect() },
        Request::WriteCoils { address: 5, values: vec![true; 3] },
        Request::ReadCoils { address: 0, count: 16 },
        Request::ReadInput { address: 48, count: 1 },
        Request::ReadCoils { address: 9, count: 8 },
        Request::WriteCoil { address: 16, value: true },
        Request::WriteRegister { address: 0, value: 1 },
        Request::WriteRegisters { address: 0, values: vec![1, 2] },
        Request::ReadHolding { address: 0, count: 0 },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_and_our_own_codec_agree_on_every_function_and_every_way() {
    for kind in ["tcp", "rtu over tcp", "serial"] {
        let (there, here) = (bank("remote-io"), bank("remote-io"));
        let mut line = Line::new(device(kind, &there).await);
        assert_eq!(line.connect().await, Outcome::Up, "{kind}");
        for request in requests() {
            let expected = here.lock().expect("sound").handle(&request);
            let got = line.ask(&request, LONG).await;
            assert_eq!(got, expected.map_err(Failure::Exception), "{kind}: {request:?}");
        }
        let there = there.lock().expect("sound").bits(Point::Output);
        assert_eq!(there, here.lock().expect("sound").bits(Point::Output), "{kind}");
        // What is connected already stays so; after a disconnect nothing can be asked.
        assert_eq!(line.connect().await, Outcome::Up, "{kind}");
        line.orders.send(Order::Disconnect).await.expect("taken");
        let asked = line.ask(&requests()[0], LONG).await;
        assert!(matches!(asked, Err(Failure::Disconnected(_))), "{kind}: {asked:?}");
        assert_eq!(line.connect().await, Outcome::Up, "{kind}");
        assert!(line.ask(&requests()[0], LONG).await.is_ok(), "{kind}");
    }
}

/// The first request is not answered.
fn lagging(bank: &Bank) -> Answers {
    let mut sound = sound(bank, rtu::encode);
    let mut first = true;
    Box::new(move |incoming| if std::mem::take(&mut first) { Vec::new() } else { sound(incoming) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_on_a_serial_line_is_never_taken_for_the_next() {
    let bank = bank("remote-io");
    let (mut near, path, far) = terminal();
    let (late, mut is_late) = mpsc::channel::<tokio::sync::oneshot::Sender<()>>(1);
    let mut answers = lagging(&bank);
    let of_bank = bank.clone();
    tokio::spawn(async move {
        let mut framer = Framer::default();
        let mut bytes = [0; 300];
        loop {
            tokio::select! {
                read = near.read(&mut bytes) => match read {
                    Ok(read) => framer.push(&bytes[..read]),
                    Err(error) => panic!("{error}"),
                },
                Some(done) = is_late.recv() => {
                    // Word 16, which nobody waits for any more: the same unit, function and length.
                    let request = Request::ReadInput { address: 16, count: 1 };
                    let reply = of_bank.lock().expect("sound").handle(&request);
                    let incoming = frame::Incoming {
                        transaction: 0, unit: 1, function: 4, request: Ok(request),
                    };
                    near.write_all(&rtu::encode(&incoming, &reply)).await.expect("written");
                    done.send(()).expect("waited for");
                }
            }
            if framer.is_whole()
                && let Some(Ok(incoming)) = framer.silence()
            {
                for bytes in answers(&incoming) {
                    near.write_all(&bytes).await.expect("written");
                }
            }
        }
    });
    let mut line = Line::new(serial(path));
    assert_eq!(line.connect().await, Outcome::Up);
    let (first, second) = (
        Request::ReadInput { address: 16, count: 1 },
        Request::ReadInput { address: 17, count: 1 },
    );
    let asked = line.ask(&first, Duration::from_millis(50)).await;
    assert_eq!(asked, Err(Failure::Timeout));
    let asked = line.ask(&second, LONG).await;
    assert!(matches!(asked, Err(Failure::Disconnected(_))), "it is in quarantine: {asked:?}");
    assert_eq!(line.connect().await, Outcome::Up);
    // It comes after the quarantine even; nothing was asked for since.
    let (done, is_done) = tokio::sync::oneshot::channel();
    late.send(done).await.expect("taken");
    is_done.await.expect("written");
    // The terminal hands it on in its own time.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let expected = bank.lock().expect("sound").handle(&second).map_err(Failure::Exception);
    assert_eq!(line.ask(&second, LONG).await, expected);
    assert_eq!(expected, Ok(Reply::Input(vec![4_464])));
    drop(far);
}

/// Bytes that are not what was asked for.
type Wrong = fn(&frame::Incoming) -> Vec<u8>;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_answer_ends_the_connection() {
    let answers: [(&str, Wrong); 4] = [
        ("another unit", |incoming| {
            let other = frame::Incoming { unit: 9, ..incoming.clone() };
            frame::encode(&other, &Ok(Reply::Input(vec![1])))
        }),
        ("another transaction", |incoming| {
            let other = frame::Incoming { transaction: 999, ..incoming.clone() };
            frame::encode(&other, &Ok(Reply::Input(vec![1])))
        }),
        ("too many", |incoming| frame::encode(incoming, &Ok(Reply::Input(vec![1, 2])))),
        ("another protocol", |incoming| {
            let mut bytes = frame::encode(incoming, &Ok(Reply::Input(vec![1])));
            bytes[2] = 0x55;
            bytes
        }),
    ];
    for (name, answer) in answers {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = Port::Tcp(listener.local_addr().expect("it has one").to_string());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve_tcp(stream, Box::new(move |incoming| vec![answer(incoming)])).await;
            }
        });
        let mut line = Line::new(port);
        assert_eq!(line.connect().await, Outcome::Up);
        let request = Request::ReadInput { address: 0, count: 1 };
        let failure = line.ask(&request, LONG).await.expect_err(name);
        assert!(matches!(failure, Failure::Mismatch(_)), "{name}: {failure}");
        let failure = line.ask(&request, LONG).await.expect_err(name);
        assert!(matches!(failure, Failure::Disconnected(_)), "{name}: {failure}");
        assert_eq!(line.connect().await, Outcome::Up, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_made_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = closed.local_addr().expect("it has one").to_string();
    drop(closed);
    let parity = Parity::Even;
    let nowhere = "/dev/there/is/no/such/line".to_owned();
    for port in [
        Port::Tcp(address.clone()),
        Port::RtuOverTcp { address, quiet: QUIET },
        Port::Serial(SerialPort { path: nowhere, baud: 9_600, parity, stop_bits: 2, quiet: QUIET }),
    ] {
        let mut line = Line::new(port.clone());
        let outcome = line.connect().await;
        assert!(
            matches!(&outcome, Outcome::Down(why) if why.contains("cannot connect")),
            "{port:?}"
        );
        let asked = line.ask(&Request::ReadInput { address: 0, count: 1 }, LONG).await;
        assert!(matches!(asked, Err(Failure::Disconnected(_))), "{port:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_never_quiet_is_not_used() {
    let (near, path, far) = terminal();
    tokio::spawn(babble(near));
    let mut line = Line::new(serial(path));
    let outcome = line.connect().await;
    assert!(matches!(&outcome, Outcome::Down(why) if why.contains("never quiet")), "{outcome:?}");
    drop(far);
}

#[test]
fn a_port_is_made_of_the_sites_transport_in_real_time() {
    use scenario::{SerialSite, Transport};
    let half =
        |span: units::Millis| Duration::from_millis(u64::try_from(span.0).expect("positive") / 2);
    let site =
        SerialSite { path: "/dev/x".to_owned(), baud: 9_600, parity: Parity::Odd, stop_bits: 2 };
    let Port::Serial(port) = Port::of(&Transport::Serial(site), half) else {
        panic!("a serial line");
    };
    assert_eq!(
        (port.path.as_str(), port.baud, port.parity, port.stop_bits),
        ("/dev/x", 9_600, Parity::Odd, 2)
    );
    // 256 characters of 12 bits, the silence, and 50 ms for the slowest device.
    assert_eq!(port.quiet, Duration::from_millis(187));
    let address = "10.0.0.1:502".to_owned();
    assert_eq!(
        Port::of(&Transport::Tcp { address: address.clone() }, half),
        Port::Tcp(address.clone())
    );
    let passed = Port::of(&Transport::RtuTcp { address: address.clone() }, half);
    assert_eq!(passed, Port::RtuOverTcp { address, quiet: Duration::from_millis(174) });
}
