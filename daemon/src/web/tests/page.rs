//! The page: whole, in both languages, readable in both themes, and it asks nobody else for anything.

use std::collections::{BTreeMap, BTreeSet};

use super::Fake;
use crate::web::page::Files;

/// The one address that is no request: the name of the drawing's own language.
const SVG: &str = "http://www.w3.org/2000/svg";

fn files() -> BTreeMap<String, String> {
    let text = |name: std::borrow::Cow<'static, str>| {
        let bytes = Files::get(&name).unwrap().data.into_owned();
        (name.into_owned(), String::from_utf8(bytes).unwrap())
    };
    Files::iter().map(text).collect()
}

fn words(language: &str) -> BTreeMap<String, String> {
    serde_json::from_str(&files()[&format!("text/{language}.json")]).unwrap()
}

/// What stands between each `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: char) -> Vec<&'t str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

#[tokio::test]
async fn every_file_is_served_as_what_it_is_and_kept_until_it_changes() {
    let fake = Fake::new();
    for (name, text) in files() {
        let path = if name == "index.html" { "/".to_owned() } else { format!("/page/{name}") };
        let answer = fake.get(&path).await;
        assert_eq!((answer.status.as_u16(), &answer.text), (200, &text), "{name}");
        let expected = match name.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "html" => "text/html; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/json",
        };
        assert_eq!(answer.header("content-type"), expected, "{name}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{name}");
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
fn nothing_is_fetched_from_elsewhere_and_nothing_is_inline() {
    for (name, text) in files() {
        let text = text.replace(SVG, "");
        for outside in ["http:", "https:", "ws://", "wss://", "data:", "\"//", "url(", "@import"] {
            assert!(!text.contains(outside), "{name}: {outside}");
        }
        for markup in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!text.contains(markup), "{name}: {markup}");
        }
    }
    let page = &files()["index.html"];
    assert!(!page.contains("<style") && !page.contains("style="), "inline style");
    for tag in between(page, "<script", '>') {
        assert!(tag.contains("src=\"/page/"), "inline script: {tag}");
    }
    assert!(!page.contains(" on"), "an inline handler");
    // What the page and its scripts name is there.
    let all = files();
    for (name, text) in &all {
        let imported = between(text, "from \"./", '"').into_iter();
        let linked = between(text, "\"/page/", '"').into_iter();
        for file in imported.chain(linked).filter(|_| !name.ends_with("json")) {
            assert!(all.contains_key(file), "{name} names {file}");
        }
    }
}

/// Keys that are put together from a list and a name.
const LISTS: [&str; 11] = [
    "mode_", "source_", "letter_", "aspect_", "state_", "turn_", "from_", "kind_", "who_", "link_",
    "stage_",
];

#[test]
fn both_languages_say_everything_and_neither_says_more() {
    let (english, chinese) = (words("en"), words("zh"));
    let keys = |words: &BTreeMap<String, String>| words.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&english), keys(&chinese));
    for (key, text) in &english {
        let other = &chinese[key];
        assert!(!text.is_empty() && !other.is_empty(), "{key}");
        let blanks = |text: &str| {
            between(text, "{", '}').iter().map(ToString::to_string).collect::<BTreeSet<_>>()
        };
        assert_eq!(blanks(text), blanks(other), "{key}: other blanks");
    }
    // A stage is no phase.
    assert!(chinese.values().all(|text| !text.contains("相位")));
    assert_eq!((&*chinese["stage"], &*chinese["col_stage"]), ("阶段", "阶段"));

    let mut used = BTreeSet::new();
    for (name, text) in files().iter().filter(|(name, _)| !name.ends_with("json")) {
        for before in ["t(\"", "text: \"", "data-text=\"", "data-label=\"", "data-hint=\""] {
            let found = between(text, before, '"');
            let keys = found.iter().filter(|key| key.contains(|c: char| c.is_alphabetic()));
            for key in keys.filter(|key| !key.contains(' ') && !key.contains('.')) {
                let known = english.contains_key(*key) || name == "dom.js";
                assert!(known || before == "t(\"", "{name}: there are no words for {key}");
                used.insert((*key).to_owned());
            }
        }
        used.extend(between(text, "\"", '"').iter().map(ToString::to_string));
    }
    for key in english.keys() {
        let listed = LISTS.iter().any(|list| key.starts_with(list));
        assert!(listed || used.contains(key), "{key} is said nowhere");
    }
}

#[test]
fn every_name_of_a_closed_list_has_words() {
    let english = words("en");
    let has = |key: String| assert!(english.contains_key(&key), "no words for {key}");
    scenario::Mode::ALL.iter().for_each(|(name, _)| has(format!("mode_{name}")));
    let description = serde_json::to_value(crate::web::routes().1).unwrap();
    for (schema, list) in [
        ("ModeName", "mode"),
        ("SourceName", "source"),
        ("SourceName", "letter"),
        ("AspectName", "aspect"),
    ] {
        let names = description["components"]["schemas"][schema].to_string();
        let names = between(&names, "\"enum\":[", ']').concat();
        assert!(!names.is_empty(), "{schema}");
        for name in names.split(',') {
            has(format!("{list}_{}", name.trim_matches('"')));
        }
    }
    for state in ["online", "identifying", "open", "offline"] {
        has(format!("state_{state}"));
    }
}

/// The colours of one theme.
fn colours(css: &str) -> BTreeMap<&str, [f64; 3]> {
    let each = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    let channel = |hex: &str, at: usize| {
        let part = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        f64::from(part) / 255.0
    };
    each.map(|(name, hex)| (name, [0, 2, 4].map(|at| channel(hex, at)))).collect()
}

/// The contrast of two colours, WCAG 2.2, "relative luminance" and "contrast ratio".
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let luminance =
        |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_and_lamps_stand_out_in_both_themes() {
    let css = files()["style.css"].clone();
    let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for (theme, css) in [("light", light), ("dark", dark)] {
        let colours = colours(css);
        let check = |least: f64, front: &str, back: &str| {
            let got = contrast(colours[front], colours[back]);
            assert!(got >= least, "{theme}: {front} on {back} has {got:.2}, needs {least}");
        };
        for text in ["ink", "quiet", "accent", "bad", "green", "yellow", "red"] {
            check(4.5, text, "surface");
        }
        for back in ["ground", "chosen", "bad-ground"] {
            check(4.5, "ink", back);
            check(4.5, "quiet", back);
            check(4.5, "bad", back);
        }
        check(4.5, "accent", "chosen");
        check(4.5, "accent", "bad-ground");
        for sign in
            ["adaptive", "coordinated", "local", "operator", "corridor", "fault", "accent", "bad"]
        {
            check(4.5, "on-sign", sign);
            check(3.0, sign, "surface");
        }
        check(3.0, "unlit", "surface");
    }
}
