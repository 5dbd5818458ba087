//! `cargo xtask plots`: draws what the world is like for `docs/simulation.md`, into the folder that is
//! given. The same source draws the same bytes.

#[path = "../tests/support/figures.rs"]
#[allow(dead_code)]
mod figures;
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use figures::{Light, discharge, ring_flow};
use scenario::generate;
use sim::compare::{Plan, Side, compare};
use sim::plot::{Chart, Style, comparison};
use sim::run::{Arrivals, Control, Lights};
use sim::world::{Model, Settings, Weather, World};
use support::crossroads::{Arm, Crossroads, Way, poisson};
use units::{Millis, Moment};

/// Draws one chart.
type Draw = fn() -> String;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("plots: which folder?");
        return ExitCode::FAILURE;
    };
    let drawn: [(&str, Draw); 6] = [
        ("fundamental-diagram.svg", fundamental_diagram),
        ("discharge.svg", headways),
        ("delay.svg", delays),
        ("time-space.svg", time_space),
        ("queue-and-speed.svg", queue_and_speed),
        ("compare.svg", controls),
    ];
    for (name, draw) in drawn {
        let path = folder.join(name);
        if let Err(error) = std::fs::write(&path, draw()) {
            eprintln!("plots: {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
        println!("plots: {}", path.display());
    }
    ExitCode::SUCCESS
}

fn fundamental_diagram() -> String {
    let of = |model: Model| {
        let densities = (1..=28).map(|n| f64::from(n) * 5.0);
        densities.map(|density| (density, ring_flow(model, density))).collect()
    };
    Chart::new("Ring road: fundamental diagram", "density, veh/km", "flow, veh/h")
        .with("urban", Style::Line, of(Model::Urban))
        .with("krauss", Style::Line, of(Model::Krauss))
        .svg()
}

fn headways() -> String {
    let of = |way: Way| {
        let times = discharge(way);
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        let gaps = std::iter::once(times[0]).chain(gaps);
        (1_u32..).map(f64::from).zip(gaps).collect()
    };
    Chart::new("Discharge of a queue", "place in the queue", "mean headway, s")
        .with("straight", Style::Line, of(Way::Straight))
        .with("left, protected", Style::Line, of(Way::Left))
        .svg()
}

fn delays() -> String {
    let light = Light::measured();
    let at = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];
    let found: Vec<_> = at.into_iter().map(|x| (x, light.delays(x))).collect();
    let title = "Delay at a light: 40 s of 90 s green, random arrivals";
    let of = |pick: fn(&figures::Delays) -> f64| found.iter().map(|(x, d)| (*x, pick(d))).collect();
    Chart::new(title, "degree of saturation, v/c", "mean delay, s")
        .with("the world", Style::Dots, of(|d| d.measured))
        .with("the same arrivals, one each headway", Style::Line, of(|d| d.served))
        .with("HCM formula", Style::Line, of(|d| d.hcm))
        .svg()
}

/// The ways of the vehicles on one lane before a light.
fn time_space() -> String {
    let end = Millis::from_secs(360);
    let flows = poisson(Arm::West, Way::Straight, 550.0, end, 3);
    let mut street = Crossroads::new(&flows, &Settings::default());
    let lane = street.lane(Arm::West, Way::Straight);
    let mut ways: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
    while street.world.now() < end {
        street.run(Millis::from_secs(1), figures::plan);
        let now = street.world.now().as_secs_f64();
        for seen in street.world.vehicles(lane) {
            ways.entry(seen.vehicle).or_default().push((now, f64::from(seen.position)));
        }
    }
    let chart = Chart::new("One lane before a light: 40 s of 90 s green", "time, s", "place, m");
    ways.into_values().fold(chart, |chart, way| chart.with("", Style::Thin, way)).svg()
}

/// An hour of the arterial that ships: how many stand and how fast all drive.
fn queue_and_speed() -> String {
    let (site, demand) = generate::arterial(1, 8);
    let settings = Settings::default();
    let network = site.network.clone();
    let mut world = World::with_settings(network, &site.signals, &[], &demand, &settings);
    let mut lights = Lights::new(&site.signals);
    let (mut queue, mut speed) = (Vec::new(), Vec::new());
    let (mut standing, mut sum, mut count, mut steps) = (0, 0.0, 0, 0);
    while world.now() < Millis::from_secs(3_600) {
        let next = Moment::ORIGIN + world.now() + world.step_length();
        lights.show(&mut world, next);
        world.step();
        steps += 1;
        world.for_each_vehicle(|seen| {
            standing += u32::from(seen.speed < 0.1);
            sum += f64::from(seen.speed);
            count += 1;
        });
        // Whole cycles of minutes, so that the lights' own rhythm does not show.
        if world.now().modulo(Millis::from_secs(120)) == Millis::ZERO {
            let minute = world.now().as_secs_f64() / 60.0;
            queue.push((minute, f64::from(standing) / f64::from(steps)));
            speed.push((minute, 3.6 * sum / f64::from(count.max(1))));
            (standing, sum, count, steps) = (0, 0.0, 0, 0);
        }
    }
    Chart::new("arterial-8 under its fixed plan", "time, min", "vehicles, km/h")
        .with("vehicles that stand", Style::Line, queue)
        .with("mean speed, km/h", Style::Line, speed)
        .svg()
}

/// The fixed plan against max-pressure on the arterial that ships, as in
/// `greenwave sim compare arterial-8 --b control=max-pressure --seeds 10`.
fn controls() -> String {
    let (site, demand) = generate::arterial(1, 8);
    let site = Arc::new(site);
    let side = |name: &str, control| Side {
        name: name.to_owned(),
        site: site.clone(),
        demand: demand.clone(),
        control: Control::Rule(control),
        programs: Vec::new(),
        model: Model::Urban,
        weather: Weather::Dry,
        sensors: None,
        incidents: Vec::new(),
    };
    let sides = [
        side("arterial-8", scenario::Mode::Fixed),
        side("control=max-pressure", scenario::Mode::MaxPressure),
    ];
    let plan = Plan {
        first_seed: 1,
        seeds: 10,
        duration: Millis::from_secs(3_600),
        arrivals: Arrivals::Random,
        threads: 2,
    };
    let duration = plan.duration;
    compare(&sides, &plan).map_or_else(|error| panic!("{error}"), |all| comparison(&all, duration))
}
