//! A share of a district's junctions, and all that is needed to plan for them: shares know nothing of
//! each other, so that they may be planned for at once.

use estimate::Picture;
use units::Millis;

use super::arrivals::{Arrivals, Weights};
use super::outlook::Outlook;
use super::search::{Found, Ground, Search, Start, Terms};
use super::table::Table;
use super::walks::Walks;
use super::{May, Planned, Settings};
use crate::district::{District, Scene, Why};
use crate::pressure::Pressure;
use crate::spec::{Instants, JunctionSpec};

/// How many sequences are kept of those that begin with a stage that is not the best: what they cost
/// is only told.
const EXPLAINED: usize = 8;
/// How far ahead delay is foretold to be held against what comes, seconds: so far every arrival is on
/// the road already.
const FORETOLD: f32 = 20.0;
/// So many decisions are looked over at least.
const DECISIONS_LEAST: i64 = 3;

/// What is known of one junction, and what was planned for it.
#[derive(Clone, Debug)]
struct Mind {
    table: Table,
    arrivals: Arrivals,
    walks: Walks,
    found: Found,
    pressure: usize,
    why: Option<Why>,
}

/// The memory that all junctions of a share use in turn.
#[derive(Clone, Debug, Default)]
struct Desk {
    outlook: Outlook,
    search: Search,
    grid: Vec<f32>,
    pressure: Pressure,
}

/// Some junctions that follow each other in the district.
#[derive(Clone, Debug)]
pub(super) struct Share {
    first: usize,
    minds: Vec<Mind>,
    desk: Desk,
}

impl Share {
    /// All junctions of a district.
    pub(super) fn whole(district: &District) -> Self {
        let mind = |spec: &JunctionSpec| {
            let table = Table::new(spec);
            let arrivals = Arrivals::new(district, spec, &table);
            let walks = Walks::new(&table);
            Mind { table, arrivals, walks, found: Found::default(), pressure: 0, why: None }
        };
        let minds = district.junctions.iter().map(mind).collect();
        Self { first: 0, minds, desk: Desk::default() }
    }

    /// The same junctions in so many shares of about the same size.
    pub(super) fn split(shares: Vec<Self>, count: usize) -> Vec<Self> {
        let minds: Vec<Mind> = shares.into_iter().flat_map(|share| share.minds).collect();
        let (length, count) = (minds.len(), count.clamp(1, minds.len().max(1)));
        let mut minds = minds.into_iter();
        let share = |number: usize| {
            let (first, next) = (number * length / count, (number + 1) * length / count);
            let minds = minds.by_ref().take(next - first).collect();
            Self { first, minds, desk: Desk::default() }
        };
        (0..count).map(share).collect()
    }

    /// Sees another step.
    pub(super) fn see(&mut self, district: &District, scene: &Scene, picture: &Picture) {
        for (index, mind) in self.minds.iter_mut().enumerate() {
            let junction = self.first + index;
            mind.arrivals.see(scene, picture);
            let (spec, showing) = (&district.junctions[junction], scene.signals[junction]);
            mind.walks.see(spec, showing, scene.time);
        }
    }

    /// Plans for those of its junctions that may change now.
    pub(super) fn plan(
        &mut self,
        district: &District,
        scene: &Scene,
        settings: &Settings,
        may: &[May],
    ) {
        for (index, mind) in self.minds.iter_mut().enumerate() {
            let junction = self.first + index;
            if let Some((stage, elapsed)) = may[junction]
                && !mind.arrivals.is_blind()
            {
                let desk = &mut self.desk;
                mind.pressure = desk.pressure.best(district, junction, stage, scene);
                let here = Here { spec: &district.junctions[junction], junction, scene };
                mind.plan(desk, here, settings, (stage, elapsed));
            }
        }
    }

    /// What was planned for each of its junctions; none where nothing is known of its lanes.
    pub(super) fn planned(&mut self) -> impl Iterator<Item = Option<Planned>> + '_ {
        self.minds.iter_mut().map(|mind| {
            (!mind.arrivals.is_blind()).then(|| Planned {
                stage: mind.found.sequence.get(mind.table.decides()).copied().map(usize::from),
                pressure: mind.pressure,
                evaluated: mind.found.evaluated,
                why: mind.why.take(),
            })
        })
    }
}

/// Which junction is planned for, and what is seen.
#[derive(Clone, Copy)]
struct Here<'h> {
    spec: &'h JunctionSpec,
    junction: usize,
    scene: &'h Scene,
}

impl Mind {
    /// What the junction, whose stage has been green for so long, should show now, or, where displays
    /// count down, after what they announce.
    fn plan(
        &mut self,
        desk: &mut Desk,
        here: Here<'_>,
        settings: &Settings,
        (stage, elapsed): (usize, Millis),
    ) {
        let horizon = horizon(settings.horizon, here.spec).as_secs_f32();
        let after_change = steps(here.spec, horizon, &mut desk.grid);
        let patience = settings.patience.at(here.spec.instants);
        let weights = Weights { patience, bus: settings.bus, person: settings.person };
        self.look(desk, here, horizon, &weights);
        let terms = Terms {
            law: settings.law,
            value: settings.value,
            stop: settings.stop,
            beam: settings.beam,
            budget: settings.budget,
            after_change,
        };
        let start = Start { stage, since: -elapsed.as_secs_f32() };
        let Desk { outlook, search, grid, .. } = &mut *desk;
        let ground = Ground { table: &self.table, outlook, terms: &terms, grid };
        search.run(&ground, start, &mut self.found);
        self.why = settings.explains.then(|| self.why(desk, here, (&terms, horizon), start));
    }

    /// Puts everybody who comes into the outlook.
    fn look(&mut self, desk: &mut Desk, here: Here<'_>, horizon: f32, weights: &Weights) {
        let Desk { outlook, grid, .. } = desk;
        let walks = here.scene.walks.get(here.junction).map(Vec::as_slice);
        outlook.clear();
        self.arrivals.look(here.scene, horizon, weights, outlook);
        self.walks.look(walks, here.scene.time, weights, outlook);
        outlook.seal(grid);
    }

    fn why(
        &mut self,
        desk: &mut Desk,
        here: Here<'_>,
        (terms, horizon): (&Terms, f32),
        start: Start,
    ) -> Why {
        let pressure = self.pressure;
        if self.found.is_missed {
            let costs = vec![None; self.table.stages];
            let (sequence, span) = (vec![pressure], Millis::ZERO);
            return Why { sequence, costs, pressure, delay: 0.0, span };
        }
        let few = Terms { beam: EXPLAINED, ..terms.clone() };
        let Desk { outlook, search, grid, .. } = &mut *desk;
        let ground = Ground { table: &self.table, outlook, terms: &few, grid };
        let costs = search.scores(&ground, start);
        // What comes is counted in vehicles that stand, whoever is in them.
        self.look(desk, here, horizon, &Weights::PLAIN);
        let Desk { outlook, search, grid, .. } = desk;
        let ground = Ground { table: &self.table, outlook, terms, grid };
        let sequence = &self.found.sequence;
        let (delay, span) = search.foretell(&ground, start, sequence, FORETOLD);
        let span = Millis::from_secs_f64(span.into());
        Why { sequence: runs(sequence), costs, pressure, delay, span }
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
