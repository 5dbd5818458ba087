//! One lane within one step of a search: who leaves it, and what they have lost.

use super::outlook::Outlook;
use super::search::Terms;
use super::table::{Flow, Move};
use crate::spec::Opening;

/// Whoever loses more than this has stopped, seconds.
const STOPPED: f32 = 1.0;

/// One lane of one node: its place in the outlook, and when the next can leave.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lane {
    pub(crate) place: u32,
    pub(crate) ready: f32,
}

/// When what happens in a step, seconds from now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// The stage before, and the stage after.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The last may pass what ends.
    pub(crate) ends: f32,
    /// The stage that follows is green.
    pub(crate) green: f32,
    /// The step is over.
    pub(crate) until: f32,
}

impl Lane {
    /// Lets go who may in a step, and says what they have lost, weighed.
    #[inline]
    pub(crate) fn pass(
        &mut self,
        outlook: &Outlook,
        terms: &Terms,
        one: &Move,
        timing: &Timing,
    ) -> f32 {
        let &Timing { ends, green, until, .. } = timing;
        let before = || outlook.held(one.lane, timing.from);
        match one.flow {
            Flow::Goes => self.leave(outlook, terms, one.before, (before(), until)),
            Flow::Ends => self.leave(outlook, terms, one.before, (before(), ends)),
            Flow::Begins => {
                self.ready = self.ready.max(green + terms.law.start_up);
                if self.ready >= until {
                    return 0.0;
                }
                let held = outlook.held(one.lane, timing.to);
                self.leave(outlook, terms, one.after, (held, until))
            }
            Flow::Differs => self.differ(outlook, terms, one, timing),
        }
    }

    /// The same where the lane is open in a part of the change, or before it and after it.
    fn differ(&mut self, outlook: &Outlook, terms: &Terms, one: &Move, timing: &Timing) -> f32 {
        let &Timing { ends, green, until, .. } = timing;
        let Move { before, through, after, .. } = *one;
        let held = outlook.held(one.lane, timing.from);
        let mut lost = 0.0;
        if before.open & !through != 0 {
            lost += self.leave(outlook, terms, before, (held, ends));
        }
        if through != 0 {
            let through = Opening { open: through, yielding: before.yielding };
            lost += self.leave(outlook, terms, through, (held, green.min(until)));
        }
        if after.open & !through != 0 {
            self.ready = self.ready.max(green + terms.law.start_up);
        }
        if after.open != 0 && green < until {
            let held = outlook.held(one.lane, timing.to);
            lost += self.leave(outlook, terms, after, (held, until));
        }
        lost
    }

    /// Lets go who may from a time and before another, and says what they have lost, weighed.
    #[inline]
    fn leave(
        &mut self,
        outlook: &Outlook,
        terms: &Terms,
        opening: Opening,
        (held, until): (f32, f32),
    ) -> f32 {
        let Opening { open, yielding } = opening;
        let mut lost = 0.0;
        loop {
            let arrival = outlook.next(self.place as usize);
            let leaves = arrival.at.max(self.ready).max(held);
            // Whoever never comes ends it at the latest.
            if leaves >= until || arrival.ways & arrival.usable(open, yielding) == 0 {
                return lost;
            }
            let delay = leaves - arrival.at;
            lost += arrival.weight * (delay + if delay > STOPPED { terms.stop } else { 0.0 });
            let freely = arrival.ways & open & !yielding != 0;
            let headway = if freely { terms.law.headway } else { terms.law.yielding };
            self.ready = leaves + headway * arrival.size;
            self.place += 1;
        }
    }
}
