//! Whether the way through a section is the only one, and no shorter than it was surveyed.

use network::{Network, Turn};
use units::{LinkId, Metres};

use crate::quantities::Millimetres;

/// A camera's place on the network.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OnNetwork {
    /// The road it is over.
    pub link: LinkId,
    /// How far from its begin.
    pub at: Metres,
}

/// Why a section cannot be measured between two places.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum WayProblem {
    /// No way leads there.
    #[error("no way leads from the entry to the exit")]
    NoWay,
    /// There is another way: the name of the junction where the ways part.
    #[error("ways part at junction {0}")]
    Several(String),
    /// The network's way is shorter than the surveyed one: somebody drives less than is counted.
    #[error("the way on the network is {0:.1} m, shorter than the surveyed {1}")]
    Shorter(f64, Millimetres),
}

/// Checks the way from an entry to an exit: that it is the only one on which nobody turns round, and by
/// the network not shorter than `surveyed` by more than `slack`. It is as good as the network: what is not
/// drawn there (a service road) is not seen here.
///
/// # Errors
/// Why the section cannot be measured between the two.
pub fn check_way(
    network: &Network,
    entry: OnNetwork,
    exit: OnNetwork,
    surveyed: Millimetres,
    slack: Metres,
) -> Result<(), WayProblem> {
    let way = links(network, entry, exit)?;
    let roads: f64 = way.iter().map(|&link| network.link(link).length.0).sum();
    let inner = roads + way.windows(2).map(|pair| crossing(network, pair[0], pair[1])).sum::<f64>();
    // The first link counts from its camera, the last one to its own.
    let last = network.link(exit.link).length.0 - exit.at.0;
    let length = inner - entry.at.0 - last;
    if length + slack.0 < f64::from(surveyed.0) / 1_000.0 {
        return Err(WayProblem::Shorter(length, surveyed));
    }
    Ok(())
}

/// The links of the only way, both ends included.
fn links(network: &Network, entry: OnNetwork, exit: OnNetwork) -> Result<Vec<LinkId>, WayProblem> {
    if entry.link == exit.link {
        let is_ahead = entry.at.0 < exit.at.0;
        return if is_ahead { Ok(vec![entry.link]) } else { Err(WayProblem::NoWay) };
    }
    let reaches = reaching(network, exit.link, entry.link);
    if !reaches[entry.link.index()] {
        return Err(WayProblem::NoWay);
    }
    let (mut way, mut link) = (vec![entry.link], entry.link);
    while link != exit.link {
        let mut next: Vec<LinkId> = after(network, link).filter(|to| reaches[to.index()]).collect();
        next.dedup();
        match next[..] {
            [only] if !way.contains(&only) => link = only,
            [] => return Err(WayProblem::NoWay),
            _ => {
                let junction = network.link(link).to;
                return Err(WayProblem::Several(network.junction(junction).name.clone()));
            }
        }
        way.push(link);
    }
    Ok(way)
}

/// The links from which `to` can be reached without driving over `entry` once more.
fn reaching(network: &Network, to: LinkId, entry: LinkId) -> Vec<bool> {
    let count = network.links().len();
    let mut reaches = vec![false; count];
    reaches[to.index()] = true;
    // A link more is found in each round, so that there are no more rounds than links.
    loop {
        let mut is_done = true;
        for index in 0..count {
            let link = LinkId::from_index(index);
            let leads = !reaches[index]
                && after(network, link).any(|next| reaches[next.index()] && next != entry);
            if leads {
                reaches[index] = true;
                is_done = false;
            }
        }
        if is_done {
            return reaches;
        }
    }
}

/// The shortest way over a junction from one link to another, metres.
fn crossing(network: &Network, from: LinkId, to: LinkId) -> f64 {
    let junction = network.junction(network.link(from).to);
    let movements = junction.movements.iter().map(|&movement| network.movement(movement));
    let over = movements.filter(|movement| movement.from == from && movement.to == to);
    let lengths = over.flat_map(|movement| &movement.connections).map(|lane| lane.length.0);
    lengths.min_by(f64::total_cmp).unwrap_or(0.0)
}

/// Where one can drive on to without turning round, by number.
fn after(network: &Network, link: LinkId) -> impl Iterator<Item = LinkId> {
    let junction = network.junction(network.link(link).to);
    let movements = junction.movements.iter().map(|&movement| network.movement(movement));
    let mut next: Vec<LinkId> = movements
        .filter(|movement| movement.from == link && movement.turn != Turn::UTurn)
        .map(|movement| movement.to)
        .collect();
    next.sort_unstable();
    next.into_iter()
}

#[cfg(test)]
mod tests {
    use network::{Builder, Connection, LaneSpec, Point};
    use units::MetresPerSecond;

    use super::*;

    /// A road a–b–c–d of one kilometre a link; `more` adds links by their ends.
    fn road(more: &[(usize, usize)]) -> Network {
        let mut builder = Builder::default();
        let names = ["a", "b", "c", "d", "e"];
        let junctions: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                builder.junction(name, Point { x: at as f64 * 1_000.0, y: 0.0 }, false)
            })
            .collect();
        let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(20.0) };
        let ends: Vec<(usize, usize)> =
            [(0, 1), (1, 2), (2, 3)].iter().chain(more).copied().collect();
        let links: Vec<_> = ends
            .iter()
            .enumerate()
            .map(|(at, &(from, to))| {
                let (from, to) = (junctions[from], junctions[to]);
                builder.link(&format!("l{at}"), from, to, Metres(1_000.0), &[lane], Vec::new())
            })
            .collect();
        for (a, &(_, middle)) in ends.iter().enumerate() {
            for (b, &(from, _)) in ends.iter().enumerate() {
                if middle == from {
                    let turn = if ends[a] == (ends[b].1, ends[b].0) {
                        Turn::UTurn
                    } else {
                        Turn::Straight
                    };
                    let lanes = vec![Connection {
                        from_lane: 0,
                        to_lane: 0,
                        length: Metres(20.0),
                        speed: None,
                    }];
                    builder.movement(junctions[middle], links[a], links[b], turn, lanes);
                }
            }
        }
        builder.build().expect("it is a network")
    }

    #[test]
    fn a_section_has_one_way_and_no_shorter_one() {
        let place = |link, at| OnNetwork { link: LinkId(link), at: Metres(at) };
        let check = |more: &[(usize, usize)], entry, exit, surveyed| {
            check_way(&road(more), entry, exit, Millimetres(surveyed), Metres(10.0))
        };
        // 600 m of the first, the second, 300 m of the third, and twice 20 m between them.
        let (entry, exit) = (place(0, 400.0), place(2, 300.0));
        assert_eq!(check(&[], entry, exit, 1_945_000), Ok(()));
        let shorter = check(&[], entry, exit, 1_951_000);
        assert_eq!(shorter, Err(WayProblem::Shorter(1_940.0, Millimetres(1_951_000))));
        assert_eq!(check(&[], exit, entry, 1_940_000), Err(WayProblem::NoWay));
        assert_eq!(check(&[], place(0, 100.0), place(0, 900.0), 800_000), Ok(()));
        assert_eq!(check(&[], place(0, 900.0), place(0, 100.0), 1), Err(WayProblem::NoWay));
        // Round by e: from b over e to c.
        let round = check(&[(1, 4), (4, 2)], entry, exit, 1_940_000);
        assert_eq!(round, Err(WayProblem::Several("b".into())));
        // A side road that leads away is no other way, nor is the way back.
        assert_eq!(check(&[(1, 4)], entry, exit, 1_940_000), Ok(()));
        assert_eq!(check(&[(2, 1), (3, 2)], entry, exit, 1_940_000), Ok(()));
    }
}
