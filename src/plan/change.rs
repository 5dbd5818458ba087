//! What is written into the site file.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use scenario::{PlanEdit, Schedule};
use signal::Calendar;
use signal::calendar::DayTable;
use units::Millis;

use super::Part;
use super::input::{Periods, Street};
use super::proof;

/// The plans of all periods and the schedule that runs them, for each junction.
pub(super) fn edits(
    street: &Street,
    chosen: &[usize],
    periods: &Periods,
    parts: &[Part<'_>],
) -> anyhow::Result<Vec<PlanEdit>> {
    let schedule = schedule(periods)?;
    let mut edits = Vec::new();
    for (place, &at) in chosen.iter().enumerate() {
        let signal = &street.site.signals[at];
        let plans: anyhow::Result<Vec<_>> = parts
            .iter()
            .map(|part| proof::plan(signal, place, &part.proposal, &part.period.name))
            .collect();
        let junction = street.site.network.junction(signal.junction).name.clone();
        let plans = plans.with_context(|| format!("junction {junction:?}"))?;
        edits.push(PlanEdit { junction, plans, schedule: schedule.clone() });
    }
    Ok(edits)
}

fn schedule(periods: &Periods) -> anyhow::Result<Schedule> {
    let days = periods.days.iter().map(|(name, changes)| {
        let change = |&(from, plan): &(Millis, usize)| (from, periods.all[plan].name.clone());
        DayTable { name: name.clone(), changes: changes.iter().map(change).collect() }
    });
    let week = periods.week.map(|day| periods.days[day].0.clone());
    Calendar::new(days.collect(), &week, &[]).map_err(|all| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the schedule: {}", all.join("; "))
    })
}

/// Puts the changed file in place of the old one at once: whoever reads it reads the one or the other.
/// A file that is no longer what was read is left alone.
pub(super) fn replace(path: &Path, before: &str, after: &str) -> anyhow::Result<()> {
    let now = crate::load::read(path)?;
    anyhow::ensure!(now == before, "{}: it was changed meanwhile", path.display());
    let name = path.file_name().context("the site file has no name")?.to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.set_permissions(std::fs::metadata(path)?.permissions())?;
        file.write_all(after.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    let done = written();
    if done.is_err() {
        // What could not be put in place must not stay beside it.
        let _ = std::fs::remove_file(&beside);
    }
    done.with_context(|| format!("cannot write {}", path.display()))
}
