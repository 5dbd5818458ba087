//! `greenwave sim run`: a street from its begin to its end, as fast as it goes.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scenario::Mode;
use sim::run::{Arrivals, Control, Provenance, RunSettings, RunSummary, arrange};
use sim::world::{Model, Settings, Weather, World};
use units::Millis;

use super::{files, options};
use crate::load::{self, StreetArguments};

/// Run a street as fast as it goes, and print what came of it.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// A scenario that ships (arterial-8, district-3x4), or a folder with site.toml and demand.toml
    #[arg(value_name = "SCENARIO", conflicts_with_all = ["scenario", "network", "flow", "sumo"])]
    name: Option<String>,
    #[command(flatten)]
    street: StreetArguments,
    /// How the junctions are controlled: fixed (each cabinet runs its plan by itself), actuated,
    /// max-pressure, adaptive, or program (the lamps as a SUMO file has them). Without it: program where the
    /// street comes from SUMO's files, else fixed
    #[arg(long, value_parser = options::control)]
    control: Option<Control>,
    /// Simulated seconds; without it those of a SUMO configuration that has an end, else 3600
    #[arg(long, allow_negative_numbers = true, value_parser = options::seconds)]
    seconds: Option<u32>,
    /// Threads that share the work; the result is the same for any number
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64)
        .range(1..=options::THREADS_MAX))]
    threads: u64,
    /// How drivers follow: urban, krauss, cityflow or sumo (the last two as those simulators have it)
    #[arg(long, default_value = "urban", value_parser = options::model)]
    model: Model,
    /// dry, wet, heavy-rain, fog, snow or ice
    #[arg(long, default_value = "dry", value_parser = options::weather)]
    weather: Weather,
    /// How vehicles arrive: regular (to the demand's own times) or random (by the seed)
    #[arg(long, default_value = "regular", value_parser = options::arrivals)]
    arrivals: Arrivals,
    #[command(flatten)]
    beside: options::Beside,
    /// Right turns that have a light may go at red, after a stop and giving way to all
    #[arg(long)]
    right_on_red: bool,
    #[command(flatten)]
    files: files::Arguments,
    /// Say on standard error how far it is, even where that is no terminal
    #[arg(long)]
    progress: bool,
    /// Print the summary as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(mut arguments: Arguments) -> anyhow::Result<ExitCode> {
    let begin = Instant::now();
    if let Some(name) = arguments.name.take() {
        arguments.street.scenario = Some(name);
    }
    let seed = arguments.street.seed;
    let threads = usize::try_from(arguments.threads)?;
    let (model, weather) = (arguments.model, arguments.weather);
    let mode = match arguments.control {
        Some(Control::Rule(mode)) => mode,
        Some(Control::Programs) | None => Mode::Fixed,
    };
    let street = load::street(&arguments.street, mode)?;
    let own = if street.programs.is_empty() { Control::Rule(mode) } else { Control::Programs };
    let (sensors, incidents) = arguments.beside.read(&arguments.street, &street.site.network)?;
    let right_on_red = arguments.right_on_red;
    let seconds = arguments.seconds.or(street.seconds).unwrap_or(options::SECONDS);
    let settings = RunSettings {
        duration: Millis::from_secs(seconds.into()),
        control: arguments.control.unwrap_or(own),
        world: Settings { model, weather, seed, threads, right_on_red, ..Settings::default() },
        sensors,
        incidents,
    };
    let notes = notes(&street, &settings);
    let arrivals = arguments.arrivals;
    let provenance =
        Provenance::of(&street.site, &street.programs, &street.demand, &settings, arrivals);
    let demand = arrange(&street.demand, arrivals, seed);
    let site = Arc::new(street.site);
    let beside = [&arguments.beside.sensors, &arguments.beside.incidents];
    let beside = beside.into_iter().flatten();
    load::keeps_inputs(&arguments.street, beside, &arguments.files.paths())?;
    let mut recorders = arguments.files.open(model.step())?;
    let mut progress = Progress::new(&arguments, settings.duration);
    let outcome =
        sim::run::run(&site, &street.programs, &demand, &settings, &mut recorders, &mut |world| {
            progress.tell(world);
        });
    progress.end();
    let outcome = outcome?;
    let all = begin.elapsed().as_secs_f64();
    let junctions = match settings.control {
        Control::Rule(_) => site.signals.len(),
        Control::Programs => street.programs.len(),
    };
    let summary =
        RunSummary::of(&outcome, &settings, arrivals, &provenance, (&demand, junctions), all);
    if arguments.json {
        // Beside the object, so that nobody takes an empty street for a quiet one.
        notes.iter().for_each(|note| eprintln!("note: {note}"));
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print(&summary, &notes);
    }
    Ok(if summary.violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What whoever reads the figures must know of the street and of what was asked of it.
fn notes(street: &load::Street, settings: &RunSettings) -> Vec<String> {
    let mut notes = street.notes.clone();
    if settings.control != Control::Programs {
        notes.extend(street.without_cabinet.iter().cloned());
    }
    notes.extend(options::nobody(&street.demand, settings.duration));
    if settings.sensors.is_some() && !reads_sensors(settings.control) {
        let control = settings.control.name();
        notes.push(format!("the sensor file changes nothing: under {control} nobody reads one"));
    }
    notes
}

/// Whether anybody reads sensors: a fixed plan looks at nothing, and neither do the programs of a file.
fn reads_sensors(control: Control) -> bool {
    match control {
        Control::Rule(Mode::Actuated | Mode::MaxPressure | Mode::Adaptive) => true,
        Control::Rule(Mode::Fixed) | Control::Programs => false,
    }
}

/// The summary for people.
fn print(summary: &RunSummary, notes: &[String]) {
    let s = summary;
    let mean = |value: Option<f64>, unit: &str| match value {
        Some(value) => format!("{value:.1}{unit}"),
        None => "-".to_owned(),
    };
    for note in notes {
        println!("note: {note}");
    }
    let row = |what: &str, value: String| println!("{what:<28}{value}");
    row("control, model, weather", format!("{}, {}, {}", s.control, s.model, s.weather));
    row("junctions with signals", s.junctions.to_string());
    row("simulated", format!("{} s in {:.3} s", s.sim_seconds, s.wall_s));
    row("times real time", format!("{:.0}", s.times_real_time));
    let a_second = s.vehicle_updates_per_s / 1e6;
    row("vehicle updates", format!("{}, {a_second:.1} million a second", s.vehicle_updates));
    row("vehicles due", s.vehicles_due.to_string());
    row("  entered", s.vehicles_entered.to_string());
    row("  finished", s.vehicles_finished.to_string());
    row("  still on the road", s.vehicles_running.to_string());
    row("  never inserted", s.vehicles_never_inserted.to_string());
    if s.vehicles_later > 0 {
        row("vehicles due after the end", s.vehicles_later.to_string());
    }
    row("most on the road", s.peak_vehicles.to_string());
    row("mean travel time", mean(s.mean_travel_time_s, " s"));
    row("mean delay", mean(s.mean_delay_s, " s"));
    row("mean queue", format!("{:.1} vehicles", s.mean_queue));
    row("time on approaches", mean(s.lane_approach_time_s, " s"));
    if s.people_came > 0 {
        row("people at crossings", format!("{}, {} are over", s.people_came, s.people_crossed));
        row("  mean wait", mean(s.people_mean_wait_s, " s"));
    }
    row("rules broken", s.violations.to_string());
    row("trajectories", s.trajectory_hash.clone());
    row("seed, arrivals", format!("{}, {}", s.seed, s.arrivals));
}

/// How far it is, on standard error.
struct Progress {
    shows: bool,
    last: Instant,
    duration: Millis,
}

/// From one word to the next.
const EVERY: Duration = Duration::from_millis(500);

impl Progress {
    fn new(arguments: &Arguments, duration: Millis) -> Self {
        let shows = arguments.progress || std::io::stderr().is_terminal();
        Self { shows, last: Instant::now(), duration }
    }

    fn tell(&mut self, world: &World) {
        if !self.shows || self.last.elapsed() < EVERY {
            return;
        }
        self.last = Instant::now();
        let (now, all) = (world.now().as_secs_f64(), self.duration.as_secs_f64());
        // Whoever closed standard error does not want to know.
        let _ = write!(
            std::io::stderr(),
            "\r{now:.0} s of {all:.0} s ({:.0} %), {} vehicles on the road ",
            100.0 * now / all,
            world.running(),
        );
    }

    fn end(&self) {
        if self.shows {
            let _ = writeln!(std::io::stderr(), "\r{:<60}", "done");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under the planner it was once said that nobody reads the sensor file.
    #[test]
    fn who_looks_at_the_street_reads_sensors() {
        for (control, reads) in [
            (Control::Programs, false),
            (Control::Rule(Mode::Fixed), false),
            (Control::Rule(Mode::Actuated), true),
            (Control::Rule(Mode::MaxPressure), true),
            (Control::Rule(Mode::Adaptive), true),
        ] {
            assert_eq!(reads_sensors(control), reads, "{}", control.name());
        }
    }
}
