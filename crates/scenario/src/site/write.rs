//! Writes a site file; what [`super::Site::parse`] reads of it is the same site.

mod signals;

use std::fmt::{self, Write};

use network::{Point, RightOfWay};
use units::{Millis, MovementId};

use super::{DetectorKind, ObjectiveSite, Site, write_dispatch, write_lines};
pub(super) use signals::clock;
use signals::{schedule, signals};

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
    if let Some(shadow) = control.shadow {
        writeln!(out, "shadow = {}", q(shadow.name()))?;
    }
    if let Some(budget) = control.search_budget {
        writeln!(out, "search_budget = {budget}")?;
    }
    writeln!(out, "lease_s = {}\ninterval_s = {}", s(control.lease), s(control.interval))?;
    if control.objective != ObjectiveSite::default() {
        let ObjectiveSite { bus, person, stop, longest_wait } = control.objective;
        writeln!(out, "\n[control.objective]\nbus = {bus}\nperson = {person}")?;
        writeln!(out, "stop_s = {}\nlongest_wait_s = {}", s(stop), s(longest_wait))?;
    }
    writeln!(out, "\n[web]\nlisten = {}", q(&site.web.listen))?;
    if site.web.accounts {
        writeln!(out, "accounts = true")?;
    }
    for token in &site.web.tokens {
        writeln!(out, "\n[[web.token]]\nname = {}", q(&token.name))?;
        writeln!(out, "role = {}\nhash = {}", q(token.role.name()), q(&token.hash))?;
        if let Some(scope) = &token.scope {
            write_dispatch::scope(out, scope)?;
        }
    }
    writeln!(out, "\n[store]\npath = {}", q(&site.store.path))?;
    writeln!(out, "retention_days = {}", site.store.retention_days)?;
    if let Some(evidence) = &site.evidence {
        super::evidence::write_evidence(out, evidence)?;
    }
    if let Some(vehicles) = &site.key_vehicles {
        super::evidence::write_key_vehicles(out, vehicles)?;
    }
    write_lines::lines(out, site)?;
    if let Some(common) = &site.schedule {
        schedule(out, "schedule", common)?;
    }
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
    write_lines::wires(out, site)?;
    write_dispatch::dispatch(out, site)
}

/// A zero below nothing would be written as a whole number, which has none.
fn unsigned_zero(point: Point) -> Point {
    Point { x: point.x + 0.0, y: point.y + 0.0 }
}

fn roads(out: &mut String, site: &Site) -> fmt::Result {
    let net = &site.network;
    for junction in net.junctions() {
        writeln!(out, "\n[[junction]]\nname = {}", q(&junction.name))?;
        let place = unsigned_zero(junction.position);
        writeln!(out, "x_m = {}\ny_m = {}", place.x, place.y)?;
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
        let points = link.points.iter().map(|&point| unsigned_zero(point));
        let points = points.map(|p| format!("[{}, {}]", p.x, p.y));
        writeln!(out, "points = [{}]", points.collect::<Vec<_>>().join(", "))?;
    }
    for movement in net.movements() {
        writeln!(out, "\n[[movement]]\nfrom = {}", q(&net.link(movement.from).name))?;
        writeln!(out, "to = {}", q(&net.link(movement.to).name))?;
        writeln!(out, "turn = {}", q(movement.turn.name()))?;
        let lanes = movement.connections.iter().map(|c| {
            let speed = c.speed.map(|speed| format!(", {}", speed.0)).unwrap_or_default();
            format!("[{}, {}, {}{speed}]", c.from_lane, c.to_lane, c.length.0)
        });
        writeln!(out, "lanes = [{}]", lanes.collect::<Vec<_>>().join(", "))?;
        let (key, others) = match &movement.right_of_way {
            RightOfWay::ByTurn => continue,
            RightOfWay::GivesWayTo(others) => ("gives_way_to", others),
            RightOfWay::StopsFor(others) => ("stops_for", others),
        };
        let link = |id| q(&net.link(id).name);
        let pair = |&other: &MovementId| {
            let row = net.movement(other);
            format!("[{}, {}]", link(row.from), link(row.to))
        };
        writeln!(out, "{key} = [{}]", others.iter().map(pair).collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

/// A text in quotes, as TOML wants it.
pub(crate) fn q(text: &str) -> String {
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
