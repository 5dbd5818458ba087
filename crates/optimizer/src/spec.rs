//! What a junction is to the planner: its lanes, its stages, and the rules of changing between them.
//!
//! An *approach* is a lane that ends at a stop line of the junction. A vehicle leaves it by one of its
//! *ways*, each to another link. A stage *opens* some ways of some approaches.

use units::{LaneId, LinkId, Millis};

/// A set of ways of one approach: bit `n` is its `n`th exit.
pub type Ways = u8;

/// The most stages of one junction that a search goes over: it keeps each in a byte. Four times what a
/// site may have; whoever has more is controlled by max-pressure.
pub const STAGES_MAX: usize = 256;

/// The most ways of one approach: those beyond share the last bit.
pub const WAYS_MAX: usize = 8;

/// A lane that ends at a stop line of the junction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approach {
    /// The lane.
    pub lane: LaneId,
    /// Where it leads, way by way: at least one link, at most [`WAYS_MAX`].
    pub exits: Vec<LinkId>,
}

/// What a stage opens of one approach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Opening {
    /// Ways that may be driven.
    pub open: Ways,
    /// Those of them that give way to others of the same stage.
    pub yielding: Ways,
}

/// One stage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StageSpec {
    /// The shortest green.
    pub min_green: Millis,
    /// The longest green while anybody waits elsewhere, where there is such a rule.
    pub max_green: Option<Millis>,
    /// What it opens, approach by approach.
    pub opens: Vec<Opening>,
}

/// A crossing that people walk over: its group is shown walk in some stages.
///
/// The walk lasts as long as any stage that shows it, and so at least its minimum green; its clearance
/// is in the change to a stage that does not show it. A walk that both stages show goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WalkSpec {
    /// Whether it is shown, stage by stage.
    pub shown: Vec<bool>,
}

/// What is open while the junction is between two stages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Between {
    /// What is open in both.
    Both,
    /// This, approach by approach.
    Shows(Vec<Opening>),
}

/// One junction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JunctionSpec {
    /// Its lanes.
    pub approaches: Vec<Approach>,
    /// The stages that may be demanded; at least one.
    pub stages: Vec<StageSpec>,
    /// From each stage to each, row by row, how long the change takes.
    pub clearance: Vec<Millis>,
    /// What is open meanwhile.
    pub between: Between,
    /// When a change may be demanded.
    pub instants: Instants,
    /// Where displays count down: how long before it happens the end of a green must be decided. A green
    /// is never shorter.
    pub countdown: Option<Millis>,
    /// Its crossings that have a signal.
    pub walks: Vec<WalkSpec>,
}

/// When a change may be demanded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Instants {
    /// At any time.
    Any,
    /// At every multiple of this since the first step, whatever was changed: clearance is inside.
    Every(Millis),
    /// This long after a change is over, and then again and again.
    After(Millis),
}

impl JunctionSpec {
    /// From each of so many stages to each other, row by row, the same clearance.
    #[must_use]
    pub fn same_clearance(stages: usize, clearance: Millis) -> Vec<Millis> {
        let is_change = |pair: usize| pair / stages != pair % stages;
        let of = |pair| if is_change(pair) { clearance } else { Millis::ZERO };
        (0..stages * stages).map(of).collect()
    }

    /// How long the change from one stage to another takes.
    #[must_use]
    pub fn clearance(&self, from: usize, to: usize) -> Millis {
        self.clearance[from * self.stages.len() + to]
    }

    /// The ways of an approach that are open now; none where that is not known.
    #[must_use]
    pub fn shown(&self, showing: Showing, approach: usize) -> Ways {
        match showing {
            Showing::Stage { stage, .. } => self.stages[stage].opens[approach].open,
            Showing::Change { from, to, .. } => self.open_between(from, to, approach),
            Showing::Unknown => 0,
        }
    }

    /// The ways of an approach that are open while one stage changes to another.
    #[must_use]
    pub fn open_between(&self, from: usize, to: usize, approach: usize) -> Ways {
        let open = |stage: usize| self.stages[stage].opens[approach].open;
        match &self.between {
            Between::Both => open(from) & open(to),
            Between::Shows(opens) => opens[approach].open,
        }
    }
}

/// What a junction shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Showing {
    /// A stage, since so long.
    Stage {
        /// Its place among the stages.
        stage: usize,
        /// Since its first moment of green.
        elapsed: Millis,
    },
    /// It changes between two.
    Change {
        /// The stage that ended.
        from: usize,
        /// The stage that will be.
        to: usize,
        /// Since the end of the first.
        elapsed: Millis,
    },
    /// Nobody knows: it has not said so lately. It may not change, and nobody is told of who leaves it.
    Unknown,
}
