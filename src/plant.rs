//! `greenwave plant`: carries lines between a simulator that others wrote and the controllers. What the
//! lines mean is `crates/plant`'s.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use optimizer::Control;
use plant::{LINE_MAX, Reply, Session};
use scenario::{PhasedNetwork, cityflow, sumo};
use serde_json::json;

/// What a run that was not understood ends with.
const NOT_UNDERSTOOD: u8 = 2;

/// Control a street that another simulator runs, line by line over standard input and output.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The street's network: CityFlow `roadnet.json` or SUMO `.net.xml`
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// Who decides
    #[arg(long, value_name = "NAME", default_value = usual(), value_parser = names())]
    control: String,
    /// Seeds whatever chance a controller uses; the same seed and lines give the same answers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A file to write at the end: decisions, their cost, refusals, as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

/// The search ahead, in a program that has it.
fn usual() -> &'static str {
    let mut names = Control::ALL.iter().map(|(name, _)| *name);
    names.find(|name| *name == "adaptive").unwrap_or("max-pressure")
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(Control::ALL.iter().map(|(name, _)| *name))
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let control = Control::ALL.iter().find(|(name, _)| *name == arguments.control);
    let (_, control) = control.context("no such control")?;
    let mut input = BufReader::new(std::io::stdin().lock());
    let street = match street(&arguments.network) {
        Ok(street) => street,
        Err(error) => {
            eprintln!("greenwave: {error:#}");
            // Whoever has said hello waits for an answer.
            let _ = line(&mut input);
            return refused(&json!({ "error": format!("{error:#}") }).to_string());
        }
    };
    for note in &street.notes {
        eprintln!("note: {note}");
    }
    let mut session = Session::new(Arc::new(street), *control);
    let begin = Instant::now();
    let mut clock = || begin.elapsed();
    loop {
        let reply = match line(&mut input).context("cannot read standard input")? {
            Line::End => break,
            Line::TooLong => session.too_long(),
            Line::Whole(line) => session.line(&line, &mut clock),
        };
        match reply {
            Reply::Over => break,
            Reply::Line(line) => answer(&line)?,
            Reply::Refused(line) => {
                eprintln!("greenwave: not understood: {line}");
                return refused(&line);
            }
        }
    }
    if let Some(path) = &arguments.summary {
        let summary = session.report().json(&arguments.control, arguments.seed);
        let text = format!("{}\n", serde_json::to_string_pretty(&summary)?);
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn street(path: &Path) -> anyhow::Result<PhasedNetwork> {
    let cannot = || format!("cannot read {}", path.display());
    let read = if crate::sumo::is_xml(path)? {
        sumo::import_phases(&mut BufReader::new(File::open(path).with_context(cannot)?))
    } else {
        cityflow::import_phases(&std::fs::read_to_string(path).with_context(cannot)?)
    };
    read.map_err(|all| crate::load::mistakes(path, &all))
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
    End,
}

/// The next line, without its end; nothing is read that could not be one.
fn line(input: &mut impl BufRead) -> std::io::Result<Line> {
    let mut line = Vec::new();
    input.take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.is_empty() {
        return Ok(Line::End);
    }
    Ok(if line.len() > LINE_MAX { Line::TooLong } else { Line::Whole(line) })
}

fn answer(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    written.context("the plant does not read its answers")
}

fn refused(line: &str) -> anyhow::Result<ExitCode> {
    answer(line)?;
    Ok(ExitCode::from(NOT_UNDERSTOOD))
}
