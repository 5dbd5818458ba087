//! Raw values in words, in each type and order, both ways.

use hw_profiles::{Order, Register, Type};

/// A raw value, before scale and unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Raw {
    Integer(i128),
    Real(f32),
}

/// The raw value of `words`, which are exactly one element of `register`.
pub(crate) fn raw(register: &Register, words: &[u16]) -> Raw {
    let bits = gather(register.order, words);
    match register.kind {
        Type::U16 | Type::U32 | Type::U64 | Type::Bits | Type::Text => {
            Raw::Integer(i128::from(bits))
        }
        Type::I16 => Raw::Integer(i128::from(u16::try_from(bits).unwrap_or(0).cast_signed())),
        Type::I32 => Raw::Integer(i128::from(u32::try_from(bits).unwrap_or(0).cast_signed())),
        Type::F32 => Raw::Real(f32::from_bits(u32::try_from(bits).unwrap_or(0))),
    }
}

/// The words of a raw value; none where it does not fit the type.
pub(crate) fn words(register: &Register, raw: Raw) -> Option<Vec<u16>> {
    let bits = match (register.kind, raw) {
        (Type::F32, Raw::Real(real)) => u64::from(real.to_bits()),
        (Type::U16 | Type::Bits | Type::Text, Raw::Integer(v)) => u64::from(u16::try_from(v).ok()?),
        (Type::I16, Raw::Integer(v)) => u64::from(i16::try_from(v).ok()?.cast_unsigned()),
        (Type::U32, Raw::Integer(v)) => u64::from(u32::try_from(v).ok()?),
        (Type::I32, Raw::Integer(v)) => u64::from(i32::try_from(v).ok()?.cast_unsigned()),
        (Type::U64, Raw::Integer(v)) => u64::try_from(v).ok()?,
        _ => return None,
    };
    Some(scatter(register.order, bits))
}

fn gather(order: Order, words: &[u16]) -> u64 {
    let swap = |word: u16| {
        if order.bytes_swapped() { word.swap_bytes() } else { word }
    };
    let join = |bits: u64, word: &u16| bits << 16 | u64::from(swap(*word));
    if order.low_word_first() {
        words.iter().rev().fold(0, join)
    } else {
        words.iter().fold(0, join)
    }
}

fn scatter(order: Order, bits: u64) -> Vec<u16> {
    let swap = |word: u16| {
        if order.bytes_swapped() { word.swap_bytes() } else { word }
    };
    let low_first = (0..order.words()).map(|place| {
        let word = bits >> (16 * place) & 0xffff;
        swap(u16::try_from(word).unwrap_or(0))
    });
    if order.low_word_first() { low_first.collect() } else { low_first.rev().collect() }
}
