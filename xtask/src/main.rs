//! Developer commands: `cargo xtask test` and its neighbours.

mod fuzz;
mod generate;
mod peers;
mod test;
mod tidy;
mod web;

use std::path::Path;
use std::process::{Command, ExitCode};

const HELP: &str = "cargo xtask COMMAND

  test                      install what is missing, then format check, clippy with warnings
                            denied, tidy, the web interface, all tests, the screens in a browser
  web                       build the web interface into web/dist, from where the program takes it;
                            needs Node.js and npm
  tidy                      the house's own rules: lengths, headers, links, words that must not
                            stay, bans of the core, generated files
  generate                  write the streets of scenarios/ from their seeds
  plots                     draw what docs/simulation.md shows, into docs/plots
  train-value [--quick]     regress the planner's terminal value on streets made up for it, write it
                            into the tree, and hold it against the one made by hand on others; --quick
                            does so with few streets and writes nothing
  demo [WORDS]              greenwave demo, built for speed; the words are passed on
  bench [WORDS]             all benchmarks; the words are passed on, such as a part of their names
  bench-peers [--large | --validity]
                            SUMO and greenwave sim run on the same networks, trips and plans; SUMO
                            is installed into target/peers; --large adds 1,000 junctions;
                            --validity compares delays and volumes on 31 networks
  fuzz [TARGET] [SECONDS]   one fuzz target or all, 60 s each unless said; needs nightly";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let done = match (words.first().map(String::as_str), &rest[..]) {
        (Some("test"), []) => test::run(root),
        (Some("tidy"), []) => tidy::run(root),
        (Some("generate"), []) => generate::run(root),
        (Some("plots"), []) => {
            let cargo = ["run", "--quiet", "--package", "sim", "--example", "plots", "--"];
            run(root, "cargo", &[&cargo[..], &["docs/plots"]].concat())
        }
        (Some("train-value"), rest) => {
            let cargo = ["run", "--release", "--quiet", "--package", "sim", "--example"];
            run(root, "cargo", &[&cargo[..], &["train_value", "--"], rest].concat())
        }
        (Some("demo"), rest) => {
            let cargo = ["run", "--release", "--quiet", "--", "demo"];
            // Without it the daemon says how to build it; the street is there all the same.
            web::build(root);
            run(root, "cargo", &[&cargo, rest].concat())
        }
        (Some("web"), []) => match web::build(root) {
            web::Built::Fresh => true,
            web::Built::NoNode | web::Built::Failed => false,
        },
        (Some("bench"), rest) => {
            run(root, "cargo", &[&["bench", "--bench", "*", "--"], rest].concat())
        }
        (Some("bench-peers"), rest) => peers::run(root, rest),
        (Some("fuzz"), rest) => fuzz::run(root, rest),
        _ => {
            eprintln!("{HELP}");
            false
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a program in a folder; true where it ends well.
fn run(folder: &Path, program: &str, words: &[&str]) -> bool {
    eprintln!("xtask: {program} {}", words.join(" "));
    // A run of the property tests repeats; another seed tries others.
    let seed = std::env::var("PROPTEST_RNG_SEED").unwrap_or_else(|_| "1".to_owned());
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("PROPTEST_RNG_SEED", seed);
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("xtask: {program} cannot be run: {error}");
            false
        }
    }
}

/// Whether a program can be run with these words, to no other end.
fn answers(program: &str, words: &[&str]) -> bool {
    let output = Command::new(program).args(words).output();
    output.is_ok_and(|output| output.status.success())
}
