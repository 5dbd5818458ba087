//! A junction's plan on the common clock: the calendar's choice, how it runs, and what was last told
//! of it.

use scenario::SignalSite;
use signal::{CommonClock, ControlSource, Coordination, Coordinator, Plan};
use units::{CivilTime, Millis, Moment, PlanId};

use crate::event::EventKind;

/// What events have said last.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Told {
    plan: Option<PlanId>,
    cycle: Millis,
    offset: Millis,
    state: Coordination,
}

/// The plan of one junction.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    pub(crate) coordinator: Coordinator,
    told: Told,
}

/// The plan of the calendar; the first one while nobody has said what the clock on the wall shows.
fn choice<'s>(site: &'s SignalSite, now: Moment, clock: &CommonClock) -> &'s Plan {
    let plan = clock.civil(now).map_or(PlanId(0), |civil| *site.calendar.plan_at(civil));
    site.plans.get(plan.index()).unwrap_or(&site.plans[0])
}

impl Timetable {
    pub(crate) fn new(site: &SignalSite, now: Moment, clock: &CommonClock) -> Self {
        let plan = choice(site, now, clock).clone();
        let (layout, method) = (site.layout.clone(), site.transition);
        let coordinator = Coordinator::new(layout, plan, method, None, now, clock);
        let (cycle, offset) = (Millis(-1), Millis(-1));
        Self { coordinator, told: Told { plan: None, cycle, offset, state: Coordination::Free } }
    }

    /// Changes to the calendar's plan, where that is another one.
    pub(crate) fn follow_calendar(&mut self, site: &SignalSite, now: Moment, clock: &CommonClock) {
        let plan = choice(site, now, clock);
        if plan.id() != self.coordinator.plan().id() {
            self.coordinator.change_plan(plan.clone(), now, clock);
        }
    }

    /// How the plan stands to the clock; free where it has no control.
    pub(crate) fn state(&self, source: ControlSource) -> Coordination {
        match source {
            ControlSource::Coordinated => self.coordinator.state(),
            _ => Coordination::Free,
        }
    }

    /// The next plan of the calendar, and when.
    pub(crate) fn next(
        &self,
        site: &SignalSite,
        now: Moment,
        clock: &CommonClock,
    ) -> Option<(String, CivilTime)> {
        let (at, plan) = site.calendar.next_change(clock.civil(now)?)?;
        Some((site.plans.get(plan.index())?.name().to_owned(), at))
    }

    /// What has changed since it was last told.
    pub(crate) fn news(&mut self, source: ControlSource) -> Vec<EventKind> {
        let plan = self.coordinator.plan();
        let is = Told {
            plan: Some(plan.id()),
            cycle: plan.cycle(),
            offset: plan.offset(),
            state: self.state(source),
        };
        let was = std::mem::replace(&mut self.told, is);
        let mut news = Vec::new();
        if is.plan != was.plan {
            let name = plan.name().to_owned();
            news.push(EventKind::PlanChanged { plan: plan.id(), name });
        }
        if is.cycle != was.cycle {
            news.push(EventKind::CycleChanged { cycle: is.cycle });
        }
        if is.offset != was.offset {
            news.push(EventKind::OffsetChanged { offset: is.offset });
        }
        if is.state != was.state {
            let out = self.coordinator.out_of_step();
            news.push(EventKind::Coordination { state: is.state, out });
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, two_plans};

    #[test]
    fn the_first_plan_runs_until_the_clock_on_the_wall_is_known() {
        let site = two_plans();
        let mut clock = CommonClock::unset();
        let mut timetable = Timetable::new(&site, Moment(0), &clock);
        timetable.follow_calendar(&site, Moment(1_000), &clock);
        assert_eq!(timetable.coordinator.plan().name(), "night");
        assert_eq!(timetable.next(&site, Moment(1_000), &clock), None);
        clock.set(Moment(2_000), at(6, 59));
        timetable.follow_calendar(&site, Moment(2_000), &clock);
        assert_eq!(timetable.coordinator.plan().name(), "night");
        let next = timetable.next(&site, Moment(2_000), &clock);
        assert_eq!(next, Some(("peak".to_owned(), at(7, 0))));
        // The clock goes on by moments until it is told again.
        timetable.follow_calendar(&site, Moment(62_000), &clock);
        assert_eq!(timetable.coordinator.plan().name(), "peak");
        // And it is put back: the plan of the earlier hour runs again.
        clock.set(Moment(63_000), at(6, 0));
        timetable.follow_calendar(&site, Moment(63_000), &clock);
        assert_eq!(timetable.coordinator.plan().name(), "night");
    }

    #[test]
    fn every_change_is_told_once() {
        let site = two_plans();
        let mut clock = CommonClock::unset();
        clock.set(Moment(0), at(6, 59));
        let mut timetable = Timetable::new(&site, Moment(0), &clock);
        let names = |timetable: &mut Timetable, source| {
            timetable.news(source).iter().map(EventKind::name).collect::<Vec<_>>()
        };
        let first = ["plan", "cycle", "offset"];
        assert_eq!(names(&mut timetable, ControlSource::Adaptive), first);
        assert!(names(&mut timetable, ControlSource::Fault).is_empty(), "free all the while");
        assert_eq!(names(&mut timetable, ControlSource::Coordinated), ["coordination"]);
        assert!(names(&mut timetable, ControlSource::Coordinated).is_empty());
        timetable.follow_calendar(&site, Moment(60_000), &clock);
        let news = timetable.news(ControlSource::Operator);
        assert!(news.contains(&EventKind::PlanChanged { plan: PlanId(1), name: "peak".into() }));
        let free = EventKind::Coordination {
            state: Coordination::Free,
            out: timetable.coordinator.out_of_step(),
        };
        assert!(news.contains(&free), "an operator has it: {news:?}");
    }

    #[test]
    fn only_the_coordinated_source_is_in_step() {
        let timetable = Timetable::new(&two_plans(), Moment(0), &CommonClock::unset());
        use ControlSource::{Adaptive, Coordinated, Corridor, Fault, Local, Operator};
        for source in [Fault, Operator, Corridor, Adaptive, Local] {
            assert_eq!(timetable.state(source), Coordination::Free, "{source}");
        }
        assert_ne!(timetable.state(Coordinated), Coordination::Free);
    }
}
