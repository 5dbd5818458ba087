//! What a bundle holds, for people or as JSON. It shows what stands there; whether it holds, `verify`
//! says, and this says it too.

use std::path::Path;
use std::process::ExitCode;

use interval_speed::evidence::Entry;
use interval_speed::evidence::bundle::{Report, Trust, verify};
use interval_speed::evidence::schema::Kind;
use interval_speed::evidence::value::Value;
use serde_json::{Map, Value as Json, json};

use super::{digits, field_name, read};

pub(super) fn run(file: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let report = verify(&read(file)?, &Trust::Named, &[]);
    if as_json {
        let entries: Vec<Json> = shown(&report).map(entry_json).collect();
        let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
        println!("{}", json!({"holds": faults.is_empty(), "faults": faults, "entries": entries}));
    } else {
        for entry in shown(&report) {
            print_entry(entry);
        }
        let count = report.faults.len() + report.more;
        let words = if count == 0 { "it holds" } else { "it does NOT hold" };
        println!("{words}: {count} faults in {} entries (see `verify`)", report.entries);
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The manifest and the case's own entries.
fn shown(report: &Report) -> impl Iterator<Item = &Entry> {
    report.manifest.iter().chain(&report.case)
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Digest(digest) => json!(digits(digest)),
    }
}

fn entry_json(entry: &Entry) -> Json {
    let mut fields = Map::new();
    for (tag, content) in entry.body.iter().flat_map(|body| body.fields()) {
        let value = content.value().map_or(Json::Null, plain);
        fields.insert(field_name(entry.kind, *tag).to_owned(), value);
    }
    json!({
        "index": entry.index, "kind": entry.kind.name(), "about": entry.about,
        "at_unix_ms": entry.at.0, "hash": digits(&entry.hash()), "fields": fields,
    })
}

fn print_entry(entry: &Entry) {
    println!(
        "{} {} at {} ms, hash {}",
        entry.kind.name(),
        entry.index,
        entry.at.0,
        digits(&entry.hash())
    );
    for (tag, content) in entry.body.iter().flat_map(|body| body.fields()) {
        let value = match content.value() {
            Some(Value::Text(text)) => text.clone(),
            Some(value) => plain(value).to_string(),
            None => "(left out)".to_owned(),
        };
        println!("  {:<34} {value}", field_name(entry.kind, *tag));
    }
    println!();
}

/// The tags of sealed fields by their names.
pub(super) fn sealed_tags(names: &[String]) -> anyhow::Result<Vec<u16>> {
    let kinds = [Kind::Detection, Kind::Review, Kind::Access, Kind::Manifest];
    let mut tags = Vec::new();
    for name in names {
        let sealed = kinds.iter().flat_map(|kind| kind.fields()).filter(|field| field.sealed);
        let found: Vec<u16> = sealed.filter(|field| field.name == name).map(|f| f.tag).collect();
        anyhow::ensure!(!found.is_empty(), "--leave-out {name:?} is no sealed field");
        tags.extend(found);
    }
    Ok(tags)
}
