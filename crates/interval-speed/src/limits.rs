//! What is allowed on a section, by class, time of day and weather, with its legal history.
//!
//! ```text
//!   ── entry 1 ──────────────┬── entry 2 (from 06-01) ──────────┬── entry 3: work zone, not constant ──
//!                            │◀ clearance ▶│                     │
//! ```
//!
//! The history only grows: an entry is in force from its instant until the next one's. A vehicle is judged
//! by the limit in force when it *entered*, and only where that limit was the same from the clearance
//! before it entered until it left: who came while signs were changing, and who was on the section when
//! they did, is not judged.

use units::{DAY, Millis, WallTime};

use crate::passage::VehicleClass;
use crate::quantities::Kmh;

/// The most entries of a history: one a week for twenty years.
pub(crate) const ENTRIES_MAX: usize = 1_024;
/// The most rules of an entry.
const RULES_MAX: usize = 64;
/// The limits that roads have, km/h; the highest of China's motorways is 120.
const LIMITS: std::ops::RangeInclusive<u16> = 5..=130;
/// The longest clearance: signs are seen again within an hour.
const CLEARANCE_MAX: Millis = Millis(3_600_000);
/// The longest span over which a limit is asked for; an expiry is shorter.
const SPAN_MAX: Millis = Millis(2 * DAY.0);

/// Classes of vehicles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ClassSet(u16);

impl ClassSet {
    /// Every class.
    pub const ALL: Self = Self(u16::MAX);

    /// These.
    #[must_use]
    pub fn of(classes: &[VehicleClass]) -> Self {
        Self(classes.iter().fold(0, |set, class| set | 1 << *class as u8))
    }

    /// Whether a class is among them.
    #[must_use]
    pub fn has(self, class: VehicleClass) -> bool {
        self.0 >> (class as u8) & 1 == 1
    }

    /// The set as bits; bit n is the class of code n.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }
}

/// What the road is like, where a limit asks for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Weather {
    /// Nothing that a limit asks for.
    Clear = 0,
    /// Rain.
    Rain = 1,
    /// Fog.
    Fog = 2,
    /// Snow or ice.
    Snow = 3,
}

/// From when on the weather was so, as the operator or the station had it displayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WeatherChange {
    /// From when on.
    pub from: WallTime,
    /// What it was.
    pub weather: Weather,
}

/// Who may drive how fast, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitRule {
    /// For whom.
    pub classes: ClassSet,
    /// Between which times of the section's day, the first included; over midnight where the second
    /// is the lesser. None: always.
    pub daily: Option<(Millis, Millis)>,
    /// In which weather. None: in any.
    pub weather: Option<Weather>,
    /// How fast.
    pub limit: Kmh,
}

/// Whether a limit is the same along the whole section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Constancy {
    /// It is.
    Constant,
    /// It is not, and why: a work zone, a sign that shows something else.
    NotConstant(String),
}

/// What was ordered, and from when on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitEntry {
    /// Its number in the history; each is higher than the one before.
    pub number: u32,
    /// From when on it is in force.
    pub from: WallTime,
    /// Who ordered it, and by which paper.
    pub authority: String,
    /// Whether it is the same along the section.
    pub constancy: Constancy,
    /// Its rules; the first that fits counts.
    pub rules: Vec<LimitRule>,
}

/// A limit, and where in the history it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Applied {
    /// How fast.
    pub limit: Kmh,
    /// The number of the entry.
    pub entry: u32,
    /// The rule's place in it, from 0.
    pub rule: u16,
}

/// Why no limit can be applied to a trip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unjudged {
    /// None was in force for the class at the entry, or the section had no constant one.
    NoLimit,
    /// It had changed less than the clearance before the vehicle entered.
    Clearance,
    /// It changed while the vehicle was on the section.
    Changed,
}

/// What is wrong with a history.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LimitProblem {
    /// It has no entry.
    #[error("the history of limits has no entry")]
    Empty,
    /// It has too many.
    #[error("the history of limits has more than {ENTRIES_MAX} entries")]
    TooMany,
    /// An entry does not come after the one before it.
    #[error("limit entry {0} does not come after the one before it, in number and in time")]
    Order(u32),
    /// An entry has no rules, or too many.
    #[error("limit entry {0} has no rules, or more than {RULES_MAX}")]
    Rules(u32),
    /// A limit that no road has.
    #[error("limit entry {0}, rule {1}: {2} is no limit of a road")]
    Limit(u32, usize, Kmh),
    /// A time that is not in a day.
    #[error("limit entry {0}, rule {1}: its times do not lie in a day, or are the same")]
    Daily(u32, usize),
    /// A clearance that is negative or too long.
    #[error("a clearance of {0} is not between 0 and an hour")]
    Clearance(Millis),
}

/// All that was ever allowed on a section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitHistory {
    /// What was ordered, in the order of time.
    pub entries: Vec<LimitEntry>,
    /// How long after a change nobody who enters is judged.
    pub clearance: Millis,
    /// What the section's clocks are ahead of UTC: days and times of day are theirs.
    pub utc_offset: Millis,
}

impl LimitHistory {
    /// What is wrong with it, all at once.
    #[must_use]
    pub fn problems(&self) -> Vec<LimitProblem> {
        let mut all = Vec::new();
        if self.entries.is_empty() {
            all.push(LimitProblem::Empty);
        }
        if self.entries.len() > ENTRIES_MAX {
            all.push(LimitProblem::TooMany);
        }
        if !(Millis::ZERO..=CLEARANCE_MAX).contains(&self.clearance) {
            all.push(LimitProblem::Clearance(self.clearance));
        }
        for pair in self.entries.windows(2) {
            if pair[1].number <= pair[0].number || pair[1].from <= pair[0].from {
                all.push(LimitProblem::Order(pair[1].number));
            }
        }
        for entry in &self.entries {
            if entry.rules.is_empty() || entry.rules.len() > RULES_MAX {
                all.push(LimitProblem::Rules(entry.number));
            }
            for (at, rule) in entry.rules.iter().enumerate() {
                if !LIMITS.contains(&rule.limit.0) {
                    all.push(LimitProblem::Limit(entry.number, at, rule.limit));
                }
                let is_of_day = |time: Millis| (Millis::ZERO..DAY).contains(&time);
                if rule.daily.is_some_and(|(a, b)| !is_of_day(a) || !is_of_day(b) || a == b) {
                    all.push(LimitProblem::Daily(entry.number, at));
                }
            }
        }
        all
    }

    /// What a class may drive at an instant; none where nothing constant is in force for it.
    #[must_use]
    pub fn at(
        &self,
        class: VehicleClass,
        instant: WallTime,
        weather: &[WeatherChange],
    ) -> Option<Applied> {
        let entry = self.entries.iter().rev().find(|entry| entry.from <= instant)?;
        if entry.constancy != Constancy::Constant {
            return None;
        }
        let air = weather
            .iter()
            .rev()
            .find(|change| change.from <= instant)
            .map_or(Weather::Clear, |change| change.weather);
        let of_day = self.of_day(instant);
        let fits = |rule: &&LimitRule| {
            let by_day = rule.daily.is_none_or(|(from, to)| match from <= to {
                true => (from..to).contains(&of_day),
                false => of_day >= from || of_day < to,
            });
            rule.classes.has(class) && by_day && rule.weather.is_none_or(|asked| asked == air)
        };
        let (at, rule) = entry.rules.iter().enumerate().find(|(_, rule)| fits(rule))?;
        let rule_number = u16::try_from(at).unwrap_or(u16::MAX);
        Some(Applied { limit: rule.limit, entry: entry.number, rule: rule_number })
    }

    /// What is applied to a trip: the limit when the vehicle entered, where it was the same from the
    /// clearance before until it left.
    pub(crate) fn over(
        &self,
        class: VehicleClass,
        (entered, left): (WallTime, WallTime),
        weather: &[WeatherChange],
    ) -> Result<Applied, Unjudged> {
        let applied = self.at(class, entered, weather).ok_or(Unjudged::NoLimit)?;
        let from = entered + -self.clearance;
        let is_same = |instant: WallTime| {
            self.at(class, instant, weather).is_some_and(|other| other.limit == applied.limit)
        };
        // A history that begins within the clearance has been a change, too.
        if !is_same(from) || left - from > SPAN_MAX {
            return Err(Unjudged::Clearance);
        }
        for change in self.changes(from, left, weather) {
            if !is_same(change) {
                let is_before = change <= entered;
                return Err(if is_before { Unjudged::Clearance } else { Unjudged::Changed });
            }
        }
        Ok(applied)
    }

    /// The instants after `from` and until `to` at which a limit may change.
    fn changes(
        &self,
        from: WallTime,
        to: WallTime,
        weather: &[WeatherChange],
    ) -> impl Iterator<Item = WallTime> {
        let ordered = self.entries.iter().map(|entry| entry.from);
        let displayed = weather.iter().map(|change| change.from);
        let first_day = from + -self.of_day(from);
        let days = (to - first_day).0.div_euclid(DAY.0);
        let daily = self
            .entries
            .iter()
            .flat_map(|entry| &entry.rules)
            .filter_map(|rule| rule.daily)
            .flat_map(|(begin, end)| [begin, end])
            .flat_map(move |time| (0..=days).map(move |day| first_day + time + DAY * day));
        ordered.chain(displayed).chain(daily).filter(move |&at| at > from && at <= to)
    }

    fn of_day(&self, instant: WallTime) -> Millis {
        (Millis(instant.0) + self.utc_offset).modulo(DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const CARS: ClassSet = ClassSet(1 << VehicleClass::Car as u8);

    fn rule(classes: ClassSet, limit: u16) -> LimitRule {
        LimitRule { classes, daily: None, weather: None, limit: Kmh(limit) }
    }

    fn entry(number: u32, from: i64, rules: Vec<LimitRule>) -> LimitEntry {
        let constancy = Constancy::Constant;
        LimitEntry { number, from: WallTime(from), authority: "order".into(), constancy, rules }
    }

    /// 120 for cars and 100 for others; from hour 100 on 100 for all; 60 in fog; 80 from 22 to 6 o'clock
    /// there (UTC + 8).
    fn history() -> LimitHistory {
        let night = Some((Millis(22 * HOUR), Millis(6 * HOUR)));
        let fog = LimitRule { weather: Some(Weather::Fog), ..rule(ClassSet::ALL, 60) };
        let dark = LimitRule { daily: night, ..rule(ClassSet::ALL, 80) };
        let first = entry(1, 0, vec![fog.clone(), rule(CARS, 120), rule(ClassSet::ALL, 100)]);
        let second = entry(2, 100 * HOUR, vec![fog, dark, rule(ClassSet::ALL, 100)]);
        LimitHistory {
            entries: vec![first, second],
            clearance: Millis(600_000),
            utc_offset: Millis(8 * HOUR),
        }
    }

    #[test]
    fn a_limit_is_that_of_class_time_and_weather() {
        let history = history();
        assert_eq!(history.problems(), []);
        let fog = [
            WeatherChange { from: WallTime(10 * HOUR), weather: Weather::Fog },
            WeatherChange { from: WallTime(11 * HOUR), weather: Weather::Rain },
        ];
        let (car, truck) = (VehicleClass::Car, VehicleClass::HeavyTruck);
        for (class, at, found) in [
            (car, -1, None),
            (car, 0, Some((120, 1, 1))),
            (truck, 0, Some((100, 1, 2))),
            (truck, 10 * HOUR, Some((60, 1, 0))),
            (truck, 11 * HOUR, Some((100, 1, 2))),
            // Noon there, the second entry: 4 o'clock UTC.
            (car, 100 * HOUR, Some((100, 2, 2))),
            // 22 o'clock there.
            (car, 110 * HOUR, Some((80, 2, 1))),
            (car, 118 * HOUR - 1, Some((80, 2, 1))),
            (car, 118 * HOUR, Some((100, 2, 2))),
        ] {
            let applied = history.at(class, WallTime(at), &fog);
            let found = found.map(|(kmh, entry, rule)| Applied { limit: Kmh(kmh), entry, rule });
            assert_eq!(applied, found, "{} at {at}", class.name());
        }
    }

    #[test]
    fn who_was_there_at_a_change_is_not_judged() {
        let history = history();
        let car = VehicleClass::Car;
        let minute = 60_000;
        let of = |entered: i64, left: i64| {
            let span = (WallTime(entered), WallTime(left));
            history.over(car, span, &[]).map(|applied| applied.limit.0)
        };
        let change = 100 * HOUR;
        for (entered, left, found) in [
            (HOUR, HOUR + 3 * minute, Ok(120)),
            // The history has only begun.
            (minute, 3 * minute, Err(Unjudged::Clearance)),
            (change - 5 * minute, change - 1, Ok(120)),
            (change - 5 * minute, change, Err(Unjudged::Changed)),
            (change, change + minute, Err(Unjudged::Clearance)),
            (change + 10 * minute - 1, change + 12 * minute, Err(Unjudged::Clearance)),
            (change + 10 * minute, change + 12 * minute, Ok(100)),
            (110 * HOUR - minute, 110 * HOUR + minute, Err(Unjudged::Changed)),
            (110 * HOUR + minute, 110 * HOUR + 3 * minute, Err(Unjudged::Clearance)),
            (110 * HOUR + 11 * minute, 110 * HOUR + 13 * minute, Ok(80)),
            (118 * HOUR - minute, 118 * HOUR, Err(Unjudged::Changed)),
            (-5, 5, Err(Unjudged::NoLimit)),
        ] {
            assert_eq!(of(entered, left), found, "from {entered} to {left}");
        }
        let fog = [WeatherChange { from: WallTime(HOUR), weather: Weather::Fog }];
        let span = (WallTime(HOUR - minute), WallTime(HOUR + minute));
        assert_eq!(history.over(car, span, &fog), Err(Unjudged::Changed));
    }

    #[test]
    fn a_work_zone_ends_what_is_allowed_to_be_judged() {
        let mut history = history();
        let constancy = Constancy::NotConstant("work zone at km 12".into());
        let zone = LimitEntry { constancy, ..entry(3, 200 * HOUR, vec![rule(CARS, 60)]) };
        history.entries.push(zone);
        let span = (WallTime(201 * HOUR), WallTime(201 * HOUR + 1));
        assert_eq!(history.over(VehicleClass::Car, span, &[]), Err(Unjudged::NoLimit));
        let into = (WallTime(200 * HOUR - 1), WallTime(200 * HOUR + 1));
        assert_eq!(history.over(VehicleClass::Car, into, &[]), Err(Unjudged::Changed));
    }

    #[test]
    fn every_mistake_of_a_history_is_told() {
        let mut history = history();
        history.clearance = Millis(-1);
        history.entries.push(entry(2, 100 * HOUR, Vec::new()));
        let daily = Some((Millis(HOUR), Millis(HOUR)));
        history.entries.push(entry(
            9,
            300 * HOUR,
            vec![LimitRule { daily, ..rule(ClassSet::ALL, 500) }],
        ));
        assert_eq!(
            history.problems(),
            [
                LimitProblem::Clearance(Millis(-1)),
                LimitProblem::Order(2),
                LimitProblem::Rules(2),
                LimitProblem::Limit(9, 0, Kmh(500)),
                LimitProblem::Daily(9, 0),
            ]
        );
        assert_eq!(LimitHistory { entries: Vec::new(), ..history }.problems().len(), 2);
    }
}
