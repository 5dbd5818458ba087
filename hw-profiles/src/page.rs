//! A profile as a page for people: what the device is, how it is wired, what one must beware of, and
//! its register map.

use std::fmt::Write;

use crate::profile::{
    Certainty, Check, Delivered, Life, Must, Profile, SafeState, Watchdog, WatchdogKind,
};
use crate::register::{Register, Type};

/// The page of a profile, as Markdown.
#[must_use]
pub fn page(profile: &Profile) -> String {
    let mut page = String::new();
    let mut say = |line: &str| {
        page.push_str(line);
        page.push('\n');
    };
    say(&format!("# {}\n", profile.title));
    say(&format!(
        "Profile `{}`, version {}. Made from it by `greenwave profile doc`; do not edit.\n",
        profile.name, profile.version
    ));
    say("| | |\n|---|---|");
    for (name, text) in facts(profile) {
        say(&format!("| {name} | {} |", cell(&text)));
    }
    if !profile.notes.is_empty() {
        say("\nBeware:\n");
        profile.notes.iter().for_each(|note| say(&format!("* {note}")));
    }
    say("\n## Registers\n");
    say("Addresses count from 0, as in the frame.\n");
    say("| table | address | point | type | elements | value | notes |");
    say("|---|---:|---|---|---:|---|---|");
    let mut registers: Vec<&Register> = profile.registers.iter().collect();
    registers.sort_by_key(|register| (register.table, register.address));
    registers.iter().for_each(|register| say(&row(register)));
    say("\n## Readings\n");
    say("| group | each | points |\n|---|---:|---|");
    for poll in &profile.polls {
        let points: Vec<&str> = poll.points.iter().map(|point| point.name()).collect();
        say(&format!("| {} | {} s | {} |", poll.name, poll.period_s, points.join(", ")));
    }
    say("\n## Commands\n");
    if profile.commands.is_empty() {
        say("None: nothing is ever written to it.");
    } else {
        say("| command | one write of | ends |\n|---|---|---|");
        for entry in &profile.commands {
            let points: Vec<&str> = entry.points.iter().map(|point| point.name()).collect();
            let (name, points) = (entry.name.name(), points.join(", "));
            say(&format!("| {name} | {points} | {} |", life(entry.life)));
        }
    }
    page
}

fn facts(profile: &Profile) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("maker", profile.maker.clone()),
        ("certainty", certainty(profile.certainty).to_owned()),
        ("source", profile.source.clone()),
        ("wiring", profile.wiring.clone()),
    ];
    let delivered: Vec<String> = profile.delivered.iter().map(delivered).collect();
    if !delivered.is_empty() {
        facts.push(("as delivered", delivered.join("; ")));
    }
    let checks: Vec<String> = profile.identity.iter().map(check).collect();
    let known = if checks.is_empty() { profile.unidentified.clone() } else { checks.join("; ") };
    facts.push(("known by", known));
    facts.push(("watchdog", watchdog(&profile.watchdog)));
    let safe: Vec<String> = profile.fail_safe.verify.iter().map(check).collect();
    let state = match profile.fail_safe.state {
        SafeState::LocalPlan => "its own plan",
        SafeState::SafeOutputs => "outputs at their safe values",
        SafeState::Nothing => "nothing: it can be told nothing",
    };
    let verified =
        if safe.is_empty() { String::new() } else { format!(", verified: {}", safe.join("; ")) };
    facts.push(("falls back to", format!("{state}{verified}")));
    if let Some(safe_mode) = profile.safe_mode {
        let (tripped, clear) = (safe_mode.tripped.name(), safe_mode.clear.name());
        let text = format!("while {tripped} is 1 it refuses writes, until 1 is written to {clear}");
        facts.push(("after a trip", text));
    }
    let reads = profile.reads;
    let gaps = if reads.gaps { "gaps are read along" } else { "gaps are never read" };
    let (pause, words, bits) = (profile.pause_ms, reads.words_max, reads.bits_max);
    facts.push((
        "requests",
        format!("{pause} ms pause, at most {words} words or {bits} bits, {gaps}"),
    ));
    facts
}

fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Open => "an open specification: who implements it makes it true",
        Certainty::FromManual => "read in a manual; **never tried on a device**",
        Certainty::FromCode => "read in code that talks to it; **never tried on a device**",
        Certainty::Verified => "tried on a device",
    }
}

fn delivered(delivered: &Delivered) -> String {
    match delivered {
        Delivered::Tcp { port, unit } => format!("Modbus TCP, port {port}, unit {unit}"),
        Delivered::Serial { baud, parity, stop_bits, unit } => {
            format!("Modbus RTU, {baud} baud 8{parity}{stop_bits}, unit {unit}")
        }
    }
}

fn check(check: &Check) -> String {
    let name = check.point.name();
    match &check.must {
        Must::Lie { at_least, at_most } if at_least == at_most => format!("{name} is {at_least}"),
        Must::Lie { at_least, at_most } => format!("{name} within {at_least} to {at_most}"),
        Must::Contain(text) => format!("{name} contains \"{text}\""),
    }
}

fn watchdog(watchdog: &Watchdog) -> String {
    let checks: Vec<String> = watchdog.verify.iter().map(check).collect();
    let time = watchdog.timeout_s;
    let mut text = match watchdog.kind {
        WatchdogKind::None => return "none, and none needed".to_owned(),
        WatchdogKind::Lease => format!("each command carries its lease, at most {time} s"),
        WatchdogKind::AnyWrite => format!("a timer that each write starts afresh, {time} s"),
    };
    if !checks.is_empty() {
        let _ = write!(text, "; verified: {}", checks.join("; "));
    }
    if !watchdog.untold.is_empty() {
        let _ = write!(text, "; **not verified**: {}", watchdog.untold);
    }
    text
}

fn row(register: &Register) -> String {
    let end = register.end() - 1;
    let place = if u32::from(register.address) == end {
        register.address.to_string()
    } else if register.blocks > 1 {
        let length = u32::from(register.address) + u32::from(register.length()) - 1;
        format!("{}–{length}, each {}", register.address, register.every)
    } else {
        format!("{}–{end}", register.address)
    };
    let in_order = !register.table.is_bits() && !matches!(register.kind, Type::Bits | Type::Text);
    let order = if in_order { format!(" {}", register.order.name()) } else { String::new() };
    let (table, point) = (register.table.name(), register.point.name());
    let (kind, elements) = (register.kind.name(), register.elements());
    let notes = cell(&notes(register));
    format!(
        "| {table} | {place} | {point} | {kind}{order} | {elements} | {} | {notes} |",
        value(register)
    )
}

fn value(register: &Register) -> String {
    let mut text = String::new();
    let is_one = register.scale.to_bits() == 1.0_f64.to_bits();
    if !is_one {
        let inverse = 1.0 / register.scale;
        let _ = if inverse.fract() == 0.0 {
            write!(text, "raw / {inverse}")
        } else {
            write!(text, "raw × {}", register.scale)
        };
    }
    if !register.unit.is_empty() {
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{space}{}", register.unit);
    }
    if let Some((least, greatest)) = register.range {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{least} to {greatest}");
    }
    text
}

fn notes(register: &Register) -> String {
    let mut notes = Vec::new();
    if !register.invalid.is_empty() {
        let raw: Vec<String> = register.invalid.iter().map(i64::to_string).collect();
        notes.push(format!("{} is \"not known\"", raw.join(", ")));
    }
    if register.valid_s > 0.0 {
        notes.push(format!("valid for {} s", register.valid_s));
    }
    let meanings = register.meanings.iter().map(|(raw, text)| format!("{raw} {text}"));
    notes.extend(meanings);
    if !register.side_effect.is_empty() {
        notes.push(format!("**reading changes it: {}**", register.side_effect));
    }
    if !register.unverified.is_empty() {
        notes.push(format!("unverified: {}", register.unverified));
    }
    notes.join("; ")
}

fn life(life: Life) -> String {
    match life {
        Life::Lease(point) => format!("with the lease in {}", point.name()),
        Life::Watchdog => "with the device's watchdog".to_owned(),
        Life::Pulse(0.0) => "at once".to_owned(),
        Life::Pulse(seconds) => format!("after {seconds} s"),
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
