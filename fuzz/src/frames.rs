//! The frame codec of the devices' side, with a register bank behind it.

use field::bank::RegisterBank;
use field::frame::{self, Decoded, FRAME_MAX, rtu};

use super::CABINET;

/// A stream of bytes as a connection would bring them.
///
/// # Panics
/// Where a frame takes more bytes than there are, where the begin of a frame is not seen as one, or
/// where an answer is longer than a frame can be.
pub fn frame(data: &[u8]) {
    let mut bank = RegisterBank::new(CABINET.clone());
    let mut rest = data;
    while let Decoded::Frame(incoming, used) = frame::decode(rest) {
        assert!(used > 0 && used <= rest.len() && used <= FRAME_MAX, "{used} of {}", rest.len());
        for cut in 0..used {
            let begin = frame::decode(&rest[..cut]);
            assert_eq!(begin, Decoded::Incomplete, "the first {cut} bytes of {used}");
        }
        let answer = incoming.request.clone().and_then(|request| bank.handle(&request));
        if let (Ok(request), Ok(reply)) = (&incoming.request, &answer) {
            assert_eq!(request.check(reply), Ok(()), "{request:?}");
        }
        let bytes = frame::encode(&incoming, &answer);
        assert!(bytes.len() <= FRAME_MAX, "an answer of {} bytes", bytes.len());
        assert_eq!(bytes[..2], incoming.transaction.to_be_bytes());
        assert_eq!(usize::from(u16::from_be_bytes([bytes[4], bytes[5]])), bytes.len() - 6);
        if let Ok(request) = &incoming.request {
            let heard = frame::decode_reply(&bytes, incoming.transaction, incoming.unit, request);
            let meant = answer.map_err(field::Failure::Exception);
            assert_eq!(heard, Some((meant, bytes.len())), "{request:?}");
            if let Some((_, taken)) = frame::decode_reply(rest, 0, incoming.unit, request) {
                assert!(taken <= rest.len(), "{taken} of {}", rest.len());
            }
        }
        rest = &rest[used..];
    }
}

/// Bursts on a serial line, each as long as the byte before it says.
///
/// # Panics
/// Where a burst that is no frame is taken for one, or an answer is no frame that a client reads.
pub fn serial(data: &[u8]) {
    let mut bank = RegisterBank::new(CABINET.clone());
    let mut framer = rtu::Framer::default();
    let mut rest = data;
    while let Some((&length, more)) = rest.split_first() {
        let (burst, after) = more.split_at(usize::from(length).min(more.len()));
        rest = after;
        framer.push(burst);
        let whole = framer.is_whole();
        let Some(heard) = framer.silence() else {
            assert!(burst.is_empty(), "a burst was not heard");
            continue;
        };
        assert!(!framer.is_waiting(), "silence left something");
        assert!(!whole || heard.is_ok(), "whole, but no frame: {burst:?}");
        let Ok(incoming) = heard else { continue };
        let answer = incoming.request.clone().and_then(|request| bank.handle(&request));
        let bytes = rtu::encode(&incoming, &answer);
        if let Ok(request) = &incoming.request {
            let heard = rtu::decode_reply(&bytes, incoming.unit, request);
            assert_eq!(heard, answer.clone().map_err(field::Failure::Exception), "{request:?}");
            // Whatever else comes in its place is read or refused.
            let _ = rtu::decode_reply(rest, incoming.unit, request);
        }
        let (body, sum) = bytes.split_at(bytes.len() - 2);
        assert_eq!((body[0], rtu::crc(body).to_le_bytes()), (incoming.unit, [sum[0], sum[1]]));
        // The same burst with one bit flipped is noise.
        let mut flipped = burst.to_vec();
        flipped[0] ^= 1;
        assert!(rtu::decode(&flipped).is_err(), "{flipped:?}");
    }
}
