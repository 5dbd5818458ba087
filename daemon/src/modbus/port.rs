//! How a line is reached, with what that takes in real time.

use std::time::Duration;

use field::wire::Wire;
use scenario::{Parity, Transport};
use units::Millis;

/// The shortest silence that the machine's timers can tell from a busy machine.
const QUIET_MIN: Duration = Duration::from_millis(10);
/// What is behind a gateway that passes serial frames is not known; this is the slowest that is usual.
const BEHIND_GATEWAY: Wire = Wire { baud: 9_600, bits: 11 };

/// How a line is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Port {
    /// Modbus TCP: host and port.
    Tcp(String),
    /// Modbus RTU frames on a TCP connection.
    RtuOverTcp {
        /// Host and port.
        address: String,
        /// How long it must be silent before it is used: no late answer is on its way then.
        quiet: Duration,
    },
    /// Modbus RTU on a serial device, with eight data bits.
    Serial(SerialPort),
}

/// A serial device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SerialPort {
    /// The device file.
    pub path: String,
    /// Bits a second.
    pub baud: u32,
    /// Its parity.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
    /// How long it must be silent before it is used: no late answer is on its way then.
    pub quiet: Duration,
}

impl Port {
    /// The port of a line of the site; `real` says how long a span is in real time.
    #[must_use]
    pub fn of(transport: &Transport, real: impl Fn(Millis) -> Duration) -> Self {
        let quiet = |wire: Wire| real(wire.worst_answer()).max(QUIET_MIN);
        match transport {
            Transport::Tcp { address } => Self::Tcp(address.clone()),
            Transport::RtuTcp { address } => {
                Self::RtuOverTcp { address: address.clone(), quiet: quiet(BEHIND_GATEWAY) }
            }
            Transport::Serial(serial) => Self::Serial(SerialPort {
                path: serial.path.clone(),
                baud: serial.baud,
                parity: serial.parity,
                stop_bits: serial.stop_bits,
                quiet: quiet(Wire { baud: serial.baud, bits: serial.character_bits() }),
            }),
        }
    }
}
