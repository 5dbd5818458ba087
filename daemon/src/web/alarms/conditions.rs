//! What is wrong in a picture of the daemon.

use engine::DeviceSnapshot;
use signal::{Aspect, ControlSource};

use super::book::{Condition, Kind, Priority};
use crate::view::View;

/// Everything that is wrong; `lost` are the events that the store has lost.
pub(super) fn of(view: &View, lost: u64) -> Vec<Condition> {
    let mut found = Vec::new();
    site(view, lost, &mut found);
    devices(view, &mut found);
    junctions(view, &mut found);
    found
}

fn site(view: &View, lost: u64, found: &mut Vec<Condition>) {
    let violations = view.snapshot.counters.violations;
    if violations > 0 {
        let text = format!("{violations} violations were found since the start");
        found.push(of_site(Kind::Violations, Priority::Safety, text));
    }
    if lost > 0 {
        let text = format!("{lost} events were lost: the disk could not keep up");
        found.push(of_site(Kind::EventsLost, Priority::High, text));
    }
}

fn of_site(kind: Kind, priority: Priority, text: String) -> Condition {
    Condition { kind, place: String::new(), priority, text, parent: None }
}

fn devices(view: &View, found: &mut Vec<Condition>) {
    for row in &view.snapshot.devices {
        let site = view.site.devices.iter().find(|device| device.name == row.name);
        let line = site.and_then(|device| view.site.lines.get(device.line.index()));
        let line = line.map_or_else(String::new, |line| line.name.clone());
        let known = found.iter().any(|c| c.kind == Kind::Line && c.place == line);
        let why = row.last_failure.as_deref();
        if !row.connected && !known {
            let text = format!("not connected{}", after(why));
            let (kind, place) = (Kind::Line, line.clone());
            found.push(Condition { kind, place, priority: Priority::High, text, parent: None });
        }
        if !row.connected || row.state != "online" {
            found.push(Condition {
                kind: Kind::Device,
                place: row.name.clone(),
                priority: Priority::Medium,
                text: format!("{}{}", fares(row), after(why)),
                parent: (!row.connected).then_some((Kind::Line, line)),
            });
        }
    }
}

fn fares(row: &DeviceSnapshot) -> &'static str {
    match row.state {
        "unguarded" if row.connected => {
            "its watchdog or fail-safe is not as its profile says, nothing is written to it"
        }
        "identifying" if row.connected => "it was not identified yet",
        _ => "does not answer",
    }
}

fn after(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| format!(": {why}"))
}

fn junctions(view: &View, found: &mut Vec<Condition>) {
    for (index, row) in view.snapshot.junctions.iter().enumerate() {
        let device = view.site.signals.get(index).map(|signal| signal.device);
        let device = device.and_then(|device| view.site.devices.get(device.index()));
        let parent = device.map(|device| (Kind::Device, device.name.clone()));
        let flashes = |a: &Aspect| matches!(a, Aspect::FlashingYellow | Aspect::Dark);
        if row.aspects.iter().any(|(_, aspect)| flashes(aspect)) {
            found.push(Condition {
                kind: Kind::Flashing,
                place: row.name.clone(),
                priority: Priority::High,
                text: "flashes or is dark".to_owned(),
                parent: None,
            });
        }
        if row.source == ControlSource::Fault {
            found.push(Condition {
                kind: Kind::Fault,
                place: row.name.clone(),
                priority: Priority::High,
                text: row.reason.clone(),
                parent,
            });
        }
    }
}
