//! Plans: a cycle, an offset, and the splits of the stages in their order; valid by construction.

use units::{Millis, Moment, PlanId, StageId};

use crate::layout::{Layout, Problem};

/// The shortest and the longest cycle that make sense on a street.
const CYCLE_MIN: Millis = Millis(10_000);
const CYCLE_MAX: Millis = Millis(600_000);

/// A signal plan. A split is the time from the demand of its stage to the demand of the next: the
/// clearance towards the stage, and its green.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    id: PlanId,
    name: String,
    cycle: Millis,
    offset: Millis,
    splits: Vec<(StageId, Millis)>,
}

impl Plan {
    /// A plan that the junction can run.
    ///
    /// # Errors
    /// Every problem: splits that do not add up to the cycle, a split too short for its clearance
    /// and minimum, a transition that the junction forbids, a group that the plan never serves or
    /// keeps red beyond its maximum, an offset outside the cycle.
    pub fn new(
        id: PlanId,
        name: String,
        cycle: Millis,
        offset: Millis,
        splits: Vec<(StageId, Millis)>,
        layout: &Layout,
    ) -> Result<Self, Vec<Problem>> {
        let plan = Self { id, name, cycle, offset, splits };
        let problems = plan.problems(layout);
        if problems.is_empty() { Ok(plan) } else { Err(problems) }
    }

    /// The plan's number.
    #[must_use]
    pub fn id(&self) -> PlanId {
        self.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cycle.
    #[must_use]
    pub fn cycle(&self) -> Millis {
        self.cycle
    }

    /// How long after the common zero the cycle begins.
    #[must_use]
    pub fn offset(&self) -> Millis {
        self.offset
    }

    /// The stages and their splits, in order.
    #[must_use]
    pub fn splits(&self) -> &[(StageId, Millis)] {
        &self.splits
    }

    /// When in the cycle the split at `place` begins; `place` counts from 0.
    #[must_use]
    pub fn start(&self, place: usize) -> Millis {
        self.splits[..place].iter().map(|&(_, split)| split).sum()
    }

    /// From the demand of the stage at `place` until it is green, after the stage before it.
    #[must_use]
    pub fn lead(&self, place: usize, layout: &Layout) -> Millis {
        let before = self.splits[(place + self.splits.len() - 1) % self.splits.len()].0;
        layout.clearance(before, self.splits[place].0)
    }

    /// What the split at `place` must last: the clearance towards its stage, and its minimum.
    #[must_use]
    pub fn needed(&self, place: usize, layout: &Layout) -> Millis {
        self.lead(place, layout) + layout.stage(self.splits[place].0).min_green
    }

    /// The stage to demand at this time of the cycle; times wrap.
    #[must_use]
    pub fn stage_at(&self, cycle_time: Millis) -> StageId {
        let mut rest = cycle_time.modulo(self.cycle);
        for &(stage, split) in &self.splits {
            if rest < split {
                return stage;
            }
            rest -= split;
        }
        self.splits[0].0
    }

    fn problems(&self, layout: &Layout) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |what: String| problems.push(Problem(format!("plan {}: {what}", self.name)));
        if !(CYCLE_MIN..=CYCLE_MAX).contains(&self.cycle) {
            say(format!("a cycle of {} is not within {CYCLE_MIN} to {CYCLE_MAX}", self.cycle));
        }
        if self.offset < Millis::ZERO || self.offset >= self.cycle {
            say(format!("an offset of {} is not within the cycle", self.offset));
        }
        let sum: Millis = self.splits.iter().map(|&(_, split)| split).sum();
        if self.splits.is_empty() || sum != self.cycle {
            say(format!("its splits add up to {sum}, its cycle is {}", self.cycle));
        }
        if let Some((stage, _)) = self.splits.iter().find(|(stage, _)| !layout.has_stage(*stage)) {
            say(format!("there is no stage {}", stage.0 + 1));
            return problems;
        }
        for (index, &(stage, split)) in self.splits.iter().enumerate() {
            let before = self.splits[(index + self.splits.len() - 1) % self.splits.len()].0;
            let needed = self.needed(index, layout);
            let name = &layout.stage(stage).name;
            if split < needed {
                say(format!("stage {name}: a split of {split} is under the {needed} it needs"));
            }
            if !layout.allowed(before, stage) {
                say(format!("stage {name}: it must not follow {}", layout.stage(before).name));
            }
        }
        for group in layout.group_ids() {
            let name = &layout.group(group).name;
            if !self.splits.iter().any(|(stage, _)| layout.stage(*stage).groups.contains(group)) {
                say(format!("group {name}: the plan never serves it"));
            } else if self.cycle > layout.group(group).max_red {
                say(format!("group {name}: the cycle is longer than its maximum red"));
            }
        }
        problems
    }
}

/// A plan and the clock it runs by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalPlan {
    plan: Plan,
}

impl LocalPlan {
    /// A plan whose common zero is the clock's origin.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The second of the cycle at `now`.
    #[must_use]
    pub fn cycle_time(&self, now: Moment) -> Millis {
        ((now - Moment::ORIGIN) - self.plan.offset).modulo(self.plan.cycle)
    }

    /// The stage that the plan wants at `now`.
    #[must_use]
    pub fn wanted(&self, now: Moment) -> StageId {
        self.plan.stage_at(self.cycle_time(now))
    }
}
