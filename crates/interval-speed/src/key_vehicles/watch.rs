//! The rules, and what comes of passages under them.
//!
//! Everything is read in the driver's favour: what is not known of the time between two cameras counts
//! as rest, and speeds are those that are certain.

use std::collections::BTreeMap;

use units::{CivilTime, Millis, WallTime};

use super::register::{KeyClass, Register};
use crate::evidence::schema::vehicle as tag;
use crate::evidence::{Body, Kind, Salts};
use crate::plate::PlateKey;
use crate::quantities::Kmh;

/// A rule for key vehicles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rule {
    /// Faster than its class may be.
    ClassLimit,
    /// On a road, or at an hour, that its class is banned from.
    BannedRoad,
    /// Too close behind another of the same operator.
    ConvoyGap,
    /// Driving for too long without a rest.
    Fatigue,
    /// Its inspection has expired.
    Inspection,
}

impl Rule {
    /// Every rule with its name in entries and exports.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("class-limit", Self::ClassLimit),
        ("banned-road", Self::BannedRoad),
        ("convoy-gap", Self::ConvoyGap),
        ("fatigue", Self::Fatigue),
        ("inspection", Self::Inspection),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// A road that classes are banned from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ban {
    /// The section or camera, by its name.
    pub place: String,
    /// For which classes.
    pub classes: Vec<KeyClass>,
    /// Between which times of the day, the first included; over midnight where the second is the
    /// lesser. None: always.
    pub daily: Option<(Millis, Millis)>,
    /// The permit that lifts it.
    pub permit: Option<String>,
}

/// The rules of a site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The limit of each class, km/h.
    pub limits: BTreeMap<KeyClass, u16>,
    /// Bans.
    pub bans: Vec<Ban>,
    /// The least time between two vehicles with hazardous goods of one operator at one place; zero
    /// where it is not watched.
    pub convoy_gap: Millis,
    /// Driving without a rest that is allowed at most: four hours by the regulations for the
    /// implementation of the road traffic safety law (article 62; not checked against its text).
    pub drive_max: Millis,
    /// What counts as a rest: 20 minutes by the same.
    pub rest_min: Millis,
}

/// A vehicle under a camera.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen<'p> {
    /// Its plate.
    pub plate: PlateKey,
    /// The section or camera, by its name.
    pub place: &'p str,
    /// When.
    pub at: WallTime,
    /// The same, as the clock on the wall shows it.
    pub civil: CivilTime,
    /// The least time that driving from where it was seen before takes, where the two are chained;
    /// zero where they are not.
    pub driven: Millis,
}

/// A rule that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which.
    pub rule: Rule,
    /// By whom.
    pub plate: PlateKey,
    /// Of which class.
    pub class: KeyClass,
    /// Run by whom.
    pub operator: String,
    /// Where.
    pub place: String,
    /// When.
    pub at: WallTime,
    /// What exactly, in words.
    pub what: String,
}

impl Finding {
    /// As the fields of an entry of the evidence; the plate is sealed there.
    #[must_use]
    pub fn body(&self, purpose: &str, configuration: [u8; 32], salts: Salts) -> Body {
        Body::of(Kind::Vehicle, salts)
            .text(tag::RULE, self.rule.name())
            .text(tag::CLASS, self.class.name())
            .text(tag::OPERATOR, &*self.operator)
            .text(tag::PLATE, self.plate.text())
            .text(tag::PLACE, &*self.place)
            .text(tag::WHAT, &*self.what)
            .text(tag::PURPOSE, purpose)
            .digest(tag::CONFIGURATION, configuration)
            .done()
    }
}

/// What is remembered of a vehicle.
#[derive(Clone, Copy, Debug)]
struct Spell {
    /// Since when it has driven without a rest that is known of.
    since: WallTime,
    last: WallTime,
    fatigue_told: bool,
    /// The day (since 1970) on which its inspection was told of.
    inspection_told: Option<i64>,
}

/// Watches registered vehicles.
#[derive(Clone, Debug)]
pub struct Watch {
    register: Register,
    rules: Rules,
    spells: BTreeMap<PlateKey, Spell>,
    /// The last vehicle with hazardous goods of an operator at a place.
    convoys: BTreeMap<(String, String), (WallTime, PlateKey)>,
}

impl Watch {
    /// Watches by these rules.
    #[must_use]
    pub fn new(register: Register, rules: Rules) -> Self {
        Self { register, rules, spells: BTreeMap::new(), convoys: BTreeMap::new() }
    }

    /// Goes over to another register: who is not in it is forgotten.
    pub fn replace(&mut self, register: Register) {
        self.spells.retain(|plate, _| register.get(*plate).is_some());
        self.convoys.clear();
        self.register = register;
    }

    /// How many vehicles something is remembered of.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.spells.len()
    }

    /// A vehicle was seen; what it has broken. A passage that comes late tells of bans and inspection
    /// alone.
    pub fn seen(&mut self, seen: Seen<'_>) -> Vec<Finding> {
        let Some(vehicle) = self.register.get(seen.plate) else { return Vec::new() };
        let today = seen.civil.date().day_number();
        let mut all = Vec::new();
        let mut say = |rule, what: String| {
            all.push(Finding {
                rule,
                plate: seen.plate,
                class: vehicle.class,
                operator: vehicle.operator.clone(),
                place: seen.place.to_owned(),
                at: seen.at,
                what,
            });
        };
        for ban in self.rules.bans.iter().filter(|ban| is_banned(ban, vehicle.class, &seen)) {
            let lifted = ban.permit.as_ref().is_some_and(|permit| vehicle.permits.contains(permit));
            if !lifted {
                let (class, civil) = (vehicle.class.name(), seen.civil);
                say(Rule::BannedRoad, format!("{class} is banned here at {civil}"));
            }
        }
        let fresh =
            Spell { since: seen.at, last: seen.at, fatigue_told: false, inspection_told: None };
        let spell = self.spells.entry(seen.plate).or_insert(fresh);
        let expired = vehicle.inspected_until < seen.civil.date();
        if expired && spell.inspection_told != Some(today) {
            spell.inspection_told = Some(today);
            say(Rule::Inspection, format!("it was valid until {}", vehicle.inspected_until));
        }
        if seen.at < spell.last {
            return all;
        }
        let still = seen.at - spell.last - seen.driven.at_least_zero();
        if still >= self.rules.rest_min {
            (spell.since, spell.fatigue_told) = (seen.at, false);
        }
        spell.last = seen.at;
        let driven = seen.at - spell.since;
        if driven > self.rules.drive_max && !spell.fatigue_told {
            spell.fatigue_told = true;
            let (minutes, rest) = (driven.0 / 60_000, self.rules.rest_min.0 / 60_000);
            say(Rule::Fatigue, format!("{minutes} minutes without a rest of {rest} minutes"));
        }
        if vehicle.class == KeyClass::HazardousGoods && self.rules.convoy_gap > Millis::ZERO {
            let key = (vehicle.operator.clone(), seen.place.to_owned());
            let before = self.convoys.insert(key, (seen.at, seen.plate));
            let before = before.filter(|(_, plate)| *plate != seen.plate).map(|(at, _)| at);
            let gap = before.map(|before| seen.at - before).filter(|gap| *gap >= Millis::ZERO);
            if let Some(gap) = gap.filter(|gap| *gap < self.rules.convoy_gap) {
                let least = self.rules.convoy_gap;
                say(Rule::ConvoyGap, format!("{gap} behind another of the operator, not {least}"));
            }
        }
        all
    }

    /// A vehicle has driven a section at this speed at least; what it has broken.
    #[must_use]
    pub fn trip(
        &self,
        plate: PlateKey,
        place: &str,
        at: WallTime,
        certified: Kmh,
    ) -> Option<Finding> {
        let vehicle = self.register.get(plate)?;
        let limit = *self.rules.limits.get(&vehicle.class)?;
        (certified.0 > limit).then(|| Finding {
            rule: Rule::ClassLimit,
            plate,
            class: vehicle.class,
            operator: vehicle.operator.clone(),
            place: place.to_owned(),
            at,
            what: format!("{certified} on average at least, its class may {limit} km/h"),
        })
    }
}

fn is_banned(ban: &Ban, class: KeyClass, seen: &Seen<'_>) -> bool {
    let of_day = seen.civil.of_day();
    let now = ban.daily.is_none_or(|(from, until)| match from <= until {
        true => (from..until).contains(&of_day),
        false => of_day >= from || of_day < until,
    });
    now && ban.place == seen.place && ban.classes.contains(&class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::{Plate, PlateColour};
    use proptest::prelude::*;
    use units::{CivilDate, DAY};

    const HOUR: i64 = 3_600_000;

    fn key(plate: &str) -> PlateKey {
        Plate::read(plate, PlateColour::Unknown).expect("a plate").key()
    }

    fn watch() -> Watch {
        let text = "plate,class,operator,permits,inspected_until\n\
                    鲁A11111,heavy-truck,Lu Freight,,2026-06-10\n\
                    鲁A22222,heavy-truck,Lu Freight,city-7,2027-01-01\n\
                    鲁A33333,hazardous-goods,Lu Gas,,2027-01-01\n\
                    鲁A44444,hazardous-goods,Lu Gas,,2027-01-01\n";
        let rules = Rules {
            limits: BTreeMap::from([(KeyClass::HeavyTruck, 60)]),
            bans: vec![Ban {
                place: "ring".to_owned(),
                classes: vec![KeyClass::HeavyTruck],
                daily: Some((Millis(22 * HOUR), Millis(6 * HOUR))),
                permit: Some("city-7".to_owned()),
            }],
            convoy_gap: Millis(30_000),
            drive_max: Millis(4 * HOUR),
            rest_min: Millis(20 * 60_000),
        };
        Watch::new(Register::parse(text).expect("a register"), rules)
    }

    fn seen<'p>(plate: &str, place: &'p str, at: i64, driven: i64) -> Seen<'p> {
        let date = CivilDate::parse("2026-06-09").expect("a date").day_number();
        Seen {
            plate: key(plate),
            place,
            at: WallTime(at),
            civil: CivilTime::from_count(DAY * date + Millis(at)),
            driven: Millis(driven),
        }
    }

    fn rules(findings: &[Finding]) -> Vec<Rule> {
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn each_rule_has_its_finding_and_nobody_else_is_looked_at() {
        let mut watch = watch();
        for (plate, place, at, expected) in [
            ("鲁A11111", "ring", 12 * HOUR, vec![]),
            ("鲁A11111", "ring", 22 * HOUR, vec![Rule::BannedRoad]),
            ("鲁A22222", "ring", 22 * HOUR, vec![]),
            ("鲁A11111", "bridge", 23 * HOUR, vec![]),
            ("鲁A11111", "ring", 30 * HOUR - 1, vec![Rule::BannedRoad]),
            ("鲁A11111", "ring", 30 * HOUR, vec![]),
            ("鲁A11111", "bridge", 48 * HOUR, vec![Rule::Inspection]),
            ("鲁A11111", "bridge", 49 * HOUR, vec![]),
            ("鲁A11111", "bridge", 72 * HOUR, vec![Rule::Inspection]),
            ("鲁A33333", "tunnel", 0, vec![]),
            ("鲁A33333", "tunnel", 10_000, vec![]),
            ("鲁A44444", "tunnel", 39_999, vec![Rule::ConvoyGap]),
            ("鲁A33333", "tunnel", 69_999, vec![]),
            ("鲁B99999", "ring", 23 * HOUR, vec![]),
        ] {
            assert_eq!(rules(&watch.seen(seen(plate, place, at, 0))), expected, "{plate} {at}");
        }
        assert_eq!(watch.remembered(), 4);
        let trip = |plate, speed| watch.trip(key(plate), "ring", WallTime(0), Kmh(speed));
        assert_eq!(trip("鲁A11111", 60), None);
        assert_eq!(trip("鲁A11111", 61).map(|found| found.rule), Some(Rule::ClassLimit));
        assert_eq!((trip("鲁A33333", 90), trip("鲁B99999", 90)), (None, None));
        watch.replace(Register::default());
        assert_eq!(watch.remembered(), 0);
    }

    #[test]
    fn a_finding_is_an_entry_with_its_plate_sealed() {
        let found = watch().trip(key("鲁A11111"), "ring", WallTime(0), Kmh(80)).expect("a finding");
        let body = found.body("safety of the ring road", [1; 32], Salts::new([2; 32]));
        assert_eq!(body.text(tag::PLATE), Some("鲁A11111"));
        assert_eq!(body.without(&[tag::PLATE]).text(tag::PLATE), None);
        assert_eq!(body.without(&[tag::PLATE]).digest(), body.digest());
    }

    #[test]
    fn a_chain_of_sections_that_takes_long_is_no_rest() {
        let mut watch = watch();
        let mut told = Vec::new();
        // Every half hour a camera, which is what driving there takes: nine of them make 4.5 hours.
        for number in 0..10_i64 {
            let at = number * HOUR / 2;
            let found = watch.seen(seen("鲁A22222", "bridge", at, HOUR / 2));
            told.extend(found.iter().map(|found| (number, found.rule)));
        }
        assert_eq!(told, [(9, Rule::Fatigue)]);
        let mut watch = self::watch();
        for number in 0..20_i64 {
            let found = watch.seen(seen("鲁A22222", "bridge", number * HOUR / 2, 0));
            assert_eq!(found, [], "what is not known counts as rest");
        }
    }

    proptest! {
        /// The same said by looking at all gaps: a spell is what lies between two rests.
        #[test]
        fn fatigue_is_what_the_gaps_say(
            gaps in prop::collection::vec((0..60_i64, 0..60_i64), 1..60),
        ) {
            let mut watch = watch();
            let mut at = 0;
            let mut began = 0;
            let mut told = false;
            watch.seen(seen("鲁A22222", "bridge", at, 0));
            for (gap, driven) in gaps {
                at += gap * 60_000;
                if gap - driven >= 20 {
                    began = at;
                    told = false;
                }
                let expected = at - began > 4 * HOUR && !told;
                told |= expected;
                let found = watch.seen(seen("鲁A22222", "bridge", at, driven * 60_000));
                let fatigue = rules(&found).contains(&Rule::Fatigue);
                prop_assert_eq!(fatigue, expected, "at {}", at);
            }
        }
    }
}
