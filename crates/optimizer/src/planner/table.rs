//! A junction's rules as flat tables, for the lanes that any decision changes something for.

use units::Millis;

use crate::spec::{Between, JunctionSpec, Opening, StageSpec, Ways};

/// The tables. A *ruled* lane is an approach that some stage, or some change, closes; after them comes a
/// lane for each crossing that some stage closes, with one way.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// How many stages.
    pub(crate) stages: usize,
    /// The approach of each ruled lane.
    pub(crate) approaches: Vec<usize>,
    /// How many lanes, those of crossings among them.
    pub(crate) lanes: usize,
    /// The crossing of each lane after those of vehicles.
    pub(crate) walks: Vec<usize>,
    /// Stage by stage, ruled lane by ruled lane.
    opens: Vec<Opening>,
    /// The same for each pair of stages: what is open while the one changes to the other.
    through: Vec<Ways>,
    /// Seconds from each stage to each.
    clearance: Vec<f32>,
    /// How long before it happens an end of green is decided, seconds; 0 where at once.
    pub(crate) announced: f32,
    /// Seconds, stage by stage: never less than that.
    pub(crate) min_green: Vec<f32>,
    /// Seconds, stage by stage; endless where there is no such rule.
    pub(crate) max_green: Vec<f32>,
}

impl Table {
    pub(crate) fn new(spec: &JunctionSpec) -> Self {
        let stages = spec.stages.len();
        let shown = |approach: usize| match &spec.between {
            Between::Both => None,
            Between::Shows(opens) => Some(opens[approach].open),
        };
        let ruled = |&approach: &usize| {
            let open = |stage: usize| spec.stages[stage].opens[approach];
            let same = (1..stages).all(|stage| open(stage) == open(0));
            !same || shown(approach).is_some_and(|shown| shown != open(0).open)
        };
        let approaches: Vec<usize> = (0..spec.approaches.len()).filter(ruled).collect();
        let closed = |&walk: &usize| !spec.walks[walk].shown.iter().all(|&shown| shown);
        let walks: Vec<usize> = (0..spec.walks.len()).filter(closed).collect();
        let walk_in = |stage: usize, walk: usize| spec.walks[walk].shown[stage];
        let opens = |stage: usize| {
            let lanes = approaches.iter().map(move |&a| spec.stages[stage].opens[a]);
            let shown = walks.iter().map(move |&walk| all(walk_in(stage, walk)));
            lanes.chain(shown.map(|open| Opening { open, yielding: 0 }))
        };
        let pairs = || (0..stages).flat_map(|from| (0..stages).map(move |to| (from, to)));
        let through = pairs().flat_map(|(from, to)| {
            let lanes = approaches.iter().map(move |&approach| match from == to {
                true => spec.stages[from].opens[approach].open,
                false => spec.open_between(from, to, approach),
            });
            let both = move |&walk: &usize| all(walk_in(from, walk) && walk_in(to, walk));
            lanes.chain(walks.iter().map(both))
        });
        let countdown = spec.countdown.unwrap_or(Millis::ZERO);
        let min_green = |stage: &StageSpec| stage.min_green.max(countdown).as_secs_f32();
        let max_green =
            |stage: &StageSpec| stage.max_green.map_or(f32::INFINITY, Millis::as_secs_f32);
        Self {
            stages,
            lanes: approaches.len() + walks.len(),
            opens: (0..stages).flat_map(opens).collect(),
            through: through.collect(),
            clearance: pairs().map(|(a, b)| spec.clearance(a, b).as_secs_f32()).collect(),
            announced: countdown.as_secs_f32(),
            min_green: spec.stages.iter().map(min_green).collect(),
            max_green: spec.stages.iter().map(max_green).collect(),
            approaches,
            walks,
        }
    }

    /// What a stage opens, ruled lane by ruled lane.
    #[inline]
    pub(crate) fn opens(&self, stage: usize) -> &[Opening] {
        let lanes = self.lanes;
        &self.opens[stage * lanes..][..lanes]
    }

    /// What is open while one stage changes to another.
    #[inline]
    pub(crate) fn through(&self, from: usize, to: usize) -> &[Ways] {
        let lanes = self.lanes;
        &self.through[(from * self.stages + to) * lanes..][..lanes]
    }

    /// The point of the grid whose step is decided: the first, or where displays count down the second,
    /// since what happens in the first is announced already.
    #[inline]
    pub(crate) fn decides(&self) -> usize {
        usize::from(self.announced > 0.0)
    }

    /// How long that takes, seconds.
    #[inline]
    pub(crate) fn clearance(&self, from: usize, to: usize) -> f32 {
        self.clearance[from * self.stages + to]
    }
}

/// The ways of a crossing: all where its walk is shown.
fn all(is_shown: bool) -> Ways {
    if is_shown { Ways::MAX } else { 0 }
}
