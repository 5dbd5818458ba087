//! The segments on the disk: which there are, which one is written, which are deleted.
//!
//! ```text
//!   <root>/FORMAT  LOCK  2026-11-23-00000000000000000001/  …  opening  aside/
//! ```
//!
//! `opening` counts the attempts to open a segment that did not return: where panics abort the
//! process, it is how a segment that brings the daemon down is found and moved aside.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use units::WallTime;

use super::segment::{Segment, sync_tree};
use super::{EventStore, Page, Record, StoreError, codec};
use crate::clock::{day, day_text};

/// The format that this version writes.
const FORMAT: u32 = 1;
/// So far beyond a lost segment its successor numbers its events: a segment never holds as many.
const LEAP: u64 = 1 << 32;
/// So many attempts to open a segment may end the process before it is moved aside.
const ATTEMPTS_MAX: u32 = 3;
/// A segment is closed when it has this share of all bytes, so that there is something to delete.
const SEGMENT_SHARE: u64 = 8;
/// So many segments that were moved aside are kept, the newest; a segment has at most an eighth of all
/// bytes.
const ASIDE_MAX: usize = 2;
/// Commits between two looks at the size on the disk.
const LOOK_EVERY: u32 = 64;

/// Events on the disk.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    retention_days: i64,
    max_bytes: u64,
    /// The day of each segment, by the number of its first event.
    segments: BTreeMap<u64, i64>,
    current: Segment,
    /// A write to it failed.
    stale: bool,
    /// Segments in which a write failed: the first number there that was never acknowledged.
    torn: BTreeMap<u64, u64>,
    /// The older segment that was read last.
    older: Option<(u64, Segment)>,
    next: u64,
    commits: u32,
    alarms: Vec<String>,
    _lock: File,
}

fn io<T>(what: &Path, result: std::io::Result<T>) -> Result<T, StoreError> {
    result.map_err(|error| StoreError::Io { what: what.display().to_string(), error })
}

impl Disk {
    /// Opens the store in the directory `root`, or begins it there.
    ///
    /// # Errors
    /// Where another process has it, a newer version wrote it, or the disk would not. A segment that
    /// does not open is no error: it is moved aside with an alarm.
    pub fn open(
        root: &Path,
        retention_days: u32,
        max_bytes: u64,
        now: WallTime,
    ) -> Result<Self, StoreError> {
        io(root, fs::create_dir_all(root))?;
        let lock = io(root, File::create(root.join("LOCK")))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(root.to_owned())),
            Err(TryLockError::Error(error)) => io(root, Err(error))?,
        }
        settle_format(root)?;
        let mut segments = scan(root)?;
        let mut alarms = Vec::new();
        let mut next = 1;
        let mut found = None;
        if let Some((&first, &of)) = segments.last_key_value() {
            let path = path_of(root, first, of);
            let opened = guarded_open(root, &path).and_then(|segment| {
                let last = segment.last()?;
                Ok((segment, last))
            });
            match opened {
                Ok((segment, last)) => {
                    next = last.map_or(first, |last| last + 1);
                    found = Some(segment);
                }
                Err(error) => {
                    alarms.push(move_aside(root, &path, &error)?);
                    segments.remove(&first);
                    next = first.saturating_add(LEAP);
                }
            }
        }
        let current = match found {
            Some(segment) => segment,
            None => {
                segments.insert(next, day(now));
                Segment::open(&path_of(root, next, day(now)))?
            }
        };
        let mut disk = Self {
            root: root.to_owned(),
            retention_days: i64::from(retention_days),
            max_bytes,
            segments,
            current,
            stale: false,
            torn: BTreeMap::new(),
            older: None,
            next,
            commits: 0,
            alarms,
            _lock: lock,
        };
        let newest = disk.segments.values().max().copied().unwrap_or_default();
        disk.retain(day(now).min(newest + 1))?;
        let aside = root.join("aside");
        if aside.exists() {
            bound_aside(&aside)?;
        }
        Ok(disk)
    }

    fn current_first(&self) -> u64 {
        self.segments.last_key_value().map_or(1, |(&first, _)| first)
    }

    /// Begins another segment when the day has changed or the present one has grown large.
    fn roll(&mut self, now: WallTime) -> Result<(), StoreError> {
        self.commits += 1;
        let today = day(now);
        let (first, since) = self.segments.last_key_value().map_or((1, today), |(&f, &d)| (f, d));
        let another_day = today > since;
        let look = self.commits.is_multiple_of(LOOK_EVERY);
        let large =
            look && size(&path_of(&self.root, first, since)) > self.max_bytes / SEGMENT_SHARE;
        if !self.stale && (self.next == first || !(another_day || large)) {
            return Ok(());
        }
        // What a failed write has left is not acknowledged: the numbers leap over it.
        let next = if self.stale { self.next.saturating_add(LEAP) } else { self.next };
        // A clock that was set back does not begin a day twice.
        let path = path_of(&self.root, next, today.max(since));
        self.current = Segment::open(&path)?;
        self.segments.insert(next, today.max(since));
        if std::mem::take(&mut self.stale) {
            self.torn.insert(first, self.next);
            self.alarms.push("a write failed: a fresh segment was begun".to_owned());
        }
        self.next = next;
        // One reading of a clock that is wrong must not make everything old: a day at a time.
        self.retain(today.min(since + 1))
    }

    /// Deletes whole segments that are too old, then the oldest until the rest fits; never the last.
    fn retain(&mut self, today: i64) -> Result<(), StoreError> {
        loop {
            let Some((&first, &of)) = self.segments.first_key_value() else { return Ok(()) };
            let sizes = self.segments.iter().map(|(&f, &d)| size(&path_of(&self.root, f, d)));
            let old = of < today - self.retention_days;
            if self.segments.len() < 2 || !(old || sizes.sum::<u64>() > self.max_bytes) {
                return Ok(());
            }
            self.older = None;
            let path = path_of(&self.root, first, of);
            io(&path, fs::remove_dir_all(&path))?;
            self.segments.remove(&first);
        }
    }

    fn read_from(&mut self, first: u64, after: u64, limit: usize) -> Result<Rows, StoreError> {
        if first == self.current_first() {
            return self.current.read(after, limit);
        }
        if self.older.as_ref().is_none_or(|(of, _)| *of != first) {
            let of = self.segments.get(&first).copied().unwrap_or(0);
            let path = path_of(&self.root, first, of);
            self.older = None;
            match guarded_open(&self.root, &path) {
                Ok(segment) => self.older = Some((first, segment)),
                Err(error) => {
                    self.alarms.push(move_aside(&self.root, &path, &error)?);
                    self.segments.remove(&first);
                    return Ok(Vec::new());
                }
            }
        }
        self.older.as_ref().map_or(Ok(Vec::new()), |(_, segment)| segment.read(after, limit))
    }
}

type Rows = Vec<(u64, Vec<u8>)>;

impl EventStore for Disk {
    fn append(&mut self, records: &mut [Record]) -> Result<(), StoreError> {
        let Some(newest) = records.last() else { return Ok(()) };
        self.roll(WallTime(newest.at))?;
        let mut rows = Vec::with_capacity(records.len());
        for (sequence, record) in (self.next..).zip(records.iter_mut()) {
            record.sequence = sequence;
            rows.push((sequence, codec::encode(record)));
        }
        if let Err(error) = self.current.write(&rows) {
            // The database keeps its first error for good: what comes goes into a fresh segment.
            self.stale = true;
            return Err(error);
        }
        self.next += rows.len() as u64;
        Ok(())
    }

    fn read(&mut self, after: u64, limit: usize) -> Result<Page, StoreError> {
        let mut page = Page { next: after, ..Page::default() };
        let begins: Vec<u64> = self.segments.keys().copied().collect();
        for (index, &first) in begins.iter().enumerate() {
            // A segment ends where the next one begins.
            if begins.get(index + 1).is_some_and(|&next| next <= after.saturating_add(1)) {
                continue;
            }
            let room = limit - page.records.len();
            if room == 0 {
                break;
            }
            let is_current = first == self.current_first();
            let end = self.torn.get(&first).copied();
            let end = end.unwrap_or(if is_current { self.next } else { u64::MAX });
            for (sequence, bytes) in self.read_from(first, page.next, room)? {
                if sequence >= end {
                    break;
                }
                page.next = sequence;
                match codec::decode(&bytes).filter(|record| record.sequence == sequence) {
                    Some(record) => page.records.push(record),
                    None => page.damaged.push(sequence),
                }
            }
        }
        Ok(page)
    }

    fn last(&self) -> u64 {
        self.next - 1
    }

    fn alarms(&mut self) -> Vec<String> {
        std::mem::take(&mut self.alarms)
    }
}

fn path_of(root: &Path, first: u64, of: i64) -> PathBuf {
    root.join(format!("{}-{first:020}", day_text(of)))
}

/// The segments there are; what is named otherwise is not ours and stays.
fn scan(root: &Path) -> Result<BTreeMap<u64, i64>, StoreError> {
    let mut segments = BTreeMap::new();
    for entry in io(root, fs::read_dir(root))? {
        let name = io(root, entry)?.file_name().to_string_lossy().into_owned();
        let Some((date, first)) = name.split_at_checked(10) else { continue };
        let first = first.strip_prefix('-').and_then(|first| first.parse().ok());
        let of = date
            .parse::<jiff::civil::Date>()
            .ok()
            .and_then(|date| date.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok());
        if let (Some(first), Some(of)) = (first, of) {
            segments.insert(first, day(WallTime(of.timestamp().as_millisecond())));
        }
    }
    Ok(segments)
}

/// Reads the format, migrates an older one step by step, refuses a newer one.
fn settle_format(root: &Path) -> Result<(), StoreError> {
    let path = root.join("FORMAT");
    let found = match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| {
            StoreError::Database(format!("{} is no version: {text:?}", path.display()))
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => FORMAT,
        Err(error) => return io(&path, Err(error)),
    };
    if found > FORMAT {
        return Err(StoreError::Newer { found, known: FORMAT });
    }
    for version in found..FORMAT {
        migrate(root, version)?;
    }
    // Renamed into its place whole: a power cut leaves the old one or the new one.
    let fresh = root.join("FORMAT.new");
    io(&fresh, fs::write(&fresh, format!("{FORMAT}\n")))?;
    sync_tree(&fresh)?;
    io(&path, fs::rename(&fresh, &path))?;
    io(root, File::open(root).and_then(|folder| folder.sync_all()))
}

/// Brings a store from `version` to the next. There is no older format than the first.
fn migrate(_root: &Path, version: u32) -> Result<(), StoreError> {
    Err(StoreError::Database(format!("format {version} is not known")))
}

/// Opens a segment that exists, counting attempts that never return. A note that cannot be written
/// (a full disk) says nothing of the segment: it is opened all the same.
fn guarded_open(root: &Path, path: &Path) -> Result<Segment, StoreError> {
    let note = root.join("opening");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let before = fs::read_to_string(&note).unwrap_or_default();
    let attempts = match before.split_once(' ') {
        Some((of, count)) if of == name => count.trim().parse().unwrap_or(0),
        _ => 0u32,
    };
    let forget = || {
        if let Err(error) = fs::remove_file(&note) {
            tracing::warn!("{}: {error}", note.display());
        }
    };
    if attempts >= ATTEMPTS_MAX {
        forget();
        return Err(StoreError::Database(format!("{attempts} attempts to open it did not return")));
    }
    if let Err(error) = fs::write(&note, format!("{name} {}\n", attempts + 1)) {
        tracing::warn!("{}: {error}", note.display());
    }
    let opened = Segment::open(path);
    forget();
    opened
}

/// Moves a segment that does not open aside; returns the alarm.
fn move_aside(root: &Path, path: &Path, why: &StoreError) -> Result<String, StoreError> {
    let aside = root.join("aside");
    io(&aside, fs::create_dir_all(&aside))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut target = aside.join(&name);
    let mut copy = 1;
    while target.exists() {
        copy += 1;
        target = aside.join(format!("{name}.{copy}"));
    }
    io(&target, fs::rename(path, &target))?;
    bound_aside(&aside)?;
    Ok(format!("the event segment {name} does not open and was moved aside: {why}"))
}

/// Keeps the newest of what was moved aside: enough to look into, never enough to fill a disk.
fn bound_aside(aside: &Path) -> Result<(), StoreError> {
    let mut names = Vec::new();
    for entry in io(aside, fs::read_dir(aside))? {
        names.push(io(aside, entry)?.path());
    }
    names.sort();
    let old = names.len().saturating_sub(ASIDE_MAX);
    for path in &names[..old] {
        io(path, fs::remove_dir_all(path))?;
    }
    Ok(())
}

/// The bytes that a directory takes; what vanishes meanwhile takes none.
fn size(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).map_or(0, |meta| meta.len());
    };
    entries.flatten().map(|entry| size(&entry.path())).sum()
}
