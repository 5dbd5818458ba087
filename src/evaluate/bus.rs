//! `greenwave evaluate bus`: the daemon's Modbus lines against virtual devices that a child process
//! serves, so that what is measured is the poller's own; and the clients of pymodbus and libmodbus on the
//! same work, where they are at hand.

mod peers;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use daemon::modbus::Port;
use daemon::modbus::poller::{Poller, Seen};
use field::DeviceMap;
use field::line::{Line, LineSettings, UnitSettings};
use hw_profiles::Profile;
use serde_json::{Value, json};
use signal::{
    Admitted, Group, GroupKind, Interlock, InterlockLimits, Layout, Seen as Shown, Stage,
};
use units::{DeviceId, GroupId, Millis, Moment, StageId};

/// A device of 50 registers that are read once a second, and one command.
const PROFILE: &str = include_str!("bus/device.toml");
/// How long everybody may take to be connected and identified before anything is measured.
const READY_IN: Duration = Duration::from_secs(30);
/// After the last has come, the load settles for this long.
const SETTLE: Duration = Duration::from_secs(2);
/// Commands a second in all, spread over the devices.
const COMMANDS_PER_S: u64 = 20;

/// How many devices one process polls.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Devices, each with a connection of its own
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    devices: u32,
    /// Seconds that are measured
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Leave out the other programs' clients
    #[arg(long)]
    alone: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let devices = usize::try_from(arguments.devices)?;
    let span = Duration::from_secs(arguments.seconds.into());
    raise_files();
    let served = Served::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut all = runtime.block_on(measure(&served.address, devices, span))?;
    drop(runtime);
    if !arguments.alone {
        let peers = peers::measure(&served.address, devices, arguments.seconds);
        let own = all["cpu_share"].as_f64().unwrap_or(0.0);
        for (name, result) in peers {
            if let Some(theirs) = result["cpu_share"].as_f64().filter(|_| own > 0.0) {
                all[format!("cpu_ratio_{name}")] = json!(rounded(theirs / own, 2));
            }
            all[name] = result;
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&all);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(all: &Value) {
    let empty = serde_json::Map::new();
    for (name, value) in all.as_object().unwrap_or(&empty) {
        println!("{name:24} {value}");
    }
}

/// Each connection is an open file.
fn raise_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// The child that serves the devices.
struct Served {
    child: Child,
    address: String,
    _profile: tempfile_path::Path,
}

impl Served {
    fn start() -> anyhow::Result<Self> {
        let profile = tempfile_path::Path::write(PROFILE)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("emulate")
            .arg(&profile.0)
            .args(["--apart", "--with-parent"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the virtual devices")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut address = String::new();
        BufReader::new(stdout).read_line(&mut address)?;
        let address = address.trim().to_owned();
        anyhow::ensure!(!address.is_empty(), "the virtual devices did not start");
        Ok(Self { child, address, _profile: profile })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that is gone when it is not needed any more.
mod tempfile_path {
    use super::Write;

    pub(super) struct Path(pub(super) std::path::PathBuf);

    impl Path {
        pub(super) fn write(text: &str) -> std::io::Result<Self> {
            let name = format!("greenwave-bus-{}.toml", std::process::id());
            let path = std::env::temp_dir().join(name);
            let mut file = std::fs::File::create(&path)?;
            file.write_all(text.as_bytes())?;
            Ok(Self(path))
        }
    }

    impl Drop for Path {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

async fn measure(address: &str, devices: usize, span: Duration) -> anyhow::Result<Value> {
    let profile = Profile::parse(PROFILE).map_err(|all| anyhow::anyhow!("{all:?}"))?;
    let map = Arc::new(DeviceMap::new(profile));
    let ports = vec![Port::Tcp(address.to_owned()); devices];
    let mut poller = Poller::start(ports, |index, now| {
        let device = DeviceId::from_index(index);
        let (map, outputs) = (map.clone(), Vec::new());
        let unit = UnitSettings { device, unit: 1, map, watchdog_tried: false, outputs };
        // As the engine begins the lines of a large site.
        let first = Millis(i64::try_from(1_000 * index / devices).unwrap_or(0));
        let settings = LineSettings { first, ..LineSettings::default() };
        Line::new(settings, vec![unit], now, index as u64)
    })?;
    let mut online = 0;
    let begin = Instant::now();
    while online < devices {
        anyhow::ensure!(begin.elapsed() < READY_IN, "only {online} of {devices} devices answer");
        let mut see = |seen| online += usize::from(seen == Seen::Online);
        poller.run(Duration::from_millis(100), &mut see).await;
    }
    poller.run(SETTLE, &mut |_| {}).await;
    let tally = load(&mut poller, devices, span).await?;
    Ok(tally)
}

async fn load(poller: &mut Poller, devices: usize, span: Duration) -> anyhow::Result<Value> {
    let (mut reads, mut wrote, mut taken, mut errors) = (Vec::new(), Vec::new(), Vec::new(), 0_u64);
    let mut see = |seen| match seen {
        Seen::Read(micros) => reads.push(micros),
        Seen::Wrote(micros) => wrote.push(micros),
        Seen::Taken(micros) => taken.push(micros),
        Seen::Failed => errors += 1,
        Seen::Online => {}
    };
    let command = command()?;
    let (begin, cpu) = (Instant::now(), cpu_ns());
    let mut given: u64 = 0;
    while begin.elapsed() < span {
        let next = Duration::from_micros(given * 1_000_000 / COMMANDS_PER_S);
        poller.run(next.saturating_sub(begin.elapsed()), &mut see).await;
        // A stride that is prime to most numbers visits all devices in turn.
        let index = usize::try_from(given.wrapping_mul(7_919))? % devices;
        poller.command(index, DeviceId::from_index(index), command.clone(), &mut see);
        given += 1;
    }
    let (real, used) = (begin.elapsed(), cpu_ns().saturating_sub(cpu));
    let polls = reads.len();
    for latencies in [&mut reads, &mut wrote, &mut taken] {
        latencies.sort_unstable();
    }
    Ok(json!({
        "devices": devices,
        "registers": 50,
        "seconds": rounded(real.as_secs_f64(), 2),
        "polls": polls,
        "polls_per_s": rounded(polls as f64 / real.as_secs_f64(), 1),
        "poll_latency_p50_ms": share(&reads, 0.5),
        "poll_latency_p99_ms": share(&reads, 0.99),
        "poll_latency_max_ms": share(&reads, 1.0),
        "writes": taken.len(),
        "write_wait_p99_ms": share(&wrote, 0.99),
        "write_latency_p50_ms": share(&taken, 0.5),
        "write_latency_p99_ms": share(&taken, 0.99),
        "cpu_share": rounded(used as f64 / real.as_nanos() as f64, 4),
        "errors": errors,
    }))
}

/// A demand of a stage, let through by an interlock that allows anything: nothing is at stake here.
fn command() -> anyhow::Result<Admitted<signal::Command>> {
    let mut layout = Layout::builder();
    let seconds = Millis::from_secs;
    layout.group(Group {
        name: "all".to_owned(),
        kind: GroupKind::Vehicle,
        min_green: seconds(5),
        max_green: seconds(60),
        closing: seconds(3),
        all_red: seconds(1),
        max_red: seconds(180),
    });
    let groups = [GroupId(0)].into_iter().collect();
    let (name, max_green) = ("all".to_owned(), seconds(60));
    layout.stage(Stage { name, groups, min_green: seconds(5), max_green });
    let layout = layout.build().map_err(|all| anyhow::anyhow!("{all:?}"))?;
    let limits = InterlockLimits { max_lease: Millis::MAX, max_age: Millis::MAX };
    let shown = Shown {
        at: Moment(0),
        running: Some(StageId(0)),
        next: None,
        elapsed: seconds(50),
        aspects: Vec::new(),
        fault: false,
        local_control: false,
    };
    let demand = signal::Command::DemandStage { stage: StageId(0), lease: seconds(5) };
    let admitted = Interlock::new(Arc::new(layout), limits).admit(demand, Some(&shown), Moment(0));
    admitted.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
}

/// The processor time of all threads of this process, nanoseconds.
fn cpu_ns() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |thread: std::fs::DirEntry| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split_ascii_whitespace().next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0)
    };
    threads.map(of).sum()
}

/// What a share of the sorted latencies does not exceed, milliseconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn share(sorted: &[u64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (share * last as f64).ceil() as usize;
    rounded(sorted.get(at).copied().unwrap_or(0) as f64 / 1_000.0, 3)
}

fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}
