//! What is kept of a vehicle that was measured above the limit, and how each number of it comes about.
//!
//! All numbers are whole, so that everybody gets the same: lengths in millimetres, times in
//! milliseconds. With S the shortest path, t the times of the passages and u the uncertainties:
//!
//! ```text
//!   travel            T  = t_exit − t_entry
//!   longest travel    T⁺ = T + u_entry + u_exit + u_trigger
//!   raw speed            = ⌊ 360 · S / T ⌋                      hundredths of a km/h
//!   certified speed      = ⌊ 3.6 · (S − u_length) / T⁺ ⌋        km/h
//!   above what           = limit + tolerance + ⌈ limit · share / 100 ⌉     km/h
//! ```
//!
//! The certified speed is the lowest that the measurement allows, rounded down: everything is read in
//! the driver's favour. The form of the bound is our own, after the error budgets of provincial
//! verification rules; no standard that was at hand prescribes it. The arithmetic stands here a second
//! time, apart from the one that measures (`speed`), so that each finds the other's mistakes.

use units::{Millis, WallTime};

use super::body::{Body, Builder};
use super::schema::{Kind, detection as tag, passage};
use super::value::Salts;

/// A passage at one end of the section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// Which camera.
    pub camera: String,
    /// The camera's number of this passage.
    pub sequence: u64,
    /// The lane under it, from 0.
    pub lane: u8,
    /// When, UTC, by the camera's clock.
    pub at: WallTime,
    /// How far that may be from the true instant at most.
    pub uncertainty: Millis,
    /// How far the camera's clock may be from UTC at most, as it says.
    pub clock_offset: Millis,
    /// What state the clock is in.
    pub clock_state: String,
    /// What the camera's clock follows.
    pub sync_source: String,
    /// How long ago it last heard from that.
    pub sync_age: Millis,
    /// The plate, as it is compared.
    pub plate: String,
    /// The plate as it was read.
    pub plate_as_read: String,
    /// The plate's colour.
    pub plate_colour: String,
    /// The vehicle's class.
    pub class: String,
    /// The vehicle's colour.
    pub colour: String,
    /// How sure the camera is of the plate, per cent.
    pub confidence: u8,
    /// The speed at the camera, tenths of a km/h, where it measures one.
    pub spot: Option<u16>,
    /// Where the image lies.
    pub image: String,
    /// The image's hash.
    pub image_hash: [u8; 32],
    /// How that hash is made.
    pub image_hash_kind: String,
}

/// The section and its survey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Surveyed {
    /// The section.
    pub section: String,
    /// Which version of its description.
    pub version: u32,
    /// Who surveyed it.
    pub surveyor: String,
    /// The certificate's number.
    pub certificate: String,
    /// From when it is valid.
    pub from: WallTime,
    /// Until when.
    pub until: WallTime,
    /// The shortest path between the two lanes, millimetres.
    pub length: u32,
    /// Its uncertainty, millimetres.
    pub length_uncertainty: u32,
    /// What the section's clocks are ahead of UTC, minutes.
    pub zone_offset: i64,
}

/// The limit that was in force, with its entry in the history of limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitInForce {
    /// The limit, km/h.
    pub limit: u16,
    /// Which entry of the history.
    pub entry: u32,
    /// Who ordered it, and by which paper.
    pub authority: String,
    /// From when that entry is in force.
    pub from: WallTime,
    /// Until when; none while it is.
    pub until: Option<WallTime>,
    /// How long after a change nothing is evidence.
    pub clearance: Millis,
    /// Which rule of the entry, from 0.
    pub rule: u16,
    /// For which classes.
    pub classes: String,
    /// At which times of the day.
    pub times: String,
    /// In which weather.
    pub weather: String,
    /// From when the limit had been the same for this vehicle.
    pub same_from: WallTime,
    /// Until when.
    pub same_until: WallTime,
}

/// What the section asks of a measurement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// What is granted beyond the limit, km/h.
    pub tolerance: u8,
    /// And this share of the limit, per cent.
    pub tolerance_share: u8,
    /// What the detection at both ends together may add to or take from the travel time.
    pub trigger: Millis,
    /// Faster than this, km/h, was no single vehicle.
    pub plausible: u16,
    /// The greatest uncertainty of a passage's time.
    pub clock: Millis,
    /// The longest ago that a clock may have been synchronised.
    pub sync_age: Millis,
    /// The least confidence of a read, per cent.
    pub confidence: u8,
}

/// What comes out of a measurement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The travel time as it was measured.
    pub travel: Millis,
    /// The longest that it may have been.
    pub longest: Millis,
    /// The speed as it was measured, hundredths of a km/h, rounded down.
    pub raw_speed: i64,
    /// The lowest that it may have been, km/h, rounded down.
    pub certified_speed: i64,
    /// A certified speed above this is pursued, km/h.
    pub above_what: i64,
}

/// A vehicle above the limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Detection {
    /// Where it was measured.
    pub survey: Surveyed,
    /// What it was measured against.
    pub limit: LimitInForce,
    /// What the section asks of a measurement.
    pub asked: Asked,
    /// Where it came in.
    pub entry: End,
    /// Where it went out.
    pub exit: End,
    /// Whether a speed at a camera is far from the average.
    pub spot_apart: bool,
    /// How the two were found to be one vehicle.
    pub method: String,
    /// What measured.
    pub software: String,
    /// The hash of the configuration that it measured by.
    pub configuration: [u8; 32],
    /// Others who can be told in the images.
    pub bystanders: Option<String>,
}

/// How plates must have been found equal.
pub const EXACT: &str = "exact";
/// The state that a clock must have been in.
const SYNCHRONISED: &str = "synchronised";

/// Why a detection is no evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Doubt {
    /// The exit is not after the entry.
    #[error("the exit is not after the entry")]
    NoTravel,
    /// An uncertainty is negative, or the section is shorter than its uncertainty.
    #[error("a length or an uncertainty cannot be")]
    Bounds,
    /// Faster than any vehicle.
    #[error("it is faster than is plausible: two vehicles with one plate")]
    TooFast,
    /// It is not above what is pursued.
    #[error("the certified speed is not above what is pursued")]
    NotAbove,
    /// The survey's certificate was not valid all the time.
    #[error("the section's certificate was not valid from the entry to the exit")]
    Certificate,
    /// The limit was not the same all the time, its clearance included.
    #[error("the limit was not the same from its clearance before the entry to the exit")]
    Limit,
    /// A clock was not synchronised, too uncertain, or had not heard from its source for long.
    #[error("a camera's clock was not synchronised as the section asks")]
    Clock,
    /// The two plates are not the same, or were not compared exactly.
    #[error("the plates at entry and exit are not exactly the same")]
    Plates,
    /// The two classes are not the same.
    #[error("the vehicle has another class at the exit")]
    Classes,
    /// A plate was read with too little confidence.
    #[error("a plate was read with less confidence than the section asks")]
    Confidence,
    /// One camera at both ends.
    #[error("entry and exit are one camera")]
    OneCamera,
}

impl Detection {
    /// What comes out of it by the formulas above; none where the exit is not after the entry, or
    /// lengths and uncertainties cannot be.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        let Self { survey, limit, asked, entry, exit, .. } = self;
        let travel = exit.at - entry.at;
        let uncertain = [entry.uncertainty, exit.uncertainty, asked.trigger];
        let certain = survey.length.checked_sub(survey.length_uncertainty)?;
        if travel.0 <= 0 || certain == 0 || uncertain.iter().any(|span| span.0 < 0) {
            return None;
        }
        let longest = travel + uncertain.into_iter().sum();
        // A millimetre in a millisecond is 3.6 km/h. In 64 bits nothing runs over.
        let hundredths = |length: u32, time: Millis| i64::from(length) * 360 / time.0;
        let share = u32::from(limit.limit) * u32::from(asked.tolerance_share);
        Some(Outcome {
            travel,
            longest,
            raw_speed: hundredths(survey.length, travel),
            certified_speed: hundredths(certain, longest) / 100,
            above_what: i64::from(limit.limit)
                + i64::from(asked.tolerance)
                + i64::from(share.div_ceil(100)),
        })
    }

    /// Everything for which it is no evidence; empty where it is.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let Self { survey, limit, asked, entry, exit, .. } = self;
        let (from, to) = (entry.at, exit.at);
        let outcome = self.outcome();
        let either = |is_so: &dyn Fn(&End) -> bool| is_so(entry) || is_so(exit);
        let unset = |end: &End| {
            end.clock_state != SYNCHRONISED
                || ["", "none", "set"].contains(&end.sync_source.as_str())
                || end.uncertainty > asked.clock
                || end.uncertainty < end.clock_offset
                || end.sync_age > asked.sync_age
        };
        let same = limit.from <= from
            && limit.same_from <= from + -limit.clearance
            && limit.same_until >= to
            && limit.clearance >= Millis::ZERO;
        let too_fast = |o: Outcome| o.raw_speed / 100 > i64::from(asked.plausible);
        let all = [
            (to <= from, Doubt::NoTravel),
            (to > from && outcome.is_none(), Doubt::Bounds),
            (outcome.is_some_and(too_fast), Doubt::TooFast),
            (outcome.is_some_and(|o| o.certified_speed <= o.above_what), Doubt::NotAbove),
            (survey.from > from || survey.until <= to, Doubt::Certificate),
            (!same, Doubt::Limit),
            (either(&unset), Doubt::Clock),
            (entry.plate != exit.plate || self.method != EXACT, Doubt::Plates),
            (entry.class != exit.class, Doubt::Classes),
            (either(&|end| end.confidence < asked.confidence), Doubt::Confidence),
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
        let body = Body::of(Kind::Detection, salts);
        let body =
            outcome_into(asked_into(limit_into(survey_into(body, self), self), self), outcome);
        let body = body
            .number(tag::SPOT_APART, self.spot_apart.into())
            .text(tag::METHOD, &*self.method)
            .text(tag::SOFTWARE, &*self.software)
            .digest(tag::CONFIGURATION, self.configuration)
            .text_if(tag::BYSTANDERS, self.bystanders.as_deref());
        let body = end_into(body, tag::ENTRY, &self.entry);
        Ok(end_into(body, tag::EXIT, &self.exit).done())
    }

    /// From the fields of an entry. What was left out is empty: see [`withheld`].
    ///
    /// None where a field that is open is not there, or a number beyond what it can be.
    #[must_use]
    pub fn from_body(body: &Body) -> Option<Self> {
        let text = |tag| body.text(tag).map(str::to_owned);
        let at = |tag| body.number(tag).map(WallTime);
        let span = |tag| body.number(tag).map(Millis);
        Some(Self {
            survey: Surveyed {
                section: text(tag::SECTION)?,
                version: within(body, tag::SECTION_VERSION)?,
                surveyor: text(tag::SURVEYOR)?,
                certificate: text(tag::CERTIFICATE)?,
                from: at(tag::CERTIFICATE_FROM)?,
                until: at(tag::CERTIFICATE_UNTIL)?,
                length: within(body, tag::LENGTH)?,
                length_uncertainty: within(body, tag::LENGTH_UNCERTAINTY)?,
                zone_offset: body.number(tag::ZONE)?,
            },
            limit: LimitInForce {
                limit: within(body, tag::LIMIT)?,
                entry: within(body, tag::LIMIT_ENTRY)?,
                authority: text(tag::LIMIT_AUTHORITY)?,
                from: at(tag::LIMIT_FROM)?,
                until: at(tag::LIMIT_UNTIL),
                clearance: span(tag::LIMIT_CLEARANCE)?,
                rule: within(body, tag::LIMIT_RULE)?,
                classes: text(tag::LIMIT_CLASSES)?,
                times: text(tag::LIMIT_TIMES)?,
                weather: text(tag::LIMIT_WEATHER)?,
                same_from: at(tag::LIMIT_SAME_FROM)?,
                same_until: at(tag::LIMIT_SAME_UNTIL)?,
            },
            asked: Asked {
                tolerance: within(body, tag::TOLERANCE)?,
                tolerance_share: within(body, tag::TOLERANCE_SHARE)?,
                trigger: span(tag::TRIGGER_UNCERTAINTY)?,
                plausible: within(body, tag::PLAUSIBLE)?,
                clock: span(tag::CLOCK_ALLOWED)?,
                sync_age: span(tag::SYNC_AGE_ALLOWED)?,
                confidence: within(body, tag::CONFIDENCE_ASKED)?,
            },
            entry: end_from(body, tag::ENTRY)?,
            exit: end_from(body, tag::EXIT)?,
            spot_apart: body.number(tag::SPOT_APART)? != 0,
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
    let Some(outcome) = Detection::from_body(body).and_then(|detection| detection.outcome()) else {
        return Vec::new();
    };
    let wrong = numbers(outcome).into_iter().filter(|&(tag, n)| body.number(tag) != Some(n));
    wrong.filter_map(|(tag, _)| Kind::Detection.field(tag).map(|field| field.name)).collect()
}

/// The names of the fields of a body that were left out.
#[must_use]
pub fn withheld(body: &Body) -> Vec<&'static str> {
    let out = body.fields().iter().filter(|(_, content)| content.value().is_none());
    out.filter_map(|(tag, _)| body.kind().field(*tag).map(|field| field.name)).collect()
}

fn numbers(outcome: Outcome) -> [(u16, i64); 5] {
    [
        (tag::TRAVEL, outcome.travel.0),
        (tag::TRAVEL_LONGEST, outcome.longest.0),
        (tag::RAW_SPEED, outcome.raw_speed),
        (tag::CERTIFIED_SPEED, outcome.certified_speed),
        (tag::ABOVE_WHAT, outcome.above_what),
    ]
}

fn outcome_into(body: Builder, outcome: Outcome) -> Builder {
    numbers(outcome).into_iter().fold(body, |body, (tag, number)| body.number(tag, number))
}

fn survey_into(body: Builder, Detection { survey, .. }: &Detection) -> Builder {
    body.text(tag::SECTION, &*survey.section)
        .number(tag::SECTION_VERSION, survey.version.into())
        .text(tag::SURVEYOR, &*survey.surveyor)
        .text(tag::CERTIFICATE, &*survey.certificate)
        .number(tag::CERTIFICATE_FROM, survey.from.0)
        .number(tag::CERTIFICATE_UNTIL, survey.until.0)
        .number(tag::LENGTH, survey.length.into())
        .number(tag::LENGTH_UNCERTAINTY, survey.length_uncertainty.into())
        .number(tag::ZONE, survey.zone_offset)
}

fn limit_into(body: Builder, Detection { limit, .. }: &Detection) -> Builder {
    body.number(tag::LIMIT, limit.limit.into())
        .number(tag::LIMIT_ENTRY, limit.entry.into())
        .text(tag::LIMIT_AUTHORITY, &*limit.authority)
        .number(tag::LIMIT_FROM, limit.from.0)
        .number_if(tag::LIMIT_UNTIL, limit.until.map(|until| until.0))
        .number(tag::LIMIT_CLEARANCE, limit.clearance.0)
        .number(tag::LIMIT_RULE, limit.rule.into())
        .text(tag::LIMIT_CLASSES, &*limit.classes)
        .text(tag::LIMIT_TIMES, &*limit.times)
        .text(tag::LIMIT_WEATHER, &*limit.weather)
        .number(tag::LIMIT_SAME_FROM, limit.same_from.0)
        .number(tag::LIMIT_SAME_UNTIL, limit.same_until.0)
}

fn asked_into(body: Builder, Detection { asked, .. }: &Detection) -> Builder {
    body.number(tag::TOLERANCE, asked.tolerance.into())
        .number(tag::TOLERANCE_SHARE, asked.tolerance_share.into())
        .number(tag::TRIGGER_UNCERTAINTY, asked.trigger.0)
        .number(tag::PLAUSIBLE, asked.plausible.into())
        .number(tag::CLOCK_ALLOWED, asked.clock.0)
        .number(tag::SYNC_AGE_ALLOWED, asked.sync_age.0)
        .number(tag::CONFIDENCE_ASKED, asked.confidence.into())
}

fn end_into(body: Builder, base: u16, end: &End) -> Builder {
    body.text(base + passage::CAMERA, &*end.camera)
        .number(base + passage::SEQUENCE, end.sequence.cast_signed())
        .number(base + passage::LANE, end.lane.into())
        .number(base + passage::AT, end.at.0)
        .number(base + passage::UNCERTAINTY, end.uncertainty.0)
        .number(base + passage::CLOCK_OFFSET, end.clock_offset.0)
        .text(base + passage::CLOCK_STATE, &*end.clock_state)
        .text(base + passage::SYNC_SOURCE, &*end.sync_source)
        .number(base + passage::SYNC_AGE, end.sync_age.0)
        .text(base + passage::PLATE, &*end.plate)
        .text(base + passage::PLATE_AS_READ, &*end.plate_as_read)
        .text(base + passage::PLATE_COLOUR, &*end.plate_colour)
        .text(base + passage::CLASS, &*end.class)
        .text(base + passage::COLOUR, &*end.colour)
        .number(base + passage::CONFIDENCE, end.confidence.into())
        .number_if(base + passage::SPOT_SPEED, end.spot.map(i64::from))
        .text(base + passage::IMAGE, &*end.image)
        .digest(base + passage::IMAGE_HASH, end.image_hash)
        .text(base + passage::IMAGE_HASH_KIND, &*end.image_hash_kind)
}

fn within<T: TryFrom<i64>>(body: &Body, tag: u16) -> Option<T> {
    T::try_from(body.number(tag)?).ok()
}

fn end_from(body: &Body, base: u16) -> Option<End> {
    let text = |tag| body.text(base + tag).map(str::to_owned);
    let span = |tag| body.number(base + tag).map(Millis);
    // Sealed fields may have been left out.
    let may = |tag| text(tag).unwrap_or_default();
    Some(End {
        camera: text(passage::CAMERA)?,
        sequence: body.number(base + passage::SEQUENCE)?.cast_unsigned(),
        lane: within(body, base + passage::LANE)?,
        at: WallTime(body.number(base + passage::AT)?),
        uncertainty: span(passage::UNCERTAINTY)?,
        clock_offset: span(passage::CLOCK_OFFSET)?,
        clock_state: text(passage::CLOCK_STATE)?,
        sync_source: text(passage::SYNC_SOURCE)?,
        sync_age: span(passage::SYNC_AGE)?,
        plate: may(passage::PLATE),
        plate_as_read: may(passage::PLATE_AS_READ),
        plate_colour: text(passage::PLATE_COLOUR)?,
        class: text(passage::CLASS)?,
        colour: text(passage::COLOUR)?,
        confidence: within(body, base + passage::CONFIDENCE)?,
        spot: within(body, base + passage::SPOT_SPEED),
        image: may(passage::IMAGE),
        image_hash: body.digest_in(base + passage::IMAGE_HASH)?,
        image_hash_kind: text(passage::IMAGE_HASH_KIND)?,
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
            raw_speed: 12_000,
            certified_speed: 119,
            above_what: 91,
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn whatever_makes_it_no_evidence_is_named() {
        type Change = fn(&mut Detection);
        let table: &[(Doubt, Change)] = &[
            (Doubt::NoTravel, |d| d.exit.at = d.entry.at),
            (Doubt::Bounds, |d| d.survey.length_uncertainty = d.survey.length),
            (Doubt::Bounds, |d| d.entry.uncertainty = Millis(-1)),
            (Doubt::TooFast, |d| d.exit.at = d.entry.at + Millis(20_000)),
            (Doubt::NotAbove, |d| d.exit.at = d.entry.at + Millis(79_000)),
            (Doubt::Certificate, |d| d.survey.until = d.exit.at),
            (Doubt::Certificate, |d| d.survey.from = d.exit.at),
            (Doubt::Limit, |d| d.limit.from = d.entry.at + Millis(1)),
            (Doubt::Limit, |d| d.limit.same_from = d.entry.at + Millis(-1_000)),
            (Doubt::Limit, |d| d.limit.same_until = d.exit.at + Millis(-100)),
            (Doubt::Clock, |d| d.exit.sync_source = "none".to_owned()),
            (Doubt::Clock, |d| d.exit.clock_state = "stepped".to_owned()),
            (Doubt::Clock, |d| d.exit.uncertainty = Millis(201)),
            (Doubt::Clock, |d| d.exit.clock_offset = Millis(121)),
            (Doubt::Clock, |d| d.exit.sync_age = Millis(3_600_001)),
            (Doubt::Plates, |d| d.exit.plate = "鲁A12347".to_owned()),
            (Doubt::Plates, |d| d.method = "look-alike".to_owned()),
            (Doubt::Classes, |d| d.exit.class = "trailer".to_owned()),
            (Doubt::Confidence, |d| d.entry.confidence = 89),
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
        fn no_numbers_panic(times: [i64; 6], lengths: [u32; 2], limit: u16, plain: [i32; 2]) {
            let mut detection = sample::detection(1);
            let [entered, left, a, b, trigger, clearance] = times;
            detection.entry.uncertainty = Millis(a);
            detection.exit.uncertainty = Millis(b);
            detection.asked.trigger = Millis(trigger);
            detection.limit.clearance = Millis(clearance);
            [detection.survey.length, detection.survey.length_uncertainty] = lengths;
            detection.limit.limit = limit;
            for (from, to) in [(entered, left), (plain[0].into(), plain[1].into())] {
                detection.entry.at = WallTime(from);
                detection.exit.at = WallTime(to);
                let _ = (detection.outcome(), detection.doubts());
            }
        }

        /// More uncertainty of whatever kind never raises the certified speed.
        #[test]
        fn doubt_is_always_in_the_drivers_favour(
            travel in 1_000..600_000_i64, more in 0..5_000_u32, which in 0..4_usize,
        ) {
            let mut detection = sample::detection(1);
            detection.exit.at = detection.entry.at + Millis(travel);
            let before = detection.outcome().expect("an outcome").certified_speed;
            let span = Millis(more.into());
            match which {
                0 => detection.entry.uncertainty += span,
                1 => detection.exit.uncertainty += span,
                2 => detection.asked.trigger += span,
                _ => detection.survey.length_uncertainty += more,
            }
            prop_assert!(detection.outcome().expect("an outcome").certified_speed <= before);
        }
    }
}
