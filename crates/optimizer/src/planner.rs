//! The planner: what is seen becomes arrivals, and a search over stages decides.

mod arrivals;
mod law;
mod outlook;
mod search;
mod sensed;
mod table;
mod trained;
mod value;
mod walks;

use units::Millis;

use crate::district::{District, Scene, Why};
use crate::spec::{Instants, JunctionSpec};

pub use arrivals::Patience;
use arrivals::{Arrivals, Weights};
pub use law::Law;
use outlook::Outlook;
use search::{Found, Search, Start, Terms};
use sensed::Sensed;
use table::Table;
pub use value::Value;
use walks::Walks;

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
    /// What a stop counts, seconds of delay.
    pub stop: f32,
    /// What a second counts for a bus; 1 for every other vehicle.
    pub bus: f32,
    /// What a second counts for a person who waits to walk.
    pub person: f32,
    /// For whom it must not take too long.
    pub patience: Patience,
    /// Whether every choice says [`Why`]: that costs other searches.
    pub explains: bool,
}

/// How many sequences are kept of those that begin with a stage that is not the best: what they cost
/// is only told.
const EXPLAINED: usize = 8;
/// How far ahead delay is foretold to be held against what comes, seconds: so far every arrival is on
/// the road already.
const FORETOLD: f32 = 20.0;

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
            stop: 0.0,
            bus: BUS,
            person: PERSON,
            patience: Patience { until: 90.0, scale: 20.0 },
            explains: false,
        }
    }
}

/// So many decisions are looked over at least.
const DECISIONS_LEAST: i64 = 3;

/// A planner for a district.
#[derive(Clone, Debug)]
pub(crate) struct Planner {
    pub(crate) settings: Settings,
    tables: Vec<Table>,
    sensed: Sensed,
    arrivals: Vec<Arrivals>,
    walks: Vec<Walks>,
    outlook: Outlook,
    search: Search,
    grid: Vec<f32>,
}

impl Planner {
    pub(crate) fn new(district: &District) -> Self {
        let tables: Vec<_> = district.junctions.iter().map(Table::new).collect();
        let arrivals = district.junctions.iter().zip(&tables);
        Self {
            settings: Settings::default(),
            sensed: Sensed::new(district),
            arrivals: arrivals.map(|(spec, table)| Arrivals::new(district, spec, table)).collect(),
            walks: tables.iter().map(Walks::new).collect(),
            tables,
            outlook: Outlook::default(),
            search: Search::default(),
            grid: Vec::new(),
        }
    }

    /// Sees another step.
    pub(crate) fn see(&mut self, district: &District, scene: &Scene) {
        let picture = self.sensed.see(district, scene);
        for arrivals in &mut self.arrivals {
            arrivals.see(scene, picture);
        }
        let seen = district.junctions.iter().zip(&scene.signals).zip(&mut self.walks);
        seen.for_each(|((spec, &showing), walks)| walks.see(spec, showing, scene.time));
    }

    /// Whether nothing is known of any lane of a junction.
    pub(crate) fn is_blind(&self, junction: usize) -> bool {
        self.arrivals[junction].is_blind()
    }

    /// What a junction whose stage has been green for `elapsed` should show now, or, where displays count
    /// down, after what they announce: the stage, how it was found, and why.
    pub(crate) fn plan(
        &mut self,
        district: &District,
        scene: &Scene,
        junction: usize,
        stage: usize,
        elapsed: Millis,
    ) -> (usize, Found, Option<Why>) {
        let spec = &district.junctions[junction];
        let settings = &self.settings;
        let horizon = horizon(settings.horizon, spec).as_secs_f32();
        let after_change = steps(spec, horizon, &mut self.grid);
        let patience = settings.patience.at(spec.instants);
        let weights = Weights { patience, bus: settings.bus, person: settings.person };
        self.look(scene, junction, horizon, &weights);
        let settings = &self.settings;
        let terms = Terms {
            law: settings.law,
            value: settings.value,
            stop: settings.stop,
            beam: settings.beam,
            after_change,
        };
        let start = Start { stage, since: -elapsed.as_secs_f32() };
        let explains = settings.explains;
        let Self { search, tables, outlook, grid, .. } = self;
        let table = &tables[junction];
        let found = search.run(table, outlook, &terms, start, grid);
        let decided = found.sequence.get(table.decides()).map_or(stage, |&stage| stage.into());
        if !explains {
            return (decided, found, None);
        }
        let costs =
            search.scores(table, outlook, &Terms { beam: EXPLAINED, ..terms.clone() }, start, grid);
        // What comes is counted in vehicles that stand, whoever is in them.
        self.look(scene, junction, horizon, &Weights::PLAIN);
        let Self { search, tables, outlook, grid, .. } = self;
        let (table, ahead) = (&tables[junction], (&grid[..], &found.sequence[..]));
        let (delay, span) = search.foretell(table, outlook, &terms, start, ahead, FORETOLD);
        let why = Why {
            sequence: runs(&found.sequence),
            costs,
            delay,
            span: Millis::from_secs_f64(span.into()),
        };
        (decided, found, Some(why))
    }

    /// Puts everybody who comes to a junction into the outlook.
    fn look(&mut self, scene: &Scene, junction: usize, horizon: f32, weights: &Weights) {
        let walks = scene.walks.get(junction).map(Vec::as_slice);
        self.outlook.clear();
        self.arrivals[junction].look(scene, horizon, weights, &mut self.outlook);
        self.walks[junction].look(walks, scene.time, weights, &mut self.outlook);
        self.outlook.seal(&self.grid);
    }
}

/// The stages of a sequence, each once where it goes on.
fn runs(sequence: &[u8]) -> Vec<usize> {
    let mut runs: Vec<usize> = sequence.iter().map(|&stage| stage.into()).collect();
    runs.dedup();
    runs
}

/// Who decides seldom must look over some decisions all the same, and who decides long ahead as far
/// beyond that.
fn horizon(wanted: Millis, spec: &JunctionSpec) -> Millis {
    let from_decision = match spec.instants {
        Instants::Any => wanted,
        Instants::Every(every) | Instants::After(every) => wanted.max(every * DECISIONS_LEAST),
    };
    from_decision + spec.countdown.unwrap_or(Millis::ZERO)
}

/// The points of the grid, and how long after a change the next may be.
fn steps(spec: &JunctionSpec, horizon: f32, grid: &mut Vec<f32>) -> Option<f32> {
    grid.clear();
    let (step, after) = match spec.instants {
        Instants::Any => (None, None),
        Instants::Every(every) => (Some(every), None),
        Instants::After(every) => (Some(every), Some(every.as_secs_f32())),
    };
    let mut at = spec.countdown.map_or(0.0, Millis::as_secs_f32);
    if at > 0.0 {
        grid.push(at);
    }
    let mut count = 0_u32;
    while at < horizon {
        at += match step {
            Some(step) => step.as_secs_f32(),
            // Fine where it is decided, coarse where it is only foreseen.
            None => [1.0, 1.0, 2.0, 2.0, 3.0, 3.0].get(count as usize).copied().unwrap_or(5.0),
        };
        grid.push(at);
        count += 1;
    }
    after
}
