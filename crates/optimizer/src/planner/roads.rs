//! Where the ways out of a junction lead: to which ruled lanes of its neighbours, after what drive.
//!
//! ```text
//!   stop line ─▶ link ─▶ a junction without signals ─▶ link ─▶ ruled lane of a neighbour
//! ```

use network::Network;
use units::{LaneId, LinkId};

use super::table::Table;
use crate::district::District;
use crate::spec::JunctionSpec;

/// The most lanes that one way leads to: beyond them the way is a matter of guessing.
const TARGETS_MAX: usize = 24;
/// Nobody farther down the road arrives within a horizon, seconds.
const DRIVE_MAX: f32 = 90.0;
/// The most junctions without signals on the way.
const DEPTH_MAX: usize = 8;
/// Less than this share of those who take a way is not worth following.
const SHARE_MIN: f32 = 0.02;

/// A ruled lane that a way leads to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Target {
    pub(super) junction: usize,
    /// Its place among the ruled lanes there.
    pub(super) lane: usize,
    /// The same lane in the network.
    pub(super) of: LaneId,
    /// From stop line to stop line at the limit, seconds.
    pub(super) drive: f32,
    /// How many of those who take the way come onto its link.
    pub(super) share: f32,
}

/// The roads between the stop lines.
pub(super) struct Roads<'d> {
    network: &'d Network,
    /// For each lane of the network where it is ruled.
    ruled: Vec<Option<(usize, usize)>>,
}

impl<'d> Roads<'d> {
    pub(super) fn new<'t>(district: &'d District, tables: impl Iterator<Item = &'t Table>) -> Self {
        let network = &*district.network;
        let mut ruled = vec![None; network.lanes().len()];
        for (junction, (spec, table)) in district.junctions.iter().zip(tables).enumerate() {
            for (lane, &approach) in table.approaches.iter().enumerate() {
                ruled[spec.approaches[approach].lane.index()] = Some((junction, lane));
            }
        }
        Self { network, ruled }
    }

    /// For each ruled lane of a junction and each of its ways where it leads.
    pub(super) fn of(&self, spec: &JunctionSpec, table: &Table) -> Vec<Vec<Vec<Target>>> {
        let way = |lane, exit: LinkId| {
            let mut targets = Vec::new();
            let across = self.across(lane, exit);
            self.walk(exit, across, 1.0, DEPTH_MAX, &mut targets);
            targets
        };
        let lane = |&approach: &usize| {
            let approach = &spec.approaches[approach];
            approach.exits.iter().map(|&exit| way(approach.lane, exit)).collect()
        };
        table.approaches.iter().map(lane).collect()
    }

    /// From a stop line to the begin of the next link, seconds.
    fn across(&self, lane: LaneId, to: LinkId) -> f32 {
        let row = self.network.lane(lane);
        let movement = self.network.movement_between(row.link, to);
        let connections = movement.map(|movement| &self.network.movement(movement).connections);
        let connection =
            connections.and_then(|all| all.iter().find(|one| one.from_lane == row.index));
        let limit = self.network.link(to).speed.0.max(1.0);
        connection.map_or(0.0, |one| {
            let speed = one.speed.map_or(limit, |speed| speed.0.clamp(1.0, limit));
            (one.length.0 / speed) as f32
        })
    }

    /// Finds the ruled lanes that a link leads to, on it or behind junctions without signals.
    fn walk(&self, link: LinkId, before: f32, share: f32, depth: usize, found: &mut Vec<Target>) {
        let row = self.network.link(link);
        let drive = before + (row.length.0 / row.speed.0.max(1.0)) as f32;
        if drive > DRIVE_MAX || share < SHARE_MIN || depth == 0 {
            return;
        }
        let mut onward: Vec<(LinkId, f32, f32)> = Vec::new();
        let each = share / f32::from(row.lane_count.max(1));
        for lane in self.network.link_lanes(link) {
            if let Some((junction, at)) = self.ruled[lane.index()] {
                if found.len() < TARGETS_MAX {
                    found.push(Target { junction, lane: at, of: lane, drive, share });
                }
                continue;
            }
            let movements = self.network.lane_movements(lane);
            for &movement in movements {
                let to = self.network.movement(movement).to;
                let part = each / movements.len() as f32;
                match onward.iter_mut().find(|(link, ..)| *link == to) {
                    Some((_, _, share)) => *share += part,
                    None => onward.push((to, self.across(lane, to), part)),
                }
            }
        }
        for (to, across, share) in onward {
            self.walk(to, drive + across, share, depth - 1, found);
        }
    }
}
