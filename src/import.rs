//! `greenwave import`: a network of CityFlow or SUMO and its vehicles become a site file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use scenario::{Mode, Site, write_demand, write_site};

use crate::load::StreetArguments;
use crate::sim_command::is_same;

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
    let outputs = [Some(&arguments.out), arguments.demand.as_ref()];
    crate::load::keeps_inputs(&which, None, &outputs.into_iter().flatten().collect::<Vec<_>>())?;
    let (site, network) = (&street.site, &street.site.network);
    let text = write_site(site);
    // What is written must be read again: a site that its own reader refuses is no site.
    Site::parse(&text).map_err(|all| {
        let source = arguments.network.as_ref().or(arguments.sumo.as_ref());
        let path = source.map_or(Path::new("the network"), PathBuf::as_path);
        crate::load::mistakes(path, &all).context("it makes no sound site file")
    })?;
    let mut files = vec![(&arguments.out, text)];
    if let Some(demand) = &arguments.demand {
        files.push((demand, write_demand(&street.demand, network)));
    }
    if let [(site, _), (demand, _)] = &files[..] {
        let path = site.display();
        anyhow::ensure!(
            !is_same(site, demand),
            "{path}: both the site and the demand are to be it"
        );
    }
    // All or none: a site beside another's demand would be worse than neither.
    for (path, _) in &files {
        let is_free = arguments.force || !path.exists();
        anyhow::ensure!(is_free, "{} is there: --force overwrites it", path.display());
    }
    write_all(&files)?;
    for (path, _) in &files {
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

/// Writes all files or none: each beside its place first, and only when all are whole they are moved
/// there.
fn write_all(files: &[(&PathBuf, String)]) -> anyhow::Result<()> {
    let beside = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        PathBuf::from(name)
    };
    let written = files.iter().try_for_each(|(path, text)| {
        std::fs::write(beside(path), text)
            .with_context(|| format!("cannot write {}", path.display()))
    });
    let moved = written.and_then(|()| {
        files.iter().try_for_each(|(path, _)| {
            std::fs::rename(beside(path), path)
                .with_context(|| format!("cannot write {}", path.display()))
        })
    });
    if moved.is_err() {
        for (path, _) in files {
            // Whatever of it was not written cannot be removed either.
            let _ = std::fs::remove_file(beside(path));
        }
    }
    moved
}
