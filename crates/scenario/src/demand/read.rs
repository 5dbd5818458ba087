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
//! ```

use std::collections::BTreeMap;

use document::{Document, Item, Problem, Table};
use network::Network;
use units::{LinkId, Metres, MetresPerSecond, Millis};

use super::{
    ACCELERATIONS, DEVIATIONS, Demand, Departure, ENTRY_SPEEDS, EntryLane, EntrySpeed, FACTORS,
    FAR_S, Flow, GAPS, HEADWAYS, INTERVAL_MIN_S, LENGTHS, OUTERMOST, POSITIONS, SHARES, SPEEDS,
    SpeedFactor, VehicleClass, VehicleType,
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
    version?;
    sound.then_some(Demand { flows })
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

fn flow(table: &Table<'_>, network: &Network, vehicles: &Vehicles) -> Option<Vec<Flow>> {
    let vehicle = table.text("vehicle").and_then(|name| {
        let found = vehicles.get(&name);
        if found.is_none() {
            table.say("vehicle", format!("there is no vehicle {name:?}"));
        }
        found.copied().flatten()
    });
    let route = route(table, network);
    let departure = departure(table);
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
    Some(slices?.into_iter().map(flow).collect())
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
