//! `greenwave evaluate corridors`: what a corridor gives an emergency vehicle, and what it costs others.

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde_json::json;
use sim::evaluate::Sensing;
use sim::evaluate::corridors::{CorridorPlan, CorridorVerdict, Help, evaluate_corridors};
use units::{Metres, MetresPerSecond, Millis};

use super::{case, one_of};
use crate::load::StreetArguments;
use crate::sim_command::options::THREADS_MAX;

#[derive(clap::Args)]
#[command(after_help = "\
  greenwave evaluate corridors --scenario district-3x4 --trips 100 --seed 1 --json
  greenwave evaluate corridors --network roadnet.json --flow flow.json --trips 100 --seed 1 --json")]
pub(super) struct CorridorArguments {
    #[command(flatten)]
    street: StreetArguments,
    /// How many trips; each is driven with a corridor, with each junction's own help, and without any
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    trips: u64,
    /// How many pairs of vehicles that want one junction at one time are driven as well
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    pairs: u64,
    /// How many junctions with signals a trip crosses at least, where the network has such ways
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    junctions: u64,
    /// Seconds of traffic before the first trip
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    warm_up: u32,
    /// Seconds from one trip's request to the next
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    every: u32,
    /// Seconds from the request to the vehicle's departure
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=500))]
    notice: u32,
    /// Seconds from its departure on in which everybody else is looked at
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u32).range(60..=3_600))]
    after: u32,
    /// How fast the vehicle drives where nothing holds it, m/s; on no link faster than its limit
    #[arg(long, default_value_t = 20.0)]
    speed: f64,
    /// How far before its stop line a junction that helps by itself sees the vehicle, metres
    #[arg(long, value_name = "METRES", default_value_t = 300.0)]
    detection: f64,
    /// The standard deviation of the places that the vehicle tells, metres
    #[arg(long, value_name = "METRES", default_value_t = 5.0)]
    deviation: f64,
    /// What is seen: full, range=METRES before the stop line, counts of each lane, or loops
    #[arg(long, default_value = "full")]
    sensors: Sensing,
    /// What asks the junctions: the search that decides for everybody, or the schedule's own rule
    #[arg(long, default_value = "search", value_parser = one_of(Help::CORRIDORS))]
    by: Help,
    /// Trips at a time; the result is the same for any number
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX))]
    threads: u64,
    /// Print one JSON object, with every trip in it
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &CorridorArguments) -> anyhow::Result<ExitCode> {
    let speeds = 2.0..=50.0;
    anyhow::ensure!(speeds.contains(&arguments.speed), "--speed: from 2 to 50 m/s");
    let lengths = 0.0..=10_000.0;
    for (name, length) in
        [("--detection", arguments.detection), ("--deviation", arguments.deviation)]
    {
        anyhow::ensure!(lengths.contains(&length), "{name}: from 0 to 10,000 metres");
    }
    let mut notes = BTreeSet::new();
    let flow = arguments.street.flow.as_ref().or(arguments.street.sumo.as_ref());
    let name = match (&arguments.street.scenario, flow) {
        (Some(scenario), _) => scenario.clone(),
        (None, Some(flow)) => super::stem(flow),
        (None, None) => "district".to_owned(),
    };
    let case = case(name, &arguments.street, &mut notes)?;
    for note in notes {
        eprintln!("note: {note}");
    }
    let seconds = |seconds: u32| Millis::from_secs(seconds.into());
    let plan = CorridorPlan {
        trips: usize::try_from(arguments.trips)?,
        seed: arguments.street.seed,
        junctions: usize::try_from(arguments.junctions)?,
        warm_up: seconds(arguments.warm_up),
        every: seconds(arguments.every),
        notice: seconds(arguments.notice),
        after: seconds(arguments.after),
        speed: MetresPerSecond(arguments.speed),
        detection: Metres(arguments.detection),
        deviation: Metres(arguments.deviation),
        sensing: arguments.sensors,
        pairs: usize::try_from(arguments.pairs)?,
        by: arguments.by,
        threads: usize::try_from(arguments.threads)?,
    };
    let verdict = evaluate_corridors(&case, &plan)?;
    if arguments.json {
        let mut all = json!(verdict);
        all["version"] = json!(env!("CARGO_PKG_VERSION"));
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&verdict);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(verdict: &CorridorVerdict) {
    let mut all = json!(verdict);
    if let Some(rows) = all.as_object_mut() {
        rows.remove("by_trip");
    }
    let rows = all.as_object().into_iter().flatten();
    rows.for_each(|(name, value)| println!("{name:<40} {value}"));
}
