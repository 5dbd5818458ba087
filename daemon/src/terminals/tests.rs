//! Terminals over real sockets of this machine.

use super::*;
use crate::clock::Clock;
use crate::store::{Memory, start};
use units::WallTime;

const REGISTER: &str = "7E0100002D000123456789000A002800323132333400736D616C6C6368693132330000000000000000004348493132330001D4C14131323334358A7E";
const LOCATION: &str = "7E0200002611223344556622B8000000010000000200BA7F0E07E4F11C0028003C000018071510101001040000006402020037577E";

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The frame that shows a code.
fn shows(phone: &str, code: &str) -> Vec<u8> {
    let phone = Phone::parse(phone).unwrap();
    let frame = jt808::Frame {
        id: 0x0102,
        format: jt808::Format::Y2013,
        phone,
        serial: 7,
        encrypted: false,
        part: None,
        body: code.as_bytes().to_vec(),
    };
    frame.encode()
}

struct Street {
    address: SocketAddr,
    reports: mpsc::Receiver<Reported>,
    allowed: watch::Sender<Arc<Allowed>>,
    store: Store,
    shutdown: CancellationToken,
}

async fn street() -> Street {
    let row = |phone: &str, vehicle: &str| scenario::TerminalSite {
        phone: phone.to_owned(),
        vehicle: vehicle.to_owned(),
        code: "456121111".to_owned(),
        plate: None,
    };
    let site = TerminalsSite {
        listen: "127.0.0.1:0".to_owned(),
        networks: Vec::new(),
        allowed: vec![row("000123456789", "AMB-1"), row("112233445566", "AMB-2")],
    };
    let listener = listen(&site).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (allowed, who_may) = watch::channel(Arc::new(Allowed::of(Some(&site))));
    let (sender, reports) = mpsc::channel(REPORTS_MAX);
    let (store, _) = start(Box::new(Memory::default()), WallTime(0)).unwrap();
    let shutdown = CancellationToken::new();
    let ends = Ends {
        allowed: who_may,
        reports: sender,
        store: store.clone(),
        clock: Clock::start(1.0, "UTC"),
        shutdown: shutdown.clone(),
    };
    tokio::spawn(serve(listener, ends));
    Street { address, reports, allowed, store, shutdown }
}

/// Reads one frame's bytes.
async fn answer(stream: &mut TcpStream) -> String {
    let mut found = Vec::new();
    loop {
        let byte = stream.read_u8().await.unwrap();
        found.push(byte);
        if byte == 0x7e && found.len() > 1 {
            return hex(&found);
        }
    }
}

#[tokio::test]
async fn a_terminal_registers_signs_in_and_its_places_arrive_however_they_are_cut() {
    let mut street = street().await;
    let mut stream = TcpStream::connect(street.address).await.unwrap();
    let register = bytes(REGISTER);
    for piece in register.chunks(9) {
        stream.write_all(piece).await.unwrap();
    }
    let told = answer(&mut stream).await;
    assert!(told.starts_with("7e8100000c0001234567890000000a00343536313231313131"), "{told}");
    let mut other = TcpStream::connect(street.address).await.unwrap();
    other.write_all(&shows("112233445566", "456121111")).await.unwrap();
    answer(&mut other).await;
    other.write_all(&bytes(LOCATION)).await.unwrap();
    assert_eq!(answer(&mut other).await, "7e80010005112233445566000122b80200006a7e");
    let reported = street.reports.recv().await.unwrap();
    assert_eq!((reported.vehicle.as_str(), reported.places.len()), ("AMB-2", 1));
    assert_eq!(reported.places[0].latitude, 12.222_222);
}

#[tokio::test]
async fn a_wrong_checksum_gets_silence_and_a_stranger_is_hung_up_on() {
    let mut street = street().await;
    let mut stream = TcpStream::connect(street.address).await.unwrap();
    let wrong = LOCATION.replace("577E", "567E");
    stream.write_all(&bytes(&wrong)).await.unwrap();
    // The first answer is the one to what follows.
    stream.write_all(&shows("112233445566", "guessed")).await.unwrap();
    let told = answer(&mut stream).await;
    assert!(told.contains("0007010201"), "refused: {told}");
    for _ in 0..4 {
        stream.write_all(&bytes(LOCATION)).await.unwrap();
        let told = answer(&mut stream).await;
        assert!(told.ends_with("01697e") || told.contains("22b8020001"), "{told}");
    }
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0, "the line is closed");
    assert!(street.reports.try_recv().is_err());
    // It stands in the log, and the code that was guessed does not.
    while street.store.last() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let page = street.store.read(0, 100).await.unwrap();
    let texts: Vec<_> = page.records.iter().map(|record| &record.text).collect();
    assert!(page.records.iter().any(|record| record.kind == "terminal"), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains("guessed")), "{texts:?}");
}

#[tokio::test]
async fn whom_a_reload_strikes_off_is_heard_no_more() {
    let mut street = street().await;
    let mut stream = TcpStream::connect(street.address).await.unwrap();
    stream.write_all(&shows("112233445566", "456121111")).await.unwrap();
    answer(&mut stream).await;
    street.allowed.send_replace(Arc::new(Allowed::default()));
    stream.write_all(&bytes(LOCATION)).await.unwrap();
    let told = answer(&mut stream).await;
    assert!(told.contains("22b8020001"), "{told}");
    assert!(street.reports.try_recv().is_err());
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let street = street().await;
    let mut stream = TcpStream::connect(street.address).await.unwrap();
    let flood = vec![0x55; 4 * BYTES_AT_ONCE as usize];
    // The other side hangs up while it is still sent.
    let _ = stream.write_all(&flood).await;
    let mut end = [0; 1];
    assert!(matches!(stream.read(&mut end).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn others_than_those_of_named_networks_are_not_let_in() {
    let own: IpAddr = "127.0.0.1".parse().unwrap();
    let far: IpAddr = "10.20.3.4".parse().unwrap();
    let mut allowed = Allowed::default();
    assert!(allowed.may_connect(own) && !allowed.may_connect(far));
    allowed.networks = vec![IpNetwork::parse("10.20.0.0/16").unwrap()];
    assert!(allowed.may_connect(far) && allowed.may_connect("::ffff:10.20.0.1".parse().unwrap()));
    assert!(!allowed.may_connect("10.21.0.1".parse().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn who_shows_no_code_in_time_and_a_daemon_that_stops_close_the_line() {
    let street = street().await;
    let mut silent = TcpStream::connect(street.address).await.unwrap();
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap_or(0), 0, "after {SIGN_IN:?}");
    let mut open = TcpStream::connect(street.address).await.unwrap();
    street.shutdown.cancel();
    assert_eq!(open.read(&mut [0; 8]).await.unwrap_or(0), 0);
}
