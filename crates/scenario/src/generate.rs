//! Streets from a seed: an arterial and a district, with demand that rises and falls.

use network::{Connection, LaneSpec, Network, Point, Turn};
use units::{JunctionId, LinkId, Metres, MetresPerSecond, Millis};

use crate::demand::{Demand, Flow, VehicleClass, VehicleType};
use crate::random::Random;
use crate::site::Site;
use crate::template::{self, Draft, SiteOptions};

const SPEED: MetresPerSecond = MetresPerSecond(13.9);
const LANE: LaneSpec = LaneSpec { width: Metres(3.5), speed: SPEED };
/// Lanes of every link: left, straight, right.
const LANES: usize = 3;
/// The demand's slices: how long in seconds, and what share of the peak.
const SLICES: [(i64, f64); 4] = [(900, 0.5), (900, 1.0), (900, 0.7), (900, 0.4)];
/// To so many exits vehicles go from one entry; where there are more, to some.
const EXITS: u64 = 20;
/// The time from bus to bus on ways that cross the whole grid, all the time.
const BUS_INTERVAL: Millis = Millis::from_secs(300);

/// Vehicles an hour of one way at the peak: the least, and how much more it may be.
#[derive(Clone, Copy)]
struct Volumes {
    /// From the west end to the east end of one street, or back.
    along: (u64, u64),
    /// From north to south, or back.
    across: (u64, u64),
    /// Every other way.
    other: (u64, u64),
}

/// An arterial of `junctions` in a row with a cross street at each; a third of its demand or more is
/// along all of it.
#[must_use]
pub fn arterial(seed: u64, junctions: usize) -> (Site, Demand) {
    let volumes = Volumes { along: (350, 200), across: (150, 100), other: (2, 4) };
    grid(seed, junctions, 1, "Arterial", volumes)
}

/// A district of `columns` by `rows` junctions.
#[must_use]
pub fn district(seed: u64, columns: usize, rows: usize) -> (Site, Demand) {
    let volumes = Volumes { along: (150, 150), across: (150, 150), other: (10, 25) };
    grid(seed, columns, rows, "District", volumes)
}

fn grid(seed: u64, columns: usize, rows: usize, name: &str, volumes: Volumes) -> (Site, Demand) {
    let mut random = Random::new(seed);
    let (network, entries, exits) = roads(&mut random, columns, rows);
    let demand = demand(&mut random, &network, &entries, &exits, volumes);
    let drafts: Vec<Draft> = network
        .junctions()
        .iter()
        .enumerate()
        .filter(|(_, junction)| junction.signalised)
        .map(|(index, _)| {
            let junction = JunctionId::from_index(index);
            let movements = template::signalled(&network, junction);
            Draft { junction, movements, stages: Vec::new(), width: Metres(24.0) }
        })
        .collect();
    let options = SiteOptions {
        name: format!("{name} {columns} by {rows}, seed {seed}"),
        ..SiteOptions::default()
    };
    let site = template::site(network, &drafts, &demand, &options)
        .expect("a generated crossroads is sound: a test makes many");
    (site, demand)
}

/// Junctions on a grid, its border being where traffic comes from and goes to.
fn roads(random: &mut Random, columns: usize, rows: usize) -> (Network, Vec<LinkId>, Vec<LinkId>) {
    let mut axis = |count: usize| {
        let mut at = vec![0.0];
        for _ in 0..=count {
            let gap = 250.0 + 50.0 * f64::from(u32::try_from(random.below(6)).unwrap_or(0));
            at.push(at.last().copied().unwrap_or(0.0) + gap);
        }
        at
    };
    let (xs, ys) = (axis(columns), axis(rows));
    let mut builder = Network::builder();
    let mut ids = std::collections::BTreeMap::new();
    let inside = |x: usize, y: usize| (1..=columns).contains(&x) && (1..=rows).contains(&y);
    for (x, &east) in xs.iter().enumerate() {
        for (y, &north) in ys.iter().enumerate() {
            let corner = [0, columns + 1].contains(&x) && [0, rows + 1].contains(&y);
            if !corner {
                let point = Point { x: east, y: north };
                let id = builder.junction(&format!("j_{x}_{y}"), point, inside(x, y));
                ids.insert((x, y), id);
            }
        }
    }
    let mut links = std::collections::BTreeMap::new();
    let (mut entries, mut exits) = (Vec::new(), Vec::new());
    for (&(x, y), &from) in &ids {
        for (dx, dy) in [(1_i64, 0_i64), (0, 1), (-1, 0), (0, -1)] {
            let next = (x.checked_add_signed(dx as isize), y.checked_add_signed(dy as isize));
            let (Some(nx), Some(ny)) = next else { continue };
            let Some(&to) = ids.get(&(nx, ny)) else {
                continue;
            };
            if !inside(x, y) && !inside(nx, ny) {
                continue;
            }
            let (a, b) = (Point { x: xs[x], y: ys[y] }, Point { x: xs[nx], y: ys[ny] });
            let name = format!("l_{x}_{y}_{nx}_{ny}");
            let length = Metres(a.distance(b) - 24.0);
            let id = builder.link(&name, from, to, length, &[LANE; LANES], vec![a, b]);
            links.insert(((x, y), (nx, ny)), id);
            if !inside(x, y) {
                entries.push(id);
            }
            if !inside(nx, ny) {
                exits.push(id);
            }
        }
    }
    movements(&mut builder, &ids, &links);
    let network = builder.build().expect("a generated grid is sound: a test makes many");
    (network, entries, exits)
}

type Place = (usize, usize);

/// Every way from a link to the links that begin where it ends, but back.
fn movements(
    builder: &mut network::Builder,
    ids: &std::collections::BTreeMap<Place, JunctionId>,
    links: &std::collections::BTreeMap<(Place, Place), LinkId>,
) {
    for (&(from, at), &link) in links {
        for (&(_, to), &next) in links.range((at, (0, 0))..=(at, (usize::MAX, usize::MAX))) {
            if to == from {
                continue;
            }
            let turn = turn(from, at, to);
            builder.movement(ids[&at], link, next, turn, connections(turn));
        }
    }
}

fn turn(from: Place, at: Place, to: Place) -> Turn {
    let step = |a: Place, b: Place| {
        let part = |a: usize, b: usize| (b as i64 - a as i64).signum();
        (part(a.0, b.0), part(a.1, b.1))
    };
    let (before, after) = (step(from, at), step(at, to));
    match before.0 * after.1 - before.1 * after.0 {
        0 => Turn::Straight,
        1 => Turn::Left,
        _ => Turn::Right,
    }
}

fn connections(turn: Turn) -> Vec<Connection> {
    let (lane, length) = match turn {
        Turn::Left | Turn::UTurn => (0, 28.0),
        Turn::Straight => (1, 24.0),
        Turn::Right => (2, 12.0),
    };
    let to = |to_lane| Connection { from_lane: lane, to_lane, length: Metres(length), speed: None };
    (0..u8::try_from(LANES).unwrap_or(1)).map(to).collect()
}

fn demand(
    random: &mut Random,
    network: &Network,
    entries: &[LinkId],
    exits: &[LinkId],
    volumes: Volumes,
) -> Demand {
    let car = VehicleType { max_speed: SPEED, ..VehicleType::default() };
    let mut flows = Vec::new();
    for &entry in entries {
        let ways = network.ways(entry);
        for &exit in exits {
            if network.link(entry).from == network.link(exit).to {
                continue;
            }
            let heading = heading(network, entry, exit);
            // A large grid must not get more from each entry than a small one.
            let exits = exits.len() as u64;
            if heading.is_none() && exits > EXITS && random.below(exits) >= EXITS {
                continue;
            }
            let Some(route) = ways.to(exit) else {
                continue;
            };
            let (least, more) = match heading {
                Some(Heading::Along) => volumes.along,
                Some(Heading::Across) => volumes.across,
                None => volumes.other,
            };
            let peak = f64::from(u32::try_from(least + random.below(more)).unwrap_or(u32::MAX));
            let mut begin = 0;
            for (length, share) in SLICES {
                // To a tenth of a second, so that the file stays short.
                let interval = Millis((36_000.0 / (peak * share)).round() as i64 * 100);
                // Not all begin in one moment.
                let late = below(random, interval.min(Millis::from_secs(length)));
                flows.push(Flow {
                    route: route.clone(),
                    start: Millis::from_secs(begin) + late,
                    end: Millis::from_secs(begin + length - 1),
                    interval,
                    vehicle: car,
                    ..Flow::default()
                });
                begin += length;
            }
            if heading.is_some() {
                let start = below(random, BUS_INTERVAL);
                let end = Millis::from_secs(begin - 1);
                flows.push(Flow {
                    route,
                    start,
                    end,
                    interval: BUS_INTERVAL,
                    vehicle: bus(),
                    ..Flow::default()
                });
            }
        }
    }
    Demand { flows, ..Demand::default() }
}

/// Whole seconds below `limit`.
fn below(random: &mut Random, limit: Millis) -> Millis {
    let below = random.below(u64::try_from(limit.0 / 1_000).unwrap_or(1).max(1));
    Millis::from_secs(i64::try_from(below).unwrap_or(0))
}

fn bus() -> VehicleType {
    VehicleType {
        class: VehicleClass::Bus,
        length: Metres(12.0),
        max_speed: SPEED,
        acceleration: 1.2,
        ..VehicleType::default()
    }
}

/// A way from one end of a street to the other.
#[derive(Clone, Copy)]
enum Heading {
    Along,
    Across,
}

fn heading(network: &Network, entry: LinkId, exit: LinkId) -> Option<Heading> {
    let (begin, end) = (network.link(entry), network.link(exit));
    let place = |junction: JunctionId| network.junction(junction).position;
    let (from, into) = (place(begin.from), place(begin.to));
    let (out, to) = (place(end.from), place(end.to));
    let same = |a: f64, b: f64| (a - b).abs() < 1.0;
    let is_along = [from, into, out, to].windows(2).all(|pair| same(pair[0].y, pair[1].y));
    let is_across = [from, into, out, to].windows(2).all(|pair| same(pair[0].x, pair[1].x));
    match (is_along, is_across) {
        (true, _) => Some(Heading::Along),
        (_, true) => Some(Heading::Across),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_seeds_make_sound_streets_that_survive_their_file() {
        for seed in 0..8 {
            for (site, demand) in [arterial(seed, 8), district(seed, 4, 3)] {
                assert!(demand.vehicles() > 2_000, "{}", demand.vehicles());
                rises_and_falls(&demand);
                let text = crate::write_site(&site);
                let read = Site::parse(&text).unwrap_or_else(|all| panic!("{seed}: {all:?}"));
                assert_eq!(read.signals, site.signals);
                assert_eq!(read.detectors, site.detectors);
                assert_eq!((read.lines, read.devices), (site.lines, site.devices));
                assert_eq!(read.network.links(), site.network.links());
                assert_eq!(read.network.movements(), site.network.movements());
            }
        }
    }

    /// In the second quarter of an hour comes most, in the last one least.
    fn rises_and_falls(demand: &Demand) {
        let mut quarters = [0_usize; 4];
        for due in demand.flows.iter().flat_map(Flow::departures) {
            quarters[usize::try_from(due.0 / 900_000).expect("in the hour")] += 1;
        }
        assert!(quarters[1] > quarters[2] && quarters[2] > quarters[0], "{quarters:?}");
        assert!(quarters[0] > quarters[3], "{quarters:?}");
    }

    #[test]
    fn a_crossroads_has_its_eight_stages() {
        let (site, _) = arterial(1, 2);
        assert_eq!(site.signals[0].layout.groups().len(), 8);
        assert_eq!(site.signals[0].layout.stages().len(), 8);
    }

    #[test]
    fn the_same_seed_makes_the_same_street() {
        let (a, b) = (district(3, 4, 3), district(3, 4, 3));
        assert_eq!(crate::write_site(&a.0), crate::write_site(&b.0));
        assert_eq!(a.1, b.1);
    }
}
