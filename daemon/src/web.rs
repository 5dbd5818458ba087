//! The local web interface. It reads views and the event store, and sends actions; it knows neither
//! the lines nor who decides.
//!
//! ```text
//!   connections ─▶ guard ─▶ route ─┬─ state, network, metrics, health ◀── views
//!   (bounded)     (who may?)       ├─ events, stream ◀── store, views
//!                                  ├─ actions, corridors ──▶ asks
//!                                  └─ page
//! ```

mod accounts;
mod actions;
mod alarms;
mod attempts;
mod auth;
mod changes;
mod connections;
mod corridors;
mod dto;
mod events;
mod evidence;
mod guard;
mod health;
mod lanes;
mod metrics;
mod network;
mod openapi;
mod page;
mod picture;
mod plans;
mod problem;
mod read;
mod rights;
mod session;
mod state;
mod stream;
#[cfg(test)]
mod tests;
mod what_if;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use scenario::{TokenSite, WebSite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use auth::new_token;

use crate::accounts::Accounts;
use crate::action::Asks;
use crate::evidence::Evidence;
use crate::store::{Record, Store};
use crate::view::Views;
use crate::what_if::WhatIf;
use alarms::Book;
use attempts::Attempts;
use auth::Sessions;
use connections::{Bounded, Peer};
use health::Losses;
use problem::{Code, Problem};

/// After the daemon's end is announced, answers that are under way may take so long; then they are
/// cut.
const END_IN: Duration = Duration::from_millis(800);

/// What the web layer has of the daemon.
#[derive(Clone)]
pub(crate) struct Board {
    pub(crate) views: Views,
    pub(crate) asks: Asks,
    pub(crate) corridors: crate::corridors::Asks,
    pub(crate) store: Store,
    pub(crate) tokens: watch::Receiver<Vec<TokenSite>>,
    /// Who signs in with a password.
    pub(crate) accounts: Accounts,
    pub(crate) what_if: WhatIf,
    /// Where evidence is kept; none where the site keeps none.
    pub(crate) evidence: Option<Evidence>,
    /// Cancelled when the daemon stops: every open stream ends with it.
    pub(crate) shutdown: CancellationToken,
}

/// What the routes share: the board, and what the web layer keeps for itself.
struct Rooms {
    board: Board,
    /// Whether only this machine can reach it.
    loopback: bool,
    sessions: Sessions,
    attempts: Attempts<IpAddr>,
    /// The same by the name that was given: passwords can be guessed.
    named_attempts: Attempts<String>,
    /// How many passwords are looked at together.
    hashing: Semaphore,
    losses: Losses,
    alarms: Mutex<Book>,
    requests: Semaphore,
    streams: Arc<Semaphore>,
    description: serde_json::Value,
}

type Desk = Arc<Rooms>;

impl Rooms {
    /// Writes into the event log what somebody did through the web interface.
    fn record(&self, kind: &str, text: impl Into<String>) {
        let at = self.board.views.borrow().wall;
        self.board.store.append(Record::own(at, kind, text));
    }
}

/// Whether the daemon may listen there: beyond this machine only where somebody says who may do what.
///
/// # Errors
/// Why not, and what to do.
pub(crate) fn may_listen(address: SocketAddr, web: &WebSite) -> Result<(), String> {
    if address.ip().is_loopback() || !web.tokens.is_empty() || web.accounts {
        return Ok(());
    }
    Err(format!(
        "web.listen: {address} can be reached from elsewhere, and nothing says who may use it: \
         `greenwave token --name NAME` makes a [[web.token]], [web] accounts = true lets people \
         sign in"
    ))
}

/// Serves until the board's shutdown.
///
/// # Errors
/// Where the system stops accepting.
pub(crate) async fn serve(listener: TcpListener, board: Board) -> std::io::Result<()> {
    let shutdown = board.shutdown.clone();
    let desk = desk(board, listener.local_addr()?);
    let watching = desk.clone();
    let service = router_of(desk).into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(Bounded::new(listener), service)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned());
    tokio::select! {
        served = serving => served,
        () = alarms::watch(watching) => Ok(()),
        () = async { shutdown.cancelled().await; tokio::time::sleep(END_IN).await } => Ok(()),
    }
}

/// Every route behind the guard, over a desk of its own.
#[cfg(test)]
fn router(board: Board, address: SocketAddr) -> Router {
    router_of(desk(board, address))
}

fn desk(board: Board, address: SocketAddr) -> Desk {
    let (_, mut description) = routes();
    openapi::complete(&mut description);
    Arc::new(Rooms {
        board,
        loopback: address.ip().is_loopback(),
        sessions: Sessions::new(address.port()),
        attempts: Attempts::default(),
        named_attempts: Attempts::default(),
        hashing: Semaphore::new(session::HASHED_AT_ONCE),
        losses: Losses::default(),
        alarms: Mutex::default(),
        requests: Semaphore::new(guard::REQUESTS_MAX),
        streams: Arc::new(Semaphore::new(stream::STREAMS_MAX)),
        description: serde_json::to_value(description).unwrap_or_default(),
    })
}

/// Every route behind the guard.
fn router_of(desk: Desk) -> Router {
    let (routes, _) = routes();
    routes
        .route("/", get(page::index))
        .route("/page/{*file}", get(page::file))
        .fallback(async || Problem::new(Code::NotFound, "there is no such path"))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "the path knows no such method")
        })
        .layer(DefaultBodyLimit::max(guard::BODY_MAX))
        .layer(axum::middleware::from_fn_with_state(desk.clone(), guard::guard))
        .with_state(desk)
}

/// The routes of the API, and their description as the handlers give it.
fn routes() -> (Router<Desk>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(openapi::description())
        .routes(routes!(health::healthz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(state::state))
        .routes(routes!(network::network))
        .routes(routes!(plans::plans))
        .routes(routes!(lanes::lanes))
        .routes(routes!(alarms::alarms))
        .routes(routes!(alarms::acknowledge))
        .routes(routes!(alarms::suspend))
        .routes(routes!(picture::picture))
        .routes(routes!(what_if::begin))
        .routes(routes!(what_if::look, what_if::end))
        .routes(routes!(events::events))
        .routes(routes!(stream::stream))
        .routes(routes!(actions::hold, actions::release))
        .routes(routes!(actions::select_plan))
        .routes(routes!(actions::set_mode))
        .routes(routes!(actions::reload))
        .routes(routes!(corridors::open, corridors::list))
        .routes(routes!(corridors::look, corridors::change, corridors::cancel))
        .routes(routes!(corridors::report))
        .routes(routes!(corridors::release))
        .routes(routes!(corridors::places))
        .routes(routes!(session::whoami, session::sign_in, session::sign_out))
        .routes(routes!(session::make_first))
        .routes(routes!(session::new_password))
        .routes(routes!(accounts::list, accounts::make))
        .routes(routes!(accounts::change, accounts::remove))
        .routes(routes!(evidence::keeping))
        .routes(routes!(evidence::records))
        .routes(routes!(evidence::look))
        .routes(routes!(evidence::review))
        .routes(routes!(evidence::export))
        .routes(routes!(evidence::verification))
        .routes(routes!(openapi::openapi))
        .split_for_parts()
}
