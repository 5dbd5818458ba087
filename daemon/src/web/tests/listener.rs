//! The real listener: connections are bounded, and the end does not wait for who is slow.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Fake;
use crate::web::serve;

async fn served(
    fake: &Fake,
) -> (std::net::SocketAddr, tokio::task::JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(serve(listener, fake.board.clone())))
}

async fn ask(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn the_end_comes_with_streams_open_and_requests_half_sent() {
    let fake = Fake::new();
    let (address, serving) = served(&fake).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = ask(address, "/api/v1/stream").await;
        let mut begun = [0; 15];
        stream.read_exact(&mut begun).await.unwrap();
        assert_eq!(&begun, b"HTTP/1.1 200 OK");
        streams.push(stream);
    }
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"POST /api/v1/reload HTTP/1.1\r\nHost: ").await.unwrap();
    fake.board.shutdown.cancel();
    // It would wait for ever otherwise, and the test with it.
    serving.await.unwrap().unwrap();
    for mut stream in streams {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.ends_with(b"0\r\n\r\n"), "the stream was ended, not cut");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed() {
    let fake = Fake::new();
    let (address, serving) = served(&fake).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /healthz HTTP/1.1\r\nHo").await.unwrap();
    let mut answer = Vec::new();
    // Whatever it is answered or not: the connection ends.
    let _ = silent.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    fake.board.shutdown.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn requests_over_the_wire_know_their_peer_and_keep_their_connection() {
    let fake = Fake::new();
    let (address, serving) = served(&fake).await;
    let mut stream = ask(address, "/healthz").await;
    let expected = b"{\"status\":\"ok\",\"reasons\":[]}";
    for _ in 0..2 {
        let mut answer = Vec::new();
        while !answer.ends_with(expected) {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed early");
        }
        let again = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(again.as_bytes()).await.unwrap();
    }
    fake.board.shutdown.cancel();
    serving.await.unwrap().unwrap();
}
