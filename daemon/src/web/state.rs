//! `GET /api/v1/state`: all of it at one moment.

use axum::Json;
use axum::extract::State;

use super::Desk;
use super::dto::StateDto;

/// The whole state at one moment.
#[utoipa::path(
    get,
    path = "/api/v1/state",
    operation_id = "state",
    tag = "look",
    responses((status = 200, description = "The state.", body = StateDto)),
)]
pub(super) async fn state(State(desk): State<Desk>) -> Json<StateDto> {
    let view = desk.board.views.borrow().clone();
    Json(StateDto::of(&view, &desk.board.store))
}
