//! `greenwave emulate`: a virtual device of any profile, on a port or a pseudo-terminal.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use field::DeviceMap;
use hw_profiles::{Point, Register};
use sim::link::Framing;
use sim::serve::emulate::{Emulation, Odds, Setting, listen, terminal};
use tokio::net::TcpListener;
use units::Millis;

/// A virtual device of any profile, on Modbus TCP or a pseudo-terminal, as bad as one likes.
#[derive(clap::Args)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Arguments {
    /// A profile file, or the name of one that ships
    profile: String,
    /// Where it listens, on this machine alone
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    listen: String,
    /// Serial frames on that port
    #[arg(long, conflicts_with = "pty")]
    rtu: bool,
    /// A pseudo-terminal instead, found by a link at this path
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    pty: Option<PathBuf>,
    /// What its serial line is set to, as 9600N or 19200E: who speaks otherwise is not understood
    #[arg(long, value_name = "SETTING", requires = "pty", value_parser = setting)]
    set_to: Option<Setting>,
    /// Its unit; 0 answers to any
    #[arg(long, default_value_t = 0)]
    unit: u8,
    /// A value, as `air-temperature=-3.5` or `input[4]=1`; may be repeated
    #[arg(long, value_name = "POINT=VALUE")]
    value: Vec<String>,
    /// The share of requests that are lost
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    lose: f64,
    /// The share of answers with a changed byte
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    corrupt: f64,
    /// The share of answers that another unit gives
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    wrong_unit: f64,
    /// The share of requests that are answered with exception 6
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    busy: f64,
    /// The share of answers that are late
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    late: f64,
    /// By how much, milliseconds
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    late_ms: u32,
    /// The seed of what goes wrong
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Each connection reaches a device of its own
    #[arg(long)]
    apart: bool,
    /// Stop when standard input closes
    #[arg(long)]
    with_parent: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    crate::logging::start("warn");
    let profile = crate::profile_command::load(&arguments.profile)?;
    let values = arguments.value.iter().map(|text| value(&profile, text));
    let values = values.collect::<anyhow::Result<Vec<_>>>()?;
    let odds = Odds {
        lose: arguments.lose,
        corrupt: arguments.corrupt,
        wrong_unit: arguments.wrong_unit,
        late: arguments.late,
        late_by: Millis(arguments.late_ms.into()),
        busy: arguments.busy,
    };
    let map = Arc::new(DeviceMap::new(profile));
    let (unit, seed) = (arguments.unit, arguments.seed);
    let emulation = Emulation { map, unit, values, odds, seed };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = tokio_util::sync::CancellationToken::new();
        crate::parent::watch(&shutdown, arguments.with_parent)?;
        tokio::select! {
            done = serve(arguments, emulation) => done,
            () = shutdown.cancelled() => Ok(()),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(arguments: &Arguments, emulation: Emulation) -> anyhow::Result<()> {
    if let Some(path) = &arguments.pty {
        let path = path.to_str().context("the path is no text")?;
        println!("{path}");
        let served = terminal(emulation, path, arguments.set_to).await;
        return served.map_err(anyhow::Error::msg);
    }
    let found: Vec<_> = tokio::net::lookup_host(&arguments.listen).await?.collect();
    let is_own = found.iter().all(|address| address.ip().is_loopback());
    anyhow::ensure!(is_own, "a virtual device asks nobody who he is: it listens on loopback only");
    let listener = TcpListener::bind(found.as_slice()).await?;
    println!("{}", listener.local_addr()?);
    let framing = if arguments.rtu { Framing::Rtu } else { Framing::Tcp };
    listen(emulation, framing, listener, arguments.apart).await;
    Ok(())
}

/// `POINT=VALUE` or `POINT[ELEMENT]=VALUE`.
fn value(profile: &hw_profiles::Profile, text: &str) -> anyhow::Result<(Point, u16, f64)> {
    let (place, number) = text.split_once('=').context("a value is POINT=VALUE")?;
    let (name, index) = match place.strip_suffix(']').and_then(|place| place.split_once('[')) {
        Some((name, index)) => (name, index.parse().context("an element is a number")?),
        None => (place, 0),
    };
    let point = Point::ALL.iter().find(|(known, _)| *known == name);
    let point = point.with_context(|| format!("there is no point {name:?}"))?.1;
    let elements = profile.register(point).map_or(0, Register::elements);
    anyhow::ensure!(index < elements, "{name} has {elements} elements in this profile");
    Ok((point, index, number.parse().context("a value is a number")?))
}

/// `9600N`, `19200E`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    let wrong = || "it is a baud rate and N, E or O, as 19200E".to_owned();
    let parity = text.chars().last().filter(|c| "NEO".contains(*c)).ok_or_else(wrong)?;
    let baud = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    Ok(Setting { baud, parity })
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "it is a share from 0 to 1".to_owned())
}
