//! `GET /healthz`: whether the daemon does its work, for whoever watches over it. Open without a
//! token, and hence without a name or a number of the site in it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::Desk;
use crate::clock::steady;

/// Ten beats of the control loop: a picture that is older is told.
const VIEW_AGE_MAX: Duration = Duration::from_secs(2);
/// So long after events were lost the store counts as failing.
const LOSING_FOR: Duration = Duration::from_secs(60);

/// What the store had lost when it was looked at last, and when that had grown.
#[derive(Debug, Default)]
pub(super) struct Losses(Mutex<(u64, Option<Instant>)>);

impl Losses {
    /// Whether events were lost lately.
    fn lately(&self, lost: u64, now: Instant) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lost > known.0 {
            *known = (lost, Some(now));
        }
        known.1.is_some_and(|at| now.saturating_duration_since(at) < LOSING_FOR)
    }
}

/// How it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Health {
    /// It does its work.
    Ok,
    /// It does not.
    Failing,
}

/// Why it does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HealthReason {
    /// The control loop has not shown its state for two seconds.
    StateStale,
    /// The disk refuses events: they wait.
    StoreFailing,
    /// The disk could not keep up, and events were lost within the last minute.
    EventsLost,
    /// It is being stopped.
    Stopping,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct HealthDto {
    /// How it is.
    status: Health,
    /// Why, where it does not work.
    reasons: Vec<HealthReason>,
}

/// Whether the daemon does its work.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "watch",
    security(()),
    responses(
        (status = 200, description = "It does.", body = HealthDto),
        (status = 503, description = "It does not, and why.", body = HealthDto),
    )
)]
pub(super) async fn healthz(State(desk): State<Desk>) -> (StatusCode, Json<HealthDto>) {
    let now = steady();
    let mut reasons = Vec::new();
    if view_age(&desk) > VIEW_AGE_MAX {
        reasons.push(HealthReason::StateStale);
    }
    if desk.board.store.refused() > 0 {
        reasons.push(HealthReason::StoreFailing);
    }
    if desk.losses.lately(desk.board.store.lost(), now) {
        reasons.push(HealthReason::EventsLost);
    }
    if desk.board.shutdown.is_cancelled() {
        reasons.push(HealthReason::Stopping);
    }
    let well = reasons.is_empty();
    let code = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let status = if well { Health::Ok } else { Health::Failing };
    (code, Json(HealthDto { status, reasons }))
}

/// How long ago, in real time, the control loop has shown its state.
pub(super) fn view_age(desk: &Desk) -> Duration {
    steady().saturating_duration_since(desk.board.views.borrow().taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_for_a_minute_after_they_grew() {
        let (losses, now) = (Losses::default(), steady());
        assert!(!losses.lately(0, now));
        assert!(losses.lately(3, now));
        assert!(losses.lately(3, now + LOSING_FOR / 2));
        assert!(!losses.lately(3, now + LOSING_FOR));
        assert!(losses.lately(4, now + LOSING_FOR * 9));
    }
}
