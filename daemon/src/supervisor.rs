//! Starts the rooms of the daemon in order, watches over them, and stops them in the other order.
//!
//! ```text
//!   store ─▶ terminals ─▶ lines, engine, control ─▶ web ─▶ READY … beats, WATCHDOG … stop ─▶ control hands back
//!                                                            ─▶ web ends ─▶ store written, closed
//! ```
//!
//! Every wait has a bound. Should one be passed, the daemon ends all the same: every lease runs out
//! by itself, and the cabinets are on their local plans.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};
use engine::Engine;
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::accounts::Accounts;
use crate::action::{ASKS_MAX, Action};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{BEAT, Control, Ends};
use crate::evidence::{self, Evidence, Settings, Vault, read_key};
use crate::store::{self, Disk, Store};
use crate::terminals;
use crate::web::{self, Board};
use crate::what_if::WhatIf;

/// How long the cabinets' hand-back may take beyond the engine's own bound, how long open web
/// requests may, and how long the store may to write what it has.
const HAND_BACK_IN: Duration = Duration::from_secs(4);
const WEB_IN: Duration = Duration::from_secs(1);
const STORE_IN: Duration = Duration::from_secs(5);
/// Without a supervisor that says otherwise, the loop is looked at this often.
const WATCH_EVERY: Duration = Duration::from_secs(5);

/// Runs the daemon until `shutdown`.
///
/// # Errors
/// What keeps it from starting, in words for the person who starts it; or that a part of it ended
/// by itself. In every case the cabinets are handed back, or their leases run out.
pub async fn run(mut config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let site = config.site().map_err(|all| several(&all));
    let site = Arc::new(site.with_context(|| format!("{} is refused", config.site.display()))?);
    let clock = Clock::start(config.speed, &site.time_zone);
    let listener = listen(&site.web).await?;
    let address = listener.local_addr()?;
    let wall = clock.wall(clock.now());
    let path = Path::new(&site.store.path);
    let disk = Disk::open(path, site.store.retention_days, config.store_max_bytes, wall)?;
    let (store, store_thread) = store::start(Box::new(disk), wall)?;
    let accounts = open_accounts(&site, path)?;
    let (tokens, who_may) = watch::channel(site.web.tokens.clone());
    let kept = keep(&site, &store)?;
    let (end_control, end_web) = (CancellationToken::new(), CancellationToken::new());
    let terminals = terminals::start(&site, (&store, &clock), &end_web).await?;
    let engine = Engine::new(site, &hw_profiles::builtin, clock.now(), config.seed)
        .map_err(|all| several(&all))?;
    let (asks, inbox) = mpsc::channel(ASKS_MAX);
    let (views, newest) = watch::channel(Control::first_view(&engine, &clock));
    let beats = Arc::new(AtomicU64::new(0));
    let (corridors, corridor_inbox) = mpsc::channel(crate::corridors::ASKS_MAX);
    let ends = Ends {
        asks: inbox,
        corridors: corridor_inbox,
        terminals,
        views,
        store: store.clone(),
        tokens,
        beats: beats.clone(),
    };
    let on_ready = config.on_ready.take();
    let what_if = WhatIf::new(config.what_if.take(), shutdown.clone());
    let control = Control::new(config, clock, engine, ends)?;
    let mut control = tokio::spawn(control.run(end_control.clone()));
    let board = Board {
        views: newest,
        asks: asks.clone(),
        corridors,
        store: store.clone(),
        tokens: who_may,
        accounts,
        what_if,
        evidence: kept.as_ref().map(|(evidence, _)| evidence.clone()),
        shutdown: end_web.clone(),
    };
    let mut web = tokio::spawn(web::serve(listener, board));
    tell(&[NotifyState::Ready]);
    // Whoever wanted to know may be gone.
    let _ = on_ready.map(|ready| ready.send(address));
    tracing::info!("listening on http://{address}/");

    let ended = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        end = &mut control => Err(anyhow::anyhow!("the control loop ended by itself: {end:?}")),
        end = &mut web => Err(anyhow::anyhow!("the web interface ended by itself: {end:?}")),
        () = watch(&beats) => Ok(()),
        end = on_hangup(asks) => end,
    };
    tell(&[NotifyState::Stopping]);
    end_control.cancel();
    if !control.is_finished() && tokio::time::timeout(HAND_BACK_IN, control).await.is_err() {
        tracing::error!("the cabinets were not handed back in time: their leases run out");
    }
    end_web.cancel();
    if !web.is_finished() && tokio::time::timeout(WEB_IN, web).await.is_err() {
        tracing::warn!("open web requests were cut");
    }
    close(kept, (store, store_thread)).await?;
    ended
}

/// Writes what evidence and store still have, and closes them.
async fn close(
    evidence: Option<(Evidence, JoinHandle<()>)>,
    (store, thread): (Store, JoinHandle<()>),
) -> anyhow::Result<()> {
    let lost = store.clone();
    let written = tokio::task::spawn_blocking(move || {
        // Evidence first: its last checkpoint goes into the event log.
        if let Some((evidence, keeper)) = evidence {
            evidence.close();
            if keeper.join().is_err() {
                tracing::error!("the keeper of the evidence ended by itself");
            }
        }
        store.close();
        thread.join()
    });
    match tokio::time::timeout(STORE_IN, written).await {
        Ok(Ok(Ok(()))) if lost.refused() > 0 => {
            bail!("{} events could not be written", lost.refused())
        }
        Ok(Ok(Ok(()))) => Ok(()),
        _ => bail!("the event store was not closed in {STORE_IN:?}"),
    }
}

/// Starts the keeper of the evidence, where the site keeps any, and says what key vehicles are
/// watched for.
fn keep(
    site: &scenario::Site,
    store: &store::Store,
) -> anyhow::Result<Option<(Evidence, JoinHandle<()>)>> {
    let wall = crate::clock::system();
    if let Some(watched) = &site.key_vehicles {
        let words = format!("key vehicles are watched for: {}", watched.purpose);
        tracing::info!("{words}");
        store.append(store::Record::own(wall, "key-vehicles", words));
    }
    let Some(kept) = &site.evidence else { return Ok(None) };
    let key = read_key(std::path::Path::new(&kept.key))?;
    let retention = interval_speed::evidence::Retention {
        undecided_days: kept.undecided_days,
        rejected_days: kept.rejected_days,
        confirmed_days: kept.confirmed_days,
        access_days: kept.access_days,
        vehicle_days: kept.vehicle_days,
    };
    let software = format!("greenwave {}", env!("CARGO_PKG_VERSION"));
    let settings = Settings { station: site.name.clone(), software, retention };
    let root = std::path::PathBuf::from(&kept.path);
    let (vault, alarms) = Vault::open(&root, key, settings, wall)?;
    Ok(Some(evidence::start(vault, alarms, store.clone(), crate::clock::system)?))
}

fn several(mistakes: &[String]) -> anyhow::Error {
    anyhow::Error::msg(mistakes.join("\n  "))
}

/// The people who sign in, kept beside the events; where there are none yet, the log says where the
/// one-time token lies, and a terminal is shown it. The log never has it.
fn open_accounts(site: &scenario::Site, store: &Path) -> anyhow::Result<Accounts> {
    if !site.web.accounts {
        return Ok(Accounts::off());
    }
    let folder = store.join("accounts");
    let (token, _) = web::new_token()?;
    let accounts = Accounts::open(&folder, &token);
    let accounts = accounts.with_context(|| format!("accounts: {}", folder.display()))?;
    if let Some(path) = accounts.one_time_at() {
        tracing::warn!(
            "nobody has an account yet: the token in {path} makes the first administrator"
        );
        if std::io::stderr().is_terminal() {
            eprintln!("The one-time token for the first administrator: {token}");
        }
    }
    Ok(accounts)
}

async fn listen(web: &scenario::WebSite) -> anyhow::Result<TcpListener> {
    let address = &web.listen;
    let found: Vec<SocketAddr> = tokio::net::lookup_host(address)
        .await
        .with_context(|| format!("web.listen: {address:?} is not HOST:PORT"))?
        .collect();
    for &one in &found {
        web::may_listen(one, web).map_err(anyhow::Error::msg)?;
    }
    let listener = TcpListener::bind(found.as_slice()).await;
    listener.with_context(|| format!("web.listen: cannot listen on {address}"))
}

/// Tells the service manager that the loop is alive, as long as it is; a loop that hangs is not
/// spoken for, and the service manager starts the daemon again.
async fn watch(beats: &AtomicU64) {
    let limit = sd_notify::watchdog_enabled();
    let every = limit.map_or(WATCH_EVERY, |limit| (limit / 3).max(BEAT * 2));
    let mut known = 0;
    loop {
        tokio::time::sleep(every).await;
        let now = beats.load(Ordering::Relaxed);
        if now == known {
            tracing::error!("the control loop has not moved for {every:?}");
        } else {
            tell(&[NotifyState::Watchdog]);
        }
        known = now;
    }
}

/// A hang-up signal asks for a reload, as the service manager's `reload` does.
async fn on_hangup(asks: crate::action::Asks) -> anyhow::Result<()> {
    let kind = tokio::signal::unix::SignalKind::hangup();
    let mut hangups = tokio::signal::unix::signal(kind)?;
    while hangups.recv().await.is_some() {
        let outcome = crate::action::ask(&asks, Action::Reload, "hang-up signal".to_owned()).await;
        if let Err(error) = outcome {
            tracing::error!("{error}");
        }
    }
    Ok(())
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager cannot be told: {error}");
    }
}
