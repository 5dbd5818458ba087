//! Vehicles that are on the road before the first step: a world that starts where a street is.

use network::Network;
use scenario::VehicleType;
use units::{LaneId, LinkId, Metres, Millis};

use super::World;
use super::chance::{Use, chance};
use super::kind::{Kind, manner_of};
use super::mixed::{Mixed, side};
use super::region::Tag;
use super::settings::Model;
use super::wave::{Wave, way_a_step};

/// A vehicle on a lane.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed {
    /// Its lane.
    pub lane: LaneId,
    /// Its front, from the begin of the lane.
    pub position: Metres,
    /// Metres a second.
    pub speed: f64,
    /// The links of its way from here on; the first is the lane's own.
    pub route: Vec<LinkId>,
    /// What drives.
    pub vehicle: VehicleType,
}

impl World {
    /// Puts vehicles on an empty world before its first step. They count as due at time zero, their
    /// way as what is left of it.
    ///
    /// # Errors
    /// Everything that does not fit, with its lane: a place off the lane, two vehicles in one place, a
    /// way that no movements join. Then nobody was placed.
    pub fn place(&mut self, placed: &[Placed]) -> Result<(), Vec<String>> {
        if self.step != 0 || self.running() != 0 {
            return Err(vec!["vehicles are placed on an empty world before it moves".to_owned()]);
        }
        let mut order: Vec<&Placed> = placed.iter().collect();
        order.sort_by(|a, b| a.lane.cmp(&b.lane).then(b.position.0.total_cmp(&a.position.0)));
        let problems = problems(&self.network, &order);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut types: Vec<(VehicleType, u16)> = Vec::new();
        let mut there = vec![Vec::new(); self.regions.len()];
        for one in order {
            let kind = self.kind_of(&one.vehicle, &mut types);
            let vehicle = self.roster.add(&one.route, kind, free(&self.network, one));
            let (settings, lane) = (&self.settings, one.lane.0);
            let path = self.roster.path(&self.tracks, settings, lane, vehicle, 0);
            let row = &self.roster.kinds[usize::from(kind)];
            let manner = match settings.model {
                Model::CityFlow => 128,
                _ => manner_of(row, |draw| chance(settings.seed, Use::Manner, vehicle, draw)),
            };
            let side = side(row, vehicle);
            let home = self.homes[one.lane.index()];
            let tag = Tag { vehicle, path, leg: 0, kind, manner, calm: 0, side };
            there[home.region as usize].push((home.local, one, tag));
        }
        for (region, mut here) in self.regions.iter_mut().zip(there) {
            here.sort_by_key(|(local, ..)| *local);
            for (local, one, tag) in &here {
                region.columns.push(one.position.0 as f32, one.speed as f32, *tag);
                region.begin[*local as usize + 1] += 1;
            }
            let mut sum = 0;
            for begin in &mut region.begin {
                sum += *begin;
                *begin = sum;
            }
            region.entered += here.len() as u64;
            region.list_busy(&self.roster.kinds);
        }
        self.dues.extend(placed.iter().map(|_| 0));
        self.dues.sort_unstable();
        self.has_emergency = self.roster.has_emergency();
        let begin = placed.iter().map(|one| one.speed as f32).fold(0.0, f32::max);
        let fastest = way_a_step(&self.tracks, &self.roster.kinds, self.settings.model, begin);
        self.wave = Wave::new(&self.regions, &self.tracks, fastest);
        self.mixed = Mixed::new(&self.network, &self.tracks, &self.roster);
        Ok(())
    }

    fn kind_of(&mut self, vehicle: &VehicleType, types: &mut Vec<(VehicleType, u16)>) -> u16 {
        if let Some(&(_, kind)) = types.iter().find(|(known, _)| known == vehicle) {
            return kind;
        }
        let made = Kind::new(vehicle, self.settings.model, self.settings.weather);
        let kind = self.roster.add_kind(made);
        types.push((*vehicle, kind));
        kind
    }
}

/// What is wrong with vehicles in the order of their lanes, the foremost first.
fn problems(network: &Network, order: &[&Placed]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut before: Option<&Placed> = None;
    for &one in order {
        let name = || network.lane_name(one.lane);
        let row = network.lane(one.lane);
        let length = network.link(row.link).length.0;
        let at = one.position.0;
        if !(one.vehicle.length.0..=length).contains(&at) {
            problems.push(format!("lane {}: no vehicle fits at {at:.1} of {length:.1} m", name()));
        }
        let rear = before.filter(|b| b.lane == one.lane).map(|b| b.position - b.vehicle.length);
        if rear.is_some_and(|rear| rear.0 < at) {
            problems
                .push(format!("lane {}: two vehicles stand in one place, at {at:.1} m", name()));
        }
        let joined = one.route.windows(2).all(|w| network.movement_between(w[0], w[1]).is_some());
        if one.route.first() != Some(&row.link) || !joined {
            problems.push(format!("lane {}: its vehicle's way is none", name()));
        }
        before = Some(one);
    }
    problems
}

/// The time that what is left of its way takes at free flow.
fn free(network: &Network, one: &Placed) -> Millis {
    let span = |(leg, &link): (usize, &LinkId)| {
        let row = network.link(link);
        let way = if leg == 0 { row.length.0 - one.position.0 } else { row.length.0 };
        Millis::from_secs_f64(way / row.speed.0.min(one.vehicle.max_speed.0).max(0.1))
    };
    one.route.iter().enumerate().map(span).sum()
}
