//! Junctions, links and movements of a site file.

use std::collections::BTreeMap;

use document::{Item, Table};
use network::{Connection, LaneSpec, Network, Point, RightOfWay, Turn};
use units::{JunctionId, LinkId, Metres, MetresPerSecond, MovementId};

use super::{FAR, all, known_as};

pub(super) fn roads(root: &Table<'_>) -> Option<Network> {
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
    movements(root, &mut builder, &links, &ends);
    match builder.build() {
        Ok(network) => Some(network),
        Err(problems) => {
            problems.iter().for_each(|problem| root.say("link", problem.to_string()));
            None
        }
    }
}

/// Adds the movements; `ends` holds for each link the junction that it ends at.
fn movements(
    root: &Table<'_>,
    builder: &mut network::Builder,
    links: &BTreeMap<String, usize>,
    ends: &[JunctionId],
) {
    let mut rules = Vec::new();
    let mut movements = BTreeMap::new();
    for table in root.tables("movement") {
        let from = known_as(&table, "from", "link", links).map(LinkId::from_index);
        let to = known_as(&table, "to", "link", links).map(LinkId::from_index);
        let turns = ["straight", "left", "right", "u-turn"]
            .map(|name| (name, Turn::named(name).expect("the name of a turn")));
        let turn = table.choice("turn", &turns, None);
        let lanes = all(table.items("lanes").iter().map(connection));
        let rule = rule(&table, links);
        let (Some(from), Some(to), Some(turn), Some(lanes)) = (from, to, turn, lanes) else {
            continue;
        };
        let id = builder.movement(ends[from.index()], from, to, turn, lanes);
        movements.insert((from, to), id);
        rules.extend(rule.map(|(pairs, stops)| (table, id, pairs, stops)));
    }
    for (table, id, pairs, stops) in rules {
        if let Some(others) = others(&table, &pairs, &movements) {
            let rule =
                if stops { RightOfWay::StopsFor(others) } else { RightOfWay::GivesWayTo(others) };
            builder.right_of_way(id, rule);
        }
    }
}

/// Whom a movement gives way to, where the file says so: pairs of links, and whether it stops first.
fn rule(
    table: &Table<'_>,
    links: &BTreeMap<String, usize>,
) -> Option<(Vec<(LinkId, LinkId)>, bool)> {
    let kinds = ["gives_way_to", "stops_for"].map(|key| table.has(key));
    let (key, stops) = match kinds {
        [false, false] => return None,
        [true, true] => {
            table.say("stops_for", "gives_way_to is there too: there can be one of them");
            return None;
        }
        [true, false] => ("gives_way_to", false),
        [false, true] => ("stops_for", true),
    };
    let pair = |item: &Item<'_>| {
        let names: Vec<_> = item.items().iter().map(Item::text).collect();
        let [Some(from), Some(to)] = &names[..] else {
            item.say("it is not a pair of links");
            return None;
        };
        let link = |name: &String| {
            let found = links.get(name).copied().map(LinkId::from_index);
            if found.is_none() {
                item.say(format!("there is no link {name:?}"));
            }
            found
        };
        let (from, to) = (link(from), link(to));
        Some((from?, to?))
    };
    Some((all(table.items(key).iter().map(pair))?, stops))
}

fn others(
    table: &Table<'_>,
    pairs: &[(LinkId, LinkId)],
    movements: &BTreeMap<(LinkId, LinkId), MovementId>,
) -> Option<Vec<MovementId>> {
    let other = |pair: &(LinkId, LinkId)| {
        let found = movements.get(pair).copied();
        if found.is_none() {
            table.say("from", "it gives way to a movement that is not there");
        }
        found
    };
    all(pairs.iter().map(other))
}

fn connection(item: &Item<'_>) -> Option<Connection> {
    let items = item.items();
    let ([from, to, length], speed) = match &items[..] {
        [from, to, length] => ([from, to, length], None),
        [from, to, length, speed] => ([from, to, length], Some(speed)),
        _ => {
            item.say("it is not a lane, a lane, a length, and perhaps a speed");
            return None;
        }
    };
    let lane = |item: &Item<'_>| item.integer(0..=15).and_then(|n| u8::try_from(n).ok());
    let (from, to, length) = (lane(from), lane(to), length.number(0.0..=FAR));
    let speed = match speed {
        Some(item) => Some(MetresPerSecond(item.number(0.1..=100.0)?)),
        None => None,
    };
    Some(Connection { from_lane: from?, to_lane: to?, length: Metres(length?), speed })
}
