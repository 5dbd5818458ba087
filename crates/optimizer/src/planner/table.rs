//! A junction's rules as flat tables, for the lanes that any decision changes something for.

use units::{Millis, mixing};

use crate::spec::{Between, JunctionSpec, Opening, StageSpec, Ways};

/// What a step does with a lane from which somebody may leave in it. All others only wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// It is open before and after: the stage goes on.
    Goes,
    /// It is closed, and nothing of what follows opens it.
    Ends,
    /// It is opened at the end of the change.
    Begins,
    /// It is open in a part of the change, or before it and after it.
    Differs,
}

/// What a step does with one lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    pub(crate) lane: u16,
    pub(crate) flow: Flow,
    /// What is open before, meanwhile and after.
    pub(crate) before: Opening,
    pub(crate) through: Ways,
    pub(crate) after: Opening,
}

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
    /// Stage by stage, lane by lane.
    opens: Vec<Opening>,
    /// The same for each pair of stages: what is open while the one changes to the other.
    through: Vec<Ways>,
    /// The lanes that a step from each stage to each does something with, all pairs in one;
    moves: Vec<Move>,
    /// where those of each pair begin, one more than there are pairs.
    moves_begin: Vec<usize>,
    /// The most lanes that a step does something with.
    pub(crate) moves_most: usize,
    /// A number for each lane, by which states are told apart.
    pub(crate) keys: Vec<u64>,
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
        let lanes = approaches.len() + walks.len();
        let opens: Vec<Opening> = (0..stages).flat_map(opens).collect();
        let through: Vec<Ways> = through.collect();
        let (mut moves, mut moves_begin) = (Vec::new(), vec![0]);
        for (pair, (from, to)) in pairs().enumerate() {
            let meanwhile = &through[pair * lanes..][..lanes];
            let rows = opens[from * lanes..][..lanes].iter().zip(meanwhile);
            let rows = (0_u16..).zip(rows.zip(&opens[to * lanes..][..lanes]));
            moves.extend(rows.filter_map(|(lane, ((&before, &through), &after))| {
                Move::new(from == to, lane, (before, through, after))
            }));
            moves_begin.push(moves.len());
        }
        let countdown = spec.countdown.unwrap_or(Millis::ZERO);
        let min_green = |stage: &StageSpec| stage.min_green.max(countdown).as_secs_f32();
        let max_green =
            |stage: &StageSpec| stage.max_green.map_or(f32::INFINITY, Millis::as_secs_f32);
        Self {
            stages,
            lanes,
            opens,
            through,
            moves,
            moves_most: moves_begin.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0),
            moves_begin,
            keys: (1..=lanes as u64).map(key).collect(),
            clearance: pairs().map(|(a, b)| spec.clearance(a, b).as_secs_f32()).collect(),
            announced: countdown.as_secs_f32(),
            min_green: spec.stages.iter().map(min_green).collect(),
            max_green: spec.stages.iter().map(max_green).collect(),
            approaches,
            walks,
        }
    }

    /// What a step from one stage to another, or to the same, does with which lanes.
    #[inline]
    pub(crate) fn moves(&self, from: usize, to: usize) -> &[Move] {
        let pair = from * self.stages + to;
        &self.moves[self.moves_begin[pair]..self.moves_begin[pair + 1]]
    }

    /// What a stage opens, lane by lane.
    pub(crate) fn opens(&self, stage: usize) -> &[Opening] {
        &self.opens[stage * self.lanes..][..self.lanes]
    }

    /// Whether a stage opens all that another one opens for vehicles.
    pub(crate) fn opens_all(&self, stage: usize, other: usize) -> bool {
        let pairs = self.opens(stage).iter().zip(self.opens(other));
        let mut pairs = pairs.take(self.approaches.len());
        pairs.all(|(all, some)| some.open & !all.open == 0)
    }

    /// What is open while one stage changes to another, lane by lane.
    pub(crate) fn through(&self, from: usize, to: usize) -> &[Ways] {
        &self.through[(from * self.stages + to) * self.lanes..][..self.lanes]
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

/// The key of a lane. It is odd, so that no number of vehicles makes nothing of it, and made of a number
/// that is no stage and no time: those are mixed too.
fn key(lane: u64) -> u64 {
    mixing::mixed(mixing::GOLDEN.wrapping_mul(lane)) | 1
}

/// The ways of a crossing: all where its walk is shown.
fn all(is_shown: bool) -> Ways {
    if is_shown { Ways::MAX } else { 0 }
}

impl Move {
    /// What a step, in which the stage goes on or changes, does with a lane; none where nobody may leave
    /// it.
    fn new(
        goes_on: bool,
        lane: u16,
        (before, through, after): (Opening, Ways, Opening),
    ) -> Option<Self> {
        let flow = match (before.open, through, after.open) {
            (0, 0, 0) => return None,
            _ if goes_on => Flow::Goes,
            (_, 0, 0) => Flow::Ends,
            (0, 0, _) => Flow::Begins,
            _ => Flow::Differs,
        };
        Some(Self { lane, flow, before, through, after })
    }
}
