//! The page: what `cargo xtask web` has built in `web/dist`, in the binary. Where nothing was built,
//! a page of plain HTML that says how to. They show nothing of the site by themselves and need no
//! token.

use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::{Code, Problem};

/// What was built. The build of the program needs no Node: the folder may be missing.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
pub(super) struct Built;

/// What is shown where nothing was built.
#[derive(RustEmbed)]
#[folder = "page"]
pub(super) struct Plain;

/// The page's first file.
const INDEX: &str = "index.html";
/// Files of this folder have the hash of their content in their name.
const NAMED_BY_CONTENT: &str = "assets/";
/// A file that was compressed when the page was built.
const COMPRESSED: &str = ".gz";

/// `GET /`
pub(super) async fn index(headers: HeaderMap) -> Response {
    serve(INDEX, &headers)
}

/// `GET /page/{*file}`
pub(super) async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    serve(&file, &headers)
}

/// Whether a page was built into this program.
pub(super) fn is_built() -> bool {
    Built::get(INDEX).is_some()
}

fn get(name: &str) -> Option<EmbeddedFile> {
    if is_built() { Built::get(name) } else { Plain::get(name) }
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    let (Some(file), Some(kind)) = (get(name), kind(name)) else {
        return Problem::new(Code::NotFound, "the page has no such file").into_response();
    };
    let small = get(&format!("{name}{COMPRESSED}")).filter(|_| takes_gzip(headers));
    let is_small = small.is_some();
    let file = small.unwrap_or(file);
    let hash = blake3::Hash::from_bytes(file.metadata.sha256_hash());
    let tag = format!("\"{}\"", &hash.to_hex()[..32]);
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let unchanged = known.flat_map(|text| text.split(',')).any(|text| text.trim() == tag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, kind)], Body::from(file.data.into_owned())).into_response()
    };
    let headers = response.headers_mut();
    if is_small && !unchanged {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Kept, and asked for each time whether it is still good: an update of the daemon shows at once.
    // What is named by its content never changes.
    let kept = if name.starts_with(NAMED_BY_CONTENT) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
    response
}

/// Whether the browser says that it can unpack gzip, which all do. One that refuses it by a weight
/// of nought is not given it either.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let said = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|text| text.split(',')).any(|part| {
        let mut words = part.split(';').map(str::trim);
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && !words.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "json" => Some("application/json"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
