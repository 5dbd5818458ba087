//! An event as bytes that check themselves.
//!
//! ```text
//!   version 1 │ length 4 │ checksum 16 (blake3, cut) │ the event as JSON …
//! ```

use super::Record;

/// The layout's version.
const VERSION: u8 = 1;
const HEADER: usize = 1 + 4 + 16;

/// The event as bytes.
pub(super) fn encode(record: &Record) -> Vec<u8> {
    let body = serde_json::to_vec(record).expect("a record has only strings and numbers");
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.push(VERSION);
    bytes.extend(length.to_be_bytes());
    bytes.extend(&blake3::hash(&body).as_bytes()[..16]);
    bytes.extend(body);
    bytes
}

/// The event, or `None` where the bytes are not whole, not ours, or not what was written.
pub(super) fn decode(bytes: &[u8]) -> Option<Record> {
    let (header, body) = bytes.split_at_checked(HEADER)?;
    let length = u32::from_be_bytes(header[1..5].try_into().ok()?);
    let sound = header[0] == VERSION
        && body.len() == length as usize
        && header[5..] == blake3::hash(body).as_bytes()[..16];
    sound.then(|| serde_json::from_slice(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use units::WallTime;

    proptest! {
        #[test]
        fn what_is_damaged_is_never_read(text in ".{0,40}", at in any::<usize>(), by in 1u8..) {
            let record = Record::own(WallTime(5), "test", text);
            let mut bytes = encode(&record);
            prop_assert_eq!(decode(&bytes), Some(record));
            let at = at % bytes.len();
            prop_assert_eq!(decode(&bytes[..at]), None);
            bytes[at] ^= by;
            prop_assert_eq!(decode(&bytes), None);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(&bytes), None);
        }
    }
}
