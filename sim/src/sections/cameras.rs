//! What cameras tell of who drove by: eight of ten plates, two of a hundred of them wrong, some twice,
//! some late, by clocks that drift within what they declare; for an hour one has lost its source.

use interval_speed::{
    CameraClock, CameraId, ClockState, Digest, DigestKind, Image, Passage, Plate, PlateColour,
    SyncSource, TenthsKmh, VehicleClass, VehicleColour,
};
use units::{Millis, WallTime};

use super::drivers::{Pass, normal, plate, unit, wall};
use super::road::{ENTRY, HOUR};
use crate::random::Random;

/// Shares of passages.
const READ: f64 = 0.8;
const CONFUSED: f64 = 0.02;
const DOUBLE: f64 = 0.03;
const SLOW: f64 = 0.01;
const OVERDUE: f64 = 0.000_5;
const WRONG_CLASS: f64 = 0.01;
const WRONG_COLOUR: f64 = 0.03;
const UNSURE: f64 = 0.03;
/// What the clocks are wrong by at most while they follow their source, and what they declare.
const DRIFT: f64 = 29.0;
const DRIFT_DECLARED: u16 = 30;
/// What a detection is wrong by at most, and what is declared for both.
const JITTER: f64 = 19.0;
pub(super) const DECLARED: u16 = 50;
/// When the camera at the main exit has lost its source.
pub(super) const LOST: (i64, i64) = (20 * HOUR, 21 * HOUR);
const LOST_CAMERA: u16 = 1;

/// A passage, when it arrives, and the truth of it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) passage: Passage,
    pub(super) arrival: WallTime,
    /// Whose it is: the pass, by its place in the list.
    pub(super) pass: u32,
    pub(super) is_exit: bool,
    /// Whether the plate was read, and read right.
    pub(super) is_right: bool,
}

/// Whether a camera's clock follows its source, `at` milliseconds from the begin.
pub(super) fn is_synchronised(camera: u16, at: f64) -> bool {
    camera != LOST_CAMERA || !(LOST.0 as f64..LOST.1 as f64).contains(&at)
}

/// The first passages that arrive, in the order of their arrival.
pub(super) fn watch(drivers: &[Pass], most: usize, seed: u64) -> Vec<Told> {
    let mut random = Random::new(seed ^ 0x00ca_3e7a);
    let mut all = Vec::with_capacity(most + most / 8);
    for (index, pass) in drivers.iter().enumerate() {
        let Some((text, colour)) = plate(seed, pass) else { continue };
        let pass_number = index as u32;
        let entry = (ENTRY, pass.entry_lane, pass.entered);
        for (is_exit, end) in [(false, Some(entry)), (true, pass.left)] {
            let Some((camera, lane, at)) = end else { continue };
            let read = read(&mut random, &text, colour);
            let told = tell(&mut random, pass, (camera, lane, at), &read);
            let is_right = read.plate.is_some() && read.is_right;
            let one = |told: (Passage, WallTime)| Told {
                passage: told.0,
                arrival: told.1,
                pass: pass_number,
                is_exit,
                is_right,
            };
            all.push(one(told));
            if unit(&mut random) < DOUBLE {
                let after = Millis((40.0 + 4_000.0 * unit(&mut random)) as i64);
                let passage = Passage { at: told.0.at + after, ..told.0 };
                all.push(one((passage, told.1 + after)));
            }
        }
    }
    number(&mut all);
    all.sort_by_key(|told| (told.arrival, told.passage.camera, told.passage.sequence));
    all.truncate(most);
    all
}

/// Cameras number what passes in the order of their own time.
fn number(all: &mut [Told]) {
    all.sort_by_key(|told| (told.passage.at, told.pass));
    let mut last = [0_u64; 3];
    for told in all {
        let count = &mut last[usize::from(told.passage.camera.0)];
        *count += 1;
        told.passage.sequence = *count;
        if let Some(image) = &mut told.passage.image {
            image.reference = *count;
        }
    }
}

/// What was read of a plate.
struct Read {
    plate: Option<Plate>,
    is_right: bool,
    confidence: u8,
}

fn read(random: &mut Random, text: &str, colour: PlateColour) -> Read {
    let (chance, confusion) = (unit(random), unit(random));
    if chance >= READ {
        return Read { plate: None, is_right: false, confidence: 0 };
    }
    if confusion >= CONFUSED {
        let low = if unit(random) < UNSURE { 80 } else { 90 };
        let confidence = low + random.below(10) as u8;
        return Read { plate: Plate::read(text, colour).ok(), is_right: true, confidence };
    }
    let confidence = 60 + random.below(36) as u8;
    let plate = confused(random, text, colour);
    Read { plate, is_right: false, confidence }
}

/// The plate with one sign of its serial wrong: mostly for one that it looks like, else for any.
fn confused(random: &mut Random, text: &str, colour: PlateColour) -> Option<Plate> {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let plate = Plate::read(text, colour).ok()?;
    if unit(random) < 0.8 {
        let alike: Vec<_> = plate.key().look_alikes().collect();
        let which = random.pick(&alike)?.text();
        return Plate::read(&which, colour).ok();
    }
    let mut signs: Vec<char> = text.chars().collect();
    let at = 2 + random.below(signs.len() as i64 - 2) as usize;
    signs[at] = char::from(*random.pick(SIGNS)?);
    let read: String = signs.into_iter().collect();
    // What is no plate is not told as one; what hit its own sign is not wrong.
    Plate::read(&read, colour).ok().filter(|other| other.key() != plate.key())
}

fn tell(
    random: &mut Random,
    pass: &Pass,
    (camera, lane, at): (u16, u8, f64),
    read: &Read,
) -> (Passage, WallTime) {
    let is_good = is_synchronised(camera, at);
    let phase = at / (7.3 * HOUR as f64) + f64::from(camera) * 0.37;
    let held = (at - LOST.0 as f64) / HOUR as f64;
    let drift =
        if is_good { DRIFT * (phase * std::f64::consts::TAU).sin() } else { 20.0 + 700.0 * held };
    let jitter = JITTER * (2.0 * unit(random) - 1.0);
    let shown = WallTime((wall(at) + drift + jitter).floor() as i64);
    let clock = CameraClock {
        source: SyncSource::Satellite,
        state: if is_good { ClockState::Synchronised } else { ClockState::Holdover },
        sync_age_s: if is_good { 8 } else { 8 + (held * 3_600.0) as u32 },
        offset_bound_ms: if is_good { DRIFT_DECLARED } else { 900 },
    };
    let late = match unit(random) {
        chance if chance < OVERDUE => 301_000.0 + 60_000.0 * unit(random),
        chance if chance < SLOW => 290_000.0 * unit(random),
        _ => 200.0 + 1_500.0 * unit(random),
    };
    let class = if unit(random) < WRONG_CLASS { VehicleClass::LightTruck } else { pass.class };
    let colour = if unit(random) < WRONG_COLOUR { VehicleColour::Other } else { pass.colour };
    let spot = (pass.speed * (1.0 + 0.08 * normal(random))).clamp(5.0, 300.0);
    let passage = Passage {
        camera: CameraId(camera),
        sequence: 0,
        at: shown,
        uncertainty_ms: if is_good { DECLARED } else { 950 },
        clock,
        plate: read.plate,
        confidence: read.confidence,
        class,
        colour,
        lane,
        spot: Some(TenthsKmh((spot * 10.0) as u16)),
        image: Some(Image {
            reference: 0,
            digest: Digest { kind: DigestKind::Blake3, bytes: [camera as u8; 32] },
        }),
    };
    (passage, WallTime((wall(at) + late) as i64))
}
