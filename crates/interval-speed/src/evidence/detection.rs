//! What is kept of a vehicle that was measured above the limit, and how each number of it comes about.
//!
//! All numbers are whole, so that everybody gets the same: lengths in millimetres, times in
//! milliseconds. With S the shortest path, u the uncertainties, a passage's time t being what its
//! camera read less its clock's offset:
//!
//! ```text
//!   travel            T  = t_exit − t_entry
//!   longest travel    T⁺ = T + u_clock,entry + u_clock,exit + u_trigger
//!   raw speed            = ⌊ 3600 · S / T ⌋                     m/h
//!   certified speed      = ⌊ 3.6 · (S − u_length) / T⁺ ⌋        km/h
//!   punishable above     = limit + max(tolerance, ⌈limit · share⌉)
//! ```
//!
//! The certified speed is the lowest that the measurement allows, rounded down: everything is read in
//! the driver's favour. The form of the bound is our own, after the error budgets of provincial
//! verification rules; no standard that was at hand prescribes it.

use units::{Millis, WallTime};

use super::body::Body;
use super::schema::{Kind, detection as tag, passage};
use super::value::{Salts, Value};

/// A measured speed beyond this, km/h, is no vehicle's: two vehicles with one plate.
pub const SPEED_MAX_KM_H: i64 = 300;

/// A passage at one end of the section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// Which camera.
    pub camera: String,
    /// The camera's number of this passage.
    pub sequence: i64,
    /// The lane, from 1.
    pub lane: i64,
    /// When, by the camera's clock.
    pub at: WallTime,
    /// How far the camera's clock was ahead of true time, as far as it is known and corrected.
    pub clock_offset: Millis,
    /// How wrong the camera's clock may be beyond that.
    pub clock_uncertainty: Millis,
    /// What the camera's clock was set by.
    pub sync_source: String,
    /// How long ago.
    pub sync_age: Millis,
    /// The offset of local time from UTC, minutes.
    pub zone_offset: i64,
    /// The plate, as it is compared.
    pub plate: String,
    /// The plate as the camera sent it, where that is kept.
    pub plate_as_read: Option<Vec<u8>>,
    /// The plate's colour.
    pub plate_colour: String,
    /// The vehicle's class.
    pub class: String,
    /// How sure the camera is of the plate, per mille.
    pub confidence: i64,
    /// The speed at the camera, metres an hour, where it measures one.
    pub spot_speed: Option<i64>,
    /// Where the image lies.
    pub image: Option<String>,
    /// The image's hash.
    pub image_hash: [u8; 32],
}

impl End {
    /// When, in true time as far as it is known.
    #[must_use]
    pub fn true_time(&self) -> WallTime {
        self.at + (-self.clock_offset)
    }
}

/// The section and its survey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    /// The section.
    pub section: String,
    /// Which version of its description.
    pub version: i64,
    /// Who surveyed it.
    pub surveyor: String,
    /// The certificate's number.
    pub certificate: String,
    /// From when it is valid.
    pub from: WallTime,
    /// Until when.
    pub until: WallTime,
    /// The shortest path between the two lanes, millimetres.
    pub length: i64,
    /// Its uncertainty, millimetres.
    pub length_uncertainty: i64,
}

/// The limit that was in force, with its entry in the history of limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitInForce {
    /// The limit, km/h.
    pub limit: i64,
    /// Which entry of the history.
    pub version: i64,
    /// By which order of an authority.
    pub order: String,
    /// From when it is in force.
    pub from: WallTime,
    /// Until when; none while it is.
    pub until: Option<WallTime>,
    /// How long after a change nothing is evidence.
    pub clearance: Millis,
    /// For which class of vehicle.
    pub class: String,
    /// In which weather.
    pub weather: String,
    /// What is granted beyond the limit, km/h.
    pub tolerance: i64,
    /// Or this share of the limit, per mille, where that is more.
    pub tolerance_share: i64,
}

/// What comes out of a measurement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The travel time as it was measured.
    pub travel: Millis,
    /// The longest that it may have been.
    pub longest: Millis,
    /// The speed as it was measured, metres an hour, rounded down.
    pub raw_speed: i64,
    /// The lowest that it may have been, km/h, rounded down.
    pub certified_speed: i64,
    /// A certified speed above this is punishable, km/h.
    pub above_what: i64,
}

/// A vehicle above the limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Detection {
    /// Where it was measured.
    pub survey: Survey,
    /// What it was measured against.
    pub limit: LimitInForce,
    /// How late or early the cameras may have seen it, both together.
    pub trigger_uncertainty: Millis,
    /// Where it came in.
    pub entry: End,
    /// Where it went out.
    pub exit: End,
    /// How the two were found to be one vehicle.
    pub method: String,
    /// What measured.
    pub software: String,
    /// The hash of the configuration that it measured by.
    pub configuration: [u8; 32],
    /// Others who can be told in the images.
    pub bystanders: Option<String>,
}

/// Why a detection is no evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Doubt {
    /// The exit is not after the entry.
    #[error("the exit is not after the entry")]
    NoTravel,
    /// A length or an uncertainty is negative, or the section is shorter than its uncertainty.
    #[error("a length or an uncertainty cannot be")]
    Bounds,
    /// Faster than any vehicle.
    #[error("it is faster than any vehicle: two vehicles with one plate")]
    TooFast,
    /// It is not above what is punishable.
    #[error("the certified speed is not above what is punishable")]
    NotAbove,
    /// The survey's certificate was not valid all the time.
    #[error("the section's certificate was not valid from the entry to the exit")]
    Certificate,
    /// The limit was not in force all the time, its clearance included.
    #[error("the limit was not in force from the entry, its clearance included, to the exit")]
    Limit,
    /// A clock had nothing to be set by.
    #[error("a camera's clock was set by nothing")]
    Clock,
    /// The two plates are not the same.
    #[error("the plates at entry and exit are not the same")]
    Plates,
    /// The two classes are not the same.
    #[error("the vehicle has another class at the exit")]
    Classes,
    /// One camera at both ends.
    #[error("entry and exit are one camera")]
    OneCamera,
}

impl Detection {
    /// What comes out of it by the formulas above; none where the exit is not after the entry, or
    /// lengths and uncertainties cannot be.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        let Self { survey, limit, entry, exit, .. } = self;
        let travel = exit.true_time() - entry.true_time();
        let uncertain = [entry.clock_uncertainty, exit.clock_uncertainty, self.trigger_uncertainty];
        let sound = travel.0 > 0
            && uncertain.iter().all(|span| span.0 >= 0)
            && survey.length_uncertainty >= 0
            && survey.length > survey.length_uncertainty
            && [limit.limit, limit.tolerance, limit.tolerance_share].iter().all(|&n| n >= 0);
        if !sound {
            return None;
        }
        let longest = travel + uncertain.into_iter().sum();
        let (metres, certain) = (survey.length, survey.length - survey.length_uncertainty);
        // A millimetre a millisecond is a metre a second, 3,600 metres an hour. In 128 bits nothing
        // runs over.
        let floor = |length: i64, time: i64, scale: i128| {
            let speed = i128::from(length) * 3_600 / (i128::from(time) * scale);
            i64::try_from(speed).unwrap_or(i64::MAX)
        };
        let share = (i128::from(limit.limit) * i128::from(limit.tolerance_share) + 999) / 1_000;
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        Some(Outcome {
            travel,
            longest,
            raw_speed: floor(metres, travel.0, 1),
            certified_speed: floor(certain, longest.0, 1_000),
            above_what: limit.limit.saturating_add(limit.tolerance.max(share)),
        })
    }

    /// Everything for which it is no evidence; empty where it is.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let Self { survey, limit, entry, exit, .. } = self;
        let (from, to) = (entry.true_time(), exit.true_time());
        let cleared = limit.from + limit.clearance;
        let outcome = self.outcome();
        let unset = |end: &End| end.sync_source.is_empty() || end.sync_source == "none";
        let all = [
            (to <= from, Doubt::NoTravel),
            (to > from && outcome.is_none(), Doubt::Bounds),
            (outcome.is_some_and(|o| o.raw_speed > SPEED_MAX_KM_H * 1_000), Doubt::TooFast),
            (outcome.is_some_and(|o| o.certified_speed <= o.above_what), Doubt::NotAbove),
            (survey.from > from || survey.until < to, Doubt::Certificate),
            (cleared > from || limit.until.is_some_and(|until| until <= to), Doubt::Limit),
            (unset(entry) || unset(exit), Doubt::Clock),
            (entry.plate != exit.plate, Doubt::Plates),
            (entry.class != exit.class, Doubt::Classes),
            (entry.camera == exit.camera, Doubt::OneCamera),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, doubt)| doubt).collect()
    }

    /// As the fields of an entry.
    ///
    /// # Errors
    /// Why it is no evidence: nothing of a vehicle is kept for less.
    pub fn body(&self, salts: Salts) -> Result<Body, Vec<Doubt>> {
        let doubts = self.doubts();
        let (Some(outcome), true) = (self.outcome(), doubts.is_empty()) else {
            return Err(doubts);
        };
        let Self { survey, limit, .. } = self;
        let body = Body::of(Kind::Detection, salts)
            .text(tag::SECTION, &*survey.section)
            .number(tag::SECTION_VERSION, survey.version)
            .text(tag::SURVEYOR, &*survey.surveyor)
            .text(tag::CERTIFICATE, &*survey.certificate)
            .number(tag::CERTIFICATE_FROM, survey.from.0)
            .number(tag::CERTIFICATE_UNTIL, survey.until.0)
            .number(tag::LENGTH, survey.length)
            .number(tag::LENGTH_UNCERTAINTY, survey.length_uncertainty)
            .number(tag::LIMIT, limit.limit)
            .number(tag::LIMIT_VERSION, limit.version)
            .text(tag::LIMIT_ORDER, &*limit.order)
            .number(tag::LIMIT_FROM, limit.from.0)
            .number_if(tag::LIMIT_UNTIL, limit.until.map(|until| until.0))
            .number(tag::LIMIT_CLEARANCE, limit.clearance.0)
            .text(tag::LIMIT_CLASS, &*limit.class)
            .text(tag::LIMIT_WEATHER, &*limit.weather)
            .number(tag::TOLERANCE, limit.tolerance)
            .number(tag::TOLERANCE_SHARE, limit.tolerance_share)
            .number(tag::TRIGGER_UNCERTAINTY, self.trigger_uncertainty.0)
            .number(tag::TRAVEL, outcome.travel.0)
            .number(tag::TRAVEL_LONGEST, outcome.longest.0)
            .number(tag::RAW_SPEED, outcome.raw_speed)
            .number(tag::CERTIFIED_SPEED, outcome.certified_speed)
            .number(tag::PUNISHABLE_FROM, outcome.above_what)
            .text(tag::METHOD, &*self.method)
            .text(tag::SOFTWARE, &*self.software)
            .digest(tag::CONFIGURATION, self.configuration)
            .text_if(tag::BYSTANDERS, self.bystanders.as_deref());
        let body = end_into(body, tag::ENTRY, &self.entry);
        Ok(end_into(body, tag::EXIT, &self.exit).done())
    }

    /// From the fields of an entry. What was left out is empty: see [`withheld`].
    ///
    /// None where a field that is open is not there, which the decoder of bodies refuses before.
    #[must_use]
    pub fn from_body(body: &Body) -> Option<Self> {
        let text = |tag| body.text(tag).map(str::to_owned);
        let at = |tag| body.number(tag).map(WallTime);
        let span = |tag| body.number(tag).map(Millis);
        Some(Self {
            survey: Survey {
                section: text(tag::SECTION)?,
                version: body.number(tag::SECTION_VERSION)?,
                surveyor: text(tag::SURVEYOR)?,
                certificate: text(tag::CERTIFICATE)?,
                from: at(tag::CERTIFICATE_FROM)?,
                until: at(tag::CERTIFICATE_UNTIL)?,
                length: body.number(tag::LENGTH)?,
                length_uncertainty: body.number(tag::LENGTH_UNCERTAINTY)?,
            },
            limit: LimitInForce {
                limit: body.number(tag::LIMIT)?,
                version: body.number(tag::LIMIT_VERSION)?,
                order: text(tag::LIMIT_ORDER)?,
                from: at(tag::LIMIT_FROM)?,
                until: at(tag::LIMIT_UNTIL),
                clearance: span(tag::LIMIT_CLEARANCE)?,
                class: text(tag::LIMIT_CLASS)?,
                weather: text(tag::LIMIT_WEATHER)?,
                tolerance: body.number(tag::TOLERANCE)?,
                tolerance_share: body.number(tag::TOLERANCE_SHARE)?,
            },
            trigger_uncertainty: span(tag::TRIGGER_UNCERTAINTY)?,
            entry: end_from(body, tag::ENTRY)?,
            exit: end_from(body, tag::EXIT)?,
            method: text(tag::METHOD)?,
            software: text(tag::SOFTWARE)?,
            configuration: body.digest_in(tag::CONFIGURATION)?,
            bystanders: text(tag::BYSTANDERS),
        })
    }
}

/// The names of the numbers of a detection's body that do not come out as they are written there.
#[must_use]
pub fn miscounted(body: &Body) -> Vec<&'static str> {
    let outcome = Detection::from_body(body).and_then(|detection| detection.outcome());
    let numbers = outcome.map(|outcome| {
        [
            (tag::TRAVEL, outcome.travel.0),
            (tag::TRAVEL_LONGEST, outcome.longest.0),
            (tag::RAW_SPEED, outcome.raw_speed),
            (tag::CERTIFIED_SPEED, outcome.certified_speed),
            (tag::PUNISHABLE_FROM, outcome.above_what),
        ]
    });
    let numbers = numbers.into_iter().flatten();
    let wrong = numbers.filter(|&(tag, number)| body.number(tag) != Some(number));
    wrong.filter_map(|(tag, _)| Kind::Detection.field(tag).map(|field| field.name)).collect()
}

/// The names of the fields of a body that were left out.
#[must_use]
pub fn withheld(body: &Body) -> Vec<&'static str> {
    let out = body.fields().iter().filter(|(_, content)| content.value().is_none());
    out.filter_map(|(tag, _)| body.kind().field(*tag).map(|field| field.name)).collect()
}

fn end_into(body: super::body::Builder, base: u16, end: &End) -> super::body::Builder {
    let body = body
        .text(base + passage::CAMERA, &*end.camera)
        .number(base + passage::SEQUENCE, end.sequence)
        .number(base + passage::LANE, end.lane)
        .number(base + passage::AT, end.at.0)
        .number(base + passage::CLOCK_OFFSET, end.clock_offset.0)
        .number(base + passage::CLOCK_UNCERTAINTY, end.clock_uncertainty.0)
        .text(base + passage::SYNC_SOURCE, &*end.sync_source)
        .number(base + passage::SYNC_AGE, end.sync_age.0)
        .number(base + passage::ZONE, end.zone_offset)
        .text(base + passage::PLATE, &*end.plate)
        .text(base + passage::PLATE_COLOUR, &*end.plate_colour)
        .text(base + passage::CLASS, &*end.class)
        .number(base + passage::CONFIDENCE, end.confidence)
        .number_if(base + passage::SPOT_SPEED, end.spot_speed)
        .text_if(base + passage::IMAGE, end.image.as_deref())
        .digest(base + passage::IMAGE_HASH, end.image_hash);
    match &end.plate_as_read {
        Some(bytes) => body.with(base + passage::PLATE_AS_READ, Value::Bytes(bytes.clone())),
        None => body,
    }
}

fn end_from(body: &Body, base: u16) -> Option<End> {
    let text = |tag| body.text(base + tag).map(str::to_owned);
    let number = |tag| body.number(base + tag);
    let as_read = match body.value(base + passage::PLATE_AS_READ) {
        Some(Value::Bytes(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    Some(End {
        camera: text(passage::CAMERA)?,
        sequence: number(passage::SEQUENCE)?,
        lane: number(passage::LANE)?,
        at: WallTime(number(passage::AT)?),
        clock_offset: Millis(number(passage::CLOCK_OFFSET)?),
        clock_uncertainty: Millis(number(passage::CLOCK_UNCERTAINTY)?),
        sync_source: text(passage::SYNC_SOURCE)?,
        sync_age: Millis(number(passage::SYNC_AGE)?),
        zone_offset: number(passage::ZONE)?,
        plate: text(passage::PLATE).unwrap_or_default(),
        plate_as_read: as_read,
        plate_colour: text(passage::PLATE_COLOUR)?,
        class: text(passage::CLASS)?,
        confidence: number(passage::CONFIDENCE)?,
        spot_speed: number(passage::SPOT_SPEED),
        image: text(passage::IMAGE),
        image_hash: body.digest_in(base + passage::IMAGE_HASH)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_keeps_every_field_and_its_numbers_come_out_again() {
        let detection = sample::detection(1);
        let body = detection.body(Salts::new([1; 32])).expect("evidence");
        assert_eq!(Detection::from_body(&body), Some(detection));
        assert_eq!(miscounted(&body), [""; 0]);
        assert_eq!(withheld(&body), [""; 0]);
    }

    /// 2 km in 60 s are 120 km/h; 4 m and 0.34 s of uncertainty leave 119.08.
    #[test]
    fn the_numbers_are_those_of_the_formulas() {
        let outcome = sample::detection(1).outcome().expect("an outcome");
        let expected = Outcome {
            travel: Millis(60_000),
            longest: Millis(60_340),
            raw_speed: 120_000,
            certified_speed: 119,
            above_what: 88,
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn whatever_makes_it_no_evidence_is_named() {
        type Change = fn(&mut Detection);
        let table: &[(Doubt, Change)] = &[
            (Doubt::NoTravel, |d| d.exit.at = d.entry.at),
            (Doubt::Bounds, |d| d.survey.length_uncertainty = d.survey.length),
            (Doubt::Bounds, |d| d.entry.clock_uncertainty = Millis(-1)),
            (Doubt::TooFast, |d| d.exit.at = d.entry.at + Millis(20_000)),
            (Doubt::NotAbove, |d| d.exit.at = d.entry.at + Millis(81_000)),
            (Doubt::Certificate, |d| d.survey.until = d.entry.at),
            (Doubt::Certificate, |d| d.survey.from = d.exit.at),
            (Doubt::Limit, |d| d.limit.from = d.entry.at + Millis(-1_000)),
            (Doubt::Limit, |d| d.limit.until = Some(d.exit.at + Millis(-100))),
            (Doubt::Clock, |d| d.exit.sync_source = "none".to_owned()),
            (Doubt::Plates, |d| d.exit.plate = "鲁A12347".to_owned()),
            (Doubt::Classes, |d| d.exit.class = "truck".to_owned()),
            (Doubt::OneCamera, |d| d.exit.camera = d.entry.camera.clone()),
        ];
        for (doubt, change) in table {
            let mut detection = sample::detection(1);
            change(&mut detection);
            let doubts = detection.body(Salts::new([1; 32])).expect_err("no evidence");
            assert!(doubts.contains(doubt), "{doubt:?}: {doubts:?}");
        }
    }

    proptest! {
        /// Nothing runs over, whatever a camera or a survey says.
        #[test]
        fn no_numbers_panic(numbers: [i64; 9], plain: [i32; 4]) {
            let mut detection = sample::detection(1);
            let [a, b, c, d, e, f, g, h, i] = numbers;
            detection.entry.at = WallTime(a);
            detection.exit.at = WallTime(b);
            detection.entry.clock_offset = Millis(c);
            detection.exit.clock_uncertainty = Millis(d);
            detection.survey.length = e;
            detection.survey.length_uncertainty = f;
            detection.limit.limit = g;
            detection.limit.tolerance = h;
            detection.limit.tolerance_share = i;
            let _ = (detection.outcome(), detection.doubts());
            detection.survey.length = i64::from(plain[0]);
            detection.exit.at = WallTime(i64::from(plain[1]));
            detection.entry.at = WallTime(i64::from(plain[2]));
            detection.survey.length_uncertainty = i64::from(plain[3]);
            let _ = (detection.outcome(), detection.doubts());
        }

        /// More uncertainty of whatever kind never raises the certified speed.
        #[test]
        fn doubt_is_always_in_the_drivers_favour(
            travel in 1_000..600_000_i64, more in 0..5_000_i64, which in 0..4_usize,
        ) {
            let mut detection = sample::detection(1);
            detection.exit.at = detection.entry.at + Millis(travel);
            let before = detection.outcome().expect("an outcome").certified_speed;
            match which {
                0 => detection.entry.clock_uncertainty.0 += more,
                1 => detection.exit.clock_uncertainty.0 += more,
                2 => detection.trigger_uncertainty.0 += more,
                _ => detection.survey.length_uncertainty += more,
            }
            prop_assert!(detection.outcome().expect("an outcome").certified_speed <= before);
        }
    }
}
