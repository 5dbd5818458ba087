//! What people do: checked, converted, asked of the control loop. Every action ends by itself or is
//! taken back by another one, and stands in the event log with the name of who did it.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Desk;
use super::auth::Who;
use super::dto::ModeName;
use super::problem::{Code, Problem};
use super::read::{Body, Named};
use crate::action::{Action, ask};

/// The longest reason: it stands in every list of events.
const REASON_MAX: usize = 200;

/// A hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldDto {
    /// The stage, from 1.
    #[schema(minimum = 1)]
    stage: u8,
    /// For how long, seconds; it ends by itself.
    #[schema(minimum = 1, maximum = 600)]
    seconds: u32,
    /// Why; it stands in the event log.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// A mode.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetModeDto {
    /// By which rule junctions are to be controlled.
    mode: ModeName,
}

/// Nothing more to say: `{}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NothingDto {}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct DoneDto {
    /// In words.
    pub(super) done: String,
}

/// Holds a stage at a junction for a time. A hold that is there already is replaced.
#[utoipa::path(
    post,
    path = "/api/v1/junctions/{name}/hold",
    operation_id = "hold",
    tag = "operate",
    params(("name" = String, Path, description = "The junction's name.")),
    request_body = HoldDto,
    responses(
        (status = 200, description = "It is held. Precedence decides whether it shows: a fault \
         counts before a person.", body = DoneDto),
        (status = 404, description = "No junction with signals has that name.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The engine would not, and says why.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn hold(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(junction): Named,
    Body(asked): Body<HoldDto>,
) -> Result<Json<DoneDto>, Problem> {
    let reason = asked.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        let detail = format!("reason: it has 1 to {REASON_MAX} characters");
        return Err(Problem::new(Code::BadBody, detail));
    }
    if reason.chars().any(char::is_control) {
        return Err(Problem::new(Code::BadBody, "reason: it is one line of text"));
    }
    let HoldDto { stage, seconds, .. } = asked;
    carry_out(&desk, Action::Hold { junction, stage, seconds, reason }, who).await
}

/// Ends a hold.
#[utoipa::path(
    delete,
    path = "/api/v1/junctions/{name}/hold",
    operation_id = "release",
    tag = "operate",
    params(("name" = String, Path, description = "The junction's name.")),
    responses(
        (status = 200, description = "It is held no more.", body = DoneDto),
        (status = 404, description = "No junction with signals has that name.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nothing was held there.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(junction): Named,
) -> Result<Json<DoneDto>, Problem> {
    carry_out(&desk, Action::Release { junction }, who).await
}

/// Controls all junctions by another rule, until the daemon starts again.
#[utoipa::path(
    put,
    path = "/api/v1/mode",
    operation_id = "setMode",
    tag = "operate",
    request_body = SetModeDto,
    responses(
        (status = 200, description = "The rule is set.", body = DoneDto),
        (status = 409, description = "The engine would not, and says why.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_mode(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Body(asked): Body<SetModeDto>,
) -> Result<Json<DoneDto>, Problem> {
    carry_out(&desk, Action::SetMode(asked.mode.into()), who).await
}

/// Reads the site file again and goes over to it, or keeps what runs.
#[utoipa::path(
    post,
    path = "/api/v1/reload",
    operation_id = "reload",
    tag = "operate",
    request_body = NothingDto,
    responses(
        (status = 200, description = "The daemon has gone over to the file.", body = DoneDto),
        (status = 409, description = "It would not, and says why.",
         body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The file has mistakes, all of which are told; nothing has \
         changed.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reload(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Body(NothingDto {}): Body<NothingDto>,
) -> Result<Json<DoneDto>, Problem> {
    carry_out(&desk, Action::Reload, who).await
}

async fn carry_out(desk: &Desk, action: Action, who: Who) -> Result<Json<DoneDto>, Problem> {
    let done = ask(&desk.board.asks, action, who.name).await?;
    Ok(Json(DoneDto { done }))
}
