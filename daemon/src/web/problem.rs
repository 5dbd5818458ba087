//! What is answered where something cannot be done: `application/problem+json` (RFC 9457) with one
//! of a closed list of codes, so that a script can tell them apart without reading sentences.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::action::ActionError;
use crate::store::StoreError;

/// Its media type.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Every kind of problem there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Code {
    /// The request is malformed: its query, or its body is no JSON.
    BadRequest,
    /// The cursor is no number, or no event has that number yet.
    BadCursor,
    /// The body is JSON, but not what this route takes.
    BadBody,
    /// The body is larger than 64 kB.
    BodyTooLarge,
    /// A request that changes something must say `content-type: application/json`.
    WrongContentType,
    /// The request comes from a page of another origin.
    WrongOrigin,
    /// The host asked for is not this daemon.
    WrongHost,
    /// Nobody has signed in, and there is no token, or it is not known.
    Unauthorised,
    /// None of the roles of who asks allows it.
    Forbidden,
    /// Too many attempts came from there, or with that name.
    TooManyAttempts,
    /// No tokens, or no accounts, are configured: nobody need sign in so.
    NoTokens,
    /// There is no such path.
    NotFound,
    /// The path knows no such method.
    MethodNotAllowed,
    /// No junction with signals has that name.
    UnknownJunction,
    /// No account has that name.
    UnknownAccount,
    /// No what-if question has that number.
    UnknownWhatIf,
    /// No alarm has that number now.
    UnknownAlarm,
    /// No corridor has that number, or none that is open.
    UnknownCorridor,
    /// A place of a request for a corridor is on no road of this site.
    UnknownPlace,
    /// No way leads from the origin to the destination.
    NoRoute,
    /// The request had run out when it came.
    Expired,
    /// The vehicle could not arrive before the corridor has to end.
    TooLong,
    /// As many corridors are open as may be.
    TooManyCorridors,
    /// The vehicle has a corridor already.
    VehicleHasCorridor,
    /// The key was used for another request, or for a corridor that has ended.
    Replayed,
    /// The token may not ask for this class of vehicle.
    ClassNotAllowed,
    /// The way leads out of the area that the token may ask for.
    AreaNotAllowed,
    /// The token asks more often than it may.
    TooOften,
    /// The request contradicts itself or the roads.
    Contradictory,
    /// No evidence is kept, or no record has that number any more.
    UnknownRecord,
    /// The engine would not, and says why.
    Refused,
    /// The site file has mistakes; the last good one runs on.
    SiteRefused,
    /// As many event streams are open as may be.
    TooManyStreams,
    /// As many requests are served as may be.
    Busy,
    /// It took too long; whether it was done stands in the event log.
    Timeout,
    /// The daemon stops, or is too busy to answer.
    Unavailable,
    /// The event store cannot be read.
    Store,
    /// The daemon's own mistake.
    Internal,
}

impl Code {
    /// Its status, and what it means in a few words.
    pub(super) fn answer(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Malformed request"),
            Self::BadCursor => (StatusCode::BAD_REQUEST, "Bad cursor"),
            Self::BadBody => (StatusCode::UNPROCESSABLE_ENTITY, "Unsuitable body"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Body too large"),
            Self::WrongContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Wrong content type"),
            Self::WrongOrigin => (StatusCode::FORBIDDEN, "Wrong origin"),
            Self::WrongHost => (StatusCode::MISDIRECTED_REQUEST, "Wrong host"),
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, "Sign in"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "Not allowed"),
            Self::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::NoTokens => (StatusCode::CONFLICT, "Not configured"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::UnknownJunction => (StatusCode::NOT_FOUND, "Unknown junction"),
            Self::UnknownAccount => (StatusCode::NOT_FOUND, "Unknown account"),
            Self::UnknownAlarm => (StatusCode::NOT_FOUND, "Unknown alarm"),
            Self::UnknownWhatIf => (StatusCode::NOT_FOUND, "Unknown what-if question"),
            Self::UnknownCorridor => (StatusCode::NOT_FOUND, "Unknown corridor"),
            Self::UnknownPlace => (StatusCode::UNPROCESSABLE_ENTITY, "Unknown place"),
            Self::NoRoute => (StatusCode::CONFLICT, "No route"),
            Self::Expired => (StatusCode::CONFLICT, "Request expired"),
            Self::TooLong => (StatusCode::CONFLICT, "Way too long"),
            Self::TooManyCorridors => (StatusCode::CONFLICT, "Too many corridors"),
            Self::VehicleHasCorridor => (StatusCode::CONFLICT, "Vehicle has a corridor"),
            Self::Replayed => (StatusCode::CONFLICT, "Key used before"),
            Self::ClassNotAllowed => (StatusCode::FORBIDDEN, "Class not allowed"),
            Self::AreaNotAllowed => (StatusCode::FORBIDDEN, "Area not allowed"),
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "Too many corridors asked for"),
            Self::Contradictory => (StatusCode::UNPROCESSABLE_ENTITY, "Contradictory request"),
            Self::UnknownRecord => (StatusCode::NOT_FOUND, "Unknown record"),
            Self::Refused => (StatusCode::CONFLICT, "Refused"),
            Self::SiteRefused => (StatusCode::UNPROCESSABLE_ENTITY, "Site file refused"),
            Self::TooManyStreams => (StatusCode::SERVICE_UNAVAILABLE, "Too many streams"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
            Self::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "Timed out"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Unavailable"),
            Self::Store => (StatusCode::SERVICE_UNAVAILABLE, "Event store"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }

    /// After how many seconds another attempt makes sense, where it does by itself.
    fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::TooManyAttempts | Self::TooOften => Some(60),
            Self::TooManyStreams | Self::Busy | Self::Unavailable | Self::Store => Some(5),
            _ => None,
        }
    }
}

/// A problem as it is answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// A name for the kind of problem, for tools that know RFC 9457.
    #[serde(rename = "type")]
    kind: String,
    /// What it is, in a few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// Which of the closed list it is.
    code: Code,
    /// What exactly, in a sentence.
    detail: String,
    /// Every mistake, where there can be several.
    mistakes: Vec<String>,
}

impl Problem {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        let (status, title) = code.answer();
        let name = serde_json::to_value(code).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
        Self {
            kind: format!("urn:greenwave:problem:{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            mistakes: Vec::new(),
        }
    }

    /// Whether it is of this kind.
    pub(super) fn is(&self, code: Code) -> bool {
        self.code == code
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code;
        let mut response = (code.answer().0, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = code.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if code == Code::Unauthorised {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if code == Code::BodyTooLarge {
            // What is left of the body is not read: the connection cannot be used on.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<ActionError> for Problem {
    fn from(error: ActionError) -> Self {
        let code = match &error {
            ActionError::UnknownJunction(_) => Code::UnknownJunction,
            ActionError::Refused(_) => Code::Refused,
            ActionError::SiteRefused(_) => Code::SiteRefused,
            ActionError::Unavailable => Code::Unavailable,
        };
        match error {
            ActionError::SiteRefused(mistakes) => {
                let detail = "the site file is refused, the last good one runs on";
                Self { mistakes, ..Self::new(code, detail) }
            }
            error => Self::new(code, error.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!("{error}");
        Self::new(Code::Store, "the event store cannot be read now")
    }
}
