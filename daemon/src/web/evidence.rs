//! `/api/v1/evidence`: the review queue, records, what is taken out, and whether it can be checked.
//!
//! A list shows nothing that is sealed. Whoever wants to see whose a record is says what for, and that
//! is written into the chain before the record is answered.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use interval_speed::evidence::bundle::NoBundle;
use interval_speed::evidence::schema::{Kind, review as review_tag};
use interval_speed::evidence::value::{Content, Value};
use interval_speed::evidence::{Body as Fields, Entry, State as CaseState, Step, hexadecimal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use utoipa::{IntoParams, ToSchema};

use super::Desk;
use super::auth::Who;
use super::problem::{Code, Problem};
use super::read::{Asked, Body, Named};
use crate::evidence::{Evidence, EvidenceError, Found, Person};

/// Records in one answer at most, and where nothing is said.
const LIMIT_MAX: usize = 200;
const LIMIT_USUAL: usize = 50;

/// What is kept, in figures.
#[derive(Serialize, ToSchema)]
pub(super) struct KeepingDto {
    /// The station's name.
    station: String,
    /// The fingerprint of its key.
    fingerprint: String,
    /// Entries of the chain.
    entries: u64,
    /// Detections that nobody has judged.
    detected: usize,
    /// Detections that wait for the second pair of eyes.
    seen: usize,
    /// Confirmed detections that are kept.
    confirmed: usize,
    /// Rejected detections that are kept.
    rejected: usize,
    /// Entries that were deleted, each with its tombstone.
    deleted: u64,
    /// Detections that were lost because the disk could not keep up.
    lost: u64,
    /// The last checkpoint: note it elsewhere, and no tail can be cut unseen.
    checkpoint: Option<String>,
    /// What key vehicles are watched for, where they are.
    key_vehicles_purpose: Option<String>,
}

/// A step of a review.
#[derive(Serialize, ToSchema)]
pub(super) struct StepDto {
    /// Its entry.
    index: u64,
    /// When, Unix milliseconds.
    at: i64,
    /// What was done.
    step: String,
    /// By whom.
    who: String,
    /// Why.
    reason: Option<String>,
}

/// A record.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordDto {
    /// Its number.
    index: u64,
    /// When it was written, Unix milliseconds.
    at: i64,
    /// `detection` or `vehicle`.
    kind: String,
    /// The hash of its entry.
    hash: String,
    /// Where it stands: `detected`, `seen`, `confirmed`, `rejected`.
    state: Option<String>,
    /// Its fields by their names; null where they are sealed and not shown here.
    #[schema(value_type = Object)]
    fields: serde_json::Value,
    /// What was decided of it.
    steps: Vec<StepDto>,
}

/// Records.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordsDto {
    /// Them, in order.
    records: Vec<RecordDto>,
    /// Where to read on: the next request's `from`.
    next: u64,
}

/// Which records.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RecordsQuery {
    /// From this number on; 0 where nothing is said.
    from: Option<u64>,
    /// How many, 1 to 200; 50 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// All that are kept, not only those that wait for somebody.
    all: Option<bool>,
}

/// What for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LookQuery {
    /// What the record is looked at for, 1 to 300 characters; it is kept, and must not name the plate.
    purpose: String,
}

/// A step.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewDto {
    /// `confirm` or `reject`.
    step: String,
    /// Why; whoever rejects must say.
    #[serde(default)]
    #[schema(max_length = 300)]
    reason: String,
}

/// Where a case stands.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseDto {
    /// Its state.
    state: String,
}

/// What is to be taken out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportDto {
    /// What for, 1 to 300 characters; it is kept, and must not name the plate.
    purpose: String,
    /// Sealed fields to leave out, by their names, as `others_in_the_images`.
    #[serde(default)]
    leave_out: Vec<String>,
    /// Whether it is to be sent on as confirmed; refused where it is not.
    #[serde(default)]
    as_confirmed: bool,
}

/// What came of a check.
#[derive(Serialize, ToSchema)]
pub(super) struct VerificationDto {
    /// Whether everything holds.
    holds: bool,
    /// Entries that were checked.
    entries: usize,
    /// What does not hold, each with its place.
    faults: Vec<String>,
}

/// What is kept, in figures.
#[utoipa::path(
    get,
    path = "/api/v1/evidence",
    operation_id = "evidence",
    tag = "evidence",
    responses(
        (status = 200, description = "The figures.", body = KeepingDto),
        (status = 404, description = "The site keeps no evidence.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn keeping(State(desk): State<Desk>) -> Result<Json<KeepingDto>, Problem> {
    let evidence = kept(&desk)?;
    let found = evidence.keeping().await?;
    let watched = desk.board.views.borrow().site.key_vehicles.clone();
    Ok(Json(KeepingDto {
        station: found.station,
        fingerprint: found.fingerprint,
        entries: found.entries,
        detected: found.states[0],
        seen: found.states[1],
        confirmed: found.states[2],
        rejected: found.states[3],
        deleted: found.deleted,
        lost: evidence.lost(),
        checkpoint: found.anchor.map(|anchor| anchor.to_string()),
        key_vehicles_purpose: watched.map(|watched| watched.purpose),
    }))
}

/// Records without what is sealed: those that wait for somebody, or all.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/records",
    operation_id = "records",
    tag = "evidence",
    params(RecordsQuery),
    responses(
        (status = 200, description = "The records.", body = RecordsDto),
        (status = 404, description = "The site keeps no evidence.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn records(
    State(desk): State<Desk>,
    Asked(asked): Asked<RecordsQuery>,
) -> Result<Json<RecordsDto>, Problem> {
    let from = asked.from.unwrap_or(0);
    let limit = asked.limit.unwrap_or(LIMIT_USUAL);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::new(Code::BadRequest, format!("limit: it is 1 to {LIMIT_MAX}")));
    }
    let found = kept(&desk)?.list(from, !asked.all.unwrap_or(false), limit).await?;
    let next = found.last().map_or(from, |last| last.entry.index + 1);
    let records = found.iter().map(|found| record(found, false)).collect();
    Ok(Json(RecordsDto { records, next }))
}

/// A record whole. That it was looked at, by whom and what for, is written before.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/records/{name}",
    operation_id = "record",
    tag = "evidence",
    params(("name" = String, Path, description = "The record's number."), LookQuery),
    responses(
        (status = 200, description = "The record.", body = RecordDto),
        (status = 404, description = "There is no such record, or no longer.",
         body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The purpose cannot stand in the log.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn look(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(name): Named,
    Asked(asked): Asked<LookQuery>,
) -> Result<Json<RecordDto>, Problem> {
    let person = Person { who: who.name, purpose: asked.purpose };
    let found = kept(&desk)?.look(number(&name)?, person).await?;
    Ok(Json(record(&found, true)))
}

/// Confirms or rejects a detection. The second confirmation is another person's.
#[utoipa::path(
    post,
    path = "/api/v1/evidence/records/{name}/review",
    operation_id = "review",
    tag = "evidence",
    params(("name" = String, Path, description = "The record's number.")),
    request_body = ReviewDto,
    responses(
        (status = 200, description = "Where it stands now.", body = CaseDto),
        (status = 404, description = "There is no such record, or no longer.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The step may not be taken, and why.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn review(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(name): Named,
    Body(asked): Body<ReviewDto>,
) -> Result<Json<CaseDto>, Problem> {
    let step = Step::parse(&asked.step);
    let step = step.ok_or_else(|| Problem::new(Code::BadBody, "step: it is confirm or reject"))?;
    let evidence = kept(&desk)?;
    let state = evidence.review(number(&name)?, step, who.name, asked.reason).await?;
    Ok(Json(CaseDto { state: state.name().to_owned() }))
}

/// Takes a case out as a bundle that can be checked without this daemon. That it was taken out is
/// written before.
#[utoipa::path(
    post,
    path = "/api/v1/evidence/records/{name}/export",
    operation_id = "export",
    tag = "evidence",
    params(("name" = String, Path, description = "The record's number.")),
    request_body = ExportDto,
    responses(
        (status = 200, description = "The bundle, for `greenwave evidence verify`.",
         content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "There is no such record, or no longer.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is not confirmed, or is too long.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(name): Named,
    Body(asked): Body<ExportDto>,
) -> Result<Response, Problem> {
    let case = number(&name)?;
    let leave_out =
        sealed_tags(&asked.leave_out).map_err(|why| Problem::new(Code::BadBody, why))?;
    let person = Person { who: who.name, purpose: asked.purpose };
    let bytes = kept(&desk)?.export(case, person, leave_out, asked.as_confirmed).await?;
    let file = format!("attachment; filename=\"record-{case}.gwe\"");
    let headers =
        [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, file)];
    Ok((headers, bytes).into_response())
}

/// Checks a case as whoever has its bundle would.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/records/{name}/verification",
    operation_id = "verification",
    tag = "evidence",
    params(("name" = String, Path, description = "The record's number.")),
    responses(
        (status = 200, description = "What came of it.", body = VerificationDto),
        (status = 404, description = "There is no such record, or no longer.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The case is too long for a bundle.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verification(
    State(desk): State<Desk>,
    Named(name): Named,
) -> Result<Json<VerificationDto>, Problem> {
    let report = kept(&desk)?.check(number(&name)?).await?;
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    Ok(Json(VerificationDto { holds: faults.is_empty(), entries: report.entries, faults }))
}

fn kept(desk: &Desk) -> Result<&Evidence, Problem> {
    let none = || Problem::new(Code::UnknownRecord, "the site keeps no evidence");
    desk.board.evidence.as_ref().ok_or_else(none)
}

fn number(name: &str) -> Result<u64, Problem> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| name.parse().ok()).flatten();
    number.ok_or_else(|| Problem::new(Code::BadRequest, "a record is named by its number"))
}

/// The tags of sealed fields, of detections and of reviews, by their names.
fn sealed_tags(names: &[String]) -> Result<Vec<u16>, String> {
    let kinds = [Kind::Detection, Kind::Review, Kind::Access, Kind::Manifest];
    let mut tags = Vec::new();
    for name in names {
        let fields = kinds.iter().flat_map(|kind| kind.fields());
        let of_name: Vec<u16> =
            fields.filter(|field| field.sealed && field.name == name).map(|f| f.tag).collect();
        if of_name.is_empty() {
            let shown: String = name.chars().take(40).collect();
            return Err(format!("leave_out: {shown:?} is no sealed field"));
        }
        tags.extend(of_name);
    }
    Ok(tags)
}

fn record(found: &Found, whole: bool) -> RecordDto {
    let entry = &found.entry;
    RecordDto {
        index: entry.index,
        at: entry.at.0,
        kind: entry.kind.name().to_owned(),
        hash: hexadecimal::text(&entry.hash()),
        state: found.state.as_ref().map(|state| CaseState::name(state).to_owned()),
        fields: entry.body.as_ref().map(|body| fields(body, whole)).unwrap_or_default(),
        steps: found.steps.iter().filter_map(step).collect(),
    }
}

fn fields(body: &Fields, whole: bool) -> serde_json::Value {
    let mut map = Map::new();
    for (tag, content) in body.fields() {
        let name = body.kind().field(*tag).map_or("", |field| field.name);
        let hidden = !whole && !matches!(content, Content::Open(_));
        let value = content.value().filter(|_| !hidden);
        map.insert(name.to_owned(), value.map_or(serde_json::Value::Null, plain));
    }
    serde_json::Value::Object(map)
}

fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Digest(digest) => json!(hexadecimal::text(digest)),
    }
}

fn step(entry: &Entry) -> Option<StepDto> {
    let body = entry.body.as_ref()?;
    Some(StepDto {
        index: entry.index,
        at: entry.at.0,
        step: body.text(review_tag::STEP)?.to_owned(),
        who: body.text(review_tag::WHO).unwrap_or_default().to_owned(),
        reason: body.text(review_tag::REASON).map(str::to_owned),
    })
}

impl From<EvidenceError> for Problem {
    fn from(error: EvidenceError) -> Self {
        let code = match &error {
            EvidenceError::NoRecord(_) | EvidenceError::Bundle(NoBundle::NoCase(_)) => {
                Code::UnknownRecord
            }
            EvidenceError::Step(_) | EvidenceError::Bundle(_) => Code::Refused,
            EvidenceError::Text(_) | EvidenceError::NoEvidence(_) => Code::BadBody,
            EvidenceError::InUse(_)
            | EvidenceError::Io { .. }
            | EvidenceError::Key(_)
            | EvidenceError::Closed => Code::Unavailable,
        };
        Self::new(code, error.to_string())
    }
}
