//! `greenwave sim compare`: two streets under the same seeds.
//!
//! Each side is a street and what is different there, as `KEY=VALUE` words; so that controls,
//! demands, weathers and plans are compared in one way.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, bail};
use scenario::{Demand, Mode};
use serde_json::json;
use sim::compare::{Comparison, Plan, Side, compare};
use sim::run::{Arrivals, Control, scale};
use sim::world::{Model, Weather};
use units::Millis;

use super::options::{self, named};
use crate::load::{self, StreetArguments};

/// Run two streets with the same seeds, and print how they differ.
#[derive(clap::Args)]
#[group(skip)]
#[command(after_help = "\
What a side may set:
  control=fixed|actuated|max-pressure|adaptive|program
  model=urban|krauss|sumo|cityflow   weather=dry|wet|heavy-rain|fog|snow|ice
  volume=FACTOR        the demand's volumes times a factor
  demand=FILE          another demand on the same roads
  site=FILE            another site file with the same roads: its plans
  sensors=FILE         how well the street's sensors see
  incidents=FILE       what blocks the street, and when
What a side does not say is as in `sim run`; each may be said once a side.

  greenwave sim compare arterial-8 --b control=max-pressure --seeds 10
  greenwave sim compare before/ after/ --seeds 10
  greenwave sim compare --network roadnet.json --flow flow.json --b weather=snow")]
pub(super) struct Arguments {
    /// The first street: a scenario that ships, or a folder with site.toml and demand.toml
    #[arg(value_name = "A", conflicts_with_all = ["scenario", "network", "flow", "sumo"])]
    first: Option<String>,
    /// The second street; without it, the same as the first
    #[arg(value_name = "B")]
    second: Option<String>,
    #[command(flatten)]
    street: StreetArguments,
    /// What is set on the first side; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    a: Vec<Setting>,
    /// What is set on the second side; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    b: Vec<Setting>,
    /// How many pairs of runs, each with a seed of its own, from --seed on
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    seeds: u32,
    /// Simulated seconds of each run; without it those of a SUMO configuration that has an end, else
    /// 3600
    #[arg(long, allow_negative_numbers = true, value_parser = options::seconds)]
    seconds: Option<u32>,
    /// Runs at a time; the result is the same for any number
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64)
        .range(1..=options::THREADS_MAX))]
    threads: u64,
    /// How vehicles arrive: random (by the seed) or regular (the seed moves drivers only)
    #[arg(long, default_value = "random", value_parser = options::arrivals)]
    arrivals: Arrivals,
    #[command(flatten)]
    beside: options::Beside,
    /// Print one JSON object, with every run in it
    #[arg(long)]
    json: bool,
    /// Draw the differences with their intervals
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// Something that a side sets.
#[derive(Clone, Debug)]
enum Setting {
    Control(Control),
    Model(Model),
    Weather(Weather),
    Volume(f64),
    Demand(PathBuf),
    Site(PathBuf),
    Sensors(PathBuf),
    Incidents(PathBuf),
}

/// The most that volumes are multiplied by: beyond it, it is a slip of the hand.
const VOLUME_MAX: f64 = 100.0;

impl FromStr for Setting {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (key, value) = word.split_once('=').ok_or("it is KEY=VALUE")?;
        let wrong = |why: String| format!("{key}: {why}");
        Ok(match key {
            "control" => Self::Control(options::control(value).map_err(wrong)?),
            "model" => Self::Model(named(Model::ALL, value).map_err(wrong)?),
            "weather" => Self::Weather(named(Weather::ALL, value).map_err(wrong)?),
            "volume" => match value.parse() {
                Ok(factor) if (0.0..=VOLUME_MAX).contains(&factor) => Self::Volume(factor),
                _ => return Err(wrong(format!("it is a number from 0 to {VOLUME_MAX}"))),
            },
            "demand" => Self::Demand(value.into()),
            "site" => Self::Site(value.into()),
            "sensors" => Self::Sensors(value.into()),
            "incidents" => Self::Incidents(value.into()),
            _ => {
                return Err(format!(
                    "{key:?} is none of control, model, weather, volume, demand, site, sensors, \
                     incidents"
                ));
            }
        })
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut first = arguments.street.clone();
    if let Some(name) = &arguments.first {
        first.scenario = Some(name.clone());
    }
    let second = match &arguments.second {
        Some(name) => StreetArguments { scenario: Some(name.clone()), ..arguments.street.clone() },
        None => first.clone(),
    };
    if let Some(path) = &arguments.plot {
        let is_svg = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
        anyhow::ensure!(is_svg, "--plot {}: it ends in .svg", path.display());
    }
    let same = arguments.second.is_none();
    let (a, seconds) = side(&first, arguments, &arguments.a, same).context("side A")?;
    let (b, _) = side(&second, arguments, &arguments.b, same).context("side B")?;
    let sides = [a, b];
    let seconds = arguments.seconds.or(seconds).unwrap_or(options::SECONDS);
    let duration = Millis::from_secs(seconds.into());
    for (name, side) in ["A", "B"].iter().zip(&sides) {
        if let Some(note) = options::nobody(&side.demand, duration) {
            eprintln!("note: side {name}: {note}");
        }
    }
    let plan = Plan {
        first_seed: arguments.street.seed,
        seeds: arguments.seeds,
        duration,
        arrivals: arguments.arrivals,
        threads: usize::try_from(arguments.threads)?,
    };
    let comparison = compare(&sides, &plan)?;
    if let Some(path) = &arguments.plot {
        std::fs::write(path, sim::plot::comparison(&comparison, duration))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.json {
        let mut all = json!(comparison);
        all["sim_seconds"] = json!(seconds);
        all["controls"] = json!(sides.each_ref().map(|side| side.control.name()));
        all["arrivals"] = json!(arrivals_name(arguments.arrivals));
        all["version"] = json!(env!("CARGO_PKG_VERSION"));
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&comparison, &sides, &plan);
    }
    Ok(ExitCode::SUCCESS)
}

fn arrivals_name(of: Arrivals) -> &'static str {
    Arrivals::ALL.iter().find(|(_, one)| *one == of).map_or("", |(name, _)| name)
}

/// One side as it was set, and the seconds that its files say; `same` where both are of one street, so
/// that the settings are its name.
fn side(
    which: &StreetArguments,
    arguments: &Arguments,
    settings: &[Setting],
    same: bool,
) -> anyhow::Result<(Side, Option<u32>)> {
    once(settings)?;
    let mut street = load::street(which, Mode::Fixed)?;
    let (mut control, mut model, mut weather) = (None, Model::default(), Weather::default());
    let (mut sensors, mut incidents) = arguments.beside.read(which, &street.site.network)?;
    let mut words = Vec::new();
    for setting in settings {
        match setting {
            Setting::Control(rule) => control = Some(*rule),
            Setting::Model(law) => model = *law,
            Setting::Weather(sky) => weather = *sky,
            Setting::Sensors(path) => {
                sensors = load::sensors(which, Some(path), &street.site.network)?;
            }
            Setting::Incidents(path) => {
                incidents = load::incidents(which, Some(path), &street.site.network)?;
            }
            // From the street's own seed: all pairs have the same vehicles.
            Setting::Volume(factor) => street.demand = scale(&street.demand, *factor, which.seed),
            Setting::Demand(path) => {
                let demand = Demand::parse(&load::read(path)?, &street.site.network);
                street.demand = demand.map_err(|all| load::mistakes(path, &all))?;
            }
            Setting::Site(path) => {
                let site = load::site(path)?;
                if site.network.links() != street.site.network.links() {
                    bail!(
                        "{}: its roads are not those that the traffic was made for",
                        path.display()
                    );
                }
                street.site = site;
                // Whoever names another site wants its plans, not the programs of the files.
                control = control.or(Some(Control::Rule(Mode::Fixed)));
            }
        }
        words.push(setting.word());
    }
    let name = match (&which.scenario, same && !words.is_empty()) {
        (_, true) => words.join(" "),
        (Some(name), false) => {
            std::iter::once(name.clone()).chain(words).collect::<Vec<_>>().join(" ")
        }
        (None, false) => street.site.name.clone(),
    };
    let programs = street.programs;
    let own = if programs.is_empty() { Control::Rule(Mode::Fixed) } else { Control::Programs };
    let (site, demand) = (Arc::new(street.site), street.demand);
    let control = control.unwrap_or(own);
    let side = Side { name, site, demand, control, programs, model, weather, sensors, incidents };
    Ok((side, street.seconds))
}

/// Of two values for one thing it would be a guess which was meant.
fn once(settings: &[Setting]) -> anyhow::Result<()> {
    for (place, setting) in settings.iter().enumerate() {
        let key = |setting: &Setting| std::mem::discriminant(setting);
        let is_new = settings[..place].iter().all(|before| key(before) != key(setting));
        anyhow::ensure!(is_new, "{}: it is set twice", setting.word());
    }
    Ok(())
}

impl Setting {
    fn word(&self) -> String {
        fn name<T: Copy + PartialEq>(all: &[(&'static str, T)], of: T) -> &'static str {
            all.iter().find(|(_, one)| *one == of).map_or("", |(name, _)| name)
        }
        let file = |path: &Path| path.display().to_string();
        match self {
            Self::Control(control) => format!("control={}", control.name()),
            Self::Model(model) => format!("model={}", name(Model::ALL, *model)),
            Self::Weather(weather) => format!("weather={}", name(Weather::ALL, *weather)),
            Self::Volume(factor) => format!("volume={factor}"),
            Self::Demand(path) => format!("demand={}", file(path)),
            Self::Site(path) => format!("site={}", file(path)),
            Self::Sensors(path) => format!("sensors={}", file(path)),
            Self::Incidents(path) => format!("incidents={}", file(path)),
        }
    }
}

fn print(comparison: &Comparison, sides: &[Side; 2], plan: &Plan) {
    for (which, side) in ["A", "B"].iter().zip(sides) {
        println!("{which}: {} ({})", side.name, side.control.name());
    }
    let (pairs, arrivals) = (comparison.seeds.len(), arrivals_name(plan.arrivals));
    println!("{pairs} pairs of runs of {}, arrivals {arrivals}", plan.duration);
    println!("\n{:<15}{:>12}{:>12}{:>12}   95 % interval", "", "A", "B", "B - A");
    for row in &comparison.differences {
        let d = row.difference;
        let verdict = match (row.differs, d.mean.is_nan()) {
            (_, true) => "  (a mean of nobody)",
            (true, false) => "",
            (false, false) => "  (no difference shown)",
        };
        let [a, b, mean, low, high] = [row.a, row.b, d.mean, d.low, d.high].map(shown);
        println!("{:<15}{a:>12}{b:>12}{mean:>12}   {low} to {high}{verdict}", row.measure);
    }
}

/// A figure with two digits: none where it is the mean of nobody, and no nothing below nothing.
fn shown(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.as_str() {
        "NaN" => "-".to_owned(),
        "-0.00" => "0.00".to_owned(),
        _ => text,
    }
}
