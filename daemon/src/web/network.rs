//! `GET /api/v1/network`: the roads and what signals stand on them, for maps. It changes only with a
//! reload, which the state tells by its epoch.

use axum::Json;
use axum::extract::State;
use scenario::{SignalSite, Site};
use serde::Serialize;
use signal::GroupKind;
use units::LinkId;
use utoipa::ToSchema;

use super::Desk;

/// The roads.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct NetworkDto {
    /// How often the site was loaded when this was so.
    epoch: u64,
    /// All junctions, signalised or not.
    junctions: Vec<NodeDto>,
    /// All links.
    links: Vec<LinkDto>,
}

/// A junction.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct NodeDto {
    /// Its number.
    id: u32,
    /// Its name.
    name: String,
    /// Metres east of the site's origin.
    x_m: f64,
    /// Metres north of it.
    y_m: f64,
    /// Its signals, where it has some.
    signals: Option<SignalsDto>,
}

/// The signals of a junction.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct SignalsDto {
    /// Its stages.
    stages: Vec<StageDto>,
    /// Its signal groups, in the order of the state.
    groups: Vec<SignalGroupDto>,
    /// Which group rules which way off a link.
    approaches: Vec<ApproachDto>,
}

/// A stage.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct StageDto {
    /// Its number, from 1.
    number: u16,
    /// Its name.
    name: String,
    /// The names of the groups that are green in it.
    groups: Vec<String>,
    /// The shortest time in it.
    min_green_s: f64,
    /// The longest, where another stage has a call.
    max_green_s: f64,
}

/// A signal group.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct SignalGroupDto {
    /// Its name.
    name: String,
    /// Whether it serves vehicles or pedestrians.
    kind: GroupKindName,
}

/// Who a group serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GroupKindName {
    /// Vehicles.
    Vehicle,
    /// Pedestrians.
    Pedestrian,
}

/// A way off a link that has a signal.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct ApproachDto {
    /// The link that is left.
    link: u32,
    /// Which way it turns: `straight`, `left`, `right`, `u-turn`.
    turn: String,
    /// The name of the group that rules it.
    group: String,
}

/// A directed road.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct LinkDto {
    /// Its number.
    id: u32,
    /// Its name.
    name: String,
    /// The number of the junction where it begins.
    from: u32,
    /// The number of the junction where it ends.
    to: u32,
    /// Its length.
    length_m: f64,
    /// Its speed limit.
    speed_m_per_s: f64,
    /// How many lanes it has.
    lanes: u8,
    /// Its course, metres east and north.
    points_m: Vec<[f64; 2]>,
}

/// The roads and what signals stand on them.
#[utoipa::path(
    get,
    path = "/api/v1/network",
    operation_id = "network",
    tag = "look",
    responses((status = 200, description = "The network.", body = NetworkDto)),
)]
pub(super) async fn network(State(desk): State<Desk>) -> Json<NetworkDto> {
    let view = desk.board.views.borrow().clone();
    Json(of(&view.site, view.epoch))
}

fn of(site: &Site, epoch: u64) -> NetworkDto {
    let network = &site.network;
    let mut junctions: Vec<NodeDto> = network.junctions().iter().zip(0..).map(node).collect();
    for signal in &site.signals {
        junctions[signal.junction.index()].signals = Some(signals(site, signal));
    }
    NetworkDto { epoch, junctions, links: network.links().iter().zip(0..).map(link).collect() }
}

fn node((row, id): (&network::Junction, u32)) -> NodeDto {
    let (x_m, y_m) = (row.position.x, row.position.y);
    NodeDto { id, name: row.name.clone(), x_m, y_m, signals: None }
}

fn link((row, id): (&network::Link, u32)) -> LinkDto {
    LinkDto {
        id,
        name: row.name.clone(),
        from: row.from.0,
        to: row.to.0,
        length_m: row.length.0,
        speed_m_per_s: row.speed.0,
        lanes: row.lane_count,
        points_m: row.points.iter().map(|point| [point.x, point.y]).collect(),
    }
}

fn signals(site: &Site, signal: &SignalSite) -> SignalsDto {
    let layout = &signal.layout;
    let name = |group: units::GroupId| layout.group(group).name.clone();
    let stages = layout.stages().iter().zip(1..).map(|(stage, number)| StageDto {
        number,
        name: stage.name.clone(),
        groups: stage.groups.iter().map(name).collect(),
        min_green_s: stage.min_green.as_secs_f64(),
        max_green_s: stage.max_green.as_secs_f64(),
    });
    let groups = layout.groups().iter().map(|group| SignalGroupDto {
        name: group.name.clone(),
        kind: match group.kind {
            GroupKind::Vehicle => GroupKindName::Vehicle,
            GroupKind::Pedestrian => GroupKindName::Pedestrian,
        },
    });
    let approach = |&(movement, group): &(units::MovementId, units::GroupId)| {
        let row = site.network.movement(movement);
        let LinkId(link) = row.from;
        ApproachDto { link, turn: row.turn.name().to_owned(), group: name(group) }
    };
    SignalsDto {
        stages: stages.collect(),
        groups: groups.collect(),
        approaches: signal.movement_groups.iter().map(approach).collect(),
    }
}
