//! Reads how a device is asked, reached and brought back, and holds that against the register map.

use document::Table;

use super::all;
use crate::point::Point;
use crate::profile::{Delivered, Must, Profile, Reads, SafeMode, WatchdogKind};
use crate::register::Type;

/// The longest pause between two requests.
const PAUSE_MAX_MS: i64 = 10_000;
/// The most words and bits that one request can read (Modbus Application Protocol V1.1b3).
const WORDS_MAX: u16 = 125;
const BITS_MAX: u16 = 2_000;
/// The last unit that there is on a line; 0 is everybody.
const UNIT_MAX: i64 = 247;
/// The fastest serial line.
const BAUD_MAX: i64 = 1_000_000;

const PARITIES: &[(&str, char)] = &[("none", 'N'), ("even", 'E'), ("odd", 'O')];

/// The pause, and what one request may read.
pub(super) fn pacing(root: &Table<'_>) -> Option<(u32, Reads)> {
    let usual = Reads { words_max: WORDS_MAX, bits_max: BITS_MAX, gaps: true };
    let Some(table) = root.table_if("pacing") else {
        return Some((0, usual));
    };
    let pause = table.integer_or("pause_ms", 0..=PAUSE_MAX_MS, 0);
    let words = table.integer_or("words_max", 1..=WORDS_MAX.into(), WORDS_MAX.into());
    let bits = table.integer_or("bits_max", 1..=BITS_MAX.into(), BITS_MAX.into());
    let gaps = table.flag_or("gaps", true);
    let reads = Reads {
        words_max: u16::try_from(words?).ok()?,
        bits_max: u16::try_from(bits?).ok()?,
        gaps: gaps?,
    };
    Some((u32::try_from(pause?).ok()?, reads))
}

/// `[safe_mode]`, where there is one.
pub(super) fn safe_mode(root: &Table<'_>) -> Option<Option<SafeMode>> {
    let Some(table) = root.table_if("safe_mode") else {
        return Some(None);
    };
    let tripped = table.choice("tripped", Point::ALL, None);
    let clear = table.choice("clear", Point::ALL, None);
    Some(Some(SafeMode { tripped: tripped?, clear: clear? }))
}

/// `[[delivered]]`: `tcp` or `baud`, `parity` and `stop_bits`.
pub(super) fn delivered(root: &Table<'_>) -> Option<Vec<Delivered>> {
    all(root.tables("delivered").iter().map(|table| {
        let unit = table.integer_or("unit", 1..=UNIT_MAX, 1);
        if table.has("tcp") {
            let port = table.integer("tcp", 1..=65_535);
            let port = u16::try_from(port?).ok()?;
            return Some(Delivered::Tcp { port, unit: u8::try_from(unit?).ok()? });
        }
        let baud = table.integer("baud", 300..=BAUD_MAX);
        let parity = table.choice("parity", PARITIES, None);
        let stop_bits = table.integer_or("stop_bits", 1..=2, 1);
        Some(Delivered::Serial {
            baud: u32::try_from(baud?).ok()?,
            parity: parity?,
            stop_bits: u8::try_from(stop_bits?).ok()?,
            unit: u8::try_from(unit?).ok()?,
        })
    }))
}

/// What no single entry shows.
pub(super) fn whole(root: &Table<'_>, profile: &Profile) {
    if let Some(SafeMode { tripped, clear }) = profile.safe_mode {
        if profile.register(tripped).is_none() {
            root.say("safe_mode", format!("{} has no register", tripped.name()));
        }
        let writable = profile.register(clear).is_some_and(|r| r.table.is_writable());
        if !writable {
            root.say("safe_mode", format!("{} cannot be written", clear.name()));
        }
    }
    let checks = profile.identity.iter().chain(profile.guards());
    for check in checks {
        let Some(register) = profile.register(check.point) else {
            continue;
        };
        let of_text = matches!(check.must, Must::Contain(_));
        if of_text != (register.kind == Type::Text) {
            let name = check.point.name();
            root.say("identity", format!("{name}: a text contains something, a number is one"));
        }
    }
    let waits = profile.watchdog.kind == WatchdogKind::AnyWrite;
    if waits && profile.watchdog.verify.is_empty() == profile.watchdog.untold.is_empty() {
        let what = "a timer that may be off: say in verify what shows that it is on, or in untold \
                    why no register does";
        root.say("watchdog", what);
    }
    read_alone(root, profile);
}

/// What a reading changes is asked for in one place, and what is read stays within a request.
fn read_alone(root: &Table<'_>, profile: &Profile) {
    for register in &profile.registers {
        let name = register.point.name();
        let polls = profile.polls.iter().filter(|poll| poll.points.contains(&register.point));
        if !register.side_effect.is_empty() && polls.count() > 1 {
            root.say("poll", format!("{name} changes by being read, and is in two groups"));
        }
        let Reads { words_max, bits_max, .. } = profile.reads;
        let most = if register.table.is_bits() { bits_max } else { words_max };
        if register.length() > most {
            root.say("pacing", format!("{name} is longer than the {most} that a request may read"));
        }
    }
}
