//! Junctions and read-backs for the tests of this room.

use std::sync::Arc;

use scenario::{ControlSite, SignalSite, Site, generate};
use signal::calendar::DayTable;
use signal::ring::PASSAGE;
use signal::{Aspect, Calendar, Group, GroupKind, Layout, Phase, Plan, Rings, Seen, Stage};
use units::{CivilDate, CivilTime, GroupId, Millis, Moment, PlanId, StageId};

use crate::readings::State;

/// A time of a Monday.
pub(crate) fn at(hour: i64, minute: i64) -> CivilTime {
    let date = CivilDate::new(2026, 6, 1).expect("a date");
    CivilTime::new(date, Millis::from_secs((hour * 60 + minute) * 60)).expect("a time")
}

pub(crate) fn one_junction() -> Site {
    generate::arterial(1, 1).0
}

pub(crate) fn control() -> ControlSite {
    one_junction().control
}

/// What a cabinet says of itself: all red, without a fault.
pub(crate) fn state(running: Option<u8>, next: Option<u8>, elapsed: i64, at: Moment) -> State {
    let seen = Seen {
        at,
        running: running.map(StageId),
        next: next.map(StageId),
        elapsed: Millis::from_secs(elapsed),
        aspects: vec![Aspect::Red; 2],
        fault: false,
        local_control: false,
    };
    State { seen, starting: false, preempted: false, lease_left: Millis::ZERO }
}

/// A junction of two groups in conflict: 5 s of minimum, intergreens of 5 s, and two plans, `night`
/// and from 07:00 `peak`.
pub(crate) fn two_plans() -> SignalSite {
    let secs = Millis::from_secs;
    let mut builder = Layout::builder();
    for name in ["a", "b"] {
        builder.group(Group {
            name: name.to_owned(),
            kind: GroupKind::Vehicle,
            min_green: secs(5),
            max_green: secs(30),
            closing: secs(3),
            all_red: secs(2),
            max_red: secs(240),
        });
    }
    builder.conflict(GroupId(0), GroupId(1), None, None);
    for (index, name) in ["A", "B"].into_iter().enumerate() {
        let groups = [GroupId::from_index(index)].into_iter().collect();
        let (min_green, max_green) = (secs(5), secs(30));
        builder.stage(Stage { name: name.to_owned(), groups, min_green, max_green });
    }
    let layout = Arc::new(builder.build().expect("sound"));
    let plan = |id: u8, name: &str, split: i64, offset: i64| {
        let splits = vec![(StageId(0), secs(split)), (StageId(1), secs(split))];
        let (cycle, offset) = (secs(2 * split), secs(offset));
        Plan::new(PlanId(id), name.to_owned(), cycle, offset, splits, &layout).expect("sound")
    };
    let plans = vec![plan(0, "night", 30, 0), plan(1, "peak", 45, 12)];
    let changes = vec![(Millis::ZERO, PlanId(0)), (secs(7 * 3_600), PlanId(1))];
    let day = DayTable { name: "day".to_owned(), changes };
    let calendar = Calendar::new(vec![day], &vec!["day".to_owned(); 7], &[]).expect("sound");
    let site = one_junction().signals.remove(0);
    SignalSite { layout, plans, calendar, movement_groups: Vec::new(), ..site }
}

/// Makes a generated crossroads one of two rings over two barriers.
pub(crate) fn ringed(signal: &mut SignalSite) {
    let old = signal.layout.clone();
    let mut builder = Layout::builder();
    for group in old.groups() {
        builder.group(group.clone());
    }
    for a in old.group_ids() {
        for b in old.group_ids().filter(|b| b.0 > a.0) {
            if old.intergreens().conflicts(a, b) {
                builder.conflict(a, b, None, None);
            }
        }
    }
    let phase = |group: GroupId| Phase {
        name: (group.0 + 1).to_string(),
        groups: [group].into_iter().collect(),
        passage: PASSAGE,
    };
    let phases = old.group_ids().map(phase).collect();
    let lists = vec![vec![vec![0, 6], vec![2, 4]], vec![vec![7, 1], vec![5, 3]]];
    let rings = Rings::compile(phases, lists, &mut builder).expect("sound");
    let layout = Arc::new(builder.build().expect("sound"));
    let served = |name: &str| {
        let stage = layout.stages().iter().position(|stage| stage.name == name);
        (StageId::from_index(stage.expect(name)), Millis::from_secs(25))
    };
    let splits = ["1 + 8", "7 + 2", "3 + 6", "5 + 4"].map(served).to_vec();
    let cycle = Millis::from_secs(100);
    let plan = Plan::new(PlanId(0), "p".to_owned(), cycle, Millis::ZERO, splits, &layout);
    (signal.plans, signal.layout) = (vec![plan.expect("sound")], layout);
    signal.rings = Some(rings);
}

/// Adds a crossing over all arms of a generated crossroads, with a stage of its own: 7 s of walk, 12 s of
/// clearance. Gives its group and its stage.
pub(crate) fn walked(signal: &mut SignalSite) -> (GroupId, StageId) {
    let secs = Millis::from_secs;
    let old = signal.layout.clone();
    let mut builder = Layout::builder();
    old.groups().iter().for_each(|group| {
        builder.group(group.clone());
    });
    let walk = builder.group(Group {
        name: "walk".to_owned(),
        kind: GroupKind::Pedestrian,
        min_green: secs(7),
        max_green: secs(20),
        closing: secs(12),
        all_red: secs(3),
        max_red: secs(240),
    });
    for a in old.group_ids() {
        builder.conflict(a, walk, None, None);
        for b in old.group_ids().filter(|b| b.0 > a.0) {
            if old.intergreens().conflicts(a, b) {
                builder.conflict(a, b, None, None);
            }
        }
    }
    old.stages().iter().for_each(|stage| {
        builder.stage(stage.clone());
    });
    let stage = builder.stage_of("walk".to_owned(), [walk].into_iter().collect());
    let stage = builder.stage(stage);
    let layout = Arc::new(builder.build().expect("sound"));
    let mut splits = signal.plans[0].splits().to_vec();
    splits.push((stage, secs(30)));
    splits[0].1 += secs(15);
    let cycle = splits.iter().map(|&(_, split)| split).sum();
    let plan = Plan::new(PlanId(0), "p".to_owned(), cycle, Millis::ZERO, splits, &layout);
    (signal.plans, signal.layout) = (vec![plan.expect("sound")], layout);
    (walk, stage)
}
