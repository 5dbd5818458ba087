//! Demand: who enters when, and which way.

use units::{LinkId, Metres, MetresPerSecond, Millis};

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
}

impl Flow {
    /// When its vehicles are due.
    pub fn departures(&self) -> impl Iterator<Item = Millis> + use<> {
        let step = self.interval.max(Millis(1));
        let (start, end) = (self.start, self.end);
        (0..).map(move |n| start + step * n).take_while(move |&at| at <= end)
    }
}

/// All that enters a network.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Demand {
    /// The flows, in no particular order.
    pub flows: Vec<Flow>,
}

impl Demand {
    /// How many vehicles are due in all.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        self.flows.iter().map(|flow| flow.departures().count()).sum()
    }

    /// When the last flow ends.
    #[must_use]
    pub fn end(&self) -> Millis {
        self.flows.iter().map(|flow| flow.end).max().unwrap_or(Millis::ZERO)
    }
}
