//! Reads SUMO's files as streams: what belongs to a street, from two files or from a `.sumocfg`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use scenario::{SiteOptions, sumo};
use units::Millis;

use crate::load::{Street, mistakes};
use crate::sim_command::SECONDS_MAX;

/// Whether a file is XML rather than JSON: by its first character that is no space.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn is_xml(path: &Path) -> anyhow::Result<bool> {
    let mut file = open(path)?;
    let cannot = || format!("cannot read {}", path.display());
    let begin = file.fill_buf().with_context(cannot)?;
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin);
    Ok(begin.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<'))
}

/// A street from a network and one file of vehicles.
///
/// # Errors
/// Every mistake of the first file that has any.
pub(crate) fn imported(network: &Path, flow: &Path, seed: u64) -> anyhow::Result<Street> {
    street(network, &[flow.to_owned()], Millis::ZERO, seed)
}

/// A street from a configuration and the files that it names.
///
/// # Errors
/// Every mistake of the first file that has any.
pub(crate) fn configured(path: &Path, seed: u64) -> anyhow::Result<Street> {
    let config = sumo::read_config(&mut open(path)?).map_err(|all| mistakes(path, &all))?;
    let beside = |name: &String| path.parent().unwrap_or(Path::new("")).join(name);
    // Types in additional files hold for the vehicles.
    let files: Vec<_> = config.additional.iter().chain(&config.routes).map(beside).collect();
    let mut street = street(&beside(&config.net), &files, config.begin, seed)?;
    street.notes.extend(config.notes);
    let lasts = config.end.map(|end| (end - config.begin).0.div_euclid(1_000));
    // Less than a second is no run, and more than the longest is a slip of the hand.
    let lasts = lasts.and_then(|seconds| u32::try_from(seconds.max(1)).ok());
    street.seconds = lasts.filter(|&seconds| i64::from(seconds) <= SECONDS_MAX);
    Ok(street)
}

/// The street from `begin` on, which becomes its time zero, lights and vehicles alike.
fn street(network: &Path, files: &[PathBuf], begin: Millis, seed: u64) -> anyhow::Result<Street> {
    let mut imported =
        sumo::import_net(&mut open(network)?).map_err(|all| mistakes(network, &all))?;
    for program in &mut imported.programs {
        program.offset = (program.offset - begin).modulo(program.cycle());
    }
    let mut routes = imported.routes(seed).beginning(begin);
    for path in files {
        routes.read(&mut open(path)?).map_err(|all| mistakes(path, &all))?;
    }
    let (whole, left_out) = routes.finish();
    let demand = whole.from_time(begin);
    let early = whole.vehicles() - demand.vehicles();
    let mut notes: Vec<String> = imported.notes.iter().chain(&left_out).cloned().collect();
    if begin > Millis::ZERO {
        notes.push(format!("time 0 is {begin} of the files; who departs before: {early}"));
    }
    let name = network.file_stem().map(|s| s.to_string_lossy().replace(".net", ""));
    let options = SiteOptions { name: name.unwrap_or_default(), ..SiteOptions::default() };
    let (site, without_cabinet) = imported.site(&options);
    let (guesses, programs) = (sumo::guesses(&options), imported.programs);
    Ok(Street { programs, notes, guesses, without_cabinet, ..Street::own(site, demand) })
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::new(file))
}
