//! `/api/v1/what-if`: asks what a change would do, in a process of its own. It changes nothing on the
//! street, but costs the machine something: asking needs the right to operate.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Desk;
use super::auth::Who;
use super::picture::taken;
use super::problem::{Code, Problem};
use super::read::{Body, Named};
use crate::what_if::Progress;

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhatIfDto {
    /// What is changed: the text of a change file (TOML).
    change: String,
    /// Simulated seconds.
    #[serde(default = "an_hour")]
    #[schema(minimum = 60, maximum = 14_400)]
    seconds: u32,
    /// How many pairs of runs.
    #[serde(default = "three")]
    #[schema(minimum = 1, maximum = 20)]
    seeds: u32,
}

fn an_hour() -> u32 {
    3_600
}

fn three() -> u32 {
    3
}

/// A question that was taken.
#[derive(Serialize, ToSchema)]
pub(super) struct TakenDto {
    /// Its number.
    id: u64,
}

/// How far a question is.
#[derive(Serialize, ToSchema)]
pub(super) struct ProgressDto {
    /// Its number.
    id: u64,
    /// How far it is.
    state: ProgressName,
    /// The process that answers it, while it runs.
    process: Option<u32>,
    /// The comparison of today with the change, once it is there.
    answer: Option<serde_json::Value>,
    /// Why there is none.
    reasons: Vec<String>,
}

/// How far a question is.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProgressName {
    /// It is being answered.
    Running,
    /// The answer is there.
    Answered,
    /// It cannot be answered.
    Failed,
    /// It was ended.
    Ended,
}

/// Asks what a change would do, from the state of now.
#[utoipa::path(
    post,
    path = "/api/v1/what-if",
    operation_id = "askWhatIf",
    tag = "operate",
    request_body = WhatIfDto,
    responses(
        (status = 200, description = "A process of its own answers it.", body = TakenDto),
        (status = 409, description = "Another one is being answered, or none are taken here.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Body(asked): Body<WhatIfDto>,
) -> Result<Json<TakenDto>, Problem> {
    let WhatIfDto { change, seconds, seeds } = asked;
    let picture = taken(&desk).await?;
    let question =
        json!({"picture": picture, "change": change, "seconds": seconds, "seeds": seeds});
    let told = {
        let (desk, who) = (desk.clone(), who.name.clone());
        move |id: u64, progress: &Progress| {
            record(&desk, &who, &format!("{id}: {}", end_of(progress)));
        }
    };
    let id = desk.board.what_if.ask(&question, told);
    let id = id.map_err(|why| Problem::new(Code::Refused, why.to_string()))?;
    let what: String = change.split_whitespace().collect::<Vec<_>>().join(" ");
    let what: String = what.chars().take(SHOWN).collect();
    record(&desk, &who.name, &format!("{id}: asked for {seconds} s, {seeds} seeds: {what}"));
    Ok(Json(TakenDto { id }))
}

/// So much of a change stands in the event log, characters.
const SHOWN: usize = 200;

fn end_of(progress: &Progress) -> String {
    match progress {
        Progress::Running(_) => "it runs".to_owned(),
        Progress::Answered(_) => "answered".to_owned(),
        Progress::Failed(why) => {
            let all: String = why.join("; ").chars().take(SHOWN).collect();
            format!("failed: {all}")
        }
        Progress::Ended(why) => why.clone(),
    }
}

fn record(desk: &Desk, who: &str, text: &str) {
    desk.record("what-if", format!("{who}: what-if {text}"));
}

/// How far a question is, and its answer.
#[utoipa::path(
    get,
    path = "/api/v1/what-if/{id}",
    operation_id = "whatIf",
    tag = "look",
    params(("id" = String, Path, description = "The question's number.")),
    responses(
        (status = 200, description = "How far it is.", body = ProgressDto),
        (status = 404, description = "It is not the last question that was asked.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn look(
    State(desk): State<Desk>,
    Named(id): Named,
) -> Result<Json<ProgressDto>, Problem> {
    progress(&desk, &id).map(Json)
}

/// Ends a question: its process is killed.
#[utoipa::path(
    delete,
    path = "/api/v1/what-if/{id}",
    operation_id = "endWhatIf",
    tag = "operate",
    params(("id" = String, Path, description = "The question's number.")),
    responses(
        (status = 200, description = "It ends, or had ended.", body = ProgressDto),
        (status = 404, description = "It is not the last question that was asked.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end(
    State(desk): State<Desk>,
    Named(id): Named,
) -> Result<Json<ProgressDto>, Problem> {
    let found = progress(&desk, &id)?;
    desk.board.what_if.end(found.id);
    Ok(Json(found))
}

fn progress(desk: &Desk, id: &str) -> Result<ProgressDto, Problem> {
    let unknown = || {
        let shown: String = id.chars().take(20).collect();
        Problem::new(Code::UnknownWhatIf, format!("{shown:?} is not the last question's number"))
    };
    let id: u64 = id.parse().map_err(|_| unknown())?;
    let found = desk.board.what_if.progress(id).ok_or_else(unknown)?;
    let (state, process, answer, reasons) = match found {
        Progress::Running(process) => (ProgressName::Running, process, None, Vec::new()),
        Progress::Answered(answer) => (ProgressName::Answered, None, Some(answer), Vec::new()),
        Progress::Failed(why) => (ProgressName::Failed, None, None, why),
        Progress::Ended(why) => (ProgressName::Ended, None, None, vec![why]),
    };
    Ok(ProgressDto { id, state, process, answer, reasons })
}
