//! Changes plans of a site file in place: what else stands in it, comments and spaces among it, stays as
//! it is.

use signal::Plan;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};
use units::Millis;

use super::write::clock;
use super::{Schedule, SignalSite, Site};

/// What becomes of one junction's plans.
#[derive(Clone, Debug)]
pub struct PlanEdit {
    /// The junction's name.
    pub junction: String,
    /// Plans that are added; one that the junction has under the same name is replaced.
    pub plans: Vec<Plan>,
    /// Its own schedule, in place of the one it had.
    pub schedule: Schedule,
}

/// The site file with these changes.
///
/// # Errors
/// What stands in the way: the text is no site file, a junction is not in it or does not have the
/// stages, or what came out would not be a sound site. Nothing is half done.
pub fn edit_plans(text: &str, site: &Site, edits: &[PlanEdit]) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|why| format!("{why}"))?;
    for edit in edits {
        let named =
            |signal: &&SignalSite| site.network.junction(signal.junction).name == edit.junction;
        let Some(signal) = site.signals.iter().find(named) else {
            return Err(format!("there is no signal at junction {:?}", edit.junction));
        };
        let signals = document.get_mut("signal").and_then(Item::as_array_of_tables_mut);
        let table = signals.and_then(|all| {
            let own = |table: &&mut Table| {
                table.get("junction").and_then(Item::as_str) == Some(&edit.junction)
            };
            all.iter_mut().find(own)
        });
        let Some(table) = table else {
            return Err(format!(
                "the signal of junction {:?} is not written as [[signal]]: it cannot be changed here",
                edit.junction
            ));
        };
        for plan in &edit.plans {
            set_plan(table, plan, signal)?;
        }
        set_schedule(table, &edit.schedule);
    }
    let out = document.to_string();
    match Site::parse(&out) {
        Ok(_) => Ok(out),
        Err(all) => {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            Err(format!("the changed file would not be sound: {}", all.join("; ")))
        }
    }
}

fn set_plan(table: &mut Table, plan: &Plan, signal: &SignalSite) -> Result<(), String> {
    let empty = || Item::ArrayOfTables(ArrayOfTables::new());
    let Some(plans) = table.entry("plan").or_insert_with(empty).as_array_of_tables_mut() else {
        return Err(
            "plans that are not written as [[signal.plan]] cannot be changed here".to_owned()
        );
    };
    let named = |own: &Table| own.get("name").and_then(Item::as_str) == Some(plan.name());
    let known = plans.iter().position(named);
    let place = match known {
        Some(place) => place,
        None => {
            let mut new = Table::new();
            new.decor_mut().set_prefix("\n");
            plans.push(new);
            plans.len() - 1
        }
    };
    let Some(own) = plans.get_mut(place) else { return Ok(()) };
    let mut splits = Array::new();
    for &(stage, span) in plan.splits() {
        let mut pair = Array::new();
        pair.push(signal.layout.stage(stage).name.as_str());
        pair.push(seconds(span));
        splits.push(pair);
    }
    let mut set = |key: &str, value: Value| match own.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            own.insert(key, Item::Value(value));
        }
    };
    set("name", plan.name().into());
    set("cycle_s", seconds(plan.cycle()));
    set("offset_s", seconds(plan.offset()));
    set("splits", Value::Array(splits));
    Ok(())
}

fn set_schedule(table: &mut Table, schedule: &Schedule) {
    let mut days = ArrayOfTables::new();
    for day in schedule.days() {
        let mut own = Table::new();
        own.decor_mut().set_prefix("\n");
        own.insert("name", toml_edit::value(day.name.as_str()));
        let mut changes = Array::new();
        for (from, plan) in &day.changes {
            let mut pair = Array::new();
            pair.push(clock(*from));
            pair.push(plan.as_str());
            changes.push(pair);
        }
        own.insert("plans", toml_edit::value(changes));
        days.push(own);
    }
    let mut holidays = Array::new();
    for (date, day) in schedule.holidays() {
        let mut pair = Array::new();
        pair.push(date.to_string());
        pair.push(day);
        holidays.push(pair);
    }
    let mut own = Table::new();
    own.decor_mut().set_prefix("\n");
    own.insert("week", toml_edit::value(schedule.week().collect::<Array>()));
    if !holidays.is_empty() {
        own.insert("holidays", toml_edit::value(holidays));
    }
    own.insert("day", Item::ArrayOfTables(days));
    table.insert("schedule", Item::Table(own));
}

/// Seconds as people write them.
fn seconds(span: Millis) -> Value {
    if span.0 % 1_000 == 0 { (span.0 / 1_000).into() } else { span.as_secs_f64().into() }
}

#[cfg(test)]
mod tests {
    use signal::Calendar;
    use signal::calendar::DayTable;
    use units::PlanId;

    use super::*;
    use crate::{generate, write_site};

    fn edit(site: &Site, at: usize, name: &str) -> PlanEdit {
        let signal = &site.signals[at];
        let old = &signal.plans[0];
        let (splits, layout) = (old.splits().to_vec(), &signal.layout);
        let offset = Millis(12_500);
        let plan = Plan::new(PlanId(1), name.to_owned(), old.cycle(), offset, splits, layout);
        let changes =
            vec![(Millis::ZERO, name.to_owned()), (Millis(3_600_000), "webster".to_owned())];
        let day = DayTable { name: "every day".to_owned(), changes };
        let week = vec!["every day".to_owned(); 7];
        PlanEdit {
            junction: site.network.junction(signal.junction).name.clone(),
            plans: vec![plan.expect("sound")],
            schedule: Calendar::new(vec![day], &week, &[]).expect("sound"),
        }
    }

    #[test]
    fn only_what_is_changed_changes_and_comments_stay() {
        let (site, _) = generate::arterial(1, 3);
        let text = write_site(&site).replace("name = \"webster\"", "name = \"webster\" # of 2019");
        let text = format!("# our own street\n{text}");
        let edits = [edit(&site, 2, "green-wave"), edit(&site, 0, "webster")];
        let after = edit_plans(&text, &site, &edits).expect("sound");
        let read = Site::parse(&after).expect("sound");
        assert_eq!(read.signals[1], site.signals[1]);
        assert_eq!(read.signals[2].plans.len(), 2);
        assert_eq!(read.signals[2].plans[0], site.signals[2].plans[0]);
        assert_eq!(read.signals[2].plans[1].offset(), Millis(12_500));
        assert_eq!(read.signals[0].plans.len(), 1, "replaced");
        assert_eq!(read.signals[0].plans[0].offset(), Millis(12_500));
        let kept: Vec<&str> = text.lines().collect();
        let removed = kept.iter().filter(|line| !after.lines().any(|other| other == **line));
        assert_eq!(removed.count(), 0, "offset_s = 0 stands elsewhere too");
        assert!(after.starts_with("# our own street\n") && after.matches("# of 2019").count() == 3);
        // Again: nothing more.
        assert_eq!(edit_plans(&after, &read, &edits).expect("sound"), after);
    }

    #[test]
    fn what_cannot_be_changed_is_said() {
        let (site, _) = generate::arterial(1, 3);
        let text = write_site(&site);
        let mut wrong = edit(&site, 1, "green-wave");
        wrong.junction = "nowhere".to_owned();
        let why = edit_plans(&text, &site, &[wrong]).expect_err("no such junction");
        assert!(why.contains("nowhere"), "{why}");
        assert!(edit_plans("= 1", &site, &[]).is_err());
        let mut wrong = edit(&site, 1, "green-wave");
        wrong.schedule = Calendar::always("no plan".to_owned());
        let why = edit_plans(&text, &site, &[wrong]).expect_err("no such plan");
        assert!(why.contains("would not be sound") && why.contains("no plan"), "{why}");
    }
}
