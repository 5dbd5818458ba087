//! Which ways are driven: seeded, and each across so many junctions with signals.

use corridor::{Place, Roads, Ways};
use units::{LinkId, Metres, Millis, MovementId};

use super::{CorridorPlan, Ground};
use crate::random::Random;

/// So many pairs of links are tried for each trip.
const TRIES: usize = 4_000;
/// The front of a vehicle that has just come in, metres.
const ENTERS: Metres = Metres(6.0);

/// A trip.
#[derive(Clone, Debug)]
pub(super) struct Trip {
    pub(super) links: Vec<LinkId>,
    /// How many junctions with signals it crosses.
    pub(super) junctions: usize,
    /// How much later than the other of a pair it sets off.
    pub(super) later: Millis,
}

impl Trip {
    pub(super) fn origin(&self) -> Place {
        Place { link: self.links[0], offset: ENTERS }
    }

    pub(super) fn destination(&self, ground: &Ground) -> Place {
        let link = *self.links.last().unwrap_or(&self.links[0]);
        Place { link, offset: ground.network().link(link).length }
    }
}

/// Roads on which nothing is known beforehand.
struct Empty;

impl Roads for Empty {
    fn delay(&self, _: LinkId) -> Option<Millis> {
        Some(Millis::ZERO)
    }
}

/// Trips that cross as many junctions as was asked for; where no way does, as many as any that was found.
pub(super) fn draw(ground: &Ground, plan: &CorridorPlan) -> anyhow::Result<Vec<Trip>> {
    let mut random = Random::new(plan.seed ^ 0x0a3b_u64.rotate_left(40));
    let found: Vec<Trip> = (0..TRIES).filter_map(|_| any(ground, plan, &mut random)).collect();
    let most = found.iter().map(|trip| trip.junctions).max().unwrap_or(0);
    anyhow::ensure!(most > 0, "no way crosses a junction with signals");
    let least = plan.junctions.min(most);
    let fit: Vec<Trip> = found.into_iter().filter(|trip| trip.junctions >= least).collect();
    Ok((0..plan.trips).filter_map(|_| random.pick(&fit).cloned()).collect())
}

fn any(ground: &Ground, plan: &CorridorPlan, random: &mut Random) -> Option<Trip> {
    let network = ground.network();
    let count = i64::try_from(network.links().len()).unwrap_or(i64::MAX);
    let mut link = || LinkId::from_index(usize::try_from(random.below(count)).unwrap_or(0));
    let (from, to) = (link(), link());
    if from == to {
        return None;
    }
    let ways = Ways { network, roads: &Empty, speed: plan.speed };
    let origin = Place { link: from, offset: ENTERS };
    let destination = Place { link: to, offset: network.link(to).length };
    let links = ways.best(origin, destination)?.links;
    let crossed = |pair: &[LinkId]| {
        let movement = network.movement_between(pair[0], pair[1]);
        movement.is_some_and(|one| is_ruled(ground, one))
    };
    let junctions = links.windows(2).filter(|pair| crossed(pair)).count();
    Some(Trip { links, junctions, later: Millis::ZERO })
}

fn is_ruled(ground: &Ground, movement: MovementId) -> bool {
    ground.signals.iter().flat_map(|signal| &signal.movement_groups).any(|&(of, _)| of == movement)
}

/// Whether one stage of a signal lets both movements go.
fn go_together(ground: &Ground, a: MovementId, b: MovementId) -> bool {
    ground.signals.iter().any(|signal| {
        let group = |movement| {
            let found = signal.movement_groups.iter().find(|&&(of, _)| of == movement);
            found.map(|&(_, group)| group)
        };
        let (Some(a), Some(b)) = (group(a), group(b)) else { return false };
        signal
            .layout
            .stages()
            .iter()
            .any(|stage| stage.groups.contains(a) && stage.groups.contains(b))
    })
}

/// Pairs of trips that want one junction from two sides at one time, had they free roads.
pub(super) fn draw_pairs(ground: &Ground, plan: &CorridorPlan) -> Vec<[Trip; 2]> {
    let mut random = Random::new(plan.seed ^ 0x0a3c_u64.rotate_left(40));
    let found: Vec<Trip> = (0..TRIES / 8).filter_map(|_| any(ground, plan, &mut random)).collect();
    let long: Vec<Trip> = found.into_iter().filter(|trip| trip.junctions >= 3).collect();
    let mut pairs = Vec::new();
    for _ in 0..TRIES {
        if pairs.len() >= plan.pairs {
            break;
        }
        let (Some(a), Some(b)) = (random.pick(&long), random.pick(&long)) else { break };
        pairs.extend(crossing(ground, plan, a, b));
    }
    pairs
}

/// The two, timed so that they meet at a junction at which no stage lets both go.
fn crossing(ground: &Ground, plan: &CorridorPlan, a: &Trip, b: &Trip) -> Option<[Trip; 2]> {
    let network = ground.network();
    let at_stop_lines = |trip: &Trip| {
        let mut time = Millis::ZERO;
        let row = |pair: &[LinkId]| {
            let row = network.link(pair[0]);
            time += row.length / units::MetresPerSecond(plan.speed.0.min(row.speed.0));
            (row.to, network.movement_between(pair[0], pair[1]), time)
        };
        trip.links.windows(2).map(row).collect::<Vec<_>>()
    };
    let (first, second) = (at_stop_lines(a), at_stop_lines(b));
    let share = a.links.iter().any(|link| b.links.contains(link));
    let meet = first.iter().skip(1).find_map(|&(junction, mine, time)| {
        let met = second.iter().skip(1).find(|&&(other, theirs, _)| {
            let both =
                mine.zip(theirs).filter(|&(a, b)| is_ruled(ground, a) && is_ruled(ground, b));
            other == junction && both.is_some_and(|(a, b)| !go_together(ground, a, b))
        })?;
        Some((time, met.2))
    });
    let (mine, theirs) = meet.filter(|_| !share)?;
    let (mut a, mut b) = (a.clone(), b.clone());
    a.later = (theirs - mine).at_least_zero();
    b.later = (mine - theirs).at_least_zero();
    Some([a, b])
}
