//! Reads what a subcommand was given: a CityFlow network or a site file, a CityFlow flow or a demand
//! file, each told apart by its content, every mistake reported at once.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, bail};
use scenario::cityflow::{self, SiteOptions};
use scenario::{Demand, Site};

/// A street: what the daemon is told of it, and the traffic on it.
pub(crate) struct Street {
    pub(crate) site: Site,
    pub(crate) demand: Demand,
    /// What the import guessed or left out.
    pub(crate) notes: Vec<String>,
}

/// Reads `network` and `flow`; without a network the district that ships is made from `seed`.
pub(crate) fn street(
    network: Option<&Path>,
    flow: Option<&Path>,
    seed: u64,
    options: SiteOptions,
) -> anyhow::Result<Street> {
    let Some(network) = network else {
        if let Some(flow) = flow {
            bail!("--flow {} needs the --network it belongs to", flow.display());
        }
        let (site, demand) = scenario::generate::district(seed, 4, 3);
        return Ok(Street { site, demand, notes: Vec::new() });
    };
    let text = read(network)?;
    if looks_like_json(&text) {
        let imported =
            cityflow::import_roadnet(&text).map_err(|all| mistakes(network, &all))?;
        let flow = flow.context("a CityFlow network needs --flow with its vehicles")?;
        let demand = self::demand(flow, &imported.network)?;
        let notes = imported.notes.clone();
        let site = cityflow::site(imported, Some(&demand), options);
        return Ok(Street { site, demand, notes });
    }
    let site = Site::parse(&text).map_err(|all| mistakes(network, &all))?;
    let beside = network.with_file_name("demand.toml");
    let demand = self::demand(flow.unwrap_or(&beside), &site.network)?;
    Ok(Street { site, demand, notes: Vec::new() })
}

/// Reads a site file.
pub(crate) fn site(path: &Path) -> anyhow::Result<Site> {
    Site::parse(&read(path)?).map_err(|all| mistakes(path, &all))
}

/// Reads the vehicles of a network: CityFlow's `flow.json` or a demand file.
pub(crate) fn demand(path: &Path, network: &network::Network) -> anyhow::Result<Demand> {
    let text = read(path)?;
    if looks_like_json(&text) {
        cityflow::import_flow(&text, network).map_err(|all| mistakes(path, &all))
    } else {
        Demand::parse_toml(&text, network).map_err(|all| mistakes(path, &all))
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn looks_like_json(text: &str) -> bool {
    // A TOML file may open with `[[table]]`, a JSON array never does.
    let text = text.trim_start();
    text.starts_with('{') || (text.starts_with('[') && !text.starts_with("[["))
}

/// The most mistakes that are printed; a file of another kind would fill the terminal.
const MISTAKES_SHOWN: usize = 50;

fn mistakes(path: &Path, all: &[impl Display]) -> anyhow::Error {
    let mut text = format!("{} has {} mistakes:", path.display(), all.len());
    for mistake in all.iter().take(MISTAKES_SHOWN) {
        text.push_str(&format!("\n  {mistake}"));
    }
    if all.len() > MISTAKES_SHOWN {
        text.push_str(&format!("\n  and {} more", all.len() - MISTAKES_SHOWN));
    }
    anyhow::anyhow!(text)
}
