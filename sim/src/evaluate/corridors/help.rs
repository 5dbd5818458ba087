//! Who helps an emergency vehicle at the signals, and how.

use corridor::{
    Change, Class, Clearing, CorridorId, Corridors, Grant, Incident, Level, Progress, Request,
    Roads, Shown, Signal, Signals, Traffic,
};
use engine::constraint;
use estimate::Sight;
use network::Network;
use optimizer::{Scene, Showing};
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment, StageId};

use super::trips::Trip;
use super::{CorridorPlan, Ground};
use crate::world::World;

/// How a vehicle is helped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Help {
    /// Not at all: it is one more vehicle to the controller.
    Nobody,
    /// Each junction by itself, first come first served: it demands the stage that lets the vehicle go
    /// from when it sees it until it has passed.
    Local,
    /// A corridor, asked of the junctions by its schedule's own rule.
    Rule,
    /// A corridor, as a constraint of the search that decides for everybody.
    Search,
}

impl Help {
    /// Those that are a corridor, with their names on the command line.
    pub const CORRIDORS: &'static [(&'static str, Self)] =
        &[("search", Self::Search), ("rule", Self::Rule)];
}

/// Who looks on each second, and may demand stages.
pub(super) trait Helper {
    /// Looks before it is decided; what is to be clear goes into the scene.
    fn look(&mut self, world: &World, scene: &mut Scene);

    /// The stage that a junction is demanded, whatever the controller says.
    fn stage(&self, junction: usize) -> Option<usize>;

    /// Looks after a step of the world.
    fn observe(&mut self, world: &World);
}

/// Nobody helps, nobody looks.
pub(super) struct Nobody;

impl Helper for Nobody {
    fn look(&mut self, _: &World, _: &mut Scene) {}

    fn stage(&self, _: usize) -> Option<usize> {
        None
    }

    fn observe(&mut self, _: &World) {}
}

/// What is known of a vehicle, a second late and wrong by some metres.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) link: LinkId,
    pub(super) offset: f64,
    pub(super) speed: f64,
    pub(super) at: Millis,
}

/// The help that a run gets.
pub(super) enum Helping {
    Nobody,
    Local(Vec<Option<usize>>),
    Corridors(Box<Dispatch>),
}

impl Helping {
    pub(super) fn new(help: Help, ground: &Ground) -> Self {
        match help {
            Help::Nobody => Self::Nobody,
            Help::Local => Self::Local(vec![None; ground.signals.len()]),
            Help::Rule => Self::Corridors(Box::new(Dispatch::new(ground, false))),
            Help::Search => Self::Corridors(Box::new(Dispatch::new(ground, true))),
        }
    }

    pub(super) fn stage(&self, junction: usize) -> Option<usize> {
        match self {
            Self::Nobody => None,
            Self::Local(stages) => stages[junction],
            Self::Corridors(dispatch) => dispatch.demands.get(junction).copied().flatten(),
        }
    }
}

/// The corridors of a run.
pub(super) struct Dispatch {
    corridors: Corridors,
    searches: bool,
    open: Vec<Option<CorridorId>>,
    demands: Vec<Option<usize>>,
}

impl Dispatch {
    fn new(ground: &Ground, searches: bool) -> Self {
        let signal = |site: &scenario::SignalSite| Signal {
            layout: site.layout.clone(),
            movement_groups: site.movement_groups.clone(),
        };
        let signals = ground.signals.iter().map(signal).collect();
        let signals = Signals::new(ground.network(), signals);
        let corridors = Corridors::new(ground.district.network.clone(), signals);
        let demands = vec![None; ground.signals.len()];
        Self { corridors, searches, open: Vec::new(), demands }
    }

    /// Asks for a corridor for each trip.
    pub(super) fn ask(
        &mut self,
        ground: &Ground,
        plan: &CorridorPlan,
        trips: &[Trip],
        scene: &Scene,
    ) {
        let grant = Grant::everything("dispatch", u32::MAX);
        let now = moment(scene.time);
        for (number, trip) in trips.iter().enumerate() {
            let request = Request {
                key: number.to_string(),
                vehicle: number.to_string(),
                class: Class::Ambulance,
                level: Level::default(),
                incident: Incident::Medical,
                origin: trip.origin(),
                destination: trip.destination(ground),
                speed: plan.speed,
                departs_in: plan.notice + trip.later,
                expires_in: corridor::LASTS_MAX,
                is_drill: false,
            };
            let traffic = Seen { ground, scene };
            let answer = self.corridors.ask(now, &request, &grant, &traffic);
            self.open.push(answer.ok().map(|answer| answer.id));
        }
    }

    /// Another second: `told` is what is newly known of each vehicle.
    pub(super) fn step(
        &mut self,
        ground: &Ground,
        deviation: Metres,
        told: &[Option<Told>],
        scene: &mut Scene,
    ) {
        let now = moment(scene.time);
        {
            let traffic = Seen { ground, scene };
            for (id, told) in self.open.iter().zip(told) {
                let (Some(id), Some(told)) = (id, told) else { continue };
                let place = corridor::Place { link: told.link, offset: Metres(told.offset) };
                let (speed, at) = (MetresPerSecond(told.speed), moment(told.at));
                let progress = Progress { place, speed, deviation, at };
                // One that has ended hears nothing any more.
                let _ = self.corridors.change(now, *id, &Change::Progress(progress), &traffic);
            }
            self.corridors.step(now, &traffic);
        }
        self.corridors.take_events();
        self.demands.fill(None);
        for clearing in self.corridors.clearings() {
            if self.searches {
                scene.clearings.push(constraint(clearing, now));
            } else if clearing.is_due && self.demands[clearing.signal].is_none() {
                let shown = scene.signals[clearing.signal];
                self.demands[clearing.signal] = Some(stage(clearing, shown));
            } else if let Some(before) = clearing.before {
                self.demands[clearing.signal].get_or_insert(before.index());
            }
        }
    }
}

/// The stage that a clearing demands: one that lets the vehicle go and runs already, else the best.
fn stage(clearing: &Clearing, shown: Showing) -> usize {
    let running = match shown {
        Showing::Stage { stage, .. } | Showing::Change { to: stage, .. } => Some(stage),
        Showing::Unknown => None,
    };
    let mut each = clearing.stages.iter().map(|stage| stage.index());
    running.filter(|&stage| each.any(|one| one == stage)).unwrap_or(clearing.stages[0].index())
}

pub(super) fn moment(time: Millis) -> Moment {
    Moment::ORIGIN + time
}

/// What is seen of the street, as corridors ask for it.
struct Seen<'s> {
    ground: &'s Ground,
    scene: &'s Scene,
}

impl Roads for Seen<'_> {
    fn delay(&self, _: LinkId) -> Option<Millis> {
        Some(Millis::ZERO)
    }
}

impl Traffic for Seen<'_> {
    fn shown(&self, signal: usize) -> Shown {
        match self.scene.signals.get(signal) {
            None | Some(Showing::Unknown) => Shown::Unknown,
            Some(&Showing::Stage { stage, elapsed }) => {
                Shown::Stage { stage: StageId::from_index(stage), elapsed }
            }
            Some(&Showing::Change { from, to, elapsed }) => {
                let whole = self.ground.district.junctions[signal].clearance(from, to);
                Shown::Change { to: StageId::from_index(to), left: whole - elapsed }
            }
        }
    }

    fn queue(&self, link: LinkId, to: LinkId, within: Metres) -> f64 {
        let network: &Network = self.ground.network();
        let Some(movement) = network.movement_between(link, to) else { return 0.0 };
        let lanes = network.movement(movement).connections.iter();
        let lanes = lanes.map(|one| network.lane_at(link, one.from_lane));
        let count = lanes.map(|lane| before(&self.scene.lanes[lane.index()], within));
        count.fold(0.0, f64::max)
    }
}

/// How many vehicles are before a stop line, within so many metres of it.
fn before(sight: &Sight, within: Metres) -> f64 {
    match sight {
        Sight::Unknown | Sight::Loops(_) => 0.0,
        Sight::Counted { count, .. } => f64::from(*count),
        Sight::Vehicles { seen, .. } => {
            seen.iter().filter(|one| f64::from(one.distance) + 3.0 < within.0).count() as f64
        }
    }
}
