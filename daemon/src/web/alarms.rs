//! `/api/v1/alarms`: what is wrong now, who has seen it, and what is left out of sight for a time.
//! The list is kept here while the daemon runs; what people do with it stands in the event log.
//!
//! Terms: a *condition* is what is wrong in one picture; an *alarm* is a condition that lasted, with
//! what people have done about it.

mod book;
mod conditions;
mod dto;

use std::sync::PoisonError;
use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;
use units::WallTime;
use utoipa::ToSchema;

use super::Desk;
use super::actions::{DoneDto, one_line};
use super::auth::Who;
use super::problem::{Code, Problem};
use super::read::{Body, Named};

pub(super) use book::Book;
use dto::AlarmsDto;

/// How often the pictures are looked at: an alarm is for people.
const EVERY: Duration = Duration::from_secs(1);
/// The longest time that an alarm can be out of sight: a shift.
const SUSPEND_MAX_S: u32 = 8 * 3_600;

/// Looks for alarms until the daemon stops. A picture that nobody asks for must be looked at too:
/// what came and went in the night is to be seen in the morning.
pub(super) async fn watch(desk: Desk) {
    loop {
        tokio::time::sleep(EVERY).await;
        look(&desk);
        if desk.board.shutdown.is_cancelled() {
            // The listener ends in its own time.
            std::future::pending::<()>().await;
        }
    }
}

fn look(desk: &Desk) {
    let view = desk.board.views.borrow().clone();
    let found = conditions::of(&view, desk.board.store.lost());
    let WallTime(now) = view.wall;
    desk.alarms.lock().unwrap_or_else(PoisonError::into_inner).observe(found, now);
}

/// An acknowledgement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcknowledgeDto {
    /// What is to be remembered; it stands in the event log. Nothing need be said.
    #[serde(default)]
    #[schema(max_length = 200)]
    comment: String,
}

/// A suspension.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SuspendDto {
    /// For how long, seconds; 0 ends it.
    #[schema(minimum = 0, maximum = 28_800)]
    seconds: u32,
    /// Why; it stands in the event log.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// What is wrong, and what was and nobody has acknowledged; the gravest first.
#[utoipa::path(
    get,
    path = "/api/v1/alarms",
    operation_id = "alarms",
    tag = "look",
    responses((status = 200, description = "The alarms.", body = AlarmsDto)),
)]
pub(super) async fn alarms(State(desk): State<Desk>) -> Json<AlarmsDto> {
    look(&desk);
    let book = desk.alarms.lock().unwrap_or_else(PoisonError::into_inner);
    Json(AlarmsDto::of(&book))
}

/// Says that somebody has seen an alarm.
#[utoipa::path(
    post,
    path = "/api/v1/alarms/{id}/acknowledge",
    operation_id = "acknowledge",
    tag = "operate",
    params(("id" = String, Path, description = "The alarm's number.")),
    request_body = AcknowledgeDto,
    responses(
        (status = 200, description = "It is acknowledged.", body = DoneDto),
        (status = 404, description = "No alarm has that number now.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn acknowledge(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(id): Named,
    Body(asked): Body<AcknowledgeDto>,
) -> Result<Json<DoneDto>, Problem> {
    let comment = match asked.comment.trim() {
        "" => String::new(),
        text => one_line("comment", text)?,
    };
    let WallTime(now) = desk.board.views.borrow().wall;
    let what =
        change(&desk, &id, |book, number| book.acknowledge(number, &who.name, &comment, now))?;
    let said = if comment.is_empty() { String::new() } else { format!(": {comment}") };
    told(&desk, &format!("{} acknowledges {what}{said}", who.name));
    Ok(Json(DoneDto { done: format!("acknowledges {what}") }))
}

/// Takes an alarm out of sight for a time, or brings it back.
#[utoipa::path(
    post,
    path = "/api/v1/alarms/{id}/suspend",
    operation_id = "suspend",
    tag = "operate",
    params(("id" = String, Path, description = "The alarm's number.")),
    request_body = SuspendDto,
    responses(
        (status = 200, description = "It is out of sight until the time is over.", body = DoneDto),
        (status = 404, description = "No alarm has that number now.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn suspend(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(id): Named,
    Body(asked): Body<SuspendDto>,
) -> Result<Json<DoneDto>, Problem> {
    let reason = one_line("reason", &asked.reason)?;
    let seconds = asked.seconds;
    if seconds > SUSPEND_MAX_S {
        let detail = format!("seconds: {seconds} is more than a shift of {SUSPEND_MAX_S}");
        return Err(Problem::new(Code::BadBody, detail));
    }
    let WallTime(now) = desk.board.views.borrow().wall;
    let until = now.saturating_add(i64::from(seconds) * 1_000);
    let what =
        change(&desk, &id, |book, number| book.suspend(number, &who.name, &reason, now, until))?;
    let done = if seconds == 0 {
        format!("brings back {what}")
    } else {
        format!("suspends {what} for {seconds} s")
    };
    told(&desk, &format!("{} {done}: {reason}", who.name));
    Ok(Json(DoneDto { done }))
}

/// Changes one alarm, and says which it was.
fn change(
    desk: &Desk,
    id: &str,
    change: impl FnOnce(&mut Book, u64) -> Option<String>,
) -> Result<String, Problem> {
    let unknown = || {
        let shown: String = id.chars().take(20).collect();
        Problem::new(Code::UnknownAlarm, format!("no alarm has the number {shown:?} now"))
    };
    let number: u64 = id.parse().map_err(|_| unknown())?;
    let mut book = desk.alarms.lock().unwrap_or_else(PoisonError::into_inner);
    change(&mut book, number).ok_or_else(unknown)
}

fn told(desk: &Desk, text: &str) {
    desk.record("alarm", text);
}
