//! A share of a district's junctions, and all that is needed to plan for them: within one turn shares
//! know nothing of each other, so that they may be planned for at once.

use estimate::Picture;
use units::Millis;

use super::arrivals::Arrivals;
use super::exchange::{Exchange, Inbox, Sent};
use super::outlook::Outlook;
use super::patience::Weights;
use super::search::{Found, Ground, Search, Start, Terms};
use super::table::Table;
use super::walks::Walks;
use super::windows::{Plan, Windows};
use super::{May, Planned, Settings};
use crate::district::{Clearing, District, Scene, Why};
use crate::pressure::Pressure;
use crate::spec::{Instants, JunctionSpec};

/// How many sequences are kept of those that begin with a stage that is not the best: what they cost
/// is only told.
const EXPLAINED: usize = 8;
/// How far ahead delay is foretold to be held against what comes, seconds: so far every arrival is on
/// the road already.
const FORETOLD: f32 = 20.0;
/// Where a junction is to be clear for somebody it is looked so far beyond that,
const BEYOND: Millis = Millis(5_000);
/// but no farther than this: what comes later is not known.
const FARTHEST: Millis = Millis(100_000);
/// So many decisions are looked over at least.
const DECISIONS_LEAST: i64 = 3;

/// What is known of one junction, and what was planned for it.
#[derive(Clone, Debug)]
struct Mind {
    table: Table,
    arrivals: Arrivals,
    walks: Walks,
    found: Found,
    /// How many states all searches of this step have weighed.
    evaluated: u32,
    pressure: usize,
    why: Option<Why>,
    /// What was found last, for as long as it is gone by.
    plan: Plan,
    /// By what number that is known again which it has heard from its neighbours last.
    heard: Option<u64>,
    /// What it tells them, until it is delivered.
    sent: Vec<Sent>,
    tells: bool,
}

/// The memory that all junctions of a share use in turn.
#[derive(Clone, Debug, Default)]
struct Desk {
    outlook: Outlook,
    search: Search,
    grid: Vec<f32>,
    pressure: Pressure,
    inbox: Inbox,
    windows: Windows,
    /// For whom the junction is to be clear.
    clearings: Vec<Clearing>,
}

/// What junctions plan from in one turn.
pub(super) struct Turn<'t> {
    pub(super) district: &'t District,
    pub(super) scene: &'t Scene,
    pub(super) settings: &'t Settings,
    pub(super) exchange: &'t Exchange,
    /// Who may change now; nobody where all only tell what they mean to do.
    pub(super) may: &'t [May],
    /// Whose turn it is; none where nobody tells anybody anything.
    pub(super) colour: Option<usize>,
    /// Whether it is the first in which they plan.
    pub(super) first: bool,
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
            Mind {
                table,
                arrivals,
                walks,
                found: Found::default(),
                evaluated: 0,
                pressure: 0,
                why: None,
                plan: Plan::default(),
                heard: None,
                sent: Vec::new(),
                tells: false,
            }
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

    /// The tables of its junctions.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> + Clone {
        self.minds.iter().map(|mind| &mind.table)
    }

    /// Sees another step.
    pub(super) fn see(&mut self, district: &District, scene: &Scene, picture: &Picture) {
        for (index, mind) in self.minds.iter_mut().enumerate() {
            let junction = self.first + index;
            let (spec, showing) = (&district.junctions[junction], scene.signals[junction]);
            mind.arrivals.see((spec, &mind.table), showing, scene, picture);
            mind.heard = None;
            mind.walks.see(spec, showing, scene.time);
        }
    }

    /// Those of its junctions whose turn it is plan, where they may change now, and tell their
    /// neighbours what they mean to do.
    pub(super) fn turn(&mut self, turn: &Turn<'_>) {
        for (index, mind) in self.minds.iter_mut().enumerate() {
            let junction = self.first + index;
            let waits = turn.colour.is_some_and(|colour| turn.exchange.colour(junction) != colour);
            if !waits && !mind.arrivals.is_blind() {
                mind.turn(&mut self.desk, turn, junction);
            }
        }
    }

    /// Hands on what its junctions have told in a turn.
    pub(super) fn deliver(&mut self, exchange: &mut Exchange) {
        for (index, mind) in self.minds.iter_mut().enumerate() {
            if std::mem::take(&mut mind.tells) {
                exchange.deliver(self.first + index, &mut mind.sent);
            }
        }
    }

    /// What was planned for each of its junctions; none where nothing is known of its lanes.
    pub(super) fn planned(&mut self) -> impl Iterator<Item = Option<Planned>> + '_ {
        self.minds.iter_mut().map(|mind| {
            (!mind.arrivals.is_blind()).then(|| Planned {
                stage: mind.found.sequence.get(mind.table.decides()).copied().map(usize::from),
                pressure: mind.pressure,
                evaluated: mind.evaluated,
                why: mind.why.take(),
            })
        })
    }
}

impl Mind {
    /// The junction's turn.
    fn turn(&mut self, desk: &mut Desk, turn: &Turn<'_>, junction: usize) {
        let &Turn { district, scene, settings, exchange, may, first, .. } = turn;
        let spec = &district.junctions[junction];
        let may = may.get(junction).copied().flatten();
        let horizon = horizon(settings.horizon, spec);
        let here = scene.clearings.iter().filter(|clearing| clearing.junction == junction);
        desk.clearings.clear();
        desk.clearings.extend(here);
        let ends = desk.clearings.iter().map(|one| one.latest + BEYOND);
        let horizon = ends.fold(horizon, |all, end| all.max(end.min(FARTHEST))).as_secs_f32();
        let heard = Some(exchange.hear(junction, horizon, &mut desk.inbox));
        let is_new = self.heard != heard;
        self.heard = heard;
        // The same again would be planned again.
        if !(is_new || may.is_some() && first) {
            return;
        }
        // Who only tells what he means to do searches nothing.
        let after_change = may.and_then(|_| steps(spec, horizon, &mut desk.grid));
        let patience = settings.patience.at(spec.instants);
        let weights = Weights { patience, bus: settings.bus, person: settings.person };
        self.look(desk, turn, junction, horizon, &weights);
        let terms = Terms {
            law: settings.law,
            value: settings.value,
            stop: settings.stop,
            beam: settings.beam,
            budget: settings.budget,
            after_change,
            holds: !desk.clearings.is_empty(),
        };
        if let Some((stage, elapsed)) = may {
            if first {
                self.pressure = desk.pressure.best(district, junction, stage, scene);
                self.evaluated = 0;
            }
            self.search(desk, &terms, Start { stage, since: -elapsed.as_secs_f32() });
            self.plan.take(scene.time, stage, &self.found.sequence, &desk.grid);
        }
        if turn.colour.is_some() {
            let is_missed = may.is_some() && self.found.is_missed;
            self.tell(desk, turn, junction, horizon, is_missed);
        }
        if let Some((stage, elapsed)) = may.filter(|_| settings.explains) {
            let start = Start { stage, since: -elapsed.as_secs_f32() };
            let why = self.why(desk, &terms, start, |mind, desk| {
                // What comes is counted in vehicles that stand, whoever is in them.
                mind.look(desk, turn, junction, horizon, &Weights::PLAIN);
            });
            self.why = Some(why);
        }
    }

    fn search(&mut self, desk: &mut Desk, terms: &Terms, start: Start) {
        let Desk { outlook, search, grid, .. } = desk;
        outlook.seal(grid);
        let ground = Ground { table: &self.table, outlook, terms, grid };
        search.run(&ground, start, &mut self.found);
        self.evaluated += self.found.evaluated;
    }

    /// Tells its neighbours who leaves it; nobody where max-pressure decides, since the search was given
    /// up: nobody knows what it will show.
    fn tell(
        &mut self,
        desk: &mut Desk,
        turn: &Turn<'_>,
        junction: usize,
        horizon: f32,
        is_missed: bool,
    ) {
        let Desk { outlook, windows, .. } = desk;
        let shown = (turn.scene.signals[junction], &self.plan, turn.scene.time);
        let rules = (&self.table, &turn.settings.law);
        let sent = &mut self.sent;
        sent.clear();
        if !is_missed {
            turn.exchange.tell(junction, rules, (outlook, windows), shown, horizon, sent);
        }
        self.tells = true;
    }

    /// Why the search has found what it found; `plain` looks again at those who come, all alike.
    fn why(
        &mut self,
        desk: &mut Desk,
        terms: &Terms,
        start: Start,
        plain: impl FnOnce(&mut Self, &mut Desk),
    ) -> Why {
        let (pressure, sent) = (self.pressure, desk.inbox.added());
        if self.found.is_missed {
            let costs = vec![None; self.table.stages];
            let (sequence, span) = (vec![pressure], Millis::ZERO);
            return Why { sequence, costs, pressure, delay: 0.0, span, sent };
        }
        let few = Terms { beam: EXPLAINED, ..terms.clone() };
        let Desk { outlook, search, grid, .. } = &mut *desk;
        let ground = Ground { table: &self.table, outlook, terms: &few, grid };
        let costs = search.scores(&ground, start);
        plain(self, desk);
        let Desk { outlook, search, grid, .. } = desk;
        outlook.seal(grid);
        let ground = Ground { table: &self.table, outlook, terms, grid };
        let sequence = &self.found.sequence;
        let (delay, span) = search.foretell(&ground, start, sequence, FORETOLD);
        let span = Millis::from_secs_f64(span.into());
        Why { sequence: runs(sequence), costs, pressure, delay, span, sent }
    }

    /// Puts everybody who comes into the outlook.
    fn look(
        &mut self,
        desk: &mut Desk,
        turn: &Turn<'_>,
        junction: usize,
        horizon: f32,
        weights: &Weights,
    ) {
        let Desk { outlook, inbox, clearings, .. } = desk;
        let scene = turn.scene;
        let walks = scene.walks.get(junction).map(Vec::as_slice);
        outlook.clear();
        inbox.begin();
        let around = (inbox, turn.exchange.receiving());
        self.arrivals.look(&self.table, horizon, weights, around, clearings, outlook);
        self.walks.look(walks, scene.time, weights, outlook);
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
