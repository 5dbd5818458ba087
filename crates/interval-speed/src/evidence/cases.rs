//! What a chain amounts to: each record with what was decided of it, and what is still kept.

use std::collections::BTreeMap;

use units::WallTime;

use super::body::Body;
use super::entry::Entry;
use super::review::{State, Step, StepRefused};
use super::schema::{Kind, review as tag};

/// A record and what was decided of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// When it was written.
    pub at: WallTime,
    /// Where it stands.
    pub state: State,
    /// When it was decided.
    pub decided: Option<WallTime>,
    /// The entries of what people decided.
    pub steps: Vec<u64>,
}

/// Everything that a chain keeps, by its index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cases {
    /// Detections.
    detections: BTreeMap<u64, Case>,
    /// What key vehicles did, and when.
    vehicles: BTreeMap<u64, WallTime>,
    /// Who looked, and when.
    accesses: BTreeMap<u64, WallTime>,
    /// Detections that ever were, and tombstones.
    detected: u64,
    deleted: u64,
}

impl Cases {
    /// Takes the next entry of the chain. A husk is an entry of which nothing is known.
    ///
    /// # Errors
    /// Why a step of a review may not be taken; it changes nothing then.
    pub fn take(&mut self, entry: &Entry) -> Result<(), StepRefused> {
        match entry.kind {
            Kind::Detection => self.detected += 1,
            Kind::Tombstone => self.deleted += 1,
            _ => {}
        }
        let Some(body) = &entry.body else { return Ok(()) };
        match entry.kind {
            Kind::Detection => {
                let case =
                    Case { at: entry.at, state: State::Detected, decided: None, steps: Vec::new() };
                self.detections.insert(entry.index, case);
            }
            Kind::Vehicle => {
                self.vehicles.insert(entry.index, entry.at);
            }
            Kind::Access => {
                self.accesses.insert(entry.index, entry.at);
            }
            Kind::Review => return self.judge(entry, body),
            Kind::Tombstone => self.forget(entry.about),
            Kind::Manifest | Kind::Opening | Kind::Checkpoint => {}
        }
        Ok(())
    }

    fn judge(&mut self, entry: &Entry, body: &Body) -> Result<(), StepRefused> {
        let Some(case) = entry.about.and_then(|about| self.detections.get_mut(&about)) else {
            return Ok(());
        };
        let Some(step) = body.text(tag::STEP).and_then(Step::parse) else { return Ok(()) };
        let has_reason = body.content(tag::REASON).is_some();
        case.state = case.state.after(step, body.text(tag::WHO), has_reason)?;
        case.steps.push(entry.index);
        if !case.state.is_open() {
            case.decided = Some(entry.at);
        }
        Ok(())
    }

    /// What is deleted is kept no more, and what was decided of it with it.
    fn forget(&mut self, about: Option<u64>) {
        let Some(about) = about else { return };
        self.detections.remove(&about);
        self.vehicles.remove(&about);
        self.accesses.remove(&about);
    }

    /// A detection that is still kept.
    #[must_use]
    pub fn case(&self, index: u64) -> Option<&Case> {
        self.detections.get(&index)
    }

    /// The detections that are still kept, in order, from `from` on.
    pub fn detections(&self, from: u64) -> impl Iterator<Item = (u64, &Case)> {
        self.detections.range(from..).map(|(index, case)| (*index, case))
    }

    /// What key vehicles did, as far as it is still kept.
    pub fn vehicles(&self) -> impl Iterator<Item = (u64, WallTime)> {
        self.vehicles.iter().map(|(index, at)| (*index, *at))
    }

    /// Who looked, as far as it is still kept.
    pub fn accesses(&self) -> impl Iterator<Item = (u64, WallTime)> {
        self.accesses.iter().map(|(index, at)| (*index, *at))
    }

    /// Detections that ever were, and deletions.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.detected, self.deleted)
    }
}
