//! What the tests of this crate make passages and sections of.

use units::{Millis, WallTime};

use crate::*;

/// Noon of a day long after any certificate's begin.
pub(crate) const NOON: i64 = 1_790_000_000_000;

/// A passage of 鲁A12345, lane 0, so many milliseconds after noon.
pub(crate) fn passage(camera: u16, sequence: u64, after: i64) -> Passage {
    Passage {
        camera: CameraId(camera),
        sequence,
        at: WallTime(NOON + after),
        uncertainty_ms: 20,
        clock: CameraClock {
            source: SyncSource::Satellite,
            state: ClockState::Synchronised,
            sync_age_s: 10,
            offset_bound_ms: 20,
        },
        plate: Plate::read("鲁A12345", PlateColour::Blue).ok(),
        confidence: 99,
        class: VehicleClass::Car,
        colour: VehicleColour::White,
        lane: 0,
        spot: Some(TenthsKmh(1_000)),
        image: Some(Image {
            reference: sequence,
            digest: Digest { kind: DigestKind::Blake3, bytes: [7; 32] },
        }),
    }
}

/// The same under another plate.
pub(crate) fn plated(passage: Passage, plate: &str) -> Passage {
    Passage { plate: Plate::read(plate, PlateColour::Blue).ok(), ..passage }
}

/// A section of 5 km from camera 0 to camera 1 and to camera 2, two lanes each; 100 km/h for all, with
/// a tolerance of 10 %.
pub(crate) fn spec() -> SectionSpec {
    let gate = |camera| Gate { camera: CameraId(camera), lanes: vec![0, 1] };
    let lane = |camera, lane| Place { camera: CameraId(camera), lane };
    let ways = (0..2).flat_map(|from| (0..4).map(move |to| (from, to)));
    let pair = |(from, to): (u8, u8)| LanePair {
        entry: lane(0, from),
        exit: lane(1 + u16::from(to / 2), to % 2),
        shortest: Millimetres(5_000_000),
    };
    let everybody =
        LimitRule { classes: ClassSet::ALL, daily: None, weather: None, limit: Kmh(100) };
    SectionSpec {
        id: SectionId(3),
        name: "north ring".into(),
        version: 1,
        entries: vec![gate(0)],
        exits: vec![gate(1), gate(2)],
        survey: Survey {
            certificate: "JN-2026-17".into(),
            surveyor: "the institute".into(),
            valid_from: WallTime(NOON - 1_000_000_000),
            valid_until: WallTime(NOON + 1_000_000_000),
            uncertainty: Millimetres(5_000),
            pairs: ways.map(pair).collect(),
        },
        limits: LimitHistory {
            entries: vec![LimitEntry {
                number: 1,
                from: WallTime(0),
                authority: "order 12".into(),
                constancy: Constancy::Constant,
                rules: vec![everybody],
            }],
            clearance: Millis(600_000),
            utc_offset: Millis(8 * 3_600_000),
        },
        rules: Rules { tolerance: Tolerance { per_cent: 10, kmh: 0 }, ..Rules::default() },
    }
}

pub(crate) fn section() -> Section {
    Section::new(spec()).expect("it holds together")
}
