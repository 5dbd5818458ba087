//! The made-up section: as it is described to the matcher, and as its judge knows it.
//!
//! Five kilometres from camera 0 to camera 1, three lanes; a side exit under camera 2 after 3.2 km. Cars
//! may drive 120 km/h and others 100, less by night, 60 in fog; from hour 40 on 110 and 90; from hour 60 to
//! 62 there is a work zone. The judge has these limits once more, as plain numbers, so that a mistake in
//! one is not a mistake in both.

use interval_speed::{
    CameraId, ClassSet, Constancy, Gate, Kmh, LanePair, LimitEntry, LimitHistory, LimitRule,
    Millimetres, Place, Rules, SectionId, SectionSpec, Survey, Tolerance, VehicleClass, Weather,
};
use units::{Millis, WallTime};

/// Midnight there (UTC + 8), when the stream begins.
pub(super) const BEGIN: i64 = 20_700 * 86_400_000 - 8 * HOUR;
pub(super) const HOUR: i64 = 3_600_000;
pub(super) const ENTRY: u16 = 0;
pub(super) const EXIT: u16 = 1;
pub(super) const SIDE: u16 = 2;
/// How much the surveyed lengths may be wrong, millimetres.
pub(super) const SURVEY_ERROR: u32 = 3_000;
/// Beyond the limit, per cent, nobody is pursued.
pub(super) const TOLERANCE: u32 = 10;
pub(super) const LATENESS: i64 = 300_000;
pub(super) const TRIGGER: i64 = 20;
pub(super) const CLEARANCE: i64 = 600_000;
/// When what weather begins, milliseconds from the begin.
pub(super) const WEATHER: &[(i64, Weather)] = &[
    (9 * HOUR, Weather::Fog),
    (11 * HOUR, Weather::Clear),
    (80 * HOUR, Weather::Rain),
    (82 * HOUR, Weather::Fog),
    (83 * HOUR, Weather::Clear),
];
const SECOND_ORDER: i64 = 40 * HOUR;
const ZONE: (i64, i64) = (60 * HOUR, 62 * HOUR);

/// The surveyed length from a lane to a lane of an exit, millimetres.
pub(super) fn length(from: u8, exit: u16, to: u8) -> u32 {
    let whole = if exit == EXIT { 5_000_000 } else { 3_200_000 };
    whole + 500 * u32::from(from.abs_diff(to))
}

/// What is allowed, `at` milliseconds from the begin; none in the work zone.
pub(super) fn limit(is_car: bool, at: i64) -> Option<u16> {
    if (ZONE.0..ZONE.1).contains(&at) || at < 0 {
        return None;
    }
    if (9 * HOUR..11 * HOUR).contains(&at) || (82 * HOUR..83 * HOUR).contains(&at) {
        return Some(60);
    }
    let hour = at / HOUR % 24;
    let is_night = !(6..22).contains(&hour);
    Some(match (at < SECOND_ORDER, is_car, is_night) {
        (_, true, true) => 100,
        (_, false, true) => 80,
        (true, true, false) => 120,
        (true, false, false) => 100,
        (false, true, false) => 110,
        (false, false, false) => 90,
    })
}

/// Whether the limit was the same from the clearance before a vehicle entered until it left: whatever
/// changes, changes at a full hour.
pub(super) fn is_constant(is_car: bool, entered: i64, left: i64) -> bool {
    let from = entered - CLEARANCE;
    let at_entry = limit(is_car, entered);
    let hours = (from / HOUR + 1)..=(left / HOUR);
    from >= 0
        && limit(is_car, from) == at_entry
        && hours.into_iter().all(|hour| limit(is_car, hour * HOUR) == at_entry)
}

/// The section, as it is described to the matcher.
pub(super) fn spec() -> SectionSpec {
    let camera = |camera, lanes: u8| Gate { camera: CameraId(camera), lanes: (0..lanes).collect() };
    let place = |camera, lane| Place { camera: CameraId(camera), lane };
    let exits = (0..3).map(|lane| (EXIT, lane)).chain([(SIDE, 0)]);
    let pairs = (0..3).flat_map(|from| exits.clone().map(move |(exit, to)| (from, exit, to)));
    let pair = |(from, exit, to)| LanePair {
        entry: place(ENTRY, from),
        exit: place(exit, to),
        shortest: Millimetres(length(from, exit, to)),
    };
    SectionSpec {
        id: SectionId(0),
        name: "made-up ring".into(),
        version: 1,
        entries: vec![camera(ENTRY, 3)],
        exits: vec![camera(EXIT, 3), camera(SIDE, 1)],
        survey: Survey {
            certificate: "MADE-UP-1".into(),
            surveyor: "nobody".into(),
            valid_from: WallTime(0),
            valid_until: WallTime(i64::MAX),
            uncertainty: Millimetres(SURVEY_ERROR),
            pairs: pairs.map(pair).collect(),
        },
        limits: LimitHistory {
            entries: vec![
                order(1, BEGIN, Constancy::Constant, (120, 100)),
                order(2, BEGIN + SECOND_ORDER, Constancy::Constant, (110, 90)),
                order(3, BEGIN + ZONE.0, Constancy::NotConstant("work zone".into()), (80, 80)),
                order(4, BEGIN + ZONE.1, Constancy::Constant, (110, 90)),
            ],
            clearance: Millis(CLEARANCE),
            utc_offset: Millis(8 * HOUR),
        },
        rules: Rules {
            tolerance: Tolerance { per_cent: TOLERANCE as u8, kmh: 0 },
            lateness: Millis(LATENESS),
            trigger: Millis(TRIGGER),
            ..Rules::default()
        },
    }
}

fn order(number: u32, from: i64, constancy: Constancy, by_day: (u16, u16)) -> LimitEntry {
    let cars = ClassSet::of(&[VehicleClass::Car]);
    let night = Some((Millis(22 * HOUR), Millis(6 * HOUR)));
    let rule =
        |classes, daily, weather, limit| LimitRule { classes, daily, weather, limit: Kmh(limit) };
    let rules = vec![
        rule(ClassSet::ALL, None, Some(Weather::Fog), 60),
        rule(cars, night, None, 100),
        rule(ClassSet::ALL, night, None, 80),
        rule(cars, None, None, by_day.0),
        rule(ClassSet::ALL, None, None, by_day.1),
    ];
    LimitEntry { number, from: WallTime(from), authority: "made up".into(), constancy, rules }
}
