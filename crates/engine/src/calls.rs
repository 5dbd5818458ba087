//! Who has called a walk: what the buttons of a junction's pedestrian groups have said.
//!
//! ```text
//!   quiet ──pressed──▶ called, since then ──the walk shows──▶ shown ──it ends──▶ quiet
//! ```
//!
//! A call is kept until its walk shows, whatever becomes of the button: nobody need press twice. A
//! button that was not read for long says nothing; then its group is served as one without a button.

use optimizer::WalkSight;
use signal::{Aspect, Seen};
use units::{GroupId, Millis, Moment};

use crate::junction::{Junction, SEEN_MAX_AGE};

/// The button of one group.
#[derive(Clone, Copy, Debug)]
struct Button {
    group: GroupId,
    /// Since when it is called.
    since: Option<Moment>,
    /// Whether its walk was last seen to show.
    shown: bool,
    /// When it was last read, and what it had counted then.
    read: Option<Moment>,
    count: Option<u32>,
}

/// The buttons of a junction that have said anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(Vec<Button>);

impl Calls {
    /// A button's contact was read.
    pub(crate) fn read(&mut self, group: GroupId, pressed: bool, at: Moment) {
        let button = self.button(group);
        button.read = Some(at);
        button.press(pressed, at);
    }

    /// What a button's contact has counted was read: between two readings it may come and go.
    pub(crate) fn counted(&mut self, group: GroupId, count: u32, at: Moment) {
        let button = self.button(group);
        let before = button.count.replace(count);
        button.press(before.is_some_and(|before| before != count), at);
    }

    /// Somebody calls the group without its button.
    pub(crate) fn call(&mut self, group: GroupId, now: Moment) {
        self.button(group).press(true, now);
    }

    /// What is known of who waits for a group's walk.
    pub(crate) fn sight(&self, group: GroupId, now: Moment) -> WalkSight {
        let Some(button) = self.0.iter().find(|button| button.group == group) else {
            return WalkSight::Unknown;
        };
        let is_fresh = button.read.is_some_and(|at| now - at <= SEEN_MAX_AGE);
        // Whoever comes while it shows walks at once.
        match button.since.filter(|_| !button.shown) {
            Some(since) => WalkSight::Waiting { persons: 1, longest: now - since },
            None if is_fresh => WalkSight::Waiting { persons: 0, longest: Millis::ZERO },
            None => WalkSight::Unknown,
        }
    }

    /// For how long a group has been called.
    pub(crate) fn called(&self, group: GroupId, now: Moment) -> Option<Millis> {
        match self.sight(group, now) {
            WalkSight::Waiting { persons: 1.., longest } => Some(longest),
            _ => None,
        }
    }

    /// Takes what the lamps showed at a moment. Who has called after it may have come too late for a walk
    /// that ended since, and is kept until the lamps are read again.
    fn see(&mut self, at: Moment, shows: impl Fn(GroupId) -> bool) {
        for button in &mut self.0 {
            button.shown = shows(button.group);
            button.since = button.since.filter(|&since| !button.shown || since > at);
        }
    }

    fn button(&mut self, group: GroupId) -> &mut Button {
        let place = self.0.iter().position(|button| button.group == group);
        let place = place.unwrap_or(self.0.len());
        if place == self.0.len() {
            self.0.push(Button { group, since: None, shown: false, read: None, count: None });
        }
        &mut self.0[place]
    }
}

impl Button {
    fn press(&mut self, pressed: bool, at: Moment) {
        if pressed {
            self.since = self.since.or(Some(at));
        }
    }
}

impl Junction {
    /// Calls are over where their walk shows. Whoever knows only the stage goes by that.
    pub(crate) fn see_calls(&mut self, seen: &Seen) {
        let layout = self.site.layout.clone();
        let running = seen.running.filter(|&stage| layout.has_stage(stage));
        self.calls.see(seen.at, |group| match seen.aspects.get(group.index()) {
            Some(&aspect) => aspect == Aspect::Green,
            None => running.is_some_and(|stage| layout.stage(stage).groups.contains(group)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALK: GroupId = GroupId(3);

    fn waiting(persons: u32, seconds: i64) -> WalkSight {
        WalkSight::Waiting { persons, longest: Millis::from_secs(seconds) }
    }

    #[test]
    fn a_call_lasts_until_its_walk_shows() {
        let mut calls = Calls::default();
        let at = |second: i64| Moment(second * 1_000);
        assert_eq!(calls.sight(WALK, at(0)), WalkSight::Unknown, "it has no button");
        calls.read(WALK, false, at(0));
        assert_eq!(calls.sight(WALK, at(1)), waiting(0, 0));
        calls.read(WALK, true, at(2));
        calls.read(WALK, false, at(3));
        assert_eq!(calls.sight(WALK, at(9)), waiting(1, 7), "it need not be pressed again");
        calls.see(at(8), |group| group != WALK);
        assert_eq!(calls.called(WALK, at(9)), Some(Millis::from_secs(7)));
        calls.see(at(10), |group| group == WALK);
        calls.read(WALK, true, at(10));
        assert_eq!(calls.sight(WALK, at(10)), waiting(0, 0), "whoever comes now walks at once");
        calls.see(at(11), |group| group == WALK);
        calls.see(at(12), |_| false);
        assert_eq!(calls.sight(WALK, at(12)), waiting(0, 0), "he has walked");
        calls.read(WALK, true, at(20));
        assert_eq!(calls.sight(WALK, at(21)), waiting(1, 1));
    }

    #[test]
    fn who_presses_when_the_walk_has_just_ended_is_kept() {
        let mut calls = Calls::default();
        calls.counted(WALK, 7, Moment(0));
        calls.see(Moment(0), |_| true);
        // The walk ends at 1 s, he presses at 1.3 s, and the lamps are read again at 2 s.
        calls.counted(WALK, 8, Moment(1_300));
        calls.see(Moment(2_000), |_| false);
        assert_eq!(calls.called(WALK, Moment(2_300)), Some(Millis(1_000)));
        // An older reading of the lamps that comes late does not take his call away.
        calls.see(Moment(1_200), |_| true);
        calls.see(Moment(3_000), |_| false);
        assert!(calls.called(WALK, Moment(3_000)).is_some());
    }

    #[test]
    fn a_press_between_two_readings_is_counted_and_an_old_reading_is_none() {
        let mut calls = Calls::default();
        calls.counted(WALK, 7, Moment(0));
        calls.read(WALK, false, Moment(0));
        assert_eq!(calls.sight(WALK, Moment(0)), waiting(0, 0), "what was before does not matter");
        let late = Moment(0) + SEEN_MAX_AGE + Millis(1);
        assert_eq!(calls.sight(WALK, late), WalkSight::Unknown);
        calls.counted(WALK, 8, Moment(1_000));
        assert_eq!(calls.sight(WALK, Moment(61_000)), waiting(1, 60), "a call is not forgotten");
        calls.call(GroupId(0), Moment(5_000));
        assert_eq!(calls.sight(GroupId(0), Moment(6_000)), waiting(1, 1));
    }
}
