//! `greenwave rehearse`: engine and street on one thread in virtual time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use sim::fault::Injection;
use sim::harness::{self, Settings};
use sim::street::Street;
use units::{Millis, Moment};

use crate::load::{self, Control, StreetArguments};
use crate::sim_command::SECONDS_MAX;

/// Run engine and street in virtual time, and print what came of it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    street: StreetArguments,
    /// How the junctions are controlled
    #[arg(long, value_enum, default_value_t = Control::MaxPressure)]
    control: Control,
    /// Simulated seconds
    #[arg(long, default_value_t = 3_600, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=SECONDS_MAX))]
    duration: u32,
    /// A file that says how well the street's sensors see. Without it, the `sensors.toml` of a
    /// scenario's folder
    #[arg(long, value_name = "FILE")]
    sensors: Option<PathBuf>,
    /// A fault, as `reboot:JUNCTION@60` or `exception=4@60+30`; may be repeated
    #[arg(long, value_name = "FAULT@SECOND", help = crate::load::inject_help())]
    inject: Vec<Injection>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let seed = arguments.street.seed;
    let street = load::street(&arguments.street, arguments.control.mode())?;
    let settings = Settings {
        injections: arguments.inject,
        ..Settings::of(Millis::from_secs(arguments.duration.into()), seed)
    };
    for note in street.notes.iter().chain(&street.without_cabinet) {
        eprintln!("note: {note}");
    }
    let end = Moment::ORIGIN + settings.duration;
    for late in settings.injections.iter().filter(|injection| injection.from >= end) {
        eprintln!("note: {} at {} comes after the end", late.fault, late.from - Moment::ORIGIN);
    }
    let junctions = street.site.signals.len();
    let network = &street.site.network;
    let sensors = load::sensors(&arguments.street, arguments.sensors.as_deref(), network)?;
    let site = Arc::new(street.site);
    let together = |all: Vec<String>| anyhow::Error::msg(all.join("\n"));
    let mut copy = Street::new(&site, &street.demand, settings.injections.clone());
    if let (Ok(copy), Some(sensors)) = (&mut copy, &sensors) {
        copy.equip(sensors);
    }
    let outcome = harness::drive(copy.map_err(together)?, &settings).map_err(together)?;
    let (world, counters) = (outcome.world, outcome.counters);
    let summary = json!({
        "junctions": junctions,
        "sim_seconds": arguments.duration,
        "vehicles_due": world.due,
        "vehicles_entered": world.entered,
        "vehicles_finished": world.finished,
        "mean_travel_time_s": world.travel_time_s(),
        "mean_delay_s": world.delay_s(),
        "mean_queue": world.mean_queue,
        "modbus_requests": counters.requests,
        "modbus_errors": counters.errors,
        "demands": counters.demands,
        "unanswered_demands": counters.unanswered_demands,
        "refusals": counters.refusals,
        "monitor_violations": counters.violations,
        "violations": outcome.violations,
        "findings": outcome.findings,
        "seed": seed,
        "version": env!("CARGO_PKG_VERSION"),
    });
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(if outcome.violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
