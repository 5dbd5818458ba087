//! The event store: what is acknowledged stays, what is damaged is told, what is old goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use daemon::store::{Disk, EventStore, Memory, Page, Record, StoreError, start};
use proptest::prelude::*;
use units::WallTime;

const DAY: i64 = 86_400_000;
const BYTES: u64 = 1 << 30;

fn open(root: &Path, day: i64) -> Disk {
    Disk::open(root, 30, BYTES, WallTime(day * DAY)).expect("the store opens")
}

fn events(day: i64, count: usize) -> Vec<Record> {
    (0..count).map(|n| Record::own(WallTime(day * DAY), "test", format!("{day}/{n}"))).collect()
}

fn texts(page: &Page) -> Vec<&str> {
    page.records.iter().map(|record| record.text.as_str()).collect()
}

fn segments(root: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(root).expect("the store").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.join("db").exists()).collect();
    found.sort();
    found
}

#[test]
fn events_are_numbered_without_a_gap_over_days_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    for day in 10..14 {
        let mut disk = open(folder.path(), day);
        disk.append(&mut events(day, 3)).unwrap();
    }
    let mut disk = open(folder.path(), 14);
    assert_eq!(disk.last(), 12);
    assert_eq!(segments(folder.path()).len(), 4, "a segment a day");
    let page = disk.read(0, 100).unwrap();
    let numbers: Vec<u64> = page.records.iter().map(|record| record.sequence).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    assert_eq!((page.next, &page.damaged), (12, &Vec::new()));
    let page = disk.read(5, 4).unwrap();
    assert_eq!(texts(&page), ["11/2", "12/0", "12/1", "12/2"]);
    assert!(disk.read(12, 10).unwrap().records.is_empty());
    assert!(disk.read(u64::MAX, 10).unwrap().records.is_empty());
}

#[test]
fn what_is_too_old_goes_by_whole_days() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::open(folder.path(), 2, BYTES, WallTime(0)).unwrap();
    for day in 0..6 {
        disk.append(&mut events(day, 1)).unwrap();
    }
    assert_eq!(texts(&disk.read(0, 10).unwrap()), ["3/0", "4/0", "5/0"]);
    assert_eq!(segments(folder.path()).len(), 3);
}

#[test]
fn the_disk_is_bounded_and_the_newest_events_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::open(folder.path(), 30, 4 << 20, WallTime(0)).unwrap();
    for _ in 0..700 {
        disk.append(&mut events(0, 40)).unwrap();
    }
    let size: u64 = segments(folder.path())
        .iter()
        .map(|path| fs::metadata(path.join("db")).unwrap().len())
        .sum();
    assert!(segments(folder.path()).len() > 1, "it never began another segment");
    // One more segment than fits may be on the disk until the next one begins.
    assert!(size < 6 << 20, "{size} bytes");
    assert_eq!(disk.last(), 28_000);
    assert_eq!(disk.read(27_999, 10).unwrap().records.len(), 1);
    let first = disk.read(0, 1).unwrap().records[0].sequence;
    assert!(first > 1, "nothing was deleted");
}

#[test]
fn a_segment_that_does_not_open_is_moved_aside_with_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = open(folder.path(), 10);
    disk.append(&mut events(10, 3)).unwrap();
    disk.append(&mut events(11, 3)).unwrap();
    drop(disk);
    let newest = segments(folder.path()).pop().unwrap();
    fs::write(newest.join("conf"), b"this is no database").unwrap();
    let mut disk = open(folder.path(), 11);
    let alarms = disk.alarms();
    assert!(alarms[0].contains("moved aside"), "{alarms:?}");
    assert!(folder.path().join("aside").join(newest.file_name().unwrap()).exists());
    // No cursor is ever used twice: the numbers leap.
    disk.append(&mut events(11, 1)).unwrap();
    assert!(disk.last() > 1 << 32);
    assert_eq!(texts(&disk.read(0, 10).unwrap()), ["10/0", "10/1", "10/2", "11/0"]);

    // An older segment is found out when it is read.
    drop(disk);
    let oldest = segments(folder.path()).remove(0);
    fs::write(oldest.join("conf"), b"this is no database").unwrap();
    let mut disk = open(folder.path(), 11);
    assert!(disk.alarms().is_empty());
    assert_eq!(texts(&disk.read(0, 10).unwrap()), ["11/0"]);
    assert!(disk.alarms()[0].contains("moved aside"));
}

#[test]
fn a_segment_that_brings_the_process_down_is_moved_aside_after_three_attempts() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = open(folder.path(), 10);
    disk.append(&mut events(10, 3)).unwrap();
    drop(disk);
    let name = segments(folder.path())[0].file_name().unwrap().to_string_lossy().into_owned();
    fs::write(folder.path().join("opening"), format!("{name} 2\n")).unwrap();
    assert_eq!(open(folder.path(), 10).last(), 3, "two attempts are no proof");
    fs::write(folder.path().join("opening"), format!("{name} 3\n")).unwrap();
    let mut disk = open(folder.path(), 10);
    assert!(disk.alarms()[0].contains("did not return"));
    assert!(disk.last() >= 1 << 32);
}

#[test]
fn one_process_at_a_time_and_no_format_from_the_future() {
    let folder = tempfile::tempdir().unwrap();
    let disk = open(folder.path(), 10);
    let second = Disk::open(folder.path(), 30, BYTES, WallTime(0));
    assert!(matches!(second, Err(StoreError::InUse(_))));
    drop(disk);
    fs::write(folder.path().join("FORMAT"), "9\n").unwrap();
    let newer = Disk::open(folder.path(), 30, BYTES, WallTime(0)).expect_err("newer");
    assert!(newer.to_string().contains("format 9"), "{newer}");
    fs::write(folder.path().join("FORMAT"), "not a number\n").unwrap();
    let unread = Disk::open(folder.path(), 30, BYTES, WallTime(0)).expect_err("damaged");
    assert!(unread.to_string().contains("FORMAT"), "{unread}");
}

/// A disk that refuses to write while it is full.
struct Refusing {
    kept: Memory,
    full: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
}

impl EventStore for Refusing {
    fn append(&mut self, records: &mut [Record]) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(StoreError::Database("no space left".to_owned()));
        }
        self.kept.append(records)
    }

    fn read(&mut self, after: u64, limit: usize) -> Result<Page, StoreError> {
        self.kept.read(after, limit)
    }

    fn last(&self) -> u64 {
        self.kept.last()
    }
}

#[tokio::test]
async fn nothing_is_shown_before_the_disk_has_it_and_nothing_is_lost_while_it_refuses() {
    let (full, refused) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let disk = Refusing { kept: Memory::default(), full: full.clone(), refused: refused.clone() };
    let (store, thread) = start(Box::new(disk), WallTime(0)).unwrap();
    let mut shown = store.subscribe();
    for record in events(1, 3) {
        store.append(record);
    }
    while refused.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!((store.last(), store.read(0, 10).await.unwrap().records.len()), (0, 0));
    assert!(shown.try_recv().is_err());
    assert!(store.refused() > 0, "it is told that they wait");
    full.store(false, Ordering::SeqCst);
    for number in 1..=3 {
        assert_eq!(shown.recv().await.unwrap().sequence, number);
    }
    assert_eq!((store.last(), store.lost(), store.refused()), (3, 0, 0));
    store.close();
    thread.join().unwrap();
    assert!(store.read(0, 10).await.is_err(), "a closed store says so");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_run_of_days_and_restarts_reads_back_as_it_was_written(
        runs in prop::collection::vec((0..3_i64, 1..20_usize), 1..6),
        cut in 1..40_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Vec::new();
        let mut day = 10;
        for (days, count) in runs {
            day += days;
            let mut disk = open(folder.path(), day);
            let mut records = events(day, count);
            disk.append(&mut records).unwrap();
            written.extend(records);
        }
        let mut disk = open(folder.path(), day);
        let mut read = Vec::new();
        let mut after = 0;
        loop {
            let page = disk.read(after, cut).unwrap();
            if page.records.is_empty() {
                break;
            }
            after = page.next;
            read.extend(page.records);
        }
        prop_assert_eq!(read, written);
    }
}

/// The note of an attempt cannot be written (a full disk, no more files): a sound segment is
/// not taken for a damaged one.
#[test]
fn a_sound_segment_stays_where_only_the_note_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = open(folder.path(), 10);
    disk.append(&mut events(10, 3)).unwrap();
    disk.append(&mut events(11, 3)).unwrap();
    assert_eq!(segments(folder.path()).len(), 2);
    // What a full disk does to `fs::write`.
    let note = folder.path().join("opening");
    fs::create_dir(&note).unwrap();
    let _ = disk.read(0, 100);
    fs::remove_dir(&note).unwrap();
    let page = disk.read(0, 100).unwrap();
    assert_eq!(page.records.len(), 6, "{:?}", disk.alarms());
}

/// The same with the newest segment, at a start.
#[test]
fn a_start_on_a_full_disk_does_not_throw_the_newest_segment_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = open(folder.path(), 10);
    disk.append(&mut events(10, 3)).unwrap();
    drop(disk);
    let note = folder.path().join("opening");
    fs::create_dir(&note).unwrap();
    drop(Disk::open(folder.path(), 30, BYTES, WallTime(10 * DAY)));
    fs::remove_dir(&note).unwrap();
    let mut disk = open(folder.path(), 10);
    assert_eq!(disk.read(0, 100).unwrap().records.len(), 3, "{:?}", disk.alarms());
}

/// A civil clock that is wrong for one event (a dead clock battery, before the time server
/// answers) does not make everything old.
#[test]
fn a_clock_that_jumps_for_a_moment_deletes_nothing_that_is_young() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = open(folder.path(), 20_000);
    disk.append(&mut events(20_000, 3)).unwrap();
    disk.append(&mut events(30_000, 1)).unwrap();
    disk.append(&mut events(20_000, 1)).unwrap();
    let page = disk.read(0, 100).unwrap();
    assert_eq!(page.records.len(), 5, "{:?}", texts(&page));
}

/// What was moved aside is bounded too.
#[test]
fn the_disk_is_bounded_with_what_was_moved_aside() {
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join("aside");
    fs::create_dir_all(&aside).unwrap();
    let most: u64 = 4 << 20;
    for n in 0..4 {
        let segment = aside.join(format!("1970-01-01-0000000000000000000{n}"));
        fs::create_dir(&segment).unwrap();
        fs::write(segment.join("db"), vec![1; 2 << 20]).unwrap();
    }
    let mut disk = Disk::open(folder.path(), 2, most, WallTime(0)).unwrap();
    for day in 0..6 {
        disk.append(&mut events(day, 1)).unwrap();
    }
    let kept: u64 = fs::read_dir(&aside)
        .unwrap()
        .map(|entry| fs::metadata(entry.unwrap().path().join("db")).unwrap().len())
        .sum();
    assert!(kept <= most, "{kept} bytes lie aside, {most} is all that the store may have");
}
