//! The planner: what is seen becomes arrivals, and a search over stages decides.

mod arrivals;
mod costs;
mod lane;
mod law;
mod outlook;
mod search;
mod sensed;
mod share;
mod table;
mod trained;
mod value;
mod walks;

use units::Millis;

use crate::crew::Crew;
use crate::district::{District, Scene, Why};

pub use arrivals::Patience;
pub use law::Law;
use sensed::Sensed;
use share::Share;
pub use value::Value;

/// What the planner may spend, and how it counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How queues leave.
    pub law: Law,
    /// What is left to be lost at the end of the horizon.
    pub value: Value,
    /// How far ahead it looks.
    pub horizon: Millis,
    /// How many sequences it keeps in mind.
    pub beam: usize,
    /// How many states of a junction one search may weigh. One that would need more is given up, and
    /// max-pressure decides: a number and no time, so that runs repeat.
    pub budget: u32,
    /// What a stop counts, seconds of delay.
    pub stop: f32,
    /// What a second counts for a bus; 1 for every other vehicle.
    pub bus: f32,
    /// What a second counts for a person who waits to walk.
    pub person: f32,
    /// For whom it must not take too long.
    pub patience: Patience,
    /// Whether every choice says [`Why`]: that costs other searches, and new memory for each.
    pub explains: bool,
}

/// What a search may weigh unless said otherwise. A step weighs at most one state for each sequence in
/// mind and each stage; with 32 sequences and the 16 steps of a minute that are 4,096 for eight stages,
/// whatever the traffic. So it is missed by junctions of 40 stages and more alone.
pub const BUDGET: u32 = 20_000;

/// A second of a bus counts as that of so many other vehicles: twenty people in it against one and a
/// half in a car, both rough means of a day, unverified.
const BUS: f32 = 13.0;
/// A second of who waits to walk: one of the one and a half in a car.
const PERSON: f32 = 0.67;

impl Default for Settings {
    fn default() -> Self {
        Self {
            law: Law::default(),
            value: Value::default(),
            horizon: Millis::from_secs(60),
            beam: 32,
            budget: BUDGET,
            stop: 0.0,
            bus: BUS,
            person: PERSON,
            patience: Patience { until: 90.0, scale: 20.0 },
            explains: false,
        }
    }
}

/// The stage that runs, and for how long, where another may be demanded.
pub(crate) type May = Option<(usize, Millis)>;

/// What was planned for a junction.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The stage that the search found; none where it missed its budget.
    pub(crate) stage: Option<usize>,
    /// The stage with the greatest pressure.
    pub(crate) pressure: usize,
    /// States that the search weighed.
    pub(crate) evaluated: u32,
    pub(crate) why: Option<Why>,
}

/// A planner for a district.
#[derive(Clone, Debug)]
pub(crate) struct Planner {
    pub(crate) settings: Settings,
    sensed: Sensed,
    shares: Vec<Share>,
}

impl Planner {
    pub(crate) fn new(district: &District) -> Self {
        let shares = vec![Share::whole(district)];
        Self { settings: Settings::default(), sensed: Sensed::new(district), shares }
    }

    /// Plans for so many shares of the junctions by themselves.
    pub(crate) fn split(&mut self, count: usize) {
        self.shares = Share::split(std::mem::take(&mut self.shares), count);
    }

    /// Sees another step.
    pub(crate) fn see(&mut self, district: &District, scene: &Scene, crew: &impl Crew) {
        let picture = self.sensed.see(district, scene);
        crew.each(&mut self.shares, |share| share.see(district, scene, picture));
    }

    /// Plans for these junctions, all at once: what one of them plans changes nothing for another.
    pub(crate) fn plan(
        &mut self,
        district: &District,
        scene: &Scene,
        may: &[May],
        crew: &impl Crew,
    ) {
        let settings = &self.settings;
        crew.each(&mut self.shares, |share| share.plan(district, scene, settings, may));
    }

    /// What was planned for each junction, in their order; none where nothing is known of its lanes.
    pub(crate) fn planned(&mut self) -> impl Iterator<Item = Option<Planned>> + '_ {
        self.shares.iter_mut().flat_map(Share::planned)
    }
}
