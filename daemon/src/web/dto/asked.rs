//! What people have asked for at a junction, and the queues on the links that lead to it.

use engine::{Asked, AskedFor};
use serde::Serialize;
use units::Moment;
use utoipa::ToSchema;

use super::{stage, tenths};
use crate::view::View;

/// What a person can ask for at a junction for a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::web) enum AskedName {
    /// A stage is held.
    Hold,
    /// A plan of the cabinet is selected.
    Plan,
    /// A preempt of the cabinet is raised.
    Preempt,
}

/// What a person has asked for at a junction.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct AskedDto {
    /// What.
    what: AskedName,
    /// The number of the stage, plan or preempt, from 1.
    number: u16,
    /// In how many seconds it ends by itself.
    left_s: f64,
}

impl AskedDto {
    pub(super) fn of(asked: &Asked, now: Moment) -> Self {
        let (what, number) = match asked.what {
            AskedFor::Hold(held) => (AskedName::Hold, stage(held)),
            AskedFor::Plan(plan) => (AskedName::Plan, u16::from(plan.0) + 1),
            AskedFor::Preempt(number) => (AskedName::Preempt, u16::from(number)),
        };
        Self { what, number, left_s: (asked.until - now).at_least_zero().as_secs_f64() }
    }
}

/// The queue on a link.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct QueueDto {
    /// The link's number in the network.
    link: u32,
    /// Vehicles that queue on its lanes of which something fresh is known; `null` where that is none.
    vehicles: Option<f64>,
}

/// The queues on the links that lead to a junction.
pub(in crate::web) fn queues(view: &View, index: usize) -> Vec<QueueDto> {
    let Some(signal) = view.site.signals.get(index) else { return Vec::new() };
    let network = &view.site.network;
    let queue = |link: units::LinkId| {
        let lanes =
            network.link_lanes(link).filter_map(|lane| view.snapshot.lanes.get(lane.index()));
        lanes.filter_map(|lane| lane.queue).reduce(|sum, queue| sum + queue).map(tenths)
    };
    let links = network.junction(signal.junction).incoming.iter();
    links.map(|&link| QueueDto { link: link.0, vehicles: queue(link) }).collect()
}
