//! The search: which stages to show, step by step of a grid, so that least is lost.
//!
//! A *node* is a junction at one point of the grid, as one sequence of stages leaves it. All nodes of
//! a point are grown by every stage that may follow, scored by what was lost so far and what is still
//! to be lost by whoever waits, and the best of them kept (a beam). Of two that show the same stage
//! for the same time and have let the same vehicles go, the dearer is dropped: what follows could make it
//! the better one by less than a headway on each lane.
//!
//! Most of what is grown is dropped at once. So a node that grows is only *weighed*: its parent's sums,
//! changed by those lanes from which somebody may leave. The few that are kept get lanes of their own.
//!
//! The memory of a search is kept for the next, and what it finds is put where the caller says.

use units::mixing;

use super::costs::Costs;
use super::lane::{Lane, Timing};
use super::law::Law;
use super::outlook::Outlook;
use super::table::{Flow, Move, Table};
use super::value::Value;

/// What the search may spend and how it counts.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) law: Law,
    pub(crate) value: Value,
    /// What a stop counts, in seconds of delay.
    pub(crate) stop: f32,
    /// How many nodes of a point are kept.
    pub(crate) beam: usize,
    /// How many nodes may be grown.
    pub(crate) budget: u32,
    /// How long after a change the next may be: none where the grid's points alone say it.
    pub(crate) after_change: Option<f32>,
    /// Whether a green may go on beyond its longest: somebody comes for whom it must not end.
    pub(crate) holds: bool,
}

/// Where the junction stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) stage: usize,
    /// When its green began, seconds from now: not after 0.
    pub(crate) since: f32,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Found {
    /// The best sequence, one stage for each step of the grid; nothing where the budget was missed.
    pub(crate) sequence: Vec<u8>,
    /// Its score, weighed seconds.
    pub(crate) score: f32,
    /// How many nodes were grown.
    pub(crate) evaluated: u32,
    /// Whether more would have had to be grown than the budget is.
    pub(crate) is_missed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    stage: u8,
    /// The first stage of its sequence.
    first: u8,
    /// Its place in `trace`; while it is only weighed that of its parent among the nodes.
    trace: u32,
    /// While it is only weighed, where in `moved` the lanes begin that differ from its parent's.
    moved: u32,
    /// When its green began.
    since: f32,
    /// Before this no change may be demanded.
    free: f32,
    /// What whoever has left has lost.
    lost: f32,
    /// `lost`, and what is still to be lost.
    score: f32,
    /// A sum over all who have left, by which states are told apart.
    mark: u64,
}

/// What one lane changes for a node that grows.
#[derive(Clone, Copy, Debug, Default)]
struct Change {
    after: Lane,
    lost: f32,
    to_come: f32,
    mark: u64,
}

/// A search and its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    nodes: Vec<Node>,
    lanes: Vec<Lane>,
    parents: Vec<Node>,
    parent_lanes: Vec<Lane>,
    grown: Vec<Node>,
    /// The lanes of what was grown from which somebody may have left.
    moved: Vec<Lane>,
    /// Scores and places of what was grown, to be ordered.
    order: Vec<u64>,
    /// What the end of its green changes for each lane of the node that grows.
    ends: Vec<Change>,
    /// For each lane the least place that it has in any node.
    least: Vec<u32>,
    /// The stage of each node that was kept, and the place of the one it grew from.
    trace: Vec<(u32, u8)>,
    seen: Seen,
    costs: Costs,
    /// The one stage that sequences may begin with, where they are not free.
    only: Option<usize>,
}

/// What a search goes over.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'g> {
    pub(crate) table: &'g Table,
    pub(crate) outlook: &'g Outlook,
    pub(crate) terms: &'g Terms,
    /// The points of the grid, seconds from now, the first of them after 0.
    pub(crate) grid: &'g [f32],
}

impl Ground<'_> {
    /// When what happens in a step from one stage to another, or to the same.
    #[inline]
    fn timing(&self, (from, to): (usize, usize), begin: f32, until: f32) -> Timing {
        let green = begin + self.table.clearance(from, to);
        Timing { from, to, ends: begin + self.terms.law.end_gain, green, until }
    }
}

/// One step of the grid.
#[derive(Clone, Copy)]
struct Step {
    point: usize,
    from: f32,
    until: f32,
}

impl Search {
    /// Searches, and puts what it finds into `found`.
    pub(crate) fn run(&mut self, ground: &Ground<'_>, start: Start, found: &mut Found) {
        self.begin(ground, start);
        found.sequence.clear();
        (found.score, found.evaluated, found.is_missed) = (0.0, 0, false);
        let mut from = 0.0;
        for (point, &until) in ground.grid.iter().enumerate() {
            let step = Step { point, from, until };
            let left = ground.terms.budget - found.evaluated;
            found.is_missed = !self.grow(ground, step, left as usize);
            found.evaluated += self.grown.len() as u32;
            if found.is_missed {
                self.nodes.clear();
                return;
            }
            self.keep(ground, step);
            from = until;
        }
        let best = self.nodes.first().copied().unwrap_or_default();
        found.score = best.score;
        let mut at = best.trace;
        for _ in ground.grid {
            let (before, stage) = self.trace[at as usize];
            found.sequence.push(stage);
            at = before;
        }
        found.sequence.reverse();
    }

    /// For each stage the best score of a sequence that begins with it, after a search; none where it
    /// may not follow. Where no such sequence was kept, a search over `ground` looks for one, as long as
    /// the budget lasts for all of them.
    pub(crate) fn scores(&mut self, ground: &Ground<'_>, start: Start) -> Vec<Option<f32>> {
        let best = |nodes: &[Node], stage: usize| {
            nodes.iter().find(|node| usize::from(node.first) == stage).map(|node| node.score)
        };
        let stages = 0..ground.table.stages;
        let mut scores: Vec<_> = stages.clone().map(|stage| best(&self.nodes, stage)).collect();
        let mut terms = ground.terms.clone();
        let mut found = Found::default();
        for stage in stages {
            if scores[stage].is_none() {
                self.only = Some(stage);
                self.run(&Ground { terms: &terms, ..*ground }, start, &mut found);
                terms.budget -= found.evaluated;
                scores[stage] = best(&self.nodes, stage);
            }
        }
        self.only = None;
        scores
    }

    /// What a sequence loses within so many seconds, and how long that is by the grid: of those who
    /// leave and of those who wait, without what is still to come. It ends the search.
    pub(crate) fn foretell(
        &mut self,
        ground: &Ground<'_>,
        start: Start,
        sequence: &[u8],
        within: f32,
    ) -> (f32, f32) {
        self.begin(ground, start);
        let Ground { table, outlook, terms, .. } = *ground;
        let (mut node, mut from, mut lost) = (self.nodes[0], 0.0, 0.0);
        for (point, (&until, &stage)) in ground.grid.iter().zip(sequence).enumerate() {
            let (current, to) = (node.stage.into(), stage.into());
            let timing = ground.timing((current, to), from, until);
            for one in table.moves(current, to) {
                node.lost += self.lanes[usize::from(one.lane)].pass(outlook, terms, one, &timing);
            }
            if current != to {
                (node.stage, node.since) = (stage, timing.green);
            }
            let waiting = self.lanes.iter().enumerate();
            let waited = waiting
                .map(|(lane, row)| outlook.waiting(lane, row.place as usize, point, until).1);
            lost = node.lost + waited.sum::<f32>();
            from = until;
            if until >= within {
                break;
            }
        }
        (lost, from)
    }

    fn begin(&mut self, ground: &Ground<'_>, start: Start) {
        self.nodes.clear();
        self.lanes.clear();
        self.least.clear();
        self.trace.clear();
        self.trace.push((0, start.stage as u8));
        // Until the end of the first step nothing can be announced any more.
        let (stage, free) = (start.stage as u8, ground.table.announced);
        let node = Node { stage, since: start.since, free, ..Node::default() };
        self.nodes.push(node);
        // A green that is young has not let the first one go yet.
        let ready = start.since + ground.terms.law.start_up;
        for lane in 0..ground.outlook.lanes() {
            let place = ground.outlook.places(lane).start as u32;
            self.lanes.push(Lane { place, ready: ready.max(0.0) });
            self.least.push(place);
        }
        self.ends.resize(self.lanes.len(), Change::default());
        self.reserve(ground);
    }

    /// Takes memory for the most that a search can grow and keep, once: what traffic is like asks for no
    /// more.
    fn reserve(&mut self, ground: &Ground<'_>) {
        let Ground { table, terms, grid, .. } = *ground;
        let beam = terms.beam.min(terms.budget as usize);
        let (grown, lanes) = (beam * table.stages, beam * table.lanes);
        let room = |own: usize, wanted: usize| wanted.saturating_sub(own);
        self.nodes.reserve(room(self.nodes.len(), beam));
        self.parents.reserve(room(self.parents.len(), beam));
        self.lanes.reserve(room(self.lanes.len(), lanes));
        self.parent_lanes.reserve(room(self.parent_lanes.len(), lanes));
        self.trace.reserve(beam * grid.len());
        self.grown.reserve(room(self.grown.len(), grown));
        self.order.reserve(room(self.order.len(), grown));
        self.moved.reserve(room(self.moved.len(), grown * table.moves_most));
    }

    /// Grows every node by every stage that may follow; false where more would have to be grown than
    /// may be.
    fn grow(&mut self, ground: &Ground<'_>, step: Step, most: usize) -> bool {
        let Ground { table, outlook, .. } = *ground;
        let lanes = outlook.lanes();
        self.grown.clear();
        self.moved.clear();
        self.costs.fill(ground, (step.point, step.until), &self.least);
        let decides = step.point == table.decides();
        for index in 0..self.nodes.len() {
            let node = self.nodes[index];
            let current = usize::from(node.stage);
            let green = step.from - node.since;
            // A change that is free before half of the step is over is free in it.
            let half = (step.until - step.from) / 2.0;
            let fixed = step.from + half < node.free || green < table.min_green[current];
            let may_hold = ground.terms.holds || table.stages == 1;
            let spent = !fixed && green >= table.max_green[current] && !may_hold;
            let own = &self.lanes[index * lanes..][..lanes];
            let to_come = self.costs.all_closed(own);
            let parent = Node { trace: index as u32, score: to_come, ..node };
            if !fixed {
                let timing = ground.timing((current, current), step.from, step.until);
                for one in table.moves(current, current) {
                    let (lane, one) = (usize::from(one.lane), Move { flow: Flow::Ends, ..*one });
                    self.ends[lane] = self.changed(ground, &one, own[lane], &timing, false);
                }
            }
            for stage in 0..table.stages {
                let is_barred = decides && self.only.is_some_and(|only| only != stage);
                if stage == current && spent || stage != current && fixed || is_barred {
                    continue;
                }
                if self.grown.len() == most {
                    return false;
                }
                self.weigh(ground, parent, stage, step);
            }
        }
        true
    }

    /// Grows a node by a stage. What its parent has to come stands in its score.
    #[inline]
    fn weigh(&mut self, ground: &Ground<'_>, parent: Node, stage: usize, step: Step) {
        let Ground { table, terms, .. } = *ground;
        let current = usize::from(parent.stage);
        let timing = ground.timing((current, stage), step.from, step.until);
        let first = parent.trace as usize * ground.outlook.lanes();
        let mut node = Node { moved: self.moved.len() as u32, ..parent };
        for one in table.moves(current, stage) {
            let lane = usize::from(one.lane);
            let change = match one.flow {
                Flow::Ends => self.ends[lane],
                _ => {
                    let before = self.lanes[first + lane];
                    self.changed(ground, one, before, &timing, one.after.open != 0)
                }
            };
            self.moved.push(change.after);
            node.lost += change.lost;
            node.score += change.to_come;
            node.mark = node.mark.wrapping_add(change.mark);
        }
        node.score += node.lost;
        if step.point == table.decides() {
            node.first = stage as u8;
        }
        if stage != current {
            node.stage = stage as u8;
            node.since = timing.green;
            node.free = terms.after_change.map_or(f32::NEG_INFINITY, |after| timing.green + after);
        }
        self.grown.push(node);
    }

    /// What a step changes for a lane.
    #[inline]
    fn changed(
        &self,
        ground: &Ground<'_>,
        one: &Move,
        before: Lane,
        timing: &Timing,
        is_open: bool,
    ) -> Change {
        let mut after = before;
        let lost = after.pass(ground.outlook, ground.terms, one, timing);
        let left = u64::from(after.place - before.place);
        let mark = ground.table.keys[usize::from(one.lane)].wrapping_mul(left);
        let to_come = self.costs.change(before.place, after.place, is_open);
        Change { after, lost, to_come, mark }
    }

    /// Keeps the best of what was grown, each state of the junction once.
    fn keep(&mut self, ground: &Ground<'_>, step: Step) {
        let beam = ground.terms.beam;
        std::mem::swap(&mut self.nodes, &mut self.parents);
        std::mem::swap(&mut self.lanes, &mut self.parent_lanes);
        self.nodes.clear();
        self.lanes.clear();
        self.seen.clear(beam);
        // Ties go to what was grown first.
        let keys = self.grown.iter().zip(0_u64..);
        self.order.clear();
        self.order.extend(keys.map(|(node, place)| ordered(node.score) << 32 | place));
        let mut order = std::mem::take(&mut self.order);
        // Seldom is more looked at than a little more than is kept: the others need no order.
        let mut rest = &mut order[..];
        while !rest.is_empty() && self.nodes.len() < beam {
            let count = (beam + beam / 2 + 1).min(rest.len());
            if count < rest.len() {
                rest.select_nth_unstable(count);
            }
            let (best, others) = rest.split_at_mut(count);
            best.sort_unstable();
            for &key in &*best {
                if self.nodes.len() < beam {
                    self.take(ground, step, key as u32 as usize);
                }
            }
            rest = others;
        }
        self.order = order;
        let lanes = ground.table.lanes;
        for (lane, least) in self.least.iter_mut().enumerate() {
            let places = self.lanes.iter().skip(lane).step_by(lanes).map(|row| row.place);
            *least = places.min().unwrap_or(*least);
        }
    }

    /// Keeps one of what was grown, where none like it was kept.
    fn take(&mut self, ground: &Ground<'_>, step: Step, place: usize) {
        let table = ground.table;
        let mut node = self.grown[place];
        if !self.seen.insert(signature(table, &node, step.until)) {
            return;
        }
        let (index, lanes) = (node.trace as usize, table.lanes);
        let parent = self.parents[index];
        let first = self.lanes.len();
        self.lanes.extend_from_slice(&self.parent_lanes[index * lanes..][..lanes]);
        let moves = table.moves(parent.stage.into(), node.stage.into());
        for (one, &lane) in moves.iter().zip(&self.moved[node.moved as usize..]) {
            self.lanes[first + usize::from(one.lane)] = lane;
        }
        self.trace.push((parent.trace, node.stage));
        node.trace = self.trace.len() as u32 - 1;
        self.nodes.push(node);
    }
}

/// A number that grows with a score, as all scores of a point are ordered.
#[inline]
fn ordered(score: f32) -> u64 {
    let bits = score.to_bits();
    u64::from(if bits >> 31 == 0 { bits | 1 << 31 } else { !bits })
}

/// What tells states of the junction apart: two with the same have the same before them. How long a
/// green lasts is no part of it once no rule asks for it.
fn signature(table: &Table, node: &Node, now: f32) -> u64 {
    let stage = usize::from(node.stage);
    let settled = now - node.since >= table.min_green[stage]
        && now >= node.free
        && table.max_green[stage].is_infinite();
    let since = if settled { 0 } else { u64::from(node.since.to_bits()) };
    mixing::mixed(node.mark ^ mixing::mixed(since << 8 | u64::from(node.stage)))
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
        let mut at = signature as usize & mask;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::{LaneId, LinkId, Millis};

    use super::super::outlook::Arrival;
    use super::*;
    use crate::spec::{Approach, Between, Instants, JunctionSpec, Opening, StageSpec, Ways};

    const LAW: Law = Law { start_up: 2.8, headway: 2.45, yielding: 5.0, end_gain: 0.5 };
    const STEP: f32 = 5.0;

    /// One lane a stage, and each stage opens its own.
    fn junction(stages: usize, min_green: i64, between: Between) -> JunctionSpec {
        let opens = |stage: usize| {
            (0..stages)
                .map(|lane| Opening { open: Ways::from(lane == stage), yielding: 0 })
                .collect()
        };
        JunctionSpec {
            approaches: (0..stages)
                .map(|lane| Approach {
                    lane: LaneId::from_index(lane),
                    exits: vec![LinkId::from_index(lane)],
                })
                .collect(),
            stages: (0..stages)
                .map(|stage| StageSpec {
                    min_green: Millis::from_secs(min_green),
                    max_green: None,
                    opens: opens(stage),
                })
                .collect(),
            clearance: vec![Millis::from_secs(2); stages * stages],
            between,
            instants: Instants::Any,
            countdown: None,
            walks: Vec::new(),
        }
    }

    fn terms(beam: usize) -> Terms {
        let value = Value { red: 0.0, green: 0.0, queue: 0.0, coming: 0.0 };
        Terms {
            law: LAW,
            value,
            stop: 0.0,
            beam,
            budget: u32::MAX,
            after_change: None,
            holds: false,
        }
    }

    fn outlook(lanes: &[Vec<f32>], grid: &[f32]) -> Outlook {
        let mut outlook = Outlook::default();
        outlook.clear();
        for lane in lanes {
            let arrival =
                |&at| Arrival { at, ways: Ways::MAX, weight: 1.0, size: 1.0, freely: false };
            outlook.push_lane(&lane.iter().map(arrival).collect::<Vec<_>>());
        }
        outlook.seal(grid);
        outlook
    }

    fn grid(steps: usize) -> Vec<f32> {
        (1..=steps).map(|step| step as f32 * STEP).collect()
    }

    fn run(lanes: &[Vec<f32>], start: Start, steps: usize, beam: usize, min_green: i64) -> Found {
        let spec = junction(lanes.len(), min_green, Between::Both);
        let grid = grid(steps);
        let outlook = outlook(lanes, &grid);
        let ground = Ground {
            table: &Table::new(&spec),
            outlook: &outlook,
            terms: &terms(beam),
            grid: &grid,
        };
        let mut found = Found::default();
        Search::default().run(&ground, start, &mut found);
        found
    }

    /// What a sequence loses, lane by lane and from green to green, without any of the search's own
    /// steps: none where it breaks the minimum green.
    fn lost(lanes: &[Vec<f32>], start: Start, sequence: &[usize], min_green: f32) -> Option<f32> {
        let end = sequence.len() as f32 * STEP;
        let mut greens = vec![(start.stage, start.since, end)];
        for (step, &stage) in sequence.iter().enumerate() {
            let now = step as f32 * STEP;
            let last = greens.last_mut().expect("there is one");
            if stage != last.0 {
                if now - last.1 < min_green {
                    return None;
                }
                last.2 = now;
                greens.push((stage, now + 2.0, end));
            }
        }
        let mut sum = 0.0;
        for (lane, arrivals) in lanes.iter().enumerate() {
            let mut queue: Vec<f32> = arrivals.clone();
            let mut ready = 0.0_f32;
            for &(stage, from, until) in greens.iter().filter(|green| green.0 == lane) {
                ready = ready.max(from + LAW.start_up);
                // At the end of the horizon the green goes on.
                let until = if until < end { until + LAW.end_gain } else { until };
                assert_eq!(stage, lane);
                while let Some(&at) = queue.first() {
                    let leaves = at.max(ready);
                    if leaves >= until {
                        break;
                    }
                    sum += leaves - at;
                    ready = leaves + LAW.headway;
                    queue.remove(0);
                }
            }
            sum += queue.iter().map(|at| (end - at).max(0.0)).sum::<f32>();
        }
        Some(sum)
    }

    fn sequences(stages: usize, steps: usize) -> impl Iterator<Item = Vec<usize>> {
        (0..stages.pow(steps as u32))
            .map(move |n| (0..steps).map(|step| n / stages.pow(step as u32) % stages).collect())
    }

    #[test]
    fn who_stands_at_a_green_leaves_by_the_law() {
        let start = Start { stage: 0, since: 0.0 };
        // 2.8 s, then every 2.45 s: within 10 s those at 2.8, 5.25 and 7.7.
        let found = run(&[vec![0.0; 4], vec![]], start, 2, 10, 0);
        assert!((found.score - (2.8 + 5.25 + 7.7 + 10.0)).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn a_green_goes_on_for_a_platoon_and_ends_for_a_longer_queue() {
        let start = Start { stage: 0, since: -10.0 };
        for (lanes, expected) in [
            (vec![vec![1.0, 3.5, 6.0], vec![0.0]], 0),
            (vec![vec![], vec![0.0]], 1),
            (vec![vec![8.0], vec![0.0; 6]], 1),
            (vec![vec![], vec![]], 0), // nobody anywhere: nothing is changed
        ] {
            let found = run(&lanes, start, 6, 100, 0);
            assert_eq!(found.sequence[0], expected, "{lanes:?}: {found:?}");
        }
    }

    #[test]
    fn a_stage_beyond_its_maximum_ends_while_another_is_there() {
        let mut spec = junction(2, 5, Between::Both);
        spec.stages[0].max_green = Some(Millis::from_secs(30));
        let grid = grid(4);
        let outlook = outlook(&[vec![0.0; 20], vec![0.0]], &grid);
        let start = Start { stage: 0, since: -30.0 };
        let (table, terms, mut search) = (Table::new(&spec), terms(100), Search::default());
        let ground = Ground { table: &table, outlook: &outlook, terms: &terms, grid: &grid };
        let mut found = Found::default();
        search.run(&ground, start, &mut found);
        assert_eq!(found.sequence[0], 1);
        let scores = search.scores(&ground, start);
        assert!(scores[0].is_none() && scores[1].is_some(), "{scores:?}");
    }

    #[test]
    fn what_a_change_leaves_open_flows_on() {
        let mut spec = junction(2, 0, Between::Both);
        // A third lane, open in both stages, and one closed by the change alone.
        for (stage, extra) in spec.stages.iter_mut().zip([1, 1]) {
            stage.opens.push(Opening { open: extra, yielding: 0 });
        }
        spec.approaches.push(Approach { lane: LaneId(2), exits: vec![LinkId(2)] });
        assert_eq!(Table::new(&spec).approaches, [0, 1], "nothing is decided for the third");
        let closed = vec![Opening::default(); 3];
        spec.between = Between::Shows(closed);
        assert_eq!(Table::new(&spec).approaches, [0, 1, 2]);
    }

    /// One that had left the first lane was once told from the second stage by nothing.
    #[test]
    fn who_has_left_is_not_taken_for_what_is_shown() {
        let lanes = [vec![8.5], vec![10.3, 12.1, 12.4, 17.8]];
        let found = run(&lanes, Start { stage: 0, since: 0.0 }, 4, 100, 0);
        assert!(found.score < 15.0, "{found:?}");
    }

    #[test]
    fn a_search_stops_at_its_budget_and_one_that_suffices_changes_nothing() {
        let (spec, grid) = (junction(3, 5, Between::Both), grid(6));
        let outlook = outlook(&[vec![0.0; 5], vec![1.0, 9.0], vec![0.0, 4.0]], &grid);
        let (table, start) = (Table::new(&spec), Start { stage: 0, since: -9.0 });
        let mut search = Search::default();
        let mut run = |budget: u32| {
            let terms = Terms { budget, ..terms(10) };
            let ground = Ground { table: &table, outlook: &outlook, terms: &terms, grid: &grid };
            let mut found = Found::default();
            search.run(&ground, start, &mut found);
            found
        };
        let whole = run(u32::MAX);
        assert!(!whole.is_missed && whole.sequence.len() == 6, "{whole:?}");
        for budget in 0..whole.evaluated {
            let found = run(budget);
            assert!(found.is_missed && found.sequence.is_empty(), "{budget}: {found:?}");
            assert!(found.evaluated <= budget, "{budget}: {found:?}");
        }
        assert_eq!(run(whole.evaluated), whole);
    }

    /// Three stages over four lanes of two ways, whatever they open.
    fn any_junction() -> impl Strategy<Value = JunctionSpec> {
        let opening = || {
            (0..4_u8, 0..4_u8)
                .prop_map(|(open, yielding)| Opening { open, yielding: open & yielding })
        };
        let opens = move || prop::collection::vec(opening(), 4);
        let between = prop::option::of(opens());
        let clearance = prop::collection::vec(0_i64..8, 9);
        (prop::collection::vec(opens(), 3), between, clearance).prop_map(
            |(opens, between, clear)| {
                let mut spec = junction(3, 5, Between::Both);
                spec.approaches = (0..4)
                    .map(|lane| Approach {
                        lane: LaneId::from_index(lane),
                        exits: [0, 1].map(|way| LinkId::from_index(2 * lane + way)).to_vec(),
                    })
                    .collect();
                for (stage, opens) in spec.stages.iter_mut().zip(opens) {
                    stage.opens = opens;
                }
                spec.between = between.map_or(Between::Both, Between::Shows);
                spec.clearance = clear.into_iter().map(Millis::from_secs).collect();
                spec
            },
        )
    }

    proptest! {
        #[test]
        fn what_a_sequence_is_said_to_cost_is_what_it_costs_step_by_step(
            spec in any_junction(),
            lanes in prop::collection::vec(
                prop::collection::vec((0.0_f32..40.0, 1..4_u8, 0.1_f32..2.0), 0..9),
                4,
            ),
            beam in 1_usize..20,
        ) {
            let (table, grid) = (Table::new(&spec), grid(8));
            let mut outlook = Outlook::default();
            outlook.clear();
            for &approach in &table.approaches {
                let mut lane = lanes[approach].clone();
                lane.sort_by(|a, b| a.0.total_cmp(&b.0));
                let row = lane.iter().map(|&(at, ways, weight)| Arrival { at, ways, weight, size: 1.0, freely: false });
                outlook.push_lane(&row.collect::<Vec<_>>());
            }
            outlook.seal(&grid);
            let terms = Terms { stop: 3.0, ..terms(beam) };
            let ground = Ground { table: &table, outlook: &outlook, terms: &terms, grid: &grid };
            let start = Start { stage: 0, since: -3.0 };
            let (mut search, mut found) = (Search::default(), Found::default());
            search.run(&ground, start, &mut found);
            let (lost, until) = search.foretell(&ground, start, &found.sequence, f32::INFINITY);
            prop_assert_eq!(until, 8.0 * STEP);
            prop_assert!((lost - found.score).abs() < 0.01 + lost * 1e-4, "{:?}, {}", found, lost);
        }

        #[test]
        fn a_wide_search_finds_what_trying_everything_finds(
            lanes in prop::collection::vec(prop::collection::vec(0.0_f32..25.0, 0..6), 2..4),
            stage in 0_usize..2,
            green in 0_u8..12,
            min_green in 0_i64..8,
        ) {
            let mut lanes = lanes;
            lanes.iter_mut().for_each(|lane| lane.sort_by(f32::total_cmp));
            let start = Start { stage, since: -f32::from(green) };
            let steps = 4;
            let found = run(&lanes, start, steps, 10_000, min_green);
            let all = sequences(lanes.len(), steps)
                .filter_map(|sequence| lost(&lanes, start, &sequence, min_green as f32));
            let best = all.fold(f32::INFINITY, f32::min);
            // Two states that have let the same go are one: they differ by less than a headway each.
            prop_assert!(found.score >= best - 0.01, "{found:?}, {best}");
            prop_assert!(found.score <= best + LAW.headway, "{found:?}, {best}");
            let chosen: Vec<usize> = found.sequence.iter().map(|&stage| stage.into()).collect();
            let own = lost(&lanes, start, &chosen, min_green as f32);
            prop_assert!(own.is_some_and(|own| (own - found.score).abs() < 0.01), "{found:?}, {own:?}");
        }

        #[test]
        fn a_narrow_search_is_legal_and_never_better_than_a_wide_one(
            lanes in prop::collection::vec(prop::collection::vec(0.0_f32..40.0, 0..10), 2..5),
            beam in 1_usize..8,
        ) {
            let mut lanes = lanes;
            lanes.iter_mut().for_each(|lane| lane.sort_by(f32::total_cmp));
            let start = Start { stage: 0, since: 0.0 };
            let narrow = run(&lanes, start, 8, beam, 7);
            let wide = run(&lanes, start, 8, 4_000, 7);
            prop_assert!(narrow.score >= wide.score - LAW.headway);
            let chosen: Vec<usize> = narrow.sequence.iter().map(|&stage| stage.into()).collect();
            prop_assert!(lost(&lanes, start, &chosen, 7.0).is_some());
        }
    }
}
