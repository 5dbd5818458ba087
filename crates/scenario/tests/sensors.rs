//! Sensor files are read whole, and every mistake in one is told with its line.

use proptest::prelude::*;
use scenario::{SensorNoise, Sensors, generate};
use units::{Metres, Millis};

fn parse(text: &str) -> Result<Sensors, Vec<String>> {
    let (site, _) = generate::arterial(1, 1);
    let text = format!("version = 1\n{text}");
    let read = Sensors::parse(&text, &site.network);
    read.map_err(|all| all.iter().map(ToString::to_string).collect())
}

#[test]
fn what_is_not_said_is_exact_or_typical() {
    assert_eq!(parse(""), Ok(Sensors::default()));
    let typical = parse("base = \"typical\"").expect("sound");
    assert_eq!(typical.noise, SensorNoise::typical());
    let one = parse("base = \"typical\"\n[radar]\nghosts = 0.25").expect("sound");
    let mut expected = SensorNoise::typical();
    expected.radar.ghosts = 0.25;
    assert_eq!(one.noise, expected);
}

#[test]
fn every_key_lands_where_it_belongs() {
    let text = "begins_at = \"17:30\"\nday = [\"06:30\", \"18:00\"]
[loops]\nmisses = 0.01\nchatters = 0.02
[trackers]\nmisses = 0.03
[radar]\nrange_m = 150\nrange_in_rain = 0.04\nrange_in_snow = 0.05\ndistance_spread_m = 0.06
speed_spread_m_s = 0.07\nmisses_near = 0.08\nmisses_far = 0.09\nmisses_hidden = 0.10\nghosts = 0.11
[camera]\nreads_by_day = 0.12\nreads_by_night = 0.13\nreads_in_rain = 0.14\nreads_in_fog = 0.15
reads_in_snow = 0.16\nconfusions = 0.17\ndoubles = 0.18\nspeed_spread_m_s = 0.19
[position]\nspread_m = 0.20\nlasts_s = 21\nspeed_spread_m_s = 0.22\nlost = 0.23\nlate = 0.24
overtaken = 0.25\nlate_max_s = 2.6
[[camera_site]]\nname = \"a\"\nlink = \"l_0_1_1_1\"\nat_m = 12.5\nlanes = [2, 0]
[[camera_site]]\nname = \"b\"\nlink = \"l_0_1_1_1\"\nat_m = 0";
    let sensors = parse(text).expect("sound");
    let SensorNoise { radar, camera, position, .. } = sensors.noise;
    let numbers = [
        sensors.noise.loop_misses,
        sensors.noise.loop_chatters,
        sensors.noise.tracker_misses,
        radar.range_in_rain,
        radar.range_in_snow,
        radar.distance_spread,
        radar.speed_spread,
        radar.misses_near,
        radar.misses_far,
        radar.misses_hidden,
        radar.ghosts,
        camera.reads_by_day,
        camera.reads_by_night,
        camera.reads_in_rain,
        camera.reads_in_fog,
        camera.reads_in_snow,
        camera.confusions,
        camera.doubles,
        camera.speed_spread,
        position.spread,
        position.lasts_s / 100.0,
        position.speed_spread,
        position.lost,
        position.late,
        position.overtaken,
    ];
    for (number, hundredths) in numbers.iter().zip(1_u8..) {
        assert!((number - f32::from(hundredths) / 100.0).abs() < 1e-6, "{number} {hundredths}");
    }
    assert!((radar.range - 150.0).abs() < 1e-6);
    assert_eq!(position.late_max, Millis(2_600));
    let [a, b] = &sensors.cameras[..] else {
        panic!("{:?}", sensors.cameras);
    };
    assert_eq!((&a.name[..], a.at, &a.lanes[..]), ("a", Metres(12.5), &[2, 0][..]));
    assert_eq!((&b.name[..], b.at, &b.lanes[..]), ("b", Metres(0.0), &[0, 1, 2][..]));
}

#[test]
fn day_is_by_the_clock_and_comes_again() {
    let sensors = parse("begins_at = \"18:59:30\"").expect("sound");
    let hours = |hours: i64| Millis::from_secs(hours * 3_600);
    for (after, is_day) in [
        (Millis(0), true),
        (Millis(29_999), true),
        (Millis(30_000), false),
        (hours(11), false),
        (hours(12), true),
        (hours(24), true),
        (hours(25), false),
    ] {
        assert_eq!(sensors.is_day(after), is_day, "{after}");
    }
}

proptest! {
    /// A file that somebody has edited badly is refused in words or taken, but never panics.
    #[test]
    fn no_edit_makes_the_reader_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..3, "[ -~\n]{0,6}"), 1..8),
    ) {
        let mut text: Vec<char> = "base = \"typical\"\nbegins_at = \"17:30\"
day = [\"06:00\", \"19:00\"]\n[radar]\nrange_m = 150\n[position]\nlate_max_s = 2.5
[[camera_site]]\nname = \"a\"\nlink = \"l_0_1_1_1\"\nat_m = 12.5\nlanes = [2, 0]"
            .chars()
            .collect();
        for (at, kind, piece) in edits {
            let at = at.index(text.len().max(1)).min(text.len());
            match kind {
                0 if at < text.len() => { text.remove(at); }
                1 => { text.splice(at..at, piece.chars()); }
                _ => {
                    let to = (at + 20).min(text.len());
                    text.drain(at..to);
                }
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(all) = parse(&text) {
            prop_assert!(!all.is_empty() && all.iter().all(|told| !told.is_empty()));
        }
    }
}

#[test]
fn every_mistake_is_told_for_what_it_is() {
    let site = "[[camera_site]]\nname = \"a\"\nlink = \"l_0_1_1_1\"\nat_m = 1\n";
    let cases = [
        ("base = \"good\"".to_owned(), "is none of exact, typical"),
        ("begins_at = \"25:00\"".to_owned(), "\"25:00\" is no time of the day"),
        ("day = [\"06:00\"]".to_owned(), "not a begin and an end"),
        ("day = [\"19:00\", \"06:00\"]".to_owned(), "it ends before it begins"),
        ("day = [\"six\", \"19:00\"]".to_owned(), "\"six\" is no time"),
        ("[loops]\nmisses = 1.1".to_owned(), "loops.misses: 1.1 is not within 0 to 1"),
        ("[loops]\nmisses = \"few\"".to_owned(), "loops.misses"),
        ("[trackers]\nmiss = 0.1".to_owned(), "this key is not known"),
        ("[radar]\nrange_m = 0".to_owned(), "radar.range_m"),
        ("[radar]\ndistance_spread_m = -1".to_owned(), "radar.distance_spread_m"),
        ("[position]\nlasts_s = 0".to_owned(), "position.lasts_s"),
        ("[position]\nlate_max_s = 61".to_owned(), "position.late_max_s"),
        ("sonar = 1".to_owned(), "sonar: this key is not known"),
        (site.replace("l_0_1_1_1", "nowhere"), "there is no link \"nowhere\""),
        (site.replace("at_m = 1", "at_m = 100000"), "at_m"),
        (format!("{site}lanes = [0, 0]"), "it is named twice"),
        (format!("{site}lanes = [9]"), "lanes[0]: it is not within 0 to 2"),
        (format!("{site}{site}"), "another camera has it"),
        (site.replace("name = \"a\"\n", ""), "name: it is missing"),
    ];
    for (text, expected) in cases {
        let all = parse(&text).expect_err(expected);
        assert!(all.iter().any(|told| told.contains(expected)), "{expected}: {all:?}");
        assert!(all.iter().all(|told| told.starts_with("line ")), "{all:?}");
    }
    let both = parse("base = \"good\"\n[loops]\nmisses = 7\nchatters = 8").expect_err("three");
    assert_eq!(both.len(), 3, "{both:?}");
}
