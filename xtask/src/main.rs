//! Developer commands: `cargo xtask test`, `cargo xtask tidy`.

mod tidy;

use std::path::Path;
use std::process::{Command, ExitCode};

const HELP: &str = "cargo xtask COMMAND

  test   format check, clippy with warnings denied, tidy, all tests
  tidy   file and function lengths, headers, links, words that must not stay";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    let done = match words.first().map(String::as_str) {
        Some("test") => test(root),
        Some("tidy") => tidy::run(root),
        _ => {
            eprintln!("{HELP}");
            false
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The test command. What it needs beside Rust is a C linker and the two components; both come with
/// the toolchain file, or are asked for here.
fn test(root: &Path) -> bool {
    let tools = ["fmt", "clippy"].iter().all(|tool| {
        let there = Command::new("cargo").args([tool, "--version"]).output();
        there.is_ok_and(|output| output.status.success())
    });
    (tools || run(root, "rustup", &["component", "add", "rustfmt", "clippy"]))
        && run(root, "cargo", &["fmt", "--all", "--check"])
        && run(root, "cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        && tidy::run(root)
        // The binary is driven end to end by the root package's tests.
        && run(root, "cargo", &["test", "--workspace"])
}

fn run(root: &Path, program: &str, words: &[&str]) -> bool {
    eprintln!("xtask: {program} {}", words.join(" "));
    match Command::new(program).args(words).current_dir(root).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("xtask: {program} cannot be run: {error}");
            false
        }
    }
}
