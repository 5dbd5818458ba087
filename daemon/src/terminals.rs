//! Where vehicles' terminals connect: JT/T 808 over TCP. It only carries bytes; what they mean and who may
//! speak is decided in `jt808`.
//!
//! ```text
//!   listener ─▶ from a network that is named? ─▶ room? ─▶ one task a connection
//!                    └── no: closed, not a word         │ bytes ─▶ Decoder ─▶ Session ─▶ answer
//!                                                       └── places ─▶ control loop (or dropped)
//! ```
//!
//! Nothing here is trusted to ask for anything: a place moves a corridor only where dispatch has opened
//! one for the vehicle.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jt808::{Decoder, Phone, Place, Session, State, Terminal};
use scenario::{IpNetwork, TerminalsSite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock::runtime;
use crate::store::Store;

mod account;

use account::Account;

/// Connections at a time: a district has some dozens of emergency vehicles.
const CONNECTIONS_MAX: usize = 256;
/// Connections from one address: terminals behind one gateway of a mobile network.
const PER_ADDRESS_MAX: usize = 64;
/// Without a word for so long a terminal is gone: it says each half minute or so that it is there.
const SILENCE: Duration = Duration::from_secs(180);
/// Who has not shown its code by then will not.
const SIGN_IN: Duration = Duration::from_secs(30);
/// An answer that is not taken within this time is not waited for.
const WRITE_IN: Duration = Duration::from_secs(5);
/// Bytes that are read at once.
const READ: usize = 2_048;
/// Bytes a second that a terminal may send in the long run, and at once: a report each second has some
/// 60, a backlog some thousand.
const BYTES_A_SECOND: u32 = 2_048;
const BYTES_AT_ONCE: u32 = 64 * 1_024;
/// Notes of one connection in the log; what comes beyond is counted there by nobody.
const NOTES_MAX: u32 = 32;
/// Places that may wait for the control loop, which takes thousands a second.
const REPORTS_MAX: usize = 1_024;

/// Where a vehicle's terminal says that it is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Reported {
    /// The vehicle, by the site's name.
    pub(crate) vehicle: String,
    /// Where, in the order in which it was said.
    pub(crate) places: Vec<Place>,
}

/// Who may connect, and who may speak; a reload changes it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Allowed {
    networks: Vec<IpNetwork>,
    terminals: BTreeMap<Phone, Terminal>,
}

impl Allowed {
    /// By the site file; nobody where it says nothing.
    pub(crate) fn of(site: Option<&TerminalsSite>) -> Self {
        let Some(site) = site else { return Self::default() };
        let terminal = |row: &scenario::TerminalSite| {
            let (vehicle, code, plate) = (row.vehicle.clone(), row.code.clone(), row.plate.clone());
            Some((Phone::parse(&row.phone)?, Terminal { vehicle, code, plate }))
        };
        let terminals = site.allowed.iter().filter_map(terminal).collect();
        Self { networks: site.networks.clone(), terminals }
    }

    /// This machine always may; others where a network of theirs is named.
    fn may_connect(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.networks.iter().any(|network| network.contains(address))
    }
}

/// What the listener shares with the daemon.
#[derive(Clone)]
struct Ends {
    allowed: watch::Receiver<Arc<Allowed>>,
    reports: mpsc::Sender<Reported>,
    store: Store,
    clock: crate::clock::Clock,
    shutdown: CancellationToken,
}

/// What the control loop has of the terminals.
pub(crate) struct Told {
    /// Where vehicles say that they are.
    pub(crate) reports: mpsc::Receiver<Reported>,
    /// Who may say so: a reload changes it.
    pub(crate) allowed: watch::Sender<Arc<Allowed>>,
    /// Keeps the channel of reports open where nothing listens.
    _open: mpsc::Sender<Reported>,
}

/// Listens where the site says, if it does, and serves until `shutdown`.
///
/// # Errors
/// Where the address is none, or is in use.
pub(crate) async fn start(
    site: &scenario::Site,
    (store, clock): (&Store, &crate::clock::Clock),
    shutdown: &CancellationToken,
) -> anyhow::Result<Told> {
    let site = site.dispatch.terminals.as_ref();
    let (allow, allowed) = watch::channel(Arc::new(Allowed::of(site)));
    let (sender, reports) = mpsc::channel(REPORTS_MAX);
    if let Some(site) = site {
        let listener = listen(site).await?;
        tracing::info!("terminals connect to {}", listener.local_addr()?);
        let (store, clock, shutdown) = (store.clone(), clock.clone(), shutdown.clone());
        let ends = Ends { allowed, reports: sender.clone(), store, clock, shutdown };
        tokio::spawn(serve(listener, ends));
    }
    Ok(Told { reports, allowed: allow, _open: sender })
}

async fn listen(site: &TerminalsSite) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(&site.listen).await;
    listener.with_context(|| format!("dispatch.listen: cannot listen on {}", site.listen))
}

/// Serves until the shutdown.
async fn serve(listener: TcpListener, ends: Ends) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let account = Arc::new(Account::default());
    loop {
        let accepted = tokio::select! {
            () = ends.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, from)) = accepted else {
            // Descriptors may have run out; they come back.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let is_let = ends.allowed.borrow().may_connect(from.ip());
        let (Ok(place), true) = (room.clone().try_acquire_owned(), is_let) else { continue };
        let Some(seat) = Account::enter(&account, from.ip(), PER_ADDRESS_MAX) else { continue };
        let ends = ends.clone();
        tokio::spawn(async move {
            let shutdown = ends.shutdown.clone();
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = Connection::new(stream, from, ends).run() => {}
            }
            drop((place, seat));
        });
    }
}

struct Connection {
    stream: TcpStream,
    from: SocketAddr,
    ends: Ends,
    decoder: Decoder,
    session: Session,
    notes: u32,
    /// Bytes that it may send at once, as of a moment.
    credit: (f64, Instant),
}

impl Connection {
    fn new(stream: TcpStream, from: SocketAddr, ends: Ends) -> Self {
        // An answer is small and waited for.
        let _ = stream.set_nodelay(true);
        let credit = (f64::from(BYTES_AT_ONCE), runtime());
        let (decoder, session) = (Decoder::default(), Session::default());
        Self { stream, from, ends, decoder, session, notes: 0, credit }
    }

    async fn run(mut self) {
        let mut bytes = [0; READ];
        let sign_in = runtime() + SIGN_IN;
        loop {
            let until = match self.session.state() {
                State::Authenticated => runtime() + SILENCE,
                _ => sign_in,
            };
            let read = tokio::select! {
                read = self.stream.read(&mut bytes) => read,
                () = sleep_until(until) => return self.note("it was silent, or showed no code in time"),
            };
            let Ok(count @ 1..) = read else { return };
            if !self.may_send(count) {
                return self.note("it sends more than a terminal has to say");
            }
            if self.take(&bytes[..count]).await.is_none() {
                return;
            }
        }
    }

    /// Takes bytes, and answers; nothing where the connection is over.
    async fn take(&mut self, bytes: &[u8]) -> Option<()> {
        // What is no frame gets no answer: a wrong checksum least of all.
        for frame in self.decoder.push(bytes).into_iter().flatten() {
            let allowed = self.ends.allowed.borrow().clone();
            let heard = self.session.handle(&frame, &allowed.terminals);
            if let Some(note) = &heard.note {
                self.note(note);
            }
            if let (Some(vehicle), false) = (heard.vehicle, heard.places.is_empty()) {
                // A place that finds no room is made up for by the next, a second later.
                let _ = self.ends.reports.try_send(Reported { vehicle, places: heard.places });
            }
            if !heard.answer.is_empty() {
                let written = timeout(WRITE_IN, self.stream.write_all(&heard.answer)).await;
                written.ok()?.ok()?;
            }
            if heard.close {
                self.note("it was refused again and again, and is hung up on");
                return None;
            }
        }
        Some(())
    }

    fn may_send(&mut self, count: usize) -> bool {
        let (left, since) = self.credit;
        let earned = since.elapsed().as_secs_f64() * f64::from(BYTES_A_SECOND);
        let left = (left + earned).min(f64::from(BYTES_AT_ONCE)) - count as f64;
        self.credit = (left, runtime());
        left >= 0.0
    }

    fn note(&mut self, what: &str) {
        self.notes += 1;
        if self.notes > NOTES_MAX {
            return;
        }
        let text = format!("terminal at {}: {what}", self.from.ip());
        tracing::info!("{text}");
        let clock = &self.ends.clock;
        let at = clock.wall(clock.now());
        self.ends.store.append(crate::store::Record::told(at, "terminal", text));
    }
}

#[cfg(test)]
mod tests;
