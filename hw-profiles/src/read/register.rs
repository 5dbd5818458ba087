//! Reads one register, and holds all of them against each other.

use document::{Item, Table};

use super::all;
use crate::point::Point;
use crate::profile::Profile;
use crate::register::{self, Order, Register, Type};

/// The most words and bits that one request can read; an element must not straddle two.
const READ_WORDS_MAX: u16 = 125;
const READ_BITS_MAX: u16 = 2_000;
/// More blocks of one kind than any device has lanes, drives, meters, or passages in a ring.
const BLOCKS_MAX: i64 = 1_024;

/// A value that lasts longer without being read again is a setting.
const VALID_MAX_S: f64 = 86_400.0;

pub(super) fn read(table: &Table<'_>) -> Option<Register> {
    let point = table.choice("point", Point::ALL, None);
    let place = table.choice("table", register::Table::ALL, None);
    let address = table.integer("address", 0..=65_535);
    let kind = table.choice("type", Type::ALL, None);
    let of_bits = place.is_some_and(register::Table::is_bits);
    // A table of bits has no order: the key is not known there.
    let order = if of_bits { Some(Order::Ab) } else { table.choice("order", Order::ALL, None) };
    let count = table.integer_or("count", 1..=i64::from(READ_BITS_MAX), 1);
    let blocks = table.integer_or("blocks", 1..=BLOCKS_MAX, 1);
    // Where nothing repeats the key is not known.
    let repeats = table.has("blocks");
    let every = if repeats { table.integer("every", 1..=65_535) } else { Some(0) };
    let scale = table.number_or("scale", f64::MIN_POSITIVE..=1e9, 1.0);
    let unit = table.text_if("unit").unwrap_or_default();
    let invalid =
        all(table.items("invalid").iter().map(|item: &Item<'_>| item.integer(i64::MIN..=i64::MAX)));
    let range = if table.has("range") { range(table).map(Some) } else { Some(None) };
    let valid_s = table.number_or("valid_s", 0.0..=VALID_MAX_S, 0.0);
    let side_effect = table.text_if("side_effect").unwrap_or_default();
    let meanings = all(table.items("meanings").iter().map(meaning));
    let unverified = table.text_if("unverified").unwrap_or_default();
    let register = Register {
        point: point?,
        table: place?,
        address: u16::try_from(address?).ok()?,
        kind: kind?,
        order: order?,
        count: u16::try_from(count?).ok()?,
        blocks: u16::try_from(blocks?).ok()?,
        every: u16::try_from(every?).ok()?,
        scale: scale?,
        unit,
        invalid: invalid?,
        range: range?,
        valid_s: valid_s?,
        side_effect,
        meanings: meanings?,
        unverified,
    };
    sound(table, &register, of_bits);
    Some(register)
}

/// `[least, greatest]`.
fn range(table: &Table<'_>) -> Option<(f64, f64)> {
    let items = table.items("range");
    let [least, greatest] = items.as_slice() else {
        table.say("range", "it is [least, greatest]");
        return None;
    };
    let any = f64::MIN..=f64::MAX;
    let (least, greatest) = (least.number(any.clone())?, greatest.number(any)?);
    if least >= greatest {
        table.say("range", "nothing, or one value alone, lies in it");
    }
    Some((least, greatest))
}

/// `[raw value, "what it means"]`.
fn meaning(item: &Item<'_>) -> Option<(i64, String)> {
    let pair = item.items();
    let [raw, text] = pair.as_slice() else {
        item.say("it is [raw value, \"what it means\"]");
        return None;
    };
    Some((raw.integer(i64::MIN..=i64::MAX)?, text.text()?))
}

/// What no single key of a register shows.
fn sound(table: &Table<'_>, register: &Register, of_bits: bool) {
    if of_bits && register.kind != Type::Bits {
        table.say("type", "a table of bits holds bits only");
    } else if register.order.words() != register.kind.words() {
        let words = register.kind.words();
        table.say("order", format!("its type has {words} word, the order is for another number"));
    }
    if register.blocks > 1 && register.every < register.length() {
        table.say("every", "a block begins before the one before it ends");
    }
    if u32::from(register.count) * u32::from(register.blocks) > u32::from(u16::MAX) {
        table.say("blocks", "there are more elements than can be numbered");
    }
    if register.end() > 65_536 {
        table.say("address", "its end lies behind the end of the table");
    }
    let plain = matches!(register.kind, Type::Bits | Type::Text);
    if plain && (register.range.is_some() || !register.invalid.is_empty()) {
        table.say("range", "bits and text are no numbers: no value is out of range or not known");
    }
}

/// No point twice, no two registers over each other, none too long to be read at once.
pub(super) fn apart(root: &Table<'_>, profile: &Profile) {
    let registers = &profile.registers;
    for (index, register) in registers.iter().enumerate() {
        let name = register.point.name();
        for other in &registers[..index] {
            let apart = other.table != register.table || !overlap(register, other);
            if other.point == register.point {
                root.say("register", format!("{name} is given twice"));
            } else if !apart {
                root.say("register", format!("{name} overlaps {}", other.point.name()));
            }
        }
        let (most, of) = if register.table.is_bits() {
            (READ_BITS_MAX, "bits")
        } else {
            (READ_WORDS_MAX, "words")
        };
        if register.length() > most {
            root.say("register", format!("{name} has more than {most} {of}"));
        }
    }
}

/// Whether any block of one lies over a block of the other. Blocks come in the order of their addresses, so
/// that one of the two may always be left behind.
fn overlap(one: &Register, other: &Register) -> bool {
    let (mut ones, mut others) = (one.spans().peekable(), other.spans().peekable());
    while let (Some(&(begin, end)), Some(&(from, to))) = (ones.peek(), others.peek()) {
        if begin < to && from < end {
            return true;
        }
        if end <= from {
            ones.next();
        } else {
            others.next();
        }
    }
    false
}
