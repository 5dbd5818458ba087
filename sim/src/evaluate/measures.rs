//! What is measured of a run, by the definitions of those who publish such figures, side by side.

use estimate::STANDING;
use optimizer::District;
use scenario::Demand;
use serde::Serialize;
use units::Millis;

use crate::world::World;

/// Faster than this it has started again, so that the next standstill is another stop, m/s.
const ROLLING: f32 = 1.5;
/// How often the papers look.
const LOOK: Millis = Millis(1_000);

/// The measures of one run.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Measures {
    /// Mean time on lanes that enter signalised junctions and on the crossings behind them, of
    /// vehicles that were seen on such a lane; seconds. Looked at once a second; whoever is there at
    /// the end counts until the end. This is nearest to what the papers on `CityFlow` call average
    /// travel time, as `docs/evaluate.md` shows; the last link and waiting to enter are not in it.
    pub lane_approach_s: f64,
    /// The same without the crossings: the letter of the papers' definition.
    pub on_lanes_s: f64,
    /// Mean time from when a vehicle was due until it arrived, or until the end; seconds. Waiting to
    /// enter is in it.
    pub travel_time_s: f64,
    /// Mean delay of a vehicle that was due: what it waited to enter, and what it lost on the road
    /// against its limit (SUMO's departure delay and time loss); seconds.
    pub delay_s: f64,
    /// Stops of a vehicle that has entered.
    pub stops: f64,
    /// Vehicles that have arrived.
    pub finished: f64,
    /// Vehicles that have passed a signalised junction: the papers' throughput.
    pub passed: f64,
    /// Vehicles whose time has come and that found no room until the end.
    pub never_inserted: f64,
    /// The longest time that anybody stood before a signal without moving, seconds.
    pub longest_stand_s: f64,
    /// The longest time that anybody stood before one signal in all, moving up in between; seconds.
    pub longest_wait_s: f64,
    /// Mean number of vehicles that stand.
    pub mean_queue: f64,
}

/// The names of the measures, as in files, in their order.
pub const NAMES: [&str; 11] = [
    "lane_approach_s",
    "on_lanes_s",
    "travel_time_s",
    "delay_s",
    "stops",
    "finished",
    "passed",
    "never_inserted",
    "longest_stand_s",
    "longest_wait_s",
    "mean_queue",
];

impl Measures {
    /// Every measure, in the order of [`NAMES`].
    #[must_use]
    pub fn all(&self) -> [f64; NAMES.len()] {
        [
            self.lane_approach_s,
            self.on_lanes_s,
            self.travel_time_s,
            self.delay_s,
            self.stops,
            self.finished,
            self.passed,
            self.never_inserted,
            self.longest_stand_s,
            self.longest_wait_s,
            self.mean_queue,
        ]
    }
}

/// A vehicle as it is followed.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    /// Whether it was ever seen, and ever on an approach; whether it has left one.
    is_seen: bool,
    was_before_signal: bool,
    has_passed: bool,
    is_stopped: bool,
    stops: u32,
    leg: u16,
    /// For how long it has stood without moving, and on this approach in all.
    stands: Millis,
    stood: Millis,
    max_speed: f32,
}

/// What a road is to the signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A lane before one.
    Approach,
    /// A path across a junction behind such a lane.
    Crossing,
    Other,
}

/// How many vehicles were seen at each look, in all but the last, and at the last.
#[derive(Clone, Copy, Debug, Default)]
struct Looks {
    before: u64,
    last: u64,
}

impl Looks {
    fn add(&mut self, there: u64) {
        self.before += std::mem::replace(&mut self.last, there);
    }
}

/// Keeps the measures up, step by step.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    /// For each road its limit, and what it is.
    limits: Vec<f32>,
    kinds: Vec<Kind>,
    tracks: Vec<Track>,
    /// Vehicle-looks on approaches without those of the last look, and vehicles ever seen there.
    lanes: Looks,
    crossings: Looks,
    ever: u64,
    /// Vehicle-time on the road, and what of it was lost, seconds.
    on_road: f64,
    lost: f64,
    longest_stand: Millis,
    longest_wait: Millis,
}

impl Meter {
    pub(super) fn new(world: &World, district: &District, demand: &Demand) -> Self {
        let network = &district.network;
        let roads = world.roads();
        let mut is_approach = vec![false; network.lanes().len()];
        for approach in district.junctions.iter().flat_map(|junction| &junction.approaches) {
            is_approach[approach.lane.index()] = true;
        }
        let kinds = roads.iter().map(|road| match (is_approach[road.lane.index()], road.to) {
            (true, None) => Kind::Approach,
            (true, Some(_)) => Kind::Crossing,
            (false, _) => Kind::Other,
        });
        let limits = roads.iter().map(|road| network.lane(road.lane).speed.0 as f32).collect();
        let mut tracks = Vec::with_capacity(demand.vehicles());
        for flow in &demand.flows {
            let max_speed = flow.vehicle.max_speed.0 as f32;
            let track = Track { max_speed, ..Track::default() };
            tracks.extend(std::iter::repeat_n(track, flow.vehicles()));
        }
        Self {
            kinds: kinds.collect(),
            limits,
            tracks,
            lanes: Looks::default(),
            crossings: Looks::default(),
            ever: 0,
            on_road: 0.0,
            lost: 0.0,
            longest_stand: Millis::ZERO,
            longest_wait: Millis::ZERO,
        }
    }

    /// Takes the world after a step.
    pub(super) fn observe(&mut self, world: &World) {
        let dt = world.step_length();
        let seconds = dt.as_secs_f64();
        let is_look = world.now().modulo(LOOK) == Millis::ZERO;
        let (mut waiting, mut crossing) = (0, 0);
        world.for_each_vehicle(|sighting| {
            let kind = self.kinds[sighting.road];
            let before_signal = kind == Kind::Approach;
            let track = &mut self.tracks[sighting.vehicle as usize];
            let leg = sighting.leg as u16;
            if !track.is_seen || track.leg != leg {
                (track.is_seen, track.leg, track.stood) = (true, leg, Millis::ZERO);
            }
            let stands = sighting.speed < STANDING;
            track.stops += u32::from(stands && !track.is_stopped);
            track.is_stopped = stands || (track.is_stopped && sighting.speed < ROLLING);
            if stands && before_signal {
                track.stands += dt;
                track.stood += dt;
                self.longest_stand = self.longest_stand.max(track.stands);
                self.longest_wait = self.longest_wait.max(track.stood);
            } else {
                track.stands = Millis::ZERO;
            }
            track.has_passed |= track.was_before_signal && !before_signal;
            if before_signal && is_look {
                waiting += 1;
                self.ever += u64::from(!std::mem::replace(&mut track.was_before_signal, true));
            }
            crossing += u64::from(kind == Kind::Crossing);
            let limit = self.limits[sighting.road].min(track.max_speed).max(STANDING);
            self.on_road += seconds;
            self.lost += seconds * f64::from((1.0 - sighting.speed / limit).max(0.0));
        });
        if is_look {
            self.lanes.add(waiting);
            self.crossings.add(crossing);
        }
    }

    /// What came of it.
    pub(super) fn measures(&self, world: &World) -> Measures {
        let summary = world.summary();
        let due = summary.due.max(1) as f64;
        let entered = self.tracks.iter().filter(|track| track.is_seen);
        let stops: u64 = entered.map(|track| u64::from(track.stops)).sum();
        // Between first seen and first gone lie as many looks as seconds; of one that is still there the
        // last look is the end itself.
        let time = |looks: u64| looks as f64 * LOOK.as_secs_f64() / self.ever.max(1) as f64;
        let waited = (summary.mean_travel_time_s * due - self.on_road).max(0.0);
        Measures {
            lane_approach_s: time(self.lanes.before + self.crossings.before),
            on_lanes_s: time(self.lanes.before),
            travel_time_s: summary.mean_travel_time_s,
            delay_s: (waited + self.lost) / due,
            stops: stops as f64 / summary.entered.max(1) as f64,
            finished: summary.finished as f64,
            passed: self.tracks.iter().filter(|track| track.has_passed).count() as f64,
            never_inserted: (summary.due - summary.entered) as f64,
            longest_stand_s: self.longest_stand.as_secs_f64(),
            longest_wait_s: self.longest_wait.as_secs_f64(),
            mean_queue: summary.mean_queue,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use engine::planned;
    use optimizer::Instants;
    use scenario::generate;
    use units::{JunctionId, LaneId};

    use super::*;
    use crate::run::Lights;
    use crate::world::{Model, Settings};
    use units::Moment;

    /// What the papers keep: of each junction and vehicle when it was first seen on an entering lane,
    /// and when first gone.
    #[derive(Default)]
    struct Paper {
        times: BTreeMap<(JunctionId, u32), (u32, Option<u32>)>,
        before: BTreeSet<(JunctionId, u32)>,
    }

    impl Paper {
        fn look(&mut self, second: u32, now: BTreeSet<(JunctionId, u32)>) {
            for &key in &now {
                self.times.entry(key).or_insert((second, None));
            }
            for key in self.before.difference(&now) {
                if let Some(times) = self.times.get_mut(key) {
                    times.1 = Some(second);
                }
            }
            self.before = now;
        }

        fn mean(&self, end: u32) -> f64 {
            let mut sums: BTreeMap<u32, u32> = BTreeMap::new();
            for (&(_, vehicle), &(enter, leave)) in &self.times {
                *sums.entry(vehicle).or_default() += leave.unwrap_or(end) - enter;
            }
            f64::from(sums.values().sum::<u32>()) / sums.len() as f64
        }
    }

    #[test]
    fn the_time_on_lanes_is_that_of_the_papers_bookkeeping() {
        for (model, seconds) in [(Model::CityFlow, 700), (Model::Urban, 301)] {
            let (site, demand) = generate::district(4, 3, 2);
            let network = site.network.clone();
            let of = |signal| planned::of_site(&network, signal, Instants::Any);
            let junctions = site.signals.iter().map(of).collect();
            let district = District { network: network.clone(), junctions };
            let settings = Settings { model, ..Settings::default() };
            let mut world =
                World::with_settings(network.clone(), &site.signals, &[], &demand, &settings);
            let mut lights = Lights::new(&site.signals);
            let mut meter = Meter::new(&world, &district, &demand);
            let mut paper = Paper::default();
            let entering: Vec<(JunctionId, LaneId)> = site
                .signals
                .iter()
                .zip(&district.junctions)
                .flat_map(|(signal, junction)| {
                    junction.approaches.iter().map(|approach| (signal.junction, approach.lane))
                })
                .collect();
            while world.now() < Millis::from_secs(seconds) {
                let end = Moment::ORIGIN + world.now() + world.step_length();
                lights.show(&mut world, end);
                world.step();
                meter.observe(&world);
                if world.now().modulo(LOOK) == Millis::ZERO {
                    let second = (world.now().0 / LOOK.0) as u32;
                    let there = entering.iter().flat_map(|&(junction, lane)| {
                        world.vehicles(lane).map(move |seen| (junction, seen.vehicle))
                    });
                    paper.look(second, there.collect());
                }
            }
            let got = meter.measures(&world).on_lanes_s;
            let expected = paper.mean(seconds as u32);
            assert!(expected > 30.0, "{model:?}: {expected}: nobody drove");
            assert!((got - expected).abs() < 1e-9, "{model:?}: {got}, not {expected}");
        }
    }

    #[test]
    fn who_stands_before_a_red_light_waits_and_who_moves_up_waits_on() {
        let (site, demand) = generate::arterial(2, 2);
        let network = site.network.clone();
        let of = |signal| planned::of_site(&network, signal, Instants::Any);
        let district =
            District { network: network.clone(), junctions: site.signals.iter().map(of).collect() };
        let mut world = World::new(network.clone(), &site.signals, &[], &demand);
        let mut meter = Meter::new(&world, &district, &demand);
        // All lamps are red from the begin.
        while world.now() < Millis::from_secs(240) {
            world.step();
            meter.observe(&world);
        }
        let measures = meter.measures(&world);
        assert_eq!(measures.longest_stand_s.to_bits(), measures.longest_wait_s.to_bits());
        assert!((100.0..240.0).contains(&measures.longest_stand_s), "{measures:?}");
        assert!(measures.delay_s > 50.0 && measures.delay_s < measures.travel_time_s);
        assert!(measures.stops > 0.5 && measures.mean_queue > 5.0, "{measures:?}");
    }
}
