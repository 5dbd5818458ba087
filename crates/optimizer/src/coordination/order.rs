//! Other orders of a junction's stages that may widen a green band: a left turn before the straight
//! ahead in one direction and after it in the other (lead and lag), as PASSER II looks for them.
//!
//! A plan often has a stage for both straights and one for both lefts, one after the other. Where the
//! junction also has the stages "straight and left of one side" and "of the other side", these can
//! stand around the straights: the greens of the two directions are then apart, and longer.

use signal::Layout;
use units::StageId;

/// Every order that the layout allows and that serves the same groups, today's first.
#[must_use]
pub fn orders(layout: &Layout, today: &[StageId]) -> Vec<Vec<StageId>> {
    let mut all = vec![today.to_vec()];
    let count = today.len();
    for at in 0..count {
        let (one, next) = (today[at], today[(at + 1) % count]);
        for straight in [one, next] {
            let other = if straight == one { next } else { one };
            for (first, last) in sides(layout, straight, other) {
                let mut order: Vec<StageId> = Vec::with_capacity(count + 1);
                for (place, &stage) in today.iter().enumerate() {
                    match place {
                        _ if place == at => order.extend([first, straight, last]),
                        _ if place == (at + 1) % count => {}
                        _ => order.push(stage),
                    }
                }
                if is_allowed(layout, &order) && !all.contains(&order) {
                    all.push(order);
                }
            }
        }
    }
    all
}

/// Pairs of stages that together are `straight` and `turns`, each with a part of both.
fn sides(layout: &Layout, straight: StageId, turns: StageId) -> Vec<(StageId, StageId)> {
    let (straight, turns) = (layout.stage(straight).groups, layout.stage(turns).groups);
    let all = straight.union(turns);
    let mixed = |stage: StageId| {
        let groups = layout.stage(stage).groups;
        groups.difference(all).is_empty()
            && !groups.intersection(straight).is_empty()
            && !groups.intersection(turns).is_empty()
    };
    let of = |stage: StageId| layout.stage(stage).groups;
    let stages: Vec<StageId> = layout.stage_ids().filter(|&stage| mixed(stage)).collect();
    let pairs = stages.iter().flat_map(|&a| stages.iter().map(move |&b| (a, b)));
    pairs
        .filter(|&(a, b)| of(a).union(of(b)) == all && of(a).intersection(of(b)).is_empty())
        .collect()
}

fn is_allowed(layout: &Layout, order: &[StageId]) -> bool {
    let next = order.iter().skip(1).chain(order.first());
    order.iter().zip(next).all(|(&from, &to)| layout.allowed(from, to))
}
