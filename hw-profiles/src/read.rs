//! Reads a profile and reports every mistake in it.

mod command;
mod device;
mod register;

use document::{Document, Item, Problem, Table};

use crate::point::Point;
use crate::profile::{
    Certainty, Check, FailSafe, Must, PollGroup, Profile, SafeState, Watchdog, WatchdogKind,
};

pub(crate) const CERTAINTIES: &[(&str, Certainty)] = &[
    ("open", Certainty::Open),
    ("from-manual", Certainty::FromManual),
    ("from-code", Certainty::FromCode),
    ("verified", Certainty::Verified),
];
pub(crate) const WATCHDOGS: &[(&str, WatchdogKind)] = &[
    ("lease", WatchdogKind::Lease),
    ("any-write", WatchdogKind::AnyWrite),
    ("none", WatchdogKind::None),
];
pub(crate) const FAIL_SAFES: &[(&str, SafeState)] = &[
    ("local-plan", SafeState::LocalPlan),
    ("safe-outputs", SafeState::SafeOutputs),
    ("nothing", SafeState::Nothing),
];

/// A watchdog that waits for longer is none: a junction would hang for as long.
const WATCHDOG_MAX_S: f64 = 300.0;

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
    let (source, wiring) = (root.text("source"), root.text("wiring"));
    let certainty = root.choice("certainty", CERTAINTIES, None);
    let watchdog = root.table("watchdog").and_then(|table| watchdog(&table));
    let fail_safe = root.table("fail_safe").and_then(|table| fail_safe(&table));
    let pacing = device::pacing(root);
    let safe_mode = device::safe_mode(root);
    let delivered = device::delivered(root);
    let notes = all(root.items("notes").iter().map(Item::text));
    let unidentified = root.text_if("unidentified").unwrap_or_default();
    let registers = all(root.tables("register").iter().map(register::read));
    let identity = all(root.tables("identity").iter().map(check));
    let polls = all(root.tables("poll").iter().map(poll));
    let commands = all(root.tables("command").iter().map(command::read));
    let profile = Profile {
        name: name?,
        title: title?,
        maker: maker?,
        version: u32::try_from(version?).ok()?,
        source: source?,
        certainty: certainty?,
        wiring: wiring?,
        watchdog: watchdog?,
        fail_safe: fail_safe?,
        safe_mode: safe_mode?,
        pause_ms: pacing.as_ref()?.0,
        reads: pacing?.1,
        delivered: delivered?,
        notes: notes?,
        unidentified,
        identity: identity?,
        registers: registers?,
        polls: polls?,
        commands: commands?,
    };
    whole(root, &profile);
    Some(profile)
}

/// All, or none where one could not be read; every one is tried, so that all mistakes are found.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    items.collect::<Vec<_>>().into_iter().collect()
}

fn watchdog(table: &Table<'_>) -> Option<Watchdog> {
    let kind = table.choice("kind", WATCHDOGS, None);
    // Where nothing is waited for the key is not known.
    let waits = kind != Some(WatchdogKind::None);
    let timeout_s = if waits { table.number("timeout_s", 0.1..=WATCHDOG_MAX_S) } else { Some(0.0) };
    let verify = all(table.tables("verify").iter().map(check));
    let untold = table.text_if("untold").unwrap_or_default();
    Some(Watchdog { kind: kind?, timeout_s: timeout_s?, verify: verify?, untold })
}

fn fail_safe(table: &Table<'_>) -> Option<FailSafe> {
    let state = table.choice("state", FAIL_SAFES, None);
    let verify = all(table.tables("verify").iter().map(check));
    Some(FailSafe { state: state?, verify: verify? })
}

/// `contains`, `equals`, or `at_least` and `at_most`.
fn check(table: &Table<'_>) -> Option<Check> {
    let point = table.choice("point", Point::ALL, None);
    let whole = i64::MIN..=i64::MAX;
    if table.has("contains") {
        let text = table.text("contains");
        return Some(Check { point: point?, must: Must::Contain(text?) });
    }
    let (at_least, at_most) = if table.has("at_least") || table.has("at_most") {
        (table.integer("at_least", whole.clone()), table.integer("at_most", whole))
    } else {
        let equals = table.integer("equals", whole);
        (equals, equals)
    };
    let (point, at_least, at_most) = (point?, at_least?, at_most?);
    if at_least > at_most {
        table.say("at_most", "it is under at_least: nothing would ever pass");
    }
    Some(Check { point, must: Must::Lie { at_least, at_most } })
}

fn poll(table: &Table<'_>) -> Option<PollGroup> {
    let name = table.text("name");
    let period_s = table.number("period_s", 0.1..=3_600.0);
    let points = points(table);
    Some(PollGroup { name: name?, period_s: period_s?, points: points? })
}

/// The list `points`, which must not be empty.
fn points(table: &Table<'_>) -> Option<Vec<Point>> {
    let point = |item: &Item<'_>| {
        let text = item.text()?;
        let found = Point::ALL.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            item.say(format!("there is no point {text:?}"));
        }
        found.map(|&(_, point)| point)
    };
    let items = table.items("points");
    if items.is_empty() {
        table.say("points", "there is none");
    }
    all(items.iter().map(point))
}

/// What no single entry shows.
fn whole(root: &Table<'_>, profile: &Profile) {
    register::apart(root, profile);
    if profile.identity.is_empty() == profile.unidentified.is_empty() {
        let what = "nothing would show that a device is this model: say what does, or in \
                    unidentified why nothing can";
        root.say("identity", what);
    }
    let identity = profile.identity.iter().map(|check| ("identity", check.point));
    let watchdog = profile.watchdog.verify.iter().map(|check| ("watchdog", check.point));
    let fail_safe = profile.fail_safe.verify.iter().map(|check| ("fail_safe", check.point));
    let polled = profile.polls.iter().flat_map(|p| p.points.iter().map(|&point| ("poll", point)));
    for (key, point) in identity.chain(watchdog).chain(fail_safe).chain(polled) {
        if profile.register(point).is_none() {
            root.say(key, format!("{} has no register", point.name()));
        }
    }
    device::whole(root, profile);
    command::check(root, profile);
    command::guarded(root, profile);
}
