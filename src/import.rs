//! `greenwave import`: a CityFlow network and its flow become a site file and a demand file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use scenario::cityflow::SiteOptions;

/// Turn a CityFlow network and its flow into a site file and a demand file.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// CityFlow `roadnet.json`
    #[arg(long)]
    network: PathBuf,
    /// CityFlow `flow.json`; its volumes set the splits of the plans
    #[arg(long)]
    flow: PathBuf,
    /// The folder for `site.toml` and `demand.toml`; made where it is missing
    #[arg(long, default_value = ".")]
    out: PathBuf,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let street = crate::load::street(
        Some(&arguments.network),
        Some(&arguments.flow),
        0,
        SiteOptions::default(),
    )?;
    let files = [
        ("site.toml", scenario::write_site(&street.site)),
        ("demand.toml", street.demand.write_toml(&street.site.network)),
    ];
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make {}", arguments.out.display()))?;
    if !arguments.force {
        for (name, _) in &files {
            let path = arguments.out.join(name);
            anyhow::ensure!(!path.exists(), "{} is there; --force overwrites it", path.display());
        }
    }
    for (name, text) in &files {
        let path = arguments.out.join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    println!(
        "{} junctions ({} signalised), {} links, {} lanes, {} flows",
        street.site.network.junctions().len(),
        street.site.junctions.len(),
        street.site.network.links().len(),
        street.site.network.lanes().len(),
        street.demand.flows.len(),
    );
    for note in &street.notes {
        println!("note: {note}");
    }
    Ok(ExitCode::SUCCESS)
}
