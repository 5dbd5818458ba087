//! The Modbus request, its reply, and how it can fail.

use std::fmt;

/// The most registers one request can read (Modbus Application Protocol V1.1b3, unverified).
pub const READ_REGISTERS_MAX: u16 = 125;
/// The most registers one request can write (the same).
pub const WRITE_REGISTERS_MAX: usize = 123;

/// A request; addresses count from 0 as on the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Function 3.
    ReadHolding {
        /// The first register.
        address: u16,
        /// How many, 1 to 125.
        count: u16,
    },
    /// Function 4.
    ReadInput {
        /// The first register.
        address: u16,
        /// How many, 1 to 125.
        count: u16,
    },
    /// Function 6.
    WriteRegister {
        /// The register.
        address: u16,
        /// Its value.
        value: u16,
    },
    /// Function 16.
    WriteRegisters {
        /// The first register.
        address: u16,
        /// The values, 1 to 123.
        values: Vec<u16>,
    },
}

/// The reply that fits a request of the same kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// To function 3.
    Holding(Vec<u16>),
    /// To function 4.
    Input(Vec<u16>),
    /// To function 6: the echo.
    WroteRegister {
        /// The register.
        address: u16,
        /// Its value.
        value: u16,
    },
    /// To function 16: the echo.
    WroteRegisters {
        /// The first register.
        address: u16,
        /// How many.
        count: u16,
    },
}

/// Why a device would not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExceptionCode {
    /// 1.
    IllegalFunction,
    /// 2.
    IllegalAddress,
    /// 3.
    IllegalValue,
    /// 4.
    DeviceFailure,
    /// 6.
    Busy,
    /// 11: the gateway's target did not answer.
    GatewayTarget,
    /// Any other.
    Other(u8),
}

impl ExceptionCode {
    /// The code on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::IllegalFunction => 1,
            Self::IllegalAddress => 2,
            Self::IllegalValue => 3,
            Self::DeviceFailure => 4,
            Self::Busy => 6,
            Self::GatewayTarget => 11,
            Self::Other(code) => code,
        }
    }

    /// The exception of this code.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::IllegalFunction,
            2 => Self::IllegalAddress,
            3 => Self::IllegalValue,
            4 => Self::DeviceFailure,
            6 => Self::Busy,
            11 => Self::GatewayTarget,
            other => Self::Other(other),
        }
    }
}

/// How a request failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// No answer in time. The connection must not be used again.
    Timeout,
    /// The connection is gone.
    Disconnected(String),
    /// The device refused.
    Exception(ExceptionCode),
    /// The answer does not fit the request. The connection must not be used again.
    Mismatch(String),
}

impl Failure {
    /// Whether the line itself can still be trusted.
    #[must_use]
    pub fn leaves_line_sound(&self) -> bool {
        matches!(self, Self::Exception(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => write!(f, "no answer in time"),
            Self::Disconnected(why) => write!(f, "disconnected: {why}"),
            Self::Exception(code) => write!(f, "exception {} ({code:?})", code.code()),
            Self::Mismatch(why) => write!(f, "the answer does not fit: {why}"),
        }
    }
}

impl Request {
    /// Whether the request changes something in the device.
    #[must_use]
    pub fn is_write(&self) -> bool {
        matches!(self, Self::WriteRegister { .. } | Self::WriteRegisters { .. })
    }

    /// Checks a reply against the request: kind, length, address, echo.
    ///
    /// # Errors
    /// [`Failure::Mismatch`] with what differs.
    pub fn check(&self, reply: &Reply) -> Result<(), Failure> {
        let length = |asked: u16, got: &[u16]| {
            if got.len() == usize::from(asked) {
                Ok(())
            } else {
                Err(Failure::Mismatch(format!("{} registers for {asked} asked", got.len())))
            }
        };
        match (self, reply) {
            (Self::ReadHolding { count, .. }, Reply::Holding(words))
            | (Self::ReadInput { count, .. }, Reply::Input(words)) => length(*count, words),
            (
                Self::WriteRegister { address, value },
                Reply::WroteRegister { address: at, value: echo },
            ) if address == at && value == echo => Ok(()),
            (
                Self::WriteRegisters { address, values },
                Reply::WroteRegisters { address: at, count },
            ) if address == at && values.len() == usize::from(*count) => Ok(()),
            _ => Err(Failure::Mismatch(format!("{reply:?} to {self:?}"))),
        }
    }
}
