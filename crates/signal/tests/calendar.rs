//! Calendars: every mistake is reported, and look-ups agree with a model that counts minutes.

use proptest::prelude::*;
use signal::calendar::{CHANGES_MAX, DAYS_MAX, HOLIDAYS_MAX};
use signal::{Calendar, DayTable, Problem};
use units::{CivilDate, CivilTime, Millis, PlanId};

const MINUTE: Millis = Millis(60_000);

fn date(text: &str) -> CivilDate {
    CivilDate::parse(text).expect(text)
}

/// A civil time as `2026-06-01 07:30`.
fn time(text: &str) -> CivilTime {
    let (day, clock) = text.split_once(' ').expect(text);
    let (hours, minutes) = clock.split_once(':').expect(text);
    let number = |text: &str| text.parse::<i64>().expect("a number");
    let of_day = MINUTE * (number(hours) * 60 + number(minutes));
    CivilTime::new(date(day), of_day).expect(text)
}

fn day(name: &str, changes: &[(i64, &str)]) -> DayTable<String> {
    let change = |&(minute, plan): &(i64, &str)| (MINUTE * minute, plan.to_owned());
    DayTable { name: name.to_owned(), changes: changes.iter().map(change).collect() }
}

/// What [`Calendar::new`] takes.
type Parts = (Vec<DayTable<String>>, Vec<String>, Vec<(CivilDate, String)>);

/// Workdays with a peak, quiet weekends, and two holidays in a week.
fn parts() -> Parts {
    let workday = day("workday", &[(0, "night"), (390, "peak"), (570, "day"), (1_320, "night")]);
    let weekend = day("weekend", &[(0, "night"), (480, "day"), (1_380, "night")]);
    let week = ["workday", "workday", "workday", "workday", "workday", "weekend", "weekend"];
    let holidays = ["2026-10-01", "2026-10-02"].map(|text| (date(text), "weekend".to_owned()));
    (vec![workday, weekend], week.map(str::to_owned).to_vec(), holidays.to_vec())
}

fn calendar(parts: &Parts) -> Result<Calendar<String>, Vec<Problem>> {
    Calendar::new(parts.0.clone(), &parts.1, &parts.2)
}

#[test]
fn the_plan_of_a_time_is_the_last_change_of_its_day() {
    let calendar = calendar(&parts()).expect("sound");
    for (at, plan, next, then) in [
        ("2026-06-01 00:00", "night", "2026-06-01 06:30", "peak"),
        ("2026-06-01 06:29", "night", "2026-06-01 06:30", "peak"),
        ("2026-06-01 06:30", "peak", "2026-06-01 09:30", "day"),
        ("2026-06-01 23:59", "night", "2026-06-02 06:30", "peak"),
        // Friday to Saturday, Sunday to Monday.
        ("2026-06-05 23:00", "night", "2026-06-06 08:00", "day"),
        ("2026-06-07 22:59", "day", "2026-06-07 23:00", "night"),
        ("2026-06-07 23:00", "night", "2026-06-08 06:30", "peak"),
        // A Thursday and a Friday that are holidays.
        ("2026-09-30 23:00", "night", "2026-10-01 08:00", "day"),
        ("2026-10-01 07:00", "night", "2026-10-01 08:00", "day"),
        ("2026-10-02 23:30", "night", "2026-10-03 08:00", "day"),
    ] {
        assert_eq!(calendar.plan_at(time(at)), plan, "at {at}");
        let (when, next_plan) = calendar.next_change(time(at)).expect(at);
        assert_eq!((when, next_plan.as_str()), (time(next), then), "after {at}");
    }
}

#[test]
fn a_calendar_of_one_plan_never_changes() {
    let calendar = Calendar::always(PlanId(3));
    assert_eq!(calendar.plan_at(time("2026-06-01 07:00")), &PlanId(3));
    assert_eq!(calendar.next_change(time("2026-06-01 07:00")), None);
    // At the end of time there is nothing ahead, and no harm.
    let last = CivilTime::from_count(Millis::MAX);
    assert_eq!(calendar.next_change(last), None);
}

#[test]
fn a_clock_that_is_put_forward_or_back_finds_the_plan_of_what_it_shows() {
    let mut parts = parts();
    parts.0[0] = day("workday", &[(0, "a"), (150, "b"), (200, "a")]);
    let calendar = calendar(&parts).expect("sound");
    // Put forward: 02:00 is followed by 03:00, and the change at 02:30 is found late, not lost.
    assert_eq!(calendar.plan_at(time("2026-06-01 01:59")), "a");
    assert_eq!(calendar.plan_at(time("2026-06-01 03:00")), "b");
    // Put back: 02:59 is followed by 02:00, and the change comes a second time.
    assert_eq!(calendar.plan_at(time("2026-06-01 02:59")), "b");
    assert_eq!(calendar.plan_at(time("2026-06-01 02:00")), "a");
}

#[test]
fn every_mistake_is_reported() {
    type Change = fn(&mut Parts);
    let table: &[(&str, Change)] = &[
        ("0 day tables: there must be 1 to 64", |p| p.0.clear()),
        ("65 day tables: there must be 1 to 64", |p| {
            p.0.resize_with(DAYS_MAX + 1, || day("more", &[(0, "a")]));
        }),
        ("day table \"\": it has no name", |p| p.0[0].name.clear()),
        ("day table \"workday\": another one has its name", |p| {
            p.0.push(day("workday", &[(0, "a")]));
        }),
        ("day table \"workday\": it does not begin at 00:00", |p| p.0[0].changes.clear()),
        ("day table \"weekend\": it does not begin at 00:00", |p| drop(p.0[1].changes.remove(0))),
        ("day table \"weekend\": a change is not within the day", |p| {
            p.0[1].changes[2].0 = units::DAY;
        }),
        ("day table \"workday\": its changes are not in ascending order", |p| {
            p.0[0].changes.swap(1, 2);
        }),
        ("day table \"workday\": its changes are not in ascending order", |p| {
            p.0[0].changes[2].0 = p.0[0].changes[1].0;
        }),
        ("day table \"weekend\": 97 changes: the most is 96", |p| {
            let change = |minute: usize| (MINUTE * i64::try_from(minute).expect("few"), "a".into());
            p.0[1].changes = (0..=CHANGES_MAX).map(change).collect();
        }),
        ("day table \"idle\": no day uses it", |p| p.0.push(day("idle", &[(0, "a")]))),
        ("a week of 6 days: it has 7", |p| drop(p.1.pop())),
        ("Tuesday: there is no day table \"wrokday\"", |p| p.1[1] = "wrokday".to_owned()),
        ("holiday 2026-10-02: there is no day table \"feast\"", |p| p.2[1].1 = "feast".to_owned()),
        ("holiday 2026-10-01: it is given twice", |p| p.2[1].0 = p.2[0].0),
        ("733 holidays: the most is 732", |p| {
            let first = p.2[0].0;
            let holiday = |days: usize| {
                (first.plus_days(i64::try_from(days).expect("few")), "weekend".to_owned())
            };
            p.2 = (0..=HOLIDAYS_MAX).map(holiday).collect();
        }),
    ];
    for (expected, change) in table {
        let mut parts = parts();
        change(&mut parts);
        let problems = calendar(&parts).expect_err(expected);
        let found = problems.iter().any(|problem| problem.0 == *expected);
        assert!(found, "{expected:?} is not in {problems:?}");
    }
}

#[test]
fn all_mistakes_are_reported_together() {
    let mut parts = parts();
    parts.0[0].changes.swap(1, 2);
    parts.1[0] = "nowhere".to_owned();
    parts.2[0].1 = "nowhere".to_owned();
    assert_eq!(calendar(&parts).expect_err("three").len(), 3);
}

#[test]
fn plans_are_named_otherwise_or_every_unknown_one_is_told() {
    let calendar = calendar(&parts()).expect("sound");
    let known = ["night", "peak", "day"];
    let number = |known: &[&str], plan: &String| {
        let found = known.iter().position(|name| name == plan).map(PlanId::from_index);
        found.ok_or(Problem(format!("no {plan}")))
    };
    let numbered = calendar.try_map(|plan| number(&known, plan)).expect("all are known");
    assert_eq!(numbered.plan_at(time("2026-06-01 07:00")), &PlanId(1));
    assert_eq!(numbered.week().collect::<Vec<_>>(), calendar.week().collect::<Vec<_>>());
    assert!(numbered.holidays().eq(calendar.holidays()));
    assert_eq!(numbered.days().len(), 2);
    let problems = calendar.try_map(|plan| number(&["day"], plan)).expect_err("two are not");
    assert_eq!(problems, [Problem("no night".to_owned()), Problem("no peak".to_owned())]);
}

/// A random calendar whose changes are at whole minutes.
fn random() -> impl Strategy<Value = Parts> {
    let changes = prop::collection::btree_map(1..1_440_i64, 0..4_u8, 0..6);
    let days = prop::collection::vec((0..4_u8, changes), 1..5);
    let holidays = prop::collection::btree_map(0..40_i64, any::<usize>(), 0..6);
    (days, prop::collection::vec(any::<usize>(), 7), holidays).prop_map(|(days, week, holidays)| {
        let count = days.len();
        let name = |index: usize| format!("d{}", index % count);
        let table = |(index, (first, changes)): (usize, (u8, std::collections::BTreeMap<_, _>))| {
            let changes = changes.into_iter().map(|(m, plan): (i64, u8)| (MINUTE * m, plan));
            let all = [(Millis::ZERO, first)].into_iter().chain(changes);
            let changes = all.map(|(from, plan)| (from, plan.to_string())).collect();
            DayTable { name: name(index), changes }
        };
        let first = date("2026-06-01");
        let holidays = holidays.into_iter().map(|(days, at)| (first.plus_days(days), name(at)));
        let week: Vec<String> = week.into_iter().map(name).collect();
        let holidays: Vec<_> = holidays.collect();
        let tables: Vec<_> = days.into_iter().enumerate().map(table).collect();
        let used = |day: &DayTable<String>| {
            week.contains(&day.name) || holidays.iter().any(|(_, name)| *name == day.name)
        };
        (tables.into_iter().filter(used).collect(), week, holidays)
    })
}

proptest! {
    #[test]
    fn look_ups_agree_with_a_model_that_goes_minute_by_minute(
        parts in random(),
        minute in 0..60 * 1_440_i64,
    ) {
        let calendar = calendar(&parts).expect("the strategy makes sound calendars");
        // The model: the table by name, and the plan by walking from midnight.
        let model = |time: CivilTime| {
            let holiday = parts.2.iter().find(|(date, _)| *date == time.date());
            let usual = &parts.1[time.weekday().index()];
            let name = holiday.map_or(usual, |(_, name)| name);
            let table = parts.0.iter().find(|day| day.name == *name).expect("it is there");
            let mut plan = &table.changes[0].1;
            for (from, next) in &table.changes {
                plan = if *from <= time.of_day() { next } else { plan };
            }
            plan.clone()
        };
        let start = time("2026-05-25 00:00") + MINUTE * minute;
        prop_assert_eq!(calendar.plan_at(start), &model(start));
        let current = model(start);
        let mut found = None;
        for step in 1..=8 * 1_440 {
            let at = start + MINUTE * step;
            if model(at) != current {
                found = Some((at, model(at)));
                break;
            }
        }
        let next = calendar.next_change(start).map(|(at, plan)| (at, plan.clone()));
        // The calendar looks to the end of the eighth day, the model for eight days.
        if found.is_some() {
            prop_assert_eq!(next, found);
        }
    }
}
