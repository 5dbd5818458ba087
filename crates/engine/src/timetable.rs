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
    &site.plans[plan.index()]
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
        Some((site.plans[plan.index()].name().to_owned(), at))
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
