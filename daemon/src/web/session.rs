//! `/api/v1/session`: a browser hands its token in once and is given a cookie that no script of the
//! page can read.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Desk;
use super::auth::{Unknown, Who, holder};
use super::connections::Peer;
use super::dto::WhoDto;
use super::guard::refuse;
use super::problem::{Code, Problem};
use super::read::Body;
use crate::clock::steady;

/// A token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInDto {
    /// As it was shown when it was made.
    token: String,
}

/// Who asks.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "whoami",
    tag = "session",
    responses((status = 200, description = "Who asks, and what they may do.", body = WhoDto)),
)]
pub(super) async fn whoami(Extension(who): Extension<Who>) -> Json<WhoDto> {
    Json(who.into())
}

/// Signs a browser in: sets a cookie that is good for twelve hours.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "signIn",
    tag = "session",
    security(()),
    request_body = SignInDto,
    responses(
        (status = 200, description = "Signed in.", body = WhoDto,
         headers(("set-cookie" = String, description = "The session."))),
        (status = 401, description = "The token is not known.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "No tokens are configured: nobody need sign in.",
         body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many unknown tokens came from there.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_in(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Body(asked): Body<SignInDto>,
) -> Result<([(axum::http::HeaderName, String); 1], Json<WhoDto>), Problem> {
    let who = {
        let tokens = desk.board.tokens.borrow();
        if tokens.is_empty() {
            let detail = "no tokens are configured: whoever is on this machine may operate";
            return Err(Problem::new(Code::NoTokens, detail));
        }
        holder(&asked.token, &tokens)
    };
    let who = who.ok_or_else(|| refuse(&desk, peer, Unknown::Token))?;
    let cookie = desk.sessions.begin(&asked.token, steady()).map_err(|error| {
        tracing::error!("no random bits for a session: {error}");
        Problem::new(Code::Internal, "the system has no random bits to give")
    })?;
    tracing::info!("{} has signed in from {}", who.name, peer.0);
    Ok(([(SET_COOKIE, cookie)], Json(who.into())))
}

/// Signs a browser out.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "signOut",
    tag = "session",
    security(()),
    responses((status = 204, description = "Signed out, if it was signed in.",
               headers(("set-cookie" = String, description = "Removes the session.")))),
)]
pub(super) async fn sign_out(
    State(desk): State<Desk>,
    headers: HeaderMap,
) -> (axum::http::StatusCode, [(axum::http::HeaderName, String); 1]) {
    let cookie = desk.sessions.end(&headers);
    (axum::http::StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)])
}
