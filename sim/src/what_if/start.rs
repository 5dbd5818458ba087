//! From a picture to where a street starts: stages to cabinets, queues and counts to vehicles.

use engine::picture::{JunctionPicture, LanePicture, Picture};
use network::Network;
use scenario::{Demand, Site, VehicleType};
use units::{LaneId, LinkId, Metres, Millis, StageId};

use super::change::Change;
use super::demand::{Shares, drawn};
use crate::random::Random;
use crate::street::{Begun, Start};
use crate::world::{Placed, Settings};

/// The first of a queue stands so far from its stop line, metres.
const FROM_LINE: f64 = 1.0;
/// Whoever is not in the queue drives at least so fast, m/s: slower would count as queueing.
const ROLLS: f64 = 1.5;
/// Braking from which those behind a queue choose their speed, m/s².
const BRAKE: f64 = 2.0;

/// Where the street of `site` starts.
///
/// # Errors
/// Every lane, junction and stage of the picture that the site does not have, and every lane that has
/// not the room for its vehicles.
pub(super) fn of(
    picture: &Picture,
    site: &Site,
    demand: &Demand,
    change: Option<&Change>,
    seed: u64,
) -> Result<Start, Vec<String>> {
    let mut problems = Vec::new();
    let cabinets = cabinets(picture, site, &mut problems);
    let shares = Shares::new(picture, site);
    let mut placed = Vec::new();
    for lane in &picture.lanes {
        let Some(id) = site.network.lane_named(&lane.name) else {
            problems.push(format!("picture.lanes: the site has no lane {:?}", lane.name));
            continue;
        };
        let mut luck = Random::new(seed ^ (u64::from(id.0) << 32) ^ 0x5a5a);
        let driver = || driver(&site.network, demand, &shares, id, &mut luck);
        match file(&site.network, id, lane, driver) {
            Ok(file) => placed.extend(file),
            Err(why) => problems.push(why),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let weather = change.map(|change| change.weather).unwrap_or_default();
    Ok(Start {
        cabinets,
        placed,
        incidents: change.map(|change| change.incidents.clone()).unwrap_or_default(),
        world: Settings { weather, seed, ..Settings::default() },
    })
}

fn cabinets(picture: &Picture, site: &Site, problems: &mut Vec<String>) -> Vec<Begun> {
    let mut begun = vec![Begun::default(); site.signals.len()];
    for junction in &picture.junctions {
        let of = |signal: &scenario::SignalSite| {
            site.network.junction(signal.junction).name == junction.name
        };
        let Some(index) = site.signals.iter().position(of) else {
            problems.push(format!(
                "picture.junctions: no junction {:?} of the site has signals",
                junction.name
            ));
            continue;
        };
        match stages(junction, &site.signals[index].layout) {
            Ok(at) => begun[index] = at,
            Err(why) => problems.push(why),
        }
    }
    begun
}

fn stages(junction: &JunctionPicture, layout: &signal::Layout) -> Result<Begun, String> {
    let id = |number: Option<u16>| match number {
        None => Ok(None),
        Some(number) => {
            let id = number.checked_sub(1).and_then(|id| u8::try_from(id).ok()).map(StageId);
            let id = id.filter(|&id| layout.has_stage(id));
            id.map(Some)
                .ok_or(format!("picture.junctions: {} has no stage {number}", junction.name))
        }
    };
    Ok(Begun {
        stage: id(junction.stage)?,
        next: id(junction.next)?,
        elapsed: Millis::from_secs_f64(junction.elapsed_s.max(0.0)),
        commanded: !["local", "fault"].contains(&junction.control.as_str()),
    })
}

/// The vehicles of one lane: the queue from its stop line backwards, the others spread out behind it.
fn file(
    network: &Network,
    lane: LaneId,
    picture: &LanePicture,
    mut driver: impl FnMut() -> (Vec<LinkId>, VehicleType),
) -> Result<Vec<Placed>, String> {
    let queue = picture.queue.unwrap_or(0.0).round().max(0.0);
    let others = (picture.vehicles.unwrap_or(queue).round() - queue).max(0.0);
    let row = network.link(network.lane(lane).link);
    let length = row.length.0;
    // Every car that there is room for is fewer than this: a slip of the hand must not fill memory.
    if (queue + others) * 3.0 > length + 3.0 {
        return Err(refusal(picture, queue + others, length));
    }
    let mut drivers: Vec<(Vec<LinkId>, VehicleType)> =
        (0..(queue + others) as usize).map(|_| driver()).collect();
    let jam = |vehicle: &VehicleType| vehicle.length.0 + vehicle.min_gap.0;
    let needs = |drivers: &[(Vec<LinkId>, VehicleType)]| -> f64 {
        FROM_LINE + drivers.iter().map(|(_, vehicle)| jam(vehicle)).sum::<f64>()
    };
    if needs(&drivers) > length {
        // With as many long vehicles as were drawn there is no room: they were cars.
        drivers.iter_mut().for_each(|(_, vehicle)| *vehicle = VehicleType::default());
    }
    if needs(&drivers) > length {
        return Err(refusal(picture, queue + others, length));
    }
    let spare = (length - needs(&drivers)) / others.max(1.0);
    let mut at = length - FROM_LINE;
    let tail = at - drivers[..queue as usize].iter().map(|(_, v)| jam(v)).sum::<f64>();
    let mut placed = Vec::new();
    for (number, (route, vehicle)) in drivers.into_iter().enumerate() {
        let moves = number >= queue as usize;
        if moves {
            at -= spare / 2.0;
        }
        let room = spare / vehicle.headway_s.max(0.5);
        let stops = (2.0 * BRAKE * (tail - at).max(0.0)).sqrt();
        let top = row.speed.0.min(vehicle.max_speed.0);
        let speed = if moves { room.min(stops).clamp(ROLLS, top.max(ROLLS)) } else { 0.0 };
        placed.push(Placed { lane, position: Metres(at), speed, route, vehicle });
        at -= jam(&vehicle) + if moves { spare / 2.0 } else { 0.0 };
    }
    Ok(placed)
}

fn refusal(picture: &LanePicture, vehicles: f64, length: f64) -> String {
    format!("lane {}: {vehicles} vehicles do not fit on {length} m", picture.name)
}

/// Who may be on a lane: somebody of the demand whose way leads over it, else a car on a way drawn by
/// the turn shares.
fn driver(
    network: &Network,
    demand: &Demand,
    shares: &Shares<'_>,
    lane: LaneId,
    luck: &mut Random,
) -> (Vec<LinkId>, VehicleType) {
    let link = network.lane(lane).link;
    let leads = |next: LinkId| {
        let movements = network.lane_movements(lane).iter();
        movements.map(|&id| network.movement(id).to).any(|to| to == next)
    };
    let mut found = Vec::new();
    for (index, flow) in demand.flows.iter().enumerate() {
        let Some(leg) = flow.route.iter().position(|&l| l == link) else { continue };
        if flow.route.get(leg + 1).is_none_or(|&next| leads(next)) {
            found.push(((index, leg), flow.vehicles() as f64));
        }
    }
    match drawn(&found, luck) {
        Some((index, leg)) => {
            let flow = &demand.flows[index];
            (flow.route[leg..].to_vec(), flow.vehicle)
        }
        None => (shares.way(network, link, Some(lane), luck), VehicleType::default()),
    }
}
