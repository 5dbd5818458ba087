//! The rules of STYLE.md that a machine can hold.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A file stops here, without its tests.
const FILE_LINES_MAX: usize = 500;
/// A function fits a screen.
const FUNCTION_LINES_MAX: usize = 70;

/// Checks every file that git knows or could know; true where nothing is wrong.
pub(crate) fn run(root: &Path) -> bool {
    let mut problems = Vec::new();
    let mut lengths = Vec::new();
    for file in files(root) {
        let Ok(text) = std::fs::read_to_string(root.join(&file)) else {
            continue;
        };
        match file.extension().and_then(|e| e.to_str()) {
            Some("rs") => {
                lengths.push(without_tests(&text));
                rust(&file, &text, &mut problems);
            }
            Some("md") => links(root, &file, &text, &mut problems),
            _ => {}
        }
    }
    for problem in &problems {
        eprintln!("tidy: {problem}");
    }
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    eprintln!(
        "tidy: {} Rust files, median {median} lines, {} problems",
        lengths.len(),
        problems.len()
    );
    problems.is_empty()
}

fn files(root: &Path) -> Vec<PathBuf> {
    let words = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = std::process::Command::new("git").args(words).current_dir(root).output();
    let Ok(output) = output else {
        return Vec::new();
    };
    String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect()
}

fn without_tests(text: &str) -> usize {
    text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count()
}

fn rust(file: &Path, text: &str, problems: &mut Vec<String>) {
    let name = file.display();
    let lines = without_tests(text);
    if lines > FILE_LINES_MAX {
        problems.push(format!("{name}: {lines} lines without tests, the most is {FILE_LINES_MAX}"));
    }
    if !text.starts_with("//!") {
        problems.push(format!("{name}: it does not open with what it is for"));
    }
    // Put together here, so that this file does not hold the words itself.
    for word in [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]].map(|parts| parts.concat()) {
        if let Some(at) = text.lines().position(|line| line.contains(&word)) {
            problems.push(format!("{name}:{}: {word}: do it, or write a decision", at + 1));
        }
    }
    match syn::parse_file(text) {
        Ok(syntax) => Functions { name: name.to_string(), problems }.visit_file(&syntax),
        Err(error) => problems.push(format!("{name}: {error}")),
    }
}

struct Functions<'p> {
    name: String,
    problems: &'p mut Vec<String>,
}

impl Functions<'_> {
    fn check(&mut self, what: &syn::Signature, body: &syn::Block) {
        let (from, to) = (what.span().start().line, body.span().end().line);
        let lines = to - from + 1;
        if lines > FUNCTION_LINES_MAX {
            let (name, ident) = (&self.name, &what.ident);
            self.problems.push(format!("{name}:{from}: {ident} has {lines} lines"));
        }
    }
}

impl<'a> Visit<'a> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.check(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.check(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }
}

/// Links of a page to other files of the tree.
fn links(root: &Path, file: &Path, text: &str, problems: &mut Vec<String>) {
    let folder = root.join(file).parent().map(Path::to_path_buf).unwrap_or_default();
    for (number, line) in text.lines().enumerate() {
        for part in line.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || folder.join(target).exists() {
                continue;
            }
            let name = file.display();
            problems.push(format!("{name}:{}: there is no {target}", number + 1));
        }
    }
}
