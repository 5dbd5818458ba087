//! A district under control: who decides, what is seen, and what is decided.
//!
//! A controller is handed a [`Scene`] once a step and answers with a [`Choice`] for every junction that
//! may change now. It keeps what it remembers to itself; the same scenes give the same choices.

use std::sync::Arc;

use estimate::Sight;
use network::Network;
use units::Millis;

use crate::planner::{Law, May, Planner, Settings};
use crate::pressure;
use crate::spec::{Instants, JunctionSpec, Showing};

/// Who decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// Stages in their order, each for the same time.
    Fixed,
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
}

/// What is decided for one junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// The junction's place in the district.
    pub junction: usize,
    /// The stage to show from now on.
    pub stage: usize,
    /// Why, where it was searched for and [`Settings::explains`].
    pub why: Option<Why>,
}

/// Why a search chose what it chose.
#[derive(Clone, PartialEq, Debug)]
pub struct Why {
    /// The stages of the best sequence in their order.
    pub sequence: Vec<usize>,
    /// For each stage the least cost of the sequences that begin with it, weighed seconds; none where
    /// the search kept none of them.
    pub costs: Vec<Option<f32>>,
    /// The delay that the best sequence foretells, vehicle-seconds, weighed;
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
    may: Vec<May>,
}

/// A fixed plan's green.
const GREEN: Millis = Millis::from_secs(30);

impl Controller {
    /// A controller that remembers nothing yet.
    #[must_use]
    pub fn new(control: Control, district: District) -> Self {
        let planner = Planner::new(&district);
        let next = vec![Millis::ZERO; district.junctions.len()];
        Self { control, district, planner, evaluations: 0, next, may: Vec::new() }
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

    /// What every junction that may change now should show.
    pub fn decide(&mut self, scene: &Scene) -> Vec<Choice> {
        let junctions = 0..self.district.junctions.len();
        let mut may = std::mem::take(&mut self.may);
        may.clear();
        may.extend(junctions.map(|junction| self.may_change(junction, scene)));
        if self.control == Control::Adaptive {
            let Self { planner, district, .. } = self;
            planner.see(district, scene);
            self.evaluations += planner.plan(district, scene, &may);
        }
        let mut choices = Vec::new();
        for (junction, may) in may.iter().enumerate() {
            let &Some((stage, elapsed)) = may else {
                continue;
            };
            let mut why = None;
            let wanted = match self.control {
                Control::Fixed => self.fixed(junction, stage, elapsed),
                Control::Adaptive if self.planner.is_blind(junction) => {
                    self.fixed(junction, stage, elapsed)
                }
                Control::Adaptive => {
                    let (found, reasons) = self.planner.found(junction);
                    why = reasons;
                    found.sequence.first().map_or(stage, |&stage| stage.into())
                }
                Control::MaxPressure => {
                    self.evaluations += self.district.junctions[junction].stages.len() as u64;
                    pressure::best(&self.district, junction, stage, scene)
                }
            };
            if wanted != stage {
                self.changed(junction, stage, wanted, scene.time);
            }
            choices.push(Choice { junction, stage: wanted, why });
        }
        self.may = may;
        choices
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
        (instant && elapsed >= spec.stages[stage].min_green).then_some((stage, elapsed))
    }

    fn changed(&mut self, junction: usize, from: usize, to: usize, now: Millis) {
        let spec = &self.district.junctions[junction];
        if let Instants::After(every) = spec.instants {
            self.next[junction] = now + spec.clearance(from, to) + every;
        }
    }

    fn fixed(&self, junction: usize, stage: usize, elapsed: Millis) -> usize {
        let spec = &self.district.junctions[junction];
        let green = GREEN.max(spec.stages[stage].min_green);
        if elapsed < green { stage } else { (stage + 1) % spec.stages.len() }
    }
}
