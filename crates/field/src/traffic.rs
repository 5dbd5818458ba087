//! What went over a line, as text that a person can read and another machine can play again.
//!
//! ```text
//!   # greenwave bus traffic 1 rtu          the first line: what it is, and how frames are told apart
//!   12.345 > 01040010000271cf              seconds, whose bytes, the bytes
//!   12.361 < 010404000000fffbc4
//! ```
//!
//! `>` is what was asked, `<` what was answered, `?` what was heard by somebody who cannot tell.

use std::fmt::Write;

use units::Millis;

/// The most bytes of one piece: a frame and whatever clings to it.
const PIECE_MAX: usize = 4_096;
/// The most mistakes that are told of one file.
const MISTAKES_MAX: usize = 20;
const HEAD: &str = "# greenwave bus traffic 1 ";

/// How frames are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// Modbus TCP: by their length.
    Tcp,
    /// Modbus RTU: by silence and check sum.
    Rtu,
}

/// Whose bytes they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Of whoever asks.
    Asked,
    /// Of whoever answers.
    Answered,
    /// Nobody knows.
    Heard,
}

/// Bytes that came together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// When, from the begin of the recording.
    pub at: Millis,
    /// Whose.
    pub way: Way,
    /// What.
    pub bytes: Vec<u8>,
}

/// A recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    /// How its frames are told apart.
    pub framing: Framing,
    /// What came, in its order.
    pub pieces: Vec<Piece>,
}

/// The first line of a recording.
#[must_use]
pub fn head(framing: Framing) -> String {
    let name = if framing == Framing::Tcp { "tcp" } else { "rtu" };
    format!("{HEAD}{name}")
}

impl Piece {
    /// Its line.
    #[must_use]
    pub fn line(&self) -> String {
        let way = match self.way {
            Way::Asked => '>',
            Way::Answered => '<',
            Way::Heard => '?',
        };
        let (seconds, millis) = (self.at.0 / 1_000, self.at.0 % 1_000);
        let mut line = format!("{seconds}.{millis:03} {way} ");
        for byte in &self.bytes {
            let _ = write!(line, "{byte:02x}");
        }
        line
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        let mut words = line.split_ascii_whitespace();
        let (Some(time), Some(way), Some(hex), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("it is not SECONDS WAY BYTES");
        };
        let (seconds, millis) = time.split_once('.').ok_or("the time has no thousandths")?;
        let whole = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| digits)
        };
        let millis = whole(millis).filter(|_| millis.len() == 3).ok_or("three thousandths")?;
        let seconds = whole(seconds).ok_or("the time is not a number")?;
        let way = match way {
            ">" => Way::Asked,
            "<" => Way::Answered,
            "?" => Way::Heard,
            _ => return Err("the way is none of >, < and ?"),
        };
        if hex.len() % 2 == 1 || hex.len() > 2 * PIECE_MAX || !hex.is_ascii() {
            return Err("the bytes are not pairs of digits, or too many");
        }
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
        let bytes: Result<Vec<u8>, _> = (0..hex.len()).step_by(2).map(byte).collect();
        let bytes = bytes.map_err(|_| "the bytes are not hexadecimal")?;
        Ok(Self { at: Millis(i64::from(seconds) * 1_000 + i64::from(millis)), way, bytes })
    }
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// The lines that cannot be understood, the first of them.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let mut lines = text.lines().zip(1..);
        let framing = match lines.next().and_then(|(line, _)| line.strip_prefix(HEAD)) {
            Some("tcp") => Framing::Tcp,
            Some("rtu") => Framing::Rtu,
            _ => return Err(vec![format!("line 1: it is not \"{HEAD}tcp\" or \"...rtu\"")]),
        };
        let (mut pieces, mut mistakes): (Vec<Piece>, Vec<String>) = (Vec::new(), Vec::new());
        for (line, number) in lines {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let before = pieces.last().map_or(Millis::ZERO, |piece| piece.at);
            match Piece::parse(line) {
                Ok(piece) if piece.at < before => {
                    mistakes.push(format!("line {number}: it is before the one before it"));
                }
                Ok(piece) => pieces.push(piece),
                Err(why) => mistakes.push(format!("line {number}: {why}")),
            }
            if mistakes.len() == MISTAKES_MAX {
                return Err(mistakes);
            }
        }
        if mistakes.is_empty() { Ok(Self { framing, pieces }) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let text = format!(
            "{}\n1.000 > 01\n\n# said by hand\n0.500 < 02\n1.5 > 01\n2.000 = 01\n2.000 > 0\n2.000 > zz\n",
            head(Framing::Rtu)
        );
        let mistakes = Recording::parse(&text).expect_err("unsound");
        let lines: Vec<&str> =
            mistakes.iter().map(|m| m.split(':').next().expect("a line")).collect();
        assert_eq!(lines, ["line 5", "line 6", "line 7", "line 8", "line 9"], "{mistakes:?}");
        assert!(Recording::parse("nonsense").is_err() && Recording::parse("").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            spans in prop::collection::vec((0_i64..5_000, 0_u8..3, prop::collection::vec(any::<u8>(), 1..300)), 0..20),
            tcp in any::<bool>(),
        ) {
            let framing = if tcp { Framing::Tcp } else { Framing::Rtu };
            let mut at = Millis::ZERO;
            let piece = |(span, way, bytes): (i64, u8, Vec<u8>)| {
                at += Millis(span);
                let way = [Way::Asked, Way::Answered, Way::Heard][usize::from(way)];
                Piece { at, way, bytes }
            };
            let pieces: Vec<Piece> = spans.into_iter().map(piece).collect();
            let mut text = head(framing);
            pieces.iter().for_each(|piece| { text.push('\n'); text.push_str(&piece.line()); });
            prop_assert_eq!(Recording::parse(&text), Ok(Recording { framing, pieces }));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(# greenwave bus traffic 1 rtu\n)?[0-9a-f<>?. é\n]{0,80}") {
            let _ = Recording::parse(&text);
        }
    }
}
