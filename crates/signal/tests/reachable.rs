//! Random junctions, random demands: what must never happen does not, as an independent reading of
//! every tick sees it.

mod common;

use std::sync::Arc;

use common::{Reader, secs};
use proptest::prelude::*;
use signal::controller::TICK;
use signal::{Aspect, Controller, Layout, LocalPlan, Monitor, MonitorLimits, Plan, Running};
use units::{Millis, Moment, StageId};

/// A controller that is watched at every tick by the reading, and by the monitor once a second.
struct Watched {
    controller: Controller,
    reader: Reader,
    monitor: Monitor,
    now: i64,
}

impl Watched {
    fn new(layout: &Arc<Layout>) -> Self {
        let controller = Controller::new(layout.clone(), Moment(0));
        Self {
            reader: Reader::new(layout.clone(), 0, controller.aspects()),
            monitor: Monitor::new(layout.clone(), MonitorLimits::default()),
            controller,
            now: 0,
        }
    }

    fn tick(&mut self) {
        self.now += TICK.0;
        self.controller.step(Moment(self.now));
        self.reader.read(self.now, self.controller.aspects());
        if self.now % 1_000 == 0 {
            let found = self.monitor.observe(Moment(self.now), self.controller.aspects());
            assert!(found.is_empty(), "the monitor cried wolf: {found:?}");
        }
    }
}

fn stage(layout: &Layout, pick: u8) -> StageId {
    StageId(pick % u8::try_from(layout.stages().len()).expect("few"))
}

/// A demand with its lease in ticks; none releases the junction to its local plan.
fn demands() -> impl Strategy<Value = Vec<(Option<u8>, i64)>> {
    prop::collection::vec((prop::option::weighted(0.8, any::<u8>()), 1..400_i64), 1..60)
}

type Picks = (Vec<u8>, Vec<u16>, u32);

fn picks() -> impl Strategy<Value = Picks> {
    let order = prop::collection::vec(any::<u8>(), 1..8);
    (order, prop::collection::vec(0..200_u16, 1..6), any::<u32>())
}

fn local_plan(layout: &Layout, (order, extra, offset): &Picks) -> Option<LocalPlan> {
    common::plan(layout, order, extra, *offset).map(LocalPlan::new)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_demand_and_no_release_breaks_the_table(
        layout in common::layout(300),
        demands in demands(),
        picks in picks(),
    ) {
        let plan = local_plan(&layout, &picks);
        let mut watched = Watched::new(&layout);
        for (demand, ticks) in demands {
            for _ in 0..ticks {
                let local = || plan.as_ref().map(|plan| plan.wanted(Moment(watched.now)));
                let wanted = demand.map(|pick| stage(&layout, pick)).or_else(local);
                if let Some(wanted) = wanted {
                    watched.controller.request(wanted);
                }
                watched.tick();
            }
        }
    }

    #[test]
    fn no_demand_at_any_tick_breaks_the_table(
        layout in common::layout(300),
        noise in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        let mut watched = Watched::new(&layout);
        for tick in 0..6_000 {
            watched.controller.request(stage(&layout, noise[tick % noise.len()]));
            watched.tick();
        }
    }

    #[test]
    fn nobody_starves_whatever_is_held(layout in common::layout(300), held in any::<u8>()) {
        let mut watched = Watched::new(&layout);
        watched.controller.request(stage(&layout, held));
        for _ in 0..12_000 {
            watched.tick();
        }
    }

    #[test]
    fn a_start_up_shows_flashing_and_red_and_then_its_first_stage(
        layout in common::layout(300),
        flashing in 0..5_000_i64,
        all_red in 0..5_000_i64,
        demand in any::<u8>(),
    ) {
        let (flashing, all_red) = (Millis(flashing), Millis(all_red));
        let mut controller =
            Controller::with_startup(layout.clone(), Moment(0), flashing, all_red);
        controller.request(stage(&layout, demand));
        let mut now = Moment(0);
        let mut reader = Reader::new(layout.clone(), 0, controller.aspects());
        while controller.running() == Running::Startup {
            now += TICK;
            controller.step(now);
            for &aspect in controller.aspects() {
                let expected = if now < Moment(0) + flashing {
                    aspect == Aspect::FlashingYellow
                } else if now < Moment(0) + flashing + all_red {
                    aspect == Aspect::Red
                } else {
                    aspect != Aspect::FlashingYellow
                };
                prop_assert!(expected, "{aspect:?} at {now}");
            }
        }
        let late = now - (Moment(0) + flashing + all_red);
        prop_assert!(late < TICK * 2, "the start-up took {late} longer");
        let first = Running::Transition { from: None, to: layout.initial() };
        prop_assert_eq!(controller.running(), first);
        for _ in 0..3_000 {
            now += TICK;
            controller.step(now);
            reader.read(now.0, controller.aspects());
        }
    }

    #[test]
    fn a_demand_that_is_held_is_served(layout in common::layout(300), pick in any::<u8>()) {
        let wanted = stage(&layout, pick);
        let mut watched = Watched::new(&layout);
        watched.controller.request(wanted);
        let mut served = false;
        for _ in 0..layout.starvation_reserve().0 / TICK.0 {
            watched.tick();
            served |= watched.controller.running() == Running::Stage(wanted);
        }
        prop_assert!(served, "{wanted} was never served");
    }

    #[test]
    fn steps_of_any_length_give_the_same_lamps(
        layout in common::layout(300),
        steps in prop::collection::vec((any::<u8>(), 1..30_000_i64), 1..40),
    ) {
        let mut fine = Controller::new(layout.clone(), Moment(0));
        let mut coarse = Controller::new(layout.clone(), Moment(0));
        let mut now = 0;
        for (pick, span) in steps {
            fine.request(stage(&layout, pick));
            coarse.request(stage(&layout, pick));
            for step in 0..span / 50 {
                fine.step(Moment(now + step * 50));
            }
            now += span;
            fine.step(Moment(now));
            coarse.step(Moment(now));
            // A step into the past changes nothing.
            coarse.step(Moment(now - 10_000));
            prop_assert_eq!(fine.aspects(), coarse.aspects());
            prop_assert_eq!(fine.running(), coarse.running());
            prop_assert_eq!(fine.elapsed(Moment(now)), coarse.elapsed(Moment(now)));
        }
    }
}

#[test]
fn a_clock_that_jumps_by_hours_starts_the_controller_anew() {
    let layout = common::one_by_one(3);
    let mut controller = Controller::new(layout, Moment(0));
    assert_eq!(controller.running(), Running::Stage(StageId(0)));
    controller.request(StageId(2));
    controller.step(Moment(4_000_000));
    assert!(controller.aspects().iter().all(|&aspect| aspect == Aspect::Red));
    assert_eq!(controller.running(), Running::Startup);
    controller.step(Moment(4_010_000));
    assert_eq!(controller.running(), Running::Stage(StageId(0)));
}

#[test]
fn a_stage_that_is_not_there_is_not_wanted() {
    let mut controller = Controller::new(common::one_by_one(2), Moment(0));
    controller.request(StageId(1));
    controller.request(StageId(2));
    assert_eq!(controller.wanted(), StageId(1));
}

#[test]
fn a_change_takes_closing_and_clearance_and_no_longer() {
    let mut controller = Controller::new(common::one_by_one(2), Moment(0));
    controller.request(StageId(1));
    let shown = |controller: &Controller| (controller.aspects()[0], controller.aspects()[1]);
    for (until, expected) in [
        (secs(5) - TICK, (Aspect::Green, Aspect::Red)),
        (secs(8) - TICK, (Aspect::Yellow, Aspect::Red)),
        (secs(10) - TICK, (Aspect::Red, Aspect::Red)),
        (secs(10), (Aspect::Red, Aspect::Green)),
    ] {
        controller.step(Moment::ORIGIN + until);
        assert_eq!(shown(&controller), expected, "after {until}");
    }
    assert_eq!(controller.running(), Running::Stage(StageId(1)));
    assert_eq!(controller.elapsed(Moment(12_000)), secs(2));
}

#[test]
fn a_local_plan_follows_its_clock() {
    let layout = common::one_by_one(2);
    let splits = vec![(StageId(0), secs(20)), (StageId(1), secs(40))];
    let plan = Plan::new(units::PlanId(0), "p".to_owned(), secs(60), secs(15), splits, &layout);
    let plan = LocalPlan::new(plan.expect("sound"));
    for (second, cycle, stage) in [(15, 0, 0), (34, 19, 0), (35, 20, 1), (74, 59, 1), (0, 45, 1)] {
        let now = Moment(second * 1_000);
        assert_eq!((plan.cycle_time(now), plan.wanted(now)), (secs(cycle), StageId(stage)));
    }
    assert_eq!(plan.plan().offset(), secs(15));
}
