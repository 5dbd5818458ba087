//! The evidence of a daemon that does not run: checked without a key of its own, or taken out.

use std::path::Path;

use interval_speed::evidence::bundle::{self, MAGIC, NoBundle, Trust, read_into};
use interval_speed::evidence::check::{Anchor, Checked, Checker, Extent, What};
use interval_speed::evidence::schema::opening;
use interval_speed::evidence::{PublicKey, Retention, StationKey};

use super::log::Log;
use super::vault::{Person, Settings, Vault};
use super::{EvidenceError, io};
use crate::clock;

/// Checks a whole log, segment by segment, with the key that its opening names; and that key.
///
/// # Errors
/// Where the folder cannot be read or holds no log.
pub fn check_store(
    root: &Path,
    trust: &Trust,
    anchors: &[Anchor],
) -> Result<(Checked, PublicKey), EvidenceError> {
    let files = Log::files(root)?;
    let mut checker: Option<(Checker, PublicKey)> = None;
    let mut base = 0;
    for path in &files {
        let bytes = io(path, std::fs::read(path))?;
        if checker.is_none() {
            let key = opening_key(&bytes);
            let named = match trust {
                Trust::Key(key) => Some(*key),
                _ => key,
            };
            let key = named.ok_or_else(|| {
                EvidenceError::Key(format!("{} names no key: give one", path.display()))
            })?;
            let mut fresh = Checker::new(key, Extent::Log);
            if let Trust::Fingerprint(expected) = trust
                && !expected.eq_ignore_ascii_case(&key.fingerprint())
            {
                let (found, expected) = (key.fingerprint(), expected.clone());
                fresh.say(0, None, What::OtherKey { found, expected });
            }
            checker = Some((fresh, key));
        }
        let Some((checker, _)) = &mut checker else { continue };
        if bytes.starts_with(MAGIC) {
            read_into(&bytes, MAGIC.len(), &mut |byte, found| match found {
                bundle::Found::Entry(entry) => checker.take(&entry, base + byte),
                bundle::Found::Malformed(why) => checker.malformed(base + byte, why),
                bundle::Found::Damaged { until, torn } => {
                    checker.damaged(base + byte, base + until, torn);
                }
            });
        } else {
            checker.say(base, None, What::NoEvidence);
        }
        base += bytes.len() as u64;
    }
    match checker {
        Some((checker, key)) => Ok((checker.finish(anchors), key)),
        None => Err(EvidenceError::Key(format!("there is no evidence in {}", root.display()))),
    }
}

fn opening_key(bytes: &[u8]) -> Option<PublicKey> {
    let mut key = None;
    if bytes.starts_with(MAGIC) {
        read_into(bytes, MAGIC.len(), &mut |_, found| {
            if let (None, bundle::Found::Entry(entry)) = (key, found) {
                let body = entry.body.as_ref();
                let named = body.and_then(|body| body.digest_in(opening::PUBLIC_KEY));
                key = named.and_then(|bytes| PublicKey::from_bytes(&bytes));
            }
        });
    }
    key
}

/// What is to be taken out of the evidence of a daemon that does not run.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The record.
    pub case: u64,
    /// By whom, and why.
    pub person: Person,
    /// Sealed fields to leave out.
    pub leave_out: Vec<u16>,
    /// Whether it is to be sent on as confirmed.
    pub as_confirmed: bool,
}

/// The bundle of a case; that it was taken out is written before.
///
/// # Errors
/// Where the daemon runs, there is no such case, or it is not confirmed and is to be sent on.
pub fn export_offline(
    root: &Path,
    key: StationKey,
    station: &str,
    software: &str,
    taken: &Taken,
) -> Result<Vec<u8>, EvidenceError> {
    if Log::files(root)?.is_empty() {
        return Err(NoBundle::NoCase(taken.case).into());
    }
    let (station, software) = (station.to_owned(), software.to_owned());
    let settings = Settings { station, software, retention: Retention::default() };
    let now = clock::system();
    let (mut vault, _) = Vault::open(root, key, settings, now)?;
    bundle::range(vault.cases(), taken.case, taken.as_confirmed)?;
    let deed = if taken.as_confirmed { "export as confirmed" } else { "export for review" };
    vault.access(taken.case, deed, &taken.person, now)?;
    vault.checkpoint(now)?;
    vault.bundle(taken.case, &taken.person, &taken.leave_out, taken.as_confirmed, now)
}
