//! What every request passes before a handler sees it, and what every answer bears.
//!
//! ```text
//!   request ─▶ is there room? ─▶ is it for this host? ─▶ does it come from our own page?
//!           ─▶ who asks, and may they? ─▶ handler, within its time ─▶ headers ─▶ answer
//! ```
//!
//! Where nobody need say who they are, two things stand between a web page anywhere and the signals: the
//! name in `Host` must be one that a foreign name server cannot point here, and what changes
//! something must be JSON and must not come from another origin.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::Desk;
use super::attempts::Verdict;
use super::auth::{Entry, Unknown, Who, recognise};
use super::connections::Peer;
use super::problem::{Code, Problem};
use super::rights::Right;
use crate::clock::steady;

/// Requests that are served at a time: each may wait for the control loop or the store, which have
/// other work.
pub(super) const REQUESTS_MAX: usize = 64;
/// The longest that a request may take, its body included; open streams have begun to answer by then.
const REQUEST_IN: Duration = Duration::from_secs(10);
/// A body, most of all a hold with its reason, is far smaller.
pub(super) const BODY_MAX: usize = 64 * 1_024;

/// What a request needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Needs {
    /// Nothing: it shows nothing of the site.
    Nothing,
    /// Somebody who may do this.
    Right(Right),
}

/// What a request to this path needs. Whatever is not named is for who may look, and what changes
/// something, for who administers.
pub(super) fn needs(method: &Method, path: &str) -> Needs {
    match path {
        "/healthz" | "/" => Needs::Nothing,
        _ if path.starts_with("/page/") => Needs::Nothing,
        "/api/v1/session" if !method.is_safe() => Needs::Nothing,
        "/api/v1/session/first" => Needs::Nothing,
        "/api/v1/session/password" => Needs::Right(Right::Look),
        "/api/v1/accounts" if method.is_safe() => Needs::Right(Right::Audit),
        "/api/v1/evidence" => Needs::Right(Right::Review),
        _ if path.starts_with("/api/v1/evidence/") => Needs::Right(Right::Review),
        _ if method.is_safe() => Needs::Right(Right::Look),
        "/api/v1/mode" => Needs::Right(Right::Operate),
        "/api/v1/reload" => Needs::Right(Right::Engineer),
        _ if path.starts_with("/api/v1/junctions/") => Needs::Right(Right::Operate),
        "/api/v1/corridors" => Needs::Right(Right::Dispatch),
        _ if path.starts_with("/api/v1/corridors/") => Needs::Right(Right::Dispatch),
        _ if path.starts_with("/api/v1/alarms/") => Needs::Right(Right::Operate),
        _ if path.starts_with("/api/v1/what-if") => Needs::Right(Right::Operate),
        _ => Needs::Right(Right::Administer),
    }
}

/// The middleware around every route.
pub(super) async fn guard(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|info| info.0);
    let peer = peer.unwrap_or(Peer(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    let watched = request.uri().path() == "/healthz";
    let place = desk.requests.try_acquire();
    let admitted = if place.is_err() && !watched {
        let detail = format!("{REQUESTS_MAX} requests are served at this moment");
        Err(Problem::new(Code::Busy, detail))
    } else {
        admit(&desk, &request, peer)
    };
    let mut response = match admitted {
        Ok(who) => {
            request.extensions_mut().insert(peer);
            if let Some(who) = who {
                request.extensions_mut().insert(who);
            }
            let served = timeout(REQUEST_IN, next.run(request)).await;
            served.unwrap_or_else(|_| {
                let detail = "it took too long; whether it was done stands in the event log";
                Problem::new(Code::Timeout, detail).into_response()
            })
        }
        Err(problem) => problem.into_response(),
    };
    seal(response.headers_mut());
    response
}

/// Whether the request may pass, and who asks where that matters.
fn admit(desk: &Desk, request: &Request, peer: Peer) -> Result<Option<Who>, Problem> {
    let (method, path) = (request.method(), request.uri().path());
    let headers = request.headers();
    let tokens = desk.board.tokens.borrow().clone();
    let asks = !tokens.is_empty() || desk.board.accounts.is_on();
    if !asks && path != "/healthz" {
        let listen = desk.board.views.borrow().site.web.listen.clone();
        own_host(headers, &listen)?;
    }
    if !method.is_safe() {
        own_origin(headers)?;
        json(headers)?;
    }
    let Needs::Right(right) = needs(method, path) else { return Ok(None) };
    let who = if asks {
        let people = desk.board.accounts.people();
        let entry = Entry { tokens: &tokens, people: &people };
        recognise(headers, &entry, &desk.sessions, steady())
            .map_err(|unknown| refuse(desk, peer, unknown))?
    } else if desk.loopback {
        Who::local()
    } else {
        // A reload has removed every token from a daemon that others can reach.
        let detail = "no tokens are configured, and this address can be reached from elsewhere";
        return Err(Problem::new(Code::Forbidden, detail));
    };
    if !who.may(right) {
        let may: Vec<&str> =
            Right::ALL.into_iter().filter(|&right| who.may(right)).map(Right::name).collect();
        let (may, needs) = (may.join(", "), right.name());
        let detail = format!("{} may {may}; this needs somebody who may {needs}", who.name);
        return Err(Problem::new(Code::Forbidden, detail));
    }
    Ok(Some(who))
}

/// What is answered to somebody who was not recognised; a wrong token is counted and logged.
pub(super) fn refuse(desk: &Desk, peer: Peer, unknown: Unknown) -> Problem {
    let detail = match unknown {
        Unknown::Nothing => "sign in, or show a token: `Authorization: Bearer TOKEN`",
        Unknown::Session => "the session is over or not known: sign in again",
        Unknown::Token => {
            let verdict = desk.attempts.failed(peer.0, steady());
            let last =
                if verdict == Verdict::LastTold { "; further ones are not logged" } else { "" };
            if verdict == Verdict::Silent {
                return Problem::new(Code::TooManyAttempts, "too many unknown tokens: wait");
            }
            tracing::warn!("an unknown token came from {}{last}", peer.0);
            "the token is not known"
        }
    };
    Problem::new(Code::Unauthorised, detail)
}

/// The host asked for is an address, this machine, or the name in the site file: no name that a
/// foreign server could point here.
fn own_host(headers: &HeaderMap, listen: &str) -> Result<(), Problem> {
    let mut shown = headers.get_all(HOST).iter();
    let host = shown.next().and_then(|value| value.to_str().ok());
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    let name = authority.as_ref().map(|authority| authority.host().to_ascii_lowercase());
    let own = name.as_deref().is_some_and(|name| {
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let configured = listen.rsplit_once(':').map(|(name, _)| name.to_ascii_lowercase());
        address.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || configured.as_deref() == Some(name)
    });
    if own && shown.next().is_none() {
        return Ok(());
    }
    let detail =
        "where nobody signs in the host is an address, localhost, or the name in web.listen";
    Err(Problem::new(Code::WrongHost, detail))
}

/// Where a browser says which page a request comes from, it is one of ours.
fn own_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let from = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    match (from, host) {
        (Some(from), Some(host)) if from.eq_ignore_ascii_case(host) => Ok(()),
        _ => {
            Err(Problem::new(Code::WrongOrigin, "the request comes from a page of another origin"))
        }
    }
}

/// A form of another page cannot send this content type without being asked first.
fn json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "what changes something needs the header `content-type: application/json`";
    Err(Problem::new(Code::WrongContentType, detail))
}

/// What the page may do: fetch from here, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors \
    'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// What every answer bears.
fn seal(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is not of the page is of this moment, and only for who asked.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
