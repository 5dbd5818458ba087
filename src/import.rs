//! `greenwave import`: a CityFlow network and its flow become a site file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use scenario::Mode;

/// Turn a CityFlow network and its flow into a site file.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// CityFlow `roadnet.json`
    #[arg(long)]
    network: PathBuf,
    /// CityFlow `flow.json`; its volumes set the splits of the plans
    #[arg(long)]
    flow: PathBuf,
    /// The site file to write
    #[arg(long, default_value = "site.toml")]
    out: PathBuf,
    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (network, flow) = (Some(arguments.network.as_path()), Some(arguments.flow.as_path()));
    let street = crate::load::street(network, flow, 0, Mode::MaxPressure)?;
    let out = arguments.out.display();
    anyhow::ensure!(
        arguments.force || !arguments.out.exists(),
        "{out} is there: --force overwrites it"
    );
    std::fs::write(&arguments.out, scenario::write_site(&street.site))
        .with_context(|| format!("cannot write {out}"))?;
    println!(
        "{out}: {} junctions, {} of them signalised, {} links, {} lanes; {} vehicles in the flow",
        street.site.network.junctions().len(),
        street.site.signals.len(),
        street.site.network.links().len(),
        street.site.network.lanes().len(),
        street.demand.vehicles(),
    );
    for note in &street.notes {
        println!("note: {note}");
    }
    Ok(ExitCode::SUCCESS)
}
