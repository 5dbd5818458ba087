//! What one junction needs: lost time, floors, cycle, splits.
//!
//! Terms. The *ratio* of a group is its traffic over what its lanes discharge in green, the busiest of
//! its movements counting. A stage's ratio is what it must give so that each group has its own; `Y` is
//! their sum. `L` is what a cycle loses in clearances. The *degree of saturation* of a group is its
//! ratio times the cycle over its green.
//!
//! Webster (1958): least delay at `C = (1.5 L + 5) / (1 - Y)`, greens as the ratios of the stages.

use signal::Layout;
use units::{GroupId, Millis, StageId};

use super::window::{Splits, greens};

/// The longest cycle that is proposed, seconds: beyond it people on foot do not wait.
pub const CYCLE_MOST: u32 = 180;
/// The degree of saturation that a plan is made for: above it queues grow by chance alone.
pub const SATURATION_TARGET: f64 = 0.9;
/// No group has a smaller ratio where time is shared out: what was not counted may come all the same.
const RATIO_LEAST: f64 = 0.005;
/// One step of sharing out.
const STEP: Millis = Millis::from_secs(1);
/// What Webster's formula makes of a junction beyond its capacity.
const SATURATED: f64 = 0.95;

/// How the green of a cycle is shared out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Share {
    /// So that the worst degree of saturation is least; with overlaps of stages.
    #[default]
    EqualSaturation,
    /// By the ratios of the stages.
    Webster,
}

impl Share {
    /// Every way with its name on the command line.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("equal", Self::EqualSaturation), ("webster", Self::Webster)];
}

/// One junction with its stages in an order, and the ratio of each group.
#[derive(Clone, Copy, Debug)]
pub struct Need<'l> {
    /// The junction's signals.
    pub layout: &'l Layout,
    /// The stages of a plan, in order.
    pub order: &'l [StageId],
    /// The ratio of each group.
    pub ratios: &'l [f64],
}

impl Need<'_> {
    /// The clearance towards each stage of the order.
    fn lead(&self, place: usize) -> Millis {
        let before = self.order[(place + self.order.len() - 1) % self.order.len()];
        self.layout.clearance(before, self.order[place])
    }

    /// `L`: what a cycle loses in clearances.
    #[must_use]
    pub fn lost(&self) -> Millis {
        (0..self.order.len()).map(|place| self.lead(place)).sum()
    }

    /// The shortest split of each stage: the clearance towards it and its minimum, that of people on
    /// foot included.
    fn floors(&self) -> Vec<Millis> {
        let floor = |place| self.lead(place) + self.layout.stage(self.order[place]).min_green;
        (0..self.order.len()).map(floor).collect()
    }

    /// The shortest cycle, seconds: all clearances and minimums.
    #[must_use]
    pub fn floor(&self) -> u32 {
        seconds_up(self.floors().into_iter().sum())
    }

    /// The longest cycle, seconds: no group may be red beyond its maximum, nor so long that the
    /// controller would serve it before its turn, where there is a choice.
    #[must_use]
    pub fn ceiling(&self) -> u32 {
        let reds = self.layout.groups().iter().map(|group| group.max_red);
        let longest = reds.min().unwrap_or(Millis::MAX);
        let calm = longest - self.layout.starvation_reserve();
        let floor = Millis::from_secs(self.floor().into());
        let most = if calm >= floor { calm } else { longest };
        u32::try_from(most.0 / 1_000).unwrap_or(u32::MAX).min(CYCLE_MOST)
    }

    /// What each stage must give so that every group has its ratio, those with fewest stages first.
    #[must_use]
    pub fn stage_ratios(&self) -> Vec<f64> {
        let mut given = vec![0.0; self.order.len()];
        let serves =
            |group, place: usize| self.layout.stage(self.order[place]).groups.contains(group);
        let places = |group| (0..self.order.len()).filter(move |&p| serves(group, p));
        let mut groups: Vec<GroupId> = self.layout.group_ids().collect();
        let ratio = |group: GroupId| self.ratios[group.index()];
        groups.sort_by(|&a, &b| {
            (places(a).count().cmp(&places(b).count())).then(ratio(b).total_cmp(&ratio(a)))
        });
        for &group in &groups {
            let has: f64 = places(group).map(|place| given[place]).sum();
            let lacks = |place: usize| {
                let all = self.layout.stage(self.order[place]).groups;
                all.iter().filter(|&g| places(g).map(|p| given[p]).sum::<f64>() < ratio(g)).count()
            };
            let best = places(group).max_by_key(|&place| (lacks(place), usize::MAX - place));
            if let (true, Some(place)) = (ratio(group) > has, best) {
                given[place] += ratio(group) - has;
            }
        }
        given
    }

    /// Webster's cycle, seconds.
    #[must_use]
    pub fn webster(&self) -> f64 {
        let sum: f64 = self.stage_ratios().iter().sum();
        (1.5 * self.lost().as_secs_f64() + 5.0) / (1.0 - sum.min(SATURATED))
    }

    /// The shortest cycle in which no group is saturated beyond the target, seconds; none where there
    /// is none up to [`CYCLE_MOST`].
    #[must_use]
    pub fn unsaturated(&self) -> Option<u32> {
        let holds = |cycle: u32| {
            let splits = self.splits(cycle, Share::EqualSaturation);
            splits.is_some_and(|splits| self.saturation(&splits).1 <= SATURATION_TARGET)
        };
        let (mut low, mut high) = (self.floor(), CYCLE_MOST);
        if low > high || !holds(high) {
            return None;
        }
        while low < high {
            let middle = u32::midpoint(low, high);
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }

    /// The worst group under these splits and its degree of saturation.
    #[must_use]
    pub fn saturation(&self, splits: &Splits) -> (Option<GroupId>, f64) {
        let cycle = splits.iter().map(|&(_, split)| split).sum::<Millis>().as_secs_f64();
        let of = |group: GroupId| {
            let ratio = self.ratios[group.index()];
            let green: Millis = greens(self.layout, splits, group).iter().map(|g| g.length).sum();
            if ratio <= 0.0 { 0.0 } else { ratio * cycle / green.as_secs_f64().max(1e-3) }
        };
        self.layout.group_ids().map(|group| (Some(group), of(group))).fold(
            (None, 0.0),
            |worst: (Option<GroupId>, f64), next| if next.1 > worst.1 { next } else { worst },
        )
    }

    /// The splits of a cycle; none where it is under the floor.
    #[must_use]
    pub fn splits(&self, cycle: u32, share: Share) -> Option<Splits> {
        let whole = Millis::from_secs(cycle.into());
        let floors = self.floors();
        let rest = whole - floors.iter().copied().sum();
        if rest < Millis::ZERO || self.order.is_empty() {
            return None;
        }
        let spans = match share {
            Share::Webster => self.by_ratio(&floors, whole),
            Share::EqualSaturation => self.by_saturation(floors, rest, whole),
        };
        Some(self.order.iter().copied().zip(spans).collect())
    }

    /// Second by second to the group that is worst off, in that of its stages whose groups are worst
    /// off together.
    fn by_saturation(&self, floors: Vec<Millis>, mut rest: Millis, cycle: Millis) -> Vec<Millis> {
        let mut splits: Splits = self.order.iter().copied().zip(floors).collect();
        let mut green: Vec<f64> = self
            .layout
            .group_ids()
            .map(|group| {
                let all = greens(self.layout, &splits, group);
                all.iter().map(|g| g.length).sum::<Millis>().as_secs_f64().max(1e-3)
            })
            .collect();
        let cycle = cycle.as_secs_f64();
        while rest > Millis::ZERO {
            let step = rest.min(STEP);
            let load = |group: usize| self.ratios[group].max(RATIO_LEAST) * cycle / green[group];
            let worst = (0..green.len()).fold(0, |a, b| if load(b) > load(a) { b } else { a });
            let stage = |place: usize| self.layout.stage(self.order[place]).groups;
            let sum = |place: usize| stage(place).iter().map(|g| load(g.index())).sum::<f64>();
            let places = (0..splits.len())
                .filter(|&place| stage(place).contains(GroupId::from_index(worst)));
            let best = places.fold(None, |best: Option<usize>, place| match best {
                Some(best) if sum(best) >= sum(place) => Some(best),
                _ => Some(place),
            });
            // A group that the order never serves is the plan's own problem, and is said there.
            let place = best.unwrap_or(0);
            splits[place].1 += step;
            stage(place).iter().for_each(|g| green[g.index()] += step.as_secs_f64());
            rest -= step;
        }
        splits.into_iter().map(|(_, split)| split).collect()
    }

    /// Greens as the ratios of the stages; a stage that would be under its floor has its floor, and
    /// the others share what is left.
    fn by_ratio(&self, floors: &[Millis], cycle: Millis) -> Vec<Millis> {
        let ratios: Vec<f64> =
            self.stage_ratios().into_iter().map(|ratio| ratio.max(RATIO_LEAST)).collect();
        let mut fixed = vec![false; floors.len()];
        let mut spans = floors.to_vec();
        loop {
            let open = |place: &usize| !fixed[*place];
            let sum: f64 = (0..floors.len()).filter(open).map(|place| ratios[place]).sum();
            let taken: Millis = (0..floors.len())
                .map(|place| if fixed[place] { floors[place] } else { self.lead(place) })
                .sum();
            let green = (cycle - taken).as_secs_f64();
            let mut is_new = false;
            for place in (0..floors.len()).filter(|place| !fixed[*place]).collect::<Vec<_>>() {
                let span = (green * ratios[place] / sum).floor();
                spans[place] = self.lead(place) + Millis::from_secs_f64(span);
                if spans[place] < floors[place] {
                    (spans[place], fixed[place], is_new) = (floors[place], true, true);
                }
            }
            if !is_new || fixed.iter().all(|&is| is) {
                break;
            }
        }
        // What rounding left goes to the stage with the largest ratio.
        let left = cycle - spans.iter().copied().sum();
        let largest = (0..ratios.len()).fold(0, |a, b| if ratios[b] > ratios[a] { b } else { a });
        spans[largest] += left;
        spans
    }
}

/// Whole seconds, rounded up.
fn seconds_up(span: Millis) -> u32 {
    u32::try_from((span.0 + 999) / 1_000).unwrap_or(u32::MAX)
}
