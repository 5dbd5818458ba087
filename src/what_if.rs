//! `greenwave what-if`: starts a world where a street is, and runs a change beside today.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::ArgGroup;
use serde::Deserialize;
use sim::what_if::{self, Comparison, Figures, Question};
use units::Millis;

use crate::load;

/// What was given has mistakes, and they were told.
const MISTAKES: u8 = 2;
/// The memory that a run may take, bytes: it fails before the machine does.
const MEMORY_MAX: u64 = 2 << 30;
/// The weakest claim to the processor.
const NICE: i32 = 19;

/// Start a world where a street is, and run a change beside today.
#[derive(clap::Args)]
#[group(skip)]
#[command(group(ArgGroup::new("source").required(true).args(["from", "picture", "stdin"])))]
pub(crate) struct Arguments {
    /// A daemon that runs, as http://127.0.0.1:8080
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// A file with a token of that daemon
    #[arg(long, value_name = "FILE", conflicts_with_all = ["picture", "stdin"])]
    token_file: Option<PathBuf>,
    /// A state picture, as `/api/v1/picture` gives it
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Read all of it from standard input as JSON, with the lowest priority, and answer JSON
    #[arg(long)]
    stdin: bool,
    /// What is changed
    #[arg(long, value_name = "FILE")]
    change: Option<PathBuf>,
    /// A whole other site
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,
    /// Who enters; without it that is made of what was counted
    #[arg(long, value_name = "FILE")]
    demand: Option<PathBuf>,
    /// How far into the demand file now is, seconds
    #[arg(long, default_value_t = 0, requires = "demand")]
    demand_at: u32,
    /// Simulated seconds
    #[arg(long, default_value_t = 3_600)]
    seconds: u32,
    /// How many pairs of runs
    #[arg(long, default_value_t = 3)]
    seeds: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a daemon asks of its child.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    picture: serde_json::Value,
    change: Option<String>,
    seconds: u32,
    seeds: u32,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (question, files) = if arguments.stdin {
        lower()?;
        (asked()?, None)
    } else {
        (given(arguments)?, Some(arguments))
    };
    let question = match question {
        Ok(question) => question,
        Err(why) => return Ok(refuse(&[format!("picture: {why}")])),
    };
    match what_if::answer(&question) {
        Ok(found) if files.is_none_or(|arguments| arguments.json) => {
            println!("{}", serde_json::to_string_pretty(&found)?);
            Ok(ExitCode::SUCCESS)
        }
        Ok(found) => {
            print!("{}", table(&found));
            Ok(ExitCode::SUCCESS)
        }
        Err(all) => {
            let named = |line: &String| match files {
                Some(arguments) => with_path(line, arguments),
                None => line.clone(),
            };
            Ok(refuse(&all.iter().map(named).collect::<Vec<_>>()))
        }
    }
}

fn refuse(all: &[String]) -> ExitCode {
    for line in all {
        eprintln!("greenwave: {line}");
    }
    ExitCode::from(MISTAKES)
}

/// A mistake with the file that it is in, in place of what the file was given as.
fn with_path(line: &str, arguments: &Arguments) -> String {
    let files = [
        ("change: ", &arguments.change),
        ("site: ", &arguments.site),
        ("demand: ", &arguments.demand),
        ("picture", &arguments.picture),
    ];
    for (what, file) in files {
        if let (Some(rest), Some(file)) = (line.strip_prefix(what), file) {
            return format!("{}: {}", file.display(), rest.trim_start_matches('.'));
        }
    }
    line.to_owned()
}

/// The question that the command line asks; its picture may be none.
fn given(arguments: &Arguments) -> anyhow::Result<Result<Question, String>> {
    let text = match (&arguments.from, &arguments.picture) {
        (Some(url), _) => fetched(url, arguments.token_file.as_deref())?,
        (None, Some(file)) => load::read(file)?,
        (None, None) => anyhow::bail!("where is the picture? --from, --picture or --stdin"),
    };
    let file = |path: &Option<PathBuf>| path.as_deref().map(load::read).transpose();
    let (change, site, demand) =
        (file(&arguments.change)?, file(&arguments.site)?, file(&arguments.demand)?);
    Ok(what_if::read_picture(&text).map(|picture| Question {
        picture,
        change,
        site,
        demand,
        demand_at: Millis::from_secs(arguments.demand_at.into()),
        seconds: arguments.seconds,
        seeds: arguments.seeds,
    }))
}

fn asked() -> anyhow::Result<Result<Question, String>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    let asked: Asked = serde_json::from_str(&text).context("standard input is no question")?;
    Ok(what_if::read_picture(&asked.picture.to_string()).map(|picture| Question {
        picture,
        change: asked.change,
        site: None,
        demand: None,
        demand_at: Millis::ZERO,
        seconds: asked.seconds,
        seeds: asked.seeds,
    }))
}

fn fetched(url: &str, token_file: Option<&Path>) -> anyhow::Result<String> {
    anyhow::ensure!(!url.starts_with("https:"), "a daemon speaks plain HTTP: {url} does not");
    let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    let token = token_file.map(load::read).transpose()?;
    let token = token.as_deref().map(str::trim);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let value = runtime.block_on(crate::http::get_json_as(address, "/api/v1/picture", token));
    Ok(value.with_context(|| format!("no picture from {url}"))?.to_string())
}

/// Gives way to everything else on the machine: last at the processor, bounded in memory, and the first
/// that the system ends where memory runs out.
fn lower() -> anyhow::Result<()> {
    use rustix::process::{Resource, Rlimit, nice, setrlimit};
    nice(NICE).context("cannot lower the priority")?;
    let limit = Rlimit { current: Some(MEMORY_MAX), maximum: Some(MEMORY_MAX) };
    setrlimit(Resource::As, limit).context("cannot bound the memory")?;
    // A system without this file ends somebody else first: no reason not to run.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

fn table(found: &Comparison) -> String {
    let (minutes, seeds) = (found.seconds / 60, found.seeds);
    let mut out =
        format!("{minutes} min from the picture on, {seeds} seeds, today and changed\n\n");
    for note in &found.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    let mut line = |name: &str, of: fn(&Figures) -> f64| {
        let (today, changed) = (of(&found.today), of(&found.changed));
        let difference = of(&found.difference);
        out.push_str(&format!("{name:24}{today:10.1}{changed:10.1}{difference:+10.1}\n"));
    };
    line("finished", |f| f.finished);
    line("mean travel time, s", |f| f.mean_travel_time_s);
    line("mean delay, s", |f| f.mean_delay_s);
    line("mean queue", |f| f.mean_queue);
    let [least, most] = found.travel_time_difference_s;
    out.push_str(&format!("travel time by seed: {least:+.1} to {most:+.1} s\n\n"));
    out.push_str("junction          delay, h   changed difference mean queue   changed max queue   changed\n");
    for today in &found.today.junctions {
        let same = |figures: &&sim::what_if::JunctionFigures| figures.name == today.name;
        let Some(changed) = found.changed.junctions.iter().find(same) else { continue };
        out.push_str(&format!(
            "{:16}{:10.2}{:10.2}{:+11.2}{:11.1}{:10.1}{:10.1}{:10.1}\n",
            today.name,
            today.delay_h,
            changed.delay_h,
            changed.delay_h - today.delay_h,
            today.mean_queue,
            changed.mean_queue,
            today.max_queue,
            changed.max_queue,
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn a_picture_comes_from_one_place_and_everything_else_may_be_said_beside_it() {
        let parse = |words: &str| Words::try_parse_from(["x"].into_iter().chain(words.split(' ')));
        for words in [
            "--from http://127.0.0.1:8080",
            "--from http://127.0.0.1:8080 --token-file t --change c --seconds 60 --seeds 2 --json",
            "--picture p --change c --site s --demand d --demand-at 60",
            "--stdin",
        ] {
            assert!(parse(words).is_ok(), "{words}");
        }
        for words in [
            "--json",
            "--from a --picture p",
            "--picture p --stdin",
            "--picture p --token-file t",
            "--picture p --demand-at 60",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
        let words = parse("--picture p --seconds 60 --seeds 2").expect("sound").arguments;
        assert_eq!((words.seconds, words.seeds), (60, 2));
    }
}
