//! A district under control: who decides, what is seen, and what is decided.
//!
//! A controller is handed a [`Scene`] once a step and answers with a [`Choice`] for every junction that
//! may change now. It keeps what it remembers to itself; the same scenes give the same choices.

use std::sync::Arc;

use estimate::Sight;
use network::Network;
use units::{LinkId, Millis};

use crate::countdown::Announced;
use crate::crew::{Alone, Crew};
use crate::planner::{Law, May, Planned, Planner, Settings};
use crate::pressure::Pressure;
use crate::saturated::StoreAndForward;
use crate::spec::{Instants, JunctionSpec, Showing};

/// Who decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// Stages in their order, each for the same time.
    Fixed,
    /// Stages in their order, cycle by cycle for as long as a linear feedback from all queues says: a
    /// second opinion for saturated hours.
    StoreAndForward,
    /// The stage with the greatest pressure, at every instant (Varaiya 2013, with queues of lanes as
    /// the learned controllers' papers count them).
    MaxPressure,
    /// A search ahead over predicted arrivals.
    Adaptive,
}

impl Control {
    /// All of them, with their names in files and options.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("adaptive", Self::Adaptive),
        ("max-pressure", Self::MaxPressure),
        ("store-and-forward", Self::StoreAndForward),
        ("fixed", Self::Fixed),
    ];
}

/// The roads and what is to be controlled.
#[derive(Clone, Debug)]
pub struct District {
    /// The roads.
    pub network: Arc<Network>,
    /// The junctions, in the order of [`Scene::signals`].
    pub junctions: Vec<JunctionSpec>,
}

/// What is seen at one moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scene {
    /// Since the first step.
    pub time: Millis,
    /// What each junction shows.
    pub signals: Vec<Showing>,
    /// What is seen of each lane of the network.
    pub lanes: Vec<Sight>,
    /// What is known of those who wait to walk, junction by junction, crossing by crossing. What is not
    /// here is not known.
    pub walks: Vec<Vec<WalkSight>>,
    /// What the displays of each junction have announced already; what is not here is nothing. One that
    /// was announced for another stage than the one that runs says nothing.
    pub announced: Vec<Option<Announced>>,
    /// The vehicles for which junctions are to be clear when they come, in any order.
    pub clearings: Vec<Clearing>,
}

impl Scene {
    /// What stands announced for a junction: in how many seconds the green that runs ends, and the stage
    /// that follows.
    pub(crate) fn announced(&self, junction: usize) -> Option<(f32, usize)> {
        let Showing::Stage { stage, .. } = *self.signals.get(junction)? else {
            return None;
        };
        let known = self.announced.get(junction).copied().flatten()?;
        let left = (known.at - self.time).at_least_zero();
        (known.from == stage && known.to != stage).then_some((left.as_secs_f32(), known.to))
    }
}

/// A vehicle for which a junction is to be clear: an ambulance on its way. It counts as so many others
/// that whatever can be done for it is done, and of what is left the least is taken from the others.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Clearing {
    /// The junction's place in the district.
    pub junction: usize,
    /// The link on which it comes, whichever of its lanes it takes;
    pub from: LinkId,
    /// and the one that it takes behind the junction.
    pub to: LinkId,
    /// When it must find the road before the stop line free, at the soonest: from the scene's time on, not
    /// below zero;
    pub soonest: Millis,
    /// and when it has passed at the latest.
    pub latest: Millis,
    /// What a second of its delay counts, in those of a vehicle of no special class.
    pub weight: f32,
    /// The stages, a bit each, that the cabinet would serve by its own rule before the vehicle has passed,
    /// since they were not shown for so long: they are better served before it comes.
    pub overdue: u64,
}

/// What is known of those who wait at one crossing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WalkSight {
    /// Nothing: it has no button.
    #[default]
    Unknown,
    /// So many wait. A button that was pressed stands for one.
    Waiting {
        /// How many.
        persons: u32,
        /// How long the first of them has waited.
        longest: Millis,
    },
}

/// What is decided for one junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// The junction's place in the district.
    pub junction: usize,
    /// The stage to show from now on; where displays count down, from when they have counted down to it
    /// ([`crate::Countdown`]).
    pub stage: usize,
    /// What chose it.
    pub basis: Basis,
    /// Why, where it was searched for and [`Settings::explains`].
    pub why: Option<Why>,
}

/// What a choice rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// The order of the stages: fixed control, or nothing is known of any lane.
    Order,
    /// The greatest pressure, as max-pressure control has it.
    Pressure,
    /// A search ahead.
    Search,
    /// The greatest pressure, because the search missed its budget.
    Missed,
}

/// Why a search chose what it chose.
#[derive(Clone, PartialEq, Debug)]
pub struct Why {
    /// The stages of the best sequence in their order.
    pub sequence: Vec<usize>,
    /// For each stage the least cost of the sequences that begin with it, weighed seconds; none where
    /// the search kept none of them. That of the stage that runs is the cost of holding it.
    pub costs: Vec<Option<f32>>,
    /// The stage that max-pressure would show.
    pub pressure: usize,
    /// The delay that the best sequence foretells, vehicle-seconds, every vehicle alike;
    pub delay: f32,
    /// and in what time.
    pub span: Millis,
    /// How many vehicles are counted on that neighbours' plans send.
    pub sent: usize,
}

/// How a queue leaves a lane at green, where that is known beforehand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Discharge {
    /// From the begin of green to the begin of the flow.
    pub start_up: Millis,
    /// From vehicle to vehicle.
    pub headway: Millis,
}

/// A controller of a district.
#[derive(Clone, Debug)]
pub struct Controller {
    control: Control,
    district: District,
    planner: Planner,
    /// Stages that were weighed so far.
    evaluations: u64,
    /// For each junction the first instant since its last change; zero before any.
    next: Vec<Millis>,
    /// For each junction what may be changed at this scene.
    may: Vec<May>,
    pressure: Pressure,
    /// Where it controls.
    saturated: Option<StoreAndForward>,
}

/// A fixed plan's green.
const GREEN: Millis = Millis::from_secs(30);

impl Controller {
    /// A controller that remembers nothing yet.
    #[must_use]
    pub fn new(control: Control, district: District) -> Self {
        let planner = Planner::new(&district);
        let next = vec![Millis::ZERO; district.junctions.len()];
        let (may, pressure) = (Vec::new(), Pressure::default());
        let saturated =
            (control == Control::StoreAndForward).then(|| StoreAndForward::new(&district));
        Self { control, district, planner, evaluations: 0, next, may, pressure, saturated }
    }

    /// The same, told how queues leave instead of having to learn it.
    #[must_use]
    pub fn with_discharge(self, discharge: Discharge) -> Self {
        let law = Law {
            start_up: discharge.start_up.as_secs_f32(),
            headway: discharge.headway.as_secs_f32(),
            ..self.planner.settings.law
        };
        let settings = Settings { law, ..self.planner.settings };
        self.with_settings(settings)
    }

    /// The same, with other settings of its planner.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.planner.settings = settings;
        self
    }

    /// The same, its junctions in so many shares that a [`Crew`] may do at once. What is decided is the
    /// same for any number.
    #[must_use]
    pub fn with_shares(mut self, count: usize) -> Self {
        self.planner.split(count);
        self
    }

    /// The junctions that it controls.
    #[must_use]
    pub fn junctions(&self) -> &[JunctionSpec] {
        &self.district.junctions
    }

    /// How many stages, or states of a search, were weighed so far.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// What every junction that may change now should show, in place of what stands in `choices`.
    pub fn decide(&mut self, scene: &Scene, choices: &mut Vec<Choice>) {
        self.decide_with(&Alone, scene, choices);
    }

    /// The same, by a crew. The choices do not depend on it.
    pub fn decide_with(&mut self, crew: &impl Crew, scene: &Scene, choices: &mut Vec<Choice>) {
        choices.clear();
        let mut may = std::mem::take(&mut self.may);
        may.clear();
        may.extend((0..self.next.len()).map(|junction| self.may_change(junction, scene)));
        if self.control == Control::Adaptive {
            let Self { planner, district, evaluations, .. } = self;
            planner.see(district, scene, crew);
            planner.plan(district, scene, &may, crew);
            for ((junction, planned), may) in planner.planned().enumerate().zip(&may) {
                let &Some(running) = may else { continue };
                *evaluations += planned.as_ref().map_or(0, |one| u64::from(one.evaluated));
                choices.push(planned.map_or_else(
                    || ordered(&district.junctions[junction], junction, running),
                    |planned| found(junction, planned),
                ));
            }
        } else {
            for (junction, &may) in may.iter().enumerate() {
                choices.extend(may.map(|running| self.ruled(junction, running, scene)));
            }
        }
        for choice in choices.iter() {
            if let Some((stage, _)) = may[choice.junction] {
                self.changed(choice.junction, stage, choice.stage, scene.time);
            }
        }
        self.may = may;
    }

    /// What a rule that looks at no more than this scene chooses.
    fn ruled(&mut self, junction: usize, running: (usize, Millis), scene: &Scene) -> Choice {
        let spec = &self.district.junctions[junction];
        if self.control == Control::Fixed {
            return ordered(spec, junction, running);
        }
        if let Some(saturated) = &mut self.saturated {
            let stage = saturated.stage(&self.district, junction, running, scene);
            return Choice { junction, stage, basis: Basis::Order, why: None };
        }
        self.evaluations += spec.stages.len() as u64;
        let stage = self.pressure.best(&self.district, junction, running.0, scene);
        Choice { junction, stage, basis: Basis::Pressure, why: None }
    }

    /// The stage that runs, and for how long, where another may be demanded.
    fn may_change(&self, junction: usize, scene: &Scene) -> May {
        let spec = &self.district.junctions[junction];
        let Showing::Stage { stage, elapsed } = scene.signals[junction] else {
            return None;
        };
        let instant = match spec.instants {
            Instants::Any => true,
            Instants::Every(every) => scene.time.modulo(every) == Millis::ZERO,
            Instants::After(every) => {
                let since = scene.time - self.next[junction];
                since >= Millis::ZERO && since.modulo(every) == Millis::ZERO
            }
        };
        // What is decided now happens only when displays have counted down to it.
        let then = elapsed + spec.countdown.unwrap_or(Millis::ZERO);
        (instant && then >= spec.stages[stage].min_green).then_some((stage, elapsed))
    }

    /// Remembers a change.
    fn changed(&mut self, junction: usize, from: usize, to: usize, now: Millis) {
        let spec = &self.district.junctions[junction];
        if let Instants::After(every) = spec.instants
            && from != to
        {
            self.next[junction] = now + spec.clearance(from, to) + every;
        }
    }
}

/// What the order of the stages chooses.
fn ordered(spec: &JunctionSpec, junction: usize, (stage, elapsed): (usize, Millis)) -> Choice {
    let green = GREEN.max(spec.stages[stage].min_green);
    let stage = if elapsed < green { stage } else { (stage + 1) % spec.stages.len() };
    Choice { junction, stage, basis: Basis::Order, why: None }
}

/// What was planned; max-pressure where the search has found nothing in time.
fn found(junction: usize, planned: Planned) -> Choice {
    let (stage, basis) = match planned.stage {
        Some(stage) => (stage, Basis::Search),
        None => (planned.pressure, Basis::Missed),
    };
    Choice { junction, stage, basis, why: planned.why }
}
