//! Reads zones and matrices.
//!
//! ```toml
//! [[zone]]
//! name = "north"
//! entries = [["l_1_3_1_2", 2], ["l_2_3_2_2", 1]] # links and their weights
//! exits = [["l_1_2_1_3", 1]]
//!
//! [[matrix]]
//! trips = [["north", "south", 300]]              # vehicles an hour; or trips_file = "trips.csv"
//! profile = [[0, 1800, 0.5], [1800, 3600, 1]]    # from s, until s, factor
//! vehicles = [["saloon", 0.9], ["lorry", 0.1]]   # shares; they sum to 1
//! arrivals = "poisson"                           # or even, as without it
//! alternatives = 3                               # ways between two links at most; so without it
//! ```

use std::collections::{BTreeMap, BTreeSet};

use document::Table;
use network::Network;
use units::mixing::digest_of;
use units::{LinkId, Millis};

use super::rows::{Beside, List, Row};
use super::{Vehicles, fleet, span};
use crate::demand::draw::{Arrivals, Weighted};
use crate::demand::matrix::{Matrix, Pair, Step};
use crate::demand::ways::Alternatives;

const TRIPS: List =
    List { key: "trips", file_key: "trips_file", columns: &["from", "to", "trips"] };
const PROFILE: List = List { key: "profile", file_key: "", columns: &["begin", "end", "factor"] };
const ENTRIES: List = List { key: "entries", file_key: "", columns: &["link", "weight"] };
const EXITS: List = List { key: "exits", file_key: "", columns: &["link", "weight"] };

/// The most trips of one pair, an hour: 50 lanes full.
const PER_HOUR_MAX: f64 = 100_000.0;
/// The most that a step of the profile may multiply by.
const FACTOR_MAX: f64 = 100.0;
/// The largest weight of an entry or exit.
const WEIGHT_MAX: f64 = 1e6;
/// The most entries or exits of a zone: each pair of them has its ways.
const ENDS_MAX: usize = 16;
/// The most ways between two links.
const ALTERNATIVES_MAX: i64 = 8;
/// Ways between two links where the file does not say.
const ALTERNATIVES_USUAL: i64 = 3;

/// Where trips begin and end: links with their weights.
pub(super) struct Zone {
    entries: Vec<(LinkId, f64)>,
    exits: Vec<(LinkId, f64)>,
}

/// Zones by their names; none for one that is there but could not be read.
pub(super) type Zones = BTreeMap<String, Option<Zone>>;

pub(super) fn zones(root: &Table<'_>, network: &Network, beside: Beside<'_>) -> Zones {
    let mut zones = Zones::new();
    for table in root.tables("zone") {
        let name = table.text("name");
        let entries = ends(&table, &ENTRIES, network, beside);
        let exits = ends(&table, &EXITS, network, beside);
        if entries.as_ref().is_some_and(Vec::is_empty) && exits.as_ref().is_some_and(Vec::is_empty)
        {
            table.say("", "there must be an entry or an exit");
        }
        let zone = entries.zip(exits).map(|(entries, exits)| Zone { entries, exits });
        if let Some(name) = name
            && zones.insert(name.clone(), zone).is_some()
        {
            table.say("name", format!("the name {name:?} is given twice"));
        }
    }
    zones
}

fn ends(
    table: &Table<'_>,
    list: &List,
    network: &Network,
    beside: Beside<'_>,
) -> Option<Vec<(LinkId, f64)>> {
    let rows = list.rows(table, beside);
    if rows.len() > ENDS_MAX {
        table.say(list.key, format!("{} links: the most is {ENDS_MAX}", rows.len()));
        return None;
    }
    let mut known = BTreeSet::new();
    let mut end = |row: &Row<'_, '_>| {
        let (link, weight) = (super::link(row, 0, network), row.number(1, 0.0..=WEIGHT_MAX));
        let link = link?;
        if !known.insert(link) {
            row.say_at(0, "the link is given twice");
            return None;
        }
        Some((link, weight?))
    };
    let ends: Vec<_> = rows.iter().map(&mut end).collect();
    let ends: Vec<_> = ends.into_iter().collect::<Option<_>>()?;
    if !ends.is_empty() && ends.iter().all(|(_, weight)| *weight <= 0.0) {
        table.say(list.key, "no weight is above 0");
        return None;
    }
    Some(ends)
}

/// A trip's row whose zones are there.
struct Trips<'z> {
    row: usize,
    from: (&'z str, &'z Zone),
    to: (&'z str, &'z Zone),
    per_hour: f64,
}

/// One matrix; what is left out goes to the notes.
pub(super) fn matrix(
    table: &Table<'_>,
    network: &Network,
    vehicles: &Vehicles,
    zones: &Zones,
    beside: Beside<'_>,
    notes: &mut Vec<String>,
) -> Option<Matrix> {
    let profile = profile(table, beside);
    let vehicles = fleet(table, vehicles, beside);
    let arrivals = table.choice("arrivals", Arrivals::ALL, Some(Arrivals::Even));
    let alternatives = table.integer_or("alternatives", 1..=ALTERNATIVES_MAX, ALTERNATIVES_USUAL);
    let alternatives = alternatives.and_then(|count| usize::try_from(count).ok());
    let rows = TRIPS.rows(table, beside);
    if !TRIPS.is_in(table) {
        table.say("trips", "there must be trips, or a trips_file");
    }
    let mut known = BTreeSet::new();
    let mut all: Vec<Trips<'_>> = Vec::new();
    let mut sound = true;
    for (number, row) in rows.iter().enumerate() {
        match trips(row, number, zones, &mut known) {
            Some(trips) => all.push(trips),
            None => sound = false,
        }
    }
    let within: Vec<_> = all.iter().filter(|trips| trips.from.0 == trips.to.0).collect();
    let left_out: f64 = within.iter().map(|trips| trips.per_hour).sum();
    if left_out > 0.0 {
        notes.push(format!("left out: {left_out} trips an hour that stay within their zone"));
    }
    all.retain(|trips| trips.per_hour > 0.0 && trips.from.0 != trips.to.0);
    // By origin, so that the searches from one are made once and kept no longer than needed.
    all.sort_by(|a, b| (a.from.0, a.to.0).cmp(&(b.from.0, b.to.0)));
    let mut pairs = Vec::new();
    for same in all.chunk_by(|a, b| a.from.0 == b.from.0) {
        let found = from_one_zone(same, network, alternatives?, &rows, notes);
        sound &= found.len() == same.len();
        pairs.extend(found);
    }
    let matrix = Matrix { pairs, profile: profile?, vehicles: vehicles?, arrivals: arrivals? };
    sound.then_some(matrix)
}

fn trips<'z>(
    row: &Row<'_, '_>,
    number: usize,
    zones: &'z Zones,
    known: &mut BTreeSet<(&'z str, &'z str)>,
) -> Option<Trips<'z>> {
    let zone = |column: usize| {
        let name = row.text(column)?;
        let found = zones.get_key_value(&name);
        if found.is_none() {
            row.say_at(column, &format!("there is no zone {name:?}"));
        }
        found
    };
    let (from, to) = (zone(0), zone(1));
    let per_hour = row.number(2, 0.0..=PER_HOUR_MAX);
    let (from, to) = (from?, to?);
    if !known.insert((from.0.as_str(), to.0.as_str())) {
        row.say("the pair is given twice");
        return None;
    }
    // A zone that could not be read has said so.
    let (from, to) = ((from.0.as_str(), from.1.as_ref()?), (to.0.as_str(), to.1.as_ref()?));
    Some(Trips { row: number, from, to, per_hour: per_hour? })
}

/// The pairs of one origin that can be driven; of every other, it is said.
fn from_one_zone(
    all: &[Trips<'_>],
    network: &Network,
    alternatives: usize,
    rows: &[Row<'_, '_>],
    notes: &mut Vec<String>,
) -> Vec<Pair> {
    let Some(first) = all.first() else {
        return Vec::new();
    };
    let driven = |ends: &[(LinkId, f64)]| -> Vec<(LinkId, f64)> {
        ends.iter().copied().filter(|(_, weight)| *weight > 0.0).collect()
    };
    let searches: Vec<_> = driven(&first.from.1.entries)
        .into_iter()
        .map(|(entry, weight)| (weight, Alternatives::from(network, entry, alternatives)))
        .collect();
    let pair = |trips: &Trips<'_>| {
        let (mut ways, mut blocked) = (Vec::new(), 0);
        for (entry_weight, search) in &searches {
            for (exit, exit_weight) in driven(&trips.to.1.exits) {
                let found = search.to(network, exit);
                blocked += usize::from(found.is_empty());
                let weight = entry_weight * exit_weight;
                ways.extend(found.into_iter().map(|(share, way)| (share * weight, way)));
            }
        }
        let (from, to, per_hour) = (trips.from.0, trips.to.0, trips.per_hour);
        let Some(ways) = Weighted::new(ways) else {
            rows[trips.row].say(&format!(
                "nothing leads from {from:?} to {to:?}: {per_hour} trips an hour would be lost"
            ));
            return None;
        };
        if blocked > 0 {
            let what = format!("from {from:?} to {to:?}, {blocked} of an entry and an exit each");
            notes.push(format!("not driven, since nothing leads there: {what}"));
        }
        Some(Pair { key: digest_of(&format!("{from}\0{to}")), per_hour, ways })
    };
    all.iter().filter_map(pair).collect()
}

fn profile(table: &Table<'_>, beside: Beside<'_>) -> Option<Vec<Step>> {
    let rows = PROFILE.rows(table, beside);
    if table.items("profile").is_empty() {
        table.say("profile", "there must be a step: without one, nobody drives");
        return None;
    }
    let (mut steps, mut sound) = (Vec::new(), true);
    let mut after = Millis::ZERO;
    for row in &rows {
        let (times, factor) = (span(row, 0), row.number(2, 0.0..=FACTOR_MAX));
        let (Some((start, end)), Some(factor)) = (times, factor) else {
            sound = false;
            continue;
        };
        if start < after {
            row.say("it begins before the one above it ends");
            sound = false;
        }
        after = end;
        steps.push(Step { start, end, factor });
    }
    sound.then_some(steps)
}
