//! Modbus RTU: on a serial device, whose flush blocks for the wire time of a frame and which
//! therefore has a thread and a runtime of its own; or through a TCP gateway that passes bytes.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_modbus::client::{Context, rtu};
use tokio_serial::{DataBits, Parity, SerialPortBuilderExt, StopBits};

use super::{Answer, Order, Port, bus};

/// A line that has said nothing for this long has no late answer left: ten frames' gaps at 9600.
const QUIET: Duration = Duration::from_millis(50);
/// What a line may say before it must be quiet; more is a babbling unit, and no connection is made.
const NOISE_MAX: usize = 4_096;

/// Serves a serial line on its own thread.
pub(super) fn spawn_thread(
    port: Port,
    orders: mpsc::Receiver<Order>,
    answers: mpsc::Sender<Answer>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new()
        .name("serial line".to_owned())
        .spawn(move || runtime.block_on(bus::run(port, orders, answers)))?;
    Ok(())
}

/// Opens a serial device and waits until it is quiet.
pub(super) async fn connect_serial(path: &str, baud: u32) -> io::Result<Context> {
    let mut stream = tokio_serial::new(path, baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::Even)
        .stop_bits(StopBits::One)
        .open_native_async()?;
    drain(&mut stream).await?;
    Ok(rtu::attach(stream))
}

/// Connects to a gateway that passes RTU frames.
pub(super) async fn connect_tcp(address: &str) -> io::Result<Context> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    drain(&mut stream).await?;
    Ok(rtu::attach(stream))
}

async fn drain(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut noise = [0; 256];
    let mut heard = 0;
    while let Ok(read) = tokio::time::timeout(QUIET, stream.read(&mut noise)).await {
        heard += read?.max(1);
        if heard > NOISE_MAX {
            return Err(io::Error::other("the line is never quiet"));
        }
    }
    Ok(())
}
