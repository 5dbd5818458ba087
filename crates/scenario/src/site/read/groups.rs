//! Signal groups of a site file, with the times that the formulas of [`signal::timing`] give where
//! the file leaves them out.

use document::{Item, Table};
use network::Network;
use signal::{Group, GroupKind, timing};
use units::{Metres, MetresPerSecond, Millis, MovementId};

use super::{all, seconds};

/// The longest way across a junction, and the speeds of approaches: beyond them it is a slip of the
/// hand.
const CROSSING_M: std::ops::RangeInclusive<f64> = 0.1..=200.0;
const SPEED_MPS: std::ops::RangeInclusive<f64> = 0.5..=60.0;
const GRADE: std::ops::RangeInclusive<f64> = -0.2..=0.2;

/// A group and the movements that it rules.
pub(super) fn group(table: &Table<'_>, network: &Network) -> Option<(Group, Vec<MovementId>)> {
    let name = table.text("name");
    let kinds = [("vehicle", GroupKind::Vehicle), ("pedestrian", GroupKind::Pedestrian)];
    let kind = table.choice("kind", &kinds, Some(GroupKind::Vehicle));
    let ruled = all(table.items("movements").iter().map(|item| movement(item, network)));
    let max_red = seconds(table, "max_red_s");
    let [min_green, max_green, closing, all_red] = match kind? {
        GroupKind::Vehicle => vehicle(table, network, ruled.as_deref().unwrap_or_default()),
        GroupKind::Pedestrian => pedestrian(table),
    };
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

fn movement(item: &Item<'_>, network: &Network) -> Option<MovementId> {
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
}

/// Minimum and maximum green, yellow, all-red. Where yellow or all-red is left out, the approach
/// speed is the fastest link's for the one and the slowest link's for the other, and the way across
/// is the longest of the movements', unless the file says otherwise.
fn vehicle(table: &Table<'_>, network: &Network, ruled: &[MovementId]) -> [Option<Millis>; 4] {
    let green = ["min_green_s", "max_green_s"].map(|key| seconds(table, key));
    let speed = given(table, "approach_speed_mps", SPEED_MPS);
    let grade = table.number_or("grade", GRADE, 0.0);
    let width = given(table, "crossing_m", CROSSING_M);
    let speeds = || ruled.iter().map(|&m| network.link(network.movement(m).from).speed.0);
    let ways = ruled.iter().flat_map(|&m| &network.movement(m).connections);
    let way = ways.map(|c| c.length.0).reduce(f64::max).filter(|&length| length > 0.0);
    let fastest = speed.or_else(|| speeds().reduce(f64::max)).map(MetresPerSecond);
    let slowest = speed.or_else(|| speeds().reduce(f64::min)).map(MetresPerSecond);
    let yellow = || Some(timing::yellow(fastest?, grade?));
    let closing = or_found(table, "closing_s", yellow, "approach_speed_mps");
    let cleared = || Some(timing::all_red(Metres(width.or(way)?), slowest?));
    let all_red = or_found(table, "all_red_s", cleared, "approach_speed_mps and crossing_m");
    [green[0], green[1], closing, all_red]
}

/// Walk, longest walk, clearance, and the time after it.
fn pedestrian(table: &Table<'_>) -> [Option<Millis>; 4] {
    let walk = or_found(table, "walk_s", || Some(timing::WALK_MIN), "");
    let longest = or_found(table, "max_green_s", || walk, "walk_s");
    let crossing = given(table, "crossing_m", CROSSING_M).map(Metres);
    let cleared = || crossing.map(timing::pedestrian_clearance);
    let clearance = or_found(table, "clearance_s", cleared, "crossing_m");
    let buffer = or_found(table, "all_red_s", || Some(timing::PEDESTRIAN_BUFFER), "");
    [walk, longest, clearance, buffer]
}

fn given(
    table: &Table<'_>,
    key: &'static str,
    range: std::ops::RangeInclusive<f64>,
) -> Option<f64> {
    if table.has(key) { table.number(key, range) } else { None }
}

/// The time of `key`, or what is found without it by means of `others`.
fn or_found(
    table: &Table<'_>,
    key: &'static str,
    found: impl Fn() -> Option<Millis>,
    others: &str,
) -> Option<Millis> {
    if table.has(key) {
        return seconds(table, key);
    }
    let found = found();
    if found.is_none() {
        table.say(key, format!("it is missing, and without {others} it cannot be found"));
    }
    found
}
