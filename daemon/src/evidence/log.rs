//! The log on the disk: frames of entries, one file a day, appended to and synced.
//!
//! ```text
//!   <root>/LOCK  2026-11-23-00000000000000000000.gwe  …  aside/
//! ```
//!
//! Every segment begins as a bundle does and is read by the same code. A frame at the end of the last
//! segment that is not whole is a write that was never acknowledged: it is cut off, and its bytes are
//! put aside. Damage anywhere else stays where it is, for whoever checks, and is an alarm.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use interval_speed::evidence::bundle::{Found, MAGIC, read_into};
use interval_speed::evidence::{Entry, Head, frame};
use units::WallTime;

use super::{EvidenceError, io};
use crate::clock::{day, day_text};

/// A segment that is larger is closed before its day is over: it is read whole at a start, and
/// whenever something of it is deleted.
const SEGMENT_MAX: u64 = 32 << 20;
/// What a segment's name ends with.
const SUFFIX: &str = ".gwe";

/// A file of the log, and where each entry in it begins.
#[derive(Debug)]
struct Segment {
    path: PathBuf,
    day: i64,
    /// Index and byte of each entry, in the order of the file.
    entries: Vec<(u64, u64)>,
    length: u64,
}

/// The log.
#[derive(Debug)]
pub struct Log {
    root: PathBuf,
    segments: Vec<Segment>,
    file: Option<File>,
    head: Option<Head>,
    alarms: Vec<String>,
    /// A write failed, and what it has left could not be taken back.
    broken: bool,
    _lock: File,
}

impl Log {
    /// Opens the log in the folder `root`, or begins it there, and hands every entry on, in order.
    ///
    /// # Errors
    /// Where another process has it or the disk would not. Damage is no error: see [`Log::alarms`].
    pub fn open(root: &Path, mut each: impl FnMut(&Entry)) -> Result<Self, EvidenceError> {
        io(root, fs::create_dir_all(root))?;
        let lock = io(root, File::create(root.join("LOCK")))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(EvidenceError::InUse(root.to_owned())),
            Err(TryLockError::Error(error)) => return io(root, Err(error)),
        }
        let mut log = Self {
            root: root.to_owned(),
            segments: Vec::new(),
            file: None,
            head: None,
            alarms: Vec::new(),
            broken: false,
            _lock: lock,
        };
        let paths = segment_files(root)?;
        remove_unfinished(root)?;
        let last = paths.last().map(|(path, _)| path.clone());
        for (path, day) in paths {
            log.scan(&path, day, last.as_ref() == Some(&path), &mut each)?;
        }
        if let Some(last) = log.segments.last() {
            let file = OpenOptions::new().append(true).open(&last.path);
            log.file = Some(io(&last.path, file)?);
        }
        Ok(log)
    }

    fn scan(
        &mut self,
        path: &Path,
        day: i64,
        last: bool,
        each: &mut impl FnMut(&Entry),
    ) -> Result<(), EvidenceError> {
        let mut bytes = io(path, fs::read(path))?;
        let name = path.display();
        if !bytes.starts_with(MAGIC) {
            // A segment whose first bytes were not yet on the disk holds nothing that was acknowledged.
            if !last || bytes.len() > MAGIC.len() {
                self.alarms.push(format!("{name} does not begin as a segment does"));
            }
            if last && bytes.len() <= MAGIC.len() {
                return io(path, fs::remove_file(path));
            }
            return Ok(());
        }
        let mut segment =
            Segment { path: path.to_owned(), day, entries: Vec::new(), length: bytes.len() as u64 };
        let mut damage: Vec<(u64, u64)> = Vec::new();
        read_into(&bytes, MAGIC.len(), &mut |byte, found| match found {
            Found::Entry(entry) => {
                let expected = self.head.map_or(0, |head| head.next);
                let linked = self.head.is_none_or(|head| head.hash == entry.previous);
                if entry.index != expected || !linked {
                    let index = entry.index;
                    self.alarms
                        .push(format!("{name}: entry {index} does not follow what is before it"));
                }
                each(&entry);
                segment.entries.push((entry.index, byte));
                self.head = Some(Head { next: entry.index + 1, hash: entry.hash() });
            }
            Found::Malformed(why) => {
                self.alarms.push(format!("{name}: byte {byte}: {why}"));
            }
            Found::Damaged { until, .. } => damage.push((byte, until)),
        });
        let end = bytes.len() as u64;
        if let Some((byte, _)) = damage.pop_if(|(_, until)| last && *until == end) {
            let cut = bytes.split_off(usize::try_from(byte).unwrap_or(usize::MAX));
            self.cut(&mut segment, byte, &cut)?;
        }
        for (byte, until) in damage {
            self.alarms.push(format!("{name}: bytes {byte} to {until} are damaged"));
        }
        self.segments.push(segment);
        Ok(())
    }

    /// Cuts off what was never acknowledged, and puts it aside.
    fn cut(&mut self, segment: &mut Segment, at: u64, bytes: &[u8]) -> Result<(), EvidenceError> {
        let path = segment.path.clone();
        let aside = self.root.join("aside");
        io(&aside, fs::create_dir_all(&aside))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        write_new(&aside.join(format!("{name}.{at}")), bytes)?;
        let file = io(&path, OpenOptions::new().write(true).open(&path))?;
        io(&path, file.set_len(at).and_then(|()| file.sync_all()))?;
        segment.length = at;
        let (name, count) = (path.display(), bytes.len());
        self.alarms.push(format!("{name}: {count} bytes of an unfinished write were cut off"));
        Ok(())
    }

    /// The end of the chain that is in it; none where it is empty.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    /// What was found when it was opened, each an alarm; told once.
    pub fn alarms(&mut self) -> Vec<String> {
        std::mem::take(&mut self.alarms)
    }

    /// Appends entries and returns when they are safe.
    ///
    /// # Errors
    /// Where the disk would not: then none of them is in the log.
    pub fn append(&mut self, entries: &[Entry], now: WallTime) -> Result<(), EvidenceError> {
        let Some(newest) = entries.last() else { return Ok(()) };
        self.roll(entries[0].index, day(now))?;
        let (Some(segment), Some(file)) = (self.segments.last_mut(), self.file.as_mut()) else {
            return Err(EvidenceError::Closed);
        };
        let mut bytes = Vec::new();
        let mut places = Vec::with_capacity(entries.len());
        for entry in entries {
            places.push((entry.index, segment.length + bytes.len() as u64));
            frame::push(&mut bytes, &entry.encode());
        }
        if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            // What was written of it is taken back; where that fails too, nothing more is written
            // behind it until the log is opened again.
            let back = file.set_len(segment.length).and_then(|()| file.sync_data());
            self.broken = back.is_err();
            return io(&segment.path, Err(error));
        }
        segment.length += bytes.len() as u64;
        segment.entries.extend(places);
        self.head = Some(Head { next: newest.index + 1, hash: newest.hash() });
        Ok(())
    }

    /// Begins another segment where the day is another or the present one has grown large.
    fn roll(&mut self, first: u64, today: i64) -> Result<(), EvidenceError> {
        if self.broken {
            let what = self.root.display().to_string();
            let error = std::io::Error::other("an unfinished write could not be taken back");
            return Err(EvidenceError::Io { what, error });
        }
        let full = |segment: &Segment| segment.day < today || segment.length > SEGMENT_MAX;
        if self.segments.last().is_some_and(|last| !full(last) || last.entries.is_empty()) {
            return Ok(());
        }
        let day = today.max(self.segments.last().map_or(today, |last| last.day));
        let path = self.root.join(format!("{}-{first:020}{SUFFIX}", day_text(day)));
        write_new(&path, MAGIC)?;
        sync_folder(&self.root)?;
        self.file = Some(io(&path, OpenOptions::new().append(true).open(&path))?);
        let length = MAGIC.len() as u64;
        self.segments.push(Segment { path, day, entries: Vec::new(), length });
        Ok(())
    }

    /// One entry.
    ///
    /// # Errors
    /// Where it is not there or cannot be read.
    pub fn read(&self, index: u64) -> Result<Entry, EvidenceError> {
        let mut found = self.read_range(index..=index)?;
        found.pop().ok_or(EvidenceError::NoRecord(index))
    }

    /// The entries of a range, as far as they are there.
    ///
    /// # Errors
    /// Where the disk would not. A damaged entry is left out: whoever checks names it.
    pub fn read_range(&self, range: RangeInclusive<u64>) -> Result<Vec<Entry>, EvidenceError> {
        let mut out = Vec::new();
        for segment in &self.segments {
            let wanted = |index: &u64| range.contains(index);
            let places: Vec<u64> =
                segment.entries.iter().filter(|(index, _)| wanted(index)).map(|e| e.1).collect();
            let Some(&first) = places.first() else { continue };
            let mut file = io(&segment.path, File::open(&segment.path))?;
            io(&segment.path, file.seek(SeekFrom::Start(first)))?;
            let end =
                segment.entries.iter().map(|e| e.1).find(|&byte| byte > places[places.len() - 1]);
            let mut bytes = Vec::new();
            let most = end.unwrap_or(segment.length) - first;
            io(&segment.path, file.take(most).read_to_end(&mut bytes))?;
            read_into(&bytes, 0, &mut |_, found| {
                if let Found::Entry(entry) = found
                    && wanted(&entry.index)
                {
                    out.push(*entry);
                }
            });
        }
        Ok(out)
    }

    /// Writes the segments of these entries anew with husks in their place. A stop in the middle
    /// leaves each segment as it was or as it is to be.
    ///
    /// # Errors
    /// Where the disk would not.
    pub fn strip(&mut self, indices: &BTreeSet<u64>) -> Result<(), EvidenceError> {
        let touched = |segment: &Segment| segment.entries.iter().any(|(i, _)| indices.contains(i));
        let count = self.segments.len();
        for number in 0..count {
            if !touched(&self.segments[number]) {
                continue;
            }
            let path = self.segments[number].path.clone();
            let old = io(&path, fs::read(&path))?;
            let (new, entries) = stripped(&old, indices);
            let fresh = path.with_extension("new");
            if fresh.exists() {
                io(&fresh, fs::remove_file(&fresh))?;
            }
            write_new(&fresh, &new)?;
            io(&path, fs::rename(&fresh, &path))?;
            sync_folder(&self.root)?;
            self.segments[number].entries = entries;
            self.segments[number].length = new.len() as u64;
            if number + 1 == count {
                self.file = Some(io(&path, OpenOptions::new().append(true).open(&path))?);
            }
        }
        Ok(())
    }

    /// Deletes what was put aside before a day.
    ///
    /// # Errors
    /// Where the disk would not.
    pub fn clear_aside(&self, before: i64) -> Result<(), EvidenceError> {
        let aside = self.root.join("aside");
        if !aside.exists() {
            return Ok(());
        }
        let limit = day_text(before);
        for entry in io(&aside, fs::read_dir(&aside))? {
            let path = io(&aside, entry)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.as_str() < limit.as_str() {
                io(&path, fs::remove_file(&path))?;
            }
        }
        Ok(())
    }

    /// The files of the log, in order.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn files(root: &Path) -> Result<Vec<PathBuf>, EvidenceError> {
        Ok(segment_files(root)?.into_iter().map(|(path, _)| path).collect())
    }
}

/// Removes what a stop in the middle of writing a segment anew has left.
fn remove_unfinished(root: &Path) -> Result<(), EvidenceError> {
    for entry in io(root, fs::read_dir(root))? {
        let path = io(root, entry)?.path();
        if path.extension().is_some_and(|extension| extension == "new") {
            io(&path, fs::remove_file(&path))?;
        }
    }
    Ok(())
}

/// A segment with husks in place of these entries. What is damaged stays as it is.
fn stripped(old: &[u8], indices: &BTreeSet<u64>) -> (Vec<u8>, Vec<(u64, u64)>) {
    let mut new = MAGIC.to_vec();
    let mut entries = Vec::new();
    let mut begins = Vec::new();
    read_into(old, MAGIC.len(), &mut |byte, found| begins.push((byte, found)));
    let ends: Vec<u64> = begins.iter().map(|(byte, _)| *byte).skip(1).collect();
    for (number, (byte, found)) in begins.into_iter().enumerate() {
        let end = ends.get(number).copied().unwrap_or(old.len() as u64);
        let place = new.len() as u64;
        match found {
            Found::Entry(entry) => {
                entries.push((entry.index, place));
                if indices.contains(&entry.index) {
                    frame::push(&mut new, &entry.husk().encode());
                    continue;
                }
            }
            Found::Malformed(_) | Found::Damaged { .. } => {}
        }
        let (from, to) = (usize::try_from(byte), usize::try_from(end));
        if let (Ok(from), Ok(to)) = (from, to) {
            new.extend(&old[from..to]);
        }
    }
    (new, entries)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = io(path, open)?;
    io(path, file.write_all(bytes).and_then(|()| file.sync_all()))
}

fn sync_folder(path: &Path) -> Result<(), EvidenceError> {
    io(path, File::open(path).and_then(|folder| folder.sync_all()))
}

/// The segments in a folder with their days, in order.
fn segment_files(root: &Path) -> Result<Vec<(PathBuf, i64)>, EvidenceError> {
    let mut found = Vec::new();
    for entry in io(root, fs::read_dir(root))? {
        let path = io(root, entry)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(SUFFIX) else { continue };
        let Some((date, first)) = stem.split_at_checked(10) else { continue };
        let day = units::CivilDate::parse(date).map(units::CivilDate::day_number);
        let first = first.strip_prefix('-').and_then(|first| first.parse::<u64>().ok());
        if let (Some(day), Some(first)) = (day, first) {
            found.push((first, path, day));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path, day)| (path, day)).collect())
}
