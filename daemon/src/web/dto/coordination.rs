//! A junction's plan on the common clock, as engineers read it: the plan, the second of its cycle,
//! and how far out of step it is.

use engine::CoordinationSnapshot;
use serde::{Deserialize, Serialize};
use signal::Coordination;
use utoipa::ToSchema;

named!(
    /// How a plan stands to the common clock.
    CoordinationName from Coordination {
        /// Something else than the plan has control.
        Free,
        /// The plan is in step.
        InStep,
        /// Its cycles are stretched until it is in step.
        Add,
        /// Its cycles are shrunk until it is in step.
        Subtract,
        /// Its first stage is held until it is in step.
        Dwell,
    }
);

/// A junction's plan on the common clock.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct CoordinationDto {
    /// The calendar's plan.
    pub(super) plan: String,
    /// The plan that the calendar has next; `null` where this one stays for a week.
    pub(super) next_plan: Option<String>,
    /// When, in the site's time zone.
    pub(super) next_plan_at: Option<String>,
    /// The plan's cycle.
    pub(super) cycle_s: f64,
    /// Where in the cycle the plan is.
    pub(super) cycle_second_s: f64,
    /// What is to be added (positive) or taken away (negative) until the plan is in step.
    pub(super) out_of_step_s: f64,
    /// How the plan stands to the clock.
    pub(super) state: CoordinationName,
}

impl From<&CoordinationSnapshot> for CoordinationDto {
    fn from(from: &CoordinationSnapshot) -> Self {
        let CoordinationSnapshot { plan, next, cycle, cycle_time, out_of_step, state } = from;
        Self {
            plan: plan.clone(),
            next_plan: next.as_ref().map(|(name, _)| name.clone()),
            next_plan_at: next.as_ref().map(|(_, at)| at.to_string()),
            cycle_s: cycle.as_secs_f64(),
            cycle_second_s: cycle_time.as_secs_f64(),
            out_of_step_s: out_of_step.as_secs_f64(),
            state: (*state).into(),
        }
    }
}
