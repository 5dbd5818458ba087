//! All sections of a site: each passage to every section that its camera belongs to.
//!
//! ```text
//!   camera 0 ──▶ section A ──▶ camera 1 ──▶ section B ──▶ camera 2        (chained: camera 1 ends A
//!                                  └──────▶ section C ──▶ camera 3         and begins B and C)
//! ```
//!
//! What a camera's intake has to say of it becomes a disturbance of all its sections here, so that none is
//! forgotten.

use units::WallTime;

use crate::intake::IntakeEvent;
use crate::matcher::{Disturbance, Matcher, Output, Reason, Refusal};
use crate::passage::{CameraId, Passage};
use crate::section::SectionId;

/// A passage that a section did not take, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Which section.
    pub section: SectionId,
    /// Why.
    pub why: Refusal,
}

/// The sections of a site.
#[derive(Clone, Debug, Default)]
pub struct Sections {
    matchers: Vec<Matcher>,
    /// The time of each camera's latest passage.
    latest: Vec<(CameraId, WallTime)>,
}

impl Sections {
    /// These.
    #[must_use]
    pub fn new(matchers: Vec<Matcher>) -> Self {
        Self { matchers, latest: Vec::new() }
    }

    /// A camera's passage, which came `now`, with what its intake had to say of it. Sections that it does not
    /// belong to are left alone.
    pub fn take(
        &mut self,
        now: WallTime,
        passage: &Passage,
        events: &[IntakeEvent],
        out: &mut Vec<Output>,
    ) -> Vec<Refused> {
        for event in events {
            self.heed(now, passage.camera, Some(passage.at), event);
        }
        let mut refused = Vec::new();
        for matcher in &mut self.matchers {
            match matcher.take(now, *passage, out) {
                Ok(()) | Err(Refusal::NotOurs) => {}
                Err(why) => refused.push(Refused { section: matcher.section().spec().id, why }),
            }
        }
        match self.latest.iter_mut().find(|(camera, _)| *camera == passage.camera) {
            Some((_, at)) => *at = passage.at.max(*at),
            None => self.latest.push((passage.camera, passage.at)),
        }
        refused
    }

    /// Something was told of a camera, at one of its passages where there is one.
    pub fn heed(
        &mut self,
        now: WallTime,
        camera: CameraId,
        at: Option<WallTime>,
        event: &IntakeEvent,
    ) {
        let at = at.unwrap_or(now);
        let known = self.latest.iter().find(|(known, _)| *known == camera);
        // What was lost, was between the passage before and this one.
        let before = known.map_or(at, |&(_, before)| before.min(at));
        let disturbance = match event {
            IntakeEvent::Gap { .. } | IntakeEvent::CountedAnew { .. } => {
                let reason = Reason::PassagesLost(camera);
                Disturbance { reason, from: before, to: Some(at.max(before)) }
            }
            IntakeEvent::ClockStepped { .. } => {
                let reason = Reason::ClockStepped(camera);
                let last = known.map_or(at, |&(_, last)| last.max(at));
                Disturbance { reason, from: before, to: Some(last) }
            }
            IntakeEvent::Quarantined(why) => {
                Disturbance::lasting(Reason::Quarantined(camera, why.to_string()), before)
            }
            IntakeEvent::ImpossiblePlate { .. } => return,
        };
        for matcher in self.of(camera) {
            matcher.disturb(disturbance.clone());
        }
    }

    /// A person has released a camera from quarantine.
    pub fn release(&mut self, now: WallTime, camera: CameraId) {
        for matcher in self.of(camera) {
            matcher.release(camera, now);
        }
    }

    /// Follows in all of them what nothing can come before any more.
    pub fn advance(&mut self, now: WallTime, out: &mut Vec<Output>) {
        self.matchers.iter_mut().for_each(|matcher| matcher.advance(now, out));
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Matcher] {
        &self.matchers
    }

    /// One of them.
    pub fn get_mut(&mut self, section: SectionId) -> Option<&mut Matcher> {
        self.matchers.iter_mut().find(|matcher| matcher.section().spec().id == section)
    }

    fn of(&mut self, camera: CameraId) -> impl Iterator<Item = &mut Matcher> {
        let is_its =
            move |matcher: &&mut Matcher| matcher.section().cameras().any(|known| known == camera);
        self.matchers.iter_mut().filter(is_its)
    }
}

#[cfg(test)]
mod tests {
    use units::Millis;

    use super::*;
    use crate::testing::{NOON, passage, spec};
    use crate::*;

    /// Section 0 from camera 0 to 1, section 1 from camera 1 to 2: 5 km each.
    fn chain() -> Sections {
        let section = |number: u16| {
            let mut spec = spec();
            let gate = |camera| vec![Gate { camera: CameraId(camera), lanes: vec![0, 1] }];
            (spec.entries, spec.exits) = (gate(number), gate(number + 1));
            let place = |camera| Place { camera: CameraId(camera), lane: 0 };
            spec.survey.pairs = vec![LanePair {
                entry: place(number),
                exit: place(number + 1),
                shortest: Millimetres(5_000_000),
            }];
            spec.id = SectionId(number);
            Section::new(spec).expect("it holds together")
        };
        let key = StatisticsKey([3; 32]);
        let matcher = |number| Matcher::new(section(number), 100, key, WallTime(NOON));
        Sections::new(vec![matcher(0), matcher(1)])
    }

    /// Drives through the chain in so many milliseconds a section; what was told comes with the second
    /// camera's passage.
    fn drive(
        sections: &mut Sections,
        begin: i64,
        took: i64,
        events: &[IntakeEvent],
    ) -> Vec<Output> {
        let mut out = Vec::new();
        for camera in 0..3_u16 {
            let passage = passage(camera, 1, begin + took * i64::from(camera));
            let events = if camera == 1 { events } else { &[] };
            assert_eq!(sections.take(passage.at, &passage, events, &mut out), []);
        }
        sections.advance(WallTime(NOON + begin) + Millis(7_200_000), &mut out);
        out
    }

    fn evidence(out: &[Output]) -> Vec<u16> {
        let one = |output: &Output| match output {
            Output::Evidence(verdict) => Some(verdict.section.0),
            _ => None,
        };
        out.iter().filter_map(one).collect()
    }

    #[test]
    fn a_camera_ends_one_section_and_begins_the_next() {
        let out = drive(&mut chain(), 0, 150_000, &[]);
        assert_eq!(evidence(&out), [0, 1]);
        let trips: Vec<(u16, u64)> = out
            .iter()
            .filter_map(|output| match output {
                Output::Trip(trip) => Some((trip.section.0, trip.pseudonym)),
                _ => None,
            })
            .collect();
        let [(0, first), (1, second)] = trips[..] else { panic!("{trips:?}") };
        assert_eq!(first, second, "origins and destinations can be counted");
    }

    #[test]
    fn what_is_told_of_a_camera_disturbs_all_its_sections_and_no_other() {
        let stepped = IntakeEvent::ClockStepped { sequence: 1, by: Millis(5) };
        let gap = IntakeEvent::Gap { from: 1, to: 3 };
        let counted = IntakeEvent::CountedAnew { sequence: 1 };
        for event in [stepped, gap, counted] {
            let mut sections = chain();
            assert_eq!(evidence(&drive(&mut sections, 0, 150_000, &[event])), [], "{event:?}");
            let later = drive(&mut sections, 8_000_000, 150_000, &[]);
            assert_eq!(evidence(&later), [0, 1], "{event:?} is over");
        }
        let mut sections = chain();
        let why = Quarantine::OtherUnit(9);
        let (now, camera) = (WallTime(NOON), CameraId(0));
        sections.heed(now, camera, None, &IntakeEvent::Quarantined(why));
        assert_eq!(evidence(&drive(&mut sections, 0, 150_000, &[])), [1]);
        sections.release(WallTime(NOON + 7_000_000), camera);
        assert_eq!(evidence(&drive(&mut sections, 8_000_000, 150_000, &[])), [0, 1]);
    }
}
