//! What a request is answered: a route with a window at each junction, or why not.

use thiserror::Error;
use units::{JunctionId, LinkId, Millis, Moment, MovementId};

use crate::request::CorridorId;

/// When the vehicle comes to a junction's stop line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// The junction.
    pub junction: JunctionId,
    /// The movement by which it crosses.
    pub movement: MovementId,
    /// The soonest;
    pub earliest: Moment,
    /// when it is expected;
    pub expected: Moment,
    /// and the latest.
    pub latest: Moment,
    /// From when on its movement should be open, so that who stands before it is gone.
    pub open_from: Moment,
    /// Whether that can be had: where it lies before now or before the soonest legal change it cannot.
    pub is_in_time: bool,
}

/// Another way.
#[derive(Clone, PartialEq, Debug)]
pub struct Alternative {
    /// Its links, both ends included.
    pub links: Vec<LinkId>,
    /// How long it takes, with the corridor's own effect.
    pub takes: Millis,
}

/// A corridor was opened.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// Which.
    pub id: CorridorId,
    /// Its links, both ends included.
    pub links: Vec<LinkId>,
    /// How long it takes from the vehicle's departure on.
    pub takes: Millis,
    /// Signalised junctions in their order.
    pub windows: Vec<Window>,
    /// Other ways, the quickest first.
    pub alternatives: Vec<Alternative>,
    /// When it ends at the latest, whatever happens.
    pub ends_at_latest: Moment,
    /// Whether it is a drill.
    pub is_drill: bool,
    /// Whether it was open already: the request came a second time.
    pub is_repeat: bool,
}

/// Why a request is refused, or what may not be changed. Nothing of it was done.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum Refusal {
    /// A place that is on no road of this site.
    #[error("the {which} is on no road: {why}")]
    UnknownPlace {
        /// Which of the two.
        which: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// No movements lead from the one to the other, or all of them are blocked.
    #[error("no way leads from the origin to the destination")]
    NoRoute,
    /// It had run out when it came.
    #[error("the request has expired")]
    Expired,
    /// Its vehicle could not arrive before it has to end.
    #[error("the way takes {takes}, and a corridor lasts at most {most}")]
    TooLong {
        /// What the way takes.
        takes: Millis,
        /// For how long a corridor may last.
        most: Millis,
    },
    /// As many corridors as there may be are open.
    #[error("{most} corridors are open, and no more may be")]
    TooMany {
        /// How many.
        most: usize,
    },
    /// The vehicle has a corridor already.
    #[error("the vehicle has corridor {0} already")]
    VehicleHasOne(CorridorId),
    /// A key that was used for something else, or for a corridor that has ended.
    #[error("the key was used before, for another request or for a corridor that has ended")]
    Replayed,
    /// The class is not among those that whoever asks may ask for.
    #[error("{0} may not ask for this class of vehicle")]
    ClassNotAllowed(String),
    /// The way leads out of the area that whoever asks may ask for.
    #[error("{0} may not ask for a corridor there")]
    AreaNotAllowed(String),
    /// Whoever asks has opened as many as he may within an hour.
    #[error("{0} has opened as many corridors as it may within an hour")]
    TooOften(String),
    /// What is said of it cannot be.
    #[error("the request contradicts itself or the roads: {0}")]
    Contradictory(String),
    /// No such corridor is open.
    #[error("no such corridor is open")]
    NotOpen,
}

impl Refusal {
    /// Its name in answers and events; the list is closed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::UnknownPlace { .. } => "unknown-place",
            Self::NoRoute => "no-route",
            Self::Expired => "expired",
            Self::TooLong { .. } => "too-long",
            Self::TooMany { .. } => "too-many",
            Self::VehicleHasOne(_) => "vehicle-has-one",
            Self::Replayed => "replayed",
            Self::ClassNotAllowed(_) => "class-not-allowed",
            Self::AreaNotAllowed(_) => "area-not-allowed",
            Self::TooOften(_) => "too-often",
            Self::Contradictory(_) => "contradictory",
            Self::NotOpen => "not-open",
        }
    }
}
