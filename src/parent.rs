//! A child that lives as long as its parent: when standard input closes, it stops.

use tokio_util::sync::CancellationToken;

/// Cancels `shutdown` on Ctrl-C, on a request to terminate, and, `with_parent`, when standard input
/// closes.
pub(crate) fn watch(shutdown: &CancellationToken, with_parent: bool) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let token = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    });
    if with_parent {
        let token = shutdown.clone();
        // A thread of its own: a read of standard input cannot be cancelled.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            token.cancel();
        });
    }
    Ok(())
}
