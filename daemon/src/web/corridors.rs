//! `/api/v1/corridors`: emergency corridors are asked for, looked at, changed and ended. Everything is
//! checked here for its form; what may be is decided behind the desk.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use corridor::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Desk;
use super::actions::DoneDto;
use super::auth::Who;
use super::dto::{
    CorridorChangeDto, CorridorDto, CorridorReportDto, CorridorRequestDto, SitePlaceDto, VerdictDto,
};
use super::problem::{Code, Problem};
use super::read::{Asked, Body};
use crate::corridors::{AskError, AskedChange, Done, Record, What, ask};
use crate::view::View;

/// The longest key: a UUID has 36.
const KEY_MAX: usize = 64;

/// Which corridors.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CorridorsQuery {
    /// Whether those that are over are listed too, as far as they are kept.
    #[serde(default)]
    over: bool,
}

/// The outcome of a change: what became of a position, or what was done.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ChangedDto {
    /// Of a position.
    Position(VerdictDto),
    /// Of anything else.
    Done(DoneDto),
}

/// Asks for a corridor. The same key and the same request again give the same corridor.
#[utoipa::path(
    post,
    path = "/api/v1/corridors",
    operation_id = "openCorridor",
    tag = "dispatch",
    params(("Idempotency-Key" = String, Header,
            description = "By what the request is known again, 1 to 64 visible characters.")),
    request_body = CorridorRequestDto,
    responses(
        (status = 201, description = "It is open: its way, each junction's window, when it ends.",
         body = CorridorDto),
        (status = 200, description = "It was open already.", body = CorridorDto),
        (status = 404, description = "Refused.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Refused, and why: one of the codes `no_route`, `expired`, \
         `too_long`, `too_many_corridors`, `vehicle_has_corridor`, `replayed`.",
         body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Whoever asks has opened as many as it may.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn open(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    headers: HeaderMap,
    Body(request): Body<CorridorRequestDto>,
) -> Result<(StatusCode, Json<CorridorDto>), Problem> {
    let key = key(&headers)?;
    let asked = request.asked(key).map_err(|why| Problem::new(Code::BadBody, why))?;
    match carry_out(&desk, who, What::Open(Box::new(asked))).await? {
        Done::Opened { id, is_repeat } => {
            let view = seen(&desk, id).await;
            let record = find(&view, id)?;
            let status = if is_repeat { StatusCode::OK } else { StatusCode::CREATED };
            Ok((status, Json(CorridorDto::of(record, &view))))
        }
        _ => Err(Problem::new(Code::Internal, "it was answered as something else")),
    }
}

/// Lists corridors, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/corridors",
    operation_id = "corridors",
    tag = "look",
    params(CorridorsQuery),
    responses((status = 200, description = "The corridors.", body = Vec<CorridorDto>)),
)]
pub(super) async fn list(
    State(desk): State<Desk>,
    Asked(query): Asked<CorridorsQuery>,
) -> Json<Vec<CorridorDto>> {
    let view = desk.board.views.borrow().clone();
    let rows = view.corridors.iter().filter(|row| query.over || row.end.is_none());
    Json(rows.map(|row| CorridorDto::of(row, &view)).collect())
}

/// One corridor.
#[utoipa::path(
    get,
    path = "/api/v1/corridors/{id}",
    operation_id = "corridor",
    tag = "look",
    params(("id" = u32, Path, description = "Its number.")),
    responses(
        (status = 200, description = "The corridor.", body = CorridorDto),
        (status = 404, description = "No corridor has that number, or not any more.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn look(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Json<CorridorDto>, Problem> {
    let view = desk.board.views.borrow().clone();
    let record = find(&view, number(&id)?)?;
    Ok(Json(CorridorDto::of(record, &view)))
}

/// What became of a corridor: requested, cleared, passed, released, and the delay at each junction.
#[utoipa::path(
    get,
    path = "/api/v1/corridors/{id}/report",
    operation_id = "corridorReport",
    tag = "look",
    params(("id" = u32, Path, description = "Its number.")),
    responses(
        (status = 200, description = "The report.", body = CorridorReportDto),
        (status = 404, description = "No corridor has that number, or not any more.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Json<CorridorReportDto>, Problem> {
    let view = desk.board.views.borrow().clone();
    let record = find(&view, number(&id)?)?;
    Ok(Json(CorridorReportDto::of(record, &view)))
}

/// Says where the vehicle is, that it wants to go elsewhere, or that it comes later.
#[utoipa::path(
    patch,
    path = "/api/v1/corridors/{id}",
    operation_id = "changeCorridor",
    tag = "dispatch",
    params(("id" = u32, Path, description = "Its number.")),
    request_body = CorridorChangeDto,
    responses(
        (status = 200, description = "What became of it. A position that cannot be is no error: its \
         verdict says so.", body = ChangedDto),
        (status = 404, description = "No such corridor is open.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Refused, and why.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    Body(change): Body<CorridorChangeDto>,
) -> Result<Json<ChangedDto>, Problem> {
    let id = number(&id)?;
    let asked = change.asked().map_err(|why| Problem::new(Code::BadBody, why))?;
    let done = carry_out(&desk, who, What::Change(id, asked)).await?;
    Ok(Json(changed(done)))
}

/// Ends a corridor.
#[utoipa::path(
    delete,
    path = "/api/v1/corridors/{id}",
    operation_id = "cancelCorridor",
    tag = "dispatch",
    params(("id" = u32, Path, description = "Its number.")),
    responses(
        (status = 200, description = "It is over, and every junction is let go.", body = DoneDto),
        (status = 404, description = "No such corridor is open.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Result<Json<ChangedDto>, Problem> {
    let what = What::Change(number(&id)?, AskedChange::Cancel);
    carry_out(&desk, who, what).await.map(|done| Json(changed(done)))
}

/// Lets one junction go; the corridor goes on without it.
#[utoipa::path(
    delete,
    path = "/api/v1/corridors/{id}/junctions/{name}",
    operation_id = "releaseFromCorridor",
    tag = "dispatch",
    params(
        ("id" = u32, Path, description = "The corridor's number."),
        ("name" = String, Path, description = "The junction's name."),
    ),
    responses(
        (status = 200, description = "It is let go.", body = DoneDto),
        (status = 404, description = "No such corridor is open, or no junction has that name.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Json<ChangedDto>, Problem> {
    let what = What::Change(number(&id)?, AskedChange::Release(name));
    carry_out(&desk, who, what).await.map(|done| Json(changed(done)))
}

/// The places that a request may name.
#[utoipa::path(
    get,
    path = "/api/v1/places",
    operation_id = "places",
    tag = "look",
    responses((status = 200, description = "The places.", body = Vec<SitePlaceDto>)),
)]
pub(super) async fn places(State(desk): State<Desk>) -> Json<Vec<SitePlaceDto>> {
    let view = desk.board.views.borrow().clone();
    Json(view.site.dispatch.places.iter().map(|place| SitePlaceDto::of(place, &view)).collect())
}

async fn carry_out(desk: &Desk, who: Who, what: What) -> Result<Done, Problem> {
    Ok(ask(&desk.board.corridors, (who.name, who.scope), what).await?)
}

/// The picture in which a corridor is that was just opened: the loop publishes one before it answers.
async fn seen(desk: &Desk, id: u32) -> std::sync::Arc<View> {
    let mut views = desk.board.views.clone();
    let there = |view: &std::sync::Arc<View>| view.corridors.iter().any(|row| row.id == id);
    match views.wait_for(there).await {
        Ok(view) => view.clone(),
        Err(_) => desk.board.views.borrow().clone(),
    }
}

fn find(view: &View, id: u32) -> Result<&Record, Problem> {
    let found = view.corridors.iter().rev().find(|row| row.id == id);
    found.ok_or_else(|| Problem::new(Code::UnknownCorridor, format!("there is no corridor {id}")))
}

fn number(text: &str) -> Result<u32, Problem> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let found = if plain { text.parse().ok() } else { None };
    found.ok_or_else(|| {
        let shown: String = text.chars().take(20).collect();
        Problem::new(Code::UnknownCorridor, format!("{shown:?} is no corridor's number"))
    })
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut shown = headers.get_all("idempotency-key").iter();
    let key = shown.next().and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    let is_sound = (1..=KEY_MAX).contains(&key.len()) && shown.next().is_none();
    if is_sound {
        return Ok(key.to_owned());
    }
    let detail = format!("the header Idempotency-Key has 1 to {KEY_MAX} visible characters, once");
    Err(Problem::new(Code::BadRequest, detail))
}

fn changed(done: Done) -> ChangedDto {
    match done {
        Done::Position(verdict, taken) => {
            ChangedDto::Position(VerdictDto { taken, verdict: verdict.to_owned() })
        }
        Done::Changed(done) => ChangedDto::Done(DoneDto { done }),
        Done::Opened { id, .. } => ChangedDto::Done(DoneDto { done: format!("corridor {id}") }),
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let code = match &error {
            AskError::Refused(refusal) => match refusal {
                Refusal::UnknownPlace { .. } => Code::UnknownPlace,
                Refusal::NoRoute => Code::NoRoute,
                Refusal::Expired => Code::Expired,
                Refusal::TooLong { .. } => Code::TooLong,
                Refusal::TooMany { .. } => Code::TooManyCorridors,
                Refusal::VehicleHasOne(_) => Code::VehicleHasCorridor,
                Refusal::Replayed => Code::Replayed,
                Refusal::ClassNotAllowed(_) => Code::ClassNotAllowed,
                Refusal::AreaNotAllowed(_) => Code::AreaNotAllowed,
                Refusal::TooOften(_) => Code::TooOften,
                Refusal::Contradictory(_) => Code::Contradictory,
                Refusal::NotOpen => Code::UnknownCorridor,
            },
            AskError::NotOwn(_) => Code::Forbidden,
            AskError::TooOften(_) => Code::TooOften,
            AskError::UnknownJunction(_) => Code::UnknownJunction,
            AskError::Unavailable => Code::Unavailable,
        };
        Self::new(code, error.to_string())
    }
}
