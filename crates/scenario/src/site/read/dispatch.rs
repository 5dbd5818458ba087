//! `[globe]`, `[[place]]`, `[[road_section]]` and `[dispatch]`: what a site knows for emergencies.

use document::{Item, Table};
use network::{Globe, Network};
use units::{LinkId, Metres};

use super::all;
use crate::links::named_link;
use crate::site::dispatch::{
    DispatchSite, HttpUrl, IpNetwork, PlaceKind, PlaceSite, RoadSectionSite, ScopeSite,
    TerminalSite, TerminalsSite, VEHICLE_CLASSES, WebhookSite,
};

/// Terminals of a district's emergency vehicles; more is a slip of the hand.
const TERMINALS_MAX: usize = 1_000;
/// A number in a header of the protocol has so many digits at most.
const PHONE_DIGITS: usize = 20;
/// The longest code, plate, name of a vehicle.
const TEXT_MAX: usize = 64;

/// The keys are known, though what they say cannot be judged without roads.
pub(super) fn ask_for_keys(root: &Table<'_>) {
    for key in ["globe", "place", "road_section", "dispatch"] {
        let _ = root.has(key);
    }
}

pub(super) fn dispatch(root: &Table<'_>, network: &Network) -> Option<DispatchSite> {
    let globe = root.table_if("globe").map(|table| globe(&table));
    let places = all(root.tables("place").iter().map(|table| place(table, network)));
    let sections = all(root.tables("road_section").iter().map(|table| section(table, network)));
    twice(root, "place", places.iter().flatten().map(|place| &place.name));
    twice(root, "road_section", sections.iter().flatten().map(|section| &section.name));
    let talk = root.table_if("dispatch").map(|table| (webhook(&table), terminals(&table)));
    let (webhook, terminals) = match talk {
        Some((webhook, terminals)) => (webhook?, terminals?),
        None => (None, None),
    };
    let globe = match globe {
        Some(globe) => Some(globe?),
        None => None,
    };
    if terminals.is_some() && globe.is_none() {
        root.say("dispatch", "terminals say degrees: [globe] must say where the roads lie");
    }
    Some(DispatchSite { globe, places: places?, road_sections: sections?, terminals, webhook })
}

/// What a token with the role `dispatch` may ask for.
pub(super) fn scope(table: &Table<'_>, sections: &[String]) -> Option<ScopeSite> {
    let usual = ScopeSite::default();
    let classes = match table.has("classes") {
        true => all(table.items("classes").iter().map(|item| {
            let known = item.text()?;
            if !VEHICLE_CLASSES.contains(&known.as_str()) {
                item.say(format!("{known:?} is none of {}", VEHICLE_CLASSES.join(", ")));
            }
            Some(known)
        })),
        false => Some(usual.classes),
    };
    let area = all(table.items("area").iter().map(|item| {
        let name = item.text()?;
        if !sections.contains(&name) {
            item.say(format!("there is no road_section {name:?}"));
        }
        Some(name)
    }));
    let per_hour = table.integer_or("per_hour", 1..=1_000, i64::from(usual.per_hour));
    Some(ScopeSite { classes: classes?, area: area?, per_hour: u32::try_from(per_hour?).ok()? })
}

fn globe(table: &Table<'_>) -> Option<Globe> {
    let latitude = table.number("latitude", -85.0..=85.0);
    let longitude = table.number("longitude", -180.0..=180.0);
    Globe::new(latitude?, longitude?)
}

fn place(table: &Table<'_>, network: &Network) -> Option<PlaceSite> {
    let name = named(table);
    let kind = table.choice("kind", PlaceKind::ALL, None);
    let link = named_link(table, network);
    let most = link.map_or(f64::MAX, |link| network.link(link).length.0);
    let offset = table.number("offset_m", 0.0..=most).map(Metres);
    let notice = match table.text_if("notice") {
        Some(text) => Some(url(table, "notice", &text)?),
        None if table.has("notice") => return None,
        None => None,
    };
    Some(PlaceSite { name: name?, kind: kind?, link: link?, offset: offset?, notice })
}

fn section(table: &Table<'_>, network: &Network) -> Option<RoadSectionSite> {
    let name = named(table);
    let link = |item: &Item<'_>| -> Option<LinkId> {
        let name = item.text()?;
        let found = network.link_named(&name);
        if found.is_none() {
            item.say(format!("there is no link {name:?}"));
        }
        found
    };
    let items = table.items("links");
    let links = all(items.iter().map(link));
    if items.is_empty() {
        table.say("links", "it has none");
    }
    let people = all(table.items("people").iter().map(Item::text));
    Some(RoadSectionSite { name: name?, links: links?, people: people? })
}

fn webhook(table: &Table<'_>) -> Option<Option<WebhookSite>> {
    let secret = table.text_if("webhook_secret");
    if !table.has("webhook") {
        if table.has("webhook_secret") {
            table.say("webhook_secret", "there is no webhook");
        }
        return Some(None);
    }
    let url = table.text("webhook").and_then(|text| url(table, "webhook", &text));
    Some(Some(WebhookSite { url: url?, secret }))
}

fn terminals(table: &Table<'_>) -> Option<Option<TerminalsSite>> {
    let rows = table.tables("terminal");
    if !table.has("listen") {
        let _ = table.has("networks");
        if !rows.is_empty() {
            table.say("terminal", "nothing listens for it: `listen` is missing");
        }
        let read = all(rows.iter().map(terminal));
        return read.map(|_| None);
    }
    let listen = table.text("listen");
    let networks = all(table.items("networks").iter().map(|item| {
        let text = item.text()?;
        let network = IpNetwork::parse(&text);
        if network.is_none() {
            item.say(format!("{text:?} is no network as 10.20.0.0/16"));
        }
        network
    }));
    if rows.len() > TERMINALS_MAX {
        table.say("terminal", format!("there are {}, the most is {TERMINALS_MAX}", rows.len()));
    }
    let allowed = all(rows.iter().map(terminal));
    let phones = allowed.iter().flatten().map(|row| row.phone.trim_start_matches('0'));
    let mut known = std::collections::BTreeSet::new();
    for phone in phones {
        if !known.insert(phone) {
            table.say("terminal", format!("the phone {phone} is given twice"));
        }
    }
    let allowed = allowed.clone();
    Some(Some(TerminalsSite { listen: listen?, networks: networks?, allowed: allowed? }))
}

fn terminal(table: &Table<'_>) -> Option<TerminalSite> {
    let short = |key| {
        let text = table.text(key)?;
        let is_short = (1..=TEXT_MAX).contains(&text.chars().count());
        if !is_short || text.chars().any(char::is_control) {
            table.say(key, format!("it has 1 to {TEXT_MAX} characters on one line"));
        }
        Some(text)
    };
    let (phone, vehicle, code) = (short("phone"), short("vehicle"), short("code"));
    let is_number = |phone: &String| {
        phone.len() <= PHONE_DIGITS && phone.bytes().all(|byte| byte.is_ascii_digit())
    };
    if phone.as_ref().is_some_and(|phone| !is_number(phone)) {
        table.say("phone", format!("it is not 1 to {PHONE_DIGITS} digits"));
    }
    if code.as_ref().is_some_and(|code| !code.is_ascii()) {
        table.say("code", "it has signs that a terminal cannot send");
    }
    let plate = table.text_if("plate");
    Some(TerminalSite { phone: phone?, vehicle: vehicle?, code: code?, plate })
}

fn named(table: &Table<'_>) -> Option<String> {
    let name = table.text("name")?;
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        table.say("name", "it is empty, or not one line of text");
    }
    Some(name)
}

fn url(table: &Table<'_>, key: &'static str, text: &str) -> Option<HttpUrl> {
    HttpUrl::parse(text).map_err(|why| table.say(key, why)).ok()
}

fn twice<'n>(root: &Table<'_>, key: &str, names: impl Iterator<Item = &'n String>) {
    let mut known = std::collections::BTreeSet::new();
    for name in names {
        if !known.insert(name) {
            root.say(key, format!("the name {name:?} is given twice"));
        }
    }
}
