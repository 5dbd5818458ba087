//! Function and data, which are the same on every kind of line.

use crate::message::{
    ExceptionCode, Failure, READ_BITS_MAX, READ_REGISTERS_MAX, Reply, Request, WRITE_BITS_MAX,
    WRITE_REGISTERS_MAX,
};

/// How a coil that is on is written.
const ON: u16 = 0xff00;

/// A request as it is sent: its function, and its data.
#[must_use]
pub fn request(request: &Request) -> Vec<u8> {
    let mut pdu = vec![request.function()];
    let mut words = |first: u16, second: u16| {
        pdu.extend(first.to_be_bytes());
        pdu.extend(second.to_be_bytes());
    };
    match request {
        Request::ReadCoils { address, count }
        | Request::ReadDiscrete { address, count }
        | Request::ReadHolding { address, count }
        | Request::ReadInput { address, count } => words(*address, *count),
        Request::WriteCoil { address, value } => words(*address, if *value { ON } else { 0 }),
        Request::WriteRegister { address, value } => words(*address, *value),
        Request::WriteCoils { address, values } => {
            words(*address, u16::try_from(values.len()).unwrap_or(u16::MAX));
            counted(&mut pdu, pack(values));
        }
        Request::WriteRegisters { address, values } => {
            words(*address, u16::try_from(values.len()).unwrap_or(u16::MAX));
            counted(&mut pdu, bytes(values));
        }
    }
    pdu
}

/// What answers a function: the function, and the data, or the exception.
#[must_use]
pub fn answer(function: u8, answer: &Result<Reply, ExceptionCode>) -> Vec<u8> {
    let reply = match answer {
        Err(exception) => return vec![function | 0x80, exception.code()],
        Ok(reply) => reply,
    };
    let mut pdu = vec![function];
    let mut words = |first: u16, second: u16| {
        pdu.extend(first.to_be_bytes());
        pdu.extend(second.to_be_bytes());
    };
    match reply {
        Reply::Coils(bits) | Reply::Discrete(bits) => counted(&mut pdu, pack(bits)),
        Reply::Holding(registers) | Reply::Input(registers) => counted(&mut pdu, bytes(registers)),
        Reply::WroteCoil { address, value } => words(*address, if *value { ON } else { 0 }),
        Reply::WroteRegister { address, value: second }
        | Reply::WroteCoils { address, count: second }
        | Reply::WroteRegisters { address, count: second } => words(*address, *second),
    }
    pdu
}

/// The request of a function and its data, or the exception that answers it.
pub(super) fn parse(function: u8, data: &[u8]) -> Result<Request, ExceptionCode> {
    let word = |at: usize| {
        let pair = data.get(at..at + 2).ok_or(ExceptionCode::IllegalValue)?;
        Ok(u16::from_be_bytes([pair[0], pair[1]]))
    };
    let exactly = |length: usize| {
        if data.len() == length { Ok(()) } else { Err(ExceptionCode::IllegalValue) }
    };
    let read = |most: u16| {
        exactly(4)?;
        let (address, count) = (word(0)?, word(2)?);
        let sound = (1..=most).contains(&count);
        if sound { Ok((address, count)) } else { Err(ExceptionCode::IllegalValue) }
    };
    // Address and count, and the bytes that must be as many as they say and as the count needs.
    let written = |most: usize, needs: &dyn Fn(usize) -> usize| {
        let (address, count) = (word(0)?, usize::from(word(2)?));
        let said = usize::from(*data.get(4).ok_or(ExceptionCode::IllegalValue)?);
        if count == 0 || count > most || said != needs(count) {
            return Err(ExceptionCode::IllegalValue);
        }
        exactly(5 + said)?;
        Ok((address, count, &data[5..]))
    };
    Ok(match function {
        1 => read(READ_BITS_MAX).map(|(address, count)| Request::ReadCoils { address, count })?,
        2 => {
            read(READ_BITS_MAX).map(|(address, count)| Request::ReadDiscrete { address, count })?
        }
        3 => read(READ_REGISTERS_MAX)
            .map(|(address, count)| Request::ReadHolding { address, count })?,
        4 => read(READ_REGISTERS_MAX)
            .map(|(address, count)| Request::ReadInput { address, count })?,
        5 => {
            exactly(4)?;
            let value = match word(2)? {
                ON => true,
                0 => false,
                _ => return Err(ExceptionCode::IllegalValue),
            };
            Request::WriteCoil { address: word(0)?, value }
        }
        6 => {
            exactly(4)?;
            Request::WriteRegister { address: word(0)?, value: word(2)? }
        }
        15 => {
            let (address, count, bytes) = written(WRITE_BITS_MAX, &|count| count.div_ceil(8))?;
            let values = (0..count).map(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect();
            Request::WriteCoils { address, values }
        }
        16 => {
            let (address, _, bytes) = written(WRITE_REGISTERS_MAX, &|count| count * 2)?;
            let values = bytes.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect();
            Request::WriteRegisters { address, values }
        }
        _ => return Err(ExceptionCode::IllegalFunction),
    })
}

/// The reply that an answering PDU is, held against its request.
///
/// # Errors
/// The exception that it is, or what does not fit.
pub(super) fn reply(request: &Request, pdu: &[u8]) -> Result<Reply, Failure> {
    let misfit = |what: String| Err(Failure::Mismatch(what));
    let (function, data) = match pdu {
        [function, data @ ..] => (*function, data),
        [] => return misfit("nothing but a unit".to_owned()),
    };
    if function == request.function() | 0x80 {
        return match data {
            [code] => Err(Failure::Exception(ExceptionCode::from_code(*code))),
            _ => misfit(format!("an exception of {} bytes", data.len())),
        };
    }
    if function != request.function() {
        return misfit(format!("function {function} for {}", request.function()));
    }
    let reply = if function <= 4 {
        let Some((&said, bytes)) = data.split_first() else {
            return misfit("an answer without its length".to_owned());
        };
        if usize::from(said) != bytes.len() {
            return misfit(format!("{} bytes for {said} that it says", bytes.len()));
        }
        read_reply(request, bytes)?
    } else {
        let [a, b, c, d] = data else {
            return misfit(format!("an echo of {} bytes", data.len()));
        };
        let (address, second) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
        match request {
            Request::WriteCoil { .. } if second == ON || second == 0 => {
                Reply::WroteCoil { address, value: second == ON }
            }
            Request::WriteRegister { .. } => Reply::WroteRegister { address, value: second },
            Request::WriteCoils { .. } => Reply::WroteCoils { address, count: second },
            Request::WriteRegisters { .. } => Reply::WroteRegisters { address, count: second },
            _ => return misfit(format!("an echo of {second:#06x}")),
        }
    };
    request.check(&reply)?;
    Ok(reply)
}

fn read_reply(request: &Request, bytes: &[u8]) -> Result<Reply, Failure> {
    let misfit = |bytes: usize| Failure::Mismatch(format!("{bytes} bytes of values"));
    let bits = |count: u16| {
        let fits = bytes.len() == usize::from(count).div_ceil(8);
        let bit = |at: usize| bytes[at / 8] >> (at % 8) & 1 == 1;
        let all = || (0..usize::from(count)).map(bit).collect();
        if fits { Ok(all()) } else { Err(misfit(bytes.len())) }
    };
    let words = || {
        let pairs = bytes.chunks_exact(2);
        let whole = pairs.remainder().is_empty();
        let all = pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        if whole { Ok(all) } else { Err(misfit(bytes.len())) }
    };
    Ok(match request {
        Request::ReadCoils { count, .. } => Reply::Coils(bits(*count)?),
        Request::ReadDiscrete { count, .. } => Reply::Discrete(bits(*count)?),
        Request::ReadHolding { .. } => Reply::Holding(words()?),
        _ => Reply::Input(words()?),
    })
}

/// The length of the PDU that answers a request, where it is no exception.
#[must_use]
pub fn reply_length(request: &Request) -> usize {
    match request {
        Request::ReadCoils { count, .. } | Request::ReadDiscrete { count, .. } => {
            2 + usize::from(*count).div_ceil(8)
        }
        Request::ReadHolding { count, .. } | Request::ReadInput { count, .. } => {
            2 + 2 * usize::from(*count)
        }
        _ => 5,
    }
}

/// The length of the data of a request of this function that begins with these bytes; none where it
/// cannot be told, or not yet.
pub(super) fn data_length(function: u8, data: &[u8]) -> Option<usize> {
    match function {
        1..=6 => Some(4),
        15 | 16 => data.get(4).map(|&said| 5 + usize::from(said)),
        _ => None,
    }
}

fn counted(pdu: &mut Vec<u8>, bytes: Vec<u8>) {
    pdu.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
    pdu.extend(bytes);
}

fn bytes(registers: &[u16]) -> Vec<u8> {
    registers.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Bits in bytes, the first in the lowest place; what is left over is zero.
fn pack(bits: &[bool]) -> Vec<u8> {
    let byte =
        |eight: &[bool]| eight.iter().rev().fold(0_u8, |byte, &bit| byte << 1 | u8::from(bit));
    bits.chunks(8).map(byte).collect()
}
