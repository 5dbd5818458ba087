//! `GET /api/v1/events`: the event log, read forward from a cursor. A cursor is the number of the
//! last event that was read; the answer says where to read on.

use axum::Json;
use axum::extract::State;
use engine::EventKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Desk;
use super::dto::EventDto;
use super::problem::{Code, Problem};
use super::read::{Asked, cursor};
use crate::store::{OWN_KINDS, Record};

/// Events in one answer, where nothing is said and at most: a thousand are some hundred kilobytes.
const LIMIT_USUAL: usize = 100;
const LIMIT_MAX: usize = 1_000;
/// Events that one request may look at for those that were asked for: it keeps the one thread of the
/// store from other work for some tens of milliseconds.
const LOOKED_AT_MAX: usize = 10_000;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// The number of the last event that is known; 0 or nothing reads from the oldest.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
    /// How many events, 1 to 1000; 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Only events of these kinds, separated by commas. A kind that there is not is refused, with the
    /// list of all.
    kind: Option<String>,
    /// Only events at this junction.
    junction: Option<String>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(super) struct EventsDto {
    /// The events, in order.
    events: Vec<EventDto>,
    /// Where to read on: the next request's `after`. It moves on even where nothing was found.
    next: u64,
    /// Whether there may be more to read by now.
    more: bool,
    /// Events whose bytes were damaged on the disk; they are not among the others.
    damaged: Vec<u64>,
}

/// The event log from a cursor on.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "events",
    tag = "look",
    params(EventsQuery),
    responses(
        (status = 200, description = "Acknowledged events: what stands here survives a power cut.",
         body = EventsDto),
        (status = 400, description = "A malformed query, or a cursor beyond the last event.",
         body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The event store cannot be read.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(desk): State<Desk>,
    Asked(query): Asked<EventsQuery>,
) -> Result<Json<EventsDto>, Problem> {
    let store = &desk.board.store;
    let after = query.after.as_deref().map_or(Ok(0), cursor)?;
    let last = store.last();
    if after > last {
        let detail = format!("no event has the number {after} yet, the last one is {last}");
        return Err(Problem::new(Code::BadCursor, detail));
    }
    let limit = query.limit.unwrap_or(LIMIT_USUAL);
    if !(1..=LIMIT_MAX).contains(&limit) {
        let detail = format!("limit: {limit} is not within 1 to {LIMIT_MAX}");
        return Err(Problem::new(Code::BadRequest, detail));
    }
    query.check()?;
    let mut found = EventsDto { events: Vec::new(), next: after, more: true, damaged: Vec::new() };
    let mut looked_at = 0;
    while found.more && found.events.len() < limit && looked_at < LOOKED_AT_MAX {
        let page = store.read(found.next, LIMIT_MAX).await?;
        found.more = !(page.records.is_empty() && page.damaged.is_empty());
        looked_at += page.records.len() + page.damaged.len();
        let next = page.next;
        let records = page.records.iter();
        let wanted: Vec<&Record> =
            records.filter(|r| query.wants(r)).take(limit - found.events.len()).collect();
        found.events.extend(wanted.into_iter().map(EventDto::from));
        let full = found.events.len() == limit;
        found.next = found.events.last().filter(|_| full).map_or(next, |last| last.sequence);
        let passed = page.damaged.into_iter().filter(|number| *number <= found.next);
        found.damaged.extend(passed);
    }
    Ok(Json(found))
}

impl EventsQuery {
    /// Refuses a kind that no event has: a slip of the pen would look like a quiet street.
    fn check(&self) -> Result<(), Problem> {
        let kinds = || EventKind::NAMES.iter().chain(OWN_KINDS);
        let is_known = |name: &str| kinds().any(|known| *known == name);
        let asked = self.kind.as_deref().into_iter().flat_map(|kinds| kinds.split(','));
        let unknown: Vec<String> =
            asked.filter(|name| !is_known(name)).map(|name| format!("{name:?}")).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let known: Vec<&str> = kinds().copied().collect();
        let detail = format!("kind: {} is none of {}", unknown.join(", "), known.join(", "));
        Err(Problem::new(Code::BadRequest, detail))
    }

    fn wants(&self, record: &Record) -> bool {
        let kind = self.kind.as_deref();
        let junction = self.junction.as_deref();
        kind.is_none_or(|kinds| kinds.split(',').any(|kind| kind == record.kind))
            && junction.is_none_or(|name| record.junction.as_deref() == Some(name))
    }
}
