//! A plan that runs in step with the common clock, and gets into step where it is not.
//!
//! ```text
//!               a split begins, out of step by more than IN_STEP
//!     InStep ─────────────────────────────────────────────────────▶ Add, Subtract or Dwell
//!        ▲                                                           │  each split of each cycle
//!        └──────────────── a split begins in step ───────────────────┘  corrected within its room
//!
//!     another plan, a clock that jumps, control that comes back: the stage that runs goes on
//! ```
//!
//! The plan's stages always follow one another in the plan's order, each for at least its clearance
//! and minimum. A clock that jumps is seen when the next split begins. So nothing that the clock or
//! the calendar does ever shortens a stage that runs.

use std::sync::Arc;

use units::{Millis, Moment, StageId};

use crate::clock::CommonClock;
use crate::layout::Layout;
use crate::plan::Plan;
use crate::transition::{Coordination, Correction, IN_STEP, Method, Room};

/// Where a junction stands: a stage, and for how long it has been green.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The stage that runs, or that a transition leads to.
    pub stage: StageId,
    /// How long it has been green; negative where its green is so far ahead, at the most.
    pub green_for: Millis,
}

/// The split that runs.
#[derive(Clone, Copy, Debug)]
struct Running {
    place: usize,
    since: Moment,
    /// When its stage is green, after `since`; negative where it was green before.
    lead: Millis,
    length: Millis,
    correction: Correction,
}

/// A junction's plan on the common clock.
#[derive(Clone, Debug)]
pub struct Coordinator {
    layout: Arc<Layout>,
    method: Method,
    plan: Plan,
    room: Room,
    running: Running,
}

impl Coordinator {
    /// Begins a plan where the junction stands; where nobody knows, with the stage that the clock
    /// wants.
    #[must_use]
    pub fn new(
        layout: Arc<Layout>,
        plan: Plan,
        method: Method,
        standing: Option<Standing>,
        now: Moment,
        clock: &CommonClock,
    ) -> Self {
        let still = Correction { state: Coordination::InStep, out: Millis::ZERO, by: Millis::ZERO };
        let running = Running {
            place: 0,
            since: now,
            lead: Millis::ZERO,
            length: Millis::ZERO,
            correction: still,
        };
        let room = Room::new(&plan, &layout, method);
        let mut coordinator = Self { layout, method, plan, room, running };
        coordinator.resume(standing, now, clock);
        coordinator
    }

    /// Changes to another plan. The stage that runs goes on, or is ended after its minimum where the
    /// new plan does not have it.
    pub fn change_plan(&mut self, plan: Plan, now: Moment, clock: &CommonClock) {
        if plan == self.plan {
            return;
        }
        let standing = self.standing(now);
        self.room = Room::new(&plan, &self.layout, self.method);
        self.plan = plan;
        self.resume(Some(standing), now, clock);
    }

    /// Takes the plan up where the junction stands, after something else had control.
    pub fn resume(&mut self, standing: Option<Standing>, now: Moment, clock: &CommonClock) {
        let splits = self.plan.splits();
        let own = |place: &usize| standing.is_some_and(|s| splits[*place].0 == s.stage);
        let any = (0..splits.len()).any(|place| own(&place));
        let places = (0..splits.len()).filter(|place| !any || own(place));
        let entries = places.map(|place| self.entry(place, standing, now));
        let cost = |entry: &Entry| self.room.cycles(self.ahead(entry.place, entry.since, clock));
        let best = entries.min_by(|a, b| cost(a).total_cmp(&cost(b)));
        if let Some(Entry { place, since, lead, needed }) = best {
            self.begin(place, since, lead, needed, clock);
        }
    }

    /// The stage to demand now. Must be asked at least once a cycle while the plan has control; after
    /// a longer pause the plan is taken up anew where it stood.
    pub fn wanted(&mut self, now: Moment, clock: &CommonClock) -> StageId {
        if now - self.end() > self.plan.cycle() {
            let standing = self.standing(now);
            self.resume(Some(standing), now, clock);
        }
        // What is left is at most a cycle, of splits that may be shrunk a little.
        for _ in 0..3 * self.plan.splits().len() {
            if now < self.end() {
                break;
            }
            let place = (self.running.place + 1) % self.plan.splits().len();
            let lead = self.plan.lead(place, &self.layout);
            let needed = self.plan.needed(place, &self.layout);
            self.begin(place, self.end(), lead, needed, clock);
        }
        self.plan.splits()[self.running.place].0
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How the plan stands to the clock, since the split that runs began.
    #[must_use]
    pub fn state(&self) -> Coordination {
        self.running.correction.state
    }

    /// How far the plan was out of step when the split that runs began: what must be added where it
    /// is positive, taken away where it is negative.
    #[must_use]
    pub fn out_of_step(&self) -> Millis {
        self.running.correction.out
    }

    /// The plan's own second of the cycle; it stands still at the end of a split that is stretched.
    #[must_use]
    pub fn cycle_time(&self, now: Moment) -> Millis {
        let Running { place, since, .. } = self.running;
        let within = (now - since).at_least_zero().min(self.plan.splits()[place].1);
        (self.plan.start(place) + within).modulo(self.plan.cycle())
    }

    /// The most cycles that the way into step takes, after anything.
    #[must_use]
    pub fn cycles_max(&self) -> i64 {
        self.room.cycles_max()
    }

    fn end(&self) -> Moment {
        self.running.since + self.running.length
    }

    fn standing(&self, now: Moment) -> Standing {
        let Running { place, since, lead, .. } = self.running;
        Standing { stage: self.plan.splits()[place].0, green_for: now - since - lead }
    }

    /// How far the plan is ahead of the clock where `place` begins at `at`; within the cycle.
    fn ahead(&self, place: usize, at: Moment, clock: &CommonClock) -> Millis {
        let target = clock.reading(at) - self.plan.offset();
        (self.plan.start(place) - target).modulo(self.plan.cycle())
    }

    fn begin(
        &mut self,
        place: usize,
        since: Moment,
        lead: Millis,
        needed: Millis,
        clock: &CommonClock,
    ) {
        let mut correction = self.room.correct(place, self.ahead(place, since, clock));
        let planned = self.plan.splits()[place].1 + correction.by;
        let length = planned.max(needed);
        // A split that must last longer than the plan has it leaves the plan behind the clock.
        let out = correction.out - (length - planned);
        if correction.state == Coordination::InStep && out < -IN_STEP {
            correction = Correction { state: Coordination::Add, out, by: length - planned };
        }
        self.running = Running { place, since, lead, length, correction };
    }

    /// How the plan would be entered at `place`.
    fn entry(&self, place: usize, standing: Option<Standing>, now: Moment) -> Entry {
        let (stage, split) = self.plan.splits()[place];
        let minimum = self.layout.stage(stage).min_green;
        match standing {
            Some(Standing { stage: at, green_for }) if at == stage => {
                // What has run longer than its split was held: the split ends now.
                let lead = self.plan.lead(place, &self.layout);
                let run = (lead + green_for).at_least_zero().min(split);
                let needed = run + (minimum - green_for).at_least_zero();
                Entry { place, since: now - run, lead: run - green_for, needed }
            }
            Some(Standing { stage: at, green_for }) => {
                let left = (self.layout.stage(at).min_green - green_for).at_least_zero();
                let lead = left + self.way(at, stage);
                Entry { place, since: now, lead, needed: lead + minimum }
            }
            None => {
                let from = self.layout.stage_ids();
                let lead = from.map(|from| self.way(from, stage)).max().unwrap_or(Millis::ZERO);
                Entry { place, since: now, lead, needed: lead + minimum }
            }
        }
    }

    /// The shortest time from the end of one stage to the green of another, over the stages that
    /// must lie between.
    fn way(&self, from: StageId, to: StageId) -> Millis {
        let (mut at, mut span) = (from, Millis::ZERO);
        while at != to {
            let next = self.layout.next_hop(at, to);
            span += self.layout.clearance(at, next);
            if next != to {
                span += self.layout.stage(next).min_green;
            }
            at = next;
        }
        span
    }
}

/// A place in a plan, and what a split that begins there must last.
struct Entry {
    place: usize,
    since: Moment,
    lead: Millis,
    needed: Millis,
}
