//! Reads what a subcommand was given: a CityFlow network and its flow, or nothing, which means the
//! district that is made from a seed. Every mistake is reported at once.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, bail};
use scenario::{Demand, Mode, Site, SiteOptions, cityflow};

/// A street: what the daemon is told of it, and the traffic on it.
pub(crate) struct Street {
    pub(crate) site: Site,
    pub(crate) demand: Demand,
    /// What the import left out or guessed.
    pub(crate) notes: Vec<String>,
}

/// What `--control` may say.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Control {
    /// The plan of the site
    Fixed,
    /// Extension, gap-out, max-out
    Actuated,
    /// Max-pressure with hysteresis
    MaxPressure,
}

impl Control {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Fixed => Mode::Fixed,
            Self::Actuated => Mode::Actuated,
            Self::MaxPressure => Mode::MaxPressure,
        }
    }
}

/// Reads `network` and `flow`; without both, the district is made from `seed`.
pub(crate) fn street(
    network: Option<&Path>,
    flow: Option<&Path>,
    seed: u64,
    mode: Mode,
) -> anyhow::Result<Street> {
    let (network, flow) = match (network, flow) {
        (Some(network), Some(flow)) => (network, flow),
        (None, None) => {
            let (mut site, demand) = scenario::generate::district(seed, 4, 3);
            site.control.mode = mode;
            return Ok(Street { site, demand, notes: Vec::new() });
        }
        (Some(_), None) => bail!("--network needs --flow, the vehicles on it"),
        (None, Some(_)) => bail!("--flow needs --network, the roads that it names"),
    };
    let imported =
        cityflow::import_roadnet(&read(network)?).map_err(|all| mistakes(network, &all))?;
    let demand = cityflow::import_flow(&read(flow)?, &imported.network)
        .map_err(|all| mistakes(flow, &all))?;
    let notes = imported.notes.clone();
    let stem = network.file_stem().map(|s| s.to_string_lossy().into_owned());
    let options = SiteOptions { mode, name: stem.unwrap_or_default(), ..SiteOptions::default() };
    let site = imported.site(&demand, &options).map_err(|all| mistakes(network, &all))?;
    Ok(Street { site, demand, notes })
}

/// Reads a file as text.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The most mistakes that are printed; a file of another kind would fill the terminal.
const MISTAKES_SHOWN: usize = 50;

/// All mistakes of a file as one error.
pub(crate) fn mistakes(path: &Path, all: &[impl Display]) -> anyhow::Error {
    let mut text = format!("{}: {} mistakes", path.display(), all.len());
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
    Site::parse(&read(path)?).map_err(|all| mistakes(path, &all))
}
