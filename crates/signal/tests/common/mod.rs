//! Random junctions and plans, and an independent reading of what lamps show.

#![allow(dead_code, unreachable_pub)]

use std::sync::Arc;

use proptest::prelude::*;
use signal::{Aspect, Group, GroupKind, GroupSet, Layout, Plan, Stage, maximal_stages};
use units::{GroupId, Millis, PlanId, StageId};

pub fn secs(seconds: i64) -> Millis {
    Millis::from_secs(seconds)
}

/// A group whose times are easy to reckon with.
pub fn group(name: &str, kind: GroupKind) -> Group {
    Group {
        name: name.to_owned(),
        kind,
        min_green: secs(5),
        max_green: secs(30),
        closing: secs(3),
        all_red: secs(2),
        max_red: secs(240),
    }
}

/// A stage of these groups.
pub fn stage(name: &str, groups: &[u8]) -> Stage {
    Stage {
        name: name.to_owned(),
        groups: groups.iter().map(|&group| GroupId(group)).collect(),
        min_green: secs(5),
        max_green: secs(30),
    }
}

/// A junction of `count` groups that all conflict, each with a stage of its own.
pub fn one_by_one(count: u8) -> Arc<Layout> {
    let mut builder = Layout::builder();
    for index in 0..count {
        builder.group(group(&format!("g{index}"), GroupKind::Vehicle));
    }
    for a in 0..count {
        (a + 1..count).for_each(|b| builder.conflict(GroupId(a), GroupId(b), None, None));
    }
    for index in 0..count {
        builder.stage(stage(&format!("s{index}"), &[index]));
    }
    Arc::new(builder.build().expect("sound"))
}

/// A random junction whose stages are found from its conflicts; every group may be red for up to
/// `max_red` seconds. Some transitions are forbidden where every stage still can be reached.
pub fn layout(max_red: i64) -> impl Strategy<Value = Arc<Layout>> {
    let group = (3..8_i64, 2..5_i64, 0..3_i64, any::<bool>());
    let forbidden = prop::collection::vec((any::<u8>(), any::<u8>()), 0..6);
    (prop::collection::vec(group, 2..7), any::<u64>(), forbidden).prop_map(
        move |(groups, bits, forbidden)| {
            let build = |forbidden: &[(u8, u8)]| {
                let mut builder = Layout::builder();
                let count = groups.len();
                for (index, &(min, closing, all_red, walks)) in groups.iter().enumerate() {
                    builder.group(Group {
                        name: format!("g{index}"),
                        kind: if walks { GroupKind::Pedestrian } else { GroupKind::Vehicle },
                        min_green: secs(min),
                        max_green: secs(60),
                        closing: secs(closing),
                        all_red: secs(all_red),
                        max_red: secs(max_red),
                    });
                }
                let conflicts = |a: GroupId, b: GroupId| {
                    let (low, high) = (a.0.min(b.0), a.0.max(b.0));
                    low != high && bits >> (low * 8 + high) & 1 == 1
                };
                for a in (0..count).map(GroupId::from_index) {
                    for b in (a.index() + 1..count).map(GroupId::from_index) {
                        if conflicts(a, b) {
                            builder.conflict(a, b, None, Some(secs(9)));
                        }
                    }
                }
                let sets = maximal_stages(count, &conflicts);
                let stages = u8::try_from(sets.len()).expect("few");
                for (index, groups) in sets.into_iter().enumerate() {
                    let (name, min_green, max_green) = (format!("s{index}"), secs(8), secs(60));
                    builder.stage(Stage { name, groups, min_green, max_green });
                }
                let pairs = forbidden.iter().map(|(a, b)| (a % stages, b % stages));
                for (from, to) in pairs.filter(|(from, to)| from != to) {
                    builder.forbid_transition(StageId(from), StageId(to));
                }
                builder.build()
            };
            let layout = build(&forbidden).or_else(|_| build(&[]));
            Arc::new(layout.expect("the strategy makes sound junctions"))
        },
    )
}

/// A plan through stages that `order` picks until every group is served, each split by `extra`
/// tenths of a second longer than it must be.
pub fn plan(layout: &Layout, order: &[u8], extra: &[u16], offset: u32) -> Option<Plan> {
    let count = u8::try_from(layout.stages().len()).ok()?;
    let all: GroupSet = layout.group_ids().collect();
    let mut stages: Vec<StageId> = Vec::new();
    let mut served = GroupSet::EMPTY;
    let picks = order.iter().map(|pick| StageId(pick % count)).chain(layout.stage_ids());
    for to in picks {
        if !all.difference(served).is_empty() && !stages.contains(&to) {
            walk(layout, &mut stages, to);
            served = stages.iter().fold(served, |s, &id| s.union(layout.stage(id).groups));
        }
    }
    let first = *stages.first()?;
    walk(layout, &mut stages, first);
    if stages.len() > 1 {
        stages.pop();
    }
    let extra = |place: usize| Millis(i64::from(extra[place % extra.len()]) * 100);
    let split = |place: usize| {
        let (before, stage) = (stages[(place + stages.len() - 1) % stages.len()], stages[place]);
        let needed = layout.clearance(before, stage) + layout.stage(stage).min_green;
        (stage, needed + extra(place))
    };
    let mut splits: Vec<_> = (0..stages.len()).map(split).collect();
    let sum = |splits: &[(StageId, Millis)]| splits.iter().map(|s| s.1).sum::<Millis>();
    let short = (secs(10) - sum(&splits)).at_least_zero();
    splits[0].1 += short;
    let cycle = sum(&splits);
    let offset = Millis(i64::from(offset) * 100).modulo(cycle);
    Plan::new(PlanId(0), "random".to_owned(), cycle, offset, splits, layout).ok()
}

/// Goes on to a stage over those that must lie between.
fn walk(layout: &Layout, stages: &mut Vec<StageId>, to: StageId) {
    let Some(&last) = stages.last() else {
        stages.push(to);
        return;
    };
    let mut at = last;
    while at != to {
        at = layout.next_hop(at, to);
        stages.push(at);
    }
}

/// The reading of one group's history, by nothing but the aspects.
#[derive(Clone, Copy, Debug)]
struct Reading {
    aspect: Aspect,
    since: i64,
    green_end: Option<i64>,
    not_green_since: i64,
}

/// An independent reading of every tick: panics where a rule of the table is broken.
#[derive(Clone, Debug)]
pub struct Reader {
    layout: Arc<Layout>,
    readings: Vec<Reading>,
}

impl Reader {
    pub fn new(layout: Arc<Layout>, now: i64, aspects: &[Aspect]) -> Self {
        let start = |&aspect: &Aspect| Reading {
            aspect,
            since: i64::MIN / 2,
            green_end: None,
            not_green_since: now,
        };
        Self { readings: aspects.iter().map(start).collect(), layout }
    }

    /// Must be called at every tick.
    pub fn read(&mut self, now: i64, aspects: &[Aspect]) {
        for group in self.layout.clone().group_ids() {
            let aspect = aspects[group.index()];
            if aspect != self.readings[group.index()].aspect {
                self.change(group, now, aspects);
            }
            let reading = self.readings[group.index()];
            let red = now - reading.not_green_since;
            let most = self.layout.group(group).max_red.0;
            assert!(aspect == Aspect::Green || red <= most, "{group} starved for {red}");
        }
        let layout = &self.layout;
        let green: GroupSet = layout.group_ids().filter(|g| aspects[g.index()].is_go()).collect();
        for a in green.iter() {
            let clash = green.iter().any(|b| layout.intergreens().conflicts(a, b));
            assert!(!clash, "{a} in conflict at {now}");
        }
    }

    fn change(&mut self, group: GroupId, now: i64, aspects: &[Aspect]) {
        let (rule, aspect) = (self.layout.group(group), aspects[group.index()]);
        let old = self.readings[group.index()];
        let lasted = now - old.since;
        if old.aspect == Aspect::Green {
            assert!(lasted >= rule.min_green.0, "{group} was green for {lasted}");
            assert_eq!(aspect, rule.closing_aspect());
            self.readings[group.index()].green_end = Some(now);
            self.readings[group.index()].not_green_since = now;
        }
        if old.aspect == rule.closing_aspect() {
            assert!(lasted >= rule.closing.0, "{group} closed in {lasted}");
            assert_eq!(aspect, Aspect::Red);
        }
        if aspect == Aspect::Green {
            for foe in self.layout.group_ids() {
                let needed = self.layout.intergreens().get(foe, group);
                if let (Some(needed), Some(end)) = (needed, self.readings[foe.index()].green_end) {
                    assert!(now - end >= needed.0, "{foe} to {group} in {}", now - end);
                }
            }
        }
        self.readings[group.index()].aspect = aspect;
        self.readings[group.index()].since = now;
    }
}
