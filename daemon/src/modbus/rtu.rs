//! Modbus RTU: on a serial device, whose flush blocks for the wire time of a frame and which
//! therefore has a thread and a runtime of its own; or through a TCP gateway that passes bytes.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use scenario::Parity;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_modbus::client::{Context, rtu};
use tokio_serial::{DataBits, SerialPortBuilderExt, SerialStream, StopBits};

use super::fresh::Fresh;
use super::{Answer, Order, Port, SerialPort, bus};

/// Silences that are waited for at most before a line is called never quiet.
const QUIETS_MAX: u32 = 4;

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

/// Opens a serial device.
pub(super) fn open_serial(serial: &SerialPort) -> io::Result<SerialStream> {
    let parity = match serial.parity {
        Parity::None => tokio_serial::Parity::None,
        Parity::Even => tokio_serial::Parity::Even,
        Parity::Odd => tokio_serial::Parity::Odd,
    };
    let stop_bits = if serial.stop_bits == 2 { StopBits::Two } else { StopBits::One };
    let port = tokio_serial::new(&serial.path, serial.baud).data_bits(DataBits::Eight);
    Ok(port.parity(parity).stop_bits(stop_bits).open_native_async()?)
}

/// Connects to a gateway that passes RTU frames.
pub(super) async fn open_tcp(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Listens until the line has been quiet for `quiet`, and makes a client of it.
pub(super) async fn attach<S>(mut stream: S, quiet: Duration) -> io::Result<Context>
where
    S: AsyncRead + AsyncWrite + Debug + Unpin + Send + 'static,
{
    let silent = tokio::time::timeout(quiet * QUIETS_MAX, silence(&mut stream, quiet));
    match silent.await {
        Ok(heard) => heard?,
        Err(_) => return Err(io::Error::other("the line is never quiet")),
    }
    Ok(rtu::attach(Fresh::new(stream)))
}

async fn silence(stream: &mut (impl AsyncRead + Unpin), quiet: Duration) -> io::Result<()> {
    let mut noise = [0; 256];
    while let Ok(read) = tokio::time::timeout(quiet, stream.read(&mut noise)).await {
        if read? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
