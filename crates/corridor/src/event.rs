//! What happened to a corridor: the steps of its record.

use std::fmt;

use units::{JunctionId, LinkId, Millis, Moment};

use crate::arbitrate::Why;
use crate::request::{Class, CorridorId};

/// One step.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Whose; none where none was opened.
    pub corridor: Option<CorridorId>,
    /// Whether it is a drill.
    pub is_drill: bool,
    /// What.
    pub step: Step,
}

/// What happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Somebody asked.
    Requested {
        /// Who.
        by: String,
        /// For which vehicle.
        vehicle: String,
        /// Of what class.
        class: Class,
    },
    /// It was opened.
    Accepted {
        /// Its way.
        links: Vec<LinkId>,
        /// When it ends at the latest.
        ends_at_latest: Moment,
    },
    /// It was not opened.
    Refused {
        /// The name of why.
        reason: &'static str,
    },
    /// It goes another way from now on.
    Replanned {
        /// Why.
        because: Replan,
        /// The way from where the vehicle is.
        links: Vec<LinkId>,
    },
    /// A position was passed over, since the vehicle cannot be there.
    Contradicted,
    /// A junction is asked to open.
    Clearing {
        /// Which.
        junction: JunctionId,
        /// How long before the vehicle is expected.
        lead: Millis,
        /// Whether there is time enough.
        is_in_time: bool,
    },
    /// A junction is open for the vehicle.
    Open {
        /// Which.
        junction: JunctionId,
    },
    /// The vehicle has passed a junction.
    Passed {
        /// Which.
        junction: JunctionId,
        /// How much later than it would have been there on an empty road since the junction before.
        delay: Millis,
    },
    /// The vehicle did not come while a junction was open for as long as may be.
    Missed {
        /// Which.
        junction: JunctionId,
    },
    /// Nothing is asked of a junction any more.
    Released {
        /// Which.
        junction: JunctionId,
        /// For how long something was.
        asked: Millis,
    },
    /// It waits at a junction for another corridor.
    Yields {
        /// Where.
        junction: JunctionId,
        /// For whom.
        to: CorridorId,
        /// Why.
        why: Why,
    },
    /// It is over.
    Ended {
        /// Why.
        because: End,
    },
}

impl Step {
    /// Its name in logs and streams; the list is closed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Replanned { .. } => "replanned",
            Self::Contradicted => "contradicted",
            Self::Clearing { .. } => "clearing",
            Self::Open { .. } => "open",
            Self::Passed { .. } => "passed",
            Self::Missed { .. } => "missed",
            Self::Released { .. } => "released",
            Self::Yields { .. } => "yields",
            Self::Ended { .. } => "ended",
        }
    }

    /// Where it happened, if at one junction.
    #[must_use]
    pub fn junction(&self) -> Option<JunctionId> {
        match *self {
            Self::Clearing { junction, .. }
            | Self::Open { junction }
            | Self::Passed { junction, .. }
            | Self::Missed { junction }
            | Self::Released { junction, .. }
            | Self::Yields { junction, .. } => Some(junction),
            Self::Requested { .. }
            | Self::Accepted { .. }
            | Self::Refused { .. }
            | Self::Replanned { .. }
            | Self::Contradicted
            | Self::Ended { .. } => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested { by, vehicle, class } => {
                write!(f, "{by} asks for {vehicle}, {}", class.name())
            }
            Self::Accepted { links, .. } => write!(f, "opened over {} links", links.len()),
            Self::Refused { reason } => write!(f, "refused: {reason}"),
            Self::Replanned { because, links } => {
                write!(f, "goes another way of {} links: {}", links.len(), because.name())
            }
            Self::Contradicted => write!(f, "a position was passed over: it cannot be there"),
            Self::Clearing { lead, is_in_time, .. } => {
                let late = if *is_in_time { "" } else { ", less than it needs" };
                write!(f, "asked to open {lead} before the vehicle{late}")
            }
            Self::Open { .. } => write!(f, "open"),
            Self::Passed { delay, .. } => write!(f, "the vehicle has passed, {delay} late"),
            Self::Missed { .. } => write!(f, "the vehicle did not come"),
            Self::Released { asked, .. } => write!(f, "released after {asked}"),
            Self::Yields { to, why, .. } => {
                write!(f, "waits for corridor {to}: {}", why.words())
            }
            Self::Ended { because } => write!(f, "ended: {}", because.name()),
        }
    }
}

/// Why a corridor goes another way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replan {
    /// The vehicle has left its way.
    OffRoute,
    /// A link of it is blocked.
    Blocked,
    /// Another way is quicker by a margin.
    Quicker,
    /// It wants to go elsewhere.
    Destination,
}

impl Replan {
    /// Its name in logs and streams; the list is closed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OffRoute => "off-route",
            Self::Blocked => "blocked",
            Self::Quicker => "quicker",
            Self::Destination => "destination",
        }
    }
}

/// Why a corridor is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The vehicle has arrived.
    Arrived,
    /// Somebody has ended it.
    Cancelled,
    /// Its time was up.
    Expired,
    /// Nobody knows where the vehicle is any more.
    Vanished,
    /// No way leads on from where the vehicle is.
    NoWay,
}

impl End {
    /// Its name in logs and streams; the list is closed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Vanished => "vanished",
            Self::NoWay => "no-way",
        }
    }
}
