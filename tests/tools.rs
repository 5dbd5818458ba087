//! The tools of the person with the laptop, as he uses them: against virtual devices of another process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn greenwave(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenwave"));
    command.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn run(words: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = greenwave(words).output().expect("it runs");
    let text = [stdout, stderr].concat();
    (status.success(), String::from_utf8_lossy(&text).into_owned())
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts what prints where it is on its first line.
fn start(words: &[&str]) -> (Running, String) {
    let child = greenwave(words).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut running = Running(child);
    let mut line = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("it says where it is");
    (running, line.trim().to_owned())
}

#[test]
fn profiles_are_proved_checked_and_printed() {
    let (sound, said) = run(&["profile", "test"]);
    assert!(sound, "{said}");
    for (name, _) in hw_profiles::BUILTIN {
        assert!(said.contains(&format!("{name}: sound")), "{name}: {said}");
    }
    let (sound, said) = run(&["profile", "doc", "moxa-iologik-e1214"]);
    assert!(sound && said.contains("never tried on a device"), "{said}");
    let (sound, said) = run(&["profile", "lint", "advantech-adam-6050"]);
    assert!(sound && said.contains("watchdog_tried"), "{said}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wrong.toml");
    std::fs::write(&path, "name = \"x\"\nlamp = 3\n").expect("written");
    let (sound, said) = run(&["profile", "lint", path.to_str().expect("text")]);
    assert!(!sound && said.contains("line 2: lamp") && said.contains("watchdog"), "{said}");
}

#[test]
fn a_device_is_probed_recorded_and_played_again() {
    let value = ["--value", "air-temperature=-3.5", "--value", "precipitation-type=70"];
    let (_device, address) = start(&[&["emulate", "lufft-ws-umb"], &value[..]].concat());
    let (found, said) = run(&["probe", &address]);
    assert!(found && said.contains("lufft-ws-umb: model-code is 1"), "{said}");
    let (_, said) = run(&["probe", &address, "--range", "input:25-32"]);
    assert!(said.contains("-35 (-3.5 tenths)") && said.contains("exception 2"), "{said}");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tape.txt");
    let path = path.to_str().expect("text");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let near = free.local_addr().expect("its address").to_string();
    drop(free);
    let words = ["record", path, "--listen", &near, "--to", &address, "--quiet"];
    let mut command = greenwave(&words);
    let mut recorder = Running(command.stderr(Stdio::piped()).spawn().expect("it starts"));
    let mut line = String::new();
    let stderr = recorder.0.stderr.take().expect("piped");
    BufReader::new(stderr).read_line(&mut line).expect("it says where it is");
    let (_, direct) = run(&["probe", &near, "--profile", "lufft-ws-umb"]);
    assert!(direct.contains("precipitation-type = 70 (snow)"), "{direct}");
    drop(recorder);

    let (told, said) = run(&["replay", path, "--unit", "1=lufft-ws-umb"]);
    assert!(told && said.contains("air-temperature = -3.5 °C"), "{said}");
    let (_player, address) = start(&["replay", path, "--listen", "127.0.0.1:0"]);
    let (_, again) = run(&["probe", &address, "--profile", "lufft-ws-umb"]);
    let readings = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains(" = ")).map(ToOwned::to_owned).collect()
    };
    assert!(!readings(&direct).is_empty());
    assert_eq!(readings(&direct), readings(&again));
}

#[test]
fn a_wrong_setting_of_a_serial_line_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("line");
    let path = path.to_str().expect("text");
    let words = ["emulate", "rs485-temperature-humidity", "--unit", "3", "--pty", path];
    let (_device, _) = start(&[&words[..], &["--set-to", "9600N"]].concat());
    // The name is printed just before the line is there.
    for _ in 0..50 {
        if std::path::Path::new(path).exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let words = ["probe", path, "--units", "3", "--setting", "19200E", "--timeout-ms", "300"];
    let (found, said) = run(&words);
    let named = "wrong setting: the line speaks 9600 baud 8N1, not 19200 baud 8E1";
    assert!(found && said.contains(named), "{said}");
}

#[test]
fn the_doctor_names_what_is_wrong_and_what_mends_it() {
    let (sound, said) = run(&["doctor", "/dev/no-such-line"]);
    assert!(!sound && said.contains("WRONG  /dev/no-such-line"), "{said}");
    assert!(said.contains("ls -l /dev/serial/by-id"), "{said}");
}

#[test]
fn the_bus_is_measured_without_an_error() {
    let words = ["evaluate", "bus", "--devices", "20", "--seconds", "3", "--alone", "--json"];
    let (sound, said) = run(&words);
    assert!(sound, "{said}");
    let all: Value = serde_json::from_str(&said).expect("JSON");
    let number = |name: &str| all[name].as_f64().unwrap_or_else(|| panic!("{name}: {said}"));
    assert_eq!(number("errors").to_bits(), 0.0_f64.to_bits(), "{said}");
    assert!(number("polls") >= 40.0 && number("writes") >= 30.0, "{said}");
    for name in ["polls_per_s", "poll_latency_p50_ms", "poll_latency_p99_ms", "cpu_share"] {
        assert!(number(name) > 0.0, "{name}: {said}");
    }
    assert!(number("write_latency_p99_ms") > 0.0, "{said}");
}
