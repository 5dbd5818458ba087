//! From a verdict to what is kept of it. A verdict that is no evidence becomes nothing: there is no way
//! from a compliant vehicle to a record.

use units::{DAY, Millis, WallTime};

use super::detection::{Asked, Detection, Doubt, EXACT, End, LimitInForce, Surveyed};
use crate::limits::LimitRule;
use crate::passage::{CameraId, Passage, VehicleClass};
use crate::plate::PlateColour;
use crate::section::Section;
use crate::verdict::{Doubts, Judgement, Method, Verdict};
use crate::{ClockState, SyncSource, Weather};

/// What a verdict does not say of itself.
#[derive(Clone, Copy)]
pub struct Setting<'s> {
    /// The section that it was measured on, in the version that the verdict names.
    pub section: &'s Section,
    /// What the site calls its cameras.
    pub camera: &'s dyn Fn(CameraId) -> String,
    /// What measured.
    pub software: &'s str,
    /// The hash of the configuration that it measured by.
    pub configuration: [u8; 32],
}

/// Why a verdict becomes no record.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoRecord {
    /// The vehicle kept to the limit: nothing of it is kept.
    #[error("the vehicle kept to the limit")]
    Compliant,
    /// It is no evidence, and why.
    #[error("it is no evidence: {}", names(*.0))]
    NotEvidence(Doubts),
    /// It is of another section, or of another version of it.
    #[error("the verdict is of another section or version")]
    OtherSection,
    /// The second reckoning comes to another end than the first.
    #[error("the record's own reckoning comes to another end: {0:?}")]
    Disagrees(Vec<Doubt>),
}

fn names(doubts: Doubts) -> String {
    doubts.iter().map(crate::verdict::Doubt::name).collect::<Vec<_>>().join(", ")
}

impl Detection {
    /// What is kept of a verdict.
    ///
    /// # Errors
    /// Why nothing is.
    pub fn of(verdict: &Verdict, setting: &Setting<'_>) -> Result<Self, NoRecord> {
        match verdict.judgement {
            Judgement::Evidence => {}
            Judgement::Compliant => return Err(NoRecord::Compliant),
            Judgement::NotEvidence(doubts) => return Err(NoRecord::NotEvidence(doubts)),
        }
        let spec = setting.section.spec();
        if (spec.id, spec.version) != (verdict.section, verdict.version) {
            return Err(NoRecord::OtherSection);
        }
        let survey = Surveyed {
            section: spec.name.clone(),
            version: spec.version,
            surveyor: spec.survey.surveyor.clone(),
            certificate: spec.survey.certificate.clone(),
            from: spec.survey.valid_from,
            until: spec.survey.valid_until,
            length: verdict.length.0,
            length_uncertainty: verdict.length_uncertainty.0,
            zone_offset: spec.limits.utc_offset.0 / 60_000,
        };
        let rules = &spec.rules;
        let detection = Self {
            survey,
            limit: limit(verdict, setting.section).ok_or(NoRecord::OtherSection)?,
            asked: Asked {
                tolerance: rules.tolerance.kmh,
                tolerance_share: rules.tolerance.per_cent,
                trigger: rules.trigger,
                plausible: rules.plausible.0,
                clock: rules.clock,
                sync_age: rules.sync_age,
                confidence: rules.confidence,
            },
            entry: end(&verdict.entry, setting),
            exit: end(&verdict.exit, setting),
            spot_apart: verdict.spot_disagrees,
            method: match verdict.method {
                Method::Exact => EXACT.to_owned(),
                Method::LookAlike => "look-alike".to_owned(),
            },
            software: setting.software.to_owned(),
            configuration: setting.configuration,
            bystanders: None,
        };
        let own = detection.outcome().map(|own| {
            (own.travel, own.longest, own.raw_speed, own.certified_speed, own.above_what)
        });
        let theirs = (
            verdict.travel,
            verdict.travel + verdict.travel_uncertainty,
            i64::from(verdict.raw.0),
            i64::from(verdict.certified.0),
            i64::from(verdict.threshold.0),
        );
        let doubts = detection.doubts();
        if own == Some(theirs) && doubts.is_empty() {
            Ok(detection)
        } else {
            Err(NoRecord::Disagrees(doubts))
        }
    }
}

/// The limit that was applied, with its entry in the history.
fn limit(verdict: &Verdict, section: &Section) -> Option<LimitInForce> {
    let history = &section.spec().limits;
    let applied = verdict.limit?;
    let place = history.entries.iter().position(|entry| entry.number == applied.entry)?;
    let entry = &history.entries[place];
    let rule = entry.rules.get(usize::from(applied.rule))?;
    Some(LimitInForce {
        limit: applied.limit.0,
        entry: entry.number,
        authority: entry.authority.clone(),
        from: entry.from,
        until: history.entries.get(place + 1).map(|next| next.from),
        clearance: history.clearance,
        rule: applied.rule,
        classes: classes(rule),
        times: rule.daily.map_or_else(|| "always".to_owned(), times),
        weather: rule.weather.map_or("any", weather).to_owned(),
        // The judge has found the limit the same from the clearance before the entry to the exit.
        same_from: verdict.entry.at + -history.clearance,
        same_until: verdict.exit.at,
    })
}

fn classes(rule: &LimitRule) -> String {
    if rule.classes.bits() == u16::MAX {
        return "all".to_owned();
    }
    let named = VehicleClass::ALL.iter().filter(|(_, class)| rule.classes.has(*class));
    named.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn times((from, to): (Millis, Millis)) -> String {
    let clock = |time: Millis| {
        let minutes = time.modulo(DAY).0 / 60_000;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    };
    format!("{} to {}", clock(from), clock(to))
}

fn weather(weather: Weather) -> &'static str {
    match weather {
        Weather::Clear => "clear",
        Weather::Rain => "rain",
        Weather::Fog => "fog",
        Weather::Snow => "snow",
    }
}

fn end(passage: &Passage, setting: &Setting<'_>) -> End {
    let camera = (setting.camera)(passage.camera);
    let clock = passage.clock;
    let image = passage.image;
    let colour = passage.plate.map_or(PlateColour::Unknown, |plate| plate.colour());
    End {
        sequence: passage.sequence,
        lane: passage.lane,
        at: WallTime(passage.at.0),
        uncertainty: passage.uncertainty(),
        clock_offset: clock.offset_bound(),
        clock_state: name_of(ClockState::ALL, clock.state),
        sync_source: name_of(SyncSource::ALL, clock.source),
        sync_age: Millis::from_secs(clock.sync_age_s.into()),
        plate: passage.key().map(|key| key.text()).unwrap_or_default(),
        plate_as_read: passage.plate.map(|plate| plate.text().to_owned()).unwrap_or_default(),
        plate_colour: name_of(PlateColour::ALL, colour),
        class: passage.class.name().to_owned(),
        colour: passage.colour.name().to_owned(),
        confidence: passage.confidence,
        spot: passage.spot.map(|spot| spot.0),
        image: image.map(|image| format!("{camera}/{}", image.reference)).unwrap_or_default(),
        image_hash: image.map(|image| image.digest.bytes).unwrap_or_default(),
        image_hash_kind: image.map_or("none", |image| image.digest.kind.name()).to_owned(),
        camera,
    }
}

fn name_of<T: PartialEq + Copy>(all: &[(&'static str, T)], one: T) -> String {
    all.iter().find(|row| row.1 == one).map_or("", |row| row.0).to_owned()
}
