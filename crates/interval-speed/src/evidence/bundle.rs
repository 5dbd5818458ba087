//! A bundle: one case in a file of its own that can be checked without the daemon that wrote it.
//!
//! ```text
//!   "GWEVID01" 8 │ frame of the manifest │ frame of each entry, from the detection to the last step
//!   of its review and on to the next checkpoint, where there is one
//! ```
//!
//! The case's own entries are whole, all others are husks: their place in the chain can be checked and
//! nothing else be learned of them. The manifest is signed like an entry and says how many entries
//! follow and what the last one's hash is, so that a bundle cannot be cut either.

use units::WallTime;

use super::body::Body;
use super::cases::Cases;
use super::check::{Anchor, Checker, Extent, Fault, Place, What};
use super::entry::{Entry, NO_HASH};
use super::frame::{self, Frame};
use super::key::{PublicKey, StationKey};
use super::review::State;
use super::schema::{Kind, access, manifest as tag, review};
use super::value::Salts;

/// What every file of evidence begins with.
pub const MAGIC: &[u8; 8] = b"GWEVID01";
/// The most entries of a bundle: some 70 megabytes of husks, a month of a district with a thousand
/// detections a day and a dozen entries for each.
pub const ENTRIES_MAX: u64 = 400_000;

/// Who takes a case out, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Export<'t> {
    /// The station's name.
    pub station: &'t str,
    /// Who.
    pub by: &'t str,
    /// What for.
    pub purpose: &'t str,
    /// What writes it.
    pub software: &'t str,
    /// When.
    pub at: WallTime,
    /// Sealed fields to leave out, by their tags.
    pub leave_out: &'t [u16],
    /// Whether it is to be sent on as confirmed.
    pub as_confirmed: bool,
}

/// Why no bundle is written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoBundle {
    /// There is no such case, or it was deleted.
    #[error("there is no detection {0}, or no longer")]
    NoCase(u64),
    /// It is not confirmed, and nothing is sent on before two persons have.
    #[error("detection {0} is {1}: nothing is sent on before two persons have confirmed it")]
    NotConfirmed(u64, &'static str),
    /// The review took so long that the bundle would be too large.
    #[error("the case spans {0} entries, a bundle holds {ENTRIES_MAX}")]
    TooLong(u64),
}

/// The entries that a bundle of this case must hold: from the detection to the last step of its
/// review. What follows up to the next checkpoint may be added.
///
/// # Errors
/// Why there can be none.
pub fn range(
    cases: &Cases,
    case: u64,
    as_confirmed: bool,
) -> Result<std::ops::RangeInclusive<u64>, NoBundle> {
    let found = cases.case(case).ok_or(NoBundle::NoCase(case))?;
    if as_confirmed && found.state != State::Confirmed {
        return Err(NoBundle::NotConfirmed(case, found.state.name()));
    }
    let last = found.steps.last().copied().unwrap_or(case);
    let count = last - case + 1;
    if count > ENTRIES_MAX { Err(NoBundle::TooLong(count)) } else { Ok(case..=last) }
}

/// The bundle of a case from the entries of its [`range`], in order, and what follows of them.
///
/// # Panics
/// Where there are no entries: a range has one at least.
#[must_use]
pub fn write(
    entries: &[Entry],
    case: u64,
    state: &State,
    export: &Export<'_>,
    key: &StationKey,
    salts: Salts,
) -> Vec<u8> {
    let last = entries.last().expect("a range has an entry");
    let manifest = Body::of(Kind::Manifest, salts)
        .text(tag::STATION, export.station)
        .digest(tag::PUBLIC_KEY, key.public().to_bytes())
        .number(tag::FIRST, entries[0].index.cast_signed())
        .number(tag::COUNT, entries.len() as i64)
        .digest(tag::HEAD, last.hash())
        .number(tag::CASE, case.cast_signed())
        .text(tag::STATE, state.name())
        .text(tag::PURPOSE, export.purpose)
        .text(tag::BY, export.by)
        .text(tag::SOFTWARE, export.software)
        .done();
    let manifest = Entry::sign(manifest, (0, Some(case), export.at), NO_HASH, key);
    let mut out = MAGIC.to_vec();
    frame::push(&mut out, &manifest.without(export.leave_out).encode());
    for entry in entries {
        let whole = entry.about == Some(case) || matches!(entry.kind, Kind::Checkpoint);
        let shown = if whole { entry.without(export.leave_out) } else { entry.husk() };
        frame::push(&mut out, &shown.encode());
    }
    out
}

/// Whom a bundle must be from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trust {
    /// The holder of this key.
    Key(PublicKey),
    /// The holder of the key with this fingerprint.
    Fingerprint(String),
    /// Whoever the bundle names: then somebody must compare the fingerprint by hand.
    Named,
}

/// What a bundle is found to be.
#[derive(Debug)]
pub struct Report {
    /// The manifest, where there is a sound one.
    pub manifest: Option<Entry>,
    /// The key that it names.
    pub key: Option<PublicKey>,
    /// The case's entries, whole but for what was left out.
    pub case: Vec<Entry>,
    /// Where the case stands by its own entries.
    pub state: Option<State>,
    /// How many entries of the chain there are, husks included.
    pub entries: usize,
    /// What is wrong, in the order of the file; empty where the bundle holds.
    pub faults: Vec<Fault>,
    /// Faults beyond those.
    pub more: usize,
    /// What cannot be told from this bundle, in words.
    pub notes: Vec<String>,
}

/// Checks a bundle. Nothing panics, whatever the bytes.
#[must_use]
pub fn verify(bytes: &[u8], trust: &Trust, anchors: &[Anchor]) -> Report {
    let mut report = Report {
        manifest: None,
        key: None,
        case: Vec::new(),
        state: None,
        entries: 0,
        faults: Vec::new(),
        more: 0,
        notes: Vec::new(),
    };
    let (manifest, key, body_at) = match opened(bytes) {
        Ok(found) => found,
        Err(fault) => {
            report.faults.push(fault);
            return report;
        }
    };
    let mut checker = Checker::new(key, Extent::Bundle);
    if let Some(expected) = mistrust(trust, key) {
        let found = key.fingerprint();
        checker.say(8, None, What::OtherKey { found, expected });
    }
    judge_manifest(&mut checker, &manifest, key);
    let case = manifest.about;
    read_into(bytes, body_at, &mut |byte, found| match found {
        Found::Entry(entry) => {
            checker.take(&entry, byte);
            if entry.about == case && entry.body.is_some() {
                report.case.push(*entry);
            }
        }
        Found::Malformed(why) => checker.malformed(byte, why),
        Found::Damaged { until, torn } => checker.damaged(byte, until, torn),
    });
    let (known, later) = timely(anchors, manifest.at);
    report.notes.extend(later);
    let checked = checker.finish(&known);
    report.state = case.and_then(|case| checked.cases.case(case)).map(|case| case.state.clone());
    report.entries = checked.entries;
    report.faults = checked.faults;
    report.more = checked.more;
    compare(&mut report, &manifest, &checked.last, checked.first);
    report.faults.sort_by_key(|fault| fault.place);
    note(&mut report, trust, key);
    report.manifest = Some(manifest);
    report.key = Some(key);
    report
}

/// One thing that stands in a file of evidence.
#[derive(Debug)]
pub enum Found {
    /// An entry.
    Entry(Box<Entry>),
    /// A sound frame that holds none.
    Malformed(super::body::Misfit),
    /// Bytes that cannot be read.
    Damaged {
        /// Where it can be read on.
        until: u64,
        /// Whether more than one frame may be lost.
        torn: bool,
    },
}

/// Reads frames from `at` on and hands each on with the byte where it begins.
pub fn read_into(bytes: &[u8], mut at: usize, take: &mut dyn FnMut(u64, Found)) {
    while let Some(frame) = frame::read(bytes, at) {
        let (found, next) = match frame {
            Frame::Sound { content, next } => match Entry::decode(content) {
                Ok(entry) => (Found::Entry(Box::new(entry)), next),
                Err(why) => (Found::Malformed(why), next),
            },
            Frame::Damaged { next } => (Found::Damaged { until: next as u64, torn: false }, next),
            Frame::Torn => {
                let next = frame::resume(bytes, at + 1).unwrap_or(bytes.len());
                (Found::Damaged { until: next as u64, torn: true }, next)
            }
        };
        take(at as u64, found);
        at = next;
    }
}

/// The manifest, the key that it names, and where the entries begin.
fn opened(bytes: &[u8]) -> Result<(Entry, PublicKey, usize), Fault> {
    let fault = |byte: usize, what| Fault { place: Place { byte: byte as u64, index: None }, what };
    if !bytes.starts_with(MAGIC) {
        return Err(fault(0, What::NoEvidence));
    }
    let at = MAGIC.len();
    let (content, next) = match frame::read(bytes, at) {
        Some(Frame::Sound { content, next }) => (content, next),
        Some(Frame::Damaged { next }) => {
            return Err(fault(at, What::Damaged { until: next as u64 }));
        }
        Some(Frame::Torn) => {
            let until = frame::resume(bytes, at + 1).unwrap_or(bytes.len());
            return Err(fault(at, What::Damaged { until: until as u64 }));
        }
        None => return Err(fault(at, What::NoManifest)),
    };
    let manifest = Entry::decode(content).map_err(|why| fault(at, What::Malformed(why)))?;
    let named = manifest.body.as_ref().and_then(|body| body.digest_in(tag::PUBLIC_KEY));
    let key = named.and_then(|bytes| PublicKey::from_bytes(&bytes));
    match key.filter(|_| manifest.kind == Kind::Manifest) {
        Some(key) => Ok((manifest, key, next)),
        None => Err(fault(at, What::NoManifest)),
    }
}

/// What was expected, where the key is another.
fn mistrust(trust: &Trust, key: PublicKey) -> Option<String> {
    match trust {
        Trust::Key(expected) if *expected != key => Some(expected.fingerprint()),
        Trust::Fingerprint(expected) if !expected.eq_ignore_ascii_case(&key.fingerprint()) => {
            Some(expected.clone())
        }
        _ => None,
    }
}

fn judge_manifest(checker: &mut Checker, manifest: &Entry, key: PublicKey) {
    let at = MAGIC.len() as u64;
    if !manifest.signed_by(key) {
        checker.say(at, None, What::NotSigned(key.fingerprint()));
    }
    if !manifest.body_fits() {
        checker.say(at, None, What::BodyChanged);
    }
    if manifest.index != 0 || manifest.previous != NO_HASH {
        checker.say(at, None, What::WrongManifest("its place"));
    }
}

/// Anchors that the bundle could know of; of later ones it is said that they tell nothing here.
fn timely(anchors: &[Anchor], exported: WallTime) -> (Vec<Anchor>, Option<String>) {
    let known: Vec<Anchor> = anchors.iter().copied().filter(|a| a.at <= exported).collect();
    let later = anchors.len() - known.len();
    let words = format!("{later} checkpoints are later than the bundle and tell nothing of it");
    (known, (later > 0).then_some(words))
}

/// Holds what the manifest says against what is there.
fn compare(
    report: &mut Report,
    manifest: &Entry,
    last: &Option<(u64, [u8; 32])>,
    first: Option<u64>,
) {
    let Some(body) = &manifest.body else { return };
    let mut say = |what| {
        let place = Place { byte: MAGIC.len() as u64, index: None };
        report.faults.push(Fault { place, what });
    };
    let number = |tag| body.number(tag).map(i64::cast_unsigned);
    let (begin, count) = (number(tag::FIRST), number(tag::COUNT));
    let end = begin.zip(count).and_then(|(begin, count)| begin.checked_add(count)?.checked_sub(1));
    match (end, last) {
        (Some(end), Some((last, _))) if *last < end => say(What::TailCut(end)),
        (Some(end), Some((last, _))) if *last > end => say(What::WrongManifest("fewer entries")),
        (Some(end), None) => say(What::TailCut(end)),
        (None, _) => say(What::WrongManifest("no end")),
        (_, Some((_, hash))) if body.digest_in(tag::HEAD) != Some(*hash) => {
            say(What::WrongManifest("another hash of the last entry"));
        }
        _ => {}
    }
    if first.is_some() && first != begin {
        say(What::WrongManifest("another first entry"));
    }
    let state = report.state.as_ref().map(State::name);
    if body.text(tag::STATE) != state {
        say(What::WrongManifest("another state of the case"));
    }
    if number(tag::CASE) != manifest.about {
        say(What::WrongManifest("another case"));
    }
}

/// What a reader must know of a bundle that holds.
fn note(report: &mut Report, trust: &Trust, key: PublicKey) {
    if *trust == Trust::Named {
        report.notes.push(format!(
            "the bundle itself names the key {}: compare it with the one that the station publishes",
            key.fingerprint()
        ));
    }
    let hidden = |kind, tag| {
        let of_kind = report.case.iter().filter(move |entry| entry.kind == kind);
        let mut bodies = of_kind.filter_map(|entry| entry.body.as_ref());
        bodies.any(|body| body.content(tag).is_some_and(|content| content.value().is_none()))
    };
    if hidden(Kind::Review, review::WHO) {
        let words =
            "the reviewers' names are left out: that they are two persons rests on the station";
        report.notes.push(words.to_owned());
    }
    if hidden(Kind::Access, access::WHO) {
        report.notes.push("who looked at the record is left out".to_owned());
    }
    for entry in &report.case {
        let out = entry.body.as_ref().map(super::detection::withheld).unwrap_or_default();
        if entry.kind == Kind::Detection && !out.is_empty() {
            report.notes.push(format!("left out of the record: {}", out.join(", ")));
        }
    }
}
