//! Reads what a device can be told, and holds it against the register map.

use document::Table;

use super::points;
use crate::point::Point;
use crate::profile::{CommandEntry, CommandName, Life, Profile, SafeState, WatchdogKind};

/// A pulse that lasts longer is a level.
const PULSE_MAX_S: f64 = 10.0;

pub(super) fn read(table: &Table<'_>) -> Option<CommandEntry> {
    let name = table.choice("name", CommandName::ALL, None);
    let points = points(table);
    let life = life(table);
    Some(CommandEntry { name: name?, points: points?, life: life? })
}

/// `lease = "POINT"`, `lease = "watchdog"` or `pulse_s`.
fn life(table: &Table<'_>) -> Option<Life> {
    match (table.has("lease"), table.has("pulse_s")) {
        (true, false) => {
            let mut choices = vec![("watchdog", Life::Watchdog)];
            choices.extend(Point::ALL.iter().map(|&(name, point)| (name, Life::Lease(point))));
            let text = table.text("lease")?;
            let found = choices.iter().find(|(name, _)| *name == text);
            if found.is_none() {
                table.say("lease", format!("{text:?} is neither a point nor \"watchdog\""));
            }
            found.map(|&(_, life)| life)
        }
        (false, true) => table.number("pulse_s", 0.0..=PULSE_MAX_S).map(Life::Pulse),
        (both, _) => {
            let what = if both { "both are given" } else { "none is given" };
            table.say("", format!("it ends by a lease or a pulse_s: {what}"));
            None
        }
    }
}

/// What a command's entry alone does not show.
pub(super) fn check(root: &Table<'_>, profile: &Profile) {
    for (index, entry) in profile.commands.iter().enumerate() {
        let name = entry.name.name();
        let say = |what: String| root.say("command", format!("{name}: {what}"));
        if profile.commands[..index].iter().any(|other| other.name == entry.name) {
            say("it is given twice".to_owned());
        }
        let (value, lease) = entry.name.points();
        if !entry.points.contains(&value) {
            say(format!("it does not write {}", value.name()));
        }
        if let Some(stray) = entry
            .points
            .iter()
            .find(|p| **p != value && Some(**p) != lease && Some(**p) != entry.name.further())
        {
            say(format!("it has no value for {}", stray.name()));
        }
        ends(entry, profile, &say);
        together(entry, profile, &say);
    }
}

/// A command that holds something ends with a lease, one that does not is a pulse.
fn ends(entry: &CommandEntry, profile: &Profile, say: &dyn Fn(String)) {
    let (_, lease) = entry.name.points();
    match entry.life {
        Life::Pulse(_) if entry.name.holds() => {
            say("it holds something, and must end with a lease".to_owned());
        }
        Life::Lease(_) | Life::Watchdog if !entry.name.holds() => {
            say("it holds nothing, and must be a pulse".to_owned());
        }
        Life::Lease(point) if Some(point) != lease || !entry.points.contains(&point) => {
            say(format!("its lease {} is not written with it", point.name()));
        }
        Life::Watchdog if profile.watchdog.kind != WatchdogKind::AnyWrite => {
            say("the device's watchdog does not wait for writes".to_owned());
        }
        _ => {}
    }
}

/// Only a device that can be told nothing may do without a watchdog and a fail-safe: the two go
/// together.
pub(super) fn guarded(root: &Table<'_>, profile: &Profile) {
    let kind = profile.watchdog.kind == WatchdogKind::None;
    let state = profile.fail_safe.state == SafeState::Nothing;
    let can_be_told = !profile.commands.is_empty();
    for (key, is_none) in [("watchdog", kind), ("fail_safe", state)] {
        if is_none && can_be_told {
            root.say(key, "there are commands: it must say how they end when nobody writes");
        }
    }
    if kind != state {
        root.say("fail_safe", "nothing to fall back from, or nothing to notice it by");
    }
}

/// What is written together lies together: the device sees all of it or nothing.
fn together(entry: &CommandEntry, profile: &Profile, say: &dyn Fn(String)) {
    let mut before: Option<&crate::Register> = None;
    for &point in &entry.points {
        let Some(register) = profile.register(point) else {
            say(format!("{} has no register", point.name()));
            return;
        };
        if register.blocks > 1 {
            say(format!("{} is in blocks: no write would cover it", point.name()));
        }
        if !register.table.is_writable() {
            say(format!("{} is in a table that cannot be written", point.name()));
        }
        if before.is_some_and(|before| {
            before.table != register.table || before.end() != u32::from(register.address)
        }) {
            say(format!("{} does not follow the point before it", point.name()));
        }
        before = Some(register);
    }
}
