//! The world: vehicles on lanes and across junctions, signals, detectors.
//!
//! Terms. A *track* is a lane or a path across a junction. A *region* holds the tracks of some
//! junctions and their vehicles; small enough that it stays in a cache while one thread works on it.
//! A step has two halves: each driver looks at the state before the step and drives (`drive`); then
//! each region puts its next state together (`advance`). Nothing in a half depends on its order, so
//! regions may be shared out to threads, or follow one another in a wave on one: the same seed gives
//! the same bytes for any number of threads.
//!
//! `docs/simulation.md` says which models these are, and how far they can be trusted.

mod advance;
mod ahead;
mod build;
mod camera;
mod chance;
mod change;
mod cityflow;
mod detect;
mod drive;
mod enter;
mod entry;
mod exchange;
mod follow;
mod further;
mod geometry;
mod incident;
mod inside;
mod kind;
mod mixed;
mod place;
mod plate;
mod position;
mod region;
mod ring;
mod roster;
mod send;
mod settings;
mod signals;
mod stalled;
mod summary;
mod sumo;
mod tracker;
mod tracks;
mod turns;
mod view;
mod walkers;
mod wave;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use network::Network;
use rayon::prelude::*;
use scenario::{Demand, DetectorSite, SignalSite};
use signal::Aspect;
use units::{GroupId, LaneId, Millis};

pub use camera::{Cameras, Passage, Passages};
pub use detect::DetectorState;
pub use incident::{Blocked, Incident};
pub use place::Placed;
pub use plate::{Plate, PlateColour};
pub use position::{PositionReport, Positions};
pub use ring::Ring;
pub use scenario::SensorNoise;
pub use settings::{Model, Settings, Weather};
pub use summary::WorldSummary;
pub use tracker::{LaneTrack, LengthClass, TrackedObject};
pub use view::{Road, Sighting};
pub use walkers::WalkerSummary;

use advance::Scene;
use drive::Next;
use region::{Home, Region, Scratch, Street};
use roster::Roster;
use signals::Signals;
use stalled::{Stalls, Which};
use tracks::Tracks;
use walkers::Walkers;
use wave::Wave;

/// The step of the world where nothing else is chosen.
pub const STEP: Millis = Millis(500);

/// A vehicle as the world shows it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Seen {
    /// Its number in the demand: flows in their order, each by time.
    pub vehicle: u32,
    /// Its front, metres from the begin of its lane.
    pub position: f32,
    /// Metres a second.
    pub speed: f32,
    /// From bumper to bumper, metres.
    pub length: f32,
}

/// The world.
#[derive(Clone, Debug)]
pub struct World {
    network: Arc<Network>,
    settings: Settings,
    tracks: Tracks,
    homes: Vec<Home>,
    roster: Roster,
    signals: Signals,
    incidents: incident::Incidents,
    stalls: Stalls,
    mixed: mixed::Mixed,
    walkers: Walkers,
    regions: Vec<Region>,
    nexts: Vec<Next>,
    wave: Wave,
    occupied: Vec<u128>,
    /// For each detector of the site its region and its row there.
    detectors: Vec<(u32, u32)>,
    scratch: Scratches,
    /// All vehicles by the time they are due, milliseconds.
    dues: Vec<u32>,
    has_emergency: bool,
    pool: Option<Arc<rayon::ThreadPool>>,
    step: u32,
    now: Millis,
    standing: u64,
}

impl World {
    /// A world at time zero, empty, all red, with [`Settings::default`].
    #[must_use]
    pub fn new(
        network: Arc<Network>,
        signals: &[SignalSite],
        detectors: &[DetectorSite],
        demand: &Demand,
    ) -> Self {
        Self::with_settings(network, signals, detectors, demand, &Settings::default())
    }

    /// What the groups of a signal show from now on.
    pub fn set_aspects(&mut self, signal: usize, aspects: &[Aspect]) {
        self.signals.set(signal, aspects, self.step);
    }

    /// How well its sensors see.
    #[must_use]
    pub fn noise(&self) -> &SensorNoise {
        &self.settings.noise
    }

    /// Sets how well its sensors see from now on.
    pub fn set_noise(&mut self, noise: &SensorNoise) {
        self.settings.noise = *noise;
    }

    /// Adds an incident.
    pub fn add_incident(&mut self, incident: Incident) {
        let (from, until) = (incident.from, incident.until);
        match incident.blocked {
            Blocked::Vehicle(vehicle) => self.stalls.add(Which::Vehicle(vehicle), from, until),
            Blocked::NextVehicle(lane, at) => self.stalls.add(Which::Next(lane, at), from, until),
            Blocked::Lane(..) | Blocked::Link(..) => self.incidents.add(incident),
        }
    }

    /// The time in the world.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// The length of its step.
    #[must_use]
    pub fn step_length(&self) -> Millis {
        self.settings.model.step()
    }

    /// One step.
    pub fn step(&mut self) {
        self.step += 1;
        self.now += self.step_length();
        self.free_stalled();
        self.incidents.update(self.now, &self.network);
        self.update_stalls();
        if self.walkers.is_any() {
            let mut walkers = std::mem::take(&mut self.walkers);
            walkers.step(&self.street(&self.regions), self.now);
            self.walkers = walkers;
        }
        let mut regions = std::mem::take(&mut self.regions);
        let mut nexts = std::mem::take(&mut self.nexts);
        match self.pool.as_deref() {
            Some(pool) => self.step_on(pool, &mut regions, &mut nexts),
            None => self.step_in_waves(&mut regions, &mut nexts),
        }
        for region in &mut regions {
            for at in region.crossed.drain(..) {
                let (junction, paths) = region.occupied[at as usize];
                self.occupied[junction as usize] = paths;
            }
            self.standing += region.standing;
        }
        (self.regions, self.nexts) = (regions, nexts);
        debug_assert!(self.is_conserved(), "at {} vehicles came or went unseen", self.now);
    }

    /// A step on several threads: all regions are driven, then all are put together.
    fn step_on(&self, pool: &rayon::ThreadPool, regions: &mut [Region], nexts: &mut [Next]) {
        let street = self.street(regions);
        self.scratch.share(pool, nexts, |own, next, scratch| {
            next.drive(&street, own, &self.roster, self.now.0, scratch);
        });
        let scene = self.scene(nexts);
        self.scratch.share(pool, regions, |own, region, scratch| {
            region.advance(&scene, own, scratch);
        });
    }

    /// A step on one thread; see [`wave`].
    fn step_in_waves(&self, regions: &mut [Region], nexts: &mut [Next]) {
        let mut scratch = self.scratch.own(0);
        for driven in 0..regions.len() {
            let (street, next) = (self.street(regions), &mut nexts[driven]);
            next.motion = scratch.motions.pop().unwrap_or_default();
            next.drive(&street, driven, &self.roster, self.now.0, &mut scratch);
            debug_assert!(next.far.is_empty() || self.wave.is_far, "somebody is too fast");
            for own in self.wave.ready(driven) {
                regions[own].advance(&self.scene(nexts), own, &mut scratch);
                scratch.motions.push(std::mem::take(&mut nexts[own].motion));
            }
        }
    }

    /// What was measured of the people who walk.
    #[must_use]
    pub fn walkers(&self) -> WalkerSummary {
        self.walkers.summary()
    }

    /// The pedestrian groups for which somebody waits, each with the number of its signal: who pushes
    /// the button.
    pub fn walker_calls(&self) -> impl Iterator<Item = (usize, GroupId)> {
        self.walkers.calls()
    }

    /// Who waits to walk by each pedestrian group, where anybody does: the number of its signal, the
    /// group, how many, and when the first of them came.
    pub fn walkers_waiting(&self) -> impl Iterator<Item = (usize, GroupId, u32, Millis)> {
        self.walkers.waiting()
    }

    /// On how many crossings a vehicle moves over the half on which somebody walks: none, where all
    /// can stop.
    #[must_use]
    pub fn walkers_driven_at(&self) -> usize {
        self.walkers.met(&self.street(&self.regions))
    }

    /// What does not change while regions are put together.
    fn scene<'a>(&'a self, nexts: &'a [Next]) -> Scene<'a> {
        Scene {
            tracks: &self.tracks,
            roster: &self.roster,
            settings: &self.settings,
            signals: &self.signals,
            obstacles: &self.incidents.obstacles,
            nexts,
            has_emergency: self.has_emergency,
            mixed: &self.mixed,
            step: self.step,
            dt: self.step_length().as_secs_f32(),
            now: u32::try_from(self.now.0).unwrap_or(u32::MAX),
        }
    }

    /// What drivers see.
    fn street<'a>(&'a self, regions: &'a [Region]) -> Street<'a> {
        Street {
            tracks: &self.tracks,
            homes: &self.homes,
            regions,
            kinds: &self.roster.kinds,
            roster: &self.roster,
            signals: &self.signals,
            occupied: &self.occupied,
            has_obstacles: self.incidents.is_any() || self.stalls.is_any(),
            obstacles: &self.incidents.obstacles,
            walkers: &self.walkers,
            stalls: &self.stalls,
            mixed: &self.mixed,
            settings: &self.settings,
            step: self.step,
            dt: self.step_length().as_secs_f32(),
        }
    }

    /// What a detector of the site says.
    #[must_use]
    pub fn detector(&self, detector: usize) -> DetectorState {
        let (region, row) = self.detectors[detector];
        self.regions[region as usize].sensors.state(row as usize)
    }

    /// What the detectors say, in the order of the site.
    pub fn detectors(&self) -> impl Iterator<Item = DetectorState> {
        (0..self.detectors.len()).map(|detector| self.detector(detector))
    }

    /// Fronts and speeds of the vehicles on a lane, from its stop line backwards.
    pub fn lane(&self, lane: LaneId) -> impl Iterator<Item = (f64, f64)> {
        self.vehicles(lane).map(|seen| (f64::from(seen.position), f64::from(seen.speed)))
    }

    /// The vehicles on a lane, from its stop line backwards.
    pub fn vehicles(&self, lane: LaneId) -> impl Iterator<Item = Seen> {
        self.on_track(lane.index())
    }

    /// The vehicles that cross junctions, path by path: the lanes that the path joins, its length in
    /// metres, and a vehicle whose position is counted from its begin.
    pub fn crossing(&self) -> impl Iterator<Item = (LaneId, LaneId, f32, Seen)> {
        (0_u32..).zip(&self.tracks.paths).flat_map(|(path, row)| {
            let on = self.on_track(self.tracks.of_path(path));
            on.map(|seen| (LaneId(row.from_lane), LaneId(row.to_lane), row.length, seen))
        })
    }

    fn on_track(&self, track: usize) -> impl Iterator<Item = Seen> {
        let home = self.homes[track];
        let region = &self.regions[home.region as usize];
        region.range(home.local as usize).map(move |place| {
            let tag = region.columns.tag[place];
            Seen {
                vehicle: tag.vehicle,
                position: region.columns.position[place],
                speed: region.columns.speed[place],
                length: self.roster.kinds[usize::from(tag.kind)].length,
            }
        })
    }
}

/// A [`Scratch`] for each thread.
#[derive(Debug)]
struct Scratches(Vec<Mutex<Scratch>>);

impl Scratches {
    fn new(threads: usize) -> Self {
        Self((0..threads).map(|_| Mutex::default()).collect())
    }

    /// A thread's own. Nobody else ever holds it; what is in it is written before it is read.
    fn own(&self, thread: usize) -> MutexGuard<'_, Scratch> {
        self.0[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a thing for every item on a pool.
    fn share<T: Send>(
        &self,
        pool: &rayon::ThreadPool,
        items: &mut [T],
        work: impl Fn(usize, &mut T, &mut Scratch) + Sync + Send,
    ) {
        let work = |(index, item): (usize, &mut T)| {
            let mut scratch = self.own(rayon::current_thread_index().unwrap_or(0));
            work(index, item, &mut scratch);
        };
        pool.install(|| items.par_iter_mut().enumerate().for_each(work));
    }
}

impl Clone for Scratches {
    fn clone(&self) -> Self {
        Self::new(self.0.len())
    }
}
