//! What is asked for, by whom, and what may be changed of it later.

use units::{LinkId, MetresPerSecond, Millis};

use crate::progress::{Place, Progress};

/// A corridor, counted from 1 for as long as the daemon runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CorridorId(pub u32);

impl std::fmt::Display for CorridorId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What sort of vehicle asks; the earlier one goes first where two want what cannot be had at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// A fire engine.
    Fire,
    /// An ambulance with a patient in it.
    AmbulanceWithPatient,
    /// An ambulance on its way to somebody.
    Ambulance,
    /// A police car.
    Police,
    /// Whoever repairs gas, water or power.
    Utility,
    /// An escort: organs, convoys, guests.
    Escort,
}

impl Class {
    /// Every class with its name in requests.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("fire", Self::Fire),
        ("ambulance-with-patient", Self::AmbulanceWithPatient),
        ("ambulance", Self::Ambulance),
        ("police", Self::Police),
        ("utility", Self::Utility),
        ("escort", Self::Escort),
    ];

    /// Its name in requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, class)| *class == self).map_or("", |(name, _)| name)
    }

    /// What a second of its delay counts, in those of a car. A search weighs 50 to 200 cars against an
    /// emergency vehicle (assumed); the order is the usual one of dispatchers, the numbers are ours.
    #[must_use]
    pub fn weight(self) -> f64 {
        match self {
            Self::Fire | Self::AmbulanceWithPatient => 200.0,
            Self::Ambulance => 140.0,
            Self::Police => 100.0,
            Self::Utility => 70.0,
            Self::Escort => 50.0,
        }
    }
}

/// The highest level.
pub const LEVEL_MAX: u8 = 14;

/// How urgent a request is within its class: 0 least, [`LEVEL_MAX`] most. The range is that of RSMP's
/// priority requests (M0022).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Level(u8);

impl Level {
    /// A level; none beyond [`LEVEL_MAX`].
    #[must_use]
    pub fn new(level: u8) -> Option<Self> {
        (level <= LEVEL_MAX).then_some(Self(level))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Why the vehicle drives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Incident {
    /// Somebody is ill or hurt.
    Medical,
    /// Something burns.
    Fire,
    /// Somebody is trapped, or a crash.
    Rescue,
    /// Police work.
    Crime,
    /// Gas, chemicals, a dam.
    Hazard,
    /// Nobody is in danger: an escort, an organ on its way.
    Transport,
}

impl Incident {
    /// Every incident with its name in requests.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("medical", Self::Medical),
        ("fire", Self::Fire),
        ("rescue", Self::Rescue),
        ("crime", Self::Crime),
        ("hazard", Self::Hazard),
        ("transport", Self::Transport),
    ];

    /// Its name in requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| name)
    }
}

/// A request for a corridor. Names and coordinates of places were resolved before.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// By what it is known again when it is sent twice.
    pub key: String,
    /// The vehicle: a plate, a call sign, a terminal's number.
    pub vehicle: String,
    /// What sort of vehicle.
    pub class: Class,
    /// How urgent within its class.
    pub level: Level,
    /// Why.
    pub incident: Incident,
    /// Where it starts.
    pub origin: Place,
    /// Where it wants to.
    pub destination: Place,
    /// How fast it drives where nothing holds it; on each link no faster than its driver may.
    pub speed: MetresPerSecond,
    /// When it sets off, from now: 0 where it drives already.
    pub departs_in: Millis,
    /// For how long the request holds, from now on.
    pub expires_in: Millis,
    /// Whether all of it is a drill: it is done and marked so everywhere.
    pub is_drill: bool,
}

/// What whoever asks may ask for.
#[derive(Clone, PartialEq, Debug)]
pub struct Grant {
    /// Who asks, as in the audit log.
    pub name: String,
    /// The classes that he may ask for.
    pub classes: Vec<Class>,
    /// The links that his corridors may lead over; none: all.
    pub area: Option<Vec<LinkId>>,
    /// How many corridors he may open within an hour.
    pub per_hour: u32,
}

impl Grant {
    /// Somebody who may ask for everything, so many times an hour.
    #[must_use]
    pub fn everything(name: &str, per_hour: u32) -> Self {
        let classes = Class::ALL.iter().map(|&(_, class)| class).collect();
        Self { name: name.to_owned(), classes, area: None, per_hour }
    }
}

/// What may be changed of a corridor that is open.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Change {
    /// Where the vehicle is.
    Progress(Progress),
    /// It wants to go elsewhere.
    Destination(Place),
    /// It comes so much later than it would, or sooner where this is negative.
    Delay(Millis),
    /// One junction is let go, and not asked for again.
    Release(units::JunctionId),
    /// All of it is over.
    Cancel,
}
