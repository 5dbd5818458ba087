//! A line's listener, and the connections that it takes.

use std::sync::Arc;
use std::time::Duration;

use field::frame::rtu::Framer;
use field::frame::{self, Decoded, FRAME_MAX, Incoming};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::line::Line;
use crate::link::{Carried, Framing};

/// Connections that one line takes at once; embedded gateways are known for few.
const CONNECTIONS_MAX: usize = 8;
/// Real time after which a silent connection is closed.
const IDLE: Duration = Duration::from_secs(60);
/// Real time before the next try where the system cannot accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Real time of silence after which serial bytes that are no frame are forgotten. TCP does not keep
/// the silences of a wire, so that a frame is taken as soon as it is whole.
const FORGET: Duration = Duration::from_millis(200);

/// Takes connections until it is dropped; they end with it.
pub(super) async fn listen(line: Line, listener: TcpListener) {
    let line = Arc::new(line);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(line = line.line.0, "connection refused: too many");
            continue;
        };
        let line = line.clone();
        connections.spawn(async move {
            if let Err(error) = converse(&line, stream).await {
                tracing::debug!(line = line.line.0, %error, "connection ended");
            }
            drop(place);
        });
    }
}

async fn converse(line: &Line, stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    if !line.knock().await {
        return Ok(());
    }
    match line.framing {
        Framing::Tcp => by_length(line, stream).await,
        Framing::Rtu => by_whole(line, stream).await,
    }
}

async fn by_length(line: &Line, mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(2 * FRAME_MAX);
    loop {
        match frame::decode(&buffer) {
            Decoded::Frame(incoming, used) => {
                buffer.drain(..used);
                if !serve(line, &mut stream, &incoming).await? {
                    return Ok(());
                }
            }
            Decoded::Broken(why) => return Err(std::io::Error::other(why)),
            Decoded::Incomplete => {
                let read = stream.read_buf(&mut buffer);
                match tokio::time::timeout(IDLE, read).await {
                    Ok(Ok(0)) | Err(_) => return Ok(()),
                    Ok(read) => read?,
                };
            }
        }
    }
}

async fn by_whole(line: &Line, mut stream: TcpStream) -> std::io::Result<()> {
    let mut framer = Framer::default();
    let mut bytes = [0; FRAME_MAX];
    loop {
        let patience = if framer.is_waiting() { FORGET } else { IDLE };
        match tokio::time::timeout(patience, stream.read(&mut bytes)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(read) => framer.push(&bytes[..read?]),
            Err(_) if framer.is_waiting() => {
                if let Some(Ok(incoming)) = framer.silence()
                    && !serve(line, &mut stream, &incoming).await?
                {
                    return Ok(());
                }
                continue;
            }
            Err(_) => return Ok(()),
        }
        if framer.is_whole()
            && let Some(Ok(incoming)) = framer.silence()
            && !serve(line, &mut stream, &incoming).await?
        {
            return Ok(());
        }
    }
}

/// Answers one request; false where the connection is cut.
async fn serve(line: &Line, stream: &mut TcpStream, incoming: &Incoming) -> std::io::Result<bool> {
    match line.answer(incoming).await {
        Carried::Frame(frame) => stream.write_all(&frame).await.map(|()| true),
        Carried::Nothing => Ok(true),
        Carried::Cut => Ok(false),
    }
}
