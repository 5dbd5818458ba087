//! Runs a simulator and reads what it says of itself.
//!
//! The operating system's account of the whole process (its start and its files too) is taken by a few
//! lines of Python, since SUMO brings one along. Beside it stands what each program says of its steps
//! alone: SUMO's own `Duration` and `UPS`, Greenwave's `wall_s` and `vehicle_updates`. Those are wall
//! clock: beside other work a long run waits for the processor where a short one does not, so the
//! first ratio is that of processor time. SUMO's trip statistics are left off: they cost it a tenth.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the words after the first; prints wall seconds, processor seconds and the exit code.
const ACCOUNT: &str = "\
import resource, subprocess, sys, time
begin = time.time()
with open(sys.argv[1], 'w') as out:
    code = subprocess.run(sys.argv[2:], stdout=out, stderr=subprocess.STDOUT).returncode
wall = time.time() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime, code)
";

/// An hour of CityFlow, with its vehicles counted after each step.
const CITYFLOW_HOUR: &str = "\
import json, sys, time
import cityflow
engine = cityflow.Engine(sys.argv[1], thread_num=1)
updates, begin = 0, time.time()
for _ in range(3600):
    engine.next_step()
    updates += engine.get_vehicle_count()
print(json.dumps({'vehicle_updates': updates, 'wall_s': time.time() - begin}))
";

/// What CityFlow took on the Jinan network when it was run; nothing of it is part of this run.
pub(super) const CITYFLOW_EARLIER: &str = "\
CityFlow was measured earlier, not in this run, and under another plan: on a 2-core AMD EPYC the same
network and vehicles took 2.67 M updates, 2.85 s of processor time, 3.44 s of wall time (steps of 1 s);
GREENWAVE_CITYFLOW_PYTHON=PYTHON runs it here";

/// A simulator with its words.
pub(super) struct Program {
    pub(super) name: String,
    /// Its step, seconds: more steps are more work.
    step_s: f64,
    words: Vec<String>,
    reads: fn(&str) -> Option<Steps>,
}

/// What a program says of its steps.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Steps {
    wall_s: f64,
    updates: f64,
    /// Vehicles that entered; none where it does not say.
    entered: Option<f64>,
}

/// One run.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    wall_s: f64,
    pub(super) cpu_s: f64,
    steps: Steps,
}

impl Program {
    pub(super) fn sumo(sumo: &Path) -> Self {
        let words = [
            "-n",
            "street.net.xml",
            "-r",
            "street.rou.xml",
            "--begin",
            "0",
            "--end",
            "3600",
            "--step-length",
            "1",
            "--no-step-log",
            "true",
            "--verbose",
            "true",
            "--no-warnings",
            "true",
            "--threads",
            "1",
        ];
        let words = std::iter::once(sumo.to_string_lossy().into_owned())
            .chain(words.map(str::to_owned))
            .collect();
        Self { name: "SUMO".to_owned(), step_s: 1.0, words, reads: sumo_says }
    }

    pub(super) fn greenwave(greenwave: &Path, model: &str) -> Self {
        let words = [
            "sim",
            "run",
            ".",
            "--control",
            "fixed",
            "--seconds",
            "3600",
            "--threads",
            "1",
            "--json",
            "--model",
            model,
        ];
        let words = std::iter::once(greenwave.to_string_lossy().into_owned())
            .chain(words.map(str::to_owned))
            .collect();
        let step_s = if model == "cityflow" { 1.0 } else { 0.5 };
        Self { name: format!("Greenwave, {model}"), step_s, words, reads: greenwave_says }
    }

    /// On CityFlow's own files, with the plan that is in them.
    pub(super) fn cityflow(python: &Path, folder: &Path, roads: &Path, flow: &Path) -> Self {
        let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let config = serde_json::json!({
            "interval": 1.0, "seed": 0, "dir": "/", "roadnetFile": inside(&whole(roads)),
            "flowFile": inside(&whole(flow)), "rlTrafficLight": false, "laneChange": true,
            "saveReplay": false, "roadnetLogFile": "", "replayLogFile": "",
        });
        let path = folder.join("cityflow.json");
        // Where it cannot be written, the program says so when it cannot read it.
        let _ = std::fs::write(&path, config.to_string());
        let words = vec![
            python.to_string_lossy().into_owned(),
            "-c".to_owned(),
            CITYFLOW_HOUR.to_owned(),
            "cityflow.json".to_owned(),
        ];
        Self {
            name: "CityFlow, its files' plan".to_owned(),
            step_s: 1.0,
            words,
            reads: greenwave_says,
        }
    }
}

/// A path without the root that CityFlow puts before it.
fn inside(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches('/').to_owned()
}

/// Runs a program in a folder.
///
/// # Errors
/// What it said where it failed.
pub(super) fn run(python: &Path, folder: &Path, program: &Program) -> Result<Measured, String> {
    let said: PathBuf = folder.join("said.txt");
    let output = Command::new(python)
        .args(["-c", ACCOUNT])
        .arg(&said)
        .args(&program.words)
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    let text = std::fs::read_to_string(&said).unwrap_or_default();
    let account = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> = account.split_whitespace().flat_map(str::parse).collect();
    let [wall_s, cpu_s, code] = numbers[..] else {
        return Err(format!("it could not be run: {}", String::from_utf8_lossy(&output.stderr)));
    };
    let steps = (program.reads)(&text).filter(|_| code == 0.0);
    let steps = steps.ok_or_else(|| format!("it ended with {code} and said\n{text}"))?;
    Ok(Measured { wall_s, cpu_s, steps })
}

/// `Duration: 7.96s`, `UPS: 319000.5`, `Inserted: 6295`.
fn sumo_says(text: &str) -> Option<Steps> {
    let number = |key: &str| -> Option<f64> {
        let rest = text.lines().find_map(|line| line.trim().strip_prefix(key))?;
        let word = rest.split_whitespace().next()?;
        word.trim_end_matches('s').parse().ok()
    };
    let wall_s = number("Duration:")?;
    Some(Steps { wall_s, updates: number("UPS:")? * wall_s, entered: number("Inserted:") })
}

fn greenwave_says(text: &str) -> Option<Steps> {
    let json: serde_json::Value = serde_json::from_str(text.get(text.find('{')?..)?).ok()?;
    let number = |key: &str| json.get(key)?.as_f64();
    Some(Steps {
        wall_s: number("wall_s")?,
        updates: number("vehicle_updates")?,
        entered: number("vehicles_entered"),
    })
}

/// A row each, and the ratios to the first, which is SUMO.
pub(super) fn print(programs: &[Program], best: &[Option<Measured>]) {
    println!(
        "{:<26}{:>7}{:>9}{:>9}{:>9}{:>12}{:>15}{:>9}",
        "", "step s", "wall s", "CPU s", "steps s", "updates", "M/CPU second", "entered"
    );
    for (program, measured) in programs.iter().zip(best) {
        let Some(measured) = measured else { continue };
        let Measured { wall_s, cpu_s, steps } = measured;
        println!(
            "{:<26}{:>7}{wall_s:>9.2}{cpu_s:>9.2}{:>9.3}{:>12.0}{:>15.2}{:>9}",
            program.name,
            program.step_s,
            steps.wall_s,
            steps.updates,
            measured.rate() / 1e6,
            steps.entered.map_or_else(|| "?".to_owned(), |entered| format!("{entered:.0}")),
        );
    }
    let mut rows = programs.iter().zip(best);
    let Some((peer, Some(sumo))) = rows.next() else { return };
    for (program, measured) in rows {
        let Some(measured) = measured else { continue };
        println!(
            "{} to {}, whole programs by processor time: {:.0} times the updates a second, the hour \
             {:.0} times as fast; steps alone by wall clock: {:.0} times as fast",
            program.name,
            peer.name,
            measured.rate() / sumo.rate(),
            sumo.cpu_s / measured.cpu_s,
            sumo.steps.wall_s / measured.steps.wall_s,
        );
    }
}

impl Measured {
    /// Vehicle-updates a second of processor time, start and files of the program included.
    fn rate(&self) -> f64 {
        self.steps.updates / self.cpu_s
    }
}

/// The processor's name, and how many there are.
pub(super) fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let count = text.lines().filter(|line| line.starts_with("processor")).count();
    format!("{count} processors, {}", name.map_or("of a kind that is not known", |(_, name)| name))
}

/// The system's load over one, five and fifteen minutes.
pub(super) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_programs_say_is_read() {
        let sumo = "Performance:\n Duration: 2.50s\n Real time factor: 1440\n UPS: 320000.500000\n\
                    Vehicles:\n Inserted: 6295\n Running: 600\n";
        let read = sumo_says(sumo).expect("figures");
        assert_eq!((read.wall_s, read.updates, read.entered), (2.5, 800_001.25, Some(6_295.0)));
        assert_eq!(sumo_says("Error: no network"), None);
        let ours = "note: something\n{\"vehicle_updates\": 7, \"wall_s\": 0.5}";
        let read = greenwave_says(ours).expect("figures");
        assert_eq!((read.wall_s, read.updates, read.entered), (0.5, 7.0, None));
        assert_eq!(greenwave_says("greenwave: no such file"), None);
    }
}
