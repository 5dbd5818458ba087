//! The schedule of a site file: which plan at which time of which day.
//!
//! ```toml
//! [schedule]
//! week = ["workday", "workday", "workday", "workday", "workday", "weekend", "weekend"]
//! holidays = [["2026-10-01", "weekend"]]
//!
//! [[schedule.day]]
//! name = "workday"
//! plans = [["00:00", "night"], ["06:30", "peak"], ["09:30", "day"], ["22:00", "night"]]
//! ```

use document::{Item, Table};
use signal::calendar::DayTable;
use signal::{Calendar, Plan};
use units::{CivilDate, DAY, Millis, PlanId};

use super::all;
use crate::site::Schedule;

/// A schedule by the names of plans.
pub(super) fn schedule(table: &Table<'_>) -> Option<Schedule> {
    let days = all(table.tables("day").iter().map(day));
    if !table.has("week") {
        table.say("week", "it is missing");
    }
    let week = all(table.items("week").iter().map(Item::text));
    let holidays = all(table.items("holidays").iter().map(holiday));
    match Calendar::new(days?, &week?, &holidays?) {
        Ok(schedule) => Some(schedule),
        Err(problems) => {
            problems.iter().for_each(|problem| table.say("", problem.to_string()));
            None
        }
    }
}

/// The schedule of one junction by its own plans; says which of them it does not have.
pub(super) fn of_plans(
    table: &Table<'_>,
    schedule: Option<&Schedule>,
    plans: &[Plan],
) -> Option<Calendar> {
    let Some(schedule) = schedule else {
        return Some(Calendar::always(PlanId(0)));
    };
    match crate::site::resolve(schedule, plans) {
        Ok(calendar) => Some(calendar),
        Err(problems) => {
            problems.iter().for_each(|problem| table.say("plan", problem.to_string()));
            None
        }
    }
}

fn day(table: &Table<'_>) -> Option<DayTable<String>> {
    let name = table.text("name");
    let changes = all(table.items("plans").iter().map(|item| {
        let items = item.items();
        let [from, plan] = &items[..] else {
            item.say("it is not a time and a plan");
            return None;
        };
        let (text, plan) = (from.text(), plan.text());
        let of_day = time_of_day(&text?);
        if of_day.is_none() {
            from.say("it is not a time of the day, as 06:30 or 06:30:15");
        }
        Some((of_day?, plan?))
    }));
    Some(DayTable { name: name?, changes: changes? })
}

fn holiday(item: &Item<'_>) -> Option<(CivilDate, String)> {
    let items = item.items();
    let [date, day] = &items[..] else {
        item.say("it is not a date and a day table");
        return None;
    };
    let (text, day) = (date.text(), day.text());
    let parsed = CivilDate::parse(&text?);
    if parsed.is_none() {
        date.say("there is no such date; it is written as 2026-10-01");
    }
    Some((parsed?, day?))
}

/// A time of the day as `06:30`, `06:30:15` or `06:30:15.250`.
pub(crate) fn time_of_day(text: &str) -> Option<Millis> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "000"));
    let parts: Vec<_> = clock.split(':').collect();
    let whole = |text: &str, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        if plain { text.parse::<i64>().ok() } else { None }
    };
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] if clock == text => (whole(hours, 2)?, whole(minutes, 2)?, 0),
        [hours, minutes, seconds] => (whole(hours, 2)?, whole(minutes, 2)?, whole(seconds, 2)?),
        _ => return None,
    };
    let of_day = Millis(((hours * 60 + minutes) * 60 + seconds) * 1_000 + whole(fraction, 3)?);
    (minutes < 60 && seconds < 60 && of_day < DAY).then_some(of_day)
}
