//! Bundles and logs against a forger: what was changed is found, and named where it is.

use proptest::prelude::*;

use super::bundle::{self, Export, MAGIC, NoBundle, Report, Trust, verify};
use super::cases::Cases;
use super::check::{Anchor, Checker, Extent, Fault, What};
use super::retention::{Due, Rule, tombstone};
use super::review::StepRefused;
use super::sample::{T0, detection, entries, key, salts, step};
use super::schema::{detection as tag, passage, review as review_tag};
use super::*;
use super::{frame, sample};
use units::WallTime;

const ALL_SEALED: [u16; 5] =
    [tag::BYSTANDERS, tag::ENTRY + passage::PLATE, tag::EXIT + passage::PLATE, 0x030b, 0x040b];

fn cases(entries: &[Entry]) -> Cases {
    let mut cases = Cases::default();
    entries.iter().for_each(|entry| cases.take(entry).expect("a sound chain"));
    cases
}

fn bundle_of(entries: &[Entry], case: u64, leave_out: &[u16]) -> Vec<u8> {
    let cases = cases(entries);
    let range = bundle::range(&cases, case, false).expect("a case");
    let state = &cases.case(case).expect("a case").state;
    let export = Export {
        station: "district 7",
        by: "Zhao Min",
        purpose: "appeal 12",
        software: "greenwave 0.1.0",
        at: WallTime(T0 + 5_000_000),
        leave_out,
        as_confirmed: false,
    };
    // On to the checkpoint, as the keeper does.
    let upto = if case == 1 { 6.min(entries.len() as u64 - 1) } else { *range.end() };
    let within = &entries[case as usize..=upto as usize];
    bundle::write(within, case, state, &export, &key(), salts(200))
}

fn checked(bytes: &[u8]) -> Report {
    verify(bytes, &Trust::Key(key().public()), &[])
}

fn whats(faults: &[Fault]) -> Vec<(Option<u64>, &What)> {
    faults.iter().map(|fault| (fault.place.index, &fault.what)).collect()
}

/// The frames of a bundle after its magic.
fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut at = MAGIC.len();
    let mut out = Vec::new();
    while let Some(frame::Frame::Sound { content, next }) = frame::read(bytes, at) {
        out.push(content.to_vec());
        at = next;
    }
    out
}

fn joined(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    frames.iter().for_each(|content| frame::push(&mut out, content));
    out
}

#[test]
fn a_bundle_holds_and_tells_nothing_of_others() {
    let bytes = bundle_of(&entries(), 1, &[]);
    let report = checked(&bytes);
    assert_eq!(whats(&report.faults), []);
    assert_eq!((report.entries, report.case.len()), (6, 3));
    assert_eq!(report.state, Some(State::Confirmed));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("鲁A12346"), "its own plate");
    for other in ["鲁A12347", "鲁A12348"] {
        assert!(!text.contains(other), "{other} is another driver's");
    }
}

#[test]
fn what_is_left_out_is_gone_and_the_signatures_hold() {
    let mut out = ALL_SEALED.to_vec();
    out.push(review_tag::WHO);
    let bytes = bundle_of(&entries(), 1, &out);
    let report = checked(&bytes);
    assert_eq!(whats(&report.faults), []);
    let text = String::from_utf8_lossy(&bytes);
    for gone in ["鲁A12346", "鲁B77777", "Li Na", "Wang Wei"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert!(report.notes.iter().any(|note| note.contains("reviewers' names")));
    assert!(report.notes.iter().any(|note| note.contains("entry_plate, entry_plate_as_read")));
}

#[test]
fn nothing_is_sent_on_before_two_persons_have_confirmed() {
    let cases = cases(&entries());
    assert!(bundle::range(&cases, 1, true).is_ok());
    assert_eq!(bundle::range(&cases, 2, true), Err(NoBundle::NotConfirmed(2, "detected")));
    assert_eq!(bundle::range(&cases, 2, false), Ok(2..=2));
    assert_eq!(bundle::range(&cases, 0, false), Err(NoBundle::NoCase(0)));
}

#[test]
fn missing_reordered_repeated_and_cut_are_told_apart() {
    let sound = frames(&bundle_of(&entries(), 1, &[]));
    let faults = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut frames = sound.clone();
        change(&mut frames);
        checked(&joined(&frames)).faults
    };
    // Frame 1 is entry 1, behind the manifest.
    let missing = faults(&|frames| drop(frames.remove(3)));
    let state = What::WrongManifest("another state of the case");
    assert_eq!(whats(&missing), [(None, &state), (Some(4), &What::Missing(3, 3))]);
    let swapped = faults(&|frames| frames.swap(2, 3));
    assert_eq!(whats(&swapped), [(Some(2), &What::Reordered)]);
    let twice = faults(&|frames| frames.insert(3, frames[2].clone()));
    assert_eq!(whats(&twice), [(Some(2), &What::Repeated)]);
    let cut = faults(&|frames| frames.truncate(5));
    assert_eq!(whats(&cut), [(None, &What::TailCut(6))]);
    let headless = faults(&|frames| drop(frames.remove(0)));
    assert_eq!(whats(&headless), [(None, &What::NoManifest)]);
    let hidden = faults(&|frames| {
        frames[4] = Entry::decode(&frames[4]).expect("an entry").husk().encode();
    });
    assert_eq!(whats(&hidden), [(None, &state), (Some(4), &What::StepLeftOut)]);
}

#[test]
fn another_key_is_told_whoever_it_is() {
    let bytes = bundle_of(&entries(), 1, &[]);
    let stranger = StationKey::from_secret(&[1; 32]).public();
    for trust in [Trust::Key(stranger), Trust::Fingerprint(stranger.fingerprint())] {
        let faults = verify(&bytes, &trust, &[]).faults;
        assert!(matches!(faults[0].what, What::OtherKey { .. }), "{faults:?}");
    }
    let named = verify(&bytes, &Trust::Named, &[]);
    assert!(named.faults.is_empty() && named.notes[0].contains(&key().public().fingerprint()));
    let right = Trust::Fingerprint(key().public().fingerprint());
    assert!(verify(&bytes, &right, &[]).faults.is_empty());
}

/// A station that is not honest can sign, but not make numbers come out.
#[test]
fn numbers_are_computed_again_whoever_signed_them() {
    let mut body = detection(1).body(salts(1)).expect("evidence");
    let mut wrong = Body::of(Kind::Detection, salts(1));
    for (tag, content) in body.fields() {
        let value = content.value().expect("all is shown").clone();
        let value = if *tag == tag::CERTIFIED_SPEED { value::Value::Number(131) } else { value };
        wrong = wrong.with(*tag, value);
    }
    body = wrong.done();
    let mut chain = Chain::resume(key(), None);
    let mut all = vec![chain.append(sample::opening(&key()), About::Nothing, WallTime(T0))];
    all.push(chain.append(body, About::Itself, WallTime(T0)));
    let report = checked(&bundle_of(&all, 1, &[]));
    assert_eq!(whats(&report.faults), [(Some(1), &What::Miscounted("certified_speed_km_h"))]);
}

fn log_faults(entries: &[Entry], anchors: &[Anchor]) -> Vec<Fault> {
    let mut checker = Checker::new(key().public(), Extent::Log);
    for entry in entries {
        checker.take(entry, entry.index * 100);
    }
    checker.finish(anchors).faults
}

#[test]
fn a_log_is_held_against_checkpoints_and_tombstones() {
    let mut all = entries();
    let point = Anchor::of(&all[6]);
    assert_eq!(Anchor::parse(&point.to_string()), Some(point));
    assert!(Anchor::parse("6@12:00").is_none());
    assert_eq!(log_faults(&all, &[point]), []);
    assert_eq!(whats(&log_faults(&all[..5], &[point])), [(Some(4), &What::TailCut(6))]);
    assert_eq!(whats(&log_faults(&all[2..], &[])), [(Some(2), &What::Missing(0, 1))]);
    let other = Anchor { hash: [1; 32], ..point };
    assert_eq!(whats(&log_faults(&all, &[other])), [(Some(6), &What::OtherChain(6))]);

    // A record that is gone without a tombstone, with the wrong one, with its own.
    let hash = all[2].hash();
    all[2] = all[2].husk();
    assert_eq!(whats(&log_faults(&all, &[])), [(Some(2), &What::Unexplained)]);
    let due = Due { index: 2, rule: Rule::Undecided, days: 30 };
    let last = &all[7];
    let head = Head { next: 8, hash: last.hash() };
    for (named, expected) in [([0; 32], vec![(Some(8), &What::WrongTombstone)]), (hash, vec![])] {
        let mut chain = Chain::resume(key(), Some(head));
        let stone = chain.append(tombstone(due, named, salts(9)), About::Record(2), last.at);
        let with: Vec<Entry> = all.iter().cloned().chain([stone]).collect();
        assert_eq!(whats(&log_faults(&with, &[])), expected);
    }
}

#[test]
fn a_step_that_may_not_be_taken_is_found_whoever_signed_it() {
    let mut chain = Chain::resume(key(), None);
    let mut all = vec![chain.append(sample::opening(&key()), About::Nothing, WallTime(T0))];
    let body = detection(1).body(salts(1)).expect("evidence");
    all.push(chain.append(body, About::Itself, WallTime(T0)));
    for _ in 0..2 {
        all.push(chain.append(step("confirm", "Li Na"), About::Record(1), WallTime(T0)));
    }
    let same = What::Step(StepRefused::SamePerson);
    assert_eq!(whats(&log_faults(&all, &[])), [(Some(3), &same)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any bit anywhere: it is refused, and the first thing that is named is the frame that was hit.
    #[test]
    fn a_flipped_bit_is_found_where_it_is(place: prop::sample::Index) {
        let sound = bundle_of(&entries(), 1, &[]);
        let mut bytes = sound.clone();
        let bit = place.index(8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut begins = vec![0, MAGIC.len()];
        for content in frames(&sound) {
            begins.push(begins.last().unwrap() + frame::HEADER + content.len());
        }
        let hit = *begins.iter().rfind(|&&begin| begin <= bit / 8).unwrap() as u64;
        let report = checked(&bytes);
        let first = report.faults.iter().find(|fault| fault.place.byte == hit);
        prop_assert!(first.is_some(), "bit {}: {:?}", bit, report.faults);
        let what = &first.unwrap().what;
        if hit == 0 {
            prop_assert_eq!(what, &What::NoEvidence);
        } else {
            prop_assert!(matches!(what, What::Damaged { .. }), "bit {}: {:?}", bit, what);
        }
    }

    /// The same by a forger who writes the frame's check anew.
    #[test]
    fn a_bit_that_a_forger_flipped_is_found_where_it_is(which: prop::sample::Index, place: prop::sample::Index) {
        let mut frames = frames(&bundle_of(&entries(), 1, &[tag::BYSTANDERS]));
        let which = which.index(frames.len());
        let bit = place.index(8 * frames[which].len());
        frames[which][bit / 8] ^= 1 << (bit % 8);
        let before: usize = frames[..which].iter().map(|content| frame::HEADER + content.len()).sum();
        let hit = (MAGIC.len() + before) as u64;
        let report = checked(&joined(&frames));
        let named = report.faults.iter().any(|fault| fault.place.byte == hit);
        prop_assert!(named, "frame {}, bit {}: {:?}", which, bit, report.faults);
    }

    #[test]
    fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), cut: prop::sample::Index) {
        let _ = checked(&bytes);
        let mut sound = bundle_of(&entries(), 1, &[]);
        let at = cut.index(sound.len());
        sound.truncate(at);
        prop_assert!(!checked(&sound).faults.is_empty(), "cut at {}", at);
        sound.extend(bytes);
        let _ = checked(&sound);
    }
}
