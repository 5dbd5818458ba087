//! The way of an answer to whoever asked, in bytes, over a link that may be bad.

use field::frame::{self, Incoming, rtu};

use crate::fault::Fault;
use crate::street::Answer;

/// Where the unit is in a frame of Modbus TCP.
const UNIT: usize = 6;
/// Where the protocol's number is in it; anything but 0 is not Modbus.
const PROTOCOL: usize = 2;
/// A byte of a serial frame that is always there: the function.
const FUNCTION: usize = 1;

/// How frames are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// Modbus TCP: by their length.
    Tcp,
    /// Modbus RTU: by silence and CRC.
    Rtu,
}

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
pub fn carry(framing: Framing, incoming: &Incoming, answer: Answer) -> Carried {
    let encode = match framing {
        Framing::Tcp => frame::encode,
        Framing::Rtu => rtu::encode,
    };
    match answer {
        Answer::Reply(reply) => Carried::Frame(encode(incoming, &reply)),
        Answer::Spoiled(reply, fault) => {
            let mut frame = encode(incoming, &reply);
            spoil(framing, &mut frame, fault);
            Carried::Frame(frame)
        }
        Answer::Silence => Carried::Nothing,
        Answer::Cut => Carried::Cut,
    }
}

/// Spoils an encoded answer; a fault that is not one of bytes leaves it as it is. A serial frame of
/// another unit has a CRC that fits: it is sound, and not what was asked for.
pub fn spoil(framing: Framing, frame: &mut Vec<u8>, fault: Fault) {
    let (unit, corrupt) = match framing {
        Framing::Tcp => (UNIT, PROTOCOL),
        Framing::Rtu => (0, FUNCTION),
    };
    match fault {
        Fault::WrongUnit => {
            if let Some(unit) = frame.get_mut(unit) {
                *unit = unit.wrapping_add(1);
            }
            if framing == Framing::Rtu {
                rtu::seal(frame);
            }
        }
        Fault::Truncate => {
            frame.pop();
        }
        Fault::Corrupt => {
            if let Some(byte) = frame.get_mut(corrupt) {
                *byte ^= 0x55;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use field::{ExceptionCode, Reply, Request};

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
            spoil(Framing::Tcp, &mut frame, fault);
            assert_eq!(frame, expected, "{fault}");
        }
        for fault in [Fault::WrongUnit, Fault::Truncate, Fault::Corrupt] {
            spoil(Framing::Tcp, &mut Vec::new(), fault);
            spoil(Framing::Rtu, &mut Vec::new(), fault);
        }
    }

    #[test]
    fn a_serial_frame_is_spoiled_in_its_own_way() {
        let request = Request::ReadInput { address: 0, count: 1 };
        let incoming = Incoming { transaction: 0, unit: 7, function: 4, request: Ok(request) };
        let reply = || Ok(Reply::Input(vec![0x4142]));
        let carry = |answer| match carry(Framing::Rtu, &incoming, answer) {
            Carried::Frame(frame) => frame,
            other => panic!("{other:?}"),
        };
        let sound = carry(Answer::Reply(reply()));
        assert_eq!((sound[0], rtu::crc(&sound)), (7, 0));
        let other = carry(Answer::Spoiled(reply(), Fault::WrongUnit));
        assert_eq!((other[0], rtu::crc(&other)), (8, 0));
        let cut = carry(Answer::Spoiled(reply(), Fault::Truncate));
        assert_eq!(cut, sound[..sound.len() - 1]);
        let corrupt = carry(Answer::Spoiled(reply(), Fault::Corrupt));
        assert_ne!(rtu::crc(&corrupt), 0);
        let refused = carry(Answer::Reply(Err(ExceptionCode::Busy)));
        assert_eq!(refused[..3], [7, 0x84, 6]);
    }
}
