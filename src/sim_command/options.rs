//! What `run` and `compare` both let one choose: the drivers' law, the weather, how vehicles arrive.

use std::path::PathBuf;

use network::Network;
use scenario::{Demand, Mode, Sensors};
use sim::run::{Arrivals, Control};
use sim::world::{Incident, Model, Weather};
use units::Millis;

use crate::load::{self, StreetArguments};

/// More threads than this gain nothing on any machine that a cabinet has.
pub(crate) const THREADS_MAX: u64 = 64;
/// The longest run, seconds: a month.
pub(crate) const SECONDS_MAX: i64 = 31 * 86_400;
/// How long a run is where nobody says it, seconds.
pub(super) const SECONDS: u32 = 3_600;

/// What a scenario's folder may hold beside its site and demand, or another file in its place.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Beside {
    /// A file that says how well the street's sensors see. Without it, the `sensors.toml` of a
    /// scenario's folder
    #[arg(long, value_name = "FILE")]
    pub(super) sensors: Option<PathBuf>,
    /// A file that says what blocks the street, and when. Without it, the `incidents.toml` of a
    /// scenario's folder
    #[arg(long, value_name = "FILE")]
    pub(super) incidents: Option<PathBuf>,
}

impl Beside {
    /// Reads both, for a street on these roads.
    ///
    /// # Errors
    /// Every mistake of the first that has any.
    pub(super) fn read(
        &self,
        which: &StreetArguments,
        network: &Network,
    ) -> anyhow::Result<(Option<Sensors>, Vec<Incident>)> {
        let sensors = load::sensors(which, self.sensors.as_deref(), network)?;
        let incidents = load::incidents(which, self.incidents.as_deref(), network)?;
        Ok((sensors, incidents))
    }
}

/// Whole simulated seconds.
///
/// # Errors
/// What is allowed.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    whole(text, 1, SECONDS_MAX)
}

/// A whole number within bounds.
///
/// # Errors
/// What is allowed, and whether it is too small, too large, or no whole number.
pub(super) fn whole(text: &str, least: u32, most: i64) -> Result<u32, String> {
    let number = text
        .parse::<i64>()
        .map_err(|_| format!("it is not a whole number from {least} to {most}"))?;
    let fits = (i64::from(least)..=most).contains(&number);
    let number = u32::try_from(number).ok().filter(|_| fits);
    number.ok_or_else(|| format!("{text} is not in {least}..={most}"))
}

/// What is to be said where nobody drives within the time: else the figures look like a quiet street's.
pub(super) fn nobody(demand: &Demand, duration: Millis) -> Option<String> {
    let first = demand.flows.iter().filter(|flow| flow.vehicles() > 0).map(|flow| flow.start).min();
    match first {
        None if demand.pedestrians.is_empty() => {
            Some("the demand is empty: nobody drives".to_owned())
        }
        Some(first) if first >= duration => Some(format!(
            "no vehicle is due in {duration}: the first of {} comes at {first}",
            demand.vehicles()
        )),
        None | Some(_) => None,
    }
}

/// The value of a name in a table.
///
/// # Errors
/// The names that there are.
pub(crate) fn named<T: Copy>(all: &[(&'static str, T)], name: &str) -> Result<T, String> {
    let found = all.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
        format!("it is one of {}", names.join(", "))
    })
}

pub(super) fn control(name: &str) -> Result<Control, String> {
    let rules = Mode::ALL.iter().map(|&(name, mode)| (name, Control::Rule(mode)));
    let all: Vec<_> = rules.chain([("program", Control::Programs)]).collect();
    named(&all, name)
}

pub(super) fn model(name: &str) -> Result<Model, String> {
    named(Model::ALL, name)
}

pub(super) fn weather(name: &str) -> Result<Weather, String> {
    named(Weather::ALL, name)
}

pub(super) fn arrivals(name: &str) -> Result<Arrivals, String> {
    named(Arrivals::ALL, name)
}
