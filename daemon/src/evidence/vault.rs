//! The log with what it amounts to: what may be done, and what is due. No thread and no clock here.
//!
//! Whatever is done is first *staged*: checked, bound to the chain, signed. [`Vault::commit`] writes
//! what is staged with one sync. Before that nothing of it may be told to anybody.

use std::collections::BTreeSet;
use std::path::Path;

use interval_speed::evidence::bundle::{self, Export};
use interval_speed::evidence::cases::Cases;
use interval_speed::evidence::retention::tombstone;
use interval_speed::evidence::review::{NAME_MAX, REASON_MAX, body as step_body};
use interval_speed::evidence::schema::{access, checkpoint, detection, opening, passage};
use interval_speed::evidence::{
    About, Anchor, Body, Chain, Detection, Entry, Head, Kind, Retention, Salts, State, StationKey,
    Step,
};
use units::{DAY, Millis, WallTime};

use super::log::Log;
use super::{EvidenceError, random};

/// A checkpoint comes at the latest after so many entries, or so long after the first of them.
const CHECKPOINT_ENTRIES: u64 = 256;
const CHECKPOINT_AFTER: Millis = Millis(3_600_000);

/// What a station's evidence is written by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The station's name.
    pub station: String,
    /// What writes.
    pub software: String,
    /// How long what is kept.
    pub retention: Retention,
}

/// Who looks, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Their name.
    pub who: String,
    /// What for.
    pub purpose: String,
}

/// A record as somebody may see it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The record.
    pub entry: Entry,
    /// Where it stands; none for what is no detection.
    pub state: Option<State>,
    /// What people did with it and is still kept.
    pub steps: Vec<Entry>,
}

/// The evidence of a station.
#[derive(Debug)]
pub struct Vault {
    log: Log,
    chain: Chain,
    cases: Cases,
    settings: Settings,
    staged: Vec<Entry>,
    checkpoints: Vec<u64>,
    anchor: Option<Anchor>,
    /// The first entry after the last checkpoint.
    unanchored: Option<(u64, WallTime)>,
}

/// What reading a log brings.
#[derive(Default)]
struct Folded {
    cases: Cases,
    checkpoints: Vec<u64>,
    anchor: Option<Anchor>,
    unanchored: Option<(u64, WallTime)>,
    whole: BTreeSet<u64>,
    deleted: BTreeSet<u64>,
    begun_by: Option<[u8; 32]>,
    refused: Vec<String>,
}

impl Folded {
    fn take(&mut self, entry: &Entry) {
        if let Err(why) = self.cases.take(entry) {
            self.refused.push(format!("entry {}: {why}", entry.index));
        }
        if entry.body.is_some() {
            self.whole.insert(entry.index);
        }
        match entry.kind {
            Kind::Checkpoint => {
                self.checkpoints.push(entry.index);
                self.anchor = Some(Anchor::of(entry));
                self.unanchored = None;
                return;
            }
            Kind::Tombstone => self.deleted.extend(entry.about),
            Kind::Opening => {
                let body = entry.body.as_ref();
                self.begun_by = body.and_then(|body| body.digest_in(opening::PUBLIC_KEY));
            }
            _ => {}
        }
        self.unanchored = self.unanchored.or(Some((entry.index, entry.at)));
    }
}

impl Vault {
    /// Opens the evidence in the folder `root`, or begins it there. The alarms tell what was found.
    ///
    /// # Errors
    /// Where another process has it, another key began it, or the disk would not.
    pub fn open(
        root: &Path,
        key: StationKey,
        settings: Settings,
        now: WallTime,
    ) -> Result<(Self, Vec<String>), EvidenceError> {
        let mut folded = Folded::default();
        let mut log = Log::open(root, |entry| folded.take(entry))?;
        let mut alarms = log.alarms();
        alarms.append(&mut folded.refused);
        let own = key.public();
        if folded.begun_by.is_some_and(|begun| begun != own.to_bytes()) {
            let (root, fingerprint) = (root.display(), own.fingerprint());
            return Err(EvidenceError::Key(format!(
                "{root} was begun by another key than {fingerprint}: a new key needs a new folder"
            )));
        }
        // A stop between tombstone and deletion: the deletion is done now.
        let left: BTreeSet<u64> = folded.deleted.intersection(&folded.whole).copied().collect();
        if !left.is_empty() {
            log.strip(&left)?;
        }
        let chain = Chain::resume(key, log.head());
        let Folded { cases, checkpoints, anchor, unanchored, .. } = folded;
        let staged = Vec::new();
        let mut vault =
            Self { log, chain, cases, settings, staged, checkpoints, anchor, unanchored };
        if vault.chain.head().next == 0 {
            let body = Body::of(Kind::Opening, Salts::new(random()?))
                .text(opening::STATION, &*vault.settings.station)
                .digest(opening::PUBLIC_KEY, own.to_bytes())
                .text(opening::SOFTWARE, &*vault.settings.software)
                .done();
            vault.stage(body, About::Nothing, now)?;
            vault.commit(now)?;
        }
        Ok((vault, alarms))
    }

    /// What is kept and decided, staged entries included.
    #[must_use]
    pub fn cases(&self) -> &Cases {
        &self.cases
    }

    /// The last checkpoint.
    #[must_use]
    pub fn anchor(&self) -> Option<Anchor> {
        self.anchor
    }

    /// The end of the chain.
    #[must_use]
    pub fn head(&self) -> Head {
        self.chain.head()
    }

    /// The fingerprint of the key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.chain.key().public().fingerprint()
    }

    /// What it is written by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn stage(&mut self, body: Body, about: About, now: WallTime) -> Result<u64, EvidenceError> {
        let head = self.chain.head();
        let entry = self.chain.append(body, about, now);
        if let Err(refused) = self.cases.take(&entry) {
            self.chain.back_to(head);
            return Err(refused.into());
        }
        let index = entry.index;
        if entry.kind != Kind::Checkpoint {
            self.unanchored = self.unanchored.or(Some((index, now)));
        }
        self.staged.push(entry);
        Ok(index)
    }

    /// Stages a detection; its index.
    ///
    /// # Errors
    /// Why it is no evidence: nothing of the vehicle is written then.
    pub fn detect(&mut self, of: &Detection, now: WallTime) -> Result<u64, EvidenceError> {
        let body = of.body(Salts::new(random()?)).map_err(EvidenceError::NoEvidence)?;
        self.stage(body, About::Itself, now)
    }

    /// Stages what a key vehicle did: fields of an entry of that kind.
    ///
    /// # Errors
    /// Where the fields are of another kind.
    pub fn vehicle(
        &mut self,
        fields: impl FnOnce(Salts) -> Body,
        now: WallTime,
    ) -> Result<u64, EvidenceError> {
        let body = fields(Salts::new(random()?));
        if body.kind() != Kind::Vehicle {
            return Err(EvidenceError::Text("these are no fields of a key vehicle"));
        }
        self.stage(body, About::Itself, now)
    }

    /// Stages a step of a review; where the case stands then.
    ///
    /// # Errors
    /// Where there is no such case, or the step may not be taken.
    pub fn review(
        &mut self,
        case: u64,
        step: Step,
        who: &str,
        reason: &str,
        now: WallTime,
    ) -> Result<State, EvidenceError> {
        let Some(found) = self.cases.case(case) else { return Err(EvidenceError::NoRecord(case)) };
        let (who, reason) = (who.trim(), reason.trim());
        let next = found.state.after(step, Some(who), !reason.is_empty())?;
        self.names_no_plate(case, reason)?;
        let body = step_body(step, who, reason, Salts::new(random()?))?;
        self.stage(body, About::Record(case), now)?;
        Ok(next)
    }

    /// Stages that somebody has looked at a record, or taken it out.
    ///
    /// # Errors
    /// Where there is no such record, or name or purpose cannot stand in the log.
    pub fn access(
        &mut self,
        record: u64,
        deed: &str,
        person: &Person,
        now: WallTime,
    ) -> Result<u64, EvidenceError> {
        let (who, purpose) = (person.who.trim(), person.purpose.trim());
        let fits = |text: &str, most| {
            !text.is_empty() && text.chars().count() <= most && !text.contains(char::is_control)
        };
        if !fits(who, NAME_MAX) || !fits(purpose, REASON_MAX) {
            let why =
                "who looks says who (1 to 100 characters) and what for (1 to 300), on one line";
            return Err(EvidenceError::Text(why));
        }
        self.names_no_plate(record, purpose)?;
        let body = Body::of(Kind::Access, Salts::new(random()?))
            .text(access::DEED, deed)
            .text(access::WHO, who)
            .text(access::PURPOSE, purpose)
            .done();
        self.stage(body, About::Record(record), now)
    }

    /// Reasons and purposes are kept longer than the record: they must not say whose it is.
    fn names_no_plate(&self, record: u64, text: &str) -> Result<(), EvidenceError> {
        let entry = self.record(record)?;
        let body = entry.body.ok_or(EvidenceError::NoRecord(record))?;
        let ends = [detection::ENTRY, detection::EXIT];
        let mut plates = ends.iter().filter_map(|end| body.text(end + passage::PLATE));
        let named = |plate: &str| !plate.is_empty() && text.contains(plate);
        if plates.any(named) {
            let why =
                "the text names the plate: the record's number says enough, and is kept shorter";
            return Err(EvidenceError::Text(why));
        }
        Ok(())
    }

    fn record(&self, index: u64) -> Result<Entry, EvidenceError> {
        let staged = self.staged.iter().find(|entry| entry.index == index);
        let entry = match staged {
            Some(entry) => entry.clone(),
            None => self.log.read(index)?,
        };
        let kind = matches!(entry.kind, Kind::Detection | Kind::Vehicle);
        if kind && entry.body.is_some() { Ok(entry) } else { Err(EvidenceError::NoRecord(index)) }
    }

    /// Writes what is staged, with a checkpoint where one is due, and returns when it is safe; the
    /// checkpoint's anchor.
    ///
    /// # Errors
    /// Where the disk would not: then nothing that was staged has happened.
    pub fn commit(&mut self, now: WallTime) -> Result<Option<Anchor>, EvidenceError> {
        let due = |(first, since): (u64, WallTime)| {
            self.chain.head().next - first >= CHECKPOINT_ENTRIES || now - since >= CHECKPOINT_AFTER
        };
        if self.unanchored.is_some_and(due) { self.checkpoint(now) } else { self.flush(now, None) }
    }

    /// Writes what is staged and a checkpoint, where anything came after the last one.
    ///
    /// # Errors
    /// Where the disk would not: then nothing that was staged has happened.
    pub fn checkpoint(&mut self, now: WallTime) -> Result<Option<Anchor>, EvidenceError> {
        if self.unanchored.is_none() {
            return self.flush(now, None);
        }
        let (detections, tombstones) = self.cases.counts();
        let body = Body::of(Kind::Checkpoint, Salts::new(random()?))
            .number(checkpoint::ENTRIES, self.chain.head().next.cast_signed())
            .number(checkpoint::DETECTIONS, detections.cast_signed())
            .number(checkpoint::TOMBSTONES, tombstones.cast_signed())
            .done();
        self.stage(body, About::Nothing, now)?;
        let anchor = self.staged.last().map(Anchor::of);
        self.flush(now, anchor)
    }

    fn flush(
        &mut self,
        now: WallTime,
        anchor: Option<Anchor>,
    ) -> Result<Option<Anchor>, EvidenceError> {
        let staged = std::mem::take(&mut self.staged);
        if let Err(error) = self.log.append(&staged, now) {
            self.take_back()?;
            return Err(error);
        }
        if let Some(anchor) = anchor {
            self.checkpoints.push(anchor.index);
            self.anchor = Some(anchor);
            self.unanchored = None;
        }
        Ok(anchor)
    }

    /// The chain and what it amounts to, as the log has them.
    fn take_back(&mut self) -> Result<(), EvidenceError> {
        let mut folded = Folded::default();
        self.log.read_range(0..=u64::MAX)?.iter().for_each(|entry| folded.take(entry));
        let head = self.log.head();
        self.chain.back_to(head.unwrap_or(Head { next: 0, hash: [0; 32] }));
        self.cases = folded.cases;
        self.checkpoints = folded.checkpoints;
        self.anchor = folded.anchor;
        self.unanchored = folded.unanchored;
        Ok(())
    }

    /// A record with what people did with it. Whoever shows it has committed an access before.
    ///
    /// # Errors
    /// Where there is none, or the disk would not.
    pub fn show(&self, index: u64) -> Result<Found, EvidenceError> {
        let entry = self.record(index)?;
        let case = self.cases.case(index);
        let mut steps = Vec::new();
        for &step in case.map_or(&[][..], |case| &case.steps) {
            steps.push(self.log.read(step)?);
        }
        Ok(Found { entry, state: case.map(|case| case.state.clone()), steps })
    }

    /// The bundle of a case. Whoever hands it out has committed an access before.
    ///
    /// # Errors
    /// Why there can be none, or that the disk would not.
    pub fn bundle(
        &self,
        case: u64,
        person: &Person,
        leave_out: &[u16],
        as_confirmed: bool,
        now: WallTime,
    ) -> Result<Vec<u8>, EvidenceError> {
        let range = bundle::range(&self.cases, case, as_confirmed)?;
        let upto = self.checkpoints.partition_point(|&point| point <= *range.end());
        let upto = self.checkpoints.get(upto).copied().unwrap_or(*range.end());
        let entries = self.log.read_range(case..=upto)?;
        let state = self.cases.case(case).map(|case| case.state.clone()).unwrap_or_default();
        let export = Export {
            station: &self.settings.station,
            by: &person.who,
            purpose: &person.purpose,
            software: &self.settings.software,
            at: now,
            leave_out,
            as_confirmed,
        };
        if entries.is_empty() {
            return Err(EvidenceError::NoRecord(case));
        }
        let salts = Salts::new(random()?);
        Ok(bundle::write(&entries, case, &state, &export, self.chain.key(), salts))
    }

    /// Deletes what is due: tombstones first, then the bytes. How many entries went.
    ///
    /// # Errors
    /// Where the disk would not. Where it stopped between the two, the next opening goes on.
    pub fn retain(&mut self, now: WallTime) -> Result<usize, EvidenceError> {
        let due = self.settings.retention.due(&self.cases, now);
        let days = i64::from(self.settings.retention.undecided_days);
        self.log.clear_aside(crate::clock::day(now + DAY * -days))?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut gone = BTreeSet::new();
        for due in due {
            let hash = self.log.read(due.index)?.hash();
            let stone = tombstone(due, hash, Salts::new(random()?));
            self.stage(stone, About::Record(due.index), now)?;
            gone.insert(due.index);
        }
        self.checkpoint(now)?;
        self.log.strip(&gone)?;
        Ok(gone.len())
    }
}
