//! Emergency corridors in the engine: it owns them, shows them the street, tells their events, and gives a
//! junction whose turn it is the corridor's stage, below a person and above every rule.
//!
//! ```text
//!   each beat: Corridors::step ─▶ clearings that are due ─▶ one stage a junction ─▶ decide ─▶ interlock
//!                     └─▶ events, with the codes of the field
//! ```
//!
//! A demand of a corridor is one like any other: a lease, the interlock, the legal change. A cabinet that
//! is lost, or asked for by nobody any more, runs out of its lease.

use corridor::{
    Answer, Change, Corridors, Event, Grant, Opened, Refusal, Request, Roads, Shown, Signal,
    Signals, Step, Traffic,
};
use estimate::Lanes;
use network::Network;
use scenario::Site;
use signal::ControlSource;
use units::{LinkId, Metres, Millis, Moment, StageId};

use crate::engine::Engine;
use crate::event::{EventKind, Preempt};
use crate::junction::Junction;

/// A vehicle of a queue takes so much of a lane, metres.
const VEHICLE: f64 = 7.5;

/// The corridors, and what they ask of each junction now.
#[derive(Clone, Debug)]
pub(crate) struct Emergency {
    corridors: Corridors,
    demands: Vec<Option<Wanted>>,
}

/// What a corridor asks of a junction.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Wanted {
    pub(crate) stage: StageId,
    pub(crate) reason: String,
}

impl Emergency {
    pub(crate) fn new(site: &Site) -> Self {
        let signal = |site: &scenario::SignalSite| Signal {
            layout: site.layout.clone(),
            movement_groups: site.movement_groups.clone(),
        };
        let signals = Signals::new(&site.network, site.signals.iter().map(signal).collect());
        let corridors = Corridors::new(site.network.clone(), signals);
        Self { corridors, demands: vec![None; site.signals.len()] }
    }

    /// What a corridor asks of a junction.
    pub(crate) fn wanted(&self, index: usize) -> Option<&Wanted> {
        self.demands.get(index)?.as_ref()
    }

    /// The former ones, where the roads and the signals are the same; else whatever was open is over, and
    /// every junction is let go.
    pub(crate) fn take_over(&mut self, old: &Self, sites: (&Site, &Site)) {
        if same_ground(sites.0, sites.1) {
            self.clone_from(old);
        }
    }
}

impl Engine {
    /// Opens a corridor, or says why not; then nothing was changed.
    ///
    /// # Errors
    /// The first reason of the core's list that holds; also while the engine stops.
    pub fn ask_corridor(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal> {
        if self.stopping.is_some() {
            return Err(Refusal::Contradictory("the daemon is stopping".to_owned()));
        }
        let sight = sight(&self.junctions, &self.lanes, &self.site.network, now);
        let answer = self.emergency.corridors.ask(now, request, grant, &sight);
        self.tell_corridors(now);
        answer
    }

    /// Changes a corridor that is open.
    ///
    /// # Errors
    /// Why it cannot be; then nothing was changed.
    pub fn change_corridor(
        &mut self,
        now: Moment,
        id: corridor::CorridorId,
        change: &Change,
    ) -> Result<(), Refusal> {
        let sight = sight(&self.junctions, &self.lanes, &self.site.network, now);
        let done = self.emergency.corridors.change(now, id, change, &sight);
        // Who is let go is asked for by nobody at the next beat.
        self.tell_corridors(now);
        done
    }

    /// The corridors that are open, in the order in which they were opened.
    #[must_use]
    pub fn open_corridors(&self) -> &[Opened] {
        self.emergency.corridors.open()
    }

    /// Another second of every corridor, and what each junction is asked for by the one that goes first
    /// there.
    pub(crate) fn step_corridors(&mut self, now: Moment) {
        if self.emergency.corridors.open().is_empty() {
            self.emergency.demands.fill(None);
            return;
        }
        let sight = sight(&self.junctions, &self.lanes, &self.site.network, now);
        let Emergency { corridors, demands } = &mut self.emergency;
        corridors.step(now, &sight);
        demands.fill(None);
        for clearing in corridors.clearings().iter().filter(|clearing| clearing.is_due) {
            let Some(wanted) = demands.get_mut(clearing.signal).filter(|wanted| wanted.is_none())
            else {
                continue;
            };
            let runs = match sight.shown(clearing.signal) {
                Shown::Stage { stage, .. } | Shown::Change { to: stage, .. } => Some(stage),
                Shown::Unknown => None,
            };
            // One that lets the vehicle go and runs already, else the best.
            let runs = runs.filter(|stage| clearing.stages.contains(stage));
            let Some(stage) = runs.or(clearing.stages.first().copied()) else { continue };
            let expected = (clearing.times.expected - now).at_least_zero();
            let opened = corridors.open().iter().find(|opened| opened.id == clearing.corridor);
            let drill =
                if opened.is_some_and(|one| one.request.is_drill) { " (drill)" } else { "" };
            let reason = match clearing.has_passed {
                true => format!("corridor {}{drill}: its rear is to pass", clearing.corridor),
                false => format!("corridor {}{drill}: expected in {expected}", clearing.corridor),
            };
            *wanted = Some(Wanted { stage, reason });
        }
        self.tell_corridors(now);
    }

    /// Tells what has happened to corridors, and beside it what field equipment calls it.
    fn tell_corridors(&mut self, now: Moment) {
        for event in self.emergency.corridors.take_events() {
            let at = junction_of(&event.step);
            let index = at.and_then(|at| self.junctions.iter().position(|j| j.site.junction == at));
            let number = event.corridor.map_or(0, |id| u16::try_from(id.0).unwrap_or(u16::MAX));
            let is_entry = matches!(event.step, Step::Clearing { .. });
            let is_exit =
                matches!(event.step, Step::Released { asked, .. } if asked > Millis::ZERO);
            self.event(now, index, None, EventKind::Corridor(event));
            let preempt = match (is_entry, is_exit) {
                (true, _) => Preempt::Entry,
                (_, true) => Preempt::Exit,
                _ => continue,
            };
            self.event(now, index, None, EventKind::Preempted { number, preempt });
        }
    }
}

/// The junction that a step is about.
fn junction_of(step: &Step) -> Option<units::JunctionId> {
    match step {
        Step::Clearing { junction, .. }
        | Step::Open { junction }
        | Step::Passed { junction, .. }
        | Step::Missed { junction }
        | Step::Released { junction, .. }
        | Step::Yields { junction, .. } => Some(*junction),
        _ => None,
    }
}

/// The field's code of a step at a junction: a call begins, its stage is dwelt in, the call ends.
pub(crate) fn code(event: &Event) -> Option<(u16, u16)> {
    let code = match event.step {
        Step::Clearing { .. } => 102,
        Step::Open { .. } => 107,
        Step::Released { asked, .. } if asked > Millis::ZERO => 104,
        _ => return None,
    };
    let number = event.corridor.map_or(0, |id| u16::try_from(id.0).unwrap_or(u16::MAX));
    Some((code, number))
}

/// What corridors see of the street.
struct Sight<'e> {
    junctions: &'e [Junction],
    lanes: &'e Lanes,
    network: &'e Network,
    now: Moment,
}

fn sight<'e>(
    junctions: &'e [Junction],
    lanes: &'e Lanes,
    network: &'e Network,
    now: Moment,
) -> Sight<'e> {
    Sight { junctions, lanes, network, now }
}

impl Roads for Sight<'_> {
    /// No road is known to be blocked: nobody tells the engine of incidents yet.
    fn delay(&self, _: LinkId) -> Option<Millis> {
        Some(Millis::ZERO)
    }
}

impl Traffic for Sight<'_> {
    fn shown(&self, signal: usize) -> Shown {
        let Some(junction) = self.junctions.get(signal) else { return Shown::Unknown };
        if junction.source == ControlSource::Fault {
            return Shown::Unknown;
        }
        let Some(state) = &junction.state else { return Shown::Unknown };
        let seen = &state.seen;
        let elapsed = seen.elapsed + (self.now - seen.at);
        match (seen.running, seen.next) {
            (Some(stage), _) => Shown::Stage { stage, elapsed },
            // Which stage it comes from is not read: the longest change to it bounds what is left.
            (None, Some(to)) => {
                let layout = junction.layout();
                let changes = layout.stage_ids().map(|from| layout.clearance(from, to));
                let longest = changes.max().unwrap_or(Millis::ZERO);
                Shown::Change { to, left: (longest - elapsed).at_least_zero() }
            }
            (None, None) => Shown::Unknown,
        }
    }

    fn queue(&self, link: LinkId, to: LinkId, within: Metres) -> f64 {
        let Some(movement) = self.network.movement_between(link, to) else { return 0.0 };
        let lanes = self.network.movement(movement).connections.iter();
        let lanes = lanes.map(|one| self.network.lane_at(link, one.from_lane));
        let count = lanes.map(|lane| self.lanes.get(lane).queue(self.now));
        count.fold(0.0, f64::max).min(within.0.max(0.0) / VEHICLE)
    }
}

/// Whether two sites have the same roads and signals, by number.
fn same_ground(old: &Site, new: &Site) -> bool {
    let (a, b) = (&old.network, &new.network);
    let same_roads = a.junctions() == b.junctions()
        && a.links() == b.links()
        && a.lanes() == b.lanes()
        && a.movements() == b.movements();
    let signals = |site: &Site| {
        let row = |one: &scenario::SignalSite| {
            (one.junction, one.layout.clone(), one.movement_groups.clone())
        };
        site.signals.iter().map(row).collect::<Vec<_>>()
    };
    same_roads && signals(old) == signals(new)
}
