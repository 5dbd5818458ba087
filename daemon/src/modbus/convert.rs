//! Requests and answers between `field` and the library.

use std::borrow::Cow;

use field::{ExceptionCode, Failure, Reply, Request};
use tokio_modbus::prelude as library;

/// A request in the library's words.
pub(super) fn request(request: &Request) -> library::Request<'_> {
    match request {
        Request::ReadHolding { address, count } => {
            library::Request::ReadHoldingRegisters(*address, *count)
        }
        Request::ReadInput { address, count } => {
            library::Request::ReadInputRegisters(*address, *count)
        }
        Request::WriteRegister { address, value } => {
            library::Request::WriteSingleRegister(*address, *value)
        }
        Request::WriteRegisters { address, values } => {
            library::Request::WriteMultipleRegisters(*address, Cow::Borrowed(values))
        }
    }
}

/// What the library brought, checked against the request: kind, length, address, echo.
pub(super) fn answer(
    answer: tokio_modbus::Result<library::Response>,
    request: &Request,
) -> Result<Reply, Failure> {
    let response = match answer {
        Ok(Ok(response)) => response,
        Ok(Err(code)) => return Err(Failure::Exception(ExceptionCode::from_code(code.into()))),
        Err(tokio_modbus::Error::Protocol(error)) => {
            return Err(Failure::Mismatch(error.to_string()));
        }
        Err(tokio_modbus::Error::Transport(error)) => {
            // The codec reports bytes that are no frame as invalid data or input.
            return Err(match error.kind() {
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
                    Failure::Mismatch(error.to_string())
                }
                _ => Failure::Disconnected(error.to_string()),
            });
        }
    };
    let reply = match response {
        library::Response::ReadHoldingRegisters(words) => Reply::Holding(words),
        library::Response::ReadInputRegisters(words) => Reply::Input(words),
        library::Response::WriteSingleRegister(address, value) => {
            Reply::WroteRegister { address, value }
        }
        library::Response::WriteMultipleRegisters(address, count) => {
            Reply::WroteRegisters { address, count }
        }
        other => return Err(Failure::Mismatch(format!("{other:?} was not asked for"))),
    };
    request.check(&reply)?;
    Ok(reply)
}
