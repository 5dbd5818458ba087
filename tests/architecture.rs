//! Holds the packages' dependencies against the arrows of ARCHITECTURE.md, and the core's purity.

use std::collections::{BTreeMap, BTreeSet};

/// Who may use whom directly; what those use may be used too.
const ARROWS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("document", &[]),
    ("network", &["units"]),
    ("signal", &["units"]),
    ("hw-profiles", &["units", "document"]),
    ("field", &["units", "signal", "hw-profiles"]),
    ("estimate", &["network"]),
    ("optimizer", &["network", "signal", "estimate"]),
    ("scenario", &["network", "signal", "document"]),
    ("corridor", &["network", "signal"]),
    ("jt808", &["units"]),
    ("interval-speed", &["network"]),
    ("engine", &["estimate", "optimizer", "field", "scenario", "corridor", "interval-speed"]),
    ("plant", &["optimizer", "scenario"]),
    ("daemon", &["engine", "field", "scenario", "jt808"]),
    ("sim", &["engine", "field", "scenario", "jt808"]),
    ("greenwave", &["daemon", "sim", "plant"]),
    ("xtask", &["scenario", "hw-profiles"]),
];

/// What a pure package may use of others' work: none of it does I/O by itself.
const PURE: &[&str] = &[
    "petgraph",
    "nalgebra",
    "toml",
    "toml_edit",
    "quick-xml",
    "serde",
    "serde_json",
    "thiserror",
    "blake3",
    "ed25519-dalek",
];
const SHELL: &[&str] = &["daemon", "sim", "greenwave", "xtask"];

fn reachable(from: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        let uses = ARROWS.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, uses)| uses);
        for &used in uses {
            if found.insert(used) {
                open.push(used);
            }
        }
    }
    found
}

#[test]
fn packages_use_only_what_the_arrows_allow() {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let ours: BTreeMap<String, _> =
        metadata.packages.iter().map(|p| (p.name.to_string(), p)).collect();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = ours.keys().map(String::as_str).collect();
    assert_eq!(there, known, "a package has no arrows, or arrows have no package");
    for (name, package) in &ours {
        let allowed = reachable(name);
        for dependency in &package.dependencies {
            if dependency.kind != cargo_metadata::DependencyKind::Normal {
                continue;
            }
            let used = dependency.name.as_str();
            if ours.contains_key(used) {
                assert!(allowed.contains(used), "{name} must not use {used}");
            } else if !SHELL.contains(&name.as_str()) {
                assert!(PURE.contains(&used), "{name} is pure and must not use {used}");
            }
        }
    }
}

#[test]
fn the_core_is_held_to_its_bans() {
    let root = env!("CARGO_MANIFEST_DIR");
    for folder in ["crates", "hw-profiles"] {
        let bans = std::fs::read_to_string(format!("{root}/{folder}/clippy.toml")).expect("bans");
        for banned in [
            "std::time::Instant",
            "std::time::SystemTime",
            "std::fs::File",
            "std::net::TcpStream",
            "std::thread::spawn",
            "std::collections::HashMap",
            "std::sync::Mutex",
        ] {
            assert!(bans.contains(banned), "{folder}/clippy.toml does not ban {banned}");
        }
    }
}
