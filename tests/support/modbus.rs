//! A stranger's Modbus TCP, in bytes: it shares no code with either side.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Register 17 of the open stage controller: who controls.
pub(crate) const LOCAL_PLAN: u16 = 1;

/// Reads one input register of unit 1.
pub(crate) fn input_register(address: SocketAddr, register: u16) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let [high, low] = register.to_be_bytes();
    stream.write_all(&[0, 1, 0, 0, 0, 6, 1, 4, high, low, 0, 1])?;
    let mut answer = [0; 11];
    stream.read_exact(&mut answer)?;
    Ok(u16::from_be_bytes([answer[9], answer[10]]))
}

/// Who controls the cabinet at this address.
pub(crate) fn mode(address: SocketAddr) -> u16 {
    input_register(address, 17).expect("the cabinet answers")
}
