//! The ways into step: by how much a plan may be stretched or shrunk in one cycle, and which way is
//! taken.
//!
//! A plan is *in step* when its second of the cycle is the one that the common clock and the offset
//! ask for. One that is *ahead* can wait, by so much as it is ahead; or it can hurry through what is
//! left of the cycle, which brings it to the same second one cycle later.

use units::{GroupId, Millis, StageId};

use crate::layout::Layout;
use crate::plan::Plan;

/// The most that one cycle is stretched, in thousandths: 20 %, the upper end of what studies of
/// short way found good (17 to 20 %).
const STRETCH_MAX: i64 = 200;
/// The most that one cycle is shrunk, in thousandths: the lower end of the same studies.
const SHRINK_MAX: i64 = 170;
/// A plan that could give less than this a cycle, in thousandths, is not shrunk at all: the way back
/// into step would take more than twenty cycles.
const SLACK_LEAST: i64 = 50;
/// The stretch of a split and the hold of the first stage that a plan is given, in thousandths of a
/// group's red and of the cycle, even where the controller may then serve a group before its turn;
/// never beyond the maximum red itself. Less would keep a plan out of step for a quarter of an hour.
const STRETCH_LEAST: i64 = 100;
const DWELL_LEAST: i64 = 200;
/// What counts as in step. Less is not worth a correction, and may be no more than two clocks that
/// differ.
pub const IN_STEP: Millis = Millis(500);

/// How a plan gets into step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Method {
    /// Whichever of adding and subtracting takes fewer cycles.
    #[default]
    ShortWay,
    /// Every split is stretched.
    Add,
    /// Every split is shrunk, as far as its stage leaves room; a plan without room is stretched.
    Subtract,
    /// The first stage of the plan is held.
    Dwell,
}

impl Method {
    /// Every method with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("short-way", Self::ShortWay),
        ("add", Self::Add),
        ("subtract", Self::Subtract),
        ("dwell", Self::Dwell),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|&&(_, method)| method == self).map_or("", |&(name, _)| name)
    }
}

/// How a junction stands to the common clock. The codes are those of the Indiana event 150 (Purdue
/// enumerations, 2019 revision).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coordination {
    /// No plan runs.
    Free,
    /// The plan is in step.
    InStep,
    /// Its cycles are stretched.
    Add,
    /// Its cycles are shrunk.
    Subtract,
    /// Its first stage is held.
    Dwell,
}

impl Coordination {
    /// The parameter of the Indiana event 150.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Free => 0,
            Self::InStep => 1,
            Self::Add => 2,
            Self::Subtract => 3,
            Self::Dwell => 4,
        }
    }

    /// A short name, for events and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::InStep => "in step",
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Dwell => "dwell",
        }
    }
}

/// What one split is changed by, and how far the plan is out of step as the split begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Correction {
    pub(crate) state: Coordination,
    /// What must still be added (positive) or taken away (negative).
    pub(crate) out: Millis,
    /// What this split is lengthened by.
    pub(crate) by: Millis,
}

/// The room that a plan has.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    cycle: Millis,
    method: Method,
    /// What each split may be stretched and shrunk by.
    splits: Vec<(Millis, Millis)>,
    /// What the whole cycle may be stretched and shrunk by.
    up: Millis,
    down: Millis,
    /// What the first split may be held for.
    dwell: Millis,
}

impl Room {
    /// The room of a plan. Stretched, no group's red goes beyond its maximum, nor into the time in
    /// which the controller would serve it before its turn, where the plan leaves that; shrunk, no
    /// split goes under its stage's clearance and minimum.
    pub(crate) fn new(plan: &Plan, layout: &Layout, method: Method) -> Self {
        let stretch = stretch(plan, layout);
        let room = |(place, &(_, split)): (usize, &(StageId, Millis))| {
            let spare = (split - plan.needed(place, layout)).at_least_zero();
            (thousandths(split, stretch).max(Millis(1)), thousandths(split, SHRINK_MAX).min(spare))
        };
        let splits: Vec<_> = plan.splits().iter().enumerate().map(room).collect();
        let (up, down) = (splits.iter().map(|s| s.0).sum(), splits.iter().map(|s| s.1).sum());
        Self { cycle: plan.cycle(), method, up, down, dwell: dwell(plan, layout), splits }
    }

    /// The correction of the split at `place` where the plan is `ahead` by so much as it begins.
    pub(crate) fn correct(&self, place: usize, ahead: Millis) -> Correction {
        let behind = self.cycle - ahead;
        let (stretch, shrink) = self.splits[place];
        let nearest = if ahead <= behind { ahead } else { -behind };
        if ahead.min(behind) <= IN_STEP {
            return Correction { state: Coordination::InStep, out: nearest, by: Millis::ZERO };
        }
        match self.way(ahead) {
            Method::Subtract => {
                let by = -behind.min(shrink);
                Correction { state: Coordination::Subtract, out: -behind, by }
            }
            Method::Dwell => {
                let by = if place == 0 { ahead.min(self.dwell) } else { Millis::ZERO };
                Correction { state: Coordination::Dwell, out: ahead, by }
            }
            Method::Add | Method::ShortWay => {
                let by = ahead.min(stretch);
                Correction { state: Coordination::Add, out: ahead, by }
            }
        }
    }

    /// How many cycles it takes from here, about; for choosing where to enter a plan.
    pub(crate) fn cycles(&self, ahead: Millis) -> f64 {
        let behind = self.cycle - ahead;
        let per = |span: Millis, room: Millis| span.as_secs_f64() / room.as_secs_f64();
        match self.way(ahead) {
            _ if ahead.min(behind) <= IN_STEP => 0.0,
            Method::Subtract => per(behind, self.down),
            Method::Dwell => per(ahead, self.dwell),
            Method::Add | Method::ShortWay => per(ahead, self.up),
        }
    }

    /// The most cycles that the way into step takes from anywhere: the first may be the rest of one.
    pub(crate) fn cycles_max(&self) -> i64 {
        let room = match self.method {
            Method::Add => self.up,
            Method::Dwell => self.dwell,
            Method::Subtract if self.has_slack() => self.down,
            Method::ShortWay if self.has_slack() => self.up + self.down,
            Method::Subtract | Method::ShortWay => self.up,
        };
        2 + (self.cycle.0 + room.0 - 1) / room.0
    }

    fn has_slack(&self) -> bool {
        self.down >= thousandths(self.cycle, SLACK_LEAST)
    }

    /// The way that is taken: never [`Method::ShortWay`] itself.
    fn way(&self, ahead: Millis) -> Method {
        let behind = self.cycle - ahead;
        match self.method {
            Method::Subtract | Method::ShortWay if !self.has_slack() => Method::Add,
            // ahead / up <= behind / down, the cycles of either way.
            Method::ShortWay if ahead * self.down.0 <= behind * self.up.0 => Method::Add,
            Method::ShortWay => Method::Subtract,
            method => method,
        }
    }
}

fn thousandths(span: Millis, share: i64) -> Millis {
    Millis((span * share).0 / 1_000)
}

/// What every split may be stretched by, in thousandths: at least one, or nothing ever got in step.
fn stretch(plan: &Plan, layout: &Layout) -> i64 {
    let share = |group: GroupId| {
        let Red { longest, calm, limit } = red(plan, layout, group);
        let room = calm.max(thousandths(longest, STRETCH_LEAST)).min(limit).at_least_zero();
        if longest == Millis::ZERO { STRETCH_MAX } else { (room * 1_000).0 / longest.0 }
    };
    layout.group_ids().map(share).min().unwrap_or(STRETCH_MAX).clamp(1, STRETCH_MAX)
}

/// What the first split may be held for: as long as every group that is red in it may wait.
fn dwell(plan: &Plan, layout: &Layout) -> Millis {
    let first = layout.stage(plan.splits()[0].0).groups;
    let waiting = layout.group_ids().filter(|&group| !first.contains(group));
    let room = |group: GroupId| {
        let Red { calm, limit, .. } = red(plan, layout, group);
        calm.max(thousandths(plan.cycle(), DWELL_LEAST)).min(limit)
    };
    let longest = waiting.map(room).min().unwrap_or(plan.cycle());
    longest.clamp(thousandths(plan.cycle(), 1), plan.cycle())
}

/// The longest red that a plan gives a group, and by how much it may grow.
struct Red {
    longest: Millis,
    /// Until the controller serves the group before its turn.
    calm: Millis,
    /// Until its maximum.
    limit: Millis,
}

fn red(plan: &Plan, layout: &Layout, group: GroupId) -> Red {
    let splits = plan.splits();
    let serves = |place: usize| layout.stage(splits[place].0).groups.contains(group);
    let mut longest = Millis::ZERO;
    for begin in (0..splits.len()).filter(|&place| serves(place)) {
        let mut place = (begin + 1) % splits.len();
        let mut red = Millis::ZERO;
        while !serves(place) {
            red += splits[place].1;
            place = (place + 1) % splits.len();
        }
        // The clearance towards its own stage is red too.
        longest =
            longest.max(if red > Millis::ZERO { red + plan.lead(place, layout) } else { red });
    }
    let limit = layout.group(group).max_red - longest;
    Red { longest, calm: limit - layout.starvation_reserve(), limit }
}
