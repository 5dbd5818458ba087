//! The signals of a site file: groups, conflicts, stages or rings, plans, and their schedule.

use std::collections::BTreeMap;
use std::sync::Arc;

use document::{Item, Table};
use network::Network;
use signal::ring::PASSAGE;
use signal::{GroupSet, Layout, LayoutBuilder, Method, Phase, Plan, Problem, Rings, Stage};
use units::{DeviceId, GroupId, Millis, MovementId, PlanId, StageId};

use super::groups::group;
use super::schedule::{of_plans, schedule};
use super::{LONG_S, all, known, seconds};
use crate::site::{Schedule, SignalSite};

/// The most plans of one junction: the wire counts them in a byte, 0 says "none".
const PLANS_MAX: usize = 255;

/// What displays count down from: one digit at least, two at most.
const COUNTDOWN_S: std::ops::RangeInclusive<f64> = 5.0..=99.0;

/// Names of a table with their places in it.
type Names = BTreeMap<String, usize>;

pub(super) fn signals(
    table: &Table<'_>,
    network: &Network,
    devices: &Names,
    common: Option<&Schedule>,
) -> Option<SignalSite> {
    let junction = table.text("junction").and_then(|name| {
        let found = network.junction_named(&name);
        if found.is_none() {
            table.say("junction", format!("there is no junction {name:?}"));
        }
        found
    });
    let device = known(table, "device", devices).map(DeviceId::from_index);
    let transition = table.choice("transition", Method::ALL, Some(Method::default()));
    let countdown = match table.has("countdown_s") {
        true => Some(table.number("countdown_s", COUNTDOWN_S).map(Millis::from_secs_f64)),
        false => None,
    };
    // Asked for before anything can fail: a key that is there is known all the same.
    let own = table.table_if("schedule").map(|table| schedule(&table));
    let plan_tables = table.tables("plan");
    let built = layout(table, network);
    let Some((layout, rings, movement_groups)) = built else {
        plan_tables.iter().for_each(plan_keys);
        return None;
    };
    let plans = all(plan_tables.iter().enumerate().map(|(index, t)| plan(t, index, &layout)));
    if plan_tables.is_empty() {
        table.say("plan", "there must be a plan: the cabinet falls back to it");
    }
    if plan_tables.len() > PLANS_MAX {
        table.say("plan", format!("{} plans: the most is {PLANS_MAX}", plan_tables.len()));
        return None;
    }
    let plans = plans.filter(|plans| !plans.is_empty())?;
    let calendar = match own {
        Some(own) => of_plans(table, Some(&own?), &plans),
        None => of_plans(table, common, &plans),
    };
    let countdown = match countdown {
        Some(span) => Some(counted(table, span?, &layout)?),
        None => None,
    };
    Some(SignalSite {
        junction: junction?,
        device: device?,
        layout: Arc::new(layout),
        rings,
        plans,
        calendar: calendar?,
        transition: transition?,
        countdown,
        movement_groups,
    })
}

/// The span of a junction's displays: no stage may be too short for it.
fn counted(table: &Table<'_>, span: Millis, layout: &Layout) -> Option<Millis> {
    let short = layout.stages().iter().filter(|stage| stage.max_green < span);
    let short: Vec<_> = short.map(|stage| stage.name.as_str()).collect();
    if short.is_empty() {
        return Some(span);
    }
    let stages = short.join(", ");
    table.say("countdown_s", format!("{span} is more than the maximum green of stage {stages}"));
    None
}

type Built = (Layout, Option<Rings>, Vec<(MovementId, GroupId)>);

/// The layout, from stages that are given, that rings make, or that are found.
fn layout(table: &Table<'_>, network: &Network) -> Option<Built> {
    let mut builder = Layout::builder();
    let mut groups = Names::new();
    let mut movement_groups = Vec::new();
    let mut sound = true;
    for group in table.tables("group") {
        let Some((rule, ruled)) = self::group(&group, network) else {
            sound = false;
            continue;
        };
        let name = rule.name.clone();
        let id = builder.group(rule);
        groups.insert(name, id.index());
        movement_groups.extend(ruled.into_iter().map(|movement| (movement, id)));
    }
    for item in table.items("conflicts") {
        match conflict(&item, &groups) {
            Some((a, b, there, back)) => builder.conflict(a, b, there, back),
            None => sound = false,
        }
    }
    let stages: Vec<_> = table.tables("stage").iter().map(|t| stage(t, &groups)).collect();
    sound &= stages.iter().all(Option::is_some);
    let phases = all(table.tables("phase").iter().map(|t| phase(t, &groups)));
    let ring_tables = table.tables("ring");
    let barriers = all(ring_tables.iter().map(barriers));
    let forbidden = all(table.items("forbidden").iter().map(pair));
    let (phases, barriers, forbidden) = (phases?, barriers?, forbidden?);
    let mut rings = None;
    if !ring_tables.is_empty() {
        if !stages.is_empty() {
            table.say("stage", "a signal with rings has no stages of its own");
        }
        rings = Some(self::rings(table, phases, &barriers, &groups, &mut builder)?);
    } else if !phases.is_empty() {
        table.say("phase", "there is no ring that serves phases");
    } else if stages.is_empty() && sound {
        builder.find_stages();
    }
    for stage in stages.into_iter().flatten().filter(|_| rings.is_none()) {
        builder.stage(stage);
    }
    for (from, to) in &forbidden {
        match (builder.stage_named(from), builder.stage_named(to)) {
            (Some(from), Some(to)) => builder.forbid_transition(from, to),
            _ => table.say("forbidden", format!("there are no two stages {from:?} and {to:?}")),
        }
    }
    let layout = say_all(table, builder.build())?;
    sound.then_some((layout, rings, movement_groups))
}

fn say_all<T>(table: &Table<'_>, built: Result<T, Vec<Problem>>) -> Option<T> {
    if let Err(problems) = &built {
        problems.iter().for_each(|problem| table.say("", problem.to_string()));
    }
    built.ok()
}

type Conflict = (GroupId, GroupId, Option<Millis>, Option<Millis>);

fn conflict(item: &Item<'_>, groups: &Names) -> Option<Conflict> {
    let items = item.items();
    let span = |item: &Item<'_>| item.number(0.0..=LONG_S).map(Millis::from_secs_f64);
    match &items[..] {
        [a, b] => Some((named(a, groups)?, named(b, groups)?, None, None)),
        [a, b, there, back] => {
            Some((named(a, groups)?, named(b, groups)?, Some(span(there)?), Some(span(back)?)))
        }
        _ => {
            item.say("it is not two groups, or two groups and two intergreens");
            None
        }
    }
}

fn named(item: &Item<'_>, groups: &Names) -> Option<GroupId> {
    let name = item.text()?;
    let found = groups.get(&name).map(|&index| GroupId::from_index(index));
    if found.is_none() {
        item.say(format!("there is no group {name:?}"));
    }
    found
}

fn set(table: &Table<'_>, groups: &Names) -> Option<GroupSet> {
    let items = table.items("groups");
    all(items.iter().map(|item| named(item, groups))).map(|all| all.into_iter().collect())
}

fn stage(table: &Table<'_>, groups: &Names) -> Option<Stage> {
    let name = table.text("name");
    let (min, max) = (seconds(table, "min_green_s"), seconds(table, "max_green_s"));
    let groups = set(table, groups);
    Some(Stage { name: name?, groups: groups?, min_green: min?, max_green: max? })
}

fn phase(table: &Table<'_>, groups: &Names) -> Option<Phase> {
    let name = table.text("name");
    let passage = table.number_or("passage_s", 0.0..=LONG_S, PASSAGE.as_secs_f64());
    let groups = set(table, groups);
    Some(Phase { name: name?, groups: groups?, passage: Millis::from_secs_f64(passage?) })
}

/// The names of a ring's phases, barrier by barrier.
fn barriers(table: &Table<'_>) -> Option<Vec<Vec<String>>> {
    if !table.has("barriers") {
        table.say("barriers", "it is missing");
        return None;
    }
    let phases = |item: &Item<'_>| all(item.items().iter().map(Item::text));
    all(table.items("barriers").iter().map(phases))
}

/// Compiles the rings. A name that no phase has stands for the group of that name, served alone.
fn rings(
    table: &Table<'_>,
    mut phases: Vec<Phase>,
    barriers: &[Vec<Vec<String>>],
    groups: &Names,
    builder: &mut LayoutBuilder,
) -> Option<Rings> {
    let mut index = |name: &String| {
        let known = phases.iter().position(|phase| phase.name == *name);
        if known.is_some() {
            return known;
        }
        let Some(&group) = groups.get(name) else {
            table.say("ring", format!("there is no phase and no group {name:?}"));
            return None;
        };
        let groups = [GroupId::from_index(group)].into_iter().collect();
        phases.push(Phase { name: name.clone(), groups, passage: PASSAGE });
        Some(phases.len() - 1)
    };
    let mut rings = Vec::new();
    for ring in barriers {
        let lists = ring.iter().map(|list| all(list.iter().map(&mut index)));
        rings.push(all(lists));
    }
    say_all(table, Rings::compile(phases, all(rings.into_iter())?, builder))
}

fn pair(item: &Item<'_>) -> Option<(String, String)> {
    let items = item.items();
    let [from, to] = &items[..] else {
        item.say("it is not a stage and a stage");
        return None;
    };
    Some((from.text()?, to.text()?))
}

fn plan_keys(table: &Table<'_>) {
    let _ = (table.has("name"), table.has("cycle_s"), table.has("offset_s"), table.has("splits"));
}

fn plan(table: &Table<'_>, index: usize, layout: &Layout) -> Option<Plan> {
    let name = table.text("name");
    let (cycle, offset) = (seconds(table, "cycle_s"), seconds(table, "offset_s"));
    let splits = all(table.items("splits").iter().map(|item| {
        let items = item.items();
        let [stage, span] = &items[..] else {
            item.say("it is not a stage and its seconds");
            return None;
        };
        let name = stage.text()?;
        let found = layout.stages().iter().position(|stage| stage.name == name);
        if found.is_none() {
            stage.say(format!("there is no stage {name:?}"));
        }
        let span = span.number(0.0..=LONG_S).map(Millis::from_secs_f64);
        Some((StageId::from_index(found?), span?))
    }));
    let id = PlanId(u8::try_from(index).unwrap_or(u8::MAX));
    say_all(table, Plan::new(id, name?, cycle?, offset?, splits?, layout))
}
