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
//!
//! [[flow]]
//! vehicle = "saloon"
//! route = ["l_0_1_1_1", "l_1_1_2_1"]
//! slices = [[0, 899, 12], [900, 1799, 6]] # from s, to s, one vehicle each s; both ends count
//!
//! [[pedestrians]]
//! junction = "j_1_1"
//! group = "walk north"        # the pedestrian group; without it people take gaps
//! arm = "l_1_2_1_1"           # a link of the arm; may be left out where the group tells it
//! slices = [[0, 3600, 240]]   # from s, to s, persons an hour
//! ```

mod walkers;

use std::collections::BTreeMap;

use document::{Document, Item, Problem, Table};
use network::Network;
use units::{LinkId, Metres, MetresPerSecond, Millis};

use super::{
    ACCELERATIONS, Demand, FAR_S, Flow, GAPS, HEADWAYS, INTERVAL_MIN_S, LENGTHS, SPEEDS,
    VehicleClass, VehicleType,
};

impl Demand {
    /// Reads a demand file; its links are those of `network`.
    ///
    /// # Errors
    /// Every mistake in it, with its line: an impossible number, a link that is not there, two links
    /// of a route that no movement joins, a vehicle that is not described.
    pub fn parse(text: &str, network: &Network) -> Result<Self, Vec<Problem>> {
        Document::parse(text)?.read(|root| demand(root, network))
    }
}

/// The types that could be read, by their names; none for one that is there but could not be.
type Vehicles = BTreeMap<String, Option<VehicleType>>;

fn demand(root: &Table<'_>, network: &Network) -> Option<Demand> {
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
    let mut sound = true;
    for table in root.tables("flow") {
        match flow(&table, network, &vehicles) {
            Some(more) => flows.extend(more),
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
    version?;
    sound.then_some(Demand { flows, pedestrians })
}

fn vehicle(table: &Table<'_>) -> Option<VehicleType> {
    let class = table.choice("class", VehicleClass::ALL, Some(VehicleClass::Car));
    let length = table.number("length_m", LENGTHS);
    let min_gap = table.number("min_gap_m", GAPS);
    let max_speed = table.number("max_speed_m_s", SPEEDS);
    let acceleration = table.number("acceleration_m_s2", ACCELERATIONS);
    let deceleration = table.number("deceleration_m_s2", ACCELERATIONS);
    let headway_s = table.number("headway_s", HEADWAYS);
    Some(VehicleType {
        class: class?,
        length: Metres(length?),
        min_gap: Metres(min_gap?),
        max_speed: MetresPerSecond(max_speed?),
        acceleration: acceleration?,
        deceleration: deceleration?,
        headway_s: headway_s?,
    })
}

fn flow(table: &Table<'_>, network: &Network, vehicles: &Vehicles) -> Option<Vec<Flow>> {
    let vehicle = table.text("vehicle").and_then(|name| {
        let found = vehicles.get(&name);
        if found.is_none() {
            table.say("vehicle", format!("there is no vehicle {name:?}"));
        }
        found.copied().flatten()
    });
    let route = route(table, network);
    let slices: Vec<_> = table.items("slices").iter().map(slice).collect();
    if !table.has("slices") || slices.is_empty() {
        table.say("slices", "there must be a slice: without one, nobody drives");
    }
    let slices = slices.into_iter().collect::<Option<Vec<_>>>();
    let (vehicle, route) = (vehicle?, route?);
    let flow =
        |(start, end, interval)| Flow { route: route.clone(), start, end, interval, vehicle };
    Some(slices?.into_iter().map(flow).collect())
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
