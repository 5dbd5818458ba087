//! Which plan at which time of which day.
//!
//! A *day table* says from which time of the day which plan runs; the *week* says which day table
//! each weekday has, and a *holiday* is a date with a day table of its own. A calendar that exists
//! gives an answer for every civil time.
//!
//! Look-ups are by what the clock on the wall shows. Where that clock jumps, another plan may be
//! found a moment later, or a change be passed over or made twice. That changes what is wanted and
//! nothing else: how a junction gets from one plan to the next is the matter of
//! [`crate::transition`].

use std::collections::{BTreeMap, BTreeSet};

use units::{CivilDate, CivilTime, DAY, Millis, PlanId, Weekday};

use crate::layout::Problem;

/// The most day tables: more kinds of days than anybody keeps apart.
pub const DAYS_MAX: usize = 64;
/// The most changes of one day: one every quarter of an hour. A plan needs several cycles to be
/// worth its transition.
pub const CHANGES_MAX: usize = 96;
/// The most holidays: two years of them, if every day was one.
pub const HOLIDAYS_MAX: usize = 732;
/// How many days ahead the next change is looked for: a week, and the day itself.
const LOOK_AHEAD: i64 = 8;

/// The plans of one kind of day. `P` is how a plan is named: by its number at a junction, or by a
/// name that many junctions share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayTable<P = PlanId> {
    /// Its name, unique in the calendar.
    pub name: String,
    /// From which time of the day which plan runs, in ascending order from 00:00.
    pub changes: Vec<(Millis, P)>,
}

/// Day tables, a week, and holidays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar<P = PlanId> {
    days: Vec<DayTable<P>>,
    week: [usize; 7],
    holidays: BTreeMap<CivilDate, usize>,
}

impl<P: Clone + PartialEq> Calendar<P> {
    /// A calendar from its tables; `week` names a day table for each weekday from Monday.
    ///
    /// # Errors
    /// Every problem: too much of anything, names that are missing or given twice, day tables that
    /// do not begin at 00:00, are not in order or are never used, names of no day table, a date
    /// given twice.
    pub fn new(
        days: Vec<DayTable<P>>,
        week: &[String],
        holidays: &[(CivilDate, String)],
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        check_days(&days, &mut problems);
        let mut used = BTreeSet::new();
        let mut find = |what: &str, name: &String, problems: &mut Vec<Problem>| {
            let found = days.iter().position(|day| &day.name == name);
            if found.is_none() {
                problems.push(Problem(format!("{what}: there is no day table {name:?}")));
            }
            used.extend(found);
            found.unwrap_or(0)
        };
        let mut table_of = [0; 7];
        if week.len() != table_of.len() {
            problems.push(Problem(format!("a week of {} days: it has 7", week.len())));
        }
        for (weekday, name) in Weekday::ALL.iter().zip(week) {
            table_of[weekday.index()] = find(&format!("{weekday:?}"), name, &mut problems);
        }
        let mut known = BTreeMap::new();
        for (date, name) in holidays {
            let table = find(&format!("holiday {date}"), name, &mut problems);
            if known.insert(*date, table).is_some() {
                problems.push(Problem(format!("holiday {date}: it is given twice")));
            }
        }
        if holidays.len() > HOLIDAYS_MAX {
            let count = holidays.len();
            problems.push(Problem(format!("{count} holidays: the most is {HOLIDAYS_MAX}")));
        }
        for (_, day) in days.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
            problems.push(Problem(format!("day table {:?}: no day uses it", day.name)));
        }
        if problems.is_empty() {
            Ok(Self { days, week: table_of, holidays: known })
        } else {
            Err(problems)
        }
    }

    /// The calendar of one plan, every day.
    #[must_use]
    pub fn always(plan: P) -> Self {
        let day = DayTable { name: "every day".to_owned(), changes: vec![(Millis::ZERO, plan)] };
        Self { days: vec![day], week: [0; 7], holidays: BTreeMap::new() }
    }

    /// The day tables.
    #[must_use]
    pub fn days(&self) -> &[DayTable<P>] {
        &self.days
    }

    /// The names of the weekdays' tables, from Monday.
    pub fn week(&self) -> impl Iterator<Item = &str> {
        self.week.iter().map(|&table| self.days[table].name.as_str())
    }

    /// The holidays with the names of their tables, in order.
    pub fn holidays(&self) -> impl Iterator<Item = (CivilDate, &str)> {
        self.holidays.iter().map(|(&date, &table)| (date, self.days[table].name.as_str()))
    }

    /// The table of a date.
    #[must_use]
    pub fn day(&self, date: CivilDate) -> &DayTable<P> {
        let usual = self.week[date.weekday().index()];
        &self.days[self.holidays.get(&date).copied().unwrap_or(usual)]
    }

    /// The plan that runs at this time.
    #[must_use]
    pub fn plan_at(&self, time: CivilTime) -> &P {
        let changes = &self.day(time.date()).changes;
        // The first change is at 00:00: there always is one that is not after the time.
        let next = changes.partition_point(|&(from, _)| from <= time.of_day());
        &changes[next.saturating_sub(1)].1
    }

    /// The next time at which another plan runs, and that plan; none where the same one runs for
    /// the next seven days.
    #[must_use]
    pub fn next_change(&self, after: CivilTime) -> Option<(CivilTime, &P)> {
        let current = self.plan_at(after);
        let changes = (0..=LOOK_AHEAD).flat_map(|days| {
            let date = after.date().plus_days(days);
            let of_day = self.day(date).changes.iter();
            of_day.filter_map(move |(from, plan)| Some((CivilTime::new(date, *from)?, plan)))
        });
        changes.into_iter().find(|&(at, plan)| at > after && plan != current)
    }

    /// The same calendar with its plans named otherwise.
    ///
    /// # Errors
    /// What `name` has against every plan that it does not know.
    pub fn try_map<Q: Clone + PartialEq>(
        &self,
        name: impl Fn(&P) -> Result<Q, Problem>,
    ) -> Result<Calendar<Q>, Vec<Problem>> {
        let mut problems = BTreeSet::new();
        let mut days = Vec::new();
        for day in &self.days {
            let mut changes = Vec::new();
            for (from, plan) in &day.changes {
                match name(plan) {
                    Ok(plan) => changes.push((*from, plan)),
                    Err(problem) => drop(problems.insert(problem)),
                }
            }
            days.push(DayTable { name: day.name.clone(), changes });
        }
        if problems.is_empty() {
            Ok(Calendar { days, week: self.week, holidays: self.holidays.clone() })
        } else {
            Err(problems.into_iter().collect())
        }
    }
}

fn check_days<P>(days: &[DayTable<P>], problems: &mut Vec<Problem>) {
    if days.is_empty() || days.len() > DAYS_MAX {
        let count = days.len();
        problems.push(Problem(format!("{count} day tables: there must be 1 to {DAYS_MAX}")));
    }
    for (index, DayTable { name, changes }) in days.iter().enumerate() {
        let mut say = |what: &str| problems.push(Problem(format!("day table {name:?}: {what}")));
        if name.is_empty() {
            say("it has no name");
        }
        if days[..index].iter().any(|other| &other.name == name) {
            say("another one has its name");
        }
        if changes.first().is_none_or(|&(from, _)| from != Millis::ZERO) {
            say("it does not begin at 00:00");
        }
        if changes.len() > CHANGES_MAX {
            say(&format!("{} changes: the most is {CHANGES_MAX}", changes.len()));
        }
        if changes.iter().any(|(from, _)| !(Millis::ZERO..DAY).contains(from)) {
            say("a change is not within the day");
        }
        if changes.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            say("its changes are not in ascending order");
        }
    }
}
