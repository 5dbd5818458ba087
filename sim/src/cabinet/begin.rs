//! A cabinet that starts in the midst of a stage, as one was read on the street.
//!
//! Its controller is brought there by its own rules: it starts early enough that by now it has been in
//! the stage, or on its way to the next one, for the time that was read. Where it could not have stayed
//! that long, because another group would have starved, it is there for as long as it could.

use std::sync::Arc;

use signal::controller::TICK;
use signal::{Command, Controller, Layout, Running};
use units::{Millis, Moment, StageId};

use super::Cabinet;

/// No stage is reached later than this from another, nor stays longer: what was read as older is taken
/// as so old.
const LONGEST: Millis = Millis(600_000);
/// For so long a commanded cabinet keeps to its stage: until who commands it has come.
const UNTIL_COMMANDED: Millis = Millis(5_000);

impl Cabinet {
    /// Starts in a stage that has run for `elapsed`, or where there is none, on the way to `next`.
    /// `commanded` says whether somebody demands stages of it.
    pub(crate) fn begin(
        &mut self,
        stage: Option<StageId>,
        next: Option<StageId>,
        elapsed: Millis,
        commanded: bool,
        now: Moment,
    ) {
        let layout = self.controller.layout().clone();
        let Some(goal) = stage.or(next) else { return };
        let from = if stage.is_some() { goal } else { before(&layout, goal) };
        self.controller = brought(&layout, from, goal, elapsed, now);
        if commanded {
            let demand = Command::DemandStage { stage: goal, lease: UNTIL_COMMANDED };
            self.asked.obey(now, &demand);
            self.controller.request(goal);
        }
        self.show(now);
    }
}

/// A stage from which `goal` may follow at once.
fn before(layout: &Layout, goal: StageId) -> StageId {
    let stages = (0..layout.stages().len()).map(StageId::from_index);
    let mut others = stages.filter(|&stage| stage != goal && layout.allowed(stage, goal));
    others.next().unwrap_or(goal)
}

/// A controller that has been in `from` until its minimum, and then on the way to `goal`, for
/// `elapsed`; or in `goal`, where the two are the same.
fn brought(
    layout: &Arc<Layout>,
    from: StageId,
    goal: StageId,
    elapsed: Millis,
    now: Moment,
) -> Controller {
    let there = |controller: &Controller| match controller.running() {
        Running::Stage(stage) => from == goal && stage == goal,
        Running::Transition { to, .. } => from != goal && to == goal,
        Running::Startup => false,
    };
    // How long it takes to get there, by trying; then the same so much earlier.
    let mut way = Millis::ZERO;
    let mut scout = Guide::new(layout, from, goal, Moment::ORIGIN);
    while !there(&scout.controller) && way < LONGEST {
        way += TICK;
        scout.step(Moment::ORIGIN + way);
    }
    let mut stays = Millis::ZERO;
    while stays + TICK <= elapsed.min(LONGEST) {
        scout.step(Moment::ORIGIN + way + stays + TICK);
        if !there(&scout.controller) {
            break;
        }
        stays += TICK;
    }
    let start = now - way - stays;
    let mut guide = Guide::new(layout, from, goal, start);
    let mut at = start;
    while at < now {
        at += TICK;
        guide.step(at);
    }
    guide.controller
}

/// Leads a controller to one stage, and from there to another.
struct Guide {
    controller: Controller,
    from: StageId,
    goal: StageId,
}

impl Guide {
    fn new(layout: &Arc<Layout>, from: StageId, goal: StageId, start: Moment) -> Self {
        let mut controller = Controller::new(layout.clone(), start);
        controller.request(from);
        Self { controller, from, goal }
    }

    fn step(&mut self, now: Moment) {
        if self.controller.running() == Running::Stage(self.from) {
            self.controller.request(self.goal);
        }
        self.controller.step(now);
    }
}
