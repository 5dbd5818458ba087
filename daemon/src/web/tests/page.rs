//! The page: every file is served as what it is, and it asks nobody else for anything. The words,
//! colours and screens of what is built in `web/` are tested there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Fake;
use crate::web::page::{Built, Plain, is_built};

/// The files that are served: those that were built, else those that say how to.
fn files() -> BTreeMap<String, Vec<u8>> {
    let built = |name: Cow<'static, str>| {
        (name.clone().into_owned(), Built::get(&name).unwrap().data.into_owned())
    };
    // What keeps the folder in the tree while nothing is built is no part of the page.
    let shown = |name: &Cow<'static, str>| !name.starts_with('.');
    if is_built() { Built::iter().filter(shown).map(built).collect() } else { plain() }
}

fn plain() -> BTreeMap<String, Vec<u8>> {
    let of = |name: Cow<'static, str>| {
        (name.clone().into_owned(), Plain::get(&name).unwrap().data.into_owned())
    };
    Plain::iter().map(of).collect()
}

fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

/// What stands between each `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: char) -> Vec<&'t str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

#[tokio::test]
async fn every_file_is_served_as_what_it_is_and_kept_until_it_changes() {
    let fake = Fake::new();
    let files = files();
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".gz")) {
        let path = if name == "index.html" { "/".to_owned() } else { format!("/page/{name}") };
        let answer = fake.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_bytes()), (200, &bytes[..]), "{name}");
        let expected = match name.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "html" => "text/html; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/json",
        };
        assert_eq!(answer.header("content-type"), expected, "{name}");
        let kept = if name.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        assert_eq!(answer.header("cache-control"), kept, "{name}");
        let tag = answer.header("etag").to_owned();
        let again = fake.send("GET", &path, &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{name}");
        assert_eq!(again.header("etag"), tag);
        let other = fake.send("GET", &path, &[("if-none-match", "\"other\"")], "").await;
        assert_eq!(other.status, 200, "{name}");
    }
    assert_eq!(fake.get("/api/v1/state").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn whoever_can_unpack_it_is_sent_what_was_compressed() {
    let fake = Fake::new();
    let files = files();
    for (name, bytes) in &files {
        let Some(packed) = files.get(&format!("{name}.gz")) else { continue };
        let path = if name == "index.html" { "/".to_owned() } else { format!("/page/{name}") };
        for (said, small) in
            [("gzip, br", true), ("br;q=1, GZIP;q=0.5", true), ("br", false), ("gzip;q=0", false)]
        {
            let answer = fake.open("GET", &path, &[("accept-encoding", said)], "").await;
            let encoded = answer.headers().get("content-encoding").is_some();
            assert_eq!(encoded, small, "{name}: {said}");
            assert_eq!(answer.headers()["vary"], "accept-encoding");
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            assert_eq!(&body[..], if small { &packed[..] } else { &bytes[..] }, "{name}: {said}");
        }
        let packed = fake.get(&format!("/page/{name}.gz")).await;
        assert_eq!(packed.what(), (404, "not_found"), "{name}: it is no file of its own");
    }
}

#[tokio::test]
async fn the_browser_is_told_to_allow_nothing_else() {
    let answer = Fake::new().get("/").await;
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("x-frame-options"), "DENY");
}

#[test]
fn what_the_page_names_is_there_and_nothing_is_inline_or_elsewhere() {
    for all in [files(), plain()] {
        let page = text(&all, "index.html");
        assert!(!page.contains("<style") && !page.contains("style="), "inline style");
        for tag in between(&page, "<script", '>') {
            assert!(tag.contains("src=\"/page/"), "inline script: {tag}");
        }
        for attribute in between(&page, " on", '"') {
            assert!(!attribute.ends_with('='), "an inline handler: on{attribute}");
        }
        for file in between(&page, "\"/page/", '"') {
            assert!(all.contains_key(file), "the page names {file}");
        }
        let styles: Vec<&String> = all.keys().filter(|name| name.ends_with(".css")).collect();
        let texts = styles.into_iter().map(|name| text(&all, name)).chain([page]);
        for text in texts {
            for outside in ["http:", "https:", "url(//", "\"//", "@import"] {
                assert!(!text.contains(outside), "{outside}");
            }
        }
    }
}

#[test]
fn without_a_built_page_it_is_said_how_to_build_one_in_both_languages() {
    let page = text(&plain(), "index.html");
    assert!(page.contains("cargo xtask web") && page.contains("网页界面"), "{page}");
    assert!(!page.contains("<script"));
}
