//! A run as `greenwave sim run` does it: its hash for any number of threads, its files against its
//! summary, the light path against cabinets at work.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use scenario::{Demand, Mode, Phase, Program, SignalSite, Site, VehicleClass, generate};
use signal::Aspect;
use sim::measure::{Format, Recorders, State, Wanted};
use sim::program::Player;
use sim::run::{
    Arrivals, Control, Lights, Outcome, Provenance, RunSettings, RunSummary, arrange, run,
};
use sim::street::Street;
use sim::world::{Model, Settings, World};
use units::{Millis, Moment};

/// A file in memory.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("text")
    }

    /// The rows of a CSV file, each a value for each name of its first row.
    fn rows(&self) -> Vec<Vec<(String, String)>> {
        let text = self.text();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().expect("a first row").clone();
        let row = |record: csv::StringRecord| {
            names.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
        };
        reader.records().map(|record| row(record.expect("a whole row"))).collect()
    }
}

fn value(row: &[(String, String)], name: &str) -> Option<f64> {
    let found = row.iter().find(|(known, _)| known == name);
    let (_, text) = found.unwrap_or_else(|| panic!("there is no column {name}"));
    text.parse().ok()
}

fn text<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    row.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text)
}

fn street() -> (Arc<Site>, Demand) {
    let (site, mut demand) = generate::district(3, 3, 2);
    for (flow, class) in demand.flows.iter_mut().zip(VehicleClass::ALL.iter().cycle()) {
        flow.vehicle.class = class.1;
    }
    (Arc::new(site), demand)
}

fn settings(control: Mode, model: Model, threads: usize, seconds: i64) -> RunSettings {
    let world = Settings { model, threads, seed: 4, ..Settings::default() };
    RunSettings::new(Millis::from_secs(seconds), Control::Rule(control), world)
}

fn go(settings: &RunSettings, recorders: &mut Recorders) -> Outcome {
    let (site, demand) = street();
    run(&site, &[], &demand, settings, recorders, &mut |_| {}).expect("it runs")
}

#[test]
fn the_summary_has_the_names_that_others_read() {
    let (site, demand) = street();
    let settings = settings(Mode::Fixed, Model::Urban, 1, 60);
    let outcome = go(&settings, &mut Recorders::default());
    let provenance = Provenance::of(&site, &[], &demand, &settings, Arrivals::Regular);
    let summary =
        RunSummary::of(&outcome, &settings, Arrivals::Regular, &provenance, (&demand, 6), 1.0);
    let json = serde_json::to_value(&summary).expect("JSON");
    let names: Vec<&str> =
        json.as_object().expect("one object").keys().map(String::as_str).collect();
    let expected = [
        "arrivals",
        "configuration_hash",
        "control",
        "junctions",
        "lane_approach_time_s",
        "mean_delay_s",
        "mean_queue",
        "mean_travel_time_s",
        "model",
        "peak_vehicles",
        "people_came",
        "people_crossed",
        "people_mean_wait_s",
        "processor_s",
        "scenario_hash",
        "seed",
        "sim_seconds",
        "threads",
        "times_real_time",
        "trajectory_hash",
        "vehicle_updates",
        "vehicle_updates_per_s",
        "vehicles_due",
        "vehicles_entered",
        "vehicles_finished",
        "vehicles_later",
        "vehicles_never_inserted",
        "vehicles_running",
        "version",
        "violations",
        "wall_all_s",
        "wall_s",
        "weather",
    ];
    assert_eq!(names, expected);
}

#[test]
fn hashes_follow_what_was_chosen_and_nothing_else() {
    let (site, demand) = street();
    let of = |settings: &RunSettings, arrivals| {
        let hashes = Provenance::of(&site, &[], &demand, settings, arrivals);
        (hashes.scenario_hash, hashes.configuration_hash)
    };
    let plain = settings(Mode::Fixed, Model::Urban, 1, 60);
    let first = of(&plain, Arrivals::Regular);
    assert_eq!(first, of(&settings(Mode::Fixed, Model::Urban, 4, 60), Arrivals::Regular));
    let others = [
        of(&settings(Mode::Actuated, Model::Urban, 1, 60), Arrivals::Regular),
        of(&settings(Mode::Fixed, Model::Krauss, 1, 60), Arrivals::Regular),
        of(&settings(Mode::Fixed, Model::Urban, 1, 61), Arrivals::Regular),
        of(&plain, Arrivals::Random),
    ];
    for (scenario, configuration) in others {
        assert_eq!(scenario, first.0);
        assert_ne!(configuration, first.1);
    }
    let (other, traffic) = generate::district(3, 3, 3);
    let other = Provenance::of(&other, &[], &traffic, &plain, Arrivals::Regular);
    assert_ne!(other.scenario_hash, first.0);
}

#[test]
fn any_number_of_threads_drives_and_writes_the_same() {
    for (control, model, seconds) in [
        (Mode::Fixed, Model::Urban, 900),
        (Mode::Fixed, Model::Krauss, 300),
        (Mode::Fixed, Model::CityFlow, 900),
        (Mode::MaxPressure, Model::Urban, 300),
    ] {
        let once = |threads: usize| {
            let papers: [Paper; 4] = std::array::from_fn(|_| Paper::default());
            let target = |index: usize| Box::new(papers[index].clone()) as sim::measure::Target;
            let mut recorders = Recorders::new(Wanted {
                trips: Some(target(0)),
                links: Some(target(1)),
                movements: Some(target(2)),
                interval: Millis::from_secs(60),
                trajectories: Some((target(3), Format::Csv, Millis::from_secs(10))),
                follow: false,
            });
            let settings = settings(control, model, threads, seconds);
            let outcome = go(&settings, &mut recorders);
            let outcome = Outcome { stepping: Duration::ZERO, processor: None, ..outcome };
            (outcome, papers.map(|paper| paper.text()))
        };
        let one = once(1);
        assert!(one.0.world.entered > 100 && one.0.violations == 0, "{:?}", one.0);
        for threads in [2, 4] {
            assert_eq!(once(threads), one, "{control:?}, {model:?}, {threads} threads");
        }
    }
}

#[test]
fn approach_time_is_that_of_vehicles_followed_one_by_one() {
    // With some signals left out, not every way begins before one.
    for signals in [6, 2] {
        let (site, demand) = generate::district(3, 3, 2);
        let mut site = site;
        site.signals.truncate(signals);
        let junctions: Vec<_> = site.signals.iter().map(|signal| signal.junction).collect();
        let settings = settings(Mode::Fixed, Model::Urban, 1, 900);
        let network = site.network.clone();
        let (mut spent, mut last) = (BTreeMap::new(), BTreeMap::new());
        let mut look = |world: &World| {
            let roads = world.roads();
            last.clear();
            world.for_each_vehicle(|seen| {
                let road = roads[seen.road];
                if junctions.contains(&network.link(road.link).to) {
                    *spent.entry(seen.vehicle).or_insert(0.0) += 0.5;
                    last.insert(seen.vehicle, 0.5);
                }
            });
        };
        let site = Arc::new(site);
        let outcome = run(&site, &[], &demand, &settings, &mut Recorders::default(), &mut look);
        let got = outcome.expect("it runs").approach_s;
        // The last step is counted up to the end only.
        let sum: f64 = spent.values().sum::<f64>() - last.values().sum::<f64>();
        let expected = sum / spent.len() as f64;
        assert!((got - expected).abs() < 1e-9, "{signals} signals: {got}, not {expected}");
        assert!(got > 20.0, "{got}");
    }
}

#[test]
fn the_light_path_drives_as_a_street_whose_cabinets_nobody_commands() {
    let (site, demand) = street();
    let world = Settings { seed: 4, ..Settings::default() };
    let mut street = Street::with_settings(&site, &demand, Vec::new(), &world).expect("sound");
    let network = site.network.clone();
    let mut alone = World::with_settings(network, &site.signals, &[], &demand, &world);
    let mut lights = Lights::new(&site.signals);
    while alone.now() < Millis::from_secs(900) {
        let next = Moment::ORIGIN + alone.now() + alone.step_length();
        lights.show(&mut alone, next);
        alone.step();
        street.advance(next);
        assert_eq!(alone.state_hash(), street.world().state_hash(), "at {next:?}");
    }
    assert!(alone.running() > 50);
}

#[test]
fn trips_sum_up_to_the_summary_and_links_to_the_trips() {
    for model in [Model::Urban, Model::CityFlow] {
        let (trips, links) = (Paper::default(), Paper::default());
        let mut recorders = Recorders::new(Wanted {
            trips: Some(Box::new(trips.clone())),
            links: Some(Box::new(links.clone())),
            ..Wanted::default()
        });
        let settings = settings(Mode::Fixed, model, 1, 900);
        let outcome = go(&settings, &mut recorders);
        let (world, rows) = (outcome.world, trips.rows());
        let has = |name: &str| rows.iter().filter(|row| value(row, name).is_some()).count();
        assert_eq!(rows.len(), street().1.vehicles());
        assert_eq!((has("entered_s"), has("arrived_s")), (world.entered, world.finished));
        let due = |row: &[(String, String)]| value(row, "due_s").expect("each is due");
        let travel: f64 = rows
            .iter()
            .filter(|row| due(row) <= 900.0)
            .map(|row| value(row, "arrived_s").unwrap_or(900.0) - due(row))
            .sum();
        assert!((travel / world.due as f64 - world.mean_travel_time_s).abs() < 1e-6);
        let sum = |name: &str| rows.iter().filter_map(|row| value(row, name)).sum::<f64>();
        let delay = sum("delay_s") / world.finished as f64;
        assert!((delay - world.mean_delay_s).abs() < 1e-6, "{delay}, {}", world.mean_delay_s);
        // Every vehicle stands, burns and drives somewhere, and no further than its way is long.
        let links = links.rows();
        let total = |name: &str| links.iter().filter_map(|row| value(row, name)).sum::<f64>();
        assert!((total("co2_g") / sum("co2_g") - 1.0).abs() < 1e-3);
        assert_eq!(total("stops"), sum("stops"));
        let standing = sum("waiting_s") / 900.0;
        // The world counts nobody who comes in standing before the step after.
        let entries = world.entered as f64 * model.step().as_secs_f64() / 900.0;
        let apart = standing - world.mean_queue;
        assert!((-0.1..entries + 0.1).contains(&apart), "{standing}, {}", world.mean_queue);
        let steady = rows.iter().filter(|row| text(row, "class") == "car");
        for row in steady.filter(|row| value(row, "arrived_s").is_some()) {
            let time =
                value(row, "arrived_s").expect("there") - value(row, "entered_s").expect("there");
            let metres = value(row, "distance_m").expect("there");
            assert!(metres > 100.0 && metres / time < 17.0, "{row:?}");
        }
    }
}

#[test]
fn links_and_movements_lose_nobody() {
    let (links, movements) = (Paper::default(), Paper::default());
    let mut recorders = Recorders::new(Wanted {
        links: Some(Box::new(links.clone())),
        movements: Some(Box::new(movements.clone())),
        interval: Millis::from_secs(250),
        follow: true,
        ..Wanted::default()
    });
    let settings = settings(Mode::Fixed, Model::Urban, 1, 900);
    let outcome = go(&settings, &mut recorders);
    let (site, _) = street();
    let (links, movements) = (links.rows(), movements.rows());
    // Three whole intervals and a part of one, each with every link.
    assert_eq!(links.len(), 4 * site.network.links().len());
    assert_eq!(movements.len(), 4 * site.network.movements().len());
    assert_eq!(text(links.last().expect("rows"), "end_s"), "900");
    let sum = |rows: &[Vec<(String, String)>], column: &str, key: &str, of: &str| {
        let own = rows.iter().filter(|row| text(row, key) == of);
        own.filter_map(|row| value(row, column)).sum::<f64>() as i64
    };
    let mut there = 0;
    for link in site.network.links() {
        let came = sum(&links, "entered", "link", &link.name);
        let left = sum(&links, "volume", "link", &link.name);
        assert!(came >= left, "{}", link.name);
        there += came - left;
        // Whoever left came to another link, but who ends here; whoever came was on one before.
        let onward = sum(&movements, "volume", "from", &link.name);
        let into = sum(&movements, "volume", "to", &link.name);
        assert!(onward <= left && into <= came, "{}", link.name);
        let is_inner = !site.network.junction(link.to).movements.is_empty();
        assert!(!is_inner || onward == left, "{}: {onward} of {left}", link.name);
    }
    let book = recorders.book().expect("it was asked for");
    let driving = book.trips().iter().filter(|trip| trip.state == State::Driving).count();
    assert_eq!(driving, outcome.world.running);
    assert_eq!(there, outcome.world.running as i64);
}

/// The trajectories of two minutes in a format.
fn trajectories(format: Format) -> Vec<u8> {
    let paper = Paper::default();
    let every = Millis::from_secs(20);
    let mut recorders = Recorders::new(Wanted {
        trajectories: Some((Box::new(paper.clone()), format, every)),
        ..Wanted::default()
    });
    go(&settings(Mode::Fixed, Model::Urban, 1, 120), &mut recorders);
    paper.0.take()
}

#[test]
fn trajectories_are_well_formed_and_on_the_map() {
    let paper = Paper(Rc::new(RefCell::new(trajectories(Format::Csv))));
    let rows = paper.rows();
    assert!(rows.len() > 200, "{}", rows.len());
    let (site, _) = street();
    let points = site.network.junctions().iter().map(|junction| junction.position);
    let far = points.map(|p| p.x.abs().max(p.y.abs())).fold(0.0, f64::max) + 50.0;
    for row in &rows {
        let get = |name: &str| value(row, name).unwrap_or_else(|| panic!("{name} of {row:?}"));
        assert!(get("x_m").abs() < far && get("y_m").abs() < far, "{row:?}");
        assert!((0.0..360.1).contains(&get("angle_deg")) && get("speed_mps") >= 0.0, "{row:?}");
        assert!(get("time_s") % 20.0 == 0.0, "{row:?}");
    }
    let xml = String::from_utf8(trajectories(Format::Fcd)).expect("text");
    assert!(xml.starts_with("<?xml") && xml.ends_with("</fcd-export>\n"));
    assert_eq!(xml.matches("<timestep ").count(), 6);
    assert_eq!(xml.matches("</timestep>").count(), 6);
    assert_eq!(xml.matches("<vehicle ").count(), rows.len());
    // Every attribute is quoted, and nothing stands in it that must not.
    for line in xml.lines().filter(|line| line.contains("<vehicle ")) {
        assert_eq!(line.matches('"').count(), 18, "{line}");
        assert_eq!((line.matches('<').count(), line.matches('>').count()), (1, 1), "{line}");
    }
}

#[test]
fn a_parquet_file_begins_ends_and_counts_as_one() {
    let bytes = trajectories(Format::Parquet);
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
    let length = &bytes[bytes.len() - 8..bytes.len() - 4];
    let length = u32::from_le_bytes(length.try_into().expect("four")) as usize;
    let footer = &bytes[bytes.len() - 8 - length..bytes.len() - 8];
    let schema = String::from_utf8_lossy(footer);
    for name in ["time_s", "vehicle", "class", "road", "position_m", "speed_mps", "x_m", "y_m"] {
        assert!(schema.contains(name), "{name}");
    }
    let csv = Paper(Rc::new(RefCell::new(trajectories(Format::Csv))));
    // Eight bytes of time for each row open the first column; its page's header is short.
    let time = 20.0_f64.to_le_bytes();
    let first = bytes.windows(8).position(|window| window == time).expect("the first time");
    assert!(first < 64, "{first}");
    let rows = csv.rows();
    let of = |row: &[(String, String)]| value(row, "time_s").expect("a time");
    for (index, row) in rows.iter().enumerate() {
        let at = first + 8 * index;
        let time = f64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"));
        assert_eq!(time, of(row));
    }
}

#[test]
fn random_arrivals_change_the_run_and_keep_the_number_of_vehicles() {
    let (site, demand) = street();
    let settings = settings(Mode::Fixed, Model::Urban, 1, 600);
    let hash = |demand: &Demand| {
        let mut recorders = Recorders::default();
        let outcome =
            run(&site, &[], demand, &settings, &mut recorders, &mut |_| {}).expect("it runs");
        outcome.trajectory_hash
    };
    let hashes = [
        hash(&demand),
        hash(&arrange(&demand, Arrivals::Random, 1)),
        hash(&arrange(&demand, Arrivals::Random, 2)),
    ];
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
}

#[test]
fn the_ending_of_a_file_says_how_trajectories_are_written() {
    assert_eq!(Format::of(Path::new("t.fcd.xml")), Some(Format::Fcd));
    assert_eq!(Format::of(Path::new("t.xml")), None);
}

/// The lamps are those of the programs at every step, whatever plan the site has.
#[test]
fn a_run_of_programs_shows_what_they_have() {
    let (site, demand) = generate::district(3, 2, 1);
    let site = Arc::new(site);
    let programs: Vec<Program> = site.signals.iter().map(program).collect();
    let long =
        RunSettings { control: Control::Programs, ..settings(Mode::Fixed, Model::Urban, 1, 600) };
    let run_with = |programs: &[Program]| {
        let mut recorders = Recorders::default();
        run(&site, programs, &demand, &long, &mut recorders, &mut |_| {})
    };
    let outcome = run_with(&programs).expect("it runs");
    let player = Player::new(&programs).expect("sound");
    let mut world =
        World::with_settings(site.network.clone(), player.signals(), &[], &demand, &long.world);
    let mut hash = 0_u64;
    while world.now() < long.duration {
        player.step(&mut world);
        hash = hash.rotate_left(5) ^ world.state_hash();
    }
    assert_eq!(outcome.trajectory_hash, hash);
    assert!(outcome.world.finished > 0);
    assert!(run_with(&[]).is_err(), "nothing to play");
    let hash_of = |programs: &[Program]| {
        Provenance::of(&site, programs, &demand, &long, Arrivals::Regular).scenario_hash
    };
    assert_ne!(hash_of(&programs), hash_of(&[]));
}

/// A signal's first group green for 20 s, then all others.
fn program(signal: &SignalSite) -> Program {
    let groups = signal.layout.groups().len();
    let phase = |seconds, is_open: &dyn Fn(usize) -> bool| Phase {
        duration: Millis::from_secs(seconds),
        aspects: (0..groups)
            .map(|group| if is_open(group) { Aspect::Green } else { Aspect::Red })
            .collect(),
    };
    Program {
        name: "two halves".to_owned(),
        junction: signal.junction,
        movement_groups: signal.movement_groups.clone(),
        phases: vec![phase(20, &|group| group == 0), phase(20, &|group| group > 0)],
        offset: Millis::ZERO,
    }
}
