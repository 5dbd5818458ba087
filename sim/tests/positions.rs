//! Ambulances in a district that report with a receiver's errors, late and out of order, put on the roads
//! and held against where they really are.

use std::collections::BTreeMap;

use corridor::position::{Courses, Observation, Track, Verdict};
use network::Point;
use scenario::{Flow, PositionNoise, VehicleClass, generate};
use signal::Aspect;
use sim::world::{PositionReport, Positions, Settings, World};
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment};

/// What a receiver in a street says: a few metres beside, for half a minute; some reports are lost, late
/// or overtaken.
const NOISE: PositionNoise = PositionNoise {
    spread: 5.0,
    lasts_s: 30.0,
    speed_spread: 0.5,
    lost: 0.05,
    late: 0.03,
    overtaken: 0.05,
    late_max: Millis(5_000),
};
/// What an emergency vehicle is thought to drive at where nothing is told.
const FORECAST: MetresPerSecond = MetresPerSecond(9.0);

/// What was found in all, over each second of each ambulance on the road.
#[derive(Default, Debug)]
struct Found {
    seconds: usize,
    /// On a link of its route, or at most a junction away from it.
    near: usize,
    /// Within two deviations, along the road.
    within_two: usize,
    /// Metres, of all.
    errors: Vec<f64>,
    verdicts: BTreeMap<&'static str, usize>,
    off_route: usize,
}

fn observation(report: &PositionReport) -> Observation {
    Observation::Fix {
        at: Moment(report.at.0),
        point: report.position,
        spread: Metres(f64::from(NOISE.spread)),
        speed: Some(MetresPerSecond(f64::from(report.speed))),
        heading: Some(f64::from(report.heading)),
    }
}

/// Drives ambulances along every so many-th route of a district. `hears` says at what second of its drive
/// a vehicle's reports are heard.
fn drive(seed: u64, hears: impl Fn(Millis) -> bool) -> Found {
    let (site, mut demand) = generate::district(3, 3, 2);
    let rushing = |flow: &Flow| Flow {
        start: flow.start + Millis(700),
        end: flow.start + Millis(700),
        vehicle: scenario::VehicleType { class: VehicleClass::Emergency, ..flow.vehicle },
        ..flow.clone()
    };
    let before = demand.flows.len();
    let rushing: Vec<_> = demand.flows.iter().step_by(10).map(rushing).collect();
    demand.flows.extend(rushing);
    let roads = Courses::new(site.network.clone());
    let settings = Settings { seed, ..Settings::default() };
    let mut world = World::with_settings(
        site.network.clone(),
        &site.signals,
        &site.detectors,
        &demand,
        &settings,
    );
    let (mut noisy, mut exact) =
        (Positions::new(&NOISE), Positions::new(&PositionNoise::default()));
    let first: usize = demand.flows[..before].iter().map(Flow::vehicles).sum();
    let route = |vehicle: u32| -> Vec<LinkId> {
        demand.flows[before + vehicle as usize - first].route.clone()
    };
    let mut tracks: BTreeMap<u32, (Track, Moment)> = BTreeMap::new();
    let mut found = Found::default();
    for step in 0..3_600 {
        for (index, signal) in site.signals.iter().enumerate() {
            let stages = signal.layout.stages();
            let stage = &stages[(step / 50) % stages.len()];
            let mut aspects = vec![Aspect::Red; signal.layout.groups().len()];
            stage.groups.iter().for_each(|group| aspects[group.index()] = Aspect::Green);
            world.set_aspects(index, &aspects);
        }
        world.step();
        let now = Moment(world.now().0);
        for report in noisy.observe(&world) {
            let (track, since) = tracks.entry(report.vehicle).or_insert_with(|| {
                let mut track = Track::default();
                track.follow(&route(report.vehicle));
                (track, now)
            });
            if hears(now - *since) {
                let verdict = track.hear(&roads, observation(&report), now);
                *found.verdicts.entry(verdict.name()).or_default() += 1;
            }
        }
        for truth in exact.observe(&world) {
            let Some((track, _)) = tracks.get(&truth.vehicle) else { continue };
            compare(&mut found, &roads, track, &truth, &route(truth.vehicle));
        }
    }
    found
}

fn compare(
    found: &mut Found,
    roads: &Courses,
    track: &Track,
    truth: &PositionReport,
    route: &[LinkId],
) {
    let Some(progress) = track.progress(roads, Moment(truth.at.0), FORECAST) else { return };
    found.seconds += 1;
    found.off_route += usize::from(track.is_off_route());
    found.near += usize::from(route.contains(&progress.place.link));
    // Along the road: what is left when the lanes beside each other are taken away.
    let there = roads.point(progress.place.into());
    let away = (there.x - truth.position.x).hypot(there.y - truth.position.y);
    let error = (away * away - beside(roads, truth.position).powi(2)).max(0.0).sqrt();
    found.errors.push(error);
    // Somebody within a junction is said to be at the begin of the next link: up to its width too far.
    found.within_two += usize::from(error <= 2.0 * progress.deviation.0 + 12.0);
}

/// How far a place is from the middle of its side of the road.
fn beside(roads: &Courses, point: Point) -> f64 {
    roads.nearest(point, 50.0).map_or(0.0, |(_, away)| away.0)
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

#[test]
fn ambulances_are_found_on_their_roads_as_surely_as_is_said() {
    let mut found = drive(5, |_| true);
    found.errors.sort_by(f64::total_cmp);
    let at = |share: f64| found.errors[(found.errors.len() as f64 * share) as usize];
    let (median, p95) = (at(0.5), at(0.95));
    eprintln!("{} s: median {median:.1} m, 95 % {p95:.1} m, {:?}", found.seconds, found.verdicts);
    eprintln!("near {} within {}", found.near, found.within_two);
    assert!(found.seconds > 1_000, "{}", found.seconds);
    assert!(share(found.near, found.seconds) > 0.99, "{} on the route", found.near);
    assert!(share(found.within_two, found.seconds) > 0.95, "{} within two", found.within_two);
    assert!(median < 6.0 && p95 < 25.0, "median {median}, 95 % {p95}");
    assert!(share(found.off_route, found.seconds) < 0.005, "{} off", found.off_route);
    // What comes late counts too.
    assert!(found.verdicts[Verdict::TakenLate.name()] > 20, "{:?}", found.verdicts);
    assert!(!found.verdicts.contains_key(Verdict::OffRoad.name()), "{:?}", found.verdicts);
}

#[test]
fn who_is_heard_no_more_is_where_the_forecast_has_him_or_the_doubt_says_so() {
    // Heard for 15 seconds, then no more for as many, and again.
    let found = drive(6, |since| since.modulo(Millis(30_000)) < Millis(15_000));
    assert!(
        share(found.within_two, found.seconds) > 0.9,
        "{} of {}",
        found.within_two,
        found.seconds
    );
    assert!(share(found.near, found.seconds) > 0.99);
}
