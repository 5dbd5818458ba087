//! The signals of a site, and schedules, as a site file has them.

use std::fmt::{self, Write};

use signal::{Calendar, GroupKind, GroupSet, Layout, Method, Rings};
use units::{GroupId, Millis, PlanId};

use super::{q, s};
use crate::site::{Schedule, SignalSite, Site, resolve};

pub(super) fn signals(out: &mut String, site: &Site, signal: &SignalSite) -> fmt::Result {
    let net = &site.network;
    let layout = &signal.layout;
    writeln!(out, "\n[[signal]]\njunction = {}", q(&net.junction(signal.junction).name))?;
    writeln!(out, "device = {}", q(&site.devices[signal.device.index()].name))?;
    if signal.transition != Method::default() {
        writeln!(out, "transition = {}", q(signal.transition.name()))?;
    }
    if let Some(span) = signal.countdown {
        writeln!(out, "countdown_s = {}", s(span))?;
    }
    intergreens(out, layout)?;
    forbidden(out, signal)?;
    for group in layout.group_ids() {
        let rule = layout.group(group);
        writeln!(out, "\n[[signal.group]]\nname = {}", q(&rule.name))?;
        let (least, closing) = match rule.kind {
            GroupKind::Vehicle => ("min_green_s", "closing_s"),
            GroupKind::Pedestrian => {
                writeln!(out, "kind = \"pedestrian\"")?;
                ("walk_s", "clearance_s")
            }
        };
        writeln!(out, "{least} = {}\nmax_green_s = {}", s(rule.min_green), s(rule.max_green))?;
        writeln!(out, "{closing} = {}\nall_red_s = {}", s(rule.closing), s(rule.all_red))?;
        writeln!(out, "max_red_s = {}", s(rule.max_red))?;
        let movement = |&&(_, g): &&(units::MovementId, GroupId)| g == group;
        let name = |&(m, _): &(units::MovementId, GroupId)| {
            let movement = net.movement(m);
            let (from, to) = (&net.link(movement.from).name, &net.link(movement.to).name);
            format!("[{}, {}]", q(from), q(to))
        };
        let ruled: Vec<_> = signal.movement_groups.iter().filter(movement).map(name).collect();
        writeln!(out, "movements = [{}]", ruled.join(", "))?;
    }
    match &signal.rings {
        Some(rings) => self::rings(out, rings, layout)?,
        None => stages(out, layout)?,
    }
    plans(out, signal)?;
    own_schedule(out, site, signal)
}

fn intergreens(out: &mut String, layout: &Layout) -> fmt::Result {
    writeln!(out, "conflicts = [ # group, group, intergreen there and back in seconds")?;
    for a in layout.group_ids() {
        for b in layout.group_ids().filter(|b| b.0 > a.0) {
            let table = layout.intergreens();
            if let (Some(there), Some(back)) = (table.get(a, b), table.get(b, a)) {
                let (a, b) = (&layout.group(a).name, &layout.group(b).name);
                writeln!(out, "  [{}, {}, {}, {}],", q(a), q(b), s(there), s(back))?;
            }
        }
    }
    writeln!(out, "]")
}

/// What must not follow what, beyond what rings forbid by themselves.
fn forbidden(out: &mut String, signal: &SignalSite) -> fmt::Result {
    let layout = &signal.layout;
    let mut pairs = Vec::new();
    for from in layout.stage_ids() {
        for to in layout.stage_ids().filter(|&to| !layout.allowed(from, to)) {
            if signal.rings.as_ref().is_none_or(|rings| rings.allow(from, to)) {
                let name = |stage| q(&layout.stage(stage).name);
                pairs.push(format!("[{}, {}]", name(from), name(to)));
            }
        }
    }
    if pairs.is_empty() { Ok(()) } else { writeln!(out, "forbidden = [{}]", pairs.join(", ")) }
}

fn names(groups: GroupSet, layout: &Layout) -> String {
    groups.iter().map(|group| q(&layout.group(group).name)).collect::<Vec<_>>().join(", ")
}

fn stages(out: &mut String, layout: &Layout) -> fmt::Result {
    for stage in layout.stages() {
        writeln!(out, "\n[[signal.stage]]\nname = {}", q(&stage.name))?;
        writeln!(out, "groups = [{}]", names(stage.groups, layout))?;
        let (min, max) = (s(stage.min_green), s(stage.max_green));
        writeln!(out, "min_green_s = {min}\nmax_green_s = {max}")?;
    }
    Ok(())
}

fn rings(out: &mut String, rings: &Rings, layout: &Layout) -> fmt::Result {
    for phase in rings.phases() {
        writeln!(out, "\n[[signal.phase]]\nname = {}", q(&phase.name))?;
        writeln!(out, "groups = [{}]", names(phase.groups, layout))?;
        writeln!(out, "passage_s = {}", s(phase.passage))?;
    }
    for ring in rings.rings() {
        let name = |&phase: &usize| q(&rings.phases()[phase].name);
        let list = |list: &Vec<usize>| list.iter().map(name).collect::<Vec<_>>().join(", ");
        let lists: Vec<_> = ring.iter().map(|barrier| format!("[{}]", list(barrier))).collect();
        writeln!(out, "\n[[signal.ring]]\nbarriers = [{}]", lists.join(", "))?;
    }
    Ok(())
}

fn plans(out: &mut String, signal: &SignalSite) -> fmt::Result {
    for plan in &signal.plans {
        writeln!(out, "\n[[signal.plan]]\nname = {}", q(plan.name()))?;
        writeln!(out, "cycle_s = {}\noffset_s = {}", s(plan.cycle()), s(plan.offset()))?;
        let split = |&(stage, span): &(units::StageId, Millis)| {
            format!("[{}, {}]", q(&signal.layout.stage(stage).name), s(span))
        };
        let splits: Vec<_> = plan.splits().iter().map(split).collect();
        writeln!(out, "splits = [{}]", splits.join(", "))?;
    }
    Ok(())
}

/// The junction's own schedule, where it is not the one that it would have without.
fn own_schedule(out: &mut String, site: &Site, signal: &SignalSite) -> fmt::Result {
    let common = match &site.schedule {
        Some(schedule) => resolve(schedule, &signal.plans).ok(),
        None => Some(Calendar::always(PlanId(0))),
    };
    let name = |plan: &PlanId| Ok(signal.plans[plan.index()].name().to_owned());
    match signal.calendar.try_map(name) {
        Ok(own) if common.as_ref() != Some(&signal.calendar) => {
            schedule(out, "signal.schedule", &own)
        }
        _ => Ok(()),
    }
}

/// A schedule as the table `path`.
pub(super) fn schedule(out: &mut String, path: &str, schedule: &Schedule) -> fmt::Result {
    writeln!(out, "\n[{path}]")?;
    writeln!(out, "week = [{}]", schedule.week().map(q).collect::<Vec<_>>().join(", "))?;
    let holiday = |(date, day): (units::CivilDate, &str)| format!("[\"{date}\", {}]", q(day));
    let holidays: Vec<_> = schedule.holidays().map(holiday).collect();
    writeln!(out, "holidays = [{}]", holidays.join(", "))?;
    for day in schedule.days() {
        writeln!(out, "\n[[{path}.day]]\nname = {}", q(&day.name))?;
        let change =
            |(from, plan): &(Millis, String)| format!("[\"{}\", {}]", clock(*from), q(plan));
        let changes: Vec<_> = day.changes.iter().map(change).collect();
        writeln!(out, "plans = [{}]", changes.join(", "))?;
    }
    Ok(())
}

/// A time of the day, with no more of seconds than it needs.
pub(in crate::site) fn clock(of_day: Millis) -> String {
    let (minutes, rest) = (of_day.0 / 60_000, of_day.0 % 60_000);
    let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    match (rest / 1_000, rest % 1_000) {
        (0, 0) => clock,
        (seconds, 0) => format!("{clock}:{seconds:02}"),
        (seconds, millis) => format!("{clock}:{seconds:02}.{millis:03}"),
    }
}
