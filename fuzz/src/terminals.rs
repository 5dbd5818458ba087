//! Vehicles' terminals: a connection that says anything in any pieces.

use std::collections::BTreeMap;

use jt808::{Decoder, FRAME_MAX, Message, Phone, Session, State, Terminal};

/// The code that nobody is told but the terminal of the seeds.
const CODE: &str = "456121111";

/// The pieces are as long as the first byte says.
///
/// # Panics
/// Where more is kept than one frame, a frame does not come through as it was written, a place counts
/// without its code having been shown, or an answer is no frame.
pub fn jt808(data: &[u8]) {
    let Some((&length, bytes)) = data.split_first() else { return };
    let terminal = Terminal { vehicle: "one".to_owned(), code: CODE.to_owned(), plate: None };
    let allowed: BTreeMap<Phone, Terminal> = ["123456789", "12345678900", "112233445566"]
        .into_iter()
        .filter_map(|number| Some((Phone::parse(number)?, terminal.clone())))
        .collect();
    let (mut decoder, mut session, mut shown) = (Decoder::default(), Session::default(), false);
    for piece in bytes.chunks(usize::from(length).max(1)) {
        for frame in decoder.push(piece).into_iter().flatten() {
            let again = Decoder::default().push(&frame.encode());
            let bits = frame.encrypted;
            // Which bits of encryption were set is not kept; nothing else is lost.
            assert!(bits || again == [Ok(frame.clone())], "{frame:?} became {again:?}");
            if let Ok(Message::Authenticate { code, .. }) = Message::of(&frame) {
                shown |= code == CODE;
            }
            let heard = session.handle(&frame, &allowed);
            assert!(shown || heard.places.is_empty(), "a place without a code: {frame:?}");
            assert!(shown || session.state() != State::Authenticated, "{frame:?}");
            let answers = Decoder::default().push(&heard.answer);
            assert!(answers.iter().all(Result::is_ok), "an answer that is none: {answers:?}");
            assert_eq!(answers.len(), usize::from(!heard.answer.is_empty()));
            for place in &heard.places {
                assert!(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0);
                assert!(place.heading < 360, "{place:?}");
            }
        }
        assert!(decoder.waiting() <= FRAME_MAX, "{} bytes are kept", decoder.waiting());
    }
}
