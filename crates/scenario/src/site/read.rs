//! Reads a site file and reports every mistake in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use document::{Document, Item, Problem, Table};
use network::{Connection, LaneSpec, Network, Point, Turn};
use signal::{Group, GroupKind, GroupSet, Layout, Plan, Stage};
use units::{
    DeviceId, GroupId, JunctionId, Metres, MetresPerSecond, Millis, MovementId, PlanId, StageId,
};

use super::{
    ControlSite, DetectorKind, DetectorSite, Mode, SignalSite, Site, StoreSite, WebSite,
    read_lines, read_wires,
};

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
    let web = root.table("web").and_then(|t| Some(WebSite { listen: t.text("listen")? }));
    let store = root.table("store").and_then(|t| store(&t));
    let lines = read_lines::lines(root);
    let line_names = names(root, "line", lines.iter().map(|l| l.as_ref().map(|l| &l.name)));
    let devices = read_lines::devices(root, &line_names);
    let device_names = names(root, "device", devices.iter().map(|d| d.as_ref().map(|d| &d.name)));
    let (lines, devices) = (all(lines.into_iter()), all(devices.into_iter()));
    let network = roads(root)?;
    let signals = all(root.tables("signal").iter().map(|t| signals(t, &network, &device_names)));
    let detectors =
        all(root.tables("detector").iter().map(|t| detector(t, &network, &device_names)));
    let wired = read_wires::Names {
        network: &network,
        devices: &device_names,
        signals: signals.as_deref(),
    };
    let inputs = all(read_wires::inputs(root, wired).into_iter());
    let outputs = all(read_wires::outputs(root, wired).into_iter());
    version?;
    Some(Site {
        name: name?,
        time_zone: zone?,
        network: Arc::new(network),
        signals: signals?,
        lines: lines?,
        devices: devices?,
        detectors: detectors?,
        inputs: inputs?,
        outputs: outputs?,
        control: control?,
        web: web?,
        store: store?,
    })
}

/// All, or none where one could not be read; every one is tried, so that all mistakes are found.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
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
    known
}

fn seconds(table: &Table<'_>, key: &'static str) -> Option<Millis> {
    table.number(key, 0.0..=LONG_S).map(Millis::from_secs_f64)
}

fn control(table: &Table<'_>) -> Option<ControlSite> {
    let mode = table.choice("mode", Mode::ALL, None);
    let lease = table.number("lease_s", 2.0..=60.0).map(Millis::from_secs_f64);
    let interval = table.number("interval_s", 0.5..=10.0).map(Millis::from_secs_f64);
    Some(ControlSite { mode: mode?, lease: lease?, interval: interval? })
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

fn roads(root: &Table<'_>) -> Option<Network> {
    let mut builder = Network::builder();
    let mut junctions = BTreeMap::new();
    let signalised = root.peek_each("signal", "junction");
    for table in root.tables("junction") {
        let (name, x) = (table.text("name"), table.number("x_m", -FAR..=FAR));
        let y = table.number("y_m", -FAR..=FAR);
        let (Some(name), Some(x), Some(y)) = (name, x, y) else {
            continue;
        };
        let id = builder.junction(&name, Point { x, y }, signalised.contains(&name));
        junctions.insert(name, id.index());
    }
    let mut links = BTreeMap::new();
    let mut ends = Vec::new();
    for table in root.tables("link") {
        let name = table.text("name");
        let from = known_as(&table, "from", "junction", &junctions);
        let to = known_as(&table, "to", "junction", &junctions);
        let length = table.number("length_m", 0.1..=FAR);
        let pair = |item: &Item<'_>| {
            let pair: Vec<_> = item.items().iter().map(|n| n.number(-FAR..=FAR)).collect();
            match pair[..] {
                [Some(a), Some(b)] => Some((a, b)),
                _ => {
                    item.say("it is not a pair of numbers");
                    None
                }
            }
        };
        let lanes = all(table.items("lanes").iter().map(pair));
        let points = all(table.items("points").iter().map(pair));
        let (Some(name), Some(from), Some(to), Some(length), Some(lanes), Some(points)) =
            (name, from, to, length, lanes, points)
        else {
            continue;
        };
        let lane = |&(speed, width): &(f64, f64)| LaneSpec {
            width: Metres(width),
            speed: MetresPerSecond(speed),
        };
        let lanes: Vec<_> = lanes.iter().map(lane).collect();
        let points = points.into_iter().map(|(x, y)| Point { x, y }).collect();
        let (from, to) = (JunctionId::from_index(from), JunctionId::from_index(to));
        let id = builder.link(&name, from, to, Metres(length), &lanes, points);
        links.insert(name, id.index());
        ends.push(to);
    }
    for table in root.tables("movement") {
        let from = known_as(&table, "from", "link", &links).map(units::LinkId::from_index);
        let to = known_as(&table, "to", "link", &links).map(units::LinkId::from_index);
        let turns = ["straight", "left", "right", "u-turn"]
            .map(|name| (name, Turn::named(name).expect("the name of a turn")));
        let turn = table.choice("turn", &turns, None);
        let lanes = all(table.items("lanes").iter().map(connection));
        let (Some(from), Some(to), Some(turn), Some(lanes)) = (from, to, turn, lanes) else {
            continue;
        };
        builder.movement(ends[from.index()], from, to, turn, lanes);
    }
    match builder.build() {
        Ok(network) => Some(network),
        Err(problems) => {
            problems.iter().for_each(|problem| root.say("link", problem.to_string()));
            None
        }
    }
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

fn connection(item: &Item<'_>) -> Option<Connection> {
    let items = item.items();
    let [from, to, length] = &items[..] else {
        item.say("it is not a lane, a lane, and a length");
        return None;
    };
    let lane = |item: &Item<'_>| item.integer(0..=15).and_then(|n| u8::try_from(n).ok());
    let (from, to, length) = (lane(from), lane(to), length.number(0.0..=FAR));
    Some(Connection { from_lane: from?, to_lane: to?, length: Metres(length?) })
}

fn signals(
    table: &Table<'_>,
    network: &Network,
    devices: &BTreeMap<String, usize>,
) -> Option<SignalSite> {
    let junction = table.text("junction").and_then(|name| {
        let found = network.junction_named(&name);
        if found.is_none() {
            table.say("junction", format!("there is no junction {name:?}"));
        }
        found
    });
    let device = known(table, "device", devices).map(DeviceId::from_index);
    let mut builder = Layout::builder();
    let mut groups = BTreeMap::new();
    let mut movement_groups = Vec::new();
    for group in table.tables("group") {
        let Some((rule, ruled)) = self::group(&group, network) else {
            continue;
        };
        let name = rule.name.clone();
        let id = builder.group(rule);
        groups.insert(name, id.index());
        movement_groups.extend(ruled.into_iter().map(|movement| (movement, id)));
    }
    for item in table.items("conflicts") {
        if let Some((a, b, there, back)) = conflict(&item, &groups) {
            builder.conflict(a, b, there, back);
        }
    }
    let mut stages = BTreeMap::new();
    for stage in table.tables("stage") {
        let Some(rule) = self::stage(&stage, &groups) else {
            continue;
        };
        let name = rule.name.clone();
        stages.insert(name, builder.stage(rule).index());
    }
    let layout = match builder.build() {
        Ok(layout) => layout,
        Err(problems) => {
            problems.iter().for_each(|problem| table.say("", problem.to_string()));
            // The plans cannot be judged without a layout; their keys are known all the same.
            let _ = table.tables("plan").iter().map(plan_keys).count();
            return None;
        }
    };
    let plans = table.tables("plan");
    let plans = plans.iter().enumerate().map(|(index, t)| plan(t, index, &stages, &layout));
    let plans = all(plans);
    if plans.as_ref().is_some_and(Vec::is_empty) {
        table.say("plan", "there must be a plan: the cabinet falls back to it");
    }
    Some(SignalSite {
        junction: junction?,
        device: device?,
        layout: Arc::new(layout),
        plans: plans?,
        movement_groups,
    })
}

fn group(table: &Table<'_>, network: &Network) -> Option<(Group, Vec<MovementId>)> {
    let name = table.text("name");
    let kinds = [("vehicle", GroupKind::Vehicle), ("pedestrian", GroupKind::Pedestrian)];
    let kind = table.choice("kind", &kinds, Some(GroupKind::Vehicle));
    let times = ["min_green_s", "max_green_s", "closing_s", "all_red_s", "max_red_s"]
        .map(|key| seconds(table, key));
    let ruled = all(table.items("movements").iter().map(|item| {
        let ends: Vec<_> = item.items().iter().map(Item::text).collect();
        let [Some(from), Some(to)] = &ends[..] else {
            item.say("it is not a link and a link");
            return None;
        };
        let ids = network.link_named(from).zip(network.link_named(to));
        let movement = ids.and_then(|(from, to)| network.movement_between(from, to));
        if movement.is_none() {
            item.say(format!("no movement leads from {from:?} to {to:?}"));
        }
        movement
    }));
    let [min_green, max_green, closing, all_red, max_red] = times;
    let rule = Group {
        name: name?,
        kind: kind?,
        min_green: min_green?,
        max_green: max_green?,
        closing: closing?,
        all_red: all_red?,
        max_red: max_red?,
    };
    Some((rule, ruled?))
}

type Conflict = (GroupId, GroupId, Option<Millis>, Option<Millis>);

fn conflict(item: &Item<'_>, groups: &BTreeMap<String, usize>) -> Option<Conflict> {
    let items = item.items();
    let named = |item: &Item<'_>| {
        let name = item.text()?;
        let found = groups.get(&name).map(|&index| GroupId::from_index(index));
        if found.is_none() {
            item.say(format!("there is no group {name:?}"));
        }
        found
    };
    let span = |item: &Item<'_>| item.number(0.0..=LONG_S).map(Millis::from_secs_f64);
    match &items[..] {
        [a, b] => Some((named(a)?, named(b)?, None, None)),
        [a, b, there, back] => Some((named(a)?, named(b)?, Some(span(there)?), Some(span(back)?))),
        _ => {
            item.say("it is not two groups, or two groups and two intergreens");
            None
        }
    }
}

fn stage(table: &Table<'_>, groups: &BTreeMap<String, usize>) -> Option<Stage> {
    let name = table.text("name");
    let (min, max) = (seconds(table, "min_green_s"), seconds(table, "max_green_s"));
    let set = all(table.items("groups").iter().map(|item| {
        let name = item.text()?;
        let found = groups.get(&name).map(|&index| GroupId::from_index(index));
        if found.is_none() {
            item.say(format!("there is no group {name:?}"));
        }
        found
    }));
    let groups: GroupSet = set?.into_iter().collect();
    Some(Stage { name: name?, groups, min_green: min?, max_green: max? })
}

fn plan_keys(table: &Table<'_>) {
    let _ = (table.has("name"), table.has("cycle_s"), table.has("offset_s"), table.has("splits"));
}

fn plan(
    table: &Table<'_>,
    index: usize,
    stages: &BTreeMap<String, usize>,
    layout: &Layout,
) -> Option<Plan> {
    let name = table.text("name");
    let (cycle, offset) = (seconds(table, "cycle_s"), seconds(table, "offset_s"));
    let splits = all(table.items("splits").iter().map(|item| {
        let items = item.items();
        let [stage, span] = &items[..] else {
            item.say("it is not a stage and its seconds");
            return None;
        };
        let name = stage.text()?;
        let found = stages.get(&name).map(|&index| StageId::from_index(index));
        if found.is_none() {
            stage.say(format!("there is no stage {name:?}"));
        }
        let span = span.number(0.0..=LONG_S).map(Millis::from_secs_f64);
        Some((found?, span?))
    }));
    let id = PlanId(u8::try_from(index).ok()?);
    match Plan::new(id, name?, cycle?, offset?, splits?, layout) {
        Ok(plan) => Some(plan),
        Err(problems) => {
            problems.iter().for_each(|problem| table.say("", problem.to_string()));
            None
        }
    }
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
