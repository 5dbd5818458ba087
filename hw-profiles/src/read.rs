//! Reads a profile and reports every mistake in it.

use document::{Document, Item, Problem, Table};

use crate::point::Point;
use crate::profile::{FailSafe, IdentityCheck, PollGroup, Profile, Watchdog};
use crate::register::{self, Order, Register, Type};

/// The most words that one request can read; an element must not straddle two.
const READ_WORDS_MAX: i64 = 125;

const TABLES: &[(&str, register::Table)] =
    &[("input", register::Table::Input), ("holding", register::Table::Holding)];
const TYPES: &[(&str, Type)] = &[
    ("u16", Type::U16),
    ("i16", Type::I16),
    ("u32", Type::U32),
    ("i32", Type::I32),
    ("f32", Type::F32),
    ("u64", Type::U64),
    ("bits", Type::Bits),
];
const WATCHDOGS: &[(&str, Watchdog)] =
    &[("lease", Watchdog::Lease), ("any-write", Watchdog::AnyWrite)];
const FAIL_SAFES: &[(&str, FailSafe)] =
    &[("local-plan", FailSafe::LocalPlan), ("safe-outputs", FailSafe::SafeOutputs)];

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// Every mistake in it, with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        Document::parse(text)?.read(profile)
    }
}

fn profile(root: &Table<'_>) -> Option<Profile> {
    let (name, title, maker) = (root.text("name"), root.text("title"), root.text("maker"));
    let version = root.integer("version", 1..=i64::from(u32::MAX));
    let watchdog = root.choice("watchdog", WATCHDOGS, None);
    let fail_safe = root.choice("fail_safe", FAIL_SAFES, None);
    let pause = root.table_if("pacing").map_or(Some(0), |t| t.integer("pause_ms", 0..=10_000));
    let registers: Vec<_> = root.tables("register").iter().map(register).collect();
    let registers = registers.into_iter().collect::<Option<Vec<_>>>();
    let identity: Vec<_> = root.tables("identity").iter().map(identity).collect();
    let polls: Vec<_> = root.tables("poll").iter().map(poll).collect();
    let profile = Profile {
        name: name?,
        title: title?,
        maker: maker?,
        version: u32::try_from(version?).ok()?,
        watchdog: watchdog?,
        fail_safe: fail_safe?,
        pause_ms: u32::try_from(pause?).ok()?,
        identity: identity.into_iter().collect::<Option<_>>()?,
        registers: registers?,
        polls: polls.into_iter().collect::<Option<_>>()?,
    };
    check(root, &profile);
    Some(profile)
}

fn register(table: &Table<'_>) -> Option<Register> {
    let point = table.choice("point", Point::ALL, None);
    let place = table.choice("table", TABLES, None);
    let address = table.integer("address", 0..=65_535);
    let kind = table.choice("type", TYPES, None);
    let order = table.choice("order", Order::ALL, None);
    let count = table.integer_or("count", 1..=1_000, 1);
    let scale = table.number_or("scale", f64::MIN_POSITIVE..=1e9, 1.0);
    let unit = table.text_if("unit").unwrap_or_default();
    let invalid: Vec<_> =
        table.items("invalid").iter().map(|i: &Item<'_>| i.integer(i64::MIN..=i64::MAX)).collect();
    let register = Register {
        point: point?,
        table: place?,
        address: u16::try_from(address?).ok()?,
        kind: kind?,
        order: order?,
        count: u16::try_from(count?).ok()?,
        scale: scale?,
        unit,
        invalid: invalid.into_iter().collect::<Option<_>>()?,
    };
    if register.order.words() != register.kind.words() {
        let words = register.kind.words();
        table.say("order", format!("its type has {words} word, the order is for another number"));
    }
    if register.end() > 65_536 {
        table.say("address", "its last word lies behind the end of the table");
    }
    Some(register)
}

fn identity(table: &Table<'_>) -> Option<IdentityCheck> {
    let point = table.choice("point", Point::ALL, None);
    let equals = table.integer("equals", i64::MIN..=i64::MAX);
    Some(IdentityCheck { point: point?, equals: equals? })
}

fn poll(table: &Table<'_>) -> Option<PollGroup> {
    let name = table.text("name");
    let period_s = table.number("period_s", 0.1..=3_600.0);
    let point = |item: &Item<'_>| {
        let text = item.text()?;
        let found = Point::ALL.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            item.say(format!("there is no point {text:?}"));
        }
        found.map(|&(_, point)| point)
    };
    let points: Vec<_> = table.items("points").iter().map(point).collect();
    if points.is_empty() {
        table.say("points", "it reads nothing");
    }
    let points = points.into_iter().collect::<Option<_>>();
    Some(PollGroup { name: name?, period_s: period_s?, points: points? })
}

/// What no single entry shows.
fn check(root: &Table<'_>, profile: &Profile) {
    let registers = &profile.registers;
    for (index, register) in registers.iter().enumerate() {
        let name = register.point.name();
        for other in &registers[..index] {
            let apart = other.table != register.table
                || other.end() <= u32::from(register.address)
                || register.end() <= u32::from(other.address);
            if other.point == register.point {
                root.say("register", format!("{name} is given twice"));
            } else if !apart {
                root.say("register", format!("{name} overlaps {}", other.point.name()));
            }
        }
        if i64::from(register.words()) > READ_WORDS_MAX {
            root.say("register", format!("{name} has more than {READ_WORDS_MAX} words"));
        }
    }
    if profile.identity.is_empty() {
        root.say("identity", "nothing would show that a device is this model");
    }
    let named = profile.identity.iter().map(|check| ("identity", check.point));
    let polled = profile.polls.iter().flat_map(|p| p.points.iter().map(|&point| ("poll", point)));
    for (key, point) in named.chain(polled) {
        if profile.register(point).is_none() {
            root.say(key, format!("{} has no register", point.name()));
        }
    }
}
