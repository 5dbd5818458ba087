//! `greenwave evaluate`: controllers × scenarios × seeds and emergency corridors, without a daemon; section
//! speeds against ground truth; the daemon's Modbus lines under load.

mod bus;
mod corridors;
mod sections;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use scenario::Mode;
use serde_json::json;
use sim::evaluate::{Case, Death, Plan, Preset, Sensing, Verdict, Who, evaluate};
use sim::run::Arrivals;
use units::Millis;

use crate::load::{self, StreetArguments};
use crate::sim_command::options::{SECONDS_MAX, THREADS_MAX, named};

/// Compare controllers with one another, what is measured with the truth, and Modbus lines under load.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Who controls best: controllers on scenarios, with the measures that papers use side by side
    Control(ControlArguments),
    /// What an emergency corridor gives its vehicle, and what it costs everybody else
    Corridors(Box<corridors::CorridorArguments>),
    /// Section speeds against ground truth: what can be proven, what is found, what is false
    Sections(sections::Arguments),
    /// How many devices one process polls: the daemon's own lines against virtual devices of another
    /// process, and what other programs' clients take for the same
    Bus(bus::Arguments),
}

#[derive(clap::Args)]
#[command(after_help = "\
  greenwave evaluate control arterial-8 --control fixed,max-pressure --seeds 5
  greenwave evaluate control --network roadnet.json --flow a.json b.json --preset xlight")]
struct ControlArguments {
    /// Scenarios that ship, or folders with site.toml and demand.toml
    #[arg(value_name = "SCENARIO", conflicts_with_all = ["network", "flow", "sumo"],
        required_unless_present_any = ["network", "sumo"])]
    scenarios: Vec<String>,
    /// CityFlow `roadnet.json` or SUMO `.net.xml`
    #[arg(long, value_name = "FILE", requires = "flow")]
    network: Option<PathBuf>,
    /// CityFlow `flow.json` or SUMO `.rou.xml`; each is a scenario on that network
    #[arg(long, value_name = "FILE", requires = "network", num_args = 1..)]
    flow: Vec<PathBuf>,
    /// SUMO `.sumocfg`, which names a network and its vehicles; each is a scenario
    #[arg(long, value_name = "FILE", conflicts_with_all = ["network", "flow"], num_args = 1..)]
    sumo: Vec<PathBuf>,
    /// Who controls, separated by commas: controllers, or plan (each junction by its own plan, or
    /// its light phases with the times of the file); without it every controller. Differences are
    /// against max-pressure where it is there, else against the first
    #[arg(long, value_delimiter = ',', value_parser = control)]
    control: Vec<(String, Who)>,
    /// The protocol: xlight, llmlight, coordlight (a CityFlow network's light phases), or street
    #[arg(long, default_value = "street", value_parser = one_of(Preset::ALL))]
    preset: Preset,
    /// How many of a CityFlow network's stages are used, 4 or 8; without it as the preset says
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["4", "8"]))]
    stages: Option<String>,
    /// How many runs of each, each with a seed of its own, from --seed on
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    seeds: u32,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated seconds of each run
    #[arg(long, default_value_t = 3_600, value_parser = clap::value_parser!(u32)
        .range(1..=SECONDS_MAX))]
    seconds: u32,
    /// How vehicles arrive: regular (to the demand's own times) or random (by the seed). Without it
    /// regular where there is one seed, else random
    #[arg(long, value_parser = one_of(Arrivals::ALL))]
    arrivals: Option<Arrivals>,
    /// What is seen: full, range=METRES before the stop line, counts of each lane, or loops
    #[arg(long, default_value = "full")]
    sensors: Sensing,
    /// The share of sensors that are dead; the seed chooses which
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    dead: f64,
    /// What a dead sensor says: known (nothing, and everybody knows) or silent (nobody is there)
    #[arg(long, default_value = "known", value_parser = one_of(Death::ALL))]
    dead_as: Death,
    /// Runs at a time; the result is the same for any number
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX))]
    threads: u64,
    /// Print one JSON object, with every run in it
    #[arg(long)]
    json: bool,
    /// Put the times of the decisions among the results; with more than one thread they are those of
    /// a busy machine
    #[arg(long)]
    timing: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let arguments = match &arguments.command {
        Command::Control(arguments) => arguments,
        Command::Corridors(arguments) => return corridors::run(arguments),
        Command::Sections(arguments) => return sections::run(arguments),
        Command::Bus(arguments) => return bus::run(arguments),
    };
    let cases = cases(arguments)?;
    let stages = arguments.stages.as_ref().and_then(|stages| stages.parse().ok());
    let of_seeds = if arguments.seeds > 1 { Arrivals::Random } else { Arrivals::Regular };
    let plan = Plan {
        controls: controls(arguments)?,
        preset: arguments.preset,
        stages,
        first_seed: arguments.seed,
        seeds: arguments.seeds,
        duration: Millis::from_secs(arguments.seconds.into()),
        arrivals: arguments.arrivals.unwrap_or(of_seeds),
        sensing: arguments.sensors,
        dead: (arguments.dead, arguments.dead_as),
        threads: usize::try_from(arguments.threads)?,
    };
    let runs = evaluate(&cases, &plan)?;
    let verdict = Verdict::of(&cases, &plan, &runs, arguments.timing || !arguments.json);
    if arguments.json {
        let mut all = json!(verdict);
        all["arrivals"] = json!(name_of(Arrivals::ALL, plan.arrivals));
        all["version"] = json!(env!("CARGO_PKG_VERSION"));
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&verdict, &plan, arguments.timing);
    }
    Ok(ExitCode::SUCCESS)
}

fn controls(arguments: &ControlArguments) -> anyhow::Result<Vec<(String, Who)>> {
    let given = &arguments.control;
    if given.is_empty() {
        let rules = Who::all().into_iter().filter(|(_, who)| *who != Who::Plan);
        return Ok(rules.map(|(name, who)| (name.to_owned(), who)).collect());
    }
    for (index, (name, _)) in given.iter().enumerate() {
        let is_new = given[..index].iter().all(|(before, _)| before != name);
        anyhow::ensure!(is_new, "--control {name}: it is named twice");
    }
    Ok(given.clone())
}

/// The tables. The times of the decisions are different each time: unless they were asked for, they
/// go to standard error, so that what is on standard output repeats.
fn print(verdict: &Verdict, plan: &Plan, with_times: bool) {
    let stages = verdict.stages.map_or_else(String::new, |count| format!(", {count} stages"));
    let arrivals = name_of(Arrivals::ALL, plan.arrivals);
    let (preset, seconds, sensors) = (verdict.preset, verdict.sim_seconds, &verdict.sensors);
    let seeds = verdict.seeds.len();
    println!(
        "{preset}{stages}; {seconds} s, seeds: {seeds}, arrivals {arrivals}, sensors {sensors}, \
         dead {}\n",
        verdict.dead
    );
    print!("{}", verdict.markdown());
    if with_times {
        println!("{}", verdict.times());
    } else {
        eprintln!("{}", verdict.times());
    }
}

fn name_of<T: Copy + PartialEq>(all: &[(&'static str, T)], of: T) -> &'static str {
    all.iter().find(|(_, one)| *one == of).map_or("", |(name, _)| name)
}

fn cases(arguments: &ControlArguments) -> anyhow::Result<Vec<Case>> {
    let (mut cases, mut notes) = (Vec::new(), BTreeSet::new());
    let none = StreetArguments {
        scenario: None,
        network: None,
        flow: None,
        sumo: None,
        seed: arguments.seed,
    };
    for scenario in &arguments.scenarios {
        let which = StreetArguments { scenario: Some(scenario.clone()), ..none.clone() };
        cases.push(case(scenario.clone(), &which, &mut notes)?);
    }
    for flow in &arguments.flow {
        let (network, flow) = (arguments.network.clone(), Some(flow.clone()));
        let name = flow.as_deref().map_or_else(String::new, stem);
        let which = StreetArguments { network, flow, ..none.clone() };
        cases.push(case(name, &which, &mut notes)?);
    }
    for path in &arguments.sumo {
        let which = StreetArguments { sumo: Some(path.clone()), ..none.clone() };
        cases.push(case(stem(path), &which, &mut notes)?);
    }
    // Of scenarios on one network each has the same.
    for note in notes {
        eprintln!("note: {note}");
    }
    Ok(cases)
}

fn case(
    name: String,
    which: &StreetArguments,
    notes: &mut BTreeSet<String>,
) -> anyhow::Result<Case> {
    let street = load::street(which, Mode::Fixed)?;
    notes.extend(street.notes);
    let (site, programs) = (Arc::new(street.site), street.phases);
    Ok(Case { name, site, programs, demand: street.demand })
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A parser of the names in a table.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [(&'static str, T)],
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync {
    move |name| named(all, name)
}

fn control(name: &str) -> Result<(String, Who), String> {
    named(&Who::all(), name).map(|who| (name.to_owned(), who))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "it is a share from 0 to 1".to_owned())
}
