//! `/api/v1/accounts`: who may enter. Every change stands in the event log with the name of who made it,
//! and ends what it takes away at once.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Desk;
use super::auth::Who;
use super::dto::RoleName;
use super::problem::{Code, Problem};
use super::read::{Body, Named};
use crate::accounts::{Account, AccountError, Change};

/// A password or a one-time token on its way in: it is never shown.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// A person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct AccountDto {
    /// Stands beside each action in the event log.
    name: String,
    /// What the person is here for.
    roles: Vec<RoleName>,
    /// Whether the person is kept out for now.
    locked: bool,
}

/// Everybody.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct AccountsDto {
    /// Whether people sign in here.
    on: bool,
    /// In the order in which they were made.
    accounts: Vec<AccountDto>,
}

/// A new person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccountDto {
    /// 1 to 60 characters.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// What the person is here for; at least one.
    roles: Vec<RoleName>,
    /// 12 to 200 characters; the person can give another one.
    password: Secret,
}

/// What is to be different; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountChangeDto {
    /// What the person is here for.
    roles: Option<Vec<RoleName>>,
    /// Whether the person is kept out for now.
    locked: Option<bool>,
    /// A new password.
    password: Option<Secret>,
}

impl From<&Account> for AccountDto {
    fn from(account: &Account) -> Self {
        let roles = account.roles.iter().map(|&role| role.into()).collect();
        Self { name: account.name.clone(), roles, locked: account.locked }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let code = match &error {
            AccountError::Off => Code::NoTokens,
            AccountError::Name(_) | AccountError::Password(_) | AccountError::NoRoles => {
                Code::BadBody
            }
            AccountError::Taken(_)
            | AccountError::Last(_)
            | AccountError::Full
            | AccountError::NotFirst => Code::Refused,
            AccountError::Unknown(_) => Code::UnknownAccount,
            AccountError::OneTime => Code::Unauthorised,
            AccountError::Disk(_) | AccountError::Hashing(_) => {
                tracing::error!("{error}");
                return Self::new(Code::Internal, "accounts cannot be kept now; the log says why");
            }
        };
        Self::new(code, error.to_string())
    }
}

/// Everybody who may enter by name and password.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    operation_id = "accounts",
    tag = "accounts",
    responses((status = 200, description = "Everybody.", body = AccountsDto)),
)]
pub(super) async fn list(State(desk): State<Desk>) -> Json<AccountsDto> {
    let accounts = desk.board.accounts.people().iter().map(AccountDto::from).collect();
    Json(AccountsDto { on: desk.board.accounts.is_on(), accounts })
}

/// Lets another person in.
#[utoipa::path(
    post,
    path = "/api/v1/accounts",
    operation_id = "makeAccount",
    tag = "accounts",
    request_body = NewAccountDto,
    responses(
        (status = 200, description = "Made.", body = AccountDto),
        (status = 409, description = "The name is taken, there are too many, or none are configured.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Body(asked): Body<NewAccountDto>,
) -> Result<Json<AccountDto>, Problem> {
    let accounts = desk.board.accounts.clone();
    let NewAccountDto { name, roles, password } = asked;
    let roles = roles.into_iter().map(Into::into).collect();
    let account = away(&desk, move || accounts.make(&name, roles, &password.0)).await??;
    let (name, roles) = (&account.name, names(&account));
    record(&desk, "account", format!("{}: {name} is let in: {roles}", who.name));
    Ok(Json(AccountDto::from(&account)))
}

/// Gives a person other roles or another password, keeps somebody out or lets them in again. Sessions
/// of who is kept out, or has another password, end at once.
#[utoipa::path(
    patch,
    path = "/api/v1/accounts/{name}",
    operation_id = "changeAccount",
    tag = "accounts",
    params(("name" = String, Path, description = "The person's name.")),
    request_body = AccountChangeDto,
    responses(
        (status = 200, description = "Changed.", body = AccountDto),
        (status = 404, description = "There is nobody of that name.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody would administer any more, or none are configured.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(name): Named,
    Body(asked): Body<AccountChangeDto>,
) -> Result<Json<AccountDto>, Problem> {
    let accounts = desk.board.accounts.clone();
    let roles = asked.roles.map(|roles| roles.into_iter().map(Into::into).collect());
    let password = asked.password.map(|secret| secret.0);
    let has_new_password = password.is_some();
    let change = Change { roles, locked: asked.locked, password };
    let account = away(&desk, move || accounts.change(&name, change)).await??;
    let (name, roles) = (&account.name, names(&account));
    let out = if account.locked { ", kept out" } else { "" };
    let fresh = if has_new_password { ", another password" } else { "" };
    record(&desk, "account", format!("{}: {name} is now: {roles}{out}{fresh}", who.name));
    Ok(Json(AccountDto::from(&account)))
}

/// Lets a person in no more.
#[utoipa::path(
    delete,
    path = "/api/v1/accounts/{name}",
    operation_id = "removeAccount",
    tag = "accounts",
    params(("name" = String, Path, description = "The person's name.")),
    responses(
        (status = 200, description = "Gone; sessions ended.", body = AccountDto),
        (status = 404, description = "There is nobody of that name.",
         body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody would administer any more, or none are configured.",
         body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(desk): State<Desk>,
    Extension(who): Extension<Who>,
    Named(name): Named,
) -> Result<Json<AccountDto>, Problem> {
    let accounts = desk.board.accounts.clone();
    let account = away(&desk, move || accounts.remove(&name)).await??;
    record(&desk, "account", format!("{}: {} is let in no more", who.name, account.name));
    Ok(Json(AccountDto::from(&account)))
}

fn names(account: &Account) -> String {
    let names: Vec<&str> = account.roles.iter().map(|role| role.name()).collect();
    names.join(", ")
}

/// Does what takes a core some time, or the disk, on a thread of its own; so many at once, no more.
pub(super) async fn away<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let busy = |_| Problem::new(Code::Unavailable, "the daemon stops");
    let _place = desk.hashing.acquire().await.map_err(busy)?;
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!("{error}");
        Problem::new(Code::Internal, "it ended without an answer")
    })
}

/// Writes into the event log what somebody did to accounts.
pub(super) fn record(desk: &Desk, kind: &str, text: String) {
    tracing::info!("{kind}: {text}");
    desk.record(kind, text);
}
