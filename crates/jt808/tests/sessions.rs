//! Conversations: who may speak, and the bytes of every answer.

mod common;

use common::{allowed, bytes, frame, hex};
use jt808::{Decoder, Doubt, Frame, Heard, Session, State};
use proptest::prelude::*;

/// A session in which the sender of `text` has shown its code.
fn signed_in(text: &str) -> Session {
    let mut session = Session::default();
    let mut shown = frame(text);
    let code = allowed()[&shown.phone].code.clone();
    (shown.id, shown.body) = (0x0102, code.clone().into_bytes());
    if let jt808::Format::Y2019 { .. } = shown.format {
        shown.body.insert(0, code.len() as u8);
        shown.body.extend([b'0'; 35]);
    }
    session.handle(&shown, &allowed());
    assert_eq!(session.state(), State::Authenticated, "{text}");
    session
}

fn say(session: &mut Session, text: &str) -> Heard {
    session.handle(&frame(text), &allowed())
}

#[test]
fn answers_are_those_of_a_peer_byte_by_byte() {
    // As a server of others answered the same frames, apart from its own number, which is 1 here after
    // the answer to the code, and from the code.
    for (text, expected) in [
        (common::LOCATION_2013, "7e80010005112233445566000122b80200006a7e"),
        (common::BATCH_2013, "7e80010005112233445566000122b80704006b7e"),
    ] {
        let heard = say(&mut signed_in(text), text);
        assert_eq!(hex(&heard.answer), expected);
    }
    let mut allowed = allowed();
    let number = common::phone("123456789");
    allowed.get_mut(&number).expect("it is there").code = "123456789".to_owned();
    let heard = Session::default().handle(&frame(common::REGISTER_2019), &allowed);
    let expected = "7e8100400c01000000000001234567890000000a003132333435363738397d027e";
    assert_eq!(hex(&heard.answer), expected);
    // The very bytes of the peer: its first answer has the number 0.
    let zero = Frame { serial: 0, ..frame("7e80010005112233445566000122b80200006a7e") };
    assert_eq!(hex(&zero.encode()), "7e80010005112233445566000022b80200006b7e");
}

#[test]
fn a_terminal_registers_shows_its_code_and_is_heard() {
    let mut session = Session::default();
    assert_eq!(session.state(), State::Connected);
    let heard = say(&mut session, common::REGISTER_2013);
    assert_eq!(session.state(), State::Registered);
    let answer = frame(&hex(&heard.answer));
    assert_eq!((answer.id, &answer.body[..3]), (0x8100, &[0, 10, 0][..]));
    assert_eq!(&answer.body[3..], b"456121111");
    let shown = Frame { phone: answer.phone, ..frame(common::AUTHENTICATE_2013) };
    let heard = session.handle(&shown, &allowed());
    assert_eq!(session.state(), State::Authenticated);
    assert_eq!(frame(&hex(&heard.answer)).body, [0x30, 0x39, 1, 2, 0]);
    assert_eq!(heard.vehicle.as_deref(), Some("vehicle of 456121111"));
    let off = Frame { id: 0x0003, body: Vec::new(), ..shown };
    session.handle(&off, &allowed());
    assert_eq!(session.state(), State::Connected);
}

#[test]
fn places_are_told_and_what_was_kept_back_is_not() {
    let heard = say(&mut signed_in(common::LOCATION_2013), common::LOCATION_2013);
    assert_eq!(heard.places.len(), 1);
    assert_eq!((heard.places[0].latitude, heard.places[0].longitude), (12.222_222, 132.444_444));
    let mut session = signed_in(common::BATCH_2013);
    let heard = say(&mut session, common::BATCH_2013);
    // The second point's status has no fix.
    assert_eq!((heard.places.len(), &heard.doubts[..]), (1, &[Doubt::NoFix][..]));
    let mut kept = frame(common::BATCH_2013);
    kept.body[2] = 1;
    let heard = session.handle(&kept, &allowed());
    assert_eq!((heard.places.len(), heard.backlog), (0, 2));
    assert_eq!(frame(&hex(&heard.answer)).body[4], 0);
}

#[test]
fn every_refusal_has_its_answer() {
    let known = frame(common::REGISTER_2013);
    let of = |id, body: &[u8]| Frame { id, body: body.to_vec(), ..known.clone() };
    let stranger = Frame { phone: common::phone("5"), ..known.clone() };
    let mut other_plate = known.clone();
    *other_plate.body.last_mut().expect("a plate") = b'6';
    for (said, answer, result) in [
        (stranger, 0x8100, 4),
        (other_plate, 0x8100, 2),
        (of(0x0102, b"456121112"), 0x8001, 1),
        (of(0x0102, b""), 0x8001, 1),
        (of(0x0002, b""), 0x8001, 1),
        (frame(common::LOCATION_2013), 0x8001, 1),
        (of(0x0200, &[0; 5]), 0x8001, 2),
        (of(0x0100, &[0; 5]), 0x8001, 2),
        (Frame { encrypted: true, ..known.clone() }, 0x8001, 3),
        (Frame { part: Some((2, 1)), ..known.clone() }, 0x8001, 3),
    ] {
        let mut session = Session::default();
        let heard = session.handle(&said, &allowed());
        let told = frame(&hex(&heard.answer));
        assert_eq!((told.id, *told.body.last().expect("a result")), (answer, result), "{said:?}");
        assert_ne!(session.state(), State::Authenticated);
        assert!(heard.places.is_empty() && !heard.close);
    }
    let mut session = signed_in(common::REGISTER_2013);
    let heard = session.handle(&of(0x0801, b"a picture"), &allowed());
    assert_eq!(frame(&hex(&heard.answer)).body[4], 3);
}

#[test]
fn five_failures_in_a_row_end_the_connection() {
    let mut session = Session::default();
    for turn in 1..=5 {
        let heard = say(&mut session, common::LOCATION_2013);
        assert_eq!(heard.close, turn == 5, "{turn}");
    }
    assert_eq!(session.state(), State::Closed);
    let heard = say(&mut session, common::HEARTBEAT);
    assert!(heard.close && heard.answer.is_empty());
}

#[test]
fn another_number_on_the_same_connection_has_shown_nothing() {
    let mut session = signed_in(common::LOCATION_2013);
    let heard = say(&mut session, common::LOCATION_2019);
    assert!(heard.places.is_empty() && heard.note.is_some());
    assert_eq!(session.state(), State::Connected);
    // A terminal that the site has struck off is heard no more.
    let mut session = signed_in(common::LOCATION_2013);
    let nobody = std::collections::BTreeMap::new();
    let heard = session.handle(&frame(common::LOCATION_2013), &nobody);
    assert!(heard.places.is_empty() && session.state() == State::Connected);
}

#[test]
fn a_wrong_checksum_gets_silence() {
    let wrong = common::LOCATION_2013.replace("577E", "567E");
    let frames = Decoder::default().push(&bytes(&wrong));
    assert!(frames.iter().all(Result::is_err), "{frames:?}");
}

proptest! {
    #[test]
    fn nobody_is_heard_without_the_code(
        order in prop::collection::vec(0..common::ALL.len(), 0..12),
        code in "[a-z0-9]{0,12}",
    ) {
        let mut session = Session::default();
        // All but the frame with the right code, and whatever code somebody guesses.
        for which in order {
            let mut said = frame(common::ALL[which]);
            if said.id == 0x0102 {
                said.body = code.clone().into_bytes();
            }
            let heard = session.handle(&said, &allowed());
            prop_assert!(heard.places.is_empty() && heard.backlog == 0);
        }
        prop_assert_ne!(session.state(), State::Authenticated);
    }
}
