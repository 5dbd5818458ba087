//! Controllers compared without a daemon: `greenwave evaluate control`.
//!
//! The world stands in for the simulator that others would bring: each second a [`Scene`] is made of
//! it, a [`Controller`] answers with stages, and the lamps follow by the rules of a [`Preset`]. Every
//! controller drives every case with every seed; those of one case and seed meet the same vehicles and
//! drivers, so that their differences are paired.

pub mod corridors;
mod lamps;
mod measures;
mod preset;
mod sensors;
mod times;
pub mod train;
mod verdict;

use std::sync::Arc;
use std::time::Instant;

use engine::planned;
use optimizer::{Choice, Controller, Countdown, District, Instants, JunctionSpec, Scene, Showing};
use rayon::prelude::*;
use scenario::{Demand, Program, SignalSite, Site};
use units::{GroupId, Millis, Moment};

use crate::program::Player;
use crate::run::{Arrivals, Lights, arrange};
use crate::world::{Settings, World};

use lamps::Lamps;
use measures::Meter;
use sensors::Sensors;

pub use measures::{Measures, NAMES};
pub use optimizer::Control;
pub use preset::Preset;
pub use sensors::{Death, Sensing};
pub use times::{PlannerTime, Times};
pub use verdict::{CaseVerdict, ControlVerdict, Row, Verdict};

/// From one scene to the next.
const SECOND: Millis = Millis(1_000);

/// A street on which controllers are compared.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// Its roads and signals.
    pub site: Arc<Site>,
    /// The light phases of its junctions, which the presets of the literature play.
    pub programs: Vec<Program>,
    /// Its traffic, to the times of its files.
    pub demand: Demand,
}

/// Who controls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// A controller.
    Rule(Control),
    /// Nobody: each junction runs its site's first plan, or its light phases with the times of the
    /// file.
    Plan,
}

impl Who {
    /// All of them, with their names on the command line.
    #[must_use]
    pub fn all() -> Vec<(&'static str, Self)> {
        let rules = Control::ALL.iter().map(|&(name, control)| (name, Self::Rule(control)));
        rules.chain([("plan", Self::Plan)]).collect()
    }
}

/// How controllers are compared.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// Who is compared, each with its name.
    pub controls: Vec<(String, Who)>,
    /// Under which protocol.
    pub preset: Preset,
    /// How many stages junctions have; none: as the preset says.
    pub stages: Option<usize>,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many, at least one.
    pub seeds: u32,
    /// How long each run lasts.
    pub duration: Millis,
    /// How vehicles arrive.
    pub arrivals: Arrivals,
    /// What sensors see.
    pub sensing: Sensing,
    /// Which share of them is dead, and what they say then.
    pub dead: (f64, Death),
    /// How many runs go at a time.
    pub threads: usize,
}

/// One run.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// What came of it.
    pub measures: Measures,
    /// How long the controller's decisions took.
    pub times: Times,
}

/// Runs all of it: the runs of each case, seed by seed, controller by controller.
///
/// # Errors
/// What of a case the preset cannot run, all of it at once; nobody who controls, no seed.
pub fn evaluate(cases: &[Case], plan: &Plan) -> anyhow::Result<Vec<Vec<Vec<Run>>>> {
    anyhow::ensure!(plan.seeds > 0 && !plan.controls.is_empty(), "there is nothing to compare");
    let streets: Vec<Result<Street<'_>, Vec<String>>> =
        cases.iter().map(|case| Street::new(case, plan)).collect();
    let wrong: Vec<String> =
        streets.iter().filter_map(|street| street.as_ref().err()).flatten().cloned().collect();
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let streets: Vec<Street<'_>> = streets.into_iter().flatten().collect();
    let (seeds, controls) = (plan.seeds as usize, plan.controls.len());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads.max(1)).build()?;
    let work = 0..streets.len() * seeds * controls;
    let run = |index: usize| {
        let (who, rest) = (plan.controls[index % controls].1, index / controls);
        let seed = plan.first_seed.wrapping_add((rest % seeds) as u64);
        streets[rest / seeds].run(who, plan, seed)
    };
    let runs: Vec<Run> = pool.install(|| work.into_par_iter().map(run).collect());
    let by_seed: Vec<Vec<Run>> = runs.chunks(controls).map(<[Run]>::to_vec).collect();
    Ok(by_seed.chunks(seeds).map(<[Vec<Run>]>::to_vec).collect())
}

/// A case under a preset, ready to be run.
struct Street<'c> {
    case: &'c Case,
    signals: Vec<SignalSite>,
    lamps: Lamps,
    plan: Played,
    district: District,
}

impl<'c> Street<'c> {
    fn new(case: &'c Case, plan: &Plan) -> Result<Self, Vec<String>> {
        let (signals, lamps, plan, junctions) = match plan.preset.rules() {
            None => site(case, plan)?,
            Some(rules) => {
                let count = plan.stages.or(plan.preset.stages()).unwrap_or(1);
                let stages: Vec<usize> = (preset::FIRST_PHASE..).take(count).collect();
                phases(case, plan, &stages, &rules)?
            }
        };
        let network = case.site.network.clone();
        Ok(Self { case, signals, lamps, plan, district: District { network, junctions } })
    }

    fn run(&self, who: Who, plan: &Plan, seed: u64) -> Run {
        self.watch(who, plan, seed, None, &mut |_, _| {})
    }

    /// A run with a planner of its own settings, where there are any, and with somebody who looks at the
    /// world and at what is seen of it each second.
    fn watch(
        &self,
        who: Who,
        plan: &Plan,
        seed: u64,
        own: Option<optimizer::Settings>,
        watch: &mut dyn FnMut(&World, &Scene),
    ) -> Run {
        let demand = arrange(&self.case.demand, plan.arrivals, seed);
        let network = &self.district.network;
        let settings = Settings {
            model: plan.preset.model(),
            seed,
            changes_for_comfort: plan.preset.changes_for_comfort(),
            ..Settings::default()
        };
        let junctions = &self.district.junctions;
        let mut sensors = Sensors::new(network, junctions, &demand, plan.sensing, plan.dead, seed);
        let detectors = sensors.detectors();
        let mut world =
            World::with_settings(network.clone(), &self.signals, &detectors, &demand, &settings);
        let mut meter = Meter::new(&world, &self.district, &demand);
        let (mut times, mut choices) = (Times::default(), Vec::new());
        let groups = self.signals.iter().map(|signal| planned::crossings(&signal.layout));
        let crossings: Vec<Vec<GroupId>> = groups.map(Iterator::collect).collect();
        let countdown = |junction: &JunctionSpec| junction.countdown.map(Countdown::new);
        let mut countdowns: Vec<_> = junctions.iter().map(countdown).collect();
        let mut driver = match who {
            Who::Plan => Driver::Plan(self.plan.clone()),
            Who::Rule(control) => {
                let controller = Controller::new(control, self.district.clone());
                let controller = match own {
                    Some(settings) => controller.with_settings(settings),
                    None => controller,
                };
                Driver::Rule(Box::new((controller, self.lamps.clone(), Scene::default())))
            }
        };
        while world.now() < plan.duration {
            match &mut driver {
                Driver::Plan(plan) => plan.show(&mut world),
                Driver::Rule(rule) => {
                    let (controller, lamps, scene) = &mut **rule;
                    if world.now().modulo(SECOND) == Millis::ZERO {
                        scene.time = world.now();
                        lamps.showing(world.now(), &mut scene.signals);
                        sensors.look(&world, scene);
                        sensors.look_at_walkers(&world, &crossings, scene);
                        watch(&world, scene);
                        decide(controller, scene, &mut choices, &mut times);
                        for choice in &choices {
                            let showing = scene.signals[choice.junction];
                            let countdown = &mut countdowns[choice.junction];
                            let stage = counted_down(countdown, showing, choice, scene.time);
                            lamps.demand(choice.junction, stage, scene.time);
                        }
                    }
                    lamps.show(&mut world);
                }
            }
            world.step();
            meter.observe(&world);
        }
        Run { measures: meter.measures(&world), times }
    }
}

/// What moves the lamps of a run.
enum Driver {
    Plan(Played),
    /// A controller, the lamps that it moves, and what it sees.
    Rule(Box<(Controller, Lamps, Scene)>),
}

/// Lamps that nobody moves.
#[derive(Clone)]
enum Played {
    Phases(Player),
    Cabinets(Lights),
}

impl Played {
    fn show(&mut self, world: &mut World) {
        match self {
            Self::Phases(player) => player.show(world),
            Self::Cabinets(lights) => {
                let end = Moment::ORIGIN + world.now() + world.step_length();
                lights.show(world, end);
            }
        }
    }
}

fn decide(
    controller: &mut Controller,
    scene: &Scene,
    choices: &mut Vec<Choice>,
    times: &mut Times,
) {
    let begin = Instant::now();
    controller.decide(scene, choices);
    times.add(begin.elapsed(), choices.len());
}

/// What is demanded now, where displays may have to count down to what was chosen.
fn counted_down(
    countdown: &mut Option<Countdown>,
    showing: Showing,
    choice: &Choice,
    now: Millis,
) -> usize {
    match (countdown, showing) {
        (Some(countdown), Showing::Stage { stage, .. }) => {
            countdown.decide(stage, choice.stage, now)
        }
        _ => choice.stage,
    }
}

/// The signals of the world, their lamps under a controller and by themselves, and the junctions.
type Parts = (Vec<SignalSite>, Lamps, Played, Vec<JunctionSpec>);

/// The junctions with the signals of their site.
fn site(case: &Case, plan: &Plan) -> Result<Parts, Vec<String>> {
    if plan.stages.is_some() {
        return Err(vec![format!(
            "{}: under the preset street junctions have the stages of their site",
            case.name
        )]);
    }
    let signals = case.site.signals.clone();
    let network = &case.site.network;
    let junctions =
        signals.iter().map(|signal| planned::of_site(network, signal, Instants::Any)).collect();
    let (lamps, played) = (Lamps::cabinets(&signals), Played::Cabinets(Lights::new(&signals)));
    Ok((signals, lamps, played, junctions))
}

/// The junctions with light phases of their file.
fn phases(
    case: &Case,
    plan: &Plan,
    stages: &[usize],
    rules: &planned::Rules,
) -> Result<Parts, Vec<String>> {
    let name = plan.preset.name();
    let say = |what: String| format!("{}: {what}", case.name);
    if case.programs.is_empty() {
        return Err(vec![say(format!(
            "the preset {name} plays the light phases of a CityFlow network, there are none here"
        ))]);
    }
    let needed = stages.last().copied().unwrap_or(0) + 1;
    let short = case.programs.iter().filter(|program| program.phases.len() < needed);
    let mut wrong: Vec<String> = short
        .map(|program| {
            let (name, has) = (&program.name, program.phases.len());
            let count = stages.len();
            say(format!(
                "junction {name} has {has} light phases: one between stages and {count} stages \
                 need {needed}"
            ))
        })
        .collect();
    let player = Player::new(&case.programs);
    wrong.extend(player.as_ref().err().into_iter().flatten().map(|problem| say(problem.0.clone())));
    let (Ok(player), true) = (player, wrong.is_empty()) else { return Err(wrong) };
    let network = &case.site.network;
    let lamps = Lamps::phases(&case.programs, stages, rules.clearance);
    let of = |program| planned::of_program(network, program, stages, rules);
    let junctions = case.programs.iter().map(of).collect();
    Ok((player.signals().to_vec(), lamps, Played::Phases(player), junctions))
}
