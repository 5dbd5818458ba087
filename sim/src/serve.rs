//! The street over the wire: every line of the site on its own loopback port, cabinets behind real
//! register maps, all of it moved by a scaled clock. Whoever connects cannot tell it from a street.
//!
//! ```text
//!   connection ┐
//!   connection ┼── messages ──▶ owner: street, clock ── notices, summary ──▶ caller
//!   commands   ┘      ◀── answers ──┘
//! ```

mod clock;
mod owner;
mod tcp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;

use scenario::{Demand, Site, Transport};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use units::{LineId, Millis};

use crate::fault::Injection;
use crate::report::{Course, StreetSummary};
use crate::street::Street;
use crate::world::WorldSummary;
use owner::{Message, Owner};

/// A street that runs faster than this shows nothing but its own overhead.
const SPEED_MAX: f64 = 1_000.0;

/// How a street is served.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// The site whose lines are served.
    pub site: Arc<Site>,
    /// The traffic.
    pub demand: Demand,
    /// How many times real time, above 0 and up to 1000.
    pub speed: f64,
    /// Goes into the summary.
    pub seed: u64,
    /// Simulated time until it ends; without it, it runs until it is stopped.
    pub duration: Option<Millis>,
    /// What goes wrong.
    pub injections: Vec<Injection>,
}

/// How it goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// Simulated seconds that have passed.
    pub sim_seconds: f64,
    /// How many times real time it runs.
    pub speed_held: f64,
    /// What the world has measured.
    pub world: WorldSummary,
    /// How often the checker saw a rule broken.
    pub violations: u64,
    /// Requests that reached the street.
    pub requests: u64,
}

/// What the street says while it runs.
#[derive(Clone, PartialEq, Debug)]
pub enum Notice {
    /// How it goes, about once a second of real time.
    Progress(Progress),
    /// A command's fault was taken.
    Injected(Injection),
    /// A command was not taken, and why.
    Refused(String),
}

/// Lines that somebody types: `inject FAULT`, `stop`. The street goes on when they end.
pub type Commands = tokio::sync::mpsc::Receiver<String>;

/// A street whose ports are open and whose time has not begun.
pub struct Server {
    config: ServeConfig,
    street: Street,
    listeners: Vec<(LineId, TcpListener)>,
}

impl Server {
    /// Opens the ports. A port 0 is given one by the system: [`Server::addresses`] says which.
    ///
    /// # Errors
    /// Everything that keeps the street from being served: its speed, its profiles, its faults, and
    /// every line that cannot be listened on.
    pub async fn bind(config: ServeConfig) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        if !(config.speed > 0.0 && config.speed <= SPEED_MAX) {
            let speed = config.speed;
            problems.push(format!("a speed of {speed} is not within 0 to {SPEED_MAX}"));
        }
        let street = Street::new(&config.site, &config.demand, config.injections.clone());
        let street = street.map_err(|all| problems.extend(all)).ok();
        let mut listeners = Vec::new();
        for (index, line) in config.site.lines.iter().enumerate() {
            let Transport::Tcp { address } = &line.transport;
            match open(address).await {
                Ok(listener) => listeners.push((LineId::from_index(index), listener)),
                Err(why) => problems.push(format!("line {:?}: {address}: {why}", line.name)),
            }
        }
        match street {
            Some(street) if problems.is_empty() => Ok(Self { config, street, listeners }),
            _ => Err(problems),
        }
    }

    /// Where each line of the site is served, indexed by [`LineId`].
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(|(_, l)| l.local_addr()).collect()
    }

    /// Runs the street until its duration is over, `shutdown` is cancelled, or `stop` is commanded.
    ///
    /// # Errors
    /// Where the street itself failed, which is a mistake of this program.
    pub async fn run(
        self,
        shutdown: CancellationToken,
        commands: Option<Commands>,
        notify: impl FnMut(&Notice) + Send + 'static,
    ) -> anyhow::Result<StreetSummary> {
        let (street, messages) = mpsc::channel();
        let speed = self.config.speed;
        let course = Course { speed, seed: self.config.seed, ..Course::default() };
        // Dropped at the end, and with it every listener and every connection.
        let mut tasks = JoinSet::new();
        for (line, listener) in self.listeners {
            let street = street.clone();
            let line = tcp::Line { line, speed, street };
            tasks.spawn(tcp::listen(line, listener));
        }
        if let Some(commands) = commands {
            tasks.spawn(pass_on(commands, street.clone()));
        }
        tasks.spawn(async move {
            shutdown.cancelled().await;
            let _ = street.send(Message::Stop);
        });
        let duration = self.config.duration;
        let owner = Owner::new(self.street, messages, notify, course, duration);
        Ok(tokio::task::spawn_blocking(|| owner.run()).await?)
    }
}

/// Serves a street from its ports to its summary.
///
/// # Errors
/// What [`Server::bind`] and [`Server::run`] say, one line each.
pub async fn run(
    config: ServeConfig,
    shutdown: CancellationToken,
    commands: Option<Commands>,
    notify: impl FnMut(&Notice) + Send + 'static,
) -> anyhow::Result<StreetSummary> {
    let server = Server::bind(config).await;
    let server = server.map_err(|all| anyhow::Error::msg(all.join("\n")))?;
    server.run(shutdown, commands, notify).await
}

/// Opens a port of this machine alone: the street asks nobody who he is.
async fn open(address: &str) -> Result<TcpListener, String> {
    let found = tokio::net::lookup_host(address).await;
    let found: Vec<SocketAddr> = found.map_err(|error| error.to_string())?.collect();
    if found.is_empty() || found.iter().any(|address| !address.ip().is_loopback()) {
        return Err("a street is served on loopback only".to_owned());
    }
    let listener = TcpListener::bind(found.as_slice()).await;
    listener.map_err(|error| error.to_string())
}

async fn pass_on(mut commands: Commands, street: mpsc::Sender<Message>) {
    while let Some(line) = commands.recv().await {
        if street.send(Message::Command(line)).is_err() {
            return;
        }
    }
}
