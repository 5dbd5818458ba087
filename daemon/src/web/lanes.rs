//! `GET /api/v1/junctions/{name}/lanes`: what is known of each lane that leads to a junction, and how
//! sure that is: its age, and what its loops have counted.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use units::Millis;
use utoipa::ToSchema;

use super::Desk;
use super::dto::tenths;
use super::problem::{Code, Problem};
use super::read::Named;
use crate::view::View;

/// The lanes that lead to a junction.
#[derive(Serialize, ToSchema)]
pub(super) struct LanesDto {
    /// Link by link, from the middle of the road outwards.
    lanes: Vec<LaneDto>,
}

/// A lane.
#[derive(Serialize, ToSchema)]
pub(super) struct LaneDto {
    /// The number of its link.
    link: u32,
    /// Its number on the link, from 1, nearest the middle of the road.
    lane: u8,
    /// Vehicles in its queue; `null` where nothing fresh is known.
    queue_vehicles: Option<f64>,
    /// Vehicles on it; `null` where no tracker tells.
    vehicles: Option<f64>,
    /// The age of what is known of the queue.
    age_s: Option<f64>,
    /// What the loop before the stop line has counted lately; `null` where there is none.
    arrived: Option<CountDto>,
    /// What the loop at the stop line has counted lately.
    left: Option<CountDto>,
}

/// A count of vehicles.
#[derive(Serialize, ToSchema)]
pub(super) struct CountDto {
    /// How many.
    vehicles: u32,
    /// In how many seconds.
    seconds: f64,
}

/// What is known of each lane that leads to a junction.
#[utoipa::path(
    get,
    path = "/api/v1/junctions/{name}/lanes",
    operation_id = "lanes",
    tag = "look",
    params(("name" = String, Path, description = "The junction's name.")),
    responses(
        (status = 200, description = "The lanes.", body = LanesDto),
        (status = 404, description = "No junction with signals has that name.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn lanes(
    State(desk): State<Desk>,
    Named(name): Named,
) -> Result<Json<LanesDto>, Problem> {
    let view = desk.board.views.borrow().clone();
    let index = view.snapshot.junctions.iter().position(|row| row.name == name);
    let signal = index.and_then(|index| view.site.signals.get(index)).ok_or_else(|| {
        Problem::new(Code::UnknownJunction, format!("no junction {name:?} has signals"))
    })?;
    let links = view.site.network.junction(signal.junction).incoming.iter();
    let all = links.flat_map(|&link| view.site.network.link_lanes(link));
    Ok(Json(LanesDto { lanes: all.filter_map(|lane| of(&view, lane)).collect() }))
}

fn of(view: &View, lane: units::LaneId) -> Option<LaneDto> {
    let row = view.site.network.lanes().get(lane.index())?;
    let known = view.snapshot.lanes.get(lane.index())?;
    let count = |counted: Option<(u32, Millis)>| {
        counted.map(|(vehicles, span)| CountDto { vehicles, seconds: span.as_secs_f64() })
    };
    Some(LaneDto {
        link: row.link.0,
        lane: row.index.saturating_add(1),
        queue_vehicles: known.queue.map(tenths),
        vehicles: known.vehicles.map(tenths),
        age_s: known.age.map(Millis::as_secs_f64),
        arrived: count(known.arrived),
        left: count(known.left),
    })
}
