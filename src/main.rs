//! The one binary. This folder is the composition root: it reads the command line, wires a room of
//! `ARCHITECTURE.md` to the world, and holds no rule of its own. One file a subcommand.

mod check;
mod daemon_command;
mod demo;
mod doctor;
mod emulate;
mod evaluate;
mod evidence;
mod http;
mod import;
mod load;
mod logging;
mod parent;
mod plan;
mod plant;
mod probe;
mod profile_command;
mod record;
mod rehearse;
mod replay;
mod sim_command;
mod sumo;
mod token;
mod what_if;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs a district's traffic signals and road sensors from a signal cabinet, and the street to try
/// it on.
#[derive(Parser)]
#[command(name = "greenwave", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a virtual street and the daemon as two processes, and show where to look
    Demo(demo::Arguments),
    /// Run the daemon on a site file
    Daemon(daemon_command::Arguments),
    /// The virtual street: serve it on real Modbus, run it as fast as it goes, compare two of them
    Sim(Box<sim_command::Arguments>),
    /// Run engine and street in virtual time, and print what came of it
    Rehearse(rehearse::Arguments),
    /// Compare controllers with one another without a daemon, and measure the Modbus lines
    Evaluate(evaluate::Arguments),
    /// Start a world where a street is, and run a change beside today
    WhatIf(what_if::Arguments),
    /// Control a street that another simulator runs, line by line over standard input and output
    Plant(plant::Arguments),
    /// Propose green waves, compare them with today's plans, and write them into the site file
    Plan(Box<plan::Arguments>),
    /// Check a site file and report every mistake in it, with its line
    Check(check::Arguments),
    /// Ask a line who is there, guess the models, and print what unknown registers could mean
    Probe(Box<probe::Arguments>),
    /// Check the machine: permissions, ports, clocks, disk, watchdog, with the command that mends each
    Doctor(doctor::Arguments),
    /// Be a virtual device of any profile, on a port or a pseudo-terminal
    Emulate(Box<emulate::Arguments>),
    /// Record what goes over a line, and say what it means
    Record(record::Arguments),
    /// Answer as a recording does, or print what it means
    Replay(replay::Arguments),
    /// Device profiles: list, check, print, prove
    Profile(profile_command::Arguments),
    /// Turn a network of CityFlow or SUMO and its vehicles into a site file
    Import(import::Arguments),
    /// Check, show and take out evidence, and make a station's key
    Evidence(evidence::Arguments),
    /// Make an access token for the web interface
    Token(token::Arguments),
}

/// Whoever has read enough of the output closes the pipe: that is no mistake of this program, and no
/// reason to abort as after one.
fn end_with_the_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let what = panic.payload().downcast_ref::<String>();
        if let Some(what) = what.filter(|what| what.starts_with("failed printing to std")) {
            // A full disk is told, where standard error still can.
            if !what.contains("Broken pipe") {
                let _ = writeln!(std::io::stderr(), "greenwave: {what}");
            }
            std::process::exit(1);
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    end_with_the_pipe();
    let outcome = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(arguments),
        Command::Daemon(arguments) => daemon_command::run(arguments),
        Command::Sim(arguments) => sim_command::run(*arguments),
        Command::Rehearse(arguments) => rehearse::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::WhatIf(arguments) => what_if::run(&arguments),
        Command::Plant(arguments) => plant::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Emulate(arguments) => emulate::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Profile(arguments) => profile_command::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Evidence(arguments) => evidence::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("greenwave: {error:#}");
            ExitCode::FAILURE
        }
    }
}
