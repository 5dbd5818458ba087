//! `greenwave check`: every mistake of a site file at once, each with its line.

use std::path::PathBuf;
use std::process::ExitCode;

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
        let name = file.display();
        match daemon::check(file) {
            Ok(site) => println!(
                "{name}: sound: {} signalised junctions, {} devices on {} lines, {} detectors",
                site.signals.len(),
                site.devices.len(),
                site.lines.len(),
                site.detectors.len(),
            ),
            Err(problems) => {
                sound = false;
                for problem in &problems {
                    println!("{name}: {problem}");
                }
                println!("{name}: {}", crate::load::counted(problems.len()));
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
