//! The fuzz targets without a fuzzer: their corpus is replayed through the same bodies, and so are
//! mutations of it. `cargo xtask fuzz` goes further.

#[allow(unreachable_pub, dead_code)]
#[path = "../fuzz/src/lib.rs"]
mod bodies;

use std::path::PathBuf;

use bodies::{Body, TARGETS};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

fn folder(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(of)
}

/// The seeds of a target, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder("corpus").join(target)).expect("a folder of seeds");
    let mut seeds: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(path).expect("a file"))
        })
        .collect();
    seeds.sort_unstable();
    seeds
}

#[test]
fn every_target_has_a_body_and_a_corpus() {
    let entries = std::fs::read_dir(folder("fuzz_targets")).expect("the targets");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        path.file_stem().expect("a name").to_string_lossy().into_owned()
    };
    let mut targets: Vec<String> = entries.map(name).collect();
    targets.sort_unstable();
    let mut known = TARGETS.map(|(name, _)| name.to_owned());
    known.sort_unstable();
    assert_eq!(targets, known);
    for (target, _) in TARGETS {
        assert!(!corpus(target).is_empty(), "{target} has no seed");
    }
}

#[test]
fn the_corpus_is_replayed() {
    for (target, body) in TARGETS {
        for (name, seed) in corpus(target) {
            // A panic does not say which seed it was.
            eprintln!("fuzz/corpus/{target}/{name}");
            body(&seed);
        }
    }
}

/// One change to some bytes.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Swap(Index, Index),
}

/// Words of our files and of JSON, so that a change keeps the syntax more often than not.
const WORDS: [&str; 14] = [
    "0", "-1", "1e300", "nan", "true", "\"\"", "[]", "{}", "null", "\n[[", "]]\n", "'", "\u{e9}",
    ",",
];

fn change() -> impl Strategy<Value = Change> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6),
        prop::sample::select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec()),
    ];
    prop_oneof![
        (any::<Index>(), 1..=255_u8).prop_map(|(at, by)| Change::Flip(at, by)),
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for change in changes {
        let length = bytes.len();
        let at = |index: &Index| index.index(length.max(1));
        match change {
            Change::Insert(place, more) => {
                let at = place.index(length + 1);
                bytes.splice(at..at, more.iter().copied());
            }
            _ if length == 0 => {}
            Change::Flip(place, by) => bytes[at(place)] ^= by,
            Change::Remove(place, count) => {
                let from = at(place);
                bytes.drain(from..length.min(from + count));
            }
            Change::Repeat(place, count) => {
                let from = at(place);
                bytes.extend_from_within(from..length.min(from + count));
            }
            Change::Swap(one, other) => bytes.swap(at(one), at(other)),
        }
    }
    bytes
}

fn try_mutations(target: &str, body: Body, cases: u32) {
    let seeds = corpus(target);
    let mut runner = TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let strategy = (any::<Index>(), prop::collection::vec(change(), 0..6));
    let outcome = runner.run(&strategy, |(seed, changes)| {
        body(&changed(&seed.get(&seeds).1, &changes));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{target}: {failure}"));
}

#[test]
fn no_mutation_of_a_seed_breaks_what_must_hold() {
    for (target, body) in TARGETS {
        try_mutations(target, body, 64);
    }
}

proptest! {
    #[test]
    fn no_bytes_at_all_break_what_must_hold(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (_, body) in TARGETS {
            body(&bytes);
        }
    }
}
