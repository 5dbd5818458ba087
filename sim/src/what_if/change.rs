//! Reads what is to be changed, and reports every mistake in it.
//!
//! ```toml
//! version = 1
//! mode = "fixed"              # or actuated, max-pressure, adaptive; without it as today
//! weather = "wet"             # or dry, heavy-rain, fog, snow, ice
//! demand_factor = 1.2         # of who enters
//!
//! [[plan]]
//! junction = "j_1_1"
//! plan = "webster"            # one of the junction's; without it every plan of it
//! cycle_s = 90                # alone it stretches the splits alike
//! offset_s = 20
//! splits_s = [30, 20, 25, 15] # in the order of the plan's stages; alone their sum is the cycle
//!
//! [[block]]
//! link = "l_1_1_2_1"          # or lane = "l_1_1_2_1_0"
//! at_m = 120                  # without it the middle
//! from_s = 300
//! until_s = 900
//! ```
//!
//! `[[block]]` and `[[breakdown]]` are those of [`crate::incidents`].

use std::collections::BTreeSet;

use document::{Document, Problem, Table};
use scenario::{Mode, Site};
use signal::Plan;
use units::Millis;

use crate::incidents;
use crate::world::{Incident, Weather};

/// No demand is ten times what was counted.
const FACTORS: std::ops::RangeInclusive<f64> = 0.0..=10.0;
/// The longest cycle or split that is read, seconds; what a plan may be it says itself.
const LONGEST_S: f64 = 3_600.0;
/// Splits are whole ticks of the controller.
const GRID: i64 = 100;

/// What is changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// By which rule junctions are controlled.
    pub mode: Option<Mode>,
    /// What the sky does.
    pub weather: Weather,
    /// Of who enters.
    pub demand_factor: f64,
    /// What blocks the street.
    pub incidents: Vec<Incident>,
    /// Signal, place of the plan, and the plan.
    plans: Vec<(usize, usize, Plan)>,
}

impl Change {
    /// Reads a change of `site`.
    ///
    /// # Errors
    /// Every mistake in it, with its line: a junction, plan, lane or link that there is not, a plan
    /// that the junction cannot run.
    pub fn parse(text: &str, site: &Site) -> Result<Self, Vec<Problem>> {
        Document::parse(text)?.read(|root| change(root, site))
    }

    /// The names of junctions whose plans are changed and do not run under the rule of `site`, the
    /// changed one: rings run by plans, other adaptive rules do not.
    pub(super) fn idle_plans<'s>(&self, site: &'s Site) -> Vec<&'s str> {
        let mut signals: Vec<usize> = self.plans.iter().map(|&(signal, ..)| signal).collect();
        signals.dedup();
        let signals = signals.iter().map(|&signal| &site.signals[signal]);
        let idle = signals.filter(|signal| match site.control.mode {
            Mode::Fixed => false,
            Mode::Actuated => signal.rings.is_none(),
            _ => true,
        });
        idle.map(|signal| site.network.junction(signal.junction).name.as_str()).collect()
    }

    /// The site with the change.
    #[must_use]
    pub fn applied(&self, site: &Site) -> Site {
        let mut site = site.clone();
        if let Some(mode) = self.mode {
            site.control.mode = mode;
        }
        for (signal, place, plan) in &self.plans {
            site.signals[*signal].plans[*place] = plan.clone();
        }
        site
    }
}

fn change(root: &Table<'_>, site: &Site) -> Option<Change> {
    let version = root.integer("version", 1..=1);
    let mode = if root.has("mode") { Some(root.choice("mode", Mode::ALL, None)) } else { None };
    let weather = root.choice("weather", Weather::ALL, Some(Weather::Dry));
    let factor = root.number_or("demand_factor", FACTORS, 1.0);
    let mut changed = BTreeSet::new();
    let tables = root.tables("plan");
    let plans: Vec<_> = tables.iter().map(|table| plans(table, site, &mut changed)).collect();
    let incidents = incidents::all(root, &site.network);
    version?;
    Some(Change {
        mode: mode.map_or(Some(None), |mode| mode.map(Some))?,
        weather: weather?,
        demand_factor: factor?,
        incidents: incidents?,
        plans: plans.into_iter().collect::<Option<Vec<_>>>()?.concat(),
    })
}

/// A number that may be there; outer none where it is there and wrong.
fn number_if(table: &Table<'_>, key: &'static str, most: f64) -> Option<Option<f64>> {
    if table.has(key) { table.number(key, 0.0..=most).map(Some) } else { Some(None) }
}

/// The plans that one table changes; `changed` are those that tables before it do.
fn plans(
    table: &Table<'_>,
    site: &Site,
    changed: &mut BTreeSet<(usize, usize)>,
) -> Option<Vec<(usize, usize, Plan)>> {
    let junction = table.text("junction");
    let name = table.text_if("plan");
    let (cycle, offset) =
        (number_if(table, "cycle_s", LONGEST_S), number_if(table, "offset_s", LONGEST_S));
    let splits: Vec<_> =
        table.items("splits_s").iter().map(|item| item.number(0.0..=LONGEST_S)).collect();
    let splits: Option<Vec<f64>> = splits.into_iter().collect();
    let junction = junction?;
    let of =
        |signal: &scenario::SignalSite| site.network.junction(signal.junction).name == junction;
    let Some(index) = site.signals.iter().position(of) else {
        table.say("junction", format!("no junction {junction:?} has signals"));
        return None;
    };
    let signal = &site.signals[index];
    let chosen = |plan: &Plan| name.as_deref().is_none_or(|name| plan.name() == name);
    let wanted: Vec<usize> =
        (0..signal.plans.len()).filter(|&place| chosen(&signal.plans[place])).collect();
    if wanted.is_empty() {
        let names: Vec<&str> = signal.plans.iter().map(Plan::name).collect();
        let (name, names) = (name.unwrap_or_default(), names.join(", "));
        table.say("plan", format!("{junction} has no plan {name:?}; it has {names}"));
        return None;
    }
    let (cycle, offset, splits) = (cycle?, offset?, splits?);
    if cycle.is_none() && offset.is_none() && splits.is_empty() {
        table.say("", "it changes nothing: it has no cycle_s, offset_s or splits_s");
        return None;
    }
    if let Some(&place) = wanted.iter().find(|&&place| !changed.insert((index, place))) {
        let plan = signal.plans[place].name();
        table.say("", format!("plan {plan:?} of {junction} is changed before"));
        return None;
    }
    let mut made = Some(Vec::new());
    for place in wanted {
        match plan(&signal.plans[place], cycle, offset, &splits, &signal.layout) {
            Ok(plan) => made.iter_mut().for_each(|made| made.push((index, place, plan.clone()))),
            Err(all) => {
                all.iter().for_each(|why| table.say("", why));
                made = None;
            }
        }
    }
    made
}

fn plan(
    old: &Plan,
    cycle: Option<f64>,
    offset: Option<f64>,
    splits: &[f64],
    layout: &signal::Layout,
) -> Result<Plan, Vec<String>> {
    let stages = old.splits();
    let lengths: Vec<Millis> = if splits.is_empty() {
        stretched(old, cycle.map_or(old.cycle(), Millis::from_secs_f64))
    } else if splits.len() == stages.len() {
        splits.iter().map(|&split| Millis::from_secs_f64(split)).collect()
    } else {
        let (given, has) = (splits.len(), stages.len());
        return Err(vec![format!("plan {}: {given} splits, it has {has} stages", old.name())]);
    };
    let sum: Millis = lengths.iter().copied().sum();
    let cycle = cycle.map_or(sum, Millis::from_secs_f64);
    let offset = offset.map_or(old.offset(), Millis::from_secs_f64);
    let splits = stages.iter().map(|&(stage, _)| stage).zip(lengths).collect();
    let plan = Plan::new(old.id(), old.name().to_owned(), cycle, offset, splits, layout);
    plan.map_err(|all| all.into_iter().map(|problem| problem.0).collect())
}

/// The splits of another cycle in the same shares, on the controller's grid; the last takes the rest.
fn stretched(old: &Plan, cycle: Millis) -> Vec<Millis> {
    let share = |length: Millis| Millis(length.0 * cycle.0 / old.cycle().0 / GRID * GRID);
    let mut all: Vec<Millis> = old.splits().iter().map(|&(_, length)| share(length)).collect();
    let sum: Millis = all.iter().copied().sum();
    if let Some(last) = all.last_mut() {
        *last += cycle - sum;
    }
    all
}
