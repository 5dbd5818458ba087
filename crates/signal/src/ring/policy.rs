//! Ring control: which stage next, where each ring decides for itself.
//!
//! ```text
//!   each ring:   Minimum ──▶ Extending ──gap-out, max-out, force-off──▶ Ended
//!                               │  ▲                                      │
//!                               ▼  │ a call elsewhere                     ├─▶ its next phase with a call
//!                             Resting: nobody else calls                  └─▶ waits at the barrier
//!
//!   all rings waiting at the barrier, and a call elsewhere  ──▶ the next barrier with a call
//! ```
//!
//! A phase without a call is skipped. A ring without any call in a barrier goes along with the phase
//! that fits beside the others (dual entry): a stage always is one phase of every ring.

use units::{Millis, Moment, StageId};

use super::{PhaseIndex, Rings, Row};

/// Why a green ended; the event codes of the field know these three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ending {
    /// Nobody came any more.
    GapOut,
    /// It had its longest time, and others wait.
    MaxOut,
    /// Another stage is worth more, or a plan says so.
    ForceOff,
}

impl Ending {
    /// A short name, for events and reasons.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GapOut => "gap-out",
            Self::MaxOut => "max-out",
            Self::ForceOff => "force-off",
        }
    }

    /// The Indiana code of the event (Purdue enumerations, 2019 revision).
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::GapOut => 4,
            Self::MaxOut => 5,
            Self::ForceOff => 6,
        }
    }
}

/// What the policy sees of one phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhaseView {
    /// Whether anybody waits for it.
    pub call: bool,
    /// The time since a vehicle was last seen on its lanes.
    pub gap: Option<Millis>,
    /// The shortest green.
    pub min_green: Millis,
    /// The longest green, where another phase has a call.
    pub max_green: Millis,
    /// Whether a plan ends it now.
    pub force_off: bool,
}

/// A phase whose green has come to its end, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhaseEnd {
    /// The phase.
    pub phase: PhaseIndex,
    /// Why.
    pub ending: Ending,
}

/// The stage to serve, and what has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RingDecision {
    /// The stage; the one that runs, where nothing is to change.
    pub stage: StageId,
    /// The phases that end with this decision.
    pub ended: Vec<PhaseEnd>,
}

/// What is kept of one ring.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct RingState {
    phase: Option<PhaseIndex>,
    since: Moment,
    ended: Option<Ending>,
}

/// The rings' controller of one junction.
#[derive(Clone, Debug)]
pub struct RingPolicy {
    rings: Rings,
    states: Vec<RingState>,
}

impl RingPolicy {
    /// A policy for these rings.
    #[must_use]
    pub fn new(rings: Rings) -> Self {
        let states = vec![RingState::default(); rings.rings.len()];
        Self { rings, states }
    }

    /// The rings.
    #[must_use]
    pub fn rings(&self) -> &Rings {
        &self.rings
    }

    /// Forgets what each ring showed: something else had control meanwhile.
    pub fn reset(&mut self) {
        self.states.fill(RingState::default());
    }

    /// Decides while the stage `running` is green; `views` are indexed by [`PhaseIndex`]. A phase
    /// that is first seen green is taken to have begun `elapsed` ago, the time in the stage.
    pub fn step(
        &mut self,
        running: StageId,
        elapsed: Millis,
        views: &[PhaseView],
        now: Moment,
    ) -> RingDecision {
        let row = self.rings.rows[running.index()].clone();
        self.follow(&row, now - elapsed);
        self.judge(views, now);
        let next = self.within_barrier(&row, views).or_else(|| self.over_barrier(&row, views));
        let Some(next) = next.filter(|&next| next != running) else {
            return RingDecision { stage: running, ended: Vec::new() };
        };
        let to = &self.rings.rows[next.index()];
        let leaves = |ring: usize| {
            let phase = self.rings.phase(ring, &row)?;
            let stays = self.rings.phase(ring, to) == Some(phase);
            let ending = self.states[ring].ended?;
            (!stays).then_some(PhaseEnd { phase, ending })
        };
        RingDecision { stage: next, ended: (0..self.states.len()).filter_map(leaves).collect() }
    }

    /// Takes over which phase each ring shows.
    fn follow(&mut self, row: &Row, begun: Moment) {
        for (ring, state) in self.states.iter_mut().enumerate() {
            let phase = self.rings.phase(ring, row);
            if state.phase != phase {
                *state = RingState { phase, since: begun, ended: None };
            }
        }
    }

    /// Judges each ring's phase by itself. What has ended stays so while its ring waits.
    fn judge(&mut self, views: &[PhaseView], now: Moment) {
        let shown: Vec<PhaseIndex> = self.states.iter().filter_map(|s| s.phase).collect();
        let waiting = (0..views.len()).any(|phase| views[phase].call && !shown.contains(&phase));
        for state in &mut self.states {
            let Some(phase) = state.phase else { continue };
            let (view, green_for) = (&views[phase], now - state.since);
            let gap_out = view.gap.is_none_or(|gap| gap > self.rings.phases[phase].passage);
            let ending = match () {
                () if green_for < view.min_green => None,
                () if view.force_off => Some(Ending::ForceOff),
                () if !waiting => None,
                () if green_for >= view.max_green => Some(Ending::MaxOut),
                () if gap_out => Some(Ending::GapOut),
                () => None,
            };
            let rests = !waiting && ending.is_none();
            state.ended = if rests { None } else { state.ended.or(ending) };
        }
    }

    fn may_leave(&self, ring: usize) -> bool {
        self.states[ring].phase.is_none() || self.states[ring].ended.is_some()
    }

    /// The next stage of the same barrier: rings that have ended go to their next phase with a call,
    /// the others stay. A ring goes along to a phase without a call only where no other fits.
    fn within_barrier(&self, row: &Row, views: &[PhaseView]) -> Option<StageId> {
        let score = |to: &Row| {
            let (mut called, mut along) = (0_usize, 0_usize);
            for ring in 0..self.states.len() {
                let (Some(from), Some(place)) = (row.places[ring], to.places[ring]) else {
                    continue;
                };
                if place == from {
                    continue;
                }
                let list = &self.rings.rings[ring][row.barrier];
                let skips = |between: usize| views[list[between]].call;
                if place < from || !self.may_leave(ring) || (from + 1..place).any(skips) {
                    return None;
                }
                if views[list[place]].call { called += 1 } else { along += 1 }
            }
            (called > 0).then_some((called, usize::MAX - along))
        };
        self.best(|to| if to.barrier == row.barrier { score(to) } else { None })
    }

    /// The first stage of the next barrier, once every ring waits at this one and somebody calls
    /// elsewhere.
    fn over_barrier(&self, row: &Row, views: &[PhaseView]) -> Option<StageId> {
        if !(0..self.states.len()).all(|ring| self.may_leave(ring)) {
            return None;
        }
        let count = self.rings.barriers();
        let called = |barrier: usize| {
            let phases = self.rings.rings.iter().flat_map(|ring| &ring[barrier]);
            let shown = |phase: &PhaseIndex| self.states.iter().any(|s| s.phase == Some(*phase));
            phases.filter(|phase| !shown(phase)).any(|&phase| views[phase].call)
        };
        // Calls that this barrier's rings have passed already are reached by the next one.
        let after = (1..=count).map(|step| (row.barrier + step) % count).find(|&b| called(b))?;
        let barrier = if after == row.barrier { (row.barrier + 1) % count } else { after };
        let score = |to: &Row| {
            if to.barrier != barrier || to == row {
                return None;
            }
            let first = |ring: usize| {
                let list = &self.rings.rings[ring][barrier];
                list.iter().position(|&phase| views[phase].call).unwrap_or(0)
            };
            let fits = |ring: &usize| to.places[*ring].is_none_or(|place| place == first(*ring));
            Some(((0..self.states.len()).filter(fits).count(), 0))
        };
        self.best(score)
    }

    /// The stage with the highest score; of equals the first.
    fn best(&self, score: impl Fn(&Row) -> Option<(usize, usize)>) -> Option<StageId> {
        let rows = self.rings.rows.iter().enumerate();
        let scored = rows.filter_map(|(index, to)| score(to).map(|score| (index, score)));
        let best = scored.max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
        best.map(|(index, _)| StageId::from_index(index))
    }
}
