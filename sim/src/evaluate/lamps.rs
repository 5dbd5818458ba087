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
use crate::checker::{Checker, Finding};
use crate::world::World;

/// How often checkers look: as often as a cabinet's controller moves.
const TICK: Millis = Millis(100);

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

    /// Shows the world what rules for the step that begins now, and shows the lamps of cabinets to
    /// checkers at each of their own steps: what they find.
    pub(super) fn show_to(&mut self, world: &mut World, checkers: &mut [Checker]) -> Vec<Finding> {
        let (mut at, end) = (Moment::ORIGIN + world.now(), world.now() + world.step_length());
        let mut found = Vec::new();
        while at < Moment::ORIGIN + end {
            at += TICK;
            for (junction, checker) in self.0.iter_mut().zip(&mut *checkers) {
                if let Junction::Cabinet(controller) = junction {
                    controller.step(at);
                    found.extend(checker.observe(at, controller.aspects()));
                }
            }
        }
        self.show(world);
        found
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

#[cfg(test)]
mod tests {
    use scenario::generate;

    use super::*;

    #[test]
    fn a_change_shows_the_phase_between_for_as_long_as_the_clearance() {
        let aspects = [Aspect::Red, Aspect::Green, Aspect::Yellow].map(|aspect| vec![aspect]);
        let mut phases = Phases {
            between: aspects[0].clone(),
            stages: aspects[1..].to_vec(),
            clearance: Millis::from_secs(2),
            state: State::Stage { stage: 0, since: Millis::ZERO },
        };
        let at = Millis::from_secs;
        // Second by second: what is demanded, what shows, and what lamp.
        let stage = |stage, elapsed| Showing::Stage { stage, elapsed: at(elapsed) };
        let change = |from, to, elapsed| Showing::Change { from, to, elapsed: at(elapsed) };
        for (second, demand, shows, lamp) in [
            (0, None, stage(0, 0), Aspect::Green),
            (1, Some(0), stage(0, 1), Aspect::Green),
            (2, Some(1), stage(0, 2), Aspect::Red),
            (3, Some(0), change(0, 1, 1), Aspect::Red),
            (4, None, stage(1, 0), Aspect::Yellow),
            (5, Some(0), stage(1, 1), Aspect::Red),
            (6, None, change(1, 0, 1), Aspect::Red),
            (7, None, stage(0, 0), Aspect::Green),
        ] {
            assert_eq!(phases.showing(at(second)), shows, "{second}");
            if let Some(stage) = demand {
                phases.demand(stage, at(second));
            }
            assert_eq!(phases.aspects(), [lamp], "{second}");
        }
    }

    #[test]
    fn a_cabinet_changes_by_its_own_clearance_and_shows_so() {
        let (site, demand) = generate::arterial(3, 2);
        let mut lamps = Lamps::cabinets(&site.signals);
        let mut world = World::new(site.network.clone(), &site.signals, &[], &demand);
        let layout = &site.signals[0].layout;
        let to = layout.stage_ids().find(|&to| to.0 > 0 && layout.allowed(StageId(0), to));
        let to = to.expect("another stage");
        let mut shown = Vec::new();
        let mut changed = 0;
        while world.now() < Millis::from_secs(60) {
            lamps.showing(world.now(), &mut shown);
            match shown[0] {
                Showing::Stage { stage: 0, .. } => lamps.demand(0, to.index(), world.now()),
                Showing::Stage { .. } => break,
                Showing::Change { from: 0, to: next, .. } if next == to.index() => changed += 500,
                Showing::Change { .. } => panic!("{:?}", shown[0]),
            }
            lamps.show(&mut world);
            world.step();
        }
        let Showing::Stage { stage, .. } = shown[0] else { panic!("{:?}", shown[0]) };
        assert_eq!(stage, to.index());
        let clearance = layout.clearance(StageId(0), to).0;
        assert!((clearance - 500..=clearance + 500).contains(&changed), "{changed}, {clearance}");
    }
}
