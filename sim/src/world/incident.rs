//! Incidents: something stands on a lane, or a whole link is closed, for a time.

use network::Network;
use units::{LaneId, LinkId, Metres, Millis};

/// Where nothing stands.
const NOTHING: f32 = f32::MAX;

/// What is blocked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Blocked {
    /// One lane, by a thing whose near end is so far from the lane's begin: a stalled vehicle, a
    /// works site.
    Lane(LaneId, Metres),
    /// All lanes of a link, at a place.
    Link(LinkId, Metres),
    /// The vehicle of this number breaks down where it is, and drives on when it is cleared; one that
    /// is not on the road then blocks nothing.
    Vehicle(u32),
    /// The next vehicle that passes a place on a lane breaks down there, for as long as the incident
    /// lasts.
    NextVehicle(LaneId, Metres),
}

/// Something that blocks the street for a time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Incident {
    /// What it blocks.
    pub blocked: Blocked,
    /// When it begins.
    pub from: Millis,
    /// When it is cleared.
    pub until: Millis,
}

/// For each lane where something stands on it now.
#[derive(Clone, Debug)]
pub(super) struct Incidents {
    all: Vec<Incident>,
    pub(super) obstacles: Vec<f32>,
}

impl Incidents {
    pub(super) fn new(lanes: usize) -> Self {
        Self { all: Vec::new(), obstacles: vec![NOTHING; lanes] }
    }

    /// Whether any may stand somewhere.
    pub(super) fn is_any(&self) -> bool {
        !self.all.is_empty()
    }

    pub(super) fn add(&mut self, incident: Incident) {
        self.all.push(incident);
    }

    /// A vehicle stands on a lane, its rear at a place.
    pub(super) fn block(&mut self, lane: usize, at: f32) {
        self.obstacles[lane] = self.obstacles[lane].min(at.max(0.0));
    }

    /// It does no more; what else stands there is put back in the same step.
    pub(super) fn clear(&mut self, lane: usize) {
        self.obstacles[lane] = NOTHING;
    }

    pub(super) fn update(&mut self, now: Millis, network: &Network) {
        if self.all.is_empty() {
            return;
        }
        self.obstacles.fill(NOTHING);
        for incident in self.all.iter().filter(|i| i.from <= now && now < i.until) {
            let mut block = |lane: LaneId, at: Metres| {
                let obstacle = &mut self.obstacles[lane.index()];
                *obstacle = obstacle.min(at.0 as f32);
            };
            match incident.blocked {
                Blocked::Lane(lane, at) => block(lane, at),
                Blocked::Link(link, at) => network.link_lanes(link).for_each(|l| block(l, at)),
                // Those are others' matter: see [`super::stalled`].
                Blocked::Vehicle(_) | Blocked::NextVehicle(..) => {}
            }
        }
        self.all.retain(|incident| now < incident.until);
    }
}
