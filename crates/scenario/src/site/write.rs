//! Writes a site file; what [`super::Site::parse`] reads of it is the same site.

use std::fmt::{self, Write};

use signal::{GroupKind, Layout};
use units::{GroupId, Millis};

use super::{DetectorKind, SignalSite, Site, write_lines};

/// The site as a TOML document.
#[must_use]
pub fn write_site(site: &Site) -> String {
    let mut out = String::new();
    // A String never refuses to be written to.
    all(&mut out, site).expect("writing to memory");
    out
}

fn all(out: &mut String, site: &Site) -> fmt::Result {
    writeln!(out, "version = 1\nname = {}\ntime_zone = {}", q(&site.name), q(&site.time_zone))?;
    let control = &site.control;
    writeln!(out, "\n[control]\nmode = {}", q(control.mode.name()))?;
    writeln!(out, "lease_s = {}\ninterval_s = {}", s(control.lease), s(control.interval))?;
    writeln!(out, "\n[web]\nlisten = {}", q(&site.web.listen))?;
    writeln!(out, "\n[store]\npath = {}", q(&site.store.path))?;
    writeln!(out, "retention_days = {}", site.store.retention_days)?;
    write_lines::lines(out, site)?;
    roads(out, site)?;
    for signal in &site.signals {
        signals(out, site, signal)?;
    }
    for detector in &site.detectors {
        writeln!(out, "\n[[detector]]")?;
        writeln!(out, "device = {}", q(&site.devices[detector.device.index()].name))?;
        writeln!(out, "channel = {}", detector.channel)?;
        writeln!(out, "lane = {}", q(&site.network.lane_name(detector.lane)))?;
        match detector.kind {
            DetectorKind::StopLine => writeln!(out, "kind = \"stop-line\"")?,
            DetectorKind::Tracker => writeln!(out, "kind = \"tracker\"")?,
            DetectorKind::Advance { distance } => {
                writeln!(out, "kind = \"advance\"\ndistance_m = {}", distance.0)?;
            }
        }
    }
    write_lines::wires(out, site)
}

fn roads(out: &mut String, site: &Site) -> fmt::Result {
    let net = &site.network;
    for junction in net.junctions() {
        writeln!(out, "\n[[junction]]\nname = {}", q(&junction.name))?;
        writeln!(out, "x_m = {}\ny_m = {}", junction.position.x, junction.position.y)?;
    }
    for (index, link) in net.links().iter().enumerate() {
        writeln!(out, "\n[[link]]\nname = {}", q(&link.name))?;
        writeln!(out, "from = {}", q(&net.junction(link.from).name))?;
        writeln!(out, "to = {}\nlength_m = {}", q(&net.junction(link.to).name), link.length.0)?;
        let id = units::LinkId::from_index(index);
        let lane = |lane| (net.lane(lane).speed.0, net.lane(lane).width.0);
        let lanes: Vec<_> = net.link_lanes(id).map(lane).collect();
        let list = lanes.iter().map(|(speed, width)| format!("[{speed}, {width}]"));
        writeln!(out, "lanes = [{}] # speed m/s, width m", list.collect::<Vec<_>>().join(", "))?;
        let points = link.points.iter().map(|p| format!("[{}, {}]", p.x, p.y));
        writeln!(out, "points = [{}]", points.collect::<Vec<_>>().join(", "))?;
    }
    for movement in net.movements() {
        writeln!(out, "\n[[movement]]\nfrom = {}", q(&net.link(movement.from).name))?;
        writeln!(out, "to = {}", q(&net.link(movement.to).name))?;
        writeln!(out, "turn = {}", q(movement.turn.name()))?;
        let lanes = movement
            .connections
            .iter()
            .map(|c| format!("[{}, {}, {}]", c.from_lane, c.to_lane, c.length.0));
        writeln!(out, "lanes = [{}]", lanes.collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

fn signals(out: &mut String, site: &Site, signal: &SignalSite) -> fmt::Result {
    let net = &site.network;
    let layout = &signal.layout;
    writeln!(out, "\n[[signal]]\njunction = {}", q(&net.junction(signal.junction).name))?;
    writeln!(out, "device = {}", q(&site.devices[signal.device.index()].name))?;
    intergreens(out, layout)?;
    for group in layout.group_ids() {
        let rule = layout.group(group);
        writeln!(out, "\n[[signal.group]]\nname = {}", q(&rule.name))?;
        if rule.kind == GroupKind::Pedestrian {
            writeln!(out, "kind = \"pedestrian\"")?;
        }
        writeln!(out, "min_green_s = {}\nmax_green_s = {}", s(rule.min_green), s(rule.max_green))?;
        writeln!(out, "closing_s = {}\nall_red_s = {}", s(rule.closing), s(rule.all_red))?;
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
    stages_and_plans(out, signal)
}

fn stages_and_plans(out: &mut String, signal: &SignalSite) -> fmt::Result {
    let layout = &signal.layout;
    for stage in layout.stages() {
        writeln!(out, "\n[[signal.stage]]\nname = {}", q(&stage.name))?;
        let groups: Vec<_> = stage.groups.iter().map(|g| q(&layout.group(g).name)).collect();
        writeln!(out, "groups = [{}]", groups.join(", "))?;
        let (min, max) = (s(stage.min_green), s(stage.max_green));
        writeln!(out, "min_green_s = {min}\nmax_green_s = {max}")?;
    }
    for plan in &signal.plans {
        writeln!(out, "\n[[signal.plan]]\nname = {}", q(plan.name()))?;
        writeln!(out, "cycle_s = {}\noffset_s = {}", s(plan.cycle()), s(plan.offset()))?;
        let split = |&(stage, span): &(units::StageId, Millis)| {
            format!("[{}, {}]", q(&layout.stage(stage).name), s(span))
        };
        let splits: Vec<_> = plan.splits().iter().map(split).collect();
        writeln!(out, "splits = [{}]", splits.join(", "))?;
    }
    Ok(())
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

/// A text in quotes, as TOML wants it.
pub(super) fn q(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub(super) fn s(span: Millis) -> String {
    format!("{}", span.as_secs_f64())
}
