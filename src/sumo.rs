//! Reads SUMO's files as streams: what belongs to a street, from two files or from a `.sumocfg`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use scenario::{SiteOptions, sumo};

use crate::load::{Street, mistakes};

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
    street(network, &[flow.to_owned()], seed)
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
    let mut street = street(&beside(&config.net), &files, seed)?;
    street.notes.extend(config.notes);
    Ok(street)
}

fn street(network: &Path, files: &[PathBuf], seed: u64) -> anyhow::Result<Street> {
    let imported = sumo::import_net(&mut open(network)?).map_err(|all| mistakes(network, &all))?;
    let mut routes = imported.routes(seed);
    for path in files {
        routes.read(&mut open(path)?).map_err(|all| mistakes(path, &all))?;
    }
    let (demand, left_out) = routes.finish();
    let name = network.file_stem().map(|s| s.to_string_lossy().replace(".net", ""));
    let options = SiteOptions { name: name.unwrap_or_default(), ..SiteOptions::default() };
    let (site, without) = imported.site(&options);
    let notes = imported.notes.iter().chain(&left_out).chain(&without).cloned().collect();
    let guesses = sumo::guesses(&options);
    Ok(Street { programs: imported.programs, notes, guesses, ..Street::own(site, demand) })
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::new(file))
}
