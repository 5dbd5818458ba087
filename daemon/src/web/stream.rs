//! `GET /api/v1/stream`: server-sent events. First the whole `state`, then a `change` for each
//! picture, and an `event` for each acknowledged event of the log with its number as the id.
//!
//! ```text
//!             ┌──────────── follows on ───────────┐
//!             ▼                                   │
//!   behind: read from the store ── its end ──▶ live: each as it is acknowledged
//!             ▲                                   │
//!             └── one is missing, or fell behind ─┘
//! ```
//!
//! One number decides: the last that was shown. A live event is shown only where it follows on it;
//! where it does not, what led to it is read from the store, which has every event that was ever
//! sent live. Hence no event is shown twice, and none is passed over without a `gap` that says so.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use scenario::TokenSite;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::{Sleep, sleep};
use utoipa::{IntoParams, ToSchema};

use super::changes::ChangeDto;
use super::dto::{EventDto, StateDto, StoreDto};
use super::problem::{Code, Problem};
use super::read::{Asked, cursor};
use super::{Board, Desk};
use crate::accounts::Account;
use crate::store::{Page, Record, StoreError};
use crate::view::View;

/// Open streams at a time: each costs a comparison of all junctions with every picture.
pub(super) const STREAMS_MAX: usize = 32;
/// Events that are read from the store at once.
const PAGE: usize = 256;
/// A sign of life, for the proxies between, where nothing else is to be said.
const ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(2);
/// A stream ends after so long and is to be resumed: who may listen is asked again.
const LASTS: Duration = Duration::from_secs(3_600);

/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamQuery {
    /// The number of the last event that is known; without it only new ones are sent. The header
    /// `Last-Event-ID` counts before it.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
}

/// Numbers that were not shown in their turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct GapDto {
    /// The first of them.
    from: u64,
    /// The last of them.
    to: u64,
    /// Whether they follow now, from the store. Where not, they are kept no more or never were.
    kept: bool,
}

/// What changes, as it changes.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    operation_id = "stream",
    tag = "look",
    params(StreamQuery, ("Last-Event-ID" = Option<u64>, Header, description = "As `after`.")),
    responses(
        (status = 200, description = "Server-sent events: `state` (StateDto) first and after a \
         reload, `change` (ChangeDto), `event` (EventDto, its id is its number), `gap` (GapDto).",
         content_type = "text/event-stream", body = String),
        (status = 400, description = "The cursor is no number.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn stream(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Asked(query): Asked<StreamQuery>,
) -> Result<Response, Problem> {
    let resumed = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("?"));
    let asked = resumed.or(query.after.as_deref()).map(cursor).transpose()?;
    let place = desk.streams.clone().try_acquire_owned().map_err(|_| {
        let detail = format!("{STREAMS_MAX} event streams are open, more may not be");
        Problem::new(Code::TooManyStreams, detail)
    })?;
    let feed = Feed::new(desk.board.clone(), asked, place);
    let events = futures_util::stream::unfold(feed, |mut feed| async {
        feed.next().await.map(|event| (Ok::<_, Infallible>(event), feed))
    });
    let alive = KeepAlive::new().interval(ALIVE);
    // A proxy that gathers bytes would keep the picture back.
    Ok(([("x-accel-buffering", "no")], Sse::new(events).keep_alive(alive)).into_response())
}

struct Feed {
    board: Board,
    live: broadcast::Receiver<Arc<Record>>,
    /// The number of the last event that was shown.
    cursor: u64,
    /// Whether there may be events in the store that come before the live ones.
    behind: bool,
    /// To be shown, in order.
    backlog: VecDeque<Record>,
    /// The live event that did not follow on.
    ahead: Option<Arc<Record>>,
    gaps: VecDeque<GapDto>,
    shown: Option<(Arc<View>, StoreDto)>,
    /// Who might listen when it was opened.
    allowed: Vec<TokenSite>,
    people: Arc<Vec<Account>>,
    over: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    fn new(board: Board, asked: Option<u64>, place: OwnedSemaphorePermit) -> Self {
        // First the ear, then the number: what is acknowledged between the two is heard.
        let live = board.store.subscribe();
        let last = board.store.last();
        let cursor = asked.unwrap_or(last).min(last);
        let beyond = asked.filter(|&asked| asked > last);
        let (allowed, people) = (board.tokens.borrow().clone(), board.accounts.people());
        Self {
            live,
            cursor,
            behind: cursor < last,
            backlog: VecDeque::new(),
            ahead: None,
            gaps: beyond.map(|to| GapDto { from: last + 1, to, kept: false }).into_iter().collect(),
            shown: None,
            allowed,
            people,
            over: Box::pin(sleep(LASTS)),
            board,
            _place: place,
        }
    }

    /// What is to be said next; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            // Looked at each time: who has much to catch up with waits for nothing else.
            if self.board.shutdown.is_cancelled() || self.revoked() {
                return None;
            }
            if let Some(picture) = self.picture() {
                return Some(picture);
            }
            if let Some(gap) = self.gaps.pop_front() {
                return Some(say("gap", &gap));
            }
            if let Some(event) = self.shift() {
                return Some(event);
            }
            if self.behind {
                tokio::select! {
                    () = self.board.shutdown.cancelled() => return None,
                    () = &mut self.over => return None,
                    page = self.board.store.read(self.cursor, PAGE) => self.read_on(page)?,
                }
                continue;
            }
            tokio::select! {
                () = self.board.shutdown.cancelled() => return None,
                () = &mut self.over => return None,
                seen = self.board.views.changed() => seen.ok()?,
                // Looked at where the loop begins again.
                Ok(()) = self.board.tokens.changed() => {}
                () = self.board.accounts.changed(&self.people) => {}
                live = self.live.recv() => self.hear(live)?,
            }
        }
    }

    /// Whether others may listen now than when it was opened.
    fn revoked(&self) -> bool {
        *self.board.tokens.borrow() != self.allowed || !self.board.accounts.are_still(&self.people)
    }

    /// The newest picture, where it was not shown yet: the whole at first and after a reload, else
    /// what has changed.
    fn picture(&mut self) -> Option<Event> {
        let view = self.board.views.borrow_and_update().clone();
        let store = StoreDto::of(&self.board.store);
        let event = match &self.shown {
            Some((shown, _)) if Arc::ptr_eq(shown, &view) => return None,
            Some((shown, known)) if shown.epoch == view.epoch => {
                say("change", &ChangeDto::between(shown, &view, (*known, store)))
            }
            _ => say("state", &StateDto::of(&view, &self.board.store))
                .id(self.cursor.to_string())
                .retry(RETRY),
        };
        self.shown = Some((view, store));
        Some(event)
    }

    /// The next event of the backlog, or the gap before it.
    fn shift(&mut self) -> Option<Event> {
        let record = self.backlog.pop_front()?;
        let due = self.cursor + 1;
        if record.sequence > due {
            self.cursor = record.sequence - 1;
            let gap = GapDto { from: due, to: self.cursor, kept: false };
            self.backlog.push_front(record);
            return Some(say("gap", &gap));
        }
        self.cursor = record.sequence;
        Some(say("event", &EventDto::from(&record)).id(record.sequence.to_string()))
    }

    /// Takes a live event, or that some were missed.
    fn hear(&mut self, live: Result<Arc<Record>, RecvError>) -> Option<()> {
        match live {
            Ok(record) if record.sequence <= self.cursor => {}
            Ok(record) if record.sequence == self.cursor + 1 => {
                self.backlog.push_back(Record::clone(&record));
            }
            Ok(record) => {
                self.ahead = Some(record);
                self.behind = true;
            }
            Err(RecvError::Lagged(_)) => {
                let (from, to) = (self.cursor + 1, self.board.store.last());
                if from <= to {
                    self.gaps.push_back(GapDto { from, to, kept: true });
                }
                self.behind = true;
            }
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }

    /// Takes the next events from the store; at its end the live ones follow on.
    fn read_on(&mut self, page: Result<Page, StoreError>) -> Option<()> {
        let page = page.map_err(|error| tracing::warn!("an event stream ends: {error}")).ok()?;
        self.backlog.extend(page.records);
        if !self.backlog.is_empty() {
            return Some(());
        }
        if page.next > self.cursor {
            self.gaps.push_back(GapDto { from: self.cursor + 1, to: page.next, kept: false });
            self.cursor = page.next;
            return Some(());
        }
        self.behind = false;
        let ahead = self.ahead.take().filter(|record| record.sequence > self.cursor);
        self.backlog.extend(ahead.map(|record| Record::clone(&record)));
        Some(())
    }
}

fn say(name: &str, data: &impl Serialize) -> Event {
    // Strings and numbers alone: there is nothing that could not be written.
    Event::default().event(name).json_data(data).unwrap_or_default()
}
