//! The street over the wire: every line of the site on its own loopback port, or on a pseudo-terminal
//! where it is serial; devices behind real register maps, all of it moved by a scaled clock. Whoever
//! connects cannot tell it from a street.
//!
//! ```text
//!   connection ┐
//!   connection ┼── messages ──▶ owner: street, clock ── notices, summary ──▶ caller
//!   commands   ┘      ◀── answers ──┘
//! ```

mod clock;
pub mod emulate;
mod line;
mod owner;
mod pty;
mod serial;
mod tcp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;

use scenario::{Demand, Sensors, Site, Transport};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use units::{LineId, Millis};

use crate::fault::Injection;
use crate::link::Framing;
use crate::report::{Course, StreetSummary};
use crate::street::Street;
use crate::world::WorldSummary;
use line::Line;
use owner::{Message, Owner};
use pty::Pty;

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
    fronts: Vec<(LineId, Front)>,
}

/// Where a line is served.
enum Front {
    Port(TcpListener, Framing),
    Terminal(Pty),
}

impl Server {
    /// Gives the street the sensors of a sensor file.
    pub fn equip(&mut self, sensors: &Sensors) {
        self.street.equip(sensors);
    }

    /// Opens the ports and the pseudo-terminals. A port 0 is given one by the system:
    /// [`Server::addresses`] says which. A terminal is found by a link at the serial line's path.
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
        let mut fronts = Vec::new();
        for (index, line) in config.site.lines.iter().enumerate() {
            let front = match &line.transport {
                Transport::Tcp { address } => {
                    open(address).await.map(|listener| Front::Port(listener, Framing::Tcp))
                }
                Transport::RtuTcp { address } => {
                    open(address).await.map(|listener| Front::Port(listener, Framing::Rtu))
                }
                Transport::Serial(serial) => Pty::open(&serial.path).map(Front::Terminal),
            };
            match front {
                Ok(front) => fronts.push((LineId::from_index(index), front)),
                Err(why) => {
                    let place = line.transport.place();
                    problems.push(format!("line {:?}: {place}: {why}", line.name));
                }
            }
        }
        match street {
            Some(street) if problems.is_empty() => Ok(Self { config, street, fronts }),
            _ => Err(problems),
        }
    }

    /// Where each line of the site that has a port is served, in the site's order.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        let ports = self.fronts.iter().filter_map(|(_, front)| match front {
            Front::Port(listener, _) => Some(listener.local_addr()),
            Front::Terminal(_) => None,
        });
        ports.collect()
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
        let mut tasks = JoinSet::new();
        for (line, front) in self.fronts {
            let (street, wire) = (street.clone(), self.street.wire(line));
            match front {
                Front::Port(listener, framing) => {
                    let line = Line { line, speed, street, framing, wire };
                    tasks.spawn(tcp::listen(line, listener));
                }
                Front::Terminal(pty) => {
                    let line = Line { line, speed, street, framing: Framing::Rtu, wire };
                    tasks.spawn(serial::serve(line, pty));
                }
            }
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
        let summary = tokio::task::spawn_blocking(|| owner.run()).await;
        // With the tasks every listener, connection and terminal goes, and the terminals' links.
        tasks.shutdown().await;
        Ok(summary?)
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
