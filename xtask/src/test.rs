//! `cargo xtask test`: the test command of the README.
//!
//! What it needs beside Rust is two components of the toolchain and a C linker. The linker must be
//! there before this program itself can be built; it is looked for all the same, because a machine
//! may have linked this with another one than `cc`, which the C parts of the binary need.

use std::path::Path;

use crate::web::{self, Built};
use crate::{answers, run as call, tidy};

/// What Debian calls a C linker and the library that it links.
const LINKER_PACKAGES: [&str; 2] = ["gcc", "libc6-dev"];

/// Checks everything; true where nothing is wrong. The last lines are the test runner's own.
pub(crate) fn run(root: &Path) -> bool {
    components(root)
        && linker(root)
        && call(root, "cargo", &["fmt", "--all", "--check"])
        && call(root, "cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        && tidy::run(root)
        && page(root)
        && call(root, "cargo", &["build", "--quiet"])
        && web::browser(root)
        // The binary is driven end to end by the root package's tests.
        && call(root, "cargo", &["test", "--workspace"])
}

/// The web interface, where there is Node; its packages may be out of reach, its faults may not be.
fn page(root: &Path) -> bool {
    match web::build(root) {
        Built::Fresh => web::check(root),
        Built::NoNode => true,
        Built::Failed => false,
    }
}

/// The formatter and the linter of the toolchain that `rust-toolchain.toml` names.
fn components(root: &Path) -> bool {
    if ["fmt", "clippy"].iter().all(|tool| answers("cargo", &[tool, "--version"])) {
        return true;
    }
    if call(root, "rustup", &["component", "add", "rustfmt", "clippy"]) {
        return true;
    }
    eprintln!(
        "xtask: rustfmt and clippy are missing. Install Rust by https://rustup.rs, which reads \
         rust-toolchain.toml, or the packages of your system that hold them"
    );
    false
}

fn linker(root: &Path) -> bool {
    if answers("cc", &["--version"]) {
        return true;
    }
    let words = [&["install", "--yes", "--no-install-recommends"], &LINKER_PACKAGES[..]].concat();
    if is_root() && call(root, "apt-get", &["update"]) && call(root, "apt-get", &words) {
        return true;
    }
    let packages = LINKER_PACKAGES.join(" ");
    eprintln!("xtask: there is no C linker. On Debian: sudo apt-get install {packages}");
    false
}

fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}
