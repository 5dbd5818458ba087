//! `greenwave import`: a network of CityFlow or SUMO and its vehicles become a site file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use scenario::{Mode, write_demand, write_site};

use crate::load::StreetArguments;

/// Turn a network of CityFlow or SUMO and its vehicles into a site file.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// CityFlow `roadnet.json` or SUMO `.net.xml`
    #[arg(long, value_name = "FILE", requires = "flow", required_unless_present = "sumo")]
    network: Option<PathBuf>,
    /// CityFlow `flow.json`, whose volumes set the splits of the plans, or SUMO `.rou.xml`
    #[arg(long, value_name = "FILE", requires = "network")]
    flow: Option<PathBuf>,
    /// SUMO `.sumocfg`, which names both
    #[arg(long, value_name = "FILE", conflicts_with_all = ["network", "flow"])]
    sumo: Option<PathBuf>,
    /// The site file to write
    #[arg(long, value_name = "FILE", default_value = "site.toml")]
    out: PathBuf,
    /// A demand file to write as well: with both in one folder, it is a scenario
    #[arg(long, value_name = "FILE")]
    demand: Option<PathBuf>,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let which = StreetArguments {
        scenario: None,
        network: arguments.network.clone(),
        flow: arguments.flow.clone(),
        sumo: arguments.sumo.clone(),
        seed: 0,
    };
    let street = crate::load::street(&which, Mode::MaxPressure)?;
    let (site, network) = (&street.site, &street.site.network);
    let mut files = vec![(&arguments.out, write_site(site))];
    if let Some(demand) = &arguments.demand {
        files.push((demand, write_demand(&street.demand, network)));
    }
    // All or none: a site beside another's demand would be worse than neither.
    for (path, _) in &files {
        let is_free = arguments.force || !path.exists();
        anyhow::ensure!(is_free, "{} is there: --force overwrites it", path.display());
    }
    for (path, text) in &files {
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    let (junctions, signalised) = (network.junctions().len(), site.signals.len());
    let (links, lanes) = (network.links().len(), network.lanes().len());
    println!("understood: {junctions} junctions, {signalised} of them with signals");
    println!("understood: {links} links, {lanes} lanes, {} movements", network.movements().len());
    let (vehicles, flows) = (street.demand.vehicles(), street.demand.flows.len());
    println!("understood: {vehicles} vehicles in {flows} flows, to {}", street.demand.end());
    for note in street.notes.iter().chain(&street.without_cabinet) {
        println!("note: {note}");
    }
    for guess in &street.guesses {
        println!("guessed: {guess}");
    }
    Ok(ExitCode::SUCCESS)
}
