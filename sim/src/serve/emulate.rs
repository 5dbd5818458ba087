//! One virtual device of any profile, on a port or a pseudo-terminal, as bad as one likes: for the desk
//! where a field problem is looked for, and as what a poller is measured against.
//!
//! ```text
//!   connection ┐
//!   connection ┼── frames ──▶ desk: the device, its faults ── frames, silence, late ones ──▶
//!   terminal   ┘
//! ```

use std::sync::Arc;
use std::time::Duration;

use field::device::VirtualDevice;
use field::frame::rtu::Framer;
use field::frame::{self, Decoded, FRAME_MAX, Incoming};
use field::{DeviceMap, ExceptionCode};
use hw_profiles::Point;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_serial::{Parity, SerialPort};
use units::Millis;

use super::clock::Clock;
use super::pty::Pty;
use crate::fault::Fault;
use crate::link::{Carried, Framing, carry};
use crate::random::Random;
use crate::street::Answer;

/// Frames that wait for the desk; each connection has one under way.
const WAITING_MAX: usize = 64;
/// Bytes on a connection that keeps no silences are forgotten after this long.
const FORGET: Duration = Duration::from_millis(200);
/// The silence that ends a frame on a terminal, which does not pace.
const SILENCE: Duration = Duration::from_millis(2);
/// After this long without a word whoever had the terminal open may be gone.
const NOBODY: Duration = Duration::from_millis(300);
/// A million, of which the odds of faults are parts.
const MILLION: i64 = 1_000_000;

/// How often what goes wrong, in shares from 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Odds {
    /// Requests that are lost.
    pub lose: f64,
    /// Answers with a byte changed.
    pub corrupt: f64,
    /// Answers of another unit.
    pub wrong_unit: f64,
    /// Answers that are late.
    pub late: f64,
    /// By how much.
    pub late_by: Millis,
    /// Requests that are answered with an exception: busy.
    pub busy: f64,
}

/// What a serial device is set to; who speaks otherwise is not understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Bits a second.
    pub baud: u32,
    /// `N`, `E` or `O`.
    pub parity: char,
}

/// A device to be emulated.
#[derive(Clone, Debug)]
pub struct Emulation {
    /// Its map.
    pub map: Arc<DeviceMap>,
    /// Its unit; on a connection of its own it answers to any where this is 0.
    pub unit: u8,
    /// Values that are not at rest: point, element, value in the register's unit.
    pub values: Vec<(Point, u16, f64)>,
    /// What goes wrong.
    pub odds: Odds,
    /// The seed of what goes wrong.
    pub seed: u64,
}

type Asked = (Incoming, oneshot::Sender<(Carried, Millis)>);

/// Serves a listener until it is dropped. Where devices are `apart`, each connection has one of its own.
pub async fn listen(emulation: Emulation, framing: Framing, listener: TcpListener, apart: bool) {
    let shared = desk(&emulation, framing);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(FORGET).await;
            continue;
        };
        let desk = if apart { desk(&emulation, framing) } else { shared.clone() };
        connections.spawn(async move {
            if let Err(error) = converse(desk, framing, stream).await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
}

/// Serves a pseudo-terminal, found by a link at `path`, until it is dropped.
///
/// # Errors
/// Where there can be none, or it is gone.
pub async fn terminal(
    emulation: Emulation,
    path: &str,
    setting: Option<Setting>,
) -> Result<(), String> {
    let mut pty = Pty::open(path)?;
    let desk = desk(&emulation, Framing::Rtu);
    let (mut framer, mut bytes) = (Framer::default(), [0; FRAME_MAX]);
    loop {
        let patience = if framer.is_waiting() { SILENCE } else { NOBODY };
        match tokio::time::timeout(patience, pty.stream().read(&mut bytes)).await {
            Ok(Ok(read)) => {
                framer.push(&bytes[..read]);
                continue;
            }
            Ok(Err(error)) => return Err(format!("the terminal is gone: {error}")),
            Err(_) => {}
        }
        let Some(heard) = framer.silence() else {
            pty.disclaim();
            continue;
        };
        let is_understood = setting.is_none_or(|setting| understands(setting, pty.stream()));
        let (Ok(incoming), true) = (heard, is_understood) else {
            continue;
        };
        let (carried, late) = ask(&desk, incoming).await;
        tokio::time::sleep(super::clock::real(late, 1.0)).await;
        if let Carried::Frame(frame) = carried {
            let _ = pty.stream().write_all(&frame).await;
        }
    }
}

/// Whether the other end of a terminal speaks as the device is set to.
fn understands(setting: Setting, stream: &tokio_serial::SerialStream) -> bool {
    let parity = match stream.parity() {
        Ok(Parity::Even) => 'E',
        Ok(Parity::Odd) => 'O',
        _ => 'N',
    };
    stream.baud_rate().is_ok_and(|baud| baud == setting.baud) && parity == setting.parity
}

async fn converse(
    desk: mpsc::Sender<Asked>,
    framing: Framing,
    mut stream: TcpStream,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(2 * FRAME_MAX);
    let mut framer = Framer::default();
    loop {
        let incoming = match framing {
            Framing::Tcp => match frame::decode(&buffer) {
                Decoded::Frame(incoming, used) => {
                    buffer.drain(..used);
                    Some(incoming)
                }
                Decoded::Broken(why) => return Err(std::io::Error::other(why)),
                Decoded::Incomplete => None,
            },
            Framing::Rtu => {
                framer.push(&buffer);
                buffer.clear();
                if framer.is_whole() { framer.silence().and_then(Result::ok) } else { None }
            }
        };
        let Some(incoming) = incoming else {
            let patience = if framer.is_waiting() { FORGET } else { Duration::MAX };
            match tokio::time::timeout(patience, stream.read_buf(&mut buffer)).await {
                Ok(Ok(0)) => return Ok(()),
                Ok(read) => {
                    read?;
                }
                Err(_) => drop(framer.silence()),
            }
            continue;
        };
        let (carried, late) = ask(&desk, incoming).await;
        if late > Millis::ZERO {
            tokio::time::sleep(super::clock::real(late, 1.0)).await;
        }
        match carried {
            Carried::Frame(frame) => stream.write_all(&frame).await?,
            Carried::Nothing => {}
            Carried::Cut => return Ok(()),
        }
    }
}

async fn ask(desk: &mpsc::Sender<Asked>, incoming: Incoming) -> (Carried, Millis) {
    let (answer, given) = oneshot::channel();
    let nothing = (Carried::Cut, Millis::ZERO);
    if desk.send((incoming, answer)).await.is_err() {
        return nothing;
    }
    given.await.unwrap_or(nothing)
}

/// Starts the owner of a device; it ends with the last who may ask it.
fn desk(emulation: &Emulation, framing: Framing) -> mpsc::Sender<Asked> {
    let (sender, mut asked) = mpsc::channel::<Asked>(WAITING_MAX);
    let clock = Clock::start(1.0);
    let mut device = VirtualDevice::new(emulation.map.clone(), clock.now());
    for &(point, index, value) in &emulation.values {
        device.set_number(point, index, value);
    }
    let (unit, odds) = (emulation.unit, emulation.odds);
    let mut random = Random::new(emulation.seed);
    tokio::spawn(async move {
        while let Some((incoming, answer)) = asked.recv().await {
            let is_meant = unit == 0 || incoming.unit == unit;
            let given = if is_meant {
                answered(&mut device, &incoming, &odds, &mut random, &clock)
            } else {
                (Answer::Silence, Millis::ZERO)
            };
            let _ = answer.send((carry(framing, &incoming, given.0), given.1));
        }
    });
    sender
}

fn answered(
    device: &mut VirtualDevice,
    incoming: &Incoming,
    odds: &Odds,
    random: &mut Random,
    clock: &Clock,
) -> (Answer, Millis) {
    // Each is drawn each time, so that one more fault does not change when another happens.
    let [lose, busy, corrupt, wrong, late] =
        [odds.lose, odds.busy, odds.corrupt, odds.wrong_unit, odds.late]
            .map(|share| random.below(MILLION) < parts(share));
    let late = if late { odds.late_by } else { Millis::ZERO };
    if lose {
        return (Answer::Silence, Millis::ZERO);
    }
    let reply = match &incoming.request {
        _ if busy => Err(ExceptionCode::Busy),
        Ok(request) => device.handle(clock.now(), request),
        Err(exception) => Err(*exception),
    };
    let answer = if corrupt {
        Answer::Spoiled(reply, Fault::Corrupt)
    } else if wrong {
        Answer::Spoiled(reply, Fault::WrongUnit)
    } else {
        Answer::Reply(reply)
    };
    (answer, late)
}

#[allow(clippy::cast_possible_truncation)]
fn parts(share: f64) -> i64 {
    (share.clamp(0.0, 1.0) * 1e6).round() as i64
}
