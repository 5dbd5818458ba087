//! The world with the `Sumo` set against runs of SUMO itself, where `sumo`, `netgenerate` and
//! `duarouter` can be run; elsewhere it says that nothing was tested.
//!
//! Three nets of netgenerate with the demand of SUMO's own `randomTrips.py`, routed by duarouter, so
//! that both drive the same vehicles on the same ways under the same signal programs. *Volumes* are
//! vehicles that entered a link within the hour, compared by GEH: `sqrt(2 (a - b)² / (a + b))`.
//! *Delay* is the time from entering to arriving less that of the way at its speed limits.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use network::Network;
use scenario::{Demand, sumo};
use sim::program::Player;
use sim::world::{Model, Settings, World};
use units::LaneId;

/// Vehicles depart within this, and volumes are counted in it, seconds.
const HOUR: u32 = 3_600;
/// After it everybody has arrived, seconds.
const END: u32 = 7_200;
/// Runs of either side, each with a seed of its own: one run's delay is off by a few per cent.
const SEEDS: [u64; 3] = [1, 2, 3];

struct Case {
    name: &'static str,
    net: &'static [&'static str],
    /// Seconds from one departure to the next.
    period: &'static str,
}

const CASES: [Case; 3] = [
    Case {
        name: "3x3, signals, one lane",
        net: &[
            "--grid",
            "--grid.number",
            "3",
            "--grid.length",
            "200",
            "--grid.attach-length",
            "200",
            "--default-junction-type",
            "traffic_light",
        ],
        period: "2.5",
    },
    Case {
        name: "5x5, signals, two lanes",
        net: &[
            "--grid",
            "--grid.number",
            "5",
            "--grid.length",
            "250",
            "--grid.attach-length",
            "250",
            "--default.lanenumber",
            "2",
            "--default-junction-type",
            "traffic_light",
        ],
        period: "1",
    },
    Case {
        name: "4x4, priority",
        net: &[
            "--grid",
            "--grid.number",
            "4",
            "--grid.length",
            "200",
            "--grid.attach-length",
            "200",
            "--default-junction-type",
            "priority",
            "--rand.random-priority",
        ],
        period: "2.5",
    },
];

/// What one run measured.
#[derive(Debug, Default)]
struct Measured {
    /// Vehicles that entered each link within the hour.
    volumes: BTreeMap<String, f64>,
    /// Vehicles that arrived.
    arrived: usize,
    /// From entering to arriving, the mean, seconds.
    duration_s: f64,
    /// From when they were due to entering, the mean, seconds.
    wait_s: f64,
}

fn tools() -> Option<PathBuf> {
    let runs = |name: &str| Command::new(name).arg("--version").output().is_ok();
    let home = Command::new("python3").args(["-c", "import sumo;print(sumo.SUMO_HOME)"]).output();
    let home = home.ok().filter(|out| out.status.success())?;
    let home = PathBuf::from(String::from_utf8(home.stdout).ok()?.trim());
    let tool = home.join("tools").join("randomTrips.py");
    ["sumo", "netgenerate", "duarouter"].iter().all(|name| runs(name)).then_some(tool)
}

fn run(command: &mut Command) {
    let out = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?}: {said}");
}

/// A folder with the net, the routes and what SUMO measured.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(case: &Case, tool: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bench = Self { folder };
        run(Command::new("netgenerate").args(case.net).arg("-o").arg(bench.path("net.xml")));
        run(Command::new("python3")
            .arg(tool)
            .arg("-n")
            .arg(bench.path("net.xml"))
            .args([
                "-b",
                "0",
                "-e",
                "3600",
                "-p",
                case.period,
                "--seed",
                "7",
                "--fringe-factor",
                "5",
                "--validate",
            ])
            .arg("-o")
            .arg(bench.path("trips.xml"))
            .arg("-r")
            .arg(bench.path("rou.xml")));
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it was written")
    }

    fn import(&self) -> (sumo::Imported, Demand) {
        let open =
            |name: &str| BufReader::new(std::fs::File::open(self.path(name)).expect("there"));
        let imported = sumo::import_net(&mut open("net.xml")).expect("sound");
        let mut routes = imported.routes(1);
        routes.read(&mut open("rou.xml")).expect("sound");
        let (demand, notes) = routes.finish();
        for note in imported.notes.iter().chain(&notes) {
            eprintln!("  note: {note}");
        }
        (imported, demand)
    }

    fn sumo(&self, seed: u64) -> Measured {
        let edges = self.path("edges.xml");
        let additional = format!(
            "<additional><edgeData id=\"e\" file=\"{}\" begin=\"0\" end=\"{HOUR}\"/></additional>",
            edges.display()
        );
        std::fs::write(self.path("add.xml"), additional).expect("written");
        let file = |name: &str| self.path(name).into_os_string();
        run(Command::new("sumo")
            .args(["--no-step-log", "--no-warnings", "--time-to-teleport", "-1", "--end"])
            .arg(END.to_string())
            .args(["--seed", &seed.to_string(), "-n"])
            .arg(file("net.xml"))
            .arg("-r")
            .arg(file("rou.xml"))
            .arg("-a")
            .arg(file("add.xml"))
            .arg("--tripinfo-output")
            .arg(file("trip.xml")));
        let mut measured = Measured::default();
        let mut lost = 0.0;
        for line in self.text("trip.xml").lines().filter(|line| line.contains("<tripinfo ")) {
            measured.arrived += 1;
            measured.duration_s += number(line, "duration");
            measured.wait_s += number(line, "departDelay");
            lost += number(line, "timeLoss");
        }
        let count = measured.arrived as f64;
        measured.duration_s /= count;
        measured.wait_s /= count;
        eprintln!("  SUMO's own time loss, seed {seed}: {:.2} s", lost / count);
        for line in self.text("edges.xml").lines().filter(|line| line.contains("<edge ")) {
            let volume = number_or(line, "entered") + number_or(line, "departed");
            measured.volumes.insert(text(line, "id").to_owned(), volume);
        }
        measured
    }
}

fn text<'l>(line: &'l str, key: &str) -> &'l str {
    let begin = line.find(&format!(" {key}=\"")).unwrap_or_else(|| panic!("{key} in {line}"));
    let rest = &line[begin + key.len() + 3..];
    &rest[..rest.find('"').expect("it ends")]
}

fn number(line: &str, key: &str) -> f64 {
    text(line, key).parse().expect("a number")
}

fn number_or(line: &str, key: &str) -> f64 {
    if line.contains(&format!(" {key}=\"")) { number(line, key) } else { 0.0 }
}

fn ours(imported: &sumo::Imported, demand: &Demand, seed: u64) -> Measured {
    let network = Arc::new(imported.network.clone());
    let settings = Settings { model: Model::Sumo, seed, ..Settings::default() };
    let player = Player::new(&imported.programs).expect("sound");
    let mut world = World::with_settings(network.clone(), player.signals(), &[], demand, &settings);
    let lanes: Vec<LaneId> = (0..network.lanes().len()).map(LaneId::from_index).collect();
    let due: Vec<_> = demand.flows.iter().flat_map(|flow| flow.departures()).collect();
    // For each vehicle when it was first and last seen, and the link on which.
    let mut seen: BTreeMap<u32, (f64, f64, usize)> = BTreeMap::new();
    let mut volumes = vec![0.0; network.links().len()];
    for second in 1..=END {
        player.step(&mut world);
        let now = f64::from(second);
        for &lane in &lanes {
            let link = network.lane(lane).link.index();
            for vehicle in world.vehicles(lane) {
                let before = seen.get(&vehicle.vehicle).map(|&(first, _, link)| (first, link));
                if before.is_none_or(|(_, before)| before != link) && second <= HOUR {
                    volumes[link] += 1.0;
                }
                let first = before.map_or(now, |(first, _)| first);
                seen.insert(vehicle.vehicle, (first, now, link));
            }
        }
    }
    let summary = world.summary();
    let mut measured = Measured { arrived: summary.finished, ..Measured::default() };
    for (&vehicle, &(first, last, _)) in &seen {
        measured.duration_s += last + 1.0 - first;
        measured.wait_s += first - due[vehicle as usize].as_secs_f64();
    }
    measured.duration_s /= seen.len() as f64;
    measured.wait_s /= seen.len() as f64;
    for (index, &volume) in volumes.iter().enumerate() {
        measured.volumes.insert(network.links()[index].name.clone(), volume);
    }
    measured
}

/// The mean time of all ways at their speed limits, seconds.
fn free_s(network: &Network, demand: &Demand) -> f64 {
    let mut sum = 0.0;
    for flow in &demand.flows {
        let links = flow.route.iter().map(|&link| {
            let row = network.link(link);
            row.length.0 / row.speed.0
        });
        let paths = flow.route.windows(2).map(|pair| {
            let movement = network.movement_between(pair[0], pair[1]).expect("a way");
            let way = network.movement(movement).connections[0];
            way.length.0 / way.speed.map_or(13.89, |speed| speed.0)
        });
        sum += links.chain(paths).sum::<f64>();
    }
    sum / demand.flows.len() as f64
}

fn geh(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { (2.0 * (a - b) * (a - b) / (a + b)).sqrt() }
}

fn mean(all: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    all.iter().map(of).sum::<f64>() / all.len() as f64
}

#[test]
fn volumes_and_delays_are_those_of_sumo() {
    let Some(tool) = tools() else {
        eprintln!("sumo, netgenerate and duarouter cannot be run: nothing was tested");
        return;
    };
    let mut far = Vec::new();
    for case in &CASES {
        eprintln!("{}:", case.name);
        let bench = Bench::new(case, &tool);
        let (imported, demand) = bench.import();
        let free = free_s(&imported.network, &demand);
        let theirs = SEEDS.map(|seed| bench.sumo(seed));
        let own = SEEDS.map(|seed| ours(&imported, &demand, seed));
        let links = theirs[0].volumes.keys();
        let near = links
            .clone()
            .filter(|&link| {
                let volume = |all: &[Measured]| mean(all, |run| run.volumes[link]);
                geh(volume(&theirs), volume(&own)) < 5.0
            })
            .count();
        let share = near as f64 / links.count() as f64;
        let delay = |all: &[Measured]| mean(all, |run| run.duration_s) - free;
        let (a, b) = (delay(&own), delay(&theirs));
        let off = 100.0 * (a / b - 1.0);
        let line = format!(
            "{}: {} vehicles, GEH < 5 on {:.1} % of links, delay {a:.2} s against {b:.2} s \
             ({off:+.1} %), entry {:.2} s against {:.2} s, arrived {} against {}",
            case.name,
            demand.vehicles(),
            100.0 * share,
            mean(&own, |run| run.wait_s),
            mean(&theirs, |run| run.wait_s),
            mean(&own, |run| run.arrived as f64),
            mean(&theirs, |run| run.arrived as f64),
        );
        eprintln!("{line}");
        if share < 0.85 || off.abs() > 10.0 {
            far.push(line);
        }
    }
    assert!(far.is_empty(), "{far:#?}");
}
