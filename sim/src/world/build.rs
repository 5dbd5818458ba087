//! How a world is put together: tracks, and the regions that hold them.

use std::sync::Arc;

use network::Network;
use scenario::{Demand, DetectorSite, SignalSite};
use units::{JunctionId, LinkId, Millis};

use super::detect::Sensors;
use super::drive::Next;
use super::enter::first_due;
use super::incident::Incidents;
use super::mixed::Mixed;
use super::region::{Gate, Home, NO_TAIL, Region, Track};
use super::roster::{Queue, Roster};
use super::settings::Settings;
use super::signals::Signals;
use super::stalled::Stalls;
use super::tracks::{SHARED, Tracks};
use super::walkers::Walkers;
use super::wave::{Wave, way_a_step};
use super::{Scratches, World};

/// Junctions of a region: with their vehicles they stay in the second-level cache while it is driven.
const JUNCTIONS_A_REGION: usize = 40;
/// Regions for each thread, at least: enough that none waits long for another.
const REGIONS_A_THREAD: usize = 4;
/// More threads than this gain nothing on any machine that a cabinet has.
const THREADS_MAX: usize = 64;

impl World {
    /// A world at time zero, empty, all red.
    #[must_use]
    pub fn with_settings(
        network: Arc<Network>,
        signals: &[SignalSite],
        detectors: &[DetectorSite],
        demand: &Demand,
        settings: &Settings,
    ) -> Self {
        let threads = settings.threads.clamp(1, THREADS_MAX);
        let tracks = Tracks::new(&network, signals, settings.model, settings.weather.factors());
        let (roster, queues) = Roster::new(&network, demand, settings);
        let spread = if threads == 1 { 1 } else { threads * REGIONS_A_THREAD };
        let count = tracks.junctions.div_ceil(JUNCTIONS_A_REGION).max(spread);
        let (mut regions, homes) = regions(&network, &tracks, queues, count);
        for (own, region) in regions.iter_mut().enumerate() {
            region.sensors = Sensors::new(&network, &tracks, detectors, &homes, own);
        }
        let pool = (threads > 1).then(|| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.ok().map(Arc::new)
        });
        let fastest = way_a_step(&tracks, &roster.kinds, settings.model, 0.0);
        let wave = Wave::new(&regions, &tracks, fastest);
        let nexts = vec![Next::default(); regions.len()];
        let mut dues: Vec<u32> = roster.dues().collect();
        dues.sort_unstable();
        Self {
            settings: *settings,
            stalls: Stalls::default(),
            mixed: Mixed::new(&network, &tracks, &roster),
            walkers: Walkers::new(&network, signals, demand, &tracks),
            signals: Signals::new(signals, &tracks, settings.model),
            incidents: Incidents::new(tracks.lanes.len()),
            occupied: vec![0; tracks.junctions],
            detectors: Sensors::places(&regions, detectors.len()),
            scratch: Scratches::new(threads),
            pool: pool.flatten(),
            has_emergency: roster.has_emergency(),
            tracks,
            homes,
            roster,
            regions,
            nexts,
            wave,
            network,
            dues,
            step: 0,
            now: Millis::ZERO,
            standing: 0,
        }
    }
}

/// Junctions shared out in the order of their numbers, near ones together; each brings the links that
/// end there and the paths across it.
fn regions(
    network: &Network,
    tracks: &Tracks,
    mut queues: Vec<Vec<Queue>>,
    count: usize,
) -> (Vec<Region>, Vec<Home>) {
    let count = count.min(tracks.junctions).max(1);
    let mut paths = vec![Vec::new(); tracks.junctions];
    for (index, path) in tracks.paths.iter().enumerate() {
        paths[path.junction as usize].push(tracks.of_path(index as u32) as u32);
    }
    let mut homes = vec![Home { region: 0, local: 0 }; tracks.count()];
    let mut regions = vec![Region::default(); count];
    for (junction, paths) in paths.iter().enumerate() {
        let number = junction * count / tracks.junctions.max(1);
        let region = &mut regions[number];
        let at = region.occupied.len() as u32;
        let mut add = |region: &mut Region, track: u32| {
            let local = region.tracks.len() as u32;
            homes[track as usize] = Home { region: number as u32, local };
            let (length, limit) = (tracks.length(track as usize), tracks.limit(track as usize));
            let path = (track as usize).checked_sub(tracks.lanes.len());
            region.tracks.push(match path {
                None => Track::lane(track, length, limit, at),
                Some(path) => Track::path(track, length, limit, at, tracks.paths[path].place),
            });
        };
        for &link in &network.junction(JunctionId::from_index(junction)).incoming {
            let row = &tracks.links[link.index()];
            let waiting = std::mem::take(&mut queues[link.index()]);
            region.links.push(gate(region, link, tracks));
            region.dues.push(first_due(&waiting));
            region.waiting.push(waiting);
            (row.first_lane..row.first_lane + row.lanes).for_each(|lane| add(region, lane));
        }
        if paths.len() > SHARED {
            region.crowded.push(at);
        }
        region.occupied.push((junction as u32, 0));
        paths.iter().for_each(|&path| add(region, path));
    }
    for region in &mut regions {
        region.begin = vec![0; region.tracks.len() + 1];
        region.tails = vec![NO_TAIL; region.tracks.len()];
        region.asleep = vec![false; region.tracks.len()];
    }
    join(tracks, &mut regions, &homes);
    (regions, homes)
}

/// Tells each region where its vehicles may go within a step, and from where others may come.
fn join(tracks: &Tracks, regions: &mut [Region], homes: &[Home]) {
    for (index, path) in (0_u32..).zip(&tracks.paths) {
        let track = homes[tracks.of_path(index)].region;
        for (from, to) in [
            (homes[path.from_lane as usize].region, track),
            (track, homes[path.to_lane as usize].region),
        ] {
            let targets = &mut regions[from as usize].targets;
            if !targets.contains(&to) {
                targets.push(to);
            }
        }
    }
    for own in 0..regions.len() {
        regions[own].targets.sort_unstable();
        for (slot, target) in (0_u32..).zip(regions[own].targets.clone()) {
            regions[target as usize].sources.push((own as u32, slot));
        }
    }
}

fn gate(region: &Region, link: LinkId, tracks: &Tracks) -> Gate {
    let row = &tracks.links[link.index()];
    let mut shares = [0_u16; 2];
    for lane in &tracks.lanes[row.first_lane as usize..][..row.lanes as usize] {
        for (set, shares) in shares.iter_mut().zip(lane.shares) {
            *set |= u16::from(shares) << lane.index;
        }
    }
    Gate { link: link.0, first: region.tracks.len() as u32, lanes: row.lanes, shares }
}
