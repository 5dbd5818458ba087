//! Reads counted volumes and how they turn.
//!
//! ```toml
//! [[counts]]
//! vehicles = [["saloon", 1]]
//! volumes = [["l_0_1_1_1", 0, 900, 120]]                     # link, from s, until s, vehicles
//! turns = [["l_0_1_1_1", "l_1_1_2_1", 0.8], ["l_0_1_1_1", "l_1_1_1_2", 0.2]]
//! turning = [["l_1_1_2_1", "l_2_1_3_1", 0, 900, 90]]         # from, to, from s, until s, vehicles
//! arrivals = "poisson"                                       # or even, as without it
//! links_max = 200                                            # of one trip; so without it
//! tolerance = 0.1                                            # see below; so without it
//! ```
//!
//! Each list may lie in a CSV file instead: `volumes_file`, `turns_file`, `turning_file`. A link has
//! either shares (`turns`) or counts of its movements (`turning`); one without either has only one
//! way on, or ends the trip. Nobody turns back unless it was counted. Where the vehicles counted into
//! a link and out of it differ by more than the tolerance, a note names the link.

use std::collections::{BTreeMap, BTreeSet};

use document::Table;
use network::{Network, Turn};
use units::{LinkId, Millis};

use super::rows::{Beside, List, Row};
use super::{SHARES_OFF_MAX, Vehicles, fleet, link, span};
use crate::demand::counts::{Counts, Onward, Volume};
use crate::demand::draw::{Arrivals, Weighted};

const VOLUMES: List =
    List { key: "volumes", file_key: "volumes_file", columns: &["link", "begin", "end", "count"] };
const TURNS: List =
    List { key: "turns", file_key: "turns_file", columns: &["from", "to", "share"] };
const TURNING: List = List {
    key: "turning",
    file_key: "turning_file",
    columns: &["from", "to", "begin", "end", "count"],
};

/// The most vehicles of one count.
const COUNT_MAX: f64 = 1e6;
/// Links of one trip: the most, and where the file does not say.
const LINKS_MAX: i64 = 2_000;
const LINKS_USUAL: i64 = 200;
/// How far apart a link's counts may be, as a share of the larger, where the file does not say.
const TOLERANCE_USUAL: f64 = 0.1;
/// So few vehicles in the mean are not worth a note.
const FEW: f64 = 0.5;

/// Movements of one link in one time, with what was counted.
type Counted = BTreeMap<(Millis, Millis), Vec<(f64, LinkId)>>;

/// One table of counts; what somebody has to judge goes to the notes.
pub(super) fn counts(
    table: &Table<'_>,
    network: &Network,
    vehicles: &Vehicles,
    beside: Beside<'_>,
    notes: &mut Vec<String>,
) -> Option<Counts> {
    let vehicles = fleet(table, vehicles, beside);
    let arrivals = table.choice("arrivals", Arrivals::ALL, Some(Arrivals::Even));
    let links_max = table.integer_or("links_max", 1..=LINKS_MAX, LINKS_USUAL);
    let links_max = links_max.and_then(|most| usize::try_from(most).ok());
    let tolerance = table.number_or("tolerance", 0.0..=1.0, TOLERANCE_USUAL);
    let volumes = volumes(table, network, beside);
    let shares = shares(table, network, beside);
    let counted = counted(table, network, beside);
    let (volumes, shares, counted) = (volumes?, shares?, counted?);
    agree(network, &volumes, &counted, tolerance?, notes);
    let mut given = BTreeMap::new();
    for (&from, all) in &shares {
        given.insert(from, onward(network, from, &Counted::new(), all));
    }
    for (&from, times) in &counted {
        if given.contains_key(&from) {
            let name = &network.link(from).name;
            table.say("turning", format!("link {name:?} has shares in turns as well"));
            return None;
        }
        let all: Vec<_> = times.values().flatten().copied().collect();
        given.insert(from, onward(network, from, times, &all));
    }
    let onward = reached(table, network, &volumes, &given)?;
    let (vehicles, arrivals) = (vehicles?, arrivals?);
    let counts = Counts { volumes, onward, vehicles, arrivals, links_max: links_max? };
    let cut = counts.cut();
    if cut > FEW {
        let (expected, links) = (counts.expected(), counts.links_max);
        notes.push(format!(
            "of {expected} counted vehicles {cut:.0} have not left after {links} links: their trips \
             end there"
        ));
    }
    Some(counts)
}

fn volumes(table: &Table<'_>, network: &Network, beside: Beside<'_>) -> Option<Vec<Volume>> {
    let rows = VOLUMES.rows(table, beside);
    if !VOLUMES.is_in(table) {
        table.say("volumes", "there must be volumes, or a volumes_file: else nobody drives");
    }
    let mut until: BTreeMap<LinkId, Millis> = BTreeMap::new();
    let mut one = |row: &Row<'_, '_>| {
        let (link, times) = (link(row, 0, network), span(row, 1));
        let count = row.number(3, 0.0..=COUNT_MAX);
        let (link, (start, end)) = (link?, times?);
        in_order(row, until.insert(link, end), start)?;
        Some(Volume { link, start, end, count: count? })
    };
    let all: Vec<_> = rows.iter().map(&mut one).collect();
    all.into_iter().collect()
}

/// Says so where a count begins before the one of the same link or movement above it has ended.
fn in_order(row: &Row<'_, '_>, before: Option<Millis>, start: Millis) -> Option<()> {
    if before.is_none_or(|before| before <= start) {
        return Some(());
    }
    row.say("it begins before the count above it ends that is of the same vehicles");
    None
}

fn movement(row: &Row<'_, '_>, network: &Network) -> Option<(LinkId, LinkId)> {
    let (from, to) = (link(row, 0, network), link(row, 1, network));
    let (from, to) = (from?, to?);
    if network.movement_between(from, to).is_none() {
        let [from, to] = [from, to].map(|link| &network.link(link).name);
        row.say(&format!("no movement leads from {from:?} to {to:?}"));
        return None;
    }
    Some((from, to))
}

fn shares(
    table: &Table<'_>,
    network: &Network,
    beside: Beside<'_>,
) -> Option<BTreeMap<LinkId, Vec<(f64, LinkId)>>> {
    let mut shares: BTreeMap<LinkId, Vec<(f64, LinkId)>> = BTreeMap::new();
    let mut sound = true;
    for row in TURNS.rows(table, beside) {
        let (movement, share) = (movement(&row, network), row.number(2, 0.0..=1.0));
        let (Some((from, to)), Some(share)) = (movement, share) else {
            sound = false;
            continue;
        };
        let all = shares.entry(from).or_default();
        if all.iter().any(|(_, known)| *known == to) {
            row.say("the movement is given twice");
            sound = false;
        }
        all.push((share, to));
    }
    if !sound {
        return None;
    }
    for (&from, all) in &shares {
        let sum: f64 = all.iter().map(|(share, _)| share).sum();
        if (sum - 1.0).abs() > SHARES_OFF_MAX {
            let name = &network.link(from).name;
            let key = if table.has("turns") { "turns" } else { "turns_file" };
            table.say(key, format!("the shares of link {name:?} sum to {sum:.3}, not to 1"));
            sound = false;
        }
    }
    sound.then_some(shares)
}

fn counted(
    table: &Table<'_>,
    network: &Network,
    beside: Beside<'_>,
) -> Option<BTreeMap<LinkId, Counted>> {
    let mut counted: BTreeMap<LinkId, Counted> = BTreeMap::new();
    let mut until: BTreeMap<(LinkId, LinkId), Millis> = BTreeMap::new();
    let mut sound = true;
    for row in TURNING.rows(table, beside) {
        let (movement, times) = (movement(&row, network), span(&row, 2));
        let count = row.number(4, 0.0..=COUNT_MAX);
        let (Some((from, to)), Some(times), Some(count)) = (movement, times, count) else {
            sound = false;
            continue;
        };
        let is_next = in_order(&row, until.insert((from, to), times.1), times.0).is_some();
        let of_link = counted.entry(from).or_default();
        let crosses =
            |known: &(Millis, Millis)| *known != times && known.0 < times.1 && times.0 < known.1;
        if is_next && of_link.keys().any(crosses) {
            row.say("another movement of the link was counted over other times");
            sound = false;
        }
        sound &= is_next;
        of_link.entry(times).or_default().push((count, to));
    }
    sound.then_some(counted)
}

/// Where the vehicles of a link go; none where nobody was counted.
fn onward(
    network: &Network,
    from: LinkId,
    times: &Counted,
    all: &[(f64, LinkId)],
) -> Option<Onward> {
    let timed = times.iter().filter_map(|(&(start, end), counted)| {
        Some((start, end, Weighted::new(counted.iter().copied())?))
    });
    let overall = Weighted::new(all.iter().copied())?;
    Some(Onward { free: network.free_flow(from), timed: timed.collect(), overall })
}

/// The links that vehicles reach and go on from; of each without a known way on, it is said.
fn reached(
    table: &Table<'_>,
    network: &Network,
    volumes: &[Volume],
    given: &BTreeMap<LinkId, Option<Onward>>,
) -> Option<BTreeMap<LinkId, Onward>> {
    let driven = volumes.iter().filter(|volume| volume.count > 0.0);
    let mut open: BTreeSet<LinkId> = driven.map(|volume| volume.link).collect();
    let mut found = BTreeMap::new();
    let (mut ended, mut sound) = (BTreeSet::new(), true);
    while let Some(link) = open.pop_first() {
        let name = &network.link(link).name;
        let movements = network.link_movements(link).iter().map(|&m| network.movement(m));
        let ways: Vec<_> = movements.filter(|m| m.turn != Turn::UTurn).map(|m| m.to).collect();
        let next = match (given.get(&link), &ways[..]) {
            (Some(Some(known)), _) => known.clone(),
            (Some(None), _) => {
                let reason = format!("vehicles reach link {name:?}, and none was counted there");
                table.say("turning", reason);
                sound = false;
                continue;
            }
            (None, []) => {
                ended.insert(link);
                continue;
            }
            (None, [only]) => onward(network, link, &Counted::new(), &[(1.0, *only)])?,
            (None, several) => {
                let names: Vec<_> = several.iter().map(|&to| &network.link(to).name[..]).collect();
                let what = format!("vehicles reach link {name:?}, and nothing says how they turn");
                table.say("", format!("{what} to {}", names.join(", ")));
                sound = false;
                continue;
            }
        };
        open.extend(
            next.overall
                .shares()
                .map(|(_, &to)| to)
                .filter(|to| !found.contains_key(to) && !ended.contains(to) && *to != link),
        );
        found.insert(link, next);
    }
    sound.then_some(found)
}

/// Notes each link where what was counted in and out differs by more than the tolerance. What comes
/// in is known where all links before it were counted, or none is before it.
fn agree(
    network: &Network,
    volumes: &[Volume],
    counted: &BTreeMap<LinkId, Counted>,
    tolerance: f64,
    notes: &mut Vec<String>,
) {
    let mut entering: BTreeMap<LinkId, f64> = BTreeMap::new();
    for volume in volumes {
        *entering.entry(volume.link).or_default() += volume.count;
    }
    let mut before: BTreeMap<LinkId, Vec<LinkId>> = BTreeMap::new();
    for movement in network.movements().iter().filter(|m| m.turn != Turn::UTurn) {
        before.entry(movement.to).or_default().push(movement.from);
    }
    let mut into: BTreeMap<LinkId, f64> = entering.clone();
    let counts = counted.values().flat_map(BTreeMap::values).flatten();
    counts.for_each(|&(count, to)| *into.entry(to).or_default() += count);
    for (&link, times) in counted {
        if !before.get(&link).into_iter().flatten().all(|from| counted.contains_key(from)) {
            continue;
        }
        let out: f64 = times.values().flatten().map(|(count, _)| count).sum();
        let into = into.get(&link).copied().unwrap_or(0.0);
        let (apart, larger) = ((out - into).abs(), out.max(into));
        if apart > tolerance * larger {
            let name = &network.link(link).name;
            let percent = 100.0 * apart / larger;
            notes.push(format!(
                "the counts of link {name:?} do not agree: {into} vehicles in, {out} out, \
                 {percent:.0} % apart"
            ));
        }
    }
}
