//! What a site file says of the planner: displays that count down, and what is weighed.

use scenario::{ObjectiveSite, Site, generate, write_site};
use units::Millis;

#[test]
fn displays_count_down_from_what_every_stage_can_last() {
    let (mut site, _) = generate::arterial(1, 1);
    site.signals[0].countdown = Some(Millis(9_500));
    let text = write_site(&site);
    let read = Site::parse(&text).unwrap_or_else(|all| panic!("{all:?}"));
    assert_eq!(read.signals, site.signals);
    for (span, expected) in [
        ("4", "4 is not within 5 to 99"),
        ("100", "100 is not within 5 to 99"),
        ("\"9\"", "not a number"),
        ("99", "99 s is more than the maximum green of stage "),
    ] {
        let text = text.replacen("countdown_s = 9.5", &format!("countdown_s = {span}"), 1);
        let found = Site::parse(&text).expect_err("wrong");
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(all.len() == 1 && all[0].contains(expected), "{span}: {all:?}");
    }
}

#[test]
fn what_the_planner_weighs_is_read_with_its_bounds() {
    let (mut site, _) = generate::arterial(1, 1);
    assert!(!write_site(&site).contains("objective"), "what is usual need not be said");
    let (stop, longest_wait) = (Millis(2_500), Millis(120_000));
    site.control.objective = ObjectiveSite { bus: 20.0, person: 1.5, stop, longest_wait };
    let text = write_site(&site);
    let read = Site::parse(&text).unwrap_or_else(|all| panic!("{all:?}"));
    assert_eq!(read.control, site.control);
    let wrong = text
        .replacen("bus = 20", "bus = 0.5", 1)
        .replacen("person = 1.5", "person = -1", 1)
        .replacen("stop_s = 2.5", "stop_s = 61", 1)
        .replacen("longest_wait_s = 120", "longest_wait_s = 30\ntruck = 2", 1);
    let all = Site::parse(&wrong).expect_err("wrong");
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    for expected in [
        "bus: 0.5 is not within 1 to 100",
        "person: -1 is not within 0.05 to 10",
        "stop_s: 61 is not within 0 to 60",
        "longest_wait_s: 30 is not within 60 to 600",
        "truck: this key is not known here",
    ] {
        assert!(all.iter().any(|one| one.contains(expected)), "{expected}: {all:?}");
    }
    assert_eq!(all.len(), 5, "{all:?}");
}
