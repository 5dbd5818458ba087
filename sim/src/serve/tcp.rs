//! One line's listener, and the connections that it takes.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use field::frame::{self, Decoded, FRAME_MAX, Incoming};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use units::{LineId, Millis};

use super::clock::real;
use super::owner::Message;
use crate::link;

/// Connections that one line takes at once; embedded gateways are known for few.
const CONNECTIONS_MAX: usize = 8;
/// Real time after which a silent connection is closed.
const IDLE: Duration = Duration::from_secs(60);
/// Real time before the next try where the system cannot accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One line on the network.
pub(super) struct Line {
    pub(super) line: LineId,
    pub(super) speed: f64,
    /// Bounded by what sends into it: each connection waits for its answer.
    pub(super) street: Sender<Message>,
}

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
            if let Err(error) = line.converse(stream).await {
                tracing::debug!(line = line.line.0, %error, "connection ended");
            }
            drop(place);
        });
    }
}

impl Line {
    async fn converse(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let (open, is_open) = oneshot::channel();
        let line = self.line;
        if self.street.send(Message::Knock { line, open }).is_err() {
            return Ok(());
        }
        if !is_open.await.unwrap_or(false) {
            return Ok(());
        }
        let mut buffer = Vec::with_capacity(2 * FRAME_MAX);
        loop {
            match frame::decode(&buffer) {
                Decoded::Frame(incoming, used) => {
                    buffer.drain(..used);
                    if !self.serve(&mut stream, &incoming).await? {
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

    /// Answers one request; false where the connection is cut.
    async fn serve(&self, stream: &mut TcpStream, incoming: &Incoming) -> std::io::Result<bool> {
        let request = match &incoming.request {
            Ok(request) => request.clone(),
            Err(exception) => {
                let frame = frame::encode(incoming, &Err(*exception));
                stream.write_all(&frame).await?;
                return Ok(true);
            }
        };
        let (answer, given) = oneshot::channel();
        let message = Message::Request { line: self.line, unit: incoming.unit, request, answer };
        if self.street.send(message).is_err() {
            return Ok(false);
        }
        let Ok((answer, late)) = given.await else {
            return Ok(false);
        };
        // Even a sleep of nothing waits for the timer's next millisecond.
        if late > Millis::ZERO {
            tokio::time::sleep(real(late, self.speed)).await;
        }
        match link::carry(incoming, answer) {
            link::Carried::Frame(frame) => stream.write_all(&frame).await.map(|()| true),
            link::Carried::Nothing => Ok(true),
            link::Carried::Cut => Ok(false),
        }
    }
}
