//! What people ask of a running daemon, by name, and what comes of it. Names survive a reload; the
//! control loop looks them up in the site that runs.

use scenario::Mode;
use tokio::sync::{mpsc, oneshot};

/// Questions that may wait for the control loop, which answers each in well under a second.
pub(crate) const ASKS_MAX: usize = 64;

/// What a person asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// Hold a stage for a time; ends by itself.
    Hold {
        /// The junction's name.
        junction: String,
        /// The stage, counted from 1 as on the wire.
        stage: u8,
        /// For how long, seconds.
        seconds: u32,
        /// Why.
        reason: String,
    },
    /// Have the cabinet run one of its own plans for a time; ends by itself.
    SelectPlan {
        /// The junction's name.
        junction: String,
        /// The plan, counted from 1 as on the wire.
        plan: u8,
        /// For how long, seconds.
        seconds: u32,
        /// Why.
        reason: String,
    },
    /// End a hold and a selected plan.
    Release {
        /// The junction's name.
        junction: String,
    },
    /// Control all junctions by another rule.
    SetMode(Mode),
    /// Read the site file again and go over to it, or keep what runs.
    Reload,
}

/// An action, who asks, and where the outcome goes.
#[derive(Debug)]
pub(crate) struct Ask {
    /// What.
    pub(crate) action: Action,
    /// Who; stands in the event log.
    pub(crate) who: String,
    /// The outcome, in words.
    pub(crate) reply: oneshot::Sender<Result<String, ActionError>>,
}

/// Where asks go.
pub(crate) type Asks = mpsc::Sender<Ask>;

/// Why an action was not taken. Nothing of it was.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum ActionError {
    /// There is no such junction with signals.
    #[error("no junction {0:?} has signals")]
    UnknownJunction(String),
    /// The engine would not.
    #[error("{0}")]
    Refused(String),
    /// The site file has mistakes; the last good one runs on.
    #[error("the site file is refused, the last good one runs on: {}", .0.join("; "))]
    SiteRefused(Vec<String>),
    /// The daemon stops, or is too busy to answer.
    #[error("the daemon does not take actions now")]
    Unavailable,
}

/// Asks, and waits for the outcome.
///
/// # Errors
/// Why the action was not taken.
pub(crate) async fn ask(asks: &Asks, action: Action, who: String) -> Result<String, ActionError> {
    let (reply, outcome) = oneshot::channel();
    let ask = Ask { action, who, reply };
    asks.try_send(ask).map_err(|_| ActionError::Unavailable)?;
    outcome.await.map_err(|_| ActionError::Unavailable)?
}
