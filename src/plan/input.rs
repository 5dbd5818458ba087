//! What is planned for: the site, the junctions that were named, and the traffic of each period.

use std::path::{Path, PathBuf};

use anyhow::Context;
use optimizer::coordination::Signal;
use optimizer::coordination::day::{Days, Slot, plan_days};
use scenario::{Counts, Demand, Mode, SignalSite, Site, busy_volumes};
use signal::{Plan, Problem};
use units::{CivilDate, CivilTime, Millis, Weekday};

use crate::load::{self, StreetArguments};

/// A demand is looked at by quarters of an hour.
const QUARTER: Millis = Millis::from_secs(900);
/// The name of plans in the site file.
const NAME: &str = "green-wave";

/// The site, as text too, and its demand where there is one.
pub(super) struct Street {
    pub(super) site: Site,
    pub(super) text: String,
    /// How the site file is called in what is said.
    pub(super) name: PathBuf,
    /// Where it lies; none where it is a part of the program.
    pub(super) path: Option<PathBuf>,
    pub(super) demand: Option<Demand>,
}

/// The traffic that one plan is made for.
#[derive(Clone)]
pub(super) struct Period {
    /// The name of its plan.
    pub(super) name: String,
    /// Vehicles an hour on each movement.
    pub(super) volumes: Vec<f64>,
    /// Where the volumes come from, in words.
    pub(super) source: String,
    /// A time within it; none where nobody knows.
    pub(super) when: Option<CivilTime>,
}

/// All periods, and which runs when.
pub(super) struct Periods {
    pub(super) all: Vec<Period>,
    /// Names of days with the begins of their periods.
    pub(super) days: Vec<(String, Vec<(Millis, usize)>)>,
    /// The day of each weekday, from Monday.
    pub(super) week: [usize; 7],
}

/// Reads what SITE names.
pub(super) fn street(which: &str) -> anyhow::Result<Street> {
    if let Some(text) = load::shipped_site(which) {
        let name = Path::new(which).join("site.toml");
        return street_of(which, name, None, text.to_owned());
    }
    let given = PathBuf::from(which);
    let path = if given.is_dir() { given.join("site.toml") } else { given };
    let text = load::read(&path)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let is_scenario =
        path.file_name().is_some_and(|n| n == "site.toml") && folder.join("demand.toml").is_file();
    if is_scenario {
        let folder = folder.to_str().context("the folder's name is no text")?.to_owned();
        return street_of(&folder, path.clone(), Some(path), text);
    }
    let site = load::site(&path)?;
    Ok(Street { site, text, name: path.clone(), path: Some(path), demand: None })
}

fn street_of(
    scenario: &str,
    name: PathBuf,
    path: Option<PathBuf>,
    text: String,
) -> anyhow::Result<Street> {
    let which = StreetArguments {
        scenario: Some(scenario.to_owned()),
        network: None,
        flow: None,
        sumo: None,
        seed: 1,
    };
    let site = Site::parse(&text).map_err(|all| load::mistakes(&name, &all))?;
    let demand = load::street(&which, Mode::Fixed)?.demand;
    Ok(Street { site, text, name, path, demand: Some(demand) })
}

/// The signals that were named, in that order, as places in the site; all where none was.
pub(super) fn chosen(street: &Street, names: &[String]) -> anyhow::Result<Vec<usize>> {
    let site = &street.site;
    if names.is_empty() {
        return Ok((0..site.signals.len()).collect());
    }
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for name in names {
        let junction = site.network.junction_named(name.trim());
        let own = |signal: &SignalSite| Some(signal.junction) == junction;
        match (junction, site.signals.iter().position(own)) {
            (None, _) => problems.push(Problem(format!("there is no junction {name:?}"))),
            (_, None) => problems.push(Problem(format!("junction {name:?} has no signals"))),
            (_, Some(place)) => found.push(place),
        }
    }
    anyhow::ensure!(problems.is_empty(), load::mistakes(&street.name, &problems));
    Ok(found)
}

/// The plan of a signal that runs today in this period.
pub(super) fn today<'s>(signal: &'s SignalSite, period: &Period) -> &'s Plan {
    let id = period.when.map_or(units::PlanId(0), |when| *signal.calendar.plan_at(when));
    signal.plans.get(id.index()).unwrap_or(&signal.plans[0])
}

pub(super) fn signals<'s>(site: &'s Site, chosen: &[usize], period: &Period) -> Vec<Signal<'s>> {
    let of = |&place: &usize| {
        let signal = &site.signals[place];
        Signal {
            junction: signal.junction,
            layout: &signal.layout,
            movements: &signal.movement_groups,
            order: today(signal, period).splits().iter().map(|&(stage, _)| stage).collect(),
        }
    };
    chosen.iter().map(of).collect()
}

/// The periods: one for the busier half of the demand, or what the counts tell.
pub(super) fn periods(
    street: &Street,
    chosen: &[usize],
    counts: Option<&Path>,
    most: usize,
) -> anyhow::Result<Periods> {
    if let Some(path) = counts {
        return counted(street, chosen, path, most);
    }
    let Some(demand) = &street.demand else {
        anyhow::bail!(
            "{}: nothing tells the traffic: give --counts, or a demand.toml beside site.toml",
            street.name.display()
        );
    };
    let period = Period {
        name: NAME.to_owned(),
        volumes: busy_volumes(&street.site.network, demand, QUARTER),
        source: "the busier half of the demand's quarters of an hour".to_owned(),
        when: None,
    };
    let days = vec![("every day".to_owned(), vec![(Millis::ZERO, 0)])];
    Ok(Periods { all: vec![period], days, week: [0; 7] })
}

fn counted(street: &Street, chosen: &[usize], path: &Path, most: usize) -> anyhow::Result<Periods> {
    let network = &street.site.network;
    let counts =
        Counts::parse(&load::read(path)?, network).map_err(|all| load::mistakes(path, &all))?;
    let mut missing = Vec::new();
    for &place in chosen {
        let signal = &street.site.signals[place];
        for &link in &network.junction(signal.junction).incoming {
            if !counts.covers(network, link) {
                let (junction, link) =
                    (&network.junction(signal.junction).name, &network.link(link).name);
                missing.push(format!("junction {junction:?}: link {link:?} was not counted"));
            }
        }
    }
    anyhow::ensure!(missing.is_empty(), load::mistakes(path, &missing));
    let is_weekend = |day: &CivilDate| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let (weekend, workdays): (Vec<CivilDate>, Vec<CivilDate>) =
        counts.days().iter().partition(|day| is_weekend(day));
    let kinds: Vec<(&str, Vec<CivilDate>)> = [("workday", workdays), ("weekend", weekend)]
        .into_iter()
        .filter(|(_, days)| !days.is_empty())
        .collect();
    let minutes = u32::try_from(counts.interval().0 / 60_000)?;
    let slots: Vec<Vec<Slot>> =
        kinds.iter().map(|(_, days)| mean_day(street, &counts, days)).collect();
    let found = plan_days(&slots, minutes, most);
    let week = Weekday::ALL.map(|day| {
        usize::from(kinds.len() > 1 && matches!(day, Weekday::Saturday | Weekday::Sunday))
    });
    let days = kinds.iter().zip(&found.days).map(|((name, _), pieces)| {
        let begin = |from: usize| counts.interval() * i64::try_from(from).unwrap_or(0);
        ((*name).to_owned(), pieces.iter().map(|p| (begin(p.from), p.plan)).collect())
    });
    let days = days.collect();
    let all = all_periods(&found, &kinds, &counts, path);
    Ok(Periods { all, days, week })
}

/// The mean volumes of some days, slot by slot.
fn mean_day(street: &Street, counts: &Counts, days: &[CivilDate]) -> Vec<Slot> {
    let interval = counts.interval();
    (0..units::DAY.0 / interval.0)
        .map(|slot| {
            let mut sum = vec![0.0; street.site.network.movements().len()];
            for &day in days {
                let volumes = counts.volumes(&street.site.network, day, interval * slot);
                sum.iter_mut().zip(volumes).for_each(|(sum, v)| *sum += v / days.len() as f64);
            }
            sum
        })
        .collect()
}

fn all_periods(
    found: &Days,
    kinds: &[(&str, Vec<CivilDate>)],
    counts: &Counts,
    path: &Path,
) -> Vec<Period> {
    let of = |(plan, volumes): (usize, &Slot)| {
        let pieces =
            || found.days.iter().enumerate().flat_map(|(d, p)| p.iter().map(move |p| (d, p)));
        // The longest piece stands for the period.
        let longest = pieces()
            .filter(|(_, piece)| piece.plan == plan)
            .max_by_key(|(day, piece)| (piece.until - piece.from, usize::MAX - day));
        let when = longest.and_then(|(day, piece)| {
            let slot = i64::try_from(usize::midpoint(piece.from, piece.until)).ok()?;
            CivilTime::new(kinds[day].1[0], counts.interval() * slot)
        });
        let file = path.display();
        Period {
            name: format!("{NAME}-{}", plan + 1),
            volumes: volumes.clone(),
            source: format!("{file}, the busier half of the period's intervals"),
            when,
        }
    };
    found.plans.iter().enumerate().map(of).collect()
}
