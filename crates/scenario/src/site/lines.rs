//! The lines of a site and the devices on them.

use units::{LineId, Millis};

/// The parity of a serial line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parity {
    /// No parity bit.
    None,
    /// Even, as the Modbus specification has it.
    Even,
    /// Odd.
    Odd,
}

impl Parity {
    /// Every parity with its name in files.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("even", Self::Even), ("odd", Self::Odd)];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Even => "even",
            Self::Odd => "odd",
        }
    }
}

/// A serial line, with eight data bits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SerialSite {
    /// The device file.
    pub path: String,
    /// Bits a second.
    pub baud: u32,
    /// Its parity.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
}

impl SerialSite {
    /// Bits of one character: start, eight of data, parity, stop.
    #[must_use]
    pub fn character_bits(&self) -> u32 {
        let parity = u32::from(self.parity != Parity::None);
        9 + parity + u32::from(self.stop_bits)
    }
}

/// How a line is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Modbus TCP.
    Tcp {
        /// Host and port.
        address: String,
    },
    /// Modbus RTU frames on a TCP connection, as some gateways pass them.
    RtuTcp {
        /// Host and port.
        address: String,
    },
    /// Modbus RTU on a serial line.
    Serial(SerialSite),
}

impl Transport {
    /// Where it leads to: host and port, or the device file.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::Tcp { address } | Self::RtuTcp { address } => address,
            Self::Serial(serial) => &serial.path,
        }
    }
}

/// One connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineSite {
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// How long an answer may take.
    pub timeout: Millis,
}

/// One Modbus unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceSite {
    /// Its name.
    pub name: String,
    /// The line it is on.
    pub line: LineId,
    /// Its number there.
    pub unit: u8,
    /// The name of its profile.
    pub profile: String,
    /// Somebody has cut it off and seen its outputs fall: wanted where no register tells whether its
    /// watchdog is on.
    pub watchdog_tried: bool,
}
