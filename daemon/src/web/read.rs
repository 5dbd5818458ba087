//! Reading requests: what does not fit is answered with the place and the reason.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::{Code, Problem};

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Json::from_request(request, state).await;
        body.map(|Json(body)| Self(body)).map_err(|rejection| {
            let code = match &rejection {
                JsonRejection::JsonDataError(_) => Code::BadBody,
                JsonRejection::MissingJsonContentType(_) => Code::WrongContentType,
                other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
                _ => Code::BadRequest,
            };
            Problem::new(code, rejection.body_text())
        })
    }
}

/// The query.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        let refuse = |rejection: axum::extract::rejection::QueryRejection| {
            Problem::new(Code::BadRequest, rejection.body_text())
        };
        query.map(|Query(query)| Self(query)).map_err(refuse)
    }
}

/// The name in the path.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = Path::from_request_parts(parts, state).await;
        let refuse = |rejection: axum::extract::rejection::PathRejection| {
            Problem::new(Code::BadRequest, rejection.body_text())
        };
        name.map(|Path(name)| Self(name)).map_err(refuse)
    }
}

/// A cursor as it is written: the number of an event, or 0.
pub(super) fn cursor(text: &str) -> Result<u64, Problem> {
    // Digits alone: `parse` would take a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Problem::new(Code::BadCursor, format!("{shown:?} is not the number of an event"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_a_number_and_nothing_else_is_taken_for_one(number: u64, text in ".{0,50}") {
            prop_assert_eq!(cursor(&number.to_string()).ok(), Some(number));
            for wrong in [format!("-{number}"), format!("+{number}"), format!("{number}x")] {
                prop_assert!(cursor(&wrong).is_err(), "{}", wrong);
            }
            let plain = text.parse::<u64>().is_ok() && !text.starts_with('+');
            prop_assert_eq!(cursor(&text).is_ok(), plain);
        }
    }
}
