//! Who walks: persons who come to a crossing at a rate, and where that crossing lies.
//!
//! An *arm* is the road on one side of a junction: the link that ends there and the one that begins
//! there beside it. A crossing lies over one arm, between its stop line and the junction. A flow
//! names the arm, or the pedestrian group that rules the crossing, or both. Of a group alone the arm
//! is found: the one whose link's name is in the group's, or else the only one from which nothing
//! that has a light may go together with the group. (A straight movement crosses two arms, its left
//! turn only the first.)

use network::Network;
use signal::GroupKind;
use units::{GroupId, JunctionId, LinkId, Metres, Millis};

use super::Demand;
use crate::site::SignalSite;

/// Persons who come to one crossing at one rate, from `start` to `end`.
#[derive(Clone, PartialEq, Debug)]
pub struct PedestrianFlow {
    /// Where.
    pub junction: JunctionId,
    /// The pedestrian group that rules the crossing; without one, people take gaps.
    pub group: Option<String>,
    /// The arm: the link that ends or begins at the junction there.
    pub arm: Option<LinkId>,
    /// When the first may come.
    pub start: Millis,
    /// When no more come.
    pub end: Millis,
    /// Persons an hour, from both sides together.
    pub per_hour: f64,
}

/// A crossing over one arm of a junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Crossing {
    /// Where.
    pub junction: JunctionId,
    /// The signal, by its number in the site, and its group that rules the crossing.
    pub ruled: Option<(usize, GroupId)>,
    /// The link that ends at the junction on this arm, where there is one.
    pub entry: Option<LinkId>,
    /// The link that begins there.
    pub exit: Option<LinkId>,
    /// The widths of the two.
    pub widths: [Metres; 2],
    /// When people come, until when, and how many an hour.
    pub rates: Vec<(Millis, Millis, f64)>,
}

/// The crossings that a demand's pedestrians use, each once, and every problem with its reason: a
/// group that is not there, an arm that is not there or cannot be found.
#[must_use]
pub fn crossings(
    network: &Network,
    signals: &[SignalSite],
    demand: &Demand,
) -> (Vec<Crossing>, Vec<String>) {
    let (mut found, mut problems): (Vec<Crossing>, Vec<String>) = (Vec::new(), Vec::new());
    for (index, flow) in demand.pedestrians.iter().enumerate() {
        let crossing = match crossing(network, signals, flow) {
            Ok(crossing) => crossing,
            Err(reason) => {
                let name = &network.junction(flow.junction).name;
                problems.push(format!("pedestrians[{index}] at {name:?}: {reason}"));
                continue;
            }
        };
        let same = |c: &&mut Crossing| {
            (c.junction, c.ruled, c.entry, c.exit)
                == (crossing.junction, crossing.ruled, crossing.entry, crossing.exit)
        };
        match found.iter_mut().find(same) {
            Some(known) => known.rates.extend(crossing.rates),
            None => found.push(crossing),
        }
    }
    (found, problems)
}

fn crossing(
    network: &Network,
    signals: &[SignalSite],
    flow: &PedestrianFlow,
) -> Result<Crossing, String> {
    let ruled = match &flow.group {
        Some(name) => Some(group(signals, flow.junction, name)?),
        None => None,
    };
    let arm = match (flow.arm, ruled) {
        (Some(link), _) => link,
        (None, Some((signal, group))) => arm_of(network, &signals[signal], group)?,
        (None, None) => return Err("neither a group nor an arm is given".to_owned()),
    };
    let (entry, exit) = pair(network, flow.junction, arm)
        .ok_or_else(|| format!("link {:?} is no arm of it", network.link(arm).name))?;
    let width = |link: Option<LinkId>| {
        let lanes = link.into_iter().flat_map(|link| network.link_lanes(link));
        Metres(lanes.map(|lane| network.lane(lane).width.0).sum())
    };
    Ok(Crossing {
        junction: flow.junction,
        ruled,
        entry,
        exit,
        widths: [width(entry), width(exit)],
        rates: vec![(flow.start, flow.end, flow.per_hour)],
    })
}

fn group(
    signals: &[SignalSite],
    junction: JunctionId,
    name: &str,
) -> Result<(usize, GroupId), String> {
    let signal = signals.iter().position(|signal| signal.junction == junction);
    let signal = signal.ok_or("it has no signals")?;
    let groups = signals[signal].layout.groups();
    let found = groups.iter().position(|group| group.name == name);
    let found = found.ok_or_else(|| format!("there is no group {name:?}"))?;
    if groups[found].kind != GroupKind::Pedestrian {
        return Err(format!("group {name:?} serves vehicles"));
    }
    Ok((signal, GroupId::from_index(found)))
}

/// The links of the arm that a link is on: the one that ends at the junction, the one that begins.
fn pair(
    network: &Network,
    junction: JunctionId,
    link: LinkId,
) -> Option<(Option<LinkId>, Option<LinkId>)> {
    let (row, here) = (network.link(link), network.junction(junction));
    if row.to == junction {
        let back = here.outgoing.iter().copied().find(|&other| network.link(other).to == row.from);
        return Some((Some(link), back));
    }
    let forth = here.incoming.iter().copied().find(|&other| network.link(other).from == row.to);
    (row.from == junction).then_some((forth, Some(link)))
}

/// The arm that a pedestrian group's name or its conflicts tell.
fn arm_of(network: &Network, signal: &SignalSite, group: GroupId) -> Result<LinkId, String> {
    let name = &signal.layout.group(group).name;
    let here = network.junction(signal.junction);
    let named = here.incoming.iter().chain(&here.outgoing).copied();
    // Of two names, one within the other, the longer is meant.
    let named = named.filter(|&link| name.contains(&network.link(link).name));
    if let Some(link) = named.max_by_key(|&link| network.link(link).name.len()) {
        return Ok(link);
    }
    let table = signal.layout.intergreens();
    let crossed = |&&arm: &&LinkId| {
        let leaving = network.link_movements(arm).iter();
        let mut groups = leaving.filter_map(|&movement| signal.group_of(movement)).peekable();
        groups.peek().is_some() && groups.all(|other| table.conflicts(other, group))
    };
    let found: Vec<LinkId> = here.incoming.iter().filter(crossed).copied().collect();
    match found[..] {
        [arm] => Ok(arm),
        _ => Err(format!("which arm group {name:?} crosses must be said, with `arm`")),
    }
}
