//! The Modbus request and its reply.

mod failure;

pub use failure::{ExceptionCode, Failure};

/// The most registers one request can read (Modbus Application Protocol V1.1b3, unverified).
pub const READ_REGISTERS_MAX: u16 = 125;
/// The most registers one request can write (the same).
pub const WRITE_REGISTERS_MAX: usize = 123;
/// The most coils or discrete inputs one request can read (the same).
pub const READ_BITS_MAX: u16 = 2_000;
/// The most coils one request can write (the same).
pub const WRITE_BITS_MAX: usize = 1_968;

/// A request; addresses count from 0 as on the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Function 1.
    ReadCoils {
        /// The first coil.
        address: u16,
        /// How many, 1 to 2000.
        count: u16,
    },
    /// Function 2.
    ReadDiscrete {
        /// The first discrete input.
        address: u16,
        /// How many, 1 to 2000.
        count: u16,
    },
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
    /// Function 5.
    WriteCoil {
        /// The coil.
        address: u16,
        /// Its value.
        value: bool,
    },
    /// Function 6.
    WriteRegister {
        /// The register.
        address: u16,
        /// Its value.
        value: u16,
    },
    /// Function 15.
    WriteCoils {
        /// The first coil.
        address: u16,
        /// The values, 1 to 1968.
        values: Vec<bool>,
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
    /// To function 1: as many as were asked for.
    Coils(Vec<bool>),
    /// To function 2: as many as were asked for.
    Discrete(Vec<bool>),
    /// To function 3.
    Holding(Vec<u16>),
    /// To function 4.
    Input(Vec<u16>),
    /// To function 5: the echo.
    WroteCoil {
        /// The coil.
        address: u16,
        /// Its value.
        value: bool,
    },
    /// To function 6: the echo.
    WroteRegister {
        /// The register.
        address: u16,
        /// Its value.
        value: u16,
    },
    /// To function 15: the echo.
    WroteCoils {
        /// The first coil.
        address: u16,
        /// How many.
        count: u16,
    },
    /// To function 16: the echo.
    WroteRegisters {
        /// The first register.
        address: u16,
        /// How many.
        count: u16,
    },
}

impl Request {
    /// The function's number.
    #[must_use]
    pub fn function(&self) -> u8 {
        match self {
            Self::ReadCoils { .. } => 1,
            Self::ReadDiscrete { .. } => 2,
            Self::ReadHolding { .. } => 3,
            Self::ReadInput { .. } => 4,
            Self::WriteCoil { .. } => 5,
            Self::WriteRegister { .. } => 6,
            Self::WriteCoils { .. } => 15,
            Self::WriteRegisters { .. } => 16,
        }
    }

    /// Whether the request changes something in the device.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.function() > 4
    }

    /// Checks a reply against the request: kind, length, address, echo.
    ///
    /// # Errors
    /// [`Failure::Mismatch`] with what differs.
    pub fn check(&self, reply: &Reply) -> Result<(), Failure> {
        let length = |asked: u16, got: usize| {
            if got == usize::from(asked) {
                Ok(())
            } else {
                Err(Failure::Mismatch(format!("{got} values for {asked} asked")))
            }
        };
        let fits = match (self, reply) {
            (Self::ReadCoils { count, .. }, Reply::Coils(bits))
            | (Self::ReadDiscrete { count, .. }, Reply::Discrete(bits)) => {
                return length(*count, bits.len());
            }
            (Self::ReadHolding { count, .. }, Reply::Holding(words))
            | (Self::ReadInput { count, .. }, Reply::Input(words)) => {
                return length(*count, words.len());
            }
            (Self::WriteCoil { address, value }, Reply::WroteCoil { address: at, value: echo }) => {
                address == at && value == echo
            }
            (
                Self::WriteRegister { address, value },
                Reply::WroteRegister { address: at, value: echo },
            ) => address == at && value == echo,
            (Self::WriteCoils { address, values }, Reply::WroteCoils { address: at, count }) => {
                address == at && values.len() == usize::from(*count)
            }
            (
                Self::WriteRegisters { address, values },
                Reply::WroteRegisters { address: at, count },
            ) => address == at && values.len() == usize::from(*count),
            _ => false,
        };
        if fits { Ok(()) } else { Err(Failure::Mismatch(format!("{reply:?} to {self:?}"))) }
    }
}
