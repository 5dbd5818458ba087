//! The description of the API: whole, and the same as the checked-in copy.

use std::path::Path;

use super::{Fake, all_routes};
use crate::web::guard::{Needs, needs};

/// `GREENWAVE_BLESS=1 cargo test -p daemon openapi` writes the copy anew.
#[tokio::test]
async fn the_openapi_copy_in_docs_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let description = Fake::new().get("/api/v1/openapi.json").await.body;
    let text = format!("{}\n", serde_json::to_string_pretty(&description).unwrap());
    if std::env::var_os("GREENWAVE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/openapi.json is not what the daemon serves: look at the difference, then \
         `GREENWAVE_BLESS=1 cargo test -p daemon openapi`"
    );
}

#[tokio::test]
async fn every_route_is_described_with_what_it_takes_and_answers() {
    let description = Fake::new().get("/api/v1/openapi.json").await.body;
    assert_eq!(description["openapi"], "3.1.0");
    let mut described = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.push(format!("{} {path}", method.to_uppercase()));
            let summary = operation["summary"].as_str().or(operation["description"].as_str());
            assert!(summary.is_some_and(|text| !text.is_empty()), "{method} {path}");
            let method = method.to_uppercase().parse().unwrap();
            let answers = operation["responses"].as_object().unwrap();
            let guarded = matches!(needs(&method, path), Needs::Right(_));
            let secured = operation["security"].to_string().contains("token");
            assert_eq!(guarded, secured, "{method} {path}");
            for status in ["401", "403", "429"] {
                assert!(!guarded || answers.contains_key(status), "{method} {path}: no {status}");
            }
            assert_eq!(method.is_safe(), !answers.contains_key("415"), "{method} {path}");
        }
    }
    let mut known: Vec<String> = all_routes()
        .iter()
        .map(|(method, path, _)| {
            let path = path.replace("j_1_1", "{name}").replace("what-if/1", "what-if/{id}");
            let path = path.replace("accounts/bob", "accounts/{name}");
            let path = path.replace("alarms/1", "alarms/{id}");
            let path = path.replace("corridors/7", "corridors/{id}");
            let path = path.replace("records/9", "records/{name}");
            format!("{method} {path}")
        })
        .collect();
    known.sort();
    described.sort();
    assert_eq!(described, known, "a route that no test knows, or the other way round");
    let text = description.to_string();
    for part in text.split("\"$ref\":\"").skip(1) {
        let pointer = part.split('"').next().unwrap().trim_start_matches('#');
        assert!(description.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
}
