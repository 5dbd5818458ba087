//! The signals along the roads: which stage opens which movement, and how long a legal change takes.

use std::sync::Arc;

use network::{Network, Turn};
use signal::Layout;
use units::{GroupId, JunctionId, LinkId, Millis, MovementId, StageId};

/// What rules a junction, or some that are one to their cabinet.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Its stages and what may follow what.
    pub layout: Arc<Layout>,
    /// The group that rules each movement.
    pub movement_groups: Vec<(MovementId, GroupId)>,
}

/// What a junction shows, as it was last read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// Nothing is known: its cabinet is silent or lost.
    Unknown,
    /// A stage, since so long.
    Stage {
        /// The stage.
        stage: StageId,
        /// Since its first moment of green.
        elapsed: Millis,
    },
    /// It changes.
    Change {
        /// The stage that will be.
        to: StageId,
        /// How long that still takes, by the table.
        left: Millis,
    },
}

/// A place where a way crosses a junction that has signals.
#[derive(Clone, PartialEq, Debug)]
pub struct Crossing {
    /// The junction.
    pub junction: JunctionId,
    /// Its signal's place in the table.
    pub signal: usize,
    /// The movement.
    pub movement: MovementId,
    /// The link before.
    pub from: LinkId,
    /// The link behind.
    pub to: LinkId,
    /// The stages that open the movement, the best first: not giving way to anybody, then those that
    /// open most of the same approach, so that all who stand there get away.
    pub stages: Vec<StageId>,
}

/// The signals of a site by junction.
#[derive(Clone, Debug)]
pub struct Signals {
    signals: Vec<Signal>,
    /// For each movement its signal and group.
    of: Vec<Option<(usize, GroupId)>>,
}

impl Signals {
    /// The table of these signals.
    #[must_use]
    pub fn new(network: &Network, signals: Vec<Signal>) -> Self {
        let mut of = vec![None; network.movements().len()];
        for (place, signal) in signals.iter().enumerate() {
            for &(movement, group) in &signal.movement_groups {
                of[movement.index()] = Some((place, group));
            }
        }
        Self { signals, of }
    }

    /// One signal.
    #[must_use]
    pub fn signal(&self, place: usize) -> &Signal {
        &self.signals[place]
    }

    /// Where a way crosses junctions with signals, in its order.
    #[must_use]
    pub fn along(&self, network: &Network, links: &[LinkId]) -> Vec<(usize, Crossing)> {
        let legs = links.windows(2).enumerate();
        legs.filter_map(|(leg, pair)| {
            let movement = network.movement_between(pair[0], pair[1])?;
            let (signal, group) = self.of[movement.index()]?;
            let stages = self.opening(network, signal, movement, group);
            let crossing = Crossing {
                junction: network.movement(movement).junction,
                signal,
                movement,
                from: pair[0],
                to: pair[1],
                stages,
            };
            (!crossing.stages.is_empty()).then_some((leg, crossing))
        })
        .collect()
    }

    fn opening(
        &self,
        network: &Network,
        signal: usize,
        movement: MovementId,
        group: GroupId,
    ) -> Vec<StageId> {
        let Signal { layout, movement_groups } = &self.signals[signal];
        let own = network.movement(movement);
        let worth = |stage: StageId| {
            let groups = layout.stage(stage).groups;
            let open = movement_groups.iter().filter(|(_, group)| groups.contains(*group));
            let open: Vec<_> = open.map(|(movement, _)| network.movement(*movement)).collect();
            let turns = matches!(own.turn, Turn::Left | Turn::UTurn);
            let meets = open.iter().any(|other| {
                other.from != own.from && other.turn == Turn::Straight && other.to != own.to
            });
            let same = open.iter().filter(|other| other.from == own.from).count();
            (!(turns && meets), same)
        };
        let all = layout.stage_ids().filter(|&stage| layout.stage(stage).groups.contains(group));
        let mut stages: Vec<StageId> = all.collect();
        stages.sort_by_key(|&stage| (std::cmp::Reverse(worth(stage)), stage));
        stages
    }

    /// The longest legal change of a signal between two stages, without what is left of a minimum green.
    #[must_use]
    pub fn longest_change(&self, signal: usize) -> Millis {
        let layout = &self.signals[signal].layout;
        let pairs = layout.stage_ids().flat_map(|a| layout.stage_ids().map(move |b| (a, b)));
        pairs.map(|(from, to)| layout.way(from, to, Millis::ZERO)).max().unwrap_or(Millis::ZERO)
    }

    /// How many signals there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.signals.len()
    }

    /// How long it takes until the first of these stages is green, from what is shown: what is left of
    /// the minimum green that runs, and every closing aspect and intergreen on the shortest legal way.
    #[must_use]
    pub fn change(&self, signal: usize, shown: Shown, stages: &[StageId]) -> Millis {
        let layout = &self.signals[signal].layout;
        let from = |stage: StageId, left: Millis| {
            if stages.contains(&stage) {
                return Millis::ZERO;
            }
            let each = stages.iter().map(|&to| layout.way(stage, to, Millis::ZERO));
            left.at_least_zero() + each.min().unwrap_or(Millis::ZERO)
        };
        match shown {
            Shown::Stage { stage, elapsed } => from(stage, layout.stage(stage).min_green - elapsed),
            Shown::Change { to, left } => {
                left.at_least_zero() + from(to, layout.stage(to).min_green)
            }
            // The worst that there is.
            Shown::Unknown => {
                let each =
                    layout.stage_ids().map(|stage| from(stage, layout.stage(stage).min_green));
                each.max().unwrap_or(Millis::ZERO)
            }
        }
    }
}
