//! Modbus TCP connections.

use std::io;

use tokio::net::TcpStream;
use tokio_modbus::client::{Context, tcp};

/// Connects. Small frames leave at once: the library does not set that itself.
pub(super) async fn connect(address: &str) -> io::Result<Context> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(tcp::attach(stream))
}
