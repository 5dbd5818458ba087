//! The way of an answer to whoever asked, in bytes, over a link that may be bad.

use field::frame::{self, Incoming};

use crate::fault::Fault;
use crate::street::Answer;

/// Where the unit is in a frame of Modbus TCP.
const UNIT: usize = 6;
/// Where the protocol's number is in it; anything but 0 is not Modbus.
const PROTOCOL: usize = 2;

/// What arrives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Carried {
    /// These bytes.
    Frame(Vec<u8>),
    /// Nothing.
    Nothing,
    /// The end of the connection.
    Cut,
}

/// Carries an answer.
#[must_use]
pub fn carry(incoming: &Incoming, answer: Answer) -> Carried {
    match answer {
        Answer::Reply(reply) => Carried::Frame(frame::encode(incoming, &reply)),
        Answer::Spoiled(reply, fault) => {
            let mut frame = frame::encode(incoming, &reply);
            spoil(&mut frame, fault);
            Carried::Frame(frame)
        }
        Answer::Silence => Carried::Nothing,
        Answer::Cut => Carried::Cut,
    }
}

/// Spoils an encoded answer; a fault that is not one of bytes leaves it as it is.
pub fn spoil(frame: &mut Vec<u8>, fault: Fault) {
    match fault {
        Fault::WrongUnit => {
            if let Some(unit) = frame.get_mut(UNIT) {
                *unit = unit.wrapping_add(1);
            }
        }
        Fault::Truncate => {
            frame.pop();
        }
        Fault::Corrupt => {
            if let Some(byte) = frame.get_mut(PROTOCOL) {
                *byte ^= 0x55;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_bytes_changes_the_frame_and_no_other_does() {
        let sound = vec![0, 1, 0, 0, 0, 3, 7, 0x84, 2];
        for (fault, expected) in [
            (Fault::WrongUnit, vec![0, 1, 0, 0, 0, 3, 8, 0x84, 2]),
            (Fault::Truncate, vec![0, 1, 0, 0, 0, 3, 7, 0x84]),
            (Fault::Corrupt, vec![0, 1, 0x55, 0, 0, 3, 7, 0x84, 2]),
            (Fault::Lamp, sound.clone()),
        ] {
            let mut frame = sound.clone();
            spoil(&mut frame, fault);
            assert_eq!(frame, expected, "{fault}");
        }
        for fault in [Fault::WrongUnit, Fault::Truncate, Fault::Corrupt] {
            spoil(&mut Vec::new(), fault);
        }
    }
}
