//! The roads as the hot loop has them: lanes, paths across junctions, and where paths meet.
//!
//! A *track* is a lane or a path; lanes keep their ids, paths follow. Paths of one lane are
//! neighbours. A *rank* says who has priority where two may go: the higher.

use std::ops::Range;

use network::{Network, RightOfWay, Turn};
use scenario::SignalSite;
use units::{LaneId, LinkId};

use super::further::sight;
use super::geometry::Curve;
use super::settings::{Model, WeatherFactors};

/// In place of a path: the vehicle leaves the network at the end of its lane.
pub(super) const LEAVES: u32 = u32::MAX;
/// In place of a path: the lane does not lead on, the vehicle must change it.
pub(super) const ASTRAY: u32 = u32::MAX - 1;

/// The rank of right turns.
pub(super) const RIGHT: u8 = 1;

/// Lateral acceleration on a turn, m/s²: what brisk drivers in towns accept (about 0.37 g).
const LATERAL: f64 = 3.6;
/// No turn is slower for its curve, m/s.
const TURN_LEAST: f64 = 3.0;
/// Every turn of the `CityFlow` set, m/s.
const CITYFLOW_TURN: f32 = 8.3333;
/// Braking from which a short lane is entered, m/s²: gentle, since a step is over before it begins.
const SHORT_BRAKE: f32 = 2.0;
/// How many links a lane keeps beside its own row: few lead to more.
const LINKS_NEAR: usize = 4;
/// In place of a link.
const NO_LINK: u32 = u32::MAX;
/// The last place in a junction's sets of paths: all paths beyond share it.
pub(super) const SHARED: usize = 127;

#[derive(Clone, Debug)]
pub(super) struct LaneRow {
    pub(super) index: u8,
    pub(super) length: f32,
    pub(super) limit: f32,
    pub(super) paths: Range<u32>,
    /// Whether the lane to the left, and that to the right, lead to a link that this one leads to.
    pub(super) shares: [bool; 2],
    /// The links that it leads to, [`NO_LINK`] where there are fewer; beyond that many one looks at
    /// its paths.
    links: [u32; LINKS_NEAR],
}

/// What drivers look at in every step: one cache line. What few need lies apart, see [`Sets`].
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct PathRow {
    pub(super) junction: u32,
    pub(super) from_lane: u32,
    pub(super) to_lane: u32,
    pub(super) to_link: u32,
    pub(super) length: f32,
    pub(super) limit: f32,
    conflicts: u32,
    conflict_count: u16,
    /// Its rank, and [`BRIEF`], [`STOPS`] and [`WAITS`].
    traits: u8,
    /// Its place in its junction's sets.
    pub(super) place: u8,
    /// Every path that it meets.
    pub(super) meets: u128,
    /// The paths that it gives way to where both may go.
    pub(super) yields: u128,
}

/// Among a path's traits: the lane behind it is short; it is entered only after a stop at the line; it
/// has a waiting place.
const BRIEF: u8 = 1 << 5;
const STOPS: u8 = 1 << 6;
const WAITS: u8 = 1 << 7;

impl PathRow {
    /// Itself in its junction's sets.
    pub(super) fn bit(&self) -> u128 {
        1 << self.place
    }

    /// Who has priority: the higher.
    pub(super) fn rank(&self) -> u8 {
        self.traits & !(BRIEF | STOPS | WAITS)
    }

    /// Whether it is entered only after a stop at the line.
    pub(super) fn stops(&self) -> bool {
        self.traits & STOPS != 0
    }

    /// Whether the lane that it leads into is so short that its stop line must be seen before one is on
    /// it; see [`super::further`].
    pub(super) fn is_brief(&self) -> bool {
        self.traits & BRIEF != 0
    }

    /// Whether there is a waiting place on it; see [`super::inside`].
    pub(super) fn waits(&self) -> bool {
        self.traits & WAITS != 0
    }
}

/// What a path with a waiting place has beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sets {
    /// The paths it meets that may be open with it, those of them that it gives way to, and the
    /// waiting place before them, metres along the path, 0 where there is none; see
    /// [`super::inside`].
    pub(super) together: u128,
    pub(super) opposing: u128,
    pub(super) wait: f32,
}

/// Where a path meets another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conflict {
    pub(super) foe: u32,
    /// Metres along the own path.
    pub(super) mine: f32,
    /// Metres along the foe's.
    pub(super) theirs: f32,
    /// Both lead into one lane.
    pub(super) merges: bool,
    /// The foe's place in the junction's sets.
    place: u8,
}

impl Conflict {
    /// The foe in the junction's sets.
    pub(super) fn bit(&self) -> u128 {
        1 << self.place
    }
}

#[derive(Clone, Debug)]
pub(super) struct LinkRow {
    pub(super) first_lane: u32,
    pub(super) lanes: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Tracks {
    pub(super) lanes: Vec<LaneRow>,
    pub(super) paths: Vec<PathRow>,
    /// For each path.
    pub(super) sets: Vec<Sets>,
    /// For each path the signal and group that rule it.
    pub(super) ruled: Vec<Option<(u32, u8)>>,
    pub(super) links: Vec<LinkRow>,
    pub(super) conflicts: Vec<Conflict>,
    /// For each lane where the paths that lead into it begin in `sources`; one more than there are
    /// lanes.
    into: Vec<u32>,
    sources: Vec<u32>,
    pub(super) junctions: usize,
    /// Whether any path has a waiting place.
    pub(super) has_waits: bool,
}

impl Tracks {
    pub(super) fn new(
        network: &Network,
        signals: &[SignalSite],
        model: Model,
        weather: WeatherFactors,
    ) -> Self {
        let mut tracks = Self {
            lanes: Vec::with_capacity(network.lanes().len()),
            paths: Vec::new(),
            sets: Vec::new(),
            ruled: Vec::new(),
            links: Vec::with_capacity(network.links().len()),
            conflicts: Vec::new(),
            into: Vec::new(),
            sources: Vec::new(),
            junctions: network.junctions().len(),
            has_waits: false,
        };
        for link in network.links() {
            let lanes = u32::from(link.lane_count);
            tracks.links.push(LinkRow { first_lane: link.first_lane.0, lanes });
        }
        let mut ruled = vec![None; network.movements().len()];
        for (index, signal) in (0_u32..).zip(signals) {
            for &(movement, group) in &signal.movement_groups {
                ruled[movement.index()] = Some((index, group.0));
            }
        }
        let mut used = vec![0_usize; tracks.junctions];
        for index in 0..network.lanes().len() {
            tracks.add_lane(network, LaneId::from_index(index), &ruled, &mut used, model, weather);
        }
        tracks.sources = (0..tracks.paths.len() as u32).collect();
        tracks.sources.sort_by_key(|&path| tracks.paths[path as usize].to_lane);
        let to_lane = |&path: &u32| tracks.paths[path as usize].to_lane;
        let before = |lane| tracks.sources.partition_point(|path| to_lane(path) < lane) as u32;
        tracks.into = (0..=tracks.lanes.len() as u32).map(before).collect();
        tracks.add_conflicts(network, signals, model);
        if model != Model::CityFlow {
            tracks.slow_before_short_lanes();
        }
        tracks.find_waiting_places(signals, model);
        tracks.find_brief_lanes(model);
        tracks.compare_neighbours();
        tracks
    }

    pub(super) fn count(&self) -> usize {
        self.lanes.len() + self.paths.len()
    }

    /// The track of a path.
    pub(super) fn of_path(&self, path: u32) -> usize {
        self.lanes.len() + path as usize
    }

    pub(super) fn length(&self, track: usize) -> f32 {
        match self.lanes.get(track) {
            Some(lane) => lane.length,
            None => self.paths[track - self.lanes.len()].length,
        }
    }

    pub(super) fn limit(&self, track: usize) -> f32 {
        match self.lanes.get(track) {
            Some(lane) => lane.limit,
            None => self.paths[track - self.lanes.len()].limit,
        }
    }

    /// The paths that lead into a lane.
    pub(super) fn into(&self, lane: u32) -> &[u32] {
        let (first, last) = (self.into[lane as usize], self.into[lane as usize + 1]);
        &self.sources[first as usize..last as usize]
    }

    /// Whether a path leads from a lane to a link.
    pub(super) fn leads(&self, lane: u32, to: LinkId) -> bool {
        let row = &self.lanes[lane as usize];
        let is_near = row.links.contains(&to.0);
        if is_near || row.links[LINKS_NEAR - 1] == NO_LINK {
            return is_near;
        }
        let paths = &self.paths[row.paths.start as usize..row.paths.end as usize];
        paths.iter().any(|path| path.to_link == to.0)
    }

    pub(super) fn conflicts_of(&self, path: &PathRow) -> &[Conflict] {
        &self.conflicts[path.conflicts as usize..][..usize::from(path.conflict_count)]
    }

    /// Gives a path a waiting place.
    pub(super) fn wait_at(&mut self, path: usize, place: f32) {
        self.sets[path].wait = place;
        self.paths[path].traits |= WAITS;
        self.has_waits = true;
    }

    /// Marks the paths into lanes that are short. `CityFlow` has its own sight.
    fn find_brief_lanes(&mut self, model: Model) {
        let lanes = &self.lanes;
        for path in self.paths.iter_mut().filter(|_| model != Model::CityFlow) {
            let lane = &lanes[path.to_lane as usize];
            if lane.length < sight(lane.limit.max(path.limit)) {
                path.traits |= BRIEF;
            }
        }
    }

    fn add_lane(
        &mut self,
        network: &Network,
        id: LaneId,
        ruled: &[Option<(u32, u8)>],
        used: &mut [usize],
        model: Model,
        weather: WeatherFactors,
    ) {
        let lane = network.lane(id);
        let link = network.link(lane.link);
        let limit = lane.speed.0 as f32 * weather.speed;
        let first = self.paths.len() as u32;
        for &movement in network.lane_movements(id) {
            let row = network.movement(movement);
            for connection in row.connections.iter().filter(|c| c.from_lane == lane.index) {
                let bit = &mut used[row.junction.index()];
                let is_turn = row.turn != Turn::Straight;
                let target = network.lane_at(row.to, connection.to_lane);
                let onward = network.lane(target).speed.0 as f32 * weather.speed;
                let speed = match (model, is_turn) {
                    (Model::CityFlow, true) => CITYFLOW_TURN,
                    (Model::CityFlow, false) => f32::MAX,
                    _ if connection.speed.is_some() => {
                        connection.speed.map_or(limit, |speed| speed.0 as f32 * weather.speed)
                    }
                    (_, true) => turn_speed(connection.length.0) * weather.speed,
                    (_, false) => limit.max(onward),
                };
                self.paths.push(PathRow {
                    junction: row.junction.0,
                    from_lane: id.0,
                    to_lane: target.0,
                    to_link: row.to.0,
                    length: connection.length.0 as f32,
                    limit: speed,
                    conflicts: 0,
                    conflict_count: 0,
                    traits: rank(row.turn),
                    place: (*bit).min(SHARED) as u8,
                    meets: 0,
                    yields: 0,
                });
                self.ruled.push(ruled[movement.index()]);
                *bit += 1;
            }
        }
        let paths = first..self.paths.len() as u32;
        let mut links = [NO_LINK; LINKS_NEAR];
        for path in &self.paths[first as usize..] {
            if let Some(free) = links.iter().position(|&link| link == NO_LINK)
                && !links.contains(&path.to_link)
            {
                links[free] = path.to_link;
            }
        }
        self.lanes.push(LaneRow {
            index: lane.index,
            length: link.length.0 as f32,
            limit,
            paths,
            shares: [false; 2],
            links,
        });
    }

    /// Who comes on to a short lane sees its light, or who has priority behind it, when it is there:
    /// it comes no faster than it can stop from before the lane ends.
    fn slow_before_short_lanes(&mut self) {
        let may_stop = |lane: &LaneRow| {
            let mut paths = lane.paths.clone().map(|path| path as usize);
            paths.any(|path| self.ruled[path].is_some() || self.paths[path].yields != 0)
        };
        let stoppable = |lane: &LaneRow| (2.0 * SHORT_BRAKE * lane.length).sqrt();
        let limit = |lane| if may_stop(lane) { stoppable(lane) } else { f32::MAX };
        let limits: Vec<f32> = self.lanes.iter().map(limit).collect();
        for path in &mut self.paths {
            path.limit = path.limit.min(limits[path.to_lane as usize]);
        }
    }

    fn compare_neighbours(&mut self) {
        for link in &self.links {
            for lane in link.first_lane..link.first_lane + link.lanes {
                let paths = self.lanes[lane as usize].paths.clone();
                let shares = |other: u32| {
                    let mut own = self.paths[paths.start as usize..paths.end as usize].iter();
                    own.any(|path| self.leads(other, LinkId(path.to_link)))
                };
                let left = lane > link.first_lane && shares(lane - 1);
                let right = lane + 1 < link.first_lane + link.lanes && shares(lane + 1);
                self.lanes[lane as usize].shares = [left, right];
            }
        }
    }

    fn add_conflicts(&mut self, network: &Network, signals: &[SignalSite], model: Model) {
        let mut at = vec![Vec::new(); self.junctions];
        for (index, path) in (0_u32..).zip(&self.paths) {
            at[path.junction as usize].push(index);
        }
        let mut found: Vec<Vec<Conflict>> = vec![Vec::new(); self.paths.len()];
        for paths in &at {
            let curve = |&path: &u32| {
                let row = &self.paths[path as usize];
                Curve::new(network, LaneId(row.from_lane), LaneId(row.to_lane))
            };
            let curves: Vec<Curve> = paths.iter().map(curve).collect();
            for (i, &a) in paths.iter().enumerate() {
                for (j, &b) in paths.iter().enumerate().skip(i + 1) {
                    let (one, two) = (&self.paths[a as usize], &self.paths[b as usize]);
                    let siblings = one.from_lane == two.from_lane;
                    let merges = one.to_lane == two.to_lane;
                    let shares = match (siblings, merges) {
                        // There they must not even be begun together.
                        (true, _) if model == Model::CityFlow => Some((0.0, 0.0)),
                        (true, _) => None,
                        (false, true) => Some((1.0, 1.0)),
                        (false, false) => curves[i].crossing(&curves[j]),
                    };
                    let Some((s, t)) = shares else { continue };
                    let (mine, theirs) = (s as f32 * one.length, t as f32 * two.length);
                    let place = two.place;
                    found[a as usize].push(Conflict { foe: b, mine, theirs, merges, place });
                    let (mine, theirs, place) = (theirs, mine, one.place);
                    found[b as usize].push(Conflict { foe: a, mine, theirs, merges, place });
                }
            }
        }
        let stops = |path: &PathRow| {
            let from = network.lane(LaneId(path.from_lane)).link;
            let movement = network.movement_between(from, LinkId(path.to_link));
            movement.is_some_and(|id| {
                matches!(network.movement(id).right_of_way, RightOfWay::StopsFor(_))
            })
        };
        let stops: Vec<bool> = self.paths.iter().map(stops).collect();
        for (index, mut list) in found.into_iter().enumerate() {
            list.sort_by(|a, b| a.mine.total_cmp(&b.mine).then(a.foe.cmp(&b.foe)));
            let first = self.conflicts.len() as u32;
            let bits = |keep: &dyn Fn(&Conflict) -> bool| {
                let kept = list.iter().filter(|c| keep(c));
                kept.fold(0, |set, c| set | c.bit())
            };
            let meets = bits(&|_| true);
            let yields = bits(&|c| self.gives_way(network, index as u32, c.foe, signals, model));
            self.sets.push(Sets::default());
            let path = &mut self.paths[index];
            (path.meets, path.yields) = (meets, yields);
            path.traits |= if stops[index] { STOPS } else { 0 };
            path.conflicts = first;
            path.conflict_count = list.len() as u16;
            self.conflicts.append(&mut list);
        }
    }

    /// Whether a path gives way to another where both may go: always where it has no signal and the
    /// other has one; never where the table of intergreens keeps them apart; else by rank.
    /// A list that the network gives overrules all of that.
    fn gives_way(
        &self,
        network: &Network,
        own: u32,
        foe: u32,
        signals: &[SignalSite],
        model: Model,
    ) -> bool {
        if model == Model::CityFlow {
            return false;
        }
        let ruled = (self.ruled[own as usize], self.ruled[foe as usize]);
        let (own, foe) = (&self.paths[own as usize], &self.paths[foe as usize]);
        let movement = |path: &PathRow| {
            let from = network.lane(LaneId(path.from_lane)).link;
            network.movement_between(from, LinkId(path.to_link))
        };
        let rule = movement(own).and_then(|id| network.movement(id).right_of_way.listed());
        if let (Some(listed), Some(foe)) = (rule, movement(foe)) {
            return listed.contains(&foe);
        }
        match ruled {
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (Some((a, x)), Some((b, y))) if a == b => {
                let table = signals[a as usize].layout.intergreens();
                let apart = table.conflicts(units::GroupId(x), units::GroupId(y));
                // Kept apart, they meet only where the signals are out; then rank counts too.
                own.rank() < foe.rank() || (own.rank() == foe.rank() && apart)
            }
            _ => own.rank() <= foe.rank(),
        }
    }
}

fn rank(turn: Turn) -> u8 {
    match turn {
        Turn::Straight => 3,
        Turn::Left => 2,
        Turn::Right => RIGHT,
        Turn::UTurn => 0,
    }
}

/// The speed on a quarter turn of this length.
fn turn_speed(length: f64) -> f32 {
    let radius = length / std::f64::consts::FRAC_PI_2;
    (LATERAL * radius).sqrt().max(TURN_LEAST) as f32
}
