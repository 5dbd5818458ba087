//! Checks a chain, entry by entry, and names everything that is wrong with where it is.
//!
//! It trusts nobody but the key that it is given: indices, links, hashes, signatures, and every number
//! that can be computed again. It goes on after a fault, so that all of them are told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use units::WallTime;

use super::body::{Body, Misfit};
use super::cases::Cases;
use super::detection::{Detection, Doubt, miscounted};
use super::entry::{Entry, NO_HASH};
use super::hexadecimal;
use super::key::PublicKey;
use super::review::StepRefused;
use super::schema::{Kind, checkpoint, detection as tag, opening, passage, review, tombstone};

/// So many faults are told; a file that has more is not read for its faults.
pub const FAULTS_MAX: usize = 1_000;

/// A place in a chain that somebody has noted elsewhere, by which a cut tail is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// The entry.
    pub index: u64,
    /// When it was written.
    pub at: WallTime,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Anchor {
    /// The anchor of an entry, a checkpoint as a rule.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self { index: entry.index, at: entry.at, hash: entry.hash() }
    }

    /// From `INDEX@UNIX_MS:HASH`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (place, hash) = text.trim().split_once(':')?;
        let (index, at) = place.split_once('@')?;
        let (index, at) = (index.parse().ok()?, WallTime(at.parse().ok()?));
        Some(Self { index, at, hash: hexadecimal::parse(hash)? })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}", self.index, self.at.0, hexadecimal::text(&self.hash))
    }
}

/// Where something is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The byte in the file where the frame begins.
    pub byte: u64,
    /// The entry, where its index can be read.
    pub index: Option<u64>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum What {
    /// The file does not begin as such a file does.
    #[error("this is no file of evidence of a version that is known")]
    NoEvidence,
    /// Bytes of a frame have changed, or its end is missing.
    #[error("the bytes from here to byte {until} are damaged")]
    Damaged {
        /// Where what can be read goes on.
        until: u64,
    },
    /// A frame holds no entry.
    #[error("this is no entry: {0}")]
    Malformed(Misfit),
    /// The body is not the one that was hashed.
    #[error("the fields are not those that were hashed")]
    BodyChanged,
    /// The signature is not the station's.
    #[error("it is not signed by the key {0}")]
    NotSigned(String),
    /// The hash of the one before is another.
    #[error("it does not follow the entry before it: another hash is named")]
    BrokenLink,
    /// Entries are not there.
    #[error("entries {0} to {1} are missing")]
    Missing(u64, u64),
    /// An entry stands behind a later one.
    #[error("it stands behind a later entry")]
    Reordered,
    /// An entry is there twice.
    #[error("it is there twice")]
    Repeated,
    /// Entries beyond the last that is there were noted elsewhere.
    #[error("the tail is cut: there must be an entry {0}")]
    TailCut(u64),
    /// The entry at a noted place is another.
    #[error("entry {0} has another hash than was noted: this is another chain")]
    OtherChain(u64),
    /// A number does not come out.
    #[error("{0} is not what the record's own figures give")]
    Miscounted(&'static str),
    /// A record is no evidence.
    #[error("it is no evidence: {0}")]
    Doubtful(Doubt),
    /// It is not about what its kind must be about.
    #[error("it is about another record than its kind can be about")]
    WrongAbout,
    /// A step of a review that may not be taken.
    #[error("the step may not be taken: {0}")]
    Step(StepRefused),
    /// A step of a review that is left out, though the record that it judges is shown.
    #[error("a step of the review is left out")]
    StepLeftOut,
    /// A step with a name that is none.
    #[error("there is no such step")]
    UnknownStep,
    /// A record without its fields, and no tombstone says why.
    #[error("its fields are gone, and no tombstone says why")]
    Unexplained,
    /// A tombstone for something else.
    #[error("the tombstone names another hash than the entry that it stands for has")]
    WrongTombstone,
    /// A checkpoint that counts otherwise.
    #[error("the checkpoint counts otherwise")]
    WrongCheckpoint,
    /// The key is another than the one that is expected.
    #[error("the key is {found}, expected is {expected}")]
    OtherKey {
        /// The key's fingerprint.
        found: String,
        /// The one that was given.
        expected: String,
    },
    /// The bundle has no manifest, or one whose key is none.
    #[error("the bundle does not begin with its manifest")]
    NoManifest,
    /// The manifest says something else than is there.
    #[error("the manifest says {0}, which is not what is there")]
    WrongManifest(&'static str),
}

/// Something that is wrong, with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub what: What,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.index {
            Some(index) => write!(f, "entry {index} (byte {}): {}", self.place.byte, self.what),
            None => write!(f, "byte {}: {}", self.place.byte, self.what),
        }
    }
}

/// What the bytes of a chain are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// The log: every entry is whole, or a tombstone says why not.
    Log,
    /// A bundle: others' records are husks.
    Bundle,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    index: u64,
    hash: [u8; 32],
    previous: [u8; 32],
    byte: u64,
    /// How many frames before it could not be read.
    damaged: u64,
}

/// Checks a chain.
#[derive(Debug)]
pub struct Checker {
    key: PublicKey,
    extent: Extent,
    rows: Vec<Row>,
    cases: Cases,
    husks: BTreeMap<u64, u64>,
    tombstones: BTreeSet<u64>,
    damaged: u64,
    torn: bool,
    faults: Vec<Fault>,
    more: usize,
}

impl Checker {
    /// Checks what this key must have signed.
    #[must_use]
    pub fn new(key: PublicKey, extent: Extent) -> Self {
        Self {
            key,
            extent,
            rows: Vec::new(),
            cases: Cases::default(),
            husks: BTreeMap::new(),
            tombstones: BTreeSet::new(),
            damaged: 0,
            torn: false,
            faults: Vec::new(),
            more: 0,
        }
    }

    /// Adds a fault that was found elsewhere.
    pub fn say(&mut self, byte: u64, index: Option<u64>, what: What) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { place: Place { byte, index }, what });
        } else {
            self.more += 1;
        }
    }

    /// A frame that could not be read; `torn` where more than one may have been lost with it.
    pub fn damaged(&mut self, byte: u64, until: u64, torn: bool) {
        self.damaged += 1;
        self.torn |= torn;
        self.say(byte, None, What::Damaged { until });
    }

    /// A frame that holds no entry.
    pub fn malformed(&mut self, byte: u64, why: Misfit) {
        self.damaged += 1;
        self.say(byte, None, What::Malformed(why));
    }

    /// The next entry of the file, which begins at this byte.
    pub fn take(&mut self, entry: &Entry, byte: u64) {
        let at = Some(entry.index);
        self.rows.push(Row {
            index: entry.index,
            hash: entry.hash(),
            previous: entry.previous,
            byte,
            damaged: self.damaged,
        });
        if !entry.signed_by(self.key) {
            self.say(byte, at, What::NotSigned(self.key.fingerprint()));
        }
        if !entry.body_fits() {
            self.say(byte, at, What::BodyChanged);
            return;
        }
        let own = matches!(entry.kind, Kind::Detection | Kind::Vehicle);
        let other = matches!(entry.kind, Kind::Review | Kind::Tombstone);
        let before = entry.about.is_some_and(|about| about < entry.index);
        if (own && entry.about != at) || (other && !before) || entry.kind == Kind::Manifest {
            self.say(byte, at, What::WrongAbout);
        }
        match &entry.body {
            Some(body) => self.judge(entry, body, byte),
            None => self.husk(entry, byte),
        }
        if let Err(refused) = self.cases.take(entry) {
            self.say(byte, at, What::Step(refused));
        }
    }

    fn husk(&mut self, entry: &Entry, byte: u64) {
        self.husks.insert(entry.index, byte);
        let shown = |about| self.cases.case(about).is_some();
        if entry.kind == Kind::Review && entry.about.is_some_and(shown) {
            self.say(byte, Some(entry.index), What::StepLeftOut);
        }
    }

    fn judge(&mut self, entry: &Entry, body: &Body, byte: u64) {
        let at = Some(entry.index);
        match entry.kind {
            Kind::Detection => {
                for field in miscounted(body) {
                    self.say(byte, at, What::Miscounted(field));
                }
                for doubt in doubts(body) {
                    self.say(byte, at, What::Doubtful(doubt));
                }
            }
            Kind::Review => {
                let known = body.text(review::STEP).and_then(super::review::Step::parse);
                if known.is_none() {
                    self.say(byte, at, What::UnknownStep);
                }
            }
            Kind::Tombstone => {
                let about = entry.about.unwrap_or(u64::MAX);
                let row = self.rows.iter().rev().find(|row| row.index == about);
                if row.is_some_and(|row| body.digest_in(tombstone::HASH) != Some(row.hash)) {
                    self.say(byte, at, What::WrongTombstone);
                }
                self.tombstones.insert(about);
            }
            Kind::Checkpoint => {
                let (detected, deleted) = self.cases.counts();
                let whole = self.rows.first().is_some_and(|row| row.index == 0);
                let counts = [
                    (checkpoint::ENTRIES, entry.index, true),
                    (checkpoint::DETECTIONS, detected, whole && self.damaged == 0),
                    (checkpoint::TOMBSTONES, deleted, whole && self.damaged == 0),
                ];
                let wrong = |&(tag, count, known): &(u16, u64, bool)| {
                    known && body.number(tag) != i64::try_from(count).ok()
                };
                if counts.iter().any(wrong) {
                    self.say(byte, at, What::WrongCheckpoint);
                }
            }
            Kind::Opening => {
                let own = body.digest_in(opening::PUBLIC_KEY) == Some(self.key.to_bytes());
                if !own || entry.index != 0 || entry.previous != NO_HASH {
                    self.say(byte, at, What::BrokenLink);
                }
            }
            Kind::Manifest | Kind::Access | Kind::Vehicle => {}
        }
    }

    /// Everything that is wrong, in the order of the file; and what the chain amounts to.
    #[must_use]
    pub fn finish(mut self, anchors: &[Anchor]) -> Checked {
        self.order();
        self.links();
        for anchor in anchors {
            let row = self.rows.iter().find(|row| row.index == anchor.index);
            let last = self.rows.iter().map(|row| row.index).max();
            let end = self.rows.last().map_or(0, |row| row.byte);
            match (row, last) {
                (Some(row), _) if row.hash != anchor.hash => {
                    self.say(row.byte, Some(row.index), What::OtherChain(anchor.index));
                }
                (None, Some(last)) if last < anchor.index => {
                    self.say(end, Some(last), What::TailCut(anchor.index));
                }
                (None, None) => self.say(end, None, What::TailCut(anchor.index)),
                _ => {}
            }
        }
        if self.extent == Extent::Log {
            for (index, byte) in std::mem::take(&mut self.husks) {
                if !self.tombstones.contains(&index) {
                    self.say(byte, Some(index), What::Unexplained);
                }
            }
        }
        self.faults.sort_by_key(|fault| fault.place);
        let last = self.rows.iter().max_by_key(|row| row.index);
        Checked {
            entries: self.rows.len(),
            first: self.rows.iter().map(|row| row.index).min(),
            last: last.map(|row| (row.index, row.hash)),
            cases: self.cases,
            faults: self.faults,
            more: self.more,
        }
    }

    /// What stands twice, or behind a later one.
    fn order(&mut self) {
        let mut seen = BTreeSet::new();
        let mut highest = None;
        for row in self.rows.clone() {
            if !seen.insert(row.index) {
                self.say(row.byte, Some(row.index), What::Repeated);
            } else if highest.is_some_and(|highest| row.index < highest) {
                self.say(row.byte, Some(row.index), What::Reordered);
            }
            highest = highest.max(Some(row.index));
        }
    }

    /// What is missing, and what does not follow the entry before it.
    fn links(&mut self) {
        let mut rows = self.rows.clone();
        rows.sort_by_key(|row| (row.index, row.byte));
        rows.dedup_by_key(|row| row.index);
        if self.extent == Extent::Log
            && let Some(first) = rows.first().filter(|first| first.index > first.damaged)
        {
            self.say(first.byte, Some(first.index), What::Missing(0, first.index - 1));
        }
        for pair in rows.windows(2) {
            let (before, row) = (pair[0], pair[1]);
            let gap = row.index - before.index - 1;
            let unread = row.damaged.saturating_sub(before.damaged);
            if gap == 0 && row.previous != before.hash {
                self.say(row.byte, Some(row.index), What::BrokenLink);
            }
            // A frame that could not be read has been told of already.
            let told = unread == gap || (self.torn && unread > 0);
            if gap > 0 && !told {
                let missing = What::Missing(before.index + 1, row.index - 1);
                self.say(row.byte, Some(row.index), missing);
            }
        }
    }
}

/// What a detection's body leaves in doubt; that plates which were left out agree cannot be told.
fn doubts(body: &Body) -> Vec<Doubt> {
    let shown = |end: u16| body.text(end + passage::PLATE).is_some();
    let both = shown(tag::ENTRY) && shown(tag::EXIT);
    let all = Detection::from_body(body).map(|detection| detection.doubts()).unwrap_or_default();
    all.into_iter().filter(|doubt| both || *doubt != Doubt::Plates).collect()
}

/// What came out of a check.
#[derive(Debug)]
pub struct Checked {
    /// How many entries could be read.
    pub entries: usize,
    /// The index of the first.
    pub first: Option<u64>,
    /// Index and hash of the last.
    pub last: Option<(u64, [u8; 32])>,
    /// What the chain amounts to.
    pub cases: Cases,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Faults beyond those that are told.
    pub more: usize,
}
