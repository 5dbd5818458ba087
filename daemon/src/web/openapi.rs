//! The description of the API, OpenAPI 3.1, made from the handlers themselves. What the guard can
//! answer to any request is added from the guard's own rule, so that the two cannot disagree. The
//! copy in `docs/openapi.json` is held against it by a test.

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};

use super::Desk;
use super::changes::ChangeDto;
use super::guard::{Needs, needs};
use super::problem::{Code, PROBLEM_JSON};
use super::stream::GapDto;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Greenwave",
        description = "Look at a district's signals and operate them. Ages and spans are seconds \
            on the daemon's clock; what is not known is null, never 0; stages count from 1.",
    ),
    components(schemas(ChangeDto, GapDto)),
    tags(
        (name = "look", description = "The state, the network, the event log, and what changes."),
        (name = "operate", description = "What people do. Needs somebody who may `operate`, for a reload `engineer`."),
        (name = "dispatch", description = "Emergency corridors. Needs somebody who may `dispatch`, within \
            the scope of a token."),
        (name = "evidence", description = "Records of vehicles above the limit: the review, and what \
            is taken out. Needs somebody who may `review`; whoever looks is written down."),
        (name = "session", description = "Signing in and out."),
        (name = "accounts", description = "Who may enter."),
        (name = "watch", description = "For those who watch over the daemon."),
    )
)]
struct Description;

/// The description before any route is added.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Adds to every route what any route can answer, and what it needs.
pub(super) fn complete(api: &mut utoipa::openapi::OpenApi) {
    let components = api.components.get_or_insert_with(Default::default);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some("A token of the site file.")).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let cookie = "greenwave-PORT";
    let what = "The cookie of a session, named after the port that the daemon listens on.";
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(cookie, what));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            common(operation, &method, path);
        }
    }
}

fn operations(item: &mut PathItem) -> Vec<(Method, &mut Operation)> {
    let each = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    each.into_iter().filter_map(|(method, of)| Some((method, of.as_mut()?))).collect()
}

fn common(operation: &mut Operation, method: &Method, path: &str) {
    let mut codes = vec![Code::WrongHost, Code::Busy, Code::Timeout];
    if path == "/healthz" {
        codes = vec![Code::Timeout];
    }
    if !method.is_safe() {
        codes.extend([Code::WrongOrigin, Code::WrongContentType]);
    }
    if operation.request_body.is_some() {
        codes.extend([Code::BadRequest, Code::BadBody, Code::BodyTooLarge]);
    }
    if operation.parameters.as_ref().is_some_and(|list| !list.is_empty()) {
        codes.push(Code::BadRequest);
    }
    if let Needs::Right(_) = needs(method, path) {
        codes.extend([Code::Unauthorised, Code::Forbidden, Code::TooManyAttempts]);
        let both =
            ["token", "session"].map(|name| SecurityRequirement::new::<_, _, &str>(name, []));
        operation.security = Some(both.into());
    }
    if method == Method::GET && path.ends_with("/stream") {
        codes.push(Code::TooManyStreams);
    }
    let waits = !method.is_safe() || path.starts_with("/api/v1/evidence");
    if waits && needs(method, path) != Needs::Nothing {
        codes.push(Code::Unavailable);
    }
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        let (status, title) = code.answer();
        let problem = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let response = ResponseBuilder::new().description(title).content(PROBLEM_JSON, content);
        let answers = &mut operation.responses.responses;
        answers.entry(status.as_u16().to_string()).or_insert(response.build().into());
    }
}

/// This description.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "openapi",
    tag = "watch",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value)),
)]
pub(super) async fn openapi(State(desk): State<Desk>) -> Json<serde_json::Value> {
    Json(serde_json::Value::clone(&desk.description))
}
