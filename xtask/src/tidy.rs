//! The rules of STYLE.md and ARCHITECTURE.md that a machine can hold, over every file that git knows
//! or could know.

mod markdown;
mod rust;
mod words;

use std::path::{Path, PathBuf};

/// The packages whose bans keep the core pure; the two files must say the same.
const BANS: [&str; 2] = ["crates/clippy.toml", "hw-profiles/clippy.toml"];
/// Folders that hold what is built or fetched, where git cannot be asked.
const NOT_OURS: [&str; 4] = [".git", "target", "node_modules", "found"];

/// Checks every file; true where nothing is wrong.
pub(crate) fn run(root: &Path) -> bool {
    let (mut problems, lengths) = check(root);
    crate::generate::check(root, &mut problems);
    for problem in &problems {
        eprintln!("tidy: {problem}");
    }
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    let (files, count) = (lengths.len(), problems.len());
    eprintln!("tidy: {files} Rust files, median {median} lines, {count} problems");
    problems.is_empty()
}

/// Every problem, and the lengths of all Rust files in ascending order.
fn check(root: &Path) -> (Vec<String>, Vec<usize>) {
    let (mut problems, mut lengths) = (Vec::new(), Vec::new());
    let files = files(root);
    if files.is_empty() {
        problems.push("there are no files: this is not the tree".to_owned());
    }
    for file in &files {
        let Ok(text) = std::fs::read_to_string(root.join(file)) else {
            continue;
        };
        let name = file.to_string_lossy();
        words::check(&name, &text, &mut problems);
        match file.extension().and_then(|e| e.to_str()) {
            Some("rs") => lengths.push(rust::check(&name, &text, &mut problems)),
            Some("md") => markdown::check(root, file, &text, &mut problems),
            _ => {}
        }
    }
    bans(root, &mut problems);
    lengths.sort_unstable();
    (problems, lengths)
}

fn bans(root: &Path, problems: &mut Vec<String>) {
    let [one, other] = BANS.map(|file| std::fs::read_to_string(root.join(file)).ok());
    if one.is_none() || one != other {
        let [one, other] = BANS;
        problems.push(format!("{other}: its bans are not those of {one}"));
    }
}

/// Every file, from the root. Where there is no git, every file that is not in a folder of others.
fn files(root: &Path) -> Vec<PathBuf> {
    let words = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = std::process::Command::new("git").args(words).current_dir(root).output();
    let mut files = match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect()
        }
        _ => walk(root, root),
    };
    files.sort_unstable();
    files
}

fn walk(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let below = |entry: std::fs::DirEntry| {
        let path = entry.path();
        let name = entry.file_name();
        // A link to a folder could lead in a circle.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match (is_folder, path.strip_prefix(root)) {
            (true, _) if NOT_OURS.iter().any(|other| name == *other) => Vec::new(),
            (true, _) => walk(root, &path),
            (false, Ok(file)) => vec![file.to_path_buf()],
            (false, Err(_)) => Vec::new(),
        }
    };
    entries.flat_map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("written");
        }
        root
    }

    const SOUND: [(&str, &str); 4] = [
        ("crates/clippy.toml", "disallowed-types = []"),
        ("hw-profiles/clippy.toml", "disallowed-types = []"),
        ("src/main.rs", "//! It is.\n\nfn main() {}\n"),
        ("README.md", "[the code](src/main.rs)\n"),
    ];

    #[test]
    fn a_sound_tree_has_no_problem() {
        let (problems, lengths) = check(tree(&SOUND).path());
        assert_eq!(problems, [""; 0]);
        assert_eq!(lengths, [3]);
    }

    #[test]
    fn what_is_built_or_fetched_is_not_looked_at() {
        let others = [("target/a.rs", "x"), ("web/node_modules/b.md", "[x](y)")];
        let (problems, _) = check(tree(&[&SOUND[..], &others[..]].concat()).path());
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn each_rule_is_held_where_it_is_broken() {
        let word = ["TO", "DO"].concat();
        for (file, text, expected) in [
            (
                "hw-profiles/clippy.toml",
                "disallowed-types = [1]".to_owned(),
                "hw-profiles/clippy.toml: its bans are not those of crates/clippy.toml",
            ),
            ("src/a.rs", "fn a() {}".to_owned(), "src/a.rs: it does not open with what it is for"),
            ("docs/a.md", "[a](b.md)".to_owned(), "docs/a.md:1: there is no b.md"),
            ("a.toml", format!("# {word}"), "a.toml:1: TODO_WORD: do it, or write a decision"),
        ] {
            let root = tree(&[&SOUND[..], &[(file, text.as_str())]].concat());
            let expected = expected.replace("TODO_WORD", &word);
            assert_eq!(check(root.path()).0, [expected]);
        }
    }

    #[test]
    fn an_empty_tree_is_no_tree() {
        let problems = check(tempfile::tempdir().expect("a folder").path()).0;
        assert!(problems[0].contains("not the tree"), "{problems:?}");
    }
}
