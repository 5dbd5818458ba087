//! `cargo xtask bench-peers --validity`: the `Sumo` set against SUMO on networks of which none was
//! looked at while the set was made, and on those at which faults were found since.
//!
//! Each network is made by SUMO's own tools, its demand by `randomTrips.py` for an hour; SUMO runs with
//! its defaults, teleports included, both until all have arrived or three hours are over. *Loss* is the
//! time from entering to arriving less what SUMO says the same vehicle's way takes at its desired speed;
//! *with wait* adds the time from when it was due. Both are means over vehicles that arrived in all runs.

mod nets;
mod trips;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tools;
use nets::{NETS, Net, QUARTER, Source};
use trips::Runs;

/// Each net is driven with these by both.
const SEEDS: [u32; 3] = [1, 2, 3];
/// When both end at the latest, and what volumes are counted in, seconds.
const END: &str = "10800";
const HOUR: &str = "3600";
/// The bar: links with GEH below 5, how far the delay may be off, and which share of SUMO's vehicles must
/// have arrived: those who stand for ever would be missing in the means.
const SHARE: f64 = 0.85;
const OFF: f64 = 0.10;
const ARRIVED: f64 = 0.99;

/// Prints the table; true where every program ran. That a net misses the bar is said, not a failure.
pub(super) fn run(tools: &Tools, folder: &Path) -> bool {
    println!(
        "| net | vehicles | teleports in SUMO | arrived, ours and SUMO's | GEH < 5 | loss, ours | SUMO | | with \
         wait, ours | SUMO | |\n|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut met = [(0, 0); 2];
    for net in NETS {
        match judge(tools, &folder.join(net.folder), net) {
            Ok(within) => {
                let (good, all) = &mut met[usize::from(net.is_held_out)];
                *good += usize::from(within);
                *all += 1;
            }
            Err(why) => {
                eprintln!("xtask: {}: {why}", net.name);
                return false;
            }
        }
    }
    let [(seen, of_seen), (held, of_held)] = met;
    println!("within the bar: held out {held} of {of_held}, looked at {seen} of {of_seen}");
    true
}

/// Makes a net, drives it and prints its row; whether it is within the bar.
fn judge(tools: &Tools, folder: &Path, net: &Net) -> Result<bool, String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make the folder: {e}"))?;
    make(tools, folder, net)?;
    for seed in SEEDS {
        drive(tools, folder, seed)?;
    }
    let runs = Runs::read(folder, &SEEDS)?;
    let mean = runs.means();
    let off = |own: f64, theirs: f64| own / theirs - 1.0;
    let (loss, wait) = (off(mean.loss[0], mean.loss[1]), off(mean.wait[0], mean.wait[1]));
    let share = runs.share_of_near_volumes();
    println!(
        "| {}{} | {} | {} | {:.0}, {:.0} | {:.0} % | {:.1} s | {:.1} s | {:+.1} % | {:.1} s | {:.1} s | {:+.1} % |",
        net.name,
        if net.is_held_out { "" } else { " (looked at)" },
        runs.vehicles(),
        runs.teleports,
        mean.arrived[0],
        mean.arrived[1],
        100.0 * share,
        mean.loss[0],
        mean.loss[1],
        100.0 * loss,
        mean.wait[0],
        mean.wait[1],
        100.0 * wait,
    );
    let all = mean.arrived[0] >= ARRIVED * mean.arrived[1];
    Ok(all && share >= SHARE && wait.abs() <= OFF && loss.abs() <= OFF)
}

fn make(tools: &Tools, folder: &Path, net: &Net) -> Result<(), String> {
    let bin = |name: &str| text(&tools.sumo.with_file_name(name));
    let done = match &net.source {
        Source::Generated(words) => {
            quietly(folder, &bin("netgenerate"), &[&split(words)[..], &["-o", "net.xml"]].concat())
        }
        Source::Quarter(words) => {
            write(folder, "quarter.osm", QUARTER)?;
            let file = ["--osm-files", "quarter.osm", "--no-warnings", "-o", "net.xml"];
            quietly(folder, &bin("netconvert"), &[&file[..], &split(words)].concat())
        }
    };
    done?;
    let before = read(folder, "net.xml")?;
    write(folder, "net.xml", &net.change.of(&before))?;
    let tool = tools.home()?.join("tools/randomTrips.py");
    let words = [
        &text(&tool),
        "-n",
        "net.xml",
        "-b",
        "0",
        "-e",
        HOUR,
        "-p",
        net.period,
        "--seed",
        net.seed,
        "--fringe-factor",
        "5",
        "--validate",
        "-o",
        "trips.xml",
        "-r",
        "rou.xml",
    ];
    quietly(folder, &text(&tools.python), &words)
}

fn split(words: &str) -> Vec<&str> {
    words.split_whitespace().collect()
}

/// One run of each with a seed.
fn drive(tools: &Tools, folder: &Path, seed: u32) -> Result<(), String> {
    let edges = format!(
        "<additional><edgeData id=\"e\" file=\"edges-{seed}.xml\" begin=\"0\" end=\"{HOUR}\"/></additional>"
    );
    write(folder, "count.add.xml", &edges)?;
    let (seed_word, trips) = (seed.to_string(), format!("sumo-{seed}.xml"));
    let statistics = format!("statistics-{seed}.xml");
    let words = [
        "--no-step-log",
        "--no-warnings",
        "--seed",
        &seed_word,
        "-n",
        "net.xml",
        "-r",
        "rou.xml",
        "-a",
        "count.add.xml",
        "--tripinfo-output",
        &trips,
        "--statistic-output",
        &statistics,
        "--end",
        END,
    ];
    let (own, links) = (format!("own-{seed}.csv"), format!("links-{seed}.csv"));
    let own_words = [
        "sim",
        "run",
        "--network",
        "net.xml",
        "--flow",
        "rou.xml",
        "--model",
        "sumo",
        "--seed",
        &seed_word,
        "--seconds",
        END,
        "--interval",
        HOUR,
        "--trips",
        &own,
        "--links",
        &links,
        "--json",
    ];
    for (program, words) in [(&tools.sumo, &words[..]), (&tools.greenwave, &own_words[..])] {
        quietly(folder, &text(program), words)?;
    }
    Ok(())
}

/// Runs a program whose words would stand within the table.
fn quietly(folder: &Path, program: &str, words: &[&str]) -> Result<(), String> {
    let done = Command::new(program).args(words).current_dir(folder).output();
    let done = done.map_err(|e| format!("{program} cannot be run: {e}"))?;
    let said = || format!("{program}: {}", String::from_utf8_lossy(&done.stderr));
    if done.status.success() { Ok(()) } else { Err(said()) }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn read(folder: &Path, name: &str) -> Result<String, String> {
    let path: PathBuf = folder.join(name);
    std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
