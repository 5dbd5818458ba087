//! `greenwave plan`: proposes green waves, explains them, compares them with today's plans in simulation,
//! and writes them into the site file.

mod change;
mod diff;
mod input;
mod proof;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use optimizer::coordination::{Area, Objective, Proposal, Settings, Share, day, propose};
use serde_json::json;

use crate::load;
use input::{Period, Street};
use proof::Proof;

/// Propose plans that go together, compare them with today's, and write them into the site file
#[derive(clap::Args)]
#[group(skip)]
#[command(after_help = "\
  greenwave plan arterial-8 --arterial j_1_1,j_2_1,j_3_1,j_4_1,j_5_1,j_6_1,j_7_1,j_8_1
  greenwave plan district-3x4 --objective arrivals
  greenwave plan site.toml --counts week.csv --area all --write")]
pub(crate) struct Arguments {
    /// A site file, a folder with site.toml and demand.toml, or a scenario that ships
    #[arg(value_name = "SITE")]
    site: String,
    /// Counts of some days as CSV: junction,link,lane,time,count; else the demand's busier half
    #[arg(long, value_name = "FILE.csv")]
    counts: Option<PathBuf>,
    /// The junctions of one road, from one end to the other
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', conflicts_with = "area")]
    arterial: Vec<String>,
    /// Which junctions: all of the site; so without --arterial
    #[arg(long, value_name = "all", value_parser = ["all"])]
    area: Option<String>,
    /// What is best about offsets: delay (and stops), arrivals (on green), bandwidth
    #[arg(long, default_value = "delay", value_parser = objective)]
    objective: Objective,
    /// How green is shared out: equal (saturation) or webster
    #[arg(long, default_value = "equal", value_parser = share)]
    splits: Share,
    /// The common cycle, seconds; without it the best one is looked for
    #[arg(long, value_name = "SECONDS")]
    cycle: Option<u32>,
    /// Let left turns lead on one side and lag on the other where that widens the band
    #[arg(long)]
    lead_lag: bool,
    /// The most plans over the day, with --counts
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=day::PLANS_MAX as u64))]
    plans: u64,
    /// Pairs of runs that today's plan and the proposed one are compared in; 0: none
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    seeds: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write the changes into the site file; without it they are only shown
    #[arg(long)]
    write: bool,
}

fn objective(text: &str) -> Result<Objective, String> {
    named(Objective::ALL, text)
}

fn share(text: &str) -> Result<Share, String> {
    named(Share::ALL, text)
}

fn named<T: Copy>(all: &[(&'static str, T)], text: &str) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| *name == text).map(|&(_, one)| one);
    let names = || all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("it is none of {}", names()))
}

/// A period of the day, what is proposed for it, and how it fares.
struct Part<'s> {
    period: Period,
    area: Area<'s>,
    proposal: Proposal,
    proof: Result<Proof, String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let street = input::street(&arguments.site)?;
    let chosen = input::chosen(&street, &arguments.arterial)?;
    let most = usize::try_from(arguments.plans)?;
    let periods = input::periods(&street, &chosen, arguments.counts.as_deref(), most)?;
    let settings = Settings {
        objective: arguments.objective,
        share: arguments.splits,
        lead_lag: arguments.lead_lag,
        ..Settings::default()
    };
    let is_road = !arguments.arterial.is_empty();
    // The volumes outlive the areas that look at them.
    let volumes: Vec<Vec<f64>> = periods.all.iter().map(|period| period.volumes.clone()).collect();
    let mut parts = Vec::new();
    for (period, volumes) in periods.all.iter().zip(&volumes) {
        let signals = input::signals(&street.site, &chosen, period);
        let wrong = |all: Vec<signal::Problem>| load::mistakes(&street.name, &all);
        let area = Area::new(&street.site.network, signals, volumes, settings, is_road);
        let area = area.map_err(wrong)?;
        let proposal = propose(&area, arguments.cycle).map_err(wrong)?;
        let proof = proof::compare(&street, &chosen, period, &proposal, arguments.seeds);
        parts.push(Part { period: period.clone(), area, proposal, proof });
    }
    let edits = change::edits(&street, &chosen, &periods, &parts)?;
    let after = scenario::edit_plans(&street.text, &street.site, &edits)
        .map_err(|why| anyhow::anyhow!("{}: {why}", street.name.display()))?;
    let name = street.name.display().to_string();
    let diff = diff::unified(&name, &street.text, &after);
    if arguments.json {
        let parts: Vec<_> = parts.iter().map(|part| words::json(&street, part)).collect();
        let all = json!({
            "site": name,
            "version": env!("CARGO_PKG_VERSION"),
            "plans": parts,
            "written": arguments.write,
            "diff": diff,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        words::print(&street, &periods, &parts);
        println!("\n{diff}");
    }
    write(arguments, &street, &after)?;
    Ok(ExitCode::SUCCESS)
}

fn write(arguments: &Arguments, street: &Street, after: &str) -> anyhow::Result<()> {
    if !arguments.write {
        if !arguments.json {
            println!("nothing was written; --write does it");
        }
        return Ok(());
    }
    let Some(path) = &street.path else {
        anyhow::bail!(
            "a scenario that ships is a part of this program: copy its folder to change it"
        );
    };
    change::replace(path, &street.text, after)?;
    if !arguments.json {
        println!("written: {}", path.display());
    }
    Ok(())
}
