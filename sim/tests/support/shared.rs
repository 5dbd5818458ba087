//! A crossroads whose stages open left turns together with the opposing traffic, and where people
//! may walk over each arm beside it.

use std::sync::Arc;

use network::{Network, Turn};
use scenario::{SignalSite, Site};
use signal::{Group, GroupKind, GroupSet, Layout, Plan};
use units::{GroupId, LinkId, Millis, PlanId};

/// The name of the group of those who walk over the arm of an incoming link.
pub(crate) fn walk_name(link: &str) -> String {
    format!("walk over {link}")
}

/// The first signal of a site with all that cross traffic does not forbid made compatible, and a
/// pedestrian group for each arm.
pub(crate) fn shared(site: &Site) -> SignalSite {
    shared_at(site, 0)
}

/// The same of any signal.
pub(crate) fn shared_at(site: &Site, index: usize) -> SignalSite {
    let old = &site.signals[index];
    let network = &site.network;
    let mut builder = Layout::builder();
    old.layout.groups().iter().for_each(|group| {
        builder.group(group.clone());
    });
    let heading = |link: LinkId| {
        let row = network.link(link);
        let (a, b) = (network.junction(row.from).position, network.junction(row.to).position);
        (b.x - a.x).abs() > (b.y - a.y).abs()
    };
    let rows: Vec<_> = old.movement_groups.iter().map(|&(m, g)| (network.movement(m), g)).collect();
    for (one, a) in &rows {
        for (other, b) in
            rows.iter().filter(|(other, b)| b.0 > a.0 && heading(other.from) != heading(one.from))
        {
            let _ = other;
            if old.layout.intergreens().conflicts(*a, *b) {
                builder.conflict(*a, *b, None, None);
            }
        }
    }
    for &arm in &network.junction(old.junction).incoming {
        let walk = builder.group(Group {
            name: walk_name(&network.link(arm).name),
            kind: GroupKind::Pedestrian,
            min_green: Millis(7_000),
            max_green: Millis(20_000),
            closing: Millis(20_000),
            all_red: Millis(3_000),
            max_red: Millis(240_000),
        });
        for (row, group) in &rows {
            let into = network.link(row.to).to == network.link(arm).from;
            if row.from == arm || (into && row.turn == Turn::Straight) {
                builder.conflict(*group, walk, None, None);
            }
        }
    }
    builder.find_stages();
    let layout = builder.build().expect("a sound layout");
    SignalSite { layout: Arc::new(layout), ..old.clone() }
}

/// The same with one plan: the largest stages until each group has its turn, each for so long.
pub(crate) fn with_plan(signal: SignalSite, split: Millis) -> SignalSite {
    let layout = signal.layout.clone();
    let mut stages: Vec<_> = layout.stage_ids().collect();
    stages.sort_by_key(|&stage| std::cmp::Reverse(layout.stage(stage).groups.len()));
    let mut served = GroupSet::EMPTY;
    stages.retain(|&stage| {
        let groups = layout.stage(stage).groups;
        let is_new = !groups.difference(served).is_empty();
        served = served.union(groups);
        is_new
    });
    let splits: Vec<_> = stages.into_iter().map(|stage| (stage, split)).collect();
    let cycle = split * splits.len() as i64;
    let plan = Plan::new(PlanId(0), "1".into(), cycle, Millis(0), splits, &layout);
    SignalSite { plans: vec![plan.expect("a plan")], ..signal }
}

/// The pedestrian group over the arm of an incoming link.
pub(crate) fn walk_group(signal: &SignalSite, link: &str) -> GroupId {
    let name = walk_name(link);
    let groups = signal.layout.groups();
    GroupId::from_index(groups.iter().position(|g| g.name == name).expect("a walk"))
}

/// The link of an arm.
pub(crate) fn walk_arm(network: &Network, name: &str) -> LinkId {
    network.link_named(name).expect("an arm")
}

/// A signal one of whose groups has another name.
pub(crate) fn renamed(signal: &SignalSite, group: GroupId, name: &str) -> SignalSite {
    let mut builder = Layout::builder();
    for (index, old) in signal.layout.groups().iter().enumerate() {
        let name = if index == group.index() { name.to_owned() } else { old.name.clone() };
        builder.group(Group { name, ..old.clone() });
    }
    let groups = || signal.layout.group_ids();
    for a in groups() {
        for b in groups().filter(|b| b.0 > a.0) {
            if signal.layout.intergreens().conflicts(a, b) {
                builder.conflict(a, b, None, None);
            }
        }
    }
    builder.find_stages();
    let layout = builder.build().expect("a sound layout");
    SignalSite { layout: Arc::new(layout), ..signal.clone() }
}
