//! What people and systems ask of corridors, by name.

use corridor::{Class, Incident, Level, Refusal};
use network::Point;
use scenario::ScopeSite;
use tokio::sync::{mpsc, oneshot};
use units::{Metres, MetresPerSecond, Millis, WallTime};

/// Asks that may wait for the control loop: each of sixteen vehicles says each second where it is.
pub(crate) const ASKS_MAX: usize = 64;

/// A place in somebody's words.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Where {
    /// On a link.
    Link(Spot),
    /// Somewhere in the network's plane.
    Plane(Point),
    /// Degrees north and east, WGS-84.
    Degrees(f64, f64),
    /// A place of the site file.
    Named(String),
    /// Where the vehicle is, as far as it was told.
    Vehicle,
}

/// A place on a link, by name.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Spot {
    pub(crate) link: String,
    pub(crate) offset: Metres,
}

/// A request for a corridor.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Asked {
    /// By what it is known again when it is sent twice.
    pub(crate) key: String,
    pub(crate) vehicle: String,
    pub(crate) class: Class,
    pub(crate) level: Level,
    pub(crate) incident: Incident,
    pub(crate) origin: Where,
    pub(crate) destination: Where,
    pub(crate) speed: MetresPerSecond,
    pub(crate) departs_in: Millis,
    pub(crate) expires_in: Millis,
    pub(crate) is_drill: bool,
}

/// Where a vehicle says that it is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Fix {
    /// When it was measured; now, where nothing is said.
    pub(crate) at: Option<WallTime>,
    pub(crate) place: Where,
    pub(crate) spread: Metres,
    pub(crate) speed: Option<MetresPerSecond>,
    pub(crate) heading: Option<f64>,
}

/// What is asked of a corridor that is open.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum AskedChange {
    /// Its vehicle is there.
    Position(Fix),
    /// It wants to go elsewhere.
    Destination(Where),
    /// It comes so much later.
    Delay(Millis),
    /// One junction is let go.
    Release(String),
    /// All of it is over.
    Cancel,
}

/// Who asks, and what of.
#[derive(Debug)]
pub(crate) struct CorridorAsk {
    /// The name of who asks; stands in the event log.
    pub(crate) who: String,
    /// What he may ask for; none: everything, as an operator may.
    pub(crate) scope: Option<ScopeSite>,
    pub(crate) what: What,
    pub(crate) reply: oneshot::Sender<Result<Done, AskError>>,
}

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum What {
    Open(Box<Asked>),
    Change(u32, AskedChange),
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Done {
    /// A corridor is open; whether it was already.
    Opened { id: u32, is_repeat: bool },
    /// What became of a position: the name of the verdict, and whether it counts.
    Position(&'static str, bool),
    /// It is done.
    Changed(String),
}

/// Where asks go.
pub(crate) type Asks = mpsc::Sender<CorridorAsk>;

/// Why something was not done; then nothing of it was.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The core would not.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Somebody else has opened it.
    #[error("{0} may change only what it has opened itself")]
    NotOwn(String),
    /// Whoever asks does so far too often.
    #[error("{0} asks more often than anybody has reason to: wait")]
    TooOften(String),
    /// The way does not cross such a junction.
    #[error("no junction is named {0:?}")]
    UnknownJunction(String),
    /// The daemon stops, or is too busy to answer.
    #[error("the daemon does not take requests now")]
    Unavailable,
}

/// Asks, and waits for the outcome.
///
/// # Errors
/// Why it was not done.
pub(crate) async fn ask(
    asks: &Asks,
    (who, scope): (String, Option<ScopeSite>),
    what: What,
) -> Result<Done, AskError> {
    let (reply, outcome) = oneshot::channel();
    let ask = CorridorAsk { who, scope, what, reply };
    asks.try_send(ask).map_err(|_| AskError::Unavailable)?;
    outcome.await.map_err(|_| AskError::Unavailable)?
}
