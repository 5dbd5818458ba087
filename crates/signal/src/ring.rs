//! Rings and barriers over the kernel's stages.
//!
//! A *phase* is what a ring serves at once: a vehicle group, and the pedestrians that go with it. A
//! *ring* serves its phases one after another; rings run beside each other. A *barrier* is what all
//! rings cross together: phases on its two sides conflict.
//!
//! ```text
//!            barrier 1   │  barrier 2   │
//!   ring 1    1 ▶ 2      │   3 ▶ 4      │ ▶ from the start
//!   ring 2    5 ▶ 6      │   7 ▶ 8      │ ▶
//! ```
//!
//! The description is compiled into a layout: a stage is one phase of every ring within a barrier,
//! where the groups are compatible; within a barrier each ring stays or goes forward, from one
//! barrier to another all rings go at once. A ring without a phase in a barrier shows red there.
//! With a single barrier there is nothing to cross, and any stage may follow any other.
//!
//! No ring goes back within a barrier: what called too late is served after another barrier.

mod policy;

use units::{GroupId, Millis, StageId};

use crate::group::{GROUPS_MAX, GroupSet};
use crate::layout::{LayoutBuilder, Problem};
use crate::stage::{STAGES_MAX, Stage};

pub use policy::{Ending, PhaseEnd, PhaseView, RingDecision, RingPolicy};

/// The most rings: more than any junction has room for.
pub const RINGS_MAX: usize = 4;
/// The gap after which a phase ends, where a description gives none.
pub const PASSAGE: Millis = Millis(3_000);

/// What a ring serves at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phase {
    /// Its name, unique in its junction.
    pub name: String,
    /// The groups that it shows green to.
    pub groups: GroupSet,
    /// The gap between vehicles after which it ends.
    pub passage: Millis,
}

/// A phase as an index into [`Rings::phases`].
pub type PhaseIndex = usize;

/// A stage as its rings see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) barrier: usize,
    /// The place of each ring's phase in the ring's list of that barrier; none where it has none.
    pub(crate) places: Vec<Option<usize>>,
}

/// The rings of a junction; they exist together with the stages that they were compiled into.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rings {
    phases: Vec<Phase>,
    /// `rings[ring][barrier]`: the phases in their order.
    rings: Vec<Vec<Vec<PhaseIndex>>>,
    /// Indexed by [`StageId`].
    rows: Vec<Row>,
}

impl Rings {
    /// Compiles a description into stages and forbidden transitions of a layout that has its groups
    /// and conflicts, and no stage yet. `rings[ring][barrier]` lists phases in their order.
    ///
    /// # Errors
    /// Every problem of the description: too many rings or none, rings of different lengths, an
    /// empty barrier, phases that are nowhere or twice, without groups, with groups of another phase
    /// or in conflict, or with no phase beside them.
    pub fn compile(
        phases: Vec<Phase>,
        rings: Vec<Vec<Vec<PhaseIndex>>>,
        layout: &mut LayoutBuilder,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        check_phases(&phases, &rings, layout, &mut problems);
        check_rings(&rings, &mut problems);
        let mut compiled = Self { phases, rings, rows: Vec::new() };
        if problems.is_empty() {
            compiled.find_rows(layout, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        for row in &compiled.rows {
            layout.stage(compiled.stage(row, layout));
        }
        for (from, a) in compiled.rows.iter().enumerate() {
            for (to, b) in compiled.rows.iter().enumerate().filter(|(to, _)| *to != from) {
                if !compiled.may_follow(a, b) {
                    let (from, to) = (StageId::from_index(from), StageId::from_index(to));
                    layout.forbid_transition(from, to);
                }
            }
        }
        Ok(compiled)
    }

    /// The phases, indexed by [`PhaseIndex`].
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// The rings: of each the barriers, of each the phases in their order.
    #[must_use]
    pub fn rings(&self) -> &[Vec<Vec<PhaseIndex>>] {
        &self.rings
    }

    /// The phases that are green in a stage, at most one a ring.
    pub fn phases_of(&self, stage: StageId) -> impl Iterator<Item = PhaseIndex> + '_ {
        let row = &self.rows[stage.index()];
        (0..self.rings.len()).filter_map(move |ring| self.phase(ring, row))
    }

    /// The barrier that a stage belongs to, from 0.
    #[must_use]
    pub fn barrier_of(&self, stage: StageId) -> usize {
        self.rows[stage.index()].barrier
    }

    /// Whether the rings let one stage follow another.
    #[must_use]
    pub fn allow(&self, from: StageId, to: StageId) -> bool {
        from == to || self.may_follow(&self.rows[from.index()], &self.rows[to.index()])
    }

    fn barriers(&self) -> usize {
        self.rings[0].len()
    }

    fn phase(&self, ring: usize, row: &Row) -> Option<PhaseIndex> {
        row.places[ring].map(|place| self.rings[ring][row.barrier][place])
    }

    /// Every choice of one phase of each ring, within each barrier, that is compatible.
    fn find_rows(&mut self, layout: &LayoutBuilder, problems: &mut Vec<Problem>) {
        for barrier in 0..self.barriers() {
            let mut rows = vec![Vec::new()];
            for ring in &self.rings {
                let count = ring[barrier].len();
                let places: Vec<_> =
                    if count == 0 { vec![None] } else { (0..count).map(Some).collect() };
                let longer = |row: &Vec<Option<usize>>| {
                    places.iter().map(|&place| [&row[..], &[place]].concat()).collect::<Vec<_>>()
                };
                rows = rows.iter().flat_map(longer).collect();
            }
            let rows = rows.into_iter().map(|places| Row { barrier, places });
            let fits = |row: &Row| compatible(self.groups(row), layout);
            self.rows.extend(rows.filter(fits).collect::<Vec<_>>());
        }
        if self.rows.len() > STAGES_MAX {
            let count = self.rows.len();
            problems
                .push(Problem(format!("the rings make {count} stages, the most is {STAGES_MAX}")));
        }
        for (index, phase) in self.phases.iter().enumerate() {
            let serves =
                |row: &Row| (0..self.rings.len()).any(|r| self.phase(r, row) == Some(index));
            if !self.rows.iter().any(serves) {
                problems.push(Problem(format!(
                    "phase {}: it conflicts with every phase of another ring beside it",
                    phase.name
                )));
            }
        }
    }

    fn groups(&self, row: &Row) -> GroupSet {
        let phases = (0..self.rings.len()).filter_map(|ring| self.phase(ring, row));
        phases.fold(GroupSet::EMPTY, |all, phase| all.union(self.phases[phase].groups))
    }

    fn stage(&self, row: &Row, layout: &LayoutBuilder) -> Stage {
        let phases = (0..self.rings.len()).filter_map(|ring| self.phase(ring, row));
        let names: Vec<_> = phases.map(|phase| self.phases[phase].name.as_str()).collect();
        layout.stage_of(names.join(" + "), self.groups(row))
    }

    /// Whether one stage may follow another: forward in its barrier, or over a barrier.
    fn may_follow(&self, from: &Row, to: &Row) -> bool {
        let forward = || from.places.iter().zip(&to.places).all(|(from, to)| from <= to);
        self.barriers() == 1 || from.barrier != to.barrier || forward()
    }
}

fn compatible(groups: GroupSet, layout: &LayoutBuilder) -> bool {
    groups.iter().all(|a| groups.iter().all(|b| a == b || !layout.conflicts(a, b)))
}

fn check_rings(rings: &[Vec<Vec<PhaseIndex>>], problems: &mut Vec<Problem>) {
    if rings.is_empty() || rings.len() > RINGS_MAX {
        problems.push(Problem(format!("{} rings: there must be 1 to {RINGS_MAX}", rings.len())));
        return;
    }
    for (ring, barriers) in rings.iter().enumerate().filter(|(_, b)| b.len() != rings[0].len()) {
        problems.push(Problem(format!(
            "ring {}: it has {} barriers, the first ring {}",
            ring + 1,
            barriers.len(),
            rings[0].len()
        )));
    }
    let most = rings.iter().map(Vec::len).max().unwrap_or(0);
    if most == 0 {
        problems.push(Problem("the rings have no barrier".to_owned()));
    }
    for barrier in 0..most {
        if rings.iter().all(|ring| ring.get(barrier).is_none_or(Vec::is_empty)) {
            problems.push(Problem(format!("barrier {}: no ring has a phase in it", barrier + 1)));
        }
    }
}

fn check_phases(
    phases: &[Phase],
    rings: &[Vec<Vec<PhaseIndex>>],
    layout: &LayoutBuilder,
    problems: &mut Vec<Problem>,
) {
    let all = || rings.iter().flatten().flatten();
    for &index in all().filter(|&&index| index >= phases.len()) {
        problems.push(Problem(format!("there is no phase {}", index + 1)));
    }
    let known = layout.group_count().min(GROUPS_MAX);
    let known: GroupSet = (0..known).map(GroupId::from_index).collect();
    for (index, phase) in phases.iter().enumerate() {
        let mut say = |what: &str| problems.push(Problem(format!("phase {}: {what}", phase.name)));
        if phases[..index].iter().any(|other| other.name == phase.name) {
            say("another phase has its name");
        }
        match all().filter(|&&other| other == index).count() {
            0 => say("no ring has it"),
            1 => {}
            _ => say("it is more than once in the rings"),
        }
        if phase.passage <= Millis::ZERO {
            say("its passage time is not positive");
        }
        if phase.groups.is_empty() {
            say("it has no group");
        }
        if !phase.groups.difference(known).is_empty() {
            say("it names a group that is not there");
        } else if !compatible(phase.groups, layout) {
            say("its groups conflict");
        }
        if phases[..index].iter().any(|other| !other.groups.intersection(phase.groups).is_empty()) {
            say("another phase has one of its groups");
        }
    }
}
