//! `cargo xtask fuzz`: runs the targets of `fuzz/` with cargo-fuzz on a nightly toolchain.
//!
//! The normal tests replay the same corpus through the same bodies without either.

use std::path::Path;

use crate::{answers, run as call};

/// Seconds for each target, unless said.
const SECONDS: u32 = 60;
/// The longest input that is tried: files of a thousand lines are slow, and find nothing new.
const INPUT_MAX: &str = "-max_len=16384";

/// Runs one target or all; true where none of them found anything.
pub(crate) fn run(root: &Path, words: &[&str]) -> bool {
    let (target, seconds) = match *words {
        [] => (None, Some(SECONDS)),
        [target] => (Some(target), Some(SECONDS)),
        [target, seconds] => (Some(target), seconds.parse().ok()),
        _ => (None, None),
    };
    let targets = targets(root);
    let Some(seconds) = seconds else {
        eprintln!("xtask: fuzz [TARGET] [SECONDS]");
        return false;
    };
    let chosen: Vec<&String> =
        targets.iter().filter(|name| target.is_none_or(|target| target == **name)).collect();
    if chosen.is_empty() {
        eprintln!("xtask: the fuzz targets are {}", targets.join(", "));
        return false;
    }
    if !answers("cargo", &["+nightly", "fuzz", "--version"]) {
        eprintln!(
            "xtask: fuzzing needs a nightly toolchain and cargo-fuzz:\n  \
             rustup toolchain install nightly\n  cargo install cargo-fuzz"
        );
        return false;
    }
    let time = format!("-max_total_time={seconds}");
    chosen.iter().all(|target| {
        // What is found new lies apart from the seeds, which are in the tree.
        let (new, seeds) = (format!("fuzz/found/{target}"), format!("fuzz/corpus/{target}"));
        let folder = root.join(&new);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            eprintln!("xtask: cannot make {}: {error}", folder.display());
            return false;
        }
        let words = ["+nightly", "fuzz", "run", target, &new, &seeds, "--", &time, INPUT_MAX];
        call(root, "cargo", &words)
    })
}

/// The targets, by the names of their files.
fn targets(root: &Path) -> Vec<String> {
    let files = std::fs::read_dir(root.join("fuzz/fuzz_targets")).into_iter().flatten().flatten();
    let name = |file: std::fs::DirEntry| {
        let path = file.path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        path.file_stem().filter(|_| is_rust).map(|stem| stem.to_string_lossy().into_owned())
    };
    let mut targets: Vec<_> = files.filter_map(name).collect();
    targets.sort_unstable();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_rust_files_of_their_folder() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(targets(root.path()), [""; 0]);
        let folder = root.path().join("fuzz/fuzz_targets");
        std::fs::create_dir_all(&folder).expect("a folder");
        for name in ["b.rs", "a.rs", "notes.md"] {
            std::fs::write(folder.join(name), "").expect("written");
        }
        assert_eq!(targets(root.path()), ["a", "b"]);
    }

    #[test]
    fn what_is_no_target_or_no_time_is_refused_before_anything_runs() {
        let root = tempfile::tempdir().expect("a folder");
        for words in [&["nothing"][..], &["nothing", "60"], &["a", "long"], &["a", "1", "2"]] {
            assert!(!run(root.path(), words), "{words:?}");
        }
    }
}
