//! What an onlooker sees of the world after a step: every vehicle with the road it is on. Whoever
//! measures looks from here; a run that nobody watches pays nothing for it.
//!
//! A *road* is a lane or a path across a junction; its number is its place in [`World::roads`].

use network::{Network, Point};
use units::mixing::{GOLDEN, mixed};
use units::{LaneId, LinkId, Metres, Millis, MovementId};

use super::World;
use super::geometry::{Curve, lane_points};
use super::region::Tag;

/// A lane, or a path across a junction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Road {
    /// Its link; of a path the one that it leaves.
    pub link: LinkId,
    /// Itself; of a path the lane that it leaves.
    pub lane: LaneId,
    /// Where a path leads.
    pub to: Option<LaneId>,
    /// Whose path it is.
    pub movement: Option<MovementId>,
    /// From its begin to its end.
    pub length: Metres,
}

/// A vehicle and where it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sighting {
    /// The number of its road.
    pub road: usize,
    /// Its number in the demand: flows in their order, each by time.
    pub vehicle: u32,
    /// Which link of its route it is on, or leaves, from 0.
    pub leg: usize,
    /// Its front, metres from the begin of its road.
    pub position: f32,
    /// Metres a second.
    pub speed: f32,
}

impl World {
    /// The roads: every lane by its id, then every path.
    #[must_use]
    pub fn roads(&self) -> Vec<Road> {
        let length = |track: usize| Metres(f64::from(self.tracks.length(track)));
        let mut roads = Vec::with_capacity(self.tracks.count());
        for (index, row) in self.network.lanes().iter().enumerate() {
            let lane = LaneId::from_index(index);
            roads.push(Road {
                link: row.link,
                lane,
                to: None,
                movement: None,
                length: length(index),
            });
        }
        for (index, path) in (0_u32..).zip(&self.tracks.paths) {
            let lane = LaneId(path.from_lane);
            let link = self.network.lane(lane).link;
            let movement = self.network.movement_between(link, LinkId(path.to_link));
            let length = length(self.tracks.of_path(index));
            roads.push(Road { link, lane, to: Some(LaneId(path.to_lane)), movement, length });
        }
        roads
    }

    /// How many vehicles are on a road.
    #[must_use]
    pub fn count_on(&self, road: usize) -> usize {
        let home = self.homes[road];
        self.regions[home.region as usize].range(home.local as usize).len()
    }

    /// Shows every vehicle on the road, road by road, each from its front backwards: the same order
    /// for any number of threads.
    pub fn for_each_vehicle(&self, mut see: impl FnMut(Sighting)) {
        for (road, home) in self.homes.iter().enumerate() {
            let region = &self.regions[home.region as usize];
            for place in region.range(home.local as usize) {
                let Tag { vehicle, leg, .. } = region.columns.tag[place];
                let (position, speed) =
                    (region.columns.position[place], region.columns.speed[place]);
                see(Sighting { road, vehicle, leg: usize::from(leg), position, speed });
            }
        }
    }

    /// A hash of every vehicle on the road: which, where on its road and how fast, to the bit. A sum
    /// over the vehicles of a mix of each, so that it does not matter in which order they lie.
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let mut sum = 0_u64;
        for region in &self.regions {
            let columns = &region.columns;
            for ((position, speed), tag) in
                columns.position.iter().zip(&columns.speed).zip(&columns.tag)
            {
                let motion = u64::from(position.to_bits()) << 32 | u64::from(speed.to_bits());
                let word = motion ^ u64::from(tag.vehicle).wrapping_mul(GOLDEN);
                sum = sum.wrapping_add(mixed(word));
            }
        }
        sum
    }

    /// Where a road runs, from its begin to its end; at least two points.
    #[must_use]
    pub fn course(&self, road: usize) -> Vec<Point> {
        match road.checked_sub(self.tracks.lanes.len()) {
            None => lane_points(&self.network, LaneId::from_index(road)),
            Some(path) => {
                let row = &self.tracks.paths[path];
                let (from, to) = (LaneId(row.from_lane), LaneId(row.to_lane));
                Curve::new(&self.network, from, to).points().to_vec()
            }
        }
    }

    /// When a vehicle is due.
    #[must_use]
    pub fn due(&self, vehicle: u32) -> Millis {
        Millis(i64::from(self.roster.due(vehicle)))
    }

    /// The time that a vehicle's links take at free flow.
    #[must_use]
    pub fn free_time(&self, vehicle: u32) -> Millis {
        Millis(self.roster.free(vehicle))
    }

    /// How many vehicles have entered.
    #[must_use]
    pub fn vehicles_entered(&self) -> u64 {
        self.regions.iter().map(|region| region.entered).sum()
    }

    /// The network that it drives on.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }
}
