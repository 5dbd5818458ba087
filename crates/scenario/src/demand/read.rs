//! Reads a demand file for a network and reports every mistake in it.
//!
//! ```toml
//! version = 1
//!
//! [[vehicle]]
//! name = "saloon"
//! class = "car"               # or bus, truck, coach, hazardous-goods, school-bus, emergency, …
//! length_m = 5
//! min_gap_m = 2.5             # at a standstill
//! max_speed_m_s = 13.9
//! acceleration_m_s2 = 2
//! deceleration_m_s2 = 4.5
//! headway_s = 2
//! imperfection = 0.5          # of Krauss's law; may be left out, like the next two
//! speed_factor = 1            # of the limit, its mean
//! speed_deviation = 0.1       # and how drivers spread about it
//!
//! [[flow]]
//! vehicle = "saloon"
//! route = ["l_0_1_1_1", "l_1_1_2_1"]
//! enters_on_lane = 0          # from the middle of the road, 16 is the outermost; else the emptiest
//! enters_with_m_s = 0         # at most; else what the limit and whoever is ahead allow
//! enters_at_m = 20            # its front; else it just fits
//! slices = [[0, 899, 12], [900, 1799, 6]] # from s, to s, one vehicle each s; both ends count
//! arrivals = "even"           # or poisson: the interval is the mean one; even without it
//!
//! [[pedestrians]]
//! junction = "j_1_1"
//! group = "walk north"        # the pedestrian group; without it people take gaps
//! arm = "l_1_2_1_1"           # a link of the arm; may be left out where the group tells it
//! slices = [[0, 3600, 240]]   # from s, to s, persons an hour
//! ```
//!
//! Zones and matrices are read in `matrix`, counts in `counts`.

mod counts;
mod matrix;
mod rows;
mod walkers;

use std::collections::BTreeMap;

use document::{Item, Table};
use network::Network;
use units::{LinkId, Metres, MetresPerSecond, Millis};

use super::draw::{Arrivals, Weighted};
use super::file::{DRAWN_MAX, DemandFile};
use super::{
    ACCELERATIONS, DEVIATIONS, Demand, Departure, ENTRY_SPEEDS, EntryLane, EntrySpeed, FACTORS,
    FAR_S, Flow, GAPS, HEADWAYS, INTERVAL_MIN_S, LENGTHS, OUTERMOST, POSITIONS, SHARES, SPEEDS,
    SpeedFactor, VehicleClass, VehicleType,
};
use rows::{Beside, List, Row};

/// How far the sum of shares may be from 1: three digits of each are enough.
const SHARES_OFF_MAX: f64 = 0.005;
const FLEET: List = List { key: "vehicles", file_key: "", columns: &["vehicle", "share"] };

/// The types that could be read, by their names; none for one that is there but could not be.
type Vehicles = BTreeMap<String, Option<VehicleType>>;

pub(super) fn file(root: &Table<'_>, network: &Network, beside: Beside<'_>) -> Option<DemandFile> {
    let version = root.integer("version", 1..=1);
    let mut vehicles = Vehicles::new();
    for table in root.tables("vehicle") {
        let (name, vehicle) = (table.text("name"), vehicle(&table));
        if let Some(name) = name
            && vehicles.insert(name.clone(), vehicle).is_some()
        {
            table.say("name", format!("the name {name:?} is given twice"));
        }
    }
    let mut flows = Vec::new();
    let mut random = Vec::new();
    let mut sound = true;
    for table in root.tables("flow") {
        match flow(&table, network, &vehicles) {
            Some((Arrivals::Even, more)) => flows.extend(more),
            Some((Arrivals::Poisson, more)) => random.extend(more),
            None => sound = false,
        }
    }
    let mut pedestrians = Vec::new();
    for table in root.tables("pedestrians") {
        match walkers::walkers(&table, network) {
            Some(more) => pedestrians.extend(more),
            None => sound = false,
        }
    }
    let mut file =
        DemandFile { plain: Demand { flows, pedestrians }, random, ..DemandFile::default() };
    let zones = matrix::zones(root, network, beside);
    for table in root.tables("matrix") {
        let notes = &mut file.notes;
        match matrix::matrix(&table, network, &vehicles, &zones, beside, notes) {
            Some(matrix) => file.matrices.push(matrix),
            None => sound = false,
        }
    }
    for table in root.tables("counts") {
        match counts::counts(&table, network, &vehicles, beside, &mut file.notes) {
            Some(counts) => file.counts.push(counts),
            None => sound = false,
        }
    }
    let drawn = file.drawn();
    if drawn > DRAWN_MAX {
        let reason = format!("{drawn:.0} vehicles come by chance: the most is {DRAWN_MAX}");
        root.say("", reason);
    }
    version?;
    sound.then_some(file)
}

/// What drives, by its share.
fn fleet(
    table: &Table<'_>,
    vehicles: &Vehicles,
    beside: Beside<'_>,
) -> Option<Weighted<VehicleType>> {
    let rows = FLEET.rows(table, beside);
    if table.items("vehicles").is_empty() {
        table.say("vehicles", "there must be a vehicle with its share");
        return None;
    }
    let one = |row: &Row<'_, '_>| {
        let vehicle = row.text(0).and_then(|name| {
            let found = vehicles.get(&name);
            if found.is_none() {
                row.say_at(0, &format!("there is no vehicle {name:?}"));
            }
            found.copied().flatten()
        });
        let share = row.number(1, 0.0..=1.0);
        Some((share?, vehicle?))
    };
    let all: Vec<_> = rows.iter().map(one).collect();
    let all: Vec<_> = all.into_iter().collect::<Option<_>>()?;
    let sum: f64 = all.iter().map(|(share, _)| share).sum();
    if (sum - 1.0).abs() > SHARES_OFF_MAX {
        table.say("vehicles", format!("the shares sum to {sum:.3}, not to 1"));
        return None;
    }
    Weighted::new(all)
}

/// The link that a cell names.
fn link(row: &Row<'_, '_>, column: usize, network: &Network) -> Option<LinkId> {
    let name = row.text(column)?;
    let link = network.link_named(&name);
    if link.is_none() {
        row.say_at(column, &format!("there is no link {name:?}"));
    }
    link
}

/// A begin in seconds in one cell, an end in the next; the end lies after the begin.
fn span(row: &Row<'_, '_>, column: usize) -> Option<(Millis, Millis)> {
    let (start, end) = (row.number(column, 0.0..=FAR_S), row.number(column + 1, 0.0..=FAR_S));
    let (start, end) = (Millis::from_secs_f64(start?), Millis::from_secs_f64(end?));
    if end <= start {
        row.say("it does not end after it begins");
        return None;
    }
    Some((start, end))
}

fn vehicle(table: &Table<'_>) -> Option<VehicleType> {
    let class = table.choice("class", VehicleClass::ALL, Some(VehicleClass::Car));
    let length = table.number("length_m", LENGTHS);
    let min_gap = table.number("min_gap_m", GAPS);
    let max_speed = table.number("max_speed_m_s", SPEEDS);
    let acceleration = table.number("acceleration_m_s2", ACCELERATIONS);
    let deceleration = table.number("deceleration_m_s2", ACCELERATIONS);
    let headway_s = table.number("headway_s", HEADWAYS);
    let optional = |key: &'static str, range| match table.has(key) {
        true => table.number(key, range).map(Some),
        false => Some(None),
    };
    let imperfection = optional("imperfection", SHARES);
    let mean = optional("speed_factor", FACTORS);
    let deviation = optional("speed_deviation", DEVIATIONS);
    let speed_factor = match (mean?, deviation?) {
        (None, None) => None,
        (mean, deviation) => Some(SpeedFactor {
            mean: mean.unwrap_or(1.0),
            deviation: deviation.unwrap_or_default(),
        }),
    };
    Some(VehicleType {
        class: class?,
        length: Metres(length?),
        min_gap: Metres(min_gap?),
        max_speed: MetresPerSecond(max_speed?),
        acceleration: acceleration?,
        deceleration: deceleration?,
        headway_s: headway_s?,
        imperfection: imperfection?,
        speed_factor,
    })
}

fn flow(
    table: &Table<'_>,
    network: &Network,
    vehicles: &Vehicles,
) -> Option<(Arrivals, Vec<Flow>)> {
    let vehicle = table.text("vehicle").and_then(|name| {
        let found = vehicles.get(&name);
        if found.is_none() {
            table.say("vehicle", format!("there is no vehicle {name:?}"));
        }
        found.copied().flatten()
    });
    let route = route(table, network);
    let departure = departure(table);
    let arrivals = table.choice("arrivals", Arrivals::ALL, Some(Arrivals::Even));
    let slices: Vec<_> = table.items("slices").iter().map(slice).collect();
    if !table.has("slices") || slices.is_empty() {
        table.say("slices", "there must be a slice: without one, nobody drives");
    }
    let slices = slices.into_iter().collect::<Option<Vec<_>>>();
    let (vehicle, route, departure) = (vehicle?, route?, departure?);
    let flow = |(start, end, interval)| {
        let route = route.clone();
        Flow { route, start, end, interval, vehicle, departure }
    };
    let flows: Vec<_> = slices?.into_iter().map(flow).collect();
    let arrivals = arrivals?;
    if arrivals == Arrivals::Poisson && flows.iter().any(|flow| flow.end == flow.start) {
        table.say("slices", "a slice of no length has nobody in it where arrivals are by chance");
        return None;
    }
    Some((arrivals, flows))
}

/// How vehicles enter, where the file says so.
fn departure(table: &Table<'_>) -> Option<Departure> {
    let optional = |key: &'static str, range| match table.has(key) {
        true => table.number(key, range).map(Some),
        false => Some(None),
    };
    let position = optional("enters_at_m", POSITIONS);
    let speed = optional("enters_with_m_s", ENTRY_SPEEDS);
    let lane = match table.has("enters_on_lane") {
        false => Some(EntryLane::Emptiest),
        // Sixteen stands for the outermost, whatever its number: a link has at most that many.
        true => table.integer("enters_on_lane", 0..=16).map(|lane| match u8::try_from(lane) {
            Ok(lane) if lane < OUTERMOST => EntryLane::Number(lane),
            _ => EntryLane::Outermost,
        }),
    };
    let speed = match speed? {
        None => EntrySpeed::Fitting,
        Some(speed) => EntrySpeed::AtMost(MetresPerSecond(speed)),
    };
    Some(Departure { lane: lane?, speed, position: position?.map(Metres) })
}

fn route(table: &Table<'_>, network: &Network) -> Option<Vec<LinkId>> {
    let items = table.items("route");
    if items.is_empty() {
        table.say("route", "there must be a link");
        return None;
    }
    let mut route: Vec<LinkId> = Vec::new();
    let mut sound = true;
    for item in &items {
        let Some(name) = item.text() else {
            sound = false;
            continue;
        };
        let Some(link) = network.link_named(&name) else {
            item.say(format!("there is no link {name:?}"));
            sound = false;
            continue;
        };
        if let Some(&before) = route.last()
            && network.movement_between(before, link).is_none()
        {
            item.say(format!("no movement leads here from {:?}", network.link(before).name));
            sound = false;
        }
        route.push(link);
    }
    sound.then_some(route)
}

fn slice(item: &Item<'_>) -> Option<(Millis, Millis, Millis)> {
    let items = item.items();
    let [start, end, interval] = &items[..] else {
        item.say("it is not a begin, an end, and an interval in seconds");
        return None;
    };
    let seconds = |item: &Item<'_>, least: f64| item.number(least..=FAR_S);
    let (start, end) = (seconds(start, 0.0), seconds(end, 0.0));
    let interval = seconds(interval, INTERVAL_MIN_S);
    let (start, end) = (start?, end?);
    if end < start {
        item.say("it ends before it begins");
        return None;
    }
    let [start, end, interval] = [start, end, interval?].map(Millis::from_secs_f64);
    Some((start, end, interval))
}
