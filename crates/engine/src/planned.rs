//! A junction as the planner sees it, from a site's signals or from the phases of a foreign file.
//!
//! The planner knows lanes, the ways out of them and which stage opens which; it knows neither groups
//! nor lamps. A movement without a group is open in every stage and between them.

use network::{Network, RightOfWay};
use optimizer::{
    Approach, Between, Instants, JunctionSpec, Opening, StageSpec, WAYS_MAX, WalkSpec, Ways,
};
use scenario::{Program, SignalSite, meet};
use signal::{Aspect, GroupKind, Layout};
use units::{GroupId, JunctionId, Millis, MovementId};

/// What a foreign file's phases do not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The shortest green.
    pub min_green: Millis,
    /// The longest green while anybody waits elsewhere.
    pub max_green: Option<Millis>,
    /// How long a change takes, whatever the stages.
    pub clearance: Millis,
    /// The phase that is shown meanwhile; none: what is green before and after stays so.
    pub clearance_phase: Option<usize>,
    /// When a change may be demanded.
    pub instants: Instants,
}

/// The junction of a site's signals: its layout's stages, in their order, with their own minimum and
/// maximum greens and clearances. Where the layout lets a stage not follow another directly, the change
/// takes what the shortest legal way takes, the greens on it included: none of them is shorter than its
/// minimum, nor than displays count down.
#[must_use]
pub fn of_site(network: &Network, site: &SignalSite, instants: Instants) -> JunctionSpec {
    let layout = &site.layout;
    let of_movement = groups(network, &site.movement_groups);
    let approaches = approaches(network, &junctions(network, &site.movement_groups));
    let stages = layout.stages().iter().map(|stage| {
        let is_open = |movement: MovementId| {
            of_movement[movement.index()].is_none_or(|group| stage.groups.contains(group))
        };
        StageSpec {
            min_green: stage.min_green,
            max_green: Some(stage.max_green),
            opens: openings(network, &approaches, &is_open),
        }
    });
    let stages: Vec<StageSpec> = stages.collect();
    let pairs = layout.stage_ids().flat_map(|from| layout.stage_ids().map(move |to| (from, to)));
    let (walks, countdown) = (walks(layout), site.countdown);
    // The end of each green on the way may have to be announced so long before.
    let announced = countdown.unwrap_or(Millis::ZERO);
    let clearance = pairs.map(|(from, to)| layout.way(from, to, announced)).collect();
    JunctionSpec {
        approaches,
        stages,
        clearance,
        between: Between::Both,
        instants,
        countdown,
        walks,
    }
}

/// The groups of a junction's crossings, in the order in which the planner has them.
pub fn crossings(layout: &Layout) -> impl Iterator<Item = GroupId> + '_ {
    let walks = |&group: &GroupId| layout.group(group).kind == GroupKind::Pedestrian;
    layout.group_ids().filter(walks)
}

fn walks(layout: &Layout) -> Vec<WalkSpec> {
    let shown = |group| layout.stages().iter().map(|stage| stage.groups.contains(group)).collect();
    crossings(layout).map(|group| WalkSpec { shown: shown(group) }).collect()
}

/// The junction of a program: the named phases are its stages, in this order. A phase that the program
/// does not have opens nothing.
#[must_use]
pub fn of_program(
    network: &Network,
    program: &Program,
    phases: &[usize],
    rules: &Rules,
) -> JunctionSpec {
    let of_movement = groups(network, &program.movement_groups);
    let approaches = approaches(network, &junctions(network, &program.movement_groups));
    let opens = |phase: usize| {
        let aspects = program.phases.get(phase).map_or(&[][..], |phase| &phase.aspects);
        let is_green = |group: GroupId| aspects.get(group.index()) == Some(&Aspect::Green);
        let is_open = |movement: MovementId| of_movement[movement.index()].is_none_or(is_green);
        openings(network, &approaches, &is_open)
    };
    let stage = |&phase: &usize| StageSpec {
        min_green: rules.min_green,
        max_green: rules.max_green,
        opens: opens(phase),
    };
    JunctionSpec {
        stages: phases.iter().map(stage).collect(),
        clearance: JunctionSpec::same_clearance(phases.len(), rules.clearance),
        between: rules.clearance_phase.map_or(Between::Both, |phase| Between::Shows(opens(phase))),
        instants: rules.instants,
        approaches,
        countdown: None,
        // Of who walks a foreign file's phases say nothing.
        walks: Vec::new(),
    }
}

/// The group of each movement of the network, where one rules it.
fn groups(network: &Network, pairs: &[(MovementId, GroupId)]) -> Vec<Option<GroupId>> {
    let mut of = vec![None; network.movements().len()];
    for &(movement, group) in pairs {
        of[movement.index()] = Some(group);
    }
    of
}

/// The junctions of these movements, in the order of their ids.
fn junctions(network: &Network, pairs: &[(MovementId, GroupId)]) -> Vec<JunctionId> {
    let all = pairs.iter().map(|&(movement, _)| network.movement(movement).junction);
    let mut all: Vec<JunctionId> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The lanes from which a movement crosses one of the junctions.
fn approaches(network: &Network, junctions: &[JunctionId]) -> Vec<Approach> {
    let links = junctions.iter().flat_map(|&junction| &network.junction(junction).incoming);
    let lanes = links.flat_map(|&link| network.link_lanes(link));
    let approach = |lane| {
        let mut exits = Vec::new();
        for &movement in network.lane_movements(lane) {
            let to = network.movement(movement).to;
            if !exits.contains(&to) && exits.len() < WAYS_MAX {
                exits.push(to);
            }
        }
        (!exits.is_empty()).then_some(Approach { lane, exits })
    };
    lanes.filter_map(approach).collect()
}

/// What is open of each approach where these movements are.
fn openings(
    network: &Network,
    approaches: &[Approach],
    is_open: &dyn Fn(MovementId) -> bool,
) -> Vec<Opening> {
    let of_approach = |approach: &Approach| {
        let mut opening = Opening::default();
        for &movement in network.lane_movements(approach.lane) {
            if !is_open(movement) {
                continue;
            }
            let to = network.movement(movement).to;
            let way = approach.exits.iter().position(|&exit| exit == to).unwrap_or(WAYS_MAX - 1);
            let bit: Ways = 1 << way;
            opening.open |= bit;
            if yields(network, movement, is_open) {
                opening.yielding |= bit;
            }
        }
        opening
    };
    approaches.iter().map(of_approach).collect()
}

/// Whether a movement gives way to another that is open as well.
fn yields(network: &Network, movement: MovementId, is_open: &dyn Fn(MovementId) -> bool) -> bool {
    let row = network.movement(movement);
    match &row.right_of_way {
        RightOfWay::GivesWayTo(to) | RightOfWay::StopsFor(to) => {
            to.iter().any(|&other| is_open(other))
        }
        RightOfWay::ByTurn => network.junction(row.junction).movements.iter().any(|&other| {
            network.movement(other).turn < row.turn
                && is_open(other)
                && meet(network, movement, other)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{one_junction, ringed};

    /// A green on the way from one stage to another was once reckoned with as if its end need not be
    /// announced.
    #[test]
    fn a_stage_on_the_way_is_as_long_as_displays_count_down() {
        let mut site = one_junction();
        let signal = &mut site.signals[0];
        ringed(signal);
        let spec = |signal: &SignalSite| of_site(&site.network, signal, Instants::Any);
        let (plain, span) = (spec(signal), Millis::from_secs(30));
        signal.countdown = Some(span);
        let (counted, layout) = (spec(signal), &signal.layout);
        let pairs =
            layout.stage_ids().flat_map(|from| layout.stage_ids().map(move |to| (from, to)));
        let mut hops = 0;
        for (from, to) in pairs {
            let (before, after) = (&plain, &counted);
            let of = |spec: &JunctionSpec| spec.clearance(from.index(), to.index());
            if layout.next_hop(from, to) == to || from == to {
                assert_eq!(of(before), of(after), "{from} to {to}");
                continue;
            }
            hops += 1;
            let shorter = span - layout.stage(layout.next_hop(from, to)).min_green;
            assert!(of(after) >= of(before) + shorter, "{from} to {to}");
        }
        assert!(hops > 0, "every stage may follow every other");
    }
}
