//! Requests and answers between `field` and the library.

use std::borrow::Cow;

use field::{ExceptionCode, Failure, Reply, Request};
use tokio_modbus::prelude as library;

/// A request in the library's words.
pub(super) fn request(request: &Request) -> library::Request<'_> {
    match request {
        Request::ReadCoils { address, count } => library::Request::ReadCoils(*address, *count),
        Request::ReadDiscrete { address, count } => {
            library::Request::ReadDiscreteInputs(*address, *count)
        }
        Request::ReadHolding { address, count } => {
            library::Request::ReadHoldingRegisters(*address, *count)
        }
        Request::ReadInput { address, count } => {
            library::Request::ReadInputRegisters(*address, *count)
        }
        Request::WriteCoil { address, value } => {
            library::Request::WriteSingleCoil(*address, *value)
        }
        Request::WriteCoils { address, values } => {
            library::Request::WriteMultipleCoils(*address, Cow::Borrowed(values))
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
        library::Response::ReadCoils(bits) => Reply::Coils(asked_for(bits, request)?),
        library::Response::ReadDiscreteInputs(bits) => Reply::Discrete(asked_for(bits, request)?),
        library::Response::WriteSingleCoil(address, value) => Reply::WroteCoil { address, value },
        library::Response::WriteMultipleCoils(address, count) => {
            Reply::WroteCoils { address, count }
        }
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

/// The library does not know how many bits were asked for and hands on whole bytes: as many as were
/// needed must have come, and what fills the last one is left out.
fn asked_for(mut bits: Vec<bool>, request: &Request) -> Result<Vec<bool>, Failure> {
    let (Request::ReadCoils { count, .. } | Request::ReadDiscrete { count, .. }) = request else {
        return Err(Failure::Mismatch(format!("bits were not asked for by {request:?}")));
    };
    let count = usize::from(*count);
    if bits.len() != count.next_multiple_of(8) {
        let bytes = bits.len() / 8;
        return Err(Failure::Mismatch(format!("{bytes} bytes of bits for {count} bits asked")));
    }
    bits.truncate(count);
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use tokio_modbus::{ExceptionCode as Code, ProtocolError};

    use super::*;

    fn convert(request: &Request, response: library::Response) -> Result<Reply, Failure> {
        answer(Ok(Ok(response)), request)
    }

    #[test]
    fn bits_are_cut_to_what_was_asked_for_and_must_be_as_many_bytes_as_that_needs() {
        for (count, bytes, fits) in [
            (1, 1, true),
            (8, 1, true),
            (9, 2, true),
            (9, 1, false),
            (8, 2, false),
            (2_000, 250, true),
        ] {
            let bits: Vec<bool> = (0..8 * bytes).map(|bit| bit % 3 == 0).collect();
            for (request, response) in [
                (
                    Request::ReadCoils { address: 3, count },
                    library::Response::ReadCoils(bits.clone()),
                ),
                (
                    Request::ReadDiscrete { address: 3, count },
                    library::Response::ReadDiscreteInputs(bits.clone()),
                ),
            ] {
                match convert(&request, response) {
                    Ok(Reply::Coils(got) | Reply::Discrete(got)) => {
                        assert!(fits && got[..] == bits[..usize::from(count)], "{request:?}");
                    }
                    Err(Failure::Mismatch(_)) => assert!(!fits, "{request:?}"),
                    other => panic!("{request:?}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn an_echo_that_differs_and_an_answer_of_another_kind_do_not_fit() {
        use library::Response as R;
        let coil = Request::WriteCoil { address: 1, value: true };
        let coils = Request::WriteCoils { address: 1, values: vec![true; 3] };
        let register = Request::WriteRegister { address: 1, value: 5 };
        let registers = Request::WriteRegisters { address: 1, values: vec![5; 3] };
        let holding = Request::ReadHolding { address: 1, count: 2 };
        for (request, response, fits) in [
            (&coil, R::WriteSingleCoil(1, true), true),
            (&coil, R::WriteSingleCoil(1, false), false),
            (&coil, R::WriteSingleCoil(2, true), false),
            (&coils, R::WriteMultipleCoils(1, 3), true),
            (&coils, R::WriteMultipleCoils(1, 2), false),
            (&register, R::WriteSingleRegister(1, 5), true),
            (&register, R::WriteSingleRegister(1, 6), false),
            (&registers, R::WriteMultipleRegisters(1, 3), true),
            (&registers, R::WriteMultipleRegisters(0, 3), false),
            (&holding, R::ReadHoldingRegisters(vec![1, 2]), true),
            (&holding, R::ReadHoldingRegisters(vec![1]), false),
            (&holding, R::ReadHoldingRegisters(vec![1, 2, 3]), false),
            (&holding, R::ReadInputRegisters(vec![1, 2]), false),
            (&holding, R::ReadCoils(vec![true; 8]), false),
        ] {
            let text = format!("{request:?}: {response:?}");
            assert_eq!(convert(request, response).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn each_way_to_fail_is_told_apart() {
        use std::io::{Error, ErrorKind};
        let request = Request::ReadHolding { address: 1, count: 2 };
        let refused = answer(Ok(Err(Code::ServerDeviceBusy)), &request);
        assert_eq!(refused, Err(Failure::Exception(ExceptionCode::Busy)));
        for (kind, expected) in [
            (ErrorKind::InvalidData, "mismatch"),
            (ErrorKind::InvalidInput, "mismatch"),
            (ErrorKind::BrokenPipe, "gone"),
            (ErrorKind::ConnectionReset, "gone"),
            (ErrorKind::UnexpectedEof, "gone"),
        ] {
            let failure = answer(Err(Error::from(kind).into()), &request).expect_err("failed");
            let found = match failure {
                Failure::Mismatch(_) => "mismatch",
                Failure::Disconnected(_) => "gone",
                _ => "else",
            };
            assert_eq!(found, expected, "{kind:?}");
        }
        let result = Ok(library::Response::ReadHoldingRegisters(vec![1, 2]));
        let error = ProtocolError::HeaderMismatch { message: "unit".to_owned(), result };
        let failure = answer(Err(tokio_modbus::Error::Protocol(error)), &request);
        assert!(matches!(failure, Err(Failure::Mismatch(_))), "{failure:?}");
    }
}
