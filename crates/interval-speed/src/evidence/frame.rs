//! Frames: how entries stand one behind another in a file, in the log and in a bundle alike.
//!
//! ```text
//!   length 4 │ check 16 │ content …
//! ```
//!
//! The length is that of the content, most significant byte first; the check is the beginning of the
//! BLAKE3 hash (derived, see [`CONTEXT`]) of length and content. It finds accidents and says where
//! they are; against a forger stand the entries' own hashes and signatures.

/// What the check's hash is derived for.
pub const CONTEXT: &str = "greenwave evidence frame v1";
/// Bytes before the content.
pub const HEADER: usize = 4 + 16;
/// The longest content: a body has at most some dozens of bounded fields.
pub const CONTENT_MAX: usize = 1 << 20;

/// Appends a frame with this content.
///
/// # Panics
/// Where the content is longer than [`CONTENT_MAX`], which no entry's is.
pub fn push(out: &mut Vec<u8>, content: &[u8]) {
    assert!(content.len() <= CONTENT_MAX, "a frame of {} bytes", content.len());
    let length = (content.len() as u32).to_be_bytes();
    out.extend(length);
    out.extend(check(length, content));
    out.extend(content);
}

fn check(length: [u8; 4], content: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&length).update(content);
    let mut out = [0; 16];
    out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    out
}

/// What stands at a place in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame<'b> {
    /// A frame whose check is right.
    Sound {
        /// Its content.
        content: &'b [u8],
        /// Where the next one begins.
        next: usize,
    },
    /// A frame that is damaged, though what follows can be read.
    Damaged {
        /// Where the next one begins.
        next: usize,
    },
    /// Nothing sound stands here, and nothing sound follows where the next frame should be.
    Torn,
}

/// The frame that begins at `at`; none at the end of the bytes. Nothing panics, whatever the bytes.
#[must_use]
pub fn read(bytes: &[u8], at: usize) -> Option<Frame<'_>> {
    if at >= bytes.len() {
        return None;
    }
    let found = split(bytes, at);
    Some(match found {
        Some((length, given, content, next)) if check(length, content) == given => {
            Frame::Sound { content, next }
        }
        Some((_, _, _, next)) if next == bytes.len() || sound(bytes, next) => {
            Frame::Damaged { next }
        }
        _ => Frame::Torn,
    })
}

/// The next place from `at` on where a sound frame begins: for what lies behind a torn one.
#[must_use]
pub fn resume(bytes: &[u8], at: usize) -> Option<usize> {
    (at..bytes.len()).find(|&place| sound(bytes, place))
}

fn sound(bytes: &[u8], at: usize) -> bool {
    split(bytes, at).is_some_and(|(length, given, content, _)| check(length, content) == given)
}

type Parts<'b> = ([u8; 4], [u8; 16], &'b [u8], usize);

fn split(bytes: &[u8], at: usize) -> Option<Parts<'_>> {
    let header = bytes.get(at..at.checked_add(HEADER)?)?;
    let length: [u8; 4] = header[..4].try_into().ok()?;
    let given: [u8; 16] = header[4..].try_into().ok()?;
    let size = u32::from_be_bytes(length) as usize;
    let next = at + HEADER + size;
    let content = bytes.get(at + HEADER..next).filter(|_| size <= CONTENT_MAX)?;
    Some((length, given, content, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn three() -> Vec<u8> {
        let mut bytes = Vec::new();
        for content in [&b"first"[..], b"", b"the third"] {
            push(&mut bytes, content);
        }
        bytes
    }

    #[test]
    fn frames_are_read_one_behind_another() {
        let bytes = three();
        let mut at = 0;
        let mut seen = Vec::new();
        while let Some(Frame::Sound { content, next }) = read(&bytes, at) {
            seen.push(content);
            at = next;
        }
        assert_eq!((seen, at), (vec![&b"first"[..], b"", b"the third"], bytes.len()));
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_found_in_its_own_frame(bit in 0..8 * three().len()) {
            let mut bytes = three();
            let ends = [25, 45, 74];
            bytes[bit / 8] ^= 1 << (bit % 8);
            let hit = ends.iter().position(|&end| bit / 8 < end).unwrap();
            let mut at = 0;
            for (number, &end) in ends.iter().enumerate() {
                match read(&bytes, at) {
                    Some(Frame::Sound { next, .. }) => {
                        prop_assert!(number != hit);
                        at = next;
                    }
                    other => {
                        prop_assert_eq!(number, hit, "{:?}", other);
                        at = end;
                    }
                }
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..120), at in 0..130_usize) {
            let _ = (read(&bytes, at), resume(&bytes, at));
        }
    }
}
