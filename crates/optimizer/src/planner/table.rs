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

/// The tables. A *ruled* lane is an approach that some stage, or some change, closes.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// How many stages.
    pub(crate) stages: usize,
    /// The approach of each ruled lane.
    pub(crate) approaches: Vec<usize>,
    /// The lanes that a step from each stage to each does something with, all pairs in one;
    moves: Vec<Move>,
    /// where those of each pair begin, one more than there are pairs.
    moves_begin: Vec<usize>,
    /// The most lanes that a step does something with.
    pub(crate) moves_most: usize,
    /// A number for each ruled lane, by which states are told apart.
    pub(crate) keys: Vec<u64>,
    /// Seconds from each stage to each.
    clearance: Vec<f32>,
    /// Seconds, stage by stage.
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
        let pairs = || (0..stages).flat_map(|from| (0..stages).map(move |to| (from, to)));
        let (mut moves, mut moves_begin) = (Vec::new(), vec![0]);
        for pair in pairs() {
            moves.extend(
                (0_u16..)
                    .zip(&approaches)
                    .filter_map(|(lane, &approach)| Move::new(spec, pair, lane, approach)),
            );
            moves_begin.push(moves.len());
        }
        let max_green =
            |stage: &StageSpec| stage.max_green.map_or(f32::INFINITY, Millis::as_secs_f32);
        Self {
            stages,
            moves,
            moves_most: moves_begin.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0),
            moves_begin,
            keys: (1..=approaches.len() as u64).map(key).collect(),
            clearance: pairs().map(|(a, b)| spec.clearance(a, b).as_secs_f32()).collect(),
            min_green: spec.stages.iter().map(|stage| stage.min_green.as_secs_f32()).collect(),
            max_green: spec.stages.iter().map(max_green).collect(),
            approaches,
        }
    }

    /// What a step from one stage to another, or to the same, does with which lanes.
    #[inline]
    pub(crate) fn moves(&self, from: usize, to: usize) -> &[Move] {
        let pair = from * self.stages + to;
        &self.moves[self.moves_begin[pair]..self.moves_begin[pair + 1]]
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

impl Move {
    /// What a step from one stage to another, or to the same, does with a lane; none where nobody may
    /// leave it.
    fn new(
        spec: &JunctionSpec,
        (from, to): (usize, usize),
        lane: u16,
        approach: usize,
    ) -> Option<Self> {
        let opens = |stage: usize| spec.stages[stage].opens[approach];
        let (before, after) = (opens(from), opens(to));
        let through = if from == to { before.open } else { spec.open_between(from, to, approach) };
        let flow = match (before.open, through, after.open) {
            (0, 0, 0) => return None,
            _ if from == to => Flow::Goes,
            (_, 0, 0) => Flow::Ends,
            (0, 0, _) => Flow::Begins,
            _ => Flow::Differs,
        };
        Some(Self { lane, flow, before, through, after })
    }
}
