//! Finds frames in a stream that comes in any pieces.
//!
//! ```text
//!            flag                      flag, something between: a frame, or why not
//!   Outside ──────▶ Between flags ◀──┐──────────────────────────────┐
//!   (skipped)        │ bad escape,   │ flag                         │
//!                    ▼ too long      │                              │
//!                   Lost ────────────┘ (told once)   ◀──────────────┘ (a flag ends and begins)
//! ```
//!
//! What stands between any two flags is looked at, so that a flag that was lost costs one message and
//! what follows is found again. No more is kept than the longest frame.

use crate::frame::{ESCAPE, ESCAPED_ESCAPE, ESCAPED_FLAG, FLAG, FRAME_MAX, Frame, FrameError};

/// A decoder of one connection.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    kept: Vec<u8>,
    state: Where,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Where {
    /// No flag has come yet.
    #[default]
    Outside,
    /// After a flag.
    Within,
    /// After an escape.
    Escaped,
    /// What comes up to the next flag is of no use; it has been said why.
    Lost,
}

impl Decoder {
    /// Takes bytes, and gives every frame that they complete, or why it was none.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Result<Frame, FrameError>> {
        bytes.iter().filter_map(|&byte| self.take(byte)).collect()
    }

    /// How many bytes wait for more.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.kept.len()
    }

    fn take(&mut self, byte: u8) -> Option<Result<Frame, FrameError>> {
        if byte == FLAG {
            return self.flag();
        }
        let byte = match (self.state, byte) {
            (Where::Outside | Where::Lost, _) => return None,
            (Where::Within, ESCAPE) => {
                self.state = Where::Escaped;
                return None;
            }
            (Where::Within, byte) => byte,
            (Where::Escaped, ESCAPED_FLAG) => FLAG,
            (Where::Escaped, ESCAPED_ESCAPE) => ESCAPE,
            (Where::Escaped, other) => return Some(Err(self.lose(FrameError::Escape(other)))),
        };
        self.state = Where::Within;
        if self.kept.len() >= FRAME_MAX {
            return Some(Err(self.lose(FrameError::TooLong)));
        }
        self.kept.push(byte);
        None
    }

    fn flag(&mut self) -> Option<Result<Frame, FrameError>> {
        let before = std::mem::replace(&mut self.state, Where::Within);
        let bytes = std::mem::take(&mut self.kept);
        match before {
            Where::Escaped => Some(Err(FrameError::Escape(FLAG))),
            Where::Within if !bytes.is_empty() => Some(Frame::read(&bytes)),
            _ => None,
        }
    }

    fn lose(&mut self, why: FrameError) -> FrameError {
        self.kept.clear();
        self.state = Where::Lost;
        why
    }
}
