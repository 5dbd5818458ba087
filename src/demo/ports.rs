//! Free loopback ports for the virtual cabinets, so that two demos can run beside each other.

use std::net::TcpListener;

use scenario::{Site, Transport};

/// Gives every TCP line of `site` a free port of its own on loopback.
pub(crate) fn assign_free(site: &mut Site) -> anyhow::Result<()> {
    // All are held until the last is found, or the same port could be found twice.
    let mut held = Vec::new();
    for line in &mut site.lines {
        let Transport::Tcp { address } = &mut line.transport;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *address = listener.local_addr()?.to_string();
        held.push(listener);
    }
    Ok(())
}
