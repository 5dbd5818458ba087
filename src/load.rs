//! Reads what a subcommand was given as its street: a scenario, a CityFlow network and its flow, or
//! nothing, which means the district that is made from the seed. Every mistake is reported at once.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;
use network::Network;
use scenario::{Demand, DemandFile, Mode, Program, Sensors, Site, SiteOptions, cityflow};
use sim::world::Incident;

use crate::sumo;

/// The scenarios that ship: name, site and demand.
const SHIPPED: [(&str, &str, &str); 2] = [
    (
        "arterial-8",
        include_str!("../scenarios/arterial-8/site.toml"),
        include_str!("../scenarios/arterial-8/demand.toml"),
    ),
    (
        "district-3x4",
        include_str!("../scenarios/district-3x4/site.toml"),
        include_str!("../scenarios/district-3x4/demand.toml"),
    ),
];

/// Which street. Without any of it, a district of 3 by 4 junctions is made from the seed.
#[derive(Clone, PartialEq, Debug, clap::Args)]
pub(crate) struct StreetArguments {
    /// A scenario that ships (arterial-8, district-3x4), or a folder with site.toml and demand.toml
    #[arg(long, value_name = "NAME-OR-FOLDER", conflicts_with_all = ["network", "flow", "sumo"])]
    pub(crate) scenario: Option<String>,
    /// CityFlow `roadnet.json` or SUMO `.net.xml`
    #[arg(long, value_name = "FILE", requires = "flow")]
    pub(crate) network: Option<PathBuf>,
    /// CityFlow `flow.json` or SUMO `.rou.xml`, the vehicles on that network
    #[arg(long, value_name = "FILE", requires = "network")]
    pub(crate) flow: Option<PathBuf>,
    /// SUMO `.sumocfg`, which names the network and the vehicles
    #[arg(long, value_name = "FILE", conflicts_with_all = ["network", "flow"])]
    pub(crate) sumo: Option<PathBuf>,
    /// The seed of everything that is random
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

impl StreetArguments {
    /// The same as words of a command line, for a child process in the same folder.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words = Vec::new();
        // One word each: a name that begins with a dash would be taken for an option.
        let mut say = |option: &str, value: &OsStr| {
            let mut word = OsString::from(option);
            word.push(value);
            words.push(word);
        };
        if let Some(scenario) = &self.scenario {
            say("--scenario=", scenario.as_ref());
        }
        if let Some(network) = &self.network {
            say("--network=", network.as_ref());
        }
        if let Some(flow) = &self.flow {
            say("--flow=", flow.as_ref());
        }
        if let Some(sumo) = &self.sumo {
            say("--sumo=", sumo.as_ref());
        }
        say("--seed=", self.seed.to_string().as_ref());
        words
    }
}

/// A street: what the daemon is told of it, and the traffic on it.
#[derive(Debug)]
pub(crate) struct Street {
    pub(crate) site: Site,
    pub(crate) demand: Demand,
    /// What the import left out.
    pub(crate) notes: Vec<String>,
    /// What it made up.
    pub(crate) guesses: Vec<String>,
    /// The signal programs of a SUMO file, as they are.
    pub(crate) programs: Vec<Program>,
    /// The light phases of a CityFlow file, as they are.
    pub(crate) phases: Vec<Program>,
    /// Signals of a foreign file for which no cabinet could be made, and why.
    pub(crate) without_cabinet: Vec<String>,
    /// How long the files say that a run lasts, where they do.
    pub(crate) seconds: Option<u32>,
}

impl Street {
    pub(crate) fn own(site: Site, demand: Demand) -> Self {
        let (notes, guesses, programs) = (Vec::new(), Vec::new(), Vec::new());
        let (phases, without_cabinet) = (Vec::new(), Vec::new());
        Self { site, demand, notes, guesses, programs, phases, without_cabinet, seconds: None }
    }
}

/// What `--control` may say.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Control {
    /// The plan of the site
    Fixed,
    /// Extension, gap-out, max-out
    Actuated,
    /// Max-pressure with a cost of the change
    MaxPressure,
    /// A search ahead over predicted arrivals
    Adaptive,
}

impl Control {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Fixed => Mode::Fixed,
            Self::Actuated => Mode::Actuated,
            Self::MaxPressure => Mode::MaxPressure,
            Self::Adaptive => Mode::Adaptive,
        }
    }
}

/// Reads a street, its junctions controlled by `mode`.
///
/// # Errors
/// Every mistake of the first file that has any.
pub(crate) fn street(which: &StreetArguments, mode: Mode) -> anyhow::Result<Street> {
    let mut street = match (&which.scenario, &which.network, &which.flow) {
        (Some(scenario), ..) => scenario_named(scenario, which.seed)?,
        (None, Some(network), Some(flow)) if sumo::is_xml(network)? => {
            sumo::imported(network, flow, which.seed)?
        }
        (None, Some(network), Some(flow)) => imported(network, flow)?,
        (None, None, None) => match &which.sumo {
            Some(config) => sumo::configured(config, which.seed)?,
            None => {
                let (site, demand) = scenario::generate::district(which.seed, 4, 3);
                Street::own(site, demand)
            }
        },
        // The command line refuses it before.
        _ => anyhow::bail!("--network and --flow go together: the roads, and who drives on them"),
    };
    street.site.control.mode = mode;
    Ok(street)
}

/// The site file of a scenario that ships.
pub(crate) fn shipped_site(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(shipped, ..)| *shipped == name).map(|&(_, site, _)| site)
}

/// A scenario that ships; else the folder of that name.
fn scenario_named(name: &str, seed: u64) -> anyhow::Result<Street> {
    if let Some((_, site, demand)) = SHIPPED.iter().find(|(shipped, ..)| *shipped == name) {
        let inside = |file: &str| PathBuf::from(name).join(file);
        let none: Beside<'_> = &|_| Err("a scenario that ships has no other files".to_owned());
        return scenario_of(
            (&inside("site.toml"), site),
            (&inside("demand.toml"), demand),
            none,
            seed,
        );
    }
    let folder = Path::new(name);
    if !folder.is_dir() {
        let is_file = folder.is_file();
        anyhow::ensure!(!is_file, "{name} is a file: a scenario is the folder that holds it");
        let names = SHIPPED.map(|(shipped, ..)| shipped).join(", ");
        anyhow::bail!("there is no scenario and no folder {name:?}; the scenarios are {names}");
    }
    let (site, demand) = (folder.join("site.toml"), folder.join("demand.toml"));
    let beside: Beside<'_> =
        &|name| std::fs::read_to_string(folder.join(name)).map_err(|error| error.to_string());
    scenario_of((&site, &read(&site)?), (&demand, &read(&demand)?), beside, seed)
}

/// The text of a file of that name in the scenario's folder, or why there is none.
type Beside<'f> = &'f dyn Fn(&str) -> Result<String, String>;

fn scenario_of(
    (site_path, site): (&Path, &str),
    (demand_path, demand): (&Path, &str),
    beside: Beside<'_>,
    seed: u64,
) -> anyhow::Result<Street> {
    // A folder's site is checked as `check` does, by the machine's own tables too.
    let site = match Site::parse(site) {
        Ok(_) if site_path.is_file() => {
            daemon::check(site_path).map_err(|all| mistakes(site_path, &all))
        }
        parsed => parsed.map_err(|all| mistakes(site_path, &all)),
    }?;
    let file = DemandFile::parse_with(demand, &site.network, beside)
        .map_err(|all| mistakes(demand_path, &all))?;
    let demand = file.expand(seed);
    let (_, lost) = scenario::crossings(&site.network, &site.signals, &demand);
    anyhow::ensure!(lost.is_empty(), mistakes(demand_path, &lost));
    let notes = file.notes().to_vec();
    Ok(Street { notes, ..Street::own(site, demand) })
}

fn imported(network: &Path, flow: &Path) -> anyhow::Result<Street> {
    let imported =
        cityflow::import_roadnet(&read(network)?).map_err(|all| mistakes(network, &all))?;
    let demand = cityflow::import_flow(&read(flow)?, &imported.network)
        .map_err(|all| mistakes(flow, &all))?;
    let (notes, phases) = (imported.notes.clone(), imported.programs.clone());
    let stem = network.file_stem().map(|s| s.to_string_lossy().into_owned());
    let options = SiteOptions { name: stem.unwrap_or_default(), ..SiteOptions::default() };
    let site = imported.site(&demand, &options).map_err(|all| mistakes(network, &all))?;
    let guesses = scenario::guesses(&options);
    Ok(Street { notes, guesses, phases, ..Street::own(site, demand) })
}

/// Refuses to write over a file that the street is read from.
///
/// # Errors
/// The first of `outputs` that is one.
pub(crate) fn keeps_inputs<'p>(
    which: &'p StreetArguments,
    more: impl IntoIterator<Item = &'p PathBuf>,
    outputs: &[&PathBuf],
) -> anyhow::Result<()> {
    let given = [&which.network, &which.flow, &which.sumo];
    let more = given.into_iter().flatten().chain(more);
    let inputs: Vec<PathBuf> = more.filter_map(|path| path.canonicalize().ok()).collect();
    let is_shipped = |name: &str| SHIPPED.iter().any(|(shipped, ..)| *shipped == name);
    let folder = which.scenario.as_deref().filter(|name| !is_shipped(name)).map(Path::new);
    let folder = folder.and_then(|folder| folder.canonicalize().ok());
    for output in outputs {
        // What is not there yet is nobody's input.
        let Ok(whole) = output.canonicalize() else { continue };
        // In a scenario's folder everything that is TOML is read, or will be.
        let is_scenario = whole.extension().is_some_and(|ending| ending == "toml")
            && whole.parent().is_some_and(|parent| Some(parent) == folder.as_deref());
        let name = output.display();
        let is_input = is_scenario || inputs.contains(&whole);
        anyhow::ensure!(!is_input, "{name}: the street is read from it: it is not written over");
    }
    Ok(())
}

/// Reads a file as text.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The most mistakes that are printed; a file of another kind would fill the terminal.
const MISTAKES_SHOWN: usize = 50;

/// What `--inject` takes.
pub(crate) fn inject_help() -> String {
    format!(
        "A fault, as `reboot:JUNCTION@60` or `exception=4@60+30`: its name, where, from which second \
         and for how many; may be repeated; {}",
        sim::fault::FAULTS
    )
}

/// The value of `--speed`.
///
/// # Errors
/// What is allowed.
pub(crate) fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| speed.is_finite() && *speed > 0.0);
    speed.ok_or_else(|| "it is a number above 0, such as 1 for real time or 10".to_owned())
}

/// The value of `--seed`.
///
/// # Errors
/// What is allowed.
fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("it is a whole number from 0 to {}", u64::MAX))
}

/// How many mistakes there are, in words.
pub(crate) fn counted(mistakes: usize) -> String {
    match mistakes {
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    }
}

/// All mistakes of a file as one error.
pub(crate) fn mistakes(path: &Path, all: &[impl Display]) -> anyhow::Error {
    let mut text = format!("{}: {}", path.display(), counted(all.len()));
    for mistake in all.iter().take(MISTAKES_SHOWN) {
        text.push_str("\n  ");
        text.push_str(&mistake.to_string());
    }
    if all.len() > MISTAKES_SHOWN {
        text.push_str("\n  and more");
    }
    anyhow::Error::msg(text)
}

/// Reads a site file.
pub(crate) fn site(path: &Path) -> anyhow::Result<Site> {
    read(path)?;
    daemon::check(path).map_err(|all| mistakes(path, &all))
}

/// The sensor file that is given, or else the `sensors.toml` beside a scenario in a folder; none where
/// there is neither: then all sensors are exact.
pub(crate) fn sensors(
    which: &StreetArguments,
    given: Option<&Path>,
    network: &Network,
) -> anyhow::Result<Option<Sensors>> {
    let Some(path) = given_or_beside(which, given, "sensors.toml") else {
        return Ok(None);
    };
    let sensors = Sensors::parse(&read(&path)?, network).map_err(|all| mistakes(&path, &all))?;
    Ok(Some(sensors))
}

/// The file of incidents that is given, or else the `incidents.toml` beside a scenario in a folder;
/// nothing where there is neither.
pub(crate) fn incidents(
    which: &StreetArguments,
    given: Option<&Path>,
    network: &Network,
) -> anyhow::Result<Vec<Incident>> {
    let Some(path) = given_or_beside(which, given, "incidents.toml") else {
        return Ok(Vec::new());
    };
    sim::incidents::parse(&read(&path)?, network).map_err(|all| mistakes(&path, &all))
}

/// The file that is given, or else the one of that name in a scenario's folder, if it is there.
fn given_or_beside(which: &StreetArguments, given: Option<&Path>, name: &str) -> Option<PathBuf> {
    let is_shipped = |name: &str| SHIPPED.iter().any(|(shipped, ..)| *shipped == name);
    let folder = which.scenario.as_deref().filter(|name| !is_shipped(name));
    let beside = folder.map(|folder| Path::new(folder).join(name));
    given.map(Path::to_path_buf).or(beside.filter(|path| path.is_file()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        street: StreetArguments,
    }

    fn parse(words: &[&str]) -> Result<StreetArguments, clap::Error> {
        Words::try_parse_from(["x"].iter().chain(words)).map(|words| words.street)
    }

    #[test]
    fn arguments_go_to_words_and_back() {
        for words in [
            &["--seed=7"][..],
            &["--scenario=arterial-8", "--seed=1"],
            &["--sumo=a.sumocfg", "--seed=1"],
            &["--network=a b.json", "--flow=--x", "--seed=18446744073709551615"],
        ] {
            let arguments = parse(words).expect("sound");
            assert_eq!(arguments.words(), words.iter().map(OsString::from).collect::<Vec<_>>());
            let again =
                Words::try_parse_from([OsString::from("x")].into_iter().chain(arguments.words()));
            assert_eq!(again.expect("sound").street, arguments);
        }
    }

    #[test]
    fn a_street_is_named_in_one_way() {
        for words in [
            &["--network", "a"][..],
            &["--flow", "a"],
            &["--scenario", "a", "--network", "b", "--flow", "c"],
            &["--scenario", "a", "--sumo", "b"],
            &["--sumo", "a", "--network", "b", "--flow", "c"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn a_sensor_file_is_given_or_lies_beside_a_scenario_of_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_, site, demand) = SHIPPED[0];
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        write("site.toml", site);
        write("demand.toml", demand);
        let which = |scenario: &str| StreetArguments {
            scenario: Some(scenario.to_owned()),
            network: None,
            flow: None,
            sumo: None,
            seed: 1,
        };
        let here = which(folder.path().to_str().expect("letters"));
        let street = street(&here, Mode::Fixed).expect("sound");
        let find = |which: &StreetArguments, given: Option<&Path>| {
            sensors(which, given, &street.site.network).map_err(|error| error.to_string())
        };
        assert_eq!(find(&here, None), Ok(None));
        write("sensors.toml", "version = 1\nbase = \"typical\"");
        let beside = find(&here, None).expect("sound").expect("it is there");
        assert_eq!(beside.noise, scenario::SensorNoise::typical());
        let other = write("other.toml", "version = 1");
        let given = find(&here, Some(&other)).expect("sound").expect("it is given");
        assert_eq!(given, Sensors::default());
        assert_eq!(find(&which("arterial-8"), None), Ok(None));
        write("sensors.toml", "version = 1\n[loops]\nmisses = 2\nmiss = 1");
        let error = find(&here, None).expect_err("two mistakes");
        assert!(error.contains("sensors.toml: 2 mistakes"), "{error}");
        assert!(find(&here, Some(Path::new("/nowhere.toml"))).is_err());
    }

    #[test]
    fn every_scenario_that_ships_is_sound_and_the_same_from_its_folder() {
        for (name, ..) in SHIPPED {
            let street = scenario_named(name, 1).expect("sound");
            let folder = format!("{}/scenarios/{name}", env!("CARGO_MANIFEST_DIR"));
            let other = scenario_named(&folder, 1).expect("sound");
            assert_eq!(street.demand, other.demand);
            assert_eq!(street.site.signals, other.site.signals);
        }
    }

    #[test]
    fn the_district_that_ships_is_the_one_without_arguments() {
        let shipped = scenario_named("district-3x4", 1).expect("sound");
        let arguments = parse(&[]).expect("sound");
        let made = super::street(&arguments, Mode::MaxPressure).expect("sound");
        assert_eq!(made.demand, shipped.demand);
        assert_eq!(made.site.signals, shipped.site.signals);
    }

    #[test]
    fn a_speed_is_above_zero_and_what_is_allowed_is_told() {
        assert_eq!(speed("2.5"), Ok(2.5));
        for wrong in ["-1", "0", "nan", "inf", "fast", ""] {
            let why = speed(wrong).expect_err(wrong);
            assert!(why.contains("above 0"), "{why}");
        }
    }

    #[test]
    fn the_help_names_the_faults() {
        for fault in ["reboot", "gateway", "clock-skew=SECONDS", "conflict"] {
            assert!(inject_help().contains(fault), "{fault}");
        }
    }

    #[test]
    fn one_mistake_is_not_mistakes() {
        assert_eq!([0, 1, 2].map(counted), ["0 mistakes", "1 mistake", "2 mistakes"]);
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let why = scenario_named("nowhere", 1).expect_err("nothing").to_string();
        assert!(why.contains("arterial-8, district-3x4"), "{why}");
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().to_str().expect("a name");
        let why = format!("{:#}", scenario_named(folder, 1).expect_err("an empty folder"));
        assert!(why.contains("site.toml"), "{why}");
        let site = SHIPPED[0].1;
        std::fs::write(format!("{folder}/site.toml"), site).expect("written");
        let demand = "version = 1\n[[flow]]\nvehicle = 'x'\nroute = ['y']\nslices = [[0, 1, 1]]\n";
        std::fs::write(format!("{folder}/demand.toml"), demand).expect("written");
        let why = format!("{:#}", scenario_named(folder, 1).expect_err("two mistakes"));
        assert!(why.contains("demand.toml: 2 mistakes"), "{why}");
        assert!(why.contains("line 4: flow[0].route[0]: there is no link"), "{why}");
    }
}
