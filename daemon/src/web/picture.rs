//! `GET /api/v1/picture`: what another process needs to start a world where the street is.

use axum::Json;
use axum::extract::State;
use engine::picture::Picture;

use super::Desk;
use super::problem::{Code, Problem};

/// The state picture: site, stages, queues and counts at one moment.
#[utoipa::path(
    get,
    path = "/api/v1/picture",
    operation_id = "picture",
    tag = "look",
    responses((status = 200, description = "The picture, version 1; without tokens.",
               body = serde_json::Value)),
)]
pub(super) async fn picture(State(desk): State<Desk>) -> Result<Json<Picture>, Problem> {
    taken(&desk).await.map(Json)
}

/// The newest picture. A large site takes a while to be written out: not on a thread of the web's.
pub(super) async fn taken(desk: &Desk) -> Result<Picture, Problem> {
    let view = desk.board.views.borrow().clone();
    let made = tokio::task::spawn_blocking(move || Picture::of(&view.snapshot, &view.site)).await;
    made.map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
