//! The monitor: judges what is read back from the street, by the same table and other code than the
//! controller's.
//!
//! It sees samples, not changes. A change between two samples may have happened at any moment
//! between them, so every span has a longest length that fits what was seen; only a span whose
//! *longest* length is too short is a violation. Two conflicting greens in one sample always are.

mod violation;

use std::sync::Arc;

use units::{GroupId, Millis, Moment};

use crate::group::Aspect;
use crate::layout::Layout;

pub use violation::Violation;

/// The bounds of the monitor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MonitorLimits {
    /// A gap between samples after which nothing before it is held against what follows.
    pub gap_max: Millis,
    /// What a cabinet's own clock may be off by on one span.
    pub tolerance: Millis,
}

impl Default for MonitorLimits {
    fn default() -> Self {
        Self { gap_max: Millis::from_secs(5), tolerance: Millis(200) }
    }
}

/// What is known of one group's last changes: each between two samples.
#[derive(Clone, Copy, Debug)]
struct Track {
    aspect: Aspect,
    /// The last sample before the aspect was first seen: the earliest it can have begun.
    earliest: Moment,
    /// The last sample before its last green was over.
    green_end_earliest: Option<Moment>,
    /// The first sample without green.
    red_since: Moment,
    starved_told: bool,
}

/// The monitor of one junction.
#[derive(Clone, Debug)]
pub struct Monitor {
    layout: Arc<Layout>,
    limits: MonitorLimits,
    last: Option<Moment>,
    tracks: Vec<Track>,
}

impl Monitor {
    /// A monitor that judges by `layout`.
    #[must_use]
    pub fn new(layout: Arc<Layout>, limits: MonitorLimits) -> Self {
        Self { layout, limits, last: None, tracks: Vec::new() }
    }

    /// Forgets what was before: after a reboot, a fault or a long silence.
    pub fn reset(&mut self) {
        self.last = None;
        self.tracks.clear();
    }

    /// [`Monitor::observe_between`] of a sample that was taken at one moment.
    pub fn observe(&mut self, now: Moment, aspects: &[Aspect]) -> Vec<Violation> {
        self.observe_between(now, now, aspects)
    }

    /// Takes a sample of every group's aspect, indexed by [`GroupId`], and says what is wrong. It was
    /// asked for at `asked` and had come by `now`: the lamps showed it at some moment between, and
    /// whatever that was, only what is too short for all of them is told. A sample of another length,
    /// or older than the last, is not taken.
    pub fn observe_between(
        &mut self,
        asked: Moment,
        now: Moment,
        aspects: &[Aspect],
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        let is_old = self.last.is_some_and(|last| asked < last) || now < asked;
        if aspects.len() != self.layout.groups().len() || is_old {
            return found;
        }
        self.conflicts(aspects, &mut found);
        // A junction that flashes or is dark is not under the table: it starts afresh.
        let silent = self.last.is_some_and(|last| now - last > self.limits.gap_max);
        if silent || is_uncontrolled(aspects) {
            self.reset();
        }
        match self.last {
            None => self.begin(now, aspects),
            Some(last) => self.compare((last, asked, now), aspects, &mut found),
        }
        if !self.tracks.is_empty() {
            self.last = Some(asked);
        }
        found
    }

    fn conflicts(&self, aspects: &[Aspect], found: &mut Vec<Violation>) {
        let go = |group: GroupId| aspects[group.index()].is_go();
        for a in self.layout.group_ids().filter(|&a| go(a)) {
            let foes = self.layout.group_ids().filter(|b| b.0 > a.0);
            for b in foes.filter(|&b| go(b) && self.layout.intergreens().conflicts(a, b)) {
                found.push(Violation::ConflictingGreens { a, b });
            }
        }
    }

    fn begin(&mut self, now: Moment, aspects: &[Aspect]) {
        if is_uncontrolled(aspects) {
            return;
        }
        // What ran before the first sample is unknown: it may have run for ever.
        let long_ago = now - Millis::MAX;
        let track = |&aspect: &Aspect| Track {
            aspect,
            earliest: long_ago,
            green_end_earliest: None,
            red_since: now,
            starved_told: false,
        };
        self.tracks = aspects.iter().map(track).collect();
    }

    fn compare(
        &mut self,
        (last, asked, now): (Moment, Moment, Moment),
        aspects: &[Aspect],
        found: &mut Vec<Violation>,
    ) {
        for group in self.layout.clone().group_ids() {
            let aspect = aspects[group.index()];
            self.check_aspect(group, aspect, found);
            if aspect != self.tracks[group.index()].aspect {
                self.check_change(group, aspect, now, found);
            }
        }
        // Only after all changes were judged by the old tracks are the tracks moved on.
        for group in self.layout.clone().group_ids() {
            let aspect = aspects[group.index()];
            if aspect != self.tracks[group.index()].aspect {
                self.change(group, aspect, last, now);
            }
            self.check_starved(group, asked, found);
        }
    }

    fn check_aspect(&self, group: GroupId, aspect: Aspect, found: &mut Vec<Violation>) {
        let closing = self.layout.group(group).closing_aspect();
        let usual = [Aspect::Red, Aspect::RedYellow, Aspect::Green, Aspect::Dark, closing];
        if !usual.contains(&aspect) {
            found.push(Violation::ImpossibleAspect { group, aspect });
        }
    }

    fn check_change(&self, group: GroupId, to: Aspect, now: Moment, found: &mut Vec<Violation>) {
        let rule = self.layout.group(group);
        let track = &self.tracks[group.index()];
        let was = (now - track.earliest) + self.limits.tolerance;
        // A lamp that goes out says nothing of how long its aspect would have lasted.
        let went_out = to == Aspect::Dark;
        if track.aspect == Aspect::Green && was < rule.min_green && !went_out {
            found.push(Violation::MinimumGreenShort { group, was, needed: rule.min_green });
        }
        if track.aspect == rule.closing_aspect() && was < rule.closing && !went_out {
            found.push(Violation::ClosingShort { group, was, needed: rule.closing });
        }
        // Green to red with the closing aspect between two samples: it can have lasted that long.
        if track.aspect == Aspect::Green && to == Aspect::Red {
            let was = (now - self.last.unwrap_or(now)) + self.limits.tolerance;
            if was < rule.closing {
                found.push(Violation::ClosingShort { group, was, needed: rule.closing });
            }
        }
        if to == Aspect::Green {
            self.check_intergreens(group, now, found);
        }
    }

    fn check_intergreens(&self, to: GroupId, now: Moment, found: &mut Vec<Violation>) {
        for from in self.layout.group_ids() {
            let Some(needed) = self.layout.intergreens().get(from, to) else {
                continue;
            };
            let track = &self.tracks[from.index()];
            let end = if track.aspect == Aspect::Green {
                // It is still green by the last sample: it ended after that, if it ended.
                self.last
            } else {
                track.green_end_earliest
            };
            let Some(end) = end else { continue };
            let was = (now - end) + self.limits.tolerance;
            if was < needed {
                found.push(Violation::IntergreenShort { from, to, was, needed });
            }
        }
    }

    fn change(&mut self, group: GroupId, aspect: Aspect, last: Moment, now: Moment) {
        let track = &mut self.tracks[group.index()];
        if track.aspect == Aspect::Green {
            track.green_end_earliest = Some(last);
            track.red_since = now;
            track.starved_told = false;
        }
        track.aspect = aspect;
        track.earliest = last;
    }

    fn check_starved(&mut self, group: GroupId, now: Moment, found: &mut Vec<Violation>) {
        let limit = self.layout.group(group).max_red + self.limits.tolerance;
        let track = &mut self.tracks[group.index()];
        let red_for = now - track.red_since;
        let shows_red = !matches!(track.aspect, Aspect::Green | Aspect::Dark);
        if shows_red && red_for > limit && !track.starved_told {
            track.starved_told = true;
            found.push(Violation::Starved { group, red_for });
        }
    }
}

/// Whether the junction flashes or is dark as a whole: one lamp that is out blinds nobody.
fn is_uncontrolled(aspects: &[Aspect]) -> bool {
    aspects.contains(&Aspect::FlashingYellow) || aspects.iter().all(|a| *a == Aspect::Dark)
}
