//! A section with a million vehicles on it: what they take, and how fast passages are followed then.

use std::time::Instant;

use interval_speed::{
    CameraClock, CameraId, ClockState, Digest, DigestKind, Image, Matcher, Output, Passage, Plate,
    PlateColour, Rules, Section, StatisticsKey, SyncSource, TenthsKmh, VehicleClass, VehicleColour,
};
use units::mixing::mixed;
use units::{Millis, WallTime};

use super::road::{BEGIN, ENTRY, EXIT, spec};

/// How long a vehicle is on the section: five kilometres at 80 km/h.
const TRAVEL: Millis = Millis(225_000);
/// What is waited for late passages, here.
const LATENESS: Millis = Millis(2_000);
/// Serials of one city: five signs, of which the first two are of 34.
const SERIALS: u64 = 34 * 34 * 1_000;

/// What was measured.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Loaded {
    /// Vehicles that were inside.
    pub inside: usize,
    /// Passages a second, on one core.
    pub passages_per_s: f64,
    /// What a vehicle inside takes, bytes.
    pub bytes_per_vehicle: f64,
}

/// A section with many vehicles on it. Each that leaves makes room for one that comes on.
#[derive(Debug)]
pub struct Load {
    matcher: Matcher,
    inside: u64,
    next: u64,
    seed: u64,
    outputs: Vec<Output>,
}

impl Load {
    /// A section with so many on it.
    ///
    /// # Panics
    /// Where the made-up section does not hold together, which a test excludes.
    #[must_use]
    pub fn new(inside: usize, seed: u64) -> Self {
        let described = spec();
        let rules = Rules { lateness: LATENESS, ..described.rules };
        let section = Section::new(interval_speed::SectionSpec { rules, ..described })
            .expect("the made-up section holds together");
        let key = StatisticsKey([5; 32]);
        let begin = WallTime(BEGIN);
        let matcher = Matcher::new(section, interval_speed::ROWS_MAX, key, begin);
        let mut load = Self { matcher, inside: inside as u64, next: 0, seed, outputs: Vec::new() };
        for number in 0..load.inside {
            let entry = load.entry(number);
            load.take(&entry);
        }
        load.next = load.inside;
        load
    }

    /// The next passages: an exit, an entry, and so on.
    #[must_use]
    pub fn passages(&mut self, count: usize) -> Vec<Passage> {
        let pairs = (0..count as u64 / 2).flat_map(|_| {
            let number = self.next;
            self.next += 1;
            let entry = self.entry(number - self.inside);
            // It leaves when the next comes on.
            let exit = Passage { at: self.entry(number).at, camera: CameraId(EXIT), ..entry };
            [exit, self.entry(number)]
        });
        pairs.collect()
    }

    /// Has one matched.
    pub fn take(&mut self, passage: &Passage) {
        self.outputs.clear();
        // One that is refused is a mistake of this file; the figures would show it.
        let _refused = self.matcher.take(passage.at, *passage, &mut self.outputs);
    }

    /// Has so many matched, and measures.
    #[must_use]
    pub fn run(&mut self, passages: usize) -> Loaded {
        const CHUNK: usize = 100_000;
        let mut seconds = 0.0;
        let mut done = 0;
        while done < passages {
            let chunk = self.passages(CHUNK.min(passages - done));
            let started = Instant::now();
            chunk.iter().for_each(|passage| self.take(passage));
            seconds += started.elapsed().as_secs_f64();
            done += chunk.len().max(1);
        }
        Loaded {
            inside: self.matcher.kept() - self.matcher.waiting(),
            passages_per_s: done as f64 / seconds.max(1e-9),
            bytes_per_vehicle: self.matcher.bytes() as f64 / self.inside.max(1) as f64,
        }
    }

    /// The vehicle of this number comes on.
    fn entry(&self, number: u64) -> Passage {
        // So many a millisecond that those inside are inside for the travel time.
        let at = (number as f64 * TRAVEL.0 as f64 / self.inside.max(1) as f64) as i64;
        let serial = number.wrapping_mul(387_421).wrapping_add(mixed(self.seed) >> 8) % SERIALS;
        Passage {
            camera: CameraId(ENTRY),
            sequence: number + 1,
            at: WallTime(BEGIN + at),
            uncertainty_ms: 50,
            clock: CameraClock {
                source: SyncSource::Satellite,
                state: ClockState::Synchronised,
                sync_age_s: 1,
                offset_bound_ms: 30,
            },
            plate: plate(serial, number),
            confidence: 99,
            class: VehicleClass::Car,
            colour: VehicleColour::White,
            lane: (number % 3) as u8,
            spot: Some(TenthsKmh(800)),
            image: Some(Image {
                reference: number,
                digest: Digest { kind: DigestKind::Blake3, bytes: [1; 32] },
            }),
        }
    }
}

fn plate(serial: u64, number: u64) -> Option<Plate> {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    const CITIES: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXY";
    let sign = |at: u64| char::from(SIGNS[(at % 34) as usize]);
    let city = char::from(CITIES[(number / SERIALS % CITIES.len() as u64) as usize]);
    let (a, b, rest) = (sign(serial / 34_000), sign(serial / 1_000), serial % 1_000);
    Plate::read(&format!("鲁{city}{a}{b}{rest:03}"), PlateColour::Blue).ok()
}
