//! The codec against published frames, and its properties under any bytes.

mod common;

use common::{ALL, bytes, frame, hex, phone};
use jt808::{
    BODY_MAX, Batch, Decoder, Doubt, Edition, FRAME_MAX, Format, Frame, FrameError, Location,
    Message, Phone,
};
use proptest::prelude::*;
use units::{CivilDate, CivilTime, Metres, Millis, WallTime};

fn china(date: &str, hour: i64, minute: i64, second: i64) -> WallTime {
    let date = CivilDate::parse(date).expect("a date");
    let of_day = Millis::from_secs((hour * 60 + minute) * 60 + second);
    let civil = CivilTime::new(date, of_day).expect("a time");
    WallTime((civil.count() - Millis(8 * 3_600_000)).0)
}

fn location(text: &str) -> Location {
    match Message::of(&frame(text)) {
        Ok(Message::Location(location)) => location,
        other => panic!("{other:?}"),
    }
}

fn batch(text: &str) -> Batch {
    match Message::of(&frame(text)) {
        Ok(Message::Batch(batch)) => batch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn published_frames_are_read_and_written_byte_by_byte() {
    for text in ALL {
        let frame = frame(text);
        assert_eq!(hex(&frame.encode()), text.to_lowercase());
        assert!(Message::of(&frame).is_ok(), "{text}");
    }
}

#[test]
fn headers_say_who_speaks_and_how() {
    for (text, id, version, number, serial) in [
        (common::HEARTBEAT, 0x0002, None, "40021679287", 43),
        (common::REGISTER_2013, 0x0100, None, "123456789", 10),
        (common::REGISTER_2019, 0x0100, Some(1), "123456789", 10),
        (common::AUTHENTICATE_2013, 0x0102, None, "12345678900", 12_345),
        (common::AUTHENTICATE_2019, 0x0102, Some(1), "17299841738", 0),
        (common::LOCATION_2019, 0x0200, Some(1), "13912344329", 0),
        (common::LOCATION_2013, 0x0200, None, "112233445566", 8_888),
        (common::BATCH_2013, 0x0704, None, "112233445566", 8_888),
        (common::BATCH_2019, 0x0704, Some(1), "13912344329", 0),
    ] {
        let frame = frame(text);
        let format = version.map_or(Format::Y2013, |version| Format::Y2019 { version });
        let found = (frame.id, frame.format, frame.phone, frame.serial);
        assert_eq!(found, (id, format, phone(number), serial), "{text}");
        assert!(!frame.encrypted && frame.part.is_none());
    }
}

#[test]
fn registrations_of_each_edition_name_the_vehicle() {
    let mut of_2011 = frame(common::REGISTER_2013);
    // The same with a model of 8 bytes instead of 20.
    of_2011.body.drain(17..29);
    for (frame, edition) in [
        (frame(common::REGISTER_2013), Edition::Y2013),
        (frame(common::REGISTER_2019), Edition::Y2019),
        (of_2011, Edition::Y2011),
    ] {
        let Ok(Message::Register(found)) = Message::of(&frame) else { panic!("{frame:?}") };
        assert_eq!((found.edition, found.province, found.city), (edition, 40, 50));
        assert_eq!((found.maker.as_str(), found.terminal.as_str()), ("1234", "CHI123"));
        assert!("smallchi123".starts_with(&found.model) && found.model.len() >= 8, "{found:?}");
        assert_eq!((found.colour, found.plate.as_str()), (1, "粤A12345"));
    }
}

#[test]
fn authentications_show_their_code() {
    let of = |text| match Message::of(&frame(text)) {
        Ok(Message::Authenticate { code, imei, software }) => (code, imei, software),
        other => panic!("{other:?}"),
    };
    assert_eq!(of(common::AUTHENTICATE_2013), ("456121111".to_owned(), None, None));
    let (code, imei, software) = of(common::AUTHENTICATE_2019);
    assert_eq!(code, "17299841738");
    assert_eq!(imei.as_deref(), Some("123456789012345"));
    assert_eq!(software.as_deref(), Some("3.7.15"));
}

#[test]
fn locations_are_in_degrees_metres_and_universal_time() {
    let new = location(common::LOCATION_2019);
    assert_eq!((new.alarm, new.status), (111, 22));
    // Status 22 has the bit of the southern half: the fix is kept, its sign is what was said.
    assert_eq!((new.latitude, new.longitude), (-31.234_567, 121.987_654));
    assert_eq!((new.altitude, new.heading), (Metres(123.0), 3));
    assert!((new.speed.as_kmh() - 6.6).abs() < 1e-9);
    assert_eq!(new.at, Some(china("2025-01-29", 22, 33, 44)));
    assert_eq!((new.fuel, new.mileage), (Some(10.0), Some(Metres(1_200.0))));
    assert_eq!(new.check(), Ok(china("2025-01-29", 22, 33, 44)));

    let old = location(common::LOCATION_2013);
    assert_eq!((old.alarm, old.status), (1, 2));
    assert_eq!((old.latitude, old.longitude), (12.222_222, 132.444_444));
    assert_eq!((old.altitude, old.heading), (Metres(40.0), 0));
    assert!((old.speed.as_kmh() - 6.0).abs() < 1e-9);
    assert_eq!(old.at, Some(china("2018-07-15", 10, 10, 10)));
    assert_eq!((old.mileage, old.fuel), (Some(Metres(10_000.0)), Some(5.5)));
}

#[test]
fn batches_have_their_points_and_their_kind() {
    let old = batch(common::BATCH_2013);
    assert!(!old.backlog && old.reports.len() == 2);
    assert_eq!(old.reports[0], location(common::LOCATION_2013));
    assert_eq!((old.reports[1].latitude, old.reports[1].heading), (13.333_333, 120));
    let new = batch(common::BATCH_2019);
    let places: Vec<_> = new.reports.iter().map(|r| (r.latitude, r.longitude)).collect();
    assert_eq!(places, [(31.000_562, 121.451_372), (31.000_563, 121.451_373)]);
    // Their status has no fix: nothing is made of them.
    assert_eq!(new.reports[0].check(), Err(Doubt::NoFix));
    let mut kept = frame(common::BATCH_2013);
    kept.body[2] = 1;
    assert!(matches!(Message::of(&kept), Ok(Message::Batch(Batch { backlog: true, .. }))));
}

#[test]
fn what_cannot_be_is_doubted_and_not_lost() {
    let sound = frame(common::LOCATION_2013);
    for (at, change, doubt) in [
        (4, &[0, 0, 0, 0][..], Doubt::NoFix),
        // 119.55 degrees north.
        (8, &119_550_000_u32.to_be_bytes(), Doubt::Degrees),
        (12, &180_000_001_u32.to_be_bytes(), Doubt::Degrees),
        (8, &[0; 8], Doubt::Degrees),
        (20, &361_u16.to_be_bytes(), Doubt::Motion),
        (18, &2_501_u16.to_be_bytes(), Doubt::Motion),
        (22, &[0x18, 0x13], Doubt::Time),
        (22, &[0x18, 0x02, 0x30], Doubt::Time),
        (25, &[0x24], Doubt::Time),
        (26, &[0x6a], Doubt::Time),
    ] {
        let mut frame = sound.clone();
        frame.body[at..at + change.len()].copy_from_slice(change);
        let Ok(Message::Location(found)) = Message::of(&frame) else { panic!("{frame:?}") };
        assert_eq!(found.check(), Err(doubt), "{at}: {change:?}");
    }
    let mut cut = sound.clone();
    cut.body.truncate(33);
    let Ok(Message::Location(found)) = Message::of(&cut) else { panic!("{cut:?}") };
    assert!(found.cut && found.mileage.is_none() && found.check().is_ok());
    let mut short = sound;
    short.body.truncate(27);
    assert!(Message::of(&short).is_err());
}

#[test]
fn what_is_no_frame_says_why() {
    let wrong_sum = common::LOCATION_2013.replace("577E", "567E");
    // Zero bytes more, the checksum as before: only the length tells.
    let longer = common::REGISTER_2019.replace("4348493132330000", "43484931323300000000");
    let long = format!("7e{}7e", "00".repeat(FRAME_MAX + 1));
    for (text, error) in [
        (wrong_sum.as_str(), FrameError::Checksum { found: 0x56, expected: 0x57 }),
        (&longer, FrameError::Length { said: 84, there: 86 }),
        ("7e00007e", FrameError::TooShort),
        ("7e007d037e", FrameError::Escape(3)),
        ("7e007d7e", FrameError::Escape(0x7e)),
        (&long, FrameError::TooLong),
        ("7e00020000fa0021679287002b807e", FrameError::Phone),
    ] {
        let found = Decoder::default().push(&bytes(text));
        assert_eq!(found, [Err(error)], "{text}");
    }
}

#[test]
fn a_lost_flag_costs_one_message_and_noise_costs_none() {
    let heartbeat = bytes(common::HEARTBEAT);
    let location = bytes(common::LOCATION_2013);
    let good = |bytes: &[u8]| Decoder::default().push(bytes).into_iter().flatten().count();
    let noise = [&[1, 2, 3][..], &heartbeat, &location].concat();
    assert_eq!(good(&noise), 2);
    let lost_end = [&heartbeat[..heartbeat.len() - 1], &location[1..], &heartbeat].concat();
    assert_eq!(good(&lost_end), 1);
    let shared = [&heartbeat[..], &location[1..]].concat();
    assert_eq!(good(&shared), 2);
}

#[test]
fn numbers_are_digits_and_their_leading_zeros_do_not_count() {
    assert_eq!(phone("00000000000123456789"), phone("123456789"));
    assert_eq!(phone("0").to_string(), "0");
    for text in ["", "1a", "+1", "123456789012345678901", " 1"] {
        assert_eq!(Phone::parse(text), None, "{text}");
    }
}

prop_compose! {
    fn any_frame()(
        id in any::<u16>(),
        version in proptest::option::of(any::<u8>()),
        number in 0..1_000_000_000_000_u64,
        serial in any::<u16>(),
        encrypted in any::<bool>(),
        part in proptest::option::of(any::<(u16, u16)>()),
        // Flags and escapes more often than by chance.
        body in prop::collection::vec(prop_oneof![any::<u8>(), 0x7d..=0x7e_u8], 0..=BODY_MAX),
    ) -> Frame {
        let format = version.map_or(Format::Y2013, |version| Format::Y2019 { version });
        let phone = Phone::parse(&number.to_string()).expect("digits");
        Frame { id, format, phone, serial, encrypted, part, body }
    }
}

proptest! {
    #[test]
    fn frames_come_through_in_any_pieces(
        frames in prop::collection::vec(any_frame(), 1..5),
        cuts in prop::collection::vec(1..60_usize, 1..40),
    ) {
        let stream: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let (mut decoder, mut found, mut rest) = (Decoder::default(), Vec::new(), &stream[..]);
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            found.extend(decoder.push(piece));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let expected: Vec<_> = frames.into_iter().map(Ok).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(decoder.waiting(), 0);
    }

    #[test]
    fn no_bytes_panic_or_are_kept_without_bound(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x7d..=0x7e_u8], 0..3_000),
    ) {
        let mut decoder = Decoder::default();
        for piece in bytes.chunks(7) {
            for frame in decoder.push(piece).into_iter().flatten() {
                let _ = Message::of(&frame);
                let again = Decoder::default().push(&frame.encode());
                prop_assert_eq!(again.len(), 1);
            }
            prop_assert!(decoder.waiting() <= FRAME_MAX);
        }
    }

    #[test]
    fn any_body_is_read_or_refused(
        id in prop::sample::select(vec![0x0100_u16, 0x0102, 0x0200, 0x0704]),
        version in proptest::option::of(any::<u8>()),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let format = version.map_or(Format::Y2013, |version| Format::Y2019 { version });
        let phone = Phone::parse("1").expect("a digit");
        let frame = Frame { id, format, phone, serial: 0, encrypted: false, part: None, body };
        if let Ok(Message::Location(location)) = Message::of(&frame)
            && location.check().is_ok()
        {
            prop_assert!(location.latitude.abs() <= 90.0 && location.longitude.abs() <= 180.0);
        }
    }

    #[test]
    fn one_wrong_byte_is_never_taken_for_the_message(
        which in 0..ALL.len(), at in any::<prop::sample::Index>(), by in 1..=255_u8,
    ) {
        let mut bytes = bytes(ALL[which]);
        let inside = 1 + at.index(bytes.len() - 2);
        let sound = frame(ALL[which]);
        bytes[inside] ^= by;
        for found in Decoder::default().push(&bytes).into_iter().flatten() {
            prop_assert_ne!(found, sound.clone());
        }
    }
}
