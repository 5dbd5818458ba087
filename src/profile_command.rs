//! `greenwave profile`: device profiles for whoever writes one: every mistake, its page, its proof.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use field::device::VirtualDevice;
use field::{DeviceMap, Reply};
use hw_profiles::{BUILTIN, Profile};
use units::Moment;

/// Device profiles: list them, check one, print its page, prove it against a virtual device.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The profiles that ship
    List,
    /// Every mistake of profile files, with its line; and what would be better known
    Lint {
        /// Profile files, or names of profiles that ship
        #[arg(required = true)]
        profiles: Vec<String>,
    },
    /// The page of a profile, as Markdown
    Doc {
        /// A profile file, or the name of one that ships
        profile: String,
    },
    /// Reads everything of a virtual device of each profile, and writes what it may be told
    Test {
        /// Profile files, or names of profiles that ship; all that ship where none is given
        profiles: Vec<String>,
    },
    /// The JSON schema, for editors
    Schema,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List => {
            for (name, _) in BUILTIN {
                println!("{name:28} {}", load(name)?.title);
            }
        }
        Command::Lint { profiles } => return Ok(each(profiles, lint)),
        Command::Doc { profile } => print!("{}", hw_profiles::page(&load(profile)?)),
        Command::Test { profiles } if profiles.is_empty() => {
            let all: Vec<String> = BUILTIN.iter().map(|(name, _)| (*name).to_owned()).collect();
            return Ok(each(&all, prove));
        }
        Command::Test { profiles } => return Ok(each(profiles, prove)),
        Command::Schema => print!("{}", hw_profiles::schema()),
    }
    Ok(ExitCode::SUCCESS)
}

/// A profile that ships, or one of a file.
pub(crate) fn load(name: &str) -> anyhow::Result<Profile> {
    let path = Path::new(name);
    if let Some(profile) = hw_profiles::builtin(name) {
        return Ok(profile);
    }
    anyhow::ensure!(path.exists(), "there is no profile and no file {name:?}: see `profile list`");
    let text = crate::load::read(path)?;
    Profile::parse(&text).map_err(|all| crate::load::mistakes(path, &all))
}

fn each(profiles: &[String], act: impl Fn(&Profile) -> Vec<String>) -> ExitCode {
    let mut sound = true;
    for name in profiles {
        match load(name) {
            Err(error) => {
                println!("{error:#}");
                sound = false;
            }
            Ok(profile) => {
                let problems = act(&profile);
                problems.iter().for_each(|problem| println!("{name}: {problem}"));
                let is_sound = !problems.iter().any(|problem| problem.starts_with("failed"));
                sound &= is_sound;
                if is_sound {
                    println!("{name}: sound");
                }
            }
        }
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a sound profile might still do better.
fn lint(profile: &Profile) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: String| notes.push(format!("note: {text}"));
    if profile.identity.is_empty() {
        note(format!("nothing identifies it: {}", profile.unidentified));
    }
    if !profile.watchdog.untold.is_empty() {
        note("its watchdog cannot be verified: a site must say watchdog_tried".to_owned());
    }
    if profile.delivered.is_empty() {
        note("no [[delivered]] says how it is reached as it is delivered".to_owned());
    }
    let polled = |point| profile.polls.iter().any(|poll| poll.points.contains(&point));
    for register in &profile.registers {
        let name = register.point.name();
        let is_told = profile.commands.iter().any(|entry| entry.points.contains(&register.point));
        if !polled(register.point) && !is_told && register.side_effect.is_empty() {
            note(format!("{name} is never read"));
        }
        if !register.unverified.is_empty() {
            note(format!("{name} is unverified: {}", register.unverified));
        }
    }
    notes
}

/// Drives a virtual device of the profile: every poll is answered whole, every command taken.
fn prove(profile: &Profile) -> Vec<String> {
    let map = Arc::new(DeviceMap::new(profile.clone()));
    let mut device = VirtualDevice::new(map.clone(), Moment(0));
    let mut said = Vec::new();
    let mut read = 0;
    for request in map.polls().iter().flat_map(|poll| &poll.requests) {
        let asked = field::sniff::asked(request);
        match device.handle(Moment(0), request) {
            Ok(reply) => match map.decode(request, &reply) {
                Ok(values) => read += values.len(),
                Err(error) => said.push(format!("failed: {asked}: {error}")),
            },
            Err(exception) => said.push(format!("failed: {asked}: {exception:?}")),
        }
    }
    for entry in &profile.commands {
        let name = entry.name.name();
        let request = if map.output_count() > 0 && name == "set-output" {
            map.encode_outputs(&[false])
        } else {
            map.write_of(entry, |_| Some(vec![1]))
        };
        let reply = request.map_err(|error| error.to_string()).and_then(|request| {
            device.handle(Moment(0), &request).map_err(|exception| format!("{exception:?}"))
        });
        match reply {
            Ok(Reply::WroteCoils { .. } | Reply::WroteRegisters { .. }) => {}
            other => said.push(format!("failed: {name}: {other:?}")),
        }
    }
    let (polls, commands) = (profile.polls.len(), profile.commands.len());
    said.push(format!("{read} values in {polls} groups read, {commands} commands taken"));
    said
}
