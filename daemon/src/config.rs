//! What the daemon is started with, and the reading of its site file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use scenario::{Mode, Site};
use tokio::sync::oneshot;

/// How the daemon runs. What is `None` is taken from the site file.
#[derive(Debug)]
pub struct Config {
    /// The site file.
    pub site: PathBuf,
    /// Control by another rule than the site's.
    pub mode: Option<Mode>,
    /// Listen elsewhere than the site says.
    pub listen: Option<String>,
    /// Keep events elsewhere than the site says.
    pub store: Option<PathBuf>,
    /// How many times faster than real time the clock runs; 1 on a street.
    pub speed: f64,
    /// Seed of the jitter between attempts to connect.
    pub seed: u64,
    /// The most bytes that the event store keeps.
    pub store_max_bytes: u64,
    /// The program that answers what-if questions, this one as a rule; without it none are taken.
    pub what_if: Option<PathBuf>,
    /// Told the bound address once the web interface listens.
    pub on_ready: Option<oneshot::Sender<SocketAddr>>,
}

/// A day of a district's events is some tens of megabytes: a month fits.
const STORE_MAX_BYTES: u64 = 4 << 30;

impl Config {
    /// The usual: real time, everything else from the site file.
    #[must_use]
    pub fn new(site: impl Into<PathBuf>) -> Self {
        Self {
            site: site.into(),
            mode: None,
            listen: None,
            store: None,
            speed: 1.0,
            seed: 1,
            store_max_bytes: STORE_MAX_BYTES,
            what_if: None,
            on_ready: None,
        }
    }

    /// Reads the site file and lays what was given over it.
    ///
    /// # Errors
    /// Where it cannot be read, or every mistake in it.
    pub(crate) fn site(&self) -> Result<Site, Vec<String>> {
        let mut site = check(&self.site)?;
        if let Some(mode) = self.mode {
            site.control.mode = mode;
        }
        if let Some(listen) = &self.listen {
            site.web.listen.clone_from(listen);
        }
        if let Some(store) = &self.store {
            site.store.path = store.display().to_string();
        }
        Ok(site)
    }
}

/// Reads a site file: the site, or every mistake in it as one line each, also those that only the
/// machine can tell: a time zone that it does not know, an address that it must not listen on.
///
/// # Errors
/// That the file cannot be read, or its mistakes with their lines.
pub fn check(path: &Path) -> Result<Site, Vec<String>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![format!("cannot read {}: {error}", path.display())])?;
    let zone = value_of(&text, "time_zone").and_then(|(line, zone)| {
        let error = jiff::tz::TimeZone::get(zone).err()?;
        Some(format!("line {line}: time_zone: {error}"))
    });
    let parsed = Site::parse(&text);
    let mut problems: Vec<String> = match &parsed {
        Ok(site) => beyond_the_text(site, &text),
        Err(all) => all.iter().map(ToString::to_string).collect(),
    };
    problems.extend(zone);
    match parsed {
        Ok(site) if problems.is_empty() => Ok(site),
        _ => Err(problems),
    }
}

/// What a sound text can still have wrong.
fn beyond_the_text(site: &Site, text: &str) -> Vec<String> {
    let unknown = |device: &&scenario::DeviceSite| hw_profiles::builtin(&device.profile).is_none();
    let profiles = site.devices.iter().filter(unknown);
    let profiles = profiles.map(|device| {
        let (name, profile) = (&device.name, &device.profile);
        let line = line_of(text, "name", name).unwrap_or(1);
        format!("line {line}: device {name}: there is no profile {profile:?}")
    });
    let line = value_of(text, "listen").map_or(1, |(line, _)| line);
    // A name is looked up when the daemon starts; an address says by itself how far it reaches.
    let address = site.web.listen.parse().ok();
    let listen = address.and_then(|at| crate::web::may_listen(at, &site.web).err());
    profiles.chain(listen.map(|why| format!("line {line}: {why}"))).collect()
}

/// The line where a key has this value, from 1.
fn line_of(text: &str, key: &str, value: &str) -> Option<usize> {
    (1..).zip(text.lines()).find_map(|(number, line)| {
        let (_, found) = value_of(line, key)?;
        (found == value).then_some(number)
    })
}

/// The first text that a key of this name has, and its line from 1: for what is looked up by the
/// machine's own tables, which the reader of the file does not have.
fn value_of<'t>(text: &'t str, key: &str) -> Option<(usize, &'t str)> {
    (1..).zip(text.lines()).find_map(|(number, line)| {
        let rest = line.trim_start().strip_prefix(key)?.trim_start().strip_prefix('=')?;
        Some((number, rest.trim().trim_matches(['"', '\''])))
    })
}
