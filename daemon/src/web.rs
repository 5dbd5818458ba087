//! The local web interface. It reads views and the event store, and sends actions; it knows neither
//! the engine nor the lines.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use scenario::TokenSite;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::action::Asks;
use crate::store::Store;
use crate::view::Views;

/// What the web layer has of the daemon.
#[derive(Clone)]
pub(crate) struct Board {
    pub(crate) views: Views,
    pub(crate) asks: Asks,
    pub(crate) store: Store,
    pub(crate) tokens: watch::Receiver<Vec<TokenSite>>,
    /// Cancelled when the daemon stops: every open stream ends with it.
    pub(crate) shutdown: CancellationToken,
}

/// Whether the daemon may listen there: beyond this machine only where tokens say who may do what.
///
/// # Errors
/// Why not, and what to do.
pub(crate) fn may_listen(address: SocketAddr, tokens: &[TokenSite]) -> Result<(), String> {
    if address.ip().is_loopback() || !tokens.is_empty() {
        return Ok(());
    }
    Err(format!(
        "web.listen: {address} can be reached from elsewhere, and no [[web.token]] says who may use \
         it: `greenwave token --name NAME` makes one"
    ))
}

/// Serves until the board's shutdown.
///
/// # Errors
/// Where the system stops accepting.
pub(crate) async fn serve(listener: TcpListener, board: Board) -> std::io::Result<()> {
    let shutdown = board.shutdown.clone();
    let router = Router::new().route("/healthz", get(|| async { "ok" })).with_state(board);
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}
