//! Lamps under a plan that nobody interferes with: each junction's controller runs its first plan, as
//! a cabinet does that hears from nobody.
//!
//! The controller is run for a few cycles until one is as the one before; from there its changes
//! repeat. A plan that does not settle, or whose cycle is no whole number of the controller's ticks,
//! is run by the controller itself.

use scenario::SignalSite;
use signal::controller::TICK;
use signal::{Aspect, Controller, LocalPlan};
use units::{Millis, Moment};

use crate::world::World;

/// Cycles within which a plan settles: the first two begin from the initial stage.
const CYCLES_MAX: i64 = 6;

/// The lamps of all junctions of a site.
#[derive(Clone, Debug)]
pub struct Lights {
    junctions: Vec<Course>,
    /// When each shows something else next.
    due: Vec<Moment>,
}

impl Lights {
    /// The lamps from time zero on.
    #[must_use]
    pub fn new(sites: &[SignalSite]) -> Self {
        let junctions: Vec<Course> = sites.iter().map(Course::new).collect();
        Self { due: vec![Moment::ORIGIN; junctions.len()], junctions }
    }

    /// Shows the world what the lamps show at `now`; times must not go backwards.
    pub fn show(&mut self, world: &mut World, now: Moment) {
        for (index, (course, due)) in self.junctions.iter_mut().zip(&mut self.due).enumerate() {
            if *due <= now {
                *due = course.advance(now);
                world.set_aspects(index, course.aspects());
            }
        }
    }
}

/// What a junction shows from a moment on.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    at: Moment,
    aspects: Vec<Aspect>,
}

#[derive(Clone, Debug)]
enum Course {
    /// The changes up to the end of a cycle that is as the one before, in order; those from
    /// `changes[from]` on come again each cycle. `turns` of these are over.
    Repeats { changes: Vec<Change>, from: usize, cycle: Millis, place: usize, turns: i64 },
    /// The controller at work.
    Runs(Box<Cabinet>),
}

#[derive(Clone, Debug)]
struct Cabinet {
    controller: Controller,
    plan: LocalPlan,
    now: Moment,
}

impl Cabinet {
    fn new(site: &SignalSite) -> Self {
        Self {
            controller: Controller::new(site.layout.clone(), Moment::ORIGIN),
            plan: LocalPlan::new(site.plans[0].clone()),
            now: Moment::ORIGIN,
        }
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.controller.request(self.plan.wanted(self.now));
        self.controller.step(self.now);
    }
}

impl Course {
    fn new(site: &SignalSite) -> Self {
        let mut cabinet = Cabinet::new(site);
        let start = cabinet.clone();
        let cycle = site.plans[0].cycle();
        let mut changes =
            vec![Change { at: Moment::ORIGIN, aspects: cabinet.controller.aspects().to_vec() }];
        let mut last = Vec::new();
        let mut stood = None;
        if cycle.modulo(TICK) != Millis::ZERO {
            return Self::Runs(Box::new(start));
        }
        for turn in 0..CYCLES_MAX {
            let begin = Moment::ORIGIN + cycle * turn;
            let from = changes.len();
            while cabinet.now < begin + cycle {
                cabinet.tick();
                let shown = cabinet.controller.aspects();
                if changes.last().is_none_or(|change| change.aspects != shown) {
                    changes.push(Change { at: cabinet.now, aspects: shown.to_vec() });
                }
            }
            let these: Vec<(Millis, Vec<Aspect>)> =
                changes[from..].iter().map(|c| (c.at - begin, c.aspects.clone())).collect();
            let controller = &cabinet.controller;
            let stands = Some((controller.running(), controller.elapsed(cabinet.now)));
            // A group that has shown no other light may wait for something longer than a cycle.
            let all_moved = (0..controller.aspects().len())
                .all(|group| these.iter().any(|(_, aspects)| aspects[group] == Aspect::Green));
            if all_moved && these == last && stands == stood {
                return Self::Repeats { changes, from, cycle, place: 0, turns: 0 };
            }
            (last, stood) = (these, stands);
        }
        Self::Runs(Box::new(start))
    }

    /// Goes on to `now`; when something else comes next.
    fn advance(&mut self, now: Moment) -> Moment {
        match self {
            Self::Repeats { changes, from, cycle, place, turns } => loop {
                let (mut next, mut turn) = (*place + 1, *turns);
                if next == changes.len() {
                    (next, turn) = (*from, turn + 1);
                }
                let at = changes[next].at + *cycle * turn;
                if at > now {
                    return at;
                }
                (*place, *turns) = (next, turn);
            },
            Self::Runs(cabinet) => {
                while cabinet.now + TICK <= now {
                    cabinet.tick();
                }
                now + TICK
            }
        }
    }

    fn aspects(&self) -> &[Aspect] {
        match self {
            Self::Repeats { changes, place, .. } => &changes[*place].aspects,
            Self::Runs(cabinet) => cabinet.controller.aspects(),
        }
    }
}

#[cfg(test)]
mod tests {
    use scenario::generate;

    use super::*;

    #[test]
    fn what_repeats_is_what_the_controller_shows_at_every_tick() {
        let sites = [generate::district(3, 4, 3), generate::arterial(5, 8)];
        for (site, _) in sites {
            for signal in &site.signals {
                let mut course = Course::new(signal);
                assert!(matches!(course, Course::Repeats { .. }), "it does not settle");
                let mut cabinet = Cabinet::new(signal);
                let mut due = Moment::ORIGIN;
                while cabinet.now < Moment(7_200_000) {
                    cabinet.tick();
                    if due <= cabinet.now {
                        due = course.advance(cabinet.now);
                    }
                    let shown = cabinet.controller.aspects();
                    assert_eq!(course.aspects(), shown, "at {:?}", cabinet.now);
                }
            }
        }
    }
}
