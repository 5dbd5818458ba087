//! What a document's mistakes look like to the one who has to mend them.

use document::Document;
use proptest::prelude::*;

fn problems(text: &str) -> Vec<String> {
    let read = Document::parse(text).and_then(|document| {
        document.read(|root| {
            let name = root.text("name");
            let age = root.integer("age", 0..=150);
            let speed = root.number_or("speed", 0.0..=100.0, 50.0);
            let friends: Vec<_> = root.tables("friend").iter().map(|t| t.text("name")).collect();
            Some((name?, age?, speed?, friends))
        })
    });
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_document_has_none() {
    assert_eq!(problems("name = 'a'\nage = 3\n[[friend]]\nname = 'b'"), [""; 0]);
}

#[test]
fn every_mistake_comes_with_its_line() {
    let text = "age = 200\ncolour = 'red'\nspeed = 'fast'\n[[friend]]\nname = 1\n[[friend]]\n";
    let expected = [
        "line 1: age: it is not within 0 to 150",
        "line 1: name: it is missing",
        "line 2: colour: this key is not known here",
        "line 3: speed: it is a text, not a number",
        "line 5: friend[0].name: it is an integer, not a text",
        "line 6: friend[1].name: it is missing",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn mistakes_of_syntax_come_with_their_line_too() {
    let found = problems("name = 'a'\nage = = 3\n");
    assert!(found[0].starts_with("line 2: "), "{found:?}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|\n|\\[|=|\"){0,200}") {
        let _ = problems(&text);
    }
}

#[test]
fn a_range_without_an_end_and_one_of_a_single_value_are_told_as_such() {
    let document = Document::parse("version = 2").expect("TOML");
    let all = document.read(|root| root.integer("version", 1..=1));
    let all: Vec<_> = all.expect_err("mistakes").iter().map(ToString::to_string).collect();
    assert_eq!(all[0], "line 1: version: it must be 1");
    let document = Document::parse("at = -3\nlong = 1e300\nwide = 7").expect("TOML");
    let all = document.read(|root| {
        let at = root.number("at", 0.0..=f64::MAX);
        let long = root.number("long", 0.0..=10.0);
        let wide = root.number("wide", 0.0..=5.5);
        at.and(long).and(wide)
    });
    let all: Vec<_> = all.expect_err("mistakes").iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        [
            "line 1: at: -3 is not at least 0",
            "line 2: long: 1e300 is not within 0 to 10",
            "line 3: wide: 7 is not within 0 to 5.5",
        ]
    );
}
