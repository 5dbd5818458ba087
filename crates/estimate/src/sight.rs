//! What is seen of a lane at one moment, whoever saw it: a radar tracker, a camera, another simulator.

use units::{LinkId, Millis};

/// What a vehicle is, as far as it matters to whoever weighs delay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Class {
    /// Any other, and one of which it is not known.
    #[default]
    Other,
    /// One that carries many people.
    Bus,
}

/// One vehicle on its way to a stop line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Vehicle {
    /// From its front to the stop line, metres.
    pub distance: f32,
    /// Metres per second.
    pub speed: f32,
    /// The link that it will take next, where that is known.
    pub next: Option<LinkId>,
    /// What it is.
    pub class: Class,
}

/// What a loop in a lane has told since the scene before.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LoopSight {
    /// From its end to the stop line, metres; 0 is at the stop line.
    pub distance: f32,
    /// Vehicles that have come onto it.
    pub passed: u32,
    /// For how long it was occupied.
    pub occupied: Millis,
    /// Whether it is occupied now.
    pub present: bool,
}

/// What a standing vehicle takes of a lane, metres.
pub const ROOM: f64 = 7.5;
/// No two vehicles one behind the other are nearer, front to front, metres.
pub(crate) const LEAST_ROOM: f64 = 5.5;
/// Below this a vehicle stands, metres a second: as SUMO and the papers on `CityFlow` count.
pub const STANDING: f32 = 0.1;
/// How far from where it was due a vehicle is still taken for the same, metres: half of its room.
pub const SAME: f32 = 3.75;

/// Where vehicles of a lane are of which only the numbers are known: those that queue stand close, the
/// others come evenly apart; metres before the stop line, nearest first.
pub(crate) fn spread(count: u32, queue: u32, length: f64) -> impl Iterator<Item = f64> {
    let moving = count.saturating_sub(queue);
    let tail = f64::from(queue) * ROOM;
    let apart = (length - tail).max(0.0) / (f64::from(moving) + 1.0);
    let standing = (0..queue).map(|place| f64::from(place) * ROOM);
    standing.chain((1..=moving).map(move |place| tail + apart * f64::from(place)))
}

/// What is seen of one lane.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Sight {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// Every vehicle up to `range` metres before the stop line, nearest first; the whole lane where
    /// there is no range. What lies beyond the range is unknown.
    Vehicles {
        /// The vehicles, by distance.
        seen: Vec<Vehicle>,
        /// How far is seen, metres.
        range: Option<f32>,
    },
    /// How many are on it, and how many of them stand.
    Counted {
        /// All on the lane.
        count: u32,
        /// Those that stand.
        queue: u32,
    },
    /// What its loops say, the nearest to the stop line first. A loop that is not here has told
    /// nothing.
    Loops(Vec<LoopSight>),
}

impl Sight {
    /// Whether it tells anything: loops of which none has told do not.
    #[must_use]
    pub fn tells(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Loops(loops) => !loops.is_empty(),
            Self::Vehicles { .. } | Self::Counted { .. } => true,
        }
    }
}
