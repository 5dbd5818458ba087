//! Random junctions, random demands: what must never happen does not, as an independent reading of
//! every tick sees it.

use std::sync::Arc;

use proptest::prelude::*;
use signal::{
    Aspect, Controller, Group, GroupKind, GroupSet, Layout, Monitor, MonitorLimits, Stage,
    maximal_stages,
};
use units::{GroupId, Millis, Moment, StageId};

/// A random junction whose stages are found from its conflicts.
fn layout() -> impl Strategy<Value = Arc<Layout>> {
    let group = (3..8_i64, 2..5_i64, 0..3_i64, any::<bool>());
    (prop::collection::vec(group, 2..7), any::<u64>()).prop_map(|(groups, bits)| {
        let conflicts = |a: GroupId, b: GroupId| {
            let (low, high) = (a.0.min(b.0), a.0.max(b.0));
            low != high && bits >> (low * 8 + high) & 1 == 1
        };
        let count = groups.len();
        let mut builder = Layout::builder();
        for (index, (min, closing, all_red, walks)) in groups.into_iter().enumerate() {
            builder.group(Group {
                name: format!("g{index}"),
                kind: if walks { GroupKind::Pedestrian } else { GroupKind::Vehicle },
                min_green: Millis::from_secs(min),
                max_green: Millis::from_secs(60),
                closing: Millis::from_secs(closing),
                all_red: Millis::from_secs(all_red),
                max_red: Millis::from_secs(180),
            });
        }
        for a in (0..count).map(GroupId::from_index) {
            for b in (a.index() + 1..count).map(GroupId::from_index) {
                if conflicts(a, b) {
                    builder.conflict(a, b, None, Some(Millis::from_secs(9)));
                }
            }
        }
        for (index, groups) in maximal_stages(count, &conflicts).into_iter().enumerate() {
            builder.stage(Stage {
                name: format!("s{index}"),
                groups,
                min_green: Millis::from_secs(8),
                max_green: Millis::from_secs(60),
            });
        }
        Arc::new(builder.build().expect("the strategy makes sound junctions"))
    })
}

/// The reading of one group's history, by nothing but the aspects.
#[derive(Clone, Copy)]
struct Reading {
    aspect: Aspect,
    since: i64,
    green_end: Option<i64>,
    not_green_since: i64,
}

fn read(layout: &Layout, readings: &mut [Reading], now: i64, aspects: &[Aspect]) {
    for group in layout.group_ids() {
        let rule = layout.group(group);
        let old = readings[group.index()];
        let aspect = aspects[group.index()];
        if aspect != old.aspect {
            let lasted = now - old.since;
            if old.aspect == Aspect::Green {
                assert!(lasted >= rule.min_green.0, "{group} was green for {lasted}");
                assert_eq!(aspect, rule.closing_aspect());
                readings[group.index()].green_end = Some(now);
                readings[group.index()].not_green_since = now;
            }
            if old.aspect == rule.closing_aspect() {
                assert!(lasted >= rule.closing.0, "{group} closed in {lasted}");
                assert_eq!(aspect, Aspect::Red);
            }
            if aspect == Aspect::Green {
                for foe in layout.group_ids() {
                    let Some(needed) = layout.intergreens().get(foe, group) else {
                        continue;
                    };
                    assert!(!readings[foe.index()].aspect.is_go() || !aspects[foe.index()].is_go());
                    if let Some(end) = readings[foe.index()].green_end {
                        assert!(now - end >= needed.0, "{foe} to {group} in {}", now - end);
                    }
                }
            }
            readings[group.index()].aspect = aspect;
            readings[group.index()].since = now;
        }
        if aspect != Aspect::Green {
            let red = now - readings[group.index()].not_green_since;
            assert!(red <= rule.max_red.0, "{group} starved for {red}");
        }
    }
    let green: GroupSet = layout.group_ids().filter(|g| aspects[g.index()].is_go()).collect();
    for a in green.iter() {
        assert!(green.iter().all(|b| !layout.intergreens().conflicts(a, b)), "{a} in conflict");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_demand_breaks_the_table(
        layout in layout(),
        demands in prop::collection::vec((any::<u8>(), 1..400_i64), 1..60),
    ) {
        let mut controller = Controller::new(layout.clone(), Moment(0));
        let mut monitor = Monitor::new(layout.clone(), MonitorLimits::default());
        let start = |&aspect: &Aspect| Reading {
            aspect, since: -1_000_000, green_end: None, not_green_since: 0,
        };
        let mut readings: Vec<Reading> = controller.aspects().iter().map(start).collect();
        let mut now = 0;
        for (stage, ticks) in demands {
            controller.request(StageId(stage % u8::try_from(layout.stages().len()).unwrap()));
            for _ in 0..ticks {
                now += 100;
                controller.step(Moment(now));
                read(&layout, &mut readings, now, controller.aspects());
                if now % 1_000 == 0 {
                    let found = monitor.observe(Moment(now), controller.aspects());
                    prop_assert!(found.is_empty(), "the monitor cried wolf: {found:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_starves_whatever_is_held(layout in layout(), held in any::<u8>()) {
        let mut controller = Controller::new(layout.clone(), Moment(0));
        let start = |&aspect: &Aspect| Reading {
            aspect, since: -1_000_000, green_end: None, not_green_since: 0,
        };
        let mut readings: Vec<Reading> = controller.aspects().iter().map(start).collect();
        controller.request(StageId(held % u8::try_from(layout.stages().len()).unwrap()));
        for tick in 1..12_000 {
            controller.step(Moment(tick * 100));
            read(&layout, &mut readings, tick * 100, controller.aspects());
        }
    }
}
