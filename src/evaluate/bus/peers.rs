//! Other programs' clients on the same work, where they are at hand.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

const PYMODBUS: &str = include_str!("pymodbus_client.py");
const LIBMODBUS: &str = include_str!("libmodbus_client.c");

/// What each takes for the same; a client that is not at hand says why.
pub(super) fn measure(address: &str, devices: usize, seconds: u32) -> Vec<(&'static str, Value)> {
    let Some((host, port)) = address.rsplit_once(':') else {
        return Vec::new();
    };
    let words = [host.to_owned(), port.to_owned(), devices.to_string(), seconds.to_string()];
    let folder = std::env::temp_dir().join(format!("greenwave-bus-{}", std::process::id()));
    if let Err(error) = std::fs::create_dir_all(&folder) {
        return vec![("peers", json!({ "absent": error.to_string() }))];
    }
    let results =
        vec![("pymodbus", pymodbus(&folder, &words)), ("libmodbus", libmodbus(&folder, &words))];
    let _ = std::fs::remove_dir_all(&folder);
    results
}

fn pymodbus(folder: &Path, words: &[String]) -> Value {
    let pythons = [PathBuf::from("target/peers/venv/bin/python"), PathBuf::from("python3")];
    let has_it = |python: &&PathBuf| {
        let asked = Command::new(python).args(["-c", "import pymodbus"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    let Some(python) = pythons.iter().find(has_it) else {
        return json!({ "absent": "no Python here has pymodbus" });
    };
    let script = folder.join("client.py");
    match std::fs::write(&script, PYMODBUS) {
        Ok(()) => said(Command::new(python).arg(&script).args(words)),
        Err(error) => json!({ "absent": error.to_string() }),
    }
}

fn libmodbus(folder: &Path, words: &[String]) -> Value {
    let (source, program) = (folder.join("client.c"), folder.join("client"));
    if let Err(error) = std::fs::write(&source, LIBMODBUS) {
        return json!({ "absent": error.to_string() });
    }
    let mut compiler = Command::new("cc");
    compiler.arg("-O2").arg(&source).arg("-o").arg(&program).arg("-lmodbus");
    match compiler.output() {
        Ok(output) if output.status.success() => said(Command::new(&program).args(words)),
        Ok(_) => json!({ "absent": "cc cannot compile against libmodbus (libmodbus-dev)" }),
        Err(error) => json!({ "absent": format!("cc: {error}") }),
    }
}

fn said(command: &mut Command) -> Value {
    match command.output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            let last = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
            last.unwrap_or_else(|| {
                let why = String::from_utf8_lossy(&output.stderr);
                json!({ "absent": why.lines().last().unwrap_or("it said nothing") })
            })
        }
        Err(error) => json!({ "absent": error.to_string() }),
    }
}
