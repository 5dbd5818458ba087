//! What a run came to, as a machine reads it; and what repeats it.

use scenario::{Demand, Mode, Program, Site, write_demand, write_site};
use serde::Serialize;
use units::mixing::digest_of;

use super::{Arrivals, Outcome, RunSettings};
use crate::world::{Model, Weather};

/// What a run was made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provenance {
    /// Of the site and its demand as their files say them, whatever rule controls it.
    pub scenario_hash: u64,
    /// Of what was chosen beside them, less the number of threads: that changes nothing.
    pub configuration_hash: u64,
}

impl Provenance {
    /// The hashes of a site, the demand as it was read, and what was chosen.
    #[must_use]
    pub fn of(
        site: &Site,
        programs: &[Program],
        demand: &Demand,
        settings: &RunSettings,
        arrivals: Arrivals,
    ) -> Self {
        let mut plain = site.clone();
        (plain.control.mode, plain.control.shadow) = (Mode::Fixed, None);
        let mut text = write_site(&plain) + &write_demand(demand, &site.network);
        if !programs.is_empty() {
            text += &format!("{programs:?}");
        }
        let RunSettings { duration, control, world, sensors, incidents } = settings;
        let mut configuration = format!(
            "control = {}\nmodel = {}\nweather = {}\nseed = {}\nmilliseconds = {}\narrivals = {}\n",
            control.name(),
            name_of(Model::ALL, world.model),
            name_of(Weather::ALL, world.weather),
            world.seed,
            duration.0,
            name_of(Arrivals::ALL, arrivals),
        );
        // What is as usual is not said, so that old hashes stay.
        if let Some(sensors) = sensors {
            configuration += &format!("sensors = {sensors:?}\n");
        }
        for incident in incidents {
            configuration += &format!("incident = {incident:?}\n");
        }
        if world.right_on_red {
            configuration += "right_on_red = true\n";
        }
        Self { scenario_hash: digest_of(&text), configuration_hash: digest_of(&configuration) }
    }
}

fn name_of<T: Copy + PartialEq>(all: &[(&'static str, T)], of: T) -> &'static str {
    all.iter().find(|(_, one)| *one == of).map_or("", |(name, _)| name)
}

/// A run, summed up. The names are those that other programs read: a test holds them.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RunSummary {
    /// Vehicle-updates, those of vehicles asleep before a red light included.
    pub vehicle_updates: u64,
    /// The time that the steps took, with what controls the lights; seconds.
    pub wall_s: f64,
    /// The time of the whole program until this line: reading, building, measuring; seconds.
    pub wall_all_s: f64,
    /// Processor time from the begin of the run to its end, building and measuring with it; seconds.
    /// None where several threads share the work or the system does not tell.
    pub processor_s: Option<f64>,
    /// The first by the second.
    pub vehicle_updates_per_s: f64,
    /// Simulated by real seconds.
    pub times_real_time: f64,
    /// The most vehicles that were on the road at one time.
    pub peak_vehicles: usize,
    /// Vehicles whose time to enter has come.
    pub vehicles_due: usize,
    /// Vehicles that have entered.
    pub vehicles_entered: usize,
    /// Vehicles that have arrived.
    pub vehicles_finished: usize,
    /// Vehicles on the road at the end.
    pub vehicles_running: usize,
    /// Vehicles whose time has come and that found no room until the end.
    pub vehicles_never_inserted: usize,
    /// Vehicles of the demand whose time comes after the end.
    pub vehicles_later: usize,
    /// People who have come to a crossing.
    pub people_came: u64,
    /// Of these, who is over.
    pub people_crossed: u64,
    /// Mean time from coming to a crossing to beginning to cross; seconds; none where nobody has begun.
    pub people_mean_wait_s: Option<f64>,
    /// Mean time from when a vehicle was due until it arrived, or until the end; seconds; none where
    /// nobody was due.
    pub mean_travel_time_s: Option<f64>,
    /// The same less the free-flow time of the way; of vehicles that have arrived; seconds; none where
    /// nobody has. Whoever drives faster than the limit may arrive before that time.
    pub mean_delay_s: Option<f64>,
    /// Mean number of vehicles slower than 0.1 m/s.
    pub mean_queue: f64,
    /// Mean time of a vehicle on lanes before signals and on the crossings behind; seconds; none where
    /// nobody has entered.
    pub lane_approach_time_s: Option<f64>,
    /// The states of all vehicles after each step, folded in order; 16 hexadecimal digits.
    pub trajectory_hash: String,
    /// How often the checker of the lamps saw a rule broken.
    pub violations: u64,
    /// Signalised junctions.
    pub junctions: usize,
    /// Simulated seconds.
    pub sim_seconds: f64,
    /// The drivers' law.
    pub model: &'static str,
    /// What the sky does.
    pub weather: &'static str,
    /// By which rule the junctions were controlled.
    pub control: &'static str,
    /// How vehicles arrive.
    pub arrivals: &'static str,
    /// Threads that shared the work.
    pub threads: usize,
    /// What all chance came from.
    pub seed: u64,
    /// Of site and demand; 16 hexadecimal digits.
    pub scenario_hash: String,
    /// Of what was chosen beside them; 16 hexadecimal digits.
    pub configuration_hash: String,
    /// This program's version.
    pub version: &'static str,
}

impl RunSummary {
    /// Sums a run of `demand` up; `wall_all_s` is known to whoever started it.
    #[must_use]
    pub fn of(
        outcome: &Outcome,
        settings: &RunSettings,
        arrivals: Arrivals,
        provenance: &Provenance,
        (demand, junctions): (&Demand, usize),
        wall_all_s: f64,
    ) -> Self {
        let (world, wall) = (outcome.world, outcome.stepping.as_secs_f64());
        let a_second = |count: f64| if wall > 0.0 { count / wall } else { 0.0 };
        let hex = |hash: u64| format!("{hash:016x}");
        let sim_seconds = settings.duration.as_secs_f64();
        Self {
            vehicle_updates: outcome.updates,
            wall_s: wall,
            wall_all_s,
            processor_s: outcome.processor.map(|time| time.as_secs_f64()),
            vehicle_updates_per_s: a_second(outcome.updates as f64),
            times_real_time: a_second(sim_seconds),
            peak_vehicles: outcome.peak,
            vehicles_due: world.due,
            vehicles_entered: world.entered,
            vehicles_finished: world.finished,
            vehicles_running: world.running,
            vehicles_never_inserted: world.due - world.entered,
            vehicles_later: demand.vehicles().saturating_sub(world.due),
            people_came: outcome.walkers.came,
            people_crossed: outcome.walkers.crossed,
            people_mean_wait_s: (outcome.walkers.begun > 0).then_some(outcome.walkers.mean_wait_s),
            mean_travel_time_s: world.travel_time_s(),
            mean_delay_s: world.delay_s(),
            mean_queue: world.mean_queue,
            lane_approach_time_s: (world.entered > 0).then_some(outcome.approach_s),
            trajectory_hash: hex(outcome.trajectory_hash),
            violations: outcome.violations,
            junctions,
            sim_seconds,
            model: name_of(Model::ALL, settings.world.model),
            weather: name_of(Weather::ALL, settings.world.weather),
            control: settings.control.name(),
            arrivals: name_of(Arrivals::ALL, arrivals),
            threads: settings.world.threads,
            seed: settings.world.seed,
            scenario_hash: hex(provenance.scenario_hash),
            configuration_hash: hex(provenance.configuration_hash),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
