//! Site files: what may be left out is found, what is written is read as the same site, and every
//! mistake has its line.

use proptest::prelude::*;
use scenario::{Site, generate, write_site};
use signal::calendar::DayTable;
use signal::{Calendar, GroupKind, GroupSet, Method};
use units::{CivilDate, CivilTime, GroupId, Millis, PlanId, StageId};

/// One junction with two vehicle groups, pedestrians across the second road, three plans, and a
/// schedule; stages, times and whatever else can be found are left out.
const SIGNAL: &str = r#"
[[signal]]
junction = "j_1_1"
device = "j_1_1"
conflicts = [["east", "north"], ["walk", "north", 17, 4.5]]

[[signal.group]]
name = "east"
min_green_s = 6
max_green_s = 50
max_red_s = 200
movements = [["l_0_1_1_1", "l_1_1_2_1"], ["l_0_1_1_1", "l_1_1_1_2"]]

[[signal.group]]
name = "north"
min_green_s = 5
max_green_s = 40
closing_s = 3
max_red_s = 200
grade = 0.05
movements = [["l_1_0_1_1", "l_1_1_1_2"]]

[[signal.group]]
name = "walk"
kind = "pedestrian"
crossing_m = 12
max_red_s = 200

[[signal.plan]]
name = "night"
cycle_s = 60
offset_s = 0
splits = [["north", 30], ["east + walk", 30]]

[[signal.plan]]
name = "peak"
cycle_s = 90
offset_s = 12
splits = [["east + walk", 50], ["north", 40]]

[[signal.plan]]
name = "day"
cycle_s = 80
offset_s = 7.5
splits = [["east + walk", 45], ["north", 35]]
"#;

const SCHEDULE: &str = r#"
[schedule]
week = ["workday", "workday", "workday", "workday", "workday", "weekend", "weekend"]
holidays = [["2026-10-01", "weekend"], ["2026-10-02", "weekend"]]

[[schedule.day]]
name = "workday"
plans = [["00:00", "night"], ["06:30", "peak"], ["09:30:15", "day"], ["22:00:00.250", "night"]]

[[schedule.day]]
name = "weekend"
plans = [["00:00", "night"], ["08:00", "day"]]
"#;

const OWN_SCHEDULE: &str = r#"
[signal.schedule]
week = ["all", "all", "all", "all", "all", "all", "all"]

[[signal.schedule.day]]
name = "all"
plans = [["00:00", "day"]]
"#;

/// Four phases in two rings over two barriers, pedestrians beside the second phase.
const RINGS: &str = r#"
[[signal]]
junction = "j_1_1"
device = "j_1_1"
transition = "dwell"
conflicts = [["a", "b"], ["a", "d"], ["c", "b"], ["c", "d"], ["c", "a"], ["walk", "b"], ["walk", "d"]]
forbidden = [["a", "b + d"]]

[[signal.group]]
name = "a"
min_green_s = 5
max_green_s = 40
max_red_s = 400
movements = [["l_0_1_1_1", "l_1_1_1_2"]]

[[signal.group]]
name = "c"
min_green_s = 5
max_green_s = 40
max_red_s = 400
movements = [["l_0_1_1_1", "l_1_1_2_1"]]

[[signal.group]]
name = "b"
min_green_s = 5
max_green_s = 40
max_red_s = 400
movements = [["l_1_0_1_1", "l_1_1_1_2"]]

[[signal.group]]
name = "d"
min_green_s = 5
max_green_s = 40
max_red_s = 400
movements = [["l_1_2_1_1", "l_1_1_1_0"]]

[[signal.group]]
name = "walk"
kind = "pedestrian"
walk_s = 8
clearance_s = 9.5
all_red_s = 1
max_green_s = 20
max_red_s = 400

[[signal.phase]]
name = "c + walk"
groups = ["c", "walk"]
passage_s = 2.5

[[signal.ring]]
barriers = [["a", "c + walk"], ["b"]]

[[signal.ring]]
barriers = [[], ["d"]]

[[signal.plan]]
name = "p"
cycle_s = 120
offset_s = 0
splits = [["a", 40], ["c + walk", 40], ["b + d", 40]]
"#;

/// The site file of one generated crossroads with this signal, and this before its first list.
fn file(signal: &str, more: &str) -> String {
    let text = write_site(&generate::arterial(1, 1).0);
    let (head, rest) = text.split_once("\n[[signal]]").expect("a signal");
    let (_, detectors) = rest.split_once("\n[[detector]]").expect("detectors");
    let (tables, lists) = head.split_once("\n[[line]]").expect("lines");
    format!("{tables}\n{more}\n[[line]]{lists}\n{signal}\n[[detector]]{detectors}")
}

fn read(text: &str) -> Site {
    Site::parse(text).unwrap_or_else(|all| panic!("{}", words(&all)))
}

fn words(problems: &[impl ToString]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn assert_same(site: &Site, again: &Site) {
    assert_eq!(site.schedule, again.schedule);
    assert_eq!(site.signals, again.signals);
    assert_eq!((&site.lines, &site.devices), (&again.lines, &again.devices));
    assert_eq!(site.detectors, again.detectors);
    assert_eq!(site.network.links(), again.network.links());
    assert_eq!((&site.name, &site.time_zone), (&again.name, &again.time_zone));
    assert_eq!(write_site(site), write_site(again));
}

#[test]
fn what_is_left_out_is_found() {
    let site = read(&file(SIGNAL, SCHEDULE));
    let layout = &site.signals[0].layout;
    let times: Vec<_> = layout
        .groups()
        .iter()
        .map(|g| [g.min_green, g.max_green, g.closing, g.all_red].map(|span| span.0))
        .collect();
    // 13.9 m/s: 1 + 13.9 / 6.1 s of yellow, (28 + 6.1) / 13.9 s of all-red over the longer way;
    // 12 m at 1.07 m/s.
    assert_eq!(times[0], [6_000, 50_000, 3_300, 2_500]);
    assert_eq!(times[1], [5_000, 40_000, 3_000, 2_200]);
    assert_eq!(times[2], [7_000, 7_000, 11_300, 3_000]);
    assert_eq!(layout.group(GroupId(2)).kind, GroupKind::Pedestrian);
    let stages: Vec<_> = layout.stages().iter().map(|s| (s.name.as_str(), s.min_green)).collect();
    let secs = Millis::from_secs;
    assert_eq!(stages, [("north", secs(5)), ("east + walk", secs(7))]);
    let table = layout.intergreens();
    assert_eq!(table.get(GroupId(0), GroupId(1)), Some(Millis(5_800)));
    assert_eq!(table.get(GroupId(2), GroupId(1)), Some(secs(17)));
    assert_eq!(site.signals[0].transition, Method::ShortWay);
    assert_eq!(site.signals[0].rings, None);
}

#[test]
fn speeds_and_ways_that_are_given_go_before_those_of_the_links() {
    let with = "movements = [[\"l_1_0_1_1\", \"l_1_1_1_2\"]]";
    let given = format!("approach_speed_mps = 20\ncrossing_m = 30\n{with}");
    let text = SIGNAL.replace("closing_s = 3\n", "").replace(with, &given);
    let site = read(&file(&text, SCHEDULE));
    let rule = site.signals[0].layout.group(GroupId(1));
    // 1 + 20 / (6.1 + 0.1 · 9.81) s and (30 + 6.1) / 20 s, each rounded up.
    assert_eq!((rule.closing, rule.all_red), (Millis(3_900), Millis(1_900)));
}

#[test]
fn the_schedule_of_the_site_holds_unless_a_signal_has_its_own() {
    let at = |text: &str, hour: i64| {
        let date = CivilDate::parse(text).expect("a date");
        CivilTime::new(date, Millis::from_secs(hour * 3_600)).expect("a time")
    };
    let calendar = |site: &Site| site.signals[0].calendar.clone();
    let common = calendar(&read(&file(SIGNAL, SCHEDULE)));
    for (date, hour, plan) in [
        ("2026-06-01", 7, 1),
        ("2026-06-01", 12, 2),
        ("2026-06-01", 23, 0),
        ("2026-06-06", 7, 0),
        ("2026-10-01", 7, 0),
        ("2026-10-01", 9, 2),
    ] {
        assert_eq!(common.plan_at(at(date, hour)), &PlanId(plan), "{date} {hour}");
    }
    let own = calendar(&read(&file(&format!("{SIGNAL}{OWN_SCHEDULE}"), SCHEDULE)));
    assert_eq!(own.plan_at(at("2026-06-01", 7)), &PlanId(2));
    let none = calendar(&read(&file(SIGNAL, "")));
    assert_eq!(none, Calendar::always(PlanId(0)));
}

#[test]
fn rings_become_stages_and_what_else_is_forbidden_is_kept() {
    let site = read(&file(RINGS, ""));
    let signal = &site.signals[0];
    let names: Vec<_> = signal.layout.stages().iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["a", "c + walk", "b + d"]);
    let walk: GroupSet = [GroupId(1), GroupId(4)].into_iter().collect();
    assert_eq!(signal.layout.stage(StageId(1)).groups, walk);
    assert_eq!(signal.layout.stage(StageId(1)).min_green, Millis(8_000));
    let allowed = |from, to| signal.layout.allowed(StageId(from), StageId(to));
    assert!(allowed(0, 1) && allowed(1, 2) && allowed(2, 0) && allowed(2, 1));
    assert!(!allowed(1, 0), "back in the ring");
    assert!(!allowed(0, 2), "as the file says");
    let rings = signal.rings.as_ref().expect("rings");
    assert_eq!(rings.phases()[0].passage, Millis(2_500));
    assert_eq!(rings.rings().len(), 2);
}

#[test]
fn what_is_written_is_read_as_the_same_site() {
    let methods = Method::ALL.iter().map(|(name, _)| {
        SIGNAL.replace("device = ", &format!("transition = \"{name}\"\ndevice = "))
    });
    let texts = [SIGNAL.to_owned(), format!("{SIGNAL}{OWN_SCHEDULE}"), RINGS.to_owned()];
    for text in methods.chain(texts) {
        for schedule in ["", SCHEDULE] {
            // The rings' plan is not one that the schedule knows.
            let schedule = if text.contains("[[signal.ring]]") { "" } else { schedule };
            let site = read(&file(&text, schedule));
            assert_same(&site, &read(&write_site(&site)));
        }
    }
}

/// A road net turned about its middle has places at minus nothing: written as `-0`, they were read as 0
/// and the file was not the same when it was written again.
#[test]
fn a_place_at_minus_nothing_is_written_as_nothing() {
    let (site, _) = generate::arterial(1, 1);
    let text = write_site(&site)
        .replace("x_m = 0\n", "x_m = -0.0\n")
        .replace("points = [[0, ", "points = [[-0.0, ");
    let again = read(&text);
    assert!(text.contains("-0.0") && !write_site(&again).contains("-0"), "{text}");
}

#[test]
fn a_file_can_hold_any_text_and_any_time_of_the_day() {
    let mut site = read(&file(SIGNAL, SCHEDULE));
    site.name = "A \"quoted\" \\ name\twith\u{1}\nmany".to_owned();
    let changes = [0, 1, 999, 1_000, 59_999, 60_000, 86_399_999];
    let plan = |at: usize| ["night", "peak", "day"][at % 3].to_owned();
    let changes = changes.iter().enumerate().map(|(at, &ms)| (Millis(ms), plan(at))).collect();
    let name = "a \"day\"".to_owned();
    let week = vec![name.clone(); 7];
    let schedule = Calendar::new(vec![DayTable { name, changes }], &week, &[]).expect("sound");
    site.signals[0].calendar =
        scenario::resolve(&schedule, &site.signals[0].plans).expect("all are there");
    site.schedule = Some(schedule);
    assert_same(&site, &read(&write_site(&site)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_schedule_survives_its_file(
        days in prop::collection::vec(
            prop::collection::btree_map(1..86_400_000_i64, 0..3_usize, 0..8), 7),
        week in prop::collection::vec(0..7_usize, 7),
        holidays in prop::collection::btree_map(-3_000..300_000_i64, 0..7_usize, 0..6),
        own in any::<bool>(),
    ) {
        let used = |day: &usize| week.contains(day) || holidays.values().any(|h| h == day);
        let plans = ["night", "peak", "day"];
        let table = |day: usize| {
            let rest = days[day].iter().map(|(&ms, &plan)| (Millis(ms), plans[plan].to_owned()));
            let first = (Millis::ZERO, plans[day % 3].to_owned());
            DayTable { name: format!("d{day}"), changes: [first].into_iter().chain(rest).collect() }
        };
        let tables: Vec<_> = (0..7).filter(used).map(table).collect();
        let week: Vec<_> = week.iter().map(|day| format!("d{day}")).collect();
        let date = |number: i64| CivilDate::from_day_number(number);
        let holidays: Vec<_> =
            holidays.iter().map(|(&number, day)| (date(number), format!("d{day}"))).collect();
        let schedule = Calendar::new(tables, &week, &holidays).expect("sound");
        let mut site = read(&file(SIGNAL, SCHEDULE));
        let signal = &mut site.signals[0];
        signal.calendar = scenario::resolve(&schedule, &signal.plans).expect("all are there");
        if !own {
            site.schedule = Some(schedule);
        }
        assert_same(&site, &read(&write_site(&site)));
    }
}

/// What is changed in a file, and what is said of it.
type Mistake<'m> = (&'m str, &'m str, &'m str);

#[test]
fn every_mode_and_its_shadow_survive_the_file_and_others_are_refused() {
    let (mut site, _) = scenario::generate::arterial(1, 1);
    for &(name, mode) in scenario::Mode::ALL {
        for shadow in [None, Some(scenario::Shadow::Adaptive)] {
            (site.control.mode, site.control.shadow) = (mode, shadow);
            let text = scenario::write_site(&site);
            assert!(text.contains(&format!("mode = \"{name}\"")), "{name}");
            assert_eq!(text.contains("shadow = \"adaptive\""), shadow.is_some(), "{name}");
            assert_eq!(read(&text).control, site.control, "{name}");
        }
    }
    let text = scenario::write_site(&site);
    assert_said(&text.replace("shadow = \"adaptive\"", "shadow = \"fixed\""), "shadow");
}

#[test]
fn every_mistake_of_a_signal_is_said() {
    let table: &[Mistake<'_>] = &[
        ("name = \"east\"", "name = \"east\"\nkind = \"tram\"", "\"tram\" is none of vehicle"),
        ("min_green_s = 6\n", "", "min_green_s: it is missing"),
        ("grade = 0.05", "grade = 5", "5 is not within -0.2 to 0.2"),
        ("grade = 0.05", "approach_speed_mps = 100", "100 is not within 0.5 to 60"),
        (
            "movements = [[\"l_1_0_1_1\", \"l_1_1_1_2\"]]",
            "movements = []",
            "without approach_speed_mps and crossing_m it cannot be found",
        ),
        ("crossing_m = 12\n", "", "clearance_s: it is missing, and without crossing_m"),
        ("crossing_m = 12", "crossing_m = 12\nclosing_s = 3", "this key is not known here"),
        ("crossing_m = 12", "crossing_m = 12\nwalk_s = \"7\"", "it is a text, not a number"),
        ("[\"walk\", \"north\", 17, 4.5]", "[\"walk\"]", "it is not two groups"),
        ("[\"walk\", \"north\", 17, 4.5]", "[\"walk\", \"west\"]", "there is no group \"west\""),
        ("[\"walk\", \"north\", 17, 4.5]", "[\"walk\", \"north\", 1, 9]", "under the closing"),
        ("device = \"j_1_1\"", "device = \"x\"", "there is no device \"x\""),
        ("junction = \"j_1_1\"\ndevice", "junction = \"x\"\ndevice", "there is no junction \"x\""),
        ("device = ", "transition = \"jump\"\ndevice = ", "\"jump\" is none of short-way, add"),
        ("device = ", "forbidden = [[\"north\"]]\ndevice = ", "it is not a stage and a stage"),
        (
            "device = ",
            "forbidden = [[\"north\", \"x\"]]\ndevice = ",
            "there are no two stages \"north\" and \"x\"",
        ),
        ("[\"north\", 35]", "[\"west\", 35]", "there is no stage \"west\""),
        ("[\"north\", 35]", "[\"north\"]", "it is not a stage and its seconds"),
        ("[\"north\", 35]", "[\"north\", 36]", "its splits add up to 81 s"),
        ("name = \"peak\"", "name = \"rush\"", "the schedule names \"peak\", there is no such"),
        ("[[signal.plan]]", "[[signal.phase]]", "there is no ring that serves phases"),
        ("[[signal.plan]]\nname = \"night\"", "[[signal.plans]]\nname = \"night\"", "not known"),
    ];
    for (from, to, expected) in table {
        assert!(SIGNAL.contains(from), "{from}");
        assert_said(&file(&SIGNAL.replace(from, to), SCHEDULE), expected);
    }
}

#[test]
fn every_mistake_of_a_ring_is_said() {
    let table: &[Mistake<'_>] = &[
        ("barriers = [[], [\"d\"]]", "", "barriers: it is missing"),
        ("barriers = [[], [\"d\"]]", "barriers = [[], [\"x\"]]", "no phase and no group \"x\""),
        ("barriers = [[], [\"d\"]]", "barriers = [[], \"d\"]", "it is a text, not a list"),
        ("barriers = [[], [\"d\"]]", "barriers = [[]]", "ring 2: it has 1 barriers"),
        ("barriers = [[], [\"d\"]]", "barriers = [[], [\"b\"]]", "more than once in the rings"),
        ("groups = [\"c\", \"walk\"]", "groups = [\"c\", \"x\"]", "there is no group \"x\""),
        ("groups = [\"c\", \"walk\"]", "groups = [\"c\", \"a\"]", "phase c + walk: its groups"),
        ("passage_s = 2.5", "passage_s = 0", "its passage time is not positive"),
        (
            "[[signal.plan]]",
            "[[signal.stage]]\nname = \"s\"\ngroups = [\"a\"]\nmin_green_s = 5\n\
             max_green_s = 9\n[[signal.plan]]",
            "a signal with rings has no stages of its own",
        ),
    ];
    for (from, to, expected) in table {
        assert!(RINGS.contains(from), "{from}");
        assert_said(&file(&RINGS.replace(from, to), ""), expected);
    }
}

#[test]
fn every_mistake_of_a_schedule_is_said() {
    let table: &[Mistake<'_>] = &[
        ("\"06:30\"", "\"6:30\"", "it is not a time of the day, as 06:30"),
        ("\"06:30\"", "\"24:00\"", "it is not a time of the day"),
        ("\"06:30\"", "\"06:60\"", "it is not a time of the day"),
        ("\"06:30\"", "\"06:30:60\"", "it is not a time of the day"),
        ("\"06:30\"", "\"06:30.5\"", "it is not a time of the day"),
        ("\"06:30\"", "6.5", "it is a number, not a text"),
        ("[\"06:30\", \"peak\"]", "[\"06:30\"]", "it is not a time and a plan"),
        ("\"06:30\"", "\"10:30\"", "its changes are not in ascending order"),
        ("\"2026-10-01\"", "\"2026-02-30\"", "there is no such date"),
        ("\"2026-10-01\"", "\"1.10.2026\"", "there is no such date"),
        ("[\"2026-10-01\", \"weekend\"]", "[\"2026-10-01\"]", "it is not a date and a day table"),
        ("[\"2026-10-01\", \"weekend\"]", "[\"2026-10-01\", \"x\"]", "no day table \"x\""),
        ("week = [\"workday\", ", "week = [", "a week of 6 days: it has 7"),
        ("week = ", "weeks = ", "week: it is missing"),
        ("name = \"weekend\"", "", "schedule.day[1].name: it is missing"),
    ];
    for (from, to, expected) in table {
        assert!(SCHEDULE.contains(from), "{from}");
        assert_said(&file(SIGNAL, &SCHEDULE.replacen(from, to, 1)), expected);
        let own = SCHEDULE.replacen(from, to, 1).replace("schedule", "signal.schedule");
        assert_said(&file(&format!("{SIGNAL}{own}"), ""), expected);
    }
}

/// The mistake is said, with the line of a table or key that it belongs to.
fn assert_said(text: &str, expected: &str) {
    let problems = Site::parse(text).expect_err(expected);
    let found = problems.iter().find(|problem| problem.to_string().contains(expected));
    let found = found.unwrap_or_else(|| panic!("{expected:?} is not in\n{}", words(&problems)));
    let lines = text.lines().count();
    assert!((1..=lines).contains(&found.line), "{found}");
}

#[test]
fn mistakes_all_over_a_file_are_said_at_once() {
    let signal = SIGNAL
        .replace("grade = 0.05", "grade = 5")
        .replace("device = ", "transition = \"jump\"\ndevice = ")
        .replace("min_green_s = 6\n", "");
    let schedule = SCHEDULE.replace("06:30", "6:30").replace("2026-10-01", "2026-02-30");
    let problems = Site::parse(&file(&signal, &schedule)).expect_err("five");
    for expected in ["5 is not within", "\"jump\"", "min_green_s", "06:30", "no such date"] {
        assert!(words(&problems).contains(expected), "{expected}: {}", words(&problems));
    }
}

#[test]
fn more_groups_stages_and_plans_than_there_may_be_are_said_and_nothing_panics() {
    let group = |n: usize| {
        format!(
            "[[signal.group]]\nname = \"g{n}\"\nmin_green_s = 5\nmax_green_s = 9\nclosing_s = 3\nall_red_s = 1\nmax_red_s = 200\n"
        )
    };
    let groups: String = (0..300).map(group).collect();
    let head = "[[signal]]\njunction = \"j_1_1\"\ndevice = \"j_1_1\"\n";
    assert_said(&file(&format!("{head}{groups}"), ""), "300 groups: there must be 1 to 64");
    let stage = |n: usize| {
        format!(
            "[[signal.stage]]\nname = \"s{n}\"\ngroups = [\"g200\"]\nmin_green_s = 5\nmax_green_s = 9\n"
        )
    };
    let stages: String = (0..300).map(stage).collect();
    let text = format!("{head}forbidden = [[\"s1\", \"s299\"]]\n{groups}{stages}");
    assert_said(&file(&text, ""), "300 stages: there must be 1 to 64");
    let (_, plan) = SIGNAL.split_once("[[signal.plan]]").expect("a plan");
    let (plan, _) = plan.split_once("[[signal.plan]]").expect("another");
    let plan = |n: usize| format!("[[signal.plan]]{}", plan.replace("night", &format!("p{n}")));
    let plans: String = (0..256).map(plan).collect();
    assert_said(&file(&format!("{SIGNAL}{plans}"), SCHEDULE), "259 plans: the most is 255");
}
