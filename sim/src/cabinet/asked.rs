//! What a virtual cabinet was asked for, and which of it wins.

use std::collections::VecDeque;

use signal::{Aspect, Command, Layout, LocalPlan, Plan};
use units::{GroupId, Millis, Moment, PlanId, StageId};

/// Something and until when.
type Leased<T> = Option<(T, Moment)>;

#[derive(Clone, Debug)]
pub(super) struct Asked {
    plans: Vec<LocalPlan>,
    demand: Leased<StageId>,
    selected: Leased<PlanId>,
    preempt: Leased<u8>,
    pub(super) wired_preempt: Option<u8>,
    pub(super) wired_plan: Option<PlanId>,
    /// Groups that were called and have not been green since, each once.
    calls: VecDeque<GroupId>,
}

/// The stage that a preempt holds.
pub(super) fn stage_of(layout: &Layout, preempt: u8) -> Option<StageId> {
    preempt.checked_sub(1).map(StageId).filter(|&stage| layout.has_stage(stage))
}

impl Asked {
    pub(super) fn of(plans: &[Plan]) -> Self {
        Self {
            plans: plans.iter().cloned().map(LocalPlan::new).collect(),
            demand: None,
            selected: None,
            preempt: None,
            wired_preempt: None,
            wired_plan: None,
            calls: VecDeque::new(),
        }
    }

    pub(super) fn has_plan(&self, plan: PlanId) -> bool {
        plan.index() < self.plans.len()
    }

    /// Whether something that was commanded with a lease still lives.
    pub(super) fn is_held(&self) -> bool {
        self.demand.is_some() || self.selected.is_some() || self.preempt.is_some()
    }

    /// What is left of the longest lease.
    pub(super) fn left(&self, now: Moment) -> Millis {
        let ends =
            [self.demand.map(|d| d.1), self.selected.map(|s| s.1), self.preempt.map(|p| p.1)];
        let left = ends.into_iter().flatten().map(|until| until - now).max();
        left.unwrap_or(Millis::ZERO).at_least_zero()
    }

    /// Takes a command that the cabinet can serve.
    pub(super) fn obey(&mut self, now: Moment, command: &Command) {
        match *command {
            Command::DemandStage { stage, lease } => self.demand = Some((stage, now + lease)),
            Command::SelectPlan { plan, lease } => self.selected = Some((plan, now + lease)),
            Command::Preempt { number, lease } => self.preempt = Some((number, now + lease)),
            Command::Call { group } => self.call(group),
            Command::Release => self.release(),
            Command::SetClock(_) => {}
        }
    }

    pub(super) fn call(&mut self, group: GroupId) {
        if !self.calls.contains(&group) {
            self.calls.push_back(group);
        }
    }

    /// Ends every lease.
    pub(super) fn release(&mut self) {
        (self.demand, self.selected, self.preempt) = (None, None, None);
    }

    /// Ends the leases that are over.
    pub(super) fn expire(&mut self, now: Moment) {
        self.demand.take_if(|(_, until)| now >= *until);
        self.selected.take_if(|(_, until)| now >= *until);
        self.preempt.take_if(|(_, until)| now >= *until);
    }

    /// The calls whose groups are green are served.
    pub(super) fn served(&mut self, aspects: &[Aspect]) {
        self.calls.retain(|group| aspects.get(group.index()) != Some(&Aspect::Green));
    }

    /// The preempt that runs, and its stage; a wired one wins.
    pub(super) fn preempt(&self, layout: &Layout) -> Option<(u8, StageId)> {
        let asked = self.wired_preempt.or(self.preempt.map(|(number, _)| number))?;
        stage_of(layout, asked).map(|stage| (asked, stage))
    }

    /// The plan that runs where nobody demands a stage: a wired one, a selected one, the first.
    pub(super) fn plan(&self) -> &LocalPlan {
        let selected = self.selected.map(|(plan, _)| plan);
        let chosen = self.wired_plan.filter(|&plan| self.has_plan(plan)).or(selected);
        &self.plans[chosen.map_or(0, PlanId::index)]
    }

    /// The stage that wins.
    pub(super) fn wanted(&self, layout: &Layout, clock: Moment) -> StageId {
        if let Some((_, stage)) = self.preempt(layout) {
            return stage;
        }
        if let Some((stage, _)) = self.demand {
            return stage;
        }
        match self.calls.front() {
            Some(&group) => layout.home(group),
            None => self.plan().wanted(clock),
        }
    }
}
