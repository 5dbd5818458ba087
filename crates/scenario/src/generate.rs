//! Streets from a seed: an arterial and a district, with demand that rises and falls.

use network::{Connection, LaneSpec, Network, Point, Turn};
use units::{JunctionId, LinkId, Metres, MetresPerSecond, Millis};

use crate::demand::{Demand, Flow, VehicleType};
use crate::random::Random;
use crate::site::Site;
use crate::template::{self, Draft, SiteOptions};

const SPEED: MetresPerSecond = MetresPerSecond(13.9);
const LANE: LaneSpec = LaneSpec { width: Metres(3.5), speed: SPEED };
/// Lanes of every link: left, straight, right.
const LANES: usize = 3;
/// The demand's slices: how long, and what share of the peak.
const SLICES: [(i64, f64); 4] = [(900, 0.5), (900, 1.0), (900, 0.7), (900, 0.4)];

/// An arterial of `junctions` in a row with a cross street at each; its demand is mostly along it.
#[must_use]
pub fn arterial(seed: u64, junctions: usize) -> (Site, Demand) {
    grid(seed, junctions, 1, "Arterial", 40)
}

/// A district of `columns` by `rows` junctions.
#[must_use]
pub fn district(seed: u64, columns: usize, rows: usize) -> (Site, Demand) {
    grid(seed, columns, rows, "District", 12)
}

/// `along`: the weight of ways that end opposite to where they begin, others weigh 1 each.
fn grid(seed: u64, columns: usize, rows: usize, name: &str, along: u64) -> (Site, Demand) {
    let mut random = Random::new(seed);
    let (network, entries, exits) = roads(&mut random, columns, rows);
    let demand = demand(&mut random, &network, &entries, &exits, along);
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
    let to = |to_lane| Connection { from_lane: lane, to_lane, length: Metres(length) };
    (0..u8::try_from(LANES).unwrap_or(1)).map(to).collect()
}

fn demand(
    random: &mut Random,
    network: &Network,
    entries: &[LinkId],
    exits: &[LinkId],
    along: u64,
) -> Demand {
    let mut flows = Vec::new();
    for &entry in entries {
        for &exit in exits {
            let (from, to) = (network.link(entry), network.link(exit));
            if from.from == to.to {
                continue;
            }
            let Some(route) = network.route(entry, exit) else {
                continue;
            };
            let (a, b) = (network.junction(from.from).position, network.junction(to.to).position);
            let opposite = (a.x - b.x).abs() < 1.0 || (a.y - b.y).abs() < 1.0;
            let weight = if opposite { along + random.below(along) } else { 1 + random.below(3) };
            let per_hour = f64::from(u32::try_from(weight).unwrap_or(1)) * 9.0;
            let mut begin = 0;
            for (length, share) in SLICES {
                let interval = Millis::from_secs_f64(3_600.0 / (per_hour * share));
                let late = Millis(i64::try_from(random.below(60_000)).unwrap_or(0));
                flows.push(Flow {
                    route: route.clone(),
                    start: Millis::from_secs(begin) + late,
                    end: Millis::from_secs(begin + length) - Millis(1),
                    interval,
                    vehicle: VehicleType { max_speed: SPEED, ..VehicleType::default() },
                });
                begin += length;
            }
        }
    }
    Demand { flows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_seeds_make_sound_streets_that_survive_their_file() {
        for seed in 0..8 {
            for (site, demand) in [arterial(seed, 8), district(seed, 4, 3)] {
                assert!(demand.vehicles() > 500, "{}", demand.vehicles());
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
