//! The search: which stages to show, step by step of a grid, so that least is lost.
//!
//! A *node* is a junction at one point of the grid, as one sequence of stages leaves it. All nodes of
//! a point are grown by every stage that may follow, scored by what was lost so far and what is still
//! to be lost by whoever waits, and the best of them kept (a beam). Of two that show the same stage
//! for the same time and have let the same vehicles go, the dearer is dropped: nothing that follows
//! could make it the better one.
//!
//! The memory of a search is kept for the next: only the sequence that it finds is new.

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
    /// The one stage that sequences may begin with, where they are not free.
    only: Option<usize>,
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
        let mut found = Found::default();
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
        let mut at = best.trace;
        for _ in grid {
            let (before, stage) = self.trace[at as usize];
            found.sequence.push(stage);
            at = before;
        }
        found.sequence.reverse();
        found
    }

    /// For each stage the best score of a sequence that begins with it, after a search; none where it
    /// may not follow. Where no such sequence was kept, a search by `terms` looks for one.
    pub(crate) fn scores(
        &mut self,
        table: &Table,
        outlook: &Outlook,
        terms: &Terms,
        start: Start,
        grid: &[f32],
    ) -> Vec<Option<f32>> {
        let best = |nodes: &[Node], stage: usize| {
            nodes.iter().find(|node| usize::from(node.first) == stage).map(|node| node.score)
        };
        let stages = 0..table.stages;
        let mut scores: Vec<_> = stages.clone().map(|stage| best(&self.nodes, stage)).collect();
        for stage in stages {
            if scores[stage].is_none() {
                self.only = Some(stage);
                self.run(table, outlook, terms, start, grid);
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
        table: &Table,
        outlook: &Outlook,
        terms: &Terms,
        start: Start,
        (grid, sequence): (&[f32], &[u8]),
        within: f32,
    ) -> (f32, f32) {
        self.begin(table, start, terms);
        let (mut node, mut from, mut lost) = (self.nodes[0], 0.0, 0.0);
        for (point, (&until, &stage)) in grid.iter().zip(sequence).enumerate() {
            let step = Step { point, from, until };
            node = if stage == node.stage {
                hold(table, outlook, terms, node, step, &mut self.lanes)
            } else {
                change(table, outlook, terms, node, stage.into(), step, &mut self.lanes)
            };
            let waiting = self.lanes.iter().enumerate();
            let waited =
                waiting.map(|(lane, row)| outlook.waiting(lane, row.gone.into(), point, until).1);
            lost = node.lost + waited.sum::<f32>();
            from = until;
            if until >= within {
                break;
            }
        }
        (lost, from)
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
                let is_barred = step.point == 0 && self.only.is_some_and(|only| only != stage);
                if stage == current && spent || stage != current && fixed || is_barred {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::{LaneId, LinkId, Millis};

    use super::*;
    use crate::spec::{Approach, Between, Instants, JunctionSpec, StageSpec};

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
        }
    }

    fn terms(beam: usize) -> Terms {
        let value = Value { red: 0.0, green: 0.0, queue: 0.0 };
        Terms { law: LAW, value, stop: 0.0, beam, after_change: None }
    }

    fn outlook(lanes: &[Vec<f32>], grid: &[f32]) -> Outlook {
        let mut outlook = Outlook::default();
        outlook.clear();
        for lane in lanes {
            let arrival = |&at| Arrival { at, ways: Ways::MAX, weight: 1.0, size: 1.0 };
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
        Search::default().run(&Table::new(&spec), &outlook, &terms(beam), start, &grid)
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
        let (table, mut search) = (Table::new(&spec), Search::default());
        let found = search.run(&table, &outlook, &terms(100), start, &grid);
        assert_eq!(found.sequence[0], 1);
        let scores = search.scores(&table, &outlook, &terms(100), start, &grid);
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

    proptest! {
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
