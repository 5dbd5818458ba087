//! `greenwave record`: what goes over a line, kept so that it can be played again at the desk, and said
//! in words while it goes by.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use daemon::modbus::asker::Asker;
use daemon::modbus::{Port, SerialPort};
use field::DeviceMap;
use field::sniff::Sniffer;
use field::traffic::{Framing, Piece, Way, head};
use scenario::Parity;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use units::Millis;

/// A silence that ends a burst on a serial line that is only listened to.
const SILENCE: Duration = Duration::from_millis(4);
/// A piece of a connection.
const PIECE_MAX: usize = 4_096;

/// Record what goes over a line, and say what it means.
///
/// With `--listen` and `--to` it stands between whoever asks and who answers; with `--serial` it only
/// listens to an RS-485 line, and writes nothing to it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The recording
    file: PathBuf,
    /// Where whoever asks connects to
    #[arg(long, value_name = "HOST:PORT", requires = "to", required_unless_present = "serial")]
    listen: Option<String>,
    /// Where what answers is
    #[arg(long, value_name = "HOST:PORT", requires = "listen")]
    to: Option<String>,
    /// The connection carries serial frames
    #[arg(long)]
    rtu: bool,
    /// A serial device that is listened to
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    serial: Option<String>,
    /// How that line is set
    #[arg(long, default_value = "19200E", value_parser = crate::emulate::setting)]
    setting: sim::serve::emulate::Setting,
    /// What a unit is, as 3=lufft-ws-umb; may be repeated
    #[arg(long, value_name = "UNIT=PROFILE", value_parser = unit_profile)]
    unit: Vec<(u8, String)>,
    /// Seconds until it ends by itself
    #[arg(long)]
    seconds: Option<u64>,
    /// Say nothing while it records
    #[arg(long)]
    quiet: bool,
}

/// A unit and its profile.
pub(crate) fn unit_profile(text: &str) -> Result<(u8, String), String> {
    let wrong = || "it is UNIT=PROFILE, as 3=lufft-ws-umb".to_owned();
    let (unit, profile) = text.split_once('=').ok_or_else(wrong)?;
    Ok((unit.parse().map_err(|_| wrong())?, profile.to_owned()))
}

/// The maps of units.
pub(crate) fn maps(units: &[(u8, String)]) -> anyhow::Result<BTreeMap<u8, Arc<DeviceMap>>> {
    let map = |(unit, name): &(u8, String)| {
        Ok((*unit, Arc::new(DeviceMap::new(crate::profile_command::load(name)?))))
    };
    units.iter().map(map).collect()
}

/// The file, the listener, the clock.
struct Tape {
    file: File,
    sniffer: Option<Sniffer>,
    begin: Instant,
}

impl Tape {
    fn new(arguments: &Arguments, framing: Framing) -> anyhow::Result<Self> {
        let path = arguments.file.display();
        let mut file =
            File::create(&arguments.file).with_context(|| format!("cannot write {path}"))?;
        writeln!(file, "{}", head(framing))?;
        let sniffer = Sniffer::new(framing, maps(&arguments.unit)?);
        let sniffer = (!arguments.quiet).then_some(sniffer);
        Ok(Self { file, sniffer, begin: Instant::now() })
    }

    fn take(&mut self, way: Way, bytes: &[u8]) -> anyhow::Result<()> {
        let at = Millis(i64::try_from(self.begin.elapsed().as_millis())?);
        let piece = Piece { at, way, bytes: bytes.to_vec() };
        writeln!(self.file, "{}", piece.line())?;
        for line in self.sniffer.iter_mut().flat_map(|sniffer| sniffer.piece(&piece)) {
            println!("{:>9.3} {line}", at.as_secs_f64());
        }
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let span = arguments.seconds.map_or(Duration::MAX, Duration::from_secs);
        tokio::select! {
            done = record(arguments) => done,
            () = tokio::time::sleep(span) => Ok(()),
            stop = tokio::signal::ctrl_c() => stop.map_err(Into::into),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn record(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(path) = &arguments.serial {
        return listen(arguments, path).await;
    }
    let (Some(listen), Some(to)) = (&arguments.listen, &arguments.to) else {
        anyhow::bail!("--listen and --to, or --serial");
    };
    let framing = if arguments.rtu { Framing::Rtu } else { Framing::Tcp };
    let mut tape = Tape::new(arguments, framing)?;
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("cannot open {listen}"))?;
    eprintln!("{}", listener.local_addr()?);
    loop {
        let (near, _) = listener.accept().await?;
        match TcpStream::connect(to).await {
            Ok(far) => {
                if let Err(error) = between(near, far, &mut tape).await {
                    eprintln!("greenwave: {error:#}");
                }
            }
            Err(error) => eprintln!("greenwave: cannot connect to {to}: {error}"),
        }
    }
}

/// Carries bytes both ways until one of them hangs up.
async fn between(mut near: TcpStream, mut far: TcpStream, tape: &mut Tape) -> anyhow::Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (mut asked, mut answered) = ([0; PIECE_MAX], [0; PIECE_MAX]);
    loop {
        tokio::select! {
            read = near.read(&mut asked) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                tape.take(Way::Asked, &asked[..read])?;
                far.write_all(&asked[..read]).await?;
            }
            read = far.read(&mut answered) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                tape.take(Way::Answered, &answered[..read])?;
                near.write_all(&answered[..read]).await?;
            }
        }
    }
}

/// Listens to a serial line; frames end with silence.
async fn listen(arguments: &Arguments, path: &str) -> anyhow::Result<()> {
    let parity = match arguments.setting.parity {
        'E' => Parity::Even,
        'O' => Parity::Odd,
        _ => Parity::None,
    };
    let (path, baud) = (path.to_owned(), arguments.setting.baud);
    let port = SerialPort { path, baud, parity, stop_bits: 1, quiet: SILENCE };
    let mut line = Asker::open(&Port::Serial(port), Duration::from_secs(3)).await?;
    let mut tape = Tape::new(arguments, Framing::Rtu)?;
    loop {
        let burst = line.burst(SILENCE).await?;
        tape.take(Way::Heard, &burst)?;
    }
}
