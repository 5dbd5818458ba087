//! A share of a district's junctions, and all that is needed to plan for them: shares know nothing of
//! each other, so that they may be planned for at once.

use estimate::Picture;
use units::Millis;

use super::arrivals::Arrivals;
use super::outlook::Outlook;
use super::search::{Found, Ground, Search, Start, Terms};
use super::table::Table;
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
            Mind { table, arrivals, found: Found::default(), pressure: 0, why: None }
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
    pub(super) fn see(&mut self, scene: &Scene, picture: &Picture) {
        for mind in &mut self.minds {
            mind.arrivals.see(scene, picture);
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
                let instants = district.junctions[junction].instants;
                mind.plan(desk, scene, settings, instants, (stage, elapsed));
            }
        }
    }

    /// What was planned for each of its junctions; none where nothing is known of its lanes.
    pub(super) fn planned(&mut self) -> impl Iterator<Item = Option<Planned>> + '_ {
        self.minds.iter_mut().map(|mind| {
            (!mind.arrivals.is_blind()).then(|| Planned {
                stage: mind.found.sequence.first().copied().map(usize::from),
                pressure: mind.pressure,
                evaluated: mind.found.evaluated,
                why: mind.why.take(),
            })
        })
    }
}

impl Mind {
    /// What the junction, whose stage has been green for so long, should show now.
    fn plan(
        &mut self,
        desk: &mut Desk,
        scene: &Scene,
        settings: &Settings,
        instants: Instants,
        (stage, elapsed): (usize, Millis),
    ) {
        let Desk { outlook, search, grid, .. } = desk;
        let horizon = horizon(settings.horizon, instants).as_secs_f32();
        let after_change = steps(instants, horizon, grid);
        outlook.clear();
        self.arrivals.look(scene, horizon, settings.patience.at(instants), outlook);
        outlook.seal(grid);
        let terms = Terms {
            law: settings.law,
            value: settings.value,
            stop: settings.stop,
            beam: settings.beam,
            budget: settings.budget,
            after_change,
        };
        let start = Start { stage, since: -elapsed.as_secs_f32() };
        let ground = Ground { table: &self.table, outlook, terms: &terms, grid };
        search.run(&ground, start, &mut self.found);
        self.why = settings.explains.then(|| self.why(search, &ground, start));
    }

    fn why(&self, search: &mut Search, ground: &Ground<'_>, start: Start) -> Why {
        let Found { sequence, is_missed, .. } = &self.found;
        let pressure = self.pressure;
        if *is_missed {
            let costs = vec![None; ground.table.stages];
            return Why {
                sequence: vec![pressure],
                costs,
                pressure,
                delay: 0.0,
                span: Millis::ZERO,
            };
        }
        let few = Terms { beam: EXPLAINED, ..ground.terms.clone() };
        let costs = search.scores(&Ground { terms: &few, ..*ground }, start);
        let (delay, span) = search.foretell(ground, start, sequence, FORETOLD);
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
