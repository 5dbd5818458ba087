//! `.sumocfg`: which files belong together.

use std::io::BufRead;

use units::Millis;

use super::routes::time;
use super::xml::{Problems, Source, Step};
use crate::PathProblem;

/// The most files of one kind that a configuration names.
const FILES_MAX: usize = 1_000;

/// What a configuration names; paths are relative to it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// The network.
    pub net: String,
    /// Files with vehicles.
    pub routes: Vec<String>,
    /// Additional files.
    pub additional: Vec<String>,
    /// When the simulation begins.
    pub begin: Millis,
    /// When it ends, where it says so.
    pub end: Option<Millis>,
    /// Settings that are not taken over.
    pub notes: Vec<String>,
}

/// Reads a `.sumocfg`.
///
/// # Errors
/// Every mistake, with its line: no network, or no configuration at all.
pub fn read_config(file: &mut dyn BufRead) -> Result<Config, Vec<PathProblem>> {
    let problems = Problems::default();
    let config = config(&mut Source::new(file), &problems);
    problems.into_result(config)
}

fn config(source: &mut Source<'_>, problems: &Problems) -> Option<Config> {
    let mut config = Config::default();
    let mut depth = 0_usize;
    while let Some(step) = source.next(problems) {
        let element = match step {
            Step::Open(element) => element,
            Step::Close => {
                depth = depth.saturating_sub(1);
                continue;
            }
        };
        depth += 1;
        let known = ["configuration", "sumoConfiguration"].contains(&element.name.as_str());
        if depth == 1 && !known {
            element.say(problems, "it is no SUMO configuration: its root is another");
            return None;
        }
        let value = element.get("value").or(element.get("v"));
        let files = || {
            let value = value.unwrap_or_default();
            value.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned)
        };
        match (element.name.as_str(), value) {
            ("net-file" | "net", Some(value)) => config.net = value.to_owned(),
            ("route-files" | "route", Some(_)) => {
                config.routes.extend(files().take(FILES_MAX));
            }
            ("additional-files" | "additional", Some(_)) => {
                config.additional.extend(files().take(FILES_MAX));
            }
            ("begin" | "b", Some(value)) => {
                config.begin =
                    time(&element, "value", value, problems).map(Millis::from_secs_f64)?;
            }
            // Below nothing: until nobody is left, as without it.
            ("end" | "e", Some(value)) if value.trim().starts_with('-') => config.end = None,
            ("end" | "e", Some(value)) => {
                let end = time(&element, "value", value, problems)?;
                config.end = Some(Millis::from_secs_f64(end));
            }
            (name, Some(value)) if config.notes.len() < FILES_MAX => {
                let note = format!("setting {name} of the configuration ignored: {value}");
                config.notes.push(note);
            }
            _ => {}
        }
    }
    if config.net.is_empty() && problems.is_empty() {
        problems.say("", "it names no net-file");
    }
    if config.end.is_some_and(|end| end <= config.begin) {
        let (begin, end) = (config.begin, config.end.unwrap_or_default());
        problems.say("", format!("it ends at {end}, and begins at {begin}"));
    }
    Some(config)
}
