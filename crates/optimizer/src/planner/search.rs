//! The search: which stages to show, step by step of a grid, so that least is lost.
//!
//! A *node* is a junction at one point of the grid, as one sequence of stages leaves it. All nodes of
//! a point are grown by every stage that may follow, scored by what was lost so far and what is still
//! to be lost by whoever waits, and the best of them kept (a beam). Of two that show the same stage
//! for the same time and have let the same vehicles go, the dearer is dropped: nothing that follows
//! could make it the better one.
//!
//! The memory of a search is kept for the next: after the first ones nothing is allocated.

use units::mixing;

use super::law::Law;
use super::outlook::{Arrival, Outlook};
use super::table::Table;
use super::value::Value;
use crate::spec::{Opening, Ways};

/// Whoever loses more than this has stopped, seconds.
const STOPPED: f32 = 1.0;

/// What the search may spend and how it counts.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) law: Law,
    pub(crate) value: Value,
    /// What a stop counts, in seconds of delay.
    pub(crate) stop: f32,
    /// How many nodes of a point are kept.
    pub(crate) beam: usize,
    /// How long after a change the next may be: none where the grid's points alone say it.
    pub(crate) after_change: Option<f32>,
}

/// Where the junction stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) stage: usize,
    /// When its green began, seconds from now: not after 0.
    pub(crate) since: f32,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The best sequence, one stage for each step of the grid.
    pub(crate) sequence: Vec<u8>,
    /// Its score, weighed seconds.
    pub(crate) score: f32,
    /// The best score of a sequence that keeps the stage in the first step.
    pub(crate) holding: f32,
    /// How many nodes were grown.
    pub(crate) evaluated: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    stage: u8,
    /// The first stage of its sequence.
    first: u8,
    /// Its place in `trace`.
    trace: u32,
    /// When its green began.
    since: f32,
    /// Before this no change may be demanded.
    free: f32,
    /// What whoever has left has lost.
    lost: f32,
    /// `lost`, and what is still to be lost.
    score: f32,
}

/// One lane of one node: how many have left, and when the next can.
#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    gone: u8,
    ready: f32,
}

/// A search and its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    nodes: Vec<Node>,
    parents: Vec<Node>,
    lanes: Vec<Lane>,
    grown: Vec<Node>,
    grown_lanes: Vec<Lane>,
    order: Vec<u32>,
    /// The stage of each node that was kept, and the place of the one it grew from.
    trace: Vec<(u32, u8)>,
    seen: Seen,
    to_come: ToCome,
}

/// One step of the grid.
#[derive(Clone, Copy)]
struct Step {
    point: usize,
    from: f32,
    until: f32,
}

impl Search {
    /// Searches the grid, whose points are seconds from now, the first of them after 0.
    pub(crate) fn run(
        &mut self,
        table: &Table,
        outlook: &Outlook,
        terms: &Terms,
        start: Start,
        grid: &[f32],
    ) -> Found {
        self.begin(table, start, terms);
        let mut found = Found { holding: f32::INFINITY, ..Found::default() };
        let mut from = 0.0;
        for (point, &until) in grid.iter().enumerate() {
            let step = Step { point, from, until };
            self.grow(table, outlook, terms, step);
            found.evaluated += self.grown.len() as u32;
            self.keep(table, terms.beam, until);
            from = until;
        }
        let best = self.nodes.first().copied().unwrap_or_default();
        found.score = best.score;
        let holds = |node: &&Node| usize::from(node.first) == start.stage;
        found.holding = self.nodes.iter().find(holds).map_or(f32::INFINITY, |node| node.score);
        let mut at = best.trace;
        for _ in grid {
            let (before, stage) = self.trace[at as usize];
            found.sequence.push(stage);
            at = before;
        }
        found.sequence.reverse();
        found
    }

    fn begin(&mut self, table: &Table, start: Start, terms: &Terms) {
        let lanes = table.approaches.len();
        self.nodes.clear();
        self.lanes.clear();
        self.trace.clear();
        self.trace.push((0, start.stage as u8));
        let node = Node { stage: start.stage as u8, since: start.since, ..Node::default() };
        self.nodes.push(node);
        // A green that is young has not let the first one go yet.
        let ready = start.since + terms.law.start_up;
        self.lanes.resize(lanes, Lane { gone: 0, ready: ready.max(0.0) });
    }

    /// Grows every node by every stage that may follow.
    fn grow(&mut self, table: &Table, outlook: &Outlook, terms: &Terms, step: Step) {
        let lanes = table.approaches.len();
        self.grown.clear();
        self.grown_lanes.clear();
        self.to_come.fill(outlook, terms, step);
        for index in 0..self.nodes.len() {
            let node = self.nodes[index];
            let current = usize::from(node.stage);
            let green = step.from - node.since;
            // A change that is free before half of the step is over is free in it.
            let half = (step.until - step.from) / 2.0;
            let fixed = step.from + half < node.free || green < table.min_green[current];
            let spent = !fixed && green >= table.max_green[current] && table.stages > 1;
            for stage in 0..table.stages {
                if stage == current && spent || stage != current && fixed {
                    continue;
                }
                let first = self.grown_lanes.len();
                self.grown_lanes.extend_from_slice(&self.lanes[index * lanes..][..lanes]);
                let into = &mut self.grown_lanes[first..];
                let mut next = if stage == current {
                    hold(table, outlook, terms, node, step, into)
                } else {
                    change(table, outlook, terms, node, stage, step, into)
                };
                next.trace = index as u32;
                if step.point == 0 {
                    next.first = stage as u8;
                }
                next.score = next.lost + self.to_come.of(table.opens(stage), into);
                self.grown.push(next);
            }
        }
    }

    /// Keeps the best of what was grown, each state of the junction once.
    fn keep(&mut self, table: &Table, beam: usize, now: f32) {
        let lanes = table.approaches.len();
        let grown = &self.grown;
        self.order.clear();
        self.order.extend(0..grown.len() as u32);
        // Ties go to what was grown first.
        self.order.sort_unstable_by(|&a, &b| {
            grown[a as usize].score.total_cmp(&grown[b as usize].score).then(a.cmp(&b))
        });
        self.seen.clear(beam);
        std::mem::swap(&mut self.nodes, &mut self.parents);
        self.nodes.clear();
        self.lanes.clear();
        for &index in &self.order {
            if self.nodes.len() == beam {
                break;
            }
            let mut node = grown[index as usize];
            let own = &self.grown_lanes[index as usize * lanes..][..lanes];
            if !self.seen.insert(signature(table, &node, own, now)) {
                continue;
            }
            let parent = self.parents[node.trace as usize].trace;
            self.trace.push((parent, node.stage));
            node.trace = self.trace.len() as u32 - 1;
            self.nodes.push(node);
            self.lanes.extend_from_slice(own);
        }
    }
}

/// The stage goes on.
fn hold(
    table: &Table,
    outlook: &Outlook,
    terms: &Terms,
    node: Node,
    step: Step,
    lanes: &mut [Lane],
) -> Node {
    let mut node = node;
    for (index, (lane, opening)) in lanes.iter_mut().zip(table.opens(node.stage.into())).enumerate()
    {
        let arrivals = outlook.lane(index);
        node.lost += lane.discharge(arrivals, terms, opening.open, opening.yielding, step.until);
    }
    node
}

/// Another stage follows.
fn change(
    table: &Table,
    outlook: &Outlook,
    terms: &Terms,
    node: Node,
    to: usize,
    step: Step,
    lanes: &mut [Lane],
) -> Node {
    let mut node = node;
    let from = usize::from(node.stage);
    let green = step.from + table.clearance(from, to);
    let ends = step.from + terms.law.end_gain;
    let (before, after) = (table.opens(from), table.opens(to));
    for (index, lane) in lanes.iter_mut().enumerate() {
        let (before, after, through) =
            (before[index], after[index], table.through(from, to)[index]);
        let arrivals = outlook.lane(index);
        if before.open != 0 && before.open & !through != 0 {
            node.lost += lane.discharge(arrivals, terms, before.open, before.yielding, ends);
        }
        if through != 0 {
            let until = green.min(step.until);
            node.lost += lane.discharge(arrivals, terms, through, before.yielding, until);
        }
        if after.open & !through != 0 {
            lane.ready = lane.ready.max(green + terms.law.start_up);
        }
        if after.open != 0 && green < step.until {
            node.lost += lane.discharge(arrivals, terms, after.open, after.yielding, step.until);
        }
    }
    node.stage = to as u8;
    node.since = green;
    node.free = terms.after_change.map_or(f32::NEG_INFINITY, |after| green + after);
    node
}

impl Lane {
    /// Lets go who may before a time, and says what they have lost, weighed.
    #[inline]
    fn discharge(
        &mut self,
        arrivals: &[Arrival],
        terms: &Terms,
        open: Ways,
        yielding: Ways,
        until: f32,
    ) -> f32 {
        let mut lost = 0.0;
        while let Some(arrival) = arrivals.get(usize::from(self.gone)) {
            let leaves = arrival.at.max(self.ready);
            if leaves >= until || arrival.ways & open == 0 {
                break;
            }
            let delay = leaves - arrival.at;
            lost += arrival.weight * (delay + if delay > STOPPED { terms.stop } else { 0.0 });
            let freely = arrival.ways & open & !yielding != 0;
            self.ready = leaves + if freely { terms.law.headway } else { terms.law.yielding };
            self.gone += 1;
        }
        lost
    }
}

/// What those who wait have lost at a point of the grid, and what they will still lose, for each lane,
/// red or green, and each number that may have left it. All nodes of a point share it.
#[derive(Clone, Debug, Default)]
struct ToCome {
    costs: Vec<f32>,
    longest: usize,
}

impl ToCome {
    fn fill(&mut self, outlook: &Outlook, terms: &Terms, step: Step) {
        self.longest = outlook.longest();
        self.costs.clear();
        for lane in 0..outlook.lanes() {
            for open in [false, true] {
                self.costs.extend((0..self.longest).map(|gone| {
                    let (weight, waited) = outlook.waiting(lane, gone, step.point, step.until);
                    waited + terms.value.of(weight, open, terms.law.headway)
                }));
            }
        }
    }

    #[inline]
    fn of(&self, opens: &[Opening], lanes: &[Lane]) -> f32 {
        let each = lanes.iter().zip(opens).enumerate().map(|(index, (lane, opening))| {
            let row = 2 * index + usize::from(opening.open != 0);
            self.costs[row * self.longest + usize::from(lane.gone)]
        });
        each.sum()
    }
}

/// What tells states of the junction apart: two with the same have the same before them. How long a
/// green lasts is no part of it once no rule asks for it.
fn signature(table: &Table, node: &Node, lanes: &[Lane], now: f32) -> u64 {
    let stage = usize::from(node.stage);
    let settled = now - node.since >= table.min_green[stage]
        && now >= node.free
        && table.max_green[stage].is_infinite();
    let since = if settled { 0 } else { u64::from(node.since.to_bits()) };
    let gone = lanes.iter().map(|lane| u64::from(lane.gone));
    mixing::digest([u64::from(node.stage), since].into_iter().chain(gone))
}

/// Signatures that were met, in a table without chains.
#[derive(Clone, Debug, Default)]
struct Seen(Vec<u64>);

impl Seen {
    /// Empties it for so many.
    fn clear(&mut self, count: usize) {
        let size = (4 * count).next_power_of_two();
        self.0.clear();
        self.0.resize(size, 0);
    }

    /// Whether it is new.
    fn insert(&mut self, signature: u64) -> bool {
        let mask = self.0.len() - 1;
        // 0 marks an empty place.
        let signature = signature.max(1);
        let mut at = mixing::mixed(signature) as usize & mask;
        while self.0[at] != 0 {
            if self.0[at] == signature {
                return false;
            }
            at = (at + 1) & mask;
        }
        self.0[at] = signature;
        true
    }
}
