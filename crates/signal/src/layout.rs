//! A junction's signals, valid by construction: groups, intergreens, stages, what may follow what.
//!
//! The [builder](LayoutBuilder) takes anything and reports every problem at once; a [`Layout`] that exists can be
//! driven: its stages hold compatible groups only, every group is in a stage, every stage can be
//! reached from every other, and no group need starve.

mod builder;

use std::fmt;

use units::{GroupId, Millis, StageId};

use crate::group::Group;
use crate::intergreen::Intergreens;
use crate::stage::Stage;

pub use builder::LayoutBuilder;

/// One mistake in a description.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem(pub String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The signals of one junction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    groups: Vec<Group>,
    intergreens: Intergreens,
    stages: Vec<Stage>,
    allowed: Vec<bool>,
    /// `next_hop[from][to]`: the first stage on the shortest legal way.
    next_hop: Vec<StageId>,
    starvation_reserve: Millis,
}

impl Layout {
    /// An empty description.
    #[must_use]
    pub fn builder() -> LayoutBuilder {
        LayoutBuilder::default()
    }

    /// The groups, indexed by [`GroupId`].
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The stages, indexed by [`StageId`].
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// One group.
    #[must_use]
    pub fn group(&self, group: GroupId) -> &Group {
        &self.groups[group.index()]
    }

    /// One stage.
    #[must_use]
    pub fn stage(&self, stage: StageId) -> &Stage {
        &self.stages[stage.index()]
    }

    /// All stage ids.
    pub fn stage_ids(&self) -> impl Iterator<Item = StageId> + use<> {
        (0..self.stages.len()).map(StageId::from_index)
    }

    /// All group ids.
    pub fn group_ids(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..self.groups.len()).map(GroupId::from_index)
    }

    /// Whether the junction has this stage.
    #[must_use]
    pub fn has_stage(&self, stage: StageId) -> bool {
        stage.index() < self.stages.len()
    }

    /// The intergreen table.
    #[must_use]
    pub fn intergreens(&self) -> &Intergreens {
        &self.intergreens
    }

    /// The stage that the junction starts in: the first.
    #[must_use]
    pub fn initial(&self) -> StageId {
        StageId(0)
    }

    /// Whether `to` may follow `from` directly; a stage may always stay.
    #[must_use]
    pub fn allowed(&self, from: StageId, to: StageId) -> bool {
        self.allowed[from.index() * self.stages.len() + to.index()]
    }

    /// The first stage on the shortest legal way from `from` to `to`.
    #[must_use]
    pub fn next_hop(&self, from: StageId, to: StageId) -> StageId {
        self.next_hop[from.index() * self.stages.len() + to.index()]
    }

    /// How long the shortest legal way from one stage to another takes, from the end of the first one's
    /// greens: its changes, and the minimum greens on the way, none of them below `green_least`.
    #[must_use]
    pub fn way(&self, from: StageId, to: StageId, green_least: Millis) -> Millis {
        let (mut at, mut time) = (from, Millis::ZERO);
        // A way visits no stage twice.
        for _ in self.stage_ids() {
            if at == to {
                break;
            }
            let next = self.next_hop(at, to);
            time += self.clearance(at, next);
            if next != to {
                time += self.stage(next).min_green.max(green_least);
            }
            at = next;
        }
        time
    }

    /// The time from the end of `from`'s greens until all of `to`'s are on: the longest intergreen
    /// between a group that ends and one that starts, and at least every closing aspect.
    #[must_use]
    pub fn clearance(&self, from: StageId, to: StageId) -> Millis {
        clearance(&self.groups, &self.intergreens, &self.stages, from, to)
    }

    /// How long before its maximum red a group must be made the next to be served, so that all that
    /// may stand before it in the queue can be served first.
    #[must_use]
    pub fn starvation_reserve(&self) -> Millis {
        self.starvation_reserve
    }

    /// The stage that serves a group when it must be served: the first that holds it.
    #[must_use]
    pub fn home(&self, group: GroupId) -> StageId {
        self.stage_ids()
            .find(|&stage| self.stage(stage).groups.contains(group))
            .expect("a layout's every group is in a stage")
    }
}

fn clearance(
    groups: &[Group],
    intergreens: &Intergreens,
    stages: &[Stage],
    from: StageId,
    to: StageId,
) -> Millis {
    let (old, new) = (stages[from.index()].groups, stages[to.index()].groups);
    let ending = old.difference(new);
    let mut longest = Millis::ZERO;
    for end in ending.iter() {
        longest = longest.max(groups[end.index()].closing);
        for start in new.difference(old).iter() {
            longest = longest.max(intergreens.get(end, start).unwrap_or(Millis::ZERO));
        }
    }
    longest
}
