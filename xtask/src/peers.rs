//! `cargo xtask bench-peers`: SUMO and Greenwave on the same networks, trips and fixed plans, in the
//! same run and in turn, so that whatever else the machine does falls on both.
//!
//! SUMO comes from its Python package, which is installed into `target/peers` on the first run.
//! CityFlow is in no package registry: with `GREENWAVE_CITYFLOW_PYTHON` naming a Python that has it, it
//! runs as well; without, the figures of an earlier run are shown, and said to be that.

mod convert;
mod measure;
mod validity;

use std::path::{Path, PathBuf};
use std::process::Command;

use scenario::{Demand, Site, SiteOptions, cityflow, generate, write_demand, write_site};
use units::Millis;

use crate::{answers, run as call};
use measure::{Measured, Program};

/// What is simulated: an hour.
const RUN: Millis = Millis::from_secs(3_600);
/// Runs of each program on each network, in turn; the one with the least processor time counts.
const REPEATS: usize = 3;
const PACKAGE: &str = "eclipse-sumo";
/// The Python that has CityFlow.
const CITYFLOW: &str = "GREENWAVE_CITYFLOW_PYTHON";

/// A network with its trips.
struct Street {
    name: &'static str,
    site: Site,
    demand: Demand,
    /// CityFlow's own files of it, where there are any.
    cityflow: Option<(PathBuf, PathBuf)>,
}

/// Runs it; true where every program ran. `--large` adds a grid of 1,000 junctions; `--validity` prints
/// how near the `Sumo` set comes instead of how fast it is.
pub(crate) fn run(root: &Path, words: &[&str]) -> bool {
    let (large, validity) = match words {
        [] => (false, false),
        ["--large"] => (true, false),
        ["--validity"] => (false, true),
        _ => {
            eprintln!("xtask: bench-peers [--large | --validity]");
            return false;
        }
    };
    let folder = root.join("target/peers");
    let Some(tools) = Tools::at(root, &folder) else {
        return false;
    };
    println!("machine: {}; load {}", measure::machine(), measure::load());
    println!("command: cargo xtask bench-peers {}", words.join(" "));
    if validity {
        return validity::run(&tools, &folder.join("validity"));
    }
    println!(
        "an hour of each, {REPEATS} runs in turn, the one with the least processor time; one thread"
    );
    streets(root, large).iter().all(|street| bench(&tools, &folder.join(street.name), street))
}

fn streets(root: &Path, large: bool) -> Vec<Street> {
    let mut streets: Vec<Street> = jinan(root).into_iter().collect();
    if streets.is_empty() {
        println!("the Jinan files are not at hand: generated grids only");
    }
    let mut sizes = vec![("grid-12", 4, 3), ("grid-100", 10, 10)];
    if large {
        sizes.push(("grid-1000", 40, 25));
    }
    streets.extend(sizes.into_iter().map(|(name, columns, rows)| {
        let (site, demand) = generate::district(1, columns, rows);
        Street { name, site, demand, cityflow: None }
    }));
    streets
}

/// The public Jinan network, where its files are at hand; they are never part of the project.
fn jinan(root: &Path) -> Option<Street> {
    let beside = || root.join("../shared/data");
    let data = std::env::var_os("GREENWAVE_DATA").map_or_else(beside, PathBuf::from).join("jinan");
    let (roads, flow) = (data.join("roadnet_3_4.json"), data.join("anon_3_4_jinan_real.json"));
    let imported = cityflow::import_roadnet(&std::fs::read_to_string(&roads).ok()?).ok()?;
    let text = std::fs::read_to_string(&flow).ok()?;
    let demand = cityflow::import_flow(&text, &imported.network).ok()?;
    let site = imported.site(&demand, &SiteOptions::default()).ok()?;
    Some(Street { name: "jinan", site, demand, cityflow: Some((roads, flow)) })
}

/// The programs that are needed.
struct Tools {
    python: PathBuf,
    netconvert: PathBuf,
    sumo: PathBuf,
    greenwave: PathBuf,
}

impl Tools {
    /// Where SUMO's package keeps its tools.
    fn home(&self) -> Result<PathBuf, String> {
        let mut ask = Command::new(&self.python);
        ask.args(["-c", "import sumo;print(sumo.SUMO_HOME)"]);
        let said = ask.output().map_err(|e| format!("Python cannot be run: {e}"))?;
        Ok(PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()))
    }

    /// Makes what is not there yet; none where that fails, which is said.
    fn at(root: &Path, folder: &Path) -> Option<Self> {
        let environment = folder.join("venv");
        let inside = |name: &str| environment.join("bin").join(name);
        let (python, sumo) = (inside("python"), inside("sumo"));
        let text = |path: &Path| path.to_string_lossy().into_owned();
        if !answers(&text(&sumo), &["--version"]) {
            let made = std::fs::create_dir_all(folder).is_ok()
                && call(root, "python3", &["-m", "venv", &text(&environment)])
                && call(root, &text(&python), &["-m", "pip", "install", "--quiet", PACKAGE]);
            if !made {
                eprintln!("xtask: SUMO is not here: {PACKAGE} could not be installed by pip");
                return None;
            }
        }
        if !call(root, "cargo", &["build", "--release", "--quiet", "--bin", "greenwave"]) {
            return None;
        }
        let greenwave = root.join("target/release/greenwave");
        Some(Self { python, netconvert: inside("netconvert"), sumo, greenwave })
    }
}

/// Prints one network's figures; true where every program ran.
fn bench(tools: &Tools, folder: &Path, street: &Street) -> bool {
    println!(
        "\n{}: {} signalised junctions, {} vehicles in the files",
        street.name,
        street.site.signals.len(),
        street.demand.vehicles(),
    );
    if let Err(why) = prepare(tools, folder, street) {
        eprintln!("xtask: {}: {why}", street.name);
        return false;
    }
    let mut programs = vec![
        Program::sumo(&tools.sumo),
        Program::greenwave(&tools.greenwave, "urban"),
        Program::greenwave(&tools.greenwave, "cityflow"),
    ];
    let python = std::env::var_os(CITYFLOW).map(PathBuf::from);
    let own_files = street.cityflow.as_ref();
    if let (Some(python), Some((roads, flow))) = (&python, own_files) {
        programs.push(Program::cityflow(python, folder, roads, flow));
    }
    let mut best: Vec<Option<Measured>> = vec![None; programs.len()];
    for _ in 0..REPEATS {
        for (program, best) in programs.iter().zip(&mut best) {
            let measured = match measure::run(&tools.python, folder, program) {
                Ok(measured) => measured,
                Err(why) => {
                    eprintln!("xtask: {} on {}: {why}", program.name, street.name);
                    return false;
                }
            };
            if best.as_ref().is_none_or(|before| measured.cpu_s < before.cpu_s) {
                *best = Some(measured);
            }
        }
    }
    measure::print(&programs, &best);
    if own_files.is_some() && python.is_none() {
        println!("{}", measure::CITYFLOW_EARLIER);
    }
    true
}

/// Writes the street for both, and has SUMO's network made.
fn prepare(tools: &Tools, folder: &Path, street: &Street) -> Result<(), String> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make the folder: {e}"))?;
    write("site.toml", &write_site(&street.site))?;
    write("demand.toml", &write_demand(&street.demand, &street.site.network))?;
    for (ending, text) in convert::files(&street.site, &street.demand, RUN) {
        write(&format!("street.{ending}"), &text)?;
    }
    let words = [
        "-n",
        "street.nod.xml",
        "-e",
        "street.edg.xml",
        "-x",
        "street.con.xml",
        "-i",
        "street.tll.xml",
        "-o",
        "street.net.xml",
        "--no-turnarounds",
        "true",
        "--no-warnings",
        "true",
    ];
    let made = call(folder, &tools.netconvert.to_string_lossy(), &words);
    if made { Ok(()) } else { Err("netconvert could not make SUMO's network".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_are_refused_before_anything_is_installed() {
        let root = tempfile::tempdir().expect("a folder");
        assert!(!run(root.path(), &["--huge"]));
        assert!(!root.path().join("target").exists());
    }
}
