//! Places of its own for the demo's lines: free loopback ports and pseudo-terminals in its folder, so
//! that two demos can run beside each other, and neither touches a device of this machine.

use std::net::TcpListener;
use std::path::Path;

use scenario::{Site, Transport};

/// Gives every line of `site` a free port of its own on loopback, or a name in `folder` for its
/// pseudo-terminal.
pub(crate) fn assign_free(site: &mut Site, folder: &Path) -> anyhow::Result<()> {
    // All are held until the last is found, or the same port could be found twice.
    let mut held = Vec::new();
    for (number, line) in (1..).zip(&mut site.lines) {
        match &mut line.transport {
            Transport::Tcp { address } | Transport::RtuTcp { address } => {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                *address = listener.local_addr()?.to_string();
                held.push(listener);
            }
            Transport::Serial(serial) => {
                serial.path = folder.join(format!("line-{number}")).display().to_string();
            }
        }
    }
    Ok(())
}
