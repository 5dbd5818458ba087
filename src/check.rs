//! `greenwave check`: every mistake of a site file at once, each with its line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

/// Check a site file and report every mistake in it, with its line.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Site files to check
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut sound = true;
    for file in &arguments.files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        match scenario::Site::parse(&text) {
            Ok(site) => println!(
                "{}: sound: {} signalised junctions, {} devices on {} lines, {} detectors",
                file.display(),
                site.junctions.len(),
                site.devices.len(),
                site.lines.len(),
                site.detectors.len(),
            ),
            Err(problems) => {
                sound = false;
                for problem in &problems {
                    println!("{}: {problem}", file.display());
                }
                println!("{}: {} mistakes", file.display(), problems.len());
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
