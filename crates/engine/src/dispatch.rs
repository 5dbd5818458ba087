//! Emergency corridors among the junctions: what is asked is decided here, and what a junction is asked
//! for goes the way of every demand, as a lease through the interlock.
//!
//! ```text
//!   ask, change ──▶ corridors ──each beat──▶ clearings ──┬──▶ the planner's scene, where it decides
//!                       ▲                                 └──▶ a demand of a stage, where it does not
//!   lanes, read-backs ──┘
//! ```
//!
//! A corridor that ends asks for nothing any more: the next decision is the optimiser's or the plan's, and
//! where the daemon itself ends the last lease runs out at the cabinet.

use corridor::{
    Answer, Change, Clearing, CorridorId, Corridors, End, FLUSH, Grant, Refusal, Request, Roads,
    Shown, Signal, Signals, Step, Traffic,
};
use estimate::Lanes;
use network::Network;
use optimizer::Decision;
use scenario::{Mode, SignalSite, Site};
use units::{LinkId, Metres, Millis, Moment, StageId};

use crate::engine::Engine;
use crate::event::EventKind;
use crate::foresight::Foreseen;
use crate::junction::{Junction, SEEN_MAX_AGE};

/// A vehicle of which only the number is known stands on so much of its lane, metres.
const ROOM: f64 = 7.5;

/// The corridors of a site, none of them open.
pub(crate) fn corridors(site: &Site) -> Corridors {
    let signal = |signal: &SignalSite| Signal {
        layout: signal.layout.clone(),
        movement_groups: signal.movement_groups.clone(),
    };
    let signals = site.signals.iter().map(signal).collect();
    Corridors::new(site.network.clone(), Signals::new(&site.network, signals))
}

impl Engine {
    /// Opens an emergency corridor. What the junctions are asked for follows at the next beat.
    ///
    /// # Errors
    /// Why it was not opened; then nothing has changed, but it is told.
    pub fn ask_corridor(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal> {
        let seen = Seen::new(&self.site.network, &self.junctions, &self.lanes, now);
        let answer = self.corridors.ask(now, request, grant, &seen);
        self.tell_of_corridors();
        answer
    }

    /// Changes a corridor that is open: where its vehicle is, where it wants to, or its end.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub fn change_corridor(
        &mut self,
        now: Moment,
        id: CorridorId,
        change: &Change,
    ) -> Result<(), Refusal> {
        let seen = Seen::new(&self.site.network, &self.junctions, &self.lanes, now);
        let outcome = self.corridors.change(now, id, change, &seen);
        self.tell_of_corridors();
        outcome
    }

    /// The corridors, for those who only look.
    #[must_use]
    pub fn corridors(&self) -> &Corridors {
        &self.corridors
    }

    /// Brings the corridors to where they stand, before the junctions are decided.
    pub(crate) fn escort(&mut self, now: Moment) {
        let seen = Seen::new(&self.site.network, &self.junctions, &self.lanes, now);
        self.corridors.step(now, &seen);
        self.tell_of_corridors();
    }

    /// Takes over the corridors of the engine before, where the roads and the signals are the same. Else they
    /// are over: what they were planned on is no more.
    pub(crate) fn take_corridors(&mut self, old: &Self, now: Moment) {
        let roads = |engine: &Self| engine.site.network.links().to_vec();
        let signals = |engine: &Self| -> Vec<_> {
            let rows = engine.site.signals.iter();
            rows.map(|row| (row.junction, row.layout.clone(), row.movement_groups.clone()))
                .collect()
        };
        if roads(self) == roads(old) && signals(self) == signals(old) {
            self.corridors = old.corridors.clone();
            return;
        }
        for opened in old.corridors.open() {
            let (corridor, is_drill) = (Some(opened.id), opened.request.is_drill);
            let step = Step::Ended { because: End::Cancelled };
            self.event(now, None, None, EventKind::Corridor { corridor, is_drill, step });
        }
    }

    fn tell_of_corridors(&mut self) {
        for event in self.corridors.take_events() {
            let junction = event.step.junction();
            let is_here = |row: &Junction| Some(row.site.junction) == junction;
            let index = self.junctions.iter().position(is_here);
            let kind = EventKind::Corridor {
                corridor: event.corridor,
                is_drill: event.is_drill,
                step: event.step,
            };
            self.event(event.at, index, None, kind);
        }
    }
}

/// What the planner is told of a clearing.
pub(crate) fn constraint(clearing: &Clearing, now: Moment) -> optimizer::Clearing {
    let rest = |at: Moment| (at - now).at_least_zero();
    let (soonest, latest) = match clearing.has_passed {
        true => (Millis::ZERO, corridor::REAR),
        false => (rest(clearing.times.earliest - FLUSH), rest(clearing.times.latest)),
    };
    optimizer::Clearing {
        junction: clearing.signal,
        from: clearing.from,
        to: clearing.to,
        soonest,
        latest,
        weight: clearing.weight as f32,
        overdue: clearing.overdue,
    }
}

/// What a corridor demands of a junction by itself; none where nothing is due, or where the planner decides
/// and knows of it.
pub(crate) fn demanded(
    junction: &Junction,
    clearings: &[Clearing],
    index: usize,
    (mode, foreseen): (Mode, Option<&Foreseen<'_>>),
) -> Option<Decision> {
    let plans = matches!(foreseen, Some(Foreseen::Planned(..) | Foreseen::Waits));
    if mode == Mode::Adaptive && plans {
        return None;
    }
    let here = || clearings.iter().filter(|clearing| clearing.signal == index);
    let seen = junction.state.as_ref().map(|state| &state.seen);
    let shown = seen.and_then(|seen| seen.running.or(seen.next));
    if let Some(due) = here().find(|clearing| clearing.is_due) {
        let runs = shown.filter(|stage| due.stages.contains(stage));
        let stage = runs.or_else(|| due.stages.first().copied())?;
        return Some(decision(stage, format!("corridor {}", due.corridor)));
    }
    let before = here().find_map(|clearing| Some((clearing.corridor, clearing.before?)));
    before.map(|(id, stage)| decision(stage, format!("served before corridor {id}")))
}

fn decision(stage: StageId, reason: String) -> Decision {
    Decision { stage, ending: Some(optimizer::Ending::ForceOff), reason }
}

/// The corridor for which a junction is asked now, where it is.
pub(crate) fn cleared_for(clearings: &[Clearing], index: usize) -> Option<CorridorId> {
    let due = |clearing: &&Clearing| clearing.signal == index && clearing.is_due;
    clearings.iter().find(due).map(|clearing| clearing.corridor)
}

/// What is known of the street, as corridors ask for it.
struct Seen<'s> {
    network: &'s Network,
    junctions: &'s [Junction],
    lanes: &'s Lanes,
    now: Moment,
}

impl<'s> Seen<'s> {
    fn new(network: &'s Network, junctions: &'s [Junction], lanes: &'s Lanes, now: Moment) -> Self {
        Self { network, junctions, lanes, now }
    }
}

impl Roads for Seen<'_> {
    /// Nothing tells the engine of blocked links yet, and what stands before a signal is let go by the
    /// corridor itself.
    fn delay(&self, _: LinkId) -> Option<Millis> {
        Some(Millis::ZERO)
    }
}

impl Traffic for Seen<'_> {
    fn shown(&self, signal: usize) -> Shown {
        let junction = &self.junctions[signal];
        let Some(seen) = junction.state.as_ref().map(|state| &state.seen) else {
            return Shown::Unknown;
        };
        let age = self.now - seen.at;
        let elapsed = seen.elapsed + age;
        match (seen.running, seen.next) {
            _ if age > SEEN_MAX_AGE => Shown::Unknown,
            (Some(stage), _) => Shown::Stage { stage, elapsed },
            (None, Some(to)) => {
                let layout = junction.layout();
                let each = layout.stage_ids().map(|from| layout.clearance(from, to));
                let whole = each.max().unwrap_or(Millis::ZERO);
                Shown::Change { to, left: whole - elapsed }
            }
            (None, None) => Shown::Unknown,
        }
    }

    fn queue(&self, link: LinkId, to: LinkId, within: Metres) -> f64 {
        let Some(movement) = self.network.movement_between(link, to) else { return 0.0 };
        let lanes = self.network.movement(movement).connections.iter();
        let counts = lanes.map(|one| {
            let view = self.lanes.get(self.network.lane_at(link, one.from_lane));
            let there = view.vehicles(self.now).unwrap_or_else(|| view.queue(self.now));
            there.min(within.0.max(0.0) / ROOM)
        });
        counts.fold(0.0, f64::max)
    }
}
