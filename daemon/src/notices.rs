//! Telling others over HTTP/1.1 what corridors do: the dispatch system (webhook), and whoever waits at the
//! destination (notice). Nobody here waits for them: who does not answer loses notices, never time.
//!
//! ```text
//!   control loop ── told ──▶ one queue an address ─▶ task: POST ──▶ 2xx: done
//!                     │ full: dropped, counted        │ no answer, 5xx, 429 ─▶ waits, tries again
//!                     ▼                               └ 3xx, 4xx, tried out ─▶ dropped, in the log
//!                 never blocks
//! ```
//!
//! There is no TLS here: an address on another machine is reached over a proxy or a tunnel that has it.

use std::collections::BTreeMap;
use std::time::Duration;

use scenario::HttpUrl;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{Record, Store};

/// Notices that wait for one address: some corridors' worth.
const QUEUE_MAX: usize = 256;
/// Addresses that are spoken to: places of a site that want notices, and dispatch.
const ADDRESSES_MAX: usize = 64;
/// One attempt, connection included.
const ATTEMPT_IN: Duration = Duration::from_secs(5);
/// The waits between attempts, real time: after the last one a notice is old news.
const WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];
/// What is read of an answer: its first line says all.
const ANSWER_MAX: usize = 1_024;

/// A notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notice {
    /// Where to.
    pub(crate) url: HttpUrl,
    /// What both know, by which the receiver tells that it is from here.
    pub(crate) secret: Option<String>,
    /// By what the receiver knows one that comes twice.
    pub(crate) id: String,
    /// JSON.
    pub(crate) body: String,
}

/// The desk where notices are handed in. Dropped, it ends what it has begun.
pub(crate) struct Notices {
    queues: BTreeMap<String, mpsc::Sender<Notice>>,
    store: Store,
    clock: Clock,
    end: CancellationToken,
}

impl Notices {
    /// Nobody to tell yet.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { queues: BTreeMap::new(), store, clock, end: CancellationToken::new() }
    }

    /// Hands a notice in; at once, whatever its receiver does. What finds no room is dropped with an event.
    pub(crate) fn tell(&mut self, notice: Notice) {
        let address = notice.url.to_string();
        if !self.queues.contains_key(&address) {
            if self.queues.len() >= ADDRESSES_MAX {
                return lost(&self.store, &self.clock, &notice, "too many addresses are spoken to");
            }
            let (sender, queue) = mpsc::channel(QUEUE_MAX);
            let (store, clock) = (self.store.clone(), self.clock.clone());
            let end = self.end.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = end.cancelled() => {}
                    () = deliver(queue, &store, &clock) => {}
                }
            });
            self.queues.insert(address.clone(), sender);
        }
        let queue = &self.queues[&address];
        if let Err(error) = queue.try_send(notice) {
            let notice = error.into_inner();
            lost(&self.store, &self.clock, &notice, "as many wait for it as may");
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

/// Sends what comes, in its order.
async fn deliver(mut queue: mpsc::Receiver<Notice>, store: &Store, clock: &Clock) {
    while let Some(notice) = queue.recv().await {
        let mut waits = WAITS.iter();
        loop {
            let failed = match timeout(ATTEMPT_IN, post(&notice)).await {
                Ok(Ok(())) => break,
                Ok(Err(failed)) => failed,
                Err(_) => Failed::again(format!("no answer within {ATTEMPT_IN:?}")),
            };
            match waits.next() {
                Some(&wait) if failed.is_worth_another => sleep(wait).await,
                _ => {
                    lost(store, clock, &notice, &failed.why);
                    break;
                }
            }
        }
    }
}

fn lost(store: &Store, clock: &Clock, notice: &Notice, why: &str) {
    let text = format!("{} was not told ({}): {why}", notice.url, notice.id);
    tracing::warn!("{text}");
    store.append(Record::told(clock.wall(clock.now()), "notice-lost", text));
}

/// Why an attempt failed.
struct Failed {
    why: String,
    is_worth_another: bool,
}

impl Failed {
    fn again(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_worth_another: true }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::again(error.to_string())
    }
}

/// One attempt, on a connection of its own.
async fn post(notice: &Notice) -> Result<(), Failed> {
    let url = &notice.url;
    let host = url.host.trim_start_matches('[').trim_end_matches(']');
    let mut stream = TcpStream::connect((host, url.port)).await?;
    stream.write_all(request(notice).as_bytes()).await?;
    let mut answer = Vec::new();
    let mut bytes = [0; ANSWER_MAX];
    while answer.len() < ANSWER_MAX && !answer.contains(&b'\n') {
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            break;
        }
        answer.extend_from_slice(&bytes[..count]);
    }
    match status(&answer) {
        Some(200..=299) => Ok(()),
        Some(status @ (408 | 425 | 429 | 500..=599)) => {
            Err(Failed::again(format!("it answered with {status}")))
        }
        Some(status) => {
            let why = format!("it answered with {status}");
            Err(Failed { why, is_worth_another: false })
        }
        None => Err(Failed::again("it did not answer by HTTP")),
    }
}

/// The request. Addresses were checked when the site was read, so that nothing of them ends a line; the
/// identity is made here.
fn request(notice: &Notice) -> String {
    let Notice { url, secret, id, body } = notice;
    let signature = secret
        .as_ref()
        .map(|secret| format!("x-greenwave-signature: blake3={}\r\n", signature(secret, body)));
    format!(
        "POST {} HTTP/1.1\r\nhost: {}:{}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nidempotency-key: {id}\r\n{}connection: close\r\n\r\n{body}",
        url.path,
        url.host,
        url.port,
        body.len(),
        signature.unwrap_or_default(),
    )
}

/// The keyed hash of a body, under a key that is made of the secret (blake3's derivation of keys).
pub(crate) fn signature(secret: &str, body: &str) -> String {
    let key = blake3::derive_key("greenwave webhook 1", secret.as_bytes());
    blake3::keyed_hash(&key, body.as_bytes()).to_string()
}

/// The status of an answer's first line.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|&byte| byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_ascii_whitespace();
    let version = words.next()?;
    let status = words.next().filter(|status| status.len() == 3)?;
    if version.starts_with("HTTP/1.") { status.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
