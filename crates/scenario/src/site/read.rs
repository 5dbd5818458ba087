//! Reads a site file and reports every mistake in it.

mod dispatch;
mod groups;
mod roads;
mod schedule;
mod signals;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use document::{Document, Problem, Table};
use network::Network;
use units::{DeviceId, Metres, Millis};

use super::{
    ControlSite, DetectorKind, DetectorSite, Mode, ObjectiveSite, Shadow, Site, StoreSite,
    read_lines, read_wires,
};
use roads::roads;
use schedule::schedule;
use signals::signals;

pub(crate) use schedule::time_of_day;

/// Bounds of what a file may say: beyond them it is a slip of the hand.
const FAR: f64 = 1e7;
const LONG_S: f64 = 3_600.0;

impl Site {
    /// Reads a site file.
    ///
    /// # Errors
    /// Every mistake in it, with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        Document::parse(text)?.read(site)
    }
}

fn site(root: &Table<'_>) -> Option<Site> {
    let version = root.integer("version", 1..=1);
    let (name, zone) = (root.text("name"), root.text("time_zone"));
    let control = root.table("control").and_then(|t| control(&t));
    let areas = root.peek_each("road_section", "name");
    let web = root.table("web").and_then(|t| web::web(&t, &areas));
    let store = root.table("store").and_then(|t| store(&t));
    let evidence = root.table_if("evidence").map(|t| super::evidence::evidence(&t));
    let key_vehicles = root.table_if("key_vehicles").map(|t| super::evidence::key_vehicles(&t));
    let lines = read_lines::lines(root);
    let line_names = names(root, "line", lines.iter().map(|l| l.as_ref().map(|l| &l.name)));
    let devices = read_lines::devices(root, &line_names);
    let device_names = names(root, "device", devices.iter().map(|d| d.as_ref().map(|d| &d.name)));
    let (lines, devices) = (all(lines.into_iter()), all(devices.into_iter()));
    let schedule = root.table_if("schedule").map(|table| schedule(&table));
    let Some(network) = roads(root) else {
        // What stands on the roads cannot be judged without them; the keys are known all the same.
        let _ = (root.has("signal"), root.has("detector"), root.has("input"), root.has("output"));
        dispatch::ask_for_keys(root);
        return None;
    };
    let common = schedule.as_ref().and_then(Option::as_ref);
    let signals = root.tables("signal");
    let signals = all(signals.iter().map(|t| self::signals(t, &network, &device_names, common)));
    let detectors =
        all(root.tables("detector").iter().map(|t| detector(t, &network, &device_names)));
    let wired = read_wires::Names {
        network: &network,
        devices: &device_names,
        signals: signals.as_deref(),
    };
    let inputs = all(read_wires::inputs(root, wired).into_iter());
    let outputs = all(read_wires::outputs(root, wired).into_iter());
    let dispatch = dispatch::dispatch(root, &network);
    version?;
    Some(Site {
        name: name?,
        time_zone: zone?,
        network: Arc::new(network),
        schedule: match schedule {
            Some(schedule) => Some(schedule?),
            None => None,
        },
        signals: signals?,
        lines: lines?,
        devices: devices?,
        detectors: detectors?,
        inputs: inputs?,
        outputs: outputs?,
        control: control?,
        web: web?,
        store: store?,
        dispatch: dispatch?,
        evidence: evidence.map_or(Some(None), |found| found.map(Some))?,
        key_vehicles: key_vehicles.map_or(Some(None), |found| found.map(Some))?,
    })
}

/// All, or none where one could not be read; every one is tried, so that all mistakes are found.
pub(super) fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    items.collect::<Vec<_>>().into_iter().collect()
}

fn names<'n>(
    root: &Table<'_>,
    key: &str,
    names: impl Iterator<Item = Option<&'n String>>,
) -> BTreeMap<String, usize> {
    let mut known = BTreeMap::new();
    for (index, name) in names.enumerate() {
        let Some(name) = name else {
            continue;
        };
        if known.insert(name.clone(), index).is_some() {
            root.say(key, format!("the name {name:?} is given twice"));
        }
    }
    // One that is there and could not be read has said so itself: nobody who names it is wrong. No
    // index is used for long, since nothing comes of a document with a mistake.
    let used: BTreeSet<usize> = known.values().copied().collect();
    let mut free = (0..).filter(|index| !used.contains(index));
    for name in root.peek_each(key, "name") {
        if let (false, Some(index)) = (known.contains_key(&name), free.next()) {
            known.insert(name, index);
        }
    }
    known
}

fn seconds(table: &Table<'_>, key: &'static str) -> Option<Millis> {
    table.number(key, 0.0..=LONG_S).map(Millis::from_secs_f64)
}

/// What a search may be allowed to weigh: with the most one junction alone would take a good part of a
/// decision beat.
const SEARCH_BUDGET: std::ops::RangeInclusive<i64> = 1..=1_000_000;

fn control(table: &Table<'_>) -> Option<ControlSite> {
    let mode = table.choice("mode", Mode::ALL, None);
    let lease = table.number("lease_s", 2.0..=60.0).map(Millis::from_secs_f64);
    let interval = table.number("interval_s", 0.5..=10.0).map(Millis::from_secs_f64);
    let objective = match table.table_if("objective") {
        Some(table) => objective(&table),
        None => Some(ObjectiveSite::default()),
    };
    let shadow = match table.has("shadow") {
        true => Some(table.choice("shadow", Shadow::ALL, None)?),
        false => None,
    };
    let search_budget = match table.has("search_budget") {
        true => Some(u32::try_from(table.integer("search_budget", SEARCH_BUDGET)?).ok()?),
        false => None,
    };
    let (lease, interval) = (lease?, interval?);
    let objective = objective?;
    Some(ControlSite { mode: mode?, shadow, search_budget, lease, interval, objective })
}

/// What the planner weighs: beyond these bounds one kind would rule the junction alone.
fn objective(table: &Table<'_>) -> Option<ObjectiveSite> {
    let usual = ObjectiveSite::default();
    let span = |key, range, usual: Millis| {
        table.number_or(key, range, usual.as_secs_f64()).map(Millis::from_secs_f64)
    };
    let bus = table.number_or("bus", 1.0..=100.0, usual.bus);
    let person = table.number_or("person", 0.05..=10.0, usual.person);
    let stop = span("stop_s", 0.0..=60.0, usual.stop);
    let longest_wait = span("longest_wait_s", 60.0..=600.0, usual.longest_wait);
    Some(ObjectiveSite { bus: bus?, person: person?, stop: stop?, longest_wait: longest_wait? })
}

fn store(table: &Table<'_>) -> Option<StoreSite> {
    let (path, days) = (table.text("path"), table.integer("retention_days", 1..=3_650));
    Some(StoreSite { path: path?, retention_days: u32::try_from(days?).ok()? })
}

pub(super) fn known(
    table: &Table<'_>,
    key: &'static str,
    names: &BTreeMap<String, usize>,
) -> Option<usize> {
    let name = table.text(key)?;
    let found = names.get(&name).copied();
    if found.is_none() {
        table.say(key, format!("there is no {key} {name:?}"));
    }
    found
}

fn known_as(
    table: &Table<'_>,
    key: &'static str,
    what: &str,
    names: &BTreeMap<String, usize>,
) -> Option<usize> {
    let name = table.text(key)?;
    let found = names.get(&name).copied();
    if found.is_none() {
        table.say(key, format!("there is no {what} {name:?}"));
    }
    found
}

fn detector(
    table: &Table<'_>,
    network: &Network,
    devices: &BTreeMap<String, usize>,
) -> Option<DetectorSite> {
    let device = known(table, "device", devices).map(DeviceId::from_index);
    let channel = table.integer("channel", 0..=63);
    let lane = table.text("lane").and_then(|name| {
        let found = network.lane_named(&name);
        if found.is_none() {
            table.say("lane", format!("there is no lane {name:?}"));
        }
        found
    });
    let kind = match table.text("kind").as_deref() {
        Some("stop-line") => Some(DetectorKind::StopLine),
        Some("tracker") => Some(DetectorKind::Tracker),
        Some("advance") => {
            let distance = table.number("distance_m", 0.0..=1_000.0);
            distance.map(|m| DetectorKind::Advance { distance: Metres(m) })
        }
        Some(other) => {
            table.say("kind", format!("{other:?} is none of stop-line, advance, tracker"));
            None
        }
        None => None,
    };
    let channel = u16::try_from(channel?).ok()?;
    Some(DetectorSite { device: device?, channel, lane: lane?, kind: kind? })
}
