//! From verdicts to records: what measures and what keeps come to the same end, each by its own
//! reckoning, and of whoever kept to the limit nothing is kept.

use interval_speed::evidence::detection::miscounted;
use interval_speed::evidence::of_verdict::{NoRecord, Setting};
use interval_speed::evidence::{Detection, Salts};
use interval_speed::{
    CameraClock, CameraId, ClassSet, ClockState, Constancy, Digest, DigestKind, Doubts, Gate,
    Image, Judgement, Kmh, LanePair, LimitEntry, LimitHistory, LimitRule, Method, Millimetres,
    Passage, Place, Plate, PlateColour, Rules, Section, SectionId, SectionSpec, Survey, SyncSource,
    Tolerance, VehicleClass, VehicleColour, Verdict, Weather, WeatherChange, judge,
};
use proptest::prelude::*;
use units::{DAY, Millis, WallTime};

/// 2026-11-18 11:06:40 UTC.
const T0: WallTime = WallTime(1_795_000_000_000);
const IN: CameraId = CameraId(4);
const OUT: CameraId = CameraId(9);

fn section(limit: u16, tolerance: Tolerance) -> Section {
    let place = |camera| Place { camera, lane: 0 };
    let rule =
        |classes, weather, limit| LimitRule { classes, daily: None, weather, limit: Kmh(limit) };
    let entry = |number, from, limit: u16| LimitEntry {
        number,
        from: T0 + DAY * from,
        authority: format!("order {number}"),
        constancy: Constancy::Constant,
        rules: vec![
            rule(ClassSet::ALL, Some(Weather::Fog), 30),
            LimitRule {
                daily: Some((Millis(0), Millis(3_600_000))),
                ..rule(ClassSet::of(&[VehicleClass::HeavyTruck]), None, limit - 10)
            },
            rule(ClassSet::ALL, None, limit),
        ],
    };
    let spec = SectionSpec {
        id: SectionId(2),
        name: "ring-road-east".to_owned(),
        version: 7,
        entries: vec![Gate { camera: IN, lanes: vec![0] }],
        exits: vec![Gate { camera: OUT, lanes: vec![0] }],
        survey: Survey {
            certificate: "JL-2026-0017".to_owned(),
            surveyor: "Institute of Metrology".to_owned(),
            valid_from: T0 + DAY * -100,
            valid_until: T0 + DAY * 200,
            uncertainty: Millimetres(4_000),
            pairs: vec![LanePair {
                entry: place(IN),
                exit: place(OUT),
                shortest: Millimetres(2_000_000),
            }],
        },
        limits: LimitHistory {
            entries: vec![entry(1, -90, 60), entry(2, -30, limit), entry(5, 40, 60)],
            clearance: Millis(300_000),
            utc_offset: Millis(8 * 3_600_000),
        },
        rules: Rules { tolerance, ..Rules::default() },
    };
    Section::new(spec).expect("a sound section")
}

fn passage(camera: CameraId, at: WallTime, uncertainty_ms: u16, plate: &str) -> Passage {
    let clock = CameraClock {
        source: SyncSource::Precision,
        state: ClockState::Synchronised,
        sync_age_s: 5,
        offset_bound_ms: 20,
    };
    Passage {
        camera,
        sequence: 77,
        at,
        uncertainty_ms,
        clock,
        plate: Plate::read(plate, PlateColour::Blue).ok(),
        confidence: 97,
        class: VehicleClass::Car,
        colour: VehicleColour::White,
        lane: 0,
        spot: None,
        image: Some(Image {
            reference: 5_001,
            digest: Digest { kind: DigestKind::Sha256, bytes: [camera.0 as u8; 32] },
        }),
    }
}

fn trip(section: &Section, travel: i64, uncertainty: u16, weather: &[WeatherChange]) -> Verdict {
    let entry = passage(IN, T0, uncertainty, "鲁A·12345");
    let exit = passage(OUT, T0 + Millis(travel), uncertainty, "鲁A12345");
    judge(section, (&entry, &exit), Method::Exact, weather, Doubts::NONE)
}

fn kept(verdict: &Verdict, section: &Section) -> Result<Detection, NoRecord> {
    let camera = |id: CameraId| format!("camera {id}");
    let setting =
        Setting { section, camera: &camera, software: "greenwave", configuration: [3; 32] };
    Detection::of(verdict, &setting)
}

#[test]
fn a_verdict_is_kept_with_all_that_a_reviewer_needs() {
    let section = section(80, Tolerance { per_cent: 10, kmh: 0 });
    let verdict = trip(&section, 60_000, 50, &[]);
    let detection = kept(&verdict, &section).expect("evidence");
    let limit = &detection.limit;
    assert_eq!((limit.limit, limit.entry, limit.rule, &*limit.authority), (80, 2, 2, "order 2"));
    assert_eq!((&*limit.classes, &*limit.times, &*limit.weather), ("all", "always", "any"));
    assert_eq!(limit.until, Some(T0 + DAY * 40));
    assert_eq!((&*detection.entry.camera, &*detection.exit.camera), ("camera 4", "camera 9"));
    assert_eq!(detection.entry.plate, detection.exit.plate);
    assert_eq!(detection.entry.plate_as_read, "鲁A·12345");
    assert_eq!(detection.survey.zone_offset, 480);
    let body = detection.body(Salts::new([1; 32])).expect("evidence");
    assert_eq!((miscounted(&body), Detection::from_body(&body)), (vec![], Some(detection)));
}

#[test]
fn what_is_no_evidence_becomes_nothing() {
    let section = section(80, Tolerance::default());
    assert_eq!(kept(&trip(&section, 95_000, 50, &[]), &section), Err(NoRecord::Compliant));
    let fog = [WeatherChange { from: T0 + Millis(-100_000), weather: Weather::Fog }];
    let unclear = trip(&section, 60_000, 50, &fog);
    assert!(matches!(kept(&unclear, &section), Err(NoRecord::NotEvidence(_))), "{unclear:?}");
    let sound = trip(&section, 60_000, 50, &[]);
    let other = self::section(80, Tolerance { per_cent: 0, kmh: 60 });
    assert!(matches!(kept(&sound, &other), Err(NoRecord::Disagrees(_))));
    let older = Verdict { version: 6, ..sound };
    assert_eq!(kept(&older, &section), Err(NoRecord::OtherSection));
}

proptest! {
    /// Two reckonings, one in `speed`, one in the record: they never come apart.
    #[test]
    fn what_measures_and_what_keeps_agree(
        travel in 30_000..200_000_i64, uncertainty in 20..200_u16, limit in 40..120_u16,
        per_cent in 0..30_u8, kmh in 0..10_u8,
    ) {
        let section = section(limit, Tolerance { per_cent, kmh });
        let verdict = trip(&section, travel, uncertainty, &[]);
        let found = kept(&verdict, &section);
        match verdict.judgement {
            Judgement::Evidence => prop_assert!(found.is_ok(), "{:?}", found),
            Judgement::Compliant => prop_assert_eq!(found, Err(NoRecord::Compliant)),
            Judgement::NotEvidence(doubts) => {
                prop_assert_eq!(found, Err(NoRecord::NotEvidence(doubts)));
            }
        }
    }
}
