//! What an element of a register says.

use hw_profiles::{Point, Register, Type};

use crate::words::{self, Raw};

/// What an element of a register says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// A number in the register's unit.
    Number(f64),
    /// The device says that it does not know.
    Invalid,
}

impl Value {
    /// The value as a whole number that is not negative.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn whole(self) -> Option<u64> {
        match self {
            Self::Number(number) if number >= 0.0 && number.fract() == 0.0 => Some(number as u64),
            _ => None,
        }
    }

    /// The value as a number.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Invalid => None,
        }
    }
}

/// One element of a point, as it was read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PointValue {
    /// What it means.
    pub point: Point,
    /// Which element, from 0.
    pub index: u16,
    /// What it says.
    pub value: Value,
}

/// The elements of a block in a table of words; `first` is the number of its first.
#[allow(clippy::cast_precision_loss)]
pub(super) fn of_words(
    register: &Register,
    first: u16,
    words: &[u16],
    values: &mut Vec<PointValue>,
) {
    let point = register.point;
    if register.kind == Type::Bits {
        for index in 0..register.count {
            let word = words[usize::from(index / 16)];
            let word = if register.order.bytes_swapped() { word.swap_bytes() } else { word };
            let bit = f64::from(word >> (index % 16) & 1);
            values.push(PointValue { point, index: first + index, value: Value::Number(bit) });
        }
        return;
    }
    let width = usize::from(register.kind.words());
    for (index, element) in (first..).zip(words.chunks_exact(width)) {
        let value = match words::raw(register, element) {
            Raw::Integer(raw) if register.invalid.iter().any(|&v| i128::from(v) == raw) => {
                Value::Invalid
            }
            Raw::Integer(raw) => within(register, raw as f64 * register.scale),
            Raw::Real(real) if real.is_finite() => {
                within(register, f64::from(real) * register.scale)
            }
            Raw::Real(_) => Value::Invalid,
        };
        values.push(PointValue { point, index, value });
    }
}

/// A number that the device can mean. One beyond what it can measure is a fault of the line, of the
/// profile or of the device: not known, whichever it is.
fn within(register: &Register, number: f64) -> Value {
    let fits = |(least, greatest): (f64, f64)| number >= least && number <= greatest;
    if register.range.is_none_or(fits) { Value::Number(number) } else { Value::Invalid }
}

/// The elements of a block in a table of bits; `first` is the number of its first.
pub(super) fn of_bits(
    register: &Register,
    first: u16,
    bits: &[bool],
    values: &mut Vec<PointValue>,
) {
    let point = register.point;
    for (index, &bit) in (first..).zip(bits) {
        values.push(PointValue { point, index, value: Value::Number(f64::from(u8::from(bit))) });
    }
}
