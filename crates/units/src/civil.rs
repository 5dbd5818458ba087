//! Civil time as a wall clock shows it: a date, its weekday, and the milliseconds of the day.
//!
//! The core knows no time zone: the shell, which does, hands in what the clock on the wall says. A
//! civil time may jump or come twice, where clocks are put forward or back. So it chooses plans and
//! dates records; it never measures an interval of control.

use std::fmt;
use std::ops::{Add, Sub};

use crate::time::Millis;

/// A day, as the clock on the wall counts it.
pub const DAY: Millis = Millis(86_400_000);
/// The years that a date may lie in; the shell's calendar and four digits hold them all.
const YEARS: std::ops::RangeInclusive<i16> = 1..=9_999;
/// The days from 0001-01-01 to 1970-01-01, and to the last day of the year 9999.
const BEFORE_1970: i64 = 719_162;
const LAST_DAY: i64 = 3_652_058 - BEFORE_1970;

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weekday {
    /// The first day of the week (ISO 8601).
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The last.
    Sunday,
}

impl Weekday {
    /// The week, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Its place in the week, `0..=6` from Monday.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A date of the Gregorian calendar, in the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CivilDate {
    year: i16,
    month: u8,
    day: u8,
}

impl CivilDate {
    /// The date, where there is such a day.
    #[must_use]
    pub fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        let real = YEARS.contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(i64::from(year), month)).contains(&day);
        real.then_some(Self { year, month, day })
    }

    /// The date written as `2026-10-01`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let part = parts.next()?;
            let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
            if plain { part.parse::<i16>().ok() } else { None }
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let over = parts.next().is_some();
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).filter(|_| !over)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, `1..=12`.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        Weekday::ALL[usize::try_from((self.day_number() + 3).rem_euclid(7)).unwrap_or(0)]
    }

    /// The days since 1970-01-01; negative before.
    #[must_use]
    pub fn day_number(self) -> i64 {
        let year = i64::from(self.year);
        let months = (1..self.month).map(|month| i64::from(days_in(year, month)));
        before_year(year) + months.sum::<i64>() + i64::from(self.day) - 1 - BEFORE_1970
    }

    /// The date that is `number` days after 1970-01-01; held to the years 1 to 9999.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn from_day_number(number: i64) -> Self {
        let days = number.clamp(-BEFORE_1970, LAST_DAY) + BEFORE_1970;
        // 400 years have 146,097 days; the guess is never too late, and at most a year too early.
        let mut year = (days * 400 / 146_097).max(1);
        while before_year(year + 1) <= days {
            year += 1;
        }
        let mut rest = days - before_year(year);
        let mut month = 1;
        while rest >= i64::from(days_in(year, month)) {
            rest -= i64::from(days_in(year, month));
            month += 1;
        }
        Self { year: year as i16, month, day: rest as u8 + 1 }
    }

    /// The date so many days later, or earlier where `days` is negative.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_day_number(self.day_number().saturating_add(days))
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 0001-01-01 to the first day of `year`.
fn before_year(year: i64) -> i64 {
    let whole = year - 1;
    365 * whole + whole / 4 - whole / 100 + whole / 400
}

/// What the clock on the wall shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CivilTime {
    date: CivilDate,
    /// `0..86_400_000`.
    of_day: Millis,
}

impl CivilTime {
    /// A time of a day; none where `of_day` is not within the day. Civil days have 24 hours here,
    /// whatever the zone does: a clock that is put forward or back jumps.
    #[must_use]
    pub fn new(date: CivilDate, of_day: Millis) -> Option<Self> {
        (Millis::ZERO..DAY).contains(&of_day).then_some(Self { date, of_day })
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> CivilDate {
        self.date
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        self.date.weekday()
    }

    /// The time since midnight, as the clock shows it.
    #[must_use]
    pub fn of_day(self) -> Millis {
        self.of_day
    }

    /// What the clock has counted since 1970-01-01 00:00 of the same clock: the common zero of all
    /// coordinated plans. It goes on over midnight.
    #[must_use]
    pub fn count(self) -> Millis {
        DAY * self.date.day_number() + self.of_day
    }

    /// The civil time of such a count.
    #[must_use]
    pub fn from_count(count: Millis) -> Self {
        let date = CivilDate::from_day_number(count.0.div_euclid(DAY.0));
        Self { date, of_day: count.modulo(DAY) }
    }
}

impl Add<Millis> for CivilTime {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self::from_count(self.count() + span)
    }
}

impl Sub for CivilTime {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        self.count() - earlier.count()
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.of_day.0 / 1_000;
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        write!(f, "{} {hours:02}:{minutes:02}:{:02}", self.date, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days_have_their_weekday() {
        for (text, weekday, number) in [
            ("0001-01-01", Weekday::Monday, -719_162),
            ("1969-12-31", Weekday::Wednesday, -1),
            ("1970-01-01", Weekday::Thursday, 0),
            ("2000-02-29", Weekday::Tuesday, 11_016),
            ("2026-06-01", Weekday::Monday, 20_605),
            ("9999-12-31", Weekday::Friday, 2_932_896),
        ] {
            let date = CivilDate::parse(text).expect(text);
            assert_eq!((date.weekday(), date.day_number()), (weekday, number), "{text}");
            assert_eq!(date.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-00-10",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-1-01",
            "26-01-01",
            "2026-01-01-",
            "2026-01-01T",
            "+026-01-01",
            "0000-01-01",
        ] {
            assert_eq!(CivilDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_is_within_its_day() {
        let date = CivilDate::parse("2026-06-01").expect("a date");
        assert_eq!(CivilTime::new(date, DAY), None);
        assert_eq!(CivilTime::new(date, Millis(-1)), None);
        let late = CivilTime::new(date, DAY - Millis(1)).expect("a time");
        assert_eq!((late + Millis(1)).to_string(), "2026-06-02 00:00:00");
        assert_eq!(late.to_string(), "2026-06-01 23:59:59");
    }

    proptest! {
        #[test]
        fn days_go_there_and_back_in_order(number in -719_162_i64..2_932_896) {
            let date = CivilDate::from_day_number(number);
            prop_assert_eq!(date.day_number(), number);
            prop_assert_eq!(CivilDate::new(date.year(), date.month(), date.day()), Some(date));
            let next = date.plus_days(1);
            prop_assert!(next > date);
            prop_assert_eq!(next.weekday().index(), (date.weekday().index() + 1) % 7);
        }

        #[test]
        fn no_count_is_out_of_bounds(count in any::<i64>(), span in any::<i64>()) {
            let time = CivilTime::from_count(Millis(count)) + Millis(span);
            prop_assert_eq!(CivilTime::new(time.date(), time.of_day()), Some(time));
        }

        #[test]
        fn a_span_is_the_difference_of_two_times(
            count in -1_000_000_000_000_i64..10_000_000_000_000,
            span in -1_000_000_000_i64..1_000_000_000,
        ) {
            let time = CivilTime::from_count(Millis(count));
            prop_assert_eq!((time + Millis(span)) - time, Millis(span));
        }
    }
}
