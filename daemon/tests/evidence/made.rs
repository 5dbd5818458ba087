//! A detection that was never made, for tests.

use interval_speed::evidence::Detection;
use interval_speed::evidence::detection::{Asked, End, LimitInForce, Surveyed};
use units::{DAY, Millis, WallTime};

const T0: i64 = 1_795_000_000_000;

fn at(day: i64) -> WallTime {
    WallTime(T0) + DAY * day
}

fn end(camera: &str, at: i64, plate: &str) -> End {
    End {
        camera: camera.to_owned(),
        sequence: 4_001,
        lane: 1,
        at: WallTime(at),
        uncertainty: Millis(50),
        clock_offset: Millis(20),
        clock_state: "synchronised".to_owned(),
        sync_source: "precision".to_owned(),
        sync_age: Millis(8_000),
        plate: plate.to_owned(),
        plate_as_read: plate.to_owned(),
        plate_colour: "blue".to_owned(),
        class: "car".to_owned(),
        colour: "white".to_owned(),
        confidence: 97,
        spot: None,
        image: format!("{camera}/5001"),
        image_hash: [7; 32],
        image_hash_kind: "sha-256".to_owned(),
    }
}

/// Two kilometres in so many milliseconds, where 80 km/h are allowed.
pub(super) fn detection(plate: &str, travel: i64) -> Detection {
    Detection {
        survey: Surveyed {
            section: "ring-road-east".to_owned(),
            version: 3,
            surveyor: "Institute of Metrology".to_owned(),
            certificate: "JL-2026-0017".to_owned(),
            from: at(-10),
            until: at(10),
            length: 2_000_000,
            length_uncertainty: 4_000,
            zone_offset: 480,
        },
        limit: LimitInForce {
            limit: 80,
            entry: 2,
            authority: "2025/44".to_owned(),
            from: at(-9),
            until: None,
            clearance: Millis(300_000),
            rule: 0,
            classes: "all".to_owned(),
            times: "always".to_owned(),
            weather: "any".to_owned(),
            same_from: at(-1),
            same_until: at(1),
        },
        asked: Asked {
            tolerance: 0,
            tolerance_share: 10,
            trigger: Millis(20),
            plausible: 250,
            clock: Millis(200),
            sync_age: Millis(3_600_000),
            confidence: 90,
        },
        entry: end("cam-in", T0, plate),
        exit: end("cam-out", T0 + travel, plate),
        spot_apart: false,
        method: "exact".to_owned(),
        software: "greenwave".to_owned(),
        configuration: [9; 32],
        bystanders: None,
    }
}
