//! The review over HTTP: what is sealed stays so until somebody says what for, and two persons decide.

use interval_speed::evidence::bundle::{Trust, verify};

use super::{Fake, JSON};

#[path = "../../../tests/evidence/made.rs"]
mod made;

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn a_record_is_reviewed_by_two_persons_and_taken_out() {
    let fake = Fake::new();
    let [na, wei] = fake.with_more(["Li Na", "Wang Wei"]);
    let kept = fake.board.evidence.clone().unwrap();
    let case = kept.detect(made::detection("鲁A12345", 60_000)).await.unwrap();
    let ask = async |token: &str, method: &str, path: &str, body: &str| {
        let value = bearer(token);
        let path = format!("/api/v1/evidence{path}");
        fake.send(method, &path, &[JSON, ("authorization", &value)], body).await
    };
    let listed = ask(&na, "GET", "/records", "").await;
    assert_eq!(listed.body["records"][0]["index"], case);
    assert!(listed.body["records"][0]["fields"]["entry_plate"].is_null());
    assert!(!listed.text.contains("12345"), "a list shows nothing that is sealed");
    assert_eq!(ask(&na, "GET", "/records/1", "").await.status, 400, "whoever looks says what for");
    let shown = ask(&na, "GET", "/records/1?purpose=review", "").await;
    assert_eq!(shown.body["fields"]["entry_plate"], "鲁A12345", "{}", shown.text);
    assert_eq!(shown.body["fields"]["certified_speed_km_h"], 119);

    let export =
        "{\"purpose\": \"fine\", \"as_confirmed\": true, \"leave_out\": [\"exported_by\"]}";
    assert_eq!(ask(&na, "POST", "/records/1/export", export).await.what(), (409, "refused"));
    let confirm = "{\"step\": \"confirm\"}";
    for (who, status, state) in [(&na, 200, "seen"), (&na, 409, ""), (&wei, 200, "confirmed")] {
        let answer = ask(who, "POST", "/records/1/review", confirm).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.body["state"].as_str().unwrap_or(""), state);
    }
    assert_eq!(ask(&na, "GET", "/records/1/verification", "").await.body["holds"], true);
    let value = bearer(&na);
    let path = "/api/v1/evidence/records/1/export";
    let response = fake.open("POST", path, &[JSON, ("authorization", &value)], export).await;
    assert_eq!(response.status(), 200);
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let key = interval_speed::evidence::StationKey::from_secret(&[42; 32]).public();
    assert_eq!(verify(&bytes, &Trust::Key(key), &[]).faults, []);
    let figures = ask(&na, "GET", "", "").await;
    assert_eq!(figures.body["confirmed"], 1);
    // Opening, detection, look, two steps, export.
    assert_eq!(figures.body["entries"], 6, "{}", figures.text);

    for (path, body, what) in [
        ("/records/99/review", confirm, (404, "unknown_record")),
        ("/records/x/review", confirm, (400, "bad_request")),
        ("/records/1/review", "{\"step\": \"send\"}", (422, "bad_body")),
        ("/records/1/export", "{\"purpose\": \"鲁A12345\"}", (422, "bad_body")),
        ("/records/1/export", "{\"purpose\": \"a\", \"leave_out\": [\"x\"]}", (422, "bad_body")),
    ] {
        let answer = ask(&na, "POST", path, body).await;
        assert_eq!(answer.what(), what, "{path}: {}", answer.text);
    }
}
