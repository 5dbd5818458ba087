//! Counts of a week, from a CSV file:
//!
//! ```text
//! junction,link,lane,time,count
//! j_1_1,l_0_1_1_1,1,2026-11-16 07:15,34      vehicles that crossed the stop line of lane 1
//! j_1_1,l_1_0_1_1,,2026-11-16 07:15,80       of the whole link
//! ```
//!
//! `time` is when the interval begins, in the site's own time. All intervals are as long: 5, 10, 15, 20,
//! 30 or 60 minutes, which the times tell. Each place is counted in every interval of every day that
//! the file has; a place without is a hole, and a mistake. A lane's vehicles are shared out evenly to
//! the movements that it leads to, a link's to its lanes first: the file does not say more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use network::Network;
use units::{CivilDate, DAY, LinkId, Millis};

use crate::site::time_of_day;

/// The largest file, bytes: a year of a district by quarters of an hour.
const BYTES_MAX: usize = 256 << 20;
/// The most mistakes that are told.
const PROBLEMS_MAX: usize = 1_000;
/// The intervals that a file may have, minutes.
const INTERVALS: [i64; 6] = [5, 10, 15, 20, 30, 60];
/// More vehicles a second and lane do not pass anywhere.
const LANE_A_SECOND: f64 = 1.0;
const COLUMNS: [&str; 5] = ["junction", "link", "lane", "time", "count"];

/// One mistake.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CountProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column in it, in letters from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for CountProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

/// Where was counted: a link, or one lane of it.
type Place = (LinkId, Option<u8>);
/// When an interval begins.
type When = (CivilDate, Millis);

/// Counts without holes.
#[derive(Clone, PartialEq, Debug)]
pub struct Counts {
    interval: Millis,
    days: Vec<CivilDate>,
    places: BTreeMap<Place, BTreeMap<When, f64>>,
}

/// A row that was read, with its line.
struct Row {
    line: usize,
    place: Place,
    when: When,
    count: f64,
}

impl Counts {
    /// Reads a file.
    ///
    /// # Errors
    /// Every mistake: places that are not there, times and numbers that are none, counts that are
    /// negative or that no lane can have, one given twice, holes.
    pub fn parse(text: &str, network: &Network) -> Result<Self, Vec<CountProblem>> {
        let mut problems = Vec::new();
        if text.len() > BYTES_MAX {
            let reason = format!("{} bytes: the most is {BYTES_MAX}", text.len());
            return Err(vec![CountProblem { line: 1, column: 1, reason }]);
        }
        let mut rows = Vec::new();
        let mut is_first = true;
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim_start_matches('\u{feff}');
            if text.trim().is_empty() || text.trim_start().starts_with('#') {
                continue;
            }
            let is_header = is_first && text.split(',').map(str::trim).eq(COLUMNS);
            is_first = false;
            if !is_header {
                rows.extend(row(line, text, network, &mut problems));
            }
        }
        if rows.is_empty() && problems.is_empty() {
            problems.push(at(1, 1, format!("there is no count; a row is {}", COLUMNS.join(","))));
        }
        let counts = collect(rows, network, &mut problems);
        problems.sort();
        problems.truncate(PROBLEMS_MAX);
        match counts {
            Some(counts) if problems.is_empty() => Ok(counts),
            _ => Err(problems),
        }
    }

    /// How long each interval is.
    #[must_use]
    pub fn interval(&self) -> Millis {
        self.interval
    }

    /// The days, in order.
    #[must_use]
    pub fn days(&self) -> &[CivilDate] {
        &self.days
    }

    /// Whether a link was counted, in all or on each of its lanes.
    #[must_use]
    pub fn covers(&self, network: &Network, link: LinkId) -> bool {
        self.places.contains_key(&(link, None))
            || (0..network.link(link).lane_count)
                .all(|lane| self.places.contains_key(&(link, Some(lane))))
    }

    /// Vehicles an hour on each movement in the interval that begins at this time.
    #[must_use]
    pub fn volumes(&self, network: &Network, day: CivilDate, of_day: Millis) -> Vec<f64> {
        let mut volumes = vec![0.0; network.movements().len()];
        let an_hour = 3_600.0 / self.interval.as_secs_f64();
        for (&(link, lane), counts) in &self.places {
            let count = counts.get(&(day, of_day)).copied().unwrap_or(0.0) * an_hour;
            let lanes: Vec<u8> =
                lane.map_or_else(|| (0..network.link(link).lane_count).collect(), |l| vec![l]);
            // Lanes that lead nowhere hold nobody.
            let leads =
                |lane: &u8| !network.lane_movements(network.lane_at(link, *lane)).is_empty();
            let lanes: Vec<u8> = lanes.into_iter().filter(leads).collect();
            for &lane in &lanes {
                let movements = network.lane_movements(network.lane_at(link, lane));
                let part = count / lanes.len() as f64 / movements.len() as f64;
                movements.iter().for_each(|movement| volumes[movement.index()] += part);
            }
        }
        volumes
    }
}

fn at(line: usize, column: usize, reason: String) -> CountProblem {
    CountProblem { line, column, reason }
}

fn row(
    line: usize,
    text: &str,
    network: &Network,
    problems: &mut Vec<CountProblem>,
) -> Option<Row> {
    let mut column = 1;
    let mut cells = Vec::new();
    for cell in text.split(',') {
        let blank = cell.chars().take_while(|c| c.is_whitespace()).count();
        cells.push((column + blank, cell.trim()));
        column += cell.chars().count() + 1;
    }
    let [junction, link, lane, time, count] = cells[..] else {
        let reason = format!("{} cells: a row is {}", cells.len(), COLUMNS.join(","));
        problems.push(at(line, 1, reason));
        return None;
    };
    let mut say = |(column, _): (usize, &str), reason: String| {
        problems.push(at(line, column, reason));
    };
    let junction_id = network.junction_named(junction.1);
    if junction_id.is_none() {
        say(junction, format!("there is no junction {:?}", junction.1));
    }
    let link_id = network.link_named(link.1);
    match (junction_id, link_id) {
        (_, None) => say(link, format!("there is no link {:?}", link.1)),
        (Some(junction_id), Some(id)) if network.link(id).to != junction_id => {
            say(link, format!("link {:?} does not end at junction {:?}", link.1, junction.1));
        }
        _ => {}
    }
    let lanes = link_id.map_or(u8::MAX, |id| network.link(id).lane_count);
    let lane_number = match lane.1 {
        "" => Some(None),
        text => text.parse::<u8>().ok().filter(|&number| number < lanes).map(Some),
    };
    if lane_number.is_none() {
        let most = lanes.saturating_sub(1);
        say(lane, format!("{:?} is no lane of link {:?}: they are 0 to {most}", lane.1, link.1));
    }
    let when = time
        .1
        .split_once([' ', 'T'])
        .and_then(|(date, clock)| Some((CivilDate::parse(date)?, time_of_day(clock)?)));
    if when.is_none() {
        say(time, format!("{:?} is no time; it is written as 2026-11-16 07:15", time.1));
    }
    let number = count.1.parse::<f64>().ok().filter(|number| number.is_finite());
    match number {
        None => say(count, format!("{:?} is not a number", count.1)),
        Some(number) if number < 0.0 => say(count, format!("{number} vehicles: it is negative")),
        _ => {}
    }
    let number = number.filter(|&number| number >= 0.0);
    Some(Row { line, place: (link_id?, lane_number?), when: when?, count: number? })
}

fn collect(rows: Vec<Row>, network: &Network, problems: &mut Vec<CountProblem>) -> Option<Counts> {
    let clocks: BTreeSet<Millis> = rows.iter().map(|row| row.when.1).collect();
    let days: BTreeSet<CivilDate> = rows.iter().map(|row| row.when.0).collect();
    let gaps = clocks.iter().zip(clocks.iter().skip(1)).map(|(&a, &b)| b - a);
    let interval = gaps.min().unwrap_or(Millis::ZERO);
    let first = rows.first().map_or(1, |row| row.line);
    if rows.is_empty() {
        return None;
    }
    if !INTERVALS.iter().any(|&minutes| Millis::from_secs(minutes * 60) == interval) {
        let reason = format!(
            "the times tell intervals of {interval}: they may be 5, 10, 15, 20, 30 or 60 minutes"
        );
        problems.push(at(first, 1, reason));
        return None;
    }
    let mut places: BTreeMap<Place, BTreeMap<When, f64>> = BTreeMap::new();
    let mut last: BTreeMap<Place, usize> = BTreeMap::new();
    for row in rows {
        let lanes = row.place.1.map_or(network.link(row.place.0).lane_count, |_| 1);
        let most = f64::from(lanes) * interval.as_secs_f64() * LANE_A_SECOND;
        if row.count > most {
            let count = row.count;
            let reason = format!("{count} vehicles in {interval}: more than {most} cannot pass");
            problems.push(at(row.line, 1, reason));
        }
        if row.when.1.modulo(interval) != Millis::ZERO {
            problems.push(at(row.line, 1, format!("it is not at a whole {interval}")));
        }
        last.insert(row.place, row.line);
        let other = if row.place.1.is_some() { Some((row.place.0, None)) } else { None };
        if other.is_some_and(|other| places.contains_key(&other)) {
            let reason = "the whole link is counted as well as its lane".to_owned();
            problems.push(at(row.line, 1, reason));
        }
        if places.entry(row.place).or_default().insert(row.when, row.count).is_some() {
            problems.push(at(row.line, 1, "it is given twice".to_owned()));
        }
    }
    for (place, counts) in &places {
        holes(*place, last[place], counts, &days, interval, network, problems);
    }
    Some(Counts { interval, days: days.into_iter().collect(), places })
}

/// Says each stretch of a day in which a place was not counted, at its last line.
fn holes(
    place: Place,
    line: usize,
    counts: &BTreeMap<When, f64>,
    days: &BTreeSet<CivilDate>,
    interval: Millis,
    network: &Network,
    problems: &mut Vec<CountProblem>,
) {
    let clock = |of_day: Millis| {
        let minutes = of_day.0 / 60_000;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    };
    let link = &network.link(place.0).name;
    let what = place.1.map_or(format!("link {link:?}"), |n| format!("lane {n} of link {link:?}"));
    for &day in days {
        let mut begin = None;
        let mut of_day = Millis::ZERO;
        while of_day <= DAY && problems.len() < PROBLEMS_MAX {
            let is_there = of_day == DAY || counts.contains_key(&(day, of_day));
            match (is_there, begin) {
                (false, None) => begin = Some(of_day),
                (true, Some(from)) => {
                    let (from, until) = (clock(from), clock(of_day));
                    let reason =
                        format!("{what} was not counted on {day} from {from} until {until}");
                    problems.push(at(line, 1, reason));
                    begin = None;
                }
                _ => {}
            }
            of_day += interval;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;

    fn day(place: &str, date: &str) -> String {
        let row = |hour: i64| format!("{place},{date} {hour:02}:00,{}\n", 100 + hour);
        (0..24).map(row).collect()
    }

    #[test]
    fn lanes_and_links_become_volumes_of_movements() {
        let (site, _) = generate::arterial(1, 3);
        let network = &site.network;
        let text = format!(
            "# a day\njunction,link,lane,time,count\n{}{}",
            day("j_1_1,l_0_1_1_1,1", "2026-11-16"),
            day("j_1_1,l_1_0_1_1,", "2026-11-16"),
        );
        let counts = Counts::parse(&text, network).expect("sound");
        assert_eq!((counts.interval(), counts.days().len()), (Millis::from_secs(3_600), 1));
        let [road, side] =
            ["l_0_1_1_1", "l_1_0_1_1"].map(|l| network.link_named(l).expect("there"));
        assert!(!counts.covers(network, road) && counts.covers(network, side));
        let volumes = counts.volumes(network, counts.days()[0], Millis::from_secs(7 * 3_600));
        let of = |link| {
            let all = network.link_movements(link).iter().map(|m| volumes[m.index()]);
            all.collect::<Vec<f64>>()
        };
        assert_eq!(of(road).iter().sum::<f64>(), 107.0);
        assert_eq!(of(road).iter().filter(|&&v| v > 0.0).count(), 1, "lane 1 leads straight on");
        assert!((of(side).iter().sum::<f64>() - 107.0).abs() < 1e-9 && of(side).len() == 3);
    }

    #[test]
    fn every_mistake_is_said_with_its_line_and_column() {
        let (site, _) = generate::arterial(1, 3);
        for (row, expected) in [
            ("j_9_9,l_0_1_1_1,1,2026-11-16 07:00,3", "line 1, column 1: there is no junction"),
            ("j_1_1,l_x,1,2026-11-16 07:00,3", "line 1, column 7: there is no link"),
            ("j_2_1,l_0_1_1_1,1,2026-11-16 07:00,3", "column 7: link \"l_0_1_1_1\" does not end"),
            ("j_1_1,l_0_1_1_1,3,2026-11-16 07:00,3", "column 17: \"3\" is no lane"),
            ("j_1_1,l_0_1_1_1,1,2026-11-31 07:00,3", "column 19: \"2026-11-31 07:00\" is no time"),
            ("j_1_1, l_0_1_1_1,1,2026-11-16 07:00, -3", "column 38: -3 vehicles: it is negative"),
            ("j_1_1,l_0_1_1_1,1,2026-11-16 07:00,many", "column 36: \"many\" is not a number"),
            ("j_1_1,l_0_1_1_1,1,2026-11-16 07:00", "column 1: 4 cells"),
            ("", "there is no count"),
            ("j_1_1,l_0_1_1_1,1,2026-11-16 07:00,3", "the times tell intervals of"),
        ] {
            let said = Counts::parse(row, &site.network).expect_err(row);
            let said: Vec<String> = said.iter().map(ToString::to_string).collect();
            assert!(said.iter().any(|s| s.contains(expected)), "{row}: {said:?}");
        }
    }

    #[test]
    fn holes_doubles_and_counts_that_cannot_be_are_said_all_at_once() {
        let (site, _) = generate::arterial(1, 3);
        let place = "j_1_1,l_0_1_1_1,1";
        let whole = day(place, "2026-11-16");
        let text = whole.replace("2026-11-16 07:00,107\n", "2026-11-16 07:00,9107\n").replace(
            &format!("{place},2026-11-16 12:00,112\n{place},2026-11-16 13:00,113\n"),
            &format!("{place},2026-11-16 11:00,112\n"),
        );
        let said = Counts::parse(&text, &site.network).expect_err("three mistakes");
        let said: Vec<String> = said.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].contains("line 8") && said[0].contains("cannot pass"), "{said:?}");
        assert!(said[1].contains("line 13") && said[1].contains("given twice"), "{said:?}");
        assert!(said[2].contains("on 2026-11-16 from 12:00 until 14:00"), "{said:?}");
    }
}
