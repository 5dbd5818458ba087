//! What if: the world starts where the street is, and runs today's site and a changed one side by
//! side, on the same vehicles and the same chance.
//!
//! ```text
//!   picture ─▶ start ─┬─ today's site ────▶ engine + street ─▶ figures ─┐
//!   demand ───────────┴─ change applied ──▶ engine + street ─▶ figures ─┴─▶ difference, seed by seed
//! ```

mod change;
mod demand;
mod figures;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use engine::picture::{Picture, VERSION};
use scenario::{Demand, Site};
use units::Millis;

pub use change::Change;
pub use figures::{Comparison, Figures, JunctionFigures};

use crate::harness::{self, Settings};
use crate::street::Street;
use figures::Watch;

/// How long and how often it may run: a child of a daemon is not to run for a day.
pub const SECONDS: std::ops::RangeInclusive<u32> = 60..=14_400;
/// How many pairs of runs there may be.
pub const SEEDS: std::ops::RangeInclusive<u32> = 1..=20;

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// Where the street is.
    pub picture: Picture,
    /// What is changed; a change file.
    pub change: Option<String>,
    /// A whole other site, as its file.
    pub site: Option<String>,
    /// Who enters from now on, as a demand file; else it is made of what was counted.
    pub demand: Option<String>,
    /// How far into the demand file now is.
    pub demand_at: Millis,
    /// How long the runs last, seconds.
    pub seconds: u32,
    /// How many pairs of runs.
    pub seeds: u32,
}

/// Reads a picture.
///
/// # Errors
/// That it is none, or one of another version.
pub fn read_picture(text: &str) -> Result<Picture, String> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => {
            return Err(format!("it has version {version}, this program reads {VERSION}"));
        }
        None => return Err("version: it is missing".to_owned()),
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Runs today and the change for each seed, and compares.
///
/// # Errors
/// Every mistake of the picture, the change, the other site and the demand, each with where it is.
pub fn answer(question: &Question) -> Result<Comparison, Vec<String>> {
    let named = |what: &str, all: Vec<document::Problem>| -> Vec<String> {
        all.iter().map(|problem| format!("{what}: {problem}")).collect()
    };
    let today = Site::parse(&question.picture.site).map_err(|all| named("picture.site", all))?;
    let mut problems = Vec::new();
    let base = match &question.site {
        None => Some(today.clone()),
        Some(text) => Site::parse(text).map_err(|all| problems.extend(named("site", all))).ok(),
    };
    let change = base.as_ref().and_then(|base| {
        let text = question.change.as_deref().unwrap_or("version = 1");
        Change::parse(text, base).map_err(|all| problems.extend(named("change", all))).ok()
    });
    let given = question.demand.as_ref().and_then(|text| {
        let read = Demand::parse(text, &today.network);
        read.map_err(|all| problems.extend(named("demand", all))).ok()
    });
    for (what, value, range) in
        [("seconds", question.seconds, SECONDS), ("seeds", question.seeds, SEEDS)]
    {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            problems.push(format!("{what}: {value} is not within {least} to {most}"));
        }
    }
    let span = Millis::from_secs(question.seconds.into());
    if let Some(change) = &change {
        let late = change.incidents.iter().filter(|incident| incident.from >= span);
        problems.extend(late.map(|incident| {
            format!("change: what blocks the street from {} on begins after the run", incident.from)
        }));
    }
    let given = given.map(|given| given.from_time(question.demand_at));
    if given.as_ref().is_some_and(|left| left.vehicles() == 0) {
        let at = question.demand_at;
        problems.push(format!("demand: it has no vehicle from {at} on"));
    }
    let (Some(base), Some(change), true) = (base, change, problems.is_empty()) else {
        return Err(problems);
    };
    let changed = Arc::new(change.applied(&base));
    let today = Arc::new(today);
    let mut pairs = Vec::new();
    for seed in 1..=u64::from(question.seeds) {
        let demand_of = |site: &Site| match (&given, &question.site, &question.demand) {
            (Some(given), None, _) => Ok(given.clone()),
            // Its links are those of another network: it is read for that one.
            (Some(_), Some(_), Some(text)) => Demand::parse(text, &site.network)
                .map(|other| other.from_time(question.demand_at))
                .map_err(|all| named("demand", all)),
            _ => demand::of_counts(&question.picture, site, span, seed),
        };
        let run = |site: &Arc<Site>, change: Option<&Change>| {
            let demand = demand_of(site)?;
            one(question, site, &demand, change, seed)
        };
        pairs.push((run(&today, None)?, run(&changed, Some(&change))?));
    }
    let notes = notes(question, &changed, &change);
    Ok(Comparison::of(question.seconds, pairs, notes))
}

/// What of the change moves nothing, and what of the street is not known.
fn notes(question: &Question, changed: &Site, change: &Change) -> Vec<String> {
    let mut notes = Vec::new();
    let idle = change.idle_plans(changed);
    if !idle.is_empty() {
        let (mode, names) = (changed.control.mode.name(), idle.join(", "));
        notes.push(format!(
            "under {mode} no plan runs at {names}: what is changed of plans shows only where \
             mode = \"fixed\""
        ));
    }
    let lanes = question.picture.lanes.iter();
    let unknown = lanes.filter(|lane| lane.queue.is_none() && lane.vehicles.is_none()).count();
    if unknown > 0 {
        let all = question.picture.lanes.len();
        notes.push(format!("of {unknown} of {all} lanes no queue is known: they start empty"));
    }
    notes
}

/// One run.
fn one(
    question: &Question,
    site: &Arc<Site>,
    demand: &Demand,
    change: Option<&Change>,
    seed: u64,
) -> Result<Figures, Vec<String>> {
    let start = start::of(&question.picture, site, demand, change, seed)?;
    let scaled = demand::scaled(demand, change.map_or(1.0, |change| change.demand_factor));
    let mut street = Street::new(site, &scaled, Vec::new())?;
    street.begin(&scaled, &start)?;
    let mut settings = Settings::of(Millis::from_secs(question.seconds.into()), seed);
    if let Some(civil) = question.picture.civil() {
        settings.civil_start = civil;
    }
    let mut watch = Watch::new(site);
    let outcome = harness::drive_watched(street, &settings, &mut |street| watch.look(street))?;
    Ok(watch.figures(&outcome))
}
