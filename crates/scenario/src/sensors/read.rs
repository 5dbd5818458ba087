//! Reads a sensor file for a network and reports every mistake in it.
//!
//! ```toml
//! version = 1
//! base = "typical"            # or exact, which is what holds where nothing is said
//! begins_at = "17:30"         # what a clock shows when the street's time begins
//! day = ["06:00", "19:00"]
//!
//! [loops]
//! misses = 0.01
//! chatters = 0.005
//!
//! [trackers]                  # those of the cabinets, which report counts alone
//! misses = 0.03
//!
//! [radar]
//! range_m = 200
//! misses_hidden = 0.6
//!
//! [camera]
//! reads_by_night = 0.8
//!
//! [position]
//! spread_m = 4
//!
//! [[camera_site]]
//! name = "entry"
//! link = "l_0_1_1_1"
//! at_m = 120                  # from the begin of the link
//! lanes = [0, 1]              # all of the link's, where none is named
//! ```

use document::{Document, Item, Problem, Table};
use network::Network;
use units::{LinkId, Metres, Millis};

use super::{CameraNoise, CameraSite, PositionNoise, RadarNoise, SensorNoise, Sensors};
use crate::links::named_link;
use crate::site::time_of_day;

/// What a rate may be.
const SHARE: std::ops::RangeInclusive<f64> = 0.0..=1.0;
/// No tracker sees farther, metres.
const RANGE: std::ops::RangeInclusive<f64> = 1.0..=1_000.0;
/// A spread beyond these is no measurement: metres, metres a second.
const SPREAD: std::ops::RangeInclusive<f64> = 0.0..=100.0;
/// How long an error lasts, seconds.
const LASTS: std::ops::RangeInclusive<f64> = 1.0..=3_600.0;
/// The latest that a report may come, seconds: later, nobody can use it.
const LATE_MAX_S: f64 = 60.0;
/// The most cameras: each keeps a ring of passages.
const CAMERAS_MAX: usize = 1_000;

const BASES: &[(&str, bool)] = &[("exact", false), ("typical", true)];

impl Sensors {
    /// Reads a sensor file; its links are those of `network`.
    ///
    /// # Errors
    /// Every mistake in it, with its line: a rate that is none, a time that is none, a link or a lane
    /// that is not there, a camera beyond the end of its road, two cameras with one name.
    pub fn parse(text: &str, network: &Network) -> Result<Self, Vec<Problem>> {
        Document::parse(text)?.read(|root| sensors(root, network))
    }
}

fn sensors(root: &Table<'_>, network: &Network) -> Option<Sensors> {
    let usual = Sensors::default();
    let version = root.integer("version", 1..=1);
    let is_typical = root.choice("base", BASES, Some(false));
    let begins_at = match root.text_if("begins_at") {
        None => Some(usual.begins_at),
        Some(text) => of_day(&text, &|what| root.say("begins_at", what)),
    };
    let day = if root.has("day") { day(root) } else { Some(usual.day) };
    // Where the base could not be read, the keys are still looked at.
    let base =
        if is_typical == Some(true) { SensorNoise::typical() } else { SensorNoise::default() };
    let noise = noise(root, &base);
    let tables = root.tables("camera_site");
    let cameras: Vec<_> = tables.iter().map(|table| camera_site(table, network)).collect();
    for (index, table) in tables.iter().enumerate() {
        let name = cameras[index].as_ref().map(|camera| &camera.name);
        let others = cameras[..index].iter().flatten();
        if name.is_some_and(|name| others.clone().any(|other| other.name == *name)) {
            table.say("name", "another camera has it");
        }
    }
    if tables.len() > CAMERAS_MAX {
        root.say("camera_site", format!("there are more than {CAMERAS_MAX}"));
    }
    let cameras: Option<Vec<_>> = cameras.into_iter().collect();
    version.and(is_typical)?;
    Some(Sensors { noise: noise?, begins_at: begins_at?, day: day?, cameras: cameras? })
}

fn of_day(text: &str, say: &dyn Fn(String)) -> Option<Millis> {
    let found = time_of_day(text);
    if found.is_none() {
        say(format!("{text:?} is no time of the day, as \"06:30\""));
    }
    found
}

fn day(root: &Table<'_>) -> Option<(Millis, Millis)> {
    let items = root.items("day");
    let [from, to] = &items[..] else {
        root.say("day", "it is not a begin and an end");
        return None;
    };
    let time = |item: &Item<'_>| {
        let text = item.text()?;
        of_day(&text, &|what| item.say(what))
    };
    let (from, to) = (time(from), time(to));
    let (from, to) = (from?, to?);
    if from >= to {
        root.say("day", "it ends before it begins");
        return None;
    }
    Some((from, to))
}

/// What the tables say; what they do not say is the base's.
fn noise(root: &Table<'_>, base: &SensorNoise) -> Option<SensorNoise> {
    let loops = match root.table_if("loops") {
        None => Some((base.loop_misses, base.loop_chatters)),
        Some(table) => {
            let misses = number(&table, "misses", SHARE, base.loop_misses);
            let chatters = number(&table, "chatters", SHARE, base.loop_chatters);
            misses.zip(chatters)
        }
    };
    let trackers = root.table_if("trackers").map_or(Some(base.tracker_misses), |table| {
        number(&table, "misses", SHARE, base.tracker_misses)
    });
    let radar = root.table_if("radar").map_or(Some(base.radar), |t| radar(&t, &base.radar));
    let camera = root.table_if("camera").map_or(Some(base.camera), |t| camera(&t, &base.camera));
    let position =
        root.table_if("position").map_or(Some(base.position), |t| position(&t, &base.position));
    let (loop_misses, loop_chatters) = loops?;
    Some(SensorNoise {
        loop_misses,
        loop_chatters,
        tracker_misses: trackers?,
        radar: radar?,
        camera: camera?,
        position: position?,
    })
}

#[allow(clippy::cast_possible_truncation)]
fn number(
    table: &Table<'_>,
    key: &'static str,
    range: std::ops::RangeInclusive<f64>,
    usual: f32,
) -> Option<f32> {
    table.number_or(key, range, f64::from(usual)).map(|number| number as f32)
}

fn radar(table: &Table<'_>, base: &RadarNoise) -> Option<RadarNoise> {
    let share = |key, usual| number(table, key, SHARE, usual);
    let spread = |key, usual| number(table, key, SPREAD, usual);
    let range = number(table, "range_m", RANGE, base.range);
    let range_in_rain = share("range_in_rain", base.range_in_rain);
    let range_in_snow = share("range_in_snow", base.range_in_snow);
    let distance_spread = spread("distance_spread_m", base.distance_spread);
    let speed_spread = spread("speed_spread_m_s", base.speed_spread);
    let misses_near = share("misses_near", base.misses_near);
    let misses_far = share("misses_far", base.misses_far);
    let misses_hidden = share("misses_hidden", base.misses_hidden);
    let ghosts = share("ghosts", base.ghosts);
    Some(RadarNoise {
        range: range?,
        range_in_rain: range_in_rain?,
        range_in_snow: range_in_snow?,
        distance_spread: distance_spread?,
        speed_spread: speed_spread?,
        misses_near: misses_near?,
        misses_far: misses_far?,
        misses_hidden: misses_hidden?,
        ghosts: ghosts?,
    })
}

fn camera(table: &Table<'_>, base: &CameraNoise) -> Option<CameraNoise> {
    let share = |key, usual| number(table, key, SHARE, usual);
    let reads_by_day = share("reads_by_day", base.reads_by_day);
    let reads_by_night = share("reads_by_night", base.reads_by_night);
    let reads_in_rain = share("reads_in_rain", base.reads_in_rain);
    let reads_in_fog = share("reads_in_fog", base.reads_in_fog);
    let reads_in_snow = share("reads_in_snow", base.reads_in_snow);
    let confusions = share("confusions", base.confusions);
    let doubles = share("doubles", base.doubles);
    let speed_spread = number(table, "speed_spread_m_s", SPREAD, base.speed_spread);
    Some(CameraNoise {
        reads_by_day: reads_by_day?,
        reads_by_night: reads_by_night?,
        reads_in_rain: reads_in_rain?,
        reads_in_fog: reads_in_fog?,
        reads_in_snow: reads_in_snow?,
        confusions: confusions?,
        doubles: doubles?,
        speed_spread: speed_spread?,
    })
}

fn position(table: &Table<'_>, base: &PositionNoise) -> Option<PositionNoise> {
    let share = |key, usual| number(table, key, SHARE, usual);
    let spread = number(table, "spread_m", SPREAD, base.spread);
    let lasts_s = number(table, "lasts_s", LASTS, base.lasts_s);
    let speed_spread = number(table, "speed_spread_m_s", SPREAD, base.speed_spread);
    let lost = share("lost", base.lost);
    let late = share("late", base.late);
    let overtaken = share("overtaken", base.overtaken);
    let late_max = table.number_or("late_max_s", 0.0..=LATE_MAX_S, base.late_max.as_secs_f64());
    Some(PositionNoise {
        spread: spread?,
        lasts_s: lasts_s?,
        speed_spread: speed_spread?,
        lost: lost?,
        late: late?,
        overtaken: overtaken?,
        late_max: Millis::from_secs_f64(late_max?),
    })
}

fn camera_site(table: &Table<'_>, network: &Network) -> Option<CameraSite> {
    let name = table.text("name");
    let link = named_link(table, network);
    let length = link.map_or(f64::MAX, |link| network.link(link).length.0);
    let at = table.number("at_m", 0.0..=length);
    let lanes = link.and_then(|link| lanes(table, network, link));
    Some(CameraSite { name: name?, link: link?, at: Metres(at?), lanes: lanes? })
}

/// The lanes that are named, or all of the link's.
fn lanes(table: &Table<'_>, network: &Network, link: LinkId) -> Option<Vec<u8>> {
    let count = network.link(link).lane_count;
    let items = table.items("lanes");
    if items.is_empty() {
        return Some((0..count).collect());
    }
    let mut lanes = Vec::new();
    let mut sound = true;
    for item in &items {
        let lane = item.integer(0..=i64::from(count) - 1).and_then(|n| u8::try_from(n).ok());
        match lane {
            Some(lane) if !lanes.contains(&lane) => lanes.push(lane),
            Some(_) => {
                item.say("it is named twice");
                sound = false;
            }
            None => sound = false,
        }
    }
    sound.then_some(lanes)
}
