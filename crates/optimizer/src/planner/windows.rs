//! A junction's plan, and when each of its ruled lanes is open under it.
//!
//! A *plan* is what the last search chose: which stage from when on. It is remembered, because a
//! junction that may not change now goes on with it, and its neighbours want to know.
//!
//! ```text
//!   plan     stage 0 ───────────┐ change at 12 s ┌── stage 2 ─────────▶ horizon
//!   lane 0   ███ open ███████████▌end gain
//!   lane 1                                        ▏start-up███ open ███▶
//! ```

use units::Millis;

use super::law::Law;
use super::outlook::Outlook;
use super::table::Table;
use crate::spec::{Showing, Ways};

/// More windows than this are opened for a lane by few plans: a minute has some five changes, and each
/// has two.
const WINDOWS: usize = 16;

/// What a junction means to show.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    made: Millis,
    /// Seconds after it was made, and the stage that is demanded then; the first at 0.
    changes: Vec<(f32, usize)>,
}

impl Plan {
    /// Takes a sequence of stages, one for each step of a grid.
    pub(super) fn take(&mut self, made: Millis, running: usize, sequence: &[u8], grid: &[f32]) {
        self.made = made;
        self.changes.clear();
        self.changes.reserve(grid.len() + 1);
        self.changes.push((0.0, running));
        let begins = std::iter::once(0.0).chain(grid.iter().copied());
        for (from, &stage) in begins.zip(sequence) {
            let stage = usize::from(stage);
            if self.changes.last().is_some_and(|&(_, last)| last != stage) {
                self.changes.push((from, stage));
            }
        }
    }

    /// What is still to be changed, seconds from now: nothing where the junction does not show what
    /// was planned. A change that is due and does not show yet is on its way.
    fn ahead(&self, now: Millis, shown: usize) -> impl Iterator<Item = (f32, usize)> + '_ {
        let passed = (now - self.made).as_secs_f32();
        let changes = self.changes.get(1..).unwrap_or(&[]);
        let past = changes.iter().take_while(|&&(at, _)| at < passed).count();
        let begins = past.saturating_sub(1)..=past;
        let reached = begins.rev().find(|&at| self.changes.get(at).is_some_and(|c| c.1 == shown));
        let rest = reached.map_or(&[][..], |reached| &self.changes[reached + 1..]);
        rest.iter().map(move |&(at, stage)| ((at - passed).max(0.0), stage))
    }
}

/// A stretch of time in which a lane may be left.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Window {
    /// Nobody leaves before, seconds from now.
    pub(super) ready: f32,
    /// Nor from then on.
    pub(super) until: f32,
    pub(super) open: Ways,
    pub(super) yielding: Ways,
}

/// The windows of all ruled lanes, in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    lanes: Vec<Vec<Window>>,
}

impl Windows {
    /// What a plan opens up to a horizon, seconds from now, by the search's own rules; nobody leaves
    /// who is held up.
    pub(super) fn fill(
        &mut self,
        (table, law): (&Table, &Law),
        outlook: &Outlook,
        showing: Showing,
        (plan, now): (&Plan, Millis),
        horizon: f32,
    ) {
        let lanes = table.approaches.len();
        // A junction with fewer lanes leaves the rows of others as they are.
        self.lanes.resize_with(self.lanes.len().max(lanes), || Vec::with_capacity(WINDOWS));
        self.lanes.iter_mut().for_each(Vec::clear);
        let (mut stage, mut since) = match showing {
            Showing::Stage { stage, elapsed } => (stage, -elapsed.as_secs_f32()),
            Showing::Unknown => return,
            Showing::Change { from, to, elapsed } => {
                let green = (table.clearance(from, to) - elapsed.as_secs_f32()).max(0.0);
                for (lane, &open) in table.through(from, to)[..lanes].iter().enumerate() {
                    let yielding = table.opens(from)[lane].yielding;
                    self.push(lane, Window { ready: 0.0, until: green, open, yielding });
                }
                (to, green)
            }
        };
        // Who was open before goes on without a start-up.
        let mut through: Option<(usize, usize)> = match showing {
            Showing::Change { from, to, .. } => Some((from, to)),
            Showing::Stage { .. } | Showing::Unknown => None,
        };
        let mut changes = plan.ahead(now, stage).take_while(|&(at, _)| at < horizon);
        loop {
            let next = changes.next();
            for lane in 0..lanes {
                let opening = table.opens(stage)[lane];
                let flows = through
                    .is_some_and(|(from, to)| opening.open & !table.through(from, to)[lane] == 0);
                let ready = if flows { since } else { since + law.start_up };
                let ready = ready.max(outlook.held(lane as u16, stage));
                let until = next.map_or(horizon, |(at, to)| {
                    let closes = opening.open & !table.through(stage, to)[lane] != 0;
                    at + if closes { law.end_gain } else { 0.0 }
                });
                let (open, yielding) = (opening.open, opening.yielding);
                self.push(lane, Window { ready: ready.max(0.0), until, open, yielding });
            }
            let Some((at, to)) = next else { return };
            let green = at + table.clearance(stage, to);
            for (lane, &open) in table.through(stage, to)[..lanes].iter().enumerate() {
                let yielding = table.opens(stage)[lane].yielding;
                self.push(lane, Window { ready: at, until: green, open, yielding });
            }
            through = Some((stage, to));
            (stage, since) = (to, green);
        }
    }

    fn push(&mut self, lane: usize, window: Window) {
        if window.open != 0 && window.until > window.ready {
            self.lanes[lane].push(window);
        }
    }

    /// The windows of one ruled lane.
    pub(super) fn lane(&self, lane: usize) -> &[Window] {
        &self.lanes[lane]
    }
}
