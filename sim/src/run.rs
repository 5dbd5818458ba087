//! A run of the world from its begin to its end, as fast as the machine can: `greenwave sim run`.
//!
//! Under the fixed plan no daemon is needed: each cabinet runs its first plan by itself ([`Lights`]),
//! and nothing else is simulated than what drives. So it is where the programs of a foreign file are
//! played. Under every other rule the engine drives the street through the harness, request by request.

mod arrivals;
mod lights;
mod summary;

use std::sync::Arc;
use std::time::{Duration, Instant};

use scenario::{Demand, Mode, Program, Sensors, Site};
use units::{Millis, Moment};

use crate::harness;
use crate::measure::{Approach, Recorders};
use crate::program::Player;
use crate::street::Street;
use crate::world::{Incident, Settings, WalkerSummary, World, WorldSummary};

pub use arrivals::{Arrivals, arrange, scale};
pub use lights::Lights;
pub use summary::{Provenance, RunSummary};

/// By what the junctions are controlled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// By a rule of the site.
    Rule(Mode),
    /// By the programs of a foreign file, exactly as they are.
    Programs,
}

impl Control {
    /// Its name in summaries and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule(mode) => mode.name(),
            Self::Programs => "program",
        }
    }
}

/// How a run is set up.
#[derive(Clone, PartialEq, Debug)]
pub struct RunSettings {
    /// How long it runs; whole steps of the model.
    pub duration: Millis,
    /// By what the junctions are controlled.
    pub control: Control,
    /// How the world drives.
    pub world: Settings,
    /// How well the street's sensors see, where that is not exact. Only the engine reads any.
    pub sensors: Option<Sensors>,
    /// What blocks the street, and when.
    pub incidents: Vec<Incident>,
}

impl RunSettings {
    /// Exact sensors, and nothing that blocks the street.
    #[must_use]
    pub fn new(duration: Millis, control: Control, world: Settings) -> Self {
        Self { duration, control, world, sensors: None, incidents: Vec::new() }
    }
}

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Outcome {
    /// What the world measured.
    pub world: WorldSummary,
    /// What it measured of the people who walk.
    pub walkers: WalkerSummary,
    /// Vehicle-updates, those of vehicles asleep before a red light included.
    pub updates: u64,
    /// The most vehicles that were on the road at one time.
    pub peak: usize,
    /// See [`Approach`], seconds.
    pub approach_s: f64,
    /// The states after each step, folded in order.
    pub trajectory_hash: u64,
    /// How often the checker of the cabinets' lamps saw a rule broken; nobody looks under a fixed
    /// plan.
    pub violations: u64,
    /// The time that the steps took, with what controls the lights.
    pub stepping: Duration,
    /// The processor time of the main thread from the begin to the end, building the world and
    /// measuring with it; none where the system does not tell or other threads share the work.
    pub processor: Option<Duration>,
}

/// Runs a site; `programs` are those that [`Control::Programs`] plays. `recorders` write what was asked
/// for; `tell` is shown the world after each step.
///
/// # Errors
/// What of the site cannot be run; what cannot be written.
pub fn run(
    site: &Arc<Site>,
    programs: &[Program],
    demand: &Demand,
    settings: &RunSettings,
    recorders: &mut Recorders,
    tell: &mut dyn FnMut(&World),
) -> anyhow::Result<Outcome> {
    match settings.control {
        Control::Programs => {
            anyhow::ensure!(!programs.is_empty(), "the street has no programs of its own to play");
            let player = Player::new(programs).map_err(|all| together(&all))?;
            let site = Site { signals: player.signals().to_vec(), ..Site::clone(site) };
            let mut show = |world: &mut World, _: Moment| player.show(world);
            play(&site, demand, settings, &mut show, recorders, tell)
        }
        Control::Rule(Mode::Fixed) => {
            let mut lights = Lights::new(&site.signals);
            let mut show = |world: &mut World, at: Moment| lights.show(world, at);
            play(site, demand, settings, &mut show, recorders, tell)
        }
        Control::Rule(Mode::Actuated | Mode::MaxPressure | Mode::Adaptive) => {
            observed(site, demand, settings, recorders, tell, |see| {
                engine(site, demand, settings, see)
            })
        }
    }
}

/// Runs a site whose lamps somebody else plays: `show` is called before each step, with the time at
/// the step's end. No sensor is simulated, since nobody reads one.
///
/// # Errors
/// What cannot be written.
pub fn play(
    site: &Site,
    demand: &Demand,
    settings: &RunSettings,
    show: &mut dyn FnMut(&mut World, Moment),
    recorders: &mut Recorders,
    tell: &mut dyn FnMut(&World),
) -> anyhow::Result<Outcome> {
    observed(site, demand, settings, recorders, tell, |see| {
        Ok(played(site, demand, settings, show, see))
    })
}

/// A run with those who look at it.
fn observed(
    site: &Site,
    demand: &Demand,
    settings: &RunSettings,
    recorders: &mut Recorders,
    tell: &mut dyn FnMut(&World),
    drive: impl FnOnce(&mut dyn FnMut(&World)) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    let mut record = Record::default();
    let mut failed = None;
    let mut see = |world: &World| {
        let approach = record.approach.get_or_insert_with(|| Approach::new(world, site, demand));
        approach.observe(world);
        record.hash = record.hash.rotate_left(5) ^ world.state_hash();
        record.peak = record.peak.max(world.running());
        if failed.is_none() {
            failed = recorders.observe(world, site, demand).err();
        }
        tell(world);
    };
    let begin = processor();
    let mut outcome = drive(&mut see)?;
    if settings.world.threads == 1 {
        outcome.processor = begin.and_then(|begin| processor()?.checked_sub(begin));
    }
    if let Some(error) = failed {
        return Err(error);
    }
    recorders.finish(site, settings.duration)?;
    let step = settings.world.model.step();
    outcome.approach_s = record.approach.map_or(0.0, |approach| approach.mean_s(step));
    (outcome.peak, outcome.trajectory_hash) = (record.peak, record.hash);
    Ok(outcome)
}

/// All mistakes as one error.
fn together<T: ToString>(all: &[T]) -> anyhow::Error {
    anyhow::Error::msg(all.iter().map(T::to_string).collect::<Vec<_>>().join("\n"))
}

/// The main thread's processor time: on a busy machine it says more than the clock.
fn processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[derive(Default)]
struct Record {
    approach: Option<Approach>,
    hash: u64,
    peak: usize,
}

fn played(
    site: &Site,
    demand: &Demand,
    settings: &RunSettings,
    show: &mut dyn FnMut(&mut World, Moment),
    see: &mut dyn FnMut(&World),
) -> Outcome {
    let network = site.network.clone();
    let mut world = World::with_settings(network, &site.signals, &[], demand, &settings.world);
    settings.incidents.iter().for_each(|&incident| world.add_incident(incident));
    let mut stepping = Duration::ZERO;
    while world.now() < settings.duration {
        let begin = Instant::now();
        let next = Moment::ORIGIN + world.now() + world.step_length();
        show(&mut world, next);
        world.step();
        stepping += begin.elapsed();
        see(&world);
    }
    Outcome {
        world: world.summary(),
        walkers: world.walkers(),
        updates: world.updates().0,
        stepping,
        ..Outcome::default()
    }
}

/// Engine and street in virtual time.
fn engine(
    site: &Arc<Site>,
    demand: &Demand,
    settings: &RunSettings,
    see: &mut dyn FnMut(&World),
) -> anyhow::Result<Outcome> {
    let set_up = harness::Settings {
        world: settings.world,
        ..harness::Settings::of(settings.duration, settings.world.seed)
    };
    let mut seeing = Duration::ZERO;
    let begin = Instant::now();
    let mut watch = |street: &Street| {
        let begin = Instant::now();
        see(street.world());
        seeing += begin.elapsed();
    };
    let street = Street::with_settings(site, demand, Vec::new(), &settings.world);
    let mut street = street.map_err(|all| together(&all))?;
    if let Some(sensors) = &settings.sensors {
        street.equip(sensors);
    }
    settings.incidents.iter().for_each(|&incident| street.add_incident(incident));
    let outcome =
        harness::drive_watched(street, &set_up, &mut watch).map_err(|all| together(&all))?;
    let stepping = begin.elapsed().saturating_sub(seeing);
    Ok(Outcome {
        world: outcome.world,
        walkers: outcome.street.world().walkers(),
        updates: outcome.street.world().updates().0,
        violations: outcome.violations,
        stepping,
        ..Outcome::default()
    })
}
