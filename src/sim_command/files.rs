//! The files that `greenwave sim run` writes beside its summary.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sim::measure::{Format, Recorders, Target, Wanted};
use units::Millis;

/// Which files.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// One row for each vehicle: when it was due, came and arrived, its stops and emissions
    #[arg(long, value_name = "FILE.csv", help_heading = "Files")]
    trips: Option<PathBuf>,
    /// One row for each link and interval: volume, delay, stops, queue, speed, emissions
    #[arg(long, value_name = "FILE.csv", help_heading = "Files")]
    links: Option<PathBuf>,
    /// The same for each movement
    #[arg(long, value_name = "FILE.csv", help_heading = "Files")]
    movements: Option<PathBuf>,
    /// Seconds of an interval of --links and --movements; 0 is the whole run
    #[arg(long, value_name = "SECONDS", default_value_t = 300, allow_negative_numbers = true,
        value_parser = interval, help_heading = "Files")]
    interval: u32,
    /// Where every vehicle is; the ending says how: .csv, .parquet or .fcd.xml (as SUMO writes it)
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    trajectories: Option<PathBuf>,
    /// Seconds from one moment of --trajectories to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, help_heading = "Files")]
    trajectories_every: f64,
}

impl Arguments {
    /// Every file that is to be written.
    pub(super) fn paths(&self) -> Vec<&PathBuf> {
        let all = [&self.trips, &self.links, &self.movements, &self.trajectories];
        all.into_iter().flatten().collect()
    }

    /// Opens the files; `step` is the world's.
    ///
    /// # Errors
    /// Everything that is wrong with them; then none was opened, but where the system refuses one.
    pub(super) fn open(&self, step: Millis) -> anyhow::Result<Recorders> {
        let mut wrong = Vec::new();
        let paths = self.paths();
        for (index, path) in paths.iter().enumerate() {
            if paths[..index].iter().any(|before| is_same(before, path)) {
                wrong.push(format!("{} is named twice", path.display()));
            }
        }
        let format = self.trajectories.as_deref().map(Format::of);
        if let (Some(path), Some(None)) = (&self.trajectories, format) {
            let path = path.display();
            wrong.push(format!("--trajectories {path}: it ends in .csv, .parquet or .fcd.xml"));
        }
        let every = self.trajectories_every;
        let whole = Millis::from_secs_f64(every.clamp(0.0, 1e9));
        if every.is_nan() || whole <= Millis::ZERO || whole.modulo(step) != Millis::ZERO {
            wrong.push(format!("--trajectories-every {every}: it is a multiple of {step}"));
        }
        anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        let open = |path: &Option<PathBuf>| path.as_deref().map(create).transpose();
        Ok(Recorders::new(Wanted {
            trips: open(&self.trips)?,
            links: open(&self.links)?,
            movements: open(&self.movements)?,
            interval: Millis::from_secs(self.interval.into()),
            trajectories: match (open(&self.trajectories)?, format.flatten()) {
                (Some(target), Some(format)) => Some((target, format, whole)),
                _ => None,
            },
            ..Wanted::default()
        }))
    }
}

fn interval(text: &str) -> Result<u32, String> {
    super::options::whole(text, 0, super::options::SECONDS_MAX)
}

/// Whether two names are of one file, whether it is there yet or not.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(whole), ..) => whole,
        (Err(_), Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            folder.canonicalize().map_or_else(|_| path.to_owned(), |folder| folder.join(name))
        }
        _ => path.to_owned(),
    };
    whole(one) == whole(other)
}

fn create(path: &Path) -> anyhow::Result<Target> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Box::new(file))
}
