//! `GET /api/v1/plans`: the plans of every junction with the bounds of each split, and the calendar
//! that says which runs when. It changes only with a reload.

use axum::Json;
use axum::extract::State;
use scenario::SignalSite;
use serde::Serialize;
use signal::Plan;
use units::Millis;
use utoipa::ToSchema;

use super::Desk;
use super::dto::stage;

/// The plans of the site.
#[derive(Serialize, ToSchema)]
pub(super) struct PlansDto {
    /// How often the site was loaded when this was so.
    epoch: u64,
    /// The signalised junctions, in the order of the state.
    junctions: Vec<JunctionPlansDto>,
}

/// The plans of a junction.
#[derive(Serialize, ToSchema)]
pub(super) struct JunctionPlansDto {
    /// The junction's name.
    name: String,
    /// Its plans; the first is the cabinet's own.
    plans: Vec<PlanDto>,
    /// The kinds of days.
    days: Vec<DayDto>,
    /// The kind of each weekday, from Monday.
    week: Vec<String>,
    /// The dates that are of another kind.
    holidays: Vec<HolidayDto>,
}

/// A plan.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanDto {
    /// Its number at the junction, from 1.
    number: u16,
    /// Its name.
    name: String,
    /// Its cycle.
    cycle_s: f64,
    /// How long after the common zero its cycle begins.
    offset_s: f64,
    /// Its stages, in order.
    splits: Vec<SplitDto>,
}

/// A stage of a plan.
#[derive(Serialize, ToSchema)]
pub(super) struct SplitDto {
    /// The stage's number.
    stage: u16,
    /// When in the cycle it is demanded.
    start_s: f64,
    /// How long it lasts, the clearance towards it among that.
    split_s: f64,
    /// From its demand until it is green: what the stage before it must clear.
    clearance_s: f64,
    /// Its minimum green. Clearance and minimum green are the least that the split can be.
    min_green_s: f64,
    /// Its maximum green, where another stage has a call.
    max_green_s: f64,
}

/// A kind of day.
#[derive(Serialize, ToSchema)]
pub(super) struct DayDto {
    /// Its name.
    name: String,
    /// From when which plan runs.
    changes: Vec<ChangeOverDto>,
}

/// A change of the plan.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeOverDto {
    /// Seconds after midnight, in the site's time zone.
    from_s: f64,
    /// The plan's number.
    plan: u16,
}

/// A date of another kind.
#[derive(Serialize, ToSchema)]
pub(super) struct HolidayDto {
    /// The date, as `2026-10-01`.
    date: String,
    /// The kind of day.
    day: String,
}

/// The plans of every junction, and which runs when.
#[utoipa::path(
    get,
    path = "/api/v1/plans",
    operation_id = "plans",
    tag = "look",
    responses((status = 200, description = "The plans.", body = PlansDto)),
)]
pub(super) async fn plans(State(desk): State<Desk>) -> Json<PlansDto> {
    let view = desk.board.views.borrow().clone();
    let of = |signal: &SignalSite| {
        let name = view.site.network.junction(signal.junction).name.clone();
        junction(name, signal)
    };
    let junctions = view.site.signals.iter().map(of).collect();
    Json(PlansDto { epoch: view.epoch, junctions })
}

fn junction(name: String, signal: &SignalSite) -> JunctionPlansDto {
    let calendar = &signal.calendar;
    let days = calendar.days().iter().map(|day| {
        let change = |&(from, plan): &(Millis, units::PlanId)| ChangeOverDto {
            from_s: from.as_secs_f64(),
            plan: u16::from(plan.0) + 1,
        };
        DayDto { name: day.name.clone(), changes: day.changes.iter().map(change).collect() }
    });
    let holidays = calendar
        .holidays()
        .map(|(date, day)| HolidayDto { date: date.to_string(), day: day.to_owned() });
    JunctionPlansDto {
        name,
        plans: signal.plans.iter().map(|each| plan(each, signal)).collect(),
        days: days.collect(),
        week: calendar.week().map(str::to_owned).collect(),
        holidays: holidays.collect(),
    }
}

fn plan(plan: &Plan, signal: &SignalSite) -> PlanDto {
    let layout = &signal.layout;
    let splits = plan.splits().iter().enumerate().map(|(place, &(of, split))| {
        let row = layout.stage(of);
        SplitDto {
            stage: stage(of),
            start_s: plan.start(place).as_secs_f64(),
            split_s: split.as_secs_f64(),
            clearance_s: plan.lead(place, layout).as_secs_f64(),
            min_green_s: row.min_green.as_secs_f64(),
            max_green_s: row.max_green.as_secs_f64(),
        }
    });
    PlanDto {
        number: u16::from(plan.id().0) + 1,
        name: plan.name().to_owned(),
        cycle_s: plan.cycle().as_secs_f64(),
        offset_s: plan.offset().as_secs_f64(),
        splits: splits.collect(),
    }
}
