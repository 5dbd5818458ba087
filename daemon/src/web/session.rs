//! `/api/v1/session`: a browser hands in a token, or a name and a password, once and is given a cookie
//! that no script of the page can read.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Desk;
use super::accounts::{Secret, away, record};
use super::attempts::Verdict;
use super::auth::{Holder, Unknown, Who, holder};
use super::connections::Peer;
use super::dto::WhoDto;
use super::guard::refuse;
use super::problem::{Code, Problem};
use super::read::Body;
use crate::accounts::{Account, Change};
use crate::clock::steady;

/// Passwords that are looked at together: each takes 19 MiB and some tens of milliseconds of a core that
/// the lines need as well.
pub(super) const HASHED_AT_ONCE: usize = 2;

/// A token, or a name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInDto {
    /// A token as it was shown when it was made.
    token: Option<String>,
    /// A person's name.
    name: Option<String>,
    /// That person's password.
    password: Option<Secret>,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstDto {
    /// The one-time token, which lies beside the event store.
    token: Secret,
    /// The administrator's name.
    name: String,
    /// A password of 12 characters or more.
    password: Secret,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordDto {
    /// The password that counts now.
    old: Secret,
    /// The one that is to count.
    new: Secret,
}

type SignedIn = ([(HeaderName, String); 1], Json<WhoDto>);

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

/// Signs a browser in, by a token, or by name and password: sets a cookie that is good for twelve
/// hours.
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
        (status = 401, description = "The token, or the name with this password, is not known.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nothing of the sort is configured: nobody need sign in so.",
         body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts came from there, or with that name.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_in(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Body(asked): Body<SignInDto>,
) -> Result<SignedIn, Problem> {
    match asked {
        SignInDto { token: Some(token), name: None, password: None } => {
            by_token(&desk, peer, &token)
        }
        SignInDto { token: None, name: Some(name), password: Some(password) } => {
            let account = by_password(&desk, peer, name, password).await?;
            let session = Holder::person(&account);
            begin(&desk, peer, session, Who::person(&account))
        }
        _ => {
            let detail = "either `token`, or `name` and `password`";
            Err(Problem::new(Code::BadBody, detail))
        }
    }
}

fn by_token(desk: &Desk, peer: Peer, token: &str) -> Result<SignedIn, Problem> {
    let who = {
        let tokens = desk.board.tokens.borrow();
        if tokens.is_empty() {
            return Err(Problem::new(Code::NoTokens, "no tokens are configured"));
        }
        holder(token, &tokens)
    };
    let who = who.ok_or_else(|| refuse(desk, peer, Unknown::Token))?;
    begin(desk, peer, Holder::token(token), who)
}

/// The account of this name and password; failures are counted for the address and for the name.
async fn by_password(
    desk: &Desk,
    peer: Peer,
    name: String,
    password: Secret,
) -> Result<Account, Problem> {
    if !desk.board.accounts.is_on() {
        return Err(Problem::new(Code::NoTokens, "no accounts are configured"));
    }
    let now = steady();
    if desk.attempts.is_over(&peer.0, now) || desk.named_attempts.is_over(&name, now) {
        return Err(Problem::new(Code::TooManyAttempts, "too many attempts: wait a minute"));
    }
    let accounts = desk.board.accounts.clone();
    let tried = name.clone();
    let found = away(desk, move || accounts.verify(&tried, &password.0)).await?;
    found.ok_or_else(|| {
        // What was typed as a name may be a password: only a name that there is stands in the log.
        let people = desk.board.accounts.people();
        let known = people.iter().any(|account| account.name == name);
        let shown = if known { name.as_str() } else { "a name that there is not" };
        let by_name = desk.named_attempts.failed(name.clone(), steady());
        let by_address = desk.attempts.failed(peer.0, steady());
        if by_name != Verdict::Silent && by_address != Verdict::Silent {
            record(desk, "sign-in", format!("refused: {shown}, from {}", peer.0));
        }
        Problem::new(Code::Unauthorised, "no account has this name and password")
    })
}

fn begin(desk: &Desk, peer: Peer, session: Holder, who: Who) -> Result<SignedIn, Problem> {
    let cookie = desk.sessions.begin(session, steady()).map_err(|error| {
        tracing::error!("no random bits for a session: {error}");
        Problem::new(Code::Internal, "the system has no random bits to give")
    })?;
    record(desk, "sign-in", format!("{}, from {}", who.name, peer.0));
    Ok(([(SET_COOKIE, cookie)], Json(who.into())))
}

/// Makes the first administrator, by the one-time token, and signs the browser in.
#[utoipa::path(
    post,
    path = "/api/v1/session/first",
    operation_id = "makeFirst",
    tag = "session",
    security(()),
    request_body = FirstDto,
    responses(
        (status = 200, description = "Made, and signed in.", body = WhoDto,
         headers(("set-cookie" = String, description = "The session."))),
        (status = 401, description = "The one-time token is not known.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There are accounts already, or none are configured.",
         body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts came from there.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_first(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Body(asked): Body<FirstDto>,
) -> Result<SignedIn, Problem> {
    if desk.attempts.is_over(&peer.0, steady()) {
        return Err(Problem::new(Code::TooManyAttempts, "too many attempts: wait a minute"));
    }
    let accounts = desk.board.accounts.clone();
    let FirstDto { token, name, password } = asked;
    let made = away(&desk, move || accounts.make_first(&token.0, &name, &password.0)).await?;
    let account = made.map_err(|error| {
        let problem = Problem::from(error);
        if problem.is(Code::Unauthorised) {
            desk.attempts.failed(peer.0, steady());
        }
        problem
    })?;
    record(&desk, "account", format!("{} is the first administrator", account.name));
    begin(&desk, peer, Holder::person(&account), Who::person(&account))
}

/// Gives whoever asks another password. Every other session of theirs ends; this one goes on under a new
/// cookie.
#[utoipa::path(
    put,
    path = "/api/v1/session/password",
    operation_id = "newPassword",
    tag = "session",
    request_body = PasswordDto,
    responses(
        (status = 200, description = "It counts from now on.", body = WhoDto,
         headers(("set-cookie" = String, description = "The session."))),
        (status = 401, description = "The old password is not the one that counts.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Whoever asks has no account.",
         body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts came from there, or with that name.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn new_password(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Extension(who): Extension<Who>,
    Body(asked): Body<PasswordDto>,
) -> Result<SignedIn, Problem> {
    let name = by_password(&desk, peer, who.name, asked.old).await?.name;
    let accounts = desk.board.accounts.clone();
    let change = Change { password: Some(asked.new.0), ..Change::default() };
    let account = away(&desk, move || accounts.change(&name, change)).await??;
    record(&desk, "account", format!("{0}: {0} has another password", account.name));
    begin(&desk, peer, Holder::person(&account), Who::person(&account))
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
) -> (StatusCode, [(HeaderName, String); 1]) {
    let cookie = desk.sessions.end(&headers);
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)])
}
