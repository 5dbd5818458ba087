//! How long bytes take on a serial line.

use units::Millis;

/// What a device may take from the end of a request to the begin of its answer (typical of field
/// devices, unverified).
pub const TURN_ROUND: Millis = Millis(10);
/// What the slowest device may take.
pub const TURN_ROUND_MAX: Millis = Millis(50);
/// Unit and CRC, around a PDU.
const AROUND: usize = 3;
/// Above this the silences no longer shrink (Modbus over Serial Line V1.02, unverified).
const BAUD_FIXED: u32 = 19_200;
/// The silence between frames then.
const GAP_FIXED_US: u64 = 1_750;

/// A serial line's speed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wire {
    /// Bits a second.
    pub baud: u32,
    /// Bits of a character: start, eight of data, parity, stop.
    pub bits: u32,
}

impl Wire {
    /// How long so many characters take, microseconds.
    #[must_use]
    pub fn characters_us(&self, count: usize) -> u64 {
        let bits = count as u64 * u64::from(self.bits);
        (bits * 1_000_000).div_ceil(u64::from(self.baud.max(1)))
    }

    /// The silence that ends a frame, microseconds: 3.5 characters, or less above 19200 baud.
    #[must_use]
    pub fn gap_us(&self) -> u64 {
        if self.baud > BAUD_FIXED { GAP_FIXED_US } else { self.characters_us(7).div_ceil(2) }
    }

    /// The silence, in whole milliseconds that are not too short.
    #[must_use]
    pub fn gap(&self) -> Millis {
        millis(self.gap_us())
    }

    /// How long a request and its answer take: both frames, the silence after each, and the device's
    /// turn-round.
    #[must_use]
    pub fn transaction(&self, request_pdu: usize, answer_pdu: usize) -> Millis {
        let frames = self.characters_us(request_pdu + AROUND + answer_pdu + AROUND);
        millis(frames + 2 * self.gap_us()) + TURN_ROUND
    }

    /// How long the line may take until the longest answer of the slowest device has come. After a
    /// time-out it must be quiet for as long before it is used again.
    #[must_use]
    pub fn worst_answer(&self) -> Millis {
        millis(self.characters_us(crate::frame::rtu::FRAME_MAX) + self.gap_us()) + TURN_ROUND_MAX
    }
}

fn millis(micros: u64) -> Millis {
    Millis(i64::try_from(micros.div_ceil(1_000)).unwrap_or(i64::MAX))
}
