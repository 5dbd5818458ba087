//! Why a section makes no evidence, at an instant and over a trip.

use std::fmt;

use units::WallTime;

use crate::clock::{CameraClock, ClockState, SyncSource};
use crate::limits::{Constancy, WeatherChange};
use crate::passage::{CameraId, Passage, VehicleClass};
use crate::section::Section;
use crate::verdict::{Doubt, Doubts};

/// Disturbances that are remembered; more become one that covers all of them.
const DISTURBANCES_MAX: usize = 256;

/// Why a section makes no evidence.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// The certificate is not valid yet.
    NotYetCertified,
    /// The certificate has run out.
    CertificateExpired,
    /// No limit is in force, or one that is not constant: why.
    NoConstantLimit(String),
    /// A camera's clock is not synchronised, or not well enough.
    Clock(CameraId),
    /// A camera's clock was stepped.
    ClockStepped(CameraId),
    /// A camera has not been heard since measuring began.
    Unheard(CameraId),
    /// A camera's passages are not believed: why.
    Quarantined(CameraId, String),
    /// Passages of a camera were lost.
    PassagesLost(CameraId),
    /// The way through it is not the only one: where ways part.
    PathNotUnique(String),
    /// Somebody tried to change it without a signature.
    UnsignedChange,
    /// Its description was changed.
    Changed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetCertified => write!(f, "its certificate is not valid yet"),
            Self::CertificateExpired => write!(f, "its certificate has run out"),
            Self::NoConstantLimit(why) => write!(f, "it has no constant limit: {why}"),
            Self::Clock(camera) => write!(f, "the clock of camera {camera} is not synchronised"),
            Self::ClockStepped(camera) => write!(f, "the clock of camera {camera} was stepped"),
            Self::Unheard(camera) => write!(f, "nothing was heard of camera {camera}"),
            Self::Quarantined(camera, why) => write!(f, "camera {camera} is in quarantine: {why}"),
            Self::PassagesLost(camera) => write!(f, "passages of camera {camera} were lost"),
            Self::PathNotUnique(place) => write!(f, "there is another way through it, at {place}"),
            Self::UnsignedChange => write!(f, "somebody tried to change it without a signature"),
            Self::Changed => write!(f, "its description was changed"),
        }
    }
}

impl Reason {
    fn doubt(&self) -> Doubt {
        match self {
            Self::NotYetCertified | Self::CertificateExpired => Doubt::Certificate,
            Self::NoConstantLimit(_) => Doubt::NoLimit,
            Self::Clock(_) => Doubt::ClockNotSynchronised,
            Self::ClockStepped(_) => Doubt::ClockStepped,
            Self::PassagesLost(_) => Doubt::PassagesLost,
            Self::Changed => Doubt::SectionChanged,
            Self::Unheard(_)
            | Self::Quarantined(..)
            | Self::PathNotUnique(_)
            | Self::UnsignedChange => Doubt::NotMeasuring,
        }
    }

    /// The camera that it is of; none where it is the whole section's.
    fn camera(&self) -> Option<CameraId> {
        match self {
            Self::Clock(camera)
            | Self::ClockStepped(camera)
            | Self::Unheard(camera)
            | Self::Quarantined(camera, _)
            | Self::PassagesLost(camera) => Some(*camera),
            _ => None,
        }
    }
}

/// Something over which no trip is evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disturbance {
    /// Why.
    pub reason: Reason,
    /// From when on.
    pub from: WallTime,
    /// Until when; none while it lasts.
    pub to: Option<WallTime>,
}

impl Disturbance {
    /// One that lasts from an instant on until it is settled.
    #[must_use]
    pub fn lasting(reason: Reason, from: WallTime) -> Self {
        Self { reason, from, to: None }
    }

    /// One of an instant.
    #[must_use]
    pub fn instant(reason: Reason, at: WallTime) -> Self {
        Self { reason, from: at, to: Some(at) }
    }
}

/// Whether a section makes evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Measuring {
    /// It does.
    Evidence,
    /// It measures travel times and makes none: all the reasons.
    TravelTimesOnly(Vec<Reason>),
}

/// What has disturbed a section, and what its cameras said last of their clocks.
#[derive(Clone, Debug)]
pub(super) struct Disturbances {
    all: Vec<Disturbance>,
    clocks: Vec<(CameraId, Option<(WallTime, CameraClock)>)>,
}

impl Disturbances {
    pub(super) fn new(section: &Section) -> Self {
        let clocks = section.cameras().map(|camera| (camera, None)).collect();
        Self { all: Vec::new(), clocks }
    }

    /// A passage came: its clock is what the camera says of it.
    pub(super) fn heard(&mut self, passage: &Passage) {
        let found = self.clocks.iter_mut().find(|(camera, _)| *camera == passage.camera);
        if let Some((_, clock)) = found
            && clock.is_none_or(|(at, _)| at <= passage.at)
        {
            *clock = Some((passage.at, passage.clock));
        }
    }

    pub(super) fn add(&mut self, disturbance: Disturbance) {
        let is_on = |old: &Disturbance| old.reason == disturbance.reason && old.to.is_none();
        if self.all.iter().any(is_on) {
            return;
        }
        if self.all.len() >= DISTURBANCES_MAX {
            // Too many to tell apart: the first covers all that was until now.
            self.all.retain(|old| old.to.is_none());
            self.all.truncate(DISTURBANCES_MAX - 2);
            let covered = Disturbance {
                reason: Reason::Changed,
                from: WallTime(i64::MIN),
                to: Some(disturbance.from),
            };
            self.all.push(covered);
        }
        self.all.push(disturbance);
    }

    pub(super) fn end(&mut self, reason: &Reason, now: WallTime) {
        let lasting = self.all.iter_mut().filter(|old| old.to.is_none() && old.reason == *reason);
        for old in lasting {
            old.to = Some(now.max(old.from));
        }
    }

    /// A camera is out of quarantine, for whatever reason it was in it.
    pub(super) fn release(&mut self, camera: CameraId, now: WallTime) {
        let is_its = |one: &&mut Disturbance| {
            matches!(&one.reason, Reason::Quarantined(of, _) if *of == camera) && one.to.is_none()
        };
        for one in self.all.iter_mut().filter(is_its) {
            one.to = Some(now.max(one.from));
        }
    }

    /// The section is described anew.
    pub(super) fn rewire(&mut self, section: &Section, now: WallTime) {
        let known = |camera| {
            let found = self.clocks.iter().find(|(known, _)| *known == camera);
            found.and_then(|(_, clock)| *clock)
        };
        self.clocks = section.cameras().map(|camera| (camera, known(camera))).collect();
        // All that was there when it changed has come on before this instant.
        self.add(Disturbance { reason: Reason::Changed, from: WallTime(i64::MIN), to: Some(now) });
    }

    /// What disturbed a trip.
    pub(super) fn over(&self, entry: &Passage, exit: &Passage) -> Doubts {
        let touches = |one: &&Disturbance| {
            let is_there = one
                .reason
                .camera()
                .is_none_or(|camera| camera == entry.camera || camera == exit.camera);
            is_there && one.from <= exit.at && one.to.is_none_or(|to| to >= entry.at)
        };
        let doubts = self.all.iter().filter(touches).map(|one| one.reason.doubt());
        doubts.fold(Doubts::NONE, Doubts::with)
    }

    pub(super) fn measuring(
        &self,
        section: &Section,
        now: WallTime,
        weather: &[WeatherChange],
    ) -> Measuring {
        let (survey, rules) = (&section.spec().survey, &section.spec().rules);
        let mut reasons = Vec::new();
        if now < survey.valid_from {
            reasons.push(Reason::NotYetCertified);
        } else if now >= survey.valid_until {
            reasons.push(Reason::CertificateExpired);
        }
        let limits = &section.spec().limits;
        if limits.at(VehicleClass::Car, now, weather).is_none() {
            let entry = limits.entries.iter().rev().find(|entry| entry.from <= now);
            let why = match entry.map(|entry| &entry.constancy) {
                Some(Constancy::NotConstant(why)) => why.clone(),
                Some(Constancy::Constant) => "none is for cars".to_owned(),
                None => "none is in force yet".to_owned(),
            };
            reasons.push(Reason::NoConstantLimit(why));
        }
        for &(camera, clock) in &self.clocks {
            match clock {
                None => reasons.push(Reason::Unheard(camera)),
                Some((_, clock)) if !is_good(&clock, rules) => {
                    reasons.push(Reason::Clock(camera));
                }
                Some(_) => {}
            }
        }
        let lasting =
            self.all.iter().filter(|one| one.from <= now && one.to.is_none_or(|to| to >= now));
        reasons.extend(lasting.map(|one| one.reason.clone()));
        reasons.sort();
        reasons.dedup();
        if reasons.is_empty() { Measuring::Evidence } else { Measuring::TravelTimesOnly(reasons) }
    }
}

fn is_good(clock: &CameraClock, rules: &crate::section::Rules) -> bool {
    clock.state == ClockState::Synchronised
        && !matches!(clock.source, SyncSource::None | SyncSource::Set)
        && clock.offset_bound() <= rules.clock
        && i64::from(clock.sync_age_s) * 1_000 <= rules.sync_age.0
}
