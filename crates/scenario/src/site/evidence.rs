//! What a site keeps of vehicles: evidence, and what key vehicles do. Both are off where their table is
//! not there.

use std::fmt::{self, Write};

use document::Table;
use units::Millis;

use super::read::time_of_day;
use super::write::{clock, q};

/// Days that anything of a person may be kept, at most: the longest that an appeal may take.
const DAYS_MAX: i64 = 3_650;

/// Where evidence is kept, what signs it, and how long it stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvidenceSite {
    /// The folder.
    pub path: String,
    /// The file of the station's key.
    pub key: String,
    /// Days that a detection waits to be decided.
    pub undecided_days: u32,
    /// Days that a rejected one stays.
    pub rejected_days: u32,
    /// Days that a confirmed one stays.
    pub confirmed_days: u32,
    /// Days that it stays known who looked.
    pub access_days: u32,
    /// Days that what key vehicles did stays.
    pub vehicle_days: u32,
}

/// The eight classes of key vehicles, by their names in files.
pub const KEY_VEHICLE_CLASSES: [&str; 8] = [
    "long-coach",
    "tour-coach",
    "hazardous-goods",
    "school-bus",
    "commercial-passenger",
    "heavy-truck",
    "heavy-trailer",
    "rural-minibus",
];

/// A limit for a class of key vehicles, wherever the road allows more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClassLimitSite {
    /// The class.
    pub class: String,
    /// The limit, km/h.
    pub limit_kmh: u16,
}

/// A road on which classes may not be, always or at some hours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BanSite {
    /// The section or camera, by its name.
    pub place: String,
    /// For which classes.
    pub classes: Vec<String>,
    /// Between which times of the day; over midnight where the second is the lesser. None: always.
    pub daily: Option<(Millis, Millis)>,
    /// The permit that lifts it, where there is one.
    pub permit: Option<String>,
}

/// What is watched of key vehicles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyVehiclesSite {
    /// What it is for; it is shown and logged.
    pub purpose: String,
    /// The file of the register.
    pub register: String,
    /// Driving without a rest that is allowed at most.
    pub drive_max: Millis,
    /// What counts as a rest.
    pub rest_min: Millis,
    /// The least time between two vehicles with hazardous goods of one operator at one place; zero
    /// where it is not watched.
    pub convoy_gap: Millis,
    /// Days that an operator's level looks back.
    pub window_days: u32,
    /// Findings in the window from which an operator is yellow.
    pub yellow_from: u32,
    /// Findings in the window from which an operator is red.
    pub red_from: u32,
    /// Limits by class.
    pub limits: Vec<ClassLimitSite>,
    /// Bans.
    pub bans: Vec<BanSite>,
}

pub(super) fn evidence(table: &Table<'_>) -> Option<EvidenceSite> {
    let (path, key) = (table.text("path"), table.text("key"));
    let days = |name, usual| {
        table.integer_or(name, 1..=DAYS_MAX, usual).and_then(|days| u32::try_from(days).ok())
    };
    let undecided = days("undecided_days", 30);
    let rejected = days("rejected_days", 1);
    let confirmed = days("confirmed_days", 180);
    let access = days("access_days", 1_095);
    let vehicle = days("vehicle_days", 90);
    Some(EvidenceSite {
        path: path?,
        key: key?,
        undecided_days: undecided?,
        rejected_days: rejected?,
        confirmed_days: confirmed?,
        access_days: access?,
        vehicle_days: vehicle?,
    })
}

pub(super) fn key_vehicles(table: &Table<'_>) -> Option<KeyVehiclesSite> {
    let purpose = table.text("purpose");
    if purpose.as_ref().is_some_and(|purpose| purpose.trim().is_empty()) {
        table.say("purpose", "it says what the vehicles are watched for, and is empty");
    }
    let register = table.text("register");
    let minutes = |key, range, usual| {
        table.number_or(key, range, usual).map(|minutes| Millis::from_secs_f64(minutes * 60.0))
    };
    // More than four hours without 20 minutes of rest is fatigue by the road traffic regulations.
    let drive_max = minutes("drive_max_min", 30.0..=1_440.0, 240.0);
    let rest_min = minutes("rest_min", 1.0..=600.0, 20.0);
    let gap = table.number_or("convoy_gap_s", 0.0..=3_600.0, 0.0).map(Millis::from_secs_f64);
    let whole = |key, range, usual| {
        table.integer_or(key, range, usual).and_then(|number| u32::try_from(number).ok())
    };
    let window = whole("window_days", 1..=366, 30);
    let (yellow, red) = (whole("yellow_from", 1..=10_000, 3), whole("red_from", 2..=10_000, 10));
    if let (Some(yellow), Some(red)) = (yellow, red)
        && red <= yellow
    {
        table.say("red_from", format!("{red} is not more than yellow_from, which is {yellow}"));
    }
    let limits = super::read::all(table.tables("limit").iter().map(class_limit));
    let bans = super::read::all(table.tables("ban").iter().map(ban));
    Some(KeyVehiclesSite {
        purpose: purpose?,
        register: register?,
        drive_max: drive_max?,
        rest_min: rest_min?,
        convoy_gap: gap?,
        window_days: window?,
        yellow_from: yellow?,
        red_from: red?,
        limits: limits?,
        bans: bans?,
    })
}

fn known_class(class: &str) -> Result<(), String> {
    if KEY_VEHICLE_CLASSES.contains(&class) {
        return Ok(());
    }
    Err(format!("{class:?} is none of {}", KEY_VEHICLE_CLASSES.join(", ")))
}

fn class_limit(table: &Table<'_>) -> Option<ClassLimitSite> {
    let class = table.text("class");
    if let Some(Err(why)) = class.as_deref().map(known_class) {
        table.say("class", why);
    }
    let limit = table.integer("limit_kmh", 10..=120);
    Some(ClassLimitSite { class: class?, limit_kmh: u16::try_from(limit?).ok()? })
}

fn ban(table: &Table<'_>) -> Option<BanSite> {
    let (place, permit) = (table.text("place"), table.text_if("permit"));
    let mut classes = Vec::new();
    for item in table.items("classes") {
        let Some(class) = item.text() else { continue };
        match known_class(&class) {
            Ok(()) => classes.push(class),
            Err(why) => item.say(why),
        }
    }
    if classes.is_empty() {
        table.say("classes", "a ban is for one class at least");
    }
    let daily = match (table.has("from"), table.has("until")) {
        (false, false) => None,
        _ => Some((hour(table, "from"), hour(table, "until"))),
    };
    let daily = match daily {
        Some((from, until)) => Some((from?, until?)),
        None => None,
    };
    Some(BanSite { place: place?, classes, daily, permit })
}

fn hour(table: &Table<'_>, key: &'static str) -> Option<Millis> {
    let text = table.text(key)?;
    let time = time_of_day(&text);
    if time.is_none() {
        table.say(key, format!("{text:?} is no time of the day, as \"07:00\" is"));
    }
    time
}

pub(super) fn write_evidence(out: &mut String, site: &EvidenceSite) -> fmt::Result {
    writeln!(out, "\n[evidence]\npath = {}\nkey = {}", q(&site.path), q(&site.key))?;
    for (key, days) in [
        ("undecided_days", site.undecided_days),
        ("rejected_days", site.rejected_days),
        ("confirmed_days", site.confirmed_days),
        ("access_days", site.access_days),
        ("vehicle_days", site.vehicle_days),
    ] {
        writeln!(out, "{key} = {days}")?;
    }
    Ok(())
}

pub(super) fn write_key_vehicles(out: &mut String, site: &KeyVehiclesSite) -> fmt::Result {
    writeln!(out, "\n[key_vehicles]\npurpose = {}", q(&site.purpose))?;
    writeln!(out, "register = {}", q(&site.register))?;
    let minutes = |span: Millis| span.as_secs_f64() / 60.0;
    writeln!(out, "drive_max_min = {}", minutes(site.drive_max))?;
    writeln!(out, "rest_min = {}", minutes(site.rest_min))?;
    writeln!(out, "convoy_gap_s = {}", site.convoy_gap.as_secs_f64())?;
    writeln!(out, "window_days = {}", site.window_days)?;
    writeln!(out, "yellow_from = {}\nred_from = {}", site.yellow_from, site.red_from)?;
    for limit in &site.limits {
        writeln!(out, "\n[[key_vehicles.limit]]\nclass = {}", q(&limit.class))?;
        writeln!(out, "limit_kmh = {}", limit.limit_kmh)?;
    }
    for ban in &site.bans {
        writeln!(out, "\n[[key_vehicles.ban]]\nplace = {}", q(&ban.place))?;
        let classes: Vec<String> = ban.classes.iter().map(|class| q(class)).collect();
        writeln!(out, "classes = [{}]", classes.join(", "))?;
        if let Some((from, until)) = ban.daily {
            writeln!(out, "from = {}\nuntil = {}", q(&clock(from)), q(&clock(until)))?;
        }
        if let Some(permit) = &ban.permit {
            writeln!(out, "permit = {}", q(permit))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Site, write_site};

    fn site() -> Site {
        let (mut site, _) = crate::generate::arterial(1, 3);
        site.evidence = Some(EvidenceSite {
            path: "evidence".to_owned(),
            key: "station.key".to_owned(),
            undecided_days: 20,
            rejected_days: 2,
            confirmed_days: 100,
            access_days: 400,
            vehicle_days: 60,
        });
        site.key_vehicles = Some(KeyVehiclesSite {
            purpose: "safety of school transport".to_owned(),
            register: "register.csv".to_owned(),
            drive_max: Millis(4 * 3_600_000),
            rest_min: Millis(1_200_000),
            convoy_gap: Millis(30_000),
            window_days: 30,
            yellow_from: 3,
            red_from: 10,
            limits: vec![ClassLimitSite { class: "school-bus".to_owned(), limit_kmh: 60 }],
            bans: vec![
                BanSite {
                    place: "ring-road-east".to_owned(),
                    classes: vec!["heavy-truck".to_owned(), "heavy-trailer".to_owned()],
                    daily: Some((Millis(7 * 3_600_000), Millis(22 * 3_600_000))),
                    permit: Some("city-7".to_owned()),
                },
                BanSite {
                    place: "tunnel".to_owned(),
                    classes: vec!["hazardous-goods".to_owned()],
                    daily: None,
                    permit: None,
                },
            ],
        });
        site
    }

    #[test]
    fn what_is_written_is_read_again() {
        let site = site();
        let again = Site::parse(&write_site(&site)).expect("a sound site");
        assert_eq!((again.evidence, again.key_vehicles), (site.evidence, site.key_vehicles));
        let (plain, _) = crate::generate::arterial(1, 3);
        let again = Site::parse(&write_site(&plain)).expect("a sound site");
        assert_eq!((again.evidence, again.key_vehicles), (None, None), "off unless it is there");
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = write_site(&site());
        for (right, wrong, said) in [
            ("undecided_days = 20", "undecided_days = 0", "undecided_days"),
            ("key = \"station.key\"", "kee = \"station.key\"", "key"),
            ("purpose = \"safety of school transport\"", "purpose = \" \"", "watched for"),
            ("class = \"school-bus\"", "class = \"bus\"", "is none of long-coach"),
            ("red_from = 10", "red_from = 3", "not more than yellow_from"),
            ("classes = [\"hazardous-goods\"]", "classes = []", "one class at least"),
            ("until = \"22:00\"", "until = \"25:00\"", "until"),
        ] {
            assert!(text.contains(right), "{right} in {text}");
            let changed = text.replacen(right, wrong, 1);
            let line = 1 + changed[..changed.find(wrong).expect(wrong)].matches('\n').count();
            let problems = Site::parse(&changed).expect_err(wrong);
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let named = told.iter().any(|problem| problem.contains(said));
            assert!(named, "{wrong} (line {line}): {told:?}");
        }
    }
}
