//! Made-up records for the tests of this folder.

use units::{Millis, WallTime};

use super::body::Body;
use super::detection::{Asked, Detection, End, LimitInForce, Surveyed};
use super::entry::{About, Chain, Entry};
use super::key::StationKey;
use super::schema::{Kind, checkpoint, opening, review};
use super::value::Salts;

pub(crate) const T0: i64 = 1_795_000_000_000;

fn end(camera: &str, at: i64, number: i64) -> End {
    let plate = format!("鲁A{:05}", 12_345 + number);
    End {
        camera: camera.to_owned(),
        sequence: 4_000 + number.unsigned_abs(),
        lane: 1,
        at: WallTime(at),
        uncertainty: Millis(120),
        clock_offset: Millis(80),
        clock_state: "synchronised".to_owned(),
        sync_source: "precision".to_owned(),
        sync_age: Millis(8_000),
        plate_as_read: plate.clone(),
        plate,
        plate_colour: "blue".to_owned(),
        class: "car".to_owned(),
        colour: "white".to_owned(),
        confidence: 97,
        spot: Some(1_180),
        image: format!("{camera}/{number}"),
        image_hash: [number as u8; 32],
        image_hash_kind: "sha-256".to_owned(),
    }
}

/// A car with 120 km/h where 80 are allowed.
pub(crate) fn detection(number: i64) -> Detection {
    let at = T0 + 100_000 * number;
    Detection {
        survey: Surveyed {
            section: "ring-road-east".to_owned(),
            version: 3,
            surveyor: "Institute of Metrology".to_owned(),
            certificate: "JL-2026-0017".to_owned(),
            from: WallTime(T0 - 1_000_000_000),
            until: WallTime(T0 + 10_000_000_000),
            length: 2_000_000,
            length_uncertainty: 4_000,
            zone_offset: 480,
        },
        limit: LimitInForce {
            limit: 80,
            entry: 2,
            authority: "2025/44".to_owned(),
            from: WallTime(T0 - 900_000_000),
            until: None,
            clearance: Millis(300_000),
            rule: 0,
            classes: "all".to_owned(),
            times: "always".to_owned(),
            weather: "any".to_owned(),
            same_from: WallTime(at - 300_000),
            same_until: WallTime(at + 60_000),
        },
        asked: Asked {
            tolerance: 3,
            tolerance_share: 10,
            trigger: Millis(100),
            plausible: 250,
            clock: Millis(200),
            sync_age: Millis(3_600_000),
            confidence: 90,
        },
        entry: end("cam-in", at, number),
        exit: end("cam-out", at + 60_000, number),
        spot_apart: false,
        method: "exact".to_owned(),
        software: "greenwave 0.1.0".to_owned(),
        configuration: [9; 32],
        bystanders: Some("鲁B77777".to_owned()),
    }
}

pub(crate) fn key() -> StationKey {
    StationKey::from_secret(&[42; 32])
}

pub(crate) fn salts(of: u8) -> Salts {
    Salts::new([of; 32])
}

pub(crate) fn opening(key: &StationKey) -> Body {
    Body::of(Kind::Opening, salts(0))
        .text(opening::STATION, "district 7")
        .digest(opening::PUBLIC_KEY, key.public().to_bytes())
        .text(opening::SOFTWARE, "greenwave 0.1.0")
        .done()
}

pub(crate) fn step(what: &str, who: &str) -> Body {
    Body::of(Kind::Review, salts(77))
        .text(review::STEP, what)
        .text(review::WHO, who)
        .text(review::REASON, "looked at both images")
        .done()
}

/// Opening, detections 1 and 2, both confirmations of 1, detection 3, a checkpoint, detection 4.
pub(crate) fn entries() -> Vec<Entry> {
    let mut chain = Chain::resume(key(), None);
    let mut out = vec![chain.append(opening(&key()), About::Nothing, WallTime(T0))];
    let detected = |chain: &mut Chain, n: u8| {
        let body = detection(n.into()).body(salts(n)).expect("evidence");
        chain.append(body, About::Itself, WallTime(T0 + 200_000 * i64::from(n)))
    };
    let later = WallTime(T0 + 900_000);
    out.push(detected(&mut chain, 1));
    out.push(detected(&mut chain, 2));
    out.push(chain.append(step("confirm", "Li Na"), About::Record(1), later));
    out.push(chain.append(step("confirm", "Wang Wei"), About::Record(1), later));
    out.push(detected(&mut chain, 3));
    let point = Body::of(Kind::Checkpoint, salts(0))
        .number(checkpoint::ENTRIES, 6)
        .number(checkpoint::DETECTIONS, 3)
        .number(checkpoint::TOMBSTONES, 0)
        .done();
    out.push(chain.append(point, About::Nothing, later));
    out.push(detected(&mut chain, 4));
    out
}
