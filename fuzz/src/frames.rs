//! The frame codec of the devices' side, with a register bank behind it.

use field::bank::RegisterBank;
use field::frame::{self, Decoded, FRAME_MAX};

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
        rest = &rest[used..];
    }
}
