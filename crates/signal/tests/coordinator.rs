//! Plans on the common clock: in step within a bounded number of cycles after anything that happens,
//! no split under what its stage needs, every group served in every cycle.

mod common;

use std::sync::Arc;

use common::{Reader, one_by_one, secs};
use proptest::prelude::*;
use signal::{
    CommonClock, Controller, Coordination, Coordinator, GroupSet, Layout, Method, Plan, Running,
    Standing,
};
use units::{CivilDate, CivilTime, Millis, Moment, PlanId, StageId};

/// From one look at the coordinator to the next.
const STEP: i64 = 100;

fn civil(seconds: i64) -> CivilTime {
    let date = CivilDate::new(2026, 6, 1).expect("a date");
    CivilTime::new(date, Millis::ZERO).expect("midnight") + secs(seconds)
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL.iter().map(|&(_, method)| method).collect::<Vec<_>>())
}

/// What happens to a running plan.
#[derive(Clone, Debug)]
enum Happening {
    /// The other plan of the two runs now.
    OtherPlan,
    /// The clock on the wall jumps.
    Jump(i64),
    /// Something else had control, and leaves the junction in this stage.
    Resume(u8, i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        Just(Happening::OtherPlan),
        (-7_200_000..7_200_000_i64).prop_map(Happening::Jump),
        (any::<u8>(), 0..60_000_i64).prop_map(|(stage, green)| Happening::Resume(stage, green)),
    ]
}

/// A coordinator with a controller that obeys it.
struct Run {
    layout: Arc<Layout>,
    coordinator: Coordinator,
    controller: Controller,
    reader: Reader,
    clock: CommonClock,
    now: i64,
    /// The stage that is demanded, and when at the earliest it can have had its minimum.
    demanded: StageId,
    done: i64,
    wraps: i64,
    served: GroupSet,
    /// Whether no maximum red is near, so that the controller never changes anything by itself.
    calm: bool,
}

impl Run {
    fn new(layout: &Arc<Layout>, plan: Plan, method: Method) -> Self {
        let mut clock = CommonClock::unset();
        clock.set(Moment(0), civil(7 * 3_600));
        let controller = Controller::new(layout.clone(), Moment(0));
        let standing = Standing { stage: layout.initial(), green_for: Millis::ZERO };
        let coordinator =
            Coordinator::new(layout.clone(), plan, method, Some(standing), Moment(0), &clock);
        let mut run = Self {
            reader: Reader::new(layout.clone(), 0, controller.aspects()),
            done: layout.stage(layout.initial()).min_green.0,
            demanded: layout.initial(),
            served: GroupSet::EMPTY,
            wraps: 0,
            calm: true,
            layout: layout.clone(),
            coordinator,
            controller,
            clock,
            now: 0,
        };
        let wanted = run.coordinator.wanted(Moment(0), &run.clock);
        run.demand(wanted, false);
        run
    }

    /// The time from the end of one stage to the green of another.
    fn way(&self, from: StageId, to: StageId) -> i64 {
        let (mut at, mut way) = (from, 0);
        while at != to {
            let next = self.layout.next_hop(at, to);
            way += self.layout.clearance(at, next).0;
            way += if next == to { 0 } else { self.layout.stage(next).min_green.0 };
            at = next;
        }
        way
    }

    fn demand(&mut self, stage: StageId, in_order: bool) {
        if stage == self.demanded {
            return;
        }
        if in_order {
            assert!(self.now + STEP >= self.done, "{} cut short at {}", self.demanded, self.now);
        }
        let begins = self.done.max(self.now) + self.way(self.demanded, stage);
        self.done = begins + self.layout.stage(stage).min_green.0;
        self.demanded = stage;
    }

    /// One step; in a steady run the controller must have come where the plan wanted it.
    fn step(&mut self) {
        self.now += STEP;
        let now = Moment(self.now);
        let second = self.coordinator.cycle_time(now);
        let before = self.coordinator.wanted(now - Millis(STEP), &self.clock);
        let stage = self.coordinator.wanted(now, &self.clock);
        if stage != before && self.calm {
            assert_eq!(self.controller.running(), Running::Stage(before), "at {}", self.now);
        }
        self.demand(stage, true);
        self.served = self.served.union(self.layout.stage(stage).groups);
        if self.coordinator.cycle_time(now) < second {
            self.wraps += 1;
            if self.wraps > 1 {
                let all: GroupSet = self.layout.group_ids().collect();
                assert_eq!(self.served, all, "not every group was served in the cycle");
            }
            self.served = self.layout.stage(stage).groups;
        }
        self.controller.request(stage);
        self.controller.step(now);
        self.reader.read(self.now, self.controller.aspects());
    }

    /// Runs until the plan is in step, within the cycles that the coordinator promises.
    fn settle(&mut self) {
        let most = self.coordinator.cycles_max();
        self.wraps = 0;
        while self.coordinator.state() != Coordination::InStep {
            self.step();
            assert!(self.wraps <= most, "{} cycles, promised {most}", self.wraps);
        }
    }

    fn happen(&mut self, what: &Happening, plans: &[Plan]) {
        let now = Moment(self.now);
        match *what {
            Happening::OtherPlan => {
                let other = plans.iter().find(|plan| *plan != self.coordinator.plan());
                let other = other.unwrap_or(&plans[0]).clone();
                self.coordinator.change_plan(other, now, &self.clock);
                let stage = self.coordinator.wanted(now, &self.clock);
                self.demand(stage, false);
            }
            Happening::Jump(span) => {
                let shown = self.clock.civil(now).expect("it was set");
                self.clock.set(now, shown + Millis(span));
                // The jump is seen when the next split begins.
                let plan = self.coordinator.plan().clone();
                for _ in 0..=plan.cycle().0 * 2 / STEP {
                    self.step();
                }
            }
            Happening::Resume(stage, green) => {
                let count = u8::try_from(self.layout.stages().len()).expect("few");
                let stage = StageId(stage % count);
                // Whatever had control brought the junction there.
                self.controller.request(stage);
                while self.controller.running() != Running::Stage(stage)
                    || self.controller.elapsed(Moment(self.now)) < Millis(green)
                {
                    self.now += STEP;
                    self.controller.step(Moment(self.now));
                    self.reader.read(self.now, self.controller.aspects());
                }
                let now = Moment(self.now);
                let standing = Standing { stage, green_for: self.controller.elapsed(now) };
                self.coordinator.resume(Some(standing), now, &self.clock);
                let green = now - standing.green_for;
                self.done = (green + self.layout.stage(stage).min_green).0;
                self.demanded = stage;
                let wanted = self.coordinator.wanted(now, &self.clock);
                self.demand(wanted, false);
            }
        }
    }
}

type Picks = (Vec<u8>, Vec<u16>, u32);

fn picks() -> impl Strategy<Value = Picks> {
    let order = prop::collection::vec(any::<u8>(), 1..8);
    (order, prop::collection::vec(0..200_u16, 1..6), any::<u32>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn after_anything_the_plan_is_in_step_within_the_promised_cycles(
        layout in common::layout(1_200),
        picks in [picks(), picks()],
        method in method(),
        happenings in prop::collection::vec(happening(), 1..5),
    ) {
        let plan = |(order, extra, offset): &Picks| common::plan(&layout, order, extra, *offset);
        let plans: Vec<Plan> = picks.iter().filter_map(plan).collect();
        prop_assume!(plans.len() == 2);
        let mut run = Run::new(&layout, plans[0].clone(), method);
        run.settle();
        for happening in &happenings {
            run.happen(happening, &plans);
            run.settle();
        }
        // In step: the stage is the one that the clock and the offset ask for.
        let plan = run.coordinator.plan().clone();
        for _ in 0..3 * plan.cycle().0 / STEP {
            run.step();
            let target = run.clock.reading(Moment(run.now)) - plan.offset();
            let off = run.coordinator.cycle_time(Moment(run.now)) - target.modulo(plan.cycle());
            let off = (off + signal::transition::IN_STEP).modulo(plan.cycle());
            prop_assert!(off <= signal::transition::IN_STEP * 2, "off by {off}");
            prop_assert_eq!(run.coordinator.state(), Coordination::InStep);
        }
    }

    #[test]
    fn maximum_reds_that_leave_little_room_slow_a_plan_down_and_nobody_starves(
        layout in common::layout(300),
        picks in picks(),
        method in method(),
        jumps in prop::collection::vec(-7_200_000..7_200_000_i64, 1..3),
    ) {
        let plan = common::plan(&layout, &picks.0, &picks.1, picks.2);
        prop_assume!(plan.is_some());
        let mut run = Run::new(&layout, plan.expect("assumed"), method);
        run.calm = false;
        run.settle();
        for jump in jumps {
            run.happen(&Happening::Jump(jump), &[]);
            run.settle();
        }
    }

    #[test]
    fn no_pause_and_no_moment_in_the_past_upsets_a_plan(
        layout in common::layout(1_200),
        picks in picks(),
        method in method(),
        waits in prop::collection::vec(
            prop_oneof![-100_000..1_000_000_i64, any::<i64>()], 1..30),
    ) {
        let plan = common::plan(&layout, &picks.0, &picks.1, picks.2);
        prop_assume!(plan.is_some());
        let clock = CommonClock::unset();
        let plan = plan.expect("assumed");
        let mut coordinator =
            Coordinator::new(layout, plan.clone(), method, None, Moment(0), &clock);
        let mut now = 0;
        for wait in waits {
            now = i64::saturating_add(now, wait);
            let stage = coordinator.wanted(Moment(now), &clock);
            prop_assert!(plan.splits().iter().any(|&(own, _)| own == stage));
            let second = coordinator.cycle_time(Moment(now));
            prop_assert!(second >= Millis::ZERO && second < plan.cycle());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What coordination is for: two junctions that began at different times, and whose clocks were
    /// corrected meanwhile, begin their cycles so far apart as their offsets are.
    #[test]
    fn junctions_of_one_cycle_keep_the_distance_of_their_offsets(
        offsets in (0..60_i64, 0..60_i64),
        begins in (0..60_000_i64, 0..60_000_i64),
        splits in (15..45_i64, 15..45_i64),
        methods in (method(), method()),
        jump in -100_000..100_000_i64,
    ) {
        let layout = one_by_one(2);
        let mut clock = CommonClock::unset();
        let junction = |offset: i64, begin: i64, split: i64, method: Method| {
            let splits = vec![(StageId(0), secs(split)), (StageId(1), secs(60 - split))];
            let (name, offset) = ("p".to_owned(), secs(offset));
            let plan = Plan::new(PlanId(0), name, secs(60), offset, splits, &layout);
            let plan = plan.expect("sound");
            let clock = CommonClock::unset();
            Coordinator::new(layout.clone(), plan, method, None, Moment(begin), &clock)
        };
        let mut one = junction(offsets.0, begins.0, splits.0, methods.0);
        let mut other = junction(offsets.1, begins.1, splits.1, methods.1);
        let mut starts = [Vec::new(), Vec::new()];
        let mut shown = [StageId(1); 2];
        for tick in 600..30_000_i64 {
            let now = Moment(tick * 100);
            if tick == 3_000 {
                clock.set(now, civil(0) + Millis(jump));
            }
            for (index, coordinator) in [&mut one, &mut other].into_iter().enumerate() {
                let stage = coordinator.wanted(now, &clock);
                if stage == StageId(0) && shown[index] != stage {
                    starts[index].push(now);
                }
                shown[index] = stage;
            }
        }
        let last = |index: usize| *starts[index].last().expect("it ran for many cycles");
        let apart = (last(0) - last(1)).modulo(secs(60));
        let wanted = secs(offsets.0 - offsets.1).modulo(secs(60));
        let off = (apart - wanted + secs(30)).modulo(secs(60)) - secs(30);
        // Each is in step to within half a second, and is looked at every tenth.
        prop_assert!(off.0.abs() <= 1_100, "{} instead of {}", apart, wanted);
    }
}

/// Two stages of 30 s each, with 5 s of clearance and 5 s of minimum.
fn two_stages(offset: i64) -> (Arc<Layout>, Plan) {
    let layout = one_by_one(2);
    let splits = vec![(StageId(0), secs(30)), (StageId(1), secs(30))];
    let plan = Plan::new(PlanId(0), "p".to_owned(), secs(60), secs(offset), splits, &layout);
    (layout, plan.expect("sound"))
}

#[test]
fn each_method_takes_its_way() {
    // How far ahead the plan begins, the method, the state, and the lengths of the next splits.
    let table: &[(i64, Method, Coordination, &[i64])] = &[
        (0, Method::ShortWay, Coordination::InStep, &[300, 300, 300, 300]),
        (10, Method::ShortWay, Coordination::Add, &[360, 340, 300, 300]),
        (50, Method::ShortWay, Coordination::Subtract, &[249, 251, 300, 300]),
        (10, Method::Subtract, Coordination::Subtract, &[249, 249, 249, 249]),
        (50, Method::Add, Coordination::Add, &[360, 360, 360, 360]),
        (20, Method::Dwell, Coordination::Dwell, &[500, 300, 300, 300]),
    ];
    for &(ahead, method, state, lengths) in table {
        // The first stage turns green now, so that its split began with its clearance, 5 s ago.
        let (layout, plan) = two_stages((ahead + 55) % 60);
        let clock = CommonClock::unset();
        let begin = Standing { stage: StageId(0), green_for: Millis::ZERO };
        let mut coordinator =
            Coordinator::new(layout, plan, method, Some(begin), Moment(0), &clock);
        let case = format!("{ahead} s ahead, {method:?}");
        assert_eq!(coordinator.wanted(Moment(0), &clock), StageId(0), "{case}");
        assert_eq!(coordinator.state(), state, "{case}");
        let expected = if state == Coordination::Subtract { ahead - 60 } else { ahead };
        assert_eq!(coordinator.out_of_step(), secs(expected), "{case}");
        let (mut now, mut stage) = (-5_000, StageId(0));
        for &tenths in lengths {
            let begun = now;
            while coordinator.wanted(Moment(now), &clock) == stage {
                now += 100;
            }
            stage = coordinator.wanted(Moment(now), &clock);
            assert_eq!((now - begun) / 100, tenths, "{case}");
        }
    }
}

#[test]
fn a_plan_without_slack_is_stretched_whatever_is_asked() {
    let layout = one_by_one(2);
    let splits = vec![(StageId(0), secs(10)), (StageId(1), secs(10))];
    let plan = Plan::new(PlanId(0), "tight".to_owned(), secs(20), secs(18), splits, &layout);
    let plan = plan.expect("sound");
    for method in [Method::Subtract, Method::ShortWay] {
        let clock = CommonClock::unset();
        let coordinator =
            Coordinator::new(layout.clone(), plan.clone(), method, None, Moment(0), &clock);
        assert!(coordinator.cycles_max() <= 7, "{}", coordinator.cycles_max());
        assert_ne!(coordinator.state(), Coordination::Subtract);
    }
}

#[test]
fn clocks_that_are_put_forward_or_back_shorten_nothing() {
    // 02:00 becomes 03:00; and 03:00 becomes 02:00 for a second time. A cycle that an hour is not a
    // multiple of must find its way; one that it is stays in step.
    for (cycle, hour) in [(60, 3_600), (60, -3_600), (70, 3_600), (70, -3_600)] {
        let layout = one_by_one(2);
        let splits = vec![(StageId(0), secs(cycle / 2)), (StageId(1), secs(cycle / 2))];
        let plan = Plan::new(PlanId(0), "p".to_owned(), secs(cycle), Millis(0), splits, &layout);
        let mut run = Run::new(&layout, plan.expect("sound"), Method::ShortWay);
        run.settle();
        for _ in 0..1_000 {
            run.step();
        }
        run.happen(&Happening::Jump(hour * 1_000), &[]);
        let in_step = run.coordinator.state() == Coordination::InStep;
        assert!(in_step || cycle == 70, "a cycle of {cycle}, {hour} s");
        run.settle();
    }
}

#[test]
fn the_clock_counts_from_midnight_of_the_first_day_and_goes_on_by_moments() {
    let mut clock = CommonClock::unset();
    assert_eq!((clock.civil(Moment(5)), clock.reading(Moment(5_000))), (None, secs(5)));
    clock.set(Moment(10_000), civil(0));
    assert_eq!(clock.civil(Moment(70_000)), Some(civil(60)));
    assert_eq!(clock.reading(Moment(70_000)) - clock.reading(Moment(10_000)), secs(60));
    assert_eq!(clock.reading(Moment(10_000)), Millis(20_605 * 86_400_000));
}

#[test]
fn states_and_methods_have_their_names_and_codes() {
    use Coordination::{Add, Dwell, Free, InStep, Subtract};
    let codes = [(Free, 0), (InStep, 1), (Add, 2), (Subtract, 3), (Dwell, 4)];
    for (state, code) in codes {
        assert_eq!(state.code(), code);
        assert!(!state.name().is_empty());
    }
    for &(name, method) in Method::ALL {
        assert_eq!(method.name(), name);
    }
}
