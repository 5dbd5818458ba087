//! `greenwave sim`: the virtual street, served over Modbus, run by itself, or compared with another.

mod compare;
mod files;
pub(crate) mod options;
mod run;
mod serve;

use std::process::ExitCode;

pub(crate) use files::is_same;
pub(crate) use options::SECONDS_MAX;

/// The virtual street. Without a further word it is served, as by `serve`.
#[derive(clap::Args)]
#[group(skip)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Serve a virtual street: cabinets and detectors on real Modbus
    Serve(serve::Arguments),
    /// Run a street as fast as it goes, and print what came of it
    Run(Box<run::Arguments>),
    /// Run two streets with the same seeds, and print how they differ
    Compare(Box<compare::Arguments>),
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        None => serve::run(arguments.serve),
        Some(Command::Serve(arguments)) => serve::run(arguments),
        Some(Command::Run(arguments)) => run::run(*arguments),
        Some(Command::Compare(arguments)) => compare::run(&arguments),
    }
}
