//! `greenwave probe`: who is on a line, which model each may be, and what unknown registers could mean.
//! It only reads, one question at a time, and nothing that changes by being read.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use daemon::modbus::asker::{Asker, Heard};
use daemon::modbus::{Port, SerialPort};
use field::guess::{self, Answered};
use field::{DeviceMap, Failure, Reply, Request, decodings, sniff};
use hw_profiles::{BUILTIN, Profile, Table};
use scenario::Parity;

/// What is tried on a serial line, the likeliest first.
const SETTINGS: [(u32, Parity); 12] = [
    (19_200, Parity::Even),
    (9_600, Parity::None),
    (9_600, Parity::Even),
    (19_200, Parity::None),
    (4_800, Parity::None),
    (38_400, Parity::None),
    (38_400, Parity::Even),
    (57_600, Parity::None),
    (115_200, Parity::None),
    (115_200, Parity::Even),
    (2_400, Parity::None),
    (9_600, Parity::Odd),
];
/// How long a line is listened to before it is asked anything: another master would be heard.
const LISTEN: Duration = Duration::from_millis(600);
/// Models that are shown of one unit.
const GUESSES_MAX: usize = 4;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// Ask a line who is there, guess the models, and print what unknown registers could mean.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// HOST or HOST:PORT of Modbus TCP, or a serial device, as /dev/serial/by-id/...
    place: String,
    /// The place passes serial frames over TCP
    #[arg(long)]
    rtu_tcp: bool,
    /// Units to ask, as 1-10,20; without it 1 on TCP and 1 to 16 on a serial line
    #[arg(long)]
    units: Option<String>,
    /// How a serial line is set, as 9600N or 19200E; without it the usual settings are tried
    #[arg(long, value_parser = crate::emulate::setting)]
    setting: Option<sim::serve::emulate::Setting>,
    /// How long an answer may take, milliseconds
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..=60_000))]
    timeout_ms: u32,
    /// The pause between two questions, milliseconds
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pause_ms: u32,
    /// Print every plausible decoding of registers, as input:0-20 or holding:128
    #[arg(long, value_name = "TABLE:RANGE", conflicts_with = "profile")]
    range: Option<String>,
    /// Read everything by a profile instead of guessing
    #[arg(long)]
    profile: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(probe(arguments))
}

/// A line that is asked with care.
struct Bench {
    port: Port,
    asker: Option<Asker>,
    timeout: Duration,
    pause: Duration,
}

impl Bench {
    /// Asks, and opens the line anew where an answer may still be on its way.
    async fn ask(&mut self, unit: u8, request: &Request) -> (Heard, Duration) {
        tokio::time::sleep(self.pause).await;
        if self.asker.is_none() {
            match Asker::open(&self.port, CONNECT).await {
                Ok(asker) => self.asker = Some(asker),
                Err(error) => {
                    let result = Err(Failure::Disconnected(error.to_string()));
                    let heard = Heard { result, asked: Vec::new(), bytes: Vec::new() };
                    return (heard, Duration::ZERO);
                }
            }
        }
        let Some(asker) = &mut self.asker else {
            unreachable!("it was opened just now");
        };
        let begin = Instant::now();
        let heard = asker.ask(unit, request, self.timeout).await;
        let took = begin.elapsed();
        let is_sound = heard.result.as_ref().err().is_none_or(Failure::leaves_line_sound);
        if !is_sound && !matches!(self.port, Port::Serial(_)) {
            self.asker = None;
        }
        (heard, took)
    }

    /// Whether a unit is there: any answer shows it, an exception too. One that says that a gateway
    /// found nobody does not.
    async fn is_there(&mut self, unit: u8) -> Found {
        let mut found = Found::Silent;
        for request in [
            Request::ReadHolding { address: 0, count: 1 },
            Request::ReadInput { address: 0, count: 1 },
        ] {
            let (heard, took) = self.ask(unit, &request).await;
            match heard.result {
                Ok(_) => return Found::There(took),
                Err(Failure::Exception(code)) if ![10, 11].contains(&code.code()) => {
                    return Found::There(took);
                }
                Err(Failure::Mismatch(why)) => found = Found::Noise(why, heard.bytes),
                Err(Failure::Disconnected(why)) => return Found::Gone(why),
                Err(_) if !heard.bytes.is_empty() => {
                    found = Found::Noise("no frame".to_owned(), heard.bytes);
                }
                Err(_) => {}
            }
            if matches!(found, Found::Silent) {
                // A second question would only wait as long again.
                return found;
            }
        }
        found
    }
}

enum Found {
    There(Duration),
    Silent,
    Noise(String, Vec<u8>),
    Gone(String),
}

async fn probe(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let is_serial = arguments.place.starts_with('/');
    let units = match &arguments.units {
        Some(text) => spans(text, 247)?,
        None if is_serial => (1..=16).collect(),
        None => vec![1],
    };
    let units: Vec<u8> = units.iter().filter_map(|unit| u8::try_from(*unit).ok()).collect();
    let bench = if is_serial { serial(arguments, &units).await? } else { Some(tcp(arguments)) };
    let Some(mut bench) = bench else {
        return Ok(ExitCode::FAILURE);
    };
    let mut there = 0;
    for &unit in &units {
        match bench.is_there(unit).await {
            Found::There(took) => {
                there += 1;
                println!("unit {unit}: answers in {} ms", took.as_millis());
                look(arguments, &mut bench, unit).await?;
            }
            Found::Silent if units.len() > 1 => {}
            Found::Silent => println!("unit {unit}: silent"),
            Found::Noise(why, bytes) => {
                println!("unit {unit}: {why}: {}", hex(&bytes));
            }
            Found::Gone(why) => {
                println!("{}: {why}", arguments.place);
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    println!("{there} of {} units that were asked are there", units.len());
    Ok(if there > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tcp(arguments: &Arguments) -> Bench {
    let has_port = arguments.place.contains(':');
    let address =
        if has_port { arguments.place.clone() } else { format!("{}:502", arguments.place) };
    let port = if arguments.rtu_tcp {
        Port::RtuOverTcp { address, quiet: Duration::from_millis(50) }
    } else {
        Port::Tcp(address)
    };
    bench(arguments, port)
}

fn bench(arguments: &Arguments, port: Port) -> Bench {
    let span = |millis: u32| Duration::from_millis(millis.into());
    let (timeout, pause) = (span(arguments.timeout_ms), span(arguments.pause_ms));
    Bench { port, asker: None, timeout, pause }
}

/// Finds how a serial line is set: the first setting at which any unit answers.
async fn serial(arguments: &Arguments, units: &[u8]) -> anyhow::Result<Option<Bench>> {
    let port = |(baud, parity): (u32, Parity)| {
        let (path, quiet) = (arguments.place.clone(), Duration::from_millis(50));
        Port::Serial(SerialPort { path, baud, parity, stop_bits: 1, quiet })
    };
    let given = arguments.setting.map(|setting| {
        let parity = match setting.parity {
            'E' => Parity::Even,
            'O' => Parity::Odd,
            _ => Parity::None,
        };
        (setting.baud, parity)
    });
    // What was given is tried first, and if nobody answers the others, to say what is wrong.
    let mut settings: Vec<(u32, Parity)> = given.into_iter().collect();
    settings.extend(SETTINGS.iter().filter(|setting| Some(**setting) != given));
    let mut heard_noise = Vec::new();
    for (index, &setting) in settings.iter().enumerate() {
        let mut bench = bench(arguments, port(setting));
        let opened = Asker::open(&bench.port, CONNECT).await;
        let mut asker = opened.with_context(|| {
            format!("cannot open {}: `greenwave doctor {0}` says why", arguments.place)
        })?;
        let heard = asker.listen(if index == 0 { LISTEN } else { LISTEN / 10 }).await;
        if !heard.is_empty() {
            println!("{}: somebody else is talking: {}", name(setting), hex(&heard));
        }
        bench.asker = Some(asker);
        for &unit in units {
            match bench.is_there(unit).await {
                Found::There(_) => {
                    tell(given, setting, &heard_noise);
                    return Ok(Some(bench));
                }
                Found::Noise(..) => heard_noise.push(name(setting)),
                Found::Gone(why) => anyhow::bail!("{}: {why}", arguments.place),
                Found::Silent => {}
            }
        }
        if given.is_some() && index == 0 {
            println!("{}: nobody answers; other settings are tried", name(setting));
        }
    }
    heard_noise.dedup();
    if heard_noise.is_empty() {
        println!("nobody answers at any of {} settings: A and B, power, the unit?", settings.len());
    } else {
        println!("only noise, at {}: termination, A and B, two masters?", heard_noise.join(", "));
    }
    Ok(None)
}

fn tell(given: Option<(u32, Parity)>, found: (u32, Parity), noise: &[String]) {
    match given {
        Some(given) if given != found => {
            println!("wrong setting: the line speaks {}, not {}", name(found), name(given));
        }
        _ => println!("the line speaks {}", name(found)),
    }
    if !noise.is_empty() {
        println!("noise before that, at {}", noise.join(", "));
    }
}

fn name((baud, parity): (u32, Parity)) -> String {
    let parity = match parity {
        Parity::None => "8N1",
        Parity::Even => "8E1",
        Parity::Odd => "8O1",
    };
    format!("{baud} baud {parity}")
}

/// Looks closer at a unit that is there.
async fn look(arguments: &Arguments, bench: &mut Bench, unit: u8) -> anyhow::Result<()> {
    if let Some(range) = &arguments.range {
        return decode(bench, unit, range).await;
    }
    if let Some(name) = &arguments.profile {
        let map = DeviceMap::new(crate::profile_command::load(name)?);
        for request in map.polls().iter().flat_map(|poll| &poll.requests) {
            let (heard, _) = bench.ask(unit, request).await;
            let said = match &heard.result {
                Ok(reply) => sniff::named(&map, request, reply),
                Err(failure) => format!("{failure} {}", hex(&heard.bytes)),
            };
            println!("  {}: {said}", sniff::asked(request));
        }
        return Ok(());
    }
    guesses(bench, unit).await;
    Ok(())
}

async fn guesses(bench: &mut Bench, unit: u8) {
    let profiles: Vec<Profile> =
        BUILTIN.iter().filter_map(|(name, _)| hw_profiles::builtin(name)).collect();
    let delicate = guess::delicate(profiles.iter());
    let mut known: Vec<Answered> = Vec::new();
    let mut verdicts = Vec::new();
    for profile in profiles {
        let map = DeviceMap::new(profile);
        let mut answers = Vec::new();
        for request in guess::questions(&map, &delicate) {
            // What another profile has asked already is not asked again.
            let before = known.iter().find(|(asked, _)| *asked == request).cloned();
            let answer = match before {
                Some(answer) => answer,
                None => {
                    let result = bench.ask(unit, &request).await.0.result;
                    known.push((request.clone(), result.clone()));
                    (request, result)
                }
            };
            let is_against = answer.1.is_err();
            answers.push(answer);
            if is_against {
                break;
            }
        }
        verdicts.push(guess::judge(&map, &answers));
    }
    guess::sort(&mut verdicts);
    let mut likely = verdicts.iter().filter(|verdict| verdict.score.is_some()).peekable();
    if likely.peek().is_none() {
        println!("  no profile that ships fits; look with --range input:0-20");
    }
    for verdict in likely.take(GUESSES_MAX) {
        let score = verdict.score.unwrap_or(0);
        println!("  {score:>3} {}: {}", verdict.profile, verdict.evidence.join("; "));
    }
}

/// Prints what registers could mean.
async fn decode(bench: &mut Bench, unit: u8, range: &str) -> anyhow::Result<()> {
    let (table, range) = range.split_once(':').context("a range is TABLE:FIRST-LAST")?;
    let table = Table::ALL.iter().find(|(name, _)| *name == table);
    let table = table.context("the table is one of discrete, coil, input, holding")?.1;
    let addresses = spans(range, 65_535)?;
    let most = if table.is_bits() { 2_000 } else { 125 };
    let consecutive = addresses.chunk_by(|one, next| next - one == 1);
    let mut parts: VecDeque<&[u32]> = consecutive.flat_map(|run| run.chunks(most)).collect();
    while let Some(part) = parts.pop_front() {
        let (address, count) = (u16::try_from(part[0])?, u16::try_from(part.len())?);
        let request = match table {
            Table::Discrete => Request::ReadDiscrete { address, count },
            Table::Coil => Request::ReadCoils { address, count },
            Table::Input => Request::ReadInput { address, count },
            Table::Holding => Request::ReadHolding { address, count },
        };
        let (heard, _) = bench.ask(unit, &request).await;
        match heard.result {
            // Somewhere in it is an address that the device does not have: each half may do.
            Err(Failure::Exception(_)) if part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.push_front(second);
                parts.push_front(first);
            }
            Err(failure) => println!("  {address:>5}  {failure}"),
            Ok(reply) => show(address, &reply),
        }
    }
    Ok(())
}

fn show(address: u16, reply: &Reply) {
    match reply {
        Reply::Coils(bits) | Reply::Discrete(bits) => {
            for (at, bit) in (address..).zip(bits) {
                println!("  {at:>5}  {}", u8::from(*bit));
            }
        }
        Reply::Holding(words) | Reply::Input(words) => {
            let all = decodings::of(address, words);
            for (at, word) in (address..).zip(words) {
                let of = all.iter().filter(|decoding| decoding.address == at);
                let said: Vec<String> =
                    of.map(|decoding| format!("{} {}", decoding.kind, decoding.value)).collect();
                println!("  {at:>5}  {word:04x}  {}", said.join(" · "));
            }
        }
        _ => {}
    }
}

/// `1-10,20`.
fn spans(text: &str, most: u32) -> anyhow::Result<Vec<u32>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number <= most);
        let span = number(first).zip(number(last)).filter(|(first, last)| first <= last);
        let (first, last) =
            span.with_context(|| format!("{part:?} is not FIRST-LAST up to {most}"))?;
        all.extend(first..=last);
    }
    Ok(all)
}

fn hex(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
    all.join(" ")
}
