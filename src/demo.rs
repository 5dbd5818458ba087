//! `greenwave demo`: a virtual street and the production daemon as two processes on this machine.
//!
//! ```text
//!  demo ──┬─ greenwave sim serve   stdin: commands   stdout: JSON lines (ready, progress, summary)
//!         └─ greenwave daemon      stdin: held open  stdout: one JSON line (ready)
//! ```
//!
//! Both children stop when their standard input closes, so nothing outlives the demo. The demo only
//! starts, asks, and adds up: every figure of its summary comes from one of the two.

mod child;
mod ports;
mod progress;
mod summary;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use scenario::Site;

use crate::load::{Control, StreetArguments};
use child::Child;
use progress::Progress;

/// Start a virtual street and the daemon as two processes, and show where to look.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    street: StreetArguments,
    /// How the junctions are controlled
    #[arg(long, value_enum, default_value_t = Control::MaxPressure)]
    control: Control,
    /// Simulated seconds until the demo ends by itself; without it, until Ctrl-C
    #[arg(long)]
    duration: Option<u32>,
    /// Times real time
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = crate::load::speed)]
    speed: f64,
    /// Print a summary as JSON on standard output at the end
    #[arg(long)]
    json: bool,
    /// A fault and its simulated second, as `disconnect:intersection_1_1@60+30`; may be repeated
    #[arg(long, value_name = "FAULT@TIME")]
    inject: Vec<String>,
    /// A file that says how well the street's sensors see. Without it, the `sensors.toml` of a
    /// scenario's folder
    #[arg(long, value_name = "FILE")]
    sensors: Option<PathBuf>,
    /// Where the web page listens
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Keep the site file and the event store in this folder
    #[arg(long)]
    keep: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    crate::logging::start("warn");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(drive(arguments))
}

async fn drive(arguments: Arguments) -> anyhow::Result<ExitCode> {
    for fault in &arguments.inject {
        // Read here only to refuse it before anything is started.
        fault.parse::<sim::fault::Injection>()?;
    }
    if let Ok(address) = arguments.listen.parse::<std::net::SocketAddr>() {
        // The demo's site has no tokens, and beyond this machine nothing is served without.
        let is_here = address.ip().is_loopback();
        anyhow::ensure!(is_here, "--listen {address}: the demo's page is for this machine alone");
    }
    let folder = Folder::make(arguments.keep.as_deref())?;
    let site = prepare(&arguments, &folder)?;
    let mut progress = Progress::new(arguments.json, arguments.duration);
    let mut street = start_street(&arguments, &folder).await?;
    let (mut daemon, address) = start_daemon(&arguments, &folder).await?;
    progress.ready(&site, &address, arguments.speed);
    let ended = watch(&arguments, &mut street, &mut daemon, &mut progress).await;
    let state = crate::http::get_json(&address, "/api/v1/state").await;
    // First the daemon, so that the street sees every cabinet handed back to its local plan.
    daemon.stop().await?;
    let measured = street.finish().await?;
    // Whoever ends it by hand knows that it is not over.
    let duration = arguments.duration.filter(|_| ended.as_ref().is_ok_and(|over| *over));
    ended?;
    let summary = summary::of(&measured, &state?)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        progress.summary(&summary);
    }
    let complaints = summary::complaints(&summary, duration);
    complaints.iter().for_each(|complaint| eprintln!("greenwave: {complaint}"));
    let is_sound = summary["violations"] == 0 && complaints.is_empty();
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the site file that both processes read.
fn prepare(arguments: &Arguments, folder: &Folder) -> anyhow::Result<Site> {
    let mut street = crate::load::street(&arguments.street, arguments.control.mode())?;
    // The street reads it again; a mistake in it is told before anything is started.
    crate::load::sensors(&arguments.street, arguments.sensors.as_deref(), &street.site.network)?;
    ports::assign_free(&mut street.site, &folder.path)?;
    arguments.listen.clone_into(&mut street.site.web.listen);
    street.site.store.path = folder.path("events").display().to_string();
    let file = folder.path("site.toml");
    std::fs::write(&file, scenario::write_site(&street.site))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(street.site)
}

async fn start_street(arguments: &Arguments, folder: &Folder) -> anyhow::Result<Child> {
    let mut words: Vec<OsString> = vec!["sim".into(), "serve".into(), "--with-parent".into()];
    words.push(option("--site", folder.path("site.toml").as_os_str()));
    words.push(format!("--speed={}", arguments.speed).into());
    words.extend(arguments.street.words());
    if let Some(sensors) = &arguments.sensors {
        words.push(option("--sensors", sensors.as_os_str()));
    }
    words.extend(arguments.inject.iter().map(|fault| format!("--inject={fault}").into()));
    let mut street = Child::start("the street", &words)?;
    street.expect("ready").await?;
    Ok(street)
}

async fn start_daemon(arguments: &Arguments, folder: &Folder) -> anyhow::Result<(Child, String)> {
    let words = [
        "daemon".into(),
        "--with-parent".into(),
        option("--site", folder.path("site.toml").as_os_str()),
        format!("--speed={}", arguments.speed).into(),
    ];
    let mut daemon = Child::start("the daemon", &words)?;
    let ready = daemon.expect("ready").await?;
    let address = ready["listen"].as_str().context("the daemon did not say where it listens")?;
    Ok((daemon, address.to_owned()))
}

/// An option and its value as one word.
fn option(name: &str, value: &OsStr) -> OsString {
    let mut word = OsString::from(name);
    word.push("=");
    word.push(value);
    word
}

/// Follows the street until the time is over, which is true, Ctrl-C, or one of the two ends by itself.
async fn watch(
    arguments: &Arguments,
    street: &mut Child,
    daemon: &mut Child,
    progress: &mut Progress,
) -> anyhow::Result<bool> {
    let end = arguments.duration.map(f64::from);
    let mut over = tokio::time::Instant::now() + FAR;
    loop {
        tokio::select! {
            line = street.next_line() => {
                let line = line?.context("the street ended by itself")?;
                let Some(now) = line["progress"]["sim_seconds"].as_f64() else { continue };
                progress.show(&line["progress"]);
                if let Some(end) = end {
                    // A machine that lags needs longer for what is left.
                    let held = line["progress"]["speed_held"].as_f64();
                    let held = held.filter(|held| *held > 0.0).unwrap_or(arguments.speed);
                    let left = ((end - now) / held.min(arguments.speed)).max(0.0);
                    over = tokio::time::Instant::now() + Duration::from_secs_f64(left);
                }
            }
            status = daemon.ended() => bail!("the daemon ended by itself: {status}"),
            _ = tokio::signal::ctrl_c() => return Ok(false),
            () = tokio::time::sleep_until(over) => return Ok(true),
            () = tokio::time::sleep(STREET_SILENT) => bail!("the street says nothing any more"),
        }
    }
}

/// Longer than any demo: where no end is known.
const FAR: Duration = Duration::from_secs(30 * 86_400);
/// The street reports each second of real time; this long without a word, it hangs.
const STREET_SILENT: Duration = Duration::from_secs(30);

/// The folder of one demo; removed at the end unless it was asked for by name.
struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    fn make(keep: Option<&std::path::Path>) -> anyhow::Result<Self> {
        let (path, kept) = match keep {
            Some(path) => (path.to_owned(), true),
            None => {
                let name = format!("greenwave-demo-{}", std::process::id());
                (std::env::temp_dir().join(name), false)
            }
        };
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        let site = path.join("site.toml");
        if site.exists() {
            bail!("{} is there already: --keep wants a folder of its own", site.display());
        }
        Ok(Self { path: path.canonicalize()?, kept })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            // A folder that cannot be removed is the temporary folder's own matter.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
