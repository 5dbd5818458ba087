//! What is planned for: junctions with signals, the roads between them, and the traffic.

use network::{Network, Turn};
use signal::{Layout, Problem};
use units::{GroupId, JunctionId, LinkId, MovementId, StageId};

use super::profile::Dispersion;
use super::timing::{Need, Share};

/// Vehicles an hour that a lane discharges in green: what the simulation's validation measures for
/// straight traffic (1,802); the HCM's base is 1,900, Chinese cities have 1,500 to 1,800 (recalled).
pub const SATURATION_PER_LANE: f64 = 1_800.0;
/// What protected left and right turns discharge, as shares of straight traffic (HCM; recalled).
const LEFT: f64 = 0.95;
const RIGHT: f64 = 0.85;
/// What a stop weighs, in seconds of delay; TRANSYT's users have 10 to 30 (recalled, unverified).
pub const STOP_S: f64 = 10.0;
/// Links in a row without a signal between them: more are another road.
const CHAIN_MAX: usize = 16;

/// What is best about offsets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Objective {
    /// The widest band through a road, in both directions; in an area, between neighbours.
    Bandwidth,
    /// Most vehicles that come while it is green.
    Arrivals,
    /// Least delay and fewest stops.
    #[default]
    Delay,
}

impl Objective {
    /// Every objective with its name on the command line.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("bandwidth", Self::Bandwidth), ("arrivals", Self::Arrivals), ("delay", Self::Delay)];
}

/// How plans are made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// What is best about offsets.
    pub objective: Objective,
    /// How green is shared out.
    pub share: Share,
    /// How platoons spread.
    pub dispersion: Dispersion,
    /// Vehicles an hour of green and lane.
    pub saturation_per_lane: f64,
    /// What a stop weighs, seconds of delay.
    pub stop_s: f64,
    /// Whether left turns may lead on one side and lag on the other, where that widens the band.
    pub lead_lag: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            objective: Objective::default(),
            share: Share::default(),
            dispersion: Dispersion::default(),
            saturation_per_lane: SATURATION_PER_LANE,
            stop_s: STOP_S,
            lead_lag: false,
        }
    }
}

/// A junction with signals.
#[derive(Clone, Debug)]
pub struct Signal<'a> {
    /// Where.
    pub junction: JunctionId,
    /// Its signals.
    pub layout: &'a Layout,
    /// Which group rules a movement.
    pub movements: &'a [(MovementId, GroupId)],
    /// The stages of today's plan, in order.
    pub order: Vec<StageId>,
}

/// A road from one signal to the next, without another between them.
#[derive(Clone, PartialEq, Debug)]
pub struct Segment {
    /// Where it begins and ends, as places in the area's signals.
    pub ends: [usize; 2],
    /// Its links, at least one.
    pub links: Vec<LinkId>,
    /// Metres from stop line to stop line.
    pub length: f64,
    /// Seconds from stop line to stop line at the speed limit.
    pub travel: f64,
}

/// Junctions that get plans which go together.
#[derive(Clone, Debug)]
pub struct Area<'a> {
    /// The roads.
    pub network: &'a Network,
    /// The junctions; along a road in its order.
    pub signals: Vec<Signal<'a>>,
    /// Vehicles an hour of each movement of the network.
    pub volumes: &'a [f64],
    /// How plans are made.
    pub settings: Settings,
    /// Whether the junctions are one road, from one end to the other.
    pub is_road: bool,
    /// The segments between them, in order of their first links.
    pub segments: Vec<Segment>,
    /// The ratio of each group of each signal.
    pub ratios: Vec<Vec<f64>>,
}

impl<'a> Area<'a> {
    /// An area of these junctions.
    ///
    /// # Errors
    /// Every problem: no junction at all or one twice, junctions of a road that follow each other and
    /// are not joined, volumes that are none.
    pub fn new(
        network: &'a Network,
        signals: Vec<Signal<'a>>,
        volumes: &'a [f64],
        settings: Settings,
        is_road: bool,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut say = |what: String| problems.push(Problem(what));
        let name = |at: usize| &network.junction(signals[at].junction).name;
        if signals.is_empty() {
            say("there is no junction with signals to plan for".to_owned());
        }
        for at in 0..signals.len() {
            if signals[..at].iter().any(|other| other.junction == signals[at].junction) {
                say(format!("junction {:?} is named twice", name(at)));
            }
        }
        for (movement, &volume) in volumes.iter().enumerate() {
            if !volume.is_finite() || volume < 0.0 {
                let movement = &network.movements()[movement];
                let [from, to] = [movement.from, movement.to].map(|l| &network.link(l).name);
                say(format!("from {from:?} to {to:?}: {volume} vehicles an hour is no volume"));
            }
        }
        let segments = segments(network, &signals);
        if is_road {
            for at in 1..signals.len() {
                let joined = |a, b| segments.iter().any(|segment| segment.ends == [a, b]);
                if !joined(at - 1, at) && !joined(at, at - 1) {
                    let (a, b) = (name(at - 1), name(at));
                    say(format!(
                        "no road leads between {a:?} and {b:?} without another signal on it"
                    ));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut area =
            Self { network, signals, volumes, settings, is_road, segments, ratios: Vec::new() };
        area.ratios = (0..area.signals.len()).map(|at| area.ratios_of(at)).collect();
        Ok(area)
    }

    /// The name of a signal's junction.
    #[must_use]
    pub fn name(&self, at: usize) -> &str {
        &self.network.junction(self.signals[at].junction).name
    }

    /// What a signal needs under an order of its stages.
    #[must_use]
    pub fn need<'s>(&'s self, at: usize, order: &'s [StageId]) -> Need<'s> {
        Need { layout: self.signals[at].layout, order, ratios: &self.ratios[at] }
    }

    /// The group that rules a movement at a signal.
    #[must_use]
    pub fn group(&self, at: usize, movement: MovementId) -> Option<GroupId> {
        let rows = self.signals[at].movements;
        rows.iter().find(|&&(known, _)| known == movement).map(|&(_, group)| group)
    }

    /// Lanes of a movement; one that others use too counts in part.
    #[must_use]
    pub fn lanes(&self, at: usize, movement: MovementId) -> f64 {
        let row = self.network.movement(movement);
        let mut lanes: Vec<u8> = row.connections.iter().map(|c| c.from_lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let part = |&lane: &u8| {
            let users = self.network.lane_movements(self.network.lane_at(row.from, lane));
            let used =
                |&&m: &&MovementId| self.group(at, m).is_some() && self.volumes[m.index()] > 0.0;
            1.0 / users.iter().filter(used).count().max(1) as f64
        };
        lanes.iter().map(part).sum::<f64>().max(0.1)
    }

    /// Vehicles that a movement discharges in a second of green.
    #[must_use]
    pub fn discharge(&self, at: usize, movement: MovementId) -> f64 {
        let turn = match self.network.movement(movement).turn {
            Turn::Straight => 1.0,
            Turn::Left | Turn::UTurn => LEFT,
            Turn::Right => RIGHT,
        };
        self.lanes(at, movement) * turn * self.settings.saturation_per_lane / 3_600.0
    }

    fn ratios_of(&self, at: usize) -> Vec<f64> {
        let signal = &self.signals[at];
        let mut ratios = vec![0.0_f64; signal.layout.groups().len()];
        for &(movement, group) in signal.movements {
            let ratio = self.volumes[movement.index()] / 3_600.0 / self.discharge(at, movement);
            ratios[group.index()] = ratios[group.index()].max(ratio);
        }
        ratios
    }

    /// The movements that fill a segment, and those that leave it over its stop line under a signal.
    #[must_use]
    pub fn streams(&self, segment: &Segment) -> (Vec<MovementId>, Vec<MovementId>) {
        let (first, last) = (segment.links[0], segment.links[segment.links.len() - 1]);
        let begin = self.network.junction(self.signals[segment.ends[0]].junction);
        let fills = |&&m: &&MovementId| self.network.movement(m).to == first;
        let filling = begin.movements.iter().filter(fills).copied().collect();
        let leaves = |&&m: &&MovementId| self.group(segment.ends[1], m).is_some();
        let leaving = self.network.link_movements(last).iter().filter(leaves).copied().collect();
        (filling, leaving)
    }

    /// The movement that the road takes into a segment: the one from `before` where that is given,
    /// else the one with a signal that goes straight, then the one with most traffic.
    #[must_use]
    pub fn into_segment(&self, segment: &Segment, before: Option<LinkId>) -> Option<MovementId> {
        let signal = segment.ends[0];
        let (filling, _) = self.streams(segment);
        let ruled = filling.into_iter().filter(|&m| self.group(signal, m).is_some());
        self.main(ruled, |movement| Some(self.network.movement(movement).from) == before)
    }

    /// The movement that the road takes out of a segment; see [`Self::into_segment`].
    #[must_use]
    pub fn out_of_segment(&self, segment: &Segment, after: Option<LinkId>) -> Option<MovementId> {
        let (_, leaving) = self.streams(segment);
        self.main(leaving.into_iter(), |movement| Some(self.network.movement(movement).to) == after)
    }

    fn main(
        &self,
        all: impl Iterator<Item = MovementId>,
        named: impl Fn(MovementId) -> bool,
    ) -> Option<MovementId> {
        let rank = |movement: MovementId| {
            let is_straight = self.network.movement(movement).turn == Turn::Straight;
            (named(movement), is_straight, self.volumes[movement.index()])
        };
        all.fold(None, |best: Option<MovementId>, next| match best {
            Some(best) if rank(best) >= rank(next) => Some(best),
            _ => Some(next),
        })
    }
}

/// Every segment between two of the signals.
fn segments(network: &Network, signals: &[Signal<'_>]) -> Vec<Segment> {
    let place = |junction: JunctionId| signals.iter().position(|s| s.junction == junction);
    let mut found: Vec<Segment> = Vec::new();
    for (at, signal) in signals.iter().enumerate() {
        for &first in &network.junction(signal.junction).outgoing {
            let mut links = vec![first];
            while links.len() < CHAIN_MAX {
                let end = network.link(links[links.len() - 1]).to;
                if network.junction(end).signalised || place(end).is_some() {
                    break;
                }
                let Some(next) = onward(network, links[links.len() - 1]) else { break };
                links.push(next);
            }
            let end = place(network.link(links[links.len() - 1]).to);
            let Some(end) = end.filter(|&end| end != at) else { continue };
            let (length, travel) = measure(network, &links);
            found.push(Segment { ends: [at, end], links, length, travel });
        }
    }
    found.sort_by_key(|segment| segment.links[0]);
    found
}

/// The one way on where no signal is: straight, where that is one way; none where it branches.
fn onward(network: &Network, link: LinkId) -> Option<LinkId> {
    let ways = |straight: bool| {
        let all = network.link_movements(link).iter().map(|&m| network.movement(m));
        let fits = move |m: &&network::Movement| {
            m.turn != Turn::UTurn && (!straight || m.turn == Turn::Straight)
        };
        all.filter(fits).map(|m| m.to).collect::<Vec<_>>()
    };
    match (&ways(false)[..], &ways(true)[..]) {
        ([only], _) | (_, [only]) => Some(*only),
        _ => None,
    }
}

/// Metres and seconds from the stop line before a chain of links to the one at its end.
fn measure(network: &Network, links: &[LinkId]) -> (f64, f64) {
    let (mut length, mut travel) = (0.0, 0.0);
    for (at, &link) in links.iter().enumerate() {
        let row = network.link(link);
        let begin = &network.junction(row.from).movements;
        let across = begin.iter().map(|&m| network.movement(m)).filter(|m| {
            m.to == link && if at == 0 { m.turn == Turn::Straight } else { m.from == links[at - 1] }
        });
        let way = across.flat_map(|m| &m.connections).map(|c| c.length.0).reduce(f64::max);
        let metres = row.length.0 + way.unwrap_or(0.0);
        length += metres;
        travel += metres / row.speed.0.max(0.1);
    }
    (length, travel)
}
