//! One junction's controller as a state machine, `step(now)`.
//!
//! ```text
//!   Startup ── flashing yellow, all red ──▶ Transition(to initial)
//!                                               │ every group of `to` is green
//!                                               ▼
//!            ┌──────────── request, and ──── Stage(s)
//!            │  minimum of the stage over       ▲
//!            ▼                                  │
//!        Transition(from, to) ──────────────────┘
//! ```
//!
//! In a transition the groups that lose their right close at once; a group that gains it starts
//! when every intergreen towards it has run out; a group green in both stages stays green. Whatever
//! is requested, a group that nears its maximum red is served first: the one rule that the
//! controller makes by itself.

use std::sync::Arc;

use units::{GroupId, Millis, Moment, StageId};

use crate::group::Aspect;
use crate::layout::Layout;

/// The controller's own resolution. Deadlines are met at the first tick that is not before them, so
/// rounding only ever lengthens an interval.
pub const TICK: Millis = Millis(100);

/// The longest gap that is stepped through; a clock that jumps further is taken as just started.
const JUMP_MAX: Millis = Millis(3_600_000);

/// Where the controller stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Running {
    /// Flashing yellow or all red, before the first stage.
    Startup,
    /// All groups of the stage are green.
    Stage(StageId),
    /// On the way to a stage.
    Transition {
        /// The stage before; none after start-up.
        from: Option<StageId>,
        /// The stage that follows.
        to: StageId,
    },
}

#[derive(Clone, Copy, Debug)]
struct Lamp {
    aspect: Aspect,
    since: Moment,
    /// When its last green ended.
    green_end: Option<Moment>,
    /// Since when it has not been green.
    red_since: Moment,
}

/// A junction's controller.
#[derive(Clone, Debug)]
pub struct Controller {
    layout: Arc<Layout>,
    lamps: Vec<Lamp>,
    aspects: Vec<Aspect>,
    running: Running,
    since: Moment,
    wanted: StageId,
    flashing_until: Moment,
    red_until: Moment,
    now: Moment,
}

impl Controller {
    /// A controller whose initial stage is green at `now`.
    #[must_use]
    pub fn new(layout: Arc<Layout>, now: Moment) -> Self {
        let mut controller = Self::with_startup(layout, now, Millis::ZERO, Millis::ZERO);
        controller.tick(now);
        controller.tick(now);
        controller
    }

    /// A controller that was just switched on: flashing yellow, all red, then the initial stage.
    #[must_use]
    pub fn with_startup(
        layout: Arc<Layout>,
        now: Moment,
        flashing: Millis,
        all_red: Millis,
    ) -> Self {
        let aspect = if flashing > Millis::ZERO { Aspect::FlashingYellow } else { Aspect::Red };
        let lamp = Lamp { aspect, since: now, green_end: None, red_since: now };
        let count = layout.groups().len();
        Self {
            wanted: layout.initial(),
            lamps: vec![lamp; count],
            aspects: vec![aspect; count],
            layout,
            running: Running::Startup,
            since: now,
            flashing_until: now + flashing,
            red_until: now + flashing + all_red,
            now,
        }
    }

    /// Asks for a stage; it comes when minimums, intergreens and starving groups allow it. A stage
    /// that the junction does not have is ignored.
    pub fn request(&mut self, stage: StageId) {
        if self.layout.has_stage(stage) {
            self.wanted = stage;
        }
    }

    /// Brings the controller to `now`. Time that goes backwards changes nothing.
    pub fn step(&mut self, now: Moment) {
        if now - self.now > JUMP_MAX {
            *self =
                Self::with_startup(self.layout.clone(), now, Millis::ZERO, Millis::from_secs(5));
        }
        while self.now + TICK <= now {
            self.tick(self.now + TICK);
        }
    }

    /// What a group shows.
    #[must_use]
    pub fn aspect(&self, group: GroupId) -> Aspect {
        self.aspects[group.index()]
    }

    /// What every group shows, indexed by [`GroupId`].
    #[must_use]
    pub fn aspects(&self) -> &[Aspect] {
        &self.aspects
    }

    /// Where the controller stands.
    #[must_use]
    pub fn running(&self) -> Running {
        self.running
    }

    /// The time since the stage's last green began, or since the transition began.
    #[must_use]
    pub fn elapsed(&self, now: Moment) -> Millis {
        (now - self.since).at_least_zero()
    }

    /// The stage that is asked for at present.
    #[must_use]
    pub fn wanted(&self) -> StageId {
        self.wanted
    }

    /// The table that the controller runs by.
    #[must_use]
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn tick(&mut self, now: Moment) {
        self.now = now;
        match self.running {
            Running::Startup => self.start_up(now),
            Running::Stage(stage) => self.hold(stage, now),
            Running::Transition { to, .. } => self.change(to, now),
        }
    }

    fn start_up(&mut self, now: Moment) {
        if now >= self.flashing_until {
            for group in self.layout.clone().group_ids() {
                if self.aspect(group) != Aspect::Red {
                    self.show(group, Aspect::Red, now);
                }
            }
        }
        if now >= self.red_until {
            self.enter(Running::Transition { from: None, to: self.layout.initial() }, now);
        }
    }

    fn hold(&mut self, stage: StageId, now: Moment) {
        let target = self.starving(now).unwrap_or(self.wanted);
        if target == stage || self.elapsed(now) < self.layout.stage(stage).min_green {
            return;
        }
        let to = self.layout.next_hop(stage, target);
        let layout = self.layout.clone();
        for group in layout.stage(stage).groups.difference(layout.stage(to).groups).iter() {
            self.show(group, layout.group(group).closing_aspect(), now);
        }
        self.enter(Running::Transition { from: Some(stage), to }, now);
        self.change(to, now);
    }

    fn change(&mut self, to: StageId, now: Moment) {
        let layout = self.layout.clone();
        for group in layout.group_ids() {
            let lamp = self.lamps[group.index()];
            let closing = layout.group(group).closing_aspect();
            if lamp.aspect == closing && now - lamp.since >= layout.group(group).closing {
                self.show(group, Aspect::Red, now);
            }
        }
        let target = layout.stage(to).groups;
        for group in target.iter() {
            if self.aspect(group) == Aspect::Red && self.may_start(group, now) {
                self.show(group, Aspect::Green, now);
            }
        }
        // The stage runs when its last group is green and no other still closes.
        let settled = |group: GroupId| {
            let expected = if target.contains(group) { Aspect::Green } else { Aspect::Red };
            self.aspect(group) == expected
        };
        if layout.group_ids().all(settled) {
            self.enter(Running::Stage(to), now);
        }
    }

    /// Whether every intergreen towards `group` has run out, and no foe is green or closing.
    fn may_start(&self, group: GroupId, now: Moment) -> bool {
        self.layout.group_ids().all(|foe| {
            let Some(intergreen) = self.layout.intergreens().get(foe, group) else {
                return true;
            };
            let lamp = &self.lamps[foe.index()];
            lamp.aspect == Aspect::Red && lamp.green_end.is_none_or(|end| now - end >= intergreen)
        })
    }

    /// The stage of the group with the earliest deadline, once one is within the reserve.
    fn starving(&self, now: Moment) -> Option<StageId> {
        let left = |group: GroupId| {
            let lamp = &self.lamps[group.index()];
            let red = now - lamp.red_since;
            (lamp.aspect != Aspect::Green).then(|| self.layout.group(group).max_red - red)
        };
        let (group, left) = self
            .layout
            .group_ids()
            .filter_map(|group| left(group).map(|left| (group, left)))
            .min_by_key(|&(group, left)| (left, group))?;
        (left <= self.layout.starvation_reserve()).then(|| self.layout.home(group))
    }

    fn show(&mut self, group: GroupId, aspect: Aspect, now: Moment) {
        let lamp = &mut self.lamps[group.index()];
        if lamp.aspect == Aspect::Green {
            lamp.green_end = Some(now);
            lamp.red_since = now;
        }
        lamp.aspect = aspect;
        lamp.since = now;
        self.aspects[group.index()] = aspect;
    }

    fn enter(&mut self, running: Running, now: Moment) {
        self.running = running;
        self.since = now;
    }
}
