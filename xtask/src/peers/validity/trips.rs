//! What both simulators say of their vehicles and links.

use std::collections::BTreeMap;
use std::path::Path;

use super::read;

/// Links are alike below this: `sqrt(2 (a − b)² / (a + b))`.
const GEH: f64 = 5.0;

/// From entering to arriving, and from being due to entering, seconds; of SUMO the loss too.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Trip {
    took: f64,
    waited: f64,
    loss: f64,
}

type Trips = BTreeMap<String, Trip>;
type Volumes = BTreeMap<String, f64>;

/// All runs of both on one net, ours first.
#[derive(Debug, Default)]
pub(super) struct Runs {
    names: Vec<String>,
    trips: [Vec<Trips>; 2],
    volumes: [Vec<Volumes>; 2],
    pub(super) teleports: u32,
}

/// Means over vehicles that arrived in all runs, seconds, ours first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Means {
    pub(super) loss: [f64; 2],
    pub(super) wait: [f64; 2],
    pub(super) arrived: [f64; 2],
}

impl Runs {
    pub(super) fn read(folder: &Path, seeds: &[u32]) -> Result<Self, String> {
        let routes = read(folder, "rou.xml")?;
        let names = elements(&routes, "vehicle").filter_map(|line| attribute(line, "id"));
        let mut runs = Self { names: names.map(str::to_owned).collect(), ..Self::default() };
        for seed in seeds {
            runs.trips[0].push(own_trips(&read(folder, &format!("own-{seed}.csv"))?, &runs.names));
            runs.trips[1].push(trips(&read(folder, &format!("sumo-{seed}.xml"))?));
            runs.volumes[0].push(own_volumes(&read(folder, &format!("links-{seed}.csv"))?));
            runs.volumes[1].push(volumes(&read(folder, &format!("edges-{seed}.xml"))?));
            let statistics = read(folder, &format!("statistics-{seed}.xml"))?;
            let total = elements(&statistics, "teleports").find_map(|e| number(e, "total"));
            runs.teleports += total.unwrap_or_default() as u32;
        }
        Ok(runs)
    }

    pub(super) fn vehicles(&self) -> usize {
        self.names.len()
    }

    pub(super) fn means(&self) -> Means {
        let arrived = |name: &&String| {
            self.trips.iter().flatten().all(|trips| trips.contains_key(name.as_str()))
        };
        let common: Vec<&String> = self.names.iter().filter(arrived).collect();
        let mean = |side: usize, of: fn(&Trip) -> f64| {
            let sums = self.trips[side].iter().map(|trips| {
                common.iter().filter_map(|name| trips.get(*name)).map(of).sum::<f64>()
            });
            sums.sum::<f64>() / (common.len() * self.trips[side].len()).max(1) as f64
        };
        let free = mean(1, |trip| trip.took - trip.loss);
        let loss = [0, 1].map(|side| mean(side, |trip| trip.took) - free);
        let wait = [0, 1].map(|side| loss[side] + mean(side, |trip| trip.waited));
        let arrived = [0, 1].map(|side| {
            let all = self.trips[side].iter().map(BTreeMap::len).sum::<usize>();
            all as f64 / self.trips[side].len().max(1) as f64
        });
        Means { loss, wait, arrived }
    }

    /// The share of links whose mean volumes of the hour are alike.
    pub(super) fn share_of_near_volumes(&self) -> f64 {
        let mean = |side: usize, link: &str| {
            let all = self.volumes[side].iter();
            let sum: f64 = all.filter_map(|volumes| volumes.get(link)).sum();
            sum / self.volumes[side].len().max(1) as f64
        };
        let links: Vec<&String> = self.volumes[1].iter().take(1).flat_map(Volumes::keys).collect();
        let near = links.iter().filter(|link| geh(mean(0, link), mean(1, link)) < GEH).count();
        near as f64 / links.len().max(1) as f64
    }
}

fn geh(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { (2.0 * (a - b) * (a - b) / (a + b)).sqrt() } else { 0.0 }
}

/// The begins of all elements of a name.
fn elements<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let begin = format!("<{name} ");
    text.split('<').filter(move |part| part.starts_with(&begin[1..]))
}

fn attribute<'t>(element: &'t str, key: &str) -> Option<&'t str> {
    let rest = element.split_once(&format!(" {key}=\""))?.1;
    rest.split_once('"').map(|(value, _)| value)
}

fn number(element: &str, key: &str) -> Option<f64> {
    attribute(element, key)?.parse().ok()
}

fn trips(text: &str) -> Trips {
    let trip = |element: &str| {
        let trip = Trip {
            took: number(element, "duration")?,
            waited: number(element, "departDelay")?,
            loss: number(element, "timeLoss")?,
        };
        Some((attribute(element, "id")?.to_owned(), trip))
    };
    elements(text, "tripinfo").filter_map(trip).collect()
}

fn volumes(text: &str) -> Volumes {
    let volume = |element: &str| {
        let count = |key: &str| number(element, key).unwrap_or_default();
        Some((attribute(element, "id")?.to_owned(), count("entered") + count("departed")))
    };
    elements(text, "edge").filter_map(volume).collect()
}

/// The rows of a table by the names of its columns.
fn rows(text: &str) -> impl Iterator<Item = BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines.map(move |line| head.iter().copied().zip(line.split(',')).collect())
}

/// A vehicle's flow is its place in the file of routes.
fn own_trips(text: &str, names: &[String]) -> Trips {
    let trip = |row: BTreeMap<&str, &str>| {
        let value = |key: &str| row.get(key)?.parse::<f64>().ok();
        let (due, entered) = (value("due_s")?, value("entered_s")?);
        let took = value("arrived_s")? - entered;
        let name = names.get(row.get("flow")?.parse::<usize>().ok()?)?;
        Some((name.clone(), Trip { took, waited: entered - due, loss: 0.0 }))
    };
    rows(text).filter_map(trip).collect()
}

fn own_volumes(text: &str) -> Volumes {
    let volume = |row: BTreeMap<&str, &str>| {
        let is_first = row.get("begin_s")?.parse::<f64>().ok()? == 0.0;
        let entered = row.get("entered")?.parse().ok()?;
        is_first.then(|| ((*row.get("link").unwrap_or(&"")).to_owned(), entered))
    };
    rows(text).filter_map(volume).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_vehicles_that_arrived_everywhere() {
        let names = ["a".to_owned(), "b".to_owned()];
        let theirs = "<tripinfos><tripinfo id=\"a\" duration=\"50\" departDelay=\"1\" timeLoss=\"20\"/>\
                      <tripinfo id=\"b\" duration=\"9\" departDelay=\"0\" timeLoss=\"1\"/></tripinfos>";
        let own = "flow,due_s,entered_s,arrived_s\n0,0,2,47\n1,0,0,\n";
        let runs = Runs {
            trips: [vec![own_trips(own, &names)], vec![trips(theirs)]],
            names: names.to_vec(),
            ..Runs::default()
        };
        let means = Means { loss: [15.0, 20.0], wait: [17.0, 21.0], arrived: [1.0, 2.0] };
        assert_eq!(runs.means(), means);
    }

    #[test]
    fn volumes_are_of_the_first_hour_and_near_by_geh() {
        let own = "begin_s,link,entered\n0,a,100\n3600,a,900\n0,b,100\n";
        let theirs =
            "<edge id=\"a\" entered=\"60\" departed=\"40\"/><edge id=\"b\" entered=\"10\"/>";
        let runs =
            Runs { volumes: [vec![own_volumes(own)], vec![volumes(theirs)]], ..Runs::default() };
        assert!((runs.share_of_near_volumes() - 0.5).abs() < 1e-9);
    }
}
