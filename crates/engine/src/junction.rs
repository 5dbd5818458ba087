//! What the engine keeps of one junction.
//!
//! ```text
//!   read ──▶ Seen ──▶ monitor ──▶ ladder ──▶ decide ──▶ interlock ──▶ demand (leased)
//!    ▲                                                                    │
//!    └────────────── the next read shows the stage, or it is unanswered ──┘
//! ```

use std::sync::Arc;

use optimizer::Countdown;
use scenario::{ControlSite, SignalSite};
use signal::fallback::{Flags, Ladder, LadderTimes, Rung};
use signal::{
    Admitted, Command, CommonClock, ControlSource, Ending, Interlock, InterlockLimits, Monitor,
    MonitorLimits, Refusal, RingPolicy, Standing,
};
use units::{GroupId, Millis, Moment, StageId};

use crate::calls::Calls;
use crate::event::{EventKind, Flash};
use crate::readings::State;
use crate::timetable::Timetable;
use crate::wired::Wired;

/// A read-back older than this is no ground for a demand: three polls were missed.
pub(crate) const SEEN_MAX_AGE: Millis = Millis(3_500);
/// The longest time that an operator may hold a stage.
pub(crate) const HOLD_MAX: Millis = Millis(600_000);

/// A person's demand.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Hold {
    pub(crate) stage: StageId,
    pub(crate) until: Moment,
}

#[derive(Clone, Debug)]
pub(crate) struct Junction {
    pub(crate) site: SignalSite,
    pub(crate) timetable: Timetable,
    pub(crate) policy: Option<RingPolicy>,
    interlock: Interlock,
    monitor: Monitor,
    ladder: Ladder,
    pub(crate) state: Option<State>,
    violated: bool,
    pub(crate) source: ControlSource,
    pub(crate) hold: Option<Hold>,
    pub(crate) reason: String,
    /// What the planner would do, where it only looks on, and the last stage of it that was told.
    pub(crate) shadow: Option<String>,
    pub(crate) told_shadow: Option<StageId>,
    /// The groups whose green ends with the last decision of the rings.
    pub(crate) ended: Vec<(GroupId, Ending)>,
    /// The same of an end that displays have only announced so far.
    pub(crate) ending: Vec<(GroupId, Ending)>,
    /// The hold and the flashing that were last told of.
    told_hold: Option<StageId>,
    told_flash: Flash,
    pub(crate) wired: Wired,
    pub(crate) calls: Calls,
    /// What its displays have announced, where it has such displays.
    pub(crate) countdown: Option<Countdown>,
    /// The stage that is demanded, since when it is, and whether it has shown.
    asked: Option<(StageId, Moment, bool)>,
    /// Until when a demand of ours may still live in the cabinet.
    leased_until: Option<Moment>,
}

impl Junction {
    pub(crate) fn new(
        site: SignalSite,
        control: &ControlSite,
        now: Moment,
        clock: &CommonClock,
    ) -> Self {
        let limits = InterlockLimits { max_lease: control.lease, max_age: SEEN_MAX_AGE };
        Self {
            timetable: Timetable::new(&site, now, clock),
            policy: site.rings.clone().map(RingPolicy::new),
            interlock: Interlock::new(site.layout.clone(), limits),
            monitor: Monitor::new(site.layout.clone(), MonitorLimits::default()),
            ladder: Ladder::new(LadderTimes::default()),
            state: None,
            violated: false,
            source: ControlSource::Fault,
            hold: None,
            reason: "nothing was read yet".to_owned(),
            shadow: None,
            told_shadow: None,
            ended: Vec::new(),
            ending: Vec::new(),
            told_hold: None,
            told_flash: Flash::NotFlashing,
            wired: Wired::default(),
            calls: Calls::default(),
            countdown: site.countdown.map(Countdown::new),
            asked: None,
            leased_until: None,
            site,
        }
    }

    /// Takes what was read back; returns what is new in it.
    pub(crate) fn observe(&mut self, state: State, now: Moment) -> Vec<EventKind> {
        let layout = self.site.layout.clone();
        let mut events = Vec::new();
        // Whoever knows only the stage says nothing of the lamps.
        let before = self.state.as_ref().map_or(&[][..], |state| &state.seen.aspects);
        for (group, &aspect) in layout.group_ids().zip(&state.seen.aspects) {
            if before.get(group.index()) != Some(&aspect) {
                events.push(EventKind::AspectSeen { group, aspect });
            }
        }
        let seen = &state.seen;
        let found = self.monitor.observe_between(seen.at, now, &seen.aspects);
        self.violated |= found.iter().any(signal::Violation::is_severe);
        events.extend(found.into_iter().map(EventKind::Violated));
        if let Some((stage, _, shown)) = &mut self.asked {
            *shown |= [state.seen.running, state.seen.next].contains(&Some(*stage));
        }
        let flash = Flash::of(&state);
        if flash != self.told_flash {
            self.told_flash = flash;
            events.push(EventKind::FlashStatus(flash));
        }
        self.see_calls(&state.seen);
        self.state = Some(state);
        events
    }

    /// Takes over the calendar's plan, whoever has control.
    pub(crate) fn follow_calendar(&mut self, now: Moment, clock: &CommonClock) {
        self.timetable.follow_calendar(&self.site, now, clock);
    }

    /// What has changed since the last beat: the plan, how it stands to the clock, and holds.
    pub(crate) fn news(&mut self) -> Vec<EventKind> {
        let mut news = self.timetable.news(self.source);
        let hold = self.hold.as_ref().map(|hold| hold.stage);
        if hold != self.told_hold {
            let before = std::mem::replace(&mut self.told_hold, hold);
            news.extend(before.map(|stage| EventKind::Hold { stage, on: false }));
            news.extend(hold.map(|stage| EventKind::Hold { stage, on: true }));
        }
        news
    }

    /// Where the junction stands, as far as it was read.
    pub(crate) fn standing(&self, now: Moment) -> Option<Standing> {
        let State { seen, .. } = self.state.as_ref()?;
        let elapsed = seen.elapsed + (now - seen.at);
        if let Some(stage) = seen.running {
            return Some(Standing { stage, green_for: elapsed });
        }
        let stage = seen.next?;
        // From where the transition comes was not read: it may be from the furthest stage.
        let ways = self.layout().stage_ids().map(|from| self.layout().clearance(from, stage));
        let left = (ways.max().unwrap_or(Millis::ZERO) - elapsed).at_least_zero();
        Some(Standing { stage, green_for: -left })
    }

    /// Goes on as `old`, which was the same junction, by the bounds of the new site.
    pub(crate) fn go_on_as(&mut self, old: &Self, same_wires: bool) {
        let (site, interlock) = (self.site.clone(), self.interlock.clone());
        *self = Self { site, interlock, ..old.clone() };
        if !same_wires {
            self.wired.forget_confirmations();
            self.calls = Calls::default();
        }
    }

    /// Takes over how `old`, which was otherwise defined, has stood: a quarantine outlives a reload.
    pub(crate) fn keep_ladder(&mut self, old: &Self) {
        self.ladder = old.ladder.clone();
    }

    /// Forgets what was before a reboot.
    pub(crate) fn rebooted(&mut self) {
        self.monitor.reset();
        self.asked = None;
        self.leased_until = None;
    }

    /// Where the ladder stands now, and why.
    pub(crate) fn rung(&mut self, now: Moment) -> (Rung, &'static str) {
        let state = self.state.as_ref();
        // It has control as a person at the cabinet has.
        let preempted = self.yields(now);
        let flags = Flags {
            violation: std::mem::take(&mut self.violated),
            fault: state.is_some_and(|s| s.seen.fault) || self.wired.contradicted,
            local_control: preempted || state.is_some_and(|s| s.seen.local_control),
            silent: state.is_none_or(|s| s.starting || now - s.seen.at > SEEN_MAX_AGE),
        };
        let reason = match flags {
            Flags { violation: false, fault: true, .. } if self.wired.contradicted => {
                "the stage confirmations contradict the cabinet"
            }
            Flags { violation: false, fault: false, .. } if preempted => "a preempt runs",
            _ => flags.reason(),
        };
        (self.ladder.update(now, flags), reason)
    }

    /// Whether a preempt runs that we did not raise. A release would end it with our own demand.
    pub(crate) fn yields(&self, now: Moment) -> bool {
        let wired = &self.wired;
        let ours = wired.preempt.is_some()
            || wired.preempt_over.is_some_and(|over| now - over <= SEEN_MAX_AGE);
        self.state.as_ref().is_some_and(|s| s.preempted) && !ours
    }

    /// The person's stage, while the hold lasts.
    pub(crate) fn held(&mut self, now: Moment) -> Option<StageId> {
        self.hold.take_if(|hold| now >= hold.until);
        self.hold.as_ref().map(|hold| hold.stage)
    }

    /// The stage to demand on the way to `wanted`: what cannot follow yet waits in the stage that
    /// runs, so that the interlock has nothing to refuse unless the street has changed meanwhile.
    pub(crate) fn step_towards(&self, wanted: StageId, now: Moment) -> StageId {
        let Some(State { seen, .. }) = &self.state else {
            return wanted;
        };
        let layout = &self.site.layout;
        match (seen.running, seen.next) {
            (Some(running), _) => {
                let elapsed = seen.elapsed + (now - seen.at);
                if elapsed < layout.stage(running).min_green {
                    running
                } else {
                    layout.next_hop(running, wanted)
                }
            }
            (None, Some(next)) => next,
            (None, None) => wanted,
        }
    }

    /// Nothing that was announced is in our hands any more.
    pub(crate) fn forget_announced(&mut self) {
        if let Some(countdown) = &mut self.countdown {
            countdown.forget();
        }
    }

    /// Asks the interlock.
    pub(crate) fn admit(
        &self,
        command: Command,
        now: Moment,
    ) -> Result<Admitted<Command>, Refusal> {
        self.interlock.admit(command, self.state.as_ref().map(|s| &s.seen), now)
    }

    /// Keeps what is asked; says whether it is new, and whether the last was never answered.
    pub(crate) fn ask(&mut self, stage: StageId, lease: Millis, now: Moment) -> (bool, bool) {
        self.leased_until = Some(now + lease);
        match self.asked {
            Some((asked, since, shown)) if asked == stage => {
                let unanswered = !shown && now - since > lease;
                if unanswered {
                    self.asked = Some((stage, now, false));
                }
                (false, unanswered)
            }
            _ => {
                let shows = |s: &State| [s.seen.running, s.seen.next].contains(&Some(stage));
                let shown = self.state.as_ref().is_some_and(shows);
                self.asked = Some((stage, now, shown));
                (true, false)
            }
        }
    }

    /// Something of ours lives in the cabinet, or on its inputs, until then.
    pub(crate) fn hold_lease(&mut self, until: Moment) {
        self.leased_until = Some(until);
    }

    /// Whether a demand of ours may still live in the cabinet; it is forgotten by asking.
    pub(crate) fn take_lease(&mut self, now: Moment) -> bool {
        self.asked = None;
        self.leased_until.take().is_some_and(|until| now < until)
    }

    pub(crate) fn layout(&self) -> &Arc<signal::Layout> {
        &self.site.layout
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{control, state, two_plans};
    use signal::Aspect;

    fn junction() -> Junction {
        Junction::new(two_plans(), &control(), Moment(0), &CommonClock::unset())
    }

    fn names(events: &[EventKind]) -> Vec<&'static str> {
        events.iter().map(EventKind::name).collect()
    }

    #[test]
    fn a_hold_is_told_when_it_begins_changes_and_ends() {
        let mut junction = junction();
        junction.news();
        let holds = |junction: &mut Junction| {
            let kinds = junction.news().into_iter().filter_map(|kind| match kind {
                EventKind::Hold { stage, on } => Some((stage.0, on)),
                _ => None,
            });
            kinds.collect::<Vec<_>>()
        };
        assert_eq!(holds(&mut junction), []);
        junction.hold = Some(Hold { stage: StageId(1), until: Moment(5_000) });
        assert_eq!(holds(&mut junction), [(1, true)]);
        assert_eq!(holds(&mut junction), []);
        junction.hold = Some(Hold { stage: StageId(0), until: Moment(9_000) });
        assert_eq!(holds(&mut junction), [(1, false), (0, true)]);
        assert_eq!(junction.held(Moment(8_999)), Some(StageId(0)));
        assert_eq!(junction.held(Moment(9_000)), None, "it runs out");
        assert_eq!(holds(&mut junction), [(0, false)]);
    }

    /// Hands a state over that was answered at once.
    fn look_at(junction: &mut Junction, state: State) -> Vec<EventKind> {
        let at = state.seen.at;
        junction.observe(state, at)
    }

    #[test]
    fn lamps_that_change_and_flashing_are_told_once() {
        let mut junction = junction();
        let groups = junction.layout().groups().len();
        let mut flashing = state(None, None, 0, Moment(0));
        flashing.starting = true;
        flashing.seen.aspects = vec![Aspect::FlashingYellow; groups];
        let first = names(&look_at(&mut junction, flashing.clone()));
        assert_eq!(first.iter().filter(|name| **name == "aspect").count(), groups);
        assert_eq!(first.last(), Some(&"flash"));
        flashing.seen.at = Moment(1_000);
        assert_eq!(look_at(&mut junction, flashing), []);
        let mut red = state(Some(0), None, 0, Moment(2_000));
        red.seen.aspects = vec![Aspect::Red; groups];
        assert_eq!(names(&look_at(&mut junction, red)).last(), Some(&"flash"));
    }

    #[test]
    fn where_a_junction_stands_is_what_was_read_and_what_went_by_since() {
        let mut junction = junction();
        assert_eq!(junction.standing(Moment(0)), None);
        let mut stand = |running, next, elapsed, now| {
            junction.state = Some(state(running, next, elapsed, Moment(10_000)));
            let standing = junction.standing(Moment(now));
            standing.map(|standing| (standing.stage.0, standing.green_for))
        };
        let secs = Millis::from_secs;
        assert_eq!(stand(Some(1), None, 4, 12_000), Some((1, secs(6))));
        // Five seconds of clearance at the most, one of which has gone by.
        assert_eq!(stand(None, Some(0), 0, 11_000), Some((0, secs(-4))));
        assert_eq!(stand(None, Some(0), 30, 11_000), Some((0, Millis::ZERO)));
        assert_eq!(stand(None, None, 0, 11_000), None);
    }

    #[test]
    fn a_demand_waits_for_the_minimum_and_for_a_transition() {
        let mut junction = junction();
        assert_eq!(junction.step_towards(StageId(1), Moment(0)), StageId(1), "nothing was read");
        for (running, next, elapsed, expected) in [
            (Some(0), None, 4, 0),
            (Some(0), None, 5, 1),
            (Some(1), None, 60, 1),
            (None, Some(0), 60, 0),
            (None, None, 60, 1),
        ] {
            junction.state = Some(state(running, next, elapsed, Moment(0)));
            let stage = junction.step_towards(StageId(1), Moment(0));
            assert_eq!(stage, StageId(expected), "{running:?} {next:?} {elapsed}");
        }
    }

    #[test]
    fn a_demand_that_never_shows_is_unanswered_once_a_lease() {
        let mut junction = junction();
        junction.state = Some(state(Some(0), None, 60, Moment(0)));
        let lease = Millis(5_000);
        assert_eq!(junction.ask(StageId(1), lease, Moment(0)), (true, false));
        assert_eq!(junction.ask(StageId(1), lease, Moment(5_000)), (false, false));
        assert_eq!(junction.ask(StageId(1), lease, Moment(5_001)), (false, true));
        assert_eq!(junction.ask(StageId(1), lease, Moment(6_000)), (false, false));
        look_at(&mut junction, state(None, Some(1), 0, Moment(7_000)));
        assert_eq!(junction.ask(StageId(1), lease, Moment(60_000)), (false, false), "it shows");
        assert!(junction.take_lease(Moment(64_999)));
        assert!(!junction.take_lease(Moment(64_999)), "it was taken");
    }

    #[test]
    fn whatever_speaks_against_control_releases_it() {
        type Change = fn(&mut State);
        let changes: [(&str, Change); 4] = [
            ("a fault", |state| state.seen.fault = true),
            ("a person", |state| state.seen.local_control = true),
            ("a start", |state| state.starting = true),
            ("silence", |state| state.seen.at = Moment(0) - SEEN_MAX_AGE),
        ];
        for (case, change) in changes {
            let mut junction = junction();
            let groups = junction.layout().groups().len();
            let mut look = |now: i64, change: Option<Change>| {
                let mut state = state(Some(0), None, 60, Moment(now));
                state.seen.aspects = vec![Aspect::Red; groups];
                if let Some(change) = change {
                    change(&mut state);
                }
                look_at(&mut junction, state);
                junction.rung(Moment(now)).0
            };
            assert_eq!(look(0, None), Rung::Released);
            assert_eq!(look(3_000, None), Rung::Commanded);
            assert_eq!(look(4_000, Some(change)), Rung::Released, "{case}");
        }
    }
}
