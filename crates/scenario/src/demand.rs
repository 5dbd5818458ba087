//! Demand: who enters when, and which way; and the file that says so.
//!
//! A *flow* is vehicles of one type on one route at one interval. What rises and falls is several
//! flows on one route, one after another: the *slices* of the file.
//!
//! A file may also describe demand that has to be drawn from a seed: trips from zone to zone
//! (`matrix`), counted volumes that turn by counted shares (`counts`), vehicles that come by chance.
//! [`DemandFile`] is what was read, [`DemandFile::expand`] draws the flows.

mod counts;
mod draw;
mod file;
mod matrix;
mod pedestrians;
mod read;
mod ways;
mod write;

use std::ops::RangeInclusive;

use units::{LinkId, Metres, MetresPerSecond, Millis};

pub use file::DemandFile;
pub use pedestrians::{Crossing, PedestrianFlow, crossings};
pub use write::write_demand;

/// The longest time that a flow may lie ahead, seconds: a month.
pub(crate) const FAR_S: f64 = 31.0 * 86_400.0;
/// The shortest interval of a flow, seconds: no lane takes more than a vehicle in that time.
pub(crate) const INTERVAL_MIN_S: f64 = 0.01;

/// What a file may say of a vehicle; beyond it, it is a slip of the hand. Metres, m/s, m/s², seconds.
pub(crate) const LENGTHS: RangeInclusive<f64> = 0.5..=40.0;
pub(crate) const GAPS: RangeInclusive<f64> = 0.0..=20.0;
pub(crate) const SPEEDS: RangeInclusive<f64> = 0.1..=100.0;
pub(crate) const ACCELERATIONS: RangeInclusive<f64> = 0.1..=20.0;
pub(crate) const HEADWAYS: RangeInclusive<f64> = 0.0..=20.0;
/// Shares of the limit, their spread, and Krauss's imperfection.
pub(crate) const FACTORS: RangeInclusive<f64> = 0.1..=5.0;
pub(crate) const DEVIATIONS: RangeInclusive<f64> = 0.0..=2.0;
pub(crate) const SHARES: RangeInclusive<f64> = 0.0..=1.0;
/// No link is longer, metres.
pub(crate) const POSITIONS: RangeInclusive<f64> = 0.0..=1e6;
/// A speed at which a vehicle enters; 0 is a standstill, m/s.
pub(crate) const ENTRY_SPEEDS: RangeInclusive<f64> = 0.0..=100.0;

/// What stands in a file for the outermost lane: no link has a lane of this number.
pub(crate) const OUTERMOST: u8 = 16;
/// Persons an hour who come to one crossing.
pub(crate) const PERSONS: RangeInclusive<f64> = 0.0..=36_000.0;

/// What sort of vehicle it is: how the street and its drivers treat it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum VehicleClass {
    /// A car.
    #[default]
    Car,
    /// A bus in line service.
    Bus,
    /// A lorry.
    Truck,
    /// A coach.
    Coach,
    /// A lorry with hazardous goods.
    HazardousGoods,
    /// A school bus.
    SchoolBus,
    /// An ambulance, a fire engine or a police car on its way to where it is needed.
    Emergency,
    /// A bicycle, an electric bicycle or a motorcycle.
    TwoWheeler,
}

impl VehicleClass {
    /// Every class with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("car", Self::Car),
        ("bus", Self::Bus),
        ("truck", Self::Truck),
        ("coach", Self::Coach),
        ("hazardous-goods", Self::HazardousGoods),
        ("school-bus", Self::SchoolBus),
        ("emergency", Self::Emergency),
        ("two-wheeler", Self::TwoWheeler),
    ];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, class)| *class == self).map_or("car", |(name, _)| name)
    }
}

/// What drives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VehicleType {
    /// Its class.
    pub class: VehicleClass,
    /// From bumper to bumper.
    pub length: Metres,
    /// The gap it keeps at a standstill.
    pub min_gap: Metres,
    /// Its own highest speed.
    pub max_speed: MetresPerSecond,
    /// Acceleration, m/s².
    pub acceleration: f64,
    /// Comfortable deceleration, m/s².
    pub deceleration: f64,
    /// The time from the front before to its own that it keeps in a moving file, seconds.
    pub headway_s: f64,
    /// Krauss's driver imperfection, 0 to 1; none where the class gives it.
    pub imperfection: Option<f64>,
    /// How fast its drivers are, as shares of the limit; none where the world's own spread holds.
    pub speed_factor: Option<SpeedFactor>,
}

/// How drivers of one type spread about the speed limit: a normal distribution.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SpeedFactor {
    /// The mean, as a share of the limit.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// The lane on which a vehicle enters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EntryLane {
    /// Of those that lead on the emptiest.
    #[default]
    Emptiest,
    /// The one at the edge of the road, wherever it leads.
    Outermost,
    /// This one, counted from the middle of the road, wherever it leads.
    Number(u8),
}

/// How fast a vehicle enters.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum EntrySpeed {
    /// As fast as the limit and whoever is ahead allow.
    #[default]
    Fitting,
    /// With this, or less where whoever is ahead is too near.
    AtMost(MetresPerSecond),
}

/// How vehicles of a flow enter.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Departure {
    /// On which lane.
    pub lane: EntryLane,
    /// How fast.
    pub speed: EntrySpeed,
    /// Where its front is, from the begin of the lane; none: the vehicle just fits.
    pub position: Option<Metres>,
}

impl Default for VehicleType {
    /// A car as the public CityFlow data sets have it.
    fn default() -> Self {
        Self {
            class: VehicleClass::Car,
            length: Metres(5.0),
            min_gap: Metres(2.5),
            max_speed: MetresPerSecond(11.111),
            acceleration: 2.0,
            deceleration: 4.5,
            headway_s: 2.0,
            imperfection: None,
            speed_factor: None,
        }
    }
}

/// Vehicles of one kind on one way, one each `interval` from `start` to `end`, both included.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    /// The links, from the first to the last.
    pub route: Vec<LinkId>,
    /// When the first vehicle is due.
    pub start: Millis,
    /// When no more are due.
    pub end: Millis,
    /// From one to the next.
    pub interval: Millis,
    /// What drives.
    pub vehicle: VehicleType,
    /// How it enters.
    pub departure: Departure,
}

impl Default for Flow {
    /// One car at time zero, on no route yet.
    fn default() -> Self {
        Self {
            route: Vec::new(),
            start: Millis::ZERO,
            end: Millis::ZERO,
            interval: Millis(1),
            vehicle: VehicleType::default(),
            departure: Departure::default(),
        }
    }
}

impl Flow {
    /// When its vehicles are due.
    pub fn departures(&self) -> impl Iterator<Item = Millis> + Clone + use<> {
        let (start, step) = (self.start, self.interval.max(Millis(1)));
        let count = i64::try_from(self.vehicles()).unwrap_or(i64::MAX);
        (0..count).map(move |n| start + step * n)
    }

    /// How many vehicles it has.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        let span = self.end - self.start;
        if span < Millis::ZERO {
            return 0;
        }
        usize::try_from(span.0 / self.interval.0.max(1)).map_or(usize::MAX, |n| n.saturating_add(1))
    }
}

/// All that enters a network.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Demand {
    /// The flows, in no particular order.
    pub flows: Vec<Flow>,
    /// Who walks over crossings, in no particular order.
    pub pedestrians: Vec<PedestrianFlow>,
}

impl Demand {
    /// The demand from `at` on, with `at` as its time zero; who comes before is left out.
    #[must_use]
    pub fn from_time(&self, at: Millis) -> Self {
        let later = |flow: &Flow| {
            let step = flow.interval.max(Millis(1));
            let gone = (at - flow.start).at_least_zero();
            let skipped = Millis((gone.0 + step.0 - 1) / step.0 * step.0);
            let (start, end) = (flow.start + skipped - at, flow.end - at);
            (start <= end).then(|| Flow { start, end, ..flow.clone() })
        };
        let flows = self.flows.iter().filter_map(later).collect();
        let walk_later = |walk: &PedestrianFlow| {
            let (start, end) = ((walk.start - at).at_least_zero(), walk.end - at);
            (start < end).then(|| PedestrianFlow { start, end, ..walk.clone() })
        };
        Self { flows, pedestrians: self.pedestrians.iter().filter_map(walk_later).collect() }
    }

    /// How many vehicles are due in all.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        self.flows.iter().fold(0, |sum: usize, flow| sum.saturating_add(flow.vehicles()))
    }

    /// When the last flow ends.
    #[must_use]
    pub fn end(&self) -> Millis {
        self.flows.iter().map(|flow| flow.end).max().unwrap_or(Millis::ZERO)
    }
}
