//! Layouts and plans: every kind of mistake is reported, all at once, and what is built can be
//! driven.

mod common;

use common::{group, one_by_one, secs, stage};
use proptest::prelude::*;
use signal::{GroupKind, GroupSet, Layout, LayoutBuilder, Plan, Problem};
use units::{GroupId, Millis, PlanId, StageId};

/// What a description gives before it is put into a builder.
#[derive(Clone)]
struct Parts {
    groups: Vec<signal::Group>,
    conflicts: Vec<(u8, u8, Option<i64>, Option<i64>)>,
    stages: Vec<signal::Stage>,
    forbidden: Vec<(u8, u8)>,
}

/// A side street, a main street, and the crossing over the side street beside it.
fn parts() -> Parts {
    Parts {
        groups: vec![
            group("main", GroupKind::Vehicle),
            group("side", GroupKind::Vehicle),
            group("walk", GroupKind::Pedestrian),
        ],
        conflicts: vec![(0, 1, None, Some(6)), (1, 2, None, None)],
        stages: vec![stage("A", &[0, 2]), stage("B", &[1]), stage("C", &[0])],
        forbidden: vec![(0, 2)],
    }
}

fn builder(parts: &Parts) -> LayoutBuilder {
    let mut builder = Layout::builder();
    for group in &parts.groups {
        builder.group(group.clone());
    }
    for &(a, b, there, back) in &parts.conflicts {
        builder.conflict(GroupId(a), GroupId(b), there.map(secs), back.map(secs));
    }
    for stage in &parts.stages {
        builder.stage(stage.clone());
    }
    for &(from, to) in &parts.forbidden {
        builder.forbid_transition(StageId(from), StageId(to));
    }
    builder
}

#[test]
fn a_sound_description_can_be_driven() {
    let layout = builder(&parts()).build().expect("sound");
    let table = layout.intergreens();
    assert_eq!(table.get(GroupId(0), GroupId(1)), Some(secs(5)), "closing and all-red");
    assert_eq!(table.get(GroupId(1), GroupId(0)), Some(secs(6)), "as given");
    assert_eq!(table.get(GroupId(0), GroupId(2)), None, "compatible");
    assert!(table.conflicts(GroupId(2), GroupId(1)));
    assert_eq!(table.groups(), 3);
    assert_eq!(layout.clearance(StageId(0), StageId(1)), secs(5));
    assert_eq!(layout.clearance(StageId(1), StageId(2)), secs(6));
    assert_eq!(layout.clearance(StageId(2), StageId(0)), Millis::ZERO, "nothing ends");
    assert_eq!(layout.clearance(StageId(0), StageId(2)), secs(3), "the walk's own closing");
    assert!(!layout.allowed(StageId(0), StageId(2)) && layout.allowed(StageId(2), StageId(0)));
    assert_eq!(layout.next_hop(StageId(0), StageId(2)), StageId(1), "by the way round");
    let between = layout.stage(StageId(1)).min_green;
    assert_eq!(layout.way(StageId(0), StageId(2), Millis::ZERO), secs(5) + between + secs(6));
    assert_eq!(layout.way(StageId(0), StageId(2), secs(30)), secs(5 + 30 + 6), "at least so long");
    assert_eq!(layout.way(StageId(0), StageId(1), secs(30)), secs(5), "no green between");
    assert_eq!(layout.way(StageId(1), StageId(1), secs(30)), Millis::ZERO);
    assert_eq!((layout.initial(), layout.home(GroupId(1))), (StageId(0), StageId(1)));
    assert!(layout.has_stage(StageId(2)) && !layout.has_stage(StageId(3)));
}

#[test]
fn every_kind_of_mistake_is_reported() {
    type Change = fn(&mut Parts);
    let table: &[(&str, Change)] = &[
        ("0 groups: there must be 1 to 64", |p| p.groups.clear()),
        ("65 groups: there must be 1 to 64", |p| {
            p.groups.resize(65, group("more", GroupKind::Vehicle));
        }),
        ("0 stages: there must be 1 to 64", |p| p.stages.clear()),
        ("65 stages: there must be 1 to 64", |p| p.stages.resize(65, stage("more", &[0]))),
        ("group : it has no name", |p| p.groups[1].name.clear()),
        ("group main: another group has its name", |p| p.groups[1].name = "main".to_owned()),
        ("group side: its minimum green is not positive", |p| p.groups[1].min_green = Millis(0)),
        ("group side: its maximum green is under its minimum", |p| {
            p.groups[1].max_green = secs(4);
        }),
        ("group walk: its closing aspect (yellow or clearance) is not positive", |p| {
            p.groups[2].closing = Millis(0);
        }),
        ("group main: its all-red is negative", |p| p.groups[0].all_red = Millis(-1)),
        ("conflict 0/7: no such group", |p| p.conflicts.push((0, 7, None, None))),
        ("conflict 0/64: no such group", |p| p.conflicts.push((0, 64, None, None))),
        ("group side: it conflicts with itself", |p| p.conflicts.push((1, 1, None, None))),
        ("intergreen main to side: 2 s is under the closing aspect of 3 s", |p| {
            p.conflicts[0].2 = Some(2);
        }),
        ("intergreen side to main: given twice, and differently", |p| {
            p.conflicts.push((1, 0, Some(7), None));
        }),
        ("stage : it has no name", |p| p.stages[0].name.clear()),
        ("stage A: another stage has its name", |p| p.stages[1].name = "A".to_owned()),
        ("stage B: it shows green to no group", |p| p.stages[1].groups = GroupSet::EMPTY),
        ("stage B: it names a group that is not there", |p| {
            p.stages[1].groups.insert(GroupId(9));
        }),
        ("stage B: its maximum is under its minimum", |p| p.stages[1].max_green = secs(4)),
        ("stage B: its minimum of 4 s is under the minimum green of side, 5 s", |p| {
            p.stages[1].min_green = secs(4);
        }),
        ("stage B: main and side conflict", |p| p.stages[1].groups.insert(GroupId(0))),
        ("group walk: no stage serves it", |p| drop(p.stages.remove(0))),
        ("forbidden transition 0 to 9: no such", |p| p.forbidden.push((0, 9))),
        ("forbidden transition 9 to 0: no such", |p| p.forbidden.push((9, 0))),
        ("forbidden transition 1 to 1: no such", |p| p.forbidden.push((1, 1))),
        ("stage B: it can never be reached from A", |p| p.forbidden.push((0, 1))),
        ("group side: its maximum red of 10 s cannot be kept", |p| {
            p.groups[1].max_red = secs(10);
        }),
    ];
    for (expected, change) in table {
        let mut parts = parts();
        change(&mut parts);
        let problems = builder(&parts).build().expect_err(expected);
        let found = problems.iter().any(|problem| problem.to_string().starts_with(expected));
        assert!(found, "{expected:?} is not in {problems:?}");
    }
}

#[test]
fn all_mistakes_are_reported_together() {
    let mut parts = parts();
    parts.groups[0].max_green = Millis(0);
    parts.groups[1].min_green = Millis(0);
    parts.conflicts.push((0, 7, None, None));
    parts.stages[1].groups.insert(GroupId(0));
    parts.forbidden.push((9, 0));
    let problems = builder(&parts).build().expect_err("five");
    assert_eq!(problems.len(), 5, "{problems:?}");
}

#[test]
fn stages_are_found_where_none_is_given() {
    let mut parts = parts();
    parts.stages.clear();
    parts.forbidden.clear();
    parts.groups[2].min_green = secs(7);
    let mut builder = builder(&parts);
    builder.find_stages();
    let layout = builder.build().expect("sound");
    let found: Vec<_> =
        layout.stages().iter().map(|s| (s.name.as_str(), s.min_green, s.max_green)).collect();
    let expected = [("side", secs(5), secs(30)), ("main + walk", secs(7), secs(30))];
    assert_eq!(found, expected, "the longest minimum of its groups");
}

#[test]
fn more_than_can_be_counted_is_reported_and_nothing_panics() {
    // 14 pairs that conflict within the pair only have 2^14 maximal sets.
    let mut many = Layout::builder();
    for index in 0..28 {
        many.group(group(&format!("g{index}"), GroupKind::Vehicle));
    }
    (0..14).for_each(|pair| many.conflict(GroupId(pair * 2), GroupId(pair * 2 + 1), None, None));
    many.find_stages();
    let problems = many.build().expect_err("too many stages");
    assert!(problems[0].0.starts_with("65 stages"), "{problems:?}");
    let mut wide = Layout::builder();
    for index in 0..300 {
        wide.group(group(&format!("g{index}"), GroupKind::Vehicle));
        wide.stage(stage(&format!("s{index}"), &[200]));
    }
    wide.find_stages();
    assert_eq!(wide.build().expect_err("too many of both").len(), 2);
}

/// A plan for [`one_by_one`] of three groups, with one thing changed.
type PlanParts = (Millis, Millis, Vec<(StageId, Millis)>);

fn plan(change: impl Fn(&mut PlanParts)) -> Result<Plan, Vec<Problem>> {
    let splits = [0, 1, 2].map(|stage| (StageId(stage), secs(20)));
    let mut parts = (secs(60), secs(10), splits.to_vec());
    change(&mut parts);
    let mut short = group("g2", GroupKind::Vehicle);
    short.max_red = secs(150);
    let mut builder = Layout::builder();
    for rule in [group("g0", GroupKind::Vehicle), group("g1", GroupKind::Vehicle), short] {
        builder.group(rule);
    }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        builder.conflict(GroupId(a), GroupId(b), None, None);
    }
    for index in 0..3 {
        builder.stage(stage(&format!("s{index}"), &[index]));
    }
    builder.forbid_transition(StageId(0), StageId(2));
    let layout = builder.build().expect("sound");
    Plan::new(PlanId(0), "p".to_owned(), parts.0, parts.1, parts.2, &layout)
}

#[test]
fn every_mistake_of_a_plan_is_reported() {
    type Change = fn(&mut PlanParts);
    let table: &[(&str, Change)] = &[
        ("plan p: a cycle of 5 s is not within 10 s to 600 s", |p| p.0 = secs(5)),
        ("plan p: a cycle of 601 s is not within 10 s to 600 s", |p| p.0 = secs(601)),
        ("plan p: an offset of 60 s is not within the cycle", |p| p.1 = secs(60)),
        ("plan p: an offset of -1 s is not within the cycle", |p| p.1 = secs(-1)),
        ("plan p: its splits add up to 61 s, its cycle is 60 s", |p| p.2[0].1 = secs(21)),
        ("plan p: its splits add up to 0 s, its cycle is 60 s", |p| p.2.clear()),
        ("plan p: there is no stage 10", |p| p.2[0].0 = StageId(9)),
        ("plan p: stage s1: a split of 9 s is under the 10 s it needs", |p| p.2[1].1 = secs(9)),
        ("plan p: stage s2: it must not follow s0", |p| p.2.swap(1, 2)),
        ("plan p: group g1: the plan never serves it", |p| p.2[1].0 = StageId(0)),
        ("plan p: group g2: the cycle is longer than its maximum red", |p| {
            p.0 = secs(151);
            p.2[0].1 = secs(111);
        }),
    ];
    assert!(plan(|_| ()).is_ok());
    for (expected, change) in table {
        let problems = plan(change).expect_err(expected);
        let found = problems.iter().any(|problem| problem.0 == *expected);
        assert!(found, "{expected:?} is not in {problems:?}");
    }
    let many = plan(|p| {
        p.1 = secs(60);
        p.2[0].1 = secs(9);
        p.2.swap(1, 2);
    });
    assert_eq!(many.expect_err("four").len(), 4);
}

#[test]
fn a_plan_knows_its_splits() {
    let plan = plan(|p| p.2[1].1 = secs(20)).expect("sound");
    assert_eq!((plan.start(0), plan.start(2)), (Millis::ZERO, secs(40)));
    for (second, stage) in [(0, 0), (19, 0), (20, 1), (40, 2), (59, 2), (60, 0), (-1, 2)] {
        assert_eq!(plan.stage_at(secs(second)), StageId(stage), "second {second}");
    }
    assert_eq!(plan.needed(1, &one_by_one(3)), secs(10), "5 s of clearance, 5 s of green");
}

proptest! {
    #[test]
    fn whatever_is_built_keeps_its_promises(layout in common::layout(300)) {
        for stage in layout.stage_ids() {
            let groups = layout.stage(stage).groups;
            for a in groups.iter() {
                prop_assert!(layout.group(a).min_green <= layout.stage(stage).min_green);
                prop_assert!(groups.iter().all(|b| !layout.intergreens().conflicts(a, b)));
            }
            for to in layout.stage_ids() {
                let (mut at, mut hops) = (stage, 0);
                while at != to {
                    let next = layout.next_hop(at, to);
                    prop_assert!(layout.allowed(at, next));
                    at = next;
                    hops += 1;
                    prop_assert!(hops <= layout.stages().len());
                }
            }
        }
        for group in layout.group_ids() {
            prop_assert!(layout.stage(layout.home(group)).groups.contains(group));
            prop_assert!(layout.group(group).max_red > layout.starvation_reserve());
            for foe in layout.group_ids() {
                let (there, back) = (layout.intergreens().get(group, foe), layout.intergreens().get(foe, group));
                prop_assert_eq!(there.is_some(), back.is_some());
                prop_assert!(there.is_none_or(|span| span >= layout.group(group).closing));
            }
        }
    }

    #[test]
    fn no_description_panics(
        counts in (0..70_usize, 0..70_u8),
        conflicts in prop::collection::vec(any::<(u8, u8, Option<i16>, Option<i16>)>(), 0..8),
        sets in prop::collection::vec((any::<u64>(), any::<i16>(), any::<i16>()), 1..4),
        times in prop::collection::vec(any::<i16>(), 5),
        forbidden in prop::collection::vec(any::<(u8, u8)>(), 0..4),
    ) {
        let time = |index: usize| Millis(i64::from(times[index]));
        let mut builder = Layout::builder();
        for index in 0..counts.0 {
            let mut rule = group(&format!("g{}", index % 60), GroupKind::Vehicle);
            (rule.min_green, rule.max_green, rule.closing) = (time(0), time(1), time(2));
            (rule.all_red, rule.max_red) = (time(3), time(4));
            builder.group(rule);
        }
        for (a, b, there, back) in conflicts {
            let span = |span: i16| Millis(i64::from(span));
            builder.conflict(GroupId(a), GroupId(b), there.map(span), back.map(span));
        }
        for index in 0..counts.1 {
            let (bits, min, max) = sets[usize::from(index) % sets.len()];
            let mut rule = stage(&format!("s{index}"), &[]);
            rule.groups = GroupSet(bits);
            (rule.min_green, rule.max_green) = (Millis(min.into()), Millis(max.into()));
            builder.stage(rule);
        }
        for (from, to) in forbidden {
            builder.forbid_transition(StageId(from), StageId(to));
        }
        if let Err(problems) = builder.build() {
            prop_assert!(!problems.is_empty());
        }
    }
}
