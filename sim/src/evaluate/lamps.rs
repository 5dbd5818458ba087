//! The lamps of a district under a controller: what each junction shows, and how it changes.
//!
//! ```text
//!   Stage(a) ── b is demanded ──▶ Change(a, b) ── the clearance is over ──▶ Stage(b)
//! ```
//!
//! Light phases change in one fixed time and show one phase meanwhile. A site's own signals are driven
//! by the kernel's controller, with its intergreens, minimum greens and closing aspects.

use optimizer::Showing;
use scenario::{Program, SignalSite};
use signal::{Aspect, Controller, Running};
use units::{Millis, Moment, StageId};

use super::preset::CLEARANCE_PHASE;
use crate::world::World;

/// The lamps of all junctions, in the order of the world's signals.
#[derive(Clone, Debug)]
pub(super) struct Lamps(Vec<Junction>);

#[derive(Clone, Debug)]
enum Junction {
    Phases(Phases),
    Cabinet(Box<Controller>),
}

/// A junction that plays light phases.
#[derive(Clone, Debug)]
struct Phases {
    /// What each stage shows, and what is shown between two.
    stages: Vec<Vec<Aspect>>,
    between: Vec<Aspect>,
    clearance: Millis,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Stage { stage: usize, since: Millis },
    Change { from: usize, to: usize, since: Millis },
}

impl Lamps {
    /// Junctions that play the phases `stages` of their programs; each shows its first at time zero.
    pub(super) fn phases(programs: &[Program], stages: &[usize], clearance: Millis) -> Self {
        let junction = |program: &Program| {
            let shown = |phase: usize| program.phases[phase].aspects.clone();
            Junction::Phases(Phases {
                stages: stages.iter().map(|&phase| shown(phase)).collect(),
                between: shown(CLEARANCE_PHASE),
                clearance,
                state: State::Stage { stage: 0, since: Millis::ZERO },
            })
        };
        Self(programs.iter().map(junction).collect())
    }

    /// Junctions with the signals of a site; each shows its initial stage at time zero.
    pub(super) fn cabinets(signals: &[SignalSite]) -> Self {
        let junction = |site: &SignalSite| {
            Junction::Cabinet(Box::new(Controller::new(site.layout.clone(), Moment::ORIGIN)))
        };
        Self(signals.iter().map(junction).collect())
    }

    /// What each junction shows at a time, which is not before any that was asked for.
    pub(super) fn showing(&mut self, now: Millis, into: &mut Vec<Showing>) {
        into.clear();
        into.extend(self.0.iter_mut().map(|junction| match junction {
            Junction::Phases(phases) => phases.showing(now),
            Junction::Cabinet(controller) => showing(controller, now),
        }));
    }

    /// A junction is to show a stage from now on.
    pub(super) fn demand(&mut self, junction: usize, stage: usize, now: Millis) {
        match &mut self.0[junction] {
            Junction::Phases(phases) => phases.demand(stage, now),
            Junction::Cabinet(controller) => controller.request(StageId::from_index(stage)),
        }
    }

    /// Shows the world what rules for the step that begins now.
    pub(super) fn show(&mut self, world: &mut World) {
        let end = Moment::ORIGIN + world.now() + world.step_length();
        for (index, junction) in self.0.iter_mut().enumerate() {
            match junction {
                Junction::Phases(phases) => world.set_aspects(index, phases.aspects()),
                Junction::Cabinet(controller) => {
                    controller.step(end);
                    world.set_aspects(index, controller.aspects());
                }
            }
        }
    }
}

impl Phases {
    fn showing(&mut self, now: Millis) -> Showing {
        if let State::Change { to, since, .. } = self.state
            && now - since >= self.clearance
        {
            self.state = State::Stage { stage: to, since: since + self.clearance };
        }
        match self.state {
            State::Stage { stage, since } => Showing::Stage { stage, elapsed: now - since },
            State::Change { from, to, since } => Showing::Change { from, to, elapsed: now - since },
        }
    }

    fn demand(&mut self, to: usize, now: Millis) {
        if let State::Stage { stage: from, .. } = self.state
            && from != to
        {
            self.state = State::Change { from, to, since: now };
        }
    }

    fn aspects(&self) -> &[Aspect] {
        match self.state {
            State::Stage { stage, .. } => &self.stages[stage],
            State::Change { .. } => &self.between,
        }
    }
}

fn showing(controller: &Controller, now: Millis) -> Showing {
    let elapsed = controller.elapsed(Moment::ORIGIN + now);
    match controller.running() {
        Running::Stage(stage) => Showing::Stage { stage: stage.index(), elapsed },
        Running::Transition { from, to } => {
            Showing::Change { from: from.unwrap_or(to).index(), to: to.index(), elapsed }
        }
        // No controller here was just switched on.
        Running::Startup => {
            let initial = controller.layout().initial().index();
            Showing::Change { from: initial, to: initial, elapsed }
        }
    }
}
