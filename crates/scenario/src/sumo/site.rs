//! A site from SUMO's signal programs: a cabinet for each junction whose program a layout can hold.
//!
//! A phase in which nothing closes and somebody may go is a *stage*; what lies between two stages is
//! the intergreen. Groups that may always go are no groups: their movements give way.

use std::collections::BTreeSet;
use std::sync::Arc;

use signal::{Aspect, Calendar, Group, GroupKind, GroupSet, Layout, Method, Plan, Problem, timing};
use units::{DeviceId, GroupId, Millis, PlanId, StageId};

use super::assemble::Imported;
use super::lights::{Light, is_open};
use crate::program::Program;
use crate::site::{SignalSite, Site};
use crate::template::{self, SiteOptions};

/// The shortest green where the program has none shorter, and the longest where none is longer.
const MIN_GREEN: Millis = Millis(5_000);
const MAX_GREEN: Millis = Millis(60_000);
/// The longest red leaves each of eight stages its turn, and two cycles at least.
const MAX_RED: Millis = Millis(240_000);

/// What a site from SUMO's files guesses, for people: the files say none of it.
#[must_use]
pub fn guesses(options: &SiteOptions) -> Vec<String> {
    let mut all = template::guesses(options);
    all.truncate(2);
    all.extend([
        "greens no shorter and no longer than the program's own, or 5 s to 60 s".to_owned(),
        "intergreens: the time between two stages that follow each other, else the yellow"
            .to_owned(),
        "conflicts: the junction's table of rights, unless one phase opens both".to_owned(),
        "one plan a junction: the program as the file has it".to_owned(),
    ]);
    all
}

/// A stage of the program as it follows the one before.
#[derive(Clone, Copy, Debug)]
struct Turn {
    groups: GroupSet,
    /// From the end of the stage before to the begin of this one.
    clearance: Millis,
    green: Millis,
}

impl Imported {
    /// The site, and what was left out of it: junctions whose program no cabinet can run, by name and
    /// reason. The world can play their programs all the same.
    #[must_use]
    pub fn site(&self, options: &SiteOptions) -> (Site, Vec<String>) {
        let mut notes = Vec::new();
        let mut signals = Vec::new();
        for (program, light) in self.programs.iter().zip(&self.lights) {
            let device = DeviceId::from_index(signals.len());
            match self.signal(program, light, device) {
                Ok(signal) => signals.push(signal),
                Err(all) => {
                    let why: Vec<_> = all.iter().map(ToString::to_string).collect();
                    let (name, why) = (&program.name, why.join("; "));
                    notes.push(format!("no cabinet for the signal {name}: {why}"));
                }
            }
        }
        (template::site_of(Arc::new(self.network.clone()), signals, options), notes)
    }

    fn signal(
        &self,
        program: &Program,
        light: &Light,
        device: DeviceId,
    ) -> Result<SignalSite, Vec<Problem>> {
        let problem = |what: &str| vec![Problem(what.to_owned())];
        if light.junctions.len() > 1 {
            return Err(problem(&format!("it rules {} junctions", light.junctions.len())));
        }
        let ruled = ruled(light);
        if ruled.is_empty() {
            return Err(problem("everybody may always go"));
        }
        let turns = turns(program, &ruled);
        if turns.is_empty() {
            return Err(problem("no phase is a stage"));
        }
        let layout = layout(self, program, light, &ruled, &turns)?;
        let plan = plan(program, &turns, &layout)?;
        let renumbered = |group: GroupId| ruled.iter().position(|&own| own == group);
        let groups = program.movement_groups.iter().filter_map(|&(movement, group)| {
            renumbered(group).map(|group| (movement, GroupId::from_index(group)))
        });
        Ok(SignalSite {
            junction: program.junction,
            device,
            layout: Arc::new(layout),
            rings: None,
            plans: vec![plan],
            calendar: Calendar::always(PlanId(0)),
            transition: Method::default(),
            countdown: None,
            movement_groups: groups.collect(),
        })
    }
}

/// The groups that are ever closed.
fn ruled(light: &Light) -> Vec<GroupId> {
    let closes = |column: &&String| !column.chars().all(is_open);
    let all = light.columns.iter().enumerate();
    all.filter(|(_, column)| closes(column)).map(|(group, _)| GroupId::from_index(group)).collect()
}

/// The stages of a program in their order, each with the clearance before it.
fn turns(program: &Program, ruled: &[GroupId]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut clearance = Millis::ZERO;
    for phase in &program.phases {
        let shown = || ruled.iter().map(|group| phase.aspects[group.index()]);
        let settled = shown().all(|aspect| matches!(aspect, Aspect::Green | Aspect::Red));
        let open = shown().enumerate().filter(|(_, aspect)| *aspect == Aspect::Green);
        let groups: GroupSet = open.map(|(group, _)| GroupId::from_index(group)).collect();
        if !settled || groups.is_empty() {
            clearance += phase.duration;
        } else if turns
            .last()
            .is_some_and(|last| last.groups == groups && clearance == Millis::ZERO)
        {
            let last = turns.len() - 1;
            turns[last].green += phase.duration;
        } else {
            turns.push(Turn { groups, clearance, green: phase.duration });
            clearance = Millis::ZERO;
        }
    }
    // What comes after the last stage comes before the first.
    if let Some(first) = turns.first_mut() {
        first.clearance += clearance;
    }
    turns
}

fn layout(
    imported: &Imported,
    program: &Program,
    light: &Light,
    ruled: &[GroupId],
    turns: &[Turn],
) -> Result<Layout, Vec<Problem>> {
    let mut builder = Layout::builder();
    let network = &imported.network;
    for (index, &group) in ruled.iter().enumerate() {
        let first = program.movement_groups.iter().find(|(_, own)| *own == group);
        let movement = first.map(|(movement, _)| network.movement(*movement));
        let name = movement.map_or_else(String::new, |row| {
            format!("{} to {}", network.link(row.from).name, network.link(row.to).name)
        });
        let own = GroupId::from_index(index);
        let greens = || turns.iter().filter(move |turn| turn.groups.contains(own));
        let shortest = greens().map(|turn| turn.green).min().unwrap_or(MIN_GREEN);
        let longest: Millis = greens().map(|turn| turn.green).sum();
        let speed = movement.map(|row| network.link(row.from).speed);
        let yellow = yellow(program, group);
        let guessed = || speed.map_or(Millis::from_secs(3), |speed| timing::yellow(speed, 0.0));
        builder.group(Group {
            name,
            kind: GroupKind::Vehicle,
            min_green: shortest.min(MIN_GREEN),
            max_green: longest.max(MAX_GREEN),
            closing: yellow.unwrap_or_else(guessed),
            all_red: Millis::ZERO,
            max_red: (program.cycle() * 2).max(MAX_RED),
        });
    }
    let intergreen = |a: GroupId, b: GroupId| {
        let follow = turns.iter().zip(turns.iter().cycle().skip(1));
        let direct = follow.filter(|(before, after)| {
            before.groups.contains(a) && !before.groups.contains(b) && after.groups.contains(b)
        });
        direct.map(|(_, after)| after.clearance).min()
    };
    for a in 0..ruled.len() {
        for b in a + 1..ruled.len() {
            let (one, other) = (ruled[a], ruled[b]);
            let meets = light.foes.contains(&(one.min(other), one.max(other)));
            if meets && !light.together(one, other) {
                let (a, b) = (GroupId::from_index(a), GroupId::from_index(b));
                builder.conflict(a, b, intergreen(a, b), intergreen(b, a));
            }
        }
    }
    let mut known = BTreeSet::new();
    for turn in turns {
        if known.insert(turn.groups) {
            let stage = builder.stage_of(known.len().to_string(), turn.groups);
            builder.stage(stage);
        }
    }
    builder.build()
}

/// How long a group shows yellow when it closes, where it does.
fn yellow(program: &Program, group: GroupId) -> Option<Millis> {
    let shown = program.phases.iter().map(|phase| (phase.aspects[group.index()], phase.duration));
    let spans = shown.filter(|(aspect, _)| *aspect == Aspect::Yellow).map(|(_, span)| span);
    spans.filter(|span| *span > Millis::ZERO).min()
}

/// The program as a plan: the same stages for the same times.
fn plan(program: &Program, turns: &[Turn], layout: &Layout) -> Result<Plan, Vec<Problem>> {
    let stage = |groups: GroupSet| {
        let found = layout.stages().iter().position(|stage| stage.groups == groups);
        StageId::from_index(found.unwrap_or_default())
    };
    let splits = turns.iter().map(|turn| (stage(turn.groups), turn.clearance + turn.green));
    let mut leading = Millis::ZERO;
    for phase in &program.phases {
        let shows_green = phase.aspects.contains(&Aspect::Green);
        let settled = phase.aspects.iter().all(|a| matches!(a, Aspect::Green | Aspect::Red));
        if settled && shows_green {
            break;
        }
        leading += phase.duration;
    }
    let trailing = turns.first().map_or(Millis::ZERO, |turn| turn.clearance) - leading;
    let cycle = program.cycle();
    let offset = (program.offset - trailing).modulo(cycle);
    let name = program.name.clone();
    Plan::new(PlanId(0), name, cycle, offset, splits.collect(), layout)
}
