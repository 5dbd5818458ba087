//! Reads who walks over which crossing.

use document::{Item, Table};
use network::Network;
use units::{LinkId, Millis};

use crate::demand::{FAR_S, PERSONS, PedestrianFlow};

/// The flows of one table, one for each slice.
pub(super) fn walkers(table: &Table<'_>, network: &Network) -> Option<Vec<PedestrianFlow>> {
    let junction = table.text("junction").and_then(|name| {
        let found = network.junction_named(&name);
        if found.is_none() {
            table.say("junction", format!("there is no junction {name:?}"));
        }
        found
    });
    let mut sound = true;
    let group = table.text_if("group");
    let arm = table.text_if("arm").and_then(|name| {
        let found = network.link_named(&name);
        let here = |&link: &LinkId| {
            let row = network.link(link);
            junction.is_none_or(|junction| row.to == junction || row.from == junction)
        };
        if !found.as_ref().is_some_and(here) {
            table.say("arm", format!("no link {name:?} ends or begins at the junction"));
            sound = false;
        }
        found
    });
    if !table.has("group") && !table.has("arm") {
        table.say("arm", "there must be a group or an arm");
        sound = false;
    }
    let slices: Vec<_> = table.items("slices").iter().map(slice).collect();
    if slices.is_empty() {
        table.say("slices", "there must be a slice: without one, nobody walks");
        sound = false;
    }
    let slices = slices.into_iter().collect::<Option<Vec<_>>>();
    let (junction, slices) = (junction?, slices?);
    let flow = |(start, end, per_hour)| PedestrianFlow {
        junction,
        group: group.clone(),
        arm,
        start,
        end,
        per_hour,
    };
    sound.then(|| slices.into_iter().map(flow).collect())
}

fn slice(item: &Item<'_>) -> Option<(Millis, Millis, f64)> {
    let items = item.items();
    let [start, end, rate] = &items[..] else {
        item.say("it is not a begin, an end, and persons an hour");
        return None;
    };
    let (start, end) = (start.number(0.0..=FAR_S), end.number(0.0..=FAR_S));
    let rate = rate.number(PERSONS);
    let (start, end) = (start?, end?);
    if end < start {
        item.say("it ends before it begins");
        return None;
    }
    Some((Millis::from_secs_f64(start), Millis::from_secs_f64(end), rate?))
}
