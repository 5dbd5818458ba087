//! The JSON schema of a profile, for editors that complete and underline while one types. It is made
//! from the same tables as the reader; what one key alone does not show is the reader's.

use std::fmt::Write;

use crate::point::Point;
use crate::profile::CommandName;
use crate::read::{CERTAINTIES, FAIL_SAFES, WATCHDOGS};
use crate::register::{Order, Table, Type};

/// A key: its name, its type as a piece of schema, and whether it must be there.
type Key = (&'static str, String, bool);

/// The schema, as JSON.
#[must_use]
pub fn schema() -> String {
    let mut text =
        String::from("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
    text.push_str("  \"title\": \"Greenwave device profile\",\n");
    let root = object(&root());
    let _ = write!(text, "  {}\n}}\n", &root[1..root.len() - 1]);
    text
}

fn root() -> Vec<Key> {
    let text = || kind("string");
    vec![
        ("name", text(), true),
        ("title", text(), true),
        ("maker", text(), true),
        ("version", kind("integer"), true),
        ("source", text(), true),
        ("certainty", one_of(CERTAINTIES.iter().map(|(name, _)| *name)), true),
        ("wiring", text(), true),
        ("unidentified", text(), false),
        ("notes", list(&text()), false),
        ("delivered", list(&object(&delivered())), false),
        ("watchdog", object(&watchdog()), true),
        ("fail_safe", object(&fail_safe()), true),
        ("safe_mode", object(&[("tripped", point(), true), ("clear", point(), true)]), false),
        ("pacing", object(&pacing()), false),
        ("identity", list(&object(&check())), false),
        ("poll", list(&object(&poll())), false),
        ("command", list(&object(&command())), false),
        ("register", list(&object(&register())), true),
    ]
}

fn delivered() -> Vec<Key> {
    let number = || kind("integer");
    vec![
        ("tcp", number(), false),
        ("baud", number(), false),
        ("parity", one_of(["none", "even", "odd"].into_iter()), false),
        ("stop_bits", number(), false),
        ("unit", number(), false),
    ]
}

fn watchdog() -> Vec<Key> {
    vec![
        ("kind", one_of(WATCHDOGS.iter().map(|(name, _)| *name)), true),
        ("timeout_s", kind("number"), false),
        ("untold", kind("string"), false),
        ("verify", list(&object(&check())), false),
    ]
}

fn fail_safe() -> Vec<Key> {
    let state = one_of(FAIL_SAFES.iter().map(|(name, _)| *name));
    vec![("state", state, true), ("verify", list(&object(&check())), false)]
}

fn pacing() -> Vec<Key> {
    let number = || kind("integer");
    vec![
        ("pause_ms", number(), false),
        ("words_max", number(), false),
        ("bits_max", number(), false),
        ("gaps", kind("boolean"), false),
    ]
}

fn check() -> Vec<Key> {
    let number = || kind("integer");
    vec![
        ("point", point(), true),
        ("equals", number(), false),
        ("at_least", number(), false),
        ("at_most", number(), false),
        ("contains", kind("string"), false),
    ]
}

fn poll() -> Vec<Key> {
    vec![
        ("name", kind("string"), true),
        ("period_s", kind("number"), true),
        ("points", list(&point()), true),
    ]
}

fn command() -> Vec<Key> {
    let names = one_of(CommandName::ALL.iter().map(|(name, _)| *name));
    vec![
        ("name", names, true),
        ("points", list(&point()), true),
        ("lease", kind("string"), false),
        ("pulse_s", kind("number"), false),
    ]
}

fn register() -> Vec<Key> {
    let (number, text) = (|| kind("integer"), || kind("string"));
    vec![
        ("point", point(), true),
        ("table", one_of(Table::ALL.iter().map(|(name, _)| *name)), true),
        ("address", number(), true),
        ("type", one_of(Type::ALL.iter().map(|(name, _)| *name)), true),
        ("order", one_of(Order::ALL.iter().map(|(name, _)| *name)), false),
        ("count", number(), false),
        ("blocks", number(), false),
        ("every", number(), false),
        ("scale", kind("number"), false),
        ("unit", text(), false),
        ("invalid", list(&number()), false),
        ("range", list(&kind("number")), false),
        ("valid_s", kind("number"), false),
        ("side_effect", text(), false),
        ("meanings", list(&list("{}")), false),
        ("unverified", text(), false),
    ]
}

fn point() -> String {
    one_of(Point::ALL.iter().map(|(name, _)| *name))
}

fn kind(name: &str) -> String {
    format!("{{\"type\": \"{name}\"}}")
}

fn list(of: &str) -> String {
    format!("{{\"type\": \"array\", \"items\": {of}}}")
}

fn one_of(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    format!("{{\"enum\": [{}]}}", names.join(", "))
}

fn object(keys: &[Key]) -> String {
    let all: Vec<String> = keys.iter().map(|(name, of, _)| format!("\"{name}\": {of}")).collect();
    let must = keys.iter().filter(|(_, _, must)| *must);
    let must: Vec<String> = must.map(|(name, ..)| format!("\"{name}\"")).collect();
    format!(
        "{{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {{{}}}, \
         \"required\": [{}]}}",
        all.join(", "),
        must.join(", ")
    )
}
