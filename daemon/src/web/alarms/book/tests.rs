//! When something wrong becomes an alarm, and when it is forgotten.

use super::*;

fn wrong(kind: Kind, place: &str, parent: Option<(Kind, &str)>) -> Condition {
    Condition {
        kind,
        place: place.to_owned(),
        priority: if kind == Kind::Fault { Priority::High } else { Priority::Medium },
        text: "it is wrong".to_owned(),
        parent: parent.map(|(kind, place)| (kind, place.to_owned())),
    }
}

fn device() -> Condition {
    wrong(Kind::Device, "d", None)
}

/// A book with one alarm that was raised at 0 and is looked at at 5 s.
fn raised() -> Book {
    let mut book = Book::default();
    book.observe(vec![device()], 0);
    book.observe(vec![device()], RAISE_AFTER);
    book
}

#[test]
fn what_does_not_last_is_no_alarm() {
    let mut book = Book::default();
    book.observe(vec![device()], 0);
    book.observe(vec![device()], RAISE_AFTER - 1);
    assert!(book.list().is_empty());
    book.observe(vec![], RAISE_AFTER);
    book.observe(vec![device()], RAISE_AFTER + 1);
    assert!(book.list().is_empty(), "it begins anew");
    let book = raised();
    assert_eq!((book.list().len(), book.list()[0].0.since), (1, 0));
}

#[test]
fn it_goes_where_it_is_cleared_and_acknowledged_in_either_order() {
    let mut book = raised();
    assert_eq!(book.acknowledge(1, "a", "", 6_000).as_deref(), Some("d: it is wrong"));
    book.observe(vec![device()], 7_000);
    assert_eq!(book.list().len(), 1, "it lasts");
    book.observe(vec![], 8_000);
    assert!(book.list().is_empty());

    let mut book = raised();
    book.observe(vec![], 8_000);
    assert_eq!(book.list()[0].0.cleared, Some(8_000), "nobody has seen it");
    book.acknowledge(1, "a", "seen", 9_000);
    book.observe(vec![], 10_000);
    assert!(book.list().is_empty());
    assert!(book.acknowledge(1, "a", "", 11_000).is_none());
}

#[test]
fn what_comes_again_is_counted_and_must_be_acknowledged_again() {
    let mut book = raised();
    book.observe(vec![], 8_000);
    book.observe(vec![device()], 9_000);
    book.observe(vec![device()], 14_000);
    let (alarm, _) = book.list()[0];
    assert_eq!((alarm.times, alarm.since, alarm.cleared), (2, 9_000, None));
    assert!(alarm.acknowledged.is_none());
}

#[test]
fn a_suspension_ends_by_itself_or_is_taken_back() {
    let mut book = raised();
    book.suspend(1, "a", "works", 6_000, 20_000);
    book.observe(vec![device()], 19_999);
    assert!(book.list()[0].0.suspended.is_some());
    book.observe(vec![device()], 20_000);
    assert!(book.list()[0].0.suspended.is_none());
    book.suspend(1, "a", "works", 21_000, 30_000);
    book.suspend(1, "a", "done", 22_000, 22_000);
    assert!(book.list()[0].0.suspended.is_none());
}

#[test]
fn what_another_alarm_explains_names_it_as_long_as_it_lasts() {
    let line = wrong(Kind::Line, "l", None);
    let all = || {
        let device = wrong(Kind::Device, "d", Some((Kind::Line, "l")));
        vec![device, wrong(Kind::Fault, "j", Some((Kind::Device, "d")))]
    };
    let mut book = Book::default();
    for now in [0, RAISE_AFTER] {
        book.observe([all(), vec![line.clone()]].concat(), now);
    }
    let parents: Vec<_> =
        book.list().iter().map(|(alarm, by)| (alarm.condition.kind, by.is_some())).collect();
    assert_eq!(parents, [(Kind::Fault, true), (Kind::Device, true), (Kind::Line, false)]);
    book.observe(all(), 6_000);
    let device = book.list().into_iter().find(|(a, _)| a.condition.kind == Kind::Device);
    assert_eq!(device.map(|(_, by)| by), Some(None), "the line is up again");
}

#[test]
fn cleared_ones_that_nobody_looks_at_do_not_grow_without_end() {
    let mut book = Book::default();
    for now in [0, RAISE_AFTER] {
        let found = (0..CLEARED_MAX + 5).map(|n| wrong(Kind::Device, &n.to_string(), None));
        book.observe(found.collect(), now);
    }
    book.observe(vec![], 8_000);
    assert_eq!(book.list().len(), CLEARED_MAX);
}
