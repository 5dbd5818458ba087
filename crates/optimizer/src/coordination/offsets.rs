//! Offsets of many junctions: exact on a tree, then by a search that keeps to a rule where there are
//! loops.
//!
//! The worth of a pair of neighbours depends on how much later the second one's cycle begins than the
//! first one's, and on nothing else. On a tree the best offsets follow by dynamic programming from the
//! leaves to the root in `n * cycle²` steps. Where neighbours form loops:
//!
//! ```text
//!   tree of the pairs that have most to win ──▶ exact on the tree ──▶ all pairs counted
//!        ┌──────────────────────────────────────────────────────────────┘
//!        ▼
//!   hold so many junctions that no loop is left, the rest anew and exactly ──▶ better? keep it
//!        ▲  each junction in turn is the first that is let go                      │
//!        └────────────────────── until a whole round wins nothing ◀────────────────┘
//! ```

/// Rounds of the search: each must win something, so that most end sooner.
const ROUNDS_MAX: usize = 8;
/// Junctions that are let go first in one round; in a larger network they are spread over it.
const STARTS_MAX: usize = 48;
/// What counts as won: less is what adding in another order does.
const WON_LEAST: f64 = 1e-9;

/// A junction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// The offsets it may have, seconds, within the cycle, in ascending order; at least one.
    pub allowed: Vec<u32>,
}

/// Two neighbours; no two edges join the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Edge {
    /// Which nodes.
    pub nodes: [usize; 2],
    /// The worth where the second's offset is so many seconds after the first's, modulo the cycle;
    /// as many as the cycle has seconds.
    pub values: Vec<f64>,
}

/// Junctions and what their offsets are worth.
#[derive(Clone, PartialEq, Debug)]
pub struct Net {
    /// The common cycle, seconds, at least 1.
    pub cycle: u32,
    /// The junctions.
    pub nodes: Vec<Node>,
    /// The pairs of neighbours.
    pub edges: Vec<Edge>,
}

/// What was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// The offsets, seconds.
    pub offsets: Vec<u32>,
    /// What they are worth in all.
    pub value: f64,
    /// Whether no other offsets are worth more: the network has no loop.
    pub exact: bool,
}

impl Net {
    /// What these offsets are worth.
    #[must_use]
    pub fn value(&self, offsets: &[u32]) -> f64 {
        self.edges.iter().map(|edge| edge.worth(self.cycle, offsets)).sum()
    }

    /// The best offsets that are found; of those that are worth as much, the earliest.
    #[must_use]
    pub fn solve(&self) -> Found {
        let tree = self.tree();
        let exact = tree.len() == self.edges.len();
        let none = vec![None; self.nodes.len()];
        let mut offsets = self.forest(&tree, &none);
        if !exact {
            self.improve(&mut offsets);
        }
        Found { value: self.value(&offsets), offsets, exact }
    }

    /// The edges of the spanning tree with most to win (Kruskal 1956).
    fn tree(&self) -> Vec<usize> {
        let gain = |edge: &Edge| {
            let (low, high) = edge
                .values
                .iter()
                .fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
            high - low
        };
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_by(|&a, &b| {
            gain(&self.edges[b]).total_cmp(&gain(&self.edges[a])).then(a.cmp(&b))
        });
        let mut parts = Parts::new(self.nodes.len());
        order.retain(|&edge| {
            let [a, b] = self.edges[edge].nodes;
            parts.join(a, b)
        });
        order
    }

    fn improve(&self, offsets: &mut Vec<u32>) {
        let count = self.nodes.len();
        let starts = count.min(STARTS_MAX);
        let mut value = self.value(offsets);
        for _ in 0..ROUNDS_MAX {
            let before = value;
            for start in 0..starts {
                let (held, tree) = self.let_go(start * count / starts);
                let held: Vec<Option<u32>> =
                    held.iter().zip(&*offsets).map(|(&held, &o)| held.then_some(o)).collect();
                let other = self.forest(&tree, &held);
                let worth = self.value(&other);
                if worth > value + WON_LEAST {
                    (value, *offsets) = (worth, other);
                }
            }
            if value <= before {
                break;
            }
        }
    }

    /// Which junctions are held so that no loop is left, where those from `start` on are let go first;
    /// and the edges between those that are let go.
    fn let_go(&self, start: usize) -> (Vec<bool>, Vec<usize>) {
        let count = self.nodes.len();
        let mut held = vec![true; count];
        let mut parts = Parts::new(count);
        let mut near: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (edge, of) in self.edges.iter().enumerate() {
            of.nodes.iter().for_each(|&node| near[node].push(edge));
        }
        let mut tree = Vec::new();
        for node in (start..count).chain(0..start) {
            let other = |edge: usize| {
                let [a, b] = self.edges[edge].nodes;
                if a == node { b } else { a }
            };
            let free: Vec<usize> =
                near[node].iter().copied().filter(|&edge| !held[other(edge)]).collect();
            let mut roots: Vec<usize> = free.iter().map(|&edge| parts.root(other(edge))).collect();
            roots.sort_unstable();
            roots.dedup();
            if roots.len() == free.len() {
                held[node] = false;
                free.iter().for_each(|&edge| {
                    parts.join(node, other(edge));
                });
                tree.extend(free);
            }
        }
        (held, tree)
    }

    /// The best offsets where the edges of `tree` count, and those to held junctions.
    fn forest(&self, tree: &[usize], held: &[Option<u32>]) -> Vec<u32> {
        let mut worth = self.worth_by_itself(held);
        let mut near: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for &edge in tree {
            self.edges[edge].nodes.iter().for_each(|&node| near[node].push(edge));
        }
        let mut offsets: Vec<u32> = held.iter().map(|held| held.unwrap_or(0)).collect();
        let mut seen: Vec<bool> = held.iter().map(Option::is_some).collect();
        for root in 0..self.nodes.len() {
            if seen[root] {
                continue;
            }
            // Parents before children.
            let mut order: Vec<(usize, Option<(usize, usize)>)> = vec![(root, None)];
            seen[root] = true;
            let mut next = 0;
            while next < order.len() {
                let node = order[next].0;
                next += 1;
                for &edge in &near[node] {
                    let [a, b] = self.edges[edge].nodes;
                    let child = if a == node { b } else { a };
                    if !seen[child] {
                        seen[child] = true;
                        order.push((child, Some((node, edge))));
                    }
                }
            }
            let mut choice: Vec<Vec<u32>> = vec![Vec::new(); order.len()];
            for (at, &(child, up)) in order.iter().enumerate().rev() {
                if let Some((parent, edge)) = up {
                    choice[at] = self.fold(edge, parent, child, &mut worth);
                }
            }
            let mut place = vec![0_usize; self.nodes.len()];
            for (at, &(node, up)) in order.iter().enumerate() {
                place[node] = match up {
                    None => first_best(&worth[node]),
                    Some((parent, _)) => choice[at][place[parent]] as usize,
                };
                offsets[node] = self.nodes[node].allowed[place[node]];
            }
        }
        offsets
    }

    /// What each allowed offset of each node is worth by the held junctions next to it.
    fn worth_by_itself(&self, held: &[Option<u32>]) -> Vec<Vec<f64>> {
        let mut worth: Vec<Vec<f64>> =
            self.nodes.iter().map(|node| vec![0.0; node.allowed.len()]).collect();
        for edge in &self.edges {
            let [a, b] = edge.nodes;
            let (free, other, is_second) = match (held[a], held[b]) {
                (Some(other), None) => (b, other, true),
                (None, Some(other)) => (a, other, false),
                _ => continue,
            };
            for (cell, &own) in worth[free].iter_mut().zip(&self.nodes[free].allowed) {
                let (first, second) = if is_second { (other, own) } else { (own, other) };
                *cell += edge.values[((second + self.cycle - first) % self.cycle) as usize];
            }
        }
        worth
    }

    /// Adds to each offset of the parent what the child's best answer is worth, and says which it is.
    fn fold(&self, edge: usize, parent: usize, child: usize, worth: &mut [Vec<f64>]) -> Vec<u32> {
        let Edge { nodes, values } = &self.edges[edge];
        let cycle = self.cycle as usize;
        let is_second = nodes[1] == child;
        // By child's offset less parent's, the table twice, so that no division is in the loop.
        let by_child = |d: usize| if is_second { values[d] } else { values[(cycle - d) % cycle] };
        let table: Vec<f64> = (0..2 * cycle).map(|d| by_child(d % cycle)).collect();
        let below = std::mem::take(&mut worth[child]);
        let allowed = &self.nodes[child].allowed;
        let is_whole = allowed.len() == cycle;
        let mut choice = Vec::with_capacity(self.nodes[parent].allowed.len());
        for (cell, &own) in worth[parent].iter_mut().zip(&self.nodes[parent].allowed) {
            let from = cycle - own as usize;
            let (mut best, mut at) = (f64::NEG_INFINITY, 0);
            if is_whole {
                for (place, (&below, &value)) in below.iter().zip(&table[from..]).enumerate() {
                    if below + value > best {
                        (best, at) = (below + value, place);
                    }
                }
            } else {
                for (place, (&below, &offset)) in below.iter().zip(allowed).enumerate() {
                    let value = below + table[from + offset as usize];
                    if value > best {
                        (best, at) = (value, place);
                    }
                }
            }
            *cell += best;
            choice.push(u32::try_from(at).unwrap_or(0));
        }
        choice
    }
}

impl Edge {
    fn worth(&self, cycle: u32, offsets: &[u32]) -> f64 {
        let [first, second] = self.nodes.map(|node| offsets[node]);
        self.values[((second + cycle - first) % cycle) as usize]
    }
}

fn first_best(worth: &[f64]) -> usize {
    let mut best = 0;
    for (place, &value) in worth.iter().enumerate() {
        if value > worth[best] {
            best = place;
        }
    }
    best
}

/// Which nodes hang together.
struct Parts(Vec<usize>);

impl Parts {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.0[node] != node {
            self.0[node] = self.0[self.0[node]];
            node = self.0[node];
        }
        node
    }

    /// Joins two parts; false where they are one.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
        a != b
    }
}
