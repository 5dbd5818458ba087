//! The evidence on the disk: what was answered stays, what is due goes and leaves its proof, and no
//! plate of a compliant vehicle is ever there.

#[path = "evidence/made.rs"]
mod made;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use daemon::evidence::{
    Evidence, EvidenceError, Person, Settings, Taken, Vault, check_store, export_offline, start,
};
use daemon::store::{Memory, Store};
use interval_speed::evidence::bundle::{NoBundle, Trust, verify};
use interval_speed::evidence::check::What;
use interval_speed::evidence::{Anchor, Retention, State, StationKey, Step};
use made::detection;
use units::{DAY, WallTime};

const T0: i64 = 1_795_000_000_000;

fn key() -> StationKey {
    StationKey::from_secret(&[42; 32])
}

fn settings() -> Settings {
    Settings {
        station: "district 7".to_owned(),
        software: "greenwave".to_owned(),
        retention: Retention::default(),
    }
}

fn open(root: &Path, day: i64) -> Vault {
    let (vault, alarms) = Vault::open(root, key(), settings(), at(day)).expect("it opens");
    assert_eq!(alarms, [""; 0]);
    vault
}

fn at(day: i64) -> WallTime {
    WallTime(T0) + DAY * day
}

fn person(who: &str) -> Person {
    Person { who: who.to_owned(), purpose: "appeal 12".to_owned() }
}

fn sound(root: &Path, anchors: &[Anchor]) -> usize {
    let (checked, found) = check_store(root, &Trust::Named, anchors).expect("it is read");
    assert_eq!(checked.faults, []);
    assert_eq!(found, key().public());
    checked.entries
}

/// A plate as a camera of the GBK kind has it. Only the provinces that the tests use are here.
fn gbk(plate: &str) -> Vec<u8> {
    plate
        .chars()
        .flat_map(|sign| match sign {
            '鲁' => vec![0xc2, 0xb3],
            '京' => vec![0xbe, 0xa9],
            other => vec![other as u8],
        })
        .collect()
}

/// Every file below a folder in which the plate stands, in UTF-8, in GBK, or without its province.
fn files_with(root: &Path, plate: &str) -> Vec<String> {
    let serial: String = plate.chars().skip(1).collect();
    let needles = [plate.as_bytes().to_vec(), gbk(plate), serial.into_bytes()];
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with(&path, plate));
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        let has = |needle: &Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle);
        if needles.iter().any(has) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn what_is_committed_is_there_again_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path(), 0);
    let first = vault.detect(&detection("鲁A12345", 60_000), at(0)).unwrap();
    vault.commit(at(0)).unwrap();
    assert!(matches!(
        Vault::open(folder.path(), key(), settings(), at(0)),
        Err(EvidenceError::InUse(_))
    ));
    drop(vault);
    let mut vault = open(folder.path(), 1);
    let second = vault.detect(&detection("鲁A12346", 60_000), at(1)).unwrap();
    let anchor = vault.checkpoint(at(1)).unwrap().expect("a checkpoint");
    assert_eq!((first, second, anchor.index), (1, 2, 3));
    drop(vault);
    assert_eq!(sound(folder.path(), &[anchor]), 4);
    let other = StationKey::from_secret(&[1; 32]);
    let refused = Vault::open(folder.path(), other, settings(), at(1)).expect_err("another key");
    assert!(refused.to_string().contains("a new key needs a new folder"), "{refused}");
}

#[test]
fn whoever_kept_to_the_limit_is_never_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path(), 0);
    vault.detect(&detection("鲁A12345", 60_000), at(0)).unwrap();
    for travel in [82_000, 90_000, 120_000] {
        let refused = vault.detect(&detection("京C54321", travel), at(0)).expect_err("compliant");
        assert!(matches!(refused, EvidenceError::NoEvidence(_)), "{refused}");
    }
    vault.checkpoint(at(0)).unwrap();
    drop(vault);
    assert_eq!(files_with(folder.path(), "京C54321"), [""; 0]);
    assert_eq!(files_with(folder.path(), "鲁A12345").len(), 1, "the search finds what is there");
}

#[test]
fn what_is_due_goes_leaves_its_tombstone_and_the_chain_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path(), 0);
    let plates = ["鲁A11111", "鲁A22222", "鲁A33333"];
    for plate in plates {
        vault.detect(&detection(plate, 60_000), at(0)).unwrap();
    }
    vault.commit(at(0)).unwrap();
    vault.review(1, Step::Reject, "Li Na", "another lane", at(0)).unwrap();
    for who in ["Li Na", "Wang Wei"] {
        vault.review(2, Step::Confirm, who, "", at(0)).unwrap();
    }
    let early = vault.checkpoint(at(0)).unwrap().expect("a checkpoint");
    for (day, gone) in [(0, 0), (1, 1), (30, 2), (180, 3)] {
        vault.retain(at(day)).unwrap();
        let order = [plates[0], plates[2], plates[1]];
        for (place, plate) in order.iter().enumerate() {
            let files = files_with(folder.path(), plate);
            assert_eq!(files.is_empty(), place < gone, "day {day}: {plate} in {files:?}");
        }
    }
    assert!(matches!(vault.show(2), Err(EvidenceError::NoRecord(2))));
    drop(vault);
    // What was noted before the deletions still fits.
    let count = sound(folder.path(), &[early]);
    assert_eq!(sound(folder.path(), &[]), count);
    drop(open(folder.path(), 181));
}

/// A stop between tombstone and deletion: the next opening deletes.
#[test]
fn a_deletion_that_was_cut_short_is_done_at_the_next_opening() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path(), 0);
    vault.detect(&detection("鲁A11111", 60_000), at(0)).unwrap();
    vault.checkpoint(at(0)).unwrap();
    let before = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let segment = before.into_iter().find(|path| path.extension().is_some()).unwrap();
    let whole = fs::read(&segment).unwrap();
    vault.retain(at(30)).unwrap();
    drop(vault);
    assert_eq!(files_with(folder.path(), "鲁A11111"), [""; 0]);
    // The tombstone is in the segment of another day, so that the old bytes of this one can be put back.
    fs::write(&segment, whole).unwrap();
    assert_eq!(files_with(folder.path(), "鲁A11111").len(), 1);
    drop(open(folder.path(), 30));
    assert_eq!(files_with(folder.path(), "鲁A11111"), [""; 0]);
    sound(folder.path(), &[]);
}

#[test]
fn an_unfinished_write_is_cut_off_and_damage_elsewhere_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path(), 0);
    for plate in ["鲁A11111", "鲁A22222"] {
        vault.detect(&detection(plate, 60_000), at(0)).unwrap();
        vault.commit(at(0)).unwrap();
    }
    drop(vault);
    let mut paths = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let segment = paths.find(|path| path.extension().is_some()).unwrap();
    let sound_bytes = fs::read(&segment).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(&segment).unwrap();
    file.write_all(&sound_bytes[8..100]).unwrap();
    drop(file);
    let (vault, alarms) = Vault::open(folder.path(), key(), settings(), at(0)).unwrap();
    assert!(alarms[0].contains("92 bytes of an unfinished write"), "{alarms:?}");
    drop(vault);
    assert_eq!(fs::read(&segment).unwrap(), sound_bytes);

    let mut damaged = sound_bytes.clone();
    damaged[600] ^= 1;
    fs::write(&segment, &damaged).unwrap();
    let (checked, _) = check_store(folder.path(), &Trust::Key(key().public()), &[]).unwrap();
    assert!(matches!(checked.faults[0].what, What::Damaged { .. }), "{:?}", checked.faults);
    let (mut vault, alarms) = Vault::open(folder.path(), key(), settings(), at(0)).unwrap();
    assert!(alarms.iter().any(|alarm| alarm.contains("are damaged")), "{alarms:?}");
    vault.detect(&detection("鲁A33333", 60_000), at(0)).unwrap();
    vault.commit(at(0)).unwrap();
    assert!(vault.show(3).is_ok(), "it goes on behind the damage");
}

fn keeper(root: &Path) -> (Evidence, std::thread::JoinHandle<()>, Store) {
    let (events, _) = daemon::store::start(Box::new(Memory::default()), at(0)).expect("a store");
    let (evidence, thread) =
        start(open(root, 0), Vec::new(), events.clone(), || at(0)).expect("a keeper");
    (evidence, thread, events)
}

#[tokio::test]
async fn a_case_goes_its_way_and_every_look_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let (evidence, thread, events) = keeper(folder.path());
    let case = evidence.detect(detection("鲁A12345", 60_000)).await.unwrap();
    let out = |as_confirmed| evidence.export(case, person("Li Na"), Vec::new(), as_confirmed);
    let early = out(true).await.expect_err("not confirmed");
    assert!(matches!(early, EvidenceError::Bundle(NoBundle::NotConfirmed(1, "detected"))));
    let step = |who: &str| evidence.review(case, Step::Confirm, who.to_owned(), String::new());
    assert_eq!(step("Li Na").await.unwrap(), State::Seen { by: Some("Li Na".to_owned()) });
    assert!(step("Li Na").await.is_err(), "the second pair of eyes is another person's");
    assert_eq!(step("Wang Wei").await.unwrap(), State::Confirmed);
    let found = evidence.look(case, person("Zhao Min")).await.unwrap();
    assert_eq!((found.state, found.steps.len()), (Some(State::Confirmed), 2));
    let named = Person { purpose: "where is 鲁A12345".to_owned(), ..person("Zhao Min") };
    let refused = evidence.look(case, named).await.expect_err("it names the plate");
    assert!(refused.to_string().contains("names the plate"), "{refused}");
    let bytes = out(true).await.unwrap();
    let report = verify(&bytes, &Trust::Key(key().public()), &[]);
    assert_eq!((report.faults.len(), report.state), (0, Some(State::Confirmed)));
    assert!(evidence.check(case).await.unwrap().faults.is_empty());
    let keeping = evidence.keeping().await.unwrap();
    assert_eq!((keeping.states, evidence.lost()), ([0, 0, 1, 0], 0));
    evidence.close();
    thread.join().unwrap();
    assert!(evidence.look(case, person("Zhao Min")).await.is_err(), "a closed keeper says so");
    // Opening, detection, two steps, a look, an export, the checkpoint at the end.
    assert_eq!(sound(folder.path(), &[]), 7);
    let told = events.read(0, 100).await.unwrap().records;
    let anchor = told.iter().find(|record| record.kind == "evidence-checkpoint").expect("told");
    sound(folder.path(), &[Anchor::parse(&anchor.text).expect("an anchor")]);
    assert!(told.iter().all(|record| !record.text.contains("12345")), "no plate in the event log");

    let taken = Taken {
        case,
        person: person("court clerk"),
        leave_out: vec![0x030a, 0x040a],
        as_confirmed: true,
    };
    let bytes = export_offline(folder.path(), key(), "district 7", "greenwave", &taken).unwrap();
    assert!(verify(&bytes, &Trust::Key(key().public()), &[]).faults.is_empty());
    assert_eq!(sound(folder.path(), &[]), 9, "that too is written down");
}

/// The child of the next test: it writes detections until it is killed, and says of each when it is
/// safe. Run by itself it does nothing.
#[test]
fn a_child_that_writes_until_it_is_killed() {
    let Ok(root) = std::env::var("GREENWAVE_EVIDENCE_CHILD") else { return };
    let (mut vault, _) = Vault::open(Path::new(&root), key(), settings(), at(0)).unwrap();
    for round in 0_u64.. {
        let mut indices = Vec::new();
        for _ in 0..=round % 7 {
            indices.push(vault.detect(&detection("鲁A12345", 60_000), at(0)).unwrap());
        }
        vault.commit(at(0)).unwrap();
        if round % 11 == 10 {
            // Deletions are under way too.
            vault.review(indices[0], Step::Reject, "Li Na", "no", at(-2)).unwrap();
            vault.commit(at(0)).unwrap();
            vault.retain(at(0)).unwrap();
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "SAFE {}", indices[indices.len() - 1]).unwrap();
        out.flush().unwrap();
    }
}

/// `GREENWAVE_KILLS=200 cargo test --release -p daemon --test evidence killed` is what the issue asks for.
#[test]
fn killed_at_any_moment_it_loses_no_acknowledged_record_and_the_chain_holds() {
    let kills = std::env::var("GREENWAVE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let folder = tempfile::tempdir().unwrap();
    let mut random = 7_u64;
    let mut safe = 0;
    for kill in 0..kills {
        random = units::mixing::mixed(random.wrapping_add(units::mixing::GOLDEN));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_child_that_writes_until_it_is_killed", "--nocapture"])
            .env("GREENWAVE_EVIDENCE_CHILD", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(told).lines().map_while(Result::ok);
            let numbers = lines.filter_map(|line| line.strip_prefix("SAFE ")?.parse::<u64>().ok());
            numbers.max()
        });
        std::thread::sleep(Duration::from_millis(20 + random % 400));
        child.kill().unwrap();
        child.wait().unwrap();
        safe = reader.join().unwrap().unwrap_or(0).max(safe);
        let (checked, _) = match check_store(folder.path(), &Trust::Key(key().public()), &[]) {
            Ok(found) => found,
            // Killed before the first segment was there.
            Err(_) => continue,
        };
        let torn = |what: &What| matches!(what, What::Damaged { .. });
        assert!(checked.faults.iter().all(|fault| torn(&fault.what)), "{:?}", checked.faults);
        // The next start cuts off what was not finished; then nothing at all is wrong.
        drop(Vault::open(folder.path(), key(), settings(), at(0)).unwrap());
        let (checked, _) = check_store(folder.path(), &Trust::Key(key().public()), &[]).unwrap();
        assert_eq!(checked.faults, [], "kill {kill}");
        let last = checked.last.map_or(0, |(index, _)| index);
        assert!(last >= safe, "kill {kill}: {safe} was acknowledged, the log ends at {last}");
    }
    assert!(safe > 0, "nothing was ever written");
    let kept: BTreeSet<u64> = open(folder.path(), 0).cases().detections(0).map(|d| d.0).collect();
    println!("{kills} kills, {safe} was acknowledged last, {} detections are kept", kept.len());
}
