//! How a request can fail: the device refuses, or the line does.

use std::fmt;

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

impl std::error::Error for Failure {}
