//! What the engine keeps of one junction.
//!
//! ```text
//!   read ──▶ Seen ──▶ monitor ──▶ ladder ──▶ decide ──▶ interlock ──▶ demand (leased)
//!    ▲                                                                    │
//!    └────────────── the next read shows the stage, or it is unanswered ──┘
//! ```

use std::sync::Arc;

use scenario::{ControlSite, SignalSite};
use signal::fallback::{Flags, Ladder, LadderTimes, Rung};
use signal::{
    Admitted, Command, ControlSource, Interlock, InterlockLimits, LocalPlan, Monitor,
    MonitorLimits, Refusal,
};
use units::{Millis, Moment, StageId};

use crate::event::EventKind;
use crate::readings::State;
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
    pub(crate) plan: LocalPlan,
    interlock: Interlock,
    monitor: Monitor,
    ladder: Ladder,
    pub(crate) state: Option<State>,
    violated: bool,
    pub(crate) source: ControlSource,
    pub(crate) hold: Option<Hold>,
    pub(crate) reason: String,
    pub(crate) wired: Wired,
    /// The stage that is demanded, since when it is, and whether it has shown.
    asked: Option<(StageId, Moment, bool)>,
    /// Until when a demand of ours may still live in the cabinet.
    leased_until: Option<Moment>,
}

impl Junction {
    pub(crate) fn new(site: SignalSite, control: &ControlSite) -> Self {
        let limits = InterlockLimits { max_lease: control.lease, max_age: SEEN_MAX_AGE };
        Self {
            plan: LocalPlan::new(site.plans[0].clone()),
            interlock: Interlock::new(site.layout.clone(), limits),
            monitor: Monitor::new(site.layout.clone(), MonitorLimits::default()),
            ladder: Ladder::new(LadderTimes::default()),
            state: None,
            violated: false,
            source: ControlSource::Fault,
            hold: None,
            reason: "nothing was read yet".to_owned(),
            wired: Wired::default(),
            asked: None,
            leased_until: None,
            site,
        }
    }

    /// Takes what was read back; returns what is new in it.
    pub(crate) fn observe(&mut self, state: State) -> Vec<EventKind> {
        let layout = self.site.layout.clone();
        let mut events = Vec::new();
        for group in layout.group_ids() {
            let aspect = state.seen.aspects[group.index()];
            let before = self.state.as_ref().map(|s| s.seen.aspects[group.index()]);
            if before != Some(aspect) {
                events.push(EventKind::AspectSeen { group, aspect });
            }
        }
        let found = self.monitor.observe(state.seen.at, &state.seen.aspects);
        self.violated |= found.iter().any(signal::Violation::is_severe);
        events.extend(found.into_iter().map(EventKind::Violated));
        if let Some((stage, _, shown)) = &mut self.asked {
            *shown |= [state.seen.running, state.seen.next].contains(&Some(*stage));
        }
        self.state = Some(state);
        events
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
