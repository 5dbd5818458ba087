//! The planner: what is seen becomes arrivals, and a search over stages decides.

mod arrivals;
mod departures;
mod exchange;
mod law;
mod outlook;
mod receiving;
mod roads;
mod search;
mod sensed;
mod shares;
mod table;
#[cfg(test)]
mod testing;
mod value;
mod windows;

use units::Millis;

use crate::district::{District, Scene, Why};
use crate::spec::Instants;

use arrivals::Arrivals;
pub use arrivals::Patience;
use exchange::Exchange;
pub use law::Law;
use outlook::Outlook;
use search::{Found, Search, Start, Terms};
use sensed::Sensed;
use table::Table;
pub use value::Value;
use windows::Plan;

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
    /// For whom it must not take too long.
    pub patience: Patience,
    /// How often within one step all junctions plan in turn, each with what its neighbours have just
    /// planned; 0: each for itself.
    pub sweeps: u32,
    /// Whether every choice says [`Why`]: that costs other searches.
    pub explains: bool,
}

/// How many sequences are kept of those that begin with a stage that is not the best: what they cost
/// is only told.
const EXPLAINED: usize = 8;
/// How far ahead delay is foretold to be held against what comes, seconds: so far every arrival is on
/// the road already.
const FORETOLD: f32 = 20.0;

impl Default for Settings {
    fn default() -> Self {
        Self {
            law: Law::default(),
            value: Value::default(),
            horizon: Millis::from_secs(60),
            beam: 32,
            stop: 0.0,
            patience: Patience { until: 90.0, scale: 20.0 },
            sweeps: SWEEPS,
            explains: false,
        }
    }
}

/// In the first sweep a junction knows what half of its neighbours have planned, in the second what all
/// of them have: a third changes what was planned for few.
const SWEEPS: u32 = 2;
/// So many decisions are looked over at least.
const DECISIONS_LEAST: i64 = 3;

/// A planner for a district.
#[derive(Clone, Debug)]
pub(crate) struct Planner {
    pub(crate) settings: Settings,
    tables: Vec<Table>,
    sensed: Sensed,
    arrivals: Vec<Arrivals>,
    exchange: Exchange,
    plans: Vec<Plan>,
    found: Vec<Found>,
    outlook: Outlook,
    search: Search,
    grid: Vec<f32>,
    whys: Vec<Option<Why>>,
}

/// The stage that runs, and for how long, where another may be demanded now.
pub(crate) type May = Option<(usize, Millis)>;

impl Planner {
    pub(crate) fn new(district: &District) -> Self {
        let tables: Vec<_> = district.junctions.iter().map(Table::new).collect();
        let arrivals = district.junctions.iter().zip(&tables);
        let count = tables.len();
        Self {
            settings: Settings::default(),
            sensed: Sensed::new(district),
            arrivals: arrivals.map(|(spec, table)| Arrivals::new(district, spec, table)).collect(),
            exchange: Exchange::new(district, &tables),
            plans: vec![Plan::default(); count],
            found: vec![Found::default(); count],
            whys: vec![None; count],
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
        self.exchange.see(district, scene);
    }

    /// Whether nothing is known of any lane of a junction.
    pub(crate) fn is_blind(&self, junction: usize) -> bool {
        self.arrivals[junction].is_blind()
    }

    /// Plans every junction that may change now.
    ///
    /// First all tell what they mean to do by the plans that they have; then they plan in turn.
    pub(crate) fn plan(&mut self, district: &District, scene: &Scene, may: &[May]) -> u64 {
        if may.iter().all(Option::is_none) {
            return 0;
        }
        let sweeps = self.settings.sweeps;
        let mut evaluated = 0;
        if sweeps > 0 {
            self.turn(district, scene, &[], false);
        }
        for sweep in 0..sweeps.max(1) {
            evaluated += self.turn(district, scene, may, sweep == 0);
        }
        evaluated
    }

    /// What was found for a junction that may change now, and why where that is asked for.
    pub(crate) fn found(&mut self, junction: usize) -> (&Found, Option<Why>) {
        (&self.found[junction], self.whys[junction].take())
    }

    /// Every junction in turn: who may change plans anew, all tell their neighbours.
    fn turn(&mut self, district: &District, scene: &Scene, may: &[May], is_first: bool) -> u64 {
        let mut evaluated = 0;
        for at in 0..self.exchange.order().len() {
            let junction = self.exchange.order()[at];
            let instants = district.junctions[junction].instants;
            let horizon = horizon(self.settings.horizon, instants).as_secs_f32();
            let may = may.get(junction).copied().flatten();
            let Self { exchange, arrivals, outlook, settings, .. } = self;
            let (inbox, receiving, is_new) = exchange.hear(junction, horizon);
            // The same again would be planned again.
            if !(is_new || may.is_some() && is_first) {
                continue;
            }
            outlook.clear();
            let patience = settings.patience.at(instants);
            arrivals[junction].look(horizon, patience, (inbox, receiving), outlook);
            if let Some((stage, elapsed)) = may {
                evaluated += self.search(scene, (junction, instants), (stage, elapsed), horizon);
            }
            if self.settings.sweeps > 0 {
                let Self { exchange, plans, tables, outlook, settings, .. } = self;
                let shown = (scene.signals[junction], &plans[junction], scene.time);
                let rules = (&tables[junction], &settings.law);
                exchange.tell(junction, rules, outlook, shown, horizon);
            }
        }
        evaluated
    }

    /// What a junction whose stage has been green for `elapsed` should show now.
    fn search(
        &mut self,
        scene: &Scene,
        (junction, instants): (usize, Instants),
        (stage, elapsed): (usize, Millis),
        horizon: f32,
    ) -> u64 {
        let settings = &self.settings;
        let after_change = steps(instants, horizon, &mut self.grid);
        self.outlook.seal(&self.grid);
        let terms = Terms {
            law: settings.law,
            value: settings.value,
            stop: settings.stop,
            beam: settings.beam,
            after_change,
        };
        let start = Start { stage, since: -elapsed.as_secs_f32() };
        let Self { search, tables, outlook, grid, exchange, .. } = self;
        let table = &tables[junction];
        let found = search.run(table, outlook, &terms, start, grid);
        self.plans[junction].take(scene.time, stage, &found.sequence, grid);
        self.whys[junction] = settings.explains.then(|| {
            let few = Terms { beam: EXPLAINED, ..terms.clone() };
            let costs = search.scores(table, outlook, &few, start, grid);
            let ahead = (&grid[..], &found.sequence[..]);
            let (delay, span) = search.foretell(table, outlook, &terms, start, ahead, FORETOLD);
            let span = Millis::from_secs_f64(span.into());
            Why { sequence: runs(&found.sequence), costs, delay, span, sent: exchange.added() }
        });
        let evaluated = u64::from(found.evaluated);
        self.found[junction] = found;
        evaluated
    }
}

/// The stages of a sequence, each once where it goes on.
fn runs(sequence: &[u8]) -> Vec<usize> {
    let mut runs: Vec<usize> = sequence.iter().map(|&stage| stage.into()).collect();
    runs.dedup();
    runs
}

/// Who decides seldom must look over some decisions all the same.
fn horizon(wanted: Millis, instants: Instants) -> Millis {
    match instants {
        Instants::Any => wanted,
        Instants::Every(every) | Instants::After(every) => wanted.max(every * DECISIONS_LEAST),
    }
}

/// The points of the grid, and how long after a change the next may be.
fn steps(instants: Instants, horizon: f32, grid: &mut Vec<f32>) -> Option<f32> {
    grid.clear();
    let (step, after) = match instants {
        Instants::Any => (None, None),
        Instants::Every(every) => (Some(every), None),
        Instants::After(every) => (Some(every), Some(every.as_secs_f32())),
    };
    let mut at = 0.0;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::planner::testing::{row, scene};

    /// The distances and speeds of those on each lane.
    fn lanes(count: usize) -> impl Strategy<Value = Vec<Vec<(f32, f32)>>> {
        let vehicle = (0.0_f32..190.0, 0.0_f32..10.0);
        prop::collection::vec(prop::collection::vec(vehicle, 0..8), 2 * count + 1)
    }

    proptest! {
        /// Those of one colour may plan in any order, or at once.
        #[test]
        fn the_order_within_a_colour_changes_nothing(
            steps in prop::collection::vec(lanes(5), 1..4),
            running in prop::collection::vec(0_usize..2, 5),
            sweeps in 1_u32..4,
        ) {
            let district = row(5, false);
            let mut planners = [Planner::new(&district), Planner::new(&district)];
            planners[1].exchange.turn_colours();
            prop_assert_ne!(planners[0].exchange.order(), planners[1].exchange.order());
            for (second, vehicles) in (0..).zip(&steps) {
                let scene = scene(second, &running, vehicles);
                // One that is between instants goes on with its plan.
                let may: Vec<May> = running
                    .iter()
                    .enumerate()
                    .map(|(at, &stage)| {
                        (at + second as usize != 2).then_some((stage, Millis::from_secs(20)))
                    })
                    .collect();
                for planner in &mut planners {
                    planner.settings.sweeps = sweeps;
                    planner.see(&district, &scene);
                    planner.plan(&district, &scene, &may);
                }
                let [a, b] = &planners;
                for (a, b) in a.found.iter().zip(&b.found) {
                    prop_assert_eq!(&a.sequence, &b.sequence);
                    prop_assert_eq!(a.score.to_bits(), b.score.to_bits());
                }
            }
        }
    }

    #[test]
    fn who_is_planned_to_come_is_counted_on() {
        let district = row(2, false);
        // At the first junction ten stand at a green, at the second one waits at the side. Those ten
        // are 200 m off: by themselves they are not seen there.
        let queue: Vec<(f32, f32)> = (0..10).map(|place| (place as f32 * 7.5, 0.0)).collect();
        let scene = scene(0, &[0, 1], &[queue, vec![], vec![], vec![], vec![]]);
        let may: Vec<May> = vec![Some((0, Millis::from_secs(9))), Some((1, Millis::from_secs(9)))];
        for (sweeps, comes) in [(0, false), (1, true), (2, true)] {
            let mut planner = Planner::new(&district);
            planner.settings.sweeps = sweeps;
            planner.see(&district, &scene);
            planner.plan(&district, &scene, &may);
            let coming = planner.outlook.lane(0).len();
            assert_eq!(coming, if comes { 10 } else { 0 }, "{sweeps} sweeps");
            let sequence = &planner.found[1].sequence;
            // From the begin of the queue until it is through.
            let steps = planner.grid.iter().zip(sequence);
            let meanwhile = steps.filter(|&(&until, _)| until > 26.0 && until < 44.0);
            assert!(!comes || meanwhile.clone().all(|(_, &stage)| stage == 0), "{sequence:?}");
        }
    }
}
