//! The register: which vehicles are key vehicles, whose, and what they may.
//!
//! It is imported whole or not at all, as CSV with the columns `plate`, `class`, `operator`, `permits`
//! (separated by semicolons) and `inspected_until` (a date), in any order.

use std::collections::BTreeMap;

use units::CivilDate;

use super::csv::rows;
use crate::plate::{Plate, PlateColour, PlateKey};

/// The most vehicles of a register: those of a province.
const VEHICLES_MAX: usize = 500_000;
/// The most mistakes that are told.
const PROBLEMS_MAX: usize = 200;
/// The longest name of an operator or a permit, characters.
const NAME_MAX: usize = 100;

/// A class of key vehicles: the eight of the Jinan paper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyClass {
    /// A coach on a long line.
    LongCoach,
    /// A tour coach.
    TourCoach,
    /// Hazardous goods.
    HazardousGoods,
    /// A school bus.
    SchoolBus,
    /// A commercial passenger vehicle other than a large one.
    CommercialPassenger,
    /// A heavy truck.
    HeavyTruck,
    /// A heavy trailer.
    HeavyTrailer,
    /// A rural minibus.
    RuralMinibus,
}

impl KeyClass {
    /// Every class with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("long-coach", Self::LongCoach),
        ("tour-coach", Self::TourCoach),
        ("hazardous-goods", Self::HazardousGoods),
        ("school-bus", Self::SchoolBus),
        ("commercial-passenger", Self::CommercialPassenger),
        ("heavy-truck", Self::HeavyTruck),
        ("heavy-trailer", Self::HeavyTrailer),
        ("rural-minibus", Self::RuralMinibus),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The class of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.0 == name).map(|row| row.1)
    }
}

/// A registered vehicle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vehicle {
    /// Its class.
    pub class: KeyClass,
    /// Who runs it.
    pub operator: String,
    /// What it is permitted beyond the rules.
    pub permits: Vec<String>,
    /// The last day on which its inspection is valid.
    pub inspected_until: CivilDate,
}

/// A mistake in a register.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct CsvProblem {
    /// Where, from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

/// The register.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Register {
    vehicles: BTreeMap<PlateKey, Vehicle>,
}

const COLUMNS: [&str; 5] = ["plate", "class", "operator", "permits", "inspected_until"];

impl Register {
    /// Reads a register.
    ///
    /// # Errors
    /// Every mistake in it with its line; nothing is taken then.
    pub fn parse(text: &str) -> Result<Self, Vec<CsvProblem>> {
        let problem = |line, what: String| CsvProblem { line, what };
        let rows = rows(text).map_err(|(line, what)| vec![problem(line, what.to_owned())])?;
        let Some(((line, header), rows)) = rows.split_first() else {
            return Err(vec![problem(1, "it is empty".to_owned())]);
        };
        let places = columns(header).map_err(|what| vec![problem(*line, what)])?;
        if rows.len() > VEHICLES_MAX {
            return Err(vec![problem(*line, format!("it has more than {VEHICLES_MAX} vehicles"))]);
        }
        let mut problems = Vec::new();
        let mut vehicles: BTreeMap<PlateKey, Vehicle> = BTreeMap::new();
        let mut lines = BTreeMap::new();
        for (line, row) in rows {
            match vehicle(row, &places, header.len()) {
                Ok((key, _)) if lines.contains_key(&key) => {
                    let what = format!("the plate stands in line {} already", lines[&key]);
                    problems.push(problem(*line, what));
                }
                Ok((key, vehicle)) => {
                    lines.insert(key, *line);
                    vehicles.insert(key, vehicle);
                }
                Err(all) => problems.extend(all.into_iter().map(|what| problem(*line, what))),
            }
        }
        if problems.is_empty() {
            return Ok(Self { vehicles });
        }
        let count = problems.len();
        if count > PROBLEMS_MAX {
            problems.truncate(PROBLEMS_MAX);
            let what = format!("and {} more mistakes", count - PROBLEMS_MAX);
            problems.push(problem(problems[PROBLEMS_MAX - 1].line, what));
        }
        Err(problems)
    }

    /// A registered vehicle; none where it is nobody's business here.
    #[must_use]
    pub fn get(&self, plate: PlateKey) -> Option<&Vehicle> {
        self.vehicles.get(&plate)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vehicles.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vehicles.is_empty()
    }
}

/// The place of each column in a row.
fn columns(header: &[String]) -> Result<[usize; 5], String> {
    let mut places = [0; 5];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|column| column.trim() == name);
        *place = found.ok_or_else(|| format!("there is no column {name:?}"))?;
    }
    match header.iter().find(|column| !COLUMNS.contains(&column.trim())) {
        Some(column) => Err(format!("column {:?} is not known", column.trim())),
        None if header.len() > COLUMNS.len() => Err("a column is there twice".to_owned()),
        None => Ok(places),
    }
}

fn vehicle(
    row: &[String],
    places: &[usize; 5],
    columns: usize,
) -> Result<(PlateKey, Vehicle), Vec<String>> {
    if row.len() != columns {
        return Err(vec![format!("it has {} fields, the header has {columns}", row.len())]);
    }
    let [plate, class, operator, permits, until] = places.map(|place| row[place].trim());
    let mut problems = Vec::new();
    let read = Plate::read(plate, PlateColour::Unknown);
    let read = read.map_err(|why| problems.push(format!("plate {plate:?}: {why}"))).ok();
    let known = KeyClass::parse(class);
    if known.is_none() {
        let all: Vec<&str> = KeyClass::ALL.iter().map(|row| row.0).collect();
        problems.push(format!("class {class:?} is none of {}", all.join(", ")));
    }
    let long = |text: &str| text.chars().count() > NAME_MAX || text.contains(char::is_control);
    if operator.is_empty() || long(operator) {
        problems.push(format!("operator: it has 1 to {NAME_MAX} characters on one line"));
    }
    let permits: Vec<String> =
        permits.split(';').map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect();
    if permits.iter().any(|permit| long(permit)) {
        problems.push(format!("permits: each has at most {NAME_MAX} characters"));
    }
    let date = CivilDate::parse(until);
    if date.is_none() {
        problems.push(format!("inspected_until {until:?} is no date, as 2026-10-01 is"));
    }
    match (read, known, date) {
        (Some(plate), Some(class), Some(inspected_until)) if problems.is_empty() => {
            let operator = operator.to_owned();
            Ok((plate.key(), Vehicle { class, operator, permits, inspected_until }))
        }
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_read_whatever_the_order_of_its_columns() {
        let text = "class,plate,operator,inspected_until,permits\n\
                    school-bus,鲁A12345,\"No. 3 School, Jinan\",2026-12-31,\n\
                    heavy-truck,鲁A·J7788,Lu Freight,2026-06-30,city-7; night\n";
        let register = Register::parse(text).expect("a sound register");
        assert_eq!(register.len(), 2);
        let key = Plate::read("鲁AJ7788", PlateColour::Blue).expect("a plate").key();
        let truck = register.get(key).expect("the truck");
        assert_eq!((truck.class, truck.permits.len()), (KeyClass::HeavyTruck, 2));
        for (name, class) in KeyClass::ALL {
            assert_eq!((class.name(), KeyClass::parse(name)), (*name, Some(*class)));
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_nothing_is_taken() {
        let text = "plate,class,operator,permits,inspected_until\n\
                    鲁A12345,school-bus,School 3,,2026-12-31\n\
                    no-plate!,tram,,,2026-02-30\n\
                    鲁A12345,school-bus,School 3,,2026-12-31\n\
                    鲁A12346,school-bus\n";
        let problems = Register::parse(text).expect_err("mistakes");
        let told: Vec<(usize, &str)> = problems
            .iter()
            .map(|p| (p.line, p.what.split([' ', ':']).next().unwrap_or("")))
            .collect();
        let expected = [
            (3, "plate"),
            (3, "class"),
            (3, "operator"),
            (3, "inspected_until"),
            (4, "the"),
            (5, "it"),
        ];
        assert_eq!(told, expected, "{problems:?}");
        for (text, said) in [
            ("", "it is empty"),
            ("plate,class,operator,permits\n", "no column \"inspected_until\""),
            ("plate,class,operator,permits,inspected_until,colour\n", "\"colour\" is not known"),
            ("plate,class,operator,permits,inspected_until,plate\n", "there twice"),
            ("plate,\"class\n", "not closed"),
        ] {
            let problems = Register::parse(text).expect_err(text);
            assert!(problems[0].to_string().contains(said), "{text:?}: {problems:?}");
        }
    }
}
