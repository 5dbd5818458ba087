//! Notices to made-up receivers on this machine.

use std::sync::{Arc, Mutex};

use super::*;
use crate::store::{Memory, start};
use tokio::net::TcpListener;
use units::WallTime;

/// What came, and what is answered: each in its turn, the last again and again.
struct Receiver {
    url: HttpUrl,
    came: Arc<Mutex<Vec<String>>>,
}

async fn receiver(answers: &'static [&'static str]) -> Receiver {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let came: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = came.clone();
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            let mut bytes = [0; 4_096];
            while !text.contains("\r\n\r\n") || !text.ends_with('}') {
                let count = stream.read(&mut bytes).await.unwrap();
                text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
            kept.lock().unwrap().push(text);
            let answer = answers[turn.min(answers.len() - 1)];
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let url = HttpUrl { host: "127.0.0.1".to_owned(), port, path: "/hook?a=1".to_owned() };
    Receiver { url, came }
}

fn desk() -> (Notices, Store) {
    let (store, _) = start(Box::new(Memory::default()), WallTime(0)).unwrap();
    (Notices::new(store.clone(), Clock::start(1.0, "UTC")), store)
}

fn notice(url: &HttpUrl, number: u32) -> Notice {
    let secret = Some("known to both".to_owned());
    Notice { url: url.clone(), secret, id: number.to_string(), body: format!("{{\"n\":{number}}}") }
}

/// Waits until something holds, in the time of the runtime.
async fn until(holds: impl AsyncFn() -> bool) {
    while !holds().await {
        sleep(Duration::from_millis(20)).await;
    }
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_notice_arrives_whole_signed_and_in_order() {
    let receiver = receiver(&[OK]).await;
    let (mut desk, _store) = desk();
    for number in 1..=3 {
        desk.tell(notice(&receiver.url, number));
    }
    until(async || receiver.came.lock().unwrap().len() == 3).await;
    let came = receiver.came.lock().unwrap();
    for (text, number) in came.iter().zip(1..) {
        assert!(text.starts_with("POST /hook?a=1 HTTP/1.1\r\nhost: 127.0.0.1:"), "{text}");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, format!("{{\"n\":{number}}}"));
        assert!(head.contains(&format!("content-length: {}", body.len())));
        assert!(head.contains(&format!("idempotency-key: {number}\r\n")));
        let signed = format!("x-greenwave-signature: blake3={}", signature("known to both", body));
        assert!(head.contains(&signed) && signature("another", body) != signature("x", body));
    }
}

#[tokio::test]
async fn who_is_busy_is_told_again_and_who_refuses_is_not() {
    let busy = receiver(&["HTTP/1.1 503 Busy\r\n\r\n", "nonsense\n", OK]).await;
    let refuses = receiver(&["HTTP/1.1 410 Gone\r\n\r\n"]).await;
    let (mut desk, store) = desk();
    desk.tell(notice(&busy.url, 1));
    desk.tell(notice(&refuses.url, 2));
    until(async || busy.came.lock().unwrap().len() == 3).await;
    until(async || store.last() == 1).await;
    assert_eq!(refuses.came.lock().unwrap().len(), 1);
    let page = store.read(0, 10).await.unwrap();
    assert_eq!(page.records[0].kind, "notice-lost");
    assert!(page.records[0].text.contains("410"), "{}", page.records[0].text);
}

#[tokio::test]
async fn who_never_answers_loses_notices_and_never_keeps_anybody_waiting() {
    // Somebody listens and takes nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = HttpUrl { host: "127.0.0.1".to_owned(), port, path: "/".to_owned() };
    let (mut desk, store) = desk();
    // Handed in without a wait: the runtime of this test has no other turn meanwhile.
    for number in 0..QUEUE_MAX as u32 + 44 {
        desk.tell(notice(&url, number));
    }
    until(async || store.last() >= 44).await;
    let page = store.read(0, 1_000).await.unwrap();
    assert!(page.records.iter().all(|record| record.text.contains("as many wait")), "{page:?}");
    assert_eq!(page.records.len(), 44);
}

#[test]
fn only_a_line_of_http_has_a_status() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\n", Some(200)),
        ("HTTP/1.0 503\n", Some(503)),
        ("HTTP/2 200\n", None),
        ("HTTP/1.1 2000 x\n", None),
        ("HTTP/1.1 -20 x\n", None),
        ("", None),
        ("\u{fffd}\n", None),
    ] {
        assert_eq!(status(answer.as_bytes()), expected, "{answer}");
    }
}
